# SPDX-License-Identifier: MIT
"""tf.keras.layers"""
from __future__ import annotations

import functools
import operator

import numpy as np

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, math_ops, nn_norm, nn_ops
from . import activations, initializers
from .engine import Input, InputSpec, KerasTensor, Layer  # noqa: F401
from .images import *  # noqa: F401,F403
from .conv_recurrent import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D  # noqa: F401
from .recurrent import *  # noqa: F401,F403


class InputLayer(Layer):
    """Says the shape of a model's input."""

    def __init__(self, input_shape=None, batch_size=None, dtype=None, name=None, shape=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._input_shape_hint = (batch_size, *(input_shape if input_shape is not None else shape))


class _KeepsShape(Layer):
    """Gives what it takes, element by element."""

    supports_masking = True

    def compute_output_shape(self, input_shape):
        return TensorShape(input_shape)


class _GivesOwnDtype(Layer):
    """Gives the layer's dtype, whatever it takes."""

    def _output_dtype(self, dtype):
        return self._dtype


class Dense(_GivesOwnDtype):
    """activation (x · kernel + bias)"""

    supports_masking = True

    def __init__(self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros",
                 kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None,
                 bias_constraint=None, **kwargs):
        super().__init__(**kwargs)
        self.units = int(units)
        if self.units <= 0:
            raise ValueError(f"Received an invalid value for `units`, expected a positive integer. Received: "
                             f"units={units}")
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.kernel_initializer, self.bias_initializer = map(initializers.get, (kernel_initializer,
                bias_initializer))
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint
        self.kernel = self.bias = None

    def build(self, input_shape):
        last = input_shape[-1]
        if last is None:
            raise ValueError("The last dimension of the inputs to a Dense layer should be defined. Found "
                             "None. Full input "
                             f"shape received: {input_shape}")
        self.kernel = self.add_weight("kernel", [last, self.units], initializer=self.kernel_initializer,
                                      regularizer=self.kernel_regularizer, constraint=self.kernel_constraint)
        if self.use_bias:
            self.bias = self.add_weight("bias", [self.units], initializer=self.bias_initializer,
                                        regularizer=self.bias_regularizer, constraint=self.bias_constraint)
        self.built = True

    def compute_output_shape(self, input_shape):
        return TensorShape([*input_shape[:-1], self.units])

    def call(self, inputs):
        if inputs.shape[-1] is not None and inputs.shape[-1] != self.kernel.shape[0]:
            raise ValueError(f"Input 0 of layer \"{self.name}\" is incompatible with the layer: expected "
                             f"axis -1 of input shape "
                             f"to have value {self.kernel.shape[0]}, but received input with shape "
                             f"{inputs.shape}")
        if inputs.dtype != self._dtype:
            inputs = math_ops.cast(inputs, self._dtype)
        if (inputs.shape.rank or 2) > 2:
            result = math_ops.tensordot(inputs, self.kernel, [[inputs.shape.rank - 1], [0]])
        else:
            result = math_ops.matmul(inputs, self.kernel)
        if self.use_bias:
            result = nn_ops.bias_add(result, self.bias)
        return self.activation(result)

    def get_config(self):
        return {**super().get_config(), "units": self.units,
                "activation": activations.serialize(self.activation),
                "use_bias": self.use_bias}


class Flatten(Layer):
    """All axes but the batch's as one."""

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)

    def compute_output_shape(self, input_shape):
        batch, *rest = input_shape
        return TensorShape([batch, TensorShape(rest).num_elements() if rest else 1])

    def call(self, inputs):
        inputs = convert_to_tensor(inputs)
        if inputs.shape.rank == 1:
            return array_ops.expand_dims(inputs, -1)
        size = inputs.shape[1:].num_elements()
        if size is None:
            return array_ops.reshape(inputs, [array_ops.shape(inputs)[0], -1])
        return array_ops.reshape(inputs, [-1, size])


class Dropout(_KeepsShape):
    """Zero for a share of the inputs, while training."""

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        if isinstance(rate, (int, float)) and not 0 <= rate <= 1:
            raise ValueError(f"Invalid value {rate} received for `rate`, expected a value between 0 and 1.")
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def call(self, inputs, training=None):
        if training is None or training is False or (not hasattr(training, "dtype") and not training):
            return array_ops.identity(inputs)
        return nn_ops.dropout(inputs, self.rate, self.noise_shape, self.seed)


class GaussianNoise(_KeepsShape):
    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev

    def call(self, inputs, training=None):
        from ..ops import random_ops
        return inputs + random_ops.random_normal(array_ops.shape(inputs), 0.0,
                                                 self.stddev) if training else inputs


class Activation(_KeepsShape):
    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs):
        return self.activation(inputs)


class ReLU(_KeepsShape):
    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value, self.negative_slope = max_value, negative_slope

    def call(self, inputs):
        return activations.relu(inputs, self.negative_slope, self.max_value)


class LeakyReLU(_KeepsShape):
    def __init__(self, alpha=0.3, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs):
        return nn_ops.leaky_relu(inputs, self.alpha)


class ELU(_KeepsShape):
    def call(self, inputs):
        return nn_ops.elu(inputs)


