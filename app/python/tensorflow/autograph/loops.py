# SPDX-License-Identifier: MIT
"""Loops: as Python runs them over Python values, a While node over tensors, ranges of tensors, datasets and iterators."""
from __future__ import annotations

import _lockstep
from _lockstep import SymbolicTensor, Tensor

from .. import nest
from ..framework.ops import FuncGraph, convert_to_tensor, control_dependencies
from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, control_flow, math_ops
from ..ops.variables import Variable
from . import elements, lists
from .branches import and_, if_
from .values import NO_VALUE, Undefined, is_same, is_symbolic, is_undefined, is_value, read, same_structure, shown, zeros

_options: list = []


def set_loop_options(parallel_iterations=None, swap_memory=None, maximum_iterations=None, shape_invariants=None):
    """For the loop in whose body it is called: less specific shapes of its variables, and how often it runs at most."""
    if not _options:
        return
    if maximum_iterations is not None:
        _options[-1]["most"] = maximum_iterations
    for value, shape in shape_invariants or ():
        parts = control_flow.tensors_of(value)
        shapes = shape._component_specs() if hasattr(shape, "_component_specs") else [shape] * len(parts)
        if hasattr(value, "_invariant"):
            shapes = value._invariant(TensorShape(getattr(shape, "shape", shape)))
        for tensor, known in zip(parts, shapes):
            _options[-1][tensor._identity()] = TensorShape(getattr(known, "shape", known))


def while_(test, body, get, set_, names, asks=False, after=None):
    if _lockstep.current_graph() is None:
        while test():
            body()
        return
    before = read(get, names)
    with FuncGraph("while_test").as_default():
        first = test()
    set_(before)
    if is_symbolic(first):
        Loop(test, body, get, set_, names, after, asks).run()
        return
    while first:
        body()
        first = test()
        if is_symbolic(first):
            raise NotImplementedError("The condition of while loop started as non-Tensor, then changed to Tensor: make it a tensor "
                                      "from the beginning. A variable of it has become one, or a break or return in the loop "
                                      "depends on one.")


def for_(items, extra_test, body, get, set_, names, asks=False, after=None):
    if isinstance(items, Variable):
        items = items.read_value()
    if isinstance(items, lists.GraphList):
        items = items.stack()
    if isinstance(items, Range) or is_symbolic(items) or elements.are_rows(items):
        _for_rows(items, extra_test, body, get, set_, names, after, asks)
        return
    if elements.are_elements(items):
        test, step, get_all, set_all, end = elements.loop_parts(items, extra_test, body, get, set_)
        Loop(test, step, get_all, set_all, ("another element", *names), after and (False, *after), asks).run()
        end()
        return
    for item in items:
        if extra_test is None:
            body(item)
            continue
        goes_on = extra_test()
        if is_symbolic(goes_on):
            if_(goes_on, lambda item=item: body(item), lambda: None, get, set_, names)
        elif goes_on:
            body(item)
        else:
            break


class Range:
    """range () of tensors."""

    def __init__(self, *limits):
        start, stop, step = (0, limits[0], 1) if len(limits) == 1 else (*limits, 1)[:3]
        dtype = next(v.dtype for v in (start, stop, step) if isinstance(v, Tensor))
        self.start, self.stop, self.step = [convert_to_tensor(v, None if isinstance(v, Tensor) else dtype)
                                            for v in (start, stop, step)]

    def length(self):
        n = (self.stop - self.start + self.step - math_ops.sign(self.step)) // self.step
        return math_ops.maximum(math_ops.cast(n, "int32"), 0)

    def item(self, i):
        return self.start + math_ops.cast(i, self.start.dtype) * self.step


