# SPDX-License-Identifier: MIT
"""tf.data.Dataset: a recipe for elements, made anew by each iteration."""
from __future__ import annotations

import functools
import itertools
from typing import Any, Callable, Iterator

import _lockstep

from .. import nest
from ..framework import dtypes, ops
from ..framework.errors import InvalidArgumentError
from ..framework.lazy import np
from ..framework.ops import Tensor, convert_to_tensor
from ..framework.tensor_spec import TensorSpec
from . import specs
from .grouping import Grouping

AUTOTUNE = -1
INFINITE, UNKNOWN = -1, -2


def _tensors(structure: Any) -> Any:
    """Tensors for the leaves; lists are values, not structure."""
    if isinstance(structure, dict):
        return type(structure)((k, _tensors(v)) for k, v in structure.items())
    if isinstance(structure, tuple):
        parts = [_tensors(v) for v in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    return structure if isinstance(structure, Dataset) else convert_to_tensor(structure)


class Dataset(Grouping):
    """A sequence of elements, each a structure of tensors."""

    def __init__(self, make: Callable[[], Iterator], length: int = UNKNOWN, spec: Any = None):
        """spec: of the elements, or a function that finds it; where it is None the first element tells."""
        self._make, self._length, self._spec = make, length, spec

    def _alike(self, make, length) -> Dataset:
        """With elements of the same kind."""
        return Dataset(make, length, lambda: self.element_spec)

    def _derived(self, make, length=UNKNOWN, spec=None) -> Dataset:
        return Dataset(make, length, spec)

    # ---- sources ----

    @staticmethod
    def from_tensor_slices(tensors, name=None) -> Dataset:
        """An element for each row."""
        tensors = _tensors(tensors)
        flat = nest.flatten(tensors)
        if not flat:
            raise ValueError("Invalid `tensors`. `tensors` should not be empty.")
        for t in flat:
            if t.shape.rank == 0:
                raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        n = flat[0].shape[0]
        if any(_is_composite(t) for t in flat):
            rows = [t._rows() if _is_composite(t) else list(t) for t in flat]
            return Dataset(lambda: (nest.pack_sequence_as(tensors, list(row)) for row in zip(*rows)), n)
        if any(t.shape[0] != n for t in flat):
            raise ValueError(f"Dimensions {n} and {next(t.shape[0] for t in flat if t.shape[0] != n)} are "
                             f"not compatible")
        arrays = [t.numpy() for t in flat]
        return _Rows(arrays, [t.dtype for t in flat], tensors, np.arange(n))

    @staticmethod
    def from_tensors(tensors, name=None) -> Dataset:
        """One element."""
        value = _tensors(tensors)
        return Dataset(lambda: iter([value]), 1)

    @staticmethod
    def from_generator(generator, output_types=None, output_shapes=None, args=None, output_signature=None,
                       name=None) -> Dataset:
        """The elements that a Python generator function yields."""
        signature = output_signature if output_signature is not None else output_types

        def convert(value):
            kinds = nest.flatten(signature)
            if nest.is_nested(signature):
                leaves = [v for v in (value if isinstance(value, (tuple, list)) else nest.flatten(value))]
                if isinstance(signature, dict):
                    leaves = nest.flatten(value)
                return nest.pack_sequence_as(signature, [convert_to_tensor(v, getattr(k, "dtype", k))
                                                         for v, k in zip(leaves, kinds)])
            return convert_to_tensor(value, getattr(signature, "dtype", signature))
        return Dataset(lambda: (convert(v) for v in generator(*(args or ()))), UNKNOWN, output_signature)

    @staticmethod
    def range(*args, output_type=dtypes.int64, name=None) -> Dataset:
        numbers = range(*[int(a) for a in args])
        dtype = dtypes.as_dtype(output_type)
        return Dataset(lambda: (convert_to_tensor(n, dtype) for n in numbers), len(numbers), TensorSpec((),
                dtype))

    @staticmethod
    def zip(*args, datasets=None, name=None) -> Dataset:
        """Elements side by side."""
        structure = datasets if datasets is not None else args[0] if len(args) == 1 else args
        flat = [d for d in nest.flatten(structure)]
        known = [d._length for d in flat]
        length = UNKNOWN if UNKNOWN in known else min((n for n in known if n != INFINITE), default=INFINITE)
        return Dataset(lambda: (nest.pack_sequence_as(structure, list(row)) for row
                                in zip(*[d._make() for d in flat])), length,
                       lambda: nest.pack_sequence_as(structure, [d.element_spec for d in flat]))

    @staticmethod
    def list_files(file_pattern, shuffle=None, seed=None, name=None) -> Dataset:
        import glob
        patterns = [file_pattern] if isinstance(file_pattern, str) else file_pattern
        return Dataset.from_tensor_slices(sorted(f for p in patterns for f in glob.glob(p)))

    @staticmethod
    def sample_from_datasets(datasets, weights=None, seed=None, stop_on_empty_dataset=False):
        draw = np.random.default_rng(seed)

        def make():
            left = [d._make() for d in datasets]
            while left:
                i = int(draw.choice(len(left), p=weights if weights is not None and len(weights) == len(left)
                                    else None))
                try:
                    yield next(left[i])
                except StopIteration:
                    if stop_on_empty_dataset:
                        return
                    left.pop(i)
        return Dataset(make)

    # ---- transformations ----

    def map(self, map_func, num_parallel_calls=None, deterministic=None, name=None) -> Dataset:
        """map_func of each element; a tuple is given as several arguments."""
        def apply(element):
            with ops.init_scope():
                result = map_func(*element) if isinstance(element, tuple) else map_func(element)
            return _tensors(tuple(result) if isinstance(result, list) else result)
        return self._derived(lambda: map(apply, self._make()), self._length,
                             lambda: specs.mapped(self.element_spec, map_func, _tensors))

    def filter(self, predicate, name=None) -> Dataset:
        def holds(element):
            return bool(predicate(*element) if isinstance(element, tuple) else predicate(element))
        return self._alike(lambda: (e for e in self._make() if holds(e)), UNKNOWN)

    def flat_map(self, map_func, name=None) -> Dataset:
        def make():
            for e in self._make():
                yield from (map_func(*e) if isinstance(e, tuple) else map_func(e))._make()
        return self._derived(make)

    def interleave(self, map_func, cycle_length=None, block_length=1, num_parallel_calls=None,
                   deterministic=None, name=None):
        return self.flat_map(map_func)

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None,
              name=None) -> Dataset:
        """batch_size elements stacked."""
        size = int(batch_size)
        if size < 1:
            raise InvalidArgumentError(None, None,
                                       "Batch size must be greater than zero. [Op:BatchDatasetV2]")

        def make():
            elements = self._make()
            while rows := list(itertools.islice(elements, size)):
                if drop_remainder and len(rows) < size:
                    return
                yield nest.map_structure(lambda *leaves: _stack(leaves), *rows)
        return self._derived(make, _batches(self._length, size, drop_remainder),
                             lambda: specs.batched(self.element_spec, size if drop_remainder else None))

    def ragged_batch(self, batch_size, drop_remainder=False, row_splits_dtype="int64", name=None) -> Dataset:
        """batch_size elements as the rows of ragged tensors."""
        from ..ragged import stack

        def make():
            elements = self._make()
            while rows := list(itertools.islice(elements, int(batch_size))):
                if not drop_remainder or len(rows) == batch_size:
                    yield nest.map_structure(lambda *leaves: _stack(leaves) if not isinstance(leaves[0], Tensor)
                                             or leaves[0].shape.rank == 0 else stack(list(leaves)), *rows)
        return self._derived(make, _batches(self._length, int(batch_size), drop_remainder))

    def unbatch(self, name=None) -> Dataset:
        def make():
            for element in self._make():
                yield from Dataset.from_tensor_slices(element)._make()
        return self._derived(make, UNKNOWN, lambda: specs.unbatched(self.element_spec))

    def window(self, size, shift=None, stride=1, drop_remainder=False, name=None) -> Dataset:
        """Datasets of size elements, each shift after the last."""
        step = shift or size

        def make():
            elements = list(self._make())
            for begin in range(0, len(elements), step):
                part = elements[begin:begin + size * stride:stride]
                if len(part) == size or not drop_remainder:
                    flat = [Dataset(lambda col=col: iter(col), len(col)) for col
                            in zip(*[nest.flatten(p) for p in part])]
                    yield nest.pack_sequence_as(part[0], flat)
        return self._derived(make)

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=None, name=None) -> Dataset:
        """Drawn from a buffer of the next buffer_size elements."""
        from ..ops import random_ops
        fixed = seed if seed is not None else random_ops._state["seed"]
        state = np.random.default_rng(fixed)

        def make():
            draw = np.random.default_rng(fixed) if reshuffle_each_iteration is False else state
            yield from _drawn(self._make(), int(buffer_size), draw)
        return self._alike(make, self._length)

    def repeat(self, count=None, name=None) -> Dataset:
        """Over and over: count times, or without end."""
        count = -1 if count is None else int(count)

        def make():
            for _ in itertools.count() if count < 0 else range(count):
                empty = True
                for element in self._make():
                    empty = False
                    yield element
                if empty:
                    return
        length = INFINITE if count < 0 and self._length != 0 else self._length * count if self._length >= 0 else self._length
        return self._alike(make, length)

    def take(self, count, name=None) -> Dataset:
        count = int(count)
        length = self._length if count < 0 else count if self._length == INFINITE else (
            min(count, self._length) if self._length >= 0 else UNKNOWN)
        return self._alike(lambda: self._make() if count < 0 else itertools.islice(self._make(), count),
                           length)

    def skip(self, count, name=None) -> Dataset:
        count = int(count)
        length = max(self._length - count, 0) if self._length >= 0 else self._length
        return self._alike(lambda: itertools.islice(self._make(), count, None), length)

    def take_while(self, predicate, name=None) -> Dataset:
        return self._alike(lambda: itertools.takewhile(lambda e: bool(predicate(e)), self._make()), UNKNOWN)

    def shard(self, num_shards, index, name=None) -> Dataset:
        return self._alike(lambda: itertools.islice(self._make(), index, None, num_shards), UNKNOWN)

    def concatenate(self, dataset, name=None) -> Dataset:
        length = self._length + dataset._length if min(self._length, dataset._length) >= 0 else UNKNOWN
        return self._derived(lambda: itertools.chain(self._make(), dataset._make()), length,
                             lambda: specs.joined(self.element_spec, dataset.element_spec))

    def enumerate(self, start=0, name=None) -> Dataset:
        return self._derived(lambda: ((convert_to_tensor(i, dtypes.int64), e) for i, e
                                      in enumerate(self._make(), start)),
                             self._length, lambda: (specs.INDEX, self.element_spec))

    def prefetch(self, buffer_size=None, name=None) -> Dataset:
        """The elements as they are: they are made when they are asked for."""
        return self

    def cache(self, filename="", name=None) -> Dataset:
        """Computed in the first pass, kept for the next ones."""
        kept: list = []
        complete: list = []

        def make():
            if complete:
                yield from kept
                return
            kept.clear()
            for element in self._make():
                kept.append(element)
                yield element
            complete.append(True)
        return self._alike(make, self._length)

    def with_options(self, options, name=None) -> Dataset:
        return self

    def apply(self, transformation_func) -> Dataset:
        return transformation_func(self)

    def scan(self, initial_state, scan_func, name=None) -> Dataset:
        def make():
            state = _tensors(initial_state)
            for element in self._make():
                state, result = scan_func(state, element)
                yield result
        return self._derived(make, self._length)

    def reduce(self, initial_state, reduce_func, name=None):
        """A fold over the elements."""
        state = _tensors(initial_state)
        if _lockstep.current_graph() is not None:
            from .iteration import reduced
            return reduced(self, state, reduce_func)
        for element in self._make():
            state = _tensors(reduce_func(state, element))
        return state

    # ---- reading ----

    # In graphs a handle stands for it (see iteration.py).
    def _to_components(self) -> list:
        from .iteration import dataset_components
        return dataset_components(self)

    def _from_components(self, tensors: list):
        return self._type_spec._from_components(tensors)

    @property
    def _type_spec(self):
        from .iteration import DatasetSpec
        return DatasetSpec(self.element_spec)

    def __iter__(self):
        from ..autograph.convert import is_converting
        from . import iteration
        return iteration.GraphIterator.open(self) if is_converting() else iteration.Iterator(self)

    def as_numpy_iterator(self):
        return (nest.map_structure(lambda t: t.numpy(), e) for e in self._make())

    def get_single_element(self, name=None):
        return next(iter(self))

    def cardinality(self):
        return convert_to_tensor(self._length, dtypes.int64)

    def __len__(self) -> int:
        if self._length == INFINITE:
            raise TypeError("The dataset is infinite.")
        if self._length == UNKNOWN:
            raise TypeError("The dataset length is unknown.")
        return self._length

    def __bool__(self) -> bool:
        return True

    def make_one_shot_iterator(self):
        """Version 1's: begins by itself in each session."""
        from ..compat.v1 import iterators
        return iterators.make_one_shot_iterator(self)

    def make_initializable_iterator(self, shared_name=None):
        """Version 1's: an operation begins it."""
        from ..compat.v1 import iterators
        return iterators.make_initializable_iterator(self, shared_name)

    @property
    def element_spec(self):
        if callable(self._spec):
            self._spec = self._spec()
        if self._spec is None:
            _lockstep.enter_eager()
            try:
                first = next(self._make(), None)
            finally:
                _lockstep.leave()
            self._spec = None if first is None else specs.of_element(first)
        return self._spec

    output_types = property(lambda self: nest.map_structure(lambda s: s.dtype, self.element_spec))
    output_shapes = property(lambda self: nest.map_structure(lambda s: s.shape, self.element_spec))

    def __repr__(self) -> str:
        return f"<{type(self).__name__.strip('_')} element_spec={self.element_spec!r}>"


