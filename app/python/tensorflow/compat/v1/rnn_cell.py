# SPDX-License-Identifier: MIT
"""tf.nn.rnn_cell of version 1."""
from __future__ import annotations

import collections

from ... import nest
from ...framework.ops import convert_to_tensor, device as device_scope
from ...ops import array_ops, clip_ops, math_ops, nn_ops
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
        make = getattr(self, "_initializer", None) if bias is None else initializers.Constant(bias)
        return get_variable(name, shape, dtype=dtype, initializer=make)

    def __call__(self, inputs, state, scope=None):
        inputs = convert_to_tensor(inputs)
        if self._weights is None:
            if inputs.shape[-1] is None:
                raise ValueError("Expected inputs.shape[-1] to be known, saw shape: " + str(inputs.shape))
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
    """The same with peepholes (gates that see c), clipping, and a projection of h (Sak et al., 2014)."""

    _scope = "lstm_cell"

    def __init__(self, num_units, use_peepholes=False, cell_clip=None, initializer=None, num_proj=None, proj_clip=None,
                 num_unit_shards=None, num_proj_shards=None, forget_bias=1.0, state_is_tuple=True, activation=None,
                 reuse=None, name=None, dtype=None, **kwargs):
        super().__init__(num_units, forget_bias, state_is_tuple, activation, reuse, name, dtype)
        self._peepholes, self._cell_clip, self._initializer = use_peepholes, cell_clip, initializer
        self._num_proj, self._proj_clip = num_proj, proj_clip

    output_size = property(lambda self: self._num_units if self._num_proj is None else self._num_proj)

    @property
    def state_size(self):
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._tuple else sum(sizes)

    def _build(self, n, dtype):
        units = self._num_units
        weights = [self._weight("kernel", [n + self.output_size, 4 * units], dtype),
                   self._weight("bias", [4 * units], dtype, 0.0)]
        if self._peepholes:
            weights += [self._weight(f"w_{gate}_diag", [units], dtype) for gate in ("f", "i", "o")]
        if self._num_proj is not None:
            weights.append(self._weight("projection/kernel", [units, self._num_proj], dtype))
        return tuple(weights)

    def _step(self, inputs, state):
        kernel, bias, *more = self._weights
        before, h = state if self._tuple else array_ops.split(state, [self._num_units, self.output_size], axis=1)
        gates = nn_ops.bias_add(math_ops.matmul(array_ops.concat([inputs, h], 1), kernel), bias)
        i, j, f, o = array_ops.split(gates, 4, axis=1)
        f = f + self._forget_bias
        if self._peepholes:
            f, i = f + more[0] * before, i + more[1] * before
        c = math_ops.sigmoid(f) * before + math_ops.sigmoid(i) * self._activation(j)
        if self._cell_clip is not None:
            c = clip_ops.clip_by_value(c, -self._cell_clip, self._cell_clip)
        h = math_ops.sigmoid(o + more[2] * c if self._peepholes else o) * self._activation(c)
        if self._num_proj is not None:
            h = math_ops.matmul(h, more[-1])
            if self._proj_clip is not None:
                h = clip_ops.clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._tuple else array_ops.concat([c, h], 1)


