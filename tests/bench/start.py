# SPDX-License-Identifier: MIT
"""What it takes to import a package and run a first op: time of the whole process less that of an empty Python, and peak memory
above it. Usage: start.py ours|NumPy|PyTorch"""
import json
import os
import statistics
import subprocess
import sys
import time

PYTHON = "/usr/bin/python3"
PROGRAMS = {"ours": "import tensorflow as tf; tf.constant(1.0) + 1.0", "NumPy": "import numpy as np; np.float32(1) + 1",
            "PyTorch": "import torch; torch.tensor(1.0) + 1", "empty": "pass"}


def run(program: str) -> tuple:
    """Milliseconds and peak MiB of a process."""
    began = time.perf_counter()
    child = subprocess.Popen([PYTHON, "-c", program])
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"start: '{program}' failed")
    return (time.perf_counter() - began) * 1e3, usage.ru_maxrss / 1024


who = sys.argv[1]
pairs = [(run(PROGRAMS["empty"]), run(PROGRAMS[who])) for _ in range(7)]
for i, (what, unit) in enumerate((("import and first op, time", "ms"), ("import and first op, memory", "MiB"))):
    above = [program[i] - empty[i] for empty, program in pairs]
    print(json.dumps({"work": what, "who": who, "unit": unit, "median": statistics.median(above), "best": min(above)}))
