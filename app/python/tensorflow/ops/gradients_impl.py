# SPDX-License-Identifier: MIT
"""tf.gradients and tf.hessians: derivatives in a graph."""
from __future__ import annotations

import _lockstep

from .. import nest
from ..eager.backprop import UnconnectedGradients
from ..framework import ops
from ..framework.ops import convert_to_tensor
from . import array_ops
from .variables import Variable


def _listed(value) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _as_tensor(value):
    return value.handle if isinstance(value, Variable) else convert_to_tensor(value)


def gradients(ys, xs, grad_ys=None, name="gradients", colocate_gradients_with_ops=False, gate_gradients=False,
              aggregation_method=None, stop_gradients=None,
              unconnected_gradients=UnconnectedGradients.NONE) -> list:
    """d(sum of ys)/d(xs), as nodes; stop_gradients are taken for constants."""
    if _lockstep.executing_eagerly():
        raise RuntimeError("tf.gradients is not supported when eager execution is enabled. Use "
                           "tf.GradientTape instead.")
    try:
        zero = UnconnectedGradients(unconnected_gradients) is UnconnectedGradients.ZERO
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: '{unconnected_gradients}'") from None
    flat = _listed(xs)
    ys = [convert_to_tensor(y) for y in nest.flatten(ys)]
    seeds = None if grad_ys is None else [None if g is None else convert_to_tensor(g) for g in _listed(grad_ys)]
    if seeds is not None and len(seeds) != len(ys):
        raise ValueError(f"Passed {len(seeds)} grad_ys for {len(ys)} ys")
    stops = [] if stop_gradients is None else [_as_tensor(s) for s in nest.flatten(stop_gradients)]
    with ops.name_scope(name):
        found = _lockstep.gradients(ys, seeds, [_as_tensor(x) for x in flat], stops)
        found = [array_ops.zeros_like(x) if g is None and zero else g for g, x in zip(found, flat)]
    return found


def hessians(ys, xs, gate_gradients=False, aggregation_method=None, name="hessians") -> list:
    """The second derivatives of the sum of ys by each x: its shape, twice."""
    found = []
    for x in _listed(xs):
        first, = gradients(ys, x, name=name)
        if first is None:
            raise ValueError(f"the sum of ys does not depend on {x}")
        flat = array_ops.reshape(first, [-1])
        size = flat.shape.num_elements()
        if size is None:
            raise NotImplementedError(f"tf.hessians by a tensor of unknown shape {x.shape}: use tf.GradientTape.jacobian")
        rows = array_ops.stack([gradients(flat[i], x, unconnected_gradients="zero")[0] for i in range(size)])
        shape = array_ops.shape(x)
        found.append(array_ops.reshape(rows, array_ops.concat([shape, shape], 0)))
    return found
