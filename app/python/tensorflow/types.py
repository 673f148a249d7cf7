# SPDX-License-Identifier: MIT
"""tf.types"""
from __future__ import annotations

import abc
import typing

from _lockstep import Tensor

from .eager.def_function import AtomicFunction, ConcreteFunction, Function
from .eager.signature import TraceType, TracingContext
from .framework.lazy import np


class SupportsTracingProtocol(typing.Protocol):
    """Says by __tf_tracing_type__() what of it a trace depends on."""

    @abc.abstractmethod
    def __tf_tracing_type__(self, context) -> TraceType:
        """Its trace type."""


class Callable:
    """What can be called with tensors."""


class experimental:  # noqa: N801
    """tf.types.experimental"""

    TensorLike = typing.Union[Tensor, bool, int, float, complex, str, bytes, tuple, list, "np.ndarray"]
    TraceType, TracingContext, SupportsTracingProtocol = TraceType, TracingContext, SupportsTracingProtocol
    ConcreteFunction, GenericFunction, PolymorphicFunction, AtomicFunction = ConcreteFunction, Function, Function, AtomicFunction
    Callable = Callable

    class distributed:  # noqa: N801
        """Values of several devices, of which there is one."""
