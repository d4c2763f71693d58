"""The values of functions of matrices, by name: what `evaluate` does not do itself.

`MATRIX` functions take the field and their arguments as lists of rows; a result of one entry counts as a
number where the term is a scalar.  To add a function means to add a line here (and a block in `rules/`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import spectral
from .fields import DomainError, Field
from .linalg import (
    Matrix,
    adjoint,
    adjugate,
    colon,
    determinant,
    inverse,
    kron,
    matmul,
    pseudo_inverse,
    sylvester,
    trace,
    transpose,
)  # fmt: skip


def _sum(f: Field, a: Matrix) -> Any:
    value = sum([sum(row) for row in a])
    return value % f.modulus if f.modulus else value


def _rowsum(f: Field, a: Matrix) -> Matrix:
    return [[_sum(f, [row])] for row in a]


def _diag(f: Field, a: Matrix) -> Matrix:
    """Of a vector the diagonal matrix; `_diagonal` is for square matrices."""
    return [[row[0] if i == j else 0 for j in range(len(a))] for i, row in enumerate(a)]


def _diagonal(f: Field, a: Matrix) -> Matrix:
    return [[row[i]] for i, row in enumerate(a)]


def _vec(f: Field, a: Matrix) -> Matrix:
    return [[x] for column in zip(*a) for x in column]


def _dot(f: Field, x: Matrix, y: Matrix) -> Any:
    return colon(x, y, f.modulus)


def _outer(f: Field, x: Matrix, y: Matrix) -> Matrix:
    return matmul(x, transpose(y), f.modulus)


def _mean(f: Field, a: Matrix) -> Any:
    return _sum(f, a) * f.fraction(1, len(a) * len(a[0]))


def _extreme(sign: int) -> Callable[[Field, Matrix], Any]:
    def extreme(f: Field, a: Matrix) -> Any:
        return max((x for row in a for x in row), key=lambda x: sign * x.real)

    return extreme


def _norm(f: Field, a: Matrix) -> Any:
    value = colon(a, transpose(adjoint(a, f)) if f.is_complex else a)
    if value == 0:  # at a random point only what is zero everywhere
        return value
    if not value.real > 0:
        raise DomainError("the norm has no derivative here")
    return f.apply("sqrt", value)


def _norm1(f: Field, a: Matrix) -> Any:
    return sum(f.apply("abs", x) for row in a for x in row)


def _norm_inf(f: Field, a: Matrix) -> Any:
    return f.apply("abs", max((x for row in a for x in row), key=f.weight))


def _softmax(f: Field, a: Matrix) -> Matrix:
    exp, top = f.function("exp"), max(row[0].real for row in a)
    powers = [exp(row[0] - top) for row in a]
    whole = sum(powers)
    return [[x / whole] for x in powers]


def _logsumexp(f: Field, a: Matrix) -> Any:
    exp, top = f.function("exp"), max(row[0].real for row in a)
    return top + f.apply("log", sum(exp(row[0] - top) for row in a))


def _tril(f: Field, a: Matrix) -> Matrix:
    return [[x if j <= i else 0 for j, x in enumerate(row)] for i, row in enumerate(a)]


def _triu(f: Field, a: Matrix) -> Matrix:
    return [[x if j >= i else 0 for j, x in enumerate(row)] for i, row in enumerate(a)]


def _toep(f: Field, a: Matrix) -> Matrix:
    """Each entry replaced by the sum of its diagonal."""
    sums: dict[int, Any] = {}
    for i, row in enumerate(a):
        for j, x in enumerate(row):
            sums[j - i] = sums.get(j - i, 0) + x
    n = len(a)
    return [[sums[j - i] for j in range(n)] for i in range(n)]


def _unvec(f: Field, x: Matrix, m: Matrix, n: Matrix) -> Matrix:
    rows, columns = _count(f, m), _count(f, n)
    if rows * columns != len(x):
        raise DomainError("unvec of another length")
    return [[x[j * rows + i][0] for j in range(columns)] for i in range(rows)]


def _count(f: Field, k: Matrix) -> int:
    """A number of rows or blocks."""
    n = f.integer(k[0][0])
    if n is None or n < 1:
        raise DomainError("a count that is no positive integer")
    return n


def _ptrace1(f: Field, a: Matrix, k: Matrix) -> Matrix:
    """`a` as a k x k grid of blocks: the sum of its diagonal blocks."""
    count = _count(f, k)
    p, q = len(a) // count, len(a[0]) // count
    if p * count != len(a) or q * count != len(a[0]):
        raise DomainError("ptrace1 of another size")
    return [[sum(a[b * p + i][b * q + j] for b in range(count)) for j in range(q)] for i in range(p)]


def _ptrace2(f: Field, a: Matrix, k: Matrix) -> Matrix:
    """`a` made of k x k blocks: each replaced by its trace."""
    size = _count(f, k)
    m, n = len(a) // size, len(a[0]) // size
    if m * size != len(a) or n * size != len(a[0]):
        raise DomainError("ptrace2 of another size")
    return [[sum(a[i * size + k][j * size + k] for k in range(size)) for j in range(n)] for i in range(m)]


def _frechet(function: Any) -> Callable[[Field, Matrix, Matrix], Matrix]:
    return lambda f, a, e: spectral.frechet(function, a, e, f)


#: rational functions: sums, products and quotients of entries
RATIONAL: dict[str, Callable[..., Any]] = {
    "tr": lambda f, a: trace(a, f.modulus),
    "det": lambda f, a: determinant(a, f),
    "inv": lambda f, a: inverse(a, f),
    "pinv": lambda f, a: pseudo_inverse(a, f),
    "adj": lambda f, a: adjugate(a, f)[0],
    "kron": lambda f, a, b: kron(a, b, f.modulus),
    "sylvester": lambda f, a, b, c: sylvester(a, b, c, f),
    "sum": _sum, "rowsum": _rowsum, "colsum": lambda f, a: _rowsum(f, list(zip(*a))), "mean": _mean,
    "vec": _vec, "dot": _dot, "outer": _outer, "tril": _tril, "triu": _triu, "toep": _toep,
    "unvec": _unvec, "ptrace1": _ptrace1, "ptrace2": _ptrace2,
}  # fmt: skip

#: analytic, or piecewise analytic, but not rational
ANALYTIC: dict[str, Callable[..., Any]] = {
    "norm": _norm, "norm1": _norm1, "norm_inf": _norm_inf, "max": _extreme(1), "min": _extreme(-1),
    "softmax": _softmax, "logsumexp": _logsumexp,
    "logdet": lambda f, a: spectral.logdet(a, f),
    "norm_nuc": lambda f, a: spectral.nuclear(a, f),
    "polar": lambda f, a: spectral.polar(a, f),
    "expm": lambda f, a: spectral.expm(a, f),
    "sqrtm": lambda f, a: spectral.sqrtm(a, f),
    "logm": lambda f, a: spectral.logm(a, f),
    "sinm": lambda f, a: spectral.sine_and_cosine(a, f)[0],
    "cosm": lambda f, a: spectral.sine_and_cosine(a, f)[1],
    "dexpm": _frechet(spectral.expm), "dlogm": _frechet(spectral.logm), "dsqrtm": _frechet(spectral.sqrtm),
}  # fmt: skip

#: analytic in the real parts alone: of complex numbers they have no values here
ORDERED = frozenset({"max", "min", "norm_nuc", "polar"})

#: real numbers only
REAL: dict[str, Callable[..., Any]] = {
    "lambda_max": lambda f, a: spectral.eigen(a, f)[0][0],
    "lambda_min": lambda f, a: spectral.eigen(a, f)[0][-1],
    "eigvec_max": lambda f, a: spectral.top_vector(a, f),
    "norm_spec": lambda f, a: spectral.spectral_norm(a, f),
    "u_max": lambda f, a: spectral.singular_vectors(a, f)[0],
    "v_max": lambda f, a: spectral.singular_vectors(a, f)[1],
}

#: where the square of a function is rational although the function is not
SQUARES: dict[str, Callable[[Field, Matrix], Any]] = {
    "norm": lambda f, a: colon(a, a, f.modulus),
    "abs": lambda f, a: a[0][0] * a[0][0],
    "sqrt": lambda f, a: a[0][0],
}

diag, diagonal = _diag, _diagonal
