# SPDX-License-Identifier: MIT
"""PyTorch's expressions for linear algebra: op → function of (inputs, attributes)."""
from __future__ import annotations

import torch
from torch_arrays import Without, dtype_of, turned


def qr(x, a):
    return tuple(torch.linalg.qr(x[0], "complete" if a["full_matrices"] else "reduced"))


def svd(x, a):
    if not a["compute_uv"]:
        return (torch.linalg.svdvals(x[0]).to(x[0].dtype),)
    if a["full_matrices"] and x[0].shape[-1] != x[0].shape[-2]:
        raise Without("PyTorch leaves what full singular vectors add out of the gradient; central differences hold it")
    u, s, v = torch.linalg.svd(x[0], a["full_matrices"])
    return s.to(x[0].dtype), u, turned(v, True)


def lu(x, a):
    if x[0].numel() == 0:
        raise Without("factors of nothing")
    factors, pivots = torch.linalg.lu_factor(x[0])
    order, _, _ = torch.lu_unpack(factors, pivots)
    return factors, order.abs().argmax(-2).to(dtype_of(a["output_idx_type"]))


def eigh(x, a):
    whole = torch.tril(x[0]) + turned(torch.tril(x[0], -1), True)      # the rest is not read, and has no gradient
    if not a["compute_v"]:
        return (torch.linalg.eigvalsh(whole).to(x[0].dtype),)
    e, v = torch.linalg.eigh(whole)
    return e.to(x[0].dtype), v


def eig(x, a):
    if not a["compute_v"]:
        return (torch.linalg.eigvals(x[0]),)
    return tuple(torch.linalg.eig(x[0]))


def solve_ls(x, a):
    """The normal equations of the regularised problem; of a wide matrix those of the least solution."""
    matrix, rhs, l2 = x
    other = turned(matrix, True)
    rows, columns = matrix.shape[-2:]
    if rows >= columns:
        return torch.linalg.solve(other @ matrix + l2.to(matrix.dtype) * torch.eye(columns, dtype=matrix.dtype), other @ rhs)
    return other @ torch.linalg.solve(matrix @ other + l2.to(matrix.dtype) * torch.eye(rows, dtype=matrix.dtype), rhs)


def tridiagonal(upper, main, lower):
    """The matrix of three diagonals as long as itself: the last of upper and the first of lower count for nothing."""
    return torch.diag_embed(main) + torch.diag_embed(upper[..., :-1], 1) + torch.diag_embed(lower[..., 1:], -1)


def tridiagonal_solve(x, a):
    return torch.linalg.solve(tridiagonal(*x[0].unbind(-2)), x[1])


def tridiagonal_matmul(x, a):
    return tridiagonal(*[part.squeeze(-2) for part in x[:3]]) @ x[3]


def unbanded(bands, lower):
    """The matrix of bands, an element of which stands in the place of its row."""
    size = bands.shape[-1]
    nothing = torch.zeros(*bands.shape[:-2], size, size, dtype=bands.dtype)
    if not lower:
        return sum((torch.diag_embed(bands[..., bands.shape[-2] - 1 - i, :size - i], i) for i in range(min(bands.shape[-2], size))), nothing)
    return sum((torch.diag_embed(bands[..., i, i:], -i) for i in range(min(bands.shape[-2], size))), nothing)


def banded_solve(x, a):
    return torch.linalg.solve(turned(unbanded(x[0], a["lower"]), a["adjoint"]), x[1])


def without(what):
    def run(x, a):
        raise Without(what)
    return run


def complex_fourier(transform, n):
    def run(x, a):
        if x[0].numel() == 0:
            raise Without("transforms of nothing")
        return transform(x[0], dim=tuple(range(-n, 0)))
    return run


def real_fourier(transform, n):
    """Of a real input, or to a real output; fft_length cuts."""
    def run(x, a):
        return transform(x[0], s=[int(k) for k in x[1]], dim=tuple(range(-n, 0)))
    return run


TABLE = {
    **{"FFT" + d: complex_fourier(torch.fft.fftn, n) for d, n in (("", 1), ("2D", 2), ("3D", 3))},
    **{"IFFT" + d: complex_fourier(torch.fft.ifftn, n) for d, n in (("", 1), ("2D", 2), ("3D", 3))},
    **{"RFFT" + d: real_fourier(torch.fft.rfftn, n) for d, n in (("", 1), ("2D", 2), ("3D", 3))},
    **{"IRFFT" + d: real_fourier(torch.fft.irfftn, n) for d, n in (("", 1), ("2D", 2), ("3D", 3))},
    "ConjugateTranspose": lambda x, a: x[0].permute([int(i) for i in x[1]]).conj().resolve_conj(),
    "DeepCopy": lambda x, a: x[0].clone(),
    "Qr": qr, "Svd": svd, "Lu": lu, "SelfAdjointEigV2": eigh, "Eig": eig, "MatrixSolveLs": solve_ls,
    "TridiagonalSolve": tridiagonal_solve, "TridiagonalMatMul": tridiagonal_matmul, "BandedTriangularSolve": banded_solve,
    "MatrixExponential": lambda x, a: torch.matrix_exp(x[0]),
    "LogMatrixDeterminant": lambda x, a: (lambda s: (s[0], s[1].to(x[0].dtype)))(torch.linalg.slogdet(x[0])),
    "MatrixSquareRoot": without("square roots of matrices"), "MatrixLogarithm": without("logarithms of matrices"),
}
