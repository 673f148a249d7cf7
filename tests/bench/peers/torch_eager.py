# SPDX-License-Identifier: MIT
"""Eager ops in PyTorch: without gradients, and recording them."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import torch  # noqa: E402
from sample import sample  # noqa: E402

torch.set_num_threads(1)
add, matmul, relu = torch.add, torch.mm, torch.relu


def works(s, m):
    return {"add []": lambda: add(s, s), "add 16²": lambda: add(m, m), "relu 16²": lambda: relu(m),
            "matmul 16²": lambda: matmul(m, m)}


def hundred(function):
    rounds = range(100)

    def run():
        for _ in rounds:
            function()
    return run


with torch.no_grad():
    for work, function in works(torch.tensor(1.0), torch.randn(16, 16)).items():
        sample(f"{work} from Python", "PyTorch", "ns", function)
watched = works(torch.tensor(1.0, requires_grad=True), torch.randn(16, 16, requires_grad=True))
for work, function in watched.items():
    sample(f"100 × {work} on a tape", "PyTorch", "µs", hundred(function))
