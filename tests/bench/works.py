# SPDX-License-Identifier: MIT
"""What ours and its peers compute, for all of them to be written once."""
ITERATIONS = 100_000


def chain(x, b, tanh, exp, relu):
    """Ten elementwise ops."""
    t = relu(exp(tanh(x * b + x)) - b)
    return t * x / b + b - x


def scalars(x, b, n: int = 1000):
    """So many dependent ops."""
    for _ in range(n // 2):
        x = x * b
        x = x + b
    return x
