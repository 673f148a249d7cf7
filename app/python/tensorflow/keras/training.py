# SPDX-License-Identifier: MIT
"""compile, fit, evaluate and predict."""
from __future__ import annotations

import math
import sys
import time

import numpy as np

from .. import nest
from ..data.dataset import Dataset
from ..eager import def_function
from ..eager.backprop import GradientTape
from ..framework.ops import convert_to_tensor
from ..ops import array_ops, math_ops
from . import losses as losses_module, masks, metrics as metrics_module, optimizers as optimizers_module
from .callbacks import CallbackList, History


class Training:
    """The part of a model that learns."""

    def _init_training(self) -> None:
        self.optimizer = self.loss = None
        self.stop_training = False
        self._compiled = self.run_eagerly = False
        self._step_function = self._test_function = None
        self._metrics_own: list = []
        self._metrics_weighted: list = []
        self.history = None

    def compile(self, optimizer="rmsprop", loss=None, metrics=None, loss_weights=None, weighted_metrics=None,
                run_eagerly=None, steps_per_execution=None, jit_compile=None, **kwargs) -> None:
        """Says how to learn."""
        self.optimizer = optimizers_module.get(optimizer)
        self.loss = loss
        self._loss = nest.map_structure(losses_module.of_model, loss) if loss is not None else None
        self._loss_weights, self._compiled_metrics_given = loss_weights, metrics
        self._loss_tracker = metrics_module.Mean(name="loss")
        first = nest.flatten(self._loss)[0] if self._loss is not None else None
        self._metrics_own, self._metrics_weighted = (
            [metrics_module.of_model(m, first) for m in nest.flatten(given)] if given else []
            for given in (metrics, weighted_metrics))
        self.run_eagerly = bool(run_eagerly)
        self._compiled, self._step_function, self._test_function = True, None, None

    @property
    def metrics(self) -> list:
        return ([self._loss_tracker] if self._compiled else []) + self._metrics_own + self._metrics_weighted

    @property
    def metrics_names(self) -> list:
        return [m.name for m in self.metrics]

    def reset_metrics(self) -> None:
        for metric in self.metrics:
            metric.reset_state()

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        total = None
        if self._loss is not None:
            parts = [loss(_beside(t, p), p, sample_weight) for loss, t, p in zip(
                nest.flatten(self._loss), nest.flatten(y), nest.flatten(y_pred)) if loss is not None]
            weights = self._loss_weights or [1.0] * len(parts)
            weights = list(weights.values()) if isinstance(weights, dict) else weights
            total = parts[0] if len(parts) == 1 and not self._loss_weights else math_ops.add_n(
                [p * float(w) for p, w in zip(parts, weights)])
        for extra in self.losses:
            total = extra if total is None else total + extra
        return total

    def compiled_loss(self, y, y_pred, sample_weight=None, regularization_losses=None):
        return self.compute_loss(None, y, y_pred, sample_weight)

    def compute_metrics(self, x, y, y_pred, sample_weight=None) -> dict:
        self.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict:
        return {m.name: m.result() for m in self.metrics}

    @property
    def compiled_metrics(self):
        return self

    def update_state(self, y, y_pred, sample_weight=None) -> None:
        y = nest.map_structure(_beside, y, y_pred) if not nest.is_nested(y_pred) else y
        mask = masks.mask_of(y_pred)
        if mask is not None:
            mask = math_ops.cast(mask, y_pred.dtype)
            sample_weight = mask if sample_weight is None else mask * losses_module._weights_like(
                math_ops.cast(sample_weight, mask.dtype), mask)
        for metric in self._metrics_own:
            metric.update_state(y, y_pred, mask)
        for metric in self._metrics_weighted:
            metric.update_state(y, y_pred, sample_weight)

    def train_step(self, data):
        """One batch: forwards, backwards, update."""
        x, y, weight = unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, weight)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        self._loss_tracker.update_state(loss)
        return self.compute_metrics(x, y, y_pred, weight)

    def test_step(self, data):
        x, y, weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        if self._loss is not None:
            self._loss_tracker.update_state(self.compute_loss(x, y, y_pred, weight))
        return self.compute_metrics(x, y, y_pred, weight)

    def predict_step(self, data):
        return self(unpack_x_y_sample_weight(data)[0], training=False)

    def make_train_function(self, force=False):
        def train_function(data):
            return self.train_step(data)
        if self._step_function is None or force:
            self._step_function = self.train_step if self.run_eagerly else def_function.function(train_function, reduce_retracing=True)
        return self._step_function

    def make_test_function(self, force=False):
        def test_function(data):
            return self.test_step(data)
        if self._test_function is None or force:
            self._test_function = self.test_step if self.run_eagerly else def_function.function(test_function, reduce_retracing=True)
        return self._test_function

    def _require_compiled(self) -> None:
        if not self._compiled:
            raise RuntimeError("You must compile your model before training/testing. Use "
                               "`model.compile(optimizer, loss)`.")

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
            validation_split=0.0,
            validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0,
            steps_per_epoch=None,
            validation_steps=None, validation_batch_size=None, validation_freq=1, **kwargs) -> History:
        """Learns from data, epoch after epoch."""
        self._require_compiled()
        if validation_split:
            x, y, sample_weight, validation_data = _split(x, y, sample_weight, validation_split)
        data = _batches(x, y, sample_weight, batch_size, shuffle)
        verbose = 1 if verbose == "auto" else verbose
        history = self.history = History()
        tell = CallbackList([*(callbacks or []), history], self, {"epochs": epochs, "verbose": verbose})
        self.stop_training = False
        tell("on_train_begin")
        logs: dict = {}
        iterator = iter(data) if steps_per_epoch else None
        for epoch in range(initial_epoch, epochs):
            if verbose:
                print(f"Epoch {epoch + 1}/{epochs}")
            self.reset_metrics()
            tell("on_epoch_begin", epoch)
            count = steps_per_epoch or (len(data) if data._length >= 0 else None)
            progress = _Progress(count, verbose)
            logs = self._one_epoch(iterator if iterator is not None else iter(data), steps_per_epoch,
                                   progress, tell)
            if validation_data is not None and (epoch + 1) % validation_freq == 0:
                logs |= self._validate(validation_data, validation_batch_size or batch_size, validation_steps)
            progress.finish(logs)
            tell("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        tell("on_train_end", logs)
        return history

    def _one_epoch(self, batches, limit, progress, tell) -> dict:
        step, result = self.make_train_function(), {}
        for i, batch in enumerate(batches):
            tell("on_train_batch_begin", i)
            tell("on_batch_begin", i)
            result = step(batch)
            if progress.shows:
                progress.update(i + 1, _numbers(result))
            logs = _LazyLogs(result)
            tell("on_train_batch_end", i, logs)
            tell("on_batch_end", i, logs)
            if self.stop_training or (limit and i + 1 >= limit):
                break
        return _numbers(result)

    def _validate(self, data, batch_size, steps) -> dict:
        if not isinstance(data, (tuple, list)):
            data = (data,)
        found = self.evaluate(*data[:2], sample_weight=data[2] if len(data) > 2 else None,
                              batch_size=batch_size, verbose=0,
                              return_dict=True, steps=steps)
        return {"val_" + key: value for key, value in found.items()}

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None,
                 callbacks=None,
                 return_dict=False, **kwargs):
        """The loss and metrics on data."""
        self._require_compiled()
        data = _batches(x, y, sample_weight, batch_size, False)
        verbose = 1 if verbose == "auto" else verbose
        self.reset_metrics()
        progress = _Progress(len(data) if data._length >= 0 else None, verbose)
        step, result = self.make_test_function(), {}
        for i, batch in enumerate(data):
            if steps is not None and i >= steps:
                break
            result = step(batch)
            if progress.shows:
                progress.update(i + 1, _numbers(result))
        numbers = _numbers(result)
        progress.finish(numbers)
        values = list(numbers.values())
        return numbers if return_dict else values[0] if len(values) == 1 else values

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None, **kwargs):
        """The outputs for data, as arrays."""
        data = _batches(x, None, None, batch_size, False)
        verbose = 1 if verbose == "auto" else verbose
        progress = _Progress(len(data) if data._length >= 0 else None, verbose)
        results = []
        for i, batch in enumerate(data):
            if steps is not None and i >= steps:
                break
            results.append(self.predict_step(batch))
            progress.update(i + 1, {})
        progress.finish({})
        return nest.map_structure(lambda *parts: np.concatenate([p.numpy() for p in parts]), *results)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, reset_metrics=True,
                       return_dict=False):
        self._require_compiled()
        if reset_metrics:
            self.reset_metrics()
        numbers = _numbers(self.train_step(_tensors((x, y) if sample_weight is None
                                                    else (x, y, sample_weight))))
        return numbers if return_dict else list(numbers.values()) if len(numbers) > 1 else next(iter(numbers.values()))

    def test_on_batch(self, x, y=None, sample_weight=None, reset_metrics=True, return_dict=False):
        self._require_compiled()
        if reset_metrics:
            self.reset_metrics()
        numbers = _numbers(self.test_step(_tensors((x, y))))
        return numbers if return_dict else list(numbers.values()) if len(numbers) > 1 else next(iter(numbers.values()))

    def predict_on_batch(self, x):
        return nest.map_structure(lambda t: t.numpy(), self(convert_to_tensor(x), training=False))

    def __call__(self, *args, **kwargs):
        return super().__call__(*args, **kwargs)


