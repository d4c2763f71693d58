"""Sums, means, extremes, norms and their like: of all entries, or along an axis."""

from __future__ import annotations

from typing import Any

from ..errors import AmbiguityError, ParseError
from ..terms import SCALAR, Term
from ..tree import Node
from .numpy_arrays import Array
from .numpy_calls import Calls, Handler


def _sum(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    return reduced(work, node, args, options, mean=False)


def _mean(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    return reduced(work, node, args, options, mean=True)


def reduced(work: Calls, node: Node, args: list[Array], options: dict[str, Any], mean: bool) -> Array:
    """The sum or the mean, of all entries or along an axis."""
    work.count(node, args, 1)
    a = args[0]
    axis, keep = work.axis(node, a, options), options.pop("keepdims", False)
    work.no_options(node, options)
    if a.ndim == 0:
        return a
    table = work.table
    if axis is None or a.ndim == 1:
        term = work.as_column(a) if a.ndim == 1 else a.term
        return Array(table.make("mean" if mean else "sum", (term,), SCALAR), a.ndim if keep else 0)
    rows, columns = a.term.shape
    along, across = (rows, columns) if axis == 0 else (columns, rows)
    if work.is_one(along):
        out = work.flip(a.term) if axis == 0 else a.term
    elif work.is_one(across):
        out, mean = table.make("mean" if mean else "sum", (a.term,), SCALAR), False
    else:
        out = table.make("colsum" if axis == 0 else "rowsum", (a.term,), (across, 1))
    if mean and not work.is_one(along):
        out = work.mul(table.make("pow", (table.dim(along), table.num(-1)), SCALAR), out)
    if keep:
        return Array(work.flip(out) if axis == 0 else out, 2)
    return Array(out, 1)


def _python_sum(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.no_options(node, options)
    work.count(node, args, 1)
    if args[0].ndim == 2 and not work.is_single(args[0]):
        raise AmbiguityError(
            "`sum` of a matrix has two readings: the sum of all entries, and Python's own sum of the rows",
            text=work.text, span=node.span, hint="write np.sum(...), or np.sum(..., axis=0)",
        )  # fmt: skip
    return _sum(work, node, args, {})


def extreme(name: str, python: bool = False) -> Handler:
    def handler(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
        if len(args) == 2 and python:
            raise work.unread(f"`{name}` of two arguments is not read", node, "write np.maximum(x, 0)")
        work.count(node, args, 1)
        if python and args[0].ndim == 2:
            raise work.unread(f"Python's `{name}` of a matrix is not read", node, f"write np.{name}(...)")
        if work.axis(node, args[0], options) is not None and args[0].ndim != 1:
            raise work.unread(f"`{name}` along an axis is not read", node)
        work.no_options(node, options)
        a = args[0]
        term = work.as_column(a) if a.ndim == 1 else a.term
        return a if a.ndim == 0 else Array(work.table.make(name, (term,), SCALAR), 0)

    return handler


def _norm(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.count(node, args, 1)
    a = args[0]
    if a.ndim == 0:
        work.no_options(node, options)
        return work.entrywise("abs", a)
    order, axis = options.pop("ord", None), work.axis(node, a, options)
    work.no_options(node, options)
    if axis is not None and a.ndim == 2:
        if order not in (None, 2):
            raise work.unread("this norm along an axis is not read", node)
        squares = work.table.make("hpow", (a.term, work.table.num(2)), a.term.shape)
        sums = reduced(work, node, [Array(squares, 2)], {"axis": axis}, mean=False)
        return work.entrywise("sqrt", sums)
    term = work.as_column(a) if a.ndim == 1 else a.term
    rows, columns = (work.is_one(d) for d in term.shape)
    name = norm_name(order, a.ndim == 1, rows, columns)
    if not name:
        what = f"the norm with ord={order!r} of {work.described(a)} is not read"
        hint = "ord is one of 1, 2, np.inf" + ("" if a.ndim == 1 else ", 'fro', 'nuc'")
        raise ParseError(what, text=work.text, span=node.span, hint=hint)
    if name in ("rowsum", "colsum"):
        return Array(extremum_of_absolutes(work, name, term), 0)
    return Array(work.table.make(name, (term,), SCALAR), 0)


def norm_name(order: Any, vector: bool, row: bool, column: bool) -> str:
    """Our norm, or the sums whose largest one it is, by NumPy's meaning of `ord`; ``""`` for another."""
    if vector:
        return {None: "norm", 2: "norm", 1: "norm1", "inf": "norm_inf"}.get(order, "")
    if row or column:
        sums = {1: "norm1" if column else "norm_inf", "inf": "norm_inf" if column else "norm1"}
        return {None: "norm", "fro": "norm", 2: "norm", "nuc": "norm", **sums}.get(order, "")
    return {
        None: "norm", "fro": "norm", "nuc": "norm_nuc", 2: "norm_spec", 1: "colsum", "inf": "rowsum",
    }.get(order, "")  # fmt: skip


def extremum_of_absolutes(work: Calls, sums: str, term: Term) -> Term:
    """The largest sum of absolute values in a row or column: an operator norm."""
    absolute = work.table.make("abs", (term,), term.shape)
    shape = (term.shape[0] if sums == "rowsum" else term.shape[1], 1)
    return work.table.make("max", (work.table.make(sums, (absolute,), shape),), SCALAR)


def _logsumexp(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.count(node, args, 1)
    a = args[0]
    axis = work.axis(node, a, options)
    if a.ndim == 2 and axis is not None and not work.is_single(a):
        sums = reduced(work, node, [work.entrywise("exp", a)], {**options, "axis": axis}, mean=False)
        return work.entrywise("log", sums)
    work.no_options(node, options)
    if a.ndim == 0 or work.is_single(a):
        return a
    return Array(work.ours(node, "logsumexp", [entries_of(work, node, a)]), 0)


def entries_of(work: Calls, node: Node, a: Array) -> Term:
    """All entries in one column."""
    if a.ndim == 1:
        return work.as_column(a)
    return a.term if work.is_one(a.term.shape[1]) else work.ours(node, "vec", [a.term])


def _softmax(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.count(node, args, 1)
    a = args[0]
    axis = work.axis(node, a, options)
    work.no_options(node, options)
    if a.ndim == 1 or (a.ndim == 2 and work.is_one(a.term.shape[1]) and axis in (None, 0)):
        return Array(work.ours(node, "softmax", [work.as_column(a)]), a.ndim)
    if a.ndim == 0 or axis is None:
        raise work.unread("softmax over all entries of a matrix is not read", node, "give the axis")
    powers = work.entrywise("exp", a)
    sums = reduced(work, node, [powers], {"axis": axis, "keepdims": True}, mean=False)
    return work.divide(Node("binary", "/", (*node.args, *node.args), *node.span), powers, sums)


REDUCTIONS: dict[str, Handler] = {
    "sum": _sum, "mean": _mean, "max": extreme("max"), "min": extreme("min"), "python.sum": _python_sum,
    "python.max": extreme("max", True), "python.min": extreme("min", True), "norm": _norm,
    "logsumexp": _logsumexp, "softmax": _softmax,
}  # fmt: skip
