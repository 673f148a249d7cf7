# SPDX-License-Identifier: MIT
"""Cells: one step of a recurrent layer."""
from __future__ import annotations

import inspect

import _lockstep

from .. import nest
from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, math_ops, nn_ops
from . import activations, constraints, initializers, regularizers
from .engine import Layer


def as_list(states) -> list:
    return list(states) if isinstance(states, (list, tuple)) else [states]


def zero_states(sizes, batch, dtype):
    """Zeros in the form of a cell's state_size."""
    if isinstance(sizes, (list, tuple)) and not isinstance(sizes, TensorShape):
        return [zero_states(size, batch, dtype) for size in sizes]
    rest = sizes if isinstance(sizes, TensorShape) else [sizes]
    return array_ops.zeros([batch, *rest], dtype)


class DropoutCell:
    """The same places are dropped in every step of a sequence: masks are made once, and kept until they are reset."""

    dropout = recurrent_dropout = 0.0
    seed = None

    def reset_dropout_mask(self) -> None:
        self.__dict__["_drop_masks"] = {}

    reset_recurrent_dropout_mask = reset_dropout_mask

    def make_dropout_masks(self, row, state, training) -> None:
        """Before a loop, whose body must not make its own."""
        self.reset_dropout_mask()
        self._drop(row, state, training)

    def _dropped(self, which: str, x, rate, training):
        if not training or not rate:
            return x
        masks = self.__dict__.setdefault("_drop_masks", {})
        if not _lockstep.executing_eagerly() and isinstance(masks.get(which), _lockstep.EagerTensor):
            masks.clear()
        if which not in masks:
            masks[which] = nn_ops.dropout(array_ops.ones_like(x), rate, seed=self.seed)
        return x * masks[which]

    def _drop(self, inputs, state, training):
        return (self._dropped("inputs", inputs, self.dropout, training),
                self._dropped("state", state, self.recurrent_dropout, training))


class Cell(DropoutCell, Layer):
    """One step: call (inputs, states) gives the output and the new states."""

    gates = 1
    n_states = 1

    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
                 kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal", bias_initializer="zeros",
                 kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None,
                 recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.units = int(units)
        if self.units <= 0:
            raise ValueError("Received an invalid value for argument `units`, expected a positive integer, got "
                             f"{units}.")
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.recurrent_activation = activations.get(recurrent_activation)
        self._initializers = [initializers.get(i) for i in (kernel_initializer, recurrent_initializer,
                                                            bias_initializer)]
        self._regularizers = [regularizers.get(r) for r in (kernel_regularizer, recurrent_regularizer, bias_regularizer)]
        self._constraints = [constraints.get(c) for c in (kernel_constraint, recurrent_constraint, bias_constraint)]
        self.dropout, self.recurrent_dropout = min(1.0, max(0.0, dropout)), min(1.0, max(0.0, recurrent_dropout))
        self.seed, self.bias = seed, None

    @property
    def state_size(self):
        return self.units if self.n_states == 1 else [self.units] * self.n_states

    output_size = property(lambda self: self.units)

    def _bias_shape(self) -> tuple:
        return (self.gates * self.units,)

    def _bias(self, shape, dtype=None):
        return self._initializers[2](shape, dtype=dtype)

    def build(self, input_shape):
        width = self.gates * self.units

        def add(place, name, shape, initializer):
            return self.add_weight(name, shape, initializer=initializer, regularizer=self._regularizers[place],
                                   constraint=self._constraints[place])
        self.kernel = add(0, "kernel", (input_shape[-1], width), self._initializers[0])
        self.recurrent_kernel = add(1, "recurrent_kernel", (self.units, width), self._initializers[1])
        if self.use_bias:
            self.bias = add(2, "bias", self._bias_shape(), self._bias)
        self.built = True

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        batch = array_ops.shape(inputs)[0] if batch_size is None else batch_size
        return zero_states(self.state_size, batch, dtype or self._dtype)

    def get_config(self):
        config = {**super().get_config(), "units": self.units, "activation": activations.serialize(self.activation),
                  "use_bias": self.use_bias, "dropout": self.dropout, "recurrent_dropout": self.recurrent_dropout}
        for kind, module, objects in (("initializer", initializers, self._initializers),
                                      ("regularizer", regularizers, self._regularizers),
                                      ("constraint", constraints, self._constraints)):
            for name, value in zip(("kernel", "recurrent", "bias"), objects):
                config[f"{name}_{kind}"] = None if value is None else module.serialize(value)
        return config


class SimpleRNNCell(Cell):
    """h = activation (x · kernel + bias + h · recurrent)"""

    def __init__(self, units, activation="tanh", **kwargs):
        super().__init__(units, activation, **kwargs)

    def call(self, inputs, states, training=None):
        inputs, state = self._drop(inputs, as_list(states)[0], training)
        result = math_ops.matmul(inputs, self.kernel)
        if self.use_bias:
            result = nn_ops.bias_add(result, self.bias)
        output = self.activation(result + math_ops.matmul(state, self.recurrent_kernel))
        return output, [output] if nest.is_nested(states) else output

    def get_config(self):
        return {k: v for k, v in super().get_config().items() if k != "recurrent_activation"}


