# SPDX-License-Identifier: MIT
"""tf.sparse"""
from __future__ import annotations

import numpy as np

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from .sparse_tensor import SparseTensor, SparseTensorSpec, SparseTensorValue, convert, nothing

_ops = _lockstep.ops
_parts = SparseTensor._to_components


# ---- making ----

def from_dense(tensor, name=None) -> SparseTensor:
    """The elements that are not zero."""
    tensor = convert_to_tensor(tensor)
    zero = convert_to_tensor(nothing(tensor.dtype), tensor.dtype)
    indices = _ops["Where"](_ops["NotEqual"](tensor, zero))
    return SparseTensor(indices, _ops["GatherNd"](tensor, indices), _ops["Shape"](tensor, dtypes.int64))


def eye(num_rows, num_columns=None, dtype=dtypes.float32, name=None) -> SparseTensor:
    """Ones on the diagonal."""
    num_columns = num_rows if num_columns is None else num_columns
    n = convert_to_tensor(num_rows, dtypes.int64), convert_to_tensor(num_columns, dtypes.int64)
    size = _ops["Minimum"](*n)
    places = _ops["Range"](convert_to_tensor(0, dtypes.int64), size, convert_to_tensor(1, dtypes.int64))
    ones = _ops["Fill"](_ops["Reshape"](size, [1]), convert_to_tensor(1, dtype))
    return SparseTensor(_ops["Pack"]([places, places], 1), ones, _ops["Pack"](list(n)))


# ---- to dense ----

def to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """The values where they are, the default elsewhere."""
    sp_input = convert(sp_input)
    default = nothing(sp_input.dtype) if default_value is None else default_value
    default = convert_to_tensor(default, sp_input.dtype)
    dense = _ops["SparseToDense"](sp_input.indices, sp_input.dense_shape, sp_input.values, default, validate_indices, name)
    if not isinstance(dense, _lockstep.EagerTensor) and sp_input.shape.rank is not None and dense.shape.rank is None:
        from ..ops.array_ops import ensure_shape
        dense = ensure_shape(dense, sp_input.shape)
    return dense


def to_indicator(sp_input, vocab_size, name=None):
    """Whether each number below vocab_size is among the values of each row."""
    sp_input = convert(sp_input)
    ones = sp_input.with_values(_ops["Fill"](_ops["Shape"](sp_input.values), True))
    columns = _ops["Cast"](sp_input.values, dtypes.int64)
    indices = _ops["ConcatV2"]([sp_input.indices[:, :-1], _ops["ExpandDims"](columns, 1)], 1)
    shape = _ops["ConcatV2"]([sp_input.dense_shape[:-1], [vocab_size]], 0)
    return to_dense(SparseTensor(indices, ones.values, shape), False, validate_indices=False)


# ---- order and form ----

def reorder(sp_input, name=None) -> SparseTensor:
    """With its indices in order."""
    sp_input = convert(sp_input)
    indices, values = _ops["SparseReorder"](*_parts(sp_input))
    return _keeping_shape(SparseTensor(indices, values, sp_input.dense_shape), sp_input)


def _keeping_shape(made: SparseTensor, like: SparseTensor) -> SparseTensor:
    if like.shape.rank is not None and _lockstep.constant_value(made.dense_shape) is None:
        made.set_shape(like.shape)
    return made


def reshape(sp_input, shape, name=None) -> SparseTensor:
    sp_input = convert(sp_input)
    shape = convert_to_tensor(shape, dtypes.int64) if not hasattr(shape, "dtype") else _ops["Cast"](shape, dtypes.int64)
    indices, new_shape = _ops["SparseReshape"](sp_input.indices, sp_input.dense_shape, shape)
    made = SparseTensor(indices, sp_input.values, new_shape)
    known = _lockstep.constant_value(shape)
    if known is not None and _lockstep.constant_value(new_shape) is None:
        made.set_shape([None if n < 0 else n for n in known.numpy().tolist()])
    return made


def transpose(sp_input, perm=None, name=None) -> SparseTensor:
    sp_input = convert(sp_input)
    if perm is None:
        perm = list(range(sp_input.shape.rank))[::-1]
    indices = _ops["GatherV2"](sp_input.indices, perm, 1)
    return reorder(SparseTensor(indices, sp_input.values, _ops["GatherV2"](sp_input.dense_shape, perm, 0)))


