# SPDX-License-Identifier: MIT
"""map_fn, folds and scan: eagerly and in a graph the same, over tensors, ragged and sparse ones, with their gradients."""
import unittest

import numpy as np
import tensorflow as tf


def sign_of(x):
    if x > 0:
        return x * 10
    return -x


class Rows(unittest.TestCase):
    def both(self, function, *args):
        eager, graph = function(*args), tf.function(function)(*args)
        for a, b in zip(tf.nest.flatten(eager, True), tf.nest.flatten(graph, True)):
            self.assertEqual(a.dtype, b.dtype)
            np.testing.assert_array_equal(a.numpy(), b.numpy())
        return eager

    def test_ragged_results(self):
        n = tf.constant([2, 0, 3])
        spec = tf.RaggedTensorSpec([None], tf.int32)
        found = self.both(lambda n: tf.map_fn(tf.range, n, fn_output_signature=spec), n)
        self.assertEqual(found.to_list(), [[0, 1], [], [0, 1, 2]])
        deep = self.both(lambda n: tf.map_fn(lambda k: tf.RaggedTensor.from_row_lengths(tf.range(2 * k), tf.stack([k, 0, k])), n,
                                             fn_output_signature=tf.RaggedTensorSpec([None, None], tf.int32)), n)
        self.assertEqual(deep.to_list(), [[[0, 1], [], [2, 3]], [[], [], []], [[0, 1, 2], [], [3, 4, 5]]])

    def test_ragged_elements(self):
        rows = tf.ragged.constant([[1, 2], [], [3, 4, 5]])
        sums = self.both(lambda r: tf.map_fn(tf.reduce_sum, r, fn_output_signature=tf.int32), rows)
        self.assertEqual(sums.numpy().tolist(), [3, 0, 12])
        twice = self.both(lambda r: tf.map_fn(lambda row: row * 2, r, fn_output_signature=tf.RaggedTensorSpec([None], tf.int32)), rows)
        self.assertEqual(twice.to_list(), [[2, 4], [], [6, 8, 10]])
        deep = tf.ragged.constant([[[1], [2, 3]], [[4, 5, 6]]])
        lengths = self.both(lambda r: tf.map_fn(lambda row: row.row_lengths(), r, fn_output_signature=tf.RaggedTensorSpec(
            [None], tf.int64)), deep)
        self.assertEqual(lengths.to_list(), [[1, 2], [3]])

    def test_sparse(self):
        dense = tf.constant([[0, 1, 0], [2, 0, 3], [0, 0, 0]])
        sparse = tf.sparse.from_dense(dense)
        sums = self.both(lambda s: tf.map_fn(tf.sparse.reduce_sum, s, fn_output_signature=tf.int32), sparse)
        self.assertEqual(sums.numpy().tolist(), [1, 5, 0])
        again = self.both(lambda d: tf.map_fn(tf.sparse.from_dense, d, fn_output_signature=tf.SparseTensorSpec([None], tf.int32)), dense)
        self.assertEqual(tf.sparse.to_dense(again).numpy().tolist(), dense.numpy().tolist())

    def test_structures(self):
        x, y = tf.constant([1.0, 2.0]), tf.constant([[1, 2], [3, 4]])
        found = self.both(lambda x, y: tf.map_fn(lambda e: {"a": (e[0] * 2, e[1][0]), "b": tf.size(e[1])}, (x, y),
                                                 fn_output_signature={"a": (tf.float32, tf.int32), "b": tf.int32}), x, y)
        self.assertEqual([t.numpy().tolist() for t in tf.nest.flatten(found)], [[2, 4], [1, 3], [2, 2]])
        with self.assertRaisesRegex(TypeError, "two structures don't have the same nested structure"):
            tf.map_fn(lambda e: (e, e), x, fn_output_signature=[tf.float32, tf.float32])
        for function in (lambda: tf.map_fn(lambda e: 1, x, fn_output_signature=tf.float32),):
            for run in (function, tf.function(function)):
                with self.assertRaises((tf.errors.InvalidArgumentError, ValueError)):
                    run()

    def test_no_rows(self):
        empty = tf.zeros([0, 3])
        found = self.both(lambda e: (tf.map_fn(lambda r: tf.reduce_sum(r), e), tf.map_fn(lambda r: r[:2], e),
                                     tf.map_fn(lambda r: tf.constant(""), e, fn_output_signature=tf.string),
                                     tf.scan(lambda a, r: a + tf.reduce_sum(r), e, initializer=1.0),
                                     tf.foldl(lambda a, r: a + tf.reduce_sum(r), e, initializer=1.0)), empty)
        self.assertEqual([t.shape for t in found], [[0], [0, 2], [0], [0], []])
        ragged = self.both(lambda n: tf.map_fn(tf.range, n, fn_output_signature=tf.RaggedTensorSpec([None], tf.int32)),
                           tf.zeros([0], tf.int32))
        self.assertEqual(ragged.to_list(), [])
        for wrong in ([], ()):
            with self.assertRaisesRegex(ValueError, "elems must be a Tensor or"):
                tf.map_fn(lambda e: e, wrong)

    def test_functions_are_converted(self):
        x = tf.constant([1, -2, 3])
        self.assertEqual(self.both(lambda x: tf.map_fn(sign_of, x), x).numpy().tolist(), [10, 2, 30])
        self.assertEqual(tf.function(lambda x: tf.cond(x > 5, lambda: x, lambda: sign_of(x)))(tf.constant(-7)).numpy(), 7)
        self.assertEqual(int(tf.function(lambda x: tf.while_loop(lambda i: i < 5, sign_of, [x])[0])(tf.constant(-3))), 30)

    def test_scan(self):
        x = tf.constant([1.0, 2.0, 3.0])
        found = self.both(lambda x: tf.scan(lambda a, e: (a[0] + e, a[1] * e), x, initializer=(0.0, 1.0), reverse=True), x)
        self.assertEqual([t.numpy().tolist() for t in found], [[6, 5, 3], [6, 6, 3]])
        for run in (lambda x: tf.scan(lambda a, e: (a, a), x, initializer=0.0), tf.function(lambda x: tf.scan(lambda a, e: (a, a), x, initializer=0.0))):
            with self.assertRaisesRegex((TypeError, ValueError), "same nested structure"):
                run(x)

    def test_gradients(self):
        x, w = tf.constant([1.0, 2.0, 3.0]), tf.constant(2.0)

        def outcome(x, w):
            with tf.GradientTape() as outer:
                outer.watch([x, w])
                with tf.GradientTape() as tape:
                    tape.watch([x, w])
                    rows = tf.map_fn(lambda e: tf.range(3.0) * e * w, x, fn_output_signature=tf.RaggedTensorSpec([None], tf.float32))
                    y = tf.reduce_sum(rows.flat_values ** 2) + tf.reduce_sum(tf.scan(lambda a, e: a * e * w, x)[-1])
                first = tape.gradient(y, [x, w])
                total = tf.reduce_sum(first[0]) + first[1]
            return [*first, *outer.gradient(total, [x, w])]
        for eager, graph in zip(outcome(x, w), tf.function(outcome)(x, w)):
            np.testing.assert_allclose(eager.numpy(), graph.numpy(), rtol=1e-5)

    def test_version_1_gradients_of_constants(self):
        v1 = tf.compat.v1
        with tf.Graph().as_default(), v1.Session() as session:
            x, y, v = tf.constant(3.0), tf.constant([1.0, 2.0]), v1.get_variable("v", [], initializer=v1.ones_initializer())
            chosen = tf.cond(v1.placeholder_with_default(True, []), lambda: x * 2.0, lambda: x * 5.0)
            looped = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, x])[1]
            mapped = tf.map_fn(lambda e: e * e * x, y)
            held = tf.scan(lambda a, e: (v * e, a[1]), y, initializer=(0.0, 0.0))
            wanted = [tf.gradients(chosen, x)[0], tf.gradients(looped, x)[0], *tf.gradients(mapped, [x, y]),
                      tf.gradients(held[0] + tf.stop_gradient(held[1]), v)[0]]
            session.run(v1.global_variables_initializer())
            found = session.run(wanted)
        self.assertEqual([np.asarray(g).tolist() for g in found], [2, 108, 5, [6, 12], 3])


