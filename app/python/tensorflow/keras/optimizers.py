# SPDX-License-Identifier: MIT
"""tf.keras.optimizers: each update of a variable is one fused op."""
from __future__ import annotations

import _lockstep

from ..framework.ops import convert_to_tensor
from ..ops import math_ops
from ..ops.variables import Variable
from . import legacy_optimizers as legacy, schedules  # noqa: F401
from .optimizer import Optimizer, rows_of, update

_ops = _lockstep.ops


class _Common(Optimizer):
    """The arguments that all take, after their own."""

    _takes_rows: bool | None = True

    def _set_up(self, name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                ema_overwrite_frequency, jit_compile, learning_rate, kwargs) -> None:
        Optimizer.__init__(self, name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                           ema_overwrite_frequency, jit_compile, **kwargs)
        self._learning_rate = self._build_learning_rate(learning_rate)


class SGD(_Common):
    """v −= lr · g, or with momentum."""

    _fields = ("momentum", "nesterov")

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None, clipnorm=None, clipvalue=None,
                 global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, jit_compile=True,
                 name="SGD", **kwargs):
        if isinstance(momentum, (int, float)) and (momentum < 0 or momentum > 1):
            raise ValueError("`momentum` must be between [0, 1].")
        self.momentum, self.nesterov = momentum, nesterov
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self.momentums = self._slots_of(var_list, "m") if self.momentum else []

    def _fused(self):
        if self.momentum:
            return "ResourceApplyKerasMomentum", [self.momentums], False, self.nesterov
        return "ResourceApplyGradientDescent", []

    def _scalars(self, dtype):
        return (self._rate(dtype), self._constant(self.momentum, dtype)) if self.momentum else (self._rate(dtype),)

    def update_step(self, gradient, variable):
        place, dtype = self._place(variable), variable.dtype
        if self.momentum:
            update("KerasMomentum", variable.handle, self.momentums[place].handle, self._rate(dtype), gradient,
                   self._constant(self.momentum, dtype), use_nesterov=self.nesterov)
        elif rows_of(gradient) is not None:
            _ops["ResourceScatterSub"](variable.handle, gradient.indices, self._rate(dtype) * gradient.values)
        else:
            _ops["ResourceApplyGradientDescent"](variable.handle, self._rate(dtype), gradient)


class Adam(_Common):
    """Kingma and Ba, 2015, in TensorFlow's form."""

    _fields = ("beta_1", "beta_2", "epsilon", "amsgrad")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, weight_decay=None,
                 clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
                 ema_overwrite_frequency=None, jit_compile=True, name="Adam", **kwargs):
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._momentums, self._velocities = [], []
        for v in var_list:
            self._momentums.append(self.add_variable_from_reference(v, "m"))
            self._velocities.append(self.add_variable_from_reference(v, "v"))
        self._velocity_hats = self._slots_of(var_list, "vhat") if self.amsgrad else []

    def _fused(self):
        slots = [self._momentums, self._velocities]
        if self.amsgrad:
            return "ResourceApplyAdamWithAmsgrad", [*slots, self._velocity_hats]
        return "ResourceApplyAdam", slots

    def _scalars(self, dtype):
        return (self._power(self.beta_1, dtype), self._power(self.beta_2, dtype), self._rate(dtype),
                self._constant(self.beta_1, dtype), self._constant(self.beta_2, dtype),
                self._constant(self.epsilon, dtype))

    def _decay_weights(self, variables):
        if self.amsgrad:        # else in the same op
            super()._decay_weights(variables)

    def update_step(self, gradient, variable):
        place, dtype = self._place(variable), variable.dtype
        m, v = self._momentums[place].handle, self._velocities[place].handle
        scalars = self._scalars(dtype)
        if self.amsgrad:
            update("AdamWithAmsgrad", variable.handle, m, v, self._velocity_hats[place].handle, *scalars, gradient)
        elif self.weight_decay is not None and self._use_weight_decay(variable):
            update("AdamW", variable.handle, m, v, *scalars, self._constant(self.weight_decay, dtype), gradient)
        else:
            update("Adam", variable.handle, m, v, *scalars, gradient)


