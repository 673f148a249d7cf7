# SPDX-License-Identifier: MIT
"""Variables in parts along one axis, and what decides of them."""
from __future__ import annotations

import collections.abc
import math

from ...framework import dtypes, ops
from ...framework.tensor_shape import TensorShape, as_shape
from ...ops import array_ops


class PartitionInfo:
    """Where a part lies: the shape of the whole, and the offset in it."""

    def __init__(self, full_shape, var_offset):
        for name, value in (("full_shape", full_shape), ("var_offset", var_offset)):
            if not isinstance(value, (list, tuple)):
                raise TypeError(f"`{name}` must be a sequence (like tuple or list) instead of {type(value).__name__}")
        if len(full_shape) != len(var_offset):
            raise ValueError(f"Expected equal length, but `var_offset` is of length {len(var_offset)} while full_shape is of "
                             f"length {len(full_shape)}.")
        for offset, size in zip(var_offset, full_shape):
            if offset < 0 or offset >= size:
                raise ValueError(f"Expected 0 <= offset < shape but found offset={offset}, shape={size} for var_offset={var_offset}, "
                                 f"full_shape={full_shape}")
        self._full_shape, self._var_offset = full_shape, var_offset

    full_shape = property(lambda self: self._full_shape)
    var_offset = property(lambda self: self._var_offset)

    def single_offset(self, shape) -> int:
        axis = self.single_slice_dim(shape)
        return self._var_offset[axis] if axis is not None else 0

    def single_slice_dim(self, shape):
        if not isinstance(shape, (list, tuple)):
            raise TypeError(f"`shape` must be a sequence (like tuple or list) instead of {type(shape).__name__}")
        if len(shape) != len(self._full_shape):
            raise ValueError(f"Expected equal length, but received shape={shape} of length {len(shape)} while self.full_shape="
                             f"{self._full_shape} is of length {len(self._full_shape)}.")
        for own, offset, whole in zip(shape, self._var_offset, self._full_shape):
            if offset + own > whole:
                raise ValueError(f"With self.full_shape={self._full_shape}, a partition of shape={shape} would exceed the full shape "
                                 "in dimension.")
        axes = [i for i, (own, whole) in enumerate(zip(shape, self._full_shape)) if own != whole]
        if len(axes) > 1:
            raise ValueError(f"Cannot use single_slice_dim() with shape={shape} and self.full_shape={self._full_shape} since slice "
                             f"dim could be either dimension {axes[0]} or {axes[1]}.")
        return axes[0] if axes else None


class PartitionedVariable:
    """Parts that are one variable: their concatenation."""

    def __init__(self, name, shape, dtype, variable_list, partitions):
        if not isinstance(variable_list, (list, tuple)):
            raise TypeError(f"variable_list is not a list or tuple: {variable_list}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"partitions is not a list or tuple: {partitions}")
        if not all(p >= 1 for p in partitions):
            raise ValueError(f"partition values must be positive: {partitions}")
        if not variable_list:
            raise ValueError("variable_list may not be empty")
        self._name, self._shape, self._dtype = name, as_shape(shape), dtypes.as_dtype(dtype)
        self._parts, self._partitions = list(variable_list), list(partitions)

    name = property(lambda self: self._name)
    dtype = property(lambda self: self._dtype)
    shape = property(lambda self: self._shape)

    def get_shape(self) -> TensorShape:
        return self._shape

    def __iter__(self):
        return iter(self._parts)

    def __len__(self) -> int:
        axes = self._partition_axes()
        if len(axes) > 1:
            raise ValueError(f"Cannot get a length for {len(axes)} > 1 partition axes")
        return len(self._parts)

    def _partition_axes(self) -> list:
        return [i for i, n in enumerate(self._partitions) if n > 1] or [0]

    def _get_variable_list(self) -> list:
        return self._parts

    def _get_partitions(self) -> list:
        return self._partitions

    def _concat(self):
        if len(self._parts) == 1:
            return self._parts[0]
        with ops.name_scope(self._name + "/ConcatPartitions/"):
            return array_ops.concat(self._parts, self._partition_axes()[0], name="concat")

    def as_tensor(self):
        found = self._concat()
        with ops.name_scope(None):
            return array_ops.identity(found, name=self._name)

    def __tf_tensor__(self, dtype=None, name=None):
        found = self.as_tensor()
        if dtype is not None and found.dtype != dtype:
            raise ValueError(f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
                             f"'{found.dtype.name}'")
        return found

    def assign(self, value, use_locking=False, name=None, read_value=True) -> list:
        return self._each("assign", value, read_value)

    def assign_add(self, value, use_locking=False, name=None, read_value=True) -> list:
        return self._each("assign_add", value, read_value)

    def assign_sub(self, value, use_locking=False, name=None, read_value=True) -> list:
        return self._each("assign_sub", value, read_value)

    def _each(self, method: str, value, read_value) -> list:
        if isinstance(value, (list, tuple, PartitionedVariable)):
            values = list(value)
        else:
            axis = self._partition_axes()[0]
            values = array_ops.split(value, [part.shape[axis] for part in self._parts], axis)
        done = [getattr(part, method)(v) for part, v in zip(self._parts, values)]
        return done if read_value else [getattr(d, "op", d) for d in done]

    @property
    def initializer(self) -> list:
        return [part.initializer for part in self._parts]

    def __getitem__(self, key):
        return self.as_tensor()[key]

    def eval(self, session=None):
        return self.as_tensor().eval(session=session)

    def __repr__(self) -> str:
        return f"<tf.PartitionedVariable '{self._name}' shape={self._shape} dtype={self._dtype.name} partitions={self._parts}>"


def _forwarded(name: str):
    def operator(self, *args):
        return getattr(self.as_tensor(), name)(*args)
    return operator


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "matmul", "rmatmul", "neg", "abs",
              "lt", "le", "gt", "ge"):
    setattr(PartitionedVariable, f"__{_name}__", _forwarded(f"__{_name}__"))


