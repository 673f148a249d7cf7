# SPDX-License-Identifier: MIT
"""The MLPs' training steps by hand in NumPy: forward, backward and Adam, with updates in place."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import numpy as np  # noqa: E402
from sample import sample  # noqa: E402

random = np.random.default_rng(1)
f = np.float32


def forward(x, weights, biases):
    """The inputs of each layer, and the logits."""
    values = [x]
    for w, b in zip(weights, biases):
        values.append(values[-1] @ w + b)
        if len(values) <= len(weights):
            np.maximum(values[-1], 0, values[-1])
    return values


def backward(values, labels, weights):
    """Gradients of the mean cross-entropy: of the weights, then of the biases."""
    e = np.exp(values[-1] - values[-1].max(1, keepdims=True))
    g = (e / e.sum(1, keepdims=True) - labels) / f(len(labels))
    of_weights, of_biases = [], []
    for i in reversed(range(len(weights))):
        of_weights.insert(0, values[i].T @ g)
        of_biases.insert(0, g.sum(0))
        if i > 0:
            g = g @ weights[i].T * (values[i] > 0)
    return of_weights + of_biases


def adam(parameters, gradients, means, squares, t):
    rate, correct = f(1e-3 / (1 - 0.9 ** t)), f(1 / (1 - 0.999 ** t))
    for p, g, m, s in zip(parameters, gradients, means, squares):
        m *= f(0.9)
        m += f(0.1) * g
        s *= f(0.999)
        s += f(0.001) * (g * g)
        p -= rate * m / (np.sqrt(s * correct) + f(1e-7))


def step_of(widths, batch):
    weights = [(random.standard_normal((n, m)) * (2 / n) ** 0.5).astype(f) for n, m in zip(widths, widths[1:])]
    parameters = weights + [np.zeros(m, f) for m in widths[1:]]
    means, squares = [[np.zeros_like(p) for p in parameters] for _ in range(2)]
    x = random.standard_normal((batch, widths[0]), f)
    labels = np.eye(widths[-1], dtype=f)[random.integers(0, widths[-1], batch)]
    count = [0]

    def step():
        count[0] += 1
        values = forward(x, weights, parameters[len(weights):])
        adam(parameters, backward(values, labels, weights), means, squares, count[0])
    return step


wanted = sys.argv[1:] or ["digits", "784"]
if "digits" in wanted:
    sample("MLP 64-128-64-10, batch 32", "NumPy by hand", "µs", step_of((64, 128, 64, 10), 32))
if "784" in wanted:
    sample("MLP 784-512-512-10, batch 64", "NumPy by hand", "ms", step_of((784, 512, 512, 10), 64))
