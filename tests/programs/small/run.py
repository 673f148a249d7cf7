# SPDX-License-Identifier: MIT
"""Every shape of control flow with every body, as a program of its own: run eagerly and as a tf.function, and held together.

Prints a line for each: its value, gradients of first and second order, and the order in which its places were passed. With
the argument "graph" it only runs the functions and their first gradients, each inside of a call event of the program's name:
what is recorded of that is the program's expected stream."""
import sys

import _lockstep
import numpy as np
import tensorflow as tf

from bodies import BODIES
import structures  # noqa: F401  its shapes come after the others
from shapes import SHAPES

W = tf.Variable(0.8, name="w")
ORDER = tf.Variable(0, name="order", dtype=tf.int64)
X = tf.constant([0.7, -0.3, 1.4])


def note(place):
    """What is passed, in its order: the digits of a number."""
    ORDER.assign(ORDER * 7 + place)


def program(shape, body):
    """The whole: a function of x."""
    def step(x):
        return body(x, W)

    def whole(x):
        return shape(x, step, note)
    return whole


def outcome(function):
    """(value, d/dx, d/dw, derivative of both, places passed)"""
    ORDER.assign(0)
    with tf.GradientTape() as outer:
        outer.watch(X)
        with tf.GradientTape() as inner:
            inner.watch(X)
            y = function(X)
        passed = int(ORDER.numpy())
        dx, dw = inner.gradient(y, [X, W], unconnected_gradients=tf.UnconnectedGradients.ZERO)
        both = tf.reduce_sum(dx * dx) + dw
    return y, dx, dw, outer.gradient(both, W, unconnected_gradients=tf.UnconnectedGradients.ZERO), passed


def first_gradient(name, function):
    """The part that is recorded."""
    ORDER.assign(0)
    if _lockstep.watched():
        _lockstep.call_begin(0, name, None, None)
    with tf.GradientTape() as tape:
        y = function(X)
    tape.gradient(y, W)
    if _lockstep.watched():
        _lockstep.call_end()


def shown(values):
    return " ".join(f"{v:.4g}" for v in np.reshape(np.asarray(values) + 0.0, -1))


def differences(eager, graph):
    names = ("value", "gradient of x", "gradient of w", "second gradient")
    found = [name for name, a, b in zip(names, eager, graph) if not np.allclose(a, b, rtol=2e-5, atol=2e-6)]
    return found + (["order of effects"] if eager[-1] != graph[-1] else [])


def line_of(name, whole):
    eager = outcome(whole)
    for form, graph in (("graph", tf.function(whole)), ("any size", tf.function(whole, input_signature=[tf.TensorSpec([None])]))):
        try:
            wrong = differences(eager, outcome(graph))
        except Exception as error:
            wrong = [f"{type(error).__name__}: {str(error).splitlines()[0]}"]
        if wrong:
            print(f"{name}: {form} and eager differ in {', '.join(wrong)}", file=sys.stderr)
    y, dx, dw, second, passed = eager
    return f"{name}: {shown(y)} | {shown(dx)} | {shown(dw)} | {shown(second)} | {np.base_repr(passed, 7)}"


def main():
    tf.get_logger().setLevel("ERROR")           # each program is a new tf.function of the same code
    for shape in SHAPES:
        for body in BODIES:
            name = f"{shape.__name__}/{body.__name__}"
            if sys.argv[1:] == ["graph"]:
                first_gradient(name, tf.function(program(shape, body)))
            else:
                print(line_of(name, program(shape, body)))


main()
