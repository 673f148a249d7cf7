# SPDX-License-Identifier: MIT
"""Arguments of a tf.function: how they are bound, what makes two calls alike, and what made them differ."""
from __future__ import annotations

import abc
import weakref
from typing import Any, Callable

from _lockstep import Tensor

from .. import nest
from ..framework.lazy import inspect, is_array
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from ..framework.tensor_spec import TensorSpec, TypeSpec
from ..ops.variables import Variable

class TracingContext:
    """Handed to __tf_tracing_type__()."""


class TraceType(abc.ABC):
    """What of an argument a trace depends on; arguments with equal ones share a trace."""

    @abc.abstractmethod
    def is_subtype_of(self, other) -> bool:
        """Whether a trace for other serves this."""

    @abc.abstractmethod
    def most_specific_common_supertype(self, others):
        """The least general type that serves all; None if there is none."""

    @abc.abstractmethod
    def placeholder_value(self, placeholder_context):
        """What stands for the argument while the function is traced."""

    def to_tensors(self, value) -> list:
        return []

    def from_tensors(self, tensors):
        return self.placeholder_value(None)

    def flatten(self) -> list:
        return []

    def cast(self, value, cast_context):
        return value

    @abc.abstractmethod
    def __hash__(self) -> int: ...

    @abc.abstractmethod
    def __eq__(self, other) -> bool: ...


_context = TracingContext()


class Weak:
    """In a trace's signature, an object that the trace does not keep alive."""

    def __init__(self, value):
        self._kind, self._reference = type(value), weakref.ref(value)

    def is_for(self, value) -> bool:
        return self._reference() is value

    def __repr__(self) -> str:
        return f"<an object of {self._kind.__qualname__}>"


def _is_description(value) -> bool:
    return isinstance(value, TensorShape) or type(value).__module__ == "tensorflow.framework.dtypes"


def _kept(value):
    """What a signature has of an argument that is no tensor."""
    if isinstance(value, (*_PLAIN, type)) or _is_description(value):
        return value
    try:
        return Weak(value)
    except TypeError:
        return value


class _Identity:
    """An object that cannot be hashed, known by being itself; held weakly."""

    def __init__(self, value):
        self._reference, self._hash = weakref.ref(value), hash(id(value))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other) -> bool:
        return isinstance(other, _Identity) and self._reference() is not None and self._reference() is other._reference()



_PLAIN = (int, float, bool, str, bytes, complex, type(None))


def _parameters(function: Callable) -> list:
    """Of an op of the engine, which has no signature in Python, that it takes any."""
    try:
        return list(inspect.signature(function).parameters.values())
    except ValueError:
        kinds = inspect.Parameter
        return [kinds("args", kinds.VAR_POSITIONAL), kinds("kwargs", kinds.VAR_KEYWORD)]