def concat(axis, sp_inputs, expand_nonconcat_dims=False, name=None, **kwargs) -> SparseTensor:
    """One after another along the axis."""
    expand = expand_nonconcat_dims or kwargs.get("expand_nonconcat_dim", False)
    inputs = [convert(x) for x in sp_inputs]
    if len(inputs) == 1:
        return inputs[0]
    shapes = [x.dense_shape for x in inputs]
    if expand:
        rank = inputs[0].shape.rank
        largest = _ops["Max"](_ops["Pack"](shapes), [0])
        along = _ops["Equal"](_ops["Range"](0, rank, 1), axis % rank)
        shapes = [_ops["SelectV2"](along, s, largest) for s in shapes]
    return SparseTensor(*_ops["SparseConcat"]([x.indices for x in inputs], [x.values for x in inputs], shapes, int(axis)))


def slice(sp_input, start, size, name=None) -> SparseTensor:  # noqa: A001
    """The part of this size that begins at start."""
    start, size = convert_to_tensor(start, dtypes.int64), convert_to_tensor(size, dtypes.int64)
    return SparseTensor(*_ops["SparseSlice"](*_parts(convert(sp_input)), start, size))


def split(sp_input=None, num_split=None, axis=None, name=None) -> list:
    """That many parts along the axis, the first ones larger where it does not divide."""
    sp_input = convert(sp_input)
    shape = sp_input.shape.as_list()
    axis = axis % len(shape)
    each, extra = divmod(shape[axis], num_split)
    parts, begin = [], 0
    for i in range(num_split):
        n = each + (i < extra)
        start, size = [0] * len(shape), list(shape)
        start[axis], size[axis] = begin, n
        parts.append(slice(sp_input, start, size))
        begin += n
    return parts


def expand_dims(sp_input, axis=None, name=None) -> SparseTensor:
    sp_input = convert(sp_input)
    rank = sp_input.shape.rank
    axis = -1 if axis is None else axis
    if not -rank - 1 <= axis <= rank:
        raise ValueError(f"axis must be in [{-rank - 1}, {rank}], got {axis}")
    axis = axis + rank + 1 if axis < 0 else axis
    column = _ops["ZerosLike"](sp_input.indices[:, :1])
    indices = _ops["ConcatV2"]([sp_input.indices[:, :axis], column, sp_input.indices[:, axis:]], 1)
    one = convert_to_tensor([1], dtypes.int64)
    return SparseTensor(indices, sp_input.values,
                        _ops["ConcatV2"]([sp_input.dense_shape[:axis], one, sp_input.dense_shape[axis:]], 0))


def reset_shape(sp_input, new_shape=None) -> SparseTensor:
    """The same entries in another bounding shape."""
    sp_input = convert(sp_input)
    if new_shape is None:
        new_shape = _ops["Max"](sp_input.indices, [0]) + 1
    return SparseTensor(sp_input.indices, sp_input.values, new_shape)


# ---- entries ----

def retain(sp_input, to_retain) -> SparseTensor:
    """The entries for which to_retain holds."""
    sp_input = convert(sp_input)
    kept = _ops["Squeeze"](_ops["Where"](convert_to_tensor(to_retain)), [1])
    return SparseTensor(_ops["GatherV2"](sp_input.indices, kept, 0), _ops["GatherV2"](sp_input.values, kept, 0),
                        sp_input.dense_shape)


def fill_empty_rows(sp_input, default_value, name=None):
    """(with an entry in each row, which rows were empty)"""
    sp_input = convert(sp_input)
    default = convert_to_tensor(default_value, sp_input.dtype)
    indices, values, empty, _ = _ops["SparseFillEmptyRows"](*_parts(sp_input), default)
    return SparseTensor(indices, values, sp_input.dense_shape), empty


def mask(a, mask_indices, name=None):
    """IndexedSlices without these slices."""
    from ..ops.array_ops import boolean_mask
    indices = a.indices
    keep = _ops["LogicalNot"](_ops["Any"](_ops["Equal"](_ops["ExpandDims"](indices, 1), mask_indices), [1]))
    return type(a)(boolean_mask(a.values, keep), boolean_mask(indices, keep), a.dense_shape)


