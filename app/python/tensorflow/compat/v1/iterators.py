# SPDX-License-Identifier: MIT
"""Iterators of version 1: their operations begin them and give elements, in each session by itself. Datasets of tensors of the
graph are recipes that are followed when an iterator begins."""
from __future__ import annotations

import itertools
import weakref

import _lockstep
from _lockstep import SymbolicTensor

from ... import nest
from ...data import iteration
from ...data.dataset import Dataset
from ...framework import dtypes, ops
from ...framework.errors import FailedPreconditionError, InvalidArgumentError
from ...framework.ops import convert_to_tensor
from ...framework.tensor_shape import TensorShape, as_shape
from ...framework.tensor_spec import TensorSpec

_known: dict = {}           # iterators by the handles that are fed
_numbers = itertools.count()


class Deferred(Dataset):
    """A dataset of tensors of a graph: build () gives the dataset of their values."""

    def __init__(self, build, inputs: list):
        self._build, self._inputs = build, inputs
        sample = build([_sample(t) for t in inputs])
        super().__init__(None, sample._length, lambda: sample.element_spec)


def _sample(tensor):
    """Some value of the tensor's dtype and rank, with one row where it is not known how many."""
    shape = [1] if tensor.shape.rank is None else [1 if n is None else n for n in tensor.shape.as_list()]
    element = "" if tensor.dtype == dtypes.string else False if tensor.dtype == dtypes.bool else 1
    return _lockstep.ops["Fill"](shape, convert_to_tensor(element, tensor.dtype))


def recorded(function, args: tuple, kwargs: dict):
    """function of datasets' arguments, at once where all of them have values, as a recipe where some are of the graph."""
    _lockstep.enter_eager()
    try:
        flat = nest.flatten((args, kwargs))
        symbolic = [t for a in flat for t in (a._inputs if isinstance(a, Deferred) else [a] if isinstance(a, SymbolicTensor) else [])]
        if not symbolic:
            return function(*args, **kwargs)

        def build(values: list):
            rest = iter(values)
            given = [a._build([next(rest) for _ in a._inputs]) if isinstance(a, Deferred) else
                     next(rest) if isinstance(a, SymbolicTensor) else a for a in flat]
            new_args, new_kwargs = nest.pack_sequence_as((args, kwargs), given)
            return function(*new_args, **new_kwargs)
        return Deferred(build, symbolic)
    finally:
        _lockstep.leave()


def _session():
    from .session import running
    return running()


class Iterator:
    """Elements of a dataset, as tensors that a session runs."""

    def __init__(self, element_spec, dataset=None, starts_itself=False):
        self._spec, self._dataset, self._starts_itself = element_spec, dataset, starts_itself
        self._begun = weakref.WeakKeyDictionary()           # session → iterator over Python
        self._handle = f"iterator_{next(_numbers)}"
        _known[self._handle] = self
        self._initializer = None if dataset is None or starts_itself else self.make_initializer(dataset)

    element_spec = property(lambda self: self._spec)
    output_types = property(lambda self: nest.map_structure(lambda s: s.dtype, self._spec))
    output_shapes = property(lambda self: nest.map_structure(lambda s: s.shape, self._spec))
    output_classes = property(lambda self: nest.map_structure(lambda s: s.value_type, self._spec))

    @property
    def initializer(self):
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset, name=None):
        """An operation that begins the iterator over this dataset."""
        inputs = dataset._inputs if isinstance(dataset, Deferred) else []

        def begin(*values):
            made = dataset._build(list(values)) if isinstance(dataset, Deferred) else dataset
            self._begun[_session()] = iteration.Iterator(made)
            return [0]
        return iteration._node(begin, inputs, ["int64"], name or "MakeIterator")[0].op

    def _current(self):
        session = _session()
        if session not in self._begun:
            if not self._starts_itself:
                raise FailedPreconditionError(None, None, "GetNext() failed because the iterator has not been initialized. Ensure "
                                              "that you have run the initializer operation for this iterator before getting the "
                                              "next element.")
            self._begun[session] = iteration.Iterator(self._dataset)
        return self._begun[session]

    def get_next(self, name=None):
        """The next element: another in each run."""
        return iteration._give(self._spec, lambda: iteration._parts_of(self._current().get_next()), [], name or "IteratorGetNext")

    def string_handle(self, name=None):
        """What a feedable iterator is fed to give this one's elements."""
        return ops.constant(self._handle, name=name or "IteratorToStringHandle")

    @staticmethod
    def from_structure(output_types, output_shapes=None, shared_name=None, output_classes=None) -> Iterator:
        """One that make_initializer() begins, over any dataset of such elements."""
        return Iterator(_specs(output_types, output_shapes))

    @staticmethod
    def from_string_handle(string_handle, output_types, output_shapes=None, output_classes=None) -> _Fed:
        """One that gives the elements of the iterator whose handle is fed."""
        return _Fed(convert_to_tensor(string_handle), _specs(output_types, output_shapes))


class _Fed:
    def __init__(self, handle, spec):
        self._handle, self._spec = handle, spec

    element_spec = property(lambda self: self._spec)
    output_types, output_shapes = Iterator.output_types, Iterator.output_shapes

    def get_next(self, name=None):
        def parts(handle) -> list:
            key = handle.numpy().decode()
            if key not in _known:
                raise InvalidArgumentError(None, None, f"No iterator has the handle {key!r}")
            return iteration._parts_of(_known[key]._current().get_next())
        return iteration._give(self._spec, parts, [self._handle], name or "IteratorGetNext")


def _specs(types, shapes):
    if shapes is None:
        return nest.map_structure(lambda t: TensorSpec(None, t), types)
    flat = nest.flatten(types)
    found = [shapes] if len(flat) == 1 and not nest.is_nested(types) else _shapes_of(shapes)
    return nest.pack_sequence_as(types, [TensorSpec(as_shape(s), t) for s, t in zip(found, flat)])


def _shapes_of(shapes) -> list:
    """The shapes of a structure, in which lists of numbers are shapes themselves."""
    if isinstance(shapes, TensorShape) or shapes is None or not nest.is_nested(shapes):
        return [shapes]
    if isinstance(shapes, list) and all(n is None or isinstance(n, int) for n in shapes):
        return [shapes]
    return [s for child in nest._children(shapes) for s in _shapes_of(child)]


def make_one_shot_iterator(dataset):
    """One that begins by itself, once in each session."""
    if not ops.in_legacy_graph():
        return iteration.Iterator(dataset)
    if isinstance(dataset, Deferred):
        raise ValueError("Failed to create a one-shot iterator for a dataset. `Dataset.make_one_shot_iterator()` does not support "
                         "datasets that capture stateful objects, such as a placeholder. In these cases, use "
                         "`Dataset.make_initializable_iterator()`.")
    return Iterator(dataset.element_spec, dataset, True)


def make_initializable_iterator(dataset, shared_name=None):
    """One whose initializer begins it."""
    if not ops.in_legacy_graph():
        raise RuntimeError("dataset.make_initializable_iterator is not supported when eager execution is enabled. Use `for element "
                           "in dataset` instead.")
    made = Iterator(dataset.element_spec, dataset)
    return made


def get_output_types(dataset_or_iterator):
    return nest.map_structure(lambda s: s.dtype, dataset_or_iterator.element_spec)


def get_output_shapes(dataset_or_iterator):
    return nest.map_structure(lambda s: s.shape, dataset_or_iterator.element_spec)


def get_output_classes(dataset_or_iterator):
    return nest.map_structure(lambda s: s.value_type, dataset_or_iterator.element_spec)
