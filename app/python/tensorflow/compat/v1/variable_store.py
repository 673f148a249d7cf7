# SPDX-License-Identifier: MIT
"""The variables of a graph that get_variable() made, by name, and the counts of its variable scopes."""
from __future__ import annotations

import contextlib
import inspect

import _lockstep

from ...framework import dtypes, ops
from ...framework.ops import GraphKeys
from ...framework.tensor_shape import TensorShape, as_shape
from ...ops.variables import Variable, VariableAggregation, VariableSynchronization
from .partitions import PartitionedVariable, PartitionInfo, divided


_PASSED_ON = ("trainable", "collections", "constraint", "validate_shape", "synchronization", "aggregation")


class _Reuse:
    def __repr__(self) -> str:
        return "_ReuseMode.AUTO_REUSE"


AUTO_REUSE = _Reuse()
_eager_stores: list = []        # stores that keep what is made eagerly, innermost last


def home():
    """The graph whose variables and scopes count: inside of loops and branches of a version 1 graph, that graph."""
    here = graph = ops.get_default_graph()
    while graph is not None and graph.building_function:
        graph = graph.outer_graph
    return here if graph is None else graph


class Scopes:
    """The scope that is open, and how often each was opened."""

    def __init__(self):
        self.current, self.counts = None, {}

    def open(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def close_below(self, name: str) -> None:
        for key in self.counts:
            if key.startswith(name + "/"):
                self.counts[key] = 0

    def free_name(self, outer: str, wanted: str) -> str:
        path, name, i = f"{outer}/{wanted}" if outer else wanted, wanted, 0
        while self.counts.get(path + name[len(wanted):], 0) > 0:
            i += 1
            name = f"{wanted}_{i}"
        return name


def scopes() -> Scopes:
    graph = home()
    if graph._variable_scope is None:
        graph._variable_scope = Scopes()
    return graph._variable_scope


@contextlib.contextmanager
def own_scopes():
    """Scopes that are counted from the start, and closed with it."""
    graph = home()
    before, graph._variable_scope = graph._variable_scope, None
    try:
        yield
    finally:
        graph._variable_scope = before


class VariableStore:
    """Variables by their full names."""

    def __init__(self, keeps_eager=False):
        self._vars: dict = {}
        self._partitioned: dict = {}
        self._keeps_eager = keeps_eager
        self.regularizers: dict = {}        # of a store that keeps: name → (variable, regularizer)

    @classmethod
    def current(cls) -> VariableStore:
        if _eager_stores and not ops.in_legacy_graph():
            return _eager_stores[-1]
        graph = home()
        if graph._variable_store is None:
            graph._variable_store = cls()
        return graph._variable_store

    def is_eager_and_keeps_none(self) -> bool:
        return _lockstep.executing_eagerly() and not self._keeps_eager

    def get_variable(self, name, shape=None, dtype=dtypes.float32, custom_getter=None, **given):
        """Through the custom getter if there is one."""
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
        given["trainable"] = given.get("synchronization") is not VariableSynchronization.ON_READ \
            if given.get("trainable") is None else given["trainable"]
        given.update(shape=shape, dtype=dtype)
        if custom_getter is None:
            return self._true_getter(name, **given)
        if not _takes(custom_getter, "constraint"):
            given.pop("constraint", None)
        return custom_getter(getter=self._true_getter, name=name, **given)

    def _true_getter(self, name, shape=None, dtype=dtypes.float32, initializer=None, regularizer=None, reuse=None,
                     trainable=None, collections=None, caching_device=None, partitioner=None, validate_shape=True,
                     use_resource=None, constraint=None, synchronization=None, aggregation=None, **unused):
        made_of = {"initializer": initializer, "regularizer": regularizer, "collections": collections, "constraint": constraint,
                   "trainable": trainable, "validate_shape": validate_shape}
        made_of |= {"synchronization": synchronization or VariableSynchronization.AUTO,
                    "aggregation": aggregation or VariableAggregation.NONE}
        if self.is_eager_and_keeps_none():
            reuse = False
        if partitioner is not None and not (isinstance(shape, (list, tuple)) and not shape):
            if not callable(partitioner):
                raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
            return self._divided(name, shape, dtype, reuse, partitioner, made_of)
        if reuse is True and partitioner is None and name in self._partitioned:
            return self._partitioned[name]
        if f"{name}/part_0" in self._vars:
            raise ValueError(f"No partitioner was provided, but a partitioned version of the variable was found: {name}/part_0. "
                             "Perhaps a variable of the same name was already created with partitioning?")
        return self._single(name, shape, dtype, reuse, made_of)

    # ---- one variable ----

    def _single(self, name, shape, dtype, reuse, made_of: dict, info: PartitionInfo | None = None):
        initializer = made_of["initializer"]
        if shape is not None and initializer is not None and not callable(initializer):
            raise ValueError("If initializer is a constant, do not specify shape.")
        dtype, shape = dtypes.as_dtype(dtype or "float32"), as_shape(shape) if shape is not None else TensorShape(None)
        found = self._vars.get(name)
        if found is not None and not (self.is_eager_and_keeps_none()):
            return _shared(found, name, shape, dtype, reuse)
        if reuse is True:
            raise ValueError(f"Variable {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
                             "reuse=tf.AUTO_REUSE in VarScope?")
        value, of_dtype = _initial(name, shape, dtype, initializer, info)
        with _at_root():
            made = Variable(value, name=name, dtype=of_dtype, **{key: made_of[key] for key in _PASSED_ON})
        if not self.is_eager_and_keeps_none():
            self._vars[name] = made
        if _lockstep.executing_eagerly() and self._keeps_eager:
            _collect(made, made_of["collections"])
        if self._keeps_eager and made_of["regularizer"] is not None:
            self.regularizers[name] = (made, made_of["regularizer"])
        elif not self._keeps_eager:
            _regularize(made_of["regularizer"], made, name)
        return made

    # ---- one in parts ----

    def _divided(self, name, shape, dtype, reuse, partitioner, made_of: dict):
        initializer = made_of["initializer"]
        from_value = initializer is not None and not callable(initializer)
        if from_value:
            if shape is not None and not as_shape(shape).is_compatible_with(ops.convert_to_tensor(initializer).shape):
                raise ValueError(f"If initializer is a constant, its shape {ops.convert_to_tensor(initializer).shape} must be {shape}")
            shape = ops.convert_to_tensor(initializer).shape
        shape = as_shape(shape)
        if name in self._partitioned and reuse is not False:
            return self._known_parts(name, shape, dtype, partitioner)
        if name in self._partitioned:
            raise ValueError(f"Partitioned variable with name {name} already exists. Did you mean to set reuse=True or "
                             "reuse=tf.AUTO_REUSE in VarScope?")
        if reuse is True:
            raise ValueError(f"PartitionedVariable {name} does not exist, or was not created with tf.get_variable(). Did you mean "
                             "to set reuse=False or reuse=tf.AUTO_REUSE in VarScope?")
        partitions, pieces = divided(name, shape, dtype, partitioner)
        parts = []
        for i, (offset, size) in enumerate(pieces):
            own = dict(made_of)
            if from_value:
                own["initializer"] = ops.convert_to_tensor(initializer)[tuple(slice(o, o + n) for o, n in zip(offset, size))]
            with contextlib.suppress(AttributeError):
                own["initializer"]._partition = (shape, offset)
            parts.append(self._single(f"{name}/part_{i}", None if from_value else size, dtype, reuse, own,
                                      PartitionInfo(shape.as_list(), offset)))
            parts[-1]._save_slice = (name, shape.as_list(), offset, size)
        made = PartitionedVariable(name, shape, dtypes.as_dtype(dtype or "float32"), parts, partitions)
        if not self.is_eager_and_keeps_none():
            self._partitioned[name] = made
        return made

    def _known_parts(self, name, shape, dtype, partitioner):
        found = self._partitioned[name]
        if not shape.is_compatible_with(found.get_shape()):
            raise ValueError(f"Trying to reuse partitioned variable {name}, but specified shape {shape} and found shape "
                             f"{found.get_shape()}.")
        partitions, _ = divided(name, shape, dtype, partitioner)
        if partitions != found._get_partitions():
            raise ValueError(f"Trying to reuse partitioned variable {name}, but specified partitions {partitions} and found "
                             f"partitions {found._get_partitions()}.")
        return found


def _shared(found, name, shape, dtype, reuse):
    if reuse is False:
        raise ValueError(f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in "
                         "VarScope?")
    if not shape.is_compatible_with(found.shape):
        raise ValueError(f"Trying to share variable {name}, but specified shape {shape} and found shape {found.shape}.")
    if dtype != found.dtype:
        raise ValueError(f"Trying to share variable {name}, but specified dtype {dtype.name} and found dtype {found.dtype.name}.")
    return found


def _takes(function, name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return True
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _initial(name, shape, dtype, initializer, info) -> tuple:
    """(value or function of nothing, dtype or None when the value has its own)"""
    if initializer is None:
        initializer = _default_initializer(name, dtype)
    if not callable(initializer):
        return initializer, None
    if isinstance(initializer, type):
        initializer = initializer()
    parameters = inspect.signature(initializer).parameters
    if shape.is_fully_defined():
        given = {"dtype": dtype} if _takes(initializer, "dtype") else {}
        if info is not None and "partition_info" in parameters:
            given["partition_info"] = info
        dims = shape.as_list()
        return (lambda: initializer(dims, **given) if parameters else initializer()), dtype
    if all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters.values()):
        return initializer, None
    if shape.rank is None and not hasattr(initializer, "get_config"):
        raise ValueError("The initializer passed is not valid. It should be a callable with no arguments and the shape should not "
                         "be provided or an instance of `tf.keras.initializers.*' and `shape` should be fully defined.")
    raise ValueError(f"Shape of a new variable ({name}) must be fully defined, but instead was {shape}.")


def _default_initializer(name, dtype):
    from . import init_ops
    if dtype.is_floating:
        return init_ops.glorot_uniform_initializer()
    if dtype.is_integer or dtype.is_bool or dtype == dtypes.string:
        return init_ops.zeros_initializer()
    raise ValueError(f"An initializer for variable {name} of {dtype} is required")


def _collect(variable, collections) -> None:
    keys = list(collections) if collections is not None else [GraphKeys.GLOBAL_VARIABLES]
    if variable.trainable:
        keys.append(GraphKeys.TRAINABLE_VARIABLES)
    ops.get_default_graph().add_to_collections(keys, variable)


def _regularize(regularizer, variable, name) -> None:
    if regularizer is None:
        return
    with ops.name_scope(name + "/Regularizer/"):
        loss = regularizer(variable)
    if loss is not None:
        home().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)


