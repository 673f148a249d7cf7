# SPDX-License-Identifier: MIT
"""Keras models in files: a .keras archive (configuration and weights), or a SavedModel's folder."""
from __future__ import annotations

import io
import json
import os
import zipfile
from typing import Any

import numpy as np
import _lockstep

from .. import nest
from ..checkpoint.bundle import OBJECT_GRAPH
from ..checkpoint.trackable import Restoring, Walk, checkpoint_tensors
from ..framework.errors import NotFoundError
from .saving import custom_object_scope, deserialize_keras_object, serialize_keras_object

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.npz"


class WeightsReader:
    """Weights in an archive, as a checkpoint's reader gives them."""

    def __init__(self, arrays: dict):
        self._arrays = arrays

    def get_tensor(self, name: str):
        if name not in self._arrays:
            raise NotFoundError(None, None, f"Key {name} not found in the archive")
        value = self._arrays[name]
        return value.tobytes() if name == OBJECT_GRAPH else value

    def tensor(self, name: str):
        return _lockstep.value(self.get_tensor(name), None)


def weights_of(model) -> bytes:
    """All its variables as an .npz file, by the attributes that lead to them."""
    arrays = {}
    for name, tensor in checkpoint_tensors(Walk(model)).items():
        value = tensor.numpy()
        arrays[name] = np.frombuffer(value, np.uint8) if name == OBJECT_GRAPH else value
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def restore_weights(model, data: bytes) -> None:
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        reader = WeightsReader({name: stored[name] for name in stored.files})
    Restoring(reader).restore(model, 0)


def _no_hdf5(path: str):
    return ImportError(f"Filepath {path} is that of an HDF5 file, which needs the package h5py; here models are kept as .keras "
                       "archives or SavedModels, weights as checkpoints")


def compile_config(model) -> dict | None:
    if not model._compiled:
        return None
    given = {"optimizer": model.optimizer, "loss": model.loss, "metrics": getattr(model, "_compiled_metrics_given", None),
             "loss_weights": model._loss_weights}
    try:
        return serialize_keras_object(given)
    except (TypeError, AttributeError, NotImplementedError):
        return None                     # of what cannot be told; the model is to be compiled anew


def _describe(model) -> dict:
    config: Any = serialize_keras_object(model)
    config["build_config"] = {"input_shape": serialize_keras_object(getattr(model, "_input_shape_hint", None))}
    config["compile_config"] = compile_config(model)
    return config


def _revive(config: dict, custom_objects, compile: bool, safe_mode: bool):  # noqa: A002
    with custom_object_scope(custom_objects or {}):
        model = deserialize_keras_object(config, custom_objects, safe_mode)
        shape = deserialize_keras_object(config.get("build_config", {}).get("input_shape"))
        if shape is not None and not model.built:
            model.build(tuple(shape))
        given = config.get("compile_config")
        if compile and given:
            model.compile(**{k: v for k, v in deserialize_keras_object(given, custom_objects, safe_mode).items()
                             if v is not None})
            model.optimizer.build(model.trainable_variables)
            model.optimizer._built = True
    return model


def save_model(model, filepath, overwrite=True, save_format=None, **kwargs) -> None:
    path = os.fspath(filepath)
    if save_format == "h5" or path.endswith((".h5", ".hdf5")):
        raise _no_hdf5(path)
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} is there, and overwrite is False")
    if save_format == "keras" or (save_format is None and path.endswith(".keras")):
        _save_archive(model, path)
    else:
        from .exported import save_saved_model
        save_saved_model(model, path, kwargs.get("signatures"))


def _save_archive(model, path: str) -> None:
    from . import __version__
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_METADATA, json.dumps({"keras_version": __version__}))
        archive.writestr(_CONFIG, json.dumps(_describe(model)))
        archive.writestr(_WEIGHTS, weights_of(model))


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True, **kwargs):  # noqa: A002
    path = os.fspath(filepath)
    if path.endswith((".h5", ".hdf5")):
        raise _no_hdf5(path)
    if os.path.isdir(path):
        from .exported import load_saved_model
        return load_saved_model(path, custom_objects, compile)
    if not zipfile.is_zipfile(path):
        raise OSError(f"No file or directory found at {path}" if not os.path.exists(path)
                      else f"{path} is neither a .keras archive nor a SavedModel's folder")
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read(_CONFIG))
        data = archive.read(_WEIGHTS)
    model = _revive(config, custom_objects, compile, safe_mode)
    restore_weights(model, data)
    return model


