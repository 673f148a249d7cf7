#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every example program, and those in graphs/, whole, unwatched and recorded, and holds it against what is expected.

    programs.py LOCKSTEP              all, as unittest
    programs.py LOCKSTEP --update     writes expected/ anew, that of the small programs too; read the difference before it is
                                      committed

expected/NAME.out is what the program prints (with "stdout" or "stderr" and its exit status), expected/NAME.stream its events, a line
each, or for long programs how many there were of each kind, op and line. Both must be the same watched and unwatched, and so
must the bits of every variable (see digest.py); these must be the same without any rewriting of graphs, too.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import small

HERE = pathlib.Path(__file__).parent
PROGRAMS = HERE.parent.parent / "data" / "programs"
GRAPHS = HERE / "graphs"    # for the sake of what their graphs are rewritten to
EXPECTED = HERE / "expected"
LONG = 400  # events: beyond that, a stream is counted instead of listed
LOCKSTEP = None


def lockstep(*args, check=False, passes=""):
    return subprocess.run([LOCKSTEP, *map(str, args)], capture_output=True, text=True, timeout=120, check=check,
                          env={**os.environ, "LOCKSTEP_PASSES": passes})


def printed(result):
    return f"exit status {result.returncode}\n-- stdout\n{result.stdout}-- stderr\n{result.stderr}"


def events_of(trace):
    return [json.loads(line) for line in lockstep("events", trace, "--json", check=True).stdout.splitlines()]


def line_of(event):
    """What of an event is the same at each run: no times, no ids."""
    place = event.get("place") or {}
    kind, text = event["kind"], event.get("text", "")
    words = ["  " * event.get("depth", 0) + (text if text.startswith(kind) else f"{kind} {text}")]
    if place:
        words.append(f"@{pathlib.Path(place['file']).name}:{place['line']}")
    return " ".join(word for word in words if word)


def stream_of(events):
    shown = [event for event in events if event["kind"] not in ("string", "site", "output")]
    if len(shown) <= LONG:
        return "".join(line_of(event) + "\n" for event in shown)
    counts = collections.Counter(
        " ".join([event["kind"], event.get("name", ""), "@%d" % (event.get("place") or {"line": 0})["line"]])
        for event in shown)
    return "".join(f"{count:6} {what}\n" for what, count in sorted(counts.items()))


def record(program, *args, passes=""):
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder) / "run.lockstep"
        result = lockstep("record", "--quiet", "-o", trace, program, *args, passes=passes)
        return result, events_of(trace)


def programs():
    return sorted(path for folder in (PROGRAMS, GRAPHS) for pattern in ("*.py", "*.c") for path in folder.glob(pattern)
                  if not path.name.startswith("_"))


class Program(unittest.TestCase):
    maxDiff = 4000

    def hold(self, program):
        unwatched = lockstep("run", program)
        recorded, events = record(program)
        for suffix, text in (("out", printed(unwatched)), ("stream", stream_of(events))):
            self.assertEqual((EXPECTED / f"{program.name}.{suffix}").read_text(), text, f"{program.name}: its {suffix}")
        self.assertEqual(printed(unwatched), printed(recorded), f"{program.name}: watched and unwatched")

    def same_bits(self, program):
        unwatched = lockstep("run", HERE / "digest.py", program).stdout.splitlines()[-1]
        recorded = record(HERE / "digest.py", program)[0].stdout.splitlines()[-1]
        self.assertRegex(unwatched, r"^digest of [1-9]\d* tensors: [0-9a-f]{64}$")
        self.assertEqual(unwatched, recorded, f"{program.name}: its tensors' bits")
        plain = record(HERE / "digest.py", program, passes="-all")[0].stdout.splitlines()[-1]
        self.assertEqual(unwatched, plain, f"{program.name}: its tensors' bits without rewriting")


def add_tests():
    for program in programs():
        name = program.name.replace(".", "_")
        setattr(Program, f"test_{name}", lambda self, program=program: self.hold(program))
        if program.suffix == ".py":
            setattr(Program, f"test_bits_{name}", lambda self, program=program: self.same_bits(program))


def update():
    EXPECTED.mkdir(exist_ok=True)
    for program in programs():
        (EXPECTED / f"{program.name}.out").write_text(printed(lockstep("run", program)))
        (EXPECTED / f"{program.name}.stream").write_text(stream_of(record(program)[1]))
    small.LOCKSTEP = LOCKSTEP
    small.update()


if __name__ == "__main__":
    LOCKSTEP = sys.argv.pop(1)
    if "--update" in sys.argv:
        update()
    else:
        add_tests()
        unittest.main()