class LSTMCell(Cell):
    """c = f · c + i · activation (…); h = o · activation (c); the gates i, f, c, o lie side by side."""

    gates, n_states = 4, 2

    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
                 unit_forget_bias=True, **kwargs):
        super().__init__(units, activation, recurrent_activation, use_bias, **kwargs)
        self.unit_forget_bias = unit_forget_bias

    def _bias(self, shape, dtype=None):
        make = self._initializers[2]
        if not self.unit_forget_bias:
            return make(shape, dtype=dtype)
        u = self.units
        return array_ops.concat([make((u,), dtype=dtype), array_ops.ones((u,), dtype),
                                 make((2 * u,), dtype=dtype)], 0)

    def call(self, inputs, states, training=None):
        before, carry = states
        inputs, before = self._drop(inputs, before, training)
        z = math_ops.matmul(inputs, self.kernel) + math_ops.matmul(before, self.recurrent_kernel)
        if self.use_bias:
            z = nn_ops.bias_add(z, self.bias)
        i, f, c, o = array_ops.split(z, 4, axis=1)
        carry = self.recurrent_activation(f) * carry + self.recurrent_activation(i) * self.activation(c)
        output = self.recurrent_activation(o) * self.activation(carry)
        return output, [output, carry]

    def get_config(self):
        return {**super().get_config(), "recurrent_activation": activations.serialize(self.recurrent_activation),
                "unit_forget_bias": self.unit_forget_bias}


class GRUCell(Cell):
    """h = z · h + (1 − z) · activation (…); the gates z, r, h lie side by side."""

    gates = 3

    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True, reset_after=True,
                 **kwargs):
        super().__init__(units, activation, recurrent_activation, use_bias, **kwargs)
        self.reset_after = reset_after

    def _bias_shape(self):
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def call(self, inputs, states, training=None):
        inputs, before = self._drop(inputs, as_list(states)[0], training)
        x = math_ops.matmul(inputs, self.kernel)
        if self.use_bias:
            x = nn_ops.bias_add(x, self.bias[0] if self.reset_after else self.bias)
        xz, xr, xh = array_ops.split(x, 3, axis=1)
        if self.reset_after:
            h = math_ops.matmul(before, self.recurrent_kernel)
            if self.use_bias:
                h = nn_ops.bias_add(h, self.bias[1])
            hz, hr, hh = array_ops.split(h, 3, axis=1)
            z, r = self.recurrent_activation(xz + hz), self.recurrent_activation(xr + hr)
            hh = r * hh
        else:
            kernel, u = self.recurrent_kernel, self.units
            z = self.recurrent_activation(xz + math_ops.matmul(before, kernel[:, :u]))
            r = self.recurrent_activation(xr + math_ops.matmul(before, kernel[:, u:2 * u]))
            hh = math_ops.matmul(r * before, kernel[:, 2 * u:])
        output = z * before + (1 - z) * self.activation(xh + hh)
        return output, [output] if nest.is_nested(states) else output

    def get_config(self):
        return {**super().get_config(), "recurrent_activation": activations.serialize(self.recurrent_activation),
                "reset_after": self.reset_after}


class StackedRNNCells(Layer):
    """Cells one after another, as one."""

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        for cell in cells:
            if not hasattr(cell, "call") and not callable(cell):
                raise ValueError(f"All cells must have a `call` method. Received cell without a `call` method: {cell}")
            if not hasattr(cell, "state_size"):
                raise ValueError(f"All cells must have a `state_size` attribute. Received cell without a `state_size`: {cell}")
        self.cells = list(cells)

    state_size = property(lambda self: [cell.state_size for cell in self.cells])

    @property
    def output_size(self):
        return output_size(self.cells[-1])

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return [initial_state(cell, inputs, batch_size, dtype) for cell in self.cells]

    def make_dropout_masks(self, row, states, training) -> None:
        for cell, state in zip(self.cells, states):
            if hasattr(cell, "make_dropout_masks"):
                cell.make_dropout_masks(row, as_list(state)[0], training)
            row = state if not nest.is_nested(state) else state[0]

    def build(self, input_shape):
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = TensorShape([input_shape[0]]).concatenate(as_shape_rest(output_size(cell)))
        self.built = True

    def call(self, inputs, states, constants=None, training=None):
        new = []
        for cell, state in zip(self.cells, states):
            inputs, state = run_cell(cell, inputs, state, constants, training)
            new.append(state)
        return inputs, new

    def get_config(self):
        return {**super().get_config(), "cells": [{"class_name": type(c).__name__, "config": c.get_config()}
                                                  for c in self.cells]}


class AbstractRNNCell(Layer):
    """What a cell of one's own derives from: call (inputs, states), state_size and output_size."""

    @property
    def state_size(self):
        raise NotImplementedError("Please implement `state_size` in the cell.")

    @property
    def output_size(self):
        raise NotImplementedError("Please implement `output_size` in the cell.")

    def call(self, inputs, states):
        raise NotImplementedError("Please implement `call` in the cell.")

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        batch = array_ops.shape(inputs)[0] if batch_size is None else batch_size
        return zero_states(self.state_size, batch, dtype or self._dtype)


# ---- what any cell is asked ----

def as_shape_rest(size) -> list:
    return list(size) if isinstance(size, TensorShape) else [size]


def output_size(cell):
    """The width of a cell's output: what it says, or its first state's."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    sizes = cell.state_size
    return sizes if isinstance(sizes, (int, TensorShape)) else sizes[0]


def initial_state(cell, inputs, batch, dtype):
    make = getattr(cell, "get_initial_state", None)
    return make(inputs=inputs, batch_size=batch, dtype=dtype) if make else zero_states(cell.state_size, batch, dtype)


def run_cell(cell, inputs, states, constants, training):
    """(output, states) of one step; what is no list stays none."""
    if isinstance(cell, (Cell, StackedRNNCells)):
        kwargs = {"constants": constants} if constants and isinstance(cell, StackedRNNCells) else {}
        return cell.call(inputs, states, training=training, **kwargs)
    parameters = inspect.signature(cell.call if isinstance(cell, Layer) else cell).parameters
    kwargs = {"training": training} if "training" in parameters and training is not None else {}
    if constants:
        kwargs["constants"] = constants
    return cell(inputs, states, **kwargs)
