"""ASCII: few tokens, as a person writes, and read back with the same meaning."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from termbuilder import Build

from derive.printers.ascii import ascii_text
from derive.terms import Term

q = Build()
HALF = Fraction(1, 2)

WRITTEN: list[tuple[Term, str]] = [
    (q.mul(-2, q.T(q.A), q.sub(q.mul(q.A, q.x), q.b)), "-2*A'*(A*x - b)"),
    (q.mul(2, q.x, q.pow(q.mul(q.T(q.x), q.x), -1)), "2*x/(x'*x)"),
    (q.mul(HALF, q.add(q.A, q.T(q.A))), "1/2*(A + A')"),
    (q.over(q.sub(q.x, q.a), q.norm(q.sub(q.x, q.a))), "(x - a)/norm(x - a)"),
    (q.neg(q.T(q.pow(q.inv(q.X), 2))), "-(inv(X)^2)'"),
    (q.pow(q.X, -1), "inv(X)"),
    (q.pow(q.X, -2), "inv(X)^2"),
    (q.T(q.pow(q.X, 2)), "(X^2)'"),
    (q.pow(q.T(q.X), 2), "(X')^2"),
    (q.T(q.T(q.X)), "X''"),
    (q.T(q.mul(q.A, q.T(q.X))), "(A*X')'"),
    (q.T(q.add(q.A, q.T(q.X))), "(A + X')'"),
    (q.had(q.A, q.hpow(q.X, -1)), "A./X"),
    (q.hpow(q.x, -1), "ones(n)./x"),
    (q.hpow(q.X, -2), "ones(n,n)./X.^2"),
    (q.had(q.hpow(q.X, -1), q.hpow(q.A, -1)), "ones(n,n)./(X.*A)"),
    (q.had(q.mul(q.A, q.x), q.y), "(A*x).*y"),
    (q.mul(q.A, q.had(q.X, q.B), q.x), "A*(X.*B)*x"),
    (q.mul(2, q.had(q.x, q.y)), "2*(x.*y)"),
    (q.over(q.s, q.t), "s/t"),
    (q.over(Fraction(-1, 2), q.s), "-1/(2*s)"),
    (q.neg(q.had(q.x, q.y)), "-x.*y"),
    (q.pow(q.mul(q.s, q.t), -1), "1/(s*t)"),
    (q.mul(q.s, q.pow(q.t, -1), q.pow(q.k, -1)), "s/(t*k)"),
    (q.mul(q.s, q.pow(q.t, -2)), "s/t^2"),
    (q.mul(HALF, q.s, q.X), "s/2*X"),
    (q.mul(Fraction(3, 2), q.X), "3/2*X"),
    (q.mul(HALF, q.over(q.X, q.s)), "X/(2*s)"),
    (q.mul(HALF, q.colon(q.X, q.A)), "1/2*X : A"),
    (q.over(q.colon(q.X, q.A), q.s), "(X : A)/s"),
    (q.mul(3, q.colon(q.X, q.A), q.colon(q.A, q.B)), "3*(X : A)*(A : B)"),
    (q.mul(q.colon(q.X, q.A), q.X), "(X : A)*X"),
    (q.add(q.colon(q.X, q.A), q.mul(-2, q.colon(q.A, q.B))), "X : A - 2*A : B"),
    (q.colon(q.add(q.x, q.y), q.neg(q.a)), "(x + y) : -a"),
    (q.mul(2, q.mul(q.T(q.x), q.y), q.A), "2*(x'*y)*A"),
    (q.mul(2, q.T(q.x), q.A, q.y), "2*x'*A*y"),
    (q.mul(2, q.mul(q.T(q.x), q.A, q.y)), "2*x'*A*y"),
    (q.add(q.neg(q.A), q.X), "X - A"),
    (q.sub(q.neg(q.A), q.X), "-A - X"),
    (q.neg(q.add(q.x, q.y)), "-(x + y)"),
    (q.sub(q.a, q.add(q.x, q.y)), "a - (x + y)"),
    (q.mul(q.A, q.add(q.X, q.mul(-3, q.B))), "A*(X - 3*B)"),
    (q.mul(q.s, q.d(q.t), q.A, q.x), "s*A*x*dt"),
    (q.mul(q.T(q.x), q.y, q.d(q.t)), "x'*y*dt"),
    (q.d(q.mul(q.A, q.X)), "d(A*X)"),
    (q.inv(q.d(q.X)), "inv(dX)"),
    (q.pow(q.s, q.add(q.k, -1)), "s^(k - 1)"),
    (q.pow(q.s, Fraction(-1, 2)), "1/sqrt(s)"),
    (q.pow(q.s, HALF), "sqrt(s)"),
    (q.pow(q.s, Decimal("-0.5")), "s^(-0.5)"),
    (q.pow(q.term(-2), 3), "(-2)^3"),
    (q.mul(Decimal("-0.250"), q.T(q.x), q.y), "-0.250*x'*y"),
    (q.term(Fraction(-1, 2)), "-1/2"),
    (q.term(-3), "-3"),
    (q.term(2j), "2i"),
    (q.mul(q.neg(q.A), q.neg(q.B)), "A*B"),
    (q.eye("n"), "eye(n)"),
    (q.table.make("eye", (), (("m", "n"), ("m", "n"))), "eye(m*n)"),
    (q.ones("n", "m"), "ones(n,m)"),
    (q.table.make("zeros", (), ("n", 1)), "zeros(n)"),
    (q.fn("unit", 2, shape=("n", 1)), "unit(n,2)"),
    (q.table.make("commutation", (), (("m", "n"), ("m", "n")), ("m", "n")), "commutation(m,n)"),
    (q.mul(q.table.dim(("m", "n")), q.X), "m*n*X"),
    (q.over(q.scalar("sum", q.x), q.table.dim("n")), "sum(x)/n"),
    (q.table.make("pi"), "pi"),
    (q.fn("kron", q.A, q.T(q.X), shape=(("n", "n"), ("n", "n"))), "kron(A, X')"),
    (q.mul(0, q.X), "0*X"),
]


@pytest.mark.parametrize(("term", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_written_as_a_person_writes(term: Term, text: str) -> None:
    assert ascii_text(term) == text


@pytest.mark.parametrize("wrap", ["transpose", "left", "right", "sum", "minus", "call", "colon"])
def test_depth_is_not_limited(wrap: str) -> None:
    term = q.X
    for _ in range(5_000):
        term = {
            "transpose": lambda t: q.T(t),
            "left": lambda t: q.mul(t, q.A),
            "right": lambda t: q.mul(q.A, t),
            "sum": lambda t: q.add(t, q.A),
            "minus": lambda t: q.sub(q.A, t),
            "call": lambda t: q.fn("tanh", t),
            "colon": lambda t: q.mul(q.colon(q.A, t), q.A),
        }[wrap](term)
    assert ascii_text(term).count("A") + ascii_text(term).count("h(") + ascii_text(term).count("'") >= 5_000
