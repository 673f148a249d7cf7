# SPDX-License-Identifier: MIT
"""tf.keras.utils"""
from __future__ import annotations

import random

import numpy as np

from ..ops import random_ops
from .saving import (CustomObjectScope, custom_object_scope, deserialize_keras_object, get_custom_objects,  # noqa: F401
                     get_registered_name, get_registered_object, register_keras_serializable, serialize_keras_object)


def set_random_seed(seed: int) -> None:
    """Python's, NumPy's and TensorFlow's seeds at once."""
    random.seed(seed)
    np.random.seed(seed)
    random_ops.set_seed(seed)


def to_categorical(y, num_classes=None, dtype="float32"):
    """Rows of zeros with a one at each class."""
    y = np.asarray(y, dtype="int64")
    if y.shape and y.shape[-1] == 1 and len(y.shape) > 1:
        y = y.reshape(y.shape[:-1])
    n = num_classes or int(y.max()) + 1
    return np.eye(n, dtype=dtype)[y]


def to_ordinal(y, num_classes=None, dtype="float32"):
    """Rows with a one for each class below the element's own."""
    y = np.asarray(y, dtype="int64")
    if len(y.shape) > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    n = num_classes or int(y.max()) + 1
    return (np.arange(n - 1) < y[..., None]).astype(dtype)


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """Sequences of one length, [n, maxlen, …]: cut, or filled up with value."""
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    for name, given in (("Truncating", truncating), ("Padding", padding)):
        if given not in ("pre", "post"):
            raise ValueError(f'{name} type "{given}" not understood')
    arrays = [np.asarray(s) for s in sequences]
    n = max((len(a) for a in arrays), default=0) if maxlen is None else maxlen
    inner = next((a.shape[1:] for a in arrays if len(a)), ())
    kind = np.dtype(dtype)
    if isinstance(value, str) and kind != object and kind.kind != "U":
        raise ValueError(f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\nYou should set `dtype=object` for "
                         "variable length strings.")
    padded = np.full((len(arrays), n, *inner), value, dtype=kind)
    for row, array in zip(padded, arrays):
        if not len(array) or not n:
            continue
        if array.shape[1:] != inner:
            raise ValueError(f"Shape of sample {array.shape[1:]} of sequence is different from expected shape {inner}")
        kept = array[-n:] if truncating == "pre" else array[:n]
        row[slice(n - len(kept), None) if padding == "pre" else slice(0, len(kept))] = kept
    return padded


def get_file(fname=None, origin=None, **kwargs) -> str:
    """A file from ~/.keras/datasets; nothing is downloaded."""
    import os
    path = os.path.expanduser(os.path.join("~", ".keras", "datasets", fname or os.path.basename(origin)))
    if not os.path.exists(path):
        raise OSError(f"{path} is not there, and programs here have no network: put the file of {origin} "
                      f"there")
    return path


def plot_model(*args, **kwargs) -> None:
    """The debugger draws graphs."""


def normalize(x, axis=-1, order=2):
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)


class Progbar:
    """Keras's progress line."""

    def __init__(self, target, *args, **kwargs):
        self.target = target

    def update(self, current, values=None, finalize=None) -> None:
        print(f"\r{current}/{self.target}", end="" if current != self.target else "\n")

    def add(self, n, values=None) -> None:
        pass


def __getattr__(name: str):
    if name == "track_tf1_style_variables":
        from .legacy_variables import track_tf1_style_variables
        return track_tf1_style_variables
    raise AttributeError(f"module 'tensorflow.keras.utils' has no attribute {name!r}")
