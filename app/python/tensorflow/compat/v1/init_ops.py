# SPDX-License-Identifier: MIT
"""Initializers of version 1: with their own defaults, a dtype, and seeds of ops that count."""
from __future__ import annotations

from ...framework import dtypes
from ...keras import initializers as keras


class _Typed:
    """Makes tensors of its dtype where none is asked for."""

    _counts = True
    dtype = dtypes.float32

    def __call__(self, shape, dtype=None, partition_info=None):
        return super().__call__([int(d) for d in shape], dtype=self.dtype if dtype is None else dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "dtype": self.dtype.name}


class zeros_initializer(_Typed, keras.Zeros):  # noqa: N801
    def __init__(self, dtype=dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)


class ones_initializer(_Typed, keras.Ones):  # noqa: N801
    def __init__(self, dtype=dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)


class constant_initializer(_Typed, keras.Constant):  # noqa: N801
    def __init__(self, value=0, dtype=dtypes.float32, verify_shape=False):
        super().__init__(value)
        self.dtype = dtypes.as_dtype(dtype)


class random_uniform_initializer(_Typed, keras.RandomUniform):  # noqa: N801
    def __init__(self, minval=0.0, maxval=None, seed=None, dtype=dtypes.float32):
        super().__init__(minval, 1.0 if maxval is None else maxval, seed)
        self.dtype = dtypes.as_dtype(dtype)


class random_normal_initializer(_Typed, keras.RandomNormal):  # noqa: N801
    def __init__(self, mean=0.0, stddev=1.0, seed=None, dtype=dtypes.float32):
        super().__init__(mean, stddev, seed)
        self.dtype = dtypes.as_dtype(dtype)


class truncated_normal_initializer(_Typed, keras.TruncatedNormal):  # noqa: N801
    def __init__(self, mean=0.0, stddev=1.0, seed=None, dtype=dtypes.float32):
        super().__init__(mean, stddev, seed)
        self.dtype = dtypes.as_dtype(dtype)


class variance_scaling_initializer(_Typed, keras.VarianceScaling):  # noqa: N801
    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None, dtype=dtypes.float32):
        super().__init__(scale, mode, distribution, seed)
        self.dtype = dtypes.as_dtype(dtype)


class orthogonal_initializer(_Typed, keras.Orthogonal):  # noqa: N801
    def __init__(self, gain=1.0, seed=None, dtype=dtypes.float32):
        super().__init__(gain, seed)
        self.dtype = dtypes.as_dtype(dtype)


def _scaling(base, name: str):
    def __init__(self, seed=None, dtype=dtypes.float32):  # noqa: N807
        base.__init__(self, seed)
        self.dtype = dtypes.as_dtype(dtype)
    return type(name, (_Typed, base), {"__init__": __init__, "__module__": __name__})


glorot_uniform_initializer = _scaling(keras.GlorotUniform, "glorot_uniform_initializer")
glorot_normal_initializer = _scaling(keras.GlorotNormal, "glorot_normal_initializer")
he_uniform, he_normal = _scaling(keras.HeUniform, "he_uniform"), _scaling(keras.HeNormal, "he_normal")
lecun_uniform, lecun_normal = _scaling(keras.LecunUniform, "lecun_uniform"), _scaling(keras.LecunNormal, "lecun_normal")
zeros, ones, constant, orthogonal = zeros_initializer, ones_initializer, constant_initializer, orthogonal_initializer
random_uniform, random_normal = random_uniform_initializer, random_normal_initializer
truncated_normal, variance_scaling = truncated_normal_initializer, variance_scaling_initializer
glorot_uniform, glorot_normal = glorot_uniform_initializer, glorot_normal_initializer
