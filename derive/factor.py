"""Common factors of sums: numbers, scalars, matrices on either side, elementwise factors.

The one law used is distributivity (rules distribute-left, distribute-right, distribute-scalar,
distribute-hadamard); which factor is taken out is decided by the printed length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .cost import Cost, scalar_part
from .normal import Algebra
from .numbers import content, times
from .terms import SCALAR, Number, Shape, Term

#: A power up to this is spelled out when common factors are looked for.
_LONGEST = 8
#: In sums of up to so many terms every grouping is followed to its end before one is chosen.
_THOROUGH = 6
#: Groups are looked for only up to this many factors in all.
_MOST_WORK = 20_000


Place = tuple[str, int, tuple[Term, ...], Shape]  # head, index of the argument, the other arguments, its shape


class Factorer:
    """Takes common factors out of sums where that makes them shorter."""

    def __init__(self, algebra: Algebra, cost: Cost) -> None:
        self.algebra, self.cost = algebra, cost
        self._memo: dict[Term, Term] = {}
        self._linear = {"colon": 2, **algebra.scaling}

    def factor(self, total: Term) -> Term:
        """A sum, or what it is equal to with common factors taken out."""
        if total.head != "add":
            return total
        found = self._memo.get(total)
        if found is None:
            self._memo[total] = total
            found = self._memo[total] = self._factor(total)
        return found

    def _factor(self, total: Term) -> Term:
        best = self._common_scalars(total)
        if best is not total and best.head != "add":
            return best
        terms = list(total.args)
        while len(terms) > 1:
            group = self._best_group(terms)
            if group is None:
                break
            indices, merged = group
            first = indices[0]
            chosen = set(indices)
            terms = [
                merged if i == first else t for i, t in enumerate(terms) if i == first or i not in chosen
            ]
        result = self.algebra.add(*terms)
        return self._common_scalars(result) if result.head == "add" else result

    # ------------------------------------------------------------ numbers and scalars of all terms
    def _common_scalars(self, total: Term) -> Term:
        algebra = self.algebra
        rows = [self._row(t) for t in total.args]
        number = content([n for n, _, _ in rows])
        common: dict[Term, Any] = dict(rows[0][1])
        for _, scalars, _ in rows[1:]:
            common = {b: _nearer(e, scalars[b]) for b, e in common.items() if b in scalars}
            common = {b: e for b, e in common.items() if e is not None}
        if number == 1 and not common:
            return total
        outer = algebra.mul(algebra.num(number), *[algebra.pow(b, algebra.num(e)) for b, e in common.items()])
        inverse = algebra.pow(outer, algebra.minus_one)
        inner = algebra.add(*[algebra.mul(inverse, t) for t in total.args])
        if inner.head == "add" and inner is not total:
            inner = self.factor(inner)
        candidate = algebra.mul(outer, inner)
        return candidate if self.cost(candidate) <= self.cost(total) else total

    def _row(self, t: Term) -> tuple[Number, dict[Term, Any], list[Term]]:
        number, _ = self.algebra.split(t)
        scalars, matrices = scalar_part(t)
        powers: dict[Term, Any] = {}
        for s in scalars:
            base, e = (
                (s.args[0], s.args[1].payload) if s.head == "pow" and s.args[1].head == "num" else (s, 1)
            )
            powers[base] = e
        return number, powers, matrices

    # ------------------------------------------------------------ factors of some terms
    def _best_group(self, terms: list[Term]) -> tuple[list[int], Term] | None:
        groups: dict[tuple[str, Any], list[int]] = {}
        for i, t in enumerate(terms):
            for key in dict.fromkeys(self._keys(t)):
                groups.setdefault(key, []).append(i)
        shared = {key: indices for key, indices in groups.items() if len(indices) > 1}
        width = max(len(t.args) for t in terms) + 1
        if sum(map(len, shared.values())) * width > _MOST_WORK:
            return None
        thorough = len(terms) <= _THOROUGH
        best: tuple[int, list[int], Term] | None = None
        chosen: tuple[str, Any] = ("", None)
        for (side, factor), indices in shared.items():
            for some in self._choices(side, factor, indices, terms):
                merged = self._merge(side, factor, [terms[i] for i in some], thorough)
                apart = self.algebra.add(*[terms[i] for i in some])
                saving = self.cost(apart) - self.cost(merged) - self._lone(merged)
                if saving > 0 and (best is None or saving > best[0]):
                    best, chosen = (saving, some, merged), (side, factor)
        if best is None:
            return None
        return best[1], best[2] if thorough else self._merge(*chosen, [terms[i] for i in best[1]], True)

    @staticmethod
    def _choices(side: str, factor: Any, indices: list[int], terms: list[Term]) -> Iterator[list[int]]:
        """All terms with a factor, and those of them in which something else stands beside it: A*x + B*x, not 2*x."""
        yield indices
        if side in ("left", "right", "had"):
            more = [i for i in indices if scalar_part(terms[i])[1] != [factor]]
            if 1 < len(more) < len(indices):
                yield more

    def _keys(self, t: Term) -> Iterator[tuple[str, Any]]:
        scalars, matrices = scalar_part(t)
        for place in self._linear_places(scalars, matrices):
            yield "linear", place
        for s in scalars:
            yield "scalar", self._once(s)
        chain = self._spelled(matrices)
        if len(chain) == 1 and chain[0].head == "had":
            for f in chain[0].args:
                yield "had", f
        elif chain and t.shape != SCALAR:
            yield "left", chain[0]
            yield "right", chain[-1]
            if len(chain) == 1:
                yield "had", chain[0]

    def _once(self, s: Term) -> Term:
        """A scalar power with its exponent reduced to 1 or -1."""
        if s.head != "pow" or s.args[1].head != "num" or isinstance(s.args[1].payload, complex):
            return s
        return s.args[0] if s.args[1].payload > 0 else self.algebra.pow(s.args[0], self.algebra.minus_one)

    def _spelled(self, matrices: list[Term]) -> list[Term]:
        """A chain with small powers written as products."""
        out: list[Term] = []
        for f in matrices:
            flipped = f.head == "T"
            p = f.args[0] if flipped else f
            k = p.args[1].payload if p.head == "pow" and p.args[1].head == "num" else None
            if isinstance(k, int) and 1 < abs(k) <= _LONGEST:
                base = p.args[0] if k > 0 else self.algebra.inv(p.args[0])
                out.extend([self.algebra.T(base) if flipped else base] * abs(k))
            else:
                out.append(f)
        return out

    def _lone(self, merged: Term) -> int:
        """What an identity (or ones) that is left alone in a sum costs: people avoid it."""
        inner = [a for a in merged.args if a.head == "add"]
        return 2 * any([f.head for f in scalar_part(t)[1]] in (["eye"], ["ones"]) for a in inner for t in a.args)

    # ------------------------------------------------------------ linear functions
    def _linear_places(self, scalars: list[Term], matrices: list[Term]) -> Iterator[Place]:
        """Where a term is linear in one argument: tr(..), diag(..), kron(A, ..), A : .., with the rest the same."""
        inner = matrices if matrices else [s for s in scalars if s.head in self._linear]
        if len(inner) != 1 or inner[0].head not in self._linear:
            return
        (f,) = inner
        for i in range(min(self._linear[f.head], len(f.args))):
            yield f.head, i, (*f.args[:i], *f.args[i + 1 :]), f.args[i].shape

    def _into(self, t: Term, place: Place) -> tuple[Term, Term]:
        """The argument at a place with all other factors of the term in it, and the function's term."""
        head, i, rest, shape = place
        number, _ = self.algebra.split(t)
        scalars, matrices = scalar_part(t)
        found = [
            s
            for s in (matrices or scalars)
            if s.head == head and (*s.args[:i], *s.args[i + 1 :]) == rest and s.args[i].shape == shape
        ]
        f = found[0]
        outer = [s for s in scalars if s is not f]
        return self.algebra.mul(self.algebra.num(number), *outer, f.args[i]), f

    def _merge_linear(self, place: Place, group: list[Term]) -> Term:
        """f(A) + t*f(B) = f(A + t*B)."""
        parts = [self._into(t, place) for t in group]
        f, i = parts[0][1], place[1]
        inner = self.factor(self.algebra.add(*[a for a, _ in parts]))
        return self.algebra.call(f.head, (*f.args[:i], inner, *f.args[i + 1 :]), f.shape, f.payload)

    def _merge(self, side: str, factor: Any, group: list[Term], inside: bool) -> Term:
        """A group with its factor taken out; `inside`: factors are looked for in what remains, too."""
        algebra = self.algebra
        if side == "linear":
            return self._merge_linear(factor, group)
        remove: dict[str, Callable[[Term], Term]] = {
            "scalar": lambda t: algebra.mul(algebra.pow(factor, algebra.minus_one), t),
            "left": lambda t: self._without(t, 1, None),
            "right": lambda t: self._without(t, 0, -1),
            "had": lambda t: self._without_entrywise(t, factor),
        }
        inner = algebra.add(*[remove[side](t) for t in group])
        if inside:
            inner = self.factor(inner)
        if side == "scalar":
            return algebra.mul(factor, inner)
        if side == "had":
            return algebra.had(factor, inner)
        return algebra.mul(factor, inner) if side == "left" else algebra.mul(inner, factor)

    def _without(self, t: Term, start: int, stop: int | None) -> Term:
        number, _ = self.algebra.split(t)
        scalars, matrices = scalar_part(t)
        chain = self._spelled(matrices)
        rest = chain[start:stop]
        if not rest:
            f = chain[0]
            side = f.shape[1] if start else f.shape[0]
            rest = [self.algebra.eye((side, side))]
        return self.algebra.mul(self.algebra.num(times(number, 1)), *scalars, *rest)

    def _without_entrywise(self, t: Term, factor: Term) -> Term:
        algebra = self.algebra
        number, _ = algebra.split(t)
        scalars, (body,) = scalar_part(t)
        left = [] if body is factor else [f for f in body.args if f is not factor]
        rest = algebra.had(*left) if left else algebra.ones(body.shape)
        return algebra.mul(algebra.num(number), *scalars, rest)


def _nearer(a: Any, b: Any) -> Any:
    """The exponent which two powers share, or None."""
    if isinstance(a, Term) or isinstance(b, Term) or isinstance(a, complex) or isinstance(b, complex):
        return None
    if (a > 0) != (b > 0):
        return None
    return min(a, b) if a > 0 else max(a, b)
