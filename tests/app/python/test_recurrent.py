# SPDX-License-Identifier: MIT
"""Recurrent layers and version 1's cells, over loops: against NumPy, and against the same steps unrolled."""
import unittest

import numpy as np
import tensorflow as tf

L, v1 = tf.keras.layers, tf.compat.v1
DRAW = np.random.default_rng(11)


def normal(*shape):
    return DRAW.normal(size=shape).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Same(unittest.TestCase):
    def same(self, tensor, expected, tolerance=1e-5):
        np.testing.assert_allclose(np.asarray(tensor), np.asarray(expected), rtol=tolerance, atol=tolerance)

    def all_same(self, tensors, expected, tolerance=1e-5):
        tensors, expected = tf.nest.flatten(tensors), tf.nest.flatten(expected)
        self.assertEqual(len(tensors), len(expected))
        for a, b in zip(tensors, expected):
            self.same(a, b, tolerance)


def unknown_steps(layer, *more):
    """layer as a function of an input with any number of steps, and its gradients."""
    @tf.function(input_signature=[tf.TensorSpec([None, None, 3]), *more])
    def run(x, *rest):
        with tf.GradientTape() as tape:
            tape.watch(x)
            result = layer(x, *rest)
            total = tf.add_n([tf.reduce_sum(t * t) for t in tf.nest.flatten(result)])
        return result, tape.gradient(total, [x, *layer.trainable_variables])
    return run


def eagerly(layer, x, *rest):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = layer(x, *rest)
        total = tf.add_n([tf.reduce_sum(t * t) for t in tf.nest.flatten(result)])
    return result, tape.gradient(total, [x, *layer.trainable_variables])


