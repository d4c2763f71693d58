"""``derive rules``: the table, one rule with numbers, the check of a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from derive.cli import main
from derive.errors import DeriveError
from derive.listing import entry, rules_command
from derive.rulebook import RuleBook

BOOK = RuleBook.load()
GOOD = "rule mine\n  tr(A'*B*A) -> tr(B*A*A')\n  shapes A: m x n, B: m x m\n  say rotate\n  cite c\n"


def test_the_table_has_every_rule_once() -> None:
    text = rules_command(None, None, [])
    named = re.findall(r"^  (\S+)  ", text, re.MULTILINE)
    for name in [*BOOK.rules, *(f.name for f in BOOK.facts), *(p.name for p in BOOK.projections.values())]:
        assert named.count(name) == 1, name
    assert "invertible" in text and "Petersen & Pedersen (2012), eq. 40" in text
    assert "differential.rules (" in text


def test_one_rule_with_an_instance() -> None:
    text = rules_command("d-inverse", None, [])
    assert re.search(r"differential\.rules:\d+", text)
    for part in ("d(inv(A)) -> -inv(A)*d(A)*inv(A)", "A: n x n", "invertible(A)", "at n = 2", "dA = ["):
        assert part in text


@pytest.mark.parametrize("name", BOOK.rules)
def test_both_sides_of_every_instance_agree(name: str) -> None:
    shown = entry(BOOK, name).splitlines()
    assert "for instance" in shown, "no instance was found"
    left, right = (line.rpartition(" = ")[2] for line in shown[-2:])
    numbers = [[float(x) for x in re.findall(r"-?[\d.]+(?:e[-+]?\d+)?", side)] for side in (left, right)]
    assert numbers[0] == pytest.approx(numbers[1], rel=2e-3, abs=2e-3)


def test_functions_facts_and_projections_are_shown() -> None:
    assert "1 - tanh(t)^2" in rules_command("tanh", None, [])
    assert "convention  tied" in rules_command("tied-skew", None, [])
    assert BOOK.facts[0].text in rules_command(BOOK.facts[0].name, None, [])


def test_unknown_names() -> None:
    with pytest.raises(DeriveError, match="d-inverse") as error:
        rules_command("d-invers", None, [])
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        (GOOD, 0, "1 rule: checked"),
        (GOOD.replace("tr(B*A*A')", "tr(B*A*A)"), 2, "my.rules:2"),
        (GOOD.replace("tr(B*A*A')", "2*tr(B*A*A')"), 3, "`mine` is wrong"),
        (GOOD.replace("  cite c\n", ""), 2, "`cite`"),
        (None, 2, "cannot read"),
    ],
)
def test_checking_a_file(tmp_path: Path, capsys, text: str | None, code: int, part: str) -> None:
    path = tmp_path / "my.rules"
    if text is not None:
        path.write_text(text)
    assert main(["rules", "--check", str(path)]) == code
    printed = capsys.readouterr()
    assert part in (printed.err if code else printed.out) and not (code and printed.out)


def test_rules_of_a_file_are_listed(tmp_path: Path, capsys) -> None:
    path = tmp_path / "my.rules"
    path.write_text(GOOD)
    assert main(["rules", "mine", "--rules", str(path)]) == 0
    assert "for instance" in capsys.readouterr().out
