# SPDX-License-Identifier: MIT
"""The base of the optimizers as they were before TensorFlow 2.11: hyperparameters, slots, and how gradients are applied."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.indexed_slices import deduplicated
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

    def _trackable_children(self) -> dict:
        return {v._shared_name: v for v in self.variables()}

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
            summed = deduplicated(gradient)
            self._resource_apply_sparse(summed.values, variable, summed.indices, state)
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
