#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A loop of a graph in the window: its iterations fold and open, and are stepped into, out of and from one to the next."""
import contextlib
import pathlib
import tempfile
import unittest

import driver
from driver import Window, until

PROGRAM = '''\
import tensorflow as tf

@tf.function
def halve(x):
    return x / 2.0

@tf.function
def collatz(x, n):
    i = 0
    while i < n:
        if x > 100.0:
            x = halve(x)
        else:
            x = x * 3.0 + 1.0
        i += 1
    return x

print(collatz(tf.constant(1.0), tf.constant(12)))
'''


class Loops(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = pathlib.Path(folder.name) / "collatz.py"
        self.program.write_text(PROGRAM)

    def step_to(self, window, key, what):
        for _ in range(40):
            before = window.status()
            if what in before:
                return
            window.key(key)
            with contextlib.suppress(AssertionError):  # two items may be said alike
                until("a step", lambda: window.status() != before, 1)
        self.fail(f"never came to {what}: {window.status()}")

    def test_steps(self):
        """Live: over the loop, into it, into an iteration, on to the next one and out."""
        with Window(self.program) as window:
            window.wait_status("^Paused before ")
            self.step_to(window, "F10", "the call of collatz")
            window.key("F11")
            window.wait_visible("push button", "Into its graph run")
            window.key("g")
            window.wait_status("^Paused before .* in the graph of ")
            self.step_to(window, "F10", "the loop")
            window.wait_status("^Paused before the loop .*, line 10$")
            window.key("F11")
            window.wait_status("^Paused before condition 0")
            window.key("F10")
            window.wait_status("^Paused before iteration 0")
            window.key("ctrl+F11")
            window.wait_status("^Paused before iteration 1")
            window.key("F11")
            window.wait_status("^Paused before .* in the graph of ")
            window.shot("40-in-an-iteration")
            window.key("shift+F11")
            window.wait_status("^Paused before condition 2")
            window.key("ctrl+F11")
            window.wait_status("^Paused before iteration 2")
            window.shot("41-iterations")
            for number in (1, 0):
                window.key("ctrl+shift+F11")
                window.wait_status(f"before iteration {number}")
            window.key("ctrl+shift+F11")
            window.wait_status("before the loop")
            window.key("Escape")
            window.wait_status("^Paused before iteration 2")
            window.key("F5")
            window.wait_status("^Ended")


if __name__ == "__main__":
    driver.own_display()
    unittest.main()
