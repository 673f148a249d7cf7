# SPDX-License-Identifier: MIT
"""Ragged tensors from dense and sparse ones, and back."""
from __future__ import annotations

import numpy as np

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from . import rows
from .ragged_tensor import RaggedTensor, _cast, _merge_dense

_ops = _lockstep.ops


def from_tensor(tensor, lengths, padding, ragged_rank: int, dtype):
    tensor = convert_to_tensor(tensor)
    if tensor.shape.rank is not None and tensor.shape.rank <= ragged_rank:
        raise ValueError(f"ragged_rank must be less than the rank of the tensor ({tensor.shape.rank}); got {ragged_rank}")
    if lengths is not None and padding is not None:
        raise ValueError("Specify argument `lengths` or `padding`, but not both.")
    if isinstance(lengths, (list, tuple)) and lengths and not isinstance(lengths[0], (int, np.integer)):
        nested = [rows.as_index(n) for n in lengths]
        flat = from_tensor(tensor, None, None, len(nested), dtype)
        return _cut(flat, nested)
    if ragged_rank > 1:
        if lengths is not None:
            raise ValueError("If lengths is a single tensor, then ragged_rank must be one.")
        if padding is not None:
            return _without_padding(tensor, padding, ragged_rank, dtype)
        inner = from_tensor(_merge_dense(tensor, 0, 1), None, None, ragged_rank - 1, dtype)
        return _uniform(tensor, inner, dtype)
    if padding is not None:
        lengths = _lengths_without(tensor, padding, dtype)
    if lengths is None:
        return _uniform(tensor, _merge_dense(tensor, 0, 1), dtype)
    lengths = _cast(rows.as_index(lengths), dtype)
    width = _ops["Shape"](tensor, dtype)[1]
    lengths = _ops["Minimum"](_ops["Maximum"](lengths, convert_to_tensor(0, dtype)), width)
    splits = rows.splits_of(lengths)
    ids = rows.row_ids(splits)
    places = ids * width + rows.positions(splits, ids)
    return RaggedTensor(rows.take(_merge_dense(tensor, 0, 1), places), splits)


def _uniform(tensor, values, dtype):
    shape = _ops["Shape"](tensor, dtype)
    return RaggedTensor(values, rows.upto(shape[0] + 1) * shape[1], tensor.shape[1])


def _cut(ragged, nested: list):
    """The first nested[k][i] of each row, at each level."""
    if not nested:
        return ragged
    taken = RaggedTensor.from_row_lengths(ragged.values, ragged.row_lengths()) if len(nested) == 1 else ragged
    splits = rows.splits_of(_cast(nested[0], ragged.row_splits.dtype))
    ids = rows.row_ids(splits)
    places = rows.take(taken.row_splits, ids) + rows.positions(splits, ids)
    values = gather_rows(taken.values, places)
    return RaggedTensor(_cut(values, nested[1:]), splits)


def gather_rows(values, places):
    """The rows at these places, of a tensor or a ragged one."""
    if not isinstance(values, RaggedTensor):
        return rows.take(values, places)
    places = _cast(places, values.row_splits.dtype)
    splits = rows.splits_of(rows.take(values.row_lengths(), places))
    ids = rows.row_ids(splits)
    inner = rows.take(rows.take(values.row_splits, places), ids) + rows.positions(splits, ids)
    return RaggedTensor(gather_rows(values.values, inner), splits, values._uniform)


def _lengths_without(tensor, padding, dtype):
    """How long each row is without the padding at its end."""
    is_data = _ops["NotEqual"](tensor, convert_to_tensor(padding, tensor.dtype))
    rank = tensor.shape.rank
    if rank > 2:
        is_data = _ops["Any"](is_data, list(range(2, rank)))
    width = _ops["Shape"](tensor, dtype)[1]
    return _ops["Max"](_ops["Mul"](_ops["Cast"](is_data, dtype), rows.upto(width) + 1), [1])


def _without_padding(tensor, padding, ragged_rank: int, dtype):
    from . import factory
    if not _lockstep.executing_eagerly():
        raise NotImplementedError("RaggedTensor.from_tensor with padding and ragged_rank > 1 in a graph")
    padding = convert_to_tensor(padding, tensor.dtype).numpy()

    def trim(array, depth):
        kept = len(array)
        while kept and np.array_equal(array[kept - 1], np.broadcast_to(padding, array[kept - 1].shape)):
            kept -= 1
        return [trim(a, depth - 1) for a in array[:kept]] if depth > 0 else array[:kept].tolist()
    nested = [trim(a, ragged_rank - 1) for a in tensor.numpy()]
    return factory.constant(nested, dtype=tensor.dtype, ragged_rank=ragged_rank)


