# SPDX-License-Identifier: MIT
"""Norms."""
from __future__ import annotations

from typing import Any

import _lockstep

from ..framework.ops import convert_to_tensor
from . import array_ops, math_ops

_ops = _lockstep.ops
_INFINITY = float("inf")


def _is_matrix_norm(ord, axis) -> bool:  # noqa: A002
    """Checks the arguments of norm()."""
    if isinstance(axis, (tuple, list)) and len(axis) == 2:
        if not all(isinstance(i, int) for i in axis) or axis[0] == axis[1]:
            raise ValueError(f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}")
        if ord not in ("euclidean", "fro", 1, 2, _INFINITY):
            raise ValueError(f"'ord' must be a supported matrix norm in ['euclidean', 'fro', 1, 2, inf], got {ord}")
        return True
    if not (isinstance(axis, int) or axis is None):
        raise ValueError(f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}")
    if ord not in ("euclidean", 1, 2, _INFINITY) and (isinstance(ord, str) or ord <= 0):
        raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
    return False


def _largest_singular_value(tensor, axis):
    rank = tensor.shape.rank
    axis = [i % rank for i in axis]
    order = [i for i in range(rank) if i not in axis] + axis
    values = _ops["Svd"](array_ops.transpose(tensor, order), compute_uv=False)[0]
    largest = array_ops.expand_dims(math_ops.reduce_max(values, -1, True), -1)
    back = [order.index(i) for i in range(rank)]
    return array_ops.transpose(largest, back)


def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None) -> Any:  # noqa: A002
    """The norm of vectors along an axis, of matrices along two, or of all elements."""
    tensor = array_ops._tensor(tensor)
    matrix = _is_matrix_norm(ord, axis)
    axes = list(axis) if matrix else axis if axis is None else [axis]
    if matrix and ord == 2:
        result = _largest_singular_value(tensor, axes)
    elif ord in ("fro", "euclidean", 2):
        squares = tensor * math_ops.conj(tensor) if tensor.dtype.is_complex else math_ops.square(tensor)
        result = math_ops.sqrt(math_ops.reduce_sum(squares, axes, True))
    elif ord == 1:
        result = math_ops.reduce_sum(math_ops.abs(tensor), axes if axes is None else axes[0], True)
        result = math_ops.reduce_max(result, axes[-1], True) if matrix else result
    elif ord == _INFINITY:
        result = math_ops.abs(tensor)
        result = math_ops.reduce_sum(result, axes[1], True) if matrix else result
        result = math_ops.reduce_max(result, axes if axes is None else axes[0], True)
    else:
        powers = math_ops.pow(math_ops.abs(tensor), convert_to_tensor(ord, tensor.dtype))
        result = math_ops.pow(math_ops.reduce_sum(powers, axes, True), convert_to_tensor(1 / ord, tensor.dtype))
    return result if keepdims else array_ops.squeeze(result, axes)


def normalize(tensor, ord="euclidean", axis=None, name=None):  # noqa: A002
    """tensor over its norm, and the norm."""
    tensor = array_ops._tensor(tensor)
    length = math_ops.cast(norm(tensor, ord, axis, True), tensor.dtype)
    return tensor / length, length
