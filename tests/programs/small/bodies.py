# SPDX-License-Identifier: MIT
"""The bodies of the small programs: each makes of a vector one of the same shape, with the variable w."""
import tensorflow as tf


def scale(x, w):
    return x * w


def smooth(x, w):
    return tf.tanh(x) * w + 0.1


def product(x, w):
    return tf.linalg.matvec([[1.0, 0.5, 0.0], [0.0, 1.0, 0.5], [0.5, 0.0, 1.0]], x) * w * 0.5


def rows(x, w):
    return tf.concat([tf.gather(x, [2, 0]), x[1:2] * w], 0)


def masked(x, w):
    return tf.where(x > 0.2, x * w, x - w)


def normalised(x, w):
    return (x - tf.reduce_mean(x)) / (tf.math.reduce_variance(x) + 1.0) + w


def clipped(x, w):
    return tf.clip_by_value(x * x, 0.05, 1.5) * w


BODIES = [scale, smooth, product, rows, masked, normalised, clipped]
