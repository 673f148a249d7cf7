# SPDX-License-Identifier: MIT
"""TensorFlow 1: inside a version 2 program, and whole programs."""
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


class Version1(unittest.TestCase):
    def test_placeholders_and_sessions(self):
        with tf.Graph().as_default() as graph:
            x = v1.placeholder(tf.float32, [None, 2], name="x")
            y = tf.reduce_sum(x * 2.0, axis=1, name="y")
            with v1.Session() as session:
                result = session.run({"y": y, "twice": [x, "y:0"]}, feed_dict={x: [[1, 2], [3, 4]]})
        np.testing.assert_array_equal(result["y"], [6, 14])
        np.testing.assert_array_equal(result["twice"][1], [6, 14])
        self.assertEqual(y.name, "y:0")
        self.assertIs(y.graph, graph)
        self.assertTrue(tf.executing_eagerly())

    def test_training(self):
        for make in (lambda: v1.train.GradientDescentOptimizer(0.1), lambda: v1.train.MomentumOptimizer(0.02,
                0.9),
                     lambda: v1.train.AdamOptimizer(0.2)):
            with tf.Graph().as_default():
                w = v1.get_variable("w", [], initializer=v1.zeros_initializer())
                loss = tf.square(w - 3.0)
                step = make().minimize(loss)
                with v1.Session() as session:
                    session.run(v1.global_variables_initializer())
                    for _ in range(150):
                        session.run(step)
                    self.assertAlmostEqual(float(session.run(w)), 3.0, 1)

    def test_sessions_hold_values_apart(self):
        with tf.Graph().as_default():
            v = v1.get_variable("v", initializer=1.0)
            add = v1.assign_add(v, 1.0)
            first, second = v1.Session(), v1.Session()
            for session in (first, second):
                session.run(v.initializer)
            self.assertEqual(first.run(add), 2.0)
            self.assertEqual(second.run(v), 1.0)
            with self.assertRaises(tf.errors.FailedPreconditionError):
                v1.Session().run(v)

    def test_scopes_and_reuse(self):
        with tf.Graph().as_default():
            with v1.variable_scope("a"):
                with v1.variable_scope("b"):
                    v = v1.get_variable("v", [1])
            self.assertEqual(v.name, "a/b/v:0")
            with v1.variable_scope("a/b", reuse=True):
                self.assertIs(v1.get_variable("v", [1]), v)
            with self.assertRaisesRegex(ValueError, "already exists"):
                with v1.variable_scope("a/b"):
                    v1.get_variable("v", [1])
            with tf.name_scope("n"):
                self.assertEqual(tf.constant(1.0, name="c").name, "n/c:0")
            self.assertEqual([x.name for x in v1.trainable_variables()], ["a/b/v:0"])

    def test_tensors_are_keys(self):
        with tf.Graph().as_default():
            x, y = v1.placeholder(tf.float32, []), v1.placeholder(tf.float32, [])
            self.assertEqual({x: 1, y: 2}[x], 1)
            self.assertTrue(x == x and x != y)

    def test_bad_feeds(self):
        with tf.Graph().as_default():
            x = v1.placeholder(tf.float32, [2])
            with v1.Session() as session:
                with self.assertRaisesRegex(ValueError, r"Cannot feed value of shape \(3,\)"):
                    session.run(x, {x: [1, 2, 3]})
                with self.assertRaises(tf.errors.InvalidArgumentError):
                    session.run(x)

    def run_whole(self, text, arguments=(), **environment):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(textwrap.dedent(text))
            return subprocess.run([sys.executable, path, *arguments], capture_output=True, text=True, env={**os.environ,
                    **environment})

    def test_whole_programs(self):
        text = """
            import tensorflow as tf
            x = tf.placeholder(tf.float32, shape=())
            w = tf.Variable(2.0, name="w")
            y = w * x
            train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.square(y - 8.0))
            with tf.Session() as sess:
                sess.run(tf.global_variables_initializer())
                for i in range(3):
                    sess.run(train, feed_dict={x: 1.0})
                print(sess.run([w, y], {x: 2.0}), y.name, w)
            """
        expected = "[8.0, 16.0] mul:0 <tf.Variable 'w:0' shape=() dtype=float32>\n"
        for run in (self.run_whole("# lockstep: tf1\n" + textwrap.dedent(text)), self.run_whole(text,
                LOCKSTEP_TF1="1")):
            self.assertEqual((run.stdout, run.returncode), (expected, 0), run.stderr)
        refused = self.run_whole(text)
        self.assertIn("tf.compat.v1.placeholder", refused.stderr)

    def test_eager_whole_program(self):
        run = self.run_whole("""
            import tensorflow as tf
            tf.enable_eager_execution()
            print(tf.add(1, 2), tf.executing_eagerly())
            """, LOCKSTEP_TF1="1")
        self.assertEqual(run.stdout, "tf.Tensor(3, shape=(), dtype=int32) True\n", run.stderr)

    def test_flags_and_what_has_no_value(self):
        text = """
            # lockstep: tf1
            import tensorflow as tf
            tf.app.flags.DEFINE_integer("n", 3, "how many")
            tf.flags.DEFINE_boolean("fast", True, "100 %")
            tf.flags.DEFINE_list("names", "a,b", "")
            FLAGS = tf.flags.FLAGS

            def main(argv):
                v = tf.get_variable("v", [])
                with tf.Session() as session:
                    try:
                        session.run(v + 1.0)
                    except tf.errors.FailedPreconditionError as error:
                        print(str(error).splitlines()[0])
                print(FLAGS.n, FLAGS.fast, FLAGS.names, argv[1:], tf.gfile.Exists("/no such file"))

            if __name__ == "__main__":
                tf.app.run()
            """
        run = self.run_whole(textwrap.dedent(text), arguments=["--n", "5", "--nofast", "x"])
        self.assertEqual(run.stdout.splitlines(), [
            "Attempting to use uninitialized value v", "5 False ['a', 'b'] ['x'] False"], run.stderr)


