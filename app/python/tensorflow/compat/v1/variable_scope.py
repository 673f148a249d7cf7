# SPDX-License-Identifier: MIT
"""get_variable and variable scopes."""
from __future__ import annotations

from ...framework import dtypes, ops
from ...framework.ops import GraphKeys
from ...framework.tensor_shape import as_shape
from ...ops.variables import Variable

AUTO_REUSE = "auto"


class VariableScope:
    """A prefix for variables' names, and whether they are made or found."""

    def __init__(self, name="", reuse=False, initializer=None, regularizer=None, dtype=dtypes.float32):
        self.name, self.reuse, self.initializer, self.regularizer, self.dtype = name, reuse, initializer, regularizer, dtype
        self.original_name_scope = name + "/" if name else ""

    def reuse_variables(self) -> None:
        self.reuse = True

    def set_initializer(self, initializer) -> None:
        self.initializer = initializer

    def get_variable(self, name, *args, **kwargs):
        return get_variable(name, *args, **kwargs)

    def global_variables(self):
        return ops.get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, self.name)

    def trainable_variables(self):
        return ops.get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, self.name)


def _home():
    """The graph whose variables and scopes count: inside of loops and branches of a version 1 graph, that graph."""
    here = graph = ops.get_default_graph()
    while graph is not None and graph.building_function:
        graph = graph.outer_graph
    return here if graph is None else graph


def get_variable_scope() -> VariableScope:
    graph = _home()
    if graph._variable_scope is None:
        graph._variable_scope = VariableScope()
    return graph._variable_scope


class variable_scope:  # noqa: N801
    """Variables inside get names that begin with it."""

    def __init__(self, name_or_scope, default_name=None, values=None, initializer=None, regularizer=None,
                 reuse=None,
                 dtype=None, use_resource=None, auxiliary_name_scope=True, **kwargs):
        self._given, self._default = name_or_scope, default_name
        self._initializer, self._regularizer, self._reuse = initializer, regularizer, reuse

    def __enter__(self) -> VariableScope:
        self._graph = _home()
        outer = get_variable_scope()
        if isinstance(self._given, VariableScope):
            name, short = self._given.name, self._given.name.split("/")[-1]
            inherited = self._given
        else:
            short = self._given
            if short is None:
                used = self._graph.__dict__.setdefault("_default_scopes", {})
                count = used[(outer.name, self._default)] = used.get((outer.name, self._default), 0) + 1
                short = self._default if count == 1 else f"{self._default}_{count - 1}"
            name, inherited = "/".join(p for p in (outer.name, short) if p), outer
        scope = VariableScope(name, self._reuse if self._reuse is not None else inherited.reuse,
                              self._initializer or inherited.initializer, self._regularizer
                              or inherited.regularizer)
        self._outer, self._graph._variable_scope = outer, scope
        self._names = ops.name_scope(short) if short else None
        if self._names is not None:
            scope.original_name_scope = self._names.__enter__()
        return scope

    def __exit__(self, *error):
        if self._names is not None:
            self._names.__exit__(*error)
        self._graph._variable_scope = self._outer


def get_variable(name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=None,
                 collections=None,
                 caching_device=None, partitioner=None, validate_shape=True, use_resource=None,
                 custom_getter=None,
                 constraint=None, synchronization=None, aggregation=None) -> Variable:
    """The variable of this name in the current scope: made, or found where the scope says reuse."""
    graph, scope = _home(), get_variable_scope()
    full = "/".join(p for p in (scope.name, name) if p)
    found = graph._variable_store.get(full)
    if found is not None:
        if not scope.reuse:
            raise ValueError(f"Variable {full} already exists, disallowed. Did you mean to set reuse=True or "
                             "reuse=tf.AUTO_REUSE in VarScope?")
        if shape is not None and not found.shape.is_compatible_with(as_shape(shape)):
            raise ValueError(f"Trying to share variable {full}, but specified shape {as_shape(shape)} and "
                             f"found shape "
                             f"{found.shape}.")
        return found
    if scope.reuse is True:
        raise ValueError(f"Variable {full} does not exist, or was not created with tf.get_variable(). Did "
                         f"you mean to set "
                         "reuse=tf.AUTO_REUSE in VarScope?")
    variable = _make(full, shape, dtype, scope.initializer if initializer is None else initializer, trainable, collections, constraint)
    graph._variable_store[full] = variable
    regularizer = regularizer or scope.regularizer
    if regularizer is not None:
        loss = regularizer(variable)
        if loss is not None:
            graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
    return variable


def _make(full, shape, dtype, initializer, trainable, collections, constraint) -> Variable:
    from ...keras import initializers
    dtype = dtypes.as_dtype(dtype or "float32")
    if initializer is None:
        initializer = initializers.GlorotUniform() if dtype.is_floating else initializers.Zeros()
    if isinstance(initializer, type):
        initializer = initializer()
    if not callable(initializer):
        value = initializer
        return _named(full, value, None, trainable, collections, constraint)
    if shape is None or not as_shape(shape).is_fully_defined():
        raise ValueError(f"Shape of a new variable ({full}) must be fully defined, but instead was {shape}.")
    dims = as_shape(shape).as_list()
    return _named(full, lambda: _initial(initializer, dims, dtype), dtype, trainable, collections, constraint)


def _initial(initializer, dims, dtype):
    import inspect
    parameters = inspect.signature(initializer).parameters
    return initializer(dims,
                       dtype=dtype) if "dtype" in parameters else initializer(dims) if parameters else initializer()


def _named(full, value, dtype, trainable, collections, constraint) -> Variable:
    """Under exactly this name, whatever the name scope."""
    home = _home()
    if not home.building_function and home is not _current_graph() and _current_graph() is not None:
        with home.as_default():
            return _named(full, value, dtype, trainable, collections, constraint)
    stack = ops.scope_stack()
    saved, stack[:] = list(stack), []
    graph = _current_graph()
    if graph is not None:
        graph._push_scope(None)
    try:
        return Variable(value, trainable=trainable, name=full, dtype=dtype, collections=collections,
                        constraint=constraint)
    finally:
        if graph is not None:
            graph._pop_scope()
        stack[:] = saved


def _current_graph():
    import _lockstep
    return _lockstep.current_graph()
