# SPDX-License-Identifier: MIT
"""tf.keras.optimizers.legacy: the optimizers as they were before TensorFlow 2.11, with hyperparameters and named slots."""
from __future__ import annotations

import _lockstep

from ..framework.indexed_slices import IndexedSlices
from ..framework.ops import convert_to_tensor
from ..ops import math_ops
from ..ops.variables import Variable
from .legacy_optimizer import Optimizer
from .optimizer import update
from .schedules import LearningRateSchedule

_ops = _lockstep.ops


class SGD(Optimizer):
    _fields, _plain = ("momentum",), ("nesterov",)

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, name="SGD", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._momentum = isinstance(momentum, (Variable,)) or callable(momentum) or momentum > 0
        if isinstance(momentum, (int, float)) and (momentum < 0 or momentum > 1):
            raise ValueError(f"`momentum` must be between [0, 1]. Received: momentum={momentum} (of type {type(momentum)}).")
        self._set_hyper("momentum", momentum)
        self.nesterov = nesterov

    def _create_slots(self, var_list):
        for var in var_list if self._momentum else ():
            self.add_slot(var, "momentum")

    def _resource_apply_dense(self, grad, var, state=None):
        if self._momentum:
            _ops["ResourceApplyKerasMomentum"](var.handle, self.get_slot(var, "momentum").handle, state["lr_t"], grad,
                                               state["momentum"], use_nesterov=self.nesterov)
        else:
            _ops["ResourceApplyGradientDescent"](var.handle, state["lr_t"], grad)

    def _resource_apply_sparse(self, grad, var, indices, state=None):
        if self._momentum:
            _ops["ResourceSparseApplyKerasMomentum"](var.handle, self.get_slot(var, "momentum").handle, state["lr_t"], grad,
                                                     indices, state["momentum"], use_nesterov=self.nesterov)
        else:
            _ops["ResourceScatterAdd"](var.handle, indices, -grad * state["lr_t"])


class Adam(Optimizer):
    _fields, _plain = ("beta_1", "beta_2"), ("epsilon", "amsgrad")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, name="Adam", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon, self.amsgrad = epsilon or 1e-7, amsgrad

    def _create_slots(self, var_list):
        for name in ("m", "v", "vhat") if self.amsgrad else ("m", "v"):
            for var in var_list:
                self.add_slot(var, name)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        step = math_ops.cast(self.iterations.read_value() + 1, var_dtype)
        apply_state.update(powers=[math_ops.pow(apply_state[b], step) for b in ("beta_1", "beta_2")],
                           epsilon=convert_to_tensor(self.epsilon, var_dtype))

    def _resource_apply_dense(self, grad, var, state=None):
        slots = [self.get_slot(var, name).handle for name in (("m", "v", "vhat") if self.amsgrad else ("m", "v"))]
        update("AdamWithAmsgrad" if self.amsgrad else "Adam", var.handle, *slots, *state["powers"], state["lr_t"],
               state["beta_1"], state["beta_2"], state["epsilon"], grad)

    def _resource_apply_sparse(self, grad, var, indices, state=None):
        """The means of the other rows fade, too."""
        self._resource_apply_dense(IndexedSlices(grad, indices), var, state)


class Adamax(Optimizer):
    _fields, _plain = ("beta_1", "beta_2"), ("epsilon",)

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name="Adamax", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or 1e-7

    def _create_slots(self, var_list):
        for name in ("m", "v"):
            for var in var_list:
                self.add_slot(var, name)

    def _resource_apply_dense(self, grad, var, state=None):
        step = math_ops.cast(self.iterations.read_value() + 1, var.dtype)
        _ops["ResourceApplyAdaMax"](var.handle, self.get_slot(var, "m").handle, self.get_slot(var, "v").handle,
                                    math_ops.pow(state["beta_1"], step), state["lr_t"], state["beta_1"], state["beta_2"],
                                    convert_to_tensor(self.epsilon, var.dtype), grad)

    def _resource_apply_sparse(self, grad, var, indices, state=None):
        """Of these rows only."""
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        step = math_ops.cast(self.iterations.read_value() + 1, var.dtype)
        rate = state["lr_t"] / (1 - math_ops.pow(state["beta_1"], step))
        mean = m.sparse_read(indices) * state["beta_1"] + grad * (1 - state["beta_1"])
        top = math_ops.maximum(v.sparse_read(indices) * state["beta_2"], math_ops.abs(grad))
        m.scatter_update(IndexedSlices(mean, indices))
        v.scatter_update(IndexedSlices(top, indices))
        var.scatter_sub(IndexedSlices(rate * (mean / (top + convert_to_tensor(self.epsilon, var.dtype))), indices))


