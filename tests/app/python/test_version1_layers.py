# SPDX-License-Identifier: MIT
"""tf.layers of version 1."""
import unittest

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


class Layers(unittest.TestCase):
    def setUp(self):
        context = tf.Graph().as_default()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def run_all(self, *fetches, feed=None):
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            return session.run(list(fetches), feed)

    def names(self):
        return [v.name for v in v1.global_variables()]

    def test_names_of_layers(self):
        x = tf.ones([2, 3])
        first, second = v1.layers.dense(x, 4, tf.nn.relu), v1.layers.dense(x, 4)
        third = v1.layers.dense(x, 4, name="mine", use_bias=False)
        self.assertEqual((first.name, second.name, third.name), ("dense/Relu:0", "dense_1/BiasAdd:0", "mine/MatMul:0"))
        self.assertEqual(self.names(), ["dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0", "mine/kernel:0"])
        v1.layers.dense(x, 4, name="mine", use_bias=False, reuse=True)
        self.assertEqual(len(self.names()), 5)
        with self.assertRaisesRegex(ValueError, "Variable mine/kernel already exists"):
            v1.layers.dense(x, 4, name="mine")
        with self.assertRaisesRegex(ValueError, "last dimension"):
            v1.layers.dense(v1.placeholder(tf.float32, [2, None]), 4)

    def test_dense_values(self):
        x = np.arange(12.0, dtype=np.float32).reshape(2, 2, 3)
        y = v1.layers.dense(x, 2, kernel_initializer=v1.ones_initializer(), bias_initializer=v1.constant_initializer(1.0),
                            kernel_regularizer=lambda w: tf.reduce_sum(w))
        found, loss = self.run_all(y, v1.losses.get_regularization_loss())
        np.testing.assert_allclose(found, np.repeat(x.sum(-1, keepdims=True) + 1, 2, -1))
        self.assertEqual((loss, y.shape.as_list()), (6.0, [2, 2, 2]))

    def test_an_object_is_called_twice(self):
        layer = v1.layers.Dense(1, name="d")
        a, b = layer(tf.ones([1, 2])), layer(tf.zeros([1, 2]))
        self.assertEqual(([v.name for v in layer.trainable_variables], a.name, b.name),
                         (["d/kernel:0", "d/bias:0"], "d/BiasAdd:0", "d_1/BiasAdd:0"))

    def test_convolutions(self):
        x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
        y = v1.layers.conv2d(x, 2, 3, padding="same", kernel_initializer=v1.ones_initializer())
        up = v1.layers.conv2d_transpose(x, 1, 2, strides=2, kernel_initializer=v1.ones_initializer())
        line = v1.layers.conv1d(tf.ones([1, 5, 2]), 3, 2, kernel_initializer=v1.ones_initializer())
        apart = v1.layers.separable_conv2d(x, 3, 2)
        found, wide, flat = self.run_all(y, up, line)
        grid = np.pad(np.arange(16.0).reshape(4, 4), 1)
        expected = sum(grid[i:i + 4, j:j + 4] for i in range(3) for j in range(3))
        np.testing.assert_allclose(found[0, :, :, 0], expected)
        np.testing.assert_allclose(wide[0, :, :, 0], np.repeat(np.repeat(np.arange(16.0).reshape(4, 4), 2, 0), 2, 1))
        np.testing.assert_allclose(flat, np.full([1, 4, 3], 4.0))
        self.assertEqual(apart.shape.as_list(), [1, 3, 3, 3])
        self.assertEqual(y.name, "conv2d/BiasAdd:0")

    def test_pools_and_flat(self):
        x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
        most, mean = v1.layers.max_pooling2d(x, 2, 2), v1.layers.average_pooling2d(x, [2, 2], [2, 2])
        some = v1.placeholder(tf.float32, [None, 2, 3])
        flat = v1.layers.flatten(some)
        found = self.run_all(v1.layers.flatten(most), v1.layers.flatten(mean), flat, feed={some: np.zeros([5, 2, 3])})
        np.testing.assert_allclose(found[0], [[5, 7, 13, 15]])
        np.testing.assert_allclose(found[1], [[2.5, 4.5, 10.5, 12.5]])
        self.assertEqual((found[2].shape, flat.shape.as_list()), ((5, 6), [None, 6]))

    def test_dropout_by_a_tensor(self):
        training = v1.placeholder_with_default(False, [])
        y = v1.layers.dropout(tf.ones([1000]), 0.5, training=training)
        self.assertEqual(float(np.sum(self.run_all(y)[0])), 1000.0)
        dropped = self.run_all(y, feed={training: True})[0]
        self.assertEqual(set(dropped.tolist()), {0.0, 2.0})

    def test_batch_normalization(self):
        data = np.array([[1.0, 10.0], [3.0, 30.0]], np.float32)
        training = v1.placeholder(tf.bool, [])
        y = v1.layers.batch_normalization(data, momentum=0.5, epsilon=0.0, training=training)
        updates = v1.get_collection(v1.GraphKeys.UPDATE_OPS)
        mean, variance = (v for v in v1.global_variables() if "moving" in v.name)
        self.assertEqual(self.names(), ["batch_normalization/" + n + ":0" for n in (
            "gamma", "beta", "moving_mean", "moving_variance")])
        self.assertEqual(len(v1.trainable_variables()), 2)
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            found, _ = session.run([y, updates], {training: True})
            np.testing.assert_allclose(found, [[-1, -1], [1, 1]], 1e-5)
            np.testing.assert_allclose(session.run(mean), [1.0, 10.0])
            np.testing.assert_allclose(session.run(variance), [1.0, 50.5])
            np.testing.assert_allclose(session.run(y, {training: False}), (data - [1, 10]) / np.sqrt([1.0, 50.5]), 1e-5)

    def test_the_fused_estimate_of_the_variance(self):
        x = tf.reshape(tf.constant([1.0, 2.0, 3.0, 6.0]), [1, 2, 2, 1])
        v1.layers.batch_normalization(x, momentum=0.0, training=True)
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            session.run(v1.get_collection(v1.GraphKeys.UPDATE_OPS))
            np.testing.assert_allclose(session.run(v1.global_variables()[-1]), [np.var([1, 2, 3, 6], ddof=1)], 1e-5)


