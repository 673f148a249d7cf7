# SPDX-License-Identifier: MIT
"""The same in NumPy: as it is written, and into one array."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import numpy as np  # noqa: E402
from sample import sample  # noqa: E402
from works import chain, scalars  # noqa: E402

ZERO = np.float32(0)


def in_place(x, b):
    t = x * b
    t += x
    np.tanh(t, t)
    np.exp(t, t)
    t -= b
    np.maximum(t, ZERO, out=t)
    t *= x
    t /= b
    t += b
    t -= x
    return t


one, half = np.array(1, np.float32), np.array(0.5, np.float32)
sample("1,000 scalar ops", "NumPy", "ns", lambda: scalars(one, half), units=1000)
for n, unit in ((1_000_000, "ms"), (1000, "µs")):
    rng = np.random.default_rng(0)
    x, b = rng.random(n, np.float32) - np.float32(0.5), rng.random(n, np.float32) + np.float32(1)
    sample(f"chain of ten, {n:,} floats", "NumPy", unit,
           lambda: chain(x, b, np.tanh, np.exp, lambda t: np.maximum(t, ZERO)))
    sample(f"chain of ten, {n:,} floats", "NumPy in place", unit, lambda: in_place(x, b))
