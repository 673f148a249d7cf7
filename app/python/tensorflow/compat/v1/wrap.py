# SPDX-License-Identifier: MIT
"""tf.compat.v1.wrap_function: version 1 code as a function whose variables are kept."""
from __future__ import annotations

from ... import nest
from ...eager.def_function import function
from ...framework.tensor_spec import TypeSpec


def wrap_function(fn, signature, name=None):
    """A concrete function of fn, which may make variables and can be pruned. What of the signature is no spec is passed on as
    it is."""
    flat = nest.flatten(signature)
    specs = [s for s in flat if isinstance(s, TypeSpec)]

    def body(*tensors):
        given = iter(tensors)
        filled = nest.pack_sequence_as(signature, [next(given) if isinstance(s, TypeSpec) else s for s in flat])
        return fn(**filled) if isinstance(filled, dict) else fn(*filled)
    body.__name__ = getattr(fn, "__name__", "wrapped")
    plain = len(specs) == len(flat) and not any(nest.is_nested(s) for s in signature) and not isinstance(signature, dict)
    wrapped = function(fn if plain else body, input_signature=signature if plain else specs, autograph=False)._wrapped()
    if name is not None:
        wrapped.name = name
    return wrapped
