# SPDX-License-Identifier: MIT
"""GraphDefs and FunctionDefs read into graphs. Only what is asked for is made, so that a graph may hold ops that are not
known here as long as nobody needs them."""
from __future__ import annotations

import re

import _lockstep

from . import dtypes
from .errors import InvalidArgumentError, UnimplementedError
from .ops import FuncGraph, control_dependencies
from .tensor_proto import shape_of, tensor_of

_SAME = {"StatefulPartitionedCall": "PartitionedCall", "StatelessIf": "If", "StatelessWhile": "While",
         "StatelessCase": "Case", "Add": "AddV2", "BatchMatMul": "BatchMatMulV2", "BatchMatMulV3": "BatchMatMulV2", "PlaceholderV2": "Placeholder"}
_LOOPS = ("Enter", "Exit", "NextIteration", "Merge", "Switch", "RefEnter", "RefExit", "RefMerge", "RefSwitch",
          "RefNextIteration", "LoopCond")


class Functions:
    """The functions of a library, each imported when it is first called."""

    def __init__(self, library=()):
        self.definitions = {f.signature.name: f for f in library}
        self._made: dict = {}

    def get(self, name: str):
        """The engine's function of that name; captures are none, all are arguments."""
        if name not in self._made:
            if name not in self.definitions:
                raise InvalidArgumentError(None, None, f"Function {name} is not defined.")
            graph, inputs, outputs = self.trace(name)
            self._made[name] = _lockstep.Function(name, graph, inputs, outputs)
        return self._made[name]

    def trace(self, name: str, bound=None, shapes=None):
        """(graph, inputs, outputs) of a new trace. bound: tensors for some arguments, by their places; captures, then.
        shapes: those of the others."""
        definition, bound = self.definitions[name], bound or {}
        arguments = list(definition.signature.input_arg)
        known = _shapes_of(definition, len(arguments))
        left = iter(shapes if shapes is not None else [s for i, s in enumerate(known) if i not in bound])
        graph = FuncGraph(re.sub(r"^__inference_(.*?)_\d+$", r"\1", name))
        with graph.as_default():
            given = {a.name: bound[i] if i in bound else _lockstep.placeholder(a.name, dtypes.as_dtype(a.type), next(left))
                     for i, a in enumerate(arguments)}
            outputs = self.inline(name, list(given.values()))
            outputs = [_lockstep.ops["Identity"](o) if any(o is g for g in given.values()) else o for o in outputs]
        return graph, [given[a.name] for i, a in enumerate(arguments) if i not in bound], outputs

    def inline(self, name: str, arguments: list, prefix: str = "") -> list:
        """What the function gives, its nodes becoming part of the current graph."""
        if name not in self.definitions:
            raise InvalidArgumentError(None, None, f"Function {name} is not defined.")
        definition = self.definitions[name]
        given = dict(zip((a.name for a in definition.signature.input_arg), arguments))
        body = Nodes(definition.node_def, self, given, prefix)
        for control in definition.control_ret.values():
            body.operation(control)
        return [body.tensor(definition.ret[o.name]) for o in definition.signature.output_arg]

    def invariants(self, name: str) -> list:
        """Which arguments of a loop's body it gives back as they are."""
        definition = self.definitions[name]
        return [definition.ret[o.name] == a.name for a, o in zip(definition.signature.input_arg, definition.signature.output_arg)]


def _shapes_of(definition, n: int) -> list:
    """The shapes of arguments that tf.function noted, else unknown."""
    noted = definition.attr["_input_shapes"].list.shape if "_input_shapes" in definition.attr else []
    return [shape_of(noted[i]) if i < len(noted) else None for i in range(n)]


