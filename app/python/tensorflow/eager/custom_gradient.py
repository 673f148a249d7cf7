# SPDX-License-Identifier: MIT
"""Functions with gradients of their own."""
from __future__ import annotations

import functools

import _lockstep
from _lockstep import Tensor

from .. import nest
from ..framework.lazy import inspect, np
from ..framework.ops import convert_to_tensor
from ..ops.variables import Variable
from .backprop import GradientTape


class _Differentiated:
    """A function f (x…) that gives (y, grad); grad (dy…) is taken for dy/dx. It binds to objects as functions do."""

    def __init__(self, f, forgets=False):
        self._f = f
        self._forgets = forgets     # no tape is to keep what f computes
        functools.update_wrapper(self, f)

    def __get__(self, instance, owner=None):
        return self if instance is None else _Differentiated(self._f.__get__(instance, owner), self._forgets)

    def __call__(self, *args, **kwargs):
        if not _lockstep.executing_eagerly():
            args = nest.map_structure(_as_tensor, args)
        flat_args = nest.flatten(args)
        (result, gradient), used = self._watched_call(args, kwargs)
        used = [v for v in used if not any(v is a for a in flat_args)]
        if used and not _takes_variables(gradient):
            raise TypeError("@tf.custom_gradient grad_fn must accept keyword argument 'variables', since function "
                            f"uses variables: {used}")
        outputs = [convert_to_tensor(y) for y in nest.flatten(result)]
        inputs = [_as_tensor(a) for a in flat_args] + [v.read_value() for v in used]
        found = _joined(outputs, inputs, _rule(gradient, len(outputs), len(flat_args), used))
        return nest.pack_sequence_as(result, found) if nest.is_nested(result) else found[0]


    def _watched_call(self, args, kwargs):
        """What f gives, and the variables that it reads."""
        watcher = _lockstep.Tape(True, True)
        alone = self._forgets and _lockstep.executing_eagerly()
        if alone:
            _lockstep.enter_eager()
        watcher._start()
        try:
            return self._f(*args, **kwargs), watcher.watched_variables()
        finally:
            watcher._pause()
            if alone:
                _lockstep.leave()


def _as_tensor(value):
    return value.read_value() if isinstance(value, Variable) else value if isinstance(value, Tensor) \
        else convert_to_tensor(value)


def _joined(outputs: list, inputs: list, rule) -> list:
    """The outputs once more, with the rule for their gradients by the inputs: the op passes both on, and has the rule."""
    return _lockstep.ops["IdentityN"](outputs + inputs, rule)[:len(outputs)]


def _takes_variables(gradient) -> bool:
    spec = inspect.getfullargspec(gradient)
    return "variables" in spec.args or "variables" in spec.kwonlyargs or spec.varkw is not None


def _rule(gradient, n_outputs: int, n_args: int, variables: list):
    def rule(*dy):
        of_variables = []
        if variables:
            of_args, of_variables = gradient(*dy[:n_outputs], variables=variables)
            of_variables = nest.flatten(of_variables)
            if len(of_variables) != len(variables):
                raise ValueError("Must return gradient for each variable from @custom_gradient grad_fn.")
        else:
            of_args = gradient(*dy[:n_outputs])
        of_args = nest.flatten(of_args)
        if len(of_args) != n_args:
            raise ValueError(f"custom_gradient function expected to return {n_args} gradients, but returned "
                             f"{len(of_args)} instead.")
        return [None] * n_outputs + of_args + of_variables
    return rule


def custom_gradient(f=None):
    """f (x…) gives (y, grad), and grad (dy…) is taken for dy/dx wherever the result is differentiated."""
    return custom_gradient if f is None else _Differentiated(f)


def grad_pass_through(f):
    """f, with the gradient of the identity."""
    @custom_gradient
    def passed(*args, **kwargs):
        def gradient(*dy, variables=None):
            return dy if variables is None else (dy, [None] * len(variables))
        return f(*args, **kwargs), gradient
    return functools.wraps(f)(lambda *args, **kwargs: passed(*args, **kwargs))


def recompute_grad(f):
    """f, of which nothing is kept for its gradient: it is computed again then."""
    def forgetful(*args, **kwargs):
        def gradient(*dy, variables=None):
            again = [_lockstep.ops["Identity"](_as_tensor(a)) for a in args]
            with GradientTape() as tape:
                tape.watch(again)
                result = f(*again, **kwargs)
            found = tape.gradient(result, again + (variables or []), output_gradients=list(dy))
            n = len(again)
            return found[:n] if variables is None else (found[:n], found[n:])
        return f(*args, **kwargs), gradient
    return functools.wraps(f)(lambda *args, **kwargs: _Differentiated(forgetful, forgets=True)(*args, **kwargs))
