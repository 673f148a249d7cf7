# SPDX-License-Identifier: MIT
"""tf.nn, losses, regularizers, constraints, initializers and parts of variables against NumPy."""
import math
import unittest

import numpy as np
import tensorflow as tf

nn, v1, keras = tf.nn, tf.compat.v1, tf.keras
DRAW = np.random.default_rng(3)


def normal(*shape):
    return DRAW.normal(size=shape)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


class Same(unittest.TestCase):
    def same(self, tensor, expected, tolerance=1e-6):
        np.testing.assert_allclose(np.asarray(tensor), expected, rtol=tolerance, atol=tolerance)


class Activations(Same):
    def test_all(self):
        x = normal(3, 4)
        erf = np.vectorize(math.erf)
        for function, expected in (
                (nn.relu, np.maximum(x, 0)), (nn.relu6, np.clip(x, 0, 6)), (nn.elu, np.where(x > 0, x, np.expm1(x))),
                (nn.selu, 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))),
                (nn.leaky_relu, np.where(x > 0, x, 0.2 * x)), (nn.gelu, 0.5 * x * (1 + erf(x / math.sqrt(2)))),
                (nn.silu, x / (1 + np.exp(-x))), (nn.softplus, np.log1p(np.exp(x))), (nn.softsign, x / (1 + abs(x))),
                (nn.crelu, np.maximum(np.concatenate([x, -x], -1), 0)), (keras.activations.mish, x * np.tanh(np.log1p(np.exp(x)))),
                (lambda t: keras.activations.relu(t, 0.1, 1.0, 0.2),
                 np.where(x > 0.2, np.minimum(x, 1.0), 0.1 * (x - 0.2)))):
            self.same(function(tf.constant(x)), expected)
        self.same(nn.gelu(tf.constant(x), approximate=True),
                  0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3))))

    def test_softmax_axes(self):
        x = normal(2, 3, 4)
        for axis in (0, 1, -1, -2):
            self.same(nn.softmax(tf.constant(x), axis), softmax(x, axis))
            self.same(nn.log_softmax(tf.constant(x), axis), np.log(softmax(x, axis)))
        with self.assertRaises(tf.errors.InvalidArgumentError):
            nn.softmax(tf.constant(x), 5)

    def test_narrow(self):
        for dtype in (tf.float16, tf.float32):
            self.assertEqual(nn.softmax(tf.constant([1, 2], dtype)).dtype, dtype)
            self.assertEqual(nn.relu6(tf.constant([-1, 3, 9], dtype)).dtype, dtype)
        self.same(nn.relu6(tf.constant([-1, 3, 9], tf.float16)), [0, 3, 6])


class CrossEntropies(Same):
    def test_sigmoid(self):
        x, z = normal(3, 4), DRAW.uniform(size=(3, 4))
        p = 1 / (1 + np.exp(-x))
        self.same(nn.sigmoid_cross_entropy_with_logits(z, x), -z * np.log(p) - (1 - z) * np.log(1 - p))
        self.same(nn.weighted_cross_entropy_with_logits(z, x, 3.0), -3 * z * np.log(p) - (1 - z) * np.log(1 - p))
        with self.assertRaisesRegex(ValueError, "`logits` and `labels` must have the same shape"):
            nn.sigmoid_cross_entropy_with_logits(tf.zeros([2]), tf.zeros([3]))

    def test_softmax(self):
        x, z = normal(2, 3, 4), softmax(normal(2, 3, 4))
        self.same(nn.softmax_cross_entropy_with_logits(z, x), -(z * np.log(softmax(x))).sum(-1))
        self.same(nn.softmax_cross_entropy_with_logits(z, x, axis=1), -(z * np.log(softmax(x, 1))).sum(1))
        labels = np.array([[0, 3, 1], [2, 2, 0]])
        self.same(nn.sparse_softmax_cross_entropy_with_logits(labels, x),
                  -np.log(np.take_along_axis(softmax(x), labels[..., None], -1))[..., 0])
        with self.assertRaisesRegex(ValueError, r"`labels.shape.rank` must equal `logits.shape.rank - 1`"):
            nn.sparse_softmax_cross_entropy_with_logits([[1]], [[0.5, 0.5]])

    def test_poisson(self):
        c, z = normal(5), np.array([0.5, 1.0, 2.0, 3.0, 7.0])
        full = np.where(z <= 1, 0, z * np.log(z) - z + 0.5 * np.log(2 * np.pi * z))
        self.same(nn.log_poisson_loss(z, c), np.exp(c) - c * z)
        self.same(nn.log_poisson_loss(z, c, True), np.exp(c) - c * z + full)