class Nodes:
    """The nodes of one graph or function that is being imported."""

    def __init__(self, nodes, functions: Functions, given: dict, prefix: str = "", replaced=None):
        self._nodes = {node.name: node for node in nodes}
        self._functions, self._given, self._prefix = functions, given, prefix
        self._replaced = replaced or {}         # "name:0" → tensor: what takes a node's place
        self._made: dict = {}                   # name → (outputs, operation)

    def tensor(self, reference: str):
        """ "node", "node:1", "node:output:1" or an argument."""
        name, *place = reference.split(":")
        if not place and name in self._given:
            return self._given[name]
        index = int(place[-1]) if place else 0
        replaced = self._replaced.get(f"{name}:{index}")
        if replaced is not None:
            return replaced
        outputs, _ = self._make(name)
        if len(place) == 2:
            index = self._offset(name, place[0], len(outputs)) + index
        if index >= len(outputs):
            raise InvalidArgumentError(None, None, f"Node '{name}' has no output {index}")
        return outputs[index]

    def _offset(self, name: str, output: str, n: int) -> int:
        """Where an output's tensors begin."""
        op = _lockstep.ops.get(_SAME.get(self._nodes[name].op, self._nodes[name].op))
        names = [o[0] for o in op.definition()[1]] if op is not None else []
        return names.index(output) if output in names and len(names) > 1 else 0

    def operation(self, name: str):
        return None if name in self._given else self._make(name)[1]

    def _make(self, wanted: str):
        """Makes the node, and before it all that it needs; without recursion, since graphs are deep."""
        stack = [wanted]
        while stack:
            name = stack[-1]
            if name in self._made:
                stack.pop()
                continue
            node = self._nodes.get(name)
            if node is None:
                raise InvalidArgumentError(None, None, f"Node '{name}' is not in the graph")
            if len(stack) > len(self._nodes) + 1:
                raise InvalidArgumentError(None, None, f"Node '{name}' needs itself")
            missing = [source for source in map(self._source, node.input) if source is not None]
            if missing:
                stack += missing
            else:
                self._made[name] = self._build(node)
                stack.pop()
        return self._made[wanted]

    def _source(self, reference: str):
        """The node of an input that is still to be made."""
        name = reference.lstrip("^").split(":")[0]
        if name in self._made or (name in self._given and ":" not in reference):
            return None
        return None if f"{name}:{reference.rpartition(':')[2] if ':' in reference else 0}" in self._replaced else name

    def _build(self, node):
        inputs = [self.tensor(i) for i in node.input if not i.startswith("^")]
        controls = [self.operation(i[1:]) for i in node.input if i.startswith("^") and i[1:] not in self._given]
        with control_dependencies([c for c in controls if c is not None]):
            outputs = _apply(node, inputs, self._functions, self._prefix + node.name)
        if not isinstance(outputs, list):
            return [], outputs
        own = [t.op for t in outputs if isinstance(t, _lockstep.SymbolicTensor) and t.graph is _lockstep.current_graph()]
        return outputs, own[0] if own else None


def _apply(node, inputs: list, functions: Functions, name: str):
    """The node's op on the inputs, in the current graph."""
    kind = _SAME.get(node.op, node.op)
    if kind in _LOOPS:
        raise UnimplementedError(None, None, f"Node '{node.name}': {kind} belongs to version 1 control flow, which is not "
                                 "read; write the model anew with control flow v2")
    if kind == "PlaceholderWithDefault":
        kind = "Identity"
    if kind == "Placeholder":
        shape = shape_of(node.attr["shape"].shape) if "shape" in node.attr else None
        return [_lockstep.placeholder(name, dtypes.as_dtype(node.attr["dtype"].type), shape)]
    if kind in _CALLS:
        return _CALLS[kind](node, inputs, functions, name)
    if kind not in _lockstep.ops:
        raise UnimplementedError(None, None, f"Op type not registered '{node.op}' (node '{node.name}')")
    op = _lockstep.ops[kind]
    return op.flat(inputs, attributes(op, node.attr, functions), name)


