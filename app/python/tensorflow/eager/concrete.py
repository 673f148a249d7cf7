# SPDX-License-Identifier: MIT
"""Concrete functions: a trace each, called with tensors of one kind."""
from __future__ import annotations

from typing import Any

import _lockstep
from _lockstep import SymbolicTensor, Tensor

from .. import nest
from ..framework.lazy import inspect, is_array
from ..framework.ops import FuncGraph, convert_to_tensor
from ..framework.tensor_spec import TensorSpec
from ..ops.variables import Variable
from .signature import Weak, components

CALL_FUNCTION = 0


class ConcreteFunction(_lockstep.Caller):
    """One trace: a graph with its inputs and outputs."""

    def __init__(self, name: str, graph: FuncGraph, inputs: list, outputs: list, structure: Any, signature: tuple,
                 variables: list, names: list, numbered: tuple = ()):
        """names: of the parameters, positional before others; numbered: those that stand for *args"""
        self._function = _lockstep.Function(name, graph, inputs, outputs)
        self._call = self._function.call
        self.name, self.graph, self.inputs, self.outputs = name, graph, inputs, outputs
        self._structure = structure
        self._signature = signature
        self._made = variables          # keeps alive what the trace made
        self._single = structure is _LEAF
        self._argument_names, self._numbered = names, numbered
        graph.inputs, graph.outputs = inputs, outputs
        graph.structured_input_signature = self.structured_input_signature

    @classmethod
    def of_result(cls, name: str, graph: FuncGraph, inputs: list, result: Any, args: tuple = (), kwargs: dict | None = None,
                  names: list | None = None) -> ConcreteFunction:
        """A trace that was made otherwise than by calling a function: of inputs with these specs."""
        outputs: list = []
        with graph.as_default():
            form = form_of(result, outputs)
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
        return nest.map_structure(lambda t: getattr(t, "shape", None), self.structured_outputs)

    @property
    def output_dtypes(self):
        return nest.map_structure(lambda t: getattr(t, "dtype", None), self.structured_outputs)

    @property
    def function_type(self) -> inspect.Signature:
        """Parameters and result, with TensorSpecs for annotations."""
        parameters = [inspect.Parameter(name, kind, annotation=_type_of(spec)) for name, kind, spec in self._parameters()]
        return inspect.Signature(parameters, return_annotation=_type_of(self.structured_outputs), __validate_parameters__=False)

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
        kind = self.function_type
        if not verbose:
            return str(kind)
        inputs = [f"  {p.name} ({p.kind.name}): {p.annotation!r}" for p in kind.parameters.values()]
        captures = [f"  {inner.name}: {TensorSpec(inner.shape, inner.dtype)!r}" for _, inner, _ in self.graph._captures()]
        return "\n".join(["Input Parameters:", *(inputs or ["  None"]), "Output Type:", f"  {kind.return_annotation!r}", "Captures:",
                          *(captures or ["  None"])])

    def _call_flat(self, tensors: list):
        outputs = self._call(tensors)
        return outputs[0] if self._single else self._filled(outputs)

    def _filled(self, outputs: list):
        """What the function returns, of its tensors."""
        return _fill(self._structure, iter(outputs))

    @property
    def _form(self):
        """The same as Caller.remember () wants it: it makes the usual forms itself."""
        form = self._structure
        if form is None or form is _LEAF:
            return form
        plain = type(form) in (tuple, list) and all(item is _LEAF for item in form)
        return type(form) if plain else self._filled

    # ---- calls ----

    def _parameters(self) -> list:
        """(name, kind, spec or Python value) of each, in the order of the inputs."""
        args, kwargs = self._signature
        kinds = inspect.Parameter
        positional = [(name, kinds.POSITIONAL_ONLY if name in self._numbered else kinds.POSITIONAL_OR_KEYWORD, spec)
                      for name, spec in zip(self._argument_names, args)]
        return positional + [(name, kinds.KEYWORD_ONLY, kwargs[name]) for name in kwargs]

    def _bind(self, args: tuple, kwargs: dict) -> list:
        """The tensors among the arguments, by the function's parameters; what was a Python value while tracing may be left out,
        but not differ."""
        parameters = self._parameters()
        signature = inspect.Signature([inspect.Parameter(name, kind, default=inspect.Parameter.empty if _is_open(spec) else spec)
                                       for name, kind, spec in parameters], __validate_parameters__=False)
        try:
            bound = signature.bind(*args, **kwargs).arguments
            return [tensor for name, _, spec in parameters for tensor in _cast(bound.get(name, spec), spec)]
        except (TypeError, ValueError) as error:
            raise TypeError(f"Binding inputs to tf.function failed due to `{error}`. Received args: {args} and kwargs: {kwargs} "
                            f"for signature: {self.function_type}.") from None

    def _bind_flat(self, args: tuple, kwargs: dict) -> list:
        """The same by the names of the inputs."""
        names = [t.op.name for t in self.inputs]
        values = dict(zip(names, args))
        if len(args) > len(names):
            raise TypeError(f"{self.name} takes {len(names)} tensors, got {len(args)}")
        for name, value in kwargs.items():
            if name not in names or name in values:
                raise TypeError(f"{self.name}({', '.join(names)}) got an unexpected or repeated argument {name!r}")
            values[name] = value
        missing = [name for name in names if name not in values]
        if missing:
            raise TypeError(f"{self.name}({', '.join(names)}) missing required arguments: {', '.join(missing)}")
        for i, name in enumerate(names):
            if not isinstance(values[name], (Tensor, Variable)) and not is_array(values[name]):
                raise TypeError(f"{self.name} takes tensors; its argument {i}, {name!r}, is {values[name]!r}")
        return [values[name] for name in names]

    def _find(self, args: tuple, kwargs: dict) -> list:
        try:
            return self._bind(args, kwargs)
        except TypeError as error:
            try:
                return self._bind_flat(args, kwargs)
            except TypeError as flat_error:
                raise TypeError(f"{error}\nFallback to flat signature also failed due to: {flat_error}") from None

    def _call_any(self, *args, **kwargs):
        """Arguments like those of the function, or tensors in the order of the inputs, or by their names."""
        flat = []
        for value, tensor in zip(self._find(args, kwargs), self.inputs):
            value = convert_to_tensor(value, None if isinstance(value, (Tensor, Variable)) else tensor.dtype)
            if value.dtype != tensor.dtype or not tensor.shape.is_compatible_with(value.shape):
                raise _incompatible(self, tensor, value)
            flat.append(value)
        outer = _lockstep.watched()
        if outer:
            _lockstep.call_begin(CALL_FUNCTION, self.name, None, None)
        else:
            self.remember(args, kwargs, self._function, self._form) if self._keeps_order(kwargs) else None
        try:
            return self._call_flat(flat)
        finally:
            if outer:
                _lockstep.call_end()

    def _keeps_order(self, kwargs: dict) -> bool:
        """Do the keywords stand in the order of the inputs?"""
        known = {name: i for i, name in enumerate([*self._argument_names, *[t.op.name for t in self.inputs]])}
        places = [known[name] for name in kwargs]
        return places == sorted(places)

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