class _Rows(Dataset):
    """Rows of arrays: shuffled and batched by picking rows, without making each element."""

    def __init__(self, arrays, kinds, structure, order):
        self._arrays, self._kinds, self._structure, self._order = arrays, kinds, structure, order
        super().__init__(self._single_rows, len(order), self._row_spec)

    def _row_spec(self):
        rows = [TensorSpec(a.shape[1:], k) for a, k in zip(self._arrays, self._kinds)]
        return nest.pack_sequence_as(self._structure, rows) if nest.is_nested(self._structure) else rows[0]

    def _pick(self, where):
        leaves = [_lockstep.value(np.ascontiguousarray(a[where]) if getattr(a[where], "ndim", 0)
                                  else a[where], k)
                  for a, k in zip(self._arrays, self._kinds)]
        return nest.pack_sequence_as(self._structure,
                                     leaves) if nest.is_nested(self._structure) else leaves[0]

    def _single_rows(self):
        return (self._pick(i) for i in self._order)

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=None, name=None) -> Dataset:
        if int(buffer_size) < len(self._order):
            return super().shuffle(buffer_size, seed, reshuffle_each_iteration)
        return _ShuffledRows(self, seed, reshuffle_each_iteration)

    def _next_order(self):
        return self._order

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None,
              name=None) -> Dataset:
        size = int(batch_size)
        if size < 1:
            raise InvalidArgumentError(None, None,
                                       "Batch size must be greater than zero. [Op:BatchDatasetV2]")

        def make():
            order = self._next_order()
            for begin in range(0, len(order), size):
                where = order[begin:begin + size]
                if len(where) == size or not drop_remainder:
                    yield self._pick(where)
        return Dataset(make, _batches(len(self._order), size, drop_remainder),
                       lambda: specs.batched(self.element_spec, size if drop_remainder else None))


