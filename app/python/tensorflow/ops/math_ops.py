# SPDX-License-Identifier: MIT
"""Arithmetic, comparisons, reductions and products."""
from __future__ import annotations

import functools
import operator

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor
from ..framework.quick import quick

_ops = _lockstep.ops

# These take x (and y) and name, as TensorFlow's do: the op itself is the function.
negative = _ops["Neg"]
sign = _ops["Sign"]
square = _ops["Square"]
sqrt = _ops["Sqrt"]
rsqrt = _ops["Rsqrt"]
reciprocal = _ops["Reciprocal"]
exp = _ops["Exp"]
expm1 = _ops["Expm1"]
log = _ops["Log"]
log1p = _ops["Log1p"]
sin = _ops["Sin"]
cos = _ops["Cos"]
tanh = _ops["Tanh"]
sigmoid = _ops["Sigmoid"]
floor = _ops["Floor"]
ceil = _ops["Ceil"]
round = _ops["Round"]  # noqa: A001
is_nan = _ops["IsNan"]
is_inf = _ops["IsInf"]
is_finite = _ops["IsFinite"]
logical_not = _ops["LogicalNot"]
maximum = _ops["Maximum"]
minimum = _ops["Minimum"]
squared_difference = _ops["SquaredDifference"]
divide_no_nan = _ops["DivNoNan"]
less = _ops["Less"]
less_equal = _ops["LessEqual"]
greater = _ops["Greater"]
greater_equal = _ops["GreaterEqual"]
logical_and = _ops["LogicalAnd"]
logical_or = _ops["LogicalOr"]
floordiv = _ops["FloorDiv"]
floormod = mod = _ops["FloorMod"]
tan = _ops["Tan"]
asin = _ops["Asin"]
acos = _ops["Acos"]
atan = _ops["Atan"]
atan2 = _ops["Atan2"]
sinh = _ops["Sinh"]
cosh = _ops["Cosh"]
asinh = _ops["Asinh"]
acosh = _ops["Acosh"]
atanh = _ops["Atanh"]
erf = _ops["Erf"]
erfc = _ops["Erfc"]
erfinv = _ops["Erfinv"]
ndtri = _ops["Ndtri"]
lgamma = _ops["Lgamma"]
digamma = _ops["Digamma"]
polygamma = _ops["Polygamma"]
zeta = _ops["Zeta"]
rint = _ops["Rint"]
xlogy = _ops["Xlogy"]
xlog1py = _ops["Xlog1py"]
xdivy = _ops["Xdivy"]
nextafter = _ops["NextAfter"]
truncatediv = _ops["TruncateDiv"]
truncatemod = _ops["TruncateMod"]
approximate_equal = _ops["ApproximateEqual"]
softplus = _ops["Softplus"]
multiply_no_nan = _ops["MulNoNan"]


def erfcinv(x, name=None):
    """The inverse of erfc."""
    x = convert_to_tensor(x)
    return multiply(ndtri(0.5 * x), -0.7071067811865476, name=name)


def lbeta(x, name=None):
    """ln |B (x)| along the last axis."""
    x = convert_to_tensor(x)
    return subtract(reduce_sum(lgamma(x), -1), lgamma(reduce_sum(x, -1)), name=name)


def _with_name(public: str, op):
    """op as a function whose nodes are called public."""
    def function(x, y, name=None):
        return op(x, y, name or public)
    function.__name__ = function.__qualname__ = public.lower()
    function.__doc__ = op.__doc__
    return quick(op.__name__)(function)


add = _with_name("Add", _ops["AddV2"])
subtract = _with_name("Sub", _ops["Sub"])
multiply = _with_name("Mul", _ops["Mul"])


@quick("Abs")
def abs(x, name=None):  # noqa: A001
    """|x|"""
    return _ops["Abs"](x, name=name)


@quick("Pow")
def pow(x, y, name=None):  # noqa: A001
    """xʸ"""
    return _ops["Pow"](x, y, name=name or "Pow")


def divide(x, y, name=None):
    """x / y; integers divide as floats."""
    if not is_tensor(x) and not is_tensor(y) and not hasattr(x, "_keras_stand_in"):
        x = convert_to_tensor(x)
    return x / y


truediv = divide


def logical_xor(x, y, name="LogicalXor"):
    """True where one is and the other is not."""
    return _ops["NotEqual"](x, y, name)


