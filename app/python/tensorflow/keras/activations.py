# SPDX-License-Identifier: MIT
"""tf.keras.activations"""
from __future__ import annotations

from ..ops import array_ops, math_ops, nn_ops


def linear(x):
    return x


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """max (x, 0); or alpha · (x − threshold) below the threshold, and at most max_value."""
    if alpha and not threshold:
        value = nn_ops.leaky_relu(x, alpha)
        return value if max_value is None else math_ops.minimum(value, math_ops.cast(max_value, value.dtype))
    if not threshold:
        if max_value == 6:
            return nn_ops.relu6(x)
        value = nn_ops.relu(x)
        return value if max_value is None else math_ops.minimum(value, math_ops.cast(max_value, value.dtype))
    above = math_ops.cast(math_ops.greater(x, threshold), x.dtype)
    value = x * above
    if max_value is not None:
        value = math_ops.minimum(value, math_ops.cast(max_value, x.dtype))
    return value - alpha * nn_ops.relu(threshold - x) if alpha else value


def softmax(x, axis=-1):
    return nn_ops.softmax(x, axis)


def sigmoid(x):
    return math_ops.sigmoid(x)


def tanh(x):
    return math_ops.tanh(x)


def exponential(x):
    return math_ops.exp(x)


def hard_sigmoid(x):
    return math_ops.maximum(0.0, math_ops.minimum(1.0, 0.2 * x + 0.5))


def softplus(x):
    return math_ops.softplus(x)


def mish(x):
    """x · tanh (softplus (x))"""
    return x * math_ops.tanh(math_ops.softplus(x))


def elu(x, alpha=1.0):
    """x where positive, else alpha · (eˣ − 1)"""
    value = nn_ops.elu(x)
    return value if alpha == 1 else array_ops.where(math_ops.greater(x, 0.0), value, alpha * value)


selu, gelu, swish, softsign = nn_ops.selu, nn_ops.gelu, nn_ops.swish, nn_ops.softsign
silu, leaky_relu = nn_ops.swish, nn_ops.leaky_relu


def get(identifier):
    """The activation that a name, a function or None means."""
    if identifier is None:
        return linear
    if callable(identifier):
        return identifier
    found = globals().get(identifier)
    if found is None or not callable(found):
        raise ValueError(f"Unknown activation function: {identifier!r}.")
    return found


def serialize(activation, use_legacy_format=False) -> str:
    if not callable(activation):
        raise ValueError(f"Unknown activation function '{activation}' cannot be serialized.")
    return getattr(activation, "__name__", str(activation))


def deserialize(name, custom_objects=None, use_legacy_format=False):
    known = custom_objects or {}
    return known[name] if name in known else get(name)
