# SPDX-License-Identifier: MIT
"""Forward mode, jacobians, hessians, and gradients that the program gives."""
import math
import unittest

import numpy as np
import tensorflow as tf

ACC = tf.autodiff.ForwardAccumulator


def mixed(x):
    """A function of a vector, of many kinds of ops."""
    y = tf.tanh(x) * tf.exp(tf.sin(x)) + tf.reduce_sum(x ** 2) * tf.reverse(x, [0])
    z = tf.concat([y, tf.nn.softmax(x)], 0)
    w = tf.reshape(z, [2, 3]) @ tf.reshape(tf.gather(z, [1, 0, 2]), [3, 1])
    return tf.math.log1p(tf.abs(tf.squeeze(w, 1))) + tf.where(x[0] > 0, x[1:], -x[1:])


X = np.array([0.3, -0.7, 1.1])
V = np.array([0.5, 2.0, -1.0])
U = np.array([0.25, -1.5])


def differenced(f, x, v, h=1e-5):
    return (f(tf.constant(x + h * v)).numpy() - f(tf.constant(x - h * v)).numpy()) / (2 * h)


class Forward(unittest.TestCase):
    def test_guide(self):
        x = tf.constant([[2.0, 3.0], [1.0, 4.0]])
        targets = tf.constant([[1.0], [-1.0]])
        kernel, bias = tf.constant([[0.5], [0.25]]), tf.constant([0.1])
        with ACC(primals=kernel, tangents=tf.constant([[1.0], [0.0]])) as acc:
            loss = tf.reduce_sum((x @ kernel + bias - targets) ** 2.0)
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            loss = tf.reduce_sum((x @ kernel + bias - targets) ** 2.0)
        np.testing.assert_allclose(acc.jvp(loss) if acc.jvp(loss) is not None else 0, 0)
        self.assertAlmostEqual(float(tape.gradient(loss, kernel)[0, 0]), 2 * (2 * .85 + 2.6), 4)

    def test_against_differences(self):
        for run in (mixed, tf.function(mixed)):
            with ACC(tf.constant(X), tf.constant(V)) as acc:
                pass
            x = tf.constant(X)
            with ACC(x, V) as acc:
                y = run(x)
            np.testing.assert_allclose(acc.jvp(y), differenced(mixed, X, V), rtol=1e-7)

    def test_inside_of_a_function(self):
        @tf.function
        def jvp(x, v):
            with ACC(x, v) as acc:
                y = mixed(x)
            return acc.jvp(y)
        np.testing.assert_allclose(jvp(tf.constant(X), tf.constant(V)), differenced(mixed, X, V), rtol=1e-7)

    def test_orders_mixed(self):
        """Forward over reverse, reverse over forward and forward over forward are the same second derivative."""
        def gradient(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(mixed(x) * U)
            return tape.gradient(y, x)
        expected = differenced(gradient, X, V)
        for trace in (lambda f: f, tf.function):
            def forward_over_reverse(x):
                with ACC(x, V) as acc:
                    g = gradient(x)
                return acc.jvp(g)

            def reverse_over_forward(x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    with ACC(x, V) as acc:
                        y = tf.reduce_sum(mixed(x) * U)
                    t = acc.jvp(y)
                return tape.gradient(t, x)

            def forward_over_forward(x):
                parts = []
                for i in range(3):
                    with ACC(x, V) as outer, ACC(x, np.eye(3)[i]) as inner:
                        y = tf.reduce_sum(mixed(x) * U)
                    parts.append(outer.jvp(inner.jvp(y)))
                return tf.stack(parts)
            for f in (forward_over_reverse, reverse_over_forward, forward_over_forward):
                with self.subTest(f.__name__, traced=trace is tf.function):
                    np.testing.assert_allclose(trace(f)(tf.constant(X)), expected, rtol=1e-6)

    def test_third_order(self):
        x = tf.constant(1.2, tf.float64)
        with ACC(x, 1.0) as a, ACC(x, 1.0) as b, ACC(x, 1.0) as c:
            y = tf.sin(x) * x
        np.testing.assert_allclose(a.jvp(b.jvp(c.jvp(y))), -3 * math.sin(1.2) - 1.2 * math.cos(1.2))

    def test_variables_and_structures(self):
        v = tf.Variable([1.0, 2.0])
        c = tf.constant(3.0)
        with ACC({"v": v, "c": c}, {"v": tf.constant([1.0, 0.0]), "c": tf.constant(10.0)}) as acc:
            y = {"a": v * c, "b": [c * c, tf.constant(5.0)]}
        t = acc.jvp(y)
        self.assertEqual(t["a"].numpy().tolist(), [13.0, 20.0])
        self.assertEqual(t["b"][0].numpy(), 60.0)
        self.assertIsNone(t["b"][1])
        self.assertEqual(acc.jvp(v).numpy().tolist(), [1.0, 0.0])
        self.assertEqual(acc.jvp(y["b"][1], tf.UnconnectedGradients.ZERO).numpy(), 0.0)

    def test_loops_and_branches(self):
        @tf.function
        def power(x, n):
            y = x
            while n > 1:
                y = y * x
                n -= 1
            return tf.cond(y > 100.0, lambda: y * 2.0, lambda: tf.sin(y))
        for x, n in ((3.0, 5), (1.1, 3)):
            primal = tf.constant(x, tf.float64)
            with ACC(primal, 1.0) as acc:
                y = power(primal, tf.constant(n))
            slope = 2 * n * x ** (n - 1) if x ** n > 100 else n * x ** (n - 1) * math.cos(x ** n)
            np.testing.assert_allclose(acc.jvp(y), slope)

        def second(x, n):
            with ACC(x, 1.0) as acc:
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = power(x, n)
                g = tape.gradient(y, x)
            return acc.jvp(g)
        for run in (second, tf.function(second)):
            np.testing.assert_allclose(run(tf.constant(3.0, tf.float64), tf.constant(5)), 2 * 20 * 27.0)

    def test_errors(self):
        x = tf.constant(1.0)
        with self.assertRaisesRegex(ValueError, "specified as a primal multiple times"):
            ACC([x, x], [x, x])
        with ACC(x, 1.0) as acc:
            with self.assertRaisesRegex(ValueError, "Accumulator is already recording."):
                acc.__enter__()
        with self.assertRaisesRegex(ValueError, "Accumulator is not recording."):
            acc.__exit__(None, None, None)


class Custom(unittest.TestCase):
    def test_second_order(self):
        @tf.custom_gradient
        def log1pexp(x):
            e = tf.exp(x)
            return tf.math.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))
        for trace in (lambda f: f, tf.function):
            @trace
            def both(x):
                with tf.GradientTape() as outer:
                    outer.watch(x)
                    with tf.GradientTape() as inner:
                        inner.watch(x)
                        y = log1pexp(x)
                    g = inner.gradient(y, x)
                return g, outer.gradient(g, x)
            self.assertEqual(both(tf.constant(100.0))[0].numpy(), 1.0)
            g, gg = both(tf.constant(0.5, tf.float64))
            s = 1 / (1 + math.exp(-0.5))
            np.testing.assert_allclose([g, gg], [s, s * (1 - s)])

    def test_nested(self):
        @tf.custom_gradient
        def outer(x):
            @tf.custom_gradient
            def first(y):
                return y * 3.0, lambda dy: (dy * 30.0)
            return first(x) * 1.0, lambda dy: first(dy * x)
        x = tf.Variable(2.0)
        with tf.GradientTape() as t2:
            with tf.GradientTape() as t1:
                y = outer(x)
            g = t1.gradient(y, x)
        self.assertEqual((y.numpy(), g.numpy(), t2.gradient(g, x).numpy()), (6.0, 6.0, 30.0))

    def test_variables(self):
        w = tf.Variable([[1.0], [2.0]])

        @tf.custom_gradient
        def dense(x):
            def gradient(dy, variables=None):
                assert variables == [w] or variables[0] is w
                return dy @ tf.transpose(w) * 2.0, [tf.transpose(x) @ dy * 10.0]
            return x @ w, gradient
        for run in (dense, tf.function(dense)):
            x = tf.constant([[3.0, 4.0]])
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = run(x)
            gx, gw = tape.gradient(y, [x, w])
            self.assertEqual(gx.numpy().tolist(), [[2.0, 4.0]])
            self.assertEqual(gw.numpy().tolist(), [[30.0], [40.0]])

    def test_wrong_gradients(self):
        w = tf.Variable(1.0)
        with self.assertRaisesRegex(TypeError, "must accept keyword argument 'variables'"):
            tf.custom_gradient(lambda x: (x * w, lambda dy: dy))(tf.constant(1.0))
        x = tf.Variable(1.0)
        with tf.GradientTape(persistent=True) as tape:
            y = tf.custom_gradient(lambda x: (x * 2.0, lambda dy: (dy, dy)))(x)
            z = tf.custom_gradient(lambda x: (x * 2.0, lambda dy: 1 // 0))(x)
        with self.assertRaisesRegex(ValueError, "custom_gradient function expected to return 1 gradients, but returned 2"):
            tape.gradient(y, x)
        with self.assertRaises(ZeroDivisionError):
            tape.gradient(z, x)
        self.assertEqual(tape.gradient(y * 0.0 + x, x), None)

    def test_methods(self):
        class Scale:
            by = 5.0

            @tf.custom_gradient
            def apply(self, x):
                return x * self.by, lambda dy: dy * self.by * 100.0
        x = tf.Variable(1.0)
        with tf.GradientTape() as tape:
            y = Scale().apply(x)
        self.assertEqual(tape.gradient(y, x).numpy(), 500.0)

    def test_forward(self):
        @tf.custom_gradient
        def doubled(x):
            return x * 1.0, lambda dy: dy * 2.0
        x = tf.constant(3.0)
        with ACC(x, 1.5) as acc:
            y = doubled(x)
        self.assertEqual(acc.jvp(y).numpy(), 3.0)

    def test_function_differentiated_outside(self):
        @tf.custom_gradient
        def clip(x, y):
            return (x * y, x + y), lambda a, b: (tf.clip_by_value(a, 0.0, 0.5) + b, None)

        @tf.function
        def f(x):
            a, b = clip(x, x)
            return tf.reduce_sum(a * a), b
        x = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as tape:
            a, b = f(x)
        self.assertEqual(tape.gradient([a, b], x).numpy().tolist(), [1.5, 1.5])

    def test_recomputed(self):
        calls = []
        w = tf.Variable(3.0, dtype=tf.float64)

        def f(x):
            calls.append(1)
            return tf.sin(x * w)
        x = tf.Variable(0.5, dtype=tf.float64)
        with tf.GradientTape() as tape:
            y = tf.recompute_grad(f)(x)
        self.assertEqual(len(calls), 1)
        found = tape.gradient(y, [x, w])
        self.assertEqual(len(calls), 2)
        np.testing.assert_allclose(found, [3 * math.cos(1.5), 0.5 * math.cos(1.5)])

    def test_passed_through(self):
        x = tf.Variable(1.0)
        with tf.GradientTape() as tape:
            y = tf.grad_pass_through(tf.round)(x * 3.2)
        self.assertEqual((y.numpy(), tape.gradient(y, x).numpy()), (3.0, np.float32(3.2)))


class Jacobians(unittest.TestCase):
    def test_unknown_shapes(self):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float64), tf.TensorSpec([None, 2], tf.float64)])
        def jacobians(x, b):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch([x, b])
                y = tf.reshape(x, [-1, 1]) ** 2 * tf.reduce_sum(x)
                z = tf.concat([b * b, tf.reduce_sum(b, 1, keepdims=True)], 1)
            return tape.jacobian(y, x), tape.batch_jacobian(z, b)
        x, b = np.array([1.0, 2.0, 3.0]), np.array([[1.0, 2.0], [3.0, 4.0]])
        j, jb = jacobians(x, b)
        np.testing.assert_allclose(j.numpy()[:, 0], np.diag(2 * x * 6) + (x ** 2)[:, None])
        np.testing.assert_allclose(jb, [[[2, 0], [0, 4], [1, 1]], [[6, 0], [0, 8], [1, 1]]])

    def test_structures_and_unconnected(self):
        x, other = tf.constant([1.0, 2.0]), tf.constant([[3.0]])
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, other])
            y = x * x
        found = tape.jacobian(y, {"x": x, "o": other})
        self.assertEqual(found["x"].numpy().tolist(), [[2.0, 0.0], [0.0, 4.0]])
        self.assertIsNone(found["o"])
        zero = tape.jacobian(y, other, unconnected_gradients="zero", experimental_use_pfor=False)
        self.assertEqual(zero.shape, (2, 1, 1))
        with self.assertRaisesRegex(ValueError, "Unknown value for unconnected_gradients: 'nil'"):
            tape.gradient(y, x, unconnected_gradients="nil")
        with self.assertRaisesRegex(ValueError, "Need first dimension of target shape"):
            tape.batch_jacobian(y, other)

    def test_spent(self):
        x = tf.Variable([1.0])
        with tf.GradientTape() as tape:
            y = x * x
        tape.jacobian(y, x)
        self.assertEqual(tape.watched_variables()[0] is x, True)
        with self.assertRaisesRegex(RuntimeError, r"A non-persistent GradientTape can only be used to compute one set"):
            tape.jacobian(y, x)
        with self.assertRaisesRegex(TypeError, "Argument `target` should be a list or nested structure"):
            tape.gradient(None, x)

    def test_no_gradient_at_all(self):
        image, factor = tf.Variable([[[0.5, 0.0, 0.0]]]), tf.Variable(0.1)
        with tf.GradientTape() as tape:
            y = tf.image.adjust_contrast(image, factor)
        self.assertEqual(y.shape, image.shape)
        with self.assertRaisesRegex(LookupError, "gradient registry has no entry for: AdjustContrastv2"):
            tape.gradient(y, [image, factor])

    def test_hessian(self):
        x = tf.constant(X)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_prod(x) + tf.reduce_sum(tf.exp(x))
            g = inner.gradient(y, x)
        a, b, c = X
        expected = np.array([[0, c, b], [c, 0, a], [b, a, 0]]) + np.diag(np.exp(X))
        np.testing.assert_allclose(outer.jacobian(g, x), expected)


