# SPDX-License-Identifier: MIT
"""Rows of tables by their numbers."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from . import array_ops, clip_ops, math_ops
from .variables import Variable

_ops = _lockstep.ops


def _rows(params, ids):
    if isinstance(params, Variable):
        return params.sparse_read(ids)
    return array_ops.gather(params, ids)


def _clipped(rows, ids, max_norm):
    if max_norm is None:
        return rows
    axes = list(range(ids.shape.rank, rows.shape.rank))
    return clip_ops.clip_by_norm(rows, max_norm, axes)


def embedding_lookup(params, ids, max_norm=None, name=None):
    """params[ids]; of several tables, those that ids falls into by its remainder."""
    return embedding_lookup_v1(params, ids, "div", name, max_norm=max_norm)


def embedding_lookup_v1(params, ids, partition_strategy="mod", name=None, validate_indices=True, max_norm=None):
    if params is None or isinstance(params, (list, tuple)) and not params:
        raise ValueError("params should not be empty.")
    with name_scope(name or "embedding_lookup"):
        ids = convert_to_tensor(ids)
        tables = list(params) if isinstance(params, (list, tuple)) else [params]
        if len(tables) == 1:
            return _clipped(_rows(tables[0], ids), ids, max_norm)
        flat = array_ops.reshape(ids, [-1])
        if partition_strategy == "mod":
            table, row = flat % len(tables), flat // len(tables)
        elif partition_strategy == "div":
            sizes = [t.shape[0] for t in tables]
            whole, extra = divmod(sum(sizes), len(tables))
            first = extra * (whole + 1)
            table = math_ops.maximum(flat // (whole + 1), (flat - extra) // max(whole, 1))
            row = array_ops.where(flat < first, flat % (whole + 1), (flat - extra) % max(whole, 1))
        else:
            raise ValueError(f"Unrecognized partition strategy: {partition_strategy}.Must be one of either `mod` or `div`.")
        result = None
        for i, t in enumerate(tables):
            mine = math_ops.equal(table, i)
            rows = _rows(t, array_ops.where(mine, row, array_ops.zeros_like(row)))
            mask = array_ops.reshape(mine, [-1] + [1] * (rows.shape.rank - 1))
            result = array_ops.where(mask, rows, array_ops.zeros_like(rows)) if result is None \
                else array_ops.where(mask, rows, result)
        shape = array_ops.concat([array_ops.shape(ids), array_ops.shape(result)[1:]], 0)
        return _clipped(array_ops.reshape(result, shape), ids, max_norm)


def embedding_lookup_sparse(params, sp_ids, sp_weights, combiner=None, max_norm=None, name=None):
    """For each row of sp_ids the sum, mean or root mean of its embeddings."""
    combiner = "mean" if combiner is None else combiner
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum', got {combiner}")
    with name_scope(name or "embedding_lookup_sparse"):
        segments = math_ops.cast(sp_ids.indices[:, 0], dtypes.int32)
        rows = embedding_lookup(params, sp_ids.values, max_norm)
        n = segments[-1] + 1 if segments.shape[0] != 0 else 0
        weights = array_ops.ones([array_ops.shape(segments)[0]], rows.dtype) if sp_weights is None \
            else math_ops.cast(sp_weights.values, rows.dtype)
        column = array_ops.reshape(weights, [-1] + [1] * (rows.shape.rank - 1))
        sums = math_ops.unsorted_segment_sum(rows * column, segments, n)
        if combiner == "sum":
            return sums
        if combiner == "mean":
            return math_ops.divide_no_nan(sums, math_ops.unsorted_segment_sum(column, segments, n))
        return math_ops.divide_no_nan(sums, math_ops.sqrt(math_ops.unsorted_segment_sum(math_ops.square(column), segments, n)))
