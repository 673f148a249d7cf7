# SPDX-License-Identifier: MIT
"""Operators that are given by elements: FullMatrix, LowerTriangular, Tridiag, Toeplitz, Permutation, Householder."""
from __future__ import annotations

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from ..ops import array_ops, diag_ops, linalg_ops, math_ops, range_ops, sort_ops
from .base import LinearOperator, broadcast_batch, conj, transpose


class LinearOperatorFullMatrix(LinearOperator):
    """matrix [B…, M, N] as it is."""

    def __init__(self, matrix, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name="LinearOperatorFullMatrix"):
        self._matrix = convert_to_tensor(matrix, name="matrix")
        if self._matrix.shape.rank is not None and self._matrix.shape.rank < 2:
            raise ValueError(f"Argument `matrix` must have at least 2 dimensions. Found: {matrix}.")
        super().__init__(self._matrix.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name)

    matrix = property(lambda self: self._matrix)

    def _shape(self):
        return self._matrix.shape

    def _shape_tensor(self):
        return array_ops.shape(self._matrix)

    def _to_dense(self):
        return self._matrix


class LinearOperatorLowerTriangular(LinearOperator):
    """What is on and below the diagonal of tril [B…, N, N]."""

    def __init__(self, tril, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name="LinearOperatorLowerTriangular"):
        self._require_square("lower triangular", is_square)
        self._tril = convert_to_tensor(tril, name="tril")
        self._lower = array_ops.matrix_band_part(self._tril, -1, 0)
        super().__init__(self._tril.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name)

    tril = property(lambda self: self._tril)

    def _shape(self):
        return self._tril.shape

    def _shape_tensor(self):
        return array_ops.shape(self._tril)

    def _to_dense(self):
        return self._lower

    def _diag_part(self):
        return diag_ops.diag_part(self._tril)

    def _solve(self, rhs, adjoint=False):
        lower, rhs = broadcast_batch(self._lower, rhs)
        return linalg_ops.triangular_solve(lower, rhs, lower=True, adjoint=adjoint)

    def _determinant(self):
        return math_ops.reduce_prod(self._diag_part(), -1)

    def _log_abs_determinant(self):
        total = math_ops.reduce_sum(math_ops.log(math_ops.abs(self._diag_part())), -1)
        return math_ops.cast(total, self.dtype)

    def _eigvals(self):
        return self._diag_part()


