# SPDX-License-Identifier: MIT
"""tf.flags: what a program is told on its command line."""
from __future__ import annotations

import argparse
import sys


class FlagValues:
    """The flags that were defined, by name; they are read from the command line when the first is asked for."""

    def __init__(self):
        self.__dict__.update(_parser=argparse.ArgumentParser(allow_abbrev=False), _values={}, _parsed=False, _required=[])

    def _define(self, name: str, default, help, **how) -> None:  # noqa: A002
        if name in self._values:
            raise ValueError(f"The flag '{name}' is defined twice.")
        self._values[name] = default
        self._parser.add_argument("--" + name, dest=name, default=default, help=(help or "").replace("%", "%%"), **how)

    def __call__(self, argv, known_only=False) -> list:
        """Reads these arguments; what is left, with the program's name."""
        given, rest = self._parser.parse_known_args(list(argv)[1:])
        self._values.update(vars(given))
        self.__dict__["_parsed"] = True
        for name in self._required:
            if self._values[name] is None:
                raise ValueError(f"Flag --{name} must have a value other than None.")
        return [*argv[:1], *rest]

    def is_parsed(self) -> bool:
        return self._parsed

    def mark_as_parsed(self) -> None:
        self.__dict__["_parsed"] = True

    def __getattr__(self, name: str):
        if name not in self._values:
            raise AttributeError(name)
        if not self._parsed:
            self(sys.argv)
        return self._values[name]

    def __setattr__(self, name: str, value) -> None:
        if name not in self._values:
            raise AttributeError(name)
        self._values[name] = value

    __getitem__ = __getattr__

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self):
        return iter(self._values)

    def flag_values_dict(self) -> dict:
        return dict(self._values)


FLAGS = FlagValues()


def _truth(text: str) -> bool:
    if text.lower() in ("true", "t", "1", "yes"):
        return True
    if text.lower() in ("false", "f", "0", "no"):
        return False
    raise argparse.ArgumentTypeError(f"Non-boolean argument to boolean flag: {text}")


def DEFINE_string(name, default, help=None, **unused) -> None:  # noqa: N802,A002
    FLAGS._define(name, default, help, type=str)


def DEFINE_integer(name, default, help=None, **unused) -> None:  # noqa: N802,A002
    FLAGS._define(name, default, help, type=int)


def DEFINE_float(name, default, help=None, **unused) -> None:  # noqa: N802,A002
    FLAGS._define(name, default, help, type=float)


def DEFINE_bool(name, default, help=None, **unused) -> None:  # noqa: N802,A002
    """--name, --noname, --name=false"""
    FLAGS._define(name, default, help, type=_truth, nargs="?", const=True)
    FLAGS._parser.add_argument("--no" + name, dest=name, action="store_const", const=False, default=argparse.SUPPRESS)


def DEFINE_enum(name, default, enum_values, help=None, **unused) -> None:  # noqa: N802,A002
    FLAGS._define(name, default, help, choices=list(enum_values))


def DEFINE_list(name, default, help=None, **unused) -> None:  # noqa: N802,A002
    FLAGS._define(name, default.split(",") if isinstance(default, str) else default, help,
                  type=lambda text: [part.strip() for part in text.split(",")])


DEFINE_boolean = DEFINE_bool


def mark_flag_as_required(name) -> None:
    FLAGS._required.append(name)


def mark_flags_as_required(names) -> None:
    for name in names:
        mark_flag_as_required(name)
