#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How a graph became the one that runs, and why functions were traced again: walked through by keys alone."""
import pathlib
import re
import subprocess
import tempfile
import unittest

import driver
from driver import Window, until

PROGRAM = '''\
import tensorflow as tf

@tf.function
def model(x, w):
    scale = tf.constant(2.0) * tf.constant(3.0)
    y = tf.matmul(x, w) * 1.0
    y = tf.transpose(tf.transpose(y))
    return tf.identity(tf.nn.relu(y) * scale)

for n in (2, 3):
    model(tf.ones([n, 4]), tf.ones([4, 5]))
'''


BRANCHES = '''\
import tensorflow as tf

@tf.function
def branches(x):
    y = tf.tanh(tf.abs(x) * 2.0) + tf.exp(-x)
    if tf.reduce_sum(y) > 1.0:
        y = y @ y
    else:
        y = y - 1.0
    return y

branches(tf.ones([80, 80]))
'''


class Graphs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = pathlib.Path(folder.name) / "model.py"
        program.write_text(PROGRAM)
        self.trace = pathlib.Path(folder.name) / "model.lockstep"
        subprocess.run([driver.LOCKSTEP, "record", "-o", self.trace, program], check=True, capture_output=True)

    def chosen(self, window):
        return next((row for row in driver.children(window.node("list", "Rewrites")) if window.focused(row)), None)

    def walk(self, window, key):
        before = self.chosen(window).get_name()
        window.key(key)
        return until("another step", lambda: (row := self.chosen(window)) and row.get_name() != before and row.get_name())

    def test_rewrites(self):
        """R opens the list of rewrites; arrows go from rewrite to rewrite and from pass to pass; what is seen is told."""
        with Window(self.trace) as window:
            window.wait_status("^Recorded")
            window.key("alt+6")
            window.wait_visible("image", "Graph")
            until("the graph", lambda: "boxes shown" in window.node("image", "Graph").get_description())
            window.key("r")
            until("the list", lambda: self.chosen(window))
            self.assertRegex(self.chosen(window).get_name(), r"^As traced, \d+ nodes$")
            self.assertRegex(self.walk(window, "Down"), r"^constants, 1×")
            rewrite = self.walk(window, "Down")
            self.assertIn("constants → constant", rewrite)
            window.wait_text("label", r"− Gone .*mul.*\(model.py:5\)")
            window.shot("50-rewrite")
            until("what changed", lambda: "3 gone, 1 new" in window.node("image", "Graph").get_description())
            self.assertNotIn("→", self.walk(window, "Right"))
            self.walk(window, "Left")
            window.key("End")
            until("the end", lambda: self.chosen(window).get_name().startswith("As it runs"))
            window.shot("51-as-it-runs")
            window.key("alt+6", "r")
            until("the graph alone", lambda: not self.chosen(window))

    def test_callees(self):
        """Return goes into a node: what a fused one does, which no list has, and branches; Backspace goes back, also by its link."""
        program = pathlib.Path(self.trace).with_name("branch.py")
        program.write_text(BRANCHES)
        subprocess.run([driver.LOCKSTEP, "record", "-o", self.trace, program], check=True, capture_output=True)
        with Window(self.trace) as window:
            window.wait_status("^Recorded")
            window.key("alt+6")
            graph = window.wait_visible("image", "Graph")
            until("the graph", lambda: "boxes shown" in graph.get_description())

            def said(pattern):
                return window.wait_text("label", pattern)

            def go_into(text):
                window.key("ctrl+f", "ctrl+a")
                window.type(text)
                window.wait_text("label", "^1 found$")
                window.key("Return")
                line = said(f" —  {text} · ")
                window.key("alt+6", "Return")
                said("^Run by a node of branches_")
                window.shot(f"53-in-{text}")
                return line
            self.assertRegex(go_into("_FusedElementwise"), "its graph.* stands for .*branch.py:5")
            said(r"^\w+(\+\w+)+.* · \d+ nodes$")
            window.key("BackSpace")
            said(r"^branches_\d+ · \d+ nodes · as it runs$")
            self.assertRegex(go_into("If"), "then_branch.*else_branch")
            said(r"^cond_true · \d+ nodes")
            window.key("BackSpace")
            said(r"^branches_\d+ · ")

    def test_traces(self):
        """Alt+T lists traces with cause and remedy; choosing one shows the line of its call."""
        with Window(self.trace) as window:
            window.wait_status("^Recorded")
            window.key("alt+t")
            rows = until("the traces", lambda: window.rows("Traces"))
            self.assertRegex(rows[0], r"^model, 2 traces, ")
            self.assertRegex(rows[2], r"^trace 2, argument 'x' changed shape \(2, 4\) → \(3, 4\) since trace 1, model.py:11, .* ms, "
                                      r"remedy: input_signature=\[tf.TensorSpec\(\(None, 4\), tf.float32\), ")
            window.key("Down", "Down")
            until("its line", lambda: window.caret_line() == 11)
            window.key("Return")
            window.wait_status("^Recorded: before the trace of model")
            window.shot("52-traces")


if __name__ == "__main__":
    driver.own_display()
    unittest.main()
