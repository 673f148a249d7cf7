# SPDX-License-Identifier: MIT
"""tf.py_function and tf.numpy_function: Python functions as ops."""
from __future__ import annotations

import functools
import itertools

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor

_functions: dict = {}       # by token; kept as long as the process, since graphs name them
_numbers = itertools.count()


def _converted(result, kinds: list) -> list:
    values = list(result) if isinstance(result, (list, tuple)) else [] if result is None and not kinds else [result]
    if len(values) != len(kinds):
        raise ValueError(f"the function gives {len(values)} values, and Tout has {len(kinds)} types")
    found = []
    for value, kind in zip(values, kinds):
        tensor = convert_to_tensor(value) if hasattr(value, "dtype") else convert_to_tensor(value, kind)
        if tensor.dtype != kind:
            raise TypeError(f"the function gives {tensor.dtype.name}, and Tout says {kind.name}")
        found.append(tensor)
    return found


class _Function:
    """What a token stands for: tensors → tensors."""

    def __init__(self, function, kinds: list):
        self._function, self._kinds = function, kinds
        self._last = None       # of the newest call: (inputs, its tape, outputs), for its gradient

    def _run(self, tensors: list) -> list:
        return _converted(self._function(*tensors), self._kinds)

    def __call__(self, tensors: list) -> list:
        if not any(t.dtype.is_floating for t in tensors):
            return self._run(tensors)
        from ..eager.backprop import GradientTape
        with GradientTape(persistent=True) as tape:
            for t in tensors:
                if t.dtype.is_floating:
                    tape.watch(t)
            outputs = self._run(tensors)
        self._last = (tensors, tape, outputs)
        return outputs

    def gradient(self, tensors: list) -> list:
        """Of inputs and dy: dx of the floating inputs."""
        n = len(tensors) - len(self._kinds)
        inputs, dy = tensors[:n], tensors[n:]
        last = self._last
        if last is None or [t._identity() for t in last[0]] != [t._identity() for t in inputs]:
            self(inputs)
            last = self._last
        given, tape, outputs = last
        sources = [t for t in given if t.dtype.is_floating]
        pairs = [(y, d) for y, d in zip(outputs, dy) if y.dtype.is_floating]
        grads = tape.gradient([y for y, _ in pairs], sources, output_gradients=[d for _, d in pairs],
                              unconnected_gradients="zero")
        return [convert_to_tensor(g) for g in grads]


class _Gradient(_Function):
    """The gradient of another as a function of inputs and dy: itself differentiable."""

    def __init__(self, of: _Function):
        super().__init__(None, [])
        self._of = of

    def _run(self, tensors: list) -> list:
        return self._of.gradient(tensors)

    def __call__(self, tensors: list) -> list:
        outputs = super().__call__(tensors)
        self._kinds = [y.dtype for y in outputs]
        return outputs


class _Numpy(_Function):
    """Of arrays, without gradient."""

    def __call__(self, tensors: list) -> list:
        return _converted(self._function(*[t.numpy() for t in tensors]), self._kinds)


def _named(token: str) -> _Function:
    if token not in _functions:
        _functions[token] = _Gradient(_named(token.split(" ", 1)[1]))
    return _functions[token]


def _callback(token: str, tensors: list) -> list:
    _lockstep.enter_eager()
    try:
        return _named(token)(tensors)
    finally:
        _lockstep.leave()


_lockstep.register(callback=_callback)


def _as_op(kind: str, made: _Function, inputs, Tout, name):  # noqa: N803
    token = f"pyfunc_{next(_numbers)}"
    _functions[token] = made
    single = not isinstance(Tout, (list, tuple))
    results = _lockstep.ops[kind](list(inputs), token, made._kinds, name=name)
    if not made._kinds:
        return _lockstep.ops["NoOp"]() if _lockstep.executing_eagerly() else results
    return results[0] if single else results


def _kinds(Tout) -> list:  # noqa: N803
    listed = Tout if isinstance(Tout, (list, tuple)) else [] if Tout is None else [Tout]
    return [dtypes.as_dtype(getattr(t, "dtype", t)) for t in listed]


def py_function(func=None, inp=None, Tout=None, name=None):  # noqa: N803
    """func of tensors, as Python; differentiable."""
    if func is None:
        return lambda inner: functools.wraps(inner)(lambda *args: py_function(inner, args, Tout))
    kinds, single = _kinds(Tout), not isinstance(Tout, (list, tuple))
    if _lockstep.executing_eagerly() and not any(isinstance(x, _lockstep.SymbolicTensor) for x in inp or []):
        results = _converted(func(*[convert_to_tensor(x) for x in inp or []]), kinds)
        return (results[0] if results else None) if single else results
    return _as_op("EagerPyFunc", _Function(func, kinds), inp or [], Tout, name)


def numpy_function(func=None, inp=None, Tout=None, stateful=True, name=None):  # noqa: N803
    """func of NumPy arrays, as Python; without gradient."""
    if func is None:
        return lambda inner: functools.wraps(inner)(lambda *args: numpy_function(inner, args, Tout))
    kind = "PyFunc" if stateful else "PyFuncStateless"
    return _as_op(kind, _Numpy(func, _kinds(Tout)), inp or [], Tout, name)
