# SPDX-License-Identifier: MIT
"""tf.nn.ctc_loss and decoders; the losses and gradients are those of PyTorch's ctc_loss."""
import unittest

import numpy as np
import tensorflow as tf

V1 = tf.compat.v1.nn
LOGITS = np.arange(60).reshape(5, 3, 4) * 0.37 % 1.9 - 0.8      # [time, batch, classes]
LENGTHS = [5, 5, 3]
GRADIENT = [[-0.2844023858, -0.3925934704, 0.2765805787, 0.4004152775],     # of the first step, blank 0
            [-0.1462185711, 0.4502970698, 0.0975053765, -0.4015838752]]
LOSSES = {0: [4.297714000640929, 6.522626673776578, 2.3456359204151527],
          2: [4.071451240979277, 6.019563201480105, 2.211612123719787]}
LABELS = {0: [[1, 2, 0], [3, 3, 1], [2, 0, 0]], 2: [[1, 0, 0], [3, 3, 1], [3, 0, 0]]}
COUNTS = [2, 3, 1]


def sparse(labels, counts):
    places = [(i, j) for i, n in enumerate(counts) for j in range(n)]
    return tf.SparseTensor(places, [labels[i][j] for i, j in places], [len(counts), max(counts)])


class Loss(unittest.TestCase):
    def same(self, tensor, expected, tolerance=1e-9):
        np.testing.assert_allclose(tensor.numpy(), expected, rtol=tolerance, atol=tolerance)

    def test_dense(self):
        for blank in (0, 2):
            self.same(tf.nn.ctc_loss(LABELS[blank], LOGITS, COUNTS, LENGTHS, blank_index=blank), LOSSES[blank])
        self.same(tf.nn.ctc_loss(LABELS[2], LOGITS, COUNTS, LENGTHS, blank_index=-2), LOSSES[2])
        self.same(tf.nn.ctc_loss(LABELS[0], LOGITS, COUNTS, LENGTHS), LOSSES[0])
        self.same(tf.nn.ctc_loss(LABELS[0], LOGITS.transpose(1, 0, 2), COUNTS, LENGTHS, logits_time_major=False), LOSSES[0])
        unique = tf.nn.ctc_unique_labels(LABELS[0])
        self.same(V1.ctc_loss_v2(LABELS[0], LOGITS, COUNTS, LENGTHS, unique=unique), LOSSES[0])
        narrow = tf.nn.ctc_loss(LABELS[0], tf.cast(LOGITS, tf.float16), COUNTS, LENGTHS)
        self.assertEqual(narrow.dtype, tf.float16)
        self.same(narrow, LOSSES[0], 5e-3)

    def test_gradient(self):
        logits = tf.Variable(LOGITS)
        with tf.GradientTape() as tape:
            loss = tf.nn.ctc_loss(LABELS[0], logits, COUNTS, LENGTHS)
        gradient = tape.gradient(loss, logits).numpy()
        np.testing.assert_allclose(gradient[0, :2], GRADIENT, atol=1e-9)
        self.assertAlmostEqual(np.abs(gradient).sum(), 13.692311919474895)

    def test_no_labels_and_too_many(self):
        labels = [[1, 2, 0], [3, 1, 1], [2, 0, 0]]
        expected = [9.268860065341297, 2.6442529183710537, 5.92818241474399]
        self.same(tf.nn.ctc_loss(labels, LOGITS, [0, 2, 0], [5, 3, 4]), expected)
        too_many = tf.nn.ctc_loss(LABELS[0], LOGITS, [0, 3, 1], [5, 3, 3])
        self.same(too_many, [9.268860065341297, np.inf, 2.3456359204151527])

    def test_sparse(self):
        for blank in (0, 2):
            labels = sparse(LABELS[blank], COUNTS)
            self.same(tf.nn.ctc_loss(labels, LOGITS, None, LENGTHS, blank_index=blank), LOSSES[blank])
        with self.assertRaisesRegex(ValueError, "`blank_index` must be provided"):
            tf.nn.ctc_loss(sparse(LABELS[0], COUNTS), LOGITS, None, LENGTHS)

    def test_version_1(self):
        last = np.concatenate([LOGITS[..., 1:], LOGITS[..., :1]], -1)
        labels = sparse([[n - 1 for n in row] for row in LABELS[0]], COUNTS)
        self.same(V1.ctc_loss(labels, last, LENGTHS), LOSSES[0])
        self.same(V1.ctc_loss(labels, logits=last.transpose(1, 0, 2), sequence_length=LENGTHS, time_major=False), LOSSES[0])
        with self.assertRaisesRegex(TypeError, "to be a SparseTensor"):
            V1.ctc_loss(LABELS[0], last, LENGTHS)

    def test_in_function(self):
        specs = [tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None, 4], tf.float64), tf.TensorSpec([None], tf.int32)]
        loss = tf.function(lambda labels, logits, counts: tf.nn.ctc_loss(labels, logits, counts, LENGTHS), input_signature=specs)
        self.same(loss(LABELS[0], LOGITS, COUNTS), LOSSES[0])


