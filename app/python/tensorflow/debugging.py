# SPDX-License-Identifier: MIT
"""tf.debugging: assertions, checked at once on values, while tracing where all is known, and when a graph runs."""
from __future__ import annotations

import _lockstep

from .framework import dtypes
from .framework.errors import InvalidArgumentError
from .framework.lazy import np
from .framework.ops import convert_to_tensor
from .numerics import disable_check_numerics, enable_check_numerics  # noqa: F401
from .ops import math_ops
from .ops.control_flow_ops import Assert, control_dependencies  # noqa: F401

_ops = _lockstep.ops


# ---- telling ----

def _shown(item, summarize: int) -> str:
    if not isinstance(item, _lockstep.Tensor):
        return str(item)
    array = item.numpy()
    if np.ndim(array) == 0:
        return str(array)
    flat = np.reshape(array, -1)
    parts = [str(x) for x in flat[:summarize]]
    return str(parts + ["..."] if len(parts) < flat.size else parts)


def _fail(data, summarize=None) -> None:
    limit = 3 if summarize is None else 10 ** 9 if summarize < 0 else summarize
    raise InvalidArgumentError(None, None, "\n".join(_shown(d, limit) for d in data))


def _named(tensor) -> str:
    return f"shape={tensor.shape} dtype={tensor.dtype.name}" if isinstance(tensor, _lockstep.EagerTensor) else tensor.name


def _prefix(message) -> str:
    return f"{message}.  " if message else ""


def _differing(symbol: str, x, y, holds, summarize) -> list:
    """What _fail tells of a comparison."""
    n = 3 if summarize is None else 10 ** 9 if summarize < 0 else summarize
    data = [f"Condition x {symbol} y did not hold."]
    if n <= 0:
        return data
    a, b = np.asarray(x.numpy()), np.asarray(y.numpy())
    if a.shape == b.shape and a.ndim:
        wrong = ~np.asarray(holds.numpy())
        places = np.argwhere(wrong)
        k = min(n, len(places))
        data += [f"Indices of first {k} different values:", places[:k], "Corresponding x values:", a[wrong][:k],
                 "Corresponding y values:", b[wrong][:k]]
    a, b = a.reshape(-1), b.reshape(-1)
    return data + [f"First {min(a.size, n)} elements of x:", a[:n], f"First {min(b.size, n)} elements of y:", b[:n]]


# ---- comparisons ----

def _compare(symbol: str, op, x, y, message=None, summarize=None, name=None, data=None):
    x = convert_to_tensor(x, dtype_hint=getattr(y, "dtype", None))
    y = convert_to_tensor(y, dtype_hint=x.dtype)
    holds = op(x, y)
    condition = math_ops.reduce_all(holds)
    known = condition if isinstance(condition, _lockstep.EagerTensor) else None
    if known is not None and bool(known):
        return None
    if known is not None:
        data = _differing(symbol, x, y, holds, summarize) if data is None else data
        _fail(([message] if message is not None else []) + list(data), summarize)
    if data is None:
        data = [f"Condition x {symbol} y did not hold element-wise:", f"x ({_named(x)}) = ", x, f"y ({_named(y)}) = ", y]
    data = ([message] if message is not None else []) + list(data)
    a, b = _lockstep.constant_value(x), _lockstep.constant_value(y)
    if a is not None and b is not None and not _hold(symbol, a.numpy(), b.numpy()):
        raise InvalidArgumentError(None, None, "\n".join(str(d) for d in data))
    return Assert(condition, data, summarize, name)


def _hold(symbol: str, a, b) -> bool:
    functions = {"==": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater,
                 ">=": np.greater_equal}
    return bool(np.all(functions[symbol](a, b)))


def assert_equal(x, y, message=None, summarize=None, name=None):
    return _compare("==", math_ops.equal, x, y, message, summarize, name)


def assert_none_equal(x, y, summarize=None, message=None, name=None):
    return _compare("!=", math_ops.not_equal, x, y, message, summarize, name)


