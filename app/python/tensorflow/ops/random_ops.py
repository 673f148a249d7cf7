# SPDX-License-Identifier: MIT
"""Random tensors from streams; the seeds are TensorFlow's."""
from __future__ import annotations

import numbers
import random

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from . import math_ops

_ops = _lockstep.ops
_DEFAULT_GRAPH_SEED = 87654321
_MAX_SEED = 2**31 - 1
_SMALLEST = {"float16": 2.0**-14, "bfloat16": 2.0**-126, "float32": 2.0**-126, "float64": 2.0**-1022}
_state: dict = {"seed": None, "generator": None}


def set_seed(seed) -> None:
    """The global seed: from here on random ops give the same numbers each time."""
    _state.update(seed=int(seed), generator=random.Random(int(seed)))
    _lockstep.set_seed(int(seed))


def get_seed(op_seed):
    """The pair of seeds of an op, from the global one and its own. An op without one gets, when there is a global seed,
    the next of a sequence in eager calls, and its number among such ops in a graph."""
    graph = _lockstep.current_graph()
    global_seed = _state["seed"]
    if graph is not None and getattr(graph, "seed", None) is not None:
        global_seed = graph.seed
    if global_seed is None:
        return (0, 0) if op_seed is None else (_DEFAULT_GRAPH_SEED, op_seed % _MAX_SEED)
    if op_seed is None:
        op_seed = _state["generator"].randint(0, _MAX_SEED) if graph is None else _number_in(graph)
    seeds = global_seed % _MAX_SEED, op_seed % _MAX_SEED
    return (0, _MAX_SEED) if seeds == (0, 0) else seeds


def _number_in(graph) -> int:
    number = getattr(graph, "_random_ops", 0)
    graph._random_ops = number + 1
    return number


def shape_tensor(shape):
    """A shape as ops take it: None's are not allowed, tensors among the sizes are."""
    if isinstance(shape, TensorShape):
        shape = shape.as_list()
    if isinstance(shape, (list, tuple)) and not shape:
        return convert_to_tensor([], dtypes.int32)
    return [shape] if isinstance(shape, numbers.Integral) else shape


def scaled(value, factor, offset):
    """value * factor + offset, without what changes nothing."""
    if not (isinstance(factor, (int, float)) and factor == 1):
        value = value * factor
    if not (isinstance(offset, (int, float)) and offset == 0):
        value = value + offset
    return value


def between(value, minval, maxval):
    """What is from 0 to 1, from minval to maxval."""
    if isinstance(minval, (int, float)) and minval == 0:
        return scaled(value, maxval, 0)
    minval, maxval = (convert_to_tensor(v, value.dtype) for v in (minval, maxval))
    return value * (maxval - minval) + minval


def random_normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Normally distributed."""
    dtype = dtypes.as_dtype(dtype)
    value = _ops["RandomStandardNormal"](shape_tensor(shape), dtype, *get_seed(seed), name)
    return scaled(value, stddev, mean)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Normally distributed, drawn again beyond two standard deviations."""
    value = _ops["TruncatedNormal"](shape_tensor(shape), dtypes.as_dtype(dtype), *get_seed(seed), name)
    return scaled(value, stddev, mean)


def random_uniform(shape, minval=0, maxval=None, dtype=dtypes.float32, seed=None, name=None):
    """Evenly distributed from minval to before maxval."""
    dtype = dtypes.as_dtype(dtype)
    accepted = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64)
    if dtype not in accepted:
        raise ValueError(f"Argument `dtype` got invalid value {dtype!r}. Accepted dtypes are {accepted}.")
    if dtype.is_integer:
        if maxval is None:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        limits = [math_ops.cast(v, dtype) for v in (minval, maxval)]
        return _ops["RandomUniformInt"](shape_tensor(shape), *limits, *get_seed(seed), name)
    value = _ops["RandomUniform"](shape_tensor(shape), dtype, *get_seed(seed), name)
    return between(value, minval, 1 if maxval is None else maxval)


def shuffle(value, seed=None, name=None):
    """The rows in random order."""
    return _ops["RandomShuffle"](value, *get_seed(seed), name)


def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """Classes, each as likely as the exponential of its logit says."""
    dtype = dtypes.as_dtype(dtypes.int64 if dtype is None else dtype)
    if dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError(f"Argument `dtype` got invalid value {dtype}. Accepted dtypes are (tf.int32, tf.int64).")
    return _ops["Multinomial"](logits, num_samples, *get_seed(seed), output_dtype=dtype, name=name)


def multinomial(logits, num_samples, seed=None, name=None, output_dtype=None):
    """Version 1's name for categorical()."""
    return categorical(logits, num_samples, output_dtype, seed, name)


def gamma_parameters(alpha, beta, dtype):
    """alpha broadcast against beta, beta, and the smallest positive number, which stands for what rounds to zero."""
    from . import array_ops
    alpha = convert_to_tensor(alpha, dtype)
    beta = convert_to_tensor(1 if beta is None else beta, dtype)
    return alpha + array_ops.zeros_like(beta), beta, _SMALLEST[alpha.dtype.name]


def random_gamma(shape, alpha, beta=None, dtype=dtypes.float32, seed=None, name=None):
    """Γ (alpha, beta); shape is put before that of the parameters."""
    alpha, beta, tiny = gamma_parameters(alpha, beta, dtypes.as_dtype(dtype))
    value = _ops["RandomGamma"](shape_tensor(shape), alpha, *get_seed(seed))
    return math_ops.maximum(convert_to_tensor(tiny, value.dtype), value / beta, name)


def random_poisson_v2(shape, lam, dtype=dtypes.float32, seed=None, name=None):
    """Poisson-distributed of rate lam; shape is put before that of lam."""
    seeds = get_seed(seed)
    return _ops["RandomPoissonV2"](shape_tensor(shape), lam, *seeds, dtype=dtypes.as_dtype(dtype), name=name)


def random_poisson(lam, shape, dtype=dtypes.float32, seed=None, name=None):
    """Version 1's order of arguments."""
    return random_poisson_v2(shape, lam, dtype, seed, name)