class AdamW(Adam):
    """Adam with weights that decay by themselves."""

    def __init__(self, learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
                 clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
                 ema_overwrite_frequency=None, jit_compile=True, name="AdamW", **kwargs):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue,
                         global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile, name, **kwargs)
        if weight_decay is None:
            raise ValueError("Missing value of `weight_decay` which is required and must be a float value.")


class Adamax(_Common):
    """Adam with the largest gradient for its square's root."""

    _fields = ("beta_1", "beta_2", "epsilon")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=None, clipnorm=None,
                 clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None,
                 jit_compile=True, name="Adamax", **kwargs):
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._m, self._u = [], []
        for v in var_list:
            self._m.append(self.add_variable_from_reference(v, "m"))
            self._u.append(self.add_variable_from_reference(v, "u"))

    def update_step(self, gradient, variable):
        place, dtype = self._place(variable), variable.dtype
        update("AdaMax", variable.handle, self._m[place].handle, self._u[place].handle, self._power(self.beta_1, dtype),
               self._rate(dtype), self._constant(self.beta_1, dtype), self._constant(self.beta_2, dtype),
               self._constant(self.epsilon, dtype), gradient)


class Nadam(_Common):
    """Adam with Nesterov's momentum (Dozat, 2016)."""

    _fields = ("beta_1", "beta_2", "epsilon")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=None, clipnorm=None,
                 clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None,
                 jit_compile=True, name="Nadam", **kwargs):
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._u_product = Variable(1.0, dtype=var_list[0].dtype, trainable=False, name="u_product")
        self._momentums, self._velocities = [], []
        for v in var_list:
            self._momentums.append(self.add_variable_from_reference(v, "m"))
            self._velocities.append(self.add_variable_from_reference(v, "v"))

    def _momentum_at(self, ahead: int):
        dtype = self._u_product.dtype
        return self._constant(self.beta_1, dtype) * (1.0 - 0.5 * self._power(0.96, dtype, ahead))

    def _begin_step(self):
        now, later = self._momentum_at(1), self._momentum_at(2)
        product = self._u_product * now
        self._u_product.assign(product)
        self._factors = now, later, product, product * later

    def update_step(self, gradient, variable):
        place, dtype = self._place(variable), variable.dtype
        update("Nadam", variable.handle, self._momentums[place].handle, self._velocities[place].handle,
               *[math_ops.cast(f, dtype) for f in self._factors], self._power(self.beta_2, dtype), self._rate(dtype),
               self._constant(self.beta_1, dtype), self._constant(self.beta_2, dtype), self._constant(self.epsilon,
               dtype), gradient)


class RMSprop(_Common):
    """v −= lr · g / √(running mean of g²)"""

    _fields = ("rho", "momentum", "epsilon", "centered")

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, weight_decay=None,
                 clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
                 ema_overwrite_frequency=100, jit_compile=True, name="RMSprop", **kwargs):
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._velocities = self._slots_of(var_list, "velocity")
        self._momentums = self._slots_of(var_list, "momentum") if self.momentum > 0 else []
        self._average_gradients = self._slots_of(var_list, "average_gradient") if self.centered else []

    def update_step(self, gradient, variable):
        place, dtype = self._place(variable), variable.dtype
        means = [self._average_gradients[place].handle] if self.centered else []
        slots = [variable.handle, *means, self._velocities[place].handle]
        rate, rho, epsilon = self._rate(dtype), self._constant(self.rho, dtype), self._constant(self.epsilon, dtype)
        kind = "CenteredRMSProp" if self.centered else "RMSProp"
        if self.momentum > 0:
            update(kind, *slots, self._momentums[place].handle, rate, rho, self._constant(self.momentum, dtype),
                   epsilon, gradient)
        else:
            update("Keras" + kind, *slots, rate, rho, epsilon, gradient)


