# SPDX-License-Identifier: MIT
"""tf.random: the numbers that TensorFlow's documentation shows, streams, generators, and distributions by their moments."""
import unittest

import numpy as np

import tensorflow as tf

R = tf.random


def numbers(tensor):
    return tensor.numpy().tolist()


class Documented(unittest.TestCase):
    """Values from the documentation of each function."""

    def shows(self, tensor, text):
        self.assertEqual(str(tensor.numpy()), text)

    def test_generator(self):
        g = R.Generator.from_seed(1234)
        self.shows(g.normal((2, 3)), "[[ 0.9356609   1.0854305  -0.93788373]\n [-0.5061547   1.3169702   0.7137579 ]]")
        self.assertEqual(numbers(g.state), [2770, 0, 0])
        g = R.Generator.from_seed(123, alg="philox")
        self.shows(g.normal((2, 3)), "[[ 0.8673864  -0.29899067 -0.9310337 ]\n [-1.5828488   1.2481191  -0.6770643 ]]")
        self.assertEqual(numbers(R.create_rng_state(1234, "philox")), [1234, 0, 0])
        self.assertEqual(numbers(R.create_rng_state([12, 34], "threefry")), [12, 34])

    def test_seeds(self):
        seeds = R.split([1, 2], num=3)
        self.shows(seeds, "[[1105988140 1738052849]\n [-335576002  370444179]\n [  10670227 -246211131]]")
        self.shows(R.stateless_normal([3], seeds[0, :]), "[-0.59835213 -0.9578608   0.9002807 ]")
        folded = R.experimental.stateless_fold_in([1, 2], 3)
        self.shows(folded, "[1105988140          3]")
        self.shows(R.stateless_normal([3], folded), "[0.03197195 0.8979765  0.13253039]")
        self.shows(R.experimental.stateless_shuffle([[1, 2], [3, 4], [5, 6]], [8, 9]), "[[5 6]\n [1 2]\n [3 4]]")

    def test_set_seed(self):
        R.set_seed(42)
        self.shows(R.normal([3]), "[ 0.3274685 -0.8426258  0.3194337]")


class Generators(unittest.TestCase):
    def test_draws(self):
        a, b = R.Generator.from_seed(5), R.Generator.from_seed(5)
        self.assertEqual(numbers(a.normal([7])), numbers(b.normal([7])))
        self.assertEqual(numbers(a.state), numbers(b.state))
        self.assertNotEqual(numbers(a.normal([7])), numbers(a.normal([7])))
        a.reset_from_seed(5)
        a.skip(7)
        b.reset_from_seed(5)
        b.uniform([7], 1, 9, tf.int64)
        self.assertEqual(numbers(a.state), numbers(b.state))
        self.assertEqual(numbers(a.truncated_normal([2], dtype=tf.float64)), numbers(b.truncated_normal([2], dtype=tf.float64)))
        self.assertEqual(a.uniform([2, 0]).shape, [2, 0])
        self.assertTrue(1 <= numbers(a.uniform([], 1, 3)) < 3)
        self.assertEqual(a.uniform([2], None, None, tf.int32).dtype, tf.int32)
        self.assertEqual(a.uniform_full_int([2]).dtype, tf.uint64)
        self.assertTrue(np.all(np.isin(a.binomial([50, 2], [3.0, 4.0], 0.5).numpy(), range(5))))
        self.assertEqual(a.make_seeds(3).shape, [2, 3])
        with self.assertRaisesRegex(ValueError, "both `None` or both non-`None`"):
            a.uniform([2], 1, None, tf.int32)

    def test_made_of(self):
        first, second = R.Generator.from_seed(1).split(2)
        self.assertNotEqual(numbers(first.normal([3])), numbers(second.normal([3])))
        self.assertEqual(numbers(R.Generator(copy_from=first).normal([3])), numbers(first.normal([3])))
        g = R.Generator.from_key_counter(7, [1, 2], "philox")
        self.assertEqual(numbers(g.state), [1, 2, 7])
        self.assertEqual(numbers(g.key), 7)
        g.reset([4, 5, 6])
        self.assertEqual(numbers(R.Generator.from_state([4, 5, 6], alg=1).normal([])), numbers(g.normal([])))
        self.assertEqual(numbers(R.create_rng_state(-1, 1)), [-1, -1, -1])
        self.assertNotEqual(numbers(R.Generator.from_non_deterministic_state().state),
                            numbers(R.Generator.from_non_deterministic_state().state))
        with self.assertRaisesRegex(ValueError, "unsupported string value"):
            R.Generator.from_seed(1, alg="dice")
        R.set_global_generator(R.Generator.from_seed(9))
        self.assertEqual(numbers(R.get_global_generator().normal([])), numbers(R.Generator.from_seed(9).normal([])))

    def test_function(self):
        g, eager = R.Generator.from_seed(3), R.Generator.from_seed(3)
        draw = tf.function(lambda shape: g.normal(shape), input_signature=[tf.TensorSpec([None], tf.int32)])
        for shape in ([2], [3, 2]):
            self.assertEqual(numbers(draw(shape)), numbers(eager.normal(shape)))
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Unsupported algorithm id: 2"):
            R.Generator.from_seed(1, alg="threefry").normal([])

    def test_checkpoint(self):
        g = R.Generator.from_seed(1)
        self.assertEqual(len(g.variables), 1)