class Layers(Same):
    def test_loops_agree_with_steps(self):
        made = [lambda **k: L.LSTM(4, **k), lambda **k: L.GRU(4, **k), lambda **k: L.GRU(4, reset_after=False, **k),
                lambda **k: L.SimpleRNN(4, **k), lambda **k: L.RNN([L.LSTMCell(4), L.GRUCell(2)], **k)]
        for make in made:
            for options in ({}, {"return_sequences": True}, {"return_sequences": True, "return_state": True},
                            {"go_backwards": True, "return_sequences": True}, {"time_major": True, "return_state": True}):
                layer, x = make(**options), normal(2, 5, 3)
                expected = eagerly(layer, x)
                run = unknown_steps(layer)
                self.all_same(run(x), expected)
                self.assertIn("While", {op.type for op in run.get_concrete_function().graph.get_operations()})
                self.all_same(run(x[:, :2] if not options.get("time_major") else x[:1]), eagerly(
                    layer, x[:, :2] if not options.get("time_major") else x[:1]))

    def test_unroll(self):
        layer, x = L.LSTM(4, unroll=True, return_sequences=True), normal(2, 5, 3)
        graph = tf.function(layer).get_concrete_function(tf.TensorSpec([2, 5, 3])).graph
        self.assertNotIn("While", {op.type for op in graph.get_operations()})
        self.same(tf.function(layer)(x), layer(x))
        with self.assertRaisesRegex(ValueError, "Cannot unroll a RNN if the time dimension is undefined"):
            tf.function(layer).get_concrete_function(tf.TensorSpec([2, None, 3]))

    def test_masks(self):
        x, mask = normal(3, 5, 3), np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]], bool)
        for zero in (False, True):
            layer = L.SimpleRNN(4, return_sequences=True, return_state=True, zero_output_for_mask=zero)
            layer(x)
            kernel, recurrent, bias = layer.get_weights()
            h = last = np.zeros((3, 4))
            outputs = []
            for t in range(5):
                new = np.tanh(x[:, t] @ kernel + h @ recurrent + bias)
                keep = mask[:, t, None]
                h, last = np.where(keep, new, h), np.where(keep, new, 0 if zero else last)
                outputs.append(last)
            for run in (layer, tf.function(layer, input_signature=[
                    tf.TensorSpec([None, None, 3]), tf.TensorSpec([None, None], tf.bool)])):
                found = layer(x, mask=mask) if run is layer else tf.function(
                    lambda x, m: layer(x, mask=m), input_signature=run.input_signature)(x, mask)
                self.same(found[0], np.stack(outputs, 1))
                self.same(found[1], h)

    def test_masks_go_from_layer_to_layer(self):
        ids = np.array([[3, 1, 0, 0], [2, 2, 2, 0]])
        model = tf.keras.Sequential([L.Embedding(5, 3, mask_zero=True), L.LSTM(4, return_sequences=True), L.Dropout(0.1),
                                     L.GRU(2)])
        embedding, lstm, _, gru = model.layers
        y = model(ids)
        mask = tf.constant(ids != 0)
        self.same(embedding.compute_mask(ids), mask)
        self.same(y, gru(lstm(embedding(ids), mask=mask), mask=mask))
        self.assertGreater(np.abs(y - gru(lstm(tf.gather(embedding.embeddings, ids)))).max(), 1e-4)
        masked = L.Masking(2.0)(tf.constant([[[2., 2.], [2., 1.]]]))
        self.same(masked, [[[0, 0], [2, 1]]])
        self.same(masked._keras_mask, [[False, True]])
        self.same(L.GlobalAveragePooling1D()(masked), [[2, 1]])

    def test_masked_loss_is_a_mean_of_what_counts(self):
        ids, y = np.array([[3, 1, 0, 0], [2, 2, 2, 0]]), normal(2, 4, 1)
        model = tf.keras.Sequential([L.Embedding(5, 3, mask_zero=True), L.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        p = model(ids).numpy()
        keep = ids != 0
        loss, error = model.evaluate(ids, y, verbose=0)
        self.same(loss, np.mean((p - y)[keep] ** 2))
        self.same(error, np.mean(np.abs(p - y)[keep]))

    def test_stateful(self):
        x = normal(2, 6, 3)
        layer = L.LSTM(4, stateful=True, return_state=True)
        plain = L.LSTM(4, return_state=True)
        whole = plain(x)
        layer.build(tf.TensorShape([2, None, 3]))
        layer.set_weights(plain.get_weights())
        run = tf.function(layer, input_signature=[tf.TensorSpec([2, None, 3])])
        run(x[:, :2])
        self.all_same(run(x[:, 2:]), whole)
        layer.reset_states()
        self.all_same(layer(x), whole)
        with self.assertRaisesRegex(ValueError, "it needs to know its batch size"):
            L.LSTM(4, stateful=True)(L.Input((5, 3)))
        with self.assertRaisesRegex(AttributeError, "must be stateful"):
            plain.reset_states()

    def test_initial_state(self):
        x, h, c = normal(2, 3, 3), normal(2, 4), normal(2, 4)
        layer = L.LSTM(4, return_state=True)
        first = layer(x, initial_state=[h, c])
        again = layer(x[:, 1:], initial_state=layer(x[:, :1], initial_state=[h, c])[1:])
        self.all_same(first, again)
        inputs, states = L.Input((None, 3)), [L.Input((4,)), L.Input((4,))]
        model = tf.keras.Model([inputs, *states], layer(inputs, initial_state=states))
        self.all_same(model([x, h, c]), first)
        self.all_same(tf.function(lambda *a: layer([*a]))(x, h, c), first)
        with self.assertRaisesRegex(ValueError, "Layer has 2 states but was passed 1 initial states"):
            layer(x, initial_state=[h])

    def test_bidirectional(self):
        x, mask = normal(2, 5, 3), np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
        for mode in ("concat", "sum", "mul", "ave", None):
            layer = L.Bidirectional(L.GRU(4, return_sequences=True, return_state=True), merge_mode=mode)
            found = layer(x, mask=mask)
            forward = layer.forward_layer(x, mask=mask)
            backward = layer.backward_layer(x, mask=mask)
            self.assertTrue(layer.backward_layer.go_backwards)
            a, b = forward[0].numpy(), backward[0].numpy()[:, ::-1]
            merged = {"concat": [np.concatenate([a, b], -1)], "sum": [a + b], "mul": [a * b], "ave": [(a + b) / 2],
                      None: [a, b]}[mode]
            self.all_same(found, [*merged, forward[1], backward[1]])
            run = tf.function(lambda x, m, layer=layer: layer(x, mask=m), input_signature=[
                tf.TensorSpec([None, None, 3]), tf.TensorSpec([None, None], tf.bool)])
            self.all_same(run(x, mask), found)
        names = [w.name for w in layer.weights]
        self.assertTrue(names[0].startswith("forward_gru"), names)
        self.assertTrue(any("backward_gru" in n for n in names))
        with self.assertRaisesRegex(ValueError, "Invalid merge mode"):
            L.Bidirectional(L.LSTM(2), merge_mode="none")

    def test_dropout_takes_the_same_places_in_every_step(self):
        tf.random.set_seed(0)
        layer = L.SimpleRNN(1, activation="linear", dropout=0.5, return_sequences=True, kernel_initializer="ones",
                            recurrent_initializer="zeros", bias_initializer="zeros")
        for run in (layer, tf.function(layer)):
            y = np.asarray(run(tf.ones([20, 4, 1]), training=True))[..., 0]
            self.assertEqual({tuple(row) for row in y.tolist()}, {(0.0,) * 4, (2.0,) * 4})
        self.same(layer(tf.ones([2, 4, 1])), np.ones((2, 4, 1)))

    def test_own_cell(self):
        class Minimal(L.Layer):
            def __init__(self, units, **kwargs):
                super().__init__(**kwargs)
                self.units = self.state_size = units

            def build(self, shape):
                self.kernel = self.add_weight("kernel", (shape[-1], self.units))
                self.built = True

            def call(self, inputs, states):
                output = tf.matmul(inputs, self.kernel) + states[0]
                if tf.reduce_sum(output) > 1e9:
                    output = -output
                return output, [output]

            def get_config(self):
                return {**super().get_config(), "units": self.units}
        layer, x = L.RNN(Minimal(2)), normal(2, 5, 3)
        self.same(layer(x), x.sum(1) @ layer.cell.kernel.numpy(), 1e-4)
        self.all_same(unknown_steps(layer)(x), eagerly(layer, x))
        both = L.Bidirectional(layer)
        self.assertEqual(both(x).shape, (2, 4))

    def test_ragged(self):
        rows = [normal(4, 3), normal(2, 3)]
        ragged = tf.ragged.stack([tf.constant(r) for r in rows])
        ragged = tf.RaggedTensor.from_row_lengths(tf.constant(np.concatenate(rows)), [4, 2])
        layer = L.GRU(2, return_sequences=True, return_state=True)
        found, last = layer(ragged)
        for i, row in enumerate(rows):
            expected, h = layer(row[None])
            self.same(found[i], expected[0])
            self.same(last[i], h[0])

    def test_config(self):
        for layer in (L.LSTM(3, go_backwards=True, dropout=0.2), L.GRU(2, reset_after=False), L.SimpleRNN(2, activation="relu"),
                      L.RNN([L.LSTMCell(2), L.GRUCell(3)]), L.ConvLSTM2D(2, 3, padding="same")):
            again = type(layer).from_config(layer.get_config())
            self.assertEqual(again.get_config(), layer.get_config())

    def test_second_derivatives(self):
        layer, x = L.GRU(2), tf.constant(normal(1, 3, 3))
        layer(x)

        def square(x):
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = tf.reduce_sum(layer(x) ** 2)
                slope = tf.reduce_sum(tape.gradient(y, x) ** 2)
            return outer.gradient(slope, x)
        run = tf.function(square, input_signature=[tf.TensorSpec([1, None, 3])])
        self.same(run(x), square(x), 1e-4)


class Convolutional(Same):
    def test_conv_lstm(self):
        x = normal(1, 3, 4, 5, 2)
        layer = L.ConvLSTM2D(2, 3, padding="same", return_sequences=True, return_state=True)
        outputs, h_last, c_last = layer(x)
        kernel, recurrent, bias = layer.get_weights()
        hard = lambda z: np.clip(0.2 * z + 0.5, 0, 1)  # noqa: E731
        h = c = np.zeros((1, 4, 5, 2), np.float32)
        for t in range(3):
            z = tf.nn.conv2d(x[:, t], kernel, 1, "SAME") + bias + tf.nn.conv2d(h, recurrent, 1, "SAME")
            i, f, g, o = np.split(np.asarray(z), 4, -1)
            c = hard(f) * c + hard(i) * np.tanh(g)
            h = hard(o) * np.tanh(c)
            self.same(outputs[:, t], h)
        self.same(h_last, h)
        self.same(c_last, c)
        run = tf.function(layer, input_signature=[tf.TensorSpec([None, None, 4, 5, 2])])
        self.all_same(run(x), [outputs, h, c])
        free = tf.function(layer, input_signature=[tf.TensorSpec([None, None, None, None, 2])])
        self.all_same(free(x), [outputs, h, c])

    def test_others(self):
        self.assertEqual(L.ConvLSTM1D(4, 3)(normal(2, 3, 7, 2)).shape, (2, 5, 4))
        self.assertEqual(L.ConvLSTM3D(2, 2, strides=1)(normal(1, 2, 3, 3, 3, 1)).shape, (1, 2, 2, 2, 2))
        layer = L.ConvLSTM2D(4, 3, strides=2, return_sequences=True)
        self.assertEqual(tuple(layer.compute_output_shape((2, 3, 9, 9, 1))), tuple(layer(normal(2, 3, 9, 9, 1)).shape))


class Cells(Same):
    """Version 1."""

    def run_cell(self, cell, x, lengths=None, run=None, **kwargs):
        with tf.Graph().as_default(), v1.Session() as session:
            place = v1.placeholder(tf.float32, [None, None, x.shape[-1]])
            outputs, state = (run or v1.nn.dynamic_rnn)(cell() if callable(cell) and run is None else cell, place, lengths,
                                                        dtype=tf.float32, **kwargs)
            slopes = v1.gradients(tf.reduce_sum(tf.square(outputs)), place)
            session.run(v1.global_variables_initializer())
            return session.run([outputs, *tf.nest.flatten(state), *slopes, v1.trainable_variables()], {place: x})

    def test_peepholes_projection_and_clips(self):
        x = normal(2, 4, 3)
        cell = lambda: v1.nn.rnn_cell.LSTMCell(5, use_peepholes=True, num_proj=2, cell_clip=0.3, proj_clip=0.1)  # noqa: E731
        outputs, c_last, h_last, _, weights = self.run_cell(cell, x)
        kernel, bias, w_f, w_i, w_o, projection = weights
        self.assertEqual((kernel.shape, projection.shape), ((5, 20), (5, 2)))
        c, h = np.zeros((2, 5)), np.zeros((2, 2))
        for t in range(4):
            i, j, f, o = np.split(np.concatenate([x[:, t], h], 1) @ kernel + bias, 4, 1)
            c = np.clip(sigmoid(f + 1 + w_f * c) * c + sigmoid(i + w_i * c) * np.tanh(j), -0.3, 0.3)
            h = np.clip((sigmoid(o + w_o * c) * np.tanh(c)) @ projection, -0.1, 0.1)
            self.same(outputs[:, t], h)
        self.same(c_last, c)
        self.same(h_last, h)

    def test_names(self):
        with tf.Graph().as_default():
            cell = v1.nn.rnn_cell.MultiRNNCell([v1.nn.rnn_cell.LSTMCell(3, use_peepholes=True, num_proj=2),
                                                v1.nn.rnn_cell.GRUCell(2)])
            v1.nn.dynamic_rnn(cell, v1.placeholder(tf.float32, [None, None, 4]), dtype=tf.float32)
            names = [v.op.name for v in v1.global_variables()]
        first, second = "rnn/multi_rnn_cell/cell_0/lstm_cell/", "rnn/multi_rnn_cell/cell_1/gru_cell/"
        self.assertEqual(names, [first + n for n in ("kernel", "bias", "w_f_diag", "w_i_diag", "w_o_diag",
                                                     "projection/kernel")]
                         + [second + n for n in ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")])

    def test_loop_agrees_with_static(self):
        x, lengths = normal(3, 4, 3), [4, 1, 0]

        def both(inputs, run):
            with tf.Graph().as_default(), v1.Session() as session:
                cell = v1.nn.rnn_cell.BasicLSTMCell(2)
                cell._initializer = tf.keras.initializers.Constant(0.3)
                x = tf.constant(inputs)
                outputs, state = run(cell, x)
                slope, = v1.gradients(tf.reduce_sum(tf.square(outputs)), x)
                session.run(v1.global_variables_initializer())
                return session.run([outputs, *state, slope])

        def static(cell, x):
            outputs, state = v1.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32, sequence_length=lengths)
            return tf.stack(outputs, 1), state
        found = both(x, lambda cell, x: v1.nn.dynamic_rnn(cell, x, lengths, dtype=tf.float32))
        self.all_same(found, both(x, static))
        self.same(found[0][1, 1:], np.zeros((3, 2)))
        self.same(found[2][2], np.zeros(2))

    def test_bidirectional(self):
        x, lengths = normal(2, 4, 3), [4, 2]
        with tf.Graph().as_default(), v1.Session() as session:
            place = v1.placeholder(tf.float32, [None, None, 3])
            cells = v1.nn.rnn_cell.GRUCell(2), v1.nn.rnn_cell.GRUCell(2)
            outputs, states = v1.nn.bidirectional_dynamic_rnn(*cells, place, lengths, dtype=tf.float32)
            turned = tf.reverse_sequence(place, lengths, seq_axis=1, batch_axis=0)
            with v1.variable_scope("bidirectional_rnn", reuse=True):
                again, last = v1.nn.dynamic_rnn(cells[1], turned, lengths, dtype=tf.float32, scope="bw")
            again = tf.reverse_sequence(again, lengths, seq_axis=1, batch_axis=0)
            session.run(v1.global_variables_initializer())
            a, b, c, d = session.run([outputs[1], again, states[1], last], {place: x})
            self.assertIn("bidirectional_rnn/bw/gru_cell/gates/kernel", [v.op.name for v in v1.global_variables()])
            steps, *_ = v1.nn.static_bidirectional_rnn(*cells, tf.unstack(tf.constant(x), axis=1), dtype=tf.float32,
                                                       sequence_length=lengths)
            forward, stacked = session.run([outputs[0], tf.stack(steps, 1)], {place: x})
        self.same(a, b)
        self.same(c, d)
        self.same(stacked, np.concatenate([forward, a], -1))

    def test_wrappers(self):
        cell, x = v1.nn.rnn_cell, normal(2, 3, 3)
        outputs, h, _, (kernel, bias) = self.run_cell(lambda: cell.ResidualWrapper(cell.BasicRNNCell(3)), x)
        state = np.zeros((2, 3))
        for t in range(3):
            state = np.tanh(np.concatenate([x[:, t], state], 1) @ kernel + bias)
            self.same(outputs[:, t], x[:, t] + state)
        outputs, *_ = self.run_cell(lambda: cell.DropoutWrapper(cell.BasicRNNCell(3), output_keep_prob=0.5,
                                                                variational_recurrent=True, dtype=tf.float32), x)
        gone = outputs == 0
        self.assertTrue((gone == gone[:, :1]).all())
        with self.assertRaisesRegex(ValueError, "Parameter input_keep_prob must be between 0 and 1"):
            cell.DropoutWrapper(cell.BasicRNNCell(3), input_keep_prob=1.5)

    def test_own_cell_with_variables(self):
        class Own(v1.nn.rnn_cell.RNNCell):
            def __init__(self):
                pass

            state_size = output_size = 3

            def __call__(self, inputs, state, scope=None):
                with v1.variable_scope(scope or "own"):
                    state = tf.tanh(tf.matmul(inputs, v1.get_variable("w", [3, 3])) + state)
                return state, state
        x = normal(2, 4, 3)
        outputs, last, _, (w,) = self.run_cell(Own, x)
        h = np.zeros((2, 3))
        for t in range(4):
            h = np.tanh(x[:, t] @ w + h)
            self.same(outputs[:, t], h)

    def test_raw(self):
        x = normal(4, 2, 3)
        with tf.Graph().as_default(), v1.Session() as session:
            rows, cell = tf.TensorArray(tf.float32, size=4).unstack(tf.constant(x)), v1.nn.rnn_cell.BasicRNNCell(2)

            def loop(time, output, state, loop_state):
                state = cell.zero_state(2, tf.float32) if output is None else state
                finished = time >= tf.constant([4, 2])
                row = tf.cond(tf.reduce_all(finished), lambda: tf.zeros([2, 3]), lambda: rows.read(tf.minimum(time, 3)))
                return finished, row, state, output, None
            outputs, state, _ = v1.nn.raw_rnn(cell, loop)
            expected, last = v1.nn.dynamic_rnn(cell, tf.constant(x), [4, 2], dtype=tf.float32, time_major=True)
            session.run(v1.global_variables_initializer())
            a, b, c, d = session.run([outputs.stack(), state, expected, last])
        self.same(a, c)
        self.same(b, d)


if __name__ == "__main__":
    unittest.main()
