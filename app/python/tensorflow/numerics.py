# SPDX-License-Identifier: MIT
"""tf.debugging.enable_check_numerics: what is said of an op that gives NaN or infinity."""
from __future__ import annotations

import os
import sys
import threading
import traceback

import _lockstep

from .framework.lazy import np

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_limits = threading.local()


def enable_check_numerics(stack_height_limit=30, path_length_limit=50) -> None:
    """From now on an op of this thread that gives NaN or infinity raises an InvalidArgumentError, also in graphs that are
    traced from now on."""
    _limits.height, _limits.path = stack_height_limit, path_length_limit
    _lockstep.check_numerics(True)


def disable_check_numerics() -> None:
    """Ends enable_check_numerics; graphs that were traced before keep their checks."""
    _lockstep.check_numerics(False)


def _counts(tensor) -> str:
    array = np.asarray(tensor.numpy(), np.float64)
    told = (("-Inf", np.isneginf(array)), ("+Inf", np.isposinf(array)), ("NaN", np.isnan(array)))
    return "".join(f"  # of {'+NaN' if name == 'NaN' else name} elements: {np.sum(found)}\n" for name, found in told
                   if found.any())


def _shortened(path: str) -> str:
    limit = _limits.path
    return path if limit is None or len(path) <= limit else "..." + path[len(path) - limit:]


def _stack() -> str:
    """Where the program stands, the innermost frame last."""
    frames = [f for f in traceback.extract_stack(sys._getframe(1)) if not f.filename.startswith(_OWN)]
    text = "\n  Stack trace of op's creation (\"->\": inferred user code):\n"
    height = len(frames) if _limits.height is None else _limits.height
    if len(frames) > height:
        text += f"    + ... (Omitted {len(frames) - height} frames)\n"
    for frame in frames[-height:] if height else []:
        text += f"    + {_shortened(frame.filename)} (L{frame.lineno}) {frame.name}\n"
        if frame.line is not None:
            text += f" -> |   {frame.line}\n"
    return text


def _message(op: str, slot: int, n_outputs: int, output, inputs: list) -> str:
    graph = None if isinstance(output, _lockstep.EagerTensor) else output.graph
    text = (f"\n\n!!! Detected Infinity or NaN in output {slot} of {'eagerly-executed' if graph is None else 'graph'} op "
            f"\"{op}\" (# of outputs: {n_outputs}) !!!\n  dtype: {output.dtype!s}\n  shape: {output.shape!s}\n")
    if graph is None:
        text += _counts(output)
    if len(inputs) > 1:
        text += f"\n  Input tensors ({len(inputs)}):\n" + "".join(f"         {i}: {x!s}\n" for i, x in enumerate(inputs))
    elif inputs:
        text += f"\n  Input tensor: {inputs[0]!s}\n"
    if graph is not None:
        text += (f"  Graph name: \"{graph.name}\"\n" if getattr(graph, "name", None) else "") + _stack()
    return text + "\n"


_lockstep.register(numerics_message=_message)
