# SPDX-License-Identifier: MIT
"""Branches and conditions: as Python does them with Python values, nodes with symbolic tensors."""
from __future__ import annotations

import operator

import _lockstep
from _lockstep import Tensor

from .. import nest
from ..framework.ops import FuncGraph
from ..ops import control_flow, math_ops
from .liveness import is_composite
from .values import Undefined, has_tensor, is_same, is_symbolic, is_undefined, is_value, read, same_structure, shown, zeros


def if_(test, body, orelse, get, set_, names, n_after=None):
    """names: what the branches may change; the first n_after of them matter afterwards."""
    if not is_symbolic(test):
        if test:
            body()
        else:
            orelse()
        return
    before = read(get, names)
    n_after = len(names) if n_after is None else n_after
    graphs, results = [], []
    for kind, function in (("true", body), ("false", orelse)):
        graph = FuncGraph(f"cond_{kind}")
        try:
            with graph.as_default():
                function()
                results.append(read(get, names)[:n_after])
        finally:
            set_(list(before))
        graphs.append(graph)
    set_([*_join_branches(test, graphs, results, names[:n_after]), *before[n_after:]])


def _fill_value(graphs, results, names) -> None:
    """A branch that does not return gives zeros for the value, where a flag tells that they are not meant."""
    if "ag__value" not in names or "ag__returned" not in names:
        return
    i = names.index("ag__value")
    for mine, other in ((0, 1), (1, 0)):
        if is_undefined(results[mine][i]) and is_value(results[other][i]):
            with graphs[mine].as_default():
                results[mine][i] = nest.map_structure(zeros, results[other][i])


def _join_branches(test, graphs, results, names) -> list:
    _fill_value(graphs, results, names)
    after: list = [None] * len(names)
    joined = []
    for i, (name, a, b) in enumerate(zip(names, *results)):
        if is_same(a, b):
            after[i] = a
        elif is_undefined(a) or is_undefined(b):
            after[i] = _missing(name, "main" if is_undefined(a) else "else")
        elif a is None or b is None:
            after[i] = Undefined(f"'{shown(name)}' is None at the end of the {'main' if a is None else 'else'} branch.", ValueError)
        elif not is_value(a) or not is_value(b):
            after[i] = Undefined(f"'{shown(name)}' is {a!r} in the main branch and {b!r} in the else branch, which no "
                                 "tensor can stand for")
        else:
            joined.append(i)
    tensors = [[], []]
    for i in joined:
        pair = []
        for graph, result in zip(graphs, results):
            with graph.as_default():
                pair.append(control_flow.tensors_of(result[i]))
        _check_pair(names[i], results[0][i], results[1][i], *pair)
        tensors[0] += pair[0]
        tensors[1] += pair[1]
    outputs = iter(_lockstep.branch(control_flow.condition_of(test), graphs[0], tensors[0], graphs[1], tensors[1]))
    for i in joined:
        count = len(control_flow.tensors_of(results[0][i])) if not has_tensor(results[0][i]) else sum(
            len(leaf._to_components()) if hasattr(leaf, "_to_components") else leaf is not None
            for leaf in nest.flatten(results[0][i]))
        after[i] = control_flow.rebuild(results[0][i], [next(outputs) for _ in range(count)])
    return after


def _missing(name: str, branch: str) -> Undefined:
    if name == "ag__value":
        raise ValueError(f"A value must also be returned from the {branch} branch. If a value is returned from one branch "
                         "of a conditional a value must be returned from all branches.")
    reason = f"'{name}' must also be initialized in the {branch} branch"
    if is_composite(name):
        raise ValueError(reason)
    return Undefined(reason, ValueError)


def _check_pair(name, a, b, a_tensors, b_tensors) -> None:
    try:
        same_structure(a, b)
        same = len(a_tensors) == len(b_tensors)
    except (TypeError, ValueError) as error:
        raise TypeError(f"'{shown(name)}' does not have the same nested structure in the main and else branches.\n\n"
                        f"{error}") from None
    if not same:
        raise TypeError(f"'{shown(name)}' does not have the same nested structure in the main and else branches.")
    for x, y in zip(a_tensors, b_tensors):
        if x.dtype != y.dtype:
            raise TypeError(f"'{shown(name)}' has dtype {x.dtype.name} in the main branch, but dtype {y.dtype.name} in "
                            "the else branch; make them alike with tf.cast")


def if_exp(test, body, orelse):
    if is_symbolic(test):
        return control_flow.branch(test, body, orelse)
    return body() if test else orelse()


def and_(*parts):
    value = True
    for i, part in enumerate(parts):
        value = part()
        if is_symbolic(value):
            return math_ops.logical_and(value, and_(*parts[i + 1:])) if parts[i + 1:] else value
        if not value:
            return value
    return value


def compare(names, first, *rest):
    """a < b < c: each is asked for once, and only if those before hold."""
    def link(i, left):
        right = rest[i]()
        holds = getattr(operator, names[i])(left, right)
        return holds if i == len(rest) - 1 else and_(lambda: holds, lambda: link(i + 1, right))
    return link(0, first)


def or_(*parts):
    value = False
    for i, part in enumerate(parts):
        value = part()
        if is_symbolic(value):
            return math_ops.logical_or(value, or_(*parts[i + 1:])) if parts[i + 1:] else value
        if value:
            return value
    return value


def not_(value):
    return math_ops.logical_not(value) if is_symbolic(value) else not value


def assert_(test, message):
    if is_symbolic(test):
        from ..ops.control_flow_ops import Assert
        text = message()
        Assert(test, [text if isinstance(text, (str, Tensor)) else str(text)])
    elif not test:
        raise AssertionError(message()) if message() != "" else AssertionError
