# SPDX-License-Identifier: MIT
"""tf.distribute: replicas one after another."""
import unittest

import numpy as np
import tensorflow as tf


class Replicas(unittest.TestCase):
    def test_one_trains_as_without(self):
        strategy = tf.distribute.MirroredStrategy()
        x, y = np.random.default_rng(1).normal(size=(32, 3)).astype("f4"), np.ones((32, 1), "f4")

        def train(scope):
            tf.random.set_seed(4)
            with scope:
                model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
                model.compile("sgd", "mse")
            model.fit(x, y, verbose=0, shuffle=False)
            return model.get_weights()
        import contextlib
        for a, b in zip(train(strategy.scope()), train(contextlib.nullcontext())):
            np.testing.assert_array_equal(a, b)
        self.assertEqual(strategy.num_replicas_in_sync, 1)

        @tf.function
        def step(v):
            return strategy.run(lambda x: x * 2.0 + float(tf.distribute.get_replica_context().num_replicas_in_sync), args=(v,))
        self.assertEqual(float(strategy.reduce("MEAN", step(tf.constant(3.0)), axis=None)), 7)
        self.assertEqual(float(strategy.run(lambda: tf.distribute.get_replica_context().all_reduce("sum", 5.0))), 5)

    def test_several(self):
        strategy = tf.distribute.MirroredStrategy(["cpu:0", "cpu:1", "cpu:2"])
        found = strategy.run(lambda: tf.constant([1.0, 2.0]) * (1 + tf.distribute.get_replica_context().replica_id_in_sync_group))
        self.assertEqual([v.numpy().tolist() for v in strategy.experimental_local_results(found)], [[1, 2], [2, 4], [3, 6]])
        self.assertEqual(strategy.reduce("SUM", found, axis=None).numpy().tolist(), [6, 12])
        self.assertEqual(strategy.reduce(tf.distribute.ReduceOp.MEAN, found, axis=0).numpy(), 3)
        self.assertEqual(strategy.gather(found, 0).numpy().tolist(), [1, 2, 2, 4, 3, 6])
        self.assertTrue(str(found).startswith("PerReplica:{\n  0: tf.Tensor([1. 2.], shape=(2,), dtype=float32),\n  1: "), str(found))
        doubled = strategy.run(lambda t: t * 2, args=(found,))
        self.assertEqual(doubled.values[2].numpy().tolist(), [6, 12])
        parts = list(strategy.experimental_distribute_dataset(tf.data.Dataset.range(6).batch(6)))
        self.assertEqual([v.numpy().tolist() for v in parts[0].values], [[0, 1], [2, 3], [4, 5]])

    def test_what_they_would_have_to_share_is_refused(self):
        strategy = tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"])
        with strategy.scope():
            v = tf.Variable(1.0)
        v.assign(2.0)
        self.assertEqual(float(strategy.run(lambda: v * 2).values[1]), 4)
        for change in (lambda: v.assign_add(1.0), lambda: tf.distribute.get_replica_context().all_reduce("SUM", 1.0)):
            with self.assertRaisesRegex(NotImplementedError, "one after another"):
                strategy.run(change)
        self.assertIs(type(tf.Variable(1.0)), tf.Variable)
        with self.assertRaisesRegex(ValueError, "Duplicates"):
            tf.distribute.MirroredStrategy(["cpu:0", "cpu:0"])
        self.assertFalse(tf.distribute.has_strategy())

    def test_generators(self):
        """A replica's key is the hash of the state's with the replica's number; all count alike."""
        strategy = tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"])
        with strategy.scope():
            g = tf.random.Generator.from_seed(1)
            state = tf.bitcast(g.state.read_value(), tf.uint64)
            first, second = (strategy.run(lambda: g.normal([3])) for _ in range(2))
        key, alg = state[2:], 1
        # The numbers of TensorFlow's own guide.
        np.testing.assert_array_equal([v.numpy()[0] for v in first.values], np.float32([-0.87930447, 0.020661574]))
        for i in range(2):
            own = tf.raw_ops.StatelessRandomUniformFullIntV2(shape=[1], key=key, counter=tf.constant([i, 0], tf.uint64), alg=alg,
                                                             dtype=tf.uint64)
            expected = tf.raw_ops.StatelessRandomNormalV2(shape=[3], key=own, counter=state[:2], alg=alg)
            np.testing.assert_array_equal(first.values[i], expected)
            self.assertTrue((second.values[i].numpy() != first.values[i].numpy()).all())
        g.reset_from_seed(1)
        again = strategy.run(lambda: g.normal([3]))
        for a, b in zip(again.values, first.values):
            np.testing.assert_array_equal(a, b)
        outside = tf.random.Generator.from_seed(1)
        np.testing.assert_array_equal(strategy.run(lambda: outside.uniform([])).values[0], tf.random.Generator.from_seed(1).uniform([]))
        with self.assertRaisesRegex(NotImplementedError, "several replicas"):
            strategy.run(tf.function(lambda: g.normal([])))
        with tf.distribute.MirroredStrategy().scope() as one:
            h = tf.random.Generator.from_seed(1)
            drawn = one.run(tf.function(lambda: h.uniform([2], maxval=10, dtype=tf.int32)))
        self.assertEqual(drawn.shape, (2,))

    def test_devices(self):
        before = tf.config.experimental.get_virtual_device_configuration(tf.config.list_physical_devices("CPU")[0])
        make = tf.config.experimental.VirtualDeviceConfiguration
        tf.config.experimental.set_virtual_device_configuration(tf.config.list_physical_devices("CPU")[0], [make(), make()])
        self.assertEqual([d.name for d in tf.config.list_logical_devices()], ["/device:CPU:0", "/device:CPU:1"])
        tf.config.set_logical_device_configuration(None, before)
        self.assertEqual(len(tf.config.list_logical_devices("CPU")), 1)


if __name__ == "__main__":
    unittest.main()