def _beside(y, y_pred):
    """A vector of targets as a column where predictions are rows; labels of classes stay as they are."""
    if y.shape.rank == 1 and y_pred.shape.rank == 2 and (y_pred.shape[-1] == 1 or y.dtype.is_floating):
        return array_ops.expand_dims(y, -1)
    return y


def unpack_x_y_sample_weight(data):
    if not isinstance(data, (tuple, list)):
        return data, None, None
    return (*data, None, None)[:3]


def _tensors(structure):
    return nest.map_structure(lambda v: v if v is None else convert_to_tensor(v), structure)


def _split(x, y, weight, share):
    """The last part of the data, to validate on."""
    n = len(nest.flatten(x)[0])
    at = int(math.floor(n * (1 - share)))

    def part(value, where):
        return None if value is None else nest.map_structure(lambda v: np.asarray(v)[where], value)
    first, last = slice(None, at), slice(at, None)
    held_out = (part(x, last), part(y, last)) + (() if weight is None else (part(weight, last),))
    return part(x, first), part(y, first), part(weight, first), held_out


def _batches(x, y, weight, batch_size, shuffle) -> Dataset:
    if isinstance(x, Dataset):
        return x
    if hasattr(x, "__next__") or (hasattr(x, "__iter__") and not hasattr(x, "__len__")):
        return Dataset(lambda: iter(nest.map_structure(convert_to_tensor, b) for b in x))
    parts = tuple(p for p in (x, y, weight) if p is not None)
    parts = tuple(nest.map_structure(lambda v: _narrow(v), tuple(p) if isinstance(p, list) and p and hasattr(
        p[0], "shape") else p) if not isinstance(p, list) else _narrow(p) if not (p and hasattr(p[0], "shape")
                and len(
            p[0].shape)) else tuple(_narrow(v) for v in p) for p in parts)
    data = Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])
    if shuffle:
        data = data.shuffle(max(len(data), 1))
    return data.batch(batch_size or 32)


