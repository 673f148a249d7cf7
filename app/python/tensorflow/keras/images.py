# SPDX-License-Identifier: MIT
"""Layers over sequences, images and volumes: convolutions, pooling, padding."""
from __future__ import annotations

from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, convolution_ops, math_ops, nn_ops
from . import activations, initializers
from .engine import Layer


def _tuple(value, n: int, name: str) -> tuple:
    values = tuple(int(v) for v in value) if hasattr(value, "__len__") else (int(value),) * n
    if len(values) != n:
        raise ValueError(f"The `{name}` argument must be a tuple of {n} integers. Received: {value}")
    if min(values) <= 0:
        raise ValueError(f"The `{name}` argument must be a tuple of {n} integers > 0. Received: {value}")
    return values


def _length(n, size: int, stride: int, padding: str, dilation: int = 1):
    """How many windows there are along an axis."""
    if n is None:
        return None
    reach = (size - 1) * dilation + 1
    return -(-n // stride) if padding in ("same", "causal") else (n - reach + stride) // stride


class _Spatial(Layer):
    """A layer over n axes beside the batch and the channels."""

    n = 2

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = (data_format or "channels_last").lower()
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError("The `data_format` argument must be one of \"channels_first\", \"channels_last\". "
                             f"Received: {data_format}")

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    @property
    def _format(self) -> str:
        return convolution_ops._FORMATS[self.n][self._first]

    def _axes(self) -> range:
        return range(2, self.n + 2) if self._first else range(1, self.n + 1)

    def _check(self, shape) -> list:
        shape = TensorShape(shape)
        if shape.rank is not None and shape.rank != self.n + 2:
            raise ValueError(f"Input 0 of layer \"{self.name}\" is incompatible with the layer: expected "
                             f"ndim={self.n + 2}, found ndim={shape.rank}. Full shape received: {tuple(shape)}")
        return list(shape)

    def _with(self, shape, sizes, channels=None) -> TensorShape:
        """The shape with other sizes along the axes."""
        shape = self._check(shape)
        for axis, size in zip(self._axes(), sizes):
            shape[axis] = size
        if channels is not None:
            shape[1 if self._first else -1] = channels
        return TensorShape(shape)

    def _along(self, shape) -> list:
        shape = self._check(shape)
        return [shape[axis] for axis in self._axes()]


class _Conv(_Spatial):
    """activation (x ∗ kernel + bias)"""

    def __init__(self, filters, kernel_size, strides=1, padding="valid", data_format=None, dilation_rate=1, groups=1,
                 activation=None, use_bias=True, kernel_initializer="glorot_uniform", bias_initializer="zeros",
                 kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, **kwargs):
        super().__init__(data_format, **kwargs)
        self.filters, self.groups = None if filters is None else int(filters), int(groups)
        if self.filters is not None and self.filters <= 0:
            raise ValueError(f"Invalid value for argument `filters`. Expected a strictly positive value. Received "
                             f"filters={filters}.")
        if self.filters is not None and self.filters % self.groups:
            raise ValueError("The number of filters must be evenly divisible by the number of groups. Received: "
                             f"groups={groups}, filters={filters}.")
        self.kernel_size = _tuple(kernel_size, self.n, "kernel_size")
        self.strides = _tuple(strides, self.n, "strides")
        self.dilation_rate = _tuple(dilation_rate, self.n, "dilation_rate")
        self.padding = padding.lower()
        if self.padding not in ("valid", "same") and not (self.padding == "causal" and self.n == 1):
            raise ValueError("The `padding` argument must be a list/tuple or one of {'valid', 'same'} (or 'causal', "
                             f"only for `Conv1D). Received: {padding}")
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self._kernel_rules = {"regularizer": kernel_regularizer, "constraint": kernel_constraint}
        self._bias_rules = {"regularizer": bias_regularizer, "constraint": bias_constraint}
        self.kernel = self.bias = None

    def _channels(self, input_shape) -> int:
        axis = 1 if self._first else -1
        channels = self._check(input_shape)[axis]
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. The input_shape received is "
                             f"{input_shape}, where axis {axis} (0-based) is the channel dimension, which found to "
                             "be `None`.")
        return channels

    def _kernel_shape(self, channels: int) -> tuple:
        if channels % self.groups:
            raise ValueError("The number of input channels must be evenly divisible by the number of groups. "
                             f"Received groups={self.groups}, but the input has {channels} channels.")
        return (*self.kernel_size, channels // self.groups, self.filters)

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", self._kernel_shape(self._channels(input_shape)),
                                      initializer=self.kernel_initializer, **self._kernel_rules)
        self._add_bias(self.filters)
        self.built = True

    def _add_bias(self, n: int) -> None:
        if self.use_bias:
            self.bias = self.add_weight("bias", (n,), initializer=self.bias_initializer, **self._bias_rules)

    def compute_output_shape(self, input_shape):
        sizes = [_length(size, k, s, self.padding, d) for size, k, s, d in zip(
            self._along(input_shape), self.kernel_size, self.strides, self.dilation_rate)]
        return self._with(input_shape, sizes, self.filters)

    def _finish(self, result):
        if self.use_bias:
            result = nn_ops.bias_add(result, self.bias, self._format)
        return self.activation(result)

    def call(self, inputs):
        self._check(inputs.shape)
        padding = self.padding.upper()
        if self.padding == "causal":
            left = (self.kernel_size[0] - 1) * self.dilation_rate[0]
            pads = [[0, 0], [left, 0], [0, 0]] if not self._first else [[0, 0], [0, 0], [left, 0]]
            inputs, padding = array_ops.pad(inputs, pads), "VALID"
        return self._finish(convolution_ops.convolution(inputs, self.kernel, self.strides, padding, self._format,
                                                        self.dilation_rate))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "kernel_size": self.kernel_size,
                "strides": self.strides, "padding": self.padding, "data_format": self.data_format,
                "dilation_rate": self.dilation_rate, "groups": self.groups,
                "activation": activations.serialize(self.activation), "use_bias": self.use_bias}


