# SPDX-License-Identifier: MIT
"""Diagonals, and tensors with given ones."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor
from . import array_ops, math_ops

_ops = _lockstep.ops


def diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Matrices with the given diagonals k, or k[0] … k[1], and padding_value elsewhere."""
    diagonal = array_ops._tensor(diagonal)
    padding = convert_to_tensor(padding_value, diagonal.dtype) if diagonal.dtype not in (dtypes.bool, dtypes.string) \
        else _empty(diagonal.dtype, padding_value)
    return _ops["MatrixDiagV3"](diagonal, k, num_rows, num_cols, padding, align, name=name)


def _empty(dtype, value):
    """value as a bool or a string: 0 stands for what is not."""
    return convert_to_tensor(bool(value) if dtype == dtypes.bool else value or "", dtype)


def diag_part(input, name="diag_part", k=0, padding_value=0, align="RIGHT_LEFT"):  # noqa: A002
    """The diagonals k, or k[0] … k[1], of matrices."""
    input = array_ops._tensor(input)  # noqa: A001
    padding = convert_to_tensor(padding_value, input.dtype) if input.dtype not in (dtypes.bool, dtypes.string) \
        else _empty(input.dtype, padding_value)
    return _ops["MatrixDiagPartV3"](input, k, padding, align, name=name)


def set_diag(input, diagonal, name="set_diag", k=0, align="RIGHT_LEFT"):  # noqa: A002
    """input with the given diagonals in place of its own."""
    return _ops["MatrixSetDiagV3"](input, diagonal, k, align, name=name)


def tensor_diag(diagonal, name=None):
    """A tensor of twice the axes with its elements on the diagonal."""
    return _ops["Diag"](diagonal, name=name)


def tensor_diag_part(input, name=None):  # noqa: A002
    """What tensor_diag made this of."""
    return _ops["DiagPart"](input, name=name)


def trace(x, name=None):
    """The sums of the diagonals of matrices."""
    return math_ops.reduce_sum(diag_part(x), [-1], name=name)


def eye(num_rows, num_columns=None, batch_shape=None, dtype=dtypes.float32, name=None):
    """Ones on the diagonal."""
    columns = num_rows if num_columns is None else num_columns
    known = not is_tensor(num_rows) and not is_tensor(columns)
    least = min(num_rows, columns) if known else math_ops.minimum(num_rows, columns)
    front = [] if batch_shape is None else batch_shape
    if is_tensor(front) or not known:
        lengths = array_ops.concat([math_ops.cast(front, dtypes.int32), [least]], 0)
    else:
        lengths = [*front, least]
    ones = array_ops.ones(lengths, dtype)
    return diag(ones, name=name or "eye", num_rows=num_rows, num_cols=columns)
