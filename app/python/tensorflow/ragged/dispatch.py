# SPDX-License-Identifier: MIT
"""What ops do with ragged tensors, and the operators."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor
from . import gather, join, reduce
from .broadcast import elementwise
from .ragged_tensor import RaggedTensor
from .shape import DynamicRaggedShape, reshape

_ops = _lockstep.ops

_ELEMENTWISE = """
    Neg Abs Sign Square Sqrt Rsqrt Reciprocal Exp Expm1 Log Log1p Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh
    Sigmoid Relu Relu6 LeakyRelu Elu Selu Softplus Softsign Floor Ceil Round Rint IsNan IsInf IsFinite LogicalNot Erf Erfc
    Erfinv Ndtri Lgamma Digamma Cast Bitcast Identity StopGradient ZerosLike OnesLike Invert Real Imag Conj Angle ComplexAbs
    CheckNumerics Cube BesselI0e BesselI1e PopulationCount
    AddV2 Add Sub Mul RealDiv Div DivNoNan MulNoNan FloorDiv FloorMod Mod TruncateDiv TruncateMod Pow Maximum Minimum
    SquaredDifference Atan2 Xlogy Xlog1py Xdivy Less LessEqual Greater GreaterEqual Equal NotEqual ApproximateEqual LogicalAnd
    LogicalOr BitwiseAnd BitwiseOr BitwiseXor LeftShift RightShift NextAfter Complex Zeta Polygamma Igamma Igammac
    SelectV2 ClipByValue
    AsString StringLength StringStrip StringLower StringUpper StringToNumber StringToHashBucket StringToHashBucketFast
    StringToHashBucketStrong StaticRegexFullMatch StaticRegexReplace EncodeBase64 DecodeBase64 UnicodeTranscode UnicodeScript
    Substr""".split()


def _each(op, *arguments):
    n = op.n_inputs
    return elementwise(op, list(arguments[:n]), list(arguments[n:]))


def _first(op, value, *rest):
    """Of an op that goes over its first input alone."""
    if not isinstance(value, RaggedTensor):
        raise TypeError(f"{op.__name__} takes a RaggedTensor only as its first argument")
    return value.with_flat_values(op(value.flat_values, *rest))


def _reduced(op, value, axis, *rest):
    return reduce.reduce(op, value, axis, bool(rest and rest[0]))


def _string_join(op, values, separator=""):
    return elementwise(lambda *v: op(list(v), separator or ""), list(values), [])


def _add_n(op, values):
    return elementwise(lambda *v: op(list(v)), list(values), [])


def _size(op, value, out_type=dtypes.int32):
    return op(value.flat_values, out_type)


def _rank(op, value, *rest):
    return convert_to_tensor(value.shape.rank)


def _squeeze(op, value, axes=()):
    axes = [axes] if isinstance(axes, int) else list(axes or [])
    for axis in sorted((a % value.shape.rank for a in axes), reverse=True):
        value = _squeezed(value, axis)
    return value


def _squeezed(value, axis: int):
    if not isinstance(value, RaggedTensor):
        return _ops["Squeeze"](value, [axis])
    if axis == 0:
        return value.values
    if axis == 1:
        return value.values
    return value.with_values(_squeezed(value.values, axis - 1))


def _join_strings(op, value, axes, keep_dims=False, separator=""):
    return reduce.join(op, value, axes, bool(keep_dims), separator or "")


def _one_hot(op, value, *rest):
    return value.with_flat_values(op(value.flat_values, *rest))


def _shape(op, value, out_type=None):
    return DynamicRaggedShape.from_tensor(value)


def _reshape(value, shape):
    if not isinstance(shape, DynamicRaggedShape):
        raise TypeError("A RaggedTensor is reshaped to a tf.experimental.DynamicRaggedShape")
    return reshape(value, shape)


_TABLE = {name: _each for name in _ELEMENTWISE}
_TABLE.update({name: _reduced for name in ["Sum", "Prod", "Max", "Min", "Mean", "Any", "All", "EuclideanNorm"]})
_TABLE.update({
    "RegexFullMatch": _first, "RegexReplace": _first, "OneHot": _one_hot, "StringJoin": _string_join, "AddN": _add_n,
    "ConcatV2": lambda op, values, axis, *rest: join.concat(list(values), axis),
    "Pack": lambda op, values, axis=0, *rest: join.stack(list(values), axis or 0),
    "Tile": lambda op, value, multiples, *rest: join.tile(value, multiples),
    "ExpandDims": lambda op, value, axis, *rest: join.expand_dims(value, axis),
    "ResourceGather": lambda op, resource, indices, *rest: indices.with_flat_values(op(resource, indices.flat_values, *rest)),
    "GatherV2": gather.gather, "GatherNd": gather.gather_nd, "Where": gather.where,
    "ReverseV2": lambda op, value, axes, *rest: gather.reverse(value, [axes] if isinstance(axes, int) else list(axes)),
    "Size": _size, "Rank": _rank, "Squeeze": _squeeze, "ReduceJoin": _join_strings, "Shape": _shape, "Reshape": lambda op, value, shape, *rest: _reshape(value, shape),
})
RaggedTensor._ops = _TABLE


def _binary(name: str):
    def forward(self, other):
        return _each(_ops[name], self, other)

    def reflected(self, other):
        return _each(_ops[name], other, self)
    return forward, reflected


for _method, _name in {"add": "AddV2", "sub": "Sub", "mul": "Mul", "floordiv": "FloorDiv", "mod": "FloorMod",
                       "pow": "Pow"}.items():
    _forward, _reflected = _binary(_name)
    setattr(RaggedTensor, f"__{_method}__", _forward)
    setattr(RaggedTensor, f"__r{_method}__", _reflected)
for _method, _name in {"lt": "Less", "le": "LessEqual", "gt": "Greater", "ge": "GreaterEqual"}.items():
    setattr(RaggedTensor, f"__{_method}__", _binary(_name)[0])


def _as_floats(value):
    """Integers divide as floats."""
    if not hasattr(value, "dtype"):
        return value
    wide = {"int8": dtypes.float32, "int16": dtypes.float32, "uint8": dtypes.float32, "uint16": dtypes.float32}
    if value.dtype.is_integer:
        target = wide.get(value.dtype.name, dtypes.float64)
        return _each(_ops["Cast"], value, target) if isinstance(value, RaggedTensor) else _ops["Cast"](value, target)
    return value


def _divide(a, b):
    return _each(_ops["RealDiv"], _as_floats(a), _as_floats(b))


def _logical(name: str, bits: str):
    def of(self, other):
        return _each(_ops[name if self.dtype == dtypes.bool else bits], self, other)
    return of


def _equal(self, other):
    return NotImplemented if other is None else _each(_ops["Equal"], self, other)


def _not_equal(self, other):
    return NotImplemented if other is None else _each(_ops["NotEqual"], self, other)


def _xor(self, other):
    return _each(_ops["NotEqual" if self.dtype == dtypes.bool else "BitwiseXor"], self, other)


RaggedTensor.__truediv__, RaggedTensor.__rtruediv__ = _divide, lambda self, other: _divide(other, self)
RaggedTensor.__neg__ = lambda self: _each(_ops["Neg"], self)
RaggedTensor.__abs__ = lambda self: _each(_ops["Abs"], self)
RaggedTensor.__invert__ = lambda self: _each(_ops["LogicalNot" if self.dtype == dtypes.bool else "Invert"], self)
RaggedTensor.__and__ = RaggedTensor.__rand__ = _logical("LogicalAnd", "BitwiseAnd")
RaggedTensor.__or__ = RaggedTensor.__ror__ = _logical("LogicalOr", "BitwiseOr")
RaggedTensor.__xor__ = RaggedTensor.__rxor__ = _xor
RaggedTensor.__eq__, RaggedTensor.__ne__ = _equal, _not_equal
