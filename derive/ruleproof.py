"""Rules and facts of a book against numbers, at the weakest meaning of their conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from . import linalg, spectral
from .audit import explained_functions
from .evaluate import Point, Value, evaluate
from .fields import FLOAT, DomainError
from .instances import STYLES, Draw, Instance, Random, draw, letters_of
from .rulebook import FORMS, Condition, Fact, Rule, RuleBook
from .sides import Mismatch, check_rule
from .statements import Statement
from .terms import Shape, Symbol, Table, Term, postorder
from .truth import entries, entrywise, magnitude

TOLERANCE = 1e-9
SIZES = ("none", "some", "none", "all", "none", "some") * 2
EACH = 6
#: Properties at whose boundary facts are tested: drawn here, for `instances` draws generic numbers.
BOUNDARY = frozenset(
    {"nonnegative", "nonzero", "positive_semidefinite", "full_rank", "constant_rank", "singular"}
)


# ---------------------------------------------------------------- rules
def verify_rule(rule: Rule, seed: int = 0) -> Mismatch | None:
    """None where the rule holds at every instance, and entry by entry where it is lifted."""
    wrong = _verify(rule, seed)
    return _verify(rule.lifted, seed) if wrong is None and rule.lifted is not None else wrong


def _verify(rule: Rule, seed: int) -> Mismatch | None:
    return check_rule(*sides(rule), rule.variables, asked(rule.when + rule.assumes), seed)


def sides(rule: Rule) -> tuple[Term, Term]:
    """The sides of a rule in functions that have values."""
    return plain_term(rule, rule.lhs), plain_term(rule, rule.rhs)


def plain_term(statement: Statement, term: Term) -> Term:
    return explained_functions(cast("RuleBook", statement.book)).plain(term, statement.table)


def asked(conditions: Iterable[Condition]) -> list[tuple[str, str]]:
    """(property, variable) of the conditions on the values of variables."""
    return [(prop, term.name) for prop, term in conditions if term.head == "var" and prop not in FORMS]


# ---------------------------------------------------------------- facts
def verify_fact(fact: Fact, seed: int = 0) -> Mismatch | None:
    """None where the term has the property at every instance."""
    return verify_property(fact.prop, plain_term(fact, fact.lhs), fact.when, fact.shapes, seed)


def verify_property(
    prop: str,
    term: Term,
    conditions: Iterable[Condition],
    shapes: Mapping[str, Shape],
    seed: int = 0,
    zero: str = "",
) -> Mismatch | None:
    """Has a term over variables of these shapes the property, wherever the conditions hold?

    `zero` names a variable that is 0: where the condition that excludes it is left out, a fact must fail.
    """
    wanted, held = asked(conditions), 0
    for k, ones in enumerate(SIZES):
        for instance in _instances(term, wanted, shapes, Random(1000 * seed + k), ones):
            if zero:
                instance.values[zero] = entrywise(lambda x: 0.0, instance.values[zero])
            try:
                value = evaluate(term, Point(FLOAT, instance.sizes, instance.values))
            except DomainError:
                continue
            held += 1
            if not CHECKS[prop](value):
                return Mismatch(f"it is not {prop}", instance.sizes, instance.values, value)
            break
    return None if held > 2 else Mismatch("no instance was found inside the domain", {}, {})


def _instances(
    term: Term, conditions: list[tuple[str, str]], shapes: Mapping[str, Shape], random: Random, ones: str
) -> Iterator[Instance]:
    props = {name: frozenset(p for p, n in conditions if n == name) for name in shapes}
    table = Table()
    symbols = {
        name: table.make("var", (), shape, Symbol(name, props[name] - BOUNDARY))
        for name, shape in shapes.items()
    }
    letters = letters_of([*shapes.values(), *(t.shape for t in postorder(term))])
    for style in (s for s in STYLES for _ in range(EACH)):
        try:
            instance = draw(symbols, letters, FLOAT, random, style, ones)
        except DomainError:
            continue
        for name in shapes:
            instance.values[name] = _at_the_boundary(instance.values[name], props[name], instance.draw)
        yield instance


def _at_the_boundary(value: Value, props: frozenset[str], source: Draw) -> Value:
    """Zeros where "not negative" or "not zero" is all that is asked; a singular semidefinite matrix."""
    if value.__class__ is not list:
        if "nonnegative" not in props:
            return value
        return abs(value) if "nonzero" in props or source.random.below(3) else 0.0
    if "singular" in props:
        x, y = source.matrix(len(value), max(1, len(value) - 1)), source.matrix(max(1, len(value) - 1), len(value))
        return linalg.matmul(x, y)
    if "positive_semidefinite" in props:
        factor = [row[: max(1, len(value) - 1)] for row in source.matrix(len(value), len(value))]
        return linalg.matmul(factor, linalg.transpose(factor))
    if "nonnegative" in props:
        return [[abs(x) if source.random.below(3) else 0.0 for x in row] for row in value]
    if "nonzero" in props:
        row = source.random.below(len(value))
        return [[x if i == row else 0.0 for x in r] for i, r in enumerate(value)]
    return value


# ---------------------------------------------------------------- properties of values
def _rows(value: Value) -> list[list[Any]]:
    return value if value.__class__ is list else [[value]]


def _close(a: Value, b: Value) -> bool:
    scale = max(magnitude(a), magnitude(b), 1e-6)
    return len(a) == len(b) and all(
        abs(x - y) <= TOLERANCE * scale for x, y in zip(entries(a), entries(b), strict=True)
    )


def _symmetric(v: Value) -> bool:
    return _close(_rows(v), linalg.transpose(_rows(v)))


def _eigenvalues(v: Value) -> list[Any]:
    return spectral.eigen(_rows(v), FLOAT)[0]


def _rank(v: Value) -> int:
    """The number of singular values that are not tiny."""
    rows = _rows(v)
    squares = _eigenvalues(linalg.matmul(linalg.transpose(rows), rows))
    return sum(x > 1e-12 * squares[0] for x in squares)


def _zero_where(outside: Callable[[int, int], bool]) -> Callable[[Value], bool]:
    def check(v: Value) -> bool:
        return all(
            abs(x) <= TOLERANCE for i, row in enumerate(_rows(v)) for j, x in enumerate(row) if outside(i, j)
        )

    return check


def _orthonormal(v: Value) -> bool:
    rows = _rows(v)
    return _close(linalg.matmul(linalg.transpose(rows), rows), linalg.identity(len(rows[0])))


def _full_rank(v: Value) -> bool:
    return _rank(v) == min(len(_rows(v)), len(_rows(v)[0]))


def _definite(least: float) -> Callable[[Value], bool]:
    """Symmetric, and no eigenvalue below `least` times the size."""
    return lambda v: _symmetric(v) and bool(_eigenvalues(v)[-1] > least * (magnitude(_rows(v)) or 1))


CHECKS: dict[str, Callable[[Value], bool]] = {
    "symmetric": _symmetric,
    "skew": lambda v: _close(_rows(v), [[-x for x in row] for row in linalg.transpose(_rows(v))]),
    "diagonal": _zero_where(lambda i, j: i != j),
    "lower_triangular": _zero_where(lambda i, j: j > i),
    "orthogonal": _orthonormal,
    "orthonormal_columns": _orthonormal,
    "invertible": _full_rank,
    "positive_determinant": lambda v: bool(linalg.determinant(_rows(v), FLOAT) > 0),
    "positive_definite": _definite(1e-12),
    "positive_semidefinite": _definite(-1e-12),
    "full_column_rank": lambda v: _rank(v) == len(_rows(v)[0]),
    "full_row_rank": lambda v: _rank(v) == len(_rows(v)),
    "full_rank": _full_rank,
    "constant_rank": _full_rank,  # what is proved of it is proved by full rank
    "positive": lambda v: all(x > 0 for x in entries(v)),
    "nonnegative": lambda v: all(x >= -1e-14 for x in entries(v)),
    "nonzero": lambda v: bool(magnitude(v) > 0),
    "singular": lambda v: len(_rows(v)) == 1 or not _full_rank(v),
}
