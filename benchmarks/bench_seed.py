"""The first proof of the README, from text to LaTeX, warm; beside it SymPy's bare diff of the same function.

SymPy gets its expression ready-made (as a trace: its norm cannot be differentiated), verifies nothing, and
keeps its caches.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy
from timing import judged, medians, table

import derive

EXPRESSION, SHAPES = "norm(X*A')^2/2", {"X": "m x n", "A": "p x n"}


def proof() -> str:
    return derive.gradient(EXPRESSION, "X", shapes=SHAPES).latex()


def unverified() -> str:
    return derive.gradient(EXPRESSION, "X", shapes=SHAPES, verify=False).latex()


def run() -> Mapping[str, bool]:
    m, n, p = sympy.symbols("m n p", integer=True, positive=True)
    x, a = sympy.MatrixSymbol("X", m, n), sympy.MatrixSymbol("A", p, n)
    trace = sympy.Trace(x * a.T * a * x.T) / 2
    for _ in range(50):
        proof()
    jobs = {"proof, verified and printed": proof, "the same, not verified": unverified}
    ms = medians(8, {**jobs, f"SymPy {sympy.__version__}, bare diff": lambda: trace.diff(x)}, each=40)
    full, _, theirs = ms.values()
    table(["half a squared norm", "ms", "of the proof's"], [[name, t, t / full] for name, t in ms.items()])
    return {
        "the verified proof takes less than 2 ms": full < 2,
        f"it is at least 10 times faster than SymPy's diff ({theirs / full:.1f})": theirs >= 10 * full,
    }


if __name__ == "__main__":
    judged(__doc__, run)