class Softmax(_KeepsShape):
    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        return nn_ops.softmax(inputs, self.axis)


class Lambda(Layer):
    """Any function."""

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        self.function, self.arguments = function, arguments or {}

    def call(self, inputs):
        return self.function(inputs, **self.arguments)


class Reshape(Layer):
    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def compute_output_shape(self, input_shape):
        target, size = list(self.target_shape), TensorShape(input_shape[1:]).num_elements()
        if -1 in target:
            known = -int(np.prod(target))
            target[target.index(-1)] = size // known if size is not None and known else None
        return TensorShape([input_shape[0], *target])

    def call(self, inputs):
        if inputs.shape[0] is None:
            return array_ops.reshape(inputs, array_ops.concat([array_ops.shape(inputs)[:1],
                                                               list(self.target_shape)], 0))
        return array_ops.reshape(inputs, [inputs.shape[0], *self.target_shape])


class Permute(Layer):
    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)

    def compute_output_shape(self, input_shape):
        return TensorShape([input_shape[0], *[input_shape[d] for d in self.dims]])

    def call(self, inputs):
        return array_ops.transpose(inputs, [0, *self.dims])


class Rescaling(_GivesOwnDtype, _KeepsShape):
    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset

    def call(self, inputs):
        return math_ops.cast(inputs, self._dtype) * self.scale + self.offset


class Normalization(_GivesOwnDtype, _KeepsShape):
    """Mean zero and variance one, as adapt() found them."""

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.mean, self.variance = mean, variance

    def adapt(self, data, batch_size=None, steps=None) -> None:
        rows = np.concatenate([np.asarray(b) for b in data]) if hasattr(data,
                "element_spec") else np.asarray(data)
        keep = () if self.axis is None else tuple(a % rows.ndim for a in np.atleast_1d(self.axis))
        over = tuple(i for i in range(rows.ndim) if i not in keep)
        self.mean = convert_to_tensor(rows.mean(over, keepdims=True).astype(np.float32))
        self.variance = convert_to_tensor(rows.var(over, keepdims=True).astype(np.float32))

    def call(self, inputs):
        inputs = math_ops.cast(inputs, self._dtype)
        return (inputs - self.mean) / math_ops.maximum(math_ops.sqrt(math_ops.cast(self.variance,
                self._dtype)), 1e-7)


class BatchNormalization(_KeepsShape):
    """Each feature with mean zero and variance one over the batch."""

    def __init__(self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True,
                 beta_initializer="zeros",
                 gamma_initializer="ones", moving_mean_initializer="zeros",
                 moving_variance_initializer="ones", **kwargs):
        super().__init__(**kwargs)
        self.axis, self.momentum, self.epsilon, self.center, self.scale = axis, momentum, epsilon, center, scale
        self._make = dict(beta=beta_initializer, gamma=gamma_initializer, mean=moving_mean_initializer,
                          variance=moving_variance_initializer)

    def build(self, input_shape):
        n = [input_shape[self.axis]]
        self.gamma = self.add_weight("gamma", n, initializer=self._make["gamma"]) if self.scale else None
        self.beta = self.add_weight("beta", n, initializer=self._make["beta"]) if self.center else None
        self.moving_mean = self.add_weight("moving_mean", n, initializer=self._make["mean"], trainable=False)
        self.moving_variance = self.add_weight("moving_variance", n, initializer=self._make["variance"],
                                               trainable=False)
        self.built = True

    def call(self, inputs, training=None):
        training = training and self.trainable
        rank = inputs.shape.rank
        axis = self.axis % rank
        if rank == 4 and axis in (1, 3):
            return self._fused(inputs, "NHWC" if axis == 3 else "NCHW", training)
        if training:
            mean, variance = nn_norm.moments(inputs, [i for i in range(rank) if i != axis])
            self._move(mean, variance)
        else:
            mean, variance = self.moving_mean.read_value(), self.moving_variance.read_value()
        shape = [-1 if i == axis else 1 for i in range(rank)]
        parts = [None if v is None else v if axis == rank - 1 else array_ops.reshape(v, shape)
                 for v in (mean, variance, self.beta, self.gamma)]
        return nn_norm.batch_normalization(inputs, *parts, self.epsilon)

    def _move(self, mean, variance):
        rate = 1 - self.momentum
        self.moving_mean.assign_sub((self.moving_mean - mean) * rate)
        self.moving_variance.assign_sub((self.moving_variance - variance) * rate)

    def _fused(self, inputs, data_format, training):
        """As one op; images only, as in TensorFlow."""
        n = self.moving_mean.shape
        gamma = self.gamma if self.gamma is not None else array_ops.ones(n, self.moving_mean.dtype)
        beta = self.beta if self.beta is not None else array_ops.zeros(n, self.moving_mean.dtype)
        if not training:
            return nn_norm.fused_batch_norm(inputs, gamma, beta, self.moving_mean, self.moving_variance, self.epsilon,
                                            data_format, False)[0]
        output, mean, variance = nn_norm.fused_batch_norm(inputs, gamma, beta, epsilon=self.epsilon,
                                                          data_format=data_format)
        self._move(mean, variance)
        return output


