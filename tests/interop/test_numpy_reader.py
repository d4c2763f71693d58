"""NumPy as input: what is read has the value that NumPy itself gives for the text; what is refused says where."""

from __future__ import annotations

import random
import subprocess
import sys
import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy
import scipy.linalg
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.api import rule_book
from derive.cli import main
from derive.evaluate import Point, evaluate
from derive.fields import FLOAT, DomainError
from derive.interop import numpy_names
from derive.interop.numpy_parser import LONGEST, parse_numpy
from derive.recognise import numpy_sign, read_any
from derive.syntax import Reading
from derive.terms import Table

SHAPES = {"A": "m x n", "X": "n x k", "x": "n", "y": "n", "b": "m", "B": "n x n", "S": "n x n", "C": "m x n",
          "t": "scalar", "s": "scalar"}  # fmt: skip
SIZES = {"m": 4, "n": 3, "k": 5}


def reading(text: str, shapes: dict[str, str] | None = SHAPES, **options: Any) -> Reading:
    signatures = rule_book().signatures
    return read_any(text, table=Table(), signatures=signatures, shapes=shapes, **options)


def arrays(seed: int, vectors: str = "1-D") -> dict[str, Any]:
    """Positive numbers, so that log and sqrt are defined; vectors are 1-D unless they are columns."""
    source = np.random.default_rng(seed)
    out: dict[str, Any] = {}
    for name, shape in SHAPES.items():
        size = tuple(SIZES[d.strip()] for d in shape.split(" x ")) if shape != "scalar" else ()
        value = source.uniform(0.3, 1.3, size)
        out[name] = value[:, None] if len(size) == 1 and vectors == "columns" else value
    return out


def by_numpy(text: str, values: dict[str, Any]) -> Any:
    """The very text, run by Python: the last statement is the value."""
    namespace = {**values, "np": np, "numpy": np, "scipy": scipy, **SIZES}
    *definitions, last = [line.strip() for part in text.split("\n") for line in part.split(";") if line.strip()]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for line in definitions:
            exec(line, namespace)
        return eval(last, namespace)


def by_derive(read: Reading, values: dict[str, Any]) -> Any:
    point = {}
    for name, value in values.items():
        if name in read.symbols:
            point[name] = float(value) if np.ndim(value) == 0 else value.reshape(len(value), -1).tolist()
    for name, body in read.definitions:
        point[name] = evaluate(body, Point(FLOAT, SIZES, point))
    return evaluate(read.term, Point(FLOAT, SIZES, point))


def agree(text: str, read: Reading, seed: int = 0, vectors: str = "1-D") -> None:
    values = arrays(seed, vectors)
    theirs, ours = np.asarray(by_numpy(text, values), float), np.asarray(by_derive(read, values), float)
    if theirs.ndim == 2:
        assert ours.shape == theirs.shape or theirs.size == ours.size == 1, (text, read.ascii)
    else:
        assert ours.size == theirs.size and (ours.ndim == 0 or ours.shape[1] == 1), (text, read.ascii)
    assert np.allclose(ours.ravel(), theirs.ravel(), rtol=1e-9, atol=1e-12), (text, read.ascii)