class Normalisation(Same):
    def test_moments(self):
        x = normal(2, 3, 4)
        for axes in ([0], [0, 1], [-1], [0, 1, 2]):
            mean, variance = nn.moments(tf.constant(x), axes)
            self.same(mean, x.mean(tuple(axes)))
            self.same(variance, x.var(tuple(axes)))
        self.assertEqual(nn.moments(tf.constant(x), [0, 2], keepdims=True)[0].shape, [1, 3, 1])
        count, total, squares, shift = nn.sufficient_statistics(tf.constant(x), [0, 1], shift=0.5)
        mean, variance = nn.normalize_moments(count, total, squares, shift)
        self.same(mean, x.mean((0, 1)))
        self.same(variance, x.var((0, 1)))
        weights = DRAW.uniform(size=(2, 3, 1))
        mean, variance = nn.weighted_moments(tf.constant(x), [0, 1], weights)
        expected = (weights * x).sum((0, 1)) / weights.sum()
        self.same(mean, expected)
        self.same(variance, (weights * (x - expected) ** 2).sum((0, 1)) / weights.sum())

    def test_batch(self):
        x = normal(4, 2, 3, 5)
        mean, variance, offset, scale = x.mean((0, 1, 2)), x.var((0, 1, 2)), normal(5), normal(5)
        expected = (x - mean) / np.sqrt(variance + 0.01) * scale + offset
        self.same(nn.batch_normalization(tf.constant(x), mean, variance, offset, scale, 0.01), expected)
        y, m, v = v1.nn.fused_batch_norm(tf.constant(x), scale, offset, epsilon=0.01)
        self.same(y, expected)
        self.same(m, mean)
        self.same(v, variance * 24 / 23)
        first = v1.nn.fused_batch_norm(tf.constant(x.transpose(0, 3, 1, 2)), scale, offset, epsilon=0.01, data_format="NCHW")[0]
        self.same(tf.transpose(first, [0, 2, 3, 1]), expected)
        fixed = v1.nn.fused_batch_norm(tf.constant(x), scale, offset, mean, variance, 0.01, is_training=False)[0]
        self.same(fixed, expected)
        with self.assertRaisesRegex(ValueError, "Both `mean` and `variance` must be a 1D tensor"):
            v1.nn.fused_batch_norm(tf.constant(x), scale, offset, is_training=False)

    def test_lrn(self):
        x = normal(1, 2, 2, 7)
        y = np.empty_like(x)
        for c in range(7):
            y[..., c] = x[..., c] / (1.5 + 0.3 * (x[..., max(0, c - 2):c + 3] ** 2).sum(-1)) ** 0.75
        self.same(nn.local_response_normalization(x, 2, 1.5, 0.3, 0.75), y)


