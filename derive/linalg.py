"""Small matrices as lists of rows, over any field.

For matrices of a few rows plain lists beat every array library.  Values are never changed in place once they
are returned.  `mod` is the field's modulus, 0 where numbers are not reduced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import add, mul
from typing import Any

from .fields import DomainError, Field

Matrix = Sequence[Sequence[Any]]
TINY = 1e-9  # relative to the largest entry: smaller pivots count as zero in a field that rounds


def transpose(a: Matrix) -> Matrix:
    return list(zip(*a))


def adjoint(a: Matrix, field: Field) -> Matrix:
    """The conjugate transpose; over the reals the transpose."""
    return [[x.conjugate() for x in column] for column in zip(*a)] if field.is_complex else transpose(a)


def matmul(a: Matrix, b: Matrix, mod: int = 0) -> Matrix:
    """The matrix product.

    >>> matmul([[1, 2]], [[3], [4]])
    [[11]]
    """
    columns = list(zip(*b))
    if mod:
        return [[sum(map(mul, row, c)) % mod for c in columns] for row in a]
    return [[sum(map(mul, row, c)) for c in columns] for row in a]


def scale(k: Any, a: Matrix, mod: int = 0) -> Matrix:
    if mod:
        return [[k * x % mod for x in row] for row in a]
    return [[k * x for x in row] for row in a]


def plus(a: Matrix, b: Matrix, mod: int = 0) -> Matrix:
    if mod:
        return [[(x + y) % mod for x, y in zip(r, s)] for r, s in zip(a, b)]
    return [list(map(add, r, s)) for r, s in zip(a, b)]


def total(matrices: Iterable[Matrix], mod: int = 0) -> Matrix:
    """The sum of matrices."""
    if mod:
        return [[sum(c) % mod for c in zip(*rows)] for rows in zip(*matrices)]
    return [[sum(c) for c in zip(*rows)] for rows in zip(*matrices)]


def hadamard(a: Matrix, b: Matrix, mod: int = 0) -> Matrix:
    if mod:
        return [[x * y % mod for x, y in zip(r, s)] for r, s in zip(a, b)]
    return [list(map(mul, r, s)) for r, s in zip(a, b)]


def colon(a: Matrix, b: Matrix, mod: int = 0) -> Any:
    """The Frobenius product, sum of the products of entries.

    >>> colon([[1, 2], [3, 4]], [[1, 0], [0, 1]])
    5
    """
    value = sum([sum(map(mul, r, s)) for r, s in zip(a, b)])
    return value % mod if mod else value


def trace(a: Matrix, mod: int = 0) -> Any:
    value = sum([row[i] for i, row in enumerate(a)])
    return value % mod if mod else value


def identity(n: int) -> list[list[Any]]:
    return [[int(i == j) for j in range(n)] for i in range(n)]


def kron(a: Matrix, b: Matrix, mod: int = 0) -> Matrix:
    if mod:
        return [[x * y % mod for x in r for y in s] for r in a for s in b]
    return [[x * y for x in r for y in s] for r in a for s in b]


def largest(a: Matrix) -> Any:
    """The largest magnitude of an entry (of the real parts)."""
    return max(abs(x.real) for row in a for x in row)


# ---------------------------------------------------------------- elimination
def _pivot(rows: list[list[Any]], k: int, field: Field) -> int:
    """The row at or below `k` with the best pivot in column k."""
    weights = [field.weight(rows[i][k]) for i in range(k, len(rows))]
    best = max(weights)
    return k + weights.index(best)


def inverse(a: Matrix, field: Field) -> Matrix:
    """The inverse, by Gauss-Jordan elimination in place.

    A `DomainError` where the matrix is singular to working precision.
    """
    n, mod = len(a), field.modulus
    if n == 1:
        return [[field.inverse(a[0][0])]]
    rows = [list(row) for row in a]
    least = 0 if mod else 1e-13 * largest(a)
    swaps = []
    for k in range(n):
        p = _pivot(rows, k, field)
        pivot = rows[p]
        if not field.weight(pivot[k]) > least:
            raise DomainError("a singular matrix")
        if p != k:
            rows[p] = rows[k]
            swaps.append((k, p))
        c = field.inverse(pivot[k])
        pivot[k] = 1
        rows[k] = pivot = [x * c % mod for x in pivot] if mod else [x * c for x in pivot]
        for i, row in enumerate(rows):
            c = row[k]
            if i != k and c != 0:
                row[k] = 0
                if mod:
                    rows[i] = [(x - c * y) % mod for x, y in zip(row, pivot)]
                else:
                    rows[i] = [x - c * y for x, y in zip(row, pivot)]
    for k, p in reversed(swaps):  # exchanged rows are exchanged columns of the inverse
        for row in rows:
            row[k], row[p] = row[p], row[k]
    return rows


def determinant(a: Matrix, field: Field) -> Any:
    """The determinant, by elimination; without division where no pivot can be inverted."""
    n, mod = len(a), field.modulus
    rows = [list(row) for row in a]
    if n == 1:
        return rows[0][0]
    if n == 2:
        value = rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
        return value % mod if mod else value
    value = 1
    for k in range(n - 1):
        p = _pivot(rows, k, field)
        pivot = rows[p]
        if not field.weight(pivot[k]):
            return value * adjugate([row[k:] for row in rows[k:]], field)[1]
        if p != k:
            value = -value
            rows[p] = rows[k]
        value = value * pivot[k]
        if mod:
            value %= mod
        inv = field.inverse(pivot[k])
        tail = pivot[k + 1 :]
        for i in range(k + 1, n):
            c = rows[i][k] * inv
            if mod:
                c %= mod
                rows[i] = [0] * (k + 1) + [(x - c * y) % mod for x, y in zip(rows[i][k + 1 :], tail)]
            else:
                rows[i] = [0] * (k + 1) + [x - c * y for x, y in zip(rows[i][k + 1 :], tail)]
    value = value * rows[n - 1][n - 1]
    return value % mod if mod else value


def adjugate(a: Matrix, field: Field) -> tuple[Matrix, Any]:
    """The adjugate and the determinant (Faddeev and LeVerrier): no pivots, so singular matrices are fine.

    >>> from .fields import FLOAT
    >>> adjugate([[1, 2], [2, 4]], FLOAT)
    ([[4.0, -2], [-2, 1.0]], -0.0)
    """
    n, mod = len(a), field.modulus
    m: Matrix = identity(n)
    for k in range(1, n + 1):
        product = matmul(a, m, mod)
        c = -trace(product, mod) * field.fraction(1, k)
        if k == n:
            sign = -1 if n % 2 else 1
            det = sign * c
            result = m if n % 2 else scale(-1, m, mod)
            return result, (det % mod if mod else det)
        m = [[x + c if i == j else x for j, x in enumerate(row)] for i, row in enumerate(product)]
    raise DomainError("a matrix without rows")


def solve(a: Matrix, b: Matrix, field: Field) -> Matrix:
    """The X with A X = B."""
    return matmul(inverse(a, field), b, field.modulus)


def _reduced(a: Matrix, field: Field) -> tuple[list[int], list[list[Any]]]:
    """The pivot columns and the nonzero rows of the reduced row echelon form."""
    mod = field.modulus
    rows = [list(row) for row in a]
    least = 0 if mod else TINY * largest(a)
    columns: list[int] = []
    for j in range(len(rows[0])):
        k = len(columns)
        if k == len(rows):
            break
        weights = [field.weight(rows[i][j]) for i in range(k, len(rows))]
        best = max(weights)
        if not best > least:
            if mod and any(rows[i][j] % mod for i in range(k, len(rows))):
                raise DomainError("the rank changes along the direction")
            continue
        p = k + weights.index(best)
        rows[k], rows[p] = rows[p], rows[k]
        c = field.inverse(rows[k][j])
        rows[k] = [x * c % mod if mod else x * c for x in rows[k]]
        for i in range(len(rows)):
            if i != k:
                c = rows[i][j]
                rows[i] = [(x - c * y) % mod if mod else x - c * y for x, y in zip(rows[i], rows[k])]
        columns.append(j)
    return columns, rows[: len(columns)]


def pseudo_inverse(a: Matrix, field: Field) -> Matrix:
    """The Moore-Penrose inverse of a matrix of any rank, by a full-rank factorisation A = B C."""
    mod = field.modulus
    m, n = len(a), len(a[0])
    columns, c = _reduced(a, field)
    rank = len(columns)
    if rank == 0:
        return [[0] * m for _ in range(n)]
    t = adjoint(a, field)
    if rank == n:
        return matmul(inverse(matmul(t, a, mod), field), t, mod)
    if rank == m:
        return matmul(t, inverse(matmul(a, t, mod), field), mod)
    b = [[row[j] for j in columns] for row in a]
    bt, ct = adjoint(b, field), adjoint(c, field)
    left = matmul(inverse(matmul(bt, b, mod), field), bt, mod)
    right = matmul(ct, inverse(matmul(c, ct, mod), field), mod)
    return matmul(right, left, mod)


def power(a: Matrix, n: int, field: Field) -> Matrix:
    """An integer power of a square matrix."""
    if n < 0:
        a, n = inverse(a, field), -n
    result: Matrix | None = None
    while n:
        if n & 1:
            result = a if result is None else matmul(result, a, field.modulus)
        n >>= 1
        if n:
            a = matmul(a, a, field.modulus)
    return identity(len(a)) if result is None else result


def sylvester(a: Matrix, b: Matrix, c: Matrix, field: Field) -> Matrix:
    """The X with A X + X B = C, as one linear system in the entries of X (row by row)."""
    mod = field.modulus
    system = plus(kron(a, identity(len(b)), mod), kron(identity(len(a)), transpose(b), mod), mod)
    x = solve(system, [[v] for row in c for v in row], field)
    n = len(b)
    return [[x[i * n + j][0] for j in range(n)] for i in range(len(a))]
