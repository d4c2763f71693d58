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


def combine(*parts: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    return st.one_of(*parts)


scalars: st.SearchStrategy[Term] = st.deferred(
    lambda: combine(
        st.sampled_from([q.s, q.t, q.k, q.table.dim("n")]),
        numbers,
        st.tuples(scalars, scalars).map(lambda p: q.add(*p)),
        st.tuples(scalars, scalars).map(lambda p: q.mul(*p)),
        st.tuples(scalars, scalars).map(lambda p: q.over(*p)),
        scalars.map(q.neg),
        st.tuples(scalars, st.integers(-3, 3).filter(bool)).map(lambda p: q.pow(*p)),
        st.tuples(matrices, matrices).map(lambda p: q.colon(*p)),
        st.tuples(vectors, vectors).map(lambda p: q.mul(q.T(p[0]), p[1])),
        st.tuples(numbers, vectors, matrices, vectors).map(lambda p: q.mul(p[0], q.T(p[1]), p[2], p[3])),
        matrices.map(lambda m: q.scalar("tr", m)),
        vectors.map(lambda v: q.scalar("sum", v)),
    )
)
vectors: st.SearchStrategy[Term] = st.deferred(
    lambda: combine(
        st.sampled_from([q.a, q.b, q.x, q.y, q.ones("n")]),
        st.tuples(vectors, vectors).map(lambda p: q.add(*p)),
        st.tuples(matrices, vectors).map(lambda p: q.mul(*p)),
        st.tuples(scalars, vectors).map(lambda p: q.mul(*p)),
        st.tuples(vectors, scalars).map(lambda p: q.over(*p)),
        vectors.map(q.neg),
        *elementwise(lambda: vectors),
        matrices.map(lambda m: q.fn("diag", m, shape=("n", 1))),
    )
)
matrices: st.SearchStrategy[Term] = st.deferred(
    lambda: combine(
        st.sampled_from([q.A, q.B, q.X, q.S, q.eye("n"), q.ones("n", "n")]),
        st.tuples(matrices, matrices).map(lambda p: q.add(*p)),
        st.tuples(matrices, matrices).map(lambda p: q.mul(*p)),
        st.tuples(matrices, matrices, matrices).map(lambda p: q.mul(*p)),
        st.tuples(scalars, matrices).map(lambda p: q.mul(*p)),
        st.tuples(matrices, scalars).map(lambda p: q.over(*p)),
        st.tuples(vectors, vectors).map(lambda p: q.mul(p[0], q.T(p[1]))),
        matrices.map(q.neg),
        matrices.map(q.T),
        matrices.map(q.inv),
        st.tuples(matrices, st.integers(-3, 3).filter(bool)).map(lambda p: q.pow(*p)),
        *elementwise(lambda: matrices),
        vectors.map(lambda v: q.fn("diag", v, shape=("n", "n"))),
    )
)


def elementwise(kind: object) -> list[st.SearchStrategy[Term]]:
    terms: st.SearchStrategy[Term] = kind()  # type: ignore[operator]
    return [
        st.tuples(terms, terms).map(lambda p: q.had(*p)),
        st.tuples(terms, terms).map(lambda p: q.had(p[0], q.hpow(p[1], -1))),
        st.tuples(terms, st.integers(-2, 3).filter(bool)).map(lambda p: q.hpow(*p)),
    ]


anything = st.one_of(scalars, vectors, matrices).filter(lambda t: t.size < 60)


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
