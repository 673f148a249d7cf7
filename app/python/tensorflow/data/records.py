# SPDX-License-Identifier: MIT
"""tf.data.TFRecordDataset"""
from __future__ import annotations

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from ..framework.tensor_spec import TensorSpec
from ..records import tf_record_iterator
from .dataset import UNKNOWN, Dataset


def _paths(filenames) -> list:
    if isinstance(filenames, Dataset):
        return [name.numpy().decode() for name in filenames]
    if isinstance(filenames, (str, bytes)) or hasattr(filenames, "__fspath__"):
        return [filenames]
    return [p.decode() if isinstance(p, bytes) else p
            for p in convert_to_tensor([str(f) if hasattr(f, "__fspath__") else f for f in filenames]
                                       if isinstance(filenames, (list, tuple)) else filenames).numpy().reshape(-1).tolist()]


class TFRecordDataset(Dataset):
    """The records of files, as strings."""

    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None):
        paths = _paths(filenames)

        def records():
            for path in paths:
                for record in tf_record_iterator(path, compression_type or ""):
                    yield convert_to_tensor(record)
        super().__init__(records, UNKNOWN, TensorSpec((), dtypes.string))
