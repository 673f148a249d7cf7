# SPDX-License-Identifier: MIT
"""Pictures made larger and smaller."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor, name_scope
from . import array_ops, math_ops

_ops = _lockstep.ops


class ResizeMethod:
    """Names of the ways to resize."""

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    AREA = "area"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


class ResizeMethodV1:
    """Version 1's numbers of the ways to resize."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, AREA = range(4)


_KERNELS = {"lanczos3": "lanczos3", "lanczos5": "lanczos5", "gaussian": "gaussian", "mitchellcubic": "mitchellcubic"}
_KERNELS_OF_ANTIALIASED = {"bilinear": "triangle", "bicubic": "keyscubic"}
_OPS = {"bilinear": "ResizeBilinear", "nearest": "ResizeNearestNeighbor", "bicubic": "ResizeBicubic"}


# ---- sizes ----

def _four_axes(images):
    """Images as a batch, and whether they were none."""
    images = convert_to_tensor(images)
    rank = images.shape.rank
    if rank is None:
        raise ValueError("'images' contains no shape.")
    if rank not in (3, 4):
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    return (images, False) if rank == 4 else (array_ops.expand_dims(images, 0), True)


def _out(images, alone: bool):
    return array_ops.squeeze(images, [0]) if alone else images


def _sizes_of(images) -> tuple:
    """Height and width of a batch, as integers where they are known."""
    known = images.shape.as_list()[1:3]
    return tuple(array_ops.shape(images)[i + 1] if n is None else n for i, n in enumerate(known))


def _new_size(size):
    size = math_ops.cast(convert_to_tensor(size, None if is_tensor(size) else dtypes.int32), dtypes.int32)
    if size.shape.rank is not None and (size.shape.rank != 1 or size.shape[0] not in (2, None)):
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
    return size


def _in_proportion(images, size):
    """The largest size not above this one with the images' proportion."""
    old = math_ops.cast(array_ops.stack(list(_sizes_of(images))), dtypes.float64)
    scale = math_ops.reduce_min(math_ops.cast(size, dtypes.float64) / old)
    return math_ops.cast(math_ops.round(scale * old), dtypes.int32)


# ---- resizing ----

def _by_kernel(images, size, kernel, antialias):
    scale = math_ops.cast(size, dtypes.float32) / math_ops.cast(array_ops.shape(images)[1:3], dtypes.float32)
    return _ops["ScaleAndTranslate"](images, size, scale, array_ops.zeros([2]), kernel_type=kernel, antialias=antialias)


def _resized(images, size, method, antialias):
    kernel = _KERNELS.get(method) or (antialias and _KERNELS_OF_ANTIALIASED.get(method))
    if kernel:
        return _by_kernel(images, size, kernel, antialias)
    if method == "area":
        return _ops["ResizeArea"](images, size)
    if method in _OPS:
        return _ops[_OPS[method]](images, size, half_pixel_centers=True)
    raise ValueError(f"Resize method is not implemented: {method}")


def resize(images, size, method=ResizeMethod.BILINEAR, preserve_aspect_ratio=False, antialias=False, name=None):
    """Images of that height and width; in float32, but for the nearest neighbours."""
    with name_scope(name or "resize"):
        images, alone = _four_axes(images)
        size = _new_size(size)
        if preserve_aspect_ratio:
            size = _in_proportion(images, size)
        return _out(_resized(images, size, method, antialias), alone)


def resize_v1(images, size, method=ResizeMethodV1.BILINEAR, align_corners=False, preserve_aspect_ratio=False, name=None):
    """Version 1's resizing, in which the first pixels' corners coincide; images of that size already are left as they are."""
    with name_scope(name or "resize"):
        images, alone = _four_axes(images)
        size = _new_size(size)
        if preserve_aspect_ratio:
            size = _in_proportion(images, size)
        known = _lockstep.constant_value(size)
        if known is not None and known.numpy().tolist() == images.shape.as_list()[1:3]:
            return _out(images, alone)
        names = {0: "ResizeBilinear", 1: "ResizeNearestNeighbor", 2: "ResizeBicubic", 3: "ResizeArea",
                 "area": "ResizeArea", **_OPS}
        if method not in names:
            raise ValueError(f"Resize method is not implemented: {method}")
        return _out(_ops[names[method]](images, size, align_corners=align_corners), alone)


# ---- with zeros around ----

def _with_pad(image, target_height, target_width, resizer):
    images, alone = _four_axes(image)
    for what, target in (("height", target_height), ("width", target_width)):
        if isinstance(target, int) and target <= 0:
            raise ValueError(f"target_{what} must be > 0.")
    old = math_ops.cast(array_ops.stack(list(_sizes_of(images))), dtypes.float64)
    target = array_ops.stack([target_height, target_width])
    new = old / math_ops.reduce_max(old / math_ops.cast(target, dtypes.float64))
    before = math_ops.cast(math_ops.floor((math_ops.cast(target, dtypes.float64) - new) / 2), dtypes.int32)
    before = math_ops.maximum(before, 0)
    resized = resizer(images, math_ops.cast(math_ops.floor(new), dtypes.int32))
    after = math_ops.cast(target, dtypes.int32) - before - array_ops.shape(resized)[1:3]
    paddings = array_ops.pad(array_ops.stack([before, after], 1), [[1, 1], [0, 0]])
    padded = array_ops.pad(resized, paddings)
    padded.set_shape([images.shape[0], *(n if isinstance(n, int) else None for n in (target_height, target_width)), images.shape[3]])
    return _out(padded, alone)


def resize_with_pad(image, target_height, target_width, method=ResizeMethod.BILINEAR, antialias=False):
    """The image resized in proportion, and zeros around it up to the target's size."""
    return _with_pad(image, target_height, target_width, lambda x, size: resize(x, size, method, antialias=antialias))


def resize_with_pad_v1(image, target_height, target_width, method=ResizeMethodV1.BILINEAR, align_corners=False):
    return _with_pad(image, target_height, target_width, lambda x, size: resize_v1(x, size, method, align_corners))
