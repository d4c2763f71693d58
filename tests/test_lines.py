"""Every line of a proof, as its JSON has it, is true as it stands: judged by the oracle and by differences.

Nothing of the project is used but the JSON text: what another program would do with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from answers import Answer, ask_all, records
from oracle import evaluate
from samples import Array, Record, direction, instances

import derive

STEP = 1e-3
CLOSE = 1e-6
#: Questions and conventions whose lines are about one direction dX and nothing else.
PLAIN = [
    r
    for r in records("cookbook", "tables", "qa")
    if r["ask"] in ("gradient", "differential") and r.get("convention") in (None, "free", "tangent")
]


class Judge:
    """The values of f, of the lets and of their directional derivatives at one instance."""

    def __init__(self, record: Record, proof: Mapping[str, Any]) -> None:
        self.proof, self.wrt, self.f = proof, record["wrt"], record["f"]
        self.here = next(instances(record, 1))
        rng = np.random.default_rng(2)
        self.direction = direction(record, np.shape(self.here[self.wrt]), rng)
        self.names = [let["name"] for let in proof["lets"]]
        values = self.at(0.0)
        slopes = {f"d{n}": self.slope(lambda t, n=n: self.at(t)[n]) for n in (*self.names, "f")}
        self.values = {**values, **slopes, f"d{self.wrt}": self.direction}

    def at(self, t: float) -> dict[str, Any]:
        """All values at X + t*dX; the lets in order, from their definitions."""
        values = {**self.here, self.wrt: self.here[self.wrt] + t * self.direction}
        values["f"] = evaluate(self.f, {k: v for k, v in values.items() if k != "f"})
        for let in self.proof["lets"]:
            values[let["name"]] = evaluate(let["ascii"], values)
        return values

    def slope(self, g: Callable[[float], Array]) -> Array:
        """The derivative at 0, by extrapolated central differences."""
        wide, close = [(g(h) - g(-h)) / (2 * h) for h in (STEP, STEP / 2)]
        return (4 * close - wide) / 3

    def value(self, text: str) -> Array:
        """The value of a line, where ``d(...)`` is the differential of an expression."""
        values = dict(self.values)
        while found := re.search(r"\bd\(", text):
            depth, end = 1, found.end()
            while depth:
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            inside, name = text[found.end() : end - 1], f"difference_{len(values)}"
            values[name] = self.slope(lambda t, inside=inside: evaluate(inside, self.at(t)))
            text = f"{text[: found.start()]}{name}{text[end:]}"
        return evaluate(text, values)

    def wrong(self, line: Mapping[str, str]) -> str:
        lhs, found = line["lhs"], self.value(line["ascii"])
        if lhs == f"df/d{self.wrt}":
            if found.shape != evaluate(self.wrt, self.values).shape:
                return f"{lhs} has the shape {found.shape}"
            found, lhs = (found * evaluate(f"d{self.wrt}", self.values)).sum().reshape(1, 1), "df"
        expected = self.values[lhs]
        gap = abs(found - expected).max() / max(1.0, abs(expected).max())
        return "" if gap < CLOSE else f"{line['lhs']} = {line['ascii']}: off by {gap:.1g}"


@pytest.fixture(scope="module")
def answers() -> Mapping[str, Answer]:
    return ask_all(PLAIN)


@pytest.mark.parametrize("detail", ["brief", "normal", "full"])
def test_every_line_is_true(answers: Mapping[str, Answer], detail: str) -> None:
    wrong, lines = [], 0
    for record in PLAIN:
        if "f" in record["vars"] or not answers[record["id"]].proof:
            continue
        proof = json.loads(answers[record["id"]].proof.to_json(detail))
        judge = Judge(record, proof)
        lines += len(proof["lines"])
        wrong += [f"{record['id']}: {why}" for line in proof["lines"] if (why := judge.wrong(line))]
    assert not wrong
    assert lines > 2 * len(PLAIN)


def test_the_judge_sees_a_wrong_line() -> None:
    (record,) = [r for r in PLAIN if r["id"] == "mse-half-norm-xat"]
    judge = Judge(record, json.loads(derive.gradient(record["f"], "X", shapes=record["vars"]).to_json()))
    assert not judge.wrong({"lhs": "df", "ascii": "X*A'*A : dX"})
    assert judge.wrong({"lhs": "df", "ascii": "X*A'*A : dX + 0.001"})
    assert judge.wrong({"lhs": "f", "ascii": "norm(X*A')^2"})
    assert judge.wrong({"lhs": "df/dX", "ascii": "A'*A*X'"})


@pytest.mark.parametrize("method", ["frobenius", "perturbation", "entrywise"])
def test_the_lines_about_one_entry(method: str) -> None:
    """J is the single-entry matrix, epsilon a small number; `=` holds exactly and `~` to first order."""
    f, shapes = "norm(X*A')^2/2", {"X": "m x n", "A": "p x n"}
    proof = json.loads(derive.gradient(f, "X", shapes=shapes, method=method, entry=(2, 1)).to_json())
    rng = np.random.default_rng(1)
    x, a, j, epsilon = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), np.zeros((3, 4)), 1e-4
    j[1, 0] = 1.0
    values: dict[str, Any] = {"X": x, "A": a, "J": j, "epsilon": epsilon}
    for let in proof["lets"]:
        values[let["name"]] = evaluate(let["ascii"], values)
    gradient = x @ a.T @ a
    expected = {"f": evaluate(f, values), "df/dX[2,1]": gradient[1, 0], "df/dX": gradient}
    expected["f(X + epsilon*J)"] = evaluate(f, {**values, "X": x + epsilon * j})
    expected |= {name: values[name] for name in values}
    judged = 0
    for line in proof["lines"]:
        if line["lhs"] in expected:
            gap = abs(evaluate(line["ascii"], values) - expected[line["lhs"]]).max()
            assert gap < (1e-11 if line["relation"] == "=" else 20 * epsilon**2), line
            judged += 1
    assert judged >= len(proof["lines"]) - 5  # the lines of df need a dX
    assert any(line["lhs"] == "df/dX[2,1]" for line in proof["lines"])
