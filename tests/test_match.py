"""Matching: sizes as arguments, scalars in both directions, multiples of sums; through the simplifier."""

from __future__ import annotations

import pytest

from derive import syntax
from derive.api import rule_book
from derive.facts import Facts
from derive.match import EMPTY, Matcher
from derive.normal import Algebra
from derive.rewrite import Rewriter
from derive.simplify import Simplifier
from derive.terms import Table, Term

BOOK = rule_book()
SHAPES = {
    "A": "m x n", "B": "n x m", "C": "k x m", "K": "k x k", "P": "p x q", "F": "2 x 3", "H": "4 x 5",
    "x": "n", "y": "n", "z": "n", "w": "n", "s": "scalar",
}  # fmt: skip


def read(text: str, table: Table) -> Term:
    shapes = {n: s for n, s in SHAPES.items() if n in text}
    return syntax.read(text, table=table, signatures=BOOK.signatures, shapes=shapes, assume=None, wrt=None).term


def simplified(text: str) -> tuple[str, list[str]]:
    table = Table()
    algebra = Algebra(table, BOOK.functions)
    simplifier = Simplifier(Rewriter(BOOK, algebra, Facts(BOOK, algebra)))
    return str(simplifier.simplify(algebra.normal(read(text, table)))), list(simplifier.used)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("ptrace1(kron(K,P),k)", "tr(K)*P"),
        ("unvec(vec(P),p,q)", "P"),
        ("commutation(p,q)*vec(P)", "vec(P')"),
        ("commutation(q,p)*commutation(p,q)", "eye(p*q)"),
        ("commutation(p,1)", "eye(p)"),
        ("commutation(4,2)*kron(F,H)*commutation(3,5)", "kron(H, F)"),
        ("commutation(4,3)*kron(F,H)*commutation(3,5)", None),
    ],
)
def test_sizes_bind_letters(text: str, result: str | None) -> None:
    try:
        assert simplified(text)[0] == result
    except syntax.ShapeError:
        assert result is None


def test_a_size_that_does_not_fit_binds_nothing() -> None:
    table = Table()
    size, three = table.dim("k"), table.num(3)
    matcher = Matcher(Algebra(table, BOOK.functions))
    (bound,) = matcher.match(size, three)
    assert bound.dims == {"k": 3}
    assert not list(matcher.match(size, table.num(4), bound))
    assert not list(matcher.match(size, table.var("t"), EMPTY)) and not list(matcher.match(size, table.num(-1)))


def test_products_of_sizes_are_compared_where_they_are_known() -> None:
    known = EMPTY.size(("m", "n"), (2, "q"))
    assert known is not None and known.size((("m", "n"), 1), ((2, "q"), 1)) is known
    assert known.size((("m", "n"), 1), ((3, "q"), 1)) is None
    assert EMPTY.size((("m", "n"), 1), (6, 1)) is EMPTY


@pytest.mark.parametrize(
    ("text", "result", "rule"),
    [
        ("(x'*y)*z + (x'*z)*y", "(z*y' + y*z')*x", "outer-collect"),
        ("y*(x'*z) + z*(y'*x)", "(y*z' + z*y')*x", "outer-collect"),
        ("2*y*(x'*z) + 2*z*(y'*x)", "2*(y*z' + z*y')*x", "outer-collect"),
        ("w - y*(x'*z) - z*(y'*x)", "w - (y*z' + z*y')*x", "outer-collect"),
        ("s*y*(x'*z) + s*z*(y'*x) + w", "s*(y*z' + z*y')*x + w", "outer-collect"),
        ("A*y*(x'*z) + A*z*(y'*x)", "A*(y*z' + z*y')*x", "outer-collect"),
        ("inv(eye(m) + A*B)*A + A*inv(eye(n) + B*A)", "2*A*inv(eye(n) + B*A)", "inverse-push-collect"),
        ("C*A*inv(B*A + eye(n)) + C*inv(A*B + eye(m))*A", "2*C*A*inv(B*A + eye(n))", "inverse-push-collect"),
        ("(A*inv(eye(n) + B*A))' + (inv(eye(m) + A*B)*A)'", "2*inv(eye(n) + B*A)'*A'", "inverse-push-collect"),
        ("sum(A.*B')", "A : B'", "sum-hadamard"),
        ("vec(A)'*vec(B')", "A : B'", "vec-inner"),
    ],
)
def test_rules_find_their_sums_and_scalars(text: str, result: str, rule: str) -> None:
    assert simplified(text) == (result, [rule])


@pytest.mark.parametrize("text", ["(x'*y)*z + 2*(x'*z)*y", "(x'*y)*z - (x'*z)*y", "2*z*(y'*x) + 3*y*(z'*x)"])
def test_unequal_multiples_are_left_alone(text: str) -> None:
    assert "outer-collect" not in simplified(text)[1]
