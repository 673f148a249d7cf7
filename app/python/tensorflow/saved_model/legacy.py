# SPDX-License-Identifier: MIT
"""SavedModels of TensorFlow 1: a graph with signatures, and variables by name."""
from __future__ import annotations

import os

import _lockstep

from ..checkpoint import bundle
from ..eager.def_function import ConcreteFunction
from ..framework import dtypes
from ..framework.graph_def import GraphDef
from ..framework.importer import Functions, Nodes
from ..framework.message import message_class
from ..framework.ops import FuncGraph
from ..framework.tensor_proto import shape_of
from ..framework.tensor_spec import TensorSpec
from ..module import Module
from ..ops.variables import Variable

VARIABLES = ("VarHandleOp", "VariableV2", "Variable")


class LegacyModel(Module):
    """The graph of a version 1 SavedModel, its parts to be called."""

    def __init__(self, folder: str, meta):
        super().__init__("legacy_model")
        self._meta, self._functions = meta, Functions(meta.graph_def.library.function)
        self._own: dict[str, Variable] = {}
        self._assets = _assets(folder, meta)
        self.signatures: dict = {}

    variables = property(lambda self: list(self._own.values()))
    trainable_variables = property(lambda self: [v for v in self._own.values() if v.trainable])

    def add_variables(self, reader, trainable: set) -> None:
        for node in self._meta.graph_def.node:
            if node.op not in VARIABLES:
                continue
            name = (node.attr["shared_name"].s.decode() if "shared_name" in node.attr else "") or node.name
            variable = Variable.without_value(shape_of(node.attr["shape"].shape), dtypes.as_dtype(node.attr["dtype"].type % 100),
                                              node.name in trainable, node.name)
            if reader is not None and reader.has_tensor(name):
                variable.assign(reader.tensor(name))
            self._own[node.name] = variable

    def _nodes(self, replaced: dict) -> Nodes:
        """The graph, with these in place of their tensors, and our variables in place of its own."""
        for node in self._meta.graph_def.node:
            if node.op == "VarHandleOp" and node.name in self._own:
                replaced[node.name + ":0"] = self._own[node.name].handle
        return LegacyNodes(self._meta.graph_def.node, self._functions, self._own, replaced)

    def prune(self, feeds, fetches, name="pruned", keywords=False) -> ConcreteFunction:
        """The part of the graph that gives fetches (names, or a dict of these) of feeds."""
        from .. import nest
        feeds = [f if isinstance(f, str) else f.name for f in nest.flatten(feeds)]
        graph = FuncGraph(name)
        by_name = {node.name: node for node in self._meta.graph_def.node}
        with graph.as_default():
            inputs = []
            for feed in feeds:
                node = by_name[feed.split(":")[0]]
                shape = shape_of(node.attr["shape"].shape) if "shape" in node.attr else None
                dtype = dtypes.as_dtype(node.attr["dtype" if "dtype" in node.attr else "T"].type)
                inputs.append(_lockstep.placeholder(node.name.rpartition("/")[2], dtype, shape))
            nodes = self._nodes({**self._assets, **{f if ":" in f else f + ":0": t for f, t in zip(feeds, inputs)}})
            result = nest.map_structure(lambda f: _lockstep.ops["Identity"](nodes.tensor(f if isinstance(f, str) else f.name)),
                                        fetches)
        specs = tuple(TensorSpec(t.shape, t.dtype, t.op.name) for t in inputs)
        made = ConcreteFunction.of_result(f"__inference_{name}_{graph._id}", graph, inputs, result, specs)
        made._keeps = self
        return made

    def add_signatures(self) -> None:
        for key, definition in self._meta.signature_def.items():
            if key == "__saved_model_init_op":
                continue
            names = list(definition.inputs)
            try:
                made = self.prune([definition.inputs[n].name for n in names],
                                  {n: info.name for n, info in definition.outputs.items()}, "signature_wrapper")
            except Exception as error:          # whatever is wrong with it is said when it is called
                from .functions import Unavailable
                self.signatures[key] = Unavailable(key, error)
                continue
            made._argument_names = names
            made._signature = (), {n: TensorSpec(s.shape, s.dtype, n) for n, s in zip(names, made._signature[0])}
            self.signatures[key] = made


class LegacyNodes(Nodes):
    """Nodes among which there are reference variables."""

    def __init__(self, nodes, functions, variables: dict, replaced: dict, prefix: str = ""):
        super().__init__(nodes, functions, {}, prefix, replaced)
        self._variables = variables

    def _build(self, node):
        if node.op in ("VariableV2", "Variable"):
            value = self._variables[node.name].read_value()
            return [value], value.op
        if node.op in ("Assign", "AssignAdd", "AssignSub"):
            variable = self._variables[node.input[0].split(":")[0]]
            value = self.tensor(node.input[1])
            change = {"Assign": variable.assign, "AssignAdd": variable.assign_add, "AssignSub": variable.assign_sub}[node.op]
            change(value)
            value = variable.read_value()
            return [value], value.op
        return super()._build(node)


def _assets(folder: str, meta) -> dict:
    """What the tensors that name assets stand for."""
    return {info.tensor_info.name: _lockstep.value(os.path.join(folder, "assets", info.filename), dtypes.string)
            for info in meta.asset_file_def}


def _trainable_names(meta) -> set:
    found = set()
    for data in meta.collection_def["trainable_variables"].bytes_list.value if "trainable_variables" in meta.collection_def \
            else []:
        found.add(message_class("VariableDef").FromString(data).variable_name.split(":")[0])
    return found


def load_legacy(folder: str, meta, restore: bool) -> LegacyModel:
    prefix = os.path.join(folder, "variables", "variables")
    reader = bundle.Reader(prefix) if restore and bundle.exists(prefix) else None
    model = LegacyModel(folder, meta)
    model.add_variables(reader, _trainable_names(meta))
    model.add_signatures()
    model.graph_def = GraphDef.FromString(meta.graph_def.SerializeToString())
    return model
