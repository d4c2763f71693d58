"""A verdict on every line: derivations that people wrote, right ones and ones with a slip."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import derive
from derive import cli
from derive.checking.lines import statements
from derive.checking.sides import read_side

HERE = Path(__file__).parent
KNOWN = frozenset(
    """symmetric skew diagonal lower_triangular toeplitz positive_definite orthogonal orthonormal_columns invertible
    positive_determinant full_column_rank full_row_rank positive positive_integer hermitian real""".split()
)
QUESTIONS = [
    r
    for r in map(json.loads, (HERE / "problems" / "qa.jsonl").read_text(encoding="utf-8").splitlines())
    # a mask (entries 0 and 1) is no property that can be declared, and in two the reading of log is another one
    if "mask" not in str(r.get("assume")) and "tex" not in r
]


def checked(record: dict[str, Any], lines: list[str]) -> derive.Report:
    assume = {k: [p for p in v if p in KNOWN] for k, v in (record.get("assume") or {}).items()}
    return derive.check(
        lines, f=record["f"], wrt=record["wrt"], shapes=record["vars"], assume=assume,
        convention=record.get("convention"),
    )  # fmt: skip


RIGHT = [(r, key) for r in QUESTIONS for key in ("derivation", "suspicious_derivation") if key in r]
WRONG = [r for r in QUESTIONS if "wrong_derivation" in r]


@pytest.mark.parametrize(("record", "key"), RIGHT, ids=[f"{r['id']} {key}" for r, key in RIGHT])
def test_no_true_line_is_called_false(record: dict[str, Any], key: str) -> None:
    report = checked(record, record[key])
    assert report.first_wrong is None, report.text()


def test_nearly_all_lines_are_read() -> None:
    verdicts = Counter(line.verdict for r, key in RIGHT for line in checked(r, r[key]).lines)
    assert verdicts["unread"] <= 0.02 * verdicts.total()


@cache
def wrong_reports() -> list[tuple[dict[str, Any], derive.Report]]:
    return [(r, checked(r, r["wrong_derivation"])) for r in WRONG]


def test_slips_are_found_at_their_line() -> None:
    missed = [(r["id"], report.first_wrong) for r, report in wrong_reports() if report.first_wrong != r["wrong_line"]]
    assert len(missed) <= 0.03 * len(WRONG), missed


def test_slips_are_named_and_mended() -> None:
    lines = [(r, report.lines[report.first_wrong]) for r, report in wrong_reports() if report.first_wrong is not None]
    assert sum(line.diagnosis == r["wrong_class"] for r, line in lines) >= 0.75 * len(WRONG)
    assert sum(bool(line.suggestion) for _, line in lines) >= 0.95 * len(WRONG)


@pytest.mark.parametrize("record", WRONG, ids=lambda r: r["id"])
def test_the_mended_line_is_true(record: dict[str, Any]) -> None:
    report = checked(record, record["wrong_derivation"])
    at = report.first_wrong
    if at is None or not report.lines[at].suggestion:
        return
    right = report.lines[at].suggestion
    side, _, term = right.partition(" = ")
    name = record["wrt"]
    left = {f"df/d{name}": rf"\frac{{\partial f}}{{\partial {name}}}", f"d2f/d{name}2": r"\nabla^2 f"}.get(side, side)
    again = checked(record, [*record["wrong_derivation"][:at], f"{left} = {term}"])
    assert again.first_wrong is None, again.text()


ATTEMPTS = [r for r in QUESTIONS if r["ask"] == "gradient" and "attempt" in r]


@pytest.mark.parametrize("record", ATTEMPTS, ids=lambda r: r["id"])
def test_wrong_answers_are_refuted(record: dict[str, Any]) -> None:
    assert checked(record, [f"df/d{record['wrt']} = {record['attempt']}"]).first_wrong == 0


# ---------------------------------------------------------------- our own proofs
OURS: list[tuple[str, str, dict[str, str]]] = [
    ("norm(X*A')^2/2", "X", {"X": "m x n", "A": "p x n"}),
    ("norm(A*x - b)^2", "x", {"A": "m x n", "x": "n", "b": "m"}),
    ("logdet(X) + tr(inv(X)*S)", "X", {"X": "n x n", "S": "n x n"}),
    ("x'*A*x/(x'*x)", "x", {"x": "n", "A": "n x n"}),
    ("norm(tanh(W*x) - y)^2", "W", {"W": "m x n", "x": "n", "y": "m"}),
    ("-y'*log(softmax(W*x))", "W", {"y": "k", "W": "k x n", "x": "n"}),
    ("tr(X'*A*X*B)", "X", {"X": "m x n", "A": "m x m", "B": "n x n"}),
]


@pytest.mark.parametrize("detail", ["brief", "normal", "full"])
@pytest.mark.parametrize("notation", ["colon", "trace", "inner"])
@pytest.mark.parametrize(("f", "wrt", "shapes"), OURS, ids=[o[0] for o in OURS])
def test_our_own_proofs_are_true(f: str, wrt: str, shapes: dict[str, str], notation: str, detail: str) -> None:
    proof = derive.gradient(f, wrt, shapes=shapes).latex(notation, detail, rules=False)
    lines = [line for line in proof.splitlines() if not line.startswith("%")]
    report = derive.check("\n".join(lines), f=f, wrt=wrt, shapes=shapes)
    assert report.ok, report.text()


# ---------------------------------------------------------------- lines and left sides
def test_lines_of_an_align() -> None:
    text = r"\begin{align} f &= x^Tx \\ \mathrm{d}f &= 2x:dx = 2x^Tdx \cr \nabla f &= 2x. \end{align}"
    parts = [(n, s.left, s.right) for n, s in statements(text)]
    assert parts == [
        (0, "f", "x^Tx"), (1, r"\mathrm{d}f", "2x:dx"), (1, "", "2x^Tdx"), (2, r"\nabla f", "2x"),
    ]  # fmt: skip


SIDES = {
    "df": ("df", "f"), r"\mathrm{d}f": ("df", "f"), r"\delta f": ("df", "f"), r"\nabla_X f": ("gradient", "f"),
    r"\frac{\partial f}{\partial X}": ("gradient", "f"), r"\dfrac{d f}{d X}": ("gradient", "f"),
    r"\nabla^2 f": ("hessian", "f"), r"\nabla_x^2 f": ("hessian", "f"), "d^2f": ("d2f", "f"), "M": ("f", "M"),
    r"\operatorname{vec}(df)": ("vec", "f"), "dM": ("df", "M"), r"\text{Let } M": ("f", "M"), "2f\\,df": ("other",),
    r"\frac{\partial f}{\partial X_{ij}}": ("entry", "f"), r"\operatorname{grad} f": ("gradient", "f"),
}  # fmt: skip


@pytest.mark.parametrize(("left", "kind"), SIDES.items(), ids=SIDES)
def test_left_sides(left: str, kind: tuple[str, ...]) -> None:
    _, statement = next(statements(f"{left} = 1"))
    assert read_side(statement.left, {"f", "M"})[: len(kind)] == kind or kind == ("other",)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(alphabet="dfXxA^T=\\{}()&:+-*/.,123 ~<>|'_\x00é∇∂", max_size=30), max_size=4))
def test_garbage_is_unread_or_judged(lines: list[str]) -> None:
    report = derive.check(lines, f="norm(A*x)^2", wrt="x", shapes={"A": "m x n", "x": "n"})
    assert all(line.verdict in ("true", "false", "unread") for line in report.lines)


def test_another_layout_is_false_and_said() -> None:
    squares = {"A": "n x n", "X": "n x n"}
    report = derive.check([r"\frac{\partial f}{\partial X} = A"], f="tr(A*X)", wrt="X", shapes=squares)
    assert report.first_wrong == 0 and "layout" in report.lines[0].reason
    assert derive.check([r"\frac{\partial f}{\partial x^T} = b^T"], f="b'*x", wrt="x", shapes={"b": "n", "x": "n"}).ok


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines.tex"
    path.write_text("f = \\|X\\|_F^2\ndf = X : dX\n", encoding="utf-8")
    assert cli.main(["check", str(path), "--shape", "X: m x n", "--format", "json"]) == 1
    out = json.loads(capsys.readouterr().out)
    assert (out["first_wrong"], out["lines"][1]["suggestion"]) == (1, "df = 2*X : dX")
    path.write_text('[{"lhs": "df", "relation": "=", "rhs": "2*X : dX"}]', encoding="utf-8")
    assert cli.main(["check", str(path), "--input", "json", "--f", "norm(X)^2", "--wrt", "X"]) == 0
    assert cli.main(["check", str(tmp_path / "nothing")]) == 2
    path.write_bytes(b"\xff\xfe")
    assert cli.main(["check", str(path)]) == 2
