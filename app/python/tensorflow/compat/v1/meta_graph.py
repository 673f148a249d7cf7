# SPDX-License-Identifier: MIT
"""Graphs with their collections: MetaGraphDefs, as version 1 keeps them beside checkpoints and in SavedModels."""
from __future__ import annotations

import os

import _lockstep

from ...framework import dtypes, ops
from ...framework.graph_def import graph_def
from ...framework.importer import Functions, Nodes
from ...framework.message import message_class
from ...framework.message_text import parse
from ...framework.ops import GraphKeys
from ...framework.tensor_proto import shape_of
from ...ops import variables
from ...ops.variables import Variable

_OF_VARIABLES = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES, GraphKeys.LOCAL_VARIABLES)


def of_graph(graph, tags=()):
    """The graph as a message."""
    meta = message_class("MetaGraphDef")()
    meta.meta_info_def.tags = list(tags)
    meta.graph_def = graph_def(graph)
    for name in graph.get_all_collection_keys():
        values = graph.get_collection(name)
        if name in _OF_VARIABLES:
            meta.collection_def[name].bytes_list.value = [_variable_def(v).SerializeToString() for v in values]
        elif values and all(isinstance(v, (_lockstep.Tensor, _lockstep.Operation)) for v in values):
            meta.collection_def[name].node_list.value = [v.name for v in values]
    return meta


def _variable_def(variable):
    return message_class("VariableDef")(
        variable_name=variable.name, initializer_name=variable.initializer.name, snapshot_name=variable._snapshot.name,
        initial_value_name=variable.initial_value.name, is_resource=True, trainable=variable.trainable)


def into_graph(meta, scope: str = "", input_map=None) -> list:
    """Adds the nodes and collections to the default graph. The variables."""
    graph = ops.get_default_graph()
    prefix = scope.rstrip("/") + "/" if scope else ""
    replaced = {key if ":" in key else key + ":0": tensor for key, tensor in (input_map or {}).items()}
    definition = meta.graph_def
    made: dict = _lifted(definition, replaced) if graph.building_function else {}
    nodes = Nodes(definition.node, Functions(definition.library.function), {}, prefix, replaced)
    with graph.as_default():
        for node in definition.node:
            if node.name + ":0" not in replaced and node.op not in ("SaveV2", "RestoreV2") and not node.name.startswith("save/") and node.name != "saver_filename":
                nodes.operation(node.name)
        for name in _OF_VARIABLES:
            for data in meta.collection_def[name].bytes_list.value if name in meta.collection_def else ():
                saved = message_class("VariableDef").FromString(data)
                if saved.variable_name not in made:
                    made[saved.variable_name] = _variable(graph, saved, nodes)
                graph.add_to_collection(name, made[saved.variable_name])
        for name, collection in meta.collection_def.items():
            for element in collection.node_list.value:
                graph.add_to_collection(name, nodes.tensor(element) if ":" in element else nodes.operation(element))
        for node in definition.node:
            if node.op == "VarHandleOp" and node.name + ":0" not in replaced and not any(_handle_name(v) == node.name for v in made):
                made[node.name] = _bare_variable(graph, node, nodes)
    return list(made.values())


def _lifted(definition, replaced: dict) -> dict:
    """Variables of a graph that becomes a function's: they live outside of it, without a value yet."""
    made = {}
    for node in definition.node:
        if node.op == "VarHandleOp" and node.name + ":0" not in replaced:
            variable = Variable.without_value(shape_of(node.attr["shape"].shape), dtypes.as_dtype(node.attr["dtype"].type), True,
                                              node.name)
            for observe in variables._observers[-1:]:
                observe(variable)
            made[node.name + ":0"] = variable
            replaced[node.name + ":0"] = variable.handle
    return made


def _handle_name(variable_name: str) -> str:
    return variable_name.split(":")[0]


def _variable(graph, saved, nodes: Nodes) -> Variable:
    handle = nodes.tensor(_handle_name(saved.variable_name))
    variable = _of_handle(handle, handle.op._attr("dtype"), handle.op._attr("shape"), saved.trainable)
    variable._initializer = nodes.operation(saved.initializer_name)
    variable._snapshot = nodes.tensor(saved.snapshot_name)
    variable._initial_value = nodes.tensor(saved.initial_value_name)
    return variable


def _bare_variable(graph, node, nodes: Nodes) -> Variable:
    """One that no collection speaks of, as those of version 2 models."""
    return _of_handle(nodes.tensor(node.name), dtypes.as_dtype(node.attr["dtype"].type), shape_of(node.attr["shape"].shape), True)


def _of_handle(handle, dtype, shape, trainable: bool) -> Variable:
    variable = Variable.__new__(Variable)
    variable._trainable, variable.constraint, variable._name = trainable, None, handle.op.name + ":0"
    variable._place(handle, dtype, shape)
    variable._initializer = handle.op
    variable._snapshot = _lockstep.ops["ReadVariableOp"](handle, dtype)
    return variable


def export_meta_graph(filename=None, graph=None, as_text=False, **kwargs):
    meta = of_graph(graph or ops.get_default_graph())
    if filename:
        if os.path.dirname(filename):
            os.makedirs(os.path.dirname(filename), exist_ok=True)
        with open(filename, "wb") as file:
            file.write(str(meta).encode() if as_text else meta.SerializeToString())
    return meta


def read_meta_graph(path):
    with open(path, "rb") as file:
        data = file.read()
    try:
        return message_class("MetaGraphDef").FromString(data)
    except ValueError:
        return parse(data.decode(), message_class("MetaGraphDef")())


def import_meta_graph(meta_graph_or_file, clear_devices=False, import_scope=None, **kwargs):
    """Adds the graph of a file to the default graph; a saver of its variables, if it has any."""
    from .train import Saver
    meta = read_meta_graph(meta_graph_or_file) if isinstance(meta_graph_or_file, (str, os.PathLike)) else meta_graph_or_file
    variables = into_graph(meta, import_scope or "", kwargs.get("input_map"))
    return Saver({v._shared_name.removeprefix((import_scope or "") + "/"): v for v in variables}) if variables else None
