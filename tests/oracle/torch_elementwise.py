# SPDX-License-Identifier: MIT
"""PyTorch's expressions for elementwise ops: op → function of (inputs, attributes)."""
from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch_arrays import Without

J0, J1, Y0, Y1 = (getattr(torch.special, f"bessel_{name}") for name in ("j0", "j1", "y0", "y1"))
K0, K1 = torch.special.modified_bessel_k0, torch.special.modified_bessel_k1
K0e, K1e = torch.special.scaled_modified_bessel_k0, torch.special.scaled_modified_bessel_k1
SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def unary(function):
    return lambda x, a: function(x[0])


def binary(function):
    return lambda x, a: function(x[0], x[1])


def zero_where(zero, y):
    """y, but 0 and without a gradient where zero holds."""
    return torch.where(zero, torch.zeros_like(y), y)


def safe(y, zero):
    """y, but 1 where the result is not wanted, so that nothing infinite gets into the gradient."""
    return torch.where(zero, torch.ones_like(y), y)


def real(function):
    """Of real numbers; PyTorch has it for no others."""
    def run(x, a):
        if x[0].is_complex():
            raise Without(f"{function.__name__} of complex numbers")
        return function(x[0])
    return run


def sloped(function, slope):
    """PyTorch has the function, but not its derivative."""
    def run(x, a):
        at = x[0].detach()
        return function(at) + torch.where(at == 0, torch.zeros_like(at), slope(at)) * (x[0] - at)
    return run


def shifted(function):
    """By what is within the width of the integers, as TensorFlow takes it; PyTorch takes only that."""
    return lambda x, a: function(x[0], torch.clamp(x[1], 0, torch.iinfo(x[0].dtype).bits - 1))


def no_nan(function):
    def run(x, a):
        zero = (x[0] * 0 + x[1]) == 0
        return zero_where(zero, function(x[0] + torch.zeros_like(x[1]), safe(x[1] + torch.zeros_like(x[0]), zero)))
    return run


def at_zero(function):
    """x · f (y), 0 where x = 0."""
    def run(x, a):
        p, y = torch.broadcast_tensors(x[0], x[1])
        return zero_where(p == 0, function(p, safe(y, p == 0)))
    return run


def floored(x, y):
    return torch.div(x, y, rounding_mode="floor")


def selu_grad(x, a):
    dy, y = x
    return torch.where(y > 0, SELU_SCALE * dy, dy * (y + SELU_SCALE * SELU_ALPHA))


def compare(name):
    return binary(lambda p, q: getattr(torch, name)(p, q))


def picked(x, a):
    return torch.where(x[0], x[1], x[2])


def clipped(x, a):
    return torch.min(torch.max(x[0], x[1]), x[2])


def evenly(function):
    """Of equal arguments TensorFlow gives the whole gradient to the first."""
    return lambda x, a: torch.where(function(x[0], x[1]), x[0], x[1])


