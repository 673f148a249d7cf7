# SPDX-License-Identifier: MIT
"""What a session is asked for, in any structure, and what it is fed."""
from __future__ import annotations

import collections.abc
from typing import Any, Callable, NamedTuple

import numpy as np

import _lockstep
from _lockstep import Tensor

from ...framework import dtypes
from ...framework.indexed_slices import IndexedSlices, IndexedSlicesValue


class Expansion(NamedTuple):
    """A class that sessions take apart: into tensors and back when fetched, into pairs when fed."""

    kind: type
    fetch: Callable
    feed: Callable | None
    feed_for_partial_run: Callable | None


_expansions: list[Expansion] = []


def register_session_run_conversion_functions(tensor_type, fetch_function, feed_function=None,
                                              feed_function_for_partial_run=None) -> None:
    """fetch_function (value) → (list of tensors, function from their values to the result)"""
    for known in _expansions:
        if issubclass(tensor_type, known.kind):
            raise ValueError(f"{tensor_type} has already been registered so ignore it.")
    _expansions.insert(0, Expansion(tensor_type, fetch_function, feed_function, feed_function_for_partial_run))


def _expansion(value: Any) -> Expansion | None:
    return next((e for e in _expansions if isinstance(value, e.kind)), None)


def _is_attrs(value: Any) -> bool:
    return hasattr(type(value), "__attrs_attrs__")


def _attrs(value: Any) -> list:
    return [getattr(value, a.name) for a in type(value).__attrs_attrs__]


class Fetches:
    """A structure of fetches: its elements, each once, and how their values take its form."""

    def __init__(self, element: Callable, fetches: Any):
        self.elements: list = []
        self._places: dict = {}
        self._element = element
        self._build = self._mapper(fetches)

    def result(self, values: list) -> Any:
        return self._build(values)

    def _mapper(self, fetch: Any) -> Callable:
        if fetch is None:
            raise TypeError(f'Argument `fetch` = {fetch} has invalid type "{type(fetch).__name__}". Cannot be None')
        if isinstance(fetch, (list, tuple)):
            return _listed(fetch, [self._mapper(f) for f in fetch])
        if isinstance(fetch, collections.abc.Mapping):
            return _mapped(fetch, {k: self._mapper(f) for k, f in fetch.items()})
        if _is_attrs(fetch):
            parts = [self._mapper(f) for f in _attrs(fetch)]
            return lambda values: type(fetch)(*[p(values) for p in parts])
        expansion = _expansion(fetch)
        if expansion is None:
            return self._place(fetch)
        tensors, contract = expansion.fetch(fetch)
        places = [self._place(t) for t in tensors]
        return lambda values: contract([p(values) for p in places])

    def _place(self, fetch: Any) -> Callable:
        try:
            element = self._element(fetch)
        except TypeError as error:
            raise TypeError(f'Argument `fetch` = {fetch} has invalid type "{type(fetch).__name__}" must be a string or Tensor. '
                            f"({error})") from None
        except (ValueError, KeyError) as error:
            text = error.args[0] if error.args else error
            raise ValueError(f"Argument `fetch` = {fetch} cannot be interpreted as a Tensor. ({text})") from None
        key = element.ref() if isinstance(element, Tensor) else element
        if key not in self._places:
            self._places[key] = len(self.elements)
            self.elements.append(element)
        place = self._places[key]
        return lambda values: values[place]


def _listed(fetch, parts: list) -> Callable:
    kind = type(fetch)
    if kind is list:
        return lambda values: [p(values) for p in parts]
    if hasattr(fetch, "_fields"):
        return lambda values: kind(*[p(values) for p in parts])
    return lambda values: kind([p(values) for p in parts])


def _mapped(fetch, parts: dict) -> Callable:
    kind = type(fetch)

    def build(values):
        made = kind(fetch.default_factory) if isinstance(fetch, collections.defaultdict) else kind()
        for key, part in parts.items():
            made[key] = part(values)
        return made
    return build


