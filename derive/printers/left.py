"""The left sides of lines: ``f``, ``df``, ``df/dX``, ``df/dX[i,j]``, ``f(X + epsilon*J)``, a let's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ..records import record, replace

if TYPE_CHECKING:
    from ..derivation import Derivation

_QUOTIENT = re.compile(r"d(\w+?)/d(\w+?)(\*?)(?:\[([^\]]*)\])?")
_SECOND = re.compile(r"d2(\w+?)/d(\w+?)(\*?)2")
_SHIFTED = re.compile(r"(\w+)\((\w+) \+ (\w+)\*(\w+)\)")
_VALUE = re.compile(r"(\w+)\((\w+)\)")
_BETWEEN = re.compile(r"( ~ | \+ |\*)(?![^(]*\))")  # outside of brackets
_DIFFERENTIAL = re.compile(r"d(2?)(\w+)")


@record
class Left:
    """A left side, taken apart: a ``name``, ``differential``, ``quotient``, ``shifted`` or ``other`` kind.

    f(X), too, is ``shifted``, by nothing."""

    kind: str
    name: str
    variable: str = ""
    order: int = 1
    index: tuple[str, ...] = ()
    conjugate: bool = False
    twice: bool = False  # 2*df/dZ*
    epsilon: str = ""
    direction: str = ""
    stacked: bool = False  # vec(dF)


@lru_cache(maxsize=256)
def read_left(lhs: str, names: frozenset[str]) -> Left:
    """Take a left side apart; `names` are the names which may stand there alone (``f`` and the lets).

    >>> read_left("df/dX[i,j]", frozenset({"f"})).index
    ('i', 'j')
    """
    if lhs in names:
        return Left("name", lhs)
    if match := _SECOND.fullmatch(lhs):
        return Left("quotient", match[1], match[2], 2, conjugate=bool(match[3]))
    if match := _QUOTIENT.fullmatch(lhs):
        index = tuple(p.strip() for p in match[4].split(",")) if match[4] else ()
        return Left("quotient", match[1], match[2], 1, index, bool(match[3]))
    if lhs.startswith("2*") and (inner := read_left(lhs[2:], names)).kind == "quotient":
        return replace(inner, twice=True)
    if lhs.startswith("vec(") and lhs.endswith(")"):
        return replace(read_left(lhs[4:-1], names), stacked=True)
    if match := _SHIFTED.fullmatch(lhs):
        return Left("shifted", match[1], match[2], epsilon=match[3], direction=match[4])
    if match := _VALUE.fullmatch(lhs):
        return Left("shifted", match[1], match[2])
    if match := _DIFFERENTIAL.fullmatch(lhs):
        return Left("differential", match[2], order=2 if match[1] else 1)
    return Left("name" if lhs.isidentifier() else "other", lhs)


def part_of(left: Left, derivation: Derivation) -> str:
    """``Re`` or ``Im`` where the left side is a derivative by that part of the variable, else empty."""
    part = left.variable[:2]
    by_part = derivation.question == "wirtinger" and left.variable[2:] == derivation.variable.name
    return part if by_part and part in ("Re", "Im") else ""


def formulas(note: str, write: Callable[[Left], str], signs: Mapping[str, str]) -> list[str]:
    """A sentence in parts; each second one is a formula of left sides, written with `write`.

    In the sentence formulas stand between backquotes; `signs` has what is written for ~, + and * in them.

    >>> formulas("as `f(X + epsilon*J) ~ f(X)`", lambda left: left.kind, {" ~ ": " = "})
    ['as ', 'shifted = shifted', '']
    """
    parts = note.split("`")
    for i, formula in enumerate(parts[1::2]):
        pieces = _BETWEEN.split(formula)
        pieces[::2] = [write(read_left(piece, frozenset())) for piece in pieces[::2]]
        pieces[1::2] = [signs[sign] for sign in pieces[1::2]]
        parts[2 * i + 1] = "".join(pieces)
    return parts