class Conv1D(_Conv):
    n = 1


class Conv2D(_Conv):
    n = 2

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1),
                 groups=1, activation=None, use_bias=True, **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation,
                         use_bias, **kwargs)


class Conv3D(_Conv):
    n = 3


class DepthwiseConv2D(_Conv):
    """A convolution of each channel by itself."""

    def __init__(self, kernel_size, strides=(1, 1), padding="valid", depth_multiplier=1, data_format=None,
                 dilation_rate=(1, 1), activation=None, use_bias=True, depthwise_initializer="glorot_uniform",
                 depthwise_regularizer=None, depthwise_constraint=None, **kwargs):
        super().__init__(None, kernel_size, strides, padding, data_format, dilation_rate, 1, activation, use_bias,
                         depthwise_initializer, kernel_regularizer=depthwise_regularizer,
                         kernel_constraint=depthwise_constraint, **kwargs)
        self.depth_multiplier = int(depth_multiplier)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.kernel_initializer, **self._kernel_rules)
        self._add_bias(channels * self.depth_multiplier)
        self.built = True

    def compute_output_shape(self, input_shape):
        shape = super().compute_output_shape(input_shape)
        axis = 1 if self._first else self.n + 1
        channels = shape[axis]
        return self._with(input_shape, self._along(shape),
                          None if channels is None else channels * self.depth_multiplier)

    def call(self, inputs):
        self._check(inputs.shape)
        return self._finish(convolution_ops.depthwise_conv2d(inputs, self.depthwise_kernel, self.strides,
                                                             self.padding.upper(), self._format,
                                                             self.dilation_rate))


class SeparableConv2D(_Conv):
    """A depthwise convolution, then one of single points."""

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1),
                 depth_multiplier=1, activation=None, use_bias=True, depthwise_initializer="glorot_uniform",
                 pointwise_initializer="glorot_uniform", bias_initializer="zeros", **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, 1, activation, use_bias,
                         depthwise_initializer, bias_initializer, **kwargs)
        self.depth_multiplier = int(depth_multiplier)
        self.pointwise_initializer = initializers.get(pointwise_initializer)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.kernel_initializer)
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel", (1, 1, channels * self.depth_multiplier, self.filters),
            initializer=self.pointwise_initializer)
        self._add_bias(self.filters)
        self.built = True

    def compute_output_shape(self, input_shape):
        return super().compute_output_shape(input_shape)

    def call(self, inputs):
        self._check(inputs.shape)
        return self._finish(convolution_ops.separable_conv2d(
            inputs, self.depthwise_kernel, self.pointwise_kernel, self.strides, self.padding.upper(), self._format,
            self.dilation_rate))