def map_values(op, *args, **kwargs) -> SparseTensor:
    """op of the values alone."""
    found = [a for a in [*args, *kwargs.values()] if isinstance(a, SparseTensor)]
    if not found:
        raise ValueError("No SparseTensor in argument list of map_values")

    def values(a):
        return a.values if isinstance(a, SparseTensor) else a
    return found[0].with_values(op(*[values(a) for a in args], **{k: values(a) for k, a in kwargs.items()}))


# ---- arithmetic ----

def add(a, b, threshold=0):
    """Of two sparse tensors a sparse one, without what is below the threshold; with a dense one dense."""
    if not isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if isinstance(a, SparseTensor) and isinstance(b, SparseTensor):
        real = a.dtype.real_dtype if hasattr(a.dtype, "real_dtype") else a.dtype
        return SparseTensor(*_ops["SparseAdd"](*_parts(a), *_parts(b), convert_to_tensor(threshold, real)))
    sparse, dense = (a, b) if isinstance(a, SparseTensor) else (b, a)
    return _ops["SparseTensorDenseAdd"](*_parts(sparse), convert_to_tensor(dense, dtype_hint=sparse.dtype))


def sparse_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """sp_a · b; either may be the sparse one."""
    if isinstance(b, SparseTensor) and isinstance(sp_a, SparseTensor):
        raise ValueError("one of the two matrices has to be dense")
    if isinstance(b, SparseTensor):
        product = _matmul(b, sp_a, not adjoint_b, not adjoint_a)
        return _ops["Transpose"](product, [1, 0])
    return _matmul(convert(sp_a), b, adjoint_a, adjoint_b)


def _matmul(a, b, adjoint_a, adjoint_b):
    b = convert_to_tensor(b, dtype_hint=a.dtype)
    return _ops["SparseTensorDenseMatMul"](*_parts(a), b, adjoint_a, adjoint_b)


def _cwise(name: str):
    def of(sparse, dense):
        dense = convert_to_tensor(dense, dtype_hint=sparse.dtype)
        return sparse.with_values(_ops[name](*_parts(sparse), dense))
    return of


_multiply, _divide = _cwise("SparseDenseCwiseMul"), _cwise("SparseDenseCwiseDiv")


def _pair(op_name: str):
    op = _ops[op_name]

    def of(sp_a, sp_b, name=None):
        return SparseTensor(*op(*_parts(convert(sp_a)), *_parts(convert(sp_b))), sp_a.dense_shape)
    return of


maximum, minimum = _pair("SparseSparseMaximum"), _pair("SparseSparseMinimum")


def _axes(sp_input, axis):
    return [] if axis is None else [axis] if isinstance(axis, int) else axis


def _reduction(dense: str, sparse: str):
    def of(sp_input, axis=None, keepdims=None, output_is_sparse=False, name=None):
        sp_input = convert(sp_input)
        arguments = [*_parts(sp_input), convert_to_tensor(_axes(sp_input, axis), dtypes.int32), bool(keepdims)]
        return SparseTensor(*_ops[sparse](*arguments)) if output_is_sparse else _ops[dense](*arguments)
    return of


reduce_sum = _reduction("SparseReduceSum", "SparseReduceSumSparse")
reduce_max = _reduction("SparseReduceMax", "SparseReduceMaxSparse")
reduce_sum.__doc__ = "Σ of the entries over the axes."
reduce_max.__doc__ = "The largest entry over the axes."


def softmax(sp_input, name=None) -> SparseTensor:
    """Softmax of each row's entries."""
    sp_input = convert(sp_input)
    return sp_input.with_values(_ops["SparseSoftmax"](*_parts(sp_input)))


def bincount(values, weights=None, axis=0, minlength=None, maxlength=None, binary_output=False, name=None) -> SparseTensor:
    """How often each number occurs, in all or, with axis −1, in each row."""
    ragged = hasattr(values, "value_rowids")
    if isinstance(values, SparseTensor):
        rows, numbers = values.indices[:, 0], values.values
    elif ragged:
        rows, numbers = values.value_rowids(), values.values
    else:
        values = convert_to_tensor(values)
        shape = values.shape.as_list()
        numbers = _ops["Reshape"](values, [-1])
        rows = convert_to_tensor(np.repeat(np.arange(shape[0] if len(shape) > 1 else 1), shape[-1] if shape else 1))
    return _counted(values, rows, numbers, weights, axis, minlength, maxlength, binary_output)


