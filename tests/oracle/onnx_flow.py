# SPDX-License-Identifier: MIT
"""Branches, loops, sequences and optional values: the graph around is run again for each body."""
from __future__ import annotations

import tensorflow as tf
from onnx_graph import DTYPES, meaning, numbers


@meaning("If")
def if_(node, condition):
    chosen = node.graph.body(node.attributes["then_branch" if bool(condition.numpy().reshape(-1)[0]) else "else_branch"])
    return tuple(chosen.run([]))


@meaning("Loop")
def loop(node, trips, condition, *carried):
    body = node.attributes["body"]
    n = len(carried)
    most = int(tf.reshape(trips, [])) if trips is not None else None
    going, i, scanned = condition is None or bool(condition), 0, [[] for _ in range(len(body.output) - 1 - n)]
    while going and (most is None or i < most):
        results = node.graph.body(body).run([tf.constant(i, tf.int64), tf.constant(True), *carried])
        going, carried = bool(results[0]), results[1:1 + n]
        for rows, value in zip(scanned, results[1 + n:]):
            rows.append(value)
        i += 1
    return (*carried, *[tf.stack(rows) for rows in scanned])


@meaning("Scan")
def scan(node, *inputs):
    if node.version < 9:    # version 8 has a batch before the time
        return _batched(node, *inputs[1:])
    return _scan(node, inputs)


def _batched(node, *inputs):
    n = len(inputs) - node.get("num_scan_inputs")
    rows = [_scan(node, [x[b] for x in inputs], n) for b in range(inputs[0].shape[0])]
    return tuple(tf.stack(parts) for parts in zip(*rows))


def _scan(node, inputs, n=None):
    body = node.attributes["body"]
    n = len(inputs) - node.get("num_scan_inputs") if n is None else n
    state, scanned = list(inputs[:n]), [[] for _ in range(len(body.output) - n)]
    for rows in zip(*[tf.unstack(x) for x in inputs[n:]]):
        results = node.graph.body(body).run([*state, *rows])
        state = results[:n]
        for kept, value in zip(scanned, results[n:]):
            kept.append(value)
    return (*state, *[tf.stack(kept) for kept in scanned])


@meaning("Gradient")
def gradient(node, *inputs):
    sources = [node.graph.values[name.decode()] for name in node.attributes["xs"]]
    return tuple(node.graph.tape.gradient(node.graph.values[node.get("y")], sources))


# ---- sequences: Python lists of tensors ----

@meaning("SequenceConstruct")
def sequence_construct(node, *items):
    return list(items)


@meaning("SequenceEmpty")
def sequence_empty(node):
    return []


@meaning("SequenceInsert")
def sequence_insert(node, sequence, item, place=None):
    sequence = list(sequence)
    place = len(sequence) if place is None else int(tf.reshape(place, []))
    sequence.insert(place if place >= 0 else len(sequence) + place, item)
    return sequence


@meaning("SequenceErase")
def sequence_erase(node, sequence, place=None):
    sequence = list(sequence)
    del sequence[-1 if place is None else int(tf.reshape(place, []))]
    return sequence


@meaning("SequenceAt")
def sequence_at(node, sequence, place):
    return sequence[int(tf.reshape(place, []))]


@meaning("SequenceLength")
def sequence_length(node, sequence):
    return tf.constant(len(sequence), tf.int64)


@meaning("SplitToSequence")
def split_to_sequence(node, x, sizes=None):
    axis = node.get("axis", 0)
    if sizes is None:
        parts = tf.split(x, x.shape[axis], axis)
        return parts if node.get("keepdims", 1) else [tf.squeeze(p, axis) for p in parts]
    if sizes.shape.rank == 0:
        step, size = int(sizes), x.shape[axis]
        return tf.split(x, [min(step, size - i) for i in range(0, size, step)], axis)
    return tf.split(x, numbers(sizes), axis)


@meaning("ConcatFromSequence")
def concat_from_sequence(node, sequence):
    join = tf.stack if node.get("new_axis", 0) else tf.concat
    return join(sequence, node.get("axis"))


@meaning("SequenceMap")
def sequence_map(node, sequence, *others):
    found = [node.graph.body(node.attributes["body"]).run([item, *[o[i] if isinstance(o, list) else o for o in others]])
             for i, item in enumerate(sequence)]
    return tuple(list(parts) for parts in zip(*found))


# ---- optional values: themselves, or None ----

@meaning("Optional")
def optional(node, value=None):
    return value


@meaning("OptionalGetElement")
def optional_get_element(node, value):
    return value


@meaning("OptionalHasElement")
def optional_has_element(node, value):
    return tf.constant(value is not None)


# ---- random numbers: only shape and dtype can be compared ----

@meaning("Bernoulli")
def bernoulli(node, x):
    dtype = DTYPES[node.get("dtype")] if "dtype" in node.attributes else x.dtype
    return tf.cast(tf.random.uniform(x.shape, dtype=tf.float32) < tf.cast(x, tf.float32), dtype)


@meaning("RandomUniformLike")
def random_uniform_like(node, x):
    dtype = DTYPES[node.get("dtype")] if "dtype" in node.attributes else x.dtype
    return tf.random.uniform(x.shape, node.get("low", 0.0), node.get("high", 1.0), dtype)
