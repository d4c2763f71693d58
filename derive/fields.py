"""Fields of scalars that a term can be evaluated over.

The evaluator works on plain Python numbers.  A `Field` says how an exact number becomes one of them, how it
is inverted, which of two pivots is better, and what the scalar functions are:

- `FLOAT`: floats.
- `STEP`: complex numbers whose imaginary part is infinitely small, the complex step: every function is the
  analytic continuation of its real branch (`abs` is ``z*sign(z)``), so f(X + ih dX).imag/h is the derivative.
- `modular(k)`: integers modulo p^k, p = 2^61 - 1.  f(X + p dX) = f(X) + p f'(X)[dX] modulo p^2: exact dual
  numbers.  What is not rational raises `NotRational`.
- `precise()`: mpmath numbers at 60 digits, imported when asked for.

A `DomainError` says that the point is outside the domain of a function: another point may do.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from .errors import NoRuleError
from .terms import Number

PRIME = 2**61 - 1
STEP_SIZE = 1e-30  # of the complex step: far below rounding, far above underflow
Function = Callable[[Any], Any]


class DomainError(ArithmeticError):
    """The point is outside the domain (a singular matrix, the logarithm of a negative number)."""


class TooSmall(DomainError):
    """A dimension is too small for what the term asks of it, such as its seventh basis vector."""


class TooLarge(DomainError):
    """The sizes make more numbers than a verification should hold."""


class NotRational(Exception):
    """The modular field cannot compute this function."""


class NotAnalytic(Exception):
    """The complex step cannot differentiate this function."""


_LONGEST_INTEGER = 4096  # bits: longer powers of integers are rounded


def _real(value: Number | complex) -> Number:
    if isinstance(value, complex):
        raise NoRuleError(
            "a complex number in a question about real variables",
            hint="for complex variables ask for the derivative by one of them: derive.wirtinger",
        )
    return value


class Field:
    """Plain numbers without rounding control: floats, complex steps."""

    exact = False
    step = False
    is_complex = False  # are numbers complex, and not real with a small change?
    modulus = 0  # 0: numbers are not reduced
    epsilon = 2e-16  # of rounding

    def __init__(self, name: str, functions: dict[str, Function]) -> None:
        self.name, self.functions = name, functions

    def number(self, value: Number | complex) -> Any:
        """An exact number in this field."""
        return value if value.__class__ is int else float(_real(value))

    def fraction(self, top: int, bottom: int) -> Any:
        return top / bottom

    def inverse(self, x: Any) -> Any:
        """1/x; a `DomainError` at zero."""
        if x == 0:
            raise DomainError("division by zero")
        return 1 / x

    def weight(self, x: Any) -> Any:
        """How good a pivot `x` is: zero where it cannot be one."""
        return abs(x.real)

    def integer(self, x: Any) -> int | None:
        """The integer that `x` is, if it is one."""
        if x.__class__ is int:
            whole: int = x
            return whole
        if x.imag == 0 and x.real == round(x.real):
            nearest: int = round(x.real)
            return nearest
        return None

    def general_power(self, base: Any, exponent: Any) -> Any:
        """A power with an exponent that is no integer: of a positive base."""
        if not base.real > 0:
            raise DomainError("a fractional power of a number that is not positive")
        return self.functions["exp"](exponent * self.functions["log"](base))

    def power(self, base: Any, exponent: Any) -> Any:
        """``base ^ exponent`` of scalars; integers by multiplication alone."""
        n = self.integer(exponent)
        if n is None:
            return self.general_power(base, exponent)
        if n == 2:
            return base * base
        if n < 0:
            base, n = self.inverse(base), -n
        if base.__class__ is int and n * base.bit_length() > _LONGEST_INTEGER:
            base = self.fraction(base, 1)
        result = 1
        while n:
            if n & 1:
                result = result * base
            n >>= 1
            if n:
                base = base * base
        return result

    def apply(self, name: str, x: Any) -> Any:
        """A scalar function."""
        return self.function(name)(x)

    def function(self, name: str) -> Function:
        """The scalar function of this name; `KeyError` where there is none."""
        return self.functions[name]

    def pi(self) -> Any:
        return math.pi


_SMALL = 1000


class Modular(Field):
    """The integers modulo p^order."""

    exact = True

    def __init__(self, order: int) -> None:
        super().__init__(f"integers modulo (2^61 - 1)^{order}", {})
        self.order = order
        self.modulus = PRIME**order
        self._reciprocals: dict[int, int] = {}  # of small integers, which numbers and sizes are

    def number(self, value: Number | complex) -> int:
        if value.__class__ is int:
            found: int = value
            return found
        value = Fraction(_real(value))
        return self.fraction(value.numerator, value.denominator)

    def fraction(self, top: int, bottom: int) -> int:
        return top * self.inverse(bottom) % self.modulus

    def inverse(self, x: Any) -> int:
        known = self._reciprocals.get(x)
        if known is not None:
            return known
        if x % PRIME == 0:
            raise DomainError("division by zero")
        # Newton from the inverse modulo p: faster than Euclid on the longer modulus
        y: int = pow(x, -1, PRIME)
        have = 1
        while have < self.order:
            have *= 2
            y = y * (2 - x * y) % self.modulus
        if -_SMALL < x < _SMALL:
            self._reciprocals[x] = y
        return y

    def weight(self, x: Any) -> int:
        return 1 if x % PRIME else 0

    def integer(self, x: Any) -> int | None:
        """Small integers only: a random residue is no exponent."""
        x %= self.modulus
        if x > self.modulus // 2:
            x -= self.modulus
        return int(x) if -1000 <= x <= 1000 else None

    def general_power(self, base: Any, exponent: Any) -> Any:
        raise NotRational("a power that is not an integer")

    def power(self, base: Any, exponent: Any) -> int:
        n = self.integer(exponent)
        if n is None:
            raise NotRational("a power that is not an integer")
        if n < 0:
            base, n = self.inverse(base), -n
        return int(pow(base, n, self.modulus))

    def function(self, name: str) -> Function:
        raise NotRational(name)

    def pi(self) -> Any:
        raise NotRational("pi")


# ---------------------------------------------------------------- real functions
def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _identity(x: Any) -> Any:
    return x


def _sign(x: Any) -> int:
    return int(x.real > 0) - int(x.real < 0)


def _stirling(x: Any, log: Function) -> Any:
    """log Gamma of x with a positive real part: the argument is raised above 10, then Stirling's series."""
    if not x.real > 0:
        raise DomainError("gammaln and digamma are evaluated at positive numbers")
    shift: Any = 0
    while x.real < 10:
        shift += log(x)
        x = x + 1
    square, total, power = x * x, (x - 0.5) * log(x) - x + 0.5 * math.log(2 * math.pi), 1 / x
    for c in (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156):
        total += c * power
        power /= square
    return total - shift


