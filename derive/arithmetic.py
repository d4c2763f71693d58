"""Sums, products and powers in normal form: the arithmetic under `normal.Algebra`.

In a product the number stands first, then the scalar factors, then the matrix factors in order; a chain which
is 1 x 1 is one scalar factor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Any

from .numbers import plus, power, reduced, times
from .terms import SCALAR, Number, Shape, Table, Term

Exponent = Any  # a Number, or a Term where it is symbolic


class Arithmetic(ABC):
    """Constructors of sums, products and powers in one table."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.one, self.zero, self.minus_one = table.num(1), table.num(0), table.num(-1)
        self._chains: dict[Term, Term] = {}

    @abstractmethod
    def T(self, a: Term) -> Term:
        """The transpose."""

    @abstractmethod
    def oriented(self, head: str, args: tuple[Term, ...], shape: Shape, payload: Any = None) -> Term:
        """A function whose head may commute with transposition."""

    # ------------------------------------------------------------ leaves
    def num(self, value: Number | complex) -> Term:
        if isinstance(value, complex):
            return self._complex(value)
        return self.table.num(reduced(value))

    def _complex(self, value: complex) -> Term:
        """x + y*1i: the imaginary unit is a scalar factor (rule imaginary-square), so numbers stay exact."""
        real, imaginary = (reduced(Decimal(repr(part))) for part in (value.real, value.imag))
        return self.add(self.num(real), self.scale(imaginary, self.table.make("imaginary_unit")))

    def zeros(self, shape: Shape) -> Term:
        return self.zero if shape == SCALAR else self.table.make("zeros", (), shape)

    def ones(self, shape: Shape) -> Term:
        return self.one if shape == SCALAR else self.table.make("ones", (), shape)

    def eye(self, shape: Shape) -> Term:
        return self.one if shape == SCALAR else self.table.make("eye", (), shape)

    @staticmethod
    def is_zero(t: Term) -> bool:
        return t.head == "zeros" or (t.head == "num" and t.payload == 0)

    # ------------------------------------------------------------ sums
    @staticmethod
    def split(t: Term) -> tuple[Number, tuple[Term, ...]]:
        """The numeric coefficient and the other factors of a term."""
        if t.head == "num":
            return t.payload, ()
        if t.head == "mul" and t.args[0].head == "num":
            return t.args[0].payload, t.args[1:]
        return 1, (t,) if t.head != "mul" else t.args

    def core(self, t: Term) -> tuple[Number, Term]:
        """The numeric coefficient and the term without it."""
        if t.head == "num":
            return t.payload, self.one
        if t.head == "mul" and t.args[0].head == "num":
            rest = t.args[1:]
            return t.args[0].payload, rest[0] if len(rest) == 1 else self.table.make("mul", rest, t.shape)
        return 1, t

    def add(self, *terms: Term) -> Term:
        """A flat sum with like terms collected (rules sum-flat, sum-collect, sum-zero)."""
        shape = terms[0].shape
        coefficients: dict[Term, Number] = {}
        for t in terms:
            if t.head == "add":
                for a in t.args:
                    c, core = self.core(a)
                    coefficients[core] = plus(coefficients.get(core, 0), c)
                continue
            c, core = self.core(t)
            if core.head == "add" and (c == -1 or c == 1):
                for a in core.args:
                    k, inner = self.core(a)
                    coefficients[inner] = plus(coefficients.get(inner, 0), times(c, k))
            else:
                coefficients[core] = plus(coefficients.get(core, 0), c)
        parts = [self.scale(c, core) for core, c in coefficients.items() if c != 0 and not self.is_zero(core)]
        if not parts:
            return self.zeros(shape)
        if len(parts) == 1:
            return parts[0]
        return self.table.make("add", tuple(_upright_first(parts)), shape)

    def sub(self, a: Term, b: Term) -> Term:
        return self.add(a, self.scale(-1, b))

    def scale(self, c: Number, t: Term) -> Term:
        """c*t for a number c (rule product-number)."""
        if c == 1:
            return t
        if c == 0:
            return self.zeros(t.shape)
        k, rest = self.split(t)
        c = times(c, k)
        if not rest:
            return self.num(c)
        if c == 1:
            return rest[0] if len(rest) == 1 else self.table.make("mul", rest, t.shape)
        if t.head == "mul" and t.shape == SCALAR and t.args[0].head != "num" and t.args[0].shape != SCALAR:
            rest = (t,)  # a scalar chain stays one factor
        return self.table.make("mul", (self.num(c), *rest), t.shape)

    # ------------------------------------------------------------ products
    def mul(self, *factors: Term) -> Term:
        """A flat product (rules product-flat, product-eye, product-zero, power-merge, chain-scalar)."""
        number: Number = 1
        scalars: dict[Term, Exponent] = {}
        chain: list[Term] = []
        for f in factors:
            if f.head == "num":
                number = times(number, f.payload)
            elif f.head == "mul" and not (f.shape == SCALAR and f.args[0].shape != SCALAR):
                for a in f.args:
                    if a.head == "num":
                        number = times(number, a.payload)
                    elif a.shape == SCALAR:
                        self._gather(scalars, a)
                    else:
                        chain.append(a)
            elif f.shape == SCALAR:
                self._gather(scalars, f)
            else:
                chain.append(f)
        segments = self._cut(chain)
        outer = [s for s in segments if s[0].shape[0] != 1 or s[-1].shape[1] != 1]
        shape: Shape = (outer[0][0].shape[0], outer[-1][-1].shape[1]) if outer else SCALAR
        if number == 0 or any(f.head == "zeros" for f in chain):
            return self.zeros(shape)
        matrices: list[Term] = []
        for segment in segments:
            merged = self._merge_chain(segment)
            if segment[0].shape[0] == 1 and segment[-1].shape[1] == 1:
                number = self._gather_scalar_chain(scalars, merged, number)
            else:
                matrices.extend(merged)
        return self._product(number, scalars, matrices, shape)

    def _gather_scalar_chain(self, scalars: dict[Term, Exponent], segment: list[Term], number: Number) -> Number:
        inner = self._scalar_chain(segment)
        if inner.head == "num":
            return times(number, inner.payload)
        self._gather(scalars, inner)
        return number

    def _scalar_chain(self, segment: list[Term]) -> Term:
        """A chain which is 1 x 1: of x'*A*y and y'*A'*x the one that was made first, or, with a differential in
        it, the one in which that stands later (rule chain-scalar)."""
        if len(segment) == 1:
            return segment[0]
        forward = self.table.make("mul", tuple(segment), SCALAR)
        known = self._chains.get(forward)
        if known is None:
            back = [self.T(f) for f in reversed(segment)]
            if any(f.head == "mul" for f in back):  # a skew factor brings its sign
                return forward
            backward = self.table.make("mul", tuple(back), SCALAR)
            known = backward if forward.has_d and _moves_early(segment) else forward
            self._chains[forward] = self._chains[backward] = known
        return known

    def _gather(self, scalars: dict[Term, Exponent], f: Term) -> None:
        base, exponent = self._base(f)
        old = scalars.get(base)
        scalars[base] = exponent if old is None else self._exponent_sum(old, exponent)

    @staticmethod
    def _base(f: Term) -> tuple[Term, Exponent]:
        if f.head == "pow":
            e = f.args[1]
            return f.args[0], e.payload if e.head == "num" else e
        return f, 1

    def _exponent_sum(self, a: Exponent, b: Exponent) -> Exponent:
        if isinstance(a, Term) or isinstance(b, Term):
            total = self.add(self._exponent(a), self._exponent(b))
            return total.payload if total.head == "num" else total
        return plus(a, b)

    def _exponent(self, e: Exponent) -> Term:
        return e if isinstance(e, Term) else self.num(e)

    def _product(self, number: Number, scalars: dict[Term, Exponent], matrices: list[Term], shape: Shape) -> Term:
        args: list[Term] = []
        for base, exponent in scalars.items():
            if exponent.__class__ is int and exponent == 1 and base.head != "mul":
                args.append(base)
            elif isinstance(exponent, Term) or exponent != 0:
                p = self.pow(base, self._exponent(exponent))
                if p.head == "num":
                    number = times(number, p.payload)
                elif p.head == "mul" and p.args[0].shape == SCALAR:
                    c, rest = self.split(p)
                    number = times(number, c)
                    args.extend(rest)
                else:
                    args.append(p)
        if not matrices and shape != SCALAR:
            matrices = [self.eye(shape)]
        if number != 1 or not (args or matrices):
            args.insert(0, self.num(number))
        args.extend(matrices)
        return args[0] if len(args) == 1 else self.table.make("mul", tuple(args), shape)

    @staticmethod
    def _cut(chain: list[Term]) -> list[list[Term]]:
        """The segments of a chain between inner dimensions which are literally 1."""
        out: list[list[Term]] = []
        for f in chain:
            if out and out[-1][-1].shape[1] != 1:
                out[-1].append(f)
            else:
                out.append([f])
        return out

    def _merge_chain(self, chain: list[Term]) -> list[Term]:
        """Neighbours with one base become a power; identities vanish (rules power-merge, product-eye)."""
        out: list[Term] = []
        for f in chain:
            if f.head == "eye":
                continue
            if out and f.shape[0] == f.shape[1] and out[-1].shape == f.shape:
                b1, e1, t1 = self._matrix_base(out[-1])
                b2, e2, t2 = self._matrix_base(f)
                if b1 is b2 and t1 == t2:
                    e = self._exponent_sum(e1, e2)
                    out.pop()
                    if isinstance(e, Term) or e != 0:
                        merged = self.pow(b1, self._exponent(e))
                        out.append(self.T(merged) if t1 else merged)
                    continue
            out.append(f)
        return out

    def _matrix_base(self, f: Term) -> tuple[Term, Exponent, bool]:
        flipped = f.head == "T"
        if flipped:
            f = f.args[0]
        if f.head == "inv":
            return f.args[0], -1, flipped
        base, exponent = self._base(f)
        return base, exponent, flipped

    # ------------------------------------------------------------ powers
    def pow(self, base: Term, exponent: Term) -> Term:
        """A power of a scalar or of a square matrix (rules power-one, power-power, power-product)."""
        e = exponent.payload if exponent.head == "num" else None
        if e == 1:
            return base
        if e == 0:
            return self.eye(base.shape)
        if base.shape != SCALAR:
            return self._matrix_power(base, exponent, e)
        if base.head == "num":
            if base.payload == 1:
                return base
            value = power(base.payload, e) if isinstance(e, int) else None
            if value is not None:
                return self.num(value)
        elif base.head == "imaginary_unit" and isinstance(e, int):
            return self.scale(1 - (e & 2), self.one if e % 2 == 0 else base)
        elif base.head == "pow":
            inner = base.args[1]
            k = inner.payload if inner.head == "num" else None
            if isinstance(e, int) or (k is not None and not isinstance(k, int)) or self.is_positive(base.args[0]):
                return self.pow(base.args[0], self.mul(inner, exponent))
        elif base.head == "mul" and base.args[0].shape == SCALAR and isinstance(e, int):
            return self.mul(*[self.pow(f, exponent) for f in base.args])
        return self.table.make("pow", (base, exponent))

    def _matrix_power(self, base: Term, exponent: Term, e: Any) -> Term:
        if base.head == "eye" or (base.head == "zeros" and isinstance(e, int) and e > 0):
            return base
        if base.head == "T":
            return self.T(self.pow(base.args[0], exponent))
        if base.head == "inv" or base.head == "pow":
            b, k, _ = self._matrix_base(base)
            if isinstance(e, int) or base.head == "inv":
                return self.pow(b, self.mul(self._exponent(k), exponent))
        if base.head == "mul" and base.args[0].shape == SCALAR and isinstance(e, int):
            cut = sum(a.shape == SCALAR for a in base.args)
            matrix = self.mul(*base.args[cut:])
            return self.mul(*[self.pow(s, exponent) for s in base.args[:cut]], self.pow(matrix, exponent))
        if e == -1:
            return self.oriented("inv", (base,), base.shape)
        return self.oriented("pow", (base, exponent), base.shape)

    def inv(self, a: Term) -> Term:
        return self.pow(a, self.minus_one)

    def is_positive(self, t: Term) -> bool:
        return (t.head == "var" and bool(t.payload.props & {"positive", "positive_integer"})) or t.head == "dim"


def _moves_early(segment: list[Term]) -> bool:
    """Does the differential stand in the first half of a chain?"""
    where = [i for i, f in enumerate(segment) if f.has_d]
    return where[0] + where[-1] < len(segment) - 1


def _upright_first(parts: list[Term]) -> list[Term]:
    """A + A', not A' + A, where nobody wrote it otherwise."""
    for i, part in enumerate(parts):
        if part.head == "T" and part.args[0] in parts[i + 1 :]:
            j = parts.index(part.args[0])
            parts[i], parts[j] = parts[j], part
    return parts
