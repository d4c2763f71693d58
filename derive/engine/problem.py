"""A question made ready: everything in normal form, what moves and what does not, names, limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..derivation import Let, Line, Step
from ..display import Display
from ..facts import Facts
from ..normal import Algebra, Laws
from ..rewrite import Rewriter
from ..simplify import Simplifier
from ..terms import Shape, Table, Term

if TYPE_CHECKING:
    from ..rulebook import RuleBook


class Problem:
    """What every method starts from; `f` is as typed, `normal` its normal form."""

    def __init__(
        self,
        book: RuleBook,
        table: Table,
        f: Term,
        variable: Term,
        symbols: Mapping[str, Term],
        definitions: list[tuple[str, Term, Term]],  # name, symbol, typed definition
        shapes: Mapping[str, Shape],
        structured: Term | None = None,  # the variable with its structure, where it has one
        structure: Sequence[str] = (),
        convention: str | None = None,
    ) -> None:
        self.book, self.table, self.f, self.variable = book, table, f, variable
        self.symbols, self.definitions, self.shapes = symbols, definitions, shapes
        self.structured, self.structure, self.convention = structured, structure, convention
        self.algebra = Algebra(self.table, book.functions, book.once("laws", lambda: Laws(book.functions)))
        self.facts = Facts(self.book, self.algebra)
        self.rewriter = Rewriter(self.book, self.algebra, self.facts)
        if self.structured is not None:
            self.rewriter.at_point = {self.variable: self.structured}
        self.simplifier = Simplifier(self.rewriter)
        self.cost = self.simplifier.cost
        self.display = Display(self.algebra, self.cost)

    def taken(self) -> set[str]:
        """The names that are in use."""
        letters = {d for s in self.shapes.values() for d in s if isinstance(d, str)}
        return set(self.symbols) | {n for n, _, _ in self.definitions} | letters | {"f", "d", "J", "epsilon"}

    def free_name(self, *wishes: str) -> str:
        """The first name that is not in use."""
        taken = {n for n in self.taken() if n not in ("J", "epsilon")}
        taken |= set(self.symbols) | {n for n, _, _ in self.definitions}
        for wish in wishes:
            if wish not in taken:
                return wish
        number = 1
        while f"{wishes[0]}_{number}" in taken:
            number += 1
        return f"{wishes[0]}_{number}"


BRIEF, NORMAL, FULL = range(3)


Spelled = Callable[[], "list[tuple[Term, tuple[str, ...]]]"]


class Event:
    """A line, and the least detail at which it is printed (0 brief, 1 normal, 2 full)."""

    __slots__ = ("level", "line", "own", "spelled")

    def __init__(self, line: Line, level: int, own: tuple[str, ...] = (), spelled: Spelled | None = None) -> None:
        self.line, self.level, self.own = line, level, own
        self.spelled = spelled  # what makes the lines before it at full detail, and its own rules


class Outline:
    """What a method hands over: events, definitions, results."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.lets: list[Let] = []
        self.steps: list[Step] = []
        self.claims: list[Line] = []  # checked, though no line of the proof
        self.compact: Term | None = None
        self.result: Term | None = None

    def say(
        self,
        level: int,
        lhs: str,
        term: Term,
        rules: tuple[str, ...] = (),
        *,
        relation: str = "=",
        note: str = "",
        own: tuple[str, ...] | None = None,
        shown: Term | None = None,
        spelled: Spelled | None = None,
    ) -> None:
        """One more line; one that repeats the line before only adds its rules.

        `rules` led from the line before of this level of detail or less, `own` from the line just before; `spelled`
        makes the lines between, when the full detail is asked for: the last of them is this one.
        """
        rules = tuple(dict.fromkeys(rules))
        own = rules if own is None else own
        if self.events:
            last = self.events[-1]
            if last.line.lhs == lhs and last.line.relation == relation and _looks_alike(last.line.term, term):
                merged = tuple(dict.fromkeys((*last.line.rules, *rules)))
                last.line = last.line._replace(rules=merged, note=last.line.note or note)
                last.level = min(last.level, level)
                return
        self.events.append(Event(Line(lhs, relation, term, rules, note, shown=shown), level, own, spelled))

    def lines(self, level: int) -> tuple[Line, ...]:
        """The lines at a level of detail."""
        out: list[Line] = []
        for event in self._spelled_out() if level == FULL else self.events:
            line = event.line
            if event.level > level:
                continue
            if out and out[-1].lhs == line.lhs and _looks_alike(out[-1].term, line.term) and not line.shown:
                continue
            rules = event.own if level == FULL else line.rules
            continues = bool(out) and out[-1].lhs == line.lhs
            if rules is not line.rules or continues:
                line = Line(line.lhs, line.relation, line.term, rules, line.note, continues, line.shown)
            out.append(line)
        return tuple(out)


    def _spelled_out(self) -> Iterator[Event]:
        """The events, each after the lines that lead to it."""
        for event in self.events:
            layers = event.spelled() if event.spelled else []
            for term, rules in layers[:-1]:
                yield Event(Line(event.line.lhs, "=", term, rules), FULL, rules)
            yield Event(event.line, event.level, layers[-1][1] if layers else event.own)


def _looks_alike(a: Term, b: Term) -> bool:
    """Are two terms printed in the same way?  Longer ones are compared by identity."""
    return a is b or (a.heads == b.heads and a.size == b.size < 2000 and str(a) == str(b))
