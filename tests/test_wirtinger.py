"""Derivatives by complex variables, each proof verified by numbers on the way; here the forms, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.cli import main
from derive.complexbook import complex_book
from derive.complexes import COMPLEX, ComplexDraw, precise_complex
from derive.complexproof import ComplexAuditor
from derive.derivation import Derivation, Line
from derive.errors import DeriveError, NoRuleError, VerificationError
from derive.evaluate import Point, evaluate
from derive.fields import NotAnalytic
from derive.instances import Random, draw
from derive.question import rule_book
from derive.syntax import read
from derive.terms import Table

VECTOR = {"A": "m x n", "z": "n", "b": "m"}
HERMITIAN = {"shapes": {"A": "n x n", "z": "n"}, "assume": {"A": ["hermitian"]}}
SCALAR = {"shapes": {"z": "scalar", "s": "scalar"}}


def wirtinger(f: str, wrt: str, kind: str = "d/dZ*", **options: Any) -> Derivation:
    return derive.wirtinger(f, wrt, kind=kind, **options)


CASES: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("norm(A*z - b)^2", "z", "gradient", {"shapes": VECTOR}, "2*conj(A)'*(A*z - b)"),
    ("norm(A*z - b)^2", "z", "d/dZ", {"shapes": VECTOR}, "A'*conj(A*z - b)"),
    ("norm(A*z - b)", "z", "gradient", {"shapes": VECTOR}, "conj(A)'*(A*z - b)/norm(A*z - b)"),
    ("conj(z)'*A*z", "z", "gradient", HERMITIAN, "2*A*z"),
    ("conj(z)'*A*z", "z", "d/dZ*", {"shapes": HERMITIAN["shapes"]}, "A*z"),
    ("conj(z)'*A*z", "z", "d/dZ", {"shapes": HERMITIAN["shapes"]}, "A'*conj(z)"),
    (
        "abs(a - conj(x)'*b)^2", "x", "gradient", {"shapes": {"a": "scalar", "x": "n", "b": "n"}},
        "-2*conj(a - conj(x)'*b)*b",
    ),
    ("tr(X*conj(X)')", "X", "d/dReZ", {}, "2*real(X)"),
    ("tr(X*conj(X)')", "X", "d/dImZ", {}, "2*imag(X)"),
    ("tr(X)", "X", "d/dImZ", {"shapes": {"X": "n x n"}}, "1i*eye(n)"),
    ("z^3", "z", "d/dZ*", SCALAR, "0"),
    ("z^3", "z", "d/dImZ", SCALAR, "3i*z^2"),
    ("abs(z)", "z", "d/dReZ", SCALAR, "real(z)/abs(z)"),
    ("s*z + 0.1i*conj(z)/3", "z", "d/dZ*", SCALAR, "1i/30"),
    ("abs(s)*z*conj(z)", "z", "d/dZ*", {**SCALAR, "assume": {"s": ["real"]}}, "z*abs(s)"),
    ("conj(s)*z", "z", "d/dZ", {**SCALAR, "assume": {"s": ["real"]}}, "s"),
    ("det(conj(X)'*A*X)", "X", "d/dZ*", {"shapes": {"X": "m x n"}}, "det(conj(X)'*A*X)*A*X*inv(conj(X)'*A*X)"),
    ("C = A*X; norm(C)^2", "X", "gradient", {}, "2*conj(A)'*A*X"),
    ("norm(Q*z)^2", "z", "gradient", {"assume": {"Q": ["orthonormal_columns"]}}, "2*z"),
    ("conj(X)'", "X", "differential", {}, "conj(dX)'"),
    ("inv(X)*conj(X)", "X", "differential", {}, "inv(X)*(conj(dX) - dX*inv(X)*conj(X))"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "kind", "options", "result"), CASES, ids=lambda x: str(x)[:30])
def test_result(f: str, wrt: str, kind: str, options: dict[str, Any], result: str) -> None:
    proof = wirtinger(f, wrt, kind, **options)
    assert str(proof.result) == result
    assert proof.verification.kind == "high precision"
    assert proof.verification.gap < 1e-40


def test_lines_and_full_detail() -> None:
    proof = wirtinger("norm(A*z - b)^2", "z", "gradient", shapes=VECTOR)
    lines = [(line.lhs, line.ascii) for line in proof.lines()]
    assert lines[0] == ("f", "norm(A*z - b)^2")
    assert lines[-2:] == [
        ("df", "A'*conj(A*z - b) : dz + conj(A)'*(A*z - b) : conj(dz)"),
        ("2*df/dz*", "2*conj(A)'*(A*z - b)"),
    ]
    assert len(proof.lines("full")) >= len(lines)
    assert r"2 \frac{\partial f}{\partial z^*} &= 2 A^H (A z - b)" in proof.latex()
    assert "2 ∂f/∂z* = 2 Aᴴ (A z - b)" in proof.text()
    data = json.loads(proof.to_json())
    assert data["result"]["ascii"] == "2*conj(A)'*(A*z - b)"


def test_left_sides_of_parts() -> None:
    proof = wirtinger("tr(X*conj(X)')", "X", "d/dReZ")
    assert proof.lines()[-1].lhs == "df/dReX"
    assert r"\partial \operatorname{Re} X" in proof.latex()
    assert "∂f/∂Re X" in proof.text()


def test_positive_definite_is_hermitian() -> None:
    proof = wirtinger("conj(w)'*R*w - 2*real(conj(w)'*p)", "w", "gradient", assume={"R": ["positive_definite"]})
    assert str(proof.result) == "2*(R*w - p)"


def test_a_definition_stays() -> None:
    proof = wirtinger("C = A*X + B; norm(C)^2 + tr(inv(A)*C*conj(C)')", "X", "d/dZ*")
    assert [line.lhs for line in proof.lines()][:2] == ["f", "C"]
    assert "C" in str(proof.compact)
    assert "C" not in str(proof.result)


# ---------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("f", "wrt", "options", "what"),
    [
        ("relu(z)", "z", SCALAR, "relu"),
        ("lambda_max(Z)", "Z", {}, "lambda_max"),
        ("norm(x)^2", "x", {"assume": {"x": ["real"]}}, "is real"),
        ("norm(X)^2", "X", {"assume": {"X": ["hermitian"]}}, "not independent"),
        ("conj(X)", "X", {}, "scalar function"),
        ("conj(relu(z))", "z", SCALAR, "conjugate of `relu`"),
    ],
)
def test_refused(f: str, wrt: str, options: dict[str, Any], what: str) -> None:
    with pytest.raises(DeriveError, match=what):
        wirtinger(f, wrt, **options)


def test_unknown_kind() -> None:
    with pytest.raises(DeriveError, match="unknown kind"):
        wirtinger("norm(z)^2", "z", "d/dW")


def test_free_convention_for_a_structured_variable() -> None:
    proof = wirtinger("logdet(X)", "X", "d/dZ", assume={"X": ["positive_definite"]}, convention="free")
    assert str(proof.result) == "inv(X)'"


def test_complex_numbers_in_real_questions() -> None:
    with pytest.raises(NoRuleError, match="complex number"):
        derive.gradient("2i*tr(X)", "X", shapes={"X": "n x n"})


# ---------------------------------------------------------------- the verification
def auditor(f: str, wrt: str, shapes: dict[str, str], assume: dict[str, list[str]] | None = None) -> Any:
    table, book = Table(), rule_book()
    reading = read(f, table=table, signatures=book.signatures, shapes=shapes, assume=assume or {}, wrt=wrt)
    check = ComplexAuditor(reading.term, reading.symbols[wrt], reading.symbols, [], 0)

    def line(lhs: str, text: str) -> Line:
        from derive.elaborate import elaborate
        from derive.parser import parse_ast

        term = elaborate(
            parse_ast(text), table, book.signatures, reading.symbols, text=text, allow_d=True, dims={"m", "n"}
        )
        return Line(lhs, "=", term)

    return check, line


RIGHT = [
    ("f", "norm(A*z - b)^2"),
    ("f", "conj(A*z - b)'*(A*z - b)"),
    ("df", "conj(A*z - b)'*A*d(z) + (A*z - b)'*conj(A*d(z))"),
    ("df/dz", "A'*conj(A*z - b)"),
    ("df/dz*", "conj(A)'*(A*z - b)"),
    ("2*df/dz*", "2*conj(A)'*(A*z - b)"),
    ("df/dRez", "2*real(conj(A)'*(A*z - b))"),
    ("df/dImz", "2*imag(conj(A)'*(A*z - b))"),
]
WRONG = [
    ("f", "(A*z - b)'*(A*z - b)"),
    ("df", "conj(A*z - b)'*A*d(z)"),
    ("df", "2*(conj(A*z - b)'*A*d(z))"),
    ("df/dz", "conj(A)'*(A*z - b)"),
    ("df/dz*", "A'*(A*z - b)"),
    ("df/dz*", "2*conj(A)'*(A*z - b)"),
    ("2*df/dz*", "2*conj(A'*(A*z - b))"),
    ("df/dz*", "A'*conj(A*z - b)"),
    ("df/dRez", "2*real(A'*(A*z - b))"),
    ("df/dImz", "-2*imag(conj(A)'*(A*z - b))"),
    ("df/dz*", "(conj(A)'*(A*z - b))'"),
    ("df/dw", "A'*conj(A*z - b)"),
]


@pytest.mark.parametrize(("lhs", "text"), RIGHT)
def test_right_lines_hold(lhs: str, text: str) -> None:
    check, line = auditor("norm(A*z - b)^2", "z", VECTOR)
    assert check.check([line(lhs, text)]).gap < 1e-40


@pytest.mark.parametrize(("lhs", "text"), WRONG)
def test_wrong_lines_are_caught(lhs: str, text: str) -> None:
    check, line = auditor("norm(A*z - b)^2", "z", VECTOR)
    with pytest.raises(VerificationError, match="line 2 of the proof does not hold"):
        check.check([line("f", "norm(A*z - b)^2"), line(lhs, text)])


def test_a_wrong_rule_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    book = complex_book(rule_book())
    rule = book.rules["norm-conj"]
    monkeypatch.setitem(rule.__dict__, "rhs", rule.read("sqrt(A : A)"))
    book._made.clear()  # patterns made of the right rule
    try:
        with pytest.raises(VerificationError):
            wirtinger("norm(A*z - b)^2", "z", shapes=VECTOR)
    finally:
        book._made.clear()


@pytest.mark.parametrize("field", [COMPLEX, precise_complex()])
@pytest.mark.parametrize(
    ("prop", "law"),
    [
        ("hermitian", "conj(A)' - A"),
        ("symmetric", "A' - A"),
        ("skew", "A' + A"),
        ("orthogonal", "conj(A)'*A - eye(n)"),
        ("positive_definite", "conj(A)' - A"),
        ("real", "imag(A)"),
        ("positive_determinant", "eye(n)*imag(det(A))"),
    ],
)
def test_values_have_their_properties(field: Any, prop: str, law: str) -> None:
    table, book = Table(), rule_book()
    reading = read(
        law, table=table, signatures=book.signatures, shapes={"A": "n x n"}, assume={"A": [prop]}, wrt="A"
    )
    instance = draw(reading.symbols, ["n"], field, Random(3), kind=ComplexDraw)
    point = Point(field, instance.sizes, instance.values)
    assert max(abs(x) for row in evaluate(reading.term, point) for x in row) < 1e-12
    if prop != "real":
        assert any(abs(complex(x).imag) > 0.1 for row in instance.values["A"] for x in row)


def test_functions_without_complex_values() -> None:
    table = Table()
    point = Point(COMPLEX, {}, {"z": 1 + 1j})
    with pytest.raises(NotAnalytic):
        evaluate(table.make("relu", (table.var("z"),)), point)


# ---------------------------------------------------------------- files and the command line
def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["wirtinger", "conj(z)'*A*z", "--wrt", "z", "--kind", "gradient", "--format", "ascii",
                 "--assume", "A: hermitian"])  # fmt: skip
    assert (code, capsys.readouterr().out) == (0, "2*A*z\n")


def test_a_rule_for_a_conjugate_of_the_user(tmp_path: Path) -> None:
    file = tmp_path / "my.rules"
    file.write_text(
        "rule conj-erf\n  conj(erf(t)) -> erf(conj(t))\n  shapes  t: scalar\n  use     complex\n"
        "  say     the series has real coefficients\n  cite    NIST DLMF, section 7.6\n",
        encoding="utf-8",
    )
    proof = wirtinger("conj(erf(z))", "z", rules=str(file), shapes={"z": "scalar"})
    assert "exp" in str(proof.result)


def test_a_wrong_rule_for_a_conjugate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "my.rules"
    file.write_text(
        "rule conj-erf\n  conj(erf(t)) -> erf(t)\n  shapes  t: scalar\n  use     complex\n"
        "  say     it is not\n  cite    nobody\n",
        encoding="utf-8",
    )
    with pytest.raises(VerificationError, match="conj-erf"):
        wirtinger("conj(erf(z))", "z", rules=str(file), shapes={"z": "scalar"})
