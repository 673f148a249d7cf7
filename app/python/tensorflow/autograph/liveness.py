# SPDX-License-Identifier: MIT
"""Which symbols of a function matter after a statement. A symbol is a name, or the attribute or item of one that the
function gives a value: `x`, `self.total`, `state['n']`, as it is written. The function's jumps are lowered, so that only
branches and loops are to be gone through."""
from __future__ import annotations

import ast

from . import jumps

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def stored(statements: list) -> list:
    """Symbols that the statements give a value, in order."""
    found: dict = {}
    hidden: set = set()
    for node in jumps.walk(statements):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            found[node.id] = True
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store) and root(node):
            found[ast.unparse(node)] = True
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = True
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update({(a.asname or a.name).split(".")[0]: True for a in node.names})
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found[node.name] = True
        elif isinstance(node, _COMPREHENSIONS):
            hidden |= _targets(node)
    return [name for name in found if name not in hidden]


def changes(body: list) -> dict:
    """name of a function in the body → the names of the body that it gives a value"""
    found: dict = {}
    for node in jumps.walk(body):
        if isinstance(node, ast.FunctionDef):
            names = {n for d in jumps.walk(node.body) if isinstance(d, ast.Nonlocal) for n in d.names}
            found[node.name] = found.get(node.name, set()) | names
    return {name: names for name, names in found.items() if names}


def stored_by_calls(statements: list, changing: dict) -> list:
    """Names that functions give a value which the statements name, and so may call."""
    if not changing:
        return []
    return sorted({n for name in reads(statements) if name in changing for n in changing[name]})


def is_composite(symbol: str) -> bool:
    return not symbol.isidentifier()


def root(node: ast.expr) -> set | None:
    """The names that an attribute or item is reached by; None when it is reached otherwise than by names and constants."""
    names: set = set()
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Subscript):
            if isinstance(node.slice, ast.Name):
                names.add(node.slice.id)
            elif not isinstance(node.slice, ast.Constant):
                return None
        elif not isinstance(node, ast.Attribute):
            return None
        node = node.value
    return names | {node.id}


def roots(symbol: str) -> set:
    return root(ast.parse(symbol, mode="eval").body)


def _targets(comprehension) -> set:
    return {n.id for g in comprehension.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}


def reads(*trees) -> set:
    """Names whose values the trees use; of functions in them those of outside."""
    found: set = set()
    for tree in trees:
        found |= _reads(tree)
    return found


def _reads(node) -> set:
    if isinstance(node, list):
        return reads(*node)
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    found = reads(*ast.iter_child_nodes(node))
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        found.add(node.target.id)
    if isinstance(node, _COMPREHENSIONS):
        found -= _targets(node)
    if isinstance(node, _FUNCTIONS):
        found = (found - _locals(node)) | reads(node.args, getattr(node, "decorator_list", []))
    return found | (reads(node.extra_test) if hasattr(node, "extra_test") else set())


def _locals(function) -> set:
    own = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    if isinstance(function, ast.Lambda):
        return own
    outer = {n for d in jumps.walk(function.body) if isinstance(d, (ast.Nonlocal, ast.Global)) for n in d.names}
    return (own | set(stored(function.body))) - outer


class Liveness:
    """Of one function: each of its branches and loops gets `live`, the names that matter after it, and `entry`, those that
    matter where it begins; a loop gets `turn`, those that matter where an iteration begins or another may follow."""

    def __init__(self, body: list, always: set):
        self._always = always               # of outside, or of a handler around
        self._inside = self._functions(body)
        self._block(body, set(always))

    def _functions(self, body: list) -> dict:
        """name of a function of the body → the names that a call of it may read"""
        found: dict = {}
        for node in jumps.walk(body):
            if isinstance(node, ast.FunctionDef):
                found[node.name] = found.get(node.name, set()) | _reads(node)
            elif isinstance(node, ast.Assign) and any(isinstance(n, ast.Lambda) for n in ast.walk(node.value)):
                inner = reads(*[n for n in ast.walk(node.value) if isinstance(n, ast.Lambda)])
                for name in stored([node]):
                    found[name] = found.get(name, set()) | inner
        for _ in found:                     # of those that these call, too
            for name, names in found.items():
                found[name] = names.union(*[found[n] for n in names if n in found])
        return found

    def _used(self, *trees) -> set:
        names = reads(*trees)
        return names.union(*[self._inside[n] for n in names if n in self._inside])

    def _block(self, statements: list, live: set) -> set:
        for statement in reversed(statements):
            live = self._statement(statement, live) | self._always
        return live

    def _statement(self, s: ast.stmt, live: set) -> set:
        if isinstance(s, ast.If):
            s.live = live
            s.entry = self._used(s.test) | self._block(s.body, live) | self._block(s.orelse, live)
            return s.entry
        if isinstance(s, (ast.For, ast.While)):
            return self._loop(s, live)
        if isinstance(s, ast.With):
            inner = self._block(s.body, live)
            return (inner - set(stored([i.optional_vars for i in s.items if i.optional_vars]))) | self._used(*s.items)
        if isinstance(s, ast.Try):
            return self._try(s, live)
        if isinstance(s, ast.Match):
            return live.union(self._used(s.subject, *[c.pattern for c in s.cases], *[c.guard for c in s.cases if c.guard]),
                              *[self._block(c.body, live) for c in s.cases])
        if isinstance(s, (ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
            live = live - set(stored([s]))
        return live | self._used(s)

    def _loop(self, s, live: set) -> set:
        s.live = live
        test = self._used(*[t for t in (getattr(s, "test", None), getattr(s, "extra_test", None)) if t is not None])
        targets = set(stored([s.target])) if isinstance(s, ast.For) else set()
        s.turn = live | test
        while True:
            begins = (self._block(s.body, s.turn) - targets) | (self._used(s.target) if targets else set())
            if begins <= s.turn:
                break
            s.turn = s.turn | begins
        s.entry = s.turn | (self._used(s.iter) if isinstance(s, ast.For) else set())
        return s.entry

    def _try(self, s: ast.Try, live: set) -> set:
        before, after = self._always, self._block(s.finalbody, live)
        handlers = after.union(*[self._block(h.body, after) for h in s.handlers])
        self._always = before | handlers        # whatever statement of the body fails
        inner = self._block(s.body, self._block(s.orelse, after))
        self._always = before
        return inner | handlers | self._used(*[h.type for h in s.handlers if h.type])
