# SPDX-License-Identifier: MIT
"""What is written to files and read again: checkpoints, SavedModels, GraphDefs, Keras archives."""
import os
import tempfile
import unittest

import _lockstep
import tensorflow as tf
from tensorflow.checkpoint import bundle
from tensorflow.framework import graph_def, importer, message_text
from tensorflow.framework.message import message_class


class Dense(tf.Module):
    """Makes its variables when it is first called."""

    def __init__(self, units):
        super().__init__()
        self.units, self.w = units, None

    def __call__(self, x):
        if self.w is None:
            self.w = tf.Variable(tf.random.normal([x.shape[-1], self.units]), name="w")
        return x @ self.w


class Model(tf.Module):
    def __init__(self):
        super().__init__()
        self.scale = tf.Variable(2.0)
        self.layers = [Dense(3), Dense(2)]
        self.offset = tf.constant([5.0, 6.0])

    @tf.function
    def __call__(self, x, training=False):
        return x * self.scale if training else {"sum": x * self.scale + self.offset, "pair": (x, tf.reduce_sum(x))}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def loop(self, x):
        for i in tf.range(3):
            if tf.reduce_sum(x) > 10.0:
                x = x - self.scale
            else:
                x = x * 2.0 + tf.cast(i, tf.float32)
        return x


class InFolder(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = self._folder.name

    def tearDown(self):
        self._folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)


class Bundles(InFolder):
    def test_tensors_of_all_kinds_come_back(self):
        values = {"f": tf.constant([[1.5, -2.0]]), "i": tf.constant(7, tf.int64), "none": tf.zeros([0, 3]),
                  "text": tf.constant([b"", b"longer \x00 one", b"x" * 300]), "b": tf.constant([True, False]),
                  "z": tf.constant(1 + 2j), "h": tf.constant([1.5], tf.bfloat16)}
        bundle.write(self.path("all"), values)
        reader = bundle.Reader(self.path("all"))
        for name, value in values.items():
            self.assertEqual(reader.tensor(name).dtype, value.dtype)
            self.assertEqual(reader.get_tensor(name).tolist(), value.numpy().tolist(), name)

    def test_damage_is_noticed(self):
        bundle.write(self.path("a"), {"x": tf.constant([1.0, 2.0])})
        with open(self.path("a.data-00000-of-00001"), "r+b") as file:
            file.write(b"\x01")
        with self.assertRaisesRegex(tf.errors.DataLossError, "Checksum does not match"):
            bundle.Reader(self.path("a")).tensor("x")
        with open(self.path("a.index"), "r+b") as file:
            file.seek(3)
            file.write(b"\xff")
        with self.assertRaises(tf.errors.DataLossError):
            bundle.Reader(self.path("a"))

    def test_table_is_leveldbs(self):
        table = _lockstep.table_pack([(f"key{i:04}", b"v" * i) for i in range(1000)])
        self.assertEqual(table[-8:], bytes.fromhex("57fb808b247547db"))
        self.assertEqual(_lockstep.table_unpack(table), {f"key{i:04}": b"v" * i for i in range(1000)})
        # One entry, by hand: shared 0, unshared 1, value 2; one restart at 0; then the trailer of an uncompressed block.
        self.assertEqual(_lockstep.table_pack([("k", b"ab")])[:15], b"\x00\x01\x02kab" + b"\0\0\0\0" + b"\1\0\0\0" + b"\0")


