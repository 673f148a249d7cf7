# SPDX-License-Identifier: MIT
"""tf.linalg"""
from .ops.array_ops import matrix_band_part as band_part  # noqa: F401
from .ops.array_ops import diag, diag_part, eye, matrix_transpose, set_diag, tensor_diag, tensor_diag_part, trace  # noqa: F401
from .ops.clip_ops import global_norm  # noqa: F401
from .ops.linalg_ops import (adjoint, banded_triangular_solve, cholesky, cholesky_solve, cross, det, eig,  # noqa: F401
                             eigh, eigvals, eigvalsh, expm, inv, logdet, logm, lstsq, lu, lu_matrix_inverse,
                             lu_reconstruct, lu_solve, matrix_rank, pinv, qr, slogdet, solve, sqrtm, svd,
                             triangular_solve, tridiagonal_matmul, tridiagonal_solve)
from .ops.math_ops import einsum, l2_normalize, matmul, matvec, tensordot  # noqa: F401
from .ops.norm_ops import norm, normalize  # noqa: F401


def __getattr__(name: str):
    """Operators are imported when a program names one."""
    if name.startswith("LinearOperator"):
        from . import linear_operators
        return getattr(linear_operators, name)
    raise AttributeError(f"module 'tensorflow.linalg' has no attribute {name!r}")
