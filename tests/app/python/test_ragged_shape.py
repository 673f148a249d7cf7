# SPDX-License-Identifier: MIT
"""tf.experimental.DynamicRaggedShape and RowPartition."""
import unittest

import numpy as np
import tensorflow as tf

Shape, Rows = tf.experimental.DynamicRaggedShape, tf.experimental.RowPartition


class Shapes(unittest.TestCase):
    def test_of_a_ragged_tensor(self):
        rt = tf.ragged.constant([[1], [2, 3, 4], [], [5, 6]])
        shape = tf.shape(rt)
        self.assertEqual(repr(shape), "<DynamicRaggedShape lengths=[4, (1, 3, 0, 2)] num_row_partitions=1>")
        self.assertEqual((shape.rank, shape.inner_rank, shape.dtype), (2, 1, tf.int64))
        self.assertEqual((int(shape[0]), repr(shape[:1])), (4, "<DynamicRaggedShape lengths=[4] num_row_partitions=0>"))
        with self.assertRaisesRegex(ValueError, "Index 1 is not uniform"):
            shape[1]
        self.assertEqual([shape.is_uniform(i) for i in range(2)], [True, False])

    def test_values(self):
        shape = tf.shape(tf.ragged.constant([[1], [2, 3, 4], [], [5, 6]]))
        x = tf.constant([["a", "b"], ["c", "d"], ["e", "f"]])
        self.assertEqual(tf.reshape(x, shape).to_list(), [[b"a"], [b"b", b"c", b"d"], [], [b"e", b"f"]])
        self.assertEqual(tf.zeros(shape, tf.int32).to_list(), [[0], [0] * 3, [], [0] * 2])
        self.assertEqual(tf.ones(shape).to_list(), [[1], [1] * 3, [], [1] * 2])
        self.assertEqual(tf.fill(shape, 9).to_list(), [[9], [9] * 3, [], [9] * 2])
        two = tf.ragged.constant([[1, 2, 3], [4, 5, 6]])
        self.assertEqual(tf.reshape(two, shape).to_list(), [[1], [2, 3, 4], [], [5, 6]])
        with self.assertRaises(tf.errors.InvalidArgumentError):
            tf.reshape(tf.constant([1, 2]), shape)
        total = tf.function(lambda r: tf.reduce_sum(tf.ones(tf.shape(r))))
        self.assertEqual(float(total(two)), 6)

    def test_made(self):
        shape = Shape(row_partitions=[Rows.from_row_lengths([5, 3, 2])], inner_shape=[10, 8])
        self.assertEqual(repr(shape), "<DynamicRaggedShape lengths=[3, (5, 3, 2), 8] num_row_partitions=1>")
        self.assertEqual(repr(Shape.from_lengths([4, (2, 1, 0, 8), 12])),
                         "<DynamicRaggedShape lengths=[4, (2, 1, 0, 8), 12] num_row_partitions=1>")
        deep = Shape.from_lengths([2, 3, (0, 2, 1, 0, 1, 1), 5])
        self.assertEqual((deep.num_row_partitions, deep.static_lengths()), (2, [2, 3, (0, 2, 1, 0, 1, 1), 5]))
        self.assertEqual(deep.static_lengths(ragged_lengths=False), [2, 3, None, 5])
        self.assertEqual(tf.ones(deep).shape.as_list(), [2, 3, None, 5])
        self.assertEqual([int(deep[1]), int(deep[3]), int(deep[-1])], [3, 5, 5])
        self.assertEqual(repr(deep[:3]), "<DynamicRaggedShape lengths=[2, 3, (0, 2, 1, 0, 1, 1)] num_row_partitions=2>")
        self.assertEqual(Shape.from_lengths([2, 3]).inner_shape.numpy().tolist(), [2, 3])
        self.assertEqual(Shape.from_tensor(tf.zeros([2, 3])), Shape.from_lengths([2, 3]))
        for lengths in ([(1, 2)], [2, (1, 2, 3)]):
            with self.assertRaises(ValueError):
                Shape.from_lengths(lengths)

    def test_rows(self):
        made = [Rows.from_row_splits([0, 2, 2, 5]), Rows.from_row_lengths([2, 0, 3]), Rows.from_value_rowids([0, 0, 2, 2, 2]),
                Rows.from_row_starts([0, 2, 2], nvals=5), Rows.from_row_limits([2, 2, 5])]
        for rows in made:
            self.assertEqual(rows.row_splits().numpy().tolist(), [0, 2, 2, 5])
            self.assertEqual(rows.row_lengths().numpy().tolist(), [2, 0, 3])
            self.assertEqual(rows.value_rowids().numpy().tolist(), [0, 0, 2, 2, 2])
            self.assertEqual([int(rows.nrows()), int(rows.nvals()), rows.is_uniform()], [3, 5, False])
        even = Rows.from_uniform_row_length(3, nvals=6)
        self.assertEqual((even.row_splits().numpy().tolist(), int(even.uniform_row_length())), ([0, 3, 6], 3))
        self.assertEqual(Rows.from_uniform_row_length(0, nrows=2).row_splits().numpy().tolist(), [0, 0, 0])
        np.testing.assert_array_equal(made[0].row_starts(), [0, 2, 2])
        with self.assertRaisesRegex(ValueError, "constructor is private"):
            Rows([0, 1])


class Counts(unittest.TestCase):
    def test_by_row(self):
        rt = tf.ragged.constant([[1, 1, 0], [], [2, 7]])
        expected = [[1, 2, 0], [0, 0, 0], [0, 0, 1]]
        for values in (rt, rt.to_sparse()):
            self.assertEqual(tf.math.bincount(values, maxlength=3, axis=-1).numpy().tolist(), expected)
            self.assertEqual(tf.math.bincount(values, axis=-1).shape, (3, 8))
            self.assertEqual(tf.math.bincount(values, maxlength=2, axis=-1, binary_output=True).numpy().tolist(),
                             [[1, 1], [0, 0], [0, 0]])
        weights = tf.ragged.constant([[0.5, 1.0, 2.0], [], [3.0, 4.0]])
        run = tf.function(lambda r, w: tf.math.bincount(r, weights=w, maxlength=3, axis=-1))
        self.assertEqual(run(rt, weights).numpy().tolist(), [[2, 1.5, 0], [0, 0, 0], [0, 0, 3]])


if __name__ == "__main__":
    unittest.main()
