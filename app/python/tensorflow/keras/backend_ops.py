# SPDX-License-Identifier: MIT
"""tf.keras.backend: ops by Keras's older names."""
# Names of the module hide Python's own, as they do in Keras.
from __future__ import annotations

import builtins

import numpy as np

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor, name_scope  # noqa: F401
from ..ops import array_ops, control_flow_ops, functional_ops, math_ops, nn_ops, random_ops
from ..ops.functional_ops import foldl, foldr  # noqa: F401
from ..ops.math_ops import cos, equal, exp, greater, greater_equal, less, less_equal, log, maximum, minimum, not_equal, pow  # noqa: F401,A004
from ..ops.math_ops import round, sigmoid, sign, sin, softplus, square, tanh  # noqa: F401,A004
from ..ops.nn_ops import softsign  # noqa: F401
from ..ops.variables import Variable

_FLOATX = "float32"


# ---- values ----

def backend() -> str:
    return "tensorflow"


def variable(value, dtype=None, name=None, constraint=None):
    """A variable of the value, of floats unless dtype says otherwise."""
    return Variable(math_ops.cast(value, dtype or _FLOATX), name=name, constraint=constraint)


def constant(value, dtype=None, shape=None, name=None):
    from ..framework.ops import constant as make
    return make(value, dtype or _FLOATX, shape, name or "Const")


def zeros(shape, dtype=None, name=None):
    return array_ops.zeros(shape, dtype or _FLOATX, name)


def ones(shape, dtype=None, name=None):
    return array_ops.ones(shape, dtype or _FLOATX, name)


def zeros_like(x, dtype=None, name=None):
    return array_ops.zeros_like(x, dtype, name)


def ones_like(x, dtype=None, name=None):
    return array_ops.ones_like(x, dtype, name)


def eye(size, dtype=None, name=None):
    return array_ops.eye(size, dtype=dtype or _FLOATX, name=name)


def arange(start, stop=None, step=1, dtype="int32"):
    """Numbers from start up to stop; up to start when that is all."""
    start, stop = (0, start) if stop is None else (start, stop)
    numbers = array_ops.range(start, stop, step)
    return numbers if dtype == "int32" else math_ops.cast(numbers, dtype)


def eval(x):  # noqa: A001
    return np.asarray(x.numpy())


def dtype(x) -> str:
    return dtypes.as_dtype(x.dtype).name


def int_shape(x):
    """The shape as a tuple, with None for what is not known."""
    return None if x.shape.rank is None else tuple(x.shape.as_list())


def ndim(x):
    return x.shape.rank


def count_params(x) -> int:
    return int(np.prod(x.shape.as_list()))


def cast_to_floatx(x):
    return math_ops.cast(x, _FLOATX) if is_tensor(x) else np.asarray(x, dtype=_FLOATX)


def is_keras_tensor(x) -> bool:
    """Whether x stands for a value of a model."""
    from .engine import KerasTensor
    if not is_tensor(x) and not isinstance(x, KerasTensor) and not hasattr(x, "_to_components"):
        raise ValueError(f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor instance.")
    return isinstance(x, KerasTensor)


def is_sparse(tensor) -> bool:
    from ..sparse import SparseTensor
    return isinstance(tensor, SparseTensor)


def to_dense(tensor):
    from ..sparse import to_dense as dense
    return dense(tensor) if is_sparse(tensor) else tensor


def batch_get_value(tensors) -> list:
    return [t.numpy() for t in tensors]


def batch_set_value(tuples) -> None:
    for x, value in tuples:
        x.assign(np.asarray(value, dtype=dtype(x)))


def print_tensor(x, message="", summarize=3):
    from ..ops.logging_ops import print_v2
    print_v2(message, x, summarize=summarize)
    return x


def update(x, new_x):
    return x.assign(new_x)


def update_add(x, increment):
    return x.assign_add(increment)


def update_sub(x, decrement):
    return x.assign_sub(decrement)


def moving_average_update(x, value, momentum):
    return x.assign(x * momentum + value * (1 - momentum))


def stop_gradient(variables):
    if isinstance(variables, (list, tuple)):
        return [array_ops.stop_gradient(v) for v in variables]
    return array_ops.stop_gradient(variables)


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None, ragged=False):
    """The beginning of a model: the whole shape, batch included."""
    from .engine import Input
    return Input(batch_shape=tuple(shape) if shape is not None else (None,) * (ndim or 0), dtype=dtype, name=name)


# ---- reductions ----

def abs(x):  # noqa: A001
    return math_ops.abs(x)