class Graphs(unittest.TestCase):
    def test_gradients(self):
        @tf.function
        def f(x):
            y = x * x
            z = y * x
            return (*tf.gradients(z, [x, y]), tf.gradients([z, y], x, grad_ys=[tf.constant(2.0), tf.constant(3.0)])[0],
                    tf.gradients(z, x, stop_gradients=[y])[0])
        self.assertEqual([g.numpy() for g in f(tf.constant(3.0))], [27.0, 3.0, 72.0, 9.0])
        with self.assertRaisesRegex(RuntimeError, "tf.gradients is not supported when eager execution is enabled"):
            tf.gradients(tf.constant(1.0), tf.constant(1.0))

    def test_unconnected(self):
        @tf.function
        def f(x):
            none = tf.gradients(tf.constant(1.0), x)
            assert none == [None], none
            return tf.gradients(tf.constant(1.0), x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        self.assertEqual(f(tf.constant([1.0, 2.0]))[0].numpy().tolist(), [0.0, 0.0])

    def test_hessians(self):
        @tf.function
        def f(x):
            return tf.hessians(tf.reduce_sum(x ** 3) + x[0] * x[1], x)[0]
        np.testing.assert_allclose(f(tf.constant([1.0, 2.0])), [[6.0, 1.0], [1.0, 12.0]])

    def test_overridden(self):
        @tf.RegisterGradient("Tenfold")
        def tenfold(op, dy):
            return dy * 10.0 * op.inputs[0]
        with self.assertRaisesRegex(KeyError, "Registering two gradient with name 'Tenfold'!"):
            tf.RegisterGradient("Tenfold")(tenfold)

        @tf.function
        def f(x):
            graph = tf.compat.v1.get_default_graph()
            with graph.gradient_override_map({"Square": "Tenfold", "Floor": "Tenfold"}):
                y = tf.square(x) + tf.floor(x)
            return tf.gradients(y + tf.square(x), x)[0]
        self.assertEqual(f(tf.constant(3.0)).numpy(), 66.0)
        x = tf.Variable(3.0)
        with tf.GradientTape() as tape:
            y = tf.function(lambda: f(x))()
        self.assertEqual(tape.gradient(y, x).numpy(), 22.0)

    def test_compute_gradient(self):
        theory, numeric = tf.test.compute_gradient(lambda x, y: x @ y, [tf.constant([[1.0, 2.0]]), tf.constant([[3.0], [4.0]])])
        np.testing.assert_allclose(theory[0], [[3.0, 4.0]])
        np.testing.assert_allclose(numeric[1], [[1.0, 2.0]], rtol=1e-3)


class NoEntry(unittest.TestCase):
    def test_missing_gradients(self):
        x = tf.constant([5.0, 7.0])
        for op in (tf.raw_ops.Mod, tf.raw_ops.TruncateMod):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = op(x=x, y=tf.constant(3.0))
            with self.assertRaisesRegex(LookupError, "gradient registry has no entry for: " + op.__name__):
                tape.gradient(y, x)

    def test_svd_of_full_matrices(self):
        for shape, good in (((3, 2), True), ((2, 3), True), ((4, 2), False)):
            x = tf.constant(np.random.default_rng(1).normal(size=shape))
            with tf.GradientTape() as tape:
                tape.watch(x)
                _, u, v = tf.linalg.svd(x, full_matrices=True)
                y = tf.reduce_sum(u[..., -1] ** 3) + tf.reduce_sum(v[..., -1] ** 3)
            if not good:
                with self.assertRaisesRegex(Exception, r"not implemented for abs\(m - n\) > 1 when full_matrices is True"):
                    tape.gradient(y, x)
                continue
            found, h = tape.gradient(y, x).numpy(), 1e-6
            for at in np.ndindex(*shape):
                step = np.zeros(shape)
                step[at] = h
                values = []
                for sign in (1, -1):
                    u, _, vh = np.linalg.svd(x.numpy() + sign * step, full_matrices=True)
                    signs = [np.sign(np.sum(a[:, -1] * b.numpy()[:, -1])) for a, b in zip((u, vh.T), tf.linalg.svd(
                        x, full_matrices=True)[1:])]
                    values.append(np.sum((signs[0] * u[:, -1]) ** 3) + np.sum((signs[1] * vh.T[:, -1]) ** 3))
                self.assertAlmostEqual(found[at], (values[0] - values[1]) / (2 * h), places=5)

    def test_a_long_jacobian_in_a_graph_is_a_loop(self):
        x = tf.constant(np.linspace(0.0, 1.0, 40))

        @tf.function
        def jacobian(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.sin(x) * tf.reduce_sum(x)
            return tape.jacobian(y, x)
        expected = np.diag(np.cos(x)) * np.sum(x) + np.sin(x)[:, None]
        np.testing.assert_allclose(jacobian(x), expected)
        self.assertIn("While", {op.type for op in jacobian.get_concrete_function(x).graph.get_operations()})


if __name__ == "__main__":
    unittest.main()
