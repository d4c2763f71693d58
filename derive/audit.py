"""The verification of a whole proof: what is printed was checked, and nothing else can be printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .derivation import Let, Line, Verification
from .evaluate import functions
from .meanings import Meanings
from .rulebook import RuleBook
from .terms import Term
from .verify import Problem, check_lines


class Auditor:
    """Checks lines against f, as typed, and the definitions."""

    def __init__(
        self, f: Term, variable: Term, symbols: Mapping[str, Term], lets: Sequence[Let], seed: int,
        plain: Callable[[Term], Term] | None = None, **claims: Any,
    ) -> None:  # fmt: skip
        """`plain` writes a term in functions that have values, where others occur; `claims` are the optional
        fields of `claims.Problem`: convention, transposed, jacobian, direction."""
        self.seed, self.plain = seed, plain
        triples = tuple((let.name, let.symbol, let.definition) for let in lets)
        if plain is not None:
            f, triples = plain(f), tuple((name, symbol, plain(t)) for name, symbol, t in triples)
        self.problem = Problem(f, variable, symbols, triples, **claims)

    def check(self, lines: Sequence[Line]) -> Verification:
        """Raises `VerificationError` with the first line that does not hold."""
        if self.plain is not None:
            lines = [line._replace(term=self.plain(line.term)) for line in lines]
        return check_lines(self.problem, lines, seed=self.seed)


def explained_functions(book: RuleBook) -> Meanings:
    """The functions of a book that have no values of their own, but a meaning."""

    def found() -> Meanings:
        valued = functions()
        return Meanings({n: f for n, f in book.functions.items() if f.means and n not in valued})

    return book.once("explained", found)


class Lines(Mapping[str, "tuple[Line, ...]"]):
    """Lines by detail; a detail that nobody has asked for yet is made, and checked, when it is."""

    def __init__(
        self, ready: Mapping[str, tuple[Line, ...]], later: Mapping[str, Callable[[], tuple[Line, ...]]]
    ) -> None:
        self._ready, self._later = dict(ready), later

    def __getitem__(self, detail: str) -> tuple[Line, ...]:
        if detail not in self._ready:
            self._ready[detail] = self._later[detail]()
        return self._ready[detail]

    def __iter__(self) -> Iterator[str]:
        return iter([*self._ready, *(d for d in self._later if d not in self._ready)])

    def __len__(self) -> int:
        return len(set(self._ready) | set(self._later))
