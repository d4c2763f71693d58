"""Variables with a structure: differentiate as if free, then project by the rules of the convention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..errors import NoRuleError
from ..terms import Symbol, Table, Term, postorder
from .problem import Outline, Problem

#: What remains of a structural property as regularity at the point.
_REGULAR = {"positive_definite": frozenset({"invertible", "positive_determinant"})}


def free_reading(reading: Any, name: str, structure: Sequence[str], table: Table) -> tuple[Any, Term]:
    """The reading with the variable's own structure taken away."""
    variable: Term = reading.symbols[name]
    if not structure:
        return reading, variable
    props = set(variable.payload.props) - set(structure)
    for p in structure:
        props |= _REGULAR.get(p, frozenset())
    free = table.make("var", (), variable.shape, Symbol(name, frozenset(props)))
    memo: dict[Term, Term] = {variable: free}

    def rebuilt(term: Term) -> Term:
        for t in postorder(term):
            if t not in memo:
                memo[t] = table.make(t.head, tuple(memo[a] for a in t.args), t.shape, t.payload) if t.args else t
        return memo[term]

    definitions = [(n, rebuilt(d)) for n, d in reading.definitions]
    symbols = {k: memo.get(v, v) for k, v in reading.symbols.items()}
    return replace(reading, term=rebuilt(reading.term), definitions=definitions, symbols=symbols), free


def projected(problem: Problem, outline: Outline, question: Any) -> None:
    """The gradient under the convention."""
    raise NoRuleError(
        f"variables with a structure ({', '.join(question.structure)}) are not supported yet",
        hint="leave the structure out: then all entries vary freely",
    )
