"""The small linear algebra against NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sla

from derive import linalg, spectral
from derive.fields import FLOAT, PRIME, STEP, DomainError, modular, precise

RNG = np.random.default_rng(11)
SIZES = [1, 2, 3, 4, 5, 6]


def rows(a: Any) -> list[list[float]]:
    return [[float(x) for x in row] for row in np.atleast_2d(a)]


def random(m: int, n: int) -> Any:
    return RNG.uniform(0.4, 1.6, (m, n)) * RNG.choice([-1, 1], (m, n))


def definite(n: int) -> Any:
    a = random(n, n)
    return a @ a.T / n + 0.5 * np.eye(n)


def close(got: Any, want: Any, tolerance: float = 1e-11) -> bool:
    got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    return got.shape == want.shape and bool(
        np.abs(got - want).max() <= tolerance * max(1.0, np.abs(want).max())
    )


@pytest.mark.parametrize("n", SIZES)
def test_inverse_determinant_adjugate(n: int) -> None:
    a = random(n, n)
    assert close(linalg.inverse(rows(a), FLOAT), np.linalg.inv(a), 1e-10)
    assert close([[linalg.determinant(rows(a), FLOAT)]], [[np.linalg.det(a)]])
    adj, det = linalg.adjugate(rows(a), FLOAT)
    assert close(adj, np.linalg.det(a) * np.linalg.inv(a), 1e-10)
    assert close([[det]], [[np.linalg.det(a)]])


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_adjugate_of_singular_matrices(n: int) -> None:
    a = random(n, n)
    a[-1] = a[0]
    cofactors = np.array(
        [
            [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, j, 0), i, 1)) for j in range(n)]
            for i in range(n)
        ]
    )
    assert close(linalg.adjugate(rows(a), FLOAT)[0], cofactors)
    with pytest.raises(DomainError):
        linalg.inverse(rows(a), FLOAT)


def test_a_zero_pivot_is_no_obstacle() -> None:
    a = np.array([[0.0, 1, 2], [1, 0, 3], [2, 1, 0]])
    assert close(linalg.inverse(rows(a), FLOAT), np.linalg.inv(a))
    assert close([[linalg.determinant(rows(a), FLOAT)]], [[np.linalg.det(a)]])
    assert linalg.determinant([[0.0, 0.0, 0.0], [1.0, 2.0, 4.0], [3.0, 1.0, 5.0]], FLOAT) == 0


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_the_modular_field_agrees_with_integers(n: int) -> None:
    a = [[int(x) for x in row] for row in RNG.integers(-9, 9, (n, n))]
    field = modular(2)
    det = round(np.linalg.det(np.array(a, dtype=float)))
    assert (linalg.determinant(a, field) - det) % field.modulus == 0
    if det:
        product = linalg.matmul(linalg.inverse(a, field), a, field.modulus)
        assert product == linalg.identity(n)


def test_determinants_of_matrices_that_are_singular_modulo_p() -> None:
    # X + p dX with a singular X: the determinant is p times tr(adj(X) dX)
    x, d = [[1, 2, 3], [2, 4, 6], [5, 7, 9]], [[3, 1, 4], [1, 5, 9], [2, 6, 5]]
    field = modular(2)
    moved = [[a + PRIME * b for a, b in zip(r, s)] for r, s in zip(x, d)]
    slope = linalg.trace(linalg.matmul(linalg.adjugate(x, FLOAT)[0], d))
    assert linalg.determinant(moved, field) == PRIME * round(slope) % field.modulus != 0


@pytest.mark.parametrize(
    ("m", "n", "rank"), [(4, 3, 3), (3, 5, 3), (4, 4, 2), (5, 3, 1), (2, 2, 0), (1, 4, 1)]
)
def test_pseudo_inverse(m: int, n: int, rank: int) -> None:
    a = random(m, rank) @ random(rank, n) if rank else np.zeros((m, n))
    assert close(linalg.pseudo_inverse(rows(a), FLOAT), np.linalg.pinv(a), 1e-9)


def test_pseudo_inverse_is_exact_in_the_modular_field() -> None:
    f = modular(1)
    a = linalg.matmul([[1, 2], [3, 4], [5, 7]], [[1, 0, 2, 5], [3, 1, 1, 2]], f.modulus)
    p = linalg.pseudo_inverse(a, f)
    assert linalg.matmul(linalg.matmul(a, p, f.modulus), a, f.modulus) == a
    product = linalg.matmul(p, a, f.modulus)
    assert product == [list(r) for r in linalg.transpose(product)]


def test_sylvester_and_power() -> None:
    a, b, c = random(3, 3), random(2, 2), random(3, 2)
    assert close(linalg.sylvester(rows(a), rows(b), rows(c), FLOAT), sla.solve_sylvester(a, b, c))
    for k in (-2, -1, 0, 1, 5):
        assert close(linalg.power(rows(a), k, FLOAT), np.linalg.matrix_power(a, k), 1e-9)


# ---------------------------------------------------------------- matrix functions
def near_identity(n: int) -> Any:
    return np.eye(n) + 0.5 * random(n, n) / n


MATRIX_FUNCTIONS: list[tuple[Callable[..., Any], Callable[..., Any], Callable[[int], Any]]] = [
    (spectral.expm, sla.expm, lambda n: random(n, n)),
    (lambda a, f: spectral.sine_and_cosine(a, f)[0], sla.sinm, lambda n: random(n, n)),
    (lambda a, f: spectral.sine_and_cosine(a, f)[1], sla.cosm, lambda n: random(n, n)),
    (spectral.sqrtm, sla.sqrtm, near_identity),
    (spectral.logm, sla.logm, near_identity),
    (spectral.sqrtm, sla.sqrtm, definite),
    (spectral.logm, sla.logm, definite),
    (spectral.logm, sla.logm, lambda n: sla.expm(0.4 * random(n, n))),
]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("case", range(len(MATRIX_FUNCTIONS)))
def test_matrix_functions(case: int, n: int) -> None:
    ours, theirs, sample = MATRIX_FUNCTIONS[case]
    a = sample(n)
    assert close(ours(rows(a), FLOAT), theirs(a), 1e-10)


@pytest.mark.parametrize("name", ["expm", "sqrtm", "logm"])
def test_frechet_derivatives(name: str) -> None:
    a, e = near_identity(3), random(3, 3)
    got = spectral.frechet(getattr(spectral, name), rows(a), rows(e), FLOAT)
    if name == "expm":
        want = sla.expm_frechet(a, e)[1]
    else:
        block = np.block([[a, e], [np.zeros((3, 3)), a]])
        want = getattr(sla, name)(block)[:3, 3:].real
    assert close(got, want, 1e-10)


@pytest.mark.parametrize("function", [spectral.expm, spectral.sqrtm, spectral.logm])
def test_matrix_functions_follow_the_complex_step(function: Callable[..., Any]) -> None:
    a, e = near_identity(3), random(3, 3)
    stepped = function([[x + 1e-30j * y for x, y in zip(r, s)] for r, s in zip(rows(a), rows(e))], STEP)
    want = spectral.frechet(function, rows(a), rows(e), FLOAT)
    assert close([[z.imag / 1e-30 for z in row] for row in stepped], want, 1e-11)


@pytest.mark.parametrize(
    "matrix", [[[-1.0, 0.0], [0.0, 2.0]], [[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]]
)
@pytest.mark.parametrize("function", [spectral.sqrtm, spectral.logm])
def test_no_principal_square_root(function: Callable[..., Any], matrix: list[list[float]]) -> None:
    with pytest.raises(DomainError):
        function(matrix, FLOAT)


# ---------------------------------------------------------------- eigenvalues and singular values
@pytest.mark.parametrize("n", SIZES)
def test_eigenvalues_and_vectors(n: int) -> None:
    a = random(n, n)
    s = (a + a.T) / 2
    values, vectors = spectral.eigen(rows(a), FLOAT)
    assert close([values], [np.linalg.eigvalsh(s)[::-1]])
    v = np.array(vectors)
    assert close(v @ v.T, np.eye(n))
    assert close(v.T @ np.diag(values) @ v, s)


def test_eigenvalues_of_a_diagonal_matrix_and_equal_eigenvalues() -> None:
    assert spectral.eigen([[2.0, 0.0], [0.0, 3.0]], FLOAT)[0] == [3.0, 2.0]
    assert spectral.eigen(linalg.identity(3), FLOAT)[0] == [1, 1, 1]
    with pytest.raises(DomainError):
        spectral.top_vector(linalg.identity(3), FLOAT)


@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 3), (4, 2), (2, 5), (1, 3), (3, 1)])
def test_singular_values(m: int, n: int) -> None:
    a = random(m, n)
    u, s, vt = np.linalg.svd(a)
    if s.min() < 0.05 * s.max():
        a = a + np.eye(m, n) * s.max()
        u, s, vt = np.linalg.svd(a)
    assert close([[spectral.nuclear(rows(a), FLOAT)]], [[s.sum()]], 1e-10)
    assert close([[spectral.spectral_norm(rows(a), FLOAT)]], [[s.max()]])
    assert close(spectral.polar(rows(a), FLOAT), u[:, : len(s)] @ vt[: len(s)], 1e-10)
    sign = np.sign(u[0, 0])
    mine, yours = spectral.singular_vectors(rows(a), FLOAT)
    assert close(mine, sign * u[:, [0]], 1e-10)
    assert close(yours, sign * vt[[0]].T, 1e-10)


def test_high_precision_really_is() -> None:
    field = precise()
    mpf = field.context.mpf
    a = [[mpf(x) for x in row] for row in rows(definite(3))]
    root = spectral.sqrtm(a, field)
    assert linalg.largest(linalg.plus(linalg.matmul(root, root), linalg.scale(-1, a))) < 1e-50
    back = spectral.expm(spectral.logm(a, field), field)
    assert linalg.largest(linalg.plus(back, linalg.scale(-1, a))) < 1e-50
    values, vectors = spectral.eigen(a, field)
    image = linalg.matmul(a, [[x] for x in vectors[0]])
    assert max(abs(y[0] - values[0] * x) for y, x in zip(image, vectors[0])) < 1e-50