class Windows(Same):
    def test_dilated_pool(self):
        x = normal(1, 5, 6, 2)
        y = tf.nn.pool(tf.constant(x), [2, 3], "MAX", dilations=[2, 2])
        self.assertEqual(y.shape, [1, 3, 2, 2])
        for i in range(3):
            for j in range(2):
                self.same(y[0, i, j], x[0, i:i + 3:2, j:j + 5:2].max((0, 1)))
        self.same(tf.nn.pool(tf.constant(x), [2, 1], "AVG", dilations=[3, 1]), (x[:, :2] + x[:, 3:]) / 2)
        self.same(tf.nn.pool(tf.constant(x), [3, 1], "AVG", padding="SAME", dilations=[2, 1])[0, 0], (x[0, 0] + x[0, 2]) / 2)
        self.same(tf.nn.pool(tf.constant(x), [2, 2], "MAX", strides=2), nn.max_pool2d(tf.constant(x), 2, 2, "VALID"))

    def test_argmax(self):
        x = normal(2, 4, 4, 3)
        y, places = nn.max_pool_with_argmax(tf.constant(x), 2, 2, "VALID")
        self.same(y, nn.max_pool2d(tf.constant(x), 2, 2, "VALID"))
        for n in range(2):
            self.same(x[n].ravel()[places[n].numpy()], y[n])
        whole = nn.max_pool_with_argmax(tf.constant(x), 2, 2, "VALID", include_batch_in_index=True)[1]
        self.same(x.ravel()[whole.numpy()], y)

    def test_transposes_are_gradients(self):
        x, f = normal(1, 7, 7, 2), normal(3, 3, 2, 4)
        with tf.GradientTape() as tape:
            t = tf.constant(x)
            tape.watch(t)
            y = nn.atrous_conv2d(t, f, 2, "SAME")
            g = tf.constant(normal(*y.shape))
            loss = tf.reduce_sum(y * g)
        self.same(nn.atrous_conv2d_transpose(g, f, [1, 7, 7, 2], 2, "SAME"), tape.gradient(loss, t))
        self.assertEqual(nn.conv_transpose(tf.ones([1, 4, 2]), tf.ones([3, 5, 2]), [1, 8, 5], 2).shape, [1, 8, 5])

    def test_dilation(self):
        x, f = normal(1, 5, 6, 2), normal(2, 3, 2)
        y = nn.dilation2d(x, f, [1, 2, 1, 1], "VALID", "NHWC", [1, 2, 1, 1])
        self.assertEqual(y.shape, [1, 2, 4, 2])
        for i in range(2):
            for j in range(4):
                self.same(y[0, i, j], (x[0, 2 * i:2 * i + 3:2, j:j + 3] + f).max((0, 1)))
        e = nn.erosion2d(x, f, [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1])
        self.assertEqual(e.shape, x.shape)
        self.same(e[0, 1, 2], (x[0, 1:3, 1:4] - f[::-1, ::-1]).min((0, 1)))
        v1 = tf.compat.v1.nn
        self.same(v1.dilation2d(x, f, [1, 2, 1, 1], [1, 2, 1, 1], "VALID"), y)
        self.same(v1.erosion2d(x, f, [1, 1, 1, 1], [1, 1, 1, 1], "SAME"), e)

    def test_dilation_is_learned(self):
        x, f = tf.Variable([[[[1.0], [5.0]], [[4.0], [3.0]]]]), tf.Variable([[[0.0], [1.0]]])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(nn.dilation2d(x, f, [1, 1, 1, 1], "VALID", "NHWC", [1, 1, 1, 1]) * [[[[2.0]], [[3.0]]]])
        dx, df = tape.gradient(loss, [x, f])
        self.same(dx[0, :, :, 0], [[0, 2], [3, 0]])
        self.same(df[..., 0], [[3, 2]])

    def test_biases(self):
        x, b = normal(2, 3, 4), normal(3)
        self.same(nn.bias_add(tf.constant(x), b, "NCHW"), x + b[:, None])
        self.same(nn.bias_add(tf.constant(normal(2, 3)), np.zeros(3)).shape, [2, 3])


