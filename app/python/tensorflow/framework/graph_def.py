# SPDX-License-Identifier: MIT
"""Graphs and functions as TensorFlow's GraphDef and FunctionDef."""
from __future__ import annotations

import re

import _lockstep

from .message import message_class
from .tensor_proto import proto_of, shape_proto

GraphDef, NodeDef, FunctionDef, AttrValue = map(message_class, ("GraphDef", "NodeDef", "FunctionDef", "AttrValue"))
PRODUCER = 1286         # TensorFlow 2.12's version of GraphDefs

# What TensorFlow calls the attribute with the dtypes of a list of tensors of any dtypes; "T" for the others.
_LIST_TYPES = {"EagerPyFunc": "Tin", "PyFunc": "Tin", "PyFuncStateless": "Tin", "PartitionedCall": "Tin", "If": "Tin", "Case": "Tin"}
_NAMES = {"PartitionedCall": "StatefulPartitionedCall"}


class Library:
    """The functions that a graph needs, each under a name of its own."""

    def __init__(self):
        self.functions: dict[str, object] = {}
        self._names: dict = {}

    def name(self, function, through: int = 0) -> str:
        """Its name, after adding it. through: how many of its last inputs it shall give behind its outputs, as the body
        of a TensorFlow loop does."""
        key = (function.graph._id, tuple(t._identity() for t in function.outputs), through)
        if key not in self._names:
            wanted = re.sub(r"[^\w.]", "_", function.name)
            name = wanted if wanted not in self.functions else f"{wanted}_{len(self.functions)}"
            self._names[key], self.functions[name] = name, None
            self.functions[name] = function_def(name, function.graph, function.inputs, function.outputs
                                                + (function.inputs[-through:] if through else []), self)
        return self._names[key]

    def add(self, definition) -> None:
        self.functions[definition.signature.name] = definition


def graph_def(graph, library: Library | None = None, nodes=None):
    """All of a graph, or some of its operations."""
    library = library or Library()
    made = GraphDef(versions={"producer": PRODUCER})
    made.node.extend(_node(op, library, _plain_input) for op in (graph.get_operations() if nodes is None else nodes))
    made.node.extend(getattr(graph, "_extra_nodes", ()))
    made.library.function.extend(library.functions.values())
    return made


def _plain_input(tensor) -> str:
    return tensor.op.name if tensor.value_index == 0 else f"{tensor.op.name}:{tensor.value_index}"


def function_def(name: str, graph, inputs: list, outputs: list, library: Library):
    """A function of its inputs, captures among them."""
    arguments = {t._identity(): a for t, a in zip(inputs, _argument_names(inputs))}

    def source(tensor) -> str:
        argument = arguments.get(tensor._identity())
        return argument if argument is not None else f"{tensor.op.name}:{_output_place(tensor.op, tensor.value_index)}"
    made = FunctionDef()
    made.signature.name = name
    for tensor in inputs:
        made.signature.input_arg.add(name=arguments[tensor._identity()], type=tensor.dtype.as_datatype_enum)
    taken: set[str] = set()
    for tensor in outputs:
        output = _free_name(tensor.op.name.rpartition("/")[2].lower(), taken)
        made.signature.output_arg.add(name=output, type=tensor.dtype.as_datatype_enum)
        made.ret[output] = source(tensor)
    own = {t.op.name for t in inputs}
    for op in graph.get_operations():
        if op.name in own:
            continue
        made.node_def.append(_node(op, library, source, own))
        if _lockstep.ops[op.type].definition()[3] and op.type not in ("VarHandleOp", "ReadVariableOp"):
            made.control_ret[op.name] = op.name
            made.signature.control_output.append(op.name)
    made.signature.is_stateful = bool(made.control_ret)
    made.attr["_construction_context"].s = b"kEagerRuntime"
    return made


def _free_name(wanted: str, taken: set) -> str:
    """wanted as an argument may be called, and with a number when it is taken."""
    base = re.sub(r"[^a-z0-9_]", "_", wanted)
    base = base if base[:1].isalpha() else "arg_" + base
    name, n = base, 0
    while name in taken:
        n += 1
        name = f"{base}_{n}"
    taken.add(name)
    return name


def _argument_names(inputs: list) -> list[str]:
    taken: set[str] = set()
    return [_free_name(t.op.name.lower(), taken) for t in inputs]


def _output_place(op, index: int) -> str:
    """ "product:0": the output's name, and the place in it."""
    outputs = _lockstep.ops[op.type].definition()[1]
    if len(outputs) == 1:
        return f"{outputs[0][0]}:{index}"
    return f"{outputs[index][0]}:0"


