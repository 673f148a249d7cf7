# SPDX-License-Identifier: MIT
"""The shapes of control flow that the small programs have. Each is a whole program of a vector x; step is its body, note(k)
says that place k was passed. Conditions depend on tensors, so that in a graph they become nodes."""
import tensorflow as tf

SHAPES = []


def shape(function):
    SHAPES.append(function)
    return function


# ---- branches ----

@shape
def if_else(x, step, note):
    if tf.reduce_sum(x) > 1.0:
        note(1)
        y = step(x)
    else:
        note(2)
        y = x - 1.0
    return y


@shape
def if_alone(x, step, note):
    if tf.reduce_max(x) > 0.5:
        x = step(x)
        note(1)
    note(2)
    return x * 2.0


@shape
def if_not_taken(x, step, note):
    if tf.reduce_sum(x) > 100.0:
        note(1)
        x = x * 0.0
    else:
        x = step(x)
    return x


@shape
def if_chain(x, step, note):
    total = tf.reduce_sum(x)
    if total < -5.0:
        note(1)
        y = x
    elif total < 0.0:
        note(2)
        y = x * 3.0
    elif total < 50.0:
        note(3)
        y = step(x)
    else:
        note(4)
        y = -x
    return y


@shape
def if_nested(x, step, note):
    if x[0] > 0.0:
        note(1)
        if x[1] > 0.0:
            note(2)
            y = step(step(x))
        else:
            y = step(x)
    else:
        y = x
    return y + x


@shape
def if_returns(x, step, note):
    if tf.reduce_sum(x) > 1.0:
        note(1)
        return step(x)
    note(2)
    return x


@shape
def if_two_results(x, step, note):
    if x[0] < x[2]:
        a, b = step(x), x
        note(1)
    else:
        a, b = x, step(x)
    return a * 2.0 - b


@shape
def if_and_or_not(x, step, note):
    low, high = x[0] < 0.0, x[2] > 1.0
    if (high and not low) or x[1] > 100.0:
        note(1)
        x = step(x)
    if low and high:
        note(2)
        x = x * 0.0
    return x


@shape
def conditional_expression(x, step, note):
    y = step(x) if tf.reduce_sum(x) > 0.0 else x * 0.5
    note(1)
    return y


@shape
def comparison_chain(x, step, note):
    if 0.0 < x[0] < 1.0:
        note(1)
        return step(x)
    return x


# ---- while ----

@shape
def while_counts(x, step, note):
    i = tf.constant(0)
    while i < 3:
        note(1)
        x = step(x)
        i += 1
    return x


@shape
def while_value(x, step, note):
    n = tf.constant(0)
    while tf.reduce_sum(tf.abs(x)) < 20.0 and n < 4:
        x = step(x) + 1.0
        n += 1
        note(2)
    return x


@shape
def while_break(x, step, note):
    i = tf.constant(0)
    while i < 10:
        note(1)
        if i >= 2:
            break
        x = step(x)
        i += 1
    return x


@shape
def while_continue(x, step, note):
    i = tf.constant(0)
    while i < 4:
        i += 1
        if i % 2 == 0:
            continue
        note(3)
        x = step(x)
    return x


@shape
def while_never(x, step, note):
    i = tf.constant(5)
    while i < 3:
        note(1)
        x = x * 0.0
        i += 1
    return step(x)


@shape
def while_nested(x, step, note):
    i = tf.constant(0)
    while i < 2:
        j = tf.constant(0)
        while j < 2:
            x = step(x)
            j += 1
            note(1)
        i += 1
        note(2)
    return x


@shape
def while_with_branch(x, step, note):
    i = tf.constant(0)
    while i < 4:
        if i < 2:
            note(1)
            x = step(x)
        else:
            note(2)
            x = x - 0.5
        i += 1
    return x


# ---- for ----

@shape
def for_range(x, step, note):
    for i in tf.range(3):
        note(1)
        x = step(x) + tf.cast(i, tf.float32)
    return x


@shape
def for_range_stepped(x, step, note):
    y = tf.zeros_like(x)
    for i in tf.range(1, 8, 3):
        y += step(x) / tf.cast(i, tf.float32)
    note(1)
    return y


@shape
def for_elements(x, step, note):
    total = tf.zeros([3])
    for element in x:
        total = step(total + element)
        note(1)
    return total


