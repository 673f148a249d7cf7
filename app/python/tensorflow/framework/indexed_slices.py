# SPDX-License-Identifier: MIT
"""tf.IndexedSlices: rows of a tensor of which most are zero."""
from __future__ import annotations

import _lockstep

from .ops import convert_to_tensor

_ops = _lockstep.ops


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
        from .tensor_shape import TensorShape
        known = None if self._dense_shape is None else _lockstep.constant_value(self._dense_shape)
        return TensorShape(None if known is None else [int(n) for n in known.numpy()])

    def consumers(self):
        return self._values.consumers()

    def __neg__(self):
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def __tf_tensor__(self, dtype=None, name=None):
        if self._dense_shape is None:
            raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {self}")
        dense = _ops["UnsortedSegmentSum"](self._values, self._indices, self._dense_shape[0])
        if dtype is not None and dense.dtype != dtype:
            raise ValueError(f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype {dense.dtype.name}")
        return dense

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"

    __repr__ = __str__
