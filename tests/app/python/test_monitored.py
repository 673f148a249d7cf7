# SPDX-License-Identifier: MIT
"""Monitored sessions, their hooks, coordinators, moving averages."""
import logging
import os
import tempfile
import threading
import unittest

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


class Training(unittest.TestCase):
    def setUp(self):
        context = tf.Graph().as_default()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.step = v1.train.get_or_create_global_step()
        self.w = v1.get_variable("w", [], initializer=v1.zeros_initializer())
        self.loss = tf.square(self.w - 4.0)
        self.train = v1.train.GradientDescentOptimizer(0.25).minimize(self.loss, self.step)


class Monitored(Training):
    def test_stops_at_a_step(self):
        with v1.train.MonitoredSession(hooks=[v1.train.StopAtStepHook(last_step=3)]) as session:
            runs = 0
            while not session.should_stop():
                session.run(self.train)
                runs += 1
        self.assertEqual(runs, 3)
        with self.assertRaisesRegex(RuntimeError, "Graph is finalized"):
            tf.constant(1.0)

    def test_hooks_fetch_and_feed(self):
        x = v1.placeholder(tf.float32, [], name="x")
        seen = []

        class Hook(v1.train.SessionRunHook):
            def begin(self):
                seen.append("begin")

            def before_run(self, run_context):
                return v1.train.SessionRunArgs({"y": x}, {x: 3.0})

            def after_run(self, run_context, run_values):
                seen.append(float(run_values.results["y"]))
                run_context.request_stop()

            def end(self, session):
                seen.append(float(session.run(w)))
        w = self.w
        with v1.train.SingularMonitoredSession(hooks=[Hook()]) as session:
            self.assertIsNone(session.run(self.train))
            self.assertTrue(session.should_stop())
            with self.assertRaisesRegex(RuntimeError, "should_stop requested"):
                session.run(self.train)
        self.assertEqual(seen, ["begin", 3.0, 2.0])

    def test_goes_on_from_a_checkpoint(self):
        with tempfile.TemporaryDirectory() as folder:
            for expected in (2, 4):
                with v1.train.MonitoredTrainingSession(checkpoint_dir=folder, save_checkpoint_steps=1, log_step_count_steps=None,
                                                       hooks=[v1.train.StopAtStepHook(num_steps=2)]) as session:
                    while not session.should_stop():
                        session.run(self.train)
                    graph = session.graph
                self.assertTrue(v1.train.latest_checkpoint(folder).endswith(f"model.ckpt-{expected}"))
                graph._unsafe_unfinalize()
            self.assertAlmostEqual(float(v1.train.load_variable(folder, "w")), 4.0 * (1 - 0.5 ** 4))

    def test_a_listener_is_told(self):
        told = []

        class Listener(v1.train.CheckpointSaverListener):
            def after_save(self, session, global_step_value):
                told.append(global_step_value)
        with tempfile.TemporaryDirectory() as folder:
            hook = v1.train.CheckpointSaverHook(folder, save_steps=2, listeners=[Listener()])
            with v1.train.MonitoredSession(v1.train.ChiefSessionCreator(), [hook, v1.train.StopAtStepHook(5)]) as session:
                while not session.should_stop():
                    session.run(self.train)
            self.assertEqual(told, [0, 2, 4, 5])
            self.assertTrue(os.path.exists(os.path.join(folder, "model.ckpt-5.index")))

    def test_logs(self):
        hook = v1.train.LoggingTensorHook({"loss": self.loss}, every_n_iter=2, formatter=lambda d: f"loss {d['loss']:.2f}")
        with self.assertLogs("tensorflow", logging.INFO) as told, v1.train.MonitoredSession(hooks=[hook]) as session:
            for _ in range(3):
                session.run(self.train)
        self.assertEqual([line.split(":")[-1] for line in told.output], ["loss 16.00", "loss 1.00"])

    def test_losses_that_are_no_numbers(self):
        bad = self.loss * float("nan")
        with self.assertRaisesRegex(RuntimeError, "NaN loss"), \
                v1.train.MonitoredSession(hooks=[v1.train.NanTensorHook(bad)]) as session:
            session.run(self.train)
        with v1.train.MonitoredSession(hooks=[v1.train.NanTensorHook(bad, fail_on_nan_loss=False)]) as session:
            session.run(self.train)
            self.assertTrue(session.should_stop())

    def test_the_end_of_data_ends_it(self):
        rows = v1.data.make_one_shot_iterator(tf.data.Dataset.range(2)).get_next()
        runs = []
        with v1.train.MonitoredSession() as session:
            while True:
                runs.append(int(session.run(rows)))
        self.assertEqual(runs, [0, 1])

    def test_what_was_not_initialized(self):
        scaffold = v1.train.Scaffold(init_op=self.step.initializer)
        with self.assertRaisesRegex(RuntimeError, "Variables not initialized: w"):
            v1.train.MonitoredSession(v1.train.ChiefSessionCreator(scaffold))

    def test_bad_arguments(self):
        for make, text in ((v1.train.StopAtStepHook, "One of num_steps or last_step"),
                           (lambda: v1.train.LoggingTensorHook([self.loss]), "exactly one of"),
                           (v1.train.SecondOrStepTimer, "Either every_secs or every_steps"),
                           (lambda: v1.train.CheckpointSaverHook("x", save_steps=1, saver=1, scaffold=1), "both saver and scaffold")):
            with self.assertRaisesRegex(ValueError, text):
                make()


class Averages(Training):
    def test_averages_follow(self):
        averages = v1.train.ExponentialMovingAverage(0.5)
        with tf.control_dependencies([self.train]):
            follow = averages.apply([self.w])
        self.assertEqual(averages.average(self.w).name, "w/ExponentialMovingAverage:0")
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            session.run(follow)
            values = session.run([self.w, averages.average(self.w)])
        np.testing.assert_allclose(values, [2.0, 1.0])
        names = averages.variables_to_restore()
        self.assertIs(names["w/ExponentialMovingAverage"], self.w)
        self.assertIs(names["global_step"], self.step)

    def test_the_decay_begins_small(self):
        n = tf.constant(0)
        averages = v1.train.ExponentialMovingAverage(0.99, num_updates=n)
        follow = averages.apply([self.w])
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            session.run(self.w.assign(1.0))
            session.run(follow)
            self.assertAlmostEqual(float(session.run(averages.average(self.w))), 0.9, 6)


class Threads(unittest.TestCase):
    def test_the_first_error_stops_all(self):
        coord = v1.train.Coordinator()

        def fail():
            with coord.stop_on_exception():
                raise ValueError("no")

        def wait():
            coord.wait_for_stop()
        threads = [threading.Thread(target=fail), threading.Thread(target=wait)]
        for thread in threads:
            coord.register_thread(thread)
            thread.start()
        with self.assertRaisesRegex(ValueError, "no"):
            coord.join(threads)
        self.assertTrue(coord.should_stop() and coord.joined)

    def test_the_end_of_data_is_no_error(self):
        coord = v1.train.Coordinator()
        coord.request_stop(tf.errors.OutOfRangeError(None, None, "end"))
        coord.join()
        coord.clear_stop()
        self.assertFalse(coord.should_stop())

    def test_loopers(self):
        coord, runs = v1.train.Coordinator(), []

        def count():
            runs.append(1)
            if len(runs) == 3:
                coord.request_stop()
        looper = v1.train.LooperThread.loop(coord, 0.001, count)
        coord.join([looper])
        self.assertEqual(len(runs), 3)


if __name__ == "__main__":
    unittest.main()