@shape
def for_dataset(x, step, note):
    for k in tf.data.Dataset.range(3):
        x = step(x) * tf.cast(k + 1, tf.float32)
        note(1)
    return x


@shape
def for_break(x, step, note):
    for i in tf.range(10):
        if i == 2:
            note(1)
            break
        x = step(x)
    return x


@shape
def for_continue(x, step, note):
    for i in tf.range(4):
        if i == 1:
            note(1)
            continue
        x = step(x)
        note(2)
    return x


@shape
def for_returns(x, step, note):
    for i in tf.range(5):
        x = step(x)
        if i == 1:
            note(1)
            return x
    note(2)
    return x


@shape
def for_nested(x, step, note):
    for i in tf.range(2):
        for j in tf.range(2):
            if j > i:
                note(1)
                break
            x = step(x)
        note(2)
    return x


@shape
def for_python_range(x, step, note):
    for i in range(3):
        if i == 1:
            continue
        note(1)
        x = step(x) + float(i)
    return x


@shape
def for_two_variables(x, step, note):
    previous = tf.ones_like(x)
    for _ in tf.range(3):
        previous, x = x, step(x) + previous * 0.25
        note(1)
    return x - previous


# ---- lists and arrays ----

@shape
def list_of_python(x, step, note):
    parts = []
    for i in range(3):
        parts.append(step(x) * float(i))
        note(1)
    return tf.add_n(parts)


@shape
def tensor_array(x, step, note):
    array = tf.TensorArray(tf.float32, size=3)
    for i in tf.range(3):
        array = array.write(i, step(x) + tf.cast(i, tf.float32))
        note(1)
    return tf.reduce_sum(array.stack(), 0)


@shape
def tensor_array_grows(x, step, note):
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True, element_shape=[3])
    for i in tf.range(4):
        if i % 2 == 0:
            array = array.write(array.size(), step(x))
            note(1)
    return tf.reduce_prod(array.stack(), 0)


# ---- functions ----

@shape
def nested_function(x, step, note):
    def twice(y):
        note(1)
        return step(step(y))
    if tf.reduce_sum(x) > 0.0:
        x = twice(x)
    return x


@shape
def lambdas(x, step, note):
    apply = lambda f, y: f(y) if tf.reduce_sum(y) > 0.0 else y  # noqa: E731
    note(1)
    return apply(lambda y: step(y) * 2.0, x)


@shape
def recursion(x, step, note):
    def down(y, n):
        note(n)
        return y if n == 0 else down(step(y), n - 1)
    return down(x, 2)


@shape
def inner_tf_function(x, step, note):
    @tf.function
    def inner(y):
        note(2)
        return step(y) if tf.reduce_sum(y) > 0.0 else y
    note(1)
    return inner(inner(x))


# ---- tf.cond and its kin ----

@shape
def tf_cond(x, step, note):
    note(1)
    return tf.cond(tf.reduce_sum(x) > 0.0, lambda: step(x), lambda: x)


@shape
def tf_case(x, step, note):
    note(1)
    return tf.case([(x[0] > 10.0, lambda: x), (x[1] > -10.0, lambda: step(x))], default=lambda: -x)


@shape
def tf_switch_case(x, step, note):
    note(1)
    return tf.switch_case(tf.constant(1), [lambda: x, lambda: step(x), lambda: -x])


@shape
def tf_while_loop(x, step, note):
    note(1)
    _, y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, step(y)), (tf.constant(0), x))
    return y


@shape
def tf_map_fn(x, step, note):
    note(1)
    return tf.reduce_sum(tf.map_fn(step, tf.stack([x, x + 1.0])), 0)


@shape
def tf_scan(x, step, note):
    note(1)
    return tf.scan(lambda a, b: step(a) + b, tf.stack([x, x * 0.5, x + 1.0]))[-1]


@shape
def tf_folds(x, step, note):
    note(1)
    rows = tf.stack([x, x * 0.5])
    return tf.foldl(lambda a, b: step(a) + b, rows) + tf.foldr(lambda a, b: step(a) - b, rows)


@shape
def tf_vectorized_map(x, step, note):
    note(1)
    return tf.reduce_sum(tf.vectorized_map(lambda row: step(row) * 2.0, tf.stack([x, x + 1.0])), 0)
