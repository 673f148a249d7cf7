# SPDX-License-Identifier: MIT
"""Arithmetic, comparisons, reductions and products."""
from __future__ import annotations

import builtins
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

def _conjugate(x):
    """Of real numbers themselves."""
    return conj(x) if x.dtype.is_complex else x


@quick("MatMul", ranks=(2, 2))
def matmul(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False,
           b_is_sparse=False, output_type=None, grad_a=False, grad_b=False, name=None):
    """The product of matrices; further axes are batches."""
    for side, transpose, adjoint in (("a", transpose_a, adjoint_a), ("b", transpose_b, adjoint_b)):
        if transpose and adjoint:
            raise ValueError(f"Only one of `transpose_{side}` and `adjoint_{side}` can be True. Received "
                             f"`transpose_{side}`={transpose}, `adjoint_{side}`={adjoint}.")
    if not is_tensor(a) and not hasattr(a, "_keras_stand_in"):
        a = convert_to_tensor(a, dtype_hint=b.dtype if is_tensor(b) else None)
    if not is_tensor(b) and not hasattr(b, "_keras_stand_in"):
        b = convert_to_tensor(b, dtype_hint=a.dtype)
    batched = (a.shape.rank or 2) > 2 or (b.shape.rank or 2) > 2
    # The one op knows adjoints, the other one transposed matrices.
    if transpose_a if batched else adjoint_a:
        a = _conjugate(a)
    if transpose_b if batched else adjoint_b:
        b = _conjugate(b)
    turn_a, turn_b = transpose_a or adjoint_a, transpose_b or adjoint_b
    if output_type is not None and (output_type != a.dtype or output_type != b.dtype):
        return _ops["BatchMatMulV3"](a, b, dtypes.as_dtype(output_type), turn_a, turn_b, name or "MatMul")
    return _ops["BatchMatMulV2" if batched else "MatMul"](a, b, turn_a, turn_b, name or "MatMul")


def matvec(a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """A matrix times a vector."""
    product = matmul(a, _ops["ExpandDims"](b, -1), transpose_a=transpose_a, adjoint_a=adjoint_a)
    return _ops["Squeeze"](product, [-1], name)


def _tensordot_axes(axes, a, b):
    """The axes of a, and those of b, that are summed over."""
    if isinstance(axes, int):
        if axes < 0:
            raise ValueError(f"`axes` must be at least 0. Received: {axes}.")
        if a.shape.rank is not None and axes > a.shape.rank:
            raise ValueError(f"`axes` must not be larger than the number of dimensions of tensor {a}. Received {axes}, vs "
                             f"tensor dimensions {a.shape.rank}.")
        return list(builtins.range(a.shape.rank - axes, a.shape.rank)), list(builtins.range(axes))
    if len(axes) != 2:
        raise ValueError(f"`axes` must be an integer or have length 2. Received {axes}.")
    over = [[int(i) for i in axis] if hasattr(axis, "__len__") and getattr(axis, "shape", True) else [int(axis)]
            for axis in axes]
    if len(over[0]) != len(over[1]):
        raise ValueError("Different number of contraction axes `a` and `b`, "
                         f"{len(over[0])} != {len(over[1])}.")
    return [i % a.shape.rank for i in over[0]], [i % b.shape.rank for i in over[1]]


def tensordot(a, b, axes, name=None):
    """The sum over pairs of axes of a and b."""
    a = convert_to_tensor(a)
    b = convert_to_tensor(b, a.dtype)
    over_a, over_b = _tensordot_axes(axes, a, b)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    labels_a = [next(letters) for _ in builtins.range(a.shape.rank)]
    labels_b = [next(letters) for _ in builtins.range(b.shape.rank)]
    for i, k in zip(over_a, over_b):
        labels_b[k] = labels_a[i]
    result = [x for i, x in enumerate(labels_a) if i not in over_a] + [x for k, x in enumerate(labels_b) if k not in over_b]
    return _ops["Einsum"]([a, b], f"{''.join(labels_a)},{''.join(labels_b)}->{''.join(result)}", name)


def einsum(equation, *inputs, **kwargs):
    """Einstein's summation over the labels that the result does not have."""
    from .einsum import einsum as run
    return run(equation, *inputs, **kwargs)


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
