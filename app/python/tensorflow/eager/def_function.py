# SPDX-License-Identifier: MIT
"""tf.function: Python functions traced into graphs, one for each kind of arguments."""
from __future__ import annotations

import collections
import functools
import threading
import weakref
from typing import Any, Callable


import _lockstep
from _lockstep import SymbolicTensor, Tensor

from .. import nest
from ..framework.lazy import autograph, inspect
from ..framework.ops import FuncGraph, convert_to_tensor
from ..framework.tensor_spec import TensorSpec
from ..ops.variables import Variable, observe_variables
from .causes import FIRST, History
from .signature import Signature, components, encode

CALL_FUNCTION, CALL_TRACE, CALL_RUN = 0, 1, 2
_eagerly = False


def run_functions_eagerly(run_eagerly: bool) -> None:
    """With True, tf.functions run as plain Python."""
    global _eagerly
    _eagerly = bool(run_eagerly)
    _lockstep.run_eagerly(_eagerly)


def functions_run_eagerly() -> bool:
    return _eagerly


class ConcreteFunction:
    """One trace: a graph with its inputs and outputs."""

    def __init__(self, name: str, graph: FuncGraph, inputs: list, outputs: list, structure: Any,
                 signature: tuple,
                 variables: list, names: list):
        self._function = _lockstep.Function(name, graph, inputs, outputs)
        self._call = self._function.call
        self.name, self.graph, self.inputs, self.outputs = name, graph, inputs, outputs
        self._structure = structure
        self._signature = signature
        self._made = variables          # keeps alive what the trace made
        self._single = structure is _LEAF
        self._plain = _plain_form(structure)
        self._argument_names = names
        graph.inputs, graph.outputs = inputs, outputs
        graph.structured_input_signature = self.structured_input_signature

    @classmethod
    def of_result(cls, name: str, graph: FuncGraph, inputs: list, result: Any, args: tuple = (), kwargs: dict | None = None,
                  names: list | None = None) -> ConcreteFunction:
        """A trace that was made otherwise than by calling a function: of inputs with these specs."""
        outputs: list = []
        with graph.as_default():
            form = _form(result, outputs)
        kwargs = kwargs or {}
        names = names if names is not None else [s.name for s in args] + list(kwargs)
        return cls(name, graph, inputs, outputs, form, (tuple(args), kwargs), [], names)

    @property
    def structured_input_signature(self) -> tuple:
        return self._signature

    @property
    def structured_outputs(self):
        symbolic = iter(self.outputs)
        return _fill(self._structure, symbolic)

    @property
    def output_shapes(self):
        return nest.map_structure(lambda t: t.shape, self.structured_outputs)

    @property
    def output_dtypes(self):
        return nest.map_structure(lambda t: t.dtype, self.structured_outputs)

    @property
    def function_type(self) -> inspect.Signature:
        """Parameters and result, with TensorSpecs for annotations."""
        specs = [*self._signature[0], *self._signature[1].values()]
        parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=spec)
                      for name, spec in zip(self._names(), specs)]
        result = nest.map_structure(lambda t: TensorSpec(t.shape, t.dtype) if isinstance(t, Tensor) else t,
                                    self.structured_outputs)
        return inspect.Signature(parameters, return_annotation=result)

    variables = property(lambda self: self.graph.variables)
    trainable_variables = property(lambda self: self.graph.trainable_variables)
    captured_inputs = property(lambda self: self.graph.external_captures)

    @property
    def function_def(self):
        """As TensorFlow's FunctionDef; functions that it calls are known by their names."""
        from ..framework.graph_def import Library, function_def
        return function_def(self.name, self.graph, self._function.inputs, self._function.outputs, Library())

    @property
    def inference_fn(self) -> AtomicFunction:
        return AtomicFunction(self)

    def prune(self, feeds, fetches, name=None, input_signature=None) -> ConcreteFunction:
        """What of the graph gives fetches, with feeds as arguments."""
        from ..framework.prune import prune
        return prune(self, feeds, fetches, name or "pruned", input_signature)

    def pretty_printed_signature(self, verbose=True) -> str:
        args, kwargs = self._signature
        lines = [f"{self.name}({', '.join(self._names())})", "  Args:"]
        for name, spec in zip(self._names(), [*args, *kwargs.values()]):
            lines.append(f"    {name}: {_spec_text(spec)}")
        lines += ["  Returns:", "    " + _spec_text(nest.map_structure(
            lambda t: TensorSpec(t.shape, t.dtype) if isinstance(t, Tensor) else t, self.structured_outputs))]
        return "\n".join(lines)

    def _names(self) -> list:
        return self._argument_names

    def _call_flat(self, tensors: list):
        outputs = self._call(tensors)
        return outputs[0] if self._single else _fill(self._structure, iter(outputs))

    def _given(self, args: tuple, kwargs: dict) -> list:
        """The tensors among the arguments; what was a Python value while tracing may be left out, but not
        differ."""
        names, specs = self._names(), [*self._signature[0], *self._signature[1].values()]
        open_names = [n for n, s in zip(names, specs) if any(_is_open(leaf) for leaf in nest.flatten(s))]
        values = dict(zip(open_names if len(args) <= len(open_names) else names, args))
        for name, value in kwargs.items():
            if name not in names or name in values:
                raise TypeError(f"{self.name}({', '.join(names)}) got an unexpected or repeated argument "
                                f"{name!r}")
            values[name] = value
        found = []
        for name, spec in zip(names, specs):
            leaves = nest.flatten(spec)
            if name in values:
                pairs = list(zip(nest.flatten(values[name]), leaves))
            elif any(_is_open(leaf) for leaf in leaves):
                raise TypeError(f"{self.name}({', '.join(names)}) missing required arguments: {name}.")
            else:
                continue
            for value, leaf in pairs:
                if components(leaf) is not None:
                    found += components(value)
                elif isinstance(leaf, TensorSpec):
                    found.append(value)
                elif value is not leaf and value != leaf:
                    raise TypeError(f"{self.name}: argument {name!r} was {leaf!r} when the function was "
                                    f"traced; got {value!r}")
        return found

    def __call__(self, *args, **kwargs):
        """Tensors in the order of the inputs, or by name."""
        flat = []
        for value, tensor in zip(self._given(args, kwargs), self.inputs):
            value = convert_to_tensor(value, None if isinstance(value, (Tensor, Variable)) else tensor.dtype)
            if value.dtype != tensor.dtype or not tensor.shape.is_compatible_with(value.shape):
                raise _incompatible(self, tensor, value)
            flat.append(value)
        outer = _lockstep.watched()
        if outer:
            _lockstep.call_begin(CALL_FUNCTION, self.name, None, None)
        try:
            return self._call_flat(flat)
        finally:
            if outer:
                _lockstep.call_end()

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self.pretty_printed_signature(False).splitlines()[0]} at 0x{id(self):X}>"

    def __str__(self) -> str:
        return f"ConcreteFunction {self.pretty_printed_signature()}"


