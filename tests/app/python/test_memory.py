# SPDX-License-Identifier: MIT
"""Graphs run in less memory than all their values take, and keep none of it that is large."""
import unittest

import numpy as np
import tensorflow as tf

MIB = 1 << 20
memory = tf.config.experimental


def peak_of(run) -> int:
    """What run() takes at most, beyond what is there before."""
    before = memory.get_memory_info("CPU:0")["current"]
    memory.reset_memory_stats("CPU:0")
    run()
    return memory.get_memory_info("CPU:0")["peak"] - before


class Memory(unittest.TestCase):
    def test_counts(self):
        before = memory.get_memory_info()["current"]
        x = tf.zeros((256, 1024))
        self.assertEqual(memory.get_memory_info()["current"] - before, MIB)
        memory.reset_memory_stats()
        del x
        after = memory.get_memory_info()
        self.assertEqual((after["current"], after["peak"]), (before, before + MIB))

    def test_a_chain_takes_two_of_its_values(self):
        @tf.function
        def f(x):
            for _ in range(20):
                x = tf.tanh(x * 1.01)
            return tf.reduce_sum(x)
        x = tf.ones((512, 1024))
        f(x)
        together, at_once = f.get_concrete_function(x)._function.memory()
        self.assertLessEqual(peak_of(lambda: f(x)), 2 * 2 * MIB + 4096)
        self.assertLessEqual(at_once, together)

    def test_a_tape_that_serves_once_keeps_what_the_first_derivative_takes(self):
        @tf.function
        def f(x):
            for _ in range(20):
                x = tf.nn.relu(x) + 1.0
            return tf.reduce_sum(x)
        x = tf.Variable(tf.ones((512, 1024)))

        def step():
            with tf.GradientTape() as tape:
                y = f(x)
            tape.gradient(y, x)
        step()
        self.assertLessEqual(peak_of(step), 24 * 2 * MIB)      # an input of each Relu, of 41 values

    def test_nothing_large_is_kept(self):
        f = tf.function(lambda x: tf.reduce_sum(tf.exp(x) + tf.sin(x) * tf.cos(x)))
        x = tf.ones((512, 1024))
        before = memory.get_memory_info()["current"]
        held = [f(x) for _ in range(3)]
        self.assertLess(memory.get_memory_info()["current"] - before, 65536)
        self.assertEqual(len(set(float(h) for h in held)), 1)

    def test_a_training_step_takes_half_of_its_values(self):
        layers = tf.keras.layers
        model = tf.keras.Sequential([
            tf.keras.Input((28, 28, 1)), layers.Conv2D(6, 5, activation="relu"), layers.MaxPool2D(),
            layers.Conv2D(16, 5, activation="relu"), layers.MaxPool2D(), layers.Flatten(),
            layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"), layers.Dense(10)])
        optimizer = tf.keras.optimizers.Adam(1e-3)
        x, y = tf.random.normal((64, 28, 28, 1)), tf.constant(np.arange(64) % 10)

        def plain():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x)))
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
            return loss
        # All values are those of the graph as it was written: fused nodes have fewer.
        step, traced = tf.function(plain), tf.function(plain)
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        traced()
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})
        step(), step()
        together, _ = traced.get_concrete_function()._function.memory()
        _, at_once = step.get_concrete_function()._function.memory()
        peak = peak_of(step)
        self.assertGreater(together, 4 * MIB)
        self.assertLessEqual(peak, together / 2)
        self.assertLessEqual(peak, at_once)


if __name__ == "__main__":
    unittest.main()
