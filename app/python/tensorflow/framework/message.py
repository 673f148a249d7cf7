# SPDX-License-Identifier: MIT
"""Protobuf messages with protobuf's Python face: fields as attributes, to and from bytes, and as text."""
from __future__ import annotations

import functools
import struct
from typing import Any

import _lockstep

_ZERO = {"int": 0, "enum": 0, "float": 0.0, "double": 0.0, "bool": False, "str": "", "bytes": b""}


class _Field:
    """What a field holds."""

    def __init__(self, repeated, in_oneof, kind, detail):
        self.repeated, self.in_oneof, self.kind, self.detail = bool(repeated), bool(in_oneof), kind, detail

    @functools.cached_property
    def message(self) -> type[Message]:
        return message_class(self.detail)

    @functools.cached_property
    def is_map(self) -> bool:
        return self.repeated and self.kind == "message" and self.detail.endswith(("Entry", "Field"))

    def empty(self):
        if self.is_map:
            return Map(self.message._schema()["value"])
        if self.repeated:
            return Repeated(self)
        return self.message() if self.kind == "message" else _ZERO[self.kind]

    def take(self, value):
        """A value as the field keeps it."""
        if self.is_map:
            made = self.empty()
            zero = self.message._schema()["key"].empty()
            items = value.items() if isinstance(value, dict) else ((entry.get("key", zero), entry.get("value")) for entry in value)
            for key, item in items:
                made[key] = made.field.empty() if item is None else item
            return made
        if self.repeated:
            made = Repeated(self)
            made.extend(value)
            return made
        return self.take_one(value)

    def take_one(self, value):
        if self.kind == "float":
            return struct.unpack("f", struct.pack("f", value))[0]
        if self.kind != "message":
            return value
        made = value if isinstance(value, self.message) else self.message(**value)
        made._touched = True
        return made


class Repeated(list):
    """The values of a repeated field."""

    def __init__(self, field: _Field):
        super().__init__()
        self._field = field

    def add(self, **fields):
        """A new message at the end."""
        self.append(fields)
        return self[-1]

    def append(self, value) -> None:
        super().append(self._field.take_one(value))

    def extend(self, values) -> None:
        for value in values:
            self.append(value)

    MergeFrom = extend

    def __iadd__(self, values):
        self.extend(values)
        return self


class Map(dict):
    """A map field; messages are made when they are first asked for."""

    def __init__(self, field: _Field):
        super().__init__()
        self.field = field

    def __missing__(self, key):
        self[key] = self.field.empty()
        return self[key]

    def __setitem__(self, key, value):
        super().__setitem__(key, self.field.take_one(value))


class Message:
    """A message; its subclasses are made from the descriptors."""

    _name = ""

    def __init__(self, **fields):
        object.__setattr__(self, "_values", {})
        object.__setattr__(self, "_touched", bool(fields))
        for name, value in fields.items():
            if value is not None:
                setattr(self, name, value)

    @classmethod
    @functools.lru_cache(None)
    def _schema(cls) -> dict[str, _Field]:
        return {name: _Field(*row) for name, row in _lockstep.message_schema(cls._name).items()}

    def __getattr__(self, name: str) -> Any:
        field = type(self)._schema().get(name)
        if field is None:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        if name in self._values:
            return self._values[name]
        value = field.empty()
        if field.repeated or field.kind == "message":
            self._values[name] = value
        return value

    def __setattr__(self, name: str, value) -> None:
        if name == "_touched":
            object.__setattr__(self, name, value)
            return
        field = type(self)._schema().get(name)
        if field is None:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        if field.in_oneof:
            for other in [n for n in self._values if n != name and type(self)._schema()[n].in_oneof]:
                del self._values[other]
        self._values[name] = field.take(value)
        self._touched = True

    def _is_set(self, name: str) -> bool:
        value = self._values.get(name)
        if isinstance(value, Message):
            return value._touched or any(value._is_set(n) for n in value._values)
        if name in self._values and type(self)._schema()[name].in_oneof:
            return True
        return bool(value)

    def HasField(self, name: str) -> bool:  # noqa: N802
        return self._is_set(name)

    def WhichOneof(self, name: str):  # noqa: N802
        return next((n for n in self._values if type(self)._schema()[n].in_oneof and self._is_set(n)), None)

    def ClearField(self, name: str) -> None:  # noqa: N802
        self._values.pop(name, None)

    def SetInParent(self) -> None:  # noqa: N802
        self._touched = True

    def ListFields(self) -> list:  # noqa: N802
        return [(name, self._values[name]) for name in type(self)._schema() if self._is_set(name)]

    def CopyFrom(self, other: Message) -> None:  # noqa: N802
        self.ParseFromString(other.SerializeToString())

    def plain(self) -> dict:
        """As dicts and lists."""
        return {name: _plain(value) for name, value in self.ListFields()}

    def SerializeToString(self, deterministic=None) -> bytes:  # noqa: N802
        return _lockstep.message_pack(self._name, self.plain())

    SerializePartialToString = SerializeToString

    def ByteSize(self) -> int:  # noqa: N802
        return len(self.SerializeToString())

    def ParseFromString(self, data: bytes) -> int:  # noqa: N802
        self._values.clear()
        for name, value in _lockstep.message_unpack(self._name, bytes(data)).items():
            self._values[name] = type(self)._schema()[name].take(value)
        self._touched = True
        return len(data)

    @classmethod
    def FromString(cls, data: bytes) -> Message:  # noqa: N802
        made = cls()
        made.ParseFromString(data)
        return made

    def __eq__(self, other) -> bool:
        return isinstance(other, Message) and self._name == other._name and self.plain() == other.plain()

    __hash__ = None

    def __str__(self) -> str:
        from .message_text import text_of
        return text_of(self)

    __repr__ = __str__


def _plain(value):
    if isinstance(value, Message):
        return value.plain()
    if isinstance(value, Map):
        return [{"key": key, "value": _plain(item)} for key, item in sorted(value.items())]
    return [_plain(item) for item in value] if isinstance(value, list) else value


@functools.lru_cache(None)
def message_class(name: str) -> type[Message]:
    """The class of "GraphDef", "AttrValue.ListValue", …"""
    _lockstep.message_schema(name)
    return type(name.rpartition(".")[2], (Message,), {"_name": name, "__module__": "tensorflow"})
