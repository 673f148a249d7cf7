# SPDX-License-Identifier: MIT
"""tf.Variable."""
from __future__ import annotations

import enum
import functools
from typing import Any

import _lockstep
from _lockstep import SymbolicTensor, Tensor

from ..framework import dtypes, ops
from ..framework.ops import GraphKeys, Reference, convert_to_tensor
from ..framework.tensor_shape import TensorShape, as_shape
from . import slice_ops


class VariableSynchronization(enum.Enum):
    AUTO, NONE, ON_WRITE, ON_READ = range(4)


class VariableAggregation(enum.Enum):
    NONE, SUM, MEAN, ONLY_FIRST_REPLICA = range(4)


_observers: list = []       # traces that want to know of new variables, innermost last


_creators: list = []        # of variable_creator_scope(), innermost last
_GIVEN = ("initial_value", "trainable", "validate_shape", "caching_device", "name", "variable_def", "dtype", "import_scope",
          "constraint", "synchronization", "aggregation", "shape")


class variable_creator_scope:  # noqa: N801  TensorFlow's name
    """Variables inside are made by variable_creator (next_creator, **arguments)."""

    def __init__(self, variable_creator):
        self._creator = variable_creator

    def __enter__(self) -> None:
        _creators.append(self)

    def __exit__(self, *error) -> None:
        if _creators[-1] is not self:
            raise RuntimeError("Exiting variable_creator_scope without proper nesting.")
        _creators.pop()


class _Created(type(_lockstep.Variable)):
    """What calls the creators that are in force."""

    def __call__(cls, *args, **kwargs):
        if not _creators or cls is not Variable:
            return super().__call__(*args, **kwargs)
        given = {"initial_value": None, "trainable": None, "validate_shape": True, "caching_device": None, "name": None,
                 "dtype": None, "constraint": None, "synchronization": VariableSynchronization.AUTO,
                 "aggregation": VariableAggregation.NONE, "shape": None, **dict(zip(_GIVEN, args)), **kwargs}
        make = super().__call__
        for scope in _creators:
            make = functools.partial(scope._creator, make)
        return make(**given)


