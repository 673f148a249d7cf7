# SPDX-License-Identifier: MIT
"""Convolutions and pooling, over one to three axes."""
from __future__ import annotations

import _lockstep

from ..framework.ops import convert_to_tensor, is_tensor
from . import array_ops

_ops = _lockstep.ops
_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def _format(n: int, data_format) -> tuple[str, bool]:
    """The name of the data format, and whether the channels come first."""
    last, first = _FORMATS[n]
    data_format = data_format or last
    if data_format not in (last, first):
        raise ValueError(f"`data_format` must be '{last}' or '{first}'. Received: data_format={data_format}")
    return data_format, data_format == first


def _per_axis(value, n: int, first: bool, name: str) -> list:
    """One number for each axis, batch and channels included, from one, or n, or all of them."""
    values = [int(v) for v in value] if isinstance(value, (list, tuple)) else [1 if value is None else int(value)]
    if len(values) == 1:
        values *= n
    if len(values) == n:
        values = [1, 1, *values] if first else [1, *values, 1]
    if len(values) != n + 2:
        raise ValueError(f"`{name}` should be of length 1, {n} or {n + 2}. Received: {name}={value} of length "
                         f"{len(values)}")
    return values


def _padding(padding) -> dict:
    if isinstance(padding, str):
        return {"padding": padding.upper()}
    return {"padding": "EXPLICIT", "explicit_paddings": [int(p) for pair in padding for p in pair]}


def _attributes(n, strides, padding, data_format, dilations) -> dict:
    data_format, first = _format(n, data_format)
    return {"strides": _per_axis(strides, n, first, "strides"), **_padding(padding), "data_format": data_format,
            "dilations": _per_axis(dilations, n, first, "dilations")}


def conv2d(input, filters, strides, padding, data_format="NHWC", dilations=None, name=None):  # noqa: A002
    return _ops["Conv2D"](input, filters, **_attributes(2, strides, padding, data_format, dilations), name=name)


def conv3d(input, filters, strides, padding, data_format="NDHWC", dilations=None, name=None):  # noqa: A002
    return _ops["Conv3D"](input, filters, **_attributes(3, strides, padding, data_format, dilations), name=name)


def _flat(value, n=1):
    """A stride or rate of one axis."""
    value = list(value) if isinstance(value, (list, tuple)) else [1 if value is None else value]
    return [1, max(value)]


def conv1d(input, filters, stride, padding, data_format="NWC", dilations=None, name=None):  # noqa: A002
    """As images of one row."""
    _, first = _format(1, data_format)
    axis = 2 if first else 1
    result = conv2d(array_ops.expand_dims(convert_to_tensor(input), axis),
                    array_ops.expand_dims(convert_to_tensor(filters), 0), _flat(stride), padding,
                    "NCHW" if first else "NHWC", _flat(dilations), name=name)
    return array_ops.squeeze(result, [axis])


def convolution(input, filters, strides=None, padding="VALID", data_format=None, dilations=None,  # noqa: A002
                name=None):
    input = convert_to_tensor(input)  # noqa: A001
    n = input.shape.rank - 2
    if n not in (1, 2, 3):
        raise ValueError(f"`input` must be of rank 3, 4 or 5. Received: rank {input.shape.rank}")
    run = {1: conv1d, 2: conv2d, 3: conv3d}[n]
    return run(input, filters, strides or 1, padding, data_format, dilations, name)


def atrous_conv2d(value, filters, rate, padding, name=None):
    """With holes of rate − 1 between the filter's taps."""
    if int(rate) < 1:
        raise ValueError(f"`rate` cannot be less than one. Received: rate={rate}")
    return conv2d(value, filters, 1, padding, dilations=rate, name=name)


def atrous_conv2d_transpose(value, filters, output_shape, rate, padding, name=None):
    """The gradient of atrous_conv2d(), as a layer of its own. filters: [height, width, output, input]"""
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"`padding` must be either 'VALID' or 'SAME'. Received: padding={padding}")
    if int(rate) < 1:
        raise ValueError(f"`rate` cannot be less than one. Received: rate={rate}")
    return conv2d_transpose(value, filters, output_shape, 1, padding, dilations=rate, name=name)


def depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=None, name=None):  # noqa: A002
    return _ops["DepthwiseConv2dNative"](input, filter, **_attributes(2, strides, padding, data_format, dilations),
                                         name=name)


def separable_conv2d(input, depthwise_filter, pointwise_filter, strides, padding, data_format=None,  # noqa: A002
                     dilations=None, name=None):
    deep = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return conv2d(deep, pointwise_filter, 1, "VALID", data_format or "NHWC", name=name)


def _sizes(shape):
    return shape if is_tensor(shape) else convert_to_tensor([int(d) if not is_tensor(d) else d for d in shape]
                                                            if not any(map(is_tensor, shape))
                                                            else array_ops.stack(list(shape)))


