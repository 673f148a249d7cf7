# SPDX-License-Identifier: MIT
"""Runs ONNX graphs, node by node, on the ops of Lockstep's tensorflow.

A node's meaning is a function in one of the onnx_*.py beside this file, registered under the node's name: it takes the node
and its inputs (tensors; None for those left out; lists for sequences) and gives the output or a tuple of them."""
from __future__ import annotations

import numpy as np
import onnx
import tensorflow as tf
from onnx import numpy_helper

MEANINGS: dict = {}
DTYPES = {1: tf.float32, 2: tf.uint8, 3: tf.int8, 4: tf.uint16, 5: tf.int16, 6: tf.int32, 7: tf.int64, 8: tf.string, 9: tf.bool,
          10: tf.float16, 11: tf.float64, 12: tf.uint32, 13: tf.uint64, 14: tf.complex64, 15: tf.complex128, 16: tf.bfloat16}


class Unsupported(Exception):
    """The registry has no ops for it; the message says what is missing."""


def meaning(*names):
    def register(function):
        for name in names:
            MEANINGS[name] = function
        return function
    return register


def tensor_of(proto, declared=0):
    """A TensorProto as a tensor; declared: the dtype that the model gives it."""
    dtype = DTYPES[proto.data_type]
    array = numpy_helper.to_array(proto)
    if tf.bfloat16 in (dtype, DTYPES.get(declared)):    # NumPy has none: their bits are recorded, or a float32
        if array.dtype == np.uint16:
            array = (array.astype(np.uint32) << 16).view(np.float32)
        return tf.cast(tf.constant(array, tf.float32), tf.bfloat16)
    return tf.constant(array.tolist() if dtype == tf.string else array, dtype=dtype, shape=array.shape)


class Node:
    """One node: its attributes, and what its outputs are called."""

    def __init__(self, proto, graph):
        self.type, self.graph = proto.op_type, graph
        self.version = graph.versions.get(proto.domain, 1)
        self.inputs, self.outputs = list(proto.input), list(proto.output)
        self.attributes = {a.name: onnx.helper.get_attribute_value(a) for a in proto.attribute}

    def get(self, name, default=None):
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def ints(self, name, default=None):
        value = self.attributes.get(name)
        return default if value is None else list(value)


class Graph:
    """A graph, and the values of the names around it when it is the body of a node."""

    def __init__(self, proto, versions, around=None):
        self.proto, self.versions, self.around = proto, versions, around or {}
        self.nodes = [Node(node, self) for node in proto.node]

    def body(self, proto):
        """A subgraph that sees this graph's values."""
        return Graph(proto, self.versions, self.values)

    def run(self, inputs: list) -> list:
        self.values = dict(self.around)
        self.values.update((t.name, tensor_of(t)) for t in self.proto.initializer)
        given = [i.name for i in self.proto.input]
        if len(inputs) < len(given):    # initializers may be listed among the inputs
            given = [name for name in given if name not in {t.name for t in self.proto.initializer}]
        self.values.update(zip(given, inputs))
        self.values[""] = None
        self.tape = tf.GradientTape(persistent=True) if any(n.type == "Gradient" for n in self.nodes) else None
        if self.tape is not None:
            self.tape.__enter__()
            self.tape.watch([v for v in self.values.values() if tf.is_tensor(v)])
        for node in self.nodes:
            if node.type not in MEANINGS:
                raise Unsupported(f"{node.type}: no such op")
            results = MEANINGS[node.type](node, *[self.values[name] for name in node.inputs])
            self.values.update(zip(node.outputs, results if isinstance(results, tuple) else (results,)))
        return [self.values[output.name] for output in self.proto.output]


def load(path) -> Graph:
    model = onnx.load(path)
    return Graph(model.graph, {entry.domain: entry.version for entry in model.opset_import})


def numbers(tensor) -> list:
    """The elements of a tensor of integers, as Python ints."""
    return [int(i) for i in tensor.numpy().reshape(-1)]