# ---------------------------------------------------------------- what is read
READ = """
np.trace(X.T @ B @ X)                                  | tr(X'*B*X)
np.linalg.norm(A @ x - b)**2                           | norm(A*x - b)^2
numpy.trace(numpy.dot(X.T, X))                         | tr(X'*X)
x @ y                                                  | x'*y
x.T @ x                                                | x'*x
x @ B @ y                                              | x'*B*y
x.T @ B @ y                                            | x'*B*y
x @ B                                                  | B'*x
x.dot(B).dot(y)                                        | x'*B*y
np.dot(A, x)                                           | A*x
np.matmul(A, X)                                        | A*X
np.inner(x, y)                                         | x'*y
np.inner(A, C)                                         | A*C'
np.inner(A, x)                                         | A*x
np.vdot(A, C)                                          | A : C
np.outer(x, b)                                         | x*b'
np.kron(x, b)                                          | kron(x, b)
np.kron(B, A)                                          | kron(B, A)
A * C                                                  | A.*C
np.multiply(A, C) / (C + 1)                            | A.*C./(C + ones(m,n))
np.sum(t * A + x)                                      | sum(t*A + ones(m)*x')
A * x @ y                                              | A*diag(x)*y
x * np.ones_like(y)                                    | x.*ones(n)
A / x @ y                                              | A*diag(ones(n)./x)*y
np.sum(X**2)                                           | sum(X.^2)
np.sum((A @ x - b)**2) / 2                             | sum((A*x - b).^2)/2
0.5*np.square(x) @ y                                   | 0.5*(x.^2)'*y
np.linalg.matrix_power(B, 3) @ x                       | B^3*x
np.linalg.matrix_power(B, -1) @ x                      | inv(B)*x
M = X @ X.T; 0.5*np.sum(M**2)                          | M = X*X'; 0.5*sum(M.^2)
z = x.T @ B; z @ y                                     | z = B'*x; z'*y
np.mean(np.log1p(np.exp(-b * (A @ x))))                | mean(log(exp((-b).*(A*x)) + ones(m)))
1/(1 + np.exp(-(A @ x)))                               | ones(m)./(ones(m) + exp(-A*x))
np.sum(A, axis=1) @ b                                  | rowsum(A)'*b
A.sum(axis=0) * x                                      | colsum(A).*x
A.sum(0) * A                                           | A*diag(colsum(A))
X / np.sum(X, axis=1, keepdims=True)                   | diag(ones(n)./rowsum(X))*X
np.mean(A, axis=0) @ x                                 | colsum(A)'*x/m
A.mean(axis=-1) @ b + A.mean() + x.mean(axis=0)        | rowsum(A)'*b/n + mean(A) + mean(x)
np.max(A) + x.min()                                    | max(A) + min(x)
np.linalg.norm(A)                                      | norm(A)
np.linalg.norm(A, 'fro') + np.linalg.norm(A, ord='nuc') | norm(A) + norm_nuc(A)
np.linalg.norm(A, 2)                                   | norm_spec(A)
np.linalg.norm(A, 1) + np.linalg.norm(A, np.inf)       | max(colsum(abs(A))) + max(rowsum(abs(A)))
np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf)       | norm1(x) + norm_inf(x)
np.linalg.norm(A, axis=1) @ b                          | sqrt(rowsum(A.^2))'*b
np.linalg.solve(B, x)                                  | inv(B)*x
y @ np.linalg.solve(B, X)                              | (inv(B)*X)'*y
np.linalg.inv(B) @ np.linalg.pinv(A)                   | inv(B)*pinv(A)
np.linalg.det(B) * np.linalg.slogdet(B)[1]             | det(B)*log(abs(det(B)))
scipy.linalg.expm(B) @ x                               | expm(B)*x
scipy.linalg.sqrtm(B @ B.T)                            | sqrtm(B*B')
np.exp(B) @ x                                          | exp(B)*x
np.diag(x) @ np.diag(B)                                | diag(x)*diag(B)
np.tril(B) + np.triu(B, 0)                             | tril(B) + triu(B)
np.eye(n) @ x + np.ones(n) + np.zeros(n)               | eye(n)*x + ones(n) + zeros(n)
np.ones((m, n)) @ x                                    | ones(m,n)*x
np.transpose(A) @ b                                    | A'*b
A.transpose() @ b                                      | A'*b
np.maximum(A @ x - b, 0)                               | relu(A*x - b)
np.abs(x - y) @ np.sign(x - y)                         | abs(x - y)'*sign(x - y)
scipy.special.logsumexp(A @ x)                         | logsumexp(A*x)
scipy.special.softmax(A @ x)                           | softmax(A*x)
scipy.special.softmax(A, axis=1)                       | diag(ones(m)./rowsum(exp(A)))*exp(A)
scipy.special.expit(x) @ scipy.special.gammaln(y)      | sigmoid(x)'*gammaln(y)
scipy.special.erf(x) * scipy.special.ndtr(y)           | erf(x).*normcdf(y)
np.einsum('ij,jk->ik', A, X)                           | A*X
np.einsum('i,ij,j->', b, A, x)                         | b'*A*x
np.einsum('ij,ij', A, C)                               | A : C
np.einsum('ji,jk', A, A)                               | A'*A
np.einsum("pq , q -> p", A, x)                         | A*x
np.log2(x) + np.log10(y) + np.expm1(x)                 | log(x)/log(2) + log(y)/log(10) + exp(x) - ones(n)
A.shape[0]*x.shape[0] + x.size + len(b)                | m*n + n + m
A * b[:, None]                                         | diag(b)*A
A * x[None, :]                                         | A*diag(x)
A + b[:, np.newaxis]                                   | A + b*ones(n)'
b[:, None] * x                                         | b*x'
X[0, 1] + x[2]                                         | unit(n,1)'*X*unit(k,2) + unit(n,3)'*x
X[:, 0] @ X[:, 1]                                      | unit(k,1)'*X'*X*unit(k,2)
X[0] @ X[1]                                            | unit(n,1)'*X*X'*unit(n,2)
np.ravel(A) @ A.flatten()                              | vec(A')'*vec(A')
-x @ y                                                 | -x'*y
-(x @ y)**2                                            | -(x'*y)^2
2**-1 * t**2 + np.pi + np.e                            | 2^-1*t^2 + pi + exp(1)
1_000*t + 1.5e3*s + 2.*t + .5*s + np.sqrt(t)           | 1000*t + 1.5E+3*s + 2*t + 0.5*s + sqrt(t)
np.power(x, 3) @ np.reciprocal(y)                      | (x.^3)'*(y.^-1)
"""
ROWS = [tuple(p.strip() for p in line.rsplit("|", 1)) for line in READ.strip().splitlines()]


