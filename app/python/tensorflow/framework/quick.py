# SPDX-License-Identifier: MIT
"""Functions of the API that are one op in the usual case."""
from __future__ import annotations

import functools
from typing import Callable, Optional

import _lockstep


def quick(op: str, order: Optional[tuple] = None, ranks: Optional[tuple] = None, all_axes: bool = False) -> Callable:
    """For a function whose first parameters are the inputs of op: where it is called eagerly with tensors or variables
    for these and nothing else, the op is run at once; all other calls are the function's.

    order: which input each parameter is; ranks: that the inputs must have, -1 any; all_axes: the op's last input is
    all axes of the first."""
    def decorate(function):
        made = _lockstep.quick(function, _lockstep.ops[op], order, ranks, all_axes)
        return functools.update_wrapper(made, function)
    return decorate
