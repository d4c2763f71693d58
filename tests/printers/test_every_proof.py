"""The proofs of all public problems, by every method, in every notation and detail, parse in KaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from answers import PROBLEMS, ask, records
from katex import complaints

import derive
from derive.derivation import Derivation
from derive.printers.pretty import NOTATIONS

FILES = [name for name in ("cookbook", "cookbook_complex", "tables", "qa") if (PROBLEMS / f"{name}.jsonl").exists()]
METHODS = ("frobenius", "perturbation", "entrywise")


def proofs(record: dict[str, Any]) -> Iterator[Derivation]:
    """The proofs by every method that answers; problems that are no gradients have one."""
    if record["ask"] != "gradient":
        answer = ask(record).proof
        yield from [answer] if answer else []
        return
    for method in METHODS:
        try:
            yield derive.gradient(
                record["f"],
                record["wrt"],
                shapes=record["vars"],
                assume=answers_assume(record),
                convention=record.get("convention"),
                method=method,
            )
        except derive.NoRuleError:
            continue


def answers_assume(record: dict[str, Any]) -> dict[str, list[str]]:
    from answers import ALIAS, HINTS

    return {n: [ALIAS.get(p, p) for p in ps if p not in HINTS] for n, ps in record.get("assume", {}).items()}


@pytest.mark.skipif(not FILES, reason="no problem files")
def test_katex_parses_every_proof() -> None:
    found = [proof for record in records(*FILES) for proof in proofs(record)]
    assert len(found) > 700
    formulas = {p.latex(n, d): p.source for p in found for n in NOTATIONS for d in ("brief", "normal", "full")}
    bad = [f"{source}\n{formula}\n{c}" for (formula, source), c in zip(formulas.items(), complaints(formulas)) if c]
    assert not bad, bad[0]
