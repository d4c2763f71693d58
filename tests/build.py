"""Terms for tests, from a few Python operators: no parser is needed."""

from __future__ import annotations

from typing import Any

from derive.terms import Shape, Table, Term


class Build:
    """Makes typed terms in one table."""

    def __init__(self) -> None:
        self.table = Table()

    def var(self, name: str, *dims: Any, props: str = "") -> Term:
        shape: Shape = (1, 1) if not dims else (dims[0], dims[1] if len(dims) == 2 else 1)
        return self.table.var(name, shape, props.split())

    def num(self, value: Any) -> Term:
        return self.table.num(value)

    def d(self, a: Term) -> Term:
        return self.table.make("d", (a,), a.shape)

    def T(self, a: Term) -> Term:
        return self.table.make("T", (a,), (a.shape[1], a.shape[0]))

    def add(self, *args: Term) -> Term:
        return self.table.make("add", args, args[0].shape)

    def neg(self, a: Term) -> Term:
        return self.mul(-1, a)

    def sub(self, a: Term, b: Term) -> Term:
        return self.add(a, self.neg(b))

    def mul(self, *args: Any) -> Term:
        terms = tuple(a if isinstance(a, Term) else self.num(a) for a in args)
        matrices = [t for t in terms if not t.is_scalar]
        shape: Shape = (matrices[0].shape[0], matrices[-1].shape[1]) if matrices else (1, 1)
        return self.table.make("mul", terms, shape)

    def had(self, *args: Term) -> Term:
        return self.table.make("had", args, args[0].shape)

    def colon(self, a: Term, b: Term) -> Term:
        return self.table.make("colon", (a, b))

    def pow(self, a: Term, k: Any) -> Term:
        return self.table.make("pow", (a, k if isinstance(k, Term) else self.num(k)), a.shape)

    def hpow(self, a: Term, k: Any) -> Term:
        return self.table.make("hpow", (a, k if isinstance(k, Term) else self.num(k)), a.shape)

    def f(self, name: str, *args: Term, shape: Shape | str = "same") -> Term:
        """A function; its shape is that of its first argument unless given (``scalar``: a number)."""
        if shape == "same":
            shape = args[0].shape
        elif shape == "scalar":
            shape = (1, 1)
        assert isinstance(shape, tuple)
        return self.table.make(name, args, shape)
