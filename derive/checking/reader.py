"""Right sides of a derivation: expressions in which differentials of known names occur."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from ..calls import Signatures
from ..errors import DeriveError, ParseError, ShapeError
from ..latex_elaborate import senses
from ..latex_names import Names
from ..latex_reader import LatexReader
from ..latex_tokens import Token
from ..mistakes import Misfit
from ..recognise import is_latex
from ..syntax import Reading, read
from ..terms import Table, Term, postorder
from ..tree import Statement
from .reshape import reshaped

_MARKS = frozenset([r"\delta", r"\partial"])


class LineReader(LatexReader):
    """Reads a line in LaTeX; ``dX``, ``\\mathrm{d}X`` and ``\\delta X`` are one name, ``d(...)`` is a differential."""

    more_functions = frozenset({"d"})
    given: list[Statement] | None = None  # instead of those of the text

    def statements(self) -> list[Statement]:
        out = super().statements()
        self.read_statements = out
        return out if self.given is None else self.given

    def tokenised(self, names: Names) -> list[Token]:
        out: list[Token] = []
        waiting = super().tokenised(names)
        i = 0
        while i < len(waiting):
            used = self._differential(waiting, i, names, out)
            if not used:
                out.append(waiting[i])
            i += used or 1
        return out

    def _differential(self, tokens: Sequence[Token], i: int, names: Names, out: list[Token]) -> int:
        """How many tokens are a differential; what it is goes to `out`."""
        t, first = tokens[i], i
        braces = t.value == "{" and len(tokens) > i + 3 and tokens[i + 2].value == "}"
        if braces:
            t, i = tokens[i + 1], i + 2
        is_d = (t.kind in ("letter", "word") and t.value == "d") or (t.kind == "command" and t.value in _MARKS)
        if not is_d or names.declared("d") or i + 1 >= len(tokens):
            return 0
        x = tokens[i + 1]
        if x.kind == "sign" and x.value in ("(", "[", "{["):
            out.append(Token("word", "d", t.start, t.end))
            return i + 1 - first
        stem = x.value.split(" ")[-1].removeprefix("\\")
        index, length = self._index(tokens, i + 2)
        found = names.find(stem, (), index) if length else None
        if found is None:
            found, length = names.find(stem, (), ()), 0
        if found is None or not names.declared("d" + found):
            return 0
        last = tokens[i + 1 + length]
        out.append(Token("word", "d" + found, t.start, last.end))
        return i + 2 + length - first

    @staticmethod
    def _index(tokens: Sequence[Token], i: int) -> tuple[tuple[str, ...], int]:
        if i + 1 >= len(tokens) or tokens[i].value != "_":
            return (), 0
        if tokens[i + 1].value != "{":
            return (tokens[i + 1].value.removeprefix("\\"),), 2
        stop = next((j for j in range(i + 2, len(tokens)) if tokens[j].value == "}"), i)
        return tuple(t.value.removeprefix("\\") for t in tokens[i + 2 : stop]), stop - i + 1


def reshaped_lines(
    text: str, table: Table, signatures: Signatures, shapes: Mapping[str, str],
    assume: Mapping[str, Sequence[str]], reading: Mapping[str, str] | None, matrix: bool,
) -> Iterator[tuple[str, Term]]:  # fmt: skip
    """What a LaTeX line that does not type-check would say with a small change: the kind of mistake, and the term."""
    chosen = {k: v for k, v in (reading or {}).items() if k != "syntax"}
    trial = LineReader(text, table, signatures, dict(shapes), dict(assume), None, True)
    trial.senses = senses(chosen)
    with suppress(DeriveError):
        trial.read()
    if not hasattr(trial, "read_statements"):
        return
    *before, last = trial.read_statements
    for kind, node in reshaped(last.node, matrix):
        reader = LineReader(text, table, signatures, dict(shapes), dict(assume), None, True)
        reader.senses, reader.given = senses(chosen), [*before, Statement(node)]
        try:
            yield kind, reader.read().term
        except DeriveError:
            continue


_SINGLE = re.compile(r"([A-Z])(?:\^|_)\{\(?[ijkl]{2}\)?\}")


def without_indices(text: str, name: str) -> str:
    """The text with the single-entry matrix ``J^{ij}`` as a plain J; places stay where they are."""
    return _SINGLE.sub(lambda m: m[1] + " " * (len(m[0]) - 1) if m[1] == name else m[0], text)


def read_line(
    text: str, table: Table, signatures: Signatures, shapes: Mapping[str, str],
    assume: Mapping[str, Sequence[str]], reading: Mapping[str, str] | None,
) -> Reading:  # fmt: skip
    """An expression in the names of `shapes`; raises `DeriveError`."""
    chosen = dict(reading or {})
    syntax = chosen.pop("syntax", "auto")
    if syntax == "ascii" or (syntax == "auto" and not is_latex(text, shapes, None, signatures)):
        try:
            return read(text, table=table, signatures=signatures, shapes=shapes, assume=assume)
        except ParseError:
            if syntax == "ascii":
                raise
    columns = False
    while True:
        reader = LineReader(text, table, signatures, dict(shapes), dict(assume), None, True)
        reader.senses, reader.columns = senses(chosen), columns
        try:
            return reader.read()
        except ShapeError as error:
            if reader.work is not None and reader.work.rows_used and not columns:
                columns = True
                continue
            raise (error.without_hint() if isinstance(error, Misfit) else error) from None


def with_differentials(term: Term, symbols: Mapping[str, Term], table: Table) -> Term:
    """The term with d(X) for every name dX."""
    memo: dict[Term, Term] = {}
    for t in postorder(term):
        if t.head == "var" and t.name[:1] == "d" and t.name[1:] in symbols:
            memo[t] = table.d(symbols[t.name[1:]])
            continue
        args = tuple([memo[a] for a in t.args])
        memo[t] = t if args == t.args else table.make(t.head, args, t.shape, t.payload)
    return memo[term]


__all__ = ["LineReader", "read_line", "with_differentials"]
