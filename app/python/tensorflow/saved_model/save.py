# SPDX-License-Identifier: MIT
"""tf.saved_model.save."""
from __future__ import annotations

import collections
import os
import shutil
from typing import Any

import _lockstep

from .. import nest
from ..checkpoint import bundle
from ..checkpoint.trackable import Walk, checkpoint_tensors, children, is_trackable
from ..eager.def_function import ConcreteFunction, Function
from ..framework import dtypes
from ..framework.graph_def import Library, function_def, graph_def
from ..framework.message import message_class
from ..framework.ops import FuncGraph, Graph
from ..framework.tensor_proto import shape_proto
from ..framework.tensor_spec import TensorSpec
from ..ops.variables import Variable
from . import saver
from .functions import RestoredFunction
from .structure import encode

DEFAULT_KEY, PREDICT = "serving_default", "tensorflow/serving/predict"
_FullArgSpec = collections.namedtuple("FullArgSpec", ["args", "varargs", "varkw", "defaults", "kwonlyargs", "kwonlydefaults",
                                                      "annotations"])


class SaveOptions:
    """Accepted; namespaces and devices play no role here."""

    def __init__(self, namespace_whitelist=None, save_debug_info=False, function_aliases=None, experimental_io_device=None,
                 experimental_variable_policy=None, experimental_custom_gradients=True, **kwargs):
        self.function_aliases = function_aliases or {}


class LoadOptions:
    def __init__(self, allow_partial_checkpoint=False, experimental_io_device=None, experimental_skip_checkpoint=False,
                 experimental_variable_policy=None, experimental_load_function_aliases=False):
        self.experimental_skip_checkpoint = experimental_skip_checkpoint


class Asset:
    """A file that goes with the model; functions that use asset_path find the copy after loading."""

    def __init__(self, path):
        self._path = _lockstep.value(os.fspath(path), dtypes.string)

    asset_path = property(lambda self: self._path)

    def _trackable_children(self) -> dict:
        return {}


class SignatureMap(dict):
    """Signatures by name, as a child of the model."""

    def _trackable_children(self) -> dict:
        return dict(self)


class _Constant:
    """A tensor that a function captures."""

    def __init__(self, tensor):
        self.tensor = tensor

    def _trackable_children(self) -> dict:
        return {}


def children_with_functions(value: Any) -> dict:
    """What a SavedModel keeps of an object: its state, and the functions that are its attributes."""
    if isinstance(value, (Function, ConcreteFunction, RestoredFunction, Variable)):
        return {}
    found = {}
    ours = type(value).__module__.startswith("tensorflow.") or hasattr(value, "_is_metric")     # whose own are no one's business
    if not isinstance(value, (list, tuple, dict)):
        for name in dir(type(value)):
            if isinstance(getattr(type(value), name, None), Function):
                found[name] = getattr(value, name)
        found.update({name: item for name, item in getattr(value, "__dict__", {}).items()
                      if isinstance(item, (Function, ConcreteFunction, RestoredFunction)) and not (name.startswith("_") and ours)})
        exported = getattr(value, "_saved_children", None)
        found.update(exported() if exported is not None else {})
    return {**children(value), **found}


# ---- signatures ----

def _signatures_of(root, signatures) -> dict:
    if signatures is None:
        found = _function_to_export(root)
        signatures = {} if found is None else {DEFAULT_KEY: found}
    elif not isinstance(signatures, collections.abc.Mapping):
        signatures = {DEFAULT_KEY: signatures}
    return {key: _signature(key, function) for key, function in signatures.items()}


def _function_to_export(root):
    """The only function with an input_signature that can be one."""
    default = getattr(root, "_default_save_signature", None)
    if default is not None:
        return default() if callable(default) and not isinstance(default, (Function, ConcreteFunction)) else default
    fitting = []
    for child in children_with_functions(root).values():
        if isinstance(child, Function) and child.input_signature is not None:
            child = child.get_concrete_function()
            try:
                _named_outputs(child.structured_outputs, "unused", "unused")
            except ValueError:
                continue
            fitting.append(child)
    return fitting[0] if len(fitting) == 1 else None


def _concrete(key: str, function) -> ConcreteFunction:
    if isinstance(function, ConcreteFunction):
        return function
    if not isinstance(function, Function):
        raise ValueError(f"Expected a TensorFlow function for which to generate a signature, but got {function!r}. Only "
                         "`tf.functions` with an input signature or concrete functions can be used as a signature.")
    if function.input_signature is None:
        raise ValueError(f"Expected a TensorFlow function for which to generate a signature, but got {function!r}. Python "
                         "functions may be decorated with `@tf.function(input_signature=...)` and passed as signatures "
                         "directly, or created without a signature using `@tf.function` and later converted with "
                         "`get_concrete_function`.")
    return function.get_concrete_function()


