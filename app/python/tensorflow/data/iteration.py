# SPDX-License-Identifier: MIT
"""Datasets and iterators in graphs. A handle, an int64 scalar, stands for the object: nodes ask it for elements whenever the
graph runs. A dataset that is an argument is found by its handle at the beginning of each run."""
from __future__ import annotations

import itertools
import weakref
from typing import Any, Callable

import _lockstep

from .. import nest
from ..eager.signature import components
from ..framework import dtypes
from ..framework.errors import InvalidArgumentError, OutOfRangeError
from ..framework.ops import SymbolicTensor, convert_to_tensor
from ..framework.tensor_spec import TensorSpec, TypeSpec
from ..ops import control_flow, script_ops
from .dataset import UNKNOWN, Dataset

_objects: weakref.WeakValueDictionary = weakref.WeakValueDictionary()       # by handle
_opened: dict = {}          # iterators that graphs have opened and not read to their end, by handle
_handles = itertools.count(1)
_NO_MORE = "End of sequence [Op:IteratorGetNext]"


def in_graph() -> bool:
    return _lockstep.current_graph() is not None


def _handle_of(thing) -> int:
    if not hasattr(thing, "_number"):
        thing._number = next(_handles)
        _objects[thing._number] = thing
    return thing._number


def _node(function: Callable, inputs: list, kinds: list, name: str) -> list:
    """A node that calls function, eagerly, when the graph runs."""
    return script_ops.py_function(function, inputs, [dtypes.as_dtype(k) for k in kinds], name=name)


# ---- elements ----

def _part_specs(spec) -> list:
    parts = components(spec)
    return [spec] if parts is None else list(parts)


def _parts_of(element: Any) -> list:
    return [part for leaf in nest.flatten(element) for part in (components(leaf) or [convert_to_tensor(leaf)])]


def _element(spec: Any, parts: list):
    """The element of this spec that is made of these tensors."""
    rest = iter(parts)

    def leaf(s):
        if components(s) is None:
            return next(rest)
        return s._from_components([next(rest) for _ in components(s)])
    return nest.pack_sequence_as(spec, [leaf(s) for s in nest.flatten(spec)]) if nest.is_nested(spec) else leaf(spec)


def _give(spec: Any, function: Callable, inputs: list, name: str):
    """A node that gives an element of this spec."""
    specs = [part for leaf in nest.flatten(spec) for part in _part_specs(leaf)]
    parts = _node(function, inputs, [s.dtype for s in specs], name)
    for part, s in zip(parts, specs):
        part.set_shape(s.shape)
    return _element(spec, parts)


class Optional:
    """tf.experimental.Optional: an element, or none."""

    def __init__(self, has, get: Callable, spec: Any):
        self._has, self._get, self.element_spec = has, get, spec

    @classmethod
    def from_value(cls, value) -> Optional:
        return cls(convert_to_tensor(True), lambda: value, nest.map_structure(lambda t: TensorSpec.from_tensor(t), value))

    @classmethod
    def empty(cls, element_spec) -> Optional:
        return cls(convert_to_tensor(False), None, element_spec)

    def has_value(self, name=None):
        return self._has

    def get_value(self, name=None):
        if self._get is None:
            raise InvalidArgumentError(None, None, "The given optional does not have a value. [Op:OptionalGetValue]")
        return self._get()


# ---- iterators ----

class Iterator:
    """Of a dataset: tf.data.Iterator. In a graph its elements are nodes."""

    def __init__(self, dataset):
        self._elements, self._dataset, self._ahead = dataset._make(), dataset, None

    element_spec = property(lambda self: self._dataset.element_spec)
    _type_spec = property(lambda self: IteratorSpec(self.element_spec))

    def _to_components(self) -> list:
        return [convert_to_tensor(_handle_of(self), dtypes.int64)]

    def _from_components(self, tensors: list):
        return self._type_spec._from_components(tensors)

    def __iter__(self):
        return self

    def __next__(self):
        return GraphIterator.of(self).get_next() if in_graph() else next(self._elements)

    def get_next(self, name=None):
        if in_graph():
            return GraphIterator.of(self).get_next()
        try:
            return next(self._elements)
        except StopIteration:
            raise OutOfRangeError(None, None, _NO_MORE) from None

    def get_next_as_optional(self, name=None) -> Optional:
        if in_graph():
            return GraphIterator.of(self).get_next_as_optional()
        for element in self._elements:
            return Optional.from_value(element)
        return Optional.empty(self.element_spec)

    # What nodes ask.

    def _advance(self) -> bool:
        self._ahead = next(self._elements, None)
        return self._ahead is not None

    def _take(self) -> list:
        if self._ahead is None:
            raise InvalidArgumentError(None, None, "The given optional does not have a value. [Op:OptionalGetValue]")
        return _parts_of(self._ahead)


def _iterator(handle) -> Iterator:
    return _objects[int(handle)]


