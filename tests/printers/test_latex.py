"""LaTeX as a good author types it; all of it parses in KaTeX."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from katex import complaints
from seed import seed_proof
from termbuilder import Build

from derive.derivation import Line
from derive.errors import DeriveError
from derive.printers.latex import latex_document, latex_proof, latex_text
from derive.printers.latex_style import LatexStyle, visible
from derive.printers.names import latex_name
from derive.records import replace
from derive.terms import Term

q = Build()
HALF = Fraction(1, 2)
TEMPLATES = {
    "norm": r"\|{0}\|",
    "tr": r"\operatorname{tr}({0})",
    "log": r"\log {0}",
    "logdet": r"\log\det {0}",
    "exp": r"e^{{0}}",
    "kron": r"{0} \otimes {1}",
    "pinv": r"{0}^{+}",
    "diag": r"\operatorname{diag}({0})",
    "abs": "|{0}|",
    "det": r"\det({0})",
}
KRON = (("n", "n"), ("n", "n"))

WRITTEN: list[tuple[Term, str]] = [
    (q.mul(q.X, q.T(q.A), q.A), r"X A^\top A"),
    (q.mul(q.d(q.X), q.T(q.A)), r"dX\,A^\top"),
    (q.mul(q.A, q.d(q.X), q.B), r"A\,dX\,B"),
    (q.colon(q.mul(q.A, q.X), q.d(q.X)), "A X : dX"),
    (q.mul(HALF, q.pow(q.norm(q.mul(q.X, q.T(q.A))), 2)), r"\frac{1}{2} \|X A^\top\|_F^2"),
    (q.norm(q.x), r"\|x\|_2"),
    (q.inv(q.X), "X^{-1}"),
    (q.T(q.inv(q.X)), r"X^{-\top}"),
    (q.inv(q.T(q.X)), r"X^{-\top}"),
    (q.T(q.pow(q.X, 2)), r"(X^2)^\top"),
    (q.neg(q.T(q.pow(q.inv(q.X), 2))), r"-(X^{-2})^\top"),
    (q.inv(q.fn("sqrtm", q.X)), "X^{-1/2}"),
    (q.inv(q.mul(q.A, q.X)), "(A X)^{-1}"),
    (q.T(q.inv(q.mul(q.A, q.X))), r"(A X)^{-\top}"),
    (q.over(q.mul(2, q.x), q.mul(q.T(q.x), q.x)), r"\frac{2 x}{x^\top x}"),
    (q.over(q.sub(q.x, q.a), q.norm(q.sub(q.x, q.a))), r"\frac{x - a}{\|x - a\|_2}"),
    (q.mul(q.pow(q.norm(q.x), -1), q.colon(q.mul(q.A, q.x), q.d(q.x))), r"\frac{A x}{\|x\|_2} : dx"),
    (q.mul(-1, q.pow(q.s, -1), q.colon(q.A, q.d(q.X))), r"-\frac{A}{s} : dX"),
    (q.mul(q.pow(q.s, -1), q.d(q.t), q.colon(q.A, q.X)), r"\left(\frac{A}{s} : X\right)\,dt"),
    (q.mul(2, q.mul(q.T(q.x), q.x), q.colon(q.mul(q.A, q.x), q.d(q.x))), r"2 (x^\top x) A x : dx"),
    (q.over(q.mul(2, q.sub(q.x, q.over(q.a, q.s))), q.t), r"\frac{2}{t}\,\left(x - \frac{a}{s}\right)"),
    (q.table.make("entry", (q.mul(q.A, q.X),), (1, 1), ("i", "j")), "(A X)_{ij}"),
    (q.table.make("entry", (q.X,), (1, 1), (2, 10)), "X_{2,10}"),
    (q.table.make("entry", (q.mul(q.A, q.x),), (1, 1), ("i", "j")), "(A x)_i"),
    (q.add(q.table.var("f(X_1)"), q.s), "f(X_1) + s"),
    (q.mul(HALF, q.add(q.A, q.T(q.A))), r"\frac{1}{2} (A + A^\top)"),
    (q.mul(HALF, q.s, q.X), r"\frac{s}{2} X"),
    (q.mul(-1, q.X), "-X"),
    (q.mul(2, Decimal("0.5"), q.X), r"2 \cdot 0.5 X"),
    (q.sub(q.neg(q.A), q.neg(q.B)), "B - A"),
    (q.mul(2, q.T(q.A), q.sub(q.mul(q.A, q.x), q.b)), r"2 A^\top (A x - b)"),
    (q.mul(q.add(q.A, q.mul(q.B, q.add(q.A, q.X))), q.x), r"\bigl(A + B (A + X)\bigr) x"),
    (
        q.mul(q.add(q.A, q.over(q.X, q.norm(q.X))), q.x),
        r"\left(A + \frac{X}{\|X\|_F}\right) x",
    ),
    (q.had(q.mul(q.A, q.x), q.y), r"(A x) \odot y"),
    (q.had(q.A, q.hpow(q.X, -1)), r"A \oslash X"),
    (q.hpow(q.x, -1), r"\mathbf{1}_n \oslash x"),
    (q.hpow(q.X, 2), r"X^{\odot 2}"),
    (q.scalar("logdet", q.X), r"\log\det X"),
    (q.scalar("logdet", q.mul(q.X, q.A)), r"\log\det(X A)"),
    (q.mul(q.scalar("logdet", q.X), q.A), r"(\log\det X) A"),
    (q.pow(q.scalar("det", q.X), 2), r"\det(X)^2"),
    (q.fn("kron", q.A, q.mul(q.A, q.X), shape=KRON), r"A \otimes (A X)"),
    (q.fn("diag", q.x, shape=("n", "n")), r"\operatorname{Diag}(x)"),
    (q.fn("diag", q.X, shape=("n", 1)), r"\operatorname{diag}(X)"),
    (q.fn("pinv", q.mul(q.A, q.X)), "(A X)^+"),
    (q.fn("exp", q.mul(q.s, q.t)), "e^{s t}"),
    (q.fn("exp", q.X), r"\exp(X)"),
    (q.fn("exp", q.over(q.X, q.s)), r"\exp\!\left(\frac{X}{s}\right)"),
    (q.fn("unknown_one", q.X), r"\operatorname{unknown\_one}(X)"),
    (q.eye("n"), "I_n"),
    (q.fn("unit", 2, shape=("n", 1)), "e_2"),
    (q.table.var("x_hat_1", ("n", 1)), r"\hat x_1"),
    (q.mul(q.s, q.d(q.t), q.A), r"s A\,dt"),
    (q.term(Decimal("1e-10")), r"1 \cdot 10^{-10}"),
]


def style(notation: str = "colon") -> LatexStyle:
    return LatexStyle(notation, templates=TEMPLATES)


@pytest.mark.parametrize(("term", "latex"), WRITTEN, ids=[latex for _, latex in WRITTEN])
def test_written_as_an_author_types(term: Term, latex: str) -> None:
    assert style().text(term) == latex


@pytest.mark.parametrize(
    ("notation", "latex"),
    [
        ("colon", r"2 A^\top X : dX"),
        ("trace", r"2 \operatorname{tr}(X^\top A\,dX)"),
        ("inner", r"2 \langle A^\top X, dX \rangle"),
    ],
)
def test_three_notations(notation: str, latex: str) -> None:
    term = q.mul(2, q.colon(q.mul(q.T(q.A), q.X), q.d(q.X)))
    assert style(notation).text(term) == latex


def test_the_trace_of_vectors_is_a_product() -> None:
    assert latex_text(q.colon(q.mul(q.A, q.x), q.d(q.x)), "trace") == r"x^\top A^\top\,dx"


@pytest.mark.parametrize("notation", ["colon", "trace", "inner"])
def test_minus_before_a_colon_in_a_sum(notation: str) -> None:
    term = q.sub(q.colon(q.A, q.B), q.colon(q.X, q.B))
    expected = {"colon": "A : B - X : B", "inner": r"\langle A, B \rangle - \langle X, B \rangle"}
    trace = r"\operatorname{tr}(A^\top B) - \operatorname{tr}(X^\top B)"
    assert style(notation).text(term) == expected.get(notation, trace)


@pytest.mark.parametrize(
    ("left", "latex"),
    [
        (q.mul(q.add(q.T(q.A), q.mul(-1, q.B, q.T(q.X))), q.B), r"B^\top (A - X B^\top)\,dX"),
        (q.add(q.A, q.T(q.A)), r"(A + A^\top)\,dX"),
        (q.inv(q.add(q.mul(q.A, q.T(q.A)), q.eye("n"))), r"(A A^\top + I_n)^{-1}\,dX"),
        (q.inv(q.add(q.A, q.B)), r"(A + B)^{-\top}\,dX"),
        (q.sub(q.A, q.B), r"(A - B)^\top\,dX"),
        (q.table.var("C", ("n", "n"), ["symmetric"]), r"C\,dX"),
    ],
)
def test_traces_have_few_transposes(left: Term, latex: str) -> None:
    text = style("trace").text(q.mul(2, q.colon(left, q.d(q.X))))
    opening, closing = (r"\bigl(", r"\bigr)") if "(" in latex else ("(", ")")
    assert text == r"2 \operatorname{tr}" + opening + latex + closing


def test_vectors_in_the_trace_notation() -> None:
    term = q.mul(2, q.s, q.colon(q.x, q.d(q.y)))
    assert style("trace").text(term) == r"2 s x^\top\,dy"


def test_steps_that_a_notation_does_not_show_share_a_line() -> None:
    q2 = (q.scalar("tr", q.mul(q.A, q.d(q.X))), q.colon(q.T(q.A), q.d(q.X)))
    lines = (Line("df", "=", q2[0], ("a", "b")), Line("df", "=", q2[1], ("b", "c"), continues=True))
    proof = replace(seed_proof(), proof={"normal": lines})
    assert len(latex_proof(proof).split("\n")) == len(latex_proof(proof, "trace").split("\n")) + 1
    assert r"\operatorname{tr}(A\,dX) && \text{(a, b, c)}" in latex_proof(proof, "trace")


def test_an_unknown_notation_is_refused() -> None:
    with pytest.raises(DeriveError, match="notation is one of colon, trace, inner"):
        latex_text(q.X, "dots")


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("W_1", "W_1"),
        ("W1", "W_1"),
        ("W_10", "W_{10}"),
        ("x_new", r"x_{\mathrm{new}}"),
        ("Sigma_xy", r"\Sigma_{\mathrm{xy}}"),
        ("S_alpha", r"S_\alpha"),
        ("lam", r"\lambda"),
        ("α", r"\alpha"),
        ("ж", r"\text{ж}"),
    ],
)
def test_names(name: str, latex: str) -> None:
    assert latex_name(name) == latex


def test_the_proof_of_the_first_page() -> None:
    assert latex_proof(seed_proof()).splitlines()[5:-1] == [
        r"\begin{align*}",
        r"f &= \frac{1}{2} " + latex_text(q.norm(q.X)).replace("X", r"X A^\top") + r"^2 \\",
        r"\text{Let } M &= X A^\top \\",
        r"f &= \frac{1}{2} M : M && \text{(norm-squared)} \\",
        r"df &= M : dM && \text{(d-colon-square)} \\",
        r"&= M : dX\,A^\top && \text{(dM, d-product)} \\",
        r"&= M A : dX && \text{(colon-move-right)} \\",
        r"&= X A^\top A : dX && \text{(substitute M)} \\",
        r"\frac{\partial f}{\partial X} &= X A^\top A && \text{(read-off)} \\",
        r"\frac{\partial f}{\partial X_{ij}} &= X A^\top A : J_{ij} && \text{(entry)} \\",
        r"& \rlap{assuming norm(X\_1) is not 0 \& X is 100\% real}",
    ]


def test_rule_names_can_be_switched_off_and_a_missing_verification_shows() -> None:
    text = latex_proof(seed_proof(verified=False), rules=False)
    assert "&&" not in text
    assert r"\textbf{NOT VERIFIED (verify=False)}" in text


def test_left_sides() -> None:
    proof = seed_proof(scalar=True)
    assert r"\frac{df}{dt} &=" in latex_proof(proof)
    line = Line("f(X + epsilon*J)", "~", q.s)
    shifted = latex_proof(replace(seed_proof(), method="perturbation", proof={"normal": (line,)}))
    assert r"f(X + \epsilon J) &\approx s" in shifted
    line = Line("f(t + delta*J)", "~", q.s)
    shifted = latex_proof(replace(proof, method="perturbation", proof={"normal": (line,)}))
    assert r"f(t + \delta) &\approx s" in shifted


def test_long_sums_are_broken() -> None:
    terms = [q.mul(-1 if i % 2 else 1, q.A, q.X, q.table.var(f"C_{i}", ("n", "n")), q.B) for i in range(60)]
    proof = replace(seed_proof(), proof={"normal": (Line("f", "=", q.add(*terms)),)})
    rows = latex_proof(proof).splitlines()[6:-2]
    assert len(rows) == 5
    assert rows[0].startswith("f &= A X C_0 B - ") and rows[0].endswith(r" \\")
    assert all(row.startswith((r"&\qquad {}+ ", r"&\qquad {}- ")) for row in rows[1:])
    inside = Line("df", "=", q.colon(q.add(*terms), q.d(q.X)))
    rows = latex_proof(replace(proof, proof={"normal": (inside,)})).splitlines()[6:-2]
    assert rows[0].startswith("df &= (A X C_0 B - ") and rows[-1].endswith(r"B) : dX \\")
    assert max(map(visible, rows)) <= 100
    assert complaints([latex_proof(replace(proof, proof={"normal": (inside,)}))]) == [""]


def test_katex_parses_everything() -> None:
    notations = ("colon", "trace", "inner")
    formulas = [style(n).text(t) for t, _ in WRITTEN for n in notations]
    for proof in (seed_proof(), seed_proof(verified=False), seed_proof(scalar=True)):
        formulas += [latex_proof(proof, n, "normal", rules) for n in notations for rules in (True, False)]
    assert [(f, c) for f, c in zip(formulas, complaints(formulas), strict=True) if c] == []


def test_katex_check_complains() -> None:
    assert all(complaints([r"\frac{1}{2", r"\nosuchcommand", "X^a^b"]))


def test_the_document_is_whole() -> None:
    text = latex_document(seed_proof())
    assert text.startswith(r"\documentclass") and text.endswith("\\end{document}\n")
    assert "%" not in text.replace(r"\%", "")


def test_depth_is_not_limited() -> None:
    term = q.X
    for i in range(4_000):
        term = [q.T, lambda t: q.add(t, q.A), lambda t: q.fn("tanh", t), lambda t: q.over(t, q.s)][i % 4](
            term
        )
    assert len(latex_text(term)) > 4_000


def test_assumptions_are_formulas_where_their_terms_are_kept() -> None:
    kept = (("nonzero", q.sub(q.mul(q.A, q.x), q.b)), ("invertible", q.mul(q.T(q.X), q.X)))
    proof = replace(seed_proof(), settings={"assumed": kept})
    row = r"& \rlap{assuming $A x - b$ is not 0; $X^\top X$ is invertible}"
    assert latex_proof(proof).splitlines()[-2] == row
    assert "<p>Assuming: $A x - b$ is not 0; $X^\\top X$ is invertible.</p>" in proof.html()
    assert complaints([latex_proof(proof)]) == [""]
