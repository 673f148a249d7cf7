# SPDX-License-Identifier: MIT
"""Making, shaping, joining and picking."""
from __future__ import annotations

import builtins
import collections
import functools

import _lockstep

from ..framework import dtypes
from ..framework.ops import Tensor, convert_to_tensor, is_tensor, name_scope
from ..framework.tensor_shape import TensorShape, as_shape
from . import math_ops

_ops = _lockstep.ops
newaxis = None


def _tensor(value):
    return value if isinstance(value, Tensor) or hasattr(value,
                                                         "_keras_stand_in") else convert_to_tensor(value)


def _shape_input(shape):
    """A shape for an op: None's are not allowed, tensors among the sizes are."""
    if isinstance(shape, TensorShape):
        return shape.as_list()
    return [shape] if isinstance(shape, int) else shape


def identity(input, name=None):  # noqa: A002
    """The same value, as a tensor of its own."""
    return _ops["Identity"](input, name=name)


def stop_gradient(input, name=None):  # noqa: A002
    """The same value, through which no gradient goes."""
    return _ops["StopGradient"](input, name=name)


def shape(input, out_type=dtypes.int32, name=None):  # noqa: A002
    """The sizes of the axes, as a tensor."""
    input = _tensor(input)  # noqa: A001
    return _ops["Shape"](input, out_type, name)


def shape_n(input, out_type=dtypes.int32, name=None):  # noqa: A002
    """The shapes of several tensors."""
    return _ops["ShapeN"](list(input), out_type, name=name)


def identity_n(input, name=None):  # noqa: A002
    """The same values, as tensors of their own."""
    return list(_ops["IdentityN"](list(input), name=name))


def size(input, out_type=dtypes.int32, name=None):  # noqa: A002
    return _ops["Size"](input, out_type, name)


def rank(input, name=None):  # noqa: A002
    return _ops["Rank"](input, name=name)


def reshape(tensor, shape, name=None):
    """The same elements in another shape; one -1 is worked out."""
    if hasattr(shape, "row_partitions"):
        from ..ragged.shape import reshape as to_rows
        return to_rows(_tensor(tensor), shape, name)
    return _ops["Reshape"](tensor, _shape_input(shape), name)


def expand_dims(input, axis, name=None):  # noqa: A002
    return _ops["ExpandDims"](input, axis, name)


def squeeze(input, axis=None, name=None, squeeze_dims=None):  # noqa: A002
    axis = axis if axis is not None else squeeze_dims
    return _ops["Squeeze"](input, [] if axis is None else axis, name)


def transpose(a, perm=None, conjugate=False, name="transpose"):
    """The axes in another order; without perm, backwards."""
    a = _tensor(a)
    if perm is None:
        rank_ = a.shape.rank
        perm = list(builtins.range(rank_))[::-1] if rank_ is not None else _ops["Range"](_ops["Rank"](a) - 1, -1, -1)
    turned = _ops["Transpose"](a, perm, name)
    return math_ops.conj(turned) if conjugate and a.dtype.is_complex else turned


def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    a = _tensor(a)
    n = a.shape.rank
    if n is not None and n < 2:
        raise ValueError(f"Argument `a` should be a (batch) matrix with rank >= 2.  Received `a` = {a} with shape: {a.shape}")
    return transpose(a, list(builtins.range(n - 2)) + [n - 1, n - 2], conjugate, name=name)


def concat(values, axis, name="concat"):
    """The tensors one after another along the axis."""
    if not isinstance(values, (list, tuple)):
        values = [values]
    return identity(values[0], name) if len(values) == 1 else _ops["ConcatV2"](list(values), axis, name)


def stack(values, axis=0, name="stack"):
    """The tensors along a new axis."""
    if hasattr(values, "__tf_tensor__"):        # a list of the graph: stacked along the first
        values = _tensor(values)
        if axis == 0:
            return values
        order = list(builtins.range(1, values.shape.rank))
        order.insert(axis if axis >= 0 else axis + values.shape.rank, 0)
        return transpose(values, order)
    return _ops["Pack"](list(values), axis, name)


def unstack(value, num=None, axis=0, name="unstack"):
    """A list of what is along the axis."""
    value = _tensor(value)
    num = value.shape[axis] if num is None else num
    if num is None:
        raise ValueError(f"Cannot infer argument `num` from shape {value.shape}")
    return _ops["Unpack"](value, num, axis, name)


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """Parts along the axis: as many as a number says, or of the sizes in a list."""
    value = _tensor(value)
    if not is_tensor(num_or_size_splits) and not isinstance(num_or_size_splits, (list, tuple)) \
            and getattr(num_or_size_splits, "ndim", 0) == 0:
        return _ops["Split"](axis, value, int(num_or_size_splits), name)
    sizes = convert_to_tensor(num_or_size_splits)
    if sizes.shape.rank == 0:
        raise ValueError("Rank-0 tensors are not supported as the num_or_size_splits argument to split. Argument provided: "
                         f"{num_or_size_splits}")
    num = sizes.shape[0] if num is None else num
    if num is None:
        raise ValueError(f"Cannot infer argument `num` from shape {num_or_size_splits}")
    return _ops["SplitV"](value, sizes, axis, num, name)


