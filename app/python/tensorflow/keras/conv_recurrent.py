# SPDX-License-Identifier: MIT
"""ConvLSTM: LSTMs along a sequence of images, whose products are convolutions (Shi et al., 2015)."""
from __future__ import annotations

from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, convolution_ops, nn_ops
from . import activations, constraints, initializers, regularizers
from .cells import DropoutCell
from .images import _length, _Spatial, _tuple
from .recurrent import RNN

_PARTS = "kernel", "recurrent", "bias"


class _ConvLSTMCell(DropoutCell, _Spatial):
    """One step: the gates i, f, c, o lie side by side in the channels."""

    def __init__(self, filters, kernel_size, strides=1, padding="valid", data_format=None, dilation_rate=1, activation="tanh",
                 recurrent_activation="hard_sigmoid", use_bias=True, kernel_initializer="glorot_uniform",
                 recurrent_initializer="orthogonal", bias_initializer="zeros", unit_forget_bias=True,
                 kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None,
                 recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, **kwargs):
        super().__init__(data_format, **kwargs)
        self.filters, self.kernel_size = int(filters), _tuple(kernel_size, self.n, "kernel_size")
        self.strides = _tuple(strides, self.n, "strides")
        self.dilation_rate = _tuple(dilation_rate, self.n, "dilation_rate")
        self.padding = padding.lower()
        if self.padding not in ("valid", "same"):
            raise ValueError("The `padding` argument must be a list/tuple or one of {'valid', 'same'}. Received: " + padding)
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.recurrent_activation, self.unit_forget_bias = activations.get(recurrent_activation), unit_forget_bias
        self._initializers = [initializers.get(i) for i in (kernel_initializer, recurrent_initializer, bias_initializer)]
        self._rules = [{"regularizer": regularizers.get(r), "constraint": constraints.get(c)} for r, c in (
            (kernel_regularizer, kernel_constraint), (recurrent_regularizer, recurrent_constraint),
            (bias_regularizer, bias_constraint))]
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout

    def build(self, input_shape):
        channels = self._check(input_shape)[1 if self._first else -1]
        if channels is None:
            raise ValueError("The channel dimension of the inputs (last axis) should be defined. Found None. Full input shape "
                             f"received: input_shape={tuple(input_shape)}")
        wide = 4 * self.filters
        kernel, recurrent, _ = self._initializers
        self.kernel = self.add_weight("kernel", (*self.kernel_size, channels, wide), initializer=kernel, **self._rules[0])
        self.recurrent_kernel = self.add_weight("recurrent_kernel", (*self.kernel_size, self.filters, wide),
                                                initializer=recurrent, **self._rules[1])
        self.bias = self.add_weight("bias", (wide,), initializer=self._first_bias, **self._rules[2]) if self.use_bias else None
        self.built = True

    def _first_bias(self, shape, dtype=None):
        make, n = self._initializers[2], self.filters
        if not self.unit_forget_bias:
            return make(shape, dtype=dtype)
        return array_ops.concat([make((n,), dtype=dtype), array_ops.ones((n,), dtype), make((2 * n,), dtype=dtype)], 0)

    def sizes(self, shape) -> list:
        """Those of a state, for an image of this shape."""
        return [_length(n, k, s, self.padding, d) for n, k, s, d in zip(
            self._along(shape), self.kernel_size, self.strides, self.dilation_rate)]

    @property
    def state_size(self):
        size = TensorShape([self.filters, *[None] * self.n] if self._first else [*[None] * self.n, self.filters])
        return [size, size]

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        sizes = self.sizes(inputs.shape)
        if None in sizes:
            empty = array_ops.zeros([*self.kernel_size, self.kernel.shape[-2], self.filters], dtype or self._dtype)
            zeros = self._convolved(inputs, empty)
        else:
            shape = [self.filters, *sizes] if self._first else [*sizes, self.filters]
            zeros = array_ops.zeros([batch_size, *shape], dtype or self._dtype)
        return [zeros, zeros]

    def _convolved(self, x, kernel):
        return convolution_ops.convolution(x, kernel, list(self.strides), self.padding.upper(), self._format,
                                           list(self.dilation_rate))

    def call(self, inputs, states, training=None):
        before, carry = states
        inputs, before = self._drop(inputs, before, training)
        x = self._convolved(inputs, self.kernel)
        if self.use_bias:
            x = nn_ops.bias_add(x, self.bias, "NCHW" if self._first else "NHWC")
        z = x + convolution_ops.convolution(before, self.recurrent_kernel, [1] * self.n, "SAME", self._format)
        i, f, c, o = array_ops.split(z, 4, axis=1 if self._first else -1)
        carry = self.recurrent_activation(f) * carry + self.recurrent_activation(i) * self.activation(c)
        output = self.recurrent_activation(o) * self.activation(carry)
        return output, [output, carry]

    def get_config(self):
        config = {**super().get_config(), "unit_forget_bias": self.unit_forget_bias, "use_bias": self.use_bias,
                  "activation": activations.serialize(self.activation),
                  "recurrent_activation": activations.serialize(self.recurrent_activation)}
        for name in ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "dropout",
                     "recurrent_dropout"):
            config[name] = getattr(self, name)
        for name, make, rules in zip(_PARTS, self._initializers, self._rules):
            config[f"{name}_initializer"] = initializers.serialize(make)
            for kind, module in (("regularizer", regularizers), ("constraint", constraints)):
                config[f"{name}_{kind}"] = None if rules[kind] is None else module.serialize(rules[kind])
        return config


_LAYER = {"return_sequences", "return_state", "go_backwards", "stateful", "name", "trainable", "input_shape",
          "batch_input_shape", "activity_regularizer"}


class _ConvLSTM(RNN):
    """A ConvLSTM cell along the second axis of [batch, steps, …]."""

    n = 2

    def __init__(self, filters, kernel_size, *args, **kwargs):
        mine = {k: kwargs.pop(k) for k in list(kwargs) if k in _LAYER}
        if "dtype" in kwargs:
            mine["dtype"] = kwargs["dtype"]
        for key in ("unroll", "time_major", "zero_output_for_mask"):
            if kwargs.pop(key, False):
                raise TypeError(f"{key} isn't possible with {type(self).__name__}.")
        super().__init__(None, **mine)
        kind = type(f"ConvLSTM{self.n}DCell", (_ConvLSTMCell,), {"n": self.n})
        self.cell = kind(filters, kernel_size, *args, name=f"{self._name}/conv_lstm_cell", **kwargs)

    filters = property(lambda self: self.cell.filters)
    kernel_size = property(lambda self: self.cell.kernel_size)
    activation = property(lambda self: self.cell.activation)
    recurrent_activation = property(lambda self: self.cell.recurrent_activation)

    def compute_output_shape(self, input_shape):
        shape = list(input_shape[0] if isinstance(input_shape, list) else input_shape)
        cell, sizes = self.cell, self.cell.sizes(TensorShape([shape[0], *shape[2:]]))
        rest = [cell.filters, *sizes] if cell._first else [*sizes, cell.filters]
        output = TensorShape([*shape[:2], *rest] if self.return_sequences else [shape[0], *rest])
        return [output, *[TensorShape([shape[0], *rest])] * 2] if self.return_state else output

    def get_config(self):
        return {**self.cell.get_config(), **super().get_config()}


def _family(n: int):
    return type(f"ConvLSTM{n}D", (_ConvLSTM,), {"n": n, "__doc__": _ConvLSTM.__doc__, "__module__": __name__})


ConvLSTM1D, ConvLSTM2D, ConvLSTM3D = (_family(n) for n in (1, 2, 3))
