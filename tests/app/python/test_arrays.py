# SPDX-License-Identifier: MIT
"""Reductions and array functions: eagerly and in a graph of unknown shapes, as NumPy has them or TensorFlow documents
them."""
import unittest

import numpy as np

import tensorflow as tf

X = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.5]])
N = np.array([[3, 1, 2], [0, 5, 2]], np.int32)


class Arrays(unittest.TestCase):
    def same(self, function, expected, *arguments, traced=True):
        """function (arguments) is expected, also traced without knowing a dimension."""
        signature = [tf.TensorSpec([None] * np.ndim(a), tf.as_dtype(np.asarray(a).dtype)) for a in arguments]
        runs = [function] + ([tf.function(lambda *a: function(*a), input_signature=signature)] if traced else [])
        for run in runs:
            got = tf.nest.flatten(run(*(tf.constant(a) for a in arguments)))
            wanted = list(expected) if isinstance(expected, (list, tuple)) else [expected]
            self.assertEqual(len(got), len(wanted))
            for a, b in zip(got, wanted):
                if np.asarray(b).dtype.kind in "SUO":
                    self.assertEqual(a.numpy().tolist(), np.asarray(b).tolist())
                else:
                    np.testing.assert_allclose(a.numpy(), b, rtol=1e-12, atol=1e-12)
                self.assertEqual(a.numpy().shape, np.shape(b))

    # ---- reductions ----

    def test_reductions(self):
        for public, name in (("sum", "sum"), ("prod", "prod"), ("mean", "mean"), ("max", "max"), ("min", "min"),
                             ("std", "std"), ("variance", "var")):
            ours, theirs = getattr(tf.math, "reduce_" + public), getattr(np, name)
            for axis in (None, 0, -1, (0, 1)):
                self.same(lambda x: ours(x, axis, True), theirs(X, axis, keepdims=True), X)  # noqa: B023
                self.same(lambda x: ours(x, axis), theirs(X, axis), X)  # noqa: B023
        self.same(lambda x: tf.reduce_logsumexp(x, 1), np.log(np.exp(X).sum(1)), X)
        self.same(lambda x: tf.reduce_logsumexp(x), np.log(np.exp(X).sum()), X)
        self.same(lambda x: tf.math.reduce_euclidean_norm(x, 0), np.sqrt((X ** 2).sum(0)), X)
        self.same(lambda x: tf.reduce_any(x > 3, 1), (X > 3).any(1), X)
        self.same(lambda x: tf.reduce_all(x > -2, 1), (X > -2).all(1), X)
        self.assertRaisesRegex(TypeError, "integer", tf.math.reduce_std, [1, 2])

    def test_narrow(self):
        half = tf.ones([5000], tf.float16)
        self.assertEqual(float(tf.reduce_sum(half)), 5000.0)
        self.assertEqual(tf.reduce_mean(tf.fill([70000], tf.constant(2, tf.float16))).numpy(), 2)
        self.assertEqual(tf.reduce_max(tf.zeros([0], tf.int8)).numpy(), -128)
        self.assertEqual(tf.reduce_sum(tf.constant([200, 100], tf.uint8)).numpy(), 44)
        self.assertEqual(tf.reduce_sum(tf.constant([1 + 2j, 3j])).numpy(), 1 + 5j)
        self.assertEqual(tf.argmax(tf.constant([1, 9, 3], tf.uint8), output_type=tf.int32).numpy(), 1)

    def test_counts(self):
        self.same(lambda x: tf.math.count_nonzero(x, 1), np.count_nonzero(N, 1), N)
        self.assertEqual(tf.math.count_nonzero(tf.constant(["", "a", "  ", "b", ""])).numpy(), 3)
        self.same(lambda x: tf.math.zero_fraction(x), np.float32(1 / 6), N)
        self.same(lambda x: tf.math.bincount(x), np.bincount(N.ravel()), N)
        self.same(lambda x: tf.math.bincount(x, minlength=8), np.bincount(N.ravel(), minlength=8), N)
        self.same(lambda x: tf.math.bincount(x, maxlength=3), np.bincount(N.ravel())[:3], N)
        self.same(lambda x, w: tf.math.bincount(x, w), np.bincount(N.ravel(), X.ravel()), N, X)
        self.same(lambda x: tf.math.bincount(x, axis=-1),
                  np.array([[0, 1, 1, 1, 0, 0], [1, 0, 1, 0, 0, 1]]), N)
        self.same(lambda x: tf.math.bincount(x, binary_output=True), np.array([1, 1, 1, 1, 0, 1]), N)
        values, edges = [-1.0, 0.0, 1.5, 2.0, 5.0, 15], [0.0, 5.0]
        self.assertEqual(tf.histogram_fixed_width(values, edges, nbins=5).numpy().tolist(), [2, 1, 1, 0, 2])
        self.assertEqual(tf.histogram_fixed_width_bins(values, edges, nbins=5).numpy().tolist(), [0, 0, 1, 2, 4, 4])
        self.assertEqual(tf.math.confusion_matrix([1, 2, 4], [2, 2, 4]).numpy().tolist(),
                         [[0, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1]])

    def test_moments(self):
        count, total, squares, shift = tf.nn.sufficient_statistics(X, [0])
        mean, variance = tf.nn.normalize_moments(count, total, squares, shift)
        np.testing.assert_allclose(mean, X.mean(0))
        np.testing.assert_allclose(variance, X.var(0))
        weights = np.array([[1.0, 2, 3], [0, 1, 2]])
        self.same(lambda x, w: tf.nn.weighted_moments(x, [1], w),
                  [np.average(X, 1, weights), np.average((X - np.average(X, 1, weights)[:, None]) ** 2, 1, weights)],
                  X, weights)

    def test_norms(self):
        for order in (1, 2, np.inf, "euclidean", 3):
            plain = 2 if order == "euclidean" else order
            self.same(lambda x: tf.norm(x, order, 1), np.linalg.norm(X, plain, 1), X)  # noqa: B023
        for order in (1, 2, np.inf, "fro"):
            self.same(lambda x: tf.linalg.norm(x, order, (0, 1)), np.linalg.norm(X, order, (0, 1)), X)  # noqa: B023
        self.same(lambda x: tf.linalg.normalize(x, axis=1),
                  [X / np.linalg.norm(X, axis=1, keepdims=True), np.linalg.norm(X, axis=1, keepdims=True)], X)
        self.assertRaisesRegex(ValueError, "supported vector norm", tf.norm, [1.0], "fro")

    def test_segments(self):
        data = np.array([[1, 2, 3, 4], [4, 3, 2, 1], [5, 6, 7, 8]])
        self.assertEqual(tf.math.segment_sum(data, [0, 0, 1]).numpy().tolist(), [[5, 5, 5, 5], [5, 6, 7, 8]])
        self.same(lambda x: tf.math.unsorted_segment_mean(x, [0, 1, 0][:2], 3), np.array([X[0], X[1], X[0] * 0]), X,
                  traced=False)
        c = tf.constant([[1, 2, 3, 4], [-1, -2, -3, -4], [5, 6, 7, 8]])
        self.assertEqual(tf.compat.v1.sparse_segment_sum(c, [0, 1], [0, 0]).numpy().tolist(), [[0, 0, 0, 0]])
        self.assertEqual(tf.compat.v1.sparse_segment_sum(c, [0, 1], [0, 2], num_segments=4).numpy().tolist(),
                         [[1, 2, 3, 4], [0] * 4, [-1, -2, -3, -4], [0] * 4])
        self.assertEqual(tf.compat.v1.sparse_segment_mean(tf.cast(c, tf.float32), [0, 2], [0, 0]).numpy().tolist(), [[3, 4, 5, 6]])

    # ---- arrays ----

    def test_splits_and_stitches(self):
        a, b, c = tf.split(tf.ones([5, 30]), [4, 15, 11], 1)
        self.assertEqual([t.shape.as_list() for t in (a, b, c)], [[5, 4], [5, 15], [5, 11]])
        self.assertEqual([t.shape.as_list() for t in tf.split(tf.ones([4, 2]), [1, -1], 0)], [[1, 2], [3, 2]])
        parts = tf.dynamic_partition([10, 20, 30, 40, 50], [0, 0, 1, 1, 0], 2)
        self.assertEqual([p.numpy().tolist() for p in parts], [[10, 20, 50], [30, 40]])
        merged = tf.dynamic_stitch([6, [4, 1], [[5, 2], [0, 3]]],
                                   [[61, 62], [[41, 42], [11, 12]], [[[51, 52], [21, 22]], [[1, 2], [31, 32]]]])
        self.assertEqual(merged.numpy().tolist(), [[1, 2], [11, 12], [21, 22], [31, 32], [41, 42], [51, 52], [61, 62]])
        self.assertEqual([s.numpy().tolist() for s in tf.shape_n([[1, 2], [[3]]])], [[2], [1, 1]])
        self.assertEqual([s.numpy().tolist() for s in tf.identity_n([[1, 2], [3.0]])], [[1, 2], [3.0]])

    def test_unique_of_many(self):
        """More than the first table of them holds, in the order in which they first stand; no NaN is like another."""
        numbers = np.random.default_rng(1).integers(0, 40000, 100000).astype(np.int32)
        y, idx, count = tf.unique_with_counts(numbers)
        _, first, counts = np.unique(numbers, return_index=True, return_counts=True)
        np.testing.assert_array_equal(y, numbers[np.sort(first)])
        np.testing.assert_array_equal(count, counts[np.argsort(first)])
        np.testing.assert_array_equal(tf.gather(y, idx), numbers)
        self.assertEqual(tf.unique(np.full(30000, np.nan)).y.shape, [30000])

    def test_unique(self):
        y, idx = tf.unique([1, 1, 2, 4, 4, 4, 7, 8, 8])
        self.assertEqual((y.numpy().tolist(), idx.numpy().tolist()), ([1, 2, 4, 7, 8], [0, 0, 1, 2, 2, 2, 3, 4, 4]))
        found = tf.unique_with_counts([1, 1, 2, 4, 4, 4, 7, 8, 8])
        self.assertEqual(found.count.numpy().tolist(), [2, 1, 3, 1, 2])
        self.same(lambda x: tf.unique(x).y, np.array([3.0, 1.0]), np.array([3.0, 1.0, 3.0]))
        out = tf.compat.v1.setdiff1d([1, 2, 3, 4, 5, 6], [1, 3, 5])
        self.assertEqual((out.out.numpy().tolist(), out.idx.numpy().tolist()), ([2, 4, 6], [1, 3, 5]))

    def test_sorting(self):
        v = np.array([1.0, 10, 26.9, 2.8, 166.32, 62.3])
        self.same(tf.sort, np.sort(v), v)
        self.same(lambda x: tf.argsort(x, direction="DESCENDING"), np.argsort(-v), v)
        for dtype in (np.int32, np.int64, np.float32):
            few = np.array([[3, 1, 2], [7, 9, 8]], dtype)
            self.same(lambda x: tf.sort(x, 0, "DESCENDING"), -np.sort(-few.astype(float), 0), few)
            self.same(lambda x: tf.sort(x), np.sort(few), few)
        lowest = np.array([0, -2 ** 63, 5], np.int64)
        self.same(tf.sort, np.sort(lowest), lowest)
        many = np.random.RandomState(0).randint(0, 99, 1000).astype(np.float32)
        self.same(tf.argsort, np.argsort(many, kind="stable"), many)
        self.same(lambda x: tf.math.top_k(x, 5)[0], np.sort(many)[:-6:-1], many)

    def test_diagonals(self):
        d = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
        self.same(tf.linalg.diag, np.array([np.diag(r) for r in d]), d)
        self.same(lambda x: tf.linalg.diag(x, k=1), np.array([np.diag(r, 1) for r in d]), d)
        self.same(lambda x: tf.linalg.diag(x, k=-1, num_rows=5, num_cols=4, padding_value=9),
                  np.where(np.eye(5, 4, -1), np.array([np.diag(r, -1)[:, :4] for r in d]), 9), d)
        self.same(tf.linalg.diag_part, np.diagonal(X), X)
        self.same(lambda x: tf.linalg.diag_part(x, k=(-1, 0)), np.array([[3.0, 4.0], [0.5, 0.0]]), X)
        self.same(lambda x: tf.linalg.set_diag(x, [7.0, 8.0]), np.array([[7, -1, 2], [0.5, 8, -2.5]]), X)
        self.same(tf.linalg.trace, np.trace(X), X)
        self.same(lambda x: tf.linalg.tensor_diag_part(tf.linalg.tensor_diag(x)), X, X)
        self.assertEqual(tf.eye(2, 3, [2], tf.int32).numpy().tolist(), [[[1, 0, 0], [0, 1, 0]]] * 2)
        self.same(lambda n: tf.eye(n, dtype=tf.float64), np.eye(3), np.array(3, np.int32))

    def test_padding(self):
        for mode in ("reflect", "symmetric"):
            self.same(lambda x: tf.pad(x, [[1, 1], [2, 0]], mode), np.pad(X, [[1, 1], [2, 0]], mode), X)  # noqa: B023
        self.same(lambda x: tf.pad(x, [[1, 0], [0, 2]], constant_values=7), np.pad(N, [[1, 0], [0, 2]], constant_values=7), N)
        with tf.GradientTape() as tape:
            x = tf.constant(X)
            tape.watch(x)
            y = tf.reduce_sum(tf.pad(x, [[1, 0], [0, 1]], "REFLECT") ** 2)
        self.assertEqual(tape.gradient(y, x).numpy().tolist(), [[6, -4, 4], [2, 32, -10]])

    def test_space(self):
        x = tf.reshape(tf.range(1, 17), [1, 4, 4, 1])
        y = tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]])
        self.assertEqual(y[:, :, :, 0].numpy().tolist(), [[[1, 3], [9, 11]], [[2, 4], [10, 12]], [[5, 7], [13, 15]],
                                                          [[6, 8], [14, 16]]])
        self.assertEqual(tf.batch_to_space(y, [2, 2], [[0, 0], [0, 0]]).numpy().tolist(), x.numpy().tolist())
        z = tf.nn.space_to_depth(x, 2)
        self.assertEqual(z.numpy().tolist(), [[[[1, 2, 5, 6], [3, 4, 7, 8]], [[9, 10, 13, 14], [11, 12, 15, 16]]]])
        self.assertEqual(tf.nn.depth_to_space(z, 2).numpy().tolist(), x.numpy().tolist())
        pads, crops = tf.required_space_to_batch_paddings([5, 4], [3, 2])
        self.assertEqual((pads.numpy().tolist(), crops.numpy().tolist()), ([[0, 1], [0, 0]], [[0, 1], [0, 0]]))

    def test_sequences(self):
        self.same(lambda: tf.linspace(10.0, 12.0, 3), np.linspace(10, 12, 3))
        self.same(lambda x: tf.linspace(x[0], x[1], 5, axis=-1), np.linspace(X[0], X[1], 5, axis=-1), X)
        self.assertEqual(tf.linspace(2.0, 3.0, 1).numpy().tolist(), [2.0])
        self.assertEqual(tf.range(3, 18, 3).numpy().tolist(), [3, 6, 9, 12, 15])
        self.assertEqual(tf.range(3, 1, -0.5).numpy().tolist(), [3, 2.5, 2, 1.5])
        self.assertEqual(tf.range(5, dtype=tf.float16).dtype, tf.float16)
        self.same(lambda x: tf.repeat(x, 2, 1), np.repeat(X, 2, 1), X)
        self.same(lambda x: tf.repeat(x, [3, 0], 0), np.repeat(X, [3, 0], 0), X)
        self.same(lambda x, n: tf.repeat(x, n), np.repeat(N.ravel(), [1, 0, 2, 1, 1, 3]), N,
                  np.array([1, 0, 2, 1, 1, 3], np.int32))
        self.same(lambda x: tf.meshgrid(x, [5, 6]), np.meshgrid([1, 2, 3], [5, 6]), np.array([1, 2, 3], np.int32))
        self.same(lambda x: tf.meshgrid(x, [5, 6], indexing="ij"), np.meshgrid([1, 2, 3], [5, 6], indexing="ij"),
                  np.array([1, 2, 3], np.int32))
        seq = [[1, 2, 3, 4, 5, 0], [1, 2, 0, 0, 0, 0]]
        self.assertEqual(tf.reverse_sequence(seq, [5, 2], seq_axis=1, batch_axis=0).numpy().tolist(),
                         [[5, 4, 3, 2, 1, 0], [2, 1, 0, 0, 0, 0]])
        self.assertEqual(tf.unravel_index([2, 5, 7], [3, 3]).numpy().tolist(), [[0, 1, 2], [2, 2, 1]])
        self.assertEqual(tf.sequence_mask([1, 3, 2], 5, tf.int32).numpy().tolist(),
                         [[1, 0, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 0, 0, 0]])

    def test_shapes(self):
        self.assertEqual(tf.broadcast_static_shape(tf.TensorShape([1, None, 3]), tf.TensorShape([5, 4, 1])).as_list(),
                         [5, 4, 3])
        self.assertRaises(ValueError, tf.broadcast_static_shape, tf.TensorShape([2]), tf.TensorShape([3]))
        self.assertEqual(tf.broadcast_dynamic_shape([2, 1], [3]).numpy().tolist(), [2, 3])
        self.same(lambda x, y: tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y)), np.array([2, 3]), X, X[:1])
        traced = tf.function(lambda x: tf.ensure_shape(x, [2, 3]), input_signature=[tf.TensorSpec(None, tf.float64)])
        self.assertEqual(traced(X).shape.as_list(), [2, 3])
        self.assertRaisesRegex(tf.errors.InvalidArgumentError, "not compatible with expected shape", traced, X[:1])

    def test_scatter(self):
        self.assertEqual(tf.scatter_nd([[4], [3], [1], [7]], [9, 10, 11, 12], [8]).numpy().tolist(),
                         [0, 11, 0, 10, 9, 0, 0, 12])
        tensor = tf.constant(["a", "b", "c"])
        self.assertEqual(tf.tensor_scatter_nd_update(tensor, [[1]], ["z"]).numpy().tolist(), [b"a", b"z", b"c"])
        self.assertEqual(tf.tensor_scatter_nd_add(tf.ones([3], tf.uint8), [[1]], tf.constant([5], tf.uint8)).numpy().tolist(),
                         [1, 6, 1])

    def test_version_1(self):
        v1 = tf.compat.v1
        self.assertEqual(v1.pad([1, 2], [[1, 0]], "CONSTANT", None, 7).numpy().tolist(), [7, 1, 2])
        self.assertEqual(v1.shape([[1, 2]], None, tf.int64).dtype, tf.int64)
        self.assertEqual(v1.batch_gather([[1, 2], [3, 4]], [[1], [0]]).numpy().tolist(), [[2], [3]])
        self.assertEqual(v1.reduce_logsumexp(X, 1, keep_dims=True).shape.as_list(), [2, 1])
        self.assertEqual(v1.matrix_diag([1, 2]).numpy().tolist(), [[1, 0], [0, 2]])
        self.assertEqual(v1.transpose(X, [1, 0], "turned").shape.as_list(), [3, 2])

    # ---- indexing ----

    def test_indexing(self):
        t = np.arange(24).reshape(2, 3, 4)
        for key in (1, -1, (1, 2), (1, 2, 3), slice(None, None, -1), (slice(0, 2), slice(1, None, 2)), Ellipsis,
                    (Ellipsis, 0), (0, Ellipsis, 1), (slice(None), None, 2), (None, Ellipsis, None), (slice(5, 1), 0),
                    (slice(None), slice(-1, -4, -2)), (Ellipsis, slice(-100, 100))):
            self.same(lambda x: x[key], t[key], t, traced=False)  # noqa: B023
        i = tf.constant(1)
        self.assertEqual(tf.constant(t)[i, :, i + 1].numpy().tolist(), t[1, :, 2].tolist())
        self.assertEqual(tf.constant(t)[:, i:].numpy().tolist(), t[:, 1:].tolist())
        self.assertRaisesRegex(TypeError, "Only integers, slices", lambda: tf.constant(t)["a"])
        self.assertRaisesRegex(TypeError, "Only integers, slices", lambda: tf.constant(t)[1.0])
        self.assertRaisesRegex(tf.errors.InvalidArgumentError, "slice index 5 of dimension 0 out of bounds",
                               lambda: tf.constant(t)[5])
        self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Index out of range using input dim 3",
                               lambda: tf.constant(t)[0, 0, 0, 0])
        self.assertRaisesRegex(tf.errors.InvalidArgumentError, "non-zero", lambda: tf.constant(t)[::0])

    def test_assigned_slices(self):
        v = tf.Variable(np.arange(12).reshape(3, 4))
        v[0:2, 1].assign([50, 60])
        self.assertEqual(v.numpy().tolist(), [[0, 50, 2, 3], [4, 60, 6, 7], [8, 9, 10, 11]])
        v[::-1, ..., 3].assign([1, 2, 3])
        self.assertEqual(v.numpy()[:, 3].tolist(), [3, 2, 1])

        @tf.function
        def step():
            v[1].assign([0, 0, 0, 0])
            return v + 0
        self.assertEqual(step().numpy()[1].tolist(), [0, 0, 0, 0])
        self.assertRaisesRegex(tf.errors.UnimplementedError, "sliced l-value shape", lambda: v[0].assign([1, 2]))
        self.assertEqual((v[2] + 1).numpy().tolist(), [9, 10, 11, 2])
        self.assertFalse(hasattr(tf.constant([1, 2])[0], "assign"))


if __name__ == "__main__":
    unittest.main()
