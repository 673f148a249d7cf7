# SPDX-License-Identifier: MIT
"""A Case of three branches, in a loop and differentiated; one whose index is known is the branch that is taken."""
import tensorflow as tf


def turn(i, x):
    return tf.switch_case(i, [lambda: x * 2.0, lambda: tf.sin(x), lambda: x + 1.0])


@tf.function
def looped(x):
    for i in tf.range(4):
        x = turn(i, x)
    return x


@tf.function
def known(x):
    return turn(tf.constant(1), x)


x = tf.constant(0.5)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = looped(x)
print(y.numpy(), tape.gradient(y, x).numpy())
print(known(x).numpy())
