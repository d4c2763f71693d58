"""What functions mean, where their blocks say so: the meaning takes the place of a call.

An abbreviation is written out in the normal form; a function of a user's file that has no values of its own
is written out where numbers are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from .match import EMPTY, Match, substituted
from .rulebook import Function
from .statements import lift
from .terms import SCALAR, Dim, Table, Term, head_bits, postorder


class Meanings:
    """Writes terms without the given functions, which all have a meaning."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self._bits = head_bits(*functions)

    def __bool__(self) -> bool:
        return bool(self.functions)

    def plain(self, term: Term, table: Table) -> Term:
        """The term with every call of the functions replaced by what it means."""
        if not term.heads & self._bits:
            return term
        memo: dict[Term, Term] = {}
        for t in postorder(term):
            args = tuple(memo[a] for a in t.args)
            function = self.functions.get(t.head)
            if function is not None:
                memo[t] = self.plain(meaning(function, args, table), table)
            else:
                memo[t] = table.make(t.head, args, t.shape, t.payload) if args else t
        return memo[term]


def meaning(function: Function, args: tuple[Term, ...], table: Table) -> Term:
    """What a call means."""
    body = function.means_term
    assert body is not None
    if function.kind == "elementwise":
        return lift(body, {"t": args[0]}, args[0].shape, table)
    signature, found = function.signatures[0], EMPTY
    bound: dict[str, Term] = {}
    for i, ((name, shape), a) in enumerate(zip(signature.params, args)):
        bound[name] = a
        size: Dim | None = a.payload if a.head in ("dim", "num") else None
        sized: Match | None = found
        if i in signature.sizes and size is not None:
            sized = found.size((name, 1), (size, 1))
        elif shape != SCALAR:
            sized = found.size(shape, a.shape)
        assert sized is not None, "the reader has checked the shapes"
        found = sized
    memo: dict[Term, Term] = {}
    for t in postorder(body):
        inner = tuple(memo[a] for a in t.args)
        if t.head == "var":
            memo[t] = bound[t.name]
        elif t.head == "dim":
            memo[t] = table.dim(substituted((t.payload, 1), found.dims)[0])
        else:
            payload = substituted(t.payload, found.dims) if t.head == "commutation" else t.payload
            memo[t] = table.make(t.head, inner, substituted(t.shape, found.dims), payload)
    return memo[body]