class Nadam(Optimizer):
    _fields, _plain = ("beta_1", "beta_2"), ("epsilon",)

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name="Nadam", **kwargs):
        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        if isinstance(kwargs.get("lr", learning_rate), LearningRateSchedule):
            raise ValueError("The Nadam optimizer does not support tf.keras.optimizers.LearningRateSchedules as the "
                             "learning rate.")
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon, self._product = epsilon or 1e-7, None

    def _create_slots(self, var_list):
        if self._product is None and var_list:
            self._product = self.add_weight("momentum_cache", [], dtype=var_list[0].dtype, initializer="ones")
        for name in ("m", "v"):
            for var in var_list:
                self.add_slot(var, name)

    def _decayed_lr(self, dtype):
        return math_ops.cast(self._get_hyper("learning_rate"), dtype)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        step = math_ops.cast(self.iterations.read_value() + 1, var_dtype)
        base, beta = math_ops.cast(0.96, var_dtype), apply_state["beta_1"]
        now = beta * (1.0 - 0.5 * math_ops.pow(base, self._initial_decay * step))
        later = beta * (1.0 - 0.5 * math_ops.pow(base, self._initial_decay * (step + 1)))
        product = math_ops.cast(self._product, var_dtype) * now
        if var_dtype == self._product.dtype:
            self._product.assign(product)
        apply_state.update(factors=(now, later, product, product * later),
                           power=math_ops.pow(apply_state["beta_2"], step))

    def _resource_apply_dense(self, grad, var, state=None):
        _ops["ResourceApplyNadam"](var.handle, self.get_slot(var, "m").handle, self.get_slot(var, "v").handle,
                                   *state["factors"], state["power"], state["lr_t"], state["beta_1"], state["beta_2"],
                                   convert_to_tensor(self.epsilon, var.dtype), grad)


class Adagrad(Optimizer):
    _plain = ("initial_accumulator_value", "epsilon")

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, name="Adagrad", **kwargs):
        if initial_accumulator_value < 0.0:
            raise ValueError(f"initial_accumulator_value must be non-negative: {initial_accumulator_value}")
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon or 1e-7

    def _create_slots(self, var_list):
        from . import initializers
        for var in var_list:
            self.add_slot(var, "accumulator", initializers.Constant(self.initial_accumulator_value))

    def _resource_apply_dense(self, grad, var, state=None):
        _ops["ResourceApplyAdagradV2"](var.handle, self.get_slot(var, "accumulator").handle, state["lr_t"],
                                       convert_to_tensor(self.epsilon, var.dtype), grad)

    def _resource_apply_sparse(self, grad, var, indices, state=None):
        _ops["ResourceSparseApplyAdagradV2"](var.handle, self.get_slot(var, "accumulator").handle, state["lr_t"],
                                             convert_to_tensor(self.epsilon, var.dtype), grad, indices)


class Adadelta(Optimizer):
    _fields, _plain = ("rho",), ("epsilon",)

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, name="Adadelta", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("rho", rho)
        self.epsilon = epsilon or 1e-7

    def _create_slots(self, var_list):
        for name in ("accum_grad", "accum_var"):
            for var in var_list:
                self.add_slot(var, name)

    def _arguments(self, var, state):
        return (var.handle, self.get_slot(var, "accum_grad").handle, self.get_slot(var, "accum_var").handle, state["lr_t"],
                state["rho"], convert_to_tensor(self.epsilon, var.dtype))

    def _resource_apply_dense(self, grad, var, state=None):
        _ops["ResourceApplyAdadelta"](*self._arguments(var, state), grad)

    def _resource_apply_sparse(self, grad, var, indices, state=None):
        _ops["ResourceSparseApplyAdadelta"](*self._arguments(var, state), grad, indices)


