#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The official ONNX operator tests, on Lockstep's registry: onnx_tests.py [--verbose] [NAME…]

Each of the tests in libonnx-testdata is a small model, its inputs and its outputs. What passes, what the registry has no ops
for, and what fails is counted; a failure that the table below does not explain makes the exit status 1."""
from __future__ import annotations

import argparse
import collections
import pathlib
import sys
import traceback

import numpy as np
import onnx
import onnx_arrays  # noqa: F401
import onnx_elementwise  # noqa: F401
import onnx_flow  # noqa: F401
import onnx_images  # noqa: F401
import onnx_neural  # noqa: F401
import onnx_reduce  # noqa: F401
import onnx_windows  # noqa: F401
import tensorflow as tf
from onnx_graph import Unsupported, load, tensor_of

DATA = pathlib.Path("/usr/share/libonnx-testdata/data")
RTOL, ATOL = 1e-3, 1e-7         # ONNX's own

# Tests of random numbers: shape and dtype alone are held to the recorded ones.
RANDOM = ("bernoulli", "training_dropout", "dropout_random")

# What cannot be as recorded, and why.
EXPLAINED = {
    "adam_multiple": "recorded with an epsilon of 0.01, which the model does not say",
    **dict.fromkeys(["cast_FLOAT_to_BFLOAT16", "castlike_FLOAT_to_BFLOAT16", "castlike_FLOAT_to_BFLOAT16_expanded"],
                    "recorded cut off; TensorFlow rounds to the nearest"),
    **dict.fromkeys(["cast_FLOAT_to_STRING", "castlike_FLOAT_to_STRING", "castlike_FLOAT_to_STRING_expanded"],
                    "recorded as NumPy prints numbers; tf.strings.as_string prints as C does"),
}


def read(path, proto_type):
    """A recorded value: a tensor, a sequence of them, or an optional one."""
    data = path.read_bytes()
    if proto_type.HasField("sequence_type"):
        proto = onnx.SequenceProto()
        proto.ParseFromString(data)
        return [tensor_of(t) for t in proto.tensor_values]
    if proto_type.HasField("optional_type"):
        proto = onnx.OptionalProto()
        proto.ParseFromString(data)
        if proto.elem_type == onnx.OptionalProto.SEQUENCE:
            return [tensor_of(t) for t in proto.sequence_value.tensor_values]
        return tensor_of(proto.tensor_value) if proto.elem_type == onnx.OptionalProto.TENSOR else None
    proto = onnx.TensorProto()
    proto.ParseFromString(data)
    return tensor_of(proto, proto_type.tensor_type.elem_type)


def compare(got, expected, where, exactly):
    """Raises AssertionError when they differ."""
    if isinstance(expected, list):
        assert isinstance(got, list) and len(got) == len(expected), f"{where}: {got} instead of {expected}"
        for i, (a, b) in enumerate(zip(got, expected)):
            compare(a, b, f"{where}[{i}]", exactly)
        return
    if expected is None or got is None:
        assert got is expected, f"{where}: {got} instead of {expected}"
        return
    got = tf.convert_to_tensor(got)
    assert got.dtype == expected.dtype, f"{where}: {got.dtype.name} instead of {expected.dtype.name}"
    assert got.shape == expected.shape, f"{where}: shape {got.shape} instead of {expected.shape}"
    if not exactly:
        return
    if expected.dtype.is_floating:
        wide = (tf.cast(t, tf.float64).numpy() for t in (got, expected))
        np.testing.assert_allclose(*wide, rtol=RTOL, atol=ATOL, err_msg=where)
    else:
        np.testing.assert_array_equal(got.numpy(), expected.numpy(), err_msg=where)


def run(folder):
    graph = load(folder / "model.onnx")
    given = [i for i in graph.proto.input]
    for data in sorted(folder.glob("test_data_set_*")):
        inputs = [read(data / f"input_{i}.pb", given[i].type) for i in range(len(list(data.glob("input_*.pb"))))]
        results = graph.run(inputs)
        for i, output in enumerate(graph.proto.output):
            path = data / f"output_{i}.pb"
            if path.exists():
                compare(results[i], read(path, output.type), output.name, not folder.name[5:].startswith(RANDOM))


def outcome(folder) -> tuple:
    try:
        run(folder)
        return "passed", ""
    except Unsupported as missing:
        return "unsupported", str(missing)
    except Exception as failure:  # noqa: BLE001
        place = traceback.extract_tb(failure.__traceback__)[-1]
        text = " ".join(line.strip() for line in str(failure).splitlines() if line.strip())
        return "failed", f"{type(failure).__name__}: {text[:160]} ({pathlib.Path(place.filename).name}:{place.lineno})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="a line for each test that does not pass")
    parser.add_argument("names", nargs="*", help="of tests, without test_; default all")
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit("onnx_tests.py: there are no tests; install libonnx-testdata")
    counts = collections.defaultdict(collections.Counter)
    reasons, unexplained = collections.defaultdict(list), []
    for group in ("node", "simple", "pytorch-operator", "pytorch-converted"):
        for folder in sorted((DATA / group).iterdir()):
            name = folder.name[5:]
            if options.names and name not in options.names:
                continue
            result, why = outcome(folder)
            counts[group][result] += 1
            if result == "unsupported":
                reasons[why].append(name)
            if result == "failed":
                reasons[EXPLAINED.get(name, why)].append(name)
                if name not in EXPLAINED:
                    unexplained.append(name)
                    if options.verbose:
                        print(f"failed {name}: {why}")
    print(f"{'ONNX tests':<20}{'all':>6}{'passed':>8}{'unsupported':>13}{'failed':>8}")
    for group, count in counts.items():
        print(f"{group:<20}{sum(count.values()):>6}{count['passed']:>8}{count['unsupported']:>13}{count['failed']:>8}")
    for why, names in sorted(reasons.items()):
        print(f"  {len(names):>3} {why}: {' '.join(names[:6])}{' …' if len(names) > 6 else ''}")
    if unexplained:
        print(f"onnx_tests.py: {len(unexplained)} failures are not explained")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
