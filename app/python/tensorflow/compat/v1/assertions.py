# SPDX-License-Identifier: MIT
"""Version 1's assertions, which take the data to tell, and names of sparse ops."""
from __future__ import annotations

from ... import debugging
from ...ops import math_ops
from ...ops.control_flow_ops import Assert


def _comparison(symbol: str, op):
    def check(x, y, data=None, summarize=None, message=None, name=None):
        return debugging._compare(symbol, op, x, y, message, summarize, name, data)
    return check


assert_equal = _comparison("==", math_ops.equal)
assert_none_equal = _comparison("!=", math_ops.not_equal)
assert_less = _comparison("<", math_ops.less)
assert_less_equal = _comparison("<=", math_ops.less_equal)
assert_greater = _comparison(">", math_ops.greater)
assert_greater_equal = _comparison(">=", math_ops.greater_equal)


def _sign(check):
    def checked(x, data=None, summarize=None, message=None, name=None):
        return check(x, message, summarize, name)
    return checked


assert_positive, assert_negative = _sign(debugging.assert_positive), _sign(debugging.assert_negative)
assert_non_negative, assert_non_positive = _sign(debugging.assert_non_negative), _sign(debugging.assert_non_positive)


def assert_rank(x, rank, data=None, summarize=None, message=None, name=None):
    return debugging.assert_rank(x, rank, message, name)


def assert_rank_at_least(x, rank, data=None, summarize=None, message=None, name=None):
    return debugging.assert_rank_at_least(x, rank, message, name)


def assert_rank_in(x, ranks, data=None, summarize=None, message=None, name=None):
    return debugging.assert_rank_in(x, ranks, message, name)


def assert_type(tensor, tf_type, message=None, name=None):
    return debugging.assert_type(tensor, tf_type, message, name)


def assert_integer(x, message=None, name=None):
    return debugging.assert_integer(x, message, name)


def assert_scalar(tensor, name=None, message=None):
    return debugging.assert_scalar(tensor, message, name)


def assert_near(x, y, rtol=None, atol=None, data=None, summarize=None, message=None, name=None):
    return debugging.assert_near(x, y, rtol, atol, message, summarize, name)


assert_proper_iterable = debugging.assert_proper_iterable
is_numeric_tensor, check_numerics = debugging.is_numeric_tensor, debugging.check_numerics
is_strictly_increasing, is_non_decreasing = debugging.is_strictly_increasing, debugging.is_non_decreasing


def verify_tensor_all_finite(t=None, msg=None, name=None, x=None, message=None):
    return debugging.assert_all_finite(x if t is None else t, msg if msg is not None else message, name)


__all__ = ["Assert"]
