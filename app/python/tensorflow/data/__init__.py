# SPDX-License-Identifier: MIT
"""tf.data"""
from .dataset import AUTOTUNE, Dataset, TextLineDataset  # noqa: F401
from .iteration import DatasetSpec, Iterator, IteratorSpec  # noqa: F401
from .records import TFRecordDataset  # noqa: F401


class Options:
    """Accepted; datasets here need no tuning."""

    def __init__(self):
        self.experimental_deterministic = self.deterministic = True
        self.threading = self.experimental_optimization = self.autotune = type("Section", (), {})()


INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2


class experimental:  # noqa: N801
    """tf.data.experimental"""

    AUTOTUNE = AUTOTUNE
    INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2

    @staticmethod
    def dense_to_ragged_batch(batch_size, drop_remainder=False, row_splits_dtype="int64"):
        return lambda dataset: dataset.ragged_batch(batch_size, drop_remainder, row_splits_dtype)

    @staticmethod
    def cardinality(dataset):
        return dataset.cardinality()