class Arrays(unittest.TestCase):
    def test_shapes(self):
        shapes = []

        @tf.function
        def f(n):
            halves = tf.TensorArray(tf.int32, size=3).split(tf.range(6), [2, 2, 2])
            grown = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
            for i in tf.range(n):
                grown = grown.write(i, [i])
            filled = tf.TensorArray(tf.int32, size=4)
            _, filled = tf.while_loop(lambda i, t: i < 4, lambda i, t: (i + 1, t.write(i, [[i]])), [0, filled])
            shapes[:] = [halves.read(0).shape, halves.stack().shape, grown.stack().shape, filled.stack().shape, filled.element_shape]
            return halves.stack(), grown.stack(), filled.stack(), filled.gather([3, 1]), filled.close() is None
        found = f(tf.constant(2))
        self.assertEqual(shapes, [tf.TensorShape(s) for s in ([2], [3, 2], [None, 1], [4, 1, 1], [1, 1])])
        self.assertEqual([t.numpy().tolist() for t in found[:4]], [[[0, 1], [2, 3], [4, 5]], [[0], [1]], [[[0]], [[1]], [[2]], [[3]]], [[[3]], [[1]]]])

    def test_elements_of_several_shapes(self):
        @tf.function
        def f(infer):
            array = tf.TensorArray(tf.float32, size=2, infer_shape=infer)
            return array.write(0, tf.ones([2, 2])).write(1, tf.zeros([1, 2])).concat()
        self.assertEqual(f(False).numpy().tolist(), [[1, 1], [1, 1], [0, 0]])
        with self.assertRaisesRegex(ValueError, "saw \\(1, 2\\) but expected \\(2, 2\\); infer_shape=False"):
            f(True)

    def test_second_gradients_of_what_is_read(self):
        w, x = tf.Variable(0.8), tf.constant([1.0, 2.0, 3.0])

        @tf.function
        def array(x):
            values = tf.TensorArray(tf.float32, size=4, element_shape=[3], clear_after_read=False).write(0, x)
            for i in tf.range(3):
                values = values.write(i + 1, values.read(i) * w)
            return tf.reduce_sum(values.stack(), 0)

        @tf.function
        def listed(x):
            values = [x]
            for _ in tf.range(3):
                values.append(values[-1] * w)
            return tf.reduce_sum(tf.stack(values), 0)
        for function in (array, listed):
            with tf.GradientTape() as outer:
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = function(x)
                dx, dw = tape.gradient(y, [x, w])
            np.testing.assert_allclose(dx.numpy(), [1 + 0.8 + 0.64 + 0.512] * 3, rtol=1e-6)
            np.testing.assert_allclose([float(dw), float(outer.gradient(dx, w))], [6 * (1 + 1.6 + 1.92), 3 * (1 + 1.6 + 1.92)], rtol=1e-6)


if __name__ == "__main__":
    unittest.main()
