# SPDX-License-Identifier: MIT
"""Activations, softmax, cross-entropies and other losses, dropout."""
from __future__ import annotations

import math as _math
import numbers as _numbers

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor, name_scope
from ..framework.quick import quick
from . import array_ops, math_ops, random_ops

_ops = _lockstep.ops


def _number(value, dtype):
    """A number of that dtype; a Python float keeps its precision."""
    return math_ops.cast(value, dtype) if is_tensor(value) else convert_to_tensor(float(value), dtype)


def _tensor(x):
    return x if hasattr(x, "_keras_stand_in") else convert_to_tensor(x)


# ---- activations ----

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
    features = _tensor(features)
    if features.dtype.is_integer:
        features = math_ops.cast(features, dtypes.float32)
    if is_tensor(alpha):
        return math_ops.maximum(alpha * features, features, name=name or "LeakyRelu")
    return _ops["LeakyRelu"](features, alpha, name=name or "LeakyRelu")


def crelu(features, axis=-1, name=None):
    """relu of x and of −x, side by side"""
    with name_scope(name or "CRelu") as scope:
        features = convert_to_tensor(features)
        return relu(array_ops.concat([features, -features], axis), name=scope)


def gelu(features, approximate=False, name=None):
    """x · Φ (x)"""
    with name_scope(name or "Gelu"):
        features = _tensor(features)
        if not features.dtype.is_floating:
            raise ValueError(f"`features.dtype` must be a floating point tensor.Received:features.dtype={features.dtype}")
        if approximate:
            inner = 0.7978845608028654 * (features + 0.044715 * math_ops.pow(features, 3))
            return 0.5 * features * (1.0 + math_ops.tanh(inner))
        return 0.5 * features * (1.0 + math_ops.erf(features / 1.4142135623730951))


def swish(features, beta=1.0, name=None):
    """x · sigmoid (beta · x)"""
    with name_scope(name or "swish"):
        features = _tensor(features)
        return features * math_ops.sigmoid(features if isinstance(beta, _numbers.Number) and beta == 1.0
                                           else math_ops.cast(beta, features.dtype) * features)


silu = swish


# ---- softmax ----

def _on_last(op, logits, axis, name):
    logits = _tensor(logits)
    rank = logits.shape.rank
    if axis is None or axis == -1 or rank is None or rank == 0 or axis == rank - 1:
        return op(logits, name=name)
    if not -rank <= axis < rank:
        raise _lockstep_error(f"`axis` must be in the range [{-rank}, {rank}). Received: axis={axis}")
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    return array_ops.transpose(op(array_ops.transpose(logits, order)), order, name=name)


def _lockstep_error(message):
    from ..framework import errors
    return errors.InvalidArgumentError(None, None, message)


@quick("Softmax")
def softmax(logits, axis=None, name=None):
    """eˣ / Σ eˣ along the axis"""
    return _on_last(_ops["Softmax"], logits, -1 if axis is None else axis, name)


@quick("LogSoftmax")
def log_softmax(logits, axis=None, name=None):
    """x − ln Σ eˣ along the axis"""
    return _on_last(_ops["LogSoftmax"], logits, -1 if axis is None else axis, name)


def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    """−Σ labels · log softmax (logits)"""
    with name_scope(name or "softmax_cross_entropy_with_logits") as scope:
        logits = convert_to_tensor(logits)
        wide = math_ops.cast(logits, dtypes.float32) if logits.dtype in (dtypes.float16, dtypes.bfloat16) else logits
        labels = math_ops.cast(labels, wide.dtype)
        rank = wide.shape.rank
        if rank == 2 and axis in (-1, 1):
            loss = _ops["SoftmaxCrossEntropyWithLogits"](wide, labels, scope)[0]
        else:
            if rank is not None and axis not in (-1, rank - 1):
                order = [i for i in range(rank) if i != axis % rank] + [axis % rank]
                wide, labels = array_ops.transpose(wide, order), array_ops.transpose(labels, order)
            n = wide.shape[-1] if wide.shape[-1] is not None else array_ops.shape(wide)[-1]
            loss = _ops["SoftmaxCrossEntropyWithLogits"](array_ops.reshape(wide, [-1, n]),
                                                         array_ops.reshape(labels, [-1, n]), scope)[0]
            loss = array_ops.reshape(loss, array_ops.shape(wide)[:-1])
        return loss if loss.dtype == logits.dtype else math_ops.cast(loss, logits.dtype)


