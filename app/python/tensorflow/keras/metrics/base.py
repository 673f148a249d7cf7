# SPDX-License-Identifier: MIT
"""Metrics: what they share, sums and means."""
from __future__ import annotations

import inspect

from ...framework.ops import convert_to_tensor, name_scope
from ...framework.tensor_shape import TensorShape
from ...module import camel_to_snake
from ...ops import array_ops, math_ops
from ..engine import Layer


class Metric(Layer):
    """A running figure: update_state() adds, result() tells, reset_state() begins anew."""

    _is_metric = True

    def __init__(self, name=None, dtype=None, **kwargs):
        super().__init__(name=name or camel_to_snake(type(self).__name__), dtype=dtype, trainable=True)
        self.built = True

    def add_weight(self, name, shape=(), aggregation=None, synchronization=None, initializer="zeros",
                   dtype=None):  # noqa: D102
        return super().add_weight(name, shape, dtype, initializer, trainable=False)

    def update_state(self, *args, **kwargs):
        raise NotImplementedError("Must be implemented in subclasses.")

    def result(self):
        raise NotImplementedError("Must be implemented in subclasses.")

    def merge_state(self, metrics) -> None:
        """Adds what other metrics of this kind have seen."""
        for metric in metrics:
            if len(self.weights) != len(metric.weights):
                raise ValueError(f"Metric {metric} is not compatible with {self}")
            for mine, other in zip(self.weights, metric.weights):
                mine.assign_add(other)

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()

    def reset_state(self) -> None:
        for weight in self.weights:
            weight.assign(array_ops.zeros(weight.shape, weight.dtype))

    def reset_states(self) -> None:
        self.reset_state()

    def get_config(self) -> dict:
        return {"name": self.name, "dtype": self.dtype}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name},dtype={self.dtype})"


def squeezed(labels, predictions):
    """Both of the same rank where one has an axis of 1 more at the end."""
    if labels.shape.rank is None or predictions.shape.rank is None:
        return labels, predictions
    more = predictions.shape.rank - labels.shape.rank
    if more == 1 and predictions.shape[-1] == 1:
        predictions = array_ops.squeeze(predictions, [-1])
    elif more == -1 and labels.shape[-1] == 1:
        labels = array_ops.squeeze(labels, [-1])
    return labels, predictions


def weights_like(weight, values):
    """weight with an axis of 1 less or more at the end, so that it stands beside values."""
    if not weight.shape.rank or values.shape.rank is None:
        return weight
    if weight.shape.rank == values.shape.rank + 1:
        return array_ops.squeeze(weight, [-1])
    return array_ops.expand_dims(weight, -1) if weight.shape.rank == values.shape.rank - 1 else weight


def weighted(values, weight):
    """The values that weight broadcasts to: those of more axes are means over the rest, and weight beside them."""
    weight = weights_like(weight, values)
    if weight.shape.rank and values.shape.rank is not None and not _broadcasts(weight.shape, values.shape):
        values = math_ops.reduce_mean(values, list(range(weight.shape.rank, values.shape.rank)))
    return values, weight


def _broadcasts(weight: TensorShape, values: TensorShape) -> bool:
    return weight.rank == values.rank and all(w in (1, None) or v is None or w == v for w, v in zip(weight, values))


class Sum(Metric):
    def __init__(self, name="sum", dtype=None):
        super().__init__(name, dtype)
        self.total = self.add_weight("total")

    def update_state(self, values, sample_weight=None):
        values = math_ops.cast(values, self._dtype)
        if sample_weight is not None:
            values, weight = weighted(values, math_ops.cast(sample_weight, self._dtype))
            values = values * weight
        self.total.assign_add(math_ops.reduce_sum(values))

    def result(self):
        return self.total.read_value()


class Mean(Metric):
    """The weighted mean of all values so far."""

    def __init__(self, name="mean", dtype=None):
        super().__init__(name, dtype)
        self.total, self.count = self.add_weight("total"), self.add_weight("count")

    def update_state(self, values, sample_weight=None):
        values = math_ops.cast(values, self._dtype)
        if sample_weight is not None:
            values, weight = weighted(values, math_ops.cast(sample_weight, self._dtype))
            values = values * weight
            count = math_ops.reduce_sum(array_ops.broadcast_to(weight, array_ops.shape(values)))
        elif values.shape.is_fully_defined():
            count = float(values.shape.num_elements())
        else:
            count = math_ops.cast(array_ops.size(values), self._dtype)
        self.total.assign_add(math_ops.reduce_sum(values))
        self.count.assign_add(count)

    def result(self):
        return math_ops.divide_no_nan(self.total, self.count)


class MeanTensor(Metric):
    """The weighted mean of each element."""

    def __init__(self, name="mean_tensor", dtype=None, shape=None):
        super().__init__(name, dtype)
        self.total = self.count = None
        if shape is not None:
            self._begin(TensorShape(shape))

    def _begin(self, shape) -> None:
        self.total, self.count = self.add_weight("total", shape), self.add_weight("count", shape)

    def update_state(self, values, sample_weight=None):
        values = math_ops.cast(values, self._dtype)
        if self.total is None:
            self._begin(values.shape)
        elif values.shape != self.total.shape:
            raise ValueError("MeanTensor input values must always have the same shape. Expected shape (set during the first "
                             f"call): {self.total.shape}. Got: {values.shape}.")
        count = array_ops.ones_like(values)
        if sample_weight is not None:
            values, weight = weighted(values, math_ops.cast(sample_weight, self._dtype))
            values, count = values * weight, count * weight
        self.total.assign_add(values)
        self.count.assign_add(count)

    def result(self):
        if self.total is None:
            raise ValueError("MeanTensor does not have any value yet. Please call the MeanTensor instance or use "
                             "`.update_state(value)` before retrieving the result.")
        return math_ops.divide_no_nan(self.total, self.count)


class MeanMetricWrapper(Mean):
    """The mean of a function of (y_true, y_pred)."""

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name or getattr(fn, "__name__", "metric"), dtype)
        self._fn, self._options = fn, kwargs

    def update_state(self, y_true, y_pred, sample_weight=None):
        with name_scope(self.name + "/"):
            super().update_state(self._fn(*self._aligned(y_true, y_pred), **self._options), sample_weight)

    def _aligned(self, y_true, y_pred) -> tuple:
        y_pred, y_true = convert_to_tensor(y_pred), convert_to_tensor(y_true)
        if y_pred.dtype.is_integer or y_pred.dtype.is_bool:
            y_pred = math_ops.cast(y_pred, self._dtype)
        return squeezed(y_true, y_pred)

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}


def mean_of(kind: str, function, name: str, first: dict | None = None, **options):
    """A metric class: the mean of function. Its arguments are those of first, name and dtype, and the options."""
    defaults = {**(first or {}), "name": name, "dtype": None, **options}
    signature = inspect.Signature([inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=d)
                                   for n, d in defaults.items()])

    def __init__(self, *args, **kwargs):  # noqa: N807
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        MeanMetricWrapper.__init__(self, function, **given.arguments)

    __init__.__signature__ = signature.replace(parameters=[
        inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD), *signature.parameters.values()])
    return type(kind, (MeanMetricWrapper,), {"__init__": __init__, "__module__": "keras.metrics"})
