"""Long lines, broken at an operator outside of as many brackets as possible."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate, pairwise

_MARK = re.compile(r" (?:[-+:⊙⊘]|\\odot|\\oslash) |\\left|\\right|\\[lr]angle|\\\||\\[a-zA-Z]+|\\.|[{}()⟨⟩‖]")
_SOFT = (" + ", " - ", " : ")
_OPEN, _CLOSE, _TOGGLE = ("(", r"\langle", "⟨"), (")", r"\rangle", "⟩"), (r"\|", "‖")


_HALF = 0.5  # a Hadamard product is torn apart only before what is one bracket further inside


def broken(text: str, width: int, measure: Callable[[str], int]) -> list[str]:
    """The rows of a formula; all but the first begin with their sign.  `measure` gives the width of a part.

    >>> broken("a + (b - c) + d", 11, len), broken("a + (b - c)", 8, len), broken("a + b", 9, len)
    (['a + (b - c)', '+ d'], ['a + (b', '- c)'], ['a + b'])
    """
    if len(text) <= width:  # a sign is seldom wider than its text
        return [text]
    places = _places(text)
    starts = [0, *(place for place, _ in places)]
    ends = [*starts[1:], len(text)]
    widths = [measure(text[a:b]) for a, b in zip(starts, ends, strict=True)]
    if sum(widths) <= width:
        return [text]
    cuts = _cuts(widths, [depth for _, depth in places], width)
    edges = [0, *(places[c][0] for c in cuts), len(text)]
    return [text[a:b].strip() for a, b in pairwise(edges)]


def _places(text: str) -> list[tuple[int, float]]:
    r"""Where a line may be broken, and inside how many brackets; never inside of {} or \left \right."""
    places: list[tuple[int, float]] = []
    depth, closed, toggled = 0, 0, False
    for match in _MARK.finditer(text):
        mark = match[0]
        if mark in ("{", r"\left"):
            closed += 1
        elif mark in ("}", r"\right"):
            closed -= 1
        elif mark in _TOGGLE:
            toggled = not toggled
            depth += 1 if toggled else -1
        elif mark in _OPEN or mark in _CLOSE:
            depth += 1 if mark in _OPEN else -1
        elif mark[0] == " " and not closed:
            places.append((match.start(), depth + (0 if mark in _SOFT else _HALF)))
    return places


def _cuts(widths: list[int], depths: list[float], width: int) -> list[int]:
    """The places to use: in each row the last one of the least depth that is past a third of the row."""
    cuts: list[int] = []
    start, total = 0, widths[0]  # the row's first part, and its width so far
    for i, more in enumerate(widths[1:]):
        if total + more > width:
            filled = accumulate(widths[start : i + 1])
            fit = [place for place, so_far in enumerate(filled, start) if 3 * so_far >= width or place == i]
            cut = min(fit, key=lambda place: (depths[place], -place))
            cuts.append(cut)
            start, total = cut + 1, sum(widths[cut + 1 : i + 1])
        total += more
    return cuts
