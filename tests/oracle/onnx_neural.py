# SPDX-License-Identifier: MIT
"""Recurrent layers, losses, dropout, optimizers, windows of signals, words."""
from __future__ import annotations

import math

import tensorflow as tf
from onnx_graph import DTYPES, MEANINGS, meaning

ACTIVATIONS = {"Sigmoid": tf.sigmoid, "Tanh": tf.tanh, "Relu": tf.nn.relu}


class Recurrent:
    """What the recurrent nodes share: each step of each direction is step (direction, x, states) → states, the first of
    which is the output."""

    def __init__(self, node, x, w, lengths, states):
        self.node, self.batchwise = node, node.get("layout", 0)
        self.size, self.lengths = node.get("hidden_size"), lengths
        self.x = tf.transpose(x, [1, 0, 2]) if self.batchwise else x
        n = w.shape[0]
        self.states = [tf.zeros([n, self.x.shape[1], self.size]) if s is None else
                       tf.transpose(s, [1, 0, 2]) if self.batchwise else s for s in states]
        self.activations = [ACTIVATIONS[a.decode()] for a in node.attributes.get("activations", [])]
        self.directions = ["reverse"] if node.get("direction", "forward") == "reverse" else ["forward", "reverse"][:n]

    def run(self, step):
        outputs, lasts = [], []
        for d, direction in enumerate(self.directions):
            states, rows = [s[d] for s in self.states], []
            order = range(self.x.shape[0])
            for t in order if direction == "forward" else reversed(order):
                after = step(d, self.x[t], states)
                if self.lengths is not None:    # what has ended stays as it is, and gives nothing
                    going = (t < self.lengths)[:, None]
                    rows.append(tf.where(going, after[0], 0.0))
                    states = [tf.where(going, a, s) for a, s in zip(after, states)]
                else:
                    rows.append(after[0])
                    states = after
            outputs.append(tf.stack(rows if direction == "forward" else rows[::-1]))
            lasts.append(states)
        y = tf.stack(outputs, 1)
        finals = [tf.stack(parts) for parts in zip(*lasts)]
        if self.batchwise:
            y, finals = tf.transpose(y, [2, 0, 1, 3]), [tf.transpose(f, [1, 0, 2]) for f in finals]
        return (y, *finals)