class LayerNormalization(_KeepsShape):
    """Each example with mean zero and variance one over the axis."""

    def __init__(self, axis=-1, epsilon=1e-3, center=True, scale=True, **kwargs):
        super().__init__(**kwargs)
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale

    def build(self, input_shape):
        n = [input_shape[self.axis]]
        self.gamma = self.add_weight("gamma", n, initializer="ones") if self.scale else None
        self.beta = self.add_weight("beta", n, initializer="zeros") if self.center else None
        self.built = True

    def call(self, inputs):
        mean = math_ops.reduce_mean(inputs, self.axis, True)
        variance = math_ops.reduce_mean(math_ops.squared_difference(inputs, mean), self.axis, True)
        return nn_norm.batch_normalization(inputs, mean, variance, self.beta, self.gamma, self.epsilon)


class Embedding(_GivesOwnDtype):
    """A row of a table for each number."""

    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", mask_zero=False,
                 input_length=None, **kwargs):
        if input_length is not None and "input_shape" not in kwargs:
            kwargs["input_shape"] = tuple(input_length) if isinstance(input_length, (list, tuple)) else (input_length,)
        super().__init__(**kwargs)
        self.input_dim, self.output_dim, self.mask_zero = input_dim, output_dim, mask_zero
        self.embeddings_initializer = embeddings_initializer

    def build(self, input_shape):
        self.embeddings = self.add_weight("embeddings", [self.input_dim, self.output_dim],
                                          initializer=self.embeddings_initializer)
        self.built = True

    def compute_output_shape(self, input_shape):
        return TensorShape([*input_shape, self.output_dim])

    def compute_mask(self, inputs, mask=None):
        return math_ops.not_equal(inputs, 0) if self.mask_zero else None

    def call(self, inputs):
        inputs = convert_to_tensor(inputs)
        return array_ops.gather(self.embeddings, inputs if inputs.dtype.is_integer else math_ops.cast(inputs,
                dtypes.int32))


class Masking(_KeepsShape):
    """Steps of which every feature is mask_value do not count."""

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def _counts(self, inputs):
        return math_ops.reduce_any(math_ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)

    def compute_mask(self, inputs, mask=None):
        return array_ops.squeeze(self._counts(inputs), [-1])

    def call(self, inputs):
        counts = self._counts(inputs)
        outputs = inputs * math_ops.cast(counts, inputs.dtype)
        outputs._keras_mask = array_ops.squeeze(counts, [-1])
        return outputs

    def get_config(self):
        return {**super().get_config(), "mask_value": self.mask_value}


class _Merge(Layer):
    supports_masking = True

    def compute_mask(self, inputs, mask=None):
        """What counts in all of them."""
        return functools.reduce(math_ops.logical_and, [m for m in mask if m is not None]) if _any_mask(mask) else None

    def call(self, inputs):
        return functools.reduce(self._join, inputs)


def _any_mask(mask) -> bool:
    return mask is not None and any(m is not None for m in mask)


class Add(_Merge):
    _join = staticmethod(operator.add)


class Subtract(_Merge):
    _join = staticmethod(operator.sub)


class Multiply(_Merge):
    _join = staticmethod(operator.mul)


class Maximum(_Merge):
    _join = staticmethod(math_ops.maximum)


class Minimum(_Merge):
    _join = staticmethod(math_ops.minimum)


class Average(_Merge):
    def call(self, inputs):
        return functools.reduce(operator.add, inputs) / len(inputs)


class Concatenate(Layer):
    supports_masking = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def compute_mask(self, inputs, mask=None):
        """Behind one another as the inputs; along the last axis what counts in all of them."""
        if not _any_mask(mask):
            return None
        parts = [array_ops.expand_dims(array_ops.ones(array_ops.shape(x)[:-1], "bool") if m is None else m, -1)
                 for x, m in zip(inputs, mask)]
        parts = [m if x.shape.rank == m.shape.rank and self.axis in (-1, x.shape.rank - 1)
                 else array_ops.broadcast_to(m, array_ops.shape(x)) for x, m in zip(inputs, parts)]
        return math_ops.reduce_all(array_ops.concat(parts, self.axis), axis=-1)

    def compute_output_shape(self, input_shape):
        shape = list(input_shape[0])
        sizes = [s[self.axis] for s in input_shape]
        shape[self.axis] = None if None in sizes else sum(sizes)
        return TensorShape(shape)

    def call(self, inputs):
        return array_ops.concat(inputs, self.axis)


class Dot(Layer):
    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)

    def call(self, inputs):
        return math_ops.reduce_sum(inputs[0] * inputs[1], -1, True)


class RepeatVector(Layer):
    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        self.n = n

    def compute_output_shape(self, input_shape):
        return TensorShape([input_shape[0], self.n, input_shape[1]])

    def call(self, inputs):
        return array_ops.tile(array_ops.expand_dims(inputs, 1), [1, self.n, 1])


def add(inputs, **kwargs):
    return Add(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    return Concatenate(axis, **kwargs)(inputs)


def multiply(inputs, **kwargs):
    return Multiply(**kwargs)(inputs)
