# SPDX-License-Identifier: MIT
"""Connectionist temporal classification: the loss, decoders and what prepares labels."""
from __future__ import annotations

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from . import array_ops, functional_ops, math_ops

_ops = _lockstep.ops
_NARROW = (dtypes.float16, dtypes.bfloat16)


def _sparse():
    from ..sparse import sparse_tensor
    return sparse_tensor


def _is_sparse(labels) -> bool:
    return not isinstance(labels, _lockstep.Tensor) and isinstance(labels, _sparse().SparseTensor)


def _time_major(logits, time_major):
    """[time, batch, classes]"""
    logits = convert_to_tensor(logits)
    return logits if time_major else array_ops.transpose(logits, [1, 0, 2])


# ---- the loss ----

def ctc_loss_v1(labels, inputs=None, sequence_length=None, preprocess_collapse_repeated=False, ctc_merge_repeated=True,
                ignore_longer_outputs_than_inputs=False, time_major=True, logits=None):
    """−ln P (labels | logits) of sparse labels; the last class is the blank."""
    if not _is_sparse(labels):
        raise TypeError(f"Expected argument `labels` to be a SparseTensor. Received labels={labels} of type: "
                        f"{type(labels).__name__}")
    logits = _time_major(inputs if logits is None else logits, time_major)
    return _loss(logits, labels.indices, labels.values, sequence_length, preprocess_collapse_repeated, ctc_merge_repeated,
                 ignore_longer_outputs_than_inputs)


def _loss(logits, indices, values, lengths, *attributes):
    own, values, lengths = logits.dtype, math_ops.cast(values, dtypes.int32), math_ops.cast(lengths, dtypes.int32)
    if own in _NARROW:
        logits = math_ops.cast(logits, dtypes.float32)
    loss = _ops["CTCLoss"](logits, indices, values, lengths, *attributes)[0]
    return math_ops.cast(loss, own) if own in _NARROW else loss


def _blank_last(logits, values, blank_index):
    """Logits with the blank's class moved to the end, and the labels' values so renumbered."""
    classes = logits.shape[-1]
    if blank_index < 0:
        if classes is None:
            raise ValueError(f"blank_index {blank_index} counts from the end: the number of classes must be known")
        blank_index += classes
    if classes is not None and not 0 <= blank_index < classes:
        raise ValueError(f"blank_index must be in [0, {classes}). Received: {blank_index}")
    if blank_index + 1 == classes:
        return logits, values
    parts = [logits[..., :blank_index], logits[..., blank_index + 1:], logits[..., blank_index:blank_index + 1]]
    return array_ops.concat(parts, -1), array_ops.where(values < blank_index, values, values - 1)


def _steps_needed(labels, used, label_length):
    """A step for each label, and a blank between equal neighbours."""
    equal = math_ops.logical_and(math_ops.equal(labels[:, 1:], labels[:, :-1]), used[:, 1:])
    return label_length + math_ops.reduce_sum(math_ops.cast(equal, dtypes.int32), 1)


def ctc_loss(labels, logits, label_length, logit_length, logits_time_major=True, unique=None, blank_index=None, name=None):
    """−ln P (labels | logits), labels being sparse, or dense with their lengths; infinite where there are too few steps
    for dense ones. unique, a help elsewhere, changes nothing."""
    with name_scope(name or "ctc_loss"):
        logits = _time_major(logits, logits_time_major)
        if _is_sparse(labels):
            if blank_index is None:
                raise ValueError("Argument `blank_index` must be provided when labels is a SparseTensor.")
            logits, values = _blank_last(logits, labels.values, blank_index)
            return _loss(logits, labels.indices, values, logit_length)
        labels = math_ops.cast(labels, dtypes.int32)
        label_length, logit_length = (math_ops.cast(n, dtypes.int32) for n in (label_length, logit_length))
        return _dense_loss(labels, logits, label_length, logit_length, 0 if blank_index is None else blank_index)


