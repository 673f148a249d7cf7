# SPDX-License-Identifier: MIT
"""Tensor bundles: PREFIX.index says by name where in PREFIX.data-00000-of-00001 each tensor lies."""
from __future__ import annotations

import glob
import os

import _lockstep

from ..framework import dtypes
from ..framework.errors import DataLossError, NotFoundError
from ..framework.lazy import np
from ..framework.message import message_class
from ..framework.tensor_proto import of_bytes, raw_bytes, shape_of, shape_proto

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def write(prefix: str, tensors: dict) -> None:
    """tensors: name → tensor, or anything that converts to one."""
    folder = os.path.dirname(os.path.abspath(prefix))
    os.makedirs(folder, exist_ok=True)
    header = message_class("BundleHeaderProto")(num_shards=1, version={"producer": 1})
    rows, offset = [("", header.SerializeToString())], 0
    with open(prefix + ".data-00000-of-00001", "wb") as file:
        for name in sorted(tensors, key=lambda n: n.encode()):
            tensor = tensors[name] if isinstance(tensors[name], _lockstep.EagerTensor) else _lockstep.value(tensors[name], None)
            data, summed = _data_of(tensor)
            file.write(data)
            entry = message_class("BundleEntryProto")(dtype=tensor.dtype.as_datatype_enum, shape=shape_proto(tensor.shape),
                                                      offset=offset, size=len(data), crc32c=_lockstep.crc32c(summed))
            rows.append((name, entry.SerializeToString()))
            offset += len(data)
    with open(prefix + ".index", "wb") as file:
        file.write(_lockstep.table_pack(rows))


def _data_of(tensor) -> tuple[bytes, bytes]:
    """A tensor's bytes in the file, and those that its checksum is of. Texts: their lengths, the checksum of these, they."""
    if tensor.dtype != dtypes.string:
        data = raw_bytes(tensor)
        return data, data
    texts = list(np.asarray(tensor.numpy(), object).reshape(-1))
    lengths = b"".join(_varint(len(t)) for t in texts)
    fixed = b"".join(len(t).to_bytes(4 if len(t) < 2**32 else 8, "little") for t in texts)
    middle = _lockstep.crc32c(fixed).to_bytes(4, "little")
    return lengths + middle + b"".join(texts), fixed + middle + b"".join(texts)


def _varint(n: int) -> bytes:
    found = bytearray()
    while n >= 0x80:
        found.append(n & 0x7f | 0x80)
        n >>= 7
    found.append(n)
    return bytes(found)


def exists(prefix: str) -> bool:
    return os.path.isfile(str(prefix) + ".index")


class Reader:
    """A bundle that is read. Also tf.train.load_checkpoint's result."""

    def __init__(self, prefix):
        self._prefix = os.fspath(prefix)
        if not exists(self._prefix):
            raise NotFoundError(None, None, f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files "
                                f"for {self._prefix}")
        with open(self._prefix + ".index", "rb") as file:
            table = _lockstep.table_unpack(file.read())
        self._shards = message_class("BundleHeaderProto").FromString(table.pop("", b"")).num_shards or 1
        self._entries = {name: message_class("BundleEntryProto").FromString(row) for name, row in table.items()}

    def get_variable_to_shape_map(self) -> dict:
        return {name: shape_of(entry.shape).as_list() for name, entry in self._entries.items()}

    def get_variable_to_dtype_map(self) -> dict:
        return {name: dtypes.as_dtype(entry.dtype) for name, entry in self._entries.items()}

    def has_tensor(self, name: str) -> bool:
        return name in self._entries

    def tensor(self, name: str):
        if name not in self._entries:
            raise NotFoundError(None, None, f"Key {name} not found in checkpoint")
        entry = self._entries[name]
        with open(f"{self._prefix}.data-{entry.shard_id:05d}-of-{self._shards:05d}", "rb") as file:
            file.seek(entry.offset)
            data = file.read(entry.size)
        if len(data) != entry.size:
            raise DataLossError(None, None, f"{self._prefix}: the data of {name} are cut off")
        dtype, shape = dtypes.as_dtype(entry.dtype), shape_of(entry.shape)
        if dtype == dtypes.string:
            return self._texts(name, data, shape)
        if _lockstep.crc32c(data) != entry.crc32c:
            raise DataLossError(None, None, f"Checksum does not match: {name} in {self._prefix}")
        return of_bytes(data, dtype, shape)

    def _texts(self, name: str, data: bytes, shape):
        at, lengths = 0, []
        for _ in range(shape.num_elements()):
            n = shift = 0
            while at < len(data):
                byte = data[at]
                at, n, shift = at + 1, n | (byte & 0x7f) << shift, shift + 7
                if byte < 0x80:
                    break
            lengths.append(n)
        at += 4
        if at + sum(lengths) != len(data):
            raise DataLossError(None, None, f"{self._prefix}: the texts of {name} are damaged")
        texts = np.empty(len(lengths), object)
        for i, n in enumerate(lengths):
            texts[i], at = data[at:at + n], at + n
        return _lockstep.value(texts.reshape(shape.as_list()), dtypes.string)

    def get_tensor(self, name: str):
        return self.tensor(name).numpy()


def remove(prefix: str) -> None:
    for path in [prefix + ".index", *glob.glob(glob.escape(prefix) + ".data-?????-of-?????")]:
        try:
            os.remove(path)
        except FileNotFoundError:
            pass
