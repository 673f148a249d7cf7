# SPDX-License-Identifier: MIT
"""Strings, files, ragged and sparse tensors, functions of the program. Values are those of TensorFlow's documentation."""
import os
import sys
import tempfile
import unittest

import numpy as np

import tensorflow as tf


class Strings(unittest.TestCase):
    def test_parts(self):
        self.assertEqual(tf.strings.split("a b  c").numpy().tolist(), [b"a", b"b", b"c"])
        self.assertEqual(repr(tf.strings.split(["hello world", "a b c"])),
                         "<tf.RaggedTensor [[b'hello', b'world'], [b'a', b'b', b'c']]>")
        self.assertEqual(tf.strings.bytes_split(["ab", ""]).to_list(), [[b"a", b"b"], []])
        self.assertEqual(tf.strings.unicode_split(["Thanks", "你好"], "UTF-8").to_list()[1], ["你".encode(), "好".encode()])
        points, starts = tf.strings.unicode_decode_with_offsets("🎈🎉", "UTF-8")
        self.assertEqual((points.numpy().tolist(), starts.numpy().tolist()), ([127880, 127881], [0, 4]))
        self.assertEqual(tf.strings.unicode_encode([[0x4f60, 0x597d], [65, 66]], "UTF-8").numpy().tolist(),
                         ["你好".encode(), b"AB"])
        self.assertEqual(tf.strings.ngrams(["A", "B", "C", "D"], 2).numpy().tolist(), [b"A B", b"B C", b"C D"])
        self.assertEqual(tf.strings.ngrams(["TF", "and", "keras"], 1).numpy().tolist(), [b"TF", b"and", b"keras"])

    def test_forms(self):
        self.assertEqual(tf.strings.as_string([3.1415926, 2.71828], precision=2).numpy().tolist(), [b"3.14", b"2.72"])
        self.assertEqual(tf.strings.join([["abc", "123"], ["def", "456"]], " ").numpy().tolist(), [b"abc def", b"123 456"])
        self.assertEqual(tf.strings.reduce_join([["abc", "123"], ["def", "456"]], axis=-1).numpy().tolist(),
                         [b"abc123", b"def456"])
        self.assertEqual(tf.strings.reduce_join([["abc", "123"], ["def", "456"]]).numpy(), b"abc123def456")
        self.assertEqual(tf.strings.regex_replace("Text with tags.<br /><b>contains html</b>", "<[^>]+>", " ").numpy(),
                         b"Text with tags.  contains html ")
        self.assertTrue(tf.strings.regex_full_match("TF lib", ".*lib$").numpy())
        self.assertEqual(tf.strings.to_number("1.55").numpy(), np.float32(1.55))
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "could not correctly convert string: x"):
            tf.strings.to_number("x", tf.int32)

    def test_in_functions(self):
        @tf.function
        def words(text):
            return tf.strings.split(text), tf.strings.length(text)
        parts, lengths = words(tf.constant(["a bc", "d"]))
        self.assertEqual((parts.to_list(), lengths.numpy().tolist()), ([[b"a", b"bc"], [b"d"]], [4, 1]))


