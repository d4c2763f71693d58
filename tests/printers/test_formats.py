"""JSON, Markdown and HTML."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from seed import seed_proof

from derive.errors import DeriveError
from derive.records import replace

FIELDS = (
    "question expression wrt shapes inferred assumptions convention layout method "
    "lets lines steps result verification"
)


def test_json_has_the_fields_that_programs_read() -> None:
    value = json.loads(seed_proof().to_json())
    assert list(value) == FIELDS.split()
    assert value["lets"] == [{"name": "M", "ascii": "X*A'", "latex": r"X A^\top", "given": False}]
    assert value["lines"][4] == {
        "lhs": "df",
        "relation": "=",
        "ascii": "M : dX*A'",
        "latex": r"M : dX\,A^\top",
        "rules": ["dM", "d-product"],
        "note": "",
    }
    assert value["steps"][0]["position"] == [1]
    assert value["result"]["ascii"] == "X*A'*A"
    assert value["verification"]["kind"] == "floating"


def test_json_lines_about_an_entry_name_the_matrix_j() -> None:
    last = json.loads(seed_proof().to_json())["lines"][-1]
    assert (last["lhs"], last["ascii"]) == ("df/dX[i,j]", "X*A'*A : J")


@pytest.mark.parametrize("form", ["latex", "text", "markdown", "html"])
def test_every_format_says_that_nothing_was_verified(form: str) -> None:
    assert "NOT VERIFIED" in getattr(seed_proof(verified=False), form)()
    assert "NOT VERIFIED" not in getattr(seed_proof(), form)()
    assert json.loads(seed_proof(verified=False).to_json())["verification"]["kind"] == "none"


@pytest.mark.parametrize("form", ["latex", "tex", "text", "markdown", "html"])
def test_every_format_knows_notation_detail_and_rules(form: str) -> None:
    show = getattr(seed_proof(), form)
    assert "norm-squared" in show() and "norm-squared" not in show(detail="brief")
    assert "colon-move-right" not in show(rules=False)
    assert show(notation="trace") != show(notation="inner") != show()
    with pytest.raises(DeriveError, match="unknown detail `more`\n  try: detail is one of normal, brief"):
        show(detail="more")
    known = "unknown notation `dots`\n  try: notation is one of colon, trace, inner"
    with pytest.raises(DeriveError, match=known):
        show(notation="dots")


@pytest.mark.parametrize(
    ("method", "notation"), [("frobenius", "colon"), ("perturbation", "inner"), ("entrywise", "trace")]
)
@pytest.mark.parametrize("form", ["latex", "tex", "text", "markdown", "html"])
def test_each_method_has_its_notation(form: str, method: str, notation: str) -> None:
    show = getattr(replace(seed_proof(), method=method), form)
    assert show() == show(None) == show(notation=None) == show(notation)


def test_markdown_has_one_display_and_names_the_sources() -> None:
    text = seed_proof().markdown()
    assert text.count("$$") == 2
    assert "- `d-product`: the product rule; Petersen & Pedersen (2012), eq. 37" in text


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.data = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.data += data


def test_html_is_balanced_and_escapes() -> None:
    page = seed_proof().html()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert r"M &= X A^\top" in tags.data
    assert "norm(X_1) is not 0 & X is 100% real" in tags.data
