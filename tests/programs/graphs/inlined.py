# SPDX-License-Identifier: MIT
"""Functions that call functions: their calls are inlined, one of them is come back to, and elementwise nodes are fused across them."""
import tensorflow as tf


@tf.function
def split(x, k):
    return tf.reduce_sum(x), x * k


@tf.function
def scaled(x, k):
    y = x * k
    return tf.exp(y) + y


@tf.function
def model(x, k):
    total, product = split(x, k)
    sums = tf.cumsum(x + total)
    return scaled(product + sums, k) * 2.0


x = tf.constant([[0.25, -0.5], [1.0, 0.125]])
k = tf.constant([[0.5, 0.25], [0.125, 1.0]])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = model(x, k)
slope = tape.gradient(y, x)
print(y.numpy())
print(slope.numpy())
print(model(x, k).numpy())