class Partial(unittest.TestCase):
    def test_a_run_in_parts(self):
        with tf.Graph().as_default(), v1.Session() as session:
            a, v = v1.placeholder(tf.float32, []), v1.get_variable("v", initializer=tf.constant(0.0))
            counted, drawn = v.assign_add(1.0), tf.random.uniform([])
            first, second = drawn + a, drawn * 2.0 + a
            session.run(v.initializer)
            handle = session.partial_run_setup([first, second, counted], [a])
            x = session.partial_run(handle, first, {a: 4.0})
            y = session.partial_run(handle, second)
            self.assertAlmostEqual(float(y), 2 * float(x) - 4.0, 5)     # drawn once
            self.assertEqual((session.partial_run(handle, counted), session.run(v)), (1.0, 1.0))
            with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "already been fed"):
                session.partial_run(handle, first, {a: 1.0})
            with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "not specified in partial_run_setup"):
                session.partial_run(handle, drawn)

    def test_savers(self):
        with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default(), v1.Session() as session:
            v, step = v1.get_variable("v", initializer=tf.constant([[1.0, 2.0]])), tf.constant(7)
            with self.assertRaisesRegex(ValueError, "build cannot be deferred"):
                v1.train.Saver([v], defer_build=True)
            saver = v1.train.Saver(pad_step_number=True, max_to_keep=2)
            session.run(v.initializer)
            paths = [saver.save(session, folder + "/m", global_step=s) for s in (1, step, 9)]
            self.assertEqual(paths[1], folder + "/m-00000007")
            self.assertEqual(saver.last_checkpoints, paths[1:])
            self.assertFalse(os.path.exists(paths[0] + ".index"))
            with self.assertRaisesRegex(ValueError, "Parent directory of .* doesn't exist"):
                saver.save(session, folder + "/no/m")
            wide = v1.get_variable("wide", [2, 1])
            with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "shapes of both tensors to match"):
                v1.train.Saver({"v": wide}).restore(session, paths[2])
            v1.train.Saver({"v": wide}, reshape=True).restore(session, paths[2])
            self.assertEqual(session.run(wide).tolist(), [[1.0], [2.0]])
            with self.assertRaisesRegex(tf.errors.NotFoundError, "Key wide not found in checkpoint"):
                saver.restore(session, paths[2])
        with tempfile.TemporaryDirectory() as folder:
            w = tf.Variable([1.0], name="w")
            saver = v1.train.Saver([w])
            path = saver.save(None, folder + "/m")
            w.assign([5.0])
            saver.restore(None, path)
            self.assertEqual(w.numpy().tolist(), [1.0])

    def test_a_meta_graph_in_a_function(self):
        with tempfile.TemporaryDirectory() as folder:
            with tf.Graph().as_default(), v1.Session() as session:
                x, v = v1.placeholder(tf.float32, [], name="x"), v1.get_variable("v", initializer=3.0)
                tf.multiply(x, v, name="y")
                session.run(v.initializer)
                saver = v1.train.Saver()
                saver.save(session, folder + "/m")
            wrapped = v1.wrap_function(lambda: v1.train.import_meta_graph(folder + "/m.meta") and None, [])
            self.assertEqual([v.name for v in wrapped.variables], ["v:0"])
            v1.train.Saver(wrapped.variables).restore(None, folder + "/m")
            multiply = wrapped.prune("x:0", "y:0")
            self.assertEqual(float(multiply(tf.constant(5.0))), 15.0)

    def test_an_interactive_session_is_a_version_1_program(self):
        session = tf.compat.v1.InteractiveSession()
        try:
            v = tf.compat.v1.Variable(2.0)
            tf.compat.v1.global_variables_initializer().run()
            self.assertEqual((v * 3.0).eval(), 6.0)
        finally:
            session.close()
        self.assertTrue(tf.executing_eagerly())


if __name__ == "__main__":
    unittest.main()