@pytest.mark.parametrize(("text", "ascii_"), ROWS, ids=[r[0] for r in ROWS])
def test_one_liners(text: str, ascii_: str) -> None:
    read = reading(text, reading={"syntax": "numpy"})
    for seed in range(3):
        agree(text, read, seed)
    assert read.ascii == ascii_ or read.ascii == str(derive.parse(ascii_, SHAPES))
    assert read.inferred[0] == f"read as {read.ascii} (from NumPy)"


COLUMNS = {**SHAPES, "x": "n x 1", "y": "n x 1", "b": "m x 1"}


@pytest.mark.parametrize(
    ("text", "ascii_"),
    [
        ("x @ x.T", "x*x'"), ("x * y.T", "x*y'"), ("x.T @ B", "x'*B"), ("x + y.T", "x*ones(n)' + ones(n)*y'"),
        ("A * b", "diag(b)*A"), ("B * x.T", "B*diag(x)"), ("x.T @ x", "x'*x"), ("np.sum(x, axis=1)", "x"),
        ("np.linalg.norm(x, 1) + np.linalg.norm(x.T, 1)", "norm1(x) + norm_inf(x')"), ("x @ (y.T @ x)", "(y'*x)*x"),
    ],
)  # fmt: skip
def test_columns(text: str, ascii_: str) -> None:
    for read in (
        reading(text, COLUMNS, reading={"syntax": "numpy"}),
        reading(text, reading={"syntax": "numpy", "vectors": "columns"}),
    ):
        agree(text, read, vectors="columns")
        assert read.ascii == ascii_


@pytest.mark.parametrize("text", ["x @ x.T", "x * y.T", "x + y.T", "x.T @ B", "B * x", "np.sum(x * (y.T @ B))"])
def test_where_vectors_have_two_readings_both_are_named(text: str) -> None:
    with pytest.raises(derive.AmbiguityError) as error:
        reading(text, reading={"syntax": "numpy"})
    message = str(error.value)
    for vectors in ("1-D", "columns"):
        decided = reading(text, reading={"syntax": "numpy", "vectors": vectors})
        agree(text, decided, vectors=vectors)
        assert f"`{decided.ascii}`" in message
    assert "^" in message and 'reading={"vectors"' in message


