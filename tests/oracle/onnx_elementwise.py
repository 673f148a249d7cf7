# SPDX-License-Identifier: MIT
"""Elementwise nodes, and conversions."""
from __future__ import annotations

import tensorflow as tf
from onnx_graph import DTYPES, MEANINGS, meaning

UNARY = {
    "Abs": tf.abs, "Acos": tf.acos, "Acosh": tf.acosh, "Asin": tf.asin, "Asinh": tf.asinh, "Atan": tf.atan,
    "Atanh": tf.atanh, "Ceil": tf.math.ceil, "Cos": tf.cos, "Cosh": tf.cosh, "Erf": tf.math.erf, "Exp": tf.exp,
    "Floor": tf.floor, "Log": tf.math.log, "Neg": tf.negative, "Not": tf.logical_not, "Relu": tf.nn.relu,
    "Reciprocal": tf.math.reciprocal, "Round": tf.round, "Sigmoid": tf.sigmoid, "Sign": tf.sign, "Sin": tf.sin,
    "Sinh": tf.sinh, "Softplus": tf.nn.softplus, "Softsign": tf.nn.softsign, "Sqrt": tf.sqrt, "Tan": tf.tan,
    "Tanh": tf.tanh, "IsNaN": tf.math.is_nan,
}
BINARY = {
    "Add": tf.add, "Sub": tf.subtract, "Mul": tf.multiply, "And": tf.logical_and, "Or": tf.logical_or,
    "Xor": tf.math.logical_xor, "Equal": tf.equal, "Greater": tf.greater, "GreaterOrEqual": tf.greater_equal,
    "Less": tf.less, "LessOrEqual": tf.less_equal,
}


def aligned(node, a, b):
    """b as operators before version 7 broadcast it: along a's axes from `axis` on."""
    axis = node.get("axis")
    if node.version >= 7 or axis is None or b.shape.rank == a.shape.rank:
        return b
    return tf.reshape(b, b.shape.as_list() + [1] * (a.shape.rank - axis % a.shape.rank - b.shape.rank))


def _unary(function):
    return lambda node, x: function(x)


def _binary(function):
    return lambda node, a, b: function(a, aligned(node, a, b))


MEANINGS.update((name, _unary(function)) for name, function in UNARY.items())
MEANINGS.update((name, _binary(function)) for name, function in BINARY.items())


@meaning("Identity")
def identity(node, x):
    return tf.identity(x) if tf.is_tensor(x) else x


@meaning("IsInf")
def is_inf(node, x):
    signs = tf.logical_or(tf.logical_and(x > 0, bool(node.get("detect_positive", 1))),
                          tf.logical_and(x < 0, bool(node.get("detect_negative", 1))))
    return tf.logical_and(tf.math.is_inf(x), signs)


@meaning("Div")
def div(node, a, b):
    return tf.truncatediv(a, b) if a.dtype.is_integer else tf.divide(a, aligned(node, a, b))


@meaning("Mod")
def mod(node, a, b):
    return tf.truncatemod(a, b) if node.get("fmod", 0) else tf.math.floormod(a, b)


@meaning("Pow")
def power(node, a, b):
    b = aligned(node, a, b)
    if a.dtype == b.dtype:
        return tf.pow(a, b)
    wide = tf.float64 if a.dtype.is_integer or b.dtype.is_integer else tf.float32
    return tf.cast(tf.pow(tf.cast(a, wide), tf.cast(b, wide)), a.dtype)


@meaning("BitShift")
def bit_shift(node, a, b):
    return (tf.bitwise.left_shift if node.get("direction") == "LEFT" else tf.bitwise.right_shift)(a, b)


def _folded(function):
    def run(node, first, *rest):
        for x in rest:
            first = function(first, x)
        return first
    return run


MEANINGS.update(Max=_folded(tf.maximum), Min=_folded(tf.minimum), Sum=_folded(tf.add))


@meaning("Mean")
def mean(node, *inputs):
    return tf.add_n([tf.convert_to_tensor(x) for x in inputs]) / len(inputs)


@meaning("Where")
def where(node, condition, a, b):
    return tf.where(condition, a, b)


@meaning("Clip")
def clip(node, x, low=None, high=None):
    low, high = node.get("min") if low is None else low, node.get("max") if high is None else high
    x = x if low is None else tf.maximum(x, tf.cast(low, x.dtype))
    return x if high is None else tf.minimum(x, tf.cast(high, x.dtype))


