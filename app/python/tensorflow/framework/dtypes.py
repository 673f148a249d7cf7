# SPDX-License-Identifier: MIT
"""tf.DType and the dtypes."""
from __future__ import annotations

import builtins
from typing import Any, NamedTuple

import _lockstep

from .lazy import np


class DType(_lockstep.DType):
    """The type of a tensor's elements."""

    def __init__(self, number: int, name: str = "", numpy_type: Any = None):
        super().__init__(number)
        if not name:
            found = NUMBERS[number]
            name, numpy_type = found.name, found._numpy_name
        self.name = name
        self._numpy_name = numpy_type

    @property
    def as_numpy_dtype(self):
        return getattr(np, self._numpy_name)

    @property
    def base_dtype(self) -> DType:
        return self

    @property
    def real_dtype(self) -> DType:
        """That of a complex number's parts."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)

    _is_ref_dtype = False

    @property
    def is_floating(self) -> bool:
        return self.name in ("float16", "bfloat16", "float32", "float64")

    @property
    def is_integer(self) -> bool:
        return self.name.startswith(("int", "uint"))

    @property
    def is_complex(self) -> bool:
        return self.name.startswith("complex")

    @property
    def is_bool(self) -> bool:
        return self.name == "bool"

    @property
    def is_unsigned(self) -> bool:
        return self.name.startswith("uint")

    is_quantized = False

    @property
    def is_numeric(self) -> bool:
        return self.is_floating or self.is_integer or self.is_complex

    @property
    def is_numpy_compatible(self) -> bool:
        return self.name not in ("resource", "variant")

    @property
    def size(self) -> int:
        return _SIZES.get(self.name) or np.dtype(self.as_numpy_dtype).itemsize

    @property
    def min(self):
        """The least number."""
        return self._limit("minimum").min

    @property
    def max(self):
        """The largest number."""
        return self._limit("maximum").max

    def _limit(self, what: str):
        if self.name == "bfloat16":
            return _bfloat16_limits()
        if self.is_floating:
            return np.finfo(self.as_numpy_dtype)
        if self.is_integer:
            return np.iinfo(self.as_numpy_dtype)
        kind = f" with type {self}" if self.is_bool or self.is_complex or self.name == "string" else ""
        raise TypeError(f"Cannot find {what} value of {self}{kind}.")

    @property
    def limits(self) -> tuple:
        """The range of intensities of an image: 0 and the largest integer, or 1 for floats."""
        if self.name in ("float32", "float64"):
            return 0, 1
        if self.is_integer:
            return 0, int(self.max)
        if self.is_bool:
            return 0, True
        raise ValueError(f"{self} does not have defined limits.")

    def is_compatible_with(self, other) -> bool:
        return self == as_dtype(other)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __reduce__(self):
        return as_dtype, (self.name,)


_SIZES = {"string": 1, "variant": 1, "resource": 1, "bfloat16": 2}


class _Limits(NamedTuple):
    min: Any
    max: Any


def _bfloat16_limits() -> _Limits:
    """The numbers as float32, which holds them all."""
    largest = np.float32(3.3895314e38)
    return _Limits(-largest, largest)


NUMBERS: dict[int, DType] = {}


def _dtype(number: int, name: str, numpy_type) -> DType:
    NUMBERS[number] = DType(number, name, numpy_type)
    return NUMBERS[number]


float32 = _dtype(1, "float32", "float32")
float64 = double = _dtype(2, "float64", "float64")
int32 = _dtype(3, "int32", "int32")
uint8 = _dtype(4, "uint8", "uint8")
int16 = _dtype(5, "int16", "int16")
int8 = _dtype(6, "int8", "int8")
string = _dtype(7, "string", "object_")
complex64 = _dtype(8, "complex64", "complex64")
int64 = _dtype(9, "int64", "int64")
bool = bool_ = _dtype(10, "bool", "bool_")  # noqa: A001  TensorFlow's name
# NumPy has no bfloat16: float32 holds all its numbers.
bfloat16 = _dtype(14, "bfloat16", "float32")
uint16 = _dtype(17, "uint16", "uint16")
complex128 = _dtype(18, "complex128", "complex128")
float16 = half = _dtype(19, "float16", "float16")
resource = _dtype(20, "resource", "object_")
variant = _dtype(21, "variant", "object_")
uint32 = _dtype(22, "uint32", "uint32")
uint64 = _dtype(23, "uint64", "uint64")

_NAMES = {dtype.name: dtype for dtype in NUMBERS.values()} | {"float": float32, "double": float64,
                                                              "half": float16}
_PYTHON = {float: float32, builtins.bool: bool_, object: string, str: string,
           bytes: string}


def as_dtype(type_value: Any) -> DType:
    """The DType that type_value names: a DType, a name, a NumPy dtype or type, a Python type."""
    value = type_value
    if isinstance(value, DType):
        return value
    if isinstance(value, str) and value in _NAMES:
        return _NAMES[value]
    if isinstance(value, int) and value in NUMBERS:
        return NUMBERS[value]
    if isinstance(value, type) and value in _PYTHON:
        return _PYTHON[value]
    try:
        numpy_type = np.dtype(value)
    except TypeError:
        numpy_type = None
    if numpy_type is not None:
        if numpy_type.name in _NAMES:
            return _NAMES[numpy_type.name]
        if numpy_type.kind in "OUS":
            return string
    raise TypeError(f"Cannot convert the argument `type_value`: {value!r} to a TensorFlow DType.")


def common_range(inside: DType, of: DType) -> tuple:
    """The least and the largest number of dtype `inside` that dtype `of` has, too."""
    exact = (lambda dtype, limit: int(limit) if dtype.is_integer else float(limit))
    least, most = (exact(inside, inside.min), exact(of, of.min)), (exact(inside, inside.max), exact(of, of.max))
    low, high = builtins.max(least), builtins.min(most)
    if inside.is_integer:
        return low, high
    # The limit of an integer dtype may lie between two floats: the one within it is taken.
    numpy_type = inside.as_numpy_dtype if inside.name != "bfloat16" else np.float32
    floats = [numpy_type(low), numpy_type(high)]
    if floats[0] < low:
        floats[0] = np.nextafter(floats[0], numpy_type(0))
    if floats[1] > high:
        floats[1] = np.nextafter(floats[1], numpy_type(0))
    return tuple(floats)


class _Shown(str):
    __repr__ = str.__str__


def _bfloat16_repr(array) -> str:
    """What repr would say of an array of bfloat16, given its numbers in float32: NumPy has no such dtype of its own."""
    shown = np.empty(array.shape, object)
    shown.reshape(-1)[:] = [_Shown("%g" % number) for number in array.reshape(-1)]
    text = np.array2string(shown, separator=", ", prefix="array(") if array.size else "[]"
    shape = f", shape={array.shape}" if not array.size and array.shape != (0,) else ""
    return f"array({text}{shape}, dtype=bfloat16)"


_lockstep.register(as_dtype=as_dtype, dtypes=NUMBERS, bfloat16_repr=_bfloat16_repr)
