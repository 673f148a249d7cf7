# SPDX-License-Identifier: MIT
"""Operators made of others: Composition, BlockDiag, Kronecker, Adjoint, Inversion, LowRankUpdate."""
from __future__ import annotations

import functools
import operator as python_operator

from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from ..ops import array_ops, diag_ops, linalg_ops, math_ops
from .base import LinearOperator, broadcast_batch, conj, transpose
from .diagonal import LinearOperatorDiag, LinearOperatorIdentity


def product(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """left · right, as simple as it can be."""
    if isinstance(left, LinearOperatorIdentity) and not left.batch_shape.rank:
        return right
    if isinstance(right, LinearOperatorIdentity) and not right.batch_shape.rank:
        return left
    if isinstance(left, LinearOperatorDiag) and isinstance(right, LinearOperatorDiag):
        return LinearOperatorDiag(left.diag * right.diag, is_non_singular=_both(left.is_non_singular, right.is_non_singular))
    parts = [p for o in (left, right) for p in (o.operators if type(o) is LinearOperatorComposition else [o])]
    return LinearOperatorComposition(parts)


def _both(a, b):
    return True if a and b else None


def _all(operators, hint: str):
    """True where it is of all, else not known."""
    return True if all(getattr(o, hint) for o in operators) else None


def _check_operators(operators) -> list:
    operators = list(operators)
    if not operators:
        raise ValueError("Expected a non-empty list of operators. Found: []")
    for o in operators[1:]:
        if o.dtype != operators[0].dtype:
            raise TypeError("Expected all operators to have the same dtype. Found "
                            + "   ".join(f"{p.name} had dtype {p.dtype.name}" for p in operators))
    return operators


def _batch(operators) -> TensorShape:
    return functools.reduce(array_ops.broadcast_static_shape, [o.batch_shape for o in operators])


def _batch_tensor(operators):
    return functools.reduce(array_ops.broadcast_dynamic_shape, [o.batch_shape_tensor() for o in operators])


class _OfOperators(LinearOperator):
    """Made of several; self._operators holds them."""

    operators = property(lambda self: list(self._operators))

    def _squares(self) -> bool:
        return all(o.is_square for o in self._operators)

    def _sum_of_logs(self):
        return functools.reduce(python_operator.add, [o.log_abs_determinant() for o in self._operators])

    def _product_of_determinants(self):
        return functools.reduce(python_operator.mul, [o.determinant() for o in self._operators])


class _SideBySide(_OfOperators):
    """What holds for all of the operators holds for the whole, and what is done to it is done to each."""

    _sign: str      # between the names

    def __init__(self, operators, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name=None):
        self._operators = _check_operators(operators)
        hints = [_all(self._operators, hint) if given is None else given for given, hint in (
            (is_non_singular, "is_non_singular"), (is_self_adjoint, "is_self_adjoint"),
            (is_positive_definite, "is_positive_definite"))]
        super().__init__(self._operators[0].dtype, None, *hints, _all(self._operators, "is_square"),
                         name or self._sign.join(o.name for o in self._operators))

    def _like(self, operators):
        return type(self)(operators, self.is_non_singular)

    def _adjoint(self):
        return self._like([o.adjoint() for o in self._operators])

    def _inverse(self):
        return self._like([o.inverse() for o in self._operators])

    def _cholesky(self):
        return self._like([o.cholesky() for o in self._operators])


class LinearOperatorComposition(_OfOperators):
    """operators[0] · operators[1] · …"""

    def __init__(self, operators, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name=None):
        self._operators = _check_operators(operators)
        if is_non_singular is None:
            is_non_singular = _all(self._operators, "is_non_singular")
        for left, right in zip(self._operators, self._operators[1:]):
            if None not in (left.domain_dimension, right.range_dimension) \
                    and left.domain_dimension != right.range_dimension:
                raise ValueError(f"Operators are incompatible: {left.shape} and {right.shape} do not compose.")
        super().__init__(self._operators[0].dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square,
                         name or "_o_".join(o.name for o in self._operators))

    def _shape(self):
        return _batch(self._operators).concatenate([self._operators[0].range_dimension, self._operators[-1].domain_dimension])

    def _shape_tensor(self):
        ends = [self._operators[0].range_dimension_tensor(), self._operators[-1].domain_dimension_tensor()]
        return array_ops.concat([_batch_tensor(self._operators), array_ops.stack(ends)], 0)

    def _matmul(self, x, adjoint=False):
        for o in self._operators if adjoint else reversed(self._operators):
            x = o.matmul(x, adjoint=adjoint)
        return x

    def _solve(self, rhs, adjoint=False):
        for o in reversed(self._operators) if adjoint else self._operators:
            rhs = o.solve(rhs, adjoint=adjoint)
        return rhs

    def _to_dense(self):
        dense = functools.reduce(lambda x, o: o.matmul(x), reversed(self._operators[:-1]), self._operators[-1].to_dense())
        return dense

    def _determinant(self):
        return self._product_of_determinants() if self._squares() else super()._determinant()

    def _log_abs_determinant(self):
        return self._sum_of_logs() if self._squares() else super()._log_abs_determinant()

    def _adjoint(self):
        return LinearOperatorComposition([o.adjoint() for o in reversed(self._operators)], self.is_non_singular,
                                         self.is_self_adjoint, self.is_positive_definite, self._given_square)

    def _inverse(self):
        if not self._squares():
            return super()._inverse()
        return LinearOperatorComposition([o.inverse() for o in reversed(self._operators)], True)


class LinearOperatorBlockDiag(_SideBySide):
    """Operators along the diagonal, zeros elsewhere."""

    _sign = "_ds_"

    def __init__(self, operators, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=True,
                 name=None):
        super().__init__(operators, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name)

    def _sum(self, sizes):
        return None if None in sizes else sum(sizes)

    def _shape(self):
        return _batch(self._operators).concatenate([self._sum([o.range_dimension for o in self._operators]),
                                                    self._sum([o.domain_dimension for o in self._operators])])

    def _shape_tensor(self):
        ends = [math_ops.add_n([o.range_dimension_tensor() for o in self._operators]),
                math_ops.add_n([o.domain_dimension_tensor() for o in self._operators])]
        return array_ops.concat([_batch_tensor(self._operators), array_ops.stack(ends)], 0)

    def _split(self, x, by_rows: bool) -> list:
        sizes = [(o.range_dimension_tensor() if by_rows else o.domain_dimension_tensor()) for o in self._operators]
        known = [o.range_dimension if by_rows else o.domain_dimension for o in self._operators]
        return array_ops.split(x, known if None not in known else array_ops.stack(sizes), axis=-2)

    def _joined(self, parts: list):
        batch = functools.reduce(array_ops.broadcast_dynamic_shape, [array_ops.shape(p)[:-2] for p in parts])
        return array_ops.concat([array_ops.broadcast_to(p, array_ops.concat([batch, array_ops.shape(p)[-2:]], 0))
                                 for p in parts], -2)

    def _blocks(self, what: str, parts, adjoint: bool, adjoint_arg: bool) -> list:
        """Block by block."""
        return [getattr(o, what)(x, adjoint=adjoint, adjoint_arg=adjoint_arg) for o, x in zip(self._operators, parts)]

    def _matmul(self, x, adjoint=False):
        return self._joined([o.matmul(p, adjoint=adjoint) for o, p in zip(self._operators, self._split(x, adjoint))])

    def _solve(self, rhs, adjoint=False):
        return self._joined([o.solve(p, adjoint=adjoint) for o, p in zip(self._operators, self._split(rhs, not adjoint))])

    def _determinant(self):
        return self._product_of_determinants()

    def _log_abs_determinant(self):
        return self._sum_of_logs()

    def _diag_part(self):
        if not self._squares():
            return super()._diag_part()
        parts = [array_ops.expand_dims(o.diag_part(), -1) for o in self._operators]
        return array_ops.squeeze(self._joined(parts), [-1])

    def _trace(self):
        if not self._squares():
            return super()._trace()
        return functools.reduce(python_operator.add, [o.trace() for o in self._operators])

    def _eigvals(self):
        return array_ops.squeeze(self._joined([array_ops.expand_dims(o.eigvals(), -1) for o in self._operators]), [-1])


class LinearOperatorKronecker(_SideBySide):
    """operators[0] ⊗ operators[1] ⊗ …"""

    _sign = "_x_"

    def _shape(self):
        sizes = [[o.range_dimension for o in self._operators], [o.domain_dimension for o in self._operators]]
        ends = [None if None in s else functools.reduce(python_operator.mul, s) for s in sizes]
        return _batch(self._operators).concatenate(ends)

    def _shape_tensor(self):
        ends = [functools.reduce(python_operator.mul, [o.range_dimension_tensor() for o in self._operators]),
                functools.reduce(python_operator.mul, [o.domain_dimension_tensor() for o in self._operators])]
        return array_ops.concat([_batch_tensor(self._operators), array_ops.stack(ends)], 0)

    def _along_each(self, apply, x, sizes):
        """apply (operator, rows) along each factor of the rows of x in turn: the rows go round, a factor at a time."""
        batch, columns = array_ops.shape(x)[:-2], array_ops.shape(x)[-1:]

        def formed(x, rows):
            return array_ops.reshape(x, array_ops.concat([array_ops.shape(x)[:-2], [rows, -1]], 0))
        for o, size in zip(self._operators, sizes):
            x = transpose(apply(o, formed(x, size)), conjugate=False)
        batch = array_ops.shape(x)[:-2]
        x = array_ops.reshape(x, array_ops.concat([batch, columns, [-1]], 0))
        return transpose(x, conjugate=False)

    def _sizes(self, adjoint: bool) -> list:
        return [o.range_dimension_tensor() if adjoint else o.domain_dimension_tensor() for o in self._operators]

    def _matmul(self, x, adjoint=False):
        return self._along_each(lambda o, rows: o.matmul(rows, adjoint=adjoint), x, self._sizes(adjoint))

    def _solve(self, rhs, adjoint=False):
        return self._along_each(lambda o, rows: o.solve(rows, adjoint=adjoint), rhs, self._sizes(not adjoint))

    def _powers(self) -> list:
        """How often each factor's determinant counts."""
        total = self.domain_dimension_tensor()
        return [math_ops.cast(total // o.domain_dimension_tensor(), self.dtype) for o in self._operators]

    def _determinant(self):
        return functools.reduce(python_operator.mul, [
            math_ops.pow(o.determinant(), n) for o, n in zip(self._operators, self._powers())])

    def _log_abs_determinant(self):
        return functools.reduce(python_operator.add, [
            o.log_abs_determinant() * n for o, n in zip(self._operators, self._powers())])

    def _trace(self):
        if not self._squares():
            return super()._trace()
        return functools.reduce(python_operator.mul, [o.trace() for o in self._operators])

    def _diag_part(self):
        if not self._squares():
            return super()._diag_part()

        def outer(a, b):
            both = array_ops.expand_dims(a, -1) * array_ops.expand_dims(b, -2)
            return array_ops.reshape(both, array_ops.concat([array_ops.shape(both)[:-2], [-1]], 0))
        return functools.reduce(outer, [o.diag_part() for o in self._operators])


class LinearOperatorAdjoint(LinearOperator):
    """Another's adjoint."""

    def __init__(self, operator, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name=None):
        self._operator = operator
        super().__init__(operator.dtype, None, *[getattr(operator, h) if g is None else g for g, h in (
            (is_non_singular, "is_non_singular"), (is_self_adjoint, "is_self_adjoint"),
            (is_positive_definite, "is_positive_definite"))], operator._given_square if is_square is None else is_square,
            name or operator.name + "_adjoint")

    operator = property(lambda self: self._operator)

    def _shape(self):
        shape = self._operator.shape
        return shape[:-2].concatenate([shape[-1], shape[-2]])

    def _shape_tensor(self):
        shape = self._operator.shape_tensor()
        return array_ops.concat([shape[:-2], shape[-1:], shape[-2:-1]], 0)

    def _matmul(self, x, adjoint=False):
        return self._operator.matmul(x, adjoint=not adjoint)

    def _solve(self, rhs, adjoint=False):
        return self._operator.solve(rhs, adjoint=not adjoint)

    def _to_dense(self):
        return transpose(self._operator.to_dense())

    def _determinant(self):
        return conj(self._operator.determinant())

    def _log_abs_determinant(self):
        return self._operator.log_abs_determinant()

    def _diag_part(self):
        return conj(self._operator.diag_part())

    def _trace(self):
        return conj(self._operator.trace())

    def _adjoint(self):
        return self._operator

    def _inverse(self):
        return self._operator.inverse().adjoint()


class LinearOperatorInversion(LinearOperator):
    """Another's inverse: its solve() multiplies."""

    def __init__(self, operator, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
                 name=None):
        if operator.is_non_singular is False or is_non_singular is False:
            raise ValueError(f"Argument `is_non_singular` or `operator` must have supplied hint `is_non_singular` equal to "
                             f"`True` or `None`. Found `operator.is_non_singular`: {operator.is_non_singular}, "
                             f"`is_non_singular`: {is_non_singular}.")
        self._operator = operator
        super().__init__(operator.dtype, None, True, operator.is_self_adjoint if is_self_adjoint is None else is_self_adjoint,
                         operator.is_positive_definite if is_positive_definite is None else is_positive_definite, True,
                         name or operator.name + "_inv")

    operator = property(lambda self: self._operator)

    def _shape(self):
        return self._operator.shape

    def _shape_tensor(self):
        return self._operator.shape_tensor()

    def _matmul(self, x, adjoint=False):
        return self._operator.solve(x, adjoint=adjoint)

    def _solve(self, rhs, adjoint=False):
        return self._operator.matmul(rhs, adjoint=adjoint)

    def _determinant(self):
        return 1 / self._operator.determinant()

    def _log_abs_determinant(self):
        return -self._operator.log_abs_determinant()

    def _inverse(self):
        return self._operator


class LinearOperatorLowRankUpdate(LinearOperator):
    """L + U · diag (D) · Vᴴ, of a base operator L and few columns U and V."""

    def __init__(self, base_operator, u, diag_update=None, v=None, is_diag_update_positive=None, is_non_singular=None,
                 is_self_adjoint=None, is_positive_definite=None, is_square=None, name="LinearOperatorLowRankUpdate"):
        self._base, self._u = base_operator, convert_to_tensor(u, name="u")
        self._v = self._u if v is None else convert_to_tensor(v, name="v")
        self._diag = None if diag_update is None else convert_to_tensor(diag_update, name="diag_update")
        positive = diag_update is None or is_diag_update_positive
        if v is None and is_self_adjoint is None and base_operator.is_self_adjoint and not base_operator.dtype.is_complex:
            is_self_adjoint = True
        if v is None and is_positive_definite is None and positive and base_operator.is_positive_definite:
            is_positive_definite = True
        self._diag_positive = True if positive else is_diag_update_positive
        super().__init__(base_operator.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name)

    base_operator = property(lambda self: self._base)
    u = property(lambda self: self._u)
    v = property(lambda self: self._v)
    diag_update = property(lambda self: self._diag)
    is_diag_update_positive = property(lambda self: self._diag_positive)

    def _shape(self):
        batch = functools.reduce(array_ops.broadcast_static_shape, [self._base.batch_shape, self._u.shape[:-2],
                                                                    self._v.shape[:-2]])
        return batch.concatenate(self._base.shape[-2:])

    def _shape_tensor(self):
        batch = functools.reduce(array_ops.broadcast_dynamic_shape, [
            self._base.batch_shape_tensor(), array_ops.shape(self._u)[:-2], array_ops.shape(self._v)[:-2]])
        return array_ops.concat([batch, self._base.shape_tensor()[-2:]], 0)

    def _scaled(self, x, adjoint=False):
        if self._diag is None:
            return x
        return array_ops.expand_dims(conj(self._diag) if adjoint else self._diag, -1) * x

    def _matmul(self, x, adjoint=False):
        u, v = (self._v, self._u) if adjoint else (self._u, self._v)
        return self._base.matmul(x, adjoint=adjoint) + math_ops.matmul(u, self._scaled(math_ops.matmul(transpose(v), x), adjoint))

    def _to_dense(self):
        return self._base.to_dense() + math_ops.matmul(self._u, self._scaled(transpose(self._v)))

    def _capacitance(self, adjoint=False):
        """D⁻¹ + Vᴴ L⁻¹ U"""
        u, v = (self._v, self._u) if adjoint else (self._u, self._v)
        within = math_ops.matmul(transpose(v), self._base.solve(u, adjoint=adjoint))
        if self._diag is None:
            return within + diag_ops.eye(array_ops.shape(within)[-1], dtype=self.dtype)
        return within + diag_ops.diag(1 / (conj(self._diag) if adjoint else self._diag))

    def _solve(self, rhs, adjoint=False):
        """L⁻¹ rhs − L⁻¹ U C⁻¹ Vᴴ L⁻¹ rhs, C being the capacitance (Woodbury)."""
        u, v = (self._v, self._u) if adjoint else (self._u, self._v)
        plain = self._base.solve(rhs, adjoint=adjoint)
        within = linalg_ops.solve(*broadcast_batch(self._capacitance(adjoint), math_ops.matmul(transpose(v), plain)))
        return plain - self._base.solve(math_ops.matmul(u, within), adjoint=adjoint)

    def _determinant(self):
        value = linalg_ops.det(self._capacitance()) * self._base.determinant()
        return value if self._diag is None else value * math_ops.reduce_prod(self._diag, -1)

    def _log_abs_determinant(self):
        value = linalg_ops.slogdet(self._capacitance())[1] + self._base.log_abs_determinant()
        return value if self._diag is None else value + math_ops.reduce_sum(math_ops.log(math_ops.abs(self._diag)), -1)

    def _diag_part(self):
        scaled = self._u if self._diag is None else self._u * array_ops.expand_dims(self._diag, -2)
        return self._base.diag_part() + math_ops.reduce_sum(scaled * conj(self._v), -1)
