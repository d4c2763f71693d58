"""Our own proofs, checked as if somebody had written them: as they are all true, with a slip found at its line."""

from __future__ import annotations

from collections import Counter
from functools import cache
from random import Random
from typing import Any

import pytest
from slips import changes_value, kept, slips
from test_golden import PROBLEMS as GOLDEN
from test_golden import Problem, pairs
from test_golden_textbook import PROBLEMS as TEXTBOOK

import derive
from derive.printers.latex_style import LatexStyle
from derive.terms import shape_text

#: A Jacobian of a scalar is a row: the layout that is checked is that of the variable.
PROBLEMS = {name: p for name, p in {**GOLDEN, **TEXTBOOK}.items() if name != "jacobian_quadratic_form"}
STRUCTURED = frozenset("symmetric positive_definite diagonal lower_triangular toeplitz orthonormal_columns".split())
EACH = 3  # slips of a proof


@cache
def proved(name: str) -> tuple[derive.Derivation, dict[str, Any]]:
    problem: Problem = PROBLEMS[name]
    assume = {n: v.split() for n, v in pairs(problem.assume).items()}
    ask = getattr(derive, problem.question)
    proof = ask(problem.f, problem.wrt, shapes=pairs(problem.shapes), assume=assume, **problem.options)
    shapes = {n: shape_text(s) for n, s in proof.shapes.items()}
    given = {"f": problem.f, "wrt": problem.wrt, "shapes": shapes, "assume": assume}
    return proof, {**given, "convention": problem.options.get("convention")}


@pytest.mark.parametrize("name", PROBLEMS)
def test_golden_proofs_are_true(name: str) -> None:
    proof, given = proved(name)
    for detail in ("brief", "normal", "full"):
        for notation in ("colon", "trace", "inner"):
            for rules in (True, False):
                report = derive.check(proof.latex(notation, detail, rules), **given)
                assert report.ok, f"{notation}, {detail}\n{report.text()}"
        ascii_ = [f"{line.lhs} {line.relation} {line.term}" for line in proof.lines(detail)]
        report = derive.check(ascii_, **given)
        assert report.ok, report.text()


@cache
def outcomes(seed: int = 0) -> tuple[Counter[str], list[str]]:
    """How many slips were found at their line, and those that were not."""
    counted: Counter[str] = Counter()
    missed: list[str] = []
    for name, problem in PROBLEMS.items():
        proof, given = proved(name)
        if ";" in problem.f or set(given["assume"].get(problem.wrt, ())) & STRUCTURED:
            continue  # NumPy would have to know the definitions, or the directions inside of a structure
        record = {"vars": given["shapes"], "assume": given["assume"], "f": problem.f, "ask": problem.question}
        random = Random(f"{name} {seed}")
        lines = proof.lines("normal")
        for slip in slips(proof, random, EACH):
            changed = changes_value(proof, record, lines[slip.number].term, slip.term)
            if changed is None:
                continue
            style = LatexStyle(random.choice(["colon", "trace", "inner"])).text
            write = random.choice([str, style])
            terms = [slip.term if i == slip.number else line.term for i, line in enumerate(lines)]
            text = [f"{line.lhs} {line.relation} {write(t)}" for line, t in zip(lines, terms)]
            report = derive.check([t.replace(" ~ ", r" \approx ") for t in text], **given)
            found = report.first_wrong == slip.number if changed else report.first_wrong is None
            counted[f"{'changes' if changed else 'keeps'} {found}"] += 1
            if not found:
                missed.append(f"{name}: {slip.kind}: {text[slip.number]}: {report.lines[slip.number].reason}")
    return counted, missed


def test_slips_are_found_at_their_line() -> None:
    counted, missed = outcomes()
    total = counted["changes True"] + counted["changes False"]
    assert total > 120 and counted["changes True"] >= 0.98 * total, missed


def test_slips_that_keep_the_value_are_not_called_wrong() -> None:
    counted, missed = outcomes()
    assert counted["keeps True"] and not counted["keeps False"], missed


@pytest.mark.parametrize("name", PROBLEMS)
def test_another_form_is_not_called_wrong(name: str) -> None:
    proof, given = proved(name)
    lines = [f"{line.lhs} {line.relation} {kept(line.term)}" for line in proof.lines("normal")]
    report = derive.check(lines, **given)
    assert report.first_wrong is None, report.text()
