# SPDX-License-Identifier: MIT
"""What optimizers share: steps, clipping, decay of weights, moving averages."""
from __future__ import annotations

import logging

import _lockstep
from _lockstep import EagerTensor

from ..checkpoint.trackable import catch_up, is_trackable
from ..framework import dtypes
from ..framework.indexed_slices import deduplicated
from ..framework.ops import convert_to_tensor, init_scope, name_scope
from ..ops import array_ops, math_ops
from ..ops.variables import Variable
from . import schedules as schedules_module
from .schedules import LearningRateSchedule

_ops = _lockstep.ops


class CallableList(list):
    """A list that calling gives itself: `variables` was a method once."""

    def __call__(self):
        return self


def filter_empty_gradients(grads_and_vars) -> tuple:
    """Those that have a gradient; warns of the others."""
    pairs = tuple(grads_and_vars)
    if not pairs:
        return pairs
    given = tuple((g, v) for g, v in pairs if g is not None)
    if not given:
        names = ([v.name for _, v in pairs],)
        raise ValueError(f"No gradients provided for any variable: {names}. Provided `grads_and_vars` is {pairs}.")
    if len(given) < len(pairs):
        logging.getLogger("tensorflow").warning(
            "Gradients do not exist for variables %s when minimizing the loss. If you're using `model.compile()`, did "
            "you forget to provide a `loss` argument?", [v.name for g, v in pairs if g is None])
    return given


def rows_of(gradient):
    """A gradient's values and the rows' numbers; of a dense one None."""
    return getattr(gradient, "indices", None)


def expanded(arguments) -> list:
    """The arguments of an update; of a gradient of rows its values and indices."""
    found: list = []
    for argument in arguments:
        found += [argument] if rows_of(argument) is None else [argument.values, argument.indices]
    return found


def update(kind: str, *arguments, **attributes) -> None:
    """ResourceApply… of kind, whose gradient may be of some rows: the others' is zero."""
    inputs = expanded(arguments)
    _ops["ResourceApply" + kind + "Rows" * (len(inputs) > len(arguments))](*inputs, **attributes)


def compute_gradients(loss, var_list, tape=None) -> list:
    """Gradients of a loss, a function or a tensor with its tape."""
    from ..eager.backprop import GradientTape
    if not callable(loss) and tape is None:
        raise ValueError(f"`tape` is required when a `Tensor` loss is passed. Received: loss={loss}, tape={tape}.")
    if callable(loss):
        tape = tape or GradientTape()
        with tape:
            if not callable(var_list):
                tape.watch([v for v in var_list if isinstance(v, Variable)])
            loss = loss()
        var_list = var_list() if callable(var_list) else var_list
    variables = list(var_list)
    return list(zip(tape.gradient(loss, variables), variables))


