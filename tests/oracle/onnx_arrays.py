# SPDX-License-Identifier: MIT
"""Nodes that arrange elements."""
from __future__ import annotations

import numpy as np
import tensorflow as tf
from onnx_graph import DTYPES, meaning, numbers, tensor_of


@meaning("Constant")
def constant(node):
    for name, make in (("value", tensor_of), ("value_float", lambda v: tf.constant(v, tf.float32)),
                       ("value_floats", lambda v: tf.constant(v, tf.float32)), ("value_int", lambda v: tf.constant(v, tf.int64)),
                       ("value_ints", lambda v: tf.constant(v, tf.int64)), ("value_string", tf.constant), ("value_strings", tf.constant)):
        if name in node.attributes:
            return make(node.attributes[name])
    raise AssertionError("a Constant without a value")


@meaning("ConstantOfShape")
def constant_of_shape(node, shape):
    value = tensor_of(node.attributes["value"]) if "value" in node.attributes else tf.constant([0.0])
    return tf.fill(shape, tf.reshape(value, []))


@meaning("Shape")
def shape(node, x):
    sizes = tf.shape(x, out_type=tf.int64)
    rank = x.shape.rank
    start, end = node.get("start", 0), node.get("end", rank)
    start, end = (min(max(i + rank if i < 0 else i, 0), rank) for i in (start, end))
    return sizes[start:end]


@meaning("Size")
def size(node, x):
    return tf.size(x, out_type=tf.int64)


@meaning("Reshape")
def reshape(node, x, wanted=None):
    wanted = node.ints("shape") if wanted is None else numbers(wanted)
    if not node.get("allowzero", 0):
        wanted = [x.shape[i] if size == 0 else size for i, size in enumerate(wanted)]
    return tf.reshape(x, wanted)


@meaning("Flatten")
def flatten(node, x):
    rows = 1
    for size in x.shape[:node.get("axis", 1)].as_list():
        rows *= size
    return tf.reshape(x, [rows, -1])


@meaning("Transpose")
def transpose(node, x):
    return tf.transpose(x, node.ints("perm"))


@meaning("Squeeze")
def squeeze(node, x, axes=None):
    return tf.squeeze(x, node.ints("axes") if axes is None else numbers(axes))


@meaning("Unsqueeze")
def unsqueeze(node, x, axes=None):
    axes = node.ints("axes") if axes is None else numbers(axes)
    rank = x.shape.rank + len(axes)
    for axis in sorted(a % rank for a in axes):
        x = tf.expand_dims(x, axis)
    return x


@meaning("Expand")
def expand(node, x, wanted):
    return tf.broadcast_to(x, tf.broadcast_dynamic_shape(tf.shape(x, out_type=tf.int64), wanted))


@meaning("Tile")
def tile(node, x, repeats, axis=None):
    if axis is not None:        # version 1: how often, and along which axis
        repeats = [int(repeats) if i == int(axis) else 1 for i in range(x.shape.rank)]
    return tf.tile(x, repeats)


@meaning("Concat")
def concat(node, *inputs):
    return tf.concat(inputs, node.get("axis", 1))


@meaning("Split")
def split(node, x, sizes=None):
    axis = node.get("axis", 0)
    sizes = node.ints("split") if sizes is None else numbers(sizes)
    if sizes is not None:
        return tuple(tf.split(x, sizes, axis))
    return tuple(tf.split(x, len(node.outputs), axis))


@meaning("Slice")
def slice_(node, x, starts=None, ends=None, axes=None, steps=None):
    starts = node.ints("starts") if starts is None else numbers(starts)
    ends = node.ints("ends") if ends is None else numbers(ends)
    axes = node.ints("axes", list(range(len(starts)))) if axes is None else numbers(axes)
    steps = [1] * len(starts) if steps is None else numbers(steps)
    key = [slice(None)] * x.shape.rank
    for start, end, axis, step in zip(starts, ends, axes, steps):
        size = x.shape[axis]
        key[axis] = slice(max(start, -size - 1), min(end, size) if end >= -size else None if step < 0 else -size, step)
    return x[tuple(key)]


