# SPDX-License-Identifier: MIT
"""Graphs as a user makes them: what a call costs, a node, an iteration and a trace; elementwise chains; memory of a step."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import tensorflow as tf  # noqa: E402
from sample import sample, say  # noqa: E402
from works import ITERATIONS, chain, scalars  # noqa: E402

plain = {"autograph": False}


def calls():
    two, x = tf.function(lambda x, y: tf.nn.relu(x + y), **plain), tf.constant(1.0)
    sample("call of two ops", "ours", "µs", lambda: two(x, x))
    nodes, half = tf.function(scalars, **plain), tf.constant(0.5)
    sample("1,000 scalar ops", "ours", "ns", lambda: nodes(x, half), units=1000)


def chains():
    for n, unit in ((1_000_000, "ms"), (1000, "µs")):
        x, b = tf.random.uniform((n,)) - 0.5, tf.random.uniform((n,)) + 1.0
        function = tf.function(lambda x, b: chain(x, b, tf.tanh, tf.exp, tf.nn.relu), **plain)
        sample(f"chain of ten, {n:,} floats", "ours", unit, lambda: function(x, b))


def rounds(n, x):
    i = tf.constant(0)
    while i < n:
        x = x * 0.999 + 1.0
        i += 1
    return x


def loops():
    graph, x, n = tf.function(rounds), tf.constant(1.0), tf.constant(ITERATIONS)
    sample("while loop, an iteration", "ours", "ns", lambda: graph(n, x), units=ITERATIONS)
    sample("while loop, an iteration", "ours eagerly", "ns", lambda: rounds(tf.constant(1000), x), units=1000)


def traces():
    x, half = tf.constant(1.0), tf.constant(0.5)
    for n in (1000, 10_000):
        sample(f"tracing {n:,} nodes", "ours", "ms",
               lambda: tf.function(lambda x, b: scalars(x, b, n), **plain).get_concrete_function(x, half))


def lenet():
    layers = tf.keras.layers
    model = tf.keras.Sequential([
        tf.keras.Input((28, 28, 1)), layers.Conv2D(6, 5, activation="relu"), layers.MaxPool2D(),
        layers.Conv2D(16, 5, activation="relu"), layers.MaxPool2D(), layers.Flatten(),
        layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"), layers.Dense(10)])
    optimizer = tf.keras.optimizers.Adam(1e-3)
    x, y = tf.random.normal((64, 28, 28, 1)), tf.random.uniform((64,), 0, 10, tf.int32)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x)))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss
    return step


def memory():
    """What a step takes at most, beside what all the values in its graph take."""
    step, info = lenet(), tf.config.experimental.get_memory_info
    step(), step()
    before = info()["current"]
    tf.config.experimental.reset_memory_stats()
    step()
    say("LeNet step, memory", "ours", "MiB", (info()["peak"] - before) / 2**20)
    together, _ = step.get_concrete_function()._function.memory()
    say("LeNet step, memory", "all values", "MiB", together / 2**20)


PARTS = {"calls": calls, "chains": chains, "loops": loops, "traces": traces, "memory": memory}
for name in sys.argv[1:] or PARTS:
    PARTS[name]()
