"""Values and directional derivatives of terms at an instance, from numbers alone: no rule is asked.

A problem's roots are its definitions, in order, and f: each is evaluated once, and its value is known by its
name to those that follow.  Their slopes along a direction come

- exactly, from two evaluations modulo p^2;
- in floats, from the complex step, accepted where extrapolated central differences agree, or from differences
  whose two finest extrapolations agree;
- to high precision, from central differences in 60 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from math import isfinite
from typing import Any, NamedTuple

from .evaluate import Point, Steps, Value, perform, schedule
from .fields import FLOAT, PRIME, STEP, STEP_SIZE, DomainError, Field, NotAnalytic, modular, precise
from .terms import Term

Root = tuple[str, Term]  # the name under which later roots know the value, and the term
Values = Mapping[str, Value]

COARSE, FINE = 4e-3, 2e-3  # the widest steps of differences: without and with a complex step
AGREE = 1e-6  # how close two ways to the same slope must be
ROUNDING = 1e-9  # what differences cannot resolve, relative to the function's value
NOTHING = 1e-12  # a derivative that is 0 everywhere rounds to this, with other noise each way


class Roots:
    """The roots of a problem, each known by its name to those after it; scheduled once for all points."""

    __slots__ = ("_steps", "pairs")

    def __init__(self, pairs: Iterable[Root]) -> None:
        self.pairs = list(pairs)
        self._steps: dict[bool, list[Steps]] = {}

    def steps(self, exact: bool) -> list[Steps]:
        """What is evaluated for each root, after those before it."""
        if exact not in self._steps:
            known: set[Term] = set()
            self._steps[exact] = schedules = []
            for _, term in self.pairs:
                schedules.append(schedule((term,), exact, known))
                known.update([step[0] for step in schedules[-1]])
        return self._steps[exact]


class Truth(NamedTuple):
    """What the roots are at a point, and how they change along the direction."""

    values: list[Value]
    slopes: list[Value]
    moved: list[Value]  # exact only: the values at X + p dX, modulo p^2


# ---------------------------------------------------------------- numbers and lists of rows alike
def entrywise(function: Callable[..., Any], *values: Value) -> Value:
    """A function of numbers, applied to values of one shape."""
    if values[0].__class__ is not list:
        return function(*values)
    return [[function(*entries) for entries in zip(*rows)] for rows in zip(*values)]


def entries(value: Value) -> list[Any]:
    """The numbers of a value."""
    return [x for row in value for x in row] if value.__class__ is list else [value]


def magnitude(value: Value) -> Any:
    return max([abs(x) for x in entries(value)])


def same_shape(a: Value, b: Value) -> bool:
    """Are both numbers, or both matrices of one size?"""
    if a.__class__ is not list or b.__class__ is not list:
        return a.__class__ is not list and b.__class__ is not list
    return len(a) == len(b) and len(a[0]) == len(b[0])


def finite(values: Iterable[Value]) -> None:
    """A `DomainError` where a number overflowed."""
    for value in values:
        for x in entries(value):
            if not (isfinite(x.real) and isfinite(x.imag)):
                raise DomainError("a number is not finite")


def shifted(values: Values, moves: Values, step: Any) -> dict[str, Value]:
    """Every variable that moves, moved by `step` times its direction."""
    result = dict(values)
    for name, direction in moves.items():
        result[name] = entrywise(lambda x, d: x + step * d, values[name], direction)
    return result


def run(roots: Roots, field: Field, sizes: Mapping[str, int], values: Values) -> list[Value]:
    """The values of the roots, each known to those after it."""
    point = Point(field, sizes, values)
    result = []
    for (name, term), steps in zip(roots.pairs, roots.steps(field.exact)):
        perform(steps, point)
        point.values[name] = value = point.memo[term]
        result.append(value)
    if not field.exact:
        finite(result)
    return result


# ---------------------------------------------------------------- three ways to a slope
def exact_truth(roots: Roots, sizes: Mapping[str, int], values: Values, moves: Values) -> Truth:
    """Modulo p^2, where p plays the dual unit: f(X + p dX) = f(X) + p f'(X)[dX].  Slopes are modulo p."""
    field = modular(2)
    start = run(roots, field, sizes, values)
    moved = run(roots, field, sizes, shifted(values, moves, PRIME))
    return Truth(start, [entrywise(_slope, a, b) for a, b in zip(start, moved)], moved)


def _slope(a: int, b: int) -> int:
    quotient, rest = divmod(b - a, PRIME)
    if rest:
        raise DomainError("not smooth at this point")
    return quotient % PRIME


