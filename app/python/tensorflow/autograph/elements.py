# SPDX-License-Identifier: MIT
"""Loops over datasets and iterators in graphs, and Python's functions that read them."""
from __future__ import annotations

import builtins

import _lockstep
from _lockstep import SymbolicTensor

from ..data.dataset import Dataset
from ..data.iteration import GraphIterator, Iterator
from .. import nest
from ..ops import array_ops, control_flow, math_ops, sort_ops
from ..ops.script_ops import numpy_function


def are_elements(items) -> bool:
    """Does a loop over items become a node?"""
    return _lockstep.current_graph() is not None and isinstance(items, (Dataset, Iterator, GraphIterator))


def are_rows(items) -> bool:
    """A ragged tensor of the graph."""
    return hasattr(items, "nrows") and hasattr(items, "_to_components") and _lockstep.current_graph() is not None


def loop_parts(items, extra_test, body, get, set_) -> tuple:
    """(test, step, get, set, end) of the loop: whether there is another element is a variable of it. An iterator is not asked
    for more than the loop wants; it may be read on afterwards."""
    iterator = (GraphIterator.open(items) if isinstance(items, Dataset) else GraphIterator.of(items)
                if isinstance(items, Iterator) else items)
    more = [_advance(iterator, extra_test)]

    def step():
        body(iterator.take())
        more[0] = _advance(iterator, extra_test)

    def get_all():
        return [lambda: more[0], *get()]

    def set_all(values):
        more[0] = values[0]
        set_(list(values[1:]))
    end = iterator.close if isinstance(items, Dataset) and extra_test is not None else lambda: None
    return lambda: more[0], step, get_all, set_all, end


def _advance(iterator: GraphIterator, extra_test):
    wanted = True if extra_test is None else extra_test()
    if isinstance(wanted, SymbolicTensor):
        return control_flow.branch(wanted, iterator.advance, lambda: False)
    return iterator.advance() if wanted else False


# ---- Python's functions ----

def _enumerate(items, start=0):
    return items.enumerate(start) if isinstance(items, Dataset) else enumerate(items, start)


def _zip(*items, **options):
    return Dataset.zip(items) if items and all(isinstance(i, Dataset) for i in items) else zip(*items, **options)


def _map(function, *items):
    if items and all(isinstance(i, Dataset) for i in items):
        return (items[0] if len(items) == 1 else Dataset.zip(items)).map(function)
    return map(function, *items)


def _filter(function, items):
    return items.filter(function) if isinstance(items, Dataset) else filter(function, items)


def _sorted(items, **options):
    if not isinstance(items, SymbolicTensor) or options.get("key") is not None:
        return sorted(items, **options)
    return sort_ops.sort(items, direction="DESCENDING" if options.get("reverse") else "ASCENDING")


def _abs(value):
    return math_ops.abs(value) if isinstance(value, SymbolicTensor) else abs(value)


def _of_all(name: str, python):
    """max () or min (): of the elements of a vector, or of scalars."""
    def choose(*values, **options):
        if options or not any(isinstance(v, SymbolicTensor) for v in values):
            return python(*values, **options)
        if len(values) == 1 and values[0].shape.rank not in (0, 1, None):
            raise ValueError(f"{name}(arg) takes a tensor of rank 1, and got one of rank {values[0].shape.rank}: use tf.reduce_{name}")
        return getattr(math_ops, f"reduce_{name}")(values[0] if len(values) == 1 else array_ops.stack(list(values)))
    return choose


def _of_dataset(name: str, python):
    """any () or all () of the elements of a dataset."""
    def choose(items):
        if not isinstance(items, Dataset):
            return python(items)
        return items.reduce(name == "all", getattr(math_ops, "logical_and" if name == "all" else "logical_or"))
    return choose


def _print(*values, **options):
    """As tf.print does, where the program asks for it by the feature BUILTIN_FUNCTIONS; else while tracing, once."""
    from .convert import has_feature
    if not has_feature("BUILTIN_FUNCTIONS") or not any(isinstance(v, SymbolicTensor) for v in nest.flatten(values)):
        return print(*values, **options)
    places = [i for i, v in enumerate(values) if isinstance(v, SymbolicTensor)]

    def show(*known):
        shown = list(values)
        for i, value in zip(places, known):
            shown[i] = value
        print(*shown, **options)
    return numpy_function(show, [values[i] for i in places], [])


_NOTHING = object()


def _next(iterator, default=_NOTHING):
    if default is _NOTHING or not isinstance(iterator, (Iterator, GraphIterator)):
        return next(iterator) if default is _NOTHING else next(iterator, default)
    element = iterator.get_next_as_optional()
    return control_flow.branch(element.has_value(), element.get_value, lambda: default)


BUILTINS = {builtins.enumerate: _enumerate, builtins.zip: _zip, builtins.map: _map, builtins.filter: _filter,
            builtins.max: _of_all("max", max), builtins.min: _of_all("min", min), builtins.any: _of_dataset("any", any),
            builtins.all: _of_dataset("all", all), builtins.print: _print, builtins.sorted: _sorted, builtins.abs: _abs, builtins.next: _next}
