# SPDX-License-Identifier: MIT
"""Datasets whose elements are put together: padded, by key, by length, or in other batches than they came in."""
from __future__ import annotations

import itertools

from .. import nest
from ..framework.errors import OpError
from ..framework.lazy import np
from ..framework.ops import Tensor, convert_to_tensor
from ..framework.tensor_shape import TensorShape


def _arguments(function, element):
    return function(*element) if isinstance(element, tuple) else function(element)


def _leaves(structure, like) -> list:
    """What structure says for each leaf of like; one thing that is no structure says it for all."""
    if isinstance(like, dict) and isinstance(structure, dict):
        return [leaf for key in sorted(like) for leaf in _leaves(structure[key], like[key])]
    if isinstance(like, tuple) and isinstance(structure, tuple) and not isinstance(structure, TensorShape):
        if len(like) != len(structure):
            raise ValueError(f"The structure {structure} is not that of the elements, which have {len(like)} parts")
        return [leaf for s, part in zip(structure, like) for leaf in _leaves(s, part)]
    return [structure] * len(nest.flatten(like))


def _sizes(shape, arrays: list) -> list:
    """The size of each axis: what shape says, and where it says nothing that of the largest."""
    longest = [max(a.shape[i] for a in arrays) for i in range(arrays[0].ndim)]
    if shape is None:
        return longest
    wanted = shape.numpy().tolist() if isinstance(shape, Tensor) else TensorShape(shape).as_list()
    if len(wanted) != len(longest):
        raise ValueError(f"The padded shape {wanted} is not compatible with elements of rank {len(longest)}.")
    for size, want in zip(longest, wanted):
        if want not in (None, -1) and want < size:
            from ..framework.errors import DataLossError
            raise DataLossError(None, None, f"Attempted to pad to a smaller size than the input element: {want} < {size}")
    return [size if want in (None, -1) else want for size, want in zip(longest, wanted)]


def _padded(leaves: tuple, shape, value):
    kind = leaves[0].dtype if isinstance(leaves[0], Tensor) else None
    arrays = [np.asarray(leaf) for leaf in leaves]
    sizes = _sizes(shape, arrays)
    fill = value.numpy() if isinstance(value, Tensor) else value
    fill = (b"" if arrays[0].dtype == object else 0) if fill is None else fill
    if isinstance(fill, str):
        fill = fill.encode()
    stacked = np.full([len(arrays), *sizes], fill, arrays[0].dtype)
    for row, array in zip(stacked, arrays):
        row[tuple(slice(n) for n in array.shape)] = array
    return convert_to_tensor(stacked, kind)


def pad_rows(rows: list, shapes=None, values=None):
    """Elements stacked, each leaf filled up."""
    shapes, values = _leaves(shapes, rows[0]), _leaves(values, rows[0])
    leaves = zip(*(nest.flatten(row) for row in rows))
    return nest.pack_sequence_as(rows[0], [_padded(*one) for one in zip(leaves, shapes, values)])


class Grouping:
    """What datasets can do of this; they make their elements by _make()."""

    def padded_batch(self, batch_size, padded_shapes=None, padding_values=None, drop_remainder=False, name=None):
        """batch_size elements stacked, the short ones filled up."""
        size = int(batch_size)

        def make():
            elements = self._make()
            while rows := list(itertools.islice(elements, size)):
                if drop_remainder and len(rows) < size:
                    return
                yield pad_rows(rows, padded_shapes, padding_values)
        length = self._length
        return self._derived(make, length if length < 0 else length // size if drop_remainder else -(-length // size))

    def rebatch(self, batch_size, drop_remainder=False, name=None):
        """Other batches of the same rows; sizes that are listed take turns."""
        sizes = [int(n) for n in np.ravel(batch_size)]

        def make():
            rows = self.unbatch()._make()
            for size in itertools.cycle(sizes):
                batch = list(itertools.islice(rows, size))
                if not batch or (drop_remainder and len(batch) < size):
                    return
                yield nest.map_structure(lambda *leaves: convert_to_tensor(np.stack([t.numpy() for t in leaves]), leaves[0].dtype),
                                         *batch)
        return self._derived(make)

    def unique(self, name=None):
        """Each element the first time it comes."""
        def make():
            seen = set()
            for element in self._make():
                key = tuple((str(t.dtype), t.numpy().tolist() if t.shape.rank == 0 else str(t.numpy().tolist()))
                            for t in nest.flatten(element))
                if key not in seen:
                    seen.add(key)
                    yield element
        return self._alike(make, -2)

    def ignore_errors(self, log_warning=False, name=None):
        """Without the elements that cannot be made."""
        def make():
            elements = self._make()
            while True:
                try:
                    yield next(elements)
                except StopIteration:
                    return
                except OpError as error:
                    if log_warning:
                        print(f"Error ignored: {error.message}")
        return self._alike(make, -2)

    def group_by_window(self, key_func, reduce_func, window_size=None, window_size_func=None, name=None):
        """For each key (int64), datasets of that many elements, each made what reduce_func makes of it."""
        if (window_size is None) == (window_size_func is None):
            raise ValueError("Either the `window_size` argument or the `window_size_func` argument must be specified, "
                             "but not both")

        def make():
            open_windows: dict = {}
            for element in self._make():
                key = convert_to_tensor(_arguments(key_func, element))
                rows = open_windows.setdefault(int(key), [])
                rows.append(element)
                if len(rows) >= int(window_size if window_size is not None else window_size_func(key)):
                    yield from reduce_func(key, self._of(open_windows.pop(int(key))))._make()
            for key, rows in sorted(open_windows.items()):
                yield from reduce_func(convert_to_tensor(key, "int64"), self._of(rows))._make()
        return self._derived(make)

    def _of(self, rows: list):
        return self._alike(lambda: iter(rows), len(rows))

    def bucket_by_sequence_length(self, element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes=None,
                                  padding_values=None, pad_to_bucket_boundary=False, no_padding=False, drop_remainder=False,
                                  name=None):
        """Batches of elements whose lengths lie between the same boundaries."""
        if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
            raise ValueError("`len(bucket_batch_sizes)` must equal `len(bucket_boundaries) + 1` but "
                             f"`len(bucket_batch_sizes)={len(bucket_batch_sizes)}` and "
                             f"`len(bucket_boundaries)={len(bucket_boundaries)}`.")

        def batched(bucket, rows):
            size = bucket_batch_sizes[int(bucket)]
            if no_padding:
                return rows.batch(size, drop_remainder)
            shapes = padded_shapes
            if pad_to_bucket_boundary:
                shapes = TensorShape([bucket_boundaries[int(bucket)] - 1])
            return rows.padded_batch(size, shapes, padding_values, drop_remainder)
        return self.group_by_window(
            lambda *element: convert_to_tensor(int(np.searchsorted(bucket_boundaries, int(element_length_func(*element)), "right")),
                                               "int64"),
            batched, window_size_func=lambda bucket: bucket_batch_sizes[int(bucket)])
