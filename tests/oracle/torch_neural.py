# SPDX-License-Identifier: MIT
"""PyTorch's expressions for neural ops: op → function of (inputs, attributes). PyTorch has channels second, and pads the
same on both sides; so what is here is moved, and padded first."""
from __future__ import annotations

import torch
import torch.nn.functional as F


def is_last(a):
    return not a["data_format"].startswith("NC")


def to_second(x, a):
    return x.movedim(-1, 1) if is_last(a) else x


def from_second(x, a):
    return x.movedim(1, -1) if is_last(a) else x


def spatial(values, a):
    return values[1:-1] if is_last(a) else values[2:]


def pads_of(sizes, reach, strides, a):
    if a["padding"] == "SAME":
        totals = [max((-(-size // s) - 1) * s + r - size, 0) for size, r, s in zip(sizes, reach, strides)]
        return [(t // 2, t - t // 2) for t in totals]
    if a["padding"] == "EXPLICIT":
        pairs = [tuple(a["explicit_paddings"][i:i + 2]) for i in range(0, len(a["explicit_paddings"]), 2)]
        return spatial(pairs, a)
    return [(0, 0)] * len(sizes)


def padded(x, pads, value=0.0):
    return F.pad(x, [n for pair in reversed(pads) for n in pair], value=value)


def convolve(x, w, a):
    """x channels second, w [*spatial, in, out]."""
    n = w.dim() - 2
    strides, dilations = spatial(a["strides"], a), spatial(a["dilations"], a)
    reach = [(k - 1) * d + 1 for k, d in zip(w.shape[:n], dilations)]
    x = padded(x, pads_of(x.shape[2:], reach, strides, a))
    groups = x.shape[1] // w.shape[-2]
    return (F.conv2d if n == 2 else F.conv3d)(x, w.permute(n + 1, n, *range(n)), stride=strides, dilation=dilations, groups=groups)


def conv(x, a):
    return from_second(convolve(to_second(x[0], a), x[1], a), a)


def depthwise(x, a):
    """The filter [h, w, in, m] as one of in groups."""
    h, w, channels, m = x[1].shape
    return from_second(convolve(to_second(x[0], a), x[1].reshape(h, w, 1, channels * m), a), a)


def by_input(forward):
    """The gradient by the input: x = (sizes, filter, dy)."""
    def run(x, a):
        at = torch.zeros([int(i) for i in x[0]], dtype=x[1].dtype, requires_grad=True)
        return torch.autograd.grad(forward([at, x[1]], a), at, x[2], create_graph=True)[0]
    return run


def by_filter(forward):
    def run(x, a):
        at = torch.zeros([int(i) for i in x[1]], dtype=x[0].dtype, requires_grad=True)
        return torch.autograd.grad(forward([x[0], at], a), at, x[2], create_graph=True)[0]
    return run


def pool_window(x, a):
    size, strides = spatial(a["ksize"], a), spatial(a["strides"], a)
    return size, strides, pads_of(x.shape[2:], size, strides, a)


def max_pool(x, a):
    x = to_second(x[0], a)
    size, strides, pads = pool_window(x, a)
    pool = F.max_pool2d if x.dim() == 4 else F.max_pool3d
    return from_second(pool(padded(x, pads, float("-inf")), size, strides), a)


def avg_pool(x, a):
    x = to_second(x[0], a)
    size, strides, pads = pool_window(x, a)
    pool = F.avg_pool2d if x.dim() == 4 else F.avg_pool3d
    return from_second(pool(padded(x, pads), size, strides) / pool(padded(torch.ones_like(x), pads), size, strides), a)


def max_pool_grad(x, a):
    at = x[0].detach().requires_grad_()
    return torch.autograd.grad(max_pool([at], a), at, x[2], create_graph=True)[0]


def avg_pool_grad(x, a):
    at = torch.zeros([int(i) for i in x[0]], dtype=x[1].dtype, requires_grad=True)
    return torch.autograd.grad(avg_pool([at], a), at, x[1], create_graph=True)[0]


def max_pool_grad_grad(x, a):
    """What goes with the first largest of each window."""
    at = to_second(x[0], a)
    size, strides, pads = pool_window(at, a)
    pool = F.max_pool2d if at.dim() == 4 else F.max_pool3d
    _, places = pool(padded(at, pads, float("-inf")), size, strides, return_indices=True)
    grads = padded(to_second(x[2], a), pads)
    return from_second(grads.flatten(2).gather(2, places.flatten(2)).reshape(places.shape), a)


def cross_entropy(x, a):
    features, labels = torch.broadcast_tensors(x[0], x[1])
    loss = -(labels * F.log_softmax(features, -1)).sum(-1)
    return loss, torch.softmax(features, -1) - labels


def sparse_cross_entropy(x, a):
    labels = F.one_hot(x[1].long(), x[0].shape[-1]).to(x[0].dtype) if x[0].numel() else torch.zeros_like(x[0])
    return cross_entropy([x[0], labels], a)


def bias_add(x, a):
    first = a.get("data_format", "NHWC").startswith("NC")
    return x[0] + (x[1].reshape([-1] + [1] * (x[0].dim() - 2)) if first else x[1])


def bias_add_grad(x, a):
    channel = 1 if a.get("data_format", "NHWC").startswith("NC") else x[0].dim() - 1
    return x[0].sum([i for i in range(x[0].dim()) if i != channel])


def in_top_k(x, a):
    predictions, targets, k = x[0], x[1].long(), int(x[2])
    known = (targets >= 0) & (targets < predictions.shape[1])
    of_target = predictions.gather(1, torch.where(known, targets, torch.zeros_like(targets))[:, None])
    return known & ((predictions > of_target).sum(1) < k) & torch.isfinite(of_target[:, 0])


def lrn(x, a):
    size = 2 * a["depth_radius"] + 1
    return F.local_response_norm(x[0].movedim(-1, 1), size, a["alpha"] * size, a["beta"], a["bias"]).movedim(1, -1)


def fused_batch_norm(x, a):
    image, (scale, offset, mean, variance) = to_second(x[0], a), x[1:]
    shape = [1, -1] + [1] * (image.dim() - 2)
    axes = [i for i in range(image.dim()) if i != 1]
    if not a["is_training"]:
        told = mean, variance
    else:
        n, part = image.numel() // max(image.shape[1], 1), a["exponential_avg_factor"]
        new = image.mean(axes), image.var(axes, unbiased=False)
        told = new[0], new[1] * n / max(n - 1, 1)
        if part != 1:
            told = tuple(old * (1 - part) + part * now for old, now in zip((mean, variance), told))
        mean, variance = new
    y = (image - mean.reshape(shape)) * torch.rsqrt(variance.reshape(shape) + a["epsilon"]) * scale.reshape(shape)
    return (from_second(y + offset.reshape(shape), a), *[t.to(scale.dtype) for t in (*told, mean, variance)])


TABLE = {
    "FusedBatchNormV3": fused_batch_norm,
    "Softmax": lambda x, a: torch.softmax(x[0], -1), "LogSoftmax": lambda x, a: torch.log_softmax(x[0], -1),
    "SoftmaxCrossEntropyWithLogits": cross_entropy, "SparseSoftmaxCrossEntropyWithLogits": sparse_cross_entropy,
    "BiasAdd": bias_add, "BiasAddGrad": bias_add_grad, "InTopKV2": in_top_k, "LRN": lrn,
    "Conv2D": conv, "Conv2DBackpropInput": by_input(conv), "Conv2DBackpropFilter": by_filter(conv),
    "Conv3D": conv, "Conv3DBackpropInputV2": by_input(conv), "Conv3DBackpropFilterV2": by_filter(conv),
    "DepthwiseConv2dNative": depthwise, "DepthwiseConv2dNativeBackpropInput": by_input(depthwise),
    "DepthwiseConv2dNativeBackpropFilter": by_filter(depthwise),
    "MaxPool": max_pool, "MaxPoolGrad": max_pool_grad, "MaxPoolGradGrad": max_pool_grad_grad,
    "MaxPool3D": max_pool, "MaxPool3DGrad": max_pool_grad, "MaxPool3DGradGrad": max_pool_grad_grad,
    "AvgPool": avg_pool, "AvgPoolGrad": avg_pool_grad, "AvgPool3D": avg_pool, "AvgPool3DGrad": avg_pool_grad,
}
