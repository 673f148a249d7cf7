# SPDX-License-Identifier: MIT
"""Branches and loops in graphs: traces their functions, and joins them to If and While nodes."""
from __future__ import annotations

from typing import Any, Callable

import _lockstep
from _lockstep import Tensor

from .. import nest
from ..framework.ops import FuncGraph, convert_to_tensor
from ..framework.tensor_shape import TensorShape
from .variables import Variable

def new_array(dtype, size, element_shape):
    """A TensorArray of the graph, for a loop."""
    from .tensor_array import TensorArray
    return TensorArray(dtype, size=size, element_shape=element_shape, infer_shape=element_shape.rank is not None)


def _leaf_tensors(value) -> list:
    if value is None:
        return []
    if hasattr(value, "_to_components"):
        return value._to_components()
    if isinstance(value, Variable):
        return [value.read_value()]
    return [value if isinstance(value, Tensor) else convert_to_tensor(value)]


def tensors_of(structure: Any) -> list:
    """The tensors of a structure in order; Python numbers are converted, objects such as TensorArrays opened."""
    return [tensor for leaf in nest.flatten(structure) for tensor in _leaf_tensors(leaf)]


def rebuild(structure: Any, tensors: list):
    """structure with these tensors in place of its own."""
    rest = iter(tensors)

    def leaf(value):
        if value is None:
            return None
        if hasattr(value, "_to_components"):
            return value._from_components([next(rest) for _ in value._to_components()])
        return next(rest)
    return nest.pack_sequence_as(structure, [leaf(value) for value in nest.flatten(structure)])


def _trace(name: str, function: Callable):
    """(graph, result, its tensors)"""
    graph = FuncGraph(name)
    with graph.as_default():
        result = function()
        return graph, result, tensors_of(result)


def _form(structure) -> Any:
    return nest.map_structure(lambda leaf: None if leaf is None else type(leaf) if hasattr(leaf, "_to_components")
                              else True, structure)


def _check_branches(true_result, false_result, true_tensors: list, false_tensors: list, names: tuple,
                    caller="tf.cond") -> None:
    try:
        nest.assert_same_structure(_form(true_result), _form(false_result))
        same = len(true_tensors) == len(false_tensors)
    except (TypeError, ValueError):
        same = False
    if not same:
        raise TypeError(f"{names[0]} and {names[1]} arguments to {caller} must have the same number, type, and overall "
                        f"structure of return values.\n\n{names[0]} output: {true_result}\n"
                        f"{names[1]} output: {false_result}")
    for a, b in zip(true_tensors, false_tensors):
        if a.dtype != b.dtype:
            raise TypeError(f"{names[0]} and {names[1]} arguments to {caller} must have the same dtypes: "
                            f"{a.dtype.name} and {b.dtype.name}. Cast one to the other's with tf.cast.")


def condition_of(predicate) -> Tensor:
    """predicate as a bool scalar, as TensorFlow lets numbers be."""
    predicate = convert_to_tensor(predicate)
    if predicate.dtype.name != "bool":
        from . import math_ops
        predicate = math_ops.cast(predicate, "bool")
    return predicate


def branch(predicate, true_fn: Callable, false_fn: Callable, name="cond"):
    """An If node; the branches' results must have the same form."""
    true_graph, true_result, true_tensors = _trace(f"{name}_true", true_fn)
    false_graph, false_result, false_tensors = _trace(f"{name}_false", false_fn)
    _check_branches(true_result, false_result, true_tensors, false_tensors, ("true_fn", "false_fn"))
    outputs = _lockstep.branch(condition_of(predicate), true_graph, true_tensors, false_graph, false_tensors)
    return rebuild(true_result, outputs)


def case(index, functions: list, name="switch_case"):
    """A Case node; the branches' results must have the same form."""
    branches = [_trace(f"{name}_branch{i}", function) for i, function in enumerate(functions)]
    _, first, first_tensors = branches[0]
    for i, (_, result, tensors) in enumerate(branches[1:], 1):
        _check_branches(first, result, first_tensors, tensors, ("branch 0", f"branch {i}"), "tf.switch_case")
    outputs = _lockstep.case(convert_to_tensor(index), [graph for graph, _, _ in branches], [tensors for _, _, tensors in branches])
    return rebuild(first, outputs)