def sqrt(x):
    """√x, of what is below 0 as if it were 0."""
    return math_ops.sqrt(math_ops.maximum(x, math_ops.cast(0.0, x.dtype)))


def max(x, axis=None, keepdims=False):  # noqa: A001
    return math_ops.reduce_max(x, axis, keepdims)


def min(x, axis=None, keepdims=False):  # noqa: A001
    return math_ops.reduce_min(x, axis, keepdims)


def sum(x, axis=None, keepdims=False):  # noqa: A001
    return math_ops.reduce_sum(x, axis, keepdims)


def prod(x, axis=None, keepdims=False):
    return math_ops.reduce_prod(x, axis, keepdims)


def _in_floats(x):
    x = convert_to_tensor(x)
    return math_ops.cast(x, _FLOATX) if x.dtype.is_bool else x


def mean(x, axis=None, keepdims=False):
    return math_ops.reduce_mean(_in_floats(x), axis, keepdims)


def var(x, axis=None, keepdims=False):
    return math_ops.reduce_variance(_in_floats(x), axis, keepdims)


def std(x, axis=None, keepdims=False):
    return math_ops.reduce_std(_in_floats(x), axis, keepdims)


def any(x, axis=None, keepdims=False):  # noqa: A001
    return math_ops.reduce_any(math_ops.cast(x, dtypes.bool), axis, keepdims)


def all(x, axis=None, keepdims=False):  # noqa: A001
    return math_ops.reduce_all(math_ops.cast(x, dtypes.bool), axis, keepdims)


def argmax(x, axis=-1):
    return math_ops.argmax(x, axis)


def argmin(x, axis=-1):
    return math_ops.argmin(x, axis)


def cumsum(x, axis=0):
    return math_ops.cumsum(x, axis)


def cumprod(x, axis=0):
    return math_ops.cumprod(x, axis)


def clip(x, min_value, max_value):
    """x within both; max_value is at least min_value."""
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)):
        max_value = builtins.max(min_value, max_value)
    x = convert_to_tensor(x)
    low = math_ops.cast(-np.inf if min_value is None else min_value, x.dtype)
    high = math_ops.cast(np.inf if max_value is None else max_value, x.dtype)
    return math_ops.minimum(math_ops.maximum(x, low), high)


# ---- arrays ----

def cast(x, dtype):
    return math_ops.cast(x, dtype)


def concatenate(tensors, axis=-1):
    axis = axis % (tensors[0].shape.rank or 1) if axis < 0 else axis
    return array_ops.concat(list(tensors), axis)


def stack(x, axis=0):
    return array_ops.stack(x, axis)


def expand_dims(x, axis=-1):
    return array_ops.expand_dims(x, axis)


def squeeze(x, axis):
    return array_ops.squeeze(x, [axis])


def reshape(x, shape):
    return array_ops.reshape(x, shape)


def shape(x):
    return array_ops.shape(x)


def transpose(x):
    return array_ops.transpose(x)


def permute_dimensions(x, pattern):
    return array_ops.transpose(x, pattern)


def flatten(x):
    return array_ops.reshape(x, [-1])


def batch_flatten(x):
    return array_ops.reshape(x, array_ops.stack([-1, math_ops.reduce_prod(array_ops.shape(x)[1:])]))


def repeat(x, n):
    """[samples, dim] → [samples, n, dim]"""
    return array_ops.tile(array_ops.expand_dims(x, 1), array_ops.stack([1, n, 1]))


def repeat_elements(x, rep, axis):
    return array_ops.repeat(x, rep, axis)


def tile(x, n):
    return array_ops.tile(x, [n] if isinstance(n, int) else n)


def reverse(x, axes):
    return array_ops.reverse(x, [axes] if isinstance(axes, int) else axes)


def gather(reference, indices):
    return array_ops.gather(reference, indices)


def one_hot(indices, num_classes):
    return array_ops.one_hot(indices, num_classes, axis=-1)


def temporal_padding(x, padding=(1, 1)):
    return array_ops.pad(x, [[0, 0], list(padding), [0, 0]])


# ---- products ----

def _value(x):
    """A tensor, or what stands for one in a model."""
    return x if hasattr(x, "get_shape") else convert_to_tensor(x)


def dot(x, y):
    """Over x's last axis and y's last but one."""
    x, y = _value(x), _value(y)
    if (x.shape.rank or 0) > 2 or (y.shape.rank or 0) > 2:
        return math_ops.tensordot(x, y, [[x.shape.rank - 1], [builtins.max(y.shape.rank - 2, 0)]])
    return math_ops.matmul(x, y)


