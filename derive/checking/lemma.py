r"""Statements about letters of their own: ``d(M^{-1}) = -M^{-1}\,dM\,M^{-1}``, ``A:BC = B^TA:C``.

Every letter is a random line M + t N, so that dM is N: then both sides have values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..calls import Signatures
from ..claims import Problem
from ..errors import ParseError
from ..recognise import is_latex
from ..terms import SCALAR, Table, Term, shape_text
from .reader import Context, read_line


class Lemma(NamedTuple):
    """The difference of both sides, and what it is judged against."""

    difference: Term
    problem: Problem
    left: Term | None = None
    right: Term | None = None


def read_lemma(
    left: str, right: str, table: Table, signatures: Signatures, reading: Mapping[str, str] | None,
    assume: Mapping[str, Sequence[str]], latex: bool | None = None,
) -> Lemma:  # fmt: skip
    """An identity in any letters, in LaTeX or not (None: the text itself decides); raises `DeriveError`."""
    context = Context(table, signatures, {}, {}, reading, free=True)
    latex = latex or is_latex(left, {}, None, signatures) or is_latex(right, {}, None, signatures)
    text = f"({left}) - ({right})"
    context = context._replace(reading={**(reading or {}), "syntax": "latex" if latex else "ascii"})
    got, _ = read_line(text, context)
    if got.definitions or not got.symbols:
        raise ParseError("this is no statement about variables", text=text)
    names = {*got.symbols}
    t = table.var(_free("t", names))
    lets, drawn = [], {t.name: t}
    for name, symbol in got.symbols.items():
        here, along = (
            table.var(_free(name + mark, names), symbol.shape, assume.get(name, ())) for mark in ("_0", "_1")
        )
        drawn.update({here.name: here, along.name: along})
        moved = table.make("mul", (t, along), symbol.shape)
        lets.append((name, symbol, table.make("add", (here, moved), symbol.shape)))
    problem = Problem(t, t, drawn, lets, watch=table.look)
    problem.foreign = True
    if got.term.head != "add" or len(got.term.args) != 2:
        return Lemma(got.term, problem)
    left_term, minus = got.term.args
    negative = minus.head == "mul" and len(minus.args) == 2 and minus.args[0] is table.num(-1)
    right_term = minus.args[1] if negative else table.make("mul", (table.num(-1), minus), minus.shape)
    return Lemma(got.term, problem, left_term, right_term)


def read_gradient_lemma(
    expression: str, variable: str, right: str, table: Table, signatures: Signatures, reading: Mapping[str, str] | None
) -> Lemma:
    """A gradient of an expression in letters of its own; `difference` is the right side.  Raises `DeriveError`."""
    latex = is_latex(expression, {}, None, signatures) or is_latex(right, {}, None, signatures)
    chosen = {**(reading or {}), "syntax": "latex" if latex else "ascii"}
    got, _ = read_line(expression, Context(table, signatures, {}, {}, chosen, free=True))
    if variable not in got.symbols:
        raise ParseError(f"`{variable}` is not known here")
    shapes = {name: shape_text(s.shape) for name, s in got.symbols.items()}
    symbol = got.symbols[variable]
    expected = symbol.shape if got.term.shape == SCALAR else None
    value, _ = read_line(right, Context(table, signatures, shapes, {}, chosen, expected=expected))
    problem = Problem(got.term, symbol, dict(got.symbols), [], watch=table.look)
    problem.foreign = True
    return Lemma(value.term, problem)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
