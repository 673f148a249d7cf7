# SPDX-License-Identifier: MIT
"""What rewritten control flow calls. With Python values everything is as Python does it; with symbolic tensors it becomes
nodes."""
from __future__ import annotations

import operator

import _lockstep
from _lockstep import SymbolicTensor, Tensor

from .. import nest
from ..framework.ops import FuncGraph, convert_to_tensor
from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, control_flow, math_ops
from ..ops.variables import Variable
from . import elements, lists
from .lists import append  # noqa: F401


class Undefined:
    """A variable without a value, and why it has none. Any use raises."""

    def __init__(self, reason: str, error=UnboundLocalError):
        object.__setattr__(self, "_error", error(reason))

    def _raise(self, *args, **kwargs):
        raise object.__getattribute__(self, "_error")

    __getattr__ = __call__ = __iter__ = __len__ = __bool__ = __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = _raise
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __lt__ = __gt__ = __le__ = __ge__ = __neg__ = __array__ = _raise
    __tf_tensor__ = property(_raise)

    def __repr__(self):
        return "<undefined>"


NO_VALUE = Undefined("the function has not returned yet")


def returned(value):
    """What the function returns: None where no return was reached."""
    return None if value is NO_VALUE else value


def _is_undefined(value) -> bool:
    return type(value) is Undefined


def _is_symbolic(value) -> bool:
    if isinstance(value, Variable):
        return _lockstep.current_graph() is not None
    return isinstance(value, SymbolicTensor)


def _read(get) -> list:
    values = []
    for name, load in enumerate(get()):
        try:
            values.append(load())
        except NameError as error:
            values.append(Undefined(str(error)))
    return values


def _is_value(value) -> bool:
    """Can it be a tensor, or is it made of some?"""
    leaves = nest.flatten(value)
    return all(isinstance(leaf, (Tensor, Variable, bool, int, float, str, bytes)) or hasattr(leaf, "_to_components")
               or leaf is None or hasattr(leaf, "__array__") for leaf in leaves) and any(
        leaf is not None for leaf in leaves) and not any(_is_undefined(leaf) for leaf in leaves)


def _has_tensor(value) -> bool:
    return any(isinstance(leaf, (Tensor, Variable)) or hasattr(leaf, "_to_components") for leaf in nest.flatten(value)
               if not _is_undefined(leaf))


def _is_same(a, b) -> bool:
    """The same Python value, that needs no node to choose."""
    if a is b:
        return True
    if _is_undefined(a) or _is_undefined(b) or _has_tensor(a) or _has_tensor(b) or type(a) is not type(b):
        return False
    try:
        return bool(a == b)
    except (TypeError, ValueError):
        return False


# ---- branches ----

def if_(test, body, orelse, get, set_, names):
    if not _is_symbolic(test):
        if test:
            body()
        else:
            orelse()
        return
    before = _read(get)
    graphs, results = [], []
    for kind, function in (("true", body), ("false", orelse)):
        graph = FuncGraph(f"cond_{kind}")
        with graph.as_default():
            function()
            results.append(_read(get))
        graphs.append(graph)
        set_(list(before))
    after = _join_branches(test, graphs, results, names)
    set_(after)


def _shown(name: str) -> str:
    return "return value" if name == "ag__value" else name


def _zeros(leaf):
    """Of the same kind, where it is known how large."""
    if leaf is None or hasattr(leaf, "_to_components"):
        return leaf
    leaf = leaf if isinstance(leaf, Tensor) else convert_to_tensor(leaf)
    shape = [0 if d is None else d for d in leaf.shape.as_list()] if leaf.shape.rank is not None else []
    return array_ops.fill(shape, "") if leaf.dtype.name == "string" else array_ops.zeros(shape, leaf.dtype)


def _fill_value(graphs, results, names) -> None:
    """A branch that does not return gives zeros for the value, where a flag tells that they are not meant."""
    if "ag__value" not in names or "ag__returned" not in names:
        return
    i = names.index("ag__value")
    for mine, other in ((0, 1), (1, 0)):
        if _is_undefined(results[mine][i]) and _is_value(results[other][i]):
            with graphs[mine].as_default():
                results[mine][i] = nest.map_structure(_zeros, results[other][i])


def _join_branches(test, graphs, results, names) -> list:
    _fill_value(graphs, results, names)
    after: list = [None] * len(names)
    joined = []
    for i, (name, a, b) in enumerate(zip(names, *results)):
        if _is_same(a, b):
            after[i] = a
        elif _is_undefined(a) or _is_undefined(b):
            after[i] = _missing(name, "main" if _is_undefined(a) else "else")
        elif not _is_value(a) or not _is_value(b):
            after[i] = Undefined(f"{_shown(name)!r} is {a!r} in the main branch and {b!r} in the else branch, which no "
                                 "tensor can stand for")
        else:
            joined.append(i)
    tensors = [[], []]
    for i in joined:
        pair = []
        for graph, result in zip(graphs, results):
            with graph.as_default():
                pair.append(control_flow.tensors_of(result[i]))
        _check_pair(names[i], results[0][i], results[1][i], *pair)
        tensors[0] += pair[0]
        tensors[1] += pair[1]
    outputs = iter(_lockstep.branch(control_flow.condition_of(test), graphs[0], tensors[0], graphs[1], tensors[1]))
    for i in joined:
        count = len(control_flow.tensors_of(results[0][i])) if not _has_tensor(results[0][i]) else sum(
            len(leaf._to_components()) if hasattr(leaf, "_to_components") else leaf is not None
            for leaf in nest.flatten(results[0][i]))
        after[i] = control_flow.rebuild(results[0][i], [next(outputs) for _ in range(count)])
    return after