# ---- feeds ----

def fed_pairs(key: Any, value: Any):
    """(tensor or its name, value) of one entry of a feed_dict."""
    expansion = _expansion(key) if not isinstance(key, str) else None
    return expansion.feed(key, value) if expansion is not None and expansion.feed is not None else [(key, value)]


def flattened(feed_dict) -> list:
    """The entries of a feed_dict, those that are nested one by one."""
    pairs = []
    for key, value in (feed_dict or {}).items():
        pairs += _zipped(key, value)
    return pairs


def _zipped(key: Any, value: Any) -> list:
    if isinstance(key, (list, tuple)):
        if not isinstance(value, (list, tuple)) or len(key) != len(value):
            raise ValueError(f"The entry in feed_dict of {key!r} and its value {value!r} do not have the same structure.")
        return [pair for k, v in zip(key, value) for pair in _zipped(k, v)]
    return [(key, value)]


def as_value(tensor: Tensor, value: Any, key: Any):
    """What is fed to the tensor, as a value of its dtype and of a shape that fits."""
    if isinstance(value, _lockstep.SymbolicTensor):
        raise TypeError("The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, "
                        f"lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was {value!r} which was "
                        f"passed to the feed with key {key!r}.")
    wanted = tensor.dtype.as_numpy_dtype
    if isinstance(value, int) and tensor.dtype.is_integer and not isinstance(value, bool):
        bounds = np.iinfo(wanted)
        if not bounds.min <= value <= bounds.max:
            raise TypeError(f"Type of feed value {value} with type {type(value)} is not compatible with Tensor type "
                            f"{wanted}. Try explicitly setting the type of the feed tensor to a larger type (e.g. int64).")
    fed = _lockstep.value(value if isinstance(value, Tensor) else _array(value, tensor.dtype, wanted), tensor.dtype)
    if not tensor.shape.is_compatible_with(fed.shape):
        raise ValueError(f"Cannot feed value of shape {fed.shape} for Tensor {tensor.name}, which has shape {tensor.shape}")
    return fed


def _array(value: Any, dtype, wanted) -> np.ndarray:
    if dtype == dtypes.string:
        return np.asarray(value, object)
    return np.asarray(value, wanted)


# ---- what is registered from the start ----

def _register_own() -> None:
    from ...sparse import SparseTensor, SparseTensorValue

    def fetched_slices(value):
        parts = [value.values, value.indices] + ([] if value.dense_shape is None else [value.dense_shape])
        return parts, lambda found: IndexedSlicesValue(found[0], found[1], found[2] if len(found) > 2 else None)

    def fed_slices(key, value):
        parts = [key.values, key.indices] + ([] if key.dense_shape is None else [key.dense_shape])
        return list(zip(parts, value))

    def fetched_sparse(value):
        return [value.indices, value.values, value.dense_shape], lambda found: SparseTensorValue(*found)

    def fed_sparse(key, value):
        return list(zip([key.indices, key.values, key.dense_shape], value))

    register_session_run_conversion_functions(SparseTensor, fetched_sparse, fed_sparse)
    register_session_run_conversion_functions(IndexedSlices, fetched_slices, fed_slices)
    _register_ragged()


def _register_ragged() -> None:
    from ...ragged import RaggedTensor
    from ...ragged.value import RaggedTensorValue

    def fetched(value):
        deeper = isinstance(value.values, RaggedTensor)
        inner, build = fetched(value.values) if deeper else ([value.values], lambda found: found[0])
        return [value.row_splits, *inner], lambda found: RaggedTensorValue(build(found[1:]), found[0])

    def fed(key, value):
        pairs = [(key.row_splits, value.row_splits)]
        return pairs + (fed(key.values, value.values) if isinstance(key.values, RaggedTensor) else [(key.values, value.values)])
    register_session_run_conversion_functions(RaggedTensor, fetched, fed)


_register_own()
