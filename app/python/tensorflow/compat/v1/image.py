# SPDX-License-Identifier: MIT
"""tf.image of version 1"""
import functools as _functools

from ...image import *  # noqa: F401,F403
from ...image import (resize_with_crop_or_pad, resize_with_crop_or_pad as resize_image_with_crop_or_pad)  # noqa: F401
from ...ops.box_ops import crop_and_resize_v1 as crop_and_resize, extract_image_patches_v1 as extract_image_patches  # noqa: F401
from ...ops.resize_ops import (ResizeMethodV1 as ResizeMethod, resize_v1 as resize, resize_v1 as resize_images,  # noqa: F401
                               resize_with_pad_v1 as resize_image_with_pad)
from ...raw_ops import ResizeArea as _area, ResizeBicubic as _bicubic, ResizeBilinear as _bilinear
from ...raw_ops import ResizeNearestNeighbor as _nearest


def _by(op, public: str):
    @_functools.wraps(op)
    def resize_by(images, size, align_corners=False, name=None, half_pixel_centers=False):
        return op(images=images, size=size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name)
    resize_by.__name__ = resize_by.__qualname__ = public
    return resize_by


resize_bilinear, resize_bicubic = _by(_bilinear, "resize_bilinear"), _by(_bicubic, "resize_bicubic")
resize_nearest_neighbor = _by(_nearest, "resize_nearest_neighbor")


def resize_area(images, size, align_corners=False, name=None):
    """Each element the mean of what it covers."""
    return _area(images=images, size=size, align_corners=align_corners, name=name)