TABLE = {
    "Neg": unary(torch.neg), "Abs": unary(torch.abs), "Sign": unary(torch.sgn), "Square": unary(torch.square),
    "Sqrt": unary(torch.sqrt), "Rsqrt": unary(torch.rsqrt), "Reciprocal": unary(torch.reciprocal), "Inv": unary(torch.reciprocal),
    "Exp": unary(torch.exp), "Expm1": real(torch.expm1), "Log": unary(torch.log), "Log1p": real(torch.log1p),
    "Sin": unary(torch.sin), "Cos": unary(torch.cos), "Tan": unary(torch.tan), "Asin": unary(torch.asin),
    "Acos": unary(torch.acos), "Atan": unary(torch.atan), "Sinh": unary(torch.sinh), "Cosh": unary(torch.cosh),
    "Tanh": unary(torch.tanh), "Asinh": unary(torch.asinh), "Acosh": unary(torch.acosh), "Atanh": unary(torch.atanh),
    "Sigmoid": unary(torch.sigmoid), "Relu": unary(F.relu), "Relu6": unary(F.relu6), "Elu": unary(F.elu), "Selu": unary(F.selu),
    "Softplus": unary(F.softplus), "Softsign": unary(F.softsign),
    "LeakyRelu": lambda x, a: F.leaky_relu(x[0], a["alpha"]),
    "Floor": unary(torch.floor), "Ceil": unary(torch.ceil), "Round": unary(torch.round), "Rint": unary(torch.round),
    "IsNan": unary(torch.isnan), "IsInf": unary(torch.isinf), "IsFinite": unary(torch.isfinite),
    "Erf": unary(torch.erf), "Erfc": unary(torch.erfc), "Erfinv": unary(torch.erfinv), "Lgamma": unary(torch.lgamma),
    "Digamma": unary(torch.digamma), "Ndtri": unary(torch.special.ndtri), "LogicalNot": unary(torch.logical_not),
    "Invert": unary(torch.bitwise_not), "Identity": unary(lambda x: x * 1), "Snapshot": unary(lambda x: x * 1),
    "StopGradient": unary(torch.detach),
    "IdentityN": lambda x, a: tuple(t * 1 if t.dtype.is_floating_point else t for t in x),
    "ZerosLike": unary(torch.zeros_like), "OnesLike": unary(torch.ones_like),
    "BesselI0": unary(torch.special.i0), "BesselI1": unary(torch.special.i1), "BesselI0e": unary(torch.special.i0e),
    "BesselI1e": unary(torch.special.i1e),
    "BesselJ0": sloped(J0, lambda x: -J1(x)), "BesselJ1": sloped(J1, lambda x: J0(x) - J1(x) / x),
    "BesselY0": sloped(Y0, lambda x: -Y1(x)), "BesselY1": sloped(Y1, lambda x: Y0(x) - Y1(x) / x),
    "BesselK0": sloped(K0, lambda x: -K1(x)), "BesselK1": sloped(K1, lambda x: -K0(x) - K1(x) / x),
    "BesselK0e": sloped(K0e, lambda x: K0e(x) - K1e(x)), "BesselK1e": sloped(K1e, lambda x: K1e(x) - K0e(x) - K1e(x) / x),
    "Igamma": binary(lambda p, x: torch.igamma(p.detach(), x)), "Igammac": binary(lambda p, x: torch.igammac(p.detach(), x)),
    "PopulationCount": None,
    # slopes
    "TanhGrad": lambda x, a: x[1] * (1 - x[0] ** 2), "SigmoidGrad": lambda x, a: x[1] * x[0] * (1 - x[0]),
    "ReluGrad": lambda x, a: x[0] * (x[1] > 0), "Relu6Grad": lambda x, a: x[0] * ((x[1] > 0) & (x[1] < 6)),
    "EluGrad": lambda x, a: torch.where(x[1] > 0, x[0], x[0] * (x[1] + 1)), "SeluGrad": selu_grad,
    "LeakyReluGrad": lambda x, a: torch.where(x[1] > 0, x[0], x[0] * a["alpha"]),
    "SoftplusGrad": lambda x, a: x[0] * torch.sigmoid(x[1]), "SoftsignGrad": lambda x, a: x[0] / (1 + torch.abs(x[1])) ** 2,
    "SqrtGrad": lambda x, a: x[1] * 0.5 / x[0], "RsqrtGrad": lambda x, a: x[1] * -0.5 * x[0] ** 3,
    "ReciprocalGrad": lambda x, a: -x[1] * x[0] ** 2, "InvGrad": lambda x, a: -x[1] * x[0] ** 2,
    # two inputs
    "AddV2": binary(torch.add), "Add": binary(torch.add), "Sub": binary(torch.sub), "Mul": binary(torch.mul),
    "RealDiv": binary(torch.div), "AddN": lambda x, a: sum(x[1:], x[0] * 1), "AccumulateNV2": lambda x, a: sum(x[1:], x[0] * 1),
    "Div": lambda x, a: torch.div(*x) if x[0].is_floating_point() or x[0].is_complex() else torch.div(*x, rounding_mode="trunc"),
    "DivNoNan": no_nan(torch.div), "MulNoNan": no_nan(torch.mul), "FloorDiv": binary(floored),
    "FloorMod": lambda x, a: x[0] - floored(x[0], x[1]).detach() * x[1] if x[0].is_floating_point() else torch.remainder(*x),
    "TruncateDiv": binary(lambda p, q: torch.div(p, q, rounding_mode="trunc")), "TruncateMod": binary(torch.fmod),
    "Mod": binary(torch.fmod), "Pow": binary(torch.pow), "Maximum": evenly(torch.ge), "Minimum": evenly(torch.le),
    "SquaredDifference": binary(lambda p, q: (p - q).conj() * (p - q) if p.is_complex() else (p - q) ** 2), "Atan2": binary(torch.atan2),
    "Xdivy": at_zero(torch.div), "Xlogy": at_zero(lambda p, y: p * torch.log(y)), "Xlog1py": at_zero(lambda p, y: p * real(torch.log1p)([y], None)),
    "Polygamma": None, "Zeta": binary(torch.special.zeta), "NextAfter": binary(lambda p, q: p + (torch.nextafter(p, q) - p).detach() + 0 * q.detach()),
    "BitwiseAnd": binary(torch.bitwise_and), "BitwiseOr": binary(torch.bitwise_or), "BitwiseXor": binary(torch.bitwise_xor),
    "LeftShift": shifted(torch.bitwise_left_shift), "RightShift": shifted(torch.bitwise_right_shift),
    "Equal": compare("eq"), "NotEqual": compare("ne"), "Less": compare("lt"), "LessEqual": compare("le"),
    "Greater": compare("gt"), "GreaterEqual": compare("ge"), "LogicalAnd": binary(torch.logical_and), "LogicalOr": binary(torch.logical_or),
    "ApproximateEqual": lambda x, a: torch.abs(x[0] - x[1]) < a["tolerance"],
    "SelectV2": picked, "ClipByValue": clipped,
    # complex
    "Complex": binary(torch.complex), "Real": unary(torch.real), "Imag": unary(lambda x: torch.imag(x)), "Conj": unary(lambda x: torch.conj(x).resolve_conj()),
    "Angle": unary(torch.angle), "ComplexAbs": unary(torch.abs),
}


def polygamma(x, a):
    order, at = torch.broadcast_tensors(x[0], x[1])
    flat = [torch.polygamma(int(n), v) for n, v in zip(order.reshape(-1), at.reshape(-1))]
    return torch.stack(flat).reshape(at.shape) if flat else at * 1


TABLE["Polygamma"] = polygamma
TABLE = {name: function for name, function in TABLE.items() if function is not None}
assert math.isclose(SELU_SCALE * SELU_ALPHA, 1.7580993408473766)