def assert_less(x, y, message=None, summarize=None, name=None):
    return _compare("<", math_ops.less, x, y, message, summarize, name)


def assert_less_equal(x, y, message=None, summarize=None, name=None):
    return _compare("<=", math_ops.less_equal, x, y, message, summarize, name)


def assert_greater(x, y, message=None, summarize=None, name=None):
    return _compare(">", math_ops.greater, x, y, message, summarize, name)


def assert_greater_equal(x, y, message=None, summarize=None, name=None):
    return _compare(">=", math_ops.greater_equal, x, y, message, summarize, name)


def _against_zero(words: str, symbol: str, op, zero_first: bool):
    def check(x, message=None, summarize=None, name=None):
        x = convert_to_tensor(x)
        data = [message or "", f"Condition x {words} 0 did not hold element-wise:", f"x ({_named(x)}) = ", x]
        zero = convert_to_tensor(0, x.dtype)
        pair = (zero, x) if zero_first else (x, zero)
        return _compare(symbol, op, *pair, None, summarize, name, data)
    return check


assert_positive = _against_zero(">", "<", math_ops.less, True)
assert_negative = _against_zero("<", "<", math_ops.less, False)
assert_non_negative = _against_zero(">=", "<=", math_ops.less_equal, True)
assert_non_positive = _against_zero("<=", "<=", math_ops.less_equal, False)


def assert_near(x, y, rtol=None, atol=None, message=None, summarize=None, name=None):
    """|x − y| < atol + rtol · |y|"""
    x = convert_to_tensor(x, dtype_hint=getattr(y, "dtype", None))
    y = convert_to_tensor(y, x.dtype if not hasattr(y, "dtype") else None)
    small = {"float64": 2.220446049250313e-15, "float16": 0.00977, "bfloat16": 0.0781}.get(x.dtype.name, 1.1920929e-06)
    rtol = convert_to_tensor(small if rtol is None else rtol, x.dtype)
    atol = convert_to_tensor(small if atol is None else atol, x.dtype)
    tolerance = atol + rtol * math_ops.abs(y)
    condition = math_ops.reduce_all(math_ops.less(math_ops.abs(x - y), tolerance))
    told = [f"{np.asarray(t.numpy())[()]}" if isinstance(t, _lockstep.EagerTensor) else str(t) for t in (rtol, atol)]
    data = [message or "", f"x and y not equal to tolerance rtol = {told[0]}, atol = {told[1]}", f"x ({_named(x)}) = ", x,
            f"y ({_named(y)}) = ", y]
    return Assert(condition, data, summarize, name)


# ---- numbers ----

def check_numerics(tensor, message, name=None):
    """tensor, if it holds neither NaN nor Inf."""
    return _ops["CheckNumerics"](tensor, message, name)


def assert_all_finite(x, message, name=None):
    return check_numerics(x, message, name)


# ---- shapes ----

def _known_rank(x):
    return x.shape.rank


def assert_rank(x, rank, message=None, name=None):
    return _ranked(x, rank, message, "rank {}", lambda a, b: a == b, math_ops.equal)


def assert_rank_at_least(x, rank, message=None, name=None):
    return _ranked(x, rank, message, "rank at least {}", lambda a, b: a >= b, math_ops.greater_equal)


def _ranked(x, rank, message, words: str, fits, op):
    x = x if hasattr(x, "shape") and hasattr(x, "dtype") else convert_to_tensor(x)
    wanted = _lockstep.constant_value(convert_to_tensor(rank))
    if wanted is not None and wanted.shape.rank != 0:
        raise ValueError("Rank must be a scalar.")
    if _known_rank(x) is not None and wanted is not None:
        if not fits(_known_rank(x), int(wanted)):
            label = "" if isinstance(x, _lockstep.EagerTensor) else getattr(x, "name", "")
            raise ValueError(f"{_prefix(message)}Tensor {label} must have {words.format(int(wanted))}.  Received rank "
                             f"{_known_rank(x)}, shape {x.shape}")
        return _ops["NoOp"]()
    data = [message or "", f"Tensor {x.name} must have {words.format('')}".strip(), convert_to_tensor(rank), "Received shape: ",
            _ops["Shape"](x)]
    return Assert(op(_ops["Rank"](x), rank), data)