def _missing(name: str, branch: str) -> Undefined:
    if name == "ag__value":
        raise ValueError(f"A value must also be returned from the {branch} branch. If a value is returned from one branch "
                         "of a conditional a value must be returned from all branches.")
    return Undefined(f"{name!r} must also be initialized in the {branch} branch", ValueError)


def _check_pair(name, a, b, a_tensors, b_tensors) -> None:
    try:
        nest.assert_same_structure(control_flow._form(a), control_flow._form(b))
        same = len(a_tensors) == len(b_tensors)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{_shown(name)!r} does not have the same nested structure in the main and else branches.\n\n"
                        f"{error}") from None
    if not same:
        raise TypeError(f"{_shown(name)!r} does not have the same nested structure in the main and else branches.")
    for x, y in zip(a_tensors, b_tensors):
        if x.dtype != y.dtype:
            raise TypeError(f"{_shown(name)!r} has dtype {x.dtype.name} in the main branch, but dtype {y.dtype.name} in "
                            "the else branch; make them alike with tf.cast")


def if_exp(test, body, orelse):
    if _is_symbolic(test):
        return control_flow.branch(test, body, orelse)
    return body() if test else orelse()


def and_(*parts):
    value = True
    for i, part in enumerate(parts):
        value = part()
        if _is_symbolic(value):
            return math_ops.logical_and(value, and_(*parts[i + 1:])) if parts[i + 1:] else value
        if not value:
            return value
    return value


def compare(names, first, *rest):
    """a < b < c: each is asked for once, and only if those before hold."""
    def link(i, left):
        right = rest[i]()
        holds = getattr(operator, names[i])(left, right)
        return holds if i == len(rest) - 1 else and_(lambda: holds, lambda: link(i + 1, right))
    return link(0, first)


def or_(*parts):
    value = False
    for i, part in enumerate(parts):
        value = part()
        if _is_symbolic(value):
            return math_ops.logical_or(value, or_(*parts[i + 1:])) if parts[i + 1:] else value
        if value:
            return value
    return value


def not_(value):
    return math_ops.logical_not(value) if _is_symbolic(value) else not value


def assert_(test, message):
    if _is_symbolic(test):
        from ..ops.control_flow_ops import Assert
        text = message()
        Assert(test, [text if isinstance(text, (str, Tensor)) else str(text)])
    elif not test:
        raise AssertionError(message()) if message() != "" else AssertionError


# ---- loops ----

_options: list = []


def set_loop_options(parallel_iterations=None, swap_memory=None, maximum_iterations=None, shape_invariants=None):
    """For the loop in whose body it is called: less specific shapes of its variables."""
    if _options and shape_invariants is not None:
        _options[-1].update({tensor._identity(): TensorShape(getattr(shape, "shape", shape))
                             for tensor, shape in shape_invariants if isinstance(tensor, Tensor)})


def while_(test, body, get, set_, names, asks=False):
    graph = _lockstep.current_graph()
    if graph is None:
        while test():
            body()
        return
    before = _read(get)
    with FuncGraph("while_test").as_default():
        first = test()
    set_(before)
    if _is_symbolic(first):
        _loop(test, body, get, set_, names, asks)
        return
    while first:
        body()
        first = test()
        if _is_symbolic(first):
            raise NotImplementedError("The condition of this while loop was a Python value at first and is a tensor now: "
                                      "make it a tensor from the beginning")


def for_(items, extra_test, body, get, set_, names, asks=False):
    if isinstance(items, Variable):
        items = items.read_value()
    if isinstance(items, lists.GraphList):
        items = items.stack()
    if isinstance(items, _Range) or _is_symbolic(items):
        _for_rows(items, extra_test, body, get, set_, names, asks)
        return
    if elements.are_elements(items):
        test, step, get_all, set_all, end = elements.loop_parts(items, extra_test, body, get, set_)
        _loop(test, step, get_all, set_all, ("another element", *names), asks)
        end()
        return
    for item in items:
        if extra_test is None:
            body(item)
            continue
        goes_on = extra_test()
        if _is_symbolic(goes_on):
            if_(goes_on, lambda item=item: body(item), lambda: None, get, set_, names)
        elif goes_on:
            body(item)
        else:
            break


class _Range:
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


def _for_rows(items, extra_test, body, get, set_, names, asks) -> None:
    if isinstance(items, _Range):
        n, item = items.length(), items.item
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
    _loop(test, step, get_all, set_all, ("iteration", *names), asks)


