# SPDX-License-Identifier: MIT
"""Names, scopes and get_variable() of version 1."""
import unittest

import numpy as np
import tensorflow as tf
from tensorflow.compat.v1.variable_store import EagerVariableStore

v1 = tf.compat.v1


class InGraph(unittest.TestCase):
    def setUp(self):
        self.graph = tf.Graph()
        context = self.graph.as_default()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)


class Names(InGraph):
    def test_names_repeat_with_numbers_whatever_their_case(self):
        self.assertEqual([self.graph.unique_name(n) for n in ("a", "A", "a", "a_1")], ["a", "A_1", "a_2", "a_1_1"])
        self.assertEqual(self.graph.unique_name("b", mark_as_used=False), "b")
        self.assertEqual(tf.constant(1.0, name="b").name, "b:0")

    def test_scopes_of_ops(self):
        with v1.name_scope("s") as outer:
            self.assertEqual(outer, "s/")
            with v1.name_scope(None) as root:
                self.assertEqual((root, tf.constant(1.0, name="c").name), ("", "c:0"))
            with v1.name_scope("t"):
                self.assertEqual(tf.matmul([[1.0]], [[1.0]]).name, "s/t/MatMul:0")
                self.assertEqual(tf.matmul([[1.0]], [[1.0]]).name, "s/t/MatMul_1:0")
        with v1.name_scope("s") as second, v1.name_scope(outer):
            self.assertEqual((second, tf.constant(1.0, name="d").name), ("s_1/", "s/d:0"))
        with self.assertRaisesRegex(ValueError, "not a valid scope name"), v1.name_scope("_x"):
            pass
        other = tf.Graph()
        with other.name_scope("far"):
            self.assertEqual((other.get_name_scope(), self.graph.get_name_scope()), ("far", ""))

    def test_elements_by_name(self):
        x = v1.placeholder(tf.float32, [], name="x")
        self.assertEqual(self.graph.get_operation_by_name("x"), x.op)
        for name, kind, text in (("y", KeyError, "refers to an Operation not in the graph"),
                                 ("y:0", KeyError, "The operation, 'y', does not exist"),
                                 ("x:1", KeyError, "exists but only has 1 outputs"), ("x:a", ValueError, "not a valid one")):
            with self.assertRaisesRegex(kind, text):
                self.graph.as_graph_element(name)
        with self.assertRaisesRegex(ValueError, "refers to an Operation, not a Tensor"):
            self.graph.get_tensor_by_name("x")

    def test_dependencies_can_be_left_out(self):
        a = tf.no_op(name="a")
        with tf.control_dependencies([a]):
            b = tf.no_op(name="b")
            with tf.control_dependencies(None):
                c = tf.no_op(name="c")
        self.assertEqual((b.control_inputs, c.control_inputs), ([a], []))

    def test_dependencies_of_a_loop_on_what_is_outside(self):
        a, b = (v1.get_variable(name, initializer=0) for name in "ab")
        add = v1.assign_add(a, 1)

        def body(i):
            with tf.control_dependencies([v1.assign_add(b, add), add]):
                return i + 1
        loop = tf.while_loop(lambda i: i < 5, body, [tf.constant(0)])
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            session.run(loop)
            self.assertEqual(session.run([a, b]), [1, 5])

    def test_a_finalized_graph_takes_nothing(self):
        tf.constant(1.0)
        self.graph.finalize()
        with self.assertRaisesRegex(RuntimeError, "Graph is finalized and cannot be modified"):
            tf.constant(2.0)

    def test_operations_by_type(self):
        made = self.graph.create_op("AddV2", [tf.constant(1.0), tf.constant(2.0)], name="sum")
        self.assertEqual((made.name, made.type), ("sum", "AddV2"))


