# SPDX-License-Identifier: MIT
"""Losses over many classes, of which each step looks at the true ones and a few samples: noise-contrastive estimation (Gutmann and
Hyvärinen, 2010) and the sampled softmax (Jean et al., 2014)."""
from __future__ import annotations

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from . import array_ops, candidate_ops, embedding_ops, math_ops, nn_ops, reduction_ops


def _sampled_logits(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_hits,
                    partition_strategy, seed):
    """Logits [batch, num_true + num_sampled], less the logarithm of how often their classes are expected; labels alike."""
    labels = math_ops.cast(convert_to_tensor(labels), dtypes.int64)
    inputs = convert_to_tensor(inputs)
    if sampled_values is None:
        sampled_values = candidate_ops.log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed)
    sampled, true_expected, sampled_expected = (array_ops.stop_gradient(v) for v in sampled_values)
    sampled = math_ops.cast(sampled, dtypes.int64)
    classes = array_ops.concat([array_ops.reshape(labels, [-1]), sampled], 0)
    n_true = array_ops.size(labels)
    rows = embedding_ops.embedding_lookup_v1(weights, classes, partition_strategy)
    offsets = embedding_ops.embedding_lookup_v1(biases, classes, partition_strategy)
    width = array_ops.shape(inputs)[1]
    true_rows = array_ops.reshape(rows[:n_true], array_ops.stack([-1, num_true, width]))
    true = reduction_ops.reduce_sum(array_ops.expand_dims(inputs, 1) * true_rows, 2) + array_ops.reshape(offsets[:n_true],
                                                                                                        [-1, num_true])
    others = math_ops.matmul(inputs, rows[n_true:], transpose_b=True) + offsets[n_true:]
    if remove_hits:
        hit = reduction_ops.reduce_any(candidate_ops.are_hits(labels, sampled), 1)
        others = array_ops.where(hit, others.dtype.min, others)
    true -= math_ops.cast(math_ops.log(true_expected), true.dtype)
    others -= math_ops.cast(math_ops.log(sampled_expected), others.dtype)
    logits = array_ops.concat([true, others], 1)
    targets = array_ops.concat([array_ops.ones_like(true) / num_true, array_ops.zeros_like(others)], 1)
    return logits, targets


def nce_loss_v1(weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None,
                remove_accidental_hits=False, partition_strategy="mod", name="nce_loss"):
    """For each row of inputs the cross-entropy of telling its true classes from samples."""
    with name_scope(name):
        logits, targets = _sampled_logits(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
                                          remove_accidental_hits, partition_strategy, None)
        return reduction_ops.reduce_sum(nn_ops.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits), 1)


def nce_loss(weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None,
             remove_accidental_hits=False, name="nce_loss"):
    """For each row of inputs the cross-entropy of telling its true classes from samples."""
    return nce_loss_v1(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
                       remove_accidental_hits, "div", name)


def sampled_softmax_loss_v1(weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None,
                            remove_accidental_hits=True, partition_strategy="mod", name="sampled_softmax_loss", seed=None):
    """For each row of inputs the cross-entropy of a softmax over its true classes and samples."""
    with name_scope(name):
        logits, targets = _sampled_logits(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
                                          remove_accidental_hits, partition_strategy, seed)
        return nn_ops.softmax_cross_entropy_with_logits(labels=array_ops.stop_gradient(targets), logits=logits)


def sampled_softmax_loss(weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None,
                         remove_accidental_hits=True, seed=None, name="sampled_softmax_loss"):
    """For each row of inputs the cross-entropy of a softmax over its true classes and samples."""
    return sampled_softmax_loss_v1(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
                                   remove_accidental_hits, "div", name, seed)