class Chance(Same):
    def test_dropout(self):
        tf.random.set_seed(5)
        y = nn.dropout(tf.ones([1000]), 0.25).numpy()
        self.same(sorted(set(y)), [0, 4 / 3])
        self.assertLess(abs((y == 0).mean() - 0.25), 0.06)
        same = nn.dropout(tf.ones([4, 5]), 0.5, noise_shape=[4, 1]).numpy()
        self.assertTrue(all(len(set(row)) == 1 for row in same))
        self.same(nn.dropout(tf.ones([3]), 0), np.ones(3))
        for rate in (-0.1, 1):
            with self.assertRaisesRegex(ValueError, r"`rate` must be a scalar tensor or a float in the range \[0, 1\)"):
                nn.dropout(tf.ones([3]), rate)
        with self.assertRaisesRegex(ValueError, "must be a floating point tensor"):
            nn.dropout(tf.constant([1]), 0.5)
        self.same(sorted(set(v1.nn.dropout(tf.ones([100]), keep_prob=0.5).numpy())), [0, 2])


class Parts(Same):
    def test_embedding(self):
        table = normal(5, 3)
        v = tf.Variable(table)
        self.same(nn.embedding_lookup(v, [[1, 4], [0, 1]]), table[[[1, 4], [0, 1]]])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(nn.embedding_lookup(v, [1, 1, 4]) * [[1.0], [2.0], [3.0]])
        expected = np.zeros((5, 3))
        np.add.at(expected, [1, 1, 4], [[1], [2], [3]])
        self.same(tf.convert_to_tensor(tape.gradient(loss, v)), expected)
        limited = nn.embedding_lookup(v, [0], max_norm=0.5)
        self.same(np.linalg.norm(limited), min(0.5, np.linalg.norm(table[0])))
        halves = [tf.constant(table[:3]), tf.constant(table[3:])]
        self.same(nn.embedding_lookup(halves, [4, 0, 2]), table[[4, 0, 2]])
        turns = [tf.constant(table[::2]), tf.constant(table[1::2])]
        self.same(v1.nn.embedding_lookup(turns, [4, 0, 3]), table[[4, 0, 3]])

    def test_scatter(self):
        v = tf.Variable(np.arange(6.0).reshape(3, 2))
        self.same(v.gather_nd([[0, 1], [2, 0]]), [1, 4])
        self.same(v.sparse_read([2, 0]), [[4, 5], [0, 1]])
        v.scatter_nd_add([[0], [0]], [[10.0, 20], [1, 1]])
        v.scatter_nd_sub([[1, 1]], [3.0])
        v.scatter_nd_update([[2, 0]], [-1.0])
        self.same(v, [[11, 22], [2, 0], [-1, 5]])
        v.scatter_nd_max([[2]], [[0.0, 0]])
        v.scatter_nd_min([[0]], [[0.0, 100]])
        self.same(v, [[0, 22], [2, 0], [0, 5]])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, r"indices\[0\] = \[3\] does not index into shape \[3,2\]"):
            v.scatter_nd_add([[3]], [[1.0, 1]])

    def test_raw(self):
        raw = tf.raw_ops
        for dtype in (tf.float16, tf.float32, tf.float64, tf.int8, tf.uint8, tf.int32, tf.uint64):
            def value(x):
                return tf.constant(x, dtype)  # noqa: B023
            v = tf.Variable(value([[1, 2], [3, 4], [5, 6]]))
            raw.ResourceScatterAdd(resource=v.handle, indices=[0, 0], updates=value([[1, 1], [2, 2]]))
            raw.ResourceScatterMul(resource=v.handle, indices=[1], updates=value(2))
            raw.ResourceScatterDiv(resource=v.handle, indices=[2], updates=value([[5, 3]]))
            raw.ResourceScatterMax(resource=v.handle, indices=[2], updates=value([[0, 9]]))
            self.same(v.numpy(), [[4, 5], [6, 8], [1, 9]])
            v.assign_add(value([[1, 1]] * 3))
            self.same(v.numpy(), [[5, 6], [7, 9], [2, 10]])
        v = tf.Variable([1, 2])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, r"indices\[0\] = 2 is not in \[0, 2\)"):
            tf.raw_ops.ResourceScatterAdd(resource=v.handle, indices=[2], updates=[1])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Must have updates.shape = indices.shape"):
            tf.raw_ops.ResourceScatterAdd(resource=v.handle, indices=[1], updates=[1, 2])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Integer division by zero"):
            tf.raw_ops.ResourceScatterDiv(resource=v.handle, indices=[1], updates=[0])

    def test_count(self):
        v = tf.Variable(0)
        self.assertEqual([v.count_up_to(2).numpy() for _ in range(2)], [0, 1])
        with self.assertRaisesRegex(tf.errors.OutOfRangeError, "Reached limit of 2"):
            v.count_up_to(2)

    def test_given_dtypes(self):
        v = tf.Variable([1, 2])
        for call in (lambda: tf.raw_ops.VariableShape(input=v.handle, out_type=tf.int8),
                     lambda: tf.raw_ops.ResourceCountUpTo(resource=v.handle, limit=1, T=tf.float32)):
            with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "is not in the list of allowed values: int32, int64"):
                call()

    def test_others_keep_the_value(self):
        v = tf.Variable([1.0, 2.0])
        held = v.read_value()
        v.scatter_nd_add([[0]], [5.0])
        self.same(held, [1, 2])
        self.same(v, [6, 2])


