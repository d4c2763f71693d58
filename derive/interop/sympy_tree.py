"""SymPy's trees to syntax trees, without recursion.

A matrix becomes a `Matrix`, a scalar a `Network` (see `networks`), since scalars may depend on the indices of sums.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from ..errors import LimitError, NoRuleError, ParseError, ShapeError
from ..tree import Node
from .networks import (
    Factor,
    Index,
    Network,
    NoMatrixForm,
    added,
    array,
    axes_of,
    plain,
    raised,
    scalar,
)
from .sympy_names import Names, shown
from .trees import call, name, number, product, total

#: In bits: what is longer is not printed, and where a number's first bit may stand.
LONGEST_NUMBER, LONGEST_EXPONENT = 13_000, 900
#: Beyond so many entries an explicit matrix is not written out.
MOST_ENTRIES = 64


class Matrix(NamedTuple):
    """The tree of a matrix, and its shape in SymPy's terms."""

    node: Node
    rows: Any
    columns: Any

    @property
    def is_scalar(self) -> bool:
        return bool(self.rows == 1 and self.columns == 1)


Value = Any  # a Matrix or a Network
Build = Callable[["Converter", Any, list[Any]], Value]
#: How a class is read: what is made of its converted arguments, and which arguments are converted (None: all).
Entry = tuple[Build, Any]


class Converter:
    """Reads expressions by a table of classes; `indices` are those of sums, and over what they run."""

    def __init__(self, names: Names, classes: Mapping[type, Entry]) -> None:
        self.names, self.classes = names, classes
        self.indices: dict[Index, Any] = {}
        self.notes: dict[str, None] = {}
        self.parts: list[tuple[Node, Any]] = []  # of which subexpression a tree was made

    def tree(self, root: Any) -> Node:
        """The syntax tree of a whole expression; raises `DeriveError` for what cannot be read."""
        if isinstance(root, sympy.Basic):
            summed = {limit[0] for e in root.atoms(sympy.Sum) for limit in e.limits}
            for index in sorted(summed & root.free_symbols, key=str):
                raise ParseError(
                    f"the index {shown(index)} is summed over in one place, and stands free in another",
                    hint="rename the index of the sum",
                )
        return self.without_index(self.value(root), root)

    def value(self, root: Any, given: Mapping[Any, Value] | None = None) -> Value:
        """The value of an expression; `given` holds values of symbols."""
        memo: dict[Any, Value] = dict(given or {})
        stack = [root]
        while stack:
            e = stack[-1]
            if e in memo:
                stack.pop()
                continue
            build, arguments = self.entry(e)
            args = e.args if arguments is None else arguments(self, e)
            waiting = [a for a in args if a not in memo]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            memo[e] = self.built(build, e, [memo[a] for a in args])
        return memo[root]

    def built(self, build: Build, e: Any, args: list[Value]) -> Value:
        try:
            value = build(self, e, args)
        except NoMatrixForm as error:
            raise ParseError(
                f"SymPy's {shown(e)} has no matrix form that is known here",
                why=str(error),
                hint="write it with matrices: Trace, products, HadamardProduct",
            ) from None
        self.parts.append((value.node if isinstance(value, Matrix) else value[-1].node, e))
        return value

    def entry(self, e: Any) -> Entry:
        for cls in type(e).__mro__:
            if cls in self.classes:
                return self.classes[cls]
        raise refusal(e)

    # ------------------------------------------------------------ what the classes are written with
    def say(self, sentence: str) -> None:
        self.notes.setdefault(sentence)

    def size(self, dim: Any, where: Any) -> Node:
        return self.names.dim_tree(dim, where)

    def sizes(self, index: Index) -> Node:
        return self.names.dim_tree(self.indices[index], index)

    def scalar_of(self, value: Value, e: Any) -> Network:
        """A value that must be a scalar."""
        if not isinstance(value, Matrix):
            network: Network = value
            return network
        if value.is_scalar:
            return scalar(value.node)
        raise ShapeError(f"SymPy's {shown(e)} has a matrix where a scalar is needed",
                         why=f"it is {value.rows} x {value.columns}")  # fmt: skip

    def matrix_of(self, value: Value, e: Any) -> Matrix:
        """A value that must be a matrix."""
        if isinstance(value, Matrix):
            return value
        raise ShapeError(f"SymPy's {shown(e)} has a scalar where a matrix is needed")

    def without_index(self, value: Value, e: Any) -> Node:
        """The tree of a value that must not depend on the index of a sum."""
        if isinstance(value, Matrix):
            return value.node
        if axes_of(value):
            raise NoMatrixForm(f"the index {axes_of(value)[0]} stands where no matrix form is known: {e}")
        return plain(value)


def refusal(e: Any) -> NoRuleError:
    """The error for a class that is not known here."""
    kind = type(e).__name__
    function = getattr(e, "func", None)
    if isinstance(function, sympy.core.function.UndefinedFunction):
        what, hint = f"the undefined SymPy function {shown(e)} cannot be read", "write out what the function is"
    else:
        what = f"SymPy's {kind} cannot be read here: {shown(e)}"
        hint = _HINTS.get(kind, "write it with matrix products, sums, Trace, Determinant, Inverse, HadamardProduct")
    return NoRuleError(what, hint=hint)


