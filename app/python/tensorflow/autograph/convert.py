# SPDX-License-Identifier: MIT
"""Finds a function's source, rewrites it, and makes a function of it: with the same name, file, lines, globals and cells, so
that a person who steps through it sees their own program."""
from __future__ import annotations

import ast
import copy
import functools
import inspect
import os
import sysconfig
import textwrap
import types
import weakref

import _lockstep

from . import operators, rewrite

_FOREIGN = tuple(os.path.realpath(p) + os.sep for p in {
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), os.path.dirname(os.__file__)})
_FACTORY, _MADE = "ag__factory", "ag__function"
_PART = ".<part>"
_converted: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
_state: dict = {"on": False, "features": ()}


class conversion:       # noqa: N801
    """Inside of it, functions that are called are converted."""

    def __init__(self, wanted: bool, features=None):
        """features: experimental ones that the program asks for, one or several."""
        several = features if isinstance(features, (list, tuple, set)) else [] if features is None else [features]
        self._state = {"on": wanted, "features": [getattr(f, "name", f) for f in several]}

    def __enter__(self):
        self._before = dict(_state)
        _state.update(self._state)

    def __exit__(self, *error):
        _state.update(self._before)


def has_feature(name: str) -> bool:
    """Did the program ask for an experimental feature?"""
    return name in _state["features"] or "ALL" in _state["features"]


def is_converting() -> bool:
    graph = _lockstep.current_graph()
    return _state["on"] and graph is not None and graph.building_function


def do_not_convert(function=None):
    """The function, to be run as it is written."""
    if function is None:
        return do_not_convert

    @functools.wraps(function)
    def plain(*args, **kwargs):
        with conversion(False):
            return function(*args, **kwargs)
    plain.ag__as_it_is = True
    return plain


def _is_the_programs(function: types.FunctionType) -> bool:
    file = function.__code__.co_filename
    return not file.startswith("<frozen") and not os.path.realpath(file).startswith(_FOREIGN) and not (
        hasattr(function, "ag__as_it_is"))


def call(function):
    """What to call in place of function."""
    if not is_converting():
        return function
    replaced = operators.BUILTINS.get(function) if isinstance(function, (type, types.BuiltinFunctionType)) else None
    if replaced is not None:
        return replaced
    if isinstance(function, types.MethodType):
        inner = call(function.__func__)
        return function if inner is function.__func__ else types.MethodType(inner, function.__self__)
    if isinstance(function, types.FunctionType):
        return converted(function)
    own_call = getattr(type(function), "__call__", None)
    if isinstance(own_call, types.FunctionType) and _is_the_programs(own_call):
        return types.MethodType(converted(own_call), function)
    return function


def converted(function: types.FunctionType) -> types.FunctionType:
    """The function with its control flow rewritten; itself when there is nothing to rewrite or no source."""
    found = _converted.get(function)
    if found is None:
        found = function
        if _is_the_programs(function) and not hasattr(function, "__wrapped__"):
            try:
                found = _convert(function)
            except (OSError, SyntaxError, TypeError, IndexError):
                found = function        # no source, as in an interactive session
        _converted[function] = found
        if found is not function:
            _converted[found] = found
    return found


@functools.lru_cache(64)
def _lambdas(source: str) -> list:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Lambda)]


def _convert_lambda(function: types.FunctionType) -> types.FunctionType:
    """By its place in the file, since several may stand on a line."""
    code = function.__code__
    lines = {line for line, *_ in code.co_positions() if line}
    columns = {(p[0], p[2]) for p in code.co_positions() if p[0] and p[2] is not None and p[3]}
    found = [node for node in _lambdas("".join(inspect.findsource(function)[0])) if node.lineno == code.co_firstlineno
             and [a.arg for a in node.args.args] == list(code.co_varnames[:code.co_argcount])
             and (node.body.lineno, node.body.col_offset) in columns and node.body.end_lineno >= max(lines)]
    if len(found) != 1:
        return function
    node = copy.deepcopy(found[0])
    node.args.defaults = [ast.copy_location(ast.Constant(None), d) for d in node.args.defaults]
    node.body = rewrite.convert_expression(node.body)
    return _function_like(function, ast.copy_location(ast.Return(node), node))


def _convert(function: types.FunctionType) -> types.FunctionType:
    if function.__name__ == "<lambda>":
        return _convert_lambda(function)
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return function
    ast.increment_lineno(tree, max(first, 1) - 1)
    definition.decorator_list, definition.returns = [], None
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    definition.args.defaults = [ast.copy_location(ast.Constant(None), d) for d in definition.args.defaults]
    definition.args.kw_defaults = [d and ast.copy_location(ast.Constant(None), d) for d in definition.args.kw_defaults]
    _mangle(definition, function.__qualname__)
    rewrite.convert(definition)
    return _function_like(function, definition)


def _function_like(function: types.FunctionType, definition: ast.stmt) -> types.FunctionType:
    """What the definition makes, with all else that function has."""
    code = _compile(definition, function)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    cells["ag__"] = types.CellType(operators)
    made = types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__,
                              tuple(cells[name] for name in code.co_freevars))
    made.__kwdefaults__, made.__qualname__, made.__module__ = function.__kwdefaults__, function.__qualname__, function.__module__
    made.__dict__.update(function.__dict__)
    return made


def _mangle(definition: ast.FunctionDef, qualname: str) -> None:
    """Private names of a class, which is not around the function when it is compiled."""
    owner = qualname.split(".")[-2].lstrip("_") if "." in qualname else ""
    if not owner or owner.startswith("<"):
        return
    for node in ast.walk(definition):
        if isinstance(node, ast.Attribute) and node.attr.startswith("__") and not node.attr.endswith("__"):
            node.attr = f"_{owner}{node.attr}"


def _compile(definition: ast.FunctionDef, function: types.FunctionType) -> types.CodeType:
    free = ["ag__", *function.__code__.co_freevars]
    if isinstance(definition, ast.FunctionDef):
        definition.name = _MADE         # its own name inside of it means what it meant outside of the factory
    arguments = ast.arguments([], [ast.arg(name) for name in free], None, [], [], None, [])
    factory = ast.FunctionDef(_FACTORY, arguments, [definition], [], None)
    module = ast.fix_missing_locations(ast.Module([ast.copy_location(factory, definition)], []))
    module_code = compile(module, function.__code__.co_filename, "exec", dont_inherit=True)
    factory_code = next(c for c in module_code.co_consts if isinstance(c, types.CodeType))
    code = next(c for c in factory_code.co_consts if isinstance(c, types.CodeType)
                and c.co_name in (_MADE, "<lambda>"))
    return _named(code, function.__qualname__).replace(co_name=function.__name__)


def _named(code: types.CodeType, qualname: str) -> types.CodeType:
    """The code and that inside of it, named as the program's. Branches and bodies bear the name of their function and the
    mark of a part, by which the locator shows them and their function as one frame."""
    def inside(c):
        if not isinstance(c, types.CodeType):
            return c
        if c.co_name.startswith(("ag__", "<lambda>")):
            owner = qualname.removesuffix(_PART)
            return _named(c, owner + _PART).replace(co_name=owner.rpartition(".")[2])
        return _named(c, f"{qualname}.<locals>.{c.co_name}")
    return code.replace(co_qualname=qualname, co_consts=tuple(inside(c) for c in code.co_consts))
