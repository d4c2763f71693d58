"""Which of two equal terms is printed: fewest transposes, traces where they are shorter than colons.

The normal form pushes transposes to the leaves; on paper `(X*A*B)'` is shorter than `B'*A'*X'`.  The choice is
made bottom-up: for every term the shorter of printing it as it stands and as the transpose of its transpose.
"""

from __future__ import annotations

from typing import NamedTuple

from .cost import Cost
from .normal import Algebra
from .terms import SCALAR, Term, head_bits, postorder

#: A product is turned round only where that saves at least so much.
_WORTH = 2


_TURNED, _COLON = head_bits("T"), head_bits("colon")


class Form(NamedTuple):
    """A way to print a term (`plain`) and its transpose (`flipped`), with their lengths."""

    plain: Term
    cost: int
    flipped: Term
    flipped_cost: int


class Display:
    """Chooses printed forms for the terms of one algebra."""

    def __init__(self, algebra: Algebra, cost: Cost | None = None) -> None:
        self.algebra, self.table = algebra, algebra.table
        self.cost = cost or Cost()
        self._by_traces: dict[bool, dict[Term, Form]] = {False: {}, True: {}}
        self._forms = self._by_traces[False]
        self._traces = False

    def __call__(self, term: Term, traces: bool = False) -> Term:
        """The form in which a term is printed; with `traces`, tr(A'*B) is written for A : B."""
        traces = traces and bool(term.heads & _COLON)
        if not traces and not term.heads & _TURNED:
            return term  # nothing to choose
        self._traces = traces
        forms = self._forms = self._by_traces[traces]
        if term not in forms:
            for t in postorder(term, known=forms):
                forms[t] = self._form(t)
        return forms[term].plain

    def _form(self, t: Term) -> Form:
        head = t.head
        if head == "var":
            turned = self.algebra.T(t) if self.algebra.T(t) is t else self._turned(t)
            return Form(t, self.cost(t), turned, self.cost(turned))
        if head == "T":
            inner = self._forms[t.args[0]]
            return Form(inner.flipped, inner.flipped_cost, inner.plain, inner.cost)
        if t.shape == SCALAR:
            return self._scalar(t)
        if head in ("mul", "add", "had"):
            return self._compound(t)
        if head in self.algebra._commuting:
            return self._commuting(t)
        return self._both(self._rebuilt(t, [self._forms[a].plain for a in t.args]), t)

    def _rebuilt(self, t: Term, args: list[Term]) -> Term:
        return self.table.make(t.head, tuple(args), t.shape, t.payload) if t.args else t

    def _turned(self, t: Term) -> Term:
        return t if t.shape == SCALAR else self.table.make("T", (t,), (t.shape[1], t.shape[0]))

    def _both(self, plain: Term, original: Term) -> Form:
        cost = self.cost(plain)
        if self.algebra.T(original) is original:
            return Form(plain, cost, plain, cost)
        flipped = self._turned(plain)
        transposed = self.algebra.T(original)
        if not transposed.args:
            flipped = transposed
        return Form(plain, cost, flipped, self.cost(flipped))

    def _scalar(self, t: Term) -> Form:
        forms = self._forms
        plain = self._rebuilt(t, [forms[a].plain for a in t.args])
        if t.head == "mul" and t.args[0].shape != SCALAR:
            back = self.table.make("mul", tuple(forms[a].flipped for a in reversed(t.args)), SCALAR)
            if self.cost(back) < self.cost(plain):
                plain = back
        elif t.head == "colon" and self._traces:
            plain = self._trace(t, plain)
        cost = self.cost(plain)
        return Form(plain, cost, plain, cost)

    def _trace(self, t: Term, plain: Term) -> Term:
        """tr(A'*B) for A : B, where the transpose is not longer; norm(A)^2 for A : A."""
        if t.args[0] is t.args[1]:
            norm = self.table.make("norm", (self._forms[t.args[0]].plain,))
            return self.table.make("pow", (norm, self.table.num(2)))
        a, b = (self._forms[x] for x in t.args)
        if min(a.flipped_cost - a.cost, b.flipped_cost - b.cost) > 0:
            return plain
        turned_a = a.flipped_cost - a.cost <= b.flipped_cost - b.cost
        product = self._chain(a.flipped, b.plain) if turned_a else self._chain(b.flipped, a.plain)
        return self.table.make("tr", (product,))

    def _chain(self, a: Term, b: Term) -> Term:
        factors = [f for t in (a, b) for f in (t.args if t.head == "mul" else (t,)) if f.head != "eye"]
        if len(factors) < 2:
            return factors[0] if factors else a
        return self.table.make("mul", tuple(factors), (a.shape[0], b.shape[1]))

    def _compound(self, t: Term) -> Form:
        forms = self._forms
        shape = (t.shape[1], t.shape[0])
        if t.head == "mul":
            scalars = [forms[a].plain for a in t.args if a.shape == SCALAR]
            matrices = [forms[a] for a in t.args if a.shape != SCALAR]
            straight = [m.plain for m in matrices]
            turned = [m.flipped for m in reversed(matrices)]
            plain = self._scaled(scalars, straight, t.shape)
            flipped = self._scaled(scalars, turned, shape)
            plain_outside = self._scaled(scalars, [self._outside(turned, shape)], t.shape)
            flipped_outside = self._scaled(scalars, [self._outside(straight, t.shape)], shape)
            worth = _WORTH if len(matrices) > 1 else 1
        else:
            plain = self._rebuilt(t, [forms[a].plain for a in t.args])
            flipped = self.table.make(t.head, tuple(forms[a].flipped for a in t.args), shape)
            plain_outside, flipped_outside = self._turned(flipped), self._turned(plain)
            worth = 1
        if self.algebra.T(t) is t:
            cost = self.cost(plain)
            return Form(plain, cost, plain, cost)
        return Form(
            *self._shorter(plain, plain_outside, worth), *self._shorter(flipped, flipped_outside, worth)
        )

    def _outside(self, factors: list[Term], shape: tuple[object, object]) -> Term:
        inner = factors[0] if len(factors) == 1 else self.table.make("mul", tuple(factors), shape)  # type: ignore[arg-type]
        return inner.args[0] if inner.head == "T" else self._turned(inner)

    def _scaled(self, scalars: list[Term], matrices: list[Term], shape: tuple[object, object]) -> Term:
        factors = [*scalars, *matrices]
        return factors[0] if len(factors) == 1 else self.table.make("mul", tuple(factors), shape)  # type: ignore[arg-type]

    def _shorter(self, inside: Term, outside: Term, worth: int) -> tuple[Term, int]:
        a, b = self.cost(inside), self.cost(outside)
        return (outside, b) if b + worth <= a else (inside, a)

    def _commuting(self, t: Term) -> Form:
        inner = self._forms[t.args[0]]
        rest = [self._forms[a].plain for a in t.args[1:]]
        straight = self.table.make(t.head, (inner.plain, *rest), t.shape, t.payload)
        turned = self.table.make(t.head, (inner.flipped, *rest), (t.shape[1], t.shape[0]), t.payload)
        if self.algebra.T(t) is t:
            cost = self.cost(straight)
            return Form(straight, cost, straight, cost)
        return Form(
            *self._shorter(straight, self._turned(turned), 1),
            *self._shorter(self._turned(straight), turned, 1),
        )
