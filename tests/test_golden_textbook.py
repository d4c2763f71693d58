"""Golden proofs of the textbooks' other questions: Jacobians, Hessians, Kronecker products, structure, spectra.

As in `test_golden`: written by ``pytest tests/test_golden_textbook.py --update-golden``, and read line by line.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from katex import complaints
from test_golden import Problem, golden, latex

GOLDEN = Path(__file__).parent / "golden_textbook"
TANGENT, TIED = {"convention": "tangent"}, {"convention": "tied"}

PROBLEMS = {
    # ------------------------------------------------------------ Jacobians
    "jacobian_tanh_layer": Problem("tanh(A*x + b)", "x", "A: m x n, b: m", question="jacobian"),
    "jacobian_two_layers": Problem(
        "h = tanh(V*x + b); W*h + c", "x", "V: k x n, b: k, W: m x k, c: m", question="jacobian"
    ),
    "jacobian_softmax": Problem("softmax(x)", "x", "x: n", question="jacobian"),
    "jacobian_normalised": Problem("x/norm(x)", "x", "x: n", question="jacobian"),
    "jacobian_quadratic_form": Problem("x'*A*x", "x", "A: n x n", question="jacobian"),
    "jacobian_by_scalar": Problem("inv(A + t*B)*b", "t", "A: n x n, t: scalar", question="jacobian"),
    # ------------------------------------------------------------ Kronecker products, vec, commutation
    "vec_sandwich": Problem("A*X*B", "X", "X: m x n", question="matrix_jacobian"),
    "vec_gram": Problem("X'*X", "X", "X: m x n", question="matrix_jacobian"),
    "vec_inverse": Problem("inv(X)", "X", "X: n x n", question="matrix_jacobian"),
    "vec_kron": Problem("kron(X, A)", "X", "X: m x n, A: p x q", question="matrix_jacobian"),
    "vec_network": Problem("tanh(W*X)", "W", "W: k x m, X: m x n", question="matrix_jacobian"),
    "vec_diagonal_scaling": Problem("A*diag(x)*B", "x", "A: m x n, B: n x p", question="matrix_jacobian"),
    # ------------------------------------------------------------ Hessians
    "hessian_least_squares": Problem("norm(A*x - b)^2/2 + lambda*norm(x)^2/2", "x", "A: m x n", question="hessian"),
    "hessian_logsumexp": Problem("logsumexp(A*x)", "x", "A: m x n", question="hessian"),
    "hessian_logistic": Problem("sum(softplus(A*x))", "x", "A: m x n", question="hessian"),
    "hessian_barrier": Problem("-sum(log(b - A*x))", "x", "A: m x n", question="hessian"),
    "hessian_norm": Problem("norm(x)", "x", "x: n", question="hessian"),
    "hessian_logdet": Problem("logdet(X)", "X", "X: n x n", question="hessian"),
    "hessian_half_norm": Problem("norm(X*A')^2/2", "X", "X: m x n, A: p x n", question="hessian"),
    "hessian_optimal_design": Problem("-logdet(A*diag(w)*A')", "w", "A: m x n, w: n", question="hessian"),
    "hessian_by_scalar": Problem("logdet(A + t*B)", "t", "A: n x n, t: scalar", question="hessian"),
    # ------------------------------------------------------------ variables with a structure
    "symmetric_tangent": Problem("tr(A*X)", "X", "X: n x n", "X: symmetric", TANGENT),
    "symmetric_tied": Problem("tr(A*X)", "X", "X: n x n", "X: symmetric", TIED),
    "covariance_tied": Problem(
        "logdet(X) + tr(inv(X)*S)", "X", "X: n x n", "X: symmetric positive_definite, S: symmetric", TIED
    ),
    "toeplitz_tied": Problem("tr(A*X)", "X", "X: n x n", "X: toeplitz", TIED),
    "diagonal_tangent": Problem("norm(A*X*B)^2", "X", "X: n x n", "X: diagonal", TANGENT),
    "cholesky_factor": Problem("norm(A - L*L')^2/4", "L", "L: n x n", "L: lower_triangular, A: symmetric"),
    "stiefel": Problem(
        "tr(X'*A*X)", "X", "X: m x n", "X: orthonormal_columns, A: symmetric", {"convention": "riemannian"}
    ),
    "jacobian_symmetric": Problem("X*A*X", "X", "X: n x n", "X: symmetric", TANGENT, question="matrix_jacobian"),
    # ------------------------------------------------------------ matrix functions
    "trace_exponential": Problem("tr(expm(A*X))", "X", "X: m x n"),
    "entropy": Problem("-tr(X*logm(X))", "X", "X: n x n"),
    "trace_power": Problem("tr(X^k)", "X", "X: n x n, k: scalar", "k: positive_integer"),
    "exponential_of_time": Problem("tr(B*expm(t*A))", "t", "A: n x n, t: scalar"),
    "form_of_exponential": Problem("a'*expm(X)*b", "X", "X: n x n"),
    # ------------------------------------------------------------ norms and spectra
    "lasso": Problem("norm(A*x - b)^2/2 + lambda*norm1(x)", "x", "A: m x n"),
    "chebyshev": Problem("norm_inf(A*x - b)", "x", "A: m x n"),
    "nuclear_norm": Problem("norm_nuc(A*X)", "X", "X: m x n"),
    "spectral_norm": Problem("norm_spec(A*X)", "X", "X: m x n"),
    "largest_eigenvalue": Problem("lambda_max(A*diag(x)*A')", "x", "A: m x n"),
    "smallest_eigenvalue": Problem("lambda_min(A + t*B)", "t", "A: n x n, t: scalar", "A: symmetric, B: symmetric"),
    "pseudo_inverse": Problem("pinv(X)", "X", "X: m x n", question="differential"),
}
#: What must be said in the proof, since the function is differentiable only there.
CONDITIONS = {
    "chebyshev": "the largest entry of abs(A*x - b) is unique",
    "nuclear_norm": "A*X has full rank",
    "spectral_norm": "the largest singular value of A*X is simple",
    "largest_eigenvalue": "the largest eigenvalue of A*diag(x)*A' is simple",
    "smallest_eigenvalue": "the smallest eigenvalue of A + t*B is simple",
    "pseudo_inverse": "the rank of X is constant near the point",
    "jacobian_normalised": "x is not 0",
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_proof_is_the_golden_one(name: str, request: pytest.FixtureRequest) -> None:
    printed = latex(PROBLEMS[name])
    assert printed == golden(GOLDEN / f"{name}.tex", printed, request)


def test_every_golden_file_has_its_problem() -> None:
    assert {p.stem for p in GOLDEN.glob("*")} == set(PROBLEMS)


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_condition_is_printed(name: str) -> None:
    printed = latex(PROBLEMS[name])
    assert f"% assumed: {CONDITIONS[name]}\n" in printed
    assert r"& \rlap{assuming " in printed


def test_every_golden_proof_parses_in_katex() -> None:
    texts = [p.read_text(encoding="utf-8") for p in sorted(GOLDEN.glob("*.tex"))]
    assert not [complaint for complaint in complaints(texts) if complaint]