def divided(name: str, shape: TensorShape, dtype, partitioner) -> tuple:
    """(parts along each axis, [(offset, shape) of each part])"""
    if not shape.is_fully_defined():
        raise ValueError(f"Shape of a new partitioned variable ({name}) must be fully defined, but instead was {shape}.")
    if shape.rank < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1, shape: {shape}")
    partitions = partitioner(shape=shape, dtype=dtypes.as_dtype(dtype or "float32"))
    if not isinstance(partitions, collections.abc.Sequence):
        raise ValueError(f"Partitioner must return a sequence, but saw: {partitions}")
    if len(partitions) != shape.rank:
        raise ValueError(f"Partitioner returned a partition list that does not match the Variable's rank: {partitions} vs. {shape}")
    if any(p < 1 for p in partitions):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {partitions}")
    axes = [i for i, p in enumerate(partitions) if p > 1]
    if len(axes) > 1:
        raise ValueError(f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {partitions}")
    dims, axis = shape.as_list(), axes[0] if axes else 0
    n, pieces, begin = partitions[axis], [], 0
    for i in range(n):
        size = dims[axis] // n + (i < dims[axis] % n)
        offset, own = [0] * len(dims), list(dims)
        offset[axis], own[axis] = begin, size
        pieces.append((offset, own))
        begin += size
    return list(partitions), pieces


def fixed_size_partitioner(num_shards, axis=0):
    """So many parts along the axis."""
    def partitioner(shape, **unused):
        parts = [1] * len(shape)
        parts[axis] = min(num_shards, as_shape(shape)[axis])
        return parts
    return partitioner


def variable_axis_size_partitioner(max_shard_bytes, axis=0, bytes_per_string_element=16, max_shards=None):
    """As many parts along the axis as keep each within so many bytes."""
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError(f"Both max_shard_bytes and bytes_per_string_element must be positive. Currently, max_shard_bytes is "
                         f"{max_shard_bytes} and bytes_per_string_element is {bytes_per_string_element}")
    if max_shards and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape, dtype):
        shape = as_shape(shape)
        if shape.rank <= axis or axis < 0:
            raise ValueError(f"Cannot partition variable along axis {axis} when shape is only {shape}")
        size = bytes_per_string_element if dtypes.as_dtype(dtype) == dtypes.string else dtypes.as_dtype(dtype).size
        row = max(shape.num_elements() // max(shape[axis], 1) * size, 1)
        rows = max(1, math.floor(max_shard_bytes / row))
        n = math.ceil(shape[axis] / rows)
        parts = [1] * shape.rank
        parts[axis] = max(1, min(shape[axis], n if not max_shards else min(max_shards, n)))
        return parts
    return partitioner


def min_max_variable_partitioner(max_partitions=1, axis=0, min_slice_size=256 << 10, bytes_per_string_element=16):
    """At most so many parts, none smaller than so many bytes."""
    def partitioner(shape, dtype):
        shape = as_shape(shape)
        if axis >= shape.rank:
            raise ValueError(f"Cannot partition variable along axis {axis} when shape is only {shape}")
        size = bytes_per_string_element if dtypes.as_dtype(dtype) == dtypes.string else dtypes.as_dtype(dtype).size
        total = shape.num_elements() * size
        parts = [1] * shape.rank
        parts[axis] = max(1, min(shape[axis], max_partitions, math.ceil(total / min_slice_size)))
        return parts
    return partitioner
