# SPDX-License-Identifier: MIT
"""Tensors, graphs and scopes."""
from __future__ import annotations

import contextlib
import copyreg
import re
import threading
from typing import Any

import _lockstep
from _lockstep import EagerTensor, Operation, SymbolicTensor, Tensor

from . import dtypes
from .tensor_shape import TensorShape, as_shape

_local = threading.local()


class Reference:
    """A hashable stand-in for a tensor or variable, by identity."""

    def __init__(self, wrapped):
        self._wrapped = wrapped

    def deref(self):
        return self._wrapped

    def __eq__(self, other):
        return isinstance(other, Reference) and _identity(self._wrapped) == _identity(other._wrapped)

    def __hash__(self):
        return hash(_identity(self._wrapped))

    def __repr__(self):
        return f"<Reference wrapping {self._wrapped!r}>"


def _identity(value):
    return value._identity() if isinstance(value, Tensor) else id(value)


# ---- what Tensor has beside the C part ----

def _set_shape(self, shape):
    if not self.shape.is_compatible_with(shape):
        raise ValueError(f"Tensor's shape {self.shape} is not compatible with supplied shape "
                         f"{as_shape(shape)}.")
    merged = self.shape.merge_with(shape)
    if isinstance(self, SymbolicTensor) and merged != self.shape:       # what is promised is held to when the graph runs
        self._become(_lockstep.ops["EnsureShape"](self, merged))


def _eval(self, feed_dict=None, session=None):
    from ..compat.v1 import session as session_module
    session = session or session_module.get_default_session()
    if session is None:
        raise ValueError("Cannot evaluate tensor using `eval()`: No default session is registered. Use "
                         "`with sess.as_default()` or pass an explicit session to `eval(session=sess)`")
    return session.run(self, feed_dict)


def _consumers(self):
    identity = self._identity()
    return [op for op in self.graph.get_operations() if any(i._identity() == identity for i in op.inputs)]


def _no_value(name: str, instead: str):
    def get(self):
        raise AttributeError(f"'{type(self).__name__}' object has no attribute {name!r}: {self.name} has no value while its "
                             f"graph is made. {instead}", name=name, obj=self)
    return property(get)


for _name in ("numpy", "item", "tolist"):
    setattr(SymbolicTensor, _name, _no_value(_name, "Use tf operations on it, tf.print to see it, or tf.py_function to run "
                                                    "Python with its value."))

Tensor.get_shape = lambda self: self.shape
Tensor._shape_as_list = lambda self: self.shape.as_list()
Tensor.set_shape = _set_shape
Tensor.ref = Tensor.experimental_ref = lambda self: Reference(self)
Tensor.eval = _eval
Tensor.consumers = _consumers
Tensor.__copy__ = lambda self: self
Tensor.__deepcopy__ = lambda self, memo: self
Tensor._in_graph_mode = property(lambda self: isinstance(self, SymbolicTensor))
EagerTensor._numpy = EagerTensor.numpy
EagerTensor.cpu = EagerTensor.gpu = EagerTensor.identity = lambda self, *_: self
EagerTensor.tolist = lambda self: self.numpy().tolist()
EagerTensor.backing_device = property(lambda self: self.device)
copyreg.pickle(EagerTensor, lambda t: (convert_to_tensor, (t.numpy(),)))


def _run_operation(self, feed_dict=None, session=None):
    from ..compat.v1 import session as session_module
    (session or session_module.get_default_session()).run(self, feed_dict)


Operation.run = _run_operation
Operation.get_attr = lambda self, name: self._attr({"_output_shapes": "shape"}.get(name, name))
Operation.values = lambda self: tuple(self.outputs)
Operation.node_def = property(lambda self: f'name: "{self.name}"\nop: "{self.type}"\n' + "".join(
    f'input: "{i.op.name}"\n' for i in self.inputs))