@meaning("Pad")
def pad(node, x, pads=None, value=None):
    pads = node.ints("pads", node.ints("paddings")) if pads is None else numbers(pads)
    n = len(pads) // 2
    value = node.get("value", 0.0) if value is None else value
    pairs = list(zip(pads[:n], pads[n:]))
    mode = node.get("mode", "constant")
    if mode == "constant":
        return tf.pad(x, pairs, constant_values=tf.cast(value, x.dtype))
    if mode == "reflect":
        return tf.pad(x, pairs, mode="REFLECT")
    for axis, (before, after) in enumerate(pairs):     # the edge again
        x = tf.gather(x, np.clip(np.arange(-before, x.shape[axis] + after), 0, x.shape[axis] - 1), axis=axis)
    return x


@meaning("EyeLike")
def eye_like(node, x):
    dtype = DTYPES[node.get("dtype")] if "dtype" in node.attributes else x.dtype
    rows, columns = x.shape.as_list()
    return tf.cast(tf.range(columns)[None, :] - tf.range(rows)[:, None] == node.get("k", 0), dtype)


@meaning("Range")
def range_(node, start, limit, delta):
    return tf.range(start, limit, delta)


@meaning("Trilu")
def trilu(node, x, k=None):
    k = 0 if k is None else int(k)
    rows, columns = x.shape[-2:]
    distance = np.arange(columns)[None, :] - np.arange(rows)[:, None]
    keep = distance >= k if node.get("upper", 1) else distance <= k
    return tf.where(keep, x, tf.zeros_like(x))