class LinearOperatorTridiag(LinearOperator):
    """Three diagonals, in one of the formats of tf.linalg.tridiagonal_solve."""

    def __init__(self, diagonals, diagonals_format="compact", is_non_singular=None, is_self_adjoint=None,
                 is_positive_definite=None, is_square=None, name="LinearOperatorTridiag"):
        if diagonals_format not in ("compact", "matrix", "sequence"):
            raise ValueError("Argument `diagonals_format` must be one of compact, matrix, or sequence. Found : "
                             f"{diagonals_format}")
        self._require_square("tridiagonal", is_square)
        self._format = diagonals_format
        self._diagonals = [convert_to_tensor(d) for d in diagonals] if diagonals_format == "sequence" \
            else convert_to_tensor(diagonals)
        first = self._diagonals[0] if diagonals_format == "sequence" else self._diagonals
        super().__init__(first.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name)

    diagonals = property(lambda self: self._diagonals)
    diagonals_format = property(lambda self: self._format)

    def _parts(self) -> list:
        """Superdiagonal, diagonal and subdiagonal of N elements each, of which the last and the first count not."""
        if self._format == "sequence":
            return self._diagonals
        if self._format == "compact":
            return array_ops.unstack(self._diagonals, axis=-2)
        upper, middle, lower = (diag_ops.diag_part(self._diagonals, k=k) for k in (1, 0, -1))
        edge = array_ops.zeros_like(middle[..., :1])
        return [array_ops.concat([upper, edge], -1), middle, array_ops.concat([edge, lower], -1)]

    def _compact(self):
        return array_ops.stack(self._parts(), -2)

    def _shape(self):
        middle = self._parts()[1].shape
        return middle.concatenate(middle[-1:])

    def _shape_tensor(self):
        shape = array_ops.shape(self._parts()[1])
        return array_ops.concat([shape, shape[-1:]], 0)

    def _to_dense(self):
        upper, middle, lower = self._parts()
        return diag_ops.diag(middle) + diag_ops.diag(upper[..., :-1], k=1) + diag_ops.diag(lower[..., 1:], k=-1)

    def _turned(self):
        upper, middle, lower = self._parts()
        edge = array_ops.zeros_like(middle[..., :1])
        return [array_ops.concat([conj(lower)[..., 1:], edge], -1), conj(middle),
                array_ops.concat([edge, conj(upper)[..., :-1]], -1)]

    def _matmul(self, x, adjoint=False):
        upper, middle, lower = (array_ops.expand_dims(d, -1) for d in (self._turned() if adjoint else self._parts()))
        edge = array_ops.zeros_like(x[..., :1, :])
        after = array_ops.concat([x[..., 1:, :], edge], -2)
        before = array_ops.concat([edge, x[..., :-1, :]], -2)
        return upper * after + middle * x + lower * before

    def _solve(self, rhs, adjoint=False):
        compact, rhs = broadcast_batch(array_ops.stack(self._turned() if adjoint else self._parts(), -2), rhs)
        return linalg_ops.tridiagonal_solve(compact, rhs, diagonals_format="compact")

    def _diag_part(self):
        return self._parts()[1]

    def _adjoint(self):
        return LinearOperatorTridiag(self._turned(), "sequence", self.is_non_singular, self.is_self_adjoint,
                                     self.is_positive_definite)


class LinearOperatorToeplitz(LinearOperator):
    """Equal along each diagonal: the first column and the first row say it."""

    def __init__(self, col, row, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name="LinearOperatorToeplitz"):
        self._require_square("Toeplitz", is_square)
        self._col, self._row = convert_to_tensor(col, name="col"), convert_to_tensor(row, name="row")
        super().__init__(self._col.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name)

    col = property(lambda self: self._col)
    row = property(lambda self: self._row)

    def _shape(self):
        batch = array_ops.broadcast_static_shape(self._col.shape[:-1], self._row.shape[:-1])
        return batch.concatenate(self._col.shape[-1:]).concatenate(self._col.shape[-1:])

    def _shape_tensor(self):
        col = array_ops.shape(self._col)
        batch = array_ops.broadcast_dynamic_shape(col[:-1], array_ops.shape(self._row)[:-1])
        return array_ops.concat([batch, col[-1:], col[-1:]], 0)

    def _to_dense(self):
        n = array_ops.shape(self._col)[-1]
        batch = self.shape_tensor()[:-2]
        col, row = (array_ops.broadcast_to(v, array_ops.concat([batch, [n]], 0)) for v in (self._col, self._row))
        both = array_ops.concat([array_ops.reverse(row, [-1]), col[..., 1:]], -1)
        numbers = range_ops.range(n)
        return array_ops.gather(both, numbers[:, None] - numbers[None, :] + n - 1, axis=-1)

    def _diag_part(self):
        return array_ops.broadcast_to(self._col[..., :1], self.shape_tensor()[:-1])


