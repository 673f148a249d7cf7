# SPDX-License-Identifier: MIT
"""Why a tf.function was traced again: what differed and since which trace. What would have avoided it is in remedies.py."""
from __future__ import annotations

import collections
import weakref
from typing import Any, Callable, NamedTuple

from ..framework import dtypes
from ..framework.lazy import inspect
from ..framework.tensor_shape import TensorShape
from . import remedies
from .remedies import Call, children, is_leaf

FIRST = "first call"
MOST = 3                        # differences that are told, of one argument
_numbers: collections.Counter = collections.Counter()       # of traces, by function's name: a debugger counts them so
_first: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()     # code: (number of its first trace, what it had around it)


class Change(NamedTuple):
    """A part of the arguments that differs."""
    path: str               # as Python writes it: d['b'][0]
    route: tuple            # the same, as places
    what: str
    old: tuple
    new: tuple

    @property
    def spoken(self) -> str:
        return f"'{self.path}'" if self.path.isidentifier() else self.path


class History:
    """The traces of a function, as far as a debugger saw them."""

    def __init__(self, name: str, signature, function: Callable, owner: type | None = None):
        """owner: the class of the object whose method it is."""
        self._name, self._signature = name, signature
        self._calls: list[Call] = []
        self._number = 0                # of the trace that began last
        self._function, self._owner = function, owner and owner.__name__

    def cause(self, key: tuple) -> str:
        if not self._calls:
            return self._first_cause()
        return describe_change(self._signature, self._calls, key)

    def begin(self) -> None:
        """A trace begins."""
        _numbers[self._name] += 1
        self._number = _numbers[self._name]

    def add(self, key: tuple, graph) -> None:
        """One that ended. A function that calls itself while it is traced has the number of the inner trace for both."""
        if not self._number:
            return
        self._calls.append(Call(self._number, key, graph))
        code = _code(self._function)
        if code is not None:
            _first.setdefault(code, (self._number, _cells(self._function)))

    def _first_cause(self) -> str:
        """Of a function that has no trace; but what it is made of may have some."""
        code = _code(self._function)
        if code is None or code not in _first:
            return FIRST
        number, cells = _first[code]
        if self._owner:
            return (f"called on another {self._owner} since trace {number}; each object has traces of its own: one object for "
                    f"all calls, with what differs in tensors or variables, traces once")
        if cells != _cells(self._function):
            return FIRST
        return f"made anew by tf.function since trace {number}; make it once, before what calls it, to trace once"


def _code(function: Callable):
    return getattr(inspect.unwrap(function), "__code__", None)


def _cells(function: Callable) -> list:
    """What a function has of those around it."""
    cells = getattr(function, "__closure__", None) or ()
    return [id(cell.cell_contents) for cell in cells if _filled(cell)]


def _filled(cell) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def describe_change(signature, calls: list, now: tuple) -> str:
    """Compared with the earlier call that is the most alike, the newest of such:
    "argument 'x' changed shape (2,) → (3,) since trace 1; input_signature=[…] traces once"."""
    number = max(range(len(calls)), key=lambda i: (_likeness(calls[i].key, now), i))
    before = calls[number]
    names = [*signature.names, *map(str, range(len(now)))]
    changes = [change for i, (old, new) in enumerate(zip(before.key[1:], now[1:])) if old != new
               for change in _changes(names[i], (i,), old, new)]
    if not changes:
        return "no trace fits its arguments"
    told = [f"argument {change.spoken} {change.what}" for change in changes[:MOST]]
    more = [f"{len(changes) - MOST} more"] if len(changes) > MOST else []
    what = ", ".join(told + more).replace("; ", ";")
    return f"{what} since trace {before.number}; {remedies.describe(signature, calls, now, changes)}"


def _likeness(before: tuple, now: tuple) -> int:
    """Arguments that are the same count most, then those of the same kind, dtype and rank."""
    return sum(8 * (old == new) + (old[:1] == new[:1]) + 2 * (old[:2] == new[:2]) + (_rank(old) == _rank(new))
               for old, new in zip(before[1:], now[1:]))


def _rank(key: tuple):
    return len(key[2]) if key[0] == "tensor" and key[2] is not None else None


# ---- what differed ----

def _changes(path: str, route: tuple, old: tuple, new: tuple) -> list:
    whole = None
    before, after = [], []
    if is_leaf(old) or is_leaf(new) or old[0] != new[0]:
        whole = _difference(old, new)
    elif old[0] == "dict" and old[1] != new[1]:
        whole = _keys_changed(old[1], new[1])
    elif old[0] == "tuple" and old[1] is not new[1]:
        whole = f"changed from a {old[1].__name__} to a {new[1].__name__}"
    else:
        before, after = children(old), children(new)
        if len(before) != len(after):
            whole = f"changed length {len(before)} → {len(after)}"
    if whole:
        return [Change(path, route, whole, old, new)]
    return [change for i, ((part, a), (_, b)) in enumerate(zip(before, after)) if a != b
            for change in _changes(path + part, (*route, i), a, b)]


def _keys_changed(old: tuple, new: tuple) -> str:
    came, went = [k for k in new if k not in old], [k for k in old if k not in new]
    said = [f"has {word} {', '.join(map(repr, which))}" for word, which in (("also", came), ("no more", went)) if which]
    return " and ".join(said) or "has its keys in another order"


def _difference(old: tuple, new: tuple) -> str:
    if old[0] != new[0] or (None in (_value(old), _value(new)) and old[0] == "value"):
        return f"changed from {_kind(old)} to {_kind(new)}"
    if old[0] == "tensor":
        dtype = f"dtype {dtypes.NUMBERS[old[1]].name} → {dtypes.NUMBERS[new[1]].name}" if old[1] != new[1] else None
        shape = f"shape {TensorShape(old[2])} → {TensorShape(new[2])}" if old[2] != new[2] else None
        return "changed " + " and ".join(filter(None, (dtype, shape)))
    if old[0] == "value":
        return f"changed value {_short(old[2])} → {_short(new[2])}"
    if old[0] == "object":
        return f"is another {new[1]}"
    if old[:3] != new[:3]:
        return f"changed from {_kind(old)} to {_kind(new)}"
    return f"changed shapes of its parts {_shapes(old)} → {_shapes(new)}"


def _value(key: tuple) -> Any:
    """A value's, with a stand-in for what is none."""
    return key[2] if key[0] == "value" else key


def _shapes(key: tuple) -> str:
    return ", ".join(str(TensorShape(dims)) for dims in key[3])


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _kind(key: tuple) -> str:
    if key[0] == "value":
        return "None" if key[2] is None else f"the Python value {_short(key[2])}"
    if key[0] == "tensor":
        return f"a {dtypes.NUMBERS[key[1]].name} tensor of shape {TensorShape(key[2])}"
    if key[0] == "object":
        return f"a {key[1]} object"
    if key[0] == "composite":
        shape, *rest = key[2]
        return f"a {key[1].removesuffix('Spec')} of shape {TensorShape(shape)}, {', '.join(map(str, rest))}"
    return f"a {key[1].__name__}" if key[0] == "tuple" else f"a {key[0]}"
