# SPDX-License-Identifier: MIT
"""tf.autograph: Python control flow over tensors becomes control flow of the graph."""
from __future__ import annotations

import enum
import inspect

from . import convert as _convert
from . import operators as _operators


def to_graph(entity, recursive=True, experimental_optional_features=None):
    """entity with its control flow rewritten, as a Python function that makes nodes."""
    function = getattr(entity, "python_function", entity)
    made = _convert.converted(function)

    def graph_function(*args, **kwargs):
        with _convert.conversion(recursive, experimental_optional_features):
            return made(*args, **kwargs)
    return graph_function


def to_code(entity, recursive=True, experimental_optional_features=None) -> str:
    """What the function is rewritten to."""
    import ast
    import textwrap

    from . import rewrite
    function = getattr(entity, "python_function", entity)
    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    definition.decorator_list = []
    definition.name = "tf__" + definition.name
    rewrite.convert(definition)
    return ast.unparse(ast.fix_missing_locations(definition))


def set_verbosity(level, alsologtostdout=False) -> None:
    pass


def trace(*args) -> None:
    print(*args)


class experimental:  # noqa: N801
    """tf.autograph.experimental"""

    do_not_convert = staticmethod(_convert.do_not_convert)
    set_loop_options = staticmethod(_operators.set_loop_options)

    class Feature(enum.Enum):
        """Parts of the conversion that are experiments. Of these BUILTIN_FUNCTIONS makes print () one of each run."""

        ALL = "ALL"
        AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
        ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
        BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
        EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
        LISTS = "LISTS"
        NAME_SCOPES = "NAME_SCOPES"

        @classmethod
        def all(cls):
            return tuple(cls.__members__.values())

        @classmethod
        def all_but(cls, exclude):
            left_out = exclude if isinstance(exclude, (list, tuple, set)) else [exclude]
            return tuple(f for f in cls.all() if f not in left_out)