def _digamma(x: Any, log: Function) -> Any:
    if not x.real > 0:
        raise DomainError("gammaln and digamma are evaluated at positive numbers")
    shift: Any = 0
    while x.real < 10:
        shift += 1 / x
        x = x + 1
    square, total = x * x, log(x) - 1 / (2 * x)
    power = 1 / square
    for c in (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12):
        total -= c * power
        power /= square
    return total - shift


_ROOT_HALF = math.sqrt(0.5)

FLOAT = Field(
    "floats",
    {
        "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "abs": abs,
        "sin": math.sin, "cos": math.cos, "tan": math.tan,
        "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh,
        "arcsin": math.asin, "arccos": math.acos, "arctan": math.atan,
        "sign": _sign, "relu": lambda x: x if x > 0 else 0.0,
        "sigmoid": _sigmoid, "softplus": _softplus,
        "erf": math.erf, "normcdf": lambda x: 0.5 * math.erfc(-x * _ROOT_HALF),
        "gammaln": lambda x: _stirling(x, math.log), "digamma": lambda x: _digamma(x, math.log),
        "conj": _identity, "real": _identity, "imag": lambda x: 0.0,
    },
)  # fmt: skip


# ---------------------------------------------------------------- the complex step
def _inside(function: Function, low: float, high: float) -> Function:
    """The function on the open interval of the real part; a `DomainError` elsewhere."""

    def restricted(z: Any) -> Any:
        if not low < z.real < high:
            raise DomainError("outside the domain of a real function")
        return function(z)

    return restricted