def slice(input_, begin, size, name=None):  # noqa: A001
    """size elements from begin on; -1 takes the rest."""
    return _ops["Slice"](input_, begin, size, name)


def strided_slice(input_, begin, end, strides=None, begin_mask=0, end_mask=0, ellipsis_mask=0,
                  new_axis_mask=0,
                  shrink_axis_mask=0, var=None, name=None):
    """input_[begin:end:strides]"""
    strides = [1] * len(begin) if strides is None else strides
    return _ops["StridedSlice"](input_, begin, end, strides, begin_mask, end_mask, ellipsis_mask,
                                new_axis_mask,
                                shrink_axis_mask, name)


def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    """The slices of params at the indices along the axis."""
    if hasattr(params, "sparse_read") and not batch_dims and (axis is None or isinstance(axis, int) and not axis):
        return params.sparse_read(indices, name)
    return _ops["GatherV2"](_tensor(params), indices, batch_dims if axis is None else axis, batch_dims, name)


def gather_nd(params, indices, batch_dims=0, name=None):
    """The slices of params at index vectors."""
    params, indices = _tensor(params), _tensor(indices)
    if not batch_dims:
        return _ops["GatherNd"](params, indices, name=name)
    sizes = shape(indices, indices.dtype)
    places = []
    for i in builtins.range(batch_dims):
        form = [1] * indices.shape.rank
        form[i] = -1
        numbers = reshape(_ops["Range"](math_ops.cast(0, indices.dtype), sizes[i], math_ops.cast(1, indices.dtype)),
                          form)
        places.append(broadcast_to(numbers, concat([sizes[:-1], math_ops.cast([1], indices.dtype)], 0)))
    return _ops["GatherNd"](params, concat([*places, indices], -1), name=name)


def boolean_mask(tensor, mask, axis=None, name="boolean_mask"):
    """The elements where the mask is true."""
    if hasattr(tensor, "row_splits") or hasattr(mask, "row_splits"):
        from ..ragged import boolean_mask as of_rows
        return of_rows(tensor, mask)
    tensor, mask = _tensor(tensor), _tensor(mask)
    begin, n = axis or 0, mask.shape.rank
    if not n:
        raise ValueError("mask cannot be scalar.")
    covered = tensor.shape[begin:begin + n]
    if not covered.is_compatible_with(mask.shape):
        raise ValueError(f"Shapes {covered} and {mask.shape} are incompatible")
    sizes = shape(tensor)
    flat = reshape(tensor, concat([sizes[:begin], [-1], sizes[begin + n:]], 0))
    places = squeeze(_ops["Where"](reshape(mask, [-1])), [1])
    return gather(flat, places, axis=begin)


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """on_value at the index, off_value elsewhere, along a new axis."""
    for value in (on_value, off_value):
        dtype = dtype or (convert_to_tensor(value).dtype if value is not None else None)
    dtype = dtype or dtypes.float32
    on = convert_to_tensor(1 if on_value is None else on_value,
                           dtype) if dtype != dtypes.bool else convert_to_tensor(
        True if on_value is None else on_value)
    off = convert_to_tensor(0 if off_value is None else off_value,
                            dtype) if dtype != dtypes.bool else convert_to_tensor(
        False if off_value is None else off_value)
    return _ops["OneHot"](indices, depth, on, off, -1 if axis is None else axis, name)


def fill(dims, value, name=None, layout=None):
    """A tensor of one value."""
    if hasattr(dims, "row_partitions"):
        return dims.filled(lambda inner: _ops["Fill"](inner, value, name))
    return _ops["Fill"](_shape_input(dims), value, name)


def _full(shape, value, dtype, name):
    dtype = dtypes.as_dtype(dtype)
    one = convert_to_tensor({dtypes.bool: bool(value), dtypes.string: ""}.get(dtype, value), dtype)
    if isinstance(shape, (list, tuple)) and len(shape) == 0:
        return identity(one)
    if hasattr(shape, "row_partitions"):
        return fill(shape, one, name)
    return _ops["Fill"](_shape_input(shape), one, name=name)


def zeros(shape, dtype=dtypes.float32, name=None, layout=None):
    return _full(shape, 0, dtype, name or "zeros")


def ones(shape, dtype=dtypes.float32, name=None, layout=None):
    return _full(shape, 1, dtype, name or "ones")


