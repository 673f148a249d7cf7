# SPDX-License-Identifier: MIT
"""tf.compat.v1.train: optimizers that add their updates to the graph, savers, the global step."""
from __future__ import annotations

import os

import numpy as np

import _lockstep

from ...checkpoint import bundle
from ...framework import dtypes, ops
from ...framework.message import message_class
from ...framework.errors import NotFoundError
from ...framework.indexed_slices import deduplicated
from ...framework.ops import GraphKeys, convert_to_tensor
from ...keras.optimizer import expanded
from ...ops import array_ops, math_ops
from ...ops.control_flow_ops import group
from ...ops.gradients_impl import gradients
from ...ops.variables import Variable
from . import init_ops
from ...train import (Checkpoint, CheckpointManager, checkpoint_exists, get_checkpoint_state, latest_checkpoint,  # noqa: F401
                      list_variables, load_checkpoint, load_variable, update_checkpoint_state)

from .coordinator import Coordinator, LooperThread  # noqa: F401
from .hooks import (CheckpointSaverHook, CheckpointSaverListener, FeedFnHook, FinalOpsHook, GlobalStepWaiterHook,  # noqa: F401
                    LoggingTensorHook, NanLossDuringTrainingError, NanTensorHook, SecondOrStepTimer, SessionRunArgs,
                    SessionRunContext, SessionRunHook, SessionRunValues, StepCounterHook, StopAtStepHook)
from .moving_averages import ExponentialMovingAverage, assign_moving_average  # noqa: F401

_ops = _lockstep.ops
_MONITORED = ("ChiefSessionCreator", "MonitoredSession", "MonitoredTrainingSession", "Scaffold", "SessionCreator",
              "SingularMonitoredSession", "WorkerSessionCreator")
_MESSAGES = ("BytesList", "Example", "Feature", "FeatureList", "FeatureLists", "Features", "FloatList", "Int64List",
             "SequenceExample", "SaverDef")


def __getattr__(name: str):
    if name in _MONITORED:
        from . import monitored
        return getattr(monitored, name)
    if name in _MESSAGES:
        return message_class(name)
    raise AttributeError(f"module 'tensorflow.compat.v1.train' has no attribute {name!r}")


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
            updates = [self._update(deduplicated(g) if hasattr(g, "indices") else convert_to_tensor(g), v) for g, v in pairs]
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
            others = sum(of == id(variable) for of, _ in self._slots)
            value = array_ops.fill(variable.shape, math_ops.cast(initial, variable.dtype))
            with ops.name_scope(""):
                self._slots[key] = Variable(value, trainable=False, name=f"{variable._shared_name}/{self._name}"
                                            + f"_{others}" * (others > 0))
        return self._slots[key]

    def _number(self, value, variable):
        """A hyperparameter in the variable's dtype."""
        value = value() if callable(value) else value
        return convert_to_tensor(float(value), variable.dtype) if isinstance(value, (int, float)) \
            else math_ops.cast(value, variable.dtype)

    def get_slot(self, var, name: str):
        return self._slots.get((id(var), name))

    def get_slot_names(self) -> list:
        return sorted({name for _, name in self._slots})

    def variables(self) -> list:
        return list(self._slots.values())

    def _update(self, gradient, variable):
        raise NotImplementedError


def _apply(kind: str, *arguments, **attributes):
    """ResourceApply… of kind; of a gradient of some rows, what changes only these (but Adam, whose other rows fade)."""
    inputs = expanded(arguments)
    if len(inputs) == len(arguments):
        return _ops["ResourceApply" + kind](*arguments, **attributes)
    if kind == "GradientDescent":
        handle, rate, values, indices = inputs
        return _ops["ResourceScatterSub"](handle, indices, rate * values)
    name = "ResourceApplyAdamRows" if kind == "Adam" else "ResourceSparseApply" + kind
    return _ops[name](*inputs, **attributes)


class GradientDescentOptimizer(Optimizer):
    def __init__(self, learning_rate, use_locking=False, name="GradientDescent"):
        super().__init__(learning_rate, name)

    def _update(self, gradient, variable):
        return _apply("GradientDescent", variable.handle, self._rate(variable), gradient)


class MomentumOptimizer(Optimizer):
    """accum = momentum · accum + g; v −= lr · accum"""

    def __init__(self, learning_rate, momentum, use_locking=False, name="Momentum", use_nesterov=False):
        super().__init__(learning_rate, name)
        self._momentum, self._nesterov = momentum, use_nesterov

    def _update(self, gradient, variable):
        return _apply("Momentum", variable.handle, self._slot(variable, "momentum").handle, self._rate(variable),
                      gradient, self._number(self._momentum, variable), use_nesterov=self._nesterov)


