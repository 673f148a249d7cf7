# SPDX-License-Identifier: MIT
"""Rewrites the control flow of a function into calls of operators that choose, when they see the values, between Python's
way and a node of the graph. Every new node of the tree bears the line of what it stands for."""
from __future__ import annotations

import ast
import builtins

from . import jumps
from .liveness import Liveness, changes, is_composite, roots, stored, stored_by_calls

_PLAIN = set(dir(builtins)) - {"range", "len", "int", "float", "enumerate", "zip", "map", "filter", "sorted", "abs", "next",
                               "print", "any", "all", "max", "min"}
_MODULES = {"tf", "np", "tensorflow", "numpy", "math", "keras"}


class Rewriter(ast.NodeTransformer):
    """Of one function, whose jumps are lowered."""

    def __init__(self, function: ast.FunctionDef):
        self._function = function
        declared = [n for n in jumps.walk(function.body) if isinstance(n, (ast.Global, ast.Nonlocal))]
        self._globals = {name for d in declared if isinstance(d, ast.Global) for name in d.names}
        self._outer = {name for d in declared for name in d.names}
        self._changing = changes(function.body)

    def run(self) -> None:
        Liveness(self._function.body, self._outer)
        names = [n for n in stored(self._function.body) if n not in self._outer and not is_composite(n)]
        arguments = {a.arg for a in ast.walk(self._function.args) if isinstance(a, ast.arg)}
        body = [self.visit(s) for s in self._function.body]
        body = [s for made in body for s in (made if isinstance(made, list) else [made])]
        names = [n for n in names if n not in arguments]
        if names:           # makes them locals of this function, though only functions inside of it assign them
            first = self._function.body[0]
            dead = ast.If(ast.Constant(False), [ast.Assign([ast.Name(n, ast.Store()) for n in names], ast.Constant(None))],
                          [])
            place = 1 if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else 0
            body.insert(place, _at(dead, first))
        self._function.body = body

    # Functions inside are functions of their own.
    def visit_FunctionDef(self, node):      # noqa: N802
        convert(node)
        return node

    def visit_AsyncFunctionDef(self, node):     # noqa: N802
        return node

    def visit_ClassDef(self, node):         # noqa: N802
        return node

    # ---- statements ----

    def _block(self, statements: list) -> list:
        made = [self.visit(s) for s in statements]
        return [s for m in made for s in (m if isinstance(m, list) else [m])]

    def _scope(self, names: list, at) -> list:
        """Declarations that make the names those of the function around."""
        outer, free = [n for n in names if n in self._globals], [n for n in names if n not in self._globals]
        return ([_at(ast.Global(outer), at)] if outer else []) + ([_at(ast.Nonlocal(free), at)] if free else [])

    def _define(self, name: str, body: list, names: list, at, argument=None) -> ast.stmt:
        arguments = ast.arguments([], [ast.arg(argument)] if argument else [], None, [], [], None, [])
        function = ast.FunctionDef(name, arguments, [*self._scope(names, at), *(body or [ast.Pass()])], [], None)
        return _at(function, at)

    def _state(self, symbols: list, at) -> list:
        """The functions that read and set the symbols."""
        read = ast.Return(ast.List([_lambda(_symbol(n)) for n in symbols], ast.Load()))
        places = [f"ag__place_{i}" if is_composite(n) else n for i, n in enumerate(symbols)]
        write = ast.Assign([ast.List([ast.Name(n, ast.Store()) for n in places], ast.Store())],
                           ast.Name("ag__values", ast.Load()))
        into = [_put(n, place) for n, place in zip(symbols, places) if is_composite(n)]
        return [self._define("ag__get", [read], [], at),
                self._define("ag__set", [write, *into] if symbols else [], _plain(symbols), at, "ag__values")]

    def _stored(self, statements: list) -> list:
        """Symbols that the statements give a value, themselves or by functions that they call."""
        return list(dict.fromkeys([*stored(statements), *stored_by_calls(statements, self._changing)]))

    def _given(self, node, statements: list, matter: set) -> list:
        """Of the symbols that a statement gives values those that are its state: they matter afterwards, or before another of
        its parts. Attributes and items are known by objects from before the statement."""
        names = self._stored(statements)
        return [n for n in names if n in matter or (is_composite(n) and roots(n) <= node.entry and not roots(n) & set(names))]

    def visit_If(self, node):       # noqa: N802
        if _is_plain_test(node.test):
            node.test = self.visit(node.test)
            node.body, node.orelse = self._block(node.body), self._block(node.orelse)
            return node
        names = _plain(self._stored(node.body + node.orelse))
        given = self._given(node, node.body + node.orelse, node.live | node.entry)
        given.sort(key=lambda n: n not in node.live and not is_composite(n))
        n_after = sum(n in node.live or is_composite(n) for n in given)
        call = _operator("if_", [self.visit(node.test), *_names("ag__body", "ag__else", "ag__get", "ag__set"), _texts(given),
                                 ast.Constant(n_after)])
        return [*self._state(given, node), self._define("ag__body", self._block(node.body), names, node),
                self._define("ag__else", self._block(node.orelse), names, node), _at(ast.Expr(call), node)]

    def visit_While(self, node):        # noqa: N802
        names, state = _plain(self._stored(node.body)), self._given(node, node.body, node.turn)
        asks = _asks(node)
        body, test = self._block(node.body), _lambda(self.visit(node.test))
        call = _operator("while_", [test, *_names("ag__body", "ag__get", "ag__set"), _texts(state), asks, _after(node, state)])
        return [*self._state(state, node), self._define("ag__body", body, names, node), _at(ast.Expr(call), node)]

    def visit_For(self, node):      # noqa: N802
        names = _plain(self._stored([node.target, *node.body]))
        state, asks = self._given(node, [node.target, *node.body], node.turn), _asks(node)
        body = self._block(node.body)
        body.insert(0, _at(ast.Assign([node.target], ast.Name("ag__item", ast.Load())), node))
        extra = getattr(node, "extra_test", None)
        test = _lambda(self.visit(extra)) if extra is not None else ast.Constant(None)
        after = _after(node, state, set(stored([node.target])))
        call = _operator("for_", [self.visit(node.iter), test, *_names("ag__body", "ag__get", "ag__set"), _texts(state), asks,
                                  after])
        return [*self._state(state, node), self._define("ag__body", body, names, node, "ag__item"),
                _at(ast.Expr(call), node)]

    def visit_Assert(self, node):       # noqa: N802
        message = _lambda(self.visit(node.msg) if node.msg else ast.Constant(""))
        return _at(ast.Expr(_operator("assert_", [self.visit(node.test), message])), node)

    # ---- expressions ----

    def visit_BoolOp(self, node):       # noqa: N802
        values = [self.visit(v) for v in node.values]
        if all(_is_plain_test(v) for v in node.values):
            node.values = values
            return node
        name = "and_" if isinstance(node.op, ast.And) else "or_"
        return _at(_operator(name, [_lambda(v) for v in values]), node)

    def visit_UnaryOp(self, node):      # noqa: N802
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.Not) and not _is_plain_test(node.operand):
            return _at(_operator("not_", [operand]), node)
        node.operand = operand
        return node

    def visit_IfExp(self, node):        # noqa: N802
        test, body, orelse = self.visit(node.test), self.visit(node.body), self.visit(node.orelse)
        return _at(_operator("if_exp", [test, _lambda(body), _lambda(orelse)]), node)

    def visit_Compare(self, node):      # noqa: N802
        self.generic_visit(node)
        if len(node.ops) == 1 or any(isinstance(o, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for o in node.ops):
            return node
        names = ast.Tuple([ast.Constant(_COMPARISONS[type(o)]) for o in node.ops], ast.Load())
        return _at(_operator("compare", [names, node.left, *map(_lambda, node.comparators)]), node)

    def visit_Call(self, node):     # noqa: N802
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args and self._function.args.args:
            first = self._function.args.args[0].arg      # which parts of the function do not have
            node.args = [_at(ast.Name("__class__", ast.Load()), node), _at(ast.Name(first, ast.Load()), node)]
            return node
        root = node.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and (root.id in _MODULES or root.id.startswith("ag__")
                                           or (root is node.func and root.id in _PLAIN)):
            return node
        node.func = _at(_operator("call", [node.func]), node.func)
        return node

    def visit_Lambda(self, node):       # noqa: N802
        return self.generic_visit(node)


_COMPARISONS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}


