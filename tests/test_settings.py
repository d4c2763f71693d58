"""What a derivation keeps for its printers, and decimals as they were typed."""

from __future__ import annotations

from decimal import Decimal

import pytest

import derive
from derive.api import rule_book
from derive.terms import Table


def test_the_printers_get_the_book_that_was_used() -> None:
    d = derive.gradient("logdet(X)", "X")
    assert d.settings["functions"] is rule_book().functions
    assert [(prop, str(term)) for prop, term in d.settings["assumed"]] == [("invertible", "X")] or d.assumptions
    assert len(d.settings["assumed"]) == len(d.assumptions)
    assert d.settings["method"] == "frobenius"


def test_decimals_are_terms_as_typed() -> None:
    t = Table()
    assert t.num(Decimal("0.5")) is t.num(Decimal("0.5")) is not t.num(Decimal("0.50"))
    assert str(t.num(Decimal("0.50"))) == "0.50"
    f = derive.gradient("0.50*t + 0.5*s", "t", shapes={"t": "scalar", "s": "scalar"})
    assert str(f.lines()[0].term) == "0.50*t + 0.5*s"


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_a_limit_is_a_positive_number(value: float) -> None:
    with pytest.raises(derive.DeriveError, match="the limit of seconds is"):
        derive.gradient("norm(x)", "x", limits={"seconds": value})
