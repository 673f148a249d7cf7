# SPDX-License-Identifier: MIT
"""tf.saved_model.load."""
from __future__ import annotations

import os

import _lockstep

from ..checkpoint import bundle
from ..framework import dtypes
from ..framework.errors import UnimplementedError
from ..framework.importer import Functions
from ..framework.message import message_class
from ..framework.message_text import parse
from ..framework.ops import init_scope
from ..framework.tensor_proto import shape_of, tensor_of
from ..module import Module
from ..ops.variables import Variable
from .functions import RestoredFunction, bare, restored_concrete
from .structure import decode


def read(export_dir):
    """The SavedModel message of a folder."""
    folder = os.fspath(export_dir)
    binary, text = os.path.join(folder, "saved_model.pb"), os.path.join(folder, "saved_model.pbtxt")
    if os.path.isfile(binary):
        with open(binary, "rb") as file:
            return message_class("SavedModel").FromString(file.read())
    if os.path.isfile(text):
        with open(text, encoding="utf-8") as file:
            return parse(file.read(), message_class("SavedModel")())
    raise OSError(f"SavedModel file does not exist at: {folder}/{{saved_model.pbtxt|saved_model.pb}}")


def meta_graph(model, tags, folder: str):
    """The model's graph with just these tags."""
    wanted = None if tags is None else {tags} if isinstance(tags, str) else set(tags)
    if wanted is None and len(model.meta_graphs) == 1:
        return model.meta_graphs[0]
    for meta in model.meta_graphs:
        if set(meta.meta_info_def.tags) == (wanted or {"serve"}):
            return meta
    available = [set(meta.meta_info_def.tags) for meta in model.meta_graphs]
    raise RuntimeError(f"MetaGraphDef associated with tags {sorted(wanted or ())} could not be found in SavedModel, with "
                       f"available tags '{available}'. To inspect available tag-sets in the SavedModel, please use the "
                       f"SavedModel CLI: `saved_model_cli`. ({folder})")


class _UserObject(Module):
    """An object of a SavedModel, whose class is not known here."""

    def __init__(self, identifier: str = "", metadata: str = ""):
        self.__dict__.update(_identifier=identifier, _metadata=metadata)
        self._name = self._name_scope_name = "root"


def _class_of(names) -> type:
    """A class whose objects can be called, or measured, if they have such a function."""
    special = {name: _forward(name) for name in names if name.startswith("__") and name.endswith("__")}
    return type("_UserObject", (_UserObject,), {**special, "__module__": _UserObject.__module__}) if special else _UserObject


def _forward(name: str):
    def method(self, *args, **kwargs):
        return self.__dict__[name](*args, **kwargs)
    method.__name__ = name
    return method


class Signatures(dict):
    """Signatures by name."""

    def __repr__(self) -> str:
        return f"_SignatureMap({dict(self)!r})"


class _Loading:
    """A model that is being read."""

    def __init__(self, folder: str, meta):
        self.folder, self.meta, self.graph = folder, meta, meta.object_graph_def
        self.functions = Functions(meta.graph_def.library.function)
        self._constants = {node.name: node for node in meta.graph_def.node if node.op == "Const"}
        self.objects: list = [None] * len(self.graph.nodes)
        self._concrete: dict = {}

    def run(self, restore: bool):
        for functions in (False, True):         # these last, since they capture others
            for i, node in enumerate(self.graph.nodes):
                if (node.WhichOneof("kind") in ("function", "bare_concrete_function")) == functions:
                    self.objects[i] = self._object(node)
        if restore:
            self._restore()
        for value, node in zip(self.objects, self.graph.nodes):
            self._connect(value, node)
        return self.objects[0]

    def _object(self, node):
        kind = node.WhichOneof("kind")
        if kind == "variable":
            return self._variable(node.variable)
        if kind == "constant":
            return tensor_of(self._constants[node.constant.operation].attr["value"].tensor)
        if kind == "asset":
            name = self.meta.asset_file_def[node.asset.asset_file_def_index].filename
            return _lockstep.value(os.path.join(self.folder, "assets", name), dtypes.string)
        if kind == "function":
            return RestoredFunction(self, node.function)
        if kind == "bare_concrete_function":
            return bare(self, node.bare_concrete_function)
        identifier = node.user_object.identifier
        if identifier in ("trackable_list_wrapper", "trackable_tuple_wrapper"):
            return []
        if identifier == "trackable_dict_wrapper":
            return {}
        if identifier == "signature_map":
            return Signatures()
        return _class_of(c.local_name for c in node.children)(identifier or kind or "", node.user_object.metadata)

    def _variable(self, saved) -> Variable:
        from ..ops.variables import VariableAggregation, VariableSynchronization
        shape, dtype = shape_of(saved.shape), dtypes.as_dtype(saved.dtype)
        with init_scope():
            made = Variable.without_value(shape, dtype, saved.trainable, saved.name or "Variable")
        made.synchronization = VariableSynchronization(saved.synchronization)
        made.aggregation = VariableAggregation(saved.aggregation)
        return made

    def _connect(self, value, node) -> None:
        for child in node.children:
            item = self.objects[child.node_id]
            if isinstance(value, list):
                value.append(item)
            elif isinstance(value, dict):
                value[child.local_name] = item
            elif isinstance(value, _UserObject):
                try:
                    setattr(value, child.local_name, item)
                except AttributeError:          # a property of the same name gives it
                    value.__dict__[child.local_name] = item

    def _restore(self) -> None:
        """Variables' values, by the object graph of the checkpoint, which numbers the objects as this one does."""
        prefix = os.path.join(self.folder, "variables", "variables")
        if not bundle.exists(prefix):
            return
        reader = bundle.Reader(prefix)
        graph = message_class("TrackableObjectGraph").FromString(reader.get_tensor(bundle.OBJECT_GRAPH))
        for value, node in zip(self.objects, graph.nodes):
            if isinstance(value, Variable):
                for attribute in node.attributes:
                    if attribute.name == "VARIABLE_VALUE" and reader.has_tensor(attribute.checkpoint_key):
                        value.assign(reader.tensor(attribute.checkpoint_key))

    def concrete(self, name: str):
        """The concrete function of that name, traced when it is first asked for."""
        if name not in self._concrete:
            self._concrete[name] = restored_concrete(self, name)
        return self._concrete[name]

    def signature_of(self, name: str):
        """((arguments, keywords), result) as specs."""
        saved = self.graph.concrete_functions[name]
        return decode(saved.canonicalized_input_signature), decode(saved.output_signature)

    def captures_of(self, name: str) -> list:
        bound = [self.objects[i] for i in self.graph.concrete_functions[name].bound_inputs]
        for value in bound:
            if not isinstance(value, (Variable, _lockstep.Tensor)):
                raise UnimplementedError(None, None, f"Function {name} needs a resource that is no variable, such as a lookup "
                                         "table; these are not read")
        return [v.handle if isinstance(v, Variable) else v for v in bound]


def load(export_dir, tags=None, options=None):
    """The object of a SavedModel, with its variables and functions."""
    folder = os.fspath(export_dir)
    meta = meta_graph(read(folder), tags, folder)
    restore = not getattr(options, "experimental_skip_checkpoint", False)
    if not meta.HasField("object_graph_def"):
        from .legacy import load_legacy
        return load_legacy(folder, meta, restore)
    root = _Loading(folder, meta).run(restore)
    if isinstance(root, _UserObject):
        root.__dict__.setdefault("signatures", Signatures())
        root.__dict__["tensorflow_version"] = meta.meta_info_def.tensorflow_version
        root.__dict__["graph_debug_info"] = None
    return root
