# SPDX-License-Identifier: MIT
"""Samples of classes, and how often each class is expected among them."""
from __future__ import annotations

import collections
import math

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, name_scope
from ..framework.tensor_shape import TensorShape
from . import array_ops, control_flow_ops, math_ops, random_ops, range_ops

Candidates = collections.namedtuple("Candidates", ["sampled_candidates", "true_expected_count", "sampled_expected_count"])


def _distinct(draw, n: int):
    """The first n different classes of a sequence of draws, and how many draws these took."""
    draws = control_flow_ops.while_loop(lambda seen: array_ops.size(array_ops.unique(seen)[0]) < n,
                                        lambda seen: (array_ops.concat([seen, draw(n)], 0),), (draw(n),),
                                        shape_invariants=(TensorShape([None]),))
    draws = draws[0] if isinstance(draws, (list, tuple)) else draws
    found, places = array_ops.unique(draws)
    tries = math_ops.argmax(math_ops.cast(math_ops.equal(places, n - 1), dtypes.int32), 0) + 1
    sampled = found[:n]
    sampled.set_shape([n])
    return sampled, math_ops.cast(tries, dtypes.float32)


def _sampled(true_classes, n: int, unique: bool, range_max: int, draw, probability) -> Candidates:
    if n < 1 or range_max < 1:
        raise ValueError(f"num_sampled and range_max must be positive, got {n} and {range_max}")
    if unique and n > range_max:
        raise ValueError(f"Sampler's range is too small: {n} different classes of {range_max} are not to be had")
    sampled, tries = _distinct(draw, n) if unique else (draw(n), float(n))

    def expected(classes):
        p = probability(math_ops.cast(classes, dtypes.float32))
        return -math_ops.expm1(tries * math_ops.log1p(-p)) if unique else p * tries
    true_classes = math_ops.cast(convert_to_tensor(true_classes), dtypes.int64)
    return Candidates(sampled, expected(true_classes), expected(sampled))


def uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """All classes below range_max are equally likely."""
    with name_scope(name or "uniform_candidate_sampler"):
        return _sampled(true_classes, num_sampled, unique, range_max,
                        lambda n: random_ops.random_uniform([n], 0, range_max, dtypes.int64, seed),
                        lambda c: array_ops.ones_like(c) / range_max)


def log_uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Class k with probability ln ((k + 2) / (k + 1)) / ln (range_max + 1)."""
    whole = math.log(range_max + 1)

    def draw(n):
        spread = math_ops.exp(random_ops.random_uniform([n], dtype=dtypes.float64, seed=seed) * whole)
        return math_ops.floormod(math_ops.cast(spread, dtypes.int64) - 1, range_max)
    with name_scope(name or "log_uniform_candidate_sampler"):
        return _sampled(true_classes, num_sampled, unique, range_max, draw,
                        lambda c: math_ops.log((c + 2.0) / (c + 1.0)) / whole)


def all_candidate_sampler(true_classes, num_true, num_sampled, unique, seed=None, name=None):
    """Every class below num_sampled, once."""
    with name_scope(name or "all_candidate_sampler"):
        ones = array_ops.ones_like(convert_to_tensor(true_classes), dtypes.float32)
        sampled = math_ops.cast(range_ops.range(num_sampled), dtypes.int64)
        return Candidates(sampled, ones, array_ops.ones_like(sampled, dtypes.float32))


def are_hits(true_classes, sampled_candidates):
    """[batch, num_true, num_sampled]: is the candidate this true class of the row?"""
    true_classes = math_ops.cast(convert_to_tensor(true_classes), dtypes.int64)
    sampled = math_ops.cast(convert_to_tensor(sampled_candidates), dtypes.int64)
    return math_ops.equal(array_ops.expand_dims(true_classes, 2), sampled)


def compute_accidental_hits(true_classes, sampled_candidates, num_true, seed=None, name=None):
    """Rows, places among the candidates and weights of −the largest float, of candidates that are true classes of a row."""
    with name_scope(name or "compute_accidental_hits"):
        hits = array_ops.where(are_hits(true_classes, sampled_candidates))
        weights = array_ops.fill(array_ops.shape(hits)[:1], -3.4028234663852886e+38)
        return math_ops.cast(hits[:, 0], dtypes.int32), hits[:, 2], weights
