"""Rules of users: read, checked, verified, used; and refused, with nothing printed, where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import derive
from derive import userbook
from derive.audit import explained_functions
from derive.cli import main
from derive.rulebook import RuleBook

SWISH = """\
function swish
  kind   elementwise
  d      sigmoid(t) + t*sigmoid(t)*(1 - sigmoid(t))
  means  t*sigmoid(t)
"""
MISH = "function mish\n  kind elementwise\n  means t*tanh(softplus(t))\n"
QUAD = "function quad\n  kind scalar\n  shape x: n, A: n x n -> scalar\n  means x'*A*x\n"
SPREAD = "function spread\n  kind matrix\n  shape x: n, m -> m x n\n  means ones(m)*x'\n"
WRONG = """\
rule d-inverse-wrong
  d(inv(A)) -> inv(A)*d(A)*inv(A)
  shapes  A: n x n
  when    square(A)
  say     the sign is lost
  cite    nobody
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, name: str = "my.rules") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


# ---------------------------------------------------------------- what is used
def test_a_function_with_a_law_keeps_its_name(write) -> None:
    d = derive.gradient("sum(swish(W*x))", "W", rules=write(SWISH))
    assert "swish(W*x)" in d.lines()[0].ascii and "d-swish" in {r for line in d.lines() for r in line.rules}
    assert "sigmoid" in str(d.result) and d.verification.kind == "floating"
    assert r"\operatorname{swish}" in d.latex()


@pytest.mark.parametrize(
    ("text", "f", "wrt", "result"),
    [
        (SWISH, "swish(t)", "t", "sigmoid(t)*(1 + t*(1 - sigmoid(t)))"),
        (QUAD, "quad(y,S)", "y", "(S + S')*y"),
        (SPREAD, "tr(spread(y,3)*B)", "y", None),
        (MISH + "function twice\n  kind elementwise\n  means mish(t) + mish(t)\n", "twice(t)", "t", None),
    ],
)
def test_gradients_of_functions_of_a_file(write, text: str, f: str, wrt: str, result: str | None) -> None:
    shapes = {"t": "scalar", "y": "n", "S": "n x n", "B": "n x 3"}
    d = derive.gradient(f, wrt, shapes={k: v for k, v in shapes.items() if k in f}, rules=write(text))
    assert result is None or str(d.result) == result
    assert f in d.lines()[0].ascii or d.lines()[0].lhs == "f"


def test_an_entrywise_meaning_is_lifted(write) -> None:
    ours = derive.gradient("sum(mish(X))", "X", rules=write(MISH))
    plain = derive.gradient("sum(X.*tanh(softplus(X)))", "X")
    assert str(ours.result) == str(plain.result)


def test_a_rule_of_a_file_is_used(write) -> None:
    text = "rule mine\n  tr(A*A*A) -> A' : A^2\n  shapes A: n x n\n  use simplify, move\n  say s\n  cite c\n"
    book = userbook.book_with(userbook.read_files([write(text)]))
    assert book.rules["mine"].uses == ("simplify", "move")
    own = "rule d-cube\n  d(tr(A^3)) -> 3*(A^2)' : d(A)\n  shapes A: n x n\n  say s\n  cite my notes\n"
    d = derive.gradient("tr(X^3)", "X", rules=write(own, "own.rules"))
    assert str(d.result) == "3*(X^2)'"


def test_several_files_and_paths(write, tmp_path: Path) -> None:
    write(SWISH, "a.rules"), write(MISH, "b.rules")
    files = [tmp_path / "a.rules", str(tmp_path / "b.rules")]
    assert derive.gradient("sum(swish(x)) + sum(mish(x))", "x", rules=files).verification.lines > 1


def test_what_a_file_says_now_counts(write) -> None:
    one = derive.gradient("swish(t)", "t", shapes={"t": "scalar"}, rules=write(SWISH))
    other = write(SWISH.replace("sigmoid(t) + t*sigmoid(t)*(1 - sigmoid(t))", "2*t").replace("t*sigmoid(t)", "t^2"))
    assert str(one.result) != str(derive.gradient("swish(t)", "t", shapes={"t": "scalar"}, rules=other).result)
    assert "swish" not in RuleBook.load().functions
    with pytest.raises(derive.DeriveError, match="swish"):
        derive.gradient("swish(t)", "t", shapes={"t": "scalar"})


def test_every_function_of_the_book_has_values() -> None:
    assert not explained_functions(RuleBook.load())


