# SPDX-License-Identifier: MIT
"""tf.keras.backend"""
from .backend_ops import *  # noqa: F401,F403

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
    from .engine import current_training
    return int(bool(current_training()))


def set_learning_phase(value) -> None:
    """Whether layers that are not told are training."""
    from .engine import _state
    _state["training"] = None if value is None else bool(value)


def set_image_data_format(data_format) -> None:
    if data_format != "channels_last":
        raise NotImplementedError(f"images are channels_last here; {data_format} can be given to each layer as data_format")


reset_uids = clear_session