def test_the_shapes_decide_where_they_can() -> None:
    assert reading("A @ x.T").ascii == "A*x"  # of a column it would not fit
    assert reading("x @ b.T").ascii == "x*b'"  # of 1-D arrays it would not fit
    assert reading("A * x", reading={"syntax": "numpy"}).ascii == "A*diag(x)"
    assert reading("A * b", reading={"syntax": "numpy"}).ascii == "diag(b)*A"


def test_the_functions_of_the_book_may_stand_in_numpy_text() -> None:
    read = reading("np.sum(unit(n, 2) * x) + tr(B @ S) + vec(A) @ vec(C) + relu(x) @ unvec(x, n, 1)")
    assert read.ascii == "sum(unit(n,2).*x) + tr(B*S) + vec(A)'*vec(C) + relu(x)'*unvec(x, n, 1)"
    with pytest.raises(derive.DeriveError):
        reading("J(1, 2) @ x")


def test_what_numpy_takes_and_this_reader_does_not_decides_nothing() -> None:
    with pytest.raises(derive.ShapeError, match="kron of a 1-D and a 2-D"):  # of columns it would be read
        reading("np.kron(x, A)")
    assert reading("np.kron(x, A)", COLUMNS).ascii == "kron(x, A)"
    assert "by default" in reading("np.diag(x) @ y").inferred[1]


def test_undeclared_shapes_are_inferred() -> None:
    read = reading("np.linalg.norm(X @ A.T)**2 / 2", None, wrt="X")
    assert (read.ascii, read.shapes["A"], read.shapes["X"]) == ("norm(X*A')^2/2", ("p", "n"), ("m", "n"))
    read = reading("np.sum(X.mean(axis=0) * w)", None)
    assert read.ascii == "sum((colsum(X)/m).*w)" and "1-D arrays" in read.inferred[1]


# ---------------------------------------------------------------- what is refused
REFUSED = """
X^2 @ x                       | ParseError      | X^2                 | exclusive or
X' @ x                        | ParseError      | '                   | write X.T
lambda x: x @ y               | ParseError      | lambda x: x @ y     | a lambda
np.sum([t for t in x])        | ParseError      | [t for t in x]      | a comprehension
x @ y if t else t             | ParseError      | x @ y if t else t   | conditional
np.sum(x) > 0                 | ParseError      | np.sum(x) > 0       | comparison
np.foo(x)                     | ParseError      | np.foo              | no function
np.expm(B)                    | ParseError      | np.expm             | no function
np.cholesky(B)                | ParseError      | np.cholesky         | lower_triangular
np.logaddexp(x, y)            | ParseError      | np.logaddexp        | np.log(np.exp
np.sum(x, dtype=float)        | ParseError      | float               | dtype
np.sum(x, where=True)         | ParseError      | np.sum(x, where=True) | where
np.sum(A, axis=2)             | ShapeError      | np.sum(A, axis=2)   | no axis 2
np.exp(x, y)                  | ParseError      | np.exp(x, y)        | 1 argument
np.__import__('os')           | ParseError      | np.__import__       | no function
__import__('os').system('x')  | ParseError      | system              | not read
x.__class__ @ y               | ParseError      | __class__           | attribute
x.shape @ y                   | ParseError      | shape               | attribute
x.shape[2] @ y                | ParseError      | x.shape[2]          | .shape[1]
x.reshape(3) @ y              | ParseError      | reshape             | declare
X[-1] @ y                     | ParseError      | -1                  | from 0
X[1:2] @ y                    | ParseError      | 1:2                 | an index
x[0, 1] @ y                   | ShapeError      | x[0, 1]             | too many
'abc' @ x                     | ParseError      | 'abc'               | a string
2j * x @ y                    | ParseError      | 2j                  | imaginary
True * x @ y                  | ParseError      | True                | not read
x @ y @ x                     | ShapeError      | x @ y @ x           | no scalar
A @ A                         | ShapeError      | A @ A               | do not fit
np.sum(A * X)                 | ShapeError      | A * X               | write `@`
np.add(A, X)                  | ShapeError      | np.add(A, X)        | broadcast
x @ b                         | ShapeError      | x @ b               | np.outer
np.power(x, y)                | ShapeError      | y                   | exponent
np.trace(A)                   | ShapeError      | A                   | square
np.trace(x)                   | ShapeError      | np.trace(x)         | a matrix
np.linalg.norm(A, 'x')        | ParseError      | np.linalg.norm(A, 'x') | ord
np.maximum(x, y)              | ShapeError      | np.maximum(x, y)    | relu
np.einsum('ij,jk,kl->il', A)  | ParseError      | np.einsum('ij,jk,kl->il', A) | 3 operands
np.einsum('ijk->k', A)        | ParseError      | np.einsum('ijk->k', A) | not read
np.einsum('i,i', A, A)        | ShapeError      | np.einsum('i,i', A, A) | 2-D
x @ y; x @ y                  | ParseError      | x @ y               | without a name
f = x @ y                     | ParseError      | f = x @ y           | leave out
x += y @ y                    | ParseError      | x += y @ y          | definitions
import os; x @ y              | ParseError      | import os           | definitions
sum(A @ X)                    | AmbiguityError  | sum(A @ X)          | np.sum
np.sum(                       | ParseError      | (                   | Python
np.sum(x) np.sum(x)           | ParseError      | np                  | Python
np @ x                        | ParseError      | np                  | a module
x(y) @ y                      | ParseError      | x                   | an array
(x @ y)(x)                    | ParseError      | x @ y               | a name
foo(x) @ y                    | ParseError      | foo                 | no function
q @ B                         | ShapeError      | q @ B               | do not fit
torch.norm(A)                 | ParseError      | torch.norm          | no function
np.matrix(A) @ x              | ParseError      | np.matrix           | no function
np.sum(**x)                   | ParseError      | x                   | not read
lambda * np.sum(x)            | ParseError      | *                   | write lam
_x @ y                        | ParseError      | _x                  | begins with a letter
"""
BAD = [tuple(p.strip() for p in line.split(" | ")) for line in REFUSED.strip().splitlines()]


