r"""LaTeX as people type it: what is read, what is refused, and that nothing is read as something else."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.latex_reader import name_of, read_latex
from derive.printers.latex import latex_text
from derive.question import rule_book
from derive.recognise import is_latex, read_any
from derive.syntax import Reading
from derive.terms import Table

SHAPES = {
    "X": "m x n", "D": "m x n", "B": "n x n", "C": "n x n", "W": "n x n", "x": "n", "y": "n", "z": "n", "b": "m",
    "lam": "scalar", "mu": "scalar", "t": "scalar",
}  # fmt: skip


def reading(text: str, shapes: dict[str, str] | None = SHAPES, **options: object) -> Reading:
    return read_latex(text, table=Table(), signatures=rule_book().signatures, shapes=shapes, **options)  # type: ignore[arg-type]


READ = r"""
\lambda\|x\|_2^2 + \mu \|x\|_1                                => lam*norm(x)^2 + mu*norm1(x)
\frac12 \|XB^T\|_F^2                                          => norm(X*B')^2/2
\frac{1}{2} \big \| X B^T \big \|_F^2                         => norm(X*B')^2/2
1/2 \|Xx-b\|^2                                                => norm(X*x - b)^2/2
||Xx-b||_2^2                                                  => norm(X*x - b)^2
\lVert Xx - b \rVert^2_2                                      => norm(X*x - b)^2
{\left\| Xx - b \right\|}_2^2                                 => norm(X*x - b)^2
‖Xx−b‖²                                                       => norm(X*x - b)^2
xᵀBx                                                          => x'*B*x
x'Bx/(x'x)                                                    => x'*B*x/(x'*x)
x^{\rm T}Bx                                                   => x'*B*x
{\bf x}^{\bf T}{\bf B}{\bf x}                                 => x'*B*x
\boldsymbol{x}^{\mathsf T}\bm{B}\vec{x}                       => x'*B*x
x^{\intercal}\left[B + C\right]x                              => x'*(B + C)*x
\mathrm{Tr}\{B^{-1}CB^{-\top}\}                               => tr(inv(B)*C*inv(B)')
\operatorname{tr} BC'                                         => tr(B*C')
\operatorname{tr}B\operatorname{tr}C                          => tr(B)*tr(C)
tr(B'C)                                                       => tr(B'*C)
\left\langle B, C\right\rangle                                => B : C
B : C                                                         => B : C
\log\det\left(I + B\right)                                    => log(det(eye(n) + B))
\ln|B|                                                        => log(det(B))
|x^Ty|                                                        => abs(x'*y)
\|B\|_2 + \|B\|_* + \|B\| + \|x\|                             => norm_spec(B) + norm_nuc(B) + norm(B) + norm(x)
\exp(B)                                                       => expm(B)
e^{x}                                                         => exp(x)
\sigma(Wx)                                                    => sigmoid(W*x)
\tanh(W)                                                      => tanh(W)
B^{-1/2}                                                      => inv(sqrtm(B))
\sqrt{x^Tx}                                                   => sqrt(x'*x)
B\otimes I_n                                                  => kron(B, eye(n))
\operatorname{vec}(B)^T\operatorname{vec}(C)                  => vec(B)'*vec(C)
\operatorname{Diag}(x) \operatorname{diag}(B)                 => diag(x)*diag(B)
B \odot x y^T                                                 => B.*(x*y')
\vec{x}\cdot\vec{y}                                           => x'*y
B x^Ty                                                        => (x'*y)*B
t(y+z)                                                        => t*(y + z)
B(y+z)                                                        => B*(y + z)
1^Tx                                                          => ones(n)'*x
\mathbf{1}^{\top} B \mathbb{1}                                => ones(n)'*B*ones(n)
(1 - y)^T \log(1 - x)                                         => (ones(n) - y)'*log(ones(n) - x)
X_{12}                                                        => unit(m,1)'*X*unit(n,2)
e_1^T x                                                       => unit(n,1)'*x
\max(0, Wx)                                                   => relu(W*x)
\sum_{i=1}^{n} \log(1+e^{-y_i x_i})                           => sum(log(ones(n) + exp(-y.*x)))
\sum_{i,j} X_{ij}^2                                           => sum(X.^2)
\sum_i\sum_j B_{ij} x_i y_j                                   => x'*B*y
\sum_{i=1}^m (b_i - d_i^Tx)^2                                 => sum((b - D*x).^2)
\sum_{i=1}^m \log(1+e^{-b_i x^T d_i})                            => sum(log(ones(m) + exp(-b.*(D*x))))
\sum_i b_i x                                                     => colsum(b*x')
{\rm tr}\,(BC)                                                   => tr(B*C)
{\mathrm{det}}\left(B\right)                                     => det(B)
\frac{1}{n}\sum_i (x_i-\mu)^2                                 => sum((x - mu*ones(n)).^2)/n
f(x) := x^TBx                                                 => x'*B*x
\min_{x}\ \frac12\|Xx-b\|_2^2 + \lambda\|x\|_1                => norm(X*x - b)^2/2 + lam*norm1(x)
\begin{align} f &= \|x\|^2 \\ &\quad + \lambda t \end{align}  => norm(x)^2 + lam*t
J = \|u - y\|^2, \quad u = Wx                                 => u = W*x; norm(u - y)^2
\sin^2 t + \log 2t                                            => sin(t)^2 + log(2*t)
\displaystyle \exp\left\{-\tfrac{1}{2}x^TBx\right\}.          => exp(-1/2*x'*B*x)
"""


@pytest.mark.parametrize("line", READ.strip().splitlines())
def test_read(line: str) -> None:
    latex, _, ascii_ = line.partition("=>")
    assert reading(latex.strip()).ascii == ascii_.strip()


AMBIGUOUS = r"""
|x|
x^2
B + 1
B\odot C x
\operatorname{tr}(B)^{-1}
\operatorname{tr} (B^TB)^{1/2}
\operatorname{tr}(B-C)^T(B-C)
\|B\|_\infty
\cosh(W)
a/b x
\log t/2
\log x^Ty
x\otimes y
B^*
x^t B x
B\odot C\cdot B
"""


@pytest.mark.parametrize("latex", AMBIGUOUS.strip().splitlines())
def test_two_readings(latex: str) -> None:
    with pytest.raises(derive.AmbiguityError) as error:
        reading(latex, {**SHAPES, "a": "scalar"} | ({"b": "scalar"} if latex.startswith("a/") else {}))
    assert error.value.exit_code == 3 and ("or" in str(error.value))


REFUSED = r"""
\lamda x                      => the command `\lamda` is not read
\theta^T x                    => `theta` is not among the given shapes
\hat{x}                       => `x_hat` is not among the given shapes
x_i                           => the index `i` belongs to no sum and is not declared
\|x\|_p                       => the norm with the subscript `p` is not read
x^10                          => `^10` takes the first digit alone
x 2                           => a number follows `x` without an operator
\left( x^T y                  => this bracket is never closed
x^T y)                        => `)` closes no bracket
\frac{x}                      => the expression ends where an operand must follow
\nabla f(x)                   => `\nabla` is not read
\mathbb{E}[x^Ty]              => the letter `\mathbb{E}` in blackboard bold is not read
\operatorname{foo}(x)         => `foo` is neither a function nor a variable that is known here
\begin{pmatrix} 1 \end{pmatrix} => the environment `pmatrix` is not read
\sum_{i<j} B_{ij}             => these indices of the sum are not read
\frac{x}{y}                   => the denominator is a column vector (n), and only a scalar can divide
\operatorname{tr}(BC), B=B^T  => the text says that B is symmetric, and it is not declared so
"""


@pytest.mark.parametrize("line", REFUSED.strip().splitlines())
def test_refused(line: str) -> None:
    latex, _, what = line.partition("=>")
    with pytest.raises(derive.DeriveError) as error:
        reading(latex.strip())
    assert str(error.value).splitlines()[0] == what.strip()


def test_whole_message() -> None:
    with pytest.raises(derive.ParseError) as error:
        reading(r"\|x\|^2 + \lamdba^2 + \thetaa", {"x": "n", "lambda": "scalar"})
    assert str(error.value) == "\n".join(
        [
            r"the command `\lamdba` is not read",
            r"  \|x\|^2 + \lamdba^2 + \thetaa",
            "            ^^^^^^^",
            r"  try: did you mean `\lambda`?",
        ]
    )
    with pytest.raises(derive.ParseError) as error:
        reading(r"X_1\beta", {"X_1": "m x n", "bet": "n"})
    assert str(error.value) == "\n".join(
        [
            "`beta` is not among the given shapes",
            r"  X_1\beta",
            "     ^^^^^",
            r"  why: \beta is read as the name beta; shapes are given for X_1, bet",
            '  try: did you mean `bet`? otherwise declare it, as in "beta: m x n"',
        ]
    )


def test_defaults_are_said_and_can_be_decided() -> None:
    assert reading(r"\exp(B)").defaults == [
        '`exp` of a square matrix is read as the matrix function (reading={"exp": "entrywise"} otherwise)'
    ]
    decided = reading(r"\exp(B)", reading={"exp": "entrywise"})
    assert decided.ascii == "exp(B)" and decided.defaults == []
    assert reading("|x|", reading={"|": "abs"}).ascii == "abs(x)"
    assert reading(r"\|B\|_2", reading={"norm_2": "frobenius"}).ascii == "norm(B)"
    assert reading(r"\exp(B)").inferred[0] == "read as expm(B) (from LaTeX)"
    with pytest.raises(derive.ParseError, match="has no readings"):
        reading("x", reading={"foo": "bar"})


def test_without_shapes_the_convention_holds() -> None:
    assert reading(r"\tr(\log X)", None).ascii == "tr(logm(X))"
    with pytest.raises(derive.AmbiguityError):
        reading(r"\log X", None)
    assert reading(r"\lambda x^Tx", None, wrt="lam").ascii == "lam*x'*x"


def test_recognised() -> None:
    shapes = {"A": "n x n", "X": "n x n", "x": "n"}
    for text in ("AX", "x'Ax", "tr(AX)", "X^T", r"\|x\|", "A(x+x)"):
        assert is_latex(text, shapes, "X", rule_book().signatures) or read_any(
            text, table=Table(), signatures=rule_book().signatures, shapes=shapes
        ).ascii
    for text in ("A*X", "tr(X)", "norm(A*x)^2", "x'*A*x", "X'"):
        assert not is_latex(text, shapes, "X", rule_book().signatures)


def test_answers() -> None:
    shapes = {"X": "m x n", "A": "p x n"}
    proof = derive.gradient(r"\tfrac12\|XA^\top\|_F^2", "X", shapes=shapes)
    assert str(proof.result) == "X*A'*A"
    assert "read as norm(X*A')^2/2" in proof.text()
    assert str(derive.gradient(r"\log\det\Sigma", r"\Sigma", shapes={"Sigma": "n x n"}).result) == "inv(Sigma)'"
    assert str(derive.parse_latex("x^Tx")) == "x'*x"
    assert [name_of(t) for t in (r"\hat{\mathbf x}_1", "W_{12}")] == ["x_hat_1", "W_1_2"]
    with pytest.raises(derive.DeriveError):
        derive.gradient("XA", "X", shapes={"X": "n x n", "A": "n x n"}, reading={"syntax": "ascii"})


# ---------------------------------------------------------------- round trips
def squares(draw: st.DrawFn, depth: int) -> str:
    if depth == 0:
        return draw(st.sampled_from(["B", "C", "W", "eye(n)", "diag(x)", "x*y'"]))
    one = squares(draw, depth - 1)
    forms = "{}*{} {}+{} {}-{} {}.*{} {}' inv({}+9*eye(n)) t*{} {}*tr({}) expm({})".split()
    form = draw(st.sampled_from(forms))
    parts = [f"({one})"] + [f"({squares(draw, depth - 1)})" for _ in range(form.count("{}") - 1)]
    return form.format(*parts)


@st.composite
def scalars(draw: st.DrawFn) -> str:
    inner = squares(draw, draw(st.integers(1, 3)))
    forms = ["tr({})", "x'*({})*y", "norm({})^2/2", "det({})", "log(det({})^2 + 1)", "norm(({})*x - y)", "sum(({})*x)",
             "lam*norm1(({})*x)", "norm_nuc({})", "tanh(x)'*({})*exp(y)", "W : {}"]  # fmt: skip
    return draw(st.sampled_from(forms)).format(f"({inner})")


STYLES = {
    "printed": lambda s: s,
    "T": lambda s: s.replace(r"\top", "T"),
    "prime": lambda s: s.replace(r"^\top", "'"),
    "bold": lambda s: s.replace(" B", r" \mathbf{B}").replace("W ", r"\boldsymbol W "),
    "vert": lambda s: s.replace(r"\|", r"\Vert "),
    "trace": lambda s: s.replace(r"\operatorname{tr}", r"\mathrm{Tr}"),
    "circ": lambda s: s.replace(r"\odot", r"\circ"),
    "dense": lambda s: s.replace("  ", " ").replace(" + ", "+").replace(" = ", "="),
}


@settings(max_examples=150, deadline=None)
@given(scalars(), st.sampled_from(sorted(STYLES)), st.sampled_from(["colon", "inner"]))
def test_round_trip(text: str, style: str, notation: str) -> None:
    """What the printer writes, in other people's styles too, is read as the same value, or refused."""
    table, signatures = Table(), rule_book().signatures
    typed = read_any(text, table=table, signatures=signatures, shapes=SHAPES)
    latex = STYLES[style](latex_text(typed.term, notation))
    try:
        back = read_latex(latex, table=table, signatures=signatures, shapes=SHAPES)
    except derive.AmbiguityError:
        return
    same = read_any(back.ascii, table=table, signatures=signatures, shapes=SHAPES)
    assert same.term.shape == typed.term.shape
    assert values(same.ascii or str(same.term)) == pytest.approx(values(text), rel=1e-9)


def values(text: str) -> float:
    import numpy as np
    import oracle

    rng = np.random.default_rng(5)
    sizes = {"m": 2, "n": 3}
    drawn = {
        name: rng.normal() if s == "scalar" else rng.normal(size=[sizes[d] for d in s.split(" x ")]) / 2
        for name, s in SHAPES.items()
    }
    return float(np.asarray(oracle.evaluate(text, {**sizes, **drawn})).reshape(-1)[0])


# ---------------------------------------------------------------- garbage
PIECES = (
    r"\ { } ^ _ ( ) | \| \left \right \frac \sum_i _{ij} ^T ^{-1} ' 1 0 I e \log tr"
    r" \cdot \odot + - = , & \\ \hat x X é ²"
)


def test_mutations_are_answers_or_errors() -> None:
    rng = random.Random(7)
    sources = [line.partition("=>")[0].strip() for line in READ.strip().splitlines()]
    pieces = [*PIECES.split(" "), " ", "\n", "\x00", "$"]
    read = 0
    for _ in range(1500):
        signs = list(rng.choice(sources))
        for _ in range(rng.randrange(1, 4)):
            i = rng.randrange(len(signs) + 1)
            if rng.random() < 0.5:
                signs.insert(i, rng.choice(pieces))
            else:
                del signs[i - 1 : i]
        try:
            read_any("".join(signs), table=Table(), signatures=rule_book().signatures, shapes=SHAPES, wrt="x")
            read += 1
        except derive.DeriveError:
            pass
    assert read > 100


@pytest.mark.parametrize(
    "text",
    ["(" * 10**6, r"\sqrt{" * 10**5, "|" * 10**6, "x" * 10**6, r"\frac" * 10**5, "^" * 10**6,
     r"\exp(" * 900 + "t" + ")" * 900, "x" + "'" * 10**5, r"\mathbf{" * 10**5, "\\\\" * 10**5, "t+" * 30000 + "t"],
    ids=["brackets", "roots", "bars", "letters", "fractions", "hats", "nested", "primes", "fonts", "lines", "long"],
)  # fmt: skip
def test_bounded(text: str) -> None:
    start = time.monotonic()
    try:
        reading(text)
    except derive.DeriveError as error:
        assert len(str(error)) < 1000
    assert time.monotonic() - start < 10
