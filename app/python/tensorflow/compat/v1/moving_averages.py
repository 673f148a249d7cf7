# SPDX-License-Identifier: MIT
"""Averages of variables that fade: shadow −= (1 − decay) · (shadow − value)."""
from __future__ import annotations

from ...framework import ops
from ...framework.ops import GraphKeys
from ...ops import array_ops, math_ops
from ...ops.control_flow_ops import group
from ...ops.variables import Variable


def assign_moving_average(variable, value, decay, zero_debias=True, name=None):
    """variable −= (1 − decay) · (variable − value)"""
    with ops.name_scope(name or "AssignMovingAvg"):
        rate = math_ops.cast(ops.convert_to_tensor(1.0) - decay, variable.dtype)
        return variable.assign_sub((variable.read_value() - math_ops.cast(value, variable.dtype)) * rate)


class ExponentialMovingAverage:
    """Keeps an average of each variable that apply() is given."""

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        self._decay, self._num_updates, self._zero_debias, self._name = decay, num_updates, zero_debias, name
        self._averages: dict = {}

    name = property(lambda self: self._name)

    def _shadow(self, var) -> Variable:
        own = isinstance(var, Variable)
        base = var._shared_name if own else var.op.name
        with ops.init_scope(), ops.name_scope(None):
            if own:
                value = var.initialized_value() if var._initializer is not None else var.read_value()
            else:
                value = array_ops.zeros(var.shape, var.dtype)
            made = Variable(array_ops.zeros_like(value) if self._zero_debias and own else value, trainable=False,
                            name=f"{base}/{self._name}")
        if own and made._initializer is not None:
            ops.get_default_graph().add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
        return made

    def apply(self, var_list=None):
        """An operation that takes the values of now into the averages."""
        if var_list is None:
            var_list = ops.get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES)
        for var in var_list:
            if not var.dtype.is_floating:
                raise TypeError(f"The variables must be half, float, or double: {var.name}")
            if id(var) not in self._averages:
                self._averages[id(var)] = (var, self._shadow(var))
        with ops.name_scope(self._name):
            decay = ops.convert_to_tensor(self._decay, name="decay") if not callable(self._decay) else self._decay()
            if self._num_updates is not None:
                n = math_ops.cast(self._num_updates, "float32")
                decay = math_ops.minimum(decay, (1.0 + n) / (10.0 + n))
            updates = [assign_moving_average(self._averages[id(v)][1], v, decay) for v in var_list]
            return group(*updates, name="apply")

    def average(self, var):
        """The variable that holds the average, or None."""
        found = self._averages.get(id(var))
        return None if found is None else found[1]

    def average_name(self, var) -> str:
        found = self.average(var)
        return found._shared_name if found is not None else f"{var.op.name}/{self._name}"

    def variables_to_restore(self, moving_avg_variables=None) -> dict:
        """Names in a checkpoint of averages → variables: those that are averaged take their average."""
        graph = ops.get_default_graph()
        if moving_avg_variables is None:
            moving_avg_variables = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) + graph.get_collection(
                GraphKeys.MOVING_AVERAGE_VARIABLES)
        averaged = {id(v): v for v in moving_avg_variables}
        names = {self.average_name(v): v for v in averaged.values()}
        shadows = {id(shadow) for _, shadow in self._averages.values()}
        for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES):
            if id(v) not in averaged and id(v) not in shadows and v.op.name not in names:
                names[v.op.name] = v
        return names
