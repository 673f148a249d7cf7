# SPDX-License-Identifier: MIT
"""More shapes of control flow: of objects and structures, of functions in one another, of loops that leave early, and of
TensorArrays. They are like those of shapes.py."""
import tensorflow as tf

from shapes import shape


class Box:
    """An object with state."""


# ---- attributes, items, structures ----

@shape
def attribute_in_loop(x, step, note):
    box = Box()
    box.value, box.turns = x, 0
    for _ in tf.range(3):
        box.value = step(box.value)
        box.turns += 1
        note(1)
    return box.value * tf.cast(box.turns, tf.float32)


@shape
def items_in_branches(x, step, note):
    parts = {"a": x, "b": [x, x * 0.5]}
    if x[0] > 0.0:
        parts["a"] = step(x)
        note(1)
    else:
        parts["b"][0] = step(x)
    while tf.reduce_sum(parts["b"][1]) < 3.0:
        parts["b"][1] += 1.0
        note(2)
    return parts["a"] + parts["b"][0] - parts["b"][1]


@shape
def structure_through_loop(x, step, note):
    state = {"now": x, "past": (x, x * 2.0)}
    for _ in tf.range(2):
        state = {"now": step(state["now"]), "past": (state["past"][1], state["now"])}
        note(1)
    return state["now"] + state["past"][0] * state["past"][1]


@shape
def matched(x, step, note):
    for kind in ("once", ("twice", 2), None):
        match kind:
            case "once":
                if x[0] > 0.0:
                    x = step(x)
                    note(1)
            case (_, n):
                for _ in tf.range(n):
                    x = step(x) + 0.1
                    note(2)
            case _:
                note(3)
    return x


@shape
def what_only_one_branch_needs(x, step, note):
    y = x * 2.0
    if x[2] > 1.0:
        temporary = step(y)
        y = temporary - x
        note(1)
    else:
        note(2)
        y = y + 1.0
    return y


@shape
def comprehension(x, step, note):
    note(1)
    return tf.add_n([step(x * k) if k > 1.0 else x for k in (0.5, 1.0, 1.5)])


# ---- leaving early ----

@shape
def while_else(x, step, note):
    i = tf.constant(0)
    while i < 3:
        x = step(x)
        i += 1
        if tf.reduce_sum(x) > 1000.0:
            break
    else:
        x = x - 1.0
        note(1)
    return x


@shape
def for_else_broken(x, step, note):
    for i in tf.range(4):
        if i == 1:
            note(1)
            break
        x = step(x)
    else:
        x = x * 0.0
    return x


@shape
def returns_from_two_loops(x, step, note):
    for i in tf.range(3):
        for j in tf.range(3):
            x = step(x)
            note(1)
            if i * 3 + j == 4:
                return x + 1.0
    return x


@shape
def continues_and_breaks(x, step, note):
    n = tf.constant(0)
    while tf.constant(True):
        n += 1
        if n > 6:
            break
        if n % 3 != 0:
            note(1)
            continue
        x = step(x)
        note(2)
    return x


@shape
def leaves_a_try(x, step, note):
    try:
        if tf.reduce_sum(x) > 1.0:
            note(1)
            return step(x)
        x = x * 2.0
    finally:
        note(2)
    return x


@shape
def leaves_a_with(x, step, note):
    with tf.name_scope("within"):
        for i in tf.range(3):
            x = step(x)
            if i == 1:
                note(1)
                return x
    return x * 0.0


@shape
def loop_makes_a_value(x, step, note):
    for i in tf.range(1, 3):
        last = step(x) * tf.cast(i, tf.float32)
        note(1)
    return last


# ---- functions in one another ----

@shape
def closure_reads_later(x, step, note):
    def scaled():
        return step(x) * factor
    factor = tf.constant(2.0)
    if x[0] > 0.0:
        factor = factor + 1.0
        note(1)
    return scaled()


@shape
def function_changes_outer(x, step, note):
    def advance():
        nonlocal x
        x = step(x)
        note(1)
    for _ in tf.range(2):
        advance()
    return x


@shape
def function_as_argument(x, step, note):
    def repeat(function, y, n):
        for _ in tf.range(n):
            y = function(y)
            note(1)
        return y
    return repeat(step, repeat(lambda y: y * 0.5, x, 2), 2)


@shape
def function_of_itself(x, step, note):
    @tf.function
    def down(y, n):
        if n > 0:
            note(n)
            return down(step(y), n - 1)
        return y
    return down(x, 2)


@shape
def gradient_inside(x, step, note):
    for _ in tf.range(2):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(step(x) ** 2)
        x = x - 0.1 * tape.gradient(y, x)
        note(1)
    return x


# ---- loops and arrays of tf ----

@shape
def while_loop_of_cond(x, step, note):
    note(1)
    return tf.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, tf.cond(i % 2 == 0, lambda: step(y), lambda: y + 0.5)),
                         (tf.constant(0), x), maximum_iterations=3)[1]


@shape
def switch_in_map(x, step, note):
    note(1)
    rows = tf.map_fn(lambda e: tf.switch_case(e[0], [lambda: step(e[1]), lambda: e[1] * 2.0], default=lambda: -e[1]),
                     (tf.constant([0, 1, 7]), tf.stack([x, x + 1.0, x * 0.5])), fn_output_signature=tf.float32)
    return tf.reduce_sum(rows, 0)


@shape
def scan_backwards(x, step, note):
    note(1)
    sums, products = tf.scan(lambda a, e: (step(a[0]) + e, a[1] * 0.5 + e), tf.stack([x, x * 0.5, x + 1.0]),
                             initializer=(tf.zeros_like(x), tf.ones_like(x)), reverse=True)
    return sums[0] + products[1]


@shape
def ragged_rows(x, step, note):
    rows = tf.RaggedTensor.from_row_lengths(tf.concat([x, step(x)], 0), [2, 0, 1, 3])
    total = x * 0.0
    for row in rows:
        total += tf.reduce_sum(row ** 2) * x
        note(1)
    return total


@shape
def array_of_parts(x, step, note):
    array = tf.TensorArray(tf.float32, size=3, infer_shape=False, element_shape=[None]).split(tf.concat([x, x * 2.0], 0), [1, 3, 2])
    array = array.write(1, step(array.read(1)))
    note(1)
    return array.concat()[:3] + tf.reduce_sum(array.concat())


@shape
def array_scattered(x, step, note):
    array = tf.TensorArray(tf.float32, size=4, clear_after_read=False).unstack(tf.stack([x, x * 2.0, x - 1.0, x]))
    array = array.scatter([2, 0], tf.stack([step(x), x * x]))
    total = x * 0.0
    for i in tf.range(array.size()):
        total = total * 0.5 + array.read(i)
        note(1)
    return total + tf.reduce_prod(array.gather([0, 2]), 0)


@shape
def list_of_the_graph(x, step, note):
    parts = [x]
    for _ in tf.range(3):
        parts.append(step(x) * tf.cast(len(parts), tf.float32))
        note(1)
    return tf.reduce_sum(tf.stack(parts), 0) + parts[-1]


@shape
def checked_on_the_way(x, step, note):
    for i in tf.range(3):
        assert tf.reduce_all(tf.math.is_finite(x)), "finite"
        tf.debugging.assert_less(i, 3)
        with tf.control_dependencies([tf.debugging.assert_equal(tf.size(x), 3)] if tf.inside_function() else []):
            x = step(x)
        note(1)
    return x
