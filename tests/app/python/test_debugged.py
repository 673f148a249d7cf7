# SPDX-License-Identifier: MIT
"""A program that is watched: events with lines, stops, questions, errors."""
import os
import tempfile
import textwrap
import unittest

from channel import INTO, LINE, OVER, Channel


class Debugged(unittest.TestCase):
    def start(self, text, **options):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = os.path.join(os.path.realpath(folder.name), "program.py")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text).lstrip())
        channel = Channel(self.program, **options)
        self.addCleanup(channel.close)
        return channel

    def test_ops_bear_their_lines(self):
        channel = self.start("""
            import tensorflow as tf
            a = tf.constant(5)
            b = a + 2

            c = b * a
            """)
        channel.until("STOP")
        channel.go()
        status, _, errors = channel.end()
        ops = [(e[2], e[1]) for e in channel.events() if e[0] == "OP"]
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual([o for o in ops if o[0] in ("AddV2", "Mul")], [("AddV2", 3), ("Mul", 5)])

    def test_building_a_model_traces_nothing(self):
        channel = self.start("""
            import tensorflow as tf
            layers = tf.keras.layers
            model = tf.keras.Sequential([tf.keras.Input((8, 8)), layers.Flatten(), layers.Dense(4, "relu"),
                                         layers.Dropout(0.5), layers.Dense(2), layers.Softmax()])
            assert model.output_shape == (None, 2)
            """)
        stop = channel.until("STOP")[-1]
        self.assertEqual(stop[1:3], (3, "RandomUniform"))
        channel.go()
        status, _, errors = channel.end()
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual([e[:3] for e in channel.events() if e[0] in ("NODE", "GRAPH", "CALL")], [])

    def test_parts_of_a_function_are_one_frame(self):
        channel = self.start("""
            import tensorflow as tf
            @tf.function
            def f(n):
                total = 0
                for i in tf.range(n):
                    if i > 0:
                        total += i
                return total
            f(tf.constant(2))
            """)
        for _ in range(80):
            stop = channel.until("STOP")[-1]
            if stop[1] == 7 and stop[2] == "AddV2":
                break
            channel.go(INTO)
        where = channel.ask(do="where")["stack"]
        self.assertEqual([(f["line"], f["function"]) for f in where], [(7, "f"), (9, "<module>")])
        variables = [v["name"] for v in channel.ask(do="locals", frame=0)["variables"]]
        self.assertEqual(variables, ["i", "n", "total"])

    def test_a_stop_answers_questions(self):
        channel = self.start("""
            import tensorflow as tf
            def twice(x):
                y = [1, 2]
                return x + x
            twice(tf.Variable(3.0).read_value())
            """)
        for _ in range(20):
            stop = channel.until("STOP")[-1]
            if stop[2] == "AddV2":
                break
            channel.go(INTO)
        where = channel.ask(do="where")["stack"]
        self.assertEqual([(f["line"], f["function"]) for f in where], [(4, "twice"), (5, "<module>")])
        self.assertEqual(where[0]["file"], self.program)
        variables = {v["name"]: v for v in channel.ask(do="locals", frame=0)["variables"]}
        self.assertEqual(variables["y"]["text"], "[1, 2]")
        self.assertEqual(variables["x"]["text"], "<tf.Tensor: shape=(), dtype=float32, numpy=3.0>")
        self.assertGreater(variables["x"]["tensor"], 0)
        self.assertEqual(channel.ask(do="evaluate", frame=0, text="len (y) + 1")["text"], "3")
        self.assertIn("numpy=6.0", channel.ask(do="evaluate", frame=0, text="x * 2")["text"])
        self.assertIn("NameError", channel.ask(do="evaluate", frame=0, text="nothing")["error"])
        self.assertIn("no frame 9", channel.ask(do="locals", frame=9)["error"])
        channel.go()
        self.assertEqual(channel.end()[0], 0)

    def test_a_tight_loop_without_ops_pauses(self):
        channel = self.start("""
            n = 0
            while n >= 0:
                n += 1
            """, stop_at_entry=False)
        import time
        time.sleep(0.4)
        channel.pause()
        channel.until("STOP")
        self.assertEqual(channel.ask(do="evaluate", frame=0, text="n > 0")["text"], "True")

    def test_a_sleeping_program_pauses(self):
        channel = self.start("import time\ntime.sleep(60)\n", stop_at_entry=False)
        import time
        time.sleep(0.4)
        channel.pause()
        channel.until("STOP", 3)
        self.assertEqual(channel.ask(do="where")["stack"][0]["line"], 2)

    def test_line_breakpoints_without_any_op(self):
        channel = self.start("""
            import time
            time.sleep(0.6)
            total = 0
            for i in range(3):
                total += i
            print(total)
            """, stop_at_entry=False)
        channel.break_at(self.program, 5)
        for i in range(3):
            stop = channel.until("STOP")[-1]
            self.assertEqual(stop[1], 5)
            self.assertEqual(channel.ask(do="evaluate", frame=0, text="i")["text"], str(i))
            channel.go()
        self.assertEqual(channel.end()[:2], (0, "3\n"))

    def test_stepping_by_lines(self):
        channel = self.start("""
            import tensorflow as tf
            def f(x):
                return x * 2
            a = tf.constant(1.0) + 1.0
            b = f(a)
            c = b
            """)
        lines = [channel.until("STOP")[-1][1]]
        for _ in range(8):
            if lines[-1] == 6:
                break
            channel.go(OVER, LINE)
            lines.append(channel.until("STOP")[-1][1])
        self.assertEqual(lines[-2:], [5, 6])
        channel.go()
        self.assertEqual(channel.end()[0], 0)

    def test_an_uncaught_error_can_be_looked_at(self):
        channel = self.start("""
            import tensorflow as tf
            def f(a):
                return tf.matmul(a, a)
            f(tf.ones([2, 3]))
            """, stop_at_entry=False, stop_at_error=True)
        events = channel.until("STOP")
        alerts = [e for e in events if e[0] == "ALERT"]
        self.assertTrue(alerts[-1][2].startswith("InvalidArgumentError: "), alerts)
        self.assertEqual(channel.ask(do="where")["stack"][0]["line"], 3)
        self.assertEqual(channel.ask(do="evaluate", frame=0, text="a.shape[1]")["text"], "3")
        channel.go()
        status, _, errors = channel.end()
        self.assertEqual(status, 1)
        self.assertNotIn("math_ops.py", errors)

    def test_exit_is_no_error(self):
        channel = self.start("import sys\nsys.exit(3)\n", stop_at_entry=False, stop_at_error=True)
        status, _, _ = channel.end()
        self.assertEqual(status, 3)
        self.assertFalse([e for e in channel.events() if e[0] == "ALERT"])

    def test_functions_tell_trace_and_run(self):
        channel = self.start("""
            import tensorflow as tf
            @tf.function
            def f(x):
                return x + x
            f(tf.constant(1))
            f(tf.constant(2.0))
            """, stop_at_entry=False)
        self.assertEqual(channel.end()[0], 0)
        events = channel.events()
        import struct
        calls = [(struct.unpack_from("<II", e[3])[1], e[2]) for e in events if e[0] == "CALL"]
        self.assertEqual([k for k, _ in calls], [0, 1, 2, 0, 1, 2])
        causes = [channel.strings[struct.unpack_from("<IIII", e[3])[3]] for e in events if e[0] == "CALL"]
        self.assertIn("argument 'x' changed dtype int32 → float32 since trace 1", [cause.partition("; ")[0] for cause in causes])
        self.assertEqual([e[1] for e in events if e[0] == "NODE" and e[2] == "AddV2"], [4, 4])

    def test_nothing_is_left_behind(self):
        channel = self.start("""
            import os, sys
            print(any("site" in os.path.basename(p) and "python" in p and "dist" not in p for p in sys.path),
                  "LOCKSTEP_CHANNEL" in os.environ, "/app/python/site" in os.environ.get("PYTHONPATH", ""))
            """, stop_at_entry=False)
        self.assertEqual(channel.end()[:2], (0, "False False False\n"))


if __name__ == "__main__":
    unittest.main()
