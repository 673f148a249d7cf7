# SPDX-License-Identifier: MIT
"""Values made of several tensors, and what ops do with them: an op that meets one where it wants a tensor asks its class."""
from __future__ import annotations

from typing import Any

import _lockstep


class CompositeTensor:
    """A value made of several tensors. Its class says what ops do with it in _ops: {op name: function of the op's arguments}."""

    __array_ufunc__ = None      # so that an array + this is asked here
    _ops: dict = {}

    def _to_components(self) -> list:
        raise NotImplementedError

    def _from_components(self, tensors: list) -> CompositeTensor:
        raise NotImplementedError

    @property
    def _type_spec(self):
        raise NotImplementedError

    @classmethod
    def _applied(cls, op, arguments: list):
        handler = cls._ops.get(op.__name__)
        if handler is None:
            raise TypeError(f"{op.__name__} does not take a {cls.__name__}. Consider converting it to a tf.Tensor first.")
        return handler(op, *arguments)

    def get_shape(self):
        return self.shape

    def __bool__(self):
        raise TypeError(f"Using a {type(self).__name__} as a Python bool is not allowed")


def is_composite(value: Any) -> bool:
    return isinstance(value, CompositeTensor)


def apply(op, arguments: tuple):
    """What op is for these arguments, one of which, or an item of a list among which, is composite."""
    arguments = list(arguments)
    while arguments and arguments[-1] is None:
        arguments.pop()
    for argument in arguments:
        for item in argument if isinstance(argument, (list, tuple)) else [argument]:
            if isinstance(item, CompositeTensor):
                return item._applied(op, arguments)
    raise TypeError(f"{op.__name__}: no argument is composite")


_lockstep.register(CompositeTensor=CompositeTensor, composite_apply=apply)