def _loop(test, body, get, set_, names, asks) -> None:
    """A While node over the variables that can be tensors; the others must stay as they are."""
    before = lists.grown(_read(get), body, set_)
    before, loose = _begin_undefined(body, get, set_, before)
    set_(list(before))
    varying = [i for i, value in enumerate(before) if _is_value(value)]
    options: dict = {}
    _options.append(options)
    for i in varying:
        before[i] = nest.map_structure(_as_tensor, before[i])

    def fill(values):
        now = list(before)
        for i, value in zip(varying, values):
            now[i] = value
        set_(now)

    def step(values):
        fill(values)
        body()
        after = _read(get)
        for i, (name, a, b) in enumerate(zip(names, before, after)):
            if i not in varying and not _is_same(a, b) and not _is_undefined(a):
                raise TypeError(f"{_shown(name)!r} is {a!r} before the loop and {b!r} after one iteration; in a loop over "
                                "tensors only tensors can change")
        return [_reshaped(before[i], after[i], names[i]) for i in varying]

    def condition(values):
        fill(values)
        return test()
    try:
        start = [before[i] for i in varying]
        invariants = _invariants(start, step) if asks else _loosened(varying, start, loose) if loose else None
        flat_names = [_shown(names[i]) for i in varying for _ in control_flow.tensors_of(before[i])]
        result = control_flow.loop(condition, step, start, invariants, "while", _check, flat_names)
    finally:
        _options.pop()
        set_(list(before))
    fill(result)


def _invariants(start, step):
    """The loop variables' shapes, less specific where the body asks for that by set_loop_options()."""
    options = _options[-1]
    tensors = control_flow.tensors_of(start)
    with FuncGraph("loop_options").as_default():
        inside = [_lockstep.placeholder("loop_var", t.dtype, None if t.shape.rank is None else [None] * t.shape.rank)
                  for t in tensors]
        step(control_flow.rebuild(start, inside))
    return [options.get(p._identity(), t.shape) for p, t in zip(inside, tensors)]


def _as_tensor(leaf):
    if leaf is None or hasattr(leaf, "_to_components"):
        return leaf
    return leaf.read_value() if isinstance(leaf, Variable) else convert_to_tensor(leaf)


def _reshaped(before, after, name):
    if _is_undefined(after):
        raise UnboundLocalError(f"{name!r} has no value after one iteration of the loop")
    try:
        nest.assert_same_structure(control_flow._form(before), control_flow._form(after), check_types=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{_shown(name)!r} does not have the same nested structure before and after one iteration of "
                         f"the loop.\n\n{error}") from None
    return after


def _check(name, before, after, shape) -> None:
    if before.dtype != after.dtype:
        raise TypeError(f"{name!r} has dtype {before.dtype.name} before the loop, but dtype {after.dtype.name} after one "
                        "iteration")
    if not control_flow._covers(shape, after.shape):
        raise ValueError(f"{name!r} has shape {shape} before the loop, but shape {after.shape} after one iteration. Use "
                         "tf.autograph.experimental.set_loop_options to set shape invariants.")


def _begin_undefined(body, get, set_, before: list) -> tuple[list, dict]:
    """Variables that the body makes begin as zeros of the kind that one iteration gives, as in TensorFlow; and by place the
    shapes of those whose size is not known."""
    if not any(_is_undefined(v) for v in before):
        return before, {}
    with FuncGraph("loop_variables").as_default():
        set_(list(before))
        body()
        after = _read(get)
    set_(list(before))
    begun, loose = list(before), {}
    for i, (b, a) in enumerate(zip(before, after)):
        if _is_undefined(b) and _is_value(a) and not any(hasattr(leaf, "_to_components") for leaf in nest.flatten(a)):
            begun[i] = nest.map_structure(_zeros, a)
            shapes = [getattr(leaf, "shape", None) for leaf in nest.flatten(a)]
            if any(isinstance(s, TensorShape) and not s.is_fully_defined() for s in shapes):
                loose[i] = shapes
    return begun, loose


def _loosened(varying: list, start: list, loose: dict) -> list:
    """The loop variables' shapes, where they begin as zeros those that they will have."""
    found = []
    for i, value in zip(varying, start):
        tensors = control_flow.tensors_of(value)
        found += loose[i] if i in loose and len(loose[i]) == len(tensors) else [t.shape for t in tensors]
    return found


# ---- calls ----

def call(function):
    from . import convert
    return convert.call(function)


def _range(*limits):
    return _Range(*limits) if any(_is_symbolic(limit) for limit in limits) else range(*limits)


def _len(value):
    if isinstance(value, lists.GraphList):
        return value.length()
    if isinstance(value, SymbolicTensor):
        return value.shape[0] if value.shape.rank and value.shape[0] is not None else array_ops.shape(value)[0]
    return len(value)


def _int(value=0, *base):
    return math_ops.cast(value, "int32") if _is_symbolic(value) else int(value, *base)


def _float(value=0.0):
    return math_ops.cast(value, "float32") if _is_symbolic(value) else float(value)


BUILTINS = {range: _range, len: _len, int: _int, float: _float, **elements.BUILTINS}