def _counted(values, rows, numbers, weights, axis, minlength, maxlength, binary):
    n_rows = int(values.shape[0]) if values.shape.rank == 2 else 1
    by_row = axis == -1 and values.shape.rank == 2
    weights = weights.values if hasattr(weights, "values") and not isinstance(weights, _lockstep.Tensor) else weights
    rows_, numbers_ = rows.numpy().astype(np.int64), numbers.numpy().astype(np.int64)
    given = None if weights is None else np.reshape(convert_to_tensor(weights).numpy(), -1)
    counts: dict = {}
    for k, (row, number) in enumerate(zip(rows_, numbers_)):
        if maxlength is None or number < maxlength:
            place = (int(row), int(number)) if by_row else (int(number),)
            counts[place] = 1 if binary else counts.get(place, 0) + (1 if given is None else given[k])
    length = max(int(numbers_.max(initial=-1)) + 1, minlength or 0)
    length = length if maxlength is None else min(length, maxlength)
    order = sorted(counts)
    shape = [n_rows, length] if by_row else [length]
    dtype = np.int64 if given is None else given.dtype
    return SparseTensor(np.array(order, np.int64).reshape(-1, len(shape)), np.array([counts[p] for p in order], dtype), shape)


# ---- operators, and functions that take sparse tensors as well ----

def _unary(op, value, *rest):
    return value.with_values(op(value.values, *rest))


def _refuse(op, *arguments):
    raise TypeError(f"{op.__name__} does not take a SparseTensor; use tf.sparse.map_values or tf.sparse.to_dense")


def _times(op, a, b, *rest):
    if isinstance(a, SparseTensor) and isinstance(b, SparseTensor):
        return _refuse(op)
    return _multiply(a, b) if isinstance(a, SparseTensor) else _multiply(b, a)


SparseTensor._ops = {
    **{name: _unary for name in ("Abs", "Neg", "Sign", "Square", "Sqrt", "Tanh", "Cast", "Identity", "ZerosLike", "StopGradient",
                                 "Floor", "Ceil", "Round", "Relu", "Conj", "Real", "Imag", "IsNan", "AsString", "StringLower",
                                 "StringUpper", "StringStrip", "StringLength", "StringToHashBucketFast", "StaticRegexReplace")},
    "Mul": _times, "MatMul": lambda op, a, b, transpose_a=False, transpose_b=False, *rest: sparse_dense_matmul(
        a, b, bool(transpose_a), bool(transpose_b)), "Shape": lambda op, value, *rest: value.dense_shape,
    "Size": lambda op, value, out_type=dtypes.int32, *rest: _ops["Cast"](_ops["Prod"](value.dense_shape, [0]), out_type),
    "Rank": lambda op, value, *rest: _ops["Size"](value.dense_shape),
}
SparseTensor.__mul__ = SparseTensor.__rmul__ = lambda self, other: _multiply(self, other)
SparseTensor.__truediv__ = lambda self, other: _divide(self, other)
SparseTensor.__neg__ = lambda self: map_values(_ops["Neg"], self)
SparseTensor.__abs__ = lambda self: map_values(_ops["Abs"], self)


def cross(inputs, name=None, separator=None) -> SparseTensor:
    """All combinations of a value of each input, row by row, joined."""
    separator = "_X_" if separator is None else separator
    rows = [_strings_by_row(x) for x in inputs]
    indices, values = [], []
    for i in range(len(rows[0])):
        combined = [b""]
        for k, row in enumerate(r[i] for r in rows):
            combined = [a + (separator.encode() if k else b"") + b for a in combined for b in row]
        indices += [[i, k] for k in range(len(combined))]
        values += combined
    widest = max([k + 1 for _, k in indices], default=0)
    return SparseTensor(np.array(indices, np.int64).reshape(-1, 2), values or convert_to_tensor([], dtypes.string),
                        [len(rows[0]), widest])


def _strings_by_row(value) -> list:
    if isinstance(value, SparseTensor):
        n = int(value.dense_shape[0])
        rows: list = [[] for _ in range(n)]
        for (i, _), text in zip(value.indices.numpy().tolist(), value.values.numpy().tolist()):
            rows[i].append(text)
    else:
        rows = convert_to_tensor(value).numpy().tolist()
    return [[t if isinstance(t, bytes) else str(t).encode() for t in row] for row in rows]


def from_value(value):
    return SparseTensor.from_value(value)


__all__ = ["SparseTensor", "SparseTensorSpec", "SparseTensorValue"]