def _named_outputs(outputs, name: str, key: str) -> dict:
    """What a signature gives, by name."""
    if isinstance(outputs, collections.abc.Mapping):
        for output, value in outputs.items():
            if not isinstance(output, str) or nest.is_nested(value):
                raise ValueError(f"Got a dictionary with a non-string key or a nested value in the output of the function "
                                 f"{name} used to generate the SavedModel signature {key!r}: {output!r}.")
        return dict(outputs)
    flat = nest.flatten(outputs)
    if outputs is None or any(not hasattr(value, "dtype") for value in flat):
        raise ValueError(f"Got non-flat or no outputs from the function {name} for the SavedModel signature {key!r}. "
                         "Signatures have one Tensor per output, so to have predictable names Python functions used to "
                         "generate these signatures should avoid outputting Tensors in nested structures.")
    return {f"output_{i}": value for i, value in enumerate(flat)}


def _signature(key: str, function) -> ConcreteFunction:
    """A function of keywords that gives a dict."""
    inner = _concrete(key, function)
    graph = FuncGraph("signature_wrapper")
    with graph.as_default():
        inputs = [_lockstep.placeholder(t.op.name, t.dtype, t.shape) for t in inner.inputs]
        result = inner._call_flat(inputs)
        named = _named_outputs(result, inner.name, key)
        form = {name: _lockstep.ops["Identity"](value) for name, value in named.items()}
    specs = {t.op.name: TensorSpec(t.shape, t.dtype, t.op.name) for t in inputs}
    return ConcreteFunction.of_result(f"__inference_signature_wrapper_{graph._id}", graph, inputs, form, (), specs)


# ---- the graph of objects ----