def zeros_like(input, dtype=None, name=None, layout=None, optimize=True):  # noqa: A002
    input = _tensor(input)  # noqa: A001
    return _ops["ZerosLike"](input if dtype is None else math_ops.cast(input, dtype), name=name)


def ones_like(input, dtype=None, name=None, layout=None, optimize=True):  # noqa: A002
    input = _tensor(input)  # noqa: A001
    return _ops["OnesLike"](input if dtype is None else math_ops.cast(input, dtype), name=name)


def broadcast_to(input, shape, name=None):  # noqa: A002
    return _ops["BroadcastTo"](input, _shape_input(shape), name)


def broadcast_static_shape(shape_x, shape_y) -> TensorShape:
    """The shape of what two shapes are broadcast to."""
    a, b = as_shape(shape_x), as_shape(shape_y)
    if a.rank is None or b.rank is None:
        return TensorShape(None)
    n = max(a.rank, b.rank)
    pairs = zip([1] * (n - a.rank) + a.as_list(), [1] * (n - b.rank) + b.as_list())
    result = []
    for x, y in pairs:
        if x is not None and y is not None and x != y and 1 not in (x, y):
            raise ValueError(f"Incompatible shapes for broadcasting. Two shapes are compatible if for each dimension pair "
                             f"they are either equal or one of them is 1. Received: {a} and {b}.")
        known = [d for d in (x, y) if d not in (None, 1)]
        result.append(known[0] if known else None if None in (x, y) else 1)
    return TensorShape(result)


def broadcast_dynamic_shape(shape_x, shape_y):
    """The same of shapes that are tensors."""
    a, b = (convert_to_tensor(s) if is_tensor(s) or len(s) else convert_to_tensor(s, dtypes.int32)
            for s in (shape_x, shape_y))
    return _ops["BroadcastArgs"](a, b)


def tile(input, multiples, name=None):  # noqa: A002
    return _ops["Tile"](input, multiples, name)


def _repeat_by(input, repeats, axis):  # noqa: A002
    """Each slice along the axis as often as its own number says."""
    longest = math_ops.maximum(0, math_ops.reduce_max(repeats))
    mask = sequence_mask(broadcast_to(repeats, shape(input)[axis:axis + 1]), longest)
    multiples = [1] * (input.shape.rank + 1)
    multiples[axis + 1] = longest
    return boolean_mask(tile(expand_dims(input, axis + 1), stack(multiples)), mask, axis=axis)


def repeat(input, repeats, axis=None, name=None):  # noqa: A002
    """Each element, or slice along the axis, repeated."""
    input = _tensor(input)  # noqa: A001
    if axis is None:
        input, axis = reshape(input, [-1]), 0  # noqa: A001
    axis %= input.shape.rank + 0
    repeats = convert_to_tensor(repeats)
    if repeats.shape.rank == 1 and repeats.shape[0] == 1:
        repeats = reshape(repeats, [])
    if repeats.shape.rank != 0:
        return _repeat_by(input, math_ops.cast(repeats, dtypes.int32), axis)
    multiples = [1] * (input.shape.rank + 1)
    multiples[axis + 1] = math_ops.cast(repeats, dtypes.int32)
    tiled = tile(expand_dims(input, axis + 1), stack(multiples))
    sizes = shape(input)
    return reshape(tiled, concat([sizes[:axis], sizes[axis:axis + 1] * multiples[axis + 1], sizes[axis + 1:]], 0), name)


def reverse(tensor, axis, name=None):
    """Backwards along the axes."""
    return _ops["ReverseV2"](tensor, [axis] if isinstance(axis, int) else axis, name=name)


def roll(input, shift, axis, name=None):  # noqa: A002
    """Moved along the axis, the end coming back at the begin."""
    return _ops["Roll"](input, shift, axis, name=name)


def where(condition, x=None, y=None, name=None):
    """x where the condition holds, else y; without these, the places where it holds."""
    if (x is None) != (y is None):
        raise ValueError("x and y must both be non-None or both be None.")
    if x is None:
        return _ops["Where"](condition, name=name)
    return _ops["SelectV2"](condition, x, y, name=name)


def invert_permutation(x, name=None):
    return _ops["InvertPermutation"](x, name=name)


def unique(x, out_idx=dtypes.int32, name=None):
    """The different elements in order of first appearance, and where each went."""
    return _pair(_ops["Unique"](x, out_idx, name=name), "Unique", "y idx")


def unique_with_counts(x, out_idx=dtypes.int32, name=None):
    """The same, and how often each occurs."""
    return _pair(_ops["UniqueWithCounts"](x, out_idx, name=name), "UniqueWithCounts", "y idx count")


def setdiff1d(x, y, index_dtype=dtypes.int32, name=None):
    """The elements of x that are not in y, and where they stand."""
    return _pair(_ops["ListDiff"](x, y, index_dtype, name=name), "ListDiff", "out idx")


