# SPDX-License-Identifier: MIT
"""Elementwise functions and operators in every dtype, complex numbers, dtypes themselves."""
import math
import unittest

import numpy as np
import tensorflow as tf

FLOATING = [tf.float16, tf.bfloat16, tf.float32, tf.float64]
INTEGERS = [tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64]
COMPLEX = [tf.complex64, tf.complex128]


class Elementwise(unittest.TestCase):
    def test_operators_keep_the_dtype(self):
        for dtype in FLOATING + INTEGERS + COMPLEX:
            x, y = tf.constant([6, 4], dtype), tf.constant([3, 2], dtype)
            for result, expected in ((x + y, [9, 6]), (x - y, [3, 2]), (x * y, [18, 8]), (2 + x, [8, 6])):
                self.assertEqual(result.dtype, dtype)
                self.assertEqual(result.numpy().tolist(), expected)
            self.assertEqual((x == y).numpy().tolist(), [False, False])

    def test_quotients(self):
        for dtype, wanted in [(tf.int8, tf.float32), (tf.uint16, tf.float32), (tf.int32, tf.float64), (tf.uint64, tf.float64)]:
            self.assertEqual((tf.constant([1], dtype) / tf.constant([2], dtype)).dtype, wanted)
        self.assertEqual((tf.constant([7, -7], tf.int16) // 2).numpy().tolist(), [3, -4])
        self.assertEqual((tf.constant([7, -7], tf.int16) % 4).numpy().tolist(), [3, 1])
        self.assertEqual(tf.math.floordiv(tf.constant(2 ** 64 - 1, tf.uint64), tf.constant(2, tf.uint64)).numpy(), 2 ** 63 - 1)
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Integer division by zero"):
            tf.constant(1, tf.uint8) // tf.constant(0, tf.uint8)

    def test_what_tensorflow_refuses(self):
        for call in (lambda: -tf.constant(1, tf.uint8), lambda: tf.exp(tf.constant(1)), lambda: tf.math.ceil(tf.constant(1j)),
                     lambda: tf.constant(1j) < tf.constant(2j), lambda: tf.bitwise.bitwise_and(tf.constant(1.0), tf.constant(1.0))):
            with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "is not in the list of allowed values"):
                call()
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError,
                                    "expected to be a half tensor but is a bfloat16 tensor"):
            tf.constant(1, tf.float16) + tf.constant(1, tf.bfloat16)

    def test_complex_numbers(self):
        z = tf.complex([1.0, -2.0], [0.5, 0.0])
        self.assertEqual(z.numpy().tolist(), [1 + 0.5j, -2 + 0j])
        self.assertEqual((tf.math.real(z).dtype, tf.math.imag(z).numpy().tolist()), (tf.float32, [0.5, 0.0]))
        self.assertEqual(tf.math.conj(z).numpy().tolist(), [1 - 0.5j, -2 - 0j])
        self.assertEqual(abs(tf.constant([3 + 4j])).numpy().tolist(), [5.0])
        self.assertEqual(tf.abs(tf.constant(3 + 4j)).dtype, tf.float64)
        self.assertAlmostEqual(tf.math.angle(tf.constant(1j)).numpy(), math.pi / 2)
        np.testing.assert_allclose(tf.exp(tf.constant([1j * math.pi])).numpy(), [-1], atol=1e-15)
        self.assertEqual(tf.math.real(2.0).numpy(), 2.0)
        with self.assertRaisesRegex(TypeError, "incorrect types: float32 float64"):
            tf.complex(tf.constant(1.0), tf.constant(1.0, tf.float64))

    def test_complex_gradients_are_conjugated(self):
        z = tf.constant([1 + 2j, 3 - 1j])
        with tf.GradientTape() as tape:
            tape.watch(z)
            length = tf.math.real(z * tf.math.conj(z))
        self.assertEqual(tape.gradient(length, z).numpy().tolist(), [2 + 4j, 6 - 2j])
        with tf.GradientTape() as tape:
            tape.watch(z)
            square = z * z
        self.assertEqual(tape.gradient(square, z).numpy().tolist(), [2 - 4j, 6 + 2j])

    def test_casts(self):
        self.assertEqual(tf.cast([300, -1], tf.uint8).numpy().tolist(), [44, 255])
        self.assertEqual(tf.cast([1.9, -1.9], tf.int8).numpy().tolist(), [1, -1])
        self.assertEqual(tf.saturate_cast([300.0, -5.0, 2.5], tf.uint8).numpy().tolist(), [255, 0, 2])
        self.assertEqual(tf.saturate_cast(3e9, tf.int32).numpy(), 2147483520)
        self.assertEqual(tf.saturate_cast(tf.constant([1000, -1000]), tf.int8).numpy().tolist(), [127, -128])
        self.assertEqual(tf.bitcast(1.0, tf.int32).numpy(), 0x3f800000)
        self.assertEqual(tf.bitcast(tf.constant([1], tf.int32), tf.uint8).shape, (1, 4))
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Cannot bitcast from float to double: shape"):
            tf.bitcast([1.0, 2.0, 3.0], tf.float64)

    def test_bfloat16(self):
        x = tf.constant([[1, 0.1], [-2.5, 1e6]], tf.bfloat16)
        self.assertEqual(str(x), "tf.Tensor(\n[[1 0.100098]\n [-2.5 999424]], shape=(2, 2), dtype=bfloat16)")
        self.assertEqual(repr(x[0]), "<tf.Tensor: shape=(2,), dtype=bfloat16, numpy=array([1, 0.100098], dtype=bfloat16)>")
        self.assertEqual(repr(x[0, 0]), "<tf.Tensor: shape=(), dtype=bfloat16, numpy=1>")
        self.assertEqual(x.numpy().dtype, np.float32)
        self.assertEqual(tf.constant(x.numpy(), tf.bfloat16).numpy().tolist(), x.numpy().tolist())

    def test_numpy_both_ways(self):
        for dtype in (np.float16, np.int8, np.uint8, np.int16, np.uint16, np.uint32, np.uint64, np.complex64, np.complex128):
            array = np.array([[0, 1], [2, 100]], dtype)
            tensor = tf.constant(array)
            self.assertEqual((tensor.dtype.as_numpy_dtype, tensor.numpy().dtype), (dtype, array.dtype))
            self.assertEqual(tensor.numpy().tolist(), array.tolist())
            self.assertEqual(memoryview(tensor).itemsize, array.itemsize)

    def test_integers_that_do_not_fit(self):
        for value, dtype in ((2 ** 40, tf.int32), (2 ** 70, None), (2 ** 63, tf.int64), (-1, tf.uint64), (2 ** 64, tf.uint64)):
            with self.assertRaisesRegex(ValueError, "Can't convert Python sequence with out-of-range integer to Tensor."):
                tf.constant(value, dtype)
        self.assertEqual(tf.constant(2 ** 64 - 1, tf.uint64).numpy(), 2 ** 64 - 1)
        self.assertEqual(tf.constant(2 ** 40).dtype, tf.int64)

    def test_dtypes(self):
        self.assertEqual([d.size for d in (tf.bfloat16, tf.float16, tf.complex128, tf.bool, tf.string)], [2, 2, 16, 1, 1])
        self.assertEqual((tf.complex64.real_dtype, tf.complex128.real_dtype, tf.int8.real_dtype), (tf.float32, tf.float64, tf.int8))
        self.assertEqual((tf.int8.min, tf.uint16.max, tf.float16.max), (-128, 65535, 65504.0))
        self.assertEqual((tf.uint8.limits, tf.float32.limits), ((0, 255), (0, 1)))
        self.assertTrue(tf.bfloat16.is_floating and tf.uint32.is_unsigned and tf.complex64.is_complex and tf.bool.is_bool)
        with self.assertRaisesRegex(TypeError, "Cannot find maximum value of <dtype: 'bool'>"):
            tf.bool.max
        self.assertEqual((tf.as_dtype("half"), tf.as_dtype(np.uint8), tf.as_dtype(19)), (tf.float16, tf.uint8, tf.float16))

    def test_special_functions(self):
        self.assertAlmostEqual(tf.math.special.bessel_k0(tf.constant(1.0, tf.float64)).numpy(), 0.42102443824070834, 15)
        self.assertAlmostEqual(tf.math.igamma(tf.constant(2.0, tf.float64), 1.0).numpy(), 1 - 2 / math.e, 15)
        self.assertAlmostEqual(tf.math.betainc(2.0, 3.0, 0.5).numpy(), 0.6875, 6)
        self.assertAlmostEqual(tf.math.erfcinv(tf.constant(0.5, tf.float64)).numpy(), 0.4769362762044699, 14)
        self.assertAlmostEqual(tf.math.special.dawsn(tf.constant(1.0, tf.float64)).numpy(), 0.5380795069127684, 15)
        self.assertAlmostEqual(tf.math.special.spence(tf.constant(0.0, tf.float64)).numpy(), math.pi ** 2 / 6, 15)

    def test_sums_of_many(self):
        x = tf.constant([1, 2])
        self.assertEqual(tf.add_n([x, x, x]).numpy().tolist(), [3, 6])
        self.assertEqual(tf.math.accumulate_n([x, x], shape=[2]).numpy().tolist(), [2, 4])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "must have the same size and shape"):
            tf.add_n([x, tf.constant([1])])

    def test_rounding_and_order(self):
        self.assertEqual(tf.round([0.5, 1.5, 2.5, -0.5]).numpy().tolist(), [0.0, 2.0, 2.0, -0.0])
        self.assertEqual(tf.round([3]).dtype, tf.int32)
        self.assertTrue(tf.math.is_non_decreasing([1, 1, 3]))
        self.assertFalse(tf.math.is_strictly_increasing([1, 1, 3]))
        self.assertTrue(tf.math.is_strictly_increasing(tf.zeros([0])))
        self.assertEqual(tf.math.reciprocal_no_nan([0.0, 4.0]).numpy().tolist(), [0.0, 0.25])


if __name__ == "__main__":
    unittest.main()