def attributes(op, messages, functions: Functions | None = None) -> dict:
    """The attributes that an op takes, of their messages by name."""
    return {attr: _value(kind, messages[attr], functions) for attr, kind, inferred, _ in op.definition()[2]
            if attr in messages and not inferred and kind != "closure"}


def _call(node, inputs: list, functions: Functions, name: str) -> list:
    """A call; one that is given variables becomes part of the caller, so that gradients find them."""
    function = node.attr["f"].func.name
    if any(t.dtype == dtypes.resource for t in inputs) and _lockstep.current_graph().building_function:
        return functions.inline(function, inputs, name + "/")
    return _lockstep.ops["PartitionedCall"].flat(inputs, {"f": functions.get(function)}, name)


def _bound(tensors: list) -> dict:
    return dict(enumerate(tensors))


def _if(node, inputs: list, functions: Functions, name: str) -> list:
    condition = inputs[0] if inputs[0].dtype == dtypes.bool else _lockstep.ops["Cast"](inputs[0], dtypes.bool)
    (then, _, a), (other, _, b) = (functions.trace(node.attr[branch].func.name, _bound(inputs[1:]))
                                   for branch in ("then_branch", "else_branch"))
    return _lockstep.branch(condition, then, a, other, b)


def _case(node, inputs: list, functions: Functions, name: str) -> list:
    branches = [functions.trace(f.name, _bound(inputs[1:])) for f in node.attr["branches"].list.func]
    return _lockstep.case(inputs[0], [graph for graph, _, _ in branches], [outputs for _, _, outputs in branches])


def _while(node, inputs: list, functions: Functions, name: str) -> list:
    """A loop; what its body gives back as it is becomes a capture."""
    condition, body = (node.attr[f].func.name for f in ("cond", "body"))
    fixed = functions.invariants(body)
    bound = {i: t for i, t in enumerate(inputs) if fixed[i]}
    noted = node.attr["output_shapes"].list.shape
    shapes = [shape_of(noted[i]) if i < len(noted) else None for i in range(len(inputs)) if not fixed[i]]
    test, test_inputs, holds = functions.trace(condition, bound, shapes)
    around, body_inputs, following = functions.trace(body, bound, shapes)
    changing = [t for t, f in zip(inputs, fixed) if not f]
    following = [t for t, f in zip(following, fixed) if not f]
    found = iter(_lockstep.loop(test, test_inputs, holds[0], around, body_inputs, following, changing))
    return [t if f else next(found) for t, f in zip(inputs, fixed)]


_CALLS = {"PartitionedCall": _call, "If": _if, "Case": _case, "While": _while}


def _value(kind: str, value, functions: Functions):
    """An attribute's message as the value that the op takes."""
    if kind == "type":
        return dtypes.as_dtype(value.type % 100)
    if kind == "shape":
        return shape_of(value.shape)
    if kind == "tensor":
        return tensor_of(value.tensor)
    if kind == "func":
        return functions.get(value.func.name)
    if kind == "list(type)":
        return [dtypes.as_dtype(t) for t in value.list.type]
    if kind == "list(int)":
        return list(value.list.i)
    if kind == "list(float)":
        return list(value.list.f)
    return {"string": value.s, "int": value.i, "float": value.f, "bool": value.b}[kind]


def import_graph_def(graph_def, input_map=None, return_elements=None, name=None, op_dict=None, producer_op_list=None):
    """Adds the graph's nodes to the current graph, under a scope."""
    prefix = "import/" if name is None else name.rstrip("/") + "/" if name else ""
    replaced = {key if ":" in key else key + ":0": tensor for key, tensor in (input_map or {}).items()}
    nodes = Nodes(graph_def.node, Functions(graph_def.library.function), {}, prefix, replaced)
    for node in graph_def.node:
        nodes.operation(node.name)
    if return_elements is not None:
        return [nodes.tensor(e) if ":" in e else nodes.operation(e) for e in return_elements]
    return None
