"""Derivatives by a complex variable: Z and conj(Z) are independent, df = G : dZ + H : conj(dZ), read off.

The second variable is the term conj(Z) itself: once all conjugates stand at the leaves, the differentials and the
moves across the colon are those of real variables.
"""

from __future__ import annotations

from ..derivation import Let
from ..errors import NoRuleError
from ..near import operation
from ..records import replace
from ..terms import SCALAR, Term
from .conjugates import Conjugates, Outside, transposed_last
from .differential import Differentiator
from .isolate import Isolator
from .problem import BRIEF, FULL, NORMAL, Outline, Problem

#: The kinds of derivatives, with their left sides; {} is the variable.
KINDS = {
    "d/dZ": "df/d{}",
    "d/dZ*": "df/d{}*",
    "gradient": "2*df/d{}*",
    "d/dReZ": "df/dRe{}",
    "d/dImZ": "df/dIm{}",
    "differential": "df",
}
_NOTES = {
    "gradient": "the complex gradient: twice the derivative by the conjugate",
    "d/dReZ": "the sum of the derivatives by the variable and by its conjugate",
    "d/dImZ": "i times their difference",
}
#: What is assumed of real numbers, and what is left of it.
_WITHOUT_ORDER = {"positive_determinant": "invertible", "positive_definite": "invertible", "positive": "nonzero"}
#: A result up to this printed length is shown with the definitions substituted.
LONG_RESULT = 90


