# SPDX-License-Identifier: MIT
"""TFRecord files: records with their length and checksums before and behind them."""
from __future__ import annotations

import gzip
import os
import zlib

import _lockstep

from .framework.errors import DataLossError, NotFoundError


class TFRecordOptions:
    """How the file is compressed: "", "GZIP" or "ZLIB"."""

    def __init__(self, compression_type=None, flush_mode=None, input_buffer_size=None, output_buffer_size=None,
                 window_bits=None, compression_level=None, compression_method=None, mem_level=None,
                 compression_strategy=None):
        self.compression_type = compression_type or ""
        if self.compression_type not in ("", "GZIP", "ZLIB"):
            raise ValueError(f"Not a valid compression_type: {compression_type!r}")
        self.compression_level = compression_level


class TFRecordWriter:
    """Writes records to a file."""

    def __init__(self, path, options=None):
        kind = options if isinstance(options, str) else options.compression_type if options else ""
        self._kind, self._parts = kind, []
        self._file = open(os.fspath(path), "wb")
        self._to = gzip.GzipFile(fileobj=self._file, mode="wb", mtime=0) if kind == "GZIP" else self._file
        self._deflate = zlib.compressobj() if kind == "ZLIB" else None

    def write(self, record) -> None:
        record = record.numpy() if hasattr(record, "numpy") else record
        if isinstance(record, str):
            record = record.encode()
        frame = _lockstep.record_frame(record)
        self._to.write(self._deflate.compress(frame) if self._deflate else frame)

    def flush(self) -> None:
        self._to.flush()
        self._file.flush()

    def close(self) -> None:
        if self._deflate:
            self._file.write(self._deflate.flush())
            self._deflate = None
        if self._to is not self._file:
            self._to.close()
        self._file.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *error) -> None:
        self.close()


def tf_record_iterator(path, options=None):
    """The records of a file, as bytes."""
    kind = options if isinstance(options, str) else options.compression_type if options else ""
    try:
        with open(os.fspath(path), "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise NotFoundError(None, None, f"{path}; No such file or directory") from None
    if kind == "GZIP":
        data = gzip.decompress(data)
    elif kind == "ZLIB":
        data = zlib.decompress(data)
    at = 0
    while True:
        record, at = _lockstep.record_next(data, at)
        if record is None:
            break
        yield record
    if at < len(data):
        raise DataLossError(None, None, f"truncated record at {at}")