class Clipping(Same):
    def test_all(self):
        x = np.array([[3.0, 4.0], [0.0, 0.0]])
        self.same(tf.clip_by_norm(tf.constant(x), 1.0), x / 5)
        self.same(tf.clip_by_norm(tf.constant(x), 1.0, axes=[1]), [[0.6, 0.8], [0, 0]])
        clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([4.0])], 2.0)
        self.same(norm, 5)
        self.same(clipped[0], [1.2])
        self.assertIsNone(clipped[1])
        self.assertTrue(np.isnan(tf.clip_by_global_norm([tf.constant([np.inf])], 1.0)[0][0].numpy()).all())
        self.same(v1.clip_by_average_norm(tf.constant([3.0, 4.0]), 1.0), np.array([3, 4]) / 2.5)
        with self.assertRaises(TypeError):
            tf.clip_by_global_norm(tf.constant([1.0]), 1.0)


class Losses(Same):
    def test_functions(self):
        L, y, p = keras.losses, np.array([[0.0, 1.0, 0], [1, 0, 0]]), softmax(normal(2, 3))
        cross = -np.log((y * p).sum(-1))
        self.same(L.categorical_crossentropy(y, p), cross)
        self.same(L.categorical_crossentropy(y, np.log(p), from_logits=True, label_smoothing=0.3),
                  -((y * 0.7 + 0.1) * np.log(p)).sum(-1))
        self.same(L.categorical_crossentropy(y.T, np.log(p.T), from_logits=True, axis=0), cross)
        self.same(L.sparse_categorical_crossentropy([1, 0], p), cross)
        self.same(L.sparse_categorical_crossentropy([1, -1], p, ignore_class=-1), [cross[0], 0])
        self.same(L.binary_crossentropy(y, p), -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(-1), 1e-5)
        right = y * p + (1 - y) * (1 - p)
        self.same(L.binary_focal_crossentropy(y, p), ((1 - right) ** 2 * -np.log(right)).mean(-1), 1e-5)
        self.same(L.categorical_focal_crossentropy(y, p), (0.25 * (1 - p) ** 2 * -y * np.log(p)).sum(-1), 1e-5)
        self.same(L.categorical_hinge(y, p), np.maximum(0, ((1 - y) * p).max(-1) - (y * p).sum(-1) + 1))
        self.same(L.hinge(y, p), np.maximum(0, 1 - (2 * y - 1) * p).mean(-1))
        self.same(L.squared_hinge(2 * y - 1, p), (np.maximum(0, 1 - (2 * y - 1) * p) ** 2).mean(-1))
        self.same(L.huber(y, 3 * p, 0.5), np.where(abs(y - 3 * p) <= 0.5, (y - 3 * p) ** 2 / 2,
                                                   0.5 * abs(y - 3 * p) - 0.125).mean(-1))
        self.same(L.log_cosh(y, p), np.log(np.cosh(p - y)).mean(-1))
        self.same(L.poisson(y, p), (p - y * np.log(p + 1e-7)).mean(-1))

    def test_reductions(self):
        y, p = np.array([[0.0], [1], [2]]), np.array([[1.0], [3], [5]])
        squares = np.array([1.0, 4, 9])
        make = keras.losses.MeanSquaredError
        self.same(make()(y, p), squares.mean())
        self.same(make(reduction="sum")(y, p), squares.sum())
        self.same(make(reduction="none")(y, p), squares)
        self.same(make()(y, p, sample_weight=[1.0, 0, 2]), (squares * [1, 0, 2]).sum() / 3)
        self.same(make()(y, p, sample_weight=[[1.0], [0], [2]]), (squares * [1, 0, 2]).sum() / 3)
        self.same(make()(np.zeros((0, 1)), np.zeros((0, 1))), 0)
        with self.assertRaises(ValueError):
            make(reduction="most")
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
        self.assertEqual(type(loss).from_config(loss.get_config()).get_config(), loss.get_config())


