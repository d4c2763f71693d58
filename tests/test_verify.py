"""Wrong lines are caught, whatever their form; right lines pass, however unusual."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

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


# ---------------------------------------------------------------- the first example
class Seed:
    """Half the squared norm of X A', with the intermediate M."""

    def __init__(self) -> None:
        b = self.b = Build()
        self.x, self.a, self.m = b.var("X", "m", "n"), b.var("A", "p", "n"), b.var("M", "m", "p")
        self.j = b.var("J", "m", "n")
        self.product = b.mul(self.x, b.T(self.a))
        f = b.mul(b.pow(b.f("norm", self.product, shape="scalar"), 2), b.pow(b.num(2), -1))
        self.g = b.mul(self.x, b.T(self.a), self.a)
        dx, dm, half = b.d(self.x), b.d(self.m), b.num(HALF)
        self.lines = [
            Line("f", "=", f),
            Line("M", "=", self.product),
            Line("f", "=", b.mul(half, b.colon(self.m, self.m))),
            Line("df", "=", b.colon(self.m, dm)),
            Line("dM", "=", b.mul(dx, b.T(self.a))),
            Line("df", "=", b.colon(self.m, b.mul(dx, b.T(self.a)))),
            Line("df", "=", b.colon(b.mul(self.m, self.a), dx)),
            Line("df", "=", b.colon(self.g, dx)),
            Line("df/dX", "=", self.g),
            Line("df/dX[i,j]", "=", b.colon(self.g, self.j)),
        ]
        self.problem = Problem(f, self.x, {"X": self.x, "A": self.a}, [("M", self.m, self.product)])


def test_the_first_example() -> None:
    s = Seed()
    found = check_lines(s.problem, s.lines)
    assert str(found) == "verified exactly at 3 random instances: 10 lines"
    assert found.kind == "exact" and found.gap == 0


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("change", ["sign", "double", "shift", "transpose inside"])
def test_every_line_of_the_first_example_is_checked(number: int, change: str) -> None:
    s = Seed()
    b, line = s.b, s.lines[number]
    if change == "sign":
        wrong = b.neg(line.term)
    elif change == "double":
        wrong = b.mul(2, line.term)
    elif change == "shift":
        wrong = b.add(line.term, line.term, b.mul(Fraction(-999999999, 10**9), line.term))
    else:
        wrong = swapped(b, line.term)
    lines = [*s.lines[:number], Line(line.lhs, "=", wrong), *s.lines[number + 1 :]]
    with pytest.raises(VerificationError, match=f"line {number + 1} of the proof") as error:
        check_lines(s.problem, lines)
    assert "seed 0" in str(error.value) and "instance 1" in str(error.value)


def swapped(b: Build, t: Term) -> Term:
    """The term with every product reversed: shapes that do not fit, or other values."""
    args = t.args if t.head == "d" else tuple(swapped(b, a) for a in t.args)
    if t.head == "mul":
        return b.table.make("mul", args[::-1], t.shape) if not t.is_scalar else b.neg(t)
    if t.head == "colon":
        return b.table.make("colon", (b.neg(args[0]), args[1]))
    return (
        b.neg(t) if t.head in ("norm", "var", "pow", "d") else b.table.make(t.head, args, t.shape, t.payload)
    )


def test_a_dropped_transpose_is_seen_where_shapes_fit(b: Build) -> None:
    x, a = b.var("X", "n", "n"), b.var("A", "n", "n")
    problem = Problem(b.f("tr", b.mul(a, x), shape="scalar"), x, {"X": x, "A": a})
    assert holds(problem, "df/dX", b.T(a))
    assert not holds(problem, "df/dX", a)
    assert holds(problem, "df", b.colon(b.T(a), b.d(x)))
    assert not holds(problem, "df", b.colon(a, b.d(x)))
    j = b.var("J", "n", "n")
    assert holds(problem, "df/dX[i,j]", b.colon(b.T(a), j))
    assert not holds(problem, "df/dX[i,j]", b.colon(a, j))


def test_right_lines_in_unusual_forms(b: Build) -> None:
    x, a = b.var("X", "n", "n"), b.var("A", "n", "n")
    f = b.f("logdet", b.mul(x, b.T(x)), shape="scalar")
    problem = Problem(f, x, {"X": x, "A": a})
    inv = b.f("inv", x)
    for g in (
        b.mul(2, b.T(inv)),
        b.mul(2, b.f("inv", b.T(x))),
        b.add(b.T(inv), b.mul(b.f("inv", b.mul(x, b.T(x))), x)),
        b.mul(2, b.pow(b.f("det", x, shape="scalar"), -1), b.T(b.f("adj", x))),
        b.sub(b.mul(2, b.T(b.pow(x, -1))), b.sub(a, a)),
        b.mul(2, b.T(b.f("pinv", x))),
    ):
        assert holds(problem, "df/dX", g)
        assert not holds(problem, "df/dX", b.T(g))


