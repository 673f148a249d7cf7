# SPDX-License-Identifier: MIT
"""tf.io.gfile over the machine's own files."""
from __future__ import annotations

import glob as _glob
import os as _os
import shutil as _shutil

from .framework import errors as _errors


def _path(path) -> str:
    path = path.numpy() if hasattr(path, "numpy") else path
    text = path.decode() if isinstance(path, bytes) else _os.fspath(path)
    return text[len("file://"):] if text.startswith("file://") else text


def _told(function):
    """With TensorFlow's errors for the machine's."""
    def run(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except FileNotFoundError as error:
            raise _errors.NotFoundError(None, None, f"{error.filename}; No such file or directory") from None
        except FileExistsError as error:
            raise _errors.AlreadyExistsError(None, None, f"{error.filename}; File exists") from None
        except PermissionError as error:
            raise _errors.PermissionDeniedError(None, None, f"{error.filename}; Permission denied") from None
        except OSError as error:
            raise _errors.FailedPreconditionError(None, None, f"{error.filename}; {error.strerror}") from None
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    return run


class GFile:
    """A file, as open () gives it; opened when it is first used."""

    def __init__(self, name, mode="r"):
        if not set(mode) <= set("rwa+b"):
            raise _errors.InvalidArgumentError(None, None, f"mode is not 'r' or 'w' or 'r+' or 'w+' or 'a' or 'a+', but {mode}")
        self._name, self._mode, self._file = name, mode, None

    name = property(lambda self: self._name)
    mode = property(lambda self: self._mode)

    @_told
    def _opened(self):
        if self._file is None:
            self._file = open(_path(self._name), self._mode, **({} if "b" in self._mode else {"encoding": "utf-8"}))
        return self._file

    def read(self, n=-1):
        return self._opened().read(n)

    def write(self, file_content):
        self._opened().write(file_content)

    def readline(self):
        return self._opened().readline()

    def readlines(self) -> list:
        return self._opened().readlines()

    def seek(self, offset=None, whence=0, position=None):
        self._opened().seek(position if offset is None else offset, whence)

    def tell(self) -> int:
        return self._opened().tell()

    def size(self) -> int:
        return _os.path.getsize(_path(self._name))

    def seekable(self) -> bool:
        return True

    def flush(self):
        if self._file is not None:
            self._file.flush()

    def close(self):
        if self._file is not None:
            self._file.close()
        self._file = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__


FastGFile = Open = GFile


def exists(path) -> bool:
    return _os.path.exists(_path(path))


def isdir(path) -> bool:
    return _os.path.isdir(_path(path))


@_told
def listdir(path) -> list:
    return _os.listdir(_path(path))


@_told
def makedirs(path) -> None:
    _os.makedirs(_path(path), exist_ok=True)


@_told
def mkdir(path) -> None:
    _os.mkdir(_path(path))


@_told
def remove(path) -> None:
    _os.remove(_path(path))


@_told
def rmtree(path) -> None:
    _shutil.rmtree(_path(path))


@_told
def copy(src, dst, overwrite=False) -> None:
    if not overwrite and exists(dst):
        raise FileExistsError(17, "File exists", _path(dst))
    _shutil.copyfile(_path(src), _path(dst))


@_told
def rename(src, dst, overwrite=False) -> None:
    if not overwrite and exists(dst):
        raise FileExistsError(17, "File exists", _path(dst))
    _os.replace(_path(src), _path(dst))


@_told
def stat(path):
    found = _os.stat(_path(path))

    class FileStatistics:
        length, mtime_nsec, is_directory = found.st_size, found.st_mtime_ns, isdir(path)
    return FileStatistics()


def glob(pattern) -> list:
    patterns = [pattern] if isinstance(pattern, (str, bytes)) or hasattr(pattern, "__fspath__") else pattern
    return [found for p in patterns for found in sorted(_glob.glob(_path(p)))]


def join(path, *paths):
    return _os.path.join(path, *paths)


def walk(top, topdown=True, onerror=None):
    for folder, folders, files in _os.walk(_path(top), topdown, onerror):
        yield folder, folders, files


def get_registered_schemes() -> list:
    return ["", "file"]