class Adagrad(_Common):
    """v −= lr · g / √(Σ g²)"""

    _fields = ("initial_accumulator_value", "epsilon")

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, weight_decay=None, clipnorm=None,
                 clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None,
                 jit_compile=True, name="Adagrad", **kwargs):
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._accumulators = self._slots_of(var_list, "accumulator", self.initial_accumulator_value)

    _takes_rows = None

    def update_step(self, gradient, variable):
        dtype, total = variable.dtype, self._accumulators[self._place(variable)]
        rate, epsilon = self._rate(dtype), self._constant(self.epsilon, dtype)
        if rows_of(gradient) is None:
            _ops["ResourceApplyKerasAdagrad"](variable.handle, total.handle, rate, epsilon, gradient)
            return
        _ops["ResourceScatterAdd"](total.handle, gradient.indices, gradient.values * gradient.values)
        scale = math_ops.sqrt(total.sparse_read(gradient.indices) + epsilon)
        _ops["ResourceScatterSub"](variable.handle, gradient.indices, gradient.values * rate / scale)


class Adadelta(_Common):
    """Steps as large as the steps before (Zeiler, 2012)."""

    _fields = ("rho", "epsilon")

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, weight_decay=None, clipnorm=None, clipvalue=None,
                 global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, jit_compile=True,
                 name="Adadelta", **kwargs):
        self.rho, self.epsilon = rho, epsilon
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._accumulated_grads, self._accumulated_delta_vars = [], []
        for v in var_list:
            self._accumulated_grads.append(self.add_variable_from_reference(v, "accumulated_grad"))
            self._accumulated_delta_vars.append(self.add_variable_from_reference(v, "accumulated_delta_var"))

    def update_step(self, gradient, variable):
        place, dtype = self._place(variable), variable.dtype
        update("Adadelta", variable.handle, self._accumulated_grads[place].handle,
               self._accumulated_delta_vars[place].handle, self._rate(dtype), self._constant(self.rho, dtype),
               self._constant(self.epsilon, dtype), gradient)


class Ftrl(_Common):
    """Follow the regularized leader (McMahan et al., 2013)."""

    _takes_rows = False
    _fields = ("learning_rate_power", "initial_accumulator_value", "l1_regularization_strength",
               "l2_regularization_strength", "l2_shrinkage_regularization_strength", "beta")

    def __init__(self, learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1,
                 l1_regularization_strength=0.0, l2_regularization_strength=0.0, l2_shrinkage_regularization_strength=0.0,
                 beta=0.0, weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False,
                 ema_momentum=0.99, ema_overwrite_frequency=None, jit_compile=True, name="Ftrl", **kwargs):
        legacy.check_ftrl(initial_accumulator_value, learning_rate_power, l1_regularization_strength,
                          l2_regularization_strength, l2_shrinkage_regularization_strength)
        self.learning_rate_power, self.initial_accumulator_value = learning_rate_power, initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength, self.beta = l2_shrinkage_regularization_strength, beta
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._accumulators, self._linears = [], []
        for v in var_list:
            self._accumulators += self._slots_of([v], "accumulator", self.initial_accumulator_value)
            self._linears.append(self.add_variable_from_reference(v, "linear"))

    def update_step(self, gradient, variable):
        place, dtype = self._place(variable), variable.dtype
        rate = self._rate(dtype)
        l2 = self._constant(self.l2_regularization_strength, dtype)
        if self.beta:
            l2 = l2 + self._constant(self.beta, dtype) / (2.0 * rate)
        _ops["ResourceApplyFtrlV2"](variable.handle, self._accumulators[place].handle, self._linears[place].handle,
                                    gradient, rate, self._constant(self.l1_regularization_strength, dtype), l2,
                                    self._constant(self.l2_shrinkage_regularization_strength, dtype),
                                    self._constant(self.learning_rate_power, dtype))


