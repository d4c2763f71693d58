"""What ASCII prints is read back with the same value; what it prints of that is the same text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from katex import complaints
from termbuilder import Build

from derive.evaluate import Point, evaluate
from derive.fields import DomainError, Modular, NotRational
from derive.printers.ascii import ascii_text
from derive.printers.latex import latex_text
from derive.printers.text import text_text
from derive.rulebook import RuleBook
from derive.syntax import read
from derive.terms import Table, Term

q = Build()
BOOK = RuleBook.load()
PRIME = 2**61 - 1
SHAPES = dict.fromkeys("ABXS", "n x n") | dict.fromkeys("abxy", "n") | dict.fromkeys("stk", "scalar")
VALUES = {
    **{n: [[3 * i + j + k * k + 1 for j in range(3)] for i in range(3)] for k, n in enumerate("ABXS")},
    **{n: [[2 * i * i + k + 1] for i in range(3)] for k, n in enumerate("abxy")},
    **{n: 5 + k for k, n in enumerate("stk")},
}
for i, name in enumerate("ABXS"):
    VALUES[name][i % 3][i % 3] += 7  # type: ignore[index]  # invertible

numbers = st.fractions(-3, 3, max_denominator=4).filter(bool).map(lambda v: q.term(v))


Strategy = st.SearchStrategy[Term]
nonzero = st.integers(-3, 3).filter(bool)
LEAVES = (
    st.one_of(st.sampled_from([q.s, q.t, q.k, q.table.dim("n")]), numbers),
    st.sampled_from([q.a, q.b, q.x, q.y, q.ones("n")]),
    st.sampled_from([q.A, q.B, q.X, q.S, q.eye("n"), q.ones("n", "n")]),
)


def pairs(left: Strategy, right: Strategy) -> st.SearchStrategy[tuple[Term, Term]]:
    return st.tuples(left, right)


def scalars(s: Strategy, v: Strategy, m: Strategy) -> Strategy:
    return st.one_of(
        pairs(s, s).map(lambda p: q.over(*p)),
        st.tuples(s, nonzero).map(lambda p: q.pow(*p)),
        pairs(m, m).map(lambda p: q.colon(*p)),
        pairs(v, v).map(lambda p: q.mul(q.T(p[0]), p[1])),
        st.tuples(numbers, v, m, v).map(lambda p: q.mul(p[0], q.T(p[1]), p[2], p[3])),
        m.map(lambda a: q.scalar("tr", a)),
        v.map(lambda a: q.scalar("sum", a)),
        *of_any_shape(s, s),
    )


def vectors(s: Strategy, v: Strategy, m: Strategy) -> Strategy:
    return st.one_of(
        pairs(m, v).map(lambda p: q.mul(*p)),
        m.map(lambda a: q.fn("diag", a, shape=("n", 1))),
        *of_any_shape(s, v),
        *elementwise(v),
    )


def matrices(s: Strategy, v: Strategy, m: Strategy) -> Strategy:
    return st.one_of(
        pairs(m, m).map(lambda p: q.mul(*p)),
        st.tuples(m, m, m).map(lambda p: q.mul(*p)),
        pairs(v, v).map(lambda p: q.mul(p[0], q.T(p[1]))),
        m.map(q.T),
        m.map(q.inv),
        st.tuples(m, nonzero).map(lambda p: q.pow(*p)),
        v.map(lambda a: q.fn("diag", a, shape=("n", "n"))),
        *of_any_shape(s, m),
        *elementwise(m),
    )


def of_any_shape(s: Strategy, terms: Strategy) -> list[Strategy]:
    return [
        pairs(terms, terms).map(lambda p: q.add(*p)),
        pairs(s, terms).map(lambda p: q.mul(*p)),
        pairs(terms, s).map(lambda p: q.over(*p)),
        terms.map(q.neg),
    ]


def elementwise(terms: Strategy) -> list[Strategy]:
    return [
        pairs(terms, terms).map(lambda p: q.had(*p)),
        pairs(terms, terms).map(lambda p: q.had(p[0], q.hpow(p[1], -1))),
        st.tuples(terms, nonzero).map(lambda p: q.hpow(*p)),
    ]


def up_to(depth: int) -> tuple[Strategy, Strategy, Strategy]:
    if depth == 0:
        return LEAVES
    below = up_to(depth - 1)
    made = (scalars(*below), vectors(*below), matrices(*below))
    return tuple(st.one_of(b, m) for b, m in zip(below, made, strict=True))  # type: ignore[return-value]


anything = st.one_of(*up_to(3))


def value(term: Term) -> object:
    found = evaluate(term, Point(Modular(1), {"n": 3}, VALUES))
    return found % PRIME if isinstance(found, int) else [[x % PRIME for x in row] for row in found]


def reread(text: str) -> Term:
    return read(text, table=Table(), signatures=BOOK.signatures, shapes=SHAPES).term


@settings(max_examples=100, deadline=None)
@given(anything)
def test_the_text_has_the_value_of_the_term(term: Term) -> None:
    text = ascii_text(term)
    again = reread(text)
    assert again.shape == term.shape
    try:
        expected = value(term)
    except (DomainError, NotRational):
        return
    assert value(again) == expected, text
    assert ascii_text(reread(ascii_text(again))) == ascii_text(again)


def test_katex_parses_what_hypothesis_finds() -> None:
    found: list[str] = []

    @settings(max_examples=60, deadline=None, database=None)
    @given(anything, st.sampled_from(["colon", "trace", "inner"]))
    def collect(term: Term, notation: str) -> None:
        found.append(latex_text(term, notation))
        assert text_text(term, notation)

    collect()
    assert [(f, c) for f, c in zip(found, complaints(found), strict=True) if c] == []
    assert len(found) >= 40