Operation.op_def = property(lambda self: self.type)
Operation.traceback = property(lambda self: self._place())


def is_tensor(value: Any) -> bool:
    return isinstance(value, (Tensor, _lockstep.Variable))


def convert_to_tensor(value: Any, dtype=None, dtype_hint=None, name=None, preferred_dtype=None) -> Tensor:
    """value as a Tensor: NumPy arrays, Python numbers and lists of these; tensors stay as they are."""
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
        mine = getattr(value, "dtype", None) if is_tensor(value) else None
        if mine is not None and mine != dtype:
            raise ValueError(f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
                             f"{mine.name}: {value!r}")
        return _lockstep.convert(value, dtype)
    hint = dtype_hint or preferred_dtype
    if hint is not None and not is_tensor(value):
        try:
            return _lockstep.convert(value, hint)
        except (TypeError, ValueError):
            pass
    return _lockstep.convert(value)


def constant(value: Any, dtype=None, shape=None, name="Const") -> Tensor:
    """A tensor of the value; with shape, reshaped to it or filled with a single one."""
    if isinstance(value, SymbolicTensor):
        raise TypeError(f"A constant needs a value, and {value!r} has none while tracing")
    graph = _lockstep.current_graph()
    result = _lockstep.value(value, dtype)
    if dtype is not None and result.dtype != dtype:
        from ..ops.math_ops import cast
        result = cast(result, dtype)
    if shape is not None and result.shape != as_shape(shape):
        result = _shaped(result, as_shape(shape))
    if graph is None:
        _lockstep.tell_constant(result)
    if graph is None or isinstance(result, SymbolicTensor):
        return result
    return _lockstep.ops["Const"](result, result.dtype, name=name)


def _shaped(value: Tensor, shape: TensorShape) -> Tensor:
    import numpy as np
    array = np.asarray(value.numpy(), object if value.dtype.name == "string" else None)
    if array.size not in (1, shape.num_elements()):
        raise TypeError(f"Eager execution of tf.constant with unsupported shape. Tensor {value!r} has "
                        f"{array.size} elements, "
                        f"but got `shape` {shape} with {shape.num_elements()} elements).")
    array = np.full(shape.as_list(), array.reshape(())) if array.size == 1 else np.reshape(array,
            shape.as_list())
    return _lockstep.value(array, value.dtype)


# ---- graphs ----

class GraphKeys:
    """Names of collections."""

    GLOBAL_VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    MODEL_VARIABLES = "model_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    SUMMARIES = "summaries"
    LOSSES = "losses"
    REGULARIZATION_LOSSES = "regularization_losses"
    UPDATE_OPS = "update_ops"
    TRAIN_OP = "train_op"
    INIT_OP = "init_op"
    GLOBAL_STEP = "global_step"
    METRIC_VARIABLES = "metric_variables"
    TABLE_INITIALIZERS = "table_initializer"
    QUEUE_RUNNERS = "queue_runners"
    VARIABLES = "variables"
    COND_CONTEXT = "cond_context"
    WHILE_CONTEXT = "while_context"


class RegisterGradient:
    """Registers f (op, *grads) as a gradient that Graph.gradient_override_map() can name."""

    _known: dict = {}

    def __init__(self, op_type: str):
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f):
        if self._op_type in self._known:
            raise KeyError(f"Registering two gradient with name '{self._op_type}'!")
        self._known[self._op_type] = f
        return f

    @classmethod
    def find(cls, name: str):
        if name not in cls._known:
            raise LookupError(f"gradient registry has no entry for: {name}")
        f = cls._known[name]

        def rule(op, *grads):
            found = f(op, *grads)
            return found if isinstance(found, (list, tuple)) else [found]
        return rule