class _ConvTranspose(_Conv):
    """A convolution the other way: each element spreads a kernel."""

    def __init__(self, filters, kernel_size, strides=1, padding="valid", output_padding=None, data_format=None,
                 dilation_rate=1, activation=None, use_bias=True, **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, 1, activation, use_bias,
                         **kwargs)
        self.output_padding = output_padding if output_padding is None or hasattr(
            output_padding, "__len__") else (output_padding,) * self.n

    def _kernel_shape(self, channels):
        return (*self.kernel_size, self.filters, channels)

    def _spread(self, n, axis: int):
        """The size along an axis; n may be a tensor."""
        size, stride = (self.kernel_size[axis] - 1) * self.dilation_rate[axis] + 1, self.strides[axis]
        if self.output_padding is None:
            return n * stride + (max(size - stride, 0) if self.padding == "valid" else 0)
        pad = 0 if self.padding == "valid" else size // 2
        return (n - 1) * stride + size - 2 * pad + self.output_padding[axis]

    def compute_output_shape(self, input_shape):
        sizes = [None if n is None else self._spread(n, i) for i, n in enumerate(self._along(input_shape))]
        return self._with(input_shape, sizes, self.filters)

    def call(self, inputs):
        shape = list(self.compute_output_shape(inputs.shape))
        dynamic = array_ops.shape(inputs) if None in shape else None
        if shape[0] is None:
            shape[0] = dynamic[0]
        for i, axis in enumerate(self._axes()):
            if shape[axis] is None:
                shape[axis] = self._spread(dynamic[axis], i)
        run = {1: convolution_ops.conv1d_transpose, 2: convolution_ops.conv2d_transpose,
               3: convolution_ops.conv3d_transpose}[self.n]
        return self._finish(run(inputs, self.kernel, shape, self.strides, self.padding.upper(), self._format,
                                self.dilation_rate))


class Conv1DTranspose(_ConvTranspose):
    n = 1


class Conv2DTranspose(_ConvTranspose):
    n = 2


class Conv3DTranspose(_ConvTranspose):
    n = 3


# ---- pooling ----

class _Pooling(_Spatial):
    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)
        self.pool_size = _tuple(pool_size, self.n, "pool_size")
        self.strides = self.pool_size if strides is None else _tuple(strides, self.n, "strides")
        self.padding = padding.lower()
        if self.padding not in ("valid", "same"):
            raise ValueError(f"The `padding` argument must be one of \"valid\", \"same\". Received: {padding}")

    def compute_output_shape(self, input_shape):
        return self._with(input_shape, [_length(n, k, s, self.padding) for n, k, s in zip(
            self._along(input_shape), self.pool_size, self.strides)])

    def call(self, inputs):
        self._check(inputs.shape)
        return self._pool(inputs, self.pool_size, self.strides, self.padding.upper(), self._format)

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size, "strides": self.strides,
                "padding": self.padding, "data_format": self.data_format}


class _GlobalPooling(_Spatial):
    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format, **kwargs)
        self.keepdims = keepdims

    def compute_output_shape(self, input_shape):
        shape = list(self._with(input_shape, [1] * self.n))
        return TensorShape(shape if self.keepdims else [shape[0], shape[1 if self._first else -1]])

    def call(self, inputs):
        self._check(inputs.shape)
        return self._reduce(inputs, list(self._axes()), self.keepdims)


def _family(base, name: str, n: int, attribute: str, function, doc: str):
    return type(name, (base,), {"n": n, attribute: staticmethod(function), "__doc__": doc, "__module__": __name__})


MaxPooling1D, MaxPooling2D, MaxPooling3D = (
    _family(_Pooling, f"MaxPooling{n}D", n, "_pool", function, "The largest of each window.")
    for n, function in enumerate((convolution_ops.max_pool1d, convolution_ops.max_pool2d, convolution_ops.max_pool3d), 1))
