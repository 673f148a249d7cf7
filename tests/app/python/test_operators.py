# SPDX-License-Identifier: MIT
"""tf.linalg.LinearOperator: each kind does what its dense matrix does."""
import unittest

import numpy as np
import tensorflow as tf

L = tf.linalg
DRAW = np.random.default_rng(5)


def normal(*shape, dtype="float64"):
    x = DRAW.normal(size=shape)
    return (x + 1j * DRAW.normal(size=shape)).astype(dtype) if dtype.startswith("complex") else x.astype(dtype)


def definite(n, *batch):
    a = normal(*batch, n, n)
    return a @ np.swapaxes(a, -1, -2) + n * np.eye(n)


def adjoint(x):
    return np.conj(np.swapaxes(x, -1, -2))


def lower(a):
    return np.tril(a) + 3 * np.eye(a.shape[-1])


def kron(a, b):
    return np.einsum("...ij,...kl->...ikjl", a, b).reshape(*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]),
                                                           a.shape[-2] * b.shape[-2], a.shape[-1] * b.shape[-1])


def block(a, b):
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    whole = np.zeros((*batch, a.shape[-2] + b.shape[-2], a.shape[-1] + b.shape[-1]), a.dtype)
    whole[..., :a.shape[-2], :a.shape[-1]] = a
    whole[..., a.shape[-2]:, a.shape[-1]:] = b
    return whole


def cases():
    """(operator, its matrix)"""
    a, b, c = normal(3, 3), normal(2, 2, 2), normal(2, 3)
    d, z = normal(2, 3) + 3, normal(3, dtype="complex128")
    full = L.LinearOperatorFullMatrix
    yield full(a), a
    yield full(b, is_non_singular=True), b
    yield full(c), c
    yield full(normal(2, 2, dtype="complex128")), None
    s = definite(3)
    yield full(s, is_self_adjoint=True, is_positive_definite=True), s
    yield L.LinearOperatorDiag(d), np.einsum("...i,ij->...ij", d, np.eye(3))
    yield L.LinearOperatorDiag(z), np.diag(z)
    yield L.LinearOperatorIdentity(3, dtype=tf.float64), np.eye(3)
    yield L.LinearOperatorIdentity(2, batch_shape=[2], dtype=tf.float64), np.stack([np.eye(2)] * 2)
    yield L.LinearOperatorScaledIdentity(3, np.array([2.0, -3.0])), np.array([2.0, -3.0])[:, None, None] * np.eye(3)
    yield L.LinearOperatorScaledIdentity(2, np.array(1 + 2j)), (1 + 2j) * np.eye(2)
    yield L.LinearOperatorLowerTriangular(lower(a)), lower(a)
    yield L.LinearOperatorZeros(2, 3, dtype=tf.float64, is_square=False, is_self_adjoint=False), np.zeros((2, 3))
    t = np.diag(normal(4) + 4) + np.diag(normal(3), 1) + np.diag(normal(3), -1)
    up, mid, low = np.append(np.diag(t, 1), 0), np.diag(t), np.insert(np.diag(t, -1), 0, 0)
    yield L.LinearOperatorTridiag(t, "matrix"), t
    yield L.LinearOperatorTridiag([up, mid, low], "compact"), t
    yield L.LinearOperatorTridiag([up, mid, low], "sequence"), t
    col, row = np.array([4.0, 1, 2]), np.array([4.0, -1, 0.5])
    yield L.LinearOperatorToeplitz(col, row), np.array([[4, -1, 0.5], [1, 4, -1], [2, 1, 4]])
    perm = np.array([2, 0, 1])
    yield L.LinearOperatorPermutation(perm, tf.float64), np.eye(3)[perm]
    yield L.LinearOperatorPermutation(np.array([[1, 0], [0, 1]]), tf.float64), np.eye(2)[np.array([[1, 0], [0, 1]])]
    v = normal(3)
    yield L.LinearOperatorHouseholder(v), np.eye(3) - 2 * np.outer(v, v) / (v @ v)
    yield L.LinearOperatorComposition([full(a), L.LinearOperatorDiag(d[0]), full(s)]), a @ np.diag(d[0]) @ s
    yield L.LinearOperatorComposition([full(c), full(a)]), c @ a
    yield L.LinearOperatorBlockDiag([full(a), full(b)]), block(a, b)
    yield L.LinearOperatorBlockDiag([full(c), full(b)]), block(c, b)
    yield L.LinearOperatorKronecker([full(a), full(b)]), kron(a, b)
    yield L.LinearOperatorKronecker([full(c), full(b), L.LinearOperatorDiag(d[0])]), kron(kron(c, b), np.diag(d[0]))
    yield L.LinearOperatorAdjoint(full(normal(2, 3, dtype="complex128"))), None
    yield L.LinearOperatorInversion(full(s, is_self_adjoint=True, is_positive_definite=True)), np.linalg.inv(s)
    u, w = normal(3, 2), normal(3, 2)
    base = L.LinearOperatorDiag(np.abs(d[0]) + 1, is_positive_definite=True)
    yield L.LinearOperatorLowRankUpdate(base, u), np.diag(np.abs(d[0]) + 1) + u @ u.T
    yield (L.LinearOperatorLowRankUpdate(base, u, np.array([2.0, -3.0]), w),
           np.diag(np.abs(d[0]) + 1) + u @ np.diag([2.0, -3.0]) @ w.T)