# ---- loops ----

def _shapes(variables: list, invariants) -> list:
    if invariants is None:
        return [v.shape for v in variables]
    flat = [TensorShape(getattr(s, "shape", s)) for s in _flatten_shapes(invariants)]
    for variable, shape in zip(variables, flat):
        if not shape.is_compatible_with(variable.shape):
            raise ValueError(f"The shape invariant specified for {variable.name} is not compatible with the initial "
                             f"shape of the loop variable. It enters the loop with shape {variable.shape}, but the "
                             f"specified shape invariant is {shape}.")
    return flat


def _flatten_shapes(invariants) -> list:
    if isinstance(invariants, TensorShape) or hasattr(invariants, "shape"):
        return [invariants]
    if isinstance(invariants, (list, tuple)) and not any(isinstance(d, (int, type(None))) for d in invariants):
        return [shape for entry in invariants for shape in _flatten_shapes(entry)]
    if isinstance(invariants, dict):
        return [shape for key in sorted(invariants) for shape in _flatten_shapes(invariants[key])]
    return [invariants]


class _Placed:
    """A graph with placeholders for the loop's variables."""

    def __init__(self, name, dtypes, shapes, structure):
        self.graph = FuncGraph(name)
        with self.graph.as_default():
            self.inputs = [_lockstep.placeholder("loop_var", d, s) for d, s in zip(dtypes, shapes)]
        self.arguments = rebuild(structure, self.inputs)


def _check_variable(name, before, after, shape) -> None:
    if before.dtype != after.dtype:
        raise TypeError(f"{name!r} has dtype {before.dtype.name} before the loop, but dtype {after.dtype.name} after "
                        "one iteration. TensorFlow control flow requires it stays the same.")
    if not _covers(shape, after.shape):
        raise ValueError(f"Input tensor '{before.name}' enters the loop with shape {shape}, but has shape {after.shape} "
                         "after one iteration. To allow the shape to vary across iterations, use the "
                         "`shape_invariants` argument of tf.while_loop to specify a less-specific shape.")


def _covers(general: TensorShape, shape: TensorShape) -> bool:
    """Is every tensor of this shape one of the general shape?"""
    if general.rank is None:
        return True
    return shape.rank == general.rank and all(g is None or g == s for g, s in zip(general, shape))


def loop(condition: Callable, body: Callable, variables, shape_invariants=None, name="while", check=_check_variable,
         names=None):
    """A While node. variables: a structure; condition and body take it whole, and body gives one of the same form."""
    first = tensors_of(variables)
    shapes, dtypes = _shapes(first, shape_invariants), [t.dtype for t in first]
    placed = _Placed(f"{name}_cond", dtypes, shapes, variables)
    with placed.graph.as_default():
        holds = condition_of(condition(placed.arguments))
        if holds.shape.rank not in (0, None):
            from . import array_ops
            holds = array_ops.reshape(holds, [])
    around = _Placed(f"{name}_body", dtypes, shapes, variables)
    with around.graph.as_default():
        result = body(around.arguments)
        _check_form(variables, result)
        following = [_fit(leaf, dtype) for leaf, dtype in zip(_parts(result), dtypes)]
    for i, (before, after, shape) in enumerate(zip(first, following, shapes)):
        check(names[i] if names else getattr(before, "name", str(i)), before, after, shape)
    outputs = _lockstep.loop(placed.graph, placed.inputs, holds, around.graph, around.inputs, following, first)
    return rebuild(variables, outputs)


def _check_form(variables, result) -> None:
    try:
        nest.assert_same_structure(_form(variables), _form(result), check_types=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"The body of a loop must give a value for each of its variables, in their form. "
                         f"Variables: {variables}. The body gave: {result}.") from error


def _parts(structure) -> list:
    """Like tensors_of(), but Python numbers stay as they are."""
    found: list = []
    for leaf in nest.flatten(structure):
        found += [leaf] if not hasattr(leaf, "_to_components") and leaf is not None else _leaf_tensors(leaf)
    return found


def _fit(leaf, dtype):
    if isinstance(leaf, Tensor):
        return leaf
    if isinstance(leaf, Variable):
        return leaf.read_value()
    try:
        return convert_to_tensor(leaf, dtype)
    except (TypeError, ValueError):
        return convert_to_tensor(leaf)