AveragePooling1D, AveragePooling2D, AveragePooling3D = (
    _family(_Pooling, f"AveragePooling{n}D", n, "_pool", function, "The mean of each window.")
    for n, function in enumerate((convolution_ops.avg_pool1d, convolution_ops.avg_pool2d, convolution_ops.avg_pool3d), 1))
GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D = (
    _family(_GlobalPooling, f"GlobalMaxPooling{n}D", n, "_reduce", math_ops.reduce_max, "The largest of each channel.")
    for n in (1, 2, 3))
GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D = (
    _family(_GlobalPooling, f"GlobalAveragePooling{n}D", n, "_reduce", math_ops.reduce_mean, "The mean of each channel.")
    for n in (1, 2, 3))


class _GlobalAveragePooling1D(GlobalAveragePooling1D):
    """The mean of each channel over the steps that count."""

    supports_masking = True

    def call(self, inputs, mask=None):
        mask = mask[0] if isinstance(mask, list) else mask
        if mask is None:
            return super().call(inputs)
        axis, = self._axes()
        weights = array_ops.expand_dims(math_ops.cast(mask, inputs.dtype), 2 if axis == 1 else 1)
        total = math_ops.reduce_sum(inputs * weights, axis, self.keepdims)
        return total / math_ops.reduce_sum(weights, axis, self.keepdims)

    def compute_mask(self, inputs, mask=None):
        return None


_GlobalAveragePooling1D.__name__ = _GlobalAveragePooling1D.__qualname__ = "GlobalAveragePooling1D"
GlobalAveragePooling1D = _GlobalAveragePooling1D
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = (GlobalAveragePooling1D, GlobalAveragePooling2D,
                                                     GlobalAveragePooling3D)


# ---- padding, cropping, repeating ----

def _pairs(value, n: int) -> list:
    """(before, after) for each axis, from one number, one for each axis, or such pairs."""
    if not hasattr(value, "__len__"):
        return [(int(value),) * 2] * n
    if n == 1 and len(value) == 2 and not hasattr(value[0], "__len__"):
        return [tuple(value)]
    return [tuple(v) if hasattr(v, "__len__") else (v, v) for v in value]


class _ZeroPadding(_Spatial):
    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)
        self.padding = _pairs(padding, self.n)

    def compute_output_shape(self, input_shape):
        return self._with(input_shape, [None if n is None else n + a + b for n, (a, b) in zip(
            self._along(input_shape), self.padding)])

    def call(self, inputs):
        pads = [[0, 0] for _ in range(self.n + 2)]
        for axis, pair in zip(self._axes(), self.padding):
            pads[axis] = list(pair)
        return array_ops.pad(inputs, pads)


class _Cropping(_Spatial):
    def __init__(self, cropping=1, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)
        self.cropping = _pairs(cropping, self.n)

    def compute_output_shape(self, input_shape):
        return self._with(input_shape, [None if n is None else n - a - b for n, (a, b) in zip(
            self._along(input_shape), self.cropping)])

    def call(self, inputs):
        parts = [slice(None)] * (self.n + 2)
        for axis, (before, after) in zip(self._axes(), self.cropping):
            parts[axis] = slice(before, -after if after else None)
        return inputs[tuple(parts)]


class _UpSampling(_Spatial):
    """Each element several times."""

    def __init__(self, size=2, data_format=None, interpolation="nearest", **kwargs):
        super().__init__(data_format, **kwargs)
        if interpolation != "nearest":
            raise ValueError(f"`interpolation` must be \"nearest\" here. Received: {interpolation}")
        self.size = _tuple(size, self.n, "size")

    def compute_output_shape(self, input_shape):
        return self._with(input_shape, [None if n is None else n * k for n, k in zip(
            self._along(input_shape), self.size)])

    def call(self, inputs):
        for axis, times in zip(self._axes(), self.size):
            inputs = array_ops.repeat(inputs, times, axis=axis)
        return inputs


class ZeroPadding1D(_ZeroPadding):
    n = 1


class ZeroPadding2D(_ZeroPadding):
    n = 2


class ZeroPadding3D(_ZeroPadding):
    n = 3


class Cropping1D(_Cropping):
    n = 1


class Cropping2D(_Cropping):
    n = 2


class UpSampling1D(_UpSampling):
    n = 1


class UpSampling2D(_UpSampling):
    n = 2


class UpSampling3D(_UpSampling):
    n = 3
