# SPDX-License-Identifier: MIT
"""tf.keras.Model and Sequential: building, training, telling."""
from __future__ import annotations

from typing import Any

from .. import nest
from ..framework.tensor_shape import TensorShape
from . import metrics as metrics_module
from .engine import KerasTensor, Layer, record
from .layers import InputLayer
from .training import Training


class Model(Training, Layer):
    """Layers as one: by subclassing with call(), or of inputs and outputs."""

    def __new__(cls, *args, **kwargs):
        if cls is Model and (len(args) >= 2 or "inputs" in kwargs):
            return super().__new__(Functional)
        return super().__new__(cls)

    def __init__(self, *args, name=None, **kwargs):
        super().__init__(name=name, **{k: v for k, v in kwargs.items() if k in ("trainable", "dtype")})
        self._init_training()

    @property
    def layers(self) -> list:
        return [layer for layer in self._sublayers() if not isinstance(layer, metrics_module.Metric)]

    def _trackable_children(self) -> dict:
        found = {}
        if isinstance(self, (Functional, Sequential)):
            with_weights = 0
            for i, layer in enumerate(self.layers):
                if layer.weights:
                    found[f"layer_with_weights-{with_weights}"] = layer
                    with_weights += 1
                found[f"layer-{i}"] = layer
        found.update(super()._trackable_children())
        return found

    def get_layer(self, name=None, index=None) -> Layer:
        if index is not None:
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: "
                         f"{[layer.name for layer in self.layers]}.")

    def build(self, input_shape=None) -> None:
        if input_shape is not None and not self.built and not isinstance(input_shape, (dict,)):
            shapes = input_shape
            if isinstance(shapes, (tuple, list)) and shapes and not isinstance(shapes[0], (int, type(None))):
                stand_ins = [KerasTensor(s, self._dtype, "shape") for s in shapes]
            else:
                stand_ins = KerasTensor(shapes, self._dtype, "shape")
            if type(self).call is not Layer.call and not self._building:
                self._building = True
                try:
                    record(self._run, (stand_ins,), {}, self._name)
                except (TypeError, ValueError, NotImplementedError, AttributeError):
                    pass            # a call that needs values builds its layers when it is called
                finally:
                    self._building = False
        self.built = True

    _building = False

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False,
                show_trainable=False,
                layer_range=None) -> None:
        """Prints the layers, their output shapes and numbers of weights."""
        from .summary_table import summary
        if not self.built and not self.weights:
            raise ValueError("This model has not yet been built. Build the model first by calling `build()` "
                             "or by calling the "
                             "model on a batch of data.")
        summary(self, print_fn or print)

    def save(self, filepath, *args, **kwargs) -> None:
        raise NotImplementedError("Model.save is not part of this engine yet; save_weights is")

    def save_weights(self, filepath, *args, **kwargs) -> None:
        """The weights as an .npz file."""
        import numpy as np
        with open(filepath, "wb") as file:
            np.savez(file, *self.get_weights())

    def load_weights(self, filepath, *args, **kwargs) -> None:
        import numpy as np
        with np.load(filepath) as stored:
            self.set_weights([stored[name] for name in stored.files])

    def reset_states(self) -> None:
        """The states of all stateful layers become zero."""
        for layer in self.layers:
            if getattr(layer, "stateful", False) and hasattr(layer, "reset_states"):
                layer.reset_states()

    def to_json(self) -> str:
        import json
        return json.dumps({"class_name": type(self).__name__, "config": {"name": self.name}})

    @property
    def input_shape(self):
        return tuple(self._input_shape_hint) if self._input_shape_hint else None

    @property
    def output_shape(self):
        return tuple(self.compute_output_shape(self._input_shape_hint))

    def __repr__(self) -> str:
        return f"<keras.engine.{type(self).__name__.lower()}.{type(self).__name__} object at 0x{id(self):x}>"