class Variable(_lockstep.Variable, metaclass=_Created):
    """A value that can be replaced."""

    _made_as: type | None = None        # what a strategy's scope makes in place of variables

    def __new__(cls, *args, **kwargs):
        return super().__new__(Variable._made_as if cls is Variable and Variable._made_as is not None else cls)

    def __init__(self, initial_value=None, trainable=None, validate_shape=True, caching_device=None,
                 name=None,
                 variable_def=None, dtype=None, import_scope=None, constraint=None,
                 synchronization=VariableSynchronization.AUTO, aggregation=VariableAggregation.NONE,
                 shape=None,
                 experimental_enable_variable_lifting=True, collections=None, use_resource=None,
                 expected_shape=None):
        if initial_value is None:
            raise ValueError("The `initial_value` arg to `tf.Variable` must be specified except when you are "
                             "not providing "
                             "a `variable_def`. You provided neither.")
        self._trainable = synchronization is not VariableSynchronization.ON_READ if trainable is None else bool(trainable)
        self.constraint, self.synchronization, self.aggregation = constraint, synchronization, aggregation
        self._initializer = None
        for observe in _observers[-1:]:
            observe(self)
        graph = _lockstep.current_graph()
        if graph is not None and not graph.building_function:
            self._place_in_graph(graph, initial_value, name or "Variable", dtype, shape, collections,
                                 validate_shape)
        else:
            self._create_now(initial_value, name or "Variable", dtype, shape, validate_shape)
            if graph is not None:
                self._collect(graph, collections)

    @classmethod
    def without_value(cls, shape, dtype, trainable: bool, name: str) -> Variable:
        """One that is still to be assigned."""
        self = cls.__new__(cls)
        self._trainable, self.constraint, self._initializer = trainable, None, None
        self.synchronization, self.aggregation = VariableSynchronization.AUTO, VariableAggregation.NONE
        self._name = name + ":0"
        self._create(self._name, dtypes.as_dtype(dtype), as_shape(shape), None, trainable)
        return self

    def _create_now(self, initial, name, dtype, shape, validate_shape):
        """With a value of its own; while tracing, outside of the trace."""
        self._name = ops.scoped(name) + ":0"
        with ops.init_scope():
            value = initial() if callable(initial) else _outside(initial)
            value = convert_to_tensor(value.read_value() if isinstance(value, Variable) else value,
                                      dtype if not isinstance(value, (Tensor, Variable)) else None)
            if dtype is not None and value.dtype != dtype:
                value = convert_to_tensor(value, dtype)
            shape = TensorShape(None) if shape is None and not validate_shape else shape
            self._create(self._name, value.dtype, value.shape if shape is None else as_shape(shape), value,
                         self._trainable)

    def _place_in_graph(self, graph, initial, name, dtype, shape, collections, validate_shape):
        """As version 1 does: a handle, an initializer to run, a read."""
        with ops.init_scope(), ops.name_scope(name) as scope:
            self._name = scope[:-1]
            with ops.name_scope("Initializer"):
                value = initial() if callable(initial) else initial
                self._initial_value = value = convert_to_tensor(value, dtype)
            shape = as_shape(value.shape if shape is None and validate_shape else shape)
            handle = _lockstep.ops["VarHandleOp"](value.dtype, shape, self._name, name=scope)
            self._place(handle, value.dtype, shape)
            self._initializer = _lockstep.ops["AssignVariableOp"](handle, value, name="Assign")
            self._snapshot = _lockstep.ops["ReadVariableOp"](handle, value.dtype, name="Read/ReadVariableOp")
        self._collect(graph, collections)
        self._name += ":0"

    def _collect(self, graph, collections) -> None:
        keys = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
        if self._trainable and GraphKeys.TRAINABLE_VARIABLES not in keys:
            keys.append(GraphKeys.TRAINABLE_VARIABLES)
        graph.add_to_collections(keys, self)

    name = property(lambda self: self._name)
    trainable = property(lambda self: self._trainable)
    device = property(lambda self: "/job:localhost/replica:0/task:0/device:CPU:0" if self._initializer is None
                      else "")
    op = property(lambda self: self.handle.op)
    initializer = property(lambda self: self._initializer)
    create = initializer
    _shared_name = property(lambda self: self._name[:-2])
    _in_graph_mode = property(lambda self: self._initializer is not None)

    @property
    def initial_value(self):
        if self._initializer is None:
            raise RuntimeError("This property is not supported when eager execution is enabled.")
        return self._initial_value

    def initialized_value(self):
        return self._initial_value if self._initializer is not None else self.read_value()

    def is_initialized(self, name=None):
        return _lockstep.ops["VarIsInitializedOp"](self.handle, name=name)

    def get_shape(self) -> TensorShape:
        return self.shape

    def set_shape(self, shape) -> None:
        pass

    def numpy(self):
        if not ops.executing_eagerly() or self._initializer is not None:
            raise NotImplementedError("numpy() is only available when eager execution is enabled.")
        value = self._peek()
        return self.read_value().numpy() if value is None else value.numpy()

    def _as_graph_element(self):
        return self._snapshot if self._initializer is not None else self

    def eval(self, session=None):
        return self._snapshot.eval(session=session)

    def load(self, value, session=None):
        from ..compat.v1 import session as session_module
        (session or session_module.get_default_session())._set(self, value)

    def ref(self) -> Reference:
        return Reference(self)

    experimental_ref = ref
    deref = None

    def __hash__(self):
        if self._initializer is not None:
            return id(self)
        raise TypeError("Variable is unhashable. Instead, use variable.ref() as the key.")

    def __array__(self, dtype=None, copy=None):
        import numpy as np
        return np.asarray(self.numpy(), dtype)

    def __iter__(self):
        return iter(self.read_value())

    def __bool__(self):
        return bool(self.read_value())

    def __int__(self):
        return int(self.numpy())

    def __float__(self):
        return float(self.numpy())

    def __index__(self):
        return self.read_value().__index__()

    def __len__(self):
        return len(self.read_value())

    def __format__(self, spec):
        return format(self.numpy(), spec) if spec else str(self)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        if not ops.executing_eagerly():
            raise NotImplementedError("__deepcopy__() is only available when eager execution is enabled.")
        copied = type(self)(self.read_value(), self._trainable, name=self._shared_name, dtype=self.dtype)
        memo[id(self)] = copied
        return copied

    def __repr__(self):
        text = f"<tf.Variable '{self._name}' shape={self.shape} dtype={self.dtype.name}"
        if self._initializer is not None or not ops.executing_eagerly():
            return text + ">"
        value = self._peek()
        shown = "<unavailable>" if value is None else repr(value.numpy())
        return text + f", numpy={chr(10) if chr(10) in shown else ''}{shown}>"

    def _refuse(self, sign, method):
        raise RuntimeError(f"`variable {sign}= value` with `tf.Variable`s is not supported. Use "
                           f"`variable.{method}(value)` to "
                           f"modify the variable or `out = variable {sign} value` if you need to get a new "
                           f"output Tensor.")

    def __iadd__(self, other):
        self._refuse("+", "assign_add")

    def __isub__(self, other):
        self._refuse("-", "assign_sub")

    def __imul__(self, other):
        self._refuse("*", "assign(variable * value)")

    def __itruediv__(self, other):
        self._refuse("/", "assign(variable / value)")

    # ---- parts ----

    def __getitem__(self, key):
        return slice_ops.of_variable(self, key)

    def sparse_read(self, indices, name=None):
        return _lockstep.ops["ResourceGather"](self.handle, indices, dtype=self.dtype, name=name or "Gather")

    def gather_nd(self, indices, name=None):
        return _lockstep.ops["ResourceGatherNd"](self.handle, indices, dtype=self.dtype, name=name or "GatherNd")

    def _scatter(self, kind, sparse_delta, use_locking=False, name=None):
        if not (hasattr(sparse_delta, "indices") and hasattr(sparse_delta, "values")):
            raise TypeError(f"Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: {sparse_delta}")
        _lockstep.ops["ResourceScatter" + kind](self.handle, sparse_delta.indices,
                                                convert_to_tensor(sparse_delta.values, self.dtype), name=name)
        return self

    def scatter_add(self, sparse_delta, use_locking=False, name=None):
        return self._scatter("Add", sparse_delta, use_locking, name)

    def scatter_sub(self, sparse_delta, use_locking=False, name=None):
        return self._scatter("Sub", sparse_delta, use_locking, name)

    def scatter_mul(self, sparse_delta, use_locking=False, name=None):
        return self._scatter("Mul", sparse_delta, use_locking, name)

    def scatter_div(self, sparse_delta, use_locking=False, name=None):
        return self._scatter("Div", sparse_delta, use_locking, name)

    def scatter_min(self, sparse_delta, use_locking=False, name=None):
        return self._scatter("Min", sparse_delta, use_locking, name)

    def scatter_max(self, sparse_delta, use_locking=False, name=None):
        return self._scatter("Max", sparse_delta, use_locking, name)

    def scatter_update(self, sparse_delta, use_locking=False, name=None):
        return self._scatter("Update", sparse_delta, use_locking, name)

    def batch_scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Along the last axis of indices, the axes before it being those of the batch."""
        from . import array_ops, math_ops
        indices = convert_to_tensor(sparse_delta.indices)
        shape = indices.shape.as_list()
        columns = [math_ops.cast(array_ops.broadcast_to(array_ops.reshape(
            convert_to_tensor(list(range(n))), [-1 if k == i else 1 for k in range(len(shape))]), shape), indices.dtype)
            for i, n in enumerate(shape[:-1])]
        return self.scatter_nd_update(array_ops.stack([*columns, indices], -1), sparse_delta.values)

    def _scatter_nd(self, kind, indices, updates, name):
        _lockstep.ops["ResourceScatterNd" + kind](self.handle, indices, convert_to_tensor(updates, self.dtype), name=name)
        return self

    def scatter_nd_update(self, indices, updates, name=None):
        return self._scatter_nd("Update", indices, updates, name)

    def scatter_nd_add(self, indices, updates, name=None):
        return self._scatter_nd("Add", indices, updates, name)

    def scatter_nd_sub(self, indices, updates, name=None):
        return self._scatter_nd("Sub", indices, updates, name)

    def scatter_nd_min(self, indices, updates, name=None):
        return self._scatter_nd("Min", indices, updates, name)

    def scatter_nd_max(self, indices, updates, name=None):
        return self._scatter_nd("Max", indices, updates, name)

    def count_up_to(self, limit):
        """The value before it is one more; an OutOfRangeError at the limit."""
        return _lockstep.ops["ResourceCountUpTo"](self.handle, limit, self.dtype)

    def to_proto(self, export_scope=None):
        return self._name

    @property
    def dtype_and_shape(self):
        return self.dtype, self.shape

    SaveSliceInfo = None


def _outside(value: Any):
    """What an initial value that a trace computed comes to, outside of the trace."""
    if not isinstance(value, SymbolicTensor):
        return value
    known = _lockstep.constant_value(value)
    if known is not None:
        return known
    given, values = getattr(value.graph, "_given", ([], []))
    try:
        return value.graph._run(None, given, values, [value], [])[0]
    except Exception as error:
        raise ValueError("The initial value of a variable that a tf.function makes depends on its arguments, "
                         "which have no value here. Make the variable outside, or give a function as "
                         "initial_value.") from error


class observe_variables:  # noqa: N801
    """Calls back for each variable that is made inside."""

    def __init__(self, callback):
        self._callback = callback

    def __enter__(self):
        _observers.append(self._callback)

    def __exit__(self, *error):
        _observers.pop()
