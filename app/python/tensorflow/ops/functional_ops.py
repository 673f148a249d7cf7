# SPDX-License-Identifier: MIT
"""Functions over the rows of tensors: map, folds and scan. Python loops while ops run at once, loops of the graph in one."""
from __future__ import annotations

from typing import Callable

import _lockstep

from .. import nest
from ..framework import dtypes
from ..framework.ops import FuncGraph, convert_to_tensor
from ..framework.tensor_shape import TensorShape
from . import array_ops, control_flow, math_ops
from .collectors import collector_of
from .control_flow_ops import converted, runs_at_once, to_tensors


def _elements(elems):
    return nest.map_structure(lambda e: e if hasattr(e, "_to_components") else convert_to_tensor(e), elems)


def _length(elements: list):
    """Rows of the first of these: known if it can be, a tensor otherwise."""
    first = elements[0]
    if hasattr(first, "nrows"):
        return math_ops.cast(first.nrows(), "int32")
    if hasattr(first, "dense_shape"):
        return math_ops.cast(first.dense_shape[0], "int32")
    return first.shape[0] if first.shape[0] is not None else array_ops.shape(first)[0]


def _row(elems, i):
    return nest.map_structure(lambda e: _sparse_row(e, i) if hasattr(e, "dense_shape") else e[i] if hasattr(e, "nrows")
                              else array_ops.gather(e, i), elems)


def _sparse_row(value, i):
    from ..sparse import SparseTensor
    inside = value.indices[:, 0] == math_ops.cast(i, dtypes.int64)
    return SparseTensor(array_ops.boolean_mask(value.indices[:, 1:], inside), array_ops.boolean_mask(value.values, inside),
                        value.dense_shape[1:])


def _outputs_like(function: Callable, *args):
    """What function gives: found by a trace that nobody runs."""
    with FuncGraph("specs").as_default():
        return to_tensors(function(*args))


def _with_length(stacked, n):
    if isinstance(n, int) and stacked.shape.rank is not None:
        stacked = array_ops.ensure_shape(stacked, [n, *stacked.shape[1:]])
    return stacked


# ---- map ----

def map_fn(fn, elems, dtype=None, parallel_iterations=None, back_prop=True, swap_memory=False,
           infer_shape=True, name=None, fn_output_signature=None):
    """fn of each row, stacked."""
    elems = _elements(elems)
    flat = nest.flatten(elems)
    if not flat:
        raise ValueError("elems must be a Tensor or (possibly nested) sequence of Tensors. Got {}, which does not contain any "
                         f"Tensors: {elems!r}")
    if any(e.shape.rank == 0 for e in flat):
        raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
    wanted = fn_output_signature if fn_output_signature is not None else dtype
    if runs_at_once():
        rows = [e._rows() if hasattr(e, "_rows") else array_ops.unstack(e) for e in flat]
        results = [to_tensors(fn(nest.pack_sequence_as(elems, list(row)))) for row in zip(*rows)]
        return _join(results, wanted) if results else _nothing(fn, elems, wanted)
    return _map_in_graph(converted(fn), elems, _length(flat), wanted, name or "map")


def _check_form(wanted, result) -> None:
    if wanted is not None and nest.is_nested(wanted):
        nest.assert_same_structure(wanted, result)


def _leaves(wanted, result) -> list:
    """(what is asked of it, an example of it) of each leaf of the results."""
    _check_form(wanted, result)
    flat = nest.flatten(result)
    return list(zip(nest.flatten(wanted) if wanted is not None else [None] * len(flat), flat))


def _join(results: list, wanted):
    columns = zip(*[nest.flatten(r) for r in results])
    joined = [collector_of(asked, like).join(list(column)) for (asked, like), column in zip(_leaves(wanted, results[0]), columns)]
    return nest.pack_sequence_as(results[0], joined)


def _nothing(fn, elems, wanted):
    """The result of no rows: fn is traced for what it would give."""
    def row(e):
        return _lockstep.placeholder("row", e.dtype, e.shape[1:]) if not hasattr(e, "_to_components") else e
    with FuncGraph("rows").as_default():
        result = to_tensors(converted(fn)(nest.map_structure(row, elems)))
        leaves = _leaves(wanted, result)
        empty = [collector_of(asked, like).nothing() for asked, like in leaves]
    return nest.pack_sequence_as(result, [make() for make in empty])


def _map_in_graph(fn, elems, n, wanted, name):
    result = _outputs_like(lambda: fn(_row(elems, 0)))
    collectors = [collector_of(asked, like) for asked, like in _leaves(wanted, result)]

    def step(state):
        i, arrays = state
        values = nest.flatten(to_tensors(fn(_row(elems, i))))
        return [i + 1, [c.write(a, i, v) for c, a, v in zip(collectors, arrays, values)]]
    arrays = control_flow.loop(lambda s: s[0] < n, step, [convert_to_tensor(0), [c.begin(n) for c in collectors]], name=name)[1]
    joined = [_with_length(c.end(a, n), n) if not c.composite else c.end(a, n) for c, a in zip(collectors, arrays)]
    return nest.pack_sequence_as(result, joined)


def vectorized_map(fn, elems, fallback_to_while_loop=True, warn=True):
    return map_fn(fn, elems)


# ---- folds ----

def _fold(fn, elems, initializer, backwards: bool, name):
    elems = _elements(elems)
    n = _length(nest.flatten(elems))
    if runs_at_once():
        order = range(int(n))[::-1] if backwards else range(int(n))
        rows = [_row(elems, i) for i in order]
        value = rows.pop(0) if initializer is None else nest.map_structure(convert_to_tensor, initializer)
        for row in rows:
            value = fn(value, row)
        return value
    fn = converted(fn)
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
    elems = _elements(elems)
    n = _length(nest.flatten(elems))
    skip = 1 if initializer is None else 0

    def place(i):
        return n - 1 - i if reverse else i
    first = _row(elems, place(0)) if skip else nest.map_structure(convert_to_tensor, initializer)

    def following(function, value, i):
        result = to_tensors(function(value, _row(elems, place(i))))
        nest.assert_same_structure(first, result)
        return result
    if runs_at_once():
        return _scan_at_once(lambda value, i: following(fn, value, i), first, skip, int(n), reverse)
    fn = converted(fn)
    arrays = nest.map_structure(lambda t: control_flow.new_array(t.dtype, n, t.shape if infer_shape else TensorShape(None)), first)
    if skip:
        arrays = nest.map_structure(lambda a, v: a.write(place(0), v), arrays, first)

    def step(s):
        value = following(fn, s[1], s[0])
        return s[0] + 1, value, nest.map_structure(lambda a, v: a.write(place(s[0]), v), s[2], value)
    arrays = control_flow.loop(lambda s: s[0] < n, step, (convert_to_tensor(skip), first, arrays), name=name or "scan")[2]
    return nest.map_structure(lambda a: _with_length(a.stack(), n), arrays)


def _scan_at_once(following, value, skip: int, n: int, reverse: bool):
    values = [value] if skip else []
    for i in range(skip, n):
        value = following(value, i)
        values.append(value)
    if not values:
        return nest.map_structure(lambda t: array_ops.zeros([0, *t.shape.as_list()], t.dtype), value)
    return nest.map_structure(lambda *v: array_ops.stack(list(v)), *(values[::-1] if reverse else values))
