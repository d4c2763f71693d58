"""The normal form: constructors which flatten, collect and orient.

The laws used here are those of associative and commutative operations, of powers with exact exponents, and of
transposition; each stands in ``algebra.rules`` under the name in the constructor's doc-string, where the generic
test verifies it.  What is known of a *function* (that it commutes with transposition, that it is an
abbreviation) comes from its block in ``functions.rules``.

In a product the number stands first, then the scalar factors, then the matrix factors in order; a chain which
is 1 x 1 is one scalar factor.  Transposes are pushed to the leaves, and out of functions that commute with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .numbers import plus, power, reduced, times
from .terms import SCALAR, Number, Shape, Table, Term, postorder

if TYPE_CHECKING:
    from .rulebook import Function

Exponent = Any  # a Number, or a Term where it is symbolic


class Algebra:
    """Constructors of normal forms in one table."""

    def __init__(self, table: Table, functions: Mapping[str, Function]) -> None:
        self.table, self.functions = table, functions
        self.one, self.zero, self.minus_one = table.num(1), table.num(0), table.num(-1)
        self._transposed: dict[Term, Term] = {}
        self._normal: dict[Term, Term] = {}
        self._chains: dict[Term, Term] = {}
        self._oriented: dict[tuple[str, Term, Any], Term] = {}
        self._commuting = frozenset(n for n, f in functions.items() if f.transpose == "commutes") | {
            "pow",
            "hpow",
        }
        self._distributing = frozenset(n for n, f in functions.items() if f.transpose == "distributes")
        self.scaling = {n: 1 if f.scales == "first" else 9 for n, f in functions.items() if f.scales}
        self._symmetric = frozenset(n for n, f in functions.items() if f.transpose == "symmetric")
        self.macro: Callable[[Term], Term] | None = None  # expands abbreviations, set by the rewriter

    # ------------------------------------------------------------ leaves
    def num(self, value: Number) -> Term:
        return self.table.num(reduced(value))

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
        return parts[0] if len(parts) == 1 else self.table.make("add", tuple(parts), shape)

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

    def _gather_scalar_chain(
        self, scalars: dict[Term, Exponent], segment: list[Term], number: Number
    ) -> Number:
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

    def _product(
        self, number: Number, scalars: dict[Term, Exponent], matrices: list[Term], shape: Shape
    ) -> Term:
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
        elif base.head == "pow":
            inner = base.args[1]
            k = inner.payload if inner.head == "num" else None
            if (
                isinstance(e, int)
                or (k is not None and not isinstance(k, int))
                or self.is_positive(base.args[0])
            ):
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
            return self._call("inv", (base,), base.shape)
        return self._call("pow", (base, exponent), base.shape)

    def inv(self, a: Term) -> Term:
        return self.pow(a, self.minus_one)

    def is_positive(self, t: Term) -> bool:
        return (t.head == "var" and bool(t.payload.props & {"positive", "positive_integer"})) or t.head == "dim"

    # ------------------------------------------------------------ elementwise
    def had(self, *factors: Term) -> Term:
        """A flat elementwise product (rules hadamard-flat, hadamard-ones, hadamard-power)."""
        shape = factors[0].shape
        if shape == SCALAR:
            return self.mul(*factors)
        outer: list[Term] = []
        powers: dict[Term, Exponent] = {}
        stack = list(reversed(factors))
        while stack:
            f = stack.pop()
            if f.head == "had":
                stack.extend(reversed(f.args))
            elif f.head == "zeros":
                return f
            elif f.head == "mul" and f.args[0].shape == SCALAR:
                cut = sum(a.shape == SCALAR for a in f.args)
                outer.extend(f.args[:cut])
                stack.append(self.mul(*f.args[cut:]))
            elif f.head != "ones":
                base, flipped = (f.args[0], True) if f.head == "T" else (f, False)
                e: Exponent = 1
                if base.head == "hpow":
                    k = base.args[1]
                    base, e = base.args[0], k.payload if k.head == "num" else k
                base = self.T(base) if flipped else base
                powers[base] = self._exponent_sum(powers[base], e) if base in powers else e
        args = [self.hpow(b, self._exponent(e)) for b, e in powers.items() if isinstance(e, Term) or e != 0]
        if any(a.head in ("mul", "had") for a in args) and any(a.head == "had" for a in args):
            return self.mul(*outer, self.had(*args))
        body = (
            self.ones(shape)
            if not args
            else args[0]
            if len(args) == 1
            else self.table.make("had", tuple(args), shape)
        )
        return self.mul(*outer, body) if outer else body

    def hpow(self, base: Term, exponent: Term) -> Term:
        """An elementwise power (rules hadamard-power, hadamard-power-power)."""
        if base.shape == SCALAR:
            return self.pow(base, exponent)
        e = exponent.payload if exponent.head == "num" else None
        if e == 1:
            return base
        if e == 0 or base.head == "ones":
            return self.ones(base.shape)
        if base.head == "zeros" and isinstance(e, int) and e > 0:
            return base
        if base.head == "hpow" and (isinstance(e, int) or not isinstance(base.args[1].payload, int)):
            return self.hpow(base.args[0], self.mul(base.args[1], exponent))
        if isinstance(e, int):
            if base.head == "had":
                return self.had(*[self.hpow(f, exponent) for f in base.args])
            if base.head == "mul" and base.args[0].shape == SCALAR:
                cut = sum(a.shape == SCALAR for a in base.args)
                scalars = [self.pow(s, exponent) for s in base.args[:cut]]
                return self.mul(*scalars, self.hpow(self.mul(*base.args[cut:]), exponent))
        return self._call("hpow", (base, exponent), base.shape)

    # ------------------------------------------------------------ the colon
    def colon(self, a: Term, b: Term) -> Term:
        """A : B with its scalar factors in front (rules colon-scale, colon-vector)."""
        if a.shape == SCALAR:
            return self.mul(a, b)
        if self.is_zero(a) or self.is_zero(b):
            return self.zero
        outer: list[Term] = []
        inner: list[Term] = []
        for t in (a, b):
            if t.head == "mul" and t.args[0].shape == SCALAR:
                cut = sum(f.shape == SCALAR for f in t.args)
                outer.extend(t.args[:cut])
                t = self.mul(*t.args[cut:])
            inner.append(t)
        x, y = inner if not inner[0].has_d else reversed(inner)
        if x.shape[1] == 1 and not y.has_d:
            return self.mul(*outer, self.T(x), y)
        body = self.table.make("colon", (x, y))
        return self.mul(*outer, body) if outer else body

    # ------------------------------------------------------------ transposition
    def T(self, a: Term) -> Term:
        """The transpose, pushed inside (rules transpose-product, transpose-sum, transpose-twice, ...)."""
        if a.shape == SCALAR:
            return a
        found = self._transposed.get(a)
        if found is None:
            found = self._transpose(a)
            self._transposed[a] = found
            self._transposed.setdefault(found, a)
        return found

    def _transpose(self, a: Term) -> Term:
        head = a.head
        shape = (a.shape[1], a.shape[0])
        if head == "T":
            return a.args[0]
        if head == "mul":
            return self.mul(*[self.T(f) for f in reversed(a.args)])
        if head == "add":
            return self.add(*[self.T(f) for f in a.args])
        if head == "had":
            return self.had(*[self.T(f) for f in a.args])
        if head == "var":
            if a.payload.props & _SYMMETRIC:
                return a
            if "skew" in a.payload.props:
                return self.scale(-1, a)
        if head in ("ones", "zeros", "eye"):
            return self.table.make(head, (), shape)
        if head in self._distributing:
            return self.call(head, tuple(self.T(f) for f in a.args), shape, a.payload)
        if head in self._symmetric and a.shape[0] == a.shape[1]:
            return a
        if (
            head in self._commuting
            and a.args[0].shape[0] == a.args[0].shape[1]
            and self.T(a.args[0]) is a.args[0]
        ):
            return a
        return self.table.make("T", (a,), shape)

    # ------------------------------------------------------------ functions
    def call(self, head: str, args: tuple[Term, ...], shape: Shape, payload: Any = None) -> Term:
        """Any head applied to normal arguments."""
        special = _CONSTRUCTORS.get(head)
        if special is not None:
            return special(self, args)
        if head in ("eye", "ones", "zeros") and shape == SCALAR:
            return self.zero if head == "zeros" else self.one
        if head in self.scaling:
            if any([self.is_zero(a) for a in args[: self.scaling[head]]]):  # NAME-scales with the factor 0
                return self.zeros(shape)
            outer, args = self._scalars_out(args, self.scaling[head])
            if outer:
                return self.mul(*outer, self._call(head, args, shape, payload))
        return self._call(head, args, shape, payload)

    def _scalars_out(self, args: tuple[Term, ...], most: int) -> tuple[list[Term], tuple[Term, ...]]:
        """The scalar factors of the first `most` arguments, and the arguments without them (rules NAME-scales)."""
        outer: list[Term] = []
        inner = list(args)
        for i, a in enumerate(args[:most]):
            if a.head == "mul" and a.shape != SCALAR and a.args[0].shape == SCALAR:
                cut = sum(f.shape == SCALAR for f in a.args)
                outer.extend(a.args[:cut])
                inner[i] = self.mul(*a.args[cut:])
        return outer, tuple(inner)

    def _call(self, head: str, args: tuple[Term, ...], shape: Shape, payload: Any = None) -> Term:
        """A head which may commute with transposition: the orientation that was made first is kept."""
        if head in self._commuting and args[0].shape != SCALAR:
            first = args[0]
            if first.head == "T":
                return self.T(self._call(head, (first.args[0], *args[1:]), (shape[1], shape[0]), payload))
            key = (head, first, args[1:])
            found = self._oriented.get(key)
            if found is None:
                found = self._oriented[key] = self.table.make(head, args, shape, payload)
                flipped = self.T(first)
                if flipped is not first:
                    self._oriented[head, flipped, args[1:]] = self.T(found)
            return found
        return self.table.make(head, args, shape, payload)

    # ------------------------------------------------------------ from typed terms
    def normal(self, term: Term) -> Term:
        """The normal form of any term of this table."""
        memo = self._normal
        if term in memo:
            return memo[term]
        for t in postorder(term, known=memo):
            if t.args:
                if t.head in ("add", "mul"):
                    done = self.call(t.head, tuple(memo[a] for a in _operands(t)), t.shape)
                else:
                    done = self.call(t.head, tuple(memo[a] for a in t.args), t.shape, t.payload)
            else:
                done = self.call(t.head, (), t.shape, t.payload)
            memo[t] = self.macro(done) if self.macro else done
        return memo[term]

    def identify(self, typed: Term, normal: Term) -> None:
        """From here on the normal form of a typed leaf is another one (a name with more properties)."""
        self._normal[typed] = normal

    def rebuild(self, term: Term, replace: Mapping[Term, Term]) -> Term:
        """The normal form of `term` with subterms replaced."""
        memo: dict[Term, Term] = dict(replace)
        for t in postorder(term, known=memo):
            args = tuple(memo[a] for a in t.args)
            same = all(x is y for x, y in zip(args, t.args, strict=True))
            memo[t] = t if same else self.call(t.head, args, t.shape, t.payload)
        return memo[term]


def _moves_early(segment: list[Term]) -> bool:
    """Does the differential stand in the first half of a chain?"""
    where = [i for i, f in enumerate(segment) if f.has_d]
    return where[0] + where[-1] < len(segment) - 1


def _operands(t: Term) -> Sequence[Term]:
    """The operands of a nested typed sum or product, so that a long one is made in one go."""
    if t.head == "mul":
        return t.args
    out: list[Term] = []
    stack = list(reversed(t.args))
    while stack:
        a = stack.pop()
        if a.head == "add":
            stack.extend(reversed(a.args))
        else:
            out.append(a)
    return out


_SYMMETRIC = frozenset({"symmetric", "diagonal", "positive_definite"})
_CONSTRUCTORS: dict[str, Callable[[Algebra, tuple[Term, ...]], Term]] = {
    "add": lambda s, a: s.add(*a),
    "mul": lambda s, a: s.mul(*a),
    "had": lambda s, a: s.had(*a),
    "pow": lambda s, a: s.pow(a[0], a[1]),
    "hpow": lambda s, a: s.hpow(a[0], a[1]),
    "colon": lambda s, a: s.colon(a[0], a[1]),
    "T": lambda s, a: s.T(a[0]),
    "inv": lambda s, a: s.inv(a[0]),
    "sqrt": lambda s, a: s.hpow(a[0], s.num(Fraction(1, 2))),
}

__all__ = ["Algebra", "Decimal", "Fraction", "Iterable"]
