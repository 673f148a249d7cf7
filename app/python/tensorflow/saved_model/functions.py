# SPDX-License-Identifier: MIT
"""Functions of a SavedModel: chosen by their arguments among the traces that were saved."""
from __future__ import annotations

from _lockstep import Tensor

from .. import nest
from ..eager.def_function import ConcreteFunction
from ..eager.signature import components
from ..framework.errors import UnimplementedError
from ..framework.lazy import inspect, is_array
from ..framework.ops import convert_to_tensor
from ..framework.tensor_spec import TensorSpec
from ..ops.variables import Variable
from .structure import decode


def restored_concrete(loading, name: str) -> ConcreteFunction:
    (args, kwargs), outputs = loading.signature_of(name)
    captures = loading.captures_of(name)
    specs = [spec for leaf in nest.flatten([list(args), kwargs]) for spec in _specs_of(leaf)]
    first = len(loading.functions.definitions[name].signature.input_arg) - len(captures)
    graph, inputs, found = loading.functions.trace(name, dict(enumerate(captures, first)), [s.shape for s in specs])
    left = iter(found)
    result = nest.map_structure(lambda leaf: _result_of(leaf, left), outputs)
    names = _names(args, kwargs, inputs)
    made = ConcreteFunction.of_result(name, graph, inputs, result, args, kwargs, names)
    made._keeps = loading.objects
    return made


def _specs_of(leaf) -> list:
    return (components(leaf) or [leaf]) if isinstance(leaf, TensorSpec) or components(leaf) is not None else []


def _result_of(leaf, left):
    if isinstance(leaf, TensorSpec):
        return next(left)
    parts = components(leaf) if hasattr(leaf, "_component_specs") else None
    return leaf if parts is None else leaf._from_components([next(left) for _ in parts])


def _names(args, kwargs, inputs: list) -> list:
    """A name for each argument."""
    names, left = [], iter(inputs)
    for i, arg in enumerate(args):
        own = [next(left, None) for leaf in nest.flatten(arg) for _ in _specs_of(leaf)]
        spec = arg if isinstance(arg, TensorSpec) else None
        names.append((spec.name if spec is not None and spec.name else None) or (own[0].op.name if own else f"arg_{i}"))
    return names + list(kwargs)


class Unavailable:
    """A function with something in it that is not known here; the others of its model can be called."""

    def __init__(self, name: str, error: Exception):
        self.name, self._error = name, error

    def __call__(self, *args, **kwargs):
        raise self._error

    def _trackable_children(self) -> dict:
        return {}


def bare(loading, saved) -> ConcreteFunction:
    """A signature, or another concrete function by itself."""
    try:
        made = loading.concrete(saved.concrete_function_name)
    except UnimplementedError as error:
        return Unavailable(saved.concrete_function_name, error)
    (args, kwargs), _ = loading.signature_of(saved.concrete_function_name)
    if not args and not kwargs and saved.argument_keywords:
        made._argument_names = list(saved.argument_keywords)
    return made


