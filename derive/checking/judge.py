"""A derivation of somebody's, line by line against numbers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..claims import Problem
from ..errors import DeriveError, ParseError, ShapeError
from ..question import STRUCTURE, rule_book
from ..recognise import plain_name, read_any
from ..terms import SCALAR, Table, Term, postorder, shape_text
from ..verify import Verdict, judge_lines
from .diagnosis import Diagnosis
from .lines import Statement, statements
from .reader import read_line, with_differentials, without_indices
from .report import LineReport, Report
from .sides import Side, read_side


class Claimed(NamedTuple):
    """A statement as the judge sees it: what is claimed, and of which line."""

    lhs: str
    relation: str
    term: Term
    line: int


class Checker:
    """Reads the lines in the context of those before, and judges them."""

    def __init__(
        self, lines: str | Iterable[str], f: Any, wrt: Any, shapes: Mapping[str, str] | None,
        assume: Mapping[str, Sequence[str]] | None, convention: str | None, reading: Mapping[str, str] | None,
        seconds: float = 8.0,
    ) -> None:  # fmt: skip
        self.statements = list(statements(lines))
        self.table = Table(deadline=time.monotonic() + seconds)
        self.signatures = rule_book().signatures
        self.assume = {k: list(v) for k, v in (assume or {}).items()}
        self.shapes = {k: v if isinstance(v, str) else shape_text(v) for k, v in (shapes or {}).items()}
        self.reading, self.convention = reading, convention
        self.problems: dict[int, tuple[str, str]] = {}  # line -> verdict and reason
        self.claims: list[Claimed] = []
        self.misfits: dict[int, tuple[Statement, Side]] = {}  # what does not type-check
        self.lets: list[tuple[str, Term, Term]] = []
        self.wrt = plain_name(wrt) if isinstance(wrt, str) else wrt and wrt.name
        sides = [read_side(s.left, set()) for _, s in self.statements]
        self.wrt = self.wrt or next((s.variable for s in sides if s.variable), "")
        self.names_of_f = {"f"} | {s.name for s in sides if s.kind in ("gradient", "hessian", "jacobian", "entry")}
        self._read_f(f)

    def _read_f(self, f: Any) -> None:
        if f is None:
            found = next((s for _, s in self.statements if read_side(s.left, set())[:2] in self._values()), None)
            if found is None:
                self.f = None
                return
            f = found.right
        reading = read_any(
            f, table=self.table, signatures=self.signatures, shapes=self.shapes or None, assume=self.assume,
            wrt=self.wrt or None, reading=self.reading,
        )  # fmt: skip
        self.f = reading.term
        self.symbols = dict(reading.symbols)
        self.symbols.update(reading.defined)
        self.lets = [(n, reading.defined[n], t) for n, t in reading.definitions]
        self.wrt = self.wrt or next(iter(reading.symbols))
        self.variable = self.symbols[self.wrt]
        self.shapes = {**self.shapes, **{n: shape_text(t.shape) for n, t in self.symbols.items()}}
        self.given = len(self.lets)
        self.drawn = dict(reading.symbols)
        for name in (self.wrt, *reading.defined):
            self.shapes["d" + name] = self.shapes[name]

    def _values(self) -> list[tuple[str, str]]:
        return [("f", name) for name in self.names_of_f]

    # ------------------------------------------------------------ reading
    def run(self) -> Report:
        """Verdicts on all lines."""
        if self.f is None:
            lines = {n: LineReport(n, s.text, "unread", "no line says what f is") for n, s in self.statements}
            return Report(tuple(lines.values()))
        last = Side("")
        for number, statement in self.statements:
            side = read_side(statement.left, {*self.names_of_f, *self.symbols}) if statement.left else last
            last = side
            try:
                self._statement(number, statement, side)
            except ShapeError as error:
                self.misfits[number] = statement, side
                self._note(number, "false", str(error))
            except DeriveError as error:
                self._note(number, "unread", str(error))
        return self._report(self._verdicts())

    def _note(self, number: int, verdict: str, reason: str) -> None:
        if self.problems.get(number, ("",))[0] != "false":
            self.problems[number] = verdict, reason

    def _statement(self, number: int, statement: Statement, side: Side) -> None:
        if not statement.relation:
            self._note(number, "unread", "no relation in it")
            return
        term = self.term(statement.right)
        lhs = self.claim(side)
        if side.kind == "f" and side.name not in self.symbols and side.name not in self.names_of_f:
            if term.has_d:
                self._note(number, "unread", f"`{side.name}` is defined by a differential")
            else:
                self._define(side.name, term)
            return
        if side.kind == "other":
            left = self.term(statement.left)
            if left.shape != term.shape:
                raise ShapeError(f"the left side is {shape_text(left.shape)}, the right side {shape_text(term.shape)}")
            minus = self.table.make("mul", (self.table.num(-1), term), term.shape)
            term, lhs = self.table.make("add", (left, minus), term.shape), "0"
        if lhs is None:
            self._note(number, "unread", f"`{statement.left or side.kind}` is not understood")
            return
        if side.transposed and side.kind == "gradient" and self.f is not None and self.f.shape == SCALAR:
            term = self.table.make("T", (term,), (term.shape[1], term.shape[0])) if term.shape != SCALAR else term
        self.claims.append(Claimed(lhs, statement.relation, term, number))

    def context(self) -> tuple[Table, Any, dict[str, str], Mapping[str, Sequence[str]], Mapping[str, str] | None]:
        """What a line is read with."""
        assert self.f is not None
        shape = shape_text(self.f.shape)
        shapes = {"f": shape, "df": shape, "J": self.shapes[self.wrt], **self.shapes}
        return self.table, self.signatures, shapes, self.assume, self.reading

    def term(self, text: str, syntax: str = "auto") -> Term:
        """What a right side says."""
        text = text if "J" in self.symbols else without_indices(text, "J")
        table, signatures, shapes, assume, reading = self.context()
        chosen = {**(reading or {}), "syntax": syntax} if syntax != "auto" else reading
        got = read_line(text, table, signatures, shapes, assume, chosen)
        unknown = [name for name in got.symbols if name not in shapes]
        if unknown:
            hint = "define it in a line before, or declare its shape"
            raise ParseError(f"`{unknown[0]}` is not known here", hint=hint)
        return self.in_differentials(got.term)

    def expanded(self, term: Term) -> Term:
        """With every definition substituted."""
        values: dict[str, Term] = {}
        for name, _, definition in self.lets:
            values[name] = _substituted(definition, values, self.table)
        return _substituted(term, values, self.table)

    def in_differentials(self, term: Term) -> Term:
        """The term with d(X) for the names dX."""
        assert self.f is not None
        symbols = {"f": self.table.var("f", self.f.shape), **self.symbols}
        return with_differentials(term, symbols, self.table)

    def _define(self, name: str, term: Term) -> None:
        symbol = self.table.var(name, term.shape)
        self.symbols[name] = symbol
        self.shapes[name] = self.shapes["d" + name] = shape_text(term.shape)
        self.lets.append((name, symbol, term))

    def claim(self, side: Side) -> str | None:
        name = "f" if side.name in self.names_of_f else side.name
        about_f = name == "f"
        if side.variable and side.variable != self.wrt:
            return None
        if side.kind in ("f", "df"):
            return name if side.kind == "f" else "d" + name
        if side.kind == "vec":
            return f"vec(d{name})"
        if not about_f:
            return None
        if side.kind == "entry":
            return f"df/d{self.wrt}[{','.join(side.entry)}]"
        return {
            "gradient": f"df/d{self.wrt}", "jacobian": f"df/d{self.wrt}", "hessian": f"d2f/d{self.wrt}2", "d2f": "d2f",
        }.get(side.kind)  # fmt: skip

    # ------------------------------------------------------------ judging
    def _verdicts(self) -> list[Verdict]:
        assert self.f is not None
        self.problem = self.problem_with(self.drawn, self._convention())
        try:
            return judge_lines(self.problem, self.claims).verdicts
        except DeriveError as error:
            for claim in self.claims:
                self._note(claim.line, "unread", str(error))
            return []

    def problem_with(self, symbols: Mapping[str, Term], convention: str | None) -> Problem:
        """What the lines are judged against."""
        assert self.f is not None
        lets = list(self.lets)
        if "f" not in self.symbols:  # lines may speak of f and df
            lets.insert(self.given, ("f", self.table.var("f", self.f.shape), self.f))
        problem = Problem(self.f, self.variable, symbols, lets, convention=convention, watch=self.table.look)
        problem.foreign = True
        return problem

    def _convention(self) -> str | None:
        structured = set(self.assume.get(self.wrt, ())) & STRUCTURE
        return (self.convention or "tangent") if structured else None

    def _report(self, verdicts: Sequence[Verdict]) -> Report:
        out = {n: LineReport(n, s.text, "true") for n, s in self.statements}
        for claim, verdict in zip(self.claims, verdicts):
            if not verdict.ok and out[claim.line].verdict == "true":
                reason = verdict.reason + (f": {verdict.witness}" if verdict.witness else "")
                out[claim.line] = out[claim.line]._replace(verdict="false", reason=reason, witness=verdict.witness)
        for number, (word, reason) in self.problems.items():
            if out[number].verdict == "true" or word == "false":
                out[number] = out[number]._replace(verdict=word, reason=reason)
        report = Report(tuple(out.values()))
        first = report.first_wrong
        if first is None or self.f is None or not hasattr(self, "problem"):
            return report
        lines = list(report.lines)
        if all(c.term.size <= _LARGEST for c in self.claims if c.line == first):
            lines[first] = Diagnosis(self, lines[first]).run()
        return Report(tuple(lines))


_LARGEST = 600  # symbols of a line that is diagnosed


def _substituted(term: Term, values: Mapping[str, Term], table: Table) -> Term:
    memo: dict[Term, Term] = {}
    for t in postorder(term):
        if t.head == "var" and t.name in values:
            memo[t] = values[t.name]
            continue
        args = tuple([memo[a] for a in t.args])
        memo[t] = t if args == t.args else table.make(t.head, args, t.shape, t.payload)
    return memo[term]


def check(
    lines: str | Iterable[str], *, f: Any = None, wrt: Any = None, shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None, convention: str | None = None,
    reading: Mapping[str, str] | None = None,
) -> Report:  # fmt: skip
    r"""A verdict on every line of a derivation: true, false or unread.

    `lines` is a text or a list, in LaTeX or ASCII: ``f = ...``, ``df = ...``, ``\\nabla_X f = ...``, ``M = ...``,
    ``dM = ...``.  They are judged by numbers against `f`, else against the first line ``f = ...``.  Of the
    first false line the report says the kind of mistake and what it should be, as far as they are found.  The other
    parameters are those of `gradient`.  Raises `DeriveError` for wrong arguments alone.

    >>> report = check(["df = 2*A*(A*x - b) : dx"], f="norm(A*x - b)^2", wrt="x", shapes={"A": "m x n", "x": "n"})
    >>> report.ok, report.first_wrong, report.lines[0].diagnosis
    (False, 0, 'transpose')
    """
    return Checker(lines, f, wrt, shapes, assume, convention, reading).run()