class Graph(_lockstep.Graph):
    """A graph of operations."""

    def __new__(cls, name="graph", of_function=False):
        return super().__new__(cls, name, of_function)

    def __init__(self, name="graph", of_function=False):
        self.name = name
        self._collections: dict[str, list] = {}
        self._names: dict[str, int] = {}
        self._variable_scope = None
        self._variable_store: dict = {}
        self._scope_stack: list[str] = []
        self._sessions: list = []
        self._overrides: dict[str, str] = {}
        self.seed = None
        self.finalized = False

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map):
        """Operations of these types that are made inside have gradients that were registered by RegisterGradient()."""
        if not isinstance(op_type_map, dict):
            raise TypeError("`op_type_map` must be a dictionary mapping strings to strings")
        before = dict(self._overrides)
        self._overrides.update(op_type_map)
        self._override_all({**before, **op_type_map})
        try:
            yield
        finally:
            self._overrides = before
            self._override_all({**dict.fromkeys(op_type_map), **before})

    def _override_all(self, wanted: dict) -> None:
        for op_type, name in wanted.items():
            self._override(op_type, None if name is None else RegisterGradient.find(name))

    @contextlib.contextmanager
    def as_default(self):
        _lockstep.enter(self)
        try:
            yield self
        finally:
            _lockstep.leave()

    def get_operation_by_name(self, name: str) -> Operation:
        found = self._find(name)
        if found is None:
            raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
        return found

    def get_tensor_by_name(self, name: str) -> Tensor:
        operation, colon, output = name.rpartition(":")
        if not colon or not output.isdigit():
            raise ValueError(f"The name {name!r} looks like an (invalid) Operation name, not a Tensor: a "
                             f"Tensor's name "
                             "is \"<op_name>:<output_index>\".")
        found = self._find(operation)
        if found is None or int(output) >= len(found.outputs):
            raise KeyError(f"The name {name!r} refers to a Tensor which does not exist.")
        return found.outputs[int(output)]

    def as_graph_element(self, element, allow_tensor=True, allow_operation=True):
        if isinstance(element, str):
            return self.get_tensor_by_name(element) if ":" in element else self.get_operation_by_name(element)
        return getattr(element, "_as_graph_element", lambda: element)()

    def get_collection(self, name: str, scope=None) -> list:
        found = list(self._collections.get(name, []))
        return [x for x in found if re.match(scope, getattr(x, "name", ""))] if scope else found

    def get_collection_ref(self, name: str) -> list:
        return self._collections.setdefault(name, [])

    def add_to_collection(self, name: str, value) -> None:
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names, value) -> None:
        for name in [names] if isinstance(names, str) else names:
            self.add_to_collection(name, value)

    def get_all_collection_keys(self) -> list:
        return list(self._collections)

    def clear_collection(self, name) -> None:
        self._collections.pop(name, None)

    def unique_name(self, name: str, mark_as_used=True) -> str:
        name = "/".join(self._scope_stack + [name])
        count = self._names.get(name, 0)
        if mark_as_used:
            self._names[name] = count + 1
        return f"{name}_{count}" if count else name

    def name_scope(self, name):
        return name_scope(name)

    def control_dependencies(self, operations):
        return control_dependencies(operations)

    def device(self, name):
        return contextlib.nullcontext()

    def finalize(self) -> None:
        self.finalized = True

    def as_default_graph(self):
        return self

    @property
    def version(self) -> int:
        return len(self.get_operations())

    def as_graph_def(self, *args, **kwargs):
        from .graph_def import graph_def
        return graph_def(self)

    def captures(self):
        return [(outer, inner) for outer, inner, _ in self._captures()]


class FuncGraph(Graph):
    """The graph of a function, while and after it is traced."""

    def __new__(cls, name):
        return super().__new__(cls, name, True)

    def __init__(self, name):
        super().__init__(name, True)
        self.outer_graph = _lockstep.current_graph()
        self.inputs: list = []
        self.outputs: list = []
        self.structured_outputs = None
        self.structured_input_signature = None

    @property
    def variables(self) -> tuple:
        return tuple(v for _, _, v in self._captures() if v is not None)

    @property
    def trainable_variables(self) -> tuple:
        return tuple(v for v in self.variables if v.trainable)

    @property
    def external_captures(self) -> list:
        return [outer for outer, _, _ in self._captures()]


