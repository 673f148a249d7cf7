# SPDX-License-Identifier: MIT
"""Masks: which steps of a tensor count. They stand beside tensors, so that layers can hand them on."""
from __future__ import annotations

import weakref

from _lockstep import Tensor

_known: dict = {}       # id of a tensor: (a weak reference that drops the entry, its mask)


def any_known() -> bool:
    return bool(_known)


def mask_of(tensor):
    """The mask that a layer has given this tensor, or None."""
    found = _known.get(id(tensor)) if _known else None
    return None if found is None else found[1]


def set_mask(tensor, mask) -> None:
    key = id(tensor)
    if mask is None:
        _known.pop(key, None)
    else:
        _known[key] = weakref.ref(tensor, lambda _: _known.pop(key, None)), mask


Tensor._keras_mask = property(mask_of, set_mask)
