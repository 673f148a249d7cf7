# SPDX-License-Identifier: MIT
"""The mel scale, and what is computed on it."""
from __future__ import annotations

import math

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor, name_scope
from ..ops import array_ops, math_ops, range_ops
from .cosine import dct

_BREAK, _HIGH = 700.0, 1127.0


def _to_mel(hertz):
    return _HIGH * math_ops.log(1.0 + hertz / _BREAK)


def _check(bins, rate, lower, upper, dtype) -> None:
    if bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {bins}")
    if lower < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {lower}")
    if lower >= upper:
        raise ValueError(f"lower_edge_hertz {lower:.1f} >= upper_edge_hertz {upper:.1f}")
    if not is_tensor(rate):
        if rate <= 0.0:
            raise ValueError(f"sample_rate must be positive. Got: {rate}")
        if upper > rate / 2:
            raise ValueError(f"upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). Got "
                             f"{upper} for sample_rate: {rate}")
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype}")


def linear_to_mel_weight_matrix(num_mel_bins=20, num_spectrogram_bins=129, sample_rate=8000, lower_edge_hertz=125.0,
                                upper_edge_hertz=3800.0, dtype=dtypes.float32, name=None):
    """[num_spectrogram_bins, num_mel_bins]: triangles that overlap by half, of the same width on the mel scale."""
    with name_scope(name or "linear_to_mel_weight_matrix"):
        dtype = dtypes.as_dtype(dtype)
        _check(num_mel_bins, sample_rate, lower_edge_hertz, upper_edge_hertz, dtype)
        zero, nyquist = convert_to_tensor(0.0, dtype), math_ops.cast(sample_rate, dtype) / 2.0
        # Frequency 0 says nothing of pitch: its row is zero.
        bins = _to_mel(range_ops.linspace(zero, nyquist, num_spectrogram_bins)[1:])[:, array_ops.newaxis]
        ends = (_to_mel(math_ops.cast(h, dtype)) for h in (lower_edge_hertz, upper_edge_hertz))
        edges = range_ops.linspace(*ends, num_mel_bins + 2)[array_ops.newaxis, :]
        left, middle, right = edges[:, :-2], edges[:, 1:-1], edges[:, 2:]
        rising, falling = (bins - left) / (middle - left), (right - bins) / (right - middle)
        return array_ops.pad(math_ops.maximum(zero, math_ops.minimum(rising, falling)), [[1, 0], [0, 0]])


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms, name=None):
    """The cepstrum of each log mel spectrum."""
    with name_scope(name or "mfccs_from_log_mel_spectrograms"):
        x = convert_to_tensor(log_mel_spectrograms)
        bins = x.shape[-1] if x.shape.rank is not None else None
        if bins == 0:
            raise ValueError(f"num_mel_bins must be positive. Got: {x}")
        size = math_ops.cast(array_ops.shape(x)[-1], x.dtype) if bins is None else float(bins)
        return dct(x, type=2) * (math_ops.rsqrt(size * 2.0) if bins is None else 1.0 / math.sqrt(size * 2.0))