def _dense_loss(labels, logits, label_length, logit_length, blank_index):
    known = _lockstep.constant_value(label_length)
    some_empty = known is None or not known.numpy().all()
    if some_empty:      # the op wants a label in each row: these get one, and another loss in the end
        labels, empty = array_ops.pad(labels, [[0, 0], [0, 1]]), math_ops.equal(label_length, 0)
        label_length = math_ops.maximum(label_length, 1)
    used = array_ops.sequence_mask(label_length, array_ops.shape(labels)[1])
    indices = array_ops.where(used)
    logits, values = _blank_last(logits, array_ops.gather_nd(labels, indices), blank_index)
    if some_empty:
        values = array_ops.where(array_ops.gather(empty, indices[:, 0]), 0, values)
    loss = _loss(logits, indices, values, logit_length, False, True, True)
    fits = _steps_needed(labels, used, label_length) <= logit_length
    loss = array_ops.where(fits, loss, math_ops.cast(float("inf"), loss.dtype))
    return array_ops.where(empty, _loss_of_blanks(logits, logit_length), loss) if some_empty else loss


def _loss_of_blanks(logits, lengths):
    """−ln of the probability of nothing but blanks, the last class."""
    blanks = _ops["LogSoftmax"](logits)[..., -1]
    used = array_ops.transpose(array_ops.sequence_mask(lengths, array_ops.shape(logits)[0]))
    return -math_ops.reduce_sum(array_ops.where(used, blanks, array_ops.zeros_like(blanks)), 0)


# ---- decoders ----

def _decoded(indices, values, shapes) -> list:
    return [_sparse().SparseTensor(*parts) for parts in zip(indices, values, shapes)]


def ctc_greedy_decoder(inputs, sequence_length, merge_repeated=True, blank_index=None):
    """[labels], and −Σ of the largest logit at each step."""
    blank_index = -1 if blank_index is None else blank_index
    *parts, log_probability = _ops["CTCGreedyDecoder"](inputs, math_ops.cast(sequence_length, dtypes.int32), merge_repeated,
                                                       blank_index)
    return _decoded(*([p] for p in parts)), log_probability


def ctc_beam_search_decoder_v1(inputs, sequence_length, beam_width=100, top_paths=1, merge_repeated=True):
    """top_paths times labels, likeliest first, and their log probabilities [batch, top_paths]."""
    lengths = math_ops.cast(sequence_length, dtypes.int32)
    found = list(_ops["CTCBeamSearchDecoder"](inputs, lengths, beam_width, top_paths, merge_repeated))
    kinds = [found[i * top_paths:(i + 1) * top_paths] for i in range(3)]
    return _decoded(*kinds), found[-1]


def ctc_beam_search_decoder(inputs, sequence_length, beam_width=100, top_paths=1):
    """The same, with labels left repeated."""
    return ctc_beam_search_decoder_v1(inputs, sequence_length, beam_width, top_paths, False)


# ---- labels ----

def ctc_unique_labels(labels, name=None):
    """The different labels of each row, zeros after them, and where among these each label is."""
    def of_row(row):
        found, places = array_ops.unique(row)
        rest = array_ops.size(row) - array_ops.size(found)
        return math_ops.cast(array_ops.pad(found, [[0, rest]]), dtypes.int64), places
    with name_scope(name or "ctc_unique_labels"):
        return functional_ops.map_fn(of_row, convert_to_tensor(labels), dtype=(dtypes.int64, dtypes.int32))


def collapse_repeated(labels, seq_length, name=None):
    """Labels without those that equal the one before, and how many are left in each row."""
    with name_scope(name or "collapse_repeated_labels"):
        labels = convert_to_tensor(labels)
        shape = array_ops.shape(labels)
        seq_length = math_ops.cast(seq_length, dtypes.int32)
        first = array_ops.ones_like(labels[:, :1], dtypes.bool)
        changed = array_ops.concat([first, math_ops.not_equal(labels[:, 1:], labels[:, :-1])], 1)
        kept = math_ops.logical_and(changed, array_ops.sequence_mask(seq_length, shape[1]))
        lengths = math_ops.reduce_sum(math_ops.cast(kept, dtypes.int32), 1)
        places = array_ops.where(array_ops.sequence_mask(lengths, math_ops.reduce_max(lengths)))
        out = array_ops.stack([shape[0], math_ops.reduce_max(lengths)])
        made = array_ops.scatter_nd(places, array_ops.boolean_mask(labels, kept), math_ops.cast(out, dtypes.int64))
        return made, math_ops.cast(lengths, seq_length.dtype)
