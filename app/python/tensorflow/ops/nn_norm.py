# SPDX-License-Identifier: MIT
"""Moments, and normalisation by them."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from . import array_ops, math_ops

_ops = _lockstep.ops


def _axes(x, axes):
    if axes is None:
        return list(range(x.shape.rank))
    return [int(a) for a in axes] if isinstance(axes, (list, tuple)) else axes


def _narrow(dtype) -> bool:
    return dtype in (dtypes.float16, dtypes.bfloat16)


def moments(x, axes, shift=None, keepdims=False, name=None):
    """Mean and variance over the axes."""
    with name_scope(name or "moments"):
        x = convert_to_tensor(x)
        y = math_ops.cast(x, dtypes.float32) if _narrow(x.dtype) else x
        mean = math_ops.reduce_mean(y, axes, keepdims=True, name="mean")
        variance = math_ops.reduce_mean(math_ops.squared_difference(y, _ops["StopGradient"](mean)), axes, keepdims=True,
                                        name="variance")
        if not keepdims:
            mean, variance = array_ops.squeeze(mean, _axes(x, axes)), array_ops.squeeze(variance, _axes(x, axes))
        if _narrow(x.dtype):
            return math_ops.cast(mean, x.dtype), math_ops.cast(variance, x.dtype)
        return mean, variance


def moments_v1(x, axes, shift=None, name=None, keep_dims=None, keepdims=None):
    return moments(x, axes, shift, bool(keep_dims if keepdims is None else keepdims), name)


def weighted_moments(x, axes, frequency_weights, keepdims=False, name=None):
    """Mean and variance of elements that count more or less."""
    with name_scope(name or "weighted_moments"):
        x = convert_to_tensor(x)
        weights = math_ops.cast(convert_to_tensor(frequency_weights), x.dtype)
        total = math_ops.reduce_sum(weights + array_ops.zeros_like(x), axes, keepdims=True)
        mean = math_ops.reduce_sum(weights * x, axes, keepdims=True) / total
        variance = math_ops.reduce_sum(weights * math_ops.squared_difference(x, mean), axes, keepdims=True) / total
        if keepdims:
            return mean, variance
        return array_ops.squeeze(mean, _axes(x, axes)), array_ops.squeeze(variance, _axes(x, axes))


def sufficient_statistics(x, axes, shift=None, keepdims=False, name=None):
    """(count, sum, sum of squares, shift), of which normalize_moments() makes mean and variance"""
    with name_scope(name or "sufficient_statistics"):
        x = convert_to_tensor(x)
        axes = sorted({a % x.shape.rank for a in _axes(x, axes)})
        if all(x.shape[a] is not None for a in axes):
            n = 1
            for a in axes:
                n *= x.shape[a]
            count = convert_to_tensor(float(n), x.dtype)
        else:
            sizes = array_ops.gather(math_ops.cast(array_ops.shape(x), x.dtype), axes)
            count = math_ops.reduce_prod(sizes)
        if shift is None:
            sums, squares = x, math_ops.square(x)
        else:
            shift = convert_to_tensor(shift, x.dtype)
            sums, squares = x - shift, math_ops.squared_difference(x, shift)
        return (count, math_ops.reduce_sum(sums, axes, keepdims=keepdims, name="mean_ss"),
                math_ops.reduce_sum(squares, axes, keepdims=keepdims, name="var_ss"), shift)


def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """Mean and variance from sufficient statistics."""
    with name_scope(name or "normalize"):
        divisor = math_ops.reciprocal(counts, name="divisor")
        shifted = math_ops.multiply(mean_ss, divisor, name="shifted_mean")
        mean = shifted if shift is None else math_ops.add(shifted, shift, name="mean")
        return mean, math_ops.subtract(math_ops.multiply(variance_ss, divisor), math_ops.square(shifted), name="variance")


def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    """(x − mean) / √(variance + ε) · scale + offset"""
    with name_scope(name or "batchnorm"):
        inverse = math_ops.rsqrt(variance + variance_epsilon)
        inverse = inverse if scale is None else inverse * scale
        return x * math_ops.cast(inverse, x.dtype) + math_ops.cast(
            offset - mean * inverse if offset is not None else -mean * inverse, x.dtype)


def batch_norm_with_global_normalization(input, mean, variance, beta, gamma, variance_epsilon,  # noqa: A002
                                         scale_after_normalization, name=None):
    return batch_normalization(input, mean, variance, beta, gamma if scale_after_normalization else None,
                               variance_epsilon, name)


def fused_batch_norm(x, scale, offset, mean=None, variance=None, epsilon=0.001, data_format="NHWC", is_training=True,
                     name=None, exponential_avg_factor=1.0):
    """Normalised x, and the batch's mean and variance."""
    if (not is_training or exponential_avg_factor != 1.0) and (mean is None or variance is None):
        raise ValueError("Both `mean` and `variance` must be a 1D tensor when `is_training` is False or "
                         f"`exponential_avg_factor` != 1.0. Received: `mean` {mean!r} and `variance` {variance!r}")
    x = convert_to_tensor(x)
    scale = convert_to_tensor(scale)
    none = array_ops.zeros([0], scale.dtype)
    y, batch_mean, batch_variance, *_ = _ops["FusedBatchNormV3"](
        x, scale, offset, none if mean is None else mean, none if variance is None else variance,
        epsilon=max(epsilon, 1.001e-5), exponential_avg_factor=exponential_avg_factor, data_format=data_format,
        is_training=is_training, name=name)
    return y, batch_mean, batch_variance
