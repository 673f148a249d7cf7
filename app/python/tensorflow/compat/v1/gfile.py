# SPDX-License-Identifier: MIT
"""tf.gfile of version 1: the same functions in its spelling."""
from __future__ import annotations

from ... import gfile as _new
from ...gfile import GFile

FastGFile = Open = GFile


def Copy(oldpath, newpath, overwrite=False) -> None:  # noqa: N802
    _new.copy(oldpath, newpath, overwrite)


def DeleteRecursively(dirname) -> None:  # noqa: N802
    _new.rmtree(dirname)


def Exists(filename) -> bool:  # noqa: N802
    return _new.exists(filename)


def Glob(filename) -> list:  # noqa: N802
    patterns = filename if isinstance(filename, (list, tuple)) else [filename]
    return [path for pattern in patterns for path in _new.glob(pattern)]


def IsDirectory(dirname) -> bool:  # noqa: N802
    return _new.isdir(dirname)


def ListDirectory(dirname) -> list:  # noqa: N802
    return _new.listdir(dirname)


def MakeDirs(dirname) -> None:  # noqa: N802
    _new.makedirs(dirname)


def MkDir(dirname) -> None:  # noqa: N802
    _new.mkdir(dirname)


def Remove(filename) -> None:  # noqa: N802
    _new.remove(filename)


def Rename(oldname, newname, overwrite=False) -> None:  # noqa: N802
    _new.rename(oldname, newname, overwrite)


def Stat(filename):  # noqa: N802
    return _new.stat(filename)


def Walk(top, in_order=True):  # noqa: N802
    return _new.walk(top, in_order)
