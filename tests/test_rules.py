"""Every rule and every fact of the book, one test each, against numbers that know no rule.

One rule: ``pytest tests/test_rules.py -k d-inverse``.
"""

from __future__ import annotations

import pytest

from derive.complexbook import complex_book
from derive.complexproof import COMPLEX_CHECKS, verify_complex_fact, verify_complex_rule
from derive.fields import NotAnalytic
from derive.projectionproof import orbits, verify_projection
from derive.rulebook import Fact, Rule, RuleBook
from derive.ruleproof import CHECKS, verify_fact, verify_property, verify_rule
from derive.sides import check_rule
from derive.terms import Table, postorder

BOOK = RuleBook.load()
COMPLEX_FUNCTIONS = frozenset("tr det inv adj pinv exp log sqrt abs norm norm1 conj real imag expm logm sqrtm".split())


COMPLEX = complex_book(BOOK)
REAL_RULES = [r for r in BOOK.rules.values() if r.over != "complex"]
#: Functions without values at complex numbers: their rules cannot fire there and be verified.
NO_COMPLEX_VALUES = NotAnalytic


@pytest.mark.parametrize("rule", REAL_RULES, ids=lambda r: r.name)
def test_rule_holds(rule: Rule) -> None:
    assert verify_rule(rule) is None


@pytest.mark.parametrize("fact", [f for f in BOOK.facts if f.over != "complex"], ids=lambda f: f.name)
def test_fact_holds(fact: Fact) -> None:
    assert verify_fact(fact) is None


@pytest.mark.parametrize("rule", COMPLEX.rules.values(), ids=lambda r: r.name)
def test_rule_holds_over_the_complex_numbers(rule: Rule) -> None:
    try:
        assert verify_complex_rule(rule) is None
    except NO_COMPLEX_VALUES as function:
        assert str(function) not in COMPLEX_FUNCTIONS


@pytest.mark.parametrize("rule", [r for r in REAL_RULES if r.over], ids=lambda r: r.name)
def test_a_rule_over_the_real_numbers_fails_over_the_complex_ones(rule: Rule) -> None:
    try:
        assert any(verify_complex_rule(rule, seed) is not None for seed in range(5))
    except NO_COMPLEX_VALUES as function:
        assert str(function) not in COMPLEX_FUNCTIONS


@pytest.mark.parametrize("fact", COMPLEX.facts, ids=lambda f: f.name)
def test_fact_holds_over_the_complex_numbers(fact: Fact) -> None:
    if any(prop == "singular" for prop, _ in fact.when):
        pytest.skip("drawn as generic numbers; it holds over both fields, or over none")
    try:
        assert verify_complex_fact(fact) is None
    except NO_COMPLEX_VALUES as function:
        assert str(function) not in COMPLEX_FUNCTIONS


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("case", "rule"), BOOK.projections.items(), ids=lambda x: getattr(x, "name", "") or " ".join(sorted(x[1]))
)
def test_projection_holds(case: tuple[str, frozenset[str]], rule: Rule, seed: int) -> None:
    assert verify_projection(*case, rule, seed=seed) is None


@pytest.mark.parametrize(
    ("structure", "size", "count"),
    [
        ("symmetric", 4, 10), ("skew", 4, 6), ("diagonal", 4, 4), ("lower_triangular", 4, 10),
        ("toeplitz", 4, 7), ("toeplitz symmetric", 4, 4), ("toeplitz lower_triangular", 4, 4), ("skew diagonal", 4, 0),
    ],
)  # fmt: skip
def test_directions_of_structures(structure: str, size: int, count: int) -> None:
    found = list(orbits(frozenset(structure.split()), size))
    assert len(found) == count
    for prop in structure.split():
        if prop in CHECKS:
            assert all(CHECKS[prop]([[float(x) for x in row] for row in way]) for way in found)


@pytest.mark.parametrize("seed", [1, 2])
def test_differentials_hold_at_other_seeds(seed: int) -> None:
    for rule in BOOK.rules.values():
        if rule.key[0] == "d":
            assert verify_rule(rule, seed) is None, rule.name


def test_pinv_differential_where_the_rank_is_less_than_full() -> None:
    """`constant_rank` at its weakest: A = x*y' stays of rank one while x and y move."""
    rule, table = BOOK.rules["d-pinv"], Table()
    x, y = table.var("x", ("m", 1)), table.var("y", ("n", 1))
    outer = table.make("mul", (x, table.make("T", (y,), (1, "n"))), ("m", "n"))
    memo = {rule.variables["A"]: outer}
    for t in postorder(rule.lhs, rule.rhs):
        if t not in memo:
            memo[t] = table.make(t.head, tuple(memo[a] for a in t.args), t.shape, t.payload)
    assert check_rule(memo[rule.lhs], memo[rule.rhs]) is None


def test_a_false_fact_is_caught() -> None:
    fact = next(f for f in BOOK.facts if f.text.startswith("symmetric(A'*A)"))
    assert verify_property("skew", fact.lhs, (), fact.shapes) is not None
    assert verify_property("positive_definite", fact.lhs, (), fact.shapes) is not None


def test_every_property_of_a_fact_has_a_check() -> None:
    assert {f.prop for f in BOOK.facts if f.over != "complex"} <= CHECKS.keys()
    assert {f.prop for f in COMPLEX.facts} <= COMPLEX_CHECKS.keys()


def test_every_elementwise_function_has_a_law_or_a_reason() -> None:
    without = {f.name for f in BOOK.functions.values() if f.kind == "elementwise" and not f.law_text}
    assert without == {
        "digamma",
        "conj",
        "real",
        "imag",
    }  # trigamma has no name; complex ones are not differentiable