class Tracked(unittest.TestCase):
    class Model(tf.keras.layers.Layer):
        @v1.keras.utils.track_tf1_style_variables
        def call(self, x, training=False):
            with v1.variable_scope("m"):
                x = v1.layers.dense(x, 3, name="d", kernel_regularizer=lambda w: tf.reduce_sum(w * w),
                                    kernel_initializer=v1.ones_initializer())
                x = v1.layers.dense(x, 2)
                return x * v1.get_variable("scale", [], initializer=v1.ones_initializer())

    def test_a_layer_finds_its_variables_again(self):
        layer = self.Model()
        first, second = layer(tf.ones([1, 2])), layer(tf.ones([1, 2]))
        np.testing.assert_array_equal(first, second)
        self.assertEqual(sorted(v.name for v in layer.trainable_variables), [
            "m/d/bias:0", "m/d/kernel:0", "m/dense/bias:0", "m/dense/kernel:0", "m/scale:0"])
        self.assertEqual([float(loss) for loss in layer.losses], [6.0])
        traced = tf.function(layer)(tf.ones([1, 2]))
        np.testing.assert_allclose(traced, first)
        self.assertEqual(len(layer.trainable_variables), 5)

    def test_a_module_traced_first(self):
        class Module(tf.Module):
            @tf.function
            @v1.keras.utils.track_tf1_style_variables
            def __call__(self, x):
                return x * v1.get_variable("w", [], initializer=v1.ones_initializer())
        module = Module()
        self.assertEqual(float(module(tf.constant(3.0))), 3.0)
        self.assertEqual([v.name for v in module.variables], ["w:0"])
        module.variables[0].assign(2.0)
        self.assertEqual(float(module(tf.constant(3.0))), 6.0)

    def test_only_objects_that_keep_variables(self):
        class Plain:
            @v1.keras.utils.track_tf1_style_variables
            def call(self):
                pass
        with self.assertRaisesRegex(ValueError, "does not extend Module"):
            Plain().call()


if __name__ == "__main__":
    unittest.main()