_default_graph: Graph | None = None


def get_default_graph() -> Graph:
    """The graph that ops are added to, or would be if they were not run at once."""
    global _default_graph
    current = _lockstep.current_graph()
    if current is not None:
        return current
    if _default_graph is None:
        _default_graph = Graph()
    return _default_graph


def reset_default_graph() -> None:
    """A new default graph, for the rest of a version 1 program."""
    global _default_graph
    entered = _default_graph is not None and _lockstep.current_graph() is _default_graph
    if entered:
        _lockstep.leave()
    _default_graph = Graph()
    if entered:
        _lockstep.enter(_default_graph)


def executing_eagerly() -> bool:
    return _lockstep.executing_eagerly()


def in_legacy_graph() -> bool:
    graph = _lockstep.current_graph()
    return graph is not None and not graph.building_function


def executing_eagerly_outside_functions() -> bool:
    return not in_legacy_graph()


class name_scope:  # noqa: N801  TensorFlow's name
    """Ops and variables made inside get names that begin with it."""

    def __init__(self, name, default_name=None, values=None):
        if name is not None and not isinstance(name, str):
            raise ValueError(f"Argument `name` must be a string. Received: {name!r}")
        self._name = name if name is not None else default_name
        self._graph = None

    name = property(lambda self: self._name)

    def __enter__(self) -> str:
        if self._name is None:
            self._graph = False
            return ""
        self._graph = _lockstep.current_graph()
        name = self._name.rstrip("/")
        stack = scope_stack()
        self._saved = list(stack)
        if self._name.endswith("/") or not self._name:
            stack[:] = name.split("/") if name else []
        else:
            stack.append(name)
        if self._graph is not None:
            self._graph._push_scope(self._name or None)
            stack[:] = [part for part in [self._graph.get_name_scope()] if part]
        return "/".join(stack) + "/" if stack else ""

    def __exit__(self, *error):
        if self._graph is False:
            return
        if self._graph is not None:
            self._graph._pop_scope()
        scope_stack(self._graph)[:] = self._saved


def scope_stack(graph=None) -> list:
    graph = graph or _lockstep.current_graph()
    if graph is not None and hasattr(graph, "_scope_stack"):
        return graph._scope_stack
    if not hasattr(_local, "scopes"):
        _local.scopes = []
    return _local.scopes


def get_name_scope() -> str:
    return "/".join(scope_stack())


def scoped(name: str) -> str:
    """name inside of the current name scopes."""
    return "/".join([*scope_stack(), name])


@contextlib.contextmanager
def init_scope():
    """Out of all function traces: ops run, or go to the version 1 graph outside."""
    if in_legacy_graph():
        yield
        return
    _lockstep.enter_eager()
    try:
        yield
    finally:
        _lockstep.leave()


@contextlib.contextmanager
def control_dependencies(control_inputs):
    """Ops made inside run after these."""
    inputs = control_inputs
    graph = _lockstep.current_graph()
    if graph is None or inputs is None:
        for entry in inputs or []:
            if callable(entry):
                entry()
        yield
        return
    operations = []
    for entry in inputs:
        entry = getattr(entry, "_as_graph_element", lambda e=entry: e)()
        operation = entry if isinstance(entry, Operation) else getattr(entry, "op", None)
        if isinstance(operation, Operation):
            operations.append(operation)
    graph._push_controls(operations)
    try:
        yield
    finally:
        graph._pop_controls()


def device(device_name):
    """Everything is on the CPU; named devices are accepted."""
    return contextlib.nullcontext()


class NullContextmanager(contextlib.nullcontext):
    """A context that does nothing."""
