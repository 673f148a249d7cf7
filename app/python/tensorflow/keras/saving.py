# SPDX-License-Identifier: MIT
"""tf.keras.saving: objects as configurations and back; classes and functions of the program by name."""
from __future__ import annotations

import base64
import importlib
import marshal
import types
import weakref
from typing import Any

import numpy as np
from _lockstep import Tensor

from ..framework import dtypes
from ..framework.lazy import inspect
from ..framework.tensor_shape import TensorShape

_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}
_scopes: list[dict] = []
_given: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()     # object → the arguments that it was made with
_PLACES = ("layers", "models", "initializers", "regularizers", "constraints", "optimizers", "losses", "metrics", "activations",
           "schedules")


def register_keras_serializable(package="Custom", name=None):
    """A class or function that load_model() shall find by its name."""
    def register(thing):
        own = f"{package}>{name if name is not None else thing.__name__}"
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ValueError("Cannot register a class that does not have a get_config() method.")
        _registered[own] = thing
        _names[thing] = own
        return thing
    return register


def get_registered_name(obj) -> str:
    return _names.get(obj, obj.__name__)


def get_registered_object(name, custom_objects=None, module_objects=None):
    for known in [custom_objects or {}, *reversed(_scopes), _registered, module_objects or {}]:
        if name in known:
            return known[name]
    return None


def get_custom_objects() -> dict:
    return _registered


class custom_object_scope:  # noqa: N801
    """Inside of it these names mean these things."""

    def __init__(self, *custom_objects):
        self._objects: dict = {}
        for given in custom_objects:
            self._objects.update(given)

    def __enter__(self):
        _scopes.append(self._objects)
        return self

    def __exit__(self, *error):
        _scopes.remove(self._objects)


CustomObjectScope = custom_object_scope


def note_arguments(made, args: tuple, kwargs: dict) -> None:
    """What an object was made with, for those that do not tell by get_config()."""
    _given[made] = args, kwargs


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("tensorflow.")


def config_of(thing) -> dict:
    """Its get_config() if it has one of its own; else the arguments that it was made with."""
    kind = type(thing)
    own = next((c for c in kind.__mro__ if "get_config" in vars(c)), None)
    if thing in _given and (own is None or (_is_ours(own) and own.__name__ in ("Layer", "Model")) or _is_ours(kind)):
        args, kwargs = _given[thing]
        bound = inspect.signature(kind.__init__).bind(thing, *args, **kwargs)
        found = {}
        for name, value in list(bound.arguments.items())[1:]:
            parameter = inspect.signature(kind.__init__).parameters[name]
            if parameter.kind is parameter.VAR_KEYWORD:
                found.update(value)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                raise TypeError(f"{kind.__name__} takes *{name}; give it a get_config() to be saved")
            else:
                found[name] = value
        base = {"name": thing.name, "trainable": thing.trainable} if hasattr(thing, "trainable") else {}
        takes = inspect.signature(kind.__init__).parameters
        open_ended = any(p.kind is p.VAR_KEYWORD for p in takes.values())
        return {**{k: v for k, v in base.items() if open_ended or k in takes}, **found}
    return thing.get_config()


def serialize_keras_object(obj) -> Any:
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return obj
    if isinstance(obj, (np.integer, np.floating, np.bool_)):
        return obj.item()
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": base64.b64encode(obj).decode()}}
    if isinstance(obj, tuple):
        return {"class_name": "__tuple__", "config": {"value": [serialize_keras_object(x) for x in obj]}}
    if isinstance(obj, list):
        return [serialize_keras_object(x) for x in obj]
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, dtypes.DType):
        return obj.name
    if isinstance(obj, TensorShape):
        return obj.as_list()
    if isinstance(obj, (np.ndarray, Tensor)):
        array = np.asarray(obj)
        return {"class_name": "__numpy__", "config": {"value": array.tolist(), "dtype": array.dtype.name}}
    if isinstance(obj, types.FunctionType) and obj.__name__ == "<lambda>":
        code = base64.b64encode(marshal.dumps(obj.__code__)).decode()
        return {"class_name": "__lambda__", "config": {"value": [code, obj.__defaults__, None]}}
    if isinstance(obj, type) or callable(obj) and hasattr(obj, "__name__"):
        return {"module": obj.__module__, "class_name": "function", "config": obj.__name__,
                "registered_name": get_registered_name(obj)}
    if not hasattr(obj, "get_config"):
        raise TypeError(f"Cannot serialize object {obj!r} of type {type(obj)}. To be serializable, a class must implement the "
                        "`get_config()` method.")
    return {"module": _module_of(type(obj)), "class_name": type(obj).__name__,
            "config": serialize_keras_object(config_of(obj)), "registered_name": _names.get(type(obj))}


def _module_of(kind: type) -> str | None:
    return kind.__module__.replace("tensorflow.keras", "keras") if _is_ours(kind) else None


def deserialize_keras_object(config, custom_objects=None, safe_mode=True, **kwargs) -> Any:
    if isinstance(config, list):
        return [deserialize_keras_object(x, custom_objects, safe_mode) for x in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize_keras_object(value, custom_objects, safe_mode) for key, value in config.items()}
    name, inner = config["class_name"], config["config"]
    if name == "__tuple__":
        return tuple(deserialize_keras_object(x, custom_objects, safe_mode) for x in inner["value"])
    if name == "__bytes__":
        return base64.b64decode(inner["value"])
    if name == "__numpy__":
        return np.array(inner["value"], inner["dtype"])
    if name == "__lambda__":
        return _lambda(inner["value"], safe_mode)
    if name == "function":
        return _find(config.get("registered_name") or inner, inner, config.get("module"), custom_objects)
    kind = _find(config.get("registered_name") or name, name, config.get("module"), custom_objects)
    inner = {key: deserialize_keras_object(value, custom_objects, safe_mode) for key, value in inner.items()} \
        if not getattr(kind, "_takes_raw_config", False) else inner
    with custom_object_scope(custom_objects or {}):
        return kind.from_config(inner)


def _lambda(value, safe_mode: bool):
    if safe_mode:
        raise ValueError("Requested the deserialization of a `lambda` object. This carries a potential risk of arbitrary code "
                         "execution and thus it is disallowed by default. If you trust the source of the saved model, you can "
                         "pass `safe_mode=False` to the loading function in order to allow `lambda` loading.")
    code = marshal.loads(base64.b64decode(value[0]))
    import tensorflow
    return types.FunctionType(code, {"tf": tensorflow, "np": np, "__builtins__": __builtins__}, "<lambda>",
                              tuple(value[1]) if value[1] else None)


def _find(registered: str, name: str, module, custom_objects):
    found = get_registered_object(registered, custom_objects)
    if found is None:
        found = get_registered_object(name, custom_objects)
    if found is not None:
        return found
    for place in _PLACES:
        found = getattr(importlib.import_module("tensorflow.keras." + place), name, None)
        if found is not None:
            return found
    if module and module.startswith("tensorflow."):
        found = getattr(importlib.import_module(module), name, None)
        if found is not None:
            return found
    raise ValueError(f"Unknown object: '{name}'. Please ensure you are using a `keras.utils.custom_object_scope` and that this "
                     "object is included in the scope. See "
                     "https://www.tensorflow.org/guide/keras/save_and_serialize#registering_the_custom_object for details.")


def __getattr__(name: str):
    if name in ("load_model", "save_model"):
        return getattr(importlib.import_module("tensorflow.keras.persist"), name)
    raise AttributeError(f"module 'tensorflow.keras.saving' has no attribute {name!r}")
