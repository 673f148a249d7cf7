# SPDX-License-Identifier: MIT
"""tf.nn.dynamic_rnn of version 1 and its kin: cells along a sequence."""
from __future__ import annotations

from ... import nest
from ...framework import dtypes
from ...framework.ops import convert_to_tensor
from ...keras.rnn import choose, rnn
from ...ops import array_ops, control_flow, control_flow_ops, functional_ops, math_ops
from ...ops.tensor_array import TensorArray
from .rnn_cell import RNNCell
from .variable_scope import variable_scope


def _check_cell(cell) -> None:
    if not isinstance(cell, RNNCell) and not callable(cell):
        raise TypeError(f"cell must be an instance of RNNCell. Received: cell={cell}.")


def _batch(x, axis: int):
    return x.shape[axis] if x.shape[axis] is not None else array_ops.shape(x)[axis]


def _first_state(cell, batch, given, dtype):
    if given is not None:
        return nest.map_structure(convert_to_tensor, given)
    if dtype is None:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    zeros = getattr(cell, "zero_state", None)
    return zeros(batch, dtype) if zeros else cell.get_initial_state(batch_size=batch, dtype=dtype)


def _chosen(keep, new, old):
    return nest.pack_sequence_as(new, [choose(keep, n, o) for n, o in zip(nest.flatten(new), nest.flatten(old))])


def _where_live(keep, output, new, state):
    """Behind a sequence's end outputs are 0 and the state stays."""
    zeros = nest.map_structure(array_ops.zeros_like, output)
    return _chosen(keep, output, zeros), _chosen(keep, new, state)


def static_rnn(cell, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
    """The outputs for a list of inputs, and the last state."""
    _check_cell(cell)
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    batch = _batch(convert_to_tensor(nest.flatten(inputs)[0]), 0)
    outputs = []
    with variable_scope(scope or "rnn") as variables:
        state = _first_state(cell, batch, initial_state, dtype)
        lengths = None if sequence_length is None else math_ops.cast(sequence_length, dtypes.int32)
        for t, x in enumerate(inputs):
            if t == 1 and not variables.reuse:
                variables.reuse_variables()
            output, new = cell(x, state)
            if lengths is not None:
                output, new = _where_live(lengths > t, output, new, state)
            state = new
            outputs.append(output)
    return outputs, state


def dynamic_rnn(cell, inputs, sequence_length=None, initial_state=None, dtype=None, parallel_iterations=None,
                swap_memory=False, time_major=False, scope=None):
    """The outputs for [batch, steps, features], and the last state: one loop, whatever the number of steps."""
    _check_cell(cell)
    inputs = nest.map_structure(convert_to_tensor, inputs)
    flat = nest.flatten(inputs)
    batch = _batch(flat[0], 1 if time_major else 0)
    lengths = None
    if sequence_length is not None:
        lengths = math_ops.cast(sequence_length, dtypes.int32)
        if lengths.shape.rank not in (None, 1):
            raise ValueError(f"sequence_length must be a vector of length batch_size, but saw shape: {lengths.shape}")
    with variable_scope(scope or "rnn") as variables:
        state = _first_state(cell, batch, initial_state, dtype)
        row = nest.map_structure(lambda x: x[0] if time_major else x[:, 0], inputs)
        functional_ops._outputs_like(lambda: cell(row, state)[0])       # makes the variables, before the loop
        variables.reuse_variables()

        def step(row, counted):
            t, now = counted
            output, new = cell(row, now)
            if lengths is not None:
                output, new = _where_live(lengths > t, output, new, now)
            return output, (t + 1, new)
        _, outputs, (_, state) = rnn(step, inputs, (convert_to_tensor(0), state), time_major=time_major)
    return outputs, state


def _turned(inputs, lengths, seq_axis: int):
    """The steps that count from the last to the first."""
    if lengths is None:
        return nest.map_structure(lambda x: array_ops.reverse(x, [seq_axis]), inputs)
    return nest.map_structure(
        lambda x: array_ops.reverse_sequence(x, lengths, seq_axis=seq_axis, batch_axis=1 - seq_axis), inputs)


def bidirectional_dynamic_rnn(cell_fw, cell_bw, inputs, sequence_length=None, initial_state_fw=None, initial_state_bw=None,
                              dtype=None, parallel_iterations=None, swap_memory=False, time_major=False, scope=None):
    """((outputs forwards, outputs backwards), (their last states))"""
    _check_cell(cell_fw)
    _check_cell(cell_bw)
    axis = 0 if time_major else 1
    with variable_scope(scope or "bidirectional_rnn"):
        forward, state = dynamic_rnn(cell_fw, inputs, sequence_length, initial_state_fw, dtype, time_major=time_major,
                                     scope="fw")
        inputs = nest.map_structure(convert_to_tensor, inputs)
        backward, state_back = dynamic_rnn(cell_bw, _turned(inputs, sequence_length, axis), sequence_length,
                                           initial_state_bw, dtype, time_major=time_major, scope="bw")
    return (forward, _turned(backward, sequence_length, axis)), (state, state_back)


def _turned_list(values: list, lengths):
    if lengths is None:
        return values[::-1]
    return array_ops.unstack(_turned(array_ops.stack(values), lengths, 0))


def static_bidirectional_rnn(cell_fw, cell_bw, inputs, initial_state_fw=None, initial_state_bw=None, dtype=None,
                             sequence_length=None, scope=None):
    """(outputs of both along the features, last state forwards, last state backwards)"""
    _check_cell(cell_fw)
    _check_cell(cell_bw)
    inputs = [convert_to_tensor(x) for x in inputs]
    with variable_scope(scope or "bidirectional_rnn"):
        forward, state = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, "fw")
        backward, state_back = static_rnn(cell_bw, _turned_list(inputs, sequence_length), initial_state_bw, dtype,
                                          sequence_length, "bw")
    both = zip(forward, _turned_list(backward, sequence_length))
    return [array_ops.concat([f, b], 1) for f, b in both], state, state_back


