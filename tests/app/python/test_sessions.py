# SPDX-License-Identifier: MIT
"""What sessions take and give."""
import collections
import unittest

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
Pair = collections.namedtuple("Pair", ["first", "second"])


class Sessions(unittest.TestCase):
    def setUp(self):
        context = tf.Graph().as_default()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.x = v1.placeholder(tf.float32, [2], name="x")
        self.session = v1.Session()

    def test_structures_of_fetches(self):
        a, b = self.x + 1.0, tf.no_op()
        fed = {self.x: [1, 2]}
        found = self.session.run({"p": Pair(a, (b, "x:0")), "l": [a, {"k": self.x}], "e": []}, fed)
        self.assertEqual(type(found["p"]), Pair)
        np.testing.assert_array_equal(found["p"].first, [2, 3])
        self.assertIsNone(found["p"].second[0])
        np.testing.assert_array_equal(found["l"][1]["k"], [1, 2])
        ordered = self.session.run(collections.OrderedDict([("z", a), ("a", b)]), fed)
        self.assertEqual((type(ordered), list(ordered)), (collections.OrderedDict, ["z", "a"]))
        self.assertEqual(type(self.session.run(tf.constant(1.0))), np.float32)

    def test_values_of_several_tensors(self):
        sparse = tf.SparseTensor([[0, 1]], [2.0], [1, 3])
        rows = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([4]))
        ragged = tf.RaggedTensor.from_row_splits(tf.constant([1, 2, 3]), [0, 1, 3])
        s, r, g = self.session.run([sparse, rows, ragged])
        np.testing.assert_array_equal(s.indices, [[0, 1]])
        self.assertEqual((r.indices.tolist(), r.dense_shape), ([4], None))
        self.assertEqual(g.to_list(), [[1], [2, 3]])
        fed = self.session.run(tf.sparse.to_dense(sparse), {sparse: tf.compat.v1.SparseTensorValue([[0, 0]], [5.0], [1, 2])})
        np.testing.assert_array_equal(fed, [[5.0, 0.0]])

    def test_sparse_placeholders(self):
        sparse = v1.sparse_placeholder(tf.float32, [3, 2], name="s")
        product = v1.sparse_tensor_dense_matmul(sparse, [[1.0], [2.0]])
        fed = {sparse: v1.SparseTensorValue([[0, 0], [2, 1]], [1.0, 5.0], [3, 2])}
        self.assertEqual(self.session.run(product, fed).tolist(), [[1.0], [0.0], [10.0]])
        self.assertEqual((sparse.values.name, sparse.shape.as_list()), ("s/values:0", [3, 2]))

    def test_variables_as_constants(self):
        w = v1.get_variable("w", [2], initializer=v1.constant_initializer(3.0))
        y = tf.add(w * self.x, 1.0, name="y")
        tf.constant(7.0, name="unused")
        self.session.run(w.initializer)
        frozen = v1.graph_util.convert_variables_to_constants(self.session, self.session.graph_def, ["y"])
        self.assertEqual(sorted({n.op for n in frozen.node}), ["AddV2", "Const", "Identity", "Mul", "Placeholder"])
        self.assertNotIn("unused", [n.name for n in frozen.node])
        with tf.Graph().as_default(), v1.Session() as session:
            found, = v1.import_graph_def(frozen, {"x": tf.constant([1.0, 2.0])}, ["y:0"])
            self.assertEqual(session.run(found).tolist(), [4.0, 7.0])
        with self.assertRaisesRegex(AssertionError, "no is not in graph"):
            v1.graph_util.extract_sub_graph(self.session.graph_def, ["no"])
        self.assertEqual(y.shape.as_list(), [2])

    def test_any_tensor_is_fed(self):
        y = self.x * 2.0
        self.assertEqual(self.session.run(tf.reduce_sum(y), {y: [1, 1]}), 2.0)      # and the placeholder is not needed
        self.assertEqual(self.session.run(y + 1.0, {"x:0": np.array([1, 2])}).tolist(), [3.0, 5.0])
        self.assertEqual(self.session.run(y, {(self.x, y): ([1, 2], [7, 8])}).tolist(), [7.0, 8.0])

    def test_bad_fetches(self):
        other = tf.Graph()
        with other.as_default():
            stranger = tf.constant(1.0)
        for fetch, kind, text in ((None, TypeError, 'has invalid type "NoneType". Cannot be None'),
                                  (3, TypeError, "has invalid type \"int\" must be a string or Tensor"),
                                  ("no:0", ValueError, "cannot be interpreted as a Tensor.*does not exist"),
                                  (stranger, ValueError, "is not an element of this graph"),
                                  ([self.x, None], TypeError, "Cannot be None")):
            with self.assertRaisesRegex(kind, text):
                self.session.run(fetch, {self.x: [1, 2]})

    def test_bad_feeds(self):
        n = v1.placeholder(tf.int32, [])
        for feed, kind, text in (({"x": [1, 2]}, TypeError, "Cannot interpret feed_dict key as Tensor"),
                                 ({self.x: tf.constant([1.0, 2.0])}, TypeError, "cannot be a tf.Tensor object"),
                                 ({self.x: [1, 2, 3]}, ValueError, r"Cannot feed value of shape \(3,\)"),
                                 ({n: 1 << 40}, TypeError, "is not compatible with Tensor type")):
            with self.assertRaisesRegex(kind, text):
                self.session.run(self.x, feed)
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "You must feed a value for placeholder tensor 'x'") as caught:
            self.session.run(self.x)
        self.assertEqual(caught.exception.op, self.x.op)
        v1.get_default_graph().prevent_feeding(self.x)
        with self.assertRaisesRegex(ValueError, "may not be fed"):
            self.session.run(self.x, {self.x: [1, 2]})

    def test_life(self):
        with self.assertRaisesRegex(RuntimeError, "The Session graph is empty"):
            v1.Session(graph=tf.Graph()).run([])
        with self.assertRaisesRegex(RuntimeError, "not re-entrant"), v1.Session() as session, session:
            pass
        with self.session:
            self.assertEqual(tf.constant(2.0).eval(), 2.0)
        with self.assertRaisesRegex(RuntimeError, "Attempted to use a closed Session"):
            self.session.run(self.x, {self.x: [1, 2]})
        with self.assertRaisesRegex(TypeError, "must be a tf.Graph"):
            v1.Session(graph=3)
        with self.assertRaisesRegex(ValueError, "No default session"):
            self.x.eval()

    def test_callables(self):
        run = self.session.make_callable([self.x * 2.0, tf.no_op()], [self.x])
        self.assertEqual(run([1, 2])[0].tolist(), [2.0, 4.0])
        with self.assertRaisesRegex(TypeError, "must be a list or tuple"):
            self.session.make_callable(self.x, self.x)

    def test_variables_are_set_without_touching_the_graph(self):
        v = v1.get_variable("v", [2])
        n = len(v1.get_default_graph().get_operations())
        v.load([3.0, 4.0], self.session)
        self.assertEqual(self.session.run(v).tolist(), [3.0, 4.0])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "shapes of both tensors to match"):
            v.load([1.0], self.session)
        self.assertEqual(len(v1.get_default_graph().get_operations()), n)

    def test_configurations(self):
        config = v1.ConfigProto(allow_soft_placement=True, device_count={"CPU": 2})
        config.gpu_options.allow_growth = True
        config.graph_options.optimizer_options.opt_level = v1.OptimizerOptions.L1
        self.assertEqual(len(v1.Session(config=config).list_devices()), 2)
        with self.assertRaises(ValueError):
            v1.ConfigProto(alow_soft_placement=True)
        with self.assertRaises(AttributeError):
            config.gpu_option = 1


if __name__ == "__main__":
    unittest.main()
