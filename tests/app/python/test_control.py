# SPDX-License-Identifier: MIT
"""Branches and loops in graphs, and AutoGraph: each program gives in a graph what it gives as Python."""
import unittest

import numpy as np

import tensorflow as tf


def absolute(x):
    if x < 0:
        return -x
    return x


def helper(x):
    return x * 2 if x > 0 else x - 1


def countdown(n):
    if n > 0:
        return countdown(n - 1) + 1
    return 0


class Control(unittest.TestCase):
    def both(self, function, *cases):
        """In a graph, traced once, as in Python."""
        graph = tf.function(function)
        for case in cases:
            case = [tf.constant(c) for c in case]
            wanted, found = tf.nest.flatten(function(*case)), tf.nest.flatten(graph(*case))
            for a, b in zip(wanted, found):
                np.testing.assert_allclose(np.asarray(a), b.numpy(), rtol=1e-6)
        self.assertEqual(graph.experimental_get_tracing_count(), 1)
        return graph

    def test_cond(self):
        graph = self.both(lambda x: tf.cond(x > 0, lambda: (x, x + 1), lambda: (x, x - 1)), [3], [-3])
        self.assertIn("If", [op.type for op in graph.get_concrete_function(tf.constant(1)).graph.get_operations()])
        with self.assertRaisesRegex(TypeError, "same dtypes: float32 and string"):
            tf.function(lambda x: tf.cond(x > 0, lambda: x, lambda: "no"))(tf.constant(1.0))

    def test_while_loop(self):
        self.both(lambda n: tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2.0), [0, 1.0]), [0], [5])
        with self.assertRaisesRegex(ValueError, "`shape_invariants` argument of tf.while_loop"):
            tf.function(lambda x: tf.while_loop(lambda x: tf.shape(x)[0] < 5, lambda x: tf.concat([x, x], 0), [x]))(
                tf.constant([1]))

    def test_case_and_switch(self):
        self.both(lambda i: tf.switch_case(i, [lambda: 1.0, lambda: 2.0, lambda: 3.0]), [0], [1], [2], [9])
        self.both(lambda i: tf.case([(i < 1, lambda: 10), (i < 2, lambda: 20)], default=lambda: 30), [0], [1], [2])

    def test_rows(self):
        x = [1.0, 2.0, 3.0]
        self.both(lambda x: tf.map_fn(lambda r: r * r + 1.0, x), [x])
        self.both(lambda x: (tf.scan(lambda a, r: a * r, x), tf.foldl(lambda a, r: a - r, x),
                             tf.foldr(lambda a, r: a - r, x)), [x])
        self.both(lambda x: tf.scan(lambda a, r: a + r, x, initializer=1.0, reverse=True), [x])

    def test_gradients(self):
        def power(x, n):
            y = x
            for _ in tf.range(n):
                y = y * x if y > 0 else y + x
            return y
        function, x, n = tf.function(power), tf.constant(3.0), tf.constant(3)

        @tf.function
        def inside(x, n):
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = power(x, n)
                first = tape.gradient(y, x)
            return first, outer.gradient(first, x)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x, n)
            first = tape.gradient(y, x)
        second = outer.gradient(first, x)
        self.assertEqual([t.numpy() for t in (y, first, second)], [81.0, 108.0, 108.0])
        self.assertEqual([t.numpy() for t in inside(x, n)], [108.0, 108.0])

    def test_gradients_of_variables_in_branches(self):
        v, w = tf.Variable(2.0), tf.Variable([1.0, 2.0])

        @tf.function
        def f(x):
            if x > 0:
                return x * v * v
            return tf.reduce_sum(w) * x
        for x, dv, dw in ((3.0, 12.0, [0.0, 0.0]), (-3.0, 0.0, [-3.0, -3.0])):
            with tf.GradientTape() as tape:
                y = f(tf.constant(x))
            found = tape.gradient(y, [v, w])
            self.assertEqual(found[0].numpy(), dv)
            self.assertEqual(found[1].numpy().tolist(), dw)

    def test_tensor_array(self):
        @tf.function
        def squares(n, x):
            rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
            for i in tf.range(n):
                rows = rows.write(i, x * tf.cast(i, tf.float32))
            return rows.stack()
        x = tf.constant(2.0)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = squares(tf.constant(4), x)
        self.assertEqual((y.numpy().tolist(), tape.gradient(y, x).numpy()), ([0.0, 2.0, 4.0, 6.0], 6.0))

    def test_autograph(self):
        def loops(n):
            total, i = 0, 0
            while i < n:
                i += 1
                if i % 2 == 0:
                    continue
                if i > 7:
                    break
                total += i
            return total, i
        self.both(loops, [5], [50], [0])
        self.both(absolute, [3], [-3])
        self.both(lambda x: helper(x), [3], [-3])

        def nested(xs, limit):
            found = -1.0
            for x in xs:
                if x > limit and not x > 100.0 or x == 0.5:
                    found = helper(x)
                elif x < 0:
                    found += absolute(x)
            return found
        self.both(nested, ([1.0, 6.0, -7.0, 0.5], 5.0), ([1.0, 600.0, -7.0, 2.0], 5.0))

        def early(n):
            for i in tf.range(n):
                if i * i > 10:
                    return i
            return -1
        self.both(early, [2], [9])

    def test_recursion_over_python_values(self):
        self.assertEqual(tf.function(lambda: tf.constant(countdown(3)))().numpy(), 3)

    def test_stacks_show_the_program(self):
        def fails(x):
            if x > 0:
                for _ in tf.range(3):
                    x = x + tf.constant([1.0, 2.0, 3.0])
            return x
        try:
            tf.function(fails)(tf.constant(1.0))
            self.fail("it grows")
        except ValueError as error:
            frame, names = error.__traceback__, []
            while frame is not None:
                names.append(frame.tb_frame.f_code.co_name)
                frame = frame.tb_next
        self.assertIn("fails", names)
        self.assertEqual([n for n in names if n.startswith("ag__")], [])

    def test_python_control_flow_stays(self):
        @tf.function
        def f(x, times):
            for _ in range(times):
                x = x + 1
            if times == 3:
                x = x * 2
            return x
        self.assertEqual(f(tf.constant(1), 3).numpy(), 8)
        types = [op.type for op in f.get_concrete_function(tf.constant(1), 3).graph.get_operations()]
        self.assertEqual([t for t in types if t in ("If", "While")], [])

    def test_effects_in_branches_happen_once(self):
        count = tf.Variable(0)

        @tf.function
        def f(x):
            if x > 0:
                count.assign_add(1)
            else:
                count.assign_add(10)
            return x
        for x in (1, 1, -1):
            f(tf.constant(x))
        self.assertEqual(count.numpy(), 12)

    def test_errors(self):
        def no_else(x):
            if x > 0:
                return x

        def other_dtype(x):
            if x > 0:
                y = 1
            else:
                y = 1.0
            return y

        def not_made(x):
            if x > 0:
                y = 1
            return y

        def grows(x):
            for _ in tf.range(3):
                x = tf.concat([x, x], 0)
            return x
        for function, error, text, value in (
                (no_else, ValueError, "A value must also be returned from the else branch", 1),
                (other_dtype, TypeError, "'y' has dtype int32 in the main branch, but dtype float32 in the else", 1),
                (not_made, ValueError, "'y' must also be initialized in the else branch", 1),
                (grows, ValueError, r"'x' has shape \(1,\) before the loop, but shape \(2,\) after one", [1])):
            with self.assertRaisesRegex(error, text):
                tf.function(function)(tf.constant(value))

    def test_loop_else(self):
        @tf.function
        def place(xs, x):
            found = tf.constant(-7)
            for i in tf.range(tf.shape(xs)[0]):
                if xs[i] == x:
                    found = i
                    break
            else:
                found = tf.constant(-1)
            return found
        self.assertEqual([int(place(tf.constant([3, 4]), tf.constant(x))) for x in (4, 9)], [1, -1])

        @tf.function
        def down(n):
            while n > 0:
                n -= 3
                if n == 1:
                    break
            else:
                n -= 100
            return n
        self.assertEqual([int(down(tf.constant(n))) for n in (4, 6)], [1, -100])

        @tf.function
        def returned(xs, x):
            for i in range(2):
                if xs[i] == x:
                    return tf.constant(100) + i
            else:
                return tf.constant(-1)
        self.assertEqual([int(returned(tf.constant([3, 4]), tf.constant(x))) for x in (4, 9)], [101, -1])

    def test_lists(self):
        @tf.function
        def squares(n):
            found = []
            for i in tf.range(n):
                if i % 2 == 0:
                    found.append(i * i)
            return tf.stack(found), len(found), found[-1], found
        stacked, n, last, whole = squares(tf.constant(7))
        self.assertEqual((stacked.numpy().tolist(), int(n), int(last), whole.numpy().tolist()),
                         ([0, 4, 16, 36], 4, 36, [0, 4, 16, 36]))
        self.assertEqual(squares(tf.constant(1))[0].numpy().tolist(), [0])

        @tf.function
        def doubled(x):
            parts = [x]
            while tf.reduce_sum(parts[-1]) < 10.0:
                parts.append(parts[-1] * 2)
            total = tf.constant(0.0)
            for p in parts:
                total += tf.reduce_sum(p)
            return tf.stack(parts, axis=1), total
        stacked, total = doubled(tf.constant([1.0, 2.0]))
        self.assertEqual((stacked.numpy().tolist(), float(total)), ([[1, 2, 4], [2, 4, 8]], 21))

        @tf.function
        def summed(x, n):
            parts = []
            for i in tf.range(n):
                parts.append(x ** 2 * tf.cast(i, tf.float32))
            return tf.reduce_sum(tf.stack(parts))
        x = tf.constant(3.0)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = summed(x, tf.constant(4))
        self.assertEqual(float(tape.gradient(y, x)), 36)

        @tf.function
        def of_python(x):           # no loop of the graph: it stays Python's
            parts = []
            for i in range(3):
                parts.append(x * i)
            assert type(parts) is list and len(parts) == 3
            return tf.stack(parts)
        self.assertEqual(of_python(tf.constant(2)).numpy().tolist(), [0, 2, 4])

    def test_do_not_convert(self):
        @tf.autograph.experimental.do_not_convert
        def plain(x):
            return 1 if x > 0 else 2
        with self.assertRaisesRegex(TypeError, "symbolic|bool"):
            tf.function(lambda x: plain(x))(tf.constant(1))


