# SPDX-License-Identifier: MIT
"""Functions of version 1 on variables, collections and tensors that version 2 has as methods or not at all."""
from __future__ import annotations

import contextlib

import _lockstep

from ...framework import dtypes, ops
from ...framework.indexed_slices import IndexedSlices
from ...framework.ops import GraphKeys, convert_to_tensor
from ...framework.tensor_shape import Dimension
from ...sparse import SparseTensor, SparseTensorValue


def add_to_collections(names, value) -> None:
    ops.get_default_graph().add_to_collections(names, value)


def moving_average_variables(scope=None) -> list:
    return ops.get_default_graph().get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def colocate_with(op, ignore_existing=False):
    """Everything is on one device."""
    return contextlib.nullcontext()


def container(container_name):
    """Resources have one place."""
    return contextlib.nullcontext()


def control_flow_v2_enabled() -> bool:
    return True


def get_seed(op_seed) -> tuple:
    """(the graph's seed, the op's), as random ops take them."""
    seed = getattr(ops.get_default_graph(), "seed", None)
    if seed is None:
        return (None, None) if op_seed is None else (87654321, op_seed)
    return (seed, ops.get_default_graph().version if op_seed is None else op_seed)


def initialize_variables(var_list, name="init"):
    from . import variables_initializer
    return variables_initializer(var_list, name)


def initialize_local_variables():
    from . import local_variables_initializer
    return local_variables_initializer()


def initialize_all_tables(name="init_all_tables"):
    from . import tables_initializer
    return tables_initializer(name)


def assert_variables_initialized(var_list=None):
    """An operation that fails while one of them has no value."""
    from . import global_variables, local_variables
    variables = var_list if var_list is not None else global_variables() + local_variables()
    if not variables:
        return None
    with ops.control_dependencies([v.read_value() for v in variables]):
        return _lockstep.ops["NoOp"](name="assert_variables_initialized")


def count_up_to(ref, limit, name=None):
    return ref.count_up_to(limit)


def _scatter(kind: str):
    def function(ref, indices, updates, use_locking=True, name=None):
        return getattr(ref, "scatter_" + kind)(IndexedSlices(convert_to_tensor(updates, ref.dtype), convert_to_tensor(indices)))
    function.__name__ = function.__qualname__ = "scatter_" + kind
    return function


scatter_add, scatter_sub, scatter_mul, scatter_div = (_scatter(k) for k in ("add", "sub", "mul", "div"))
scatter_min, scatter_max, scatter_update = (_scatter(k) for k in ("min", "max", "update"))


def scatter_nd_add(ref, indices, updates, use_locking=False, name=None):
    return ref.scatter_nd_add(indices, updates)


def scatter_nd_sub(ref, indices, updates, use_locking=False, name=None):
    return ref.scatter_nd_sub(indices, updates)


def scatter_nd_update(ref, indices, updates, use_locking=True, name=None):
    return ref.scatter_nd_update(indices, updates)


def batch_scatter_update(ref, indices, updates, use_locking=True, name=None):
    return ref.batch_scatter_update(IndexedSlices(updates, indices))


def convert_to_tensor_or_indexed_slices(value, dtype=None, name=None):
    return value if isinstance(value, IndexedSlices) else convert_to_tensor(value, dtype)


def convert_to_tensor_or_sparse_tensor(value, dtype=None, name=None):
    value = SparseTensor.from_value(value) if isinstance(value, SparseTensorValue) else value
    if isinstance(value, SparseTensor):
        if dtype is not None and value.dtype != dtypes.as_dtype(dtype):
            raise RuntimeError(f"Sparse dtype mismatch. Requested: {dtypes.as_dtype(dtype).name},  Actual: {value.dtype.name}")
        return value
    return convert_to_tensor(value, dtype)


def dimension_value(dimension):
    """A dimension of a shape as a number, whichever version gave it."""
    return dimension.value if isinstance(dimension, Dimension) else dimension


def dimension_at_index(shape, index) -> Dimension:
    return Dimension(None) if shape.rank is None else Dimension(dimension_value(shape[index]))


def assert_same_float_dtype(tensors=None, dtype=None):
    """The floating dtype that all of these share."""
    found = None if dtype is None else dtypes.as_dtype(dtype)
    for tensor in tensors or []:
        if found is not None and tensor.dtype != found:
            raise ValueError(f"Tensor {tensor} type must match {found}: {tensor.dtype}")
        found = tensor.dtype
    found = found or dtypes.float32
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found}.")
    return found
