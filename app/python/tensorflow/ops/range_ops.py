# SPDX-License-Identifier: MIT
"""Numbers one after another."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor
from . import array_ops, math_ops

_ops = _lockstep.ops

_RANGES = [dtypes.int32, dtypes.int64, dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64]


def range(start, limit=None, delta=1, dtype=None, name="range"):  # noqa: A001
    """Numbers from start, by delta, before limit."""
    if limit is None:
        start, limit = 0, start
    if dtype is None and type(start) is type(limit) is type(delta) is int:      # what most programs ask for
        return _ops["Range"](start, limit, delta, name)
    if dtype is None:
        found = [convert_to_tensor(x).dtype for x in (start, limit, delta)]
        if all(kind in _RANGES for kind in found):
            dtype = max(found, key=_RANGES.index)
        else:
            dtype = next(kind for kind in found if kind not in _RANGES)
    start, limit, delta = (math_ops.cast(x, dtype) if is_tensor(x) else convert_to_tensor(x, dtype)
                           for x in (start, limit, delta))
    return _ops["Range"](start, limit, delta, name)


def linspace(start, stop, num, name=None, axis=0):
    """num numbers from start to stop, both included, along a new axis."""
    start = convert_to_tensor(start)
    if start.dtype.is_integer:
        start = math_ops.cast(start, dtypes.float64)
    stop = math_ops.cast(stop, start.dtype)
    rank_ = max(start.shape.rank, stop.shape.rank) + 1
    both = array_ops.broadcast_dynamic_shape(array_ops.shape(start), array_ops.shape(stop))
    first, last = (array_ops.expand_dims(array_ops.broadcast_to(x, both), axis) for x in (start, stop))
    if not is_tensor(num):
        num = int(num)
        inner, steps = max(num - 2, 0), max(num - 1, 1)
    else:
        inner, steps = math_ops.maximum(num - 2, 0), math_ops.maximum(num - 1, 1)
    delta = (last - first) / math_ops.cast(steps, last.dtype)
    count = math_ops.cast(_ops["Range"](1, inner + 1, 1), delta.dtype)
    lengths = [1] * rank_
    lengths[axis] = -1
    numbers = array_ops.concat([first, first + delta * array_ops.reshape(count, lengths), last], axis)
    if not is_tensor(num) and num > 1:
        return numbers
    where_ = [slice(None)] * rank_
    where_[axis] = slice(0, num)
    return numbers[tuple(where_)]


lin_space = linspace_nd = linspace
