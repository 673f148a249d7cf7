# SPDX-License-Identifier: MIT
"""tf.RaggedTensor: values in rows of different lengths. Row i is values[row_splits[i] : row_splits[i + 1]]."""
from __future__ import annotations

import functools

import numpy as np

import _lockstep
from _lockstep import EagerTensor, Tensor

from ..framework import dtypes
from ..framework.composite import CompositeTensor
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from ..framework.tensor_spec import TensorSpec, TypeSpec
from . import rows

_ops = _lockstep.ops


def _values(values):
    return values if isinstance(values, RaggedTensor) else convert_to_tensor(values)


def _text(value) -> str:
    """NumPy's text with commas between elements."""
    if not isinstance(value, np.ndarray):
        return str(value)
    return np.array2string(value, separator=", ") if value.size else repr(value.tolist())


class RaggedTensor(CompositeTensor):
    """Rows of different lengths."""

    __array_priority__ = 101

    def __init__(self, values, row_splits, uniform_row_length=None, internal=True):
        self._values, self._row_splits, self._uniform = values, row_splits, uniform_row_length

    # ---- making ----

    @classmethod
    def from_row_splits(cls, values, row_splits, name=None, validate=True):
        """Row i is values[row_splits[i] : row_splits[i + 1]]."""
        values, row_splits = _values(values), rows.as_index(row_splits)
        if row_splits.shape.rank not in (1, None):
            raise ValueError(f"Shape {row_splits.shape} must have rank 1")
        if validate and isinstance(row_splits, EagerTensor):
            _check_splits(row_splits.numpy(), values)
        return cls(values, row_splits)

    @classmethod
    def from_row_lengths(cls, values, row_lengths, name=None, validate=True):
        values, lengths = _values(values), rows.as_index(row_lengths)
        if validate and isinstance(lengths, EagerTensor) and (lengths.numpy() < 0).any():
            raise _invalid("Arguments to from_row_lengths do not form a valid RaggedTensor: row_lengths must be >= 0")
        return cls.from_row_splits(values, rows.splits_of(lengths), validate=validate)

    @classmethod
    def from_row_starts(cls, values, row_starts, name=None, validate=True):
        values, starts = _values(values), rows.as_index(row_starts)
        end = rows.count(_flat(values) if not isinstance(values, RaggedTensor) else values.row_splits[:-1], starts.dtype)
        return cls.from_row_splits(values, _ops["ConcatV2"]([starts, _ops["Reshape"](end, [1])], 0), validate=validate)

    @classmethod
    def from_row_limits(cls, values, row_limits, name=None, validate=True):
        values, limits = _values(values), rows.as_index(row_limits)
        zero = _ops["Fill"]([1], convert_to_tensor(0, limits.dtype))
        return cls.from_row_splits(values, _ops["ConcatV2"]([zero, limits], 0), validate=validate)

    @classmethod
    def from_value_rowids(cls, values, value_rowids, nrows=None, name=None, validate=True):
        """value_rowids[k], which does not decrease, is the row of value k."""
        values, ids = _values(values), rows.as_index(value_rowids)
        if nrows is None:
            nrows = _ops["Max"](_ops["ConcatV2"]([ids, _ops["Fill"]([1], convert_to_tensor(-1, ids.dtype))], 0), 0) + 1
        if validate and isinstance(ids, EagerTensor) and (np.diff(ids.numpy()) < 0).any():
            raise _invalid("Arguments to from_value_rowids do not form a valid RaggedTensor: value_rowids must be sorted")
        nrows = convert_to_tensor(nrows, ids.dtype) if not isinstance(nrows, Tensor) else _ops["Cast"](nrows, ids.dtype)
        lengths = _ops["UnsortedSegmentSum"](_ops["OnesLike"](ids), ids, nrows)
        return cls.from_row_splits(values, rows.splits_of(lengths), validate=validate)

    @classmethod
    def from_uniform_row_length(cls, values, uniform_row_length, nrows=None, validate=True, name=None):
        """Rows that all have one length, of which this need not be known where they are used."""
        values = _values(values)
        length = convert_to_tensor(uniform_row_length, dtypes.int64)
        n_values = values.nrows() if isinstance(values, RaggedTensor) else rows.count(values, dtypes.int64)
        if nrows is None:
            nrows = n_values // _ops["Maximum"](length, convert_to_tensor(1, dtypes.int64))
        nrows = convert_to_tensor(nrows, dtypes.int64) if not isinstance(nrows, Tensor) else _ops["Cast"](nrows, dtypes.int64)
        known = _lockstep.constant_value(length)
        return cls(values, rows.upto(nrows + 1) * length, None if known is None else int(known))

    @classmethod
    def from_nested_row_splits(cls, flat_values, nested_row_splits, name=None, validate=True):
        return functools.reduce(lambda v, s: cls.from_row_splits(v, s, validate=validate), reversed(list(nested_row_splits)),
                                flat_values)

    @classmethod
    def from_nested_row_lengths(cls, flat_values, nested_row_lengths, name=None, validate=True):
        return functools.reduce(lambda v, n: cls.from_row_lengths(v, n, validate=validate),
                                reversed(list(nested_row_lengths)), flat_values)

    @classmethod
    def from_nested_value_rowids(cls, flat_values, nested_value_rowids, nested_nrows=None, name=None, validate=True):
        ids = list(nested_value_rowids)
        counts = [None] * len(ids) if nested_nrows is None else list(nested_nrows)
        return functools.reduce(lambda v, p: cls.from_value_rowids(v, p[0], p[1], validate=validate),
                                reversed(list(zip(ids, counts))), flat_values)

    @classmethod
    def from_tensor(cls, tensor, lengths=None, padding=None, ragged_rank=1, name=None, row_splits_dtype=dtypes.int64):
        """A tensor's rows, without what is beyond lengths or is padding at their ends."""
        from .convert import from_tensor
        return from_tensor(tensor, lengths, padding, ragged_rank, dtypes.as_dtype(row_splits_dtype))

    @classmethod
    def from_sparse(cls, st_input, name=None, row_splits_dtype=dtypes.int64):
        """The rows of a sparse matrix whose entries begin at the left and have no gaps."""
        from .convert import from_sparse
        return from_sparse(st_input, dtypes.as_dtype(row_splits_dtype))

    # ---- what it is ----

    values = property(lambda self: self._values)
    row_splits = property(lambda self: self._row_splits)
    dtype = property(lambda self: self._values.dtype)
    uniform_row_length = property(lambda self: None if self._uniform is None
                                  else convert_to_tensor(self._uniform, self._row_splits.dtype))

    @property
    def flat_values(self):
        return self._values.flat_values if isinstance(self._values, RaggedTensor) else self._values

    @property
    def nested_row_splits(self) -> tuple:
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensor) else ()
        return (self._row_splits, *inner)

    @property
    def ragged_rank(self) -> int:
        return 1 + (self._values.ragged_rank if isinstance(self._values, RaggedTensor) else 0)

    @property
    def shape(self) -> TensorShape:
        n = self._row_splits.shape[0]
        inner = self._values.shape
        if inner.rank is None:
            return TensorShape(None)
        return TensorShape([None if n is None else n - 1, self._uniform, *inner.as_list()[1:]])

    @property
    def ndim(self):
        return self.shape.rank

    def nrows(self, out_type=None, name=None):
        dtype = self._row_splits.dtype if out_type is None else dtypes.as_dtype(out_type)
        return _cast(rows.count(self._row_splits, self._row_splits.dtype) - 1, dtype)

    def row_starts(self, name=None):
        return self._row_splits[:-1]

    def row_limits(self, name=None):
        return self._row_splits[1:]

    def row_lengths(self, axis=1, name=None):
        if axis == 0:
            return self.nrows()
        if axis == 1:
            return rows.lengths_of(self._row_splits)
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.row_lengths(axis - 1))
        shape = _ops["Shape"](self._values, self._row_splits.dtype)
        return self.with_values(_ops["Fill"](shape[:1], shape[axis - 1]))

    def value_rowids(self, name=None):
        return rows.row_ids(self._row_splits)

    def nested_row_lengths(self, name=None) -> tuple:
        return tuple(rows.lengths_of(s) for s in self.nested_row_splits)

    def nested_value_rowids(self, name=None) -> tuple:
        return tuple(rows.row_ids(s) for s in self.nested_row_splits)

    def bounding_shape(self, axis=None, name=None, out_type=None):
        """The smallest shape that holds it."""
        dtype = self._row_splits.dtype if out_type is None else dtypes.as_dtype(out_type)
        sizes = [self.nrows(dtype)]
        for splits in self.nested_row_splits:
            lengths = _ops["ConcatV2"]([rows.lengths_of(splits), _ops["Fill"]([1], convert_to_tensor(0, splits.dtype))], 0)
            sizes.append(_cast(_ops["Max"](lengths, [0]), dtype))
        inner = _ops["Shape"](self.flat_values, dtype)[1:]
        shape = _ops["ConcatV2"]([_ops["Pack"](sizes), inner], 0)
        return shape if axis is None else rows.take(shape, axis)

    # ---- making others ----

    def with_values(self, new_values):
        """These rows of other values."""
        return RaggedTensor(_values(new_values), self._row_splits, self._uniform)

    def with_flat_values(self, new_values):
        inner = self._values.with_flat_values(new_values) if isinstance(self._values, RaggedTensor) else new_values
        return self.with_values(inner)

    def with_row_splits_dtype(self, dtype):
        dtype = dtypes.as_dtype(dtype)
        inner = self._values.with_row_splits_dtype(dtype) if isinstance(self._values, RaggedTensor) else self._values
        return RaggedTensor(inner, _cast(self._row_splits, dtype), self._uniform)

    def merge_dims(self, outer_axis, inner_axis):
        """Without the division into rows between two axes."""
        rank = self.shape.rank
        outer, inner = outer_axis + (rank if outer_axis < 0 else 0), inner_axis + (rank if inner_axis < 0 else 0)
        if outer > inner:
            raise ValueError(f"Expected outer_axis ({outer_axis}) to be less than or equal to inner_axis ({inner_axis})")
        if outer == inner:
            return self
        if outer > 0:
            values = self._values
            if isinstance(values, RaggedTensor):
                return self.with_values(values.merge_dims(outer - 1, inner - 1))
            return self.with_values(_merge_dense(values, outer - 1, inner - 1))
        values = self._values
        if inner == 1:
            return values
        return values.merge_dims(0, inner - 1) if isinstance(values, RaggedTensor) else _merge_dense(values, 0, inner - 1)

    def to_tensor(self, default_value=None, name=None, shape=None):
        from .convert import to_tensor
        return to_tensor(self, default_value, shape)

    def to_sparse(self, name=None):
        from .convert import to_sparse
        return to_sparse(self)

    def consumers(self):
        return [c for t in self._to_components() for c in t.consumers()]

    # ---- values ----

    def _is_eager(self) -> bool:
        return all(isinstance(t, EagerTensor) for t in self._to_components())

    def numpy(self):
        """Rows as arrays; one array when all have one length."""
        if not self._is_eager():
            raise ValueError("RaggedTensor.numpy() is only supported in eager mode.")
        values, splits = self._values.numpy(), self._row_splits.numpy()
        parts = np.split(values, splits[1:-1])
        if len(splits) < 2:
            return np.array([], dtype=values.dtype)
        if all(len(part) == len(parts[0]) for part in parts):
            return np.array(parts)
        result = np.empty(len(parts), object)
        result[:] = parts
        return result

    def to_list(self) -> list:
        if not self._is_eager():
            raise ValueError("to_list can only be called in eager mode.")
        inner = self._values.to_list() if isinstance(self._values, RaggedTensor) else self._values.numpy().tolist()
        splits = self._row_splits.numpy()
        return [inner[splits[i]:splits[i + 1]] for i in range(len(splits) - 1)]

    def __repr__(self) -> str:
        if not self._is_eager():
            return f"tf.RaggedTensor(values={self._values!s}, row_splits={self._row_splits!s})"
        with np.printoptions(formatter={"all": _text}):
            return f"<tf.RaggedTensor {_text(self.numpy())}>"

    def __len__(self) -> int:
        if not self._is_eager():
            raise TypeError("object of type 'RaggedTensor' has no len() in a graph; use nrows()")
        return len(self._row_splits) - 1

    def __iter__(self):
        for i in range(len(self)):
            yield self[i]

    def _rows(self) -> list:
        return [self[i] for i in range(len(self))]

    @classmethod
    def _stacked(cls, values: list):
        from .join import stack
        return stack(values, 0, ragged=True)

    def __getitem__(self, key):
        from .getitem import getitem
        return getitem(self, key)

    def __hash__(self):
        return id(self)

    # ---- as several tensors ----

    def _to_components(self) -> list:
        return [self.flat_values, *self.nested_row_splits]

    def _from_components(self, tensors: list) -> RaggedTensor:
        return self._type_spec._from_components(tensors)

    @property
    def _type_spec(self):
        return RaggedTensorSpec.from_value(self)


