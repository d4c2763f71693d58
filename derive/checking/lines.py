r"""A derivation as text to statements: left side, relation, right side.

One statement per line of the text, of an ``align`` (``\\``, ``\cr``), or of a list; a chain ``a = b = c`` is two; a
line that begins with ``=`` goes on from the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_BREAK = re.compile(r"\\\\\*?(?:\[[^\]\n]{0,12}\])?|\\cr(?![a-zA-Z])|\n")
_PROSE = re.compile(r"[\s&]*\\(?:rlap|text|textrm|textit|intertext|shortintertext|mbox)\{[^=]*\}[\s.,;]*$")
_AND = re.compile(r"(?<=[,;.])\s*\\q?quad(?![a-zA-Z])|\\qquad(?![a-zA-Z])")
_RELATION = re.compile(r"=|\\approx(?![a-zA-Z])|\\simeq(?![a-zA-Z])|\\equiv(?![a-zA-Z])|≈|~")
_FRAME = re.compile(
    r"\\(?:begin|end)\{(?:align|aligned|equation|gather|gathered|split|eqnarray|multline|displaymath|math)\*?\}"
    r"|\$\$?|\\\[|\\\]|\\nonumber|\\notag|\\quad(?=\s*$)"
)
_SAID = re.compile(
    r"^\s*(?:(?:\\(?:text|mathrm|textrm|mbox)\{\s*)?"
    r"(?:[Ll]et|[Ww]rite|[Dd]efine|[Ss]et|[Ww]here|[Ww]ith|[Hh]ence|[Ss]o|[Tt]hen|[Tt]hus|[Tt]herefore|[Aa]nd|[Ff]inally|"
    r"[Pp]ut|[Dd]enote|[Ii]ntroduce|[Ss]ince|[Nn]ow|[Uu]sing)(?:\s+that)?(?:\s+us)?\b[\s:,~]*\}?[\s~]*)+"
)


class Statement(NamedTuple):
    """``left relation right``; `start` is where the right side begins in `text`, the line as it was written."""

    text: str
    left: str  # "" where it goes on from the line before
    relation: str  # = or ~; "" where the line has none
    right: str
    start: int


def statements(lines: str | Iterable[str]) -> Iterator[tuple[int, Statement]]:
    """The number of the line (from 0, without empty ones) and each statement in it."""
    texts = [lines] if isinstance(lines, str) else list(lines)
    number = 0
    for text in texts:
        for part in _BREAK.split(text) if isinstance(text, str) else [str(text)]:
            if not blank(part).strip(" &.,;") or _PROSE.match(part):
                continue
            for piece in _AND.split(part):
                for statement in split(piece) if blank(piece).strip(" &.,;") else ():
                    yield number, statement
            number += 1


def blank(text: str) -> str:
    """The text with environments, dollars and leading words replaced by spaces of the same length."""
    text = _FRAME.sub(lambda m: " " * len(m[0]), text)
    found = _SAID.match(text)
    return " " * found.end() + text[found.end() :] if found else text


def split(text: str) -> Iterator[Statement]:
    """The statements of one line: parted at the relations outside of all brackets."""
    plain = blank(text).replace("&", " ")
    cuts = list(_relations(plain))
    if not cuts:
        yield Statement(text, "", "", plain.strip(), len(plain) - len(plain.lstrip()))
        return
    left = plain[: cuts[0][0]].strip()
    for i, (start, end) in enumerate(cuts):
        stop = cuts[i + 1][0] if i + 1 < len(cuts) else len(plain)
        right = plain[end:stop]
        relation = "=" if plain[start:end] in ("=", r"\equiv") else "~"
        body = right.rstrip().rstrip(".,;").rstrip()
        yield Statement(text, left, relation, body.strip(), end + len(body) - len(body.lstrip()))
        left = ""


def _relations(text: str) -> Iterator[tuple[int, int]]:
    depth, at = 0, 0
    while at < len(text):
        found = _RELATION.match(text, at)
        if found and depth == 0:
            yield found.span()
            at = found.end()
            continue
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in "{}()[]|":
            at += 1
        elif text[at] in "{([":
            depth += 1
        elif text[at] in "})]":
            depth = max(0, depth - 1)
        at += 1
