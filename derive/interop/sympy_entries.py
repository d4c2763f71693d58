"""Entries of matrices, sums over them, and matrices that are given entry by entry."""

from __future__ import annotations

from typing import Any

import sympy

from ..errors import NoRuleError, ParseError, ShapeError
from ..tree import Node
from .networks import Factor, NoMatrixForm, added, axes_of, scalar, summed, widened
from .sympy_names import shown
from .sympy_tree import MOST_ENTRIES, Converter, Matrix, Value, refusal
from .trees import call, number, product, total, transpose


# ---------------------------------------------------------------- entries
def arguments_of_entry(c: Converter, e: Any) -> tuple[Any, ...]:
    return (e.args[0], *[i for i in e.args[1:] if i not in c.indices])


def entry(c: Converter, e: Any, args: list[Value]) -> Value:
    """``M[i, j]``, counted from 0: over the indices of sums, or one entry by its place."""
    matrix, rest = args[0], list(args[1:])
    indices: list[Any] = []
    units: list[Node | None] = []
    for index, size in zip(e.args[1:], (matrix.rows, matrix.columns)):
        if index in c.indices:
            if sympy.expand(c.indices[index] - size) != 0:
                what = f"the sum over {shown(index)} does not run over all entries of {shown(e)}"
                raise ParseError(what, why=f"it has {c.indices[index]} terms, and the entries are {size}")
            indices.append(index)
            units.append(None)
            continue
        place = rest.pop(0)
        units.append(None if size == 1 else unit(c, e, index, size, place))
    return _entry(matrix, indices, units, e)


def _entry(matrix: Matrix, indices: list[Any], units: list[Node | None], e: Any) -> Value:
    node = matrix.node
    if len(indices) == 2:
        i, j = indices
        return (Factor(call("diag", node), (i,)),) if i == j else (Factor(node, (i, j)),)
    row, column = units
    if not indices:
        return scalar(product([*([transpose(row)] if row else []), node, *([column] if column else [])]))
    over_rows = e.args[1] is indices[0] or e.args[1] == indices[0]
    if not over_rows:
        node, column = transpose(node), row
    return (Factor(product([node, column] if column else [node]), tuple(indices)),)


def unit(c: Converter, e: Any, index: Any, size: Any, place: Value) -> Node:
    """The basis vector of an index that is no index of a sum."""
    for s in index.free_symbols:
        if s in c.indices:
            raise NoMatrixForm(f"the index {index} is not the index of a sum alone")
        c.names.index(s)
    if index.is_Integer:
        if index < 0 or (size.is_Integer and index >= size):
            raise ShapeError(f"there is no entry {shown(e)}: indices begin with 0", why=f"there are {size}")
        return call("unit", c.size(size, e), number(int(index) + 1))
    if index.is_number:
        raise ShapeError(f"an index of {shown(e)} is no integer", why="entries are counted 0, 1, 2, ...")
    counted = total([c.without_index(place, e), number(1)])
    if index.is_Add and sympy.Integer(-1) in index.args:  # i - 1, counted from 0, is i here
        counted = c.without_index(c.value(index + 1), e)
    return call("unit", c.size(size, e), counted)


def delta(c: Converter, e: Any, args: list[Value]) -> Value:
    """Kronecker's delta of two indices, one of them of a sum."""
    i, j = e.args[:2]
    bound = [k for k in (i, j) if k in c.indices]
    if not bound:
        raise refusal(e)
    size = c.indices[bound[0]]
    if len(bound) == 1:
        other = j if bound[0] == i else i
        return (Factor(unit(c, e, other, size, c.value(other)), (bound[0],)),)
    if sympy.expand(size - c.indices[bound[1]]) != 0:
        raise NoMatrixForm("the two indices of a Kronecker delta run over different ranges")
    return (Factor(call("eye", c.size(size, e)), (i, j)),)


