"""Small changes of a wrong line, each with the kind of mistake that it would mend.

Every change keeps the shape of the place where it is made, so that the line still type-checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, permutations, product

from ..terms import SCALAR, Shape, Table, Term, dim_product, postorder
from .entry_repairs import EntryRepairs
from .places import Changes, Context, Directions, Repair, flat

_MOST = 6  # factors of a product that are permuted
_LIMIT = 1500  # changes of one line


_FLIPPED = frozenset(["inv", "pow", "var", "add", "T", "kron", "mul"])


class Repairs(EntryRepairs):
    """The changes of one line."""

    def __init__(
        self, table: Table, variable: Term, second: bool, directions: Directions = frozenset(), lemma: bool = False,
        merged: bool = False,
    ) -> None:  # fmt: skip
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
        args = tuple(
            [self._changed(a, changes, kind, which, self._inside(t, i, context)) for i, a in enumerate(t.args)]
        )
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
                            yield (
                                "inverse-rule"
                                if len(rest) == 1 and rest[0].has_d
                                else "order"
                                if self.second
                                else kind,
                                made,
                            )
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
                    front = [f for f in flat(t) if f.shape == SCALAR]
                    yield "diag", table.make("mul", (*front, diagonal), t.shape) if front else diagonal
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
        """A second term like the first: its transpose, or the same with a factor transposed or in another place."""
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


def _has_number(term: Term) -> bool:
    """Is there a factor 2 or more in front, of the whole or of one side of a colon?"""
    parts = term.args if term.head in ("colon", "tr") else (term,)
    factors = [f for part in parts for f in (flat(part) if part.head == "mul" else (part,))]
    return any(f.head == "num" and abs(f.payload) >= 2 for f in factors)


def _kron_shape(a: Term, b: Term) -> Shape:
    return dim_product(a.shape[0], b.shape[0]), dim_product(a.shape[1], b.shape[1])
