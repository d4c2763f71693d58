"""``derive check``: the lines of a file, and the report as text, Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ParseError
from .judge import check
from .report import LineReport, Report


def check_command(
    text: str, kind: str, form: str, f: str | None, wrt: str | None, shapes: Mapping[str, str] | None,
    assume: Mapping[str, Sequence[str]] | None, convention: str | None,
) -> tuple[str, bool]:  # fmt: skip
    """What is printed, and whether all lines are true."""
    lines: Any = _json_lines(text) if kind == "json" else text
    report = check(lines, f=f, wrt=wrt, shapes=shapes, assume=assume, convention=convention)
    printed = {"text": Report.text, "markdown": Report.markdown, "json": Report.to_json}[form](report)
    return printed, report.first_wrong is None


def _json_lines(text: str) -> list[str]:
    """A list of strings, or of objects with ``lhs``, ``relation`` and ``rhs``."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        raise ParseError("the input is not JSON", hint="--input lines reads LaTeX or ASCII, a line each") from None
    if not isinstance(items, list):
        raise ParseError("the JSON is not a list", hint='a list of strings, or of {"lhs", "relation", "rhs"}')
    out = []
    for item in items:
        if isinstance(item, dict):
            item = f"{item.get('lhs', '')} {item.get('relation', '=')} {item.get('rhs', item.get('ascii', ''))}"
        out.append(str(item).replace("\n", " "))
    return out


def _markdown(report: Report) -> str:
    rows = ["| line | verdict | mistake | should be |", "| --- | --- | --- | --- |"]
    for line in report.lines:
        cells = (line.text.strip(), line.verdict, line.diagnosis, line.suggestion)
        rows.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join(rows)


def _json(report: Report) -> str:
    return json.dumps({"ok": report.ok, "first_wrong": report.first_wrong, "lines": [_line(r) for r in report.lines]})


def _line(line: LineReport) -> dict[str, Any]:
    witness = None if line.witness is None else str(line.witness)
    return {**line._asdict(), "witness": witness}
