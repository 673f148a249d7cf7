# SPDX-License-Identifier: MIT
"""tf.lookup, tf.sets, tf.quantization, and what stands alone at the root of tf."""
import tempfile
import unittest

import numpy as np
import tensorflow as tf

LOOKUP = tf.lookup


class Tables(unittest.TestCase):
    def static(self):
        return LOOKUP.StaticHashTable(LOOKUP.KeyValueTensorInitializer(["a", "b", "c"], [7, 8, 9]), -1)

    def test_static(self):
        table = self.static()
        self.assertEqual(table.lookup(tf.constant([["c", "x"], ["a", "b"]])).numpy().tolist(), [[9, -1], [7, 8]])
        self.assertEqual(table["b"].numpy(), 8)
        self.assertEqual(table.size().numpy(), 3)
        self.assertEqual((table.key_dtype, table.value_dtype), (tf.string, tf.int32))
        self.assertEqual([t.numpy().tolist() for t in table.export()], [[b"a", b"b", b"c"], [7, 8, 9]])
        traced = tf.function(lambda keys: table.lookup(keys) + 1)
        self.assertEqual(traced(tf.constant(["c", "d", "c"])).numpy().tolist(), [10, 0, 10])
        self.assertEqual(table.lookup(tf.constant([], tf.string)).shape, (0,))
        with self.assertRaisesRegex(TypeError, "Dtype of argument `keys` must be"):
            table.lookup(tf.constant([1]))

    def test_static_of_others(self):
        table = self.static()
        ragged = table.lookup(tf.ragged.constant([["a"], [], ["b", "z"]]))
        self.assertEqual(ragged.to_list(), [[7], [], [8, -1]])
        sparse = table.lookup(tf.SparseTensor([[0, 0], [1, 2]], ["c", "q"], [2, 3]))
        self.assertEqual(sparse.values.numpy().tolist(), [9, -1])

    def test_keys_that_are_repeated(self):
        same = LOOKUP.StaticHashTable(LOOKUP.KeyValueTensorInitializer([1, 2, 1], [5.0, 6.0, 5.0]), 0.0)
        self.assertEqual(same.size().numpy(), 2)
        with self.assertRaisesRegex(tf.errors.FailedPreconditionError, "different value for same key"):
            LOOKUP.StaticHashTable(LOOKUP.KeyValueTensorInitializer([1, 1], [5, 6]), 0)

    def test_files(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("emerson 10\nlake 20\npalmer 30\n")
            file.flush()
            columns = LOOKUP.TextFileInitializer(file.name, tf.string, 0, tf.int64, 1, delimiter=" ")
            self.assertEqual(LOOKUP.StaticHashTable(columns, -1).lookup(tf.constant(["palmer", "no"])).numpy().tolist(), [30, -1])
            lines = LOOKUP.TextFileInitializer(file.name, tf.string, LOOKUP.TextFileIndex.WHOLE_LINE, tf.int64,
                                               LOOKUP.TextFileIndex.LINE_NUMBER, vocab_size=2)
            table = LOOKUP.StaticHashTable(lines, -1)
            self.assertEqual(table.lookup(tf.constant(["lake 20", "palmer 30"])).numpy().tolist(), [1, -1])

    def test_vocabulary(self):
        words = LOOKUP.KeyValueTensorInitializer(["emerson", "lake", "palmer"], tf.constant([0, 1, 2], tf.int64))
        table = LOOKUP.StaticVocabularyTable(words, 5)
        found = table.lookup(tf.constant(["lake", "king", "crimson"])).numpy()
        expected = tf.strings.to_hash_bucket_fast(["king", "crimson"], 5).numpy() + 3
        self.assertEqual(found.tolist(), [1, *expected])
        self.assertEqual(table.size().numpy(), 8)

    def test_changing(self):
        table = LOOKUP.experimental.MutableHashTable(tf.string, tf.int64, -1)
        table.insert(["x", "y", "x"], [1, 2, 3])
        self.assertEqual(table.lookup(["x", "y", "z"]).numpy().tolist(), [3, 2, -1])
        table.insert("z", 9)
        table.remove(["x", "nothing"])
        self.assertEqual([t.numpy().tolist() for t in table.export()], [[b"y", b"z"], [2, 9]])

        @tf.function
        def count(word):
            table.insert(word, table.lookup(word) + 1)
            return table.lookup(word)
        self.assertEqual([count(tf.constant(["w"])).numpy()[0] for _ in range(3)], [0, 1, 2])
        self.assertEqual(table.size().numpy(), 3)

    def test_values_that_are_vectors(self):
        table = LOOKUP.experimental.DenseHashTable(tf.int64, tf.float32, [0.0, -1.0], empty_key=-1, deleted_key=-2)
        table.insert(tf.constant([3, 4], tf.int64), [[1, 2], [3, 4]])
        self.assertEqual(table[tf.constant([[4], [9]], tf.int64)].numpy().tolist(), [[[3, 4]], [[0, -1]]])


class Sets(unittest.TestCase):
    def rows(self, sparse):
        dense = tf.sparse.to_dense(sparse).numpy().tolist()
        return dense, sparse.dense_shape.numpy().tolist()

    def test_dense(self):
        a, b = tf.constant([[1, 2, 2], [3, 5, 4]]), tf.constant([[2, 7], [4, 5]])
        self.assertEqual(self.rows(tf.sets.intersection(a, b)), ([[2, 0], [4, 5]], [2, 2]))
        self.assertEqual(self.rows(tf.sets.union(a, b)), ([[1, 2, 7], [3, 4, 5]], [2, 3]))
        self.assertEqual(self.rows(tf.sets.difference(a, b)), ([[1], [3]], [2, 1]))
        self.assertEqual(self.rows(tf.sets.difference(a, b, aminusb=False)), ([[7], [0]], [2, 1]))

    def test_sparse(self):
        a = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1, 2, 3], [2, 2])
        b = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [1, 9, 3], [2, 2])
        self.assertEqual(self.rows(tf.sets.difference(a, b)), ([[2], [0]], [2, 1]))
        dense = tf.constant([[2, 2], [3, 8]])
        self.assertEqual(self.rows(tf.sets.difference(a, dense)), ([[1], [0]], [2, 1]))
        self.assertEqual(self.rows(tf.sets.difference(dense, a)), ([[0], [8]], [2, 1]))
        self.assertEqual(tf.sets.size(a).numpy().tolist(), [2, 1])
        with self.assertRaisesRegex(TypeError, "Expected `SparseTensor`"):
            tf.sets.size(dense)
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, r"Mismatched shapes \[2\] vs \[1\]"):
            tf.sets.union(dense, tf.constant([[1]]))


