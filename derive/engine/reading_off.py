"""The last lines of a gradient: one entry, and the layout."""

from __future__ import annotations

from ..errors import ShapeError
from ..terms import SCALAR
from .entrywise import entry_lhs, single_entry
from .problem import BRIEF, Outline, Problem


def finish(problem: Problem, outline: Outline, layout: str, entry: tuple[str, str] | None) -> None:
    """Adds the derivative by one entry, and transposes the gradient for the numerator layout."""
    assert outline.result is not None and outline.compact is not None
    algebra, variable = problem.algebra, problem.variable
    if entry is not None:
        if variable.shape == SCALAR:
            raise ShapeError(f"{variable.name} is a scalar: it has no entries", hint="leave --entry out")
        colon = algebra.colon(algebra.normal(outline.events[-1].line.term), single_entry(problem))
        indices = (str(entry[0]), str(entry[1]))
        outline.say(BRIEF, entry_lhs(variable, indices), problem.display(colon), ("entry",))
    if layout == "numerator" and variable.shape != SCALAR:
        last = max(i for i, e in enumerate(outline.events) if e.line.lhs == f"df/d{variable.name}")
        turned = problem.display(algebra.T(algebra.normal(outline.events[last].line.term)), traces=True)
        event = outline.events.pop(last)
        rules = (*event.line.rules, "numerator-layout")
        note = "; ".join(filter(None, (event.line.note, "numerator layout: the transpose of the gradient")))
        outline.say(BRIEF, event.line.lhs, turned, rules, note=note)
        outline.result = problem.display(algebra.T(algebra.normal(outline.result)), traces=True)
        outline.compact = problem.display(algebra.T(algebra.normal(outline.compact)), traces=True)
