"""The proofs of all public problems, by every method, in every notation and detail, parse in KaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from answers import ALIAS, HINTS, PROBLEMS, ask, records
from katex import complaints

import derive
from derive.derivation import Derivation
from derive.printers.pretty import NOTATIONS

NAMES = ("cookbook", "cookbook_complex", "tables", "qa")
FILES = [name for name in NAMES if (PROBLEMS / f"{name}.jsonl").exists()]
DETAILS = ("brief", "normal", "full")
METHODS = ("frobenius", "perturbation", "entrywise")


def proofs(record: dict[str, Any]) -> Iterator[Derivation]:
    """The proofs by every method that answers; problems that are no gradients have one."""
    if record["ask"] != "gradient":
        answer = ask(record).proof
        yield from [answer] if answer else []
        return
    for method in METHODS:
        with suppress(derive.NoRuleError):
            yield derive.gradient(
                record["f"],
                record["wrt"],
                shapes=record["vars"],
                assume=assumed(record),
                convention=record.get("convention"),
                method=method,
            )


def assumed(record: dict[str, Any]) -> dict[str, list[str]]:
    given = record.get("assume", {}).items()
    return {name: [ALIAS.get(p, p) for p in props if p not in HINTS] for name, props in given}


@pytest.mark.skipif(not FILES, reason="no problem files")
def test_katex_parses_every_proof() -> None:
    found = [proof for record in records(*FILES) for proof in proofs(record)]
    assert len(found) > 700
    formulas = dict.fromkeys(p.latex(n, d) for p in found for n in NOTATIONS for d in DETAILS)
    bad = [
        f"{formula}\n{complaint}" for formula, complaint in zip(formulas, complaints(formulas)) if complaint
    ]
    assert not bad, bad[0]