def test_the_shape_of_an_answer_counts(b: Build) -> None:
    x, t = b.var("x", "n"), b.var("t")
    problem = Problem(b.mul(t, b.T(x), x), x, {"x": x, "t": t})
    assert holds(problem, "df/dx", b.mul(2, t, x))
    assert not holds(problem, "df/dx", b.T(b.mul(2, t, x)))
    constant = Problem(t, x, {"x": x, "t": t})
    assert holds(constant, "df/dx", b.table.make("zeros", (), ("n", 1)))
    assert not holds(constant, "df/dx", b.num(0))


def test_differentials_of_products_and_of_constants(b: Build) -> None:
    """A user may write d(X*A') and d(A)."""
    s = Seed()
    b = s.b
    m = s.product
    assert holds(s.problem, "df", b.colon(m, b.d(m)))
    assert holds(s.problem, "df", b.colon(s.m, b.add(b.d(m), b.mul(s.x, b.T(b.d(s.a))))))
    assert not holds(s.problem, "df", b.colon(m, b.mul(2, b.d(m))))


# ---------------------------------------------------------------- wrong only somewhere
def scalar_problem(b: Build, f: Callable[[Term], Term], props: str = "") -> tuple[Problem, Term]:
    t = b.var("t", props=props)
    return Problem(f(t), t, {"t": t}), t


def test_wrong_for_negative_numbers_only(b: Build) -> None:
    problem, t = scalar_problem(b, lambda t: b.f("sqrt", b.pow(t, 2)))
    assert not holds(problem, "f", t)
    assert holds(problem, "f", b.f("abs", t))
    assert not holds(problem, "df/dt", b.num(1))
    assert holds(problem, "df/dt", b.f("sign", t))
    positive, t = scalar_problem(b, lambda t: b.f("sqrt", b.pow(t, 2)), "positive")
    assert holds(positive, "f", t)


def test_wrong_for_large_numbers_only(b: Build) -> None:
    x = b.var("x", "n")
    problem = Problem(b.f("sum", b.f("arcsin", b.f("sin", x)), shape="scalar"), x, {"x": x})
    assert not holds(problem, "f", b.f("sum", x, shape="scalar"))
    assert not holds(problem, "df/dx", b.table.make("ones", (), ("n", 1)))


def test_wrong_where_entries_are_negative_only(b: Build) -> None:
    x = b.var("X", "m", "n")
    problem = Problem(b.f("sum", b.f("relu", x), shape="scalar"), x, {"X": x})
    ones = b.table.make("ones", (), ("m", "n"))
    assert not holds(problem, "df/dX", ones)
    assert holds(problem, "df/dX", b.f("sign", b.f("relu", x)))


def test_wrong_at_sizes_of_one_or_beyond_one_only(b: Build) -> None:
    x, a = b.var("x", "n"), b.var("a", "n")
    ones = b.table.make("ones", (), ("n", 1))
    n = b.table.dim("n")
    problem = Problem(b.colon(a, x), x, {"x": x, "a": a})
    # a + (n - 1)*1 is right at n = 1 alone; a/(1 - 0^(n-1)) is not right there
    assert not holds(problem, "df/dx", b.add(a, b.mul(b.add(n, b.num(-1)), ones)))
    assert holds(problem, "df/dx", b.mul(n, b.pow(n, -1), a))
    assert not holds(problem, "df/dx", b.mul(b.add(n, b.num(-1)), b.pow(b.add(n, b.num(-1)), -1), a))


def test_a_wrong_diagonal_entry_is_seen_in_lines_about_one_entry(b: Build) -> None:
    x, a, j = b.var("X", "n", "n"), b.var("A", "n", "n"), b.var("J", "n", "n")
    problem = Problem(b.colon(a, x), x, {"X": x, "A": a})
    eye = b.table.make("eye", (), ("n", "n"))
    off = b.sub(a, b.had(a, eye))
    assert not holds(problem, "df/dX[i,j]", b.colon(off, j))
    assert not holds(problem, "df/dX[i,j]", b.colon(b.had(a, eye), j))


def test_single_entry_matrices_may_be_used_as_such(b: Build) -> None:
    """J .* J = J holds for a single-entry matrix, and not for others."""
    x, a, j = b.var("X", "m", "n"), b.var("A", "m", "n"), b.var("J", "m", "n")
    problem = Problem(b.colon(a, x), x, {"X": x, "A": a})
    assert holds(problem, "df/dX[i,j]", b.colon(a, b.had(j, j)))
    unit_i = b.table.make("unit", (b.var("i"),), ("m", 1))
    unit_j = b.table.make("unit", (b.var("j"),), ("n", 1))
    assert holds(problem, "df/dX[i,j]", b.mul(b.T(unit_i), a, unit_j))
    assert not holds(problem, "df/dX[i,j]", b.mul(2, b.T(unit_i), a, unit_j))
    assert not holds(problem, "df/dX[i,j]", b.colon(a, b.had(j, j, a)))


