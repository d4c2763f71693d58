"""Variables with a structure: differentiate as if free, then project by the rules of the convention.

The variable's own structure is not used on the way: X' is not X off the manifold.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import NoRuleError
from ..match import EMPTY, Match, instantiate
from ..records import replace
from ..rulebook import Rule
from ..syntax import Reading
from ..terms import SCALAR, Symbol, Table, Term, postorder
from .problem import BRIEF, Outline, Problem

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
                memo[t] = (
                    table.make(t.head, tuple(memo[a] for a in t.args), t.shape, t.payload) if t.args else t
                )
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
            event.line = event.line._replace(note=f"where `J` has the structure of `{structured.name}`")


def projection(
    problem: Problem, term: Term, structured: Term, structure: Sequence[str], convention: str
) -> tuple[Term, Rule]:
    """The rule of the convention applied to a free gradient (or, the map being its own adjoint, to a direction)."""
    space = frozenset(_SAME_SPACE.get(p, p) for p in structure)
    if "diagonal" in space:
        space -= {"symmetric"}
    rule = problem.book.projections.get((convention, space))
    if rule is None:
        names = " and ".join(p.replace("_", " ") for p in sorted(space))
        raise NoRuleError(
            f"no rule gives the gradient of a variable that is {names} under the convention {convention}",
            hint="the conventions are tangent, tied, riemannian (orthonormal columns) and free",
        )
    match: Match | None = EMPTY.bind("G", term, rule.shapes["G"])
    if match is not None and "X" in rule.shapes:
        match = match.bind("X", structured, rule.shapes["X"])
    if match is None:
        raise NoRuleError(f"the rule {rule.name} does not fit the shape of {structured.name}")
    return instantiate(rule.rhs, match, problem.algebra, problem.algebra.table.d), rule


def project(
    problem: Problem, outline: Outline, structured: Term, structure: Sequence[str], convention: str
) -> None:
    """Turns the free gradient of an outline into the one under the convention."""
    algebra = problem.algebra
    assert outline.result is not None
    free = algebra.rebuild(algebra.normal(outline.result), {problem.variable: structured})
    if convention == "free":
        _end(problem, outline, free, (), "convention free: all entries vary freely")
        return
    projected, rule = projection(problem, free, structured, structure, convention)
    _inside(outline, structured)
    _end(problem, outline, projected, (rule.name,), f"convention {convention}: {reason(rule, structured)}")


def reason(rule: Rule, structured: Term) -> str:
    """Why a projection is right, in the name of the variable."""
    return rule.say.replace("$dX$", f"`d{structured.name}`")


def at_point(problem: Problem, outline: Outline, structured: Term) -> None:
    """Uses the variable's structure in the result, once nothing is differentiated any more."""
    assert outline.result is not None
    value = problem.algebra.normal(outline.result)
    _end(problem, outline, problem.algebra.rebuild(value, {problem.variable: structured}), (), "")


def _end(problem: Problem, outline: Outline, term: Term, rules: tuple[str, ...], note: str) -> None:
    """The last line and the result, simplified."""
    result = problem.display(problem.simplifier.simplify(term), traces=problem.variable.shape == SCALAR)
    last = outline.events.pop()
    outline.say(BRIEF, last.line.lhs, result, (*last.line.rules, *rules), note=note or last.line.note)
    outline.result = outline.compact = result
