# SPDX-License-Identifier: MIT
"""Metrics of a whole curve: the four counts at many thresholds."""
from __future__ import annotations

from ...framework.ops import convert_to_tensor
from ...ops import array_ops, math_ops
from ..backend import epsilon
from .base import Metric
from .confusion import counts, flat, prepared

_COUNTS = {"tp": "true_positives", "tn": "true_negatives", "fp": "false_positives", "fn": "false_negatives"}


class _Curve(Metric):
    def _begin(self, shape) -> None:
        for name in _COUNTS.values():
            setattr(self, name, self.add_weight(name, shape))

    def _add(self, y_true, y_pred, weight) -> None:
        found = counts(self._dtype, self.thresholds, y_true, y_pred, weight)
        for sort, name in _COUNTS.items():
            getattr(self, name).assign_add(found[sort])

    def _shares(self) -> dict:
        tp, tn, fp, fn = (getattr(self, name) for name in _COUNTS.values())
        return {"precision": math_ops.divide_no_nan(tp, tp + fp), "sensitivity": math_ops.divide_no_nan(tp, tp + fn),
                "specificity": math_ops.divide_no_nan(tn, tn + fp)}


class _Best(_Curve):
    """The largest of one share where another one is at least so much."""

    _of, _where, _argument = "", "", ""

    def __init__(self, value, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name, dtype)
        if not 0 <= value <= 1:
            raise ValueError(f"Argument `{self._argument}` must be in the range [0, 1]. Received: {self._argument}={value}")
        if num_thresholds <= 0:
            raise ValueError(f"Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={num_thresholds}")
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, class_id
        setattr(self, self._argument, value)
        n = num_thresholds
        self.thresholds = [0.5] if n == 1 else [0.0, *((i + 1) / (n - 1) for i in range(n - 2)), 1.0]
        self._begin((n,))

    def update_state(self, y_true, y_pred, sample_weight=None):
        self._add(*flat(*prepared(self._dtype, y_true, y_pred, sample_weight, class_id=self.class_id)))

    def result(self):
        shares = self._shares()
        fits = shares[self._where] >= self.value
        found = array_ops.where(fits, shares[self._of], -1.0)
        return math_ops.maximum(math_ops.reduce_max(found), 0.0)

    def get_config(self) -> dict:
        return {**super().get_config(), "num_thresholds": self.num_thresholds, self._argument: self.value}


class SensitivityAtSpecificity(_Best):
    _of, _where, _argument = "sensitivity", "specificity", "specificity"

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(_Best):
    _of, _where, _argument = "specificity", "sensitivity", "sensitivity"

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


class PrecisionAtRecall(_Best):
    _of, _where, _argument = "precision", "sensitivity", "recall"

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(_Best):
    _of, _where, _argument = "sensitivity", "precision", "precision"

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(precision, num_thresholds, class_id, name, dtype)


