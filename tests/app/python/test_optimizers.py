# SPDX-License-Identifier: MIT
"""tf.keras.optimizers against formulas written out in NumPy, and against PyTorch where it is installed and agrees."""
import unittest

import numpy as np
import tensorflow as tf

optimizers, legacy = tf.keras.optimizers, tf.keras.optimizers.legacy
START = np.array([[0.5, -1.25, 2.0], [3.0, -0.125, 0.75]])
STEPS = 10


def gradient(step):
    return np.cos(np.arange(6.0).reshape(2, 3) + 1.3 * step) * (1 + 0.1 * step)


def run(optimizer, dtype="float64", sparse=None):
    """Where the optimizer gets in STEPS steps."""
    v = tf.Variable(START.astype(dtype))
    for step in range(STEPS):
        g = tf.constant(gradient(step).astype(dtype))
        optimizer.apply_gradients([(g if sparse is None else sparse(g), v)])
    return v.numpy()


def walk(step, slots=1, initial=0.0):
    """The same by step (t, g, v, slots…) → v, which changes the slots in place."""
    v, arrays = START.copy(), [np.full_like(START, initial) for _ in range(slots)]
    for t in range(STEPS):
        v = step(t + 1, gradient(t), v, *arrays)
    return v


def sgd(t, g, v):
    return v - 0.1 * g


def momentum(nesterov):
    def step(t, g, v, m):
        m[:] = 0.9 * m - 0.1 * g
        return v + 0.9 * m - 0.1 * g if nesterov else v + m
    return step


def moments(t, g, m, s, b1=0.9, b2=0.999):
    m[:] = b1 * m + (1 - b1) * g
    s[:] = b2 * s + (1 - b2) * g * g


def adam(decay=0.0):
    def step(t, g, v, m, s):
        moments(t, g, m, s)
        v = v - 0.1 * decay * v
        return v - 0.1 * np.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t) * m / (np.sqrt(s) + 1e-7)
    return step


def amsgrad(t, g, v, m, s, top):
    moments(t, g, m, s)
    top[:] = np.maximum(top, s)
    return v - 0.1 * np.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t) * m / (np.sqrt(top) + 1e-7)


def adamax(t, g, v, m, u):
    m[:] = 0.9 * m + 0.1 * g
    u[:] = np.maximum(0.999 * u, np.abs(g))
    return v - 0.1 / (1 - 0.9 ** t) * m / (u + 1e-7)


def nadam(schedule):
    product = [1.0]

    def step(t, g, v, m, s):
        now, later = (0.9 * (1 - 0.5 * 0.96 ** (schedule * k)) for k in (t, t + 1))
        product[0] *= now
        moments(t, g, m, s)
        ahead = later * m / (1 - product[0] * later) + (1 - now) * g / (1 - product[0])
        return v - 0.1 * ahead / (np.sqrt(s / (1 - 0.999 ** t)) + 1e-7)
    return step


def rmsprop(inside, rho=0.9, centered=False, mom=0.0):
    def step(t, g, v, s, mean, moment):
        s[:] = rho * s + (1 - rho) * g * g
        mean[:] = rho * mean + (1 - rho) * g
        square = s - mean * mean if centered else s
        change = 0.1 * g / (np.sqrt(square + 1e-7) if inside else np.sqrt(square) + 1e-7)
        moment[:] = mom * moment + change
        return v - moment
    return step


def adagrad(inside):
    def step(t, g, v, s):
        s += g * g
        return v - 0.1 * g / (np.sqrt(s + 1e-7) if inside else np.sqrt(s) + 1e-7)
    return step


def adadelta(t, g, v, s, d):
    s[:] = 0.95 * s + 0.05 * g * g
    change = np.sqrt(d + 1e-7) / np.sqrt(s + 1e-7) * g
    d[:] = 0.95 * d + 0.05 * change * change
    return v - 0.1 * change


def lion(t, g, v, m):
    direction = np.sign(0.9 * m + 0.1 * g)
    m[:] = 0.99 * m + 0.01 * g
    return v - 0.1 * 0.01 * v - 0.1 * direction


def adafactor(t, g, v, r, c):
    beta = 1 - t ** -0.8
    square = g * g + 1e-30
    r[:, 0] = beta * r[:, 0] + (1 - beta) * square.mean(-1)
    c[0] = beta * c[0] + (1 - beta) * square.mean(-2)
    u = g / np.sqrt(r[:, :1] / r[:, 0].mean() * c[:1])
    rate = max(1e-3, np.sqrt((v * v).mean())) * min(0.1, 1 / np.sqrt(t))
    return v - rate * u / max(1, np.sqrt((u * u).mean()))


