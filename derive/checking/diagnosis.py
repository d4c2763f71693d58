"""Why a line is wrong: the small change that would make it true, and the line as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ..errors import DeriveError
from ..terms import SCALAR, Term, postorder
from ..verify import judge_lines
from .reader import reshaped_lines
from .repairs import Repair, Repairs, flat
from .report import LineReport

if TYPE_CHECKING:
    from ..claims import Problem
    from ..derivation import Derivation
    from .judge import Checker


class Trial(NamedTuple):
    """A line that may be the right one."""

    lhs: str
    relation: str
    term: Term


class Diagnosis:
    """The diagnosis of one wrong line."""

    def __init__(self, checker: Checker, line: LineReport) -> None:
        self.checker, self.line, self.table = checker, line, checker.table
        self.claim = next((c for c in checker.claims if c.line == line.number), None)
        self.misfit = checker.misfits.get(line.number)
        self.lhs = self.claim.lhs if self.claim else ""

    def run(self) -> LineReport:
        """The line with a diagnosis and a suggestion, where they are found."""
        self.line = self.line._replace(reason=self._noted())
        for repairs in self._stages():
            good = self._first_true(list(repairs))
            if good is not None:
                return self.line._replace(diagnosis=good.kind, suggestion=f"{self.lhs} = {good.term}")
        return self._by_convention() or self._own()

    def _stages(self) -> Iterator[Iterable[Repair]]:
        if self.misfit is not None:
            yield self._reshaped()
            return
        if self.claim is None:
            return
        yield Repairs(self.table, self.checker.variable, self.lhs.startswith("d2f")).of(self.claim.term)
        yield self._scaled(self.claim.term)
        if self._holds_for_symmetric_constants():
            yield from self._symmetrised()
        yield self._completed(self.claim.term)
        yield self._inserted(self.claim.term)

    def _first_true(self, repairs: list[Repair]) -> Repair | None:
        problem = self.checker.problem
        problem.hasty = True
        try:
            verdicts = judge_lines(problem, [Trial(self.lhs, "=", r.term) for r in repairs]).verdicts if repairs else []
        except DeriveError:
            return None
        finally:
            problem.hasty = False
        for repair, verdict in zip(repairs, verdicts):
            if verdict.ok and self._holds(problem, repair.term):
                return repair
        return None

    def _holds(self, problem: Problem, term: Term) -> bool:
        try:
            return judge_lines(problem, [Trial(self.lhs, "=", term)]).verdicts[0].ok
        except DeriveError:
            return False

    # ------------------------------------------------------------ lines that do not type-check
    def _reshaped(self) -> Iterator[Repair]:
        assert self.misfit is not None
        statement, side = self.misfit
        self.lhs = self.checker.claim(side) or ""
        matrix = self.checker.variable.shape[1] != 1
        for kind, term in reshaped_lines(statement.right, *self.checker.context(), matrix):
            yield Repair(kind, self.checker.in_differentials(term))

    # ------------------------------------------------------------ factors and terms that are missing
    def _scaled(self, term: Term) -> Iterator[Repair]:
        """f, a determinant, or a power of a norm too few or too many."""
        table = self.table
        for u in self._scalars():
            for k in (1, -1, 2, -2):
                factor = u if k == 1 else table.make("pow", (u, table.num(k)))
                kind = "norm-chain" if u.head in ("norm", "sqrt", "mul") else "chain-rule"
                for changed in self._everywhere(term, factor):
                    yield Repair(kind, changed)

    def _scalars(self) -> list[Term]:
        f = self.checker.f
        assert f is not None
        roots = [f, *(t for _, _, t in self.checker.lets)]
        heads = ("det", "norm", "exp", "sqrt")
        found = [t for t in postorder(*roots) if t.shape == SCALAR and t.head in heads]
        return [self.table.var("f", SCALAR), *found] if f.shape == SCALAR else found

    def _everywhere(self, term: Term, factor: Term) -> Iterator[Term]:
        """The whole, or one summand, times a scalar."""
        yield self.table.make("mul", (factor, term), term.shape)
        if term.head == "add":
            for i, a in enumerate(term.args):
                scaled = self.table.make("mul", (factor, a), a.shape)
                yield self.table.make("add", (*term.args[:i], scaled, *term.args[i + 1 :]), term.shape)

    def _completed(self, term: Term) -> Iterator[Repair]:
        """A summand of the whole differential added or taken away."""
        kind = "norm-chain" if any(t.head in ("norm", "sqrt") for t in postorder(term)) else "product-rule"
        for part in self._summands():
            if part.shape == term.shape:
                minus = self.table.make("mul", (self.table.num(-1), part), part.shape)
                for more in (part, minus):
                    yield Repair(kind, self.table.make("add", (term, more), term.shape))

    def _summands(self) -> list[Term]:
        proof = self._proof()
        if proof is None:
            return []
        texts = [str(a) for line in proof.lines() for a in (line.term.args if line.term.head == "add" else ())]
        out: list[Term] = []
        for text in dict.fromkeys(texts):
            with suppress(DeriveError):
                out.append(self.checker.term(text, "ascii"))
        return out

    def _inserted(self, term: Term) -> Iterator[Repair]:
        """A matrix more in a product: an inverse that was forgotten, a factor that was dropped."""
        table = self.table
        squares = [s for s in self.checker.symbols.values() if s.shape[0] == s.shape[1] != 1]
        inverses = [table.make("inv", (s,), s.shape) for s in squares]
        constants = [s for s in self.checker.symbols.values() if s.shape != SCALAR and s is not self.checker.variable]
        flipped = [table.make("T", (s,), (s.shape[1], s.shape[0])) for s in constants]
        determinants = any(t.head in ("det", "logdet") for t in postorder(self.checker.f))  # type: ignore[arg-type]
        forgotten = "logdet" if determinants else "inverse-rule"
        for kind, atoms in ((forgotten, inverses), ("transpose", constants + flipped)):
            for atom in atoms:
                for changed in _with_factor(term, atom, Repairs(table, self.checker.variable, False)):
                    yield Repair(kind, changed)

    # ------------------------------------------------------------ symmetry and conventions
    def _holds_for_symmetric_constants(self) -> bool:
        assert self.claim is not None
        checker = self.checker
        symbols = dict(checker.drawn)
        for name, s in symbols.items():
            if s.shape[0] == s.shape[1] != 1 and name != checker.wrt:
                symbols[name] = self.table.var(name, s.shape, {*s.payload.props, "symmetric"})
        problem = checker.problem_with(symbols, checker.problem.convention)
        return symbols != checker.drawn and self._holds(problem, self.claim.term)

    def _symmetrised(self) -> Iterator[list[Repair]]:
        own = self._own()
        if own.suggestion:
            self.line = own
        self.line = self.line._replace(
            diagnosis="symmetric", reason=self.line.reason + "; it holds only where the constants are symmetric"
        )
        yield []

    def _by_convention(self) -> LineReport | None:
        """The line where it holds under another convention, or the transposed layout."""
        checker, claim = self.checker, self.claim
        if self.line.diagnosis or claim is None:
            return self.line if self.line.diagnosis else None
        current = checker.problem.convention
        for other in ("tangent", "tied", "free") if current else ():
            if other != current and self._holds(checker.problem_with(checker.drawn, other), claim.term):
                said = f"; it holds under the convention {other}, and {current} was asked for"
                return self._own()._replace(diagnosis="symmetric", reason=self.line.reason + said)
        return None

    def _noted(self) -> str:
        """The reason; a gradient in the other layout is false, and this is said."""
        checker, claim = self.checker, self.claim
        if claim is None or claim.lhs != f"df/d{checker.wrt}":
            return self.line.reason
        turned = checker.problem_with(checker.drawn, checker.problem.convention)
        turned.transposed = True
        if not self._holds(turned, claim.term):
            return self.line.reason
        return self.line.reason + "; it holds in the other layout: the layout here is that of the variable"

    # ------------------------------------------------------------ our own line
    def _proof(self) -> Derivation | None:
        from .. import api

        checker = self.checker
        name = self.lhs.removeprefix("d")
        f = next((t for n, _, t in checker.lets if n == name), checker.f)
        ask: Callable[..., Derivation] = api.hessian if self.lhs.startswith("d2f") else api.differential
        if self.lhs.startswith(f"df/d{checker.wrt}") and checker.f is not None and checker.f.shape == SCALAR:
            ask = api.gradient
        expanded = checker.expanded(f) if f is not None else f
        shapes = {n: checker.shapes[n] for n in checker.drawn}
        try:
            return ask(
                str(expanded), checker.wrt, shapes=shapes, assume=checker.assume, convention=checker.problem.convention
            )
        except DeriveError:
            return None

    def _own(self) -> LineReport:
        """The line as our own derivation has it, checked as the others."""
        proof = self._proof()
        if proof is None:
            return self.line
        try:
            term = self.checker.term(str(proof.result), "ascii")
        except DeriveError:
            return self.line
        if not self._holds(self.checker.problem, term):
            return self.line
        return self.line._replace(suggestion=f"{self.lhs} = {term}")


def _with_factor(term: Term, atom: Term, repairs: Repairs) -> Iterator[Term]:
    """The atom put into every product (or beside every factor) where it fits."""
    table = repairs.table
    if term.head == "mul":
        factors = list(flat(term))
        for i in range(len(factors) + 1):
            made = repairs.product([*factors[:i], atom, *factors[i:]], term.shape)
            if made is not None:
                yield made
    elif term.shape != SCALAR:
        for pair in ([atom, term], [term, atom]):
            made = repairs.product(pair, term.shape)
            if made is not None:
                yield made
    for i, a in enumerate(term.args):
        for changed in _with_factor(a, atom, repairs):
            yield table.make(term.head, (*term.args[:i], changed, *term.args[i + 1 :]), term.shape, term.payload)
