# SPDX-License-Identifier: MIT
"""Random programs of Python's control flow, each run eagerly and as a tf.function: values, gradients and what was assigned to
variables have to be the same.

control.py SECONDS [SEED]. A program that differs is printed, and the exit status is 1."""
from __future__ import annotations

import linecache
import math
import random
import re
import sys
import time

import tensorflow as tf

ARGUMENTS = ((1.25, -0.5, 3, 1, True), (-2.0, 0.75, 0, 4, False))
HELPERS = """\
def g(x, i):
    if x > 0.0:
        x = x * 0.5
    for q in tf.range(i % 3):
        x += 0.25
    return x
h = lambda x: x * 0.25 if x > 1.0 else x + 0.125
"""


class Program:
    """Of floats a, b, c, integers i, j, n, a Python number p and a Python bool flag; v, w and log are variables."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._lines: list = []
        self._count = 0
        self._say(0, "def f(a, b, n, p, flag):", "    c, i, j = a * b, n + 0, n * 2")
        self._block(1, 0, False, self._random.randint(3, 7))
        self._say(1, "return a + c, i + j, b + 0.0")
        self.text = HELPERS + "\n".join(self._lines) + "\n"

    def _say(self, depth: int, *lines: str) -> None:
        self._lines += ["    " * depth + line for line in lines]

    def _any(self, *choices):
        return self._random.choice(choices)

    def _name(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    # ---- expressions; deep: how far inside ----

    def _fill(self, template: str, deep: int) -> str:
        """Puts expressions in place of N, I and T: numbers, integers, tests."""
        make = {"N": self._number, "I": self._integer, "T": self._test}
        return re.sub(r"\b[NIT]\b", lambda found: make[found[0]](deep + 1), template)

    def _number(self, deep=0) -> str:
        if deep > 2 or self._random.random() < 0.35:
            return self._any("a", "b", "c", "a", "v.value()", "1.5", "-0.5")
        return self._fill(self._any("(N + N)", "(N - N)", "(N * 0.5)", "tf.sin(N + a)", "tf.maximum(N, a)",
                                    "tf.cast(I + i, tf.float32)", "g(N + a, i)", "h(N + a)", "(N + a if T else N + b)"), deep)

    def _integer(self, deep=0) -> str:
        if deep > 2 or self._random.random() < 0.4:
            return self._any("i", "j", "n", "3", "1", "p")
        return self._fill(self._any("(I + I)", "(I - 1)", "(I % 5)", "(i // 2)"), deep)

    def _test(self, deep=0) -> str:
        plain = ["N + a < N", "N + a >= N", "i + I == 3", "i + I != 3", "i < I", "p > 2", "flag", "not flag", "(b < N + a < N + c)"]
        return self._fill(self._any(*plain, *([] if deep > 2 else ["(T and T)", "(T or T)", "(not T)"])), deep)

    # ---- statements ----

    def _block(self, depth: int, deep: int, loop: bool, count: int) -> None:
        for _ in range(count):
            kinds = [self._assign, self._assign, self._effect, self._jump]
            if deep < 3:
                kinds += [self._if, self._if, self._while, self._for, self._def, self._list, self._return, self._enclosed]
            self._any(*kinds)(depth, deep, loop)

    def _some(self, depth: int, deep: int, loop: bool) -> None:
        self._block(depth + 1, deep + 1, loop, self._random.randint(1, 3))

    def _assign(self, depth, deep, loop):
        self._say(depth, self._any(f"{self._any(*'abc')} = {self._number()} + a * 0.1", f"{self._any(*'abc')} += {self._number(1)}",
                                   f"{self._any(*'ij')} = (i + {self._integer(1)}) % 17", "a, b = b + 0.0, a + 0.0",
                                   f"{self._any(*'abc')} = tf.add_n([x * 0.5 for x in [a, b, {self._number(1)} + c]])"))

    def _effect(self, depth, deep, loop):
        self._say(depth, self._any(f"v.assign(v * 0.5 + {self._number(1)})", f"w.assign_add({self._number(2)})",
                                   "log.assign_add(1.0)", f"tf.debugging.assert_less({self._number(2)} * 0.0 + 0.0, 1.0)"))

    def _jump(self, depth, deep, loop):
        self._say(depth, f"if {self._test(1)}:", f"    {self._any('break', 'continue') if loop else 'b = b * 0.5'}")

    def _return(self, depth, deep, loop):
        self._say(depth, f"if {self._test(1)}:", f"    return {self._number()} + a, i + {self._integer(1)}, b * 2.0")

    def _if(self, depth, deep, loop):
        self._say(depth, f"if {self._test()}:")
        self._some(depth, deep, loop)
        while self._random.random() < 0.25:
            self._say(depth, f"elif {self._test()}:")
            self._some(depth, deep, loop)
        if self._random.random() < 0.6:
            self._say(depth, "else:")
            self._some(depth, deep, loop)

    def _while(self, depth, deep, loop):
        turn = self._name("t")
        also = f" and {self._test(1)}" if self._random.random() < 0.3 else ""
        self._say(depth, f"{turn} = {self._any('0', 'tf.constant(0)')}",
                  f"while {turn} < {self._any('n', 'tf.constant(4)')}{also}:", f"    {turn} += 1")
        self._some(depth, deep, True)
        self._else(depth, deep, loop)

    def _for(self, depth, deep, loop):
        items = self._any("tf.range(n)", "range(3)", "tf.range(1, 6, 2)", "tf.constant([3, 1, 2])", "tf.data.Dataset.range(3)",
                          "zip([1, 2], [3, 4])")
        self._say(depth, f"for {self._name('k')} in {items}:")
        self._some(depth, deep, True)
        self._else(depth, deep, loop)

    def _else(self, depth, deep, loop):
        if self._random.random() < 0.15:
            self._say(depth, "else:")
            self._some(depth, deep, loop)

    def _def(self, depth, deep, loop):
        name = self._name("f")
        self._say(depth, f"def {name}(x):", f"    if x + a > {self._number(2)}:", "        return x * 0.5",
                  f"    return x + {self._number(2)}", f"{self._any(*'abc')} = {name}({self._number(1)} + a)")

    def _list(self, depth, deep, loop):
        name, turn = self._name("l"), self._name("k")
        made, put, read = self._any(("[]", "{0}.append({1})", "tf.stack({0})"),
                                    ("tf.TensorArray(tf.float32, 3)", "{0} = {0}.write({2}, {1})", "{0}.stack()"))
        self._say(depth, f"{name} = {made}", f"for {turn} in {self._any('tf.range(3)', 'range(3)')}:",
                  "    " + put.format(name, f"{self._number()} + a", turn), f"    b = {self._number(1)} * 0.5 + a",
                  f"{self._any(*'abc')} = tf.reduce_sum({read.format(name)}) * 0.3")

    def _enclosed(self, depth, deep, loop):
        end = self._any(None, "c = c * 0.5")
        self._say(depth, "with tf.name_scope('s'):" if end is None else "try:")
        self._some(depth, deep, loop)
        if end is not None:
            self._say(depth, "finally:", "    " + end)


# ---- running ----

def outcome(function, variables) -> list:
    """For each of the arguments: the results and gradients, or the error, and the variables then."""
    found = []
    for a, b, n, p, flag in ARGUMENTS:
        x, y = tf.constant(a), tf.constant(b)
        try:
            with tf.GradientTape() as tape:
                tape.watch([x, y])
                results = function(x, y, tf.constant(n), p, flag)
                total = results[0] + results[2]
            slopes = tape.gradient(total, [x, y], unconnected_gradients=tf.UnconnectedGradients.ZERO)
            found.append([float(t) for t in (*results, *slopes)])
        except NotImplementedError:     # a Python loop that a tensor would end: TensorFlow refuses it, too
            return []
        except Exception as error:      # noqa: BLE001
            found.append(f"{type(error).__name__}: {error}")
        found.append([float(v) for v in variables])
    return found


def run(program: Program, name: str, compiled: bool) -> list:
    v, w, log = variables = [tf.Variable(x) for x in (1.0, 0.0, 0.0)]
    names = {"tf": tf, "v": v, "w": w, "log": log}
    linecache.cache[name] = (len(program.text), None, program.text.splitlines(True), name)
    exec(compile(program.text, name, "exec"), names)
    return outcome(tf.function(names["f"]) if compiled else names["f"], variables)


def are_alike(x, y) -> bool:
    """Numbers that grew beyond bounds have slopes of zero times infinity in a loop, and none where no loop hands them on."""
    if isinstance(x, str) or isinstance(y, str):
        return x == y
    return all(a == b or not (abs(a) < 1e6 and abs(b) < 1e6) or math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-4)
               for a, b in zip(x, y))


def main(seconds: float, seed: int = 1) -> int:
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        program = Program(seed + count)
        name = f"<program {seed + count}>"
        plain, graph = run(program, name, False), run(program, name, True)
        if graph and plain and not all(are_alike(x, y) for x, y in zip(plain, graph)):
            print(f"{name}\n{program.text}eagerly      {plain}\nas a graph   {graph}")
            return 1
        count += 1
    print(f"{count} programs")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), *map(int, sys.argv[2:])))