class _ShuffledRows(_Rows):
    """Rows in an order that is drawn anew for each iteration."""

    def __init__(self, rows: _Rows, seed, again):
        from ..ops import random_ops
        super().__init__(rows._arrays, rows._kinds, rows._structure, rows._order)
        self._seed = seed if seed is not None else random_ops._state["seed"]
        self._draw, self._again = np.random.default_rng(self._seed), again

    def _next_order(self):
        draw = np.random.default_rng(self._seed) if self._again is False else self._draw
        return draw.permutation(self._order)

    def _single_rows(self):
        return (self._pick(i) for i in self._next_order())

    def shuffle(self, *args, **kwargs) -> Dataset:
        return Dataset.shuffle(self, *args, **kwargs)


class TextLineDataset(Dataset):
    """The lines of text files."""

    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None,
                 name=None):
        names = [n.decode() if isinstance(n, bytes) else str(n) for n
                 in np.atleast_1d(convert_to_tensor(filenames).numpy())]
        super().__init__(lambda: self._lines(names), UNKNOWN, TensorSpec((), dtypes.string))

    @staticmethod
    def _lines(names):
        for name in names:
            with open(name, "rb") as file:
                for line in file:
                    yield convert_to_tensor(line.rstrip(b"\r\n"))


def _is_composite(value) -> bool:
    return hasattr(value, "_to_components") and hasattr(value, "_type_spec")