class Stateless(unittest.TestCase):
    def test_same(self):
        for draw in (R.stateless_uniform, R.stateless_normal, R.stateless_truncated_normal):
            for dtype in (tf.float16, tf.float32, tf.float64):
                x = draw([5], [1, 2], dtype=dtype)
                self.assertEqual(x.dtype, dtype)
                self.assertEqual(numbers(x), numbers(draw([5], [1, 2], dtype=dtype)))
                traced = tf.function(lambda s, d=draw, t=dtype: d(s, [1, 2], dtype=t))
                self.assertEqual(numbers(x), numbers(traced(tf.constant([5]))))
            self.assertEqual(draw([5], [1, 2], dtype=tf.bfloat16).dtype, tf.bfloat16)
        for dtype in (tf.int32, tf.int64, tf.uint32, tf.uint64):
            self.assertEqual(R.stateless_uniform([5], [1, 2], None, None, dtype).dtype, dtype)
        self.assertTrue(set(numbers(R.stateless_uniform([99], [1, 2], 3, 6, tf.int64))) == {3, 4, 5})
        with self.assertRaisesRegex(ValueError, "must be both None or not None"):
            R.stateless_uniform([5], [1, 2], 0, None, tf.int32)
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, r"seed must have shape \[2\], not \[3\]"):
            R.stateless_normal([5], [1, 2, 3])

    def test_shuffles(self):
        order = R.experimental.index_shuffle(tf.range(100), [3, 4], 99)
        self.assertEqual(sorted(numbers(order)), list(range(100)))
        self.assertEqual(sorted(numbers(R.experimental.stateless_shuffle(tf.range(100), [3, 4]))), list(range(100)))


class Distributions(unittest.TestCase):
    def moments(self, x, mean, variance):
        x = x.numpy().astype(np.float64)
        self.assertLess(abs(x.mean() - mean), 5 * (variance / x.size) ** 0.5)
        self.assertLess(abs(x.var() / variance - 1), 0.05)

    def test_moments(self):
        R.set_seed(3)
        self.moments(R.gamma([20000], 3.0, 2.0), 1.5, 0.75)
        self.moments(R.poisson([20000], 4.0), 4, 4)
        self.moments(R.categorical(tf.math.log([[0.25, 0.75]]), 20000), 0.75, 0.1875)
        self.moments(R.normal([20000], 2.0, 3.0), 2, 9)
        self.moments(R.uniform([20000], dtype=tf.float16), 0.5, 1 / 12)
        self.moments(R.stateless_gamma([20000], [1, 2], 0.5), 0.5, 0.5)
        self.moments(R.stateless_poisson([20000], [1, 2], 30.0), 30, 30)
        self.moments(R.stateless_binomial([20000], [1, 2], 50.0, 0.4), 20, 12)
        self.moments(R.stateless_categorical([[0.0, 0.0]], 20000, [1, 2]), 0.5, 0.25)

    def test_shapes(self):
        self.assertEqual(R.gamma([4], [[1.0], [2.0]], [1.0, 2.0, 3.0]).shape, [4, 2, 3])
        self.assertEqual(R.poisson([4, 1], [1.0, 2.0], tf.float64).dtype, tf.float64)
        self.assertEqual(R.stateless_gamma([5, 2], [1, 2], [1.0, 2.0]).shape, [5, 2])
        self.assertEqual(R.categorical([[0.0, 1.0]], 3, tf.int32).dtype, tf.int32)
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "must end with broadcasted shape"):
            R.stateless_gamma([5, 3], [1, 2], [1.0, 2.0])
        with self.assertRaisesRegex(ValueError, "Must specify maxval"):
            R.uniform([2], dtype=tf.int32)


if __name__ == "__main__":
    unittest.main()