def _for_rows(items, extra_test, body, get, set_, names, after, asks) -> None:
    if isinstance(items, Range):
        n, item = items.length(), items.item
    elif elements.are_rows(items):
        n, item = math_ops.cast(items.nrows(), "int32"), items.__getitem__
    else:
        if items.shape.rank == 0:
            raise TypeError("Cannot iterate over a scalar tensor.")
        n = items.shape[0] if items.shape[0] is not None else array_ops.shape(items)[0]

        def item(i):
            return array_ops.gather(items, i)
    place = [convert_to_tensor(0)]

    def test():
        more = place[0] < n
        return more if extra_test is None else and_(lambda: more, extra_test)

    def step():
        body(item(place[0]))
        place[0] = place[0] + 1

    def get_all():
        return [lambda: place[0], *get()]

    def set_all(values):
        place[0] = values[0]
        set_(list(values[1:]))
    loop = Loop(test, step, get_all, set_all, ("iteration", *names), after and (False, *after), asks)
    known = n if isinstance(n, int) else _lockstep.constant_value(n)
    loop.surely = known is not None and int(known) > 0
    loop.run()


class Loop:
    """A While node over the symbols that can be tensors; the others must stay as they are."""

    def __init__(self, test, body, get, set_, names, after, asks: bool):
        self._test, self._body, self._get, self._set, self._names = test, body, get, set_, names
        self._after = after or (True,) * len(names)
        self._asks = asks
        self._turns: list = []          # how many there were: a symbol more, where it is asked for
        self._most = None
        self.surely = False             # it runs once at least

    def run(self) -> None:
        given = read(self._get, self._names)
        before = lists.grown(given, self._body, self._set)
        before, loose, made, fixed = self._begin_undefined(before)
        self._set(list(before))
        self._before = [nest.map_structure(_as_tensor, v) if is_value(v) and i not in fixed else v for i, v in enumerate(before)]
        self._varying = [i for i, value in enumerate(before) if is_value(value) and i not in fixed]
        start = [self._before[i] for i in self._varying]
        _options.append({})
        try:
            invariants = self._invariants(start) if self._asks else self._loosened(start, loose) if loose else None
            if made or self._most is not None:
                self._turns = [convert_to_tensor(0)]
            flat_names = [shown(self._names[i]) for i in self._varying for _ in control_flow.tensors_of(self._before[i])]
            count = len(self._turns)
            result = control_flow.loop(self._condition, self._step, [*self._turns, *start],
                                       invariants and [TensorShape([])] * count + invariants, "while", self._checker(invariants),
                                       ["turn"] * count + flat_names)
        except BaseException:
            self._set(list(given))
            raise
        finally:
            _options.pop()
        if made:
            result = self._made(made, result)
        self._fill(result[count:])

    # ---- its test and body, as of structures of tensors ----

    def _fill(self, values) -> None:
        now = list(self._before)
        for i, value in zip(self._varying, values):
            now[i] = value
        self._set(now)

    def _condition(self, values):
        self._fill(values[len(self._turns):])
        if self._most is None:
            return self._test()
        return and_(lambda: values[0] < self._most, self._test)

    def _step(self, values):
        count = len(self._turns)
        self._fill(values[count:])
        self._body()
        after = read(self._get, self._names)
        for i, (name, a, b) in enumerate(zip(self._names, self._before, after)):
            if i not in self._varying and not is_same(a, b) and not is_undefined(a):
                raise TypeError(f"'{shown(name)}' is {a!r} before the loop and {b!r} after one iteration; in a loop over "
                                "tensors only tensors can change")
        return [*[v + 1 for v in values[:count]], *[_reshaped(self._before[i], after[i], self._names[i]) for i in self._varying]]

    # ---- symbols without a value before it ----

    def _begin_undefined(self, before: list) -> tuple[list, dict, list, set]:
        """Those that the body makes begin as zeros of the kind that one iteration gives; by place the shapes of those whose
        size is not known; the places of those that are read after the loop, which has to run for that; and of jumps that no
        iteration takes, being known not to while tracing."""
        if not any(is_undefined(v) for v in before):
            return before, {}, [], set()
        with FuncGraph("loop_variables").as_default():
            self._set([v if _is_unset_jump(n, v) else nest.map_structure(_stand_in, v) if is_value(v)
                       else _not_begun(n) if is_undefined(v) else v for n, v in zip(self._names, before)])
            try:
                self._body()
                after = read(self._get, self._names)
            finally:
                self._set(list(before))
        begun, loose, made = list(before), {}, []
        fixed = {i for i, (n, b, a) in enumerate(zip(self._names, before, after)) if _is_unset_jump(n, b) and _is_unset_jump(n, a)}
        for i, (b, a) in enumerate(zip(before, after)):
            if is_undefined(b) and is_value(a) and not any(hasattr(leaf, "_to_components") for leaf in nest.flatten(a)):
                begun[i] = nest.map_structure(zeros, a)
                shapes = [getattr(leaf, "shape", None) for leaf in nest.flatten(a)]
                if any(isinstance(s, TensorShape) and not s.is_fully_defined() for s in shapes):
                    loose[i] = shapes
                if self._after[i] and not self.surely and not self._names[i].startswith("ag__"):
                    made.append(i)
        return begun, loose, made, fixed

    def _loosened(self, start: list, loose: dict) -> list:
        """The loop variables' shapes, where they begin as zeros those that they will have."""
        found = []
        for i, value in zip(self._varying, start):
            tensors = control_flow.tensors_of(value)
            found += loose[i] if i in loose and len(loose[i]) == len(tensors) else [t.shape for t in tensors]
        return found

    def _made(self, made: list, result: list) -> list:
        """The result, of a loop that has run."""
        from ..ops.control_flow_ops import Assert
        names = ", ".join(self._names[i] for i in made)
        ran = Assert(result[0] > 0, [f"loop must iterate at least once to initialize {names}"])
        with control_dependencies([ran] if ran is not None else []):
            return [result[0], *[nest.map_structure(_same, value) if i in made else value
                                 for i, value in zip(self._varying, result[1:])]]

    # ---- options ----

    def _invariants(self, start: list) -> list:
        """The loop variables' shapes, less specific where the body asks for that by set_loop_options()."""
        options = _options[-1]
        tensors = control_flow.tensors_of(start)
        with FuncGraph("loop_options").as_default():
            inside = [_lockstep.placeholder("loop_var", t.dtype, None if t.shape.rank is None else [None] * t.shape.rank)
                      for t in tensors]
            self._step(control_flow.rebuild(start, inside))
        self._most = options.get("most")
        return [options.get(p._identity(), t.shape) for p, t in zip(inside, tensors)]

    def _checker(self, invariants):
        def check(name, before, after, shape) -> None:
            if before.dtype != after.dtype:
                raise TypeError(f"'{name}' has dtype {before.dtype.name} before the loop, but dtype {after.dtype.name} after one "
                                "iteration; make them alike with tf.cast")
            if control_flow._covers(shape, after.shape):
                return
            if invariants and self._asks:
                raise ValueError(f"'{name}' has shape {after.shape} after one iteration, which does not conform with the shape "
                                 f"invariant {shape}.")
            raise ValueError(f"'{name}' has shape {shape} before the loop, but shape {after.shape} after one iteration. Use "
                             "tf.autograph.experimental.set_loop_options to set shape invariants.")
        return check


