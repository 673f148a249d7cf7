# SPDX-License-Identifier: MIT
"""Branches, loops and groups: Python while ops run at once, nodes in a graph."""
from __future__ import annotations

import builtins

import _lockstep
from _lockstep import Operation

from .. import nest
from ..framework.errors import InvalidArgumentError
from ..framework.ops import control_dependencies, convert_to_tensor, is_tensor
from . import control_flow
from .tensor_array import TensorArray


def no_op(name=None):
    return _lockstep.ops["NoOp"](name=name)


def group(*inputs, name=None, **kwargs):
    """One operation that is done when all of these are."""
    if _lockstep.executing_eagerly():
        return None
    with control_dependencies([i for i in nest.flatten(list(inputs)) if i is not None]):
        return no_op(name or "group_deps")


def tuple(tensors, control_inputs=None, name=None):  # noqa: A001
    return list(tensors)


def runs_at_once(*values) -> bool:
    return _lockstep.executing_eagerly() and not any(isinstance(v, _lockstep.SymbolicTensor) for v in values)


def converted(function):
    """A function that a loop or branch of the graph calls, with its own control flow converted where that of its caller is."""
    if _lockstep.current_graph() is None:
        return function
    from ..autograph.convert import call
    return call(function)


def cond(pred, true_fn=None, false_fn=None, name=None, **kwargs):
    """true_fn () if pred, else false_fn ()."""
    true_fn, false_fn = kwargs.get("fn1", true_fn), kwargs.get("fn2", false_fn)
    if not callable(true_fn):
        raise TypeError("'true_fn' must be callable.")
    if not callable(false_fn):
        raise TypeError("'false_fn' must be callable.")
    if not is_tensor(pred) or runs_at_once(pred):
        return true_fn() if bool(pred) else false_fn()
    return control_flow.branch(pred, converted(true_fn), converted(false_fn), name or "cond")


def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """The function of the first predicate that holds."""
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    if not pairs and default is not None:
        return default()

    def from_pair(i):
        if i == len(pairs):
            if default is None:
                raise InvalidArgumentError(None, None, "None of the conditions evaluated as True.")
            return default()
        pred, function = pairs[i]
        if default is None and i == len(pairs) - 1 and not runs_at_once(pred):
            return function()
        return cond(pred, function, lambda: from_pair(i + 1), name=name)
    return from_pair(0)


def _numbered(branch_fns) -> list:
    """The functions of branches 0, 1, 2, …"""
    if not isinstance(branch_fns, (list, builtins.tuple, dict)):
        raise TypeError("'branch_fns' must be a dict, list, or tuple.")
    pairs = list(branch_fns.items() if isinstance(branch_fns, dict) else branch_fns)
    if not pairs:
        raise ValueError("Must provide at least one item in 'branch_fns'")
    if all(callable(each) for each in pairs):
        return pairs
    if not all(isinstance(pair, builtins.tuple) and len(pair) == 2 for pair in pairs):
        raise TypeError("Each entry in 'branch_fns' must be a 2-tuple. "
                        f"Received {pairs}.")
    if any(not isinstance(key, int) for key, _ in pairs):
        raise TypeError("key must be a Python `int`")
    if sorted(key for key, _ in pairs) != list(builtins.range(len(pairs))):
        raise ValueError("branch indices must form contiguous range of [0 to "
                         f"{len(pairs)}) but found {{{','.join(str(key) for key, _ in pairs)}}}")
    if any(not callable(function) for _, function in pairs):
        raise TypeError("fn for key must be callable.")
    return [function for _, function in sorted(pairs, key=lambda pair: pair[0])]


