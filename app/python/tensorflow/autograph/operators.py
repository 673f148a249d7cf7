# SPDX-License-Identifier: MIT
"""What rewritten functions call. With Python values everything is as Python does it; with symbolic tensors it becomes
nodes."""
from __future__ import annotations

from _lockstep import SymbolicTensor

from ..ops import array_ops, math_ops
from . import elements, lists
from .branches import and_, assert_, compare, if_, if_exp, not_, or_  # noqa: F401
from .lists import append  # noqa: F401
from .loops import Range, for_, set_loop_options, while_  # noqa: F401
from .values import NO_VALUE, Undefined, is_symbolic, put_attribute, put_item, returned  # noqa: F401


def call(function):
    from . import convert
    return convert.call(function)


def _range(*limits):
    return Range(*limits) if any(is_symbolic(limit) for limit in limits) else range(*limits)


def _len(value):
    if isinstance(value, lists.GraphList):
        return value.length()
    if isinstance(value, SymbolicTensor):
        if value.shape.rank == 0:
            raise TypeError("len requires a non-scalar tensor, got one of shape []")
        return value.shape[0] if value.shape.rank and value.shape[0] is not None else array_ops.shape(value)[0]
    if elements.are_rows(value):
        return math_ops.cast(value.nrows(), "int32")
    return len(value)


def _int(value=0, *base):
    return math_ops.cast(value, "int32") if is_symbolic(value) else int(value, *base)


def _float(value=0.0):
    return math_ops.cast(value, "float32") if is_symbolic(value) else float(value)


BUILTINS = {range: _range, len: _len, int: _int, float: _float, **elements.BUILTINS}
