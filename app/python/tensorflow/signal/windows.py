# SPDX-License-Identifier: MIT
"""Windows."""
from __future__ import annotations

import math

from ..framework import dtypes
from ..framework.ops import name_scope
from ..ops import array_ops, math_ops, range_ops, special_math_ops


def _checked(window_length, dtype):
    """The length, as an int if it is known, and the dtype."""
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {dtype!r}")
    length = math_ops.cast(window_length, dtypes.int32)
    if length.shape.rank not in (0, None):
        raise ValueError(f"Shape must be rank 0 but is rank {length.shape.rank}")
    return length, dtype


def _places(length, dtype):
    return math_ops.cast(range_ops.range(length), dtype)


def _raised_cosine(window_length, periodic, dtype, mean, amplitude):
    """mean − amplitude · cos (2π i / n)"""
    length, dtype = _checked(window_length, dtype)
    even = 1 - length % 2
    n = length + math_ops.cast(periodic, dtypes.int32) * even - 1
    n = math_ops.cast(math_ops.maximum(n, 1), dtype)
    wave = mean - amplitude * math_ops.cos(2 * math.pi * _places(length, dtype) / n)
    return array_ops.where(math_ops.equal(length, 1), array_ops.ones_like(wave), wave)


def hann_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """½ − ½ cos (2π i / n)"""
    with name_scope(name or "hann_window"):
        return _raised_cosine(window_length, periodic, dtype, 0.5, 0.5)


def hamming_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """0.54 − 0.46 cos (2π i / n)"""
    with name_scope(name or "hamming_window"):
        return _raised_cosine(window_length, periodic, dtype, 0.54, 0.46)


def kaiser_window(window_length, beta=12.0, dtype=dtypes.float32, name=None):
    """I₀ (β √(1 − (2i / (n − 1) − 1)²)) / I₀ (β)"""
    with name_scope(name or "kaiser_window"):
        length, dtype = _checked(window_length, dtype)
        half = math_ops.cast(math_ops.maximum(length - 1, 1), dtype) / 2.0
        beta = math_ops.cast(beta, dtype)
        off = (_places(length, dtype) - half) / half
        wave = special_math_ops.bessel_i0(beta * math_ops.sqrt(math_ops.maximum(1.0 - math_ops.square(off), 0.0)))
        wave = wave / special_math_ops.bessel_i0(beta)
        return array_ops.where(math_ops.equal(length, 1), array_ops.ones_like(wave), wave)


def kaiser_bessel_derived_window(window_length, beta=12.0, dtype=dtypes.float32, name=None):
    """√ of the partial sums of a Kaiser window, up and down."""
    with name_scope(name or "kaiser_bessel_derived_window"):
        length, dtype = _checked(window_length, dtype)
        sums = math_ops.cumsum(kaiser_window(length // 2 + 1, beta, dtype))
        half = math_ops.sqrt(sums[:-1] / sums[-1])
        return array_ops.concat([half, array_ops.reverse(half, [0])], 0)


def vorbis_window(window_length, dtype=dtypes.float32, name=None):
    """sin (π / 2 · sin² (π (i + ½) / n))"""
    with name_scope(name or "vorbis_window"):
        length, dtype = _checked(window_length, dtype)
        inner = math_ops.sin(math.pi / math_ops.cast(length, dtype) * (_places(length, dtype) + 0.5))
        return math_ops.sin(math.pi / 2 * math_ops.square(inner))
