"""The verification of a whole proof: what is printed was checked, and nothing else can be printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from .derivation import Let, Line, Verification
from .terms import Table, Term, postorder
from .verify import Problem, check_lines

#: How a differential of a compound term is called while it is checked: no user's name begins like this.
_HIDDEN = "d#"


class Auditor:
    """Checks lines against f, as typed, and the definitions."""

    def __init__(
        self, f: Term, variable: Term, symbols: Mapping[str, Term], lets: Sequence[Let], table: Table, seed: int,
        convention: str | None = None, transposed: bool = False,
    ) -> None:  # fmt: skip
        self.table, self.seed = table, seed
        triples = tuple((let.name, let.symbol, let.definition) for let in lets)
        self.problem = Problem(f, variable, symbols, triples, convention, transposed)
        self._names: dict[Term, Term] = {}

    def check(self, lines: Sequence[Line]) -> Verification:
        """Raises `VerificationError` with the first line that does not hold."""
        plain = [replace(line, term=self._plain(line.term)) for line in lines]
        hidden = tuple((s.name, s, t) for t, s in self._names.items())
        problem = replace(self.problem, lets=(*self.problem.lets, *hidden)) if hidden else self.problem
        return check_lines(problem, plain, seed=self.seed)

    def _plain(self, term: Term) -> Term:
        """The term with differentials of symbols only: d(inv(M)) becomes the differential of a hidden definition."""
        memo: dict[Term, Term] = {}
        for t in postorder(term):
            if t.head == "d" and t.args[0].head != "var":
                inner = t.args[0]
                if inner not in self._names:
                    name = f"{_HIDDEN}{len(self._names)}"
                    self._names[inner] = self.table.var(name, inner.shape)
                memo[t] = self.table.d(self._names[inner])
            elif t.has_d and t.args:
                memo[t] = self.table.make(t.head, tuple(memo[a] for a in t.args), t.shape, t.payload)
            else:
                memo[t] = t
        return memo[term]


class Lines(Mapping[str, "tuple[Line, ...]"]):
    """Lines by detail; a detail that nobody has asked for yet is made, and checked, when it is."""

    def __init__(self, ready: Mapping[str, tuple[Line, ...]], later: Mapping[str, Callable[[], tuple[Line, ...]]]) -> None:
        self._ready, self._later = dict(ready), later

    def __getitem__(self, detail: str) -> tuple[Line, ...]:
        if detail not in self._ready:
            self._ready[detail] = self._later[detail]()
        return self._ready[detail]

    def __iter__(self) -> Iterator[str]:
        return iter([*self._ready, *(d for d in self._later if d not in self._ready)])

    def __len__(self) -> int:
        return len(set(self._ready) | set(self._later))
