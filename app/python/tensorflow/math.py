# SPDX-License-Identifier: MIT
"""tf.math"""
from .ops import special_math_ops as special  # noqa: F401
from .ops.math_ops import *  # noqa: F401,F403
from .ops.nn_ops import log_softmax, softmax, softsign, top_k  # noqa: F401
from .ops.array_ops import invert_permutation  # noqa: F401
from .ops.nn_ops import zero_fraction  # noqa: F401
