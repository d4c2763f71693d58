"""Lines of a proof against numbers: nothing is printed as proved that fails here.

Rational problems are checked exactly, modulo 2^61 - 1; the rest in floats, and what is more than rounding there is
settled in 60 digits.  Each line is checked at three instances: distinct sizes, again other
sizes, and one with dimensions of 1 where the properties allow it.  What a line claims is in `claims`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .claims import CLOSE, PLAIN, Claim, LineLike, Problem, claim_of
from .derivation import Verification
from .errors import LimitError, VerificationError
from .evaluate import Steps, Value, perform, schedule
from .fields import FLOAT, DomainError, Field, NotRational, TooLarge, TooSmall, modular, precise
from .instances import GENERIC, LARGE, STYLES, Instance, Random, Style, draw
from .records import record
from .stations import Station, difference
from .terms import SCALAR, Shape, Term, postorder
from .truth import entries, entrywise, finite, magnitude, same_shape

__all__ = [
    "Judgement", "Problem", "Unmet", "Verdict", "Witness", "check_lines", "judge_lines",
]  # fmt: skip

INSTANCES = 3
EACH = 6  # attempts with each style of numbers
ATTEMPTS = EACH * len(STYLES)
PATIENCE = 2 * EACH  # attempts with dimensions of 1
MOST_ENTRIES, MOST_WORK = 2_000_000, 30_000_000  # of all terms at an instance: entries, multiplications
CLEAR = 1e-3  # relative gaps above this are hardly rounding
VISIBLE = 1e-9  # differences above this are hardly rounding, either
SETTLED, SETTLED_ZERO = 1e-25, 1e-35  # the same in 60 digits


@record
class Witness:
    """Numbers that show a line to be wrong."""

    sizes: dict[str, int]
    values: dict[str, Value]
    expected: Value
    found: Value  # None where the line has no value
    seed: int
    instance: int

    def __str__(self) -> str:
        sizes = ", ".join(f"{k} = {n}" for k, n in self.sizes.items()) or "scalars"
        place = f"{sizes} (seed {self.seed}, instance {self.instance + 1})"
        if self.found is None:
            return f"no value at {place}"
        return f"{_shown(self.found)} instead of {_shown(self.expected)} at {place}"


@record
class Verdict:
    """Whether a line holds at all instances; `witness` where it does not."""

    ok: bool
    witness: Witness | None = None
    reason: str = ""


HOLDS = Verdict(True)


class Judgement(NamedTuple):
    """Verdicts on all lines, and how they were reached."""

    verdicts: list[Verdict]
    kind: str
    gap: float


def _shown(value: Value) -> str:
    numbers = [format(float(x), ".6g") if not isinstance(x, int) else str(x) for x in entries(value)[:4]]
    text = ", ".join(numbers)
    if value.__class__ is not list:
        return text
    more = ", ..." if len(entries(value)) > 4 else ""
    return f"[{text}{more}] ({len(value)} x {len(value[0])})"


class Unmet(VerificationError):
    """What the proof assumes holds at no point that was tried."""

    def __init__(self, prop: str, term: Term) -> None:
        self.prop, self.term = prop, term
        super().__init__(
            "no point was found where all that the proof assumes holds",
            why=f"{term if term.size < 200 else 'a matrix'} is never {prop}",
            hint="look for a part of the expression that is singular, or 0, everywhere",
        )


# ---------------------------------------------------------------- the judge
class _Judge:
    """Lines of one problem in one field."""

    def __init__(self, problem: Problem, lines: Sequence[LineLike], field: Field, seed: int) -> None:
        self.problem, self.lines, self.field, self.seed = problem, lines, field, seed
        self.claims = [claim_of(line.lhs, problem) for line in lines]
        self.verdicts: list[Verdict | None] = [
            None if c.kind != "unknown" else Verdict(False, None, f"`{line.lhs}` cannot be checked")
            for line, c in zip(lines, self.claims)
        ]
        first: dict[tuple[str, str, Term], int] = {}  # a line that stands twice is checked once
        self.same = [first.setdefault((line.lhs, line.relation, line.term), i) for i, line in enumerate(lines)]
        self.given = [self._is_given(c, line) for c, line in zip(self.claims, lines)]
        self.gap = 0.0
        self.settled = False
        self.unmet: tuple[str, Term] | None = None  # an assumption which does not hold where f has values
        self.larger = 0  # than the usual sizes, where a term needs it
        self.strict = not field.exact and _has_extreme_numbers(problem, lines)
        self.seen_sizes: list[dict[str, int]] = []
        roots = [term for _, term in problem.roots.pairs] + [line.term for line in lines]
        self.steps = self._scheduled()
        self.shapes: dict[Shape, int] = {}
        for t in postorder(*roots):
            if t.shape != SCALAR:
                self.shapes[t.shape] = self.shapes.get(t.shape, 0) + 1

    def _is_given(self, claim: Claim, line: LineLike) -> bool:
        """Does a line repeat f or a definition as typed?  That is what the other lines are compared with."""
        given = self.problem.roots.pairs[claim.root][1]
        return claim.kind == "value" and not claim.stacked and given is line.term

    def _scheduled(self) -> list[Steps | None]:
        """What each line adds to those before it; nothing is known of lines that are judged at other points."""
        known: set[Term] = set()
        steps: list[Steps | None] = []
        for claim, line, given in zip(self.claims, self.lines, self.given):
            if claim.kind in PLAIN and not given:
                steps.append(schedule((line.term,), self.field.exact, known))
                known.update([step[0] for step in steps[-1] or ()])
            else:
                steps.append(None)
        return steps

    def _counted(self) -> dict[Shape, int]:
        """How many different matrices of each shape there will be at an instance."""
        met: set[Term] = set()
        for steps in (*self.problem.roots.steps(self.field.exact), *self.steps):
            met.update([step[0] for step in steps or ()])
        met.update(postorder(*[line.term for line, steps in zip(self.lines, self.steps) if steps is None], known=met))
        shapes: dict[Shape, int] = {}
        for t in met:
            if t.shape != SCALAR:
                shapes[t.shape] = shapes.get(t.shape, 0) + 1
        return shapes

    def run(self) -> Judgement:
        for number in range(INSTANCES):
            self._instance(number)
        kind = "exact" if self.field.exact else "high precision" if self.settled else "floating"
        return Judgement([self.verdicts[i] or HOLDS for i in self.same], kind, self.gap)

    def _instance(self, number: int) -> None:
        """One instance: drawn again until f and all lines have values there."""
        stuck_times = crowded = 0
        for attempt in range(ATTEMPTS):
            try:
                station = self._station(number, attempt, self.field)
            except TooSmall:
                if number != 2 or attempt >= PATIENCE:  # not where dimensions are 1
                    self.larger += 2
                continue
            except TooLarge:
                crowded += 1
                continue
            except DomainError:
                continue
            sizes = station.instance.sizes
            if number == 1 and attempt < EACH and sizes and sizes in self.seen_sizes:
                continue
            before = list(self.verdicts)
            stuck = self._lines_at(station, number, attempt)
            if (stuck or self.verdicts != before) and (unmet := station.unmet()):
                self.verdicts, self.unmet = before, unmet  # the proof says nothing about this point
                continue
            stuck_times += bool(stuck)
            if stuck and (stuck_times < EACH or attempt + 1 < (PATIENCE if number == 2 else ATTEMPTS // 2)):
                continue  # an inverse, say, which sizes do not allow where f is 0
            for i in stuck:
                self._fail(i, station, number, None, None, "the line has no value where f has one")
            self.seen_sizes.append(dict(sizes))
            return
        if 2 * crowded > ATTEMPTS:
            raise LimitError(
                "the matrices are too large for a verification by numbers",
                hint="declare letters for the sizes, as in X: m x n; or do not verify (--no-verify, verify=False)",
            )
        if self.unmet:
            raise Unmet(*self.unmet)
        raise VerificationError(
            "no point was found where the expression can be evaluated and differentiated",
            why=f"{ATTEMPTS} random points were outside its domain (seed {self.seed})",
            hint="declare what keeps it inside the domain, such as positive, positive_definite or invertible",
        )

    def _station(self, number: int, attempt: int, field: Field) -> Station:
        random = Random(self.seed * 1_000_003 + number * 1009 + attempt)
        ones = "some" if number == 2 and attempt < PATIENCE else "none"
        problem = self.problem
        style = self._style(number, attempt)
        problem.watch()
        instance = draw(
            problem.symbols, problem.letters, field, random, style, ones, number, self.larger, fits=self._fits
        )
        return Station(problem, instance)

    def _fits(self, instance: Instance) -> None:
        """A `TooLarge` where all terms together have too many entries, or take too long to multiply."""
        entries_, work = 0, 0
        for (rows, columns), count in self.shapes.items():
            m, n = instance.size(rows), instance.size(columns)
            entries_ += count * m * n
            work += count * m * n * min(m, n)
        if entries_ > MOST_ENTRIES or work > MOST_WORK:
            raise TooLarge("too many entries")

    def _style(self, number: int, attempt: int) -> Style:
        if self.field.exact:
            return GENERIC
        # larger numbers once, so that what holds near zero alone is found out
        return LARGE if number == 1 and attempt < EACH // 2 else STYLES[attempt // EACH]

    # ------------------------------------------------------------ lines
    def _lines_at(self, station: Station, number: int, attempt: int) -> list[int]:
        """Judge all lines that still hold; the result are those that have no value here."""
        stuck = []
        precise_station: list[Station] = []
        whole = True  # does the point know all terms of the lines so far?
        for i, claim in enumerate(self.claims):
            if self.same[i] != i or self.given[i]:
                continue
            steps = self.steps[i] if whole else None
            if self.verdicts[i] is not None:
                whole = whole and not steps
                continue
            self.problem.watch()
            try:
                if steps:
                    whole = False  # where this line fails, those after it cannot build on its terms
                    perform(steps, station.point)
                    whole = True
                self._line(i, claim, station, number, attempt, precise_station)
            except DomainError:
                stuck.append(i)
            except KeyError as name:
                self.verdicts[i] = Verdict(False, None, f"{name} has no value here")
        return stuck

    def _line(
        self, i: int, claim: Claim, station: Station, number: int, attempt: int, high: list[Station]
    ) -> None:
        for expected, found in station.compare(claim, self.lines[i]):
            gap = difference(expected, found, self.field)
            if self.field.exact:
                if gap:
                    self._fail(i, station, number, expected, found)
                    return
                continue
            finite([found])
            if gap <= CLOSE and not self.strict:
                self.gap = max(self.gap, gap)
                continue
            if not same_shape(expected, found) or (self.problem.hasty and self._clearly(expected, found, gap)):
                self._fail(i, station, number, expected, found)
                return
            if not high:  # rounding beside large numbers that cancel looks like anything: 60 digits decide
                high.append(self._station(number, attempt, precise()))
            self.settled = True
            if not self._holds_precisely(high[0], claim, self.lines[i]):
                self._fail(i, station, number, expected, found)
            return

    @staticmethod
    def _clearly(expected: Value, found: Value, gap: float) -> bool:
        """Is a gap more than rounding, whatever the numbers that cancel beneath it?"""
        return gap > CLEAR and magnitude(entrywise(lambda a, b: a - b, expected, found)) > VISIBLE

    @staticmethod
    def _holds_precisely(station: Station, claim: Claim, line: LineLike) -> bool:
        for expected, found in station.compare(claim, line):
            if difference(expected, found, station.field) > SETTLED:
                if not same_shape(expected, found):
                    return False
                size = max(1, magnitude(station.truth.values[-1]))
                if magnitude(entrywise(lambda a, b: a - b, expected, found)) > SETTLED_ZERO * size:
                    return False
        return True

    def _fail(
        self, i: int, station: Station, number: int, expected: Value, found: Value, reason: str = ""
    ) -> None:
        instance = station.instance
        if found is not None and not same_shape(expected, found):
            found, reason = None, "the shape is wrong"
        witness = Witness(dict(instance.sizes), dict(instance.values), expected, found, self.seed, number)
        self.verdicts[i] = Verdict(False, witness, reason or "the values differ")


def _has_extreme_numbers(problem: Problem, lines: Sequence[LineLike]) -> bool:
    """Numbers beside which rounding hides terms: then every line is checked in 60 digits."""
    roots = [term for _, term in problem.roots.pairs] + [line.term for line in lines]
    sizes = [abs(t.payload) for t in postorder(*roots) if t.head == "num" and t.payload]
    return any(not 1e-4 <= size <= 1e4 for size in sizes)


def judge_lines(problem: Problem, lines: Sequence[LineLike], seed: int = 0) -> Judgement:
    """A verdict on every line, with a witness where it is wrong.

    Raises `VerificationError` where f itself has no value and derivative at any point that was tried.
    """
    try:
        judgement = _Judge(problem, lines, modular(1), seed).run()
    except NotRational:
        return _Judge(problem, lines, FLOAT, seed).run()
    if all(v.ok for v in judgement.verdicts):
        return judgement
    return _with_readable_witnesses(problem, lines, seed, judgement)


def _with_readable_witnesses(
    problem: Problem, lines: Sequence[LineLike], seed: int, judgement: Judgement
) -> Judgement:
    """The exact verdicts; a person is shown floats instead of residues where floats fail, too."""
    wrong = [i for i, v in enumerate(judgement.verdicts) if not v.ok]
    try:
        floats = _Judge(problem, [lines[i] for i in wrong], FLOAT, seed).run()
    except VerificationError:
        return judgement
    verdicts = list(judgement.verdicts)
    for i, verdict in zip(wrong, floats.verdicts):
        if not verdict.ok and verdict.witness is not None:
            verdicts[i] = verdict
    return judgement._replace(verdicts=verdicts)


def check_lines(problem: Problem, lines: Sequence[LineLike], seed: int = 0) -> Verification:
    """How the lines were verified; a `VerificationError` names the first wrong one, with values and seed."""
    judgement = judge_lines(problem, lines, seed)
    for number, (line, verdict) in enumerate(zip(lines, judgement.verdicts)):
        if not verdict.ok:
            raise VerificationError(
                f"line {number + 1} of the proof does not hold: {line.lhs} {line.relation} {_text(line)}",
                why=verdict.reason + (f": {verdict.witness}" if verdict.witness else ""),
                hint="this is a bug of derive or of a rule: please report it with the input and the seed",
            )
    return Verification(judgement.kind, INSTANCES, len(lines), judgement.gap, seed)


def _text(line: LineLike) -> str:
    return str(line.term) if line.term.size < 200 else f"({line.term.size} symbols)"
