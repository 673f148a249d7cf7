# SPDX-License-Identifier: MIT
"""tf.train: checkpoints of variables, as .npz files."""
from __future__ import annotations

import os

import numpy as np

from .ops.variables import Variable


class Checkpoint:
    """Named objects whose variables can be saved and restored."""

    def __init__(self, root=None, **kwargs):
        self._objects = dict(kwargs) if root is None else {"root": root, **kwargs}
        self.__dict__.update(kwargs)
        self._count = 0

    def _variables(self) -> dict:
        found: dict = {}
        for name, value in self._objects.items():
            if isinstance(value, Variable):
                found[name] = value
            else:
                variables = value.variables
                for i, variable in enumerate(variables() if callable(variables) else variables):
                    found[f"{name}/{i}"] = variable
        return found

    def write(self, file_prefix, options=None) -> str:
        os.makedirs(os.path.dirname(os.path.abspath(file_prefix)), exist_ok=True)
        with open(file_prefix + ".npz", "wb") as file:
            np.savez(file, **{name: v.numpy() for name, v in self._variables().items()})
        return file_prefix

    def save(self, file_prefix, options=None) -> str:
        self._count += 1
        return self.write(f"{file_prefix}-{self._count}")

    def restore(self, save_path, options=None):
        if save_path is None:
            return self
        with np.load(save_path + ".npz") as stored:
            for name, variable in self._variables().items():
                if name in stored:
                    variable.assign(stored[name])
        return self

    read = restore

    def assert_consumed(self):
        return self

    assert_existing_objects_matched = expect_partial = assert_consumed


class CheckpointManager:
    """Keeps the newest checkpoints of a folder."""

    def __init__(self, checkpoint, directory, max_to_keep=5, checkpoint_name="ckpt", **kwargs):
        self._checkpoint, self._directory, self._name, self._keep = checkpoint, directory, checkpoint_name, max_to_keep
        self.checkpoints: list[str] = []

    def save(self, checkpoint_number=None) -> str:
        path = self._checkpoint.save(os.path.join(self._directory, self._name))
        self.checkpoints.append(path)
        while self._keep and len(self.checkpoints) > self._keep:
            os.remove(self.checkpoints.pop(0) + ".npz")
        return path

    @property
    def latest_checkpoint(self):
        return self.checkpoints[-1] if self.checkpoints else latest_checkpoint(self._directory)


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """The newest checkpoint in a folder; None when there is none."""
    try:
        found = [os.path.join(checkpoint_dir, f)[:-4] for f in os.listdir(checkpoint_dir)
                 if f.endswith(".npz")]
    except OSError:
        return None
    return max(found, key=lambda f: os.path.getmtime(f + ".npz"), default=None)


def __getattr__(name: str):
    if name in ("Example", "Features", "Feature", "BytesList", "FloatList", "Int64List"):
        from . import examples
        return getattr(examples, name)
    raise AttributeError(f"module 'tensorflow.train' has no attribute {name!r}")
