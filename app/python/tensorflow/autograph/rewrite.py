# SPDX-License-Identifier: MIT
"""Rewrites the control flow of a function into calls of operators that choose, when they see the values, between Python's
way and a node of the graph. Every new node of the tree bears the line of what it stands for."""
from __future__ import annotations

import ast
import builtins

from . import jumps

_PLAIN = set(dir(builtins)) - {"range", "len", "int", "float", "enumerate", "zip", "map", "filter", "sorted", "abs", "next"}
_MODULES = {"tf", "np", "tensorflow", "numpy", "math", "keras"}


def _stored(statements: list) -> list:
    """Names that the statements assign, in order."""
    names: dict = {}
    for node in jumps.walk(statements):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names[node.id] = True
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names[node.name] = True
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update({(a.asname or a.name).split(".")[0]: True for a in node.names})
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names[node.name] = True
    hidden = {g.id for node in jumps.walk(statements) for c in getattr(node, "generators", [])
              for g in ast.walk(c.target) if isinstance(g, ast.Name)}
    return [n for n in names if n not in hidden]


def _loads(tree) -> dict:
    counts: dict = {}
    for root in tree if isinstance(tree, list) else [tree]:
        for node in ast.walk(root):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                counts[node.id] = counts.get(node.id, 0) + 1
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                counts[node.target.id] = counts.get(node.target.id, 0) + 1
            if hasattr(node, "extra_test"):
                for name, n in _loads(node.extra_test).items():
                    counts[name] = counts.get(name, 0) + n
    return counts


_READ, _SET, _PASSED = range(3)


def _first_use(name: str, statements: list) -> int:
    """Do the statements, run in order, read the name's value of before, or certainly give it one first, or neither?"""
    for statement in statements:
        use = _use_in(name, statement)
        if use != _PASSED:
            return use
    return _PASSED


def _use_in(name: str, s: ast.stmt) -> int:
    if isinstance(s, ast.If):
        if name in _loads(s.test):
            return _READ
        uses = (_first_use(name, s.body), _first_use(name, s.orelse))
        return _READ if _READ in uses else _SET if uses == (_SET, _SET) else _PASSED
    if isinstance(s, (ast.For, ast.While)):
        heads = [getattr(s, field, None) for field in ("iter", "test", "extra_test")]
        if any(name in _loads(head) for head in heads if head is not None):
            return _READ
        own = isinstance(s, ast.For) and name in _stored([s.target])
        uses = (_SET if own else _first_use(name, s.body), _first_use(name, s.orelse))
        return _READ if _READ in uses else _PASSED      # it may not run at all
    if isinstance(s, ast.With):
        if any(name in _loads(item.context_expr) for item in s.items):
            return _READ
        return _SET if name in _stored([i.optional_vars for i in s.items if i.optional_vars]) else _first_use(name, s.body)
    if name in _loads(s):
        return _READ
    return _SET if isinstance(s, (ast.Assign, ast.AnnAssign)) and name in _stored([s]) else _PASSED


class Rewriter(ast.NodeTransformer):
    """Of one function, whose jumps are lowered."""

    def __init__(self, function: ast.FunctionDef):
        self._function = function
        self._total = _loads(function.body)
        self._loop_depth = 0
        declared = [n for n in jumps.walk(function.body) if isinstance(n, (ast.Global, ast.Nonlocal))]
        self._globals = {name for d in declared if isinstance(d, ast.Global) for name in d.names}
        self._outer = {name for d in declared for name in d.names}

    def run(self) -> None:
        names = [n for n in _stored(self._function.body) if n not in self._outer]
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

    def _state(self, names: list, at) -> list:
        """The functions that read and set the names."""
        read = ast.Return(ast.List([_lambda(ast.Name(n, ast.Load())) for n in names], ast.Load()))
        write = ast.Assign([ast.List([ast.Name(n, ast.Store()) for n in names], ast.Store())],
                           ast.Name("ag__values", ast.Load()))
        return [self._define("ag__get", [read], [], at),
                self._define("ag__set", [write] if names else [], names, at, "ag__values")]

    def _used(self, names: list, inside) -> list:
        """Of the names that a statement assigns, those that matter after it."""
        loads = _loads(inside)
        return [n for n in names if self._total.get(n, 0) > loads.get(n, 0) or (self._loop_depth and n in loads)]

    def visit_If(self, node):       # noqa: N802
        if _is_plain_test(node.test):
            node.test = self.visit(node.test)
            node.body, node.orelse = self._block(node.body), self._block(node.orelse)
            return node
        names = _stored(node.body + node.orelse)
        used = self._used(names, node.body + node.orelse)
        call = _operator("if_", [self.visit(node.test), *_names("ag__body", "ag__else", "ag__get", "ag__set"), _texts(used)])
        return [*self._state(used, node), self._define("ag__body", self._block(node.body), names, node),
                self._define("ag__else", self._block(node.orelse), names, node), _at(ast.Expr(call), node)]

    def _loop_names(self, node, targets: list) -> tuple:
        names = _stored(node.body)
        inside = _loads(node.body)
        test = _loads([t for t in (getattr(node, "test", None), getattr(node, "extra_test", None)) if t is not None])
        state = []
        for name in names:
            elsewhere = self._total.get(name, 0) > inside.get(name, 0)
            if name in targets and not elsewhere:
                continue
            if elsewhere or name in test or _first_use(name, node.body) == _READ:
                state.append(name)
        return names, state

    def visit_While(self, node):        # noqa: N802
        names, state = self._loop_names(node, [])
        asks = _asks(node)
        self._loop_depth += 1
        body = self._block(node.body)
        self._loop_depth -= 1
        test = _lambda(self.visit(node.test))
        call = _operator("while_", [test, *_names("ag__body", "ag__get", "ag__set"), _texts(state), asks])
        return [*self._state(state, node), self._define("ag__body", body, names, node), _at(ast.Expr(call), node)]

    def visit_For(self, node):      # noqa: N802
        targets = _stored([node.target])
        names, state = self._loop_names(node, targets)
        asks = _asks(node)
        state += [t for t in targets if t not in state and self._total.get(t, 0) > _loads(node.body).get(t, 0)]
        names += [t for t in targets if t not in names]
        self._loop_depth += 1
        body = self._block(node.body)
        self._loop_depth -= 1
        body.insert(0, _at(ast.Assign([node.target], ast.Name("ag__item", ast.Load())), node))
        extra = getattr(node, "extra_test", None)
        test = _lambda(self.visit(extra)) if extra is not None else ast.Constant(None)
        call = _operator("for_", [self.visit(node.iter), test, *_names("ag__body", "ag__get", "ag__set"), _texts(state),
                                  asks])
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
