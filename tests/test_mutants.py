"""The test of the test: small mistakes in a rule must be caught.

Every rule is made square (all sizes equal), so that shapes do not protect it, and then spoilt: a transpose
added or dropped, a sign flipped, a factor doubled, neighbours swapped; in the second half a condition is left
out.  The few mutants which are true equalities stand in `TRUE`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from derive.complexproof import check_complex_rule
from derive.elaborate import elaborate
from derive.parser import parse_ast
from derive.projectionproof import ORTHONORMAL, verify_projection
from derive.rulebook import FORMS, Fact, Rule, RuleBook
from derive.ruleproof import asked, verify_property
from derive.sides import Mismatch, check_rule
from derive.terms import SCALAR, Dim, Shape, Table, Term
from derive.tree import Node

BOOK = RuleBook.load()
FIXED = frozenset({"eye", "ones", "zeros", "num", "dim"})  # equal to their transposes, as are scalars

#: rule -> its mutants that are true.
TRUE: dict[str, set[str]] = {
    # the imaginary part of real numbers is 0
    "imag-transpose": {"sign", "double"},
    # a matrix function commutes with its matrix
    **{f"{f}-commutes": {"swap 0 top"} for f in ("expm", "logm", "sqrtm", "sinm", "cosm")},
    **{f"{f}-commutes": {"swap 0 top", "add ' top"} for f in ("inv", "adj")},
    "dexpm-self": {"swap 0 top"},
    "dlogm-logm": {"swap 0 top"},
    "d-expm-scaled": {"swap 0 top"},
    "d-sinm-scaled": {"swap 0 top"},
    "d-cosm-scaled": {"swap 1 top"},
    "d-sqrtm-scalar-path": {"swap 1 top", "add ' 2.0", "add ' 1.0.0.0"},  # eye(n)' too
    # the value is symmetric: a diagonal, a Gram matrix, a projector, a multiple of the identity
    "diag-transpose": {"add ' top"},
    "softmax-diag": {"add ' top"},
    "softmax-outer": {"add ' top"},
    "transpose-symmetric": {"add ' top"},
    "adj-right": {"add ' top"},
    "adj-left": {"add ' top"},
    "inverse-diag": {"add ' top"},
    "pinv-penrose-3": {"add ' top"},
    "pinv-penrose-4": {"add ' top"},
    "pinv-gram-column": {"add ' top", "add ' 0"},
    "pinv-gram-row": {"add ' top", "add ' 0"},
    "diag-times-diag": {"add ' top"},
    "diag-diagonal": {"add ' top", "add ' 0"},
    "sqrtm-gram": {"add ' top"},
    "diag-scales": {"add ' top", "add ' 1"},
    **{f"vec-{rule}": {"add ' 0"} for rule in ("hadamard", "of-diag", "of-tril", "of-triu")},
    **{rule: {"add ' 0"} for rule in ("diag-swap", "hadamard-diag")},
    "diagonal-vec": {"add ' 2.0", "add ' 1"},
    "vec-dexpm": {"add ' 1.0.1.0", "add ' 1.0.0.0"},  # u*u' of a unit vector
    "vec-dlogm": {"add ' 1.0.1.0", "add ' 1.0.0.0"},
    "hadamard-eye-outer": {"add ' top"},
    "hadamard-eye-transpose": {"add ' top", "add ' 0"},
    "outer-collect": {"add ' 0"},
    "sylvester-self": {"add ' top"},
    "d-diag": {"add ' top"},
    "d-pinv": {"add ' 2.0", "add ' 2.0.1", "add ' 1.3", "add ' 1.3.1"},
    # a transpose under a trace, a determinant or a colon with something symmetric changes nothing
    "trace-colon": {"add ' 1"},
    **{f"conj-{function}": {"add ' 0.0"} for function in ("det", "logdet", "trace", "diagonal")},
    "conj-diag": {"add ' top"},
    "trace-rotate": {"swap 0 0"},
    "det-sylvester": {"add ' 0.1"},
    "colon-diagonal": {"add ' 1", "add ' 0"},
    "d-det-power": {"add ' 1.0.0"},
    # the matrix of an eigenvalue is symmetric, and so is its differential
    "lambda-max-vector": {"add ' 1.0", "add ' 0.0"},
    "lambda-min-max": {"add ' 1.0", "add ' 1.0.1"},
    "d-lambda-max": {"add ' 2.0", "add ' 1", "add ' 0.0.0"},
    "d-lambda-min": {"add ' 2.0", "add ' 2.0.1", "add ' 1", "add ' 0.0.0", "add ' 0.0.0.1"},
    "d-eigvec-max": {
        "add ' 2.0", "add ' 1", "add ' 0", "add ' 0.0", "add ' 0.0.1", "add ' 0.0.1.1", "add ' 0.0.0",
        "add ' 0.0.0.0.0",
    },
}  # fmt: skip

#: Conditions that hold wherever the left side is defined and the numbers are generic: the domain.
DOMAIN: dict[str, set[str]] = {
    "positive": {"power-merge-general", "logdet-scale", "log-product", "log-power"},
    "positive_determinant": {"logdet-product", "logdet-kron"},
    "invertible": {"pinv-invertible"},
    "full_column_rank": {"pinv-full-column", "pinv-conj-column", "pinv-gram-column", "polar-inverse-root"},
    "full_row_rank": {"pinv-full-row", "pinv-gram-row"},
    # eigenvalues are evaluated of the symmetric part
    "symmetric": {"eigvec-unit", "lambda-min-max"},
}


# ---------------------------------------------------------------- square copies
def square_dim(dim: Dim) -> Dim:
    if isinstance(dim, tuple):
        return tuple(square_dim(d) for d in dim)
    return "n" if isinstance(dim, str) else dim


def square_shape(shape: Shape) -> Shape:
    return (square_dim(shape[0]), square_dim(shape[1]))


def square_tree(node: Node, letters: frozenset[str]) -> Node:
    value = "n" if node.kind == "name" and node.value in letters else node.value
    return Node(node.kind, value, tuple(square_tree(a, letters) for a in node.args), node.start, node.end)


def square(rule: Rule, table: Table, text: str) -> Term:
    env = {name: table.var(name, square_shape(shape)) for name, shape in rule.shapes.items()}
    return elaborate(square_tree(parse_ast(text), rule.dims), table, BOOK.signatures, env, dims={"n"})


# ---------------------------------------------------------------- mutants
def mutants(term: Term, table: Table) -> Iterator[tuple[str, Term]]:
    """(what was done, the spoilt term)."""
    if term.head != "zeros" and term.payload != 0:
        yield "sign", scaled(-1, term, table)
        yield "double", scaled(2, term, table)
    stack: list[tuple[Term, tuple[int, ...], bool]] = [(term, (), True)]
    while stack:
        t, path, oriented = stack.pop()
        where = ".".join(map(str, path)) or "top"
        for what, new in spoilt(t, table):
            if oriented or not what.endswith("'"):
                yield f"{what} {where}", replaced(term, path, new, table)
        if t.head != "d":
            stack.extend((a, (*path, i), not indifferent(t)) for i, a in enumerate(t.args))


def indifferent(t: Term) -> bool:
    """Does the head not care for a transpose of its argument, by its own block?"""
    function = BOOK.functions.get(t.head)
    diagonal = t.head == "diag" and t.shape[1] == 1
    return diagonal or (function is not None and function.transpose == "invariant")


def scaled(number: int, t: Term, table: Table) -> Term:
    return table.make("mul", (table.num(number), t), t.shape)


def spoilt(t: Term, table: Table) -> Iterator[tuple[str, Term]]:
    if t.head == "T" and t.shape[0] == t.shape[1] != 1:
        yield "drop '", t.args[0]
    elif t.shape[0] == t.shape[1] != 1 and t.head not in FIXED:
        yield "add '", table.make("T", (t,), t.shape)
    if t.head == "add":
        for i, a in enumerate(t.args):
            yield (
                f"sign {i}",
                table.make("add", (*t.args[:i], scaled(-1, a, table), *t.args[i + 1 :]), t.shape),
            )
            yield (
                f"double {i}",
                table.make("add", (*t.args[:i], scaled(2, a, table), *t.args[i + 1 :]), t.shape),
            )
    if t.head == "mul":
        for i, (a, b) in enumerate(zip(t.args, t.args[1:], strict=False)):
            if a.shape == b.shape != SCALAR and a is not b:
                yield f"swap {i}", table.make("mul", (*t.args[:i], b, a, *t.args[i + 2 :]), t.shape)


def replaced(term: Term, path: tuple[int, ...], new: Term, table: Table) -> Term:
    if not path:
        return new
    args = list(term.args)
    args[path[0]] = replaced(args[path[0]], path[1:], new, table)
    return table.make(term.head, tuple(args), term.shape, term.payload)


def survivors(rule: Rule) -> list[str]:
    """The mutants that hold although they should not: made square, and with the rule's own shapes."""
    found = _survivors(rule, *_sides(rule, squared=True), None)
    return _survivors(rule, *_sides(rule, squared=False), set(found)) if found else []


