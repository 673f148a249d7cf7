# SPDX-License-Identifier: MIT
"""PyTorch's expressions for reductions, products and ops on arrays: op → function of (inputs, attributes)."""
from __future__ import annotations

import torch
import torch.nn.functional as F


def ints(tensor) -> list:
    return [int(i) for i in tensor.reshape(-1)]


class Without(Exception):
    """PyTorch cannot say it."""


def reduction(function):
    """Axes one after another, from the last on."""
    def run(x, a):
        axes = sorted({i % max(x[0].dim(), 1) for i in ints(x[1])}, reverse=True) if x[0].dim() else []
        y = x[0]
        for axis in axes:
            y = function(y, axis)
        if not a["keep_dims"]:
            for axis in axes:
                y = y.squeeze(axis)
        return (y * 1).to(x[0].dtype)
    return run


def total(function):
    return lambda y, axis: function(y, dim=axis, keepdim=True)


def mean(x, axis):
    whole = x.sum(axis, keepdim=True)
    return whole / x.shape[axis] if not is_whole(x) else torch.div(whole, max(x.shape[axis], 1), rounding_mode="trunc")


def is_whole(x):
    return not (x.is_floating_point() or x.is_complex())


def norm(x, axis):
    return torch.sqrt(torch.sum(x * x, dim=axis, keepdim=True))


def extreme(function):
    """Equal ones share the gradient."""
    def run(x, a):
        axes = tuple(sorted({i % x[0].dim() for i in ints(x[1])})) if x[0].dim() else ()
        if any(x[0].shape[i] == 0 for i in axes):
            raise Without("the extremes of nothing")
        return function(x[0], dim=axes, keepdim=a["keep_dims"]) if axes else x[0] * 1
    return run


def scanned(function, start):
    def run(x, a):
        axis = int(x[1])
        y = x[0].flip(axis) if a["reverse"] else x[0]
        if a["exclusive"] and y.shape[axis] > 0:
            first = torch.full_like(y.narrow(axis, 0, 1), start)
            y = torch.cat([first, y.narrow(axis, 0, y.shape[axis] - 1)], axis)
        y = function(y, axis).to(y.dtype)
        return y.flip(axis) if a["reverse"] else y
    return run


def log_cumulative(x, a):
    """Of nothing it is the least number there is, as in TensorFlow, not −∞."""
    return scanned(torch.logcumsumexp, torch.finfo(x[0].dtype).min)(x, a)


def place(function):
    def run(x, a):
        return function(x[0].to(torch.float64), dim=int(x[1])).to(dtype_of(a["output_type"]))
    return run


def turned(x, flag):
    return x.transpose(-1, -2).conj().resolve_conj() if flag else x


def matmul(x, a):
    return (x[0].T if a["transpose_a"] else x[0]) @ (x[1].T if a["transpose_b"] else x[1])


def batch_matmul(x, a):
    return turned(x[0], a["adj_x"]) @ turned(x[1], a["adj_y"])


def batch_matmul_v3(x, a):
    return batch_matmul([t.to(dtype_of(a["Tout"])) for t in x], a)


def einsum(x, a):
    output = a["equation"].replace(" ", "").split("->")[1]
    if len(set(output.replace(".", ""))) < len(output.replace(".", "")):
        raise Without("einsum with a subscript twice in the output")
    return torch.einsum(a["equation"], *x)


# ---- arrangement ----

def strided(x, a):
    """As NumPy indexes, by a view of positions."""
    return x[0].reshape(-1)[positions(x[0].shape, ints(x[1]), ints(x[2]), ints(x[3]), a)]


def positions(shape, begin, end, strides, a):
    key, ellipsis = [], False
    for i, (b, e, s) in enumerate(zip(begin, end, strides)):
        bit = 1 << i
        if a["ellipsis_mask"] & bit:
            key.append(Ellipsis)
            ellipsis = True
        elif a["new_axis_mask"] & bit:
            key.append(None)
        elif a["shrink_axis_mask"] & bit:
            key.append(b)
        else:
            key.append(slice(None if a["begin_mask"] & bit else b, None if a["end_mask"] & bit else e, s))
    import numpy as np
    grid = np.arange(int(np.prod(shape))).reshape(tuple(shape))
    return torch.from_numpy(np.ascontiguousarray(grid[tuple(key)]))


def strided_grad(x, a):
    shape = ints(x[0])
    at = positions(shape, ints(x[1]), ints(x[2]), ints(x[3]), a)
    flat = torch.zeros(int(torch.tensor(shape).prod()), dtype=x[4].dtype)
    return flat.index_put((at.reshape(-1),), x[4].reshape(-1)).reshape(shape)


def gather(x, a):
    params, indices, axis, batch = x[0], x[1].long(), int(x[2]) % max(x[0].dim(), 1), a["batch_dims"] % (x[1].dim() or 1) if a["batch_dims"] < 0 else a["batch_dims"]
    if batch == 0:
        found = params.index_select(axis, indices.reshape(-1))
        return torch.reshape(found, [*params.shape[:axis], *indices.shape, *params.shape[axis + 1:]])
    rows = [gather([p, i, torch.tensor(axis - 1)], {"batch_dims": batch - 1}) for p, i in zip(params, indices)]
    return torch.stack(rows)


