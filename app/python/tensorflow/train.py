# SPDX-License-Identifier: MIT
"""tf.train: checkpoints of objects' variables, in TensorFlow's format."""
from __future__ import annotations

import os
import re
import time

from .checkpoint import bundle
from .checkpoint.trackable import Restoring, Walk, checkpoint_tensors, children, is_trackable
from .framework.message import message_class
from .framework.ops import init_scope
from .ops.variables import Variable


class CheckpointOptions:
    """Accepted: there is one device to write from."""

    def __init__(self, experimental_io_device=None, experimental_enable_async_checkpoint=False, **kwargs):
        self.experimental_io_device = experimental_io_device


class Checkpoint:
    """Named objects whose variables can be saved and restored."""

    def __init__(self, root=None, **kwargs):
        for name, value in kwargs.items():
            if not is_trackable(value) and not hasattr(value, "__dict__"):
                raise ValueError(f"`Checkpoint` was expecting {name} to be a trackable object (an object derived from "
                                 f"`Trackable`), got {value}. If you believe this object should be trackable (i.e. it is part "
                                 "of the TensorFlow Python API and manages state), please open an issue.")
        self.__dict__.update(kwargs)
        self._root, self._names = root, list(kwargs)
        self._save_counter: Variable | None = None

    def _trackable_children(self) -> dict:
        found = dict(children(self._root)) if self._root is not None else {}
        found.update({name: getattr(self, name) for name in self._names})
        if self._save_counter is not None:
            found["save_counter"] = self._save_counter
        return found

    @property
    def save_counter(self) -> Variable:
        if self._save_counter is None:
            with init_scope():
                self._save_counter = Variable(0, name="save_counter", dtype="int64", trainable=False)
            from .checkpoint.trackable import catch_up
            catch_up(self)
        return self._save_counter

    def write(self, file_prefix, options=None) -> str:
        prefix = os.fspath(file_prefix)
        bundle.write(prefix, checkpoint_tensors(Walk(self)))
        return prefix

    def save(self, file_prefix, options=None) -> str:
        path = f"{os.fspath(file_prefix)}-{int(self.save_counter.assign_add(1))}"
        self.write(path)
        update_checkpoint_state(os.path.dirname(path), path)
        return path

    def read(self, save_path, options=None):
        restoring = Restoring(bundle.Reader(save_path))
        restoring.restore(self, 0)
        return LoadStatus(self, restoring)

    def restore(self, save_path, options=None):
        if save_path is None:
            return InitializationOnlyStatus()
        self.save_counter  # noqa: B018  one that comes back with the others
        return self.read(_prefix_of(save_path))

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        if name != "_names" and not name.startswith("_") and name not in self._names:
            self._names.append(name)


def _prefix_of(path) -> str:
    """A checkpoint's prefix: the path, or in a SavedModel's folder its variables."""
    path = os.fspath(path)
    inside = os.path.join(path, "variables", "variables")
    return inside if os.path.isdir(path) and bundle.exists(inside) else path


class LoadStatus:
    """What came of restoring."""

    def __init__(self, root, restoring: Restoring):
        self._root, self._restoring = root, restoring

    def assert_existing_objects_matched(self):
        matched = {id(value) for value in self._restoring.matched.values()}
        for value, path in zip((walk := Walk(self._root)).objects, walk.paths):
            if isinstance(value, Variable) and id(value) not in matched and not path.endswith("save_counter"):
                raise AssertionError(f"No checkpoint values for object at {path}: {value!r}")
        return self

    def assert_consumed(self):
        left = [key for key in self._restoring.unmatched() if not key.startswith("save_counter/")]
        if left:
            raise AssertionError("Some objects in the checkpoint were not matched to Python objects: " + ", ".join(left))
        return self.assert_existing_objects_matched()

    def assert_nontrivial_match(self):
        if not any(isinstance(v, Variable) for v in self._restoring.matched.values()):
            raise AssertionError("Nothing except the root object matched a checkpointed value.")
        return self

    def expect_partial(self):
        return self

    def initialize_or_restore(self, session=None):
        pass

    run_restore_ops = initialize_or_restore


class InitializationOnlyStatus:
    """There was nothing to restore."""

    def assert_consumed(self):
        raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")

    assert_existing_objects_matched = assert_nontrivial_match = assert_consumed

    def expect_partial(self):
        return self

    def initialize_or_restore(self, session=None):
        pass

    run_restore_ops = initialize_or_restore