class Adafactor(_Common):
    """Adaptive rates from the means of rows and columns (Shazeer and Stern, 2018)."""

    _takes_rows = False
    _fields = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step")

    def __init__(self, learning_rate=0.001, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=1e-3, clip_threshold=1.0,
                 relative_step=True, weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False,
                 ema_momentum=0.99, ema_overwrite_frequency=None, jit_compile=True, name="Adafactor", **kwargs):
        self.beta_2_decay, self.epsilon_1, self.epsilon_2 = beta_2_decay, epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._r, self._c, self._v = [], [], []
        for var in var_list:
            shape = list(var.shape)
            matrix = len(shape) >= 2
            self._r.append(self.add_variable_from_reference(var, "r", shape[:-1] if matrix else []))
            self._c.append(self.add_variable_from_reference(var, "c", shape[:-2] + shape[-1:] if matrix else []))
            self._v.append(self.add_variable_from_reference(var, "v", [] if matrix else None))

    def update_step(self, gradient, variable):
        place, dtype = self._place(variable), variable.dtype
        number = self._number(dtype)
        rho = math_ops.minimum(self._rate(dtype), math_ops.rsqrt(number))
        beta_2 = 1 - math_ops.pow(number, self._constant(self.beta_2_decay, dtype))
        _ops["ResourceApplyAdafactor"](variable.handle, self._r[place].handle, self._c[place].handle,
                                       self._v[place].handle, rho, beta_2, self._constant(self.epsilon_1, dtype),
                                       self._constant(self.epsilon_2, dtype), self._constant(self.clip_threshold, dtype),
                                       convert_to_tensor(gradient))


class Lion(_Common):
    """Only the signs of a momentum (Chen et al., 2023)."""

    _takes_rows = False
    _fields = ("beta_1", "beta_2")

    def __init__(self, learning_rate=0.0001, beta_1=0.9, beta_2=0.99, weight_decay=None, clipnorm=None, clipvalue=None,
                 global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, jit_compile=True,
                 name="Lion", **kwargs):
        self.beta_1, self.beta_2 = beta_1, beta_2
        if beta_1 <= 0 or beta_1 > 1:
            raise ValueError(f"`beta_1`={beta_1} must be between ]0, 1]. Otherwise, the optimizer degenerates to SignSGD.")
        self._set_up(name, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
                     ema_overwrite_frequency, jit_compile, learning_rate, kwargs)

    def build(self, var_list):
        super().build(var_list)
        self._momentums = self._slots_of(var_list, "m")

    def _decay_weights(self, variables):
        """In the same op."""

    def update_step(self, gradient, variable):
        dtype = variable.dtype
        decay = self.weight_decay if self.weight_decay is not None and self._use_weight_decay(variable) else 0.0
        _ops["ResourceApplyLion"](variable.handle, self._momentums[self._place(variable)].handle, self._rate(dtype),
                                  self._constant(self.beta_1, dtype), self._constant(self.beta_2, dtype),
                                  self._constant(decay, dtype), gradient)


_NAMES = {c.__name__.lower(): c for c in (SGD, Adam, AdamW, Adamax, Nadam, RMSprop, Adagrad, Adadelta, Ftrl, Adafactor,
                                          Lion)}


class experimental:  # noqa: N801
    """tf.keras.optimizers.experimental: the same classes."""

    Optimizer, SGD, Adam, AdamW, Adamax, Nadam = Optimizer, SGD, Adam, AdamW, Adamax, Nadam
    RMSprop, Adagrad, Adadelta, Ftrl, Adafactor = RMSprop, Adagrad, Adadelta, Ftrl, Adafactor


def serialize(optimizer, use_legacy_format=False) -> dict:
    return {"module": "keras.optimizers", "class_name": type(optimizer).__name__, "config": optimizer.get_config(),
            "registered_name": None}


def deserialize(config, custom_objects=None, use_legacy_format=False, **kwargs) -> Optimizer:
    known = {**_NAMES, **{k.lower(): v for k, v in (custom_objects or {}).items()}}
    name = config["class_name"].lower()
    if name not in known:
        raise ValueError(f"Unknown optimizer: '{config['class_name']}'. Please ensure you are using a "
                         "`keras.utils.custom_object_scope` and that this object is included in the scope.")
    return known[name].from_config(config["config"])


def get(identifier, **kwargs):
    """The optimizer that a name, a configuration or an object means."""
    if isinstance(identifier, (Optimizer, legacy.Optimizer)):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    if hasattr(identifier, "apply_gradients"):
        return identifier
    raise ValueError(f"Could not interpret optimizer identifier: {identifier}")
