"""Definitions: in their line, before it where a name is used earlier, by entries, in the size that follows from use."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..errors import DeriveError, ShapeError
from ..terms import dim_product, postorder
from ..verify import judge_lines
from .known import Formula, Key
from .lines import Statement
from .outline import Line, Outline, occurs, stem_of
from .sides import Side


class Definitions(Outline):
    """Reads what lines define."""

    def _define_ahead(self, number: int, statement: Statement) -> None:
        """Reads the definitions, in this line or later ones, of names that occur here and are not known yet."""
        wanted = self._unknown_in(statement)
        tried: set[str] = set()
        while wanted - tried:
            name = min(wanted - tried)
            tried.add(name)
            found = next(((n, s) for n, s in self.found if n >= number and s.left and self._defines(s) == name), None)
            if found is None or (found[1].text == statement.text and found[1].start == statement.start):
                continue
            definition = found[1]
            if not self._is_new(name):
                continue
            missing = self._unknown_in(definition)
            if missing - tried:
                wanted |= missing
                tried.discard(name)
                wanted.add(name)
                if missing <= tried:
                    continue
                for inner in sorted(missing - tried):
                    tried.add(inner)
                    self._define_now(inner, number)
                tried.add(name)
            self._define_now(name, number)

    def _define_now(self, name: str, number: int) -> None:
        for line, s in self.found:
            if line >= number and s.left and self._defines(s) == name and self._is_new(name):
                try:
                    name, formula = self._defined(self.side(s.left).name, s, line)
                except DeriveError:
                    return
                derived = any(t.head == "var" and t.name in self.known.derivatives for t in postorder(formula.term))
                if not formula.term.has_d and not derived:
                    self.known.define(name, formula.term)
                    self.remarks.setdefault(line, f"defines {name}")
                    self.ahead.add((line, name))
                return

    def _defines(self, statement: Statement) -> str:
        side = self.side(statement.left)
        return stem_of(side.name) if side.kind == "f" else ""

    def _unknown_in(self, statement: Statement) -> set[str]:
        """The names that some later line defines and that this one uses."""
        missing = {n for n in self.meant if self._is_new(n)}
        text = f"{statement.left} {statement.right}" if self.side(statement.left).kind != "f" else statement.right
        return {n for n in missing if occurs(n, text)}

    def _names_f(self, side: Side, statement: Statement) -> bool:
        """Of several names that are differentiated: is this one f?"""
        known = self.known
        if side.name not in self.maybe:
            return False
        self.maybe.discard(side.name)
        term = known.formula(statement.right, syntax=self._syntax(max(self.notes, default=0))).term
        assert known.f is not None
        if term.shape != known.f.shape:
            return False
        same = judge_lines(known.problem(Key()), [Line("f", "=", term)]).verdicts[0].ok
        spoken = any(self.side(s.left).name == "f" for _, s in self.found if s.left)
        return same or not (self.maybe or spoken)

    def _definition(self, number: int, statement: Statement, side: Side) -> None:
        if side.name in self.broken:
            self._note(number, "unread", f"the line that defines {side.name} cannot be read")
            return
        name, formula = self._defined(side.name, statement, number)
        side = side._replace(name=name)
        if formula.term.has_d:
            self._note(number, "unread", f"`{side.name}` is defined by a differential")
            return
        if any(t.head == "var" and t.name in self.known.derivatives for t in postorder(formula.term)):
            self._note(number, "unread", f"`{side.name}` is defined by a derivative that is not worked out")
            return
        self.known.define(side.name, formula.term)
        self.remarks.setdefault(number, f"defines {side.name}")

    def _defined(self, name: str, statement: Statement, number: int) -> tuple[str, Formula]:
        """The name and the value of a definition; of ``E_{ij} = ...`` the matrix E, of ``H = I - ...`` in its size."""
        known, syntax = self.known, self._syntax(number)
        stem, _, index = name.partition("_")
        entry = tuple(index.replace("_", ""))
        if entry and set(entry) <= set("ijklpqrs") and len(set(entry)) == len(entry) <= 2:
            with suppress(DeriveError):
                formula = known.formula(statement.right, entry, syntax)
                if formula.every_entry:
                    return stem, formula
        try:
            return name, known.formula(statement.right, syntax=syntax, differential=False)
        except ShapeError as error:
            if not error.undecided:
                raise
            sized = self._in_some_size(name, statement, syntax)
            if sized is None:
                raise
            return name, sized

    def _in_some_size(self, name: str, statement: Statement, syntax: str) -> Formula | None:
        """A definition with an identity in it, in the one size in which the lines that use it can be read."""
        known = self.known
        letters = list(dict.fromkeys(d for s in known.drawn.values() for d in s.shape if isinstance(d, str)))
        using = [s for _, s in self.found if s.right != statement.right and occurs(name, f"{s.left} {s.right}")]
        found: dict[Any, tuple[int, Formula]] = {}
        sizes = [*letters, *(dim_product(a, b) for i, a in enumerate(letters) for b in letters[i:])]
        for size in sizes:
            with suppress(DeriveError):
                formula = known.formula(statement.right, (), syntax, (size, size), False)
                shapes, symbols, lets = dict(known.shapes), dict(known.symbols), list(known.lets)
                known.define(name, formula.term)
                count = 0
                for s in using[:6]:
                    with suppress(DeriveError):
                        known.formula(s.right, (), syntax)
                        count += 1
                known.shapes, known.symbols, known.lets = shapes, symbols, lets
                known.problems.clear()
                found[size] = count, formula
        best = max((count for count, _ in found.values()), default=0)
        chosen = [formula for count, formula in found.values() if count == best]
        return chosen[0] if len(chosen) == 1 else None
