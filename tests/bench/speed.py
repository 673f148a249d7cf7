# SPDX-License-Identifier: MIT
"""The table of speed: ours beside each peer, in one order of processes that is gone through several times, on one thread.

A program prints its figures as sample.h and sample.py do. Of each figure the best of all rounds is compared, which on a busy
machine was the undisturbed one, and the median of the rounds' medians is shown beside it. Peers that are not installed are
left out.
"""
from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
import sys
from typing import Callable, Iterator, NamedTuple, Optional

HERE = pathlib.Path(__file__).parent
PYTHON = "/usr/bin/python3"
KINDS = ("eager", "graph", "train", "limits", "start")
TORCH_HEADERS = pathlib.Path("/usr/include/torch/csrc/api/include")


class Goal(NamedTuple):
    """Ours is to be at most `factor` times the peer's time, or at least that much of its rate."""

    work: str
    factor: float
    peer: str
    ours: str = "ours"

    def met(self, figures: dict) -> Optional[bool]:
        ours, peer = figures.get(self.ours), figures.get(self.peer)
        if ours is None or peer is None:
            return None
        if ours.is_rate:
            return ours.best >= self.factor * peer.best
        return ours.best <= self.factor * peer.best

    def __str__(self) -> str:
        return f"{self.factor:.2f} of {self.peer}{self.ours[len('ours'):]}"


class Limit(NamedTuple):
    """Ours is to be at most so much, in its unit."""

    work: str
    most: float

    def met(self, figures: dict) -> Optional[bool]:
        return figures["ours"].best <= self.most if "ours" in figures else None

    def __str__(self) -> str:
        return f"{self.most:g}"


SMALL = ("add []", "add 16²", "relu 16²", "matmul 16²")
GOALS = [
    *[Goal(f"{op} from C", 1 / 6, "libtorch inference") for op in SMALL[:1]],
    *[Goal(f"{op} from C", 1, "libtorch inference") for op in SMALL[1:]],
    *[Goal(f"{op} from Python", 1 / 4, "PyTorch") for op in SMALL],
    *[Goal(f"{op} from Python", 1, "NumPy") for op in SMALL],
    *[Goal(f"100 × {op} on a tape", 1 / 4, "PyTorch") for op in SMALL],
    Goal("MLP 64-128-64-10, batch 32", 2.5, "C by hand"),
    Goal("MLP 784-512-512-10, batch 64", 1.15, "C by hand"),
    Goal("LeNet 28×28, batch 64", 0.5, "libtorch"),
    Goal("MLP 64-128-64-10, batch 32", 1.3, "C by hand", "ours, tf.function"),
    Goal("MLP 784-512-512-10, batch 64", 1.1, "C by hand", "ours, tf.function"),
    Goal("LeNet 28×28, batch 64", 0.5, "libtorch", "ours, tf.function"),
    Goal("chain of ten, 1,000,000 floats", 1.2, "C by hand"),
    Limit("chain of ten, 1,000 floats", 2.5),
    Limit("1,000 scalar ops", 15),
    Limit("call of two ops", 1),
    Goal("while loop, an iteration", 1 / 20, "ours eagerly"),
    Limit("tracing 1,000 nodes", 5),
    Limit("tracing 10,000 nodes", 50),
    Goal("LeNet step, memory", 0.5, "all values"),
    *[Goal(f"MatMul n = {n}", 0.98, "cblas_sgemm") for n in (256, 512, 1024, 2048)],
    *[Goal(f"{op} of 16 MiB", 0.8, "memory") for op in ("Relu", "AddV2", "Sum")],
    *[Goal(f"import and first op, {what}", 0.1, "PyTorch") for what in ("time", "memory")],
]


class Figure:
    """All rounds' figures of one work by one program."""

    def __init__(self, unit: str):
        self.unit, self.bests, self.medians = unit, [], []

    is_rate = property(lambda self: self.unit.endswith("/s"))
    best = property(lambda self: (max if self.is_rate else min)(self.bests))
    median = property(lambda self: statistics.median(self.medians))

    def __str__(self) -> str:
        return f"{self.best:.4g} ({self.median:.4g})"


def has_torch() -> bool:
    return subprocess.run([PYTHON, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)"],
                          check=False).returncode == 0


