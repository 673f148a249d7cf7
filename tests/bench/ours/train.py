# SPDX-License-Identifier: MIT
"""Training steps as a user writes them: variables, GradientTape, Adam; eagerly, and as a tf.function."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import tensorflow as tf  # noqa: E402
from sample import sample  # noqa: E402

tf.random.set_seed(1)


def mlp(widths):
    """A stack of dense layers by hand: its variables and the function of a batch."""
    pairs = [(tf.Variable(tf.random.normal((n, m), stddev=(2 / n) ** 0.5)), tf.Variable(tf.zeros(m)))
             for n, m in zip(widths, widths[1:])]

    def logits(x):
        for w, b in pairs[:-1]:
            x = tf.nn.relu(tf.matmul(x, w) + b)
        w, b = pairs[-1]
        return tf.matmul(x, w) + b
    return [v for pair in pairs for v in pair], logits


def lenet():
    layers = tf.keras.layers
    model = tf.keras.Sequential([
        tf.keras.Input((28, 28, 1)), layers.Conv2D(6, 5, activation="relu"), layers.MaxPool2D(),
        layers.Conv2D(16, 5, activation="relu"), layers.MaxPool2D(), layers.Flatten(),
        layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"), layers.Dense(10)])
    return model.trainable_variables, model


def step_of(variables, logits, x, y):
    optimizer = tf.keras.optimizers.Adam(1e-3)

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits(x)))
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss
    return step


def both(work, make, unit, shape):
    x = tf.random.normal(shape)
    y = tf.random.uniform((shape[0],), 0, 10, tf.int32)
    sample(work, "ours", unit, step_of(*make(), x, y))
    sample(work, "ours, tf.function", unit, tf.function(step_of(*make(), x, y)))


wanted = sys.argv[1:] or ["digits", "784", "lenet"]
if "digits" in wanted:
    both("MLP 64-128-64-10, batch 32", lambda: mlp((64, 128, 64, 10)), "µs", (32, 64))
if "784" in wanted:
    both("MLP 784-512-512-10, batch 64", lambda: mlp((784, 512, 512, 10)), "ms", (64, 784))
if "lenet" in wanted:
    both("LeNet 28×28, batch 64", lenet, "ms", (64, 28, 28, 1))