@pytest.mark.parametrize(("text", "kind", "place", "said"), BAD, ids=[r[0] for r in BAD])
def test_what_is_refused_says_what_and_where(text: str, kind: str, place: str, said: str) -> None:
    with pytest.raises(derive.DeriveError) as error:
        reading(text, {**SHAPES, "q": "m"})
    assert isinstance(error.value, getattr(derive, kind)) and said in str(error.value)
    span = error.value.span
    assert span is not None and "^" in str(error.value)
    if said not in ("Python", "write lam"):  # where Python stops is Python's own affair
        assert text[span[0] : span[1]].startswith(place) or place in text[span[0] : span[1]]


def test_the_caret_stands_at_the_place_in_later_lines_and_after_wide_letters() -> None:
    for text in ("M = A @ X\nM @ np.foo(x)", "  é = x\n  é @ np.foo(é)", "Σ = B; Σ @ Σ @ np.foo(Σ)"):
        with pytest.raises(derive.ParseError) as error:
            reading(text)
        start, end = error.value.span or (0, 0)
        assert text[start:end] == "np.foo"


# ---------------------------------------------------------------- recognition
def test_no_text_of_another_syntax_is_taken_for_numpy() -> None:
    for text in ("norm(X*A')^2/2", "X.*A'./B.^2", "2.*x", "x.^-1", r"\|Ax\|^2", "x^T A x", "tr(A*B)", "A : B",
                 "X'*A*X", "AXB", "f(x) = x^T x", "1.5*x", "X.^.5"):  # fmt: skip
        assert numpy_sign(text) == "", text


def test_ascii_that_is_valid_is_read_as_before() -> None:
    for text in ("tr(X'*X)", "sum(A*x)", "norm(x)", "exp(x)", "A*x", "B*B"):
        assert reading(text).ascii == ""


@pytest.mark.parametrize("text", ["B**2", "tr(B*S**2)", "tr(B**2*S)", "norm(B**2)"])
def test_two_stars_alone_are_no_sign_of_numpy_where_it_matters(text: str) -> None:
    with pytest.raises(derive.AmbiguityError, match="two readings"):
        reading(text)
    assert reading(text.replace("**", "^")).term
    decided = reading(text, reading={"syntax": "numpy"})
    assert ".^2" in decided.ascii


