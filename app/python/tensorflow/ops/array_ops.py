# SPDX-License-Identifier: MIT
"""Making, shaping, joining and picking."""
from __future__ import annotations

import builtins

import _lockstep

from ..framework import dtypes
from ..framework.lazy import np
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
    return [shape(x, out_type) for x in input]


def size(input, out_type=dtypes.int32, name=None):  # noqa: A002
    return _ops["Size"](input, out_type, name)


def rank(input, name=None):  # noqa: A002
    return _ops["Rank"](input, name=name)


def reshape(tensor, shape, name=None):
    """The same elements in another shape; one -1 is worked out."""
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
        perm = list(builtins.range(len(a.shape)))[::-1]
    return _ops["Transpose"](a, perm, name)


def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    a = _tensor(a)
    n = len(a.shape)
    return transpose(a, list(builtins.range(n - 2)) + [n - 1, n - 2], name=name)


def concat(values, axis, name="concat"):
    """The tensors one after another along the axis."""
    if not isinstance(values, (list, tuple)):
        values = [values]
    return identity(values[0], name) if len(values) == 1 else _ops["ConcatV2"](list(values), axis, name)


def stack(values, axis=0, name="stack"):
    """The tensors along a new axis."""
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
    if isinstance(num_or_size_splits, (int, np.integer)):
        return _ops["Split"](axis, value, int(num_or_size_splits), name)
    sizes = [int(s) for s in num_or_size_splits]
    if -1 in sizes:
        sizes[sizes.index(-1)] = value.shape[axis] - sum(s for s in sizes if s != -1)
    parts, begin = [], 0
    for length in sizes:
        where = [builtins.slice(None)] * (axis % len(value.shape)) + [builtins.slice(begin, begin + length)]
        parts.append(value[tuple(where)])
        begin += length
    return parts


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


def fill(dims, value, name=None):
    """A tensor of one value."""
    return _ops["Fill"](_shape_input(dims), value, name)


def _full(shape, value, dtype, name):
    dtype = dtypes.as_dtype(dtype)
    one = convert_to_tensor({dtypes.bool: bool(value), dtypes.string: ""}.get(dtype, value), dtype)
    if isinstance(shape, (list, tuple)) and len(shape) == 0:
        return identity(one)
    return _ops["Fill"](_shape_input(shape), one, name=name)


def zeros(shape, dtype=dtypes.float32, name=None):
    return _full(shape, 0, dtype, name or "zeros")


def ones(shape, dtype=dtypes.float32, name=None):
    return _full(shape, 1, dtype, name or "ones")


def zeros_like(input, dtype=None, name=None, layout=None, optimize=True):  # noqa: A002
    input = _tensor(input)  # noqa: A001
    return _ops["ZerosLike"](input if dtype is None else math_ops.cast(input, dtype), name=name)


def ones_like(input, dtype=None, name=None, layout=None, optimize=True):  # noqa: A002
    input = _tensor(input)  # noqa: A001
    return _ops["OnesLike"](input if dtype is None else math_ops.cast(input, dtype), name=name)


def eye(num_rows, num_columns=None, batch_shape=None, dtype=dtypes.float32, name=None):
    """Ones on the diagonal."""
    columns = num_rows if num_columns is None else num_columns
    square = one_hot(range(num_rows), columns, dtype=dtype)
    if not batch_shape:
        return square
    return broadcast_to(square, [*batch_shape, num_rows, columns])


def diag(diagonal, name=None, k=0, **kwargs):
    """A matrix of a diagonal."""
    diagonal = _tensor(diagonal)
    return expand_dims(diagonal, -1) * eye(diagonal.shape[-1], dtype=diagonal.dtype)


def diag_part(input, name=None, k=0, **kwargs):  # noqa: A002
    """The diagonal of a matrix."""
    input = _tensor(input)  # noqa: A001
    n = min(input.shape[-2], input.shape[-1])
    square = input[..., :n, :n]
    return math_ops.reduce_sum(square * eye(n, dtype=input.dtype), -1)


def trace(x, name=None):
    return math_ops.reduce_sum(diag_part(x), -1)


def range(start, limit=None, delta=1, dtype=None, name="range"):  # noqa: A001
    """Numbers from start, by delta, before limit."""
    if limit is None:
        start, limit = 0, start
    if dtype is None:
        found = [convert_to_tensor(x).dtype for x in (start, limit, delta)]
        dtype = max(found, key=lambda d: [dtypes.int32, dtypes.int64, dtypes.float32,
                                          dtypes.float64].index(d))
    start, limit, delta = (math_ops.cast(x, dtype) for x in (start, limit, delta))
    return _ops["Range"](start, limit, delta, name)


def linspace(start, stop, num, name=None, axis=0):
    """num numbers from start to stop, both included."""
    start = convert_to_tensor(start)
    stop = convert_to_tensor(stop, start.dtype if not is_tensor(stop) and start.dtype.is_floating else None)
    if start.dtype.is_integer:
        start, stop = math_ops.cast(start, dtypes.float64), math_ops.cast(stop, dtypes.float64)
    num = int(num)
    if num == 1:
        return expand_dims(start, axis)
    steps = math_ops.cast(range(num), start.dtype)
    delta = (stop - start) / (num - 1)
    if start.shape.rank == 0:
        return concat([(start + delta * steps)[:-1], expand_dims(stop, 0)], 0)
    inner = [start + delta * float(i) for i in builtins.range(num - 1)]
    return stack(inner + [stop], axis)


