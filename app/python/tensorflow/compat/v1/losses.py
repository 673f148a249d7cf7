# SPDX-License-Identifier: MIT
"""tf.losses of version 1: weighted sums of what predictions cost, kept in the graph's collection of losses."""
from __future__ import annotations

import _lockstep

from ...framework import dtypes
from ...framework.ops import GraphKeys, convert_to_tensor, get_default_graph, name_scope
from ...ops import array_ops, math_ops, nn_ops


class Reduction:
    """How the losses of elements become one."""

    NONE, SUM, MEAN, SUM_OVER_BATCH_SIZE = "none", "weighted_sum", "weighted_mean", "weighted_sum_over_batch_size"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"

    @classmethod
    def all(cls) -> tuple:
        return cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_OVER_NONZERO_WEIGHTS

    @classmethod
    def validate(cls, key) -> None:
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


def add_loss(loss, loss_collection=GraphKeys.LOSSES) -> None:
    if loss_collection and not _lockstep.executing_eagerly():
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope=None, loss_collection=GraphKeys.LOSSES) -> list:
    return get_default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope=None) -> list:
    return get_default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(scope=None, name="total_regularization_loss"):
    losses = get_regularization_losses(scope)
    return math_ops.add_n(losses, name=name) if losses else convert_to_tensor(0.0)


def get_total_loss(add_regularization_losses=True, name="total_loss", scope=None):
    losses = get_losses(scope) + (get_regularization_losses(scope) if add_regularization_losses else [])
    return math_ops.add_n(losses, name=name)


def _reduced(total, weighted, weights, losses, reduction):
    if reduction == Reduction.SUM:
        return total
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        n = math_ops.cast(array_ops.size(losses), total.dtype)
    else:
        spread = weights * array_ops.ones_like(losses)
        n = math_ops.reduce_sum(spread) if reduction == Reduction.MEAN \
            else math_ops.reduce_sum(math_ops.cast(math_ops.not_equal(spread, 0.0), total.dtype))
    return math_ops.divide_no_nan(total, n)


def compute_weighted_loss(losses, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES,
                          reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    """The losses times their weights, as one number."""
    Reduction.validate(reduction)
    with name_scope(scope or "weighted_loss"):
        losses = convert_to_tensor(losses)
        wide = math_ops.cast(losses, dtypes.float32) if losses.dtype != dtypes.float64 else losses
        weights = math_ops.cast(weights, wide.dtype)
        if weights.shape.rank is not None and wide.shape.rank is not None and weights.shape.rank not in (0, wide.shape.rank):
            raise ValueError("weights can not be broadcast to values. "
                             f"values.rank={wide.shape.rank}. weights.rank={weights.shape.rank}. values.shape={wide.shape}. "
                             f"weights.shape={weights.shape}.")
        weighted = wide * weights
        loss = weighted if reduction == Reduction.NONE else _reduced(math_ops.reduce_sum(weighted), weighted, weights, wide,
                                                                     reduction)
        loss = math_ops.cast(loss, losses.dtype)
        add_loss(loss, loss_collection)
        return loss


def _pair(labels, predictions):
    if labels is None:
        raise ValueError("labels must not be None.")
    if predictions is None:
        raise ValueError("predictions must not be None.")
    predictions = convert_to_tensor(predictions)
    if not predictions.dtype.is_floating:
        predictions = math_ops.cast(predictions, dtypes.float32)
    labels = math_ops.cast(labels, predictions.dtype)
    if not predictions.shape.is_compatible_with(labels.shape):
        raise ValueError(f"Shapes {predictions.shape} and {labels.shape} are incompatible")
    return labels, predictions


def absolute_difference(labels, predictions, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES,
                        reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    labels, predictions = _pair(labels, predictions)
    return compute_weighted_loss(math_ops.abs(predictions - labels), weights, scope or "absolute_difference",
                                 loss_collection, reduction)


def mean_squared_error(labels, predictions, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES,
                       reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    labels, predictions = _pair(labels, predictions)
    return compute_weighted_loss(math_ops.squared_difference(predictions, labels), weights, scope or "mean_squared_error",
                                 loss_collection, reduction)


def cosine_distance(labels, predictions, axis=None, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES,
                    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS, dim=None):
    """1 − Σ labels · predictions along the axis"""
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    labels, predictions = _pair(labels, predictions)
    return compute_weighted_loss(1 - math_ops.reduce_sum(predictions * labels, axis, True), weights,
                                 scope or "cosine_distance_loss", loss_collection, reduction)


def hinge_loss(labels, logits, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES,
               reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    labels, logits = _pair(labels, logits)
    return compute_weighted_loss(nn_ops.relu(1 - (2 * labels - 1) * logits), weights, scope or "hinge_loss",
                                 loss_collection, reduction)


def huber_loss(labels, predictions, weights=1.0, delta=1.0, scope=None, loss_collection=GraphKeys.LOSSES,
               reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    labels, predictions = _pair(labels, predictions)
    error = math_ops.abs(predictions - labels)
    near = math_ops.minimum(error, delta)
    return compute_weighted_loss(0.5 * near * near + delta * (error - near), weights, scope or "huber_loss",
                                 loss_collection, reduction)


def log_loss(labels, predictions, weights=1.0, epsilon=1e-7, scope=None, loss_collection=GraphKeys.LOSSES,
             reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    labels, predictions = _pair(labels, predictions)
    losses = -labels * math_ops.log(predictions + epsilon) - (1 - labels) * math_ops.log(1 - predictions + epsilon)
    return compute_weighted_loss(losses, weights, scope or "log_loss", loss_collection, reduction)


def sigmoid_cross_entropy(multi_class_labels, logits, weights=1.0, label_smoothing=0, scope=None,
                          loss_collection=GraphKeys.LOSSES, reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    labels, logits = _pair(multi_class_labels, logits)
    if label_smoothing > 0:
        labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
    losses = nn_ops.sigmoid_cross_entropy_with_logits(labels, logits)
    return compute_weighted_loss(losses, weights, scope or "sigmoid_cross_entropy_loss", loss_collection, reduction)


def softmax_cross_entropy(onehot_labels, logits, weights=1.0, label_smoothing=0, scope=None,
                          loss_collection=GraphKeys.LOSSES, reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    labels, logits = _pair(onehot_labels, logits)
    if label_smoothing > 0:
        labels = labels * (1 - label_smoothing) + label_smoothing / labels.shape[1]
    losses = nn_ops.softmax_cross_entropy_with_logits(_lockstep.ops["StopGradient"](labels), logits)
    return compute_weighted_loss(losses, weights, scope or "softmax_cross_entropy_loss", loss_collection, reduction)


def sparse_softmax_cross_entropy(labels, logits, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES,
                                 reduction=Reduction.SUM_BY_NONZERO_WEIGHTS):
    labels = convert_to_tensor(labels)
    logits = convert_to_tensor(logits)
    if labels.shape.rank is not None and labels.shape.rank == logits.shape.rank and labels.shape[-1] == 1:
        labels = array_ops.squeeze(labels, [-1])
    losses = nn_ops.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return compute_weighted_loss(losses, weights, scope or "sparse_softmax_cross_entropy_loss", loss_collection, reduction)
