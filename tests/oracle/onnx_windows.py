# SPDX-License-Identifier: MIT
"""Convolutions and pooling. ONNX has channels second and any padding; here channels are last and padding is done first."""
from __future__ import annotations

import numpy as np
import tensorflow as tf
from onnx_graph import meaning


def channels_last(x):
    return tf.transpose(x, [0, *range(2, x.shape.rank), 1])


def channels_second(x):
    return tf.transpose(x, [0, x.shape.rank - 1, *range(1, x.shape.rank - 1)])


class Window:
    """What a node says of its window, for the spatial sizes of its input."""

    def __init__(self, node, sizes, kernel):
        n = len(sizes)
        self.sizes, self.kernel = sizes, kernel
        self.strides, self.dilations = node.ints("strides", [1] * n), node.ints("dilations", [1] * n)
        self.reach = [(k - 1) * d + 1 for k, d in zip(kernel, self.dilations)]
        self.pads = self._pads(node, n)
        self.given = [list(pair) for pair in self.pads]
        if node.get("ceil_mode", 0):
            for i in range(n):
                rest = (sizes[i] + sum(self.pads[i]) - self.reach[i]) % self.strides[i]
                self.pads[i][1] += self.strides[i] - rest if rest else 0

    def _pads(self, node, n):
        auto = node.get("auto_pad", "NOTSET")
        if auto == "NOTSET":
            pads = node.ints("pads", [0] * 2 * n)
            return [[pads[i], pads[n + i]] for i in range(n)]
        if auto == "VALID":
            return [[0, 0] for _ in range(n)]
        totals = [max((-(-size // s) - 1) * s + reach - size, 0) for size, s, reach in zip(self.sizes, self.strides, self.reach)]
        return [[t // 2, t - t // 2] if auto == "SAME_UPPER" else [t - t // 2, t // 2] for t in totals]

    def padded(self, x, value=0, pads=None):
        """x, channels last, with value around."""
        pads = self.pads if pads is None else pads
        return tf.pad(x, [[0, 0], *pads, [0, 0]], constant_values=tf.cast(value, x.dtype)) if np.any(pads) else x

    def slices(self, x):
        """For each element of the window, what it sees: x, padded, from there on by strides."""
        counts = [(size - reach) // s + 1 for size, reach, s in zip(x.shape[1:-1].as_list(), self.reach, self.strides)]
        for offset in np.ndindex(*self.kernel):
            firsts = [o * d for o, d in zip(offset, self.dilations)]
            yield x[(slice(None), *[slice(f, f + (c - 1) * s + 1, s) for f, c, s in zip(firsts, counts, self.strides)])]


# ---- convolution ----

def convolved(window, x, filters):
    n = len(window.sizes)
    x, w = window.padded(channels_last(x)), tf.transpose(filters, [*range(2, n + 2), 1, 0])
    if n == 1:
        y = tf.nn.conv2d(x[:, None], w[None], [1, *window.strides], "VALID", dilations=[1, *window.dilations])[:, 0]
    elif n == 2:
        y = tf.nn.conv2d(x, w, window.strides, "VALID", dilations=window.dilations)
    else:
        y = tf.nn.conv3d(x, w, [1, *window.strides, 1], "VALID", dilations=[1, *window.dilations, 1])
    return channels_second(y)


@meaning("Conv")
def conv(node, x, filters, bias=None):
    window = Window(node, x.shape[2:].as_list(), filters.shape[2:].as_list())
    y = convolved(window, x, filters)
    return y if bias is None else y + tf.reshape(bias, [-1] + [1] * len(window.sizes))


@meaning("ConvInteger")
def conv_integer(node, x, filters, x_zero=None, w_zero=None):
    window = Window(node, x.shape[2:].as_list(), filters.shape[2:].as_list())
    x, filters = (tf.cast(q, tf.float64) - (0.0 if zero is None else tf.cast(zero, tf.float64))
                  for q, zero in ((x, x_zero), (filters, w_zero)))
    return tf.cast(convolved(window, x, filters), tf.int32)


@meaning("QLinearConv")
def qlinear_conv(node, x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias=None):
    from onnx_elementwise import quantized
    scale = tf.reshape(x_scale * w_scale, [-1] + [1] * (x.shape.rank - 2))
    w_zero = tf.reshape(w_zero, [-1] + [1] * (w.shape.rank - 1)) if w_zero.shape.rank else w_zero
    y = tf.cast(conv_integer(node, x, w, x_zero, w_zero), tf.float32)
    y = y if bias is None else y + tf.cast(tf.reshape(bias, [-1] + [1] * (x.shape.rank - 2)), tf.float32)
    return quantized(y * scale, y_scale, y_zero)


@meaning("ConvTranspose")
def conv_transpose(node, x, filters, bias=None):
    n = x.shape.rank - 2
    sizes, kernel = x.shape[2:].as_list(), filters.shape[2:].as_list()
    strides, dilations = node.ints("strides", [1] * n), node.ints("dilations", [1] * n)
    more = node.ints("output_padding", [0] * n)
    whole = [(size - 1) * s + (k - 1) * d + 1 for size, s, k, d in zip(sizes, strides, kernel, dilations)]
    filters = tf.transpose(filters, [*range(2, n + 2), 1, 0])
    x, shape = channels_last(x), [x.shape[0], *whole, filters.shape[-2] * node.get("group", 1)]
    if n == 1:
        y = tf.nn.conv2d_transpose(x[:, None], filters[None], [shape[0], 1, *shape[1:]], [1, *strides], "VALID",
                                   dilations=[1, *dilations])[:, 0]
    elif n == 2:
        y = tf.nn.conv2d_transpose(x, filters, shape, strides, "VALID", dilations=dilations)
    else:
        y = tf.nn.conv3d_transpose(x, filters, shape, [1, *strides, 1], "VALID", dilations=[1, *dilations, 1])
    begins, ends = _cropping(node, sizes, strides, whole, more)
    y = tf.pad(y, [[0, 0], *[[0, max(-e, 0)] for e in ends], [0, 0]])
    y = y[(slice(None), *[slice(b, size - e if e > 0 else None) for b, e, size in zip(begins, ends, whole)])]
    y = channels_second(y)
    return y if bias is None else y + tf.reshape(bias, [-1] + [1] * n)


def _cropping(node, sizes, strides, whole, more):
    """How much goes before and after; less than nothing: so much is added."""
    n, auto = len(sizes), node.get("auto_pad", "NOTSET")
    wanted = node.ints("output_shape")
    if wanted is None and auto.startswith("SAME"):
        wanted = [size * s for size, s in zip(sizes, strides)]
    if wanted is None:
        pads = node.ints("pads", [0] * 2 * n)
        return pads[:n], [e - m for e, m in zip(pads[n:], more)]
    totals = [w + m - size for w, m, size in zip(whole, more, wanted[-n:])]
    halves = [t // 2 for t in totals]
    rests = [t - h for t, h in zip(totals, halves)]
    begins, ends = (halves, rests) if auto == "SAME_UPPER" else (rests, halves)
    return begins, [e - m for e, m in zip(ends, more)]


# ---- pooling ----

def _lowest(dtype):
    return dtype.limits[0] if dtype.is_integer else dtype.min


@meaning("MaxPool")
def max_pool(node, x):
    window = Window(node, x.shape[2:].as_list(), node.ints("kernel_shape"))
    padded = window.padded(channels_last(x), _lowest(x.dtype))
    if len(node.outputs) < 2 and x.dtype.is_floating and max(window.dilations) == 1:
        return channels_second(pooled(tf.nn.max_pool1d, tf.nn.max_pool2d, tf.nn.max_pool3d)(
            padded, window.kernel, window.strides, "VALID"))
    seen = tf.stack(list(window.slices(padded)), -1)
    values = channels_second(tf.reduce_max(seen, -1))
    return (values, _places(node, x, window, seen)) if len(node.outputs) > 1 else values


def pooled(*of_dimension):
    return lambda x, *rest: of_dimension[x.shape.rank - 3](x, *rest)


def _places(node, x, window, seen):
    """Where in x each maximum is, in its flat order, or with the spatial axes in column-major order."""
    sizes = x.shape[2:].as_list()
    inside = np.arange(int(np.prod(sizes))).reshape(sizes, order="F" if node.get("storage_order", 0) else "C")
    grid = window.padded(tf.constant(inside[None, ..., None]), -1)
    places = tf.stack(list(window.slices(grid)), -1)
    chosen = tf.reduce_sum(tf.where(tf.one_hot(tf.argmax(seen, -1), seen.shape[-1], on_value=True, off_value=False, dtype=tf.bool),
                                    places, tf.zeros_like(places)), -1)
    n, c = x.shape[:2].as_list()
    first = tf.reshape(tf.range(n * c, dtype=tf.int64) * int(np.prod(sizes)), [n, c] + [1] * len(sizes))
    return channels_second(chosen) + first


@meaning("AveragePool")
def average_pool(node, x):
    window = Window(node, x.shape[2:].as_list(), node.ints("kernel_shape"))
    pool = pooled(tf.nn.avg_pool1d, tf.nn.avg_pool2d, tf.nn.avg_pool3d)
    ones = tf.ones_like(channels_last(x))
    if node.get("count_include_pad", 0):
        ones = window.padded(ones, 1, window.given)
        counted = window.padded(ones, 0, [[0, p[1] - g[1]] for p, g in zip(window.pads, window.given)])
    else:
        counted = window.padded(ones)
    total = pool(window.padded(channels_last(x)), window.kernel, window.strides, "VALID")
    return channels_second(total / pool(counted, window.kernel, window.strides, "VALID"))


@meaning("GlobalAveragePool")
def global_average_pool(node, x):
    return tf.reduce_mean(x, list(range(2, x.shape.rank)), keepdims=True)


@meaning("GlobalMaxPool")
def global_max_pool(node, x):
    return tf.reduce_max(x, list(range(2, x.shape.rank)), keepdims=True)


@meaning("MaxUnpool")
def max_unpool(node, x, places, shape=None):
    window = Window(node, x.shape[2:].as_list(), node.ints("kernel_shape"))
    before = [*x.shape[:2].as_list(), *[(size - 1) * s + k - sum(p) for size, s, k, p in
                                        zip(window.sizes, window.strides, window.kernel, window.pads)]]
    flat = tf.scatter_nd(tf.reshape(places, [-1, 1]), tf.reshape(x, [-1]), tf.constant([int(np.prod(before))], tf.int64))
    small = tf.reshape(flat, before)
    if shape is None:
        return small
    return tf.pad(small, [[0, int(b) - a] for a, b in zip(before, shape.numpy())])
