# SPDX-License-Identifier: MIT
"""tf.keras.metrics"""
from __future__ import annotations

from ..losses import (  # noqa: F401
    binary_crossentropy, binary_focal_crossentropy, categorical_crossentropy, categorical_focal_crossentropy, hinge,
    kl_divergence, log_cosh, mean_absolute_error, mean_absolute_percentage_error, mean_squared_error,
    mean_squared_logarithmic_error, poisson, sparse_categorical_crossentropy, squared_hinge)
from .base import Mean, MeanMetricWrapper, MeanTensor, Metric, Sum  # noqa: F401
from .confusion import FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives  # noqa: F401
from .curve import (  # noqa: F401
    AUC, PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity)
from .match import (  # noqa: F401
    Accuracy, BinaryAccuracy, BinaryCrossentropy, CategoricalAccuracy, CategoricalCrossentropy, CategoricalHinge,
    CosineSimilarity, Hinge, KLDivergence, LogCoshError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanRelativeError,
    MeanSquaredError, MeanSquaredLogarithmicError, Poisson, RootMeanSquaredError, SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy, SparseTopKCategoricalAccuracy, SquaredHinge, TopKCategoricalAccuracy, accuracy,
    binary_accuracy, categorical_accuracy, cosine_similarity, sparse_categorical_accuracy, sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy)
from .overlap import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU  # noqa: F401
from .score import F1Score, FBetaScore, R2Score  # noqa: F401

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
bce = BCE = binary_crossentropy
logcosh = log_cosh


def serialize(metric, use_legacy_format=False):
    if isinstance(metric, Metric):
        return {"class_name": type(metric).__name__, "config": metric.get_config()}
    return metric.__name__


def deserialize(config, custom_objects=None, use_legacy_format=False):
    known = {**globals(), **(custom_objects or {})}
    name = config["class_name"] if isinstance(config, dict) else config
    found = known.get(name)
    if found is None:
        raise ValueError(f"Unknown metric function: {name!r}. Please ensure you are using a "
                         "`keras.utils.custom_object_scope` and that this object is included in the scope.")
    if isinstance(config, dict):
        return found.from_config(config["config"])
    return found() if isinstance(found, type) else found


def get(identifier):
    """The metric or function that a name, configuration or object means."""
    if isinstance(identifier, (dict, str)):
        return deserialize(identifier)
    if identifier is None or callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret metric identifier: {identifier}")


def of_model(identifier, loss=None) -> Metric:
    """The metric that compile() means; "accuracy" follows the loss."""
    if isinstance(identifier, Metric):
        return identifier
    if identifier in ("accuracy", "acc", "crossentropy", "ce"):
        return MeanMetricWrapper(_following(identifier, loss), identifier)
    found = get(identifier)
    if isinstance(found, type):
        return found()
    if isinstance(found, Metric):
        return found
    return MeanMetricWrapper(found, identifier if isinstance(identifier, str) else None)


def _following(identifier: str, loss):
    fn = getattr(loss, "fn", None)
    if identifier in ("crossentropy", "ce"):
        return fn if fn in (sparse_categorical_crossentropy, binary_crossentropy) else categorical_crossentropy
    if fn is sparse_categorical_crossentropy:
        return sparse_categorical_accuracy
    if fn is categorical_crossentropy:
        return categorical_accuracy
    return binary_accuracy if fn is binary_crossentropy or loss is not None else accuracy
