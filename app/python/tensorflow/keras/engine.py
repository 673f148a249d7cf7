# SPDX-License-Identifier: MIT
"""Layers, and the symbolic tensors of which functional models are made."""
from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import _lockstep
from _lockstep import Tensor

from .. import nest
from ..autograph.convert import call as convert_call
from ..framework import dtypes, ops
from ..framework.ops import FuncGraph, convert_to_tensor
from ..framework.tensor_shape import TensorShape
from ..module import Module, camel_to_snake
from ..ops import math_ops
from ..ops.variables import Variable
from . import backend, initializers, masks, regularizers
from .saving import note_arguments


class KerasTensor:
    """Stands for a value of a model: a shape, a dtype, and the call that gives it."""

    _keras_stand_in = True
    __array_priority__ = 200

    def __init__(self, shape, dtype, name: str, node=None):
        self.shape, self.dtype, self.name, self.node = TensorShape(shape), dtypes.as_dtype(dtype), name, node

    def get_shape(self) -> TensorShape:
        return self.shape

    rank = property(lambda self: self.shape.rank)
    ndim = rank

    def __getitem__(self, key):
        return record(lambda x: x[key], (self,), {}, "slice")

    def __iter__(self):
        raise TypeError("Cannot iterate over a Keras symbolic tensor.")

    def __len__(self):
        raise TypeError("Keras symbolic inputs/outputs do not implement `__len__`.")

    def __repr__(self) -> str:
        return (f"<KerasTensor: shape={self.shape} dtype={self.dtype.name} (created by layer "
                f"'{self.node.name if self.node else self.name}')>")


def _operator(name: str, reflected: bool):
    function = getattr(__import__("operator"), name)

    def method(self, other):
        return record((lambda x, y: function(y, x)) if reflected else function, (self, other), {}, name)
    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    setattr(KerasTensor, f"__{_name}__", _operator(_name, False))
    setattr(KerasTensor, f"__r{_name}__", _operator(_name, True))
for _name in ("lt", "le", "gt", "ge"):
    setattr(KerasTensor, f"__{_name}__", _operator(_name, False))
KerasTensor.__neg__ = lambda self: record(lambda x: -x, (self,), {}, "neg")


class Node:
    """A call in a functional model: what was called on what, and what came out."""

    def __init__(self, function, args, kwargs, name: str, layer=None):
        self.function, self.args, self.kwargs, self.name, self.layer = function, args, kwargs, name, layer
        self.outputs: Any = None

    def inputs(self) -> list:
        return [a for a in nest.flatten([list(self.args), self.kwargs]) if isinstance(a, KerasTensor)]


def _shapes_of(function, args, kwargs):
    """What function gives on placeholders of these shapes."""
    graph = FuncGraph("shapes")
    with graph.as_default():
        def stand_in(a):
            return _lockstep.placeholder(None, a.dtype, a.shape) if isinstance(a, KerasTensor) else a
        args = nest.map_structure(stand_in, list(args))
        kwargs = nest.map_structure(stand_in, kwargs)
        return function(*args, **kwargs)


def _declared_shapes(layer, args, kwargs):
    """What the layer says of its output, so that building a model makes no graph that nobody asked for. None
    when only a trace can tell."""
    if layer is None or not layer._declares_shape() or len(args) != 1 or any(
            isinstance(a, KerasTensor) for a in nest.flatten(kwargs)):
        return None
    inputs = nest.flatten(args[0])
    if not all(isinstance(a, KerasTensor) and a.shape.rank is not None for a in inputs):
        return None
    shapes = nest.map_structure(lambda a: a.shape, args[0])
    return KerasTensor(layer.compute_output_shape(shapes), layer._output_dtype(inputs[0].dtype), layer.name)


def record(function, args, kwargs, name: str, layer=None):
    """Adds a call to the model that is being built."""
    node = Node(function, args, kwargs, name, layer)
    result = _declared_shapes(layer, args, kwargs)
    if result is None:
        result = _shapes_of(function, args, kwargs)
    node.outputs = nest.map_structure(lambda t: KerasTensor(t.shape, t.dtype, name, node), result)
    return node.outputs


