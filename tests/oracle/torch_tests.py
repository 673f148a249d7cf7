#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every op's samples against PyTorch: torch_tests.py SAMPLES [--verbose]

SAMPLES prints the ops' samples and what the engine makes of them (samples.c). Values and first derivatives are computed again by
the expressions of torch_*.py, in the same dtype; float16 and bfloat16 are held against float64. An op that PyTorch has not, and a difference, has
a row in the tables below that says why; one that has none makes the exit status 1."""
from __future__ import annotations

import argparse
import collections
import json
import subprocess
import sys

import torch
import torch_arrays
import torch_elementwise
import torch_linear
import torch_neural
import torch_space

TABLE = {**torch_elementwise.TABLE, **torch_arrays.TABLE, **torch_neural.TABLE, **torch_linear.TABLE,
         **torch_space.TABLE}
TOLERANCE = {"float64": 1e-9, "complex128": 1e-9, "float32": 1e-5, "complex64": 1e-5, "float16": 3e-3, "bfloat16": 1.6e-2}
NARROW = {"float16": torch.float16, "bfloat16": torch.bfloat16}

# What PyTorch 1.13 has not, and why it is not put together here from what it has.
WITHOUT = {name: why for why, names in {
    "texts": "AsString StringToNumber StringLength Substr StringStrip StringLower StringUpper StringSplit StringSplitV2 StringJoin "
             "ReduceJoin UnsortedSegmentJoin StringNGrams StringFormat StringToHashBucket StringToHashBucketFast "
             "StringToHashBucketStrong RegexFullMatch StaticRegexFullMatch RegexReplace StaticRegexReplace EncodeBase64 DecodeBase64 "
             "UnicodeDecode UnicodeDecodeWithOffsets UnicodeEncode UnicodeTranscode UnicodeScript",
    "bytes and files": "DecodeRaw DecodePaddedRaw SerializeTensor ParseTensor ParseExampleV2 DecodeCSV ReadFile WriteFile MatchingFiles",
    "an effect": "PrintV2 Assert EagerPyFunc PyFunc PyFuncStateless",
    "shapes of TensorFlow's gradients": "BroadcastGradientArgs",
    "sparse tensors as TensorFlow keeps them: indices in a list": "SparseReorder SparseReshape SparseSlice SparseSliceGrad "
        "SparseFillEmptyRows SparseConcat SparseAdd SparseAddGrad SparseSparseMaximum SparseSparseMinimum SparseReduceMax "
        "SparseReduceSumSparse SparseReduceMaxSparse",
    "its order of equal elements is another": "Unique UniqueV2 UniqueWithCounts UniqueWithCountsV2 ListDiff",
    "diagonals of TensorFlow's alignment": "MatrixDiagV3 MatrixDiagPartV3 MatrixSetDiagV3",
    "counts": "DenseBincount HistogramFixedWidth PopulationCount",
    "bits in another dtype": "Bitcast",
    "integrals that PyTorch has not": "Dawsn Expint FresnelCos FresnelSin Spence Betainc",
    "a derivative that PyTorch has not": "IgammaGradA RandomGammaGrad",
    "an error is its gradient": "PreventGradient",
    "counts of rows of unequal length": "SparseBincount RaggedBincount",
    "places in order": "NthElement BroadcastArgs",
    "labels as sparse tensors; tests of values hold it to PyTorch's ctc_loss": "CTCLoss CTCLossV2 CTCGreedyDecoder CTCBeamSearchDecoder",
    "rounding to TensorFlow's levels": "FakeQuantWithMinMaxArgs FakeQuantWithMinMaxArgsGradient FakeQuantWithMinMaxVars "
        "FakeQuantWithMinMaxVarsGradient FakeQuantWithMinMaxVarsPerChannel FakeQuantWithMinMaxVarsPerChannelGradient "
        "QuantizeAndDequantizeV4 QuantizeAndDequantizeV4Grad",
    "colours": "RGBToHSV HSVToRGB AdjustHue AdjustSaturation",
    "images; tests of values hold it to PyTorch's interpolate, or to the formula": "ResizeBilinear ResizeBilinearGrad ResizeBicubic "
        "ResizeBicubicGrad ResizeArea ResizeNearestNeighbor ResizeNearestNeighborGrad ScaleAndTranslate ScaleAndTranslateGrad "
        "CropAndResize CropAndResizeGradImage CropAndResizeGradBoxes NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3 "
        "NonMaxSuppressionV4 NonMaxSuppressionV5 ExtractImagePatches ExtractVolumePatches",
    "sets and texts": "Fingerprint EditDistance SetSize DenseToDenseSetOperation DenseToSparseSetOperation SparseToSparseSetOperation",
    "the rule of FusedBatchNormV3, which is held against PyTorch": "FusedBatchNormGradV3",
    "places of maxima, counted as TensorFlow counts": "MaxPoolWithArgmax MaxPoolGradWithArgmax MaxPoolGradGradWithArgmax",
    "greyscale morphology, which PyTorch has not": "Dilation2D Dilation2DBackpropInput Dilation2DBackpropFilter",
    "LRN's output is an input of it; LRN, whose rule it is, is held against PyTorch": "LRNGrad",
    "random numbers": "StatelessShuffle RandomIndexShuffle StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg "
        "StatelessRandomGetAlg StatelessRandomUniform StatelessRandomNormal StatelessTruncatedNormal StatelessRandomUniformInt "
        "StatelessRandomUniformFullInt StatelessRandomUniformV2 StatelessRandomNormalV2 StatelessTruncatedNormalV2 "
        "StatelessRandomUniformIntV2 StatelessRandomUniformFullIntV2 StatelessRandomGammaV2 StatelessRandomGammaV3 "
        "StatelessRandomPoisson StatelessRandomBinomial StatelessMultinomial",
}.items() for name in names.split()}
# PyTorch's own are no better; the C library's agree with ours to the last digit.
LOOSE = dict.fromkeys(["BesselJ0", "BesselJ1", "BesselY0", "BesselY1"], 2e-6)
# Inputs by which PyTorch has no derivative: op → their places.
UNKNOWN = {"Igamma": [0], "Igammac": [0]}
# What differs on purpose, by op: TensorFlow's convention is another.
DIFFERENT: dict = {}


def tensor(record, wide):
    """A tensor as PyTorch's; what is narrow as float64 when wide."""
    if record is None:
        return None
    if record["dtype"] in ("string", "resource", "variant", "uint16", "uint32", "uint64"):
        raise torch_arrays.Without(f"PyTorch has no {record['dtype']}")
    dtype = getattr(torch, record["dtype"])
    data = record["data"]
    if dtype.is_complex:
        data = [complex(data[i], data[i + 1]) for i in range(0, len(data), 2)]
    return torch.tensor(data, dtype=torch.float64 if wide and dtype in NARROW.values() else dtype).reshape(record["shape"])


