# SPDX-License-Identifier: MIT
"""tf.print, and the text of tensors in it."""
from __future__ import annotations

import sys

import _lockstep

from .. import nest
from ..framework.ops import convert_to_tensor, is_tensor
from ..framework.lazy import np


def _number(value) -> str:
    if isinstance(value, (bytes, np.bytes_)):
        return value.decode("utf-8", "replace")
    if isinstance(value, (np.bool_, bool)):
        return "1" if value else "0"
    if isinstance(value, (np.floating, float)):
        return np.format_float_positional(value,
                                          trim="-") if 1e-5 <= abs(value) < 1e6 or value == 0 else f"{value:.9g}"
    return str(value)


def _rows(array: np.ndarray, summarize: int, depth: int) -> str:
    n = array.shape[0]
    short = summarize >= 0 and n > 2 * summarize
    places = [*range(summarize), None, *range(n - summarize, n)] if short else range(n)
    if array.ndim == 1:
        return "[" + " ".join("..." if i is None else _number(array[i]) for i in places) + "]"
    join = "\n" * (array.ndim - 1) + " " * (depth + 1)
    return "[" + join.join("..." if i is None else _rows(array[i], summarize, depth + 1) for i
                           in places) + "]"


def text_of(value, summarize: int = 3) -> str:
    """A tensor as TensorFlow's StringFormat writes it: at most `summarize` elements from each end of an
    axis."""
    array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    return _number(array[()]) if array.ndim == 0 else _rows(array, summarize, 0)


def _text(value, summarize: int) -> str:
    """Of a structure with tensors in it."""
    if is_tensor(value):
        return text_of(convert_to_tensor(value), summarize)
    if hasattr(value, "_to_components") and hasattr(value, "_type_spec"):
        return _composite_text(value, summarize)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_text(v, summarize)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        ends = "[]" if isinstance(value, list) else "()"
        return ends[0] + ", ".join(_text(v, summarize) for v in value) + ("," if ends == "()"
                and len(value) == 1 else "") + ends[1]
    return str(value)


def _composite_text(value, summarize: int) -> str:
    """A sparse tensor's parts, or a ragged tensor's rows."""
    if not hasattr(value, "row_splits"):
        indices, values, shape = (text_of(t, summarize) for t in value._to_components())
        return f"SparseTensor(indices={indices}, values={values}, shape={shape})"
    return _rows_text(value.to_list(), summarize, value.dtype)


def _rows_text(rows, summarize: int, dtype) -> str:
    if not isinstance(rows, list):
        return repr(rows.decode("utf-8", "replace")) if isinstance(rows, bytes) else _number(dtype.as_numpy_dtype(rows))
    short = summarize >= 0 and len(rows) > 2 * summarize
    kept = [*rows[:summarize], None, *rows[len(rows) - summarize:]] if short else rows
    return "[" + ", ".join("..." if r is None else _rows_text(r, summarize, dtype) for r in kept) + "]"


def _template(value, tensors: list) -> str:
    """The text of a structure with %s for each tensor, while tracing."""
    if is_tensor(value):
        tensors.append(convert_to_tensor(value))
        return "{}"
    if hasattr(value, "_to_components") and hasattr(value, "_type_spec"):
        if hasattr(value, "row_splits"):
            tensors += [value.flat_values, *value.nested_row_splits]
            return "RaggedTensor(values={}, " + ", ".join(["row_splits={}"] * value.ragged_rank) + ")"
        tensors += value._to_components()
        return "SparseTensor(indices={}, values={}, shape={})"
    if isinstance(value, dict):
        return "{{" + ", ".join(f"{k!r}: {_template(v, tensors)}" for k, v in value.items()) + "}}"
    if isinstance(value, (list, tuple)):
        ends = "[]" if isinstance(value, list) else "()"
        return ends[0] + ", ".join(_template(v, tensors) for v in value) + ends[1]
    return str(value).replace("{", "{{").replace("}", "}}")


def _stream(output_stream) -> str:
    if output_stream in (sys.stdout, "stdout"):
        return "stdout"
    if output_stream in (sys.stderr, "stderr") or output_stream is None:
        return "stderr"
    if isinstance(output_stream, str) and output_stream.startswith("file://"):
        return output_stream
    raise ValueError(f"Unknown output stream, output_stream={output_stream!r}: sys.stdout, sys.stderr or "
                     f"file://PATH is expected")


def print_v2(*inputs, output_stream=None, summarize=3, sep=" ", end="\n", name=None):
    """Prints, in graphs too each time that they run. Standard error unless told otherwise."""
    stream = _stream(output_stream)
    summarize = -1 if summarize is None else summarize
    if _lockstep.executing_eagerly():
        return _print_now(sep.join(_text(value, summarize) for value in inputs), stream, end)
    if any(hasattr(value, "row_splits") for value in inputs):
        parts = [_ragged_text(v) if hasattr(v, "row_splits") else _formatted([v], sep, summarize) for v in inputs]
        return _lockstep.ops["PrintV2"](_lockstep.ops["StringJoin"](parts, sep), stream, end, name=name)
    return _lockstep.ops["PrintV2"](_formatted(inputs, sep, summarize), stream, end, name=name)


def _ragged_text(value):
    """Rows in brackets, as a string tensor."""
    from ..ragged import rows
    ops = _lockstep.ops
    flat = value.flat_values
    text = ops["StringJoin"](["'", flat, "'"]) if flat.dtype.name == "string" else ops["AsString"](
        flat, -1, False, flat.dtype.is_floating)
    for splits in reversed(value.nested_row_splits):
        n = rows.count(splits, splits.dtype) - 1
        text = ops["StringJoin"](["[", ops["UnsortedSegmentJoin"](text, rows.row_ids(splits), n, ", "), "]"])
    return ops["StringJoin"](["[", ops["ReduceJoin"](text, [0], False, ", "), "]"])


def _formatted(inputs, sep: str, summarize: int):
    """The text of structures with tensors in them, as a string tensor."""
    tensors: list = []
    template = sep.join(_template(value, tensors) for value in inputs)
    if not tensors:
        template = template.replace("{{", "{").replace("}}", "}")
    return _lockstep.ops["StringFormat"](tensors, template, "{}", summarize)


def _print_now(text: str, stream: str, end: str) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    _lockstep.ops["PrintV2"](text, stream, end)


def Print(input_, data, message=None, first_n=None, summarize=3, name=None):  # noqa: N802
    """Version 1: gives input_, and prints data when it is computed."""
    from .control_flow_ops import control_dependencies
    with control_dependencies([print_v2(message or "", *[x for x in data], summarize=summarize)]):
        return _lockstep.ops["Identity"](input_)


def string_format(template, inputs, placeholder="{}", summarize=3, name=None):
    """The template with the inputs' texts in place of the placeholders."""
    inputs = nest.flatten(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    return _lockstep.ops["StringFormat"](inputs, template, placeholder, summarize, name=name)
