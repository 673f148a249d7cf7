# SPDX-License-Identifier: MIT
"""tf.keras.losses"""
from __future__ import annotations

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from ..module import camel_to_snake
from ..ops import array_ops, math_ops, nn_ops
from . import masks

_EPSILON = 1e-7


class Reduction:
    AUTO, NONE, SUM, SUM_OVER_BATCH_SIZE = "auto", "none", "sum", "sum_over_batch_size"


def _pair(y_true, y_pred):
    y_pred = convert_to_tensor(y_pred)
    return math_ops.cast(y_true, y_pred.dtype), y_pred


def mean_squared_error(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return math_ops.reduce_mean(math_ops.squared_difference(y_pred, y_true), -1)


def mean_absolute_error(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return math_ops.reduce_mean(math_ops.abs(y_pred - y_true), -1)


def mean_absolute_percentage_error(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return 100.0 * math_ops.reduce_mean(math_ops.abs((y_true - y_pred)
                                                     / math_ops.maximum(math_ops.abs(y_true), _EPSILON)), -1)


def mean_squared_logarithmic_error(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    a, b = (math_ops.log1p(math_ops.maximum(y, _EPSILON)) for y in (y_pred, y_true))
    return math_ops.reduce_mean(math_ops.squared_difference(a, b), -1)


def _smooth(y_true, amount, n):
    return y_true * (1.0 - amount) + amount / n if amount else y_true


def _clipped(p):
    return math_ops.maximum(math_ops.minimum(p, 1.0 - _EPSILON), _EPSILON)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    y_true, y_pred = _pair(y_true, y_pred)
    return math_ops.reduce_mean(_binary(_smooth(y_true, label_smoothing, 2), y_pred, from_logits), axis)


def _binary(y_true, y_pred, from_logits):
    if from_logits:
        return nn_ops.sigmoid_cross_entropy_with_logits(y_true, y_pred)
    p = _clipped(y_pred)
    return -(y_true * math_ops.log(p + _EPSILON) + (1 - y_true) * math_ops.log(1 - p + _EPSILON))


def binary_focal_crossentropy(y_true, y_pred, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False,
                              label_smoothing=0.0, axis=-1):
    """Cross-entropy that counts what is predicted well less (Lin et al., 2018)."""
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = _smooth(y_true, label_smoothing, 2)
    p = math_ops.sigmoid(y_pred) if from_logits else y_pred
    right = y_true * p + (1 - y_true) * (1 - p)
    loss = math_ops.pow(1.0 - right, gamma) * _binary(y_true, y_pred, from_logits)
    if apply_class_balancing:
        loss = (y_true * alpha + (1 - y_true) * (1 - alpha)) * loss
    return math_ops.reduce_mean(loss, axis)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    y_true, y_pred = _pair(y_true, y_pred)
    if isinstance(axis, bool):
        raise ValueError(f"`axis` must be of type `int`. Received: axis={axis} of type {type(axis)}")
    n = y_pred.shape[axis]
    y_true = _smooth(y_true, label_smoothing, n if n is not None
                     else math_ops.cast(array_ops.shape(y_pred)[axis], y_pred.dtype))
    if from_logits:
        return nn_ops.softmax_cross_entropy_with_logits(y_true, y_pred, axis)
    p = y_pred / math_ops.reduce_sum(y_pred, axis, True)
    return -math_ops.reduce_sum(y_true * math_ops.log(_clipped(p)), axis)


def categorical_focal_crossentropy(y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1):
    """Cross-entropy that counts what is predicted well less."""
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = _smooth(y_true, label_smoothing, y_pred.shape[axis])
    p = nn_ops.softmax(y_pred, axis) if from_logits else y_pred
    p = _clipped(p / math_ops.reduce_sum(p, axis, True))
    return math_ops.reduce_sum(alpha * math_ops.pow(1.0 - p, gamma) * -y_true * math_ops.log(p), axis)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, axis=-1, ignore_class=None):
    y_pred = convert_to_tensor(y_pred)
    y_true = convert_to_tensor(y_true)
    if y_true.dtype not in (dtypes.int32, dtypes.int64):
        y_true = math_ops.cast(y_true, dtypes.int64)
    rank = y_pred.shape.rank
    if axis not in (-1, None) and rank is not None and axis % rank != rank - 1:
        order = [i for i in range(rank) if i != axis % rank] + [axis % rank]
        y_pred = array_ops.transpose(y_pred, order)
    if y_true.shape.rank is not None and y_true.shape.rank == rank:
        y_true = array_ops.squeeze(y_true, [-1])
    logits = y_pred if from_logits else math_ops.log(_clipped(y_pred))
    if ignore_class is None:
        return nn_ops.sparse_softmax_cross_entropy_with_logits(y_true, logits)
    counts = math_ops.not_equal(y_true, math_ops.cast(ignore_class, y_true.dtype))
    loss = nn_ops.sparse_softmax_cross_entropy_with_logits(
        array_ops.where(counts, y_true, array_ops.zeros_like(y_true)), logits)
    return array_ops.where(counts, loss, array_ops.zeros_like(loss))


def huber(y_true, y_pred, delta=1.0):
    y_true, y_pred = _pair(y_true, y_pred)
    error = math_ops.abs(y_pred - y_true)
    return math_ops.reduce_mean(array_ops.where(error <= delta, 0.5 * math_ops.square(error),
                                                delta * error - 0.5 * delta * delta), -1)


def _signed(y_true):
    """Labels of 0 and 1 as −1 and 1."""
    binary = math_ops.reduce_all(math_ops.logical_or(math_ops.equal(y_true, 0.0), math_ops.equal(y_true, 1.0)))
    return array_ops.where(binary, 2.0 * y_true - 1.0, y_true)


def hinge(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = _signed(y_true)
    return math_ops.reduce_mean(math_ops.maximum(1.0 - y_true * y_pred, 0.0), -1)


def squared_hinge(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = _signed(y_true)
    return math_ops.reduce_mean(math_ops.square(math_ops.maximum(1.0 - y_true * y_pred, 0.0)), -1)


def categorical_hinge(y_true, y_pred):
    """max (0, largest of the others − the true one's + 1)"""
    y_true, y_pred = _pair(y_true, y_pred)
    right = math_ops.reduce_sum(y_true * y_pred, -1)
    wrong = math_ops.reduce_max((1.0 - y_true) * y_pred, -1)
    return math_ops.maximum(wrong - right + 1.0, 0.0)


def kl_divergence(y_true, y_pred):
    p, q = (math_ops.maximum(math_ops.minimum(y, 1.0), _EPSILON) for y in _pair(y_true, y_pred))
    return math_ops.reduce_sum(p * math_ops.log(p / q), -1)


def poisson(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    return math_ops.reduce_mean(y_pred - y_true * math_ops.log(y_pred + _EPSILON), -1)


def log_cosh(y_true, y_pred):
    y_true, y_pred = _pair(y_true, y_pred)
    x = y_pred - y_true
    return math_ops.reduce_mean(x + math_ops.softplus(-2.0 * x) - 0.6931471805599453, -1)


def cosine_similarity(y_true, y_pred, axis=-1):
    y_true, y_pred = _pair(y_true, y_pred)
    return -math_ops.reduce_sum(math_ops.l2_normalize(y_true, axis) * math_ops.l2_normalize(y_pred, axis),
                                axis)


class Loss:
    """A number for how far predictions are from the truth."""

    def __init__(self, reduction="auto", name=None):
        if reduction not in ("auto", "none", "sum", "sum_over_batch_size"):
            raise ValueError(f"Invalid Reduction Key: {reduction!r}. Expected keys are ('auto', 'none', "
                             f"'sum', "
                             "'sum_over_batch_size')")
        self.reduction, self.name = reduction, name or camel_to_snake(type(self).__name__)

    def call(self, y_true, y_pred):
        raise NotImplementedError("Must be implemented in subclasses.")

    def __call__(self, y_true, y_pred, sample_weight=None):
        with name_scope(self.name):
            return self._reduced(y_true, y_pred, sample_weight)

    def _reduced(self, y_true, y_pred, sample_weight):
        values = self.call(y_true, y_pred)
        mask = masks.mask_of(y_pred)
        if mask is not None:
            sample_weight = _masked(values, sample_weight, mask, self.reduction)
        if sample_weight is not None:
            values = values * _weights_like(convert_to_tensor(math_ops.cast(sample_weight, values.dtype)), values)
        if self.reduction == "none":
            return values
        if self.reduction == "sum":
            return math_ops.reduce_sum(values)
        if values.shape.rank is not None and values.shape.num_elements():
            return math_ops.reduce_mean(values)
        total = math_ops.reduce_sum(values)         # of none, 0
        return math_ops.divide_no_nan(total, math_ops.cast(array_ops.size(values), total.dtype))

    def get_config(self) -> dict:
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _squeezed(y_true, y_pred):
    """Both of the same rank where one has an axis of 1 more at the end."""
    if any(hasattr(y, "_to_components") for y in (y_true, y_pred)):     # ragged or sparse
        return y_true, y_pred
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    if y_true.shape.rank is None or y_pred.shape.rank is None:
        return y_true, y_pred
    if y_pred.shape.rank == y_true.shape.rank + 1 and y_pred.shape[-1] == 1:
        return y_true, array_ops.squeeze(y_pred, [-1])
    if y_true.shape.rank == y_pred.shape.rank + 1 and y_true.shape[-1] == 1:
        return array_ops.squeeze(y_true, [-1]), y_pred
    return y_true, y_pred


def _masked(values, weight, mask, reduction):
    """Weights that are 0 where the mask does not hold; the mean is that of the steps that count."""
    mask = math_ops.cast(mask, values.dtype)
    if reduction in ("auto", "sum_over_batch_size"):
        mask = mask * (math_ops.cast(array_ops.size(mask), mask.dtype) / math_ops.reduce_sum(mask))
    if weight is None:
        return mask
    return mask * _weights_like(convert_to_tensor(math_ops.cast(weight, mask.dtype)), mask)


def _weights_like(weight, values):
    """With an axis of 1 less, or more at the end, so that they broadcast."""
    if weight.shape.rank is None or values.shape.rank is None or weight.shape.rank == 0:
        return weight
    if weight.shape.rank == values.shape.rank + 1 and weight.shape[-1] == 1:
        return array_ops.squeeze(weight, [-1])
    for _ in range(values.shape.rank - weight.shape.rank):
        weight = array_ops.expand_dims(weight, -1)
    return weight


class LossFunctionWrapper(Loss):
    """A loss of a function of (y_true, y_pred)."""

    def __init__(self, fn, reduction="auto", name=None, **kwargs):
        super().__init__(reduction, name)
        self.fn, self._options = fn, kwargs

    def call(self, y_true, y_pred):
        return self.fn(*_squeezed(y_true, y_pred), **self._options)

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}


def _loss(name: str, function, *options: str):
    """A Loss class of a function; options are those of its arguments that the class takes too."""
    import inspect
    defaults = inspect.signature(function).parameters

    def __init__(self, *args, reduction="auto", name=None, **kwargs):  # noqa: N807
        given = dict(zip(options, args)) | kwargs
        unknown = set(given) - set(options)
        if unknown:
            raise TypeError(f"{type(self).__name__} got unexpected arguments: {', '.join(sorted(unknown))}")
        LossFunctionWrapper.__init__(self, function, reduction, name,
                                     **{o: given.get(o, defaults[o].default) for o in options})
    made = type(name, (LossFunctionWrapper,), {"__init__": __init__, "__module__": __name__})
    return made


MeanSquaredError = _loss("MeanSquaredError", mean_squared_error)
MeanAbsoluteError = _loss("MeanAbsoluteError", mean_absolute_error)
MeanAbsolutePercentageError = _loss("MeanAbsolutePercentageError", mean_absolute_percentage_error)
MeanSquaredLogarithmicError = _loss("MeanSquaredLogarithmicError", mean_squared_logarithmic_error)
BinaryCrossentropy = _loss("BinaryCrossentropy", binary_crossentropy, "from_logits", "label_smoothing",
                           "axis")
CategoricalCrossentropy = _loss("CategoricalCrossentropy", categorical_crossentropy, "from_logits",
                                "label_smoothing", "axis")
SparseCategoricalCrossentropy = _loss("SparseCategoricalCrossentropy", sparse_categorical_crossentropy,
                                      "from_logits",
                                      "ignore_class")
BinaryFocalCrossentropy = _loss("BinaryFocalCrossentropy", binary_focal_crossentropy, "apply_class_balancing", "alpha",
                                "gamma", "from_logits", "label_smoothing", "axis")
CategoricalFocalCrossentropy = _loss("CategoricalFocalCrossentropy", categorical_focal_crossentropy, "alpha", "gamma",
                                     "from_logits", "label_smoothing", "axis")
CategoricalHinge = _loss("CategoricalHinge", categorical_hinge)
Huber = _loss("Huber", huber, "delta")
Hinge = _loss("Hinge", hinge)
SquaredHinge = _loss("SquaredHinge", squared_hinge)
KLDivergence = _loss("KLDivergence", kl_divergence)
Poisson = _loss("Poisson", poisson)
LogCosh = _loss("LogCosh", log_cosh)
CosineSimilarity = _loss("CosineSimilarity", cosine_similarity, "axis")

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
kld = KLD = kullback_leibler_divergence = kl_divergence
msle = MSLE = mean_squared_logarithmic_error
bce = BCE = binary_crossentropy
logcosh = log_cosh


def serialize(loss, use_legacy_format=False):
    if isinstance(loss, Loss):
        return {"class_name": type(loss).__name__, "config": loss.get_config()}
    return loss.__name__


def deserialize(name, custom_objects=None, use_legacy_format=False):
    known = {**globals(), **(custom_objects or {})}
    found = known.get(name["class_name"] if isinstance(name, dict) else name)
    if found is None:
        raise ValueError(f"Unknown loss function: {name!r}. Please ensure you are using a `keras.utils.custom_object_scope` "
                         "and that this object is included in the scope.")
    return found.from_config(name["config"]) if isinstance(name, dict) else found


def get(identifier):
    """The loss, or its function, that a name, configuration or object means."""
    if identifier is None or callable(identifier):
        return identifier
    if not isinstance(identifier, (str, dict)):
        raise ValueError(f"Could not interpret loss function identifier: {identifier}")
    found = deserialize(identifier)
    return found() if isinstance(found, type) else found


def of_model(identifier):
    """The loss that compile() means."""
    found = get(identifier)
    if found is None or isinstance(found, Loss):
        return found
    return found() if isinstance(found, type) else LossFunctionWrapper(found, name=found.__name__)
