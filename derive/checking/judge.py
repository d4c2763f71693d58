"""A derivation of somebody's, line by line against numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import DeriveError, ShapeError
from ..settings import limits_of
from ..terms import SCALAR, postorder
from ..verify import Verdict, judge_lines
from .after import explained
from .marks import WrongIndex
from .outline import SECONDS, Claimed
from .reading import OTHER_READINGS, Reading
from .report import LineReport, Report
from .sides import Side

_PLAIN_HEADS = frozenset("add mul T inv pow var num eye ones zeros had dim diag".split())


class Checker(Reading):
    """Reads the lines in the context of those before, and judges them."""

    def run(self) -> Report:
        """Verdicts on all lines."""
        last, chain, approximate = Side(""), "", False
        row = -1
        for number, statement in self.found:
            if statement.left or not statement.relation:
                approximate = False
            link = not statement.left and number == row
            row = number
            if statement.left:
                side, chain = self.side(statement.left), statement.left
            else:
                side = last
            last = side
            approximate = approximate or statement.relation == "~"
            if approximate and statement.relation == "=":
                statement = statement._replace(relation="~")
            self.start_clock()
            try:
                alias = self._read(number, statement._replace(left=chain), side, link)
                if alias is not None:
                    last, chain = alias, statement.right
            except WrongIndex as error:
                self.indexed[number] = statement._replace(left=chain), side
                self._note(number, "false", str(error))
            except ShapeError as error:
                if error.undecided:
                    self._note(number, "unread", str(error))
                    continue
                self.misfits[number] = statement._replace(left=chain), side
                self._note(number, "false", str(error))
            except DeriveError as error:
                self.broken |= {side.name} if side.kind == "f" else set()
                self._note(number, "unread", str(error))
            except Exception as error:  # whatever a line does to us, the others are judged
                self._note(number, "unread", f"derive failed on this line, which is a bug of ours: {error!r}")
        return self._report(self._verdicts())

    # ------------------------------------------------------------ judging
    def _verdicts(self) -> list[Verdict | None]:
        """A verdict on every claim; None where it could not be judged, which is noted."""
        out: list[Verdict | None] = [None] * len(self.claims)
        groups: dict[int, list[int]] = {}
        for i, claim in enumerate(self.claims):
            groups.setdefault(id(claim.problem), []).append(i)
        for members in groups.values():
            verdicts = self._judged(members)
            for i, verdict in zip(members, verdicts):
                out[i] = verdict
        return out

    def _judged(self, members: list[int]) -> list[Verdict | None]:
        claims = [self.claims[i] for i in members]
        self.start_clock()
        try:
            return list(judge_lines(claims[0].problem, claims).verdicts)
        except DeriveError as error:
            if len(members) > 1:  # a line that takes too long, or has no values, takes only itself along
                return [v for i in members for v in self._judged([i])]
            self._note(claims[0].line, "unread", str(error))
        except Exception as error:
            if len(members) > 1:
                return [v for i in members for v in self._judged([i])]
            self._note(claims[0].line, "unread", f"derive failed on this line, which is a bug of ours: {error!r}")
        return [None] * len(members)

    def _is_condition(self, claim: Claimed) -> bool:
        """Is a statement between given matrices, without differentials or functions, one that need not hold?"""
        if claim.lhs != "0" or claim.term.has_d or claim.key.function == "":
            return False
        constant = claim.right is not None and claim.right.head in ("num", "eye", "ones", "zeros")
        if claim.term.shape == SCALAR and not constant:
            return False
        if constant:
            return True
        parts = postorder(claim.term)
        if any(t.head == "var" and (t.name in self.known.derivatives or t.name[:6] == "along_") for t in parts):
            return False
        known = {*self.known.drawn}
        names = {t.name for t in parts if t.head == "var"}
        return bool(names & known) and all(t.head in _PLAIN_HEADS for t in parts)

    def _other_reading(self, claim: Claimed) -> str:
        """The reading in which a line is true that is false in the usual one, or ``""``."""
        known, chosen = self.known, self.known.reading
        side, text = claim.side, claim.text
        if claim.lhs == "0" or "\\" not in text:
            return ""
        for other in OTHER_READINGS:
            known.reading = {**other, **(chosen or {})}
            try:
                formula = known.formula(text, tuple(filter(None, side.entry)), "latex", claim.term.shape)
                term = self._laid_out(side, formula.term, claim.problem)
                if term is not claim.term and judge_lines(claim.problem, [claim._replace(term=term)]).verdicts[0].ok:
                    return ", ".join(f"{k} as {v}" for k, v in other.items() if k != "odot") or "odot of products"
            except DeriveError:
                continue
            finally:
                known.reading = chosen
        return ""

    def _report(self, verdicts: Sequence[Verdict | None]) -> Report:
        spoken = {n for n, _ in self.found}
        out: dict[int, LineReport] = {}
        for n, row in enumerate(self.rows):
            fine = n in spoken or row.goes_on
            reason = self.remarks.get(n, "") if fine else "there is no statement in it"
            out[n] = LineReport(n, row.text, "true" if fine else "unread", reason)
        for claim, found in zip(self.claims, verdicts):
            if found is not None and not found.ok and out[claim.line].verdict != "false":
                out[claim.line] = self._failed(claim, found, out[claim.line])
        for number, (word, reason) in self.notes.items():
            if out[number].verdict == "true" or word == "false":
                out[number] = out[number]._replace(verdict=word, reason=reason)
        lines = list(out.values())
        for n, row in enumerate(self.rows):
            if row.goes_on:
                lines[n] = lines[n]._replace(verdict=lines[n - 1].verdict, reason="it goes on from the line before")
        return explained(self, Report(tuple(lines), self._question()))

    def _failed(self, claim: Claimed, verdict: Verdict, line: LineReport) -> LineReport:
        """The line of a claim that does not hold: false, unless it is true in another reading, or need not hold."""
        if reading := self._other_reading(claim):
            return line._replace(reason=f"true with another reading: {reading}")
        unsaid = ""
        if claim.loose:
            unsaid = "it has another reading, or depends on a layout which is not stated"
        elif verdict.reason.endswith(("cannot be checked", "has no value here")):
            unsaid = verdict.reason
        elif self._is_condition(claim):
            unsaid = "it does not hold for every value: an assumption, or an equation to be solved"
        if unsaid:
            self._note(claim.line, "unread", unsaid)
            return line
        self.failed.setdefault(claim.line, claim)
        reason = verdict.reason + (f": {verdict.witness}" if verdict.witness else "")
        return line._replace(verdict="false", reason=reason, witness=verdict.witness)

    def _question(self) -> dict[str, Any] | None:
        """What our own derivation would be asked."""
        known = self.known
        if known.f is None:
            return None
        return {
            "f": str(known.expanded(known.f)), "wrt": known.wrt, "scalar": known.f.shape == SCALAR,
            "shapes": {n: known.shapes[n] for n in known.drawn}, "assume": dict(known.assume),
            "convention": known.structured(),
        }  # fmt: skip


def check(
    lines: str | Iterable[str], *, f: Any = None, wrt: Any = None, shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None, convention: str | None = None,
    reading: Mapping[str, str] | None = None, limits: Mapping[str, float] | None = None,
) -> Report:  # fmt: skip
    r"""A verdict on every line of a derivation: true, false or unread.

    `lines` is a text or a list, in LaTeX or ASCII: ``f = ...``, ``df = ...``, ``\\nabla_X f = ...``, ``M = ...``,
    ``dM = ...``, ``Df(X)[H] = ...``, ``f(X + \\epsilon J) \\approx ...``, lemmas in letters of their own; prose between
    formulas is skipped.  They are judged by numbers against `f`, else against the first line ``f = ...``.  Of the
    first false line the report says the kind of mistake, the rule and what it should be, as far as they are found, and
    of later ones whether they follow from it.  ``limits={"seconds": 2}`` is the time for each line; the other
    parameters are those of `gradient`.  Raises `DeriveError` for wrong arguments alone.

    >>> report = check(["df = 2*A*(A*x - b) : dx"], f="norm(A*x - b)^2", wrt="x", shapes={"A": "m x n", "x": "n"})
    >>> report.ok, report.first_wrong, report.lines[0].diagnosis
    (False, 0, 'transpose')
    """
    seconds = float(limits_of(limits).get("seconds", SECONDS))
    return Checker(lines, f, wrt, shapes, assume, convention, reading, seconds).run()
