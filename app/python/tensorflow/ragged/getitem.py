# SPDX-License-Identifier: MIT
"""rt[…]: rows, slices of rows, and slices within rows."""
from __future__ import annotations

import _lockstep

from ..framework.ops import convert_to_tensor
from . import rows
from .convert import gather_rows
from .join import expand_dims
from .ragged_tensor import RaggedTensor, _cast

_ops = _lockstep.ops


def getitem(value, key):
    keys = list(key) if isinstance(key, tuple) else [key]
    if Ellipsis in [k for k in keys if k is Ellipsis]:
        at = next(i for i, k in enumerate(keys) if k is Ellipsis)
        named = sum(1 for k in keys if k is not Ellipsis and k is not None)
        keys[at:at + 1] = [slice(None)] * (value.shape.rank - named)
    return _get(value, keys)


def _get(value, keys: list):
    if not keys:
        return value
    if not isinstance(value, RaggedTensor):
        return value[tuple(keys)]
    key, rest = keys[0], keys[1:]
    if key is None:
        return expand_dims(_get(value, rest), 0)
    if isinstance(key, slice):
        taken = value if key == slice(None) else _slice_rows(value, key)
        return _inner(taken, rest)
    if isinstance(key, (list, RaggedTensor)):
        raise TypeError(f"Unsupported key {key!r} for a RaggedTensor; use tf.gather or tf.ragged.boolean_mask")
    return _get(_row(value, key), rest)


def _row(value, i):
    n = _cast(value.nrows(), value.row_splits.dtype)
    i = _cast(convert_to_tensor(i), n.dtype)
    if isinstance(i, _lockstep.EagerTensor) and isinstance(n, _lockstep.EagerTensor) and not -int(n) <= int(i) < int(n):
        from ..framework.errors import InvalidArgumentError
        raise InvalidArgumentError(None, None, f"slice index {int(i)} of dimension 0 out of bounds.")
    i = _ops["SelectV2"](i < 0, i + n, i)
    begin, end = rows.take(value.row_splits, i), rows.take(value.row_splits, i + 1)
    if isinstance(value.values, RaggedTensor):
        inner = value.values
        splits = inner.row_splits[begin:end + 1]
        return RaggedTensor(_span(inner.values, splits[0], splits[-1]), splits - splits[0], inner._uniform)
    return value.values[begin:end]


def _span(values, begin, end):
    """Rows begin … end − 1."""
    if not isinstance(values, RaggedTensor):
        return values[begin:end]
    splits = values.row_splits[begin:end + 1]
    return RaggedTensor(_span(values.values, splits[0], splits[-1]), splits - splits[0], values._uniform)


def _bounds(key: slice, n):
    """(first, how many, step) of a slice of each of n, as Python has it."""
    step = 1 if key.step is None else int(key.step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    zero, one = _ops["ZerosLike"](n), _ops["OnesLike"](n)

    def place(given, default, low, high):
        if given is None:
            return default
        at = _cast(convert_to_tensor(given), n.dtype)
        at = _ops["SelectV2"](at < 0, at + n, at + zero)
        return _ops["Minimum"](_ops["Maximum"](at, low), high)
    if step > 0:
        begin, end = place(key.start, zero, zero, n), place(key.stop, n, zero, n)
        count = (end - begin + (step - 1)) // step
    else:
        begin, end = place(key.start, n - one, -one, n - one), place(key.stop, -one, -one, n - one)
        count = (begin - end + (-step - 1)) // -step
    return begin, _ops["Maximum"](count, zero), step


def _slice_rows(value, key: slice):
    n = _cast(value.nrows(), value.row_splits.dtype)
    begin, count, step = _bounds(key, n)
    return gather_rows(value, begin + rows.upto(count) * step)


def _inner(value, keys: list):
    """What the keys pick within each row."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if key is None:
        return expand_dims(_inner(value, rest), 1)
    if not isinstance(key, slice):
        if value._uniform is None:
            raise ValueError("Cannot index into an inner ragged dimension.")
        column = gather_rows(value.values, value.row_starts() + (key if key >= 0 else value._uniform + key))
        return _inner(column, rest) if isinstance(column, RaggedTensor) else column[(slice(None), *rest)]
    if key != slice(None):
        value = _slice_within(value, key)
    if not rest:
        return value
    if isinstance(value.values, RaggedTensor):
        return value.with_values(_inner(value.values, rest))
    return value.with_values(value.values[(slice(None), *rest)])


def _slice_within(value, key: slice):
    begin, count, step = _bounds(key, value.row_lengths())
    splits = rows.splits_of(count)
    ids = rows.row_ids(splits)
    places = rows.take(value.row_starts() + begin, ids) + rows.positions(splits, ids) * step
    return RaggedTensor(gather_rows(value.values, places), splits)