class RestoredFunction:
    """A tf.function that was saved: it has the traces that it had then, and makes no new ones."""

    def __init__(self, loading, saved):
        self._loading, self._names = loading, list(saved.concrete_functions)
        self._spec = saved.function_spec
        full = decode(saved.function_spec.fullargspec)
        self._parameters = _parameters(full, saved.function_spec.is_method)
        self.__name__ = self._names[0] if self._names else "function"
        self._known: list = []

    @property
    def concrete_functions(self) -> list:
        return [self._loading.concrete(name) for name in self._names]

    _list_all_concrete_functions = _list_all_concrete_functions_for_serialization = lambda self: self.concrete_functions

    @property
    def input_signature(self):
        return decode(self._spec.input_signature)

    @property
    def _traces(self) -> dict:
        return {name: self._loading.concrete(name) for name in self._names}

    def _signatures(self) -> list:
        if not self._known:
            self._known = [(name, *self._loading.signature_of(name)[0]) for name in self._names]
        return self._known

    def _bound(self, args: tuple, kwargs: dict) -> tuple:
        """Arguments by place, with defaults; and what is only known by name."""
        bound = self._parameters.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args, bound.kwargs

    def _find(self, args: tuple, kwargs: dict):
        args, kwargs = self._bound(args, kwargs)
        for convert in (False, True):           # first as they are, then Python values as tensors
            for name, specs, keyword_specs in self._signatures():
                tensors: list = []
                if _fits([list(args), kwargs], [list(specs), keyword_specs], tensors, convert):
                    return self._loading.concrete(name), tensors
        expected = "\n\n  ".join(f"Option {i + 1}:\n    Positional arguments: {list(specs)}\n    Keyword arguments: {keywords}"
                                 for i, (_, specs, keywords) in enumerate(self._signatures()))
        raise ValueError("Could not find matching concrete function to call loaded from the SavedModel. Got:\n  Positional "
                         f"arguments: {list(args)}\n  Keyword arguments: {kwargs}\n\n Expected these arguments to match one "
                         f"of the following {len(self._names)} option(s):\n\n  {expected}")

    def __call__(self, *args, **kwargs):
        concrete, tensors = self._find(args, kwargs)
        return concrete._call_flat(tensors)

    def get_concrete_function(self, *args, **kwargs) -> ConcreteFunction:
        if not args and not kwargs and len(self._names) == 1:
            return self._loading.concrete(self._names[0])
        return self._find(args, kwargs)[0]

    def pretty_printed_concrete_signatures(self, verbose=True) -> str:
        return "\n\n".join(c.pretty_printed_signature() for c in self.concrete_functions)

    def _trackable_children(self) -> dict:
        return {}

    def __repr__(self) -> str:
        return f"<tensorflow.python.saved_model.function_deserialization.RestoredFunction object at 0x{id(self):x}>"


def _parameters(full, is_method: bool) -> inspect.Signature:
    """The parameters that a FullArgSpec speaks of."""
    kinds = inspect.Parameter
    if full is None:
        return inspect.Signature([kinds("args", kinds.VAR_POSITIONAL), kinds("kwargs", kinds.VAR_KEYWORD)])
    names, defaults = list(full.args), list(full.defaults or ())
    found = []
    for i, name in enumerate(names):
        place = i - (len(names) - len(defaults))
        default = defaults[place] if place >= 0 else kinds.empty
        found.append(kinds(name, kinds.POSITIONAL_OR_KEYWORD, default=default))
    found = found[1:] if is_method and names[:1] == ["self"] else found
    if full.varargs:
        found.append(kinds(full.varargs, kinds.VAR_POSITIONAL))
    for name in full.kwonlyargs or []:
        found.append(kinds(name, kinds.KEYWORD_ONLY, default=(full.kwonlydefaults or {}).get(name, kinds.empty)))
    if full.varkw:
        found.append(kinds(full.varkw, kinds.VAR_KEYWORD))
    return inspect.Signature(found)


def _fits(value, spec, tensors: list, convert: bool) -> bool:
    """Is value what spec asks for? Its tensors go to tensors."""
    if isinstance(spec, TensorSpec):
        return _tensor_fits(value, spec, tensors, convert)
    parts = components(spec) if hasattr(spec, "_component_specs") else None
    if parts is not None:
        if components(value) is None or not (value is spec or spec.is_compatible_with(value)):
            return False
        tensors += components(value)
        return True
    if nest.is_nested(spec):
        if not nest.is_nested(value) or isinstance(spec, dict) != isinstance(value, dict) or len(spec) != len(value):
            return False
        if isinstance(spec, dict) and set(spec) != set(value):
            return False
        return all(_fits(a, b, tensors, convert) for a, b in zip(nest._children(value), nest._children(spec)))
    if isinstance(value, (Tensor, Variable)) or is_array(value) or nest.is_nested(value):
        return False
    return type(value) is type(spec) and value == spec or value is spec


def _tensor_fits(value, spec: TensorSpec, tensors: list, convert: bool) -> bool:
    if isinstance(value, TensorSpec):
        tensors.append(value)
        return value.dtype == spec.dtype and spec.shape.is_compatible_with(value.shape)
    if not isinstance(value, (Tensor, Variable)):
        if not convert and not is_array(value):
            return False
        try:
            value = convert_to_tensor(value, spec.dtype if convert else None)
        except (TypeError, ValueError):
            return False
    value = value.read_value() if isinstance(value, Variable) else value
    tensors.append(value)
    return value.dtype == spec.dtype and spec.shape.is_compatible_with(value.shape)
