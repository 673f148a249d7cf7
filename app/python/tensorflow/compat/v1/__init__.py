# SPDX-License-Identifier: MIT
"""tf.compat.v1: TensorFlow 1's names."""
from __future__ import annotations

import logging as _logging
import types as _types

import _lockstep

from ... import (autodiff, autograph, config, debugging, dtypes, errors, io, linalg, math, nest,
                 nn as _nn, random,  # noqa: F401
                 raw_ops, signal, strings, test)
from ...eager.backprop import GradientTape  # noqa: F401
from ...eager.def_function import function  # noqa: F401
from ...framework import ops as _framework
from ...framework.dtypes import (DType, as_dtype, bool, complex64, complex128, double, float16, float32,
                                 float64, half,  # noqa: F401,A004
                                 int8, int16, int32, int64, resource, string, uint8, uint16, uint32, uint64,
                                 variant)
from ...framework.ops import (Graph, GraphKeys, Operation, RegisterGradient, Tensor, constant, control_dependencies, device,
                              # noqa: F401
                              executing_eagerly, executing_eagerly_outside_functions, get_default_graph,
                              init_scope, is_tensor,
                              name_scope)
from ...framework.graph_def import GraphDef  # noqa: F401
from ...framework.indexed_slices import IndexedSlices, IndexedSlicesSpec  # noqa: F401
from ...framework.tensor_shape import Dimension, TensorShape  # noqa: F401
from ...framework.tensor_spec import TensorSpec  # noqa: F401
from ...module import Module  # noqa: F401
from ...ops.array_ops import *  # noqa: F401,F403
from ...ops.array_ops import argsort, placeholder_with_default, range  # noqa: F401,A004
from ...ops.clip_ops import (clip_by_average_norm, clip_by_global_norm, clip_by_norm, clip_by_value,  # noqa: F401
                             global_norm)
from ...ops import sampled_loss as _sampled_loss
from ...ops import (convolution_ops as _convolution_ops, ctc_ops as _ctc_ops, embedding_ops as _embedding_ops,
                    nn_norm as _nn_norm, nn_ops as _nn_ops)
from ...ops.control_flow_ops import Assert, TensorArray, case, cond, group, no_op, tuple, while_loop  # noqa: F401,A004
from ...ops.functional_ops import foldl, foldr, map_fn, scan  # noqa: F401
from ...ops.logging_ops import Print, print_v2 as print  # noqa: F401,A004
from ...ops.math_ops import *  # noqa: F401,F403
from ...ops.math_ops import abs, pow, round  # noqa: F401,A004
from ...ops.linalg_ops import (cholesky, cholesky_solve, cross, det as matrix_determinant,  # noqa: F401
                               eigh as self_adjoint_eig, eigvalsh as self_adjoint_eigvals, inv as matrix_inverse,
                               lstsq as matrix_solve_ls, qr, solve as matrix_solve, svd,
                               triangular_solve as matrix_triangular_solve)
from ...ops.random_ops import (multinomial, random_gamma, random_normal, random_poisson, random_uniform,  # noqa: F401
                               shuffle as random_shuffle, truncated_normal)
from ...ops.variables import (Variable, VariableAggregation, VariableSynchronization,  # noqa: F401
                              variable_creator_scope)
from ...ops.box_ops import extract_image_patches_v1 as extract_image_patches, extract_volume_patches  # noqa: F401
from ...signal import fft, fft2d, fft3d, ifft, ifft2d, ifft3d  # noqa: F401
from ... import summary as _summary
from . import data, image, losses, names, rnn as _rnn, rnn_cell as _rnn_cell, train  # noqa: F401
from .arrays import *  # noqa: F401,F403
from .arrays import boolean_mask  # noqa: F401
from .options import ConfigProto, GPUOptions, GraphOptions, OptimizerOptions, RunMetadata, RunOptions  # noqa: F401
from .session import InteractiveSession, Session, get_default_session  # noqa: F401
from .train import gradients  # noqa: F401
from .partitions import (fixed_size_partitioner, min_max_variable_partitioner,  # noqa: F401
                         variable_axis_size_partitioner)
from .variable_scope import (AUTO_REUSE, VariableScope, get_local_variable, get_variable, get_variable_scope,  # noqa: F401
                             no_regularizer, variable_op_scope, variable_scope)