class AdamOptimizer(Optimizer):
    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False,
                 name="Adam"):
        super().__init__(learning_rate, name)
        self._betas, self._epsilon = (beta1, beta2), epsilon
        self._powers: list = []

    def _power_variables(self) -> list:
        if not self._powers:
            with ops.name_scope(""):
                self._powers = [Variable(float(b), trainable=False, name=f"beta{i}_power") for i, b
                                in enumerate(self._betas, 1)]
        return self._powers

    def _update(self, gradient, variable):
        m, v = self._slot(variable, "m"), self._slot(variable, "v")
        powers = [math_ops.cast(p, variable.dtype) for p in self._power_variables()]
        return _apply("Adam", variable.handle, m.handle, v.handle, *powers, self._rate(variable), *self._betas,
                      self._epsilon, gradient)

    def _finish(self, updates):
        with ops.control_dependencies([u for u in updates if u is not None]):
            return [p.assign(p * beta, read_value=False) for p, beta in zip(self._powers, self._betas)]

    def variables(self):
        return super().variables() + self._powers


class AdagradOptimizer(Optimizer):
    def __init__(self, learning_rate, initial_accumulator_value=0.1, use_locking=False, name="Adagrad"):
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(learning_rate, name)
        self._initial = initial_accumulator_value

    def _update(self, gradient, variable):
        total = self._slot(variable, "accumulator", self._initial)
        return _apply("Adagrad", variable.handle, total.handle, self._rate(variable), gradient)


class AdadeltaOptimizer(Optimizer):
    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-8, use_locking=False, name="Adadelta"):
        super().__init__(learning_rate, name)
        self._rho, self._epsilon = rho, epsilon

    def _update(self, gradient, variable):
        return _apply("Adadelta", variable.handle, self._slot(variable, "accum").handle, self._slot(variable,
                      "accum_update").handle, self._rate(variable), self._number(self._rho, variable),
                      self._number(self._epsilon, variable), gradient)


class RMSPropOptimizer(Optimizer):
    def __init__(self, learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, use_locking=False,
                 centered=False, name="RMSProp"):
        super().__init__(learning_rate, name)
        self._decay, self._momentum, self._epsilon, self._centered = decay, momentum, epsilon, centered

    def _update(self, gradient, variable):
        mean, moment = self._slot(variable, "rms", 1.0), self._slot(variable, "momentum")
        slots = ([self._slot(variable, "mg").handle] if self._centered else []) + [mean.handle, moment.handle]
        return _apply("CenteredRMSProp" if self._centered else "RMSProp", variable.handle, *slots, self._rate(variable),
                      self._number(self._decay, variable), self._number(self._momentum, variable),
                      self._number(self._epsilon, variable), gradient)


class FtrlOptimizer(Optimizer):
    def __init__(self, learning_rate, learning_rate_power=-0.5, initial_accumulator_value=0.1, l1_regularization_strength=0.0,
                 l2_regularization_strength=0.0, use_locking=False, name="Ftrl", accum_name=None, linear_name=None,
                 l2_shrinkage_regularization_strength=0.0):
        super().__init__(learning_rate, name)
        self._initial = initial_accumulator_value
        self._scalars = (l1_regularization_strength, l2_regularization_strength, l2_shrinkage_regularization_strength,
                         learning_rate_power)

    def _update(self, gradient, variable):
        return _apply("FtrlV2", variable.handle, self._slot(variable, "accum", self._initial).handle,
                      self._slot(variable, "linear").handle, gradient, self._rate(variable), *[self._number(s,
                      variable) for s in self._scalars])


class ProximalGradientDescentOptimizer(Optimizer):
    def __init__(self, learning_rate, l1_regularization_strength=0.0, l2_regularization_strength=0.0, use_locking=False,
                 name="ProximalGradientDescent"):
        super().__init__(learning_rate, name)
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength

    def _update(self, gradient, variable):
        return _apply("ProximalGradientDescent", variable.handle, self._rate(variable), self._number(self._l1,
                      variable), self._number(self._l2, variable), gradient)


class ProximalAdagradOptimizer(Optimizer):
    def __init__(self, learning_rate, initial_accumulator_value=0.1, l1_regularization_strength=0.0,
                 l2_regularization_strength=0.0, use_locking=False, name="ProximalAdagrad"):
        super().__init__(learning_rate, name)
        self._initial, self._l1, self._l2 = (initial_accumulator_value, l1_regularization_strength,
                                             l2_regularization_strength)

    def _update(self, gradient, variable):
        return _apply("ProximalAdagrad", variable.handle, self._slot(variable, "accumulator", self._initial).handle,
                      self._rate(variable), self._number(self._l1, variable), self._number(self._l2, variable),
                      gradient)


