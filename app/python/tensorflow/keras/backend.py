# SPDX-License-Identifier: MIT
"""tf.keras.backend"""
from ..ops.array_ops import concat as concatenate, expand_dims, reshape, shape, squeeze, stack, transpose  # noqa: F401
from ..ops.math_ops import (abs, cast, exp, log, reduce_max as max, reduce_mean as mean, reduce_min as min,
                            # noqa: F401,A004
                            reduce_sum as sum, sqrt, square)

_names: dict = {}


def rnn(*args, **kwargs):
    """(last output, outputs, last states) of a step function along a sequence."""
    from .rnn import rnn as run
    return run(*args, **kwargs)


def epsilon() -> float:
    return 1e-7


def floatx() -> str:
    return "float32"


def set_floatx(value) -> None:
    if value != "float32":
        raise NotImplementedError(f"layers are float32 here; {value} can be given to each layer as dtype")


def image_data_format() -> str:
    return "channels_last"


def clear_session() -> None:
    """Layers are numbered from the beginning again."""
    _names.clear()


def unique_name(base: str) -> str:
    count = _names[base] = _names.get(base, 0) + 1
    return base if count == 1 else f"{base}_{count - 1}"


def get_value(x):
    return x.numpy()


def set_value(x, value) -> None:
    x.assign(value)


def get_uid(prefix="") -> int:
    _names[prefix] = _names.get(prefix, 0) + 1
    return _names[prefix]


def learning_phase() -> int:
    return 0
