# SPDX-License-Identifier: MIT
"""tf.keras.optimizers.schedules: learning rates of the step."""
from __future__ import annotations

import math as _math

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from ..ops import array_ops, math_ops


class LearningRateSchedule:
    """A learning rate of the step."""

    _fields: tuple = ()     # what get_config() tells, in order

    def __call__(self, step):
        raise NotImplementedError("Learning rate schedule must override __call__")

    def get_config(self) -> dict:
        if not self._fields:
            raise NotImplementedError("Learning rate schedule must override get_config")
        return {field: getattr(self, field) for field in self._fields}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def _start(self, step, steps=None):
        """The first rate as a tensor, and step (and steps) in its dtype."""
        first = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate") \
            if not isinstance(self.initial_learning_rate, int) else convert_to_tensor(float(self.initial_learning_rate))
        return first, math_ops.cast(step, first.dtype), math_ops.cast(self.decay_steps, first.dtype)


class ExponentialDecay(LearningRateSchedule):
    """rate · decay_rate ^ (step / decay_steps)"""

    _fields = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None):
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step):
        with name_scope(self.name or "ExponentialDecay") as name:
            first, step, steps = self._start(step)
            p = step / steps
            p = math_ops.floor(p) if self.staircase else p
            return math_ops.multiply(first, math_ops.pow(math_ops.cast(self.decay_rate, first.dtype), p), name=name)


class InverseTimeDecay(LearningRateSchedule):
    """rate / (1 + decay_rate · step / decay_steps)"""

    _fields = ExponentialDecay._fields
    __init__ = ExponentialDecay.__init__

    def __call__(self, step):
        with name_scope(self.name or "InverseTimeDecay") as name:
            first, step, steps = self._start(step)
            p = step / steps
            p = math_ops.floor(p) if self.staircase else p
            one = math_ops.cast(1, first.dtype)
            return math_ops.divide(first, one + math_ops.cast(self.decay_rate, first.dtype) * p, name=name)


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[i] for steps up to boundaries[i]"""

    _fields = ("boundaries", "values", "name")

    def __init__(self, boundaries, values, name=None):
        if len(boundaries) != len(values) - 1:
            raise ValueError("The length of boundaries should be 1 less than the length of values. Received: "
                             f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of length "
                             f"{len(values)}.")
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step):
        with name_scope(self.name or "PiecewiseConstant"):
            step = convert_to_tensor(step)
            values = [convert_to_tensor(v) for v in self.values]
            rate = values[0]
            for boundary, value in zip(self.boundaries, values[1:]):
                rate = array_ops.where(step > math_ops.cast(convert_to_tensor(boundary), step.dtype), value, rate)
            return rate


class PolynomialDecay(LearningRateSchedule):
    """(rate − end) · (1 − step / decay_steps) ^ power + end"""

    _fields = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name")

    def __init__(self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None):
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power, self.cycle, self.name = end_learning_rate, power, cycle, name

    def __call__(self, step):
        with name_scope(self.name or "PolynomialDecay") as name:
            first, step, steps = self._start(step)
            last = math_ops.cast(self.end_learning_rate, first.dtype)
            if self.cycle:
                periods = array_ops.where(math_ops.equal(step, 0), math_ops.cast(1.0, first.dtype),
                                          math_ops.ceil(step / steps))
                steps = steps * periods
            else:
                step = math_ops.minimum(step, steps)
            share = math_ops.pow(1 - step / steps, math_ops.cast(self.power, first.dtype))
            return math_ops.add((first - last) * share, last, name=name)


class CosineDecay(LearningRateSchedule):
    """Half a wave of a cosine down to alpha; first, if there are warmup_steps, up to warmup_target."""

    _fields = ("initial_learning_rate", "decay_steps", "alpha", "name", "warmup_target", "warmup_steps")

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, name=None, warmup_target=None, warmup_steps=0):
        self.initial_learning_rate, self.decay_steps, self.alpha, self.name = initial_learning_rate, decay_steps, alpha, name
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def _decay(self, step, steps, top, dtype):
        share = step / steps
        cosine = 0.5 * (1.0 + math_ops.cos(math_ops.cast(_math.pi, dtype) * share))
        return top * ((1 - self.alpha) * cosine + self.alpha)

    def __call__(self, step):
        with name_scope(self.name or "CosineDecay"):
            first, step, steps = self._start(step)
            if self.warmup_target is None:
                return self._decay(math_ops.minimum(step, steps), steps, first, first.dtype)
            warm, top = math_ops.cast(self.warmup_steps, first.dtype), math_ops.cast(self.warmup_target, first.dtype)
            step = math_ops.minimum(step, steps + warm)
            return array_ops.where(step < warm, (top - first) * (step / warm) + first,
                                   self._decay(step - warm, steps, top, first.dtype))


class CosineDecayRestarts(LearningRateSchedule):
    """Cosines that start anew, each t_mul times as long and m_mul times as high as the one before."""

    _fields = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha", "name")

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None):
        self.initial_learning_rate, self.first_decay_steps = initial_learning_rate, first_decay_steps
        self._t_mul, self._m_mul, self.alpha, self.name = t_mul, m_mul, alpha, name

    t_mul = property(lambda self: self._t_mul)
    m_mul = property(lambda self: self._m_mul)
    decay_steps = property(lambda self: self.first_decay_steps)

    def __call__(self, step):
        with name_scope(self.name or "SGDRDecay") as name:
            first, step, steps = self._start(step)
            t, m = math_ops.cast(self._t_mul, first.dtype), math_ops.cast(self._m_mul, first.dtype)
            done = step / steps
            if self._t_mul == 1.0:
                restarts = math_ops.floor(done)
                share = done - restarts
            else:
                restarts = math_ops.floor(math_ops.log(1.0 - done * (1.0 - t)) / math_ops.log(t))
                before = (1.0 - t ** restarts) / (1.0 - t)
                share = (done - before) / t ** restarts
            cosine = 0.5 * (m ** restarts) * (1.0 + math_ops.cos(math_ops.cast(_math.pi, first.dtype) * share))
            return math_ops.multiply(first, (1 - self.alpha) * cosine + self.alpha, name=name)


_SCHEDULES = {c.__name__: c for c in (ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay,
                                      CosineDecay, CosineDecayRestarts)}


def serialize(learning_rate_schedule, use_legacy_format=False) -> dict:
    return {"module": "keras.optimizers.schedules", "class_name": type(learning_rate_schedule).__name__,
            "config": learning_rate_schedule.get_config(), "registered_name": None}


def deserialize(config, custom_objects=None, use_legacy_format=False) -> LearningRateSchedule:
    known = {**_SCHEDULES, **(custom_objects or {})}
    if config["class_name"] not in known:
        raise ValueError(f"Unknown decay: '{config['class_name']}'. Please ensure you are using a "
                         "`keras.utils.custom_object_scope` and that this object is included in the scope.")
    return known[config["class_name"]].from_config(config["config"])
