# SPDX-License-Identifier: MIT
"""Colours and light of images [..., height, width, channels], and the same by chance."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from . import array_ops, math_ops, random_ops, stateless_random_ops
from .convolution_ops import depthwise_conv2d

_ops = _lockstep.ops


def _image_module():
    from .. import image
    return image


def rgb_to_hsv(images, name=None):
    """Hue, saturation and value of red, green and blue, all within 0 and 1."""
    return _ops["RGBToHSV"](images, name=name)


def hsv_to_rgb(images, name=None):
    return _ops["HSVToRGB"](images, name=name)


def _mixed(images, matrix):
    images = convert_to_tensor(images)
    return math_ops.tensordot(images, convert_to_tensor(matrix, images.dtype), [[images.shape.rank - 1], [0]])


_YIQ = [[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]]
_FROM_YIQ = [[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]]
_YUV = [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
_FROM_YUV = [[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]


def rgb_to_yiq(images):
    return _mixed(images, _YIQ)


def yiq_to_rgb(images):
    return _mixed(images, _FROM_YIQ)


def rgb_to_yuv(images):
    return _mixed(images, _YUV)


def yuv_to_rgb(images):
    return _mixed(images, _FROM_YUV)


def adjust_gamma(image, gamma=1, gain=1):
    """gain · imageᵞ, of images from 0 to 1."""
    known = _lockstep.constant_value(convert_to_tensor(gamma))
    if known is not None and known.numpy() < 0:
        raise ValueError("Gamma should be a non-negative real number.")
    return _image_module()._in_floats(image, lambda x: gain * x ** math_ops.cast(gamma, x.dtype))


def adjust_hue(image, delta, name=None):
    """The hue turned by delta of a circle, from -1 to 1."""
    return _image_module()._in_floats(image, lambda x: _ops["AdjustHue"](x, convert_to_tensor(delta, dtypes.float32)))


def adjust_saturation(image, saturation_factor, name=None):
    """The saturation times the factor."""
    return _image_module()._in_floats(
        image, lambda x: _ops["AdjustSaturation"](x, convert_to_tensor(saturation_factor, dtypes.float32)))


# ---- by chance ----

def _drawn(low, high, seed, stateless: bool):
    if stateless:
        return stateless_random_ops.stateless_random_uniform([], seed, low, high)
    return random_ops.random_uniform([], low, high, seed=seed)


def _check_delta(delta, most=None) -> None:
    if delta < 0 or (most is not None and delta > most):
        raise ValueError("max_delta must be non-negative." if delta < 0 else f"max_delta must be <= {most}.")


def _check_bounds(lower, upper) -> None:
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")


def random_brightness(image, max_delta, seed=None):
    _check_delta(max_delta)
    return _image_module().adjust_brightness(image, _drawn(-max_delta, max_delta, seed, False))


def stateless_random_brightness(image, max_delta, seed):
    _check_delta(max_delta)
    return _image_module().adjust_brightness(image, _drawn(-max_delta, max_delta, seed, True))


def random_contrast(image, lower, upper, seed=None):
    _check_bounds(lower, upper)
    return _image_module().adjust_contrast(image, _drawn(lower, upper, seed, False))


def stateless_random_contrast(image, lower, upper, seed):
    _check_bounds(lower, upper)
    return _image_module().adjust_contrast(image, _drawn(lower, upper, seed, True))


def random_hue(image, max_delta, seed=None):
    _check_delta(max_delta, 0.5)
    return adjust_hue(image, _drawn(-max_delta, max_delta, seed, False))


def stateless_random_hue(image, max_delta, seed):
    _check_delta(max_delta, 0.5)
    return adjust_hue(image, _drawn(-max_delta, max_delta, seed, True))


def random_saturation(image, lower, upper, seed=None):
    _check_bounds(lower, upper)
    return adjust_saturation(image, _drawn(lower, upper, seed, False))


def stateless_random_saturation(image, lower, upper, seed=None):
    _check_bounds(lower, upper)
    return adjust_saturation(image, _drawn(lower, upper, seed, True))


# ---- edges and likeness ----

def image_gradients(image):
    """The differences to the next row and the next column; 0 at the last ones."""
    image = convert_to_tensor(image)
    if image.shape.rank != 4:
        raise ValueError(f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.shape}.")
    rows, columns = image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1]
    return (array_ops.pad(rows, [[0, 0], [0, 1], [0, 0], [0, 0]]), array_ops.pad(columns, [[0, 0], [0, 0], [0, 1], [0, 0]]))


def sobel_edges(image):
    """Sobel's filters over rows and columns: [..., 2] of images [batch, height, width, channels]."""
    image = convert_to_tensor(image)
    down = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]
    filters = convert_to_tensor([[[down[i][k], down[k][i]] for k in range(3)] for i in range(3)], image.dtype)
    filters = array_ops.tile(array_ops.expand_dims(filters, 2), [1, 1, image.shape[-1], 1])
    framed = array_ops.pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    found = depthwise_conv2d(framed, filters, [1, 1, 1, 1], "VALID")
    return array_ops.reshape(found, array_ops.concat([array_ops.shape(image), [2]], 0))


def total_variation(images, name=None):
    """The sum of the absolute differences of neighbours, of each image."""
    images = convert_to_tensor(images)
    if images.shape.rank not in (3, 4):
        raise ValueError("'images' must be either 3 or 4-dimensional.")
    axes = [-3, -2, -1]
    rows, columns = images[..., 1:, :, :] - images[..., :-1, :, :], images[..., 1:, :] - images[..., :-1, :]
    return math_ops.reduce_sum(math_ops.abs(rows), axes) + math_ops.reduce_sum(math_ops.abs(columns), axes)


def psnr(a, b, max_val, name=None):
    """The peak signal-to-noise ratio in decibels, of each image."""
    image = _image_module()
    peak = image.convert_image_dtype(math_ops.cast(max_val, convert_to_tensor(a).dtype), dtypes.float32)
    a, b = image.convert_image_dtype(a, dtypes.float32), image.convert_image_dtype(b, dtypes.float32)
    error = math_ops.reduce_mean(math_ops.squared_difference(a, b), [-3, -2, -1])
    return 20 * math_ops.log(peak) / math_ops.log(10.0) - (10 / math_ops.log(10.0)) * math_ops.log(error)
