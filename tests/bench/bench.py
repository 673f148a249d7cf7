#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures: ./dev bench [--peers] [NAME…]. First the table of speed (speed.py), then what only Lockstep does.

A bench here is a function in BENCHES that yields rows (work, unit, ours, peer's name, peer's figure, what is to be reached). Ours
and the peer are run in turn, and medians are taken.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import speed

ROOT = pathlib.Path(__file__).parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
LOCKSTEP = BUILD / "app" / "lockstep"
PROGRAMS = ROOT / "data" / "programs"
PYTHON = "/usr/bin/python3"


def environment():
    return dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1",
                PYTHONPATH=f"{ROOT / 'app' / 'python'}:{BUILD / 'app' / 'python'}")


def seconds(*command):
    began = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, capture_output=True, env=environment(), timeout=600)
    return time.perf_counter() - began


def in_turn(rounds, *functions):
    """Medians of each function's result, the functions being called in turn."""
    results = [[function() for function in functions] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*results)]


def bench_record():
    """What recording costs: whole processes, with health and source lines, and the training loop alone."""
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder) / "run.lockstep"
        for name in ("digits_eager.py", "digits_function.py"):
            recorded, unwatched = in_turn(5, lambda: seconds(LOCKSTEP, "record", "-o", trace, PROGRAMS / name),
                                          lambda: seconds(LOCKSTEP, "run", PROGRAMS / name))
            yield f"{name} recorded", "s", recorded, "unwatched", unwatched, "1.5 times"


def bench_native():
    """What the engine measures of itself in C, line by line as it prints it."""
    for program in ("engine/bench-engine", "engine/events/bench-events"):
        out = subprocess.run([BUILD / "tests" / program], check=True, capture_output=True, text=True, env=environment())
        print(out.stdout, end="")
    yield from ()


def bench_window():
    """A real window on a screen of its own: from start to seen and to paused, and from a key to the new state painted."""
    run = subprocess.run(["xvfb-run", "-a", "-s", "-screen 0 1280x800x24 -nolisten tcp", "dbus-run-session", "--", PYTHON,
                          str(ROOT / "tests" / "bench" / "window.py"), str(LOCKSTEP), str(PROGRAMS / "digits_eager.py")],
                         check=True, capture_output=True, text=True)
    for work, milliseconds, reach in json.loads(run.stdout.splitlines()[-1]):
        yield work, "ms", milliseconds, None, None, reach


BENCHES = {name[len("bench_"):]: function for name, function in list(globals().items()) if name.startswith("bench_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [*speed.KINDS, *BENCHES]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="how often the programs of the table are gone through (3)")
    given = parser.parse_args()
    names = given.names or known
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"bench: there is no '{unknown[0]}'; there are {', '.join(known)}")
    kinds = [name for name in names if name in speed.KINDS]
    if kinds:
        speed.show(BUILD, kinds, given.rounds)
    names = [name for name in names if name in BENCHES]
    if names:
        print(f"\n{'work':42} {'unit':6} {'ours':>10} {'peer':>10} {'ratio':>7}  peer; to reach")
    for name in names:
        for work, unit, ours, peer, theirs, reach in BENCHES[name]():
            ratio = f"{ours / theirs:7.2f}" if theirs else "      -"
            figure = f"{theirs:10.4g}" if theirs else f"{'-':>10}"
            print(f"{work:42} {unit:6} {ours:10.4g} {figure} {ratio}  {peer or '-'}; {reach or '-'}", flush=True)


if __name__ == "__main__":
    main()
