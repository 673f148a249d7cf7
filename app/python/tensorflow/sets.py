# SPDX-License-Identifier: MIT
"""tf.sets: sets along the last axis of tensors, dense or sparse; what comes out is sparse."""
from __future__ import annotations

import _lockstep

from .framework.ops import convert_to_tensor
from .sparse import SparseTensor

_ops = _lockstep.ops


def _either(x):
    return x if isinstance(x, SparseTensor) else convert_to_tensor(x)


def size(a, validate_indices=True):
    """How many different elements each set has."""
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    return _ops["SetSize"](a.indices, a.values, a.dense_shape, validate_indices)


def _operation(a, b, operation: str, validate_indices) -> SparseTensor:
    a, b = _either(a), _either(b)
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):     # the op takes the dense one first
        a, b = b, a
        operation = {"a-b": "b-a", "b-a": "a-b"}.get(operation, operation)
    if isinstance(a, SparseTensor):
        parts = _ops["SparseToSparseSetOperation"](a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape,
                                                   operation, validate_indices)
    elif isinstance(b, SparseTensor):
        parts = _ops["DenseToSparseSetOperation"](a, b.indices, b.values, b.dense_shape, operation, validate_indices)
    else:
        parts = _ops["DenseToDenseSetOperation"](a, b, operation, validate_indices)
    return SparseTensor(*parts)


def intersection(a, b, validate_indices=True):
    """Elements of both."""
    return _operation(a, b, "intersection", validate_indices)


def union(a, b, validate_indices=True):
    """Elements of either."""
    return _operation(a, b, "union", validate_indices)


def difference(a, b, aminusb=True, validate_indices=True):
    """Elements of a that b has not, or the other way round."""
    return _operation(a, b, "a-b" if aminusb else "b-a", validate_indices)
