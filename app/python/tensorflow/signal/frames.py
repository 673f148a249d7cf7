# SPDX-License-Identifier: MIT
"""A signal as frames, and back."""
from __future__ import annotations

import operator

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor, name_scope
from ..ops import array_ops, math_ops, range_ops


def integer(value):
    """A size as an int if it is known, else as a tensor."""
    if is_tensor(value):
        known = _lockstep.constant_value(value)
        return int(known.numpy()) if known is not None else math_ops.cast(value, dtypes.int32)
    return operator.index(value)


def size_of(x, axis):
    """How long the axis is: an int if that is known, else a tensor."""
    size = x.shape[axis] if x.shape.rank is not None else None
    return size if size is not None else array_ops.shape(x)[axis]


def at_least(value, least):
    return max(value, least) if isinstance(value, int) else math_ops.maximum(value, least)


def frame(signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None):
    """Along the axis, pieces of frame_length that begin frame_step after each other."""
    with name_scope(name or "frame"):
        signal = convert_to_tensor(signal)
        length, step, axis = integer(frame_length), integer(frame_step), integer(axis)
        rank = signal.shape.rank
        if rank is None:
            raise ValueError("frame() needs a signal of known rank.")
        if not -rank <= axis < rank:
            raise ValueError(f"axis {axis} is out of range for a signal of rank {rank}")
        axis %= rank
        n = size_of(signal, axis)
        if pad_end:
            count = at_least((n + step - 1) // step, 0)
            missing = at_least(length + step * (count - 1) - n, 0)
            paddings = [[0, missing if i == axis else 0] for i in range(rank)]
            signal = array_ops.pad(signal, paddings, constant_values=pad_value)
        else:
            count = at_least(1 + (n - length) // step, 0)
        starts = array_ops.expand_dims(range_ops.range(count) * step, 1)
        return array_ops.gather(signal, starts + range_ops.range(length), axis=axis)


def overlap_and_add(signal, frame_step, name=None):
    """[…, frames, length] put together again, each frame frame_step after the one before, what overlaps added."""
    with name_scope(name or "overlap_and_add"):
        signal = convert_to_tensor(signal)
        if signal.shape.rank is not None and signal.shape.rank < 2:
            raise ValueError(f"Input shape must have rank at least 2, got {signal.shape}")
        step = convert_to_tensor(frame_step)
        if not step.dtype.is_integer:
            raise ValueError(f"frame_step must be an integer. Got {step.dtype!r}")
        if step.shape.rank not in (0, None):
            raise ValueError(f"frame_step must be a scalar. Got shape {step.shape}")
        step = integer(step)
        count, length = size_of(signal, -2), size_of(signal, -1)
        n = at_least((count - 1) * step + length, 0)
        places = array_ops.expand_dims(range_ops.range(count) * step, 1) + range_ops.range(length)
        outer = array_ops.shape(signal)[:-2]
        flat = array_ops.transpose(array_ops.reshape(signal, array_ops.stack([-1, count * length])))
        sums = _lockstep.ops["UnsortedSegmentSum"](flat, array_ops.reshape(places, [-1]), n)
        made = array_ops.reshape(array_ops.transpose(sums), array_ops.concat([outer, [n]], 0))
        if signal.shape.rank is not None:
            made.set_shape(signal.shape[:-2].as_list() + [n if isinstance(n, int) else None])
        return made
