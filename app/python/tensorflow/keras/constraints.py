# SPDX-License-Identifier: MIT
"""tf.keras.constraints: what weights are made into after each update."""
from __future__ import annotations

from ..module import camel_to_snake
from ..ops import clip_ops, math_ops

_EPSILON = 1e-7


class Constraint:
    """What a weight is made into after each update."""

    _fields: tuple = ()

    def __call__(self, w):
        return w

    def get_config(self) -> dict:
        return {field: getattr(self, field) for field in self._fields}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _norms(w, axis):
    return math_ops.sqrt(math_ops.reduce_sum(math_ops.square(w), axis, True))


class MaxNorm(Constraint):
    """Norms of at most max_value"""

    _fields = ("max_value", "axis")

    def __init__(self, max_value=2, axis=0):
        self.max_value, self.axis = max_value, axis

    def __call__(self, w):
        norms = _norms(w, self.axis)
        desired = clip_ops.clip_by_value(norms, 0.0, float(self.max_value))
        return w * (desired / (_EPSILON + norms))


class NonNeg(Constraint):
    """Nothing below 0"""

    def __call__(self, w):
        return w * math_ops.cast(math_ops.greater_equal(w, 0.0), w.dtype)


class UnitNorm(Constraint):
    """Norms of 1"""

    _fields = ("axis",)

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        return w / (_EPSILON + _norms(w, self.axis))


class MinMaxNorm(Constraint):
    """Norms between the two, or nearer to them by the rate"""

    _fields = ("min_value", "max_value", "rate", "axis")

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w):
        norms = _norms(w, self.axis)
        desired = self.rate * clip_ops.clip_by_value(norms, float(self.min_value), float(self.max_value)) \
            + (1 - self.rate) * norms
        return w * (desired / (_EPSILON + norms))


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
_NAMES = {}
for _class in (MaxNorm, NonNeg, UnitNorm, MinMaxNorm):
    _NAMES[_class.__name__] = _NAMES[camel_to_snake(_class.__name__)] = _class


def serialize(constraint, use_legacy_format=False) -> dict:
    return {"class_name": type(constraint).__name__, "config": constraint.get_config()}


def deserialize(config, custom_objects=None, use_legacy_format=False):
    known = {**_NAMES, **(custom_objects or {})}
    name = config["class_name"] if isinstance(config, dict) else config
    if name not in known:
        raise ValueError(f"Unknown constraint: '{name}'. Please ensure you are using a `keras.utils.custom_object_scope` "
                         "and that this object is included in the scope.")
    return known[name](**(config.get("config", {}) if isinstance(config, dict) else {}))


def get(identifier):
    """The constraint that a name, a configuration or an object means."""
    if identifier is None or callable(identifier):
        return identifier
    if isinstance(identifier, (dict, str)):
        return deserialize(identifier)
    raise ValueError(f"Could not interpret constraint function identifier: {identifier}")