class AtomicFunction:
    """A concrete function as the runtime knows it: by its name, definition and type."""

    def __init__(self, concrete: ConcreteFunction):
        self._concrete = concrete
        self.name, self.graph = concrete.name.encode(), concrete.graph

    function_type = property(lambda self: self._concrete.function_type)
    definition = cached_definition = property(lambda self: self._concrete.function_def)
    flat_inputs = property(lambda self: list(self._concrete.inputs))
    flat_outputs = property(lambda self: list(self._concrete.outputs))

    def __call__(self, *args, **kwargs):
        return self._concrete(*args, **kwargs)

    def call_flat(self, *tensors):
        return self._concrete._call([convert_to_tensor(t) for t in tensors])

    def __repr__(self) -> str:
        return f"<AtomicFunction> {self._concrete.pretty_printed_signature(False).splitlines()[0]}"


def _is_open(leaf) -> bool:
    """Whether a value is to be given for it."""
    return isinstance(leaf, TensorSpec) or components(leaf) is not None


def _incompatible(function, tensor, value):
    if value.dtype != tensor.dtype:
        from ..framework.errors import InvalidArgumentError
        return InvalidArgumentError(None, None,
                                    f"cannot compute {function.name} as input "
                                    f"#{function.inputs.index(tensor)}"
                                    f"(zero-based) was expected to be a {tensor.dtype.name} tensor but is a "
                                    f"{value.dtype.name} "
                                    f"tensor [Op:{function.name}]")
    return TypeError(f"{function.name}: argument {tensor.op.name} expects shape {tensor.shape}, got "
                     f"{value.shape}")


def _spec_text(value) -> str:
    if isinstance(value, TensorSpec):
        return f"TensorSpec(shape={value.shape}, dtype={value.dtype!r}, name={value.name!r})"
    return repr(value)


_LEAF, _OTHER = object(), object()


def _plain_form(form: Any):
    """What Caller.remember() takes for a result's form: _OTHER when it is none of a tensor, tensors in a tuple or list, None."""
    if form is None or form is _LEAF:
        return form
    return type(form) if type(form) in (tuple, list) and all(item is _LEAF for item in form) else _OTHER


class _Composite:
    """In a result's form, a value made of several tensors."""

    def __init__(self, value, n: int):
        self.spec, self.n = value._type_spec, n


