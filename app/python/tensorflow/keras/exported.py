# SPDX-License-Identifier: MIT
"""Keras models as SavedModels: with their configuration if they have one, and the traces of their call."""
from __future__ import annotations

import json

from .. import nest
from ..eager.def_function import function
from ..framework.tensor_spec import TensorSpec


def input_specs(model):
    """What the model takes, as specs with an open batch dimension."""
    spec = getattr(model, "_call_specs", None)
    if hasattr(model, "inputs_structure"):
        return nest.map_structure(lambda t: TensorSpec(t.shape, t.dtype, t.name), model.inputs_structure)
    if spec is not None:
        return spec
    shape = getattr(model, "_input_shape_hint", None)
    if shape is None:
        raise ValueError(f"Model {model!r} cannot be saved either because the input shape is not available or because the forward "
                         "pass of the model is not defined. To define a forward pass, please override `Model.call()`. To specify "
                         "an input shape, either call `build(input_shape)` directly, or call the model on actual data using "
                         "`Model()`, `Model.fit()`, or `Model.predict()`.")
    name = f"{model.layers[0].name}_input" if model.layers else "input_1"
    return TensorSpec((None, *tuple(shape)[1:]), model.dtype, name)


def output_names(model) -> list:
    names = [t.node.layer.name if t.node is not None and t.node.layer is not None else t.name
             for t in nest.flatten(model.outputs_structure)] if hasattr(model, "outputs_structure") else None
    if names is None:
        names = [model.layers[-1].name] if type(model).__name__ == "Sequential" and model.layers else None
    return names or []


def default_signature(model):
    """A function of the inputs by name that gives the outputs by name."""
    specs = nest.flatten(input_specs(model))
    structure = input_specs(model)

    def serve(*args):
        found = nest.flatten(model(nest.pack_sequence_as(structure, list(args)), training=False)
                             if model._training_aware() else model(nest.pack_sequence_as(structure, list(args))))
        names = output_names(model)
        names = names if len(names) == len(found) else [f"output_{i + 1}" for i in range(len(found))]
        return dict(zip(names, found))
    return function(serve, input_signature=[TensorSpec(s.shape, s.dtype, s.name or f"args_{i}")
                                            for i, s in enumerate(specs)]).get_concrete_function()


def call_function(model):
    """The model's call, traced for both modes."""
    aware = model._training_aware()

    def call(inputs, training=False):
        return model(inputs, training=training) if aware else model(inputs)
    traced = function(call)
    specs = input_specs(model)
    traced.get_concrete_function(specs, training=False)
    if aware:
        traced.get_concrete_function(specs, training=True)
    return traced


def save_saved_model(model, path: str, signatures=None) -> None:
    from ..saved_model import save
    model._exporting = {"__call__": call_function(model)}
    try:
        save(model, path, signatures if signatures is not None else default_signature(model))
    finally:
        del model._exporting


def saved_kind(model) -> tuple[str, str]:
    """What a SavedModel notes of it."""
    from .persist import _describe
    kind = {"Sequential": "_tf_keras_sequential"}.get(type(model).__name__, "_tf_keras_model")
    try:
        return kind, json.dumps(_describe(model))
    except (TypeError, NotImplementedError, ValueError):
        return kind, ""


def load_saved_model(path: str, custom_objects, compile: bool):  # noqa: A002
    """The model by its configuration, if its classes are known; else what was traced, as a layer."""
    from ..saved_model.load import load, meta_graph, read
    from ..train import Checkpoint
    from .persist import _revive
    meta = meta_graph(read(path), None, path)
    described = meta.object_graph_def.nodes[0].user_object.metadata if meta.object_graph_def.nodes else ""
    if described.startswith("{"):
        try:
            model = _revive(json.loads(described), custom_objects, compile, False)
        except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError):
            return _Restored(load(path))
        Checkpoint(model).read(f"{path}/variables/variables")
        return model
    return _Restored(load(path))


def _Restored(loaded):  # noqa: N802  makes a model
    """A model of unknown class: its call is the one that was saved."""
    from .models import Model

    class Restored(Model):
        def call(self, inputs, training=False):
            own = self._loaded[0]
            return own(inputs, training=training) if hasattr(own, "__call__") and "__call__" in vars(own) \
                else own.signatures["serving_default"](inputs)

        signatures = property(lambda self: self._loaded[0].signatures)
        variables = weights = property(lambda self: list(self._loaded[0].variables))
        trainable_variables = trainable_weights = property(lambda self: list(self._loaded[0].trainable_variables))
        non_trainable_variables = non_trainable_weights = property(
            lambda self: [v for v in self._loaded[0].variables if not v.trainable])
    model = Restored()
    model._loaded = (loaded,)
    model.built = True
    return model
