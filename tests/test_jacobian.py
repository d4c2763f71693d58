"""Jacobians and Hessians: the lines on the way, definitions, structure, and what has no answer."""

from __future__ import annotations

from typing import Any

import pytest

import derive

NETWORK = ("h = tanh(V*x + b); W*h + c", "x")


def lines(proof: Any) -> list[tuple[str, str]]:
    return [(line.lhs, str(line.term)) for line in proof.lines()]


def test_a_definition_is_differentiated_on_a_line_of_its_own() -> None:
    proof = derive.jacobian(*NETWORK, shapes={"V": "k x n", "W": "m x k", "b": "k", "c": "m"})
    shown = lines(proof)
    assert ("df", "W*dh") in shown
    assert ("df", "W*((ones(k) - h.^2).*(V*dx))") in shown
    assert str(proof.compact) == "W*diag(ones(k) - h.^2)*V"
    assert str(proof.result) == "W*diag(ones(k) - tanh(V*x + b).^2)*V"


def test_a_chain_of_definitions_is_substituted_at_full_detail() -> None:
    proof = derive.jacobian("u = A*x; v = tanh(u); B*v", "x")
    normal, full = (proof.lines(detail) for detail in ("normal", "full"))
    assert [line.lhs for line in normal].count("df") < [line.lhs for line in full].count("df")
    assert any("du" in str(line.term) for line in full)
    assert str(proof.compact) == "B*diag(ones(m) - v.^2)*A"


def test_a_definition_that_is_the_variable() -> None:
    assert str(derive.jacobian("z = x; z.*z", "x").result) == "2*diag(x)"


@pytest.mark.parametrize("convention", ["tangent", "tied", "free"])
def test_the_free_line_stands_before_the_structure(convention: str) -> None:
    proof = derive.matrix_jacobian("X*A*X", "X", assume={"X": ["symmetric"]}, convention=convention)
    shown = lines(proof)
    assert [lhs for lhs, _ in shown] == ["f", "df", "vec(df)", "df/dX"]
    assert shown[2][1] == "(kron(X'*A', eye(n)) + kron(eye(n), X*A))*vec(dX)"
    assert (f"convention {convention}" in proof.text()) or convention == "free"


@pytest.mark.parametrize("convention", ["tied", "riemannian"])
def test_no_hessian_under_conventions_that_have_none(convention: str) -> None:
    assume = {"X": ["symmetric" if convention == "tied" else "orthonormal_columns"]}
    with pytest.raises(derive.DeriveError, match="a Hessian has no meaning here") as error:
        derive.hessian("tr(X'*X)", "X", shapes={"X": "n x n"}, assume=assume, convention=convention)
    assert error.value.exit_code == 3


def test_a_matrix_by_a_scalar_is_stacked() -> None:
    proof = derive.matrix_jacobian("A*X*t", "t", shapes={"t": "scalar"})
    assert str(proof.result) == "vec(A*X)"
    assert r"\frac{d\operatorname{vec} f}{dt}" in proof.latex()


def test_left_sides_of_stacked_lines() -> None:
    proof = derive.matrix_jacobian("A*W_1", "W_1")
    assert r"\operatorname{vec}(df) &=" in proof.latex() and "vec(df)" in proof.text()
    by_vector = derive.matrix_jacobian("A*diag(x)*B", "x")
    assert r"\frac{\partial \operatorname{vec} f}{\partial x^\top}" in by_vector.latex()
    assert "∂vec f/∂xᵀ" in by_vector.text()


@pytest.mark.parametrize(
    ("f", "result"),
    [
        ("diag(A*diag(w)*B)", "A.*B'"),
        ("diag(A*diag(w)*A')", "A.^2"),
        ("rowsum(A*diag(w))", "A"),
        ("colsum(diag(w)*A')", "A"),
    ],
)
def test_diagonals_of_scaled_products(f: str, result: str) -> None:
    assert str(derive.jacobian(f, "w", shapes={"w": "n", "A": "m x n"}).result) == result


def test_a_diagonal_of_a_sum_is_taken_apart() -> None:
    proof = derive.matrix_jacobian("diag(X*A*X')", "X", shapes={"X": "m x n"})
    assert {"diagonal-right", "diagonal-left"} <= {step.rule for step in proof.steps}


@pytest.mark.parametrize("f", ["sqrtm(A + t*B)*b", "sylvester(A, B, t*C)*b", "expm(A + t*B)*b"])
def test_derivatives_by_a_scalar_inside_a_matrix_function(f: str) -> None:
    assert "dt" not in str(derive.jacobian(f, "t", shapes={"t": "scalar"}).result)


def test_sums_of_rows_and_columns() -> None:
    assert str(derive.matrix_jacobian("rowsum(X)", "X", shapes={"X": "m x n"}).result) == "kron(ones(n)', eye(m))"
    assert str(derive.matrix_jacobian("rowsum(A*X)", "X", shapes={"X": "m x n"}).result) == "kron(ones(n)', A)"


def test_every_line_but_the_first_and_the_definitions_has_a_reason() -> None:
    proof = derive.jacobian("x'*A*x", "x")
    assert [line.rules for line in proof.lines()][2] == ("collect",)


@pytest.mark.parametrize(
    ("f", "sentence"),
    [
        ("norm_inf(x)", "the largest entry of abs(x) is unique"),
        ("max(x)", "the largest entry of x is unique"),
        ("min(x)", "the smallest entry of x is unique"),
        ("norm_spec(A*diag(x))", "the largest singular value of A*diag(x) is simple"),
        ("lambda_max(S + diag(x))", "the largest eigenvalue of S + diag(x) is simple"),
        ("lambda_min(S + diag(x))", "the smallest eigenvalue of S + diag(x) is simple"),
        ("norm1(x)", None),
        ("sum(relu(x))", None),
    ],
)
def test_conditions_of_differentiability_are_printed(f: str, sentence: str | None) -> None:
    proof = derive.gradient(f, "x", assume={"S": ["symmetric"]} if "S" in f else None)
    simple = [s for s in proof.assumptions if "unique" in s or "simple" in s]
    assert simple == ([sentence] if sentence else [])
    assert all(s in proof.latex() for s in simple)


def test_the_hessian_of_a_component_by_a_declared_index() -> None:
    shapes = {"i": "scalar", "A": "m x n", "x": "n"}
    proof = derive.hessian("unit(m,i)'*tanh(A*x)", "x", shapes=shapes)
    assert proof.assumptions == ("i is a positive integer",)
    assert str(proof.result) == "-2*A'*diag(unit(m,i).*(tanh(A*x) - tanh(A*x).^3))*A"
