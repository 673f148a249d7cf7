# SPDX-License-Identifier: MIT
"""tf.function: when it traces, and what it gives."""
import unittest

import numpy as np
import tensorflow as tf


class Functions(unittest.TestCase):
    def traced(self, **options):
        traces = []

        @tf.function(**options)
        def f(*args, **kwargs):
            traces.append((args, kwargs))
            return args[0]
        return f, traces

    def test_function_type(self):
        concrete = tf.function(lambda a: a + 1).get_concrete_function(tf.constant(1))
        self.assertEqual(str(concrete.function_type), "(a: TensorSpec(shape=(), dtype=tf.int32, name=None)) -> "
                                                      "TensorSpec(shape=(), dtype=tf.int32, name=None)")

    def test_traces_by_dtype_shape_and_value(self):
        f, traces = self.traced()
        for args, count in [((tf.constant(1),), 1), ((tf.constant(2),), 1), ((tf.constant(1.0),), 2),
                            ((tf.constant([1.0]),), 3), ((1,), 4), ((1,), 4), ((2,), 5), ((np.float32(1.0),),
                                    5),
                            (([tf.constant(1)],), 6), (((tf.constant(1),),), 7)]:
            f(*args)
            self.assertEqual(len(traces), count, args)

    def test_keywords_and_defaults_are_the_same_call(self):
        traces = []

        @tf.function
        def f(a, b=2):
            traces.append(1)
            return a + b
        x = tf.constant(1)
        self.assertEqual([f(x).numpy(), f(x, 2).numpy(), f(x, b=2).numpy(), f(b=2, a=x).numpy()], [3] * 4)
        self.assertEqual(len(traces), 1)

    def test_results_keep_their_form(self):
        @tf.function
        def f(x):
            return {"a": x, "b": (x + 1, None, [3])}
        result = f(tf.constant(1))
        self.assertEqual((result["a"].numpy(), result["b"][0].numpy(), result["b"][1],
                          result["b"][2][0].numpy()), (1, 2, None, 3))

    def test_input_signature(self):
        traces = []

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def f(x):
            traces.append(1)
            return tf.reduce_sum(x)
        self.assertEqual([f(tf.constant([1.0])).numpy(), f([1.0, 2.0]).numpy()], [1.0, 3.0])
        self.assertEqual(len(traces), 1)
        with self.assertRaises(TypeError):
            f(tf.constant([[1.0]]))

    def test_concrete_functions(self):
        f = tf.function(lambda x: x * x)
        concrete = f.get_concrete_function(tf.TensorSpec([], tf.float32))
        self.assertEqual(concrete(tf.constant(3.0)).numpy(), 9.0)
        self.assertEqual([op.type for op in concrete.graph.get_operations()][:2], ["Placeholder", "Mul"])
        self.assertIs(f.get_concrete_function(tf.constant(1.0)), concrete)

    def test_variables_are_made_once(self):
        class Counter(tf.Module):
            def __init__(self):
                super().__init__()
                self.count = None

            @tf.function
            def __call__(self):
                if self.count is None:
                    self.count = tf.Variable(0)
                return self.count.assign_add(1)
        counter = Counter()
        self.assertEqual([int(counter()), int(counter()), int(Counter()())], [1, 2, 1])

        @tf.function
        def each_time():
            return tf.Variable(1.0)
        with self.assertRaisesRegex(ValueError, "only supports singleton tf.Variables"):
            each_time()

    def test_effects_keep_their_order(self):
        v = tf.Variable(1.0)

        @tf.function
        def f():
            v.assign(2.0)
            before = v * 10
            v.assign_add(5.0)
            return before, v.read_value()
        self.assertEqual([t.numpy() for t in f()], [20.0, 7.0])
        self.assertEqual(v.numpy(), 7.0)

    def test_nested_and_eager(self):
        inner = tf.function(lambda x: x + 1)
        outer = tf.function(lambda x: inner(x) * inner(x))
        self.assertEqual(outer(tf.constant(2)).numpy(), 9)
        tf.config.run_functions_eagerly(True)
        try:
            seen = []
            tf.function(lambda x: seen.append(tf.executing_eagerly()))(1)
        finally:
            tf.config.run_functions_eagerly(False)
        self.assertEqual(seen, [True])

    def test_reduced_retracing(self):
        f, traces = self.traced(reduce_retracing=True)
        for n in (1, 2, 3, 4):
            self.assertEqual(f(tf.ones([n])).shape[0], n)
        self.assertEqual(len(traces), 2)


