"""Questions about a complex variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .audit import Auditor
from .complexbook import complex_book
from .complexes import is_real
from .complexproof import ComplexAuditor
from .engine.problem import Outline, Problem
from .engine.wirtinger import KINDS
from .errors import NoRuleError
from .question import Question
from .records import replace
from .syntax import Reading
from .terms import Symbol, Term, postorder

#: What properties of real matrices are for complex ones.
_COMPLEX = {
    "positive_definite": ("hermitian", "invertible"),
    "orthogonal": ("orthogonal", "orthonormal_columns", "invertible"),
}


class ComplexQuestion(Question):
    """All variables are complex but those that were declared real."""

    kind = "d/dZ*"

    def problem(self) -> Problem:
        """In the part of the book that holds for complex numbers."""
        name, props = self.variable_name, self.variable.payload.props
        if is_real(props):
            raise NoRuleError(
                f"{name} is real: there is no second variable conj({name})",
                hint="ask for the gradient, or leave the property out",
            )
        if self.structure and self.convention != "free":
            raise NoRuleError(
                f"{name} is {' and '.join(self.structure)}: its entries and their conjugates are not independent",
                hint="with the convention free all entries vary freely, and the structure only describes the point",
            )
        changed = {s: self._complex(s) for s in self.reading.symbols.values()}
        reading = self._restated(self.reading, {a: b for a, b in changed.items() if a is not b})
        return Problem(
            book=complex_book(self.book),
            table=self.table,
            f=reading.term,
            variable=reading.symbols[name],
            symbols=reading.symbols,
            definitions=[(n, self.reading.defined[n], t) for n, t in reading.definitions],
            shapes=reading.shapes,
        )

    def _complex(self, symbol: Term) -> Term:
        """The symbol with what its properties mean for complex numbers; the variable without a structure."""
        props = set(symbol.payload.props)
        if is_real(props):
            props.add("real")
        else:
            for p in list(props & set(_COMPLEX)):
                props.remove(p)
                props.update(_COMPLEX[p])
        if symbol.name == self.variable_name:
            props -= set(self.structure) | {"hermitian", "orthonormal_columns", "orthogonal"}
        if props == symbol.payload.props:
            return symbol
        return self.table.make("var", (), symbol.shape, Symbol(symbol.name, frozenset(props)))

    def _restated(self, reading: Reading, changed: Mapping[Term, Term]) -> Reading:
        """The reading with symbols replaced."""
        if not changed:
            return reading
        memo = dict(changed)

        def rebuilt(term: Term) -> Term:
            for t in postorder(term, known=memo):
                memo[t] = self.table.make(t.head, tuple(memo[a] for a in t.args), t.shape, t.payload) if t.args else t
            return memo[term]

        definitions = [(n, rebuilt(d)) for n, d in reading.definitions]
        symbols = {k: memo.get(v, v) for k, v in reading.symbols.items()}
        return replace(reading, term=rebuilt(reading.term), definitions=definitions, symbols=symbols)

    def left_side(self, name: str) -> str:
        return KINDS[self.kind].format(name)

    def auditor(self, problem: Problem, outline: Outline, transposed: bool) -> Auditor:
        """Complex numbers, high precision."""
        symbols = self.reading.symbols
        return ComplexAuditor(
            problem.f, symbols[self.variable_name], symbols, outline.lets, self.seed, self.plain()
        )


def kinds() -> Sequence[str]:
    """The kinds of derivatives by a complex variable."""
    return tuple(KINDS)
