# SPDX-License-Identifier: MIT
"""tf.ragged.constant and the like."""
from __future__ import annotations

import builtins

import numpy as np

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from . import rows
from .ragged_tensor import RaggedTensor, _cast

_ops = _lockstep.ops


def _is_list(value) -> bool:
    return isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _depth(value) -> int:
    """How deep the deepest scalar lies; unlike TensorFlow's, scalars at different depths are told."""
    if not _is_list(value):
        return 0
    depths = {_depth(v) for v in value if not (_is_list(v) and len(v) == 0)}
    empty = builtins.any(_is_list(v) and len(v) == 0 for v in value)
    if len(depths - {None}) > 1:
        raise ValueError("all scalar values must have the same nesting depth")
    if not depths:
        return 2 if empty else 1
    return 1 + builtins.max(depths)


def constant(pylist, dtype=None, ragged_rank=None, inner_shape=None, name=None, row_splits_dtype=dtypes.int64):
    """Nested lists of different lengths as a RaggedTensor."""
    splits_dtype = dtypes.as_dtype(row_splits_dtype)
    if not _is_list(pylist):
        if ragged_rank:
            raise ValueError(f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank}")
        return convert_to_tensor(pylist, dtype)
    depth = _depth(pylist)
    if ragged_rank is None:
        ragged_rank = builtins.max(0, depth - 1 - (len(inner_shape) if inner_shape is not None else 0))
    if ragged_rank == 0:
        return convert_to_tensor(pylist, dtype)
    nested, values = [], pylist
    for _ in builtins.range(ragged_rank):
        for row in values:
            if not _is_list(row):
                raise ValueError(f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank}")
        nested.append(np.concatenate([[0], np.cumsum([len(row) for row in values], dtype=np.int64)]))
        values = [item for row in values for item in row]
    flat = convert_to_tensor(values, dtype) if len(values) or dtype else convert_to_tensor(np.zeros(0, np.float32))
    if not len(values):
        inner = list(inner_shape) if inner_shape is not None else [0] * 0
        flat = _ops["Reshape"](convert_to_tensor([], dtype or dtypes.float32), [0, *inner])
    return RaggedTensor.from_nested_row_splits(flat, [convert_to_tensor(s.astype(splits_dtype.as_numpy_dtype))
                                                      for s in nested], validate=False)


def range(starts, limits=None, deltas=1, dtype=None, name=None, row_splits_dtype=dtypes.int64):  # noqa: A001
    """A row of numbers for each start, limit and delta."""
    if limits is None:
        starts, limits = 0, starts
    hint = next((x.dtype for x in (starts, limits, deltas) if hasattr(x, "dtype")), None)
    parts = [convert_to_tensor(x, dtype, dtype_hint=hint) for x in (starts, limits, deltas)]
    kind = parts[0].dtype
    starts, limits, deltas = [_cast(p, kind) for p in parts]
    shape = _ops["Shape"](starts + limits + deltas)
    n = _ops["Prod"](shape, [0])
    starts, limits, deltas = [_ops["Reshape"](_ops["BroadcastTo"](p, shape), _ops["Reshape"](n, [1]))
                              for p in (starts, limits, deltas)]
    splits_dtype = dtypes.as_dtype(row_splits_dtype)
    span = _ops["Cast"](limits - starts, dtypes.float64) / _ops["Cast"](deltas, dtypes.float64)
    lengths = _ops["Cast"](_ops["Maximum"](_ops["Ceil"](span), convert_to_tensor(0, dtypes.float64)), splits_dtype)
    splits = rows.splits_of(lengths)
    ids = rows.row_ids(splits)
    steps = _ops["Cast"](rows.positions(splits, ids), kind)
    return RaggedTensor(rows.take(starts, ids) + steps * rows.take(deltas, ids), splits)


def map_flat_values(op, *args, **kwargs):
    """op of the flat values; in the rows that the ragged arguments have in common."""
    found = [a for a in [*args, *kwargs.values()] if isinstance(a, RaggedTensor)]
    if not found:
        return op(*args, **kwargs)

    def flat(a):
        return a.flat_values if isinstance(a, RaggedTensor) else a
    result = op(*[flat(a) for a in args], **{k: flat(a) for k, a in kwargs.items()})
    deepest = builtins.max(found, key=lambda r: r.ragged_rank)
    return deepest.with_flat_values(result)


def row_splits_to_segment_ids(splits, name=None, out_type=None):
    splits = rows.as_index(splits)
    ids = rows.row_ids(splits)
    return ids if out_type is None else _cast(ids, dtypes.as_dtype(out_type))


def segment_ids_to_row_splits(segment_ids, num_segments=None, out_type=None, name=None):
    ids = rows.as_index(segment_ids)
    splits = RaggedTensor.from_value_rowids(ids, ids, num_segments, validate=False).row_splits
    return splits if out_type is None else _cast(splits, dtypes.as_dtype(out_type))


def stack(values, axis=0, name=None):
    """Tensors of which some axes differ in length, along a new axis."""
    from .join import stack as joined
    return joined(list(values), axis, ragged=True)


def boolean_mask(data, mask, name=None):
    """The values where mask holds, in the rows that they were in."""
    from .ragged_tensor import convert_to_ragged
    mask = convert_to_tensor(mask)
    rank = mask.shape.rank
    if rank is None or rank == 0:
        raise ValueError("mask must have a known rank, and not be a scalar")
    if rank == 1:
        from .convert import gather_rows
        places = _ops["Squeeze"](_ops["Where"](mask), [1])
        return gather_rows(convert_to_tensor(data), places)
    data = convert_to_ragged(convert_to_tensor(data), rank - 1)
    mask = convert_to_ragged(mask, rank - 1)
    inner = boolean_mask(data.values, mask.values)
    kept = _ops["Cast"](mask.values if not isinstance(mask.values, RaggedTensor) else mask.values.flat_values, dtypes.int64)
    if rank == 2:
        splits = rows.splits_of(_ops["UnsortedSegmentSum"](kept, mask.value_rowids(), mask.nrows()))
        return RaggedTensor(inner, splits)
    return data.with_values(inner)


def stack_dynamic_partitions(data, partitions, num_partitions, name=None):
    """The values of each partition as a row."""
    data, partitions = convert_to_tensor(data), rows.as_index(partitions)
    flat = _ops["Reshape"](partitions, [-1])
    order = _ops["TopKV2"](_ops["Neg"](_cast(flat, dtypes.int64)), _ops["Size"](flat))[1]
    values = rows.take(_ops["Reshape"](data, [-1]) if partitions.shape.rank != 1 else data, order)
    return RaggedTensor.from_value_rowids(values, rows.take(flat, order), num_partitions, validate=False)
