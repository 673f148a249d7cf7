# SPDX-License-Identifier: MIT
"""Ragged tensors joined, stacked and repeated."""
from __future__ import annotations

import _lockstep

from ..framework.ops import convert_to_tensor
from . import rows
from .convert import gather_rows
from .ragged_tensor import RaggedTensor, _cast, convert_to_ragged

_ops = _lockstep.ops


def _rank_of(values: list):
    return next((v.shape.rank for v in values if v.shape.rank is not None), None)


def _positive(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError(f"axis={axis} out of bounds: expected {-rank}<=axis<{rank}")
    return axis % rank


def _all_ragged(values: list, at_least: int) -> list:
    values = [v if isinstance(v, RaggedTensor) else convert_to_tensor(v) for v in values]
    depth = max([at_least, *[v.ragged_rank for v in values if isinstance(v, RaggedTensor)]])
    dtype = next((v.row_splits.dtype for v in values if isinstance(v, RaggedTensor)), None)
    return [convert_to_ragged(v, depth, dtype) if dtype is not None else convert_to_ragged(v, depth) for v in values]


def concat(values: list, axis: int):
    values = _all_ragged(values, 0)
    axis = _positive(int(axis), _rank_of(values))
    return _concat(values, axis)


def _concat(values: list, axis: int):
    if not isinstance(values[0], RaggedTensor):
        return _ops["ConcatV2"](values, axis)
    if axis == 0:
        return _behind(values)
    if axis == 1:
        return _side_by_side(values, joined=True)
    return values[0].with_values(_concat([v.values for v in values], axis - 1))


def _behind(values: list):
    """All rows, one ragged tensor's after another's."""
    if not isinstance(values[0], RaggedTensor):
        return values[0] if len(values) == 1 else _ops["ConcatV2"](values, 0)
    lengths = [v.row_lengths() for v in values]
    joint = lengths[0] if len(values) == 1 else _ops["ConcatV2"](lengths, 0)
    uniform = values[0]._uniform if all(v._uniform == values[0]._uniform for v in values) else None
    return RaggedTensor(_behind([v.values for v in values]), rows.splits_of(joint), uniform)


def _side_by_side(values: list, joined: bool):
    """Row i of each, one after another: joined to one row, or as rows of a new axis."""
    n, dtype = len(values), values[0].row_splits.dtype
    count = _cast(values[0].nrows(), dtype)
    rank = convert_to_tensor(n, dtype)
    order = rows.upto(count * rank)
    places = order % rank * count + order // rank
    taken = gather_rows(_behind(values), places)
    outer = rows.upto(count + 1) * rank
    if not joined:
        return RaggedTensor(taken, outer, n)
    return RaggedTensor(taken.values, rows.take(taken.row_splits, outer))


def stack(values: list, axis: int, ragged=False):
    values = [convert_to_tensor(v) for v in values]
    rank = _rank_of(values)
    values = _all_ragged(values, 1 if ragged and rank > 1 else 0)
    axis = _positive(int(axis), rank + 1)
    if rank == 0:
        return _ops["Pack"](values, axis)
    if axis == 0:
        counts = _ops["Pack"]([_cast(v.nrows(), values[0].row_splits.dtype) if isinstance(v, RaggedTensor)
                               else _ops["Shape"](v, "int64")[0] for v in values])
        return RaggedTensor(_behind(values), rows.splits_of(counts))
    if not isinstance(values[0], RaggedTensor):
        return _ops["Pack"](values, axis)
    if axis == 1:
        return _side_by_side(values, joined=False)
    return values[0].with_values(stack([v.values for v in values], axis - 1))


def tile(value, multiples):
    known = _lockstep.constant_value(convert_to_tensor(multiples))
    if known is None:
        raise NotImplementedError("tf.tile of a RaggedTensor needs multiples that are known while tracing")
    for axis, times in enumerate(known.numpy().tolist()):
        if times == 0:
            value = _none_of(value, axis)
        elif times > 1:
            value = concat([value] * times, axis)
    return value


def _none_of(value, axis: int):
    if axis > 0:
        if axis == 1:
            return RaggedTensor(gather_rows(value.values, rows.upto(convert_to_tensor(0, value.row_splits.dtype))),
                                _ops["ZerosLike"](value.row_splits))
        return value.with_values(_none_of(value.values, axis - 1))
    return gather_rows(value, rows.upto(convert_to_tensor(0, value.row_splits.dtype)))


def expand_dims(value, axis: int):
    rank = value.shape.rank
    axis = _positive(int(axis), rank + 1)
    if not isinstance(value, RaggedTensor):
        return _ops["ExpandDims"](value, axis)
    dtype = value.row_splits.dtype
    if axis == 0:
        splits = _ops["Pack"]([convert_to_tensor(0, dtype), _cast(value.nrows(), dtype)])
        return RaggedTensor(value, splits)
    if axis == 1:
        return RaggedTensor(value, rows.upto(_cast(value.nrows(), dtype) + 1), 1)
    return value.with_values(expand_dims(value.values, axis - 1))
