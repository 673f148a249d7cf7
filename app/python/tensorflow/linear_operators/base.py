# SPDX-License-Identifier: MIT
"""tf.linalg.LinearOperator: [batch] matrices, known by what they do."""
from __future__ import annotations

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from ..framework.tensor_shape import TensorShape
from ..module import Module
from ..ops import array_ops, diag_ops, linalg_ops, math_ops


def conj(x):
    return math_ops.conj(x) if x.dtype.is_complex else x


def transpose(x, conjugate: bool = True):
    """The matrices of x turned, and conjugated."""
    rank = x.shape.rank
    turned = array_ops.transpose(x, [*range(rank - 2), rank - 1, rank - 2])
    return conj(turned) if conjugate else turned


def broadcast_batch(a, b) -> tuple:
    """a and b with batches of the same shape."""
    first, second = a.shape[:-2], b.shape[:-2]
    if first.is_fully_defined() and second.is_fully_defined():
        if first == second:
            return a, b
        batch = array_ops.broadcast_static_shape(first, second).as_list()
    else:
        batch = array_ops.broadcast_dynamic_shape(array_ops.shape(a)[:-2], array_ops.shape(b)[:-2])
    return tuple(array_ops.broadcast_to(x, array_ops.concat([batch, array_ops.shape(x)[-2:]], 0)) for x in (a, b))


