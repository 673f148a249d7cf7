# SPDX-License-Identifier: MIT
"""TensorFlow's API over Lockstep's engine. The names, their meaning and their printed forms are TensorFlow's.

A version 1 program (`lockstep --tf1`, or `# lockstep: tf1` in its first five lines) gets the version 1 API
under this name."""
from __future__ import annotations

import builtins as _builtins
import importlib as _importlib
import os as _os
import sys as _sys

import _lockstep

_lockstep.own_folder(_os.path.dirname(_os.path.abspath(__file__)) + "/")
_lockstep.own_folder(_os.path.dirname(_os.__file__) + "/")

from . import _mode, autodiff, config, debugging, dtypes, errors, linalg, math, nest, nn, random, raw_ops, strings, summary  # noqa: E402
from .eager.backprop import GradientTape, UnconnectedGradients  # noqa: E402,F401
from .eager.def_function import function  # noqa: E402,F401
from .framework.dtypes import (DType, as_dtype, bfloat16, bool, complex64, complex128, double, float16,
                               float32,  # noqa: E402,F401,A004
                               float64, half, int8, int16, int32, int64, resource, string, uint8, uint16,
                               uint32, uint64,
                               variant)
from .framework.ops import (Graph, Operation, RegisterGradient, Tensor, constant, control_dependencies, convert_to_tensor,
                            device,  # noqa: E402,F401
                            executing_eagerly, init_scope, name_scope)
from .framework.ops import is_tensor as _is_tensor  # noqa: E402
from .framework.logger import get_logger  # noqa: E402,F401
from .framework.tensor_shape import TensorShape  # noqa: E402,F401
from .framework.indexed_slices import IndexedSlices, IndexedSlicesSpec  # noqa: E402,F401
from .framework.tensor_spec import TensorSpec, TypeSpec, type_spec_from_value  # noqa: E402,F401
from .module import Module  # noqa: E402,F401
from .ops.array_ops import (  # noqa: E402,F401
    argsort, batch_to_space, boolean_mask, broadcast_dynamic_shape, broadcast_static_shape, broadcast_to, concat,
    dynamic_partition, dynamic_stitch, ensure_shape, expand_dims, eye, fill, gather, gather_nd, identity, identity_n,
    linspace, meshgrid, newaxis, one_hot, ones, ones_like, pad, parallel_stack, rank, repeat,
    required_space_to_batch_paddings, reshape, reverse, reverse_sequence, roll, scatter_nd, searchsorted, sequence_mask,
    shape, shape_n, size, slice, sort, space_to_batch, space_to_batch_nd, split, squeeze, stack, stop_gradient,
    strided_slice, tensor_scatter_nd_add, tensor_scatter_nd_max, tensor_scatter_nd_min, tensor_scatter_nd_sub,
    tensor_scatter_nd_update, tile, transpose, unique, unique_with_counts, unravel_index, unstack, where, zeros, zeros_like,
    range)  # noqa: A004
from .ops.clip_ops import clip_by_global_norm, clip_by_norm, clip_by_value  # noqa: E402,F401
from .ops.control_flow_ops import (Assert, TensorArray, case, cond, group, no_op, switch_case, tuple,  # noqa: E402,F401,A004
                                   while_loop)
from .ops.logging_ops import print_v2 as print  # noqa: E402,F401,A004
from .ops.math_ops import (abs, acos, acosh, add, add_n, argmax, argmin, asin, asinh, atan, atan2, atanh, bitcast,
                           cast, complex, cos, cosh,  # noqa: E402,F401,A004
                           cumsum, divide, einsum, equal, exp, floor, greater, greater_equal, less,
                           less_equal, logical_and,
                           logical_not, logical_or, matmul, maximum, minimum, multiply, negative, not_equal,
                           pow, reduce_all,
                           realdiv,
                           reduce_any, reduce_logsumexp, reduce_max, reduce_mean, reduce_min, reduce_prod,
                           reduce_sum, round,
                           saturate_cast, scalar_mul, sigmoid, sign, sin, sinh, sqrt, square, subtract, tan,
                           tanh, tensordot,
                           truediv, truncatediv, truncatemod)
from .ops.reduction_ops import histogram_fixed_width, histogram_fixed_width_bins  # noqa: E402,F401
from .ops.variables import (Variable, VariableAggregation, VariableSynchronization,  # noqa: E402,F401
                            variable_creator_scope)
from .eager.custom_gradient import custom_gradient, grad_pass_through, recompute_grad  # noqa: E402,F401
from .ops.script_ops import numpy_function, py_function  # noqa: E402,F401
from .linalg import eig, eigvals, norm, sqrtm as matrix_square_root  # noqa: E402,F401
from .debugging import assert_equal, assert_greater, assert_less, assert_rank  # noqa: E402,F401
from .strings import as_string  # noqa: E402,F401
from .ops.misc_ops import (AggregationMethod, edit_distance, fingerprint, get_current_name_scope,  # noqa: E402,F401
                           get_static_value, guarantee_const, inside_function, is_symbolic_tensor, no_gradient, timestamp)
from .ops.gradients_impl import gradients, hessians  # noqa: E402,F401

__version__ = "2.12.0"
VERSION = __version__
newaxis = None
_LAZY = {"keras", "data", "compat", "train", "test", "io", "autograph", "types", "experimental", "sysconfig",
         "bitwise", "image", "ragged", "sparse", "distribute", "saved_model", "profiler", "version"}
_LAZY |= {"lookup", "quantization", "sets", "signal"}
_ELSEWHERE = {"RaggedTensor": "ragged", "RaggedTensorSpec": "ragged", "SparseTensor": "sparse", "SparseTensorSpec": "sparse",
              "make_ndarray": "framework.tensor_proto", "make_tensor_proto": "framework.tensor_proto",
              "extract_volume_patches": "ops.box_ops",
              **dict.fromkeys(("foldl", "foldr", "map_fn", "scan", "vectorized_map"), "ops.functional_ops")}
_INITIALIZERS = {"zeros_initializer": "Zeros", "ones_initializer": "Ones", "constant_initializer": "Constant",
                 "random_normal_initializer": "RandomNormal", "random_uniform_initializer": "RandomUniform"}
_OF_KERAS = {"losses", "optimizers", "initializers", "metrics"}


def is_tensor(x) -> _builtins.bool:
    """Whether x is a tensor, a variable, or made of tensors."""
    return _is_tensor(x) or (hasattr(x, "_to_components") and hasattr(x, "_type_spec"))


def __getattr__(name: str):
    if name in _OF_KERAS:
        return _importlib.import_module("tensorflow.keras." + name)
    if name in _INITIALIZERS:
        return getattr(_importlib.import_module("tensorflow.keras.initializers"), _INITIALIZERS[name])
    if name in _ELSEWHERE:
        return getattr(_importlib.import_module("tensorflow." + _ELSEWHERE[name]), name)
    if name in _LAZY:
        return _importlib.import_module("tensorflow." + name)
    if not name.startswith("__"):
        _mode.explain(name)
    raise AttributeError(f"module 'tensorflow' has no attribute {name!r}")


if _mode.is_version_1():
    _mode.become_version_1(_sys.modules[__name__])
_mode.filter_tracebacks()