class Pruned(unittest.TestCase):
    def test_concrete(self):
        @tf.function
        def f(x):
            y = tf.multiply(x, 2.0, name="twice")
            return y + 1.0
        concrete = f.get_concrete_function(tf.TensorSpec([], tf.float32))
        self.assertEqual(float(concrete.prune(concrete.inputs, "twice:0")(tf.constant(3.0))), 6)
        both = concrete.prune("x:0", {"a": "twice:0", "b": concrete.outputs[0]})(tf.constant(3.0))
        self.assertEqual([float(both["a"]), float(both["b"])], [6, 7])
        self.assertEqual(float(concrete.prune("twice:0", concrete.outputs[0])(tf.constant(5.0))), 6)

    def test_wrapped(self):
        def f(x):
            v = tf.compat.v1.get_variable("wrapped_v", [], initializer=tf.compat.v1.ones_initializer())
            return v + x
        wrapped = tf.compat.v1.wrap_function(f, [tf.TensorSpec([], tf.float32)])
        self.assertEqual(float(wrapped(tf.constant(2.0))), 3)
        wrapped.variables[0].assign(10.0)
        self.assertEqual(float(wrapped(tf.constant(2.0))), 12)
        pruned = wrapped.prune(wrapped.inputs, wrapped.outputs)
        self.assertEqual(float(pruned(tf.constant(1.0))[0]), 11)


class Values(unittest.TestCase):
    def test_initial_value_from_argument(self):
        class Scale:
            w = None

            @tf.function
            def __call__(self, x):
                if self.w is None:
                    self.w = tf.Variable(x * 2)
                return self.w * x
        a, b = Scale(), Scale()
        self.assertEqual([float(a(tf.constant(2.0))), float(a(tf.constant(3.0))), float(b(tf.constant(5.0)))], [8, 12, 50])

    def test_no_value_says_what_to_do(self):
        with self.assertRaisesRegex(AttributeError, "has no attribute 'numpy': x:0 has no value .* tf.print"):
            tf.function(lambda x: x.numpy())(tf.constant(1))


    def test_recursion_without_end(self):
        @tf.function
        def down(n):
            return down(n - 1) if n > 0 else n

        @tf.function
        def factorial(n, product):
            return product if n == 0 else factorial(n - 1, product * n)
        with self.assertRaisesRegex(RecursionError, "down calls itself while it is traced"):
            down(tf.constant(5))
        self.assertEqual(int(factorial(5, tf.constant(1))), 120)

    def test_objects_say_what_a_trace_depends_on(self):
        class Kind(tf.types.experimental.TraceType):
            def __init__(self, thing):
                self.thing = thing

            def is_subtype_of(self, other):
                return self == other

            def most_specific_common_supertype(self, others):
                return self if all(self == other for other in others) else None

            def placeholder_value(self, placeholder_context):
                return self.thing

            def __eq__(self, other):
                return isinstance(other, Kind) and type(self.thing) is type(other.thing)

            def __hash__(self):
                return hash(type(self.thing))

        class Thing:
            value = 3

            def __tf_tracing_type__(self, context):
                return Kind(self)

        class Unhashable:
            value = 4
            __hash__ = None
        f = tf.function(lambda thing: tf.constant(thing.value))
        self.assertEqual([int(f(Thing())), int(f(Thing())), f.experimental_get_tracing_count()], [3, 3, 1])
        one = Unhashable()
        self.assertEqual([int(f(one)), int(f(one)), int(f(Unhashable())), f.experimental_get_tracing_count()], [4, 4, 4, 3])

    def test_atomic_function(self):
        concrete = tf.function(lambda x: x * 2).get_concrete_function(tf.constant(3))
        self.assertEqual(int(concrete.inference_fn(tf.constant(4))), 8)
        definition = concrete.function_def
        self.assertEqual([argument.name for argument in definition.signature.input_arg], ["x"])
        self.assertEqual([node.op for node in definition.node_def], ["Const", "Mul"])


class Binding(unittest.TestCase):
    def test_arguments_behind_one_another(self):
        scalar = tf.TensorSpec([], tf.float32)
        both = tf.function(lambda x, *rest: x + 10.0 * rest[0] + 100.0 * rest[1], input_signature=[scalar] * 3)
        self.assertEqual(float(both(1, 2, 3.0)), 321)
        self.assertEqual(float(tf.function(lambda *a: a[0] - a[1], input_signature=[scalar] * 2)(1, 2)), -1)
        with self.assertRaisesRegex(TypeError, "Can not cast TensorSpec"):
            both(1.0, tf.constant([1.0]), 2.0)

    def test_an_op_as_it_is(self):
        self.assertEqual(float(tf.function(tf.math.exp)(tf.constant(0.0))), 1)


