# SPDX-License-Identifier: MIT
"""tf.nn.rnn_cell of version 1, and what runs cells along a sequence; the steps are unrolled."""
from __future__ import annotations

import collections

from ...framework import dtypes
from ...framework.ops import convert_to_tensor
from ...ops import array_ops, math_ops, nn_ops
from .variable_scope import get_variable, variable_scope

LSTMStateTuple = collections.namedtuple("LSTMStateTuple", ("c", "h"))


class RNNCell:
    """One step: cell (inputs, state) gives the output and the new state."""

    def __init__(self, num_units, activation=None, reuse=None, name=None, dtype=None, **kwargs):
        self._num_units, self._activation, self._reuse = num_units, activation or math_ops.tanh, reuse
        self._name, self._weights = name or self._scope, None

    state_size = property(lambda self: self._num_units)
    output_size = property(lambda self: self._num_units)

    def zero_state(self, batch_size, dtype):
        return _zeros(self.state_size, batch_size, dtype)

    def _weight(self, name: str, shape, dtype, bias=None):
        from ...keras import initializers
        make = None if bias is None else initializers.Constant(bias)
        return get_variable(name, shape, dtype=dtype, initializer=make)

    def __call__(self, inputs, state, scope=None):
        inputs = convert_to_tensor(inputs)
        if self._weights is None:
            with variable_scope(scope or self._name, reuse=self._reuse):
                self._weights = self._build(inputs.shape[-1], inputs.dtype)
        return self._step(inputs, state)

    @property
    def variables(self) -> list:
        return list(self._weights or ())

    trainable_variables = trainable_weights = weights = variables


def _zeros(size, batch, dtype):
    if isinstance(size, LSTMStateTuple):
        return LSTMStateTuple(*[_zeros(s, batch, dtype) for s in size])
    if isinstance(size, (list, tuple)):
        return tuple(_zeros(s, batch, dtype) for s in size)
    return array_ops.zeros([batch, size], dtype)


class BasicRNNCell(RNNCell):
    """h = activation ([x, h] · kernel + bias)"""

    _scope = "basic_rnn_cell"

    def _build(self, n, dtype):
        return (self._weight("kernel", [n + self._num_units, self._num_units], dtype),
                self._weight("bias", [self._num_units], dtype, 0.0))

    def _step(self, inputs, state):
        kernel, bias = self._weights
        output = self._activation(nn_ops.bias_add(math_ops.matmul(array_ops.concat([inputs, state], 1), kernel), bias))
        return output, output


class GRUCell(RNNCell):
    """The gates r and u side by side; h = u · h + (1 − u) · activation ([x, r · h] · kernel + bias)"""

    _scope = "gru_cell"

    def _build(self, n, dtype):
        units = self._num_units
        return (self._weight("gates/kernel", [n + units, 2 * units], dtype), self._weight("gates/bias", [2 * units], dtype, 1.0),
                self._weight("candidate/kernel", [n + units, units], dtype), self._weight("candidate/bias", [units], dtype, 0.0))

    def _step(self, inputs, state):
        gates, gates_bias, candidate, candidate_bias = self._weights
        both = nn_ops.bias_add(math_ops.matmul(array_ops.concat([inputs, state], 1), gates), gates_bias)
        r, u = array_ops.split(math_ops.sigmoid(both), 2, axis=1)
        c = self._activation(nn_ops.bias_add(math_ops.matmul(array_ops.concat([inputs, r * state], 1), candidate),
                                             candidate_bias))
        new = u * state + (1 - u) * c
        return new, new


class BasicLSTMCell(RNNCell):
    """The gates i, j, f, o side by side; c = σ (f + forget_bias) · c + σ (i) · activation (j); h = σ (o) · activation (c)"""

    _scope = "basic_lstm_cell"

    def __init__(self, num_units, forget_bias=1.0, state_is_tuple=True, activation=None, reuse=None, name=None, dtype=None,
                 **kwargs):
        super().__init__(num_units, activation, reuse, name, dtype)
        self._forget_bias, self._tuple = forget_bias, state_is_tuple

    @property
    def state_size(self):
        return LSTMStateTuple(self._num_units, self._num_units) if self._tuple else 2 * self._num_units

    def _build(self, n, dtype):
        return (self._weight("kernel", [n + self._num_units, 4 * self._num_units], dtype),
                self._weight("bias", [4 * self._num_units], dtype, 0.0))

    def _step(self, inputs, state):
        kernel, bias = self._weights
        c, h = state if self._tuple else array_ops.split(state, 2, axis=1)
        gates = nn_ops.bias_add(math_ops.matmul(array_ops.concat([inputs, h], 1), kernel), bias)
        i, j, f, o = array_ops.split(gates, 4, axis=1)
        c = c * math_ops.sigmoid(f + self._forget_bias) + math_ops.sigmoid(i) * self._activation(j)
        h = self._activation(c) * math_ops.sigmoid(o)
        return h, LSTMStateTuple(c, h) if self._tuple else array_ops.concat([c, h], 1)


