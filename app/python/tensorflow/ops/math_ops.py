# SPDX-License-Identifier: MIT
"""Arithmetic, comparisons, reductions and products."""
from __future__ import annotations

import builtins

import _lockstep

from ..framework import dtypes
from ..framework.logger import get_logger
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
realdiv = _ops["RealDiv"]
igamma = _ops["Igamma"]
igammac = _ops["Igammac"]
betainc = _ops["Betainc"]
bessel_i0 = _ops["BesselI0"]
bessel_i0e = _ops["BesselI0e"]
bessel_i1 = _ops["BesselI1"]
bessel_i1e = _ops["BesselI1e"]
squared_difference = _ops["SquaredDifference"]
inv = _ops["Inv"]


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


def round(x, name=None):  # noqa: A001
    """To the nearest whole number, halves to the even one."""
    x = _numeric(x)
    return x if x.dtype.is_integer else _ops["Round"](x, name)


def _numeric(x):
    """x as a tensor, or the stand-in for one while a Keras model is put together."""
    return x if is_tensor(x) or hasattr(x, "_keras_stand_in") else convert_to_tensor(x)


# ---- complex numbers ----

def complex(real, imag, name=None):  # noqa: A001
    """real + i · imag"""
    real, imag = convert_to_tensor(real), convert_to_tensor(imag)
    whole = {("float32", "float32"): dtypes.complex64, ("float64", "float64"): dtypes.complex128}
    if (real.dtype.name, imag.dtype.name) not in whole:
        raise TypeError(f"The `real` and `imag` components have incorrect types: {real.dtype.name} {imag.dtype.name}. They "
                        "must be consistent, and one of [tf.float32, tf.float64]")
    return _ops["Complex"](real, imag, whole[real.dtype.name, imag.dtype.name], name or "Complex")


def real(input, name=None):  # noqa: A002
    """The real part; of real numbers, themselves."""
    input = convert_to_tensor(input)  # noqa: A001
    return _ops["Real"](input, input.dtype.real_dtype, name) if input.dtype.is_complex else input


def imag(input, name=None):  # noqa: A002
    """The imaginary part; of real numbers, 0."""
    input = convert_to_tensor(input)  # noqa: A001
    return _ops["Imag"](input, input.dtype.real_dtype, name) if input.dtype.is_complex else _ops["ZerosLike"](input)


def angle(input, name=None):  # noqa: A002
    """The angle; of real numbers, π where they are negative and 0 elsewhere."""
    input = convert_to_tensor(input)  # noqa: A001
    if input.dtype.is_complex:
        return _ops["Angle"](input, input.dtype.real_dtype, name)
    zeros = _ops["ZerosLike"](input)
    return _ops["SelectV2"](input < 0, zeros + 3.141592653589793, zeros)


def conj(x, name=None):
    """The conjugate; real numbers as they are."""
    if is_tensor(x) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    x = convert_to_tensor(x)
    if x.dtype.is_complex:
        return _ops["Conj"](x, name)
    if x.dtype.is_floating or x.dtype.is_integer:
        return x
    raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}.")


# ---- tests of order ----

def _steps(x, least):
    """Whether each element after the first is `least` (the previous one)."""
    x = _ops["Reshape"](convert_to_tensor(x), [-1])
    return reduce_all(least(x[:-1], x[1:]))


def is_non_decreasing(x, name=None):
    """Whether each element is at least as large as the one before."""
    return _steps(x, less_equal)


def is_strictly_increasing(x, name=None):
    """Whether each element is larger than the one before."""
    return _steps(x, less)


def polyval(coeffs, x, name=None):
    """The polynomial of x whose coefficients are given, that of the highest power first."""
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    x = convert_to_tensor(x)
    result = convert_to_tensor(coeffs[0]) if coeffs else _ops["ZerosLike"](x)
    for coefficient in coeffs[1:]:
        result = coefficient + result * x
    return result