class Ragged(unittest.TestCase):
    def setUp(self):
        self.digits = tf.ragged.constant([[3, 1, 4, 1], [], [5, 9, 2], [6], []])

    def test_making(self):
        values = [3, 1, 4, 1, 5, 9, 2]
        expected = [[3, 1, 4, 1], [], [5, 9], [2]]
        make = tf.RaggedTensor
        for made in (make.from_row_splits(values, [0, 4, 4, 6, 7]), make.from_row_lengths(values, [4, 0, 2, 1]),
                     make.from_value_rowids(values, [0, 0, 0, 0, 2, 2, 3]), make.from_row_starts(values, [0, 4, 4, 6]),
                     make.from_row_limits(values, [4, 4, 6, 7])):
            self.assertEqual(made.to_list(), expected)
        self.assertEqual(make.from_tensor([[1, 2, 0], [3, 0, 0]], padding=0).to_list(), [[1, 2], [3]])
        self.assertEqual(make.from_tensor([[1, 2, 0], [3, 0, 0]], lengths=[0, 2]).to_list(), [[], [3, 0]])
        with self.assertRaises(tf.errors.InvalidArgumentError):
            make.from_row_splits(values, [0, 4, 3, 7])
        with self.assertRaises(ValueError):
            tf.ragged.constant([[1, [2]]])

    def test_properties(self):
        nested = tf.ragged.constant([[[1, 2], []], [], [[3]]])
        self.assertEqual((nested.ragged_rank, nested.shape.as_list()), (2, [3, None, None]))
        self.assertEqual([s.numpy().tolist() for s in nested.nested_row_splits], [[0, 2, 2, 3], [0, 2, 2, 3]])
        self.assertEqual(nested.bounding_shape().numpy().tolist(), [3, 2, 2])
        self.assertEqual(self.digits.row_lengths().numpy().tolist(), [4, 0, 3, 1, 0])
        self.assertEqual(repr(self.digits), "<tf.RaggedTensor [[3, 1, 4, 1], [], [5, 9, 2], [6], []]>")

    def test_conversions(self):
        self.assertEqual(self.digits.to_tensor(-1).numpy().tolist()[2], [5, 9, 2, -1])
        self.assertEqual(self.digits.to_tensor(shape=[None, 2]).numpy().tolist(), [[3, 1], [0, 0], [5, 9], [6, 0], [0, 0]])
        self.assertEqual(tf.RaggedTensor.from_sparse(self.digits.to_sparse()).to_list(), self.digits.to_list())
        self.assertEqual(tf.ragged.range([3, 0, 5]).to_list(), [[0, 1, 2], [], [0, 1, 2, 3, 4]])
        self.assertEqual(tf.ragged.range([1, 5], [10, 0], [4, -2]).to_list(), [[1, 5, 9], [5, 3, 1]])

    def test_indexing(self):
        x = self.digits
        self.assertEqual(x[0].numpy().tolist(), [3, 1, 4, 1])
        self.assertEqual(x[:, :2].to_list(), [[3, 1], [], [5, 9], [6], []])
        self.assertEqual(x[:, -2:].to_list(), [[4, 1], [], [9, 2], [6], []])
        self.assertEqual(x[::-2].to_list(), [[], [5, 9, 2], [3, 1, 4, 1]])
        self.assertEqual(x[:, ::-1].to_list(), [[1, 4, 1, 3], [], [2, 9, 5], [6], []])
        self.assertEqual(x[2, 1].numpy(), 9)
        with self.assertRaisesRegex(ValueError, "Cannot index into an inner ragged dimension"):
            x[:, 1]
        with self.assertRaises(tf.errors.InvalidArgumentError):
            x[5]

    def test_arithmetic(self):
        x = tf.ragged.constant([[1, 2], [3], [4, 5, 6]])
        self.assertEqual((x + x).to_list(), [[2, 4], [6], [8, 10, 12]])
        self.assertEqual((x + tf.constant([[10], [20], [30]])).to_list(), [[11, 12], [23], [34, 35, 36]])
        self.assertEqual((1 - x).to_list(), [[0, -1], [-2], [-3, -4, -5]])
        self.assertEqual((x > 2).to_list(), [[False, False], [True], [True, True, True]])
        self.assertEqual(tf.math.square(x).to_list(), [[1, 4], [9], [16, 25, 36]])
        self.assertEqual(tf.where(x > 2, x, 0).to_list(), [[0, 0], [3], [4, 5, 6]])
        self.assertEqual(tf.cast(x, tf.float32).dtype, tf.float32)
        with self.assertRaises(tf.errors.InvalidArgumentError):
            x + tf.ragged.constant([[1, 2], [3, 4], [5]])

    def test_reductions(self):
        x = tf.ragged.constant([[3, 1, 4], [1, 5], [9], [2, 6]])
        self.assertEqual(tf.reduce_sum(x, axis=0).numpy().tolist(), [15, 12, 4])
        self.assertEqual(tf.reduce_sum(x, axis=1).numpy().tolist(), [8, 6, 9, 8])
        self.assertEqual(tf.reduce_max(x).numpy(), 9)
        self.assertEqual(tf.reduce_mean(tf.cast(x, tf.float64), axis=1).numpy().tolist(), [8 / 3, 3, 9, 4])
        self.assertEqual(tf.reduce_any(x > 5, axis=1).numpy().tolist(), [False, False, True, True])
        nested = tf.ragged.constant([[[1, 2], [3]], [[4]]])
        self.assertEqual(tf.reduce_sum(nested, axis=2).to_list(), [[3, 3], [4]])
        self.assertEqual(tf.reduce_sum(nested, axis=1).to_list(), [[4, 2], [4]])

    def test_joining(self):
        a, b = tf.ragged.constant([[1, 2], [3]]), tf.ragged.constant([[4], [5, 6]])
        self.assertEqual(tf.concat([a, b], 0).to_list(), [[1, 2], [3], [4], [5, 6]])
        self.assertEqual(tf.concat([a, b], 1).to_list(), [[1, 2, 4], [3, 5, 6]])
        self.assertEqual(tf.stack([a, b]).to_list(), [[[1, 2], [3]], [[4], [5, 6]]])
        self.assertEqual(tf.stack([a, b], axis=1).to_list(), [[[1, 2], [4]], [[3], [5, 6]]])
        self.assertEqual(tf.tile(a, [1, 2]).to_list(), [[1, 2, 1, 2], [3, 3]])
        self.assertEqual(tf.gather(a, [1, 0]).to_list(), [[3], [1, 2]])
        self.assertEqual(tf.expand_dims(a, 1).to_list(), [[[1, 2]], [[3]]])
        self.assertEqual(tf.ragged.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]]).to_list(), [[1], [3, 4]])
        self.assertEqual(tf.boolean_mask(a, tf.ragged.constant([[True, False], [True]])).to_list(), [[1], [3]])
        self.assertTrue(tf.is_tensor(a))
        self.assertEqual(tf.ragged.stack([tf.constant([1, 2]), tf.constant([3])]).to_list(), [[1, 2], [3]])

    def test_functions(self):
        @tf.function
        def double(x):
            return x * 2, tf.reduce_sum(x, axis=1), x.to_tensor()
        doubled, sums, dense = double(self.digits)
        self.assertEqual(doubled.to_list(), (self.digits * 2).to_list())
        self.assertEqual((sums.numpy().tolist(), dense.shape.as_list()), ([9, 0, 16, 6, 0], [5, 4]))

        @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.int32)])
        def total(x):
            return tf.reduce_sum(x)
        self.assertEqual(int(total(self.digits)), 31)

    def test_gradients(self):
        values = tf.constant([1., 2., 3.])
        with tf.GradientTape() as tape:
            tape.watch(values)
            x = tf.RaggedTensor.from_row_lengths(values, [2, 0, 1])
            y = tf.reduce_sum(tf.reduce_sum(x * x, axis=1) * tf.constant([1., 5., 10.]))
        self.assertEqual(tape.gradient(y, values).numpy().tolist(), [2, 4, 60])

    def test_printed_in_functions(self):
        with tempfile.TemporaryDirectory() as folder:
            path = "file://" + os.path.join(folder, "out")

            @tf.function
            def shown(x):
                tf.print("rows", x, output_stream=path)
            shown(tf.ragged.constant([[1, 2], [], [3]]))
            tf.print("rows", tf.ragged.constant([["a"], ["b"]]), output_stream=path)
            with open(path[len("file://"):], encoding="utf-8") as file:
                self.assertEqual(file.read(), "rows [[1, 2], [], [3]]\nrows [['a'], ['b']]\n")

    def test_embeddings(self):
        table = tf.Variable([[1., 10.], [2., 20.], [3., 30.]])
        found = tf.nn.embedding_lookup(table, tf.ragged.constant([[2, 0], [1]]))
        self.assertEqual(found.to_list(), [[[3., 30.], [1., 10.]], [[2., 20.]]])

    def test_refusals(self):
        with self.assertRaisesRegex(TypeError, "does not take a RaggedTensor"):
            tf.linalg.matmul(self.digits, self.digits)