def _advance(handle) -> list:
    if _iterator(handle)._advance():
        return [True]
    _opened.pop(int(handle), None)
    return [False]


def _next_parts(handle) -> list:
    return _parts_of(_iterator(handle).get_next())


class GraphIterator:
    """The iterator of a handle, in a graph."""

    def __init__(self, handle: SymbolicTensor, element_spec: Any):
        self._handle, self.element_spec = handle, element_spec

    @classmethod
    def of(cls, iterator: Iterator) -> GraphIterator:
        """An iterator that the function found around it; its graph keeps it."""
        graph = _lockstep.current_graph()
        graph._iterators = getattr(graph, "_iterators", []) + [iterator]
        return cls(iterator._to_components()[0], iterator.element_spec)

    @classmethod
    def open(cls, dataset: Dataset) -> GraphIterator:
        """A new one in each run."""
        def start() -> list:
            iterator = Iterator(dataset)
            _opened[_handle_of(iterator)] = iterator
            return [iterator._number]
        return cls(_node(start, [], ["int64"], "Iterator")[0], dataset.element_spec)

    _type_spec = property(lambda self: IteratorSpec(self.element_spec))

    def _to_components(self) -> list:
        return [self._handle]

    def _from_components(self, tensors: list):
        return self._type_spec._from_components(tensors)

    def __iter__(self):
        return self

    def __next__(self):
        return self.get_next()

    def get_next(self, name=None):
        return _give(self.element_spec, _next_parts, [self._handle], "IteratorGetNext")

    def advance(self) -> SymbolicTensor:
        """Is there another element? take () then gives it."""
        more = _node(_advance, [self._handle], ["bool"], "IteratorAdvance")[0]
        more.set_shape([])
        return more

    def take(self):
        return _give(self.element_spec, lambda handle: _iterator(handle)._take(), [self._handle], "IteratorGetNext")

    def close(self) -> None:
        """For one that may not have been read to its end."""
        def drop(handle) -> list:
            _opened.pop(int(handle), None)
            return []
        _node(drop, [self._handle], [], "DeleteIterator")

    def get_next_as_optional(self, name=None) -> Optional:
        return Optional(self.advance(), self.take, self.element_spec)


def reduced(dataset: Dataset, state: Any, function: Callable) -> Any:
    """A fold over the elements, as a loop of the graph."""
    iterator = GraphIterator.open(dataset)
    return control_flow.loop(lambda s: s[1], lambda s: [function(s[0], iterator.take()), iterator.advance()],
                             [state, iterator.advance()], name="reduce")[0]


# ---- datasets that are arguments ----

class GraphDataset(Dataset):
    """The dataset of a handle. Those that are derived from it in the graph find it when they are run."""

    _found = None

    def __init__(self, handle: SymbolicTensor, element_spec: Any):
        super().__init__(self._make_found, UNKNOWN, element_spec)
        self._handle = handle
        _node(self._find, [handle], [], "Dataset")

    def _find(self, handle) -> list:
        self._found = _objects[int(handle)]
        return []

    def _make_found(self):
        return self._found._make()

    def _to_components(self) -> list:
        return [self._handle]


class _HandleSpec(TypeSpec):
    def __init__(self, element_spec: Any):
        self.element_spec = element_spec

    shape = property(lambda self: TensorSpec([]).shape)
    dtype = property(lambda self: dtypes.int64)

    def _component_specs(self) -> list:
        return [TensorSpec([], dtypes.int64)]

    def _key(self) -> tuple:
        return repr(self.element_spec),

    def is_compatible_with(self, other) -> bool:
        return self == getattr(other, "_type_spec", other)

    def __eq__(self, other) -> bool:
        return type(other) is type(self) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


class DatasetSpec(_HandleSpec):
    """tf.data.DatasetSpec"""

    def __init__(self, element_spec, dataset_shape=()):
        super().__init__(element_spec)

    value_type = Dataset

    def _from_components(self, tensors: list):
        if isinstance(tensors[0], SymbolicTensor):
            return GraphDataset(tensors[0], self.element_spec)
        return _objects[int(tensors[0])]

    def __repr__(self) -> str:
        return f"DatasetSpec({self.element_spec!r}, TensorShape([]))"


class IteratorSpec(_HandleSpec):
    """tf.data.IteratorSpec"""

    value_type = Iterator

    def _from_components(self, tensors: list):
        if isinstance(tensors[0], SymbolicTensor):
            return GraphIterator(tensors[0], self.element_spec)
        return _objects[int(tensors[0])]

    def __repr__(self) -> str:
        return f"IteratorSpec({self.element_spec!r})"


def dataset_components(dataset: Dataset) -> list:
    graph = _lockstep.current_graph()
    if graph is not None:
        graph._datasets = getattr(graph, "_datasets", []) + [dataset]      # the node that gives its handle keeps nothing alive
    return [convert_to_tensor(_handle_of(dataset), dtypes.int64)]
