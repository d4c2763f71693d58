"""Variables with a structure: differentiate as if free, then project by the rules of the convention.

The variable's own structure is not used on the way: X' is not X off the manifold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import NoRuleError
from ..match import EMPTY, Match, instantiate
from ..syntax import Reading
from ..terms import Symbol, Table, Term, postorder
from .problem import Outline, Problem

#: What remains of a structural property as regularity at the point.
_REGULAR = {
    "positive_definite": frozenset({"invertible", "positive_determinant"}),
    "orthogonal": frozenset({"invertible"}),
    "orthonormal_columns": frozenset({"full_column_rank"}),
}
#: Structures that span the same space of directions.
_SAME_SPACE = {"positive_definite": "symmetric", "hermitian": "symmetric"}


def free_reading(reading: Reading, name: str, structure: Sequence[str], table: Table) -> tuple[Reading, Term]:
    """The reading with the variable's own structure taken away, and the free variable."""
    variable = reading.symbols[name]
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


def _inside(outline: Outline, structured: Term) -> None:
    """Takes out what holds for free entries only: a derivative by one of them; a perturbation has the structure."""
    entry = f"df/d{structured.name}["
    by_entry = [event for event in outline.events if event.line.lhs.startswith(entry)]
    if len(by_entry) > 1:
        raise NoRuleError(
            f"the entrywise method takes the entries of {structured.name} as free, and they are not",
            hint="ask for the method frobenius, or for the convention free",
        )
    outline.events = [event for event in outline.events if event not in by_entry]
    for event in outline.events:
        if event.line.lhs.startswith("f(") and event.line.note:
            event.line = replace(event.line, note=f"where `J` has the structure of `{structured.name}`")


def project(problem: Problem, outline: Outline, structured: Term, structure: Sequence[str], convention: str) -> None:
    """Turns the free gradient of an outline into the one under the convention."""
    algebra, simplify = problem.algebra, problem.simplifier.simplify
    assert outline.result is not None
    at_point = {problem.variable: structured}
    free = algebra.rebuild(algebra.normal(outline.result), at_point)
    rules: tuple[str, ...] = ()
    if convention != "free":
        space = frozenset(_SAME_SPACE.get(p, p) for p in structure)
        if "diagonal" in space or "skew" in space:
            space -= {"symmetric"} if "diagonal" in space else frozenset()
        rule = problem.book.projections.get((convention, space))
        if rule is None:
            names = " ".join(sorted(space))
            raise NoRuleError(
                f"no rule gives the gradient of a variable that is {names} under the convention {convention!r}",
                hint="the conventions are tangent, tied, riemannian (orthonormal columns) and free",
            )
        match: Match | None = EMPTY.bind("G", free, ("m", "n") if "X" in rule.shapes else ("n", "n"))
        if match is not None and "X" in rule.shapes:
            match = match.bind("X", structured, rule.shapes["X"])
        if match is None:
            raise NoRuleError(f"the rule {rule.name} does not fit the shape of {structured.name}")
        _inside(outline, structured)
        free = instantiate(rule.rhs, match, algebra, algebra.table.d)
        rules = (rule.name,)
    result = problem.display(simplify(free))
    last = outline.events.pop()
    note = f"convention {convention}: {rule.say}" if rules else "convention free: all entries vary freely"
    outline.say(0, last.line.lhs, result, (*last.line.rules, *rules), note=note)
    outline.result = outline.compact = result
