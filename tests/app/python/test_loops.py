# SPDX-License-Identifier: MIT
"""Loops in graphs give what the same Python gives eagerly, whatever their variables are and however they change places."""
import unittest

import numpy as np
import tensorflow as tf


def loop(body, *first, times=7):
    """body's variables after so many rounds."""
    def run(n, *variables):
        count = lambda i, *_: i < n
        return tf.while_loop(count, lambda i, *v: (i + 1, *body(i, *v)), [tf.constant(0), *variables])[1:]
    return run, (tf.constant(times), *first)


F, V = tf.constant(1.5), tf.constant([1.0, -2.0, 3.0])
LARGE = tf.constant(np.linspace(-1, 1, 20000, dtype=np.float32))
LOOPS = {
    "scalar": loop(lambda i, x: (x * 0.9 + 1.0,), F),
    "fibonacci": loop(lambda i, a, b: (b, a + b), tf.constant(0), tf.constant(1), times=20),
    "rotation": loop(lambda i, a, b, c: (b, c, a), F, F * 2, F * 3),
    "rotation of vectors": loop(lambda i, a, b: (b, a), V, V * 2),
    "twice the same": loop(lambda i, a, b: (a + b, a + b), F, F),
    "one result in two places": loop(lambda i, a, b: (lambda s: (s, s))(a * b + 1), F, F),
    "one stays": loop(lambda i, a, b: (a + b, b), F, F * 2),
    "a constant": loop(lambda i, a: (tf.constant(4.0),), F),
    "a captured value": loop(lambda i, a: (V,), V * 2),
    "of what was captured": loop(lambda i, a: (a + V * F,), V),
    "never": loop(lambda i, a, b: (a + 1, b), F, V, times=0),
    "once": loop(lambda i, a: (a + 1,), F, times=1),
    "the counter": loop(lambda i, a: (a + tf.cast(i, tf.float32),), F),
    "vectors": loop(lambda i, x: (tf.tanh(x) + 0.5,), V),
    "large": loop(lambda i, x, y: (x * 0.5 + y, y), LARGE, LARGE * 2),
    "large, in turn": loop(lambda i, x, y: (y, x + 1), LARGE, LARGE * 2),
    "small and large": loop(lambda i, x, s: (x * s, s + 0.25), LARGE, F),
    "a product": loop(lambda i, x: (tf.linalg.matmul(x, x) / 2.0,), tf.eye(3) + 0.1),
    "a sum": loop(lambda i, x, s: (x + 1, s + tf.reduce_sum(x)), V, F),
    "a branch": loop(lambda i, x: (tf.cond(i % 2 == 0, lambda: x + 1, lambda: x * 2),), F),
    "a loop": loop(lambda i, x: (tf.while_loop(lambda k, y: k < i, lambda k, y: (k + 1, y + 1), [0, x])[1],), F),
    "a growing vector": (lambda n, x: tf.while_loop(lambda x: tf.size(x) < n, lambda x: (tf.concat([x, x[:1]], 0),), [x],
                                                    shape_invariants=[tf.TensorShape([None])]), (tf.constant(9), V)),
    "what is kept": (lambda n, x: tf.while_loop(
        lambda i, x, kept: i < n, lambda i, x, kept: (i + 1, x * 2, kept.write(i, x)),
        [0, x, tf.TensorArray(tf.float32, 6)])[2].stack(), (tf.constant(6), V)),
}


class Loops(unittest.TestCase):
    def same(self, got, expected, name):
        for a, b in zip(tf.nest.flatten(got), tf.nest.flatten(expected)):
            np.testing.assert_array_equal(a.numpy(), b.numpy(), name)

    def test_as_eagerly(self):
        for name, (body, arguments) in LOOPS.items():
            function = tf.function(body)
            expected = body(*arguments)
            held = [function(*arguments) for _ in range(4)]
            for results in held:
                self.same(results, expected, name)

    def test_what_goes_in_stays(self):
        x = tf.constant(1.0)
        f = tf.function(lambda x, n: tf.while_loop(lambda i, x, y: i < n, lambda i, x, y: (i + 1, y, x + y), [0, x, x])[1:])
        for n in range(6):
            a, b = f(x, tf.constant(n))
            self.assertEqual(x.numpy(), 1.0)
            self.assertEqual((a.numpy(), b.numpy()), ([1, 1, 2, 3, 5, 8][n], [1, 2, 3, 5, 8, 13][n]))

    def test_errors_inside(self):
        f = tf.function(lambda n, d: tf.while_loop(lambda i, x: i < n, lambda i, x: (i + 1, x + 10 // (d - i)), [0, 0])[1])
        self.assertEqual(f(tf.constant(3), tf.constant(5)).numpy(), 10 // 5 + 10 // 4 + 10 // 3)
        for _ in range(3):
            with self.assertRaises(tf.errors.InvalidArgumentError):
                f(tf.constant(4), tf.constant(2))
            self.assertEqual(f(tf.constant(2), tf.constant(3)).numpy(), 10 // 3 + 10 // 2)

    def test_gradients_through_loops(self):
        @tf.function
        def f(x):
            for _ in tf.range(5):
                x = x * x * 0.5 + x
            return x

        def plain(x):
            for _ in range(5):
                x = x * x * 0.5 + x
            return x
        for value in (0.1, -0.5, 0.7):
            x = tf.constant(value)
            grads = []
            for function in (f, plain):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = function(x)
                grads.append((y.numpy(), tape.gradient(y, x).numpy()))
            self.assertEqual(grads[0], grads[1])


if __name__ == "__main__":
    unittest.main()
