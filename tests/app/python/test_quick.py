# SPDX-License-Identifier: MIT
"""What is called often is quick, and means the same as what it stands for."""
import copy
import inspect
import pickle
import subprocess
import sys
import unittest

import tensorflow as tf


class Quick(unittest.TestCase):
    """Functions that are one op in the usual case."""

    def test_same_as_the_function(self):
        x, y = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([[5.0, 6.0], [7.0, 8.0]])
        for function, arguments in ((tf.add, (x, y)), (tf.subtract, (x, y)), (tf.multiply, (x, y)), (tf.matmul, (x, y)),
                                    (tf.nn.relu, (x - 2.0,)), (tf.reduce_sum, (x,)), (tf.reduce_mean, (x,)),
                                    (tf.equal, (x, y)), (tf.nn.softmax, (x,))):
            with self.subTest(function.__name__):
                quick, plain = function(*arguments), function.__wrapped__(*arguments)
                self.assertEqual(quick.dtype, plain.dtype)
                self.assertEqual(quick.numpy().tolist(), plain.numpy().tolist())

    def test_arguments_by_name(self):
        x, y = tf.constant([[1.0, 2.0]]), tf.constant([[3.0], [4.0]])
        self.assertEqual(tf.matmul(b=y, a=x).numpy().tolist(), [[11.0]])
        self.assertEqual(tf.matmul(x, x, transpose_b=True).numpy().tolist(), [[5.0]])
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=x, labels=tf.constant([1]))
        self.assertAlmostEqual(float(loss[0]), 0.3132617, 6)
        with self.assertRaises(TypeError):
            tf.add(x)
        with self.assertRaises(TypeError):
            tf.add(x, y=x, x=x)

    def test_other_ranks_and_values(self):
        self.assertEqual(tf.matmul(tf.ones((2, 1, 3)), tf.ones((2, 3, 1))).shape, (2, 1, 1))
        self.assertEqual(tf.add(1, tf.constant(2)).numpy(), 3)
        self.assertEqual(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.zeros((2, 3), tf.int32), tf.ones((2, 3, 4))).shape,
                         (2, 3))

    def test_errors(self):
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Matrix size-incompatible.*MatMul"):
            tf.matmul(tf.ones((2, 3)), tf.ones((2, 3)))
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "AddV2"):
            tf.add(tf.constant(1), tf.constant(1.0))

    def test_variables_are_read_and_watched(self):
        v, x = tf.Variable([[2.0]]), tf.constant([[3.0]])
        with tf.GradientTape() as tape:
            y = tf.matmul(x, v)
        self.assertEqual(tape.gradient(y, v).numpy().tolist(), [[3.0]])

    def test_traced(self):
        @tf.function
        def f(x):
            return tf.add(x, x, name="twice") + tf.matmul(x, tf.constant([[2.0]]))
        self.assertEqual(f(tf.constant([[3.0]])).numpy().tolist(), [[12.0]])
        names = [op.name for op in f.get_concrete_function(tf.TensorSpec((1, 1))).graph.get_operations()]
        self.assertIn("twice", names)
        self.assertIn("MatMul", names)

    def test_like_functions(self):
        self.assertEqual(list(inspect.signature(tf.matmul).parameters)[:4], ["a", "b", "transpose_a", "transpose_b"])
        self.assertTrue(tf.nn.relu.__doc__)
        self.assertIs(copy.deepcopy(tf.add), tf.add)
        self.assertTrue(callable(tf.reduce_sum))


class Tape(unittest.TestCase):
    """The state of a tape."""

    def test_serves_once(self):
        v = tf.Variable(3.0)
        with tf.GradientTape() as tape:
            y = v * v
        self.assertEqual(float(tape.gradient(y, v)), 6.0)
        self.assertEqual([w.ref() for w in tape.watched_variables()], [v.ref()])
        with self.assertRaises(RuntimeError):
            tape.gradient(y, v)

    def test_persistent(self):
        v = tf.Variable(3.0)
        with tf.GradientTape(persistent=True) as tape:
            y = v * v
            with self.assertRaises(ValueError):
                tape.__enter__()
        self.assertEqual([float(g) for g in tape.gradient(y, [v]) + tape.gradient(y, [v])], [6.0, 6.0])

    def test_forms_of_sources(self):
        v, w = tf.Variable(3.0), tf.Variable(2.0)
        with tf.GradientTape(persistent=True) as tape:
            y = v * v
        self.assertEqual(float(tape.gradient(y, {"a": v})["a"]), 6.0)
        self.assertIsInstance(tape.gradient(y, (v,)), tuple)
        self.assertIsNone(tape.gradient(y, w))
        self.assertIsNone(tape.gradient(y, [v, w])[1])


class Step(unittest.TestCase):
    """A step of all variables at once is the same as one of each."""

    def train(self, make, at_once):
        tf.random.set_seed(3)
        variables, optimizer = [tf.Variable(tf.random.normal((3, 2))), tf.Variable(tf.zeros(2))], make()
        if not at_once:
            optimizer._step_at_once = lambda pairs: False
        for _ in range(5):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum((variables[0] * variables[1] + variables[0] - 1.0) ** 2)
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return [v.numpy().tolist() for v in [*variables, *optimizer.variables]]

    def test_same_bits(self):
        optimizers = tf.keras.optimizers
        for make in (optimizers.Adam, lambda: optimizers.Adam(amsgrad=True), lambda: optimizers.SGD(0.1),
                     lambda: optimizers.SGD(0.1, momentum=0.9), lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
                     lambda: optimizers.Adam(clipnorm=1.0), lambda: optimizers.Adam(weight_decay=0.1)):
            self.assertEqual(self.train(make, True), self.train(make, False))

    def test_changing_lists(self):
        a, b, optimizer = tf.Variable(1.0), tf.Variable(1.0), tf.keras.optimizers.SGD(0.5)
        optimizer.build([a, b])
        optimizer.apply_gradients([(tf.constant(1.0), a), (tf.constant(2.0), b)])
        optimizer.apply_gradients([(tf.constant(1.0), b)])
        optimizer.apply_gradients([(None, a), (tf.constant(1.0), b)])
        self.assertEqual([float(a), float(b)], [0.5, -1.0])
        with self.assertRaises(ValueError):
            optimizer.apply_gradients([(None, a)])


class DTypes(unittest.TestCase):
    def test_equality(self):
        self.assertEqual(tf.float32, "float32")
        self.assertNotEqual(tf.float32, tf.float64)
        self.assertFalse(tf.float32 == None)  # noqa: E711  what programs write
        self.assertFalse(tf.float32 == "no dtype")
        self.assertEqual(len({tf.float32, tf.as_dtype("float32"), tf.int32}), 2)
        self.assertIs(pickle.loads(pickle.dumps(tf.int64)), tf.int64)
        import numpy as np
        self.assertEqual(tf.float32, np.float32)
        self.assertIs(tf.int16.as_numpy_dtype, np.int16)


class Start(unittest.TestCase):
    def test_numpy_is_imported_when_needed(self):
        program = ("import sys, tensorflow as tf; y = tf.constant([1.0, 2.0]) + 1.0; assert 'numpy' not in sys.modules; "
                   "print(y.numpy().tolist()); assert 'numpy' in sys.modules")
        out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        self.assertEqual((out.stdout, out.stderr), ("[2.0, 3.0]\n", ""))


if __name__ == "__main__":
    unittest.main()