class Sparse(unittest.TestCase):
    def setUp(self):
        self.a = tf.SparseTensor([[0, 3], [2, 4]], [10, 20], [3, 10])

    def test_values(self):
        self.assertEqual(str(self.a), "SparseTensor(indices=tf.Tensor(\n[[0 3]\n [2 4]], shape=(2, 2), dtype=int64), "
                         "values=tf.Tensor([10 20], shape=(2,), dtype=int32), "
                         "dense_shape=tf.Tensor([ 3 10], shape=(2,), dtype=int64))")
        b = tf.sparse.from_dense([[1, 0, 0, 8], [0, 0, 0, 0], [0, 0, 3, 0]])
        self.assertEqual((b.indices.numpy().tolist(), b.values.numpy().tolist()), ([[0, 0], [0, 3], [2, 2]], [1, 8, 3]))
        self.assertEqual(tf.sparse.to_dense(b).numpy().tolist()[0], [1, 0, 0, 8])
        self.assertEqual(tf.sparse.reduce_sum(b, 1).numpy().tolist(), [9, 0, 3])

    def test_arithmetic(self):
        b = tf.SparseTensor([[0, 2], [0, 3]], [5, 7], [3, 10])
        c = tf.sparse.add(self.a, b)
        self.assertEqual((c.indices.numpy().tolist(), c.values.numpy().tolist()), ([[0, 2], [0, 3], [2, 4]], [5, 17, 20]))
        self.assertEqual((self.a * 2).values.numpy().tolist(), [20, 40])
        self.assertEqual((self.a / 4).values.numpy().tolist(), [2, 5])
        self.assertEqual(tf.sparse.map_values(tf.add, self.a, 1).values.numpy().tolist(), [11, 21])
        d = tf.sparse.concat(1, [self.a, b])
        self.assertEqual((d.dense_shape.numpy().tolist(), d.values.numpy().tolist()), ([3, 20], [10, 5, 7, 20]))
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "out of order"):
            tf.sparse.to_dense(tf.SparseTensor([[1], [0]], [1, 2], [2]))

    def test_products(self):
        a = tf.SparseTensor([[0, 0], [1, 2]], [2., 3.], [2, 3])
        dense = tf.constant([[1., 2.], [3., 4.], [5., 6.]])
        with tf.GradientTape() as tape:
            tape.watch(dense)
            y = tf.sparse.sparse_dense_matmul(a, dense)
        self.assertEqual(y.numpy().tolist(), [[2, 4], [15, 18]])
        self.assertEqual(tape.gradient(y, dense).numpy().tolist(), [[2, 2], [0, 0], [3, 3]])

    def test_functions(self):
        @tf.function
        def scaled(x):
            return tf.sparse.reorder(x * 3), tf.sparse.to_dense(x)
        sparse, dense = scaled(self.a)
        self.assertEqual((sparse.values.numpy().tolist(), dense.shape.as_list()), ([30, 60], [3, 10]))

    def test_datasets(self):
        rows = list(tf.data.Dataset.from_tensor_slices(self.a))
        self.assertEqual([r.values.numpy().tolist() for r in rows], [[10], [], [20]])
        batch = next(iter(tf.data.Dataset.from_tensor_slices(self.a).batch(3)))
        self.assertEqual(batch.indices.numpy().tolist(), [[0, 3], [2, 4]])


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_bytes(self):
        tf.io.write_file(self.path("sub/a.bin"), b"\x00\x01")
        self.assertEqual(tf.io.read_file(self.path("sub/a.bin")).numpy(), b"\x00\x01")
        self.assertEqual(tf.io.matching_files(self.path("sub/*")).numpy().tolist(), [self.path("sub/a.bin").encode()])
        with self.assertRaisesRegex(tf.errors.NotFoundError, "No such file or directory"):
            tf.io.read_file(self.path("none"))
        with tf.io.gfile.GFile(self.path("t.txt"), "w") as file:
            file.write("a\nb\n")
        with tf.io.gfile.GFile(self.path("t.txt")) as file:
            self.assertEqual(list(file), ["a\n", "b\n"])
        self.assertTrue(tf.io.gfile.exists(self.path("t.txt")))

    def test_serials(self):
        for value in ([1.5, -2.0], [[1, 2]], ["a", "bc"], [True]):
            tensor = tf.constant(value)
            again = tf.io.parse_tensor(tf.io.serialize_tensor(tensor), tensor.dtype)
            self.assertTrue(np.array_equal(again.numpy(), tensor.numpy()))
        numbers, words = tf.io.decode_csv(["1,a", "2,\"b,c\""], [0, ""])
        self.assertEqual((numbers.numpy().tolist(), words.numpy().tolist()), ([1, 2], [b"a", b"b,c"]))
        self.assertEqual(tf.io.decode_raw(b"\x01\x00\x02\x00", tf.int16).numpy().tolist(), [1, 2])
        self.assertEqual(tf.io.encode_base64("ab").numpy(), b"YWI")

    def test_records(self):
        def example(i):
            train = tf.train
            return train.Example(features=train.Features(feature={
                "n": train.Feature(int64_list=train.Int64List(value=[i])),
                "x": train.Feature(float_list=train.FloatList(value=[0.5] * i)),
                "t": train.Feature(bytes_list=train.BytesList(value=[b"t%d" % i]))}))
        for kind in ("", "GZIP"):
            with tf.io.TFRecordWriter(self.path("r"), tf.io.TFRecordOptions(kind)) as writer:
                for i in range(3):
                    writer.write(example(i).SerializeToString())
            features = {"n": tf.io.FixedLenFeature([], tf.int64), "x": tf.io.VarLenFeature(tf.float32),
                        "t": tf.io.FixedLenFeature([], tf.string), "m": tf.io.FixedLenFeature([], tf.int64, 7)}
            records = list(tf.data.TFRecordDataset([self.path("r")], kind))
            self.assertEqual(tf.train.Example.FromString(records[1].numpy()), example(1))
            parsed = tf.io.parse_example(tf.stack(records), features)
            self.assertEqual(parsed["n"].numpy().tolist(), [0, 1, 2])
            self.assertEqual(parsed["x"].indices.numpy().tolist(), [[1, 0], [2, 0], [2, 1]])
            self.assertEqual(parsed["m"].numpy().tolist(), [7, 7, 7])
            single = tf.function(lambda s: tf.io.parse_single_example(s, features))(records[2])
            self.assertEqual((single["t"].numpy(), single["x"].values.numpy().tolist()), (b"t2", [0.5, 0.5]))
            with self.assertRaisesRegex(tf.errors.InvalidArgumentError, r"Feature: z \(data type: int64\) is required"):
                tf.io.parse_single_example(records[0], {"z": tf.io.FixedLenFeature([], tf.int64)})
        with open(self.path("r"), "r+b") as file:
            file.write(b"\xff\xff")
        with self.assertRaises(Exception):
            list(tf.data.TFRecordDataset([self.path("r")]))
        self.assertIn('key: "n"\n    value {\n      int64_list {\n        value: 2', str(example(2)))


