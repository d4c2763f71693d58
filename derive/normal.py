"""The normal form: constructors which flatten, collect and orient.

The laws used here are those of associative and commutative operations, of powers with exact exponents, and of
transposition; each stands in ``algebra.rules`` under the name in the constructor's doc-string, where the generic
test verifies it.  What is known of a *function* (that it commutes with transposition, that it is an
abbreviation) comes from its block in ``functions.rules``.

In a product the number stands first, then the scalar factors, then the matrix factors in order; a chain which
is 1 x 1 is one scalar factor.  Transposes are pushed to the leaves, and out of functions that commute with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .arithmetic import Arithmetic, Exponent
from .cost import is_negative
from .terms import SCALAR, Shape, Table, Term, postorder

if TYPE_CHECKING:
    from .rulebook import Function


class Laws:
    """Which functions commute with transposition, distribute it, are symmetric, and let scalar factors out."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        transposed = {n: f.transpose for n, f in functions.items()}
        self.commuting = frozenset({"pow", "hpow", *(n for n, how in transposed.items() if how == "commutes")})
        self.distributing = frozenset(n for n, how in transposed.items() if how == "distributes")
        self.symmetric = frozenset(n for n, how in transposed.items() if how == "symmetric")
        self.scaling = {n: 1 if f.scales == "first" else 9 for n, f in functions.items() if f.scales}


class Algebra(Arithmetic):
    """Constructors of normal forms in one table."""

    def __init__(self, table: Table, functions: Mapping[str, Function], laws: Laws | None = None) -> None:
        super().__init__(table)
        self.functions = functions
        self._transposed: dict[Term, Term] = {}
        self._normal: dict[Term, Term] = {}
        self._oriented: dict[tuple[str, Term, Any], Term] = {}
        laws = laws or Laws(functions)
        self._commuting, self._distributing = laws.commuting, laws.distributing
        self._symmetric, self.scaling = laws.symmetric, laws.scaling
        self.macro: Callable[[Term], Term] | None = None  # expands abbreviations, set by the rewriter

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
            self.ones(shape) if not args else args[0] if len(args) == 1 else self.table.make("had", tuple(args), shape)
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
        return self.oriented("hpow", (base, exponent), base.shape)

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
            if t.head == "add" and all(is_negative(part) for part in t.args):
                outer.append(self.minus_one)
                t = self.add(*[self.scale(-1, part) for part in t.args])
            inner.append(t)
        x, y = self._upright(*inner) if not inner[0].has_d else self._upright(*reversed(inner))
        if x.shape[1] == 1 and not y.has_d:
            return self.mul(*outer, self.T(x), y)
        body = self.table.make("colon", (x, y))
        return self.mul(*outer, body) if outer else body

    def _upright(self, x: Term, y: Term) -> tuple[Term, Term]:
        """Of A : B and A' : B' the one with fewer transposes (rule colon-transpose); in a differential, too."""
        if x.shape[1] != 1:
            a, b = self.T(x), self.T(y)
            less = y.turns - b.turns
            if a.turns - x.turns < less and (less > 0 or not y.has_d):
                return a, b
        return x, y

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
        if head in self._commuting and a.args[0].shape[0] == a.args[0].shape[1] and self.T(a.args[0]) is a.args[0]:
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
                return self.mul(*outer, self.oriented(head, args, shape, payload))
        return self.oriented(head, args, shape, payload)

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

    def oriented(self, head: str, args: tuple[Term, ...], shape: Shape, payload: Any = None) -> Term:
        """A head which may commute with transposition: the orientation that was made first is kept."""
        if head in self._commuting and args[0].shape != SCALAR:
            first = args[0]
            if first.head == "T":
                return self.T(self.oriented(head, (first.args[0], *args[1:]), (shape[1], shape[0]), payload))
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
            elif t.payload.__class__ is complex:
                done = self.num(t.payload)
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
            args = tuple([memo[a] for a in t.args])
            memo[t] = t if args == t.args else self.call(t.head, args, t.shape, t.payload)
        return memo[term]


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