def _form(value: Any, tensors: list):
    """A result's form, with _LEAF for each tensor, which goes to tensors."""
    if value is None:
        return None
    if nest.is_nested(value):
        return nest._rebuild(value, [_form(child, tensors) for child in nest._children(value)])
    parts = components(value)
    if parts is not None:
        tensors += [_outgoing(part) for part in parts]
        return _Composite(value, len(parts))
    if hasattr(value, "_to_components") and not hasattr(value, "__tf_tensor__"):
        return value
    try:
        tensors.append(_outgoing(value))
    except (TypeError, ValueError) as error:
        raise TypeError("To be compatible with tf.function, Python functions must return zero or more "
                        "Tensors or "
                        f"ExtensionTypes or None values; got {value!r} of type "
                        f"{type(value).__name__}.") from error
    return _LEAF


def _outgoing(value):
    value = value.read_value() if isinstance(value, Variable) else convert_to_tensor(value)
    if not isinstance(value, SymbolicTensor) or value.graph is not _lockstep.current_graph():
        value = _lockstep.ops["Identity"](value)
    return value


def _fill(form: Any, tensors):
    if form is _LEAF:
        return next(tensors)
    if isinstance(form, _Composite):
        return form.spec._from_components([next(tensors) for _ in range(form.n)])
    if form is None or not nest.is_nested(form):
        return form
    return nest._rebuild(form, [_fill(child, tensors) for child in nest._children(form)])


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
        self._history = History(self._name, self._signature, python_function, owner)
        self._variables: list = []
        self._traced_once = False
        self._bound: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
        self._count = 0
        functools.update_wrapper(self, python_function)
        self.__wrapped__ = python_function

    python_function = property(lambda self: self._python_function)
    input_signature = property(lambda self: self._signature.specs)
    name = property(lambda self: self._name)
    function_spec = property(lambda self: self._signature)

    def __get__(self, instance, owner=None):
        """As a method: each object has traces of its own."""
        if instance is None:
            return self
        try:
            bound = self._bound.get(instance)
        except TypeError:
            bound = None
        if bound is None:
            weak = weakref.ref(instance)
            function = self._python_function

            @functools.wraps(function)
            def method(*args, **kwargs):
                owner = weak()
                if owner is None:
                    raise ReferenceError(f"the object whose method {function.__qualname__} is exists no longer: keep it in a "
                                         "variable while its tf.function is called")
                return autograph.call(function)(owner, *args, **kwargs)
            method.__lockstep_skip_self__ = True
            bound = Function(method, self._name, owner=instance, **self._options)
            try:
                self._bound[instance] = bound
            except TypeError:
                pass
        return bound

    def _call_any(self, *args, **kwargs):
        if _eagerly:
            return self._python_function(*args, **kwargs)
        if not _lockstep.watched():
            concrete, tensors = self._lookup(args, kwargs)
            if not kwargs and concrete._plain is not _OTHER:
                self.remember(args, concrete._function, concrete._plain)
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
        specs = [TensorSpec.from_tensor(t) for t in tensors]
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
            concrete = self._trace_once(values, specs, f"{FIRST}, once more without the variables that it made", made, first=False)
        self._traced_once = True
        if self._reduce_retracing:
            concrete._relaxed = _without_shapes(key)
        self._traces[key] = concrete
        self._history.add(key, concrete.graph)
        return concrete

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
            cause = cause or FIRST
            if not cause.startswith(FIRST):
                _lockstep.retraced(f"{name} is traced again: {cause}")
            _lockstep.call_begin(CALL_TRACE, name, graph, cause)
        _lockstep.enter(graph)
        try:
            with observe_variables(observe):
                inputs = self._placeholders(values, specs)
                if all(isinstance(t, _lockstep.EagerTensor) for t in given):
                    graph._given = (inputs, list(given))        # initial values of variables may depend on them
                arguments, keywords = self._signature.unbind(values, iter(inputs))
                with autograph.conversion(self._options["autograph"], self._options["features"]):
                    result = call(self._python_function)(*arguments, **keywords)
                outputs: list = []
                form = _form(result, outputs)
        finally:
            graph._given = ([], [])
            _lockstep.leave()
            if watched:
                _lockstep.call_end()
        self._count += 1
        unique = f"__inference_{name}_{graph._id}"
        return ConcreteFunction(unique, graph, inputs, outputs, form, self._signature.spec_structure(values,
                specs),
                                list(made), self._signature.argument_names(values))

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
        return self._traces.get(key) or self._trace(key, values, tensors)

    def pretty_printed_concrete_signatures(self, verbose=True) -> str:
        return "\n\n".join(c.pretty_printed_signature() for c in self._traces.values())

    def _list_all_concrete_functions(self) -> list:
        return list(self._traces.values())

    _list_all_concrete_functions_for_serialization = _list_all_concrete_functions

    def experimental_get_tracing_count(self) -> int:
        return self._count

    def experimental_get_compiler_ir(self, *args, **kwargs):
        raise NotImplementedError("there is no XLA here")

    def __repr__(self) -> str:
        return f"<tensorflow.python.eager.polymorphic_function.polymorphic_function.Function object at 0x{id(self):x}>"


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
