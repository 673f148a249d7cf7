# SPDX-License-Identifier: MIT
"""tf.experimental"""
from .data.iteration import Optional  # noqa: F401
from .framework.ops import Tensor  # noqa: F401


def __getattr__(name: str):
    if name in ("DynamicRaggedShape", "RowPartition"):
        from .ragged import shape
        return getattr(shape, name)
    raise AttributeError(f"module 'tensorflow.experimental' has no attribute {name!r}")