def conv2d_transpose(input, filters, output_shape, strides, padding="SAME", data_format="NHWC",  # noqa: A002
                     dilations=None, name=None):
    """The gradient of a convolution, as a layer of its own. filters: [height, width, output, input]"""
    return _ops["Conv2DBackpropInput"](_sizes(output_shape), filters, input,
                                       **_attributes(2, strides, padding, data_format, dilations), name=name)


def conv3d_transpose(input, filters, output_shape, strides, padding="SAME", data_format="NDHWC",  # noqa: A002
                     dilations=None, name=None):
    return _ops["Conv3DBackpropInputV2"](_sizes(output_shape), filters, input,
                                         **_attributes(3, strides, padding, data_format, dilations), name=name)


def conv1d_transpose(input, filters, output_shape, strides, padding="SAME", data_format="NWC",  # noqa: A002
                     dilations=None, name=None):
    _, first = _format(1, data_format)
    axis = 2 if first else 1
    shape = list(output_shape)
    shape.insert(axis, 1)
    result = conv2d_transpose(array_ops.expand_dims(convert_to_tensor(input), axis),
                              array_ops.expand_dims(convert_to_tensor(filters), 0), shape, _flat(strides), padding,
                              "NCHW" if first else "NHWC", _flat(dilations), name)
    return array_ops.squeeze(result, [axis])


def conv_transpose(input, filters, output_shape, strides, padding="SAME", data_format=None,  # noqa: A002
                   dilations=None, name=None):
    """Over one to three axes, by the number of strides or of the output's."""
    n = (len(output_shape) if isinstance(output_shape, (list, tuple)) else convert_to_tensor(output_shape).shape[0]) - 2
    runs = {1: conv1d_transpose, 2: conv2d_transpose, 3: conv3d_transpose}
    if n not in runs:
        raise ValueError(f"`output_shape` must be of length 3, 4 or 5. Received: output_shape={output_shape} of length "
                         f"{n + 2}.")
    return runs[n](input, filters, output_shape, strides, padding, data_format or _FORMATS[n][0], dilations, name)


def _pool(op: str, n: int, input, ksize, strides, padding, data_format, name):  # noqa: A002
    data_format, first = _format(n, data_format)
    return _ops[op](input, ksize=_per_axis(ksize, n, first, "ksize"),
                    strides=_per_axis(strides, n, first, "strides"), **_padding(padding), data_format=data_format,
                    name=name)


def _pool1d(op, input, ksize, strides, padding, data_format, name):  # noqa: A002
    _, first = _format(1, data_format)
    axis = 2 if first else 1
    result = _pool(op, 2, array_ops.expand_dims(convert_to_tensor(input), axis), _flat(ksize), _flat(strides),
                   padding, "NCHW" if first else "NHWC", name)
    return array_ops.squeeze(result, [axis])


def max_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):  # noqa: A002
    return _pool1d("MaxPool", input, ksize, strides, padding, data_format, name)


def max_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):  # noqa: A002
    return _pool("MaxPool", 2, input, ksize, strides, padding, data_format, name)


def max_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):  # noqa: A002
    return _pool("MaxPool3D", 3, input, ksize, strides, padding, data_format, name)


def avg_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):  # noqa: A002
    return _pool1d("AvgPool", input, ksize, strides, padding, data_format, name)


def avg_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):  # noqa: A002
    return _pool("AvgPool", 2, input, ksize, strides, padding, data_format, name)


def avg_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):  # noqa: A002
    return _pool("AvgPool3D", 3, input, ksize, strides, padding, data_format, name)


def _by_rank(runs):
    def pool(input, ksize, strides, padding, data_format=None, name=None):  # noqa: A002
        input = convert_to_tensor(input)  # noqa: A001
        if input.shape.rank not in (3, 4, 5):
            raise ValueError(f"`input` must be of rank 3, 4 or 5. Received: rank {input.shape.rank}")
        return runs[input.shape.rank - 3](input, ksize, strides, padding, data_format, name)
    return pool


max_pool = _by_rank([max_pool1d, max_pool2d, max_pool3d])
avg_pool = _by_rank([avg_pool1d, avg_pool2d, avg_pool3d])


def pool(input, window_shape, pooling_type, strides=None, padding="VALID", data_format=None, dilations=None,  # noqa: A002
         name=None):
    """The largest or the mean of windows over one to three axes; dilated ones by the columns of a wider grid."""
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"`pooling_type` must be 'MAX' or 'AVG'. Received: pooling_type={pooling_type}")
    input = convert_to_tensor(input)  # noqa: A001
    n = len(window_shape) if isinstance(window_shape, (list, tuple)) else input.shape.rank - 2
    if n not in (1, 2, 3):
        raise ValueError(f"`input` must be of rank 3, 4 or 5. Received: rank {input.shape.rank}")
    runs = (max_pool1d, max_pool2d, max_pool3d) if pooling_type == "MAX" else (avg_pool1d, avg_pool2d, avg_pool3d)
    rates = [1] * n if dilations is None else _each(dilations, n)
    steps = [1] * n if strides is None else _each(strides, n)
    if all(rate == 1 for rate in rates):
        return runs[n - 1](input, window_shape, steps, padding, data_format or _FORMATS[n][0], name)
    if any(step != 1 for step in steps):
        raise ValueError("`strides > 1` not supported in conjunction with `dilations > 1`. Received: "
                         f"strides={strides} and dilations={dilations}")
    first = (data_format or _FORMATS[n][0]).startswith("NC")
    return _dilated(input, _each(window_shape, n), pooling_type, padding, rates, 2 if first else 1)


