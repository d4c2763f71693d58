"""SymPy's expressions to terms: the third front end, beside `syntax` and `latex_reader`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixSymbol

from ..calls import Signatures
from ..elaborate import Elaborator
from ..errors import AmbiguityError, LimitError, ParseError, ShapeError
from ..records import replace
from ..syntax import Reading, _Reader
from ..terms import Shape, Table, Term
from ..tree import Node, Statement
from .sympy_classes import CLASSES
from .sympy_names import Names, shown
from .sympy_tree import Converter
from .trees import written


def variable(names: Names, wrt: Any) -> str:
    """The name of SymPy's symbol by which the derivative is; raises `ParseError` for anything else."""
    if isinstance(wrt, (sympy.Symbol, MatrixSymbol)):
        return names.symbol(wrt)
    hint = "differentiate by a Symbol or MatrixSymbol"
    if isinstance(wrt, MatrixElement):
        hint = "ask for the gradient by the whole matrix, with entry=(i, j)"
    raise ParseError(f"the derivative by SymPy's {shown(wrt)} cannot be asked for: it is no symbol", hint=hint)


def read_sympy(
    f: Any,
    names: Names,
    *,
    table: Table,
    signatures: Signatures,
    shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
    wrt: str | None = None,
) -> Reading:
    """Read a SymPy expression; the names of its symbols are added to `names`.

    Raises `ParseError` and `NoRuleError` that name what cannot be read, `ShapeError` where shapes do not fit or
    `shapes` contradicts the symbols, and `AmbiguityError` where two symbols have one name.

    >>> from ..rulebook import RuleBook
    >>> X = MatrixSymbol("X", 2, 3)
    >>> read_sympy(X.T*X, Names(False), table=Table(), signatures=RuleBook.load().signatures).term
    <X'*X>
    """
    converter = Converter(names, CLASSES)
    try:
        root = converter.tree(f.as_immutable() if isinstance(f, MatrixBase) else f)
    except RecursionError:
        raise LimitError("the SymPy expression is nested too deeply", hint="give its parts names") from None
    if any(part.kind == "name" and part.value == "pi" for part, e in converter.parts if e is sympy.pi) and (
        "pi" in names.symbols
    ):
        raise AmbiguityError("a symbol is named `pi`, and the number pi occurs, too", hint="rename the symbol")
    declared, assumed = names.declared(shapes or {}), names.assumed(assume or {})
    reader = SympyReader(written(root), table, signatures, declared, assumed, wrt, False)
    reader.root, reader.converter = root, converter
    try:
        return reader.read()
    except (ShapeError, ParseError) as error:
        why = "; ".join(filter(None, [error.why, reader.part_at(error.span)]))
        raise type(error)(error.what, text=error.text, span=error.span, why=why, hint=error.hint) from None


class SympyReader(_Reader):
    """Elaborates a tree that was made from a SymPy expression."""

    root: Node
    converter: Converter

    def statements(self) -> list[Statement]:
        self.sizes |= self.converter.names.sizes
        return [Statement(self.root)]

    def part_at(self, span: tuple[int, int] | None) -> str:
        """Which subexpression stands at a place, in words."""
        if span is None:
            return ""
        inside = [(p.end - p.start, e) for p, e in self.converter.parts if p.start <= span[0] and span[1] <= p.end]
        return f"it was read from SymPy's {shown(min(inside, key=lambda i: i[0])[1])}" if inside else ""

    def finish(
        self, work: Elaborator, names: dict[str, Shape], definitions: list[tuple[str, Term]], term: Term
    ) -> Reading:
        out = super().finish(work, names, definitions, term)
        notes = list(self.converter.notes)
        said = [f"read as {out.term} (from SymPy)", *notes]
        return replace(out, ascii=str(out.term), defaults=notes, inferred=[*said, *out.inferred])
