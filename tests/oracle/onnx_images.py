# SPDX-License-Identifier: MIT
"""Resampling: each axis is a matrix of weights, or a choice of places."""
from __future__ import annotations

import numpy as np
import tensorflow as tf
from onnx_graph import meaning


def _coordinates(mode, size, wanted, scale, region):
    """Where in the input each output element is."""
    i = np.arange(wanted, dtype=np.float64)
    if mode == "align_corners":
        return i * (size - 1) / (size * scale - 1) if wanted > 1 else np.zeros(1)
    if mode == "asymmetric":
        return i / scale
    if mode == "tf_crop_and_resize":
        low, high = region
        return low * (size - 1) + i * (high - low) * (size - 1) / (wanted - 1) if wanted > 1 else np.array([(low + high) / 2 * (size - 1)])
    if mode == "tf_half_pixel_for_nn":
        return (i + 0.5) / scale
    if mode == "pytorch_half_pixel" and wanted == 1:
        return np.zeros(1)
    return (i + 0.5) / scale - 0.5


def _nearest(mode, x):
    return {"round_prefer_floor": np.ceil(x - 0.5), "round_prefer_ceil": np.floor(x + 0.5), "floor": np.floor(x),
            "ceil": np.ceil(x)}[mode].astype(int)


def cubic(t, a):
    t = np.abs(t)
    return np.where(t <= 1, (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1,
                    np.where(t < 2, a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a, 0))


def _weights(node, mode, size, x):
    """Output elements by input elements."""
    reach, kernel = (1, lambda t: np.maximum(1 - np.abs(t), 0)) if mode == "linear" else \
        (2, lambda t: cubic(t, node.get("cubic_coeff_a", -0.75)))
    weights = np.zeros((len(x), size))
    for row, at in enumerate(x):
        places = np.floor(at) + np.arange(1 - reach, reach + 1)
        values = kernel(at - places)
        if node.get("exclude_outside", 0):
            values = np.where((places >= 0) & (places < size), values, 0)
            values /= values.sum()
        np.add.at(weights[row], np.clip(places, 0, size - 1).astype(int), values)
    return weights


@meaning("Resize", "Upsample")
def resize(node, x, region=None, scales=None, sizes=None):
    if node.type == "Upsample" or node.version < 11:
        scales, region = region, None
    before = x.shape.as_list()
    if sizes is not None:
        after = [int(s) for s in sizes.numpy()]
        scales = [a / b for a, b in zip(after, before)]
    else:
        scales = [float(s) for s in scales.numpy()]
        after = [int(np.floor(b * s)) for b, s in zip(before, scales)]
    mode = node.get("mode", "nearest")
    where = node.get("coordinate_transformation_mode", "half_pixel" if node.version >= 11 else "asymmetric")
    n = len(before)
    region = region.numpy().tolist() if region is not None and region.shape[0] else [0.0] * n + [1.0] * n
    outside = np.zeros(after, bool)
    for axis in range(n):
        if before[axis] == after[axis] and where != "tf_crop_and_resize":
            continue
        at = _coordinates(where, before[axis], after[axis], scales[axis], (region[axis], region[n + axis]))
        if mode == "nearest":
            how = node.get("nearest_mode", "round_prefer_floor" if node.version >= 11 else "floor")
            x = tf.gather(x, np.clip(_nearest(how, at), 0, before[axis] - 1), axis=axis)
        else:
            weights = tf.constant(_weights(node, mode, before[axis], at), x.dtype)
            order = [axis] + [i for i in range(n) if i != axis]
            x = tf.transpose(tf.tensordot(weights, x, [[1], [axis]]), [order.index(i) for i in range(n)])
        if where == "tf_crop_and_resize":
            outside |= np.reshape((at < 0) | (at > before[axis] - 1), [-1 if i == axis else 1 for i in range(n)])
    return tf.where(outside, tf.cast(node.get("extrapolation_value", 0.0), x.dtype), x) if outside.any() else x


# ---- GridSample ----

def _reflected(x, low, high):
    if high <= low:
        return tf.zeros_like(x)
    span = high - low
    x = tf.math.floormod(tf.abs(x - low), 2 * span)
    return low + tf.where(x > span, 2 * span - x, x)


def _picked(image, y, x, padding, bounds):
    """image [N, H, W, C] at the whole places y, x [N, h, w]."""
    h, w = image.shape[1:3]
    if padding == "reflection":
        y, x = _reflected(y, *bounds[0]), _reflected(x, *bounds[1])
    inside = (y >= 0) & (y <= h - 1) & (x >= 0) & (x <= w - 1)
    places = tf.stack([tf.cast(tf.clip_by_value(y, 0.0, h - 1.0), tf.int32), tf.cast(tf.clip_by_value(x, 0.0, w - 1.0), tf.int32)], -1)
    values = tf.gather_nd(image, places, batch_dims=1)
    return values if padding != "zeros" else tf.where(inside[..., None], values, tf.zeros_like(values))


@meaning("GridSample")
def grid_sample(node, image, grid):
    mode, padding, aligned = node.get("mode", "bilinear"), node.get("padding_mode", "zeros"), node.get("align_corners", 0)
    image = tf.transpose(image, [0, 2, 3, 1])
    sizes = [float(s) for s in image.shape[1:3].as_list()]
    bounds = [(0.0, s - 1) if aligned else (-0.5, s - 0.5) for s in sizes]
    places = []
    for part, size, bound in zip((grid[..., 1], grid[..., 0]), sizes, bounds):
        at = (part + 1) / 2 * (size - 1) if aligned else ((part + 1) * size - 1) / 2
        if padding == "border" and mode != "bicubic":
            at = tf.clip_by_value(at, 0.0, size - 1)
        elif padding == "reflection" and mode != "bicubic":
            at = tf.clip_by_value(_reflected(at, *bound), 0.0, size - 1)
        places.append(at)
    y, x = places
    if mode == "nearest":
        return tf.transpose(_picked(image, tf.round(y), tf.round(x), padding, bounds), [0, 3, 1, 2])
    offsets = range(0, 2) if mode == "bilinear" else range(-1, 3)
    total = 0.0
    for i in offsets:
        for j in offsets:
            py, px = tf.floor(y) + i, tf.floor(x) + j
            weight = _weight(mode, y - py) * _weight(mode, x - px)
            total += weight[..., None] * _picked(image, py, px, padding, bounds)
    return tf.transpose(total, [0, 3, 1, 2])


def _weight(mode, t, a=-0.75):
    t = tf.abs(t)
    if mode == "bilinear":
        return tf.maximum(1 - t, 0.0)
    return tf.where(t <= 1, (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1, a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a)
