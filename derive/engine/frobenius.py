"""The method of the Frobenius product: name, differentiate, move across the colon, collect, read off."""

from __future__ import annotations

from ..derivation import Let
from ..terms import Term
from . import naming
from .differential import Differentiator
from .isolate import Isolated, Isolator
from .problem import Outline, Problem

#: A line longer than this (in printed tokens) makes the engine name intermediates.
LONG_LINE = 60
#: A differential longer than this is simplified before it is written down.
TIDY = 36
#: A collected coefficient longer than this gets a name while definitions are still to be substituted.
LONG_COEFFICIENT = 30
#: The result is printed with the definitions substituted up to this length.
LONG_RESULT = 90
#: Expressions up to this length have their differentiation spelled out at full detail.
SPELLED_OUT = 400


class Frobenius:
    """One derivation of a gradient or of a differential."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.algebra = problem, problem.algebra
        self.outline = Outline()
        self.lets: list[Let] = []
        self.moving: set[Term] = {problem.variable}
        self.differentiator = Differentiator(problem.rewriter, self.moving)
        self.isolator = Isolator(problem.rewriter)
        self.simplify = problem.simplifier.simplify
        self.normal = self.algebra.normal(problem.f)
        problem.simplifier.keep(self.normal)
        self._given()

    # ------------------------------------------------------------ definitions
    def _given(self) -> None:
        """The user's definitions, under their own names."""
        for name, symbol, typed in self.problem.definitions:
            definition = self.algebra.normal(typed)
            self.lets.append(Let(name, symbol, definition, given=True))
            if self.differentiator.depends(definition):
                self.moving.add(symbol)
                self.differentiator = Differentiator(self.problem.rewriter, self.moving)
            self.problem.facts.define(symbol, definition)

    def _name(self, parts: list[Term]) -> Term:
        """Names for parts of f; returns f in these names."""
        taken = self.problem.taken() | {let.name for let in self.lets}
        names = list(naming.fresh_names(parts, taken, len(parts)))
        symbols = []
        for part, name in zip(parts, names, strict=True):
            symmetric = part.shape[0] == part.shape[1] != 1 and self.algebra.T(part) is part
            symbols.append(self.algebra.table.var(name, part.shape, ("symmetric",) if symmetric else ()))
        f, definitions = naming.abbreviate(self.normal, list(zip(parts, symbols, strict=True)), self.algebra)
        for name, symbol, definition in zip(names, symbols, definitions, strict=True):
            self.lets.append(Let(name, symbol, definition))
            self.moving.add(symbol)
            self.problem.facts.define(symbol, definition)
        self.differentiator = Differentiator(self.problem.rewriter, self.moving)
        return f

    def _say_lets(self) -> None:
        for let in self.lets:
            self.outline.say(0 if let.given else 1, let.name, self._shown(let.definition), ("definition",))

    # ------------------------------------------------------------ the two questions
    def gradient(self) -> Outline:
        """df = G : dX, and G read off."""
        self.outline.say(0, "f", self.problem.f)
        f = self._prepared()
        df = self.differentiator.d(f)
        self._spell_out(f)
        self.outline.say(0, "df", self._shown(self._tidy(df)), self._used(f))
        coefficient = self._collect(df)
        self._finish(coefficient)
        return self.outline

    def differential(self) -> Outline:
        """dF in terms of dX, simplified."""
        self.outline.say(0, "f", self.problem.f)
        self._say_lets()
        df = self.differentiator.d(self.normal)
        self._spell_out(self.normal)
        self.outline.say(1, "df", self._shown(df), self._used(self.normal))
        for let in reversed(self.lets):
            atom = self.algebra.table.d(let.symbol)
            if let.symbol in self.moving:
                df = self.algebra.rebuild(df, {atom: self.differentiator.d(let.definition)})
        best = self.simplify(df)
        self.outline.say(0, "df", self._shown(best), ("collect",))
        self.outline.compact = self._shown(best)
        self.outline.result = self._shown(self.simplify(self._expanded(best)))
        self.outline.lets = self.lets
        return self.outline

    def _prepared(self) -> Term:
        """f in named intermediates, where a person would name some."""
        depends = self.differentiator.depends
        square = naming.squared_norm_argument(self.normal, depends)
        if square is not None and not self.lets:
            f = self._name([square])
            self._say_lets()
            f = self._as_colon(f)
            self.outline.say(1, "f", self._shown(f), ("norm-squared",))
            return f
        if self._is_long():
            parts = naming.function_arguments(self.normal, depends)
            if parts:
                f = self._name(parts)
                self._say_lets()
                self.outline.say(1, "f", self._shown(f), ("substitute",))
                return f
        self._say_lets()
        return self.normal

    def _as_colon(self, f: Term) -> Term:
        """norm(M)^2 written as M : M."""
        found = self.problem.rewriter.apply("norm-squared", f)
        return f if found is None else found

    def _is_long(self) -> bool:
        """Would the differential be a long line without names?"""
        if self.normal.size > 20 * LONG_LINE:
            return True
        return self.problem.cost(self._tidy(self.differentiator.d(self.normal))) > LONG_LINE

    def _tidy(self, df: Term) -> Term:
        """A long differential is simplified before it is written down."""
        if self.problem.cost(df) <= TIDY:
            return df
        return min(df, self.simplify(df), key=self.problem.cost)

    # ------------------------------------------------------------ collecting
    def _collect(self, df: Term) -> Term:
        """The coefficient of dX; one definition after the other is substituted, the last one first."""
        table = self.algebra.table
        order = [let for let in self.lets if let.symbol in self.moving]
        isolated = self._isolate(df) if df.has_d else Isolated({}, (), ())
        coefficients = isolated.coefficients
        simple = len(order) == 1
        while order:
            self.problem.check_time()
            let = order.pop()
            atom = table.d(let.symbol)
            coefficient = coefficients.pop(atom, None)
            if coefficient is None:
                continue
            coefficient = self._named(self.simplify(coefficient), bool(order))
            rest = self._total(coefficients)
            self._say_total(self.algebra.add(self.algebra.colon(coefficient, atom), rest), isolated.rules)
            inner = self.differentiator.d(let.definition)
            substituted = self.algebra.colon(coefficient, inner)
            rules = (f"d{let.name}", *self._used(let.definition))
            self.outline.say(1 if simple else 2, "df", self._shown(self.algebra.add(substituted, rest)), rules)
            isolated = self._isolate(substituted)
            for key, value in isolated.coefficients.items():
                coefficients[key] = self.algebra.add(coefficients[key], value) if key in coefficients else value
            coefficients = {k: self.simplify(v) for k, v in coefficients.items()}
        self._say_total(self._total(coefficients), isolated.rules)
        atom = table.d(self.problem.variable)
        return self.simplify(coefficients.get(atom, self.algebra.zeros(atom.shape)))

    def _isolate(self, expression: Term) -> Isolated:
        isolated = self.isolator.isolate(expression)
        self.outline.steps.extend(isolated.steps)
        for r in isolated.rounds[:-1]:
            self.outline.say(2, "df", self._shown(r.term), r.rules)
        return isolated

    def _total(self, coefficients: dict[Term, Term]) -> Term:
        parts = [self.algebra.colon(self.simplify(g), atom) for atom, g in coefficients.items()]
        return self.algebra.add(*parts) if parts else self.algebra.zero

    def _say_total(self, total: Term, rules: tuple[str, ...]) -> None:
        self.outline.say(1, "df", self._shown(total), rules)

    def _named(self, coefficient: Term, more: bool) -> Term:
        """A long coefficient gets a name, so that the proof of a deep network stays linear."""
        if not more or self.problem.cost(coefficient) <= LONG_COEFFICIENT:
            return coefficient
        taken = self.problem.taken() | {let.name for let in self.lets}
        stem = "g" if coefficient.shape[1] == 1 else "G"
        number = 1 + sum(let.name.startswith(f"{stem}_") for let in self.lets)
        while f"{stem}_{number}" in taken:
            number += 1
        symbol = self.algebra.table.var(f"{stem}_{number}", coefficient.shape)
        self.lets.append(Let(symbol.name, symbol, coefficient))
        self.problem.facts.define(symbol, coefficient)
        self.outline.say(1, symbol.name, self._shown(coefficient), ("definition",))
        return symbol

    # ------------------------------------------------------------ the end
    def _finish(self, coefficient: Term) -> None:
        variable = self.problem.variable
        compact = coefficient
        result = self.simplify(self._expanded(compact))
        shown = result if self.problem.cost(result) <= LONG_RESULT or not self.lets else compact
        if any(let.given for let in self.lets):
            shown = compact if self.problem.cost(compact) < self.problem.cost(result) else shown
        if shown is not compact and len(self.outline.lines(1)) < 7:
            total = self.algebra.colon(shown, self.algebra.table.d(variable))
            self.outline.say(1, "df", self._shown(total), tuple(f"substitute {let.name}" for let in self.lets))
        rules = ("read-off", *self.problem.simplifier.used)
        self.outline.say(0, f"df/d{variable.name}", self._shown(shown), rules)
        self.outline.compact, self.outline.result = self._shown(compact), self._shown(result)
        self.outline.lets = self.lets
        self.outline.steps[:0] = self.differentiator.steps.values()

    def _expanded(self, term: Term) -> Term:
        """The term with every definition substituted."""
        values: dict[Term, Term] = {}
        for let in self.lets:
            values[let.symbol] = self.algebra.rebuild(let.definition, values)
        return self.algebra.rebuild(term, values) if values else term

    def _shown(self, term: Term) -> Term:
        return self.problem.display(term)

    def _used(self, f: Term) -> tuple[str, ...]:
        return self.differentiator.used(f)

    def _spell_out(self, f: Term) -> None:
        """The differentiation step by step, from the outside in, for the full detail."""
        if self.problem.cost(f) <= SPELLED_OUT:
            for line, names in self.differentiator.expansion(f, SPELLED_OUT):
                self.outline.say(2, "df", self._shown(line), names)