class Jumps(unittest.TestCase):
    """Found by random programs."""

    def test_a_return_that_python_rules_out(self):
        @tf.function
        def f(a, flag):
            t = 0
            while t < tf.constant(4):
                t += 1
                if flag:
                    return a * 2.0, t
            if a > 3.0:
                if a < 5.0:
                    return a, 7
            return a * 3.0, 9
        found = [[float(x) for x in f(tf.constant(a), flag)] for a in (1.0, 4.0) for flag in (True, False)]
        self.assertEqual(found, [[2.0, 1.0], [3.0, 9.0], [8.0, 1.0], [4.0, 7.0]])

    def test_break_and_return_in_one_loop(self):
        @tf.function
        def f(a):
            t = tf.constant(0)
            while t < 9:
                t += 1
                if a * tf.cast(t, tf.float32) > 6.0:
                    break
                if t > 3:
                    return a
            return -a
        self.assertEqual([float(f(tf.constant(x))) for x in (1.0, 2.0, 3.0)], [1.0, -2.0, -3.0])

    def test_branches_that_take_gradients_of_different_inputs(self):
        def f(a, b):
            c = a * b
            if a < 0.0:
                a = a + a
                if b < a:
                    a, b = b + 0.0, a + 0.0
            h = a * 0.25 if a > 1.0 else a + 0.125
            return a + c, h + b + c
        for a, b in ((1.25, -0.5), (-2.0, 0.75), (-1.0, -5.0)):
            slopes = []
            for function in (f, tf.function(f)):
                x, y = tf.constant(a), tf.constant(b)
                with tf.GradientTape(persistent=True) as tape:
                    tape.watch([x, y])
                    first, second = function(x, y)
                slopes.append([float(s) for t in (first, second) for s in tape.gradient(t, [x, y], unconnected_gradients="zero")])
            self.assertEqual(slopes[0], slopes[1])


class UnpackedLists(unittest.TestCase):
    def test_a_list_that_a_loop_unpacks_stays_one(self):
        @tf.function
        def f(x):
            state, seen = [x, x * 2.0], []
            for i in tf.range(3):
                a, b = state
                state = [b, a + b]
                seen.append(a)
            return state[0] + state[1], tf.stack(seen)
        total, seen = f(tf.constant(1.0))
        self.assertEqual((float(total), seen.numpy().tolist()), (13.0, [1.0, 2.0, 3.0]))


if __name__ == "__main__":
    unittest.main()
