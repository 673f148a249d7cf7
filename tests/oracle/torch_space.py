# SPDX-License-Identifier: MIT
"""PyTorch's expressions for blocks of space, diagonals, partitions, sets, sparse tensors: op → function of (inputs, attributes)."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch_arrays import Without, dtype_of, ints, positions


# ---- blocks of space ----

def space_to_batch(x, a):
    blocks, pads = ints(x[1]), x[2].reshape(-1, 2).tolist()
    n = len(blocks)
    rest = x[0].dim() - 1 - n
    y = F.pad(x[0], [0, 0] * rest + [int(p) for pair in reversed(pads) for p in pair])
    shape = [y.shape[0]]
    for i, b in enumerate(blocks):
        shape += [y.shape[1 + i] // b, b]
    y = y.reshape(shape + list(y.shape[1 + n:]))
    order = [2 * i + 2 for i in range(n)] + [0] + [2 * i + 1 for i in range(n)] + list(range(2 * n + 1, y.dim()))
    y = y.permute(order)
    return y.flatten(0, n)


def batch_to_space(x, a):
    blocks, crops = ints(x[1]), x[2].reshape(-1, 2).tolist()
    n, y = len(blocks), x[0]
    batch = y.shape[0]
    for b in blocks:
        batch //= b
    y = y.reshape([*blocks, batch, *y.shape[1:]])
    order = [n]
    for i in range(n):
        order += [n + 1 + i, i]
    y = y.permute(order + list(range(2 * n + 1, y.dim())))
    y = y.reshape([batch, *[x[0].shape[1 + i] * b for i, b in enumerate(blocks)], *x[0].shape[1 + n:]])
    for i, (first, last) in enumerate(crops):
        y = y.narrow(1 + i, int(first), y.shape[1 + i] - int(first) - int(last))
    return y * 1 if y.is_floating_point() else y


def _nhwc(function):
    def run(x, a):
        if a["data_format"] == "NHWC":
            return function(x[0], a["block_size"])
        if a["data_format"] != "NCHW":
            raise Without("blocks of vectors of channels")
        return function(x[0].movedim(1, -1), a["block_size"]).movedim(-1, 1)
    return run


def depth_to_space(x, b):
    n, h, w, c = x.shape
    return x.reshape(n, h, w, b, b, c // (b * b)).permute(0, 1, 3, 2, 4, 5).reshape(n, h * b, w * b, c // (b * b))


def space_to_depth(x, b):
    n, h, w, c = x.shape
    return x.reshape(n, h // b, b, w // b, b, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h // b, w // b, b * b * c)


def mirror_pad(x, a):
    y = x[0]
    for axis, (before, after) in enumerate(x[1].reshape(-1, 2).tolist()):
        size, edge = y.shape[axis], 1 if a["mode"] == "REFLECT" else 0
        places = list(range(before - 1 + edge, edge - 1, -1)) + list(range(size)) + list(range(size - 1 - edge, size - 1 - edge - after, -1))
        y = y.index_select(axis, torch.tensor(places, dtype=torch.long))
    return y


def mirror_pad_grad(x, a):
    if not x[0].is_floating_point():
        raise Without("gradients of integers")
    pairs = x[1].reshape(-1, 2).tolist()
    at = torch.zeros([s - b - e for s, (b, e) in zip(x[0].shape, pairs)], dtype=x[0].dtype, requires_grad=True)
    return torch.autograd.grad(mirror_pad([at, x[1]], a), at, x[0], create_graph=True)[0]


def adjust_contrast(x, a):
    middle = x[0].mean((-3, -2), keepdim=True)
    return (x[0] - middle) * x[1].to(x[0].dtype) + middle


# ---- order, sets, partitions ----

def reverse_sequence(x, a):
    rows = x[0].movedim((a["batch_dim"], a["seq_dim"]), (0, 1))
    parts = [torch.cat([row[:n].flip(0), row[n:]]) for row, n in zip(rows, ints(x[1]))]
    return torch.stack(parts).movedim((0, 1), (a["batch_dim"], a["seq_dim"])) if parts else x[0] * 1


def dynamic_stitch(x, a):
    n = len(x) // 2
    indices, data = x[:n], x[n:]
    size = max((int(i.max()) + 1 for i in indices if i.numel()), default=0)
    rest = data[0].shape[indices[0].dim():]
    y = torch.zeros(size, *rest, dtype=data[0].dtype)
    for i, d in zip(indices, data):
        flat, rows = ints(i), d.reshape(i.numel(), *rest)
        last = {place: k for k, place in enumerate(flat)}       # the last one wins
        y = y.index_put((torch.tensor(list(last), dtype=torch.long),), rows[list(last.values())])
    return y


def dynamic_partition(x, a):
    rows = x[0].reshape(x[1].numel(), *x[0].shape[x[1].dim():])
    return tuple(rows[x[1].reshape(-1) == i] for i in range(a["num_partitions"]))


def strided_update(x, a):
    at = positions(x[0].shape, ints(x[1]), ints(x[2]), ints(x[3]), a)
    value = x[4].expand(at.shape)
    return x[0].reshape(-1).index_put((at.reshape(-1),), value.reshape(-1)).reshape(x[0].shape)


def unravel(x, a):
    """As a row for each axis."""
    flat, rows = x[0].reshape(-1), []
    for size in reversed(ints(x[1])):
        rows.append(flat % size)
        flat = torch.div(flat, size, rounding_mode="floor")
    return torch.stack(rows[::-1]).reshape(len(rows), *x[0].shape)


def bucketize(x, a):
    raise Without("attributes of floats in a sample")


# ---- segments of chosen rows ----

def chosen_segments(how):
    def run(x, a):
        rows, ids = x[0][x[1].long()], x[2].long()
        n = int(x[3]) if len(x) > 3 else int(ids.max()) + 1 if ids.numel() else 0
        found = []
        for i in range(n):
            part = rows[ids == i]
            total = part.sum(0).to(rows.dtype)
            scale = {"sum": 1, "mean": max(len(part), 1), "sqrtn": max(len(part), 1) ** 0.5}[how]
            found.append(total if scale == 1 else total / scale)
        return torch.stack(found) if found else rows[:0]
    return run


def chosen_segments_grad(how):
    def run(x, a):
        at = torch.zeros(int(x[3]), *x[0].shape[1:], dtype=x[0].dtype, requires_grad=True)
        y = chosen_segments(how)([at, x[1], x[2], torch.tensor(x[0].shape[0])], a)
        return torch.autograd.grad(y, at, x[0], create_graph=True)[0]
    return run


# ---- sparse tensors ----

def dense(indices, values, shape):
    return torch.zeros(ints(shape), dtype=values.dtype).index_put(tuple(indices.long().unbind(1)), values, accumulate=True)


def to_dense(x, a):
    indices, shape, values, default = x
    indices = indices.reshape(-1, len(ints(shape))).long()
    base = default.expand(ints(shape))
    return base.index_put(tuple(indices.unbind(1)), values.expand(indices.shape[0]))


def sparse_matmul(x, a):
    turn = lambda m, flag: m.T.conj().resolve_conj() if flag else m  # noqa: E731
    return turn(dense(x[0], x[1], x[2]), a["adjoint_a"]) @ turn(x[3], a["adjoint_b"])


def at_entries(function):
    """Of the values, and what stands in their places in the dense one, which is broadcast."""
    return lambda x, a: function(x[1], x[3].expand(ints(x[2]))[tuple(x[0].long().unbind(1))])


def sparse_reduce_sum(x, a):
    axes = [i % len(ints(x[2])) for i in ints(x[3])] or list(range(x[2].numel()))      # none: all
    y = dense(x[0], x[1], x[2])
    return y.sum(axes, keepdim=a["keep_dims"]).to(y.dtype) if axes else y


def sparse_softmax(x, a):
    whole = torch.full(ints(x[2]), float("-inf"), dtype=x[1].dtype).index_put(tuple(x[0].long().unbind(1)), x[1])
    top = whole.amax(-1, keepdim=True).detach() if whole.numel() else whole
    e = torch.exp(whole - torch.where(torch.isinf(top), torch.zeros_like(top), top))
    total = e.sum(-1, keepdim=True)
    return (e / torch.where(total == 0, torch.ones_like(total), total))[tuple(x[0].long().unbind(1))]


TABLE = {
    "SpaceToBatchND": space_to_batch, "BatchToSpaceND": batch_to_space, "DepthToSpace": _nhwc(depth_to_space),
    "SpaceToDepth": _nhwc(space_to_depth), "MirrorPad": mirror_pad, "MirrorPadGrad": mirror_pad_grad,
    "AdjustContrastv2": adjust_contrast, "ReverseSequence": reverse_sequence, "DynamicStitch": dynamic_stitch,
    "ParallelDynamicStitch": dynamic_stitch, "DynamicPartition": dynamic_partition, "TensorStridedSliceUpdate": strided_update,
    "UnravelIndex": unravel, "Bucketize": bucketize, "CheckNumerics": lambda x, a: x[0] * 1, "CheckNumericsV2": lambda x, a: x[0] * 1,
    "ShapeN": lambda x, a: tuple(torch.tensor(t.shape, dtype=dtype_of(a["out_type"])) for t in x),
    **{f"SparseSegment{how}{form}": chosen_segments(how.lower()) for how in ("Sum", "Mean", "SqrtN") for form in ("", "WithNumSegments")},
    **{f"SparseSegment{how}Grad": chosen_segments_grad(how.lower()) for how in ("Sum", "Mean", "SqrtN")},
    "SparseToDense": to_dense, "SparseTensorDenseMatMul": sparse_matmul,
    "SparseTensorDenseAdd": lambda x, a: dense(x[0], x[1], x[2]) + x[3],
    "SparseDenseCwiseAdd": at_entries(torch.add), "SparseDenseCwiseMul": at_entries(torch.mul), "SparseDenseCwiseDiv": at_entries(lambda p, q: p / q if p.is_floating_point() else torch.div(p, q, rounding_mode="trunc")),
    "SparseReduceSum": sparse_reduce_sum, "SparseSoftmax": sparse_softmax,
    "DiagPart": lambda x, a: x[0].reshape([x[0].shape[:x[0].dim() // 2].numel()] * 2).diagonal().reshape(x[0].shape[:x[0].dim() // 2]),
    "Select": lambda x, a: torch.where(x[0].reshape(*x[0].shape, *[1] * (x[1].dim() - x[0].dim())) if x[0].dim() else x[0], x[1], x[2]),
}
