"""The left sides of lines: ``f``, ``df``, ``df/dX``, ``df/dX[i,j]``, ``f(X + epsilon*J)``, a let's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_QUOTIENT = re.compile(r"d(2?)(\w+?)/d(\w+?)(\*?)(2?)(?:\[([^\]]*)\])?")
_SHIFTED = re.compile(r"(\w+)\((\w+) \+ (\w+)\*(\w+)\)")
_VALUE = re.compile(r"(\w+)\((\w+)\)")
_DIFFERENTIAL = re.compile(r"d(2?)(\w+)")


@dataclass(frozen=True, slots=True)
class Left:
    """A left side, taken apart: a ``name``, ``differential``, ``quotient``, ``shifted`` or ``other`` kind.

    f(X), too, is ``shifted``, by nothing."""

    kind: str
    name: str
    variable: str = ""
    order: int = 1
    index: tuple[str, ...] = ()
    conjugate: bool = False
    epsilon: str = ""
    direction: str = ""


@lru_cache(maxsize=256)
def read_left(lhs: str, names: frozenset[str]) -> Left:
    """Take a left side apart; `names` are the names which may stand there alone (``f`` and the lets).

    >>> read_left("df/dX[i,j]", frozenset({"f"})).index
    ('i', 'j')
    """
    if lhs in names:
        return Left("name", lhs)
    if match := _QUOTIENT.fullmatch(lhs):
        index = tuple(p.strip() for p in match[6].split(",")) if match[6] else ()
        return Left("quotient", match[2], match[3], 2 if match[1] else 1, index, bool(match[4]))
    if match := _SHIFTED.fullmatch(lhs):
        return Left("shifted", match[1], match[2], epsilon=match[3], direction=match[4])
    if match := _VALUE.fullmatch(lhs):
        return Left("shifted", match[1], match[2])
    if match := _DIFFERENTIAL.fullmatch(lhs):
        return Left("differential", match[2], order=2 if match[1] else 1)
    return Left("name" if lhs.isidentifier() else "other", lhs)
