# SPDX-License-Identifier: MIT
"""Blocks of space, moved into the batch or the depth, and padding."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor
from . import array_ops, math_ops

_ops = _lockstep.ops


def space_to_batch(input, block_shape, paddings, name=None):  # noqa: A002
    """Blocks of space dealt out over the batch."""
    return _ops["SpaceToBatchND"](input, block_shape, paddings, name=name)


space_to_batch_nd = space_to_batch


def batch_to_space(input, block_shape, crops, name=None):  # noqa: A002
    """The batch gathered into blocks of space."""
    if isinstance(block_shape, int):
        block_shape = [block_shape, block_shape]
    return _ops["BatchToSpaceND"](input, block_shape, crops, name=name)


batch_to_space_nd = batch_to_space


def space_to_depth(input, block_size, data_format="NHWC", name=None):  # noqa: A002
    """Blocks of an image as its depth."""
    return _ops["SpaceToDepth"](input, block_size, data_format, name=name)


def depth_to_space(input, block_size, data_format="NHWC", name=None):  # noqa: A002
    """An image's depth as blocks of it."""
    return _ops["DepthToSpace"](input, block_size, data_format, name=name)


def required_space_to_batch_paddings(input_shape, block_shape, base_paddings=None, name=None):
    """The least paddings, from base_paddings on, that blocks divide, and the crops that undo what was added."""
    input_shape, block_shape = (convert_to_tensor(x, dtypes.int32) for x in (input_shape, block_shape))
    if base_paddings is None:
        base_paddings = array_ops.zeros([array_ops.shape(block_shape)[0], 2], dtypes.int32)
    base = convert_to_tensor(base_paddings, dtypes.int32)
    before, after = base[:, 0], base[:, 1]
    whole = input_shape + before + after
    more = math_ops.floormod(block_shape - math_ops.floormod(whole, block_shape), block_shape)
    none = array_ops.zeros_like(more)
    return array_ops.stack([before, after + more], 1), array_ops.stack([none, more], 1)


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    """tensor with more around it: a value, or its mirror image."""
    mode = mode.upper()
    if mode == "CONSTANT":
        if not is_tensor(constant_values) and constant_values in (0, "", False):
            return _ops["Pad"](tensor, paddings, name=name)
        tensor = array_ops._tensor(tensor)
        return _ops["PadV2"](tensor, paddings, convert_to_tensor(constant_values, tensor.dtype), name=name)
    if mode not in ("REFLECT", "SYMMETRIC"):
        raise ValueError("Value of argument `mode` expected to be one of 'CONSTANT', 'REFLECT' or 'SYMMETRIC'. "
                         f"Received `mode` = {mode}")
    return _ops["MirrorPad"](tensor, paddings, mode, name=name)
