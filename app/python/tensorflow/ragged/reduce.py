# SPDX-License-Identifier: MIT
"""Reductions of ragged tensors, by segments."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from . import rows
from .join import expand_dims
from .ragged_tensor import RaggedTensor, _cast

_ops = _lockstep.ops
_SEGMENTS = {"Sum": "UnsortedSegmentSum", "Prod": "UnsortedSegmentProd", "Max": "UnsortedSegmentMax",
             "Min": "UnsortedSegmentMin"}


def _axes(axis, rank: int) -> list:
    if isinstance(axis, _lockstep.Tensor):
        known = _lockstep.constant_value(axis)
        if known is None:
            raise ValueError("The axis of a reduction of a RaggedTensor must be known while tracing")
        axis = known.numpy().tolist()
    axes = [axis] if isinstance(axis, int) else list(axis)
    for a in axes:
        if not -rank <= a < rank:
            raise ValueError(f"axis={a} out of bounds: expected {-rank}<=axis<{rank}")
    return sorted({a % rank for a in axes}, reverse=True)


def reduce(op, value, axis, keepdims=False):
    """The op over the axes, the innermost first."""
    name = op.__name__
    if name == "Mean":
        return _mean(value, axis, keepdims)
    if name in ("Any", "All"):
        kind = "Max" if name == "Any" else "Min"
        return _truth(_reduced(kind, _mapped(value, lambda v: _ops["Cast"](v, dtypes.int32)), axis, keepdims, value))
    if name == "EuclideanNorm":
        return _mapped(reduce(_ops["Sum"], _mapped(value, _ops["Square"]), axis, keepdims), _ops["Sqrt"])
    return _reduced(name, value, axis, keepdims, value)


def _mapped(value, function):
    return value.with_flat_values(function(value.flat_values)) if isinstance(value, RaggedTensor) else function(value)


def _truth(value):
    return _mapped(value, lambda v: v > 0)


def _mean(value, axis, keepdims):
    sums = reduce(_ops["Sum"], value, axis, keepdims)
    counts = reduce(_ops["Sum"], _mapped(value, _ops["OnesLike"]), axis, keepdims)
    if isinstance(sums, RaggedTensor):
        return sums.with_flat_values(sums.flat_values / counts.flat_values)
    return sums / counts


def _reduced(name: str, value, axis, keepdims, original):
    axes = _axes(axis, original.shape.rank)
    if len(axes) == original.shape.rank and not keepdims:
        flat = value.flat_values
        return _ops[name](flat, list(range(flat.shape.rank)))
    for a in axes:
        value = _over(name, value, a)
        if keepdims:
            value = expand_dims(value, a)
    return value


def _over(name: str, value, axis: int):
    if not isinstance(value, RaggedTensor):
        return _ops[name](value, [axis])
    if axis == 0:
        ids = rows.row_ids(value.row_splits)
        longest = value.bounding_shape(out_type=value.row_splits.dtype)[1]
        return _segments(name, value.values, rows.positions(value.row_splits, ids), longest)
    if axis == 1:
        return _segments(name, value.values, value.value_rowids(), _cast(value.nrows(), value.row_splits.dtype))
    return value.with_values(_over(name, value.values, axis - 1))


def _segments(name: str, data, ids, n):
    """The op over the rows of each segment; where rows are ragged, place by place."""
    if not isinstance(data, RaggedTensor):
        return _ops[_SEGMENTS[name]](data, ids, n)
    lengths = data.row_lengths()
    longest = _ops["UnsortedSegmentMax"](lengths, ids, n)
    longest = _ops["Maximum"](longest, convert_to_tensor(0, longest.dtype))
    splits = rows.splits_of(longest)
    row = rows.row_ids(data.row_splits)
    places = rows.take(rows.take(splits, ids), row) + rows.positions(data.row_splits, row)
    return RaggedTensor(_segments(name, data.values, places, splits[-1]), splits)


def join(op, value, axes, keepdims=False, separator=""):
    """ReduceJoin along one axis, or several from the innermost."""
    known = _axes(axes, value.shape.rank)
    for a in known:
        value = _joined(value, a, separator)
        if keepdims:
            value = expand_dims(value, a)
    return value


def _joined(value, axis: int, separator: str):
    if not isinstance(value, RaggedTensor):
        return _ops["ReduceJoin"](value, [axis], False, separator)
    if axis == 1 and not isinstance(value.values, RaggedTensor):
        return _ops["UnsortedSegmentJoin"](value.values, value.value_rowids(), value.nrows(), separator)
    if axis == 0 or isinstance(value.values, RaggedTensor) and axis == 1:
        raise NotImplementedError("tf.strings.reduce_join of a RaggedTensor over an axis outside of the innermost ragged one")
    return value.with_values(_joined(value.values, axis - 1, separator))
