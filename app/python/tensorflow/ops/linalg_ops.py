# SPDX-License-Identifier: MIT
"""Linear algebra on the last two axes; those before are batches."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from . import array_ops, math_ops

_ops = _lockstep.ops
_FINE = (dtypes.float64, dtypes.complex128)


def _epsilon(dtype) -> float:
    return 2.0**-52 if dtype in _FINE else 2.0**-23


def _real(x):
    """The real part, of what is real already, too."""
    return math_ops.real(x) if x.dtype.is_complex else x


def _size(matrix, axis):
    """How long the axis is: an integer if that is known, else a tensor."""
    size = matrix.shape[axis]
    return size if size is not None else array_ops.shape(matrix)[axis]


def _diagonal(matrix):
    return _ops["Einsum"]([matrix], "...ii->...i")


def adjoint(matrix, name=None):
    """The transposed matrix; of complex numbers the conjugates."""
    matrix = convert_to_tensor(matrix)
    turned = array_ops.matrix_transpose(matrix, name=name or "adjoint")
    return math_ops.conj(turned) if matrix.dtype.is_complex else turned


# ---- factors ----

def cholesky(input, name=None):  # noqa: A002
    """L, lower, with L · Lᴴ = input"""
    return _ops["Cholesky"](input, name=name)


def cholesky_solve(chol, rhs, name=None):
    """x with L · Lᴴ · x = rhs"""
    return triangular_solve(chol, triangular_solve(chol, rhs), adjoint=True, name=name)


def qr(input, full_matrices=False, name=None):  # noqa: A002
    """q and r with q · r = input"""
    return _ops["Qr"](input, full_matrices=full_matrices, name=name)


def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """s, u, v with u · diag (s) · vᴴ = tensor; or s alone."""
    s, u, v = _ops["Svd"](tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (_real(s), u, v) if compute_uv else _real(s)


def eigh(tensor, name=None):
    """Eigenvalues, rising, and vectors of a self-adjoint matrix, of which the lower triangle counts."""
    return _ops["SelfAdjointEigV2"](tensor, compute_v=True, name=name)


def eigvalsh(tensor, name=None):
    return _ops["SelfAdjointEigV2"](tensor, compute_v=False, name=name)[0]


def _eig(tensor, compute_v, name):
    tensor = convert_to_tensor(tensor)
    out = dtypes.complex128 if tensor.dtype in _FINE else dtypes.complex64
    return _ops["Eig"](tensor, compute_v=compute_v, Tout=out, name=name)


def eig(tensor, name=None):
    """Eigenvalues and vectors, which are complex."""
    return _eig(tensor, True, name)


def eigvals(tensor, name=None):
    return _eig(tensor, False, name)[0]


def lu(input, output_idx_type=dtypes.int32, name=None):  # noqa: A002
    """Both factors in one matrix, and the order in which they have the rows."""
    return _ops["Lu"](input, output_idx_type=dtypes.as_dtype(output_idx_type), name=name)


def _unit_lower(lower_upper):
    below = array_ops.matrix_band_part(lower_upper, -1, 0) - array_ops.matrix_band_part(lower_upper, 0, 0)
    return below + array_ops.matrix_band_part(array_ops.ones_like(lower_upper), 0, 0)


def lu_solve(lower_upper, perm, rhs, validate_args=False, name=None):
    """x with A · x = rhs, from what lu() gives for A."""
    lower_upper, perm, rhs = (convert_to_tensor(x) for x in (lower_upper, perm, rhs))
    batch = perm.shape.rank - 1
    if batch and rhs.shape.rank < lower_upper.shape.rank:
        shape = array_ops.concat([array_ops.shape(lower_upper)[:-2], array_ops.shape(rhs)[-2:]], 0)
        rhs = array_ops.broadcast_to(rhs, shape)
    rhs = array_ops.gather(rhs, perm, axis=batch, batch_dims=batch)
    return triangular_solve(lower_upper, triangular_solve(_unit_lower(lower_upper), rhs), lower=False, name=name)


def lu_matrix_inverse(lower_upper, perm, validate_args=False, name=None):
    lower_upper = convert_to_tensor(lower_upper)
    identity = array_ops.matrix_band_part(array_ops.ones_like(lower_upper), 0, 0)
    return lu_solve(lower_upper, perm, identity, validate_args, name)


def lu_reconstruct(lower_upper, perm, validate_args=False, name=None):
    """A, from what lu() gives for it."""
    lower_upper, perm = convert_to_tensor(lower_upper), convert_to_tensor(perm)
    product = math_ops.matmul(_unit_lower(lower_upper), array_ops.matrix_band_part(lower_upper, 0, -1))
    batch = perm.shape.rank - 1
    return array_ops.gather(product, array_ops.argsort(perm), axis=batch, batch_dims=batch, name=name)


# ---- determinants, inverses, equations ----

def det(input, name=None):  # noqa: A002
    return _ops["MatrixDeterminant"](input, name=name)


def slogdet(input, name=None):  # noqa: A002
    """The sign of the determinant, and the logarithm of its absolute value."""
    return _ops["LogMatrixDeterminant"](input, name=name)


def logdet(matrix, name=None):
    """ln det of a self-adjoint, positive definite matrix"""
    return 2.0 * math_ops.reduce_sum(math_ops.log(_real(_diagonal(cholesky(matrix)))), -1)


def inv(input, adjoint=False, name=None):  # noqa: A002
    return _ops["MatrixInverse"](input, adjoint=adjoint, name=name)


def solve(matrix, rhs, adjoint=False, name=None):
    return _ops["MatrixSolve"](matrix, rhs, adjoint=adjoint, name=name)


def triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    return _ops["MatrixTriangularSolve"](matrix, rhs, lower=lower, adjoint=adjoint, name=name)


def banded_triangular_solve(bands, rhs, lower=True, adjoint=False, name=None):
    """The matrix has its diagonals as rows, the main one first when it is lower, and last when it is not."""
    return _ops["BandedTriangularSolve"](bands, rhs, lower=lower, adjoint=adjoint, name=name)


def lstsq(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """The x with the least ‖matrix · x − rhs‖² + l2_regularizer · ‖x‖²; for more columns than rows, the shortest."""
    return _ops["MatrixSolveLs"](matrix, rhs, math_ops.cast(l2_regularizer, dtypes.float64), fast=fast, name=name)


def pinv(a, rcond=None, validate_args=False, name=None):
    """Moore and Penrose's inverse; singular values up to rcond times the largest count as none."""
    a = convert_to_tensor(a)
    if not (a.dtype.is_floating or a.dtype.is_complex):
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype}).")
    s, u, v = svd(a)
    if rcond is None:
        rcond = 10.0 * max(a.shape[-2], a.shape[-1]) * _epsilon(a.dtype)
    bound = array_ops.expand_dims(convert_to_tensor(rcond, s.dtype) * math_ops.reduce_max(s, -1), -1)
    s = array_ops.where(s > bound, s, convert_to_tensor(float("inf"), s.dtype))
    return math_ops.matmul(v / math_ops.cast(array_ops.expand_dims(s, -2), v.dtype), u, adjoint_b=True, name=name)


