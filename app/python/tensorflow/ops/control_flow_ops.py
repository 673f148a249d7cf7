# SPDX-License-Identifier: MIT
"""Branches, loops and groups: Python while ops run at once, nodes in a graph."""
from __future__ import annotations

import builtins

import _lockstep
from _lockstep import Operation

from .. import nest
from ..framework.errors import InvalidArgumentError
from ..framework.ops import FuncGraph, control_dependencies, convert_to_tensor, is_tensor
from ..framework.tensor_spec import TensorSpec
from . import array_ops, control_flow
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


def _value_of(pred, what):
    known = pred if not is_tensor(pred) else _lockstep.constant_value(convert_to_tensor(pred))
    if known is None:
        raise NotImplementedError(f"{what} needs a value that is known while tracing, not {pred!r}")
    return known


def _runs_at_once(*values) -> bool:
    return _lockstep.executing_eagerly() and not any(isinstance(v, _lockstep.SymbolicTensor) for v in values)


def cond(pred, true_fn=None, false_fn=None, name=None, **kwargs):
    """true_fn () if pred, else false_fn ()."""
    true_fn, false_fn = kwargs.get("fn1", true_fn), kwargs.get("fn2", false_fn)
    if not callable(true_fn):
        raise TypeError("'true_fn' must be callable.")
    if not callable(false_fn):
        raise TypeError("'false_fn' must be callable.")
    if not is_tensor(pred) or _runs_at_once(pred):
        return true_fn() if bool(pred) else false_fn()
    return control_flow.branch(pred, true_fn, false_fn, name or "cond")


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
        if default is None and i == len(pairs) - 1 and not _runs_at_once(pred):
            return function()
        return cond(pred, function, lambda: from_pair(i + 1), name=name)
    return from_pair(0)


def switch_case(branch_index, branch_fns, default=None, name="switch_case"):
    """The function of that number; beyond them the default, or the last."""
    branches = list(branch_fns.items() if isinstance(branch_fns, dict) else enumerate(branch_fns))
    if branches and isinstance(branches[0][1], builtins.tuple):
        branches = [pair for _, pair in branches]
    branches.sort(key=lambda pair: pair[0])
    last = default or branches[-1][1]
    if not is_tensor(branch_index) or _runs_at_once(branch_index):
        return dict(branches).get(int(branch_index), last)()
    pairs = [(_lockstep.ops["Equal"](branch_index, number), function) for number, function in branches]
    return case(pairs, last, name=name)


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
    if _runs_at_once():
        result = _loop_at_once(cond, body, values, maximum_iterations)
    else:
        result = _loop_in_graph(cond, body, values, shape_invariants, maximum_iterations, name or "while")
    return result[0] if single else nest._rebuild(loop_vars, result)


def _as_list(result) -> list:
    return list(result) if isinstance(result, (list, builtins.tuple)) else [result]


def _to_tensors(values):
    return nest.map_structure(lambda v: v if isinstance(v, Operation) or hasattr(v, "_to_components")
                              or isinstance(v, TensorArray) else convert_to_tensor(v), values)


def _loop_at_once(condition, body, values: list, most) -> list:
    values, count = _to_tensors(values), 0
    while (most is None or count < int(most)) and bool(condition(*values)):
        values = _as_list(body(*values))
        if len(values) == 1 and isinstance(values[0], (list, builtins.tuple)):
            values = list(values[0])
        count += 1
    return values


def _loop_in_graph(condition, body, values: list, shape_invariants, most, name) -> list:
    form = values

    def following(given):
        result = _as_list(body(*given))
        if len(result) != len(form):
            raise ValueError(f"The number of inputs and outputs of the loop's body must be equal: it takes {len(form)} "
                             f"and gives {len(result)}.")
        return nest._rebuild(form, result)
    values = _to_tensors(values)
    if most is None:
        return control_flow.loop(lambda v: condition(*v), following, values, shape_invariants, name)
    most = convert_to_tensor(most, "int32")
    counted = [convert_to_tensor(0), values]
    invariants = None if shape_invariants is None else [[], shape_invariants]

    def goes_on(state):
        return _lockstep.ops["LogicalAnd"](state[0] < most, condition(*state[1]))
    return control_flow.loop(goes_on, lambda s: [s[0] + 1, following(s[1])], counted, invariants, name)[1]


# ---- over the rows of tensors ----

def _length(elements: list):
    """Rows of the first of these tensors: known if it can be, a tensor otherwise."""
    known = elements[0].shape[0]
    return known if known is not None else array_ops.shape(elements[0])[0]


def _row(elems, i):
    return nest.map_structure(lambda e: array_ops.gather(e, i), elems)


def _arrays(like, n):
    """A TensorArray for each tensor of a structure, of n elements."""
    return nest.map_structure(lambda t: TensorArray(t.dtype, size=n, element_shape=t.shape), like)


def _outputs_like(function, *args):
    """What function gives, as specs: found by a trace that nobody runs."""
    graph = FuncGraph("specs")
    with graph.as_default():
        return nest.map_structure(lambda t: TensorSpec(t.shape, t.dtype), _to_tensors(function(*args)))


