# SPDX-License-Identifier: MIT
"""tf.IndexedSlices: rows of a tensor of which most are zero."""
from __future__ import annotations

import collections
import logging

import _lockstep

from . import dtypes
from .ops import convert_to_tensor
from .tensor_shape import TensorShape
from .tensor_spec import TypeSpec

_ops = _lockstep.ops
_LARGE = 100_000_000        # elements of a dense tensor that one should hear of

IndexedSlicesValue = collections.namedtuple("IndexedSlicesValue", ["values", "indices", "dense_shape"])


class IndexedSlices:
    """values[i] is row indices[i]; equal indices add up."""

    def __init__(self, values, indices, dense_shape=None):
        self._values, self._indices = values, indices
        self._dense_shape = None if dense_shape is None else convert_to_tensor(dense_shape)

    values = property(lambda self: self._values)
    indices = property(lambda self: self._indices)
    dense_shape = property(lambda self: self._dense_shape)
    dtype = property(lambda self: self._values.dtype)
    name = property(lambda self: self._values.name)
    op = property(lambda self: self._values.op)
    graph = property(lambda self: self._values.graph)
    device = property(lambda self: self._values.device)

    @property
    def shape(self):
        known = None if self._dense_shape is None else _lockstep.constant_value(self._dense_shape)
        return TensorShape(None if known is None else [int(n) for n in known.numpy()])

    def get_shape(self):
        return self.shape

    def consumers(self):
        return self._values.consumers()

    def __neg__(self):
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def __tf_tensor__(self, dtype=None, name=None):
        if self._dense_shape is None:
            raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {self}")
        if dtype is not None and self.dtype != dtype:
            raise ValueError(f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype {self.dtype.name}")
        size = self.shape.num_elements()
        if size is not None and size >= _LARGE:
            logging.getLogger("tensorflow").warning(
                "Converting sparse %s to a dense Tensor with %d elements. This may consume a large amount of memory.", self,
                size)
        return _ops["UnsortedSegmentSum"](self._values, self._indices, self._dense_shape[0])

    def __repr__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape!s}"
        return f"IndexedSlices(indices={self._indices!s}, values={self._values!s}{shape})"

    __str__ = __repr__

    # ---- as several tensors ----

    def _to_components(self) -> list:
        parts = [self._values, self._indices]
        return parts if self._dense_shape is None else [*parts, self._dense_shape]

    def _from_components(self, tensors: list) -> IndexedSlices:
        return IndexedSlices(*tensors)

    @property
    def _type_spec(self):
        return IndexedSlicesSpec(self.shape, self.dtype, self._indices.dtype,
                                 None if self._dense_shape is None else self._dense_shape.dtype, self._indices.shape)


class IndexedSlicesSpec(TypeSpec):
    """What kind of IndexedSlices a value is."""

    def __init__(self, shape=None, dtype=dtypes.float32, indices_dtype=dtypes.int64, dense_shape_dtype=None,
                 indices_shape=None):
        self._shape, self._values_dtype = TensorShape(shape), dtypes.as_dtype(dtype)
        self._indices_dtype, self._indices_shape = dtypes.as_dtype(indices_dtype), TensorShape(indices_shape).with_rank(1)
        self._dense_shape_dtype = None if dense_shape_dtype is None else dtypes.as_dtype(dense_shape_dtype)

    value_type = property(lambda self: IndexedSlices)
    shape = property(lambda self: self._shape)
    dtype = property(lambda self: self._values_dtype)

    def _key(self) -> tuple:
        return (self._shape, self._values_dtype, self._indices_dtype, self._dense_shape_dtype, self._indices_shape)

    def __eq__(self, other) -> bool:
        return isinstance(other, IndexedSlicesSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self._values_dtype, self._indices_dtype))

    def is_compatible_with(self, other) -> bool:
        other = other._type_spec if isinstance(other, IndexedSlices) else other
        return isinstance(other, IndexedSlicesSpec) and self._key()[1:4] == other._key()[1:4] \
            and self._shape.is_compatible_with(other._shape)

    @property
    def _component_specs(self) -> list:
        from .tensor_spec import TensorSpec
        rest = self._shape[1:] if self._shape.rank else TensorShape(None)
        parts = [TensorSpec(self._indices_shape.concatenate(rest), self._values_dtype),
                 TensorSpec(self._indices_shape, self._indices_dtype)]
        return parts if self._dense_shape_dtype is None else [*parts, TensorSpec([self._shape.rank], self._dense_shape_dtype)]

    def _from_components(self, tensors: list) -> IndexedSlices:
        return IndexedSlices(*tensors)

    def __repr__(self) -> str:
        return (f"IndexedSlicesSpec(TensorShape({self._shape}), {self._values_dtype!r}, {self._indices_dtype!r}, "
                f"{self._dense_shape_dtype!r}, TensorShape({self._indices_shape}))")


def deduplicated(slices: IndexedSlices) -> IndexedSlices:
    """Each row once, the values of equal ones added up."""
    unique, places = _ops["Unique"](slices.indices)
    n = _ops["Shape"](unique)[0]
    return IndexedSlices(_ops["UnsortedSegmentSum"](slices.values, places, n), unique, slices.dense_shape)


_lockstep.register(IndexedSlices=IndexedSlices)