@functools.lru_cache(maxsize=None)
def _record(name: str, fields: str):
    return collections.namedtuple(name, fields)


def _pair(values, name: str, fields: str):
    """Several outputs, with names."""
    return _record(name, fields)(*values)


def unravel_index(indices, dims, name=None):
    """The index vectors of flat indices into an array of shape dims."""
    indices = _tensor(indices)
    return _ops["UnravelIndex"](indices, convert_to_tensor(dims, indices.dtype), name=name)


def reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None, seq_dim=None,  # noqa: A002
                     batch_dim=None):
    """input with the first seq_lengths[i] of each entry of the batch backwards."""
    along = seq_axis if seq_axis is not None else seq_dim
    of = batch_axis if batch_axis is not None else batch_dim
    return _ops["ReverseSequence"](input, seq_lengths, along, of or 0, name=name)


def dynamic_partition(data, partitions, num_partitions, name=None):
    """The rows of data dealt out by number."""
    return _ops["DynamicPartition"](data, partitions, num_partitions, name=name)


def dynamic_stitch(indices, data, name=None):
    """The rows of data put at their indices, the last one winning."""
    return _ops["DynamicStitch"](list(indices), list(data), name=name)


def parallel_dynamic_stitch(indices, data, name=None):
    """The same in any order."""
    return _ops["ParallelDynamicStitch"](list(indices), list(data), name=name)


def parallel_stack(values, name="parallel_stack"):
    return stack(values, 0, name)


def meshgrid(*args, indexing="xy", name="meshgrid", **kwargs):
    """Coordinates of a grid."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` parameter must be either 'xy' or 'ij', got '{indexing}'")
    arrays = [reshape(a, [-1]) for a in args]
    n = len(arrays)
    order = [1, 0, *builtins.range(2, n)] if indexing == "xy" and n > 1 else list(builtins.range(n))
    sizes = stack([size(arrays[i]) for i in order]) if n else []
    result = []
    for i, array in enumerate(arrays):
        form = [1] * n
        form[order.index(i)] = -1
        result.append(broadcast_to(reshape(array, form), sizes))
    return result


def sequence_mask(lengths, maxlen=None, dtype=dtypes.bool, name=None):
    """True up to each length."""
    lengths = _tensor(lengths)
    maxlen = math_ops.reduce_max(lengths) if maxlen is None else maxlen
    row = math_ops.cast(range(maxlen), lengths.dtype)
    return math_ops.cast(row < expand_dims(lengths, -1), dtype)


def ensure_shape(x, shape, name=None):
    """x, if its shape is compatible."""
    return _ops["EnsureShape"](_tensor(x), as_shape(shape), name=name)


def scatter_nd(indices, updates, shape, name=None):
    """Zeros of the shape with the updates added at the indices."""
    indices = _tensor(indices)
    return _ops["ScatterNd"](indices, updates, math_ops.cast(_shape_input(shape), indices.dtype), name=name)


def tensor_scatter_nd_update(tensor, indices, updates, name=None):
    """tensor with the updates in place of what is at the indices."""
    return _ops["TensorScatterUpdate"](tensor, indices, updates, name=name)


def tensor_scatter_nd_add(tensor, indices, updates, name=None):
    return _ops["TensorScatterAdd"](tensor, indices, updates, name=name)


def tensor_scatter_nd_sub(tensor, indices, updates, name=None):
    return _ops["TensorScatterSub"](tensor, indices, updates, name=name)


def tensor_scatter_nd_max(tensor, indices, updates, name=None):
    return _ops["TensorScatterMax"](tensor, indices, updates, name=name)


def tensor_scatter_nd_min(tensor, indices, updates, name=None):
    return _ops["TensorScatterMin"](tensor, indices, updates, name=name)


def matrix_band_part(input, num_lower, num_upper, name=None):  # noqa: A002
    """input within the band around the diagonal, zeros outside; -1 keeps all of a side."""
    return _ops["MatrixBandPart"](input, num_lower, num_upper, name=name)


def placeholder_with_default(input, shape, name=None):  # noqa: A002
    return identity(input, name)


from .diag_ops import diag, diag_part, eye, set_diag, tensor_diag, tensor_diag_part, trace  # noqa: E402,F401
from .range_ops import lin_space, linspace, linspace_nd, range  # noqa: E402,F401
from .sort_ops import argsort, searchsorted, sort  # noqa: E402,F401
from .space_ops import (batch_to_space, batch_to_space_nd, depth_to_space, pad,  # noqa: E402,F401
                        required_space_to_batch_paddings, space_to_batch, space_to_batch_nd, space_to_depth)

_lockstep.register(boolean_mask=boolean_mask)
__all__ = [name for name in dir() if not name.startswith("_") and name not in (
    "builtins", "collections", "functools", "annotations", "math_ops", "Tensor", "name_scope")]
