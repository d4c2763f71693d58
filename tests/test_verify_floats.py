"""Lines that need floats, differences or sixty digits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from build import Build

from derive.derivation import Line
from derive.errors import VerificationError
from derive.terms import Term
from derive.verify import Problem, check_lines, judge_lines

HALF = Fraction(1, 2)


@pytest.fixture
def b() -> Build:
    return Build()


def holds(problem: Problem, lhs: str, term: Term, relation: str = "=") -> bool:
    return judge_lines(problem, [Line(lhs, relation, term)]).verdicts[0].ok


def scalar_problem(b: Build, f: Callable[[Term], Term], props: str = "") -> tuple[Problem, Term]:
    t = b.var("t", props=props)
    return Problem(f(t), t, {"t": t}), t


# ---------------------------------------------------------------- floats, differences, high precision
def test_functions_that_are_not_rational(b: Build) -> None:
    x, a = b.var("x", "n"), b.var("A", "m", "n")
    u = b.f("exp", b.mul(a, x))
    problem = Problem(b.f("sum", u, shape="scalar"), x, {"x": x, "A": a})
    found = check_lines(problem, [Line("df/dx", "=", b.mul(b.T(a), u))])
    assert found.kind == "floating" and 0 <= found.gap < 1e-12
    slightly = b.mul(Fraction(1000000001, 10**9), b.T(a), u)
    assert not holds(problem, "df/dx", slightly)


def test_the_smallest_wrong_factor_is_settled_in_sixty_digits(b: Build) -> None:
    x = b.var("x", "n")
    problem = Problem(b.f("logsumexp", x, shape="scalar"), x, {"x": x})
    softmax = b.f("softmax", x)
    assert holds(problem, "df/dx", softmax)
    for factor in (1 + Fraction(1, 10**9), 1 - Fraction(1, 10**6), 1 + Fraction(1, 10**4)):
        assert not holds(problem, "df/dx", b.mul(factor, softmax))


def test_rounding_is_settled_in_sixty_digits(b: Build) -> None:
    """A right line that loses ten digits: (10^10 + tanh t) - 10^10."""
    problem, t = scalar_problem(b, lambda t: b.f("tanh", t))
    noisy = b.add(b.num(10**10), b.f("tanh", t), b.num(-(10**10)))
    found = check_lines(problem, [Line("f", "=", noisy)])
    assert found.kind == "high precision"
    assert not holds(problem, "f", b.add(noisy, b.num(Fraction(1, 10**12))))


def test_tiny_constants_do_not_hide_in_rounding(b: Build) -> None:
    """log(t + 10^-12) is not log(t)."""
    tiny = b.num(Fraction(1, 10**12))
    problem, t = scalar_problem(b, lambda t: b.f("log", b.add(t, tiny)), "positive")
    assert holds(problem, "f", b.f("log", b.add(t, tiny)))
    assert holds(problem, "df/dt", b.pow(b.add(t, tiny), -1))
    assert not holds(problem, "f", b.f("log", t))
    assert not holds(problem, "df/dt", b.pow(t, -1))


def test_saturated_functions_do_not_hide_a_factor(b: Build) -> None:
    """tanh(20 + t^2) is 1 up to rounding; its derivative is still not twice what it is."""
    problem, t = scalar_problem(b, lambda t: b.f("tanh", b.add(b.num(20), b.pow(t, 2))))
    tanh = b.f("tanh", b.add(b.num(20), b.pow(t, 2)))
    slope = b.mul(2, t, b.sub(b.num(1), b.pow(tanh, 2)))
    assert holds(problem, "df/dt", slope)
    assert not holds(problem, "df/dt", b.mul(2, slope))
    assert not holds(problem, "df/dt", b.num(0))


def test_a_zero_that_rounds(b: Build) -> None:
    x = b.var("X", "n", "n")
    f = b.f("tr", b.f("expm", b.sub(x, x)), shape="scalar")
    problem = Problem(f, x, {"X": x})
    assert holds(problem, "df/dX", b.table.make("zeros", (), ("n", "n")))
    e = b.f("expm", x)
    rounding = b.sub(b.mul(e, b.f("expm", b.neg(x))), b.table.make("eye", (), ("n", "n")))
    assert holds(problem, "df/dX", rounding)
    assert not holds(problem, "df/dX", b.add(rounding, b.mul(Fraction(1, 10**15), e)))


def test_eigenvalues_need_differences(b: Build) -> None:
    a = b.var("A", "n", "n", props="symmetric")
    v = b.f("eigvec_max", a, shape=("n", 1))
    problem = Problem(b.f("lambda_max", a, shape="scalar"), a, {"A": a}, convention="tangent")
    assert holds(problem, "df/dA", b.mul(v, b.T(v)))
    assert not holds(problem, "df/dA", b.mul(2, v, b.T(v)))


def test_domains_are_found(b: Build) -> None:
    x = b.var("x", "n")
    f = b.add(b.f("log", b.sub(b.num(1), b.mul(b.T(x), x))), b.f("sum", b.f("log", x), shape="scalar"))
    g = b.add(b.mul(-2, x, b.pow(b.sub(b.num(1), b.mul(b.T(x), x)), -1)), b.hpow(x, -1))
    assert holds(Problem(f, x, {"x": x}), "df/dx", g)
    s = b.var("X", "n", "n")
    problem = Problem(b.f("tr", b.f("logm", s), shape="scalar"), s, {"X": s})
    assert holds(problem, "df/dX", b.T(b.f("inv", s)))
    far, t = scalar_problem(b, lambda t: b.f("sqrt", b.add(t, b.num(-5))))
    assert holds(far, "df/dt", b.mul(HALF, b.pow(b.f("sqrt", b.add(t, b.num(-5))), -1)))


def test_no_domain_is_an_error_that_says_so(b: Build) -> None:
    problem, t = scalar_problem(b, lambda t: b.f("log", b.neg(b.pow(t, 2))))
    with pytest.raises(VerificationError, match="no point was found"):
        check_lines(problem, [Line("df/dt", "=", t)])


def test_a_line_without_a_value_does_not_pass(b: Build) -> None:
    problem, t = scalar_problem(b, lambda t: b.f("exp", t))
    verdict = judge_lines(problem, [Line("f", "=", b.f("exp", b.f("log", b.neg(b.pow(t, 2)))))]).verdicts[0]
    assert not verdict.ok and "no value" in verdict.reason
    x = b.var("X", "n", "n")
    exact = Problem(b.f("tr", x, shape="scalar"), x, {"X": x})
    singular = b.mul(b.table.make("ones", (), ("n", 1)), b.table.make("ones", (), (1, "n")))
    verdict = judge_lines(exact, [Line("df/dX", "=", b.f("inv", b.sub(singular, singular)))]).verdicts[0]
    assert not verdict.ok


def test_left_sides_and_names_that_mean_nothing(b: Build) -> None:
    problem, t = scalar_problem(b, lambda t: b.pow(t, 2))
    verdicts = judge_lines(
        problem, [Line("dg", "=", t), Line("f", "=", b.var("z")), Line("f", "=", b.pow(t, 2))]
    ).verdicts
    assert [v.ok for v in verdicts] == [False, False, True]
    assert "dg" in verdicts[0].reason and "z" in verdicts[1].reason