def map_fn(fn, elems, dtype=None, parallel_iterations=None, back_prop=True, swap_memory=False,
           infer_shape=True, name=None, fn_output_signature=None):
    """fn of each row, stacked."""
    elems = nest.map_structure(convert_to_tensor, elems)
    flat = nest.flatten(elems)
    if not flat or any(e.shape.rank == 0 for e in flat):
        raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
    if _runs_at_once():
        rows = [e._rows() if hasattr(e, "_rows") else array_ops.unstack(e) for e in flat]
        if any(hasattr(e, "_rows") for e in flat) or hasattr(fn_output_signature, "ragged_rank"):
            return _stacked_ragged([_to_tensors(fn(nest.pack_sequence_as(elems, list(row)))) for row in zip(*rows)],
                                   fn_output_signature)
        results = [_to_tensors(fn(nest.pack_sequence_as(elems, list(row)))) for row in zip(*rows)]
        return nest.map_structure(lambda *r: array_ops.stack(list(r)), *results)
    n = _length(flat)
    wanted = fn_output_signature if fn_output_signature is not None else dtype
    specs = _outputs_like(lambda: fn(_row(elems, 0)))
    if wanted is not None and not nest.is_nested(wanted) and not nest.is_nested(specs):
        specs = TensorSpec(specs.shape, getattr(wanted, "dtype", wanted))
    _, arrays = control_flow.loop(
        lambda s: s[0] < n,
        lambda s: (s[0] + 1, nest.map_structure(lambda a, v: a.write(s[0], v), s[1], fn(_row(elems, s[0])))),
        (convert_to_tensor(0), _arrays(specs, n)), name=name or "map")
    return nest.map_structure(lambda a: _with_length(a.stack(), n), arrays)


def _stacked_ragged(results: list, signature):
    """Results of map_fn over ragged rows: ragged where they are, or where the signature says so."""
    def stacked(*leaves):
        if hasattr(leaves[0], "_stacked"):
            return leaves[0]._stacked(list(leaves))
        if leaves[0].shape.rank and (hasattr(signature, "ragged_rank") or len({builtins.tuple(v.shape.as_list()) for v in leaves}) > 1):
            from ..ragged import stack
            return stack(list(leaves))
        return array_ops.stack(list(leaves))
    return nest.map_structure(stacked, *results)


def _with_length(stacked, n):
    if isinstance(n, int) and stacked.shape.rank is not None:
        stacked = array_ops.ensure_shape(stacked, [n, *stacked.shape[1:]])
    return stacked


def vectorized_map(fn, elems, fallback_to_while_loop=True, warn=True):
    return map_fn(fn, elems)


def _fold(fn, elems, initializer, backwards: bool, name):
    elems = nest.map_structure(convert_to_tensor, elems)
    n = _length(nest.flatten(elems))
    if _runs_at_once():
        order = range(int(n))[::-1] if backwards else range(int(n))
        rows = [_row(elems, i) for i in order]
        value = rows.pop(0) if initializer is None else nest.map_structure(convert_to_tensor, initializer)
        for row in rows:
            value = fn(value, row)
        return value
    skip = 1 if initializer is None else 0
    first = _row(elems, n - 1 if backwards else 0) if skip else nest.map_structure(convert_to_tensor, initializer)

    def step(s):
        return s[0] + 1, fn(s[1], _row(elems, n - 1 - s[0] if backwards else s[0]))
    return control_flow.loop(lambda s: s[0] < n, step, (convert_to_tensor(skip), first), name=name)[1]


def foldl(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """fn (… fn (fn (initializer, row 0), row 1) …, last row)"""
    return _fold(fn, elems, initializer, False, name or "foldl")


def foldr(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """foldl from the last row to the first."""
    return _fold(fn, elems, initializer, True, name or "foldr")


def scan(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, infer_shape=True,
         reverse=False, name=None):
    """Every value on the way of a fold."""
    elems = nest.map_structure(convert_to_tensor, elems)
    n = _length(nest.flatten(elems))
    skip = 1 if initializer is None else 0

    def place(i):
        return n - 1 - i if reverse else i
    if _runs_at_once():
        value = _row(elems, place(0)) if skip else nest.map_structure(convert_to_tensor, initializer)
        values = [value] if skip else []
        for i in range(skip, int(n)):
            value = nest.map_structure(convert_to_tensor, fn(value, _row(elems, place(i))))
            values.append(value)
        return nest.map_structure(lambda *v: array_ops.stack(list(v)), *(values[::-1] if reverse else values))
    first = _row(elems, place(0)) if skip else nest.map_structure(convert_to_tensor, initializer)
    arrays = _arrays(first, n)
    if skip:
        arrays = nest.map_structure(lambda a, v: a.write(place(0), v), arrays, first)

    def step(s):
        value = nest.map_structure(convert_to_tensor, fn(s[1], _row(elems, place(s[0]))))
        return s[0] + 1, value, nest.map_structure(lambda a, v: a.write(place(s[0]), v), s[2], value)
    arrays = control_flow.loop(lambda s: s[0] < n, step, (convert_to_tensor(skip), first, arrays),
                               name=name or "scan")[2]
    return nest.map_structure(lambda a: _with_length(a.stack(), n), arrays)


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
