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
