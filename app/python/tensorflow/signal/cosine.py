# SPDX-License-Identifier: MIT
"""Discrete cosine transforms, by way of Fourier transforms."""
from __future__ import annotations

import math

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from ..ops import array_ops, math_ops, range_ops
from .fourier import irfft, rfft
from .frames import size_of


def _checked(x, type, n, axis, norm):  # noqa: A002
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if n is not None and n < 1:
        raise ValueError("n should be a positive integer or None")
    if type not in (1, 2, 3, 4):
        raise ValueError("Types I, II, III and IV (I)DCT are supported.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")
    if type == 1:
        if norm == "ortho":
            raise ValueError("Normalization is not supported for the Type-I DCT.")
        if x.shape[-1] is not None and x.shape[-1] < 2:
            raise ValueError("Type-I DCT requires the dimension to be greater than one.")


def _of_size(x, n):
    """x cut or filled with zeros to n."""
    x = x[..., :n]
    have = size_of(x, -1)
    if isinstance(have, int) and have == n:
        return x
    return array_ops.pad(x, [[0, 0]] * (x.shape.rank - 1) + [[0, n - have]])


def _turns(n, dtype, sign):
    """2 e^(± πi k / 2n)"""
    angle = sign * math.pi * 0.5 * math_ops.cast(range_ops.range(n), dtype) / math_ops.cast(n, dtype)
    return 2.0 * math_ops.exp(math_ops.complex(array_ops.zeros_like(angle), angle))


def _weights(first, others, n):
    """first, then n − 1 times the others"""
    return array_ops.concat([array_ops.reshape(first, [1]), array_ops.fill(array_ops.reshape(n - 1, [1]), others)], 0)


def _second(x, norm):
    n = size_of(x, -1)
    y = math_ops.real(rfft(x, [2 * n])[..., :n] * _turns(n, x.dtype, -1))
    if norm == "ortho":
        scale = 0.5 * math_ops.rsqrt(math_ops.cast(n, x.dtype))
        y *= _weights(scale, scale * math.sqrt(2.0), n)
    return y


def _third(x, norm):
    n = size_of(x, -1)
    size = math_ops.cast(n, x.dtype)
    if norm == "ortho":
        x *= _weights(math_ops.sqrt(size), math_ops.sqrt(size * 0.5), n)
    else:
        x *= size
    y = irfft(_turns(n, x.dtype, 1) * math_ops.complex(x, array_ops.zeros_like(x)), [2 * n])
    return y[..., :n]


def dct(input, type=2, n=None, axis=-1, norm=None, name=None):  # noqa: A002
    """The discrete cosine transform of that type along the last axis."""
    with name_scope(name or "dct"):
        x = convert_to_tensor(input)
        if x.dtype not in (dtypes.float32, dtypes.float64):
            raise ValueError(f"dct requires tf.float32 or tf.float64 inputs, got: {x.dtype!r}")
        _checked(x, type, n, axis, norm)
        if n is not None:
            x = _of_size(x, n)
        if type == 1:
            return math_ops.real(rfft(array_ops.concat([x, x[..., -2:0:-1]], -1)))
        if type in (2, 3):
            return (_second if type == 2 else _third)(x, norm)
        size = size_of(x, -1)
        y = _second(_of_size(x, 2 * size), None)[..., 1::2]
        return y * (math.sqrt(0.5) * math_ops.rsqrt(math_ops.cast(size, y.dtype))) if norm == "ortho" else y


def idct(input, type=2, n=None, axis=-1, norm=None, name=None):  # noqa: A002
    """The inverse of dct() of that type; without norm "ortho", times 2n (2 (n − 1) of type 1)."""
    x = convert_to_tensor(input)
    _checked(x, type, n, axis, norm)
    return dct(x, {1: 1, 2: 3, 3: 2, 4: 4}[type], n, axis, norm, name or "idct")
