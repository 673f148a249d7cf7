# SPDX-License-Identifier: MIT
"""tf.TensorSpec: the dtype and shape of a tensor to come."""
from __future__ import annotations

from . import dtypes
from .tensor_shape import TensorShape, as_shape


class TypeSpec:
    """What kind of value an argument or result is."""


class TensorSpec(TypeSpec):
    """A tensor's dtype and shape, and perhaps name."""

    def __init__(self, shape, dtype=dtypes.float32, name=None):
        self.shape: TensorShape = as_shape(shape)
        self.dtype = dtypes.as_dtype(dtype)
        self.name = name

    @classmethod
    def from_tensor(cls, tensor, name=None) -> TensorSpec:
        return cls(tensor.shape, tensor.dtype, name)

    @classmethod
    def from_spec(cls, spec, name=None) -> TensorSpec:
        return cls(spec.shape, spec.dtype, name or spec.name)

    def is_compatible_with(self, other) -> bool:
        from .ops import convert_to_tensor
        if not hasattr(other, "dtype") or not hasattr(other, "shape"):
            other = convert_to_tensor(other)
        return self.dtype == other.dtype and self.shape.is_compatible_with(other.shape)

    def __eq__(self, other) -> bool:
        return isinstance(other, TensorSpec) and (self.shape, self.dtype, self.name) == (other.shape,
                other.dtype, other.name)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"

    @property
    def value_type(self):
        from .ops import Tensor
        return Tensor


def type_spec_from_value(value) -> TensorSpec:
    return value._type_spec if hasattr(value, "_type_spec") else TensorSpec.from_tensor(value)