class OldLosses(Same):
    """tf.losses of version 1."""

    def test_reductions(self):
        L, y, p = v1.losses, np.array([[0.0], [1], [2]]), np.array([[1.0], [3], [5]])
        squares, w = np.array([[1.0], [4], [9]]), np.array([[1.0], [0], [2]])
        self.same(L.mean_squared_error(y, p), squares.mean())
        self.same(L.mean_squared_error(y, p, w), (squares * w).sum() / 2)
        for reduction, expected in ((L.Reduction.SUM, (squares * w).sum()), (L.Reduction.MEAN, (squares * w).sum() / 3),
                                    (L.Reduction.SUM_OVER_BATCH_SIZE, (squares * w).sum() / 3), (L.Reduction.NONE, squares * w)):
            self.same(L.mean_squared_error(y, p, w, reduction=reduction), expected)
        with self.assertRaisesRegex(ValueError, "Invalid Reduction Key"):
            L.mean_squared_error(y, p, reduction="most")
        with self.assertRaisesRegex(ValueError, "weights can not be broadcast to values"):
            L.mean_squared_error(y, p, [1.0, 2, 3])

    def test_kinds(self):
        L, x = v1.losses, normal(2, 3)
        one = np.eye(3)[[2, 0]]
        cross = -np.log((softmax(x) * one).sum(-1))
        self.same(L.softmax_cross_entropy(one, x), cross.mean())
        self.same(L.sparse_softmax_cross_entropy([2, 0], x), cross.mean())
        self.same(L.absolute_difference(one, x), abs(one - x).mean())
        self.same(L.hinge_loss(one, x), np.maximum(0, 1 - (2 * one - 1) * x).mean())
        error = abs(one - x)
        self.same(L.huber_loss(one, x, delta=0.5), np.where(error <= 0.5, error ** 2 / 2, 0.5 * error - 0.125).mean())
        p = DRAW.uniform(0.1, 0.9, size=(2, 3))
        self.same(L.log_loss(one, p), -(one * np.log(p + 1e-7) + (1 - one) * np.log(1 - p + 1e-7)).mean())
        self.same(L.cosine_distance(one, x, axis=1), (1 - (one * x).sum(1)).mean())

    def test_collection(self):
        with tf.Graph().as_default(), v1.Session() as session:
            v1.losses.mean_squared_error([1.0], [3.0])
            v1.losses.absolute_difference([1.0], [3.0])
            self.same(session.run(v1.losses.get_total_loss()), 6)

    def test_average(self):
        self.same(nn.compute_average_loss(tf.constant([1.0, 3.0]), [1.0, 2.0], 4), 7 / 4)


