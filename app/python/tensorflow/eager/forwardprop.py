# SPDX-License-Identifier: MIT
"""tf.autodiff.ForwardAccumulator."""
from __future__ import annotations

import logging

import _lockstep

from .. import nest
from ..framework.ops import convert_to_tensor
from ..ops import array_ops
from .backprop import UnconnectedGradients


class ForwardAccumulator:
    """Computes Jacobian-vector products beside the program, as it runs."""

    def __init__(self, primals, tangents):
        self._forward = _lockstep.Forward()
        self._recording = False
        seen = set()
        for primal in nest.flatten(primals):
            if id(primal) in seen:
                raise ValueError(f"Tensor {primal} was specified as a primal multiple times. This may indicate an "
                                 "error. If it was intended, please sum the corresponding tangents.")
            seen.add(id(primal))
        nest.map_structure(self._watch, primals, tangents)

    def __enter__(self):
        if self._recording:
            raise ValueError("Accumulator is already recording.")
        self._forward.start()
        self._recording = True
        return self

    def __exit__(self, *error):
        if not self._recording:
            raise ValueError("Accumulator is not recording.")
        self._forward.stop()
        self._recording = False

    def _watch(self, primal, tangent) -> None:
        if not primal.dtype.is_floating:
            logging.getLogger("tensorflow").warning(
                "The dtype of the watched primal must be floating (e.g. tf.float32), got %r", primal.dtype)
        tangent = convert_to_tensor(tangent, dtype=primal.dtype)
        if not tangent.shape.is_compatible_with(primal.shape):
            raise ValueError(f"Expected the shape of the tangent, {tangent.shape}, to be that of the primal, "
                             f"{primal.shape}")
        self._forward.watch(primal, tangent)

    def jvp(self, primals, unconnected_gradients=UnconnectedGradients.NONE):
        """The tangents of primals, in their form; None, or zeros, where one does not depend on what is watched."""
        zero = UnconnectedGradients(unconnected_gradients) is UnconnectedGradients.ZERO

        def fetch(primal):
            tangent = self._forward.tangent(primal)
            return array_ops.zeros_like(primal) if tangent is None and zero else tangent
        return nest.map_structure(fetch, primals)
