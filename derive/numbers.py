"""Exact arithmetic of the numbers in terms: integers, fractions, and decimals as they were typed."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from fractions import Fraction
from math import gcd
from typing import Any

from .terms import Number

#: Decimal arithmetic that refuses to round; a result it cannot hold becomes a fraction.
_EXACT = Context(prec=28, traps=[Inexact])


def reduced(value: Number) -> Number:
    """The simplest form of an equal number: an int where it is one.

    >>> reduced(Fraction(4, 2)), reduced(Decimal("1.0")), reduced(Decimal("0.50"))
    (2, 1, Decimal('0.50'))
    """
    if isinstance(value, int):
        return value
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else value
    if isinstance(value, complex):
        return value
    return int(value) if value == value.to_integral_value() and abs(value) < 10**18 else value


def times(a: Number, b: Number) -> Number:
    """The exact product; decimals stay decimals where they can.

    >>> times(Decimal("0.5"), 2), times(Decimal("0.5"), Fraction(1, 3))
    (1, Fraction(1, 6))
    """
    if a.__class__ is b.__class__ is int:
        return a * b
    if a.__class__ is int and a == 1 and b.__class__ is Fraction:
        return b
    product: Number = _combine(a, b, "multiply")
    return product


def plus(a: Number, b: Number) -> Number:
    """The exact sum."""
    if a.__class__ is b.__class__ is int:
        return a + b
    if a.__class__ is int and a == 0 and b.__class__ is Fraction:
        return b
    total: Number = _combine(a, b, "add")
    return total


def _combine(a: Any, b: Any, operation: str) -> Any:
    product = operation == "multiply"
    if isinstance(a, complex) or isinstance(b, complex):
        return complex(a) * complex(b) if product else complex(a) + complex(b)
    decimal = isinstance(a, Decimal) or isinstance(b, Decimal)
    if decimal and not isinstance(a, Fraction) and not isinstance(b, Fraction):
        try:
            result: Decimal = getattr(_EXACT, operation)(Decimal(a), Decimal(b))
            return reduced(result.normalize())
        except ArithmeticError:
            pass
    x, y = Fraction(a), Fraction(b)
    return reduced(x * y if product else x + y)


def power(base: Number, exponent: int, digits: int = 4000) -> Number | None:
    """base ** exponent, or None where it is undefined (0 to a negative power) or longer than `digits` digits.

    >>> power(2, -2), power(0, -1), power(10, 10**9)
    (Fraction(1, 4), None, None)
    """
    if base == 0:
        return None if exponent < 0 else int(exponent == 0)
    exact = Fraction(base)
    bits = max(exact.numerator.bit_length(), exact.denominator.bit_length())
    if bits > 1 and bits * abs(exponent) > 3.4 * digits:
        return None
    if isinstance(base, Decimal) and exponent > 0:
        try:
            return reduced(_EXACT.power(base, exponent))
        except ArithmeticError:
            pass
    return reduced(exact**exponent)


def content(numbers: list[Number]) -> Number:
    """The rational content: the positive number which leaves coprime integers; negative where all are.

    >>> content([4, -6]), content([Fraction(1, 2), Fraction(3, 2)]), content([-2, -4])
    (2, Fraction(1, 2), -2)
    """
    exact = [Fraction(n) for n in numbers]
    top, bottom = 0, 1
    for f in exact:
        top = gcd(top, f.numerator)
        bottom = bottom * f.denominator // gcd(bottom, f.denominator)
    sign = -1 if all(f < 0 for f in exact) else 1
    value = Fraction(sign * top, bottom)
    same = [n for n in numbers if n == value]
    return same[0] if same else reduced(value)
