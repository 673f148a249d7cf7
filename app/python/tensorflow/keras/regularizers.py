# SPDX-License-Identifier: MIT
"""tf.keras.regularizers: losses of weights."""
from __future__ import annotations

import math as _math

from ..framework.ops import convert_to_tensor
from ..ops import array_ops, math_ops


def _checked(value, kind: str) -> float:
    """A finite, non-negative number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or _math.isnan(value) or _math.isinf(value):
        raise ValueError(f"Value {value} is not a valid regularization penalty number. Expect an int or float value.")
    return float(value)


class Regularizer:
    """A loss of a weight."""

    def __call__(self, x):
        return 0.0

    def get_config(self) -> dict:
        raise NotImplementedError(f"{self} does not implement get_config()")

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class L1L2(Regularizer):
    """l1 · Σ |x| + l2 · Σ x²"""

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = _checked(0.0 if l1 is None else l1, "l1")
        self.l2 = _checked(0.0 if l2 is None else l2, "l2")

    def __call__(self, x):
        x = convert_to_tensor(x)
        loss = math_ops.cast(0.0, x.dtype)
        if self.l1:
            loss = loss + self.l1 * math_ops.reduce_sum(math_ops.abs(x))
        if self.l2:
            loss = loss + 2.0 * self.l2 * _half_square(x)
        return loss

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


def _half_square(x):
    from ..ops import nn_ops
    return nn_ops.l2_loss(x)


class L1(Regularizer):
    """l1 · Σ |x|"""

    def __init__(self, l1=0.01, **kwargs):
        l1 = kwargs.pop("l", l1)
        if kwargs:
            raise TypeError(f"Argument(s) not recognized: {kwargs}")
        self.l1 = _checked(0.01 if l1 is None else l1, "l1")

    def __call__(self, x):
        return self.l1 * math_ops.reduce_sum(math_ops.abs(x))

    def get_config(self):
        return {"l1": self.l1}


class L2(Regularizer):
    """l2 · Σ x²"""

    def __init__(self, l2=0.01, **kwargs):
        l2 = kwargs.pop("l", l2)
        if kwargs:
            raise TypeError(f"Argument(s) not recognized: {kwargs}")
        self.l2 = _checked(0.01 if l2 is None else l2, "l2")

    def __call__(self, x):
        return 2.0 * self.l2 * _half_square(convert_to_tensor(x))

    def get_config(self):
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """factor · Σ |cosines of the angles between rows (or columns)| / their number"""

    def __init__(self, factor=0.01, mode="rows"):
        if mode not in ("rows", "columns"):
            raise ValueError(f'Invalid value for argument "mode". Expected one of {{"rows", "columns"}}. Received: mode={mode}')
        self.factor, self.mode = _checked(factor, "factor"), mode

    def __call__(self, inputs):
        if inputs.shape.rank != 2:
            raise ValueError("Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape="
                             f"{inputs.shape}")
        rows = self.mode == "rows"
        unit = math_ops.l2_normalize(inputs, axis=1 if rows else 0)
        product = math_ops.matmul(unit, array_ops.transpose(unit)) if rows \
            else math_ops.matmul(array_ops.transpose(unit), unit)
        size = inputs.shape[0 if rows else 1]
        apart = product * (1.0 - array_ops.eye(size, dtype=product.dtype))
        pairs = size * (size - 1.0) / 2.0
        return self.factor * 0.5 * math_ops.reduce_sum(math_ops.abs(apart)) / pairs

    def get_config(self):
        return {"factor": self.factor, "mode": self.mode}


def l1_l2(l1=0.01, l2=0.01) -> L1L2:
    return L1L2(l1, l2)


l1, l2, orthogonal_regularizer = L1, L2, OrthogonalRegularizer
_NAMES = {"l1": L1, "l2": L2, "l1_l2": l1_l2, "L1": L1, "L2": L2, "L1L2": L1L2,
          "orthogonal_regularizer": OrthogonalRegularizer, "OrthogonalRegularizer": OrthogonalRegularizer}


def serialize(regularizer, use_legacy_format=False) -> dict:
    return {"class_name": type(regularizer).__name__, "config": regularizer.get_config()}


def deserialize(config, custom_objects=None, use_legacy_format=False):
    known = {**_NAMES, **(custom_objects or {})}
    name = config["class_name"] if isinstance(config, dict) else config
    if name not in known:
        raise ValueError(f"Unknown regularizer: '{name}'. Please ensure you are using a `keras.utils.custom_object_scope` "
                         "and that this object is included in the scope.")
    return known[name](**(config.get("config", {}) if isinstance(config, dict) else {}))


def get(identifier):
    """The regularizer that a name, a configuration or an object means."""
    if identifier is None or callable(identifier):
        return identifier
    if isinstance(identifier, (dict, str)):
        return deserialize(identifier)
    raise ValueError(f"Could not interpret regularizer identifier: {identifier}")
