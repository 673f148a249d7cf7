# SPDX-License-Identifier: MIT
"""tf.keras.backend against NumPy and Keras's documented values."""
import unittest

import numpy as np
import tensorflow as tf

K = tf.keras.backend
X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], np.float32)


class Backend(unittest.TestCase):
    def same(self, got, expected):
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-6)

    def test_values(self):
        v = K.variable(np.array([[1, 2], [3, 4]]), name="v")
        self.assertEqual((K.dtype(v), v.name, K.int_shape(v), K.ndim(v), K.count_params(v)), ("float32", "v:0", (2, 2), 2, 4))
        K.update_add(v, [[1.0, 1], [1, 1]])
        K.batch_set_value([(v, K.eval(v) * 2)])
        self.assertEqual(K.batch_get_value([v])[0].tolist(), [[4, 6], [8, 10]])
        self.same(K.moving_average_update(K.variable(1.0), 3.0, 0.75), 1.5)
        self.same(K.arange(0, 10, 1.5), np.arange(0, 10, 1.5))
        self.assertEqual(K.arange(3).dtype, tf.int32)
        self.assertEqual(K.cast_to_floatx(np.array([1, 2])).dtype, np.float32)
        self.assertTrue(K.is_keras_tensor(K.placeholder((2, 3))))
        self.assertFalse(K.is_keras_tensor(v))
        with self.assertRaisesRegex(ValueError, "Unexpectedly found an instance of type"):
            K.is_keras_tensor(np.zeros(2))
        self.assertTrue(K.is_sparse(tf.sparse.eye(2)))
        self.same(K.to_dense(tf.sparse.eye(2)), np.eye(2))

    def test_reductions(self):
        for name in ("max", "min", "sum", "prod", "mean", "std", "var"):
            for axis, keepdims in ((None, False), (1, True), (0, False)):
                self.same(getattr(K, name)(X, axis, keepdims), getattr(np, name)(X, axis=axis, keepdims=keepdims))
        self.same(K.mean([True, False, True, True]), 0.75)
        self.assertEqual((bool(K.any(X > 5)), bool(K.all(X > 5))), (False, False))
        self.same(K.argmax(X), [2, 1])
        self.same(K.clip(X, -1, 2), np.clip(X, -1, 2))
        self.same(K.clip(X, 2, -1), np.clip(X, 2, 2))
        self.same(K.sqrt(tf.constant([-4.0, 4.0])), [0, 2])

    def test_arrays(self):
        self.same(K.concatenate([tf.constant(X), tf.constant(X)]), np.concatenate([X, X], -1))
        self.same(K.repeat(X, 2), np.repeat(X[:, None], 2, 1))
        self.same(K.repeat_elements(X, 3, 1), np.repeat(X, 3, 1))
        self.same(K.batch_flatten(np.ones((2, 3, 4))), np.ones((2, 12)))
        self.same(K.permute_dimensions(X, (1, 0)), X.T)
        self.same(K.reverse(X, 1), X[:, ::-1])
        self.same(K.temporal_padding(tf.ones((1, 1, 1)), (2, 1)), [[[0], [0], [1], [0]]])
        self.same(K.squeeze(tf.ones((2, 1, 3)), 1), np.ones((2, 3)))

    def test_products(self):
        draw = np.random.default_rng(1).normal
        a, b = draw(size=(4, 2, 3)), draw(size=(3, 5))
        self.same(K.dot(a, b), a @ b)
        c, d = draw(size=(4, 3, 2)), draw(size=(4, 3))
        self.same(K.batch_dot(a, c), a @ c)
        self.same(K.batch_dot(a, c, axes=(1, 2)), np.einsum("aij,aki->ajk", a, c))
        self.same(K.batch_dot(d, d, axes=1), (d * d).sum(1, keepdims=True))
        self.assertEqual(K.dot(K.placeholder((2, 3)), K.placeholder((3, 4))).shape, (2, 4))
        with self.assertRaisesRegex(ValueError, "Cannot perform batch_dot over axis 0"):
            K.batch_dot(d, d, axes=0)

    def test_networks(self):
        p = np.array([[0.1, 0.2, 0.7]], np.float32)
        self.same(K.categorical_crossentropy(tf.constant([[0.0, 0, 1]]), tf.constant(p)), -np.log([0.7]))
        self.same(K.sparse_categorical_crossentropy(tf.constant([2]), tf.constant(p)), -np.log([0.7]))
        self.same(K.relu(X, alpha=0.5, max_value=4), [[1, -1, 3], [4, 4, -3]])
        self.same(K.bias_add(tf.ones((1, 2, 2, 2)), tf.constant([1.0, 2]), "channels_first")[0, :, 0, 0], [2, 3])
        self.same(K.switch(tf.constant([True, False]), X, -X), [X[0], -X[1]])
        self.same(K.switch(tf.constant(False), lambda: tf.constant(1.0), lambda: tf.constant(2.0)), 2)
        self.assertEqual((K.in_train_phase(1, 2, training=True), K.in_test_phase(1, 2, training=True)), (1, 2))
        K.set_learning_phase(1)
        self.assertEqual((K.learning_phase(), K.in_train_phase(lambda: "x", "y")), (1, "x"))
        K.set_learning_phase(None)
        self.assertEqual(K.learning_phase(), 0)

    def test_sequences(self):
        pad = tf.keras.utils.pad_sequences
        sequences = [[1], [2, 3], [4, 5, 6]]
        self.assertEqual(pad(sequences).tolist(), [[0, 0, 1], [0, 2, 3], [4, 5, 6]])
        self.assertEqual(pad(sequences, value=-1, padding="post").tolist(), [[1, -1, -1], [2, 3, -1], [4, 5, 6]])
        self.assertEqual(pad(sequences, maxlen=2).tolist(), [[0, 1], [2, 3], [5, 6]])
        self.assertEqual(pad(sequences, maxlen=2, truncating="post", dtype="float32").tolist(), [[0, 1], [2, 3], [4, 5]])
        self.assertEqual(pad([[[1, 2]], []], maxlen=2).tolist(), [[[0, 0], [1, 2]], [[0, 0], [0, 0]]])
        self.assertEqual(pad([["a"], ["b", "c"]], dtype=object, value="").tolist(), [["", "a"], ["b", "c"]])
        with self.assertRaisesRegex(ValueError, 'Padding type "left" not understood'):
            pad(sequences, padding="left")
        self.assertEqual(tf.keras.utils.to_ordinal([0, 1, 2, 3], num_classes=4).tolist(),
                         [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]])
        self.same(tf.math.l2_normalize([[3.0, 4.0]], dim=1), [[0.6, 0.8]])

    def test_chance(self):
        self.assertEqual(K.random_uniform((3,), 5, 6).shape, (3,))
        drawn = K.random_bernoulli((2000,), 0.25, seed=3).numpy()
        self.assertEqual(set(drawn), {0, 1})
        self.assertAlmostEqual(drawn.mean(), 0.25, 1)
        self.assertEqual(K.random_normal_variable((2, 3), 0, 1).shape, (2, 3))


if __name__ == "__main__":
    unittest.main()
