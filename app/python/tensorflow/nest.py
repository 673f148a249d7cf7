# SPDX-License-Identifier: MIT
"""tf.nest: nested lists, tuples, dicts and named tuples."""
from __future__ import annotations

import collections.abc
from typing import Any, Callable


def is_nested(seq: Any) -> bool:
    return isinstance(seq, (list, tuple, dict, collections.abc.Mapping, collections.abc.MappingView))


def _children(value) -> list:
    if isinstance(value, collections.abc.Mapping):
        return [value[key] for key in _keys(value)]
    return list(value)


def _keys(value) -> list:
    try:
        return sorted(value)
    except TypeError:
        return list(value)


def _is_composite(value) -> bool:
    return hasattr(value, "_to_components") and hasattr(value, "_type_spec")


def flatten(structure: Any, expand_composites: bool = False) -> list:
    """The leaves in order; a dict's by sorted key."""
    if not is_nested(structure):
        return structure._to_components() if expand_composites and _is_composite(structure) else [structure]
    return [leaf for child in _children(structure) for leaf in flatten(child, expand_composites)]


def _rebuild(structure, children: list):
    if isinstance(structure, collections.abc.Mapping):
        built = dict(zip(_keys(structure), children))
        return type(structure)((key, built[key]) for key in structure)
    if hasattr(structure, "_fields"):
        return type(structure)(*children)
    return type(structure)(children) if isinstance(structure, (list, tuple)) else list(children)


def _pack(structure, leaves, expand_composites=False):
    if not is_nested(structure):
        if expand_composites and _is_composite(structure):
            return structure._from_components([next(leaves) for _ in structure._to_components()])
        return next(leaves)
    return _rebuild(structure, [_pack(child, leaves, expand_composites) for child in _children(structure)])


def pack_sequence_as(structure: Any, flat_sequence: list, expand_composites: bool = False):
    """flat_sequence in the form of structure."""
    wanted = len(flatten(structure, expand_composites))
    if wanted != len(flat_sequence):
        raise ValueError(f"Could not pack sequence. Structure had {wanted} atoms, but flat_sequence had "
                         f"{len(flat_sequence)} items. Structure: {structure}, flat_sequence: "
                         f"{flat_sequence}.")
    return _pack(structure, iter(flat_sequence), expand_composites)


def map_structure(func: Callable, *structures: Any, **kwargs):
    """func of the leaves at the same place in each structure, in the form of the first."""
    first = structures[0]
    for other in structures[1:]:
        assert_same_structure(first, other, check_types=kwargs.get("check_types", True))
    expand = kwargs.get("expand_composites", False)
    kwargs = {key: value for key, value in kwargs.items() if key not in ("check_types", "expand_composites")}
    flat = zip(*[flatten(structure, expand) for structure in structures])
    return pack_sequence_as(first, [func(*leaves, **kwargs) for leaves in flat], expand)


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True,
                          expand_composites: bool = False) -> None:
    """Raises ValueError where the two differ in form, TypeError where in type."""
    if is_nested(nest1) != is_nested(nest2):
        raise ValueError("The two structures don't have the same nested structure.\n\n"
                         f"First structure: {nest1}\n\nSecond structure: {nest2}")
    if not is_nested(nest1):
        return
    if check_types and type(nest1) is not type(nest2):
        raise TypeError("The two structures don't have the same nested structure: their types differ. "
                        f"Input structure has type {type(nest1)}, while shallow structure has type "
                        f"{type(nest2)}.")
    if len(nest1) != len(nest2) or (isinstance(nest1, dict) and set(nest1) != set(nest2)):
        raise ValueError("The two structures don't have the same nested structure: their numbers of elements differ.\n\n"
                         f"First structure: {nest1}\n\nSecond structure: {nest2}")
    for a, b in zip(_children(nest1), _children(nest2)):
        assert_same_structure(a, b, check_types)


is_sequence = is_nested
