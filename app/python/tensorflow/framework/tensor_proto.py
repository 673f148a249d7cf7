# SPDX-License-Identifier: MIT
"""Tensors and shapes as protobuf messages: tf.make_tensor_proto, tf.make_ndarray."""
from __future__ import annotations

import _lockstep

from . import dtypes
from .lazy import np
from .message import Message, message_class
from .ops import convert_to_tensor
from .tensor_shape import TensorShape, as_shape

_LISTS = {"float16": "half_val", "bfloat16": "half_val", "float32": "float_val", "float64": "double_val", "int64": "int64_val",
          "bool": "bool_val", "uint32": "uint32_val", "uint64": "uint64_val", "complex64": "scomplex_val",
          "complex128": "dcomplex_val", "string": "string_val"}


def shape_proto(shape) -> Message:
    shape = as_shape(shape)
    if shape.rank is None:
        return message_class("TensorShapeProto")(unknown_rank=True)
    return message_class("TensorShapeProto")(dim=[{"size": -1 if n is None else n} for n in shape.as_list()])


def shape_of(proto) -> TensorShape:
    if proto.unknown_rank:
        return TensorShape(None)
    return TensorShape([None if d.size < 0 else d.size for d in proto.dim])


def raw_bytes(tensor) -> bytes:
    """The elements of a tensor of numbers, little-endian."""
    return _lockstep.tensor_bytes(tensor)


def of_bytes(data: bytes, dtype, shape):
    """The tensor of such bytes."""
    return _lockstep.tensor_of_bytes(data, dtype, shape)


def proto_of(tensor) -> Message:
    """A tensor with a value as a TensorProto."""
    proto = message_class("TensorProto")(dtype=tensor.dtype.as_datatype_enum, tensor_shape=shape_proto(tensor.shape))
    if tensor.dtype == dtypes.string:
        proto.string_val = list(np.asarray(tensor.numpy(), object).reshape(-1))
    elif tensor.shape.rank == 0 and tensor.dtype.name in ("float32", "float64", "bool", "int64"):
        setattr(proto, _LISTS[tensor.dtype.name], [tensor.numpy().item()])
    elif tensor.shape.rank == 0 and tensor.dtype.name in ("int32", "int16", "int8", "uint8", "uint16"):
        proto.int_val = [tensor.numpy().item()]
    else:
        proto.tensor_content = raw_bytes(tensor)
    return proto


def tensor_of(proto):
    """The tensor of a TensorProto."""
    dtype, shape = dtypes.as_dtype(proto.dtype), shape_of(proto.tensor_shape)
    n = shape.num_elements()
    if n is None:
        raise ValueError(f"a tensor's shape must be known, and this one's is {shape}")
    if proto.tensor_content:
        return of_bytes(proto.tensor_content, dtype, shape)
    values = list(getattr(proto, _LISTS.get(dtype.name, "int_val")))
    if dtype.name.startswith("complex"):
        values = [complex(a, b) for a, b in zip(values[::2], values[1::2])]
    values += [values[-1] if values else (b"" if dtype == dtypes.string else 0)] * (n - len(values))
    if dtype == dtypes.string:
        array = np.empty(n, object)
        array[:] = values[:n]
        return _lockstep.value(array.reshape(shape.as_list()), dtype)
    if dtype.name in ("float16", "bfloat16"):
        return of_bytes(np.array(values[:n], np.uint16).tobytes(), dtype, shape)
    return of_bytes(np.array(values[:n], dtype.as_numpy_dtype).tobytes(), dtype, shape)


def make_tensor_proto(values, dtype=None, shape=None, verify_shape=False, allow_broadcast=False) -> Message:
    tensor = convert_to_tensor(values, dtype)
    return proto_of(tensor if shape is None else _lockstep.ops["Reshape"](tensor, list(shape)))


def make_ndarray(tensor):
    """The array of a TensorProto."""
    return tensor_of(tensor).numpy()
