"""What is said once the first false line is known: its diagnosis, its rule, the right line, what follows from it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ..terms import postorder
from .consequences import follows
from .diagnosis import Diagnosis, Found
from .nearest import nearest_rule
from .own import proof_of
from .report import LineReport, Report
from .writing import suggestions

if TYPE_CHECKING:
    from .reading import Reading


def explained(checker: Reading, report: Report) -> Report:
    """The report with everything that is said of false lines."""
    first = report.first_wrong
    if first is None:
        return report
    lines = list(report.lines)
    checker.start_clock()
    with suppress(Exception):  # over a limit, or a mistake of ours: the verdict stands without a diagnosis
        found = Diagnosis(checker, lines[first], checker.failed.get(first)).run()
        lines[first] = found.line
        lines[first] = _told(checker, found)
    wrong = checker.failed.get(first)
    for line in lines[first + 1 :]:
        claim = checker.failed.get(line.number)
        if line.verdict == "false" and wrong is not None and claim is not None:
            checker.start_clock()
            with suppress(Exception):
                lines[line.number] = line._replace(follows=follows(checker, wrong, claim))
    return report._replace(lines=tuple(lines))


def _told(checker: Reading, found: Found) -> LineReport:
    line, claim = found.line, found.claim
    proof = proof_of(checker.known, claim, whole=True) if claim is not None else None
    lhs = claim.lhs if claim is not None else ""
    said = claim.term if claim is not None else None
    late = said is not None and ("/" in lhs or (said.head == "colon" and said.args[1].head == "d"))
    rule = nearest_rule(line.diagnosis, proof, lhs, late, {t.head for t in postorder(said)} if said is not None else ())
    line = line._replace(nearest_rule=rule.name, rule=rule.statement, source=rule.source)
    if found.right is None or claim is None:
        return line
    ascii_, latex = suggestions(checker.known, claim, found.right)
    return line._replace(suggestion=ascii_, suggestion_latex=latex)