def test_sizes_grow_where_a_term_needs_it(b: Build) -> None:
    x, row = b.var("x", "n"), b.T(b.table.make("unit", (b.num(9),), ("n", 1)))
    problem = Problem(b.mul(row, x), x, {"x": x})
    assert holds(problem, "df/dx", b.T(row))
    assert not holds(problem, "df/dx", b.table.make("unit", (b.num(8),), ("n", 1)))


# ---------------------------------------------------------------- structures
def structured(b: Build, props: str, convention: str | None) -> tuple[Problem, Term, Term]:
    a, x = b.var("A", "n", "n"), b.var("X", "n", "n", props=props)
    return Problem(b.f("tr", b.mul(a, x), shape="scalar"), x, {"A": a, "X": x}, convention=convention), a, x


def test_conventions_for_a_symmetric_variable(b: Build) -> None:
    a, eye = b.var("A", "n", "n"), b.table.make("eye", (), ("n", "n"))
    both = b.add(a, b.T(a))
    answers = {
        "tangent": b.mul(HALF, both),
        "free": b.T(a),
        "tied": b.sub(both, b.had(a, eye)),
    }
    for convention in answers:
        problem, _, x = structured(b, "symmetric", convention)
        for name, answer in answers.items():
            assert holds(problem, "df/dX", answer) == (name == convention)
            entry = b.colon(answer, b.var("J", "n", "n"))
            assert holds(problem, "df/dX[i,j]", entry) == (name == convention)
        # along symmetric directions both of these are df
        for g in (b.T(a), b.mul(HALF, both)):
            assert holds(problem, "df", b.colon(g, b.d(x))) == (convention != "free" or g is b.T(a))


@pytest.mark.parametrize(
    ("props", "answer"),
    [
        ("skew", lambda b, a: b.mul(HALF, b.sub(b.T(a), a))),
        ("diagonal", lambda b, a: b.had(a, b.table.make("eye", (), ("n", "n")))),
        ("lower_triangular", lambda b, a: b.f("tril", b.T(a))),
        ("positive_definite", lambda b, a: b.mul(HALF, b.add(a, b.T(a)))),
    ],
)
def test_tangent_gradients_lie_in_the_structure(props: str, answer: Any, b: Build) -> None:
    problem, a, _ = structured(b, props, "tangent")
    assert holds(problem, "df/dX", answer(b, a))
    assert not holds(problem, "df/dX", b.T(a))
    assert not holds(problem, "df/dX", b.mul(2, answer(b, a)))


def test_tied_toeplitz(b: Build) -> None:
    problem, a, _ = structured(b, "toeplitz", "tied")
    assert holds(problem, "df/dX", b.f("toep", b.T(a)))
    assert not holds(problem, "df/dX", b.f("toep", a))


def test_orthonormal_columns(b: Build) -> None:
    x, a = b.var("X", "m", "n", props="orthonormal_columns"), b.var("A", "m", "n")
    problem = Problem(b.colon(a, x), x, {"X": x, "A": a}, convention="riemannian")
    symmetric = b.mul(HALF, b.add(b.mul(b.T(x), a), b.mul(b.T(a), x)))
    assert holds(problem, "df/dX", b.sub(a, b.mul(x, symmetric)))
    assert not holds(problem, "df/dX", a)
    assert not holds(problem, "df/dX", b.sub(a, b.mul(x, b.T(x), a)))


# ---------------------------------------------------------------- Jacobians and matrix-valued functions
def test_differentials_and_jacobians(b: Build) -> None:
    x, a = b.var("X", "m", "n"), b.var("A", "p", "m")
    problem = Problem(b.mul(a, x), x, {"X": x, "A": a})
    assert holds(problem, "df", b.mul(a, b.d(x)))
    assert not holds(problem, "df", b.mul(-1, a, b.d(x)))
    eye = b.table.make("eye", (), ("n", "n"))
    assert holds(problem, "df/dX", b.f("kron", eye, a, shape=(("n", "p"), ("m", "n"))))
    assert not holds(problem, "df/dX", b.f("kron", a, eye, shape=(("n", "p"), ("m", "n"))))
    v = b.var("x", "n")
    square = Problem(b.had(v, v), v, {"x": v})
    diagonal = b.mul(2, b.f("diag", v, shape=("n", "n")))
    assert holds(square, "df/dx", diagonal)
    assert not holds(square, "df/dx", b.mul(2, v))
    t = b.var("t")
    curve = Problem(b.mul(b.pow(t, 2), v), t, {"x": v, "t": t})
    assert holds(curve, "df/dt", b.mul(2, t, v)) and not holds(curve, "df/dt", b.mul(t, v))


