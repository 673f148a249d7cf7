# SPDX-License-Identifier: MIT
"""tf.SparseTensor: values at indices of a dense shape; everything else is zero."""
from __future__ import annotations

import collections

import numpy as np

import _lockstep
from _lockstep import EagerTensor

from ..framework import dtypes
from ..framework.composite import CompositeTensor
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from ..framework.tensor_spec import TensorSpec, TypeSpec

_ops = _lockstep.ops
SparseTensorValue = collections.namedtuple("SparseTensorValue", ["indices", "values", "dense_shape"])


class SparseTensor(CompositeTensor):
    """indices [n, rank], values [n], dense_shape [rank]."""

    __array_priority__ = 101

    def __init__(self, indices, values, dense_shape):
        self._indices = convert_to_tensor(indices, None if hasattr(indices, "dtype") else dtypes.int64)
        self._values = convert_to_tensor(values)
        self._dense_shape = convert_to_tensor(dense_shape, None if hasattr(dense_shape, "dtype") else dtypes.int64)
        for name, tensor in (("indices", self._indices), ("dense_shape", self._dense_shape)):
            if tensor.dtype != dtypes.int64:
                if not tensor.dtype.is_integer:
                    raise TypeError(f"{name} must be of dtype int64, not {tensor.dtype.name}")
                setattr(self, "_" + name, _ops["Cast"](tensor, dtypes.int64))
        self._check()

    def _check(self) -> None:
        for name, tensor, rank in (("indices", self._indices, 2), ("values", self._values, 1),
                                   ("dense_shape", self._dense_shape, 1)):
            if tensor.shape.rank not in (rank, None):
                raise ValueError(f"Shape {tensor.shape} must have rank {rank}")
        n, m = self._indices.shape[0], self._values.shape[0]
        if self._indices.shape.rank and n is not None and m is not None and n != m:
            raise ValueError(f"Dimensions {n} and {m} are not compatible")
        width, rank = self._indices.shape[1], self._dense_shape.shape[0]
        if width is not None and rank is not None and width != rank:
            raise ValueError(f"Dimensions {width} and {rank} are not compatible")

    @classmethod
    def from_value(cls, value) -> SparseTensor:
        return value if isinstance(value, cls) else cls(*value)

    indices = property(lambda self: self._indices)
    values = property(lambda self: self._values)
    dense_shape = property(lambda self: self._dense_shape)
    dtype = property(lambda self: self._values.dtype)
    op = property(lambda self: self._values.op)
    graph = property(lambda self: self._values.graph)

    @property
    def shape(self) -> TensorShape:
        known = _lockstep.constant_value(self._dense_shape)
        if known is not None:
            return TensorShape(known.numpy().tolist())
        rank = self._dense_shape.shape[0]
        return TensorShape(getattr(self, "_static", None) or (None if rank is None else [None] * rank))

    @property
    def ndim(self):
        return self.shape.rank

    def set_shape(self, shape) -> None:
        self._static = TensorShape(shape).as_list()

    def with_values(self, new_values) -> SparseTensor:
        """These places with other values."""
        return SparseTensor(self._indices, new_values, self._dense_shape)

    def consumers(self) -> list:
        return self._values.consumers()

    def eval(self, feed_dict=None, session=None):
        return SparseTensorValue(*(t.eval(feed_dict, session) for t in self._to_components()))

    def numpy(self):
        raise AttributeError("'SparseTensor' object has no attribute 'numpy'; use tf.sparse.to_dense")

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self._indices!s}, values={self._values!s}, dense_shape={self._dense_shape!s})"

    def __getitem__(self, key):
        """Slices of the dense tensor."""
        from . import slice as sparse_slice
        keys = list(key) if isinstance(key, tuple) else [key]
        shape = self.shape.as_list()
        start, size = [], []
        for n, k in zip(shape, keys + [slice(None)] * (len(shape) - len(keys))):
            if not isinstance(k, slice) or k.step not in (None, 1):
                raise ValueError("A SparseTensor is sliced with begin:end")
            begin, end, _ = k.indices(n)
            start.append(begin)
            size.append(max(end - begin, 0))
        return sparse_slice(self, start, size)

    def _rows(self) -> list:
        from . import reshape
        n, rest = self.shape[0], self.shape.as_list()[1:]
        return [reshape(self[i:i + 1], rest) for i in range(n)]

    @classmethod
    def _stacked(cls, values: list):
        from . import concat, expand_dims
        return concat(0, [expand_dims(v, 0) for v in values], True)

    def __hash__(self):
        return id(self)

    # ---- as several tensors ----

    def _to_components(self) -> list:
        return [self._indices, self._values, self._dense_shape]

    def _from_components(self, tensors: list) -> SparseTensor:
        return self._type_spec._from_components(tensors)

    @property
    def _type_spec(self):
        return SparseTensorSpec(self.shape, self.dtype)

    def _is_eager(self) -> bool:
        return isinstance(self._values, EagerTensor)


class SparseTensorSpec(TypeSpec):
    """The dtype and dense shape of a SparseTensor to come."""

    def __init__(self, shape=None, dtype=dtypes.float32):
        self._shape, self._dtype = TensorShape(shape), dtypes.as_dtype(dtype)

    shape = property(lambda self: self._shape)
    dtype = property(lambda self: self._dtype)
    value_type = property(lambda self: SparseTensor)

    @classmethod
    def from_value(cls, value):
        return cls(value.shape, value.dtype)

    def _component_specs(self) -> list:
        rank = self._shape.rank
        return [TensorSpec([None, rank], dtypes.int64), TensorSpec([None], self._dtype), TensorSpec([rank], dtypes.int64)]

    def _from_components(self, tensors: list):
        made = SparseTensor(*tensors)
        if self._shape.rank is not None:
            made.set_shape(self._shape)
        return made

    def is_compatible_with(self, other) -> bool:
        return getattr(other, "dtype", None) == self._dtype and self._shape.is_compatible_with(other.shape)

    def _key(self) -> tuple:
        return self._shape._dims, self._dtype.name

    def __eq__(self, other) -> bool:
        return isinstance(other, SparseTensorSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._dtype)

    def __repr__(self) -> str:
        return f"SparseTensorSpec({self._shape}, {self._dtype!r})"


def convert(value) -> SparseTensor:
    if isinstance(value, SparseTensorValue):
        return SparseTensor(*value)
    if not isinstance(value, SparseTensor):
        raise TypeError(f"Input must be a SparseTensor. Received {type(value)}: {value!r}")
    return value


def nothing(dtype):
    return "" if dtype == dtypes.string else False if dtype == dtypes.bool else np.zeros((), dtype.as_numpy_dtype)[()]
