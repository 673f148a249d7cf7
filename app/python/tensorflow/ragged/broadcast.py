# SPDX-License-Identifier: MIT
"""Elementwise ops of ragged tensors: rows of one length, or of one value, meet rows of any."""
from __future__ import annotations

import numpy as np

import _lockstep
from _lockstep import EagerTensor

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from . import rows
from .ragged_tensor import RaggedTensor, _cast, convert_to_ragged

_ops = _lockstep.ops


def _same_rows(a, b) -> bool:
    """Whether two are known to have the same rows."""
    if a.ragged_rank != b.ragged_rank:
        return False
    return all(x is y or (isinstance(x, EagerTensor) and isinstance(y, EagerTensor) and x.shape == y.shape
                          and np.array_equal(x.numpy(), y.numpy()))
               for x, y in zip(a.nested_row_splits, b.nested_row_splits))


def elementwise(op, inputs: list, rest: list):
    """op of flat values that meet each other, in rows."""
    inputs = _alike([x if isinstance(x, RaggedTensor) else x for x in inputs])
    ragged = [x for x in inputs if isinstance(x, RaggedTensor)]
    like = max(ragged, key=lambda r: r.ragged_rank)
    inner = like.flat_values.shape.rank
    fits = [x for x in inputs if not isinstance(x, RaggedTensor) and x.shape.rank is not None and inner is not None
            and x.shape.rank < max(inner, 1)]
    if len(fits) + len(ragged) == len(inputs) and all(x is like or _same_rows(x, like) for x in ragged):
        return like.with_flat_values(op(*[x.flat_values if isinstance(x, RaggedTensor) else x for x in inputs], *rest))
    flats, nested = _meet(inputs)
    return RaggedTensor.from_nested_row_splits(op(*flats, *rest), nested, validate=False)


def _alike(inputs: list) -> list:
    """Tensors for what is neither tensor nor ragged, of the dtype that the others have."""
    known = next((x.dtype for x in inputs if hasattr(x, "dtype") and not isinstance(x, np.ndarray)), None)
    found = []
    for x in inputs:
        if isinstance(x, (list, tuple)) and _is_uneven(x):
            from .factory import constant
            x = constant(x, known)
        elif not isinstance(x, RaggedTensor):
            x = convert_to_tensor(x, dtype_hint=known)
        found.append(x)
    return found


def _is_uneven(value) -> bool:
    try:
        return np.asarray(value, dtype=object).ndim < _levels(value)
    except ValueError:
        return True


def _levels(value) -> int:
    return 1 + max([_levels(v) for v in value], default=0) if isinstance(value, (list, tuple)) else 0


def _meet(inputs: list):
    """(flat values of each input for each element of the result, the result's nested splits)"""
    rank = max(x.shape.rank for x in inputs)
    depth = max(x.ragged_rank for x in inputs if isinstance(x, RaggedTensor))
    splits_dtype = next(x.row_splits.dtype for x in inputs if isinstance(x, RaggedTensor))
    wide = [convert_to_ragged(_lifted(x, rank), depth, splits_dtype) for x in inputs]
    one = convert_to_tensor(1, splits_dtype)
    counts = [_cast(w.nrows(), splits_dtype) for w in wide]
    n = _joint(counts, one)
    at = [_index_of(rows.upto(n), c, one) for c in counts]
    nested, level = [], [w for w in wide]
    for _ in range(depth):
        level_splits = [_cast(w.row_splits, splits_dtype) for w in level]
        lengths = [rows.take(rows.lengths_of(s), i) for s, i in zip(level_splits, at)]
        joint = _joint(lengths, one)
        _check(lengths, joint)
        splits = rows.splits_of(joint)
        ids = rows.row_ids(splits)
        within = rows.positions(splits, ids)
        at = [rows.take(rows.take(s, i), ids) + _index_of(within, rows.take(k, ids), one)
              for s, i, k in zip(level_splits, at, lengths)]
        nested.append(splits)
        level = [w.values for w in level]
    return [rows.take(w, i) for w, i in zip(level, at)], nested


def _lifted(x, rank: int):
    """x with axes of length 1 in front."""
    if isinstance(x, RaggedTensor):
        for _ in range(rank - x.shape.rank):
            x = RaggedTensor.from_uniform_row_length(x, x.nrows(), 1)
        return x
    for _ in range(rank - x.shape.rank):
        x = _ops["ExpandDims"](x, 0)
    return x


def _joint(sizes: list, one):
    """The sizes of the one that is not 1 throughout."""
    joint = sizes[0]
    for size in sizes[1:]:
        joint = _ops["SelectV2"](_single(joint, one), size, joint)
    return joint


def _single(sizes, one):
    return _ops["All"](_ops["Equal"](sizes, one), list(range(sizes.shape.rank)))


def _index_of(within, length, one):
    return _ops["SelectV2"](_ops["Equal"](length, one), _ops["ZerosLike"](within), within)


def _check(lengths: list, joint) -> None:
    if all(isinstance(x, EagerTensor) for x in lengths):
        for x in lengths:
            if not ((x.numpy() == joint.numpy()).all() or (x.numpy() == 1).all()):
                from .ragged_tensor import _invalid
                raise _invalid(f"Unable to broadcast: dimension size mismatch in dimension\n1\nlengths={x.numpy()}\n"
                               f"dim_size={joint.numpy()}")
