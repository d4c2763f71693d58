"""Long lines, broken at a plus or minus outside of as many brackets as possible."""

from __future__ import annotations

import re
from collections.abc import Callable

_MARK = re.compile(r" [+-] |\\left|\\right|\\[lr]angle|\\\||\\[a-zA-Z]+|\\.|[{}()⟨⟩‖]")
_OPEN, _CLOSE, _TOGGLE = ("(", r"\langle", "⟨"), (")", r"\rangle", "⟩"), (r"\|", "‖")


def broken(text: str, width: int, measure: Callable[[str], int]) -> list[str]:
    """The rows of a formula; all but the first begin with their sign.  `measure` gives the width of a part.

    >>> broken("a + (b - c)", 7, len), broken("a + (b - c)", 8, len), broken("a + b", 9, len)
    (['a', '+ (b - c)'], ['a + (b', '- c)'], ['a + b'])
    """
    places = _places(text)
    starts = [0, *(place for place, _ in places)]
    ends = [*starts[1:], len(text)]
    widths = [measure(text[a:b]) for a, b in zip(starts, ends, strict=True)]
    if sum(widths) <= width:
        return [text]
    cuts = _cuts(widths, [depth for _, depth in places], width)
    edges = [0, *(places[c][0] for c in cuts), len(text)]
    return [text[a:b].strip() for a, b in zip(edges, edges[1:], strict=False)]


def _places(text: str) -> list[tuple[int, int]]:
    r"""Where a line may be broken, and inside how many brackets; never inside of {} or \left \right."""
    places, depth, closed, toggled = [], 0, 0, False
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
            places.append((match.start(), depth))
    return places


def _cuts(widths: list[int], depths: list[int], width: int) -> list[int]:
    """Which places to use: in each row the last of the least depth that leaves the row filled to a half."""
    cuts: list[int] = []
    start, total = 0, widths[0]
    for i, more in enumerate(widths[1:]):
        if total + more > width:
            row, filled, best = widths[start], 0, None
            for place in range(start, i + 1):
                if (filled := filled + (row if place == start else widths[place])) * 2 >= width or place == i:
                    if best is None or depths[place] <= depths[best]:
                        best = place
            assert best is not None
            cuts.append(best)
            start, total = best + 1, sum(widths[best + 1 : i + 1])
        total += more
    return cuts
