# SPDX-License-Identifier: MIT
"""Nests of tensor specs and Python values as StructuredValue messages, and back."""
from __future__ import annotations

import collections

from ..framework import dtypes
from ..framework.message import message_class
from ..framework.tensor_proto import shape_of, shape_proto
from ..framework.tensor_shape import TensorShape
from ..framework.tensor_spec import TensorSpec

_Value = message_class("StructuredValue")
_RAGGED, _SPARSE = 3, 1         # numbers of type specs


def encode(value):
    if value is None:
        return _Value(none_value={})
    for kind, field in ((bool, "bool_value"), (int, "int64_value"), (float, "float64_value"), (str, "string_value")):
        if isinstance(value, kind):
            return _Value(**{field: value})
    if isinstance(value, TensorSpec):
        return _Value(tensor_spec_value={"name": value.name or "", "shape": shape_proto(value.shape),
                                         "dtype": value.dtype.as_datatype_enum})
    if isinstance(value, TensorShape):
        return _Value(tensor_shape_value=shape_proto(value))
    if isinstance(value, dtypes.DType):
        return _Value(tensor_dtype_value=value.as_datatype_enum)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _Value(named_tuple_value={"name": type(value).__name__,
                                         "values": [{"key": k, "value": encode(v)} for k, v in zip(value._fields, value)]})
    if isinstance(value, (list, tuple)):
        field = "list_value" if isinstance(value, list) else "tuple_value"
        return _Value(**{field: {"values": [encode(v) for v in value]}})
    if isinstance(value, collections.abc.Mapping):
        made = _Value(dict_value={})
        for key, item in value.items():
            made.dict_value.fields[str(key)] = encode(item)
        return made
    if hasattr(value, "_component_specs"):
        return _composite(value)
    raise NotImplementedError(f"No encoder for object {value!r} of type {type(value)}.")


def _composite(spec):
    """The spec of a ragged or sparse tensor."""
    sparse = type(spec).__name__.startswith("Sparse")
    state = [TensorShape(spec.shape), spec.dtype]
    if not sparse:
        state += [spec.ragged_rank, spec.row_splits_dtype]
    return _Value(type_spec_value={"type_spec_class": _SPARSE if sparse else _RAGGED, "type_state": encode(tuple(state)),
                                   "type_spec_class_name": type(spec).__name__,
                                   "num_flat_components": len(spec._component_specs())})


def decode(message):
    kind = message.WhichOneof("kind")
    if kind in (None, "none_value"):
        return None
    value = getattr(message, kind)
    if kind == "tensor_spec_value":
        return TensorSpec(shape_of(value.shape), dtypes.as_dtype(value.dtype), value.name or None)
    if kind == "tensor_shape_value":
        return shape_of(value)
    if kind == "tensor_dtype_value":
        return dtypes.as_dtype(value)
    if kind == "list_value":
        return [decode(v) for v in value.values]
    if kind == "tuple_value":
        return tuple(decode(v) for v in value.values)
    if kind == "dict_value":
        return {key: decode(v) for key, v in value.fields.items()}
    if kind == "named_tuple_value":
        fields = [pair.key for pair in value.values]
        return collections.namedtuple(value.name or "Tuple", fields)(*[decode(pair.value) for pair in value.values])
    if kind == "type_spec_value":
        return _composite_of(value)
    return value


def _composite_of(value):
    state = decode(value.type_state)
    if value.type_spec_class == _RAGGED:
        from ..ragged import RaggedTensorSpec
        return RaggedTensorSpec(*state[:4])
    if value.type_spec_class == _SPARSE:
        from ..sparse import SparseTensorSpec
        return SparseTensorSpec(*state[:2])
    raise NotImplementedError(f"a {value.type_spec_class_name or value.type_spec_class} is not read")
