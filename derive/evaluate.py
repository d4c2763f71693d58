"""Term -> value at a point, over any field of scalars.

A value is a number where the term's static shape is (1, 1), and a list of rows everywhere else: a size that
happens to be 1 changes nothing.  Every different subterm is evaluated once per point, without recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from itertools import pairwise
from typing import Any

from .errors import NoRuleError
from .fields import DomainError, Field, NotAnalytic, NotRational, TooSmall
from .linalg import Matrix, colon, hadamard, identity, matmul, power, scale, total, transpose
from .operations import ANALYTIC, ORDERED, RATIONAL, REAL, SQUARES, diag, diagonal
from .terms import SCALAR, Dim, Term

Value = Any  # a number, or a list of rows


class Point:
    """A place at which terms have values: sizes of the dimensions, values and differentials of the variables.

    `slope` gives the differential of any other term, where one is asked for.
    `memo` holds the value of every term met so far, so lines that share terms share their work.
    """

    __slots__ = ("differentials", "field", "memo", "sizes", "slope", "values")

    def __init__(
        self,
        field: Field,
        sizes: Mapping[str, int],
        values: Mapping[str, Value],
        differentials: Mapping[str, Value] | None = None,
    ) -> None:
        self.field, self.sizes = field, sizes
        self.values: dict[str, Value] = dict(values)
        self.differentials: dict[str, Value] = dict(differentials or {})
        self.slope: Callable[[Term], Value] | None = None
        self.memo: dict[Term, Value] = {}

    def size(self, dim: Dim) -> int:
        """How large a dimension is here."""
        if isinstance(dim, str):
            return self.sizes[dim]
        if isinstance(dim, tuple):
            product = 1
            for factor in dim:
                product *= self.size(factor)
            return product
        return dim


def evaluate(term: Term, point: Point) -> Value:
    """The value of a term at a point.

    Raises `DomainError` outside the domain, `NotRational` or `NotAnalytic` where the field cannot do it, and
    `KeyError` for a variable without a value.

    >>> from .fields import FLOAT
    >>> from .terms import Table
    >>> t = Table()
    >>> x = t.var("x", ("n", 1))
    >>> square = t.make("mul", (t.make("T", (x,), (1, "n")), x))
    >>> evaluate(square, Point(FLOAT, {"n": 2}, {"x": [[3.0], [4.0]]}))
    25.0
    """
    memo = point.memo
    if term not in memo:
        perform(schedule((term,), point.field.exact, memo), point)
    return memo[term]


Operation = Callable[["Term", list[Value], Point], Value]
Steps = list[tuple[Term, Operation, tuple[Term, ...], bool]]  # the term, how and from what, and is it a scalar?


def schedule(roots: Iterable[Term], exact: bool, known: Container[Term] = ()) -> Steps:
    """The subterms of `roots` in the order in which they are evaluated, each once, without those in `known`.

    It serves at every point; `exact` says whether it will be in an exact field.
    """
    steps: Steps = []
    planned: set[Term] = set()
    stack = [*roots]
    stack.reverse()
    while stack:
        t = stack[-1]
        if t in planned or t in known:
            stack.pop()
            continue
        head, args = t.head, t.args
        if head in UNUSUAL:
            head, args = _unusual(t, exact)
        pending = [a for a in args if a not in planned and a not in known]
        if pending:
            pending.reverse()
            stack += pending
            continue
        stack.pop()
        planned.add(t)
        steps.append((t, OPERATIONS.get(head, _call), args, t.shape == SCALAR))
    return steps


def perform(steps: Steps, point: Point) -> None:
    """Evaluates the terms of a schedule at a point, into its memo; raises what `evaluate` raises."""
    memo = point.memo
    try:
        for t, operation, args, scalar in steps:
            value = operation(t, [memo[a] for a in args], point)
            memo[t] = value[0][0] if scalar and value.__class__ is list else value
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise DomainError(str(error)) from None


def _unusual(t: Term, exact: bool) -> tuple[str, tuple[Term, ...]]:
    """The operation and its arguments where they are not simply those of the term."""
    if t.head == "d":
        return "d", ()
    base = t.args[0]
    entrywise = base.shape == SCALAR or t.head == "hpow"  # and not the matrix power of sqrt(A)
    if entrywise and exact and base.head in SQUARES and _is_even(t.args[1]):
        return "pow of square", base.args
    return t.head, t.args


def _is_even(exponent: Term) -> bool:
    return exponent.head == "num" and exponent.payload.__class__ is int and exponent.payload % 2 == 0


# ---------------------------------------------------------------- leaves
def _num(t: Term, v: list[Value], p: Point) -> Value:
    return p.field.number(t.payload)


def _imaginary_unit(t: Term, v: list[Value], p: Point) -> Value:
    return p.field.number(1j)


def _var(t: Term, v: list[Value], p: Point) -> Value:
    return p.values[t.payload[0]]


def _d(t: Term, v: list[Value], p: Point) -> Value:
    inner = t.args[0]
    if inner.head == "var" and inner.payload[0] in p.differentials:
        return p.differentials[inner.payload[0]]
    if p.slope is None:
        raise KeyError("a differential")
    return p.slope(inner)


def _dim(t: Term, v: list[Value], p: Point) -> Value:
    return p.size(t.payload)


def _filled(entry: int) -> Callable[[Term, list[Value], Point], Value]:
    def filled(t: Term, v: list[Value], p: Point) -> Value:
        columns = p.size(t.shape[1])
        return [[entry] * columns for _ in range(p.size(t.shape[0]))]

    return filled


def _eye(t: Term, v: list[Value], p: Point) -> Value:
    return identity(p.size(t.shape[0]))


def _unit(t: Term, v: list[Value], p: Point) -> Value:
    index, size = p.field.integer(v[0]), p.size(t.shape[0])
    if index is None or index < 1:
        raise DomainError("there is no such basis vector")
    if index > size:
        raise TooSmall("there is no such basis vector")
    return [[int(i == index)] for i in range(1, size + 1)]


def _commutation(t: Term, v: list[Value], p: Point) -> Value:
    m, n = p.size(t.payload[0]), p.size(t.payload[1])
    # row j + i*n of K takes entry X[i,j], which vec(X) has at i + j*m
    rows = [[0] * (m * n) for _ in range(m * n)]
    for i in range(m):
        for j in range(n):
            rows[j + i * n][i + j * m] = 1
    return rows


# ---------------------------------------------------------------- sums and products
def _add(t: Term, v: list[Value], p: Point) -> Value:
    mod = p.field.modulus
    if v[0].__class__ is list:
        if any([a.shape != t.shape for a in t.args]):
            raise DomainError("a sum of matrices of different shapes")
        return total(v, mod)
    value = sum(v)
    return value % mod if mod else value


def _mul(t: Term, v: list[Value], p: Point) -> Value:
    mod = p.field.modulus
    scalars: list[Any] = []
    factors: list[tuple[Term, Matrix]] = []
    for a, x in zip(t.args, v):
        if x.__class__ is list:
            factors.append((a, x))
        else:
            scalars.append(x)
    product: Matrix | None = None
    if len(factors) == 1:
        product = factors[0][1]
    elif factors:
        product, inner = _chain(factors, mod)
        scalars += inner
    if not scalars:
        return product
    coefficient = scalars[0]
    for s in scalars[1:]:
        coefficient = coefficient * s % mod if mod else coefficient * s
    return coefficient if product is None else scale(coefficient, product, mod)


def _chain(factors: list[tuple[Term, Matrix]], mod: int) -> tuple[Matrix | None, list[Any]]:
    """A product of matrices, and the scalars that stand in it: each run of the static shape (1, 1)."""
    product = factors[-1][1]
    if len(factors) > 2 and len(product[0]) == 1:
        joined = all(a[0].shape[1] == b[0].shape[0] for a, b in pairwise(factors))
        if joined:  # matrix times vector is cheaper from the right
            for _, x in reversed(factors[:-1]):
                product = matmul(x, product, mod)
            return product, []
    scalars: list[Any] = []
    current: Matrix | None = None
    rows: Dim = 0
    for a, x in factors:
        if current is None:
            current, rows = x, a.shape[0]
        else:
            current = matmul(current, x, mod)
        if rows == 1 and a.shape[1] == 1:
            scalars.append(current[0][0])
            current = None
    return current, scalars


def _had(t: Term, v: list[Value], p: Point) -> Value:
    mod, value = p.field.modulus, v[0]
    if value.__class__ is list:
        for x in v[1:]:
            value = hadamard(value, x, mod)
        return value
    for x in v[1:]:
        value = value * x
    return value % mod if mod else value


def _colon(t: Term, v: list[Value], p: Point) -> Value:
    a, b = v
    if a.__class__ is list:
        return colon(a, b, p.field.modulus)
    return a * b % p.field.modulus if p.field.modulus else a * b


def _transpose(t: Term, v: list[Value], p: Point) -> Value:
    a = v[0]
    return transpose(a) if a.__class__ is list else a


# ---------------------------------------------------------------- powers and functions
def _pow(t: Term, v: list[Value], p: Point) -> Value:
    base, exponent = v
    field = p.field
    if base.__class__ is not list:
        return field.power(base, exponent)
    n = field.integer(exponent)
    if n is None:
        if field.exact:
            raise NotRational("a power that is not an integer")
        raise DomainError("a matrix power that is not an integer")
    return power(base, n, field)


def _hpow(t: Term, v: list[Value], p: Point) -> Value:
    base, exponent = v
    raise_to = p.field.power
    if base.__class__ is not list:
        return raise_to(base, exponent)
    return [[raise_to(x, exponent) for x in row] for row in base]


def _even_power(t: Term, v: list[Value], p: Point) -> Value:
    """``norm(A)^(2k)`` and its like, where the norm itself is not rational."""
    field, inner, half = p.field, t.args[0], t.args[1].payload // 2
    a = v[0]
    if inner.shape == SCALAR:
        square = SQUARES[inner.head](field, a if a.__class__ is list else [[a]])
        return field.power(square, half)
    return [[field.power(SQUARES[inner.head](field, [[x]]), half) for x in row] for row in a]


def _diag(t: Term, v: list[Value], p: Point) -> Value:
    a = v[0]
    if a.__class__ is not list:
        return a
    inner = t.args[0].shape
    return diag(p.field, a) if inner[1] == 1 and inner[0] != 1 else diagonal(p.field, a)


def _pi(t: Term, v: list[Value], p: Point) -> Value:
    return p.field.pi()


def _call(t: Term, v: list[Value], p: Point) -> Value:
    """A function by its name: of matrices, or lifted to the entries."""
    head, field = t.head, p.field
    if field.is_complex and head in ORDERED:
        raise NotAnalytic(head)
    function = RATIONAL.get(head)
    if function is None and field.exact:
        raise NotRational(head)
    if function is None:
        function = ANALYTIC.get(head)
    if function is None:
        function = REAL.get(head)
        if function is not None and (field.step or field.is_complex):
            raise NotAnalytic(head)
    if function is not None:
        return function(field, *[x if x.__class__ is list else [[x]] for x in v])
    try:
        lifted = field.function(head)
    except KeyError:
        raise NoRuleError(
            f"no values are known for the function `{head}`", hint="see `derive rules` for those that are"
        ) from None
    x = v[0]
    if x.__class__ is not list:
        return lifted(x)
    return [[lifted(entry) for entry in row] for row in x]


#: Heads whose arguments are not all evaluated.
UNUSUAL = frozenset({"d", "pow", "hpow"})

OPERATIONS: dict[str, Operation] = {
    "num": _num, "imaginary_unit": _imaginary_unit, "var": _var, "d": _d, "dim": _dim, "pi": _pi,
    "eye": _eye, "ones": _filled(1), "zeros": _filled(0), "unit": _unit, "commutation": _commutation,
    "add": _add, "mul": _mul, "had": _had, "colon": _colon, "T": _transpose,
    "pow": _pow, "hpow": _hpow, "pow of square": _even_power, "diag": _diag,
}  # fmt: skip


def functions() -> frozenset[str]:
    """The names of all functions that can be evaluated."""
    from .fields import FLOAT

    return frozenset({*OPERATIONS, *RATIONAL, *ANALYTIC, *REAL, *FLOAT.functions} - {"pow of square"})
