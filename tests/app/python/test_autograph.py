# SPDX-License-Identifier: MIT
"""AutoGraph: what counts as the state of a branch or loop, what has to have a value, and Python's functions over tensors."""
import contextlib
import io
import unittest

import numpy as np
import tensorflow as tf


class Counter:
    def __init__(self):
        self.total, self.parts = tf.constant(0.0), {"even": tf.constant(0), "odd": tf.constant(0)}


class State(unittest.TestCase):
    def test_attributes_and_items(self):
        counter = Counter()

        @tf.function
        def count(n):
            counter.total, counter.parts["even"], counter.parts["odd"] = tf.constant(0.0), 0, 0
            for i in tf.range(n):
                counter.total += tf.cast(i, tf.float32)
                if i % 2 == 0:
                    counter.parts["even"] += 1
                else:
                    counter.parts["odd"] = counter.parts["odd"] + i
            return counter.total, counter.parts["even"], counter.parts["odd"]
        self.assertEqual([float(t) for t in count(tf.constant(5))], [10, 3, 4])
        self.assertEqual([float(t) for t in count(tf.constant(0))], [0, 0, 0])

    def test_items_of_lists_and_keys(self):
        @tf.function
        def fill(x, key):
            values = [x, x * 2]
            named = {}
            if x > 0:
                values[1] = x + 10
                named[key] = x
            else:
                values[0] = -x
                named[key] = x * 100
            while values[0] < 50:
                values[0] *= 3
            return values, named[key]
        self.assertEqual([int(t) for t in tf.nest.flatten(fill(tf.constant(2), "a"))], [54, 12, 2])
        self.assertEqual([int(t) for t in tf.nest.flatten(fill(tf.constant(-2), "a"))], [54, -4, -200])

    def test_an_item_of_one_branch(self):
        @tf.function
        def partly(x):
            found = {"a": x}
            if x > 0:
                found["b"] = x
            return found
        with self.assertRaisesRegex(ValueError, r"'found\['b'\]' must also be initialized in the else branch"):
            partly(tf.constant(1))

    def test_an_object_made_inside(self):
        @tf.function
        def inside(x):
            for _ in tf.range(3):
                box = Counter()
                box.total = x
                box.total += 1.0
                x = box.total
            return x
        self.assertEqual(float(inside(tf.constant(1.0))), 4)

    def test_what_a_branch_changes_the_other_does_not_see(self):
        seen = tf.Variable([0, 0])

        @tf.function
        def f(x):
            if x > 0:
                x = x + 100
                seen.assign([x, 1])
            else:
                seen.assign([x, 2])
            return seen.read_value()
        self.assertEqual([f(tf.constant(n)).numpy().tolist() for n in (5, -5)], [[105, 1], [-5, 2]])

    def test_a_function_inside_reads_what_comes_later(self):
        @tf.function
        def f(x):
            def tell():
                return y * 2
            y = x
            if x > 0:
                y = x + 1
            later = lambda: y - 1       # noqa: E731
            for _ in tf.range(2):
                y += 10
            return tell(), later()
        self.assertEqual([int(t) for t in f(tf.constant(3))], [48, 23])

    def test_names_that_do_not_matter_may_be_anything(self):
        @tf.function
        def f(n):
            total = tf.constant(0)
            for i in tf.range(n):
                if i > 1:
                    note, step = "many", tf.constant([1, 2])
                    total += tf.size(step) + len(note)
                else:
                    note, step = None, tf.constant(1.0)
                    total += tf.size(step)
            return total
        self.assertEqual(int(f(tf.constant(4))), 14)

    def test_a_function_that_changes_what_is_around_it(self):
        @tf.function
        def f(x, n):
            count = tf.constant(0)

            def advance(by):
                nonlocal x, count
                x = x * by
                count += 1
            for _ in tf.range(n):
                advance(2)
            if x > 10:
                advance(3)
            return x, count
        self.assertEqual([[int(t) for t in f(tf.constant(1), tf.constant(n))] for n in (0, 3, 4)], [[1, 0], [8, 3], [48, 5]])

    def test_a_try_and_a_match(self):
        @tf.function
        def f(x, kind):
            try:
                if x > 0:
                    y = x * 2
                else:
                    y = x
                match kind:
                    case "double":
                        if y > 10:
                            return y * 2
                    case [first, _]:
                        for _ in tf.range(first):
                            y += 1
                    case _:
                        pass
            finally:
                x = x + 1
            return y + x
        self.assertEqual([int(f(tf.constant(n), k)) for n, k in ((6, "double"), (1, "double"), (1, (3, 0)), (-1, None))],
                         [24, 4, 7, -1])


