r"""What somebody pasted, as rows: the lines of an ``align``, formulas between dollars in prose, plain lines.

A list keeps its numbering: one row for each of its elements.  In a text, prose between formulas makes no row; a row
that goes on from the one before (it begins with ``+``, or a bracket is still open) is part of that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import LimitError, ParseError

MOST_ROWS, MOST_SIGNS = 5000, 2_000_000


class Row(NamedTuple):
    """One row: its text, and whether a statement in it may be skipped where it is none (a formula in prose)."""

    text: str
    inline: bool = False
    goes_on: bool = False  # of a list: it is part of the row before


#: Environments of displayed formulas, as an alternative of regular expressions.
ENVIRONMENTS = (
    "align|aligned|alignat|alignedat|equation|gather|gathered|split|eqnarray|multline|displaymath|math|flalign|dmath|"
    "cases"
)
_BEGIN = re.compile(rf"\\begin\{{({ENVIRONMENTS})(\*?)\}}(?:\{{\d*\}})?")
_END = re.compile(rf"\\end\{{(?:{ENVIRONMENTS})\*?\}}")
_EQALIGN = re.compile(r"\\(?:eqalign(?:no)?|displaylines|cases|split)\s*\{")
_DOLLARS = re.compile(r"(?<!\\)\$\$?")
_BREAK = re.compile(r"\\\\\*?(?:\[[^\]\n]{0,12}\])?|\\cr(?![a-zA-Z])|\\newline(?![a-zA-Z])")
_LINE = re.compile(r"\n")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_MATH = re.compile(r"(?<!\\)\$|\\\[|\\\(|\\begin\{|\\eqalign|^[ \t]*```", re.MULTILINE)
_RELATION = re.compile(r"=|\\approx(?![a-zA-Z])|≈|\\simeq(?![a-zA-Z])|\\equiv(?![a-zA-Z])|~")
_FENCE = re.compile(r"^[ \t]*```[^\n]*$", re.MULTILINE)
_GOES_ON = re.compile(
    r"(?:[\s&]|\\q?quad(?![a-zA-Z])|\\[,;:! ]|\{\})*(?:\+|-|−|\\cdot(?![a-zA-Z])|\\times(?![a-zA-Z])|\\otimes|\\odot)"
)
_INDENT = re.compile(r"^(?:[\s&]|\\q?quad(?![a-zA-Z])|\\[,;:! ]|\{\})+")
_WAITS = re.compile(
    r"(?:(?<!\^)[+\-=:(\[]|\\cdot|\\times|\\otimes|\\odot|≈|\\approx|\\left\s*[(\[{|.]|\\left\\[{|])[\s&]*(?:\\(?:quad|qquad|,)\s*)*$"
)


def rows(lines: str | Iterable[object]) -> list[Row]:
    """The rows of a text or a list; raises `LimitError` for more than `MOST_ROWS`."""
    if not isinstance(lines, (str, Iterable)):
        raise ParseError("the lines are a text, or a list of texts", hint='as in ["df = 2*x : dx"]')
    texts = [lines] if isinstance(lines, str) else [t if isinstance(t, str) else str(t) for t in lines]
    if sum(map(len, texts)) > MOST_SIGNS or len(texts) > MOST_ROWS:
        raise LimitError("the derivation is too long", why=f"the limits are {MOST_ROWS} lines and {MOST_SIGNS} signs")
    if len(texts) == 1:
        found = joined(list(_of_text(texts[0])))
    else:
        found = _continued([Row(t.replace("\n", " ")) for t in texts])
    if len(found) > 1 and all(row.text.lstrip().startswith("- ") for row in found):  # a list, and no minus signs
        found = [row._replace(text=row.text.lstrip()[2:]) for row in found]
    if len(found) > MOST_ROWS:
        raise LimitError("the derivation is too long", why=f"the limit is {MOST_ROWS} lines")
    return found


def _of_text(text: str) -> Iterator[Row]:
    text = _COMMENT.sub(lambda m: " " * len(m[0]), text.replace("\r\n", "\n"))
    if not _MATH.search(text):
        for line in _cut(_BREAK, text):
            for part in _cut(_LINE, line):
                if _is_said(part):
                    yield Row(part)
        return
    for part, kind in _segments(text):
        if kind == "prose":
            for line in _cut(_LINE, part):
                if _RELATION.search(line) and _is_said(line):
                    yield Row(line)
        elif kind == "inline":
            if _RELATION.search(part):
                yield Row(part, inline=True)
        else:
            for line in _cut(_BREAK, part) if kind == "display" else _cut(_LINE, part):
                if _is_said(line):
                    yield Row(line.replace("\n", " "), inline=not _RELATION.search(part))


def _cut(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """The parts between the breaks; breaks inside of braces are none."""
    at = depth = seen = 0
    for m in pattern.finditer(text):
        depth += _depth(text[seen : m.start()])
        seen = m.end()
        if depth <= 0:
            yield text[at : m.start()]
            at = m.end()
    yield text[at:]


def _depth(text: str) -> int:
    text = re.sub(r"\\[{}]", "", text)
    return text.count("{") - text.count("}")


def _is_said(text: str) -> bool:
    """Is there anything besides spacing, points and the frames of environments?"""
    return bool(re.sub(r"\\(?:begin|end)\{[a-z]+\*?\}|\\q?quad(?![a-z])|[\s&.,;{}]|\\[\[\]()]", "", text))


def _segments(text: str) -> Iterator[tuple[str, str]]:
    """Parts of a text with their kind: prose, inline, display, code."""
    at = 0
    mark = re.compile(rf"{_DOLLARS.pattern}|\\\[|\\\(|{_BEGIN.pattern}|{_EQALIGN.pattern}|(?m:^[ \t]*```[^\n]*$)")
    while True:
        m = mark.search(text, at)
        if m is None:
            yield text[at:], "prose"
            return
        yield text[at : m.start()], "prose"
        stop, end, kind = _closed(text, m)
        inner = text[m.end() : stop]
        if kind == "display":
            inner = _unframed(inner)
        yield inner, kind
        at = end


def _closed(text: str, m: re.Match[str]) -> tuple[int, int, str]:
    """Where the formula that opens at `m` ends, where the text goes on, and its kind."""
    opening = m[0]
    if opening in ("$", "$$"):
        close = re.compile(r"(?<!\\)\$\$" if opening == "$$" else r"(?<!\\)\$").search(text, m.end())
        kind = "display" if opening == "$$" else "inline"
    elif opening in (r"\[", r"\("):
        close = re.compile(r"\\\]" if opening == r"\[" else r"\\\)").search(text, m.end())
        kind = "display" if opening == r"\[" else "inline"
    elif opening.lstrip().startswith("```"):
        close, kind = _FENCE.search(text, m.end()), "code"
    elif opening.startswith(r"\begin"):
        name = re.escape(f"{m[1]}{m[2]}")
        close, kind = re.compile(rf"\\end\{{{name}\}}").search(text, m.end()), "display"
    else:
        stop = closing(text, m.end())
        return stop, min(stop + 1, len(text)), "display"
    return (close.start(), close.end(), kind) if close else (len(text), len(text), kind)


def closing(text: str, at: int) -> int:
    """Where the brace closes that is open at `at`."""
    depth = 1
    for m in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, at):
        depth += (m[0] == "{") - (m[0] == "}")
        if not depth:
            return m.start()
    return len(text)


def _unframed(text: str) -> str:
    """Without environments inside of the formula, and without the braces of \\eqalign."""
    text = _END.sub("", _BEGIN.sub("", text))
    m = _EQALIGN.search(text)
    if m is None:
        return text
    stop = closing(text, m.end())
    return text[: m.start()] + text[m.end() : stop] + text[stop + 1 :]


# ---------------------------------------------------------------- rows that belong together
def _begins_anew(text: str) -> bool:
    """Is there a relation in it, so that it says something by itself?"""
    return bool(_RELATION.search(text))


def _belongs(before: str, text: str) -> bool:
    if _WAITS.search(before.rstrip()) or _depth(before) > 0:
        return True
    m = _GOES_ON.match(text)
    return m is not None and (not _begins_anew(text) or "&" in m[0] or "quad" in m[0])


def joined(found: list[Row]) -> list[Row]:
    """With what goes on from the row before put behind it."""
    out: list[Row] = []
    for row in found:
        if out and not row.inline and not out[-1].inline and _belongs(out[-1].text, row.text):
            out[-1] = Row(f"{out[-1].text} {_INDENT.sub('', row.text)}")
        else:
            out.append(row)
    return out


def _continued(found: list[Row]) -> list[Row]:
    """The rows of a list: what goes on is read with the row before, and keeps its number."""
    out: list[Row] = []
    start = 0
    for i, row in enumerate(found):
        if i and _is_said(row.text) and _is_said(out[start].text) and _belongs(out[start].text, row.text):
            out[start] = Row(f"{out[start].text} {_INDENT.sub('', row.text)}")
            out.append(Row(row.text, goes_on=True))
        else:
            start = i
            out.append(row)
    return out


__all__ = ["MOST_ROWS", "Row", "rows"]