@quick("SparseSoftmaxCrossEntropyWithLogits", order=(1, 0), ranks=(2, 1))
def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    """The same, with labels as class numbers."""
    labels = labels if is_tensor(labels) else convert_to_tensor(labels)
    logits = convert_to_tensor(logits)
    if labels.shape.rank is not None and logits.shape.rank is not None:
        if logits.shape.rank == 0:
            raise ValueError(f"`logits` cannot be a scalar. Received logits={logits}`")
        if labels.shape.rank != logits.shape.rank - 1:
            raise ValueError(f"`labels.shape.rank` must equal `logits.shape.rank - 1`. Received: labels.shape={labels.shape} "
                             f"of rank {labels.shape.rank} and logits.shape={logits.shape} of rank {logits.shape.rank}")
        if not labels.shape.is_compatible_with(logits.shape[:-1]):
            raise ValueError(f"`labels.shape` must equal `logits.shape` except for the last dimension. Received: "
                             f"labels.shape={labels.shape} and logits.shape={logits.shape}")
    wide = math_ops.cast(logits, dtypes.float32) if logits.dtype in (dtypes.float16, dtypes.bfloat16) else logits
    if logits.shape.rank == 2:
        loss = _ops["SparseSoftmaxCrossEntropyWithLogits"](wide, labels, name)[0]
    else:
        n = wide.shape[-1] if wide.shape[-1] is not None else array_ops.shape(wide)[-1]
        flat = array_ops.reshape(wide, [-1, n])
        loss = _ops["SparseSoftmaxCrossEntropyWithLogits"](flat, array_ops.reshape(labels, [-1]), name)[0]
        loss = array_ops.reshape(loss, array_ops.shape(labels))
    return loss if loss.dtype == logits.dtype else math_ops.cast(loss, logits.dtype)


# ---- other losses ----

def _check_same(labels, logits, name="labels"):
    if labels.shape.rank is not None and logits.shape.rank is not None and not labels.shape.is_compatible_with(logits.shape):
        raise ValueError(f"`logits` and `{name}` must have the same shape, received ({logits.shape} vs {labels.shape}).")


def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    """max (x, 0) − x · z + ln (1 + e⁻|x|)"""
    with name_scope(name or "logistic_loss") as scope:
        logits = convert_to_tensor(logits)
        labels = convert_to_tensor(labels, logits.dtype)
        _check_same(labels, logits)
        zeros = array_ops.zeros_like(logits)
        positive = logits >= zeros
        rest = array_ops.where(positive, logits, zeros) - logits * labels
        minus = array_ops.where(positive, -logits, logits)
        return math_ops.add(rest, math_ops.log1p(math_ops.exp(minus)), name=scope)


def weighted_cross_entropy_with_logits(labels, logits, pos_weight, name=None):
    """(1 − z) x + (1 + (w − 1) z) (ln (1 + e⁻|x|) + max (−x, 0))"""
    with name_scope(name or "logistic_loss") as scope:
        logits = convert_to_tensor(logits)
        labels = convert_to_tensor(labels, logits.dtype)
        _check_same(labels, logits)
        weight = 1 + (pos_weight - 1) * labels
        inner = math_ops.log1p(math_ops.exp(-math_ops.abs(logits))) + relu(-logits)
        return math_ops.add((1 - labels) * logits, weight * inner, name=scope)


def log_poisson_loss(targets, log_input, compute_full_loss=False, name=None):
    """eᶜ − z c, and by choice Stirling's approximation of ln z!"""
    with name_scope(name or "log_poisson_loss"):
        log_input = convert_to_tensor(log_input)
        targets = convert_to_tensor(targets, log_input.dtype)
        if not targets.shape.is_compatible_with(log_input.shape):
            raise ValueError("`log_input` and `targets` must have the same shape, received "
                             f"({log_input.shape} vs {targets.shape}).")
        result = math_ops.exp(log_input) - log_input * targets
        if compute_full_loss:
            stirling = targets * math_ops.log(targets) - targets + 0.5 * math_ops.log(2 * _math.pi * targets)
            small = math_ops.logical_and(targets >= 0, targets <= 1)
            result = result + array_ops.where(small, array_ops.zeros_like(targets), stirling)
        return result


def l2_loss(t, name=None):
    """Σ t² / 2"""
    return _ops["L2Loss"](t, name=name)


# ---- biases, dropout, counting ----

@quick("BiasAdd")
def bias_add(value, bias, data_format=None, name=None):
    """x + b along the channels"""
    if data_format is not None and not (data_format.startswith("NC") or data_format.startswith("N") and data_format[-1] == "C"):
        raise ValueError(f"`data_format` must be of the form `N...C` or `NC...`. Received: data_format={data_format}")
    if data_format is None or not data_format.startswith("NC") or data_format == "NC":
        return _ops["BiasAdd"](value, bias, name=name)
    return _ops["BiasAdd"](value, bias, "NCHW", name=name)


def _noise_shape(x, noise_shape):
    if noise_shape is None:
        return array_ops.shape(x)
    if is_tensor(noise_shape):
        return noise_shape
    sizes = list(noise_shape)
    if x.shape.rank == len(sizes) and any(s is None for s in sizes):
        dynamic = array_ops.shape(x)
        sizes = [(x.shape[i] if x.shape[i] is not None else dynamic[i]) if s is None else s for i, s in enumerate(sizes)]
    return sizes


