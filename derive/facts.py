"""What is known of a term: declared properties and the closure facts of the rule book.

`holds` answers True (proved), False (refuted) or None (unknown); unknown is never taken for yes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .match import Matcher, instantiate
from .normal import Algebra
from .terms import SCALAR, Term

if TYPE_CHECKING:
    from .rulebook import RuleBook

#: How a condition is written in a proof.
SENTENCES = {
    "invertible": "{} is invertible",
    "nonzero": "{} is not 0",
    "positive": "{} is positive",
    "positive_determinant": "det({}) is positive",
    "positive_definite": "{} is positive definite",
    "skew": "{} is skew-symmetric",
    "toeplitz": "{} is a Toeplitz matrix",
    "hermitian": "{} is Hermitian",
    "positive_integer": "{} is a positive integer",
    "orthonormal_columns": "{} has orthonormal columns",
    "full_rank": "{} has full rank",
    "full_column_rank": "{} has full column rank",
    "full_row_rank": "{} has full row rank",
    "constant_rank": "the rank of {} is constant near the point",
    "unique_largest": "the largest entry of {} is unique",
    "unique_smallest": "the smallest entry of {} is unique",
    "simple_largest_eigenvalue": "the largest eigenvalue of {} is simple",
    "simple_smallest_eigenvalue": "the smallest eigenvalue of {} is simple",
    "simple_largest_singular_value": "the largest singular value of {} is simple",
}


class Facts:
    """Properties of the terms of one algebra."""

    def __init__(self, book: RuleBook, algebra: Algebra) -> None:
        self.book, self.algebra = book, algebra
        self.matcher = Matcher(algebra)
        self._known: dict[tuple[str, Term], bool | None] = {}
        self._defined: dict[Term, Term] = {}

    def define(self, symbol: Term, definition: Term) -> None:
        """A name has the properties of what it stands for."""
        self._defined[symbol] = definition

    def without(self, supposed: Iterable[tuple[str, Term]]) -> Facts:
        """The same definitions with only these suppositions."""
        other = Facts(self.book, self.algebra)
        other._defined = dict(self._defined)
        for prop, term in supposed:
            other.suppose(prop, term)
        return other

    def suppose(self, prop: str, term: Term) -> None:
        """From here on the property is taken as known: it is printed as an assumption of the proof."""
        self._known = {key: known for key, known in self._known.items() if known is not None}
        self._known[prop, term] = True

    def refute(self, prop: str, term: Term) -> None:
        """From here on the property is taken as refuted: numbers show that it never holds."""
        self._known[prop, term] = False

    def holds(self, prop: str, term: Term) -> bool | None:
        """Is the property proved for the term?"""
        key = (prop, term)
        if key not in self._known:
            self._known[key] = None  # while it is being worked out: unknown, so a circle proves nothing
            self._known[key] = self._prove(prop, term)
        return self._known[key]

    def _prove(self, prop: str, term: Term) -> bool | None:
        if term.head == "var" and prop in term.payload.props:
            return True
        if term in self._defined and self.holds(prop, self._defined[term]) is True:
            return True
        if prop == "symmetric":
            return True if self.algebra.T(term) is term else None
        if (
            term.head == "num"
            and prop in ("nonzero", "positive", "nonnegative")
            and not isinstance(term.payload, complex)
        ):
            value = term.payload
            return bool({"nonzero": value != 0, "positive": value > 0, "nonnegative": value >= 0}[prop])
        if (prop == "real" and term.head in ("num", "dim")) or (prop == "positive_integer" and term.head == "dim"):
            return True
        if prop == "square":
            return term.shape[0] == term.shape[1]
        if prop == "plain":  # a variable whose inverse nobody declared to exist, or what has none
            # (a skew matrix of odd size has none)
            return (
                self.holds("singular", term)
                or self.holds("skew", term)
                or self.holds("invertible", term) is False
                or (term.head == "var" and self.holds("invertible", term) is not True)
            )
        if prop == "scalar":
            return term.shape == SCALAR
        for fact in self.book.facts_for(prop):
            for match in self.matcher.match(fact.lhs, term):
                if all(
                    self.holds(p, instantiate(a, match, self.algebra, self.algebra.table.d)) is True
                    for p, a in fact.when
                ):
                    return True
        return False if prop == "invertible" and self.holds("singular", term) else None

    @staticmethod
    def sentence(prop: str, term: Term) -> str:
        """The assumption in words, as it is printed with the proof."""
        text = str(term) if term.size <= 200 else f"{term.head}(...)"
        return SENTENCES.get(prop, "{} is " + prop.replace("_", " ")).format(text)
