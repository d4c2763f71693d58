"""How a person would write a term: minus signs, quotients, coefficients in front.

Terms have no negation, subtraction or division; `view` finds them again, once for all printers.  `render`
walks the views of a term without recursion, so that the depth of a term is not limited.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import gcd
from typing import Any, NamedTuple, TypeVar

from ..terms import SCALAR, Dim, Term

Out = TypeVar("Out")
_HALF = Fraction(1, 2)
_SMALL = 64  # terms up to this size are remembered while a proof is printed


class View(NamedTuple):
    """One layer of a term: its kind, the terms below, and what the kind needs to know.

    ``num`` (data: the number, not negative), ``name`` (the name), ``dim``, ``differential`` (of anything),
    ``sum`` (a sign per term, True is minus), ``product`` (`Product`), ``hadamard`` (a flag per factor,
    True is divided by), ``power`` and ``hpower`` (base, exponent), ``root`` and ``hroot`` (scalar or
    elementwise square root), ``transpose``, ``colon``, ``array`` (head and dimensions; `unit` has its
    index below), ``entry`` (the two indices), ``call`` (the function's name).
    """

    kind: str
    args: tuple[Term, ...] = ()
    data: Any = None


class Product(NamedTuple):
    """``sign number/over * scalars * matrices / divisor``; the view's args are in this order.

    `over` is 1 where there is a `divisor`, which then holds the number.
    """

    negative: bool
    number: int
    over: int
    scalars: int  # how many of the args; decimals come first, then symbols, then the rest
    matrices: int  # with the differentials of scalars behind them
    divisor: bool


# ---------------------------------------------------------------- the walk
def render(
    root: Term,
    write: Callable[[View, list[Out]], Out],
    look: Callable[[Term], View] | None = None,
    known: dict[Term, Out] | None = None,
) -> Out:
    """Write a term from its leaves up; `write` gets a view and what was written for its args.

    `known` remembers what was written for small terms, which the lines of a proof share.
    """
    look = look or view
    known = {} if known is None else known
    todo: list[Term | tuple[Term, View]] = [root]
    done: list[Out] = []
    while todo:
        item = todo.pop()
        if isinstance(item, Term):
            if item in known:
                done.append(known[item])
                continue
            layer = look(item)
            if layer.args:
                todo.append((item, layer))
                todo.extend(reversed(layer.args))
                continue
            out = write(layer, [])
        else:
            item, layer = item
            count = len(layer.args)
            out = write(layer, done[-count:])
            del done[-count:]
        if item.size <= _SMALL:
            known[item] = out
        done.append(out)
    return done[0]


# ---------------------------------------------------------------- terms that only printers make
def _number(value: Any) -> Term:
    return Term("num", (), SCALAR, value)


def _times(factors: Sequence[Term]) -> Term:
    if len(factors) == 1:
        return factors[0]
    return Term("mul", tuple(factors), (factors[0].shape[0], factors[-1].shape[1]), None)


# ---------------------------------------------------------------- views
def view(term: Term) -> View:
    """The outermost layer of a term, as a person would write it."""
    special = _VIEWS.get(term.head)
    if special is not None:
        return special(term)
    return View("call", term.args, term.head)


def _num(term: Term) -> View:
    value = term.payload
    if is_negative(value) or (isinstance(value, Fraction) and value.denominator != 1):
        return _product(term)
    return View("num", (), value)


def is_negative(value: Any) -> bool:
    """Is a number written with a minus sign in front?  (A complex one where it is imaginary.)"""
    if isinstance(value, complex):
        return value.imag < 0 and value.real == 0
    return bool(value < 0)


def _dim(term: Term) -> View:
    return _product(term) if isinstance(term.payload, tuple) else View("dim", (), term.payload)


def _sum(term: Term) -> View:
    flat: list[Term] = []
    stack = [term]
    while stack:
        t = stack.pop()
        if t.head == "add":
            stack.extend(reversed(t.args))
        else:
            flat.append(t)
    parts, signs = [], []
    for t in flat:
        minus, rest = split_sign(t)
        parts.append(rest)
        signs.append(minus)
    first = signs.index(False) if signs[0] and False in signs else 0  # b - a rather than -a + b
    if first:
        parts.insert(0, parts.pop(first))
        signs.insert(0, signs.pop(first))
    return View("sum", tuple(parts), tuple(signs))


def split_sign(term: Term) -> tuple[bool, Term]:
    """Is there a minus sign in front, and the term without it."""
    if term.head == "num":
        return (True, _number(-term.payload)) if is_negative(term.payload) else (False, term)
    if term.head != "mul":
        return False, term
    minus = False
    stack, found = [term], False
    while stack:  # a product of products may hide its sign
        t = stack.pop()
        for a in t.args:
            if a.head == "num" and is_negative(a.payload):
                minus, found = not minus, True
            elif a.head == "mul":
                stack.append(a)
    if not found:
        return False, term
    return minus, Term("mul", (*term.args, _number(-1)), term.shape, None) if minus else term


class _Factors:
    """The factors of a product, sorted into number, scalars, divisors and matrices."""

    def __init__(self) -> None:
        self.number, self.over, self.negative = 1, 1, False
        self.scalars: list[Term] = []
        self.divisors: list[Term] = []
        self.matrices: list[Term] = []

    def rational(self, value: int | Fraction) -> None:
        self.negative ^= value < 0
        self.number *= abs(value.numerator)
        self.over *= value.denominator

    def scalar(self, term: Term) -> None:
        if term.head == "num":
            if isinstance(term.payload, (int, Fraction)):
                self.rational(term.payload)
            else:  # decimals stay as typed; the imaginary unit is a scalar like others
                minus = is_negative(term.payload)
                self.negative ^= minus
                self.scalars.append(_number(-term.payload) if minus else term)
        elif term.head == "dim":
            for factor in term.payload if isinstance(term.payload, tuple) else (term.payload,):
                if isinstance(factor, int):
                    self.rational(factor)
                else:
                    self.scalars.append(Term("dim", (), SCALAR, factor))
        elif term.head == "pow" and term.args[1].head == "num" and is_divisor(term.args[1].payload):
            self.divide(term.args[0], term.args[1].payload)
        else:
            self.scalars.append(term)

    def divide(self, base: Term, exponent: int | Fraction) -> None:
        if exponent == -1 and base.head == "num" and isinstance(base.payload, int) and base.payload:
            self.rational(Fraction(1, base.payload))
        elif exponent == -1:
            self.divisors.append(base)
        else:
            self.divisors.append(Term("pow", (base, _number(-exponent)), SCALAR, None))

    def add_all(self, term: Term) -> None:
        """Take a (nested) product apart; a chain that is a scalar stays one factor."""
        chains: list[list[Term]] = [[]]
        stack: list[Term | None] = [term]
        while stack:
            t = stack.pop()
            if t is None:  # the end of an inner product
                inner = chains.pop()
                chains[-1] = chains[-1] + inner if chains[-1] else inner
                self._cut(chains[-1])
            elif t.head == "mul":
                chains.append([])
                stack.append(None)
                stack.extend(reversed(t.args))
            elif t.is_scalar:
                self.scalar(t)
            else:
                chains[-1].append(t)
                self._cut(chains[-1])
        self.matrices = chains[0]

    def _cut(self, chain: list[Term]) -> None:
        if chain and chain[0].shape[0] == 1 and chain[-1].shape[1] == 1:
            self.scalars.append(_times(chain))
            chain.clear()


def is_divisor(exponent: Any) -> bool:
    """Is a power with this exponent written under a fraction's bar?"""
    return (isinstance(exponent, int) and exponent < 0) or (
        isinstance(exponent, Fraction) and exponent == -_HALF
    )


def _product(term: Term) -> View:
    if term.head == "mul" and not any([a.shape == SCALAR or a.head == "mul" for a in term.args]):
        return View("product", term.args, Product(False, 1, 1, 0, len(term.args), False))
    f = _Factors()
    f.add_all(term)
    common = gcd(f.number, f.over)
    number, over = f.number // common, f.over // common
    scalars = sorted([s for s in f.scalars if not _is_differential(s)], key=_rank)
    last = [s for s in f.scalars if _is_differential(s)]  # A*x*dt
    chains = [s for s in scalars if s.head == "mul"]
    if not f.matrices and len(chains) == 1 and scalars[-1].head != "colon":  # 2*x'*y needs no brackets
        scalars.remove(chains[0])
        f.matrices = list(chains[0].args)
    f.matrices = [*f.matrices, *last]
    divisor: tuple[Term, ...] = ()
    if f.divisors:
        divisor = (_times([*([_number(over)] if over != 1 else []), *f.divisors]),)
        over = 1
    args = (*scalars, *f.matrices, *divisor)
    if not args and over == 1 and not f.negative:
        return View("num", (), number)
    if len(args) == 1 and number == over == 1 and not f.negative and not divisor:
        return view(args[0])
    data = Product(f.negative, number, over, len(scalars), len(f.matrices), bool(divisor))
    return View("product", args, data)


def _is_differential(term: Term) -> bool:
    """dt, or its conjugate."""
    return term.head == "d" or (term.head == "conj" and term.args[0].head == "d")


def _rank(term: Term) -> int:
    """Decimals, symbols, functions and powers, sums, chains, colons: the order of scalar factors."""
    return _RANKS.get(term.head, 2)


_RANKS = {"num": 0, "imaginary_unit": 0, "dim": 1, "var": 1, "add": 3, "mul": 4, "colon": 5}


def _power(term: Term) -> View:
    base, exponent = term.args
    value = exponent.payload if exponent.head == "num" else None
    if value is not None and base.is_scalar and is_divisor(value):
        return _product(term)
    if isinstance(value, Fraction) and value == _HALF and base.is_scalar:
        return View("root", (base,))
    if isinstance(value, int) and value < 0:
        inverse = Term("inv", (base,), base.shape, None)
        return view(inverse) if value == -1 else View("power", (inverse, _number(-value)))
    return View("power", term.args)


def _hpower(term: Term) -> View:
    base, exponent = term.args
    value = exponent.payload if exponent.head == "num" else None
    if value is not None and is_divisor(value):
        ones = Term("ones", (), term.shape, None)
        return View("hadamard", (ones, _over(term)), (False, True))
    if isinstance(value, Fraction) and value == _HALF:
        return View("hroot", (base,))
    return View("hpower", term.args)


def _over(term: Term) -> Term:
    """The divisor that an elementwise power with a negative exponent stands for."""
    base, exponent = term.args
    if exponent.payload == -1:
        return base
    return Term("hpow", (base, _number(-exponent.payload)), term.shape, None)


def _hadamard(term: Term) -> View:
    above, below = [], []
    stack = [term]
    while stack:
        t = stack.pop()
        if t.head == "had":
            stack.extend(reversed(t.args))
        elif t.head == "hpow" and t.args[1].head == "num" and is_divisor(t.args[1].payload):
            below.append(_over(t))
        else:
            above.append(t)
    if not above:
        above.append(Term("ones", (), term.shape, None))
    if len(below) > 1:
        below = [Term("had", tuple(below), term.shape, None)]
    return View("hadamard", (*above, *below), (False,) * len(above) + (True,) * len(below))


def _array(term: Term) -> View:
    rows, columns = term.shape
    if rows == 1 and columns != 1 and term.head in ("ones", "zeros"):
        return View("transpose", (Term(term.head, (), (columns, rows), None),))
    dims: tuple[Dim, ...] = (rows,) if columns == 1 or term.head in ("eye", "unit") else (rows, columns)
    if term.head == "commutation":
        dims = term.payload
    return View("array", term.args, (term.head, dims))


_VIEWS: dict[str, Callable[[Term], View]] = {
    "num": _num,
    "dim": _dim,
    "imaginary_unit": lambda t: View("num", (), 1j),
    "var": lambda t: View("name", (), t.name),
    "d": lambda t: View("differential", t.args),
    "add": _sum,
    "mul": _product,
    "had": _hadamard,
    "pow": _power,
    "hpow": _hpower,
    "T": lambda t: View("transpose", t.args),
    "colon": lambda t: View("colon", t.args),
    "entry": lambda t: View("entry", t.args, t.payload),
    **dict.fromkeys(("eye", "ones", "zeros", "unit", "commutation"), _array),
}
