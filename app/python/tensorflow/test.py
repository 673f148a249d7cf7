# SPDX-License-Identifier: MIT
"""tf.test"""
from __future__ import annotations

import unittest

import numpy as np


def is_gpu_available(*args, **kwargs) -> bool:
    return False


is_built_with_cuda = is_built_with_gpu_support = is_built_with_xla = is_gpu_available


def gpu_device_name() -> str:
    return ""


main = unittest.main


class TestCase(unittest.TestCase):
    """unittest's, with comparisons of tensors."""

    def evaluate(self, value):
        return np.asarray(value)

    def assertAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):  # noqa: N802
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol, atol, err_msg=msg or "")

    def assertAllEqual(self, a, b, msg=None):  # noqa: N802
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=msg or "")


def compute_gradient(f, x, delta=None) -> tuple:
    """The jacobians of f by each x, by its gradients and by central differences: 2-D arrays of elements of y by elements
    of x."""
    from .eager.backprop import GradientTape
    from .framework.ops import convert_to_tensor
    if not isinstance(x, (list, tuple)):
        raise ValueError(f"`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not a {type(x)}")
    xs = [convert_to_tensor(value) for value in x]
    delta = 1.0 / 1024 if delta is None else delta
    with GradientTape(persistent=True) as tape:
        tape.watch(xs)
        y = f(*xs)
    theory = []
    for value in xs:
        found = tape.jacobian(y, value, unconnected_gradients="zero")
        theory.append(np.reshape(found.numpy(), [y.shape.num_elements(), value.shape.num_elements()]))
    return theory, [_differences(f, xs, i, delta) for i in range(len(xs))]


def _differences(f, xs: list, which: int, delta: float) -> np.ndarray:
    value = xs[which].numpy()
    columns = []
    for k in range(value.size):
        sides = []
        for side in (delta, -delta):
            moved = np.array(value)
            moved.reshape(-1)[k] += side
            sides.append(np.reshape(f(*xs[:which], moved, *xs[which + 1:]), [-1]))
        columns.append((sides[0] - sides[1]) / (2 * delta))
    return np.stack(columns, 1) if columns else np.zeros([np.size(f(*xs)), 0], value.dtype)
