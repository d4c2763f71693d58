"""Changes of entrywise products, diagonals, rows and outer products."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..terms import SCALAR, Shape, Term
from .places import Context, Making, flat


class EntryRepairs(Making):
    """Where entrywise and matrix products are confused."""

    def _split_by_entries(self, t: Term, chain: list[Term]) -> Iterator[tuple[str, Term]]:
        """P*Q of a product of several factors, multiplied entry by entry instead; inside of a product, too."""
        table = self.table
        scalars = [f for f in flat(t) if f.shape == SCALAR]
        for start in range(len(chain)):
            for stop in range(start + 2, len(chain) + 1):
                for middle in range(start + 1, stop):
                    parts = []
                    for part in (chain[start:middle], chain[middle:stop]):
                        shape = (part[0].shape[0], part[-1].shape[1])
                        parts.append(part[0] if len(part) == 1 else self.product(part, shape))
                    a, b = parts
                    if a is None or b is None or a.shape != b.shape:
                        continue
                    had = table.make("had", (a, b), a.shape)
                    made = self.product([*scalars, *chain[:start], had, *chain[stop:]], t.shape)
                    if made is not None:
                        yield "hadamard", made

    def _structures(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        """Hadamard factors moved into or out of products; diagonals for row sums; squares of diagonals."""
        table = self.table
        if t.head == "had" and len(t.args) == 2:
            for x, y in (t.args, t.args[::-1]):
                if y.head == "mul":  # (P*Q).*x: P*(Q.*x) and (P.*x)*Q
                    yield from self._pushed(x, y, t.shape)
        if t.head == "mul":
            chain = [f for f in flat(t) if f.shape != SCALAR]
            scalars = [f for f in flat(t) if f.shape == SCALAR]
            for i, f in enumerate(chain):
                if f.head == "had" and len(f.args) == 2:
                    for x, y in (f.args, f.args[::-1]):  # P*(x.*y)*Q: (P*x*Q).*y
                        inner = [*chain[:i], x, *chain[i + 1 :]]
                        shape = (inner[0].shape[0], inner[-1].shape[1])
                        made = self.product(inner, shape)
                        if made is not None and shape == y.shape == t.shape:
                            had = table.make("had", (made, y), shape)
                            yield "hadamard", table.make("mul", (*scalars, had), shape) if scalars else had
            yield from self._diagonals(t, chain, scalars)
            yield from self._rows(t, chain, scalars)
            yield from self._outer(t, scalars)
        if t.head == "pow" and t.args[0].head == "diag" and t.args[1].head == "num" and t.args[1].payload == 2:
            u = t.args[0].args[0]
            if u.shape[1] == 1:
                yield "diag", table.make("mul", (u, self.T(u)), t.shape)

    def _pushed(self, x: Term, y: Term, shape: Shape) -> Iterator[tuple[str, Term]]:
        factors = [f for f in flat(y) if f.shape != SCALAR]
        scalars = [f for f in flat(y) if f.shape == SCALAR]
        for i in range(len(factors)):
            for j in range(i + 1, len(factors) + 1):
                part = factors[i:j]
                own = (part[0].shape[0], part[-1].shape[1])
                inner = part[0] if len(part) == 1 else self.product(part, own)
                if inner is not None and inner.shape == x.shape and len(part) < len(factors):
                    had = self.table.make("had", (x, inner), inner.shape)
                    made = self.product([*scalars, *factors[:i], had, *factors[j:]], shape)
                    if made is not None:
                        yield "hadamard", made

    def _diagonals(self, t: Term, chain: list[Term], scalars: list[Term]) -> Iterator[tuple[str, Term]]:
        """diag(S)'*v for ones'*S*v, and u*v' for diag(u)*diag(v)."""
        table = self.table
        first = chain[0] if chain else None
        if first is not None and first.head == "T" and first.args[0].head == "ones" and len(chain) > 2:
            inner = self.product(chain[1:-1], (chain[1].shape[0], chain[-2].shape[1])) if len(chain) > 3 else chain[1]
            if inner is not None and inner.shape[0] == inner.shape[1]:
                column = table.make("diag", (inner,), (inner.shape[0], 1))
                made = self.product([*scalars, self.T(column), chain[-1]], t.shape)
                if made is not None:
                    yield "diag", made
        for i, (a, b) in enumerate(pairwise(chain)):  # diag(u)^2 for u*u'
            if a.shape[1] == 1 != a.shape[0] and b is self.T(a) and a.shape != SCALAR:
                diagonal = table.make("diag", (a,), (a.shape[0], a.shape[0]))
                made = self.product([*scalars, *chain[:i], diagonal, diagonal, *chain[i + 2 :]], t.shape)
                if made is not None:
                    yield "diag", made
        for i, (a, b) in enumerate(pairwise(chain)):  # Diag(A*x) for A*Diag(x)
            for matrix, diagonal in ((a, b), (b, a)):
                if diagonal.head == "diag" and diagonal.args[0].shape[1] == 1 != matrix.shape[1] == diagonal.shape[0]:
                    product = self.product([matrix, diagonal.args[0]], (matrix.shape[0], 1))
                    if product is not None and matrix.shape[0] == matrix.shape[1]:
                        new = table.make("diag", (product,), matrix.shape)
                        made = self.product([*scalars, *chain[:i], new, *chain[i + 2 :]], t.shape)
                        if made is not None:
                            yield "diag", made
        if len(chain) == 2 and chain[0].head == chain[1].head == "diag" and chain[0].args[0].shape[1] == 1:
            made = self.product([*scalars, chain[0].args[0], self.T(chain[1].args[0])], t.shape)
            if made is not None:
                yield "diag", made

    def _rows(self, t: Term, chain: list[Term], scalars: list[Term]) -> Iterator[tuple[str, Term]]:
        """(p.*q.*r)' for p'*q*r'."""
        for i in range(len(chain) - 2):
            p, q, r = chain[i : i + 3]
            if p.shape[0] == r.shape[0] == q.shape[1] == 1 and p.shape == r.shape == (1, q.shape[0]):
                had = self.table.make("had", (self.T(p), q, self.T(r)), q.shape)
                made = self.product([*scalars, *chain[:i], self.T(had), *chain[i + 3 :]], t.shape)
                if made is not None:
                    yield "hadamard", made

    def _outer(self, t: Term, scalars: list[Term]) -> Iterator[tuple[str, Term]]:
        """A*(x*x') for (x'*x)*A: an outer product for an inner one, alone or on the left of a colon."""
        table = self.table
        others = [f for f in t.args if f not in scalars or f.head == "colon"]
        for s in scalars:
            outer = self._as_outer(s)
            rest = [f for f in flat(t) if f is not s]
            if outer is None or not others:
                continue
            for f in rest:
                if f.head == "colon":
                    a, b = f.args
                    for pair in ([a, outer], [outer, a]):
                        made = self.product(pair, a.shape)
                        if made is not None:
                            colon = table.make("colon", (made, b), SCALAR)
                            yield "shape", table.make("mul", tuple(colon if g is f else g for g in rest), SCALAR)
                elif f.shape != SCALAR:
                    for pair in ([f, outer], [outer, f]):
                        made = self.product(pair, f.shape)
                        if made is not None:
                            factors = [made if g is f else g for g in rest]
                            yield "shape", table.make("mul", tuple(factors), t.shape)

    def _as_outer(self, s: Term) -> Term | None:
        """The sum of outer products for a sum of inner products."""
        table = self.table
        if s.head == "add":
            parts = [self._as_outer(a) for a in s.args]
            if any(p is None or p.shape != parts[0].shape for p in parts):  # type: ignore[union-attr]
                return None
            return table.make("add", tuple(parts), parts[0].shape)  # type: ignore[union-attr, arg-type]
        if s.head != "mul":
            return None
        numbers = tuple(f for f in s.args if f.shape == SCALAR and f.head == "num")
        inner = [f for f in flat(s) if f.head != "num"]
        if len(inner) != 2 or inner[0].shape != (1, inner[1].shape[0]) or inner[1].shape[1] != 1:
            return None
        outer = table.make("mul", (inner[1], inner[0]), (inner[1].shape[0], inner[0].shape[1]))
        return table.make("mul", (*numbers, outer), outer.shape) if numbers else outer

    def _pulled_in(self, x: Term, y: Term, shape: Shape) -> Iterator[tuple[str, Term]]:
        """x .* (P*V) for (x .* P)*V."""
        factors = list(flat(y))
        for i in range(1, len(factors)):
            for one, other, left in ((factors[:i], factors[i:], True), (factors[i:], factors[:i], False)):
                inner = self.product(one, (one[0].shape[0], one[-1].shape[1]))
                if inner is not None and inner.shape == x.shape:
                    had = self.table.make("had", (x, inner), inner.shape)
                    made = self.product([had, *other] if left else [*other, had], shape)
                    if made is not None:
                        yield "hadamard", made