# ---- weights alone ----

def save_weights(model, filepath, overwrite=True, save_format=None, options=None) -> None:
    """A checkpoint; an .npz file where the name says so."""
    from ..train import Checkpoint, update_checkpoint_state
    path = os.fspath(filepath)
    if save_format == "h5" or path.endswith((".h5", ".hdf5")):
        raise _no_hdf5(path)
    if path.endswith(".npz"):
        with open(path, "wb") as file:
            file.write(weights_of(model))
        return
    Checkpoint(model).write(path)
    update_checkpoint_state(os.path.dirname(path), path)


def load_weights(model, filepath, skip_mismatch=False, by_name=False, options=None):
    from ..train import Checkpoint
    path = os.fspath(filepath)
    if path.endswith((".h5", ".hdf5")):
        raise _no_hdf5(path)
    if path.endswith(".npz"):
        with open(path, "rb") as file:
            return restore_weights(model, file.read())
    return Checkpoint(model).read(path)


# ---- configurations of models ----

def sequential_config(model) -> dict:
    return {"name": model.name, "layers": [serialize_keras_object(layer) for layer in model.layers],
            "input_shape": serialize_keras_object(model._shape)}


def functional_config(model) -> dict:
    """Layers, and calls of them in order; a tensor is known by the call that gave it."""
    from .engine import KerasTensor
    inputs = nest.flatten(model.inputs_structure)
    places = {id(t): ["input", i] for i, t in enumerate(inputs)}
    layers = list(model.layers)

    def refer(value):
        return {"tensor": places[id(value)]} if isinstance(value, KerasTensor) else serialize_keras_object(value)
    calls = []
    for n, node in enumerate(model._nodes):
        if node.layer is None and node.name not in _calls_by_name():
            raise NotImplementedError(f"The call of {node.name} in this model has no configuration; save it as a SavedModel, or "
                                      "put it into a layer")
        calls.append({"layer": None if node.layer is None else next(i for i, own in enumerate(layers) if own is node.layer),
                      "op": node.name if node.layer is None else None,
                      "args": [nest.map_structure(refer, a) for a in node.args],
                      "kwargs": {k: nest.map_structure(refer, v) for k, v in node.kwargs.items()}})
        for i, tensor in enumerate(nest.flatten(node.outputs)):
            places[id(tensor)] = [n, i]
    return {"name": model.name, "layers": [serialize_keras_object(layer) for layer in layers], "calls": calls,
            "inputs": [{"shape": list(t.shape), "dtype": t.dtype.name, "name": t.name} for t in inputs],
            "single_input": not nest.is_nested(model.inputs_structure),
            "outputs": serialize_keras_object(nest.map_structure(lambda t: {"tensor": places[id(t)]}, model.outputs_structure))}


def functional_of(config: dict):
    from .engine import Input
    from .models import Model
    layers = [deserialize_keras_object(c) for c in config["layers"]]
    made: dict = {("input", i): Input(batch_shape=c["shape"], dtype=c["dtype"], name=c["name"])
                  for i, c in enumerate(config["inputs"])}

    def find(value):
        if isinstance(value, dict) and list(value) == ["tensor"]:
            return made[tuple(value["tensor"])]
        if isinstance(value, dict) and "class_name" not in value:
            return {k: find(v) for k, v in value.items()}
        if isinstance(value, list):
            return [find(v) for v in value]
        return deserialize_keras_object(value)
    for n, call in enumerate(config["calls"]):
        function = layers[call["layer"]] if call["layer"] is not None else _calls_by_name()[call["op"]]
        result = function(*[find(a) for a in call["args"]], **{k: find(v) for k, v in call["kwargs"].items()})
        made.update({(n, i): t for i, t in enumerate(nest.flatten(result))})
    inputs = [made["input", i] for i in range(len(config["inputs"]))]
    return Model(inputs=inputs[0] if config["single_input"] else inputs, outputs=find(config["outputs"]), name=config["name"])


def _calls_by_name() -> dict:
    """Ops and operators, by what calls of them in a model are named."""
    import operator
    return {**{op.c_name: op for op in _lockstep.ops.values()},
            **{name: getattr(operator, name) for name in ("sub", "truediv", "add", "mul", "lt", "le", "gt", "ge", "neg")}}