class CheckpointManager:
    """Keeps the newest checkpoints of a folder."""

    def __init__(self, checkpoint, directory, max_to_keep=5, keep_checkpoint_every_n_hours=None, checkpoint_name="ckpt",
                 step_counter=None, checkpoint_interval=None, init_fn=None):
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"`max_to_keep` should be a positive integer or `None`, got {max_to_keep}")
        if (step_counter is None) != (checkpoint_interval is None):
            raise ValueError("`step_counter` should be passed with `checkpoint_interval`.")
        self._checkpoint, self._directory, self._keep = checkpoint, os.fspath(directory), max_to_keep
        self._prefix = os.path.join(self._directory, checkpoint_name)
        self._step, self._interval, self._init_fn, self._saved_at = step_counter, checkpoint_interval, init_fn, None
        self._hours, self._preserved_at = keep_checkpoint_every_n_hours, time.time()
        state = get_checkpoint_state(self._directory)
        self._kept: dict[str, float] = {}
        if state is not None:
            times = list(state.all_model_checkpoint_timestamps)
            for i, path in enumerate(state.all_model_checkpoint_paths):
                self._kept[path] = times[i] if i < len(times) else 0.0

    directory = property(lambda self: self._directory)
    checkpoint = property(lambda self: self._checkpoint)
    checkpoint_interval = property(lambda self: self._interval)
    checkpoints = property(lambda self: list(self._kept))

    @property
    def latest_checkpoint(self):
        return list(self._kept)[-1] if self._kept else None

    def save(self, checkpoint_number=None, check_interval=True, options=None):
        if self._interval is not None:
            step = int(self._step)
            if check_interval and self._saved_at is not None and step < self._saved_at + self._interval:
                return None
            self._saved_at = step
        number = int(self._checkpoint.save_counter.assign_add(1)) if checkpoint_number is None else int(checkpoint_number)
        path = self._checkpoint.write(f"{self._prefix}-{number}")
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        self._sweep()
        update_checkpoint_state(self._directory, path, list(self._kept), list(self._kept.values()))
        return path

    def _sweep(self) -> None:
        while self._keep is not None and len(self._kept) > self._keep:
            path, made = next(iter(self._kept.items()))
            del self._kept[path]
            if self._hours and made > self._preserved_at + self._hours * 3600:
                self._preserved_at = made
            else:
                bundle.remove(path)

    def restore_or_initialize(self):
        if self.latest_checkpoint is not None:
            self._checkpoint.restore(self.latest_checkpoint)
            return self.latest_checkpoint
        if self._init_fn is not None:
            self._init_fn()
        return None


def update_checkpoint_state(save_dir, model_checkpoint_path, all_model_checkpoint_paths=None,
                            all_model_checkpoint_timestamps=None, last_preserved_timestamp=None, latest_filename=None) -> None:
    """Notes in the folder's file "checkpoint" which is the newest; paths inside of the folder by their names alone."""
    def short(path: str) -> str:
        path = os.fspath(path)
        return os.path.basename(path) if os.path.dirname(os.path.abspath(path)) == os.path.abspath(save_dir or ".") else path
    paths = list(all_model_checkpoint_paths or []) or [model_checkpoint_path]
    state = message_class("CheckpointState")(model_checkpoint_path=short(model_checkpoint_path),
                                             all_model_checkpoint_paths=[short(p) for p in paths],
                                             all_model_checkpoint_timestamps=list(all_model_checkpoint_timestamps
                                                                                  or [time.time()] * len(paths)))
    with open(os.path.join(save_dir or ".", latest_filename or "checkpoint"), "w", encoding="utf-8") as file:
        file.write(str(state))


def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    """What that file says, with whole paths; None when there is none."""
    from .framework.message_text import parse
    folder = os.fspath(checkpoint_dir)
    try:
        with open(os.path.join(folder, latest_filename or "checkpoint"), encoding="utf-8") as file:
            state = parse(file.read(), message_class("CheckpointState")())
    except (OSError, ValueError):
        return None
    state.model_checkpoint_path = os.path.join(folder, state.model_checkpoint_path)
    state.all_model_checkpoint_paths = [os.path.join(folder, p) for p in state.all_model_checkpoint_paths]
    return state


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """The newest checkpoint in a folder; None when there is none."""
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is not None and bundle.exists(state.model_checkpoint_path):
        return state.model_checkpoint_path
    return None


def checkpoint_exists(checkpoint_prefix) -> bool:
    return bundle.exists(os.fspath(checkpoint_prefix))


def load_checkpoint(ckpt_dir_or_file):
    """A reader of a checkpoint, or of a folder's newest."""
    path = _prefix_of(ckpt_dir_or_file)
    newest = latest_checkpoint(path) if os.path.isdir(path) else path
    if newest is None:
        raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}")
    return bundle.Reader(newest)


def list_variables(ckpt_dir_or_file) -> list:
    """(name, shape) of each."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file, name: str):
    return load_checkpoint(ckpt_dir_or_file).get_tensor(re.sub(r":0$", "", name))


def checkpoints_iterator(checkpoint_dir, min_interval_secs=0, timeout=None, timeout_fn=None):
    """Each checkpoint as it comes; ends when none has for timeout seconds."""
    last = None
    while True:
        until = None if timeout is None else time.time() + timeout
        while (path := latest_checkpoint(checkpoint_dir)) is None or path == last:
            if until is not None and time.time() >= until:
                if timeout_fn is None or timeout_fn():
                    return
                until = time.time() + timeout
            time.sleep(0.05)
        last, began = path, time.time()
        yield path
        time.sleep(max(0.0, min_interval_secs - (time.time() - began)))


def __getattr__(name: str):
    if name in ("Example", "Features", "Feature", "BytesList", "FloatList", "Int64List"):
        from . import examples
        return getattr(examples, name)
    raise AttributeError(f"module 'tensorflow.train' has no attribute {name!r}")
