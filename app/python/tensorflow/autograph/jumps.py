# SPDX-License-Identifier: MIT
"""Takes `return`, `break` and `continue` out of a function: what they skip becomes conditional on flags, or moves into the
other branch of the `if` that they end. Only then can branches and loops be functions of their own."""
from __future__ import annotations

import ast

RETURNED, VALUE = "ag__returned", "ag__value"
NEVER, MAYBE, ALWAYS = range(3)


def _assign(name: str, value: ast.expr, at: ast.AST) -> ast.stmt:
    return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), at)


def _true(at) -> ast.expr:
    return ast.copy_location(ast.Constant(True), at)


def _unless(flags: set, at: ast.AST) -> ast.expr:
    loads = [ast.Name(flag, ast.Load()) for flag in sorted(flags)]
    any_of = loads[0] if len(loads) == 1 else ast.BoolOp(ast.Or(), loads)
    return ast.copy_location(ast.UnaryOp(ast.Not(), ast.copy_location(any_of, at)), at)


def jumps_in(statements: list) -> bool:
    """Is there a return below, other than in functions of their own?"""
    return any(isinstance(node, ast.Return) for node in walk(statements))


def walk(statements):
    """Nodes of the same function, in order."""
    stack = list(reversed(statements if isinstance(statements, list) else [statements]))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            stack += reversed(list(ast.iter_child_nodes(node)))


class Lowering:
    """Of one function."""

    def __init__(self):
        self._count = 0
        self._loops: list = []      # (break flag, continue flag) of the loops around
        self.loops_return = False

    def block(self, statements: list) -> tuple:
        """(statements without jumps, NEVER, MAYBE or ALWAYS, the flags that tell)"""
        out: list = []
        flags: set = set()
        for i, statement in enumerate(statements):
            made, status, told, took_rest = self._statement(statement, statements[i + 1:])
            out += made
            flags |= told
            if status == ALWAYS or took_rest:
                return out, status if not took_rest else status, flags
            if status == MAYBE and statements[i + 1:]:
                rest, status, more = self.block(statements[i + 1:])
                guard = ast.copy_location(ast.If(_unless(told, statements[i + 1]), rest, []), statements[i + 1])
                return [*out, guard], ALWAYS if status == ALWAYS else MAYBE, flags | more
            if status == MAYBE:
                return out, MAYBE, flags
        return out, NEVER, flags

    def _statement(self, s: ast.stmt, rest: list) -> tuple:
        if isinstance(s, ast.Return):
            self.loops_return |= bool(self._loops)
            value = s.value or ast.copy_location(ast.Constant(None), s)
            return [_assign(VALUE, value, s), _assign(RETURNED, _true(s), s)], ALWAYS, {RETURNED}, False
        if isinstance(s, (ast.Break, ast.Continue)) and self._loops:
            flag = self._loops[-1][isinstance(s, ast.Continue)]
            return [_assign(flag, _true(s), s)], ALWAYS, {flag}, False
        if isinstance(s, ast.If):
            return self._if(s, rest)
        if isinstance(s, (ast.For, ast.While)):
            return self._loop(s)
        if isinstance(s, (ast.With, ast.Try, ast.Match)):
            return self._enclosing(s)
        return [s], NEVER, set(), False

    def _if(self, s: ast.If, rest: list) -> tuple:
        body, body_status, told = self.block(s.body)
        orelse, else_status, more = self.block(s.orelse)
        flags, took = told | more, False
        if ALWAYS in (body_status, else_status) and body_status != else_status and rest:
            if body_status == ALWAYS:
                orelse, else_status, more = self.block(s.orelse + rest)
            else:
                body, body_status, more = self.block(s.body + rest)
            flags, took = flags | more, True
        status = ALWAYS if body_status == else_status == ALWAYS else max(min(body_status, MAYBE), min(else_status, MAYBE))
        return [ast.copy_location(ast.If(s.test, body or [ast.copy_location(ast.Pass(), s)], orelse), s)], status, flags, took

    def _loop(self, s) -> tuple:
        self._count += 1
        names = (f"ag__broken_{self._count}", f"ag__skipped_{self._count}")
        self._loops.append(names)
        body, _, flags = self.block(s.body)
        self._loops.pop()
        orelse, _, more = self.block(s.orelse)
        before = [_assign(name, ast.copy_location(ast.Constant(False), s), s) for name in names if name in flags]
        if names[1] in flags:
            body.insert(0, _assign(names[1], ast.copy_location(ast.Constant(False), s), s))
        ends = flags - {names[1]}
        copied = ast.copy_location(type(s)(**{f: getattr(s, f) for f in s._fields}), s)
        copied.body, copied.orelse = body, []
        if ends and isinstance(s, ast.While):
            copied.test = ast.copy_location(ast.BoolOp(ast.And(), [_unless(ends, s), s.test]), s)
        elif ends:
            copied.extra_test = _unless(ends, s)
        if orelse:          # runs unless the loop was left
            left = flags - {names[1]}
            orelse = [ast.copy_location(ast.If(_unless(left, s), orelse, []), s)] if left else orelse
        told = (flags - set(names)) | more
        return [*before, copied, *orelse], MAYBE if told else NEVER, told, False

    def _enclosing(self, s) -> tuple:
        flags: set = set()
        for field in ("body", "orelse", "finalbody"):
            if getattr(s, field, None):
                made, _, told = self.block(getattr(s, field))
                setattr(s, field, made)
                flags |= told
        for part in [*getattr(s, "handlers", []), *getattr(s, "cases", [])]:
            part.body, _, told = self.block(part.body)
            flags |= told
        return [s], MAYBE if flags else NEVER, flags, False


def lower(function: ast.FunctionDef) -> None:
    """Changes the function in place. One that returns only at its end keeps its return."""
    body = function.body
    last = body[-1] if body and isinstance(body[-1], ast.Return) else None
    lowering = Lowering()
    if not jumps_in(body[:-1] if last is not None else body):
        statements, _, _ = lowering.block(body[:-1] if last is not None else body)
        function.body = statements + ([last] if last is not None else [])
        return
    statements, status, _ = lowering.block(body)
    flag = [] if status == ALWAYS or not lowering.loops_return else [ast.Name(RETURNED, ast.Load())]
    first, end = body[0], body[-1]
    function.body = [_assign(RETURNED, ast.copy_location(ast.Constant(False), first), first),
                     _assign(VALUE, ast.copy_location(ast.Attribute(ast.Name("ag__", ast.Load()), "NO_VALUE", ast.Load()),
                                                      first), first), *statements,
                     ast.copy_location(ast.Return(ast.Call(ast.Attribute(ast.Name("ag__", ast.Load()), "returned", ast.Load()),
                                                           [ast.Name(VALUE, ast.Load()), *flag], [])), end)]
