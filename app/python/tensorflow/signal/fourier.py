# SPDX-License-Identifier: MIT
"""Fourier transforms over the last axes."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from ..ops import array_ops, math_ops

_ops = _lockstep.ops


def _complex(op: str, public: str):
    def transform(input, name=None):  # noqa: A002
        return _ops[op](input, name=name)
    transform.__name__ = transform.__qualname__ = public
    transform.__doc__ = _ops[op].__doc__
    return transform


fft, fft2d, fft3d = (_complex(op, op.lower()) for op in ("FFT", "FFT2D", "FFT3D"))
ifft, ifft2d, ifft3d = (_complex(op, op.lower()) for op in ("IFFT", "IFFT2D", "IFFT3D"))


# ---- of real numbers ----

def _padded(x, sizes):
    """x with zeros at the end of its last axes, where it is shorter than the sizes; the op itself cuts what is longer."""
    wanted = _lockstep.constant_value(sizes)
    rank = x.shape.rank
    if wanted is not None and rank is not None:
        wanted = wanted.numpy().tolist()
        have = x.shape.as_list()[rank - len(wanted):]
        if len(have) == len(wanted) and None not in have:
            missing = [max(0, w - h) for w, h in zip(wanted, have)]
            if not any(missing):
                return x
            return array_ops.pad(x, [[0, 0]] * (rank - len(wanted)) + [[0, m] for m in missing])
    n = sizes.shape[0]
    after = math_ops.maximum(sizes - array_ops.shape(x)[-n:], 0)
    after = array_ops.concat([array_ops.zeros([array_ops.rank(x) - n], dtypes.int32), after], 0)
    return array_ops.pad(x, array_ops.stack([array_ops.zeros_like(after), after], 1))


def _lengths(fft_length):
    return math_ops.cast(convert_to_tensor(fft_length), dtypes.int32)


def _of_real(op: str, axes: int):
    def transform(input_tensor, fft_length=None, name=None):
        with name_scope(name or op.lower()):
            x = convert_to_tensor(input_tensor, dtype_hint=dtypes.float32)
            if x.dtype not in (dtypes.float32, dtypes.float64):
                raise ValueError(f"RFFT requires tf.float32 or tf.float64 inputs, got: {x}")
            out = dtypes.complex64 if x.dtype == dtypes.float32 else dtypes.complex128
            lengths = array_ops.shape(x)[-axes:] if fft_length is None else _lengths(fft_length)
            return _ops[op](x if fft_length is None else _padded(x, lengths), lengths, Tcomplex=out)
    transform.__name__ = transform.__qualname__ = op.lower()
    transform.__doc__ = _ops[op].__doc__
    return transform


def _to_real(op: str, axes: int):
    def transform(input_tensor, fft_length=None, name=None):
        with name_scope(name or op.lower()):
            x = convert_to_tensor(input_tensor, dtype_hint=dtypes.complex64)
            if not x.dtype.is_complex:
                raise ValueError(f"IRFFT requires tf.complex64 or tf.complex128 inputs, got: {x}")
            out = dtypes.float32 if x.dtype == dtypes.complex64 else dtypes.float64
            if fft_length is None:
                sizes = array_ops.shape(x)[-axes:]
                lengths = array_ops.concat([sizes[:-1], math_ops.maximum(2 * (sizes[-1:] - 1), 0)], 0)
            else:
                lengths = _lengths(fft_length)
                halves = lengths[-1:] // 2 + math_ops.cast(lengths[-1:] > 0, dtypes.int32)
                x = _padded(x, array_ops.concat([lengths[:-1], halves], 0))
            return _ops[op](x, lengths, Treal=out)
    transform.__name__ = transform.__qualname__ = op.lower()
    transform.__doc__ = _ops[op].__doc__
    return transform


rfft, rfft2d, rfft3d = _of_real("RFFT", 1), _of_real("RFFT2D", 2), _of_real("RFFT3D", 3)
irfft, irfft2d, irfft3d = _to_real("IRFFT", 1), _to_real("IRFFT2D", 2), _to_real("IRFFT3D", 3)


# ---- the frequency 0 in the middle ----

def _rolled(x, axes, sign, name):
    x = convert_to_tensor(x)
    if axes is None:
        axes = list(range(x.shape.rank)) if x.shape.rank is not None else math_ops.cast(
            array_ops.where(array_ops.ones_like(array_ops.shape(x), dtypes.bool))[:, 0], dtypes.int32)
    if isinstance(axes, int):
        return array_ops.roll(x, sign * (array_ops.shape(x)[axes] // 2), axes, name)
    if isinstance(axes, (list, tuple)):
        axes = [a % x.shape.rank if a < 0 and x.shape.rank else a for a in axes]
    return array_ops.roll(x, sign * (array_ops.gather(array_ops.shape(x), axes) // 2), axes, name)


def fftshift(x, axes=None, name=None):
    """The halves of each axis exchanged, so that frequency 0 is in the middle."""
    return _rolled(x, axes, 1, name)


def ifftshift(x, axes=None, name=None):
    """What fftshift() is undone by."""
    return _rolled(x, axes, -1, name)
