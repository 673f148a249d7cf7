# SPDX-License-Identifier: MIT
"""Random tensors that depend on their arguments alone: the seed is a pair of integers."""
from __future__ import annotations

import enum

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor
from . import array_ops, math_ops
from .random_ops import between, gamma_parameters, scaled, shape_tensor

_ops = _lockstep.ops
_INDEX_SHUFFLE_KEY = 498247692      # TensorFlow's first number of the three


class Algorithm(enum.Enum):
    """Which generator; only Philox is known, and chosen when it is left open."""

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


def algorithm_number(alg):
    """The number of an algorithm, which may be one, a name, or a tensor."""
    if isinstance(alg, Algorithm):
        return alg.value
    if isinstance(alg, int) or is_tensor(alg):
        return alg
    if not isinstance(alg, str):
        raise TypeError(f"Can't convert argument `alg` (of value {alg} and type {type(alg)}) to int.")
    name = {"auto_select": "AUTO_SELECT", "philox": "PHILOX", "threefry": "THREEFRY"}.get(alg)
    if name is None:
        raise ValueError(f"Argument `alg` got unsupported string value {alg}. Supported string values are 'auto_select', "
                         "'philox' and 'threefry'.")
    return Algorithm[name].value


def _key_counter_alg(seed, alg):
    key, counter = _ops["StatelessRandomGetKeyCounter"](seed)
    return key, counter, algorithm_number("auto_select" if alg is None else alg)


def _draw(op, shape, seed, dtype, alg, name=None):
    return _ops[op](shape_tensor(shape), *_key_counter_alg(seed, alg), dtype=dtype, name=name)


def stateless_split(seed, num=2, alg="auto_select"):
    """num new seeds made of one."""
    seed = convert_to_tensor(seed)
    return stateless_random_uniform([num, 2], seed, None, None, seed.dtype, alg=alg)


def fold_in(seed, data, alg="auto_select"):
    """A new seed made of one and an integer."""
    data = convert_to_tensor(data)
    first = stateless_random_uniform([], seed, None, None, data.dtype, alg=alg)
    return array_ops.stack([first, data])


def index_shuffle(index, seed, max_index):
    """Where index comes when 0 … max_index are shuffled."""
    seed = convert_to_tensor(seed)
    padded = array_ops.concat([array_ops.fill([*seed.shape[:-1], 1], math_ops.cast(_INDEX_SHUFFLE_KEY, seed.dtype)), seed], -1)
    return _ops["RandomIndexShuffle"](index, padded, max_index, rounds=4)


def stateless_shuffle(value, seed, alg="auto_select", name=None):
    """The rows in random order."""
    return _ops["StatelessShuffle"](value, *_key_counter_alg(seed, alg), name=name)


def stateless_random_uniform(shape, seed, minval=0, maxval=None, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Evenly distributed from minval to before maxval; with neither, all integers of the dtype."""
    dtype = dtypes.as_dtype(dtype)
    accepted = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.uint32,
                dtypes.uint64)
    if dtype not in accepted:
        raise ValueError(f"Argument `dtype` got invalid value {dtype}. Accepted dtypes are {accepted}.")
    if not dtype.is_integer:
        value = _draw("StatelessRandomUniformV2", shape, seed, dtype, alg, name)
        return between(value, minval, 1 if maxval is None else maxval)
    if (minval is None) != (maxval is None):
        raise ValueError(f"For integer `dtype` argument {dtype}, argument `minval` and `maxval` must be both None or not "
                         f"None. Got `minval`={minval} and `maxval`={maxval}.")
    if minval is None:
        return _draw("StatelessRandomUniformFullIntV2", shape, seed, dtype, alg, name)
    if dtype in (dtypes.uint32, dtypes.uint64):
        raise ValueError(f"Argument `dtype` got invalid value {dtype} when argument `minval` is not None. Please don't use "
                         "unsigned integers in this case.")
    limits = [math_ops.cast(v, dtype) for v in (minval, maxval)]
    return _ops["StatelessRandomUniformIntV2"](shape_tensor(shape), *_key_counter_alg(seed, alg), *limits, name=name)


def stateless_random_normal(shape, seed, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Normally distributed."""
    return scaled(_draw("StatelessRandomNormalV2", shape, seed, dtypes.as_dtype(dtype), alg, name), stddev, mean)


def stateless_truncated_normal(shape, seed, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Normally distributed, drawn again beyond two standard deviations."""
    return scaled(_draw("StatelessTruncatedNormalV2", shape, seed, dtypes.as_dtype(dtype), alg, name), stddev, mean)


def stateless_random_gamma(shape, seed, alpha, beta=None, dtype=dtypes.float32, name=None):
    """Γ (alpha, beta); shape ends with that of the parameters."""
    alpha, beta, tiny = gamma_parameters(alpha, beta, dtypes.as_dtype(dtype))
    value = _ops["StatelessRandomGammaV2"](shape_tensor(shape), seed, alpha)
    return math_ops.maximum(convert_to_tensor(tiny, value.dtype), value / beta, name)


def stateless_random_poisson(shape, seed, lam, dtype=dtypes.int32, name=None):
    """Poisson-distributed of rate lam; shape ends with that of lam."""
    return _ops["StatelessRandomPoisson"](shape_tensor(shape), seed, lam, dtype=dtypes.as_dtype(dtype), name=name)


def stateless_random_binomial(shape, seed, counts, probs, output_dtype=dtypes.int32, name=None):
    """How many of counts trials succeed; shape ends with that of the parameters."""
    probs = convert_to_tensor(probs, dtype_hint=dtypes.float32)
    counts = convert_to_tensor(counts, dtype_hint=probs.dtype)
    return _ops["StatelessRandomBinomial"](shape_tensor(shape), seed, counts, probs, dtypes.as_dtype(output_dtype), name=name)


def stateless_categorical(logits, num_samples, seed, dtype=dtypes.int64, name=None):
    """Classes, each as likely as the exponential of its logit says."""
    return _ops["StatelessMultinomial"](logits, num_samples, seed, dtypes.as_dtype(dtype), name=name)


def stateless_multinomial(logits, num_samples, seed, output_dtype=dtypes.int64, name=None):
    """Version 1's name for stateless_categorical()."""
    return stateless_categorical(logits, num_samples, seed, output_dtype, name)