def _sides(rule: Rule, squared: bool) -> tuple[Term, Term, Table]:
    if not squared:
        return rule.lhs, rule.rhs, rule.table
    table = Table()
    return square(rule, table, rule.lhs_text), square(rule, table, rule.rhs_text), table


def checker(rule: Rule) -> Callable[..., Mismatch | None]:
    """Conjugates of real numbers show nothing."""
    return check_complex_rule if rule.file.endswith("complex.rules") else check_rule


def _survivors(rule: Rule, left: Term, right: Term, table: Table, among: set[str] | None) -> list[str]:
    when, check = asked(rule.when + rule.assumes), checker(rule)
    return [
        what
        for what, mutant in mutants(right, table)
        if mutant is not right
        and (among is None or what in among)
        and check(left, mutant, rule.variables if among else None, when) is None
    ]


@pytest.mark.parametrize("name", sorted(BOOK.rules))
def test_mutants_fail(name: str) -> None:
    assert set(survivors(BOOK.rules[name])) == TRUE.get(name, set())


def test_few_mutants_are_true() -> None:
    assert TRUE.keys() <= BOOK.rules.keys()
    assert len(TRUE) < len(BOOK.rules) / 10


@pytest.mark.parametrize("name", sorted(n for n, r in BOOK.rules.items() if r.when))
def test_conditions_are_needed(name: str) -> None:
    rule = BOOK.rules[name]
    for i, (prop, _) in enumerate(rule.when):
        rest = rule.when[:i] + rule.when[i + 1 :] + rule.assumes
        if prop not in FORMS and name not in DOMAIN.get(prop, ()):
            assert checker(rule)(rule.lhs, rule.rhs, rule.variables, asked(rest)) is not None, prop


