# SPDX-License-Identifier: MIT
"""What would have avoided that a tf.function was traced again: an input_signature that all its calls fit, if there is one,
else what to do about each part that differed. Structures are those of signature.encode()."""
from __future__ import annotations

from typing import Any, NamedTuple

from ..framework import dtypes
from ..framework.tensor_shape import TensorShape

MOST = 3                        # parts that get a remedy each
TWICE = "with reduce_retracing=True for its shapes to trace twice at most"
_VALUE = {bool: "bool", int: "int32", float: "float32", complex: "complex64"}      # what a Python number is as a tensor
_RANKS = ("bool", "int32", "float32", "complex64")


class Call(NamedTuple):
    """One that was traced."""
    number: int
    key: tuple
    graph: Any


def is_leaf(key: tuple) -> bool:
    return key[0] not in ("list", "tuple", "dict")


def children(key: tuple) -> list:
    """(how Python writes it, key) of each item of a structure."""
    if key[0] == "list":
        return [(f"[{i}]", child) for i, child in enumerate(key[1:])]
    if key[0] == "dict":
        return [(f"[{name!r}]", child) for name, child in zip(key[1], key[2:])]
    fields = getattr(key[1], "_fields", None)
    return [(f".{fields[i]}" if fields else f"[{i}]", child) for i, child in enumerate(key[2:])]


def describe(signature, calls: list, now: tuple, changes: list) -> str:
    keys = [*(call.key for call in calls), now]
    return _signature(signature, calls, keys) or _advice(calls, keys, changes)


# ---- a signature ----

def _signature(signature, calls: list, keys: list) -> str | None:
    """One that fits all calls; None where there is none. Arguments at the end that always were what they are if left out
    are left out."""
    columns = [list(column) for column in zip(*(key[1:] for key in keys))]
    while columns and signature.is_default(len(columns) - 1, columns[-1]):
        columns.pop()
    if not signature.takes_specs(len(columns)):
        return None
    specs = [_spec(calls, column) for column in columns]
    return f"input_signature=[{', '.join(specs)}] traces once" if specs and all(specs) else None


def _spec(calls: list, keys: list) -> str | None:
    """What one writes for an argument that was each of these; None where no spec fits all."""
    first = keys[0]
    if all(key[0] == "composite" for key in keys):
        return _composite(keys)
    if any(is_leaf(key) for key in keys):
        tensor = _tensor(calls, keys)
        return _written(*tensor) if tensor else None
    if any(key[0] != first[0] or len(key) != len(first) or (key[0] != "list" and key[1] != first[1]) for key in keys):
        return None
    parts = [_spec(calls, [children(key)[i][1] for key in keys]) for i in range(len(children(first)))]
    if not all(parts):
        return None
    if first[0] == "list":
        return f"[{', '.join(parts)}]"
    if first[0] == "dict":
        return "{" + ", ".join(f"{name!r}: {part}" for name, part in zip(first[1], parts)) + "}"
    return f"{first[1].__name__}({', '.join(parts)})" if first[1] is not tuple else f"({', '.join(parts)},)"


def _composite(keys: list) -> str | None:
    """Of ragged and sparse tensors, that are alike but for their sizes."""
    kinds = {(key[1], *key[2][1:]) for key in keys}
    kind, *rest = next(iter(kinds))
    if len(kinds) > 1 or kind not in ("RaggedTensorSpec", "SparseTensorSpec"):
        return None
    shape = TensorShape(keys[0][2][0])
    for key in keys[1:]:
        shape = shape.most_general_compatible_shape(TensorShape(key[2][0]))
    written = [f"tf.{part}" if isinstance(part, str) else str(part) for part in rest]
    return f"tf.{kind}({', '.join([str(shape), *written])})"


def _tensor(calls: list, keys: list):
    """dtype and shape of a tensor that all may be; None where there is none, or a number would have to become one that never
    changed, and so may be needed as it is."""
    if len(set(keys)) == 1 and keys[0][0] == "value":
        return None
    kinds = [_tensor_like(calls, keys, key) for key in keys]
    names = {dtype for dtype, _ in kinds if dtype} if None not in kinds else set()
    if len(names) != 1:
        return None
    shape = kinds[0][1]
    for _, other in kinds[1:]:
        shape = shape.most_general_compatible_shape(other)
    return names.pop(), shape


def _written(dtype: str, shape: TensorShape) -> str:
    return f"tf.TensorSpec({None if shape.rank is None else shape}, tf.{dtype})"


def _tensor_like(calls: list, keys: list, key: tuple):
    """dtype and shape of a tensor, or of what a number would be as one."""
    if key[0] == "tensor":
        return dtypes.NUMBERS[key[1]].name, TensorShape(key[2])
    return (_number_dtype(calls, keys), TensorShape([])) if _is_number(key) else None


# ---- numbers ----

def _is_number(key: tuple) -> bool:
    return key[0] == "value" and type(key[2]) in (int, float, complex)


