# SPDX-License-Identifier: MIT
"""Samples of classes: their form, how often each comes, and the counts that are said to be expected."""
import unittest

import numpy as np
import tensorflow as tf

R = tf.random


class Candidates(unittest.TestCase):
    def test_different(self):
        for sampler in (R.uniform_candidate_sampler, R.log_uniform_candidate_sampler):
            for call in (sampler, tf.function(sampler)):
                found = call([[1, 2]], 2, 7, True, 9, seed=3).sampled_candidates
                self.assertEqual((found.dtype, found.shape), (tf.int64, [7]))
                self.assertEqual(len(set(found.numpy().tolist())), 7)
                self.assertTrue(set(found.numpy().tolist()) <= set(range(9)))
        with self.assertRaisesRegex(ValueError, "range is too small"):
            R.uniform_candidate_sampler([[1]], 1, 5, True, 4)

    def test_expected(self):
        p = np.log((np.arange(6) + 2) / (np.arange(6) + 1)) / np.log(7)
        self.assertAlmostEqual(p.sum(), 1)
        found, true, sampled = R.log_uniform_candidate_sampler([[1, 2], [0, 5]], 2, 4, False, 6)
        np.testing.assert_allclose(true.numpy(), 4 * p[[[1, 2], [0, 5]]], rtol=1e-5)
        np.testing.assert_allclose(sampled.numpy(), 4 * p[found.numpy()], rtol=1e-5)
        _, true, sampled = R.uniform_candidate_sampler([[1]], 1, 1, True, 8)      # one class takes one draw
        np.testing.assert_allclose([float(true[0, 0]), float(sampled[0])], 1 / 8, rtol=1e-5)
        found, true, sampled = R.log_uniform_candidate_sampler([[0, 5]], 2, 4, True, 6)
        tries = np.log1p(-true.numpy()[0]) / np.log1p(-p[[0, 5]])
        self.assertGreaterEqual(round(tries[1]), 4)
        np.testing.assert_allclose(tries, round(tries[1]), rtol=2e-3)

    def test_frequency(self):
        R.set_seed(1)
        found = R.log_uniform_candidate_sampler([[0]], 1, 20000, False, 6).sampled_candidates.numpy()
        p = np.log((np.arange(6) + 2) / (np.arange(6) + 1)) / np.log(7)
        np.testing.assert_allclose(np.bincount(found, minlength=6) / 20000, p, atol=0.015)

    def test_all(self):
        found, true, sampled = R.all_candidate_sampler([[1, 2]], 2, 4, True)
        self.assertEqual([t.numpy().tolist() for t in (found, true, sampled)], [[0, 1, 2, 3], [[1, 1]], [1, 1, 1, 1]])

    def test_hits(self):
        rows, places, weights = tf.nn.compute_accidental_hits([[1, 2], [0, 4]], [4, 2, 2], 2)
        self.assertEqual((rows.dtype, places.dtype), (tf.int32, tf.int64))
        self.assertEqual((rows.numpy().tolist(), places.numpy().tolist()), ([0, 0, 1], [1, 2, 0]))
        self.assertTrue((weights.numpy() == -np.finfo(np.float32).max).all())


class Losses(unittest.TestCase):
    """Against the sums that define them, for given samples."""

    def setUp(self):
        draw = np.random.default_rng(2)
        self.w, self.b = draw.normal(size=(7, 3)), draw.normal(size=7)
        self.x, self.labels = draw.normal(size=(2, 3)), np.array([[1, 2], [0, 4]])
        self.sampled = np.array([4, 3, 6])
        self.values = (self.sampled, np.array([[0.5, 0.25], [0.75, 0.5]]), np.array([0.3, 0.2, 0.6]))
        true = (self.w[self.labels] * self.x[:, None]).sum(2) + self.b[self.labels] - np.log(self.values[1])
        others = self.x @ self.w[self.sampled].T + self.b[self.sampled] - np.log(self.values[2])
        self.logits = np.concatenate([true, others], 1)
        self.targets = np.concatenate([np.full((2, 2), 0.5), np.zeros((2, 3))], 1)

    def test_nce(self):
        z, t = self.logits, self.targets
        expected = (np.log1p(np.exp(z)) - t * z).sum(1)
        for call in (tf.nn.nce_loss, tf.function(tf.nn.nce_loss)):
            found = call(self.w, self.b, self.labels, self.x, 3, 7, 2, self.values)
            np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)

    def test_softmax(self):
        z = self.logits.copy()
        z[1, 2] = -np.inf           # sample 4 is a true class of row 1
        expected = -(self.targets[:, :2] * (z[:, :2] - np.log(np.exp(z).sum(1, keepdims=True)))).sum(1)
        found = tf.nn.sampled_softmax_loss(self.w, self.b, self.labels, self.x, 3, 7, 2, self.values)
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)

    def test_learns(self):
        w, b = tf.Variable(tf.zeros([20, 4])), tf.Variable(tf.zeros([20]))
        x = tf.one_hot([0, 1, 2, 3], 4)
        y = tf.constant([[3], [8], [13], [18]])
        optimizer = tf.keras.optimizers.Adam(0.1)
        for _ in range(100):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.nn.sampled_softmax_loss(w, b, y, x, 5, 20))
            optimizer.apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b]))
        found = tf.argmax(x @ tf.transpose(w) + b, 1)
        self.assertEqual(found.numpy().tolist(), [3, 8, 13, 18])


if __name__ == "__main__":
    unittest.main()
