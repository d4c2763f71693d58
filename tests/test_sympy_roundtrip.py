"""Values survive the way in and out: SymPy's expression, the term that was read, and the expression handed out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracle import evaluate
from sympy import (
    Determinant,
    DiagMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Sum,
    Symbol,
    Trace,
    Transpose,
    exp,
    log,
    sin,
    sqrt,
    symbols,
)  # fmt: skip
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy_numpy import value

import derive
from derive.interop.sympy_names import Names
from derive.interop.sympy_reader import read_sympy
from derive.interop.to_sympy import ENTRYWISE, WRITERS, sympy_expression
from derive.rulebook import RuleBook
from derive.terms import Table

SIGNATURES = RuleBook.load().signatures
m, n = symbols("m n", integer=True, positive=True)
i, j = symbols("i j", integer=True)
t = Symbol("t", positive=True)
X, A, Y = MatrixSymbol("X", n, n), MatrixSymbol("A", n, n), MatrixSymbol("Y", m, n)
x, y, z = MatrixSymbol("x", n, 1), MatrixSymbol("y", n, 1), MatrixSymbol("z", m, 1)


def point() -> dict[Any, Any]:
    rng = np.random.default_rng(5)
    at: dict[Any, Any] = {m: 2, n: 3, t: 1.3}
    for s in (X, A, Y, x, y, z):
        at[s] = rng.uniform(0.2, 1.2, [at[d] if d in at else int(d) for d in s.shape])
    at[X], at[A] = at[X] + np.eye(3), at[A] + np.eye(3)
    return at


AT = point()
PLAIN = {str(s): v[:, 0] if np.ndim(v) == 2 and v.shape[1] == 1 else v for s, v in AT.items()}


# ---------------------------------------------------------------- random expressions
def over(body: Any, *indices: Any) -> Any:
    return Sum(body, *[(k, 0, n - 1) for k in indices])


number = st.sampled_from([sympy.Integer(2), Rational(-1, 2), sympy.Float("0.25"), sympy.pi, t, n, sympy.Integer(-1)])
scalars = st.deferred(lambda: _scalars)
vectors = st.deferred(lambda: _vectors)
squares = st.deferred(lambda: _squares)
entries = st.sampled_from([X[i, j], A[j, i], x[i, 0], y[j, 0], X[i, i], sympy.Integer(2)])
summands = st.recursive(
    entries,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a * b, inner, inner), st.builds(lambda a, b: a + b, inner, inner),
        inner.map(sin), inner.map(lambda a: a**2),
    ),
    max_leaves=4,
)  # fmt: skip
_scalars = st.one_of(
    number, squares.map(Trace), squares.map(Determinant), vectors.map(lambda v: sqrt(Trace(MatMul(Transpose(v), v)))),
    st.builds(lambda a, b: Trace(MatMul(Transpose(a), b)), vectors, vectors), summands.map(lambda a: over(a, i, j)),
    st.builds(lambda a, b: a * b, scalars, scalars), st.builds(lambda a, b: a + b, scalars, scalars),
    scalars.map(lambda a: exp(sin(a))), scalars.map(lambda a: log(1 + a**2)),
    st.sampled_from([X[0, 1], x[2, 0], Y[1, 0]]),
)  # fmt: skip
_vectors = st.one_of(
    st.sampled_from([x, y, x]), st.builds(MatMul, squares, vectors), st.just(Y.T * z),
    st.builds(MatAdd, vectors, vectors), st.builds(MatMul, scalars, vectors),
    st.builds(HadamardProduct, vectors, vectors), vectors.map(lambda v: v.applyfunc(sin)), squares.map(DiagonalOf),
    vectors.map(lambda v: v.applyfunc(lambda s: s**2 * exp(-s) + 1)),
)  # fmt: skip
_squares = st.one_of(
    st.sampled_from([X, A, X.T, Y.T * Y, Identity(n), OneMatrix(n, n)]),
    st.builds(MatMul, squares, squares),
    st.builds(MatAdd, squares, squares), st.builds(MatMul, scalars, squares),
    st.builds(HadamardProduct, squares, squares), squares.map(Transpose), vectors.map(DiagMatrix),
    st.builds(lambda a, b: MatMul(a, Transpose(b)), vectors, vectors), squares.map(lambda a: HadamardPower(a, 2)),
    st.sampled_from([Inverse(X), X**2, Inverse(X * A), A**-2]), squares.map(lambda a: a.applyfunc(sympy.cos)),
)  # fmt: skip
expressions = st.one_of(scalars, vectors, squares, st.builds(KroneckerProduct, squares, squares))


def agree(found: Any, want: Any) -> bool:
    found, want = np.asarray(found, dtype=float), np.asarray(want, dtype=float)
    return found.size == want.size and bool(
        abs(found.reshape(want.shape) - want).max() <= 1e-8 * max(1.0, abs(want).max())
    )


@settings(max_examples=40, deadline=None)
@given(expressions)
def test_a_value_survives_the_way_in_and_out(f: Any) -> None:
    with np.errstate(all="ignore"):
        want = np.asarray(value(f, AT), dtype=float)
    assume(np.isfinite(want).all() and abs(want).max() < 1e8)
    names = Names(False)
    try:
        term = read_sympy(f, names, table=Table(), signatures=SIGNATURES).term
    except derive.ParseError as error:
        assert "matrix form" in error.what  # of a sum over entries
        return
    assert agree(evaluate(str(term), PLAIN), want)
    out = sympy_expression(term, names.symbols)
    assert agree(value(out, AT), want)
    assert out.free_symbols <= {m, n, t, X, A, Y, x, y, z}


@settings(max_examples=25, deadline=None)
@given(scalars, st.sampled_from([X, x]))
def test_the_gradient_is_that_of_the_differences(f: Any, wrt: Any) -> None:
    from sympy_numpy import jacobian

    with np.errstate(all="ignore"):
        want, rough = (
            jacobian(lambda v: value(f, {**AT, wrt: v}), AT[wrt], step).reshape(AT[wrt].shape, order="F")
            for step in (1e-3, 2e-3)
        )
        size = abs(float(np.asarray(value(f, AT), dtype=float).item()))
    assume(np.isfinite(want).all() and max(size, abs(want).max()) < 1e4)
    assume(abs(want - rough).max() <= 1e-5 * max(1.0, size, abs(want).max()))  # differences can say it here
    try:
        result = derive.gradient(f, wrt, limits={"seconds": 0.5}).to_sympy()
    except derive.DeriveError as error:
        assume(not isinstance(error, derive.VerificationError))
        return
    try:
        found = np.asarray(value(result, AT), dtype=float)
    except np.linalg.LinAlgError:  # adj(A) goes out as det(A)*inv(A), which has no value where A is singular
        assume(False)
    gap = abs(found - want).max()
    assert gap <= 1e-5 * max(1.0, size, abs(want).max())


# ---------------------------------------------------------------- every head that has a form
TEXTS = {
    "num": "2.5", "add": "X + A - 2*X", "mul": "t*x'*A*y*X*(x'*y)", "had": "X.*A", "colon": "X : A",
    "pow": "X^-2 + A^3",
    "hpow": "X.^3", "unit": "X*unit(n,2)*t", "diag": "diag(X) + diag(x)*y", "softmax": "softmax(x)",
    "kron": "kron(X, Y)", "dot": "dot(x, y)", "outer": "outer(x, z)", "vec": "vec(Y) - vec(Y*X)",
    "var": "X", "dim": "m*n*X",
    "commutation": "commutation(m,n)*vec(Y)", "pi": "pi*t", "ones": "ones(m,n)", "zeros": "zeros(m,n)", "eye": "eye(n)",
    "T": "Y'", "tr": "tr(X)", "det": "det(X)", "logdet": "logdet(X*X')", "adj": "adj(X)", "inv": "inv(X)",
    "sqrtm": "sqrtm(X*X')", "norm": "norm(X) + norm(x)", "norm1": "norm1(X - A)", "norm_nuc": "norm_nuc(X)",
    "sum": "sum(Y)", "mean": "mean(Y)", "rowsum": "rowsum(Y)", "colsum": "colsum(Y)", "logsumexp": "logsumexp(x)",
}  # fmt: skip
SHAPES = {"X": "n x n", "A": "n x n", "Y": "m x n", "x": "n", "y": "n", "z": "m", "t": "scalar"}
#: Without a text in a real question.
COMPLEX = {"d", "imaginary_unit", "conj", "real", "imag"}


def test_every_head_with_a_form_has_a_text() -> None:
    assert set(TEXTS) | COMPLEX == set(WRITERS) | {"real", "imag"}


@pytest.mark.parametrize("head", TEXTS)
def test_a_head_has_its_value_in_sympy(head: str) -> None:
    check(TEXTS[head])


@pytest.mark.parametrize("name", sorted(set(ENTRYWISE) - COMPLEX))
@pytest.mark.parametrize("argument", ["X/4", "x/4", "t/4"])
def test_a_function_has_its_value_in_sympy(name: str, argument: str) -> None:
    check(f"{name}({argument})")


def check(text: str) -> None:
    term = derive.parse(text, shapes=SHAPES)
    symbols_ = {str(s): s for s in AT}
    assert agree(value(sympy_expression(term, symbols_), AT), evaluate(text, PLAIN))


@pytest.mark.parametrize("text", ["conj(X)'", "conj(t)*real(t)", "imag(x)", "2i*X", "norm(x)^2"])
def test_complex_values(text: str) -> None:
    """Over complex numbers, where the norm has a conjugate."""
    at = {**AT, X: AT[X] * (1 + 2j), x: AT[x] * (2 - 1j), t: 1 + 1j}
    z = Symbol("t")
    out = sympy_expression(derive.parse(text, shapes=SHAPES), {"X": X, "x": x, "t": z, "n": n, "m": m}, complex_=True)
    plain = {str(s): v[:, 0] if np.ndim(v) == 2 and v.shape[1] == 1 else v for s, v in at.items()}
    found, want = np.asarray(value(out, {**at, z: at[t]})), evaluate(text, plain)
    assert abs(found.reshape(want.shape) - want).max() < 1e-12
