# SPDX-License-Identifier: MIT
"""Short-time Fourier transforms and modified discrete cosine transforms."""
from __future__ import annotations

import math

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from ..ops import array_ops, math_ops
from .cosine import dct
from .fourier import irfft, rfft
from .frames import at_least, frame, integer, overlap_and_add, size_of
from .windows import hann_window, vorbis_window


def _enclosing_power_of_two(n):
    if isinstance(n, int):
        return 1 << max(n - 1, 0).bit_length()
    exponent = math_ops.ceil(math_ops.log(math_ops.cast(n, dtypes.float64)) / math.log(2.0))
    return math_ops.cast(math_ops.pow(convert_to_tensor(2.0, dtypes.float64), exponent), dtypes.int32)


def stft(signals, frame_length, frame_step, fft_length=None, window_fn=hann_window, pad_end=False, name=None):
    """The spectrum of each frame, seen through the window."""
    with name_scope(name or "stft"):
        length = integer(frame_length)
        fft_length = _enclosing_power_of_two(length) if fft_length is None else integer(fft_length)
        framed = frame(convert_to_tensor(signals), length, frame_step, pad_end=pad_end)
        if window_fn is not None:
            framed *= window_fn(length, dtype=framed.dtype)
        return rfft(framed, [fft_length])


def inverse_stft_window_fn(frame_step, forward_window_fn=hann_window, name=None):
    """The window for inverse_stft() that undoes stft() with the forward one."""
    def inverse_stft_window_fn_inner(frame_length, dtype):
        with name_scope(name or "inverse_stft_window_fn"):
            length, step = integer(frame_length), integer(frame_step)
            forward = forward_window_fn(length, dtype=dtype)
            overlaps = (length + step - 1) // step
            energy = array_ops.pad(math_ops.square(forward), [[0, overlaps * step - length]])
            energy = array_ops.reshape(energy, array_ops.stack([overlaps, step]))
            energy = math_ops.reduce_sum(energy, 0, keepdims=True)
            energy = array_ops.reshape(array_ops.tile(energy, array_ops.stack([overlaps, 1])), [-1])
            return forward / energy[:length]
    return inverse_stft_window_fn_inner


def inverse_stft(stfts, frame_length, frame_step, fft_length=None, window_fn=hann_window, name=None):
    """The signal of these spectra."""
    with name_scope(name or "inverse_stft"):
        stfts = convert_to_tensor(stfts)
        if not stfts.dtype.is_complex:
            raise ValueError(f"stfts must be complex. Got {stfts.dtype!r}")
        length = integer(frame_length)
        fft_length = _enclosing_power_of_two(length) if fft_length is None else integer(fft_length)
        frames = irfft(stfts, [fft_length])[..., :length]
        if not (isinstance(length, int) and frames.shape[-1] == length):
            missing = at_least(length - size_of(frames, -1), 0)
            frames = array_ops.pad(frames, [[0, 0]] * (frames.shape.rank - 1) + [[0, missing]])
        if window_fn is not None:
            frames *= window_fn(length, dtype=stfts.dtype.real_dtype)
        return overlap_and_add(frames, frame_step)


def mdct(signals, frame_length, window_fn=vorbis_window, pad_end=False, norm=None, name=None):
    """The cosine transform of frames that overlap by half, folded to half their length."""
    with name_scope(name or "mdct"):
        signals = convert_to_tensor(signals)
        length = integer(frame_length)
        if isinstance(length, int) and length % 4:
            raise ValueError(f"The frame length must be a multiple of 4. Got {length}")
        framed = frame(signals, length, length // 2, pad_end=pad_end)
        framed *= window_fn(length, dtype=framed.dtype) if window_fn is not None else 1.0 / math.sqrt(2.0)
        a, b, c, d = array_ops.split(framed, 4, axis=-1)
        folded = array_ops.concat([-array_ops.reverse(c, [-1]) - d, a - array_ops.reverse(b, [-1])], -1)
        return dct(folded, type=4, norm=norm)


def inverse_mdct(mdcts, window_fn=vorbis_window, norm=None, name=None):
    """The signal of these, but for its first and last half frame."""
    with name_scope(name or "inverse_mdct"):
        mdcts = convert_to_tensor(mdcts)
        half = size_of(mdcts, -1)
        folded = dct(mdcts, type=4, norm=norm)
        if norm is None:
            folded *= 0.5 / math_ops.cast(half, mdcts.dtype)
        first, second = array_ops.split(folded, 2, axis=-1)
        frames = array_ops.concat([second, -array_ops.reverse(second, [-1]), -array_ops.reverse(first, [-1]), -first], -1)
        frames *= window_fn(2 * half, dtype=mdcts.dtype) if window_fn is not None else 1.0 / math.sqrt(2.0)
        return overlap_and_add(frames, half)
