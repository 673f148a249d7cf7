# SPDX-License-Identifier: MIT
"""Datasets and iterators in functions: their loops are nodes, and elements come when the graph runs."""
import unittest

import numpy as np
import tensorflow as tf


def numbers(n):
    return tf.data.Dataset.range(n)


class Loops(unittest.TestCase):
    def test_argument(self):
        traces = []

        @tf.function
        def total(ds):
            traces.append(1)
            s = tf.constant(0, tf.int64)
            for x in ds:
                s += x
            return s
        self.assertEqual(int(total(numbers(5))), 10)
        self.assertEqual(int(total(numbers(7))), 21)        # of the same element_spec: the same trace
        self.assertEqual(len(traces), 1)
        self.assertEqual(int(total(numbers(0))), 0)

    def test_around(self):
        seen = []

        def make():
            for i in range(4):
                seen.append(i)
                yield i
        ds = tf.data.Dataset.from_generator(make, output_signature=tf.TensorSpec([], tf.int32))

        @tf.function
        def last():
            y = tf.constant(-1)
            for x in ds:
                y = x
            return y
        self.assertEqual([int(last()), int(last())], [3, 3])
        self.assertEqual(seen, [0, 1, 2, 3] * 2)            # in each run anew

    def test_jumps(self):
        @tf.function
        def f(ds, stop):
            s = tf.constant(0, tf.int64)
            for x in ds:
                if x == 1:
                    continue
                if x == stop:
                    break
                s += x
            return s
        self.assertEqual(int(f(numbers(10), tf.constant(4, tf.int64))), 5)
        self.assertEqual(int(f(numbers(3), tf.constant(4, tf.int64))), 2)

        @tf.function
        def first_above(ds, limit):
            for x in ds:
                if x > limit:
                    return x
            return tf.constant(-1, tf.int64)
        self.assertEqual(int(first_above(numbers(10), tf.constant(6, tf.int64))), 7)
        self.assertEqual(int(first_above(numbers(3), tf.constant(6, tf.int64))), -1)

    def test_structure(self):
        ds = tf.data.Dataset.from_tensor_slices({"a": np.arange(6.0), "b": np.arange(12).reshape(6, 2)}).batch(4)

        @tf.function
        def f(ds):
            s, n = tf.constant(0.0, tf.float64), tf.constant(0)
            for batch in ds:
                self.assertEqual(batch["b"].shape.as_list(), [None, 2])
                s += tf.reduce_sum(batch["a"])
                n += tf.shape(batch["b"])[0]
            return s, n
        self.assertEqual([float(v) for v in f(ds)], [15.0, 6.0])

    def test_nested_and_derived(self):
        @tf.function
        def f(ds):
            s = tf.constant(0, tf.int64)
            for x in ds.take(3):
                for y in ds.map(lambda v: v * 10).skip(1):
                    s += x * y
            return s
        self.assertEqual(int(f(numbers(4))), (0 + 1 + 2) * (10 + 20 + 30))
        self.assertEqual(int(f(numbers(2))), 10)

    def test_enumerate_and_zip(self):
        @tf.function
        def f(a, b):
            s = tf.constant(0, tf.int64)
            for i, (x, y) in enumerate(zip(a, b)):
                s += i * x * y
            return s
        self.assertEqual(int(f(numbers(4), numbers(9))), sum(i * i * i for i in range(4)))

    def test_training(self):
        x = np.linspace(-1, 1, 32).astype("float32")
        ds = tf.data.Dataset.from_tensor_slices((x, 3 * x)).batch(8)
        w = tf.Variable(0.0)

        @tf.function
        def epoch(ds):
            for a, b in ds:
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean((w * a - b) ** 2)
                w.assign_sub(tape.gradient(loss, w))
        for _ in range(20):
            epoch(ds)
        self.assertAlmostEqual(float(w), 3, 4)


class Iterators(unittest.TestCase):
    def test_next(self):
        it = iter(numbers(4))

        @tf.function
        def step(it):
            return next(it) * 10
        self.assertEqual([int(step(it)), int(step(it)), int(next(it))], [0, 10, 2])
        self.assertEqual(int(step(it)), 30)
        with self.assertRaises(tf.errors.OutOfRangeError):
            step(it)

    def test_found_around(self):
        it = iter(numbers(3))

        @tf.function
        def step():
            return it.get_next() + 1
        self.assertEqual([int(step()), int(step()), int(step())], [1, 2, 3])

    def test_loop_leaves_the_rest(self):
        it = iter(numbers(6))

        @tf.function
        def upto(it, n):
            s = tf.constant(0, tf.int64)
            for x in it:
                s += x
                if x >= n:
                    break
            return s
        self.assertEqual(int(upto(it, tf.constant(2, tf.int64))), 3)
        self.assertEqual(int(next(it)), 3)
        self.assertEqual(int(upto(it, tf.constant(9, tf.int64))), 9)

    def test_optional(self):
        it = iter(numbers(2))

        @tf.function
        def step(it):
            element = it.get_next_as_optional()
            if element.has_value():
                y = element.get_value() + 100
            else:
                y = tf.constant(-1, tf.int64)
            return y
        self.assertEqual([int(step(it)) for _ in range(3)], [100, 101, -1])
        last = iter(numbers(0)).get_next_as_optional()
        self.assertFalse(last.has_value())
        with self.assertRaises(tf.errors.InvalidArgumentError):
            last.get_value()


class Shapes(unittest.TestCase):
    def test_set_shape_is_held_to(self):
        @tf.function
        def f(x):
            y = tf.py_function(lambda v: v, [x], tf.float32)
            self.assertIsNone(y.shape.rank)
            self.assertEqual(tf.reduce_sum(y).shape, ())
            y.set_shape([2, None])
            self.assertEqual(y.shape.as_list(), [2, None])
            return y
        self.assertEqual(f(tf.ones([2, 3])).shape, (2, 3))
        with self.assertRaises(tf.errors.InvalidArgumentError):
            f(tf.ones([3]))


class Liveness(unittest.TestCase):
    """What only an inner loop knows is no variable of the outer one."""

    def test_inner_names(self):
        @tf.function
        def sieve(n):
            found, i = tf.TensorArray(tf.int32, 0, dynamic_size=True), 0
            for k in tf.range(2, n):
                prime = True
                for d in tf.range(2, k):
                    if d * d > k:
                        break
                    if k % d == 0:
                        prime = False
                        break
                if prime:
                    found = found.write(i, k)
                    i += 1
            return found.stack()
        self.assertEqual(sieve(tf.constant(20)).numpy().tolist(), [2, 3, 5, 7, 11, 13, 17, 19])

    def test_value_after_no_iteration(self):
        @tf.function
        def f(n):
            j = tf.constant(7)
            for k in tf.range(n):
                for j in tf.range(k):
                    pass
            return j
        self.assertEqual([int(f(tf.constant(1))), int(f(tf.constant(5)))], [7, 3])

    def test_temporaries(self):
        @tf.function
        def f(n):
            s, k = tf.constant(0), tf.constant(0)
            while k < n:
                j = tf.constant(0)
                while j < k:
                    j += 1
                    if j == 3:
                        continue
                    t = j
                    s += t
                k += 1
                s += j
            return s
        self.assertEqual(int(f(tf.constant(5))), 24)


if __name__ == "__main__":
    unittest.main()
