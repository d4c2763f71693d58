"""A derivation of somebody's, line by line against numbers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..claims import Problem
from ..errors import AmbiguityError, DeriveError, ParseError, ShapeError, UndecidedError
from ..question import rule_book
from ..recognise import plain_name
from ..settings import limits_of, properties_of
from ..terms import SCALAR, Shape, Table, Term, dim_product, postorder, shape_text
from ..verify import Verdict, judge_lines
from .known import Formula, Key, Known
from .lemma import read_gradient_lemma, read_lemma
from .lines import Statement, statements
from .marks import WrongIndex
from .report import LineReport, Report
from .rows import rows
from .sides import Side, factors, plain, read_side

SECONDS = 8.0  # for each line

_REST = re.compile(
    r"\+\s*(?:(?:\\(?:mathcal|mathrm|text|operatorname)\s*\{?\s*)?[Oo]\}?|\\mathcal\s*O|\\[Oo])\s*(?:\\left)?\s*[\(\{\[|].*$|"
    r"\+\s*(?:\\[cl]?dots|\\ldots|\.\.\.|\\text\{[^{}]*(?:higher|order|h\.?o\.?t)[^{}]*\}|\\mathrm\{?h\.?o\.?t\.?\}?|h\.o\.t\.?).*$"
)
_ZERO = re.compile(r"\s*(?:0|\\mathbf\s*\{?0\}?|\\boldsymbol\{0\}|\\vec\s*\{?0\}?|0_\{?[^{}]*\}?)\s*$")
_SETTING = re.compile(r"\b(?:set|setting|equate|equating|solve|solving|zero|vanish\w*|stationar\w*|optimal\w*|minimi\w*)\b", re.I)
_MUST = re.compile(r"\\(?:overset|stackrel)\s*\{\s*(?:!|\\text\{[^{}]*\})\s*\}")
_EQUATION = "an equation to be solved: it is not checked"


#: Signs of LaTeX, one of which makes all formulas of a line LaTeX.
_LATEX = re.compile(r"\\[a-zA-Z]|[\^_]\s*\{|\^T\b")
#: Readings that are tried where the usual one is ambiguous, or makes a line false.
OTHER_READINGS: tuple[dict[str, str], ...] = (
    {"odot": "products"}, {"implicit": "first"}, {"frac": "entrywise"},
    {"exp": "entrywise", "log": "entrywise", "sqrt": "entrywise", "sin": "entrywise", "cos": "entrywise", "odot": "products"},
    {"norm_2": "frobenius"}, {"power": "entrywise"}, {"dagger": "adjoint"}, {"otimes": "kron"}, {"otimes": "outer"}, {"|": "abs"}, {"|": "norm"},
)  # fmt: skip


def _stem(name: str) -> str:
    """E for E_i_j and E_ij: the whole, where its entries are defined."""
    stem, _, index = name.partition("_")
    letters = index.replace("_", "")
    return stem if letters and set(letters) <= set("ijklpqrs") and len(letters) <= 2 else name


_PLAIN_HEADS = frozenset("add mul T inv pow var num eye ones zeros had dim diag".split())


def _occurs(name: str, text: str) -> bool:
    """Is a name written in a text?"""
    stem, _, index = name.partition("_")
    written = rf"(?:(?<![A-Za-z\\])|(?<=d)|(?<=[a-zA-Z]))\\?{re.escape(stem)}" if len(stem) == 1 else re.escape(stem)
    return bool(re.search(written, text)) and (not index or index in text)


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


class Checker:
    """Reads the lines in the context of those before, and judges them."""

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
        self.ascii = not any(_LATEX.search(row.text) for row in self.rows)
        self.table = Table(deadline=time.monotonic() + seconds)
        declared = {k: v if isinstance(v, str) else shape_text(v) for k, v in (shapes or {}).items()}
        assume = properties_of(assume)
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
        self.aliases: dict[str, str] = {}  # a name for a derivative -> the left side of that derivative
        variable = self.known.resolve(plain_name(wrt)) if isinstance(wrt, str) else wrt and wrt.name
        sides = [self.side(s.left) for _, s in self.found]
        self.meant = {_stem(s.name) for s in sides if s.kind in ("f", "df")}
        self._name_functions(sides, f is not None)
        self._read_f(f, variable or self._variable(sides))

    # ------------------------------------------------------------ f, its names, its variable
    def side(self, left: str) -> Side:
        known = self.known
        side = read_side(left, known.functions | set(known.symbols), self.vectors, self.ascii)
        return side._replace(name=known.resolve(side.name), variable=known.resolve(side.variable))

    def _name_functions(self, sides: Sequence[Side], given: bool) -> None:
        """What is differentiated and never defined is f; where f is not given, so is what is differentiated last."""
        kinds = ("gradient", "hessian", "jacobian", "entry", "directional")
        named = list(dict.fromkeys(s.name for s in sides if s.kind in kinds and s.name.isidentifier() and not s.expression))
        defined = {s.name for s in sides if s.kind == "f"}
        self.maybe = {n for n in named if n in defined and n != "f" and n not in self.known.shapes}
        known = self.known.functions
        free = [n for n in named if n not in defined and n not in self.known.shapes]
        known |= set(free) if len(free) == 1 else set()
        if "f" in defined or "f" in named:
            self.maybe = set()
            known.intersection_update({"f"})
        elif len(self.maybe) == 1:
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
        names = {plain(n) for n in re.findall(r"(?<![A-Za-z\\])(?:d|\\mathrm\{d\}|\\delta|\\partial)\s*(\\?[A-Za-z]\w*)", texts)}
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
        text = text or next((side.expression for _, side in sides if side.kind in ("gradient", "entry") and side.expression), "")
        defined: dict[str, str] = {}
        wanted = [text]
        while wanted:
            using = wanted.pop()
            for s, side in sides:
                new = side.kind == "f" and side.name not in self.known.functions and side.name not in defined
                if new and side.name not in self.known.shapes and _occurs(side.name, using):
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

    # ------------------------------------------------------------ reading
    def run(self) -> Report:
        """Verdicts on all lines."""
        last, chain, approximate = Side(""), "", False
        row = -1
        for number, statement in self.found:
            if statement.left or not statement.relation:
                approximate = False
            link = not statement.left and number == row
            row = number
            if statement.left:
                side, chain = self.side(statement.left), statement.left
            else:
                side = last
            last = side
            approximate = approximate or statement.relation == "~"
            if approximate and statement.relation == "=":
                statement = statement._replace(relation="~")
            self.start_clock()
            try:
                alias = self._read(number, statement._replace(left=chain), side, link)
                if alias is not None:
                    last, chain = alias, statement.right
            except WrongIndex as error:
                self.indexed[number] = statement._replace(left=chain), side
                self._note(number, "false", str(error))
            except UndecidedError as error:
                self._note(number, "unread", str(error))
            except ShapeError as error:
                self.misfits[number] = statement._replace(left=chain), side
                self._note(number, "false", str(error))
            except DeriveError as error:
                self._note(number, "unread", str(error))
            except Exception as error:  # whatever a line does to us, the others are judged
                self._note(number, "unread", f"derive failed on this line, which is a bug of ours: {error!r}")
        return self._report(self._verdicts())

    def _read(self, number: int, statement: Statement, side: Side, link: bool) -> Side | None:
        """Judges a statement; where a name is not known, after the definitions that stand later; else in other readings."""
        self._define_ahead(number, statement)
        known, before = self.known, len(self.claims)
        try:
            return self._statement(number, statement, side, link)
        except (AmbiguityError, ShapeError) as error:
            if isinstance(error, WrongIndex):
                raise
            misfit = isinstance(error, ShapeError) and not isinstance(error, UndecidedError)
            chosen = known.reading
            for other in OTHER_READINGS:
                known.reading = {**other, **(chosen or {})}
                try:
                    out = self._statement(number, statement, side, link)
                except DeriveError:
                    continue
                else:
                    loose = not {"otimes", "|", "implicit"} & set(other)  # of these, both readings are tried before a line is false
                    made = [c._replace(loose=loose) for c in self.claims[before:]]
                    if misfit and made and not self._hold(made):
                        del self.claims[before:]
                        continue
                    self.claims[before:] = made
                    return out
                finally:
                    known.reading = chosen
            raise

    @staticmethod
    def _hold(claims: Sequence[Claimed]) -> bool:
        try:
            return all(judge_lines(c.problem, [c]).verdicts[0].ok for c in claims)
        except DeriveError:
            return False

    def _define_ahead(self, number: int, statement: Statement) -> None:
        """Reads the definitions, in this line or later ones, of names that occur here and are not known yet."""
        wanted = self._unknown_in(statement)
        tried: set[str] = set()
        while wanted - tried:
            name = min(wanted - tried)
            tried.add(name)
            found = next(((n, s) for n, s in self.found if n >= number and s.left and self._defines(s) == name), None)
            if found is None or found[1].text == statement.text and found[1].start == statement.start:
                continue
            line, definition = found
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
        return _stem(side.name) if side.kind == "f" else ""

    def _unknown_in(self, statement: Statement) -> set[str]:
        """The names that some later line defines and that this one uses."""
        known = self.known
        missing = {n for n in self.meant if self._is_new(n)}
        text = f"{statement.left} {statement.right}" if self.side(statement.left).kind != "f" else statement.right
        return {n for n in missing if _occurs(n, text)}

    def _syntax(self, number: int) -> str:
        """LaTeX where the line has signs of it, or stands among such lines."""
        text = self.rows[number].text
        if _LATEX.search(text):
            return "latex"
        return "auto" if self.ascii or "*" in text else "latex or ascii"

    def _note(self, number: int, verdict: str, reason: str) -> None:
        if self.notes.get(number, ("",))[0] != "false":
            self.notes[number] = verdict, reason

    def _statement(self, number: int, statement: Statement, side: Side, link: bool) -> Side | None:
        """Judges a statement; the result is the side that what follows is about, where it is another one."""
        known = self.known
        if not statement.relation:
            self._note(number, "unread", "there is no relation in it, such as `=`")
            return None
        if known.f is None:
            own = side.kind == "df" and side.name in self.known.functions | self.meant
            if side.kind in ("other", "df") and not own and self._lemma(number, statement):
                return None
            self._note(number, "unread", self.trouble)
            return None
        if self._is_equation(number, statement, side, link):
            self._note(number, "unread", _EQUATION) if not link else self.remarks.setdefault(number, _EQUATION)
            self.solving = True
            return None
        own = self.side(statement.right)
        if side.kind == "f" and own.kind in ("gradient", "hessian", "jacobian", "directional") and self._is_new(side.name):
            self.aliases[side.name] = statement.right
            self.remarks.setdefault(number, f"{side.name} names a derivative")
            return own
        if side.kind == "f" and side.name in known.small:
            self.remarks.setdefault(number, f"{side.name} is a small step")
            return None
        if side.kind == "f" and self._names_f(side, statement):
            known.functions.add(side.name)
        if side.kind == "f" and self._is_new(side.name):
            self._definition(number, statement, side)
            return None
        if side.kind == "f" and (number, _stem(side.name)) in self.ahead:
            self.ahead.discard((number, _stem(side.name)))
            return None
        if side.kind in ("df", "vec") and side.name not in known.functions and side.name not in {n for n, _, _ in known.lets}:
            side = Side("other", statement.left)
        about_given = side.kind == "f" and side.name in known.drawn
        if about_given:
            side = Side("other", statement.left)
        if side.kind == "other" and self._lemma(number, statement, unknown=True):
            return None
        if side.expression and self._gradient_lemma(number, statement, side):
            return None
        self._claim(number, statement, side, about_given)
        return None

    def _is_equation(self, number: int, statement: Statement, side: Side, link: bool) -> bool:
        """Is it the condition for a stationary point, or follows it from one?"""
        kinds = ("gradient", "entry", "jacobian", "hessian", "df")
        if _ZERO.match(statement.right) and side.kind in kinds:
            text = self.rows[number].text
            before = text[: statement.start]
            said = _SETTING.search(text) or _MUST.search(before) or self.rows[number].inline
            return bool(said or (link and any(c.line == number for c in self.claims)))
        if self.solving and side.kind in ("other", "f"):
            return side.kind == "other" or side.name in self.known.drawn
        return False

    def _is_new(self, name: str) -> bool:
        known = self.known
        return bool(name) and name not in known.symbols and name not in known.functions and name not in known.small

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
        same = judge_lines(known.problem(Key()), [_Line("f", "=", term)]).verdicts[0].ok
        return same or not self.maybe

    def _definition(self, number: int, statement: Statement, side: Side) -> None:
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
        except UndecidedError:
            sized = self._in_some_size(name, statement, syntax)
            if sized is None:
                raise
            return name, sized

    def _in_some_size(self, name: str, statement: Statement, syntax: str) -> Formula | None:
        """A definition with an identity in it, in the one size in which the lines that use it can be read."""
        known = self.known
        letters = list(dict.fromkeys(d for s in known.drawn.values() for d in s.shape if isinstance(d, str)))
        using = [s for _, s in self.found if s.right != statement.right and _occurs(name, f"{s.left} {s.right}")]
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

    def _lemma(self, number: int, statement: Statement, unknown: bool = False) -> bool:
        """Judges an identity in letters of its own; False where all its letters are known here."""
        known = self.known
        if unknown:
            try:
                left = known.formula(statement.left, syntax=self._syntax(number))
                known.formula(statement.right, syntax=self._syntax(number), expected=left.term.shape)
            except UndecidedError:
                return False
            except (ParseError, ShapeError):
                pass
            else:
                return False
        try:
            latex = None if self.ascii or "*" in statement.text else True
            lemma = read_lemma(
                statement.left, statement.right, self.table, known.signatures, known.reading, known.assume, latex
            )
        except DeriveError:
            if unknown or self.known.f is not None:
                return False
            raise
        names = {t.name for t in postorder(lemma.difference) if t.head == "var"}
        if unknown and names <= {*known.symbols, *known.functions}:
            return False  # its letters are known, and their shapes are at fault
        if unknown and (names & self.meant or self._used_elsewhere(names - {*known.symbols, *known.functions})):
            return False  # a definition that could not be read, or an equation that defines something
        side = Side("other", statement.left)
        self.claims.append(
            Claimed(
                "0", "=", lemma.difference, number, Key(""), lemma.problem, statement.left, statement.right, side, False,
                lemma.right, lemma.left,
            )
        )
        return True

    def _used_elsewhere(self, names: set[str]) -> bool:
        """Do lines about f use a letter, so that it is no letter of a lemma?"""
        kinds = ("f", "df", "gradient", "entry", "directional", "moved", "hessian")
        about = [s.right for _, s in self.found if s.left and self.side(s.left).kind in kinds]
        return any(_occurs(name, text) for name in names for text in about)

    def _gradient_lemma(self, number: int, statement: Statement, side: Side) -> bool:
        r"""``\\frac{\\partial}{\\partial Y} tr(AY) = A^T`` in letters of its own; False where they are known here."""
        known = self.known
        if side.kind != "gradient":
            return False
        try:
            known.formula(side.expression)
        except DeriveError:
            pass
        else:
            if not side.variable or side.variable in known.symbols:
                return False
        try:
            lemma = read_gradient_lemma(
                side.expression, side.variable, statement.right, self.table, known.signatures, known.reading
            )
        except ShapeError:
            raise
        except DeriveError:
            return False
        lhs, term = f"df/d{side.variable}", self._laid_out(side, lemma.difference, lemma.problem)
        self.claims.append(
            Claimed(lhs, statement.relation, term, number, Key(""), lemma.problem, statement.left, statement.right, side)
        )
        return True

    # ------------------------------------------------------------ claims
    def _claim(self, number: int, statement: Statement, side: Side, about_given: bool = False) -> None:
        known = self.known
        text, relation = statement.right, statement.relation
        if side.kind == "moved" or (side.kind == "other" and known.small):
            shorter = _REST.sub("", text)
            if shorter != text:
                text, relation = shorter, "~"
        syntax = self._syntax(number)
        left = known.formula(statement.left, syntax=syntax) if side.kind == "other" else None
        expected = left.term.shape if left else self._expected(side)
        moves = side.kind not in ("f", "gradient", "jacobian", "hessian", "entry")
        formula = known.formula(text, tuple(filter(None, side.entry)), syntax, expected, moves)
        term = formula.term
        right = None
        if left is not None and left.term.shape == SCALAR != term.shape and left.term.head == "num" and left.term.payload == 0:
            left = left._replace(term=self.table.make("zeros", (), term.shape))
        elif expected is not None and term.shape != expected and term.head == "num" and term.payload == 0:
            term = self.table.make("zeros", (), expected)
            formula = formula._replace(term=term)
        if left is not None:
            if left.term.shape != term.shape:
                what = f"the left side is {shape_text(left.term.shape)}, the right side {shape_text(term.shape)}"
                raise ShapeError(what)
            minus = self.table.make("mul", (self.table.num(-1), term), term.shape)
            term = self.table.make("add", (left.term, minus), term.shape)
            right = formula.term
            formula = formula._replace(term=term, loose=formula.loose or left.loose)
        found = self.claim(side, formula)
        if found is None:
            self._note(number, "unread", f"`{statement.left or side.kind}` is not understood")
            return
        lhs, key = found
        if side.less:
            f = self.table.var("f", known.f.shape)  # type: ignore[union-attr]
            term = self.table.make("add", (term, f), f.shape)
        problem = known.problem(key)
        if lhs == "f" and key == Key():
            known.said.append(term)
        self.claims.append(
            Claimed(
                lhs, relation, self._laid_out(side, term, problem), number, key, problem, statement.left, text, side,
                formula.loose or about_given, right, left.term if left else None, formula.every_entry,
            )
        )
        for name, right in list(self.aliases.items()):  # g = \nabla f = 2x: now g has a meaning
            if self.side(right)[:3] == side[:3] and lhs.startswith("df/d") and not formula.term.has_d:
                del self.aliases[name]
                known.define(name, formula.term)

    def _expected(self, side: Side) -> Shape | None:
        """The shape of the right side, where the left one says it."""
        known = self.known
        assert known.f is not None
        if side.kind in ("f", "df", "d2f", "directional", "moved"):
            return known.f.shape if side.name in known.functions else getattr(known.symbols.get(side.name), "shape", None)
        own = known.symbols.get(side.variable or known.wrt)
        if side.kind == "jacobian" and own is not None and side.name in known.functions and known.f.shape != SCALAR:
            return dim_product(*known.f.shape), dim_product(*own.shape)
        if side.kind != "gradient" or own is None or side.expression:
            return None
        shape = known.f.shape if side.name in known.functions else getattr(known.symbols.get(side.name), "shape", None)
        if shape is None or own.shape == SCALAR:
            return shape
        return own.shape if shape == SCALAR and not side.transposed else None

    def _laid_out(self, side: Side, term: Term, problem: Problem) -> Term:
        """A gradient below a transposed variable is a row."""
        if side.transposed and side.kind == "gradient" and problem.f.shape == SCALAR and term.shape != SCALAR:
            return self.table.make("T", (term,), (term.shape[1], term.shape[0]))
        return term

    def claim(self, side: Side, formula: Formula) -> tuple[str, Key] | None:
        """The left side in the words of `claims`, and what it is judged against; None where it is not understood."""
        known = self.known
        about_f = side.name in known.functions
        name = "f" if about_f else side.name
        if side.kind == "other":
            small = {t.name for t in postorder(formula.term) if t.head == "var"} & set(known.small)
            steps = [n for n in small if known.small[n] == "step"]
            pair = sorted(small, key=lambda n: known.small[n] != "epsilon")
            if steps or len(pair) > 1:
                return f"0({known.wrt} + {steps[0] if steps else '*'.join(pair[:2])})", Key()
            return ("0", self._moving(formula.term)) if not small else (f"0({known.wrt} + {pair[0]})", Key())
        if side.kind == "f":
            return (name, Key()) if about_f or name in {n for n, _, _ in known.lets} else None
        if side.kind in ("df", "vec"):
            if not about_f and name not in {n for n, _, _ in known.lets}:
                return None
            return (f"d{name}" if side.kind == "df" else f"vec(d{name})"), self._moving(formula.term)
        variable = side.variable or known.wrt
        if variable not in known.symbols:
            return None
        key = Key(name, "" if variable == known.wrt else variable)
        if side.expression:
            key = key._replace(function="", expression=known.formula(side.expression).term)
        elif not about_f and name not in known.symbols:
            return None
        return self._derivative(side, formula, key, variable)

    def _derivative(self, side: Side, formula: Formula, key: Key, variable: str) -> tuple[str, Key] | None:
        known = self.known
        if side.kind in ("gradient", "jacobian"):
            if side.kind == "jacobian" and self._is_scalar(key):
                key = key._replace(jacobian=True, transposed=not side.transposed)
            return f"df/d{variable}", key
        if side.kind == "hessian":
            return f"d2f/d{variable}2", key
        if side.kind == "d2f":
            return "d2f", key
        if side.kind == "turning":
            return (f"d(df/d{variable})", key) if self._is_scalar(key) else None
        if side.kind == "entry":
            if formula.every_entry:
                return f"df/d{variable}", key
            return f"df/d{variable}[{','.join(filter(None, side.entry))}]", key
        if variable != known.wrt:
            return None
        if side.kind == "directional":
            name = "".join(factors(side.step))
            return (f"Df({variable})[{name}]", key) if name in known.small else None
        if side.kind == "moved":
            names = factors(side.step)
            if not 0 < len(names) < 3 or not all(n in known.small for n in names):
                return None
            return f"f({variable} + {'*'.join(names)})", key
        return None

    def _is_scalar(self, key: Key) -> bool:
        assert self.known.f is not None
        root = key.expression or (self.known.f if key.function == "f" else self.known.symbols[key.function])
        return root.shape == SCALAR

    def _moving(self, term: Term) -> Key:
        """Which variables move in a line: those whose differentials it has."""
        known = self.known
        names = {t.args[0].name for t in postorder(term) if t.head == "d" and t.args[0].head == "var"}
        free = sorted(names & set(known.drawn))
        if known.wrt in free or not free:
            return Key(others=tuple(n for n in free if n != known.wrt))
        if names - set(known.drawn):
            return Key(others=tuple(free))
        return Key(variable=free[0], others=tuple(free[1:]))

    # ------------------------------------------------------------ judging
    def _verdicts(self) -> list[Verdict | None]:
        """A verdict on every claim; None where it could not be judged, which is noted."""
        out: list[Verdict | None] = [None] * len(self.claims)
        groups: dict[int, list[int]] = {}
        for i, claim in enumerate(self.claims):
            groups.setdefault(id(claim.problem), []).append(i)
        for members in groups.values():
            verdicts = self._judged(members)
            for i, verdict in zip(members, verdicts):
                out[i] = verdict
        return out

    def _judged(self, members: list[int]) -> list[Verdict | None]:
        claims = [self.claims[i] for i in members]
        self.start_clock()
        try:
            return list(judge_lines(claims[0].problem, claims).verdicts)
        except DeriveError as error:
            if len(members) > 1:  # a line that takes too long, or has no values, takes only itself along
                return [v for i in members for v in self._judged([i])]
            self._note(claims[0].line, "unread", str(error))
        except Exception as error:
            if len(members) > 1:
                return [v for i in members for v in self._judged([i])]
            self._note(claims[0].line, "unread", f"derive failed on this line, which is a bug of ours: {error!r}")
        return [None] * len(members)

    def _is_condition(self, claim: Claimed) -> bool:
        """Is a statement between given matrices, without differentials or functions, one that need not hold?"""
        if claim.lhs != "0" or claim.term.has_d or claim.key.function == "":
            return False
        constant = claim.right is not None and claim.right.head in ("num", "eye", "ones", "zeros")
        if claim.term.shape == SCALAR and not constant:
            return False
        if constant:
            return True
        parts = postorder(claim.term)
        known = {*self.known.drawn}
        names = {t.name for t in parts if t.head == "var"}
        return bool(names & known) and all(t.head in _PLAIN_HEADS for t in parts)

    def _other_reading(self, claim: Claimed) -> str:
        """The reading in which a line is true that is false in the usual one, or ``""``."""
        known, chosen = self.known, self.known.reading
        side, text = claim.side, claim.text
        if claim.lhs == "0" or "\\" not in text:
            return ""
        for other in OTHER_READINGS:
            known.reading = {**other, **(chosen or {})}
            try:
                formula = known.formula(text, tuple(filter(None, side.entry)), "latex", claim.term.shape)
                term = self._laid_out(side, formula.term, claim.problem)
                if term is not claim.term and judge_lines(claim.problem, [claim._replace(term=term)]).verdicts[0].ok:
                    return ", ".join(f"{k} as {v}" for k, v in other.items() if k != "odot") or "odot of products"
            except DeriveError:
                continue
            finally:
                known.reading = chosen
        return ""

    def _report(self, verdicts: Sequence[Verdict | None]) -> Report:
        from .after import explained

        said = {n for n, _ in self.found}
        out: dict[int, LineReport] = {}
        for n, row in enumerate(self.rows):
            verdict = "true" if n in said or row.goes_on else "unread"
            reason = self.remarks.get(n, "") if verdict == "true" else "there is no statement in it"
            out[n] = LineReport(n, row.text, verdict, reason)
        for claim, verdict in zip(self.claims, verdicts):
            if verdict is None or verdict.ok or out[claim.line].verdict == "false":
                continue
            if other := self._other_reading(claim):
                out[claim.line] = out[claim.line]._replace(reason=f"true with another reading: {other}")
                continue
            if claim.loose or verdict.reason.endswith(("cannot be checked", "has no value here")):
                said = "it has another reading, or depends on a layout which is not stated"
                self._note(claim.line, "unread", said if claim.loose else verdict.reason)
                continue
            if self._is_condition(claim):
                said = "it does not hold for every value: an assumption, or an equation to be solved"
                self._note(claim.line, "unread", said)
                continue
            self.failed.setdefault(claim.line, claim)
            reason = verdict.reason + (f": {verdict.witness}" if verdict.witness else "")
            out[claim.line] = out[claim.line]._replace(verdict="false", reason=reason, witness=verdict.witness)
        for number, (word, reason) in self.notes.items():
            if out[number].verdict == "true" or word == "false":
                out[number] = out[number]._replace(verdict=word, reason=reason)
        lines = list(out.values())
        for n, row in enumerate(self.rows):
            if row.goes_on:
                lines[n] = lines[n]._replace(verdict=lines[n - 1].verdict, reason="it goes on from the line before")
        return explained(self, Report(tuple(lines), self._question()))

    def _question(self) -> dict[str, Any] | None:
        """What our own derivation would be asked."""
        known = self.known
        if known.f is None:
            return None
        return {
            "f": str(known.expanded(known.f)), "wrt": known.wrt, "scalar": known.f.shape == SCALAR,
            "shapes": {n: known.shapes[n] for n in known.drawn}, "assume": dict(known.assume),
            "convention": known.structured(),
        }  # fmt: skip

    def start_clock(self) -> None:
        """The time for one line begins."""
        self.table.deadline = time.monotonic() + self.seconds


class _Line(NamedTuple):
    lhs: str
    relation: str
    term: Term


def check(
    lines: str | Iterable[str], *, f: Any = None, wrt: Any = None, shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None, convention: str | None = None,
    reading: Mapping[str, str] | None = None, limits: Mapping[str, float] | None = None,
) -> Report:  # fmt: skip
    r"""A verdict on every line of a derivation: true, false or unread.

    `lines` is a text or a list, in LaTeX or ASCII: ``f = ...``, ``df = ...``, ``\\nabla_X f = ...``, ``M = ...``,
    ``dM = ...``, ``Df(X)[H] = ...``, ``f(X + \\epsilon J) \\approx ...``, lemmas in letters of their own; prose between
    formulas is skipped.  They are judged by numbers against `f`, else against the first line ``f = ...``.  Of the
    first false line the report says the kind of mistake, the rule and what it should be, as far as they are found, and
    of later ones whether they follow from it.  ``limits={"seconds": 2}`` is the time for each line; the other
    parameters are those of `gradient`.  Raises `DeriveError` for wrong arguments alone.

    >>> report = check(["df = 2*A*(A*x - b) : dx"], f="norm(A*x - b)^2", wrt="x", shapes={"A": "m x n", "x": "n"})
    >>> report.ok, report.first_wrong, report.lines[0].diagnosis
    (False, 0, 'transpose')
    """
    seconds = float(limits_of(limits).get("seconds", SECONDS))
    return Checker(lines, f, wrt, shapes, assume, convention, reading, seconds).run()
