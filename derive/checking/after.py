"""What is made of a report once the first false line is known: its diagnosis, its rule, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DeriveError
from .diagnosis import Diagnosis, Found
from .report import LineReport, Report
from .writing import suggestions

if TYPE_CHECKING:
    from .judge import Checker


def explained(checker: Checker, report: Report) -> Report:
    """The report with everything that is said of false lines."""
    first = report.first_wrong
    if first is None:
        return report
    lines = list(report.lines)
    try:
        found = Diagnosis(checker, lines[first], checker.failed.get(first)).run()
        lines[first] = _told(checker, found)
    except Exception:  # over a limit, or a mistake of ours: the verdict stands without a diagnosis
        pass
    return Report(tuple(lines), report.proof)


def _told(checker: Checker, found: Found) -> LineReport:
    line = found.line
    if found.right is None or found.claim is None:
        return line
    ascii_, latex = suggestions(checker.known, found.claim, found.right)
    return line._replace(suggestion=ascii_, suggestion_latex=latex)