class Before(unittest.TestCase):
    def test_a_loop_that_has_to_run(self):
        @tf.function
        def last(n):
            i = tf.constant(0)
            while i < n:
                v = tf.ones([i + 1])
                i += 1
            return v

        @tf.function
        def early(xs):
            for x in xs:
                if x > 2:
                    return x
        self.assertEqual(last(tf.constant(3)).numpy().tolist(), [1, 1, 1])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "loop must iterate at least once to initialize v"):
            last(tf.constant(0))
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "the return value"):
            early(tf.constant([1, 2]))
        self.assertEqual(int(early(tf.constant([1, 3]))), 3)

    def test_a_loop_that_runs_asks_nothing(self):
        @tf.function
        def f(x):
            for _ in tf.range(3):
                y = x * 2
            for item in tf.constant([1, 2]):
                z = item
            return y, z
        graph = f.get_concrete_function(tf.constant(1)).graph
        self.assertEqual([op for op in graph.get_operations() if op.type == "Assert"], [])
        self.assertEqual([int(t) for t in f(tf.constant(4))], [8, 2])

    def test_read_before_it_has_a_value(self):
        @tf.function
        def f(n):
            for i in tf.range(n):
                if i == 0:
                    a = 1
                else:
                    a = a + 1       # noqa: F821
            return a
        with self.assertRaisesRegex(ValueError, "'a' must be defined before the loop"):
            f(tf.constant(2))

    def test_none(self):
        @tf.function
        def branch(x):
            y = None
            if x > 0:
                y = x
            return y

        @tf.function
        def loop(n):
            y = tf.constant(0)
            for _ in tf.range(n):
                y = None
            return y
        with self.assertRaisesRegex(ValueError, "'y' is None at the end of the else branch"):
            branch(tf.constant(1))
        with self.assertRaisesRegex(ValueError, "'y' is None at the end of the iteration"):
            loop(tf.constant(1))

    def test_an_empty_dataset(self):
        @tf.function
        def total(items):
            s = tf.constant(0)
            for item in items:
                s = s * 10 + item
            return s
        for values in ([], [1, 2]):
            data = tf.data.Dataset.from_tensor_slices(tf.constant(values, tf.int32))
            self.assertEqual(int(total(data)), 12 if values else 0)
            self.assertEqual(data.element_spec, tf.TensorSpec([], tf.int32))


class Options(unittest.TestCase):
    def test_most(self):
        @tf.function
        def f(x):
            while x < 100:
                tf.autograph.experimental.set_loop_options(maximum_iterations=4)
                x *= 2
            return x
        self.assertEqual([int(f(tf.constant(n))) for n in (1, 50)], [16, 100])

    def test_shapes(self):
        @tf.function
        def grown(n):
            v = tf.constant([0])
            for i in tf.range(n):
                tf.autograph.experimental.set_loop_options(shape_invariants=[(v, tf.TensorShape([None]))])
                v = tf.concat([v, [i]], 0)
            return v

        @tf.function
        def other_rank(n):
            v = tf.constant([0])
            for _ in tf.range(n):
                tf.autograph.experimental.set_loop_options(shape_invariants=[(v, tf.TensorShape([None]))])
                v = tf.expand_dims(v, 0)
            return v
        self.assertEqual(grown(tf.constant(3)).numpy().tolist(), [0, 0, 1, 2])
        with self.assertRaisesRegex(ValueError, r"'v' has shape \(1, None\) after one iteration, which does not conform"):
            other_rank(tf.constant(3))

    def test_printed_in_each_run(self):
        def f(x):
            print("now", x, end="!\n")
            return x + 1
        asked = tf.function(f, experimental_autograph_options=tf.autograph.experimental.Feature.BUILTIN_FUNCTIONS)
        for function, wanted in ((asked, "now 1!\nnow 2!\n"),
                                 (tf.function(f), 'now Tensor("x:0", shape=(), dtype=int32)!\n')):
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                function(tf.constant(1))
                function(tf.constant(2))
            self.assertEqual(printed.getvalue(), wanted)