def assert_rank_in(x, ranks, message=None, name=None):
    x = convert_to_tensor(x)
    if _known_rank(x) is None:
        holds = _ops["Any"](_ops["Equal"](_ops["Pack"](list(ranks)), _ops["Rank"](x)), [0])
        return Assert(holds, [message or "", f"Tensor {x.name} must have rank in", *ranks, "Received shape: ", _ops["Shape"](x)])
    if _known_rank(x) not in [int(r) for r in ranks]:
        label = "" if isinstance(x, _lockstep.EagerTensor) else x.name
        raise ValueError(f"{_prefix(message)}Tensor {label} must have rank in {tuple(int(r) for r in ranks)}.  Received rank "
                         f"{_known_rank(x)}, shape {x.shape}")
    return _ops["NoOp"]()


def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """Sizes under one name must be the same everywhere."""
    seen: dict = {}
    assertions = []
    for tensor, symbols in shapes.items() if isinstance(shapes, dict) else shapes:
        tensor = tensor.deref() if hasattr(tensor, "deref") else tensor
        tensor = tensor if hasattr(tensor, "shape") and hasattr(tensor, "dtype") else convert_to_tensor(tensor)
        symbols = list(symbols) if isinstance(symbols, (list, tuple, str)) else [symbols]
        label = getattr(tensor, "name", "") if not isinstance(tensor, _lockstep.EagerTensor) else _named(tensor)
        assertions += _check_shape(tensor, symbols, label, seen, message, summarize)
    return None if _lockstep.executing_eagerly() else _ops["NoOp"]() if not assertions else assertions[-1]


def _check_shape(tensor, symbols: list, label: str, seen: dict, message, summarize) -> list:
    from_end = bool(symbols) and symbols[0] is Ellipsis
    names = [s for s in symbols if s is not Ellipsis]
    rank = tensor.shape.rank
    if rank is None:
        raise ValueError(f"{_prefix(message)}Tensor {label}: its rank must be known to check its shape")
    if rank < len(names) if len(names) < len(symbols) else rank != len(names):
        words = "rank at least" if len(names) < len(symbols) else "rank"
        raise ValueError(f"{_prefix(message)}Tensor {label} must have {words} {len(names)}.  Received rank {rank}, shape "
                         f"{tensor.shape}")
    made = []
    for i, symbol in enumerate(names):
        axis = rank - len(names) + i if from_end else i
        if symbol is None or symbol == ".":
            continue
        made += _check_size(tensor, axis, symbol, label, seen, message, summarize)
    return made


def _check_size(tensor, axis: int, symbol, label: str, seen: dict, message, summarize) -> list:
    size = tensor.shape[axis]
    fixed = isinstance(symbol, int) or (isinstance(symbol, str) and symbol.isdigit())
    if not fixed and symbol not in seen:
        seen[symbol] = (size if size is not None else _ops["Shape"](tensor)[axis], label, axis)
        return []
    wanted, first, where = (int(symbol), None, None) if fixed else seen[symbol]
    if size is not None and isinstance(wanted, int):
        if size == wanted:
            return []
        told = "" if first is None else f"Specified by tensor {first} dimension {where}.  "
        raise ValueError(f"{_prefix(message)}{told}Tensor {label} dimension {axis} must have size {wanted}.  Received size "
                         f"{size}, shape {tensor.shape}")
    mine = _ops["Shape"](tensor)[axis]
    return [Assert(_ops["Equal"](mine, wanted), [message or "", f"Tensor {label} dimension {axis} must have size", wanted,
                                                  "Received size: ", mine], summarize)]