class Signature:
    """A function's parameters, and the input_signature if it has one."""

    def __init__(self, function: Callable, specs):
        self.specs = None if specs is None else tuple(specs)
        if specs is not None and not all(isinstance(s, TypeSpec) or components(s) is not None for s in nest.flatten(self.specs)):
            raise TypeError(f"input_signature must be a possibly nested sequence of TensorSpec objects, got {specs!r}")
        parameters = _parameters(function)
        if getattr(function, "__lockstep_skip_self__", False):
            parameters = parameters[1:]
        self._signature = inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p
                                             in parameters])
        self.names = [p.name for p in parameters]
        self._simple = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
        self._defaults = [p.default for p in parameters]
        self.function_name = getattr(function, "__name__", "function")

    def takes_specs(self, n: int) -> bool:
        """Whether an input_signature can be given for the first n parameters."""
        parameters = list(self._signature.parameters.values())[:n]
        return all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)

    def is_default(self, i: int, keys: list) -> bool:
        """Whether a parameter was what it is if left out each time, with keys of encode()."""
        parameter = list(self._signature.parameters.values())[i]
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            return all(key in (("tuple", tuple), ("dict", ())) for key in keys)
        return parameter.default is not parameter.empty and all(key == encode(parameter.default, []) for key in keys)

    def bind(self, args: tuple, kwargs: dict, specs_allowed: bool = False) -> list:
        """A value for each parameter, in order."""
        if self._simple and not kwargs and len(args) == len(self.names):
            values = list(args)
        else:
            try:
                bound = self._signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"Binding inputs to tf.function failed due to `{error}`. Received args: "
                                f"{args} and kwargs: "
                                f"{kwargs} for signature: {self._signature}.") from None
            bound.apply_defaults()
            values = [bound.arguments[name] for name in self.names]
        if self.specs is None:
            return values
        self._check_complete()
        return self._conform(values)

    def _check_complete(self) -> None:
        """Has each argument a spec or a value of its own?"""
        kinds = inspect.Parameter
        rest = list(self._signature.parameters.values())[len(self.specs):]
        missing = [p.name for p in rest if p.default is kinds.empty and p.kind not in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)]
        if missing:
            raise TypeError(f"input_signature missing type constraint for {', '.join(missing)}: give each argument of "
                            f"{self.function_name}() a TensorSpec, or a default")

    def keeps_order(self, args: tuple, kwargs: dict) -> bool:
        """Do the keywords stand in the order in which the parameters take them?"""
        kinds = {p.name: p.kind for p in self._signature.parameters.values()}
        named, last = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY), len(self.names)
        places = [(self.names.index(k), "") if kinds.get(k) in named else (last, k) for k in kwargs]
        return places == sorted(places)

    def _conform(self, values: list) -> list:
        """The arguments as input_signature wants them."""
        values = list(values)
        kinds = [p.kind for p in self._signature.parameters.values()]
        specs = list(self.specs)
        for i, kind in enumerate(kinds):
            if not specs:
                break
            if kind is inspect.Parameter.VAR_POSITIONAL:
                n = min(len(specs), len(values[i]))
                values[i] = (*map(self._conform_one, specs[:n], values[i]), *values[i][n:])
                del specs[:n]
            elif kind is not inspect.Parameter.VAR_KEYWORD:
                values[i] = self._conform_one(specs.pop(0), values[i])
        return values

    def _conform_one(self, spec, value):
        return nest.map_structure(self._conform_leaf, spec, value) if nest.is_nested(spec) else self._conform_leaf(spec, value)

    def _conform_leaf(self, spec, value):
        if isinstance(value, TensorSpec) and isinstance(spec, TensorSpec):
            if value.dtype != spec.dtype or not spec.shape.is_compatible_with(value.shape):
                raise TypeError(f"Binding inputs to tf.function failed due to `Can not cast {value} to {spec}`.")
            return value
        if components(spec) is not None:
            if value is not spec and not (components(value) is not None and spec.is_compatible_with(value)):
                raise TypeError(f"Binding inputs to tf.function failed: can not cast {value!r} to {spec}.")
            return value
        if not isinstance(value, (Tensor, Variable)):
            try:
                value = convert_to_tensor(value, spec.dtype)
            except (TypeError, ValueError):
                raise TypeError(f"Binding inputs to tf.function failed: can not cast {value!r} to "
                                f"{spec}.") from None
        if isinstance(value, Variable):
            value = value.read_value()
        if value.dtype != spec.dtype or not spec.shape.is_compatible_with(value.shape):
            raise TypeError(f"Binding inputs to tf.function failed due to `Can not cast "
                            f"TensorSpec(shape={value.shape}, "
                            f"dtype={value.dtype!r}, name=None) to {spec}`. Received args: ({value!r},) and "
                            f"kwargs: {{}} for "
                            f"signature: {self._signature}.")
        return value

    def unbind(self, values: list, placeholders) -> tuple:
        """Arguments for the Python function, with placeholders for tensors."""
        filled = [_substitute(value, placeholders) for value in values]
        args, kwargs = [], {}
        for parameter, value in zip(self._signature.parameters.values(), filled):
            if parameter.kind is parameter.VAR_POSITIONAL:
                args += value
            elif parameter.kind is parameter.VAR_KEYWORD:
                kwargs.update(value)
            elif parameter.kind is parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = value
            else:
                args.append(value)
        return args, kwargs

    def argument_names(self, values: list) -> tuple[list, list]:
        """A name for each argument of a trace, those of *args numbered; and of these alone."""
        names, numbered = [], []
        for parameter, value in zip(self._signature.parameters.values(), values):
            if parameter.kind is parameter.VAR_POSITIONAL:
                numbered = [f"{parameter.name}_{i}" for i in range(len(value))]
                names += numbered
            elif parameter.kind is parameter.VAR_KEYWORD:
                names += nest._keys(value)
            else:
                names.append(parameter.name)
        return names, numbered

    def leaf_names(self, values: list) -> list:
        """A name for each tensor among the arguments."""
        parts = []
        for parameter, value in zip(self._signature.parameters.values(), values):
            if parameter.kind is parameter.VAR_POSITIONAL:
                parts += [(f"{parameter.name}_{i}", v) for i, v in enumerate(value)]
            elif parameter.kind is parameter.VAR_KEYWORD:
                parts += [(key, value[key]) for key in nest._keys(value)]
            else:
                parts.append((parameter.name, value))
        names = []
        for name, value in parts:
            count = sum(_n_tensors(leaf) for leaf in nest.flatten(value))
            names += [name if i == 0 else f"{name}_{i}" for i in range(count)]
        return names

    def spec_structure(self, values: list, specs: list) -> tuple:
        """The arguments with TensorSpecs for tensors: (positional, by keyword)."""
        left = iter(specs)
        names = iter(self.leaf_names(values))

        def leaf(value):
            parts = components(value)
            if parts is not None:
                for _ in parts:
                    next(left), next(names, None)
                return getattr(value, "_type_spec", value)
            if not _is_tensor(value):
                return _kept(value)
            spec = next(left)
            return TensorSpec(spec.shape, spec.dtype, spec.name or next(names, None))
        args, kwargs = [], {}
        for parameter, value in zip(self._signature.parameters.values(), values):
            mapped = nest.map_structure(leaf, value)
            if parameter.kind is parameter.VAR_POSITIONAL:
                args += mapped
            elif parameter.kind is parameter.VAR_KEYWORD:
                kwargs.update((key, mapped[key]) for key in nest._keys(mapped))
            elif parameter.kind is parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = mapped
            else:
                args.append(mapped)
        return tuple(args), kwargs


