# SPDX-License-Identifier: MIT
"""Why a tf.function was traced again: what differed, since which trace, and what would have avoided it."""
from __future__ import annotations

from ..framework import dtypes
from ..framework.tensor_shape import TensorShape


def describe_change(names: list, earlier: list, now: tuple) -> str:
    """Compared with that of the earlier traces that is the most alike, the newest of such:
    "argument 'x' changed shape (2,) → (3,) since trace 1; input_signature=[…] traces once"."""
    number = max(range(len(earlier)), key=lambda i: (_likeness(earlier[i], now), i))
    before = earlier[number]
    changed = [i for i, (old, new) in enumerate(zip(before[1:], now[1:])) if old != new]
    if not changed:
        return "no trace fits its arguments"
    what = ", ".join(f"argument {_name(names, i)!r} {_difference(before[1 + i], now[1 + i])}" for i in changed)
    signature = _signature([*earlier, now])
    return f"{what} since trace {number + 1}; {signature or _advice(names, before[1:], now[1:], changed[0])}"


def _likeness(before: tuple, now: tuple) -> int:
    """Arguments that are the same count most, then those of the same kind and dtype."""
    return sum(4 * (old == new) + (old[:1] == new[:1]) + (old[:2] == new[:2]) for old, new in zip(before[1:], now[1:]))


def _name(names: list, i: int) -> str:
    return names[i] if i < len(names) else str(i)


# ---- what differed ----

def _difference(old: tuple, new: tuple) -> str:
    if old[0] != new[0]:
        return f"changed from {_kind(old)} to {_kind(new)}"
    if old[0] == "tensor":
        if old[1] != new[1]:
            return f"changed dtype {dtypes.NUMBERS[old[1]].name} → {dtypes.NUMBERS[new[1]].name}"
        return f"changed shape {TensorShape(old[2])} → {TensorShape(new[2])}"
    if old[0] == "value":
        return f"changed value {old[2]!r} → {new[2]!r}"
    if old[0] == "object":
        return f"is another {new[1]}"
    inner = _inner(old, new)
    return f"{_difference(*inner[1:])} in item {inner[0]}" if inner else "changed its structure"


def _kind(key: tuple) -> str:
    return {"value": "a Python value", "object": "a Python object"}.get(key[0], f"a {key[0]}")


def _inner(old: tuple, new: tuple):
    """The first item of a structure that differs: its place and what it was and is."""
    for i, (a, b) in enumerate(zip(old[1:], new[1:])):
        if a != b and isinstance(a, tuple) and isinstance(b, tuple) and a and b and isinstance(a[0], str):
            return i, a, b
    return None


# ---- what would have avoided it ----

def _signature(calls: list) -> str | None:
    """One that fits all the calls; None where there is none."""
    specs = [_spec(keys) for keys in zip(*(call[1:] for call in calls))]
    return f"input_signature=[{', '.join(specs)}] traces once" if all(specs) else None


def _advice(names: list, before: tuple, now: tuple, i: int) -> str:
    name, old, new = _name(names, i), before[i], now[i]
    while old[0] == new[0] and old[0] not in ("tensor", "value", "object") and _inner(old, new):
        _, old, new = _inner(old, new)
    kinds = {old[0], new[0]}
    if kinds == {"tensor"} and old[1] != new[1]:
        return f"tf.cast {name!r} to one dtype, since each has a trace of its own"
    if kinds == {"tensor"}:
        return f"reduce_retracing=True traces {name!r} once more, as {_spec([old, new])}, and then no more"
    if kinds <= {"tensor", "value"} and all(k[0] == "tensor" or _is_number(k) for k in (old, new)):
        return f"pass a tensor as {name!r} to trace once"
    if kinds == {"object"}:
        return f"pass the same object as {name!r}, since each has a trace of its own"
    if kinds == {"value"}:
        return f"each value of {name!r} has a trace of its own: let it be a function for each, or a tensor"
    return f"pass {name!r} in the same form each time"


def _is_number(key: tuple) -> bool:
    return key[0] == "value" and isinstance(key[2], (int, float)) and not isinstance(key[2], bool)


def _spec(keys) -> str | None:
    """The spec that all fit, as one writes it; None where there is none."""
    kinds = [_tensor_like(key) for key in keys]
    if None in kinds or len({dtype for dtype, _ in kinds}) > 1:
        return None
    shape = kinds[0][1]
    for _, other in kinds[1:]:
        shape = shape.most_general_compatible_shape(other)
    return f"tf.TensorSpec({None if shape.rank is None else shape}, tf.{kinds[0][0]})"


def _tensor_like(key: tuple):
    """dtype and shape of a tensor, or of what a number would be as one."""
    if key[0] == "tensor":
        return dtypes.NUMBERS[key[1]].name, TensorShape(key[2])
    if _is_number(key):
        return ("int32" if isinstance(key[2], int) else "float32"), TensorShape([])
    return None
