"""``derive check``: the lines of a file, and the report; or many derivations, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import DeriveError, ParseError
from .judge import check
from .report import Report

_GIVEN = ("f", "wrt", "shapes", "assume", "convention", "reading", "limits")
_LINES = ("lines", "derivation", "steps")


def check_command(
    text: str, kind: str, form: str, options: Mapping[str, Any], proof: bool, colour: bool
) -> tuple[str, int]:
    """What is printed, and the exit code."""
    lines: Any = statements_of(text) if kind == "json" else text
    report = check(lines, **options)
    forms: dict[str, Callable[[], str]] = {
        "latex": report.latex, "markdown": report.markdown, "json": lambda: report.to_json(indent=2),
        "text": lambda: report.text(colour),
    }  # fmt: skip
    printed = forms[form]()
    if proof and form != "json":
        own = report.proof()
        printed += "\n\n" + {"latex": own.latex, "markdown": own.markdown}.get(form, own.text)()
    return printed, exit_code(report)


def exit_code(report: Report) -> int:
    """1 where a line is false, 2 where no line could be read, else 0."""
    if report.first_wrong is not None:
        return 1
    return 0 if any(line.verdict == "true" for line in report.lines) else 2


def statements_of(text: str) -> list[str]:
    """The lines in JSON: a list of strings, or of objects with ``lhs``, ``relation`` and ``rhs``."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        raise ParseError("the input is not JSON", hint="--input lines reads LaTeX or ASCII, a line each") from None
    return _statements(items)


def _statements(items: Any) -> list[str]:
    if not isinstance(items, list):
        raise ParseError("the JSON is not a list", hint='a list of strings, or of {"lhs", "relation", "rhs"}')
    return [_statement(item) for item in items]


def _statement(item: Any) -> str:
    if isinstance(item, dict):
        relation = str(item.get("relation", "="))
        item = f"{item.get('lhs', '')} {relation} {item.get('rhs', item.get('ascii', ''))}"
    return str(item).replace("\n", " ")


def check_records(records: Iterable[str], options: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Each derivation of a JSONL text as a line of JSON, and its exit code.

    A record is ``{"lines": [...], "f": ..., "wrt": ..., "shapes": {...}, ...}``; what it does not say, `options` do.  A
    record that cannot be judged has an ``error`` instead of lines; no exception escapes.
    """
    for number, text in enumerate(records):
        if not text.strip():
            continue
        out: dict[str, Any] = {"record": number}
        code = 2
        try:
            told, code = _record(text, options)
            out.update(told)
        except DeriveError as error:
            out["error"] = str(error)
        except Exception as error:
            out["error"] = f"derive failed on this record, which is a bug of ours: {error!r}"
        yield json.dumps(out, ensure_ascii=False), code


def _record(text: str, options: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise ParseError("the record is not JSON", hint='{"lines": [...], "f": ..., "wrt": ...}') from None
    if not isinstance(record, dict):
        raise ParseError("the record is no JSON object", hint='{"lines": [...], "f": ..., "wrt": ...}')
    given = {k: record[k] for k in _GIVEN if record.get(k) is not None}
    lines = next((record[k] for k in _LINES if k in record), None)
    if lines is None:
        raise ParseError("the record has no lines", hint='{"lines": [...], "f": ..., "wrt": ...}')
    chosen = {**{k: v for k, v in options.items() if v}, **given}
    report = check(lines if isinstance(lines, str) else _statements(lines), **chosen)
    named = {"id": record["id"]} if "id" in record else {}
    return {**named, **report.as_dict()}, exit_code(report)
