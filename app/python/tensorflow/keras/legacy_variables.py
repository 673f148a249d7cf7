# SPDX-License-Identifier: MIT
"""Version 1 code in layers and modules of version 2: get_variable() makes the object's variables once, and finds them again."""
from __future__ import annotations

import functools

from ..compat.v1.variable_store import EagerVariableStore, own_scopes
from ..module import Module


def track_tf1_style_variables(method):
    """A method in which get_variable() and version 1's layers make variables of its object."""
    @functools.wraps(method)
    def run(self, *args, **kwargs):
        store = getattr(self, "_tf1_style_var_store", None)
        if store is None:
            if not isinstance(self, Module):
                raise ValueError("`@tf.compat.v1.keras.utils.track_tf1_layers_and_variables` must be applied to a method of a "
                                 "subclassed `tf.Module`, `tf.keras.layers.Layer`, or `tf.keras.Model` and which takes `self` as "
                                 f"the first argument. But, the first argument passed to the decorated method was {self}, which "
                                 "does not extend Module, Layer, or Model.")
            store = EagerVariableStore()
            object.__setattr__(self, "_tf1_style_var_store", store)
        with store.as_default(), own_scopes():
            found = method(self, *args, **kwargs)
        _keep(self, store)
        return found
    return run


def _keep(owner, store) -> None:
    """New variables are the owner's; their regularizers a layer's losses."""
    if not hasattr(owner, "_own_weights"):
        owner._tf1_style_variables = store.variables()
        return
    known = {id(v) for v in owner._own_weights}
    new = [v for v in store.variables() if id(v) not in known]
    owner._own_weights += new
    owner._regularized += [pair for pair in store._store.regularizers.values() if any(pair[0] is v for v in new)]
