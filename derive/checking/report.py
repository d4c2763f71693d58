"""What a check says of a derivation: a verdict for every line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ParseError

if TYPE_CHECKING:
    from ..derivation import Derivation


class LineReport(NamedTuple):
    """One line: its text, whether it is true, and why not.

    `diagnosis` is the kind of mistake, `suggestion` the line as it should be (ASCII; `suggestion_latex` in the
    notation of the line), `nearest_rule` the rule which the line misuses, `source` where that rule stands.  `follows`
    says of a later false line whether it follows from the first (``"yes"``) or has a mistake of its own (``"no"``).
    """

    number: int
    text: str
    verdict: str  # true, false, unread
    reason: str = ""
    witness: Any = None
    diagnosis: str = ""
    nearest_rule: str = ""
    suggestion: str = ""
    suggestion_latex: str = ""
    rule: str = ""  # the statement of the nearest rule
    source: str = ""
    follows: str = ""


class Report(NamedTuple):
    """Verdicts on all lines of a derivation."""

    lines: tuple[LineReport, ...]
    question: dict[str, Any] | None = None  # f, its variable, the shapes; None where no f is known

    @property
    def ok(self) -> bool:
        """Is every line true?"""
        return all(line.verdict == "true" for line in self.lines)

    @property
    def first_wrong(self) -> int | None:
        """The index (from 0) of the first false line."""
        return next((i for i, line in enumerate(self.lines) if line.verdict == "false"), None)

    def proof(self) -> Derivation:
        """Our own derivation of what the lines are about; raises `DeriveError` where there is none."""
        from .. import api

        if self.question is None:
            raise ParseError("no line says what f is")
        asked = dict(self.question)
        f, wrt, scalar = asked.pop("f"), asked.pop("wrt"), asked.pop("scalar")
        ask: Callable[..., Derivation] = api.gradient if scalar else api.differential
        return ask(f, wrt, **asked)

    def text(self, colour: bool = False) -> str:
        """A verdict and the line, with the reason below where it is not true."""
        from .printing import text_report

        return text_report(self, colour)

    def latex(self) -> str:
        """An ``align*`` of the lines, the false ones marked and the right line beneath."""
        from .printing import latex_report

        return latex_report(self)

    def markdown(self) -> str:
        """A table of the lines and their verdicts."""
        from .printing import markdown_report

        return markdown_report(self)

    def to_json(self, indent: int | None = None) -> str:
        """All that is known, as JSON."""
        return json.dumps(self.as_dict(), indent=indent, ensure_ascii=False)

    def as_dict(self) -> dict[str, Any]:
        """All that is known, in plain values."""
        lines = []
        for line in self.lines:
            witness = line.witness
            if witness is not None:
                witness = {"sizes": witness.sizes, "seed": witness.seed, "instance": witness.instance + 1,
                           "expected": witness.expected, "found": witness.found}  # fmt: skip
            lines.append({**line._asdict(), "witness": witness})
        return {"ok": self.ok, "first_wrong": self.first_wrong, "lines": lines}

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __str__(self) -> str:
        return self.text()
