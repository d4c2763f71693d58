"""The proof of DESIGN's first page, built by hand."""

from __future__ import annotations

from fractions import Fraction

from termbuilder import Build

from derive.derivation import Derivation, Let, Line, Step, Verification
from derive.records import replace
from derive.terms import Term

HALF = Fraction(1, 2)


def seed_proof(verified: bool = True, scalar: bool = False) -> Derivation:
    """The gradient of 1/2*norm(X*A')^2, whose lines are as a person writes them."""
    q = Build()
    X = q.table.var("t" if scalar else "X", (1, 1) if scalar else ("m", "n"))
    A, M = q.table.var("A", ("p", "n")), q.table.var("M", ("m", "p"))
    J = q.table.var("J", ("m", "n"))
    dM, dX = q.d(M), q.d(X)
    product, result = q.mul(X, q.T(A)), q.mul(X, q.T(A), A)
    lines = (
        Line("f", "=", q.mul(HALF, q.pow(q.norm(product), 2))),
        Line("M", "=", product),
        Line("f", "=", q.mul(HALF, q.colon(M, M)), ("norm-squared",)),
        Line("df", "=", q.colon(M, dM), ("d-colon-square",)),
        Line("df", "=", q.colon(M, q.mul(dX, q.T(A))), ("dM", "d-product"), continues=True),
        Line("df", "=", q.colon(q.mul(M, A), dX), ("colon-move-right",), continues=True),
        Line("df", "=", q.colon(result, dX), ("substitute M",), continues=True),
        Line(f"df/d{X.name}", "=", result, ("read-off",)),
        Line(f"df/d{X.name}[i,j]", "=", q.colon(result, J), ("entry",)),
    )
    steps = (
        Step(
            "d-product",
            dM,
            q.mul(dX, q.T(A)),
            (1,),
            say="the product rule",
            cite="Petersen & Pedersen (2012), eq. 37",
        ),
    )
    return proof(q, X, lines, steps, result, (Let("M", M, product),), verified)


def proof(
    q: Build,
    X: Term,
    lines: tuple[Line, ...],
    steps: tuple[Step, ...],
    result: Term,
    lets: tuple[Let, ...],
    verified: bool,
) -> Derivation:
    verification = Verification("floating", 3, 8, 2e-15)
    return Derivation(
        question="gradient",
        source="1/2*norm(X*A')^2",
        variable=X,
        result=result,
        compact=result,
        proof={"normal": lines, "brief": lines[-2:]},
        steps=steps,
        lets=lets,
        shapes={X.name: X.shape, "A": ("p", "n")},
        inferred=("A is p x n",),
        assumptions=("norm(X_1) is not 0 & X is 100% real",),
        convention=None,
        method="frobenius",
        layout="denominator",
        verification=verification if verified else replace(verification, kind="none"),
    )