def _bias(b, d, size):
    return (0.0, 0.0) if b is None else (b[d][:b.shape[1] // 2], b[d][b.shape[1] // 2:])


@meaning("RNN")
def rnn(node, x, w, r, b=None, lengths=None, h=None):
    layer = Recurrent(node, x, w, lengths, [h])
    f = (layer.activations or [tf.tanh])[0]

    def step(d, now, states):
        wb, rb = _bias(b, d, layer.size)
        return [f(tf.matmul(now, w[d], transpose_b=True) + tf.matmul(states[0], r[d], transpose_b=True) + wb + rb)]
    return layer.run(step)


@meaning("GRU")
def gru(node, x, w, r, b=None, lengths=None, h=None):
    layer = Recurrent(node, x, w, lengths, [h])
    f, g = (layer.activations or [tf.sigmoid, tf.tanh])[:2]
    n = layer.size

    def step(d, now, states):
        last = states[0]
        wb, rb = _bias(b, d, n)
        from_x = tf.matmul(now, w[d], transpose_b=True) + wb
        gates = f(from_x[:, :2 * n] + tf.matmul(last, r[d][:2 * n], transpose_b=True) + (rb[:2 * n] if b is not None else 0.0))
        z, reset = gates[:, :n], gates[:, n:]
        rest_bias = rb[2 * n:] if b is not None else 0.0
        if node.get("linear_before_reset", 0):
            inner = reset * (tf.matmul(last, r[d][2 * n:], transpose_b=True) + rest_bias)
        else:
            inner = tf.matmul(reset * last, r[d][2 * n:], transpose_b=True) + rest_bias
        return [(1 - z) * g(from_x[:, 2 * n:] + inner) + z * last]
    return layer.run(step)


@meaning("LSTM")
def lstm(node, x, w, r, b=None, lengths=None, h=None, c=None, peepholes=None):
    layer = Recurrent(node, x, w, lengths, [h, c])
    f, g, out = (layer.activations or [tf.sigmoid, tf.tanh, tf.tanh])[:3]

    def step(d, now, states):
        last, cell = states
        wb, rb = _bias(b, d, layer.size)
        z = tf.matmul(now, w[d], transpose_b=True) + tf.matmul(last, r[d], transpose_b=True) + wb + rb
        i, o, forget, new = tf.split(z, 4, 1)
        pi, po, pf = tf.split(peepholes[d], 3) if peepholes is not None else (0.0, 0.0, 0.0)
        cell = f(forget + pf * cell) * cell + f(i + pi * cell) * g(new)
        return [f(o + po * cell) * out(cell), cell]
    return layer.run(step)


# ---- losses ----

def _negative_log_likelihood(node, log_probabilities, target, weight):
    """Of classes along axis 1."""
    ignored = node.get("ignore_index")
    classes = log_probabilities.shape[1]
    rows = tf.transpose(log_probabilities, [0, *range(2, log_probabilities.shape.rank), 1])
    known = tf.where(target == ignored, tf.zeros_like(target), target) if ignored is not None else target
    loss = -tf.reduce_sum(rows * tf.one_hot(known, classes, dtype=rows.dtype), -1)
    scale = tf.ones_like(loss) if weight is None else tf.gather(weight, known)
    if ignored is not None:
        scale = tf.where(target == ignored, tf.zeros_like(scale), scale)
    reduction = node.get("reduction", "mean")
    if reduction == "mean":
        return tf.reduce_sum(loss * scale) / tf.reduce_sum(scale)
    return tf.reduce_sum(loss * scale) if reduction == "sum" else loss * scale


@meaning("NegativeLogLikelihoodLoss")
def negative_log_likelihood_loss(node, x, target, weight=None):
    return _negative_log_likelihood(node, x, target, weight)


@meaning("SoftmaxCrossEntropyLoss")
def softmax_cross_entropy_loss(node, x, target, weight=None):
    log_probabilities = tf.nn.log_softmax(x, axis=1)
    return _negative_log_likelihood(node, log_probabilities, target, weight), log_probabilities


@meaning("Dropout")
def dropout(node, x, ratio=None, training=None):
    ratio = node.get("ratio", 0.5) if ratio is None else float(ratio)
    if training is not None and bool(training) and ratio > 0:
        y = tf.nn.dropout(tf.ones_like(x), ratio)
        return x * y, y != 0
    return tf.identity(x), tf.ones_like(x, dtype=tf.bool)


# ---- optimizers ----

def _in_groups(n_states, update):
    """Inputs: rate, step, then all x, all gradients, all of each state; outputs in the same order."""
    def run(node, rate, step, *tensors):
        n = len(tensors) // (2 + n_states)
        groups = [tensors[i * n:(i + 1) * n] for i in range(2 + n_states)]
        results = [update(node, rate, tf.cast(step, tf.float32), *parts) for parts in zip(*groups)]
        return tuple(part for parts in zip(*results) for part in parts)
    return run


def _adagrad(node, rate, step, x, g, h):
    rate = rate / (1 + step * node.get("decay_factor", 0.0))
    g = g + node.get("norm_coefficient", 0.0) * x
    h = h + g * g
    return x - rate * g / (tf.sqrt(h) + node.get("epsilon", 1e-6)), h


def _momentum(node, rate, step, x, g, v):
    alpha, beta = node.get("alpha"), node.get("beta")
    g = g + node.get("norm_coefficient", 0.0) * x
    v = alpha * v + (tf.where(step > 0, beta, 1.0)) * g
    return x - rate * (g + alpha * v if node.get("mode") == "nesterov" else v), v


def _adam(node, rate, step, x, g, m, v):
    alpha, beta = node.get("alpha", 0.9), node.get("beta", 0.999)
    g = g + node.get("norm_coefficient", 0.0) * x
    m, v = alpha * m + (1 - alpha) * g, beta * v + (1 - beta) * g * g
    scale = tf.where(step > 0, tf.sqrt(1 - beta ** step) / (1 - alpha ** step), 1.0)
    x = x - rate * scale * m / (tf.sqrt(v) + node.get("epsilon", 1e-6))
    return x * (1 - node.get("norm_coefficient_post", 0.0)), m, v


MEANINGS.update(Adagrad=_in_groups(1, _adagrad), Momentum=_in_groups(1, _momentum), Adam=_in_groups(2, _adam))


# ---- windows of signals ----

def _cosine_window(*coefficients):
    def run(node, size):
        dtype = DTYPES[node.get("output_datatype", 1)]
        length = tf.cast(size, dtype) - (0.0 if node.get("periodic", 1) else 1.0)
        angle = tf.cast(tf.range(size), dtype) * (2 * math.pi) / length
        return tf.add_n([c * tf.cos(k * angle) for k, c in enumerate(coefficients)])
    return run


MEANINGS.update(HannWindow=_cosine_window(0.5, -0.5), HammingWindow=_cosine_window(25 / 46, -21 / 46),
                BlackmanWindow=_cosine_window(0.42, -0.5, 0.08))


# ---- words ----

@meaning("StringNormalizer")
def string_normalizer(node, x):
    stop = [word.decode() for word in node.attributes.get("stopwords", [])]
    change = {"LOWER": lambda s: tf.strings.lower(s, encoding="utf-8"),
              "UPPER": lambda s: tf.strings.upper(s, encoding="utf-8")}.get(node.get("case_change_action", "NONE"), tf.identity)
    if stop:
        sensitive = node.get("is_case_sensitive", 0)
        seen = x if sensitive else tf.strings.lower(x, encoding="utf-8")
        words = tf.constant(stop if sensitive else [word.lower() for word in stop])
        keep = tf.reduce_all(tf.reshape(seen, [-1, 1]) != words, -1)
        x = tf.boolean_mask(x, keep, axis=x.shape.rank - 1)
        if x.shape[-1] == 0:
            return tf.constant("", shape=[1] * x.shape.rank)
    return change(x)
