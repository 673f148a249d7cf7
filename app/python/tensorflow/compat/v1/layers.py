# SPDX-License-Identifier: MIT
"""tf.layers of version 1: layers with variables of the current scope, as classes and as functions."""
from __future__ import annotations

import _lockstep

from ...framework import dtypes, ops
from ...framework.ops import GraphKeys, convert_to_tensor
from ...ops import array_ops, control_flow_ops, convolution_ops, math_ops, nn_norm, nn_ops
from .variable_scope import get_variable, variable_scope


class Layer:
    """Variables in a scope of its own, made at the first call, and what is computed with them."""

    _base = "layer"

    def __init__(self, trainable=True, name=None, dtype=None, _scope=None, _reuse=None, activity_regularizer=None, **unused):
        self.trainable, self._name, self._dtype, self._reuse = trainable, name, dtype, _reuse
        self._given_scope, self._activity_regularizer = _scope, activity_regularizer
        self._scope, self._variables, self._updates, self._losses = None, [], [], []
        self.built = False

    @property
    def name(self) -> str:
        return self._name or self._base

    scope_name = property(lambda self: self._scope.name)
    variables = weights = property(lambda self: list(self._variables))
    trainable_variables = trainable_weights = property(lambda self: [v for v in self._variables if v.trainable])
    non_trainable_variables = non_trainable_weights = property(lambda self: [v for v in self._variables if not v.trainable])
    updates = property(lambda self: list(self._updates))
    losses = property(lambda self: list(self._losses))

    def __call__(self, inputs, *args, **kwargs):
        inputs = convert_to_tensor(inputs)
        if not self.built:
            given = self._given_scope if self._given_scope is not None else self._name
            with variable_scope(given, default_name=self._base, reuse=self._reuse) as self._scope:
                self._dtype = self._dtype or inputs.dtype
                self.build(inputs.shape)
                self.built = True
                return self._told(self.call(inputs, *args, **kwargs))
        with variable_scope(self._scope, reuse=True):
            return self._told(self.call(inputs, *args, **kwargs))

    apply = __call__

    def _told(self, outputs):
        if self._activity_regularizer is not None:
            loss = self._activity_regularizer(outputs)
            self._losses.append(loss)
            ops.get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
        return outputs

    def build(self, input_shape) -> None:
        pass

    def add_variable(self, name, shape, dtype=None, initializer=None, regularizer=None, trainable=True, constraint=None, **kwargs):
        """A variable of this name in the layer's scope."""
        made = get_variable(name, shape, dtype or self._dtype, initializer, regularizer, trainable and self.trainable,
                            constraint=constraint, **kwargs)
        self._variables.append(made)
        return made

    add_weight = add_variable

    def add_update(self, updates, inputs=None) -> None:
        for update in updates if isinstance(updates, (list, tuple)) else [updates]:
            self._updates.append(update)
            ops.get_default_graph().add_to_collection(GraphKeys.UPDATE_OPS, update)

    def get_updates_for(self, inputs) -> list:
        return list(self._updates)

    def get_losses_for(self, inputs) -> list:
        return list(self._losses)


def _known(dimension, layer) -> int:
    if dimension is None:
        raise ValueError(f"The last dimension of the inputs to `{type(layer).__name__}` should be defined. Found `None`.")
    return int(dimension)


class _Weighted(Layer):
    """A kernel, perhaps a bias, and an activation."""

    def __init__(self, activation=None, use_bias=True, kernel_initializer=None, bias_initializer=None, kernel_regularizer=None,
                 bias_regularizer=None, kernel_constraint=None, bias_constraint=None, **kwargs):
        super().__init__(**kwargs)
        self.activation, self.use_bias = activation, use_bias
        self._kernel = (kernel_initializer, kernel_regularizer, kernel_constraint)
        self._bias = (bias_initializer or _zeros(), bias_regularizer, bias_constraint)
        self.bias = None

    def _weight(self, name: str, shape, how: tuple):
        return self.add_variable(name, shape, None, how[0], how[1], constraint=how[2])

    def _finished(self, outputs, data_format=None):
        if self.use_bias:
            outputs = nn_ops.bias_add(outputs, self.bias, data_format, name="BiasAdd")
        return self.activation(outputs) if self.activation is not None else outputs


def _zeros():
    from .init_ops import zeros_initializer
    return zeros_initializer()


def _ones():
    from .init_ops import ones_initializer
    return ones_initializer()


