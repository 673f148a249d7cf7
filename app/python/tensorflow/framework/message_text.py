# SPDX-License-Identifier: MIT
"""Protobuf's text format (.pbtxt): messages as text, and text as messages."""
from __future__ import annotations

import re

from .lazy import np

_ESCAPES = {0x0a: "\\n", 0x0d: "\\r", 0x09: "\\t", 0x22: '\\"', 0x27: "\\'", 0x5c: "\\\\"}
_TOKEN = re.compile(r"""\s*(?:\#[^\n]*\n\s*)*([A-Za-z_][\w.]*|-?(?:inf|nan)\b|[-+]?[\d.][\w.+-]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{}:<>,;\[\]])""")


def text_of(message, indent: str = "") -> str:
    lines = []
    for name, value in message.ListFields():
        field = type(message)._schema()[name]
        if field.is_map:
            for key in sorted(value):
                entry = field.message(key=key, value=value[key])
                lines.append(f"{indent}{name} {{\n{text_of(entry, indent + '  ')}{indent}}}\n")
            continue
        for item in value if field.repeated else [value]:
            if field.kind == "message":
                lines.append(f"{indent}{name} {{\n{text_of(item, indent + '  ')}{indent}}}\n")
            else:
                lines.append(f"{indent}{name}: {_scalar(field, item)}\n")
    return "".join(lines)


def _scalar(field, value) -> str:
    if field.kind == "bytes":
        return '"' + "".join(_byte(b) for b in value) + '"'
    if field.kind == "str":
        return '"' + "".join(_byte(b) for b in value.encode("utf-8", "surrogateescape")) + '"'
    if field.kind == "bool":
        return "true" if value else "false"
    if field.kind == "enum":
        return next((name for name, number in field.detail.items() if number == value), str(value))
    return str(np.float32(value)) if field.kind == "float" else str(value)


def _byte(b: int) -> str:
    return _ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}")


class _Reader:
    """Goes through the words of a text."""

    def __init__(self, text: str):
        self._text, self._at = text, 0
        self.word = ""
        self.next()

    def next(self) -> str:
        """The word before; moves on."""
        before, found = self.word, _TOKEN.match(self._text, self._at)
        if found is None:
            if self._text[self._at:].strip() and not self._text[self._at:].lstrip().startswith("#"):
                self.fail("cannot be read")
            self.word = ""
        else:
            self.word, self._at = found.group(1), found.end()
        return before

    def fail(self, what: str):
        line = self._text.count("\n", 0, self._at) + 1
        raise ValueError(f"{line}: {self.word!r} {what}")

    def skip(self, *words: str) -> bool:
        if self.word in words:
            self.next()
            return True
        return False


def parse(text: str, message):
    """Fills message with what the text says."""
    reader = _Reader(text)
    _fields(reader, message, "")
    return message


def _fields(reader: _Reader, message, end: str) -> None:
    while reader.word != end:
        if not reader.word:
            reader.fail("is missing: " + end)
        name = reader.next()
        field = type(message)._schema().get(name)
        if field is None:
            reader.fail(f"follows {name}, which is no field of {type(message).__name__}")
        reader.skip(":")
        if reader.skip("["):
            while not reader.skip("]"):
                _add(reader, message, name, field)
                reader.skip(",")
        else:
            _add(reader, message, name, field)
        reader.skip(",", ";")


def _add(reader: _Reader, message, name: str, field) -> None:
    if field.kind == "message":
        close = "}" if reader.word == "{" else ">"
        if not reader.skip("{", "<"):
            reader.fail("where { is expected")
        value = field.message()
        value.SetInParent()
        _fields(reader, value, close)
        reader.next()
    else:
        value = _value(reader, field)
    if field.is_map:
        getattr(message, name)[value.key] = value.value
    elif field.repeated:
        getattr(message, name).append(value)
    else:
        setattr(message, name, value)


def _value(reader: _Reader, field):
    word = reader.next()
    if field.kind in ("str", "bytes"):
        data = _unquoted(word)
        while reader.word[:1] in ('"', "'") and reader.word:
            data += _unquoted(reader.next())
        return data if field.kind == "bytes" else data.decode("utf-8", "surrogateescape")
    if field.kind == "bool":
        return word in ("true", "True", "t", "1")
    if field.kind == "enum" and word in field.detail:
        return field.detail[word]
    try:
        return float(word.rstrip("f") if word[:1].isdigit() else word) if field.kind in ("float", "double") else int(word, 0)
    except ValueError:
        reader.fail(f"follows {word!r}, which is no {field.kind}")


def _unquoted(word: str) -> bytes:
    import ast
    return ast.literal_eval("b" + "".join(c if ord(c) < 128 else "".join(f"\\x{b:02x}" for b in c.encode()) for c in word))
