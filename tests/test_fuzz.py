"""Random questions: no answer is wrong, none crashes, none is printed as nobody would write it, few are refused."""

from __future__ import annotations

import random

import fuzz
import fuzzcheck
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: Cases which the fuzz found wrong, refused or crashing once.
FOUND: list[tuple[str, str, dict[str, str]]] = [
    ("norm1(colsum(-X))", "X", {"X": "m x m"}),
    ("sum(A .* diag(rowsum(X)))", "X", {"X": "n x m", "A": "n x n"}),
    ("sum(X.^alpha)", "alpha", {"X": "m x n", "alpha": "scalar"}),
    ("det(x*y')", "x", {"x": "n", "y": "n"}),
    ("det(X' - X)", "X", {"X": "n x n"}),
    ("det(X*ones(m,n)')", "X", {"X": "m x n"}),
    ("logdet(A + alpha*eye(n))", "alpha", {"A": "n x n", "alpha": "scalar"}),
    ("tr(x*x'./(ones(m,m) + zeros(m,m).^2))", "x", {"x": "m"}),
    ("norm(X - A + A - X + B)", "B", {"X": "m x n", "A": "m x n", "B": "m x n"}),
    ("norm((tr(A) - tr(B))*X)", "X", {"A": "n x n", "B": "m x m", "X": "p x n"}),
    ("(colsum(A) + colsum(B))'*x", "x", {"A": "m x n", "B": "n x n", "x": "n"}),
    ("*".join(f"sin({i}*x)" for i in range(1, 17)), "x", {"x": "scalar"}),
]


def case_of(seed: int, budget: int = 12) -> fuzz.Case:
    return fuzz.Generator(random.Random(seed), budget).case()


def explain(case: fuzz.Case, verdict: fuzzcheck.Verdict) -> str:
    case, verdict = fuzzcheck.minimised(case, verdict, tries=60)
    return f"{verdict.kind}\n{case.program()}\n{verdict.text}\n{verdict.detail}"


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(6, 14))
def test_random_questions(source: random.Random, budget: int) -> None:
    case = fuzz.Generator(source, budget).case()
    verdict = fuzzcheck.judge(case)
    # a function which is 0 everywhere, and the like, can fail to be verified; it must never be answered wrongly
    assert not verdict.bad or verdict.kind == "VerificationError", explain(case, verdict)


def test_most_questions_are_answered() -> None:
    kinds = [fuzzcheck.judge(case_of(seed), seed, full=seed % 25 == 0) for seed in range(250)]
    asked = [v for v in kinds if v.kind != "skipped"]
    assert not [v for v in asked if v.bad and v.kind != "VerificationError"]
    assert len([v for v in asked if v.kind == "ok"]) >= 0.95 * len(asked)


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    cases = [case_of(seed) for seed in range(1000, 1040)]
    first = [fuzzcheck.judge(case).text for case in cases]
    order = list(range(len(cases)))
    random.Random(1).shuffle(order)
    again = {i: fuzzcheck.judge(cases[i]).text for i in order}
    assert [again[i] for i in range(len(cases))] == first


@pytest.mark.parametrize(("text", "wrt", "shapes"), FOUND, ids=[f[0][:40] for f in FOUND])
def test_what_was_found(text: str, wrt: str, shapes: dict[str, str]) -> None:
    case = fuzz.Case(fuzz.Node(text, fuzz.SCALAR), wrt, shapes)
    verdict = fuzzcheck.judge(case)
    assert verdict.kind == "ok", verdict


def test_a_wrong_answer_is_noticed() -> None:
    import numpy as np

    import derive

    case = fuzz.Case(fuzz.Node("tr(A*X)", fuzz.SCALAR), "X", {"A": "n x m", "X": "m x n"})
    proof = derive.gradient("tr(A*X)", "X", shapes=dict(case.shapes))
    assert fuzzcheck.agrees(case, proof, "A'", np.random.default_rng(0)) is None
    assert fuzzcheck.agrees(case, proof, "2*A'", np.random.default_rng(0))
