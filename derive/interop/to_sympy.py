"""Terms to SymPy's expressions.

Scalars become SymPy's scalars and matrices its matrix expressions: a product that is a scalar is written as a trace,
because SymPy does not add 1 x 1 matrices and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sympy
from sympy.matrices.expressions.adjoint import Adjoint
from sympy.matrices.expressions.determinant import Determinant
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalOf
from sympy.matrices.expressions.funcmatrix import FunctionMatrix
from sympy.matrices.expressions.hadamard import HadamardPower, HadamardProduct
from sympy.matrices.expressions.inverse import Inverse
from sympy.matrices.expressions.kronecker import KroneckerProduct
from sympy.matrices.expressions.matadd import MatAdd
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixSymbol
from sympy.matrices.expressions.matmul import MatMul
from sympy.matrices.expressions.matpow import MatPow
from sympy.matrices.expressions.special import Identity, OneMatrix, ZeroMatrix
from sympy.matrices.expressions.trace import Trace
from sympy.matrices.expressions.transpose import Transpose

from ..errors import DeriveError, LimitError
from ..terms import SCALAR, Dim, Shape, Term, postorder

Expression = Any
Writer = Callable[["Export", Term, Sequence[Expression]], Expression]


def sympy_expression(term: Term, symbols: Mapping[str, Any], complex_: bool = False) -> Expression:
    """The SymPy expression of a term, over the given symbols and, for other names, new ones.

    Dimensions are positive integer `Symbol`, arrays `MatrixSymbol`.  adj(A) is written det(A)*inv(A), which it is where
    A is invertible.  Raises `DeriveError` for a function that has no form in SymPy.

    >>> from ..terms import Table
    >>> t = Table(); X = t.var("X", ("m", "n"))
    >>> sympy_expression(t.make("mul", (t.num(2), X), X.shape), {})
    2*X
    """
    export = Export(symbols, complex_)
    memo: dict[Term, Expression] = {}
    try:
        for t in postorder(term):
            memo[t] = export.write(t, [memo[a] for a in t.args])
    except RecursionError:
        raise LimitError("the result is nested too deeply for SymPy") from None
    return memo[term]


class Export:
    """Writes one layer after the other."""

    def __init__(self, symbols: Mapping[str, Any], complex_: bool) -> None:
        self.symbols, self.complex = dict(symbols), complex_

    def write(self, t: Term, args: Sequence[Expression]) -> Expression:
        if t.head in ENTRYWISE:
            law = ENTRYWISE[t.head]
            return law(args[0]) if t.shape == SCALAR else args[0].applyfunc(law)
        writer = WRITERS.get(t.head)
        if writer is None:
            raise DeriveError(f"`{t.head}` has no form in SymPy: {_cut(t)}", hint="the result as text is str(result)")
        return writer(self, t, args)

    # ------------------------------------------------------------ names
    def dim(self, dim: Dim) -> Expression:
        out = sympy.Integer(1)
        for factor in dim if isinstance(dim, tuple) else (dim,):
            out *= sympy.Integer(factor) if isinstance(factor, int) else self.size(factor)
        return out

    def size(self, letter: str) -> Expression:
        return self.symbols.setdefault(letter, sympy.Symbol(letter, integer=True, positive=True))

    def shape(self, shape: Shape) -> tuple[Expression, Expression]:
        return self.dim(shape[0]), self.dim(shape[1])

    def symbol(self, name: str, t: Term) -> Expression:
        found = self.symbols.get(name)
        if found is None:
            found = self.symbols[name] = self.new_symbol(name, t)
        if t.shape == SCALAR and isinstance(found, MatrixSymbol):
            return found[0, 0]
        return found

    def new_symbol(self, name: str, t: Term) -> Expression:
        if t.shape != SCALAR:
            return MatrixSymbol(name, *self.shape(t.shape))
        props = t.payload.props if t.head == "var" else frozenset()
        if "positive_integer" in props:
            return sympy.Symbol(name, integer=True, positive=True)
        if "positive" in props:
            return sympy.Symbol(name, positive=True)
        return sympy.Symbol(name) if self.complex and "real" not in props else sympy.Symbol(name, real=True)

    # ------------------------------------------------------------ what the heads are written with
    def transposed_conjugate(self, a: Expression) -> Expression:
        return Adjoint(a) if self.complex else turned(a)

    def total(self, a: Expression) -> Expression:
        """The sum of all entries."""
        return Trace(MatMul(OneMatrix(a.cols, a.rows), a))

    def squares(self, a: Expression) -> Expression:
        return Trace(MatMul(self.transposed_conjugate(a), a))


def times(*factors: Expression) -> Expression:
    """A product of matrices and scalars.  (SymPy's own `*` evaluates all that is inside, too, which is slow.)"""
    return MatMul(*factors).doit(deep=False) if len(factors) > 1 else factors[0]


def turned(a: Expression) -> Expression:
    return Transpose(a).doit(deep=False) if getattr(a, "is_Matrix", False) else a


def _cut(t: Term) -> str:
    text = str(t)
    return text if len(text) <= 60 else text[:57] + "..."


# ---------------------------------------------------------------- leaves
def _num(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    value = t.payload
    if isinstance(value, complex):
        return _float(value.real) + _float(value.imag) * sympy.I
    if isinstance(value, Decimal):
        return sympy.Float(str(value), max(15, len(value.as_tuple().digits)))
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return sympy.Integer(value)


def _float(value: float) -> Expression:
    return sympy.Integer(int(value)) if value == int(value) else sympy.Float(value)


def _d(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    inner = t.args[0]
    if inner.head != "var":
        raise DeriveError(f"the differential of `{_cut(inner)}` has no form in SymPy")
    return w.symbol(f"d{inner.name}", t)


def _filled(kind: Any, value: int) -> Writer:
    def write(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
        return sympy.Integer(value) if t.shape == SCALAR else kind(*w.shape(t.shape))

    return write


def _unit(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    row, column = sympy.Dummy("i", integer=True), sympy.Dummy("j", integer=True)
    law = sympy.Lambda((row, column), sympy.KroneckerDelta(row, args[0] - 1))
    return FunctionMatrix(w.dim(t.shape[0]), 1, law)


def _vec(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    """The columns stacked, entry by entry: entry p of vec(A) is A[p mod m, p div m]."""
    inner = t.args[0]
    if inner.shape[1] == 1:
        return args[0]
    if inner.shape[0] == 1:
        return turned(args[0])
    rows, columns = w.shape(inner.shape)
    p, q = sympy.Dummy("i", integer=True, nonnegative=True), sympy.Dummy("j", integer=True, nonnegative=True)
    if isinstance(args[0], Identity):
        entry = sympy.KroneckerDelta(sympy.Mod(p, rows), sympy.floor(p / rows))
    else:
        entry = MatrixElement(args[0], sympy.Mod(p, rows), sympy.floor(p / rows))
    return FunctionMatrix(rows * columns, 1, sympy.Lambda((p, q), entry))


def _commutation(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    """Row j + i*n takes entry i + j*m of vec(X), which is X[i, j]."""
    m, n = w.shape(t.payload)
    p, q = sympy.Dummy("i", integer=True, nonnegative=True), sympy.Dummy("j", integer=True, nonnegative=True)
    same_row = sympy.KroneckerDelta(sympy.floor(p / n), sympy.Mod(q, m))
    same_column = sympy.KroneckerDelta(sympy.Mod(p, n), sympy.floor(q / m))
    return FunctionMatrix(m * n, m * n, sympy.Lambda((p, q), same_row * same_column))


# ---------------------------------------------------------------- sums and products
def _sum(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    return sympy.Add(*args) if t.shape == SCALAR else MatAdd(*args).doit(deep=False)


def _product(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    """Scalars, and the chain of matrices; what is a row times a column in it is a scalar."""
    scalars: list[Expression] = []
    chain: list[tuple[Term, Expression]] = []
    start = 0  # where the chain that is not closed yet begins
    for a, x in zip(t.args, args):
        if a.shape == SCALAR:
            scalars.append(x)
            continue
        chain.append((a, x))
        if chain[start][0].shape[0] == 1 and a.shape[1] == 1:
            scalars.append(_inner(w, chain[start:]))
            del chain[start:]
    factor = sympy.Mul(*scalars)
    if not chain:
        return factor
    return times(*([] if factor == 1 else [factor]), *[x for _, x in chain])


def _inner(w: Export, chain: Sequence[tuple[Term, Expression]]) -> Expression:
    """A row times matrices times a column; of basis vectors it is an entry."""
    inside = list(chain)
    row = column = sympy.Integer(0)
    if inside[0][0].head == "T" and inside[0][0].args[0].head == "unit" and len(inside) > 1:
        row = _place(inside.pop(0)[1].arg)
    if inside[-1][0].head == "unit" and len(inside) > 1:
        column = _place(inside.pop()[1])
    if len(inside) == len(chain):
        return Trace(MatMul(*[x for _, x in chain]))
    body = inside[0][1] if len(inside) == 1 else None
    if body is None or not isinstance(body, (MatrixSymbol, Transpose)):
        return Trace(MatMul(*[x for _, x in chain]))
    return body[row, column]


def _place(unit: Expression) -> Expression:
    """The index of a basis vector, counted from 0."""
    delta: Expression = unit.lamda.expr
    return next(i for i in delta.args if not isinstance(i, sympy.Dummy))


def _hadamard(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    return sympy.Mul(*args) if t.shape == SCALAR else HadamardProduct(*args)


def _colon(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    a, b = args
    return a * b if t.args[0].shape == SCALAR else Trace(times(turned(a), b))


def _power(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    if t.shape == SCALAR:
        return sympy.Pow(*args)
    return Inverse(args[0]) if args[1] == -1 else MatPow(*args)


def _hadamard_power(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    return sympy.Pow(*args) if t.shape == SCALAR else HadamardPower(*args)


# ---------------------------------------------------------------- functions
def _of(array: Callable[[Export, Expression], Expression], scalar: Callable[[Any], Any]) -> Writer:
    """A function of an array, and what it is of a scalar."""

    def write(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
        return scalar(args[0]) if t.args[0].shape == SCALAR else array(w, args[0])

    return write


def _same(a: Expression) -> Expression:
    return a


def _diag(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    if t.args[0].shape == SCALAR:
        return args[0]
    return DiagMatrix(args[0]) if t.args[0].shape[1] == 1 else DiagonalOf(args[0])


def _softmax(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    if t.shape == SCALAR:
        return sympy.Integer(1)
    powers = args[0].applyfunc(sympy.exp)
    return times(1 / w.total(powers), powers)


def _kron(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    if any(a.shape == SCALAR for a in t.args):
        return sympy.Mul(*args) if t.shape == SCALAR else times(*args)
    return KroneckerProduct(*args)


def _dot(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    return args[0] * args[1] if t.args[0].shape == SCALAR else Trace(times(turned(args[0]), args[1]))


def _outer(w: Export, t: Term, args: Sequence[Expression]) -> Expression:
    left, right = (a if s.shape == SCALAR else b for a, b, s in zip(args, (args[0], turned(args[1])), t.args))
    return times(left, right)


WRITERS: dict[str, Writer] = {
    "num": _num, "d": _d, "add": _sum, "mul": _product, "had": _hadamard, "colon": _colon, "pow": _power,
    "hpow": _hadamard_power, "unit": _unit, "diag": _diag, "softmax": _softmax, "kron": _kron, "dot": _dot,
    "outer": _outer, "vec": _vec, "commutation": _commutation,
    "var": lambda w, t, args: w.symbol(t.name, t),
    "dim": lambda w, t, args: w.dim(t.payload),
    "pi": lambda w, t, args: sympy.pi,
    "imaginary_unit": lambda w, t, args: sympy.I,
    "ones": _filled(OneMatrix, 1), "zeros": _filled(ZeroMatrix, 0),
    "eye": lambda w, t, args: sympy.Integer(1) if t.shape == SCALAR else Identity(w.dim(t.shape[0])),
    "T": _of(lambda w, a: turned(a), _same),
    "tr": _of(lambda w, a: Trace(a), _same),
    "det": _of(lambda w, a: Determinant(a), _same),
    "logdet": _of(lambda w, a: sympy.log(Determinant(a)), sympy.log),
    # where A is invertible; SymPy has no adjugate of a matrix expression
    "adj": _of(lambda w, a: times(Determinant(a), Inverse(a)), lambda a: sympy.Integer(1)),
    "conj": _of(lambda w, a: turned(Adjoint(a)), sympy.conjugate),
    "inv": _of(lambda w, a: Inverse(a), lambda a: 1 / a),
    "sqrtm": _of(lambda w, a: MatPow(a, sympy.S.Half), sympy.sqrt),
    "norm": _of(lambda w, a: sympy.sqrt(w.squares(a)), sympy.Abs),
    "norm1": _of(lambda w, a: w.total(a.applyfunc(sympy.Abs)), sympy.Abs),
    "norm_nuc": _of(lambda w, a: Trace(MatPow(MatMul(w.transposed_conjugate(a), a), sympy.S.Half)), sympy.Abs),
    "sum": _of(lambda w, a: w.total(a), _same),
    "mean": _of(lambda w, a: w.total(a) / (a.rows * a.cols), _same),
    "rowsum": _of(lambda w, a: MatMul(a, OneMatrix(a.cols, 1)), _same),
    "colsum": _of(lambda w, a: MatMul(turned(a), OneMatrix(a.rows, 1)), _same),
    "logsumexp": _of(lambda w, a: sympy.log(w.total(a.applyfunc(sympy.exp))), _same),
}  # fmt: skip


#: Functions of scalars, entry by entry on arrays.
ENTRYWISE: dict[str, Callable[[Any], Any]] = {
    **{n: getattr(sympy, n) for n in "exp log sqrt sin cos tan sinh cosh tanh sign erf digamma".split()},
    "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan, "abs": sympy.Abs, "gammaln": sympy.loggamma,
    "relu": lambda t: sympy.Max(0, t), "sigmoid": lambda t: 1 / (1 + sympy.exp(-t)),
    "softplus": lambda t: sympy.log(1 + sympy.exp(t)), "normcdf": lambda t: (1 + sympy.erf(t / sympy.sqrt(2))) / 2,
    "real": sympy.re, "imag": sympy.im,
}  # fmt: skip

