"""The functions of SymPy's own tests of matrix derivatives: asked as SymPy's objects, judged by differences."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy
from oracle import evaluate
from sympy import MatrixSymbol
from sympy_cases import CASES, OF_HIGHER_RANK, Case, i, j, k
from sympy_numpy import jacobian, value

import derive

#: No rule is known for a power with a symbol in it that stands beside other factors.
OPEN = {"122, by a matrix", *OF_HIGHER_RANK}
TOLERANCE = 1e-7


@cache
def answer(case: Case) -> Any:
    """The gradient of a scalar, the Jacobian of a vector, else the matrix Jacobian; or the error."""
    error: Any = None
    for question in (derive.gradient, derive.jacobian, derive.matrix_jacobian):
        proof, error = asked(question, case)
        if not isinstance(error, derive.ShapeError):
            return proof or error
    return error


def asked(question: Any, case: Case) -> tuple[Any, Any]:
    """The proof, or the error."""
    try:
        return question(case.f, case.wrt), None
    except derive.DeriveError as error:
        return None, error


def point(case: Case) -> dict[Any, Any]:
    """A value for every symbol: the dimension is 3, and an index 1."""
    rng = np.random.default_rng(17)
    at: dict[Any, Any] = {k: 3}
    for s in sorted({*case.f.free_symbols, case.wrt} - {k}, key=str):
        if isinstance(s, MatrixSymbol):
            drawn = rng.uniform(0.4, 1.6, (3, 1 if s.shape[1] == 1 else 3))
            at[s] = drawn if s.shape[1] == 1 else drawn + np.eye(3)
        else:
            at[s] = 1 if s in (i, j) and s != case.wrt else 1.3
    return at


def wanted(case: Case, question: str, at: dict[Any, Any]) -> np.ndarray:
    """The derivative by differences, in the layout of the question."""
    out = jacobian(lambda v: value(case.f, {**at, case.wrt: v if v.ndim else float(v)}), at[case.wrt])
    return out.reshape(np.shape(at[case.wrt]), order="F") if question == "gradient" and np.ndim(at[case.wrt]) else out


def gap(found: Any, want: np.ndarray) -> float:
    found = np.asarray(found, dtype=float)
    assert found.size == want.size
    return float(abs(found.reshape(want.shape) - want).max() / max(1.0, abs(want).max()))


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in OPEN], ids=lambda c: c.name)
def test_the_derivative_is_that_of_the_differences(case: Case) -> None:
    proof = answer(case)
    assert isinstance(proof, derive.Derivation), proof
    at = point(case)
    want = wanted(case, proof.question, at)
    plain = {str(s): v[:, 0] if np.ndim(v) == 2 and v.shape[1] == 1 else v for s, v in at.items()}
    assert gap(evaluate(str(proof.result), plain), want) < TOLERANCE
    assert gap(value(proof.to_sympy(), at), want) < TOLERANCE


@pytest.mark.parametrize("case", [c for c in CASES if c.name in OPEN], ids=lambda c: c.name)
def test_what_is_not_answered_says_why(case: Case) -> None:
    assert isinstance(answer(case), (derive.NoRuleError, derive.ParseError))


def test_how_many_are_answered() -> None:
    answered = [case for case in CASES if isinstance(answer(case), derive.Derivation)]
    assert len(CASES) > 120 and len(answered) >= 0.95 * len(CASES)


def test_the_judge_sees_a_wrong_answer() -> None:
    case = next(c for c in CASES if c.name == "81, by a vector")
    at = point(case)
    wrong = sympy.Transpose(case.f.args[1]) * case.wrt
    assert gap(value(wrong, at), wanted(case, "gradient", at)) > 0.1
