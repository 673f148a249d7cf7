# SPDX-License-Identifier: MIT
"""tf.quantization: what quantized arithmetic would make of floats."""
from __future__ import annotations

import _lockstep

from .framework.ops import convert_to_tensor

_ops = _lockstep.ops


def fake_quant_with_min_max_args(inputs, min=-6, max=6, num_bits=8, narrow_range=False, name=None):  # noqa: A002
    return _ops["FakeQuantWithMinMaxArgs"](inputs, min, max, num_bits, narrow_range, name)


def fake_quant_with_min_max_args_gradient(gradients, inputs, min=-6, max=6, num_bits=8, narrow_range=False,  # noqa: A002
                                          name=None):
    return _ops["FakeQuantWithMinMaxArgsGradient"](gradients, inputs, min, max, num_bits, narrow_range, name)


def fake_quant_with_min_max_vars(inputs, min, max, num_bits=8, narrow_range=False, name=None):  # noqa: A002
    return _ops["FakeQuantWithMinMaxVars"](inputs, min, max, num_bits, narrow_range, name)


def fake_quant_with_min_max_vars_gradient(gradients, inputs, min, max, num_bits=8, narrow_range=False, name=None):  # noqa: A002
    return _ops["FakeQuantWithMinMaxVarsGradient"](gradients, inputs, min, max, num_bits, narrow_range, name)


def fake_quant_with_min_max_vars_per_channel(inputs, min, max, num_bits=8, narrow_range=False, name=None):  # noqa: A002
    return _ops["FakeQuantWithMinMaxVarsPerChannel"](inputs, min, max, num_bits, narrow_range, name)


def fake_quant_with_min_max_vars_per_channel_gradient(gradients, inputs, min, max, num_bits=8,  # noqa: A002
                                                      narrow_range=False, name=None):
    return _ops["FakeQuantWithMinMaxVarsPerChannelGradient"](gradients, inputs, min, max, num_bits, narrow_range, name)


def quantize_and_dequantize_v2(input, input_min, input_max, signed_input=True, num_bits=8, range_given=False,  # noqa: A002
                               round_mode="HALF_TO_EVEN", name=None, narrow_range=False, axis=None):
    """input rounded to integers of num_bits that the range is spread over, and back."""
    x = convert_to_tensor(input)
    axis = -1 if axis is None else axis + x.shape.rank if axis < 0 else axis
    return _ops["QuantizeAndDequantizeV4"](x, convert_to_tensor(input_min, x.dtype), convert_to_tensor(input_max, x.dtype),
                                           signed_input=signed_input, num_bits=num_bits, range_given=range_given,
                                           round_mode=round_mode, narrow_range=narrow_range, axis=axis, name=name)


quantize_and_dequantize = quantize_and_dequantize_v2