class Weights(Same):
    def test_regularizers(self):
        R, w = keras.regularizers, normal(3, 4)
        self.same(R.L1(0.1)(tf.constant(w)), 0.1 * abs(w).sum())
        self.same(R.L2(0.1)(tf.constant(w)), 0.1 * (w ** 2).sum())
        self.same(R.L1L2(0.1, 0.2)(tf.constant(w)), 0.1 * abs(w).sum() + 0.2 * (w ** 2).sum())
        unit = w / np.linalg.norm(w, axis=1, keepdims=True)
        self.same(R.OrthogonalRegularizer(0.5)(tf.constant(w)), 0.5 * 0.5 * abs(unit @ unit.T * (1 - np.eye(3))).sum() / 3)
        self.assertIsInstance(R.get("l1_l2"), R.L1L2)
        self.assertEqual(R.deserialize(R.serialize(R.L2(0.25))).get_config(), {"l2": 0.25})
        with self.assertRaisesRegex(ValueError, "not a valid regularization penalty number"):
            R.L2(float("nan"))

    def test_constraints(self):
        C, w = keras.constraints, normal(3, 4) * 3
        norms = np.linalg.norm(w, axis=0)
        self.same(C.MaxNorm(2)(tf.constant(w)), w * np.minimum(norms, 2) / norms)
        self.same(C.UnitNorm(1)(tf.constant(w)), w / np.linalg.norm(w, axis=1, keepdims=True))
        self.same(C.NonNeg()(tf.constant(w)), np.maximum(w, 0))
        self.same(C.MinMaxNorm(1.0, 2.0, 0.5)(tf.constant(w)), w * (0.5 * np.clip(norms, 1, 2) + 0.5 * norms) / norms)
        self.assertIsInstance(C.get("unit_norm"), C.UnitNorm)
        self.assertEqual(C.get({"class_name": "MaxNorm", "config": {"max_value": 3}}).max_value, 3)

    def test_initializers(self):
        I = keras.initializers  # noqa: E741
        for name, deviation in (("GlorotUniform", math.sqrt(2 / 600)), ("GlorotNormal", math.sqrt(2 / 600)),
                                ("HeUniform", math.sqrt(2 / 200)), ("HeNormal", math.sqrt(2 / 200)),
                                ("LecunUniform", math.sqrt(1 / 200)), ("LecunNormal", math.sqrt(1 / 200)),
                                ("RandomNormal", 0.05), ("RandomUniform", 0.1 / math.sqrt(12))):
            tf.random.set_seed(1)
            one = getattr(I, name)()
            self.assertLess(abs(one([200, 400]).numpy().std() / deviation - 1), 0.02, name)
            again = I.deserialize(I.serialize(one))
            self.assertEqual(again.get_config(), one.get_config())
        q = I.Orthogonal()([3, 2, 4]).numpy().reshape(6, 4)
        self.same(q.T @ q, np.eye(4), 1e-5)
        self.same(I.Identity(2.0)([2, 2]), 2 * np.eye(2))
        with self.assertRaisesRegex(ValueError, "Invalid `mode` argument"):
            I.VarianceScaling(mode="fan")
        with self.assertRaisesRegex(ValueError, "at least two-dimensional"):
            I.Orthogonal()([3])

    def test_seeds(self):
        """A seed says the values: those of the stateless ops, at each call."""
        I = keras.initializers  # noqa: E741
        for make, draw in ((I.RandomNormal(1.0, 2.0, 3), lambda s: tf.random.stateless_normal(s, [3, 0], 1.0, 2.0)),
                           (I.RandomUniform(-1.0, 2.0, 3), lambda s: tf.random.stateless_uniform(s, [3, 0], -1.0, 2.0)),
                           (I.TruncatedNormal(0.0, 2.0, 3), lambda s: tf.random.stateless_truncated_normal(s, [3, 0], 0.0, 2.0)),
                           (I.GlorotUniform(3), lambda s: tf.random.stateless_uniform(s, [3, 0], -1.0, 1.0)),
                           (tf.random_normal_initializer(seed=3), lambda s: tf.random.stateless_normal(s, [3, 0], 0.0, 0.05))):
            self.same(make([2, 4]), draw([2, 4]))
            self.same(make([2, 4]), tf.function(lambda make=make: make([2, 4]))())
        self.same(I.Orthogonal(seed=3)([4, 2]), I.Orthogonal(seed=3)([4, 2]))
        self.assertGreater(np.abs(I.Orthogonal(seed=3)([4, 2]) - I.Orthogonal(seed=4)([4, 2])).max(), 0.01)

    def test_version_1_initializers(self):
        """Have a dtype and other defaults, and go on counting."""
        tf.random.set_seed(1)
        make = v1.random_normal_initializer(seed=3, dtype=tf.float64)
        a, b = make([1000]), make([1000])
        self.assertEqual(a.dtype, tf.float64)
        self.assertTrue(0.9 < a.numpy().std() < 1.1 and (a.numpy() != b.numpy()).all())
        u = v1.random_uniform_initializer()([1000]).numpy()
        self.assertTrue(0 <= u.min() < 0.1 and 0.9 < u.max() <= 1)


