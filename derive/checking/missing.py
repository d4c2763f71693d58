"""Changes of a wrong line that put back what is missing: a factor, a term, a matrix, a mask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import DeriveError
from ..terms import SCALAR, Table, Term, dim_product, postorder
from .known import replaced
from .own import proof_of, summands
from .places import Repair, flat
from .repairs import Repairs

if TYPE_CHECKING:
    from ..derivation import Derivation
    from .known import Known
    from .outline import Claimed
    from .reading import Reading


class Missing:
    """Looks for what is missing in one line."""

    checker: Reading
    known: Known
    table: Table
    claim: Claimed | None

    def _repairs(self, second: bool = False) -> Repairs:
        claim = self.claim
        assert claim is not None
        lemma = claim.lhs == "0" and not claim.key.function
        before = [c.term for c in self.checker.claims if c.line < claim.line and c.lhs.startswith("d")]
        merged = any(t.head == "add" and all(a.has_d for a in t.args) for term in before for t in postorder(term))
        directions = frozenset(["J", *self.known.small])
        return Repairs(self.table, claim.problem.variable, second, directions, lemma, merged)

    @property
    def said(self) -> Term:
        """What the line says on its right side."""
        assert self.claim is not None
        return self.claim.term if self.claim.right is None else self.claim.right

    def _scaled(self, term: Term) -> Iterator[Repair]:
        """f, a determinant, or a power of a norm too few or too many."""
        table = self.table
        for u in self._scalars():
            for k in (1, -1, 2, -2):
                factor = u if k == 1 else table.make("pow", (u, table.num(k)))
                kind = "norm-chain" if u.head in ("norm", "sqrt", "mul") else "chain-rule"
                for changed in self._everywhere(term, factor):
                    yield Repair(kind, changed)

    def _scalars(self) -> list[Term]:
        f = self.known.f
        if f is None or self.claim is None or self.claim.lhs == "0":
            return []
        roots = [f, *(t for _, _, t in self.known.lets)]
        heads = ("det", "norm", "exp", "sqrt")
        found = [t for t in postorder(*roots) if t.shape == SCALAR and t.head in heads]
        found += [s for n, s in self.known.drawn.items() if s.shape == SCALAR and n != self.known.wrt]
        return [self.table.var("f", SCALAR), *found] if f.shape == SCALAR else found

    def _everywhere(self, term: Term, factor: Term) -> Iterator[Term]:
        """The whole, or one summand, times a scalar."""
        yield self.table.make("mul", (factor, term), term.shape)
        if term.head == "add":
            for i, a in enumerate(term.args):
                scaled = self.table.make("mul", (factor, a), a.shape)
                yield self.table.make("add", (*term.args[:i], scaled, *term.args[i + 1 :]), term.shape)

    def _completed(self, term: Term) -> Iterator[Repair]:
        """A summand of the whole differential added or taken away."""
        kind = "norm-chain" if any(t.head in ("norm", "sqrt") for t in postorder(term)) else "product-rule"
        for part in self._summands():
            if part.shape == term.shape:
                minus = self.table.make("mul", (self.table.num(-1), part), part.shape)
                for more in (part, minus):
                    yield Repair(kind, self.table.make("add", (term, more), term.shape))

    def _summands(self) -> list[Term]:
        proof = self._proof()
        if proof is None or self.claim is None:
            return []
        texts = [text for line in proof.lines() for text in summands(line.term)]
        if self.claim.lhs.startswith("d(df/"):  # the Hessian's terms, each times dX
            texts = [f"({part})*d{self.known.wrt}" for part in summands(proof.result) or [str(proof.result)]]
        return list(self._read(texts))

    def _read(self, texts: Iterable[str]) -> Iterator[Term]:
        """Terms of our own proof in the checker's symbols."""
        for text in dict.fromkeys(texts):
            with suppress(DeriveError):
                yield self.known.formula(text, syntax="ascii").term

    def _inserted(self, term: Term) -> Iterator[Repair]:
        """A matrix more in a product: an inverse that was forgotten, a factor that was dropped."""
        table, known = self.table, self.known
        squares = [s for s in known.symbols.values() if s.shape[0] == s.shape[1] != 1]
        inverses = [table.make("inv", (s,), s.shape) for s in squares]
        constants = [s for n, s in known.symbols.items() if s.shape != SCALAR and n != known.wrt]
        flipped = [table.make("T", (s,), (s.shape[1], s.shape[0])) for s in constants]
        determinants = known.f is not None and any(t.head in ("det", "logdet") for t in postorder(known.f))
        forgotten = "logdet" if determinants else "inverse-rule"
        assert self.claim is not None
        repairs = self._repairs()
        for kind, atoms in ((forgotten, inverses), ("transpose", constants + flipped)):
            for atom in atoms:
                for changed in _with_factor(term, atom, repairs):
                    yield Repair(kind, changed)
        yield from self._by_entries(term)
        yield from self._commuted(term, repairs)

    def _by_entries(self, term: Term) -> Iterator[Repair]:
        """A factor that was dropped, entry by entry: a mask, or the derivative of a function."""
        table, known = self.table, self.known
        fixed = [s for n, s in known.symbols.items() if s.shape != SCALAR and n in known.drawn and n != known.wrt]
        named = [s for n, s in known.symbols.items() if s.shape != SCALAR and n not in known.drawn]
        found = [("hadamard", a) for a in fixed]
        for a in [*named, *self._own_factors()]:
            ones = table.make("ones", (), a.shape)
            minus = table.make("mul", (table.num(-1), a), a.shape)
            square = table.make("mul", (table.num(-1), table.make("hpow", (a, table.num(2)), a.shape)), a.shape)
            rest = [table.make("add", (ones, m), a.shape) for m in (minus, square)]
            found += [("chain-rule", b) for b in (a, *rest, table.make("had", (a, rest[0]), a.shape))]
        for kind, atom in found:
            for changed in _by_entries(term, atom, table):
                yield Repair(kind, changed)

    def _own_factors(self) -> list[Term]:
        """Parts of our own line without differentials."""
        proof = self._proof()
        if proof is None:
            return []
        out: list[Term] = []
        for line in proof.lines():
            if line.lhs.startswith("d"):
                parts = [t for t in postorder(line.term) if not t.has_d and t.shape != SCALAR and 1 < t.size < 40]
                out += parts
        return list(self._read(str(t) for t in out[:60]))

    def _commuted(self, term: Term, repairs: Repairs) -> Iterator[Repair]:
        """A commutation matrix that was forgotten: vec(dX') for vec(dX)."""
        m, n = self.known.variable.shape
        if n == 1:
            return
        size = dim_product(m, n)
        for dims in ((m, n), (n, m)):
            matrix = self.table.make("commutation", (), (size, size), dims)
            for changed in _with_factor(term, matrix, repairs):
                yield Repair("transpose", changed)

    def _proof(self) -> Derivation | None:
        return proof_of(self.known, self.claim) if self.claim is not None else None


def _by_entries(term: Term, atom: Term, table: Table) -> Iterator[Term]:
    """The atom times a part of its shape, entry by entry."""
    for part in postorder(term):
        if part.shape == atom.shape and part is not atom and part.head not in ("had",):
            had = table.make("had", (atom, part), part.shape)
            yield replaced(term, {part: had}, table)


def _with_factor(term: Term, atom: Term, repairs: Repairs) -> Iterator[Term]:
    """The atom put into every product (or beside every factor) where it fits."""
    table = repairs.table
    if term.head == "mul":
        factors = list(flat(term))
        for i in range(len(factors) + 1):
            made = repairs.product([*factors[:i], atom, *factors[i:]], term.shape)
            if made is not None:
                yield made
    elif term.shape != SCALAR:
        for pair in ([atom, term], [term, atom]):
            made = repairs.product(pair, term.shape)
            if made is not None:
                yield made
    for i, a in enumerate(term.args):
        for changed in _with_factor(a, atom, repairs):
            yield table.make(term.head, (*term.args[:i], changed, *term.args[i + 1 :]), term.shape, term.payload)
