"""Matrix functions, eigenvalues and polar factors of small matrices, over the fields that round.

Square roots, logarithms and exponentials are analytic iterations: they serve the complex step as well.  The
eigenvalues (Jacobi rotations) are for real numbers alone.
"""

from __future__ import annotations

from operator import mul
from typing import Any

from .fields import DomainError, Field
from .linalg import (
    Matrix,
    colon,
    determinant,
    identity,
    inverse,
    largest,
    matmul,
    plus,
    scale,
    total,
    transpose,
)  # fmt: skip

ROUNDS = 100  # of any iteration: each converges quadratically or not at all


def _halvings(a: Matrix) -> int:
    """How often `a` is halved until its row sums are at most 1/2."""
    size, count = max(sum(abs(x.real) for x in row) for row in a), 0
    if not size < 1e4:
        raise DomainError("the exponential of a large matrix")
    while size > 0.5:
        size, count = size / 2, count + 1
    return count


def expm(a: Matrix, field: Field) -> Matrix:
    """The exponential: Taylor's series of a scaled matrix, squared back."""
    count = _halvings(a)
    a = scale(field.fraction(1, 2**count), a)
    term: Matrix = identity(len(a))
    result, k, bound = term, 0, 1.0
    while bound > field.epsilon:
        k += 1
        bound *= 0.5 / k
        term = scale(field.fraction(1, k), matmul(term, a))
        result = plus(result, term)
    for _ in range(count):
        result = matmul(result, result)
    return result


def sine_and_cosine(a: Matrix, field: Field) -> tuple[Matrix, Matrix]:
    """sin(A) and cos(A): Taylor's series of a scaled matrix, then double angles."""
    count = _halvings(a)
    a = scale(field.fraction(1, 2**count), a)
    unit: Matrix = identity(len(a))
    term, k, bound = a, 1, 1.0
    sine, cosine = a, unit
    while bound > field.epsilon:
        k += 1
        bound *= 0.5 / k
        term = scale(field.fraction(1, k), matmul(term, a))
        if k % 2:
            sine = plus(sine, term if k % 4 == 1 else scale(-1, term))
        else:
            cosine = plus(cosine, term if k % 4 == 0 else scale(-1, term))
    for _ in range(count):
        sine, cosine = (
            scale(2, matmul(sine, cosine)),
            plus(scale(2, matmul(cosine, cosine)), scale(-1, unit)),
        )
    return sine, cosine


def sqrtm(a: Matrix, field: Field) -> Matrix:
    """The principal square root (Denman and Beavers, in product form).

    A `DomainError` where there is none: a singular matrix, an eigenvalue on the negative axis.
    """
    unit: Matrix = identity(len(a))
    root, m = a, a
    half, near, settled = field.fraction(1, 2), field.epsilon**0.5, False
    for _ in range(ROUNDS):
        inv = inverse(m, field)
        root = scale(half, matmul(root, plus(unit, inv)))
        if not largest(root) < 1e8:
            break
        if settled:
            if largest(plus(matmul(root, root), scale(-1, a))) <= 1e-9 * largest(a):
                return root
            break
        # convergence is quadratic; the round after the last is for infinitely small parts
        m = scale(half, plus(unit, scale(half, plus(m, inv))))
        settled = largest(plus(m, scale(-1, unit))) <= near
    raise DomainError("no principal square root")


def logm(a: Matrix, field: Field) -> Matrix:
    """The principal logarithm: square roots until it is near the identity, then the series of artanh."""
    unit, count = identity(len(a)), 0
    while True:
        rest = plus(a, scale(-1, unit))
        if max(sum(abs(x.real) for x in row) for row in rest) < 0.4:
            break
        a, count = sqrtm(a, field), count + 1
        if count > 40:
            raise DomainError("no principal logarithm")
    z = matmul(rest, inverse(plus(a, unit), field))
    square = matmul(z, z)
    result, power, k, bound = z, z, 1, 1.0
    while bound > field.epsilon:
        k, bound = k + 2, bound * 0.0625  # z is at most 0.4/1.6
        power = matmul(power, square)
        result = plus(result, scale(field.fraction(1, k), power))
    return scale(2 ** (count + 1), result)


def frechet(function: Any, a: Matrix, e: Matrix, field: Field) -> Matrix:
    """The Frechet derivative of a matrix function at `a` in the direction `e`, from a block matrix."""
    n = len(a)
    block = [[*r, *s] for r, s in zip(a, e)] + [[*([0] * n), *r] for r in a]
    return [list(row[n:]) for row in function(block, field)[:n]]


