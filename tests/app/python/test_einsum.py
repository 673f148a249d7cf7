# SPDX-License-Identifier: MIT
"""tf.einsum against NumPy's."""
import unittest

import numpy as np
import tensorflow as tf


class Einsum(unittest.TestCase):
    def test_as_numpy(self):
        rng = np.random.default_rng(0)
        for equation, *shapes in (
                ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ij->ji", (2, 3)),
                ("...ii->...i", (2, 3, 3)), ("...ij,...jk->...ik", (2, 1, 2, 3), (4, 3, 2)), ("bxby->bxy", (3, 2, 3, 2)),
                ("i,j->ij", (2,), (3,)), ("ij->", (2, 3)), ("bij, bjk , bkl -> bil", (2, 3, 4), (2, 4, 2), (2, 2, 3)),
                ("...a,...ab,b->...", (2, 3), (2, 3, 4), (4,)), ("ab,bc,cd,de->ae", (2, 3), (3, 2), (2, 4), (4, 1))):
            with self.subTest(equation):
                values = [rng.normal(size=shape) for shape in shapes]
                np.testing.assert_allclose(tf.einsum(equation, *values), np.einsum(equation, *values), rtol=1e-12)
                traced = tf.function(lambda *v, e=equation: tf.einsum(e, *v))
                np.testing.assert_allclose(traced(*values), np.einsum(equation, *values), rtol=1e-12)

    def test_gradient(self):
        a, b, c = (tf.Variable(np.random.default_rng(i).normal(size=(3, 3))) for i in range(3))
        with tf.GradientTape() as tape:
            y = tf.einsum("ij,jk,kl->il", a, b, c)
        with tf.GradientTape() as other:
            z = a @ b @ c
        for mine, theirs in zip(tape.gradient(y, [a, b, c]), other.gradient(z, [a, b, c])):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12)

    def test_errors(self):
        with self.assertRaisesRegex(ValueError, 'Got 1 inputs for equation "ij,jk->ik", expecting 2'):
            tf.einsum("ij,jk->ik", tf.eye(2))
        with self.assertRaisesRegex(ValueError, "Subscripts have incorrect format"):
            tf.einsum("i1->i", tf.eye(2))


if __name__ == "__main__":
    unittest.main()
