# SPDX-License-Identifier: MIT
"""Metrics that are means: how many are right, and how far off they are."""
from __future__ import annotations

from ...framework import dtypes
from ...framework.ops import convert_to_tensor
from ...ops import array_ops, math_ops
from .. import losses
from .base import Mean, mean_of, squeezed


def accuracy(y_true, y_pred):
    y_true, y_pred = squeezed(convert_to_tensor(y_true), convert_to_tensor(y_pred))
    return math_ops.cast(math_ops.equal(math_ops.cast(y_true, y_pred.dtype), y_pred), dtypes.float32)


def binary_accuracy(y_true, y_pred, threshold=0.5):
    y_pred = convert_to_tensor(y_pred)
    hit = math_ops.equal(math_ops.cast(y_true, y_pred.dtype),
                         math_ops.cast(y_pred > math_ops.cast(threshold, y_pred.dtype), y_pred.dtype))
    return math_ops.reduce_mean(math_ops.cast(hit, dtypes.float32), -1)


def categorical_accuracy(y_true, y_pred):
    return math_ops.cast(math_ops.equal(math_ops.argmax(y_true, -1), math_ops.argmax(y_pred, -1)),
                         dtypes.float32)


def sparse_categorical_accuracy(y_true, y_pred):
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    if y_true.shape.rank is not None and y_true.shape.rank == y_pred.shape.rank:
        y_true = array_ops.squeeze(y_true, [-1])
    hit = math_ops.equal(math_ops.cast(y_true, dtypes.int64), math_ops.argmax(y_pred, -1))
    return math_ops.cast(hit, dtypes.float32)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    rows = math_ops.cast(array_ops.reshape(y_true, [-1]), dtypes.int32)
    if y_pred.shape.rank != 2:
        y_pred = array_ops.reshape(y_pred, [-1, y_pred.shape[-1]])
    hits = math_ops.cast(math_ops.in_top_k(rows, y_pred, k), dtypes.float32)
    return array_ops.reshape(hits, array_ops.shape(y_true)) if (y_true.shape.rank or 0) > 1 and y_true.shape[-1] != 1 else hits


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    return sparse_top_k_categorical_accuracy(math_ops.argmax(y_true, -1), y_pred, k)


def cosine_similarity(y_true, y_pred, axis=-1):
    """The cosine of the angle between; as a loss it has the other sign."""
    return math_ops.negative(losses.cosine_similarity(y_true, y_pred, axis))


Accuracy = mean_of("Accuracy", accuracy, "accuracy")
BinaryAccuracy = mean_of("BinaryAccuracy", binary_accuracy, "binary_accuracy", threshold=0.5)
CategoricalAccuracy = mean_of("CategoricalAccuracy", categorical_accuracy, "categorical_accuracy")
SparseCategoricalAccuracy = mean_of("SparseCategoricalAccuracy", sparse_categorical_accuracy, "sparse_categorical_accuracy")
TopKCategoricalAccuracy = mean_of("TopKCategoricalAccuracy", top_k_categorical_accuracy, "top_k_categorical_accuracy", {"k": 5})
SparseTopKCategoricalAccuracy = mean_of("SparseTopKCategoricalAccuracy", sparse_top_k_categorical_accuracy,
                                        "sparse_top_k_categorical_accuracy", {"k": 5})
MeanSquaredError = mean_of("MeanSquaredError", losses.mean_squared_error, "mean_squared_error")
MeanAbsoluteError = mean_of("MeanAbsoluteError", losses.mean_absolute_error, "mean_absolute_error")
MeanAbsolutePercentageError = mean_of("MeanAbsolutePercentageError", losses.mean_absolute_percentage_error,
                                      "mean_absolute_percentage_error")
MeanSquaredLogarithmicError = mean_of("MeanSquaredLogarithmicError", losses.mean_squared_logarithmic_error,
                                      "mean_squared_logarithmic_error")
CosineSimilarity = mean_of("CosineSimilarity", cosine_similarity, "cosine_similarity", axis=-1)
LogCoshError = mean_of("LogCoshError", losses.log_cosh, "logcosh")
Hinge = mean_of("Hinge", losses.hinge, "hinge")
SquaredHinge = mean_of("SquaredHinge", losses.squared_hinge, "squared_hinge")
CategoricalHinge = mean_of("CategoricalHinge", losses.categorical_hinge, "categorical_hinge")
KLDivergence = mean_of("KLDivergence", losses.kl_divergence, "kullback_leibler_divergence")
Poisson = mean_of("Poisson", losses.poisson, "poisson")
BinaryCrossentropy = mean_of("BinaryCrossentropy", losses.binary_crossentropy, "binary_crossentropy", from_logits=False,
                             label_smoothing=0)
CategoricalCrossentropy = mean_of("CategoricalCrossentropy", losses.categorical_crossentropy, "categorical_crossentropy",
                                  from_logits=False, label_smoothing=0, axis=-1)
SparseCategoricalCrossentropy = mean_of("SparseCategoricalCrossentropy", losses.sparse_categorical_crossentropy,
                                        "sparse_categorical_crossentropy", from_logits=False, ignore_class=None, axis=-1)


class RootMeanSquaredError(Mean):
    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name, dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = squeezed(math_ops.cast(y_true, self._dtype), math_ops.cast(y_pred, self._dtype))
        super().update_state(math_ops.squared_difference(y_pred, y_true), sample_weight)

    def result(self):
        return math_ops.sqrt(super().result())


class MeanRelativeError(Mean):
    """The mean of |y_true − y_pred| / normalizer."""

    def __init__(self, normalizer, name=None, dtype=None):
        super().__init__(name or "mean_relative_error", dtype)
        self.normalizer = math_ops.cast(normalizer, self._dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = squeezed(math_ops.cast(y_true, self._dtype), math_ops.cast(y_pred, self._dtype))
        _, normalizer = squeezed(y_pred, self.normalizer)
        super().update_state(math_ops.divide_no_nan(math_ops.abs(y_true - y_pred), normalizer), sample_weight)

    def get_config(self) -> dict:
        return {**super().get_config(), "normalizer": self.normalizer.numpy()}
