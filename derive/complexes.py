"""Complex numbers as a field, and instances whose variables are complex.

`COMPLEX` holds floats, `precise_complex()` mpmath's numbers: principal branches, ``conj`` the conjugate, ``abs``
the modulus.  Unlike the complex step these are values of functions of complex variables, analytic or not.

What properties mean here, where they differ from real matrices: `hermitian` is conj(A)' = A, `symmetric` is A' = A,
`positive_definite` is hermitian with positive eigenvalues, `orthogonal` is unitary.  A positive variable is real.
"""

from __future__ import annotations

import cmath
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any

from . import linalg
from .fields import STEP, DomainError, Field, Function, NotAnalytic, Precise
from .instances import Draw, project
from .linalg import Matrix, adjoint, identity, inverse, matmul, plus, scale

LARGEST = 1e6  # argument of a function
#: Properties of variables that are real numbers.
REAL_PROPERTIES = frozenset({"real", "positive", "positive_integer"})


def is_real(props: Iterable[str]) -> bool:
    """Is a variable with these properties real?"""
    return not REAL_PROPERTIES.isdisjoint(props)


def imaginary_part(value: complex) -> Fraction:
    """The imaginary part of a literal, as it was typed."""
    return Fraction(repr(value.imag))


# ---------------------------------------------------------------- fields
def _no_kink(name: str) -> Function:
    def refuse(_: Any) -> Any:
        raise NotAnalytic(name)

    return refuse


class ComplexField(Field):
    """Complex floats."""

    is_complex = True

    def number(self, value: Any) -> Any:
        return value if isinstance(value, (int, complex)) else complex(value)

    def weight(self, x: Any) -> Any:
        return abs(x)

    def general_power(self, base: Any, exponent: Any) -> Any:
        if base == 0:
            raise DomainError("a power of zero")
        return self.functions["exp"](exponent * self.functions["log"](base))


COMPLEX = ComplexField(
    "complex floats",
    {
        **STEP.functions,
        "log": cmath.log, "sqrt": cmath.sqrt, "abs": abs, "arcsin": cmath.asin, "arccos": cmath.acos,
        "softplus": lambda z: cmath.log(1 + cmath.exp(z)),
        "conj": lambda z: z.conjugate(), "real": lambda z: z.real, "imag": lambda z: z.imag,
        **{name: _no_kink(name) for name in ("sign", "relu", "erf", "normcdf", "gammaln", "digamma")},
    },
)  # fmt: skip


def _bounded(function: Function) -> Function:
    """mpmath's numbers have no largest exponent: a tower of exponentials would never end."""

    def bounded(z: Any) -> Any:
        if abs(z) > LARGEST:
            raise DomainError("a large argument")
        return function(z)

    return bounded


class PreciseComplex(Precise):
    """mpmath's complex numbers."""

    is_complex = True

    def number(self, value: Any) -> Any:
        if isinstance(value, complex):
            part = imaginary_part(value)
            return self.context.mpc(value.real, self.fraction(part.numerator, part.denominator))
        return super().number(value)

    def weight(self, x: Any) -> Any:
        return abs(x)

    def integer(self, x: Any) -> int | None:
        return int(x.real) if x.imag == 0 and x.real == int(x.real) else None

    def general_power(self, base: Any, exponent: Any) -> Any:
        if base == 0:
            raise DomainError("a power of zero")
        return self.context.exp(exponent * self.context.log(base))

    def function(self, name: str) -> Function:
        found = self.functions.get(name)
        if found is None:
            found = self.functions[name] = _bounded(self._complex(name))
        return found

    def _complex(self, name: str) -> Function:
        c = self.context
        own: dict[str, Function] = {
            "conj": c.conj, "real": c.re, "imag": c.im, "sign": _no_kink(name), "relu": _no_kink(name),
            "softplus": lambda z: c.log(1 + c.exp(z)), "normcdf": _no_kink(name),
        }  # fmt: skip
        return own[name] if name in own else self._raw(name)


@lru_cache(maxsize=2)
def precise_complex(digits: int = 60) -> PreciseComplex:
    """mpmath's complex numbers; imports mpmath."""
    return PreciseComplex(digits)


# ---------------------------------------------------------------- instances
class ComplexDraw(Draw):
    """Draws complex numbers for all variables but the real ones."""

    real = False

    def number(self, positive: bool = False) -> Any:
        x = super().number(positive)
        if positive or self.real:
            return x
        y = super().number()
        return self.field.number(1j) * y + x

    def scalar(self, props: Iterable[str]) -> Any:
        if is_real(props):
            self.real = True
            value = super().scalar(props)
            self.real = False
            return value
        return self.number()

    def value(self, shape: tuple[int, int], props: frozenset[str]) -> Any:
        self.real = is_real(props)
        value = super().value(shape, props)
        self.real = False
        return value

    def real_direction(self, shape: tuple[int, int] | None) -> Any:
        """Real numbers in this shape; a number for None."""
        self.real = True
        value = self.number() if shape is None else self.matrix(*shape)
        self.real = False
        return value

    def _candidate(self, m: int, n: int, props: frozenset[str]) -> Matrix:
        if self.real:
            return super()._candidate(m, n, props)
        a = super()._candidate(m, n, props - {"hermitian", "positive_definite", "positive_determinant"})
        if props & {"hermitian", "positive_definite"}:
            a = self._hermitian(a, props)
        if "positive_determinant" in props:
            det = linalg.determinant(a, self.field)
            a = [[x * (abs(det) / det) for x in a[0]], *a[1:]]
        return a

    def _hermitian(self, a: Matrix, props: frozenset[str]) -> Matrix:
        f, n = self.field, len(a)
        if "positive_definite" not in props:
            return scale(f.fraction(1, 2), plus(a, adjoint(a, f)))
        if props & {"diagonal", "toeplitz", "lower_triangular"}:
            s = scale(f.fraction(1, 4 * n), plus(a, adjoint(a, f)))
            return plus(project(s, props & {"diagonal", "toeplitz", "lower_triangular"}, f), scale(2, identity(n)))
        return plus(scale(f.fraction(1, n), matmul(a, adjoint(a, f))), scale(f.fraction(1, 2), identity(n)))

    def _acceptable(self, a: Matrix, props: frozenset[str]) -> bool:
        return super()._acceptable(a, props - {"positive_determinant"})

    def _orthonormal(self, m: int, n: int, props: frozenset[str]) -> Matrix:
        """Columns of (I - S)(I + S)^{-1} with S skew-hermitian."""
        if self.real:
            return super()._orthonormal(m, n, props)
        f, unit = self.field, identity(m)
        a: Matrix = self.matrix(m, m)
        if props & {"diagonal", "symmetric"}:
            a = project(a, props, f)
        s = plus(a, scale(-1, adjoint(a, f)))
        q = matmul(plus(unit, scale(-1, s)), inverse(plus(unit, s), f))
        return [list(row[:n]) for row in q]


def complex_direction(r: Matrix, x: Matrix, props: frozenset[str], field: Field) -> Matrix:
    """A direction in which `x` may move, made of any `r`: inside its structure."""
    if is_real(props):
        r = [[y.real for y in row] for row in r]
    half = field.fraction(1, 2)
    if props & {"orthogonal", "orthonormal_columns"}:
        inner = matmul(adjoint(x, field), r)
        return plus(r, scale(-1, matmul(x, scale(half, plus(inner, adjoint(inner, field))))))
    if props & {"hermitian", "positive_definite"}:
        r = scale(half, plus(r, adjoint(r, field)))
    return project(r, props - {"hermitian", "positive_definite"}, field)