def test_two_stars_are_read_where_there_is_one_reading() -> None:
    assert reading("t**2").ascii == "t^2"
    assert reading("sum(x**2)").ascii == "sum(x.^2)"


def test_a_product_of_a_matrix_and_a_vector_with_two_stars_is_refused() -> None:
    with pytest.raises(derive.AmbiguityError, match="matrix product"):
        reading("norm(A*x - b)**2")


def test_an_unknown_syntax_and_an_unknown_reading() -> None:
    with pytest.raises(derive.ParseError, match="auto, ascii, latex, numpy"):
        reading("x", reading={"syntax": "fortran"})
    with pytest.raises(derive.ParseError, match="vectors"):
        reading("x @ y", reading={"exp": "matrix"})
    with pytest.raises(derive.ParseError, match="1-D or columns"):
        reading("x @ y", reading={"vectors": "rows"})


# ---------------------------------------------------------------- the whole way
def test_gradients_of_numpy_text() -> None:
    shapes = {"A": "m x n", "x": "n", "b": "m"}
    proof = derive.gradient("np.linalg.norm(A @ x - b)**2", "x", shapes=shapes)
    assert str(proof.result) == "2*A'*(A*x - b)"
    assert proof.inferred[0] == "read as norm(A*x - b)^2 (from NumPy)" in proof.text() or proof.inferred[0]
    assert "read as norm(A*x - b)^2 (from NumPy)" in proof.text()
    assert str(derive.hessian("np.sum((A @ x - b)**2)", "x", shapes=shapes).result) == "2*A'*A"
    assert str(derive.jacobian("np.tanh(A @ x)", "x", shapes=shapes).result) == "diag(ones(m) - tanh(A*x).^2)*A"
    mlp = "H = np.maximum(X @ W, 0); np.sum((H @ V - Y)**2)"
    assert derive.gradient(mlp, "W").verification.lines > 5


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["gradient", "np.trace(X.T @ A @ X)", "--wrt", "X", "--format", "ascii"]
    assert main([*asked, "--syntax", "numpy"]) == 0
    assert main(asked) == 0
    assert capsys.readouterr().out.splitlines() == ["(A + A')*X"] * 2
    assert main(["jacobian", "x.T @ B", "--wrt", "x"]) == 3
    assert main(["jacobian", "x.T @ B", "--wrt", "x", "--read", "vectors=1-D", "--format", "ascii"]) == 0
    assert capsys.readouterr().out.strip() == "B'"


