# SPDX-License-Identifier: MIT
"""tf.dtypes"""
from .framework.dtypes import *  # noqa: F401,F403
from .ops.array_ops import *  # noqa: F401,F403
from .framework.dtypes import DType, as_dtype  # noqa: F401
from .ops.math_ops import cast, complex, saturate_cast  # noqa: F401,A004
