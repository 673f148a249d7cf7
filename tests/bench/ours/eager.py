# SPDX-License-Identifier: MIT
"""Eager ops from Python: without a tape, and with one that watches."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import tensorflow as tf  # noqa: E402
from sample import sample  # noqa: E402

s, m = tf.constant(1.0), tf.random.normal((16, 16))
add, matmul, relu = tf.add, tf.matmul, tf.nn.relu
WORKS = {"add []": lambda: add(s, s), "add 16²": lambda: add(m, m), "relu 16²": lambda: relu(m),
         "matmul 16²": lambda: matmul(m, m)}


def taped(function):
    """As a program does it: a tape for a few ops. Here it is entered once for a hundred of them."""
    hundred = range(100)

    def run():
        with tf.GradientTape() as tape:
            tape.watch(s)
            tape.watch(m)
            for _ in hundred:
                function()
    return run


for work, function in WORKS.items():
    sample(f"{work} from Python", "ours", "ns", function)
for work, function in WORKS.items():
    sample(f"100 × {work} on a tape", "ours", "µs", taped(function))
sample("add 16² by operator", "ours", "ns", lambda: m + m)
sample("matmul 16² by operator", "ours", "ns", lambda: m @ m)
