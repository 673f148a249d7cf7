# SPDX-License-Identifier: MIT
"""tf.Module."""
from __future__ import annotations

import functools
import re
from typing import Any

from . import nest
from .framework import ops
from .ops.variables import Variable


def camel_to_snake(name: str) -> str:
    return re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)(?<!_)[A-Z](?=[a-z]))", r"_\1", name).lower()


class Module:
    """Something with variables and submodules, found by looking through its attributes."""

    _TF_MODULE_IGNORED_PROPERTIES: frozenset = frozenset()

    def __init__(self, name: str | None = None):
        if name is not None and not re.fullmatch(r"[A-Za-z_][\w]*", name):
            raise ValueError(f"{name!r} is not a valid module name. Module names must be valid Python "
                             f"identifiers (e.g. a valid "
                             "class name).")
        self._name = name or camel_to_snake(type(self).__name__)
        self._name_scope_name = ops.scoped(self._name)

    def __setattr__(self, key, value) -> None:
        object.__setattr__(self, key, value)
        if "_deferred_restores" in self.__dict__:
            from .checkpoint.trackable import catch_up
            catch_up(self)

    @property
    def name(self) -> str:
        return self._name

    @property
    def name_scope(self):
        return ops.name_scope(self._name_scope_name + "/")

    @property
    def variables(self) -> tuple:
        return tuple(self._flatten(lambda v: isinstance(v, Variable)))

    @property
    def trainable_variables(self) -> tuple:
        return tuple(self._flatten(lambda v: isinstance(v, Variable) and v.trainable))

    @property
    def non_trainable_variables(self) -> tuple:
        return tuple(self._flatten(lambda v: isinstance(v, Variable) and not v.trainable))

    @property
    def submodules(self) -> tuple:
        return tuple(self._flatten(lambda v: isinstance(v, Module)))

    def _flatten(self, predicate=None, recursive=True, with_path=False, expand_composites=False,
                 attribute_traversal_key=None):
        found: list = []
        _visit(self, predicate, set(), found)
        return found

    @classmethod
    def with_name_scope(cls, method):
        """Runs the method inside the module's name scope."""
        @functools.wraps(method)
        def scoped(self, *args, **kwargs):
            with self.name_scope:
                return method(self, *args, **kwargs)
        return scoped


def _attributes(module: Module) -> list:
    skip = module._TF_MODULE_IGNORED_PROPERTIES
    return [value for key, value in sorted(vars(module).items()) if key not in skip]


def _visit(module: Module, predicate, seen: set, found: list) -> None:
    """Own leaves first, then those of submodules, as TensorFlow does."""
    later = []
    for value in _attributes(module):
        for leaf in _leaves(value):
            if id(leaf) in seen:
                continue
            if isinstance(leaf, (Variable, Module)):
                seen.add(id(leaf))
                if predicate(leaf):
                    found.append(leaf)
            if isinstance(leaf, Module) and leaf is not module:
                later.append(leaf)
    for submodule in later:
        _visit(submodule, predicate, seen, found)


def _leaves(value: Any) -> list:
    if isinstance(value, (list, tuple, dict)):
        try:
            return nest.flatten(value)
        except TypeError:
            return []
    return [value]
