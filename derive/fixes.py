"""The smallest changes of a text that type-check, for the hint of a `ShapeError`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from .errors import ShapeError
from .mistakes import Misfit
from .shapes import NAME, Span, convention
from .terms import SCALAR, Shape, dim_text, shape_text
from .tokens import QUOTES

Attempt = Callable[[str, Mapping[str, str]], bool]

_LONGEST = 2000
_MOST_ATTEMPTS = 32
_MOST_SHOWN = 3


class Change(NamedTuple):
    """A change: how far from the place it is, in words, the changed text, and what is declared otherwise."""

    level: int
    words: str
    text: str
    declared: Mapping[str, str] = {}


class Notation:
    """How a syntax writes what a change needs; this one is the ASCII syntax."""

    quotes = QUOTES
    name = NAME

    def transposed(self, part: str) -> str:
        """The part with one transpose more, or less where it has one."""
        if part.endswith("'"):
            return part[:-1]
        return f"{self.closed(part)}'"

    def closed(self, part: str) -> str:
        """The part as one operand."""
        simple = NAME.fullmatch(part) or (part.endswith(")") and re.match(r"\w*\(", part) and _closes(part))
        return part if simple else f"({part})"

    def product(self, left: str, right: str) -> str:
        return f"{left}*{right}"

    def elementwise(self, left: str, op: str, right: str) -> str:
        return f"{left}{op}{right}"

    def inverse(self, part: str) -> str:
        return f"inv({part})"

    def exponential(self, base: str, power: str) -> str:
        return f"expm(log({base})*{power})"

    def identity(self, n: str) -> str:
        return f"eye({n})"

    def ones(self, dims: tuple[str, ...]) -> str:
        return f"ones({','.join(dims)})"

    def next_factor(self, text: str, at: int) -> Span | None:
        """The name that follows as a factor."""
        found = re.compile(r"\s*\*\s*([^\W\d_]\w*'*)(?!\w*\()").match(text, at)
        return found.span(1) if found else None

    def names(self, text: str) -> Iterator[Span]:
        """The places of the variables."""
        for m in NAME.finditer(text):
            if not text[m.end() :].lstrip().startswith("("):
                yield m.span()

    def loose(self, part: str) -> str:
        """The part as a factor."""
        return f"({part})" if re.search(r"[+\-:]", part) and not _closed(part) else part


ASCII = Notation()


def with_fix(
    error: Misfit, declared: Mapping[str, str], attempt: Attempt, notation: Notation = ASCII
) -> ShapeError:
    """The same error; its hint begins with the changes that `attempt` accepts, where there are any."""
    found: list[str] = []
    text = error.text or ""
    if text and len(text) <= _LONGEST:
        level = 0
        for tries, change in enumerate(candidates(error, text, declared, notation)):
            if tries >= _MOST_ATTEMPTS or len(found) >= _MOST_SHOWN or (found and change.level > level):
                break
            if change.words not in found and attempt(change.text, change.declared):
                found.append(change.words)
                level = change.level
    hint = error.hint
    column = error.operator == "*" and error.site.left_shape[1] == 1
    if notation.quotes and not found and not hint and column and text and "'" not in text:
        hint = f"has it lost its `'`? ({notation.quotes})"
    if found:
        hint = " or ".join(found) if len(found) < 3 else f"{', '.join(found[:-1])} or {found[-1]}"
        if error.hint and error.operator == "^" and error.site.right_shape != SCALAR:
            hint += f"; otherwise {error.hint}"
        if notation.quotes and "'" not in text and any("'" in f for f in found):
            hint += f" ({notation.quotes})"
    return ShapeError(error.what, text=error.text, span=error.span, why=error.why, hint=hint)


def candidates(
    error: Misfit, text: str, declared: Mapping[str, str], notation: Notation
) -> Iterator[Change]:
    """Changes, the smallest first."""
    shapes = (error.site.left_shape, error.site.right_shape)
    if error.operator in ("+", "-") and SCALAR in shapes:
        yield from _spread(error, text, notation)
    elif error.operator == "/":
        yield from _divided(error, text, notation)
    elif error.operator == "^":
        yield from _powers(error, text, notation)
    elif error.operator in (".*", "./") and SCALAR in shapes:
        yield from _scaled(error, text, notation)
    elif error.operator in ("*", "+", "-", ":", ".*", "./", "call"):
        yield from _around(error, text, notation)
    yield from _scalars(text, declared)
    for span in notation.names(text):
        words, changed = _transposed(text, span, notation)
        yield Change(1, words, changed)
    yield from _declarations(error, text, declared)


# ---------------------------------------------------------------- of the two operands
def _around(error: Misfit, text: str, notation: Notation) -> Iterator[Change]:
    """Transpose one, swap them, multiply entry by entry, or take the next factor first."""
    site = error.site
    for span in dict.fromkeys([site.right, site.last, site.left]):
        words, changed = _transposed(text, span, notation)
        yield Change(0, _context(changed, error, words), changed)
    if error.operator != "*":
        return
    a, b = _part(text, site.last), _part(text, site.right)
    others = [notation.product(b, a)]
    if SCALAR not in (site.left_shape, site.right_shape):
        others.insert(0, notation.elementwise(a, ".*", b))
    for new in others:
        change = _replaced(text, (site.last[0], site.right[1]), new)
        yield change._replace(words=_context(change.text, error, change.words))
    after = notation.next_factor(text, site.right[1])
    if after:
        swapped = notation.product(_part(text, after), b)
        yield _replaced(text, (site.last[0], after[1]), notation.product(a, swapped))


def _spread(error: Misfit, text: str, notation: Notation) -> Iterator[Change]:
    """A number beside an array: times the identity, or times ones."""
    site = error.site
    span, array = (site.left, site.right_shape) if site.left_shape == SCALAR else (site.right, site.left_shape)
    number = notation.loose(_part(text, span))
    rows, columns = map(dim_text, array)
    if array[0] == array[1]:
        words = notation.product(number, notation.identity(rows))
        yield Change(0, f"`{words}` to shift the diagonal", text[: span[0]] + words + text[span[1] :])
    words = notation.product(number, notation.ones((rows,) if array[1] == 1 else (rows, columns)))
    yield Change(0, f"`{words}` to shift every entry", text[: span[0]] + words + text[span[1] :])


def _divided(error: Misfit, text: str, notation: Notation) -> Iterator[Change]:
    site = error.site
    a, b = _part(text, site.last), _part(text, site.right)
    span = (site.last[0], site.right[1])
    if site.right_shape[0] == site.right_shape[1]:
        yield _replaced(text, span, notation.product(a, notation.inverse(b)))
        yield _replaced(text, span, notation.product(notation.inverse(b), a))
    yield _replaced(text, span, notation.elementwise(a, "./", b), " for elementwise division")


def _powers(error: Misfit, text: str, notation: Notation) -> Iterator[Change]:
    site = error.site
    a, k, span = _part(text, site.left), _part(text, site.right), site.span
    if site.right_shape != SCALAR:
        if site.left_shape == SCALAR:
            yield _replaced(text, span, notation.exponential(a, k), " for a matrix as the exponent")
        return
    if k == "2":
        closed = notation.closed(a)
        squared = " for the squared length" if site.left_shape[1] == 1 else ""
        yield _replaced(text, span, notation.product(notation.transposed(a), closed), squared)
        if site.left_shape[1] != 1:
            yield _replaced(text, span, notation.product(closed, notation.transposed(a)))
    yield _replaced(text, span, notation.elementwise(a, ".^", k), " for powers of the entries")


def _scaled(error: Misfit, text: str, notation: Notation) -> Iterator[Change]:
    site = error.site
    a, b, span = _part(text, site.last), _part(text, site.right), (site.last[0], site.right[1])
    if error.operator == ".*":
        yield _replaced(text, span, notation.product(a, b), " to scale by a scalar")
    elif site.right_shape == SCALAR:
        yield _replaced(text, span, notation.elementwise(a, "/", b), " to divide by a scalar")


def _replaced(text: str, span: Span, new: str, use: str = "") -> Change:
    return Change(0, f"`{new}`{use}", text[: span[0]] + new + text[span[1] :])


def _part(text: str, span: Span) -> str:
    return text[span[0] : span[1]]


def _context(changed: str, error: Misfit, words: str) -> str:
    """The changed operands with their operator, where that is short."""
    start, end = error.site.span
    end += len(changed) - len(error.text or "")
    return f"`{changed[start:end]}`" if end - start <= 40 else words


def _transposed(text: str, span: Span, notation: Notation) -> tuple[str, str]:
    """In words, and the changed text."""
    part = _part(text, span)
    if text[span[1] : span[1] + 1] == "'" and not part.endswith("'"):
        return f"`{part}` in place of `{part}'`", text[: span[1]] + text[span[1] + 1 :]
    new = notation.transposed(part)
    words = f"`{new}`" if len(new) < len(part) else f"`{new}` in place of `{part}`"
    return words, text[: span[0]] + new + text[span[1] :]


def _closed(part: str) -> bool:
    return part.startswith("(") and part.endswith(")") and _closes(part)


def _closes(part: str) -> bool:
    """Does the last bracket close the first?"""
    depth = 0
    for i, c in enumerate(part):
        depth += (c == "(") - (c == ")")
        if depth == 0 and c == ")":
            return i == len(part) - 1
    return False


# ---------------------------------------------------------------- of what is declared
def _scalars(text: str, declared: Mapping[str, str]) -> Iterator[Change]:
    names = dict.fromkeys(m.group() for m in NAME.finditer(text))
    for name in names:
        if name not in declared and convention(name) == "vector":
            yield Change(0, f"declare `{name}: scalar`", text, {name: "scalar"})


def _declarations(error: Misfit, text: str, declared: Mapping[str, str]) -> Iterator[Change]:
    """Another shape of an operand that was declared: with the dimension, or the shape, of the other one."""
    site = error.site
    a, b = site.left_shape, site.right_shape
    if error.operator == "*":
        wanted: tuple[tuple[Span, Shape], ...] = ((site.right, (a[1], b[1])), (site.last, (a[0], b[0])))
    elif error.operator in ("+", "-", ":", ".*", "./"):
        wanted = ((site.right, a), (site.last, b))
    else:
        return
    for span, shape in wanted:
        name = _part(text, span)
        if name in declared and name != declared[name]:
            words = shape_text(shape)
            yield Change(2, f"declare `{name}: {words}`", text, {name: words})
