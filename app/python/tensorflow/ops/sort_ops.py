# SPDX-License-Identifier: MIT
"""Tensors in order, and places in them."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from . import array_ops, math_ops

_ops = _lockstep.ops


def sort(values, axis=-1, direction="ASCENDING", name=None):
    """In order along the axis."""
    return _sorted(values, axis, direction)[0]


def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The indices that would sort."""
    return _sorted(values, axis, direction)[1]


def _turned(keys):
    """What orders the other way round, and is its own inverse."""
    if not keys.dtype.is_integer:
        return -keys
    return (math_ops.cast(keys.dtype.max, keys.dtype) if keys.dtype.is_unsigned else -1) - keys


def _sorted(values, axis, direction):
    """Values and indices: the largest of all, along the axis brought last; upwards, those of the values
    turned around."""
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"Argument `direction` should be one of 'ASCENDING' or 'DESCENDING'. Received: {direction}")
    values = array_ops._tensor(values)
    up, n = direction == "ASCENDING", values.shape.rank
    order = list(range(n))
    order[axis], order[-1] = order[-1], order[axis]
    moved = values if order[-1] == n - 1 else array_ops.transpose(values, order)
    found, indices = _ops["TopKV2"](_turned(moved) if up else moved, array_ops.shape(moved)[-1])
    found = _turned(found) if up else found
    if order[-1] == n - 1:
        return found, indices
    return array_ops.transpose(found, order), array_ops.transpose(indices, order)


def searchsorted(sorted_sequence, values, side="left", out_type=dtypes.int32, name=None):
    """Where each value would go into its sorted row."""
    if side not in ("left", "right"):
        raise ValueError(f"Argument `side` must be either 'right' or 'left'. Received: `side` = '{side}'.")
    sequence, values = array_ops._tensor(sorted_sequence), array_ops._tensor(values)
    op = _ops["LowerBound" if side == "left" else "UpperBound"]
    rows = array_ops.reshape(sequence, array_ops.concat([[-1], array_ops.shape(sequence)[-1:]], 0))
    wanted = array_ops.reshape(values, array_ops.concat([[-1], array_ops.shape(values)[-1:]], 0))
    return array_ops.reshape(op(rows, wanted, out_type), array_ops.shape(values), name)
