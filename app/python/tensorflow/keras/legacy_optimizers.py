# SPDX-License-Identifier: MIT
"""tf.keras.optimizers.legacy: the optimizers as they were before TensorFlow 2.11, with hyperparameters and named slots."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, init_scope, name_scope
from ..ops import array_ops, clip_ops, math_ops
from ..ops.variables import Variable
from . import schedules
from .optimizer import compute_gradients, filter_empty_gradients, rows_of
from .schedules import LearningRateSchedule

_ops = _lockstep.ops


class Optimizer:
    """Changes variables against their gradients; a subclass says how in _create_slots() and _resource_apply_dense()."""

    _fields: tuple = ()     # hyperparameters beside the rate, in order
    _plain: tuple = ()      # what else get_config() tells

    def __init__(self, name, gradient_aggregator=None, gradient_transformers=None, **kwargs):
        if not isinstance(name, str):
            raise TypeError("`name` must be a string")
        self._name = name
        for k in ("clipnorm", "clipvalue", "global_clipnorm"):
            setattr(self, k, kwargs.pop(k, None))
        self._hyper: dict = {}
        self._initial_decay = kwargs.pop("decay", 0.0)
        if "lr" in kwargs:
            self._set_hyper("learning_rate", kwargs.pop("lr"))
        for k in kwargs:
            raise TypeError(f"{k} is not a valid argument")
        if self._initial_decay < 0.0:
            raise ValueError(f"decay cannot be less than 0. Received: decay={self._initial_decay}.")
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError(f"Cannot accept both `clipnorm` and `global_clipnorm`. Received: `clipnorm`={self.clipnorm}, "
                             f"`global_clipnorm`={self.global_clipnorm}.")
        self._transformers = list(gradient_transformers or ())
        self._slots: dict = {}
        self._slot_names: list = []
        self._weights: list = []
        self._iterations = None

    # ---- hyperparameters ----

    def _set_hyper(self, name, value) -> None:
        held = self._hyper.get(name)
        if held is None or callable(value) and not isinstance(value, Variable) or not isinstance(held, Variable):
            self._hyper[name] = value
        else:
            held.assign(math_ops.cast(value, held.dtype))

    def _get_hyper(self, name, dtype=None):
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return value
        value = value() if callable(value) and not isinstance(value, Variable) else value
        return value if dtype is None else math_ops.cast(value, dtype)

    def __getattr__(self, name):
        if name == "lr":
            name = "learning_rate"
        hyper = self.__dict__.get("_hyper", {})
        if name in hyper:
            return self._get_hyper(name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name, value) -> None:
        name = "learning_rate" if name == "lr" else name
        if name in self.__dict__.get("_hyper", {}):
            self._set_hyper(name, value)
        else:
            object.__setattr__(self, name, value)

    def _create_hypers(self) -> None:
        """Numbers become variables, so that graphs see them change."""
        with init_scope():
            for name, value in sorted(self._hyper.items()):
                if not isinstance(value, Variable) and not callable(value):
                    self._hyper[name] = Variable(float(value), name=f"{self._name}/{name}", trainable=False)

    def _decayed_lr(self, dtype):
        rate = self._get_hyper("learning_rate")
        if isinstance(rate, LearningRateSchedule):
            rate = rate(math_ops.cast(self.iterations, dtype))
        rate = math_ops.cast(rate, dtype)
        if self._initial_decay > 0.0:
            rate = rate / (1.0 + math_ops.cast(self._initial_decay, dtype) * math_ops.cast(self.iterations, dtype))
        return rate

    # ---- what it remembers ----

    @property
    def iterations(self) -> Variable:
        if self._iterations is None:
            with init_scope():
                self._iterations = Variable(0, trainable=False, name=f"{self._name}/iter", dtype=dtypes.int64)
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable) -> None:
        if self._iterations is not None:
            raise RuntimeError("Cannot set `iterations` to a new Variable after the Optimizer weights have been created. "
                               f"Here it is attempting to set `iterations` to {variable}.")
        self._iterations = variable
        self._weights.append(variable)

    def add_slot(self, var, slot_name, initializer="zeros", shape=None) -> Variable:
        from . import initializers
        if slot_name not in self._slot_names:
            self._slot_names.append(slot_name)
        slots = self._slots.setdefault(id(var), {"": var})
        if slot_name not in slots:
            make = initializers.get(initializer) if isinstance(initializer, str) or callable(initializer) \
                else lambda shape, dtype: initializer
            with init_scope():
                value = make(var.shape if shape is None else shape, dtype=var.dtype)
                slots[slot_name] = Variable(value, trainable=False, name=f"{self._name}/{var._shared_name}/{slot_name}")
            self._weights.append(slots[slot_name])
        return slots[slot_name]

    def get_slot(self, var, slot_name) -> Variable:
        return self._slots[id(var)][slot_name]

    def get_slot_names(self) -> list:
        return self._slot_names

    def add_weight(self, name, shape, dtype=None, initializer="zeros", trainable=None, **kwargs) -> Variable:
        from . import initializers
        with init_scope():
            value = initializers.get(initializer)(shape, dtype=dtype or dtypes.float32)
            weight = Variable(value, trainable=bool(trainable), name=name)
        self._weights.append(weight)
        return weight

    weights = property(lambda self: self._weights)

    def variables(self) -> list:
        return self._weights

    def get_weights(self) -> list:
        return [w.numpy() for w in self._weights]

    def set_weights(self, weights) -> None:
        if len(self._weights) != len(weights):
            raise ValueError(f"You called `set_weights(weights)` on optimizer {self._name} with a  weight list of length "
                             f"{len(weights)}, but the optimizer was expecting {len(self._weights)} weights. Provided "
                             f"weights: {str(weights)[:50]}...")
        for variable, weight in zip(self._weights, weights):
            variable.assign(weight)

    def _create_all_weights(self, var_list) -> None:
        self.iterations  # noqa: B018
        self._create_hypers()
        self._create_slots(var_list)

    def _create_slots(self, var_list) -> None:
        pass

    # ---- a step ----

    def compute_gradients(self, loss, var_list, grad_loss=None, tape=None) -> list:
        return self._transform(compute_gradients(loss, var_list, tape))

    _compute_gradients = compute_gradients

    def minimize(self, loss, var_list, grad_loss=None, name=None, tape=None):
        return self.apply_gradients(compute_gradients(loss, var_list, tape), name=name)

    def _transform(self, pairs: list) -> list:
        if self.clipvalue is not None:
            pairs = [(clip_ops.clip_by_value(g, -self.clipvalue, self.clipvalue), v) for g, v in pairs]
        if self.clipnorm is not None:
            pairs = [(clip_ops.clip_by_norm(g, self.clipnorm), v) for g, v in pairs]
        if self.global_clipnorm is not None:
            clipped = clip_ops.clip_by_global_norm([g for g, _ in pairs], self.global_clipnorm)[0]
            pairs = list(zip(clipped, [v for _, v in pairs]))
        for transform in self._transformers:
            pairs = transform(pairs)
        return pairs

    def apply_gradients(self, grads_and_vars, name=None, experimental_aggregate_gradients=True):
        """One training step: each variable is changed by its gradient."""
        pairs = filter_empty_gradients(grads_and_vars)
        with name_scope(self._name):
            with init_scope():
                self._create_all_weights([v for _, v in pairs])
            if not pairs:
                return None
            pairs = self._transform(list(pairs))
            states = {dtype: self._prepare(dtype) for dtype in {v.dtype.base_dtype for _, v in pairs}}
            for gradient, variable in pairs:
                self._apply_to(gradient, variable, states[variable.dtype.base_dtype])
            result = self.iterations.assign_add(1)
        _lockstep.step()
        return result

    def _apply_to(self, gradient, variable, state) -> None:
        indices = rows_of(gradient)
        if indices is None:
            self._resource_apply_dense(convert_to_tensor(gradient), variable, state)
        else:
            unique, values = _summed(gradient.values, indices)
            self._resource_apply_sparse(values, variable, unique, state)
        if getattr(variable, "constraint", None) is not None:
            variable.assign(variable.constraint(variable))

    def _prepare(self, dtype) -> dict:
        state: dict = {}
        self._prepare_local("CPU:0", dtype, state)
        return {("CPU:0", dtype): state, **state}

    def _prepare_local(self, var_device, var_dtype, apply_state) -> None:
        if "learning_rate" in self._hyper:
            apply_state["lr_t"] = self._decayed_lr(var_dtype)
        for field in self._fields:
            apply_state[field] = math_ops.cast(self._get_hyper(field), var_dtype)

    def _resource_apply_dense(self, grad, handle, apply_state=None):
        raise NotImplementedError("`_resource_apply_dense` must be implemented in subclasses.")

    def _resource_apply_sparse(self, grad, handle, indices, apply_state=None):
        """As a dense one: rows that have no gradient have one of zeros."""
        whole = array_ops.zeros(handle.shape, grad.dtype)
        dense = _ops["TensorScatterAdd"](whole, array_ops.expand_dims(indices, -1), grad)
        return self._resource_apply_dense(dense, handle, apply_state)

    # ---- as data ----

    def _serialize_hyperparameter(self, name):
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return schedules.serialize(value)
        if isinstance(value, Variable):
            return value.numpy()
        return value() if callable(value) else value

    def get_config(self) -> dict:
        config: dict = {"name": self._name}
        for k in ("clipnorm", "clipvalue", "global_clipnorm"):
            if getattr(self, k) is not None:
                config[k] = getattr(self, k)
        if "learning_rate" in self._hyper:
            config.update(learning_rate=self._serialize_hyperparameter("learning_rate"), decay=self._initial_decay)
        config.update({field: self._serialize_hyperparameter(field) for field in self._fields})
        config.update({field: getattr(self, field) for field in self._plain})
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"], custom_objects)
        return cls(**config)


def _summed(values, indices):
    """Each row once, the values of equal ones added up."""
    unique, places = array_ops.unique(indices)
    return unique, _ops["UnsortedSegmentSum"](values, places, array_ops.shape(unique)[0])


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
        op = "ResourceApplyAdamWithAmsgrad" if self.amsgrad else "ResourceApplyAdam"
        _ops[op](var.handle, *slots, *state["powers"], state["lr_t"], state["beta_1"], state["beta_2"], state["epsilon"],
                 grad)


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