class Cells(Same):
    """Version 1's cells against formulas, along a sequence."""

    def run_cell(self, cell, x, lengths=None):
        with tf.Graph().as_default(), v1.Session() as session:
            outputs, state = v1.nn.dynamic_rnn(cell, tf.constant(x), lengths, dtype=tf.float64)
            session.run(v1.global_variables_initializer())
            return session.run([outputs, *tf.nest.flatten(state)]), session.run(cell.variables)

    def test_lstm(self):
        x = normal(2, 3, 4)
        (outputs, c_last, h_last), (kernel, bias) = self.run_cell(v1.nn.rnn_cell.BasicLSTMCell(5), x)
        sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
        c = h = np.zeros((2, 5))
        for t in range(3):
            i, j, f, o = np.split(np.concatenate([x[:, t], h], 1) @ kernel + bias, 4, 1)
            c = c * sigmoid(f + 1) + sigmoid(i) * np.tanh(j)
            h = np.tanh(c) * sigmoid(o)
            self.same(outputs[:, t], h)
        self.same(c_last, c)
        self.same(h_last, h)

    def test_gru(self):
        x = normal(2, 3, 4)
        (outputs, last), (gates, gates_bias, kernel, bias) = self.run_cell(v1.nn.rnn_cell.GRUCell(5), x, [3, 1])
        h = np.zeros((2, 5))
        for t in range(3):
            r, u = np.split(1 / (1 + np.exp(-(np.concatenate([x[:, t], h], 1) @ gates + gates_bias))), 2, 1)
            new = u * h + (1 - u) * np.tanh(np.concatenate([x[:, t], r * h], 1) @ kernel + bias)
            live = np.array([[True], [t < 1]])
            self.same(outputs[:, t], np.where(live, new, 0))
            h = np.where(live, new, h)
        self.same(last, h)

    def test_stack(self):
        cells = v1.nn.rnn_cell.MultiRNNCell([v1.nn.rnn_cell.BasicRNNCell(3), v1.nn.rnn_cell.BasicRNNCell(2)])
        x = normal(2, 2, 4)
        (outputs, first, second), (k1, b1, k2, b2) = self.run_cell(cells, x)
        g, h = np.zeros((2, 3)), np.zeros((2, 2))
        for t in range(2):
            g = np.tanh(np.concatenate([x[:, t], g], 1) @ k1 + b1)
            h = np.tanh(np.concatenate([g, h], 1) @ k2 + b2)
            self.same(outputs[:, t], h)
        self.same(first, g)
        self.same(second, h)


if __name__ == "__main__":
    unittest.main()