def coordinates(ragged) -> list:
    """For each flat value its index along the ragged axes."""
    splits = ragged.nested_row_splits
    ids = rows.row_ids(splits[-1])
    found = [rows.positions(splits[-1], ids)]
    for level in reversed(splits[:-1]):
        outer = rows.row_ids(level)
        found.insert(0, rows.take(rows.positions(level, outer), ids))
        ids = rows.take(outer, ids)
    return [ids, *found]


def to_tensor(ragged, default_value=None, shape=None):
    """Rows filled up with the default to one length, or to shape."""
    flat, dtype = ragged.flat_values, ragged.row_splits.dtype
    index = _ops["Pack"](coordinates(ragged), 1)
    default = convert_to_tensor(_nothing(flat.dtype) if default_value is None else default_value, flat.dtype)
    full = ragged.bounding_shape(out_type=dtype)
    if shape is not None:
        index, flat, full = _within(ragged, index, flat, full, shape)
    n_index = ragged.ragged_rank + 1
    start = _ops["BroadcastTo"](default, full) if default.shape.rank else _ops["Fill"](full, default)
    filled = _ops["TensorScatterUpdate"](start, index, flat)
    return _with_static_shape(filled, ragged, shape, n_index)


def _nothing(dtype):
    return "" if dtype == dtypes.string else False if dtype == dtypes.bool else 0


def _within(ragged, index, flat, full, shape):
    """Cut to the shape that is asked for; None leaves an axis as it is."""
    if isinstance(shape, (list, tuple, TensorShape)):
        sizes = [None if s is None else s for s in (shape.as_list() if isinstance(shape, TensorShape) else shape)]
        wanted = _ops["Pack"]([full[i] if s is None else _cast(convert_to_tensor(s), full.dtype) for i, s in enumerate(sizes)])
    else:
        given = _cast(convert_to_tensor(shape), full.dtype)
        wanted = _ops["SelectV2"](given < 0, full, given)
    n = ragged.ragged_rank + 1
    inside = _ops["All"](_ops["Less"](index, wanted[:n]), [1])
    places = _ops["Squeeze"](_ops["Where"](inside), [1])
    return rows.take(index, places), rows.take(flat, places), wanted


def _with_static_shape(tensor, ragged, shape, n_index: int):
    known = ragged.shape.as_list() if ragged.shape.rank is not None else None
    if known is not None and isinstance(shape, (list, tuple, TensorShape)):
        wanted = shape.as_list() if isinstance(shape, TensorShape) else list(shape)
        known = [w if isinstance(w, int) and w >= 0 else k if w is None else None for w, k in zip(wanted, known)]
    if known is None or isinstance(tensor, _lockstep.EagerTensor) or not all(k is None or isinstance(k, int) for k in known):
        return tensor
    return _ops["EnsureShape"](tensor, known) if "EnsureShape" in _ops else tensor


def to_sparse(ragged):
    from ..sparse.sparse_tensor import SparseTensor
    flat = ragged.flat_values
    index = [_cast(c, dtypes.int64) for c in coordinates(ragged)]
    if flat.shape.rank != 1:
        rank = flat.shape.rank
        inner = from_tensor(flat, None, None, rank - 1, dtypes.int64)
        ids, *more = coordinates(inner)
        index = [rows.take(c, ids) for c in index] + more
        flat = inner.flat_values
    return SparseTensor(_ops["Pack"](index, 1), flat, ragged.bounding_shape(out_type=dtypes.int64))


def from_sparse(sparse, dtype):
    rank = sparse.shape.rank
    if rank is not None and rank != 2:
        raise ValueError("rank(st_input) must be 2.")
    ids = _cast(sparse.indices[:, 0], dtype)
    if _lockstep.executing_eagerly():
        _check_from_the_left(sparse.indices.numpy())
    return RaggedTensor.from_value_rowids(sparse.values, ids, _cast(sparse.dense_shape[0], dtype), validate=False)


def _check_from_the_left(indices) -> None:
    rows_, columns = indices[:, 0], indices[:, 1]
    begins = np.concatenate([[True], rows_[1:] != rows_[:-1]]) if len(rows_) else np.zeros(0, bool)
    steps = np.concatenate([[0], columns[:-1] + 1]) if len(rows_) else columns
    if not np.array_equal(columns, np.where(begins, 0, steps)):
        from .ragged_tensor import _invalid
        raise _invalid("SparseTensor is not right-ragged")