def batch_dot(x, y, axes=None):
    """Over one axis of each, for every element of the batch; two vectors make one number, [batch, 1]."""
    x, y = _value(x), _value(y)
    n, m = x.shape.rank, y.shape.rank
    if axes is None:
        axes = [n - 1, m - 1 if m == 2 else m - 2]
    axes = [axes, axes] if isinstance(axes, int) else list(axes)
    axes = [axes[0] % n, axes[1] % m]
    if 0 in axes:
        raise ValueError("Cannot perform batch_dot over axis 0. If your inputs are not batched, add a dummy batch dimension to "
                         "your inputs using K.expand_dims(x, 0)")
    letters = "bcdefghijklmnopqrstuvwxyz"
    left = ["a", *letters[:n - 1]]
    right = ["a", *letters[n - 1:n + m - 2]]
    right[axes[1]] = left[axes[0]]
    kept = [c for c in left[1:] if c != left[axes[0]]] + [c for c in right[1:] if c != left[axes[0]]]
    found = math_ops.einsum(f"{''.join(left)},{''.join(right)}->a{''.join(kept)}", x, y)
    return array_ops.expand_dims(found, 1) if n == m == 2 else found


# ---- networks ----

def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    from .activations import relu as activation
    return activation(x, alpha, max_value, threshold)


def elu(x, alpha=1.0):
    from .activations import elu as activation
    return activation(x, alpha)


def softmax(x, axis=-1):
    return nn_ops.softmax(x, axis)


def hard_sigmoid(x):
    from .activations import hard_sigmoid as activation
    return activation(x)


def l2_normalize(x, axis=None):
    return math_ops.l2_normalize(x, axis)


def bias_add(x, bias, data_format=None):
    channels_first = data_format == "channels_first"
    if channels_first and bias.shape.rank == 1:
        bias = array_ops.reshape(bias, [-1] + [1] * (x.shape.rank - 2))
    return x + bias


def dropout(x, level, noise_shape=None, seed=None):
    return nn_ops.dropout(x, rate=level, noise_shape=noise_shape, seed=seed)


def in_top_k(predictions, targets, k):
    return math_ops.in_top_k(targets, predictions, k)


def binary_crossentropy(target, output, from_logits=False):
    """Of each element."""
    from .losses import _binary
    output = convert_to_tensor(output)
    return _binary(math_ops.cast(target, output.dtype), output, from_logits)


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    from .losses import categorical_crossentropy as loss
    return loss(target, output, from_logits, axis=axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1, ignore_class=None):
    from .losses import sparse_categorical_crossentropy as loss
    return loss(target, output, from_logits, axis, ignore_class)


def switch(condition, then_expression, else_expression):
    """One of two, or of each element one of two."""
    condition = convert_to_tensor(condition)
    if condition.shape.rank == 0:
        then, other = (e if callable(e) else (lambda e=e: e) for e in (then_expression, else_expression))
        return control_flow_ops.cond(math_ops.cast(condition, dtypes.bool), then, other)
    then, other = (convert_to_tensor(e() if callable(e) else e) for e in (then_expression, else_expression))
    for _ in range(then.shape.rank - condition.shape.rank):
        condition = array_ops.expand_dims(condition, -1)
    return array_ops.where(math_ops.cast(condition, dtypes.bool), then, other)


def in_train_phase(x, alt, training=None):
    """x while training, else alt."""
    from .engine import current_training
    training = current_training() if training is None else training
    chosen = x if training else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x, alt, training=None):
    return in_train_phase(alt, x, training)


def map_fn(fn, elems, name=None, dtype=None):
    return functional_ops.map_fn(fn, elems, dtype=dtype, name=name)


# ---- by chance ----

def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    return random_ops.random_normal(shape, mean, stddev, dtype or _FLOATX, seed)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    return random_ops.truncated_normal(shape, mean, stddev, dtype or _FLOATX, seed)


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    return random_ops.random_uniform(shape, minval, maxval, dtype or _FLOATX, seed)


def random_bernoulli(shape, p=0.0, dtype=None, seed=None):
    """1 with the chance p."""
    kind = dtype or _FLOATX
    return array_ops.where(random_ops.random_uniform(shape, dtype=kind, seed=seed) <= p, array_ops.ones(shape, kind),
                           array_ops.zeros(shape, kind))


random_binomial = random_bernoulli


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    return Variable(random_uniform(shape, low, high, dtype, seed), name=name)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    return Variable(random_normal(shape, mean, scale, dtype, seed), name=name)
