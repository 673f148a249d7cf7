# SPDX-License-Identifier: MIT
"""Session.partial_run(): a run in several parts, of which each takes up what those before have computed."""
from __future__ import annotations

from _lockstep import Operation, Tensor

from ...framework import dtypes
from ...framework.errors import InvalidArgumentError
from .fetches import Fetches, fed_pairs, flattened

_NOT_KEPT = (dtypes.resource, dtypes.variant)


def _key(element):
    return element if isinstance(element, Operation) else element.ref()


class PartialRun:
    """What has been fed and computed so far; its name is the handle."""

    _made = 0

    def __init__(self, session, fetches, feeds):
        PartialRun._made += 1
        self.handle = f"partial_run_{PartialRun._made}"
        self._session = session
        self._fetches = {_key(e) for e in Fetches(session._element, fetches).elements}
        self._feeds = {session._fed(f).ref() for f in feeds or []}
        self._values: dict = {}         # reference → value: of what was fed or computed
        self._ran: set = set()          # operations

    def run(self, fetches, feed_dict):
        session = self._session
        for key, value in flattened(feed_dict):
            for part, _ in fed_pairs(key, value):
                self._check(session._fed(part), self._feeds, "feed", "fed")
        wanted = Fetches(session._element, fetches)
        for fetch in wanted.elements:
            if _key(fetch) not in self._fetches:
                raise InvalidArgumentError(None, None, f"The fetch {fetch.name} was not specified in partial_run_setup.")
        for target, value in zip(*session._feeds(feed_dict)):
            self._values[target.ref()] = value
        self._compute(wanted.elements)
        return wanted.result([None if isinstance(f, Operation) else self._values[f.ref()].numpy() for f in wanted.elements])

    def _check(self, tensor: Tensor, among: set, kind: str, past: str) -> None:
        if tensor.ref() not in among:
            raise InvalidArgumentError(None, None, f"The {kind} {tensor.name} was not specified in partial_run_setup.")
        if tensor.ref() in self._values:
            raise InvalidArgumentError(None, None, f"The {kind} {tensor.name} has already been {past}.")

    def _compute(self, wanted: list) -> None:
        """Runs what is missing, and keeps all of it that is a value, so that nothing runs twice."""
        missing = self._missing(wanted)
        tensors = [t for op in missing for t in op.outputs if t.dtype not in _NOT_KEPT and t.ref() not in self._values]
        known = [(r.deref(), v) for r, v in self._values.items()]
        targets = [op for op in missing if not op.outputs]
        found = self._session._run_raw([t for t, _ in known], [v for _, v in known], tensors, targets)
        self._values.update((t.ref(), v) for t, v in zip(tensors, found))
        self._ran.update(missing)

    def _missing(self, wanted: list) -> list:
        """The operations that these need and that have not run."""
        found, waiting = {}, [w if isinstance(w, Operation) else w.op for w in wanted
                              if isinstance(w, Operation) or w.ref() not in self._values]
        while waiting:
            op = waiting.pop()
            if op in found or op in self._ran:
                continue
            found[op] = None
            waiting += [t.op for t in op.inputs if t.ref() not in self._values] + list(op.control_inputs)
        return list(found)
