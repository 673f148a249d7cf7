# SPDX-License-Identifier: MIT
"""Modules that are imported when they are first used."""
from __future__ import annotations

import importlib
import sys
from typing import Any


class Lazy:
    """Stands for a module until something in it is asked for."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(importlib.import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value


np: Any = Lazy("numpy")
inspect: Any = Lazy("inspect")
autograph: Any = Lazy("tensorflow.autograph.convert")
causes: Any = Lazy("tensorflow.eager.causes")
retraces: Any = Lazy("tensorflow.eager.retraces")


def is_array(value: Any) -> bool:
    """Is it NumPy's? Before NumPy was imported, nothing is, and then it is not imported to say so."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic))
