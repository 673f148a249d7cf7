# SPDX-License-Identifier: MIT
"""Sessions: a graph's values, on demand."""
from __future__ import annotations

import threading

import numpy as np

import _lockstep
from _lockstep import Operation, Tensor

from ... import nest
from ...framework import ops
from ...ops.variables import Variable
from .options import passes_off

_local = threading.local()


def _sessions() -> list:
    if not hasattr(_local, "sessions"):
        _local.sessions = []
    return _local.sessions


def get_default_session():
    return _sessions()[-1] if _sessions() else None


class Session:
    """Runs parts of a graph; holds the values of its variables."""

    def __init__(self, target="", graph=None, config=None):
        self.graph = graph if graph is not None else ops.get_default_graph()
        self._container = _lockstep.Container()
        for each in passes_off(config) if config is not None else ():
            self._container._switch(each, False)
        self._closed = False
        self._entered: list = []
        self._partial: dict = {}        # runs in parts, by handle

    graph_def = property(lambda self: self.graph.as_graph_def())
    sess_str = ""

    def __enter__(self):
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
        if isinstance(fetch, str):
            return self.graph.as_graph_element(fetch)
        if isinstance(fetch, Variable):
            return fetch._as_graph_element()
        element = getattr(fetch, "_as_graph_element", lambda: fetch)()
        if not isinstance(element, (Tensor, Operation)):
            raise TypeError(f"Fetch argument {fetch!r} has invalid type {type(fetch).__name__}, must be a "
                            f"string or Tensor. "
                            f"(Can not convert a {type(fetch).__name__} into a Tensor or Operation.)")
        if element.graph is not self.graph:
            raise ValueError(f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. (Tensor "
                             f"{element!r} is not an "
                             "element of this graph.)")
        return element

    def _feeds(self, feed_dict) -> tuple:
        targets, values = [], []
        for key, value in (feed_dict or {}).items():
            tensor = self._element(key)
            for t, v in zip(nest.flatten(tensor), nest.flatten(value) if nest.is_nested(tensor) else [value]):
                if isinstance(v, _lockstep.SymbolicTensor):
                    raise TypeError("The value of a feed cannot be a tf.Tensor object. Acceptable feed "
                                    "values include Python "
                                    "scalars, strings, lists, numpy ndarrays, or TensorHandles. For "
                                    "reference, the tensor "
                                    f"object was {v!r} which was passed to the argument `feed_dict` with key "
                                    f"{key!r}.")
                fed = _lockstep.value(v if isinstance(v, Tensor) else np.asarray(v, t.dtype.as_numpy_dtype),
                                      t.dtype)
                if not t.shape.is_compatible_with(fed.shape):
                    raise ValueError(f"Cannot feed value of shape {fed.shape} for Tensor {t.name}, which has "
                                     f"shape {t.shape}")
                targets.append(t)
                values.append(fed)
        return targets, values

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """The values of fetches, in their form; None for operations."""
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        flat = [self._element(f) for f in nest.flatten(fetches)]
        tensors = [f for f in flat if isinstance(f, Tensor)]
        operations = [f for f in flat if isinstance(f, Operation)]
        targets, values = self._feeds(feed_dict)
        found = iter(self._run_raw(targets, values, tensors, operations))
        results = [next(found).numpy() if isinstance(f, Tensor) else None for f in flat]
        return nest.pack_sequence_as(fetches, results) if nest.is_nested(fetches) else results[0]

    def _run_raw(self, targets, values, tensors, operations) -> list:
        entered = _lockstep.current_graph() is not None
        if entered:
            _lockstep.enter_eager()
        try:
            return self.graph._run(self._container, targets, values, tensors, operations)
        finally:
            if entered:
                _lockstep.leave()

    def partial_run_setup(self, fetches, feeds=None) -> str:
        """Begins a run in parts: all that will be fetched, and fed. A handle for partial_run()."""
        from .partial import PartialRun
        begun = PartialRun(self, fetches, feeds)
        self._partial[begun.handle] = begun
        return begun.handle

    def partial_run(self, handle, fetches, feed_dict=None):
        """A part of it: what these fetches need and no part before has computed."""
        if handle not in self._partial:
            raise ValueError(f"Must run partial_run_setup() before partial_run(): there is no {handle!r}")
        return self._partial[handle].run(fetches, feed_dict)

    def make_callable(self, fetches, feed_list=None, accept_options=False):
        return lambda *values: self.run(fetches, dict(zip(feed_list or [], values)))

    def _set(self, variable: Variable, value) -> None:
        """variable = value, in this session."""
        if not hasattr(variable, "_setter"):
            with self.graph.as_default():
                variable._input = _lockstep.placeholder(None, variable.dtype, variable.shape)
                variable._setter = _lockstep.ops["AssignVariableOp"](variable.handle, variable._input)
        self.run(variable._setter, {variable._input: value})

    def list_devices(self) -> list:
        return []


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
        self._graph.__exit__(*error)
        _sessions().remove(self._session)


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
