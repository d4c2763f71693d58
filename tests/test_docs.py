"""The pages of docs/: the generated ones are up to date, and every formula parses."""

from __future__ import annotations

import doctest
import re
import sys
from functools import cache
from pathlib import Path

import pytest
import sympy
from answers import records
from katex import complaints

DOCS = Path(__file__).resolve().parent.parent / "docs"
sys.path.insert(0, str(DOCS))

import generate  # noqa: E402
import sympy_page  # noqa: E402

from derive.rulebook import RuleBook  # noqa: E402

BOOK = RuleBook.load()


@cache
def page(name: str) -> str:
    return generate.PAGES[name]()


@pytest.mark.parametrize("name", generate.PAGES)
def test_the_page_is_up_to_date(name: str) -> None:
    if name == "sympy.md" and sympy.__version__ != sympy_page.VERSION:
        pytest.skip(f"the page quotes SymPy {sympy_page.VERSION}, and this is {sympy.__version__}")
    assert (DOCS / name).read_bytes() == page(name).encode(), "run python docs/generate.py"


def test_every_statement_is_on_the_page() -> None:
    named = re.findall(r"^\| `([^`]+)` \|", page("rules.md"), re.MULTILINE)
    projections = {p.name for p in BOOK.projections.values()}
    assert sorted(named) == sorted([*BOOK.rules, *projections, *BOOK.functions, *(f.name for f in BOOK.facts)])


def test_a_formula_says_something() -> None:
    """The printer does not undo the rule: most are formulas, and the two sides of none are the same."""
    rows = re.findall(r"^\| `([^`]+)` \| \$(.*?)\$ \|", page("rules.md"), re.MULTILINE)
    sides = {name: re.split(r" (?:\\to|=) ", text) for name, text in rows if name in BOOK.rules}
    assert len(sides) > 0.95 * len(BOOK.rules)
    assert not [name for name, parts in sides.items() if len(set(parts)) < 2]


def test_every_equation_is_on_the_coverage_page() -> None:
    ids = re.findall(r"^\|[^|]*\| `([^`]+)` \|", page("coverage.md"), re.MULTILINE)
    assert ids == [r["id"] for r in records("cookbook", "cookbook_complex")]


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_tables_have_as_many_cells_as_heads(path: Path) -> None:
    width = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not cells or cells == (width or cells), line
        width = cells


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_every_formula_parses_in_katex(path: Path) -> None:
    found = generate.formulas(path.read_text(encoding="utf-8"))
    assert not [(f, complaint) for f, complaint in zip(found, complaints(found)) if complaint]


OPTIONS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.mark.parametrize("name", ["conventions.md", "sympy.md", "checking.md", "input.md"])
def test_the_examples_of_a_page(name: str) -> None:
    failed, tried = doctest.testfile(str(DOCS / name), module_relative=False, optionflags=OPTIONS)
    assert tried and not failed


def test_check_names_the_pages_that_are_old(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"one.md": lambda: "new\n", "two.md": lambda: "same\n"})
    (tmp_path / "one.md").write_text("old\n")
    (tmp_path / "two.md").write_text("same\n")
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/one.md is out of date\n"
    assert generate.main([]) == 0 and generate.main(["--check"]) == 0
    assert generate.main(["--other"]) == 2