def test_the_transposed_layout(b: Build) -> None:
    x, a = b.var("X", "m", "n"), b.var("A", "m", "n")
    problem = Problem(b.colon(a, x), x, {"X": x, "A": a}, transposed=True)
    assert holds(problem, "df/dX", b.T(a)) and not holds(problem, "df/dX", a)


# ---------------------------------------------------------------- perturbation
@pytest.mark.parametrize("outer", [None, "exp"])
def test_perturbations(outer: str | None, b: Build) -> None:
    x, a, j, epsilon = b.var("X", "m", "n"), b.var("A", "n", "n"), b.var("J", "m", "n"), b.var("epsilon")

    def f(z: Term) -> Term:
        value = b.f("tr", b.mul(z, a, b.T(z)), shape="scalar")
        return b.f(outer, value) if outer else value

    problem = Problem(f(x), x, {"X": x, "A": a})
    lhs = "f(X + epsilon*J)"
    moved = b.add(x, b.mul(epsilon, j))
    slope = b.colon(b.mul(x, b.add(a, b.T(a))), j)
    slope = b.mul(f(x), slope) if outer else slope
    first = b.add(f(x), b.mul(epsilon, slope))
    assert holds(problem, lhs, f(moved))
    assert holds(problem, lhs, f(moved), "~")
    assert holds(problem, lhs, first, "~")
    assert not holds(problem, lhs, first)
    assert not holds(problem, lhs, f(x), "~")
    assert not holds(problem, lhs, b.add(f(x), b.mul(2, epsilon, slope)), "~")
    second = b.add(first, b.mul(b.pow(epsilon, 2), slope))
    assert holds(problem, lhs, second, "~") and not holds(problem, lhs, second)


# ---------------------------------------------------------------- definitions, depth, speed
def deep_net(layers: int) -> tuple[Problem, list[Line]]:
    """z_k = tanh(W*z_{k-1}); f = sum(z): every definition and its differential."""
    b = Build()
    w, x = b.var("W", "n", "n"), b.var("x", "n")
    lets, lines, previous = [], [], x
    for k in range(1, layers + 1):
        z, u = b.var(f"z{k}", "n"), b.mul(w, previous)
        lets.append((f"z{k}", z, b.f("tanh", u)))
        lines.append(Line(f"z{k}", "=", b.f("tanh", u)))
        ones = b.table.make("ones", (), ("n", 1))
        inner = b.add(b.mul(b.d(w), previous), b.mul(w, b.d(previous))) if k > 1 else b.mul(b.d(w), previous)
        lines.append(Line(f"dz{k}", "=", b.had(b.sub(ones, b.hpow(z, 2)), inner)))
        previous = z
    return Problem(b.f("sum", previous, shape="scalar"), w, {"W": w, "x": x}, lets), lines


def test_a_deep_net_is_linear() -> None:
    def seconds(layers: int) -> float:
        problem, lines = deep_net(layers)
        best = 1e9
        for _ in range(3):
            start = time.perf_counter()
            check_lines(problem, lines)
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(128) < 8 * seconds(32)


def test_a_wrong_layer_is_named() -> None:
    problem, lines = deep_net(20)
    lines[25] = Line(lines[25].lhs, "=", lines[23].term)
    with pytest.raises(VerificationError, match="line 26 of the proof does not hold: dz13"):
        check_lines(problem, lines)


def test_a_given_definition_is_a_variable_of_f(b: Build) -> None:
    w, s, c = b.var("W", "m", "n"), b.var("s"), b.var("C", "m", "m")
    definition = b.add(b.mul(w, b.T(w)), b.mul(s, b.table.make("eye", (), ("m", "m"))))
    symbols = {"W": w, "s": s, "C": c}  # C may be among the symbols: it is computed, not drawn
    problem = Problem(b.f("det", c, shape="scalar"), w, symbols, [("C", c, definition)])
    det = b.f("det", c, shape="scalar")
    assert holds(problem, "df/dW", b.mul(2, det, b.f("inv", c), w))
    assert not holds(problem, "df/dW", b.mul(det, b.f("inv", c), w))


def test_answers_repeat_and_seeds_differ() -> None:
    s = Seed()
    wrong = [Line("df/dX", "=", s.b.neg(s.g))]
    one, two, other = (str(judge_lines(s.problem, wrong, seed).verdicts[0].witness) for seed in (0, 0, 1))
    assert one == two != other