_HINTS = {
    "Derivative": "evaluate it first with .doit(), or ask for the derivative of what it is the derivative of",
    "BlockMatrix": "write the expression with the blocks themselves",
    "BlockDiagMatrix": "write the expression with the blocks themselves",
    "MatrixSlice": "write the part of the matrix as a matrix of its own",
    "Equality": "give one side of the equation",
    "Piecewise": "give the branch that holds at the point",
}


# ---------------------------------------------------------------- numbers and names
def out_of_range() -> LimitError:
    """The error for a number that is not printed."""
    return LimitError("a number of the SymPy expression is out of range", hint="give it a name: Symbol")


def rational(c: Converter, e: Any, args: list[Value]) -> Value:
    if max(int(e.p).bit_length(), int(e.q).bit_length()) > LONGEST_NUMBER:
        raise out_of_range()
    if e.q != 1:
        return scalar(number(Fraction(int(e.p), int(e.q))))
    return scalar(number(int(e.p)))


def decimal(c: Converter, e: Any, args: list[Value]) -> Value:
    """A `Float`: the shortest decimal that is the same number."""
    if not e.is_finite:
        raise refusal(e)
    if e and abs(e._mpf_[2] + e._mpf_[3]) > LONGEST_EXPONENT:
        raise out_of_range()
    text = repr(float(e)) if e._prec <= 53 else str(e)
    value = Decimal(text)
    return scalar(number(int(value) if value == int(value) and abs(value) < 10**15 else value))


def symbol(c: Converter, e: Any, args: list[Value]) -> Value:
    if e in c.indices:
        raise ParseError(
            f"the index {shown(e)} of a sum occurs as a number", hint="only entries over an index have a matrix form"
        )
    return scalar(name(c.names.symbol(e)))


def matrix_symbol(c: Converter, e: Any, args: list[Value]) -> Value:
    return Matrix(name(c.names.symbol(e)), e.rows, e.cols)


# ---------------------------------------------------------------- sums and products
def addition(c: Converter, e: Any, args: list[Value]) -> Value:
    """A sum of scalars or of matrices."""
    arrays = [a for a in args if isinstance(a, Matrix) and not a.is_scalar]
    if not arrays:
        return added([c.scalar_of(a, e) for a in args], c.sizes)
    if len(arrays) < len(args):
        raise ShapeError(f"SymPy's {shown(e)} adds a scalar and a matrix", hint="write c*OneMatrix or c*Identity")
    return Matrix(total([a.node for a in args]), arrays[0].rows, arrays[0].columns)


def multiplication(c: Converter, e: Any, args: list[Value]) -> Value:
    """A product; a row before its column that SymPy flattened into a longer product is a scalar again."""
    arrays = [a for a in args if isinstance(a, Matrix)]
    if all(a.is_scalar for a in arrays):
        return tuple(f for a in args for f in c.scalar_of(a, e))
    coefficients = [c.without_index(a, e) for a in args if not isinstance(a, Matrix)]
    chain = chained(arrays, e)
    return chain._replace(node=product([*coefficients, chain.node]))


def chained(arrays: Sequence[Matrix], e: Any) -> Matrix:
    """The product of matrices."""
    parts: list[Node] = []
    so_far: Matrix | None = None
    i = 0
    while i < len(arrays):
        factor, i = arrays[i], i + 1
        if so_far is None or so_far.is_scalar:
            so_far = factor
        elif not factor.is_scalar and so_far.columns != factor.rows:
            i, factor = _inner(arrays, i - 1, e)
        elif not factor.is_scalar:
            so_far = so_far._replace(columns=factor.columns)
        parts.append(factor.node)
    assert so_far is not None
    return so_far._replace(node=product(parts))


def _inner(arrays: Sequence[Matrix], start: int, e: Any) -> tuple[int, Matrix]:
    """The scalar that begins with the row at `start`, and where it ends."""
    rows, columns = arrays[start].rows, arrays[start].columns
    for stop in range(start + 1, len(arrays)):
        if rows != 1 or columns != arrays[stop].rows:
            break
        columns = arrays[stop].columns
        if columns == 1:
            return stop + 1, Matrix(product([a.node for a in arrays[start : stop + 1]]), rows, columns)
    left, right = arrays[start - 1], arrays[start]
    raise ShapeError(
        f"the shapes in SymPy's {shown(e)} do not fit",
        why=f"{left.rows} x {left.columns} times {right.rows} x {right.columns}",
    )


def power(c: Converter, e: Any, args: list[Value]) -> Value:
    """A power of a scalar; a root is written as one."""
    base, exponent = c.scalar_of(args[0], e), c.scalar_of(args[1], e)
    k = e.args[1]
    if axes_of(exponent):
        raise NoMatrixForm("an index stands in an exponent")
    if k.is_Rational and k.q == 2:
        own = array(base)
        root = Factor(call("sqrt", own.node), own.axes)
        return (root,) if k.p == 1 else raised((root,), scalar(number(int(k.p))), True)
    return raised(base, exponent, bool(k.is_Integer))