def _as_tensor(leaf):
    if leaf is None or hasattr(leaf, "_to_components"):
        return leaf
    return leaf.read_value() if isinstance(leaf, Variable) else convert_to_tensor(leaf)


def _stand_in(leaf):
    """In place of a value, of which a loop does not depend on what it is at first."""
    tensor = _as_tensor(leaf)
    if tensor is None or not isinstance(tensor, Tensor):
        return leaf
    return _lockstep.placeholder("loop_var", tensor.dtype, tensor.shape)


def _is_unset_jump(name: str, value) -> bool:
    return value is False and name.startswith("ag__")


def _not_begun(name: str) -> Undefined:
    if name.startswith("ag__"):
        return NO_VALUE
    return Undefined(f"'{name}' must be defined before the loop, which reads it before it gives it a value", ValueError)


def _same(leaf):
    return array_ops.identity(leaf) if isinstance(leaf, SymbolicTensor) else leaf


def _reshaped(before, after, name):
    if is_undefined(after):
        raise UnboundLocalError(f"'{name}' has no value after one iteration of the loop")
    if after is None:
        raise ValueError(f"'{shown(name)}' is None at the end of the iteration.")
    try:
        same_structure(before, after, check_types=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"'{shown(name)}' does not have the same nested structure after one iteration of the loop as before it."
                        f"\n\n{error}") from None
    return after