def _stack(leaves):
    if _is_composite(leaves[0]):
        return leaves[0]._stacked(list(leaves))
    if isinstance(leaves[0], Tensor):
        return convert_to_tensor(np.stack([leaf.numpy() for leaf in leaves]), leaves[0].dtype)
    return leaves[0]


def _batches(length: int, size: int, drop: bool) -> int:
    return length if length < 0 else length // size if drop else -(-length // size)


def _drawn(elements, size: int, draw):
    buffer = list(itertools.islice(elements, size))
    for element in elements:
        i = int(draw.integers(len(buffer)))
        yield buffer[i]
        buffer[i] = element
    yield from (buffer[i] for i in draw.permutation(len(buffer)))


# ---- in graphs of version 1 ----

def _made_outside(function):
    """In a graph of version 1 datasets are no part of it; those of its tensors are recipes."""
    @functools.wraps(function)
    def run(*args, **kwargs):
        if not ops.in_legacy_graph():
            return function(*args, **kwargs)
        from ..compat.v1.iterators import recorded
        return recorded(function, args, kwargs)
    return run


for _owner in (Dataset, Grouping):
    for _name, _function in list(vars(_owner).items()):
        if _name.startswith("_") or isinstance(_function, property) or _name.startswith("make_"):
            continue
        if isinstance(_function, staticmethod):
            setattr(_owner, _name, staticmethod(_made_outside(_function.__func__)))
        elif callable(_function):
            setattr(_owner, _name, _made_outside(_function))