def difference(got, expected) -> float:
    """The largest error, relative where the value is above 1."""
    if tuple(got.shape) != tuple(expected.shape):
        raise AssertionError(f"shape {list(got.shape)} instead of {list(expected.shape)}")
    if got.dtype != expected.dtype:
        raise AssertionError(f"{got.dtype} instead of {expected.dtype}")
    if got.numel() == 0:
        return 0.0
    wide = torch.complex128 if got.dtype.is_complex else torch.float64
    got, expected = got.detach().to(wide), expected.detach().to(wide)
    same = (got == expected) | (torch.isnan(got) & torch.isnan(expected))
    error = torch.abs(got - expected) / torch.clamp(torch.abs(expected), min=1.0)
    return float(torch.where(same, torch.zeros_like(error), torch.nan_to_num(error, nan=float("inf"))).max())


def results(sample):
    """What PyTorch makes of it: the outputs, and the gradients by the inputs."""
    wide = sample["dtype"] in NARROW
    inputs = [tensor(t, wide) for t in sample["inputs"]]
    for t in inputs:
        if t.dtype.is_floating_point or t.dtype.is_complex:
            t.requires_grad_()
    attrs = {**sample["attrs"]}
    if wide:
        attrs = {k: "float64" if isinstance(v, str) and v in NARROW else v for k, v in attrs.items()}
    outputs = TABLE[sample["op"]](inputs, attrs)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    weights = [tensor(w, wide) for w in sample["weights"]]
    pairs = [(y, w) for y, w in zip(outputs, weights) if w is not None and y.requires_grad]
    grads = [None] * len(inputs)
    places = [i for i, t in enumerate(inputs) if t.requires_grad and sample["gradients"][i] is not None
              and i not in UNKNOWN.get(sample["op"], [])]
    if pairs and places:
        found = torch.autograd.grad([y for y, _ in pairs], [inputs[i] for i in places], [w for _, w in pairs], allow_unused=True)
        for i, g in zip(places, found):
            grads[i] = g
    return outputs, grads


