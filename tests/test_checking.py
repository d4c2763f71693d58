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
from katex import complaints

import derive
from derive import cli
from derive.checking.kinds import KINDS
from derive.checking.lines import statements
from derive.checking.rows import rows
from derive.checking.sides import read_side
from derive.rulebook import RuleBook

HERE = Path(__file__).parent
KNOWN = frozenset(
    """symmetric skew diagonal lower_triangular toeplitz positive_definite orthogonal orthonormal_columns invertible
    positive_determinant full_column_rank full_row_rank positive positive_integer hermitian real""".split()
)
QUESTIONS = [
    r
    for name in ("qa", "derivations")
    for r in map(json.loads, (HERE / "problems" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
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


#: Lines whose letters only later lines make known: the right line alone cannot be read.
NEEDS_LATER = {"a32", "b04", "d01"}


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[r["id"] for r in WRONG])
def test_the_mended_line_is_true(number: int) -> None:
    record, report = wrong_reports()[number]
    at = report.first_wrong
    if at is None or record["id"] in NEEDS_LATER:
        return
    for right in filter(None, (report.lines[at].suggestion, report.lines[at].suggestion_latex)):
        again = checked(record, [*record["wrong_derivation"][:at], right])
        assert again.first_wrong is None and again.lines[-1].verdict == "true", again.text()


def test_later_lines_follow_or_do_not() -> None:
    said = Counter(line.follows for _, report in wrong_reports() for line in report.lines if line.verdict == "false")
    assert said["yes"] > 3 * said["no"]  # the slips go on in the lines after them
    lines = ["df = 2*(A*x - b) : A*dx", "df = A'*(A*x - b) : dx", "df/dx = A'*(A*x - b)", "df/dx = 3*A'*(A*x - b)"]
    report = derive.check(lines, f="norm(A*x - b)^2", wrt="x", shapes={"A": "m x n", "x": "n"})
    assert [line.follows for line in report.lines] == ["", "", "yes", "no"]
    report = derive.check(
        ["f = x'*A*x", "f = x'*x", "df = 2*x : dx", "df = x : dx"], wrt="x", shapes={"A": "n x n", "x": "n"}
    )
    assert [line.follows for line in report.lines] == ["", "", "yes", "no"]


def test_the_rule_and_its_source_are_named() -> None:
    named = [report.lines[report.first_wrong] for _, report in wrong_reports() if report.first_wrong is not None]
    assert sum(bool(line.nearest_rule and line.source) for line in named) >= 0.95 * len(named)
    report = derive.check(["df = tr(inv(X)*dX*inv(X))"], f="tr(inv(X))", wrt="X", shapes={"X": "n x n"})
    line = report.lines[0]
    assert (line.diagnosis, line.nearest_rule) == ("sign", "d-inverse") and "Petersen" in line.source


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
    parts = [(n, s.left, s.right) for n, row in enumerate(rows(text)) for s in statements(row.text)]
    assert parts == [
        (0, "f", "x^Tx"), (1, r"\mathrm{d}f", "2x:dx"), (1, "", "2x^Tdx"), (2, r"\nabla f", "2x"),
    ]  # fmt: skip


SIDES = {
    "df": ("df", "f"), r"\mathrm{d}f": ("df", "f"), r"\delta f": ("df", "f"), r"\nabla_X f": ("gradient", "f"),
    r"\frac{\partial f}{\partial X}": ("gradient", "f"), r"\dfrac{d f}{d X}": ("gradient", "f"),
    r"\nabla^2 f": ("hessian", "f"), r"\nabla_x^2 f": ("hessian", "f"), "d^2f": ("d2f", "f"), "M": ("f", "M"),
    r"\operatorname{vec}(df)": ("vec", "f"), "dM": ("df", "M"), r"\text{Let } M": ("f", "M"), "2f\\,df": ("other",),
    r"\frac{\partial f}{\partial X_{ij}}": ("entry", "f"), r"\operatorname{grad} f": ("gradient", "f"),
    "Df(X)[H]": ("directional", "f", "X"), r"f(X + \epsilon J)": ("moved", "f", "X"), r"d(\nabla f)": ("turning", "f"),
    r"\frac{d}{dt} f(X+tH)\big|_{t=0}": ("directional", "f", "X"), "d(M^{-1})": ("other",), "f'(X)H": ("directional",),
    r"\frac{\partial}{\partial X}\operatorname{tr}(AX)": ("gradient", "", "X"), "df/dX[i,j]": ("entry", "f", "X"),
    r"\frac{\partial^2 f}{\partial x\,\partial y^T}": ("mixed", "f"), r"\partial_s\log|C|": ("gradient", "", "s"),
}  # fmt: skip


@pytest.mark.parametrize(("left", "kind"), SIDES.items(), ids=SIDES)
def test_left_sides(left: str, kind: tuple[str, ...]) -> None:
    (statement,) = statements(f"{left} = 1")
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


# ---------------------------------------------------------------- what is read, and what is not
LEAST = {"f": "norm(A*x - b)^2", "wrt": "x", "shapes": {"A": "m x n", "x": "n", "b": "m"}}


def test_a_list_keeps_its_numbers() -> None:
    lines = ["so we differentiate", r"df = 2(Ax-b):A\,dx", "", r"\nabla f = 2A(Ax-b)"]
    report = derive.check(lines, **LEAST)
    assert [line.verdict for line in report.lines] == ["unread", "true", "unread", "false"]
    assert report.first_wrong == 3


def test_rows_that_go_on() -> None:
    text = "\\begin{align}\ndf &= 2x^TA^TA\\,dx \\\\\n&\\qquad - 2b^TA\\,dx \\\\\n&= 2(Ax-b):A\\,dx\n\\end{align}"
    report = derive.check(text, **LEAST)
    assert report.ok and len(report.lines) == 2
    report = derive.check([r"df = 2x^TA^TA\,dx", r"\quad - 2b^TA\,dx"], **LEAST)
    assert report.ok and len(report.lines) == 2


def test_a_name_may_be_defined_behind_its_use() -> None:
    assert derive.check([r"df = 2r:A\,dx, \quad\text{where } r = Ax-b"], **LEAST).ok
    report = derive.check([r"df = 2r:A\,dx, \quad\text{where } r = Ax+b"], **LEAST)
    assert report.first_wrong == 0


def test_stationarity_is_no_claim() -> None:
    lines = [
        r"\nabla f = 2A^T(Ax-b)",
        r"\text{Setting it to zero: } \nabla f = 0",
        "A^TAx = A^Tb",
        "x = (A^TA)^{-1}A^Tb",
    ]
    verdicts = [line.verdict for line in derive.check(lines, **LEAST).lines]
    assert verdicts == ["true", "unread", "unread", "unread"]
    assert derive.check(["df/dx = 0"], **LEAST).first_wrong == 0  # but as an answer it is wrong


def test_steps_are_judged_to_first_order() -> None:
    half = {"f": "norm(X)^2/2", "wrt": "X", "shapes": {"X": "m x n"}}
    first = r"f(X+\epsilon J) \approx f(X) + \epsilon\langle X, J\rangle"
    exact = r"f(X+H) = f(X) + \langle X, H\rangle + \frac12\|H\|_F^2"
    assert derive.check([first, exact, r"f(X+H) = f(X) + X:H + O(\|H\|^2)"], **half).ok
    assert derive.check([first.replace(r"\approx", "=")], **half).first_wrong == 0  # not exactly
    assert derive.check([first.replace("langle X", "langle 2X")], **half).first_wrong == 0
    assert derive.check([exact.replace(r"\frac12", "")], **half).first_wrong == 0


def test_entries_with_their_indices() -> None:
    half = {"f": "norm(X*A')^2/2", "wrt": "X", "shapes": {"X": "m x n", "A": "p x n"}}
    left = r"\frac{\partial f}{\partial X_{ij}} = "
    right = [
        "(XA^TA)_{ij}",
        r"\sum_k (XA^T)_{ik}A_{kj}",
        "XA^TA:J^{ij}",
        "e_i^TXA^TAe_j",
        r"\sum_{k,l} X_{il}A_{kl}A_{kj}",
    ]
    assert derive.check([left + r for r in right], **half).ok
    wrong = ["(XA^TA)_{ji}", r"\sum_k (XA^T)_{ik}A_{jk}", "XA^TA:J^{jk}", "e_j^TXA^TAe_i"]
    assert [derive.check([left + w], **half).first_wrong for w in wrong] == [0] * 4


def test_lemmas_have_letters_of_their_own() -> None:
    lemmas = [
        r"d(M^{-1}) = -M^{-1}\,dM\,M^{-1}",
        r"d\log\det M = M^{-T}:dM",
        "P:QR = Q^TP:R",
        r"\nabla_Y\operatorname{tr}(CY) = C^T",
    ]
    assert derive.check(lemmas, **LEAST).ok
    assert derive.check(lemmas).ok  # without any f, too
    wrong = [r"d(M^{-1}) = M^{-1}\,dM\,M^{-1}", r"d\log\det M = M^{-1}:dM", "P:QR = QP:R"]
    assert [derive.check([w], **LEAST).first_wrong for w in wrong] == [0] * 3


def test_networks_in_layers() -> None:
    lines = [
        r"z^{(1)} = W_1 x + b_1", r"a = \tanh(z^{(1)})", r"\frac{\partial f}{\partial a} = W_2^T(W_2a-y)",
        r"\delta = \frac{\partial f}{\partial z_1} = (1-a\odot a)\odot W_2^T(W_2a-y)",
        r"\frac{\partial f}{\partial W_1} = \delta x^T", r"\frac{\partial f}{\partial b_1} = \delta",
    ]  # fmt: skip
    shapes = {"W1": "k x n", "x": "n", "W2": "m x k", "y": "m", "b1": "k"}
    network = {"f": "norm(W2*tanh(W1*x + b1) - y)^2/2", "wrt": "W1", "shapes": shapes}
    assert derive.check(lines, **network).ok
    lines[3] = lines[3].replace("W_2^T", "W_2")
    assert derive.check(lines, **network).first_wrong == 3


def test_convention_and_layout_are_named() -> None:
    tied = {"f": "tr(A*X)", "wrt": "X", "shapes": {"A": "n x n", "X": "n x n"}, "assume": {"X": ["symmetric"]}}
    report = derive.check(["df/dX = A + A' - A.*eye(n)"], **tied)
    assert report.first_wrong == 0 and "tied" in report.lines[0].reason
    assert derive.check(["df/dX = A + A' - A.*eye(n)"], **tied, convention="tied").ok
    symmetric = {"f": "x'*A*x", "wrt": "x", "shapes": {"A": "n x n", "x": "n"}}
    report = derive.check(["df/dx = 2*A*x"], **symmetric)
    assert report.lines[0].diagnosis == "symmetric" and "symmetric" in report.lines[0].reason


# ---------------------------------------------------------------- what was pasted
PASTED = [json.loads(line) for line in (HERE / "problems" / "pasted.jsonl").read_text(encoding="utf-8").splitlines()]
#: These say in prose what their formulas need (a symmetric matrix, one-hot labels, a mask, numerator layout).
CONDITIONAL = {"c02", "c07", "c11", "c15", "c16", "c17", "c18", "c23", "c24"}


def pasted(record: dict[str, Any], text: str) -> derive.Report:
    assume = {k: [p for p in v if p in KNOWN] for k, v in (record.get("assume") or {}).items()}
    return derive.check(text, f=record["f"], wrt=record["wrt"], shapes=record["vars"], assume=assume)


@pytest.mark.parametrize("record", [r for r in PASTED if r["id"] not in CONDITIONAL], ids=lambda r: r["id"])
def test_answers_with_prose(record: dict[str, Any]) -> None:
    report = pasted(record, record["text"])
    assert report.first_wrong is None, report.text()


def test_slips_in_answers_with_prose() -> None:
    caught = 0
    for record in PASTED:
        wrong = "".join(record["wrong_formula"].split())
        false = ["".join(x.text.split()) for x in pasted(record, record["wrong_text"]).lines if x.verdict == "false"]
        caught += any(wrong[:40] in text or text in wrong for text in false)
    assert caught >= 0.85 * len(PASTED)


def page(name: str) -> str:
    return (HERE / "pages" / f"{name}.txt").read_text(encoding="utf-8")


HALF: dict[str, Any] = {"f": "norm(X*A')^2/2", "wrt": "X", "shapes": {"X": "m x n", "A": "p x n"}}


@pytest.mark.parametrize("given_", [HALF, {}], ids=["f given", "nothing given"])
@pytest.mark.parametrize("name", ["half_norm_perturbation", "half_norm_frobenius"])
def test_both_answers_of_the_page(name: str, given_: dict[str, Any]) -> None:
    report = derive.check(page(name), **given_)
    assert report.ok, report.text()


def test_the_slip_that_the_comment_names() -> None:
    text = page("half_norm_perturbation")
    right = r"&= \frac12 \text{Tr}(X A^T A X^T) + \frac12 \text{Tr}(\Delta X A^T A X^T)"
    assert right in text
    report = derive.check(text.replace(right, right.replace(r"\frac12", "", 1), 1), **HALF)
    line = report.lines[report.first_wrong or 0]
    assert line.text.strip().startswith(r"&=  \text{Tr}(X A^T A X^T)") and line.diagnosis == "factor-2"
    assert line.suggestion.startswith("f(X + Delta_X) = tr(X*A'*A*X')/2 + tr(Delta_X*A'*A*X')/2")


@pytest.mark.parametrize("shape", ["p x n", "n x n"])
def test_the_formula_of_the_asker(shape: str) -> None:
    left = r"\partial \, \Big[\frac{1}{2} \big\| X A \big\|_F^2 \Big] /\, \partial X_{ij}"
    shapes = {"X": "m x n", "A": shape}
    asked = left + r"= \text{Tr} \Big[(XA^T)^T (J^{jk} A^T) \Big]"
    (line,) = derive.check([asked], f=HALF["f"], wrt="X", shapes=shapes).lines
    assert (line.verdict, line.diagnosis) == ("false", "index") and "another function" in line.reason
    assert line.suggestion == "df/dX[i,j] = tr((X*A')'*J*A')"
    assert (
        line.suggestion_latex.startswith(r"\frac{\partial f}{\partial X_{ij}} =") and "J^{ij}" in line.suggestion_latex
    )
    assert derive.check([line.suggestion_latex], f=HALF["f"], wrt="X", shapes=shapes).ok
    (line,) = derive.check([asked.replace("jk", "ij")], f=HALF["f"], wrt="X", shapes={**shapes, "A": "n x n"}).lines
    assert (line.verdict, line.diagnosis) == ("false", "left-side")


# ---------------------------------------------------------------- reports
def wrong_report() -> derive.Report:
    lines = [r"M = XA^T", r"df = M:dM", r"df = AM:dX", r"\frac{\partial f}{\partial X} = AM"]
    return derive.check(lines, f="norm(X*A')^2/2", wrt="X", shapes={"X": "n x n", "A": "n x n"})


def test_text_and_colours() -> None:
    text = wrong_report().text()
    assert "\x1b" not in text and "\x1b[31;1mfalse" in wrong_report().text(colour=True)
    assert "the rule:    colon-move" in text and "should be:   df = M A : dX" in text
    assert text.splitlines()[-1] == "2 true, 2 false: line 3 is the first false one; what comes after follows from it"


def test_latex_marks_the_line() -> None:
    latex = wrong_report().latex()
    assert r"\textcolor{red}{df} &= \textcolor{red}{AM:dX} && \times\ \text{order}" in latex
    assert not any(complaints([latex]))


def test_markdown_and_json() -> None:
    report = wrong_report()
    table = [row for row in report.markdown().splitlines() if row.startswith("|")]
    assert len(table) == 6 and all(row.replace(r"\|", "").count("|") == 6 for row in table)
    data = json.loads(report.to_json())
    assert (data["ok"], data["first_wrong"]) == (False, 2)
    assert data["lines"][2]["nearest_rule"] and data["lines"][2]["witness"]["sizes"]
    assert report.proof().result is not None and "A" in str(report.proof().result)


def test_every_kind_of_mistake_has_a_rule() -> None:
    book = RuleBook.load()
    rules = [*book.rules.values(), *book.projections.values()]
    slips = {word for rule in rules for word in rule.block.fields.get("slip", "").split()}
    assert slips <= set(KINDS) and set(KINDS) - slips == {"index", "left-side"}


def test_many_derivations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = [
        {"id": 1, "lines": ["df = 2*X : dX"], "f": "norm(X)^2", "wrt": "X"},
        {"id": 2, "lines": [{"lhs": "df", "rhs": "X : dX"}], "f": "norm(X)^2", "wrt": "X"},
        {"id": 3, "lines": ["df = X : dX"], "f": "norm(X", "wrt": "X"}, ["no object"], {"id": 5},
    ]  # fmt: skip
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join([*map(json.dumps, records), "{broken", "\x00"]), encoding="utf-8")
    assert cli.main(["check", str(path), "--input", "jsonl", "-o", str(tmp_path / "out")]) == 1
    out = [json.loads(line) for line in (tmp_path / "out").read_text(encoding="utf-8").splitlines()]
    assert [r.get("ok") for r in out] == [True, False, None, None, None, None, None]
    assert all("error" in r for r in out[2:])


def test_the_time_for_a_line_is_limited() -> None:
    slow = "df = " + " + ".join(f"tr(expm(X)^{k}*expm(X')*dX)" for k in range(2, 40))
    lines = ["df = eye(n) : dX", slow, "df = 2*eye(n) : dX"]
    report = derive.check(lines, f="tr(X)", wrt="X", shapes={"X": "n x n"}, limits={"seconds": 0.02})
    assert [line.verdict for line in report.lines] in (["true", "unread", "false"], ["true", "false", "false"])


def test_our_proof_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines.tex"
    path.write_text("f = x^Tx\ndf = x^Tdx\n", encoding="utf-8")
    for form in ("text", "latex", "markdown"):
        assert cli.main(["check", str(path), "--wrt", "x", "--proof", "--format", form]) == 1
        assert "d-" in capsys.readouterr().out


# ---------------------------------------------------------------- what a reader tried to slip through
FORM: dict[str, Any] = {"f": "x'*A*x", "wrt": "x", "shapes": {"x": "n", "A": "n x n", "b": "n", "s": "scalar"}}
#: Lines that are not true: each must be false or unread, never true.
NOT_TRUE = [
    r"\nabla f(x)^T = (A+A^T)x", r"\nabla f^T = (A+A^T)x", "f(b) = x^TAx", "df(b) = x^T(A+A^T)dx", r"\nabla f(b) = 0",
    r"f = \sum_{i=1}^n\sum_{j=1}^{i} A_{ij}x_ix_j",
    r"\frac{\partial f}{\partial x_i} = \sum_{j=1}^{i}(A_{ij}+A_{ji})x_j",
    r"f = \sum_{i=1}^{s} x_i(Ax)_i", r"f(x+h) = f(x) + h^T(A+A^T)x + 5h^Th + O(\|h\|^3)",
    r"f(x+\epsilon h) = f(x) + \epsilon h^T(A+A^T)x + O(\epsilon^2) + 5\epsilon", r"f(x+h) = f(x) + O(\|h\|)",
    r"\frac{\partial f}{\partial (2x)} = (A+A^T)x", r"\nabla f = \begin{pmatrix} (A+A^T) & x \end{pmatrix}",
    r"\frac{\partial f}{\partial x_9} = 17", r"\Delta f = 5\operatorname{tr}(A)", "H_f = A",
    r"\dot f = 3", "f''(x) = A",
    r"\nabla^2 f = A+A^T = 0", r"df = x^T(A+A^T)dx \text{ times } s", r"\nabla f = (A+A^T)x \qquad b",
    r"f = x^TAx \text{ and df = 5}", r"f = x^TAx,\; df \propto 5x^Tdx", r"f = x^TAx,\; df \le -5",
    r"2\nabla f = (A+A^T)x", r"d(A^TAx) = 5A^TA\,dx", "Df(x) = (A+A^T)x", r"\nabla f = A^Tx \text{ plus } Ax",
]  # fmt: skip
TRUE = [
    r"\nabla f(x)^T = x^T(A+A^T)", r"\nabla f(x)^T b = x^T(A+A^T)b",
    r"\nabla f \cdot b = b^T(A+A^T)x", "f''(x) = A+A^T",
    r"\nabla f - (A+A^T)x = 0", r"f(x+dx) \approx f(x)+df", r"f(x+h) \approx f(x) + Df(x)[h]", "- f = -x^TAx", "dA = 0",
    r"(x+h)^TA(x+h) \approx x^TAx + h^TAx + x^TAh", "Df(x) = x^T(A+A^T)", "H_f = A+A^T", r"\nabla f^T dx = df",
    r"\nabla f^T\nabla f = x^T(A+A^T)^T(A+A^T)x", r"2\nabla f = 2(A+A^T)x",
    r"\tfrac12\nabla^2 f = \operatorname{sym}(A)",
]  # fmt: skip


@pytest.mark.parametrize("line", NOT_TRUE)
def test_what_is_not_true_is_not_called_true(line: str) -> None:
    assert derive.check([line], **FORM).lines[0].verdict != "true"


@pytest.mark.parametrize("line", TRUE)
def test_what_is_true_is_called_true(line: str) -> None:
    assert derive.check([line], **FORM).ok, derive.check([line], **FORM).text()


def test_names_keep_what_they_stand_for() -> None:
    assert derive.check([r"g = \nabla f", "g = 7x"], **FORM).first_wrong == 1
    assert derive.check([r"H = \nabla^2 f", "H = A"], **FORM).first_wrong == 1
    assert derive.check([r"g = \nabla f", "df = g^Tdx", "g = (A+A^T)x"], **FORM).ok
    assert derive.check(["y = Ax", r"\frac{\partial y}{\partial x} = A"], **FORM).ok  # y is not f
    assert [x.verdict for x in derive.check([r"M = \garbage", "= 3A"], **FORM).lines] == ["unread", "unread"]
    assert [x.verdict for x in derive.check(["f = x^TAx", "- f = x^TAx"], **FORM).lines] == ["true", "false"]


def test_nested_fractions_take_no_time() -> None:
    line = "f = " + r"\frac{1}{" * 300 + "2" + "}" * 300
    assert derive.check([line], **FORM).lines[0].verdict == "false"


def test_strange_characters_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines.json"
    path.write_text('["f = \\ud800 x", "df = 3"]', encoding="utf-8")
    for form in ("text", "latex", "markdown", "json"):
        assert cli.main(["check", str(path), "--input", "json", "--f", "x'*x", "--wrt", "x", "--format", form]) == 1
    path.write_text("no formula", encoding="utf-8")
    assert cli.main(["check", str(path), "--f", "x'*x", "--wrt", "x"]) == 2  # nothing could be read


def test_shapes_that_are_not_declared_follow() -> None:
    lines = ["r = Ax - b", r"f = \frac12\|r\|^2 + \frac\lambda2\|x\|^2", r"\nabla f = A^Tr + \lambda x"]
    assert derive.check(lines, wrt="x", shapes={"A": "m x n"}).ok
    assert derive.check(lines, wrt="x").ok
    report = derive.check(["d(inv(M)) = inv(M)*dM*inv(M)"])
    assert report.lines[0].nearest_rule == "d-inverse"