class _Saving:
    """A model that is being written."""

    def __init__(self, root, signatures: dict):
        self.signatures = SignatureMap(signatures)

        def children_of(value):
            found = children_with_functions(value)
            return {**found, "signatures": self.signatures} if value is root else found
        self.walk = Walk(root, children_of)
        self.library = Library()
        self.main = Graph("saved_model")
        self.names: dict[int, str] = {}         # id of a concrete function → its name
        self.handles: dict[int, Any] = {}       # id of a variable → its handle in the main graph
        self.assets: list[str] = []
        self.graph = message_class("SavedObjectGraph")()
        self._captured = {id(v.handle): v for v in self.walk.objects if isinstance(v, Variable)}
        self._by_tensor = {v.handle._identity(): i for i, v in enumerate(self.walk.objects) if isinstance(v, Variable)}
        self._by_tensor.update({v._path._identity(): i for i, v in enumerate(self.walk.objects) if isinstance(v, Asset)})

    def run(self) -> None:
        place = 0
        while place < len(self.walk.objects):           # captured tensors join at the end
            value = self.walk.objects[place]
            node = self.graph.nodes.add(children=[{"node_id": n, "local_name": name}
                                                  for name, n in self.walk.children[place].items()])
            self._describe(value, node)
            place += 1

    def _describe(self, value, node) -> None:
        if isinstance(value, Variable):
            self._variable(value, node)
        elif isinstance(value, Function):
            node.function.concrete_functions = [self.function_name(c) for c in _traces_of(value)]
            node.function.function_spec = _spec_of(value)
        elif isinstance(value, RestoredFunction):
            node.function.concrete_functions = [self.function_name(c) for c in value.concrete_functions]
            node.function.function_spec = value._spec
        elif isinstance(value, ConcreteFunction):
            node.bare_concrete_function.concrete_function_name = self.function_name(value)
            names = list(value._argument_names)
            node.bare_concrete_function.argument_keywords = names
            node.bare_concrete_function.allowed_positional_arguments = 0 if value in self.signatures.values() else len(names)
        elif isinstance(value, _Constant):
            with self.main.as_default():
                constant = _lockstep.ops["Const"](value.tensor, value.tensor.dtype, name="Const")
            node.constant.operation = constant.op.name
        elif isinstance(value, Asset):
            node.asset.asset_file_def_index = self._asset(value)
            node.asset.SetInParent()
        else:
            identifier, metadata = _kind_of(value)
            node.user_object = {"identifier": identifier, "metadata": metadata,
                                "version": {"producer": 1, "min_consumer": 1}}

    def _variable(self, variable: Variable, node) -> None:
        name = variable._shared_name
        node.variable = {"dtype": variable.dtype.as_datatype_enum, "shape": shape_proto(variable.shape), "name": name,
                         "trainable": variable.trainable, "synchronization": variable.synchronization.value,
                         "aggregation": variable.aggregation.value}
        with self.main.as_default():
            self.handles[id(variable)] = _lockstep.ops["VarHandleOp"](variable.dtype, variable.shape, name, name=name)

    def _asset(self, asset: Asset) -> int:
        path = asset.asset_path.numpy().decode()
        if path not in self.assets:
            self.assets.append(path)
        return self.assets.index(path)

    def function_name(self, concrete: ConcreteFunction) -> str:
        if id(concrete) not in self.names:
            name = concrete.name
            while name in self.library.functions:
                name += "_"
            self.names[id(concrete)] = name
            self.library.functions[name] = None         # taken, also by functions that it calls
            self._add_function(name, concrete)
        return self.names[id(concrete)]

    def _add_function(self, name: str, concrete: ConcreteFunction) -> None:
        function = concrete._function
        captures = [(outer, variable) for outer, _, variable in concrete.graph._captures()]
        saved = self.graph.concrete_functions[name]
        saved.bound_inputs = [self._capture(outer, variable, concrete) for outer, variable in captures]
        saved.canonicalized_input_signature = encode(_specs(concrete.structured_input_signature))
        saved.output_signature = encode(_output_specs(concrete))
        definition = function_def(name, concrete.graph, function.inputs, function.outputs, self.library)
        definition.attr["_input_shapes"].list.shape = [shape_proto(t.shape) for t in function.inputs]
        saved.bound_inputs.extend(self._bind_assets(definition))
        self.library.functions[name] = definition

    def _bind_assets(self, definition) -> list:
        """Makes paths of assets, which a trace has as constants, arguments; the numbers of the assets."""
        paths = {a.asset_path.numpy(): i for i, a in enumerate(self.walk.objects) if isinstance(a, Asset)}
        bound, names = [], {}
        for node in definition.node_def if paths else ():
            value = node.attr["value"].tensor if node.op == "Const" else None
            if value is not None and value.dtype == dtypes.string.as_datatype_enum and list(value.string_val)[:1] \
                    and len(value.string_val) == 1 and value.string_val[0] in paths:
                bound.append(paths[value.string_val[0]])
                names[node.name] = f"asset_path_{len(bound)}"
                definition.signature.input_arg.add(name=names[node.name], type=value.dtype)
        definition.node_def = [node for node in definition.node_def if node.name not in names]
        for node in definition.node_def:
            node.input = [names.get(i.split(":")[0], i) if ":" in i else i for i in node.input]
        return bound

    def _capture(self, outer, variable, concrete: ConcreteFunction) -> int:
        number = self._by_tensor.get(outer._identity())
        if number is not None:
            return number
        if variable is not None or outer.dtype == dtypes.resource:
            raise AssertionError(
                f"Tried to export a function which references an 'untracked' resource: {concrete.name} uses {variable!r}. "
                "TensorFlow objects (e.g. tf.Variable) captured by functions must be 'tracked' by assigning them to an "
                "attribute of a tracked object or assigned to an attribute of the main object directly.")
        self.walk.objects.append(_Constant(outer))
        self.walk.children.append({})
        self._by_tensor[outer._identity()] = len(self.walk.objects) - 1
        return len(self.walk.objects) - 1


def _traces_of(function: Function) -> list:
    if function.input_signature is not None and not function._traces:
        function.get_concrete_function()
    return list(function._traces.values())


def _specs(signature: tuple) -> tuple:
    """Arguments as they are kept: what cannot be kept becomes None."""
    def leaf(value):
        try:
            encode(value)
        except NotImplementedError:
            return None
        return value
    return nest.map_structure(leaf, signature)


def _output_specs(concrete: ConcreteFunction):
    names = {t._identity(): f"output_{i}" for i, t in enumerate(concrete.outputs)}

    def leaf(value):
        if hasattr(value, "_type_spec"):
            return value._type_spec
        return TensorSpec(value.shape, value.dtype, names.get(value._identity())) if hasattr(value, "dtype") else value
    outputs = concrete.structured_outputs
    if isinstance(outputs, collections.abc.Mapping):
        return {key: TensorSpec(v.shape, v.dtype, key) if hasattr(v, "dtype") and not hasattr(v, "_type_spec")
                else nest.map_structure(leaf, v) for key, v in outputs.items()}
    return nest.map_structure(leaf, outputs)


def _spec_of(function: Function):
    import inspect
    parameters = list(function.function_spec._signature.parameters.values())
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    only = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    method = getattr(function._python_function, "__lockstep_skip_self__", False)

    def plain(value):
        return value if isinstance(value, (bool, int, float, str, type(None))) else None
    full = _FullArgSpec(
        (["self"] if method else []) + [p.name for p in positional],
        next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None),
        next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None),
        tuple(plain(p.default) for p in positional if p.default is not inspect.Parameter.empty) or None,
        [p.name for p in only], {p.name: plain(p.default) for p in only if p.default is not inspect.Parameter.empty} or None, {})
    spec = message_class("FunctionSpec")(fullargspec=encode(full), is_method=method)
    given = function.input_signature
    spec.input_signature = encode(None if given is None else tuple(given))
    return spec


