# SPDX-License-Identifier: MIT
"""tf.compat.v1.train: optimizers that add their updates to the graph, savers, the global step."""
from __future__ import annotations

import os

import numpy as np

import _lockstep

from ...framework import dtypes, ops
from ...framework.ops import GraphKeys, convert_to_tensor
from ...ops import array_ops, math_ops
from ...ops.control_flow_ops import group
from ...ops.gradients_impl import gradients
from ...ops.variables import Variable
from ...train import Checkpoint, CheckpointManager, latest_checkpoint  # noqa: F401

_ops = _lockstep.ops


class Optimizer:
    """Minimizes a loss by steps that a session runs."""

    GATE_NONE, GATE_OP, GATE_GRAPH = 0, 1, 2

    def __init__(self, learning_rate, name: str):
        self._learning_rate, self._name = learning_rate, name
        self._slots: dict = {}

    get_name = lambda self: self._name  # noqa: E731

    def _rate(self, variable):
        rate = self._learning_rate() if callable(self._learning_rate) else self._learning_rate
        return math_ops.cast(rate, variable.dtype)

    def compute_gradients(self, loss, var_list=None, **kwargs) -> list:
        """(gradient, variable) for each variable."""
        if callable(loss):
            from ...eager.backprop import GradientTape
            with GradientTape() as tape:
                value = loss()
            variables = var_list or tape.watched_variables()
            return list(zip(tape.gradient(value, list(variables)), variables))
        if _lockstep.executing_eagerly():
            raise RuntimeError("`loss` passed to Optimizer.compute_gradients should be a function when eager "
                               "execution is "
                               "enabled.")
        variables = list(var_list) if var_list is not None else ops.get_default_graph().get_collection(
            GraphKeys.TRAINABLE_VARIABLES)
        if not variables:
            raise ValueError("No variables to optimize.")
        return list(zip(gradients(loss, variables), variables))

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """An operation that makes one step."""
        pairs = [(g, v) for g, v in grads_and_vars if g is not None]
        if not pairs:
            raise ValueError("No gradients provided for any variable")
        with ops.name_scope(name or self._name):
            updates = [self._update(convert_to_tensor(g), v) for g, v in pairs]
            updates += self._finish(updates)
            if global_step is not None:
                updates.append(global_step.assign_add(1, read_value=False))
            train_op = group(*updates, name="update")
            _lockstep.step()
        if not _lockstep.executing_eagerly():
            ops.get_default_graph().add_to_collection(GraphKeys.TRAIN_OP, train_op)
        return train_op

    def minimize(self, loss, global_step=None, var_list=None, gate_gradients=1, aggregation_method=None,
                 colocate_gradients_with_ops=False, name=None, grad_loss=None):
        return self.apply_gradients(self.compute_gradients(loss, var_list), global_step, name)

    def _finish(self, updates: list) -> list:
        return []

    def _slot(self, variable, name: str, initial=0.0) -> Variable:
        key = (id(variable), name)
        if key not in self._slots:
            value = array_ops.fill(variable.shape, math_ops.cast(initial, variable.dtype))
            self._slots[key] = Variable(value, trainable=False,
                                        name=f"{variable._shared_name.split('/')[-1]}/{name}")
        return self._slots[key]

    def get_slot(self, var, name: str):
        return self._slots.get((id(var), name))

    def get_slot_names(self) -> list:
        return sorted({name for _, name in self._slots})

    def variables(self) -> list:
        return list(self._slots.values())

    def _update(self, gradient, variable):
        raise NotImplementedError


class GradientDescentOptimizer(Optimizer):
    def __init__(self, learning_rate, use_locking=False, name="GradientDescent"):
        super().__init__(learning_rate, name)

    def _update(self, gradient, variable):
        return _ops["ResourceApplyGradientDescent"](variable.handle, self._rate(variable), gradient)


class MomentumOptimizer(Optimizer):
    """accum = momentum · accum + g; v −= lr · accum"""

    def __init__(self, learning_rate, momentum, use_locking=False, name="Momentum", use_nesterov=False):
        super().__init__(learning_rate, name)
        self._momentum, self._nesterov = momentum, use_nesterov

    def _update(self, gradient, variable):
        accum = self._slot(variable, "Momentum")
        moved = accum.assign(accum * math_ops.cast(self._momentum, variable.dtype) + gradient)
        direction = gradient + moved * self._momentum if self._nesterov else moved
        return variable.assign_sub(self._rate(variable) * direction, read_value=False)


