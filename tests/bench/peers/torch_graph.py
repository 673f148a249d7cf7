# SPDX-License-Identifier: MIT
"""The same graphs in PyTorch: eagerly, and compiled by torch.jit."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import torch  # noqa: E402
from sample import sample  # noqa: E402
from works import scalars  # noqa: E402

torch.set_num_threads(1)


def two(x, y):
    return torch.relu(x + y)


def chain(x, b):
    """As in works.py, in the words that torch.jit.script can read."""
    t = torch.relu(torch.exp(torch.tanh(x * b + x)) - b)
    return t * x / b + b - x


x, half = torch.tensor(1.0), torch.tensor(0.5)
with torch.no_grad():
    compiled = torch.jit.script(two)
    sample("call of two ops", "torch.jit", "µs", lambda: compiled(x, x))
    traced = torch.jit.trace(scalars, (x, half))
    sample("1,000 scalar ops", "torch.jit", "ns", lambda: traced(x, half), units=1000)
    for n, unit in ((1_000_000, "ms"), (1000, "µs")):
        a, b = torch.rand(n) - 0.5, torch.rand(n) + 1
        fused = torch.jit.script(chain)
        sample(f"chain of ten, {n:,} floats", "torch.jit", unit, lambda: fused(a, b))
        sample(f"chain of ten, {n:,} floats", "PyTorch", unit, lambda: chain(a, b))
