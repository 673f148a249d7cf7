# SPDX-License-Identifier: MIT
"""Threads: how many are asked for, and that a model learns the same bits with any number of them."""
import hashlib
import unittest

import _lockstep
import numpy as np
import tensorflow as tf


def learn():
    """A few steps of a small convolutional network; the hash of what it has learned."""
    random = np.random.default_rng(1)

    def weights(*shape):
        return tf.Variable(random.normal(scale=0.1, size=shape).astype(np.float32))

    x, y = tf.constant(random.normal(size=(64, 28, 28, 1)).astype(np.float32)), tf.constant(random.integers(0, 10, 64))
    filters, dense = [weights(5, 5, 1, 6), weights(5, 5, 6, 16)], [weights(256, 1200), weights(1200, 10)]
    biases = [weights(6), weights(16), weights(1200), weights(10)]
    optimizer = tf.keras.optimizers.Adam(0.01)
    for _ in range(3):
        with tf.GradientTape() as tape:
            h = x
            for f, b in zip(filters, biases):
                h = tf.nn.max_pool2d(tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(h, f, 1, "VALID"), b)), 2, 2, "VALID")
            h = tf.nn.relu(tf.matmul(tf.reshape(h, [64, 256]), dense[0]) + biases[2])
            logits = tf.matmul(h, dense[1]) + biases[3]
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        variables = filters + dense + biases
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return hashlib.sha256(b"".join(v.numpy().tobytes() for v in variables)).hexdigest()


class Threads(unittest.TestCase):
    def tearDown(self):
        tf.config.threading.set_intra_op_parallelism_threads(0)

    def test_same_bits(self):
        hashes = []
        for n in (1, 2, 3):
            tf.config.threading.set_intra_op_parallelism_threads(n)
            self.assertEqual(_lockstep.threads(), n)
            hashes.append(learn())
        self.assertEqual(len(set(hashes)), 1)

    def test_number(self):
        self.assertEqual(tf.config.threading.get_intra_op_parallelism_threads(), 0)
        tf.config.threading.set_intra_op_parallelism_threads(5)
        self.assertEqual(tf.config.threading.get_intra_op_parallelism_threads(), 5)
        with self.assertRaises(ValueError):
            tf.config.threading.set_intra_op_parallelism_threads(-1)


if __name__ == "__main__":
    unittest.main()
