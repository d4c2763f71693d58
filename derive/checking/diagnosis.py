"""Why a line is wrong: the small change that would make it true, and the line as it should be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..errors import DeriveError
from ..terms import SCALAR, Term, postorder
from ..verify import judge_lines
from .known import Formula, Key
from .missing import Missing
from .outline import Claimed
from .places import Repair
from .reader import reshaped_lines
from .report import LineReport

if TYPE_CHECKING:
    from ..claims import Problem
    from .lines import Statement
    from .reading import Reading
    from .sides import Side

LARGEST = 600  # symbols of a line that is diagnosed


class Trial(NamedTuple):
    """A line that may be the right one."""

    lhs: str
    relation: str
    term: Term


class Found(NamedTuple):
    """What is known of a wrong line: its report, and the right one where it was found."""

    line: LineReport
    right: Term | None = None
    claim: Claimed | None = None


class Diagnosis(Missing):
    """The diagnosis of one wrong line."""

    def __init__(self, checker: Reading, line: LineReport, claim: Claimed | None) -> None:
        self.checker, self.line, self.table, self.known = checker, line, checker.table, checker.known
        self.claim = claim
        self.misfit = checker.misfits.get(line.number) if claim is None else None
        self.indexed = checker.indexed.get(line.number) if claim is None else None
        self.right: Term | None = None

    def run(self) -> Found:
        """The line with a diagnosis, and what it should be, where they are found."""
        if self.indexed is not None:
            self._with_index()
        if self.claim is None and self.misfit is None:
            return Found(self.line)
        if self.claim is not None and self.claim.term.size > LARGEST:
            return Found(self.line, None, self.claim)
        self.line = self.line._replace(reason=self._noted())
        for repairs in self._stages():
            good = self._first_true(list(repairs))
            if good is not None:
                return self._found(good.kind, good.term)
        done = self._by_convention()
        if not done:
            self._own()
            self.line = self.line._replace(diagnosis=self._by_form())
        return Found(self.line, self.right, self.claim)

    def _found(self, kind: str, term: Term) -> Found:
        assert self.claim is not None
        if kind == "product-rule" and self.known.structured() and self.claim.lhs.startswith("df/d"):
            kind = "symmetric"  # entries that are tied were counted as if they were free
        if self.misfit is not None and kind == "order" and _is_outer(term):
            kind = "shape"
        if kind in ("factor-2", "product-rule") and self._is_multiple(term) and self._has_root():
            kind = "norm-chain"
        self.line = self.line._replace(diagnosis=kind)
        self.right = term
        return Found(self.line, term, self.claim)

    def _is_multiple(self, term: Term) -> bool:
        """Is the right line a number times the wrong one?"""
        return term.head == "mul" and term.args[0].head == "num" and term.args[-1] is self.said

    def _has_root(self) -> bool:
        """Does the line divide by a norm or a root?"""
        roots = {
            n for n, _, t in self.known.lets if t.head in ("norm", "sqrt") or (t.head == "pow" and t.shape == SCALAR)
        }
        for t in postorder(self.said):
            below = t.head == "pow" and t.shape == SCALAR and t.args[1].head == "num" and t.args[1].payload < 0
            inside = postorder(t.args[0]) if below else []
            if any(u.head in ("norm", "sqrt") or (u.head == "var" and u.name in roots) for u in inside):
                return True
        return False

    def _stages(self) -> Iterator[Iterable[Repair]]:
        if self.misfit is not None:
            yield self._reshaped()
            return
        assert self.claim is not None
        claim = self.claim
        if claim.key.expression is not None and self._of_f():
            yield [Repair("left-side", claim.term)]
        if self.indexed is not None:
            yield [Repair("index", claim.term)]
        if self._turned():
            shape = (self.said.shape[1], self.said.shape[0])
            yield [Repair("shape" if shape[0] != shape[1] else "transpose", self.table.make("T", (self.said,), shape))]
        if self.known.f is not None and self.known.f.shape == SCALAR != self.said.shape and claim.lhs == "df":
            column = self.said.shape[1] == 1
            yield [Repair("shape", self.table.make("sum" if column else "tr", (self.said,), SCALAR))]
        second = claim.lhs.startswith("d2f")
        yield self._repairs(second).of(self.said)
        yield self._scaled(self.said)
        if self._holds_for_symmetric_constants():
            self._symmetrised()
            return
        if claim.lhs != "0":
            yield self._completed(self.said)
        yield self._inserted(self.said)

    def _first_true(self, repairs: list[Repair]) -> Repair | None:
        if self.claim is None or not repairs or self.line.diagnosis:
            return None
        problem = self.claim.problem
        problem.hasty = True
        try:
            verdicts = judge_lines(problem, [self._trial(r.term) for r in repairs]).verdicts
        except Exception:  # one of them cannot be evaluated: the others can
            middle = len(repairs) // 2
            if not middle:
                return None
            return self._first_true(repairs[:middle]) or self._first_true(repairs[middle:])
        finally:
            problem.hasty = False
        for repair, verdict in zip(repairs, verdicts):
            if verdict.ok and self._holds(problem, repair.term):
                return repair
        return None

    def _trial(self, term: Term) -> Trial:
        claim = self.claim
        assert claim is not None
        if claim.left is not None:
            minus = self.table.make("mul", (self.table.num(-1), term), term.shape)
            term = self.table.make("add", (claim.left, minus), term.shape)
        return Trial(claim.lhs, claim.relation, term)

    def _holds(self, problem: Problem, term: Term) -> bool:
        try:
            return judge_lines(problem, [self._trial(term)]).verdicts[0].ok
        except DeriveError:
            return False

    def _by_form(self) -> str:
        """The kind of mistake where no small change mends it, as far as the line shows it beside the right one."""
        if self.claim is None:
            return ""
        said = postorder(self.said)
        functions = self.known.signatures
        for t in said:
            signature = functions.get(t.head, ())
            if signature and signature[0].elementwise and t.has_d:
                return "chain-rule"  # f(dX) for f'(X) dX
        root = self._differentiated()
        if root is not None and root.head in ("norm", "sqrt"):
            return "norm-chain"
        if self.right is None:
            return ""
        right, heads = postorder(self.right), {t.head for t in said}
        for head, kind in (("had", "hadamard"), ("diag", "diag"), ("kron", "kron-order")):
            if head not in heads and any(t.head == head for t in right):
                return kind
        terms = [len(t.args) if t.head == "add" else 1 for t in (self.said, self.right)]
        return "product-rule" if terms[0] < terms[1] else ""

    def _differentiated(self) -> Term | None:
        """What the line differentiates, as it is defined."""
        assert self.claim is not None
        lhs, known = self.claim.lhs, self.known
        if lhs.startswith("d") and lhs[1:] in known.symbols:
            return next((t for n, _, t in known.lets if n == lhs[1:]), None)
        return known.f if lhs.startswith("df") else None

    # ------------------------------------------------------------ lines that do not type-check
    def _reshaped(self) -> Iterator[Repair]:
        assert self.misfit is not None
        statement, side = self.misfit
        context = self.known.context(tuple(filter(None, side.entry)))
        matrix = self.known.variable.shape[1] != 1
        for kind, term in reshaped_lines(statement.right, context, matrix):
            term = self.known.in_differentials(term)
            if self._claimed(statement, side, Formula(term)):
                yield Repair(kind, term)

    def _claimed(self, statement: Statement, side: Side, formula: Formula) -> bool:
        """Makes a claim of the changed line, once."""
        if self.claim is not None:
            return True
        try:
            found = self.checker.claim(side, formula)
        except DeriveError:
            found = None
        if found is None or found[0] == "0":
            return False
        lhs, key = found
        problem, number = self.known.problem(key), self.line.number
        self.claim = Claimed(
            lhs, statement.relation, formula.term, number, key, problem, statement.left, statement.right, side
        )
        return True

    # ------------------------------------------------------------ another index, another function
    def _with_index(self) -> None:
        """The line with the indices that the left side has."""
        assert self.indexed is not None
        statement, side = self.indexed
        index = "".join(filter(None, side.entry))
        text = re.sub(
            r"\b([JES])(\^|_)\s*\{?\(?\w\s*,?\s*\w\)?\}?", lambda m: f"{m[1]}{m[2]}{{{index}}}", statement.right
        )
        try:
            formula = self.known.formula(text, side.entry)
        except DeriveError:
            return
        if not self._claimed(statement, side._replace(expression="", name="f"), formula) or self.claim is None:
            return
        if side.expression and not self._is_f(side.expression):
            self.claim = self.claim._replace(other_left=True)
            self.line = self.line._replace(reason=self.line.reason + "\nthe left side has another function than f")

    def _is_f(self, expression: str) -> bool:
        try:
            term = self.known.formula(expression).term
            return judge_lines(self.known.problem(Key()), [Trial("f", "=", term)]).verdicts[0].ok
        except DeriveError:
            return False

    def _of_f(self) -> bool:
        """Does a line about another expression hold for f itself?"""
        assert self.claim is not None
        claim, key = self.claim, self.claim.key._replace(function="f", expression=None)
        try:
            problem = self.known.problem(key)
        except DeriveError:
            return False
        if not self._holds(problem, claim.term):
            return False
        self.claim = claim._replace(key=key, problem=problem)
        self.line = self.line._replace(
            reason=self.line.reason + "; it holds for f, which is not what the left side has"
        )
        return True

    # ------------------------------------------------------------ factors and terms that are missing

    # ------------------------------------------------------------ symmetry and conventions
    def _holds_for_symmetric_constants(self) -> bool:
        assert self.claim is not None
        known = self.known
        symbols = dict(known.drawn)
        for name, s in symbols.items():
            if s.shape[0] == s.shape[1] != 1 and name != known.wrt:
                symbols[name] = self.table.var(name, s.shape, {*s.payload.props, "symmetric"})
        if symbols == known.drawn or not known.drawn:
            return False
        return self._under(symbols, known.structured())

    def _under(self, symbols: Mapping[str, Term], convention: str | None, turned: bool = False) -> bool:
        """Does the line hold with other properties, another convention, the other layout?"""
        assert self.claim is not None
        key = self.claim.key
        if self.claim.lhs == "0" and not key.function:
            return False  # a lemma has letters of its own
        if turned:
            key = key._replace(transposed=not key.transposed)
        try:
            return self._holds(self.known.build(key, symbols, convention), self.said)
        except DeriveError:
            return False

    def _symmetrised(self) -> None:
        self._own()
        reason = self.line.reason + "; it holds only where the constants are symmetric"
        self.line = self.line._replace(diagnosis="symmetric", reason=reason)

    def _by_convention(self) -> bool:
        """Does the line hold under another convention?  Then the reason names it."""
        if self.line.diagnosis:
            return True
        if self.claim is None:
            return False
        current = self.known.structured()
        for other in ("tangent", "tied", "free") if current else ():
            if other != current and self._under(self.known.drawn, other):
                said = f"; it holds under the convention {other}, and {current} was asked for"
                self._own()
                self.line = self.line._replace(diagnosis="symmetric", reason=self.line.reason + said)
                return True
        return False

    def _noted(self) -> str:
        """The reason; a gradient in the other layout is false, and this is said."""
        claim = self.claim
        if claim is None or not claim.lhs.startswith("df/d") or "[" in claim.lhs:
            return self.line.reason
        if not self._turned():
            return self.line.reason
        return self.line.reason + "; it holds in the other layout: the layout here is that of the variable"

    def _turned(self) -> bool:
        """Is a gradient in the other layout?"""
        claim = self.claim
        if claim is None or not claim.lhs.startswith("df/d") or "[" in claim.lhs or self.said.shape == SCALAR:
            return False
        return self._under(self.known.drawn, claim.problem.convention, turned=True)

    # ------------------------------------------------------------ our own line

    def _own(self) -> None:
        """The line as our own derivation has it, checked as the others."""
        proof = self._proof()
        if proof is None or self.claim is None:
            return
        lhs = self.claim.lhs
        texts = [str(proof.result)]
        if lhs.startswith("d") and "/" not in lhs:
            lines = [line for line in proof.lines() if line.lhs == "df" and line.term.size < 60]
            texts = [str(line.term) for line in lines[:2]] + texts
        elif lhs.startswith("d(df/"):
            texts = [f"({proof.result})*d{self.known.wrt}"]
        elif "[" in lhs:
            direction = "J" if lhs.startswith("df/d") else lhs.rsplit("[", 1)[1][:-1]
            texts = [f"({proof.result}) : {direction}"]
        for term in self._read(texts):
            if self._holds(self.claim.problem, term):
                self.right = term
                return


def _is_outer(term: Term) -> bool:
    """Is there a column times a row in it?"""
    for t in postorder(term):
        if t.head == "mul" and 1 not in t.shape:
            factors = [f for f in t.args if f.shape != SCALAR]
            if len(factors) > 1 and factors[0].shape[1] == 1 == factors[-1].shape[0]:
                return True
    return False