def _dropped(x, rate, noise_shape, draw, skip=None):
    """Zero for a share of the elements, the others scaled up; draw (shape, dtype) gives uniform numbers."""
    x = convert_to_tensor(x)
    if not x.dtype.is_floating:
        raise ValueError("`x.dtype` must be a floating point tensor as `x` will be scaled. Received: x.dtype="
                         f"{x.dtype}")
    if not is_tensor(rate):
        if not isinstance(rate, _numbers.Real):
            raise ValueError(f"`rate` must be a scalar or scalar tensor. Received: rate={rate}")
        if not 0 <= rate < 1:
            raise ValueError(f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}")
        if rate == 0:
            if skip is not None:
                skip()          # so that what is drawn after it does not depend on the rate
            return x
        scaled = x * _number(1.0 / (1.0 - rate), x.dtype)
        bound = _number(rate, x.dtype)
    else:
        bound = _number(rate, x.dtype)
        scaled = math_ops.divide(x, math_ops.cast(1.0, x.dtype) - bound)
    keep = draw(_noise_shape(x, noise_shape), x.dtype) >= bound
    return array_ops.where(keep, scaled, math_ops.cast(0.0, x.dtype))


def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """Zero for a share of the elements, the others scaled up."""
    with name_scope(name or "dropout"):
        return _dropped(x, rate, noise_shape,
                        lambda shape, dtype: random_ops.random_uniform(shape, dtype=dtype, seed=seed),
                        lambda: random_ops.get_seed(seed))


def dropout_v1(x, keep_prob=None, noise_shape=None, seed=None, name=None, rate=None):
    if rate is not None and keep_prob is not None:
        raise ValueError("only one of `rate` and `keep_prob` may be given")
    if rate is None:
        if keep_prob is None:
            raise ValueError("You must provide a rate to dropout.")
        rate = 1 - keep_prob
    return dropout(x, rate, noise_shape, seed, name)


def stateless_dropout(x, rate, seed, rng_alg="auto_select", noise_shape=None, name=None):
    """The same mask for the same seed."""
    from .. import random
    with name_scope(name or "stateless_dropout"):
        return _dropped(x, rate, noise_shape,
                        lambda shape, dtype: random.stateless_uniform(shape, seed=seed, dtype=dtype))


def general_dropout(x, rate, uniform_sampler, noise_shape=None, name=None):
    with name_scope(name or "general_dropout"):
        return _dropped(x, rate, noise_shape, lambda shape, dtype: uniform_sampler(shape=shape, dtype=dtype))


class experimental:  # noqa: N801
    """tf.nn.experimental"""

    stateless_dropout, general_dropout = staticmethod(stateless_dropout), staticmethod(general_dropout)


def top_k(input, k=1, sorted=True, index_type=dtypes.int32, name=None):  # noqa: A002
    """The k largest elements of each row, and where they are."""
    return TopK(*_ops["TopKV2"](input, k, sorted, index_type, name))


def _named(name: str, *fields: str):
    import collections
    return collections.namedtuple(name, fields)


TopK = _named("TopKV2", "values", "indices")


def zero_fraction(value, name=None):
    """The share of zeros."""
    with name_scope(name or "zero_fraction"):
        value = convert_to_tensor(value)
        zeros = math_ops.cast(math_ops.equal(value, array_ops.zeros_like(value)), dtypes.float32)
        return math_ops.reduce_mean(zeros, name="fraction")


def softmax_cross_entropy_with_logits_v1(_sentinel=None, labels=None, logits=None, dim=-1, name=None, axis=None):
    """Without a gradient of the labels."""
    return softmax_cross_entropy_with_logits(_ops["StopGradient"](convert_to_tensor(labels)), logits,
                                             dim if axis is None else axis, name)


def xw_plus_b(x, weights, biases, name=None):
    return bias_add(math_ops.matmul(x, weights), biases, name=name)


def relu_layer(x, weights, biases, name=None):
    return relu(xw_plus_b(x, weights, biases), name=name)


def local_response_normalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):  # noqa: A002
    """Each element by those of the channels around it."""
    return _ops["LRN"](input, depth_radius, bias, alpha, beta, name=name)


lrn = local_response_normalization


def compute_average_loss(per_example_loss, sample_weight=None, global_batch_size=None):
    """Σ loss · weight / batch size"""
    loss = convert_to_tensor(per_example_loss)
    if loss.shape.rank == 0:
        raise ValueError("Rank of `per_example_loss` should be 1 or higher. Received per_example_loss with rank 0.")
    if sample_weight is not None:
        loss = loss * math_ops.cast(sample_weight, loss.dtype)
    n = array_ops.shape(loss)[0] if global_batch_size is None else global_batch_size
    return math_ops.reduce_sum(loss) / math_ops.cast(n, loss.dtype)


def scale_regularization_loss(regularization_loss):
    """Σ loss / number of replicas, which is one."""
    return math_ops.reduce_sum(regularization_loss)
