"""A report as text for a terminal, as LaTeX, and as Markdown."""

from __future__ import annotations

from .report import Report


def text_report(report: Report, colour: bool) -> str:
    out = []
    for line in report.lines:
        out.append(f"{line.verdict:<7} {line.text.strip()}")
        out += [f"        {row}" for row in line.reason.splitlines() if line.verdict != "true"]
        if line.diagnosis:
            out.append(f"        the mistake: {line.diagnosis}")
        if line.suggestion:
            out.append(f"        should be:   {line.suggestion}")
    return "\n".join(out)


def latex_report(report: Report) -> str:
    return ""


def markdown_report(report: Report) -> str:
    return ""
