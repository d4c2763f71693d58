"""A tiny builder of terms for the tests of the printers: no parser, no normal form."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from derive.terms import SCALAR, Shape, Table, Term

Factor = Term | int | Fraction | Decimal | complex


class Build:
    """Terms over an own table, exactly as they are asked for."""

    def __init__(self) -> None:
        self.table = Table()
        self.A, self.B, self.X, self.S = (self.table.var(n, ("n", "n")) for n in "ABXS")
        self.R = self.table.var("R", ("m", "n"))
        self.a, self.b, self.x, self.y = (self.table.var(n, ("n", 1)) for n in "abxy")
        self.s, self.t, self.k = (self.table.var(n) for n in ("s", "t", "k"))

    def term(self, value: Factor) -> Term:
        return value if isinstance(value, Term) else self.table.num(value)  # type: ignore[arg-type]

    def fn(self, head: str, *args: Factor, shape: Shape | None = None) -> Term:
        terms = tuple(self.term(a) for a in args)
        return self.table.make(head, terms, terms[0].shape if shape is None else shape)

    def scalar(self, head: str, *args: Factor) -> Term:
        return self.fn(head, *args, shape=SCALAR)

    def mul(self, *factors: Factor) -> Term:
        terms = [self.term(f) for f in factors]
        matrices = [t for t in terms if not t.is_scalar]
        shape = (matrices[0].shape[0], matrices[-1].shape[1]) if matrices else SCALAR
        return self.table.make("mul", tuple(terms), shape)

    def neg(self, term: Term) -> Term:
        return self.mul(-1, term)

    def add(self, *terms: Factor) -> Term:
        return self.fn("add", *terms)

    def sub(self, left: Term, right: Term) -> Term:
        return self.add(left, self.neg(right))

    def had(self, *factors: Factor) -> Term:
        return self.fn("had", *factors)

    def T(self, term: Term) -> Term:
        return self.fn("T", term, shape=(term.shape[1], term.shape[0]))

    def pow(self, base: Factor, exponent: Factor) -> Term:
        return self.fn("pow", base, exponent)

    def hpow(self, base: Term, exponent: Factor) -> Term:
        return self.fn("hpow", base, exponent)

    def over(self, above: Factor, below: Factor) -> Term:
        return self.mul(above, self.pow(below, -1))

    def colon(self, left: Term, right: Term) -> Term:
        return self.scalar("colon", left, right)

    def d(self, term: Term) -> Term:
        return self.table.d(term)

    def inv(self, term: Term) -> Term:
        return self.fn("inv", term)

    def norm(self, term: Term) -> Term:
        return self.scalar("norm", term)

    def ones(self, *dims: int | str) -> Term:
        return self.table.make("ones", (), (dims[0], dims[1] if len(dims) > 1 else 1))

    def eye(self, n: int | str) -> Term:
        return self.table.make("eye", (), (n, n))
