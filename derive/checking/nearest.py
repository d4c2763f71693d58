"""The rule which a wrong line misuses: by the kind of mistake, out of the rules of our own derivation."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from ..printers.rows import telling
from ..question import rule_book
from ..statements import Rule

if TYPE_CHECKING:
    from ..derivation import Derivation


class Nearest(NamedTuple):
    """A rule by name, with what it says and where it stands."""

    name: str = ""
    statement: str = ""
    source: str = ""


def nearest_rule(
    kind: str, proof: Derivation | None, lhs: str, late: bool = False, heads: Collection[str] = ()
) -> Nearest:
    """The rule of `proof` that such a mistake happens with, else the first of the book, else the most telling one.

    Rules say themselves which mistakes happen with them, in their field `slip`; `late` says that the line is near the
    end: then the last such rule is taken; `heads` are the functions and operations in the line.
    """
    book = rule_book()
    named = {**book.rules, **{p.name: p for p in book.projections.values()}}
    slips = [r for r in named.values() if kind and kind in r.block.fields.get("slip", "").split()]
    used = _used(proof, lhs)
    names = {r.name for r in slips}
    for name in reversed(used) if late else used:
        if name in names:
            return _told(named[name])
    of_functions = [name for name in used if name not in named and name.startswith("d-")]
    if kind == "chain-rule" and of_functions:
        function = book.functions.get(of_functions[0].removeprefix("d-"))
        if function is not None:
            law = function.block.fields.get("d", "")
            return Nearest(of_functions[0], f"d {function.name}(t)/dt = {law}", function.block.fields.get("cite", ""))
    if slips:
        near = {*heads} - {"add", "mul", "T"} or {*heads}
        return _told(next((r for r in slips if r.key[-1] in near), slips[0]))
    worth = telling(tuple(n for n in used if n in named))
    return _told(named[worth[0]]) if worth and worth[0] in named else Nearest()


def _used(proof: Derivation | None, lhs: str) -> list[str]:
    """The rules of a proof, those of the lines with such a left side first."""
    if proof is None:
        return []
    lines = proof.lines("full")
    same = [r for line in lines if line.lhs == lhs for r in line.rules]
    return list(dict.fromkeys([*same, *(r for line in lines for r in line.rules)]))


def _told(rule: Rule) -> Nearest:
    return Nearest(rule.name, rule.text, rule.cite)
