"""What is known of a term: declared properties and the closure facts of the rule book.

`holds` answers True (proved), False (refuted) or None (unknown); unknown is never taken for yes.
"""

from __future__ import annotations

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
    "full_rank": "{} has full rank",
    "full_column_rank": "{} has full column rank",
    "full_row_rank": "{} has full row rank",
    "constant_rank": "the rank of {} is constant near the point",
    "simple_spectrum": "the largest singular value (eigenvalue) of {} is simple",
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
        if term in self._defined:
            return self.holds(prop, self._defined[term])
        if prop == "symmetric":
            return True if self.algebra.T(term) is term else None
        if (
            term.head == "num"
            and prop in ("nonzero", "positive", "nonnegative")
            and not isinstance(term.payload, complex)
        ):
            value = term.payload
            return bool({"nonzero": value != 0, "positive": value > 0, "nonnegative": value >= 0}[prop])
        if prop == "square":
            return term.shape[0] == term.shape[1]
        if prop == "plain":  # a variable whose inverse nobody declared to exist, or what has none
            return self.holds("singular", term) or (
                term.head == "var" and self.holds("invertible", term) is not True
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
