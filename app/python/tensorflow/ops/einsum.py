# SPDX-License-Identifier: MIT
"""tf.einsum: the op takes one or two operands, of more the first two are joined until there are two."""
from __future__ import annotations

import re

import _lockstep

_op = _lockstep.ops["Einsum"]


def _parse(equation: str, n: int):
    """The operands and the result; without an arrow that has the labels that occur once, in order, behind the ellipsis."""
    match = re.fullmatch(r"([A-Za-z.,]*)(?:->([A-Za-z.]*))?", equation.replace(" ", ""))
    if match is None:
        raise ValueError(f"Indices have incorrect format: {equation}")
    left, result = match.groups()
    operands = left.split(",")
    if len(operands) != n:
        raise ValueError(f"Got {n} arguments for equation {equation!r}, expecting {len(operands)}")
    if result is None:
        letters = left.replace(".", "").replace(",", "")
        result = ("..." if "..." in left else "") + "".join(sorted(c for c in letters if letters.count(c) == 1))
    return operands, result


def _labels(operand: str) -> list:
    return re.findall(r"\.\.\.|[A-Za-z]", operand)


def einsum(equation: str, *inputs, name=None):
    operands, result = _parse(equation, len(inputs))
    tensors = list(inputs)
    while len(tensors) > 2:
        needed = set(_labels(result)).union(*map(_labels, operands[2:]))
        joined = "".join(sorted(set(_labels(operands[0]) + _labels(operands[1])) & needed))
        tensors[:2] = [_op(tensors[:2], f"{operands[0]},{operands[1]}->{joined}")]
        operands[:2] = [joined]
    return _op(tensors, f"{','.join(operands)}->{result}", name=name)