def ftrl_walk(l2=0.02, power=-0.5):
    v, z, n = START.copy(), np.zeros_like(START), np.full_like(START, 0.1)
    for t in range(STEPS):
        g, l2_now = gradient(t), l2 + 0.5 / (2 * 0.1)
        more = n + g * g
        z = z + g + 2 * 0.03 * v - (more ** -power - n ** -power) / 0.1 * v
        v = (np.clip(z, -0.05, 0.05) - z) / (more ** -power / 0.1 + 2 * l2_now)
        n = more
    return v


FTRL = dict(l1_regularization_strength=0.05, l2_regularization_strength=0.02, l2_shrinkage_regularization_strength=0.03,
            beta=0.5)
CASES = {
    "SGD": (lambda: optimizers.SGD(0.1), lambda: walk(sgd, 0)),
    "SGD, weights that decay": (lambda: optimizers.SGD(0.1, weight_decay=0.01),
                                lambda: walk(lambda t, g, v: v - 0.01 * 0.1 * v - 0.1 * g, 0)),
    "SGD with momentum": (lambda: optimizers.SGD(0.1, 0.9), lambda: walk(momentum(False))),
    "SGD with Nesterov's": (lambda: optimizers.SGD(0.1, 0.9, nesterov=True), lambda: walk(momentum(True))),
    "Adam": (lambda: optimizers.Adam(0.1), lambda: walk(adam(), 2)),
    "Adam with amsgrad": (lambda: optimizers.Adam(0.1, amsgrad=True), lambda: walk(amsgrad, 3)),
    "AdamW": (lambda: optimizers.AdamW(0.1, 0.01), lambda: walk(adam(0.01), 2)),
    "Adamax": (lambda: optimizers.Adamax(0.1), lambda: walk(adamax, 2)),
    "Nadam": (lambda: optimizers.Nadam(0.1), lambda: walk(nadam(1.0), 2)),
    "RMSprop": (lambda: optimizers.RMSprop(0.1), lambda: walk(rmsprop(True), 3)),
    "RMSprop with momentum": (lambda: optimizers.RMSprop(0.1, momentum=0.8), lambda: walk(rmsprop(True, mom=0.8), 3)),
    "RMSprop, centered": (lambda: optimizers.RMSprop(0.1, centered=True), lambda: walk(rmsprop(True, centered=True), 3)),
    "RMSprop, both": (lambda: optimizers.RMSprop(0.1, centered=True, momentum=0.8),
                      lambda: walk(rmsprop(True, centered=True, mom=0.8), 3)),
    "Adagrad": (lambda: optimizers.Adagrad(0.1), lambda: walk(adagrad(True), 1, 0.1)),
    "Adadelta": (lambda: optimizers.Adadelta(0.1), lambda: walk(adadelta, 2)),
    "Ftrl": (lambda: optimizers.Ftrl(0.1, **FTRL), ftrl_walk),
    "Ftrl, another power": (lambda: optimizers.Ftrl(0.1, learning_rate_power=-0.7, **FTRL), lambda: ftrl_walk(power=-0.7)),
    "Lion": (lambda: optimizers.Lion(0.1, weight_decay=0.01), lambda: walk(lion)),
    "Adafactor": (lambda: optimizers.Adafactor(0.1), lambda: walk(adafactor, 2)),
    "legacy SGD": (lambda: legacy.SGD(0.1, decay=0.5), lambda: walk(lambda t, g, v: v - 0.1 / (1 + 0.5 * (t - 1)) * g, 0)),
    "legacy SGD with momentum": (lambda: legacy.SGD(0.1, 0.9), lambda: walk(momentum(False))),
    "legacy Adam": (lambda: legacy.Adam(0.1), lambda: walk(adam(), 2)),
    "legacy Adam with amsgrad": (lambda: legacy.Adam(0.1, amsgrad=True), lambda: walk(amsgrad, 3)),
    "legacy Adamax": (lambda: legacy.Adamax(0.1), lambda: walk(adamax, 2)),
    "legacy Nadam": (lambda: legacy.Nadam(0.1), lambda: walk(nadam(0.004), 2)),
    "legacy RMSprop": (lambda: legacy.RMSprop(0.1), lambda: walk(rmsprop(False), 3)),
    "legacy RMSprop, centered": (lambda: legacy.RMSprop(0.1, centered=True), lambda: walk(rmsprop(False, centered=True), 3)),
    "legacy RMSprop, both": (lambda: legacy.RMSprop(0.1, centered=True, momentum=0.8),
                             lambda: walk(rmsprop(True, centered=True, mom=0.8), 3)),
    "legacy Adagrad": (lambda: legacy.Adagrad(0.1), lambda: walk(adagrad(False), 1, 0.1)),
    "legacy Adadelta": (lambda: legacy.Adadelta(0.1), lambda: walk(adadelta, 2)),
    "legacy Ftrl": (lambda: legacy.Ftrl(0.1, **FTRL), ftrl_walk),
}


