"""What each line of a proof claims, and the two numbers that must agree at an instance.

The numbers come from f and the definitions as they were typed (`truth`), never from a rule or from another
line.  What each left side claims:

==================== =================================================================================
``f``                the value of f
``df``               its directional derivative along dX
``M``, ``dM``        value and derivative of a definition
``df/dX``            G with G : R = f'(X)[P R] for a random R; P R = R unless a convention maps it
``df/dX[i,j]``       the same for each single-entry R, which the line calls J
``vec(df)``          the columns of df as one, and so for dM
``d2f/dX2``          H with H vec(R) = vec(dG) along R, where G is the last definition, the gradient
``d2f``              the second derivative along dX; in somebody's proof ``d2f/dX2`` is H = H' with R'HR equal to that
``d(df/dX)``         how the gradient changes along dX
``0``                nothing: the value is zero
``f(X + epsilon*J)`` the value there; after ``~`` to first order in epsilon
``f(X + H)``         the same, where H stands for ``epsilon*J``
``Df(X)[H]``         the directional derivative along H
``0(X + epsilon*J)`` nothing, as ``0``; after ``~`` to first order in epsilon
==================== =================================================================================

With a convention P is the map from entries to directions: for ``tangent`` the projection to the structure (so
a G outside the structure fails), for ``tied`` the direction in which all tied entries move together.  Where f
is no scalar, ``df/dX`` is the Jacobian: G vec(R) = vec(f'(X)[P R]).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from .instances import letters_of
from .terms import Term
from .truth import (
    Roots,
)  # fmt: skip

CLOSE = 1e-10  # relative gaps below this are rounding
F = "f of the problem"  # the name of the last root: no user can write it


class LineLike(Protocol):
    """What is read of a line."""

    @property
    def lhs(self) -> str: ...
    @property
    def relation(self) -> str: ...
    @property
    def term(self) -> Term: ...


class Problem:
    """What a proof is about, as typed: f, the variable, all symbols, and definitions in order.

    `transposed`: ``df/dX`` is the transpose of the layout above; `jacobian`: it is a Jacobian for a scalar f, too;
    `direction` is what lines about one entry call the single-entry matrix; `watch` raises where the time is over;
    `assumed` are properties of terms without which lines may have no value.  Of somebody's own derivation: `computed`
    are symbols that have the value of a term instead of a random one, `others` are variables that move, too, `small`
    says of names whether they are the ``epsilon``, the ``direction`` or the ``step`` of a perturbation, `derivatives`
    are names for derivatives that stand in lines, `granted` are lines (left and right sides) that are taken for true.
    """

    __slots__ = (
        "assumed",
        "computed",
        "convention",
        "derivatives",
        "direction",
        "f",
        "foreign",
        "granted",
        "hasty",
        "jacobian",
        "lets",
        "letters",
        "named",
        "others",
        "roots",
        "small",
        "symbols",
        "transposed",
        "variable",
        "watch",
    )  # fmt: skip

    def __init__(
        self,
        f: Term,
        variable: Term,
        symbols: Mapping[str, Term],
        lets: Sequence[tuple[str, Term, Term]] = (),  # name, symbol, definition
        convention: str | None = None,
        transposed: bool = False,
        jacobian: bool = False,
        direction: str = "J",
        watch: Callable[[], None] = lambda: None,
        assumed: Sequence[tuple[str, Term]] = (),
    ) -> None:
        self.assumed = assumed
        self.foreign = False  # is it somebody's own derivation?
        self.hasty = False  # is a clear gap in floats enough to discard a line?
        self.computed: Sequence[tuple[str, Term]] = ()
        self.others: Sequence[Term] = ()
        self.small: Mapping[str, str] = {}
        self.derivatives: Mapping[str, Derivative] = {}
        self.granted: Sequence[tuple[str, Term]] = ()
        self.f, self.variable, self.lets, self.convention = f, variable, lets, convention
        self.transposed, self.jacobian, self.direction, self.watch = transposed, jacobian, direction, watch
        self.roots = Roots([*((name, definition) for name, _, definition in lets), (F, f)])
        defined = {name for name, _, _ in lets}  # these are computed, not drawn
        self.symbols = {k: s for k, s in symbols.items() if k not in defined}
        self.letters = tuple(letters_of([s.shape for s in self.symbols.values()] + [f.shape]))
        self.named: dict[str, Claim] = {}  # what definitions and their differentials claim
        for i, (name, _, _) in enumerate(lets):
            self.named.setdefault(name, Claim("value", i))
            self.named.setdefault("d" + name, Claim("slope", i))


class Derivative(NamedTuple):
    """A derivative that stands in a line: of the last root by a variable, at the values that `computed` gives."""

    roots: Roots
    variable: Term
    computed: Sequence[tuple[str, Term]] = ()
    order: int = 1  # 2: the Hessian of f, or its second differential where the name is d2f


# ---------------------------------------------------------------- what a left side claims
_STACKED = re.compile(r"vec\((.*)\)")
_PERTURBED = re.compile(r"[f0]\((\w+) \+ (\w+)(?:\*(\w+))?\)")
_ALONG = re.compile(r"Df\((\w+)\)\[(\w+)\]")
_ENTRY = re.compile(r"\[(\w+)(?:,(\w+))?\]$")


#: Claims about the value of a line at the point of the station.
PLAIN = frozenset({"value", "slope", "gradient", "hessian", "curved", "curvature", "turning", "nothing"})


NOTHING = -2  # the root of a line whose value is zero


class Claim(NamedTuple):
    kind: str  # value, slope, along, gradient, hessian, curved, curvature, turning, nothing, entry, perturbed, unknown
    root: int = -1  # which root
    small: tuple[tuple[str, str], ...] = ()  # names, and whether each is the epsilon, the direction or the step
    stacked: bool = False  # the columns of the value, as one
    indices: tuple[str, ...] = ()  # of an entry


def claim_of(lhs: str, problem: Problem) -> Claim:
    """What a left side says about the problem."""
    lhs = lhs.strip()
    if lhs == "f":
        return Claim("value")
    if lhs == "df":
        return Claim("slope")
    if lhs in problem.named:
        return problem.named[lhs]
    name = problem.variable.name
    if lhs == f"df/d{name}":
        return Claim("gradient")
    if lhs == f"d2f/d{name}2":
        return Claim("hessian", len(problem.lets) - 1) if not problem.foreign else Claim("curved")
    if lhs == "d2f":
        return Claim("curvature")
    if lhs == f"d(df/d{name})":
        return Claim("turning")
    if lhs == "0":
        return Claim("nothing")
    if stacked := _STACKED.fullmatch(lhs):
        return claim_of(stacked[1], problem)._replace(stacked=True)
    if lhs.startswith(f"df/d{name}["):
        index = _ENTRY.search(lhs)
        return Claim("entry", indices=tuple(filter(None, index.groups())) if index else ())
    match = _PERTURBED.fullmatch(lhs)
    if match and match[1] == name:
        role = problem.small.get(match[2], "step") if lhs[0] == "0" else "step"
        small = ((match[2], "epsilon"), (match[3], "direction")) if match[3] else ((match[2], role),)
        return Claim("perturbed", -1 if lhs[0] == "f" else NOTHING, (*problem.small.items(), *small))
    match = _ALONG.fullmatch(lhs)
    if match and match[1] == name:
        return Claim("along", small=((match[2], "direction"),))
    return Claim("unknown")


# ---------------------------------------------------------------- one instance
