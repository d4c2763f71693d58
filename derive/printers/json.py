"""Proofs as JSON: every term as ASCII, which a program can check, and as LaTeX."""

from __future__ import annotations

import json
from typing import Any

from ..derivation import Derivation
from ..terms import Term, shape_text
from .ascii import ascii_text
from .latex import style_of


def json_proof(derivation: Derivation, detail: str = "normal", indent: int | None = None) -> str:
    """The proof as a JSON object; see `proof_object` for its fields."""
    return json.dumps(proof_object(derivation, detail), ensure_ascii=False, indent=indent)


def proof_object(derivation: Derivation, detail: str = "normal") -> dict[str, Any]:
    """The proof as plain values: question, shapes, assumptions, lets, lines, steps, result, verification."""
    style = style_of(derivation)

    def both(term: Term, shown: Term | None = None) -> dict[str, str]:
        return {"ascii": ascii_text(term), "latex": style.text(shown or term)}

    return {
        "question": derivation.question,
        "expression": derivation.source,
        "wrt": derivation.variable.name,
        "shapes": {name: shape_text(shape) for name, shape in derivation.shapes.items()},
        "inferred": list(derivation.inferred),
        "assumptions": list(derivation.assumptions),
        "convention": derivation.convention,
        "layout": derivation.layout,
        "method": derivation.method,
        "lets": [{"name": let.name, **both(let.definition), "given": let.given} for let in derivation.lets],
        "lines": [
            {
                "lhs": line.lhs,
                "relation": line.relation,
                **both(line.term, line.shown),
                "rules": list(line.rules),
                "note": line.note,
            }
            for line in derivation.lines(detail)
        ],
        "steps": [
            {
                "rule": step.rule,
                "cite": step.cite,
                "say": step.say,
                "before": ascii_text(step.before),
                "after": ascii_text(step.after),
                "position": list(step.position),
            }
            for step in derivation.steps
        ],
        "result": {**both(derivation.result), "compact": ascii_text(derivation.compact)},
        "verification": {
            "kind": derivation.verification.kind,
            "instances": derivation.verification.instances,
            "lines": derivation.verification.lines,
            "gap": derivation.verification.gap,
            "seed": derivation.verification.seed,
            "text": str(derivation.verification),
        },
    }
