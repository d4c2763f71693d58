"""A report as text for a terminal, as LaTeX, and as Markdown."""

from __future__ import annotations

import re

from ..printers.latex import escape
from .kinds import KINDS
from .lines import LATEX, blank
from .report import LineReport, Report

_COLOURS = {"true": "32", "false": "31;1", "unread": "33"}


def text_report(report: Report, colour: bool) -> str:
    """A verdict and the line, what is wrong with it below, and a summary."""
    out, latex = [], is_latex(report)
    for line in report.lines:
        verdict = f"{line.verdict:<7}"
        out.append(f"{_painted(verdict, line.verdict) if colour else verdict} {line.text.strip()}")
        out += [f"        {row}" for row in _details(line, latex)]
    out.append(summary(report))
    return "\n".join(out)


def _painted(text: str, verdict: str) -> str:
    return f"\x1b[{_COLOURS[verdict]}m{text}\x1b[0m"


def is_latex(report: Report) -> bool:
    """Are the lines LaTeX rather than ASCII?"""
    return any(LATEX.search(line.text) for line in report.lines)


def _details(line: LineReport, latex: bool) -> list[str]:
    if line.verdict == "true":
        return [f"({line.reason})"] if line.reason.startswith(("true with", "`")) else []
    out = line.reason.splitlines()
    if line.follows:
        out = [_follows(line)]
    if line.diagnosis:
        out.append(f"the mistake: {line.diagnosis}: {KINDS.get(line.diagnosis, '')}".rstrip(": "))
    if line.nearest_rule:
        out.append(f"the rule:    {line.nearest_rule}: {line.rule}  ({line.source})")
    if line.suggestion:
        out.append(f"should be:   {line.suggestion_latex if latex else line.suggestion}")
    return out


def _follows(line: LineReport) -> str:
    if line.follows == "yes":
        return "it follows from the wrong line above"
    return f"a mistake of its own, besides the one above: {line.reason}"


def summary(report: Report) -> str:
    """What there is to say of the whole, in a sentence."""
    count = {v: sum(line.verdict == v for line in report.lines) for v in ("true", "false", "unread")}
    said = ", ".join(f"{n} {v}" for v, n in count.items() if n) or "no lines"
    first = report.first_wrong
    if first is None:
        return f"{said}: no line is false"
    later = [line for line in report.lines[first + 1 :] if line.verdict == "false"]
    after = ""
    if later and all(line.follows == "yes" for line in later):
        after = "; what comes after follows from it"
    own = [str(line.number + 1) for line in later if line.follows == "no"]
    if own:
        after = f"; mistakes of their own: line {', '.join(own)}"
    return f"{said}: line {first + 1} is the first false one{after}"


# ---------------------------------------------------------------- LaTeX
def latex_report(report: Report) -> str:
    """An ``align*``: false lines in red with the right line beneath, lines that were not read in grey."""
    rows, latex = [], is_latex(report)
    for line in report.lines:
        rows.append(_latex_row(line, latex))
        if line.suggestion_latex:
            right = _aligned(line.suggestion_latex)
            rows.append(rf"\textcolor{{blue}}{{\text{{should be}}}}\quad {right}")
    body = " \\\\\n".join(rows)
    return f"% {summary(report)}\n% needs amsmath and xcolor\n\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _latex_row(line: LineReport, latex: bool) -> str:
    formula = " ".join(blank(line.text).replace(r"\qquad", r"\quad ").split()).strip(" .,;")
    if not latex or "*" in line.text:
        formula = rf"\texttt{{{escape(line.text.strip())}}}"
    mark, note = {"true": (r"\checkmark", ""), "unread": ("?", "not read")}.get(
        line.verdict, (r"\times", line.diagnosis or "false")
    )
    if line.follows == "yes":
        note = "follows from the wrong line"
    left, relation, right = _parts(formula)
    if line.verdict == "false":
        left, right = (rf"\textcolor{{red}}{{{part}}}" if part else "" for part in (left, right))
    elif line.verdict == "unread":
        left, right = (rf"\textcolor{{gray}}{{{part}}}" if part else "" for part in (left, right))
    tail = rf" && {mark}" + (rf"\ \text{{{escape(note)}}}" if note else "")
    return f"{left} &{relation} {right}{tail}"


def _aligned(formula: str) -> str:
    left, relation, right = _parts(formula)
    return rf"\textcolor{{blue}}{{{left}}} &{relation} \textcolor{{blue}}{{{right}}}"


def _parts(formula: str) -> tuple[str, str, str]:
    """Left side, relation, right side: cut at the first relation outside of braces."""
    depth = 0
    for m in re.finditer(r"\\approx(?![a-z])|\\simeq(?![a-z])|\\[a-zA-Z]+|\\.|[{}=≈~]", formula):
        sign = m[0]
        depth += (sign == "{") - (sign == "}")
        if not depth and sign in ("=", "≈", r"\approx", r"\simeq"):
            return formula[: m.start()].strip(), sign, formula[m.end() :].strip()
    return "", "", formula


# ---------------------------------------------------------------- Markdown
def markdown_report(report: Report) -> str:
    """A table of the lines with their verdicts; formulas between dollars."""
    latex = is_latex(report)
    rows = ["| | line | verdict | what is wrong | should be |", "| --- | --- | --- | --- | --- |"]
    for line in report.lines:
        should = f"${line.suggestion_latex}$" if line.suggestion_latex else ""
        cells = (str(line.number + 1), _formula(line.text, latex), _verdict(line), _said(line), should)
        rows.append("| " + " | ".join(_cell(c) for c in cells) + " |")
    return "\n".join([*rows, "", summary(report)])


def _formula(text: str, latex: bool) -> str:
    plain = " ".join(blank(text).replace(r"\qquad", r"\quad ").split())
    return f"${plain}$" if latex and "*" not in text else f"`{text.strip()}`"


def _verdict(line: LineReport) -> str:
    return f"**{line.verdict}**" if line.verdict == "false" else line.verdict


def _said(line: LineReport) -> str:
    if line.verdict == "true":
        return ""
    if line.follows == "yes":
        return "follows from the wrong line above"
    parts = [f"{line.diagnosis}: {KINDS.get(line.diagnosis, '')}" if line.diagnosis else line.reason.split("\n")[0]]
    if line.nearest_rule:
        parts.append(f"rule `{line.nearest_rule}`: `{line.rule}` ({line.source})")
    return "; ".join(parts)


def _cell(text: str) -> str:
    """Without what ends a cell: bars of formulas are written as commands."""
    text = text.replace("\n", " ").replace(r"\|", r"\Vert ")
    parts = text.split("$")
    parts[1::2] = [p.replace("|", r"\vert ") for p in parts[1::2]]
    return "$".join(parts).replace("|", r"\|")
