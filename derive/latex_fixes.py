r"""How LaTeX writes the changes that make shapes fit: ``X^\top``, ``X \odot Y``, ``X^{-1}``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .fixes import Notation
from .shapes import Span

_TRANSPOSE = re.compile(r"\s*(?:'|\^\s*\{?\s*\\?(?:top|intercal|mathsf\{T\}|mathsf T|mathrm\{T\}|rm T|T)\s*\}?)$")
#: A letter or a command, in a font and with an index or not.
_SIMPLE = re.compile(r"(?:\\[a-zA-Z]+\s*)?(?:\{\s*\\?\w+\s*\}|\w|\\[a-zA-Z]+)?(?:_(?:\w|\{[\w,]*\}))?")
_SIGNS = {".*": r"\odot", "./": r"\oslash"}


class Latex(Notation):
    """LaTeX."""

    quotes = ""

    def transposed(self, part: str) -> str:
        shorter = _TRANSPOSE.sub("", part)
        return shorter if shorter != part and shorter else rf"{self.closed(part)}^\top"

    def closed(self, part: str) -> str:
        return part if part and _SIMPLE.fullmatch(part) else f"({part})"

    def product(self, left: str, right: str) -> str:
        return f"{left} {right}"

    def elementwise(self, left: str, op: str, right: str) -> str:
        if op == ".^":
            return rf"{self.closed(left)}^{{\odot {right}}}"
        return f"{left} {_SIGNS.get(op, op)} {right}"

    def inverse(self, part: str) -> str:
        return f"{self.closed(part)}^{{-1}}"

    def exponential(self, base: str, power: str) -> str:
        return rf"\exp(\log({base}) {power})"

    def identity(self, n: str) -> str:
        return f"I_{{{n}}}" if len(n) > 1 else f"I_{n}"

    def ones(self, dims: tuple[str, ...]) -> str:
        size = r" \times ".join(dims)
        return rf"\mathbf{{1}}_{{{size}}}" if len(size) > 1 else rf"\mathbf{{1}}_{size}"

    def next_factor(self, text: str, at: int) -> Span | None:
        found = re.compile(r"\s*(?:\\cdot\s*)?([A-Za-z](?:\^\\top)?)(?![A-Za-z({])").match(text, at)
        return found.span(1) if found else None

    def names(self, text: str) -> Iterator[Span]:
        return iter(())


LATEX = Latex()