class Concrete(unittest.TestCase):
    def test_arguments(self):
        f = tf.function(lambda x, y=2, *more, k: (x, y, list(more), k))
        concrete = f.get_concrete_function(tf.constant(1), 2, tf.constant(3), k={"a": tf.constant(4)})
        given = ([1, 2, [3], {"a": 4}], [5, 2, [6], {"a": 7}])
        for x, y, (more,), k in given:
            for _ in range(2):
                tensors = tf.constant(x), tf.constant(more), {"a": tf.constant(k["a"])}
                found = [concrete(tensors[0], y, tensors[1], k=tensors[2]), concrete(tensors[0], tensors[1], tensors[2]["a"]),
                         concrete(x=tensors[0], more_0=tensors[1], k=tensors[2]["a"])]
                for result in found:
                    self.assertEqual([int(t) for t in tf.nest.flatten(result)], [x, y, more, k["a"]])
        for args, kwargs, text in (((tf.constant(1), 3, tf.constant(3)), {"k": {"a": tf.constant(4)}}, r"Can not cast 3 to Literal\[2\]"),
                                   ((), {}, "missing a required argument: 'x'"),
                                   ((tf.constant(1), 2, tf.constant(3)), {"k": 5}, "Can not cast 5 to a Dict"),
                                   ((tf.constant(1), 2, tf.constant(1)), {"k": 1, "q": 2}, "unexpected keyword argument")):
            with self.assertRaisesRegex(TypeError, text):
                concrete(*args, **kwargs)

    def test_names(self):
        f = tf.function(lambda pair, *rest, **named: pair[0] + pair[1] + rest[0] + named["b"])
        spec = tf.TensorSpec([], tf.float32)
        concrete = f.get_concrete_function((spec, tf.TensorSpec([], tf.float32, "second")), spec, b=spec)
        self.assertEqual([t.op.name for t in concrete.inputs], ["pair", "second", "rest_0", "b"])
        one = tf.constant(1.0)
        self.assertEqual(float(concrete(pair=one, second=one, rest_0=one, b=one)), 4)
        self.assertEqual(f.get_concrete_function((spec, spec), spec, b=spec), concrete)
        other = f.get_concrete_function((spec, tf.TensorSpec([], tf.float32, "other")), spec, b=spec)
        self.assertEqual([t.op.name for t in other.inputs], ["pair", "other", "rest_0", "b"])

    def test_printed(self):
        v = tf.Variable([1.0])
        f = tf.function(lambda x, k=7, *, d: x * v + d["a"])
        concrete = f.get_concrete_function(tf.constant(1.0), d={"a": tf.constant([2.0])})
        spec = "TensorSpec(shape=(), dtype=tf.float32, name=None)"
        row = "TensorSpec(shape=(1,), dtype=tf.float32, name=None)"
        self.assertEqual(concrete.pretty_printed_signature(False), f"(x: {spec}, k: Literal[7], *, d: Dict[['a', {row}]]) -> {row}")
        self.assertEqual(f.pretty_printed_concrete_signatures().splitlines()[:6],
                         ["Input Parameters:", f"  x (POSITIONAL_OR_KEYWORD): {spec}", "  k (POSITIONAL_OR_KEYWORD): Literal[7]",
                          f"  d (KEYWORD_ONLY): Dict[['a', {row}]]", "Output Type:", f"  {row}"])
        self.assertIn("Captures:", str(concrete))
        nothing = tf.function(lambda: None).get_concrete_function()
        self.assertEqual((nothing.output_shapes, nothing.output_dtypes, str(nothing.function_type)), (None, None, "() -> Literal[None]"))


class Refused(unittest.TestCase):
    def test_signatures(self):
        scalar = tf.TensorSpec([], tf.int32)
        with self.assertRaisesRegex(TypeError, "nested sequence of TensorSpec"):
            tf.function(lambda a, b: a, input_signature=[(2, 3), scalar])
        for body in (lambda a, b, c: a, lambda a, b, *c: a, lambda a, *, b: a):
            with self.assertRaisesRegex(TypeError, "input_signature missing type constraint for b"):
                tf.function(body, input_signature=[scalar])(1, b=2) if body.__kwdefaults__ is None and "c" not in str(
                    body.__code__.co_varnames) else tf.function(body, input_signature=[scalar])(1, 2, 3)
        self.assertEqual(int(tf.function(lambda a, b=4, **c: a + b, input_signature=[scalar])(1)), 5)
        with self.assertRaisesRegex(TypeError, "Can not cast"):
            tf.function(lambda a: a, input_signature=[scalar]).get_concrete_function(tf.TensorSpec([3], tf.int32))

    def test_arguments_that_are_changed(self):
        def grows(items):
            items.append(items[0])
            return items[0]

        def replaces(named):
            named["a"] = named["a"] + 1
            return named["a"]
        for body, given in ((grows, [tf.constant(1)]), (replaces, {"a": tf.constant(1)})):
            with self.assertRaisesRegex(ValueError, "should not modify its Python input arguments"):
                tf.function(body)(given)
            self.assertEqual(len(given), 1)

    def test_frequent_traces_are_told(self):
        f = tf.function(lambda n: tf.constant(n))
        with self.assertLogs("tensorflow", "WARNING") as logs:
            for n in range(20):
                f(n)
        self.assertEqual(len(logs.output), 2)
        self.assertRegex(logs.output[0], "5 out of the last 5 calls to <lambda> triggered .* pass a tensor|input_signature")
        g = tf.function(lambda n: tf.constant(n))
        with self.assertNoLogs("tensorflow", "WARNING"):
            for n in range(8):
                for _ in range(5):
                    g(n)
        with self.assertLogs("tensorflow", "WARNING") as logs:
            for _ in range(5):
                tf.function(lambda x: x)(tf.constant(1))
        self.assertIn("is a new one: make it outside of the loop", logs.output[0])


if __name__ == "__main__":
    unittest.main()
