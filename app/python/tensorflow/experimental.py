# SPDX-License-Identifier: MIT
"""tf.experimental"""
from .data.iteration import Optional  # noqa: F401
from .framework.ops import Tensor  # noqa: F401