class Formulas(unittest.TestCase):
    def test_ten_steps(self):
        for name, (make, expected) in CASES.items():
            with self.subTest(name):
                # The rate is a float32 variable, as in TensorFlow: hence 1e-8.
                np.testing.assert_allclose(run(make()), expected(), rtol=0, atol=3e-8 * STEPS)

    def test_narrow(self):
        for name, (make, expected) in CASES.items():
            for dtype, tolerance in (("float32", 2e-6),):
                if dtype == "float16" and name in ("Nadam", "legacy Nadam", "Adadelta", "legacy Adadelta", "Adafactor") \
                        or "centered" in name or "both" in name:
                    continue        # sums and differences that float16 cannot hold
                with self.subTest(name, dtype=dtype):
                    np.testing.assert_allclose(run(make(), dtype), expected(), rtol=tolerance, atol=tolerance)

    def test_in_a_function(self):
        for name, (make, expected) in CASES.items():
            with self.subTest(name):
                optimizer, v = make(), tf.Variable(START)
                optimizer.apply_gradients([(tf.constant(gradient(0)), v)])

                @tf.function
                def step(g):
                    optimizer.apply_gradients([(g, v)])
                for t in range(1, STEPS):
                    step(tf.constant(gradient(t)))
                np.testing.assert_allclose(v.numpy(), expected(), rtol=0, atol=3e-8 * STEPS)

    def test_somebody_holds_the_value(self):
        optimizer, v = optimizers.Adam(0.1), tf.Variable(tf.ones([3000]))
        held = v.read_value()
        optimizer.apply_gradients([(tf.ones([3000]), v)])
        self.assertEqual(held.numpy().min(), 1)
        np.testing.assert_allclose(v.numpy(), np.full(3000, 0.9), rtol=1e-6)


class Torch(unittest.TestCase):
    def test_same(self):
        try:
            import torch
        except ImportError:
            self.skipTest("PyTorch is not installed")
        pairs = {
            "SGD": (optimizers.SGD(0.1, 0.9), lambda p: torch.optim.SGD(p, 0.1, 0.9)),
            "Adam": (optimizers.Adam(0.1, epsilon=0.0), lambda p: torch.optim.Adam(p, 0.1, eps=0)),
            "AdamW": (optimizers.AdamW(0.1, 0.01, epsilon=0.0), lambda p: torch.optim.AdamW(p, 0.1, eps=0, weight_decay=0.01)),
            "Adamax": (optimizers.Adamax(0.1, epsilon=0.0), lambda p: torch.optim.Adamax(p, 0.1, eps=0)),
            "RMSprop": (legacy.RMSprop(0.1), lambda p: torch.optim.RMSprop(p, 0.1, alpha=0.9, eps=1e-7)),
            "RMSprop, centered": (legacy.RMSprop(0.1, centered=True),
                                  lambda p: torch.optim.RMSprop(p, 0.1, alpha=0.9, eps=1e-7, centered=True)),
            "Adagrad": (legacy.Adagrad(0.1), lambda p: torch.optim.Adagrad(p, 0.1, initial_accumulator_value=0.1, eps=1e-7)),
            "Adadelta": (optimizers.Adadelta(0.1), lambda p: torch.optim.Adadelta(p, 0.1, rho=0.95, eps=1e-7)),
        }
        for name, (ours, theirs) in pairs.items():
            with self.subTest(name):
                p = torch.tensor(START, requires_grad=True)
                other = theirs([p])
                for t in range(STEPS):
                    p.grad = torch.tensor(gradient(t))
                    other.step()
                np.testing.assert_allclose(run(ours), p.detach().numpy(), rtol=0, atol=3e-8 * STEPS)


