# SPDX-License-Identifier: MIT
"""A part of a traced graph as a function of its own."""
from __future__ import annotations

import _lockstep
from _lockstep import Operation, Tensor

from .. import nest
from ..eager.def_function import ConcreteFunction
from .graph_def import graph_def
from .importer import Functions, Nodes
from .ops import FuncGraph
from .tensor_spec import TensorSpec


def prune(concrete: ConcreteFunction, feeds, fetches, name: str, input_signature=None) -> ConcreteFunction:
    def element(value):
        return concrete.graph.as_graph_element(value)
    given = [element(f) for f in nest.flatten(feeds)]
    wanted = [element(f) for f in nest.flatten(fetches)]
    for value in [*given, *wanted]:
        if value.graph is not concrete.graph:
            raise ValueError(f"All function feeds and fetches must belong to the same graph: {value!r} is of another.")
    definition = graph_def(concrete.graph)
    graph = FuncGraph(name)
    with graph.as_default():
        inputs = [_lockstep.placeholder(t.op.name, t.dtype, t.shape) for t in given]
        replaced = {inner.name: outer for outer, inner, _ in concrete.graph._captures()}
        replaced.update({t.name: own for t, own in zip(given, inputs)})
        nodes = Nodes(definition.node, Functions(definition.library.function), {}, "", replaced)
        found = [nodes.tensor(w.name) if isinstance(w, Tensor) else nodes.operation(w.name) for w in wanted]
        found = [None if isinstance(f, Operation) else _lockstep.ops["Identity"](f) for f in found]
        result = nest.pack_sequence_as(fetches, found) if nest.is_nested(fetches) else found[0]
    args, kwargs = tuple(TensorSpec(t.shape, t.dtype, t.op.name) for t in inputs), {}
    if input_signature is not None:
        nested = len(input_signature) == 2 and isinstance(input_signature[1], dict)
        args, kwargs = input_signature if nested else (tuple(input_signature), {})
    made = ConcreteFunction.of_result(f"__inference_{name}_{graph._id}", graph, inputs, result, args, kwargs)
    made._keeps = concrete                      # its variables
    return made