def _kind_of(value) -> tuple[str, str]:
    if isinstance(value, SignatureMap):
        return "signature_map", ""
    if isinstance(value, list):
        return "trackable_list_wrapper", ""
    if isinstance(value, tuple):
        return "trackable_tuple_wrapper", ""
    if isinstance(value, collections.abc.Mapping):
        return "trackable_dict_wrapper", ""
    describe = getattr(value, "_saved_kind", None)
    return describe() if describe is not None else ("_generic_user_object", "")


# ---- files ----

def _signature_defs(saving: _Saving, meta) -> None:
    """For each signature, in the main graph: placeholders, and a call."""
    for key, function in saving.signatures.items():
        with saving.main.as_default():
            inputs = {t.op.name: _lockstep.placeholder(f"{key}_{t.op.name}", t.dtype, t.shape) for t in function.inputs}
            captures = [saving.handles.get(id(variable)) if variable is not None else outer
                        for outer, _, variable in function.graph._captures()]
            outputs = _lockstep.ops["PartitionedCall"].flat([*inputs.values(), *captures], {"f": function._function},
                                                            "StatefulPartitionedCall")
        definition = meta.signature_def[key]
        definition.method_name = PREDICT
        for name, tensor in inputs.items():
            definition.inputs[name] = tensor_info(tensor)
        for name, tensor in zip(sorted(function.structured_outputs), outputs):
            definition.outputs[name] = tensor_info(tensor)


def tensor_info(tensor):
    return message_class("TensorInfo")(name=tensor.name, dtype=tensor.dtype.as_datatype_enum,
                                       tensor_shape=shape_proto(tensor.shape))


def _copy_assets(saving: _Saving, folder: str, meta) -> None:
    os.makedirs(os.path.join(folder, "assets"), exist_ok=True)
    taken: set[str] = set()
    for path in saving.assets:
        name, n = os.path.basename(path), 0
        while name in taken:
            n += 1
            name = f"{os.path.basename(path)}_{n}"
        taken.add(name)
        shutil.copyfile(path, os.path.join(folder, "assets", name))
        meta.asset_file_def.add(filename=name, tensor_info={"name": f"asset_path_{len(taken)}:0"})


def write_files(folder: str, meta) -> None:
    from .. import __version__
    meta.meta_info_def.tensorflow_version = __version__
    model = message_class("SavedModel")(saved_model_schema_version=1)
    model.meta_graphs.append(meta)
    with open(os.path.join(folder, "saved_model.pb"), "wb") as file:
        file.write(model.SerializeToString())


def save(obj, export_dir, signatures=None, options=None) -> None:
    """Writes the object's variables and the traces of its functions."""
    if not is_trackable(obj) and not hasattr(obj, "__dict__"):
        raise ValueError(f"Expected an object of type `Trackable`, such as `tf.Module` or a subclass of the `Trackable` class, "
                         f"for export. Got {obj} with type {type(obj)}.")
    if not _lockstep.executing_eagerly():
        raise AssertionError("tf.saved_model.save is not supported inside a traced @tf.function. Move the call to the "
                             "outer eagerly-executed context.")
    folder = os.fspath(export_dir)
    if os.path.isdir(folder) and not os.access(folder, os.W_OK):
        raise PermissionError(folder)
    saving = _Saving(obj, _signatures_of(obj, signatures))
    saving.run()
    os.makedirs(os.path.join(folder, "variables"), exist_ok=True)
    meta = message_class("MetaGraphDef")()
    meta.meta_info_def.tags = ["serve"]
    _signature_defs(saving, meta)
    variables = [v for v in saving.walk.objects if isinstance(v, Variable)]
    tensors = checkpoint_tensors(Walk(obj, children_with_functions_only(saving)))
    keys = {id(v): f"{path}/.ATTRIBUTES/VARIABLE_VALUE" for v, path in zip(saving.walk.objects, saving.walk.paths)}
    saver.add(saving.main, [(keys[id(v)], v, saving.handles[id(v)]) for v in variables], meta)
    meta.graph_def = graph_def(saving.main, saving.library)
    meta.object_graph_def = saving.graph
    _copy_assets(saving, folder, meta)
    bundle.write(os.path.join(folder, "variables", "variables"), tensors)
    write_files(folder, meta)


def children_with_functions_only(saving: _Saving):
    """The children that the object graph has, so that both graphs number the objects alike."""
    def children_of(value):
        number = saving.walk.number(value)
        return {name: saving.walk.objects[n] for name, n in saving.walk.children[number].items()}
    return children_of
