# SPDX-License-Identifier: MIT
"""Eager ops in NumPy."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import numpy as np  # noqa: E402
from sample import sample  # noqa: E402

s, m, zero = np.array(1, np.float32), np.random.default_rng(0).standard_normal((16, 16), np.float32), np.float32(0)
add, matmul, maximum = np.add, np.matmul, np.maximum
for work, function in {"add []": lambda: add(s, s), "add 16²": lambda: add(m, m), "relu 16²": lambda: maximum(m, zero),
                       "matmul 16²": lambda: matmul(m, m)}.items():
    sample(f"{work} from Python", "NumPy", "ns", function)
