"""The seed's page: its three derivations, as on the page, line by line."""

from __future__ import annotations

import json

import pytest
from katex import complaints

import derive
from derive.derivation import Derivation

A_HALF = r"\frac{1}{2}"


def proof(method: str, **options: object) -> Derivation:
    shapes = {"X": "m x n", "A": "p x n"}
    return derive.gradient("norm(X*A')^2/2", "X", shapes=shapes, method=method, **options)  # type: ignore[arg-type]


def body(derivation: Derivation, notation: str | None = None) -> list[str]:
    text = derivation.latex(notation, rules=False)
    return [line.removesuffix(r" \\") for line in text.splitlines() if line[0] not in "%\\" or "&" in line]


def test_the_second_answer() -> None:
    """Let M = X A'; f = 1/2 M : M; df = M : dM = M : dX A' = M A : dX = X A' A : dX."""
    assert body(proof("frobenius", entry=("i", "j")))[1:] == [
        r"\text{Let } M &= X A^\top",
        rf"f &= {A_HALF} M : M",
        "df &= M : dM",
        r"&= M : dX\,A^\top",
        "&= M A : dX",
        r"&= X A^\top A : dX",
        r"\frac{\partial f}{\partial X} &= X A^\top A",
        r"\frac{\partial f}{\partial X_{ij}} &= X A^\top A : J_{ij}",
    ]


def test_the_first_answer() -> None:
    """The expansion of f(X + epsilon J), in inner products."""
    assert body(proof("perturbation")) == [
        rf"f(X) &= {A_HALF} \|X A^\top\|_F^2",
        rf"&= {A_HALF} \langle X A^\top, X A^\top \rangle",
        r"& \rlap{where $J$ has 1 as its entry $(i,j)$ and 0 elsewhere}",
        rf"f(X + \epsilon J) &= {A_HALF} \langle (X + \epsilon J) A^\top, (X + \epsilon J) A^\top \rangle",
        r"&= f(X) + \epsilon \langle X A^\top, J A^\top \rangle"
        rf" + {A_HALF} \epsilon^2 \langle J A^\top, J A^\top \rangle",
        r"&\approx f(X) + \epsilon \langle X A^\top, J A^\top \rangle",
        r"&= f(X) + \epsilon \langle X A^\top A, J \rangle",
        r"& \rlap{compare with $f(X + \epsilon J) \approx f(X)"
        r" + \epsilon\, \frac{\partial f}{\partial X_{ij}}$}",
        r"\frac{\partial f}{\partial X_{ij}} &= \langle X A^\top A, J \rangle",
        r"\frac{\partial f}{\partial X} &= X A^\top A",
    ]


def test_the_first_answer_in_traces() -> None:
    lines = body(proof("perturbation"), "trace")
    assert lines[1] == rf"&= {A_HALF} \operatorname{{tr}}(A X^\top X A^\top)"
    assert lines[-2] == r"\frac{\partial f}{\partial X_{ij}} &= \operatorname{tr}(A^\top A X^\top J)"


def test_the_asker_s_chain_rule() -> None:
    """tr[(X A')' J^ij A'], with the indices right on both sides."""
    quotient = r"\frac{\partial f}{\partial X_{ij}}"
    assert body(proof("entrywise"))[1:] == [
        r"\text{Let } M &= X A^\top",
        rf"f &= {A_HALF} \operatorname{{tr}}(M^\top M)",
        r"& \rlap{where $J^{ij}$ has 1 as its entry $(i,j)$ and 0 elsewhere}",
        rf"{quotient} &= \operatorname{{tr}}(M^\top J^{{ij}} A^\top)",
        r"&= \operatorname{tr}(A^\top M^\top J^{ij})",
        r"&= \operatorname{tr}(A^\top A X^\top J^{ij})",
        r"&= (X A^\top A)_{ij}",
        r"\frac{\partial f}{\partial X} &= X A^\top A",
    ]


def test_programs_get_lines_that_are_true_as_they_stand() -> None:
    lines = json.loads(proof("perturbation").to_json())["lines"]
    about = [line for line in lines if line["lhs"] == "f(X + epsilon*J)"]
    assert [line["relation"] for line in about] == ["=", "=", "~", "~"]
    assert about[-1]["ascii"] == "1/2*X*A' : X*A' + epsilon*X*A'*A : J"
    assert about[-1]["latex"] == r"f(X) + \epsilon \langle X A^\top A, J \rangle"


@pytest.mark.parametrize("method", ["frobenius", "perturbation", "entrywise"])
def test_a_name_that_is_taken(method: str) -> None:
    lines = derive.gradient("epsilon*norm(X*J')^2", "X", method=method, entry=("i", "j")).to_json()
    assert "epsilon*J)" not in lines and "[i,j]" in lines


@pytest.mark.parametrize("convention", ["tangent", "tied"])
def test_the_direction_of_a_structured_variable(convention: str) -> None:
    options = {"assume": {"S": ["symmetric"]}, "convention": convention}
    text = derive.gradient("tr(inv(S)*C)", "S", method="perturbation", **options).text()  # type: ignore[arg-type]
    assert "where J has the structure of S\n" in text and "∂f/∂S_ij" not in text
    with pytest.raises(derive.NoRuleError, match="takes the entries of S as free"):
        derive.gradient("tr(inv(S)*C)", "S", method="entrywise", **options)  # type: ignore[arg-type]


def test_scalars_and_vectors() -> None:
    text = derive.gradient("t^2*x'*x", "t", shapes={"t": "scalar"}, method="perturbation").text()
    assert "f(t + ε) = (t + ε)² xᵀ x\n" in text and "compare with f(t + ε) ≈ f(t) + ε df/dt\n" in text
    text = derive.gradient("norm(A*x - b)^2", "x", method="entrywise", entry=(3, 1)).text()
    assert "2 (A x - b)ᵀ A e₃ " in text and "2 (Aᵀ (A x - b))_3 " in text
    latex = derive.gradient("tr(X'*A*X)", "X", method="entrywise").latex()
    assert r"(J^{ij})^\top A X" in latex
    text = derive.gradient("tr(inv(X)*C)", "X", method="entrywise").text()
    assert "-(X⁻¹ C X⁻¹)_ji " in text


def test_katex_parses_them() -> None:
    found = [proof(method) for method in ("frobenius", "perturbation", "entrywise")]
    assert not any(complaints([p.latex(detail=d) for p in found for d in ("brief", "normal", "full")]))