class Operators(unittest.TestCase):
    def same(self, tensor, expected, tolerance=1e-8):
        np.testing.assert_allclose(np.asarray(tensor), expected, rtol=tolerance, atol=tolerance)

    def test_all(self):
        for o, dense in cases():
            dense = o.to_dense().numpy() if dense is None else dense
            with self.subTest(o.name, shape=dense.shape):
                self.check(o, dense)

    def check(self, o, dense):
        self.same(o.to_dense(), dense)
        self.assertEqual(tuple(o.shape), dense.shape)
        self.assertEqual(o.shape_tensor().numpy().tolist(), list(dense.shape))
        kind = str(dense.dtype)
        x, y = normal(*dense.shape[:-2], dense.shape[-1], 2, dtype=kind), normal(*dense.shape[:-2], dense.shape[-2], 2, dtype=kind)
        self.same(o.matmul(x), dense @ x)
        self.same(o @ tf.constant(x), dense @ x)
        self.same(o.matmul(y, adjoint=True), adjoint(dense) @ y)
        self.same(o.matmul(adjoint(x), adjoint_arg=True), dense @ x)
        self.same(o.matvec(x[..., 0]), (dense @ x)[..., 0])
        self.same(o.matmul(normal(2, *x.shape, dtype=kind) * 0 + x), np.stack([dense @ x] * 2))
        self.same(o.diag_part(), np.diagonal(dense, axis1=-2, axis2=-1))
        self.same(o.trace(), np.trace(dense, axis1=-2, axis2=-1))
        self.same(o.adjoint().to_dense(), adjoint(dense))
        self.same(o.H.matmul(y), adjoint(dense) @ y)
        self.same(o.add_to_tensor(np.ones_like(dense)), dense + 1)
        if dense.shape[-1] != dense.shape[-2]:
            with self.assertRaises(NotImplementedError):
                o.solve(y)
            with self.assertRaises(NotImplementedError):
                o.determinant()
            return
        self.same(o.determinant(), np.linalg.det(dense))
        self.same(o.log_abs_determinant(), np.linalg.slogdet(dense)[1])
        self.same(o.solve(y), np.linalg.solve(dense, y), 1e-6)
        self.same(o.solve(y, adjoint=True), np.linalg.solve(adjoint(dense), y), 1e-6)
        self.same(o.solvevec(y[..., 0]), np.linalg.solve(dense, y)[..., 0], 1e-6)
        inverse = o.inverse()
        self.same(inverse.to_dense(), np.linalg.inv(dense), 1e-6)
        self.same(inverse.matmul(y), np.linalg.solve(dense, y), 1e-6)

    def test_cholesky(self):
        s, r = definite(2), definite(3)
        hints = {"is_self_adjoint": True, "is_positive_definite": True}
        full = L.LinearOperatorFullMatrix
        for o, dense in ((full(s, **hints), s), (L.LinearOperatorDiag(np.array([4.0, 9.0]), is_positive_definite=True), np.diag([4.0, 9])),
                         (L.LinearOperatorBlockDiag([full(s, **hints), full(r, **hints)]), block(s, r)),
                         (L.LinearOperatorKronecker([full(s, **hints), full(r, **hints)]), kron(s, r)),
                         (L.LinearOperatorIdentity(2, dtype=tf.float64), np.eye(2))):
            self.same(o.cholesky().to_dense(), np.linalg.cholesky(dense))
        with self.assertRaisesRegex(ValueError, "Not a positive definite self adjoint matrix"):
            full(s).cholesky()

    def test_products(self):
        a, b = L.LinearOperatorDiag(np.array([1.0, 2.0])), L.LinearOperatorDiag(np.array([3.0, 4.0]))
        self.assertIsInstance(a @ b, L.LinearOperatorDiag)
        self.same((a @ b).diag, [3, 8])
        full = L.LinearOperatorFullMatrix(normal(2, 2))
        self.assertIsInstance(full.matmul(a), L.LinearOperatorComposition)
        self.same((full @ a @ b).to_dense(), full.to_dense().numpy() @ np.diag([3.0, 8]))
        self.assertIs(L.LinearOperatorIdentity(2, dtype=tf.float64) @ full, full)
        with self.assertRaisesRegex(ValueError, "Operators are incompatible"):
            L.LinearOperatorFullMatrix(normal(2, 3)) @ full

    def test_hints(self):
        full = L.LinearOperatorFullMatrix
        self.assertTrue(full(np.eye(2), is_positive_definite=True).is_non_singular)
        self.assertTrue(full(np.eye(2)).is_square)
        self.assertIsNone(full(np.eye(2)).is_non_singular)
        self.assertTrue(L.LinearOperatorDiag([1.0]).is_self_adjoint)
        for made, message in ((lambda: L.LinearOperatorIdentity(2, is_self_adjoint=False), "always self adjoint"),
                              (lambda: full(np.eye(2), is_positive_definite=True, is_non_singular=False), "always non-singular"),
                              (lambda: L.LinearOperatorDiag([1.0], is_self_adjoint=False), "always self adjoint"),
                              (lambda: L.LinearOperatorZeros(2, is_non_singular=True), "always singular"),
                              (lambda: L.LinearOperatorHouseholder([1.0], is_positive_definite=True), "non-positive definite"),
                              (lambda: full(np.eye(2), is_non_singular=False).inverse(), "represents a singular matrix"),
                              (lambda: full(normal(2, 3), is_square=True).is_square, "is not consistent with shape"),
                              (lambda: full(np.eye(2)).matmul(np.ones((3, 1))), "are not compatible")):
            with self.assertRaisesRegex(ValueError, message):
                made()
        full(definite(2)).assert_positive_definite()
        full(np.eye(2)).assert_non_singular()
        with self.assertRaises(tf.errors.InvalidArgumentError):
            full(np.array([[1.0, 2], [0, 1]])).assert_self_adjoint()

    def test_functions_and_gradients(self):
        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float64), tf.TensorSpec([None, None], tf.float64)])
        def run(a, x):
            o = L.LinearOperatorKronecker([L.LinearOperatorFullMatrix(a, is_non_singular=True), L.LinearOperatorDiag(a[0])])
            return o.solve(o.matmul(x)), o.determinant()
        a, x = definite(2), normal(4, 3)
        back, det = run(a, x)
        self.same(back, x)
        self.same(det, np.linalg.det(np.kron(a, np.diag(a[0]))))
        d = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as tape:
            y = L.LinearOperatorDiag(d).log_abs_determinant()
        self.same(tape.gradient(y, d), [1, 0.5])

    def test_blocks(self):
        o = L.LinearOperatorBlockDiag([L.LinearOperatorDiag([1.0, 2.0]), L.LinearOperatorFullMatrix([[3.0]])])
        one, other = o.matmul([tf.ones([2, 1]), tf.ones([1, 1])])
        self.same(one, [[1], [2]])
        self.same(other, [[3]])


if __name__ == "__main__":
    unittest.main()