def _apply_op(op, arguments):
    return record(lambda *a: op(*a), arguments, {}, op.c_name)


_lockstep.register(symbolic_apply=_apply_op)


def Input(shape=None, batch_size=None, name=None, dtype=None, sparse=False, tensor=None, ragged=False,
          # noqa: N802
          type_spec=None, batch_shape=None):
    """The beginning of a model: a tensor to come."""
    if batch_shape is None and shape is None:
        raise ValueError("Please provide to Input a `shape` or a `tensor` or a `type_spec` argument.")
    shape = (shape,) if isinstance(shape, int) else shape
    full = batch_shape if batch_shape is not None else (batch_size, *shape)
    name = name or f"input_{backend.get_uid('input')}"
    return KerasTensor(full, dtype or "float32", name)


class InputSpec:
    """What a layer takes."""

    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None, **kwargs):
        self.dtype, self.shape, self.ndim, self.min_ndim, self.max_ndim, self.axes = dtype, shape, ndim, min_ndim, max_ndim, axes


class Layer(Module):
    """A function with weights, made when the shape of its input is known."""

    _TF_MODULE_IGNORED_PROPERTIES = frozenset({"_nodes", "_metrics_own"})

    def __new__(cls, *args, **kwargs):
        made = object.__new__(cls)
        note_arguments(made, args, kwargs)
        return made

    def __init__(self, trainable=True, name=None, dtype=None, dynamic=False, **kwargs):
        unknown = set(kwargs) - {"input_shape", "input_dim", "batch_input_shape", "batch_size", "weights",
                                 "autocast",
                                 "activity_regularizer", "implementation"}
        if unknown:
            raise TypeError(f"Keyword argument not understood: {', '.join(map(repr, sorted(unknown)))}")
        self._name = name or backend.unique_name(camel_to_snake(type(self).__name__))
        self._name_scope_name = self._name
        self._trainable, self.built = trainable, False
        self._dtype = dtypes.as_dtype(dtype or "float32")
        self._own_weights: list = []
        self._regularized: list = []
        self._losses: list = []
        self.input_spec = None
        shape = kwargs.get("batch_input_shape") or (None,
                                                    *kwargs["input_shape"]) if "input_shape" in kwargs else (
            (None, kwargs["input_dim"]) if "input_dim" in kwargs else None)
        self._input_shape_hint = shape
        self._takes_training: bool | None = None

    def __setattr__(self, key, value):
        if isinstance(value, Variable) and "_own_weights" in self.__dict__ and all(value is not w for w
                in self._own_weights):
            self._own_weights.append(value)
        super().__setattr__(key, value)

    dtype = property(lambda self: self._dtype.name)
    compute_dtype = variable_dtype = dtype
    dtype_policy = dtype
    dynamic = stateful = _is_metric = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value) -> None:
        self._trainable = bool(value)
        for layer in self._sublayers():
            layer.trainable = value

    def _trackable_children(self) -> dict:
        """For checkpoints: weights by name, and what its attributes hold."""
        from ..checkpoint.trackable import is_trackable
        found = {}
        for key, value in vars(self).items():
            if key not in self._TF_MODULE_IGNORED_PROPERTIES and key not in _NOT_TRACKED and is_trackable(value):
                found[key] = value
        named = {id(value) for value in found.values()}
        for weight in self._own_weights:
            if id(weight) not in named:
                found.setdefault(weight._shared_name.rpartition("/")[2], weight)
        return found

    def _sublayers(self) -> list:
        found = []
        for key, value in vars(self).items():
            if key in self._TF_MODULE_IGNORED_PROPERTIES or key.startswith("_compiled"):
                continue
            for leaf in nest.flatten(value) if isinstance(value, (list, tuple, dict)) else [value]:
                if isinstance(leaf, Layer) and leaf is not self and all(leaf is not f for f in found):
                    found.append(leaf)
        return found

    def _all_weights(self, trainable) -> list:
        mine = [w for w in self._own_weights if (w.trainable and self._trainable) == trainable]
        found = list(mine)
        for layer in self._sublayers():
            if layer._is_metric:
                continue
            for w in layer._all_weights(trainable):
                if all(w is not f for f in found):
                    found.append(w)
        for module in self._plain_modules():
            found += [v for v in module.variables if (v.trainable and self._trainable) == trainable]
        return found

    def _plain_modules(self) -> list:
        return [v for v in vars(self).values() if isinstance(v, Module) and not isinstance(v, Layer)]

    trainable_weights = property(lambda self: self._all_weights(True))
    non_trainable_weights = property(lambda self: self._all_weights(False))
    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights

    @property
    def weights(self) -> list:
        return self.trainable_weights + self.non_trainable_weights

    variables = property(lambda self: self.weights)

    @property
    def losses(self) -> list:
        own = list(self._losses) + [regularize(w) for w, regularize in self._regularized]
        return own + [loss for layer in self._sublayers() for loss in layer.losses]

    def add_loss(self, losses, **kwargs) -> None:
        self._losses += [loss() if callable(loss) else loss for loss in nest.flatten(losses)]

    def add_metric(self, value, name=None, **kwargs) -> None:
        pass

    def add_weight(self, name=None, shape=None, dtype=None, initializer=None, regularizer=None,
                   trainable=None,
                   constraint=None, **kwargs) -> Variable:
        """A variable of this layer."""
        dtype = dtypes.as_dtype(dtype or self._dtype)
        make = initializers.get(initializer) or (initializers.GlorotUniform() if dtype.is_floating
                                                 else initializers.Zeros())
        shape = tuple(int(d) for d in shape) if shape is not None else ()
        with ops.name_scope(self._name + "/"):
            variable = Variable(lambda: make(shape, dtype=dtype), trainable=True if trainable is None
                                else trainable,
                                name=name or "Variable", dtype=dtype, constraint=constraint)
        self._own_weights.append(variable)
        if regularizer is not None:
            self._regularized.append((variable, regularizers.get(regularizer)))
        return variable

    add_variable = add_weight

    def build(self, input_shape) -> None:
        self.built = True

    def call(self, inputs, *args, **kwargs):
        return inputs

    def _prepare(self, value):
        """Arrays become tensors; floats get the layer's dtype."""
        if isinstance(value, (np.ndarray, float, int, list)) and not isinstance(value, KerasTensor):
            value = convert_to_tensor(value)
        if isinstance(value,
                      Tensor) and value.dtype.is_floating and self._dtype.is_floating and value.dtype != self._dtype:
            return math_ops.cast(value, self._dtype)
        return value

    def _maybe_build(self, inputs) -> None:
        if self.built:
            return
        shapes = nest.map_structure(lambda t: getattr(t, "shape", None), inputs)
        with ops.init_scope():
            self.build(shapes)
        self.built = True

    def _training_aware(self) -> bool:
        if self._takes_training is None:
            parameters = inspect.signature(self.call).parameters
            self._takes_training = "training" in parameters or any(
                p.kind is p.VAR_KEYWORD for p in parameters.values())
        return self._takes_training

    def __call__(self, *args, **kwargs):
        flat = nest.flatten([list(args), kwargs])
        symbolic = any(isinstance(a, KerasTensor) for a in flat)
        if not symbolic:
            args = tuple(nest.map_structure(self._prepare, a) if nest.is_nested(a) and not isinstance(a, list)
                         else self._prepare_list(a) for a in args)
        self._maybe_build(args[0] if args else next(iter(kwargs.values()), None))
        if symbolic:
            return record(self._run, args, kwargs, self._name, self)
        return self._run(*args, **kwargs)

    def _prepare_list(self, value):
        if isinstance(value, list) and any(isinstance(v, (Tensor, Variable, np.ndarray)) for v in value):
            return [self._prepare(v) for v in value]
        return self._prepare(value)

    def _run(self, *args, **kwargs):
        makes_masks = type(self).compute_mask is not Layer.compute_mask
        if not makes_masks and not masks.any_known():
            return self._run_plainly(*args, **kwargs)
        given = nest.map_structure(masks.mask_of, args[0]) if args else None
        if kwargs.get("mask") is None and any(m is not None for m in nest.flatten(given)) and self._takes_mask():
            kwargs["mask"] = given
        result = self._run_plainly(*args, **kwargs)
        if makes_masks or self.supports_masking:
            self._hand_on_mask(args[0] if args else None, kwargs.get("mask", given), result)
        return result

    def _takes_mask(self) -> bool:
        return "mask" in inspect.signature(self.call).parameters

    def _hand_on_mask(self, inputs, mask, result) -> None:
        outputs = nest.flatten(result)
        if all(masks.mask_of(t) is not None for t in outputs):
            return
        found = self.compute_mask(inputs, mask)
        for tensor, its in zip(outputs, nest.flatten(found) if nest.is_nested(found) else [found] * len(outputs)):
            if isinstance(tensor, Tensor) and its is not None:
                masks.set_mask(tensor, its)

    supports_masking = False

    def compute_mask(self, inputs, mask=None):
        """The mask of the output for that of the inputs."""
        return mask if self.supports_masking else None

    def _run_plainly(self, *args, **kwargs):
        if self._training_aware():
            if kwargs.get("training") is None:
                kwargs["training"] = current_training()
            kwargs = {k: v for k, v in kwargs.items() if k != "training" or v is not None
                      or self._wants_none()}
        elif "training" in kwargs:
            kwargs.pop("training")
        before = _state["training"]
        if kwargs.get("training") is not None:
            _state["training"] = kwargs["training"]
        self._losses = []
        scope = ops.name_scope(self._name) if not _lockstep.executing_eagerly() else None
        try:
            if scope is None:
                return self.call(*args, **kwargs)
            with scope:
                return convert_call(self.call)(*args, **kwargs)
        finally:
            _state["training"] = before

    def _wants_none(self) -> bool:
        parameter = inspect.signature(self.call).parameters.get("training")
        return parameter is not None and parameter.default is inspect.Parameter.empty

    @classmethod
    def _declares_shape(cls) -> bool:
        """Does compute_output_shape() speak of the call() that this class has?"""
        def maker(name):
            return next(c for c in cls.__mro__ if name in vars(c))
        shaper, caller = maker("compute_output_shape"), maker("call")
        return shaper is not Layer and (issubclass(shaper, caller) or caller.__module__ == "tensorflow.keras.layers")

    def _output_dtype(self, dtype):
        """The dtype that comes out where this one goes in."""
        return self._dtype if dtype.is_floating else dtype

    def compute_output_shape(self, input_shape):
        shape = TensorShape(input_shape)
        return TensorShape(_shapes_of(self._run, (KerasTensor(shape, self._dtype, "shape"),), {}).shape)

    def count_params(self) -> int:
        return int(sum(w.shape.num_elements() for w in self.weights))

    def get_weights(self) -> list:
        return [w.numpy() for w in self.weights]

    def set_weights(self, weights) -> None:
        mine = self.weights
        if len(mine) != len(weights):
            raise ValueError(f"You called `set_weights(weights)` on layer \"{self.name}\" with a weight list "
                             f"of length "
                             f"{len(weights)}, but the layer was expecting {len(mine)} weights. Provided "
                             f"weights: "
                             f"{str(weights)[:50]}...")
        for w, value in zip(mine, weights):
            if tuple(w.shape) != np.shape(value):
                raise ValueError(f"Layer {self.name} weight shape {w.shape} is not compatible with provided "
                                 f"weight shape "
                                 f"{np.shape(value)}.")
            w.assign(value)

    def get_config(self) -> dict:
        return {"name": self._name, "trainable": self._trainable, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def __repr__(self) -> str:
        return f"<keras.layers.{type(self).__name__} object at 0x{id(self):x}>"


# Attributes that only lead to what others lead to as well.
_NOT_TRACKED = frozenset({"_own_weights", "_regularized", "_losses", "_layer_list", "_stack", "_trainable_variables"})
_state: dict = {"training": None}


def current_training():
    return _state["training"]
