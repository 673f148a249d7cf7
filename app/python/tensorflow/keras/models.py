# SPDX-License-Identifier: MIT
"""tf.keras.Model and Sequential: building, training, telling."""
from __future__ import annotations

from typing import Any

from .. import nest
from ..framework.tensor_shape import TensorShape
from ..framework.tensor_spec import TensorSpec
from . import metrics as metrics_module
from .engine import KerasTensor, Layer, record
from .layers import InputLayer
from .training import Training


def _open_specs(inputs):
    """Specs of what a model was called with, any number at once; None for what are no tensors."""
    leaves = nest.flatten(inputs)
    if not all(hasattr(leaf, "shape") and hasattr(leaf, "dtype") for leaf in leaves):
        return None
    return nest.pack_sequence_as(inputs, [TensorSpec((None, *tuple(leaf.shape)[1:]) if len(leaf.shape) else (), leaf.dtype,
                                                     f"input_{i + 1}") for i, leaf in enumerate(leaves)])


class Model(Training, Layer):
    """Layers as one: by subclassing with call(), or of inputs and outputs."""

    def __new__(cls, *args, **kwargs):
        if cls is Model and (len(args) >= 2 or "inputs" in kwargs):
            return object.__new__(Functional)
        return super().__new__(cls, *args, **kwargs)

    def __call__(self, *args, **kwargs):
        result = super().__call__(*args, **kwargs)
        if args and "_call_specs" not in self.__dict__:
            self.__dict__["_call_specs"] = _open_specs(args[0])
        return result

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

    def save(self, filepath, overwrite=True, save_format=None, **kwargs) -> None:
        """As a .keras archive, or in a SavedModel's folder."""
        from .persist import save_model
        save_model(self, filepath, overwrite, save_format, **kwargs)

    def export(self, filepath) -> None:
        from .exported import save_saved_model
        save_saved_model(self, filepath)

    def save_weights(self, filepath, overwrite=True, save_format=None, options=None) -> None:
        """The weights as a checkpoint."""
        from .persist import save_weights
        save_weights(self, filepath, overwrite, save_format, options)

    def load_weights(self, filepath, skip_mismatch=False, by_name=False, options=None):
        from .persist import load_weights
        return load_weights(self, filepath, skip_mismatch, by_name, options)

    @property
    def output_names(self) -> list:
        from .exported import output_names
        return output_names(self)

    @property
    def input_names(self) -> list:
        from .exported import input_specs
        return [spec.name for spec in nest.flatten(input_specs(self))]

    def _default_save_signature(self):
        from .exported import default_signature
        return default_signature(self)

    def _saved_children(self) -> dict:
        from .exported import call_function
        return getattr(self, "_exporting", None) or {"__call__": call_function(self)}

    def _saved_kind(self) -> tuple:
        from .exported import saved_kind
        return saved_kind(self)

    def to_json(self, **kwargs) -> str:
        import json
        from .saving import serialize_keras_object
        return json.dumps(serialize_keras_object(self), **kwargs)

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

    _takes_raw_config = True

    def get_config(self) -> dict:
        from .persist import functional_config
        return functional_config(self)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from .persist import functional_of
        return functional_of(config)

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

    _takes_raw_config = True

    def get_config(self) -> dict:
        from .persist import sequential_config
        return sequential_config(self)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from .saving import deserialize_keras_object
        model = cls(name=config.get("name"))
        shape = deserialize_keras_object(config.get("input_shape"), custom_objects)
        model._shape = None if shape is None else tuple(shape)
        for layer in config["layers"]:
            model.add(deserialize_keras_object(layer, custom_objects, False))
        return model

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


def clone_model(model, input_tensors=None, clone_function=None):
    """A new model of the same configuration, with new weights."""
    from .saving import deserialize_keras_object, serialize_keras_object
    return deserialize_keras_object(serialize_keras_object(model), {type(model).__name__: type(model)}, False)


def model_from_json(json_string, custom_objects=None):
    import json
    from .saving import deserialize_keras_object
    return deserialize_keras_object(json.loads(json_string), custom_objects, False)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True, **kwargs):  # noqa: A002
    from .persist import load_model as load
    return load(filepath, custom_objects, compile, safe_mode, **kwargs)


def save_model(model, filepath, overwrite=True, save_format=None, **kwargs) -> None:
    from .persist import save_model as save
    save(model, filepath, overwrite, save_format, **kwargs)
