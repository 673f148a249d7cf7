# SPDX-License-Identifier: MIT
"""Picking from ragged tensors, and by ragged numbers."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from . import rows
from .convert import coordinates, gather_rows
from .ragged_tensor import RaggedTensor, _cast, convert_to_ragged

_ops = _lockstep.ops


def gather(op, params, indices, axis=0, batch_dims=0):
    axis = int(axis if not isinstance(axis, _lockstep.Tensor) else axis.numpy())
    params = params if isinstance(params, RaggedTensor) else convert_to_tensor(params)
    indices = indices if isinstance(indices, RaggedTensor) else rows.as_index(indices, dtypes.int32)
    if batch_dims:
        return _in_batches(params, indices, axis, batch_dims)
    if axis < 0:
        axis += params.shape.rank
    if axis > 0:
        if not isinstance(params, RaggedTensor):
            raise NotImplementedError("tf.gather along an inner axis with ragged indices")
        if axis > 1 or not isinstance(params, RaggedTensor):
            return params.with_values(gather(op, params.values, indices, axis - 1))
        return _columns(params, indices)
    if isinstance(indices, RaggedTensor):
        return indices.with_values(gather(op, params, indices.values))
    if indices.shape.rank == 1 or not isinstance(params, RaggedTensor):
        return gather_rows(params, indices)
    if indices.shape.rank == 0:
        return params[indices]
    inner = gather(op, params, _ops["Reshape"](indices, [-1]))
    for axis_ in reversed(range(1, indices.shape.rank)):
        inner = RaggedTensor.from_uniform_row_length(inner, _ops["Shape"](indices, dtypes.int64)[axis_])
    return inner


def _columns(params, indices):
    """The values at these places of every row."""
    n = _ops["Size"](indices, params.row_splits.dtype)
    row = _ops["ExpandDims"](params.row_starts(), 1)
    places = _ops["Reshape"](row + _cast(indices, params.row_splits.dtype), [-1])
    return RaggedTensor(gather_rows(params.values, places), rows.upto(_cast(params.nrows(), n.dtype) + 1) * n)


def _in_batches(params, indices, axis: int, batch_dims: int):
    """Row i of the indices picks from row i of params."""
    if batch_dims < 0:
        batch_dims += indices.shape.rank
    if batch_dims > 1:
        params = convert_to_ragged(params, batch_dims)
        indices = convert_to_ragged(indices, batch_dims)
        return indices.with_values(_in_batches(params.values, indices.values, axis - 1, batch_dims - 1))
    params = convert_to_ragged(params, 1)
    dense = not isinstance(indices, RaggedTensor)
    ragged = convert_to_ragged(indices, 1)
    starts = rows.take(params.row_starts(), ragged.value_rowids())
    values = ragged.values
    if isinstance(values, RaggedTensor):
        offsets = rows.take(starts, values.value_rowids())
        return ragged.with_values(values.with_values(gather_rows(params.values, _cast(values.values, offsets.dtype) + offsets)))
    result = ragged.with_values(gather_rows(params.values, _cast(values, starts.dtype) + starts))
    return result.to_tensor() if dense and result.ragged_rank == 1 and indices.shape[1] is not None else result


def gather_nd(op, params, indices, *rest):
    indices = rows.as_index(indices) if not isinstance(indices, RaggedTensor) else indices
    if isinstance(indices, RaggedTensor):
        return indices.with_flat_values(gather_nd(op, params, indices.flat_values))
    if not isinstance(params, RaggedTensor):
        return op(params, indices)
    depth = indices.shape[-1]
    flat = _ops["Reshape"](indices, [-1, depth])
    places, value = _cast(flat[:, 0], params.row_splits.dtype), params
    for i in range(1, depth):
        if not isinstance(value, RaggedTensor):
            rest_index = _cast(flat[:, i:], places.dtype)
            found = _ops["GatherNd"](value, _ops["ConcatV2"]([_ops["ExpandDims"](places, 1), rest_index], 1))
            break
        places = rows.take(value.row_splits, places) + _cast(flat[:, i], value.row_splits.dtype)
        value = value.values
    else:
        found = gather_rows(value, places)
    shape = indices.shape.as_list()[:-1]
    if isinstance(found, RaggedTensor):
        return found if len(shape) == 1 else found[0] if not shape else _wrapped(found, shape)
    inner = found.shape.as_list()[1:]
    return _ops["Reshape"](found, [*shape, *inner])


def _wrapped(value, shape: list):
    for size in reversed(shape[1:]):
        value = RaggedTensor.from_uniform_row_length(value, size)
    return value


def where(op, condition):
    """The index of each value that is true."""
    index = _ops["Pack"](coordinates(condition), 1)
    kept = _ops["Squeeze"](_ops["Where"](condition.flat_values), [1])
    return _cast(rows.take(index, kept), dtypes.int64)


def reverse(value, axes: list):
    rank = value.shape.rank
    for axis in axes:
        value = _reversed(value, axis % rank)
    return value


def _reversed(value, axis: int):
    if not isinstance(value, RaggedTensor):
        return _ops["ReverseV2"](value, [axis])
    if axis == 0:
        n = _cast(value.nrows(), value.row_splits.dtype)
        return gather_rows(value, n - 1 - rows.upto(n))
    if axis == 1:
        ids = value.value_rowids()
        places = rows.take(value.row_limits(), ids) - 1 - rows.positions(value.row_splits, ids)
        return value.with_values(gather_rows(value.values, places))
    return value.with_values(_reversed(value.values, axis - 1))
