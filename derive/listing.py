"""``derive rules``: the rules as a table, one of them with a worked instance, or the check of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .api import rule_book
from .complexproof import complex_example
from .errors import ParseError
from .near import either, near
from .question import law_of
from .rulebook import Fact, Function, Rule, RuleBook
from .ruleproof import asked, sides
from .sides import example
from .statements import Statement
from .userbook import extended, read_files

_WIDEST = 48  # of a column; what is longer moves the rest of its row
_SHOWN = ("shapes", "when", "assumes", "convention", "structure", "use", "say", "cite")
_SHOWN_OF_FUNCTIONS = ("kind", "shape", "means", "d", "transpose", "latex", "numpy", "domain", "doc", "cite")


def rules_command(name: str | None, check: str | None, rules: Sequence[str] = ()) -> str:
    """What `derive rules [NAME] [--check FILE] [--rules FILE]` prints.

    Raises `ParseError` for an unknown name or a file that cannot be read, `RuleError` for a file that is not
    understood, `VerificationError` where a rule of it is wrong.

    >>> print(rules_command("colon-transpose", None).splitlines()[1])
      A : B' -> A' : B
    """
    if check is None:
        book = rule_book(rules)
        return table(book) if name is None else entry(book, name)
    book, new = extended(read_files([*rules, check]), law_of)
    return entry(book, name) if name else f"{check}: {new}: checked, and verified by numbers"


# ---------------------------------------------------------------- the table
def table(book: RuleBook) -> str:
    """All rules, file by file: name, statement, condition, source."""
    files: dict[str, list[tuple[str, ...]]] = {}
    for statement in _statements(book):
        files.setdefault(statement.file, []).append(_row(statement))
    out = []
    for file, rows in files.items():
        out += [f"{file} ({len(rows)})", *_aligned(rows), ""]
    out.append("`derive rules NAME` shows one with its reason and a worked instance.")
    return "\n".join(out)


def _statements(book: RuleBook) -> Iterator[Statement]:
    yield from book.rules.values()
    yield from dict.fromkeys(book.projections.values())
    yield from book.facts


def _row(statement: Statement) -> tuple[str, ...]:
    return statement.name, statement.text, _condition(statement), statement.cite


def _condition(statement: Statement) -> str:
    fields = statement.block.fields
    if "convention" in fields:
        return f"{fields['convention']}: {fields['structure']}"
    parts = [fields.get("when", ""), f"assuming {fields['assumes']}" if "assumes" in fields else ""]
    return ", ".join(p for p in parts if p)


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(min(len(cell), _WIDEST) for cell in column) for column in zip(*rows)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()


# ---------------------------------------------------------------- one of them
def entry(book: RuleBook, name: str) -> str:
    """A rule, fact, projection or function by its name; raises `ParseError` for one that there is not."""
    known: dict[str, Statement | Function] = {**book.functions, **{s.name: s for s in _statements(book)}}
    found = known.get(name)
    if found is None:
        found_near = near(name, known) or sorted(n for n in known if name and name in n)[:4]
        hint = f"did you mean {either(found_near)}?" if found_near else "`derive rules` lists them"
        raise ParseError(f"there is no rule `{name[:60]}`", hint=hint)
    return "\n".join(_of_function(found) if isinstance(found, Function) else _of_statement(found))


def _of_statement(statement: Statement) -> Iterator[str]:
    kind = {"facts": "fact"}.get(statement.block.kind, statement.block.kind)
    yield f"{kind} {statement.name}    {statement.file}:{statement.line}"
    yield f"  {statement.text}"
    yield from _fields(statement.block.fields, _SHOWN)
    if isinstance(statement, Fact):
        return
    if isinstance(statement, Rule) and kind == "rule":
        if statement.both_ways:
            yield "  holds both ways: it is built into the normal form, or only the checker uses it"
        if statement.lifts:
            yield "  holds entry by entry for matrices, too"
        yield from _instance(statement)


def _instance(rule: Rule) -> Iterator[str]:
    """The rule at numbers: both sides have the same value."""
    find = complex_example if rule.over == "complex" else example
    found = find(*sides(rule), rule.variables, asked(rule.when + rule.assumes))
    if found is None:
        return
    yield "for instance"
    *given, left, right = found.lines()
    yield from (f"  {line}" for line in given)
    width = max(len(rule.lhs_text), len(rule.rhs_text))
    for text, value in ((rule.lhs_text, left), (rule.rhs_text, right)):
        yield f"  {text.ljust(width)} = {value.partition(' = ')[2]}"


def _of_function(function: Function) -> Iterator[str]:
    yield f"function {function.name}    {function.file}:{function.line}"
    yield from _fields({"shape": function.shape_text, **function.block.fields}, _SHOWN_OF_FUNCTIONS)
    call = f"{function.name}("
    used = [r for r in function.book.rules.values() if call in r.text]
    if used:
        yield "in the rules"
        yield from _aligned([(r.name, r.text) for r in used])


def _fields(fields: dict[str, str], names: Iterable[str]) -> Iterator[str]:
    width = max(len(n) for n in names if n in fields) + 2
    for name in names:
        for i, line in enumerate(fields[name].split("\n") if name in fields else ()):
            yield f"  {(name if i == 0 else '').ljust(width)}{line}"