def libtorch(build: pathlib.Path) -> Optional[pathlib.Path]:
    """The peer in C++, built if need be; None without libtorch."""
    source, program = HERE / "peers" / "libtorch.cpp", build / "tests" / "bench" / "libtorch"
    if not (TORCH_HEADERS / "torch" / "torch.h").exists():
        return None
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        print("bench: building the peer on libtorch", file=sys.stderr)
        subprocess.run(["g++", "-O2", "-std=c++17", f"-I{TORCH_HEADERS}", source, "-o", program, "-ltorch", "-ltorch_cpu",
                        "-lc10"], check=True)
    return program


def programs(build: pathlib.Path, wanted: Callable[[str], bool]) -> Iterator[list]:
    """Commands in the order in which a round runs them."""
    native, torch = build / "tests" / "bench", has_torch()
    compiled = libtorch(build) if wanted("eager") or wanted("train") else None
    if not torch:
        print("bench: python3-torch is not installed; PyTorch is left out (./dev bench --peers installs it)", file=sys.stderr)
    if compiled is None and (wanted("eager") or wanted("train")):
        print("bench: libtorch-dev is not installed; libtorch is left out (./dev bench --peers installs it)", file=sys.stderr)
    if wanted("eager"):
        yield [native / "bench-ours", "small"]
        yield [PYTHON, HERE / "ours" / "eager.py"]
        yield [PYTHON, HERE / "peers" / "numpy_eager.py"]
        if torch:
            yield [PYTHON, HERE / "peers" / "torch_eager.py"]
    if wanted("graph"):
        yield [PYTHON, HERE / "ours" / "graph.py"]
        yield [native / "bench-by-hand", "chain"]
        yield [PYTHON, HERE / "peers" / "numpy_graph.py"]
        if torch:
            yield [PYTHON, HERE / "peers" / "torch_graph.py"]
    if wanted("train"):
        yield [PYTHON, HERE / "ours" / "train.py"]
        yield [native / "bench-by-hand", "train"]
        yield [PYTHON, HERE / "peers" / "numpy_train.py"]
        if torch:
            yield [PYTHON, HERE / "peers" / "torch_train.py"]
    if compiled is not None and (wanted("eager") or wanted("train")):
        yield [compiled]
    if wanted("limits"):
        yield [native / "bench-ours", "products"]
        yield [native / "bench-ours", "large"]
        yield [native / "bench-limits"]
    if wanted("start"):
        for who in ("ours", "NumPy", *(["PyTorch"] if torch else [])):
            yield [PYTHON, HERE / "start.py", who]


def measure(commands: list, rounds: int, environment: dict) -> dict:
    """{work: {who: Figure}}"""
    table: dict = {}
    for _ in range(rounds):
        for command in commands:
            out = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True, env=environment,
                                 timeout=300).stdout
            for line in map(json.loads, filter(lambda text: text.startswith("{"), out.splitlines())):
                figure = table.setdefault(line["work"], {}).setdefault(line["who"], Figure(line["unit"]))
                figure.bests.append(line["best"])
                figure.medians.append(line["median"])
    return table


def row(work: str, figures: dict) -> str:
    ours = figures.pop("ours", None)
    others = [f"{who} {figure}" + (f" → {ours.best / figure.best:.2f}" if ours else "") for who, figure in figures.items()]
    unit = ours.unit if ours else next(iter(figures.values())).unit
    return f"{work:34} {unit:8} {str(ours or '-'):20} {'; '.join(others)}"


def verdicts(work: str, figures: dict) -> str:
    texts = []
    for goal in (goal for goal in GOALS if goal.work == work):
        met = goal.met(figures)
        mark = "not measured" if met is None else "reached" if met else "NOT REACHED"
        texts.append(f"{goal}: {mark}")
    return "; ".join(texts)


def show(build: pathlib.Path, kinds: list, rounds: int) -> None:
    """Measures works of these kinds and prints the table."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", LOCKSTEP_THREADS="1",
                       PYTHONPATH=f"{HERE.parent.parent / 'app' / 'python'}:{build / 'app' / 'python'}")
    table = measure(list(programs(build, lambda kind: kind in kinds)), rounds, environment)
    print(f"{'work':34} {'unit':8} {'ours: best (median)':20} peers → ours / peer")
    for work, figures in table.items():
        judged = verdicts(work, figures)
        print(row(work, figures))
        if judged:
            print(f"{'':34} {'':8} to reach {judged}")
