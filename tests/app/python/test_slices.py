# SPDX-License-Identifier: MIT
"""Gradients of gathered rows: which are IndexedSlices, how they add up, and what optimizers make of them."""
import unittest

import numpy as np
import tensorflow as tf

v1, keras = tf.compat.v1, tf.keras.optimizers
TABLE = np.arange(20.0).reshape(10, 2)


class Slices(unittest.TestCase):
    def setUp(self):
        self.table, self.ids = tf.Variable(TABLE), tf.constant([[1, 2], [2, 7]])

    def expect(self, slices, indices, values=None):
        self.assertIsInstance(slices, tf.IndexedSlices)
        self.assertEqual(slices.indices.numpy().tolist(), indices)
        self.assertEqual(slices.shape, [10, 2])
        if values is not None:
            np.testing.assert_allclose(slices.values, values)

    def gradient(self, function, source=None):
        source = self.table if source is None else source
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = function(source)
        return tape.gradient(y, source)

    def test_which_are(self):
        rows = 2 * TABLE[[1, 2, 2, 7]]
        for gather in (tf.gather, tf.nn.embedding_lookup, lambda t, i: t.sparse_read(i), lambda t, i: tf.gather(tf.identity(t), i),
                       lambda t, i: tf.gather(t.read_value(), i)):
            self.expect(self.gradient(lambda t: tf.reduce_sum(gather(t, self.ids) ** 2)), [1, 2, 2, 7], rows)
        self.expect(self.gradient(lambda t: tf.reduce_sum(tf.gather(t, self.ids) ** 2), tf.constant(TABLE)), [1, 2, 2, 7], rows)
        for dense in (lambda t: tf.gather(t, [1], axis=1), lambda t: tf.gather(tf.sin(t), [1]), lambda t: tf.gather_nd(t, [[1, 1]]),
                      lambda t: tf.reduce_sum(tf.gather(t, [1])) + tf.reduce_sum(t)):
            self.assertIsInstance(self.gradient(dense), tf.Tensor)

    def test_sums(self):
        def twice(t):
            return tf.reduce_sum(tf.gather(t, self.ids) ** 2) + tf.reduce_sum(tf.gather(t, tf.constant([7], tf.int64)))
        found = self.gradient(twice)
        self.expect(found, [7, 1, 2, 2, 7])
        self.assertEqual(found.indices.dtype, tf.int64)
        dense = np.zeros((10, 2))
        np.add.at(dense, [1, 2, 2, 7], 2 * TABLE[[1, 2, 2, 7]])
        dense[7] += 1
        np.testing.assert_allclose(tf.convert_to_tensor(found), dense)
        np.testing.assert_allclose(self.gradient(lambda t: twice(t) + tf.reduce_sum(t)), dense + 1)

    def test_functions(self):
        f = tf.function(lambda i: tf.reduce_sum(tf.gather(self.table, i) ** 2))
        self.expect(self.gradient(lambda t: f(self.ids)), [1, 2, 2, 7], 2 * TABLE[[1, 2, 2, 7]])
        g = tf.function(lambda i: self.gradient(lambda t: f(i)), input_signature=[tf.TensorSpec(None, tf.int32)])
        self.expect(g(self.ids), [1, 2, 2, 7], 2 * TABLE[[1, 2, 2, 7]])
        self.expect(g(tf.constant(3)), [3], 2 * TABLE[[3]])
        dense = tf.function(lambda i: tf.reduce_sum(tf.gather(self.table, i) ** 2) + tf.reduce_sum(self.table))
        self.assertIsInstance(self.gradient(lambda t: dense(self.ids)), tf.Tensor)

    def test_control_flow(self):
        def branch(t):
            return tf.cond(tf.reduce_sum(self.ids) > 0, lambda: tf.reduce_sum(tf.gather(t, [4, 4])), lambda: tf.constant(0.0, t.dtype))
        found = tf.function(lambda: self.gradient(branch))()
        expected = np.zeros((10, 2))
        expected[4] = 2
        np.testing.assert_allclose(tf.convert_to_tensor(found), expected)

        def loop(t):
            return tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s + tf.reduce_sum(tf.gather(t, [i, 5]))),
                                 (0, tf.constant(0.0, t.dtype)))[1]
        expected = np.zeros((10, 2))
        expected[:3], expected[5] = 1, 3
        np.testing.assert_allclose(tf.convert_to_tensor(tf.function(lambda: self.gradient(loop))()), expected)
        np.testing.assert_allclose(tf.convert_to_tensor(self.gradient(loop)), expected)

    def test_second_derivative_and_jacobian(self):
        with tf.GradientTape() as outer:
            inner = self.gradient(lambda t: tf.reduce_sum(tf.gather(t, self.ids) ** 3))
            z = tf.reduce_sum(inner.values)
        self.expect(outer.gradient(z, self.table), [1, 2, 2, 7], 6 * TABLE[[1, 2, 2, 7]])
        with tf.GradientTape() as tape:
            y = tf.gather(self.table, [3, 3])
        jacobian = tape.jacobian(y, self.table)
        self.assertEqual((jacobian.shape, jacobian.numpy().sum()), ((2, 2, 10, 2), 4))

    def test_graph(self):
        with tf.Graph().as_default(), v1.Session() as session:
            table = v1.get_variable("t", initializer=TABLE)
            place = v1.placeholder(tf.int32, [None])
            g, = v1.gradients(tf.reduce_sum(tf.gather(table, place) ** 2), table)
            self.assertIsInstance(g, tf.IndexedSlices)
            session.run(v1.global_variables_initializer())
            values, indices = session.run([g.values, g.indices], {place: [3, 3]})
        np.testing.assert_allclose(values, 2 * TABLE[[3, 3]])
        self.assertEqual(indices.tolist(), [3, 3])

    def test_optimizers(self):
        names = "SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Ftrl", "Adafactor", "Lion"
        made = [(n, {}) for n in names] + [("SGD", {"momentum": 0.9, "nesterov": True}), ("Adam", {"amsgrad": True}),
                                          ("RMSprop", {"momentum": 0.5}), ("RMSprop", {"centered": True}),
                                          ("RMSprop", {"centered": True, "momentum": 0.5}), ("Adam", {"clipvalue": 10.0})]
        for name, options in made:
            for dtype in ("float32", "float64"):
                with self.subTest(name, **options, dtype=dtype):
                    a, b = (tf.Variable(tf.cast(TABLE / 10, dtype)) for _ in range(2))
                    one, other = (getattr(keras, name)(0.1, **options) for _ in range(2))
                    for ids in ([1, 2, 2], [2, 9], [0, 0, 0, 1]):
                        slices = tf.IndexedSlices(tf.ones([len(ids), 2], dtype) * 0.5, tf.constant(ids), tf.constant([10, 2]))
                        one.apply_gradients([(slices, a)])
                        other.apply_gradients([(tf.convert_to_tensor(slices), b)])
                    np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=2e-6)

    def test_half_precision_in_parts(self):
        a, b = (tf.Variable(tf.zeros([1000, 200], tf.float16)) for _ in range(2))
        one, other = keras.Adam(0.1), keras.Adam(0.1)
        slices = tf.IndexedSlices(tf.ones([3, 200], tf.float16), tf.constant([999, 2, 999]), tf.constant([1000, 200]))
        one.apply_gradients([(slices, a)])
        other.apply_gradients([(tf.convert_to_tensor(slices), b)])
        np.testing.assert_array_equal(a.numpy(), b.numpy())

    def test_an_optimizer_of_ones_own_gets_each_row_once(self):
        seen = []

        class Own(keras.Optimizer):
            def __init__(self):
                super().__init__("own")
                self._learning_rate = self._build_learning_rate(1.0)

            def update_step(self, gradient, variable):
                seen.append(gradient)
        Own().apply_gradients([(tf.IndexedSlices(tf.ones([3, 2]), tf.constant([4, 1, 4]), tf.constant([10, 2])), self.table)])
        self.assertEqual(seen[0].indices.numpy().tolist(), [4, 1])
        self.assertEqual(seen[0].values.numpy().tolist(), [[2, 2], [1, 1]])

    def test_version_1_optimizers(self):
        ids, rest = [1, 2, 2], [0, 3, 4, 5, 6, 7, 8, 9]
        for name, *arguments in (("GradientDescent", 0.1), ("Momentum", 0.1, 0.9), ("Adam", 0.1), ("Adagrad", 0.1), ("Adadelta", 0.1),
                                 ("RMSProp", 0.1), ("Ftrl", 0.1), ("ProximalGradientDescent", 0.1), ("ProximalAdagrad", 0.1)):
            with self.subTest(name), tf.Graph().as_default(), v1.Session() as session:
                a, b = v1.get_variable("a", initializer=TABLE), v1.get_variable("b", initializer=TABLE)
                kind = getattr(v1.train, name + "Optimizer")
                sparse = kind(*arguments).minimize(tf.reduce_sum(tf.gather(a, ids)), var_list=[a])
                dense = kind(*arguments).minimize(tf.reduce_sum(tf.matmul(tf.one_hot(ids, 10, dtype=tf.float64), b)), var_list=[b])
                session.run(v1.global_variables_initializer())
                session.run([sparse, dense])
                x, y = session.run([a, b])
                np.testing.assert_allclose(x[[1, 2]], y[[1, 2]], atol=1e-6)
                np.testing.assert_array_equal(x[rest], TABLE[rest])
                self.assertNotIn("UnsortedSegmentSum" if name == "GradientDescent" else "nothing", [
                    op.type for op in session.graph.get_operations() if "gradients" in op.name])

    def test_in_and_out_of_functions(self):
        slices = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([3]), tf.constant([10, 2]))
        back = tf.function(lambda s: tf.IndexedSlices(s.values * 2, s.indices, s.dense_shape))(slices)
        self.expect(back, [3], [[2, 2]])
        self.expect(tf.math.scalar_mul(3.0, slices), [3], [[3, 3]])
        self.assertEqual(repr(tf.IndexedSlices(tf.ones([1, 1]), tf.constant([3]))),
                         "IndexedSlices(indices=tf.Tensor([3], shape=(1,), dtype=int32), "
                         "values=tf.Tensor([[1.]], shape=(1, 1), dtype=float32))")

    def test_embedding_learns(self):
        layer = tf.keras.layers.Embedding(10, 2)
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(layer(self.ids) ** 2)
        self.expect(tape.gradient(y, layer.trainable_variables)[0], [1, 2, 2, 7])


if __name__ == "__main__":
    unittest.main()
