# SPDX-License-Identifier: MIT
"""Iterators of version 1 over datasets."""
import unittest

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


class Iterators(unittest.TestCase):
    def setUp(self):
        context = tf.Graph().as_default()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.session = v1.Session()

    def rest(self, fetches, session=None):
        found = []
        with self.assertRaisesRegex(tf.errors.OutOfRangeError, "End of sequence"):
            while True:
                found.append((session or self.session).run(fetches))
        return found

    def test_one_shot(self):
        data = tf.data.Dataset.from_tensor_slices((np.arange(6).reshape(3, 2), np.arange(3.0)))
        a, b = data.map(lambda x, y: (x * 2, y + 1)).batch(2).make_one_shot_iterator().get_next()
        self.assertEqual((a.shape.as_list(), a.dtype), ([None, 2], tf.int64))
        found = self.rest({"a": a, "b": tf.reduce_sum(b)})
        self.assertEqual([f["a"].tolist() for f in found], [[[0, 2], [4, 6]], [[8, 10]]])
        self.assertEqual([f["b"] for f in found], [3.0, 3.0])
        self.assertEqual(len(self.rest(a, v1.Session())), 2)        # each session has its own

    def test_initializable_by_what_is_fed(self):
        x = v1.placeholder(tf.float32, [None, 2])
        iterator = v1.data.make_initializable_iterator(tf.data.Dataset.from_tensor_slices(x).repeat(2).map(lambda r: r + 1.0))
        row = iterator.get_next()
        self.assertEqual(row.shape.as_list(), [2])
        with self.assertRaisesRegex(tf.errors.FailedPreconditionError, "has not been initialized"):
            self.session.run(row)
        for values in ([[1, 2]], [[3, 4], [5, 6]]):
            self.session.run(iterator.initializer, {x: values})
            self.assertEqual([r.tolist() for r in self.rest(row)], [[v + 1.0 for v in r] for r in values] * 2)
        with self.assertRaisesRegex(ValueError, "one-shot iterator"):
            tf.data.Dataset.from_tensors(x).make_one_shot_iterator()

    def test_begun_over_several_datasets(self):
        train, test = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 12)
        iterator = v1.data.Iterator.from_structure(v1.data.get_output_types(train), v1.data.get_output_shapes(train))
        to_train, to_test = iterator.make_initializer(train), iterator.make_initializer(test)
        n = iterator.get_next()
        for begin, expected in ((to_train, [0, 1, 2]), (to_test, [10, 11]), (to_train, [0, 1, 2])):
            self.session.run(begin)
            self.assertEqual([int(x) for x in self.rest(n)], expected)

    def test_fed_by_a_handle(self):
        first, second = (tf.data.Dataset.range(a, a + 5).make_one_shot_iterator() for a in (0, 100))
        handle = v1.placeholder(tf.string, [])
        n = v1.data.Iterator.from_string_handle(handle, tf.int64, []).get_next() + 1
        one, two = self.session.run([first.string_handle(), second.string_handle()])
        self.assertEqual([int(self.session.run(n, {handle: h})) for h in (one, two, one, two)], [1, 101, 2, 102])


class Eagerly(unittest.TestCase):
    def test_an_iterator_is_as_in_version_2(self):
        iterator = v1.data.make_one_shot_iterator(tf.data.Dataset.range(2))
        self.assertEqual([int(iterator.get_next()), int(iterator.get_next())], [0, 1])
        with self.assertRaisesRegex(RuntimeError, "eager execution"):
            v1.data.make_initializable_iterator(tf.data.Dataset.range(2))


if __name__ == "__main__":
    unittest.main()
