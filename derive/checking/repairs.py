"""Small changes of a wrong line, each with the kind of mistake that it would mend.

Every change keeps the shape of the place where it is made, so that the line still type-checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, pairwise, permutations, product
from typing import NamedTuple

from ..terms import SCALAR, Shape, Table, Term, dim_product, postorder

_MOST = 6  # factors of a product that are permuted
_LIMIT = 1500  # changes of one line


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


_FLIPPED = frozenset(["inv", "pow", "var", "add", "T", "kron", "mul"])
Changes = Callable[[Term, Context], Iterator[tuple[str, Term]]]


class Repairs:
    """The changes of one line."""

    def __init__(self, table: Table, variable: Term, second: bool, directions: Directions = frozenset(), lemma: bool = False, merged: bool = False) -> None:
        self.merged = merged  # did two terms stand in a line before?
        self.table, self.variable, self.second = table, variable, second
        self.directions, self.lemma = directions, lemma

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
        first = (self._numbers, self._swapped_krons, self._one_flip, self._orders)
        yield from self._everywhere(term, self._signs, Context())
        yield "sign", self.times(-1, term)
        for changes in (*first, self._more_flips, self._functions, self._krons, self._structures, self._noncommuting):
            yield from self._everywhere(term, changes, Context())
        yield from self._reordered(term)
        twice = self.merged or self.second or not term.has_d or _has_number(term)
        yield ("factor-2" if twice else "product-rule"), self.times(2, term)
        yield "factor-2", self.times(Fraction(1, 2), term)
        for changes in (self._one_flip, self._functions, self._structures, self._swapped_krons):
            yield from self._at_all_places(term, changes)
        yield from self._everywhere(term, self._completions, Context())

    def _at_all_places(self, term: Term, changes: Changes) -> Iterator[tuple[str, Term]]:
        """The first change of a kind, made at every place where there is one."""
        kinds = dict.fromkeys(kind for kind, _ in self._everywhere(term, changes, Context()))
        for kind in kinds:
            for which in range(3):
                changed = self._changed(term, changes, kind, which, Context())
                if changed is not term:
                    yield kind, changed

    def _changed(self, t: Term, changes: Changes, kind: str, which: int, context: Context) -> Term:
        own = [made for k, made in changes(t, context) if k == kind]
        if own:
            return own[min(which, len(own) - 1)]
        args = tuple([self._changed(a, changes, kind, which, self._inside(t, i, context)) for i, a in enumerate(t.args)])
        return t if args == t.args else self.table.make(t.head, args, t.shape, t.payload)

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
            for kind, changed in self._everywhere(a, changes, self._inside(term, i, context)):
                args = (*term.args[:i], changed, *term.args[i + 1 :])
                yield kind, self.table.make(term.head, args, term.shape, term.payload)

    def _inside(self, term: Term, i: int, context: Context) -> Context:
        """What stands around the argument i of a term."""
        return Context(
            context.in_trace or term.head == "tr",
            context.left_of_colon or (term.head == "colon" and self._is_direction(term.args[1 - i])),
            context.in_kron or term.head == "kron",
            term.head == "mul" and sum(f.shape != SCALAR for f in term.args) > 1,
            term.head == "tr" or (context.heads_trace and term.head in ("mul", "add") and term.shape == SCALAR),
        )

    def _is_direction(self, t: Term) -> bool:
        return t.has_d or self.lemma or any(v.name in self.directions for v in postorder(t) if v.head == "var")

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
        lone_factor = t.head == "mul" and sum(f.shape != SCALAR for f in t.args) < 2
        if t.shape[0] == t.shape[1] != 1 and not lone_factor and t.head in _FLIPPED:
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
        matrix = self.variable.shape[1] != 1 or self.lemma
        return "transpose-colon" if context.left_of_colon and matrix else "transpose"

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

    def _swapped_krons(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        """The factors of a Kronecker product exchanged, as they are or both transposed."""
        if t.head == "kron":
            a, b = t.args
            for x, y in ((b, a), (self.T(b), self.T(a))):
                if _kron_shape(x, y) == t.shape:
                    yield "kron-order", self.table.make("kron", (x, y), t.shape)

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
        if len(chain) == 2 and not context.heads_trace and self._is_gram(chain):
            kind = "shape"
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
                            yield "inverse-rule" if len(rest) == 1 and rest[0].has_d else "order" if self.second else kind, made
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
            yield from self._split_by_entries(t, chain)
            if len(chain) > 1 and chain[-1].head == "ones" and t.shape[1] == 1:
                inner = self.product(chain[:-1], (chain[0].shape[0], chain[-2].shape[1]))
                if inner is not None and inner.shape[0] == inner.shape[1]:
                    diagonal = table.make("diag", (inner,), t.shape)
                    scalars = tuple(f for f in flat(t) if f.shape == SCALAR)
                    yield "diag", table.make("mul", (*scalars, diagonal), t.shape) if scalars else diagonal
        if t.head in ("pow", "hpow") and t.args[1].head == "num":
            k = t.args[1].payload
            kind = "norm-chain" if t.args[0].shape == SCALAR else "inverse-rule" if k < 0 else "chain-rule"
            for other in (k - 1, k + 1, -k):
                if other == 0:
                    continue
                yield kind, table.make(t.head, (t.args[0], table.num(Fraction(other))), t.shape)
        if t.head in ("sqrt", "sqrtm"):
            kind = "norm-chain" if t.shape == SCALAR else "chain-rule"
            inverse = table.make("pow" if t.shape[0] == t.shape[1] else "hpow", (t, table.num(-1)), t.shape)
            yield kind, inverse
        if t.head == "norm":
            yield "norm-chain", table.make("pow", (t, table.num(2)), t.shape)
        if t.head == "inv" or (t.head == "pow" and t.shape != SCALAR and t.args[1].payload == -1):
            yield "logdet", t.args[0]

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
                    column = self.product([matrix, diagonal.args[0]], (matrix.shape[0], 1))
                    if column is not None and matrix.shape[0] == matrix.shape[1]:
                        new = table.make("diag", (column,), matrix.shape)
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
                            yield "shape", table.make("mul", tuple(made if g is f else g for g in rest), t.shape)

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
        if len(inner) != 2 or inner[0].shape[0] != 1 or inner[0].shape[1] != inner[1].shape[0] or inner[1].shape[1] != 1:
            return None
        outer = table.make("mul", (inner[1], inner[0]), (inner[1].shape[0], inner[0].shape[1]))
        return table.make("mul", (*numbers, outer), outer.shape) if numbers else outer

    def _noncommuting(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        """2*A*B, 3*A^2*B written for sums of products in every order."""
        if t.head != "mul":
            return
        table, factors = self.table, list(flat(t))
        number = next((f.payload for f in factors if f.head == "num"), 1)
        chain: list[Term] = []
        for f in factors:
            if f.shape != SCALAR and f.head == "pow" and f.args[1].head == "num" and f.args[1].payload in (2, 3):
                chain += [f.args[0]] * f.args[1].payload
            elif f.shape != SCALAR:
                chain.append(f)
        others = [f for f in factors if f.shape == SCALAR and f.head != "num"]
        if abs(number) not in (2, 3) or not 1 < len(chain) <= 5:
            return
        orders = []
        for order in dict.fromkeys(permutations(chain)):
            made = self.product([*others, *order], t.shape)
            if made is not None:
                orders.append(made)
        kind = "order" if abs(number) == 3 or not t.has_d or t.shape == SCALAR else "product-rule"
        sign = table.num(-1 if number < 0 else 1)
        for chosen in combinations(orders, abs(number)):
            made = table.make("add", chosen, t.shape)
            yield kind, table.make("mul", (sign, made), t.shape) if number < 0 else made

    def _completions(self, t: Term, context: Context) -> Iterator[tuple[str, Term]]:
        """A second term like the first: its transpose, or the same with a square factor transposed or in another place."""
        table = self.table
        if not (t.has_d or any(v.name in self.directions for v in postorder(t) if v.head == "var")):
            return
        if t.shape[0] == t.shape[1] != 1 and t.head in ("mul", "inv"):
            yield "product-rule", table.make("add", (t, self.T(t)), t.shape)
            yield "product-rule", table.make("add", (t, self.times(-1, self.T(t))), t.shape)
        if t.head == "mul":
            for _, other in self._flipped_factors(t, 1, ""):
                yield "product-rule", table.make("add", (t, other), t.shape)
            chain = [f for f in flat(t) if f.shape != SCALAR]
            scalars = [f for f in flat(t) if f.shape == SCALAR]
            for i in range(len(chain)):  # a square part of the product, and its transpose
                for j in range(i + 2, len(chain) + 1):
                    part = self.product(chain[i:j], (chain[i].shape[0], chain[j - 1].shape[1]))
                    if part is not None and part.has_d and part.shape[0] == part.shape[1] != 1:
                        both = table.make("add", (part, self.T(part)), part.shape)
                        made = self.product([*scalars, *chain[:i], both, *chain[j:]], t.shape)
                        if made is not None:
                            yield "product-rule", made
            if 1 < len(chain) <= 4:
                for order in permutations(chain):
                    made = self.product([*scalars, *order], t.shape)
                    if made is not None and made is not t:
                        yield "product-rule", table.make("add", (t, made), t.shape)

    @staticmethod
    def _is_gram(chain: list[Term]) -> bool:
        """A product of a matrix with its own transpose."""
        a, b = chain
        return (a.head == "T" and a.args[0] is b) or (b.head == "T" and b.args[0] is a)

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


def _has_number(term: Term) -> bool:
    """Is there a factor 2 or more in front, of the whole or of one side of a colon?"""
    parts = term.args if term.head in ("colon", "tr") else (term,)
    factors = [f for part in parts for f in (flat(part) if part.head == "mul" else (part,))]
    return any(f.head == "num" and abs(f.payload) >= 2 for f in factors)


def flat(t: Term) -> Iterator[Term]:
    """The factors of nested products, in order."""
    for a in t.args:
        if a.head == "mul":
            yield from flat(a)
        else:
            yield a


def _kron_shape(a: Term, b: Term) -> Shape:
    return dim_product(a.shape[0], b.shape[0]), dim_product(a.shape[1], b.shape[1])
