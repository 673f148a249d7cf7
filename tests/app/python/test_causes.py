#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Why functions are traced again, in words; and that what is said to avoid it does."""
import collections
import inspect
import re
import types
import unittest

import numpy as np
import tensorflow as tf
from tensorflow.eager.causes import History
from tensorflow.eager.signature import encode

Point = collections.namedtuple("Point", "x y")
Other = collections.namedtuple("Other", "x y")


def called(*args, **kwargs):
    return types.SimpleNamespace(args=args, kwargs=kwargs)


def retraces(python, calls) -> list:
    """[(cause, remedy)] of the calls that need a trace, as a debugger is told of them, the first one aside."""
    function = tf.function(python)
    history, seen, found = History("f", function.function_spec, python), set(), []
    numbers = {}
    for call in calls:
        key = encode(function.function_spec.bind(call.args, call.kwargs), [])
        if key in seen:
            continue
        if seen:
            cause, _, remedy = history.cause(key).partition("; ")
            found.append((re.sub(r"since trace (\d+)", lambda m: f"since trace {numbers[int(m[1])]}", cause), remedy))
        history.begin()
        numbers[history._number] = len(seen) + 1
        history.add(key, function.get_concrete_function(*call.args, **call.kwargs).graph)
        seen.add(key)
    return found


def changed(python, call, remedy: str):
    """The call with what the remedy says done to one of its arguments."""
    bound = inspect.signature(python).bind(*call.args, **call.kwargs)
    bound.apply_defaults()
    for pattern, instead in ((r"pass a tf\.(\w+) tensor as (\S+)", "tf.cast({path}, tf.{dtype})"),
                             (r"tf\.cast (?P<path>\S+) to tf\.(?P<dtype>\w+)", "tf.cast({path}, tf.{dtype})"),
                             (r"pass tf\.convert_to_tensor\(.*, tf\.(\w+)\) as (\S+)", "tf.cast(tf.convert_to_tensor({path}), tf.{dtype})"),
                             (r"a tf\.(bool) tensor as (\S+) traces once", "tf.constant({path})")):
        for match in re.finditer(pattern, remedy):
            dtype, path = match.groups() if not match.groupdict() else (match["dtype"], match["path"])
            path = path.strip("'") if path.strip("'").isidentifier() else path
            exec(f"{path} = {instead.format(path=path, dtype=dtype)}", {"tf": tf}, bound.arguments)
    return called(*bound.args, **bound.kwargs)


def n_traces(python, calls, **options):
    function = tf.function(python, **options)
    results = [function(*call.args, **call.kwargs) for call in calls]
    return function.experimental_get_tracing_count(), results


def product(x, n):
    return x * n


def repeated(x, n):
    for _ in range(n):
        x = x + 1.0
    return x


def shaped(x, n):
    return tf.reshape(tf.tile(x, [n]), [n, -1])


def first(x):
    return x[0] * 2


def part(d):
    return d["a"] + d["b"][0] * tf.reduce_sum(d["b"][1])


def added(p):
    return p.x + p.y


def rated(x, training=False, rate=0.5):
    return x * rate if training else x


def options(x, *, rate=0.5):
    return x * rate


def all_of(*xs):
    return tf.add_n(xs)


def values(r):
    return tf.reduce_sum(r.values) if isinstance(r, tf.SparseTensor) else tf.reduce_sum(r.flat_values)


def ones(*shape):
    return tf.ones(shape)


