"""Lines and rules about complex variables against numbers, which come from no rule: 60 digits, central differences.

What a line claims, with R a random complex direction and S a random real one:

======================= ==========================================================================
``df``                  the derivative of f along R, where dZ = R; and along 1i*R
``df/dZ``               G with 2 (G : R) = df(R) - 1i*df(1i*R)
``df/dZ*``              H with 2 (H : conj(R)) = df(R) + 1i*df(1i*R); ``2*df/dZ*`` is twice that
``df/dReZ``, ``df/dImZ``  K with K : S = df(S), and with K : S = df(1i*S)
======================= ==========================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import linalg
from .audit import Auditor
from .claims import LineLike
from .complexes import COMPLEX, ComplexDraw, complex_direction, is_real, precise_complex
from .derivation import Verification
from .errors import NoRuleError, VerificationError
from .evaluate import Point, Value, evaluate
from .fields import DomainError, Field, NotAnalytic, TooSmall
from .instances import STYLES, WIDE, Instance, Random, Style, draw, letters_of
from .rulebook import Fact, Rule
from .ruleproof import BOUNDARY, CHECKS, asked, plain_term, sides
from .sides import CLEAR, TOLERANCE, Example, Mismatch, _Rule, example, shown
from .stations import MISSHAPEN
from .terms import SCALAR, Symbol, Table, Term, postorder
from .truth import Truth, complex_truth, entries, entrywise, magnitude, same_shape
from .verify import EACH, INSTANCES, PATIENCE, Problem

SETTLED = 1e-25  # the largest relative gap between equal numbers
ATTEMPTS = EACH * len(STYLES)


class Slopes(NamedTuple):
    """The roots and how they change along R and 1i*R, S and 1i*S."""

    along: Truth
    turned: Truth
    real: Truth
    imaginary: Truth


class Station:
    """An instance with its directions: here every line gets pairs of numbers that must agree."""

    def __init__(self, problem: Problem, instance: Instance) -> None:
        self.problem, self.instance, self.field = problem, instance, instance.field
        shape = problem.variable.shape
        source = instance.draw
        assert isinstance(source, ComplexDraw)
        self.r = instance.direction(shape)
        size = None if shape == SCALAR else (instance.size(shape[0]), instance.size(shape[1]))
        self.s = source.real_direction(size)
        unit = self.field.number(1j)
        turned, imaginary = (entrywise(lambda x: unit * x, d) for d in (self.r, self.s))
        self.slopes = Slopes(self._truth(self.r), self._truth(turned), self._truth(self.s), self._truth(imaginary))
        self.points = [self._point(self.slopes.along, self.r), self._point(self.slopes.turned, turned)]

    def _truth(self, direction: Value) -> Truth:
        i = self.instance
        return complex_truth(self.field, self.problem.roots, i.sizes, i.values, {self.problem.variable.name: direction})

    def _point(self, truth: Truth, direction: Value) -> Point:
        values = dict(self.instance.values)
        differentials = {self.problem.variable.name: direction}
        for i, (name, _, _) in enumerate(self.problem.lets):
            values[name], differentials[name] = truth.values[i], truth.slopes[i]
        return Point(self.field, self.instance.sizes, values, differentials)

    def compare(self, line: LineLike) -> list[tuple[Value, Value]]:
        """Pairs (expected, found): equal for a line that holds; a `KeyError` for a left side that claims nothing."""
        names = {**{name: i for i, (name, _, _) in enumerate(self.problem.lets)}, "f": -1}
        if line.lhs in names:
            return [(self.slopes.along.values[names[line.lhs]], evaluate(line.term, self.points[0]))]
        if line.lhs[:1] == "d" and line.lhs[1:] in names:
            root = names[line.lhs[1:]]
            truths = (self.slopes.along, self.slopes.turned)
            return [(t.slopes[root], evaluate(line.term, p)) for t, p in zip(truths, self.points)]
        expected, direction = self._functional(line.lhs)
        found = evaluate(line.term, self.points[0])
        if not same_shape(found, direction):
            return [(expected, MISSHAPEN)]
        return [(expected, linalg.colon(found, direction) if found.__class__ is list else found * direction)]

    def _functional(self, lhs: str) -> tuple[Value, Value]:
        """What a derivative gives, and the direction with which it gives that."""
        z, half, unit = self.problem.variable.name, self.field.fraction(1, 2), self.field.number(1j)
        along, turned = self.slopes.along.slopes[-1], self.slopes.turned.slopes[-1]
        barred = entrywise(lambda x: x.conjugate(), self.r)
        known: dict[str, tuple[Value, Value]] = {
            f"df/d{z}": (half * (along - unit * turned), self.r),
            f"df/d{z}*": (half * (along + unit * turned), barred),
            f"2*df/d{z}*": (along + unit * turned, barred),
            f"df/dRe{z}": (self.slopes.real.slopes[-1], self.s),
            f"df/dIm{z}": (self.slopes.imaginary.slopes[-1], self.s),
        }
        return known[lhs]


class ComplexAuditor(Auditor):
    """Checks lines about a complex variable."""

    _small = False  # were the sizes of the last attempt too small?

    def check(self, lines: Sequence[LineLike]) -> Verification:
        """Raises `VerificationError` with the first line that does not hold."""
        plain = self.plain or (lambda t: t)
        terms = [(line, plain(line.term)) for line in lines]
        gap = 0.0
        for number in range(INSTANCES):
            gap = max(gap, self._instance(number, [_Line(line.lhs, line.relation, t) for line, t in terms]))
        return Verification("high precision", INSTANCES, len(lines), gap, self.seed)

    def _instance(self, number: int, lines: Sequence[_Line]) -> float:
        """The largest gap at one instance, which is drawn again until all lines have values there."""
        larger = 0
        for attempt in range(ATTEMPTS):
            gap = self._attempt(number, attempt, larger, lines)
            if gap is not None:
                return gap
            larger += 2 * (self._small and number != 2)
        raise VerificationError(
            "no point was found where the expression and its lines can be evaluated",
            why=f"{ATTEMPTS} random points were outside its domain (seed {self.seed})",
            hint="declare what keeps it inside the domain, such as real, positive, positive_definite or invertible",
        )

    def _attempt(self, number: int, attempt: int, larger: int, lines: Sequence[_Line]) -> float | None:
        """The largest gap; None where something has no value."""
        self._small = False
        try:
            station = Station(self.problem, self._draw(number, attempt, larger))
            return max((self._gap(station, i, line, number) for i, line in enumerate(lines)), default=0.0)
        except DomainError as error:
            self._small = isinstance(error, TooSmall)
            return None
        except NotAnalytic as function:
            raise NoRuleError(f"`{function}` of complex numbers cannot be verified") from None

    def _draw(self, number: int, attempt: int, larger: int) -> Instance:
        random = Random(self.seed * 1_000_003 + number * 1009 + attempt)
        ones = "some" if number == 2 and attempt < PATIENCE else "none"
        style = WIDE if number == 1 and attempt < EACH // 2 else STYLES[attempt // EACH]
        p = self.problem
        return draw(p.symbols, p.letters, precise_complex(), random, style, ones, number, larger, ComplexDraw)

    def _gap(self, station: Station, index: int, line: _Line, number: int) -> float:
        worst = 0.0
        try:
            pairs = station.compare(line)
        except KeyError:
            pairs = [(station.slopes.along.values[-1], None)]
        for expected, found in pairs:
            gap = float("inf") if found is None else relative_gap(expected, found)
            if not gap <= SETTLED:
                text = str(line.term) if line.term.size < 200 else f"({line.term.size} symbols)"
                raise VerificationError(
                    f"line {index + 1} of the proof does not hold: {line.lhs} {line.relation} {text}",
                    why=self._witness(station, expected, found, number),
                    hint="this is a bug of derive or of a rule: please report it with the input and the seed",
                )
            worst = max(worst, gap)
        return worst


    def _witness(self, station: Station, expected: Value, found: Value, number: int) -> str:
        sizes = ", ".join(f"{k} = {n}" for k, n in station.instance.sizes.items()) or "scalars"
        place = f"{sizes} (seed {self.seed}, instance {number + 1})"
        if found is None or not same_shape(expected, found):
            return f"no value of the right shape at {place}"
        got, want = (shown(entrywise(complex, value), 6) for value in (found, expected))
        return f"{got} instead of {want} at {place}"


class _Line(NamedTuple):
    lhs: str
    relation: str
    term: Term


def relative_gap(expected: Value, found: Value) -> float:
    """The gap relative to the larger value, or absolute where both are small."""
    if not same_shape(expected, found):
        return float("inf")
    gap = magnitude(entrywise(lambda a, b: a - b, expected, found))
    return float(gap / max(1, magnitude(expected), magnitude(found)))


# ---------------------------------------------------------------- rules
#: (which dimensions are 1, how many instances).
PLAN = (("none", 2), ("all", 1), ("some", 1))


def check_complex_rule(
    lhs: Term,
    rhs: Term,
    symbols: Mapping[str, Term] | None = None,
    when: Iterable[tuple[str, str]] = (),
    seed: int = 0,
) -> Mismatch | None:
    """None where both sides agree over the complex numbers; the arguments are those of `sides.check_rule`.

    >>> from .terms import Table
    >>> t = Table(); a = t.var("A", ("m", "n"))
    >>> conj, square = t.make("conj", (a,), ("m", "n")), t.make("pow", (t.make("norm", (a,)), t.num(2)))
    >>> check_complex_rule(square, t.make("colon", (a, conj))) is None
    True
    >>> check_complex_rule(square, t.make("colon", (a, a))).reason
    'the sides differ'
    """
    rule = _ComplexRule(lhs, rhs, symbols, when)
    try:
        return rule.check(COMPLEX, PLAN, seed)
    except NotAnalytic:  # not in floats: some functions have more values in mpmath
        return rule.check(precise_complex(), PLAN, seed)


def complex_example(
    lhs: Term, rhs: Term, symbols: Mapping[str, Term] | None = None, when: Iterable[tuple[str, str]] = (),
    agree: bool = True,
) -> Example | None:  # fmt: skip
    """A small instance over the complex numbers; see `sides.example`."""
    field = precise_complex() if any(t.head == "d" for t in postorder(lhs, rhs)) else COMPLEX
    return example(lhs, rhs, symbols, when, agree, _ComplexRule, field)


def verify_complex_rule(rule: Rule, seed: int = 0) -> Mismatch | None:
    """None where a rule of the book holds over the complex numbers, and entry by entry where it is lifted."""
    for r in (rule, rule.lifted) if rule.lifted is not None else (rule,):
        wrong = check_complex_rule(*sides(r), r.variables, asked(r.when + r.assumes), seed)
        if wrong is not None:
            return wrong
    return None


class _ComplexRule(_Rule):
    """Both sides of a rule over the complex numbers; differentials to high precision."""

    kind = ComplexDraw
    large = WIDE
    truth = staticmethod(complex_truth)

    def check(self, field: Field, plan: Iterable[tuple[str, int]], seed: int) -> Mismatch | None:
        return super().check(precise_complex() if self.differentials else field, plan, seed)

    def drawn(
        self, field: Field, ones: str, seed: int, style: Style, flip: int, tidy: bool = False
    ) -> tuple[Instance, Point]:
        return super().drawn(field, ones, seed, style, flip)  # complex numbers are not made short

    @staticmethod
    def direction(field: Field, instance: Instance, symbol: Term) -> Value:
        random, props = instance.direction(symbol.shape), symbol.payload.props
        if symbol.shape == SCALAR:
            return random.real if is_real(props) else random
        return complex_direction(random, instance.values[symbol.payload.name], props, field)

    def _agree(self, field: Field, left: Value, right: Value, way: tuple[str, int, Style, int]) -> bool:
        if self.differentials:
            return relative_gap(left, right) <= SETTLED
        gap = relative_gap(left, right)
        if not TOLERANCE < gap < CLEAR:
            return gap <= TOLERANCE
        point = self.drawn(precise_complex(), *way)[1]
        return relative_gap(evaluate(self.lhs, point), evaluate(self.rhs, point)) <= SETTLED


# ---------------------------------------------------------------- facts
def verify_complex_fact(fact: Fact, seed: int = 0) -> Mismatch | None:
    """None where the term has the property at every instance of complex variables."""
    wanted, term = asked(fact.when), plain_term(fact, fact.lhs)
    table, held = Table(), 0
    props = {name: frozenset(p for p, n in wanted if n == name) - BOUNDARY for name in fact.shapes}
    symbols = {name: table.make("var", (), s, Symbol(name, props[name])) for name, s in fact.shapes.items()}
    letters = letters_of([*fact.shapes.values(), *(t.shape for t in postorder(term))])
    for number, ones in enumerate(("none", "none", "some", "all")):
        for attempt in range(EACH):
            try:
                random = Random(1000 * seed + 100 * number + attempt)
                instance = draw(symbols, letters, COMPLEX, random, ones=ones, kind=ComplexDraw)
                value = evaluate(term, Point(COMPLEX, instance.sizes, instance.values))
            except DomainError:
                continue
            held += 1
            if not COMPLEX_CHECKS[fact.prop](value):
                return Mismatch(f"it is not {fact.prop}", instance.sizes, instance.values, value)
            break
    return None if held > 1 else Mismatch("no instance was found inside the domain", {}, {})


def _rows(value: Value) -> Any:
    return value if value.__class__ is list else [[value]]


def _hermitian(value: Value) -> bool:
    return relative_gap(_rows(value), linalg.adjoint(_rows(value), COMPLEX)) <= TOLERANCE


def _gram(value: Value) -> Any:
    return linalg.matmul(linalg.adjoint(_rows(value), COMPLEX), _rows(value))


def _independent(value: Value) -> bool:
    return bool(abs(linalg.determinant(_gram(value), COMPLEX)) > TOLERANCE)


def _full_rank(value: Value) -> bool:
    rows = _rows(value)
    return _independent(rows if len(rows) >= len(rows[0]) else linalg.transpose(rows))


def _orthonormal(value: Value) -> bool:
    return relative_gap(_gram(value), linalg.identity(len(_rows(value)[0]))) <= TOLERANCE


def _positive(least: float) -> Callable[[Value], bool]:
    return lambda value: all(abs(complex(x).imag) < TOLERANCE and x.real > least for x in entries(value))


def _definite(value: Value) -> bool:
    """Hermitian, and all leading minors are positive."""
    rows = _rows(value)
    minors = [linalg.determinant([r[:k] for r in rows[:k]], COMPLEX) for k in range(1, len(rows) + 1)]
    return _hermitian(value) and all(complex(d).real > 0 for d in minors)


COMPLEX_CHECKS: dict[str, Callable[[Value], bool]] = {
    **{name: CHECKS[name] for name in ("symmetric", "skew", "diagonal", "lower_triangular", "nonzero")},
    "real": lambda v: all(abs(complex(x).imag) < TOLERANCE for x in entries(v)),
    "hermitian": _hermitian,
    "orthogonal": _orthonormal,
    "orthonormal_columns": _orthonormal,
    "invertible": _full_rank,
    "full_column_rank": _independent,
    "full_row_rank": lambda v: _independent(linalg.transpose(_rows(v))),
    "full_rank": _full_rank,
    "constant_rank": _full_rank,
    "positive": _positive(0),
    "nonnegative": _positive(-TOLERANCE),
    "positive_definite": _definite,
    "positive_determinant": lambda v: _positive(0)(linalg.determinant(_rows(v), COMPLEX)),
    "positive_semidefinite": _hermitian,
    "singular": lambda v: len(_rows(v)) == 1 or not _full_rank(v),
}
