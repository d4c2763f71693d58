"""MATLAB's own forms in ASCII text: their values by NumPy, and what is refused because MATLAB reads it otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.api import rule_book
from derive.cli import main
from derive.evaluate import Point, evaluate
from derive.fields import FLOAT
from derive.recognise import read_any
from derive.syntax import Reading
from derive.terms import Table

SHAPES = {"A": "n x n", "B": "n x n", "X": "m x n", "Y": "m x n", "x": "n", "b": "n", "t": "scalar"}
SIZES = {"m": 4, "n": 3}


def reading(text: str, **options: Any) -> Reading:
    signatures = rule_book().signatures
    return read_any(text, **{"table": Table(), "signatures": signatures, "shapes": SHAPES, **options})


READ: list[tuple[str, Callable[[Any], Any]]] = [
    ("trace(X'*X)", lambda v: np.trace(v.X.T @ v.X)),
    ("norm(X,'fro')^2", lambda v: np.linalg.norm(v.X) ** 2),
    ('norm(X, "fro")', lambda v: np.linalg.norm(v.X)),
    ("norm(X,2)", lambda v: np.linalg.norm(v.X, 2)),
    ("norm(X,1) + norm(X,inf)", lambda v: np.linalg.norm(v.X, 1) + np.linalg.norm(v.X, np.inf)),
    ("norm(x,1) + norm(x,2) + norm(x,Inf)", lambda v: sum(np.linalg.norm(v.x, p) for p in (1, 2, np.inf))),
    ("norm(A*x - b,'fro')", lambda v: np.linalg.norm(v.A @ v.x - v.b)),
    (r"x'*(A\b)", lambda v: v.x @ np.linalg.solve(v.A, v.b)),
    (r"norm(A\b)^2", lambda v: np.linalg.norm(np.linalg.solve(v.A, v.b)) ** 2),
    (r"2*A\b", lambda v: np.linalg.solve(2 * v.A, v.b)),
    (r"2*(A\B*b)", lambda v: 2 * np.linalg.solve(v.A, v.B) @ v.b),
    (r"A*B\A\b*t", lambda v: np.linalg.solve(np.linalg.solve(v.A @ v.B, v.A), v.b) * v.t),
    (r"M = A\B; trace(M)", lambda v: np.trace(np.linalg.solve(v.A, v.B))),
    ("sum(X(:))", lambda v: v.X.sum()),
    ("X(:)'*Y(:)", lambda v: np.sum(v.X * v.Y)),
    ("trace(A) + sum(sum(X.*Y))", lambda v: np.trace(v.A) + np.sum(v.X * v.Y)),
    ("trace(A) + mean(mean(X)) + max(x)", lambda v: np.trace(v.A) + v.X.mean() + v.x.max()),
    ("trace(X.'*Y)", lambda v: np.trace(v.X.T @ v.Y)),
    ("trace(transpose(X)*Y) + log(det(A*A'))", lambda v: np.trace(v.X.T @ v.Y) + np.log(np.linalg.det(v.A @ v.A.T))),
    ("trace(eye(n)*A)", lambda v: np.trace(v.A)),
]


@pytest.mark.parametrize(("text", "value"), READ, ids=[r[0] for r in READ])
def test_one_liners(text: str, value: Callable[[Any], Any]) -> None:
    read = reading(text)
    assert read.inferred[0] == f"read as {read.ascii} (from MATLAB)"
    source = np.random.default_rng(3)
    drawn = {n: source.uniform(0.3, 1.5, tuple(SIZES.get(d, 1) for d in s.split(" x "))) for n, s in SHAPES.items()}
    lists: dict[str, Any] = {n: a.reshape(len(a), -1).tolist() for n, a in drawn.items()}
    lists["t"] = float(drawn["t"][0])
    for name, body in read.definitions:
        lists[name] = evaluate(body, Point(FLOAT, SIZES, lists))
    ours = np.asarray(evaluate(read.term, Point(FLOAT, SIZES, lists)))
    theirs = np.asarray(value(type("Values", (), drawn)))
    assert np.allclose(ours.ravel(), theirs.ravel(), rtol=1e-9) and ours.size == theirs.size


@pytest.mark.parametrize(
    ("text", "kind", "place", "said"),
    [
        ("trace(A) + sum(X)", "AmbiguityError", "sum(X)", "sum(sum(X))"),
        ("trace(A) + max(X)", "AmbiguityError", "max(X)", "each column"),
        ("trace(A)*norm(X)", "AmbiguityError", "norm(X)", "norm(X,'fro')"),
        (r"A\b", "AmbiguityError", "\\", "LaTeX"),
        ("norm(X,3)", "ParseError", "norm(X,3)", "'fro'"),
        ("norm(X,'nuc')", "ParseError", "norm(X,'nuc')", "not read"),
        ("trace(X)", "ShapeError", "X", "square"),
        (r"trace(X\Y)", "ShapeError", "X", "square"),
        ("trace(A,B)", "ParseError", "trace", "trace"),
        ("norm(X,'fro", "ParseError", "'", "transpose"),
        ("foo(X(:))", "ParseError", "foo", "foo"),
        ("trace(A))", "ParseError", ")", "closes no bracket"),
    ],
)
def test_what_is_refused(text: str, kind: str, place: str, said: str) -> None:
    with pytest.raises(derive.DeriveError) as error:
        reading(text)
    assert isinstance(error.value, getattr(derive, kind)) and said in str(error.value)
    start, end = error.value.span or (0, 0)
    assert text[start:end] == place and text in str(error.value)


def test_ascii_keeps_its_meaning() -> None:
    for text in ("sum(X)", "norm(X)", "max(X)", "sum(sum(X))", "X'*X", "mean(X)"):
        assert reading(text).ascii == ""  # read by the ASCII reader, as before


@pytest.mark.parametrize(
    "text", [r"x^T A \beta", r"\|A\x\|^2", r"\x^\top A\x", r"A\cdot x", r"\tr(A)", r"A\,x", r"A \quad x"]
)
def test_latex_keeps_its_meaning(text: str) -> None:
    try:
        assert "LaTeX" in reading(text, shapes={**SHAPES, "beta": "n"}).inferred[0]
    except derive.DeriveError as error:
        assert "left division" not in str(error)


def test_the_bare_division_is_read_where_the_syntax_is_given() -> None:
    assert str(reading(r"A\b", reading={"syntax": "ascii"}).term) == "inv(A)*b"


def test_gradients_and_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert str(derive.gradient("trace(X'*A*X)", "X").result) == "(A + A')*X"
    assert main(["gradient", r"b'*(A\b)", "--wrt", "A", "--format", "ascii"]) == 0
    assert main(["gradient", "norm(X,'fro')^2", "--wrt", "X", "--format", "text"]) == 0
    assert "read as norm(X)^2 (from MATLAB)" in capsys.readouterr().out


PIECES = ["A", "x", "\\", "b", "(", ")", "(:)", "'", ",", "'fro'", "norm(", "trace(", "sum(", "*", ".'", "+", "2", " "]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=500)
def test_garbage_is_read_or_refused(text: str) -> None:
    try:
        assert reading(text).term.shape
    except derive.DeriveError as error:
        assert error.what
