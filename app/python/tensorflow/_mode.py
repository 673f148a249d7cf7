# SPDX-License-Identifier: MIT
"""Which version of the API a program gets, and how its errors are shown."""
from __future__ import annotations

import os
import re
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep


def is_version_1() -> bool:
    """LOCKSTEP_TF1=1, or `# lockstep: tf1` in the program's first five lines."""
    if os.environ.get("LOCKSTEP_TF1") == "1":
        return True
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        with open(path, encoding="utf-8", errors="replace") as program:
            first = [next(program, "") for _ in range(5)]
    except (OSError, TypeError):
        return False
    return any(re.match(r"\s*#\s*lockstep:\s*tf1\b", line) for line in first)


def become_version_1(module) -> None:
    """Puts the version 1 names in place of the version 2 ones; ops go to a default graph from here on."""
    from .compat import v1
    v1.disable_v2_behavior()
    v1.disable_resource_variables()
    for name in v1.__all__:
        setattr(module, name, getattr(v1, name))
    later = module.__getattr__

    def find(name: str):
        """What is imported when it is asked for: version 1's, or what both have."""
        if name in v1.names.MODULES or name in v1.names.WHERE:
            found = v1.names.find(name)
            setattr(module, name, found)            # importing it may have put version 2's there
            return found
        return later(name)
    module.__getattr__ = find
    for name in ("gfile", "sparse"):                # which are imported already
        find(name)


def explain(name: str) -> None:
    """Raises for a version 1 name in a version 2 program."""
    from . import math
    from .compat import v1
    if name in v1.__all__ or (name in ("layers", "keras", "gfile")):
        moved = f"tf.math.{name}, " if hasattr(math, name) else ""
        raise AttributeError(
            f"module 'tensorflow' has no attribute {name!r}: tf.{name} is a TensorFlow 1 name and this is a "
            f"TensorFlow 2 program. Use {moved}tf.compat.v1.{name}, or run it as a TensorFlow 1 program: "
            "`lockstep --tf1 PROGRAM`, or `# lockstep: tf1` in its first five lines")
    if hasattr(math, name):
        raise AttributeError(f"module 'tensorflow' has no attribute {name!r}. Did you mean: tf.math.{name}?")


def filter_tracebacks() -> None:
    """Uncaught errors end at the program's own line: the frames of this package are left out."""
    show = sys.excepthook

    def hook(kind, error, traceback):
        link = error
        while link is not None and link.__traceback__ is not None:
            link.__traceback__ = without_own_frames(link.__traceback__)
            link = link.__cause__ or link.__context__
        show(kind, error, error.__traceback__ if error is not None else traceback)
    hook.__wrapped__ = show
    sys.excepthook = hook


def without_own_frames(traceback):
    """The traceback without this package's frames, or as it is when there are no others."""
    import types
    frames = []
    entry = traceback
    while entry is not None:
        code = entry.tb_frame.f_code
        if not code.co_filename.startswith(_FOLDER):
            if frames and code.co_qualname.endswith(".<part>"):
                frames.pop()        # a branch or a loop's body: its line is the function's
            frames.append(entry)
        entry = entry.tb_next
    kept = None
    for entry in reversed(frames):
        kept = types.TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return kept if kept is not None else traceback