class LinearOperatorPermutation(LinearOperator):
    """Row i of A · x is row perm[i] of x."""

    def __init__(self, perm, dtype=dtypes.float32, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None,
                 is_square=None, name="LinearOperatorPermutation"):
        self._require_square("permutation", is_square)
        if is_non_singular is False:
            raise ValueError("A Permutation operator is always non-singular.")
        self._perm = convert_to_tensor(perm, name="perm")
        if not self._perm.dtype.is_integer:
            raise TypeError(f"Argument `perm` must be integer dtype. Found: {perm}.")
        super().__init__(dtype, None, True, is_self_adjoint, is_positive_definite, True, name)

    perm = property(lambda self: self._perm)

    def _shape(self):
        return self._perm.shape.concatenate(self._perm.shape[-1:])

    def _shape_tensor(self):
        shape = array_ops.shape(self._perm)
        return array_ops.concat([shape, shape[-1:]], 0)

    def _to_dense(self):
        return array_ops.one_hot(self._perm, array_ops.shape(self._perm)[-1], dtype=self.dtype)

    def _diag_part(self):
        own = range_ops.range(array_ops.shape(self._perm)[-1])
        return math_ops.cast(math_ops.equal(self._perm, math_ops.cast(own, self._perm.dtype)), self.dtype)

    def _matmul(self, x, adjoint=False):
        perm = sort_ops.argsort(self._perm, -1) if adjoint else self._perm
        if perm.shape.rank == 1:
            return array_ops.gather(x, perm, axis=-2)
        whole = array_ops.expand_dims(perm, -1)
        whole, x = broadcast_batch(whole, x)
        rank = x.shape.rank - 2
        return array_ops.gather(x, array_ops.squeeze(whole, [-1]), axis=rank, batch_dims=rank)

    def _solve(self, rhs, adjoint=False):
        return self._matmul(rhs, not adjoint)

    def _determinant(self):
        inversions = math_ops.greater(array_ops.expand_dims(self._perm, -1), array_ops.expand_dims(self._perm, -2))
        count = math_ops.reduce_sum(array_ops.matrix_band_part(math_ops.cast(inversions, "int32"), 0, -1), [-2, -1])
        return math_ops.cast(1 - 2 * math_ops.floormod(count, 2), self.dtype)

    def _log_abs_determinant(self):
        return array_ops.zeros(self.batch_shape_tensor(), self.dtype)

    def cond(self, name="cond"):
        return array_ops.ones(self.batch_shape_tensor(), self.dtype)


class LinearOperatorHouseholder(LinearOperator):
    """The reflection I − 2 v vᴴ / |v|² by the axis v [B…, N]."""

    def __init__(self, reflection_axis, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name="LinearOperatorHouseholder"):
        self._require_square("Householder", is_square)
        for given, wanted, message in ((is_self_adjoint, True, "A Householder operator is always self adjoint."),
                                       (is_non_singular, True, "A Householder operator is always non-singular."),
                                       (is_positive_definite, False, "A Householder operator is always non-positive definite.")):
            if given is not None and bool(given) is not wanted:
                raise ValueError(message)
        self._axis = convert_to_tensor(reflection_axis, name="reflection_axis")
        super().__init__(self._axis.dtype, None, True, True, False, True, name)

    reflection_axis = property(lambda self: self._axis)

    def _shape(self):
        return self._axis.shape.concatenate(self._axis.shape[-1:])

    def _shape_tensor(self):
        shape = array_ops.shape(self._axis)
        return array_ops.concat([shape, shape[-1:]], 0)

    def _unit(self):
        size = math_ops.sqrt(math_ops.reduce_sum(math_ops.square(math_ops.abs(self._axis)), -1, keepdims=True))
        return array_ops.expand_dims(self._axis / math_ops.cast(size, self.dtype), -1)

    def _to_dense(self):
        unit = self._unit()
        outer = math_ops.matmul(unit, transpose(unit))
        return diag_ops.eye(array_ops.shape(self._axis)[-1], dtype=self.dtype) - 2 * outer

    def _matmul(self, x, adjoint=False):
        unit = self._unit()
        return x - 2 * math_ops.matmul(unit, math_ops.matmul(transpose(unit), x))

    def _solve(self, rhs, adjoint=False):
        return self._matmul(rhs)

    def _inverse(self):
        return self

    def _diag_part(self):
        unit = array_ops.squeeze(self._unit(), [-1])
        return 1 - 2 * unit * conj(unit)

    def _determinant(self):
        return -array_ops.ones(self.batch_shape_tensor(), self.dtype)

    def _log_abs_determinant(self):
        return array_ops.zeros(self.batch_shape_tensor(), self.dtype)

    def cond(self, name="cond"):
        return array_ops.ones(self.batch_shape_tensor(), self.dtype)