# function, calls, the last retrace's cause, its remedy, traces once that is done
CASES = (
    (product, [called(ones(2), n) for n in (1, 2, 3)], "argument 'n' changed value 2 → 3 since trace 2",
     "input_signature=[tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.float32)] traces once", 1),
    (product, [called(ones(2), 1), called(ones(2), 2.5)], "argument 'n' changed value 1 → 2.5 since trace 1",
     "input_signature=[tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.float32)] traces once", 1),
    (repeated, [called(ones(2), n) for n in (3, 4)], "argument 'n' changed value 3 → 4 since trace 1",
     "input_signature=[tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.int32)] traces once", 1),
    (shaped, [called(ones(2), n) for n in (5, 7)], "argument 'n' changed value 5 → 7 since trace 1",
     "input_signature=[tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.int32)] traces once", 1),
    (product, [called(ones(k, 4), 2.0) for k in (1, 2, 3)], "argument 'x' changed shape (2, 4) → (3, 4) since trace 2",
     "reduce_retracing=True traces 'x' once more, as tf.TensorSpec((None, 4), tf.float32), and then no more", 2),
    (first, [called(ones(2)), called(ones(2, 3)), called(ones(5))], "argument 'x' changed shape (2,) → (5,) since trace 1",
     "input_signature=[tf.TensorSpec(None, tf.float32)] traces once", 1),
    (first, [called(tf.constant([1])), called(tf.constant([1.0])), called(np.array([1, 2]))],
     "argument 'x' changed dtype float32 → int64 and shape (1,) → (2,) since trace 2",
     "tf.cast 'x' to tf.float32 with reduce_retracing=True for its shapes to trace twice at most", 2),
    (first, [called([1.0, 2.0]), called([1.0, 2.0, 3.0])], "argument 'x' changed length 2 → 3 since trace 1",
     "pass tf.convert_to_tensor(x, tf.float32) as 'x' with reduce_retracing=True for its shapes to trace twice at most", 2),
    (first, [called(np.ones(3)), called([1.0, 2.0])],
     "argument 'x' changed from a float64 tensor of shape (3,) to a list since trace 1",
     "pass tf.convert_to_tensor(x, tf.float64) as 'x' with reduce_retracing=True for its shapes to trace twice at most", 2),
    (part, [called({"a": ones(2), "b": [ones(2), ones(k)]}) for k in (3, 4, 5)],
     "argument d['b'][1] changed shape (4,) → (5,) since trace 2",
     "input_signature=[{'a': tf.TensorSpec((2,), tf.float32), 'b': [tf.TensorSpec((2,), tf.float32), "
     "tf.TensorSpec((None,), tf.float32)]}] traces once", 1),
    (part, [called({"a": ones(2), "b": [ones(2), b]}) for b in (ones(), 3.0)],
     "argument d['b'][1] changed from a float32 tensor of shape () to the Python value 3.0 since trace 1",
     "input_signature=[{'a': tf.TensorSpec((2,), tf.float32), 'b': [tf.TensorSpec((2,), tf.float32), "
     "tf.TensorSpec((), tf.float32)]}] traces once", 1),
    (added, [called(Point(ones(2), ones(k))) for k in (2, 1)], "argument p.y changed shape (2,) → (1,) since trace 1",
     "input_signature=[Point(tf.TensorSpec((2,), tf.float32), tf.TensorSpec((None,), tf.float32))] traces once", 1),
    (added, [called(Point(ones(2), ones(2))), called(Other(ones(2), ones(2)))], "argument 'p' changed from a Point to a Other since trace 1",
     "pass 'p' in the same form each time, since each has a trace of its own", None),
    (part, [called({"a": ones(2), "b": b}) for b in ([ones(2), ones(2)], (ones(2), ones(3)))],
     "argument d['b'] changed from a list to a tuple since trace 1",
     "pass a tuple as d['b'] each time, since each form has a trace of its own", None),
    (part, [called({"a": ones(2), "b": [ones(2), ones(2)]}), called({"a": ones(2), "b": [ones(2), ones(2)], "c": 1})],
     "argument 'd' has also 'c' since trace 1", "pass 'd' in the same form each time, since each has a trace of its own", None),
    (rated, [called(ones(2), training) for training in (True, False)], "argument 'training' changed value True → False since trace 1",
     "True and False have a trace each, and then no more: a tf.bool tensor as 'training' traces once", 1),
    (rated, [called(ones(k)) for k in (2, 3)], "argument 'x' changed shape (2,) → (3,) since trace 1",
     "input_signature=[tf.TensorSpec((None,), tf.float32)] traces once", 1),
    (options, [called(ones(2), rate=rate) for rate in (0.5, 0.25)], "argument 'rate' changed value 0.5 → 0.25 since trace 1",
     "pass a tf.float32 tensor as 'rate' to trace once", 1),
    (options, [called(ones(2), rate=0.5), called(ones(3), rate=0.25)],
     "argument 'x' changed shape (2,) → (3,), argument 'rate' changed value 0.5 → 0.25 since trace 1",
     "reduce_retracing=True traces 'x' once more, as tf.TensorSpec((None,), tf.float32), and then no more, "
     "and pass a tf.float32 tensor as 'rate' to trace once", 2),
    (all_of, [called(ones(2)), called(ones(2), ones(2))], "argument 'xs' changed length 1 → 2 since trace 1", None, None),
    (values, [called(tf.sparse.from_dense(v)) for v in ([[1.0, 0.0]], [[1.0, 2.0], [0.0, 3.0]])],
     "argument 'r' changed from a SparseTensor of shape (1, 2), float32 to a SparseTensor of shape (2, 2), float32 since trace 1",
     "input_signature=[tf.SparseTensorSpec((None, 2), tf.float32)] traces once", 1),
    (values, [called(tf.ragged.constant(v)) for v in ([[1.0], [2.0, 3.0]], [[1.0]])],
     "argument 'r' changed from a RaggedTensor of shape (2, None), float32, 1, int64 to a RaggedTensor of shape (1, None), float32, 1, int64 since trace 1",
     "input_signature=[tf.RaggedTensorSpec((None, None), tf.float32, 1, tf.int64)] traces once", 1),
)