def assert_scalar(tensor, message=None, name=None):
    tensor = convert_to_tensor(tensor)
    if tensor.shape.rank not in (0, None):
        told = "" if isinstance(tensor, _lockstep.EagerTensor) else f" for {tensor.name}"
        raise ValueError(f"{message + ' ' if message else ''}Expected scalar shape{told}, saw shape: {tensor.shape}.")
    return tensor


# ---- types ----

def assert_type(tensor, tf_type, message=None, name=None):
    tf_type = dtypes.as_dtype(tf_type)
    tensor = tensor if hasattr(tensor, "dtype") else convert_to_tensor(tensor)
    if tensor.dtype != tf_type:
        label = "tensor" if isinstance(tensor, _lockstep.EagerTensor) else getattr(tensor, "name", "tensor")
        raise TypeError(f"{_prefix(message)}{label} must be of type {tf_type!r}; got {tensor.dtype!r}")
    return _ops["NoOp"]()


def assert_integer(x, message=None, name=None):
    x = convert_to_tensor(x)
    if not x.dtype.is_integer:
        label = "tensor" if isinstance(x, _lockstep.EagerTensor) else x.name
        raise TypeError(f"{_prefix(message)}Expected \"x\" to be integer type.  Found: {label} of dtype {x.dtype!r}")
    return _ops["NoOp"]()


def is_numeric_tensor(tensor) -> bool:
    """A tensor of numbers, and no Python number."""
    if not isinstance(tensor, _lockstep.Tensor):
        return False
    dtype = tensor.dtype
    return dtype.is_integer or dtype.is_floating or dtype.is_complex


def assert_proper_iterable(values) -> None:
    """An iterable that means a list of things: no tensor, array, dict or string."""
    if isinstance(values, (_lockstep.Tensor, np.ndarray, str, bytes)) or hasattr(values, "_to_components") \
            or not hasattr(values, "__iter__"):
        raise TypeError(f"Expected argument \"values\" to be a \"proper\" iterable.  Found: {type(values)}")


def assert_same_float_dtype(tensors=None, dtype=None):
    """The floating dtype that all have."""
    for tensor in tensors or []:
        if dtype is None:
            dtype = tensor.dtype
        elif tensor.dtype != dtypes.as_dtype(dtype):
            raise ValueError(f"Expected {dtypes.as_dtype(dtype)!r}, got {tensor.dtype!r} ({tensor!r}) instead.")
    dtype = dtypes.float32 if dtype is None else dtypes.as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype!r}.")
    return dtype


def is_strictly_increasing(x, name=None):
    x = _ops["Reshape"](x, [-1])
    return math_ops.reduce_all(x[1:] > x[:-1], name=name)


def is_non_decreasing(x, name=None):
    x = _ops["Reshape"](x, [-1])
    return math_ops.reduce_all(x[1:] >= x[:-1], name=name)


def get_static_value(tensor, partial=False):
    known = _lockstep.constant_value(tensor)
    return None if known is None else known.numpy()


# ---- what the debugger does without ----

def enable_traceback_filtering() -> None:
    """Tracebacks are filtered always."""


def disable_traceback_filtering() -> None:
    """Tracebacks are filtered always."""


def is_traceback_filtering_enabled() -> bool:
    return True


def set_log_device_placement(enabled) -> None:
    """Everything is on one device."""


def get_log_device_placement() -> bool:
    return False


class experimental:  # noqa: N801
    """tf.debugging.experimental"""

    @staticmethod
    def enable_dump_debug_info(dump_root, tensor_debug_mode="NO_TENSOR", circular_buffer_size=1000, op_regex=None,
                               tensor_dtypes=None) -> None:
        """`lockstep record` keeps all of it."""

    @staticmethod
    def disable_dump_debug_info() -> None:
        """See enable_dump_debug_info."""