# ---------------------------------------------------------------- sums
def arguments_of_sum(c: Converter, e: Any) -> tuple[Any, ...]:
    """The terms of the body; the indices are known from here on."""
    for limit in e.limits:
        if len(limit) != 3:
            raise refusal(e)
        index, low, high = limit
        size = sympy.expand(high + 1)
        if low != 0 or size.free_symbols & {k for k, *_ in e.limits}:
            raise ParseError(
                f"the sum {shown(e)} has no matrix form that is known here",
                why=f"the index {index} runs from {low} to {high}, and not over all entries",
                hint="SymPy counts from 0: a sum over all entries ends at n - 1",
            )
        if c.indices.setdefault(index, size) != size:
            raise ParseError(f"the index {shown(index)} has two ranges", hint="rename one of them")
    return tuple(sympy.Add.make_args(e.function))


def sum_over(c: Converter, e: Any, args: list[Value]) -> Value:
    indices = [limit[0] for limit in e.limits]
    if any(isinstance(a, Matrix) and not a.is_scalar for a in args):
        raise NoRuleError(f"a sum of matrices over an index cannot be read here: {shown(e)}")
    return added([summed(c.scalar_of(a, e), indices, c.sizes) for a in args], c.sizes)


# ---------------------------------------------------------------- functions of entries
def entrywise(c: Converter, e: Any, args: list[Value]) -> Value:
    """A function of one variable, applied to every entry."""
    matrix: Matrix = args[0]
    law = e.function
    if not isinstance(matrix, Matrix):
        raise refusal(e)
    parameters = list(getattr(law, "variables", ()))
    if len(parameters) != 1:
        raise refusal(e)
    t = parameters[0]
    if matrix.is_scalar:
        value = c.value(law.expr, {t: scalar(matrix.node)})
        return matrix._replace(node=c.without_index(value, e))
    row, column = sympy.Dummy("row"), sympy.Dummy("column")
    axes = (row,) if matrix.columns == 1 else (row, column)
    c.indices.update({row: matrix.rows, column: matrix.columns})
    value = c.value(law.expr, {t: (Factor(matrix.node, axes),)})
    return matrix._replace(node=widened(c.scalar_of(value, e), axes, c.sizes))


def function_matrix(c: Converter, e: Any, args: list[Value]) -> Value:
    """A matrix whose entries are given by a function of their place."""
    i, j = sympy.Dummy("row"), sympy.Dummy("column")
    c.indices.update({i: e.rows, j: e.cols})
    body = e.lamda(i, j)
    if e.rows == 1 or e.cols == 1:
        body = body.subs({k: 0 for k, size in ((i, e.rows), (j, e.cols)) if size == 1})
    axes = tuple(k for k, size in ((i, e.rows), (j, e.cols)) if size != 1)
    value = c.scalar_of(c.value(body), e)
    if not set(axes_of(value)) <= set(axes):
        raise refusal(e)
    node = widened(value, axes, c.sizes) if axes else c.without_index(value, e)
    return Matrix(transpose(node) if e.rows == 1 and axes else node, e.rows, e.cols)


# ---------------------------------------------------------------- explicit matrices
def explicit_arguments(c: Converter, e: Any) -> tuple[Any, ...]:
    if 0 in e.shape:
        raise ShapeError(f"SymPy's {shown(e)} has no entries")
    if len(e) > MOST_ENTRIES:
        raise NoRuleError(
            f"an explicit matrix of {e.rows} x {e.cols} entries is too large to be read",
            hint="give it a name: MatrixSymbol",
        )
    return tuple(dict.fromkeys(e))


def explicit(c: Converter, e: Any, args: list[Value]) -> Value:
    """An explicit matrix: the sum of its entries times unit matrices."""
    values = dict(zip(dict.fromkeys(e), args))
    terms: list[Node] = []
    for i in range(e.rows):
        for j in range(e.cols):
            if e[i, j] == 0:
                continue
            place: list[Node] = []
            if e.rows > 1:
                place.append(call("unit", number(e.rows), number(i + 1)))
            if e.cols > 1:
                place.append(transpose(call("unit", number(e.cols), number(j + 1))))
            terms.append(product([c.without_index(c.scalar_of(values[e[i, j]], e), e), *place]))
    if not terms:
        dims = (e.rows,) if e.cols == 1 else (e.rows, e.cols)
        zero = number(0) if e.shape == (1, 1) else call("zeros", *[number(d) for d in dims])
        terms.append(zero)
    return Matrix(total(terms), sympy.Integer(e.rows), sympy.Integer(e.cols))