class Checkpoints(InFolder):
    def test_names_are_the_ways_to_the_variables(self):
        model = Model()
        model.layers[0](tf.ones([1, 2]))
        tf.train.Checkpoint(model=model).write(self.path("ckpt"))
        self.assertEqual(tf.train.list_variables(self.path("ckpt")), [
            ("_CHECKPOINTABLE_OBJECT_GRAPH", []), ("model/layers/0/w/.ATTRIBUTES/VARIABLE_VALUE", [2, 3]),
            ("model/scale/.ATTRIBUTES/VARIABLE_VALUE", [])])
        self.assertEqual(tf.train.load_variable(self.path("ckpt"), "model/scale/.ATTRIBUTES/VARIABLE_VALUE"), 2.0)

    def test_variables_made_later_get_their_values(self):
        x, first, second = tf.ones([1, 2]), Dense(3), Dense(3)
        expected = first(x)
        tf.train.Checkpoint(d=first).write(self.path("ckpt"))
        status = tf.train.Checkpoint(d=second).restore(self.path("ckpt"))
        with self.assertRaisesRegex(AssertionError, "not matched"):
            status.assert_consumed()
        self.assertEqual(second(x).numpy().tolist(), expected.numpy().tolist())
        status.assert_consumed()

    def test_an_optimizer_goes_on(self):
        def step(v, optimizer):
            optimizer.apply_gradients([(v * 2.0, v)])
            return v.numpy().tolist()
        v, optimizer = tf.Variable([1.0, 2.0]), tf.keras.optimizers.Adam(0.1)
        step(v, optimizer)
        path = tf.train.Checkpoint(v=v, optimizer=optimizer).save(self.path("ckpt"))
        w, other = tf.Variable([0.0, 0.0]), tf.keras.optimizers.Adam(0.1)
        tf.train.Checkpoint(v=w, optimizer=other).restore(path)
        for _ in range(3):
            self.assertEqual(step(v, optimizer), step(w, other))

    def test_manager_keeps_the_newest(self):
        manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=tf.Variable(1.0)), self.folder, max_to_keep=2)
        paths = [manager.save() for _ in range(3)]
        self.assertEqual(manager.checkpoints, paths[1:])
        self.assertEqual(tf.train.latest_checkpoint(self.folder), paths[2])
        self.assertFalse(tf.train.checkpoint_exists(paths[0]))

    def test_saver(self):
        with tf.Graph().as_default():
            v = tf.compat.v1.get_variable("a/v", initializer=tf.constant([1.0, 2.0]))
            saver = tf.compat.v1.train.Saver()
            with tf.compat.v1.Session() as session:
                session.run(v.initializer)
                path = saver.save(session, self.path("model"), global_step=3)
                session.run(v.assign([0.0, 0.0]))
                saver.restore(session, path)
                self.assertEqual(session.run(v).tolist(), [1.0, 2.0])
        self.assertEqual(tf.train.list_variables(path), [("a/v", [2])])


class SavedModels(InFolder):
    def save(self):
        model, x = Model(), tf.constant([1.0, 2.0])
        model(x)
        model(x, training=True)
        tf.saved_model.save(model, self.path("model"))
        self.assertTrue(tf.saved_model.contains_saved_model(self.path("model")))
        return model, tf.saved_model.load(self.path("model")), x

    def test_functions_are_found_by_their_arguments(self):
        model, loaded, x = self.save()
        tf.nest.map_structure(lambda a, b: self.assertEqual(a.numpy().tolist(), b.numpy().tolist()), model(x), loaded(x))
        self.assertEqual(loaded(x, training=True).numpy().tolist(), [2.0, 4.0])
        self.assertEqual(loaded.loop(x).numpy().tolist(), model.loop(x).numpy().tolist())
        with self.assertRaisesRegex(ValueError, "Could not find matching concrete function"):
            loaded(tf.constant([1, 2]))

    def test_variables_are_the_functions_own(self):
        _, loaded, x = self.save()
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(loaded(x, training=True))
        self.assertEqual(tape.gradient(y, loaded.scale).numpy(), 3.0)
        loaded.scale.assign(10.0)
        self.assertEqual(loaded(x, training=True).numpy().tolist(), [10.0, 20.0])
        tf.saved_model.save(loaded, self.path("again"))
        self.assertEqual(tf.saved_model.load(self.path("again"))(x, training=True).numpy().tolist(), [10.0, 20.0])

    def test_signatures(self):
        model, loaded, x = self.save()
        self.assertEqual(list(loaded.signatures), ["serving_default"])
        self.assertEqual(loaded.signatures["serving_default"](x=x)["output_0"].numpy().tolist(), model.loop(x).numpy().tolist())
        named = model.__call__.get_concrete_function(x, training=True)
        tf.saved_model.save(model, self.path("two"), {"one": named, "two": model.loop})
        self.assertEqual(list(tf.saved_model.load(self.path("two")).signatures), ["one", "two"])

    def test_untracked_variables_are_refused(self):
        hidden, module = tf.Variable(1.0), tf.Module()
        module.f = tf.function(lambda: hidden + 1.0, input_signature=[])
        with self.assertRaisesRegex(AssertionError, "untracked"):
            tf.saved_model.save(module, self.path("bad"))

    def test_an_asset_goes_with_the_model(self):
        with open(self.path("words.txt"), "w") as file:
            file.write("some words")
        module = tf.Module()
        module.asset = tf.saved_model.Asset(self.path("words.txt"))
        module.read = tf.function(lambda: tf.io.read_file(module.asset.asset_path), input_signature=[])
        tf.saved_model.save(module, self.path("model"))
        os.remove(self.path("words.txt"))
        self.assertEqual(tf.saved_model.load(self.path("model")).read().numpy(), b"some words")


