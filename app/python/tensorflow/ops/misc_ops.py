# SPDX-License-Identifier: MIT
"""What stands at the root of tf and belongs to no family."""
from __future__ import annotations

import time

import _lockstep
from _lockstep import SymbolicTensor, Tensor

from ..framework import dtypes, ops
from ..framework.lazy import np
from ..framework.ops import RegisterGradient, convert_to_tensor

_ops = _lockstep.ops


class AggregationMethod:
    """How gradients of several uses are summed; all are the same sum."""

    ADD_N, DEFAULT = 0, 0
    EXPERIMENTAL_TREE, EXPERIMENTAL_ACCUMULATE_N = 1, 2


def edit_distance(hypothesis, truth, normalize=True, name="edit_distance"):
    """How many changes make each sequence (the last axis of sparse tensors) of hypothesis that of truth."""
    from ..sparse import SparseTensor
    for value in (hypothesis, truth):
        if not isinstance(value, SparseTensor):
            raise TypeError(f"Hypothesis and truth must be SparseTensors. Received: {value}")
    return _ops["EditDistance"](hypothesis.indices, hypothesis.values, hypothesis.dense_shape, truth.indices, truth.values,
                                truth.dense_shape, normalize=normalize, name=name)


def fingerprint(data, method="farmhash64", name=None):
    """8 bytes for each row of data."""
    return _ops["Fingerprint"](data, convert_to_tensor(method), name=name)


def get_current_name_scope() -> str:
    """The scopes that names are made in here, joined."""
    return ops.get_name_scope()


def get_static_value(tensor, partial=False):
    """The value as an array where it is known while tracing, or None."""
    if not isinstance(tensor, Tensor):
        return None
    known = _lockstep.constant_value(tensor)
    if known is not None:
        return known.numpy()
    shape = tensor.op.inputs[0].shape if tensor.op.type == "Shape" else None
    return np.array(shape.as_list(), tensor.dtype.as_numpy_dtype) if shape is not None and shape.is_fully_defined() else None


def guarantee_const(input, name=None):  # noqa: A002
    """A promise that input stays the same."""
    return _ops["Identity"](input, name=name)


def inside_function() -> bool:
    """Whether a tf.function is being traced here."""
    graph = _lockstep.current_graph()
    return graph is not None and bool(graph.building_function)


def is_symbolic_tensor(tensor) -> bool:
    return isinstance(tensor, SymbolicTensor)


def no_gradient(op_type: str) -> None:
    """Says that ops of that type have no gradient."""
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    RegisterGradient(op_type)(lambda op, *grads: [None] * len(op.inputs))


def timestamp(name=None):
    """Seconds since 1970."""
    return convert_to_tensor(time.time(), dtypes.float64)
