# SPDX-License-Identifier: MIT
"""Variable scopes: prefixes of variables' names with what their variables are made of, and whether they are made or found."""
from __future__ import annotations

import functools

import _lockstep

from ...framework import dtypes, ops
from ...framework.ops import GraphKeys
from ...ops.variables import VariableAggregation, VariableSynchronization, variable_creator_scope  # noqa: F401
from .variable_store import AUTO_REUSE, Scopes, VariableStore, home, scopes  # noqa: F401

_SETTINGS = ("initializer", "regularizer", "caching_device", "partitioner", "dtype", "use_resource", "constraint")


class VariableScope:
    """A prefix for variables' names, and the defaults of get_variable() in it."""

    def __init__(self, reuse, name="", initializer=None, regularizer=None, caching_device=None, partitioner=None,
                 custom_getter=None, name_scope="", dtype=dtypes.float32, use_resource=None, constraint=None):
        self._name, self._reuse, self._custom_getter, self._name_scope = name, reuse, custom_getter, name_scope
        self._initializer, self._regularizer, self._caching_device = initializer, regularizer, caching_device
        self._partitioner, self._dtype = partitioner, dtypes.as_dtype(dtype)
        self._use_resource, self._constraint = use_resource, constraint
        if _lockstep.executing_eagerly():
            if caching_device is not None:
                raise NotImplementedError("Caching devices is not yet supported when eager execution is enabled.")
            self._reuse = AUTO_REUSE

    name = property(lambda self: self._name)
    original_name_scope = property(lambda self: self._name_scope)
    reuse = property(lambda self: self._reuse)
    initializer = property(lambda self: self._initializer)
    regularizer = property(lambda self: self._regularizer)
    caching_device = property(lambda self: self._caching_device)
    partitioner = property(lambda self: self._partitioner)
    custom_getter = property(lambda self: self._custom_getter)
    dtype = property(lambda self: self._dtype)
    use_resource = property(lambda self: self._use_resource)
    constraint = property(lambda self: self._constraint)

    def reuse_variables(self) -> None:
        self._reuse = True

    def set_initializer(self, initializer) -> None:
        self._initializer = initializer

    def set_dtype(self, dtype) -> None:
        self._dtype = dtypes.as_dtype(dtype)

    def set_use_resource(self, use_resource) -> None:
        self._use_resource = use_resource

    def set_regularizer(self, regularizer) -> None:
        self._regularizer = regularizer

    def set_caching_device(self, caching_device) -> None:
        self._caching_device = caching_device

    def set_partitioner(self, partitioner) -> None:
        self._partitioner = partitioner

    def set_custom_getter(self, custom_getter) -> None:
        self._custom_getter = custom_getter

    def get_collection(self, name) -> list:
        scope = self._name + "/" if self._name else self._name
        return ops.get_default_graph().get_collection(name, scope)

    def trainable_variables(self) -> list:
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list:
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list:
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(self, store: VariableStore, name, **given):
        """The variable of this name below the scope's, with the scope's defaults for what is not given."""
        full = f"{self._name}/{name}" if self._name else name
        initializer, dtype = given.get("initializer"), given.get("dtype")
        if dtype is not None and initializer is not None and not callable(initializer):
            own = ops.convert_to_tensor(initializer).dtype
            if own != dtypes.as_dtype(dtype):
                raise ValueError(f"Initializer type '{own}' and explicit dtype '{dtypes.as_dtype(dtype)}' don't match.")
        for setting in _SETTINGS + ("reuse", "custom_getter"):
            if given.get(setting) is None:
                given[setting] = getattr(self, "_" + setting)
        if store.is_eager_and_keeps_none():
            given["reuse"] = False
        elif store._keeps_eager and given["reuse"] is not True:
            given["reuse"] = AUTO_REUSE
        with ops.name_scope(None):
            return store.get_variable(full, **given)


def get_variable_scope() -> VariableScope:
    """The scope that is open in the current graph."""
    kept = scopes()
    if kept.current is None:
        kept.current = VariableScope(False)
    return kept.current


def get_variable(name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=None, collections=None,
                 caching_device=None, partitioner=None, validate_shape=True, use_resource=None, custom_getter=None,
                 constraint=None, synchronization=VariableSynchronization.AUTO, aggregation=VariableAggregation.NONE):
    """The variable of this name in the current scope: made, or found where the scope says reuse."""
    return get_variable_scope().get_variable(
        VariableStore.current(), name, shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer,
        trainable=trainable, collections=collections, caching_device=caching_device, partitioner=partitioner,
        validate_shape=validate_shape, use_resource=use_resource, custom_getter=custom_getter, constraint=constraint,
        synchronization=synchronization, aggregation=aggregation)


