# SPDX-License-Identifier: MIT
"""How the results of map_fn are put together: tensors of one shape are stacked, others become ragged, sparse ones sparse."""
from __future__ import annotations

from typing import Callable

from ..framework import dtypes
from ..framework.errors import InvalidArgumentError
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from . import array_ops, control_flow, math_ops

_INDEX = dtypes.int64


def collector_of(asked, like):
    """asked: a dtype or spec of what the function gives, or None; like: an example."""
    if hasattr(asked, "ragged_rank"):
        return Ragged(like.dtype, asked.ragged_rank, asked.row_splits_dtype)
    if hasattr(like, "ragged_rank"):
        return Ragged(like.dtype, like.ragged_rank, like.row_splits.dtype)
    if hasattr(like, "dense_shape"):
        return Sparse(like.dtype, like.shape.rank)
    return Stacked(like, asked)


class Stacked:
    """Tensors of one shape."""

    composite = False

    def __init__(self, like, asked):
        self._dtype = like.dtype if asked is None else dtypes.as_dtype(getattr(asked, "dtype", asked))
        shape = getattr(asked, "shape", None)
        self._shape = like.shape if not isinstance(shape, TensorShape) else shape

    def join(self, values: list):
        for value in values:
            self._check(value)
        if len({tuple(v.shape.as_list()) for v in values}) > 1:
            from ..ragged import stack
            return stack(values)
        return array_ops.stack(values)

    def _check(self, value) -> None:
        if value.dtype != self._dtype:
            raise InvalidArgumentError(None, None, f"TensorArray dtype is {self._dtype.name} but Op is trying to write dtype "
                                                   f"{value.dtype.name}; fn_output_signature tells what the function gives")

    def nothing(self) -> Callable:
        shape, dtype = [n or 0 for n in self._shape] if self._shape.rank is not None else [], self._dtype
        return lambda: array_ops.zeros([0, *shape], dtype) if dtype != dtypes.string else array_ops.fill([0, *shape], "")

    def begin(self, n):
        return control_flow.new_array(self._dtype, n, self._shape)

    def write(self, array, i, value):
        self._check(value)
        return array.write(i, value)

    def end(self, array, n):
        return array.stack()


class Ragged:
    """Tensors of several lengths, or ragged ones: their values behind one another, and the lengths of all rows."""

    composite = True

    def __init__(self, dtype, rank: int, splits_dtype):
        self._dtype, self._rank, self._splits = dtype, rank, splits_dtype

    def join(self, values: list):
        from ..ragged import stack
        from ..ragged.ragged_tensor import convert_to_ragged
        stacked = stack([convert_to_ragged(v, self._rank) for v in values])
        return convert_to_ragged(stacked, self._rank + 1).with_row_splits_dtype(self._splits)

    def nothing(self) -> Callable:
        return lambda: self._of(array_ops.zeros([0], self._dtype), [array_ops.zeros([0], _INDEX)] * (self._rank + 1))

    def begin(self, n) -> list:
        unknown = TensorShape([None])
        return [control_flow.new_array(self._dtype, n, TensorShape(None)), control_flow.new_array(_INDEX, n, TensorShape([])),
                *[control_flow.new_array(_INDEX, n, unknown) for _ in range(self._rank)]]

    def write(self, arrays: list, i, value) -> list:
        from ..ragged.ragged_tensor import convert_to_ragged
        value = convert_to_ragged(value, self._rank)
        flat, inner = (value.flat_values, value.nested_row_lengths()) if self._rank else (value, ())
        outer = value.nrows() if self._rank else array_ops.shape(value)[0]
        parts = [flat, math_ops.cast(outer, _INDEX), *[math_ops.cast(n, _INDEX) for n in inner]]
        return [array.write(i, part) for array, part in zip(arrays, parts)]

    def end(self, arrays: list, n):
        return self._of(arrays[0].concat(), [arrays[1].stack(), *[a.concat() for a in arrays[2:]]])

    def _of(self, flat, lengths: list):
        from ..ragged import RaggedTensor
        lengths = [math_ops.cast(n, self._splits) for n in lengths]
        return RaggedTensor.from_nested_row_lengths(flat, lengths, validate=False)


class Sparse:
    """Sparse tensors: their indices with the row's number before them."""

    composite = True

    def __init__(self, dtype, rank: int):
        self._dtype, self._rank = dtype, rank

    def join(self, values: list):
        return type(values[0])._stacked(values)

    def nothing(self) -> Callable:
        from ..sparse import SparseTensor
        return lambda: SparseTensor(array_ops.zeros([0, self._rank + 1], _INDEX), array_ops.zeros([0], self._dtype),
                                    array_ops.zeros([self._rank + 1], _INDEX))

    def begin(self, n) -> list:
        return [control_flow.new_array(_INDEX, n, TensorShape([None, self._rank])),
                control_flow.new_array(self._dtype, n, TensorShape([None])),
                control_flow.new_array(_INDEX, n, TensorShape([])), control_flow.new_array(_INDEX, n, TensorShape([self._rank]))]

    def write(self, arrays: list, i, value) -> list:
        count = math_ops.cast(array_ops.shape(value.values)[0], _INDEX)
        return [array.write(i, part) for array, part in zip(arrays, [value.indices, value.values, count, value.dense_shape])]

    def end(self, arrays: list, n):
        from ..sparse import SparseTensor
        indices, values = arrays[0].concat(), arrays[1].concat()
        n = convert_to_tensor(n)
        rows = array_ops.repeat(array_ops.range(math_ops.cast(n, _INDEX)), arrays[2].stack())
        largest = math_ops.reduce_max(arrays[3].stack(), 0)
        shape = array_ops.concat([array_ops.reshape(math_ops.cast(n, _INDEX), [1]), largest], 0)
        return SparseTensor(array_ops.concat([rows[:, None], indices], 1), values, shape)
