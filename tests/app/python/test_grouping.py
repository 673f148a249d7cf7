# SPDX-License-Identifier: MIT
"""tf.data: elements put together, by the values that TensorFlow documents; small things of tf.config and tf.nest."""
import unittest

import numpy as np
import tensorflow as tf

DATASET = tf.data.Dataset


def lists(dataset) -> list:
    return [tf.nest.map_structure(lambda v: v.tolist(), e) for e in dataset.as_numpy_iterator()]


class Grouping(unittest.TestCase):
    def test_padded(self):
        rows = DATASET.range(1, 5, output_type=tf.int32).map(lambda x: tf.fill([x], x))
        self.assertEqual(lists(rows.padded_batch(2)), [[[1, 0], [2, 2]], [[3, 3, 3, 0], [4, 4, 4, 4]]])
        self.assertEqual(lists(rows.padded_batch(2, padded_shapes=5)),
                         [[[1, 0, 0, 0, 0], [2, 2, 0, 0, 0]], [[3, 3, 3, 0, 0], [4, 4, 4, 4, 0]]])
        self.assertEqual(lists(rows.padded_batch(3, [None], padding_values=-1, drop_remainder=True)),
                         [[[1, -1, -1], [2, 2, -1], [3, 3, 3]]])
        pairs = DATASET.from_generator(lambda: iter([([1, 2, 3], [10]), ([4, 5], [11, 12])]), (tf.int32, tf.int32))
        self.assertEqual(lists(pairs.padded_batch(2, padded_shapes=([4], [None]), padding_values=(-1, 100))),
                         [([[1, 2, 3, -1], [4, 5, -1, -1]], [[10, 100], [11, 12]])])
        with self.assertRaisesRegex(tf.errors.DataLossError, "Attempted to pad to a smaller size"):
            lists(rows.padded_batch(4, padded_shapes=3))

    def test_other_batches(self):
        rows = DATASET.range(8).batch(4)
        self.assertEqual(lists(rows.rebatch(3)), [[0, 1, 2], [3, 4, 5], [6, 7]])
        self.assertEqual(lists(rows.rebatch(3, drop_remainder=True)), [[0, 1, 2], [3, 4, 5]])
        self.assertEqual(lists(rows.rebatch([2, 1, 1])), [[0, 1], [2], [3], [4, 5], [6], [7]])

    def test_unique_and_errors(self):
        self.assertEqual(lists(DATASET.from_tensor_slices([1, 37, 2, 37, 2, 1]).unique()), [1, 37, 2])
        inverse = DATASET.from_tensor_slices([1.0, 2.0, 0.0, 4.0]).map(lambda x: tf.debugging.check_numerics(1.0 / x, ""))
        self.assertEqual(lists(inverse.ignore_errors()), [1, 0.5, 0.25])
        with self.assertRaises(tf.errors.InvalidArgumentError):
            lists(inverse)

    def test_by_key(self):
        grouped = DATASET.range(10).group_by_window(key_func=lambda x: x % 2, reduce_func=lambda key, rows: rows.batch(5),
                                                    window_size=5)
        self.assertEqual(lists(grouped), [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]])
        with self.assertRaisesRegex(ValueError, "must be specified"):
            DATASET.range(3).group_by_window(lambda x: x, lambda key, rows: rows)

    def test_by_length(self):
        elements = [[0], [1, 2, 3, 4], [5, 6, 7], [7, 8, 9, 10, 11], [13, 14, 15, 16, 19, 20], [21, 22]]
        rows = DATASET.from_generator(lambda: iter(elements), tf.int64, output_shapes=[None])
        found = rows.bucket_by_sequence_length(lambda row: tf.shape(row)[0], [3, 5], [2, 2, 2])
        self.assertEqual(lists(found), [[[1, 2, 3, 4], [5, 6, 7, 0]], [[7, 8, 9, 10, 11, 0], [13, 14, 15, 16, 19, 20]],
                                        [[0, 0], [21, 22]]])


class Small(unittest.TestCase):
    def test_names_of_arguments(self):
        self.assertEqual(tf.as_dtype(type_value="int8"), tf.int8)
        with tf.control_dependencies(control_inputs=None), tf.device(device_name="CPU:0"):
            self.assertEqual(tf.zeros([2], tf.int32, None, layout=None).numpy().tolist(), [0, 0])
        self.assertTrue(tf.nest.is_nested(seq={"a": 1}.values()))
        self.assertFalse(tf.nest.is_nested("ab"))
        a = tf.SparseTensor([[0], [2]], [3, -4], [3])
        self.assertEqual(tf.sparse.to_dense(tf.sparse.maximum(a, a, name="m")).numpy().tolist(), [3, 0, -4])

    def test_devices(self):
        self.assertFalse(tf.config.experimental.tensor_float_32_execution_enabled())
        tf.config.experimental_run_functions_eagerly(True)
        self.assertTrue(tf.config.experimental_functions_run_eagerly())
        tf.config.experimental_run_functions_eagerly(False)

    def test_counts_of_ragged_and_sparse(self):
        ragged = tf.ragged.constant([[1, 1], [2, 3, 2, 4, 4, 5]])
        self.assertEqual(tf.math.bincount(ragged).numpy().tolist(), [0, 2, 2, 1, 2, 1])
        rows = [[0, 2, 0, 0, 0, 0], [0, 0, 2, 1, 2, 1]]
        self.assertEqual(tf.math.bincount(ragged, axis=-1).numpy().tolist(), rows)
        self.assertEqual(tf.math.bincount(ragged.to_sparse(), axis=-1, maxlength=4).numpy().tolist(),
                         [row[:4] for row in rows])
        self.assertEqual(tf.math.bincount(ragged, axis=-1, binary_output=True).numpy().tolist(), np.minimum(rows, 1).tolist())
        weights = tf.ragged.constant([[2.0, 1], [1, 2, 3, 4, 5, 6]])
        self.assertEqual(tf.math.bincount(ragged, weights=weights).numpy().tolist(), [0, 3, 4, 2, 9, 6])

    def test_root(self):
        np.testing.assert_allclose(tf.matrix_square_root(tf.constant([[4.0, 0], [0, 9]])).numpy(), [[2, 0], [0, 3]], atol=1e-5)
        np.testing.assert_allclose(np.sort(tf.eigvals(tf.constant([[2.0, 0], [0, 3]])).numpy().real), [2, 3])


if __name__ == "__main__":
    unittest.main()
