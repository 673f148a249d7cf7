# SPDX-License-Identifier: MIT
"""Layers that go through a sequence, step by step."""
from __future__ import annotations

from typing import Any

import _lockstep

from .. import nest
from ..framework.ops import convert_to_tensor, init_scope
from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, math_ops
from ..ops.variables import Variable
from . import cells
from .cells import (AbstractRNNCell, GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells, as_list,  # noqa: F401
                    as_shape_rest, output_size, run_cell)
from .engine import KerasTensor, Layer
from .rnn import rnn


class RNN(Layer):
    """A cell along the second axis of [batch, steps, features]."""

    supports_masking = True

    def __init__(self, cell, return_sequences=False, return_state=False, go_backwards=False, stateful=False,
                 unroll=False, time_major=False, zero_output_for_mask=False, **kwargs):
        super().__init__(**kwargs)
        cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        if cell is not None:
            self._check_cell(cell)
        self.cell = cell
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.time_major = go_backwards, time_major
        self.stateful, self.unroll, self.zero_output_for_mask = stateful, unroll, zero_output_for_mask
        self.states: Any = None
        self._n_constants: int | None = None

    @staticmethod
    def _check_cell(cell) -> None:
        if "call" not in dir(cell):
            raise ValueError(f"Argument `cell` should have a `call` method. The RNN was passed: cell={cell}")
        if "state_size" not in dir(cell):
            raise ValueError("The RNN cell should have a `state_size` attribute (tuple of integers, one integer per RNN "
                             f"state). Received: cell={cell}")

    # ---- building ----

    def build(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        batch, steps = (shape[1], shape[0]) if self.time_major else (shape[0], shape[1])
        cell = self.cell
        if isinstance(cell, Layer) and not cell.built:
            cell.build(TensorShape([batch, *shape[2:]]))
            cell.built = True
        if self.stateful and self.states is None:
            self._make_states(batch)
        self.built = True

    def _make_states(self, batch) -> None:
        if batch is None:
            raise ValueError("If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input "
                             "tensors: \n- If using a Sequential model, specify the batch size by passing a "
                             "`batch_input_shape` argument to your first layer.\n- If using the functional API, specify the "
                             "batch size by passing a `batch_shape` argument to your Input layer.")
        with init_scope():
            zeros = cells.initial_state(self.cell, None, batch, self._dtype)
            self.__dict__["states"] = nest.map_structure(
                lambda z: Variable(z, trainable=False, name=f"{self._name}/state"), as_list(zeros))

    def reset_states(self, states=None) -> None:
        """The states of a stateful layer become zero, or what is given."""
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        if self.states is None:
            raise ValueError("If a RNN is stateful, it needs to know its batch size: call the layer, or build the model, "
                             "first.")
        flat = nest.flatten(self.states)
        given = [None] * len(flat) if states is None else nest.flatten(states)
        if len(given) != len(flat):
            raise ValueError(f"Layer {self.name} expects {len(flat)} states, but it received {len(given)} state values. "
                             f"States received: {states}")
        for variable, value in zip(flat, given):
            value = array_ops.zeros(variable.shape, variable.dtype) if value is None else convert_to_tensor(value)
            if not value.shape.is_compatible_with(variable.shape):
                raise ValueError(f"State {variable.name} is incompatible with layer {self.name}: expected shape="
                                 f"{tuple(variable.shape)} but found shape={tuple(value.shape)}")
            variable.assign(value)

    # ---- shapes ----

    def compute_output_shape(self, input_shape):
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        first, second = shape[0], shape[1]
        batch = second if self.time_major else first
        width = as_shape_rest(output_size(self.cell))
        output = TensorShape([first, second, *width] if self.return_sequences else [batch, *width])
        if not self.return_state:
            return output
        sizes = nest.flatten(self.cell.state_size)
        return [output, *[TensorShape([batch, *as_shape_rest(n)]) for n in sizes]]

    def _declares_shape(self) -> bool:
        known = hasattr(self.cell, "output_size") or hasattr(self.cell, "state_size")
        return not self.return_state and known and super()._declares_shape()

    def compute_mask(self, inputs, mask=None):
        mask = nest.flatten(mask)[0]
        output = mask if self.return_sequences else None
        return [output] + [None] * len(nest.flatten(self.cell.state_size)) if self.return_state else output

    # ---- calling ----

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        if isinstance(inputs, list) and not any(isinstance(x, (int, float, list)) for x in inputs):
            inputs, initial_state, constants = self._take_apart(inputs, initial_state, constants)
        if constants is not None:
            self._n_constants, kwargs["constants"] = len(as_list(constants)), as_list(constants)
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
        return super().__call__(inputs, **kwargs)

    def _take_apart(self, inputs: list, states, constants) -> tuple:
        """[x, states …, constants …], as they come from other layers."""
        n = self._n_constants or 0
        if n and constants is None:
            inputs, constants = inputs[:-n], inputs[-n:]
        if len(inputs) > 1 and states is None:
            states = inputs[1:]
        return inputs[0], states, constants

    def _first_states(self, inputs, given):
        if given is not None:
            states = as_list(given)
        elif self.stateful:
            states = nest.map_structure(lambda v: v.read_value(), self.states)
        else:
            shape, axis = inputs.shape, 1 if self.time_major else 0
            batch = shape[axis] if shape[axis] is not None else array_ops.shape(inputs)[axis]
            row = inputs[0] if self.time_major else inputs[:, 0]
            states = as_list(cells.initial_state(self.cell, row, batch, inputs.dtype))
        sizes = as_list(self.cell.state_size)
        if len(states) != len(sizes):
            raise ValueError(f"Layer has {len(sizes)} states but was passed {len(states)} initial states.")
        return nest.map_structure(lambda s: s if isinstance(s, KerasTensor) else convert_to_tensor(s), states)

    def call(self, inputs, mask=None, training=None, initial_state=None, constants=None):
        lengths = None
        if hasattr(inputs, "row_lengths"):
            if mask is not None:
                raise ValueError(f"The mask that was passed in was {mask}, which cannot be applied to RaggedTensor inputs. "
                                 "Please make sure that there is no mask injected by upstream layers.")
            if self.unroll:
                raise ValueError("The input received contains RaggedTensors and does not support unrolling. Disable unrolling "
                                 "by passing `unroll=False` in the RNN Layer constructor.")
            lengths = inputs.row_lengths()
            inputs = inputs.to_tensor()
        states, cell = self._first_states(inputs, initial_state), self.cell
        steps = inputs.shape[0 if self.time_major else 1]
        if self.unroll and steps is None:
            raise ValueError("Cannot unroll a RNN if the time dimension is undefined. \n- If using a Sequential model, specify "
                             "the time dimension by passing an `input_shape` or `batch_input_shape` argument to your first "
                             "layer. If your first layer is an Embedding, you can also use the `input_length` argument.\n- If "
                             "using the functional API, specify the time dimension by passing a `shape` or `batch_shape` "
                             "argument to your Input layer.")
        if hasattr(cell, "make_dropout_masks"):
            row = inputs[0] if self.time_major else inputs[:, 0]
            cell.make_dropout_masks(row, states if isinstance(cell, StackedRNNCells) else states[0], training)

        def step(row, now):
            output, new = run_cell(cell, row, now, constants, training)
            return output, new if nest.is_nested(new) else [new]
        last, outputs, states = rnn(step, inputs, states, self.go_backwards, nest.flatten(mask)[0], None, self.unroll, lengths,
                                    self.time_major, self.zero_output_for_mask, self.return_sequences)
        if self.stateful:
            for variable, state in zip(nest.flatten(self.states), nest.flatten(states)):
                variable.assign(state)
        result = outputs if self.return_sequences else last
        if self.return_sequences and lengths is not None:
            from ..ragged import RaggedTensor
            result = RaggedTensor.from_tensor(result, lengths)
        return [result, *states] if self.return_state else result

    def get_config(self):
        config = {**super().get_config(), "return_sequences": self.return_sequences,
                  "return_state": self.return_state, "go_backwards": self.go_backwards, "stateful": self.stateful,
                  "unroll": self.unroll, "time_major": self.time_major}
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = True
        if type(self) is RNN:
            config["cell"] = {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        if isinstance(config.get("cell"), dict):
            config["cell"] = _cell_of(config["cell"], custom_objects or {})
        return cls(**config)


def _cell_of(told: dict, custom_objects: dict):
    """The cell that a configuration tells of."""
    kind = custom_objects.get(told["class_name"]) or globals().get(told["class_name"])
    if kind is None:
        raise ValueError(f"Unknown layer: '{told['class_name']}'. Please ensure you are using a "
                         "`keras.utils.custom_object_scope` and that this object is included in the scope.")
    config = dict(told["config"])
    if "cells" in config:
        config["cells"] = [_cell_of(c, custom_objects) for c in config["cells"]]
    return kind.from_config(config)


_LAYER = {"return_sequences", "return_state", "go_backwards", "stateful", "unroll", "time_major", "zero_output_for_mask",
          "name", "trainable", "input_shape", "input_dim", "batch_input_shape", "batch_size", "activity_regularizer"}


class _Recurrent(RNN):
    _cell: Any = SimpleRNNCell

    def __init__(self, units, *args, **kwargs):
        mine = {k: kwargs.pop(k) for k in list(kwargs) if k in _LAYER}
        if "dtype" in kwargs:
            mine["dtype"] = kwargs["dtype"]
        if kwargs.pop("input_length", None) is not None and "input_dim" in mine:
            mine["input_shape"] = (None, mine.pop("input_dim"))
        kwargs.pop("implementation", None)
        super().__init__(None, **mine)
        kind = self._cell.__name__
        self.cell = self._cell(units, *args, name=f"{self._name}/{_NAMES[kind]}", **kwargs)

    units = property(lambda self: self.cell.units)
    activation = property(lambda self: self.cell.activation)
    recurrent_activation = property(lambda self: self.cell.recurrent_activation)
    use_bias = property(lambda self: self.cell.use_bias)
    dropout = property(lambda self: self.cell.dropout)
    recurrent_dropout = property(lambda self: self.cell.recurrent_dropout)

    def get_config(self):
        return {**self.cell.get_config(), **super().get_config()}


_NAMES = {"SimpleRNNCell": "simple_rnn_cell", "LSTMCell": "lstm_cell", "GRUCell": "gru_cell"}


class SimpleRNN(_Recurrent):
    """h = activation (x · kernel + bias + h · recurrent) at each step"""

    _cell = SimpleRNNCell


class LSTM(_Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997)."""

    _cell = LSTMCell


class GRU(_Recurrent):
    """Gated recurrent units (Cho et al., 2014)."""

    _cell = GRUCell


class Bidirectional(Layer):
    """A recurrent layer from both ends."""

    supports_masking = True

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError("Please initialize `Bidirectional` layer with a `tf.keras.layers.Layer` instance. Received: "
                             f"{layer}")
        if backward_layer is not None and not isinstance(backward_layer, Layer):
            raise ValueError("`backward_layer` need to be a `tf.keras.layers.Layer` instance. Received: "
                             f"{backward_layer}")
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError(f"Invalid merge mode. Received: {merge_mode}. Merge mode should be one of "
                             "{\"sum\", \"mul\", \"ave\", \"concat\", None}")
        if layer._input_shape_hint is not None and "input_shape" not in kwargs:
            kwargs["batch_input_shape"] = layer._input_shape_hint
        super().__init__(**kwargs)
        self.merge_mode, self.return_state = merge_mode, layer.return_state
        self.return_sequences = layer.return_sequences
        self.forward_layer = _renamed(layer, "forward_" + layer.name, layer.go_backwards)
        if backward_layer is None:
            backward_layer = _renamed(layer, "backward_" + layer.name, not layer.go_backwards)
        else:
            self._check_backward(layer, backward_layer)
        self.backward_layer = backward_layer

    @staticmethod
    def _check_backward(layer, backward) -> None:
        if layer.go_backwards == backward.go_backwards:
            raise ValueError("Forward layer and backward layer should have different `go_backwards` value. Received: "
                             f"forward_layer.go_backwards {layer.go_backwards}, "
                             f"backward_layer.go_backwards={backward.go_backwards}")
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(layer, name) != getattr(backward, name):
                raise ValueError(f"Forward layer and backward layer are expected to have the same value for attribute "
                                 f"\"{name}\", got \"{getattr(layer, name)}\" for forward layer and "
                                 f"\"{getattr(backward, name)}\" for backward layer")

    layer = property(lambda self: self.forward_layer)
    stateful = property(lambda self: self.forward_layer.stateful, lambda self, value: None)

    def build(self, input_shape):
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(input_shape)
        self.built = True

    def reset_states(self) -> None:
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        if isinstance(inputs, list) and len(inputs) > 1:
            inputs, initial_state, constants = self.forward_layer._take_apart(inputs, initial_state, constants)
        if initial_state is not None:
            if len(initial_state) % 2:
                raise ValueError("When passing `initial_state` to a Bidirectional RNN, the state should be a list containing "
                                 f"the states of the underlying RNNs. Received: {initial_state}")
            kwargs["initial_state"] = list(initial_state)
        if constants is not None:
            kwargs["constants"] = constants
        return super().__call__(inputs, **kwargs)

    def call(self, inputs, training=None, mask=None, initial_state=None, constants=None):
        half = None if initial_state is None else len(initial_state) // 2
        first, second = (None, None) if half is None else (initial_state[:half], initial_state[half:])
        given = {"mask": mask, "training": training, "constants": constants}
        forward = self.forward_layer.call(inputs, initial_state=first, **given)
        backward = self.backward_layer.call(inputs, initial_state=second, **given)
        states = []
        if self.return_state:
            states = forward[1:] + backward[1:]
            forward, backward = forward[0], backward[0]
        if self.return_sequences:
            backward = array_ops.reverse(backward, [0 if self.forward_layer.time_major else 1])
        result = self._merged(forward, backward)
        if not self.return_state:
            return result
        return [*result, *states] if self.merge_mode is None else [result, *states]

    def _merged(self, forward, backward):
        if self.merge_mode is None:
            return [forward, backward]
        if self.merge_mode == "concat":
            return array_ops.concat([forward, backward], -1)
        if self.merge_mode == "mul":
            return forward * backward
        return (forward + backward) * 0.5 if self.merge_mode == "ave" else forward + backward

    def compute_mask(self, inputs, mask=None):
        mask = nest.flatten(mask)[0]
        output = mask if self.return_sequences else None
        outputs = [output, output] if self.merge_mode is None else output
        if not self.return_state:
            return outputs
        states = [None] * (2 * len(nest.flatten(self.forward_layer.cell.state_size)))
        return [*as_list(outputs), *states]

    def compute_output_shape(self, input_shape):
        shape = list(self.forward_layer.compute_output_shape(input_shape))
        if self.merge_mode == "concat":
            shape[-1] *= 2
        return TensorShape(shape)

    def _declares_shape(self) -> bool:
        return self.merge_mode is not None and self.forward_layer._declares_shape()

    def get_config(self):
        return {**super().get_config(), "merge_mode": self.merge_mode,
                "layer": {"class_name": type(self.forward_layer).__name__, "config": self.forward_layer.get_config()}}


def _renamed(layer, name: str, go_backwards: bool):
    """A layer like it."""
    config, known = {**layer.get_config(), "name": name, "go_backwards": go_backwards}, {}
    for key in ("activation", "recurrent_activation"):
        if key in config:
            config[key] = getattr(layer, key)
    if isinstance(config.get("cell"), dict):
        known[config["cell"]["class_name"]] = type(layer.cell)
        for cell in getattr(layer.cell, "cells", []):
            known[type(cell).__name__] = type(cell)
        return type(layer).from_config(config, known)
    return type(layer).from_config(config)


class TimeDistributed(Layer):
    """A layer on each step by itself."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape):
        if not self.layer.built:
            self.layer.build(TensorShape([input_shape[0], *input_shape[2:]]))
            self.layer.built = True
        self.built = True

    def call(self, inputs):
        shape = inputs.shape
        steps = shape[1] if shape[1] is not None else array_ops.shape(inputs)[1]
        result = self.layer(array_ops.reshape(inputs, [-1, *shape[2:]]))
        return array_ops.reshape(result, [-1, steps, *result.shape[1:]])

    def compute_output_shape(self, input_shape):
        inner = self.layer.compute_output_shape(TensorShape([input_shape[0], *input_shape[2:]]))
        return TensorShape([inner[0], input_shape[1], *inner[1:]])
