"""Proofs as Markdown with formulas between dollars."""

from __future__ import annotations

from ..derivation import Derivation
from .latex import align, assumptions, heading, notes


def markdown_proof(
    derivation: Derivation, notation: str | None = None, detail: str = "normal", rules: bool = True
) -> str:
    """The proof as Markdown: question, lines in one display, sources, what was assumed and verified."""
    parts = [heading(derivation), *notes(derivation), f"$$\n{align(derivation, notation, detail, rules)}\n$$"]
    if rules:
        parts.append("\n".join(f"- `{rule}`: {text}" for rule, text in sources(derivation)))
    parts += [f"Assuming: {'; '.join(assumptions(derivation))}."] if derivation.assumptions else []
    verified = str(derivation.verification)
    parts.append(f"**{verified}**" if derivation.verification.kind == "none" else f"*{verified}*")
    return "\n\n".join(p for p in parts if p) + "\n"


def sources(derivation: Derivation) -> list[tuple[str, str]]:
    """The rules that were used, in order, each with what it says and its source."""
    out: dict[str, str] = {}
    for step in derivation.steps:
        text = "; ".join([t for t in (step.say.rstrip("."), step.cite) if t])
        if text:
            out.setdefault(step.rule, text)
    return list(out.items())
