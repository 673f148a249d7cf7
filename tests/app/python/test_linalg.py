# SPDX-License-Identifier: MIT
"""Products, Einstein sums and linear algebra, as NumPy has them."""
import functools
import unittest

import numpy as np

import tensorflow as tf

DRAW = np.random.default_rng(5)
A = DRAW.normal(size=(2, 3, 3))
B = DRAW.normal(size=(2, 3, 2))
P = A @ np.swapaxes(A, 1, 2) + 3 * np.eye(3)
C = (A + 1j * DRAW.normal(size=A.shape)).astype(np.complex128)
# Arithmetic of complex numbers, where there is any.
COMPLEX = [C] if hasattr(tf.math, "conj") else []


def turned(x):
    return np.conj(np.swapaxes(x, -1, -2))


class Same(unittest.TestCase):
    def same(self, got, wanted, tolerance=1e-10):
        got = got.numpy() if hasattr(got, "numpy") else got
        self.assertEqual(got.shape, np.shape(wanted))
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


class Products(Same):
    def test_matmul(self):
        for a, b in ((A, B), (A[0], B), (A[0], B[0]), *((c, c) for c in COMPLEX)):
            self.same(tf.matmul(a, b), a @ b)
            self.same(tf.matmul(np.swapaxes(a, -1, -2), b, transpose_a=True), a @ b)
            self.same(tf.matmul(a, np.swapaxes(b, -1, -2), transpose_b=True), a @ b)
            self.same(tf.matmul(turned(a), turned(b), adjoint_a=True, adjoint_b=True), a @ b)
        with self.assertRaisesRegex(ValueError, "Only one of"):
            tf.matmul(A, A, transpose_a=True, adjoint_a=True)
        half = tf.constant([[1.5, 2], [3, 4]], tf.float16)
        self.assertEqual((half @ half).dtype, tf.float16)
        small = tf.constant([[100, -100]], tf.int8)
        self.same(tf.matmul(small, small, transpose_b=True, output_type=tf.int32), [[20000]])

    def test_others(self):
        self.same(tf.linalg.matvec(A, B[..., 0]), np.einsum("bij,bj->bi", A, B[..., 0]))
        self.same(tf.tensordot(A, B, [[0, 1], [0, 1]]), np.tensordot(A, B, [[0, 1], [0, 1]]))
        self.same(tf.tensordot(A, B, 0), np.tensordot(A, B, 0))
        self.same(tf.tensordot(A[0], B[0], 1), A[0] @ B[0])
        for c in (A, *COMPLEX):
            self.same(tf.linalg.adjoint(c), turned(c))
            self.same(tf.linalg.matvec(c, c[..., 0], adjoint_a=True), np.einsum("bji,bj->bi", c.conj(), c[..., 0]))
        self.same(tf.linalg.cross(A[..., 0], B[..., 0]), np.cross(A[..., 0], B[..., 0]))
        with self.assertRaisesRegex(tf.errors.FailedPreconditionError, "only defined for 3-element vectors"):
            tf.linalg.cross([1.0, 2.0], [3.0, 4.0])
        traced = tf.function(lambda a, b: tf.tensordot(a, b, [[0], [1]]),
                             input_signature=[tf.TensorSpec([None, None], tf.float64)] * 2)
        self.same(traced(A[0], A[1]), np.tensordot(A[0], A[1], [[0], [1]]))

    def test_einsum(self):
        for equation, *x in (("ij,jk->ik", A[0], B[0]), ("bij,bjk", A, B), ("...ij,...jk->...ik", A[0], B), ("bii->bi", A),
                             ("bij,bjk,bkl->bil", A, A, B), ("ij,lk,jk->il", A[0], B[0].T, A[1]), ("i,j,k->kij", *A[0]),
                             ("bij->", A), ("...ij->...ji", C), ("ij,ij,ij->", *A[[0, 1, 0]])):
            self.same(tf.einsum(equation, *x), np.einsum(equation, *x))
            spec = [tf.TensorSpec([None] * np.ndim(a), tf.as_dtype(a.dtype)) for a in x]
            run = functools.partial(tf.einsum, equation)
            wrapped = [lambda a: run(a), lambda a, b: run(a, b), lambda a, b, c: run(a, b, c)][len(x) - 1]
            traced = tf.function(wrapped, input_signature=spec)
            self.same(traced(*x), np.einsum(equation, *x))
        for equation, message in (("ij,jk->ik", "Got 1 inputs for equation"), ("i$->i", "incorrect format"),
                                  ("ij->k", "label k not present"), ("ij->ii", "more than once")):
            with self.assertRaisesRegex(ValueError, message):
                tf.einsum(equation, A[0])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Expected dimension 3"):
            tf.einsum("ij,jk->ik", A[0], B[0].T)

    def test_gradient_of_unknown_batch(self):
        """An ellipsis that broadcasts where the sizes come to be known."""
        spec = [tf.TensorSpec([None, 3, 3], tf.float64), tf.TensorSpec([None, 3, 2], tf.float64)]

        @tf.function(input_signature=spec)
        def slopes(a, b):
            with tf.GradientTape() as tape:
                tape.watch([a, b])
                y = tf.reduce_sum(tf.einsum("...ij,...jk->...ik", a, b) ** 2)
            return tape.gradient(y, [a, b])
        da, db = slopes(A[:1], B)
        dy = 2 * (A[:1] @ B)
        self.same(da, (dy @ np.swapaxes(B, 1, 2)).sum(0, keepdims=True))
        self.same(db, np.swapaxes(A[:1], 1, 2) @ dy)


