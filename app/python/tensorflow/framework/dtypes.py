# SPDX-License-Identifier: MIT
"""tf.DType and the dtypes."""
from __future__ import annotations

import builtins
from typing import Any

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

    real_dtype = base_dtype
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

    is_quantized = is_numpy_compatible = False

    @property
    def size(self) -> int:
        return np.dtype(self.as_numpy_dtype).itemsize if self.name not in ("string", "variant") else 1

    @property
    def min(self):
        return self.limits[0]

    @property
    def max(self):
        return self.limits[1]

    @property
    def limits(self) -> tuple:
        if self.is_floating:
            info = np.finfo(self.as_numpy_dtype)
            return info.min, info.max
        if self.is_integer:
            info = np.iinfo(self.as_numpy_dtype)
            return info.min, info.max
        if self.is_bool:
            return False, True
        raise TypeError(f"Cannot find minimum value of {self}.")

    def is_compatible_with(self, other) -> bool:
        return self == as_dtype(other)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __reduce__(self):
        return as_dtype, (self.name,)


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


def as_dtype(value: Any) -> DType:
    """The DType that value names: a DType, a name, a NumPy dtype or type, a Python type."""
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


_lockstep.register(as_dtype=as_dtype, dtypes=NUMBERS)
