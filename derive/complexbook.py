"""The part of a rule book that holds for complex numbers.

A rule holds over both fields unless its field `over` says otherwise.  Facts about order (positive, positive definite)
are left out: what is positive of complex numbers is declared, or it is unknown.
"""

from __future__ import annotations

from .rulebook import Fact, RuleBook

#: Properties that a complex question restates (as hermitian and invertible).
RESTATED = ("positive_definite", "positive_semidefinite")
#: Properties that facts prove of real numbers alone.
ORDER = frozenset({"positive", "nonnegative", "positive_semidefinite", "positive_definite", "positive_determinant"})


def complex_book(book: RuleBook) -> RuleBook:
    """The rules and facts without those over the real numbers; made once for a book.

    >>> whole = RuleBook.load(); part = complex_book(whole)
    >>> "norm-squared" in part.rules, "norm-conj" in part.rules, "d-product" in part.rules
    (False, True, True)
    """
    return book.once("complex", lambda: _part(book))


def _part(book: RuleBook) -> RuleBook:
    part = RuleBook()
    part.functions.update(book.functions)
    part.rules.update({name: rule for name, rule in book.rules.items() if rule.over != "real"})
    part.facts.extend([f for f in book.facts if f.over != "real" and _without_order(f)])
    return part


def _without_order(fact: Fact) -> bool:
    return fact.prop not in ORDER and not any(p in fact.when_text for p in RESTATED)
