# SPDX-License-Identifier: MIT
"""Keras's metrics: values by hand and by NumPy; losses and metrics of targets that are a vector beside a column."""
import inspect
import unittest

import numpy as np
import tensorflow as tf

METRICS = tf.keras.metrics
TRUTH, SCORES, WEIGHTS = [0, 0, 1, 1], [0, 0.5, 0.3, 0.9], [1, 0, 0, 1]
COLUMNS = ([[1, 1, 1], [1, 0, 0], [1, 1, 0]], [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])


def value(metric, *batches):
    for batch in batches:
        metric.update_state(*batch)
    return metric.result().numpy()


class Means(unittest.TestCase):
    def check(self, metric, expected, *batch):
        np.testing.assert_allclose(value(metric, batch), expected, rtol=2e-6)

    def test_matches(self):
        self.check(METRICS.Accuracy(), 0.75, [[1], [2], [3], [4]], [[0], [2], [3], [4]])
        self.check(METRICS.Accuracy(), 0.5, [[1], [2], [3], [4]], [[0], [2], [3], [4]], [1, 1, 0, 0])
        self.check(METRICS.BinaryAccuracy(threshold=0.7), 0.5, [[1], [1], [0], [0]], [[0.98], [0.6], [0], [0.9]])
        self.check(METRICS.TopKCategoricalAccuracy(k=1), 0.5, [[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
        self.check(METRICS.SparseTopKCategoricalAccuracy(k=1), 0.3, [2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], [0.7, 0.3])
        self.check(METRICS.SparseTopKCategoricalAccuracy(2), 1.0, [2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])

    def test_distances(self):
        truth, guess = np.array([[0.0, 1.0], [2.0, 4.0]], np.float32), np.array([[1.0, 1.0], [3.0, 0.5]], np.float32)
        self.check(METRICS.MeanAbsolutePercentageError(), np.mean(
            100 * np.abs((truth - guess) / np.maximum(np.abs(truth), 1e-7))), truth, guess)
        self.check(METRICS.MeanSquaredLogarithmicError(), np.mean((np.log1p(truth) - np.log1p(guess)) ** 2), truth, guess)
        self.check(METRICS.RootMeanSquaredError(), np.sqrt(np.mean((truth - guess) ** 2)), truth, guess)
        self.check(METRICS.LogCoshError(), np.mean(np.log(np.cosh((guess - truth).astype(float)))), truth, guess)
        self.check(METRICS.MeanRelativeError([1, 3, 2, 3]), 1.25, [1, 3, 2, 3], [2, 4, 6, 8])
        self.check(METRICS.CosineSimilarity(axis=1), (0 + 1) / 2, [[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]])
        self.check(METRICS.Poisson(), np.mean(guess - truth * np.log(guess + 1e-7)), truth, guess)
        self.check(METRICS.KLDivergence(), 0.6 * np.log(0.6 / 0.4) + 0.4 * np.log(0.4 / 0.6), [[0.6, 0.4]], [[0.4, 0.6]])
        self.check(METRICS.Hinge(), 1.3, [[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
        self.check(METRICS.SquaredHinge(), 1.86, [[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
        self.check(METRICS.CategoricalHinge(), 1.4, [[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])

    def test_weights_of_fewer_axes_are_of_rows(self):
        truth, guess = np.zeros((2, 3), np.float32), np.array([[1, 1, 1], [4, 0, 2]], np.float32)
        self.check(METRICS.MeanAbsoluteError(), (1 * 1 + 3 * 2) / 4, truth, guess, [1, 3])
        self.check(METRICS.Mean(), (1 * 1 + 3 * 2) / 4, guess, [1, 3])

    def test_mean_tensor(self):
        mean = METRICS.MeanTensor()
        np.testing.assert_allclose(value(mean, ([0, 1, 2, 3],), ([4, 5, 6, 7],)), [2, 3, 4, 5])
        mean.reset_state()
        mean.update_state([12, 10, 8, 6], [0, 0.2, 0.5, 1])
        np.testing.assert_allclose(value(mean, ([0, 0, 4, 6], [1, 0, 0.5, 1])), [0, 10, 6, 6])
        with self.assertRaisesRegex(ValueError, r"same shape. .*\(4,\). Got: \(2,\)"):
            mean.update_state([1, 2])
        with self.assertRaisesRegex(ValueError, "does not have any value yet"):
            METRICS.MeanTensor().result()
        self.assertEqual(METRICS.MeanTensor(shape=(1, 4)).total.shape, (1, 4))

    def test_merge(self):
        first, second = METRICS.Mean(), METRICS.Mean()
        first.update_state([1, 2])
        second.update_state([9])
        first.merge_state([second])
        self.assertEqual(first.result(), 4)


class Confusion(unittest.TestCase):
    def test_counts(self):
        for kind, expected in (("TruePositives", [2, 1]), ("FalsePositives", [1, 0]), ("TrueNegatives", [1, 2]),
                               ("FalseNegatives", [0, 1])):
            metric = getattr(METRICS, kind)([0.2, 0.5])
            np.testing.assert_array_equal(value(metric, (TRUTH, SCORES)), expected, kind)
            self.assertEqual(metric.get_config()["thresholds"], [0.2, 0.5])
        self.assertEqual(value(METRICS.TruePositives(), (TRUTH, SCORES, WEIGHTS)), 1)
        with self.assertRaisesRegex(ValueError, r"in \[0, 1\]. Received: \[1.5\]"):
            METRICS.FalsePositives(1.5)

    def test_precision_and_recall(self):
        truth, scores = [0, 1, 1, 1], [1, 0, 1, 1]
        self.assertAlmostEqual(float(value(METRICS.Precision(), (truth, scores))), 2 / 3, 6)
        self.assertAlmostEqual(float(value(METRICS.Recall(), (truth, scores))), 2 / 3, 6)
        self.assertEqual(value(METRICS.Precision(), (truth, scores, [0, 0, 1, 0])), 1)
        self.assertEqual(value(METRICS.Precision(top_k=2), ([0, 0, 1, 1], [1, 1, 1, 1])), 0)
        self.assertEqual(value(METRICS.Precision(top_k=4), ([0, 0, 1, 1], [1, 1, 1, 1])), 0.5)
        np.testing.assert_allclose(value(METRICS.Recall([0.1, 0.65]), COLUMNS), [1, 2 / 6])
        self.assertEqual(value(METRICS.Recall(class_id=0), COLUMNS), np.float32(1 / 3))

    def test_best_of_a_curve(self):
        truth, scores, weights = [0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8], [1, 1, 2, 2, 1]
        self.assertEqual(value(METRICS.SensitivityAtSpecificity(0.5), (truth, scores)), 0.5)
        self.assertAlmostEqual(float(value(METRICS.SensitivityAtSpecificity(0.5), (truth, scores, weights))), 1 / 3, 6)
        self.assertAlmostEqual(float(value(METRICS.SpecificityAtSensitivity(0.5), (truth, scores))), 2 / 3, 6)
        self.assertEqual(value(METRICS.PrecisionAtRecall(0.5), (truth, scores)), 0.5)
        self.assertEqual(value(METRICS.RecallAtPrecision(0.8), (TRUTH, SCORES)), 0.5)
        self.assertEqual(value(METRICS.RecallAtPrecision(0.9), ([0, 0, 1], [0.9, 0.8, 0.1])), 0)
        with self.assertRaisesRegex(ValueError, r"`recall` must be in the range \[0, 1\]"):
            METRICS.PrecisionAtRecall(2)

    def test_area(self):
        self.assertEqual(value(METRICS.AUC(num_thresholds=3), (TRUTH, SCORES)), 0.75)
        self.assertEqual(value(METRICS.AUC(num_thresholds=3), (TRUTH, SCORES, WEIGHTS)), 1)
        # thresholds -ε, 0.5, 1 + ε: tp 2 1 0, fp 2 0 0
        self.assertEqual(value(METRICS.AUC(3, summation_method="minoring"), (TRUTH, SCORES)), 0.5)
        self.assertEqual(value(METRICS.AUC(3, summation_method="majoring"), (TRUTH, SCORES)), 1)
        # Between thresholds 2 and 1 of 2: tp 2 → 1, p 4 → 1, slope 1/3, intercept 2/3; then of (1, 1) to (0, 0), slope 1.
        expected = ((1 + 2 / 3 * np.log(4)) / 3 + 1) / 2
        self.assertAlmostEqual(float(value(METRICS.AUC(3, "PR"), (TRUTH, SCORES))), expected, 6)
        logits = [-10.0, 0.0, -1.0, 3.0]
        self.assertEqual(value(METRICS.AUC(num_thresholds=3, from_logits=True), (TRUTH, logits)), 0.75)

    def test_area_is_the_share_of_pairs_in_order(self):
        draw = np.random.default_rng(5)
        truth, scores = draw.integers(0, 2, 300), draw.integers(1, 20, 300) / 20
        pairs = scores[truth == 1][:, None] - scores[truth == 0][None]
        expected = np.mean((pairs > 0) + 0.5 * (pairs == 0))
        self.assertAlmostEqual(float(value(METRICS.AUC(num_thresholds=41), (truth, scores))), expected, 5)

    def test_labels_apart(self):
        one = value(METRICS.AUC(3), (TRUTH, SCORES))
        both = (np.stack([TRUTH, TRUTH], 1), np.stack([SCORES, TRUTH], 1))
        self.assertEqual(value(METRICS.AUC(3, multi_label=True), both), (one + 1) / 2)
        self.assertEqual(value(METRICS.AUC(3, multi_label=True, num_labels=2, label_weights=[3, 1]), both), (3 * one + 1) / 4)
        with self.assertRaisesRegex(ValueError, "only when `multi_label`"):
            METRICS.AUC(num_labels=2)


class Overlap(unittest.TestCase):
    def test_classes(self):
        # confusion matrix [[1, 1], [1, 1]]: 1 / 3 each
        self.assertAlmostEqual(float(value(METRICS.MeanIoU(2), ([0, 0, 1, 1], [0, 1, 0, 1]))), 1 / 3, 6)
        self.assertAlmostEqual(float(value(METRICS.MeanIoU(2), ([0, 0, 1, 1], [0, 1, 0, 1], [0.3, 0.3, 0.3, 0.1]))),
                               (0.3 / 0.9 + 0.1 / 0.7) / 2, 6)
        self.assertAlmostEqual(float(value(METRICS.IoU(2, [0]), ([0, 0, 1, 1], [0, 1, 0, 1]))), 1 / 3, 6)
        self.assertAlmostEqual(float(value(METRICS.BinaryIoU(threshold=0.3), (
            [0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7], [0.2, 0.3, 0.4, 0.1]))), (0.2 / 0.9 + 0.1 / 0.8) / 2, 6)
        truth, scores = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]], [
            [0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.3, 0.1], [0.1, 0.4, 0.5]]
        weights = [0.1, 0.2, 0.3, 0.4]
        self.assertAlmostEqual(float(value(METRICS.OneHotIoU(3, [0, 2]), (truth, scores, weights))), (0 + 0.1 / 0.7) / 2, 6)
        self.assertAlmostEqual(float(value(METRICS.OneHotMeanIoU(3), (truth, scores, weights))), 0.1 / 0.7 / 3, 6)

    def test_a_class_that_does_not_count(self):
        self.assertEqual(value(METRICS.MeanIoU(2, ignore_class=-1), ([0, 1, -1], [0, 1, 0])), 1)
        with self.assertRaisesRegex(ValueError, r"Target class id 2 is out of range, which is \[0, 2\)"):
            METRICS.IoU(2, [2])


class Scores(unittest.TestCase):
    BATCH = ([[1, 1, 1], [1, 0, 0], [1, 1, 0]], [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])

    def test_f(self):
        np.testing.assert_allclose(value(METRICS.FBetaScore(beta=2.0, threshold=0.5), self.BATCH),
                                   [0.3846154, 0.90909094, 0.8333334], rtol=1e-6)
        np.testing.assert_allclose(value(METRICS.F1Score(threshold=0.5), self.BATCH), [0.5, 0.8, 2 / 3], rtol=1e-6)
        np.testing.assert_allclose(value(METRICS.F1Score("macro", 0.5), self.BATCH), (0.5 + 0.8 + 2 / 3) / 3, rtol=1e-6)
        np.testing.assert_allclose(value(METRICS.F1Score("micro", 0.5), self.BATCH), 8 / 12, rtol=1e-6)
        np.testing.assert_allclose(value(METRICS.F1Score("weighted", 0.5), self.BATCH), (1.5 + 1.6 + 2 / 3) / 6, rtol=1e-6)
        with self.assertRaisesRegex(ValueError, "expects 2D inputs"):
            METRICS.F1Score().update_state([1, 0], [0.5, 0.5])

    def test_r2(self):
        truth, guess = np.array([[1], [4], [3]], np.float32), np.array([[2], [4], [4]], np.float32)
        score = 1 - 2 / np.sum((truth - truth.mean()) ** 2)
        self.assertAlmostEqual(float(value(METRICS.R2Score(), (truth, guess))), score, 6)
        self.assertAlmostEqual(float(value(METRICS.R2Score(num_regressors=1), (truth, guess))), 1 - (1 - score) * 2 / 1, 6)
        with self.assertWarnsRegex(UserWarning, "Division by zero"):
            value(METRICS.R2Score(num_regressors=2), (truth, guess))


class Names(unittest.TestCase):
    def test_signatures(self):
        for kind, expected in (
                (METRICS.BinaryCrossentropy, "(self, name='binary_crossentropy', dtype=None, from_logits=False, "
                                             "label_smoothing=0)"),
                (METRICS.TopKCategoricalAccuracy, "(self, k=5, name='top_k_categorical_accuracy', dtype=None)")):
            self.assertEqual(str(inspect.signature(kind.__init__)), expected)
        with self.assertRaises(TypeError):
            METRICS.Hinge(axis=1)

    def test_by_name(self):
        self.assertIs(METRICS.get("mse"), METRICS.mean_squared_error)
        self.assertIsInstance(METRICS.get("AUC"), METRICS.AUC)
        config = METRICS.serialize(METRICS.Precision(0.25, name="p"))
        self.assertEqual(METRICS.deserialize(config).get_config(), config["config"])
        with self.assertRaisesRegex(ValueError, "Unknown metric function: 'nothing'"):
            METRICS.get("nothing")


    def test_losses_and_activations_by_name(self):
        losses, activations = tf.keras.losses, tf.keras.activations
        self.assertIs(losses.get("categorical_crossentropy"), losses.categorical_crossentropy)
        self.assertIsInstance(losses.get("CategoricalCrossentropy"), losses.CategoricalCrossentropy)
        config = losses.serialize(losses.Huber(2.0))
        self.assertEqual(losses.get(config).get_config()["delta"], 2.0)
        with self.assertRaisesRegex(ValueError, "Could not interpret loss function identifier: 3"):
            losses.get(3)
        self.assertEqual(activations.serialize(activations.tanh), "tanh")
        self.assertIs(activations.deserialize("mine", {"mine": abs}), abs)
        with self.assertRaisesRegex(ValueError, "Unknown activation function 'abcd' cannot be serialized"):
            activations.serialize("abcd")


class VectorsAndColumns(unittest.TestCase):
    """Targets [n] of predictions [n, 1]: as many pairs as there are targets, not each with each."""

    def test_losses_and_metrics(self):
        column, vector = np.arange(4, dtype=np.float32)[:, None], np.arange(4, dtype=np.float32) + 2
        self.assertEqual(tf.keras.losses.MeanSquaredError()(vector, column), 4)
        self.assertEqual(tf.keras.losses.MeanAbsoluteError()(column, vector), 2)
        self.assertEqual(value(METRICS.MeanSquaredError(), (vector, column)), 4)
        self.assertEqual(value(METRICS.RootMeanSquaredError(), (vector, column)), 2)

    def test_models(self):
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mse"])
        x, y = np.arange(4, dtype=np.float32)[:, None], np.array([1, 1, 2, 5], np.float32)
        # errors 1 0 0 2; weights count in the loss and the weighted metric alone
        found = model.evaluate(x, y, sample_weight=np.array([1, 1, 1, 0], np.float32), verbose=0, return_dict=True)
        self.assertEqual(found, {"loss": 0.25, "mae": 0.75, "mse": np.float32(1 / 3)})


if __name__ == "__main__":
    unittest.main()