@meaning("DepthToSpace")
def depth_to_space(node, x):
    block = node.get("blocksize")
    if node.get("mode", "DCR") == "DCR":
        return tf.transpose(tf.nn.depth_to_space(tf.transpose(x, [0, 2, 3, 1]), block), [0, 3, 1, 2])
    n, c, h, w = x.shape.as_list()
    parts = tf.reshape(x, [n, c // block ** 2, block, block, h, w])
    return tf.reshape(tf.transpose(parts, [0, 1, 4, 2, 5, 3]), [n, c // block ** 2, h * block, w * block])


@meaning("SpaceToDepth")
def space_to_depth(node, x):
    return tf.transpose(tf.nn.space_to_depth(tf.transpose(x, [0, 2, 3, 1]), node.get("blocksize")), [0, 3, 1, 2])


@meaning("ReverseSequence")
def reverse_sequence(node, x, lengths):
    return tf.reverse_sequence(x, lengths, seq_axis=node.get("time_axis", 0), batch_axis=node.get("batch_axis", 1))


# ---- picking and placing ----

def positive(indices, size):
    return tf.where(indices < 0, indices + size, indices)


@meaning("Gather")
def gather(node, x, indices):
    axis = node.get("axis", 0)
    return tf.gather(x, positive(indices, x.shape[axis]), axis=axis)


@meaning("GatherND")
def gather_nd(node, x, indices):
    batch = node.get("batch_dims", 0)
    last = indices.shape[-1]
    sizes = tf.constant(x.shape[batch:batch + last].as_list(), indices.dtype)
    return tf.gather_nd(x, positive(indices, sizes), batch_dims=batch)


def element_places(node, x, indices):
    """Whole index vectors, of indices along one axis."""
    axis = node.get("axis", 0) % x.shape.rank
    grid = tf.meshgrid(*[tf.range(tf.cast(size, indices.dtype)) for size in indices.shape.as_list()], indexing="ij")
    grid[axis] = positive(indices, x.shape[axis])
    return tf.stack(grid, -1)


@meaning("GatherElements")
def gather_elements(node, x, indices):
    return tf.gather_nd(x, element_places(node, x, indices))


SCATTERS = {"none": tf.tensor_scatter_nd_update, "add": tf.tensor_scatter_nd_add, "max": tf.tensor_scatter_nd_max,
            "min": tf.tensor_scatter_nd_min}


@meaning("ScatterElements", "Scatter")
def scatter_elements(node, x, indices, updates):
    return SCATTERS[node.get("reduction", "none")](x, element_places(node, x, indices), updates)


@meaning("ScatterND")
def scatter_nd(node, x, indices, updates):
    how = node.get("reduction", "none")
    if how != "mul":
        return SCATTERS[how](x, indices, updates)
    places = tf.reshape(indices, [-1, indices.shape[-1]])   # a product: one update after another
    rows = tf.reshape(updates, [places.shape[0], *updates.shape[indices.shape.rank - 1:].as_list()])
    for place, row in zip(tf.unstack(places), tf.unstack(rows)):
        x = tf.tensor_scatter_nd_update(x, place[None], tf.gather_nd(x, place[None]) * row[None])
    return x


@meaning("OneHot")
def one_hot(node, indices, depth, values):
    depth = int(tf.reshape(depth, []))
    off, on = tf.unstack(values)
    axis = node.get("axis", -1) % (indices.shape.rank + 1)
    return tf.one_hot(positive(tf.cast(indices, tf.int64), depth), depth, on_value=on, off_value=off, axis=axis, dtype=values.dtype)


@meaning("NonZero")
def non_zero(node, x):
    return tf.transpose(tf.where(tf.cast(x, tf.bool)))


@meaning("Compress")
def compress(node, x, condition):
    axis = node.get("axis")
    x = tf.reshape(x, [-1]) if axis is None else x
    axis = 0 if axis is None else axis % x.shape.rank
    places = tf.squeeze(tf.where(condition), 1)
    return tf.gather(x, places, axis=axis)


@meaning("TopK")
def top_k(node, x, k):
    axis = node.get("axis", -1) % x.shape.rank
    order = [i for i in range(x.shape.rank) if i != axis] + [axis]
    back = [order.index(i) for i in range(x.shape.rank)]
    moved = tf.transpose(x, order)
    sign = 1 if node.get("largest", 1) else -1
    values, indices = tf.math.top_k(sign * moved, int(tf.reshape(k, [])))
    return tf.transpose(sign * values, back), tf.cast(tf.transpose(indices, back), tf.int64)


@meaning("Unique")
def unique(node, x):
    """By rows along an axis, which are told apart by the place of their first equal."""
    axis = node.get("axis")
    rows = tf.reshape(x, [-1, 1]) if axis is None else tf.transpose(x, _axis_first(x.shape.rank, axis))
    flat = tf.reshape(rows, [rows.shape[0], -1])
    same = tf.reduce_all(flat[:, None] == flat[None], -1)
    first, places, counts = tf.unique_with_counts(tf.argmax(tf.cast(same, tf.int32), axis=1))
    if node.get("sorted", 1):
        keys = tf.gather(flat, first)
        order = tf.range(first.shape[0])
        for column in reversed(range(flat.shape[1])):
            order = tf.gather(order, tf.argsort(tf.gather(keys[:, column], order), stable=True))
        first, counts = tf.gather(first, order), tf.gather(counts, order)
        places = tf.gather(tf.math.invert_permutation(order), places)
    found = tf.gather(rows, first)
    found = tf.reshape(found, [-1]) if axis is None else tf.transpose(found, _axis_back(x.shape.rank, axis))
    return found, first, tf.cast(places, tf.int64), tf.cast(counts, tf.int64)


def _axis_first(rank, axis):
    return [axis % rank] + [i for i in range(rank) if i != axis % rank]


def _axis_back(rank, axis):
    order = _axis_first(rank, axis)
    return [order.index(i) for i in range(rank)]
