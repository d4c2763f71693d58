"""Are two terms equal up to transposes of vectors?  Two readings of one text are compared with this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..calls import Signatures
from ..terms import SCALAR, Shape, Term, postorder

Factors = tuple[int, ...]
Form = tuple[Factors, Factors]  # of a term, and of its transpose
Shapes = Callable[[Shape], Shape]
#: Functions for which a row is as good as a column.
_INDIFFERENT = frozenset("sum mean max min norm norm1 norm_inf".split())


class Forms:
    """Forms of terms, the same for terms that are equal by the rules of transposition, with definitions put in.

    A form is a product: the numbers of its factors.
    """

    def __init__(self, signatures: Signatures) -> None:
        self.signatures = signatures
        self._numbers: dict[Any, int] = {}

    def number(self, *key: Any) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def of(
        self, term: Term, definitions: Sequence[tuple[str, Term]], shape: Shapes
    ) -> Form:
        """The form of a term, and that of its transpose."""
        known: dict[str, Form] = {}
        memo: dict[Term, Form] = {}
        for name, body in definitions:
            known[name] = self._walk(body, known, memo, shape)
        return self._walk(term, known, memo, shape)

    def _walk(self, root: Term, known: Mapping[str, Form], memo: dict[Term, Form], shape: Shapes) -> Form:
        for t in postorder(root, known=memo):
            memo[t] = self._form(t, [memo[a] for a in t.args], known, shape(t.shape), shape)
        return memo[root]

    def _form(
        self, t: Term, args: list[Form], known: Mapping[str, Form], size: Shape,
        shape: Shapes,
    ) -> Form:  # fmt: skip
        if t.head == "var" and t.name in known:
            return known[t.name]
        if t.head == "T":
            return args[0][1], args[0][0]
        if t.head == "mul":
            return self._product(t, args, size, shape)
        if t.head in ("add", "had"):
            one = (self.number(t.head, *sorted(a for a, _ in args)),)
            return one, one if size == SCALAR else (self.number(t.head, *sorted(b for _, b in args)),)
        if t.head in _INDIFFERENT:
            one = (self.number(t.head, min(args[0])),)
            return one, one
        key = (t.payload.name if t.head == "var" else t.payload, size)
        one = (self.number(t.head, key, *(a for a, _ in args)),)
        if size == SCALAR:
            return one, one
        if self.commutes(t.head):
            return one, (self.number(t.head, (key[0], size[::-1]), args[0][1], *(a for a, _ in args[1:])),)
        return one, (self.number("T", *one),)

    def commutes(self, head: str) -> bool:
        """Does transposition go inside: is it a function of every entry, or an inverse?"""
        found = self.signatures.get(head)
        return head in ("hpow", "inv", "pinv") or bool(found and found[0].elementwise)

    def _product(
        self, t: Term, args: list[Form], size: Shape, shape: Shapes
    ) -> Form:
        scalars: list[int] = []
        arrays: list[Form] = []
        for a, form in zip(t.args, args):
            if shape(a.shape) == SCALAR:
                scalars += form[0]
            else:
                arrays.append(form)
        scalars.sort()
        forward = tuple(f for form in arrays for f in form[0])
        backward = tuple(f for form in reversed(arrays) for f in form[1])
        if size == SCALAR and arrays:
            inner = self.number("scalar", min(forward, backward))
            one = (*sorted([*scalars, inner]),)
            return one, one
        return (*scalars, *forward), (*scalars, *backward)
