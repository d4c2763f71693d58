"""An L-layer network, norm(tanh(W_L*...*tanh(W1*x)) - y)^2 by W1: time, steps and length as L grows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median

from timing import judged, table

import derive

DEPTHS = (16, 32, 64, 128)
#: 8 times the layers; what the growth may be at most.
AT_MOST = 13.0


def network(layers: int) -> str:
    """
    >>> network(2)
    'norm(tanh(W2*tanh(W1*x)) - y)^2'
    """
    inside = "x"
    for i in range(1, layers + 1):
        inside = f"tanh(W{i}*{inside})"
    return f"norm({inside} - y)^2"


def measured(layers: int) -> tuple[float, int, int, int]:
    """Milliseconds for a verified and printed proof, its steps, lines and characters."""
    start = time.perf_counter()
    proof = derive.gradient(network(layers), "W1")
    text = proof.latex()
    return 1e3 * (time.perf_counter() - start), len(proof.steps), len(proof.lines()), len(text)


def run() -> Mapping[str, bool]:
    measured(2)
    rows = []
    for layers in DEPTHS:
        runs = [measured(layers) for _ in range(3)]
        rows.append((layers, median([r[0] for r in runs]), *runs[0][1:]))
    table(["layers", "ms", "steps", "lines", "characters"], rows)
    growth = [last / first for first, last in zip(rows[0], rows[-1])]
    names = ("layers", "time", "steps", "lines", "characters")
    span = f"{AT_MOST:.0f}-fold from {DEPTHS[0]} to {DEPTHS[-1]} layers"
    return {f"{name} grow at most {span} ({g:.1f})": g <= AT_MOST for name, g in list(zip(names, growth))[1:]}


if __name__ == "__main__":
    judged(__doc__, run)