class Decoders(unittest.TestCase):
    def test_greedy(self):
        logits = np.full((6, 2, 3), -1.0, np.float32)
        for row, classes in enumerate(([0, 0, 2, 0, 1, 1], [2, 1, 1, 2, 2, 0])):
            logits[range(6), row, classes] = 1.5
        for merge, expected in ((True, [[0, 0, 1], [1, -1, -1]]), (False, [[0, 0, 0, 1, 1], [1, 1, -1, -1, -1]])):
            (decoded,), score = tf.nn.ctc_greedy_decoder(logits, [6, 5], merge)
            self.assertEqual(tf.sparse.to_dense(decoded, -1).numpy().tolist(), expected)
            self.assertEqual(score.numpy().tolist(), [[-9.0], [-7.5]])
        (decoded,), _ = tf.nn.ctc_greedy_decoder(logits, [6, 5], blank_index=0)
        self.assertEqual(tf.sparse.to_dense(decoded, -1).numpy().tolist(), [[2, 1, -1], [2, 1, 2]])

    def test_beam_is_the_loss(self):
        """With room for all prefixes, the probability of what is found is that which the loss gives it."""
        paths, scores = tf.nn.ctc_beam_search_decoder(LOGITS, LENGTHS, 5000, 3)
        self.assertEqual((len(paths), scores.shape), (3, [3, 3]))
        for path, score in zip(paths, scores.numpy().T):
            loss = V1.ctc_loss(path, LOGITS, LENGTHS)
            np.testing.assert_allclose(-loss.numpy(), score, atol=1e-5)
        self.assertTrue((np.diff(scores.numpy(), axis=1) <= 0).all())

    def test_merged(self):
        logits = np.log([[[0.9, 0.09, 0.01]], [[0.05, 0.05, 0.9]], [[0.9, 0.09, 0.01]]])
        repeated, _ = V1.ctc_beam_search_decoder_v2(logits, [3], 100, 1)
        merged, _ = V1.ctc_beam_search_decoder(logits, [3], 100, 1)
        self.assertEqual(repeated[0].values.numpy().tolist(), [0, 0])
        self.assertEqual(merged[0].values.numpy().tolist(), [0])


class Labels(unittest.TestCase):
    def test_unique(self):
        found, places = tf.nn.ctc_unique_labels([[3, 4, 4, 3], [5, 6, 7, 7]])
        self.assertEqual((found.dtype, places.dtype), (tf.int64, tf.int32))
        self.assertEqual(found.numpy().tolist(), [[3, 4, 0, 0], [5, 6, 7, 0]])
        self.assertEqual(places.numpy().tolist(), [[0, 1, 1, 0], [0, 1, 2, 2]])

    def test_collapse(self):
        labels, lengths = tf.nn.collapse_repeated([[3, 4, 4, 3], [5, 7, 7, 7]], [3, 4])
        self.assertEqual(labels.numpy().tolist(), [[3, 4], [5, 7]])
        self.assertEqual(lengths.numpy().tolist(), [2, 2])


if __name__ == "__main__":
    unittest.main()