def check(sample) -> tuple:
    """(largest error of the values, of the gradients)"""
    wide = sample["dtype"] in NARROW
    outputs, grads = results(sample)
    errors = [0.0, 0.0]
    for i, (mine, theirs) in enumerate(zip(sample["outputs"], outputs)):
        errors[0] = max(errors[0], difference(tensor(mine, wide), theirs))
    for i, (mine, theirs) in enumerate(zip(sample["gradients"], grads)):
        if mine is not None and i not in UNKNOWN.get(sample["op"], []):
            mine = tensor(mine, wide)
            errors[1] = max(errors[1], difference(mine, torch.zeros_like(mine) if theirs is None else theirs))
    return tuple(errors)


class Row:
    def __init__(self):
        self.samples, self.value, self.gradient, self.n_gradients, self.problems = 0, 0.0, 0.0, 0, []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--verbose", action="store_true", help="a line for each op and dtype")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows, missing, refused = {}, collections.Counter(), collections.Counter()
    for line in subprocess.run([options.program], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines():
        sample = json.loads(line)
        name = sample["op"]
        if name not in TABLE:
            missing[name] += 1
            continue
        row = rows.setdefault((name, sample["dtype"]), Row())
        try:
            value, gradient = check(sample)
        except torch_arrays.Without as no:
            refused[str(no)] += 1
            continue
        except Exception as problem:  # noqa: BLE001
            row.problems.append(f"{type(problem).__name__}: {' '.join(str(problem).split())[:150]}")
            continue
        row.samples += 1
        row.n_gradients += any(g is not None for g in sample["gradients"])
        row.value, row.gradient = max(row.value, value), max(row.gradient, gradient)
        limit = max(TOLERANCE.get(sample["dtype"], 0), LOOSE.get(name, 0))
        if not (value <= limit and gradient <= limit):
            inputs = "; ".join(f"{t['dtype']}{t['shape']}" for t in sample["inputs"])
            row.problems.append(f"values by {value:.3g}, gradients by {gradient:.3g} at {inputs} {sample['attrs']}")
    return report(rows, missing, refused, options.verbose)


def report(rows, missing, refused, verbose) -> int:
    if verbose:
        print(f"{'op':<40}{'dtype':<9}{'samples':>8}{'gradients':>10}{'values to':>11}{'gradients to':>13}")
        for (name, dtype), row in rows.items():
            print(f"{name:<40}{dtype:<9}{row.samples:>8}{row.n_gradients:>10}{row.value:>11.1e}{row.gradient:>13.1e}")
    for dtype in sorted({d for _, d in rows}):
        limit = TOLERANCE.get(dtype, 0)
        chosen = [r for (n, d), r in rows.items() if d == dtype and r.samples]
        print(f"PyTorch, {dtype:<10}: {len(chosen)} ops, {sum(r.samples for r in chosen)} samples, "
              f"{sum(1 for r in chosen if r.n_gradients)} with gradients; largest error of values "
              f"{max((r.value for r in chosen if not r.problems), default=0):.1e}, of gradients {max((r.gradient for r in chosen if not r.problems), default=0):.1e} (at most {limit:.0e})")
    print(f"{len({n for n, _ in rows})} ops have an expression of PyTorch's")
    for why, count in sorted(refused.items()):
        print(f"  {count} samples left out: {why}")
    bad = 0
    reasons = collections.defaultdict(list)
    for name in missing:
        bad += name not in WITHOUT
        reasons[WITHOUT.get(name, "NO EXPRESSION")].append(name)
    for why, names in reasons.items():
        print(f"  without: {why}: {' '.join(names)}")
    for (name, dtype), row in rows.items():
        for problem in row.problems[:2]:
            bad += name not in DIFFERENT
            print(f"  {name} {dtype}: {DIFFERENT.get(name, problem)}")
    if bad:
        print(f"torch_tests.py: {bad} differences or omissions are not explained")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
