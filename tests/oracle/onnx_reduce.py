# SPDX-License-Identifier: MIT
"""Reductions, products, and what normalises."""
from __future__ import annotations

import tensorflow as tf
from onnx_graph import MEANINGS, meaning, numbers


def _reduction(function):
    def run(node, x, axes=None):
        axes = node.ints("axes") if axes is None else numbers(axes)
        if not axes and node.get("noop_with_empty_axes", 0):
            return tf.identity(x)
        return function(x, axis=axes or None, keepdims=bool(node.get("keepdims", 1)))
    return run


MEANINGS.update(
    ReduceSum=_reduction(tf.reduce_sum), ReduceProd=_reduction(tf.reduce_prod), ReduceMean=_reduction(tf.reduce_mean),
    ReduceMax=_reduction(tf.reduce_max), ReduceMin=_reduction(tf.reduce_min),
    ReduceLogSumExp=_reduction(tf.reduce_logsumexp), ReduceL2=_reduction(tf.math.reduce_euclidean_norm),
    ReduceL1=_reduction(lambda x, **how: tf.reduce_sum(tf.abs(x), **how)),
    ReduceLogSum=_reduction(lambda x, **how: tf.math.log(tf.reduce_sum(x, **how))),
    ReduceSumSquare=_reduction(lambda x, **how: tf.reduce_sum(tf.square(x), **how)))


def _place(function):
    def run(node, x):
        axis = node.get("axis", 0) % x.shape.rank
        if node.get("select_last_index", 0):
            found = x.shape[axis] - 1 - function(tf.reverse(x, [axis]), axis=axis)
        else:
            found = function(x, axis=axis)
        return tf.expand_dims(found, axis) if node.get("keepdims", 1) else found
    return run


MEANINGS.update(ArgMax=_place(tf.argmax), ArgMin=_place(tf.argmin))


@meaning("CumSum")
def cumsum(node, x, axis):
    return tf.cumsum(x, int(axis), exclusive=bool(node.get("exclusive", 0)), reverse=bool(node.get("reverse", 0)))


def _over_rows(function):
    """Before version 13 the axes from `axis` on were one."""
    def run(node, x):
        if node.version >= 13:
            return function(x, node.get("axis", -1))
        axis = node.get("axis", 1) % x.shape.rank
        rows = 1
        for size in x.shape[:axis].as_list():
            rows *= size
        return tf.reshape(function(tf.reshape(x, [rows, -1]), -1), x.shape)
    return run


def hardmax(x, axis):
    return tf.one_hot(tf.argmax(x, axis=axis), x.shape[axis], axis=axis, dtype=x.dtype)


MEANINGS.update(Softmax=_over_rows(tf.nn.softmax), LogSoftmax=_over_rows(tf.nn.log_softmax), Hardmax=_over_rows(hardmax))


# ---- products ----

@meaning("MatMul")
def matmul(node, a, b):
    if a.shape.rank == 1 or b.shape.rank == 1:
        return tf.tensordot(a, b, [[-1], [max(b.shape.rank - 2, 0)]])
    return tf.matmul(a, b)


@meaning("Gemm")
def gemm(node, a, b, c=None):
    y = tf.matmul(a, b, transpose_a=bool(node.get("transA", 0)), transpose_b=bool(node.get("transB", 0)))
    alpha, beta = node.get("alpha", 1.0), node.get("beta", 1.0)
    y = y if alpha == 1.0 else y * alpha
    return y if c is None else y + (c if beta == 1.0 else c * beta)


def widened(q, zero):
    return tf.cast(q, tf.int32) - (0 if zero is None else tf.cast(zero, tf.int32))


@meaning("MatMulInteger")
def matmul_integer(node, a, b, a_zero=None, b_zero=None):
    return tf.matmul(widened(a, a_zero), widened(b, b_zero))


@meaning("QLinearMatMul")
def qlinear_matmul(node, a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero):
    from onnx_elementwise import quantized
    y = tf.cast(tf.matmul(widened(a, a_zero), widened(b, b_zero)), tf.float32)
    return quantized(y * (a_scale * b_scale), y_scale, y_zero)


@meaning("Einsum")
def einsum(node, *inputs):
    return tf.einsum(node.get("equation").replace(" ", ""), *inputs)


@meaning("Det")
def det(node, x):
    return tf.linalg.det(x)


# ---- normalisation ----

def per_channel(parameter, x):
    return tf.reshape(parameter, [-1] + [1] * (x.shape.rank - 2))


@meaning("BatchNormalization")
def batch_normalization(node, x, scale, bias, mean, variance):
    epsilon, momentum = node.get("epsilon", 1e-5), node.get("momentum", 0.9)
    training = bool(node.get("training_mode", 0))
    if training:
        new_mean, new_variance = tf.nn.moments(x, [i for i in range(x.shape.rank) if i != 1])
        kept = mean * momentum + new_mean * (1 - momentum), variance * momentum + new_variance * (1 - momentum)
        mean, variance = new_mean, new_variance
    y = tf.nn.batch_normalization(x, per_channel(mean, x), per_channel(variance, x), per_channel(bias, x),
                                  per_channel(scale, x), epsilon)
    return (y, *kept) if training else y


@meaning("InstanceNormalization")
def instance_normalization(node, x, scale, bias):
    mean, variance = tf.nn.moments(x, list(range(2, x.shape.rank)), keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, per_channel(bias, x), per_channel(scale, x),
                                     node.get("epsilon", 1e-5))


@meaning("LayerNormalization")
def layer_normalization(node, x, scale, bias=None):
    axes = list(range(node.get("axis", -1) % x.shape.rank, x.shape.rank))
    epsilon = node.get("epsilon", 1e-5)
    mean, variance = tf.nn.moments(x, axes, keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, bias, scale, epsilon), mean, tf.math.rsqrt(variance + epsilon)


@meaning("MeanVarianceNormalization")
def mean_variance_normalization(node, x):
    mean, variance = tf.nn.moments(x, node.ints("axes", [0, 2, 3]), keepdims=True)
    return (x - mean) / (tf.sqrt(variance) + 1e-9)


@meaning("LRN")
def lrn(node, x):
    """Over the channels; an even size reaches one further after than before."""
    size = node.get("size")
    before, after = (size - 1) // 2, size - 1 - (size - 1) // 2
    squares = tf.pad(tf.square(x), [[0, 0], [before, after]] + [[0, 0]] * (x.shape.rank - 2))
    total = tf.add_n([squares[:, i:i + x.shape[1]] for i in range(size)])
    return x / (node.get("bias", 1.0) + node.get("alpha", 1e-4) / size * total) ** node.get("beta", 0.75)