def _cast(tensor, dtype):
    return tensor if tensor.dtype == dtype else _ops["Cast"](tensor, dtype)


def _flat(values):
    return values


def _merge_dense(tensor, outer: int, inner: int):
    shape = _ops["Shape"](tensor)
    return _ops["Reshape"](tensor, _ops["ConcatV2"]([shape[:outer], [-1], shape[inner + 1:]], 0))


def _invalid(message: str):
    from ..framework.errors import InvalidArgumentError
    return InvalidArgumentError(None, None, message)


def _check_splits(splits, values) -> None:
    what = "Arguments to from_row_splits do not form a valid RaggedTensor"
    n = len(values) if isinstance(values, RaggedTensor) and values._is_eager() else None
    if isinstance(values, EagerTensor):
        if values.shape.rank == 0:
            raise ValueError("values must have at least one axis")
        n = values.shape[0]
    if len(splits) == 0:
        raise ValueError("row_splits tensor may not be empty: it has one more element than there are rows")
    if splits[0] != 0:
        raise _invalid(f"{what}: row_splits[0] must be 0, got {splits[0]}")
    if (np.diff(splits) < 0).any():
        raise _invalid(f"{what}: row_splits must be sorted, got {splits}")
    if n is not None and splits[-1] != n:
        raise _invalid(f"{what}: row_splits[-1] is {splits[-1]}, but there are {n} values")