# ---------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (WRONG, ["my.rules:2", "d-inverse-wrong", "the sides differ", "dA = ", "left", "right"]),
        (SWISH.replace("d      sig", "d      2*sig"), ["my.rules:1", "`d-swish` is wrong"]),
        ("facts f\n  constant(A)\n  shapes A: n x n\n  say s\n  cite c\n", ["my.rules:2", "no numbers"]),
        ("facts f\n  symmetric(A*A)\n  shapes A: n x n\n  say s\n  cite c\n", ["my.rules:2", "not symmetric"]),
        (
            "projection p\n  G -> G + G'\n  convention tangent\n  structure diagonal toeplitz\n  shapes G: n x n\n"
            "  say s\n  cite c\n",
            ["my.rules:2", "`p` is wrong", "inner product"],
        ),
    ],
)
def test_wrong_files_are_refused_with_a_witness(write, text: str, parts: list[str]) -> None:
    with pytest.raises(derive.VerificationError) as error:
        derive.gradient("tr(X)", "X", rules=write(text))
    assert error.value.exit_code == 3
    for part in parts:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("function g\n  kind scalar\n  shape A: n x n -> scalar\n", ["my.rules:1", "`g`", "means"]),
        ("function g\n  kind elementwise\n  means g(t) + 1\n", ["my.rules:1", "`g` is explained by `g`"]),
        ("function g\n  kind scalar\n  means 1\n", ["my.rules:1", "`shape`"]),
        ("function tr\n  kind elementwise\n  means t\n", ["my.rules:1", "second function `tr`"]),
        ("function mul\n  kind elementwise\n  means t\n", ["my.rules:1", "cannot be the name"]),
        (WRONG.replace("inv(A)*d", "foo(A)*d"), ["my.rules:2", "foo", "^^^"]),
        (WRONG.replace("square", "sqare"), ["my.rules:2", "sqare"]),
        (WRONG + "  use     simplify\n", ["my.rules:2", "`simplify`"]),
        ("rule r\n  tr(B) -> eye(p) : B\n  shapes B: p x p\n  say s\n  cite c\n", ["my.rules:2", "trace-colon"]),
    ],
)
def test_files_that_are_not_understood(write, text: str, parts: list[str]) -> None:
    with pytest.raises(derive.DeriveError) as error:
        derive.gradient("tr(X)", "X", rules=write(text))
    assert error.value.exit_code == 2
    for part in parts:
        assert part in str(error.value)


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "bytes.rules").write_bytes(b"rule \xff\xfe\n")
    for name, part in (("none.rules", "No such file"), ("", "rectory"), ("bytes.rules", "UTF-8")):
        with pytest.raises(derive.ParseError, match=part):
            derive.gradient("tr(X)", "X", rules=tmp_path / name)


# ---------------------------------------------------------------- a wrong rule that was smuggled in
def test_a_smuggled_rule_is_caught_and_nothing_is_printed(write, monkeypatch, capsys) -> None:
    monkeypatch.setattr(userbook, "_verify", lambda new: None)
    userbook.book_with.cache_clear()
    path = write(WRONG)
    try:
        for extra in (["--format", "json"], ["--method", "perturbation"], ["--detail", "full"], ["--entry", "1,2"]):
            code = main(["gradient", "tr(inv(X)*A)", "--wrt", "X", "--rules", path, *extra])
            printed = capsys.readouterr()
            assert (code, printed.out) == (3, "") and "derive: " in printed.err
        with pytest.raises(derive.VerificationError):
            derive.gradient("tr(inv(X)*A)", "X", rules=path)
        loose = derive.gradient("tr(inv(X)*A)", "X", rules=path, verify=False)
        assert "NOT VERIFIED" in loose.text()  # it is the wrong rule that was used
    finally:
        userbook.book_with.cache_clear()


def test_the_command_line(write, capsys) -> None:
    asked = ["gradient", "swish(t)", "--wrt", "t", "--shape", "t: scalar", "--format", "ascii"]
    code = main([*asked, "--rules", write(SWISH)])
    assert (code, capsys.readouterr().out.strip()) == (0, "sigmoid(t)*(1 + t*(1 - sigmoid(t)))")
    assert main(["gradient", "tr(X)", "--wrt", "X", "--rules", write(WRONG, "w.rules")]) == 3
    printed = capsys.readouterr()
    assert printed.out == "" and "w.rules:2" in printed.err
