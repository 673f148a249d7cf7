# SPDX-License-Identifier: MIT
"""tf.strings"""
from __future__ import annotations

import _lockstep

from .framework.lazy import np
from .framework.ops import convert_to_tensor
from .ops.logging_ops import string_format as format  # noqa: A004,F401

_ops = _lockstep.ops


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="",
              name=None):  # noqa: A002
    return _ops["AsString"](input, precision, name=name)


def join(inputs, separator="", name=None):
    return _ops["StringJoin"](list(inputs), separator, name=name)


def _each(function, dtype=None):
    def run(value, *args, **kwargs):
        array = np.asarray(convert_to_tensor(value).numpy(), object)
        flat = [function(item, *args, **kwargs) for item in array.reshape(-1)]
        out = np.empty(len(flat), object if dtype is None else dtype)
        out[:] = flat
        return convert_to_tensor(out.reshape(array.shape))
    return run


lower = _each(lambda b, encoding="": b.lower())
upper = _each(lambda b, encoding="": b.upper())
strip = _each(lambda b, name=None: b.strip())
length = _each(lambda b, unit="BYTE", name=None: len(b if unit == "BYTE" else b.decode()), "int32")
substr = _each(lambda b, pos, len, unit="BYTE", name=None: b[pos:pos + len])
regex_replace = _each(lambda b, pattern, rewrite, replace_global=True, name=None: __import__("re").sub(
    pattern.encode(), rewrite.encode(), b, 0 if replace_global else 1))


def to_number(input, out_type="float32", name=None):  # noqa: A002
    """Numbers of their texts."""
    from .framework import dtypes
    dtype = dtypes.as_dtype(out_type).as_numpy_dtype
    return _each(lambda b: dtype(float(b)) if "float" in dtype.__name__ else dtype(int(b)), dtype)(input)


def bytes_split(input, name=None):  # noqa: A002
    """The bytes of one string."""
    text = _single(input, "bytes_split")
    return convert_to_tensor([text[i:i + 1] for i in range(len(text))])


def unicode_split(input, input_encoding="UTF-8", name=None):  # noqa: A002
    """The characters of one string."""
    return convert_to_tensor([c.encode() for c in _single(input, "unicode_split").decode(input_encoding)])


def unicode_decode(input, input_encoding="UTF-8", name=None):  # noqa: A002
    """The code points of one string."""
    return convert_to_tensor([ord(c) for c in _single(input, "unicode_decode").decode(input_encoding)])


def _single(value, what: str) -> bytes:
    text = convert_to_tensor(value).numpy()
    if not isinstance(text, bytes):
        raise NotImplementedError(f"tf.strings.{what} of more than one string needs ragged tensors")
    return text


def split(input, sep=None, maxsplit=-1, name=None):  # noqa: A002
    """The parts of one string."""
    text = _single(input, "split")
    return convert_to_tensor(text.split(sep.encode() if sep else None, maxsplit))