class Interface(unittest.TestCase):
    def test_variables(self):
        optimizer, v = optimizers.Adam(0.1), tf.Variable([1.0], name="w")
        optimizer.build([v])
        self.assertEqual([x.name for x in optimizer.variables], ["iteration:0", "learning_rate:0", "m/w:0", "v/w:0"])
        self.assertEqual(len(optimizer.variables()), 4)

    def test_config(self):
        for name in ("SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Ftrl", "Adafactor", "Lion"):
            for module in (optimizers, legacy):
                if hasattr(module, name):
                    one = getattr(module, name)(0.25)
                    config = one.get_config()
                    self.assertEqual((config["name"], config["learning_rate"]), (name, 0.25))
                    self.assertEqual(type(one).from_config(config).get_config(), config)

    def test_get(self):
        self.assertIsInstance(optimizers.get("rmsprop"), optimizers.RMSprop)
        self.assertIsInstance(optimizers.get({"class_name": "Adam", "config": {"learning_rate": 0.5}}), optimizers.Adam)
        self.assertIsInstance(optimizers.deserialize(optimizers.serialize(optimizers.Nadam())), optimizers.Nadam)
        with self.assertRaisesRegex(ValueError, "Unknown optimizer: 'nope'"):
            optimizers.get("nope")

    def test_refusals(self):
        v = tf.Variable([1.0], name="w")
        with self.assertRaisesRegex(ValueError, r"No gradients provided for any variable: \(\['w:0'\],\)\. Provided"):
            optimizers.SGD().apply_gradients([(None, v)])
        with self.assertRaisesRegex(ValueError, "decay is deprecated in the new Keras optimizer"):
            optimizers.SGD(decay=0.1)
        with self.assertRaisesRegex(ValueError, "At most one of `clipnorm` and `global_clipnorm`"):
            optimizers.SGD(clipnorm=1.0, global_clipnorm=1.0)
        optimizer = optimizers.SGD()
        optimizer.build([v])
        optimizer._built = True
        with self.assertRaisesRegex(KeyError, "The optimizer cannot recognize variable"):
            optimizer.apply_gradients([(tf.ones([1]), tf.Variable([1.0]))])

    def test_clipping(self):
        for options, expected in ((dict(clipvalue=0.5), [0.5, 0.5]), (dict(clipnorm=1.0), [0.6, 0.8]),
                                  (dict(global_clipnorm=1.0), [0.6, 0.8])):
            v = tf.Variable([0.0, 0.0])
            optimizers.SGD(1.0, **options).apply_gradients([(tf.constant([3.0, 4.0]), v)])
            np.testing.assert_allclose(-v.numpy(), expected, rtol=1e-6)

    def test_schedule(self):
        schedule = optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
        optimizer, v = optimizers.SGD(schedule), tf.Variable(0.0)
        for _ in range(3):
            optimizer.apply_gradients([(tf.constant(1.0), v)])
        self.assertEqual(v.numpy(), -(0.5 + 0.25 + 0.125))
        self.assertEqual(optimizers.SGD.from_config(optimizer.get_config())._learning_rate.decay_rate, 0.5)
        with self.assertRaisesRegex(TypeError, "learning rate is not settable"):
            optimizer.learning_rate = 0.1

    def test_average(self):
        optimizer, v = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), tf.Variable(0.0)
        for _ in range(2):
            optimizer.apply_gradients([(tf.constant(-1.0), v)])
        optimizer.finalize_variable_values([v])
        self.assertEqual(v.numpy(), 0.5 * (0.5 * 0 + 0.5 * 1) + 0.5 * 2)

    def test_minimize(self):
        v = tf.Variable(2.0)
        for optimizer in (optimizers.SGD(0.25), legacy.SGD(0.25)):
            v.assign(2.0)
            optimizer.minimize(lambda: v * v, [v])
            self.assertEqual(v.numpy(), 1.0)
        with self.assertRaisesRegex(ValueError, "`tape` is required when a `Tensor` loss is passed"):
            optimizers.SGD().minimize(v * v, [v])

    def test_own(self):
        class Half(optimizers.Optimizer):
            def __init__(self):
                super().__init__("Half")
                self._learning_rate = self._build_learning_rate(0.5)

            def update_step(self, gradient, variable):
                variable.assign_sub(self.learning_rate * gradient)

        v = tf.Variable(1.0)
        Half().apply_gradients([(tf.constant(1.0), v)])
        self.assertEqual(v.numpy(), 0.5)

        class OldHalf(legacy.Optimizer):
            def _resource_apply_dense(self, grad, var, apply_state=None):
                var.assign_sub(0.5 * grad)

        OldHalf("OldHalf").apply_gradients([(tf.constant(1.0), v)])
        self.assertEqual(v.numpy(), 0.0)


