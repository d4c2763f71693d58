"""Random instances: sizes, properties at their weakest meaning, structures and their directions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from build import Build

from derive.fields import FLOAT, PRIME, DomainError, modular, precise
from derive.instances import (
    GENERIC,
    MOST_SIZES,
    Draw,
    Random,
    Style,
    draw,
    draw_sizes,
    letters_of,
    project,
    tangent,
    tied,
)

FIELDS = [FLOAT, modular(1), precise()]
N = 4


def source(field: Any, seed: int = 3, style: Style = GENERIC) -> Draw:
    return Draw(field, Random(seed), style)


def value(field: Any, props: str, shape: tuple[int, int] = (N, N), seed: int = 3) -> list[list[Any]]:
    return [list(row) for row in source(field, seed).value(shape, frozenset(props.split()))]


def zero(field: Any, x: Any) -> bool:
    return x % PRIME == 0 if field.exact else abs(x) < 1e-12


def times(field: Any, a: Any, b: Any) -> list[list[Any]]:
    return [[sum(x * y for x, y in zip(r, c)) for c in zip(*b)] for r in a]


def same(field: Any, a: Any, b: Any) -> bool:
    return all(zero(field, x - y) for r, s in zip(a, b) for x, y in zip(r, s))


# ---------------------------------------------------------------- the generator
def test_the_generator_is_the_same_everywhere() -> None:
    r = Random(0)
    assert [r.bits() for _ in range(3)] == [12035550249420947055, 12935080325729570654, 7141179953334974231]
    assert Random(7).shuffled(range(5)) == Random(7).shuffled(range(5))
    assert Random(7).bits() != Random(8).bits()


def test_bits_are_spread() -> None:
    r = Random(1)
    counts = [0] * 10
    for _ in range(10_000):
        counts[r.below(10)] += 1
    assert min(counts) > 850 and max(counts) < 1150


# ---------------------------------------------------------------- sizes
def test_sizes_are_distinct_and_at_least_two() -> None:
    for seed in range(50):
        for letters in (["m"], ["m", "n"], ["m", "n", "p", "q"], list("abcdef")):
            sizes = draw_sizes(letters, Random(seed))
            assert len(set(sizes.values())) == len(letters) and min(sizes.values()) >= 2


def test_many_letters_share_a_few_sizes() -> None:
    letters = [f"k{i}" for i in range(130)]
    sizes = draw_sizes(letters, Random(3))
    assert list(sizes) == letters and set(sizes.values()) == set(range(2, MOST_SIZES + 2))


def test_sizes_of_one() -> None:
    assert draw_sizes(["m", "n"], Random(1), "all") == {"m": 1, "n": 1}
    for seed in range(50):
        sizes = draw_sizes(["m", "n", "p"], Random(seed), "some")
        ones = list(sizes.values()).count(1)
        assert 1 <= ones <= 2


def test_a_new_letter_gets_a_size_of_its_own() -> None:
    sizes = draw_sizes(["m", "n"], Random(1))
    assert sizes["k"] not in (sizes["m"], sizes["n"]) and sizes["k"] == sizes["k"] >= 2


def test_letters() -> None:
    assert letters_of([("m", 1), ((2, "n", "p"), 3), ("n", "n")]) == ["m", "n", "p"]


# ---------------------------------------------------------------- properties
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
@pytest.mark.parametrize("seed", range(4))
def test_linear_structures(field: Any, seed: int) -> None:
    s = value(field, "symmetric", seed=seed)
    assert same(field, s, zip(*s))
    k = value(field, "skew", seed=seed)
    assert same(field, k, [[-x for x in c] for c in zip(*k)])
    d = value(field, "diagonal", seed=seed)
    assert all((x == 0) == (i != j) for i, r in enumerate(d) for j, x in enumerate(r))
    low = value(field, "lower_triangular", seed=seed)
    assert all((x == 0) == (j > i) for i, r in enumerate(low) for j, x in enumerate(r))
    t = value(field, "toeplitz", seed=seed)
    assert all(zero(field, t[i][j] - t[i + 1][j + 1]) for i in range(N - 1) for j in range(N - 1))
    both = value(field, "toeplitz symmetric", seed=seed)
    assert same(field, both, zip(*both)) and zero(field, both[0][1] - both[1][2])


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
@pytest.mark.parametrize("props", ["orthogonal", "orthogonal symmetric", "orthogonal diagonal"])
def test_orthogonal_matrices_are_exact(field: Any, props: str) -> None:
    q = value(field, props)
    product = times(field, zip(*q), q)
    assert same(field, product, [[int(i == j) for j in range(N)] for i in range(N)])
    if "symmetric" in props:
        assert same(field, q, zip(*q))


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_orthonormal_columns(field: Any) -> None:
    q = value(field, "orthonormal_columns", (5, 2))
    assert len(q) == 5
    assert same(field, times(field, zip(*q), q), [[1, 0], [0, 1]])
    with pytest.raises(DomainError):
        value(field, "orthonormal_columns", (2, 5))


def test_weakest_meanings() -> None:
    """Invertible and positive determinant: neither symmetric nor definite; both signs where allowed."""
    free = [np.array(value(FLOAT, "invertible", seed=s)) for s in range(20)]
    assert {np.sign(np.linalg.det(a)) for a in free} == {1.0, -1.0}
    for s in range(20):
        a = np.array(value(FLOAT, "positive_determinant", seed=s))
        assert np.linalg.det(a) > 0 and np.abs(a - a.T).max() > 0.1
        assert np.linalg.eigvals(a).real.min() < np.linalg.eigvals(a).real.max()
    turns = {np.sign(np.linalg.det(np.array(value(FLOAT, "orthogonal", seed=s)))) for s in range(20)}
    assert turns == {1.0, -1.0}
    symmetric = [np.linalg.eigvalsh(np.array(value(FLOAT, "symmetric", seed=s))) for s in range(10)]
    assert any(v.min() < 0 < v.max() for v in symmetric)


@pytest.mark.parametrize(
    "props", ["positive_definite", "positive_definite diagonal", "positive_definite toeplitz"]
)
def test_positive_definite(props: str) -> None:
    for seed in range(10):
        a = np.array(value(FLOAT, props, seed=seed))
        assert np.allclose(a, a.T) and np.linalg.eigvalsh(a).min() > 0.05


def test_well_conditioned_and_of_moderate_size() -> None:
    for seed in range(30):
        a = np.array(value(FLOAT, "", seed=seed))
        assert np.linalg.cond(a) < 500
        assert np.abs(a).min() >= 0.4 and np.abs(a).max() <= 1.6
        assert (np.array(value(FLOAT, "positive", (2, 3), seed=seed)) > 0).all()


def test_ranks_and_scalars() -> None:
    for shape, props in (((2, 4), "full_column_rank"), ((4, 2), "full_row_rank"), ((2, 3), "invertible")):
        with pytest.raises(DomainError):
            value(FLOAT, props, shape)
    assert {source(FLOAT, s).scalar(["positive_integer"]) for s in range(40)} == {2, 3, 4}
    assert all(source(FLOAT, s).scalar(["positive"]) > 0 for s in range(40))
    assert {source(FLOAT, s).scalar([]) > 0 for s in range(40)} == {True, False}


def test_consecutive_instances_have_both_signs_of_every_scalar() -> None:
    b = Build()
    symbols = {name: b.var(name) for name in ("s", "t", "u")}
    one, two = (draw(symbols, [], FLOAT, Random(9), flip=k).values for k in (0, 1))
    assert all(one[name] * two[name] < 0 for name in symbols)


# ---------------------------------------------------------------- directions
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
@pytest.mark.parametrize(
    "props", ["symmetric", "skew", "diagonal", "lower_triangular", "toeplitz", "toeplitz symmetric"]
)
def test_projections_are_orthogonal(field: Any, props: str) -> None:
    s = source(field)
    r = s.matrix(N, N)
    p = project(r, props.split(), field)
    inside = project(s.matrix(N, N), props.split(), field)
    assert same(field, project(p, props.split(), field), p)
    rest = [[x - y for x, y in zip(a, c)] for a, c in zip(r, p)]
    assert zero(field, sum(x * y for a, c in zip(rest, inside) for x, y in zip(a, c)))


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_tangent_space_of_orthonormal_columns(field: Any) -> None:
    props = frozenset({"orthonormal_columns"})
    s = source(field)
    x = s.value((5, 3), props)
    d = tangent(s.matrix(5, 3), x, props, field)
    product = times(field, zip(*x), d)
    assert all(zero(field, product[i][j] + product[j][i]) for i in range(3) for j in range(3))
    assert same(field, tangent(d, x, props, field), d)


@pytest.mark.parametrize(
    ("props", "entry", "expected"),
    [
        ("symmetric", (0, 1), [[0, 1, 0], [1, 0, 0], [0, 0, 0]]),
        ("symmetric", (1, 1), [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        ("positive_definite", (2, 0), [[0, 0, 1], [0, 0, 0], [1, 0, 0]]),
        ("skew", (0, 1), [[0, 1, 0], [-1, 0, 0], [0, 0, 0]]),
        ("diagonal", (0, 1), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ("diagonal", (2, 2), [[0, 0, 0], [0, 0, 0], [0, 0, 1]]),
        ("toeplitz", (0, 1), [[0, 1, 0], [0, 0, 1], [0, 0, 0]]),
        ("toeplitz symmetric", (0, 1), [[0, 1, 0], [1, 0, 1], [0, 1, 0]]),
        ("toeplitz symmetric", (0, 0), [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ("lower_triangular", (0, 1), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    ],
)
def test_tied_entries_move_together(props: str, entry: tuple[int, int], expected: list[list[int]]) -> None:
    single = [[int((i, j) == entry) for j in range(3)] for i in range(3)]
    assert [list(r) for r in tied(single, frozenset(props.split()), FLOAT)] == expected


# ---------------------------------------------------------------- whole instances
def test_instances_repeat_and_fields_see_the_same_numbers() -> None:
    b = Build()
    symbols = {
        "X": b.var("X", "m", "n"),
        "S": b.var("S", "n", "n", props="positive_definite"),
        "t": b.var("t"),
    }
    one = draw(symbols, ["m", "n"], FLOAT, Random(4))
    two = draw(symbols, ["m", "n"], FLOAT, Random(4))
    high = draw(symbols, ["m", "n"], precise(), Random(4))
    assert one.values == two.values and one.sizes == two.sizes == high.sizes
    for name in ("X", "S"):
        assert np.allclose(np.array(one.values[name]), np.array(high.values[name], dtype=float), rtol=1e-14)
    assert len(one.values["X"]) == one.sizes["m"]


def test_literal_sizes_stay() -> None:
    b = Build()
    instance = draw({"X": b.var("X", 3, ("m", 2))}, ["m"], FLOAT, Random(4))
    assert len(instance.values["X"]) == 3 and len(instance.values["X"][0]) == 2 * instance.sizes["m"]
