"""Entries, rows and sums over them: where indices begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ParseError
from .latex_sums import Arrays, Entries, Index
from .terms import SCALAR, Dim, Term, dim_text
from .tree import Node

if TYPE_CHECKING:
    from .latex_elaborate import LatexElaborator


def sum_over(work: LatexElaborator, node: Node, args: list[Any]) -> Any:
    r"""``\sum_{i,j}`` of a body: the sum of the entries, of the rows or of the columns."""
    arrays, (indices, limit) = Arrays(work, node), node.value
    body = args[0]
    missing = [i for i in indices if not isinstance(body, Entries) or i not in body.index]
    if missing:
        raise arrays.refuse(f"the index {missing[0]} does not occur as an index of a variable")
    check_limit(work, node, arrays, body, indices, limit)
    if body.core != "s":
        term = body.term
        if body.core == "o":
            return arrays.mul(arrays.T(term), body.factors[1][0])
        columns = arrays.call("colsum", term)
        return columns if body.core == "v" else arrays.T(columns)
    constant: list[Term] = []
    rest: list[tuple[Term, Index]] = []
    factors = list(body.factors)
    for i in indices:
        factors = arrays.contracted(factors, i)
    left = [i for i in indices if sum(i in index for _, index in factors) > 1]
    if left:
        raise arrays.refuse(f"more than two factors share the index {left[0]}")
    for term, index in factors:
        kept = tuple(i for i in index if i not in indices)
        if not kept:
            constant.append(arrays.total(term))
        elif kept == index:
            rest.append((term, index))
        else:
            rest.append((arrays.call("rowsum" if index[0] == kept[0] else "colsum", term), kept))
    if not rest:
        return arrays.mul(*constant)
    value: Any = Entries("s", rest[0])
    for factor in rest[1:]:
        value = arrays.scalars(value, Entries("s", factor))
    for c in constant:
        value = arrays.times(c, value)
    return value


def over(work: LatexElaborator, node: Node, args: list[Any]) -> Term:
    """The vector (matrix) of the values for all indices on the left side of an equation."""
    value, index = args[0], node.value
    if not isinstance(value, Entries):
        term: Term = value
        return term
    arrays = Arrays(work, node)
    if value.core != "s" or set(value.index) != set(index):
        raise arrays.refuse()
    work.say(f"the equation for every {', '.join(index)} is read as one of the vector or matrix of all values")
    return arrays.array(value, index)


def check_limit(work: LatexElaborator, node: Node, arrays: Arrays, body: Entries, indices: Index, limit: str) -> None:
    if not limit:
        return
    sizes = arrays.sizes(body)
    size: Dim | None = int(limit) if limit.isdigit() else limit if limit in work.sizes else None
    if not limit.isalnum() or (size is None and (limit in work.names or limit in ("i", "j", "k", "l"))):
        raise arrays.refuse("a sum must run over all entries")
    for i in indices:
        if size is None:
            work.say(f"the sum over {i} runs over all entries")
        elif not work.dims.unify(sizes[i], size, node.span):
            work.give_letters([(sizes[i], 1)])
            end = dim_text(work.dims.resolve(sizes[i]))
            raise arrays.refuse(f"the sum ends at {limit}, and the index {i} runs to {end}")


def entry(work: LatexElaborator, node: Node, args: list[Any]) -> Any:
    """An entry: over the indices of sums, or one entry by its place."""
    base, rest = args[0], list(args[1:])
    arrays = Arrays(work, node)
    if isinstance(base, Entries):
        raise arrays.refuse("an index of what depends on an index")
    shape = work.shape(base)
    count = 1 if shape[1] == 1 and shape != SCALAR else 2
    if len(node.value) != count or shape == SCALAR:
        what = f"`{work.shown(node)}` is no entry: {work.shown(node.args[0])} is {work.kind(base)}"
        raise ParseError(what, text=work.text, span=node.span, hint="a vector has one index, a matrix two")
    bound = [v[1] if isinstance(v, tuple) and v[0] == "bound" else None for v in node.value]
    units: list[Term | None] = []
    for v, b, size in zip(node.value, bound, base.shape):
        if b is not None:
            units.append(None)
        else:
            units.append(work.unit(node, size, rest.pop(0) if isinstance(v, tuple) else work.table.num(v)))
    left, right = units[0], units[1] if count == 2 else None
    if count == 2 and bound[0] is not None and bound[0] == bound[1]:
        return Entries("s", (arrays.call("diag", base), (bound[0],)))
    term = base
    if right is not None:
        term = arrays.mul(term, right)
    if left is not None:
        if bound[-1] is not None and count == 2:
            return Entries("s", (arrays.mul(arrays.T(base), left), (bound[1] or "",)))
        parts = (work.transposed(left), *(term.args if term.head == "mul" and right is not None else (term,)))
        return work.table.make("mul", parts, SCALAR)
    return Entries("s", (term, tuple(b for b in bound if b is not None)))


def row(work: LatexElaborator, node: Node, args: list[Any]) -> Any:
    """``x_i`` where only the matrix X is known: its row or column i, as a column vector."""
    base, shape = args[0], work.shape(args[0])
    if shape[0] == shape[1]:
        raise work.ambiguous(node, "a row of the matrix", "a column of it", r"write X_{ij}, or e_i^\top X")
    name = work.shown(node.args[0])
    axis = "column" if work.columns else "row"
    work.rows_used = True
    work.say(f"`{work.shown(node)}` is read as a {axis} of {node.args[0].value or name}")
    term = work.transposed(base) if work.columns else base
    return Entries("v", (term, (node.value,)))