_log = _inside(cmath.log, 0, math.inf)


def _step_erf(z: Any) -> complex:
    # no complex erf in the standard library: to first order, which is all that a step needs
    return complex(math.erf(z.real), z.imag * 2 / math.sqrt(math.pi) * math.exp(-(z.real**2)))


class StepField(Field):
    """Complex numbers as real numbers with an infinitely small change."""

    step = True


STEP = StepField(
    "the complex step",
    {
        "exp": cmath.exp, "log": _log, "sqrt": _inside(cmath.sqrt, 0, math.inf),
        "abs": lambda z: -z if z.real < 0 else z,
        "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan,
        "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh,
        "arcsin": _inside(cmath.asin, -1, 1), "arccos": _inside(cmath.acos, -1, 1), "arctan": cmath.atan,
        "sign": _sign, "relu": lambda z: z if z.real > 0 else 0.0,
        "sigmoid": lambda z: 1 / (1 + cmath.exp(-z)),
        "softplus": lambda z: cmath.log(1 + cmath.exp(z)) if z.real < 0 else z + cmath.log(1 + cmath.exp(-z)),
        "erf": _step_erf, "normcdf": lambda z: 0.5 + 0.5 * _step_erf(z * _ROOT_HALF),
        "gammaln": lambda z: _stirling(z, cmath.log), "digamma": lambda z: _digamma(z, cmath.log),
        "conj": _identity, "real": _identity, "imag": lambda z: 0.0,
    },
)  # fmt: skip


# ---------------------------------------------------------------- high precision
class Precise(Field):
    """mpmath's real numbers, in a context of its own."""

    def __init__(self, digits: int) -> None:
        import mpmath

        self.context: Any = mpmath.mp.clone()
        self.context.dps = digits
        self.epsilon = 10.0**-digits
        super().__init__(f"{digits} digits", {})

    def number(self, value: Number | complex) -> Any:
        if value.__class__ is int:
            return value
        exact = Fraction(_real(value))
        return self.fraction(exact.numerator, exact.denominator)

    def fraction(self, top: int, bottom: int) -> Any:
        return self.context.mpf(top) / bottom

    def inverse(self, x: Any) -> Any:
        if x == 0:
            raise DomainError("division by zero")
        return self.context.mpf(1) / x

    def integer(self, x: Any) -> int | None:
        return int(x) if x == int(x) else None

    def pi(self) -> Any:
        return +self.context.pi

    def function(self, name: str) -> Function:
        found = self.functions.get(name)
        if found is None:
            found = self.functions[name] = self._real(self._raw(name))
        return found

    def general_power(self, base: Any, exponent: Any) -> Any:
        if not base > 0:
            raise DomainError("a fractional power of a number that is not positive")
        return self.context.mpf(base) ** exponent

    def _raw(self, name: str) -> Function:
        c = self.context
        own: dict[str, Function] = {
            "arcsin": c.asin, "arccos": c.acos, "arctan": c.atan, "abs": abs, "sign": _sign,
            "relu": lambda x: x if x > 0 else c.mpf(0),
            "sigmoid": lambda x: 1 / (1 + c.exp(-x)), "softplus": lambda x: c.log1p(c.exp(x)),
            "normcdf": c.ncdf, "gammaln": c.loggamma, "conj": _identity, "real": _identity,
            "imag": lambda x: c.mpf(0),
        }  # fmt: skip
        if name in own:
            return own[name]
        if name not in FLOAT.functions:
            raise KeyError(name)
        found: Function = getattr(c, name)
        return found

    def _real(self, function: Function) -> Function:
        def real(x: Any) -> Any:
            value = function(x)
            if isinstance(value, self.context.mpc):
                raise DomainError("outside the domain of a real function")
            return value

        return real


@lru_cache(maxsize=4)
def modular(order: int) -> Modular:
    """The integers modulo p^order; order 2 for dual numbers."""
    return Modular(order)


@lru_cache(maxsize=2)
def precise(digits: int = 60) -> Precise:
    """mpmath numbers; imports mpmath."""
    return Precise(digits)
