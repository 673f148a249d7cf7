# SPDX-License-Identifier: MIT
"""tf.linalg"""
from .ops.array_ops import matrix_band_part as band_part  # noqa: F401
from .ops.array_ops import diag, diag_part, eye, matrix_transpose, set_diag, tensor_diag, tensor_diag_part, trace  # noqa: F401
from .ops.norm_ops import norm, normalize  # noqa: F401
from .ops.math_ops import einsum, l2_normalize, matmul, matvec, tensordot  # noqa: F401
import _lockstep

from .framework.ops import convert_to_tensor as _convert
from .ops import math_ops as _math

_ops = _lockstep.ops


def cholesky(input, name=None):  # noqa: A002
    """L, lower, with L · Lᵀ = input"""
    return _ops["Cholesky"](input, name=name)


def inv(input, adjoint=False, name=None):  # noqa: A002
    return _ops["MatrixInverse"](input, adjoint=adjoint, name=name)


def det(input, name=None):  # noqa: A002
    return _ops["MatrixDeterminant"](input, name=name)


def logdet(matrix, name=None):
    """ln det of a positive definite matrix"""
    factor = cholesky(matrix)
    return 2.0 * _math.reduce_sum(_math.log(_diagonal(factor)), -1)


def solve(matrix, rhs, adjoint=False, name=None):
    return _ops["MatrixSolve"](matrix, rhs, adjoint=adjoint, name=name)


def triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    return _ops["MatrixTriangularSolve"](matrix, rhs, lower=lower, adjoint=adjoint, name=name)


def cholesky_solve(chol, rhs, name=None):
    """x with L · Lᵀ · x = rhs"""
    return triangular_solve(chol, triangular_solve(chol, rhs), adjoint=True, name=name)


def lstsq(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """The x with the least ‖matrix · x − rhs‖² + l2_regularizer · ‖x‖²; for more columns than rows, the shortest."""
    matrix, rhs = _convert(matrix), _convert(rhs)
    rows, columns = matrix.shape[-2:]
    tall = rows is None or columns is None or rows >= columns
    gram = matmul(matrix, matrix, transpose_a=tall, transpose_b=not tall)
    if l2_regularizer:
        gram = gram + l2_regularizer * eye(columns if tall else rows, dtype=matrix.dtype)
    factor = cholesky(gram)
    if tall:
        return cholesky_solve(factor, matmul(matrix, rhs, transpose_a=True))
    return matmul(matrix, cholesky_solve(factor, rhs), transpose_a=True)


def _diagonal(matrix):
    n = matrix.shape[-1]
    return _math.reduce_sum(matrix * eye(n, dtype=matrix.dtype), -1)
