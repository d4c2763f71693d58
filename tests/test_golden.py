"""Proofs of well-known problems, to the letter.

The files are written by ``pytest tests/test_golden.py --update-golden`` and by nothing else; whoever updates them
reads their diff line by line, as a mathematician: no line that nobody would write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from katex import complaints

import derive

GOLDEN = Path(__file__).parent / "golden"


class Problem(NamedTuple):
    f: str
    wrt: str
    shapes: str = ""
    assume: str = ""
    options: Mapping[str, Any] = MappingProxyType({})
    question: str = "gradient"
    notation: str = "colon"


HALF_NORM = ("norm(X*A')^2/2", "X", "X: m x n, A: p x n")
PROBLEMS = {
    "half_norm": Problem(*HALF_NORM, options={"entry": ("i", "j")}),
    "half_norm_perturbation": Problem(
        *HALF_NORM, options={"method": "perturbation", "entry": ("i", "j")}, notation="inner"
    ),
    "half_norm_entrywise": Problem(
        *HALF_NORM, options={"method": "entrywise", "entry": ("i", "j")}, notation="trace"
    ),
    "least_squares": Problem("norm(A*x - b)^2/2", "x", "A: m x n, x: n, b: m"),
    "weighted_least_squares": Problem("(A*x - b)'*W*(A*x - b)/2", "x", "A: m x n", "W: symmetric"),
    "ridge": Problem("norm(A*x - b)^2 + lambda*norm(x)^2", "x", "A: m x n"),
    "logistic_regression": Problem(
        "-y'*log(sigmoid(X*w)) - (ones(m) - y)'*log(ones(m) - sigmoid(X*w))", "w", "X: m x n, y: m"
    ),
    "logistic_regression_let": Problem(
        "p = sigmoid(X*w); -y'*log(p) - (ones(m) - y)'*log(ones(m) - p)", "w", "X: m x n, y: m"
    ),
    "poisson_regression": Problem("sum(exp(X*w)) - y'*X*w", "w", "X: m x n"),
    "softmax_cross_entropy": Problem("logsumexp(W*x) - y'*W*x", "W", "W: k x n"),
    "softmax_log_likelihood": Problem("-y'*log(softmax(W*x))", "W", "W: k x n"),
    "gaussian_mean": Problem(
        "-1/2*(x - mu)'*inv(Sigma)*(x - mu)", "mu", "mu: n", "Sigma: symmetric positive_definite"
    ),
    "gaussian_covariance": Problem(
        "-N/2*logdet(Sigma) - 1/2*tr(inv(Sigma)*S)",
        "Sigma",
        "Sigma: n x n, N: scalar",
        "Sigma: symmetric positive_definite, S: symmetric",
    ),
    "gaussian_precision": Problem(
        "N/2*logdet(P) - 1/2*tr(S*P)", "P", "P: n x n, N: scalar", "P: symmetric positive_definite, S: symmetric"
    ),
    "gaussian_process_noise": Problem(
        "C = K + s*eye(n); 1/2*logdet(C) + 1/2*y'*inv(C)*y", "s", "K: n x n, s: scalar", "K: symmetric"
    ),
    "probabilistic_pca": Problem(
        "C = W*W' + s*eye(d); logdet(C) + tr(inv(C)*S)", "W", "W: d x k, s: scalar", "S: symmetric"
    ),
    "pca_trace": Problem("tr(W'*S*W)", "W", "W: n x k", "S: symmetric"),
    "rayleigh_quotient": Problem("(x'*A*x)/(x'*x)", "x", "x: n", "A: symmetric"),
    "cosine_similarity": Problem("x'*y/(norm(x)*norm(y))", "x", "x: n"),
    "matrix_factorisation": Problem("norm(M - U*V')^2/2 + mu/2*norm(U)^2", "U", "U: m x k, V: n x k"),
    "masked_factorisation": Problem("norm(W.*(M - U*V'))^2/2", "V", "U: m x k, V: n x k"),
    "linear_autoencoder": Problem("norm(X - W*W'*X)^2", "W", "X: n x N, W: n x k"),
    "two_layer_network": Problem(
        "h = tanh(W1*x + b1); norm(W2*h + b2 - y)^2/2", "W1", "W1: k x n, b1: k, W2: m x k, b2: m"
    ),
    "three_layer_network": Problem("norm(tanh(W3*tanh(W2*tanh(W1*x))) - y)^2", "W1"),
    "relu_network": Problem("norm(W2*relu(W1*X) - Y)^2/2", "W1", "W1: k x n, X: n x N"),
    "kalman_gain": Problem(
        "tr((eye(n) - K*H)*P*(eye(n) - K*H)') + tr(K*R*K')", "K", "K: n x m", "P: symmetric, R: symmetric"
    ),
    "logdet_gram": Problem("logdet(X'*A*X)", "X", "X: m x n", "A: symmetric, X: full_column_rank"),
    "optimal_design": Problem("-logdet(A*diag(w)*A')", "w", "A: m x n, w: n"),
    "determinant": Problem("det(A*X*B)", "X", "X: m x n"),
    "trace_of_inverse": Problem("tr(A*inv(X)*B)", "X", "X: n x n"),
    "metric_learning": Problem("norm(L*(x - y))^2", "L", "L: k x n"),
    "inverse_differential": Problem("inv(X)", "X", question="differential"),
    "normalised_vector": Problem("x/norm(x)", "x", question="differential"),
}


def pairs(text: str) -> dict[str, str]:
    """
    >>> pairs("X: m x n, t: scalar")
    {'X': 'm x n', 't': 'scalar'}
    """
    return {name.strip(): value.strip() for name, _, value in [p.partition(":") for p in text.split(",") if p]}


def latex(problem: Problem) -> str:
    proof = getattr(derive, problem.question)(
        problem.f,
        problem.wrt,
        shapes=pairs(problem.shapes),
        assume={name: value.split() for name, value in pairs(problem.assume).items()},
        **problem.options,
    )
    printed = str(proof.latex(notation=problem.notation))
    # how large the rounding is, and whether it was looked at with more digits, depends on the machine
    return re.sub(r"verified(?: to high precision)?( at .*gap) \S+", r"verified\1 ...", printed) + "\n"


def golden(path: Path, printed: str, request: pytest.FixtureRequest) -> str:
    """The proof that was read by a person; with ``--update-golden`` it is what is printed now."""
    if request.config.getoption("--update-golden"):
        path.write_text(printed, encoding="utf-8")
    assert path.exists(), "no golden file: read the proof, then run with --update-golden"
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_proof_is_the_golden_one(name: str, request: pytest.FixtureRequest) -> None:
    printed = latex(PROBLEMS[name])
    assert printed == golden(GOLDEN / f"{name}.tex", printed, request)


def test_every_golden_file_has_its_problem() -> None:
    assert {p.stem for p in GOLDEN.glob("*")} == set(PROBLEMS)


def test_every_golden_proof_parses_in_katex() -> None:
    texts = [p.read_text(encoding="utf-8") for p in sorted(GOLDEN.glob("*.tex"))]
    assert not [complaint for complaint in complaints(texts) if complaint]