def _plain(symbols: list) -> list:
    return [s for s in symbols if not is_composite(s)]


def _symbol(text: str) -> ast.expr:
    """A symbol as it is written, without a place: it gets that of the statement."""
    tree = ast.parse(text, mode="eval").body
    for node in ast.walk(tree):
        for field in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            node.__dict__.pop(field, None)
    return tree


def _put(symbol: str, name: str) -> ast.stmt:
    """Gives an attribute or item the value of a name."""
    node = _symbol(symbol)
    key = node.slice if isinstance(node, ast.Subscript) else ast.Constant(node.attr)
    kind = "put_item" if isinstance(node, ast.Subscript) else "put_attribute"
    return ast.Expr(_operator(kind, [node.value, key, ast.Name(name, ast.Load())]))


def _after(loop, state: list, targets: set = frozenset()) -> ast.expr:
    """Which of a loop's symbols have to have a value after it: those that are read there. The items gone through are not asked
    for one, as in TensorFlow."""
    return ast.Tuple([ast.Constant((n in loop.live and n not in targets) or is_composite(n)) for n in state], ast.Load())


def _asks(loop) -> ast.expr:
    """Does the body ask for options of the loop?"""
    return ast.Constant(any(isinstance(n, (ast.Attribute, ast.Name))
                            and getattr(n, "attr", getattr(n, "id", None)) == "set_loop_options" for n in jumps.walk(loop.body)))


