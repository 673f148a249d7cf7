# SPDX-License-Identifier: MIT
"""tf.einsum: the op Einsum, of more than two tensors one pair after the other."""
from __future__ import annotations

import collections
import functools
import math
import re

import _lockstep

from ..framework.ops import convert_to_tensor

_ops = _lockstep.ops
_ELLIPSIS = "0"         # while equations are taken apart


def _parse(equation: str, n: int):
    """The labels of the inputs and of the output; an ellipsis is one label."""
    text = equation.replace(" ", "")
    if "..." in text:
        if _ELLIPSIS in text:
            raise ValueError(f'Invalid character "{_ELLIPSIS}" in equation: {equation}')
        text = text.replace("...", _ELLIPSIS)
    match = re.match(rf"^([a-zA-Z{_ELLIPSIS},]*)(->[a-zA-Z{_ELLIPSIS}]*)?$", text)
    if not match:
        raise ValueError(f"Subscripts have incorrect format: {text}")
    inputs = match[1].split(",")
    if n != len(inputs):
        raise ValueError(f'Got {n} inputs for equation "{equation}", expecting {len(inputs)}')
    counts = collections.Counter(match[1].replace(",", ""))
    if match[2] is None:
        return inputs, "".join(label for label in sorted(counts) if counts[label] == 1)
    output = match[2][2:]
    if len(set(output)) != len(output):
        raise ValueError(f"Output subscripts contain a label appearing more than once: {equation}")
    for label in output:
        if label != _ELLIPSIS and label not in counts:
            raise ValueError(f"Output subscripts contain the label {label} not present in the input subscripts.")
    return inputs, output


def _equation(inputs, output) -> str:
    return f"{','.join(inputs)}->{output}".replace(_ELLIPSIS, "...")


def _sizes(inputs, shapes) -> dict:
    """How large each label is, as far as it is known; an ellipsis counts as all its axes."""
    sizes: dict = collections.defaultdict(lambda: 1)
    for i, (labels, shape) in enumerate(zip(inputs, shapes)):
        if shape is None:
            continue
        shape = list(shape)
        at = labels.find(_ELLIPSIS)
        if at >= 0:
            if labels.count(_ELLIPSIS) > 1:
                raise ValueError("Too many ellipsis")
            if len(labels) > len(shape) + 1:
                raise ValueError(f"Too many named labels in {i}th subscript string of equation for input shape {shape}")
            end = at + len(shape) + 1 - len(labels)
            shape[at:end] = [math.prod(dim for dim in shape[at:end] if dim)]
        elif len(labels) != len(shape):
            raise ValueError(f"Number of named labels in input #{i} must be equal to the number of dimensions in shape {shape}")
        for label, dim in zip(labels, shape):
            sizes[label] = max(sizes[label], dim or 1)
    return sizes


@functools.lru_cache(maxsize=128)
def _path(inputs: tuple, output: str, sizes: tuple):
    """Pairs to contract, each time the one that leaves the least memory behind: (places, labels of both, of the result)."""
    size, left, path = dict(sizes), list(inputs), []

    def volume(labels):
        return math.prod(size.get(label, 1) for label in set(labels))

    def result(i, j):
        others = set(output).union(*(left[k] for k in range(len(left)) if k not in (i, j)))
        return "".join(sorted((set(left[i]) | set(left[j])) & others))
    while len(left) > 2:
        pairs = [(i, j) for i in range(len(left)) for j in range(i + 1, len(left))]
        i, j = min(pairs, key=lambda p: (volume(result(*p)) - volume(left[p[0]]) - volume(left[p[1]]), p))
        path.append((i, j, left[i], left[j], result(i, j)))
        made = result(i, j)
        left = [labels for k, labels in enumerate(left) if k not in (i, j)] + [made]
    return path, left


def einsum(equation: str, *inputs, **kwargs):
    """Einstein's summation over the labels that the result does not have."""
    name = kwargs.pop("name", None)
    kwargs.pop("optimize", None)
    if kwargs:
        raise TypeError(f"Invalid keyword arguments for einsum: {', '.join(kwargs)}. Valid arguments: name, optimize, greedy.")
    tensors = [x if hasattr(x, "_keras_stand_in") else convert_to_tensor(x) for x in inputs]
    labels, output = _parse(equation, len(tensors))
    if len(tensors) > 2:
        shapes = [tuple(x.shape.as_list()) if x.shape.rank is not None else None for x in tensors]
        path, labels = _path(tuple(labels), output, tuple(sorted(_sizes(labels, shapes).items())))
        for i, j, a, b, made in path:
            pair = _ops["Einsum"]([tensors[i], tensors[j]], _equation([a, b], made))
            tensors = [x for k, x in enumerate(tensors) if k not in (i, j)] + [pair]
    return _ops["Einsum"](tensors, _equation(labels, output), name=name)
