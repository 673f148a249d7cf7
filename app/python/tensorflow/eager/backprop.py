# SPDX-License-Identifier: MIT
"""tf.GradientTape."""
from __future__ import annotations

import contextlib
import enum
import logging

import _lockstep
from _lockstep import Tensor

from .. import nest
from ..framework.ops import convert_to_tensor
from ..ops import array_ops
from ..ops.variables import Variable


class UnconnectedGradients(enum.Enum):
    """What a gradient is where there is no connection."""

    NONE = "none"
    ZERO = "zero"


_log = logging.getLogger("tensorflow")
_UNROLLED = 32      # rows of a jacobian in a graph that are not worth a loop


class GradientTape(_lockstep.Tape):
    """Records ops so that they can be differentiated."""

    def watch(self, tensor) -> None:
        """What is computed from tensor from now on is recorded."""
        for t in nest.flatten(tensor):
            if not isinstance(t, (Tensor, Variable)):
                raise ValueError(f"Passed in object {t} of type {type(t).__name__!r}, not tf.Tensor or "
                                 f"tf.Variable or "
                                 "ExtensionType.")
            if not _is_trainable(t):
                _log.warning(
                    "The dtype of the watched tensor must be floating (e.g. tf.float32), got %r", t.dtype)
            self._watch(t)

    @contextlib.contextmanager
    def stop_recording(self):
        """What is computed inside is not recorded."""
        self._pause()
        try:
            yield
        finally:
            self._start()

    def reset(self) -> None:
        """Forgets everything."""
        recording = self._recording
        if recording:
            self._pause()
        self._forget()
        if recording:
            self._start()

    # ---- gradients ----

    def _target(self, target):
        """As a tensor: a variable is its value, read while the tape looks."""
        if isinstance(target, Variable):
            with self._ensure_recording():
                target = target.read_value()
        elif not isinstance(target, Tensor):
            target = convert_to_tensor(target)
        if not _is_trainable(target):
            _log.warning("The dtype of the target tensor must be floating (e.g. tf.float32) when calling "
                         "GradientTape.gradient, got %r", target.dtype)
        return target

    @contextlib.contextmanager
    def _ensure_recording(self):
        if self._recording:
            yield
            return
        self._start()
        try:
            yield
        finally:
            self._pause()

    def _paused(self):
        return self.stop_recording() if self._recording else contextlib.nullcontext()

    def gradient(self, target, sources, output_gradients=None,
                 unconnected_gradients=UnconnectedGradients.NONE):
        """d(sum of target)/d(sources), in the form of sources."""
        if output_gradients is None and unconnected_gradients is UnconnectedGradients.NONE:
            found = self._usual_gradient(target, sources)
            if found is not NotImplemented:
                return found
        if target is None:
            raise TypeError("Argument `target` should be a list or nested structure of Tensors, Variables or "
                            "CompositeTensors to be differentiated, but received None.")
        zero = _wants_zero(unconnected_gradients)
        self._spend()
        targets = [self._target(t) for t in nest.flatten(target)]
        seeds = None
        if output_gradients is not None:
            seeds = [None if g is None else convert_to_tensor(g, dtype_hint=t.dtype)
                     for g, t in zip(nest.flatten(output_gradients), targets)]
        found = self._gradient(targets, seeds, _sources(sources), zero)
        self._finish()
        return nest.pack_sequence_as(sources, found) if nest.is_nested(sources) else found[0]

    # ---- jacobians ----

    def jacobian(self, target, sources, unconnected_gradients=UnconnectedGradients.NONE,
                 parallel_iterations=None,
                 experimental_use_pfor=True):
        """d(target)/d(sources) for each element of target: its shape, then the source's."""
        zero = _wants_zero(unconnected_gradients)
        self._spend()
        target, flat = self._target(target), _sources(sources)
        with self._paused():
            size = array_ops.size(target) if target.shape.num_elements() is None else target.shape.num_elements()
            found = self._rows(size, lambda i: array_ops.reshape(
                array_ops.one_hot(i, size, dtype=target.dtype), array_ops.shape(target)), target, flat, zero)
            found = [rows if rows is None else self._shaped(rows, target, s, 0) for rows, s in zip(found, flat)]
        self._finish()
        return nest.pack_sequence_as(sources, found) if nest.is_nested(sources) else found[0]

    def batch_jacobian(self, target, source, unconnected_gradients=UnconnectedGradients.NONE,
                       parallel_iterations=None,
                       experimental_use_pfor=True):
        """The jacobian of each example of the batch with respect to itself."""
        _wants_zero(unconnected_gradients)
        for shape in (target.shape, source.shape):
            if shape.rank is not None and shape.rank < 2 or not shape[:1].is_compatible_with(target.shape[:1]):
                raise ValueError(f"Need first dimension of target shape ({target.shape}) and source shape "
                                 f"({source.shape}) to match.")
        self._spend()
        target = self._target(target)
        with self._paused():
            inner, n = array_ops.shape(target)[1:], target.shape[1:].num_elements()
            n = array_ops.size(target) // array_ops.shape(target)[0] if n is None else n
            rows, = self._rows(n, lambda i: array_ops.broadcast_to(array_ops.reshape(
                array_ops.one_hot(i, n, dtype=target.dtype), inner), array_ops.shape(target)), target, [source],
                True)
            rank = source.shape.rank
            rows = array_ops.transpose(rows, [1, 0, *range(2, rank + 1)])
            found = self._shaped(rows, target, source, 1)
        self._finish()
        return found

    def _dense_gradient(self, target, seed, flat, zero) -> list:
        return [None if g is None else convert_to_tensor(g) for g in self._gradient([target], [seed], flat, zero)]

    def _rows(self, size, seed, target, flat, zero) -> list:
        """For each source the gradients with the seeds 0 … size − 1, stacked, or None where there are none."""
        if isinstance(size, int) and (size <= _UNROLLED or _lockstep.executing_eagerly()):
            rows = [self._dense_gradient(target, seed(i), flat, zero) for i in range(size)]
            return [None if None in part else array_ops.stack(part) for part in
                    ([row[i] for row in rows] for i in range(len(flat)))]
        from ..ops import functional_ops
        found = self._dense_gradient(target, seed(0), flat, zero)
        joined = functional_ops.map_fn(
            lambda i: [g for g in self._dense_gradient(target, seed(i), flat, zero) if g is not None],
            array_ops.range(size), fn_output_signature=[g.dtype for g in found if g is not None])
        rest = iter(joined)
        return [None if g is None else next(rest) for g in found]

    @staticmethod
    def _shaped(rows, target, source, batch: int):
        """rows in the shape of the target, then of the source without its first `batch` axes."""
        static = target.shape.concatenate(source.shape[batch:])
        if static.is_fully_defined():
            return array_ops.reshape(rows, static.as_list())
        dynamic = array_ops.concat([array_ops.shape(target), array_ops.shape(source)[batch:]], 0)
        return array_ops.ensure_shape(array_ops.reshape(rows, dynamic), static)


def _is_trainable(tensor) -> bool:
    return tensor.dtype.is_floating or tensor.dtype.is_complex or tensor.dtype.as_datatype_enum in (20, 21)


def _wants_zero(unconnected) -> bool:
    try:
        return UnconnectedGradients(unconnected) is UnconnectedGradients.ZERO
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {unconnected!r}") from None


def _sources(sources) -> list:
    flat = nest.flatten(sources)
    for source in flat:
        if not isinstance(source, (Tensor, Variable)):
            raise TypeError(f"Cannot differentiate with respect to {source!r}: a tensor or a variable is expected")
        if not _is_trainable(source):
            _log.warning("The dtype of the source tensor must be floating (e.g. tf.float32) when calling "
                         "GradientTape.gradient, got %r", source.dtype)
    return flat
