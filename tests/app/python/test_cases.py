# SPDX-License-Identifier: MIT
"""tf.switch_case in graphs: one Case, its gradients, passes, and graphs on files."""
import unittest

import numpy as np

import tensorflow as tf

FUNCTIONS = [lambda x: x * 2.0, lambda x: tf.sin(x), lambda x: x * x * x, lambda x: tf.ones_like(x)]
VALUES = [lambda x: x * 2, np.sin, lambda x: x ** 3, np.ones_like]
SLOPES = [lambda x: np.full_like(x, 2), np.cos, lambda x: 3 * x ** 2, np.zeros_like]
SECONDS = [np.zeros_like, lambda x: -np.sin(x), lambda x: 6 * x, np.zeros_like]
X = np.array([0.5, -1.0, 2.0], "f")


def chosen(i, x):
    return tf.switch_case(i, [lambda f=f: f(x) for f in FUNCTIONS])


def types(concrete):
    return [op.type for op in concrete.graph.get_operations()]


class Cases(unittest.TestCase):
    def test_one_node(self):
        concrete = tf.function(chosen).get_concrete_function(tf.TensorSpec([], tf.int32), tf.TensorSpec([3]))
        self.assertEqual([t for t in types(concrete) if t in ("If", "Case")], ["Case"])
        case = next(op for op in concrete.graph.get_operations() if op.type == "Case")
        self.assertEqual(len(case.get_attr("branches")), 4)
        self.assertEqual(case.outputs[0].shape, [3])

    def test_index(self):
        graph = tf.function(chosen)
        for i in (0, 1, 2, 3, 4, 100, -1, -2 ** 31, 2 ** 31 - 1):
            expected = VALUES[i if 0 <= i < 4 else -1](X)
            np.testing.assert_allclose(graph(tf.constant(i), tf.constant(X)), expected, rtol=1e-6)
            np.testing.assert_allclose(chosen(i, tf.constant(X)), expected, rtol=1e-6)

    def test_default_and_forms(self):
        @tf.function
        def with_default(i):
            return tf.switch_case(i, {1: lambda: 11, 0: lambda: 10}, default=lambda: -1)
        self.assertEqual([int(with_default(tf.constant(i))) for i in (0, 1, 2, -3)], [10, 11, -1, -1])

        @tf.function
        def pairs(i):
            return tf.switch_case(i, [(0, lambda: {"a": 1, "b": (2.0, None)}), (1, lambda: {"a": 3, "b": (4.0, None)})])
        self.assertEqual(int(pairs(tf.constant(1))["a"]), 3)
        self.assertIsNone(pairs(tf.constant(1))["b"][1])

        @tf.function
        def wide(i):
            return tf.switch_case(i, [lambda: tf.zeros([2, 3]), lambda: tf.zeros([2, 5])])
        self.assertEqual(wide.get_concrete_function(tf.TensorSpec([], tf.int32)).outputs[0].shape.as_list(), [2, None])
        self.assertEqual(wide(tf.constant(7)).shape, [2, 5])

    def test_gradients(self):
        def derivatives(i, x):
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    y = chosen(i, x)
                slope = inner.gradient(y, x, unconnected_gradients="zero")
            return slope, outer.gradient(slope, x, unconnected_gradients="zero")
        inside = tf.function(derivatives)
        graph = tf.function(chosen)

        def around(i, x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = graph(i, x)
            return tape.gradient(y, x)
        for i in range(5):
            k, x = min(i, 3), tf.constant(X)
            slope, second = inside(tf.constant(i), x)
            np.testing.assert_allclose(slope, SLOPES[k](X), rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(second, SECONDS[k](X), rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(around(tf.constant(i), x), SLOPES[k](X), rtol=1e-5, atol=1e-6)

    def test_gradient_through_loops(self):
        @tf.function
        def looped(x):
            y = x
            for i in tf.range(6):
                y = tf.switch_case(i % 3, [lambda: y * x, lambda: tf.sin(y), lambda: y + x])
            return tf.reduce_sum(y)

        def eager(x):
            y = x
            for i in range(6):
                y = [lambda: y * x, lambda: tf.sin(y), lambda: y + x][i % 3]()
            return tf.reduce_sum(y)
        results = []
        for function in (looped, eager):
            x = tf.constant(X)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            results.append((y.numpy(), tape.gradient(y, x).numpy()))
        np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5)
        np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5)

    def test_effects(self):
        v = tf.Variable(0)

        @tf.function
        def count(i):
            return tf.switch_case(i, [lambda: v.assign_add(1), lambda: v.assign_add(10), lambda: v.assign_add(100)])
        self.assertEqual([int(count(tf.constant(i))) for i in (0, 1, 2, 9)], [1, 11, 111, 211])

    def test_errors(self):
        @tf.function
        def dtypes(i):
            return tf.switch_case(i, [lambda: 1, lambda: 2.0])
        with self.assertRaises(TypeError):
            dtypes(tf.constant(0))
        with self.assertRaises(ValueError):
            tf.switch_case(0, [])
        with self.assertRaises(ValueError):
            tf.switch_case(0, {1: lambda: 1, 3: lambda: 2})
        with self.assertRaises(TypeError):
            tf.switch_case(0, [1, 2])

    def test_files(self):
        concrete = tf.function(chosen).get_concrete_function(tf.TensorSpec([], tf.int32), tf.TensorSpec([3]))
        definition = concrete.graph.as_graph_def()
        case = next(node for node in definition.node if node.op == "Case")
        self.assertEqual(len(case.attr["branches"].list.func), 4)
        with tf.Graph().as_default() as graph:
            tf.compat.v1.import_graph_def(definition, name="")
            self.assertIn("Case", [op.type for op in graph.get_operations()])

    def test_saved(self):
        import tempfile
        module = tf.Module()
        module.run = tf.function(chosen, input_signature=[tf.TensorSpec([], tf.int32), tf.TensorSpec([3])])
        with tempfile.TemporaryDirectory() as folder:
            tf.saved_model.save(module, folder)
            loaded = tf.saved_model.load(folder)
            for i in range(5):
                np.testing.assert_allclose(loaded.run(tf.constant(i), tf.constant(X)), VALUES[min(i, 3)](X), rtol=1e-6)


if __name__ == "__main__":
    unittest.main()