class LSTMCell(BasicLSTMCell):
    _scope = "lstm_cell"

    def __init__(self, num_units, use_peepholes=False, cell_clip=None, initializer=None, num_proj=None, proj_clip=None,
                 num_unit_shards=None, num_proj_shards=None, forget_bias=1.0, state_is_tuple=True, activation=None,
                 reuse=None, name=None, dtype=None, **kwargs):
        if use_peepholes or num_proj is not None or cell_clip is not None:
            raise NotImplementedError("LSTMCell with peepholes, projection or clipping is not part of this engine")
        super().__init__(num_units, forget_bias, state_is_tuple, activation, reuse, name, dtype)


class MultiRNNCell(RNNCell):
    """Cells one after another."""

    def __init__(self, cells, state_is_tuple=True):
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        self._cells = list(cells)

    state_size = property(lambda self: tuple(cell.state_size for cell in self._cells))
    output_size = property(lambda self: self._cells[-1].output_size)
    variables = property(lambda self: [v for cell in self._cells for v in cell.variables])

    def __call__(self, inputs, state, scope=None):
        states = []
        with variable_scope(scope or "multi_rnn_cell"):
            for i, (cell, old) in enumerate(zip(self._cells, state)):
                with variable_scope(f"cell_{i}"):
                    inputs, new = cell(inputs, old)
                states.append(new)
        return inputs, tuple(states)


class DropoutWrapper(RNNCell):
    """Dropout on what goes in and what comes out."""

    def __init__(self, cell, input_keep_prob=1.0, output_keep_prob=1.0, state_keep_prob=1.0, seed=None, **kwargs):
        self._cell, self._keep, self._seed = cell, (input_keep_prob, output_keep_prob), seed

    state_size = property(lambda self: self._cell.state_size)
    output_size = property(lambda self: self._cell.output_size)
    variables = property(lambda self: self._cell.variables)

    def __call__(self, inputs, state, scope=None):
        output, state = self._cell(nn_ops.dropout_v1(inputs, self._keep[0], seed=self._seed), state, scope)
        return nn_ops.dropout_v1(output, self._keep[1], seed=self._seed), state


# ---- sequences ----

def _where(keep, new, old):
    if isinstance(new, tuple):
        parts = [_where(keep, n, o) for n, o in zip(new, old)]
        return LSTMStateTuple(*parts) if isinstance(new, LSTMStateTuple) else tuple(parts)
    return array_ops.where(keep, new, old)


def static_rnn(cell, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
    """The outputs for a list of inputs, and the last state; behind a sequence's end outputs are 0 and the state stays."""
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    first = convert_to_tensor(inputs[0])
    batch = first.shape[0] if first.shape[0] is not None else array_ops.shape(first)[0]
    if initial_state is None and dtype is None:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    state = cell.zero_state(batch, dtype) if initial_state is None else initial_state
    outputs = []
    with variable_scope(scope or "rnn"):
        for t, x in enumerate(inputs):
            output, new = cell(x, state)
            if sequence_length is not None:
                keep = array_ops.expand_dims(math_ops.cast(sequence_length, dtypes.int32) > t, -1)
                output = array_ops.where(keep, output, array_ops.zeros_like(output))
                new = _where(keep, new, state)
            state = new
            outputs.append(output)
    return outputs, state


def dynamic_rnn(cell, inputs, sequence_length=None, initial_state=None, dtype=None, parallel_iterations=None,
                swap_memory=False, time_major=False, scope=None):
    """The outputs for [batch, steps, features], and the last state."""
    inputs = convert_to_tensor(inputs)
    axis = 0 if time_major else 1
    if inputs.shape[axis] is None:
        raise ValueError("dynamic_rnn unrolls its steps, so the number of steps must be known. Received: inputs.shape="
                         f"{inputs.shape}")
    outputs, state = static_rnn(cell, array_ops.unstack(inputs, axis=axis), initial_state,
                                dtype or (inputs.dtype if initial_state is None else None), sequence_length, scope)
    return array_ops.stack(outputs, axis), state
