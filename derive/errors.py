"""Errors that say what is wrong, where, why, and what to try.

Every error that a user can cause is a `DeriveError`; anything else is a bug.
"""

from __future__ import annotations


class DeriveError(Exception):
    """The base of all errors of `derive`.

    `what` is one sentence; `text` and `span` (start, end) give the place in the user's own
    text, shown with a caret; `why` and `hint` are sentences, the hint saying what to try.
    """

    exit_code = 3

    def __init__(
        self,
        what: str,
        *,
        text: str | None = None,
        span: tuple[int, int] | None = None,
        why: str = "",
        hint: str = "",
    ) -> None:
        self.what, self.text, self.span, self.why, self.hint = what, text, span, why, hint
        super().__init__(self._message())

    def _message(self) -> str:
        lines = [self.what]
        if self.text is not None and self.span is not None:
            lines += caret(self.text, self.span)
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.hint:
            lines.append(f"  try: {self.hint}")
        return printable("\n".join(lines))


class ParseError(DeriveError):
    """The text cannot be read."""

    exit_code = 2


class ShapeError(DeriveError):
    """The text can be read, but its shapes do not fit together; `undecided` where a size only does not follow."""

    exit_code = 2
    undecided = False


def undecided(error: ShapeError) -> ShapeError:
    """The error as one about a size that does not follow: nothing contradicts it."""
    error.undecided = True
    return error


class AmbiguityError(DeriveError):
    """The text has two readings, and neither dominates."""


class NoRuleError(DeriveError):
    """No rule is known for a part of the expression."""


class AssumptionNeeded(DeriveError):
    """The answer holds only under an assumption that was not declared."""


class VerificationError(DeriveError):
    """A line of the proof failed its check by numbers: a bug, reported instead of an answer."""


class LimitError(DeriveError):
    """A limit on terms or seconds was reached."""


def printable(text: str) -> str:
    """The text with a question mark for what no terminal should be sent.

    >>> printable("a\\x1b[31m")
    'a?[31m'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def caret(text: str, span: tuple[int, int], width: int = 76) -> list[str]:
    """The line of `text` that holds `span`, and a line of carets under the place.

    >>> print("\\n".join(caret("A + * B", (4, 5))))
      A + * B
          ^
    """
    start = max(0, min(span[0], len(text)))
    end = max(start + 1, span[1])
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    if stop - begin > width:
        left = max(begin, start - width // 2)
        right = min(stop, left + width)
        head, tail = "..." if left > begin else "", "..." if right < stop else ""
    else:
        left, right, head, tail = begin, stop, "", ""
    line = printable(text[left:right].replace("\t", " "))
    count = max(1, min(end, right) - start)
    return [f"  {head}{line}{tail}", "  " + " " * (len(head) + start - left) + "^" * count]