class Assertions(unittest.TestCase):
    def test_comparisons(self):
        tf.debugging.assert_equal([1, 2], [1, 2])
        with self.assertRaises(tf.errors.InvalidArgumentError) as caught:
            tf.debugging.assert_less([1, 5, 3], [2, 2, 4], message="small")
        self.assertEqual(caught.exception.message, "small\nCondition x < y did not hold.\nIndices of first 1 different values:\n"
                         "[[1]]\nCorresponding x values:\n[5]\nCorresponding y values:\n[2]\nFirst 3 elements of x:\n[1 5 3]\n"
                         "First 3 elements of y:\n[2 2 4]")
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Condition x > 0 did not hold element-wise:"):
            tf.debugging.assert_positive([1, 0])
        with self.assertRaises(tf.errors.InvalidArgumentError):
            tf.debugging.assert_near([1.], [1.1])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "oh : Tensor had NaN values"):
            tf.debugging.check_numerics([1., float("nan")], "oh")

    def test_static(self):
        with self.assertRaisesRegex(ValueError, "must have rank 2.  Received rank 1, shape \\(3,\\)"):
            tf.debugging.assert_rank([1, 2, 3], 2)
        with self.assertRaisesRegex(TypeError, "to be integer type"):
            tf.debugging.assert_integer([1.5])
        with self.assertRaisesRegex(ValueError, "must have size 3"):
            tf.debugging.assert_shapes([(tf.zeros([3, 2]), ("N", "D")), (tf.zeros([2]), ("N",))])

    def test_in_functions(self):
        @tf.function
        def checked(x):
            with tf.control_dependencies([tf.debugging.assert_positive(x)]):
                return tf.identity(x)
        self.assertEqual(int(checked(tf.constant(1))), 1)
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "assertion failed"):
            checked(tf.constant(-1))


