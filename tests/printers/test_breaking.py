"""Where long lines are broken."""

from __future__ import annotations

from derive.printers.breaking import broken


def test_outer_signs_first() -> None:
    assert broken("aaa + (b + c) - d", 14, len) == ["aaa + (b + c)", "- d"]


def test_inside_brackets_where_nothing_else_helps() -> None:
    assert broken(r"2 \bigl(aaaa + bbbb - cccc\bigr) : dX", 20, len) == [
        r"2 \bigl(aaaa + bbbb",
        r"- cccc\bigr) : dX",
    ]


def test_never_inside_of_braces_or_left_and_right() -> None:
    for text in (r"\frac{aaaa + bbbb}{cccc - dddd}", r"\left(aaaa + bbbb - cccc\right)"):
        assert broken(text, 10, len) == [text]


def test_a_long_sum_is_broken_in_linear_time() -> None:
    text = " + ".join(["abcdef"] * 50_000)
    rows = broken(text, 100, len)
    assert max(map(len, rows)) <= 100
    assert " ".join(rows) == text
