#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The small programs: every shape of control flow with every body, eagerly and as a graph, with their expected streams.

    small.py LOCKSTEP              all, as unittest
    small.py LOCKSTEP --update     writes expected/small.* anew; read the difference before it is committed

expected/small.out holds a line for each program: value, gradients of first and second order, the order of its effects.
expected/small.stream holds what was recorded of it as a graph, forwards and backwards: how many events there were of each kind,
and a checksum of all that they say."""
import collections
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
PROGRAM, EXPECTED = HERE / "small" / "run.py", HERE / "expected"
LOCKSTEP = None
_EVENT = re.compile(r"\s*\d+  (\w+) +(.*)")
_BEGINNING = re.compile(r"call (\w+/\w+)  \(run\.py")
_NUMBERED = re.compile(r"(__inference_\w*?)_\d+")       # by how many graphs there were before


def events_of(trace):
    """name of a program → its events, as text without their numbers"""
    listed = subprocess.run([LOCKSTEP, "events", trace], capture_output=True, text=True, check=True, timeout=60)
    found, name = {}, None
    for line in listed.stdout.splitlines():
        event = _EVENT.match(line)
        if event is None:
            continue
        beginning = _BEGINNING.match(event.group(2))
        if event.group(1) == "call" and beginning:
            name = beginning.group(1)
            found[name] = []
        if name is not None and event.group(1) not in ("string", "site", "output", "exit"):
            found[name].append((event.group(1), _NUMBERED.sub(r"\1", event.group(2))))
    return found


def stream_of(trace):
    lines = []
    for name, events in events_of(trace).items():
        counts = collections.Counter(kind for kind, _ in events)
        sums = hashlib.sha256("\n".join(f"{kind} {text}" for kind, text in events).encode()).hexdigest()[:12]
        lines.append(f"{name}: {' '.join(f'{kind} {n}' for kind, n in sorted(counts.items()))} {sums}\n")
    return "".join(lines)


def run():
    """(printed, complaints, stream), all at once"""
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder) / "small.lockstep"
        with subprocess.Popen([LOCKSTEP, "run", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as plain:
            subprocess.run([LOCKSTEP, "record", "--quiet", "-o", trace, PROGRAM, "graph"], check=True, timeout=120)
            stream = stream_of(trace)
            printed, complaints = plain.communicate(timeout=120)
    return printed, complaints, stream


class Small(unittest.TestCase):
    maxDiff = 4000

    def test_all(self):
        printed, complaints, stream = run()
        self.assertEqual(complaints, "", "eager and graph are to be the same")
        self.assertEqual(printed, (EXPECTED / "small.out").read_text())
        self.assertEqual(stream, (EXPECTED / "small.stream").read_text())
        self.assertGreater(printed.count("\n"), 400)


def update():
    printed, complaints, stream = run()
    print(complaints, end="", file=sys.stderr)
    (EXPECTED / "small.out").write_text(printed)
    (EXPECTED / "small.stream").write_text(stream)


if __name__ == "__main__":
    LOCKSTEP = sys.argv.pop(1)
    if "--update" in sys.argv:
        update()
    else:
        unittest.main(argv=sys.argv[:1])
