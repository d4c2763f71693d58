"""Problems with known answers: nothing wrong, nothing crashed, and how many are answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from answers import Answer, ask_all, records
from oracle import TOKEN, evaluate
from samples import difference

FILES = ("cookbook", "cookbook_complex", "tables", "qa")
Answers = Mapping[str, Answer]


@pytest.fixture(scope="module")
def answers() -> Answers:
    return ask_all(records(*FILES))


@pytest.mark.parametrize("file", FILES)
def test_no_answer_is_wrong(answers: Answers, file: str) -> None:
    answered = [(r, answers[r["id"]].text) for r in records(file) if answers[r["id"]].proof]
    wrong = {r["id"]: f"{text}: {why}" for r, text in answered if (why := difference(r, text))}
    assert not wrong


def test_the_judge_finds_a_wrong_answer() -> None:
    (record,) = [r for r in records("qa") if r["id"] == "mse-half-norm-xat"]
    assert not difference(record, "X*A'*A")
    assert "off by" in difference(record, "2*X*A'*A")
    assert "shape" in difference(record, "A'*A*X'")


@pytest.mark.parametrize(
    ("file", "chosen", "share"),
    [
        ("cookbook", lambda r: True, 112 / 149),
        ("tables", lambda r: r["ask"] == "gradient", 0.90),
        ("qa", lambda r: r["ask"] == "gradient", 0.65),
    ],
    ids=["cookbook", "tables-gradients", "qa-gradients"],
)
def test_most_are_answered(
    answers: Answers, file: str, chosen: Callable[[Mapping[str, Any]], bool], share: float
) -> None:
    asked = [r["id"] for r in records(file) if chosen(r)]
    refused = {name: answers[name].error for name in asked if not answers[name].proof}
    assert len(asked) - len(refused) >= share * len(asked), refused


def test_proofs_are_not_much_longer_than_a_person_s(answers: Answers) -> None:
    pairs = [
        (len(answers[r["id"]].proof.lines()), len(r["derivation"]))
        for r in records("qa")
        if "derivation" in r and r["ask"] == "gradient" and answers[r["id"]].proof
    ]
    assert sum(ours <= person + 2 for ours, person in pairs) >= 0.75 * len(pairs)


def test_results_are_not_much_larger_than_the_textbook_s(answers: Answers) -> None:
    asked = [r for r in records("cookbook", "tables", "qa") if answers[r["id"]].proof]
    ratios = [size(answers[r["id"]].text) / size(r["answer"]) for r in asked]
    assert median(ratios) <= 1.0
    assert sum(ratio <= 1.25 for ratio in ratios) >= 0.85 * len(ratios)


def size(text: str) -> int:
    """Names, numbers and operators of an expression; brackets are free."""
    return sum(token.group().strip() not in ("(", ")", ",") for token in TOKEN.finditer(text))


def test_an_answer_does_not_depend_on_what_was_asked_before(answers: Answers) -> None:
    """Asked in another order, in a process with another hash seed: the same texts, to the letter."""
    names = ("cookbook", "tables", "qa")
    run = subprocess.run(
        [sys.executable, Path(__file__).parent / "answers.py", "1", *names],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "42", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        encoding="utf-8",
    )
    mine = {r["id"]: list(answers[r["id"]].texts) for r in records(*names)}
    other = json.loads(run.stdout)
    assert not [name for name, texts in mine.items() if other[name] != texts]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x^2", -9),
        ("2^3^2", 64),
        ("A^2'", [[1, 0], [8, 9]]),
        ("2*A : A*A + 1", 2 * (1 + 16 + 27) + 1),
        ("A.*B*b", [[2 + 10 * 2], [9 * 2]]),
        ("B.^2.*B", [[8, 125], [1, 27]]),
        ("1/2*sum(b./b)", 1),
        ("kron(b, b')", [[1, 2], [2, 4]]),
        ("commutation(2,3)*vec(C) - vec(C')", np.zeros((6, 1))),
        ("unvec(vec(C), 2, 3) - C", np.zeros((2, 3))),
        ("ptrace2(kron(A, B), 2) - tr(B)*A", np.zeros((2, 2))),
        ("ptrace1(kron(A, B), 2) - tr(A)*B", np.zeros((2, 2))),
        ("toep(B)", [[5, 5], [1, 5]]),
        ("adj(B)*B - det(B)*eye(2)", np.zeros((2, 2))),
        ("ones(2)*unit(3,2)'", [[0, 1, 0], [0, 1, 0]]),
        ("2i*2i", -4),
    ],
)
def test_the_oracle(text: str, value: Any) -> None:
    """The evaluator above against values worked out by hand."""
    here = {"x": 3.0, "b": np.array([1.0, 2]), "C": np.arange(6.0).reshape(2, 3)}
    here |= {"A": np.array([[1.0, 2], [0, 3]]), "B": np.array([[2.0, 5], [1, 3]])}
    assert evaluate(text, here) == pytest.approx(np.atleast_2d(value))
