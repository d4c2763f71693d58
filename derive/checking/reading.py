"""A statement to claims: an equation to be solved, a definition, a lemma, or a claim about f."""

from __future__ import annotations

import re

from ..errors import AmbiguityError, DeriveError, ParseError, ShapeError
from ..terms import postorder
from .claiming import Claiming
from .known import Key
from .lemma import read_gradient_lemma, read_lemma
from .lines import Statement
from .marks import WrongIndex
from .outline import Claimed, occurs, stem_of
from .sides import Side

_ZERO = re.compile(r"\s*(?:0|\\mathbf\s*\{?0\}?|\\boldsymbol\{0\}|\\vec\s*\{?0\}?|0_\{?[^{}]*\}?)\s*$")
_SETTING = re.compile(
    r"\b(?:set|setting|equate|equating|solve|solving|zero|vanish\w*|stationar\w*|optimal\w*|minim\w*|maxim\w*|extrem\w*|critical)\b",
    re.I,
)
_SO = re.compile(r"\\(?:iff|implies|Rightarrow|Longrightarrow|Leftrightarrow)(?![a-zA-Z])|⇒|⟹|⇔|⟺")
_MOVES = re.compile(r"(?<![A-Za-z\\])d\s*[\\A-Za-z(]|\\mathrm\s*\{?\s*d|\\nabla|\\partial")
_MUST = re.compile(r"\\(?:overset|stackrel)\s*\{\s*(?:!|\\text\{[^{}]*\})\s*\}")
_EQUATION = "an equation to be solved: it is not checked"
#: Readings that are tried where the usual one is ambiguous, or makes a line false.
OTHER_READINGS: tuple[dict[str, str], ...] = (
    {"odot": "products"}, {"implicit": "first"}, {"frac": "entrywise"},
    {"exp": "entrywise", "log": "entrywise", "sqrt": "entrywise", "sin": "entrywise", "cos": "entrywise",
     "odot": "products"},
    {"norm_2": "frobenius"}, {"power": "entrywise"}, {"dagger": "adjoint"}, {"otimes": "kron"}, {"otimes": "outer"},
    {"|": "abs"}, {"|": "norm"},
)  # fmt: skip


class Reading(Claiming):
    """Reads statements."""

    def _read(self, number: int, statement: Statement, side: Side, link: bool) -> Side | None:
        """Judges a statement: names are defined that stand later; where it is ambiguous, other readings are tried."""
        self._define_ahead(number, statement)
        known, before = self.known, len(self.claims)
        try:
            return self._statement(number, statement, side, link)
        except (AmbiguityError, ShapeError) as error:
            if isinstance(error, WrongIndex):
                raise
            misfit = isinstance(error, ShapeError) and not error.undecided
            chosen = known.reading
            for other in OTHER_READINGS:
                known.reading = {**other, **(chosen or {})}
                try:
                    out = self._statement(number, statement, side, link)
                except DeriveError:
                    continue
                else:
                    loose = not {"otimes", "|", "implicit"} & set(
                        other
                    )  # of these, both readings are tried before a line is false
                    made = [c._replace(loose=loose) for c in self.claims[before:]]
                    if misfit and made and not self._hold(made):
                        del self.claims[before:]
                        continue
                    self.claims[before:] = made
                    return out
                finally:
                    known.reading = chosen
            raise

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
            self._note(number, "unread", _EQUATION)
            self.solving = True
            return None
        if side.kind == "f" and side.name in self.aliases and side.name not in known.symbols:
            side = self.side(self.aliases[side.name])  # what the name stands for is known
        right = self.side(statement.right)
        if (
            side.kind == "f"
            and right.kind in ("gradient", "hessian", "jacobian", "directional")
            and self._is_new(side.name)
        ):
            self.aliases[side.name] = statement.right
            known.stand_for(side.name, right)
            self.remarks.setdefault(number, f"{side.name} names a derivative")
            return right
        if side.kind == "f" and side.name in known.small:
            self.remarks.setdefault(number, f"{side.name} is a small step")
            return None
        if side.kind == "f" and self._names_f(side, statement):
            known.functions.add(side.name)
        if side.kind == "f" and self._is_new(side.name):
            self._definition(number, statement, side)
            return None
        if side.kind == "f" and (number, stem_of(side.name)) in self.ahead:
            self.ahead.discard((number, stem_of(side.name)))
            return None
        if side.kind == "df" and side.name in known.drawn and side.name != known.wrt and _ZERO.match(statement.right):
            known.constants.add(side.name)
            self.remarks.setdefault(number, f"{side.name} is constant")
            return None
        if (
            side.kind in ("df", "vec")
            and side.name not in known.functions
            and side.name not in {n for n, _, _ in known.lets}
        ):
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
        kinds = ("gradient", "entry", "jacobian", "df")
        if _ZERO.match(statement.right) and side.kind in kinds:
            text = self.rows[number].text
            before = text[: statement.start]
            said = _SETTING.search(text) or _MUST.search(before) or self.rows[number].inline or _SO.search(text)
            return bool(said or (link and any(c.line == number for c in self.claims)))
        if self.solving and side.kind in ("other", "f") and not _MOVES.search(f"{statement.left} {statement.right}"):
            return side.kind == "other" or side.name in self.known.drawn
        return False

    def _lemma(self, number: int, statement: Statement, unknown: bool = False) -> bool:
        """Judges an identity in letters of its own; False where all its letters are known here."""
        known = self.known
        if unknown:
            try:
                left = known.formula(statement.left, syntax=self._syntax(number))
                known.formula(statement.right, syntax=self._syntax(number), expected=left.term.shape)
            except (ParseError, ShapeError) as error:
                if getattr(error, "undecided", False):
                    return False
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
                "0",
                "=",
                lemma.difference,
                number,
                Key(""),
                lemma.problem,
                statement.left,
                statement.right,
                side,
                False,
                lemma.right,
                lemma.left,
            )
        )
        return True

    def _used_elsewhere(self, names: set[str]) -> bool:
        """Do lines about f use a letter, so that it is no letter of a lemma?"""
        kinds = ("f", "df", "gradient", "entry", "directional", "moved", "hessian")
        about = [s.right for _, s in self.found if s.left and self.side(s.left).kind in kinds]
        return any(occurs(name, text) for name in names for text in about)

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
            Claimed(
                lhs, statement.relation, term, number, Key(""), lemma.problem, statement.left, statement.right, side
            )
        )
        return True
