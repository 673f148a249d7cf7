# SPDX-License-Identifier: MIT
"""tf.image: what can be said of pictures [batch, height, width, channels], or without the batch."""
from __future__ import annotations

import _lockstep

from .framework import dtypes
from .framework.ops import convert_to_tensor
from .ops import array_ops, math_ops
from .ops.box_ops import (crop_and_resize, extract_patches, non_max_suppression, non_max_suppression_padded,  # noqa: F401
                          non_max_suppression_with_scores)
from .ops.colour_ops import (  # noqa: F401
    adjust_gamma, adjust_hue, adjust_saturation, hsv_to_rgb, image_gradients, psnr, random_brightness, random_contrast, random_hue,
    random_saturation, rgb_to_hsv, rgb_to_yiq, rgb_to_yuv, sobel_edges, stateless_random_brightness, stateless_random_contrast,
    stateless_random_hue, stateless_random_saturation, total_variation, yiq_to_rgb, yuv_to_rgb)
from .ops.frame_ops import (  # noqa: F401
    central_crop, crop_to_bounding_box, pad_to_bounding_box, random_crop, random_flip_left_right, random_flip_up_down,
    resize_with_crop_or_pad, rot90, stateless_random_crop, stateless_random_flip_left_right, stateless_random_flip_up_down,
    transpose)
from .ops.resize_ops import ResizeMethod, resize, resize_with_pad  # noqa: F401

_ops = _lockstep.ops


def convert_image_dtype(image, dtype, saturate=False, name=None):
    """image in another dtype: floats are from 0 to 1, integers from 0 to their largest."""
    image, dtype = convert_to_tensor(image), dtypes.as_dtype(dtype)
    if image.dtype == dtype:
        return array_ops.identity(image)
    if image.dtype.is_integer and dtype.is_integer:
        factor = (dtype.max + 1) // (image.dtype.max + 1)
        if factor:
            return math_ops.cast(image, dtype) * factor
        return math_ops.cast(image // ((image.dtype.max + 1) // (dtype.max + 1)), dtype)
    if image.dtype.is_floating and dtype.is_floating:
        return math_ops.cast(image, dtype)
    if image.dtype.is_integer:
        return math_ops.cast(image, dtype) * (1.0 / image.dtype.max)
    scaled = image * (dtype.max + 0.5)
    if saturate:
        scaled = math_ops.minimum(math_ops.maximum(scaled, float(dtype.min)), float(dtype.max))
    return math_ops.cast(scaled, dtype)


def _in_floats(images, adjust):
    """adjust of the images as floats, in their own dtype again."""
    images = convert_to_tensor(images)
    if images.dtype in (dtypes.float16, dtypes.float32):
        return adjust(images)
    return convert_image_dtype(adjust(convert_image_dtype(images, dtypes.float32)), images.dtype, saturate=True)


def adjust_contrast(images, contrast_factor):
    """(x − mean) · contrast_factor + mean, the mean being that of the image's channel."""
    factor = convert_to_tensor(contrast_factor, dtypes.float32)
    return _in_floats(images, lambda x: _ops["AdjustContrastv2"](x, factor))


def adjust_brightness(image, delta):
    """image + delta, delta being of the range from 0 to 1."""
    return _in_floats(image, lambda x: x + math_ops.cast(convert_to_tensor(delta), x.dtype))


def flip_left_right(image):
    image = convert_to_tensor(image)
    return array_ops.reverse(image, [image.shape.rank - 2])


def flip_up_down(image):
    image = convert_to_tensor(image)
    return array_ops.reverse(image, [image.shape.rank - 3])


def per_image_standardization(image):
    """Each image with mean 0 and variance 1; of even ones the deviation is taken for 1 / √(number of elements)."""
    image = math_ops.cast(convert_to_tensor(image), dtypes.float32) if not convert_to_tensor(image).dtype.is_floating \
        else convert_to_tensor(image)
    axes = [-1, -2, -3]
    n = math_ops.cast(math_ops.reduce_prod(array_ops.shape(image)[-3:]), image.dtype)
    mean = math_ops.reduce_mean(image, axis=axes, keepdims=True)
    deviation = math_ops.sqrt(math_ops.reduce_mean(math_ops.square(image - mean), axis=axes, keepdims=True))
    return (image - mean) / math_ops.maximum(deviation, 1.0 / math_ops.sqrt(n))


def rgb_to_grayscale(images, name=None):
    """0.2989 · red + 0.587 · green + 0.114 · blue"""
    images = convert_to_tensor(images)
    floats = convert_image_dtype(images, dtypes.float32)
    grey = math_ops.reduce_sum(floats * [0.2989, 0.587, 0.114], axis=-1, keepdims=True)
    return convert_image_dtype(grey, images.dtype)


def grayscale_to_rgb(images, name=None):
    images = convert_to_tensor(images)
    return array_ops.tile(images, [1] * (images.shape.rank - 1) + [3])
