"""docs/sympy.md is right: of each of its functions SymPy's derivative is wrong, and ours is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from oracle import evaluate
from sympy import MatrixSymbol
from sympy_numpy import jacobian, value

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "docs"))

import sympy_page
from sympy_page import CASES, Case, n, of_derive, of_sympy


def point(case: Case) -> dict[Any, Any]:
    rng = np.random.default_rng(23)
    at: dict[Any, Any] = {n: 3}
    for s in sorted({*case.f.free_symbols, case.wrt} - {n}, key=str):
        assert isinstance(s, MatrixSymbol)
        drawn = rng.uniform(0.4, 1.6, (3, 1 if s.shape[1] == 1 else 3))
        at[s] = drawn if s.shape[1] == 1 else drawn + np.eye(3)
    return at


def wanted(case: Case, at: dict[Any, Any]) -> np.ndarray:
    out = jacobian(lambda v: value(case.f, {**at, case.wrt: v}), at[case.wrt])
    return out.reshape(at[case.wrt].shape, order="F") if case.question == "gradient" else out


def far(found: Any, want: np.ndarray) -> bool:
    """Is a derivative wrong in both layouts?  (A number 0 stands for zeros.)"""
    found = np.broadcast_to(np.asarray(found, dtype=float), want.shape)
    return min(abs(found - want).max(), abs(found.T - want).max() if want.shape[0] == want.shape[1] else np.inf) > 1e-3


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.title)
def test_ours_is_right(case: Case) -> None:
    at, proof = point(case), of_derive(case)
    want = wanted(case, at)
    plain = {str(s): v[:, 0] if np.shape(v) == (3, 1) else v for s, v in at.items()}
    scale = max(1.0, abs(want).max())
    assert abs(evaluate(str(proof.result), plain) - want).max() < 1e-7 * scale
    assert abs(value(proof.to_sympy(), at) - want).max() < 1e-7 * scale


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.title)
@pytest.mark.skipif(
    sympy.__version__ != sympy_page.VERSION,
    reason=f"the page is about SymPy {sympy_page.VERSION}, and this is {sympy.__version__}: it may have become right",
)
def test_the_one_of_sympy_is_wrong(case: Case) -> None:
    at = point(case)
    found = of_sympy(case)
    assert not found.has(sympy.Derivative), "unevaluated is not wrong"
    assert far(value(found, at), wanted(case, at))
