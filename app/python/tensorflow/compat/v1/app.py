# SPDX-License-Identifier: MIT
"""tf.app of version 1."""
from __future__ import annotations

import sys

from . import flags  # noqa: F401


def run(main=None, argv=None) -> None:
    """main (what the flags leave of the arguments), and the end of the program."""
    sys.exit((main or sys.modules["__main__"].main)(flags.FLAGS(argv or sys.argv)))
