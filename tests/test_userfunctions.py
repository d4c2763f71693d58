"""Elementwise functions of users: their derivatives found or verified, used in all questions, refused where wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.api import rule_book
from derive.cli import main
from derive.derivation import Derivation
from derive.evaluate import Point, evaluate
from derive.fields import FLOAT
from derive.userfunctions import UserFunction, parse_definition, registered


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    for f in reversed(list(registered().values())):
        f.remove()
    assert not registered()


def values(proof: Derivation, **given: list[list[float]] | float) -> np.ndarray:
    """The result at a point, in functions that have values."""
    from derive.audit import explained_functions
    from derive.terms import Table

    plain = explained_functions(rule_book()).plain(proof.result, Table())
    sizes = {"n": 3, "m": 2}
    return np.asarray(evaluate(plain, Point(FLOAT, sizes, given)))


# ---------------------------------------------------------------- what works
def test_a_function_is_known_to_later_questions() -> None:
    swish = derive.function("swish", "t*sigmoid(t)")
    assert swish.derivative == "sigmoid(t)*(1 + t*(1 - sigmoid(t)))"
    proof = derive.gradient("sum(swish(A*x))", "x")
    assert "swish(A*x)" in proof.lines()[0].ascii
    assert "swish(t) = t*sigmoid(t)" in proof.text() and "user function" in proof.latex()
    cited = {s.rule: s.cite for s in proof.steps}
    assert cited["d-swish"] == cited["swish-definition"] == "user function"
    first = proof.steps[0]
    assert (str(first.before), str(first.after)) == ("swish(t)", "t*sigmoid(t)")
    plain = derive.gradient("sum((A*x).*sigmoid(A*x))", "x")
    a, x = [[0.3, -0.2, 0.5], [0.1, 0.7, -0.4]], [[0.2], [0.9], [-0.5]]
    assert np.allclose(values(proof, A=a, x=x), values(plain, A=a, x=x))


def test_of_scalars_vectors_and_matrices_in_every_question() -> None:
    derive.function("cube", "u^3")
    assert str(derive.gradient("cube(t)", "t", shapes={"t": "scalar"}).result) == "3*t^2"
    assert str(derive.gradient("sum(cube(X))", "X").result) == "3*X.^2"
    assert str(derive.differential("cube(X)", "X").result) == "3*(X.^2.*dX)"
    assert str(derive.jacobian("cube(x)", "x").result) == "3*diag(x.^2)"
    assert str(derive.hessian("sum(cube(x))", "x").result) == "6*diag(x)"
    assert str(derive.hessian("cube(t)", "t", shapes={"t": "scalar"}).result) == "6*t"
    assert str(derive.gradient(r"\operatorname{cube}(t)", "t", shapes={"t": "scalar"}).result) == "3*t^2"
    assert str(derive.gradient("np.sum(cube(x) * y)", "x").result) == "3*(x.^2.*y)"
    for method in ("perturbation", "entrywise"):
        assert derive.gradient("sum(cube(X))", "X", method=method).verification.lines > 1


def test_a_given_derivative_is_used_as_it_is_written() -> None:
    derive.function("swish", "t*sigmoid(t)", "swish(t) + sigmoid(t)*(1 - swish(t))")
    assert str(derive.gradient("sum(swish(X))", "X").result) == "swish(X) + sigmoid(X).*(ones(m,n) - swish(X))"
    hessian = derive.hessian("sum(swish(x))", "x")
    assert "swish(x)" in str(hessian.result) and hessian.verification.kind == "floating"


def test_a_function_of_a_function() -> None:
    derive.function("g", "z*log(z)")
    h = derive.function("h", "g(s)^2 + 1", variable="s")
    assert (h.variable, h.derivative) == ("s", "2*g(s)*(log(s) + 1)")
    assert str(derive.gradient("sum(h(x))", "x").result) == "2*(g(x).*(log(x) + ones(n)))"
    with pytest.raises(derive.ParseError, match="`h` is defined by it"):
        registered()["g"].remove()
    with pytest.raises(derive.ParseError, match="`h` is defined by it"):
        derive.function("g", "z^2")


@pytest.mark.parametrize(
    ("body", "slope"),
    [
        ("relu(1 - t)", "-(1 + sign(1 - t))/2"), ("abs(t)", "sign(t)"), ("t*abs(t)", "2*abs(t)"), ("sign(t)", "0"),
        ("relu(t)^2", "relu(t)*(1 + sign(t))"),
    ],
)  # fmt: skip
def test_kinks_follow_the_documented_conventions(body: str, slope: str) -> None:
    assert derive.function("kinked", body).derivative == slope
    assert derive.gradient("sum(kinked(A*x))", "x").verification.lines > 1


def test_constants_and_pi() -> None:
    assert derive.function("three", "3").derivative == "0"
    assert str(derive.gradient("sum(three(x))", "x").result) == "zeros(n)"
    assert derive.function("turn", "2*pi*t").derivative == "2*pi"


# ---------------------------------------------------------------- the registry
def test_the_same_again_another_body_and_removal() -> None:
    one = derive.function("g", "t^2")
    assert derive.function("g", "t^2") is one
    assert str(derive.gradient("g(t)", "t", shapes={"t": "scalar"}).result) == "2*t"
    other = derive.function("g", "t^3")
    assert other is not one
    assert str(derive.gradient("g(t)", "t", shapes={"t": "scalar"}).result) == "3*t^2"
    one.remove()  # it is registered no more: nothing happens
    assert registered()["g"] is other
    other.remove()
    with pytest.raises(derive.ParseError, match="no function `g`"):
        derive.gradient("g(t)*2", "t", shapes={"t": "scalar"})


def test_a_handle_is_passed_like_a_file(tmp_path: Path) -> None:
    g = derive.function("g", "t^2")
    g.remove()
    file = tmp_path / "my.rules"
    file.write_text("function k\n  kind elementwise\n  means t^3\n  d auto\n")
    assert str(derive.gradient("sum(g(x)) + sum(k(x))", "x", rules=[g, file]).result) == "2*x + 3*x.^2"
    assert str(derive.gradient("sum(g(x))", "x", rules=g).result) == "2*x"
    derive.function("g", "t^5")
    assert str(derive.gradient("sum(g(x))", "x", rules=[g]).result) == "2*x"  # what is passed wins
    assert repr(g) == "<function g(t) = t^2>"


def test_an_unused_function_changes_no_answer() -> None:
    before = derive.gradient("norm(X*A')^2/2", "X")
    derive.function("swish", "t*sigmoid(t)")
    after = derive.gradient("norm(X*A')^2/2", "X")
    assert after.text() == before.text() and len(after.steps) == len(before.steps)


# ---------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("arguments", "kind", "parts"),
    [
        (("tr", "t"), "ParseError", ["`tr`", "another name"]),
        (("eye", "t"), "ParseError", ["`eye`", "another name"]),
        (("had", "t"), "ParseError", ["`had`"]),
        (("2x", "t"), "ParseError", ["`2x`", "a letter"]),
        ((5, "t"), "ParseError", ["`5`"]),
        (("g", 5), "ParseError", ["must be a text"]),
        (("g", "t^2 +"), "ParseError", ["^", "operand"]),
        (("g", ""), "ParseError", ["empty"]),
        (("g", "t; t"), "ParseError", ["one expression"]),
        (("g", "t\nfunction h"), "ParseError", ["one line"]),
        (("g", "a*t"), "ParseError", ["`a` and `t`", "^", "one variable"]),
        (("g", "a*t", None, "t"), "ParseError", ["`a`", "^"]),
        (("g", "t", None, "sin"), "ParseError", ["`sin` is a function"]),
        (("g", "foo(t)"), "ParseError", ["`foo`", "^^^"]),
        (("g", "g(t) + 1"), "ParseError", ["no function `g`"]),
        (("g", "sum(t)"), "ParseError", ["`sum` is no function of a number"]),
        (("g", "norm(t)"), "ParseError", ["`norm`"]),
        (("g", "t'"), "ParseError", ["`'`"]),
        (("g", "2^t"), "ParseError", ["exponent", "exp(t*log(a))"]),
        (("g", "ones(3)"), "ShapeError", ["not a number"]),
        (("g", "t^2", "3*t"), "VerificationError", ["`g` is wrong", "left", "right", "leave it out"]),
        (("g", "t^2", "2*x"), "ParseError", ["`x`", "^"]),
        (("g", "digamma(t)"), "ParseError", ["the derivative of `g` is not found", "digamma"]),
        (("g", "relu(t)", "sign(t)"), "VerificationError", ["`g` is wrong"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_not_registered(
    arguments: tuple[str, ...], kind: str, parts: list[str]
) -> None:
    with pytest.raises(derive.DeriveError) as error:
        derive.function(*arguments)
    wanted = getattr(derive, kind)
    assert isinstance(error.value, wanted) or (kind == "ParseError" and error.value.exit_code == 2)
    for part in parts:
        assert part in str(error.value)
    assert not registered()


def test_a_replacement_that_is_wrong_leaves_the_old_one() -> None:
    derive.function("g", "t^2")
    with pytest.raises(derive.VerificationError):
        derive.function("g", "t^3", "t^2")
    assert str(derive.gradient("g(t)", "t", shapes={"t": "scalar"}).result) == "2*t"


def test_a_name_that_is_a_function_and_a_variable() -> None:
    derive.function("g", "t^2")
    with pytest.raises(derive.ParseError, match="name of a function"):
        derive.gradient("norm(g)^2", "g")
    assert str(derive.gradient("norm(g)^2", "g", shapes={"g": "n"}).result) == "2*g"


# ---------------------------------------------------------------- rule files and the command line
AUTO = "function g\n  kind  elementwise\n  means t*tanh(softplus(t))\n  d     auto\n"


def test_a_block_with_auto_has_its_derivative_worked_out(tmp_path: Path) -> None:
    file = tmp_path / "my.rules"
    file.write_text(AUTO)
    proof = derive.gradient("sum(g(x))", "x", rules=file)
    assert "g(x)" in proof.lines()[0].ascii and "d-g" in {r for line in proof.lines() for r in line.rules}
    assert f"user function, {file}" in {s.cite for s in proof.steps}
    plain = derive.gradient("sum(x.*tanh(softplus(x)))", "x")
    x = [[0.2], [0.9], [-0.5]]
    assert np.allclose(values(proof, x=x), values(plain, x=x))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("function g\n  kind elementwise\n  d auto\n", "nothing says what it means"),
        ("function g\n  kind elementwise\n  means digamma(t)\n  d auto\n", "is not found"),
        ("function g\n  kind elementwise\n  means foo(t)\n  d auto\n", "foo"),
        ("function g\n  kind elementwise\n  means sum(t)\n", "no function of a number"),
        ("function g\n  kind elementwise\n  means t^t\n", "exponent"),
    ],
)
def test_blocks_that_are_refused(tmp_path: Path, text: str, part: str) -> None:
    file = tmp_path / "my.rules"
    file.write_text(text)
    with pytest.raises(derive.DeriveError) as error:
        derive.gradient("sum(g(x))", "x", rules=file)
    assert part in str(error.value) and "my.rules:1" in str(error.value)


def test_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asked = ["gradient", "sum(k(x))", "--wrt", "x", "--format", "ascii"]
    assert main([*asked, "--function", "g(u) = u^2", "--function", "k(s) = g(s) + s"]) == 0
    assert capsys.readouterr().out.strip() == "2*x + ones(n)"
    assert not registered()
    assert main(asked) == 2
    assert main([*asked, "--function", "k = 2"]) == 2
    assert "defines no function" in capsys.readouterr().err
    (tmp_path / "my.rules").write_text(AUTO)
    assert main(["rules", "--check", str(tmp_path / "my.rules")]) == 0
    assert "checked" in capsys.readouterr().out


def test_definitions_as_text() -> None:
    assert parse_definition(" g( u ) =u^2 ") == ("g", "u^2", "u")


# ---------------------------------------------------------------- random bodies
BODIES = st.recursive(
    st.sampled_from(["t", "2", "0.5", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(["sin", "tanh", "sigmoid", "arctan", "exp", "softplus"]), inner)
        .map(lambda p: f"{p[0]}(0.3*{p[1]})"),
        inner.map(lambda b: f"({b})^2"),
    ),
    max_leaves=6,
)  # fmt: skip


@given(BODIES, st.floats(-1.5, 1.5))
@settings(max_examples=40)
def test_the_derivative_of_any_body_agrees_with_differences(body: str, at: float) -> None:
    f: UserFunction = derive.function("anything", body)
    proof = derive.gradient("anything(t)", "t", shapes={"t": "scalar"})
    slope = float(values(proof, t=at))
    term = derive.parse(body, {"t": "scalar"})

    def value(t: float) -> float:
        return float(evaluate(term, Point(FLOAT, {}, {"t": t})))

    h = 1e-5
    assert slope == pytest.approx((value(at + h) - value(at - h)) / (2 * h), rel=1e-5, abs=1e-6)
    f.remove()