# ---------------------------------------------------------------- eigenvalues of symmetric matrices
def eigen(a: Matrix, field: Field) -> tuple[list[Any], Matrix]:
    """Eigenvalues, largest first, and unit eigenvectors (rows) of the symmetric part (Jacobi rotations)."""
    n, half, root = len(a), field.fraction(1, 2), field.function("sqrt")
    s = [[half * (a[i][j] + a[j][i]) for j in range(n)] for i in range(n)]
    v: list[list[Any]] = identity(n)
    size = largest(s)
    for _ in range(ROUNDS):
        if max([abs(s[i][j]) for i in range(n) for j in range(i)], default=0) <= field.epsilon * size / 4:
            break
        for p in range(n):
            for q in range(p + 1, n):
                if abs(s[p][q]) > field.epsilon * size / 100:
                    _rotate(s, v, p, q, root)
    order = sorted(range(n), key=lambda i: -s[i][i])
    return [s[i][i] for i in order], [v[i] for i in order]


def _rotate(s: list[list[Any]], v: list[list[Any]], p: int, q: int, root: Any) -> None:
    """Make s[p][q] zero, in place; the rows of `v` turn along."""
    theta = (s[q][q] - s[p][p]) / (2 * s[p][q])
    t = 1 / (abs(theta) + root(theta * theta + 1))
    t = -t if theta < 0 else t
    c = 1 / root(t * t + 1)
    sine = t * c
    for row in s:
        x, y = row[p], row[q]
        row[p], row[q] = c * x - sine * y, sine * x + c * y
    for m in (s, v):
        x_row, y_row = m[p], m[q]
        m[p] = [c * x - sine * y for x, y in zip(x_row, y_row)]
        m[q] = [sine * x + c * y for x, y in zip(x_row, y_row)]


def top_vector(a: Matrix, field: Field) -> Matrix:
    """The unit eigenvector of the largest eigenvalue, its first entry positive; as a column."""
    values, vectors = eigen(a, field)
    if len(values) > 1 and values[0] - values[1] < 1e-4 * abs(values[0]):
        raise DomainError("the largest eigenvalue is not simple")
    row = vectors[0]
    return [[-x if row[0] < 0 else x] for x in row]


# ---------------------------------------------------------------- singular values
def _gram(a: Matrix) -> Matrix:
    """A'A or AA', the smaller one."""
    t = transpose(a)
    return matmul(t, a) if len(a) >= len(t) else matmul(a, t)


def nuclear(a: Matrix, field: Field) -> Any:
    """The sum of the singular values, of a matrix of full rank."""
    return colon(polar(a, field), a)


def spectral_norm(a: Matrix, field: Field) -> Any:
    return field.apply("sqrt", eigen(_gram(a), field)[0][0])


def singular_vectors(a: Matrix, field: Field) -> tuple[Matrix, Matrix]:
    """u and v of the largest singular value, the first entry of u positive."""
    t = transpose(a)
    u = top_vector(matmul(a, t), field)
    v = matmul(t, u)
    size = field.apply("sqrt", total([[[x[0] * x[0]]] for x in v])[0][0])
    return u, [[x[0] / size] for x in v]


def orthonormal(a: Matrix, field: Field) -> Matrix:
    """An orthonormal basis of the columns, as rows (Gram and Schmidt, each column twice: that is enough)."""
    root = field.function("sqrt")
    basis: list[list[Any]] = []
    for column in transpose(a):
        v = list(column)
        start = sum(x * x for x in v)
        for _ in range(2):
            for q in basis:
                c = sum(map(mul, q, v))
                v = [x - c * y for x, y in zip(v, q)]
        square = sum(x * x for x in v)
        if not square.real > 1e-12 * start.real:
            raise DomainError("the columns are dependent")
        norm = root(square)
        basis.append([x / norm for x in v])
    return basis


def polar(a: Matrix, field: Field) -> Matrix:
    """The factor U V' of the singular value decomposition, of a matrix of full rank.

    Newton's iteration (Higham) for the square factor of the columns' basis.
    """
    if len(a) < len(a[0]):
        return transpose(polar(transpose(a), field))
    q = orthonormal(a, field) if len(a) > len(a[0]) else None
    x: Matrix = a if q is None else matmul(q, a)
    half, near, more = field.fraction(1, 2), field.epsilon**0.5, 2
    for _ in range(ROUNDS):
        previous = x
        x = scale(half, plus(x, transpose(inverse(x, field))))
        if largest(plus(x, scale(-1, previous))) <= near * largest(x):
            more -= 1
            if more < 0:
                return x if q is None else matmul(transpose(q), x)
    raise DomainError("the rank is not full")


def logdet(a: Matrix, field: Field) -> Any:
    det = determinant(a, field)
    if not det.real > 0 and not (field.is_complex and det != 0):
        raise DomainError("the determinant is not positive")
    return field.apply("log", det)