class Decompositions(Same):
    def test_factors(self):
        for x in (A, *COMPLEX, A[:, :2], A[:, :, :2], A.astype(np.float32)):
            tolerance = 1e-4 if x.dtype == np.float32 else 1e-10
            for full in (False, True):
                q, r = tf.linalg.qr(x, full_matrices=full)
                self.same(q @ r, x, tolerance)
                self.same(tf.linalg.adjoint(q) @ q, np.broadcast_to(np.eye(q.shape[-1]), [2, q.shape[-1], q.shape[-1]]),
                          tolerance)
                s, u, v = tf.linalg.svd(x, full_matrices=full)
                n = s.shape[-1]
                self.assertTrue(s.dtype.is_floating)
                self.same((u.numpy()[..., :n] * s.numpy()[..., None, :]) @ turned(v.numpy()[..., :n]), x, tolerance)
            self.same(tf.linalg.svd(x, compute_uv=False), np.linalg.svd(x, compute_uv=False), tolerance)
        factor = tf.linalg.cholesky(P)
        self.same(factor, np.linalg.cholesky(P))
        self.same(P @ tf.linalg.cholesky_solve(factor, B), B)
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Cholesky decomposition was not successful"):
            tf.linalg.cholesky([[1.0, 2], [2, 1]])

    def test_eigen(self):
        for x in (P, *(c @ turned(c) for c in COMPLEX)):
            e, v = tf.linalg.eigh(x)
            self.same((v * e[..., None, :]) @ tf.linalg.adjoint(v), x)
            self.same(tf.linalg.eigvalsh(x), np.linalg.eigvalsh(x).astype(x.dtype))
        for x in (A, C, A.astype(np.float32)):
            e, v = (t.numpy() for t in tf.linalg.eig(x))
            self.same(x @ v, v * e[..., None, :], 1e-4 if x.dtype == np.float32 else 1e-10)
            self.assertEqual(tf.linalg.eigvals(x).shape, [2, 3])

    def test_lu(self):
        lu, p = tf.linalg.lu(A)
        self.same(tf.linalg.lu_reconstruct(lu, p), A)
        self.same(A @ tf.linalg.lu_solve(lu, p, B), B)
        self.same(tf.linalg.lu_matrix_inverse(lu, p), np.linalg.inv(A))
        lu, p = tf.linalg.lu(A[0], output_idx_type=tf.int64)
        self.assertEqual(p.dtype, tf.int64)
        self.same(A[0] @ tf.linalg.lu_solve(lu, p, B[0]), B[0])

    def test_gradients(self):
        """That of a function of a matrix along a direction is the difference along it."""
        direction, step = DRAW.normal(size=A.shape), 1e-6

        def of_factors(parts):
            return tf.add_n([tf.reduce_sum(tf.square(x) * np.arange(1.0, 1 + np.prod(x.shape)).reshape(x.shape)) for x in parts])
        for function in (lambda x: of_factors([tf.linalg.lu(x)[0]]), lambda x: of_factors(tf.linalg.qr(x)),
                         lambda x: of_factors(tf.linalg.svd(x)[:1]), lambda x: of_factors([tf.linalg.pinv(x)]),
                         lambda x: of_factors([tf.linalg.expm(x)]), lambda x: of_factors([tf.linalg.slogdet(x)[1]]),
                         lambda x: of_factors([tf.linalg.solve(x, B)]), lambda x: of_factors([tf.linalg.lstsq(x[:, :2], B[:, :2])])):
            x = tf.constant(A)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            slope = np.sum(tape.gradient(y, x).numpy() * direction)
            difference = (function(A + step * direction) - function(A - step * direction)) / (2 * step)
            self.assertAlmostEqual(slope / difference.numpy(), 1, places=5)


