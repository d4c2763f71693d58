"""Later false lines: do they follow from the first one, or have they mistakes of their own?

What the wrong line says is taken for true: then df (or dM) has its value, and the later lines are judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..claims import Problem
from ..errors import DeriveError
from ..terms import postorder
from ..verify import judge_lines

if TYPE_CHECKING:
    from .outline import Claimed
    from .reading import Reading


def follows(checker: Reading, first: Claimed, later: Claimed) -> str:
    """``yes``, ``no``, or ``""`` where it cannot be said."""
    if later.key != first.key or (first.lhs == "0" or later.lhs == "0"):
        return ""
    try:
        problem = _granted(checker, first, later)
        if problem is None:
            return ""
        return "yes" if judge_lines(problem, [later]).verdicts[0].ok else "no"
    except DeriveError:
        return ""


def _granted(checker: Reading, first: Claimed, later: Claimed) -> Problem | None:
    """The problem in which the first wrong line is true."""
    known = checker.known
    problem = known.build(first.key, known.drawn, first.problem.convention)
    if first.lhs == "f":
        wrong = known.expanded(first.term)
        lets = [(n, s, wrong if n == "f" else t) for n, s, t in problem.lets]
        other = Problem(
            wrong, problem.variable, known.drawn, lets, problem.convention, problem.transposed, problem.jacobian,
            watch=problem.watch,
        )  # fmt: skip
        other.foreign, other.computed, other.others = True, problem.computed, problem.others
        other.small, other.derivatives = problem.small, problem.derivatives
        return other
    if first.lhs.startswith(("f(", "d2", "d(df/", "vec(")) or later.lhs.startswith(("d2", "d(df/")):
        return None
    granted = [(first.lhs, first.term)]
    if first.lhs in problem.named and first.lhs != "df":  # dM: then df is what the lines make of it
        between = _last_with(checker.claims, first.lhs[1:], first, later)
        if between is None:
            return None if later.lhs != first.lhs else _with(problem, granted)
        granted.append(("df", between.term))
    return _with(problem, granted)


def _with(problem: Problem, granted: Sequence[tuple[str, object]]) -> Problem:
    problem.granted = granted  # type: ignore[assignment]
    return problem


def _last_with(claims: Sequence[Claimed], name: str, first: Claimed, later: Claimed) -> Claimed | None:
    """The line df = ... with the differential of a name in it, before a later line."""
    for claim in reversed(claims[: claims.index(later)]):
        if claim.lhs == "df" and claim.key == first.key:
            parts = [t for t in postorder(claim.term) if t.head == "d" and t.args[0].head == "var"]
            if any(t.args[0].name == name for t in parts):
                return claim
    return None