#: Mutants of projections that are true: the result (or X'G + G'X, or a diagonal) is symmetric.
TRUE_PROJECTIONS: dict[str, set[str]] = {
    "tangent-symmetric": {"add ' top", "add ' 1"},
    "tangent-diagonal": {"add ' top", "add ' 0"},
    "tangent-toeplitz": {"add ' 1", "add ' 1.0"},
    "tangent-toeplitz-symmetric": {
        "add ' top", "add ' 1", "add ' 1.0", "add ' 0", "add ' 0.1", "add ' 0.1.0",
    },
    "tangent-orthonormal": {"add ' 1.2"},
    "riemannian-orthonormal": {"add ' 1.2"},
    "tied-symmetric": {"add ' top", "add ' 2", "add ' 2.1", "add ' 2.1.0"},
    "tied-diagonal": {"add ' top", "add ' 0"},
    "tied-toeplitz-symmetric": {
        "add ' top", "add ' 1", "add ' 1.1", "add ' 1.1.0", "add ' 1.1.0.0", "add ' 0", "add ' 0.0",
    },
}  # fmt: skip


@pytest.mark.parametrize(("case", "rule"), BOOK.projections.items(), ids=lambda x: getattr(x, "name", ""))
def test_mutants_of_projections_fail(case: tuple[str, frozenset[str]], rule: Rule) -> None:
    alive = {
        what
        for what, mutant in mutants(rule.rhs, rule.table)
        if mutant is not rule.rhs and verify_projection(*case, rule, mutant) is None
    }
    assert alive == TRUE_PROJECTIONS.get(rule.name, set())


@pytest.mark.parametrize(("case", "rule"), BOOK.projections.items(), ids=lambda x: getattr(x, "name", ""))
def test_no_projection_serves_another_structure_or_convention(
    case: tuple[str, frozenset[str]], rule: Rule
) -> None:
    for other, mine in BOOK.projections.items():
        if mine.rhs_text != rule.rhs_text and other[1].isdisjoint(ORTHONORMAL) and case[1].isdisjoint(ORTHONORMAL):
            assert verify_projection(*other, rule) is not None, other


def conditional_facts() -> Iterator[tuple[Fact, int]]:
    for fact in [f for f in BOOK.facts if f.over != "complex"]:
        for i in range(len(fact.when)):
            yield fact, i


@pytest.mark.parametrize(("fact", "i"), list(conditional_facts()), ids=lambda x: getattr(x, "name", str(x)))
def test_conditions_of_facts_are_needed(fact: Fact, i: int) -> None:
    rest = fact.when[:i] + fact.when[i + 1 :]
    dropped = fact.when[i][1].name
    generic = verify_property(fact.prop, fact.lhs, rest, fact.shapes)
    assert generic or verify_property(fact.prop, fact.lhs, rest, fact.shapes, zero=dropped)
