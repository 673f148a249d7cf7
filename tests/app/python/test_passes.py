# SPDX-License-Identifier: MIT
"""tf.config.optimizer.set_experimental_options: each option switches what it says, and nothing else; results stay the same bits."""
import unittest

import numpy as np
import tensorflow as tf

options = tf.config.optimizer
X = tf.constant(np.linspace(-2, 2, 48).reshape(1, 3, 4, 4), tf.float32)


def layout(x):
    kernel = tf.ones([2, 2, 3, 3])
    return tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME", data_format="NCHW"))


def constants(x):
    return x + tf.exp(tf.constant(1.0))


def shapes(x):
    return tf.tanh(tf.reshape(tf.reshape(x, [12, 4]), [-1]))


def chains(x):
    # Small values are left alone.
    return tf.tanh(tf.tile(x, [100, 1, 1, 1]) * 2.0 + 1.0)


def arithmetic(x):
    return tf.exp(tf.pow(x, 2.0))


def sums(x):
    return tf.add_n([x, tf.exp(x), tf.tanh(x)])


def again(x):
    return tf.exp(x) * tf.exp(x)


def identities(x):
    return tf.tanh(tf.identity(x))


def loops(x):
    y = tf.zeros_like(x)
    for _ in tf.range(3):
        y += tf.exp(x)
    return y


def calls(x):
    return tf.function(lambda y: tf.tanh(y) * 3.0)(x) + 1.0


# Option, program, an op that is there only with the option off, and one that is there only with it on.
CASES = [
    ("layout_optimizer", layout, None, "Transpose"), ("constant_folding", constants, "Exp", None),
    ("shape_optimization", shapes, "Reshape", None), ("remapping", chains, "Tanh", "_FusedElementwise"),
    ("arithmetic_optimization", arithmetic, "Pow", "Square"), ("arithmetic_optimization", again, "Exp", None), ("arithmetic_optimization", sums, "AddN", "AddV2"),
    ("common_subgraph_elimination", again, "Exp", None), ("dependency_optimization", identities, "Identity", None),
    ("loop_optimization", loops, None, "Exp"), ("function_optimization", calls, "PartitionedCall", None),
]
QUIET = ["debug_stripper", "scoped_allocator_optimization", "pin_to_host_optimization", "implementation_selector",
         "auto_mixed_precision", "disable_model_pruning", "auto_parallel"]


def run(program, **given):
    """(value, ops of the final graph, how often each)"""
    options.set_experimental_options(given)
    function = tf.function(lambda x: program(x))
    value = function(X).numpy()
    ops = function.get_concrete_function(X)._function.final_ops()
    options.set_experimental_options({name: not name.startswith("disable") for name in given})
    return value, {op: ops.count(op) for op in ops}


class Options(unittest.TestCase):
    def test_each_switches_its_passes(self):
        # Fused nodes would hide what the others leave.
        for option, program, gone, made in CASES:
            with self.subTest(option, program=program.__name__):
                base = {} if option == "remapping" else {"remapping": False}
                off, without = run(program, **base, **{option: False})
                on, with_it = run(program, **base)
                np.testing.assert_array_equal(off, on)
                self.assertNotEqual(without, with_it)
                if gone is not None:
                    self.assertGreater(without.get(gone, 0), with_it.get(gone, 0))
                if made is not None:
                    self.assertGreater(with_it.get(made, 0), without.get(made, 0))

    def test_others_leave_it_alone(self):
        for option, program, _, _ in CASES:
            base = {} if option == "remapping" else {"remapping": False}
            expected = run(program, **base)[1]
            for other in ("layout_optimizer", "constant_folding", "loop_optimization", "function_optimization"):
                if other != option and not (program in (layout, loops) and other == "constant_folding"):
                    with self.subTest(option, other=other):
                        self.assertEqual(run(program, **base, **{other: False})[1], expected)

    def test_all_off(self):
        for _, program, _, _ in CASES:
            plain, ops = run(program, disable_meta_optimizer=True)
            np.testing.assert_array_equal(plain, run(program)[0])
            traced = [op.type for op in tf.function(lambda x: program(x)).get_concrete_function(X).graph.get_operations()]
            self.assertEqual(sorted(traced), sorted(op for op, n in ops.items() for _ in range(n)), program.__name__)

    def test_small_graphs_are_left(self):
        options.set_experimental_options({"min_graph_nodes": 5})
        try:
            small = tf.function(lambda x: tf.identity(x) + 0.0)
            large = tf.function(lambda x: tf.tanh(tf.exp(tf.identity(x))) + 1.0)
            small(X), large(X)
        finally:
            options.set_experimental_options({"min_graph_nodes": 0})
        self.assertNotIn("Identity", large.get_concrete_function(X)._function.final_ops())
        self.assertIn("Identity", small.get_concrete_function(X)._function.final_ops())

    def test_the_rest_is_taken(self):
        for name in QUIET:
            options.set_experimental_options({name: True})
            self.assertTrue(options.get_experimental_options()[name])
            options.set_experimental_options({name: False})
            self.assertFalse(options.get_experimental_options()[name])

    def test_an_assertion_stays(self):
        options.set_experimental_options({"debug_stripper": True})

        @tf.function
        def f(x):
            tf.debugging.Assert(tf.reduce_sum(x) > 0.0, [x])
            return x
        with self.assertRaises(tf.errors.InvalidArgumentError):
            f(tf.constant([-1.0]))
        options.set_experimental_options({"debug_stripper": False})


if __name__ == "__main__":
    unittest.main()