def raw_rnn(cell, loop_fn, parallel_iterations=None, swap_memory=False, scope=None):
    """A loop of which loop_fn (time, output, state, loop state) says the next input and when to stop."""
    _check_cell(cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with variable_scope(scope or "rnn") as variables:
        time = convert_to_tensor(0)
        finished, row, state, like, loop_state = loop_fn(time, None, None, None)
        state = nest.map_structure(convert_to_tensor, state)
        found = functional_ops._outputs_like(lambda: cell(row, state)[0])
        variables.reuse_variables()
        like = found if like is None else nest.map_structure(convert_to_tensor, like)
        batch = _batch(nest.flatten(row)[0], 0)
        with_batch = like is not found
        zeros = nest.map_structure(lambda o: array_ops.zeros(
            [batch, *(o.shape if with_batch else list(o.shape)[1:])], o.dtype), like)
        arrays = nest.map_structure(lambda o: TensorArray(o.dtype, size=0, dynamic_size=True, element_shape=o.shape), zeros)
        has_loop_state = loop_state is not None

        def body(s):
            time, done, row, arrays, state, told = s
            output, new = cell(row, state)
            later, row, new, emitted, told = loop_fn(time + 1, output, new, told if has_loop_state else None)
            output = output if emitted is None else emitted
            output, new = _chosen(done, zeros, output), _chosen(done, state, new)
            arrays = nest.map_structure(lambda a, o: a.write(time, o), arrays, output, check_types=False)
            return time + 1, math_ops.logical_or(done, later), row, arrays, new, told if has_loop_state else 0
        variables_of_loop = (time, finished, row, arrays, state, loop_state if has_loop_state else convert_to_tensor(0))
        if control_flow_ops.runs_at_once():
            s = variables_of_loop
            while not bool(math_ops.reduce_all(s[1])):
                s = body(s)
        else:
            s = control_flow.loop(lambda s: math_ops.logical_not(math_ops.reduce_all(s[1])), body,
                                  variables_of_loop, name="raw_rnn")
    return s[3], s[4], s[5] if has_loop_state else None