def gather_nd(x, a):
    params, indices = x[0], x[1].long()
    if a.get("batch_dims", 0) > 0:
        return torch.stack([gather_nd([p, i], {"batch_dims": a["batch_dims"] - 1}) for p, i in zip(params, indices)])
    return params[tuple(indices.unbind(-1))] if indices.shape[-1] else params.expand(*indices.shape[:-1], *params.shape)


def scattered(how):
    def run(x, a):
        base, indices, updates = x[0], x[1].long(), x[2]
        key = tuple(indices.unbind(-1))
        if how == "update":
            return base.index_put(key, updates)
        if how in ("add", "sub"):
            return base.index_put(key, updates if how == "add" else -updates, accumulate=True)
        pick = torch.maximum if how == "max" else torch.minimum
        return base.index_put(key, pick(base[key], updates))
    return run


def scatter_nd(x, a):
    return scattered("add")([torch.zeros(ints(x[2]), dtype=x[1].dtype), x[0], x[1]], a)


def segments(how, sorted_ids):
    """One segment after another."""
    def run(x, a):
        data, ids = x[0], x[1].long()
        n = (int(ids.max()) + 1 if ids.numel() else 0) if sorted_ids else int(x[2])
        flat = data.reshape(ids.numel(), *data.shape[ids.dim():])
        rows = [_segment(how, flat[ids.reshape(-1) == i], sorted_ids) for i in range(n)]
        return torch.stack(rows) if rows else flat[:0]
    return run


def _segment(how, rows, sorted_ids):
    if rows.shape[0] == 0:
        value = {"sum": 0, "mean": 0, "prod": 1, "sqrt": 0}.get(how)
        if value is None:
            limits = torch.finfo(rows.dtype) if rows.is_floating_point() else torch.iinfo(rows.dtype)
            value = 0 if sorted_ids else limits.min if how == "max" else limits.max
        return torch.full(rows.shape[1:], value, dtype=rows.dtype)
    return {"sum": lambda r: r.sum(0).to(r.dtype), "mean": lambda r: mean(r, 0)[0].to(r.dtype), "prod": lambda r: r.prod(0).to(r.dtype),
            "max": lambda r: r.amax(0), "min": lambda r: r.amin(0)}[how](rows)


def one_hot(x, a):
    indices, depth, on, off = x[0].long(), int(x[1]), x[2], x[3]
    axis = a["axis"] if a["axis"] >= 0 else indices.dim()
    hot = indices.unsqueeze(axis) == torch.arange(depth).reshape([-1 if i == axis else 1 for i in range(indices.dim() + 1)])
    return torch.where(hot, on, off)


def padded(value):
    def run(x, a):
        pairs = x[1].reshape(-1, 2).tolist()[::-1]
        return F.pad(x[0], [int(n) for pair in pairs for n in pair], value=float(value(x)))
    return run


def top_k(x, a):
    if not a["sorted"]:
        raise Without("the order of top_k that is not sorted")
    values, indices = torch.topk(x[0], int(x[1]), dim=-1)
    return values, indices.to(getattr(torch, a["index_type"]))


def bound(right):
    return lambda x, a: torch.searchsorted(x[0].contiguous(), x[1].contiguous(), right=right).to(getattr(torch, a["out_type"]))


def band_part(x, a):
    lower, upper = int(x[1]), int(x[2])
    rows, columns = x[0].shape[-2:]
    distance = torch.arange(columns) - torch.arange(rows)[:, None]
    keep = ((distance >= -lower) | (lower < 0)) & ((distance <= upper) | (upper < 0))
    return torch.where(keep, x[0], torch.zeros_like(x[0]))


def sliced(x, a):
    y = x[0]
    for axis, (begin, size) in enumerate(zip(ints(x[1]), ints(x[2]))):
        y = y.narrow(axis, begin, y.shape[axis] - begin if size < 0 else size)
    return y * 1 if y.is_floating_point() else y


def invert_permutation(x, a):
    return torch.argsort(x[0]).to(x[0].dtype)


def bincount(x, a):
    size, weights = int(x[1]), x[2] if x[2].numel() else None
    arr = x[0].reshape(-1).long()
    inside = arr < size
    weights = torch.ones(arr.shape, dtype=x[2].dtype) if weights is None else weights.reshape(-1)
    return torch.zeros(size, dtype=x[2].dtype).index_put((arr[inside],), weights[inside], accumulate=True)


def spaced(x, a):
    start, stop, n = x[0], x[1], int(x[2])
    return start + (stop - start) * torch.arange(n, dtype=start.dtype) / (n - 1) if n > 1 else start.reshape(1)


def dtype_of(name):
    if not hasattr(torch, name):
        raise Without(f"PyTorch has no {name}")
    return getattr(torch, name)


