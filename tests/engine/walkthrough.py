#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The README's walkthrough «An op», taken at its word: walkthrough.py SOURCE BUILD

The fences of that section go into a copy of the sources, each to the file that its line names. What depends on them is compiled, and
linked with the rest as it was built; then the tests of ops must know the new one, and Python must have it."""
from __future__ import annotations

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
TESTS = {"gradients": None, "graphs": None, "provenance": None, "values": "values.c", "errors": "errors.c"}
COMPILED = ["engine/ops/registry.c", "engine/ops/unary.c"]

PROGRAM = """
import tensorflow as tf
x = tf.Variable([1.0, -2.0])
cube = tf.function(lambda: tf.raw_ops.Cube(x=x))
for run in (lambda: tf.raw_ops.Cube(x=x), cube):
    with tf.GradientTape() as tape:
        y = run()
    assert y.numpy().tolist() == [1.0, -8.0], y
    assert tape.gradient(y, x).numpy().tolist() == [3.0, 12.0]
try:
    tf.raw_ops.Cube(x=[True])
except tf.errors.InvalidArgumentError as error:
    assert "allowed values" in str(error), error
else:
    raise AssertionError("an op of floats took a bool")
"""


def fences(text: str) -> dict:
    """{file: what the walkthrough adds to it}: each fence goes to the file that was named before it."""
    section = re.search(r"\*\*An op\*\*.*?(?=\n\*\*A)", text, re.S).group()
    parts = re.split(r"^ *```\w*\n", section, flags=re.M)
    found = {}
    for before, body in zip(parts[::2], parts[1::2]):
        name = re.findall(r"`((?:engine|tests)/[\w/]+\.\w+)`", before)[-1]
        found[name] = "\n".join(line.removeprefix("   ") for line in body.splitlines()) + "\n"
    assert len(found) == 4, list(found)
    return found


def copy(folder: pathlib.Path) -> None:
    for part in ("engine", "tests/engine/ops"):
        shutil.copytree(SOURCE / part, folder / part)
    for name, addition in fences((SOURCE / "README.md").read_text(encoding="utf-8")).items():
        with open(folder / name, "a", encoding="utf-8") as file:
            file.write(addition)


def commands() -> dict:
    """{source, relative to the project: the command that compiles it}, of the engine and the tests of ops."""
    found = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        file = pathlib.Path(os.path.normpath(BUILD / entry["file"]))
        if "libengine.a.p" in entry["output"] or "/test-ops-" in entry["output"]:
            found[str(file.relative_to(SOURCE) if file.is_relative_to(SOURCE) else file.relative_to(BUILD))] = entry["command"]
    return found


def compiled(command: str, file: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Compiles file with the headers of the copy, and without optimising: it is to be right, not fast."""
    words = shlex.split(command)
    for flag in ("-MQ", "-MF", "-o", "-c"):
        if flag in words:
            del words[words.index(flag):words.index(flag) + 2]
    words = [w for w in words if w != "-MD" and not w.startswith(("-I", "-O", "-g", "-ftree"))]
    includes = [w for w in shlex.split(command) if w.startswith("-I/") and not w.startswith(f"-I{BUILD}")]
    result = folder / (file.name + ".o")
    subprocess.run([*words, "-O0", "-I" + str(folder / "made"), "-I" + str(folder), *includes, "-o", str(result), "-c", str(file)],
                   check=True, cwd=folder)
    return result


def linked(target: str, objects: list, without: list, folder: pathlib.Path) -> pathlib.Path:
    """The target's link, with objects put before the archive of the rest."""
    text = subprocess.run(["ninja", "-C", str(BUILD), "-t", "commands", "-s", target], check=True, capture_output=True, text=True).stdout
    words = [w for w in shlex.split(text.strip().splitlines()[-1]) if not w.startswith(("-Wl,--whole-archive", "-Wl,--no-whole-archive"))]
    result = folder / pathlib.Path(target).name
    words[words.index("-o") + 1] = str(result)
    words = [w for w in words if not any(w.endswith("/" + name + ".o") for name in without)]
    place = next(i for i, w in enumerate(words) if w.endswith("libengine.a"))
    words[place:place] = [str(o) for o in objects]
    subprocess.run(words, check=True, cwd=BUILD)
    return result


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="lockstep-walkthrough-") as name:
        folder = pathlib.Path(name)
        copy(folder)
        made = folder / "made/engine/ops"
        made.mkdir(parents=True)
        subprocess.run([sys.executable, str(folder / "engine/ops/generate.py"), str(folder / "engine/ops/ops.def"),
                        *[str(made / file) for file in ("ops.h", "ops.c", "blocks.h")]], check=True)
        how = commands()
        objects = [compiled(how["engine/ops/registry.c"], made / "ops.c", folder)]
        objects += [compiled(how[file], folder / file, folder) for file in COMPILED]
        for test, file in TESTS.items():
            own = [compiled(how[f"tests/engine/ops/{file}"], folder / "tests/engine/ops" / file, folder)] if file else []
            program = linked(f"tests/engine/ops/test-ops-{test}", own + objects, [file] if file else [], folder)
            subprocess.run([str(program)], check=True, stdout=subprocess.DEVNULL)
        binding = next((BUILD / "app/python").glob("_lockstep*.so"))
        linked(f"app/python/{binding.name}", objects, [], folder)
        environment = {**os.environ, "PYTHONPATH": f"{SOURCE / 'app/python'}:{folder}"}
        subprocess.run(["/usr/bin/python3", "-B", "-c", PROGRAM], check=True, env=environment, cwd=folder)


if __name__ == "__main__":
    main()
