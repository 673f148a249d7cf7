# SPDX-License-Identifier: MIT
"""tf.debugging.enable_check_numerics: what raises, what does not, and what is said."""
import threading
import unittest

import numpy as np
import tensorflow as tf

Error = tf.errors.InvalidArgumentError


class Checked(unittest.TestCase):
    def setUp(self):
        tf.debugging.enable_check_numerics()

    def tearDown(self):
        tf.debugging.disable_check_numerics()

    def message(self, function, *args) -> str:
        with self.assertRaises(Error) as caught:
            function(*args)
        return caught.exception.message

    def test_eager(self):
        text = self.message(tf.math.log, tf.constant([[0.0, 1.0], [-1.0, 2.0]]))
        self.assertIn('!!! Detected Infinity or NaN in output 0 of eagerly-executed op "Log" (# of outputs: 1) !!!\n'
                      "  dtype: <dtype: 'float32'>\n  shape: (2, 2)\n  # of -Inf elements: 1\n  # of +NaN elements: 1\n\n"
                      "  Input tensor: tf.Tensor(", text)
        self.assertTrue(text.endswith(" : Tensor had -Inf and NaN values [Op:CheckNumericsV2]"), text)
        text = self.message(lambda: tf.constant(1.0, tf.float16) / 0.0)
        self.assertIn("# of +Inf elements: 1\n\n  Input tensors (2):\n         0: tf.Tensor(1.0, shape=(), dtype=float16)\n", text)
        for dtype in (tf.bfloat16, tf.float64):
            self.message(tf.math.rsqrt, tf.constant(0.0, dtype))

    def test_what_is_let_through(self):
        inf = tf.constant([np.inf, 1.0])
        self.assertEqual(tf.reshape(inf, [1, 2]).shape, (1, 2))
        self.assertEqual(float(tf.minimum(inf, 5.0)[0]), 5)
        self.assertEqual(tf.cast(tf.constant([2.0]), tf.int32).numpy().tolist(), [2])
        self.assertTrue(bool(tf.math.is_inf(inf)[0]))

    def test_graph(self):
        @tf.function
        def f(x):
            y = tf.sqrt(x)
            return y + 1.0
        self.assertEqual(float(f(tf.constant(4.0))), 3)
        text = self.message(f, tf.constant(-1.0))
        self.assertIn('!!! Detected Infinity or NaN in output 0 of graph op "Sqrt" (# of outputs: 1) !!!\n'
                      "  dtype: <dtype: 'float32'>\n  shape: ()\n\n  Input tensor: ", text)
        self.assertIn("Stack trace of op's creation (\"->\": inferred user code):", text)
        self.assertRegex(text, r"    \+ .*test_numerics.py \(L\d+\) \w+\n -> \|   y = tf.sqrt\(x\)")
        self.assertIn(" : Tensor had NaN values", text)

    def test_branches_and_loops(self):
        @tf.function
        def f(x):
            if x > 0:
                x = tf.math.log(x - x)
            for _ in tf.range(2):
                x = x / (x - x)
            return x
        self.assertIn('graph op "Log"', self.message(f, tf.constant(1.0)))
        self.assertIn('graph op "RealDiv"', self.message(f, tf.constant(-1.0)))

    def test_gradients(self):
        x = tf.Variable(0.0)

        def eager():
            with tf.GradientTape() as tape:
                y = tf.sqrt(x)
            return tape.gradient(y, x)
        self.assertIn('eagerly-executed op "SqrtGrad"', self.message(eager))
        self.assertIn('graph op "SqrtGrad"', self.message(tf.function(eager)))
        with tf.GradientTape() as tape:
            y = x * 2.0 + 1.0
        self.assertEqual(float(tape.gradient(y, x)), 2)

    def test_training(self):
        model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="relu", input_shape=(2,)),
                                     tf.keras.layers.BatchNormalization(), tf.keras.layers.Dense(1)])
        model.compile("adam", "mse")
        x, y = np.ones((4, 2)), np.ones((4, 1))
        model.fit(x, y, epochs=2, verbose=0)
        x[0, 0] = np.inf
        self.assertIn('"MatMul"', self.message(lambda: model.fit(x, y, verbose=0)))

    def test_off_and_threads(self):
        seen = []
        thread = threading.Thread(target=lambda: seen.append(float(tf.math.log(tf.constant(0.0)))))
        thread.start()
        thread.join()
        self.assertEqual(seen, [-np.inf])
        tf.debugging.disable_check_numerics()
        self.assertEqual(float(tf.math.log(tf.constant(0.0))), -np.inf)
        self.assertEqual(float(tf.function(tf.math.log)(tf.constant(0.0))), -np.inf)

    def test_limits(self):
        tf.debugging.enable_check_numerics(stack_height_limit=1, path_length_limit=10)
        text = self.message(tf.function(lambda x: tf.sqrt(x)), tf.constant(-1.0))
        self.assertRegex(text, r"\+ \.\.\. \(Omitted \d+ frames\)\n    \+ \.\.\..{10} \(L\d+\)")


if __name__ == "__main__":
    unittest.main()
