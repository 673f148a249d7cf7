# SPDX-License-Identifier: MIT
"""Rows of different lengths as vectors of numbers: where they begin, how long they are, to which one a value belongs."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor

_ops = _lockstep.ops


def lengths_of(splits):
    return splits[1:] - splits[:-1]


def splits_of(lengths):
    """0, and the running sums."""
    zero = _ops["Fill"]([1], convert_to_tensor(0, lengths.dtype))
    return _ops["ConcatV2"]([zero, _ops["Cumsum"](lengths, 0)], 0)


def count(tensor, dtype):
    """Rows of a tensor: known if it can be."""
    known = tensor.shape[0] if tensor.shape.rank else None
    if known is not None:
        return convert_to_tensor(known, dtype)
    return _ops["Shape"](tensor, dtype)[0]


def upto(n):
    """0, 1, … n − 1"""
    return _ops["Range"](convert_to_tensor(0, n.dtype), n, convert_to_tensor(1, n.dtype))


def row_ids(splits):
    """The row of each value."""
    n = splits[-1]
    found = _ops["UpperBound"](_ops["ExpandDims"](splits, 0), _ops["ExpandDims"](upto(n), 0), splits.dtype)
    return _ops["Squeeze"](found, [0]) - 1


def take(tensor, indices):
    return _ops["GatherV2"](tensor, indices, 0)


def positions(splits, ids):
    """The place of each value within its row."""
    return upto(splits[-1]) - take(splits, ids)


def as_index(value, dtype=dtypes.int64):
    """A vector of int32 or int64."""
    tensor = convert_to_tensor(value, dtype if not hasattr(value, "dtype") else None)
    return tensor if tensor.dtype in (dtypes.int32, dtypes.int64) else _ops["Cast"](tensor, dtype)
