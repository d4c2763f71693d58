"""The checks of what a question is given beside its expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import DeriveError, ParseError, ShapeError
from .near import did_you_mean
from .shapes import kind_text
from .terms import SCALAR, Shape

LIMITS = ("terms", "seconds")


def mapping(what: str, value: Any, example: str) -> dict[str, Any]:
    """The dictionary of a setting such as `shapes`; raises `ParseError` for what is none.

    >>> mapping("shapes", None, ""), mapping("shapes", {"X": "m x n"}, "")
    ({}, {'X': 'm x n'})
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ParseError(f"`{what}` is a dictionary, not {_shown(value)}", hint=f"{what}={example}")
    for key in value:
        if not isinstance(key, str):
            raise ParseError(f"the keys of `{what}` are names, not {_shown(key)}", hint=f"{what}={example}")
    return dict(value)


def limits_of(value: Any) -> dict[str, float]:
    """The limits, checked: positive numbers."""
    limits = mapping("limits", value, '{"terms": 100000, "seconds": 60}')
    for name, number in limits.items():
        if name not in LIMITS:
            hint = f"{did_you_mean(name, LIMITS)} the limits are {' and '.join(LIMITS)}"
            raise ParseError(f"unknown limit `{name[:40]}`", hint=hint.strip())
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise ParseError(f"the limit of {name} is a number, not {_shown(number)}")
        if not 0 < number < float("inf"):  # nan is neither
            raise DeriveError(f"the limit of {name} is {number}", hint="a limit is a positive number")
    return limits


def properties_of(value: Any) -> dict[str, list[Any]]:
    """The declared properties, a word alone as a list of one."""
    example = '{"S": ["symmetric"]}'
    out = {}
    for name, words in mapping("assume", value, example).items():
        if not isinstance(words, (str, list, tuple, set, frozenset)):
            what = f"the properties of `{name[:40]}` are words, not {_shown(words)}"
            raise ParseError(what, hint=f"assume={example}")
        out[name] = words.replace(",", " ").split() if isinstance(words, str) else list(words)
    return out


def entry_of(value: Any) -> tuple[str, str] | None:
    """The indices of an entry, as texts."""
    if value is None:
        return None
    if not isinstance(value, (tuple, list)) or len(value) != 2 or not all(_is_index(i) for i in value):
        hint = 'entry=("i", "j"), or two integers from 1; for a vector the second is 1'
        raise ParseError(f"an entry is a pair of indices, not {_shown(value)}", hint=hint)
    return str(value[0]), str(value[1])


def check_entry(name: str, entry: tuple[str, str] | None, shape: Shape) -> None:
    """Raises `ShapeError` for an entry that the variable does not have."""
    for index, dim in zip(entry or (), shape):
        if index.isdecimal() and isinstance(dim, int) and int(index) > dim and shape != SCALAR:
            hint = f"the indices run from 1 to {dim}; a vector has the second index 1"
            raise ShapeError(f"the index {index} is out of range: {name} is {kind_text(shape)}", hint=hint)


def _is_index(value: Any) -> bool:
    return isinstance(value, (str, int)) and str(value).isalnum() and str(value) != "0"


def name_of_variable(value: Any) -> str:
    """The name in what a caller gave as the variable: a text, or something that has a name."""
    name = value if isinstance(value, str) else getattr(value, "name", None)
    if not isinstance(name, str) or not name.strip():
        raise ParseError(f"the variable is a name, not {_shown(value)}", hint='for example "X"')
    return name


def _shown(value: Any) -> str:
    kinds = {str: "a text", bool: "a truth value", int: "a number", float: "a number", list: "a list", tuple: "a tuple"}
    word = kinds.get(type(value)) or ("nothing" if value is None else f"an object of the type {type(value).__name__}")
    return f"{word} ({str(value)[:40]})" if type(value) in kinds else word
