"""SymPy in and out: how expressions are read, what is refused, and what comes back."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sympy
from oracle import evaluate
from sympy import (
    Adjoint,
    Determinant,
    DiagMatrix,
    DiagonalMatrix,
    DiagonalOf,
    DotProduct,
    Float,
    Function,
    FunctionMatrix,
    HadamardPower,
    I,
    Identity,
    Integer,
    Inverse,
    KroneckerDelta,
    KroneckerProduct,
    Lambda,
    MatMul,
    Matrix,
    MatrixSymbol,
    Max,
    Min,
    Mul,
    OneMatrix,
    Rational,
    S,
    Sum,
    Symbol,
    Trace,
    ZeroMatrix,
    exp,
    log,
    pi,
    sin,
    sqrt,
    symbols,
)  # fmt: skip
from sympy.matrices.expressions import hadamard_product
from sympy_numpy import value

import derive
from derive.interop.sympy_names import Names
from derive.interop.sympy_reader import read_sympy
from derive.rulebook import RuleBook
from derive.terms import Table

SIGNATURES = RuleBook.load().signatures
m, n = symbols("m n", integer=True, positive=True)
i, j = symbols("i j", integer=True)
t, s = symbols("t s", real=True)
X, A = MatrixSymbol("X", n, n), MatrixSymbol("A", n, n)
Y = MatrixSymbol("Y", m, n)
x, y, r = MatrixSymbol("x", n, 1), MatrixSymbol("y", n, 1), MatrixSymbol("r", 1, n)
one = MatrixSymbol("s", 1, 1)


def reading(f: Any, complex_: bool = False, **options: Any) -> Any:
    return read_sympy(f, Names(complex_), table=Table(), signatures=SIGNATURES, **options)


READ = [
    (X.T * A * X, "X'*A*X"), (X - 2 * A, "X - 2*A"), (Inverse(X), "inv(X)"), (X**-2, "inv(X)^2"), (X**3, "X^3"),
    (X**S.Half, "sqrtm(X)"), (X ** Rational(-3, 2), "inv(sqrtm(X))^3"), (Trace(X) ** 2, "tr(X)^2"),
    (Determinant(X), "det(X)"), (log(Determinant(X)), "logdet(X)"), (hadamard_product(X, A), "A.*X"),
    (HadamardPower(X, -1), "ones(n,n)./X"), (HadamardPower(2, X), "exp(log(2)*X)"),
    (KroneckerProduct(Y, X, A), "kron(kron(Y, X), A)"), (DiagMatrix(x), "diag(x)"), (DiagMatrix(x.T), "diag(x)"),
    (DiagonalMatrix(X), "diag(diag(X))"), (DiagonalOf(X), "diag(X)"), (Identity(n), "eye(n)"),
    (OneMatrix(m, n), "ones(m,n)"), (OneMatrix(n, 1), "ones(n)"), (ZeroMatrix(m, n), "zeros(m,n)"),
    (DotProduct(x, y), "x'*y"), (DotProduct(x.T, y), "x'*y"), (Adjoint(Y), "Y'"), (sqrt(x.T * x), "sqrt(x'*x)"),
    (x / sqrt(x.T * x), "x/sqrt(x'*x)"), (x.T * A * x / (x.T * x), "x'*A*x/(x'*x)"), (log(x.T * x), "log(x'*x)"),
    (X * x.T * x, "(x'*x)*X"), (Mul(x.T * x, X), "x'*x*X"), (r * X * r.T, "r*X*r'"), (one * x.T, "s*x'"),
    (MatMul(2, X, evaluate=False), "2*X"), (MatMul(X, A, X, evaluate=False), "X*A*X"),
    (X[0, 1], "unit(n,1)'*X*unit(n,2)"), (x[2, 0], "unit(n,3)'*x"), (r[0, 1], "r*unit(n,2)"),
    (X[i, j], "unit(n,i + 1)'*X*unit(n,j + 1)"), (X[i - 1, j - 1], "unit(n,i)'*X*unit(n,j)"),
    (X.applyfunc(sin), "sin(X)"), (x.applyfunc(lambda z: z**2 + 1), "ones(n) + x.^2"),
    (X.applyfunc(lambda z: z * exp(-z / 2)), "X.*exp(-1/2*X)"), ((x.T * y).applyfunc(sin), "sin(x'*y)"),
    (exp(X), "expm(X)"), (sin(X), "sinm(X)"), (log(X), "logm(X)"), (2 * exp(t) + pi, "pi + 2*exp(t)"),
    (Max(0, Trace(X)), "relu(tr(X))"), (Max(t, s), "s + relu(t - s)"), (Min(t, s), "s - relu(s - t)"),
    (Float("0.1") * t, "0.1*t"), (t / 3, "t/3"), (sympy.E * t, "t*exp(1)"), (n * Trace(X), "n*tr(X)"),
    (sympy.asin(t), "arcsin(t)"), (1 / sympy.cos(t), "1/cos(t)"), (sympy.cot(t), "1/tan(t)"), (abs(t), "abs(t)"),
    (sympy.conjugate(Symbol("z")), "z"), (sympy.Heaviside(t), "(1 + sign(t))/2"), (Integer(3), "3"),
    (Matrix([[t, 1]]), "t*unit(2,1)' + unit(2,2)'"),
    (Matrix([[1, 0], [0, t]]), "unit(2,1)*unit(2,1)' + t*unit(2,2)*unit(2,2)'"),
    (Matrix([[0, 0]]), "zeros(2)'"), (FunctionMatrix(n, n, Lambda((i, j), X[i, j] * x[i, 0])), "diag(x)*X"),
    (FunctionMatrix(n, 1, Lambda((i, j), KroneckerDelta(i, 2))), "unit(n,3)"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "text"), READ, ids=lambda v: str(v).replace("\n", " ")[:50])
def test_an_expression_is_read(f: Any, text: str) -> None:
    assert str(reading(f).term) == text


def over(body: Any, *indices: Any) -> Any:
    return Sum(body, *[(k, 0, n - 1) for k in indices])


k, p = symbols("k p", integer=True)
SUMS = [
    (over(X[i, j] * A[i, j], i, j), "X : A"), (over(X[i, j] * A[j, i], i, j), "X : A'"),
    (over(X[i, j] ** 2, i, j), "X : X"),
    (over(X[i, i], i), "sum(diag(X))"), (over(x[i, 0] * y[i, 0], i), "x'*y"), (over(x[i, 0] ** 2, i), "x'*x"),
    (over(x[i, 0] * X[i, j] * y[j, 0], i, j), "y'*X'*x"), (over(X[i, j] * A[j, k] * X[k, i], i, j, k), "X : (A*X)'"),
    (over(over((X * A.T)[i, j] ** 2, i), j), "A*X' : A*X'"), (over(3, i), "3*n"),
    (over(log(1 + exp(-x[i, 0] * y[i, 0])), i), "sum(log(ones(n) + exp(-x.*y)))"),
    (over(x[i, 0] + y[i, 0], i), "sum(x) + sum(y)"), (over(exp(X[i, 1]), i), "sum(exp(X*unit(n,2)))"),
    (over((x[i, 0] - y[j, 0]) ** 2, i, j), "norm(x*ones(n)' - ones(n)*y')^2"),
    (over(over(X[i, j], j) ** 2, i), "rowsum(X)'*rowsum(X)"), (Trace(X * A).rewrite(Sum), "tr(X*A)"),
    (over(x[i, 0] * over(x[i, 0], i), i), "sum(x)^2"), (over(X[i, j] * A[i, k] * X[i, p], i, j, k, p), None),
]  # fmt: skip


@pytest.mark.parametrize(("f", "text"), SUMS, ids=lambda v: str(v)[:50])
def test_a_sum_over_entries_is_read(f: Any, text: str | None) -> None:
    """As a formula that has the value of the sum, and of the one that a person would write."""
    rng = np.random.default_rng(2)
    square, column = (lambda: rng.normal(size=(3, 3))), (lambda: rng.normal(size=(3, 1)))
    at = {n: 3, X: square(), A: square(), x: column(), y: column()}
    plain = {str(s): v[:, 0] if np.shape(v) == (3, 1) else v for s, v in at.items()}
    found = evaluate(str(reading(f).term), plain).item()
    assert found == pytest.approx(value(f, at), rel=1e-12)
    assert text is None or found == pytest.approx(evaluate(text, plain).item(), rel=1e-12)


REFUSED = [
    (Function("f")(t), "NoRuleError", "f(t)"), (sympy.Derivative(Trace(X), X), "NoRuleError", "Derivative"),
    (sympy.BlockMatrix([[X, A]]), "NoRuleError", "BlockMatrix"), (X[:2, :2], "NoRuleError", "MatrixSlice"),
    (sympy.Product(x[i, 0], (i, 0, n - 1)), "NoRuleError", "Product"), (sympy.oo * t, "NoRuleError", "Infinity"),
    (sympy.Integral(t, t), "NoRuleError", "Integral"), (sympy.Tuple(t, s), "NoRuleError", "Tuple"),
    (sympy.Eq(t, s), "NoRuleError", "Equality"), (sympy.true, "NoRuleError", "BooleanTrue"),
    (sympy.nan, "NoRuleError", "NaN"),
    (sympy.Permanent(X), "NoRuleError", "Permanent"), (sympy.gamma(t), "NoRuleError", "gamma"),
    (sympy.Piecewise((t, t > 0), (s, True)), "NoRuleError", "Piecewise"), (X**X, "NoRuleError", "MatPow"),
    (sympy.MatPow(X, Rational(1, 3)), "NoRuleError", "power"), (exp(Y), "ShapeError", "exp(Y)"),
    (Matrix(9, 9, lambda a, b: a + b), "NoRuleError", "explicit"),
    (X[0, 0] + Sum(i * x[i, 0], (i, 0, n - 1)), "ParseError", "`i`"),
    (Sum(x[i, 0], (i, 0, n - 2)), "ParseError", "all entries"), (Sum(x[i, 0], (i, 1, n - 1)), "ParseError", "from 1"),
    (Sum(X[i, j], (i, 0, j), (j, 0, n - 1)), "ParseError", "Sum"),
    (Sum(X[i + 1, 0], (i, 0, n - 1)), "ParseError", "index"),
    (over(x[i, 0], i) * y[i, 0], "ParseError", "free"), (over(2 ** x[i, 0], i), "ParseError", "exponent"),
    (y[i, 0] * over(y[i, 0], i), "ParseError", "free"),
    (over(X[i, j] * X[i, k] * X[i, p] * A[j, k] * A[j, p] * A[k, p], i, j, k, p), "ParseError", "two matrices"),
    (Sum(Y[i, j], (i, 0, n - 1), (j, 0, n - 1)), "ParseError", "all entries"),
    (MatrixSymbol("Q", n + 1, n), "ShapeError", "n + 1"), (MatrixSymbol("a b", n, n), "ParseError", "a b"),
    (t * Trace(X) * Symbol("t", positive=True), "AmbiguityError", "`t`"), (Symbol("X") * X, "AmbiguityError", "`X`"),
    (Symbol("z", commutative=False), "ParseError", "commutative"), (Symbol("z", imaginary=True), "ParseError", "real"),
    (sympy.im(Symbol("z")) * t, "NoRuleError", "imaginary"), (Symbol("pi") * pi, "AmbiguityError", "pi"),
    (sympy.Heaviside(t, 1), "NoRuleError", "Heaviside"), (HadamardPower(t, X), "NoRuleError", "Hadamard"),
    (HadamardPower(A, X), "NoRuleError", "Hadamard"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "kind", "names"), REFUSED, ids=lambda v: str(v).replace("\n", " ")[:40])
def test_what_cannot_be_read_is_named(f: Any, kind: str, names: str) -> None:
    with pytest.raises(derive.DeriveError) as error:
        reading(f)
    assert type(error.value).__name__ == kind
    assert names in str(error.value)


# ---------------------------------------------------------------- questions
def test_the_symbols_of_the_question_come_back() -> None:
    q = Symbol("q", positive=True)
    k = Symbol("k")
    Z, z = MatrixSymbol("Z", k, k), MatrixSymbol("z", k, 1)
    result = derive.gradient(q * z.T * Z * z, z).to_sympy()
    assert result.free_symbols == {q, Z, z}
    assert result.shape == (k, 1)
    explicit = {k: 2, q: 3}
    values = {Z: Matrix([[1, 2], [3, 4]]), z: Matrix([5, 6])}
    shown = result.xreplace(explicit).subs({s.xreplace(explicit): v for s, v in values.items()}).doit()
    assert shown == 3 * (values[Z] + values[Z].T) * values[z]


def test_the_silent_zero_has_an_answer() -> None:
    proof = derive.gradient(log(Determinant(X)), X)
    assert proof.to_sympy() == Inverse(X).T
    assert proof.inferred == ("read as logdet(X) (from SymPy)",)
    assert "% gradient of log(Determinant(X)) with respect to X" in proof.latex()
    assert proof.source == "log(Determinant(X))"


def test_the_head_says_what_was_taken_for_granted() -> None:
    assert derive.gradient(Trace(Adjoint(X) * A), X).inferred == (
        "read as tr(X'*A) (from SymPy)", "the variables are real: the conjugate transpose is the transpose",
    )  # fmt: skip


def test_a_text_may_be_differentiated_by_a_symbol() -> None:
    proof = derive.gradient("norm(B*x - b)^2", x)
    assert str(proof.result) == "2*B'*(B*x - b)"
    assert proof.to_sympy().has(x)
    assert proof.shapes["x"] == ("n", 1)


def test_the_variable_may_be_a_name() -> None:
    assert derive.gradient(x.T * A * x, "x").result.shape == ("n", 1)


@pytest.mark.parametrize("f", [Trace(X), Integer(2), t**2, n * t])
def test_without_the_variable_the_gradient_is_zero(f: Any) -> None:
    assert derive.gradient(f, Y).to_sympy() == ZeroMatrix(m, n)


def test_a_name_that_does_not_occur_is_an_error_as_in_a_text() -> None:
    with pytest.raises(derive.ParseError, match="neither declared nor does it occur"):
        derive.gradient(Trace(X), "Q")
    assert str(derive.gradient(Trace(X), "Q", shapes={"Q": "p x q"}).result) == "zeros(p,q)"


def test_a_row_is_a_variable() -> None:
    proof = derive.gradient((r * A * r.T)[0, 0], r)
    assert proof.to_sympy().shape == (1, n)
    assert proof.result.shape == (1, "n")


def test_sizes_are_kept() -> None:
    Z = MatrixSymbol("Z", 3, 2 * n)
    assert derive.gradient(Trace(Z.T * Z), Z).to_sympy() == 2 * Z
    assert derive.gradient(Trace(Z.T * Z), Z).shapes == {"Z": (3, (2, "n"))}


def test_a_matrix_of_one_entry_is_a_scalar() -> None:
    assert str(derive.gradient(exp(2 * one), one).result) == "2*exp(2*s)"
    assert derive.gradient(exp(2 * one), one).to_sympy() == 2 * exp(2 * one[0, 0])


def test_assumptions_become_properties() -> None:
    q, k = Symbol("q", positive=True), Symbol("k", integer=True, positive=True)
    assert derive.gradient(log(q) * Trace(X), X).assumptions == ("q is positive",)
    assert derive.gradient(Trace(X**k), X).assumptions == ("k is a positive integer",)


def test_the_user_may_add_properties() -> None:
    proof = derive.gradient(Trace(A * X), X, assume={"X": ["symmetric"]})
    assert str(proof.result) == "1/2*(A + A')"
    assert proof.to_sympy() == (A + A.T) / 2


CONTRADICTIONS = [
    ({"shapes": {"X": "m x n"}}, "ShapeError"), ({"shapes": {"n": "scalar"}}, "ShapeError"),
    ({"assume": {"t": ["positive"]}}, "ParseError"), ({"reading": {"exp": "matrix"}}, "ParseError"),
    ({"shapes": {"t": "n"}}, "ShapeError"), ({"assume": {"Q": ["positive"]}}, "ParseError"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "kind"), CONTRADICTIONS, ids=str)
def test_what_contradicts_the_symbols_is_an_error(options: dict[str, Any], kind: str) -> None:
    with pytest.raises(derive.DeriveError) as error:
        derive.gradient(Symbol("t", negative=True) * Trace(X), X, **options)
    assert type(error.value).__name__ == kind


def test_the_declared_shape_may_be_said_again() -> None:
    assert derive.gradient(Trace(X), X, shapes={"X": "n x n"}, assume={"X": ["invertible"]}).to_sympy() == Identity(n)


@pytest.mark.parametrize("wrt", [X[0, 0], X.T, Matrix([1]), Integer(2), x + y, 3, None], ids=str)
def test_the_variable_is_a_symbol(wrt: Any) -> None:
    with pytest.raises(derive.ParseError, match=r"it is no symbol|the variable is a name"):
        derive.gradient(Trace(X), wrt)


def test_the_variable_is_not_another_symbol_of_its_name() -> None:
    with pytest.raises(derive.AmbiguityError, match="two different SymPy symbols"):
        derive.gradient(Symbol("t") ** 2, Symbol("t", real=True))


def test_a_dimension_is_no_variable() -> None:
    with pytest.raises(derive.ParseError, match="`n` is a dimension"):
        derive.gradient(n * Trace(X), n)


def test_complex_variables() -> None:
    B, z, b = MatrixSymbol("B", m, n), MatrixSymbol("z", n, 1), MatrixSymbol("b", m, 1)
    residual = B * z - b
    proof = derive.wirtinger(Adjoint(residual) * residual, z, kind="gradient")
    assert str(proof.result) == "2*conj(B)'*(B*z - b)"
    assert proof.to_sympy() == 2 * Adjoint(B) * (B * z - b)
    assert derive.wirtinger(t * Adjoint(z) * z, z).assumptions == ("t is real",)
    assert str(derive.wirtinger(I * Trace(X), X, kind="d/dZ").result) == "1i*eye(n)"


def test_a_complex_number_in_a_real_question_is_an_error() -> None:
    with pytest.raises(derive.NoRuleError, match="complex number"):
        derive.gradient(I * t, t)


def test_a_deep_expression_is_refused() -> None:
    f: Any = t
    for _ in range(600):
        f = sin(f, evaluate=False)
    with pytest.raises(derive.LimitError, match="nested too deeply"):
        derive.gradient(f, t)


@pytest.mark.parametrize("number", [Integer(10) ** 5000, 1 / Integer(10) ** 5000, Float("1e400"), Float("1e-400")])
def test_a_number_out_of_range_is_refused(number: Any) -> None:
    with pytest.raises(derive.LimitError, match="out of range"):
        derive.gradient(number * t, t)


def test_a_large_expression_is_refused_before_it_is_written_out() -> None:
    f: Any = Trace(X)
    for _ in range(100):  # 2^100 occurrences of a trace
        f = sympy.Add(f, Mul(t, f, evaluate=False), evaluate=False)
    with pytest.raises(derive.LimitError, match="too large"):
        derive.gradient(f, X)


def test_the_error_of_a_shape_names_the_subexpression() -> None:
    Z = MatrixSymbol("Z", m, m)
    with pytest.raises(derive.ShapeError, match=r"X\*Z"):
        derive.gradient(Trace(MatMul(X, Z, evaluate=False)), X)


# ---------------------------------------------------------------- out
NO_FORM = ["tril(X)", "expm(X)", "pinv(X)", "polar(X)"]


@pytest.mark.parametrize("f", NO_FORM)
def test_what_has_no_form_in_sympy_is_named(f: str) -> None:
    term = derive.parse(f, shapes={"X": "n x n"})
    with pytest.raises(derive.DeriveError, match=f"`{f.partition('(')[0]}` has no form in SymPy"):
        derive.gradient("tr(X)", "X").to_sympy(term)


def test_new_symbols_say_what_they_are() -> None:
    result = derive.gradient("s*norm(C*x)^2", "x", shapes={"s": "scalar", "C": "p x n", "x": "n"}).to_sympy()
    names = {str(a): a for a in result.free_symbols}
    assert names["C"].shape == (Symbol("p", integer=True, positive=True), Symbol("n", integer=True, positive=True))
    assert names["s"].is_real


def test_a_term_of_the_proof_can_be_handed_out() -> None:
    proof = derive.gradient("norm(X*A')^2/2", "X", shapes={"X": "m x n", "A": "p x n"})
    assert [str(proof.to_sympy(line.term)) for line in proof.lines()[-1:]] == ["X*A.T*A"]


def test_sympy_is_imported_for_its_own_objects_alone() -> None:
    code = "import sys, derive; derive.gradient('tr(X)', 'X'); print('sympy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