def matrix_rank(a, tol=None, validate_args=False, name=None):
    """How many singular values are more than tol."""
    a = convert_to_tensor(a)
    s = svd(a, compute_uv=False)
    if tol is None:
        tol = max(a.shape[-2], a.shape[-1]) * _epsilon(a.dtype) * math_ops.reduce_max(s, -1, True)
    return math_ops.reduce_sum(math_ops.cast(s > tol, dtypes.int32), -1)


# ---- functions of matrices ----

def expm(input, name=None):  # noqa: A002
    """1 + input + input² / 2! + …"""
    return _ops["MatrixExponential"](input, name=name)


def logm(input, name=None):  # noqa: A002
    """The complex matrix whose exponential is input."""
    return _ops["MatrixLogarithm"](input, name=name)


def sqrtm(input, name=None):  # noqa: A002
    """The matrix whose square is input."""
    return _ops["MatrixSquareRoot"](input, name=name)


# ---- diagonals as matrices ----

def _three_diagonals(diagonals, kind, n):
    """The diagonals above, on and below the main one, each as long as it; what sticks out of the matrix does not count."""
    if kind == "compact":
        diagonals = convert_to_tensor(diagonals)
        return [diagonals[..., i, :] for i in range(3)]
    if kind == "matrix":
        matrix = convert_to_tensor(diagonals)
        moved = [array_ops.roll(matrix, shift, -1) for shift in (-1, 0, 1)]
        return [_diagonal(x) for x in moved]
    if kind != "sequence":
        raise ValueError(f"Unrecognized diagonals_format: {kind}")
    if len(diagonals) != 3:
        raise ValueError("Expected diagonals to be a sequence of length 3.")
    above, main, below = (convert_to_tensor(x) for x in diagonals)
    size = main.shape[-1]

    def lengthened(x, sides):
        return x if x.shape[-1] == size else array_ops.pad(x, [[0, 0]] * (x.shape.rank - 1) + [sides])
    return [lengthened(above, [0, 1]), main, lengthened(below, [1, 0])]


def tridiagonal_solve(diagonals, rhs, diagonals_format="compact", transpose_rhs=False, conjugate_rhs=False, name=None,
                      partial_pivoting=True, perturb_singular=False):
    """x with matrix · x = rhs, of a matrix that has three diagonals."""
    three = _three_diagonals(diagonals, diagonals_format, None)
    stacked = array_ops.stack(three, -2)
    rhs = convert_to_tensor(rhs, stacked.dtype)
    vector = rhs.shape.rank == stacked.shape.rank - 1
    if conjugate_rhs and rhs.dtype.is_complex:
        rhs = math_ops.conj(rhs)
    if vector:
        rhs = array_ops.expand_dims(rhs, -1)
    elif transpose_rhs:
        rhs = array_ops.matrix_transpose(rhs)
    result = _ops["TridiagonalSolve"](stacked, rhs, partial_pivoting, perturb_singular, name=name)
    if vector:
        return array_ops.squeeze(result, [-1])
    return array_ops.matrix_transpose(result) if transpose_rhs else result


def tridiagonal_matmul(diagonals, rhs, diagonals_format="compact", name=None):
    """matrix · rhs, of a matrix that has three diagonals."""
    three = [array_ops.expand_dims(x, -2) for x in _three_diagonals(diagonals, diagonals_format, None)]
    return _ops["TridiagonalMatMul"](*three, convert_to_tensor(rhs, three[0].dtype), name=name)


def cross(a, b, name=None):
    """The vector product of vectors of three."""
    return _ops["Cross"](a, b, name=name)