class Causes(unittest.TestCase):
    def test_words(self):
        for python, calls, cause, remedy, _ in CASES:
            with self.subTest(python.__name__, cause=cause):
                said = retraces(python, calls)[-1]
                self.assertEqual(said[0], cause)
                if remedy:
                    self.assertEqual(said[1], remedy)

    def test_remedies(self):
        """Each is applied: the same results, of as few traces as it says."""
        tried = 0
        for python, calls, cause, remedy, most in CASES:
            if most is None:
                continue
            with self.subTest(python.__name__, cause=cause):
                before, expected = n_traces(python, calls)
                self.assertGreater(before, 1)
                signature = re.match(r"input_signature=(\[.*\]) traces once$", remedy)
                options = {"input_signature": eval(signature[1], {"tf": tf, "Point": Point})} if signature else {}
                options.update({"reduce_retracing": True} if "reduce_retracing" in remedy else {})
                calls = [changed(python, call, remedy) for call in calls]
                after, results = n_traces(python, [*calls, *calls], **options)
                self.assertLessEqual(after, most)
                for result, value in zip(results, expected):
                    self.assertTrue(np.allclose(result, value), (result, value))
                tried += 1
        self.assertGreaterEqual(tried, 17)

    def test_values_and_objects(self):
        class Config:
            pass
        kept = Config(), Config()
        pairs = ((called("a"), called("b"), "argument 'x' changed value 'a' → 'b' since trace 1", "each value of 'x' has a trace"),
                 (called(None), called(ones(3)), "argument 'x' changed from None to a float32 tensor of shape (3,) since trace 1",
                  "None and a tensor have a trace each"),
                 (called(kept[0]), called(kept[1]), "argument 'x' is another Config since trace 1", "pass the same object as 'x'"),
                 (called("x; y"), called("z"), "argument 'x' changed value 'x;y' → 'z' since trace 1", "each value of"))
        for before, now, cause, remedy in pairs:
            (said, advice), = retraces(lambda x: 1, [before, now])
            self.assertEqual(said, cause)
            self.assertTrue(advice.startswith(remedy), advice)

    def test_since(self):
        """The trace that is the most alike is told of, not the last one."""
        calls = [called(ones(2), 1), called(ones(2, 2), 5), called(ones(2, 9), 7), called(ones(3), 1)]
        self.assertEqual(retraces(product, calls)[-1][0], "argument 'x' changed shape (2,) → (3,) since trace 1")

    def test_several_functions(self):
        """Of one code: made anew, of other objects, and with other things around."""
        signature = tf.function(product).function_spec

        def cause(python, instance=None):
            history = History("several", signature, python, None if instance is None else type(instance))
            said = history.cause(())
            history.begin()
            history.add(encode([1, 2], []), None)
            return said

        def make(around):
            return lambda x, n: x * n * around
        held = object()
        self.assertEqual(cause(make(held)), "first call")
        self.assertEqual(cause(make(held)), "made anew by tf.function since trace 1; make it once, before what calls it, to trace once")
        self.assertEqual(cause(make(object())), "first call")
        self.assertRegex(cause(product), "^first call$")
        self.assertRegex(cause(product, instance=self), r"^called on another Causes since trace 4; each object has traces of its own")


if __name__ == "__main__":
    unittest.main()
