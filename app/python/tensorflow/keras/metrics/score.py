# SPDX-License-Identifier: MIT
"""Scores: F of classes, and R² of a regression."""
from __future__ import annotations

import warnings

from ...framework import dtypes
from ...framework.ops import convert_to_tensor
from ...ops import array_ops, math_ops
from .base import Metric


def _check_matrices(kind: str, *shapes) -> None:
    for shape in shapes:
        if shape.rank != 2 or shape[-1] is None:
            raise ValueError(f"{kind} expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
                             f"y_pred.shape={shapes[1]} and y_true.shape={shapes[0]}.")


class FBetaScore(Metric):
    """(1 + β²) · precision · recall / (β² · precision + recall), of each class or an average."""

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(name, dtype)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError("Invalid `average` argument value. Expected one of: {None, 'micro', 'macro', 'weighted'}. "
                             f"Received: average={average}")
        if not isinstance(beta, float):
            raise ValueError("Invalid `beta` argument value. It should be a Python float. "
                             f"Received: beta={beta} of type '{type(beta)}'")
        if beta <= 0.0:
            raise ValueError(f"Invalid `beta` argument value. It should be > 0. Received: beta={beta}")
        if threshold is not None and not (isinstance(threshold, float) and 0.0 < threshold <= 1.0):
            raise ValueError("Invalid `threshold` argument value. It should be a Python float and verify 0 < threshold <= 1. "
                             f"Received: threshold={threshold}")
        self.average, self.beta, self.threshold = average, beta, threshold
        self.true_positives = None

    def _begin(self, shape) -> None:
        for name in ("true_positives", "false_positives", "false_negatives", "intermediate_weights"):
            setattr(self, name, self.add_weight(name, shape))

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = math_ops.cast(y_true, self._dtype), math_ops.cast(y_pred, self._dtype)
        if self.true_positives is None:
            _check_matrices("FBetaScore", y_true.shape, y_pred.shape)
            self._begin(() if self.average == "micro" else (y_pred.shape[-1],))
        if self.threshold is None:      # the largest is meant, where it is not 0
            largest = math_ops.reduce_max(y_pred, -1, True)
            chosen = math_ops.logical_and(math_ops.equal(y_pred, largest), math_ops.abs(y_pred) > 1e-9)
        else:
            chosen = y_pred > self.threshold
        chosen = math_ops.cast(chosen, self._dtype)
        weight = None if sample_weight is None else array_ops.expand_dims(math_ops.cast(sample_weight, self._dtype), 1)
        axis = None if self.average == "micro" else 0

        def total(values):
            return math_ops.reduce_sum(values if weight is None else values * weight, axis)
        self.true_positives.assign_add(total(chosen * y_true))
        self.false_positives.assign_add(total(chosen * (1 - y_true)))
        self.false_negatives.assign_add(total((1 - chosen) * y_true))
        self.intermediate_weights.assign_add(total(y_true))

    def result(self):
        precision = math_ops.divide_no_nan(self.true_positives, self.true_positives + self.false_positives)
        recall = math_ops.divide_no_nan(self.true_positives, self.true_positives + self.false_negatives)
        square = self.beta ** 2
        score = math_ops.divide_no_nan(precision * recall, square * precision + recall) * (1 + square)
        if self.average == "weighted":
            share = math_ops.divide_no_nan(self.intermediate_weights, math_ops.reduce_sum(self.intermediate_weights))
            return math_ops.reduce_sum(score * share)
        return math_ops.reduce_mean(score) if self.average is not None else score

    def get_config(self) -> dict:
        return {**super().get_config(), "average": self.average, "beta": self.beta, "threshold": self.threshold}


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall."""

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict:
        config = super().get_config()
        del config["beta"]
        return config


class R2Score(Metric):
    """1 − (sum of squared errors) / (sum of squares about the mean)."""

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", dtype=None):
        super().__init__(name, dtype)
        known = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in known:
            raise ValueError(f"Invalid value for argument `class_aggregation`. Expected one of {known}. "
                             f"Received: class_aggregation={class_aggregation}")
        if num_regressors < 0:
            raise ValueError("Invalid value for argument `num_regressors`. Expected a value >= 0. "
                             f"Received: num_regressors={num_regressors}")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples, self.sum = self.add_weight("num_samples", dtype="int32"), None

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = math_ops.cast(y_true, self._dtype), math_ops.cast(y_pred, self._dtype)
        if self.sum is None:
            _check_matrices("R2Score", y_true.shape, y_pred.shape)
            for key, name in (("squared_sum", "squared_sum"), ("sum", "sum"), ("total_mse", "residual"), ("count", "count")):
                setattr(self, key, self.add_weight(name, (y_pred.shape[-1],)))
        weight = convert_to_tensor(1.0 if sample_weight is None else sample_weight, self._dtype)
        weight = array_ops.expand_dims(weight, 1) if weight.shape.rank == 1 else weight
        weight = array_ops.broadcast_to(weight, array_ops.shape(y_true))
        self.sum.assign_add(math_ops.reduce_sum(y_true * weight, 0))
        self.squared_sum.assign_add(math_ops.reduce_sum(y_true * y_true * weight, 0))
        self.total_mse.assign_add(math_ops.reduce_sum(math_ops.square(y_true - y_pred) * weight, 0))
        self.count.assign_add(math_ops.reduce_sum(weight, 0))
        self.num_samples.assign_add(array_ops.size(y_true))

    def result(self):
        mean = self.sum / self.count
        total = self.squared_sum - self.sum * mean
        score = 1 - self.total_mse / total
        score = array_ops.where(math_ops.is_inf(score), 0.0, score)
        if self.class_aggregation == "uniform_average":
            score = math_ops.reduce_mean(score)
        elif self.class_aggregation == "variance_weighted_average":
            score = math_ops.reduce_sum(total * score) / math_ops.reduce_sum(total)
        return self._adjusted(score) if self.num_regressors else score

    def _adjusted(self, score):
        spare = self.num_samples - 1 - self.num_regressors
        if spare <= 0:
            warnings.warn("More independent predictors than datapoints in adjusted R2 score. Falling back to standard R2 score."
                          if spare < 0 else
                          "Division by zero in Adjusted R2 score. Falling back to standard R2 score.", stacklevel=3)
            return score
        n, p = math_ops.cast(self.num_samples, dtypes.float32), float(self.num_regressors)
        return 1.0 - (1.0 - score) * (n - 1.0) / (n - p - 1.0)

    def get_config(self) -> dict:
        return {**super().get_config(), "class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