class Schedules(unittest.TestCase):
    def check(self, schedule, expected):
        for step in (0, 1, 3, 7, 12, 25):
            self.assertAlmostEqual(float(schedule(step)), expected(step), places=6)
        again = optimizers.schedules.deserialize(optimizers.schedules.serialize(schedule))
        self.assertEqual(float(again(3)), float(schedule(3)))

    def test_all(self):
        s = optimizers.schedules
        self.check(s.ExponentialDecay(0.1, 10, 0.9), lambda t: 0.1 * 0.9 ** (t / 10))
        self.check(s.ExponentialDecay(0.1, 10, 0.9, staircase=True), lambda t: 0.1 * 0.9 ** (t // 10))
        self.check(s.InverseTimeDecay(0.1, 10, 0.9), lambda t: 0.1 / (1 + 0.9 * t / 10))
        self.check(s.InverseTimeDecay(0.1, 10, 0.9, True), lambda t: 0.1 / (1 + 0.9 * (t // 10)))
        self.check(s.PiecewiseConstantDecay([3, 10], [1.0, 0.5, 0.1]), lambda t: 1.0 if t <= 3 else 0.5 if t <= 10 else 0.1)
        self.check(s.PolynomialDecay(0.1, 10, 0.01, 2.0), lambda t: 0.09 * (1 - min(t, 10) / 10) ** 2 + 0.01)
        self.check(s.PolynomialDecay(0.1, 10, 0.01, cycle=True),
                   lambda t: 0.09 * (1 - t / (10 * max(1, np.ceil(t / 10)))) + 0.01)
        self.check(s.CosineDecay(0.1, 10, 0.2),
                   lambda t: 0.1 * (0.8 * 0.5 * (1 + np.cos(np.pi * min(t, 10) / 10)) + 0.2))
        self.check(s.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=5),
                   lambda t: 0.1 * t / 5 if t < 5 else 0.05 * (1 + np.cos(np.pi * (min(t, 15) - 5) / 10)))

        def restarts(t):
            start, length, height = 0, 5, 1.0
            while t >= start + length:
                start, length, height = start + length, length * 2, height * 0.5
            return 0.1 * (0.9 * height * 0.5 * (1 + np.cos(np.pi * (t - start) / length)) + 0.1)
        self.check(s.CosineDecayRestarts(0.1, 5, 2.0, 0.5, 0.1), restarts)

    def test_refusal(self):
        with self.assertRaisesRegex(ValueError, "The length of boundaries should be 1 less"):
            optimizers.schedules.PiecewiseConstantDecay([1], [1.0])


class Version1(unittest.TestCase):
    def test_steps(self):
        t = tf.compat.v1.train
        cases = {
            "Momentum": (lambda: t.MomentumOptimizer(0.1, 0.9), lambda: walk(momentum(False))),
            "Momentum, Nesterov's": (lambda: t.MomentumOptimizer(0.1, 0.9, use_nesterov=True), lambda: walk(momentum(True))),
            "Adagrad": (lambda: t.AdagradOptimizer(0.1),
                        lambda: walk(lambda t, g, v, s: (s.__iadd__(g * g), v - 0.1 * g / np.sqrt(s))[1], 1, 0.1)),
            "Adadelta": (lambda: t.AdadeltaOptimizer(0.1, epsilon=1e-7), lambda: walk(adadelta, 2)),
            "Adam": (lambda: t.AdamOptimizer(0.1, epsilon=1e-7), lambda: walk(adam(), 2)),
            "Ftrl": (lambda: t.FtrlOptimizer(0.1, l1_regularization_strength=0.05, l2_regularization_strength=0.02 + 0.5 / 0.2,
                                             l2_shrinkage_regularization_strength=0.03), ftrl_walk),
            "proximal": (lambda: t.ProximalGradientDescentOptimizer(0.1, 0.05, 0.5), lambda: walk(
                lambda t, g, v: np.sign(v - 0.1 * g) * np.maximum(abs(v - 0.1 * g) - 0.005, 0) / 1.05, 0)),
        }
        for name, (make, expected) in cases.items():
            with self.subTest(name), tf.Graph().as_default(), tf.compat.v1.Session() as session:
                v = tf.compat.v1.Variable(START)
                g = tf.compat.v1.placeholder(tf.float64, [2, 3])
                step = make().apply_gradients([(g, v)])
                session.run(tf.compat.v1.global_variables_initializer())
                for i in range(STEPS):
                    session.run(step, {g: gradient(i)})
                # Adam's powers are float32 variables, as in TensorFlow.
                np.testing.assert_allclose(session.run(v), expected(), rtol=0, atol=1e-5 if name == "Adam" else 3e-7)

    def test_names(self):
        with tf.Graph().as_default():
            optimizer, v = tf.compat.v1.train.AdamOptimizer(0.1), tf.compat.v1.Variable([1.0], name="w")
            optimizer.apply_gradients([(tf.constant([1.0]), v)])
            self.assertEqual([x.name for x in optimizer.variables()], ["w/Adam:0", "w/Adam_1:0", "beta1_power:0", "beta2_power:0"])
            self.assertEqual(optimizer.get_slot(v, "m").name, "w/Adam:0")


class Rows(unittest.TestCase):
    """Gradients of which most rows are zero."""

    def setUp(self):
        self.rows = tf.IndexedSlices(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), tf.constant([0, 2, 0]), tf.constant([4, 2]))

    def test_conversion(self):
        self.assertEqual(self.rows.shape, [4, 2])
        self.assertEqual(tf.convert_to_tensor(self.rows).numpy().tolist(), [[6, 8], [0, 0], [3, 4], [0, 0]])
        with self.assertRaisesRegex(ValueError, "Tensor conversion requested for IndexedSlices without dense_shape"):
            tf.convert_to_tensor(tf.IndexedSlices(tf.ones([1, 2]), [0]))

    def test_same_as_dense(self):
        dense = tf.convert_to_tensor(self.rows)
        for module in (optimizers, legacy):
            for name in ("SGD", "Adam", "Adamax", "Nadam", "Adagrad", "Adadelta", "RMSprop"):
                with self.subTest(name, module=module.__name__):
                    a, b = tf.Variable(tf.ones([4, 2])), tf.Variable(tf.ones([4, 2]))
                    one, other = getattr(module, name)(0.1), getattr(module, name)(0.1)
                    for _ in range(3):
                        one.apply_gradients([(self.rows, a)])
                        other.apply_gradients([(dense, b)])
                    np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=1e-6)

    def test_other_rows_rest(self):
        optimizer, v = legacy.SGD(0.1, 0.9), tf.Variable(tf.ones([4, 2]))
        optimizer.apply_gradients([(self.rows, v)])
        optimizer.apply_gradients([(tf.IndexedSlices(tf.ones([1, 2]), tf.constant([1]), tf.constant([4, 2])), v)])
        np.testing.assert_allclose(v.numpy(), [[0.4, 0.2], [0.9, 0.9], [0.7, 0.6], [1, 1]], rtol=1e-6)

    def test_clipped(self):
        clipped, norm = tf.clip_by_global_norm([self.rows], 1.0)
        np.testing.assert_allclose(norm.numpy(), np.sqrt(91), rtol=1e-6)
        np.testing.assert_allclose(clipped[0].values.numpy(), self.rows.values.numpy() / np.sqrt(91), rtol=1e-6)

    def test_raw_refusals(self):
        raw, v, m = tf.raw_ops, tf.Variable([[1.0], [2.0]]), tf.Variable([[0.0], [0.0]])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "Index 2 at offset 1 in indices is out of range"):
            raw.ResourceSparseApplyAdagrad(var=v.handle, accum=m.handle, lr=0.1, grad=[[1.0], [1.0]], indices=[0, 2])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, "grad must be the same size as indices"):
            raw.ResourceSparseApplyAdagrad(var=v.handle, accum=m.handle, lr=0.1, grad=[[1.0], [1.0]], indices=[0])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, r"var and delta do not have the same shape\[2,1\] \[3\]"):
            raw.ResourceApplyGradientDescent(var=v.handle, alpha=0.1, delta=[1.0, 2.0, 3.0])
        with self.assertRaisesRegex(tf.errors.InvalidArgumentError, r"alpha is not a scalar: \[1\]"):
            raw.ResourceApplyGradientDescent(var=v.handle, alpha=[0.1], delta=[[1.0], [2.0]])


if __name__ == "__main__":
    unittest.main()