class Dense(_Weighted):
    """activation (x · kernel + bias)"""

    _base = "dense"

    def __init__(self, units, activation=None, use_bias=True, **kwargs):
        super().__init__(activation, use_bias, **kwargs)
        self.units = units

    def build(self, input_shape) -> None:
        n = _known(input_shape[-1], self)
        self.kernel = self._weight("kernel", [n, self.units], self._kernel)
        if self.use_bias:
            self.bias = self._weight("bias", [self.units], self._bias)

    def call(self, inputs):
        if inputs.shape.rank == 2:
            return self._finished(math_ops.matmul(inputs, self.kernel))
        product = math_ops.tensordot(inputs, self.kernel, [[inputs.shape.rank - 1], [0]])
        product.set_shape([*inputs.shape.as_list()[:-1], self.units])
        return self._finished(product)


def _sizes(value, n: int) -> list:
    return [value] * n if isinstance(value, int) else list(value)


_LETTERS = {1: "W", 2: "HW", 3: "DHW"}


def _layout(n: int, data_format: str) -> str:
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(f"The `data_format` argument must be one of `channels_first`, `channels_last`. Received: {data_format}")
    return f"NC{_LETTERS[n]}" if data_format == "channels_first" else f"N{_LETTERS[n]}C"


class _Conv(_Weighted):
    _n = 2

    def __init__(self, filters, kernel_size, strides=1, padding="valid", data_format="channels_last", dilation_rate=1,
                 activation=None, use_bias=True, **kwargs):
        super().__init__(activation, use_bias, **kwargs)
        self.filters, self._size = filters, _sizes(kernel_size, self._n)
        self._strides, self._dilations = _sizes(strides, self._n), _sizes(dilation_rate, self._n)
        self._padding, self._layout = padding.upper(), _layout(self._n, data_format)
        self._axis = 1 if data_format == "channels_first" else -1

    def build(self, input_shape) -> None:
        n = _known(input_shape[self._axis], self)
        self.kernel = self._weight("kernel", self._size + [n, self.filters], self._kernel)
        if self.use_bias:
            self.bias = self._weight("bias", [self.filters], self._bias)

    def call(self, inputs):
        found = convolution_ops.convolution(inputs, self.kernel, self._strides, self._padding, self._layout, self._dilations)
        return self._finished(found, self._layout)


class Conv1D(_Conv):
    _n, _base = 1, "conv1d"


class Conv2D(_Conv):
    _n, _base = 2, "conv2d"


class Conv3D(_Conv):
    _n, _base = 3, "conv3d"


class _Transposed(_Conv):
    def build(self, input_shape) -> None:
        n = _known(input_shape[self._axis], self)
        self.kernel = self._weight("kernel", self._size + [self.filters, n], self._kernel)
        if self.use_bias:
            self.bias = self._weight("bias", [self.filters], self._bias)

    def call(self, inputs):
        first = 2 if self._axis == 1 else 1
        shape = array_ops.shape(inputs)
        sizes = []
        for i, (size, stride) in enumerate(zip(self._size, self._strides)):
            known = inputs.shape[first + i]
            length = (shape[first + i] if known is None else known) * stride
            sizes.append(length + max(size - stride, 0) if self._padding == "VALID" else length)
        batch = shape[0] if inputs.shape[0] is None else inputs.shape[0]
        whole = [batch, self.filters, *sizes] if self._axis == 1 else [batch, *sizes, self.filters]
        found = convolution_ops.conv_transpose(inputs, self.kernel, array_ops.stack(whole), self._strides, self._padding,
                                               self._layout)
        found.set_shape([None if not isinstance(d, int) else d for d in whole])
        return self._finished(found, self._layout)


class Conv2DTranspose(_Transposed):
    _n, _base = 2, "conv2d_transpose"


class Conv3DTranspose(_Transposed):
    _n, _base = 3, "conv3d_transpose"