class MultiRNNCell(RNNCell):
    """Cells one after another."""

    def __init__(self, cells, state_is_tuple=True):
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not nest.is_nested(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        if len({id(cell) for cell in cells}) < len(cells):
            raise ValueError("At least two cells provided to MultiRNNCell are the same object and will share weights.")
        self._cells, self._tuple = list(cells), state_is_tuple
        if not state_is_tuple and any(nest.is_nested(c.state_size) for c in self._cells):
            raise ValueError("Some cells return tuples of states, but the flag state_is_tuple is not set.  State sizes are: "
                             f"{[c.state_size for c in self._cells]}")

    @property
    def state_size(self):
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._tuple else sum(sizes)

    output_size = property(lambda self: self._cells[-1].output_size)
    variables = property(lambda self: [v for cell in self._cells for v in cell.variables])

    def __call__(self, inputs, state, scope=None):
        states = []
        if not self._tuple:
            state = array_ops.split(state, [cell.state_size for cell in self._cells], axis=1)
        with variable_scope(scope or "multi_rnn_cell"):
            for i, (cell, old) in enumerate(zip(self._cells, state)):
                with variable_scope(f"cell_{i}"):
                    inputs, new = cell(inputs, old)
                states.append(new)
        return inputs, tuple(states) if self._tuple else array_ops.concat(states, 1)


# ---- around a cell ----

class _Wrapper(RNNCell):
    def __init__(self, cell):
        self._cell = cell

    state_size = property(lambda self: self._cell.state_size)
    output_size = property(lambda self: self._cell.output_size)
    variables = property(lambda self: self._cell.variables)

    def zero_state(self, batch_size, dtype):
        return self._cell.zero_state(batch_size, dtype)


def _keeps_memory(state):
    """Which parts of a state dropout may take: all but the memory of an LSTM."""
    if isinstance(state, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    return nest._rebuild(state, [_keeps_memory(s) for s in state]) if nest.is_nested(state) else True


class DropoutWrapper(_Wrapper):
    """Dropout on what goes in, what comes out, and the state; variational: the same places in every step."""

    def __init__(self, cell, input_keep_prob=1.0, output_keep_prob=1.0, state_keep_prob=1.0, variational_recurrent=False,
                 input_size=None, dtype=None, seed=None, dropout_state_filter_visitor=None, **kwargs):
        super().__init__(cell)
        for name, p in (("input_keep_prob", input_keep_prob), ("state_keep_prob", state_keep_prob),
                        ("output_keep_prob", output_keep_prob)):
            if isinstance(p, (int, float)) and not 0 <= p <= 1:
                raise ValueError(f"Parameter {name} must be between 0 and 1: {p}")
        self._keep = {"input": input_keep_prob, "output": output_keep_prob, "state": state_keep_prob}
        self._seed, self._filter, self._noise = seed, dropout_state_filter_visitor or _keeps_memory, {}
        if not variational_recurrent:
            return
        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")
        if input_size is None and self._certain("input") is False:
            raise ValueError("When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, input_size must be "
                             "provided")
        for kind, size in (("input", input_size), ("output", cell.output_size)):
            if not self._certain(kind):
                self._noise[kind] = self._draw(size, dtype, kind)
        if not self._certain("state"):
            self._noise["state"] = nest.map_structure(lambda n: self._draw(n, dtype, "state"), cell.state_size)

    def _certain(self, kind) -> bool:
        keep = self._keep[kind]
        return isinstance(keep, (int, float)) and keep == 1

    def _draw(self, size, dtype, kind):
        from ...ops import random_ops
        rest = list(size) if isinstance(size, (list, tuple)) else [size]
        return random_ops.random_uniform([1, *rest], dtype=dtype, seed=self._seed)

    def _drop(self, kind, value, noise):
        if self._certain(kind):
            return value
        keep = self._keep[kind]
        if noise is None:
            return nn_ops.dropout_v1(value, keep, seed=self._seed)
        return value / keep * math_ops.floor(noise + keep)

    def _drop_state(self, state):
        flat = nest.flatten(state)
        noise = nest.flatten(self._noise["state"]) if "state" in self._noise else [None] * len(flat)
        takes = self._filter(state)
        takes = nest.flatten(takes) if nest.is_nested(takes) else [takes] * len(flat)
        return nest.pack_sequence_as(state, [self._drop("state", s, n) if take else s
                                             for s, n, take in zip(flat, noise, takes)])

    def __call__(self, inputs, state, scope=None):
        inputs = self._drop("input", convert_to_tensor(inputs), self._noise.get("input"))
        output, state = self._cell(inputs, state, scope)
        if not self._certain("state"):
            state = self._drop_state(state)
        return self._drop("output", output, self._noise.get("output")), state


class ResidualWrapper(_Wrapper):
    """The inputs are added to the outputs."""

    def __init__(self, cell, residual_fn=None, **kwargs):
        super().__init__(cell)
        self._residual = residual_fn

    def __call__(self, inputs, state, scope=None):
        output, state = self._cell(inputs, state, scope)
        if self._residual is not None:
            return self._residual(inputs, output), state
        nest.assert_same_structure(inputs, output)
        return nest.map_structure(lambda a, b: a + b, inputs, output), state


class DeviceWrapper(_Wrapper):
    """The cell on a device."""

    def __init__(self, cell, device, **kwargs):
        super().__init__(cell)
        self._device = device

    def __call__(self, inputs, state, scope=None):
        with device_scope(self._device):
            return self._cell(inputs, state, scope)
