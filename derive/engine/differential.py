"""The differential of a term, from the rules of ``differential.rules`` and the laws of the function blocks.

`Differentiator.d` is bottom-up and memoised, hence linear in the number of different subterms.  Two laws are
lifted from two operands to many by their form alone: d of a sum (a homomorphism) and d of a product (Leibniz).
"""

from __future__ import annotations

from collections.abc import Callable

from ..derivation import Step
from ..errors import NoRuleError
from ..rewrite import Rewriter
from ..terms import SCALAR, Term, postorder

#: A power of a matrix with a literal exponent up to this is differentiated as a product.
LONGEST_POWER = 64


class Differentiator:
    """Differentials with respect to the symbols in `moving` (the variable, and definitions that depend on it)."""

    def __init__(self, rewriter: Rewriter, moving: set[Term]) -> None:
        self.rewriter, self.algebra, self.moving = rewriter, rewriter.algebra, moving
        self.steps: dict[Term, Step] = {}
        self.rules: dict[Term, tuple[str, ...]] = {}
        self._d: dict[Term, Term] = {}
        self._depends: dict[Term, bool] = {}

    def depends(self, term: Term) -> bool:
        """Does the term contain a moving symbol?"""
        memo = self._depends
        if term not in memo:
            for t in postorder(term):
                if t not in memo:
                    memo[t] = t in self.moving or any([memo[a] for a in t.args])
        return memo[term]

    def d(self, term: Term) -> Term:
        """The differential, in terms of the differentials of the moving symbols."""
        memo = self._d
        if term in memo:
            return memo[term]
        for t in postorder(term):
            if t not in memo:
                memo[t] = self._differential(t)
        return memo[term]

    def _differential(self, t: Term) -> Term:
        if not self.depends(t):
            return self.algebra.zeros(t.shape)
        if t in self.moving:
            return self.algebra.table.d(t)
        lift = _LIFTED.get(t.head)
        if lift is not None:
            return lift(self, t)
        if t.head == "pow" and t.shape != SCALAR:
            factors = self._factors(t)
            if factors is not None:
                return self._record(t, "d-product", self._leibniz(factors, self.algebra.mul))
        return self._by_rule(t)

    # ------------------------------------------------------------ lifted laws
    def _record(self, t: Term, rule: str, result: Term, after: Term | None = None) -> Term:
        self.rules[t] = (rule,)
        if after is None:
            after = result
        self.steps[t] = self.rewriter.step(rule, self.algebra.table.make("d", (t,), t.shape), after)
        return result

    def _sum(self, t: Term) -> Term:
        make = self._atom
        after = self.algebra.add(*[make(a) for a in t.args if self.depends(a)])
        return self._record(t, "d-sum", self.algebra.add(*[self._of(a) for a in t.args]), after)

    def _of(self, a: Term) -> Term:
        return self._d[a] if a in self._d else self.d(a)

    def _atom(self, a: Term) -> Term:
        """d(a), not worked out."""
        return self.algebra.table.make("d", (a,), a.shape)

    def _leibniz(self, factors: tuple[Term, ...], combine: Callable[..., Term], worked: bool = True) -> Term:
        """The sum over the factors, each replaced by its differential in turn."""
        parts = []
        for i, f in enumerate(factors):
            if self.depends(f):
                df = self._of(f) if worked else self._atom(f)
                parts.append(combine(*factors[:i], df, *factors[i + 1 :]))
        return self.algebra.add(*parts)

    def _product(self, t: Term) -> Term:
        after = self._leibniz(t.args, self.algebra.mul, worked=False)
        return self._record(t, "d-product", self._leibniz(t.args, self.algebra.mul), after)

    def _hadamard(self, t: Term) -> Term:
        after = self._leibniz(t.args, self.algebra.had, worked=False)
        return self._record(t, "d-hadamard", self._leibniz(t.args, self.algebra.had), after)

    def _transpose(self, t: Term) -> Term:
        inner = t.args[0]
        return self._record(t, "d-transpose", self.algebra.T(self._of(inner)), self.algebra.T(self._atom(inner)))

    def _factors(self, t: Term) -> tuple[Term, ...] | None:
        """The factors of a matrix power with a small literal exponent."""
        k = t.args[1].payload if t.args[1].head == "num" else None
        if not isinstance(k, int) or abs(k) > LONGEST_POWER:
            return None
        base = t.args[0] if k > 0 else self.algebra.inv(t.args[0])
        return (base,) * abs(k)

    # ------------------------------------------------------------ functions
    def _by_rule(self, t: Term) -> Term:
        found = self.rewriter.differential_rule(t, self.depends)
        if found is None:
            raise NoRuleError(
                f"no rule gives the differential of `{t.head}` here: {_short(t)}",
                why=f"the rule book has no rule d({t.head}(...)) whose conditions can be proved for this argument",
                hint="add a rule to a file and use it with --rules FILE (it is verified first); "
                "`derive rules` lists those which exist",
            )
        rule, match = found
        self.rules[t] = (rule.name,)
        after = self.rewriter.build(rule, match, self._atom)
        self.steps[t] = self.rewriter.step(rule.name, self._atom(t), after, match)
        return self.rewriter.build(rule, match, self._of)

    # ------------------------------------------------------------ what was used
    def used(self, *roots: Term) -> list[str]:
        """The names of the rules which the differentials of these terms used, outermost first."""
        names: dict[str, None] = {}
        for t in reversed(list(postorder(*roots))):
            for name in self.rules.get(t, ()) if self.depends(t) else ():
                names.setdefault(name)
        return list(names)


def _short(t: Term) -> str:
    if t.size > 60:
        return f"{t.head}(...)"
    return str(t)


_LIFTED: dict[str, Callable[[Differentiator, Term], Term]] = {
    "add": Differentiator._sum,
    "mul": Differentiator._product,
    "had": Differentiator._hadamard,
    "T": Differentiator._transpose,
}
