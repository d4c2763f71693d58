"""Deep networks: work, steps and printed length grow with the number of layers, not with its square."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import derive

DEPTHS = (8, 16, 32)


class Cost(NamedTuple):
    calls: int  # of functions: repeatable, whatever else the machine is doing
    steps: int
    lines: int
    characters: int


def network(layers: int) -> str:
    inside = "x"
    for i in range(1, layers + 1):
        inside = f"tanh(W{i}*{inside})"
    return f"norm({inside} - y)^2"


def counted(job: Callable[[], Any]) -> tuple[Any, int]:
    """The job's value, and how many functions were called for it."""
    count = 0

    def called(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    old = sys.getprofile()
    sys.setprofile(called)
    try:
        return job(), count
    finally:
        sys.setprofile(old)


@pytest.fixture(scope="module")
def costs() -> list[Cost]:
    derive.gradient(network(1), "W1")  # what is made once
    out = []
    for layers in DEPTHS:
        proof, calls = counted(lambda layers=layers: derive.gradient(network(layers), "W1"))
        out.append(Cost(calls, len(proof.steps), len(proof.lines()), len(proof.latex())))
    return out


@pytest.mark.parametrize("what", Cost._fields)
def test_growth_is_linear(costs: list[Cost], what: str) -> None:
    """Twice as many more layers cost about twice as much more; a square would cost four times as much."""
    few, more, many = [getattr(c, what) for c in costs]
    assert 0 < many - more <= 2.6 * (more - few), (few, more, many)


def test_the_result_of_a_deep_network_is_short_with_its_lets() -> None:
    proof = derive.gradient(network(12), "W1")
    assert len(str(proof.compact)) < len(network(12))
    assert len(proof.lets) >= 12