from .wrap import wrap_function  # noqa: F401
from .assertions import (assert_equal, assert_greater, assert_greater_equal, assert_integer, assert_less,  # noqa: F401
                         assert_less_equal, assert_near, assert_negative, assert_non_negative, assert_non_positive,
                         assert_none_equal, assert_positive, assert_proper_iterable, assert_rank, assert_rank_at_least,
                         assert_rank_in, assert_scalar, assert_type, check_numerics, is_non_decreasing, is_numeric_tensor,
                         is_strictly_increasing, verify_tensor_all_finite)

newaxis = None
encode_base64, decode_base64, read_file, write_file = io.encode_base64, io.decode_base64, io.read_file, io.write_file
matching_files, decode_raw, decode_csv, parse_tensor = io.matching_files, io.decode_raw, io.decode_csv, io.parse_tensor
parse_example, parse_single_example = io.parse_example, io.parse_single_example
FixedLenFeature, VarLenFeature, SparseFeature = io.FixedLenFeature, io.VarLenFeature, io.SparseFeature
as_string, string_join, string_to_number = strings.as_string, strings.join, strings.to_number
substr, regex_replace, string_strip = strings.substr, strings.regex_replace, strings.strip
__version__ = VERSION = "1.15.5"
name_scope_v1 = name_scope
div = math.divide
div_no_nan, floor_div = math.divide_no_nan, math.floordiv
diag, diag_part = linalg.tensor_diag, linalg.tensor_diag_part
matrix_diag, matrix_diag_part, matrix_set_diag = linalg.diag, linalg.diag_part, linalg.set_diag


def resource_variables_enabled() -> bool:
    return not Session._variables_are_references




def convert_to_tensor(value, dtype=None, name=None, preferred_dtype=None, dtype_hint=None):
    return _framework.convert_to_tensor(value, dtype, dtype_hint or preferred_dtype)


def py_func(func, inp, Tout, stateful=True, name=None):  # noqa: N803
    from ...ops.script_ops import numpy_function
    return numpy_function(func, inp, Tout)


def placeholder(dtype, shape=None, name=None):
    """A tensor that a session is fed."""
    if _lockstep.executing_eagerly():
        raise RuntimeError("tf.placeholder() is not compatible with eager execution.")
    return _lockstep.placeholder(name or "Placeholder", dtype, shape)


def set_random_seed(seed) -> None:
    """The graph's seed; eagerly, the global one."""
    if _lockstep.executing_eagerly():
        random.set_seed(seed)
    else:
        get_default_graph().seed = seed


# ---- modes ----

def disable_v2_behavior() -> None:
    """From here on ops go to the default graph."""
    if _lockstep.executing_eagerly():
        _lockstep.enter(get_default_graph())


disable_eager_execution = disable_v2_behavior


def enable_eager_execution(config=None, device_policy=None, execution_mode=None) -> None:
    """From here on ops run at once, in a version 1 program."""
    graph = _lockstep.current_graph()
    if graph is None:
        return
    if graph.get_operations():
        raise ValueError("tf.enable_eager_execution must be called at program startup.")
    _lockstep.leave()


enable_v2_behavior = enable_eager_execution


def enable_resource_variables() -> None:
    """They always are; what tells of one without a value is as for them from here on."""
    Session._variables_are_references = False


def disable_resource_variables() -> None:
    Session._variables_are_references = True


def _nothing() -> None:
    """For what makes no difference here."""


enable_v2_tensorshape = disable_v2_tensorshape = enable_tensor_equality = \
    disable_tensor_equality = enable_control_flow_v2 = disable_control_flow_v2 = _nothing


def reset_default_graph() -> None:
    _framework.reset_default_graph()


# ---- variables ----

def global_variables(scope=None) -> list:
    return get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def trainable_variables(scope=None) -> list:
    return get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


all_variables = global_variables


def local_variables(scope=None) -> list:
    return get_default_graph().get_collection(GraphKeys.LOCAL_VARIABLES, scope)


model_variables = local_variables


def variables_initializer(var_list, name="init"):
    """Gives each variable its first value."""
    if _lockstep.executing_eagerly():
        return no_op()
    return group(*[v.initializer for v in var_list], name=name)


def global_variables_initializer():
    return variables_initializer(global_variables())


def initialize_all_variables():
    return global_variables_initializer()


def local_variables_initializer():
    return variables_initializer(local_variables(), "init_local")


def tables_initializer(name="init_all_tables"):
    return no_op(name)


def is_variable_initialized(variable):
    return variable.is_initialized()


