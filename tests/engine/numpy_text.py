#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Records how NumPy prints arrays, for text.c: numpy_text.py > numpy_text.def"""
import numpy as np

nan, inf = np.nan, np.inf
f, d, h, c, z = np.float32, np.float64, np.float16, np.complex64, np.complex128
CASES = [
    f(5), f(0.1), d(0.1), f(1e-5), f(1e-4), d(1e-4), f(1e16), d(1e15), d(1e16), f(-0.0), d(1 / 3), f(1 / 3), f(nan), d(-inf),
    f(54823328), np.int32(-7), np.int64(2**62), np.bool_(True), np.bool_(False),
    np.array([1, 2, 3], f), np.array([1.5, 2, -3], f), np.array([0.1, 0.25], d), np.array([[1, 2], [3, 4]], f),
    np.array([34], np.int32), np.array([-1, 10, 100], np.int64), np.array([[True, False], [False, True]]),
    np.array([], f), np.zeros((2, 0), f), np.array([1e-10, 1], f), np.array([1e8, 1], f), np.array([99999999, 1], d),
    np.array([1e-4, 1e-3], d), np.array([1e-4], f), np.array([1.0, 1001.0], f), np.array([1.0, 1000.0], f),
    np.array([nan, 1, inf], f), np.array([nan, 1, -inf], f), np.array([-inf, 1e-8], d), np.array([nan, nan], f),
    np.array([inf, -1.25], d), np.array([0, 0], f), np.array([-0.0, 1], f), np.array([1e-100, 1e100], d),
    np.array([1 / 3, 2 / 3], f), np.array([1 / 3, 200 / 3], d), np.array([-54823328], f), np.array([1e-42, 1], f),
    np.array([0.69469088, 10112.297], f), np.array([1234567.875, 0.5], f), np.array([3.0000001e-5, 0.1], d),
    np.arange(30, dtype=f), np.arange(30, dtype=f) / 7, np.arange(60, dtype=np.int32) * 1000,
    np.arange(24, dtype=np.int32).reshape(2, 3, 4), np.arange(8, dtype=f).reshape(1, 2, 2, 2), np.arange(24, dtype=d).reshape(2, 12) / 3,
    np.arange(1000, dtype=np.int32), np.arange(1001, dtype=np.int32), np.arange(1200, dtype=f).reshape(30, 40) / 3,
    np.arange(4096, dtype=np.int64).reshape(16, 16, 16), np.arange(1002, dtype=f).reshape(2, 501) / 9,
    np.ones((1001, 2), np.bool_),
    h(1.5), h(0.1), h(65504), h(1e-4), h(6e-8), h(nan), np.array([1, 2.5, -3], h), np.array([0.1, 1 / 3], h), np.array([65504, 1], h),
    np.array([1e-4, 1], h), np.array([6e-8, 1e-5], h), np.array([inf, -1.25], h), np.array([1234, 0.5], h), np.array([2049, 3], h),
    np.arange(30, dtype=h), h(2.0 ** -6), np.array([2.0 ** k for k in range(-20, 15)], h), np.array([2.0 ** -k for k in range(3, 40)], f), np.array([1000, 1.0], h), np.array([1001, 1.0], h), np.array([0.333, 200.6], h),
    c(1 + 2j), c(2j), c(-0.5 - 0.25j), z(1 / 3 + 0j), c(0), z(complex(-0.0, 1)), z(1e20 + 1e-7j), c(complex(inf, nan)), c(complex(1, -inf)),
    np.array([1 + 2j, -0.5 - 0.25j], c), np.array([1j, 0, 10], c), np.array([1 / 3 + 2 / 3j, -200], z), np.array([1e-10 + 1j, 1], c),
    np.array([1 + 1e9j, 2 - 1j], z), np.array([complex(nan, 1), complex(1, -inf), complex(inf, nan)], c), np.array([[1 + 1j, 2], [3, 4 - 4j]], z),
    np.array([1 + 1j] * 30, c), np.array([], c), np.array([1.5, 2.25 + 1j, complex(-3, -0.0)], z), np.array([1e5 + 1e-5j], c),
    np.array([-128, 127], np.int8), np.array([65535, 0], np.uint16), np.array([2**32 - 1, 5], np.uint32), np.uint8(200),
    np.int16(-300), np.array([[1, 20], [255, 3]], np.uint8),
]
NAMES = {"float32": "LK_FLOAT32", "float64": "LK_FLOAT64", "int32": "LK_INT32", "int64": "LK_INT64", "bool": "LK_BOOL",
         "float16": "LK_FLOAT16", "complex64": "LK_COMPLEX64", "complex128": "LK_COMPLEX128", "int8": "LK_INT8", "int16": "LK_INT16",
         "uint8": "LK_UINT8", "uint16": "LK_UINT16", "uint32": "LK_UINT32"}


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", '\\n"\n    "') + '"'


def number(x):
    if np.isnan(x):
        return "NAN"
    if np.isinf(x):
        return "-INFINITY" if x < 0 else "INFINITY"
    return float(x).hex()


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print(f"/* Recorded by numpy_text.py with NumPy {np.__version__}: dtype, shape, elements, text. Elements NULL: 0, 1, 2, … / divisor. */")
    for case in CASES:
        array = np.asarray(case)
        dims = ", ".join(map(str, array.shape))
        shape = f"FIXED ({dims})"
        name = NAMES[array.dtype.name]
        with np.errstate(all="ignore"):
            text = str(case)
        flat = array.reshape(-1)
        # Of complex numbers both parts, one after the other.
        flat = flat.astype(z).view(d) if array.dtype.kind == "c" else flat.astype(d)
        values = ", ".join(number(x) for x in flat)
        if array.size > 100 and array.dtype != np.bool_:
            divisor = {d: 1}.get(array.dtype, 1) if array.dtype.kind == "i" else round(1 / float(array.reshape(-1)[1]))
            print(f"CASE_RANGE ({name}, {shape}, {divisor},\n    {quote(text)})")
        elif array.size > 100:
            print(f"CASE_ONES ({name}, {shape},\n    {quote(text)})")
        else:
            print(f"CASE ({name}, {shape}, VALUES ({values}),\n    {quote(text)})")


if __name__ == "__main__":
    main()