def _is_plain_test(test: ast.expr) -> bool:
    """Can this be no tensor? `x is None`, `isinstance (…)`, constants."""
    if isinstance(test, ast.Compare):
        return all(isinstance(o, (ast.Is, ast.IsNot)) for o in test.ops)
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name):
        return test.func.id in ("isinstance", "hasattr", "callable", "issubclass")
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _is_plain_test(test.operand)
    return isinstance(test, ast.Constant)


def _at(node, place):
    """node, and all below it that has no place yet, at the beginning of place."""
    for child in ast.walk(node):
        if not hasattr(child, "lineno") and "lineno" in child._attributes:
            child.lineno = child.end_lineno = place.lineno
            child.col_offset = child.end_col_offset = place.col_offset
    return node


def _lambda(value: ast.expr) -> ast.expr:
    return _at(ast.Lambda(ast.arguments([], [], None, [], [], None, []), value), value) if hasattr(
        value, "lineno") else ast.Lambda(ast.arguments([], [], None, [], [], None, []), value)


def _operator(name: str, arguments: list) -> ast.expr:
    return ast.Call(ast.Attribute(ast.Name("ag__", ast.Load()), name, ast.Load()), arguments, [])


def _names(*names) -> list:
    return [ast.Name(n, ast.Load()) for n in names]


def _texts(names: list) -> ast.expr:
    return ast.Tuple([ast.Constant(n) for n in names], ast.Load())


def _pairs(target: ast.expr, value: ast.expr) -> list:
    """What an assignment gives to what: a, b = x, y is two."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return list(zip(target.elts, value.elts))
    return [(target, value)]


class _Appending(ast.NodeTransformer):
    """`items.append (x)` becomes an assignment, where items is a list that the function makes: loops have to see that it
    changes."""

    def __init__(self, function: ast.FunctionDef):
        self._lists = {target.id for node in jumps.walk(function.body) if isinstance(node, ast.Assign)
                       for place in node.targets for target, value in _pairs(place, node.value)
                       if isinstance(target, ast.Name) and isinstance(value, (ast.List, ast.ListComp))}

    def visit_FunctionDef(self, node):      # noqa: N802
        return node

    visit_Lambda = visit_ClassDef = visit_AsyncFunctionDef = visit_FunctionDef      # noqa: N815

    def visit_Expr(self, node):     # noqa: N802
        call = node.value
        if (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append"
                and isinstance(call.func.value, ast.Name) and call.func.value.id in self._lists and len(call.args) == 1):
            name = call.func.value.id
            value = _operator("append", [call.func.value, call.args[0]])
            return _at(ast.Assign([ast.Name(name, ast.Store())], value), node)
        return node


def convert_expression(expression: ast.expr) -> ast.expr:
    """The body of a lambda."""
    return Rewriter(ast.FunctionDef("ag__lambda", ast.arguments([], [], None, [], [], None, []), [ast.Expr(expression)],
                                    [], None)).visit(expression)


def convert(function: ast.FunctionDef) -> None:
    """Changes the function in place."""
    if any(isinstance(n, (ast.Yield, ast.YieldFrom, ast.Await)) for n in jumps.walk(function.body)):
        return
    appending = _Appending(function)
    function.body = [appending.visit(statement) for statement in function.body]
    jumps.lower(function)
    Rewriter(function).run()