class Arrays(unittest.TestCase):
    def test_eager(self):
        array = tf.TensorArray(tf.float32, size=3).split(tf.constant([1., 2., 3., 4.]), [1, 1, 2])
        self.assertEqual(array.concat().numpy().tolist(), [1, 2, 3, 4])
        array = tf.TensorArray(tf.int32, size=2).write(0, 5)
        self.assertEqual([int(x) for x in (array.read(0), array.read(1))], [5, 0])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Could not read index 0 twice"):
            array.read(0)
        with self.assertRaises(tf.errors.OutOfRangeError):
            array.write(2, 1)

    def test_in_functions(self):
        @tf.function
        def picked(x):
            array = tf.TensorArray(tf.float32, size=3).scatter([0, 2, 1], x)
            parts = tf.TensorArray(tf.float32, size=2, infer_shape=False).split(x[0], [0, 2])
            return array.gather([1, 2]), array.concat(), parts.read(1)
        x = tf.reshape(tf.range(6.), [3, 2])
        with tf.GradientTape() as tape:
            tape.watch(x)
            rows, joined, part = picked(x)
            y = tf.reduce_sum(rows * rows) + tf.reduce_sum(joined)
        self.assertEqual((rows.numpy().tolist(), joined.numpy().tolist(), part.numpy().tolist()),
                         ([[4, 5], [2, 3]], [0, 1, 4, 5, 2, 3], [0, 1]))
        self.assertEqual(tape.gradient(y, x).numpy().tolist(), [[1, 1], [5, 7], [9, 11]])


class Callbacks(unittest.TestCase):
    def test_py_function(self):
        @tf.function
        def squared(x):
            return tf.py_function(lambda v: v * v if float(v) > 0 else -v, [x], tf.float32)
        x = tf.constant(3.)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = squared(x)
            first = tape.gradient(y, x)
        self.assertEqual((float(y), float(first), float(outer.gradient(first, x))), (9., 6., 2.))

    def test_numpy_function(self):
        @tf.function
        def shown(x):
            return tf.numpy_function(lambda v: (np.sort(v), np.int64(len(v))), [x], [tf.float32, tf.int64])
        values, n = shown(tf.constant([2., 1.]))
        self.assertEqual((values.numpy().tolist(), int(n)), ([1., 2.], 2))
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "ValueError: no"):
            tf.function(lambda x: tf.numpy_function(_refuse, [x], tf.int32))(1)


def _refuse(value):
    raise ValueError("no")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-q"])