class Wirtinger:
    """One derivation with respect to a complex variable."""

    def __init__(self, problem: Problem, kind: str) -> None:
        self.problem, self.kind, self.algebra = problem, kind, problem.algebra
        self.outline = Outline()
        self.conjugates = Conjugates(problem.rewriter)
        self.simplify = problem.simplifier.simplify
        variable = problem.variable
        self.moving: set[Term] = {variable, self.conjugates.raw(variable)}
        self.lets: list[Let] = []
        self.rules: list[str] = []  # that moved factors across the colon
        self.inner: list[tuple[Term, Term]] = []  # what moves by a definition, and the definition, in order
        self.differentiator = Differentiator(problem.rewriter, self.moving)
        self._given()
        self.typed = self.algebra.normal(problem.f)
        self.f = self.conjugates.plain(self.typed)
        self.outside = Outside(self.conjugates, self.typed)
        problem.simplifier.keep(self.f)

    def _given(self) -> None:
        """The user's definitions, under their own names."""
        for name, symbol, typed in self.problem.definitions:
            definition = self.conjugates.plain(self.algebra.normal(typed))
            props = self._properties(definition)
            if props:
                typed_symbol, symbol = symbol, self.algebra.table.var(name, symbol.shape, props)
                self.algebra.identify(typed_symbol, symbol)
            self.lets.append(Let(name, symbol, definition, given=True))
            self.problem.facts.define(symbol, definition)
            if not self.differentiator.depends(definition):
                continue
            self.inner.append((symbol, definition))
            barred = self.conjugates.conj(symbol)
            if barred.head == "conj":
                self.inner.append((barred, self.conjugates.conj(definition)))
            self.moving.update(s for s, _ in self.inner)
            self.differentiator = Differentiator(self.problem.rewriter, self.moving)

    def _properties(self, definition: Term) -> tuple[str, ...]:
        """What a name inherits from its definition."""
        turned, conj = self.algebra.T(definition), self.conjugates.conj(definition)
        square = definition.shape[0] == definition.shape[1] != 1
        known = (("real", conj is definition), ("symmetric", square and turned is definition),
                 ("hermitian", square and conj is turned))  # fmt: skip
        return tuple(name for name, holds in known if holds)

    # ------------------------------------------------------------ the proof
    def derive(self) -> Outline:
        """The lines and the derivative of this kind."""
        outline = self.outline
        outline.say(BRIEF, "f", self.problem.f)
        for let in self.lets:
            outline.say(BRIEF, let.name, self._shown(let.definition), ("definition",))
        if self.f is not self.typed:
            used = tuple(n for n in self.conjugates.used if not n.startswith("conj-")) or tuple(self.conjugates.used)
            outline.say(NORMAL, "f", self._shown(self.f), used)
        self._check_depth()
        df = self.differentiator.d(self.f)
        outline.say(NORMAL, "df", self._shown(df), self.differentiator.used(self.f))
        outline.steps.extend(self.differentiator.steps.values())
        if self.kind == "differential":
            self._differential(df)
        else:
            self._derivative(*self._coefficients(df))
        outline.lets = [replace(let, definition=self._shown(let.definition)) for let in self.lets]
        self._restate_assumptions()
        return outline

    def _restate_assumptions(self) -> None:
        """What was assumed, as complex numbers have it, in the printed form."""
        assumed = self.problem.rewriter.assumed
        known = [(_WITHOUT_ORDER.get(p, p), self._shown(t)) for p, t in assumed.values()]
        assumed.clear()
        assumed.update({self.problem.facts.sentence(p, t): (p, t) for p, t in known})

    def _check_depth(self) -> None:
        """A conjugate that no rule takes to the leaves can be no part of a differential."""
        stuck = next((t for t in self._stuck()), None)
        if stuck is not None:
            raise NoRuleError(
                f"no rule gives the conjugate of {operation(stuck.head)}",
                why="d(conj(f(Z))) needs conj(f(Z)) as a function of conj(Z)",
                hint="add a rule conj(f(A)) -> ... with `use complex` to a file and use it with --rules FILE",
            )

    def _stuck(self) -> list[Term]:
        from ..terms import postorder

        terms = postorder(self.f, *(d for _, d in self.inner))
        return [t.args[0] for t in terms if t.head == "conj" and t.args[0].args and self.differentiator.depends(t)]

    def _differential(self, df: Term) -> None:
        table, outline = self.algebra.table, self.outline
        for symbol, definition in reversed(self.inner):
            df = self.algebra.rebuild(df, {table.d(symbol): self.differentiator.d(definition)})
        best = self.simplify(df)
        outline.compact = self._shown(best)
        outline.result = self._shown(self.simplify(self._expanded(best)))
        outline.say(BRIEF, "df", outline.compact, ("collect",))

    def _coefficients(self, df: Term) -> tuple[Term, Term]:
        """G and H with df = G : dZ + H : conj(dZ); one definition after the other is substituted, the last first."""
        algebra, table = self.algebra, self.algebra.table
        variable = self.problem.variable
        coefficients = self._isolated(df)
        for symbol, definition in reversed(self.inner):
            table.look()
            coefficient = coefficients.pop(table.d(symbol), None)
            if coefficient is None:
                continue
            substituted = algebra.colon(self.simplify(coefficient), self.differentiator.d(definition))
            for atom, g in self._isolated(substituted).items():
                coefficients[atom] = algebra.add(coefficients[atom], g) if atom in coefficients else g
        zero = algebra.zeros(variable.shape)
        atoms = (table.d(variable), table.d(self.conjugates.raw(variable)))
        g, h = (self.simplify(coefficients.get(atom, zero)) for atom in atoms)
        rules = tuple(dict.fromkeys(self.rules))
        self.outline.say(NORMAL, "df", self._total(g, h), rules or ("collect",))
        return g, h

    def _isolated(self, expression: Term) -> dict[Term, Term]:
        """The coefficient of every differential."""
        if not expression.has_d:
            return {}
        isolated = Isolator(self.problem.rewriter).isolate(expression)
        self.outline.steps.extend(isolated.steps)
        if not self.inner:
            for r in isolated.rounds[:-1]:
                self.outline.say(FULL, "df", self._shown(r.term), r.rules)
        self.rules.extend(isolated.rules)
        return isolated.coefficients

    def _total(self, g: Term, h: Term) -> Term:
        """G : dZ + H : conj(dZ), as it is printed."""
        table, shape = self.algebra.table, self.problem.variable.shape
        dz = table.d(self.problem.variable)
        parts = []
        for coefficient, atom in ((g, dz), (h, table.make("conj", (dz,), shape))):
            if self.algebra.is_zero(coefficient):
                continue
            number, _ = self.algebra.core(coefficient)
            negative = number < 0
            shown = self._shown(self.algebra.scale(-1, coefficient) if negative else coefficient)
            head = "mul" if shape == SCALAR else "colon"
            part = atom if shown is self.algebra.one else table.make(head, (shown, atom), SCALAR)
            parts.append(table.make("mul", (self.algebra.minus_one, part), SCALAR) if negative else part)
        if len(parts) < 2:
            return parts[0] if parts else self.algebra.zero
        return table.make("add", tuple(parts), SCALAR)

    def _derivative(self, g: Term, h: Term) -> None:
        """The kind that was asked for, read off."""
        algebra, outline = self.algebra, self.outline
        made = {
            "d/dZ": lambda: g,
            "d/dZ*": lambda: h,
            "gradient": lambda: algebra.scale(2, h),
            "d/dReZ": lambda: algebra.add(g, h),
            "d/dImZ": lambda: algebra.mul(algebra.num(1j), algebra.sub(g, h)),
        }[self.kind]()
        compact = self.simplify(made)
        outline.compact = self._shown(compact, parts=True)
        outline.result = self._shown(self.simplify(self._expanded(compact)), parts=True)
        cost = self.problem.cost
        whole = not self.lets or cost(outline.result) <= min(LONG_RESULT, cost(outline.compact))
        shown = outline.result if whole else outline.compact
        lhs = KINDS[self.kind].format(self.problem.variable.name)
        outline.say(BRIEF, lhs, shown, ("read-off", *self.problem.simplifier.used), note=_NOTES.get(self.kind, ""))

    def _expanded(self, term: Term) -> Term:
        """The term with every definition substituted."""
        values: dict[Term, Term] = {}
        for let in self.lets:
            definition = self.algebra.rebuild(let.definition, values)
            barred = self.conjugates.raw(let.symbol)
            values[let.symbol] = definition
            values[barred] = self.conjugates.conj(definition)
        return self.algebra.rebuild(term, values) if values else term

    def _shown(self, term: Term, parts: bool = False) -> Term:
        """As it is printed: conjugates outside, and with `parts` real and imaginary parts and norms."""
        if parts:
            term = min(self.conjugates.parts(term), term, key=lambda t: self.problem.cost(self.outside(t)))
        return transposed_last(self.problem.display(self.outside(term)), self.algebra.table)
