# SPDX-License-Identifier: MIT
"""tf.experimental.DynamicRaggedShape and RowPartition: the shape of a ragged tensor as tensors."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from . import rows
from .ragged_tensor import RaggedTensor

_ops = _lockstep.ops


def _known(tensor):
    """The value of a tensor as Python's, or None."""
    value = _lockstep.constant_value(tensor)
    return None if value is None else value.numpy().tolist()


def _length(n):
    """A length from outside, kept in Python where it is known."""
    return n if isinstance(n, int) else convert_to_tensor(n)


class RowPartition:
    """How values fall into rows: their splits, and a length that all rows are known to have."""

    def __init__(self, row_splits, uniform_row_length=None, internal=False):
        if internal is False:
            raise ValueError("RowPartition constructor is private; please use one of the factory methods instead (e.g., "
                             "RowPartition.from_row_lengths())")
        self._splits, self._uniform = row_splits, uniform_row_length

    @classmethod
    def _of(cls, ragged) -> RowPartition:
        """The outermost of a ragged tensor."""
        return cls(ragged.row_splits, ragged._uniform, internal=True)

    @classmethod
    def from_row_splits(cls, row_splits, validate=True, dtype=None) -> RowPartition:
        return cls(convert_to_tensor(row_splits, _dtype_of(row_splits, dtype)), internal=True)

    @classmethod
    def from_row_lengths(cls, row_lengths, validate=True, dtype=None, dtype_hint=None) -> RowPartition:
        return cls(rows.splits_of(convert_to_tensor(row_lengths, _dtype_of(row_lengths, dtype))), internal=True)

    @classmethod
    def from_value_rowids(cls, value_rowids, nrows=None, validate=True, dtype=None) -> RowPartition:
        ids = convert_to_tensor(value_rowids, _dtype_of(value_rowids, dtype))
        return cls._of(RaggedTensor.from_value_rowids(ids, ids, nrows, validate=validate))

    @classmethod
    def from_row_starts(cls, row_starts, nvals, validate=True, dtype=None) -> RowPartition:
        starts = convert_to_tensor(row_starts, _dtype_of(row_starts, dtype))
        return cls.from_row_splits(_ops["ConcatV2"]([starts, [_ops["Cast"](convert_to_tensor(nvals), starts.dtype)]], 0))

    @classmethod
    def from_row_limits(cls, row_limits, validate=True, dtype=None) -> RowPartition:
        limits = convert_to_tensor(row_limits, _dtype_of(row_limits, dtype))
        return cls.from_row_splits(_ops["ConcatV2"]([_ops["ZerosLike"](limits[:1]), limits], 0))

    @classmethod
    def from_uniform_row_length(cls, uniform_row_length, nvals=None, nrows=None, validate=True, dtype=None,
                                dtype_hint=None) -> RowPartition:
        if nvals is None and nrows is None:
            raise ValueError("Either (or both) of nvals and nrows must be specified")
        length = convert_to_tensor(uniform_row_length, dtype or dtypes.int64)
        n = _ops["FloorDiv"](convert_to_tensor(nvals, length.dtype), length) if nrows is None \
            else convert_to_tensor(nrows, length.dtype)
        splits = rows.upto(n + convert_to_tensor(1, n.dtype)) * length
        return cls(splits, _known(length), internal=True)

    dtype = property(lambda self: self._splits.dtype)

    def row_splits(self):
        return self._splits

    def row_lengths(self):
        return rows.lengths_of(self._splits)

    def row_starts(self):
        return self._splits[:-1]

    def row_limits(self):
        return self._splits[1:]

    def value_rowids(self):
        return rows.row_ids(self._splits)

    def nrows(self):
        return rows.count(self._splits, self.dtype) - convert_to_tensor(1, self.dtype)

    def nvals(self):
        return self._splits[-1]

    def uniform_row_length(self):
        return None if self._uniform is None else convert_to_tensor(self._uniform, self.dtype)

    def is_uniform(self) -> bool:
        return self._uniform is not None

    def around(self, values) -> RaggedTensor:
        """values in these rows."""
        return RaggedTensor(values, self._splits, self._uniform)

    def static_length(self):
        """The length of all rows, a tuple of theirs, or None."""
        if self._uniform is not None:
            return self._uniform
        lengths = _known(self.row_lengths())
        return None if lengths is None else tuple(lengths)

    def __repr__(self) -> str:
        if self._uniform is not None:
            return f"tf.RowPartition(nrows={_known(self.nrows())}, uniform_row_length={self._uniform})"
        return f"tf.RowPartition(row_splits={_known(self._splits)})"