def _narrow(value):
    """float64 arrays as float32, as Keras does."""
    array = value if hasattr(value, "numpy") else np.asarray(value)
    return array.astype(np.float32) if getattr(array, "dtype", None) == np.float64 and not hasattr(array,
            "numpy") else array


def _numbers(result) -> dict:
    return {key: float(np.asarray(value)) for key, value in (result or {}).items()}


class _LazyLogs(dict):
    """A step's results, as numbers once somebody looks."""

    def __init__(self, result):
        super().__init__(result)

    def __getitem__(self, key):
        return float(np.asarray(super().__getitem__(key)))

    def get(self, key, default=None):
        return self[key] if key in self else default


class _Progress:
    """Keras's line: 12/45 [=======>......] - ETA: 0s - loss: 0.5"""

    def __init__(self, total, verbose):
        self.total, self.verbose, self.begin, self.done, self.shown = total, verbose, time.time(), 0, 0.0
        self._live = verbose == 1 and sys.stdout.isatty()

    @property
    def shows(self) -> bool:
        return self._live

    def _line(self, numbers: dict, finished: bool) -> str:
        spent = time.time() - self.begin
        total = self.total or self.done
        digits = len(str(total))
        each = spent / max(self.done, 1)
        step = f"{each:.0f}s/step" if each >= 1 else f"{each * 1e3:.0f}ms/step" if each >= 1e-3 else f"{each * 1e6:.0f}us/step"
        figures = "".join(f" - {key}: {value:.4f}" if abs(value) > 1e-3 or value == 0
                          else f" - {key}: {value:.4e}"
                          for key, value in numbers.items())
        if self.verbose == 2:
            return f"{self.done}/{total} - {spent:.0f}s{figures} - {spent:.0f}s/epoch - {step}"
        fill = 30 if finished else int(30 * self.done / max(total, 1))
        bar = "=" * 30 if finished else "=" * max(fill - 1, 0) + ">" + "." * (30 - max(fill, 1))
        return f"{self.done:>{digits}}/{total} [{bar}] - " + (f"{spent:.0f}s {step}" if finished else
                                                              f"ETA: {each * (total - self.done):.0f}s") + figures

    def update(self, done: int, numbers: dict) -> None:
        self.done = done
        if self._live and time.time() - self.shown > 0.05:
            self.shown = time.time()
            print("\r" + self._line(numbers, False), end="", flush=True)

    def finish(self, numbers: dict) -> None:
        self.done = self.total or self.done
        if self.verbose:
            print(("\r" if self._live else "") + self._line(numbers, True), flush=True)
