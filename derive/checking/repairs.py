"""Small changes of a wrong line, each with the kind of mistake that it would mend.

Every change keeps the shape of the place where it is made, so that the line still type-checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, pairwise, permutations, product
from typing import NamedTuple

from ..terms import SCALAR, Shape, Table, Term

_MOST = 6  # factors of a product that are permuted
_LIMIT = 1500  # changes of one line


class Repair(NamedTuple):
    """A changed line, and the kind of mistake."""

    kind: str
    term: Term


class Context(NamedTuple):
    """What stands around a place."""

    in_trace: bool = False
    left_of_colon: bool = False
    in_kron: bool = False
    in_product: bool = False


Changes = Callable[[Term, Context], Iterator[tuple[str, Term]]]


class Repairs:
    """The changes of one line."""

    def __init__(self, table: Table, variable: Term, second: bool) -> None:
        self.table, self.variable, self.second = table, variable, second

    def of(self, term: Term) -> Iterator[Repair]:
        """All changes, the simplest first, each once."""
        seen = {term}
        found = 0
        for kind, changed in self._all(term):
            if changed not in seen:
                seen.add(changed)
                found += 1
                yield Repair(kind, changed)
                if found >= _LIMIT:
                    return

    def _all(self, term: Term) -> Iterator[tuple[str, Term]]:
        first = (self._signs, self._numbers, self._one_flip, self._orders)
        for changes in (*first, self._more_flips, self._functions, self._krons):
            yield from self._everywhere(term, changes, Context())
        yield from self._reordered(term)
        yield "sign", self.times(-1, term)
        whole = "factor-2" if self.second else "product-rule"
        yield whole, self.times(2, term)
        yield "factor-2", self.times(Fraction(1, 2), term)

    def _reordered(self, term: Term) -> Iterator[tuple[str, Term]]:
        """A product in another order that has another shape."""
        factors = list(flat(term)) if term.head == "mul" else []
        chain = [f for f in factors if f.shape != SCALAR]
        if not 1 < len(chain) <= _MOST:
            return
        for order in permutations(chain):
            shape = (order[0].shape[0], order[-1].shape[1])
            made = self.product([*[f for f in factors if f.shape == SCALAR], *order], shape)
            if made is not None and shape != term.shape:
                yield "order", made

    # ------------------------------------------------------------ places
    def _everywhere(self, term: Term, changes: Changes, context: Context) -> Iterator[tuple[str, Term]]:
        yield from changes(term, context)
        for i, a in enumerate(term.args):
            inner = Context(
                context.in_trace or term.head == "tr",
                context.left_of_colon or (term.head == "colon" and term.args[1 - i].has_d),
                context.in_kron or term.head == "kron",
                term.head == "mul" and sum(f.shape != SCALAR for f in term.args) > 1,
            )
            for kind, changed in self._everywhere(a, changes, inner):
                args = (*term.args[:i], changed, *term.args[i + 1 :])
                yield kind, self.table.make(term.head, args, term.shape, term.payload)

    # ------------------------------------------------------------ making terms
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

    # ------------------------------------------------------------ changes
    def _signs(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        if t.head == "add":
            for i, a in enumerate(t.args):
                yield "sign", self._with(t, i, self.times(-1, a))
        if t.has_d and t.head in ("inv", "T", "tr"):
            yield "sign", self.times(-1, t)

    def _numbers(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        if t.head == "add":
            for i, a in enumerate(t.args):
                for number in (2, Fraction(1, 2)):
                    yield "factor-2", self._with(t, i, self.times(number, a))

    def _one_flip(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        """One factor, or the whole, transposed."""
        kind = self._flip_kind(context)
        yield from self._flipped_factors(t, 1, kind)
        if t.head == "add":
            for i, a in enumerate(t.args):
                if a.shape[0] == a.shape[1] != 1:
                    yield "transpose", self._with(t, i, self.T(a))
        if t.shape[0] == t.shape[1] != 1 and t.head in ("inv", "pow", "var", "add", "T", "kron"):
            alone = t.head == "inv" or (t.head == "pow" and t.args[1].payload == -1)
            lone = "transpose" if t.head == "add" else "logdet" if alone and not context.in_product else kind
            yield lone, self.T(t)

    def _more_flips(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        """Two or three factors transposed."""
        for count in (2, 3):
            yield from self._flipped_factors(t, count, self._flip_kind(context))

    def _flip_kind(self, context: Context) -> str:
        if context.in_kron:
            return "kron-order"
        return "transpose-colon" if context.left_of_colon and self.variable.shape[1] != 1 else "transpose"

    def _flipped_factors(self, t: Term, count: int, kind: str) -> Iterator[tuple[str, Term]]:
        if t.head != "mul":
            return
        factors = list(flat(t))
        places = [i for i, f in enumerate(factors) if f.shape != SCALAR]
        inner = any(a.head == "mul" and a.shape == SCALAR for a in t.args) and t.shape != SCALAR
        for chosen in combinations(places, count):
            made = self.product([self.T(f) if i in chosen else f for i, f in enumerate(factors)], t.shape)
            if made is not None:
                yield "shape" if inner else kind, made

    def _krons(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        """Kronecker products with their factors exchanged or transposed: one, or all of a sum in one way each."""
        if t.head == "kron":
            for made in self._kron_changes(t):
                yield "kron-order", made
        if t.head == "add" and len(t.args) <= 3 and all(a.head == "kron" for a in t.args):
            for chosen in product(*[[a, *self._kron_changes(a)] for a in t.args]):
                yield "kron-order", self.table.make("add", chosen, t.shape)

    def _kron_changes(self, t: Term) -> list[Term]:
        a, b = t.args
        pairs = ((b, a), (self.T(a), b), (a, self.T(b)), (self.T(a), self.T(b)), (self.T(b), a), (b, self.T(a)))
        return [self.table.make("kron", (x, y), t.shape) for x, y in pairs if _kron_shape(x, y) == t.shape]

    def _orders(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        if t.head != "mul":
            return
        factors = list(flat(t))
        scalars = [f for f in factors if f.shape == SCALAR]
        chain = [f for f in factors if f.shape != SCALAR]
        kind = "trace-cycle" if context.in_trace else "order"
        if 1 < len(chain) <= _MOST:
            inner = any(a.head == "mul" and a.shape == SCALAR for a in t.args) and t.shape != SCALAR
            diagonal = "diag" if any(f.head == "diag" for f in chain) else kind
            for order in permutations(chain):
                made = self.product([*scalars, *order], t.shape)
                if made is not None:
                    yield "shape" if inner else diagonal, made
            for count in (1, 2) if len(chain) <= 4 else (1,):
                for order in permutations(chain):
                    for chosen in combinations(range(len(order)), count):
                        turned = [self.T(f) if i in chosen else f for i, f in enumerate(order)]
                        made = self.product([*scalars, *turned], t.shape)
                        if made is not None:
                            outer = inner or (count == 1 and 1 in order[chosen[0]].shape and t.shape != SCALAR)
                            yield "shape" if outer else kind, made
        for i, f in enumerate(chain):  # (A*A) was A*B*A pulled together
            if f.head == "pow" and f.args[1].head == "num" and f.args[1].payload in (2, -2):
                base = f.args[0] if f.args[1].payload > 0 else self.table.make("inv", (f.args[0],), f.shape)
                rest = [*chain[:i], *chain[i + 1 :]]
                for j in range(len(rest) + 1):
                    for k in range(j, len(rest) + 1):
                        made = self.product([*scalars, *rest[:j], base, *rest[j:k], base, *rest[k:]], t.shape)
                        if made is not None:
                            yield "inverse-rule" if len(rest) == 1 and rest[0].has_d else kind, made
                            yield "inverse-rule", self.times(-1, made)

    def _functions(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        table = self.table
        if t.head == "had" and len(t.args) == 2:
            a, b = t.args
            for x, y in ((a, b), (b, a)):
                made = self.product([x, y], t.shape)
                if made is not None:
                    yield "hadamard", made
                minus = table.make("hpow" if t.shape != SCALAR else "pow", (y, table.num(-1)), y.shape)
                yield "hadamard", table.make("had", (x, minus), t.shape)
                yield "hadamard", table.make("had", (x, table.make("had", (x, y), t.shape)), t.shape)
                if y.head == "mul":
                    yield from self._pulled_in(x, y, t.shape)
        if t.head == "mul":
            chain = [f for f in flat(t) if f.shape != SCALAR]
            if len(chain) == 2 and chain[0].shape == chain[1].shape:
                scalars = [f for f in flat(t) if f.shape == SCALAR]
                had = table.make("had", tuple(chain), chain[0].shape)
                if had.shape == t.shape:
                    yield "hadamard", table.make("mul", (*scalars, had), t.shape)
            if len(chain) > 1 and chain[-1].head == "ones" and t.shape[1] == 1:
                inner = self.product(chain[:-1], (chain[0].shape[0], chain[-2].shape[1]))
                if inner is not None and inner.shape[0] == inner.shape[1]:
                    yield "diag", table.make("diag", (inner,), t.shape)
        if t.head in ("pow", "hpow") and t.args[1].head == "num":
            k = t.args[1].payload
            kind = "norm-chain" if t.args[0].shape == SCALAR else "chain-rule"
            for other in (k - 1, k + 1, -k):
                yield kind, table.make(t.head, (t.args[0], table.num(Fraction(other))), t.shape)
        if t.head in ("sqrt", "sqrtm"):
            kind = "norm-chain" if t.shape == SCALAR else "chain-rule"
            inverse = table.make("pow" if t.shape[0] == t.shape[1] else "hpow", (t, table.num(-1)), t.shape)
            yield kind, inverse
        if t.head == "norm":
            yield "norm-chain", table.make("pow", (t, table.num(2)), t.shape)
        if t.head == "inv" or (t.head == "pow" and t.shape != SCALAR and t.args[1].payload == -1):
            yield "logdet", t.args[0]

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

    def _with(self, t: Term, i: int, a: Term) -> Term:
        return self.table.make(t.head, (*t.args[:i], a, *t.args[i + 1 :]), t.shape, t.payload)


def flat(t: Term) -> Iterator[Term]:
    """The factors of nested products, in order."""
    for a in t.args:
        if a.head == "mul":
            yield from flat(a)
        else:
            yield a


def _kron_shape(a: Term, b: Term) -> Shape:
    from ..terms import dim_product

    return dim_product(a.shape[0], b.shape[0]), dim_product(a.shape[1], b.shape[1])