def report_uninitialized_variables(var_list=None, name="report_uninitialized_variables"):
    """The names of variables that have no value yet."""
    variables = global_variables() + local_variables() if var_list is None else var_list
    with name_scope(name):
        if not variables:
            return constant([], string)
        known = _lockstep.ops["Pack"]([v.is_initialized() for v in variables], 0)
        return boolean_mask(constant([v.op.name for v in variables]), math.logical_not(known))


def assign(ref, value, validate_shape=None, use_locking=None, name=None):
    return ref.assign(value)


def assign_add(ref, value, use_locking=None, name=None):
    return ref.assign_add(value)


def assign_sub(ref, value, use_locking=None, name=None):
    return ref.assign_sub(value)


def add_to_collection(name, value) -> None:
    get_default_graph().add_to_collection(name, value)


def get_collection(key, scope=None) -> list:
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key) -> list:
    return get_default_graph().get_collection_ref(key)


def op_scope(values, name, default_name=None):
    return name_scope(name, default_name)


# ---- functions with version 1's arguments ----

def _with_old_names(new):
    """reduction_indices and keep_dims for axis and keepdims."""
    def reduce(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
        return new(input_tensor, axis if axis is not None else reduction_indices, builtins_bool(keepdims
                or keep_dims), name)
    reduce.__name__ = new.__name__
    return reduce


builtins_bool = __import__("builtins").bool
reduce_sum, reduce_mean, reduce_max, reduce_min, reduce_prod, reduce_any, reduce_all = (
    _with_old_names(f) for f in (math.reduce_sum, math.reduce_mean, math.reduce_max, math.reduce_min,
                                 math.reduce_prod,
                                 math.reduce_any, math.reduce_all))


def argmax(input, axis=None, name=None, dimension=None, output_type=int64):  # noqa: A002
    return math.argmax(input, dimension if axis is None else axis, output_type, name)


def argmin(input, axis=None, name=None, dimension=None, output_type=int64):  # noqa: A002
    return math.argmin(input, dimension if axis is None else axis, output_type, name)


arg_max, arg_min = argmax, argmin
reduce_logsumexp, reduce_std, reduce_variance, reduce_euclidean_norm = (
    _with_old_names(f) for f in (math.reduce_logsumexp, math.reduce_std, math.reduce_variance,
                                 math.reduce_euclidean_norm))


def expand_dims(input, axis=None, name=None, dim=None):  # noqa: A002
    return _lockstep.ops["ExpandDims"](input, axis if axis is not None else dim, name)


def to_float(x, name="ToFloat"):
    return math.cast(x, float32)


def to_double(x, name="ToDouble"):
    return math.cast(x, float64)


def to_bfloat16(x, name="ToBFloat16"):
    return math.cast(x, dtypes.bfloat16)


def to_complex64(x, name="ToComplex64"):
    return math.cast(x, complex64)


def to_complex128(x, name="ToComplex128"):
    return math.cast(x, complex128)


def to_int32(x, name="ToInt32"):
    return math.cast(x, int32)


def to_int64(x, name="ToInt64"):
    return math.cast(x, int64)


def confusion_matrix(labels, predictions, num_classes=None, dtype=int32, name=None, weights=None):
    return math.confusion_matrix(labels, predictions, num_classes, weights, dtype)


# ---- initializers ----

def _initializers():
    from . import init_ops
    return {name: getattr(init_ops, name) for name in _INITIALIZERS}


_INITIALIZERS = ("zeros_initializer", "ones_initializer", "constant_initializer", "random_normal_initializer",
                 "random_uniform_initializer", "truncated_normal_initializer", "glorot_uniform_initializer",
                 "glorot_normal_initializer", "variance_scaling_initializer", "orthogonal_initializer")


# ---- modules ----

nn = _types.ModuleType("tensorflow.compat.v1.nn", _nn.__doc__)
nn.__dict__.update({k: v for k, v in vars(_nn).items() if not k.startswith("__")})


def _labelled(new):
    def loss(_sentinel=None, labels=None, logits=None, dim=-1, name=None, axis=None):
        if _sentinel is not None or labels is None or logits is None:
            raise ValueError(f"Only call `{new.__name__}` with named arguments (labels=..., logits=..., ...)")
        if new is _nn.softmax_cross_entropy_with_logits:
            return new(labels=labels, logits=logits, axis=dim if axis is None else axis, name=name)
        return new(labels=labels, logits=logits, name=name)
    loss.__name__ = new.__name__
    return loss


nn.dropout, nn.moments = _nn_ops.dropout_v1, _nn_norm.moments_v1
nn.dilation2d, nn.erosion2d = _convolution_ops.dilation2d_v1, _convolution_ops.erosion2d_v1
nn.fused_batch_norm, nn.embedding_lookup = _nn_norm.fused_batch_norm, _embedding_ops.embedding_lookup_v1
nn.softmax_cross_entropy_with_logits_v2 = _labelled(_nn.softmax_cross_entropy_with_logits)
nn.softmax_cross_entropy_with_logits = _nn_ops.softmax_cross_entropy_with_logits_v1
nn.sparse_softmax_cross_entropy_with_logits = _labelled(_nn.sparse_softmax_cross_entropy_with_logits)
nn.sigmoid_cross_entropy_with_logits = _labelled(_nn.sigmoid_cross_entropy_with_logits)
nn.rnn_cell, nn.static_rnn, nn.dynamic_rnn, nn.raw_rnn = _rnn_cell, _rnn.static_rnn, _rnn.dynamic_rnn, _rnn.raw_rnn
nn.bidirectional_dynamic_rnn, nn.static_bidirectional_rnn = _rnn.bidirectional_dynamic_rnn, _rnn.static_bidirectional_rnn
nn.uniform_candidate_sampler = random.uniform_candidate_sampler
nn.log_uniform_candidate_sampler = random.log_uniform_candidate_sampler
nn.nce_loss, nn.sampled_softmax_loss = _sampled_loss.nce_loss_v1, _sampled_loss.sampled_softmax_loss_v1
nn.ctc_loss, nn.ctc_loss_v2 = _ctc_ops.ctc_loss_v1, _ctc_ops.ctc_loss
nn.ctc_beam_search_decoder = _ctc_ops.ctc_beam_search_decoder_v1
nn.ctc_beam_search_decoder_v2 = _ctc_ops.ctc_beam_search_decoder
nn.xw_plus_b, nn.relu_layer = _nn_ops.xw_plus_b, _nn_ops.relu_layer

spectral = _types.ModuleType("tensorflow.compat.v1.spectral", signal.__doc__)
spectral.__dict__.update({k: getattr(signal, k) for k in (
    "dct", "fft", "fft2d", "fft3d", "idct", "ifft", "ifft2d", "ifft3d", "irfft", "irfft2d", "irfft3d", "rfft", "rfft2d", "rfft3d")})


class summary:  # noqa: N801
    """tf.summary of version 1: values go by name when a session runs them."""

    @staticmethod
    def scalar(name, tensor, **kwargs):
        add_to_collection(GraphKeys.SUMMARIES, tensor)
        return tensor

    histogram = image = scalar

    @staticmethod
    def merge_all(*args, **kwargs):
        found = get_collection(GraphKeys.SUMMARIES)
        return array_pack(found) if found else None

    class FileWriter:
        """Writes scalars that are added as values."""

        def __init__(self, logdir, graph=None, **kwargs):
            self._writer = _summary.create_file_writer(logdir)

        def add_summary(self, values, global_step=None) -> None:
            import numpy as np
            for i, value in enumerate(np.atleast_1d(np.asarray(values))):
                self._writer._writer.scalar(f"summary_{i}", -1 if global_step is None else int(global_step),
                                            float(value))

        def add_graph(self, graph, **kwargs) -> None:
            pass

        def flush(self) -> None:
            self._writer.flush()

        def close(self) -> None:
            self._writer.close()


def array_pack(values):
    return _lockstep.ops["Pack"]([math.cast(v, float32) for v in values], 0)


class logging:  # noqa: N801
    """tf.logging"""

    DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50
    _log = _logging.getLogger("tensorflow")
    info, warn, warning, error, debug = _log.info, _log.warning, _log.warning, _log.error, _log.debug

    @staticmethod
    def set_verbosity(level) -> None:
        _logging.getLogger("tensorflow").setLevel(level)


def __getattr__(name: str):
    if name in _INITIALIZERS:
        return _initializers()[name]
    if name in ("MetaGraphDef", "AttrValue", "NodeDef"):
        from ...framework.message import message_class
        return message_class(name)
    return names.find(name)


# Names that the modules above have and version 1 had not at its top.
_NOT_THERE = {"annotations", "names", "builtins_bool", "array_pack", "functools", "operator", "reduce_std",
              "reduce_variance", "softplus",
              "reduce_euclidean_norm", "multiply_no_nan", "l2_normalize", "log_sigmoid", "gather_along",
              "in_top_k"}
__all__ = [_name for _name in list(globals()) if not _name.startswith("_") and _name not in _NOT_THERE]
__all__ += list(_INITIALIZERS)
