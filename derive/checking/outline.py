"""What a text says before any line is judged: rows and statements, the names of f, its variable, its small steps."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..claims import Problem
from ..errors import DeriveError, ParseError
from ..near import one_of
from ..question import CONVENTIONS, rule_book
from ..recognise import plain_name
from ..settings import mapping, properties_of
from ..syntax import declared_shape
from ..terms import Table, Term, shape_text
from ..verify import judge_lines
from .known import Key, Known
from .lines import LATEX, Statement, statements
from .rows import rows
from .sides import Side, compact, factors, plain, read_side

SECONDS = 8.0  # for each line


class Claimed(NamedTuple):
    """A statement as the judge sees it: what is claimed, of which line, and against what it is judged."""

    lhs: str
    relation: str
    term: Term
    line: int
    key: Key
    problem: Problem
    written: str  # the left side
    text: str  # the right side
    side: Side
    loose: bool = False  # is the line unread where it fails?
    right: Term | None = None  # of a statement `left = right`, whose difference is `term`
    left: Term | None = None
    every_entry: bool = False
    other_left: bool = False  # must the left side be written anew?


class Line(NamedTuple):
    """A line for `judge_lines`."""

    lhs: str
    relation: str
    term: Term


def stem_of(name: str) -> str:
    """E for E_i_j and E_ij: the whole, where its entries are defined."""
    stem, _, index = name.partition("_")
    letters = index.replace("_", "")
    return stem if letters and set(letters) <= set("ijklpqrs") and len(letters) <= 2 else name


def occurs(name: str, text: str) -> bool:
    """Is a name written in a text?"""
    stem, _, index = name.partition("_")
    written = rf"(?:(?<![A-Za-z\\])|(?<=d)|(?<=[a-zA-Z]))\\?{re.escape(stem)}" if len(stem) == 1 else re.escape(stem)
    return bool(re.search(written, text)) and (not index or index in text)


class Outline:
    """The statements of a text, and what they are about."""

    def __init__(
        self, lines: str | Iterable[object], f: Any, wrt: Any, shapes: Mapping[str, str] | None,
        assume: Mapping[str, Sequence[str]] | None, convention: str | None, reading: Mapping[str, str] | None,
        seconds: float = SECONDS,
    ) -> None:  # fmt: skip
        self.seconds = seconds
        self.rows = rows(lines)
        if isinstance(lines, str):  # prose between formulas makes no line
            self.rows = [row for row in self.rows if statements(row.text)]
        self.found = [(n, s) for n, row in enumerate(self.rows) if not row.goes_on for s in statements(row.text)]
        self.ascii = not any(LATEX.search(row.text) for row in self.rows)
        self.table = Table(deadline=time.monotonic() + seconds)
        given = mapping("shapes", shapes, '{"X": "m x n"}')
        declared = {k: v if isinstance(v, str) else shape_text(declared_shape(k, v)) for k, v in given.items()}
        assume = properties_of(assume)
        reading = mapping("reading", reading, '{"exp": "entrywise"}') or None
        if convention is not None:
            one_of("convention", convention, CONVENTIONS)
        if not isinstance(wrt, (str, type(None))) and not hasattr(wrt, "name"):
            raise ParseError("`wrt` is the name of a variable", hint='as in wrt="X"')
        self.known = Known(self.table, rule_book().signatures, declared, assume, convention, reading)
        self.notes: dict[int, tuple[str, str]] = {}  # line -> verdict and reason
        self.remarks: dict[int, str] = {}  # line -> what is said of a true line
        self.claims: list[Claimed] = []
        self.misfits: dict[int, tuple[Statement, Side]] = {}  # what does not type-check
        self.indexed: dict[int, tuple[Statement, Side]] = {}  # single-entry matrices with wrong indices
        self.vectors: set[str] = {n for n, s in declared.items() if "x" not in s or s.replace(" ", "").endswith("x1")}
        self.solving = False
        self.ahead: set[tuple[int, str]] = set()  # definitions that were read before their line
        self.failed: dict[int, Claimed] = {}  # the first false claim of a line
        self.meant: set[str] = set()  # names that some line defines
        self.broken: set[str] = set()  # names whose definition cannot be read
        self.aliases: dict[str, str] = {}  # a name for a derivative -> the left side of that derivative
        variable = self.known.resolve(plain_name(wrt)) if isinstance(wrt, str) else wrt and wrt.name
        sides = [self.side(s.left) for _, s in self.found]
        self.meant = {stem_of(s.name) for s in sides if s.kind in ("f", "df")}
        self._name_functions(sides, f is not None)
        self._read_f(f, variable or self._variable(sides))

    def side(self, left: str) -> Side:
        known = self.known
        side = read_side(left, known.functions | set(known.symbols), self.vectors, self.ascii, known.functions)
        return side._replace(name=known.resolve(side.name), variable=known.resolve(side.variable))

    def _name_functions(self, sides: Sequence[Side], given: bool) -> None:
        """What is differentiated and never defined is f; where f is not given, so is what is differentiated last."""
        kinds = ("gradient", "hessian", "jacobian", "entry", "directional")
        named = list(
            dict.fromkeys(s.name for s in sides if s.kind in kinds and s.name.isidentifier() and not s.expression)
        )
        defined = {s.name for s in sides if s.kind == "f"}
        self.maybe = {n for n in named if n in defined and n != "f" and n not in self.known.shapes}
        known = self.known.functions
        free = [n for n in named if n not in defined and n not in self.known.shapes]
        known |= set(free) if len(free) == 1 else set()
        if "f" in defined or "f" in named:
            self.maybe = set()
            known.intersection_update({"f"})
        elif len(self.maybe) == 1 and not given:
            known |= self.maybe
            self.maybe = set()
        elif self.maybe and not given:
            known.add([n for n in named if n in self.maybe][-1])
            self.maybe = set()

    def _variable(self, sides: Sequence[Side]) -> str:
        """The variable where nobody says it: of the gradients, else the only one with a differential."""
        below = [s.variable for s in sides if s.variable and s.kind in ("gradient", "entry", "hessian", "jacobian")]
        if below:
            return below[0]
        texts = " ".join(s.right for _, s in self.found)
        names = {
            plain(n)
            for n in re.findall(r"(?<![A-Za-z\\])(?:d|\\mathrm\{d\}|\\delta|\\partial)\s*(\\?[A-Za-z]\w*)", texts)
        }
        defined = {s.name for s in sides if s.kind == "f"}
        names -= {*defined, *self.known.functions}
        return names.pop() if len(names) == 1 else ""

    def _read_f(self, f: Any, wrt: str) -> None:
        self.trouble = "no line says what f is"
        if f is None:
            stated = self._stated()
            if not stated:
                return
            try:
                self.known.read_f(stated, wrt)
            except DeriveError as error:
                self.trouble = f"the line that says what f is cannot be read: {error}"
        else:
            self.known.read_f(f, wrt)
        if self.known.f is not None:
            with suppress(DeriveError):
                self._find_steps()

    def _stated(self) -> str:
        """What the lines say f is, after the definitions that it uses; ``""`` where none does."""
        sides = [(s, self.side(s.left)) for _, s in self.found if s.left]
        text = next((s.right for s, side in sides if side.kind == "f" and side.name in self.known.functions), "")
        text = text or next(
            (side.expression for _, side in sides if side.kind in ("gradient", "entry") and side.expression), ""
        )
        defined: dict[str, str] = {}
        wanted = [text]
        while wanted:
            using = wanted.pop()
            for s, side in sides:
                new = side.kind == "f" and side.name not in self.known.functions and side.name not in defined
                if new and side.name not in self.known.shapes and occurs(side.name, using):
                    defined[side.name] = f"{s.left} = {s.right}"
                    wanted.append(s.right)
        between = "; " if self.ascii else r",\quad "
        return between.join([*reversed(defined.values()), text]) if text else ""

    def _find_steps(self) -> None:
        """The names in f(X + epsilon*J), Df(X)[H] and ``Delta X = epsilon J``."""
        known = self.known
        self.vectors |= {n for n, s in known.symbols.items() if s.shape[1] == 1 != s.shape[0]}
        for _, s in self.found:
            side = self.side(s.left)
            if side.kind == "moved":
                self._step(side.step)
            elif side.kind == "f" and side.name.startswith("Delta_") and side.name.removeprefix("Delta_") == known.wrt:
                self._step(s.right)
                known.small[side.name] = "step"
        for _, s in self.found:
            if s.relation == "~" and not known.small and self.side(s.left).kind == "other":
                name = re.escape(known.wrt)
                step = re.search(rf"\(\s*(?:\\mathbf\s*\{{?)?{name}\}}?\s*\+\s*([^()+\-]+)\)", s.left)
                if step:
                    self._step(compact(step[1]))
        along = [side for _, s in self.found if (side := self.side(s.left)).kind == "directional"]
        self.directions = {n for side in along for n in factors(side.step)} - set(known.symbols)
        for name in self.directions:
            known.small.setdefault(name, "direction")

    def _step(self, text: str) -> None:
        """What a step such as ``\\epsilon J`` is made of."""
        known, names = self.known, factors(text)
        if any(n in known.symbols for n in names):
            return
        if len(names) == 1:
            known.small[names[0]] = "step"
        elif len(names) == 2:
            known.small[names[0]], known.small[names[1]] = "epsilon", "direction"

    def _syntax(self, number: int) -> str:
        """LaTeX where the line has signs of it, or stands among such lines."""
        text = self.rows[number].text
        if LATEX.search(text):
            return "latex"
        return "auto" if self.ascii or "*" in text else "latex or ascii"

    def _note(self, number: int, verdict: str, reason: str) -> None:
        if self.notes.get(number, ("",))[0] != "false":
            self.notes[number] = verdict, reason

    def _is_new(self, name: str) -> bool:
        known = self.known
        return bool(name) and name not in known.symbols and name not in known.functions and name not in known.small

    def start_clock(self) -> None:
        """The time for one line begins."""
        self.table.deadline = time.monotonic() + self.seconds

    @staticmethod
    def _hold(claims: Sequence[Claimed]) -> bool:
        try:
            return all(judge_lines(c.problem, [c]).verdicts[0].ok for c in claims)
        except DeriveError:
            return False
