# SPDX-License-Identifier: MIT
"""Operators with nothing beside the diagonal: Diag, Identity, ScaledIdentity; and Zeros."""
from __future__ import annotations

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, diag_ops, math_ops
from .base import LinearOperator, conj


class LinearOperatorDiag(LinearOperator):
    """diag [B…, N] on the diagonal."""

    def __init__(self, diag, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name="LinearOperatorDiag"):
        self._require_square("diagonal", is_square)
        self._diag = convert_to_tensor(diag, name="diag")
        if self._diag.shape.rank == 0:
            raise ValueError(f"Argument `diag` must have at least 1 dimension. Found: {diag}.")
        if not self._diag.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        super().__init__(self._diag.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name)

    diag = property(lambda self: self._diag)

    def _shape(self):
        return self._diag.shape.concatenate(self._diag.shape[-1:])

    def _shape_tensor(self):
        shape = array_ops.shape(self._diag)
        return array_ops.concat([shape, shape[-1:]], 0)

    def _by(self, diag, x):
        return array_ops.expand_dims(diag, -1) * x

    def _matmul(self, x, adjoint=False):
        return self._by(conj(self._diag) if adjoint else self._diag, x)

    def _solve(self, rhs, adjoint=False):
        return rhs / array_ops.expand_dims(conj(self._diag) if adjoint else self._diag, -1)

    def _to_dense(self):
        return diag_ops.diag(self._diag)

    def _diag_part(self):
        return self._diag

    def _determinant(self):
        return math_ops.reduce_prod(self._diag, -1)

    def _log_abs_determinant(self):
        total = math_ops.reduce_sum(math_ops.log(math_ops.abs(self._diag)), -1)
        return math_ops.cast(total, self.dtype)

    def _eigvals(self):
        return self._diag

    def _like(self, diag):
        return LinearOperatorDiag(diag, self.is_non_singular, self.is_self_adjoint, self.is_positive_definite)

    def _adjoint(self):
        return self._like(conj(self._diag))

    def _inverse(self):
        return self._like(1 / self._diag)

    def _cholesky(self):
        return LinearOperatorDiag(math_ops.sqrt(self._diag), is_non_singular=True, is_self_adjoint=True,
                                  is_positive_definite=True)

    def cond(self, name="cond"):
        sizes = math_ops.abs(self._diag)
        return math_ops.reduce_max(sizes, -1) / math_ops.reduce_min(sizes, -1)


class _OfIdentity(LinearOperator):
    """A multiple of the identity: number () gives it, of shape [B…], or None for one."""

    def _set_sizes(self, num_rows, batch_shape) -> None:
        self._rows = num_rows if isinstance(num_rows, int) else convert_to_tensor(num_rows)
        if isinstance(num_rows, int) and num_rows < 0:
            raise ValueError(f"Argument `num_rows` must be non-negative. Found: num_rows={num_rows}")
        if not isinstance(num_rows, int) and self._rows.shape.rank not in (0, None):
            raise ValueError(f"Argument `num_rows` must be a 0-D Tensor. Found: {num_rows}")
        if batch_shape is not None and not isinstance(batch_shape, (list, tuple, TensorShape)):
            batch_shape = convert_to_tensor(batch_shape).numpy().tolist()
        self._batch = None if batch_shape is None else TensorShape(batch_shape)

    def _number(self):
        return None

    def _with_batch(self) -> TensorShape:
        number = self._number()
        return number.shape if number is not None else self._batch if self._batch is not None else TensorShape([])

    def _shape(self):
        n = self._rows if isinstance(self._rows, int) else None
        return self._with_batch().concatenate([n, n])

    def _shape_tensor(self):
        number = self._number()
        batch = array_ops.shape(number) if number is not None else convert_to_tensor(self._with_batch().as_list(), "int32")
        rows = array_ops.reshape(math_ops.cast(self._rows, "int32"), [1])
        return array_ops.concat([batch, rows, rows], 0)

    def _scaled(self, x, divided=False, adjoint=False):
        number = self._number()
        if number is None:
            batch = self._batch
            return x + array_ops.zeros([*batch, 1, 1], self.dtype) if batch is not None and batch.rank else x
        number = conj(number) if adjoint else number
        number = array_ops.expand_dims(array_ops.expand_dims(number, -1), -1)
        return x / number if divided else number * x

    def _matmul(self, x, adjoint=False):
        return self._scaled(x, adjoint=adjoint)

    def _solve(self, rhs, adjoint=False):
        return self._scaled(rhs, True, adjoint)

    def _to_dense(self):
        return self._scaled(diag_ops.eye(self._rows, dtype=self.dtype))

    def _ones(self):
        number = self._number()
        return array_ops.ones(self.batch_shape_tensor(), self.dtype) if number is None else number

    def _diag_part(self):
        n = array_ops.reshape(math_ops.cast(self._rows, "int32"), [1])
        return array_ops.broadcast_to(array_ops.expand_dims(self._ones(), -1),
                                      array_ops.concat([self.batch_shape_tensor(), n], 0))

    def _trace(self):
        return self._ones() * math_ops.cast(self._rows, self.dtype)

    def _determinant(self):
        return math_ops.pow(self._ones(), math_ops.cast(self._rows, self.dtype))

    def _log_abs_determinant(self):
        size = math_ops.log(math_ops.abs(self._ones()))
        return math_ops.cast(size * math_ops.cast(self._rows, size.dtype), self.dtype)

    def _eigvals(self):
        return self._diag_part()

    def cond(self, name="cond"):
        return array_ops.ones_like(math_ops.abs(self._ones()))


