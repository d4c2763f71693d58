"""What a check says of a derivation: a verdict for every line."""

from __future__ import annotations

from typing import Any, NamedTuple

VERDICTS = ("true", "false", "unread")


class LineReport(NamedTuple):
    """One line: its text, whether it is true, and why not."""

    number: int
    text: str
    verdict: str  # true, false, unread
    reason: str = ""
    witness: Any = None
    diagnosis: str = ""
    nearest_rule: str = ""
    suggestion: str = ""


class Report(NamedTuple):
    """Verdicts on all lines of a derivation."""

    lines: tuple[LineReport, ...]

    @property
    def ok(self) -> bool:
        """Is every line true?"""
        return all(line.verdict == "true" for line in self.lines)

    @property
    def first_wrong(self) -> int | None:
        """The index (from 0) of the first false line."""
        return next((i for i, line in enumerate(self.lines) if line.verdict == "false"), None)

    def text(self) -> str:
        """A verdict and the line, with the reason below where it is not true."""
        out = []
        for line in self.lines:
            out.append(f"{line.verdict:<7} {line.text.strip()}")
            out += [f"        {row}" for row in line.reason.splitlines()]
            if line.diagnosis:
                out.append(f"        the mistake: {line.diagnosis}")
            if line.suggestion:
                out.append(f"        should be:   {line.suggestion}")
        return "\n".join(out)