class Functions(unittest.TestCase):
    def test_most_and_least(self):
        @tf.function
        def f(x, y):
            return max(x, y), min(x, y, 3), max(tf.stack([x, y])), max(1, 2), min([4, 3])
        self.assertEqual([int(t) for t in f(tf.constant(5), tf.constant(7))], [7, 3, 7, 2, 3])
        with self.assertRaisesRegex(ValueError, "use tf.reduce_max"):
            tf.function(lambda x: max(x))(tf.ones([2, 2]))

    def test_of_datasets(self):
        @tf.function
        def f(data):
            return any(data), all(data), any([False, True]), data.reduce(0, lambda n, b: n + tf.cast(b, tf.int32))
        for flags, wanted in (([], [False, True, True, 0]), ([True, False], [True, False, True, 1]), ([True], [True, True, True, 1])):
            data = tf.data.Dataset.from_tensor_slices(tf.constant(flags, tf.bool))
            self.assertEqual([int(t) for t in f(data)], wanted)

    def test_rows_of_ragged_tensors(self):
        @tf.function
        def sums(rows):
            total = tf.constant(0)
            for row in rows:
                for x in row:
                    total = total * 10 + x
            return total, len(rows)
        self.assertEqual([int(t) for t in sums(tf.ragged.constant([[1, 2], [], [3]]))], [123, 3])

    def test_super_in_a_branch(self):
        class Base:
            def step(self, x):
                return x + 1

        class Derived(Base):
            @tf.function
            def step(self, x):
                for _ in tf.range(2):
                    if x > 0:
                        x = super().step(x)
                return x
        derived = Derived()
        self.assertEqual(int(derived.step(tf.constant(1))), 3)

    def test_lists_of_tensors_take_the_dtype_asked_for(self):
        @tf.function
        def f(i):
            return tf.concat([tf.constant([1, 2]), [i]], 0)
        self.assertEqual(f(tf.constant(7, tf.int64)).numpy().tolist(), [1, 2, 7])
        self.assertEqual(f(tf.constant(7, tf.int64)).dtype, tf.int32)

    def test_a_random_scalar(self):
        self.assertEqual(int(tf.function(lambda n: tf.random.uniform((), n, n + 1, tf.int32))(tf.constant(4))), 4)
        self.assertEqual(np.shape(tf.random.uniform([], 0, 5, tf.int32)), ())

    def test_in_a_tensor(self):
        self.assertIn(2.0, [float(t) for t in tf.constant([1.0, 2.0])])
        with self.assertRaisesRegex(TypeError, r"`in` on a symbolic `tf.Tensor` is not allowed.* tf.reduce_any|Use `tf.reduce_any"):
            tf.function(lambda x: 1 if 2.0 in x else 0)(tf.constant([1.0, 2.0]))

    def test_an_index_and_a_length(self):
        with self.assertRaisesRegex(TypeError, "Python number is not allowed.* `tf.gather` where it is an index"):
            tf.function(lambda x: [1, 2][x])(tf.constant(1))
        with self.assertRaisesRegex(TypeError, "len requires a non-scalar tensor"):
            tf.function(lambda x: len(x))(tf.constant(1))


if __name__ == "__main__":
    unittest.main()
