"""The smallest change of a text that type-checks, for the hint of a `ShapeError`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from .errors import ShapeError
from .mistakes import Misfit
from .shapes import NAME, Span, convention
from .tokens import QUOTES

Attempt = Callable[[str, Mapping[str, str]], bool]

_LONGEST = 2000
_MOST_ATTEMPTS = 24
_MOST_SHOWN = 3


def with_fix(error: Misfit, declared: Collection[str], attempt: Attempt) -> ShapeError:
    """The same error; its hint begins with the changes that `attempt` accepts, where there are any."""
    found: list[str] = []
    text = error.text or ""
    if text and len(text) <= _LONGEST:
        stage = 0
        for tries, (level, words, changed, extra) in enumerate(candidates(error, text, declared)):
            if tries >= _MOST_ATTEMPTS or len(found) >= _MOST_SHOWN or (found and level > stage):
                break
            if words not in found and attempt(changed, extra):
                found.append(words)
                stage = level
    hint = error.hint
    column = error.operator == "*" and error.site.left_shape[1] == 1
    if not found and not hint and column and text and "'" not in text:
        hint = f"has it lost its `'`? ({QUOTES})"
    if found:
        hint = " or ".join(found) if len(found) < 3 else f"{', '.join(found[:-1])} or {found[-1]}"
        if error.hint:
            hint += f"; otherwise {error.hint}"
        if "'" not in text and any("'" in f for f in found):
            hint += f" ({QUOTES})"
    return ShapeError(error.what, text=error.text, span=error.span, why=error.why, hint=hint)


def candidates(
    error: Misfit, text: str, declared: Collection[str]
) -> Iterator[tuple[int, str, str, Mapping[str, str]]]:
    """Changes, the smallest first: (distance from the place, words, changed text, more declared shapes)."""
    left, right = error.site.left, error.site.right
    if error.operator in ("*", "+", "-", ":", ".*", "./", "call"):
        yield from _around(error, text, left, right)
    yield from _scalars(text, declared)
    spans = [
        (m.start(), m.end()) for m in NAME.finditer(text) if not text[m.end() :].lstrip().startswith("(")
    ]
    for span in spans:
        words, changed = _transposed(text, span)
        yield 1, words, changed, {}


def _around(
    error: Misfit, text: str, left: Span, right: Span
) -> Iterator[tuple[int, str, str, Mapping[str, str]]]:
    """Changes of the two operands: transpose one or both, swap them."""
    last = error.site.last
    for span in dict.fromkeys([right, last, left]):
        words, changed = _transposed(text, span)
        yield 0, _context(changed, error, words), changed, {}
    if error.operator == "*":
        a, b = text[last[0] : last[1]], text[right[0] : right[1]]
        changed = text[: last[0]] + b + text[last[1] : right[0]] + a + text[right[1] :]
        yield 0, _context(changed, error, f"`{b}*{a}`"), changed, {}


def _context(changed: str, error: Misfit, words: str) -> str:
    """The changed operands with their operator, where that is short."""
    start, end = error.site.span
    end += len(changed) - len(error.text or "")
    return f"`{changed[start:end]}`" if end - start <= 40 else words


def _transposed(text: str, span: Span) -> tuple[str, str]:
    """The part with one transpose more, or less where it has one."""
    part = text[span[0] : span[1]]
    if part.endswith("'"):
        return f"`{part[:-1]}`", text[: span[0]] + part[:-1] + text[span[1] :]
    if text[span[1] : span[1] + 1] == "'":
        return f"`{part}` in place of `{part}'`", text[: span[1]] + text[span[1] + 1 :]
    simple = NAME.fullmatch(part) or (part.endswith(")") and re.match(r"\w*\(", part) and _closes(part))
    new = f"{part}'" if simple else f"({part})'"
    return f"`{new}` in place of `{part}`", text[: span[0]] + new + text[span[1] :]


def _closes(part: str) -> bool:
    """Does the last bracket close the first?"""
    depth = 0
    for i, c in enumerate(part):
        depth += (c == "(") - (c == ")")
        if depth == 0 and c == ")":
            return i == len(part) - 1
    return False


def _scalars(text: str, declared: Collection[str]) -> Iterator[tuple[int, str, str, Mapping[str, str]]]:
    names = dict.fromkeys(m.group() for m in NAME.finditer(text))
    for name in names:
        if name not in declared and convention(name) == "vector":
            yield 0, f"declare `{name}: scalar`", text, {name: "scalar"}