def _dtype_of(value, dtype):
    return dtype if dtype is not None else None if hasattr(value, "dtype") else dtypes.int64


class DynamicRaggedShape:
    """Row partitions from the outermost on, and the shape of the flat values."""

    def __init__(self, row_partitions, inner_shape, dtype=None, validate=False, static_inner_shape=None):
        self._partitions = tuple(row_partitions)
        if not all(isinstance(p, RowPartition) for p in self._partitions):
            raise TypeError(f"row_partitions should be a list of RowPartitions. Received: {row_partitions}")
        dtype = dtypes.as_dtype(dtype) if dtype is not None else self._partitions[0].dtype if self._partitions \
            else inner_shape.dtype if hasattr(inner_shape, "dtype") else dtypes.int64
        inner = inner_shape.as_list() if isinstance(inner_shape, TensorShape) else inner_shape
        inner = convert_to_tensor(inner, None if hasattr(inner, "dtype") else dtype)
        self._inner = inner if inner.dtype == dtype else _ops["Cast"](inner, dtype)
        if validate and self._partitions and _known(self._inner) is not None:
            n = _known(self._partitions[-1].nvals())
            if n is not None and n != _known(self._inner)[0]:
                raise ValueError(f"Last row partition has {n} values, but the inner shape is {_known(self._inner)}")

    @classmethod
    def from_tensor(cls, t, dtype=None) -> DynamicRaggedShape:
        partitions = []
        t = t if isinstance(t, RaggedTensor) else convert_to_tensor(t)
        while isinstance(t, RaggedTensor):
            partitions.append(RowPartition._of(t))
            t = t.values
        kind = dtype or (partitions[0].dtype if partitions else dtypes.int64)
        return cls(partitions, _ops["Shape"](t, kind), kind)

    @classmethod
    def from_row_partitions(cls, row_partitions, dtype=None) -> DynamicRaggedShape:
        if not row_partitions:
            raise ValueError("row_partitions cannot be empty")
        return cls(row_partitions, [row_partitions[-1].nvals()], dtype)

    @classmethod
    def from_lengths(cls, lengths, num_row_partitions=None, dtype=dtypes.int64) -> DynamicRaggedShape:
        """[4, (2, 1, 0, 8), 12]: a number for an axis of one length, numbers for one of several."""
        lengths = [_length(n) if not isinstance(n, (list, tuple)) else tuple(n) for n in lengths]
        if not lengths:
            return cls([], [], dtype)
        if isinstance(lengths[0], tuple):
            raise ValueError("The first length cannot be a ragged dimension: it is the number of rows")
        ragged = [i for i, n in enumerate(lengths) if isinstance(n, tuple) or getattr(getattr(n, "shape", None), "rank", 0)]
        depth = max(ragged, default=0)
        if num_row_partitions is not None:
            if num_row_partitions < depth or num_row_partitions >= max(len(lengths), 1):
                raise ValueError(f"num_row_partitions should be at least {depth} and less than the rank: {num_row_partitions}")
            depth = num_row_partitions
        partitions, n = [], convert_to_tensor(lengths[0], dtype)
        for i in range(1, depth + 1):
            if i in ragged:
                if _known(n) is not None and isinstance(lengths[i], tuple) and _known(n) != len(lengths[i]):
                    raise ValueError(f"Length {i} should have {_known(n)} numbers, one for each row: {lengths[i]}")
                partitions.append(RowPartition.from_row_lengths(lengths[i], dtype=dtype))
            else:
                partitions.append(RowPartition.from_uniform_row_length(lengths[i], nrows=n, dtype=dtype))
            n = partitions[-1].nvals()
        return cls(partitions, [n, *lengths[depth + 1:]] if depth else lengths, dtype)

    # ---- what it is ----

    row_partitions = property(lambda self: self._partitions)
    num_row_partitions = property(lambda self: len(self._partitions))
    inner_shape = property(lambda self: self._inner)
    inner_rank = property(lambda self: self._inner.shape[0])
    dtype = property(lambda self: self._inner.dtype)

    @property
    def rank(self):
        return None if self.inner_rank is None else self.inner_rank + len(self._partitions)

    def is_uniform(self, axis: int) -> bool:
        """Has the axis one length throughout?"""
        if axis < 0 or self.rank is not None and axis >= self.rank:
            raise IndexError(f"axis={axis} must be in [0, {self.rank})")
        return not 0 < axis <= len(self._partitions) or self._partitions[axis - 1].is_uniform()

    def static_lengths(self, ragged_lengths=True) -> list:
        """The lengths that are known: a number, a tuple of an axis of several, None; ... for an unknown rank."""
        inner = _known(self._inner)
        if inner is None:
            inner = [None] * self.inner_rank if self.inner_rank is not None else [..., ]
        if not self._partitions:
            return inner
        found = [_known(self._partitions[0].nrows())]
        for partition in self._partitions:
            length = partition.static_length()
            found.append(None if not ragged_lengths and isinstance(length, tuple) else length)
        return found + inner[1:]

    def __repr__(self) -> str:
        lengths = ", ".join("..." if n is ... else str(n) for n in self.static_lengths())
        return f"<DynamicRaggedShape lengths=[{lengths}] num_row_partitions={len(self._partitions)}>"

    def __eq__(self, other) -> bool:
        return isinstance(other, DynamicRaggedShape) and self.static_lengths() == other.static_lengths() \
            and len(self._partitions) == len(other._partitions)

    __hash__ = None  # type: ignore[assignment]

    def _dimension(self, axis: int):
        if axis < 0:
            if self.rank is None:
                raise ValueError("Rank must be known to use __getitem__ with a negative index.")
            axis += self.rank
        if axis == 0:
            return self._partitions[0].nrows() if self._partitions else self._inner[0]
        if not self.is_uniform(axis):
            raise ValueError(f"Index {axis} is not uniform")
        if axis <= len(self._partitions):
            return self._partitions[axis - 1].uniform_row_length()
        return self._inner[axis - len(self._partitions)]

    def __getitem__(self, index):
        if isinstance(index, int):
            return self._dimension(index)
        if not isinstance(index, slice) or index.step not in (None, 1):
            raise TypeError("Expected an int or a slice of consecutive axes")
        if self.rank is None:
            raise ValueError("Rank must be known to use __getitem__ with a slice.")
        begin, end, _ = index.indices(self.rank)
        if begin == 0 and end > 1 and self._partitions:
            kept = self._partitions[:end - 1]
            inner = self._inner[:1 + max(end - 1 - len(self._partitions), 0)] if end > len(self._partitions) \
                else _ops["Pack"]([kept[-1].nvals()])
            return DynamicRaggedShape(kept, inner, self.dtype)
        sizes = [self._dimension(i) for i in range(begin, end)]
        return DynamicRaggedShape([], _ops["Pack"](sizes) if sizes else convert_to_tensor([], self.dtype), self.dtype)

    def __len__(self):
        if self.rank is None:
            raise ValueError("The rank is not known")
        return self.rank

    # ---- values of it ----

    def filled(self, make):
        """make (shape) gives the flat values."""
        value = make(self._inner)
        for partition in reversed(self._partitions):
            value = partition.around(value)
        return value


def reshape(value, shape: DynamicRaggedShape, name=None):
    """The elements of a tensor, ragged or not, in that shape."""
    flat = value.flat_values if isinstance(value, RaggedTensor) else value
    return shape.filled(lambda inner: _ops["Reshape"](flat, inner, name))
