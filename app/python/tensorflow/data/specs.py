# SPDX-License-Identifier: MIT
"""What the elements of derived datasets are, without making any. None where only the elements can tell."""
from __future__ import annotations

from typing import Any, Callable

import _lockstep

from .. import nest
from ..framework import dtypes
from ..framework.ops import FuncGraph
from ..framework.tensor_shape import TensorShape
from ..framework.tensor_spec import TensorSpec

INDEX = TensorSpec((), dtypes.int64)


def of_element(element: Any) -> Any:
    return nest.map_structure(lambda leaf: leaf._type_spec if hasattr(leaf, "_type_spec") else TensorSpec(
        leaf.shape, leaf.dtype), element)


def _are_tensors(spec: Any) -> bool:
    return spec is not None and all(isinstance(s, TensorSpec) for s in nest.flatten(spec))


def batched(spec: Any, size: int | None) -> Any:
    """size: None for batches that may be smaller at the end."""
    if not _are_tensors(spec):
        return None
    return nest.map_structure(lambda s: TensorSpec(TensorShape([size]).concatenate(s.shape), s.dtype), spec)


def unbatched(spec: Any) -> Any:
    if not _are_tensors(spec) or any(s.shape.rank == 0 for s in nest.flatten(spec)):
        return None
    return nest.map_structure(lambda s: TensorSpec(s.shape[1:], s.dtype), spec)


def joined(a: Any, b: Any) -> Any:
    """Of elements of both kinds."""
    if not _are_tensors(a) or not _are_tensors(b):
        return a
    return nest.map_structure(lambda x, y: TensorSpec(x.shape.most_general_compatible_shape(y.shape)
                                                      if x.shape.rank == y.shape.rank else None, x.dtype), a, b)


def mapped(spec: Any, function: Callable, tensors_of: Callable) -> Any:
    """Of function's results, which is traced for that; None when it is not to be traced."""
    if not _are_tensors(spec):
        return None
    from ..autograph import convert
    graph = FuncGraph("map")
    try:
        with graph.as_default(), convert.conversion(True):
            element = nest.map_structure(lambda s: _lockstep.placeholder("element", s.dtype, s.shape), spec)
            arguments = element if isinstance(element, tuple) else (element,)
            result = convert.call(function)(*arguments)
            return of_element(tensors_of(tuple(result) if isinstance(result, list) else result))
    except Exception:       # noqa: BLE001: the first element will tell, or raise this again
        return None

