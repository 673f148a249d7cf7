# SPDX-License-Identifier: MIT
"""Activations, cross-entropies, normalisation."""
from __future__ import annotations

import math as _math

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor
from ..framework.quick import quick
from . import array_ops, math_ops, random_ops

_ops = _lockstep.ops


@quick("Relu")
def relu(features, name=None):
    """max (x, 0)"""
    return _ops["Relu"](features, name=name)


relu6 = _ops["Relu6"]
elu = _ops["Elu"]
selu = _ops["Selu"]
softsign = _ops["Softsign"]


def leaky_relu(features, alpha=0.2, name=None):
    """x where positive, else alpha · x"""
    features = convert_to_tensor(features)
    if features.dtype.is_integer:
        features = math_ops.cast(features, dtypes.float32)
    return _ops["LeakyRelu"](features, alpha, name=name or "LeakyRelu")


def gelu(features, approximate=False, name=None):
    """x · Φ (x)"""
    features = convert_to_tensor(features)
    if not approximate:
        return 0.5 * features * (1.0 + math_ops.erf(features / _math.sqrt(2)))
    inner = _math.sqrt(2 / _math.pi) * (features + 0.044715 * features * features * features)
    return 0.5 * features * (1.0 + math_ops.tanh(inner))


def swish(features, beta=1.0, name=None):
    features = convert_to_tensor(features)
    return features * math_ops.sigmoid(beta * features)


silu = swish


def _on_last(op, logits, axis, name):
    logits = convert_to_tensor(logits) if not hasattr(logits, "_keras_stand_in") else logits
    rank = logits.shape.rank
    if axis is None or axis == -1 or rank is None or axis % rank == rank - 1:
        return op(logits, name=name)
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    return array_ops.transpose(op(array_ops.transpose(logits, order)), order)


@quick("Softmax")
def softmax(logits, axis=None, name=None):
    """eˣ / Σ eˣ along the axis"""
    return _on_last(_ops["Softmax"], logits, axis, name)


@quick("LogSoftmax")
def log_softmax(logits, axis=None, name=None):
    """x − ln Σ eˣ along the axis"""
    return _on_last(_ops["LogSoftmax"], logits, axis, name)


def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    """−Σ labels · log softmax (logits)"""
    logits = convert_to_tensor(logits)
    labels = math_ops.cast(labels, logits.dtype)
    shape = logits.shape
    if shape.rank == 2:
        return _ops["SoftmaxCrossEntropyWithLogits"](logits, labels, name)[0]
    flat = [array_ops.reshape(x, [-1, shape[-1]]) for x in (logits, labels)]
    loss = _ops["SoftmaxCrossEntropyWithLogits"](*flat, name)[0]
    return array_ops.reshape(loss, array_ops.shape(logits)[:-1])


@quick("SparseSoftmaxCrossEntropyWithLogits", order=(1, 0), ranks=(2, 1))
def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    """The same, with labels as class numbers."""
    logits = convert_to_tensor(logits)
    labels = labels if is_tensor(labels) else convert_to_tensor(labels)
    if logits.shape.rank == 2:
        return _ops["SparseSoftmaxCrossEntropyWithLogits"](logits, labels, name)[0]
    flat = array_ops.reshape(logits, [-1, logits.shape[-1]])
    loss = _ops["SparseSoftmaxCrossEntropyWithLogits"](flat, array_ops.reshape(labels, [-1]), name)[0]
    return array_ops.reshape(loss, array_ops.shape(labels))


def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    """max (x, 0) − x · z + ln (1 + e⁻|x|)"""
    logits = convert_to_tensor(logits)
    labels = math_ops.cast(labels, logits.dtype)
    return math_ops.add(relu(logits) - logits * labels, math_ops.log1p(math_ops.exp(-math_ops.abs(logits))),
                        name=name or "logistic_loss")


@quick("BiasAdd")
def bias_add(value, bias, data_format=None, name=None):
    """x + b along the channels"""
    if data_format is None or not data_format.startswith("NC"):
        return _ops["BiasAdd"](value, bias, name=name)
    value, bias = convert_to_tensor(value), convert_to_tensor(bias)
    return math_ops.add(value, array_ops.reshape(bias, [-1] + [1] * (value.shape.rank - 2)), name=name)


def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """Zero for a share of the elements, the others scaled up."""
    x = convert_to_tensor(x)
    if not is_tensor(rate) and not 0 <= rate < 1:
        raise ValueError(f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: "
                         f"rate={rate}")
    if not is_tensor(rate) and rate == 0:
        return x
    noise = random_ops.random_uniform(array_ops.shape(x) if noise_shape is None else noise_shape,
                                      dtype=x.dtype, seed=seed)
    keep = math_ops.cast(noise >= rate, x.dtype)
    return x * (1.0 / (1.0 - rate)) * keep


def moments(x, axes, shift=None, keepdims=False, name=None):
    """Mean and variance over the axes."""
    x = convert_to_tensor(x)
    mean = math_ops.reduce_mean(x, axes, True)
    variance = math_ops.reduce_mean(math_ops.squared_difference(x, _ops["StopGradient"](mean)), axes,
                                    keepdims)
    return (mean if keepdims else array_ops.squeeze(mean, axes)), variance


def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    inverse = math_ops.rsqrt(variance + variance_epsilon)
    inverse = inverse if scale is None else inverse * scale
    return x * inverse + ((offset if offset is not None else 0.0) - mean * inverse)


def l2_loss(t, name=None):
    """Σ t² / 2"""
    return math_ops.reduce_sum(math_ops.square(t)) / 2


def embedding_lookup(params, ids, max_norm=None, name=None):
    return array_ops.gather(params, ids)


def top_k(input, k=1, sorted=True, index_type=dtypes.int32, name=None):  # noqa: A002
    """The k largest elements of each row, and where they are."""
    return tuple(_ops["TopKV2"](input, k, sorted, index_type, name))


def zero_fraction(value, name=None):
    value = convert_to_tensor(value)
    return math_ops.reduce_mean(math_ops.cast(math_ops.equal(value, array_ops.zeros_like(value)),
                                              dtypes.float32))


def nce_loss(*args, **kwargs):
    raise NotImplementedError("tf.nn.nce_loss is not part of this engine yet")
