"""Projections of a rule book against numbers: is it the gradient under the convention, for the structure?

The directions in which a structured matrix can move are made here, from what ties its entries to one another;
the rules are not asked, nor is the projection which draws the instances of a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from . import linalg
from .evaluate import Point, Value, evaluate
from .fields import FLOAT
from .instances import Draw, Random, letters_of
from .rulebook import Rule
from .ruleproof import CHECKS, TOLERANCE, plain_term
from .sides import Mismatch
from .terms import Term
from .truth import magnitude

#: The structures that projections may be for: linear ones, and those whose directions depend on the point.
LINEAR = frozenset({"symmetric", "skew", "diagonal", "lower_triangular", "toeplitz"})
ORTHONORMAL = frozenset({"orthogonal", "orthonormal_columns"})
CONVENTIONS = ("tangent", "tied", "riemannian")
#: (m, n) that are tried.
SQUARE, TALL = ((3, 3), (1, 1), (4, 4)), ((4, 2), (3, 3), (3, 1))


def verify_projection(
    convention: str, structure: Iterable[str], rule: Rule, rhs: Term | None = None, seed: int = 0
) -> Mismatch | None:
    """None where `rhs` (the rule's right side) gives the gradient under the convention, for this structure.

    Under `tangent` and `riemannian` it lies in the space of directions, and its inner product with each
    direction is that of G; under `tied` its entry (i,j) is the inner product of G with the direction in which
    that entry moves, and those tied to it.
    """
    props, rhs = frozenset(structure), rhs or plain_term(rule, rule.rhs)
    curved = bool(props & ORTHONORMAL)
    for k, (m, n) in enumerate(SQUARE if props - {"orthonormal_columns"} else TALL):
        source = Draw(FLOAT, Random(1000 * seed + k))
        values: dict[str, Value] = {"G": source.matrix(m, n)}
        if "X" in rule.shapes:
            values["X"] = source.value((m, n), props)
        sizes = dict(zip(letters_of([rule.shapes["G"]]), (m, n)))
        result = evaluate(rhs, Point(FLOAT, sizes, values))
        ways = list(_curved(values["X"]) if curved else orbits(props, n))
        free = values["G"]
        wrong = _tied(free, result, ways) if convention == "tied" else _tangent(values, result, ways, curved)
        if wrong is not None:
            return Mismatch(wrong[0], sizes, values, wrong[1], wrong[2])
    return None


def _tangent(
    values: Mapping[str, Value], result: linalg.Matrix, ways: list[linalg.Matrix], curved: bool
) -> tuple[str, Value, Value] | None:
    for way in ways:
        expected, got = linalg.colon(values["G"], way), linalg.colon(result, way)
        if abs(expected - got) > TOLERANCE:
            return "the inner products with a direction differ", expected, got
    if curved:
        inner = linalg.matmul(linalg.transpose(values["X"]), result)
        inside = CHECKS["skew"](inner) or magnitude(inner) < TOLERANCE
    else:
        rest = result
        for way in ways:  # they do not overlap
            share = linalg.colon(result, way) / linalg.colon(way, way)
            rest = linalg.plus(rest, linalg.scale(-share, way))
        inside = magnitude(rest) < TOLERANCE
    return None if inside else ("it is no direction in which the variable can move", None, result)


def _tied(
    free: linalg.Matrix, result: linalg.Matrix, ways: list[linalg.Matrix]
) -> tuple[str, Value, Value] | None:
    for i, row in enumerate(result):
        for j, got in enumerate(row):
            moving = [way for way in ways if way[i][j]]
            expected = linalg.colon(free, moving[0]) * moving[0][i][j] if moving else 0.0
            if abs(expected - got) > TOLERANCE:
                return f"the entry ({i + 1},{j + 1}) differs", expected, got
    return None


def orbits(structure: frozenset[str], n: int) -> Iterator[linalg.Matrix]:
    """A basis of the n x n matrices with a linear structure: for each set of tied entries, how they move.

    >>> list(orbits(frozenset({"skew"}), 2)), len(list(orbits(frozenset({"toeplitz", "symmetric"}), 3)))
    ([[[0, 1], [-1, 0]]], 3)
    """
    steps: list[tuple[Callable[[int, int], tuple[int, int]], int]] = []
    if "symmetric" in structure or "skew" in structure:
        steps.append((lambda i, j: (j, i), -1 if "skew" in structure else 1))
    if "toeplitz" in structure:
        steps += [(lambda i, j: (i + 1, j + 1), 1), (lambda i, j: (i - 1, j - 1), 1)]
    seen: set[tuple[int, int]] = set()
    for start in ((i, j) for i in range(n) for j in range(n)):
        if start in seen:
            continue
        signs, queue = {start: 1}, [start]
        zero = False
        while queue:
            i, j = queue.pop()
            zero |= ("diagonal" in structure and i != j) or ("lower_triangular" in structure and j > i)
            for step, turn in steps:
                other, sign = step(i, j), turn * signs[i, j]
                if not 0 <= min(other) <= max(other) < n:
                    continue
                if other not in signs:
                    signs[other] = sign
                    queue.append(other)
                zero |= signs[other] != sign
        seen.update(signs)
        if not zero:
            yield [[signs.get((i, j), 0) for j in range(n)] for i in range(n)]


def _curved(x: linalg.Matrix) -> Iterator[linalg.Matrix]:
    """Directions that span those in which orthonormal columns may move: X S with S skew, and outside."""
    for skew in orbits(frozenset({"skew"}), len(x[0])):
        yield linalg.matmul(x, skew)
    outside = linalg.plus(linalg.identity(len(x)), linalg.scale(-1, linalg.matmul(x, linalg.transpose(x))))
    for i in range(len(x)):
        for j in range(len(x[0])):
            unit = [[int(k == i and c == j) for c in range(len(x[0]))] for k in range(len(x))]
            yield linalg.matmul(outside, unit)