class SeparableConv2D(_Conv):
    """Each channel by itself, then all by 1 × 1."""

    _base = "separable_conv2d"

    def __init__(self, filters, kernel_size, strides=1, padding="valid", data_format="channels_last", dilation_rate=1,
                 depth_multiplier=1, activation=None, use_bias=True, depthwise_initializer=None, pointwise_initializer=None,
                 depthwise_regularizer=None, pointwise_regularizer=None, depthwise_constraint=None, pointwise_constraint=None,
                 **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, **kwargs)
        self._multiplier = depth_multiplier
        self._depthwise = (depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        self._pointwise = (pointwise_initializer, pointwise_regularizer, pointwise_constraint)

    def build(self, input_shape) -> None:
        n = _known(input_shape[self._axis], self)
        self.depthwise_kernel = self._weight("depthwise_kernel", self._size + [n, self._multiplier], self._depthwise)
        self.pointwise_kernel = self._weight("pointwise_kernel", [1, 1, n * self._multiplier, self.filters], self._pointwise)
        if self.use_bias:
            self.bias = self._weight("bias", [self.filters], self._bias)

    def call(self, inputs):
        strides = [1, 1, *self._strides] if self._axis == 1 else [1, *self._strides, 1]
        found = convolution_ops.separable_conv2d(inputs, self.depthwise_kernel, self.pointwise_kernel, strides, self._padding,
                                                 self._layout, self._dilations)
        return self._finished(found, self._layout)


class _Pooling(Layer):
    _n, _kind = 2, "MAX"

    def __init__(self, pool_size, strides, padding="valid", data_format="channels_last", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self._arguments = (_sizes(pool_size, self._n), self._kind, _sizes(strides, self._n), padding.upper(),
                           _layout(self._n, data_format))

    def call(self, inputs):
        return convolution_ops.pool(inputs, *self._arguments)


def _pooling(name: str, base: str, n: int, kind: str) -> type:
    return type(name, (_Pooling,), {"_n": n, "_kind": kind, "_base": base, "__module__": __name__})


MaxPooling1D, MaxPooling2D, MaxPooling3D = (_pooling(f"MaxPooling{n}D", f"max_pooling{n}d", n, "MAX") for n in (1, 2, 3))
AveragePooling1D, AveragePooling2D, AveragePooling3D = (
    _pooling(f"AveragePooling{n}D", f"average_pooling{n}d", n, "AVG") for n in (1, 2, 3))


class Flatten(Layer):
    _base = "flatten"

    def call(self, inputs):
        rest = inputs.shape[1:]
        n = rest.num_elements() if rest.is_fully_defined() else -1
        found = array_ops.reshape(inputs, [inputs.shape[0] if n == -1 and inputs.shape[0] is not None else -1, n]
                                  if n != -1 else array_ops.stack([array_ops.shape(inputs)[0], -1]))
        found.set_shape([inputs.shape[0], rest.num_elements() if n != -1 else None])
        return found


def _by_condition(training, yes, no):
    """A branch now where training is known, in the graph where it is a tensor."""
    if isinstance(training, (bool, int)):
        return yes() if training else no()
    known = _lockstep.constant_value(convert_to_tensor(training))
    if known is not None:
        return yes() if bool(known) else no()
    return control_flow_ops.cond(training, yes, no)


class Dropout(Layer):
    _base = "dropout"

    def __init__(self, rate=0.5, noise_shape=None, seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.rate, self._noise_shape, self._seed = rate, noise_shape, seed

    def call(self, inputs, training=False):
        return _by_condition(training, lambda: nn_ops.dropout(inputs, self.rate, self._noise_shape, self._seed),
                             lambda: array_ops.identity(inputs))


class BatchNormalization(Layer):
    """(x − mean) / √(variance + ε) · γ + β; moving averages are updated by what is in the collection UPDATE_OPS."""

    _base = "batch_normalization"

    def __init__(self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True, beta_initializer=None, gamma_initializer=None,
                 moving_mean_initializer=None, moving_variance_initializer=None, beta_regularizer=None, gamma_regularizer=None,
                 beta_constraint=None, gamma_constraint=None, renorm=False, renorm_clipping=None, renorm_momentum=0.99, fused=None,
                 trainable=True, virtual_batch_size=None, adjustment=None, name=None, **kwargs):
        super().__init__(trainable, name, **kwargs)
        if renorm or virtual_batch_size or adjustment:
            raise NotImplementedError("batch renormalization, virtual batches and adjustments are not supported")
        self.axis = axis[0] if isinstance(axis, (list, tuple)) else axis
        self.momentum, self.epsilon, self._fused = momentum, epsilon, fused
        self._gamma = (gamma_initializer or _ones(), gamma_regularizer, gamma_constraint) if scale else None
        self._beta = (beta_initializer or _zeros(), beta_regularizer, beta_constraint) if center else None
        self._moving = (moving_mean_initializer or _zeros(), moving_variance_initializer or _ones())

    def build(self, input_shape) -> None:
        n, dtype = _known(input_shape[self.axis], self), self._dtype
        dtype = dtypes.float32 if dtypes.as_dtype(dtype) in (dtypes.float16, dtypes.bfloat16) else dtype
        made = {}
        for name, how in (("gamma", self._gamma), ("beta", self._beta)):
            made[name] = None if how is None else self.add_variable(name, [n], dtype, how[0], how[1], constraint=how[2])
        self.gamma, self.beta = made["gamma"], made["beta"]
        self.moving_mean, self.moving_variance = (
            self.add_variable(name, [n], dtype, how, trainable=False)
            for name, how in zip(("moving_mean", "moving_variance"), self._moving))

    def call(self, inputs, training=False):
        axis = self.axis % inputs.shape.rank
        rest = [i for i in range(inputs.shape.rank) if i != axis]
        fused = self._fused is not False and inputs.shape.rank == 4 and axis == 3

        def batch():
            mean, variance = nn_norm.moments(inputs, rest)
            if fused:                           # the estimate of the population's, as the fused kernel has it
                n = math_ops.cast(array_ops.size(inputs) // array_ops.shape(inputs)[axis], variance.dtype)
                return mean, variance, variance * (n / math_ops.maximum(n - 1, 1))
            return mean, variance, variance
        moving = (self.moving_mean.read_value, self.moving_variance.read_value)
        mean, variance, spread = _by_condition(training, batch, lambda: (moving[0](), moving[1](), moving[1]()))
        self._update(training, mean, spread)
        shape = [inputs.shape[i] if i == axis else 1 for i in range(inputs.shape.rank)]

        def wide(value):
            return None if value is None else value if axis == inputs.shape.rank - 1 else array_ops.reshape(value, shape)
        return nn_norm.batch_normalization(inputs, wide(mean), wide(variance), wide(self.beta), wide(self.gamma), self.epsilon)

    def _update(self, training, mean, variance) -> None:
        if training is False or training == 0 and isinstance(training, int):
            return
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            rate = _by_condition(training, lambda: convert_to_tensor(1 - self.momentum, moving.dtype),
                                 lambda: convert_to_tensor(0.0, moving.dtype))
            change = (moving.read_value() - math_ops.cast(value, moving.dtype)) * rate
            self.add_update(moving.assign_sub(change, name="AssignMovingAvg", read_value=False))


# ---- as functions ----

def _function(kind: type, *names: str, **defaults):
    """layer (inputs, …, name, reuse): a new layer, called at once."""
    def function(inputs, *args, name=None, reuse=None, **kwargs):
        given = {**defaults, **dict(zip(names, args)), **kwargs}
        call = {"training": given.pop("training")} if "training" in given else {}
        return kind(**given, name=name, _reuse=reuse, _scope=name)(inputs, **call)
    function.__name__ = function.__qualname__ = kind._base
    function.__doc__ = kind.__doc__
    return function


_CONV = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "activation", "use_bias",
         "kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer", "activity_regularizer",
         "kernel_constraint", "bias_constraint", "trainable", "name", "reuse")
_TRANSPOSED = tuple(n for n in _CONV if n != "dilation_rate")
_POOL = ("pool_size", "strides", "padding", "data_format", "name")
dense = _function(Dense, "units", "activation", "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer",
                  "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint", "trainable")
conv1d, conv2d, conv3d = (_function(kind, *_CONV) for kind in (Conv1D, Conv2D, Conv3D))
conv2d_transpose, conv3d_transpose = (_function(kind, *_TRANSPOSED) for kind in (Conv2DTranspose, Conv3DTranspose))
separable_conv2d = _function(SeparableConv2D, "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate",
                             "depth_multiplier", "activation", "use_bias")
max_pooling1d, max_pooling2d, max_pooling3d = (_function(kind, *_POOL) for kind in (MaxPooling1D, MaxPooling2D, MaxPooling3D))
average_pooling1d, average_pooling2d, average_pooling3d = (
    _function(kind, *_POOL) for kind in (AveragePooling1D, AveragePooling2D, AveragePooling3D))
flatten = _function(Flatten)
dropout = _function(Dropout, "rate", "noise_shape", "seed", "training", training=False)
batch_normalization = _function(BatchNormalization, "axis", "momentum", "epsilon", "center", "scale", "beta_initializer",
                                "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer", "beta_regularizer",
                                "gamma_regularizer", "beta_constraint", "gamma_constraint", "training", training=False)