class _Differences:
    """Central differences of all roots, extrapolated."""

    def __init__(
        self, roots: Roots, field: Field, sizes: Mapping[str, int], values: Values, moves: Values
    ) -> None:
        self.roots, self.field, self.sizes, self.values, self.moves = roots, field, sizes, values, moves

    def at(self, h: Any) -> list[Value]:
        ahead = run(self.roots, self.field, self.sizes, shifted(self.values, self.moves, h))
        behind = run(self.roots, self.field, self.sizes, shifted(self.values, self.moves, -h))
        return [entrywise(lambda a, b: (a - b) / (2 * h), a, b) for a, b in zip(ahead, behind)]

    def levels(self, h: Any, count: int) -> list[list[Value]]:
        """`count` values extrapolated from the steps h, h/2, h/4, ...: errors of order h^4."""
        raw = [self.at(h / 2**k) for k in range(count + 1)]
        return [
            [entrywise(lambda x, y: (4 * y - x) / 3, a, b) for a, b in zip(wide, narrow)]
            for wide, narrow in pairwise(raw)
        ]


def _demand_agreement(one: list[Value], two: list[Value], values: list[Value]) -> None:
    """A `DomainError` where two ways to the same slopes disagree."""
    for a, b, value in zip(one, two, values):
        allowed = AGREE * magnitude(a) + ROUNDING * magnitude(value) + NOTHING
        if not magnitude(entrywise(lambda x, y: x - y, a, b)) <= allowed:
            raise DomainError("two ways to the derivative disagree: a kink, an overflow or a steep place")


def floating_truth(roots: Roots, sizes: Mapping[str, int], values: Values, moves: Values) -> Truth:
    """In floats, from two ways that agree."""
    start = run(roots, FLOAT, sizes, values)
    differences = _Differences(roots, FLOAT, sizes, values, moves)
    try:
        stepped = run(roots, STEP, sizes, shifted(values, moves, STEP_SIZE * 1j))
    except NotAnalytic:
        coarse, fine = differences.levels(COARSE, 2)
        _demand_agreement(fine, coarse, start)
        slopes = [entrywise(lambda x, y: (16 * y - x) / 15, a, b) for a, b in zip(coarse, fine)]
        return Truth(start, slopes, [])
    slopes = [entrywise(lambda z: z.imag / STEP_SIZE, z) for z in stepped]
    _demand_agreement(slopes, differences.levels(FINE, 1)[0], start)
    return Truth(start, slopes, [])


def precise_truth(roots: Roots, sizes: Mapping[str, int], values: Values, moves: Values) -> Truth:
    """In 60 digits; good to 40."""
    field = precise()
    start = run(roots, field, sizes, values)
    slopes = _Differences(roots, field, sizes, values, moves).levels(field.context.mpf(10) ** -12, 1)[0]
    return Truth(start, slopes, [])


def complex_truth(
    field: Field, roots: Roots, sizes: Mapping[str, int], values: Values, moves: Values
) -> Truth:
    """Over mpmath's complex numbers: as functions of a real step along a complex direction, in 60 digits."""
    start = run(roots, field, sizes, values)
    slopes = _Differences(roots, field, sizes, values, moves).levels(field.fraction(1, 10**12), 1)[0]
    return Truth(start, slopes, [])


def truth_in(
    field: Field, roots: Roots, sizes: Mapping[str, int], values: Values, moves: Values
) -> Truth:
    """The truth as the field can know it; slopes are numbers of that field."""
    if field.exact:
        return exact_truth(roots, sizes, values, moves)
    way = floating_truth if field is FLOAT else precise_truth
    return way(roots, sizes, values, moves)


def second(
    field: Field, roots: Roots, sizes: Mapping[str, int], values: Values, moves: Values
) -> list[Value]:
    """The second derivatives of the roots along a direction.

    Exactly from f(X + k p dX) = f + k p f' + k^2 p^2 f''/2 modulo p^3, else from second differences in 60 digits.
    """
    if field.exact:
        wide = modular(3)
        start, one, two = (run(roots, wide, sizes, shifted(values, moves, k * PRIME)) for k in (0, 1, 2))
        return [entrywise(_second_slope, a, b, c) for a, b, c in zip(start, one, two)]
    high = precise()
    values, moves = ({k: entrywise(high.context.mpf, v) for k, v in d.items()} for d in (values, moves))

    def rough(h: Any) -> list[Value]:
        ahead, here, behind = (run(roots, high, sizes, shifted(values, moves, k * h)) for k in (1, 0, -1))
        return [entrywise(lambda a, b, c: (a - 2 * b + c) / h**2, a, b, c) for a, b, c in zip(ahead, here, behind)]

    h = high.fraction(1, 10**8)
    wide_, narrow = rough(h), rough(h / 2)
    out = [entrywise(lambda a, b: (4 * b - a) / 3, a, b) for a, b in zip(wide_, narrow)]
    return out if field is not FLOAT else [entrywise(float, v) for v in out]


def _second_slope(a: int, b: int, c: int) -> int:
    quotient, rest = divmod(a - 2 * b + c, PRIME**2)
    if rest:
        raise DomainError("not smooth at this point")
    return quotient % PRIME
