# SPDX-License-Identifier: MIT
"""Sessions: a graph's values, on demand."""
from __future__ import annotations

import re
import threading
from typing import NamedTuple

import _lockstep
from _lockstep import Tensor

from ...framework import ops
from ...framework.errors import InvalidArgumentError, OpError
from ...ops.variables import Variable
from .fetches import Fetches, as_value, fed_pairs, flattened, register_session_run_conversion_functions  # noqa: F401
from .options import ConfigProto, passes_off

_local = threading.local()
_UNINITIALIZED = re.compile(r"Could not find variable [^\n]*")


def _sessions() -> list:
    if not hasattr(_local, "sessions"):
        _local.sessions = []
    return _local.sessions


def running():
    """The session whose run this is part of."""
    return getattr(_local, "running", None) or _OUTSIDE


class _Outside:
    """Stands for a session where there is none."""


_OUTSIDE = _Outside()


def get_default_session():
    return _sessions()[-1] if _sessions() else None


class DeviceAttributes(NamedTuple):
    """A device that a session may use."""

    name: str
    device_type: str
    memory_limit_bytes: int
    incarnation: int


class Session:
    """Runs parts of a graph; holds the values of its variables."""

    def __init__(self, target="", graph=None, config=None):
        if not isinstance(target, (str, bytes)):
            raise TypeError(f"Argument `target` must be a string, but got {type(target)}. Received: {target}")
        if graph is not None and not isinstance(graph, ops.Graph):
            raise TypeError(f"Argument `graph` must be a tf.Graph, but got \"{type(graph).__name__}\"")
        if config is not None and not isinstance(config, ConfigProto):
            raise TypeError(f"Argument `config` must be a tf.ConfigProto, but got \"{type(config).__name__}\"")
        self._config = config
        self.graph = graph if graph is not None else ops.get_default_graph()
        self._container = _lockstep.Container()
        for each in passes_off(config) if config is not None else ():
            self._container._switch(each, False)
        self._closed = False
        self._entered: list = []
        self._partial: dict = {}        # runs in parts, by handle

    _variables_are_references = False       # as in a program of version 1, where errors speak of them as such
    graph_def = property(lambda self: self.graph.as_graph_def())
    sess_str = ""

    def __enter__(self):
        if self._entered:
            raise RuntimeError("Session context managers are not re-entrant. Use `Session.as_default()` if you want to enter a "
                               "session multiple times.")
        context = self.as_default()
        context.__enter__()
        self._entered.append(context)
        return self

    def __exit__(self, *error):
        self._entered.pop().__exit__(*error)
        self.close()

    def as_default(self):
        return _Default(self)

    def close(self) -> None:
        self._closed = True

    def _element(self, fetch):
        """The tensor or operation that a fetch names."""
        return self.graph.as_graph_element(fetch, allow_tensor=True, allow_operation=True)

    def _feeds(self, feed_dict) -> tuple:
        targets, values = [], []
        for key, value in flattened(feed_dict):
            for part, fed in fed_pairs(key, value):
                tensor = self._fed(part)
                targets.append(tensor)
                values.append(as_value(tensor, fed, key))
        return targets, values

    def _fed(self, key) -> Tensor:
        try:
            tensor = self.graph.as_graph_element(key, allow_tensor=True, allow_operation=False)
        except Exception as error:
            raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error.args[0] if error.args else error}") from error
        if not self.graph.is_feedable(tensor):
            raise ValueError(f"Tensor {tensor.name} may not be fed.")
        return tensor

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """The values of fetches, in their form; None for operations."""
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if self.graph.version == 0:
            raise RuntimeError("The Session graph is empty. Add operations to the graph before calling run().")
        wanted = Fetches(self._element, fetches)
        targets, values = self._feeds(feed_dict)
        return wanted.result(self._values(targets, values, wanted.elements))

    def _values(self, targets: list, values: list, elements: list) -> list:
        """Values of these tensors, as arrays; None of operations."""
        tensors, operations = [], []
        for element in elements:
            if isinstance(element, Tensor):
                if not self.graph.is_fetchable(element):
                    raise ValueError(f"Tensor {element.name} may not be fetched.")
                tensors.append(element)
            else:
                operations.append(element)
        found = iter(self._run_raw(targets, values, tensors, operations))
        return [next(found).numpy() if isinstance(e, Tensor) else None for e in elements]

    def _run_raw(self, targets, values, tensors, operations) -> list:
        entered, before = _lockstep.current_graph() is not None, getattr(_local, "running", None)
        _local.running = self
        if entered:
            _lockstep.enter_eager()
        try:
            return self.graph._run(self._container, targets, values, tensors, operations)
        except OpError as error:
            error._op = self._culprit(error.message)
            missing = re.match(r"(?:FailedPreconditionError: )?Could not find variable (\S+)\. ", error.message)
            if self._variables_are_references and missing is not None:
                error._message = _UNINITIALIZED.sub(f"Attempting to use uninitialized value {missing.group(1)}", error.message, 1)
            raise
        finally:
            _local.running = before
            if entered:
                _lockstep.leave()

    def _culprit(self, message: str):
        """The operation that an error's text names."""
        named = re.search(r"\{\{node ([^\s}]+)\}\}|placeholder tensor '([^']+)'", message)
        return None if named is None else self.graph._find(named.group(1) or named.group(2))

    def partial_run_setup(self, fetches, feeds=None) -> str:
        """Begins a run in parts: all that will be fetched, and fed. A handle for partial_run()."""
        from .partial import PartialRun
        begun = PartialRun(self, fetches, feeds)
        self._partial[begun.handle] = begun
        return begun.handle

    def partial_run(self, handle, fetches, feed_dict=None):
        """A part of it: what these fetches need and no part before has computed."""
        if handle not in self._partial:
            raise InvalidArgumentError(None, None, "Must run 'setup' before performing partial runs!")
        return self._partial[handle].run(fetches, feed_dict)

    def make_callable(self, fetches, feed_list=None, accept_options=False):
        """A function of values for feed_list that runs the fetches."""
        if feed_list is not None and not isinstance(feed_list, (list, tuple)):
            raise TypeError("Argument `feed_list` must be a list or tuple.")
        wanted = Fetches(self._element, fetches)
        targets = [self._fed(key) for key in feed_list or []]

        def runner(*values, **kwargs):
            if len(values) != len(targets):
                raise ValueError(f"Callable takes {len(targets)} values, {len(values)} were given")
            if self._closed:
                raise RuntimeError("Attempted to use a closed Session.")
            fed = [as_value(t, v, t) for t, v in zip(targets, values)]
            return wanted.result(self._values(targets, fed, wanted.elements))
        return runner

    def _set(self, variable: Variable, value) -> None:
        """variable = value, in this session; its graph stays as it is."""
        given = _lockstep.value(value, variable.dtype)
        if not variable.shape.is_compatible_with(given.shape):
            raise InvalidArgumentError(None, None, f"Assign requires shapes of both tensors to match. lhs shape= {variable.shape} "
                                       f"rhs shape= {given.shape}")
        self._container.assign(variable.handle.op._attr("shared_name").decode(), variable.shape, given)

    def list_devices(self) -> list:
        n = (getattr(self._config, "device_count", None) or {}).get("CPU", 1)
        return [DeviceAttributes(f"/job:localhost/replica:0/task:0/device:CPU:{i}", "CPU", 256 << 20, 0) for i in range(n)]

    @classmethod
    def reset(cls, target, containers=None, config=None) -> None:
        """Nothing is shared between sessions here."""


class _Default:
    """with session: its graph and itself are the defaults."""

    def __init__(self, session):
        self._session = session

    def __enter__(self):
        _sessions().append(self._session)
        self._graph = self._session.graph.as_default()
        self._graph.__enter__()
        return self._session

    def __exit__(self, *error):
        if get_default_session() is not self._session:
            raise AssertionError(f"Nesting violated for default stack of {type(self._session)} objects")
        self._graph.__exit__(*error)
        _sessions().pop()


class InteractiveSession(Session):
    """A session that is the default one from the start."""

    def __init__(self, target="", graph=None, config=None):
        super().__init__(target, graph, config)
        _sessions().append(self)
        # Ops that would run at once are no use to a session: its graph becomes the default, as in version 1.
        self._graph_entered = graph is not None or _lockstep.executing_eagerly()
        if self._graph_entered:
            _lockstep.enter(self.graph)

    def close(self) -> None:
        super().close()
        if self._graph_entered and _lockstep.current_graph() is self.graph:
            _lockstep.leave()
            self._graph_entered = False
        if self in _sessions():
            _sessions().remove(self)
