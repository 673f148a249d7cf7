# SPDX-License-Identifier: MIT
"""Calls of a tf.function that are like one before: they give what the first gave, and any other call finds its own trace."""
import collections
import copy
import functools
import gc
import threading
import unittest
import weakref

import numpy as np
import tensorflow as tf


class Calls(unittest.TestCase):
    def counted(self, body, **options):
        traces = []

        def f(*args, **kwargs):
            traces.append((args, kwargs))
            return body(*args, **kwargs)
        return tf.function(f, **options), traces

    def test_each_kind_of_arguments_keeps_its_trace(self):
        f, traces = self.counted(lambda x, y=None: x * 2 if y is None else x + y)
        kinds = [((tf.constant(1.0),), 2.0), ((tf.constant(3),), 6), ((tf.constant([1.0, 2.0]),), [2.0, 4.0]),
                 ((tf.constant(1.0), tf.constant(2.0)), 3.0), ((tf.constant(1.0), None), 2.0), ((tf.constant(1.0), 5.0), 6.0),
                 ((tf.constant(1.0), 6.0), 7.0), ((tf.constant([[1.0]]),), [[2.0]])]
        for _ in range(3):
            for args, expected in kinds:
                np.testing.assert_array_equal(f(*args).numpy(), expected)
        self.assertEqual(len(traces), len(kinds))
        self.assertEqual(f(x=tf.constant(4.0)).numpy(), 8.0)

    def test_values_that_are_alike_but_not_the_same(self):
        f, traces = self.counted(lambda x, k: x * tf.cast(k, tf.float32) if k is not None else -x)
        x = tf.constant(3.0)
        for _ in range(3):
            for value, expected in [(1, 3.0), (True, 3.0), (1.0, 3.0), (1000, 3000.0), (int("1000"), 3000.0), (0.0, 0.0),
                                    (None, -3.0), (False, 0.0)]:
                self.assertEqual(f(x, value).numpy(), expected)
        kinds = [(1, int), (True, bool), (1.0, float), (1000, int), (0.0, float), (None, type(None)), (False, bool)]
        self.assertEqual([(args[1], type(args[1])) for args, _ in traces], kinds)

    def test_more_kinds_than_are_remembered(self):
        f, traces = self.counted(lambda x: x + 1)
        for _ in range(3):
            for n in range(1, 10):
                np.testing.assert_array_equal(f(tf.zeros(n)).numpy(), np.ones(n))
        self.assertEqual(len(traces), 9)

    def test_forms_of_results(self):
        x = tf.constant(2.0)
        v = tf.Variable(0.0)
        for body, expected in [(lambda x: (x, x + 1), (2.0, 3.0)), (lambda x: [x, x + 1], [2.0, 3.0]), (lambda x: (x,), (2.0,)),
                               (lambda x: {"a": x}, {"a": 2.0}), (lambda x: (x, None, [x]), (2.0, None, [2.0])),
                               (lambda x: [], []), (lambda x: (), ())]:
            f = tf.function(body)
            for _ in range(3):
                result = f(x)
                self.assertIs(type(result), type(expected))
                self.assertEqual(tf.nest.map_structure(lambda t: None if t is None else float(t), result), expected)

        @tf.function
        def nothing(x):
            v.assign_add(x)
        self.assertEqual([nothing(x), nothing(x), nothing(x)], [None] * 3)
        self.assertEqual(v.numpy(), 6.0)

    def test_results_are_apart(self):
        f = tf.function(lambda x: (x, x * 2, x * 2))
        x = tf.constant([1.0, 2.0])
        held = [f(x + i) for i in range(20)]
        for i, results in enumerate(held):
            for result, factor in zip(results, (1, 2, 2)):
                np.testing.assert_array_equal(result.numpy(), np.array([1 + i, 2 + i]) * factor)

    def test_variables_are_read_anew(self):
        v = tf.Variable([1.0, 2.0])
        f = tf.function(lambda x: x + v)
        for i in range(4):
            v.assign([float(i), 0.0])
            np.testing.assert_array_equal(f(tf.constant([1.0, 1.0])).numpy(), [i + 1.0, 1.0])

    def test_inside_of_a_trace_and_under_a_tape(self):
        inner = tf.function(lambda x: x * x)
        x = tf.constant(3.0)
        self.assertEqual([inner(x).numpy(), inner(x).numpy()], [9.0, 9.0])
        outer = tf.function(lambda x: inner(x) + 1)
        self.assertEqual([outer(x).numpy(), outer(x).numpy()], [10.0, 10.0])
        for _ in range(2):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = inner(x)
            self.assertEqual(tape.gradient(y, x).numpy(), 6.0)

    def test_eagerly(self):
        f, traces = self.counted(lambda x: x + 1)
        x = tf.constant(1.0)
        f(x), f(x)
        tf.config.run_functions_eagerly(True)
        try:
            f(x), f(x)
            self.assertIsNot(type(traces[-1][0][0]), type(traces[0][0][0]))
        finally:
            tf.config.run_functions_eagerly(False)
        self.assertEqual(len(traces), 3)
        f(x)
        self.assertEqual(len(traces), 3)

    def test_errors_leave_nothing_behind(self):
        f = tf.function(lambda x, y: (x + 1) // y)
        for i in range(6):
            if i % 2:
                with self.assertRaises(tf.errors.InvalidArgumentError):
                    f(tf.constant([4, 6]), tf.constant([0, 1]))
            else:
                np.testing.assert_array_equal(f(tf.constant([4, 6]), tf.constant([1, 7])).numpy(), [5, 1])

    def test_a_run_within_a_run(self):
        """The body calls the function itself, through Python, while it runs."""
        def down(n):
            return f(n - 1) if n > 0 else tf.constant(0.0)

        @tf.function
        def f(n):
            before = n * 2.0
            below = tf.py_function(down, [n], tf.float32)
            return before + tf.reshape(below, [])
        for _ in range(3):
            self.assertEqual(f(tf.constant(10.0)).numpy(), 110.0)
        self.assertEqual(f(tf.constant(3.0)).numpy(), 12.0)

    def test_threads(self):
        f = tf.function(lambda x: tf.reduce_sum(tf.tanh(x * 2) + x))
        wrong = []

        def run(k):
            x = tf.fill([50], float(k))
            expected = f(x).numpy()
            wrong.extend(1 for _ in range(500) if f(x).numpy() != expected)
        threads = [threading.Thread(target=run, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_goes_away(self):
        f = tf.function(lambda x: x + 1)
        f(tf.constant(1.0)), f(tf.constant(1.0))
        weak = weakref.ref(f)
        del f
        gc.collect()
        self.assertIsNone(weak())

    def test_is_called_like_a_function(self):
        f = tf.function(lambda x, y: x - y)
        self.assertTrue(callable(f))
        self.assertEqual(f.__call__(tf.constant(3), tf.constant(1)).numpy(), 2)
        self.assertEqual(f(tf.constant(3), y=tf.constant(1)).numpy(), 2)
        with self.assertRaises(TypeError):
            f(tf.constant(1))


class Pair(collections.namedtuple("Pair", "left right")):
    pass


class Kinds(unittest.TestCase):
    """Keywords, structures, variables and objects: what is taken again is what was traced, and nothing else."""

    def traced(self, body):
        count = []

        def f(*args, **kwargs):
            count.append(1)
            return body(*args, **kwargs)
        functools.update_wrapper(f, body)
        return tf.function(f), count

    def test_keywords_in_any_order(self):
        f, count = self.traced(lambda x, y, k=1: x - y * k)
        a, b = tf.constant(10), tf.constant(3)
        for _ in range(3):
            self.assertEqual([int(t) for t in (f(x=a, y=b), f(y=b, x=a), f(y=a, x=a), f(a, y=b), f(x=a, y=b, k=2), f(k=2, y=b, x=a))],
                             [7, 7, 0, 7, 4, 4])
        self.assertEqual([int(f(y=tf.constant(i), x=a)) for i in range(4)], [10, 9, 8, 7])
        self.assertEqual(len(count), 2)

    def test_keywords_of_any_name(self):
        f, count = self.traced(lambda x, **others: sum(others[k] * w for k, w in (("a", 1), ("b", 10))) + x)
        one, two, three = (tf.constant(i) for i in (1, 2, 3))
        for _ in range(3):
            self.assertEqual([int(f(one, a=two, b=three)), int(f(one, b=three, a=two)), int(f(a=three, b=two, x=one))], [33, 33, 24])
        self.assertEqual(len(count), 1)

    def test_structures(self):
        def value(d):
            return d["a"] * 100 + d["b"][0] * 10 + d["b"][1].left - d["b"][1].right
        f, count = self.traced(value)
        a, b, c, e = (tf.constant(i) for i in (1, 2, 3, 4))
        for _ in range(3):
            self.assertEqual(int(f({"a": a, "b": [b, Pair(c, e)]})), 119)
            self.assertEqual(int(f({"b": [e, Pair(b, a)], "a": c})), 341)
        self.assertEqual(len(count), 1)
        self.assertEqual(int(f({"a": a, "b": [b, Pair(c, 4)]})), 119)
        self.assertEqual(int(f({"a": a, "b": (b, Pair(c, e))})), 119)
        self.assertEqual(len(count), 3)
        with self.assertRaises(KeyError):
            f({"a": a})

    def test_a_list_that_changes(self):
        f, count = self.traced(lambda items: tf.add_n(items))
        items = [tf.constant(1), tf.constant(2)]
        self.assertEqual([int(f(items)), int(f(items))], [3, 3])
        items.append(tf.constant(3))
        self.assertEqual([int(f(items)), int(f(items))], [6, 6])
        items[0] = tf.constant(10)
        self.assertEqual(int(f(items)), 15)
        self.assertEqual(len(count), 2)

    def test_variables_and_objects(self):
        class Thing:
            def __init__(self, n):
                self.n = tf.Variable(n)
        f, count = self.traced(lambda thing, v, x: thing.n * v + x)
        a, b, v, w, x = Thing(2), Thing(3), tf.Variable(10), tf.Variable(20), tf.constant(1)
        for _ in range(3):
            self.assertEqual([int(f(a, v, x)), int(f(b, v, x)), int(f(b, w, x))], [21, 31, 61])
        a.n.assign(5)
        self.assertEqual(int(f(a, v, x)), 51)
        self.assertEqual(len(count), 3)

    def test_objects_are_held_weakly(self):
        class Thing:
            n = 1
        f, count = self.traced(lambda thing, x: x + thing.n)
        for _ in range(5):
            thing = Thing()
            alive = weakref.ref(thing)
            f(thing, tf.constant(1)), f(thing, tf.constant(1))
            del thing
            gc.collect()
            self.assertIsNone(alive())
        self.assertEqual(len(count), 5)
        self.assertEqual(int(tf.function(lambda t, x: x if t is None else -x)(None, tf.constant(1))), 1)

    def test_methods(self):
        class Scale(tf.Module):
            def __init__(self, n):
                super().__init__()
                self.n = tf.Variable(n)

            @tf.function
            def __call__(self, x):
                return self.step(x) + 1

            @tf.function
            def step(self, x):
                return x * self.n

            def __eq__(self, other):
                return isinstance(other, Scale)

            def __hash__(self):
                return 1
        a, b, x = Scale(2), Scale(3), tf.constant(10)
        for _ in range(3):
            self.assertEqual([int(a(x)), int(b(x)), int(a.step(x)), int(b.step(x)), int(Scale.step(a, x))], [21, 31, 20, 30, 20])
        self.assertIs(a.step, a.step)
        alive = weakref.ref(a)
        del a
        gc.collect()
        self.assertIsNone(alive())
        held = Scale(4).step
        with self.assertRaisesRegex(ReferenceError, "keep it in a variable"):
            held(x)

    def test_what_holds_itself_goes(self):
        f = tf.function(lambda x: {"a": x, "b": (x,)})
        f(tf.constant(1)), f(tf.constant(1))
        concrete = f.get_concrete_function(tf.constant(1))
        concrete(tf.constant(1)), concrete(tf.constant(1))
        alive = weakref.ref(concrete)
        del f, concrete
        gc.collect()
        self.assertIsNone(alive())

    def test_copies(self):
        f = tf.function(lambda x: x + 1)
        f(tf.constant(1))
        twin = copy.deepcopy(f)
        self.assertEqual((int(twin(tf.constant(2))), twin.experimental_get_tracing_count()), (3, 1))


if __name__ == "__main__":
    unittest.main()