class LinearOperator(Module):
    """A subclass gives _shape() and _to_dense(), or better _matmul() and the others."""

    def __init__(self, dtype, graph_parents=None, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None,
                 is_square=None, name=None, parameters=None):
        if is_positive_definite:
            if is_non_singular is False:
                raise ValueError("A positive definite matrix is always non-singular.")
            is_non_singular = True
        if is_non_singular:
            if is_square is False:
                raise ValueError("A non-singular matrix is always square.")
            is_square = True
        if is_self_adjoint:
            if is_square is False:
                raise ValueError("A self-adjoint matrix is always square.")
            is_square = True
        self._dtype, self._given_square = dtypes.as_dtype(dtype), is_square
        self._is_non_singular, self._is_self_adjoint = is_non_singular, is_self_adjoint
        self._is_positive_definite, self._operator_name = is_positive_definite, name or type(self).__name__
        self._parameters = parameters or {}

    def _require_square(self, kind: str, is_square) -> None:
        if is_square is False:
            raise ValueError(f"Only square {kind} operators are supported.")

    dtype = property(lambda self: self._dtype)
    name = property(lambda self: self._operator_name)
    parameters = property(lambda self: dict(self._parameters))
    is_non_singular = property(lambda self: self._is_non_singular)
    is_self_adjoint = property(lambda self: self._is_self_adjoint)
    is_positive_definite = property(lambda self: self._is_positive_definite)
    graph_parents: list = []

    @property
    def is_square(self):
        rows, columns = self.shape[-2], self.shape[-1]
        if rows is None or columns is None:
            return self._given_square
        if self._given_square is not None and self._given_square != (rows == columns):
            raise ValueError(f"Static square/non-square hint {self._given_square} is not consistent with shape: {self.shape}")
        return rows == columns

    # ---- shape ----

    def _shape(self) -> TensorShape:
        raise NotImplementedError("_shape is not implemented.")

    def _shape_tensor(self):
        raise NotImplementedError("_shape_tensor is not implemented.")

    shape = property(lambda self: self._shape())
    batch_shape = property(lambda self: self.shape[:-2])
    tensor_rank = property(lambda self: self.shape.rank)
    range_dimension = property(lambda self: self.shape[-2])
    domain_dimension = property(lambda self: self.shape[-1])

    def shape_tensor(self, name="shape_tensor"):
        static = self.shape
        return convert_to_tensor(static.as_list(), "int32") if static.is_fully_defined() else self._shape_tensor()

    def batch_shape_tensor(self, name="batch_shape_tensor"):
        return self.shape_tensor()[:-2]

    def tensor_rank_tensor(self, name="tensor_rank_tensor"):
        return array_ops.size(self.shape_tensor())

    def domain_dimension_tensor(self, name="domain_dimension_tensor"):
        return self.shape_tensor()[-1]

    def range_dimension_tensor(self, name="range_dimension_tensor"):
        return self.shape_tensor()[-2]

    # ---- what a subclass may do better ----

    def _to_dense(self):
        return self._matmul(diag_ops.eye(self.domain_dimension_tensor(), dtype=self.dtype))

    def _matmul(self, x, adjoint=False):
        dense = self._to_dense()
        return math_ops.matmul(transpose(dense) if adjoint else dense, x)

    def _solve(self, rhs, adjoint=False):
        dense, rhs = broadcast_batch(self._to_dense(), rhs)
        if self.is_self_adjoint and self.is_positive_definite:
            return linalg_ops.cholesky_solve(linalg_ops.cholesky(dense), rhs)
        return linalg_ops.solve(dense, rhs, adjoint=adjoint)

    def _determinant(self):
        return linalg_ops.det(self._to_dense())

    def _log_abs_determinant(self):
        return linalg_ops.slogdet(self._to_dense())[1]

    def _diag_part(self):
        return diag_ops.diag_part(self._to_dense())

    def _trace(self):
        return math_ops.reduce_sum(self.diag_part(), -1)

    def _adjoint(self):
        from .combined import LinearOperatorAdjoint
        return LinearOperatorAdjoint(self, is_non_singular=self.is_non_singular, is_self_adjoint=self.is_self_adjoint,
                                     is_positive_definite=self.is_positive_definite, is_square=self._given_square)

    def _inverse(self):
        from .combined import LinearOperatorInversion
        return LinearOperatorInversion(self, is_non_singular=True, is_self_adjoint=self.is_self_adjoint,
                                       is_positive_definite=self.is_positive_definite, is_square=True)

    def _cholesky(self):
        from .dense import LinearOperatorLowerTriangular
        return LinearOperatorLowerTriangular(linalg_ops.cholesky(self._to_dense()), is_non_singular=True,
                                             is_self_adjoint=False, is_square=True)

    def _eigvals(self):
        return linalg_ops.eigvalsh(self._to_dense())

    # ---- what a program asks ----

    def _argument(self, x):
        x = convert_to_tensor(x, None if hasattr(x, "dtype") else self.dtype)
        if x.dtype != self.dtype:
            raise TypeError(f"Input to operator {self.name} must have dtype {self.dtype.name}, but has {x.dtype.name}")
        return x

    def _check_inner(self, x, adjoint: bool) -> None:
        wanted = self.range_dimension if adjoint else self.domain_dimension
        if wanted is not None and x.shape[-2] is not None and x.shape[-2] != wanted:
            raise ValueError(f"Dimensions {wanted} and {x.shape[-2]} are not compatible: operator {self.name} has shape "
                             f"{self.shape}, its argument {x.shape}")

    def matmul(self, x, adjoint=False, adjoint_arg=False, name="matmul"):
        """A · x; of another operator, their product."""
        if isinstance(x, LinearOperator):
            from .combined import product
            left, right = self.adjoint() if adjoint else self, x.adjoint() if adjoint_arg else x
            if None not in (left.domain_dimension, right.range_dimension) \
                    and left.domain_dimension != right.range_dimension:
                raise ValueError(f"Operators are incompatible. Expected `x` to have dimension {left.domain_dimension} but got "
                                 f"{right.range_dimension}.")
            return product(left, right)
        with name_scope(name):
            if isinstance(x, (list, tuple)) and hasattr(self, "_blocks"):
                return self._blocks("matmul", x, adjoint, adjoint_arg)
            x = self._argument(x)
            x = transpose(x) if adjoint_arg else x
            self._check_inner(x, adjoint)
            return self._matmul(x, adjoint)

    def __matmul__(self, other):
        return self.matmul(other)

    def matvec(self, x, adjoint=False, name="matvec"):
        """A · x for vectors."""
        x = self._argument(x)
        return array_ops.squeeze(self.matmul(array_ops.expand_dims(x, -1), adjoint), [-1])

    def _require_regular(self, what: str) -> None:
        if self.is_non_singular is False:
            raise NotImplementedError(f"{what} not implemented for an operator that is expected to be singular.")
        self._require_square_shape(what)

    def _require_square_shape(self, what: str) -> None:
        if self.is_square is False:
            raise NotImplementedError(f"{what} not implemented for an operator that is expected to not be square.")

    def solve(self, rhs, adjoint=False, adjoint_arg=False, name="solve"):
        """The x of A · x = rhs."""
        self._require_regular("Exact solve")
        if isinstance(rhs, LinearOperator):
            from .combined import product
            left = self.adjoint() if adjoint else self
            return product(left.inverse(), rhs.adjoint() if adjoint_arg else rhs)
        with name_scope(name):
            if isinstance(rhs, (list, tuple)) and hasattr(self, "_blocks"):
                return self._blocks("solve", rhs, adjoint, adjoint_arg)
            rhs = self._argument(rhs)
            rhs = transpose(rhs) if adjoint_arg else rhs
            self._check_inner(rhs, not adjoint)
            return self._solve(rhs, adjoint)

    def solvevec(self, rhs, adjoint=False, name="solve"):
        rhs = self._argument(rhs)
        return array_ops.squeeze(self.solve(array_ops.expand_dims(rhs, -1), adjoint), [-1])

    def determinant(self, name="det"):
        self._require_square_shape("Determinant")
        with name_scope(name):
            return self._determinant()

    def log_abs_determinant(self, name="log_abs_det"):
        self._require_square_shape("Determinant")
        with name_scope(name):
            return self._log_abs_determinant()

    def to_dense(self, name="to_dense"):
        with name_scope(name):
            return self._to_dense()

    def diag_part(self, name="diag_part"):
        with name_scope(name):
            return self._diag_part()

    def trace(self, name="trace"):
        with name_scope(name):
            return self._trace()

    def add_to_tensor(self, x, name="add_to_tensor"):
        with name_scope(name):
            return self._to_dense() + self._argument(x)

    def adjoint(self, name="adjoint"):
        return self if self.is_self_adjoint else self._adjoint()

    @property
    def H(self):  # noqa: N802
        return self.adjoint()

    def inverse(self, name="inverse"):
        if self.is_square is False:
            raise ValueError("Cannot take the Inverse: This operator represents a non square matrix.")
        if self.is_non_singular is False:
            raise ValueError("Cannot take the Inverse: This operator represents a singular matrix.")
        return self._inverse()

    def cholesky(self, name="cholesky"):
        """The lower factor L of A = L · Lᴴ."""
        if not (self.is_self_adjoint and self.is_positive_definite):
            raise ValueError("Cannot take the Cholesky decomposition: Not a positive definite self adjoint matrix.")
        return self._cholesky()

    def eigvals(self, name="eigvals"):
        if not self.is_self_adjoint:
            raise NotImplementedError("Only self-adjoint matrices are supported.")
        return self._eigvals()

    def cond(self, name="cond"):
        """The largest singular value by the least."""
        self._require_square_shape("Condition number")
        s = linalg_ops.svd(self._to_dense(), compute_uv=False)
        return s[..., 0] / s[..., -1]

    def assert_non_singular(self, name="assert_non_singular"):
        from .. import debugging
        s = linalg_ops.svd(self._to_dense(), compute_uv=False)
        limit = 2.0 ** -(23 if s.dtype == dtypes.float32 else 52) * s[..., 0] * float(self.domain_dimension or 1)
        return debugging.assert_less(limit, s[..., -1], message="Singular matrix up to precision epsilon.")

    def assert_positive_definite(self, name="assert_positive_definite"):
        from .. import debugging
        dense = self._to_dense()
        values = linalg_ops.eigvalsh((dense + transpose(dense)) / 2)
        return debugging.assert_positive(values, message="Matrix was not positive definite.")

    def assert_self_adjoint(self, name="assert_self_adjoint"):
        from .. import debugging
        dense = self._to_dense()
        return debugging.assert_equal(dense, transpose(dense), message="Matrix was not equal to its adjoint.")

    def __repr__(self) -> str:
        return f"<tf.linalg.{type(self).__name__} shape={self.shape} dtype={self.dtype.name}>"
