"""Calls of functions: how arguments and options are looked at, sizes, entries of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..calls import expression_args
from ..elaborate import METHODS
from ..errors import ParseError
from ..terms import SCALAR, Dim, Term
from ..tree import Node
from .numpy_arrays import Array, Arrays
from .numpy_names import ELEMENTWISE
from .numpy_parser import Call

Handler = Callable[["Calls", Node, list[Array], dict[str, Any]], Array]


class Calls(Arrays):
    """Elaborates the trees of `parse_numpy`; `handlers` know the functions that do not act on every entry."""

    complex = False
    handlers: Mapping[str, Handler] = {}
    last: Array  # what was elaborated last

    def run(self, root: Node) -> Term:
        out: Any = super().run(root)
        self.last = out
        return self.as_column(out) if out.ndim == 1 else out.term

    def read(self, node: Node, args: list[Any]) -> Array:
        if node.kind == "numpy":
            return self.called(node, args)
        if node.kind == "size":
            return self.size(node, args[0])
        if node.kind == "index":
            return entry(self, node, args[0])
        return super().read(node, args)

    def called(self, node: Node, args: list[Array]) -> Array:
        call: Call = node.value
        name, options = call.name, dict(call.options)
        if name in ("eye", "ones", "zeros"):
            return self.filled(node, name, call.sizes, options)
        if name.startswith("own."):
            self.no_options(node, options)
            return self.own(node, name[4:], args)
        if name in ELEMENTWISE:
            self.no_options(node, options)
            self.count(node, args, 1)
            return self.entrywise(ELEMENTWISE[name], args[0])
        handler = self.handlers.get(name)
        if handler is None:
            raise ParseError(f"`{call.written}` is not read", text=self.text, span=node.span)
        return handler(self, node, args, options)

    def own(self, node: Node, name: str, args: list[Array]) -> Array:
        """A function of the rule book that NumPy does not have."""
        call = Node("call", name, node.args, *node.span)
        if name == "J":
            hint = "for an entry write X[0, 1]"
            raise ParseError("`J` is not read in NumPy text", text=self.text, span=node.span, hint=hint)
        kept = set(map(id, expression_args(call, self.signatures)))
        terms = [self.as_column(a) if a.ndim == 1 else a.term for n, a in zip(node.args, args) if id(n) in kept]
        term = METHODS["call"](self, call, terms)
        return Array(term, self.ndim_of(term))

    # ------------------------------------------------------------ parts of handlers
    def ours(self, node: Node, name: str, args: list[Term]) -> Term:
        """A call of a function of the rule book."""
        if len(args) != len(node.args):
            return METHODS["call"](self, Node("call", name, node.args[: len(args)], *node.span), args)
        return METHODS["call"](self, Node("call", name, node.args, *node.span), args)

    def ndim_of(self, term: Term) -> int:
        shape = self.dims.shape(term.shape)
        if shape == SCALAR:
            return 0
        return 1 if shape[1] == 1 and self.hypothesis == "1-D" else 2

    def entrywise(self, name: str, a: Array) -> Array:
        term = self.as_column(a) if a.ndim == 1 else a.term
        return Array(self.table.make(name, (term,), term.shape), a.ndim)

    def no_options(self, node: Node, options: dict[str, Any]) -> None:
        if options:
            what = f"the option `{next(iter(options))[:20]}` of `{node.value.written}` is not read"
            raise ParseError(what, text=self.text, span=node.span)

    def count(self, node: Node, args: list[Array], *counts: int) -> None:
        if len(args) not in counts:
            wanted = " or ".join(map(str, counts))
            what = f"`{node.value.written}` takes {wanted} argument{'s' * (counts != (1,))}, not {len(args)}"
            raise ParseError(what, text=self.text, span=node.span)

    def matrix(self, node: Node, a: Array, place: int = 0) -> Term:
        """The argument, where it must be 2-D."""
        if a.ndim != 2:
            what = f"`{node.value.written}` takes a matrix, and {self.shown(node.args[place])} is {self.described(a)}"
            raise self.wrong(what, node)
        return a.term

    def axis(self, node: Node, a: Array, options: dict[str, Any]) -> int | None:
        """The axis, not negative, or None for all entries."""
        axis = options.pop("axis", None)
        if axis is None:
            return None
        if type(axis) is not int or not -a.ndim <= axis < a.ndim:
            raise self.wrong(f"there is no axis {axis!r} of {self.described(a)}", node)
        return int(axis % a.ndim)

    def size(self, node: Node, a: Array) -> Array:
        if a.ndim == 0:
            raise self.wrong(f"{self.shown(node.args[0])} is a scalar and has no shape", node)
        shape = (self.length(a), 1) if a.ndim == 1 else a.term.shape
        if node.value is not None:
            if node.value >= a.ndim:
                raise self.wrong(f"there is no axis {node.value} of {self.described(a)}", node)
            return Array(self.table.dim(shape[node.value]), 0)
        dims = [self.table.dim(d) for d in shape if not self.is_one(d)]
        return Array(self.mul(*dims) if dims else self.table.num(1), 0)

    def filled(self, node: Node, name: str, sizes: tuple[Node, ...], options: dict[str, Any]) -> Array:
        self.no_options(node, options)
        dims: list[Dim] = [self.dimension(plain_size(s)) for s in sizes]
        if name == "eye":
            if len(dims) == 2 and dims[0] != dims[1]:
                raise self.unread("only a square identity is read", node)
            return Array(self.table.make("eye", (), (dims[0], dims[0])), 2)
        shape = (dims[0], dims[1] if len(dims) == 2 else 1)
        return Array(self.table.make(name, (), shape), len(dims))


def plain_size(node: Node) -> Node:
    """A size as the ASCII syntax writes it."""
    if node.kind == "binary" and node.value == "*":
        return Node("product", ("*",), tuple(plain_size(a) for a in node.args), *node.span)
    return node


# ---------------------------------------------------------------- entries
def entry(work: Calls, node: Node, a: Array) -> Array:
    """``x[i]``, ``X[i, j]``, a row or a column, ``x[:, None]``."""
    index = node.value
    if "new" in index:
        if a.ndim == 1 and index == (":", "new"):
            return Array(work.as_column(a), 2)
        if a.ndim == 1 and index == ("new", ":"):
            return Array(work.as_row(a), 2)
        raise work.unread("None is read in x[:, None] and x[None, :] of a 1-D array", node)
    if len(index) > a.ndim:
        raise work.wrong(f"too many indices: {work.shown(node.args[0])} is {work.described(a)}", node)
    index = (*index, *[":"] * (a.ndim - len(index)))
    if any(i != ":" and i < 0 for i in index):
        raise work.unread("an index from the end is not read", node, "count from 0")
    if all(i == ":" for i in index):
        return a
    term = work.as_column(a) if a.ndim == 1 else a.term
    rows, columns = term.shape
    if index[0] != ":":
        term = work.mul(work.turned(unit(work, node, rows, index[0])), term)
    if a.ndim == 2 and index[1] != ":":
        term = work.mul(term, unit(work, node, columns, index[1]))
    return Array(term, sum(i == ":" for i in index))


def unit(work: Calls, node: Node, size: Dim, index: int) -> Term:
    return work.unit(node, size, work.table.num(index + 1))
