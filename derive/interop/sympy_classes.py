"""How every class of SymPy that can be read is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.adjoint import Adjoint
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.determinant import Determinant
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
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
from sympy.tensor.array.expressions.array_expressions import (
    ArrayContraction,
    ArrayDiagonal,
    ArrayElementwiseApplyFunc,
    Reshape,
)

from ..errors import NoRuleError, ShapeError
from ..tree import Node
from .networks import applied, axes_of, scalar
from .sympy_entries import (
    arguments_of_entry,
    arguments_of_sum,
    delta,
    entry,
    entrywise,
    explicit,
    explicit_arguments,
    function_matrix,
    sum_over,
)
from .sympy_names import shown
from .sympy_tree import (
    Build,
    Converter,
    Entry,
    Matrix,
    Value,
    addition,
    decimal,
    matrix_symbol,
    multiplication,
    power,
    rational,
    refusal,
    symbol,
)
from .trees import call, number, product, total, transpose
from .trees import name as named
from .trees import power as power_of


# ---------------------------------------------------------------- matrices
def turned(c: Converter, e: Any, args: list[Value]) -> Value:
    a = c.matrix_of(args[0], e)
    return Matrix(transpose(a.node), a.columns, a.rows)


def adjoint(c: Converter, e: Any, args: list[Value]) -> Value:
    a = c.matrix_of(args[0], e)
    if c.names.complex:
        return Matrix(transpose(call("conj", a.node)), a.columns, a.rows)
    c.say("the variables are real: the conjugate transpose is the transpose")
    return turned(c, e, args)


def square(e: Any, a: Any) -> Node:
    """The tree of what must be a square matrix."""
    if not isinstance(a, Matrix) or a.rows != a.columns:
        why = f"it is given one of {a.rows} x {a.columns}" if isinstance(a, Matrix) else "it is given a scalar"
        raise ShapeError(f"SymPy's {shown(e)} needs a square matrix", why=why)
    return a.node


def of_square(function: str) -> Build:
    def build(c: Converter, e: Any, args: list[Value]) -> Value:
        return scalar(call(function, square(e, args[0])))

    return build


def inverse(c: Converter, e: Any, args: list[Value]) -> Value:
    a = c.matrix_of(args[0], e)
    return a._replace(node=power_of(a.node, number(-1)) if a.is_scalar else call("inv", square(e, a)))


def matrix_power(c: Converter, e: Any, args: list[Value]) -> Value:
    """A power of a square matrix: whole, symbolic, or a half."""
    base, k = c.matrix_of(args[0], e), e.args[1]
    node = square(e, base)
    if isinstance(args[1], Matrix):
        raise refusal(e)
    if base.is_scalar:
        network = power(c, e, [scalar(node), args[1]])
        return base._replace(node=network[0].node)
    exponent = c.without_index(args[1], e)
    if k == -1:
        return base._replace(node=call("inv", node))
    if k.is_Rational and k.q == 2:
        root = call("sqrtm", node)
        return base._replace(node=root if k.p == 1 else power_of(root, number(int(k.p))))
    if k.is_number and not k.is_Integer:
        hint = "whole powers and square roots can"
        raise NoRuleError(f"the power {shown(e)} of a matrix cannot be read here", hint=hint)
    return base._replace(node=power_of(node, exponent))


def hadamard_product(c: Converter, e: Any, args: list[Value]) -> Value:
    arrays = [c.matrix_of(a, e) for a in args]
    return arrays[0]._replace(node=product([a.node for a in arrays], ".*"))


def hadamard_power(c: Converter, e: Any, args: list[Value]) -> Value:
    base, k = args
    if isinstance(k, Matrix) and not k.is_scalar:
        if isinstance(base, Matrix) or not e.args[0].is_positive:
            raise refusal(e)
        law = product([call("log", c.without_index(base, e)), k.node])
        return k._replace(node=call("exp", law))
    exponent = c.without_index(k, e)
    if not isinstance(base, Matrix):
        return power(c, e, args)
    return base._replace(node=power_of(base.node, exponent, "^" if base.is_scalar else ".^"))


def kronecker(c: Converter, e: Any, args: list[Value]) -> Value:
    out, *rest = [c.matrix_of(a, e) for a in args]
    for a in rest:
        out = Matrix(call("kron", out.node, a.node), out.rows * a.rows, out.columns * a.columns)
    return out


def column(a: Matrix) -> Node | None:
    """A row or a column as a column."""
    return a.node if a.columns == 1 else transpose(a.node) if a.rows == 1 else None


def diagonal_matrix(c: Converter, e: Any, args: list[Value]) -> Value:
    """`DiagMatrix` of a vector."""
    a = c.matrix_of(args[0], e)
    node = column(a)
    if node is None:
        raise ShapeError(f"SymPy's {shown(e)} needs a vector", why=f"it is given {a.rows} x {a.columns}")
    n = a.rows * a.columns
    return a if a.is_scalar else Matrix(call("diag", node), n, n)


def diagonal_part(c: Converter, e: Any, args: list[Value]) -> Value:
    """`DiagonalMatrix`: a square matrix without what is off its diagonal."""
    a = c.matrix_of(args[0], e)
    node = square(e, a)
    return a if a.is_scalar else a._replace(node=call("diag", call("diag", node)))


def diagonal_of(c: Converter, e: Any, args: list[Value]) -> Value:
    a = c.matrix_of(args[0], e)
    node = square(e, a)
    return a if a.is_scalar else Matrix(call("diag", node), a.rows, sympy.Integer(1))


def dot(c: Converter, e: Any, args: list[Value]) -> Value:
    columns = [column(c.matrix_of(a, e)) for a in args]
    if None in columns:
        raise ShapeError(f"SymPy's {shown(e)} needs vectors")
    return scalar(product([transpose(columns[0]), columns[1]]))  # type: ignore[arg-type, list-item]


def constant(head: str) -> Build:
    def build(c: Converter, e: Any, args: list[Value]) -> Value:
        if e.rows == 1 and e.cols == 1:
            return Matrix(number(0 if head == "zeros" else 1), e.rows, e.cols)
        dims = (e.rows,) if head == "eye" or e.cols == 1 else (e.rows, e.cols)
        return Matrix(call(head, *[c.size(d, e) for d in dims]), e.rows, e.cols)

    return build


# ---------------------------------------------------------------- arrays that are matrices or vectors
def array_contraction(c: Converter, e: Any, args: list[Value]) -> Value:
    """The trace; other contractions are not read."""
    a = args[0]
    if not isinstance(a, Matrix) or len(e.args) != 2 or tuple(e.args[1]) != (0, 1):
        raise refusal(e)
    return of_square("tr")(c, e, [a])


def array_diagonal(c: Converter, e: Any, args: list[Value]) -> Value:
    a = args[0]
    if not isinstance(a, Matrix) or len(e.args) != 2 or tuple(e.args[1]) != (0, 1):
        raise refusal(e)
    return diagonal_of(c, e, [a])


def reshape(c: Converter, e: Any, args: list[Value]) -> Value:
    """A matrix as the vector of its rows."""
    a = args[0]
    if not isinstance(a, Matrix) or len(e.shape) != 1:
        raise refusal(e)
    return Matrix(call("vec", transpose(a.node)), a.rows * a.columns, sympy.Integer(1))


# ---------------------------------------------------------------- functions of scalars
def function(call_it: Callable[[Node], Node], matrix: str = "") -> Build:
    """A function of a scalar, or of the entries over an index; `matrix` is the function of a square matrix."""

    def build(c: Converter, e: Any, args: list[Value]) -> Value:
        a = args[0]
        if not matrix or not isinstance(a, Matrix) or a.is_scalar:
            return applied(call_it, c.scalar_of(a, e))
        c.say(f"`{type(e).__name__}` of a matrix is the matrix function")
        return a._replace(node=call(matrix, square(e, a)))

    return build


def simple(name: str, matrix: str = "") -> Build:
    return function(lambda a: call(name, a), matrix)


def one_over(name: str) -> Build:
    return function(lambda a: power_of(call(name, a), number(-1)))


def unless_complex(name: str, note: str) -> Build:
    """A function that is the identity of real numbers."""
    build_complex = simple(name)

    def build(c: Converter, e: Any, args: list[Value]) -> Value:
        if c.names.complex and isinstance(args[0], Matrix) and not args[0].is_scalar:
            return args[0]._replace(node=call(name, args[0].node))
        if c.names.complex:
            return build_complex(c, e, args)
        c.say(note)
        return args[0]

    return build


def imaginary_part(c: Converter, e: Any, args: list[Value]) -> Value:
    if not c.names.complex:
        raise NoRuleError(
            f"the imaginary part {shown(e)} in a question about real variables",
            hint="for complex variables ask for the derivative by one of them: derive.wirtinger",
        )
    return simple("imag")(c, e, args)


def negative(a: Node) -> Node:
    return product([number(-1), a])


def extreme(sign: int) -> Build:
    """The larger (or smaller) of scalars: max(a, b) = a + relu(b - a)."""

    def build(c: Converter, e: Any, args: list[Value]) -> Value:
        parts = [c.scalar_of(a, e) for a in args]
        if any(axes_of(p) for p in parts):
            if len(parts) != 2 or e.args[0] != 0 or sign < 0:
                raise refusal(e)
            return applied(lambda a: call("relu", a), parts[1])
        nodes = [c.without_index(p, e) for p in parts]
        value = nodes[0]
        for node in nodes[1:]:
            if value.kind == "num" and value.value == 0 and sign > 0:
                value = call("relu", node)
                continue
            gap = [node, negative(value)] if sign > 0 else [value, negative(node)]
            rectified = call("relu", total(gap))
            value = total([value, rectified if sign > 0 else negative(rectified)])
        return scalar(value)

    return build


def step(c: Converter, e: Any, args: list[Value]) -> Value:
    if len(e.args) > 1 and e.args[1] != sympy.Rational(1, 2):
        raise refusal(e)
    return function(lambda a: product([power_of(number(2), number(-1)), total([number(1), call("sign", a)])]))(
        c, e, args[:1]
    )


def polygamma(c: Converter, e: Any, args: list[Value]) -> Value:
    if e.args[0] != 0:
        raise refusal(e)
    return simple("digamma")(c, e, args[1:])


def natural_log(c: Converter, e: Any, args: list[Value]) -> Value:
    """The logarithm; of a product of a determinant alone it is the log-determinant."""
    a = args[0]
    if not isinstance(a, Matrix) and len(a) == 1 and a[0].node.kind == "call" and a[0].node.value == "det":
        return scalar(call("logdet", *a[0].node.args))
    return simple("log", "logm")(c, e, args)


_SAME = "sin cos tan sinh cosh tanh sign erf digamma".split()
_RENAMED = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "Abs": "abs", "loggamma": "gammaln"}
_RECIPROCAL = {"sec": "cos", "csc": "sin", "cot": "tan", "sech": "cosh", "csch": "sinh", "coth": "tanh"}
_MATRIX_FUNCTIONS = {"sin": "sinm", "cos": "cosm"}
_REAL = "the variables are real: the conjugate is left out"


def _functions() -> dict[type, Entry]:
    out: dict[type, Entry] = {}
    for n in _SAME:
        out[getattr(sympy, n)] = (simple(n, _MATRIX_FUNCTIONS.get(n, "")), None)
    for n, ours in _RENAMED.items():
        out[getattr(sympy, n)] = (simple(ours), None)
    for n, ours in _RECIPROCAL.items():
        out[getattr(sympy, n)] = (one_over(ours), None)
    return out


def _no_arguments(c: Converter, e: Any) -> tuple[Any, ...]:
    return ()


def _named(node: Callable[[], Node]) -> Entry:
    return (lambda c, e, args: scalar(node()), _no_arguments)


CLASSES: dict[type, Entry] = {
    sympy.Rational: (rational, _no_arguments),
    sympy.Float: (decimal, _no_arguments),
    type(sympy.pi): _named(lambda: named("pi")),
    type(sympy.E): _named(lambda: call("exp", number(1))),
    type(sympy.I): _named(lambda: number(1j)),
    sympy.Symbol: (symbol, _no_arguments),
    MatrixSymbol: (matrix_symbol, _no_arguments),
    sympy.Add: (addition, None),
    MatAdd: (addition, None),
    sympy.Mul: (multiplication, None),
    MatMul: (multiplication, None),
    sympy.Pow: (power, None),
    MatPow: (matrix_power, None),
    Inverse: (inverse, lambda c, e: e.args[:1]),
    Transpose: (turned, None),
    Adjoint: (adjoint, None),
    Trace: (of_square("tr"), None),
    Determinant: (of_square("det"), None),
    HadamardProduct: (hadamard_product, None),
    HadamardPower: (hadamard_power, None),
    KroneckerProduct: (kronecker, None),
    DiagMatrix: (diagonal_matrix, None),
    DiagonalMatrix: (diagonal_part, None),
    DiagonalOf: (diagonal_of, None),
    DotProduct: (dot, None),
    Identity: (constant("eye"), _no_arguments),
    OneMatrix: (constant("ones"), _no_arguments),
    ZeroMatrix: (constant("zeros"), _no_arguments),
    MatrixElement: (entry, arguments_of_entry),
    sympy.Sum: (sum_over, arguments_of_sum),
    sympy.KroneckerDelta: (delta, _no_arguments),
    ElementwiseApplyFunction: (entrywise, lambda c, e: (e.expr,)),
    ArrayElementwiseApplyFunc: (entrywise, lambda c, e: (e.expr,)),
    ArrayContraction: (array_contraction, lambda c, e: e.args[:1]),
    ArrayDiagonal: (array_diagonal, lambda c, e: e.args[:1]),
    Reshape: (reshape, lambda c, e: e.args[:1]),
    FunctionMatrix: (function_matrix, _no_arguments),
    MatrixBase: (explicit, explicit_arguments),
    sympy.exp: (simple("exp", "expm"), None),
    sympy.log: (natural_log, None),
    sympy.erfc: (function(lambda a: total([number(1), negative(call("erf", a))])), None),
    sympy.polygamma: (polygamma, None),
    sympy.Heaviside: (step, lambda c, e: e.args[:1]),
    sympy.Max: (extreme(1), None),
    sympy.Min: (extreme(-1), None),
    sympy.conjugate: (unless_complex("conj", _REAL), None),
    sympy.re: (unless_complex("real", "the variables are real: the real part is left out"), None),
    sympy.im: (imaginary_part, None),
    **_functions(),
}