def _is_open(spec) -> bool:
    """Is a value to be given for it?"""
    return any(isinstance(leaf, TensorSpec) or components(leaf) is not None for leaf in nest.flatten(spec))


def _cast(value, spec) -> list:
    """The tensors of a value that is given for a spec, or has to be the Python value that was traced."""
    if nest.is_nested(spec):
        if not nest.is_nested(value) or type(spec) is not type(value):
            raise TypeError(f"Can not cast {value!r} to {type(spec).__name__ if not isinstance(spec, dict) else 'a Dict'}")
        nest.assert_same_structure(spec, value)
        return [tensor for s, v in zip(nest.flatten(spec), nest.flatten(value)) for tensor in _cast(v, s)]
    if components(spec) is not None:
        if components(value) is None or len(components(value)) != len(components(spec)):
            raise TypeError(f"Can not cast {value!r} to {spec!r}")
        return components(value)
    if isinstance(spec, TensorSpec):
        if nest.is_nested(value) and not isinstance(value, (list, tuple)):
            raise TypeError(f"Can not cast {value!r} to {spec!r}")
        return [value]
    if isinstance(spec, Weak):
        if value is not spec and not spec.is_for(value):
            raise TypeError(f"Can not cast {value!r} to {spec!r} that was traced")
    elif value is not spec and (isinstance(value, (Tensor, Variable)) or value != spec):
        raise TypeError(f"Can not cast {value!r} to {_Literal(spec)!r}")
    return []


class _Literal:
    """Of a trace's type: a Python value."""

    def __init__(self, value):
        self._value = value

    def __repr__(self) -> str:
        return f"Literal[{self._value!r}]"


class _Items:
    """Of a trace's type: a structure."""

    def __init__(self, value):
        self._value = value

    def __repr__(self) -> str:
        if isinstance(self._value, dict):
            return f"Dict[{', '.join(f'[{k!r}, {_type_of(v)!r}]' for k, v in self._value.items())}]"
        kind = "List" if isinstance(self._value, list) else "Tuple"
        return f"{kind}[{', '.join(repr(_type_of(v)) for v in self._value)}]"


def _type_of(value):
    if nest.is_nested(value):
        return _Items(value)
    if isinstance(value, (Tensor, TensorSpec)):
        return TensorSpec(value.shape, value.dtype)
    return getattr(value, "_type_spec", value) if components(value) is not None else _Literal(value)


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


_LEAF = object()


class _Composite:
    """In a result's form, a value made of several tensors."""

    def __init__(self, value, n: int):
        self.spec, self.n = value._type_spec, n


def form_of(value: Any, tensors: list):
    """A result's form, with _LEAF for each tensor, which goes to tensors."""
    if value is None:
        return None
    if nest.is_nested(value):
        return nest._rebuild(value, [form_of(child, tensors) for child in nest._children(value)])
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
