# SPDX-License-Identifier: MIT
"""What a session gives for a RaggedTensor: the same as arrays."""
from __future__ import annotations

import numpy as np


class RaggedTensorValue:
    """Row i is values[row_splits[i] : row_splits[i + 1]]; values are an array, or ragged themselves."""

    def __init__(self, values, row_splits):
        if not isinstance(row_splits, np.ndarray) or row_splits.dtype not in (np.int64, np.int32):
            raise TypeError("row_splits must be a 1-D int32 or int64 numpy array")
        if not isinstance(values, (np.ndarray, RaggedTensorValue)):
            raise TypeError(f"values must be a numpy array or a RaggedTensorValue, got {values}")
        self._values, self._row_splits = values, row_splits

    values = property(lambda self: self._values)
    row_splits = property(lambda self: self._row_splits)
    dtype = property(lambda self: self._values.dtype)

    @property
    def flat_values(self):
        return self._values.flat_values if isinstance(self._values, RaggedTensorValue) else self._values

    @property
    def nested_row_splits(self) -> tuple:
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensorValue) else ()
        return (self._row_splits, *inner)

    @property
    def ragged_rank(self) -> int:
        return len(self.nested_row_splits)

    @property
    def shape(self) -> tuple:
        return (len(self._row_splits) - 1, None, *self._values.shape[1:])

    def to_list(self) -> list:
        rows = self._values.to_list() if isinstance(self._values, RaggedTensorValue) else self._values.tolist()
        return [rows[begin:end] for begin, end in zip(self._row_splits[:-1], self._row_splits[1:])]

    def __repr__(self) -> str:
        return f"tf.RaggedTensorValue(values={self._values!r}, row_splits={self._row_splits!r})"

    def __str__(self) -> str:
        return f"<tf.RaggedTensorValue {self.to_list()}>"