TABLE = {
    "Sum": reduction(total(torch.sum)), "Prod": reduction(total(torch.prod)), "Mean": reduction(mean),
    "Max": extreme(torch.amax), "Min": extreme(torch.amin), "Any": reduction(total(torch.any)), "All": reduction(total(torch.all)),
    "EuclideanNorm": reduction(norm), "ArgMax": place(torch.argmax), "ArgMin": place(torch.argmin),
    "Cumsum": scanned(torch.cumsum, 0), "Cumprod": scanned(torch.cumprod, 1), "CumulativeLogsumexp": log_cumulative,
    "MatMul": matmul, "BatchMatMul": batch_matmul, "BatchMatMulV2": batch_matmul,
    "BatchMatMulV3": batch_matmul_v3,
    "Einsum": einsum,
    "Shape": lambda x, a: torch.tensor(x[0].shape, dtype=dtype_of(a["out_type"])),
    "Size": lambda x, a: torch.tensor(x[0].numel(), dtype=dtype_of(a["out_type"])),
    "Rank": lambda x, a: torch.tensor(x[0].dim(), dtype=torch.int32),
    "Reshape": lambda x, a: torch.reshape(x[0], ints(x[1])), "ExpandDims": lambda x, a: x[0].unsqueeze(int(x[1])),
    "Squeeze": lambda x, a: x[0].reshape([s for i, s in enumerate(x[0].shape) if not (
        i in [d % x[0].dim() for d in a["squeeze_dims"]] if a["squeeze_dims"] else s == 1)]),
    "Transpose": lambda x, a: x[0].permute(ints(x[1])), "InvertPermutation": invert_permutation,
    "ConcatV2": lambda x, a: torch.cat(x[:-1], int(x[-1])), "Pack": lambda x, a: torch.stack(x, a["axis"]),
    "Unpack": lambda x, a: x[0].unbind(a["axis"]), "Split": lambda x, a: x[1].chunk(a["num_split"], int(x[0])),
    "SplitV": lambda x, a: x[0].split([s if s >= 0 else x[0].shape[int(x[2])] - sum(k for k in ints(x[1]) if k >= 0) for s in ints(x[1])], int(x[2])),
    "Slice": sliced, "StridedSlice": strided, "StridedSliceGrad": strided_grad,
    "GatherV2": gather, "GatherNd": gather_nd, "ScatterNd": scatter_nd,
    "TensorScatterUpdate": scattered("update"), "TensorScatterAdd": scattered("add"), "TensorScatterSub": scattered("sub"),
    "TensorScatterMax": scattered("max"), "TensorScatterMin": scattered("min"), "ScatterNdNonAliasingAdd": scattered("add"),
    **{f"Segment{how}": segments(how.lower(), True) for how in ("Sum", "Mean", "Prod", "Max", "Min")},
    **{f"UnsortedSegment{how}": segments(how.lower(), False) for how in ("Sum", "Prod", "Max", "Min")},
    "Bincount": bincount, "OneHot": one_hot, "Where": lambda x, a: torch.nonzero(x[0]), "TopKV2": top_k,
    "LowerBound": bound(False), "UpperBound": bound(True), "ReverseV2": lambda x, a: x[0].flip([i % x[0].dim() for i in ints(x[1])]),
    "Roll": lambda x, a: x[0].roll(ints(x[1]), ints(x[2])), "MatrixBandPart": band_part,
    "Fill": lambda x, a: x[1].expand(ints(x[0])), "Range": lambda x, a: torch.arange(x[0].item(), x[1].item(), x[2].item(), dtype=x[0].dtype),
    "BroadcastTo": lambda x, a: x[0].expand(ints(x[1])), "Tile": lambda x, a: x[0].repeat(ints(x[1])) if x[0].dim() else x[0] * 1,
    "Pad": padded(lambda x: 0), "PadV2": padded(lambda x: x[2]), "LinSpace": spaced,
    "Cast": lambda x, a: x[0].to(dtype_of(a["DstT"])), "EnsureShape": lambda x, a: x[0] * 1,
    "Diag": lambda x, a: torch.diag(x[0]) if x[0].dim() == 1 else torch.diag(x[0].reshape(-1)).reshape(*x[0].shape, *x[0].shape),
    "MatrixDiag": lambda x, a: torch.diag_embed(x[0]),
    "Cholesky": lambda x, a: torch.linalg.cholesky(x[0]),
    "MatrixInverse": lambda x, a: turned(torch.linalg.inv(x[0]), a["adjoint"]), "MatrixDeterminant": lambda x, a: torch.linalg.det(x[0]),
    "MatrixSolve": lambda x, a: torch.linalg.solve(turned(x[0], a["adjoint"]), x[1]),
    "MatrixTriangularSolve": lambda x, a: torch.linalg.solve_triangular(
        turned(torch.tril(x[0]) if a["lower"] else torch.triu(x[0]), a["adjoint"]), x[1], upper=a["lower"] == a["adjoint"]),
    "Cross": lambda x, a: torch.cross(x[0], x[1], -1),
    "L2Loss": lambda x, a: (x[0] ** 2).sum() / 2,
}
