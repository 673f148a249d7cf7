# SPDX-License-Identifier: MIT
"""Warns of functions that are traced again so often that tracing is most of what they do."""
from __future__ import annotations

import collections
import weakref
from typing import Any, Callable

from ..framework.logger import get_logger

_CALLS, _TRACES, _WARNINGS = 10, 5, 2
_counters: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()          # by code, since a loop may make functions of it anew


class Counter:
    """Of the traces of a piece of code: how many calls came with each, and until the next."""

    def __init__(self):
        self._calls: collections.deque = collections.deque()
        self._seen: Any = None
        self._counted = self._warnings = 0

    def traced(self, function, cause: Callable) -> None:
        """In a call of the function. cause (): what tells its arguments from those of before, None in its first trace."""
        same = self._seen is not None and self._seen() is function
        if self._calls and same:
            self._calls[-1] += max(function.n_calls - self._counted - 1, 0)
        self._seen, self._counted = weakref.ref(function), function.n_calls
        self._calls.append(1)
        while sum(self._calls) - self._calls[0] > _CALLS:
            self._calls.popleft()
        if len(self._calls) >= _TRACES and self._warnings < _WARNINGS:
            self._warnings += 1
            self._warn(function, cause())

    def _warn(self, function, cause: str | None) -> None:
        why = cause or "the tf.function, or the object whose method it is, is a new one: make it outside of the loop that calls it"
        get_logger().warning("%d out of the last %d calls to %s triggered tf.function retracing. Tracing is expensive. This time %s. See "
                             "https://www.tensorflow.org/guide/function#controlling_retracing", len(self._calls), sum(self._calls),
                             function.name, why)


def of(function) -> Counter:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return Counter()
    found = _counters.get(code)
    if found is None:
        found = _counters[code] = Counter()
    return found
