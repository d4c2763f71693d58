"""Places in a line, and terms made there: what all changes of a wrong line share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from ..terms import SCALAR, Shape, Table, Term


class Repair(NamedTuple):
    """A changed line, and the kind of mistake."""

    kind: str
    term: Term


#: Names of directions, which stand for a differential: H in Df(X)[H], the single-entry matrix J.
Directions = frozenset[str]


class Context(NamedTuple):
    """What stands around a place."""

    in_trace: bool = False
    left_of_colon: bool = False
    in_kron: bool = False
    in_product: bool = False
    heads_trace: bool = False  # is it the argument of a trace itself?


Changes = Callable[[Term, Context], Iterator[tuple[str, Term]]]


class Making:
    """Makes terms that type-check."""

    table: Table

    def times(self, number: int | Fraction, term: Term) -> Term:
        return self.table.make("mul", (self.table.num(number), term), term.shape)

    def T(self, term: Term) -> Term:
        if term.shape == SCALAR:
            return term
        if term.head == "T":
            return term.args[0]
        return self.table.make("T", (term,), (term.shape[1], term.shape[0]))

    def product(self, factors: list[Term], shape: Shape) -> Term | None:
        """The product, where the shapes fit and it has the shape."""
        chain = [f for f in factors if f.shape != SCALAR]
        for a, b in pairwise(chain):
            if a.shape[1] != b.shape[0]:
                return None
        have = (chain[0].shape[0], chain[-1].shape[1]) if chain else SCALAR
        return self.table.make("mul", tuple(factors), shape) if have == shape else None

    def _with(self, t: Term, i: int, a: Term) -> Term:
        return self.table.make(t.head, (*t.args[:i], a, *t.args[i + 1 :]), t.shape, t.payload)


def flat(t: Term) -> Iterator[Term]:
    """The factors of nested products, in order."""
    for a in t.args:
        if a.head == "mul":
            yield from flat(a)
        else:
            yield a
