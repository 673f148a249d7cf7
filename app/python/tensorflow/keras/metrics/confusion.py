# SPDX-License-Identifier: MIT
"""Metrics of two classes: what is found and missed above a threshold, or above each of many."""
from __future__ import annotations

from ...framework import dtypes
from ...framework.ops import convert_to_tensor
from ...ops import array_ops, math_ops, nn_ops
from .base import Metric, squeezed, weights_like

NEVER = -1e10       # a threshold that everything is above, and the score of what is not among the first k


def thresholds_of(thresholds, default=0.5) -> list:
    thresholds = default if thresholds is None else thresholds
    thresholds = list(thresholds) if isinstance(thresholds, (list, tuple)) else [thresholds]
    wrong = [t for t in thresholds if t is None or (t != NEVER and not 0 <= t <= 1)]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {wrong}")
    return thresholds


def only_top_k(scores, k):
    """scores of the first k of each row; the others have none."""
    places = nn_ops.top_k(scores, k, sorted=False)[1]
    first = math_ops.reduce_sum(array_ops.one_hot(places, array_ops.shape(scores)[-1], axis=-1), -2)
    return scores * first + NEVER * (1 - first)


def prepared(dtype, y_true, y_pred, sample_weight, top_k=None, class_id=None):
    """Labels of 0 and 1, scores and weights, of one shape."""
    y_true, y_pred = squeezed(math_ops.cast(y_true, dtype), math_ops.cast(y_pred, dtype))
    y_pred.shape.assert_is_compatible_with(y_true.shape)
    weight = None if sample_weight is None else weights_like(math_ops.cast(sample_weight, dtype), y_pred)
    if top_k is not None:
        y_pred = only_top_k(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred = y_true[..., class_id, None], y_pred[..., class_id, None]
    if weight is not None:
        weight = array_ops.broadcast_to(weight, array_ops.shape(y_pred))
    return math_ops.cast(math_ops.cast(y_true, dtypes.bool), dtype), y_pred, weight


def counts(dtype, thresholds, y_true, y_pred, weight) -> dict:
    """For each threshold (the first axis of all that comes out) the weights of what is above it and below, and true or not.
    y_true, y_pred: [n] or, for labels that are kept apart, [n, labels]."""
    limits = convert_to_tensor(thresholds, dtype)
    limits = array_ops.reshape(limits, [-1] + [1] * y_pred.shape.rank)
    above = math_ops.cast(array_ops.expand_dims(y_pred, 0) > limits, dtype)
    true, false = y_true, 1 - y_true
    if weight is not None:
        true, false = true * weight, false * weight
    found = {"tp": math_ops.reduce_sum(above * true, 1), "fp": math_ops.reduce_sum(above * false, 1)}
    return {**found, "fn": math_ops.reduce_sum(true, 0) - found["tp"], "tn": math_ops.reduce_sum(false, 0) - found["fp"]}


def flat(*values) -> list:
    return [v if v is None else array_ops.reshape(v, [-1]) for v in values]


class _Counting(Metric):
    """The weight of one of the four sorts."""

    _sort = ""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name, dtype)
        self.init_thresholds, self.thresholds = thresholds, thresholds_of(thresholds)
        self.accumulator = self.add_weight("accumulator", (len(self.thresholds),))

    def update_state(self, y_true, y_pred, sample_weight=None):
        pieces = prepared(self._dtype, y_true, y_pred, sample_weight)
        self.accumulator.assign_add(counts(self._dtype, self.thresholds, *flat(*pieces))[self._sort])

    def result(self):
        return self.accumulator[0] if len(self.thresholds) == 1 else convert_to_tensor(self.accumulator)

    def get_config(self) -> dict:
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Counting):
    _sort = "tp"


class TrueNegatives(_Counting):
    _sort = "tn"


class FalsePositives(_Counting):
    _sort = "fp"


class FalseNegatives(_Counting):
    _sort = "fn"


class _Share(Metric):
    """True positives among them and another sort."""

    _other = ("", "")

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(name, dtype)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self.thresholds = thresholds_of(thresholds, 0.5 if top_k is None else NEVER)
        self.true_positives = self.add_weight("true_positives", (len(self.thresholds),))
        setattr(self, self._other[1], self.add_weight(self._other[1], (len(self.thresholds),)))

    def update_state(self, y_true, y_pred, sample_weight=None):
        pieces = prepared(self._dtype, y_true, y_pred, sample_weight, self.top_k, self.class_id)
        found = counts(self._dtype, self.thresholds, *flat(*pieces))
        self.true_positives.assign_add(found["tp"])
        getattr(self, self._other[1]).assign_add(found[self._other[0]])

    def result(self):
        share = math_ops.divide_no_nan(self.true_positives, self.true_positives + getattr(self, self._other[1]))
        return share[0] if len(self.thresholds) == 1 else share

    def get_config(self) -> dict:
        return {**super().get_config(), "thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}


class Precision(_Share):
    _other = ("fp", "false_positives")


class Recall(_Share):
    _other = ("fn", "false_negatives")