def components(value) -> list | None:
    """The tensors, or their specs, that a composite tensor, or its spec, is made of; None for anything else."""
    if hasattr(value, "_component_specs"):
        return value._component_specs()
    return value._to_components() if hasattr(value, "_to_components") and hasattr(value, "_type_spec") else None


def _n_tensors(value) -> int:
    """How many tensors a leaf stands for."""
    parts = components(value)
    return int(_is_tensor(value)) if parts is None else len(parts)


def _is_tensor(value) -> bool:
    return isinstance(value, (Tensor, TensorSpec)) or is_array(value)


def _substitute(value, placeholders):
    if _is_tensor(value):
        return next(placeholders)
    if nest.is_nested(value):
        return nest._rebuild(value, [_substitute(child, placeholders) for child in nest._children(value)])
    parts = components(value)
    if parts is not None:
        return value._from_components([next(placeholders) for _ in parts])
    if hasattr(type(value), "__tf_tracing_type__"):
        return value.__tf_tracing_type__(_context).placeholder_value(_context)
    return value


def encode(value: Any, tensors: list):
    """A hashable key of all that the trace may depend on; the tensors themselves go to tensors."""
    if isinstance(value, list):
        return ("list", *[encode(v, tensors) for v in value])
    if isinstance(value, Tensor):
        tensors.append(value)
        return "tensor", value.dtype.as_datatype_enum, value.shape._dims
    if isinstance(value, _PLAIN):
        return "value", type(value), value
    if isinstance(value, tuple):
        return ("tuple", type(value), *[encode(v, tensors) for v in value])
    if nest.is_nested(value):
        return ("dict", tuple(nest._keys(value)), *[encode(value[k], tensors) for k in nest._keys(value)])
    if is_array(value):
        return encode(convert_to_tensor(value), tensors)
    if isinstance(value, TensorSpec):
        tensors.append(value)
        return "tensor", value.dtype.as_datatype_enum, value.shape._dims
    parts = components(value)
    if parts is not None:
        tensors.extend(parts)
        spec = getattr(value, "_type_spec", value)
        return "composite", type(spec).__name__, spec._key(), tuple(p.shape._dims for p in parts)
    return _encode_object(value)


def _encode_object(value):
    if isinstance(value, Variable):
        return "object", "Variable", _Identity(value)
    if isinstance(value, type) or _is_description(value):
        return "value", type(value), value
    if hasattr(type(value), "__tf_tracing_type__"):
        return "object", type(value).__name__, value.__tf_tracing_type__(_context)
    try:
        reference = weakref.ref(value)
    except TypeError:
        return "object", type(value).__name__, id(value)
    try:
        hash(reference)
    except TypeError:
        reference = _Identity(value)
    return "object", type(value).__name__, reference