@quick("Equal")
def equal(x, y, name=None):
    return _ops["Equal"](x, y, name=name)


@quick("NotEqual")
def not_equal(x, y, name=None):
    return _ops["NotEqual"](x, y, name=name)


def cast(x, dtype, name=None):
    """x with elements of another dtype."""
    dtype = dtypes.as_dtype(dtype)
    if not hasattr(x, "_keras_stand_in"):
        x = convert_to_tensor(x)
    return x if x.dtype == dtype else _ops["Cast"](x, dtype, name=name)


saturate_cast = cast


def add_n(inputs, name=None):
    """The sum of all."""
    inputs = [inputs] if is_tensor(inputs) else list(inputs)
    if not inputs:
        raise ValueError("inputs must be an iterable of at least one Tensor/IndexedSlices with the same "
                         "dtype and shape.")
    return functools.reduce(operator.add, [convert_to_tensor(x) for x in inputs])


def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    return add_n(inputs, name)


# ---- products ----

@quick("MatMul", ranks=(2, 2))
def matmul(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False,
           b_is_sparse=False, output_type=None, name=None):
    """The product of matrices; further axes are batches."""
    transpose_a, transpose_b = transpose_a or adjoint_a, transpose_b or adjoint_b
    if not is_tensor(a) and not hasattr(a, "_keras_stand_in"):
        a = convert_to_tensor(a, dtype_hint=b.dtype if is_tensor(b) else None)
    if not is_tensor(b) and not hasattr(b, "_keras_stand_in"):
        b = convert_to_tensor(b, dtype_hint=a.dtype)
    if (a.shape.rank or 2) > 2 or (b.shape.rank or 2) > 2:
        return _ops["BatchMatMulV2"](a, b, transpose_a, transpose_b, name or "MatMul")
    return _ops["MatMul"](a, b, transpose_a, transpose_b, name)


def matvec(a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """A matrix times a vector."""
    product = matmul(a, _ops["ExpandDims"](b, -1), transpose_a=transpose_a, adjoint_a=adjoint_a)
    return _ops["Squeeze"](product, [-1])


def tensordot(a, b, axes, name=None):
    """The sum over pairs of axes of a and b."""
    from . import array_ops
    a, b = convert_to_tensor(a), convert_to_tensor(b)
    rank_a, rank_b = a.shape.rank, b.shape.rank
    if isinstance(axes, int):
        over_a, over_b = list(range(rank_a - axes, rank_a)), list(range(axes))
    else:
        over_a, over_b = ([x] if isinstance(x, int) else list(x) for x in axes)
    over_a, over_b = [i % rank_a for i in over_a], [i % rank_b for i in over_b]
    free_a = [i for i in range(rank_a) if i not in over_a]
    free_b = [i for i in range(rank_b) if i not in over_b]
    n = functools.reduce(operator.mul, [a.shape[i] for i in over_a], 1)
    left = array_ops.reshape(array_ops.transpose(a, free_a + over_a), [-1, n])
    right = array_ops.reshape(array_ops.transpose(b, over_b + free_b), [n, -1])
    shape_a, shape_b = array_ops.shape(a), array_ops.shape(b)
    result = matmul(left, right)
    if a.shape.is_fully_defined() and b.shape.is_fully_defined():
        return array_ops.reshape(result, [a.shape[i] for i in free_a] + [b.shape[i] for i in free_b], name)
    parts = [array_ops.gather(shape_a, free_a), array_ops.gather(shape_b, free_b)]
    return array_ops.reshape(result, array_ops.concat(parts, 0), name)


def einsum(equation, *inputs, **kwargs):
    """Einstein's summation."""
    from .einsum import einsum as run
    return run(equation, *inputs, name=kwargs.get("name"))


# ---- compositions ----

def log_sigmoid(x, name=None):
    return negative(softplus(negative(x)), name)


def l2_normalize(x, axis=None, epsilon=1e-12, name=None):
    """x over its Euclidean norm along the axis."""
    x = convert_to_tensor(x)
    return multiply(x, rsqrt(maximum(reduce_sum(square(x), axis, True), epsilon)), name)


def scalar_mul(scalar, x, name=None):
    return multiply(scalar, x, name)


from .reduction_ops import *  # noqa: E402,F401,F403
from .reduction_ops import _axes  # noqa: E402,F401
