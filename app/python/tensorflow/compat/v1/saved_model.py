# SPDX-License-Identifier: MIT
"""tf.compat.v1.saved_model: a session's graph and variables as a SavedModel, and back."""
from __future__ import annotations

import os
import types

from ...checkpoint import bundle
from ...framework import ops
from ...framework.message import message_class
from ...framework.ops import GraphKeys
from ...saved_model import *  # noqa: F401,F403
from ...saved_model import (ASSETS_DIRECTORY, CLASSIFY_METHOD_NAME, DEFAULT_SERVING_SIGNATURE_DEF_KEY,  # noqa: F401
                            PREDICT_METHOD_NAME, REGRESS_METHOD_NAME, contains_saved_model)
from ...saved_model.load import meta_graph, read
from ...saved_model.save import tensor_info
from .meta_graph import into_graph, of_graph


def build_tensor_info(tensor):
    if not hasattr(tensor, "op"):
        raise RuntimeError("`build_tensor_info` is not supported in Eager mode.")
    return tensor_info(tensor)


def build_signature_def(inputs=None, outputs=None, method_name=None, defaults=None):
    made = message_class("SignatureDef")(method_name=method_name or "")
    for target, given in ((made.inputs, inputs), (made.outputs, outputs)):
        for name, info in (given or {}).items():
            target[name] = info
    return made


def predict_signature_def(inputs, outputs):
    """A signature of tensors by name."""
    if not inputs or not outputs:
        raise ValueError(f"Prediction {'inputs' if not inputs else 'outputs'} cannot be None or empty.")
    return build_signature_def({k: tensor_info(ops.convert_to_tensor(t)) for k, t in inputs.items()},
                               {k: tensor_info(ops.convert_to_tensor(t)) for k, t in outputs.items()}, PREDICT_METHOD_NAME)


def regression_signature_def(examples, predictions):
    return build_signature_def({"inputs": tensor_info(examples)}, {"outputs": tensor_info(predictions)}, REGRESS_METHOD_NAME)


def classification_signature_def(examples, classes, scores):
    outputs = {name: tensor_info(t) for name, t in (("classes", classes), ("scores", scores)) if t is not None}
    return build_signature_def({"inputs": tensor_info(examples)}, outputs, CLASSIFY_METHOD_NAME)


def is_valid_signature(signature_def) -> bool:
    return bool(signature_def.inputs and signature_def.outputs and signature_def.method_name)


class Builder:
    """Gathers graphs with their tags, and writes them."""

    def __init__(self, export_dir):
        self._folder = os.fspath(export_dir)
        if os.path.isdir(self._folder) and os.listdir(self._folder):
            raise AssertionError(f"Export directory {self._folder} already exists, and isn't empty. Please choose a different "
                                 "export directory, or delete all the contents of the specified directory.")
        self._model = message_class("SavedModel")(saved_model_schema_version=1)

    def add_meta_graph_and_variables(self, sess, tags, signature_def_map=None, assets_collection=None, clear_devices=False,
                                     init_op=None, train_op=None, strip_default_attrs=False, saver=None, **kwargs) -> None:
        if len(self._model.meta_graphs):
            raise AssertionError("Graph state including variables and assets has already been saved. Please invoke "
                                 "`add_meta_graph()` instead.")
        variables = sess.graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        named = {v._shared_name: v for v in variables}
        if named:
            bundle.write(os.path.join(self._folder, "variables", "variables"),
                         dict(zip(named, sess.run(list(named.values())))))
        self._add(sess.graph, tags, signature_def_map)

    def add_meta_graph(self, tags, signature_def_map=None, **kwargs) -> None:
        if not len(self._model.meta_graphs):
            raise AssertionError("Graph state including variables and assets has not been saved yet. Please invoke "
                                 "`add_meta_graph_and_variables()` first.")
        self._add(ops.get_default_graph(), tags, signature_def_map)

    def _add(self, graph, tags, signatures) -> None:
        from ... import __version__
        meta = of_graph(graph, tags)
        meta.meta_info_def.tensorflow_version = __version__
        for key, definition in (signatures or {}).items():
            meta.signature_def[key] = definition
        self._model.meta_graphs.append(meta)

    def save(self, as_text=False) -> bytes:
        os.makedirs(os.path.join(self._folder, "variables"), exist_ok=True)
        path = os.path.join(self._folder, "saved_model.pbtxt" if as_text else "saved_model.pb")
        with open(path, "wb") as file:
            file.write(str(self._model).encode() if as_text else self._model.SerializeToString())
        return path.encode()


SavedModelBuilder = Builder


def simple_save(session, export_dir, inputs, outputs, legacy_init_op=None) -> None:
    builder = Builder(export_dir)
    builder.add_meta_graph_and_variables(session, ["serve"], {
        DEFAULT_SERVING_SIGNATURE_DEF_KEY: predict_signature_def(inputs, outputs)})
    builder.save()


def load(sess, tags, export_dir, import_scope=None, **saver_kwargs):
    """Adds a SavedModel's graph to the session's, with the values of its variables. The graph's message."""
    folder = os.fspath(export_dir)
    meta = meta_graph(read(folder), tags, folder)
    with sess.graph.as_default():
        variables = into_graph(meta, import_scope or "")
    prefix = os.path.join(folder, "variables", "variables")
    if bundle.exists(prefix):
        reader = bundle.Reader(prefix)
        keys = _keys_of(meta, reader)
        for variable in variables:
            name = variable._shared_name.removeprefix((import_scope or "") + "/")
            sess._set(variable, reader.get_tensor(keys.get(name, name)))
    return meta


def _keys_of(meta, reader) -> dict:
    """For version 2 models, whose variables are known by the ways to them: shared name → key."""
    if not reader.has_tensor(bundle.OBJECT_GRAPH):
        return {}
    graph = message_class("TrackableObjectGraph").FromString(reader.get_tensor(bundle.OBJECT_GRAPH))
    return {attribute.full_name: attribute.checkpoint_key for node in graph.nodes for attribute in node.attributes}


def maybe_saved_model_directory(export_dir) -> bool:
    return contains_saved_model(export_dir)


_here = globals()
builder, loader, utils, signature_def_utils, main_op = (types.SimpleNamespace(**{n: _here[n] for n in names}) for names in (
    ("SavedModelBuilder",), ("load", "maybe_saved_model_directory"), ("build_tensor_info",),
    ("build_signature_def", "predict_signature_def", "regression_signature_def", "classification_signature_def",
     "is_valid_signature"), ()))
constants = signature_constants = tag_constants = types.SimpleNamespace(
    **{n: v for n, v in _here.items() if n.isupper()})
