# SPDX-License-Identifier: MIT
"""tf.graph_util: parts of GraphDefs, and variables made constants."""
from __future__ import annotations

import _lockstep

from ...framework.graph_def import GraphDef, NodeDef, attr_value
from ...framework.importer import import_graph_def  # noqa: F401

_PLAIN = ("Identity", "CheckNumerics")


def _inputs(node) -> list:
    return [name.lstrip("^").split(":")[0] for name in node.input]


def extract_sub_graph(graph_def, dest_nodes):
    """The nodes that these need, in their order."""
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    nodes = {node.name: node for node in graph_def.node}
    for name in dest_nodes:
        if name not in nodes:
            raise AssertionError(f"{name} is not in graph")
    wanted, waiting = set(), list(dest_nodes)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += _inputs(nodes[name])
    made = GraphDef()
    made.node.extend(node for node in graph_def.node if node.name in wanted)
    made.library.CopyFrom(graph_def.library)
    made.versions.CopyFrom(graph_def.versions)
    return made


def convert_variables_to_constants(sess, input_graph_def, output_node_names, variable_names_whitelist=None,
                                   variable_names_blacklist=None):
    """The part of a session's graph that gives these nodes, with the values of its variables in place of them."""
    made = extract_sub_graph(input_graph_def, output_node_names)
    handles = {}
    for node in made.node:
        if node.op != "VarHandleOp" or (variable_names_whitelist is not None and node.name not in variable_names_whitelist) \
                or (variable_names_blacklist is not None and node.name in variable_names_blacklist):
            continue
        handles[node.name] = node
    values = _values(sess, handles)
    result = GraphDef()
    result.node.extend(_constant(node, values) for node in made.node)
    result.library.CopyFrom(made.library)
    result.versions.CopyFrom(made.versions)
    return result


def _values(sess, handles: dict) -> dict:
    """The values of variables by the names of their handles."""
    known = {v.handle.op.name: v for v in sess.graph.get_collection("variables") + sess.graph.get_collection("local_variables")}
    missing = [name for name in handles if name not in known]
    if missing:
        raise ValueError(f"there is no variable of the graph for {missing[0]}")
    return dict(zip(handles, sess.run([known[name] for name in handles])))


def _constant(node, values: dict):
    """Handles become constants; what reads them, the constants themselves."""
    if node.op == "VarHandleOp" and node.name in values:
        made = NodeDef(name=node.name, op="Const")
        made.attr["dtype"] = node.attr["dtype"]
        made.attr["value"] = attr_value("tensor", _lockstep.value(values[node.name]))
        return made
    if node.op in ("ReadVariableOp", "ResourceGather") and node.input[0] in values:
        made = NodeDef(name=node.name, op="Identity" if node.op == "ReadVariableOp" else "GatherV2")
        made.input.extend(node.input)
        if node.op == "ReadVariableOp":
            made.attr["T"] = node.attr["dtype"]
            return made
        raise NotImplementedError(f"{node.name}: rows of a variable (ResourceGather) are not made constants yet")
    return node


def remove_training_nodes(input_graph, protected_nodes=None):
    """Without the nodes that only pass a value on."""
    protected = set(protected_nodes or [])
    controls = {name.lstrip("^") for node in input_graph.node for name in node.input if name.startswith("^")}
    sources = {node.name: node.input[0] for node in input_graph.node
               if node.op in _PLAIN and node.name not in protected and node.name not in controls and len(node.input) == 1}

    def source(name: str) -> str:
        while name in sources:
            name = sources[name]
        return name
    made = GraphDef()
    for node in input_graph.node:
        if node.name in sources:
            continue
        copy = NodeDef()
        copy.CopyFrom(node)
        del copy.input[:]
        copy.input.extend(source(name) for name in node.input)
        made.node.append(copy)
    made.library.CopyFrom(input_graph.library)
    made.versions.CopyFrom(input_graph.versions)
    return made


def must_run_on_cpu(node, pin_variables_on_cpu=False) -> bool:
    return True


def tensor_shape_from_node_def_name(graph, input_name):
    return graph.get_tensor_by_name(input_name if ":" in input_name else input_name + ":0").shape
