"""Our own derivation of what a line claims, and the parts of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import DeriveError
from ..terms import SCALAR, Term

if TYPE_CHECKING:
    from ..derivation import Derivation
    from .known import Known
    from .outline import Claimed


def summands(term: Term) -> list[str]:
    """The terms of a sum, also of a multiple of one, or of one on the left of a colon."""
    if term.head == "add":
        return [text for a in term.args for text in (summands(a) or [str(a)])]
    if term.head == "mul":
        sums = [a for a in term.args if a.head == "add"]
        if len(sums) == 1 and all(a.shape == SCALAR for a in term.args if a is not sums[0]):
            front = "*".join(f"({a})" for a in term.args if a is not sums[0])
            return [f"{front}*({text})" for text in summands(sums[0])]
    if term.head == "colon":
        return [f"({text}) : ({term.args[1]})" for text in summands(term.args[0])]
    return []


def proof_of(known: Known, claim: Claimed, whole: bool = False) -> Derivation | None:
    """Our own derivation of what a line claims, in the names of the lines; None where there is none.

    `whole` asks for that of the gradient where the line is about df.
    """
    from .. import api

    lhs, problem = claim.lhs, claim.problem
    if known.f is None or lhs in ("f", "0") or not claim.key.function:
        return None
    name = lhs.removeprefix("d") if lhs.startswith("d") and "/" not in lhs and lhs[1:] in known.symbols else ""
    lets = [(n, t) for n, _, t in problem.lets if n != "f"]
    if name:
        root = next(t for n, t in lets if n == name)
        lets = lets[: [n for n, _ in lets].index(name)]
    else:
        root = problem.f
    ask: Callable[..., Derivation] = api.differential
    if lhs.startswith(("d2f", "d(df/")):
        ask = api.hessian
    elif lhs.startswith(("df/d", "Df(", "f(")) or (whole and lhs == "df" and root.shape == SCALAR):
        ask = api.gradient if root.shape == SCALAR else api.jacobian
        if root.shape != SCALAR and (root.shape[1] != 1 or problem.variable.shape[1] != 1):
            ask = api.matrix_jacobian
    wrt = problem.variable.name
    shapes = {n: known.shapes[n] for n in {*known.drawn, wrt}}
    for definitions in (lets, []):
        text = "; ".join([*(f"{n} = {t}" for n, t in definitions), str(root if definitions else known.expanded(root))])
        try:
            return ask(text, wrt, shapes=shapes, assume=known.assume, convention=known.structured())
        except DeriveError:
            continue
    return None