def reciprocal_no_nan(x, name=None):
    """1 / x, 0 where x = 0."""
    x = convert_to_tensor(x)
    return _ops["DivNoNan"](_ops["OnesLike"](x), x, name)


def abs(x, name=None):  # noqa: A001
    """|x|; of complex numbers, their length."""
    x = _numeric(x)
    return _ops["ComplexAbs"](x, x.dtype.real_dtype, name) if x.dtype.is_complex else _ops["Abs"](x, name=name)


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
    if x.dtype == dtype:
        return x
    if x.dtype.is_complex and dtype.is_floating:
        get_logger().warning("You are casting an input of type %s to an incompatible dtype %s.  This will discard the imaginary "
                             "part and may not be what you intended.", x.dtype.name, dtype.name)
    return _ops["Cast"](x, dtype, name=name)


def bitcast(input, type, name=None):  # noqa: A002
    """The bytes as elements of another dtype."""
    return _ops["Bitcast"](input, dtypes.as_dtype(type), name)


def _saturated_complex(value, dtype, name):
    if not dtype.is_complex:
        return saturate_cast(real(value), dtype, name)
    part = dtype.real_dtype
    return complex(saturate_cast(real(value), part), saturate_cast(imag(value), part), name)


def saturate_cast(value, dtype, name=None):
    """Cast to another dtype; what does not fit becomes the nearest number that does."""
    value, dtype = convert_to_tensor(value), dtypes.as_dtype(dtype)
    if value.dtype.is_complex:
        return _saturated_complex(value, dtype, name)
    if dtype.is_complex:
        return cast(saturate_cast(value, dtype.real_dtype), dtype, name)
    if not value.dtype.is_bool and not dtype.is_bool:
        low, high = dtypes.common_range(value.dtype, dtype)
        if low > value.dtype.min or high < value.dtype.max:
            low, high = (convert_to_tensor(limit, value.dtype) for limit in (low, high))
            value = _ops["ClipByValue"](value, low, high)
    return cast(value, dtype, name)


def add_n(inputs, name=None):
    """The sum of all."""
    inputs = [inputs] if is_tensor(inputs) else list(inputs)
    if not inputs:
        raise ValueError("inputs must be an iterable of at least one Tensor/IndexedSlices with the same "
                         "dtype and shape.")
    inputs = [convert_to_tensor(x) for x in inputs]
    return _ops["Identity"](inputs[0], name) if len(inputs) == 1 and name else inputs[0] if len(inputs) == 1 \
        else _ops["AddN"](inputs, name=name)


def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    """The sum of all, whose common shape may be said."""
    message = "inputs must be a list of at least one Tensor with the same dtype and shape"
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(message)
    inputs = [convert_to_tensor(x) for x in inputs]
    if any(x.dtype != inputs[0].dtype for x in inputs):
        raise ValueError(message)
    if tensor_dtype is not None and tensor_dtype != inputs[0].dtype:
        raise TypeError(f"The `tensor_dtype` argument is {tensor_dtype}, but `input` is of type {inputs[0].dtype}. These must be "
                        "equal.")
    whole = TensorShape(shape)
    for x in inputs:
        whole = whole.merge_with(x.shape)
    return inputs[0] if len(inputs) == 1 else _ops["AccumulateNV2"](inputs, whole, name=name)


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


def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """x over its Euclidean norm along the axis."""
    axis = dim if axis is None else axis
    x = convert_to_tensor(x)
    return multiply(x, rsqrt(maximum(reduce_sum(square(x), axis, True), epsilon)), name)


def scalar_mul(scalar, x, name=None):
    """x by a scalar; of a gradient of rows its rows."""
    if hasattr(x, "indices") and hasattr(x, "values") and not hasattr(x, "_ops"):
        return type(x)(multiply(scalar, x.values, name), x.indices, x.dense_shape)
    return multiply(scalar, x, name)


from .reduction_ops import *  # noqa: E402,F401,F403
from .reduction_ops import _axes  # noqa: E402,F401
