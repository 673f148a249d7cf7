# SPDX-License-Identifier: MIT
"""tf.ragged"""
from . import dispatch  # noqa: F401  gives RaggedTensor its ops
from .factory import (boolean_mask, constant, map_flat_values, range, row_splits_to_segment_ids,  # noqa: F401,A004
                      segment_ids_to_row_splits, stack, stack_dynamic_partitions)
from .ragged_tensor import RaggedTensor, RaggedTensorSpec  # noqa: F401
