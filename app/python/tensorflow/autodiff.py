# SPDX-License-Identifier: MIT
"""tf.autodiff"""
from .eager.backprop import GradientTape  # noqa: F401
from .eager.forwardprop import ForwardAccumulator  # noqa: F401
