# SPDX-License-Identifier: MIT
"""The values of a function's symbols: those that a tensor can stand for, those that are Python's, and those that are not there."""
from __future__ import annotations

import _lockstep
from _lockstep import SymbolicTensor, Tensor

from .. import nest
from ..framework.ops import convert_to_tensor
from ..ops import array_ops, control_flow
from ..ops.variables import Variable


class Undefined:
    """A variable without a value, and why it has none. Any use raises."""

    def __init__(self, reason: str, error=UnboundLocalError):
        object.__setattr__(self, "_error", error(reason))

    def _raise(self, *args, **kwargs):
        raise object.__getattribute__(self, "_error")

    __getattr__ = __call__ = __iter__ = __len__ = __bool__ = __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = _raise
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __lt__ = __gt__ = __le__ = __ge__ = __neg__ = __array__ = _raise
    __tf_tensor__ = property(_raise)

    def __repr__(self):
        return "<undefined>"


NO_VALUE = Undefined("the function has not returned yet")


def returned(value, flag=True):
    """What the function returns: None where no return was reached. flag: whether one was, where that is not certain."""
    if value is NO_VALUE:
        return None
    if isinstance(flag, SymbolicTensor):
        from ..ops.control_flow_ops import Assert
        Assert(flag, ["loop must iterate at least once to initialize the return value: return one after the loop, too"])
    return value


def is_undefined(value) -> bool:
    return type(value) is Undefined


def is_symbolic(value) -> bool:
    if isinstance(value, Variable):
        return _lockstep.current_graph() is not None
    return isinstance(value, SymbolicTensor)


def read(get, names) -> list:
    """What the symbols are now. An attribute or item may be absent as a name may be."""
    values = []
    for name, load in zip(names, get()):
        try:
            values.append(load())
        except (NameError, AttributeError, LookupError, TypeError):
            values.append(Undefined(f"'{shown(name)}' is used before assignment"))
    return values


def put_attribute(target, name: str, value) -> None:
    """target.name = value, but for what it is already."""
    if is_undefined(value):
        vars(target).pop(name, None) if hasattr(target, "__dict__") else None
    elif getattr(target, name, None) is not value:
        setattr(target, name, value)


def put_item(target, key, value) -> None:
    """target[key] = value, but for what it is already."""
    if is_undefined(value):
        target.pop(key, None) if isinstance(target, dict) else None
    elif not (isinstance(target, (dict, list)) and (key in target if isinstance(target, dict) else True) and target[key] is value):
        target[key] = value


def is_value(value) -> bool:
    """Can it be a tensor, or is it made of some?"""
    leaves = nest.flatten(value)
    if any(is_undefined(leaf) for leaf in leaves):
        return False
    return any(leaf is not None for leaf in leaves) and all(
        leaf is None or isinstance(leaf, (Tensor, Variable, bool, int, float, complex, str, bytes)) or hasattr(leaf, "_to_components")
        or hasattr(leaf, "__array__") for leaf in leaves)


def has_tensor(value) -> bool:
    return any(isinstance(leaf, (Tensor, Variable)) or hasattr(leaf, "_to_components") for leaf in nest.flatten(value)
               if not is_undefined(leaf))


def is_same(a, b) -> bool:
    """The same Python value, that needs no node to choose."""
    if a is b:
        return True
    if is_undefined(a) or is_undefined(b) or has_tensor(a) or has_tensor(b) or type(a) is not type(b):
        return False
    try:
        return bool(a == b)
    except (TypeError, ValueError):
        return False


def shown(name: str) -> str:
    """A symbol as the program has it."""
    return "return value" if name == "ag__value" else name


def zeros(leaf):
    """Of the same kind, where it is known how large."""
    if leaf is None or hasattr(leaf, "_to_components"):
        return leaf
    leaf = leaf if isinstance(leaf, Tensor) else convert_to_tensor(leaf)
    shape = [0 if d is None else d for d in leaf.shape.as_list()] if leaf.shape.rank is not None else []
    return array_ops.fill(shape, "") if leaf.dtype.name == "string" else array_ops.zeros(shape, leaf.dtype)

def same_structure(a, b, check_types=True) -> None:
    """Raises what tells how they differ."""
    nest.assert_same_structure(control_flow._form(a), control_flow._form(b), check_types=check_types)
