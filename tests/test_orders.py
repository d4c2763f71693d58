"""Random Jacobians, Hessians and gradients by structured variables: none is wrong, none crashes, few are refused."""

from __future__ import annotations

import fuzz
import numpy as np
import orders
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import derive

#: Questions which the fuzz found wrong, refused or crashing once.
FOUND: list[tuple[str, str, str, dict[str, str], dict[str, list[str]], str]] = [
    ("hessian", "norm1(kron(X, x*y'))", "x", {"X": "m x n", "x": "n", "y": "p"}, {}, ""),
    ("hessian", "norm1(kron(X, A)*kron(B', B))", "X", {"X": "m x m", "A": "n x n", "B": "n x m"}, {}, ""),
    ("matrix_jacobian", "diag(-r')", "r", {"r": "1 x m"}, {}, ""),
    ("hessian", "norm(exp(r))", "r", {"r": "1 x m"}, {}, ""),
    ("jacobian", "tr(diag(X'*x))", "x", {"X": "n x m", "x": "n"}, {}, ""),
    ("matrix_jacobian", "adj(s*X)", "s", {"X": "m x m", "s": "scalar"}, {"X": ["skew"]}, ""),
    ("structured", "det(-X)", "X", {"X": "m x m"}, {"X": ["skew"]}, "free"),
    ("structured", "det(X .* (unit(m,1)*unit(m,2)'))", "X", {"X": "m x m"}, {"X": ["toeplitz"]}, "free"),
    ("structured", "det(normcdf(X*(ones(m)*ones(m)')))", "X", {"X": "m x m"}, {"X": ["lower_triangular"]}, "free"),
]


def explain(question: orders.Question, verdict: orders.Verdict) -> str:
    question, verdict = orders.smallest(question, verdict, 0, tries=60)
    return f"{verdict.kind}\n{question.program()}\n{verdict.text}\n{verdict.detail}"


@pytest.mark.parametrize("kind", orders.KINDS)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(source=st.randoms(use_true_random=False), budget=st.integers(3, 9))
def test_random_questions(kind: str, source: object, budget: int) -> None:
    question = orders.Generator(source, budget).question(kind)  # type: ignore[arg-type]
    verdict = orders.judge(question)
    # where f has a kink or no derivative everywhere, a proof can fail to be verified; it must never be wrong
    assert not verdict.bad or verdict.kind == "VerificationError", explain(question, verdict)


@pytest.mark.parametrize("kind", orders.KINDS)
def test_most_questions_are_answered(kind: str) -> None:
    verdicts = [orders.judge(orders.question_of(kind, seed, 7), seed) for seed in range(120)]
    asked = [v for v in verdicts if v.kind != "skipped"]
    assert len(asked) > 90
    assert not [v for v in asked if v.bad and v.kind != "VerificationError"]
    assert len([v for v in asked if v.kind == "ok"]) >= 0.93 * len(asked)


@pytest.mark.parametrize(
    ("kind", "text", "wrt", "shapes", "assume", "convention"), FOUND, ids=[f[1][:40] for f in FOUND]
)
def test_what_was_found(
    kind: str, text: str, wrt: str, shapes: dict[str, str], assume: dict[str, list[str]], convention: str
) -> None:
    case = fuzz.Case(fuzz.Node(text, fuzz.SCALAR), wrt, shapes, assume)
    verdict = orders.judge(orders.Question(kind, case, convention))
    assert verdict.kind == "ok", verdict


WRONG = [
    ("jacobian", "A*x", {"A": "m x n", "x": "n"}, "x", "", "2*A"),
    ("matrix_jacobian", "A*X*B", {"A": "m x n", "X": "n x p", "B": "p x q"}, "X", "", "2*kron(B', A)"),
    ("hessian", "x'*A*x", {"A": "n x n", "x": "n"}, "x", "", "2*A"),
    ("structured", "tr(A*X)", {"A": "n x n", "X": "n x n"}, "X", "tied", "(A + A')/2"),
    ("structured", "tr(A*X)", {"A": "n x n", "X": "n x n"}, "X", "tangent", "A'"),
]


@pytest.mark.parametrize(
    ("kind", "text", "shapes", "wrt", "convention", "answer"), WRONG, ids=[w[1] + w[4] for w in WRONG]
)
def test_a_wrong_answer_is_noticed(
    kind: str, text: str, shapes: dict[str, str], wrt: str, convention: str, answer: str
) -> None:
    assume = {wrt: ["symmetric"]} if convention else {}
    question = orders.Question(kind, fuzz.Case(fuzz.Node(text, fuzz.SCALAR), wrt, shapes, assume), convention)
    proof = question.ask()
    rng = np.random.default_rng(0)
    assert orders.agrees(question, proof, str(proof.result), rng) is None
    assert orders.agrees(question, proof, answer, rng)


def test_a_determinant_that_is_zero_everywhere_has_a_gradient() -> None:
    """By the adjugate: the rule with the inverse assumes what never holds."""
    proof = derive.gradient("det(X*ones(n)*ones(n)')", "X", shapes={"X": "n x n"})
    assert str(proof.result) == "adj(X*ones(n,n))'*ones(n,n)"
    assert not proof.assumptions
