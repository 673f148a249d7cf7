#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A malformed row of ops.def is an error that says where and what: generate.py GENERATE.PY"""
import pathlib
import subprocess
import sys
import tempfile

GOOD = "Neg | neg | unary | x: T | y: T | T: {num} | - | y = -x"
BAD = {
    "Neg | neg | unary | x: T | y: T": "5 columns instead of 8",
    "Abs | abs | unary | x: T | y: T | | - | y": "'x' has type 'T', which is neither a dtype nor an attribute",
    "Abs | abs | unary | x T | y: T | T: {num} | - | y": "'x T' is no 'name: T'",
    "Abs | abs | unary | x: T | y: T | T: {nums} | - | y": "'nums' is neither a set of dtypes",
    "Abs | abs | unary | x: T | y: T | T: {num}, n: integer | - | y": "attribute 'n' has kind 'integer'",
    "Abs | abs | unary | x: T | y: T | T: {num} | pure | y": "flag 'pure' is none of",
    "Abs | abs | unary | x: N * T, y: M * T | y: T | T: {num} | - | y": "inputs that are lists must be of the same length",
    "Abs | abs | unary | x: T | y: k * T | T: {num} | - | y": "'k' of output 'y' is no attribute",
    "Abs | neg | unary | x: T | y: T | T: {num} | - | y": "neg() is declared in line 1 already",
    'Abs | abs | unary | x: T | y: T | T: {num}, s: string = "a | - | y': "is not closed",
}


def generate(*rows):
    with tempfile.TemporaryDirectory() as folder:
        definition = pathlib.Path(folder) / "ops.def"
        definition.write_text("\n".join(rows) + "\n")
        paths = [str(pathlib.Path(folder) / name) for name in ("ops.h", "ops.c", "blocks.h")]
        return subprocess.run([sys.executable, sys.argv[1], str(definition), *paths], capture_output=True, text=True)


good = generate(GOOD)
assert good.returncode == 0, good.stderr
for row, message in BAD.items():
    bad = generate(GOOD, row)
    assert bad.returncode == 1, row
    assert "ops.def:2: error: " in bad.stderr and message in bad.stderr, (row, bad.stderr)