class Equations(Same):
    def test_solve(self):
        self.same(tf.linalg.inv(A), np.linalg.inv(A))
        self.same(tf.linalg.det(A), np.linalg.det(A))
        self.same(tf.linalg.det(C), np.linalg.det(C))
        self.same(tf.linalg.logdet(P), np.log(np.linalg.det(P)))
        for got, wanted in zip(tf.linalg.slogdet(A), np.linalg.slogdet(A)):
            self.same(got, wanted)
        self.same(tf.linalg.solve(A, B), np.linalg.solve(A, B))
        self.same(tf.linalg.solve(C, C[..., :1], adjoint=True), np.linalg.solve(turned(C), C[..., :1]))
        self.same(tf.linalg.triangular_solve(A, B[0]), np.linalg.solve(np.tril(A), np.broadcast_to(B[0], B.shape)))
        self.same(tf.linalg.triangular_solve(C, B.astype(complex), lower=False, adjoint=True),
                  np.linalg.solve(turned(np.triu(C)), B))
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Input matrix is not invertible"):
            tf.linalg.solve([[1.0, 2], [2, 4]], [[1.0], [1]])

    def test_least_squares(self):
        for x in (A, A[:, :, :2], A[:, :2]):
            b = B[:, :x.shape[1]]
            wanted = np.stack([np.linalg.lstsq(m, r, rcond=None)[0] for m, r in zip(x, b)])
            self.same(tf.linalg.lstsq(x, b), wanted, 1e-6)
            self.same(tf.linalg.lstsq(x, b, fast=False), wanted)
            self.same(tf.linalg.pinv(x), np.linalg.pinv(x))
            self.same(tf.linalg.matrix_rank(x), np.linalg.matrix_rank(x))
        ridge = np.linalg.solve(np.swapaxes(A, 1, 2) @ A + 0.5 * np.eye(3), np.swapaxes(A, 1, 2) @ B)
        self.same(tf.linalg.lstsq(A, B, l2_regularizer=0.5), ridge)
        self.same(tf.linalg.matrix_rank([[1.0, 2], [2, 4]]), 1)

    def test_bands(self):
        main, above, below = 4 + DRAW.random((2, 5)), DRAW.normal(size=(2, 4)), DRAW.normal(size=(2, 4))
        b = DRAW.normal(size=(2, 5, 2))
        dense = np.stack([np.diag(m) + np.diag(a, 1) + np.diag(c, -1) for m, a, c in zip(main, above, below)])
        compact = np.stack([np.pad(above, [(0, 0), (0, 1)]), main, np.pad(below, [(0, 0), (1, 0)])], 1)
        for diagonals, kind in ((compact, "compact"), ((above, main, below), "sequence"), (dense, "matrix")):
            self.same(tf.linalg.tridiagonal_solve(diagonals, b, kind), np.linalg.solve(dense, b))
            self.same(tf.linalg.tridiagonal_solve(diagonals, b[..., 0], kind), np.linalg.solve(dense, b)[..., 0])
            self.same(tf.linalg.tridiagonal_solve(diagonals, b, kind, partial_pivoting=False), np.linalg.solve(dense, b))
            self.same(tf.linalg.tridiagonal_matmul(diagonals, b, kind), dense @ b)
        self.same(tf.linalg.banded_triangular_solve(compact[:, 1:], b), np.linalg.solve(np.tril(dense), b))
        self.same(tf.linalg.banded_triangular_solve(compact[:, :2], b, lower=False, adjoint=True),
                  np.linalg.solve(turned(np.triu(dense)), b))


class Functions(Same):
    def test_analytic(self):
        e, v = np.linalg.eig(A)
        self.same(tf.linalg.expm(A), ((v * np.exp(e)[:, None]) @ np.linalg.inv(v)).real)
        self.same(tf.linalg.expm(np.zeros([2, 2])), np.eye(2))
        root = tf.linalg.sqrtm(P)
        self.same(root @ root, P)
        logarithm = tf.linalg.logm(C)
        self.same(tf.linalg.expm(logarithm), C)

    def test_norms(self):
        for order in ("euclidean", 1, 2, 3.5, np.inf):
            for axis in (None, 1, -1):
                flat = A.ravel() if axis is None else A
                wanted = np.linalg.norm(flat, 2 if order == "euclidean" else order, axis)
                self.same(tf.norm(A, order, axis), wanted)
        for order in ("fro", 1, 2, np.inf):
            self.same(tf.norm(A, order, (-2, -1)), np.linalg.norm(A, order, (-2, -1)))
            self.same(tf.norm(A, order, (0, 2), keepdims=True), np.linalg.norm(A, order, (0, 2), keepdims=True))
        for c in COMPLEX:
            self.same(tf.norm(c), np.linalg.norm(c))
        scaled, size = tf.linalg.normalize(A, axis=1)
        self.same(scaled * size, A)
        self.same(tf.linalg.l2_normalize(A, -1), A / np.linalg.norm(A, axis=-1, keepdims=True))
        self.same(tf.linalg.global_norm([A, B]), np.sqrt(np.sum(A * A) + np.sum(B * B)))
        for order, axis in ((0.5, (0, 1)), (-1, None), (2, "x")):
            with self.assertRaises(ValueError):
                tf.norm(A, order, axis)


if __name__ == "__main__":
    unittest.main()