def get_local_variable(name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=False, collections=None,
                       caching_device=None, partitioner=None, validate_shape=True, use_resource=None, custom_getter=None,
                       constraint=None, synchronization=VariableSynchronization.AUTO, aggregation=VariableAggregation.NONE):
    """A variable that is neither trained nor saved."""
    return get_variable(name, shape, dtype, initializer, regularizer, False,
                        [*(collections or []), GraphKeys.LOCAL_VARIABLES], caching_device, partitioner, validate_shape,
                        use_resource, custom_getter, constraint, synchronization, aggregation)


class variable_scope:  # noqa: N801  TensorFlow's name
    """Variables inside get names that begin with it, and ops too."""

    def __init__(self, name_or_scope, default_name=None, values=None, initializer=None, regularizer=None, caching_device=None,
                 partitioner=None, custom_getter=None, reuse=None, dtype=None, use_resource=None, constraint=None,
                 auxiliary_name_scope=True):
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if name_or_scope is not None and not isinstance(name_or_scope, (VariableScope, str)):
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        if reuse not in (True, False, None, AUTO_REUSE):
            raise ValueError("The reuse parameter must be True or False or None.")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"The auxiliary_name_scope must be `True` or `False`, while get {auxiliary_name_scope}")
        self._given, self._default, self._reuse = name_or_scope, default_name, reuse or None
        self._custom_getter, self._auxiliary = custom_getter, auxiliary_name_scope
        self._settings = {"initializer": initializer, "regularizer": regularizer, "caching_device": caching_device,
                          "partitioner": partitioner, "dtype": dtype, "use_resource": use_resource, "constraint": constraint}
        self._values = values

    def __enter__(self) -> VariableScope:
        if self._given is None and self._reuse:
            raise ValueError("reuse=True cannot be used without a name_or_scope")
        self._scopes, outer = scopes(), get_variable_scope()
        self._outer = outer
        entered = self._enter_names()
        given = self._given
        if given is None:
            given = self._scopes.free_name(outer.name, self._default)
        if isinstance(given, VariableScope):
            name, parent = given.name, given
            entered = given.original_name_scope
            self._counts = dict(self._scopes.counts)
        else:
            name, parent, self._counts = f"{outer.name}/{given}" if outer.name else given, outer, None
        self._made = self._scope(name, parent, entered)
        self._scopes.open(name)
        self._scopes.current = self._made
        return self._made

    def _enter_names(self) -> str:
        """Opens the scope of ops; its name."""
        if not self._auxiliary:
            here = ops.get_name_scope()
            self._names = ops.name_scope(here + "/" if here else "")
            return self._names.__enter__()
        name = self._default if self._given is None else self._given if isinstance(self._given, str) \
            else self._given.name.split("/")[-1]
        self._names = ops.name_scope(name, values=self._values) if name else None
        return self._names.__enter__() if self._names is not None else ""

    def _scope(self, name: str, parent: VariableScope, name_scope: str) -> VariableScope:
        settings = {key: getattr(parent, "_" + key) if value is None else value for key, value in self._settings.items()}
        reuse = self._reuse or parent.reuse
        getter = _wrapped(self._custom_getter, parent.custom_getter)
        return VariableScope(reuse, name, custom_getter=getter, name_scope=name_scope, **settings)

    def __exit__(self, *error) -> None:
        if self._names is not None:
            self._names.__exit__(*error)
        if self._scopes.current is not self._made:
            raise RuntimeError("Improper nesting of variable_scope.")
        if self._counts is not None:
            self._scopes.counts = self._counts
        else:
            self._scopes.close_below(self._made.name)
        self._scopes.current = self._outer


def _wrapped(getter, outer):
    """getter, whose own getter is the outer one."""
    if getter is None or outer is None:
        return getter or outer

    custom = getter

    def wrapped(getter, *args, **kwargs):
        return custom(functools.partial(outer, getter), *args, **kwargs)
    return wrapped


def variable_op_scope(values, name_or_scope, default_name=None, initializer=None, regularizer=None, caching_device=None,
                      partitioner=None, custom_getter=None, reuse=None, dtype=None, use_resource=None, constraint=None):
    return variable_scope(name_or_scope, default_name, values, initializer, regularizer, caching_device, partitioner,
                          custom_getter, reuse, dtype, use_resource, constraint)


def no_regularizer(_):
    """For a scope whose variables are not regularized."""
    return None
