# SPDX-License-Identifier: MIT
"""Array functions whose arguments were others, or in another order, in version 1."""
from __future__ import annotations

from ...framework import dtypes
from ...ops import array_ops, math_ops, norm_ops, reduction_ops, space_ops


def shape(input, name=None, out_type=dtypes.int32):  # noqa: A002
    return array_ops.shape(input, out_type, name)


def size(input, name=None, out_type=dtypes.int32):  # noqa: A002
    return array_ops.size(input, out_type, name)


def transpose(a, perm=None, name="transpose", conjugate=False):
    return array_ops.transpose(a, perm, conjugate, name)


def zeros_like(tensor, dtype=None, name=None, optimize=True):
    return array_ops.zeros_like(tensor, dtype, name)


def ones_like(tensor, dtype=None, name=None, optimize=True):
    return array_ops.ones_like(tensor, dtype, name)


def pad(tensor, paddings, mode="CONSTANT", name=None, constant_values=0):
    return space_ops.pad(tensor, paddings, mode, constant_values, name)


def boolean_mask(tensor, mask, name="boolean_mask", axis=None):
    return array_ops.boolean_mask(tensor, mask, axis, name)


def gather(params, indices, validate_indices=None, name=None, axis=None, batch_dims=0):
    return array_ops.gather(params, indices, validate_indices, axis, batch_dims, name)


def gather_nd(params, indices, name=None, batch_dims=0):
    return array_ops.gather_nd(params, indices, batch_dims, name)


def batch_gather(params, indices, name=None):
    """Slices along the last axis of indices, all before it being batches."""
    indices = array_ops._tensor(indices)
    return array_ops.gather(params, indices, axis=indices.shape.rank - 1, batch_dims=indices.shape.rank - 1, name=name)


def space_to_batch(input, paddings, block_size=None, name=None, block_shape=None):  # noqa: A002
    return space_ops.space_to_batch(input, [block_size] * 2 if block_shape is None else block_shape, paddings, name)


def batch_to_space(input, crops, block_size, name=None, block_shape=None):  # noqa: A002
    return space_ops.batch_to_space(input, block_size if block_shape is None else block_shape, crops, name)


def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None, keep_dims=None):  # noqa: A002
    return norm_ops.norm(tensor, ord, axis, keepdims if keepdims is not None else keep_dims, name)


def count_nonzero(input_tensor=None, axis=None, keepdims=None, dtype=dtypes.int64, name=None, reduction_indices=None,
                  keep_dims=None, input=None):  # noqa: A002
    return math_ops.count_nonzero(input_tensor if input is None else input, reduction_indices if axis is None else axis,
                                  keepdims if keepdims is not None else keep_dims, dtype, name)


def _sparse_segment(new):
    def function(data, indices, segment_ids, name=None, num_segments=None):
        return new(data, indices, segment_ids, num_segments, name)
    function.__name__ = function.__qualname__ = new.__name__
    return function


sparse_segment_sum = _sparse_segment(reduction_ops.sparse_segment_sum)
sparse_segment_mean = _sparse_segment(reduction_ops.sparse_segment_mean)
sparse_segment_sqrt_n = _sparse_segment(reduction_ops.sparse_segment_sqrt_n)
where_v2, reverse_v2 = array_ops.where, array_ops.reverse
