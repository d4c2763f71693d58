"""How long a term is on paper: the number of names, numbers, operators and calls that print it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from .terms import SCALAR, Term, postorder

_HALF = Fraction(1, 2)
#: Heads that are written as operators.
STRUCTURE = frozenset({"add", "mul", "had", "T", "colon", "pow", "hpow", "d"})


class Cost:
    """The printed length of terms, memoised."""

    def __init__(self) -> None:
        self._cost: dict[Term, int] = {}
        self._calls: dict[Term, int] = {}

    def calls(self, term: Term) -> int:
        """How many functions are applied in a term: of two equally long ones the one with fewer is simpler."""
        memo = self._calls
        for t in postorder(term, known=memo):
            memo[t] = sum([memo[a] for a in t.args]) + (bool(t.args) and t.head not in STRUCTURE)
        return memo[term]

    def __call__(self, term: Term) -> int:
        memo = self._cost
        found = memo.get(term)
        if found is None:
            for t in postorder(term, known=memo):
                memo[t] = found = self._of(t)
        return found  # type: ignore[return-value]

    def _of(self, t: Term) -> int:
        cost, head = self._cost, t.head
        if head == "num":
            return number_cost(t.payload)
        if head == "imaginary_unit":
            return 1
        if not t.args:
            return 1 + (0 if head in ("var", "dim") else 1 if t.shape[1] == 1 or head == "eye" else 2)
        if head == "mul":
            return self._product(t)
        if head == "add":
            return sum([cost[a] - (is_negative(a) and i > 0) for i, a in enumerate(t.args)]) + len(t.args) - 1
        if head == "had":
            return sum([self._factor(a) for a in t.args]) + len(t.args) - 1
        if head in ("pow", "hpow"):
            return self._power(t)
        if head == "colon":
            return cost[t.args[0]] + cost[t.args[1]] + 1
        if head == "unit":
            return 3
        return 1 + sum([cost[a] for a in t.args])

    def _power(self, t: Term) -> int:
        base, e = t.args
        k = e.payload if e.head == "num" else None
        if k == -1:
            return self._cost[base] + 2
        if k.__class__ is not int:
            if k == _HALF:
                return self._cost[base] + 1
            if k == -_HALF:
                return self._cost[base] + 3
        return self._cost[base] + 1 + self._cost[e]

    def _factor(self, a: Term) -> int:
        """A factor of a product; a reciprocal is written as a quotient."""
        if a.head in ("pow", "hpow") and a.args[1].head == "num":
            k = a.args[1].payload
            if k == -1:
                return self._cost[a.args[0]]
            if not isinstance(k, complex) and k < 0:
                return self._cost[a] - (2 if k.__class__ is not int and k == -_HALF else 1)
        return self._cost[a]

    def _product(self, t: Term) -> int:
        total = len(t.args) - 1
        for i, a in enumerate(t.args):
            if i == 0 and a.head == "num":
                if a.payload == -1:
                    total += 0
                    continue
                total += self._cost[a]
            else:
                total += self._factor(a)
        if (
            all(a.head in ("num", "pow") and (a.head == "num" or _is_reciprocal(a)) for a in t.args)
            and t.args[0].head != "num"
        ):
            total += 2  # 1/s needs its 1
        if t.args[0].head == "num" and isinstance(t.args[0].payload, int) and _is_minus_one_over(t):
            total += 1
        return total


def _is_reciprocal(a: Term) -> bool:
    return (
        a.head == "pow"
        and a.args[1].head == "num"
        and not isinstance(a.args[1].payload, complex)
        and a.args[1].payload < 0
    )


def _is_minus_one_over(t: Term) -> bool:
    return t.args[0].payload == -1 and all(_is_reciprocal(a) for a in t.args[1:])


def number_cost(value: int | Fraction | Decimal | complex) -> int:
    """The tokens of a number: a minus sign and a quotient count."""
    if isinstance(value, complex):
        return 1 if value.real == 0 and value.imag >= 0 else 3
    return (3 if isinstance(value, Fraction) else 1) + (value < 0)


def is_negative(t: Term) -> bool:
    """Is the term printed with a minus sign in front?"""
    if t.head == "mul":
        t = t.args[0]
    return t.head == "num" and not isinstance(t.payload, complex) and t.payload < 0


def scalar_part(t: Term) -> tuple[list[Term], list[Term]]:
    """The scalar factors (a number aside) and the matrix factors of a term."""
    factors = t.args if t.head == "mul" and (t.args[0].shape == SCALAR or t.shape != SCALAR) else (t,)
    scalars = [f for f in factors if f.shape == SCALAR and f.head != "num"]
    return scalars, [f for f in factors if f.shape != SCALAR]