def _number_dtype(calls: list, keys: list) -> str | None:
    """Which dtype a number needs as a tensor: that of the tensors that were given for it, or with which it met in every graph
    that was made with it; None if it met with several."""
    given = {dtypes.NUMBERS[key[1]].name for key in keys if key[0] == "tensor"}
    if given:
        return given.pop() if len(given) == 1 else None
    met = [_met(call.graph, key[2]) for call, key in zip(calls, keys) if _is_number(key)]
    met = set.intersection(*met) if met else set()
    own = max((_VALUE[type(key[2])] for key in keys if _is_number(key)), key=_RANKS.index)
    if not met:
        return own
    return met.pop() if len(met) == 1 else None


def _met(graph, value) -> set:
    """dtypes of the constants that a number became, or became a part of, as of a shape."""
    found = set()
    for op in graph.get_operations() if graph is not None else ():
        if op.type != "Const" or op.outputs[0].dtype.name in ("string", "variant", "resource"):
            continue
        constant, dtype = op.get_attr("value"), op.outputs[0].dtype
        few = constant.shape.rank <= 1 and constant.shape.num_elements() <= 8
        if few and not dtype.is_bool and value in constant.numpy().ravel().tolist():
            found.add(dtype.name)
    return found


# ---- what to do about what differed ----

def _advice(calls: list, keys: list, changes: list) -> str:
    """For each part that differed; the shapes of tensors together."""
    shaped, others = [], []
    for change in changes[:MOST]:
        column = [key for key in (_at(key, change.route) for key in keys) if key is not None]
        if {change.old[0], change.new[0]} == {"tensor"} and change.old[1] == change.new[1]:
            shaped.append(f"{change.spoken} once more, as {_written(dtypes.NUMBERS[change.new[1]].name, _general(column))}")
        else:
            others.append(_one(change, calls, column))
    if shaped:
        others.insert(0, f"reduce_retracing=True traces {' and '.join(shaped)}, and then no more")
    return ", and ".join(dict.fromkeys(others))


def _at(key: tuple, route: tuple):
    """The part of a call's arguments; None where that call has none there."""
    for i in route:
        parts = [] if is_leaf(key) else children(key)
        if i >= len(parts):
            return None
        key = parts[i][1]
    return key


def _general(column: list) -> TensorShape:
    shapes = [TensorShape(key[2]) for key in column if key[0] == "tensor"]
    shape = shapes[0]
    for other in shapes[1:]:
        shape = shape.most_general_compatible_shape(other)
    return shape


def _one(change, calls: list, column: list) -> str:
    name, old, new = change.spoken, change.old, change.new
    if all(key[0] == "tensor" or _is_number(key) for key in (old, new)):
        return _as_tensor(name, calls, [key for key in column if key[0] == "tensor" or _is_number(key)])
    if {old[0], new[0]} == {"tensor", "value"} and None in (old[2:3] + new[2:3]):
        return f"None and a tensor have a trace each, and then no more: a tensor as {name} each time traces once"
    if {old[0], new[0]} == {"value"}:
        return _of_values(name, old, new)
    if {old[0], new[0]} == {"object"}:
        return f"pass the same object as {name}, since each has a trace of its own"
    if not is_leaf(old) and not is_leaf(new) and old[0] != new[0]:
        return f"pass a {new[0]} as {name} each time, since each form has a trace of its own"
    if _stacks(old) and _stacks(new):
        dtype = _widest({name for key in column if _stacks(key) for name in _names(key)})
        return f"pass tf.convert_to_tensor({change.path}, tf.{dtype}) as {name} {TWICE}"
    return f"pass {name} in the same form each time, since each has a trace of its own"


def _of_values(name: str, old: tuple, new: tuple) -> str:
    if old[1] is bool and new[1] is bool:
        return f"True and False have a trace each, and then no more: a tf.bool tensor as {name} traces once"
    return f"each value of {name} has a trace of its own: let it be a function for each, or a tensor"


def _as_tensor(name: str, calls: list, column: list) -> str:
    """Of tensors that differ in dtype, and of numbers."""
    numbers = [key for key in column if key[0] == "value"]
    dtype = _number_dtype(calls, column) if numbers else None
    dtype = dtype or _widest({name for key in column for name in _names(key)})
    shapes = {key[2] if key[0] == "tensor" else () for key in column}
    much = "to trace once" if len(shapes) == 1 else TWICE
    return f"pass a tf.{dtype} tensor as {name} {much}" if numbers else f"tf.cast {name} to tf.{dtype} {much}"


def _widest(names: set) -> str:
    """A dtype for them all: the largest of the inexact ones if there are any."""
    found = [dtypes.as_dtype(name) for name in names]
    return max(found, key=lambda d: (d.is_complex, d.is_floating, d.size)).name


def _stacks(key: tuple) -> bool:
    """Is it a tensor, or what makes one: items alike?"""
    if is_leaf(key):
        return key[0] == "tensor" or _is_number(key)
    parts = [child for _, child in children(key)]
    alike = {part if part[0] == "tensor" else part[0] for part in parts}
    return (key[0] == "list" or key[1] is tuple) and bool(parts) and len(alike) == 1 and all(map(_stacks, parts))


def _names(key: tuple) -> set:
    """dtypes of the parts of what makes a tensor."""
    if is_leaf(key):
        return {dtypes.NUMBERS[key[1]].name if key[0] == "tensor" else _VALUE[type(key[2])]}
    return {name for _, child in children(key) for name in _names(child)}