class RMSprop(Optimizer):
    _fields, _plain = ("rho", "momentum"), ("epsilon", "centered")

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, name="RMSprop", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("rho", rho)
        self._momentum = isinstance(momentum, Variable) or callable(momentum) or momentum > 0
        if isinstance(momentum, (int, float)) and (momentum < 0 or momentum > 1):
            raise ValueError(f"`momentum` must be between [0, 1]. Received: momentum={momentum} (of type {type(momentum)}).")
        self._set_hyper("momentum", momentum)
        self.epsilon, self.centered = epsilon or 1e-7, centered

    def _create_slots(self, var_list):
        for name in ["rms"] + ["momentum"] * self._momentum + ["mg"] * self.centered:
            for var in var_list:
                self.add_slot(var, name)

    def _resource_apply_dense(self, grad, var, state=None):
        slots = [self.get_slot(var, name).handle for name in ["mg"] * self.centered + ["rms"]]
        kind, epsilon = "CenteredRMSProp" if self.centered else "RMSProp", convert_to_tensor(self.epsilon, var.dtype)
        if self._momentum:
            _ops["ResourceApply" + kind](var.handle, *slots, self.get_slot(var, "momentum").handle, state["lr_t"],
                                         state["rho"], state["momentum"], epsilon, grad)
        else:
            _ops["ResourceApplyKeras" + kind](var.handle, *slots, state["lr_t"], state["rho"], epsilon, grad,
                                              epsilon_inside=False)

    def _resource_apply_sparse(self, grad, var, indices, state=None):
        if not self._momentum:
            return super()._resource_apply_sparse(grad, var, indices, state)
        slots = [self.get_slot(var, name).handle for name in ["mg"] * self.centered + ["rms", "momentum"]]
        kind = "CenteredRMSProp" if self.centered else "RMSProp"
        _ops["ResourceSparseApply" + kind](var.handle, *slots, state["lr_t"], state["rho"], state["momentum"],
                                           convert_to_tensor(self.epsilon, var.dtype), grad, indices)


def check_ftrl(initial, power, l1, l2, shrinkage) -> None:
    for name, value in (("initial_accumulator_value", initial), ("l1_regularization_strength", l1),
                        ("l2_regularization_strength", l2), ("l2_shrinkage_regularization_strength", shrinkage)):
        if value < 0.0:
            raise ValueError(f"`{name}` needs to be positive or zero. Received: {name}={value}.")
    if power > 0.0:
        raise ValueError(f"`learning_rate_power` needs to be negative or zero. Received: learning_rate_power={power}.")


class Ftrl(Optimizer):
    _fields = ("learning_rate_power", "l1_regularization_strength", "l2_regularization_strength", "beta")
    _plain = ("initial_accumulator_value", "l2_shrinkage_regularization_strength")

    def __init__(self, learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1,
                 l1_regularization_strength=0.0, l2_regularization_strength=0.0, name="Ftrl",
                 l2_shrinkage_regularization_strength=0.0, beta=0.0, **kwargs):
        super().__init__(name, **kwargs)
        check_ftrl(initial_accumulator_value, learning_rate_power, l1_regularization_strength, l2_regularization_strength,
                   l2_shrinkage_regularization_strength)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("learning_rate_power", learning_rate_power)
        self._set_hyper("l1_regularization_strength", l1_regularization_strength)
        self._set_hyper("l2_regularization_strength", l2_regularization_strength)
        self._set_hyper("beta", beta)
        self.initial_accumulator_value = initial_accumulator_value
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength

    def _create_slots(self, var_list):
        from . import initializers
        for var in var_list:
            self.add_slot(var, "accumulator", initializers.Constant(self.initial_accumulator_value))
            self.add_slot(var, "linear")

    def _scalars(self, var, state):
        l2 = state["l2_regularization_strength"] + state["beta"] / (2.0 * state["lr_t"])
        return (state["lr_t"], state["l1_regularization_strength"], l2,
                math_ops.cast(self.l2_shrinkage_regularization_strength, var.dtype), state["learning_rate_power"])

    def _slots_of(self, var):
        return var.handle, self.get_slot(var, "accumulator").handle, self.get_slot(var, "linear").handle

    def _resource_apply_dense(self, grad, var, state=None):
        _ops["ResourceApplyFtrlV2"](*self._slots_of(var), grad, *self._scalars(var, state))

    def _resource_apply_sparse(self, grad, var, indices, state=None):
        _ops["ResourceSparseApplyFtrlV2"](*self._slots_of(var), grad, indices, *self._scalars(var, state))
