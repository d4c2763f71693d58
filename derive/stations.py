"""One instance of a problem: here every line gets two numbers that must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import linalg
from .claims import CLOSE, NOTHING, Claim, LineLike, Problem, claim_of
from .evaluate import Point, Value, evaluate
from .fields import FLOAT, PRIME, STEP, STEP_SIZE, DomainError, Field, NotAnalytic, modular
from .instances import Instance, tangent, tied
from .terms import SCALAR, Term
from .truth import (
    Roots,
    Truth,
    entries,
    entrywise,
    magnitude,
    run,
    same_shape,
    second,
    shifted,
    truth_in,
)

MISSHAPEN: Value = [[]]  # of no value's shape


class Station:
    """An instance with its random matrix R and direction P R: here every line gets two numbers to compare."""

    def __init__(self, problem: Problem, instance: Instance) -> None:
        self.problem, self.instance = problem, instance
        self.field = instance.field
        self.roots = problem.roots
        for name, term in problem.computed:
            instance.values[name] = evaluate(term, Point(self.field, instance.sizes, instance.values))
        self.r = instance.direction(problem.variable.shape)
        self.moves = {other.name: instance.direction(other.shape) for other in problem.others}
        self.direction = self.mapped(self.r)
        self.truth = self.truth_along(self.direction)
        self.point = self._point(self.truth, self.direction, self.r)

    def mapped(self, r: Value) -> Value:
        """P R: the direction that belongs to the entries `r`."""
        props = self.problem.variable.payload.props
        if r.__class__ is not list:
            return r
        if self.problem.convention in ("tangent", "riemannian"):
            return tangent(r, self.instance.values[self.problem.variable.name], props, self.field)
        return tied(r, props, self.field) if self.problem.convention == "tied" else r

    def truth_along(self, direction: Value) -> Truth:
        i, moves = self.instance, {**self.moves, self.problem.variable.name: direction}
        truth = truth_in(self.field, self.roots, i.sizes, i.values, moves)
        for lhs, term in self.problem.granted:
            self._grant(lhs, term, truth, direction)
        return truth

    def _grant(self, lhs: str, term: Term, truth: Truth, direction: Value) -> None:
        """The slopes as they are where a line is true."""
        claim, mod = claim_of(lhs, self.problem), self.field.modulus
        point = self._point(truth, direction, direction, **{name: direction for name, _ in claim.small})
        value = evaluate(term, point)
        if claim.kind == "gradient":
            value = linalg.colon(value, direction, mod) if value.__class__ is list else value * direction
        named = self.problem.named.get("df") if claim.root < 0 else None
        for root in (claim.root, named.root if named else claim.root):
            truth.slopes[root] = value

    def _point(self, truth: Truth, direction: Value, single: Value, **more: Value) -> Point:
        """Where lines are evaluated: definitions and differentials have the values of the truth."""
        problem, field = self.problem, self.field
        values = {problem.direction: single, **self.instance.values, **more}
        differentials = {**self.moves, problem.variable.name: direction}
        for i, (name, _, _) in enumerate(problem.lets):
            values[name], differentials[name] = truth.values[i], truth.slopes[i]
            if problem.foreign:
                values[f"along_{name}"] = truth.slopes[i]  # the derivative by an entry, where the line is about one
        point = Point(field, self.instance.sizes, values, differentials)
        point.slope = lambda term: self._slope(term, direction)
        if problem.derivatives:
            point.values = _Lazy(point.values, self._derivative)
        return point

    def _derivative(self, name: str) -> Value:
        """The value of a derivative that stands in a line; raises `KeyError` for any other name."""
        of = self.problem.derivatives[name]
        if of.order == 2:
            return self.curvature() if name == "d2f" else self.hessian()
        i, shape = self.instance, of.variable.shape
        values = dict(i.values)
        for other, term in of.computed:
            values[other] = evaluate(term, Point(self.field, i.sizes, values))
        rows, columns = i.size(shape[0]), i.size(shape[1])
        units: list[Value] = [1]
        if shape != SCALAR:
            places = [(a, b) for b in range(columns) for a in range(rows)]
            units = [[[int((a, b) == at) for b in range(columns)] for a in range(rows)] for at in places]
        if of.variable is self.problem.variable:
            units = [self.mapped(u) for u in units]  # under the convention, as a line about the gradient is
        slopes = [truth_in(self.field, of.roots, i.sizes, values, {of.variable.name: u}).slopes[-1] for u in units]
        if shape == SCALAR:
            return slopes[0]
        if slopes[0].__class__ is not list:
            return [[slopes[b * rows + a] for b in range(columns)] for a in range(rows)]
        return linalg.transpose([[x for [x] in _column(s)] for s in slopes])

    def _slope(self, term: Term, direction: Value) -> Value:
        """The differential of a term that is no variable: ``d(X*A')`` in a user's line."""
        i, roots = self.instance, Roots([*self.roots.pairs, ("", term)])
        moves = {**self.moves, self.problem.variable.name: direction}
        return truth_in(self.field, roots, i.sizes, i.values, moves).slopes[-1]

    def unmet(self) -> tuple[str, Term] | None:
        """An assumption that does not hold here: a singular matrix, a zero."""
        for prop, term in self.problem.assumed:
            try:
                value = evaluate(term, self.point)
            except (DomainError, KeyError):
                continue
            if prop == "nonzero" and not any(entries(value)):
                return prop, term
            if prop == "invertible":
                try:
                    linalg.inverse(value if value.__class__ is list else [[value]], self.field)
                except DomainError:
                    return prop, term
        return None

    # ------------------------------------------------------------ expected and found
    def compare(self, claim: Claim, line: LineLike) -> Iterator[tuple[Value, Value]]:
        """Pairs (expected, found): equal for a line that holds."""
        if claim.kind == "perturbed":
            yield from self._perturbed(claim, line)
            return
        if claim.kind == "entry":
            yield from self._entries(claim, line)
            return
        if claim.kind == "along":
            point = self._point(self.truth, self.direction, self.r, **self._bound(claim, 1))
            yield self.truth.slopes[-1], evaluate(line.term, point)
            return
        found = evaluate(line.term, self.point)
        if claim.kind in ("value", "slope"):
            truth = self.truth.values if claim.kind == "value" else self.truth.slopes
            yield _column(truth[claim.root]) if claim.stacked else truth[claim.root], found
        elif claim.kind == "nothing":
            yield entrywise(lambda _: 0, found), found
        elif claim.kind == "curvature":
            yield self.curvature(), found
        elif claim.kind == "turning":
            yield self.turning(), found
        elif claim.kind == "curved":
            yield from self._curved(found)
        elif claim.kind == "hessian":
            yield self._jacobian(self.truth.slopes[claim.root], found, self.direction)
        else:
            yield self._paired(found)

    def curvature(self) -> Value:
        """The second derivative of f along the direction."""
        i, moves = self.instance, {self.problem.variable.name: self.direction}
        return second(self.field, self.roots, i.sizes, i.values, moves)[-1]

    def turning(self) -> Value:
        """The differential of the gradient of a scalar f."""
        return self._gradient_along(self.direction)

    def hessian(self) -> Value:
        """The matrix of second derivatives of a scalar f, by vec X."""
        if self.r.__class__ is not list:
            return self.curvature() / self.direction**2 if not self.field.modulus else MISSHAPEN
        units = [self.mapped(self._single(i, j)) for j in range(len(self.r[0])) for i in range(len(self.r))]
        return [[x for [x] in _column(self._gradient_along(u))] for u in units]

    def _gradient_along(self, direction: Value) -> Value:
        """How the gradient changes: from second derivatives along the sums with each unit."""
        i, name, mod = self.instance, self.problem.variable.name, self.field.modulus

        def along(step: Value) -> Any:
            return second(self.field, self.roots, i.sizes, i.values, {name: step})[-1]

        def entry(unit: Value) -> Any:
            both = along(entrywise(lambda a, b: a + b, direction, unit))
            less = along(entrywise(lambda a, b: a - b, direction, unit))
            return (both - less) * pow(4, -1, mod) % mod if mod else (both - less) / 4

        if self.r.__class__ is not list:
            return entry(1)
        return [[entry(self._single(a, b)) for b in range(len(self.r[0]))] for a in range(len(self.r))]

    def _curved(self, h: Value) -> Iterator[tuple[Value, Value]]:
        """A Hessian of somebody's: symmetric, and R'HR is the second derivative along R."""
        r, mod = self.r, self.field.modulus
        if r.__class__ is not list:
            yield self.curvature(), h * r * r if h.__class__ is not list else MISSHAPEN
            return
        column = _column(r)
        if h.__class__ is not list or len(h) != len(h[0]) or len(h) != len(column):
            yield self.curvature(), MISSHAPEN
            return
        yield linalg.transpose(h), h
        yield self.curvature(), linalg.colon(column, linalg.matmul(h, column, mod), mod)

    def _paired(self, g: Value) -> tuple[Value, Value]:
        """A gradient or Jacobian, applied to R."""
        expected, mod = self.truth.slopes[-1], self.field.modulus
        if self.problem.transposed and g.__class__ is list:
            g = linalg.transpose(g)
        if expected.__class__ is not list and self.r.__class__ is list and not self.problem.jacobian:
            return expected, linalg.colon(g, self.r, mod) if same_shape(g, self.r) else MISSHAPEN
        return self._jacobian(expected, g, self.r)

    def _jacobian(self, expected: Value, g: Value, r: Value) -> tuple[Value, Value]:
        """vec(f'(X)[R]) and G vec(R)."""
        if r.__class__ is not list:
            stacked = self.problem.jacobian and g.__class__ is expected.__class__ is list and len(g[0]) == 1
            return _column(expected) if stacked else expected, entrywise(lambda x: x * r, g)
        column, want = _column(r), _column(expected)
        fits = g.__class__ is list and len(g[0]) == len(column)
        return want, linalg.matmul(g, column, self.field.modulus) if fits else MISSHAPEN

    def _entries(self, claim: Claim, line: LineLike) -> Iterator[tuple[Value, Value]]:
        """First with a dense J, which stands for all entries at once; if that fails, with each single one."""
        expected = self.truth.slopes[-1]
        try:
            found = evaluate(line.term, self.point)
        except KeyError:  # it names the indices i and j
            found = MISSHAPEN
        numbers = [int(k) - 1 for k in claim.indices if k.isdigit()]
        if not numbers and difference(expected, found, self.field) <= CLOSE:
            yield expected, found
            return
        names = [k for k in claim.indices if not k.isdigit()] or ["i", "j"]
        for i, j in self._positions():
            if numbers and [i, j][: len(numbers)] != numbers:
                continue
            single = self._single(i, j)
            direction = self.mapped(single)
            truth = self.truth_along(direction)
            indices = {k: n + 1 for k, n in zip(names, (i, j)) if k not in self.problem.symbols}
            point = self._point(truth, direction, single, **indices)
            yield truth.slopes[-1], evaluate(line.term, point)

    def _positions(self) -> list[tuple[int, int]]:
        if self.r.__class__ is not list:
            return [(0, 0)]
        return [(i, j) for i in range(len(self.r)) for j in range(len(self.r[0]))]

    def _single(self, i: int, j: int) -> Value:
        if self.r.__class__ is not list:
            return 1
        return [[int((a, b) == (i, j)) for b in range(len(self.r[0]))] for a in range(len(self.r))]

    def _bound(self, claim: Claim, epsilon: Any) -> dict[str, Value]:
        """The values of what is small."""
        step = entrywise(lambda x: x * epsilon, self.direction)
        values = {"epsilon": epsilon, "direction": self.direction, "step": step}
        return {name: values[role] for name, role in claim.small}

    def _near(self, claim: Claim, epsilon: Any) -> Point:
        """The point of a line about f(X + epsilon*J)."""
        bound = self._bound(claim, epsilon)
        point = self._point(self.truth, self.direction, self.r, **bound)
        if any(role == "step" for _, role in claim.small):  # df is that along the step
            for name, slope in point.differentials.items():
                point.differentials[name] = entrywise(lambda x: x * epsilon, slope)
        return point

    def _perturbed(self, claim: Claim, line: LineLike) -> Iterator[tuple[Value, Value]]:
        """f(X + epsilon*J): at one epsilon, or to first order in it."""
        if line.relation == "=":
            epsilon = self.instance.draw.number() if self.field.exact else self.field.fraction(1, 64)
            values = shifted(self.instance.values, {self.problem.variable.name: self.direction}, epsilon)
            found = evaluate(line.term, self._near(claim, epsilon))
            expected = found if claim.root == NOTHING else run(self.roots, self.field, self.instance.sizes, values)[-1]
            yield _or_zero(claim, expected), found
        elif self.field.exact:
            point = self._near(claim, PRIME)
            point.field = modular(2)
            found = evaluate(line.term, point)
            yield _first_digits(_or_zero(claim, found if claim.root == NOTHING else self.truth.moved[-1]), found)
        else:
            yield from self._first_order(claim, line)

    def _first_order(self, claim: Claim, line: LineLike) -> Iterator[tuple[Value, Value]]:
        def at(epsilon: Any, field: Field) -> Value:
            point = self._near(claim, epsilon)
            point.field = field
            return evaluate(line.term, point)

        here = at(self.field.number(0), self.field)
        yield _or_zero(claim, here if claim.root == NOTHING else self.truth.values[-1]), here

        def central(h: Any) -> Value:
            return entrywise(lambda a, b: (a - b) / (2 * h), at(h, self.field), at(-h, self.field))

        if self.field is not FLOAT:
            slope = central(self.field.fraction(1, 10**20))
        else:
            try:
                slope = entrywise(lambda z: z.imag / STEP_SIZE, at(STEP_SIZE * 1j, STEP))
            except NotAnalytic:  # a line is a polynomial in epsilon, and mostly of degree 1
                wide, narrow = central(2**-6), central(2**-7)
                slope = entrywise(lambda a, b: (4 * b - a) / 3, wide, narrow)
        yield _or_zero(claim, slope if claim.root == NOTHING else self.truth.slopes[-1]), slope


def _or_zero(claim: Claim, expected: Value) -> Value:
    return entrywise(lambda _: 0, expected) if claim.root == NOTHING else expected


class _Lazy(dict[str, Value]):
    """Values, some of which are computed when they are asked for."""

    def __init__(self, values: Mapping[str, Value], compute: Callable[[str], Value]) -> None:
        super().__init__(values)
        self.compute = compute

    def __missing__(self, name: str) -> Value:
        self[name] = value = self.compute(name)
        return value


def _column(value: Value) -> Value:
    """The entries as one column, columns stacked."""
    return [[x] for c in zip(*value) for x in c] if value.__class__ is list else [[value]]


def _first_digits(expected: Value, found: Value) -> tuple[Value, Value]:
    """Numbers modulo p that agree where the values agree modulo p^2."""
    if not same_shape(expected, found):
        return expected, MISSHAPEN

    def digits(a: int, b: int) -> int:
        rest = (b - a) % PRIME**2
        return rest % PRIME or rest // PRIME

    return entrywise(lambda a: 0, expected), entrywise(digits, expected, found)


def difference(expected: Value, found: Value, field: Field) -> float:
    """The relative gap: 0 or infinite in an exact field, and infinite between different shapes."""
    if not same_shape(expected, found):
        return float("inf")
    if field.exact:
        if expected.__class__ is not list:
            return float("inf") if (expected - found) % PRIME else 0.0
        wrong = any([(a - b) % PRIME for r, s in zip(expected, found) for a, b in zip(r, s)])
        return float("inf") if wrong else 0.0
    gap = max(abs(a - b) for a, b in zip(entries(expected), entries(found)))
    scale = max(magnitude(expected), magnitude(found))
    return float(gap / scale) if scale else 0.0