class AdagradDAOptimizer(Optimizer):
    def __init__(self, learning_rate, global_step, initial_gradient_squared_accumulator_value=0.1,
                 l1_regularization_strength=0.0, l2_regularization_strength=0.0, use_locking=False, name="AdagradDA"):
        super().__init__(learning_rate, name)
        self._step, self._initial = global_step, initial_gradient_squared_accumulator_value
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength

    def _update(self, gradient, variable):
        return _apply("AdagradDA", variable.handle, self._slot(variable, "gradient_accumulator").handle,
                      self._slot(variable, "gradient_squared_accumulator", self._initial).handle, gradient,
                      self._rate(variable), self._number(self._l1, variable), self._number(self._l2, variable),
                      math_ops.cast(self._step.read_value() if isinstance(self._step, Variable) else self._step,
                      dtypes.int64) + 1)


def get_global_step(graph=None):
    """The step that the graph counts, or None."""
    graph = graph or ops.get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple tensors in global_step collection.")
    if found:
        assert_global_step(found[0])
        return found[0]
    return next((v for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES) if v.name == "global_step:0"), None)


def create_global_step(graph=None) -> Variable:
    graph = graph or ops.get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    if _lockstep.executing_eagerly():
        step = Variable(np.int64(0), trainable=False, name="global_step")
    else:
        from .variable_scope import get_variable
        with graph.as_default(), ops.name_scope(None):
            step = get_variable("global_step", [], dtypes.int64, init_ops.zeros_initializer(), trainable=False,
                                collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP])
            return step
    graph.add_to_collection(GraphKeys.GLOBAL_STEP, step)
    return step


def get_or_create_global_step(graph=None) -> Variable:
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def assert_global_step(global_step_tensor) -> None:
    """That it is a whole number."""
    if not isinstance(global_step_tensor, (Variable, _lockstep.Tensor)):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor, not {type(global_step_tensor)}')
    if not global_step_tensor.dtype.is_integer:
        raise TypeError(f'Existing "global_step" does not have integer type: {global_step_tensor.dtype}')
    if global_step_tensor.shape.rank not in (0, None):
        raise TypeError(f'Existing "global_step" is not scalar: {global_step_tensor.shape}')


def global_step(sess, global_step_tensor) -> int:
    return int(sess.run(global_step_tensor))


def _rate_of(schedule, global_step):
    """A rate: a tensor in a graph, a function eagerly."""
    if global_step is None:
        raise ValueError("Argument `global_step` must not be None.")

    def rate():
        return schedule(global_step)
    return rate if _lockstep.executing_eagerly() else rate()


def exponential_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """lr · rate^(step / steps)"""
    return _rate_of(_schedules().ExponentialDecay(learning_rate, decay_steps, decay_rate, staircase, name), global_step)


def inverse_time_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    return _rate_of(_schedules().InverseTimeDecay(learning_rate, decay_steps, decay_rate, staircase, name), global_step)


def natural_exp_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """lr · e^(−rate · step / steps)"""
    import math
    return exponential_decay(learning_rate, global_step, decay_steps, math.exp(-decay_rate), staircase,
                             name or "NaturalExpDecay")


def polynomial_decay(learning_rate, global_step, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None):
    return _rate_of(_schedules().PolynomialDecay(learning_rate, decay_steps, end_learning_rate, power, cycle, name),
                    global_step)


def piecewise_constant(x, boundaries, values, name=None):
    return _rate_of(_schedules().PiecewiseConstantDecay(boundaries, values, name), x)


def cosine_decay(learning_rate, global_step, decay_steps, alpha=0.0, name=None):
    return _rate_of(_schedules().CosineDecay(learning_rate, decay_steps, alpha, name), global_step)


def cosine_decay_restarts(learning_rate, global_step, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None):
    return _rate_of(_schedules().CosineDecayRestarts(learning_rate, first_decay_steps, t_mul, m_mul, alpha, name),
                    global_step)


piecewise_constant_decay = piecewise_constant


def _schedules():
    from ...keras import schedules
    return schedules


