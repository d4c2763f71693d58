"""Asks the problems with known answers.  As a program: prints the texts of all answers as JSON."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import derive

PROBLEMS = Path(__file__).parent / "problems"
#: Hints on how to draw samples, which are no properties of the syntax.
HINTS = set(
    """near_identity small mask probability squared_distance generic_spectrum plus_minus_one one_hot_columns
    unit_interval unit_norm""".split()
)
ALIAS = {"positive_det": "positive_determinant"}


class Answer(NamedTuple):
    """What came out: a proof, or the error's kind and first line."""

    proof: Any
    error: str = ""

    @property
    def text(self) -> str:
        return str(self.proof.result) if self.proof else self.error

    @property
    def texts(self) -> tuple[str, str]:
        """The result and the proof, both as text."""
        return self.text, self.proof.latex() if self.proof else ""


def records(*files: str) -> list[dict[str, Any]]:
    out = []
    for file in files:
        lines = (PROBLEMS / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
        out += [{**json.loads(line), "file": file} for line in lines if line.strip()]
    return out


def ask(record: Mapping[str, Any]) -> Answer:
    """The answer; an exception that is no `DeriveError` is a crash and passes."""
    assume = {
        name: [ALIAS.get(p, p) for p in properties if p not in HINTS]
        for name, properties in record.get("assume", {}).items()
    }
    options: dict[str, Any] = {"shapes": record["vars"], "assume": assume}
    if "convention" in record:
        options["convention"] = record["convention"]
    if record["ask"] == "wirtinger":
        options["kind"] = record["wirtinger"]
    try:
        return Answer(getattr(derive, record["ask"])(record["f"], record["wrt"], **options))
    except derive.DeriveError as error:
        return Answer(None, f"{type(error).__name__}: {error}".splitlines()[0])


def ask_all(asked: Iterable[Mapping[str, Any]]) -> dict[str, Answer]:
    return {record["id"]: ask(record) for record in asked}


if __name__ == "__main__":
    seed, *names = sys.argv[1:]
    shuffled = records(*names)
    random.Random(int(seed)).shuffle(shuffled)
    print(json.dumps({name: a.texts for name, a in ask_all(shuffled).items()}))
