"""The rows of a proof, as every format for people prints them: what is written, named and cited in each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ..derivation import Derivation, Line
from .left import Left, read_left
from .pretty import Style, joined_index

#: So usual that they are named only where nothing else happened, the least telling ones first.
_ROUTINE = {
    **dict.fromkeys(("d-constant", "d-sum", "d-transpose", "colon-sum"), 0),
    **dict.fromkeys(("d-product",), 1),
}
_TELLING = 2
#: A row names at most so many rules, in so many letters; at full detail, and as JSON, all are named.
MOST_NAMES, _WIDE = 3, 40
#: Rules whose names say nothing that the left side does not.
_SILENT = frozenset({"definition"})
_DIRECTIONS = ("J", "E", "U")


class Row(NamedTuple):
    """One row: ``left relation formula (names) source``, with a sentence before it where there is a note."""

    left: Left | None  # None where the row goes on from the one before
    let: bool
    relation: str  # = or ~
    formula: str
    names: tuple[str, ...]
    source: str
    note: str


def rows(derivation: Derivation, style: Style, detail: str) -> Iterator[Row]:
    """The rows at a detail; lines which a notation prints alike share one."""
    cites = {step.rule: step.cite for step in reversed(derivation.steps) if step.cite}
    lets = frozenset([let.name for let in derivation.lets])
    known = lets | {"f"}
    cited: set[str] = set()
    before, said = "", {""}
    for line, formula, rules in _merged(derivation.lines(detail), style):
        names = rules if detail == "full" else telling(rules)
        source = next((cites[n] for n in reversed(names) if n in cites), "")
        left = None if line.continues else read_left(line.lhs, known)
        # f(X + J) ~ a, and a = b by a rule: what follows is equal to the right side before it
        relation = "=" if line.continues and before == "~" else line.relation
        before = line.relation
        shown = "" if source in cited else source
        cited.add(source)
        note = "" if line.note in said else line.note
        said.add(line.note)
        yield Row(left, line.lhs in lets, relation, formula, names, shown, note)


def _merged(lines: tuple[Line, ...], style: Style) -> list[tuple[Line, str, tuple[str, ...]]]:
    shown: list[tuple[Line, str, tuple[str, ...]]] = []
    for line in lines:
        formula = style.text(line.shown or line.term)
        rules = tuple([r for r in line.rules if r not in _SILENT]) if line.rules else ()
        if shown and line.continues and formula == shown[-1][1]:
            first, _, others = shown.pop()
            line, rules = first, tuple(dict.fromkeys((*others, *rules)))
        shown.append((line, formula, rules))
    return shown


@lru_cache(maxsize=1024)
def telling(rules: tuple[str, ...]) -> tuple[str, ...]:
    """The names that tell most: routine ones only where there are no others, and not too many.

    >>> telling(("d-product", "d-sum", "d-norm-squared")), telling(("dM", "d-sum", "d-product"))
    (('d-norm-squared',), ('dM', 'd-product'))
    >>> telling(("a-b", "c-d", "e-f", "g-h"))
    ('a-b', 'c-d', 'e-f', '...')
    """
    worth = [_ROUTINE.get(rule, _TELLING) for rule in rules]
    most = max([w for rule, w in zip(rules, worth) if "-" in rule], default=0)
    kept = tuple([rule for rule, w in zip(rules, worth) if w >= most or "-" not in rule])
    shown = kept[:MOST_NAMES]
    while len(shown) > 1 and sum(map(len, shown)) > _WIDE:
        shown = shown[:-1]
    return kept if len(shown) == len(kept) else (*shown, "...")


def unsaid_convention(derivation: Derivation) -> str | None:
    """The convention for a structured variable, where no line speaks of it."""
    said = any(line.note.startswith("convention ") for line in derivation.lines("normal"))
    return None if said else derivation.convention


def together(inferred: Iterable[str]) -> list[str]:
    """Sentences with the same reason in one: ``A is p x n, B is m x p (a matrix, by the convention)``."""
    reasons: dict[str, list[str]] = {}
    for sentence in inferred:
        said, opening, reason = sentence.partition(" (")
        reasons.setdefault(opening + reason, []).append(said)
    return [", ".join(said) + reason for reason, said in reasons.items()]


# ---------------------------------------------------------------- the single-entry matrix
def direction(derivation: Derivation) -> str:
    """What the proof calls the single-entry matrix: J, or another letter where J is taken."""
    taken = {*derivation.shapes, *(let.name for let in derivation.lets)}
    return next((name for name in _DIRECTIONS if name not in taken), "")


def entry_index(derivation: Derivation) -> str:
    """The indices of the entry that the proof is about: ``ij``, ``i`` of a vector, ``12,3``."""
    row, column = map(str, derivation.settings.get("entry") or ("i", "j"))
    return joined_index((row,) if derivation.variable.shape[1] == 1 else (row, column))


def direction_names(
    derivation: Derivation, unit: Callable[[str], str], low: Callable[[str], str], high: Callable[[str], str]
) -> dict[str, str]:
    """How the single-entry matrix is written: J_ij, J^ij in an entrywise proof, e_i where X is a vector."""
    name, index = direction(derivation), entry_index(derivation)
    if derivation.variable.is_scalar:
        return {}
    if derivation.variable.shape[1] == 1:
        return {name: "e" + unit(index)} if "e" not in derivation.shapes else {}
    if derivation.method == "perturbation":
        return {}
    return {name: name + (high if derivation.method == "entrywise" else low)(index)}
