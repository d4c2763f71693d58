"""The method of perturbation: f(X + epsilon*J) expanded by the order of epsilon, and compared.

Where the second differential does not depend on X the expansion is exact, and the second-order term is shown
before it is dropped; elsewhere the expansion is to first order.
"""

from __future__ import annotations

from ..errors import NoRuleError
from ..terms import SCALAR, Term
from .differential import Differentiator
from .entrywise import entry_lhs, single_entry, single_entry_note
from .frobenius import Frobenius
from .problem import BRIEF, FULL, NORMAL, Outline, Problem


class Perturbation(Frobenius):
    """One derivation by perturbation."""

    spelled_later = False

    def __init__(self, problem: Problem, entry: tuple[str, str]) -> None:
        super().__init__(problem)
        self.entry = entry
        self.direction = single_entry(problem)
        self.epsilon = problem.table.var(problem.free_name("epsilon", "delta", "eta"))
        self.normal = self._expanded(self.normal)
        self.moving = {problem.variable}
        self.outline.lets, self.lets = self.lets, []  # what the user defined is substituted
        self.differentiator = Differentiator(problem.rewriter, self.moving)

    def gradient(self) -> Outline:
        """f(X + epsilon*J) = f(X) + epsilon*(G : J) + ..., compared."""
        problem, algebra, say = self.problem, self.algebra, self.outline.say
        variable = problem.variable
        say(BRIEF, "f", problem.f)
        f = self.normal
        for let in self.outline.lets:
            say(BRIEF, let.name, self._shown(let.definition), ("definition",))
        if self.outline.lets:
            say(NORMAL, "f", self._shown(f), ("substitute",))
        colon = problem.rewriter.apply("norm-squared", f)
        if colon is not None:
            while colon is not None:
                f, colon = colon, problem.rewriter.apply("norm-squared", colon)
            say(NORMAL, "f", self._shown(f), ("norm-squared",))
        moved = algebra.rebuild(
            f, {variable: algebra.add(variable, algebra.mul(self.epsilon, self.direction))}
        )
        lhs = f"f({variable.name} + {self.epsilon.name}*{self.direction.name})"
        where = "" if variable.shape == SCALAR else single_entry_note(self.direction, self.entry)
        say(NORMAL, lhs, self._shown(moved), ("definition",), note=where, shown=self._read(moved))
        first = self.differentiator.d(f)
        steps = tuple(self.differentiator.steps.values())
        self._expansion(lhs, f, first)
        isolated = self.isolator.isolate(first) if first.has_d else None
        atom = algebra.table.d(variable)
        g = isolated.coefficients.get(atom) if isolated else None
        result = self.simplify(g) if g is not None else algebra.zeros(variable.shape)
        if isolated:
            for r in isolated.rounds[:-1]:
                self._order(FULL, lhs, f, self._along(r.term), r.rules)
            self.outline.steps = [*steps, *isolated.steps]
        inner = algebra.colon(result, self.direction)
        self._order(BRIEF, lhs, f, inner, isolated.rules if isolated else ())
        scalar = variable.shape == SCALAR
        entry = f"df/d{variable.name}" if scalar else entry_lhs(variable, self.entry)
        note = f"compare with `{lhs} ~ f({variable.name}) + {self.epsilon.name}*{entry}`"
        if not scalar:
            say(BRIEF, entry, self._shown(inner), ("compare",), note=note)
        printed = problem.display(result, traces=True)
        rules = ("compare" if scalar else "read-off", *problem.simplifier.used)
        say(BRIEF, f"df/d{variable.name}", printed, rules, note=note if scalar else "")
        self.outline.compact = self.outline.result = printed
        return self.outline

    def _expansion(self, lhs: str, f: Term, first: Term) -> None:
        """The expansion with its second-order term, where it ends there; then without it."""
        algebra = self.algebra
        along = self._along(first)
        second = self._second(along)
        if second is not None and second.has_d:
            end = self._along(second)
            if not self.differentiator.depends(end):
                square = algebra.pow(self.epsilon, algebra.num(2))
                half = self.simplify(algebra.mul(algebra.inv(algebra.num(2)), end))
                total = algebra.add(f, algebra.mul(self.epsilon, along), algebra.mul(square, half))
                rules = ("expand", *self.differentiator.used(f))
                self.outline.say(NORMAL, lhs, self._shown(total), rules, shown=self._with_f(total, f))
        self._order(NORMAL, lhs, f, along, (*self.differentiator.used(f), "drop-second-order"), relation="~")

    def _second(self, along: Term) -> Term | None:
        """The differential of the first-order term; None where no rule gives it."""
        try:
            return self.differentiator.d(along)
        except NoRuleError:
            return None

    def _order(
        self, level: int, lhs: str, f: Term, along: Term, rules: tuple[str, ...], relation: str = "~"
    ) -> None:
        total = self.algebra.add(f, self.algebra.mul(self.epsilon, along))
        self.outline.say(
            level, lhs, self._shown(total), rules, relation=relation, shown=self._with_f(total, f)
        )

    def _with_f(self, total: Term, f: Term) -> Term:
        """The same with f(X) written for f."""
        name = self.problem.table.var(f"f({self.problem.variable.name})")
        rest = self.algebra.sub(total, f)
        if self.algebra.is_zero(rest):
            return name
        return self.problem.table.make("add", (name, self._read(rest) or self._shown(rest)), SCALAR)

    def _read(self, term: Term) -> Term | None:
        """What a person reads: beside a scalar variable there is no J."""
        if self.problem.variable.shape != SCALAR:
            return None
        return self._shown(self.algebra.rebuild(term, {self.direction: self.algebra.num(1)}))

    def _along(self, term: Term) -> Term:
        return self.algebra.rebuild(term, {self.algebra.table.d(self.problem.variable): self.direction})
