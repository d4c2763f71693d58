"""Immutable, interned terms: a head, arguments, a shape.  No mathematics.

A `Table` interns: inside one table equal terms are the same object, so memo tables keyed by
terms make work linear in the number of *different* subterms.  A table lives as long as one
derivation; nothing is shared between derivations, so no answer depends on what was asked before.

A scalar is a term of the static shape ``(1, 1)``; a vector has the shape ``(n, 1)``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Container, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

Dim = int | str | tuple[Any, ...]  # 3, "n", or a sorted product such as (2, "m", "n")
Shape = tuple[Dim, Dim]
Number = int | Fraction | Decimal

SCALAR: Shape = (1, 1)
_LONGEST_NUMBER = 13_000  # bits; Python prints no longer integers
_LOOK_EVERY = 1000  # new terms between two looks at the clock

#: Heads whose arguments may stand in any order: equal up to order means the same object.
UNORDERED = frozenset({"add", "had", "colon"})


class Symbol(NamedTuple):
    """The payload of a variable: its name and the properties declared for it."""

    name: str
    props: frozenset[str] = frozenset()


_BITS: dict[str, int] = {}


def head_bits(*heads: str) -> int:
    """A set of heads as bits, to see at once that a term cannot match a pattern.

    >>> t = Table(); x = t.var("x"); y = t.make("exp", (x,))
    >>> y.heads & head_bits("exp") > 0, y.heads & head_bits("log") > 0
    (True, False)
    """
    bits = 0
    for head in heads:
        bits |= _BITS.setdefault(head, 1 << len(_BITS))
    return bits


class Term:
    """A term.  `payload` is the number of a ``num``, the `Symbol` of a ``var``, the dimension of a ``dim``."""

    __slots__ = ("__weakref__", "args", "has_d", "head", "heads", "payload", "shape", "size", "turns")

    head: str
    args: tuple[Term, ...]
    shape: Shape
    payload: Any
    size: int  # of the tree: an upper bound of what a printer must write
    has_d: bool  # a differential occurs in it
    heads: int  # the heads that occur in it, as bits (see `head_bits`)
    turns: int  # how many transposes the tree has

    def __init__(self, head: str, args: tuple[Term, ...], shape: Shape, payload: Any) -> None:
        self.head, self.args, self.shape, self.payload = head, args, shape, payload
        size, has_d, heads, turns = 1, head == "d", _BITS.get(head) or head_bits(head), int(head == "T")
        for a in args:
            size += a.size
            has_d = has_d or a.has_d
            heads |= a.heads
            turns += a.turns
        self.size, self.has_d, self.heads, self.turns = size, has_d, heads, turns

    @property
    def name(self) -> str:
        """The name of a variable."""
        symbol: Symbol = self.payload
        return symbol.name

    @property
    def is_scalar(self) -> bool:
        return self.shape == SCALAR

    @property
    def is_vector(self) -> bool:
        """A column vector that is not a scalar."""
        return self.shape[1] == 1 and self.shape[0] != 1

    def __str__(self) -> str:
        from .printers.ascii import ascii_text  # the printers stand above the terms

        return ascii_text(self)

    def __repr__(self) -> str:
        return f"<{self.head} {shape_text(self.shape)}>" if self.size > 200 else f"<{self}>"

    def _repr_latex_(self) -> str:
        from .printers.latex import latex_text

        return f"${latex_text(self)}$"


class Table:
    """Interns terms.

    `limit` bounds how many different terms may be made, and `deadline` (of `time.monotonic`) until when: beyond
    them `make` raises `LimitError`.
    """

    __slots__ = ("_next_look", "_terms", "deadline", "limit")

    def __init__(self, limit: int = 1_000_000, deadline: float = math.inf) -> None:
        self._terms: dict[Any, Term] = {}
        self.limit, self.deadline = limit, deadline
        self._next_look = min(limit, _LOOK_EVERY)

    def __len__(self) -> int:
        return len(self._terms)

    def make(
        self, head: str, args: tuple[Term, ...] = (), shape: Shape = SCALAR, payload: Any = None
    ) -> Term:
        """The term of this head, these arguments (of this table), shape and payload.

        >>> t = Table()
        >>> t.num(2) is t.num(2), t.var("x") is t.var("x", ("n", 1))
        (True, False)
        """
        same = tuple(sorted(args, key=id)) if head in UNORDERED else args
        key: Any = (head, same, shape) if payload is None else (head, same, shape, payload.__class__, payload)
        found = self._terms.get(key)
        if found is None:
            if len(self._terms) >= self._next_look:
                self.look()
            found = self._terms[key] = Term(head, args, shape, payload)
        return found

    def _new(self, head: str, args: tuple[Term, ...], shape: Shape, payload: Any) -> Term:
        if len(self._terms) >= self._next_look:
            self.look()
        return Term(head, args, shape, payload)

    def look(self) -> None:
        """Raises `LimitError` where a limit is reached."""
        if len(self._terms) >= self.limit or time.monotonic() > self.deadline:
            self._refuse()
        self._next_look = min(self.limit, len(self._terms) + _LOOK_EVERY)

    def _refuse(self) -> None:
        from .errors import LimitError

        if len(self._terms) >= self.limit:
            raise LimitError(
                f"the limit of {self.limit} terms is reached",
                hint="raise it with --limit-terms (limits={'terms': ...})",
            )
        raise LimitError(
            "the limit of seconds is reached",
            hint="raise it with --limit-seconds (limits={'seconds': ...})",
        )

    def num(self, value: Number) -> Term:
        if isinstance(value, Fraction) and value.denominator == 1:
            value = value.numerator
        if value.__class__ is int and value.bit_length() > _LONGEST_NUMBER:
            self._too_long()
        if isinstance(value, Decimal):
            return self._decimal(value)
        return self.make("num", (), SCALAR, value)

    @staticmethod
    def _too_long() -> None:
        from .errors import LimitError

        raise LimitError(
            "a number would have more than 4000 digits", hint="give it a name, and declare the name a scalar"
        )

    def _decimal(self, value: Decimal) -> Term:
        """0.5 and 0.50 are equal numbers and two terms: each is printed as it was typed."""
        key = ("num", str(value))
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = self._new("num", (), SCALAR, value)
        return found

    def var(self, name: str, shape: Shape = SCALAR, props: Iterable[str] = ()) -> Term:
        return self.make("var", (), shape, Symbol(name, frozenset(props)))

    def dim(self, dim: Dim) -> Term:
        """A dimension as a scalar."""
        return self.num(dim) if isinstance(dim, int) else self.make("dim", (), SCALAR, dim)

    def d(self, variable: Term) -> Term:
        """The differential of a variable (printed dX)."""
        return self.make("d", (variable,), variable.shape)


# ---------------------------------------------------------------- dimensions
def dim_product(*dims: Dim) -> Dim:
    """The product of dimensions, in its one form.

    >>> dim_product("n", 2, "m"), dim_product(2, 3), dim_product(1, "n")
    ((2, 'm', 'n'), 6, 'n')
    """
    number, letters = 1, []
    for d in dims:
        for f in d if isinstance(d, tuple) else (d,):
            if isinstance(f, int):
                number *= f
            else:
                letters.append(f)
    letters.sort()
    factors: tuple[Any, ...] = (*((number,) if number != 1 else ()), *letters)
    if not letters or number == 0:
        return number
    return factors[0] if len(factors) == 1 else factors


def dim_text(dim: Dim) -> str:
    """``m*n`` for a product."""
    return "*".join(map(str, dim)) if isinstance(dim, tuple) else str(dim)


def shape_text(shape: Shape) -> str:
    """As a user writes it: ``m x n``, ``n``, ``scalar``."""
    if shape == SCALAR:
        return "scalar"
    if shape[1] == 1:
        return dim_text(shape[0])
    return f"{dim_text(shape[0])} x {dim_text(shape[1])}"


# ---------------------------------------------------------------- traversal (never recursive)
def postorder(*roots: Term, known: Container[Term] = ()) -> list[Term]:
    """Every different subterm once, arguments before the terms that hold them.

    Terms in `known` and what only they hold are left out: with a memo as `known`, repeated walks cost no more
    than what is new.
    """
    if known and len(roots) == 1 and roots[0] not in known and all([a in known for a in roots[0].args]):
        return [*roots]  # the most frequent walk
    found: list[Term] = []
    seen: set[Term] = set()
    stack: list[Term | None] = [*reversed(roots)]
    while stack:
        term = stack.pop()
        if term is None:  # the term below it: its arguments are done
            found.append(stack.pop())  # type: ignore[arg-type]
        elif term not in seen and term not in known:
            seen.add(term)
            waiting = [a for a in term.args if a not in seen and a not in known]
            if waiting:
                waiting.reverse()
                stack += term, None
                stack += waiting
            else:
                found.append(term)
    return found


def variables(*roots: Term) -> list[Term]:
    """The variables of terms, in order of first appearance."""
    return [t for t in postorder(*roots) if t.head == "var"]
