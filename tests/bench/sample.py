# SPDX-License-Identifier: MIT
"""How every figure of the table is taken, in Python: see sample.h."""
import json
import statistics
import time

SCALES = {"ns": 1, "µs": 1e3, "ms": 1e6}


def once(function, times: int) -> float:
    """Nanoseconds of a call, of so many."""
    rounds = range(times)
    began = time.perf_counter_ns()
    for _ in rounds:
        function()
    return (time.perf_counter_ns() - began) / times


def say(work: str, who: str, unit: str, median: float, best=None) -> None:
    print(json.dumps({"work": work, "who": who, "unit": unit, "median": median, "best": median if best is None else best}),
          flush=True)


def sample(work: str, who: str, unit: str, function, units: int = 1) -> None:
    """Prints the median and the best of samples of about a millisecond. units: how many of what is measured a call does."""
    for _ in range(30):
        function()
    times = max(1, int(1e6 / once(function, 1)))
    samples, end = [], time.perf_counter_ns() + 250_000_000
    while len(samples) < 7 or (len(samples) < 400 and time.perf_counter_ns() < end):
        samples.append(once(function, times))
    scale = SCALES[unit] * units
    say(work, who, unit, statistics.median(samples) / scale, min(samples) / scale)
