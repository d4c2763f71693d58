"""Rule files as text: blocks with a kind, a name, statements and fields.  Nothing here knows mathematics.

A block begins at the margin with its kind and its name; its lines are indented.  A line whose first word is a
field of that kind is a field, any other line is a statement.  ``#`` starts a comment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from .errors import DeriveError

#: The fields of every kind of block, and those that it must have.
FIELDS: dict[str, frozenset[str]] = {
    "rule": frozenset({"shapes", "when", "assumes", "use", "over", "lift", "say", "cite", "slip"}),
    "facts": frozenset({"shapes", "over", "say", "cite"}),
    "projection": frozenset({"convention", "structure", "shapes", "say", "cite", "slip"}),
    "function": frozenset(
        {"kind", "shape", "d", "means", "transpose", "scales", "commutes", "latex", "numpy", "domain", "doc", "cite"}
    ),
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "rule": ("shapes", "say", "cite"),
    "facts": ("shapes", "say", "cite"),
    "projection": ("convention", "structure", "shapes", "say", "cite"),
    "function": ("kind",),
}
_REPEATED = frozenset({"shape"})


class RuleError(DeriveError):
    """A rule file is wrong; the message begins with the file and the line."""

    exit_code = 2

    def __init__(
        self, what: str, place: tuple[str, int], *, why: str = "", hint: str = "", text: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        self.file, self.line = place
        super().__init__(f"{self.file}:{self.line}: {what}", text=text, span=span, why=why, hint=hint)


class Block(NamedTuple):
    """One block: its statements with their lines, its fields as text (repeated ones on several lines)."""

    kind: str
    name: str
    statements: list[tuple[str, int]]
    fields: dict[str, str]
    file: str
    line: int

    @property
    def place(self) -> tuple[str, int]:
        return (self.file, self.line)


def read_blocks(text: str, file: str = "<text>") -> list[Block]:
    """The blocks of a rule file's text, in order; raises `RuleError`.

    >>> b, = read_blocks("rule twice\\n  A'' = A   # a comment\\n  shapes  A: m x n\\n  say s\\n  cite c\\n")
    >>> b.name, b.statements, b.fields["shapes"]
    ('twice', [("A'' = A", 2)], 'A: m x n')
    """
    out: list[Block] = []
    block: Block | None = None
    known: frozenset[str] = frozenset()
    fields: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if "#" in line:
            line = _without_comment(line)
        words = line.split(None, 1)
        if not words:
            continue
        if line[0] != " ":
            block = _begin(line.split(), file, number)
            known, fields = FIELDS[block.kind], block.fields
            out.append(block)
        elif block is None:
            raise RuleError("an indented line before the first block", (file, number))
        elif words[0] in known and len(words) == 2:
            name, value = words
            if name in fields:
                _repeat(block, name, value.rstrip(), number)
            else:
                fields[name] = value.rstrip()
        elif words[0] in known:
            raise RuleError(f"the field `{words[0]}` is empty", (file, number))
        else:
            block.statements.append((line.strip(), number))
    for b in out:
        _check(b)
    return out


def _without_comment(line: str) -> str:
    at = 0 if line[0] == "#" else line.find(" #")
    return line if at < 0 else line[:at]


def _begin(words: list[str], file: str, number: int) -> Block:
    if len(words) != 2 or words[0] not in FIELDS:
        raise RuleError(
            f"`{' '.join(words)}` begins no block",
            (file, number),
            why="at the margin stands `rule NAME`, `facts NAME`, `projection NAME` or `function NAME`",
            hint="indent the lines of a block",
        )
    return Block(words[0], words[1], [], {}, file, number)


def _repeat(block: Block, name: str, value: str, number: int) -> None:
    if name not in _REPEATED:
        raise RuleError(f"the field `{name}` of `{block.name}` stands twice", (block.file, number))
    block.fields[name] += f"\n{value}"


def _check(block: Block) -> None:
    count = len(block.statements)
    if block.kind == "function" and count:
        text, line = block.statements[0]
        hint = ", ".join(sorted(FIELDS[block.kind]))
        raise RuleError(f"`{text.split()[0]}` is no field of a function", (block.file, line), hint=hint)
    if block.kind in ("rule", "projection") and count != 1:
        fields = ", ".join(sorted(FIELDS[block.kind]))
        hint = f"one line `LEFT -> RIGHT` or `LEFT = RIGHT`; the fields are {fields}"
        raise RuleError(
            f"{block.kind} `{block.name}` has {count} statements instead of one", block.place, hint=hint
        )
    for name in REQUIRED[block.kind]:
        if name not in block.fields:
            raise RuleError(f"{block.kind} `{block.name}` has no field `{name}`", block.place)


# ---------------------------------------------------------------- where the files are
def rules_directory() -> str:
    """The directory of the rule files: inside the installed package, or beside it in a checkout."""
    here = os.path.dirname(os.path.abspath(__file__))
    inside = os.path.join(here, "rules")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(here), "rules")


def rule_texts(paths: Iterable[str | os.PathLike[str]] | None = None) -> list[tuple[str, str]]:
    """(name, text) of rule files, by default of all of `rules_directory`.  The one place that reads them."""
    if paths is None:
        return list(_default_texts())
    return [(str(path), _text(path)) for path in paths]


@lru_cache(maxsize=1)
def _default_texts() -> tuple[tuple[str, str], ...]:
    directory = rules_directory()
    names = [name for name in os.listdir(directory) if name.endswith(".rules")]
    names.sort(key=lambda name: (name != "functions.rules", name))
    return tuple((name, _text(os.path.join(directory, name))) for name in names)


def _text(path: str | os.PathLike[str]) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