# ---- activations ----

def _scaled_elu(x, alpha, gamma=1.0):
    """γ x where x > 0, else γ α (eˣ − 1)"""
    return gamma * tf.where(x > 0, x, alpha * tf.math.expm1(x))


@meaning("Elu")
def elu(node, x):
    alpha = node.get("alpha", 1.0)
    return tf.nn.elu(x) if alpha == 1.0 else _scaled_elu(x, alpha)


@meaning("Selu")
def selu(node, x):
    alpha, gamma = node.get("alpha", 1.67326319217681884765625), node.get("gamma", 1.05070102214813232421875)
    given = "alpha" in node.attributes or "gamma" in node.attributes
    return _scaled_elu(x, alpha, gamma) if given else tf.nn.selu(x)


@meaning("Celu")
def celu(node, x):
    alpha = node.get("alpha", 1.0)
    return tf.maximum(x, 0.0) + tf.minimum(alpha * tf.math.expm1(x / alpha), 0.0)


@meaning("LeakyRelu")
def leaky_relu(node, x):
    return tf.nn.leaky_relu(x, alpha=node.get("alpha", 0.01))


@meaning("ThresholdedRelu")
def thresholded_relu(node, x):
    return tf.where(x > node.get("alpha", 1.0), x, tf.zeros_like(x))


@meaning("PRelu")
def prelu(node, x, slope):
    if slope.shape.rank == 1 and x.shape.rank > 1 and slope.shape[0] not in (1, x.shape[-1]):
        slope = tf.reshape(slope, [-1] + [1] * (x.shape.rank - 2))
    return tf.where(x < 0, x * slope, x)


@meaning("HardSigmoid")
def hard_sigmoid(node, x):
    return tf.clip_by_value(x * node.get("alpha", 0.2) + node.get("beta", 0.5), 0.0, 1.0)


@meaning("HardSwish")
def hard_swish(node, x):
    return x * tf.clip_by_value(x / 6.0 + 0.5, 0.0, 1.0)


@meaning("Shrink")
def shrink(node, x):
    edge, bias = node.get("lambd", 0.5), node.get("bias", 0.0)
    return tf.where(x < -edge, x + bias, tf.where(x > edge, x - bias, tf.zeros_like(x)))


# ---- conversions ----

def convert(x, dtype):
    if x.dtype == tf.string:
        return tf.cast(tf.strings.to_number(x, tf.float32), dtype)
    if dtype == tf.string:
        return tf.strings.as_string(x, shortest=True) if x.dtype.is_floating else tf.strings.as_string(x)
    return tf.cast(x, dtype)


@meaning("Cast")
def cast(node, x):
    return convert(x, DTYPES[node.get("to")])


@meaning("CastLike")
def cast_like(node, x, like):
    return convert(x, like.dtype)


# ---- quantized: whole numbers that stand for scale · (q − zero) ----

def _along(parameter, x, axis):
    if parameter is None or parameter.shape.rank == 0:
        return parameter
    shape = [1] * x.shape.rank
    shape[axis] = -1
    return tf.reshape(parameter, shape)


def quantized(x, scale, zero, axis=1):
    low, high = zero.dtype.limits
    q = tf.round(x / _along(scale, x, axis)) + tf.cast(_along(zero, x, axis), tf.float32)
    return tf.cast(tf.clip_by_value(q, float(low), float(high)), zero.dtype)


def dequantized(q, scale, zero, axis=1):
    return (tf.cast(q, tf.float32) - tf.cast(_along(zero, q, axis), tf.float32)) * _along(scale, q, axis)


@meaning("QuantizeLinear")
def quantize_linear(node, x, scale, zero=None):
    return quantized(x, scale, tf.constant(0, tf.uint8) if zero is None else zero, node.get("axis", 1))


@meaning("DequantizeLinear")
def dequantize_linear(node, q, scale, zero=None):
    return dequantized(q, scale, tf.zeros_like(scale) if zero is None else zero, node.get("axis", 1))


@meaning("DynamicQuantizeLinear")
def dynamic_quantize_linear(node, x):
    low, high = tf.minimum(tf.reduce_min(x), 0.0), tf.maximum(tf.reduce_max(x), 0.0)
    scale = (high - low) / 255.0
    zero = tf.cast(tf.clip_by_value(tf.round(-low / scale), 0.0, 255.0), tf.uint8)
    return quantized(x, scale, zero), scale, zero
