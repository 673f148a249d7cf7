# SPDX-License-Identifier: MIT
"""What sessions run: parts of a graph, rewritten, with values, effects, errors and feeds as they are without."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import tensorflow.compat.v1 as tf

LOCKSTEP = None


def configured(**options):
    return tf.ConfigProto(graph_options=tf.GraphOptions(**options))


PLAIN = configured(optimizer_options=tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0))


class Values(unittest.TestCase):
    def setUp(self):
        self.graph = tf.Graph()
        entered = self.graph.as_default()
        entered.__enter__()
        self.addCleanup(entered.__exit__, None, None, None)

    def both(self, fetches, feed_dict=None, before=()):
        """What rewritten and plain sessions give, which must be the same bits."""
        results = []
        for config in (None, PLAIN):
            with tf.Session(config=config) as session:
                for each in before:
                    session.run(each)
                results.append([session.run(fetches, feed_dict), session.run(fetches, feed_dict)])
        flat = [[np.asarray(v).tobytes() for run in result for v in (run if isinstance(run, (list, tuple)) else [run])]
                for result in results]
        self.assertEqual(*flat)
        return results[0][1]

    def test_subsets(self):
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        w = tf.constant(np.arange(6, dtype="f").reshape(3, 2))
        h = tf.nn.relu(tf.matmul(x, w) + 1.0)
        total, mean = tf.reduce_sum(h * 2.0), tf.reduce_mean(h)
        never = tf.placeholder(tf.float32, name="never") * total
        value = np.array([[1, -2, 3], [0, 1, -1]], "f")
        for fetches in (total, mean, [total, mean], [h, total], [x, total, total]):
            self.both(fetches, {x: value})
        self.assertEqual(self.both(total, {x: value}), np.maximum(value @ np.arange(6, dtype="f").reshape(3, 2) + 1, 0).sum() * 2)
        with tf.Session() as session, self.assertRaisesRegex(tf.errors.InvalidArgumentError, "feed.*never|never.*feed"):
            session.run(never, {x: value})

    def test_feeds_of_any_tensor(self):
        x = tf.placeholder(tf.float32, [2, 3], name="x")
        shape = tf.constant([3, 2])
        y = tf.reshape(x * 2.0, shape)
        z = tf.reduce_sum(y, axis=0) + 1.0
        two = tf.placeholder_with_default(2.0, [])
        value = np.arange(6, dtype="f").reshape(2, 3)
        np.testing.assert_array_equal(self.both(z, {x: value}), value.reshape(3, 2).sum(0) * 2 + 1)
        # A constant that shapes were known by.
        np.testing.assert_array_equal(self.both(y, {x: value, shape: [1, 6]}), value.reshape(1, 6) * 2)
        np.testing.assert_array_equal(self.both(tf.exp(y) - tf.exp(y), {x: value, shape: [6, 1]}), np.zeros((6, 1)))
        np.testing.assert_array_equal(self.both(z, {y: np.ones((3, 2), "f")}), [4, 4])
        np.testing.assert_array_equal(self.both([y, z], {y: np.ones((3, 2), "f")})[1], [4, 4])
        self.assertEqual(self.both(two * 3.0), 6)
        self.assertEqual(self.both(two * 3.0, {two: 5.0}), 15)

    def test_grown_graphs(self):
        x = tf.placeholder(tf.float32, [], name="x")
        y = x + 1.0
        with tf.Session() as session:
            self.assertEqual(session.run(y, {x: 1}), 2)
            z = y * y
            self.assertEqual(session.run(z, {x: 1}), 4)
            self.assertEqual(session.run([y, z], {x: 2}), [3, 9])
            self.assertEqual(session.run(y, {x: 1}), 2)

    def test_effects(self):
        v = tf.get_variable("v", initializer=np.float32(1))
        seen = v.read_value() * 2.0
        with tf.control_dependencies([seen]):
            add = tf.assign_add(v, 1.0)
        with tf.control_dependencies([add]):
            after = v.read_value() * 2.0
        alone = tf.group(tf.assign(v, 10.0))
        self.assertEqual(self.both([seen, after], before=[v.initializer]), [4, 6])
        with tf.Session() as session:
            session.run(v.initializer)
            self.assertEqual(session.run(seen), 2)      # what is not asked for does not happen
            self.assertEqual(session.run(seen), 2)
            self.assertIsNone(session.run(alone))
            self.assertEqual(session.run(seen), 20)
            self.assertIsNone(session.run(add.op))
            self.assertEqual(session.run(v), 11)

    def test_order_of_reads_and_writes(self):
        """Where nothing is asked for, as the nodes were made."""
        v = tf.get_variable("v", initializer=np.arange(4, dtype="f"))
        first = v.read_value() * 3.0
        write = tf.assign(v, v.read_value() + 100.0)
        second = v.read_value() * 5.0
        summed = first + second
        results = self.both([summed, write], before=[v.initializer])
        np.testing.assert_array_equal(results[0], (np.arange(4) + 100) * 3 + (np.arange(4) + 200) * 5)

    def test_errors_stay(self):
        x = tf.placeholder(tf.int32, [], name="x")
        bad = tf.constant(7) // x
        with tf.control_dependencies([bad]):
            fine = tf.identity(x) * 0
        checked = tf.Assert(x > 1, [x])
        for config in (None, PLAIN):
            with tf.Session(config=config) as session:
                self.assertEqual(session.run(fine, {x: 2}), 0)
                for wrong in (fine, bad, bad.op, checked):
                    with self.assertRaises(tf.errors.InvalidArgumentError):
                        session.run(wrong, {x: 0})

    def test_random_numbers_are_not_constants(self):
        r = tf.random_uniform([4], seed=7)
        doubled = r * 2.0
        with tf.Session() as session:
            first, second = session.run(doubled), session.run(doubled)
            self.assertFalse((first == second).all())
            a, b = session.run([r, doubled])
            np.testing.assert_array_equal(a * 2, b)

    def test_calls_and_loops(self):
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.cond(x > 0, lambda: x * 2.0, lambda: x - 1.0)
        _, z = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + y), [tf.constant(0), x])
        g, = tf.gradients(z, x)
        self.assertEqual(self.both([y, z, g], {x: 3.0}), [6, 33, 11])
        self.assertEqual(self.both([y, z, g], {x: -3.0}), [-4, -23, 6])

    def train(self, optimizer, config):
        with tf.Graph().as_default(), tf.Session(config=config) as session:
            rng = np.random.RandomState(0)
            x, y = tf.placeholder(tf.float32, [None, 8]), tf.placeholder(tf.float32, [None, 1])
            w = tf.get_variable("w", initializer=rng.randn(8, 6).astype("f"))
            v = tf.get_variable("v", initializer=rng.randn(6, 1).astype("f"))
            loss = tf.reduce_mean((tf.matmul(tf.tanh(tf.matmul(x, w) + 0.5), v) - y) ** 2)
            step = optimizer().minimize(loss)
            session.run(tf.global_variables_initializer())
            data = rng.randn(16, 8).astype("f"), rng.randn(16, 1).astype("f")
            losses = [session.run([step, loss], dict(zip((x, y), data)))[1] for _ in range(20)]
            return losses, [each.tobytes() for each in session.run([w, v])]

    def test_training(self):
        for optimizer in (lambda: tf.train.GradientDescentOptimizer(0.1), lambda: tf.train.AdamOptimizer(0.01),
                          lambda: tf.train.MomentumOptimizer(0.05, 0.9)):
            rewritten, plain = self.train(optimizer, None), self.train(optimizer, PLAIN)
            self.assertEqual(rewritten, plain)
            self.assertLess(rewritten[0][-1], rewritten[0][0])


_PROGRAM = """# lockstep: tf1
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import rewriter_config_pb2
x = tf.placeholder(tf.float32, [5000], name="x")      # smaller values are not fused
y = tf.exp(x * 2.0) + tf.exp(x * 2.0)
config = tf.ConfigProto()
%s
with tf.Session(config=config) as session:
    for _ in range(2):
        session.run(y, {x: [1.5] * 5000})
