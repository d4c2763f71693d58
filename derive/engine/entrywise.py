"""The entrywise method: the chain rule of the Matrix Cookbook for one entry, with the single-entry matrix J.

df/dX_ij is df in the direction J^{ij}, tr[(df/dM)' dM/dX_ij] where M is an intermediate: the lines of the
Frobenius method with J for dX and the derivative of each definition along J for its differential.
"""

from __future__ import annotations

from ..derivation import Line
from ..terms import SCALAR, Term
from .frobenius import Frobenius
from .problem import BRIEF, Event, Outline, Problem

CHAIN_RULE = "chain-rule"


class Entrywise(Frobenius):
    """One derivation entry by entry."""

    spelled_later = False

    def __init__(self, problem: Problem, entry: tuple[str, str]) -> None:
        super().__init__(problem)
        self.lhs = entry_lhs(problem.variable, entry)
        self.direction = single_entry(problem)
        self.entry = entry

    def gradient(self) -> Outline:
        """df/dX_ij = tr[(df/dM)' dM/dX_ij] = G_ij."""
        if self.problem.variable.shape == SCALAR:
            return super().gradient()
        outline = super().gradient()
        events, outline.events = outline.events, []
        final = events.pop()
        for event in events:
            self._repeat(outline, event)
        assert outline.result is not None
        product = self.algebra.colon(self.algebra.normal(outline.result), self.direction)
        last = self._entry(outline.result)
        colon = self.problem.display(product)
        rules = ("single-entry",)
        outline.events.append(Event(Line(self.lhs, "=", colon, rules, shown=last), BRIEF, rules))
        outline.events.append(final)
        return outline

    def _entry(self, gradient: Term) -> Term:
        """G_ij; scalar factors stand in front, and of a transpose the entry G_ji is read."""
        make, shape = self.problem.table.make, gradient.shape
        factors = gradient.args if gradient.head == "mul" else (gradient,)
        matrices = [a for a in factors if a.shape != SCALAR]
        inner = matrices[0] if len(matrices) == 1 else make("mul", tuple(matrices), shape)
        index = self.entry
        if inner.head == "T" and shape[1] != 1:
            inner, index = inner.args[0], (index[1], index[0])
        entry = make("entry", (inner,), SCALAR, index)
        scalars = tuple(a for a in factors if a.shape == SCALAR)
        return make("mul", (*scalars, entry), SCALAR) if scalars else entry

    def _repeat(self, outline: Outline, event: Event) -> None:
        line = event.line
        if line.lhs != "df":
            outline.events.append(event)
            return
        first = not any(e.line.lhs == self.lhs and e.level <= event.level for e in outline.events)
        term = self.problem.display(self._along(self.algebra.normal(line.term)))
        rules = ((CHAIN_RULE,) if first else ()) + line.rules
        note = single_entry_note(self.direction, self.entry) if first else ""
        outline.say(event.level, self.lhs, term, rules, own=event.own, note=note)

    def _along(self, term: Term) -> Term:
        """A line in differentials as a line in J."""
        table = self.algebra.table
        values = {table.d(self.problem.variable): self.direction}
        for let in self.lets:
            if let.symbol in self.moving:
                inner = self.differentiator.d(let.definition)
                values[table.d(let.symbol)] = self.algebra.rebuild(inner, values)
        return self.algebra.rebuild(term, values)


def entry_lhs(variable: Term, entry: tuple[str, str]) -> str:
    """``df/dX[i,j]``; ``df/dx[i]`` for a vector."""
    index = entry[0] if variable.shape[1] == 1 else ",".join(entry)
    return f"df/d{variable.name}[{index}]"


def single_entry(problem: Problem) -> Term:
    """J, the matrix with one entry 1 and all others 0, as a name; another name where J is taken."""
    name = problem.free_name("J", "E", "U")
    return problem.table.var(name, problem.variable.shape)


def single_entry_note(direction: Term, entry: tuple[str, str]) -> str:
    """What J is, in a sentence."""
    place = entry[0] if direction.shape[1] == 1 else f"({','.join(entry)})"
    return f"where `{direction.name}` has 1 as its entry ${place}$ and 0 elsewhere"
