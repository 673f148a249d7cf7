# SPDX-License-Identifier: MIT
"""Metrics of overlap: of what is predicted and what is true of a class, the share that is both."""
from __future__ import annotations

from ...framework.ops import convert_to_tensor
from ...ops import array_ops, math_ops
from .base import Metric


class IoU(Metric):
    """Intersection over union, the mean over the target classes."""

    def __init__(self, num_classes, target_class_ids, name=None, dtype=None, ignore_class=None, sparse_y_true=True,
                 sparse_y_pred=True, axis=-1):
        super().__init__(name, dtype)
        if max(target_class_ids) >= num_classes:
            raise ValueError(f"Target class id {max(target_class_ids)} is out of range, which is [0, {num_classes}).")
        self.num_classes, self.target_class_ids, self.ignore_class = num_classes, list(target_class_ids), ignore_class
        self.sparse_y_true, self.sparse_y_pred, self.axis = sparse_y_true, sparse_y_pred, axis
        self.total_cm = self.add_weight("total_confusion_matrix", (num_classes, num_classes))

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
        y_true = y_true if self.sparse_y_true else math_ops.argmax(y_true, self.axis)
        y_pred = y_pred if self.sparse_y_pred else math_ops.argmax(y_pred, self.axis)
        pieces = [y_true, y_pred] if sample_weight is None else [y_true, y_pred, sample_weight]
        pieces = [array_ops.reshape(math_ops.cast(p, self._dtype), [-1]) for p in pieces]
        if self.ignore_class is not None:
            counts = math_ops.not_equal(pieces[0], math_ops.cast(self.ignore_class, self._dtype))
            pieces = [array_ops.boolean_mask(p, counts) for p in pieces]
        weight = pieces[2] if sample_weight is not None else None
        self.total_cm.assign_add(math_ops.confusion_matrix(pieces[0], pieces[1], self.num_classes, weights=weight,
                                                           dtype=self._dtype))

    def result(self):
        both = array_ops.tensor_diag_part(self.total_cm)
        either = math_ops.reduce_sum(self.total_cm, 0) + math_ops.reduce_sum(self.total_cm, 1) - both
        both, either = (array_ops.gather(v, self.target_class_ids) for v in (both, either))
        seen = math_ops.reduce_sum(math_ops.cast(math_ops.not_equal(either, 0), self._dtype))
        return math_ops.divide_no_nan(math_ops.reduce_sum(math_ops.divide_no_nan(both, either)), seen)

    def get_config(self) -> dict:
        return {**super().get_config(), **{key: getattr(self, key) for key in self._arguments}}

    _arguments = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")


class BinaryIoU(IoU):
    """Of classes 0 and 1, of which a score from the threshold on means 1."""

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        above = math_ops.cast(y_pred, self._dtype) >= self.threshold
        super().update_state(y_true, math_ops.cast(above, self._dtype), sample_weight)

    _arguments = ("target_class_ids", "threshold")


class MeanIoU(IoU):
    """Of all classes."""

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_true=True, sparse_y_pred=True, axis=-1):
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    _arguments = ("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")


class OneHotIoU(IoU):
    """Of labels that are rows of zeros with a one."""

    def __init__(self, num_classes, target_class_ids, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    _arguments = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_pred", "axis")


class OneHotMeanIoU(MeanIoU):
    """Of all classes, of labels that are rows of zeros with a one."""

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    _arguments = ("num_classes", "ignore_class", "sparse_y_pred", "axis")
