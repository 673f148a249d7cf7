# SPDX-License-Identifier: MIT
"""tf.sparse of version 1: with its own names of arguments."""
from __future__ import annotations

import _lockstep

from ...framework import dtypes, ops
from ...framework.tensor_shape import TensorShape
from ...ops import array_ops
from ...sparse import *  # noqa: F401,F403
from ...sparse import (SparseTensor, fill_empty_rows, mask, maximum, minimum, reset_shape, reshape, retain, softmax,  # noqa: F401
                       to_indicator, transpose, add as _add, concat as _concat, reduce_max as _reduce_max,
                       reduce_sum as _reduce_sum, reorder, slice, sparse_dense_matmul, split as _split, to_dense)  # noqa: A004


def placeholder(dtype, shape=None, name=None) -> SparseTensor:
    """A sparse tensor that a session is fed, whole or in parts."""
    from . import placeholder as dense
    wanted = None if shape is None else TensorShape(shape)
    rank = None if wanted is None else wanted.rank
    prefix = name + "/" if name is not None else ""
    known = wanted is not None and wanted.is_fully_defined()
    sizes = ops.convert_to_tensor(wanted.as_list(), dtypes.int64) if known else dense(dtypes.int64, [rank], prefix + "shape")
    made = SparseTensor(indices=dense(dtypes.int64, [None, rank], prefix + "indices"),
                        values=dense(dtype, [None], prefix + "values"), dense_shape=sizes)
    if wanted is not None and rank is not None:
        made.set_shape(wanted)
    return made


def add(a, b, threshold=None, thresh=None):
    return _add(a, b, thresh if threshold is None and thresh is not None else threshold or 0)


def concat(axis, sp_inputs, name=None, expand_nonconcat_dim=False, concat_dim=None, expand_nonconcat_dims=None):
    return _concat(axis if concat_dim is None else concat_dim, sp_inputs,
                   expand_nonconcat_dim if expand_nonconcat_dims is None else expand_nonconcat_dims, name)


def split(keyword_required=None, sp_input=None, num_split=None, axis=None, name=None, split_dim=None):
    return _split(sp_input, num_split, axis if split_dim is None else split_dim, name)


def reduce_sum(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
    return _reduce_sum(sp_input, axis if reduction_axes is None else reduction_axes, bool(keepdims or keep_dims))


def reduce_max(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
    return _reduce_max(sp_input, axis if reduction_axes is None else reduction_axes, bool(keepdims or keep_dims))


def merge(sp_ids, sp_values, vocab_size, name=None, already_sorted=False) -> SparseTensor:
    """Values at [row of their id, id]."""
    ids = _lockstep.ops["Cast"](sp_ids.values, dtypes.int64)
    rows = sp_ids.indices[:, :-1]
    made = SparseTensor(array_ops.concat([rows, array_ops.expand_dims(ids, 1)], 1), sp_values.values,
                        array_ops.concat([sp_ids.dense_shape[:-1], [vocab_size]], 0))
    return made if already_sorted else reorder(made)


def sparse_to_dense(sparse_indices, output_shape, sparse_values, default_value=0, validate_indices=True, name=None):
    return _lockstep.ops["SparseToDense"](sparse_indices, output_shape, sparse_values, default_value, validate_indices,
                                              name=name)