def switch_case(branch_index, branch_fns, default=None, name="switch_case"):
    """The function of that number; beyond them the default, or the last."""
    functions = _numbered(branch_fns)
    if default is not None:
        if not callable(default):
            raise TypeError("default must be callable.")
        functions = functions + [default]
    if not is_tensor(branch_index) or runs_at_once(branch_index):
        number = int(branch_index)
        return functions[number if 0 <= number < len(functions) else -1]()
    index = convert_to_tensor(branch_index)
    return control_flow.case(index if index.dtype == "int32" else _lockstep.ops["Cast"](index, "int32"), functions, name or "switch_case")


def while_loop(cond, body, loop_vars, shape_invariants=None, parallel_iterations=10, back_prop=True,
               swap_memory=False, maximum_iterations=None, name=None):
    """body of the loop's variables, as long as cond of them holds."""
    if not callable(cond):
        raise TypeError("'cond' must be callable.")
    if not callable(body):
        raise TypeError("'body' must be callable.")
    single = not isinstance(loop_vars, (list, builtins.tuple))
    values = [loop_vars] if single else list(loop_vars)
    if not values:
        raise ValueError("'loop_vars' must be provided.")
    if runs_at_once():
        result = _loop_at_once(cond, body, values, maximum_iterations)
    else:
        result = _loop_in_graph(cond, body, values, shape_invariants, maximum_iterations, name or "while")
    return result[0] if single else nest._rebuild(loop_vars, result)


def _as_list(result) -> list:
    return list(result) if isinstance(result, (list, builtins.tuple)) else [result]


def to_tensors(values):
    return nest.map_structure(lambda v: v if isinstance(v, Operation) or hasattr(v, "_to_components")
                              or isinstance(v, TensorArray) else convert_to_tensor(v), values)


def _loop_at_once(condition, body, values: list, most) -> list:
    values, count = to_tensors(values), 0
    while (most is None or count < int(most)) and bool(condition(*values)):
        values = _as_list(body(*values))
        if len(values) == 1 and isinstance(values[0], (list, builtins.tuple)):
            values = list(values[0])
        count += 1
    return values


def _loop_in_graph(condition, body, values: list, shape_invariants, most, name) -> list:
    form, condition, body = values, converted(condition), converted(body)

    def following(given):
        result = _as_list(body(*given))
        if len(result) != len(form):
            raise ValueError(f"The number of inputs and outputs of the loop's body must be equal: it takes {len(form)} "
                             f"and gives {len(result)}.")
        return nest._rebuild(form, result)
    values = to_tensors(values)
    if most is None:
        return control_flow.loop(lambda v: condition(*v), following, values, shape_invariants, name)
    most = convert_to_tensor(most, "int32")
    counted = [convert_to_tensor(0), values]
    invariants = None if shape_invariants is None else [[], shape_invariants]

    def goes_on(state):
        return _lockstep.ops["LogicalAnd"](state[0] < most, condition(*state[1]))
    return control_flow.loop(goes_on, lambda s: [s[0] + 1, following(s[1])], counted, invariants, name)[1]


def _summary(tensor, summarize) -> str:
    """The first elements."""
    array = tensor.numpy()
    if tensor.shape.rank == 0:
        return str(array) if summarize != 0 else ""
    flat = array.reshape(-1)
    n = 3 if summarize is None else flat.size if summarize < 0 else summarize
    return ", ".join([str(x) for x in flat[:n]] + (["..."] if n < flat.size else []))


def Assert(condition, data, summarize=None, name=None):  # noqa: N802
    """Fails with the data unless the condition holds."""
    if _lockstep.executing_eagerly():
        if not bool(convert_to_tensor(condition)):
            shown = "\n".join(_summary(convert_to_tensor(d), summarize) for d in data)
            raise InvalidArgumentError(None, None,
                                       f"Expected '{condition}' to be true. Summarized data: {shown}")
        return None
    known = _lockstep.constant_value(convert_to_tensor(condition))
    if known is not None and not bool(known):
        raise InvalidArgumentError(None, None, "\n".join(str(d) for d in data))
    return _lockstep.ops["Assert"](condition, [convert_to_tensor(d) for d in data], summarize or 3, name=name)