lin_space = linspace


def broadcast_to(input, shape, name=None):  # noqa: A002
    return _ops["BroadcastTo"](input, _shape_input(shape), name)


def broadcast_static_shape(shape_x, shape_y) -> TensorShape:
    a, b = as_shape(shape_x).as_list(), as_shape(shape_y).as_list()
    return TensorShape(np.broadcast_shapes(tuple(a), tuple(b)))


def broadcast_dynamic_shape(shape_x, shape_y):
    return convert_to_tensor(np.broadcast_shapes(*(tuple(convert_to_tensor(s).numpy()) for s
                                                   in (shape_x, shape_y))))


def tile(input, multiples, name=None):  # noqa: A002
    return _ops["Tile"](input, multiples, name)


def repeat(input, repeats, axis=None, name=None):  # noqa: A002
    """Each element repeated."""
    input = _tensor(input)  # noqa: A001
    if axis is None:
        input, axis = reshape(input, [-1]), 0  # noqa: A001
    axis %= len(input.shape)
    if isinstance(repeats, int):
        where = np.repeat(np.arange(input.shape[axis]), repeats)
    else:
        where = np.repeat(np.arange(input.shape[axis]), np.asarray(repeats))
    return gather(input, where.astype(np.int32), axis=axis)


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    """tensor with more around it."""
    if mode.upper() != "CONSTANT":
        raise NotImplementedError(f"tf.pad with mode {mode}")
    padded = _ops["Pad"](tensor, paddings, name)
    if is_tensor(constant_values) or constant_values != 0:
        inside = _ops["Pad"](ones_like(tensor, dtype=padded.dtype), paddings)
        padded = padded + (1 - inside) * math_ops.cast(constant_values, padded.dtype)
    return padded


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
    array = _tensor(x).numpy()
    values, first, inverse = np.unique(array, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.argsort(order)
    return convert_to_tensor(values[order]), convert_to_tensor(place[inverse].astype(dtypes.as_dtype(out_idx).as_numpy_dtype))


def sort(values, axis=-1, direction="ASCENDING", name=None):
    """In order along the axis."""
    return _sorted(values, axis, direction)[0]


def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The indices that would sort."""
    return _sorted(values, axis, direction)[1]


def _sorted(values, axis, direction):
    """Values and indices: the largest of all, along the axis brought last; upwards, those of the values
    turned around, which for integers is -1 - x, so that nothing overflows."""
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"Argument `direction` should be one of 'ASCENDING' or 'DESCENDING'. Received: {direction}")
    values = _tensor(values)
    turn = direction == "ASCENDING"
    n = values.shape.rank
    order = list(builtins.range(n))
    order[axis], order[-1] = order[-1], order[axis]
    moved = values if order[-1] == n - 1 else transpose(values, order)
    keys = moved if not turn else -1 - moved if values.dtype.is_integer else -moved
    found, indices = _ops["TopKV2"](keys, shape(keys)[-1])
    found = found if not turn else -1 - found if values.dtype.is_integer else -found
    if order[-1] == n - 1:
        return found, indices
    return transpose(found, order), transpose(indices, order)


def meshgrid(*args, indexing="xy", **kwargs):
    """Coordinates of a grid."""
    arrays = [_tensor(a) for a in args]
    n = len(arrays)
    order = [1, 0, *builtins.range(2, n)] if indexing == "xy" and n > 1 else list(builtins.range(n))
    sizes = [arrays[i].shape[0] for i in order]
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
    x = _tensor(x)
    if not x.shape.is_compatible_with(shape):
        from ..framework.errors import InvalidArgumentError
        raise InvalidArgumentError(None, None,
                                   f"Shape of tensor {x.shape} is not compatible with expected shape "
                                   f"{shape}.")
    return x


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


def searchsorted(sorted_sequence, values, side="left", out_type=dtypes.int32, name=None):
    """Where each value would go into its sorted row."""
    if side not in ("left", "right"):
        raise ValueError(f"Argument `side` must be either 'right' or 'left'. Received: `side` = '{side}'.")
    sequence, values = _tensor(sorted_sequence), _tensor(values)
    op = _ops["LowerBound" if side == "left" else "UpperBound"]
    rows = reshape(sequence, concat([[-1], shape(sequence)[-1:]], 0))
    wanted = reshape(values, concat([[-1], shape(values)[-1:]], 0))
    return reshape(op(rows, wanted, out_type), shape(values), name)


def placeholder_with_default(input, shape, name=None):  # noqa: A002
    return identity(input, name)


_lockstep.register(boolean_mask=boolean_mask)
__all__ = [name for name in dir() if not name.startswith("_") and name not in ("builtins", "np",
        "annotations", "math_ops",
                                                                               "Tensor", "name_scope")]
