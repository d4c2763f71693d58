"""The method of the Frobenius product: name, differentiate, move across the colon, collect, read off."""

from __future__ import annotations

from ..derivation import Let
from ..terms import Term
from . import naming
from .differential import Differentiator
from .isolate import Isolated, Isolator
from .problem import BRIEF, FULL, NORMAL, Outline, Problem, Spelled

#: A line longer than this (in printed tokens) makes the engine name intermediates.
LONG_LINE = 60
#: A sum of more terms than this is read term by term.
FEW = 4
#: A differential longer than this is simplified before it is written down.
TIDY = 36
#: A collected coefficient longer than this gets a name while definitions are still to be substituted.
LONG_COEFFICIENT = 30
#: The result is printed with the definitions substituted up to this length.
LONG_RESULT = 60
#: A proof with fewer lines than this shows the substitution of its definitions.
SHORT_PROOF = 7
#: Expressions up to this length have their differentiation spelled out at full detail.
SPELLED_OUT = 400


class Frobenius:
    """One derivation of a gradient or of a differential."""

    spelled_later = True  # may lines of the full detail wait until they are asked for?

    def __init__(self, problem: Problem) -> None:
        self.problem, self.algebra = problem, problem.algebra
        self.outline = Outline()
        self.lets: list[Let] = []
        self.moving: set[Term] = {problem.variable}
        self.differentiator = Differentiator(problem.rewriter, self.moving)
        self.isolator = Isolator(problem.rewriter)
        self.simplify = problem.simplifier.simplify
        self._given()
        self.normal = self.algebra.normal(problem.f)
        problem.simplifier.keep(self.normal)

    # ------------------------------------------------------------ definitions
    def _given(self) -> None:
        """The user's definitions, under their own names."""
        for name, symbol, typed in self.problem.definitions:
            definition = self.algebra.normal(typed)
            if self._is_symmetric(definition):  # the name is used as a symmetric matrix from here on
                typed_symbol, symbol = symbol, self.algebra.table.var(name, symbol.shape, ("symmetric",))
                self.algebra.identify(typed_symbol, symbol)
            self.lets.append(Let(name, symbol, definition, given=True))
            if self.differentiator.depends(definition):
                self.moving.add(symbol)
                self.differentiator = Differentiator(self.problem.rewriter, self.moving)
            self.problem.facts.define(symbol, definition)

    def _is_symmetric(self, term: Term) -> bool:
        return term.shape[0] == term.shape[1] != 1 and self.algebra.T(term) is term

    def _name(self, parts: list[Term]) -> Term:
        """Names for parts of f; returns f in these names."""
        taken = self.problem.taken() | {let.name for let in self.lets}
        names = list(naming.fresh_names(parts, taken, len(parts)))
        symbols = []
        for part, name in zip(parts, names, strict=True):
            symbols.append(
                self.algebra.table.var(name, part.shape, ("symmetric",) * self._is_symmetric(part))
            )
        f, definitions = naming.abbreviate(self.normal, list(zip(parts, symbols, strict=True)), self.algebra)
        for name, symbol, definition in zip(names, symbols, definitions, strict=True):
            self.lets.append(Let(name, symbol, definition))
            self.moving.add(symbol)
            self.problem.facts.define(symbol, definition)
        self.differentiator = Differentiator(self.problem.rewriter, self.moving)
        return f

    def _say_f(self) -> None:
        """The user's definitions, and f as it was typed."""
        self._say_definitions([let for let in self.lets if let.given])
        self.outline.say(BRIEF, "f", self.problem.f)

    def _say_lets(self) -> None:
        """The engine's definitions."""
        self._say_definitions([let for let in self.lets if not let.given])

    def _say_definitions(self, lets: list[Let]) -> None:
        for let in lets:
            self.outline.say(BRIEF, let.name, self._shown(let.definition), ("definition",))

    # ------------------------------------------------------------ the two questions
    def gradient(self) -> Outline:
        """df = G : dX, and G read off."""
        self._say_f()
        f = self._prepared()
        df = self.differentiator.d(f)
        later = self.spelled_later and self.problem.structured is None
        own, spelled = (None, self._spelled(f)) if later else (self._spell_out(f), None)
        written = naming.one_notation(self._tidy(df), self.algebra)
        used = self.differentiator.used(f)
        self.outline.say(BRIEF, "df", self._shown(written), used, own=own, spelled=spelled)
        self._finish(self._collect(df))
        return self.outline

    def differential(self) -> Outline:
        """dF in terms of dX, simplified."""
        self._say_f()
        df = self.differentiator.d(self.normal)
        own = self._spell_out(self.normal)
        self.outline.say(NORMAL, "df", self._shown(df), self.differentiator.used(self.normal), own=own)
        moving = [let for let in reversed(self.lets) if let.symbol in self.moving]
        for let in moving:
            atom = self.algebra.table.d(let.symbol)
            df = self.algebra.rebuild(df, {atom: self._differential_of(let)})
        best = self.simplify(df)
        self.outline.say(
            BRIEF, "df", self._shown(best), tuple(f"d{let.name}" for let in moving) or ("collect",)
        )
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
            colon = self.problem.rewriter.apply("norm-squared", f)
            f = f if colon is None else colon
            self.outline.say(NORMAL, "f", self._shown(f), ("norm-squared",))
            return f
        if self._is_long():
            parts = naming.function_arguments(self.normal, depends)
            if parts:
                f = self._name(parts)
                self._say_lets()
                self.outline.say(NORMAL, "f", self._shown(f), ("substitute",))
                return f
        self._say_lets()
        return self.normal

    def _is_long(self) -> bool:
        """Would the differential be a long line without names?  A sum of many short terms is not."""
        if self.normal.size > 20 * LONG_LINE and self.normal.head != "add":
            return True
        df = self._tidy(self.differentiator.d(self.normal))
        parts = df.args if df.head == "add" and len(df.args) > FEW else (df,)
        return max(self.problem.cost(part) for part in parts) > LONG_LINE

    def _tidy(self, df: Term) -> Term:
        """A long differential is simplified before it is written down."""
        if self.problem.cost(df) <= TIDY:
            return df
        return min(df, self.problem.simplifier.collect(df), key=self.problem.cost)

    # ------------------------------------------------------------ collecting
    def _collect(self, df: Term) -> Term:
        """The coefficient of dX; one definition after the other is substituted, the last one first."""
        table, add = self.algebra.table, self.algebra.add
        order = [let for let in self.lets if let.symbol in self.moving]
        isolated = self._isolate(df)
        coefficients = {k: self.simplify(v) for k, v in isolated.coefficients.items()}
        simple = len(order) == 1
        while order:
            table.look()
            let = order.pop()
            atom = table.d(let.symbol)
            coefficient = coefficients.pop(atom, None)
            if coefficient is None:
                continue
            coefficient = self._named(self.simplify(coefficient), bool(order))
            rest = self._total(coefficients)
            self._say_total(add(self.algebra.colon(coefficient, atom), rest), isolated)
            substituted = self.algebra.colon(coefficient, self._differential_of(let))
            rules = (f"d{let.name}", *self.differentiator.used(let.definition))
            self.outline.say(NORMAL if simple else FULL, "df", self._shown(add(substituted, rest)), rules)
            isolated = self._isolate(substituted, rest)
            for key, value in isolated.coefficients.items():
                total = add(coefficients[key], value) if key in coefficients else value
                coefficients[key] = self.simplify(total)
        self._say_total(self._total(coefficients), isolated)
        atom = table.d(self.problem.variable)
        return self.simplify(coefficients.get(atom, self.algebra.zeros(atom.shape)))

    def _differential_of(self, let: Let) -> Term:
        """dM, with M written for its definition: dp = p .* (1 - p) .* dz for p = sigmoid(z)."""
        names = {other.definition: other.symbol for other in self.lets if other.definition.args}
        return self.algebra.rebuild(self.differentiator.d(let.definition), names)

    def _isolate(self, expression: Term, rest: Term | None = None) -> Isolated:
        """Moves across the colon; each round is a line of the full detail."""
        if not expression.has_d:
            return Isolated({}, (), ())
        isolated = self.isolator.isolate(expression)
        self.outline.steps.extend(isolated.steps)
        for r in isolated.rounds[:-1]:
            term = r.term if rest is None else self.algebra.add(r.term, rest)
            self.outline.say(FULL, "df", self._shown(term), r.rules)
        return isolated

    def _total(self, coefficients: dict[Term, Term]) -> Term:
        parts = [self.algebra.colon(self.simplify(g), atom) for atom, g in coefficients.items()]
        return self.algebra.add(*parts) if parts else self.algebra.zero

    def _say_total(self, total: Term, isolated: Isolated) -> None:
        own = isolated.rounds[-1].rules if isolated.rounds else ()
        self.outline.say(NORMAL, "df", self._shown(total), isolated.rules, own=own)

    def _named(self, coefficient: Term, more: bool) -> Term:
        """A long coefficient gets a name, so that the proof of a deep network stays linear."""
        if not more or self.problem.cost(coefficient) <= LONG_COEFFICIENT:
            return coefficient
        taken = self.problem.taken() | {let.name for let in self.lets}
        stem = "g" if coefficient.shape[1] == 1 else "G"
        number = 1
        while f"{stem}_{number}" in taken:
            number += 1
        symbol = self.algebra.table.var(f"{stem}_{number}", coefficient.shape)
        self.lets.append(Let(symbol.name, symbol, coefficient))
        self.problem.facts.define(symbol, coefficient)
        self.outline.say(NORMAL, symbol.name, self._shown(coefficient), ("definition",))
        return symbol

    # ------------------------------------------------------------ the end
    def _finish(self, coefficient: Term) -> None:
        variable = self.problem.variable
        compact = coefficient
        result = self.simplify(self._expanded(compact))
        shown = result if self.problem.cost(result) <= LONG_RESULT or not self.lets else compact
        if any(let.given for let in self.lets) and self.problem.cost(compact) < self.problem.cost(result):
            shown = compact
        if shown is not compact and len(self.outline.lines(NORMAL)) < SHORT_PROOF:
            total = self.algebra.colon(shown, self.algebra.table.d(variable))
            names = ", ".join(let.name for let in self.lets)
            self.outline.say(NORMAL, "df", self._shown(total), (f"substitute {names}",))
        used = tuple(self.problem.simplifier.used)
        printed = self.problem.display
        self.outline.say(BRIEF, f"df/d{variable.name}", printed(shown, traces=True), ("read-off", *used))
        self.outline.compact, self.outline.result = (
            printed(compact, traces=True),
            printed(result, traces=True),
        )
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

    def _spelled(self, f: Term) -> Spelled:
        """What makes the differentiation layer by layer, when the full detail is asked for."""
        differentiator = self.differentiator

        def layers() -> list[tuple[Term, tuple[str, ...]]]:
            if self.problem.cost(f) > SPELLED_OUT:
                return []
            return [(self._shown(line), names) for line, names in differentiator.expansion(f, SPELLED_OUT)]

        return layers

    def _spell_out(self, f: Term) -> tuple[str, ...] | None:
        """The differentiation layer by layer, for the full detail; the rules of the last layer."""
        if self.problem.cost(f) > SPELLED_OUT:
            return None
        layers = self.differentiator.expansion(f, SPELLED_OUT)
        for line, names in layers[:-1]:
            self.outline.say(FULL, "df", self._shown(line), names)
        return layers[-1][1] if layers else None
