# SPDX-License-Identifier: MIT
"""Slices of variables, which can be assigned to: v[1:3].assign (x)."""
from __future__ import annotations

import weakref
from typing import Any

import _lockstep

from ..framework.ops import Tensor, convert_to_tensor

_origins: dict = {}     # id of a slice → a weak reference to it, the variable, the key


def of_variable(variable, key) -> Any:
    """variable[key], remembering where it is from."""
    part = _lockstep.Variable.__getitem__(variable, key)
    place = id(part)
    _origins[place] = (weakref.ref(part, lambda _: _origins.pop(place, None)), variable, key)
    return part


def _entries(key):
    """begin, end and strides of a key, and the masks that say what the entries are."""
    begin, end, strides, masks = [], [], [], dict.fromkeys(("begin", "end", "ellipsis", "new_axis", "shrink_axis"), 0)
    for i, item in enumerate(key if isinstance(key, tuple) else (key,)):
        bit, entry = 1 << i, (0, 0, 1)
        if isinstance(item, slice):
            entry = (item.start or 0, item.stop or 0, 1 if item.step is None else item.step)
            masks["begin"] |= bit if item.start is None else 0
            masks["end"] |= bit if item.stop is None else 0
        elif item is Ellipsis or item is None:
            masks["ellipsis" if item is Ellipsis else "new_axis"] |= bit
        else:
            entry = (item, item + 1, 1)
            masks["shrink_axis"] |= bit
        for places, place in zip((begin, end, strides), entry):
            places.append(place)
    return begin, end, strides, {name + "_mask": mask for name, mask in masks.items()}


def _assigner(self):
    found = _origins.get(id(self))
    if found is None or found[0]() is not self:
        raise AttributeError(f"'{type(self).__name__}' object has no attribute 'assign'")
    _, variable, key = found

    def assign(value, name=None):
        """The variable, with value in place of this slice."""
        begin, end, strides, masks = _entries(key)
        done = _lockstep.ops["ResourceStridedSliceAssign"](
            variable.handle, begin, end, strides, convert_to_tensor(value, variable.dtype), **masks, name=name)
        return variable if done is None or not hasattr(variable, "_initializer") or variable._initializer is None else done
    return assign


Tensor.assign = property(_assigner)
