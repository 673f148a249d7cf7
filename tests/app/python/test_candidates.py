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


if __name__ == "__main__":
    unittest.main()
