# SPDX-License-Identifier: MIT
"""tf.keras.initializers"""
from __future__ import annotations

import math

from ..framework import dtypes
from ..framework.ops import constant
from ..module import camel_to_snake
from ..ops import array_ops, diag_ops, linalg_ops, math_ops, random_ops, stateless_random_ops


class Initializer:
    """Makes a tensor of a shape: called with shape and dtype."""

    def __call__(self, shape, dtype=None, **kwargs):
        raise NotImplementedError

    def get_config(self) -> dict:
        return {k.lstrip("_"): v for k, v in vars(self).items()}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    seed: int | None = None
    _counts = False         # a seed says where to begin, as in version 1, not the values

    def _draw(self, kind: str, shape, dtype, first, second):
        """Random numbers: with a seed the same ones at each call."""
        if self.seed is None or self._counts:
            return getattr(random_ops, kind)(shape, first, second, dtype or dtypes.float32, self.seed)
        return getattr(stateless_random_ops, "stateless_" + kind)(shape, [self.seed, 0], first, second, dtype or dtypes.float32)


class Zeros(Initializer):
    def __call__(self, shape, dtype=None, **kwargs):
        return array_ops.zeros(shape, dtype or dtypes.float32)


class Ones(Initializer):
    def __call__(self, shape, dtype=None, **kwargs):
        return array_ops.ones(shape, dtype or dtypes.float32)


class Constant(Initializer):
    def __init__(self, value=0):
        self.value = value

    def __call__(self, shape, dtype=None, **kwargs):
        return constant(self.value, dtype or dtypes.float32, shape)


class RandomNormal(Initializer):
    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def __call__(self, shape, dtype=None, **kwargs):
        return self._draw("random_normal", shape, dtype, self.mean, self.stddev)


class TruncatedNormal(RandomNormal):
    def __call__(self, shape, dtype=None, **kwargs):
        return self._draw("truncated_normal", shape, dtype, self.mean, self.stddev)


class RandomUniform(Initializer):
    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def __call__(self, shape, dtype=None, **kwargs):
        return self._draw("random_uniform", shape, dtype, self.minval, self.maxval)


class Identity(Initializer):
    """gain on the diagonal of a matrix"""

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None, **kwargs):
        if len(shape) != 2:
            raise ValueError(f"Identity matrix initializer can only be used for 2D matrices. Received: shape={shape} of rank "
                             f"{len(shape)}.")
        return self.gain * array_ops.eye(*shape, dtype=dtype or dtypes.float32)


class Orthogonal(Initializer):
    """Rows or columns that are orthogonal and of length gain: Q of a random matrix' QR."""

    def __init__(self, gain=1.0, seed=None):
        self.gain, self.seed = gain, seed

    def __call__(self, shape, dtype=None, **kwargs):
        if len(shape) < 2:
            raise ValueError(f"The tensor to initialize must be at least two-dimensional. Received: shape={shape} of rank "
                             f"{len(shape)}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        flat = self._draw("random_normal", [max(rows, columns), min(rows, columns)], dtype, 0.0, 1.0)
        q, r = linalg_ops.qr(flat)
        q = q * math_ops.sign(diag_ops.diag_part(r))
        return self.gain * array_ops.reshape(q if rows >= columns else array_ops.transpose(q), [int(d) for d in shape])


def _fans(shape) -> tuple:
    if len(shape) < 2:
        return (shape[0] if shape else 1,) * 2
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class VarianceScaling(Initializer):
    """Spread by the number of inputs, of outputs, or their mean."""

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None):
        if scale <= 0.0:
            raise ValueError(f"`scale` must be positive float. Received: scale={scale}.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"Invalid `mode` argument: {mode}. Please use one of the {{'fan_in', 'fan_out', 'fan_avg'}}.")
        distribution = distribution.lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if distribution not in ("uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(f"Invalid `distribution` argument: {distribution}.Allowed distributions: ('uniform', "
                             "'truncated_normal', 'untruncated_normal').")
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution, seed

    def __call__(self, shape, dtype=None, **kwargs):
        dtype = dtype or dtypes.float32
        fan_in, fan_out = _fans([int(d) for d in shape])
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return self._draw("random_uniform", shape, dtype, -limit, limit)
        if self.distribution == "untruncated_normal":
            return self._draw("random_normal", shape, dtype, 0.0, math.sqrt(variance))
        return self._draw("truncated_normal", shape, dtype, 0.0, math.sqrt(variance) / 0.87962566103423978)


def _scaling(name: str, scale: float, mode: str, distribution: str):
    def __init__(self, seed=None):  # noqa: N807
        VarianceScaling.__init__(self, scale, mode, distribution, seed)
    return type(name, (VarianceScaling,), {"__init__": __init__, "__module__": __name__,
                                           "get_config": lambda self: {"seed": self.seed}})


GlorotUniform = _scaling("GlorotUniform", 1.0, "fan_avg", "uniform")
GlorotNormal = _scaling("GlorotNormal", 1.0, "fan_avg", "truncated_normal")
HeUniform = _scaling("HeUniform", 2.0, "fan_in", "uniform")
HeNormal = _scaling("HeNormal", 2.0, "fan_in", "truncated_normal")
LecunUniform = _scaling("LecunUniform", 1.0, "fan_in", "uniform")
LecunNormal = _scaling("LecunNormal", 1.0, "fan_in", "truncated_normal")

_NAMES = {camel_to_snake(name): value for name, value in list(globals().items())
          if isinstance(value, type) and issubclass(value, Initializer)}
_NAMES |= {"normal": RandomNormal, "uniform": RandomUniform, "zero": Zeros, "one": Ones}
globals().update({name: value for name, value in _NAMES.items() if name not in globals()})


def serialize(initializer, use_legacy_format=False) -> dict:
    return {"module": "keras.initializers", "class_name": type(initializer).__name__, "config": initializer.get_config(),
            "registered_name": None}


def deserialize(config, custom_objects=None, use_legacy_format=False) -> Initializer:
    known = {**_NAMES, **{camel_to_snake(k): v for k, v in (custom_objects or {}).items()}}
    key = camel_to_snake(config["class_name"])
    if key not in known:
        raise ValueError(f"Unknown initializer: '{config['class_name']}'. Please ensure you are using a "
                         "`keras.utils.custom_object_scope` and that this object is included in the scope.")
    return known[key].from_config(config["config"])


def get(identifier):
    """The initializer that a name, a configuration, a class or an object means."""
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if identifier is None or isinstance(identifier, Initializer):
        return identifier
    if isinstance(identifier, type):
        return identifier()
    if callable(identifier):
        return identifier
    key = camel_to_snake(identifier) if isinstance(identifier, str) else None
    if key not in _NAMES:
        raise ValueError(f"Unknown initializer: {identifier!r}.")
    return _NAMES[key]()