class RaggedTensorSpec(TypeSpec):
    """The dtype and shape of a RaggedTensor to come."""

    def __init__(self, shape=None, dtype=dtypes.float32, ragged_rank=None, row_splits_dtype=dtypes.int64,
                 flat_values_spec=None):
        self._shape, self._dtype = TensorShape(shape), dtypes.as_dtype(dtype)
        self._row_splits_dtype, self._flat_values_spec = dtypes.as_dtype(row_splits_dtype), flat_values_spec
        if ragged_rank is None:
            if self._shape.rank is None:
                raise ValueError("Must specify ragged_rank or a shape with a known rank.")
            ragged_rank = self._shape.rank - 1
        self._ragged_rank = ragged_rank

    shape = property(lambda self: self._shape)
    dtype = property(lambda self: self._dtype)
    ragged_rank = property(lambda self: self._ragged_rank)
    row_splits_dtype = property(lambda self: self._row_splits_dtype)
    flat_values_spec = property(lambda self: self._flat_values_spec)
    value_type = property(lambda self: RaggedTensor if self._ragged_rank > 0 else Tensor)

    @classmethod
    def from_value(cls, value):
        return cls(value.shape, value.dtype, value.ragged_rank, value.row_splits.dtype)

    def _component_specs(self) -> list:
        inner = [None] if self._shape.rank is None else [None, *self._shape.as_list()[self._ragged_rank + 1:]]
        n = self._shape[0] if self._shape.rank else None
        flat = TensorSpec(None if self._shape.rank is None else inner, self._dtype)
        splits = [TensorSpec([None if n is None or i > 0 else n + 1], self._row_splits_dtype)
                  for i in range(self._ragged_rank)]
        return [flat, *splits]

    def _from_components(self, tensors: list):
        value = tensors[0]
        for i, splits in reversed(list(enumerate(tensors[1:]))):
            uniform = self._shape[i + 1] if self._shape.rank is not None and i + 1 < self._shape.rank else None
            value = RaggedTensor(value, splits, uniform)
        return value

    def is_compatible_with(self, other) -> bool:
        return (getattr(other, "dtype", None) == self._dtype and getattr(other, "ragged_rank", 0) == self._ragged_rank
                and self._shape.is_compatible_with(other.shape))

    def __eq__(self, other) -> bool:
        return isinstance(other, RaggedTensorSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self._dtype, self._ragged_rank))

    def _key(self) -> tuple:
        return (self._shape._dims if self._shape.rank is not None else None, self._dtype.name, self._ragged_rank,
                self._row_splits_dtype.name)

    def __repr__(self) -> str:
        return (f"RaggedTensorSpec({self._shape}, {self._dtype!r}, {self._ragged_rank}, {self._row_splits_dtype!r})")


def convert_to_ragged(value, ragged_rank: int, splits_dtype=dtypes.int64):
    """value with at least so many ragged axes: a tensor's are all of one length."""
    if ragged_rank == 0:
        return value
    if not isinstance(value, RaggedTensor):
        return RaggedTensor.from_tensor(convert_to_tensor(value), ragged_rank=ragged_rank, row_splits_dtype=splits_dtype)
    if value.ragged_rank >= ragged_rank:
        return value
    return value.with_values(convert_to_ragged(value.values, ragged_rank - 1, splits_dtype))
