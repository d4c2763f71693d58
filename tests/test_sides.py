"""Both sides of rules against numbers: true rules pass, false ones do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from build import Build

from derive.sides import check_rule
from derive.terms import Term


@pytest.fixture
def b() -> Build:
    return Build()


# ---------------------------------------------------------------- rules
def matrices(b: Build) -> dict[str, Term]:
    return {
        "A": b.var("A", "m", "n"),
        "B": b.var("B", "n", "p"),
        "C": b.var("C", "m", "p"),
        "S": b.var("S", "n", "n"),
        "t": b.var("t"),
        "x": b.var("x", "n"),
    }


Sides = Callable[[Build, dict[str, Term]], tuple[Term, Term]]
GOOD: list[tuple[Sides, list[tuple[str, str]]]] = [
    (lambda b, v: (b.colon(v["C"], b.mul(v["A"], v["B"])), b.colon(b.mul(b.T(v["A"]), v["C"]), v["B"])), []),
    (
        lambda b, v: (
            b.d(b.mul(v["A"], v["B"])),
            b.add(b.mul(b.d(v["A"]), v["B"]), b.mul(v["A"], b.d(v["B"]))),
        ),
        [],
    ),
    (
        lambda b, v: (
            b.d(b.f("inv", v["S"])),
            b.mul(-1, b.f("inv", v["S"]), b.d(v["S"]), b.f("inv", v["S"])),
        ),
        [("invertible", "S")],
    ),
    (
        lambda b, v: (b.d(b.f("det", v["S"], shape="scalar")), b.colon(b.T(b.f("adj", v["S"])), b.d(v["S"]))),
        [],
    ),
    (
        lambda b, v: (
            b.d(b.f("tanh", v["x"])),
            b.had(b.sub(b.table.make("ones", (), ("n", 1)), b.hpow(b.f("tanh", v["x"]), 2)), b.d(v["x"])),
        ),
        [],
    ),
    (lambda b, v: (b.T(v["S"]), v["S"]), [("symmetric", "S")]),
    (lambda b, v: (b.f("inv", v["S"]), b.T(v["S"])), [("orthogonal", "S")]),
    (lambda b, v: (b.d(v["A"]), b.table.make("zeros", (), ("m", "n"))), [("constant", "A")]),
    (
        lambda b, v: (b.f("logdet", v["S"], shape="scalar"), b.f("log", b.f("det", v["S"], shape="scalar"))),
        [],
    ),
    (lambda b, v: (b.f("sqrt", b.pow(v["t"], 2)), v["t"]), [("positive", "t")]),
    (
        lambda b, v: (
            b.d(b.f("norm", v["A"], shape="scalar")),
            b.mul(b.pow(b.f("norm", v["A"], shape="scalar"), -1), b.colon(v["A"], b.d(v["A"]))),
        ),
        [("nonzero", "A")],
    ),
]
BAD: list[tuple[Sides, list[tuple[str, str]]]] = [
    (
        lambda b, v: (
            b.colon(v["C"], b.mul(v["A"], v["B"])),
            b.colon(b.mul(-1, b.T(v["A"]), v["C"]), v["B"]),
        ),
        [],
    ),
    (lambda b, v: (b.d(b.mul(v["A"], v["B"])), b.mul(b.d(v["A"]), v["B"])), []),
    (
        lambda b, v: (
            b.d(b.f("inv", v["S"])),
            b.mul(-1, b.f("inv", v["S"]), b.d(v["S"]), b.T(b.f("inv", v["S"]))),
        ),
        [("invertible", "S")],
    ),
    (
        lambda b, v: (
            b.d(b.f("inv", v["S"])),
            b.mul(-1, b.f("inv", v["S"]), b.T(b.d(v["S"])), b.f("inv", v["S"])),
        ),
        [("positive_determinant", "S")],
    ),
    (
        lambda b, v: (
            b.d(b.f("tanh", v["x"])),
            b.had(b.sub(b.table.make("ones", (), ("n", 1)), b.f("tanh", v["x"])), b.d(v["x"])),
        ),
        [],
    ),
    (lambda b, v: (b.T(v["S"]), v["S"]), [("positive_determinant", "S")]),
    (lambda b, v: (b.T(v["S"]), v["S"]), []),
    (lambda b, v: (b.f("det", v["S"], shape="scalar"), b.num(1)), [("orthogonal", "S")]),
    (lambda b, v: (b.f("sqrt", b.pow(v["t"], 2)), v["t"]), []),
    (lambda b, v: (b.f("arcsin", b.f("sin", v["t"])), v["t"]), []),
    (lambda b, v: (b.f("logm", b.f("expm", b.mul(4, v["S"]))), b.mul(4, v["S"])), []),
    # the right side is undefined where the left is not
    (lambda b, v: (b.f("log", b.pow(v["t"], 2)), b.mul(2, b.f("log", v["t"]))), []),
    (lambda b, v: (b.d(v["A"]), v["A"]), []),
    (lambda b, v: (b.d(v["A"]), b.table.make("zeros", (), ("m", "n"))), []),
    (lambda b, v: (b.mul(b.T(v["x"]), v["x"]), b.f("sum", v["x"], shape="scalar")), []),
]


@pytest.mark.parametrize("case", range(len(GOOD)))
def test_true_rules(case: int, b: Build) -> None:
    sides, when = GOOD[case]
    left, right = sides(b, matrices(b))
    found = check_rule(left, right, when=when)
    assert found is None, str(found)


@pytest.mark.parametrize("case", range(len(BAD)))
def test_false_rules(case: int, b: Build) -> None:
    sides, when = BAD[case]
    left, right = sides(b, matrices(b))
    found = check_rule(left, right, when=when)
    assert found is not None and found.reason


def test_a_rule_that_is_wrong_at_size_one_or_beyond(b: Build) -> None:
    x, n = b.var("x", "n"), b.table.dim("n")
    total = b.f("sum", x, shape="scalar")
    assert check_rule(b.mul(n, total), b.mul(b.pow(n, 2), total)) is not None  # right at n = 1
    vanish = b.mul(b.add(n, b.num(-1)), b.pow(b.add(n, b.num(-1)), -1), total)
    assert check_rule(total, vanish) is not None  # undefined at n = 1


def test_rules_that_are_never_defined_are_reported(b: Build) -> None:
    t = b.var("t")
    left = b.f("log", b.neg(b.pow(t, 2)))
    found = check_rule(left, left)
    assert found is not None and "no instance" in found.reason
