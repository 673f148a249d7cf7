# SPDX-License-Identifier: MIT
"""A step function along a sequence: step by step in Python, unrolled, or as one loop in a graph."""
from __future__ import annotations

import _lockstep

from .. import nest
from ..framework.ops import convert_to_tensor
from ..ops import array_ops, control_flow, functional_ops, math_ops, range_ops
from ..ops.tensor_array import TensorArray


def _swap(x):
    """The first two axes changed."""
    return array_ops.transpose(x, [1, 0, *range(2, x.shape.rank)])


def choose(keep, new, old):
    """new where keep [batch] holds, else old; along all the other axes."""
    for _ in range(new.shape.rank - keep.shape.rank):
        keep = array_ops.expand_dims(keep, -1)
    return array_ops.where(keep, new, old)


def _choose_all(keep, new, old):
    chosen = [choose(keep, n, o) for n, o in zip(nest.flatten(new), nest.flatten(old))]
    return nest.pack_sequence_as(new, chosen)


def _zeros_like(structure):
    return nest.map_structure(array_ops.zeros_like, structure)


class Steps:
    """What runs: step (row, states) gives (output, states); keeps [steps, batch] is None or says which steps count."""

    def __init__(self, step, rows, keeps, zero_output: bool):
        self.step, self.rows, self.keeps, self.zero_output = step, rows, keeps, zero_output
        first = nest.flatten(rows)[0]
        self.known = first.shape[0]
        self.count = self.known if self.known is not None else array_ops.shape(first)[0]

    def masked_step(self, row, keep, states, before):
        """A step that leaves the states of what does not count; its output is the one before."""
        output, new = self.step(row, states)
        if keep is not None:
            old = _zeros_like(output) if before is None or self.zero_output else before
            output, new = _choose_all(keep, output, old), _choose_all(keep, new, states)
        return output, nest.pack_sequence_as(states, nest.flatten(new))

    def unrolled(self, states, all_outputs: bool):
        rows = zip(*[array_ops.unstack(r, self.known) for r in nest.flatten(self.rows)])
        keeps = [None] * self.known if self.keeps is None else array_ops.unstack(self.keeps, self.known)
        output, outputs = None, []
        for row, keep in zip(rows, keeps):
            output, states = self.masked_step(nest.pack_sequence_as(self.rows, list(row)), keep, states, output)
            outputs.append(output)
        if not all_outputs:
            outputs = outputs[-1:]
        return output, nest.map_structure(lambda *o: array_ops.stack(list(o)), *outputs), states

    def _row(self, lists, keeps, t):
        return (nest.map_structure(lambda a: a.read(t), lists), None if keeps is None else keeps.read(t))

    def looped(self, states, all_outputs: bool):
        """One While node, whatever the number of steps."""
        def listed(x):
            return TensorArray(x.dtype, size=self.count, element_shape=x.shape[1:]).unstack(x)
        lists = nest.map_structure(listed, self.rows)
        keeps = None if self.keeps is None else listed(self.keeps)
        like = functional_ops._outputs_like(
            lambda: self.step(*self._row(lists, None, 0)[:1], states)[0])
        outputs = nest.map_structure(
            lambda s: TensorArray(s.dtype, size=self.count if all_outputs else 1, element_shape=s.shape), like)
        before = None
        if keeps is not None and not self.zero_output:
            batch = array_ops.shape(self.keeps)[1]
            before = nest.map_structure(lambda s: array_ops.zeros(
                [batch if n is None else n for n in s.shape], s.dtype), like)

        def body(s):
            t, now, outputs, last = s
            output, new = self.masked_step(*self._row(lists, keeps, t), now, last)
            place = t if all_outputs else 0
            written = nest.map_structure(lambda a, v: a.write(place, v), outputs, output, check_types=False)
            return t + 1, nest.map_structure(convert_to_tensor, new), written, None if last is None else output
        variables = convert_to_tensor(0), nest.map_structure(convert_to_tensor, states), outputs, before
        shapes = [v.shape for v in control_flow.tensors_of(variables)]
        if nest.flatten(self.rows)[0].shape[1] is None:
            shapes = _loose(shapes, len(nest.flatten(states)))
        _, states, outputs, _ = control_flow.loop(lambda s: s[0] < self.count, body, variables, shapes, name="rnn_while")
        last = nest.map_structure(lambda a: a.read(self.count - 1 if all_outputs else 0), outputs)
        known = self.known if all_outputs else 1
        return last, nest.map_structure(lambda a: functional_ops._with_length(a.stack(), known), outputs), states


def _loose(shapes: list, n_states: int) -> list:
    """The shapes of the loop's variables, of which the states may begin with a batch that is known and go on with one
    that is not."""
    return [shape if not 0 < i <= n_states or not shape.rank else [None, *list(shape)[1:]]
            for i, shape in enumerate(shapes)]


def _keeps(mask, lengths, steps, time_major: bool):
    """[steps, batch] of bool, or None."""
    if mask is not None:
        mask = math_ops.cast(mask, "bool")
        mask = array_ops.squeeze(mask, [-1]) if mask.shape.rank == 3 else mask
        return mask if time_major else _swap(mask)
    if lengths is None or not lengths.shape.rank:
        return None
    return array_ops.expand_dims(range_ops.range(steps), 1) < array_ops.expand_dims(math_ops.cast(lengths, "int32"), 0)


def rnn(step_function, inputs, initial_states, go_backwards=False, mask=None, constants=None, unroll=False,
        input_length=None, time_major=False, zero_output_for_mask=False, return_all_outputs=True):
    """(last output, outputs, last states) of step_function (row, states), which gives an output and new states."""
    rows = nest.map_structure(convert_to_tensor, inputs)
    rows = rows if time_major else nest.map_structure(_swap, rows)
    first = nest.flatten(rows)[0]
    lengths = None if input_length is None else convert_to_tensor(input_length)
    keeps = _keeps(mask, lengths, array_ops.shape(first)[0] if first.shape[0] is None else first.shape[0], time_major)
    if unroll and first.shape[0] is None:
        raise ValueError("Unrolling requires a fixed number of timesteps.")
    if go_backwards:
        rows = nest.map_structure(lambda r: array_ops.reverse(r, [0]), rows)
        keeps = None if keeps is None else array_ops.reverse(keeps, [0])
    more = list(constants or [])

    def step(row, states):
        return step_function(row, [*states, *more] if more else states)
    steps = Steps(step, rows, keeps, zero_output_for_mask)
    at_once = _lockstep.executing_eagerly() and steps.known is not None
    last, outputs, states = (steps.unrolled if unroll or at_once else steps.looped)(initial_states, return_all_outputs)
    return last, outputs if time_major else nest.map_structure(_swap, outputs), states
