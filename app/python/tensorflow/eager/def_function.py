# SPDX-License-Identifier: MIT
"""tf.function: Python functions traced into graphs, one for each kind of arguments."""
from __future__ import annotations

import collections
import functools
import threading
import weakref
from typing import Callable


import _lockstep

from .. import nest
from ..framework.lazy import autograph, causes, retraces
from ..framework.ops import FuncGraph, convert_to_tensor
from ..framework.tensor_spec import TensorSpec
from ..ops.variables import Variable, observe_variables
from .concrete import CALL_FUNCTION, AtomicFunction, ConcreteFunction, form_of  # noqa: F401
from .signature import Signature, components, encode

CALL_TRACE, CALL_RUN = 1, 2
_eagerly = False


def run_functions_eagerly(run_eagerly: bool) -> None:
    """With True, tf.functions run as plain Python."""
    global _eagerly
    _eagerly = bool(run_eagerly)
    _lockstep.run_eagerly(_eagerly)


def functions_run_eagerly() -> bool:
    return _eagerly


class TracingRecursionError(RecursionError):
    """A function calls itself while it is traced, and would for ever."""


class _Tracing:
    """The trace of a function for a kind of arguments; says when it is inside of itself too often."""

    MOST = 50
    _open: collections.Counter = collections.Counter()

    def __init__(self, function, key):
        self._function, self._key = function, (id(function), threading.get_ident(), key)

    def __enter__(self):
        self._open[self._key] += 1
        if self._open[self._key] > self.MOST:
            self.__exit__()
            name = self._function.name
            raise TracingRecursionError(
                f"{name} calls itself while it is traced, {self.MOST} times deep with arguments of the same kind: what ends the "
                f"recursion is a tensor, whose value is not known while tracing. Use a loop (tf.while_loop, or a for or while "
                f"statement over tensors), or let a Python value end it")

    def __exit__(self, *error):
        self._open[self._key] -= 1
        if not self._open[self._key]:
            del self._open[self._key]


class _Gone:
    """In place of an object whose method is called when it exists no longer."""

    def __init__(self, function):
        self._function = function

    def __getattr__(self, name):
        raise ReferenceError(f"the object whose method {self._function.__qualname__} is exists no longer: keep it in a variable "
                             "while its tf.function is called")


