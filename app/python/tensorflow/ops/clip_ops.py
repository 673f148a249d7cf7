# SPDX-License-Identifier: MIT
"""Keeping values within bounds."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from . import array_ops, math_ops

_ops = _lockstep.ops


def _parts(t):
    """The values of a gradient's rows, and what makes such a gradient of others; a dense one is its own."""
    if hasattr(t, "indices") and hasattr(t, "values"):
        return t.values, lambda values: type(t)(values, t.indices, t.dense_shape)
    return (t if hasattr(t, "_keras_stand_in") else convert_to_tensor(t)), lambda values: values


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    """Between the two, element by element."""
    values, wrap = _parts(t)
    return wrap(_ops["Maximum"](_ops["Minimum"](values, clip_value_max), clip_value_min, name or "clip_by_value"))


def clip_by_norm(t, clip_norm, axes=None, name=None):
    """Scaled so that the Euclidean norm is at most clip_norm."""
    with name_scope(name or "clip_by_norm"):
        values, wrap = _parts(t)
        total = math_ops.reduce_sum(values * values, axes, keepdims=True)
        positive = total > 0
        safe = array_ops.where(positive, total, array_ops.ones_like(total))
        norm = array_ops.where(positive, math_ops.sqrt(safe), total)
        clip_norm = convert_to_tensor(clip_norm, values.dtype)
        return wrap(_ops["Identity"](values * clip_norm / math_ops.maximum(norm, clip_norm)))


def global_norm(t_list, name=None):
    """The Euclidean norm of all together."""
    if not isinstance(t_list, (list, tuple)):
        raise TypeError(f"`t_list` should be a sequence of tensors. Received {type(t_list)}.")
    with name_scope(name or "global_norm"):
        values = [_parts(t)[0] for t in t_list if t is not None]
        if not values:
            raise ValueError("`t_list` has no tensors")
        halves = array_ops.stack([_ops["L2Loss"](v) for v in values])
        total = math_ops.reduce_sum(halves)
        return math_ops.sqrt(total * 2.0, name="global_norm")


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """Scaled together so that their joint norm is at most clip_norm; and that norm."""
    if not isinstance(t_list, (list, tuple)):
        raise TypeError(f"`t_list` should be a sequence of tensors. Received {type(t_list)}.")
    t_list = list(t_list)
    given = [_parts(t)[0] for t in t_list if t is not None]
    if not given:
        return t_list, convert_to_tensor(0.0)
    norm = global_norm(t_list) if use_norm is None else convert_to_tensor(use_norm)
    with name_scope(name or "clip_by_global_norm"):
        one, limit = convert_to_tensor(1.0, norm.dtype), convert_to_tensor(clip_norm, norm.dtype)
        scale = limit * math_ops.minimum(1.0 / norm, one / limit)
        # An infinite norm makes all NaN, so that it is seen.
        scale = scale + (norm - norm)
        clipped = []
        for t in t_list:
            if t is None:
                clipped.append(None)
                continue
            values, wrap = _parts(t)
            clipped.append(wrap(values * math_ops.cast(scale, values.dtype)))
    return clipped, norm


def clip_by_average_norm(t, clip_norm, name=None):
    """Scaled so that the Euclidean norm by the number of elements is at most clip_norm."""
    with name_scope(name or "clip_by_average_norm"):
        t = convert_to_tensor(t)
        clip_norm = math_ops.cast(clip_norm, t.dtype)
        n = math_ops.cast(array_ops.size(t), dtypes.float32)
        inverse = math_ops.rsqrt(math_ops.reduce_sum(t * t, list(range(t.shape.rank)))) * math_ops.cast(n, t.dtype)
        return _ops["Identity"](t * clip_norm * math_ops.minimum(inverse, 1 / clip_norm))