class Saver:
    """Keeps the variables of a session in checkpoints, by their names."""

    def __init__(self, var_list=None, reshape=False, sharded=False, max_to_keep=5, keep_checkpoint_every_n_hours=10000.0,
                 name=None, restore_sequentially=False, saver_def=None, builder=None, defer_build=False, allow_empty=False,
                 write_version=2, pad_step_number=False, save_relative_paths=False, filename=None):
        if defer_build and var_list is not None:
            raise ValueError("If `var_list` is provided then build cannot be deferred. Either set defer_build=False or var_list=None.")
        self._variables, self._keep, self._graph = var_list, max_to_keep, ops.get_default_graph()
        self._reshape, self._pad, self._allow_empty, self._saver_def = reshape, pad_step_number, allow_empty, saver_def
        self.last_checkpoints: list = []
        self._is_built = False
        if not defer_build:
            self.build()

    def build(self) -> None:
        """Finds that there is something to save; further variables of the graph count as well."""
        if self._is_built:
            return
        if _lockstep.executing_eagerly() and self._variables is None:
            raise RuntimeError("When eager execution is enabled, `var_list` must specify a list or dict of variables to save")
        if not self._named() and self._saver_def is None and not self._allow_empty:
            raise ValueError("No variables to save")
        self._is_built = True

    def _named(self) -> dict:
        variables = self._variables if self._variables is not None else self._graph.get_collection(
            GraphKeys.GLOBAL_VARIABLES)
        return dict(variables) if isinstance(variables, dict) else {v._shared_name: v for v in variables}

    def save(self, sess, save_path, global_step=None, latest_filename=None, meta_graph_suffix="meta", write_meta_graph=True,
             write_state=True, strip_default_attrs=False, save_debug_info=False) -> str:
        """Writes a checkpoint of the session's values, or of the variables' own eagerly. Its path."""
        if not self._is_built:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        if os.path.split(latest_filename or "")[0]:
            raise ValueError("'latest_filename' must not contain path components")
        named = self._named()
        if sess is None:
            values = [v.numpy() for v in named.values()]
        else:
            if isinstance(global_step, (Variable, _lockstep.SymbolicTensor)):
                global_step = sess.run(global_step)
            values = sess.run(list(named.values()))
        path = os.fspath(save_path)
        if global_step is not None:
            number = int(np.asarray(global_step))
            path += f"-{number:08d}" if self._pad else f"-{number}"
        if os.path.dirname(path) and not os.path.isdir(os.path.dirname(path)):
            raise ValueError(f"Parent directory of {path} doesn't exist, can't save.")
        bundle.write(path, dict(zip(named, values)))
        if write_meta_graph and sess is not None:
            self.export_meta_graph(f"{path}.{meta_graph_suffix}")
        self._keep_newest(path)
        if write_state:
            update_checkpoint_state(os.path.dirname(path), path, self.last_checkpoints, latest_filename=latest_filename)
        return path

    def _keep_newest(self, path: str) -> None:
        self.last_checkpoints = [p for p in self.last_checkpoints if p != path] + [path]
        while self._keep and len(self.last_checkpoints) > self._keep:
            gone = self.last_checkpoints.pop(0)
            bundle.remove(gone)
            if os.path.exists(gone + ".meta"):
                os.remove(gone + ".meta")

    def restore(self, sess, save_path) -> None:
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        if not bundle.exists(os.fspath(save_path)):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {save_path}")
        reader = bundle.Reader(os.fspath(save_path))
        for name, variable in self._named().items():
            if not reader.has_tensor(name):
                raise NotFoundError(None, None, f"Key {name} not found in checkpoint")
            value = reader.get_tensor(name)
            if self._reshape and variable.shape.is_fully_defined():
                value = np.reshape(value, variable.shape.as_list())
            if sess is None:
                variable.assign(value)
            else:
                sess._set(variable, value)

    def export_meta_graph(self, filename=None, collection_list=None, as_text=False, **kwargs):
        from .meta_graph import export_meta_graph
        return export_meta_graph(filename, graph=self._graph, as_text=as_text)

    def as_saver_def(self):
        return message_class("SaverDef")(max_to_keep=self._keep or 0, version=2)

    @property
    def saver_def(self):
        return self.as_saver_def()

    def recover_last_checkpoints(self, checkpoint_paths) -> None:
        self.last_checkpoints = [p for p in checkpoint_paths if bundle.exists(p)]


def export_meta_graph(*args, **kwargs):
    from .meta_graph import export_meta_graph as export
    return export(*args, **kwargs)


def import_meta_graph(*args, **kwargs):
    from .meta_graph import import_meta_graph as load
    return load(*args, **kwargs)


def start_queue_runners(sess=None, coord=None) -> list:
    return []