class Function(_lockstep.Caller):
    """What tf.function makes of a Python function. Calls come to _call_any(), but for those that are like one before."""

    def __init__(self, python_function: Callable, name: str | None = None, input_signature=None,
                 autograph=True,
                 reduce_retracing=False, features=None, owner=None):
        self._python_function = python_function
        self._name = name or getattr(python_function, "__name__", type(python_function).__name__)
        self._options = dict(input_signature=input_signature, autograph=autograph,
                             reduce_retracing=reduce_retracing, features=features)
        self._signature = Signature(python_function, input_signature)
        self._reduce_retracing = reduce_retracing
        self._traces: dict[tuple, ConcreteFunction] = {}
        self._owner = None if owner is None else type(owner)
        self._variables: list = []
        self._traced_once = False
        self._bound: dict = {}                  # by id of the object whose method it is
        self._count = 0
        functools.update_wrapper(self, python_function)
        self.__wrapped__ = python_function

    python_function = property(lambda self: self._python_function)

    @functools.cached_property
    def _history(self):
        """For a debugger."""
        return causes.History(self._name, self._signature, self._python_function, self._owner)
    input_signature = property(lambda self: self._signature.specs)
    name = property(lambda self: self._name)
    function_spec = property(lambda self: self._signature)

    def _bound_to(self, owner) -> Function:
        """As a method: each object has traces of its own."""
        known = self._bound.get(id(owner))
        if known is None or known[0]() is not owner:
            known = self._bound[id(owner)] = self._bind(owner)
        return known[1]

    def _bind(self, owner) -> tuple:
        """(weak reference to the owner, its function)"""
        number, bound, function = id(owner), self._bound, self._python_function
        weak = weakref.ref(owner, lambda gone: bound.pop(number, None) if bound.get(number, (gone,))[0] is gone else None)

        @functools.wraps(function)
        def method(*args, **kwargs):
            this = weak()
            return autograph.call(function)(_Gone(function) if this is None else this, *args, **kwargs)
        method.__lockstep_skip_self__ = True
        return weak, Function(method, self._name, owner=owner, **self._options)

    def _call_any(self, *args, **kwargs):
        if _eagerly:
            return self._python_function(*args, **kwargs)
        if not _lockstep.watched():
            concrete, tensors = self._lookup(args, kwargs)
            if not kwargs or self._signature.keeps_order(args, kwargs):
                self.remember(args, kwargs, concrete._function, concrete._form)
            return concrete._call_flat(tensors)
        _lockstep.call_begin(CALL_FUNCTION, self._name, None, None)
        try:
            concrete, tensors = self._lookup(args, kwargs)
            return concrete._call_flat(tensors)
        finally:
            _lockstep.call_end()

    def _lookup(self, args: tuple, kwargs: dict):
        values = self._signature.bind(args, kwargs)
        tensors: list = []
        key = encode(values, tensors)
        if self._signature.specs is not None:
            key = ("signature",)
        concrete = self._traces.get(key)
        if concrete is None and self._reduce_retracing:
            concrete = self._general(key, tensors)
        if concrete is None:
            with _Tracing(self, key):
                concrete = self._trace(key, values, tensors)
        return concrete, tensors

    def _general(self, key, tensors):
        """A trace with unknown dimensions that these tensors fit."""
        for known in self._traces.values():
            if len(known.inputs) == len(tensors) and getattr(known, "_relaxed",
                                                             None) == _without_shapes(key) and all(
                    i.dtype == t.dtype and i.shape.is_compatible_with(t.shape) for i, t in zip(known.inputs,
                            tensors)):
                return known
        return None

    def _trace(self, key: tuple, values: list, tensors: list) -> ConcreteFunction:
        cause = self._history.cause(key) if _lockstep.watched() else None
        if _lockstep.current_graph() is None:
            retraces.of(self._python_function).traced(self, lambda: self._change(key))
        specs = [t if isinstance(t, TensorSpec) else TensorSpec.from_tensor(t) for t in tensors]
        if self._signature.specs is not None:
            specs = [part for s in nest.flatten(self._signature.specs) for part in (components(s) or [s])
                     if isinstance(part, TensorSpec)]
        elif self._reduce_retracing:
            specs = self._relax(key, specs)
        made: list = []
        concrete = self._trace_once(values, specs, cause, made, first=not self._traced_once, given=tensors)
        if made:
            # Variables belong to the first call: a second trace shows whether it makes them each time.
            self._variables += made
            self._traced_once = True
            again = f"{causes.FIRST}, once more without the variables that it made" if _lockstep.watched() else None
            concrete = self._trace_once(values, specs, again, made, first=False)
        self._traced_once = True
        if self._reduce_retracing:
            concrete._relaxed = _without_shapes(key)
        self._traces[key] = concrete
        if _lockstep.watched():
            self._history.add(key, concrete.graph)
        return concrete

    def _change(self, key: tuple) -> str | None:
        """Why there is another trace."""
        calls = [causes.Call(i, known, concrete.graph) for i, (known, concrete) in enumerate(self._traces.items(), 1)]
        return causes.describe_change(self._signature, calls, key) if calls else None

    def _wrapped(self) -> ConcreteFunction:
        """One trace for the input_signature, which keeps the variables that it makes."""
        made: list = []
        values = self._signature.bind(tuple(self._signature.specs), {}, specs_allowed=True)
        tensors: list = []
        encode(values, tensors)
        concrete = self._trace_once(values, [TensorSpec.from_spec(t) for t in tensors], None, made, first=True)
        concrete._made = made
        return concrete

    def _relax(self, key, specs: list) -> list:
        for known in self._traces.values():
            if getattr(known, "_relaxed", None) == _without_shapes(key):
                specs = [TensorSpec(s.shape.most_general_compatible_shape(i.shape), s.dtype)
                         for s, i in zip(specs, known.inputs)]
        return specs

    def _trace_once(self, values, specs, cause, made: list, first: bool, given=()) -> ConcreteFunction:
        def observe(variable):
            if not first:
                raise ValueError("tf.function only supports singleton tf.Variables created on the first "
                                 "call. Make sure the "
                                 "tf.Variable is only created once or created outside tf.function. See "
                                 "https://www.tensorflow.org/guide/function#creating_tfvariables for more "
                                 "information.")
            made.append(variable)
        name = self._name
        graph = FuncGraph(name)
        watched = _lockstep.watched()
        call = autograph.call       # imported by now: not a cost of the first trace
        if watched:
            self._history.begin()
            cause = cause or causes.FIRST
            if not cause.startswith(causes.FIRST):
                _lockstep.retraced(f"{name} is traced again: {cause}")
            _lockstep.call_begin(CALL_TRACE, name, graph, cause)
        _lockstep.enter(graph)
        try:
            with observe_variables(observe):
                inputs = self._placeholders(values, specs)
                if all(isinstance(t, _lockstep.EagerTensor) for t in given):
                    graph._given = (inputs, list(given))        # initial values of variables may depend on them
                arguments, keywords = self._signature.unbind(values, iter(inputs))
                given_form = nest.map_structure(lambda leaf: leaf, [list(arguments), keywords])
                with autograph.conversion(self._options["autograph"], self._options["features"]):
                    result = call(self._python_function)(*arguments, **keywords)
                self._check_unchanged(given_form, [list(arguments), keywords])
                outputs: list = []
                form = form_of(result, outputs)
        finally:
            graph._given = ([], [])
            _lockstep.leave()
            if watched:
                _lockstep.call_end()
        self._count += 1
        unique = f"__inference_{name}_{graph._id}"
        return ConcreteFunction(unique, graph, inputs, outputs, form, self._signature.spec_structure(values, specs), list(made),
                                *self._signature.argument_names(values))

    def _check_unchanged(self, before: list, after: list) -> None:
        """What a call changes in its lists and dicts would be changed only once, while tracing."""
        try:
            nest.assert_same_structure(before, after)
            same = all(a is b for a, b in zip(nest.flatten(before), nest.flatten(after)))
        except (TypeError, ValueError):
            same = False
        if not same:
            raise ValueError(f"{self._name}() should not modify its Python input arguments. Check if it modifies any lists or dicts "
                             "passed as arguments. Modifying a copy is allowed.")

    def _placeholders(self, values, specs) -> list:
        names = self._signature.leaf_names(values)
        return [_lockstep.placeholder(spec.name or name, spec.dtype, spec.shape) for spec, name
                in zip(specs, names)]

    def get_concrete_function(self, *args, **kwargs) -> ConcreteFunction:
        """The trace for these arguments; TensorSpecs may stand for tensors."""
        if self._signature.specs is not None and not args and not kwargs:
            args = tuple(self._signature.specs)
        values = self._signature.bind(args, kwargs, specs_allowed=True)
        tensors: list = []
        key = ("signature",) if self._signature.specs is not None else encode(values, tensors)
        if key == ("signature",):
            encode(values, tensors)
        known = self._traces.get(key)
        if known is not None and self._signature.specs is None and any(
                getattr(t, "name", None) not in (None, i.op.name) for t, i in zip(tensors, known.inputs) if isinstance(t, TensorSpec)):
            known = None                    # its inputs are to have other names
        return known or self._trace(key, values, tensors)

    def pretty_printed_concrete_signatures(self, verbose=True) -> str:
        return "\n\n".join(c.pretty_printed_signature(verbose) for c in self._traces.values())

    def _list_all_concrete_functions(self) -> list:
        return list(self._traces.values())

    _list_all_concrete_functions_for_serialization = _list_all_concrete_functions

    def experimental_get_tracing_count(self) -> int:
        return self._count

    def experimental_get_compiler_ir(self, *args, **kwargs):
        raise NotImplementedError("there is no XLA here")

    def __reduce__(self) -> tuple:
        """Pickled and copied without its traces."""
        return _remade, (self._python_function, self._name, self._options)

    def __repr__(self) -> str:
        return f"<tensorflow.python.eager.polymorphic_function.polymorphic_function.Function object at 0x{id(self):x}>"


def _remade(python_function: Callable, name: str, options: dict) -> Function:
    return Function(python_function, name, **options)


def _without_shapes(key):
    """key with the shapes of tensors left out."""
    if isinstance(key, tuple) and len(key) == 3 and key[0] == "tensor":
        return key[:2]
    return tuple(_without_shapes(k) for k in key) if isinstance(key, tuple) else key


def function(func=None, input_signature=None, autograph=True, jit_compile=None, reduce_retracing=False,
             experimental_implements=None, experimental_autograph_options=None, experimental_attributes=None,
             experimental_relax_shapes=None, experimental_compile=None, experimental_follow_type_hints=None):
    """Compiles a function into a callable graph; as a decorator, with or without arguments."""
    relax = reduce_retracing or bool(experimental_relax_shapes)

    def decorate(inner):
        return Function(inner, None, input_signature, autograph, relax, experimental_autograph_options)
    return decorate if func is None else decorate(func)