@contextlib.contextmanager
def _at_root():
    """In the graph that variables belong to, outside of its scopes and dependencies."""
    graph = _lockstep.current_graph()
    if graph is None:
        with ops.name_scope(None):
            yield
        return
    owner = home()
    with contextlib.ExitStack() as stack:
        if owner is not graph and not owner.building_function:
            stack.enter_context(owner.as_default())
            graph = owner
        stack.enter_context(graph.control_dependencies(None))
        stack.enter_context(ops.name_scope(None))
        yield


class EagerVariableStore:
    """Keeps variables of get_variable() that are made eagerly, so that the same name finds them again."""

    def __init__(self, store=None):
        if store is not None and not isinstance(store, VariableStore):
            raise ValueError(f"Cannot construct EagerVariableStore from a {type(store)} object")
        self._store = store if store is not None else VariableStore(True)

    @contextlib.contextmanager
    def as_default(self):
        _eager_stores.append(self._store)
        try:
            yield
        finally:
            _eager_stores.pop()

    def variables(self) -> list:
        return sorted(self._store._vars.values(), key=lambda v: v.name)

    def trainable_variables(self) -> list:
        return [v for v in self.variables() if v.trainable]

    def non_trainable_variables(self) -> list:
        return [v for v in self.variables() if not v.trainable]

    def copy(self) -> EagerVariableStore:
        made = EagerVariableStore()
        for name, variable in self._store._vars.items():
            with ops.name_scope(None):
                made._store._vars[name] = Variable(variable.read_value(), name=name, trainable=variable.trainable)
        return made
