# SPDX-License-Identifier: MIT
"""Images [height, width, channels], or several of one size, turned, cut and framed."""
from __future__ import annotations

from ..framework.ops import convert_to_tensor
from . import array_ops, control_flow_ops, math_ops, random_ops, stateless_random_ops


def _batched(image) -> tuple:
    """The image as a batch, and whether it was one."""
    image = convert_to_tensor(image)
    if image.shape.rank not in (3, 4):
        raise ValueError(f"'image' (shape {image.shape}) must have either 3 or 4 dimensions.")
    return (image, True) if image.shape.rank == 4 else (array_ops.expand_dims(image, 0), False)


def _as_it_was(images, was_batch: bool):
    return images if was_batch else array_ops.squeeze(images, [0])


def transpose(image, name=None):
    """Rows and columns changed for each other."""
    images, batch = _batched(image)
    return _as_it_was(array_ops.transpose(images, [0, 2, 1, 3]), batch)


def rot90(image, k=1, name=None):
    """Turned k times by a quarter, against the clock."""
    images, batch = _batched(image)
    quarter = [lambda: images, lambda: array_ops.transpose(array_ops.reverse(images, [2]), [0, 2, 1, 3]),
               lambda: array_ops.reverse(images, [1, 2]),
               lambda: array_ops.reverse(array_ops.transpose(images, [0, 2, 1, 3]), [2])]
    if isinstance(k, int):
        return _as_it_was(quarter[k % 4](), batch)
    return _as_it_was(control_flow_ops.switch_case(math_ops.mod(k, 4), quarter), batch)


def _flipped(image, axis: int, draws):
    images, batch = _batched(image)
    turned = draws(array_ops.shape(images)[:1]) > 0.5 if batch else draws([1]) < 0.5    # TensorFlow has both
    turned = array_ops.reshape(turned, [-1, 1, 1, 1])
    return _as_it_was(array_ops.where(turned, array_ops.reverse(images, [axis]), images), batch)


def random_flip_left_right(image, seed=None):
    """Flipped or not, each with the chance of a half."""
    return _flipped(image, 2, lambda shape: random_ops.random_uniform(shape, seed=seed))


def random_flip_up_down(image, seed=None):
    return _flipped(image, 1, lambda shape: random_ops.random_uniform(shape, seed=seed))


def stateless_random_flip_left_right(image, seed):
    return _flipped(image, 2, lambda shape: stateless_random_ops.stateless_random_uniform(shape, seed))


def stateless_random_flip_up_down(image, seed):
    return _flipped(image, 1, lambda shape: stateless_random_ops.stateless_random_uniform(shape, seed))


def crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """The part of that size whose corner is at the offset."""
    images, batch = _batched(image)
    height, width = images.shape[1], images.shape[2]
    for what, offset, target, size in (("height", offset_height, target_height, height), ("width", offset_width, target_width, width)):
        if isinstance(offset, int) and offset < 0:
            raise ValueError(f"offset_{what} must be >= 0.")
        if isinstance(target, int) and target <= 0:
            raise ValueError(f"target_{what} must be > 0.")
        if isinstance(offset, int) and isinstance(target, int) and size is not None and offset + target > size:
            raise ValueError(f"{what} must be >= target + offset.")
    found = array_ops.slice(images, array_ops.stack([0, offset_height, offset_width, 0]),
                            array_ops.stack([-1, target_height, target_width, -1]))
    return _as_it_was(found, batch)


def pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """The image at the offset in zeros of that size."""
    images, batch = _batched(image)
    height, width = array_ops.shape(images)[1], array_ops.shape(images)[2]
    known = images.shape[1:3].as_list()
    below = target_height - offset_height - (known[0] if known[0] is not None else height)
    right = target_width - offset_width - (known[1] if known[1] is not None else width)
    for what, value in (("offset_height", offset_height), ("offset_width", offset_width)):
        if isinstance(value, int) and value < 0:
            raise ValueError(f"{what} must be >= 0")
    for what, value in (("height", below), ("width", right)):
        if isinstance(value, int) and value < 0:
            raise ValueError(f"{what} must be <= target - offset")
    pads = array_ops.reshape(array_ops.stack([0, 0, offset_height, below, offset_width, right, 0, 0]), [4, 2])
    return _as_it_was(array_ops.pad(images, pads), batch)


def central_crop(image, central_fraction):
    """The middle part, of that fraction of each side."""
    if not 0.0 < central_fraction <= 1.0:
        raise ValueError("central_fraction must be within (0, 1]")
    images, batch = _batched(image)
    if central_fraction == 1.0:
        return convert_to_tensor(image)
    height, width = images.shape[1], images.shape[2]
    if height is None or width is None:
        sizes = array_ops.shape(images)
        begins = [math_ops.cast((math_ops.cast(s, "float64") - math_ops.cast(s, "float64") * central_fraction) / 2, "int32")
                  for s in (sizes[1], sizes[2])]
        spans = [sizes[1] - 2 * begins[0], sizes[2] - 2 * begins[1]]
    else:
        begins = [int((s - s * central_fraction) / 2) for s in (height, width)]
        spans = [height - 2 * begins[0], width - 2 * begins[1]]
    found = array_ops.slice(images, array_ops.stack([0, *begins, 0]), array_ops.stack([-1, *spans, -1]))
    return _as_it_was(found, batch)


def _larger(a, b):
    return max(a, b) if isinstance(a, int) and isinstance(b, int) else math_ops.maximum(a, b)


def _smaller(a, b):
    return min(a, b) if isinstance(a, int) and isinstance(b, int) else math_ops.minimum(a, b)


def resize_with_crop_or_pad(image, target_height, target_width):
    """Cut or framed evenly to that size."""
    images, batch = _batched(image)
    sizes = [array_ops.shape(images)[i + 1] if n is None else n for i, n in enumerate(images.shape.as_list()[1:3])]
    pairs = list(zip((target_height, target_width), sizes))
    cut = crop_to_bounding_box(images, *(_larger((size - target) // 2, 0) for target, size in pairs),
                               *(_smaller(target, size) for target, size in pairs))
    framed = pad_to_bounding_box(cut, *(_larger((target - size) // 2, 0) for target, size in pairs), target_height, target_width)
    known = (n if isinstance(n, int) else None for n in (target_height, target_width))
    framed.set_shape([images.shape[0], *known, images.shape[3]])
    return _as_it_was(framed, batch)


def _random_part(value, size, draw):
    value, size = convert_to_tensor(value), convert_to_tensor(size, "int32")
    limit = array_ops.shape(value) - size + 1
    begin = math_ops.floormod(draw(array_ops.shape(limit), size.dtype.max), limit)
    return array_ops.slice(value, begin, size)


def random_crop(value, size, seed=None, name=None):
    """A part of that size from anywhere."""
    return _random_part(value, size, lambda shape, most: random_ops.random_uniform(shape, maxval=most, dtype="int32", seed=seed))


def stateless_random_crop(value, size, seed, name=None):
    return _random_part(value, size, lambda shape, most: stateless_random_ops.stateless_random_uniform(
        shape, seed, 0, most, "int32"))
