"""Functions of rule files that have no values of their own: what they mean takes their place.

The numbers that verify a proof know the functions of `evaluate`; any other function is worth what its block
says that it means.
"""

from __future__ import annotations

from collections.abc import Iterator

from .blocks import RuleError
from .evaluate import functions
from .match import EMPTY, Match, substituted
from .rulebook import Function, RuleBook
from .shapes import PROPERTIES
from .statements import EXTRA_PROPERTIES, FORMS, lift
from .terms import SCALAR, Dim, Table, Term, head_bits, postorder

#: Words that a rule file means otherwise.
_TAKEN = frozenset({"d", *PROPERTIES, *EXTRA_PROPERTIES, *FORMS})


class Meanings:
    """Writes terms of a book in functions that have values."""

    def __init__(self, book: RuleBook) -> None:
        valued = functions()
        self.functions = {n: f for n, f in book.functions.items() if n not in valued and f.means}
        self._bits = head_bits(*self.functions)

    def plain(self, term: Term, table: Table) -> Term:
        """The term with every function that has no values replaced by what it means."""
        if not term.heads & self._bits:
            return term
        memo: dict[Term, Term] = {}
        for t in postorder(term):
            args = tuple(memo[a] for a in t.args)
            function = self.functions.get(t.head)
            if function is not None:
                memo[t] = self.plain(_meaning(function, args, table), table)
            else:
                memo[t] = table.make(t.head, args, t.shape, t.payload) if args else t
        return memo[term]


def meanings(book: RuleBook) -> Meanings:
    """The meanings of a book's functions, worked out once."""
    return book.once("meanings", lambda: Meanings(book))


def valueless(book: RuleBook) -> Iterator[RuleError]:
    """The functions that have neither values nor a meaning in functions which have."""
    known = set(functions()) | {"d"}
    for name, f in book.functions.items():
        if name in known:
            continue
        if not f.means:
            yield RuleError(
                f"nothing says what the function `{name}` is worth", f.place,
                why="every line of a proof is verified by numbers",
                hint="add a field `means`, an expression in functions that are known",
            )  # fmt: skip
        elif f.means_term is not None:
            missing = {t.head for t in postorder(f.means_term)} & (book.functions.keys() - known)
            if missing:
                yield RuleError(
                    f"`{name}` is explained by `{min(missing)}`, which is not explained yet", f.place,
                    hint="a meaning may use only functions that stand before it",
                )  # fmt: skip
        if name in _TAKEN:
            yield RuleError(f"`{name}` cannot be the name of a function", f.place)
        known.add(name)


def _meaning(function: Function, args: tuple[Term, ...], table: Table) -> Term:
    """What a call means."""
    meaning = function.means_term
    assert meaning is not None
    if function.kind == "elementwise":
        return lift(meaning, {"t": args[0]}, args[0].shape, table)
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
    for t in postorder(meaning):
        inner = tuple(memo[a] for a in t.args)
        if t.head == "var":
            memo[t] = bound[t.name]
        elif t.head == "dim":
            memo[t] = table.dim(substituted((t.payload, 1), found.dims)[0])
        else:
            payload = substituted(t.payload, found.dims) if t.head == "commutation" else t.payload
            memo[t] = table.make(t.head, inner, substituted(t.shape, found.dims), payload)
    return memo[meaning]