class Optimizer:
    """Changes variables against their gradients; a subclass says how in build() and update_step()."""

    def __init__(self, name, weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False,
                 ema_momentum=0.99, ema_overwrite_frequency=None, jit_compile=False, **kwargs):
        self._name = name
        self.weight_decay, self.clipnorm, self.clipvalue, self.global_clipnorm = (weight_decay, clipnorm, clipvalue,
                                                                                   global_clipnorm)
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency, self.jit_compile = ema_overwrite_frequency, jit_compile
        self._refuse(kwargs)
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ValueError(f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}")
        if use_ema and ema_overwrite_frequency and (not isinstance(ema_overwrite_frequency, int)
                                                    or ema_overwrite_frequency < 1):
            raise ValueError("`ema_overwrite_frequency` must be an integer > 1 or None. Received: "
                             f"ema_overwrite_frequency={ema_overwrite_frequency}")
        if clipnorm is not None and global_clipnorm is not None:
            raise ValueError("At most one of `clipnorm` and `global_clipnorm` can be set. Received: "
                             f"clipnorm={clipnorm}, global_clipnorm={global_clipnorm}.")
        self._variables: list = []
        self._index_dict: dict = {}
        self._not_decayed: set = set()
        self._not_decayed_names: list = []
        self._constants: dict = {}
        self._built = False
        with init_scope():
            self._iterations = Variable(0, trainable=False, name="iteration", dtype=dtypes.int64)
        self._variables.append(self._iterations)

    def _refuse(self, kwargs: dict) -> None:
        kwargs.pop("is_legacy_optimizer", None)
        if kwargs.pop("lr", None):
            logging.getLogger("tensorflow").warning(
                "`lr` is deprecated in Keras optimizer, please use `learning_rate` or use the legacy optimizer, "
                "e.g.,tf.keras.optimizers.legacy.%s.", type(self).__name__)
        for k in kwargs:
            if k in ("decay", "gradient_aggregator", "gradient_transformers"):
                raise ValueError(f"{k} is deprecated in the new Keras optimizer, please check the docstring for valid "
                                 "arguments, or use the legacy optimizer, e.g., "
                                 f"tf.keras.optimizers.legacy.{type(self).__name__}.")
            raise TypeError(f"{k} is not a valid argument, kwargs should be empty  for "
                            "`optimizer_experimental.Optimizer`.")

    # ---- the rate ----

    def _build_learning_rate(self, learning_rate):
        """A variable of a rate; of a schedule, one that holds the rate of the step."""
        with init_scope():
            if isinstance(learning_rate, LearningRateSchedule):
                self._current_learning_rate = Variable(convert_to_tensor(learning_rate(self._iterations)),
                                                       name="current_learning_rate", trainable=False)
                self._variables.append(self._current_learning_rate)
                return learning_rate
            rate = learning_rate if isinstance(learning_rate, Variable) else Variable(
                learning_rate, name="learning_rate", dtype=dtypes.float32, trainable=False)
        self._variables.append(rate)
        return rate

    @property
    def learning_rate(self):
        if getattr(self, "_learning_rate", None) is None:
            raise ValueError("Missing learning rate, please set self.learning_rate at optimizer creation time.")
        return self._current_learning_rate if isinstance(self._learning_rate, LearningRateSchedule) else self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate) -> None:
        if isinstance(getattr(self, "_learning_rate", None), LearningRateSchedule) \
                and not isinstance(learning_rate, LearningRateSchedule):
            raise TypeError("This optimizer was created with a `LearningRateSchedule` object as its `learning_rate` "
                            "constructor argument, hence its learning rate is not settable. If you need the learning "
                            "rate to be settable, you should instantiate the optimizer with a float `learning_rate` "
                            "argument.")
        if isinstance(learning_rate, LearningRateSchedule):
            if not hasattr(self, "_current_learning_rate"):
                self._current_learning_rate = self._learning_rate
            self._learning_rate = learning_rate
            self._compute_current_learning_rate()
        else:
            self._learning_rate.assign(math_ops.cast(learning_rate, self._learning_rate.dtype))

    lr = learning_rate

    def _compute_current_learning_rate(self) -> None:
        if isinstance(self._learning_rate, LearningRateSchedule):
            self._current_learning_rate.assign(self._learning_rate(self._iterations))

    def _rate(self, dtype):
        """The rate of this step, read once, in that dtype."""
        rate = self._step_rate
        return rate if rate.dtype == dtype else math_ops.cast(rate, dtype)

    def _constant(self, value, dtype):
        """A hyperparameter as a scalar; the same tensor as long as nothing is traced."""
        if _lockstep.current_graph() is not None:
            return convert_to_tensor(float(value), dtype)
        made = self._constants.get((value, dtype))
        if made is None:
            made = self._constants[value, dtype] = convert_to_tensor(float(value), dtype)
        return made

    def _power(self, base, dtype, ahead=1):
        """base ^ (number of the step, from 1)"""
        key = base, dtype, ahead
        if key not in self._step_powers:
            self._step_powers[key] = _ops["Pow"](self._constant(base, dtype), self._number(dtype, ahead))
        return self._step_powers[key]

    def _number(self, dtype, ahead=1):
        """The number of the step, from 1, in that dtype."""
        key = None, dtype, ahead
        if key not in self._step_powers:
            self._step_powers[key] = math_ops.cast(self._step_number(ahead), dtype)
        return self._step_powers[key]

    def _step_number(self, ahead=1):
        return self._iterations.read_value() + ahead

    # ---- what it remembers ----

    def _trackable_children(self) -> dict:
        return {key: value for key, value in vars(self).items() if key != "_model" and is_trackable(value)}

    name = property(lambda self: self._name)
    variables = property(lambda self: CallableList(self._variables))

    @property
    def iterations(self) -> Variable:
        return self._iterations

    @iterations.setter
    def iterations(self, variable) -> None:
        if self._built:
            raise RuntimeError("Cannot set `iterations` to a new Variable after the Optimizer weights have been created. "
                               "Here it is attempting to set `iterations` to {variable}. Usually this means you are "
                               "trying to set `iterations` after calling `apply_gradients()`. Please set `iterations` "
                               "before calling `apply_gradients()`.")
        self._variables[self._variables.index(self._iterations)] = variable
        self._iterations = variable

    def get_weights(self) -> list:
        return [v.numpy() for v in self._variables]

    def set_weights(self, weights) -> None:
        if not self._built:
            raise ValueError("You are calling `set_weights()` on an optimizer that has not yet been built. Please call "
                             "`optimizer.build(trainable_variables)` to create the optimizer weights before calling "
                             "`set_weights()`.")
        for variable, weight in zip(self._variables, weights):
            if tuple(variable.shape) != tuple(weight.shape):
                raise ValueError(f"Optimizer variable {variable.name} has shape {variable.shape} not compatible with "
                                 f"provided weight shape {weight.shape}.")
            variable.assign(weight)

    def _var_key(self, variable):
        return id(variable)

    def build(self, var_list) -> None:
        """Numbers the variables; a subclass makes its own for each of them."""
        if self._built:
            return
        self._index_dict = {self._var_key(v): i for i, v in enumerate(var_list)}
        self._model = list(var_list)        # so that no other takes an id
        if self.use_ema:
            self._averages = [self.add_variable_from_reference(v, "average", initial_value=v) for v in var_list]

    def add_variable_from_reference(self, model_variable, variable_name, shape=None, initial_value=None) -> Variable:
        """One of the same dtype and, if nothing else is said, shape: zeros."""
        if initial_value is None:
            initial_value = array_ops.zeros(model_variable.shape if shape is None else shape, model_variable.dtype)
        elif isinstance(initial_value, Variable):
            initial_value = initial_value.read_value()
        variable = Variable(initial_value, trainable=False, dtype=model_variable.dtype,
                            name=f"{variable_name}/{model_variable._shared_name}")
        self._variables.append(variable)
        return variable

    def add_variable(self, shape, dtype=None, initializer="zeros", name=None) -> Variable:
        from . import initializers
        value = initializers.get(initializer)(shape, dtype=dtype or dtypes.float32)
        variable = Variable(value, trainable=False, name=name)
        self._variables.append(variable)
        return variable

    def _slots_of(self, var_list, name: str, initial=None) -> list:
        return [self.add_variable_from_reference(
            v, name, initial_value=None if initial is None else array_ops.fill(v.shape, math_ops.cast(initial, v.dtype)))
            for v in var_list]

    def _place(self, variable) -> int:
        place = self._index_dict.get(self._var_key(variable))
        if place is None:
            raise KeyError(f"The optimizer cannot recognize variable {variable.name}. This usually means you are trying "
                           "to call the optimizer to update different parts of the model separately. Please call "
                           "`optimizer.build(variables)` with the full list of trainable variables before the training "
                           "loop or use legacy optimizer "
                           f"`tf.keras.optimizers.legacy.{type(self).__name__}.")
        return place

    def exclude_from_weight_decay(self, var_list=None, var_names=None) -> None:
        if self._built:
            raise ValueError("`exclude_from_weight_decay()` can only be configued before the optimizer is built.")
        self._not_decayed = {self._var_key(v) for v in var_list or ()}
        self._not_decayed_names = list(var_names or ())

    def _use_weight_decay(self, variable) -> bool:
        import re
        return self._var_key(variable) not in self._not_decayed \
            and not any(re.search(name, variable.name) for name in self._not_decayed_names)

    # ---- a step ----

    def compute_gradients(self, loss, var_list, tape=None) -> list:
        return compute_gradients(loss, var_list, tape)

    def minimize(self, loss, var_list, tape=None):
        return self.apply_gradients(self.compute_gradients(loss, var_list, tape))

    def _clip_gradients(self, grads) -> list:
        from ..ops import clip_ops
        if self.clipnorm and self.clipnorm > 0:
            return [None if g is None else clip_ops.clip_by_norm(g, self.clipnorm) for g in grads]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return clip_ops.clip_by_global_norm(grads, self.global_clipnorm)[0]
        if self.clipvalue and self.clipvalue > 0:
            return [None if g is None else clip_ops.clip_by_value(g, -self.clipvalue, self.clipvalue) for g in grads]
        return list(grads)

    def _decay_weights(self, variables) -> None:
        if self.weight_decay is None:
            return
        for variable in variables:
            if self._use_weight_decay(variable):
                variable.assign_sub(variable * self._constant(self.weight_decay, variable.dtype)
                                    * self._rate(variable.dtype))

    def apply_gradients(self, grads_and_vars, name=None, skip_gradients_aggregation=False, **kwargs):
        """One training step: each variable is changed by its gradient."""
        self._compute_current_learning_rate()
        pairs = list(grads_and_vars)
        if not pairs or self._step_at_once(pairs):
            return self._iterations
        with name_scope(name or self._name or "optimizer"):
            if not self._built:
                with init_scope():
                    self.build([v for _, v in pairs])
                    self._built = True
                    catch_up(self)
        pairs = filter_empty_gradients(pairs)
        with name_scope(name or self._name or "optimizer"):
            self._apply(pairs)
        for _, variable in pairs:
            if getattr(variable, "constraint", None) is not None:
                variable.assign(variable.constraint(variable))
        _lockstep.step()
        return self._iterations

    # The usual step, eager and with dense gradients that are taken as they are, is one call for all variables.

    _at_once_of: tuple = ()     # ids of the variables that _at_once is for
    _at_once: tuple | None = None

    def _fused(self) -> tuple | None:
        """The op that updates a variable, the lists of its slots, and attributes; None for what is not one op with the same
        scalars for all."""
        return None

    def _scalars(self, dtype) -> tuple:
        """The op's other inputs, without the gradient."""
        raise NotImplementedError

    def _gather(self, variables: list) -> tuple | None:
        """The op and the variables with their slots, one behind the other."""
        fused = self._fused()
        if fused is None or len({v.dtype for v in variables}) > 1 or any(v.constraint is not None for v in variables):
            return None
        op, slots, *attributes = fused
        flat = []
        for variable in variables:
            place = self._place(variable)
            flat += [variable, *[slot[place] for slot in slots]]
        return _ops[op], flat, attributes

    def _step_at_once(self, pairs: list) -> bool:
        """Makes the step, if it is a usual one."""
        if not self._built or _lockstep.current_graph() is not None or self.weight_decay is not None or self.use_ema \
                or self.clipnorm is not None or self.clipvalue is not None or self.global_clipnorm is not None:
            return False
        gradients = [g for g, _ in pairs]
        for gradient in gradients:
            if type(gradient) is not EagerTensor:
                return False
        of = tuple([id(v) for _, v in pairs])
        if of != self._at_once_of:
            self._at_once, self._at_once_of = self._gather([v for _, v in pairs]), of
        if self._at_once is None:
            return False
        op, variables, attributes = self._at_once
        self._step_rate, self._step_powers = convert_to_tensor(self.learning_rate), {}
        _lockstep.update(op, variables, self._scalars(variables[0].dtype), gradients, *attributes)
        self._iterations.assign_add(1)
        self._step_rate, self._step_powers = None, {}
        _lockstep.step()
        return True

    def _apply(self, pairs) -> None:
        variables = [v for _, v in pairs]
        self._step_rate, self._step_powers = convert_to_tensor(self.learning_rate), {}
        gradients = self._clip_gradients([g for g, _ in pairs])
        self._decay_weights(variables)
        self._begin_step()
        takes = self._takes_rows if type(self).update_step.__module__.startswith("tensorflow.") else None
        for gradient, variable in zip(gradients, variables):
            if rows_of(gradient) is not None and takes is not True:
                gradient = deduplicated(gradient) if takes is None else convert_to_tensor(gradient)
            self.update_step(gradient, variable)
        if self.use_ema:
            self._average(variables)
        self._iterations.assign_add(1)
        self._step_rate, self._step_powers = None, {}

    # Does update_step() take gradients of some rows? None: it takes them with each row once.
    _takes_rows: bool | None = None

    def _begin_step(self) -> None:
        """What is done once in a step."""

    def update_step(self, gradient, variable) -> None:
        raise NotImplementedError

    def _average(self, variables) -> None:
        for variable, average in ((v, self._averages[self._place(v)]) for v in variables):
            average.assign(self.ema_momentum * average + (1 - self.ema_momentum) * variable)
        if self.ema_overwrite_frequency:
            due = math_ops.equal(math_ops.floormod(self._step_number(), self.ema_overwrite_frequency), 0)
            for variable, average in ((v, self._averages[self._place(v)]) for v in variables):
                variable.assign(array_ops.where(due, average, variable))

    def finalize_variable_values(self, var_list) -> None:
        """Puts the averages in the variables' places."""
        if self.use_ema:
            for variable in var_list:
                variable.assign(self._averages[self._place(variable)])

    # ---- as data ----

    def _serialize_hyperparameter(self, value):
        if isinstance(value, LearningRateSchedule):
            return schedules_module.serialize(value)
        if isinstance(value, Variable):
            return value.numpy()
        return value() if callable(value) else value

    def get_config(self) -> dict:
        return {"name": self._name, "weight_decay": self.weight_decay, "clipnorm": self.clipnorm,
                "global_clipnorm": self.global_clipnorm, "clipvalue": self.clipvalue, "use_ema": self.use_ema,
                "ema_momentum": self.ema_momentum, "ema_overwrite_frequency": self.ema_overwrite_frequency,
                "jit_compile": self.jit_compile, "is_legacy_optimizer": False,
                **({"learning_rate": self._serialize_hyperparameter(self._learning_rate)}
                   if hasattr(self, "_learning_rate") else {}),
                **{field: getattr(self, field) for field in getattr(self, "_fields", ())}}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = schedules_module.deserialize(config["learning_rate"], custom_objects)
        return cls(**config)
