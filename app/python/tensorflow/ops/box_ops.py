# SPDX-License-Identifier: MIT
"""Boxes of pictures, and patches."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from . import array_ops, functional_ops, math_ops

_ops = _lockstep.ops


def crop_and_resize(image, boxes, box_indices, crop_size, method="bilinear", extrapolation_value=0.0, name=None):
    """Each box [y1, x1, y2, x2], of sizes from 0 to 1, of image box_indices[i], in crop_size."""
    return _ops["CropAndResize"](image, boxes, box_indices, crop_size, method, extrapolation_value, name)


def crop_and_resize_v1(image, boxes, box_ind=None, crop_size=None, method="bilinear", extrapolation_value=0, name=None,
                       box_indices=None):
    """Version 1's name of the third argument."""
    indices = box_ind if box_indices is None else box_indices
    return crop_and_resize(image, boxes, indices, crop_size, method, extrapolation_value, name)


def extract_patches(images, sizes, strides, rates, padding, name=None):
    """[batch, rows, columns, height · width · channels]: what each window sees."""
    return _ops["ExtractImagePatches"](images, sizes, strides, rates, padding, name)


def extract_image_patches_v1(images, ksizes=None, strides=None, rates=None, padding=None, name=None, sizes=None):
    """Version 1's name of the second argument."""
    return extract_patches(images, ksizes if sizes is None else sizes, strides, rates, padding, name)


def extract_volume_patches(input, ksizes, strides, padding, name=None):  # noqa: A002
    """[batch, planes, rows, columns, depth · height · width · channels]: what each window sees."""
    return _ops["ExtractVolumePatches"](input, ksizes, strides, padding, name)


# ---- suppression ----

def _thresholds(boxes, *values) -> list:
    return [math_ops.cast(v, boxes.dtype) for v in values]


def non_max_suppression(boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), name=None):
    """Where the best boxes are that overlap no better one by more than the threshold, best first."""
    with name_scope(name or "non_max_suppression"):
        boxes = convert_to_tensor(boxes, dtype_hint=dtypes.float32)
        limits = _thresholds(boxes, iou_threshold, score_threshold)
        return _ops["NonMaxSuppressionV3"](boxes, scores, max_output_size, *limits)


def non_max_suppression_with_scores(boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"),
                                    soft_nms_sigma=0.0, name=None):
    """The same, and the scores, which overlaps lower if soft_nms_sigma is positive."""
    with name_scope(name or "non_max_suppression_with_scores"):
        boxes = convert_to_tensor(boxes, dtype_hint=dtypes.float32)
        limits = _thresholds(boxes, iou_threshold, score_threshold, soft_nms_sigma)
        return tuple(_ops["NonMaxSuppressionV5"](boxes, scores, max_output_size, *limits, pad_to_max_output_size=False))[:2]


def non_max_suppression_padded(boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"),
                               pad_to_max_output_size=False, name=None, sorted_input=False, canonicalized_coordinates=False,
                               tile_size=512):
    """The same with zeros after them up to max_output_size, and how many are meant; of a batch of boxes [batch, n, 4] too,
    which is always filled up. The last three arguments are hints, and change nothing."""
    with name_scope(name or "non_max_suppression_padded"):
        boxes = convert_to_tensor(boxes, dtype_hint=dtypes.float32)
        scores = convert_to_tensor(scores, boxes.dtype)
        limits = _thresholds(boxes, iou_threshold, score_threshold)

        def selected(of_one, pad=True):
            return tuple(_ops["NonMaxSuppressionV4"](*of_one, max_output_size, *limits, pad_to_max_output_size=pad))
        if boxes.shape.rank in (2, None):
            return selected((boxes, scores), pad_to_max_output_size)
        outer = array_ops.shape(boxes)[:-2]
        flat = [array_ops.reshape(x, array_ops.concat([[-1], array_ops.shape(x)[-n:]], 0)) for x, n in ((boxes, 2), (scores, 1))]
        indices, counts = functional_ops.map_fn(selected, tuple(flat), dtype=(dtypes.int32, dtypes.int32))
        return (array_ops.reshape(indices, array_ops.concat([outer, array_ops.shape(indices)[1:]], 0)),
                array_ops.reshape(counts, outer))
