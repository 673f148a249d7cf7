# SPDX-License-Identifier: MIT
"""Reductions, running sums, segments and counts. math_ops imports this at its end, and has all of its names."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor
from ..framework.quick import quick
from ..framework.tensor_shape import TensorShape
from . import math_ops

_ops = _lockstep.ops
_ALL_AXES = [list(range(rank)) for rank in range(9)]


def _tensor(value):
    return value if is_tensor(value) or hasattr(value, "_keras_stand_in") else convert_to_tensor(value)


def _axes(tensor, axis):
    """The axes to reduce, as the ops want them."""
    if axis is not None:
        if isinstance(axis, TensorShape):
            return axis.as_list()
        return axis
    rank = tensor.ndim
    if rank is None:
        return _ops["Range"](0, _ops["Rank"](tensor), 1)
    return _ALL_AXES[rank]


def _reduction(name: str, public: str):
    op = _ops[name]

    def reduce(input_tensor, axis=None, keepdims=False, name=None):
        input_tensor = _tensor(input_tensor)
        result = op(input_tensor, _axes(input_tensor, axis), keepdims, name)
        if axis is None and not keepdims and result.shape.rank is None:
            result.set_shape([])        # however many axes there are
        return result
    reduce.__name__ = reduce.__qualname__ = public
    reduce.__doc__ = op.__doc__
    return quick(name, all_axes=True)(reduce)


reduce_sum = _reduction("Sum", "reduce_sum")
reduce_prod = _reduction("Prod", "reduce_prod")
reduce_mean = _reduction("Mean", "reduce_mean")
reduce_max = _reduction("Max", "reduce_max")
reduce_min = _reduction("Min", "reduce_min")
reduce_any = _reduction("Any", "reduce_any")
reduce_all = _reduction("All", "reduce_all")
reduce_euclidean_norm = _reduction("EuclideanNorm", "reduce_euclidean_norm")


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """Mean of the squared distance from the mean."""
    input_tensor = _tensor(input_tensor)
    if input_tensor.dtype.is_integer or input_tensor.dtype.is_bool:
        raise TypeError(f"Input must be either real or complex. Received integer type {input_tensor.dtype}.")
    away = input_tensor - reduce_mean(input_tensor, axis, True)
    return reduce_mean(math_ops.square(math_ops.abs(away) if away.dtype.is_complex else away), axis, keepdims, name)


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """Root of the variance."""
    return math_ops.sqrt(reduce_variance(input_tensor, axis, keepdims), name)


def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    """ln Σ eˣ, kept from overflowing by taking out the maximum."""
    input_tensor = _tensor(input_tensor)
    largest = _ops["StopGradient"](reduce_max(input_tensor, axis, True))
    largest = _ops["SelectV2"](math_ops.is_finite(largest), largest, _ops["ZerosLike"](largest))
    result = math_ops.log(reduce_sum(math_ops.exp(input_tensor - largest), axis, keepdims))
    if not keepdims:
        largest = _ops["Reshape"](largest, _ops["Shape"](result))
    return math_ops.add(result, largest, name)


def count_nonzero(input, axis=None, keepdims=None, dtype=dtypes.int64, name=None):  # noqa: A002
    """How many elements are not zero; of strings, not empty."""
    input = _tensor(input)  # noqa: A001
    zero = convert_to_tensor("" if input.dtype == dtypes.string else False if input.dtype.is_bool else 0, input.dtype)
    marks = math_ops.cast(_ops["NotEqual"](input, zero), dtypes.int64)
    return math_ops.cast(reduce_sum(marks, axis, bool(keepdims), name), dtype)


def argmax(input, axis=None, output_type=dtypes.int64, name=None):  # noqa: A002
    """Where the largest element is along the axis."""
    return _ops["ArgMax"](input, 0 if axis is None else axis, output_type, name)


def argmin(input, axis=None, output_type=dtypes.int64, name=None):  # noqa: A002
    """Where the smallest element is along the axis."""
    return _ops["ArgMin"](input, 0 if axis is None else axis, output_type, name)


# ---- scans ----

def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    """Running sums along the axis."""
    return _ops["Cumsum"](x, axis, exclusive, reverse, name)


def cumprod(x, axis=0, exclusive=False, reverse=False, name=None):
    """Running products along the axis."""
    return _ops["Cumprod"](x, axis, exclusive, reverse, name)


def cumulative_logsumexp(x, axis=0, exclusive=False, reverse=False, name=None):
    """Running ln Σ eˣ along the axis."""
    return _ops["CumulativeLogsumexp"](x, axis, exclusive, reverse, name)


# ---- segments ----

segment_sum = _ops["SegmentSum"]
segment_mean = _ops["SegmentMean"]
segment_prod = _ops["SegmentProd"]
segment_max = _ops["SegmentMax"]
segment_min = _ops["SegmentMin"]
unsorted_segment_sum = _ops["UnsortedSegmentSum"]
unsorted_segment_prod = _ops["UnsortedSegmentProd"]
unsorted_segment_max = _ops["UnsortedSegmentMax"]
unsorted_segment_min = _ops["UnsortedSegmentMin"]


def _segment_counts(data, segment_ids, num_segments):
    """How many rows went to each segment, at least 1, shaped to divide the sums."""
    ids = convert_to_tensor(segment_ids)
    ones = _ops["OnesLike"](math_ops.cast(ids, data.dtype))
    counts = math_ops.maximum(_ops["UnsortedSegmentSum"](ones, ids, num_segments), 1)
    for _ in range(data.shape.rank - ids.shape.rank):
        counts = _ops["ExpandDims"](counts, -1)
    return counts


def unsorted_segment_mean(data, segment_ids, num_segments, name=None):
    """The mean of the rows of each segment; 0 without any."""
    data = _tensor(data)
    sums = _ops["UnsortedSegmentSum"](data, segment_ids, num_segments)
    return math_ops.divide(sums, _segment_counts(data, segment_ids, num_segments), name)


def unsorted_segment_sqrt_n(data, segment_ids, num_segments, name=None):
    """The sum of the rows of each segment over the root of their number."""
    data = _tensor(data)
    sums = _ops["UnsortedSegmentSum"](data, segment_ids, num_segments)
    return math_ops.divide(sums, math_ops.sqrt(_segment_counts(data, segment_ids, num_segments)), name)


def _sparse_segment(op: str, public: str):
    plain, counted = _ops[op], _ops[op + "WithNumSegments"]

    def function(data, indices, segment_ids, num_segments=None, name=None):
        if num_segments is None:
            return plain(data, indices, segment_ids, name=name)
        return counted(data, indices, segment_ids, num_segments, name=name)
    function.__name__ = function.__qualname__ = public
    function.__doc__ = plain.__doc__
    return function


sparse_segment_sum = _sparse_segment("SparseSegmentSum", "sparse_segment_sum")
sparse_segment_mean = _sparse_segment("SparseSegmentMean", "sparse_segment_mean")
sparse_segment_sqrt_n = _sparse_segment("SparseSegmentSqrtN", "sparse_segment_sqrt_n")


# ---- counts ----

def bincount(arr, weights=None, minlength=None, maxlength=None, dtype=dtypes.int32, name=None, axis=None,
             binary_output=False):
    """How often each number from 0 on occurs, or the sum of its weights; with axis -1, in each row."""
    if axis not in (None, 0, -1):
        raise ValueError(f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported.")
    if weights is not None and binary_output:
        raise ValueError("Arguments `binary_output` and `weights` are mutually exclusive. Please specify only one.")
    if axis == -1 and hasattr(arr, "_to_components"):
        return _bincount_of_rows(arr, weights, minlength, maxlength, dtype, binary_output, name)
    arr = _tensor(_all_values(arr))
    weights = _all_values(weights)
    arr = arr if arr.dtype == dtypes.int64 else math_ops.cast(arr, dtypes.int32)
    if axis != -1:
        arr = _ops["Reshape"](arr, [-1])
        weights = None if weights is None else _ops["Reshape"](weights, [-1])
    size = _n_bins(arr, minlength, maxlength)
    weights = convert_to_tensor([], dtype) if weights is None else convert_to_tensor(weights)
    return _ops["DenseBincount"](arr, size, weights, binary_output, name=name)


def _all_values(value):
    """Of a sparse or ragged tensor, the values that it holds."""
    while hasattr(value, "_to_components"):
        value = value.values
    return value


def _n_bins(numbers, minlength, maxlength):
    kind = numbers.dtype
    size = math_ops.maximum(reduce_max(numbers), math_ops.cast(-1, kind)) + 1
    size = size if minlength is None else math_ops.maximum(size, math_ops.cast(minlength, kind))
    return size if maxlength is None else math_ops.minimum(size, math_ops.cast(maxlength, kind))


def _bincount_of_rows(arr, weights, minlength, maxlength, dtype, binary_output, name):
    """Of a sparse matrix, or of ragged rows."""
    values = arr.values if arr.values.dtype in (dtypes.int32, dtypes.int64) else math_ops.cast(arr.values, dtypes.int32)
    size = _n_bins(values, minlength, maxlength)
    weights = convert_to_tensor([], dtype) if weights is None else weights.values if hasattr(weights, "_to_components") \
        else convert_to_tensor(weights)
    if hasattr(arr, "row_splits"):
        splits = math_ops.cast(arr.row_splits, dtypes.int64)
        return _ops["RaggedBincount"](splits, values, size, weights, binary_output, name=name)
    return _ops["SparseBincount"](arr.indices, values, arr.dense_shape, size, weights, binary_output, name=name)


def histogram_fixed_width(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """How many values fall into each of nbins equal parts of the range."""
    values = _tensor(values)
    return _ops["HistogramFixedWidth"](values, convert_to_tensor(value_range, values.dtype), nbins, dtype, name=name)


def histogram_fixed_width_bins(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """Into which of nbins equal parts of the range each value falls."""
    values = _tensor(values)
    low, high = convert_to_tensor(value_range, values.dtype)[0], convert_to_tensor(value_range, values.dtype)[1]
    scaled = math_ops.truediv(values - low, high - low)
    bins = math_ops.cast(nbins, scaled.dtype)
    place = _ops["ClipByValue"](math_ops.floor(bins * scaled), math_ops.cast(0, scaled.dtype), bins - 1)
    return math_ops.cast(place, dtype)


def in_top_k(targets, predictions, k, name=None):
    """Whether the target is among the k largest predictions of its row."""
    targets = _tensor(targets)
    return _ops["InTopKV2"](predictions, targets, math_ops.cast(k, targets.dtype), name=name)


def _one_axis_less(labels, predictions):
    """Without a last axis of 1 that only one of them has."""
    if None in (labels.shape.rank, predictions.shape.rank):
        return labels, predictions
    more = predictions.shape.rank - labels.shape.rank
    if more == 1 and predictions.shape[-1] == 1:
        predictions = _ops["Squeeze"](predictions, [-1])
    elif more == -1 and labels.shape[-1] == 1:
        labels = _ops["Squeeze"](labels, [-1])
    return labels, predictions


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype=dtypes.int32, name=None):
    """Counts of (label, prediction) pairs."""
    labels, predictions = _one_axis_less(convert_to_tensor(labels), convert_to_tensor(predictions))
    labels, predictions = math_ops.cast(labels, dtypes.int64), math_ops.cast(predictions, dtypes.int64)
    n = math_ops.maximum(reduce_max(labels), reduce_max(predictions)) + 1 if num_classes is None \
        else math_ops.cast(num_classes, dtypes.int64)
    ones = _ops["OnesLike"](math_ops.cast(predictions, dtype)) if weights is None else math_ops.cast(weights, dtype)
    return _ops["ScatterNd"](_ops["Pack"]([labels, predictions], 1), ones, _ops["Pack"]([n, n]), name=name)