class AUC(_Curve):
    """The area under the curve of true over false positive rates ("ROC"), or of precision over recall ("PR")."""

    def __init__(self, num_thresholds=200, curve="ROC", summation_method="interpolation", name=None, dtype=None,
                 thresholds=None, multi_label=False, num_labels=None, label_weights=None, from_logits=False):
        super().__init__(name, dtype)
        self.curve = _one_of(curve, ("PR", "ROC"), "AUC curve")
        self.summation_method = _one_of(summation_method, ("interpolation", "majoring", "minoring"), "AUC summation method")
        if thresholds is None and num_thresholds <= 1:
            raise ValueError(f"Argument `num_thresholds` must be an integer > 1. Received: num_thresholds={num_thresholds}")
        inner = sorted(thresholds) if thresholds is not None else [
            (i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        self.thresholds = [-epsilon(), *inner, 1.0 + epsilon()]
        self.num_thresholds, self._given = len(self.thresholds), thresholds
        self.multi_label, self.num_labels, self._from_logits = multi_label, num_labels, from_logits
        self.label_weights = None if label_weights is None else convert_to_tensor(label_weights, self._dtype)
        if num_labels and not multi_label:
            raise ValueError("`num_labels` is needed only when `multi_label` is True.")
        self.true_positives = None
        if not multi_label or num_labels:
            self._begin((self.num_thresholds, num_labels) if multi_label else (self.num_thresholds,))

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = convert_to_tensor(y_pred)
        if self._from_logits:
            y_pred = math_ops.sigmoid(y_pred)
        if self.true_positives is None:
            if y_pred.shape.rank != 2:
                raise ValueError(f"`y_pred` must have rank 2 when `multi_label=True`. Found rank {y_pred.shape.rank}. "
                                 f"Full shape received for `y_pred`: {y_pred.shape}")
            self._begin((self.num_thresholds, y_pred.shape[1]))
        y_true, y_pred, weight = prepared(self._dtype, y_true, y_pred, sample_weight)
        if not self.multi_label:
            if self.label_weights is not None:
                each = array_ops.broadcast_to(self.label_weights, array_ops.shape(y_pred))
                weight = each if weight is None else weight * each
            y_true, y_pred, weight = flat(y_true, y_pred, weight)
        self._add(y_true, y_pred, weight)

    def result(self):
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._averaged(self._interpolated_precision())
        shares = self._shares()
        if self.curve == "ROC":
            x, y = math_ops.divide_no_nan(self.false_positives, self.false_positives + self.true_negatives), shares["sensitivity"]
        else:
            x, y = shares["sensitivity"], shares["precision"]
        heights = {"interpolation": lambda a, b: (a + b) / 2.0, "minoring": math_ops.minimum,
                   "majoring": math_ops.maximum}[self.summation_method](y[:-1], y[1:])
        return self._averaged((x[:-1] - x[1:]) * heights)

    def _averaged(self, steps):
        """The sum of the steps; of several labels the mean of theirs, weighted."""
        if not self.multi_label:
            return math_ops.reduce_sum(steps)
        each = math_ops.reduce_sum(steps, 0)
        if self.label_weights is None:
            return math_ops.reduce_mean(each)
        return math_ops.divide_no_nan(math_ops.reduce_sum(each * self.label_weights), math_ops.reduce_sum(self.label_weights))

    def _interpolated_precision(self):
        """Steps of the area under precision over recall, true positives being linear in positives between thresholds:
        Davis and Goadrich, The Relationship Between Precision-Recall and ROC Curves, 2006."""
        tp, p = convert_to_tensor(self.true_positives), self.true_positives + self.false_positives
        slope = math_ops.divide_no_nan(tp[:-1] - tp[1:], math_ops.maximum(p[:-1] - p[1:], 0.0))
        intercept = tp[1:] - slope * p[1:]
        both = math_ops.logical_and(p[:-1] > 0, p[1:] > 0)
        ratio = array_ops.where(both, math_ops.divide_no_nan(p[:-1], math_ops.maximum(p[1:], 0.0)), array_ops.ones_like(p[1:]))
        return math_ops.divide_no_nan(slope * (tp[:-1] - tp[1:] + intercept * math_ops.log(ratio)),
                                      math_ops.maximum(tp[1:] + self.false_negatives[1:], 0.0))

    def get_config(self) -> dict:
        config = {**super().get_config(), "num_thresholds": self.num_thresholds, "curve": self.curve,
                  "summation_method": self.summation_method, "multi_label": self.multi_label, "num_labels": self.num_labels,
                  "label_weights": self.label_weights, "from_logits": self._from_logits}
        return config if self._given is None else {**config, "thresholds": self.thresholds[1:-1]}


def _one_of(key, known: tuple, what: str) -> str:
    for name in known:
        if str(key).lower() == name.lower():
            return name
    raise ValueError(f'Invalid {what} value: "{key}". Expected values are {list(known)}')
