# SPDX-License-Identifier: MIT
"""Where the names of version 1 are in this package, for those that only moved: name → module:name of a module that is
imported when they are asked for."""
from __future__ import annotations

import importlib

_MODULES = {  # version 1's module → ours
    "bitwise": "bitwise", "ragged": "ragged", "sparse": "compat.v1.sparse", "sets": "sets", "lookup": "lookup",
    "quantization": "quantization", "data": "compat.v1.data", "sysconfig": "sysconfig", "types": "types", "profiler": "profiler", "version": "version",
    "distribute": "distribute", "experimental": "experimental", "layers": "compat.v1.layers",
    "initializers": "compat.v1.init_ops", "train": "compat.v1.train", "saved_model": "compat.v1.saved_model",
    "graph_util": "compat.v1.graph_util", "python_io": "records", "compat": "compat", "keras": "keras", "gfile": "compat.v1.gfile",
    "flags": "compat.v1.flags", "app": "compat.v1.app",
}
_NAMES = {
    "sparse.sparse_tensor": ("SparseTensor", "SparseTensorSpec", "SparseTensorValue"),
    "ragged": ("RaggedTensor", "RaggedTensorSpec"), "framework.tensor_spec": ("TypeSpec", "type_spec_from_value"),
    "framework.tensor_proto": ("make_ndarray", "make_tensor_proto"), "framework.dtypes": ("bfloat16",),
    "ops.misc_ops": ("AggregationMethod", "edit_distance", "fingerprint", "get_static_value", "guarantee_const",
                     "is_symbolic_tensor", "no_gradient", "timestamp"),
    "framework.importer": ("import_graph_def",),
    "eager.backprop": ("UnconnectedGradients",), "ops.gradients_impl": ("hessians",),
    "eager.custom_gradient": ("custom_gradient", "grad_pass_through", "recompute_grad"),
    "ops.script_ops": ("numpy_function", "py_function"), "ops.control_flow_ops": ("switch_case", "vectorized_map"),
    "linalg": ("sqrtm:matrix_square_root",), "framework.errors": ("OpError",),
    "io": ("serialize_tensor", "FixedLenSequenceFeature"), "image": ("random_crop",),
    "ops.array_ops": ("tensor_scatter_nd_add:tensor_scatter_add", "tensor_scatter_nd_sub:tensor_scatter_sub",
                      "tensor_scatter_nd_update:tensor_scatter_update"),
    "quantization": ("fake_quant_with_min_max_args", "fake_quant_with_min_max_args_gradient", "fake_quant_with_min_max_vars",
                     "fake_quant_with_min_max_vars_gradient", "fake_quant_with_min_max_vars_per_channel",
                     "fake_quant_with_min_max_vars_per_channel_gradient"),
    "strings": ("to_hash_bucket:string_to_hash_bucket", "to_hash_bucket_fast:string_to_hash_bucket_fast",
                "to_hash_bucket_strong:string_to_hash_bucket_strong", "reduce_join"),
    "compat.v1.sparse": tuple(f"{name}:sparse_{name}" for name in (
        "add", "concat", "fill_empty_rows", "mask", "maximum", "minimum", "placeholder", "reduce_max", "reduce_sum", "reorder",
        "reshape", "retain", "slice", "softmax", "split", "to_indicator", "transpose", "reset_shape", "merge")) + (
        "to_dense:sparse_tensor_to_dense", "sparse_dense_matmul:sparse_tensor_dense_matmul", "sparse_to_dense"),
    "compat.v1.state": ("add_to_collections", "assert_variables_initialized", "colocate_with", "container", "count_up_to",
                        "control_flow_v2_enabled", "get_seed", "initialize_all_tables", "initialize_local_variables",
                        "initialize_variables", "scatter_add", "scatter_sub", "scatter_mul", "scatter_div", "scatter_min", "scatter_max",
                        "scatter_update", "scatter_nd_add", "scatter_nd_sub", "scatter_nd_update", "batch_scatter_update",
                        "moving_average_variables", "convert_to_tensor_or_indexed_slices", "convert_to_tensor_or_sparse_tensor",
                        "dimension_value", "dimension_at_index", "assert_same_float_dtype"),
}
WHERE = {entry.rpartition(":")[2]: (module, entry.partition(":")[0]) for module, entries in _NAMES.items() for entry in entries}
MODULES = frozenset(_MODULES)


def find(name: str):
    """What version 1 calls name."""
    if name in _MODULES:
        return importlib.import_module("tensorflow." + _MODULES[name])
    if name in WHERE:
        module, own = WHERE[name]
        return getattr(importlib.import_module("tensorflow." + module), own)
    raise AttributeError(f"module 'tensorflow.compat.v1' has no attribute {name!r}")