class AdamOptimizer(Optimizer):
    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False,
                 name="Adam"):
        super().__init__(learning_rate, name)
        self._betas, self._epsilon = (beta1, beta2), epsilon
        self._powers: list = []

    def _power_variables(self) -> list:
        if not self._powers:
            self._powers = [Variable(float(b), trainable=False, name=f"beta{i}_power") for i, b
                            in enumerate(self._betas, 1)]
        return self._powers

    def _update(self, gradient, variable):
        m, v = self._slot(variable, "Adam"), self._slot(variable, "Adam_1")
        powers = [math_ops.cast(p, variable.dtype) for p in self._power_variables()]
        return _ops["ResourceApplyAdam"](variable.handle, m.handle, v.handle, *powers, self._rate(variable),
                                         *self._betas,
                                         self._epsilon, gradient)

    def _finish(self, updates):
        with ops.control_dependencies([u for u in updates if u is not None]):
            return [p.assign(p * beta, read_value=False) for p, beta in zip(self._powers, self._betas)]

    def variables(self):
        return super().variables() + self._powers


class AdagradOptimizer(Optimizer):
    def __init__(self, learning_rate, initial_accumulator_value=0.1, use_locking=False, name="Adagrad"):
        super().__init__(learning_rate, name)
        self._initial = initial_accumulator_value

    def _update(self, gradient, variable):
        total = self._slot(variable, "Adagrad", self._initial)
        now = total.assign_add(math_ops.square(gradient))
        return variable.assign_sub(self._rate(variable) * gradient * math_ops.rsqrt(convert_to_tensor(now)),
                                   read_value=False)


class RMSPropOptimizer(Optimizer):
    def __init__(self, learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, use_locking=False,
                 centered=False, name="RMSProp"):
        super().__init__(learning_rate, name)
        self._decay, self._momentum, self._epsilon = decay, momentum, epsilon

    def _update(self, gradient, variable):
        mean, moment = self._slot(variable, "RMSProp", 1.0), self._slot(variable, "Momentum")
        now = mean.assign(self._decay * mean + (1 - self._decay) * math_ops.square(gradient))
        step = moment.assign(self._momentum * moment + self._rate(variable) * gradient * math_ops.rsqrt(
            convert_to_tensor(now) + self._epsilon))
        return variable.assign_sub(convert_to_tensor(step), read_value=False)


def get_global_step(graph=None):
    found = (graph or ops.get_default_graph()).get_collection(GraphKeys.GLOBAL_STEP)
    return found[0] if found else None


def create_global_step(graph=None) -> Variable:
    step = Variable(np.int64(0), trainable=False, name="global_step")
    (graph or ops.get_default_graph()).add_to_collection(GraphKeys.GLOBAL_STEP, step)
    return step


def get_or_create_global_step(graph=None) -> Variable:
    return get_global_step(graph) or create_global_step(graph)


def exponential_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """lr · rate^(step / steps)"""
    def rate():
        p = math_ops.cast(global_step, dtypes.float32) / float(decay_steps)
        return learning_rate * math_ops.pow(convert_to_tensor(float(decay_rate)), math_ops.floor(p)
                                            if staircase else p)
    return rate if _lockstep.executing_eagerly() else rate()


class Saver:
    """Keeps the variables of a session in .npz files."""

    def __init__(self, var_list=None, max_to_keep=5, **kwargs):
        self._variables, self._keep = var_list, max_to_keep
        self.last_checkpoints: list = []

    def _named(self) -> dict:
        variables = self._variables if self._variables is not None else ops.get_default_graph().get_collection(
            GraphKeys.GLOBAL_VARIABLES)
        return variables if isinstance(variables, dict) else {v._shared_name: v for v in variables}

    def save(self, sess, save_path, global_step=None, **kwargs) -> str:
        path = save_path if global_step is None else f"{save_path}-{int(np.asarray(global_step))}"
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path + ".npz", "wb") as file:
            np.savez(file, **dict(zip(self._named(), sess.run(list(self._named().values())))))
        self.last_checkpoints.append(path)
        return path

    def restore(self, sess, save_path) -> None:
        with np.load(save_path + ".npz") as stored:
            for name, variable in self._named().items():
                sess._set(variable, stored[name])


class Coordinator:
    """Accepted: there are no queue runners."""

    def should_stop(self) -> bool:
        return False

    def request_stop(self) -> None:
        pass

    def join(self, threads=None) -> None:
        pass


def start_queue_runners(sess=None, coord=None) -> list:
    return []
