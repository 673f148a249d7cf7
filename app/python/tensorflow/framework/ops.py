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
from .graph_elements import GraphElements
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
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    CONCATENATED_VARIABLES = "concatenated_variables"
    ACTIVATIONS, WEIGHTS, BIASES, ASSET_FILEPATHS = "activations", "weights", "biases", "asset_filepaths"
    SAVERS, SAVEABLE_OBJECTS, RESOURCES, LOCAL_RESOURCES = "savers", "saveable_objects", "resources", "local_resources"
    READY_OP, READY_FOR_LOCAL_INIT_OP, LOCAL_INIT_OP = "ready_op", "ready_for_local_init_op", "local_init_op"
    SUMMARY_OP, EVAL_STEP, GLOBAL_STEP_READ_KEY = "summary_op", "eval_step", "global_step_read_op_cache"
    _SUMMARY_COLLECTION = "_SUMMARY_V2"


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


class Graph(GraphElements, _lockstep.Graph):
    """A graph of operations."""

    def __new__(cls, name="graph", of_function=False):
        return super().__new__(cls, name, of_function)

    def __init__(self, name="graph", of_function=False):
        self.name = name
        self._collections: dict = {}
        self._unfeedable: set = set()
        self._unfetchable: set = set()
        self._variable_scope = None
        self._variable_store = None
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

    def name_scope(self, name):
        """Operations made inside get names below it; "" or None is the root, a final slash means: exactly this."""
        return _GraphScope(self, name)

    def control_dependencies(self, control_inputs):
        return _controls_of(self, control_inputs)

    def device(self, device_name_or_function):
        return contextlib.nullcontext()

    def as_default_graph(self):
        return self

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
    """Ops and variables made inside get names that begin with it; None is the root."""

    def __init__(self, name=None, default_name=None, values=None, skip_on_eager=True):
        if name is not None and not isinstance(name, str):
            raise ValueError(f"Argument `name` must be a string. Received: {name!r}")
        if default_name is not None and not isinstance(default_name, str):
            raise TypeError(f"`default_name` type ({type(default_name)}) is not a string type. You likely meant to pass this "
                            "into the `values` kwarg.")
        self._name = name if name is not None else default_name
        self._values = values
        self._entered: list = []

    name = property(lambda self: self._name)

    def __enter__(self) -> str:
        graph = _lockstep.current_graph()
        if graph is None:
            stack = scope_stack()
            self._entered.append(list(stack))
            name = self._name or ""
            stack[:] = [name.rstrip("/")] if name.endswith("/") else [*stack, name] if name else []
            return "/".join(stack) + "/" if stack else ""
        if self._values is not None:
            if self._name is None:
                raise ValueError(f"At least one of name ({self._name}) and default_name (None) must be provided.")
            _one_graph(self._values, graph)
        scope = _GraphScope(graph, self._name)
        self._entered.append(scope)
        return scope.__enter__()

    def __exit__(self, *error):
        entered = self._entered.pop()
        if isinstance(entered, _GraphScope):
            entered.__exit__(*error)
        else:
            scope_stack()[:] = entered


def _one_graph(values, graph) -> None:
    """All of these belong to one graph: this, or the one of the first."""
    first = None
    for value in values:
        for part in value._to_components() if hasattr(value, "_to_components") else [value]:
            own = getattr(part, "graph", None) if isinstance(part, (SymbolicTensor, Operation)) else None
            if own is None or own.building_function or graph.building_function:
                continue
            if first is not None and own is not first[0]:
                raise ValueError(f"{part} must be from the same graph as {first[1]}.")
            first = first or (own, part)


class _GraphScope:
    """A name scope of one graph."""

    def __init__(self, graph, name):
        if name is not None and not isinstance(name, str):
            raise TypeError(f"Argument `name` must be a string. Received: {name!r}")
        self._graph, self._name = graph, name

    def __enter__(self) -> str:
        name = self._name
        if name:
            wanted = _INNER_SCOPE if self._graph.get_name_scope() else _OUTER_SCOPE
            if not wanted.match(name):
                raise ValueError(f"'{name}' is not a valid scope name. A scope name has to match the following pattern: "
                                 f"{wanted.pattern}")
        self._graph._push_scope(name or None)
        found = self._graph.get_name_scope()
        return found + "/" if found or (name or "").endswith("/") else ""

    def __exit__(self, *error):
        self._graph._pop_scope()


_INNER_SCOPE, _OUTER_SCOPE = re.compile(r"^[A-Za-z0-9_.\\/>-]*$"), re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")


def scope_stack() -> list:
    """The scopes outside of all graphs."""
    if not hasattr(_local, "scopes"):
        _local.scopes = []
    return _local.scopes


def get_name_scope() -> str:
    graph = _lockstep.current_graph()
    return "/".join(scope_stack()) if graph is None else graph.get_name_scope()


def scoped(name: str) -> str:
    """name inside of the current name scopes."""
    scope = get_name_scope()
    return f"{scope}/{name}" if scope else name


@contextlib.contextmanager
def init_scope():
    """Out of all function traces and control dependencies: ops run, or go to the version 1 graph outside."""
    if in_legacy_graph():
        with _controls_of(_lockstep.current_graph(), None):
            yield
        return
    _lockstep.enter_eager()
    try:
        yield
    finally:
        _lockstep.leave()


def control_dependencies(control_inputs):
    """Ops made inside run after these; None: after none, not even those outside."""
    graph = _lockstep.current_graph()
    if graph is None:
        for entry in control_inputs or []:
            if callable(entry) and not is_tensor(entry):
                entry()
        return contextlib.nullcontext()
    return _controls_of(graph, control_inputs)


@contextlib.contextmanager
def _controls_of(graph, inputs):
    graph._push_controls(None if inputs is None else _operations(graph, inputs))
    try:
        yield
    finally:
        graph._pop_controls()


def _operations(graph, inputs) -> list:
    found = []
    for entry in inputs:
        if hasattr(entry, "_to_components"):
            entry = entry._to_components()[0]
        entry = getattr(entry, "_as_graph_element", lambda e=entry: e)()
        if isinstance(entry, str):
            entry = graph.as_graph_element(entry)
        operation = entry if isinstance(entry, Operation) else getattr(entry, "op", None)
        if isinstance(operation, Operation):
            if operation.graph is graph:        # what is outside of a function has run when its call does
                found.append(operation)
        elif not is_tensor(entry):
            raise TypeError(f"Can not convert a {type(entry).__name__} into a Operation or Tensor.")
    return found


def device(device_name):
    """Everything is on the CPU; named devices are accepted."""
    return contextlib.nullcontext()


class NullContextmanager(contextlib.nullcontext):
    """A context that does nothing."""