class GraphDefs(unittest.TestCase):
    def test_text_and_bytes_say_the_same(self):
        model = Model()
        concrete = model.loop.get_concrete_function()
        definition = concrete.graph.as_graph_def()
        self.assertEqual(message_text.parse(str(definition), graph_def.GraphDef()), definition)
        self.assertEqual(graph_def.GraphDef.FromString(definition.SerializeToString()), definition)
        loop = next(node for node in definition.node if node.op == "While")
        # TensorFlow's loops give back all that they are given.
        self.assertEqual(len(loop.attr["T"].list.type), len([i for i in loop.input if not i.startswith("^")]))

    def test_a_graph_that_is_read_gives_the_same(self):
        model, x = Model(), tf.constant([3.0, 2.0])
        concrete = model.loop.get_concrete_function()
        library = graph_def.Library()
        library.add(graph_def.function_def("f", concrete.graph, concrete._function.inputs, concrete._function.outputs, library))
        functions = importer.Functions(library.functions.values())
        n = len(concrete.inputs)
        graph, inputs, outputs = functions.trace("f", {n: model.scale.handle})
        again = _lockstep.Function("f", graph, inputs, outputs)
        self.assertEqual(again.call([x])[0].numpy().tolist(), model.loop(x).numpy().tolist())

    def test_unknown_fields_and_ops(self):
        with self.assertRaisesRegex(ValueError, "2: .* is no field of GraphDef"):
            message_text.parse("node { name: 'a' }\nedge { }", graph_def.GraphDef())
        definition = message_text.parse('node { name: "a" op: "NoSuchOp" }', graph_def.GraphDef())
        with tf.Graph().as_default(), self.assertRaisesRegex(tf.errors.UnimplementedError, "NoSuchOp"):
            importer.import_graph_def(definition)

    def test_version(self):
        self.assertEqual(tf.version.VERSION, tf.__version__)
        self.assertEqual(tf.function(lambda: 1.0).get_concrete_function().graph.as_graph_def().versions.producer,
                         tf.version.GRAPH_DEF_VERSION)

    def test_tensors_as_messages(self):
        for value in ([[1.0, 2.0]], [b"a", b"bc"], 3, True, [1 + 2j]):
            tensor = tf.constant(value)
            self.assertEqual(tf.make_ndarray(tf.make_tensor_proto(tensor)).tolist(), tensor.numpy().tolist())
        short = message_class("TensorProto")(dtype=1, tensor_shape={"dim": [{"size": 3}]}, float_val=[1.0, 2.0])
        self.assertEqual(tf.make_ndarray(short).tolist(), [1.0, 2.0, 2.0])      # the last one counts for the rest

    def test_pruned(self):
        @tf.function
        def f(x):
            y = tf.identity(x + 1.0, name="y")
            return y * 2.0
        concrete = f.get_concrete_function(tf.TensorSpec([], tf.float32))
        self.assertEqual(concrete.prune("x:0", "y:0")(tf.constant(4.0)).numpy(), 5.0)
        self.assertEqual(concrete.prune("y:0", concrete.outputs[0].name)(tf.constant(4.0)).numpy(), 8.0)


class Keras(InFolder):
    def models(self):
        layers = tf.keras.layers
        yield tf.keras.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.Dropout(0.5), layers.Dense(2)])
        inputs = tf.keras.Input((3,))
        yield tf.keras.Model(inputs, layers.Dense(2)(tf.nn.relu(layers.Dense(5)(inputs)) + 1.0))

    def test_archives_and_folders(self):
        x = tf.random.normal([4, 3])
        for i, model in enumerate(self.models()):
            model.compile("adam", "mse")
            model.fit(x, tf.ones([4, 2]), verbose=0)
            for name in (f"{i}.keras", f"folder{i}"):
                model.save(self.path(name))
                loaded = tf.keras.models.load_model(self.path(name))
                self.assertIs(type(loaded), type(model))
                self.assertEqual(loaded(x).numpy().tolist(), model(x).numpy().tolist())
                self.assertEqual(loaded.optimizer.iterations.numpy(), 1)
            served = tf.saved_model.load(self.path(f"folder{i}")).signatures["serving_default"](x)
            self.assertEqual(served[model.output_names[0]].numpy().tolist(), model(x).numpy().tolist())

    def test_a_class_of_the_program(self):
        @tf.keras.saving.register_keras_serializable("test")
        class Own(tf.keras.Model):
            def __init__(self, units, **kwargs):
                super().__init__(**kwargs)
                self.dense = tf.keras.layers.Dense(units)

            def call(self, x):
                return self.dense(x)
        model, x = Own(2), tf.ones([1, 3])
        expected = model(x).numpy().tolist()
        model.save(self.path("own.keras"))
        self.assertEqual(tf.keras.models.load_model(self.path("own.keras"))(x).numpy().tolist(), expected)

    def test_lambdas_are_run_only_when_asked(self):
        tf.keras.Sequential([tf.keras.layers.Lambda(lambda x: x * 3.0, input_shape=(1,))]).save(self.path("l.keras"))
        loaded = tf.keras.models.load_model(self.path("l.keras"), safe_mode=False)
        self.assertEqual(loaded(tf.constant([[2.0]])).numpy().tolist(), [[6.0]])


if __name__ == "__main__":
    unittest.main()
