"""The differential of a term, from the rules of the rule book.

`Differentiator.d` asks, from the outside in, for the differentials which the chosen rules need, and puts them
together from the inside out; memoised, hence linear in the number of different subterms.  Two laws are lifted
from two operands to many by their form alone: d of a sum (a homomorphism) and d of a product (Leibniz).
"""

from __future__ import annotations

from collections.abc import Callable

from ..derivation import Step
from ..errors import NoRuleError
from ..near import operation
from ..rewrite import Rewriter
from ..terms import SCALAR, Term, postorder

#: A power of a matrix with a literal exponent up to this is differentiated as a product.
LONGEST_POWER = 64

Make = Callable[[Term], Term]  # how d(a) of an argument is written
Recipe = Callable[[Make], Term]  # the differential of a term, from those of its parts


class Differentiator:
    """Differentials with respect to the symbols in `moving` (the variable, and definitions that depend on it)."""

    def __init__(self, rewriter: Rewriter, moving: set[Term]) -> None:
        self.rewriter, self.algebra, self.moving = rewriter, rewriter.algebra, moving
        self.steps: dict[Term, Step] = {}
        self._d: dict[Term, Term] = {}
        self._recipes: dict[Term, tuple[Recipe, list[Term]]] = {}
        self._depends: dict[Term, bool] = {}

    def depends(self, term: Term) -> bool:
        """Does the term contain a moving symbol?"""
        memo = self._depends
        if term not in memo:
            for t in postorder(term, known=memo):
                memo[t] = t in self.moving or any([memo[a] for a in t.args])
        return memo[term]

    def d(self, term: Term) -> Term:
        """The differential, in terms of the differentials of the moving symbols."""
        memo, stack = self._d, [term]
        while stack:
            t = stack[-1]
            if t in memo:
                stack.pop()
            elif not self.depends(t):
                memo[t] = self.algebra.zeros(t.shape)
            elif t in self.moving:
                memo[t] = self.algebra.table.d(t)
            else:
                recipe, asked = self._recipe(t)
                waiting = [a for a in asked if a not in memo]
                if waiting:
                    stack.extend(waiting)
                else:
                    memo[t] = recipe(memo.__getitem__)
        return memo[term]

    # ------------------------------------------------------------ one term
    def _recipe(self, t: Term) -> tuple[Recipe, list[Term]]:
        """How d(t) is made, and of which terms it needs the differential."""
        found = self._recipes.get(t)
        if found is None:
            name, recipe, bindings = self._choose(t)
            asked: list[Term] = []

            def atom(a: Term) -> Term:
                asked.append(a)
                return (
                    self.algebra.table.make("d", (a,), a.shape)
                    if self.depends(a)
                    else self.algebra.zeros(a.shape)
                )

            after = recipe(atom)
            before = self.algebra.table.make("d", (t,), t.shape)
            self.steps[t] = self.rewriter.step(name, before, after, bindings)
            if all([a in self.moving or not self.depends(a) for a in asked]):
                recipe = _made(after)  # no differential in it is to be replaced
            found = self._recipes[t] = recipe, asked
        return found

    def _choose(self, t: Term) -> tuple[str, Recipe, dict[str, Term]]:
        algebra = self.algebra
        if t.head == "add":
            return "d-sum", lambda d: algebra.add(*[d(a) for a in t.args if self.depends(a)]), {}
        if t.head == "mul":
            return "d-product", lambda d: self._leibniz(t.args, algebra.mul, d), {}
        if t.head == "had":
            return "d-hadamard", lambda d: self._leibniz(t.args, algebra.had, d), {}
        if t.head == "T":
            return "d-transpose", lambda d: algebra.T(d(t.args[0])), {}
        found = self.rewriter.differential_rule(t, self.depends)
        if found is not None:
            rule, match = found
            return rule.name, lambda d: self.rewriter.build(rule, match, d), match.terms
        factors = self._factors(t)
        if factors is not None:
            return "d-product", lambda d: self._leibniz(factors, algebra.mul, d), {}
        raise NoRuleError(
            f"no rule gives the differential of {operation(t.head)} here: {_short(t)}",
            why="the rule book has no rule for it whose conditions can be proved for this argument",
            hint="add a rule to a file and use it with --rules FILE (it is verified first); "
            "`derive rules` lists those which exist",
        )

    def _leibniz(self, factors: tuple[Term, ...], combine: Callable[..., Term], d: Make) -> Term:
        """The sum over the factors, each replaced by its differential in turn."""
        parts = [
            combine(*factors[:i], d(f), *factors[i + 1 :]) for i, f in enumerate(factors) if self.depends(f)
        ]
        return self.algebra.add(*parts)

    def _factors(self, t: Term) -> tuple[Term, ...] | None:
        """The factors of a matrix power with a small literal exponent."""
        if t.head != "pow" or t.shape == SCALAR or t.args[1].head != "num":
            return None
        k = t.args[1].payload
        if not isinstance(k, int) or abs(k) > LONGEST_POWER:
            return None
        base = t.args[0] if k > 0 else self.algebra.inv(t.args[0])
        return (base,) * abs(k)

    # ------------------------------------------------------------ what was used
    def used(self, root: Term) -> tuple[str, ...]:
        """The names of the rules which the differential of a term used, outermost first."""
        names: dict[str, None] = {}
        seen = {root}
        queue = [root]
        for t in queue:
            if t in self.steps:
                names.setdefault(self.steps[t].rule)
                for a in self._recipes[t][1]:
                    if a not in seen:
                        seen.add(a)
                        queue.append(a)
        return tuple(names)

    def expansion(self, root: Term, most: int) -> list[tuple[Term, tuple[str, ...]]]:
        """The lines from d(root) to its differential, one layer of rules at a time."""
        if root not in self.steps:
            return []
        line = self.steps[root].after
        out: list[tuple[Term, tuple[str, ...]]] = [(line, (self.steps[root].rule,))]
        while len(out) <= most:
            atoms = [t for t in postorder(line) if t.head == "d" and t.args[0] not in self.moving]
            if not atoms:
                break
            line = self.algebra.rebuild(line, {t: self.steps[t.args[0]].after for t in atoms})
            out.append((line, tuple(dict.fromkeys(self.steps[t.args[0]].rule for t in atoms))))
        return out


def _made(differential: Term) -> Recipe:
    return lambda _: differential


def _short(t: Term) -> str:
    return f"{t.head}(...)" if t.size > 60 else str(t)