def _each(value, n: int) -> list:
    values = [int(v) for v in value] if isinstance(value, (list, tuple)) else [int(value)]
    return values * n if len(values) == 1 else values


def _dilated(input, sizes, pooling_type, padding, rates, start):  # noqa: A002
    """Windows with holes, axis by axis: the taps are slices of the padded input."""
    result = input
    for i, (size, rate) in enumerate(zip(sizes, rates)):
        axis, reach = start + i, (size - 1) * rate
        before = reach // 2 if padding == "SAME" else 0
        pads = [[0, 0] for _ in range(input.shape.rank)]
        pads[axis] = [before, reach - before] if padding == "SAME" else [0, 0]
        low = input.dtype.min if pooling_type == "MAX" else 0.0
        wide = array_ops.pad(result, pads, constant_values=low) if padding == "SAME" and reach else result
        n = array_ops.shape(wide)[axis] - reach
        taps = []
        for tap in range(size):
            begin = [tap * rate if k == axis else 0 for k in range(input.shape.rank)]
            taps.append(array_ops.slice(wide, begin, [n if k == axis else -1 for k in range(input.shape.rank)]))
        result = taps[0]
        for tap in taps[1:]:
            result = _ops["Maximum"](result, tap) if pooling_type == "MAX" else result + tap
    if pooling_type in ("MAX", "SUM"):
        return result
    return result / _dilated(array_ops.ones_like(input), sizes, "SUM", padding, rates, start)


def max_pool_with_argmax(input, ksize, strides, padding, data_format="NHWC", output_dtype=None,  # noqa: A002
                         include_batch_in_index=False, name=None):
    """The largest of each window, and where it is, flat."""
    if data_format != "NHWC":
        raise ValueError(f"`data_format` values other  than 'NHWC' are not supported. Received: data_format={data_format}")
    from ..framework import dtypes
    return tuple(_ops["MaxPoolWithArgmax"](input, ksize=_per_axis(ksize, 2, False, "ksize"),
                                           strides=_per_axis(strides, 2, False, "strides"), padding=padding,
                                           Targmax=output_dtype or dtypes.int64,
                                           include_batch_in_index=include_batch_in_index, name=name))


def dilation2d(input, filters, strides, padding, data_format, dilations, name=None):  # noqa: A002
    """The largest x + f of each window: y[b,i,j,c] = max x[b, s·i + r·p, s·j + r·q, c] + f[p,q,c]"""
    if data_format != "NHWC":
        raise ValueError(f"`data_format` values other  than 'NHWC' are not supported. Received: data_format={data_format}")
    return _ops["Dilation2D"](input, filters, strides=_per_axis(strides, 2, False, "strides"),
                              rates=_per_axis(dilations, 2, False, "dilations"), padding=padding, name=name)



def erosion2d(value, filters, strides, padding, data_format, dilations, name=None):
    """The smallest x − f of each window, the filter turned around."""
    return _ops["Neg"](dilation2d(-convert_to_tensor(value), array_ops.reverse(convert_to_tensor(filters), [0, 1]), strides,
                                  padding, data_format, dilations), name=name)


def dilation2d_v1(input, filter=None, strides=None, rates=None, padding=None, name=None, filters=None,  # noqa: A002
                  dilations=None):
    """dilation2d() in version 1's words."""
    return dilation2d(input, filter if filters is None else filters, strides, padding, "NHWC",
                      rates if dilations is None else dilations, name)


def erosion2d_v1(value, kernel, strides, rates, padding, name=None):
    """erosion2d() in version 1's words."""
    return erosion2d(value, kernel, strides, padding, "NHWC", rates, name)


def depthwise_conv2d_backprop_input(input_sizes, filter, out_backprop, strides, padding, data_format="NHWC",  # noqa: A002
                                    dilations=(1, 1, 1, 1), name=None):
    return _ops["DepthwiseConv2dNativeBackpropInput"](
        _sizes(input_sizes), filter, out_backprop, **_attributes(2, list(strides), padding, data_format, list(dilations)),
        name=name)


def depthwise_conv2d_backprop_filter(input, filter_sizes, out_backprop, strides, padding, data_format="NHWC",  # noqa: A002
                                     dilations=(1, 1, 1, 1), name=None):
    return _ops["DepthwiseConv2dNativeBackpropFilter"](
        input, _sizes(filter_sizes), out_backprop, **_attributes(2, list(strides), padding, data_format, list(dilations)),
        name=name)
