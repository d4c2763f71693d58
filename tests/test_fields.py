"""Every function over every field: high precision, the complex step, the integers modulo p^2."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from build import Build
from test_evaluate import ELEMENTWISE, FUNCTIONS, SIZES, agree, applied, b, point, random

from derive.evaluate import Point, evaluate
from derive.fields import FLOAT, PRIME, STEP, NotAnalytic, NotRational, modular, precise

__all__ = ["b"]  # a fixture


# ---------------------------------------------------------------- the other fields
@pytest.mark.parametrize("name", [*FUNCTIONS, *ELEMENTWISE])
def test_high_precision_agrees_with_floats(name: str, b: Build) -> None:
    field = precise()
    term = applied(b, name) if name in FUNCTIONS else b.f(name, b.var("P", "m", "n"))
    assert agree(evaluate(term, point(field, field.context.mpf)), evaluate(term, point()), 1e-10)


ANALYTIC_LATER = {"lambda_max", "lambda_min", "u_max", "v_max", "norm_spec"}


@pytest.mark.parametrize("name", [*FUNCTIONS, *ELEMENTWISE])
def test_the_complex_step_agrees_with_differences(name: str, b: Build) -> None:
    term = applied(b, name) if name in FUNCTIONS else b.f(name, b.var("P", "m", "n"))
    moving = {"S": random(3, 3), "A": random(2, 3), "P": random(2, 3), "x": random(3, 1), "K": random(6, 6)}

    def at(step: Any, field: Any) -> Any:
        place = point(field)
        for variable, direction in moving.items():
            value = place.values[variable]
            place.values[variable] = [
                [x + step * d for x, d in zip(r, s)] for r, s in zip(value, direction.tolist())
            ]
        return np.asarray(evaluate(term, place))

    if name in ANALYTIC_LATER:
        with pytest.raises(NotAnalytic):
            at(1e-30j, STEP)
        return
    slope = np.asarray(at(1e-30j, STEP), dtype=complex).imag / 1e-30
    wide, narrow = ((at(h, FLOAT) - at(-h, FLOAT)) / (2 * h) for h in (2e-3, 1e-3))
    assert agree((4 * narrow - wide) / 3, slope, 1e-8)


RATIONAL = [
    "tr",
    "det",
    "inv",
    "pinv",
    "adj",
    "sum",
    "mean",
    "rowsum",
    "colsum",
    "vec",
    "kron",
    "dot",
    "outer",
    "tril",
    "triu",
    "toep",
    "unvec",
    "ptrace1",
    "ptrace2",
    "sylvester",
]


@pytest.mark.parametrize("name", [*FUNCTIONS, *ELEMENTWISE])
def test_the_modular_field_agrees_with_fractions_or_refuses(name: str, b: Build) -> None:
    field = modular(2)
    place = point(field, lambda x: field.number(Fraction(round(8 * float(x)), 8)))
    term = applied(b, name) if name in FUNCTIONS else b.f(name, b.var("P", "m", "n"))
    if name not in RATIONAL:
        with pytest.raises(NotRational):
            evaluate(term, place)
        return
    got = evaluate(term, place)
    floats = point(FLOAT, lambda x: round(8 * float(x)) / 8)
    want = evaluate(term, floats)
    # a fraction a/b with small a and b is known by its residue: look for one near the float
    for g, w in zip(np.ravel(np.asarray(got, dtype=object)), np.ravel(np.asarray(want))):
        assert is_near(int(g), float(w), field.modulus)


def is_near(residue: int, value: float, modulus: int) -> bool:
    """Is the residue a fraction that is about the value?  By Lagrange's reduction of a lattice."""
    a, c = (modulus, 0), (residue % modulus, 1)
    while c[0] ** 2 > modulus:
        q = a[0] // c[0]
        a, c = c, (a[0] - q * c[0], a[1] - q * c[1])
    return abs(c[0] / c[1] - value) <= 1e-9 * max(1.0, abs(value))


def test_even_powers_of_a_norm_are_rational(b: Build) -> None:
    field = modular(1)
    a = b.var("A", "m", "n")
    place = Point(field, SIZES, {"A": [[1, 2, 3], [4, 5, 6]], "t": 9, "x": [[-2], [3], [4]]})
    norm = b.f("norm", a, shape="scalar")
    assert evaluate(b.pow(norm, 2), place) == 91
    assert evaluate(b.pow(norm, 4), place) == 91**2
    assert evaluate(b.pow(norm, -2), place) * 91 % PRIME == 1
    assert evaluate(b.pow(b.f("sqrt", b.var("t")), 4), place) == 81
    assert evaluate(b.hpow(b.f("abs", b.var("x", "n")), 2), place) == [[4], [9], [16]]
    for exponent in (1, 3, Fraction(1, 2)):
        with pytest.raises(NotRational):
            evaluate(b.pow(norm, exponent), Point(field, SIZES, place.values))


def test_the_matrix_power_of_an_entrywise_root_is_not_rational(b: Build) -> None:
    s = b.var("S", "n", "n")
    values = {"S": [[4, 9, 1], [1, 4, 9], [9, 1, 4]]}
    for head in ("sqrt", "abs"):
        with pytest.raises(NotRational):
            evaluate(b.pow(b.f(head, s), 2), Point(modular(1), SIZES, values))
        assert evaluate(b.hpow(b.f("sqrt", s), 2), Point(modular(1), SIZES, values)) == values["S"]


def test_symbolic_exponents_are_small_integers_or_refused(b: Build) -> None:
    field = modular(1)
    s, k = b.var("S", "n", "n"), b.var("k", props="positive_integer")
    term = b.pow(s, b.add(k, b.num(-1)))
    identity = [[2, 0, 0], [0, 3, 0], [0, 0, 5]]
    assert evaluate(term, Point(field, SIZES, {"S": identity, "k": 3})) == [[4, 0, 0], [0, 9, 0], [0, 0, 25]]
    with pytest.raises(NotRational):
        evaluate(term, Point(field, SIZES, {"S": identity, "k": 123456789}))