class LinearOperatorIdentity(_OfIdentity):
    """The identity matrix, of [B…, N, N]."""

    def __init__(self, num_rows, batch_shape=None, dtype=None, is_non_singular=True, is_self_adjoint=True,
                 is_positive_definite=True, is_square=True, assert_proper_shapes=False, name="LinearOperatorIdentity"):
        for given, what in ((is_self_adjoint, "self adjoint"), (is_non_singular, "non-singular"),
                            (is_positive_definite, "positive-definite")):
            if given is False:
                raise ValueError(f"An identity operator is always {what}.")
        self._require_square("identity", is_square)
        super().__init__(dtype or dtypes.float32, None, True, True, True, True, name)
        self._set_sizes(num_rows, batch_shape)

    def _inverse(self):
        return self

    def _cholesky(self):
        return self


class LinearOperatorScaledIdentity(_OfIdentity):
    """multiplier [B…] on the diagonal of N × N."""

    def __init__(self, num_rows, multiplier, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None,
                 is_square=True, assert_proper_shapes=False, name="LinearOperatorScaledIdentity"):
        self._require_square("identity", is_square)
        self._multiplier = convert_to_tensor(multiplier, name="multiplier")
        if not self._multiplier.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        super().__init__(self._multiplier.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name)
        self._set_sizes(num_rows, None)

    multiplier = property(lambda self: self._multiplier)

    def _number(self):
        return self._multiplier

    def _like(self, multiplier):
        return LinearOperatorScaledIdentity(self._rows, multiplier, self.is_non_singular, self.is_self_adjoint,
                                            self.is_positive_definite)

    def _adjoint(self):
        return self._like(conj(self._multiplier))

    def _inverse(self):
        return self._like(1 / self._multiplier)

    def _cholesky(self):
        return self._like(math_ops.sqrt(self._multiplier))


class LinearOperatorZeros(LinearOperator):
    """All zeros, of [B…, M, N]."""

    def __init__(self, num_rows, num_columns=None, batch_shape=None, dtype=None, is_non_singular=False, is_self_adjoint=True,
                 is_positive_definite=False, is_square=True, assert_proper_shapes=False, name="LinearOperatorZeros"):
        columns = num_rows if num_columns is None else num_columns
        if is_non_singular:
            raise ValueError("A zeros operator is always singular.")
        if is_positive_definite:
            raise ValueError("A zeros operator is never positive-definite.")
        square = int(num_rows) == int(columns)
        self._sizes = TensorShape(list(batch_shape or [])).concatenate([int(num_rows), int(columns)])
        super().__init__(dtype or dtypes.float32, None, False, is_self_adjoint and square, False, square, name)

    def _shape(self):
        return self._sizes

    def _to_dense(self):
        return array_ops.zeros(self._sizes, self.dtype)

    def _matmul(self, x, adjoint=False):
        rows = self._sizes[-1] if adjoint else self._sizes[-2]
        batch = array_ops.broadcast_dynamic_shape(array_ops.shape(x)[:-2], self.batch_shape_tensor())
        return array_ops.zeros(array_ops.concat([batch, [rows], array_ops.shape(x)[-1:]], 0), self.dtype)

    def _diag_part(self):
        return array_ops.zeros([*self._sizes[:-2], min(self._sizes[-2:])], self.dtype)

    def _determinant(self):
        return array_ops.zeros(self._sizes[:-2], self.dtype)

    def _trace(self):
        return array_ops.zeros(self._sizes[:-2], self.dtype)

    def _adjoint(self):
        return LinearOperatorZeros(self._sizes[-1], self._sizes[-2], self._sizes[:-2].as_list(), self.dtype,
                                   is_self_adjoint=False, is_square=False)