# ---------------------------------------------------------------- hostile input
HOSTILE = {
    "brackets": "(" * 5000 + "x" + ")" * 5000, "calls": "np.exp(" * 3000 + "x" + ")" * 3000,
    "minus": "-" * 90_000 + "x", "sums": "x@y" + "+x@y" * 20_000, "powers": "x" + "**x" * 20_000 + "@",
    "transposes": "x" + ".T" * 40_000, "long": "x@y+" * 500_000, "nul": "x\0@y", "surrogate": "\ud800@x",
    "digits": "1" * 90_000 + "@x", "nothing": "   \n\n", "comment": "# @", "indented": "x@y\n    x@y",
    "lambdas": "lambda:" * 3000 + "@", "wide": "é@" * 20_000 + "é", "strings": "'" * 50_001 + "@",
    "subscripts": "x" + "[0]" * 20_000 + "@x", "escapes": "'\\d\\e'@x",
    "unpacked": "np.sum(*x)@x", "ifs": "1if x else y@",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_a_parse_error(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(derive.ParseError) as error:
            reading(HOSTILE[name], reading={"syntax": "numpy"})
    assert len(str(error.value)) < 2000


def test_nothing_is_printed_about_odd_python() -> None:
    asked = "derive.gradient(\"'\\\\d' @ x + 1if x else 2\", 'x', reading={'syntax': 'numpy'})"
    code = f"import derive\ntry: {asked}\nexcept derive.ParseError: pass"
    run = subprocess.run([sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == run.stdout == ""


def test_a_chain_of_some_length_is_read() -> None:
    text = " + ".join(["x @ y"] * 400)
    assert len(reading(text).term.args) == 400
    assert LONGEST >= 10_000


PIECES = [" ", "\n", "\0", *"""x y A B X t b @ ** * / + - ( ) .T np.sum( np.exp( , axis=0 [0] ' 2 .5
np.linalg.norm( np. lambda ; = M :
None é np.dot( # [""".split()]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=40))
@settings(max_examples=1000)
def test_garbage_is_read_or_refused(text: str) -> None:
    try:
        assert reading(text, reading={"syntax": "numpy"}).term.shape
    except derive.DeriveError as error:
        assert error.what


@given(st.text(max_size=60))
def test_the_parser_knows_only_its_own_errors(text: str) -> None:
    try:
        assert parse_numpy(text)
    except derive.DeriveError as error:
        assert isinstance(error, derive.ParseError)


# ---------------------------------------------------------------- random programs
class Maker:
    """Random NumPy text; every array is 1-D or 2-D by NumPy's rules, and only shapes that fit are combined."""

    def __init__(self, source: random.Random) -> None:
        self.source = source

    def of(self, shape: tuple[str, ...], depth: int) -> str:
        """A text whose value has the shape, as 1-D arrays: () or a tuple of letters."""
        pick = self.source.choice
        if depth <= 0:
            return self.leaf(shape)
        down = depth - 1
        options = [lambda: self.leaf(shape)]
        options += [
            lambda: f"({self.of(shape, down)} {pick('+-')} {self.of(self.spread(shape), down)})",
            lambda: f"({self.of(shape, down)} * {self.of(self.spread(shape), down)})",
            lambda: f"({self.of(self.spread(shape), down)} * {self.of(shape, down)})",
            lambda: f"({self.of(shape, down)} / (2 + {self.of(self.spread(shape), 0)}**2))",
            lambda: f"np.{pick(['exp', 'tanh', 'sin', 'square', 'arctan'])}(0.1*{self.of(shape, down)})",
            lambda: f"(-{self.of(shape, down)})",
            lambda: f"({self.of(shape, down)}**{pick(['2', '3'])})",
        ]  # fmt: skip
        inner = pick("mnk")
        if not shape:
            a = pick([(inner,), (inner, pick("mnk"))])
            options += [
                lambda: f"np.{pick(['sum', 'mean'])}({self.of(a, down)})",
                lambda: f"{self.of((inner,), down)} @ {self.of((inner,), down)}".join("()"),
                lambda: f"np.trace({self.of((inner, inner), down)})",
                lambda: f"np.vdot({self.of(a, down)}, {self.of(a, down)})",
            ]
        elif len(shape) == 1:
            options += [
                lambda: f"({self.of((shape[0], inner), down)} @ {self.of((inner,), down)})",
                lambda: f"({self.of((inner,), down)} @ {self.of((inner, shape[0]), down)})",
                lambda: f"np.sum({self.of((inner, shape[0]), down)}, axis=0)",
                lambda: f"{self.of((shape[0], inner), down)}.mean(axis=1)",
                lambda: f"{self.of(shape, down)}.T",
                lambda: f"np.diag({self.of((shape[0], shape[0]), down)})",
            ]
        else:
            a, b = shape
            options += [
                lambda: f"({self.of((a, inner), down)} @ {self.of((inner, b), down)})",
                lambda: f"{self.of((b, a), down)}.T",
                lambda: f"np.outer({self.of((a,), down)}, {self.of((b,), down)})",
                lambda: f"({self.of((a,), down)}[:, None] * {self.of((a, b), down)})",
                lambda: f"np.sum({self.of((a, b), down)}, axis={pick('01')}, keepdims=True) * {self.of((a, b), down)}"
                .join("()"),
            ]  # fmt: skip
        return pick(options)()

    def spread(self, shape: tuple[str, ...]) -> tuple[str, ...]:
        """A shape that NumPy broadcasts to the shape."""
        return self.source.choice([shape, shape, (), shape[-1:]])

    def leaf(self, shape: tuple[str, ...]) -> str:
        return {
            (): ["t", "s", "2", "0.5"], ("n",): ["x", "y"], ("m",): ["b"], ("k",): ["X[1]", "np.ones(k)"],
            ("m", "n"): ["A", "C"], ("n", "k"): ["X"], ("n", "n"): ["B", "S", "np.eye(n)"], ("n", "m"): ["A.T"],
            ("k", "n"): ["X.T"], ("m", "m"): ["np.outer(b, b)"], ("k", "k"): ["np.eye(k)"],
            ("m", "k"): ["np.ones((m, k))"], ("k", "m"): ["np.ones((k, m))"],
        }[shape][0 if self.source.random() < 0.7 else -1]  # fmt: skip


@given(st.integers(0, 10**9), st.sampled_from([(), ("n",), ("m", "n"), ("n", "n"), ("k",)]), st.integers(1, 4))
@settings(max_examples=300)
def test_random_programs_have_numpys_value(seed: int, shape: tuple[str, ...], depth: int) -> None:
    text = Maker(random.Random(seed)).of(shape, depth)
    agree(text, reading(text, reading={"syntax": "numpy", "vectors": "1-D"}), seed % 7)


@given(st.integers(0, 10**9), st.sampled_from([(), ("n",), ("m", "n"), ("n", "n")]), st.integers(1, 3))
@settings(max_examples=300)
def test_what_is_read_without_a_word_on_vectors_holds_both_ways(
    seed: int, shape: tuple[str, ...], depth: int
) -> None:
    """Where the text runs with columns, too, its value is the same, or the proof says what vectors are."""
    text = Maker(random.Random(seed)).of(shape, depth)
    try:
        read = reading(text, reading={"syntax": "numpy"})
    except derive.AmbiguityError:
        return
    values = arrays(seed % 7)
    ours = np.asarray(by_derive(read, values), float).ravel()
    tried = 0
    said = " ".join(read.inferred)
    for vectors in ("1-D", "columns"):
        if {"1-D": "are columns", "columns": "are 1-D"}[vectors] in said:
            continue
        try:
            theirs = np.asarray(by_numpy(text, arrays(seed % 7, vectors)), float)
        except (ValueError, IndexError):
            continue
        tried += 1
        assert theirs.size == ours.size and np.allclose(theirs.ravel(), ours, rtol=1e-9), (text, vectors, read.ascii)
    assert tried


# ---------------------------------------------------------------- every function, on every kind of array
MODULES = {"numpy": "np", "numpy.linalg": "np.linalg", "scipy.linalg": "scipy.linalg", "scipy.special": "scipy.special"}
ARGUMENTS = ["t", "x", "A", "B", "A / 2", "B @ B.T + np.eye(n)", "b[:, None]", "x[None, :]"]
OPTIONS = ["", ", axis=0", ", axis=-1", ", axis=1, keepdims=True", ", 1", ", 2", ", np.inf", ", 'fro'"]


def calls() -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for module, written in MODULES.items():
        for name in sorted(numpy_names._FUNCTIONS[module] - {"einsum", "eye", "ones", "zeros", "identity"}):
            call = f"{written}.{name}" + "({})" + ("[1]" if name == "slogdet" else "")
            one = [call.format(a + o) for a in ARGUMENTS for o in OPTIONS]
            two = [call.format(f"{a}, {b}") for a in [*ARGUMENTS, "0"] for b in [*ARGUMENTS, "0"]]
            out[f"{written}.{name}"] = [*one, *two]
    return out


@pytest.mark.parametrize("name", CALLS := calls())
@pytest.mark.filterwarnings("ignore")
def test_every_function_means_what_numpy_means(name: str) -> None:
    """Where a call is read, NumPy has the same value; where it is not, that is one of our errors."""
    held = 0
    for text, vectors in product(CALLS[name], ("1-D", "columns")):
        try:
            read = reading(text, reading={"syntax": "numpy", "vectors": vectors})
        except derive.DeriveError:
            continue
        try:
            agree(text, read, vectors=vectors)
        except (DomainError, np.linalg.LinAlgError):  # a logarithm of 0, an inverse of a singular matrix
            continue
        held += 1
    assert held
