# SPDX-License-Identifier: MIT
"""tf.data of version 1: with iterators that sessions run."""
from __future__ import annotations

from ...data import *  # noqa: F401,F403
from ...data import AUTOTUNE, Dataset, Options, TextLineDataset, TFRecordDataset, experimental  # noqa: F401
from .iterators import (Iterator, get_output_classes, get_output_shapes, get_output_types,  # noqa: F401
                        make_initializable_iterator, make_one_shot_iterator)