class Variables(InGraph):
    def test_default_names_are_free_ones(self):
        for expected in ("d/w:0", "d_1/w:0"):
            with v1.variable_scope(None, "d"):
                self.assertEqual(v1.get_variable("w", []).name, expected)

    def test_a_scope_entered_again(self):
        with v1.variable_scope("a") as a:
            w = v1.get_variable("w", [2])
        with v1.variable_scope("b"), v1.variable_scope(a, reuse=True) as again:
            self.assertIs(v1.get_variable("w", [2]), w)
            self.assertEqual(again.original_name_scope, "a/")
            with self.assertRaisesRegex(ValueError, r"specified shape \(3,\) and found shape \(2,\)"):
                v1.get_variable("w", [3])
            with self.assertRaisesRegex(ValueError, "specified dtype int32 and found dtype float32"):
                v1.get_variable("w", [2], tf.int32)
            with self.assertRaisesRegex(ValueError, "Variable a/x does not exist"):
                v1.get_variable("x", [2])
        with v1.variable_scope("a", reuse=v1.AUTO_REUSE):
            self.assertIs(v1.get_variable("w", [2]), w)
            self.assertEqual(v1.get_variable("y", []).name, "a/y:0")
        with v1.variable_scope("a", auxiliary_name_scope=False):
            self.assertEqual(tf.constant(1.0, name="here").name, "here:0")

    def test_what_a_scope_sets(self):
        with v1.variable_scope("s", initializer=v1.constant_initializer(3.0), dtype=tf.float64,
                               regularizer=lambda v: tf.reduce_sum(v) * 0.5, constraint=tf.abs):
            v = v1.get_variable("v", [2])
        loss, = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
        self.assertTrue(loss.name.startswith("s/v/Regularizer/"))
        self.assertIs(v.constraint, tf.abs)
        with v1.Session() as session:
            session.run(v.initializer)
            np.testing.assert_array_equal(session.run(v), np.array([3.0, 3.0]))
            self.assertEqual(session.run(loss), 3.0)

    def test_custom_getters_nest(self):
        calls = []

        def getter(label):
            def get(getter, name, *args, **kwargs):
                calls.append(label)
                return getter(name, *args, **kwargs) * 2.0
            return get
        with v1.variable_scope("s", custom_getter=getter("outer")), v1.variable_scope("t", custom_getter=getter("inner")):
            v = v1.get_variable("v", [], initializer=v1.ones_initializer())
        self.assertEqual(calls, ["inner", "outer"])
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            self.assertEqual(session.run(v), 4.0)

    def test_partitions(self):
        with v1.variable_scope("s", partitioner=v1.fixed_size_partitioner(2)):
            v = v1.get_variable("v", [5, 2], initializer=v1.ones_initializer())
        self.assertEqual([(p.name, p.shape.as_list()) for p in v], [("s/v/part_0:0", [3, 2]), ("s/v/part_1:0", [2, 2])])
        self.assertEqual(v.as_tensor().name, "s/v:0")
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            np.testing.assert_array_equal(session.run(tf.matmul(v, [[1.0], [2.0]])), np.full([5, 1], 3.0))
        self.assertEqual(v1.variable_axis_size_partitioner(16)(shape=tf.TensorShape([8, 2]), dtype=tf.float32), [4, 1])
        with self.assertRaisesRegex(ValueError, "does not match the Variable's rank"), \
                v1.variable_scope("t", partitioner=lambda shape, dtype: [1]):
            v1.get_variable("v", [5, 2])

    def test_local_variables(self):
        v = v1.get_local_variable("l", [])
        self.assertEqual((v1.local_variables(), v1.global_variables(), v.trainable), ([v], [], False))

    def test_bad_arguments(self):
        for given, kind, text in ((dict(shape=[1], initializer=1.0), ValueError, "do not specify shape"),
                                  (dict(shape=[None]), ValueError, r"Shape of a new variable \(v\) must be fully defined"),
                                  (dict(dtype=tf.int32, initializer=1.0), ValueError, "don't match"),
                                  (dict(shape=[1], custom_getter=3), ValueError, "not callable")):
            with self.assertRaisesRegex(kind, text):
                v1.get_variable("v", **given)
        with self.assertRaisesRegex(TypeError, "name_or_scope is required"):
            v1.variable_scope(None)

    def test_made_by_a_creator(self):
        def creator(next_creator, **kwargs):
            kwargs["name"] = "other"
            return next_creator(**kwargs)
        with tf.variable_creator_scope(creator):
            self.assertEqual(v1.Variable(1.0, name="one").name, "other:0")
        self.assertEqual(v1.Variable(1.0, name="one").name, "one:0")


class Eagerly(unittest.TestCase):
    def test_a_store_finds_variables_again(self):
        store = EagerVariableStore()
        with store.as_default(), v1.variable_scope("s", reuse=v1.AUTO_REUSE):
            v = v1.get_variable("v", [2])
            self.assertIs(v1.get_variable("v", [2]), v)
        self.assertEqual([x.name for x in store.variables()], ["s/v:0"])
        self.assertIsNot(v1.get_variable("v", [2]), v1.get_variable("v", [2]))

    def test_wrapped_functions(self):
        def model(x):
            with v1.variable_scope("m", reuse=v1.AUTO_REUSE):
                w = v1.get_variable("w", [], initializer=v1.ones_initializer())
            return x * w
        wrapped = v1.wrap_function(model, [tf.TensorSpec([], tf.float32)])
        self.assertEqual(float(wrapped(tf.constant(3.0))), 3.0)
        wrapped.variables[0].assign(2.0)
        self.assertEqual(float(wrapped(tf.constant(3.0))), 6.0)
        self.assertEqual([v.name for v in wrapped.graph.get_collection("variables")], ["m/w:0"])


if __name__ == "__main__":
    unittest.main()
