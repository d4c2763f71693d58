"""Right sides of a derivation: expressions in which differentials, derivatives and single entries occur."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from ..calls import Signatures
from ..elaborate import Elaborator
from ..errors import DeriveError, ParseError, ShapeError
from ..latex_elaborate import senses
from ..latex_names import Names
from ..latex_reader import LatexReader
from ..latex_tokens import Token
from ..mistakes import Misfit
from ..recognise import is_latex
from ..shapes import parse_shape
from ..syntax import Reading, read
from ..terms import Shape, Table, Term, postorder
from ..tree import Node, Statement
from .marks import Derivatives, Marks
from .reshape import reshaped

_MOST = 1200  # changes of a line that does not type-check


class Context(NamedTuple):
    """What a formula is read with."""

    table: Table
    signatures: Signatures
    shapes: Mapping[str, str]
    assume: Mapping[str, Sequence[str]]
    reading: Mapping[str, str] | None
    functions: Collection[str] = ()  # what may stand with arguments, as in f(X)
    variable: str = ""
    entry: tuple[str, ...] = ()  # the indices of the entry that the line is about
    derivative: Derivatives = lambda side: None
    free: bool = False  # may any letter occur, as in a lemma?
    expected: Shape | None = None  # the shape of the whole
    differential: bool = False  # is the line about differentials, so that a size d does not stand in it?

    def senses(self) -> dict[str, str]:
        return senses({k: v for k, v in (self.reading or {}).items() if k != "syntax"})


class LineReader(LatexReader):
    """Reads one side in LaTeX."""

    more_functions = frozenset({"d"})
    given: list[Statement] | None = None  # instead of those of the text
    entrywise_line = False  # is it read for every index of the entry at once?

    def __init__(self, text: str, context: Context) -> None:
        shapes = {} if context.free else dict(context.shapes)
        assume = {} if context.free else dict(context.assume)
        super().__init__(text, context.table, context.signatures, shapes, assume, None, True)
        self.context = context
        self.senses = context.senses()

    def statements(self) -> list[Statement]:
        out = super().statements()
        self.read_statements = out
        out = out if self.given is None else self.given
        index = tuple(i for i in self.context.entry if not i.isdigit())
        if index and any(_is_bound(s.node) for s in out):
            *before, last = out
            self.entrywise_line = True
            return [*before, Statement(Node("over", index, (last.node,), *last.node.span))]
        return out

    def finish(
        self, work: Elaborator, names: dict[str, Shape], definitions: list[tuple[str, Term]], term: Term
    ) -> Reading:
        if self.context.expected is not None:
            work.same_shape(self.context.expected, term.shape, (0, len(self.text)))
        return super().finish(work, names, definitions, term)

    def tokenised(self, names: Names) -> list[Token]:
        c = self.context
        tokens = super().tokenised(names)
        if not _has_units(tokens, c.entry, names):
            names.bound.extend(i for i in c.entry if not i.isdigit())
        marks = Marks(self.text, names, c.functions, c.variable, c.entry, c.derivative, c.free, c.differential)
        out = marks.run(tokens)
        names.known |= set(marks.declared)
        self.declared.update({name: parse_shape(shape) for name, shape in marks.declared.items()})
        return out


def _has_units(tokens: Sequence[Token], entry: Sequence[str], names: Names) -> bool:
    """Does ``e_i`` stand in it, for an index i of the entry?  Then every entry is looked at by itself."""
    if names.declared("e"):
        return False
    pairs = zip(tokens, tokens[1:], tokens[2:])
    return any((a.value, b.value) == ("e", "_") and c.value in entry for a, b, c in pairs) or any(
        a.value == "e" and b.value == "_" and c.value == "{" and d.value in entry
        for a, b, c, d in zip(tokens, tokens[1:], tokens[2:], tokens[3:])
    )


def _is_bound(node: Node) -> bool:
    """Does an index of the line's entry occur outside of the single-entry matrix?"""
    stack = [node]
    while stack:
        n = stack.pop()
        if n.kind == "row" or (n.kind == "entry" and any(isinstance(v, tuple) and v[0] == "bound" for v in n.value)):
            return True
        if n.kind != "bigsum":
            stack.extend(n.args)
        else:
            inner = set(n.value[0])
            stack.extend(a for a in n.args if not _only(a, inner))
    return False


def _only(node: Node, bound: set[str]) -> bool:
    """Are all indices in it those of the sum?"""
    stack = [node]
    while stack:
        n = stack.pop()
        if n.kind == "bigsum":
            bound = bound | set(n.value[0])
        if n.kind == "row" and n.value not in bound:
            return False
        if n.kind == "entry" and any(isinstance(v, tuple) and v[0] == "bound" and v[1] not in bound for v in n.value):
            return False
        stack.extend(n.args)
    return True


def reshaped_lines(text: str, context: Context, matrix: bool) -> Iterator[tuple[str, Term]]:
    """What a LaTeX line that does not type-check would say with a small change: the kind of mistake, and the term."""
    trial = LineReader(text, context)
    with suppress(DeriveError):
        trial.read()
    if not hasattr(trial, "read_statements"):
        return
    *before, last = trial.read_statements
    names = [n for n, shape in context.shapes.items() if "x" in shape and n not in ("f", "df", "J") and n[0] != "d"]
    for kind, node in islice(reshaped(last.node, matrix, names[:6]), _MOST):
        context.table.look()
        reader = LineReader(text, context)
        reader.given = [*before, Statement(node)]
        try:
            yield kind, reader.read().term
        except DeriveError:
            continue


def read_line(text: str, context: Context) -> tuple[Reading, bool]:
    """An expression, and whether it is one for every index of an entry at once; raises `DeriveError`."""
    syntax = (context.reading or {}).get("syntax", "auto")
    shapes = {} if context.free else context.shapes
    if syntax == "ascii" or (syntax == "auto" and not is_latex(text, shapes, None, context.signatures)):
        try:
            assume = {} if context.free else context.assume
            table, signatures = context.table, context.signatures
            return read(text, table=table, signatures=signatures, shapes=shapes, assume=assume, allow_d=True), False
        except ParseError:
            if syntax == "ascii" or not _is_readable(text, context):
                raise
    columns = False
    while True:
        reader = LineReader(text, context)
        reader.columns = columns
        try:
            return reader.read(), reader.entrywise_line
        except (ShapeError, ParseError) as error:
            if reader.work is not None and reader.work.rows_used and not columns:
                columns = True
                continue
            raise (error.without_hint() if isinstance(error, Misfit) else error) from None


def _is_readable(text: str, context: Context) -> bool:
    """Can a text without signs of LaTeX be read as LaTeX all the same?"""
    try:
        LineReader(text, context).read()
    except ShapeError:
        return True
    except DeriveError:
        return False
    return True


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


__all__ = ["Context", "LineReader", "read_line", "with_differentials"]