def _node(op, library: Library, source, own=frozenset()):
    node = NodeDef(name=op.name, op=_NAMES.get(op.type, op.type))
    node.input.extend(source(t) for t in op.inputs)
    node.input.extend("^" + c.name for c in op.control_inputs if c.name not in own)
    special = {"While": _while_attrs, "If": _if_attrs, "Case": _case_attrs, "PartitionedCall": _call_attrs}.get(op.type)
    if special is not None:
        special(op, node.attr, library)
    else:
        _attrs(op, node.attr)
    return node


def _types(tensors: list):
    return AttrValue(list={"type": [t.dtype.as_datatype_enum for t in tensors]})


def _function(name: str):
    return AttrValue(func={"name": name})


def _shapes(tensors: list):
    return AttrValue(list={"shape": [shape_proto(t.shape).plain() for t in tensors]})


def _call_attrs(op, attrs, library: Library) -> None:
    attrs["f"] = _function(library.name(op._attr("f")))
    attrs["Tin"], attrs["Tout"] = _types(op.inputs), _types(op.outputs)
    for name in ("config", "config_proto", "executor_type"):
        attrs[name] = AttrValue(s=b"")


def _if_attrs(op, attrs, library: Library) -> None:
    for name in ("then_branch", "else_branch"):
        attrs[name] = _function(library.name(op._attr(name)))
    attrs["Tcond"] = AttrValue(type=op.inputs[0].dtype.as_datatype_enum)
    attrs["Tin"], attrs["Tout"], attrs["output_shapes"] = _types(op.inputs[1:]), _types(op.outputs), _shapes(op.outputs)


def _case_attrs(op, attrs, library: Library) -> None:
    attrs["branches"] = AttrValue(list={"func": [{"name": library.name(f)} for f in op._attr("branches")]})
    attrs["Tin"], attrs["Tout"], attrs["output_shapes"] = _types(op.inputs[1:]), _types(op.outputs), _shapes(op.outputs)


def _while_attrs(op, attrs, library: Library) -> None:
    """TensorFlow's loops give all that they take; ours only what changes."""
    attrs["cond"] = _function(library.name(op._attr("cond")))
    attrs["body"] = _function(library.name(op._attr("body"), len(op.inputs) - len(op.outputs)))
    attrs["T"], attrs["output_shapes"] = _types(op.inputs), _shapes(op.inputs)
    attrs["parallel_iterations"] = AttrValue(i=10)


def _attrs(op, attrs) -> None:
    inputs, outputs, declared, _ = _lockstep.ops[op.type].definition()
    for name, kind, inferred, _ in declared:
        if kind == "closure":
            continue
        if inferred:
            attrs[name] = _inferred(op, name, kind, inputs, outputs)
        else:
            attrs[name] = attr_value(kind, op._attr(name))
    for name, dtype, type_attr, is_list, _ in inputs:
        if is_list and not dtype and type_attr is None:
            attrs[_LIST_TYPES.get(op.type, "T")] = _types(op.inputs[len(inputs) - 1:])


def _inferred(op, name: str, kind: str, inputs: list, outputs: list):
    """An attribute that the tensors tell."""
    n_lists = sum(i[3] for i in inputs)
    length = (len(op.inputs) - (len(inputs) - n_lists)) // n_lists if n_lists else 0
    if kind == "int":
        return AttrValue(i=length)
    place = 0
    for _, _, type_attr, is_list, _ in inputs:
        n = length if is_list else 1
        if type_attr == name and n > 0:
            return AttrValue(type=op.inputs[place].dtype.as_datatype_enum)
        place += n
    for tensor, (_, _, type_attr, _, _) in zip(op.outputs, outputs):
        if type_attr == name:
            return AttrValue(type=tensor.dtype.as_datatype_enum)
    return AttrValue(type=1)


def attr_value(kind: str, value):
    """An attribute's value as a message."""
    if kind == "type":
        return AttrValue(type=value.as_datatype_enum)
    if kind == "shape":
        return AttrValue(shape=shape_proto(value).plain())
    if kind == "tensor":
        return AttrValue(tensor=proto_of(value).plain())
    if kind == "string":
        return AttrValue(s=value if isinstance(value, bytes) else value.encode())
    if kind == "list(type)":
        return AttrValue(list={"type": [v.as_datatype_enum for v in value]})
    if kind in ("list(int)", "list(float)"):
        return AttrValue(list={"i" if kind == "list(int)" else "f": list(value)})
    return AttrValue(**{{"bool": "b", "int": "i", "float": "f"}[kind]: value})