class Functional(Model):
    """A model of the calls between its inputs and outputs."""

    def __init__(self, inputs=None, outputs=None, name=None, **kwargs):
        Model.__init__(self, name=name or None, **kwargs)
        self.__dict__["inputs_structure"], self.__dict__["outputs_structure"] = inputs, outputs
        self._nodes = self._order(nest.flatten(outputs), {id(t) for t in nest.flatten(inputs)})
        self._layer_list = []
        for node in self._nodes:
            if node.layer is not None and all(node.layer is not known for known in self._layer_list):
                self._layer_list.append(node.layer)
        self.built = True
        first = nest.flatten(inputs)[0]
        self._input_shape_hint = tuple(first.shape)

    _TF_MODULE_IGNORED_PROPERTIES = frozenset({"_nodes", "inputs_structure", "outputs_structure"})
    inputs = property(lambda self: nest.flatten(self.inputs_structure))
    outputs = property(lambda self: nest.flatten(self.outputs_structure))
    input = property(lambda self: self.inputs_structure)
    output = property(lambda self: self.outputs_structure)

    def _order(self, outputs: list, given: set) -> list:
        """The calls that the outputs need, each after those that it needs."""
        order, seen = [], set()

        def visit(tensor):
            node = tensor.node
            if id(tensor) in given or node is None:
                if id(tensor) not in given:
                    raise ValueError(f"Graph disconnected: cannot obtain value for tensor {tensor!r} which "
                                     f"is not an input of "
                                     "the model")
                return
            if id(node) in seen:
                return
            seen.add(id(node))
            for source in node.inputs():
                visit(source)
            order.append(node)
        for tensor in outputs:
            visit(tensor)
        return order

    def call(self, inputs, training=None, mask=None):
        values = {id(k): v for k, v in zip(nest.flatten(self.inputs_structure), nest.flatten(inputs))}

        def value(item):
            return values[id(item)] if isinstance(item, KerasTensor) else item
        for node in self._nodes:
            args = [nest.map_structure(value, a) for a in node.args]
            kwargs = {k: nest.map_structure(value, v) for k, v in node.kwargs.items()}
            if node.layer is not None:
                if kwargs.get("training") is None and training is not None and node.layer._training_aware():
                    kwargs["training"] = training
                result = node.layer(*args, **kwargs)
            else:
                result = node.function(*args, **kwargs)
            for stand_in, found in zip(nest.flatten(node.outputs), nest.flatten(result)):
                values[id(stand_in)] = found
        return nest.map_structure(value, self.outputs_structure)


class Sequential(Model):
    """Layers one after another."""

    def __init__(self, layers=None, name=None):
        super().__init__(name=name)
        self._stack: list[Layer] = []
        self._shape: Any = None
        for layer in layers or []:
            self.add(layer)

    @property
    def layers(self) -> list:
        return list(self._stack)

    def add(self, layer) -> None:
        """Puts a layer at the end."""
        if isinstance(layer, KerasTensor):
            self._shape = tuple(layer.shape)
        elif isinstance(layer, InputLayer):
            self._shape = tuple(layer._input_shape_hint)
        elif isinstance(layer, Layer):
            if not self._stack and self._shape is None and layer._input_shape_hint is not None:
                self._shape = tuple(layer._input_shape_hint)
            self._stack.append(layer)
        elif callable(layer):
            from .layers import Lambda
            self._stack.append(Lambda(layer))
        else:
            raise TypeError(f"The added layer must be an instance of class Layer. Received: layer={layer} of "
                            f"type {type(layer)}.")
        if self._shape is not None:
            self.built = False
            self._build_stack(self._shape)

    def pop(self) -> None:
        self._stack.pop()

    def _build_stack(self, shape) -> None:
        self._input_shape_hint = tuple(TensorShape(shape))
        value = KerasTensor(shape, self._dtype, "input")
        for layer in self._stack:
            value = layer(value)
        self._outputs = value
        self.built = True

    def build(self, input_shape=None) -> None:
        if input_shape is not None:
            self._build_stack(input_shape)
        self.built = True

    def _maybe_build(self, inputs) -> None:
        """The layers build themselves as they are called."""
        if not self.built and isinstance(inputs, KerasTensor):
            self._build_stack(inputs.shape)
        if not self.built:
            self._input_shape_hint = tuple(inputs.shape) if hasattr(inputs, "shape") else None
            self.built = True

    inputs = property(lambda self: [KerasTensor(self._input_shape_hint, self._dtype, "input")])
    outputs = property(lambda self: [self._outputs])

    def _declares_shape(self) -> bool:
        return all(layer._declares_shape() for layer in self._stack)

    def _output_dtype(self, dtype):
        for layer in self._stack:
            dtype = layer._output_dtype(dtype)
        return dtype

    def compute_output_shape(self, input_shape):
        if not self._declares_shape():
            return super().compute_output_shape(input_shape)
        for layer in self._stack:
            input_shape = layer.compute_output_shape(input_shape)
        return TensorShape(input_shape)

    def call(self, inputs, training=None, mask=None):
        value = inputs
        for layer in self._stack:
            value = layer(value,
                          training=training) if training is not None and layer._training_aware() else layer(value)
        return value


def clone_model(model):
    raise NotImplementedError("clone_model is not part of this engine yet")


def load_model(*args, **kwargs):
    raise NotImplementedError("load_model is not part of this engine yet")