class Quantization(unittest.TestCase):
    X = tf.constant([[1.2, -0.25, 0.7], [2.1, 0.45, -1.0]])

    def test_fake(self):
        y = tf.quantization.fake_quant_with_min_max_vars(self.X, min=-0.5, max=0.5)
        scale = 1 / 255                                 # 0 is step 127, so the range is from -127 / 255 on
        steps = np.round((np.clip(self.X.numpy(), -127 * scale, 128 * scale)) / scale)
        np.testing.assert_allclose(y.numpy(), steps * scale, atol=1e-6)
        np.testing.assert_allclose(tf.quantization.fake_quant_with_min_max_args(self.X, -0.5, 0.5).numpy(), y.numpy(), atol=1e-6)

    def test_gradients_pass_within_the_range(self):
        low, high = tf.Variable(-1.0), tf.Variable(2.0)
        with tf.GradientTape() as tape:
            tape.watch(self.X)
            y = tf.reduce_sum(self.X * 0 + tf.quantization.fake_quant_with_min_max_vars(self.X, low, high, 2) * [1.0, 2.0, 3.0])
        dx, dlow, dhigh = tape.gradient(y, [self.X, low, high])
        self.assertEqual(dx.numpy().tolist(), [[1, 2, 3], [0, 2, 3]])
        self.assertEqual((dlow.numpy(), dhigh.numpy()), (0, 1))
        with tf.GradientTape() as tape:
            tape.watch(self.X)
            y = tf.quantization.quantize_and_dequantize_v2(self.X, -1.0, 0.6, range_given=True)
        self.assertEqual(tape.gradient(y, self.X).numpy().tolist(), [[0, 1, 0], [0, 1, 1]])

    def test_channels(self):
        y = tf.quantization.fake_quant_with_min_max_vars_per_channel([[-2.0, -2], [0.6, 5.1]], [-1.0, 0], [2.0, 6], 2)
        self.assertEqual(y.numpy().tolist(), [[-1, 0], [1, 6]])
        y = tf.quantization.quantize_and_dequantize([[-1.0, 0.6], [0.6, 6]], [-1.0, -8], [0.75, 6], num_bits=3,
                                                    range_given=True, axis=-1)
        self.assertEqual(y.numpy().tolist(), [[-1, 0], [0.5, 6]])


class Root(unittest.TestCase):
    def test_fingerprint(self):
        # TensorFlow's own golden values of bytes that count on from 47.
        data = (np.arange(2520) + 47).astype(np.uint8).reshape(1, 3, 4, 5, 6, 7)
        self.assertEqual(bytes(tf.fingerprint(data).numpy()[0]), b"\x2d\x90\xdf\x03\x79\x36\x3c\x43")
        texts = [bytes(range(first, first + n)) for first, n in ((0, 10), (7, 7), (71, 0), (41, 19))]
        self.assertEqual(bytes(tf.fingerprint(np.array(texts, object).reshape(1, 2, 2)).numpy()[0]),
                         b"\x92\x43\x28\x52\xa3\x7c\x48\x18")
        self.assertEqual(bytes(tf.fingerprint(tf.constant(texts)).numpy()[:2]),
                         b"\xea\xff\xd6\xb2\xb2\x4d\x70\x9b\x6e\x9d\xed\x21\xc6\x4a\x61\x52")

    def test_edit_distance(self):
        hypothesis = tf.SparseTensor([[0, 0, 0], [1, 0, 0]], ["a", "b"], (2, 1, 1))
        truth = tf.SparseTensor([[0, 1, 0], [1, 0, 0], [1, 0, 1], [1, 1, 0]], ["a", "b", "c", "a"], (2, 2, 2))
        self.assertEqual(tf.edit_distance(hypothesis, truth).numpy().tolist(), [[np.inf, 1], [0.5, 1]])
        self.assertEqual(tf.edit_distance(hypothesis, truth, normalize=False).numpy().tolist(), [[1, 1], [1, 1]])

    def test_what_is_known_while_tracing(self):
        seen = []

        @tf.function(input_signature=[tf.TensorSpec([2]), tf.TensorSpec([None])])
        def f(x, y):
            seen.append((tf.inside_function(), tf.is_symbolic_tensor(x), tf.get_static_value(tf.constant(3)),
                         tf.get_static_value(x), tf.get_static_value(tf.shape(x)).tolist(), tf.get_static_value(tf.shape(y))))
            return x
        f(tf.constant([1.0, 2.0]), tf.constant([1.0]))
        self.assertEqual(seen, [(True, True, 3, None, [2], None)])
        self.assertFalse(tf.inside_function())
        self.assertFalse(tf.is_symbolic_tensor(tf.constant(1)))
        with tf.name_scope("a"), tf.name_scope("b"):
            self.assertEqual(tf.get_current_name_scope(), "a/b")


if __name__ == "__main__":
    unittest.main()