"""


class Told(unittest.TestCase):
    """Rewrites of a session's graph are events, and lists show them."""

    def rules(self, setting=""):
        with tempfile.TemporaryDirectory() as folder:
            program, trace = pathlib.Path(folder) / "program.py", pathlib.Path(folder) / "run.lockstep"
            program.write_text(_PROGRAM % setting)
            subprocess.run([LOCKSTEP, "record", "--quiet", "-o", trace, program], check=True, timeout=60)
            listed = subprocess.run([LOCKSTEP, "events", trace, "--json"], check=True, timeout=60, capture_output=True, text=True)
            graphs = subprocess.run([LOCKSTEP, "graphs", trace], check=True, timeout=60, capture_output=True, text=True).stdout
            events = [json.loads(line) for line in listed.stdout.splitlines()]
            ran = [event["name"] for event in events if event["kind"] == "op"]
            return {event["text"].split(":")[0] for event in events if event["kind"] == "rewrite"}, ran, graphs

    def test_default(self):
        passes, ran, graphs = self.rules()
        self.assertLessEqual({"common", "fusion"}, passes)
        self.assertEqual(ran.count("Exp"), 2)           # once in each of two runs
        self.assertIn("_FusedElementwise", graphs)

    def test_switched_off(self):
        self.assertEqual(self.rules("config.graph_options.rewrite_options.disable_meta_optimizer = True")[0], set())
        self.assertEqual(self.rules("config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0")[0], set())
        passes, ran, _ = self.rules(
            "config.graph_options.rewrite_options.common_subgraph_elimination = rewriter_config_pb2.RewriterConfig.OFF")
        self.assertNotIn("common", passes)
        self.assertIn("fusion", passes)
        self.assertEqual(ran.count("Exp"), 4)


if __name__ == "__main__":
    LOCKSTEP = sys.argv.pop(1)
    unittest.main()
