"""Functions of NumPy and SciPy on arrays: one small function for each kind of call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..elaborate import METHODS
from ..errors import ParseError
from ..terms import SCALAR
from ..tree import Node
from .numpy_arrays import Array
from .numpy_calls import Calls, Handler
from .numpy_einsum import einsum
from .numpy_reductions import REDUCTIONS


def of_matrix(name: str) -> Handler:
    """A function of ours whose arguments are matrices."""

    def handler(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
        for key in ("k", "offset"):
            if options.get(key) == 0:
                del options[key]
        work.no_options(node, options)
        work.count(node, args, 1)
        if name in ("tril", "triu") and args[0].ndim == 1:
            raise work.unread(f"`{name}` of a 1-D array is not read", node)
        term = work.ours(node, name, [work.matrix(node, args[0])])
        return Array(term, 0 if term.shape == SCALAR else 2)

    return handler


def _logabsdet(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    det = of_matrix("det")(work, node, args, options)
    return work.entrywise("log", work.entrywise("abs", det))


def _matrix_power(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    n = options.pop("n", None)
    work.no_options(node, options)
    work.count(node, args, 1)
    if type(n) is not int:
        hint = "its exponent is the second argument, as in np.linalg.matrix_power(X, 3)"
        raise ParseError("matrix_power takes an integer", text=work.text, span=node.span, hint=hint)
    power = Node("power", "^", (node.args[0], Node("num", n, (), *node.span)), *node.span)
    term = METHODS["power"](work, power, [work.matrix(node, args[0]), work.table.num(n)])
    return Array(term, 2)


def _solve(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.no_options(node, options)
    work.count(node, args, 2)
    inverse = work.ours(node, "inv", [work.matrix(node, args[0])])
    return work.matmul(node, Array(inverse, 2), args[1])


def _diag(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    if options.pop("k", 0) != 0 or options.pop("offset", 0) != 0:
        raise work.unread("only the main diagonal is read", node)
    work.no_options(node, options)
    work.count(node, args, 1)
    a = args[0]
    if a.ndim == 1 and node.value.name == "diag":
        return Array(work.diag(work.as_column(a)), 2)
    shape = work.dims.shape(work.matrix(node, a).shape)
    if 1 in shape:
        raise work.unread(f"`{node.value.written}` of a 2-D array with one row or column is its first entry", node)
    return Array(work.ours(node, "diag", [a.term]), 1)


def _like(name: str) -> Handler:
    def handler(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
        work.no_options(node, options)
        work.count(node, args, 1)
        term = work.as_column(args[0]) if args[0].ndim == 1 else args[0].term
        if args[0].ndim == 0:
            return Array(work.table.num(1 if name == "ones" else 0), 0)
        return Array(work.table.make(name, (), term.shape), args[0].ndim)

    return handler


def _ravel(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    """Row by row: vec(X')."""
    work.no_options(node, options)
    work.count(node, args, 1)
    a = args[0]
    if a.ndim == 1:
        return a
    if a.ndim == 0:
        return Array(a.term, 1)
    if work.is_one(a.term.shape[1]):
        return Array(a.term, 1)
    return Array(work.ours(node, "vec", [work.turned(a.term)]), 1)


# ---------------------------------------------------------------- products
def operator(op: str) -> Handler:
    """A function that is an operator: np.multiply is ``*``."""

    def handler(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
        work.no_options(node, options)
        work.count(node, args, 2)
        return work.binary(Node("binary", op, node.args, *node.span), op, *args)

    return handler


def _dot(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.no_options(node, options)
    work.count(node, args, 2)
    return operator("*" if 0 in (args[0].ndim, args[1].ndim) else "@")(work, node, args, {})


def _inner(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    """The sum over the last axes."""
    if len(args) == 2 and args[1].ndim == 2 and args[0].ndim:
        if not work.meant and all(a.ndim == 2 and work.is_one(a.term.shape[1]) for a in args):
            raise work.wrong("`inner` of two columns is no inner product", node)
        args = [args[0], Array(work.turned(args[1].term), 2)]
    return _dot(work, node, args, options)


def _vdot(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.no_options(node, options)
    work.count(node, args, 2)
    if work.complex:
        raise work.unread("vdot conjugates its first argument", node, "write np.sum(np.conj(x) * y)")
    a, b = args
    if a.ndim == b.ndim == 2:
        if not work.same_shape(a.term.shape, b.term.shape, node.span):
            raise work.misfit(node, a, b, "the operands of `vdot` do not have one shape")
        if work.is_one(a.term.shape[1]):
            return Array(work.mul(work.turned(a.term), b.term), 0)
        return Array(work.table.make("colon", (a.term, b.term), SCALAR), 0)
    if a.ndim != b.ndim:
        raise work.unread("vdot of a 1-D and a 2-D array is not read", node)
    return _dot(work, node, args, {})


def _outer(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.no_options(node, options)
    work.count(node, args, 2)
    for i, a in enumerate(args):
        if a.ndim == 2 and not any(work.is_one(d) for d in a.term.shape):
            raise work.unread(f"`{node.value.written}` takes vectors, not {work.described(a)}", node.args[i])
    left, right = (work.flip(a.term) if work.is_one(a.term.shape[0]) else a.term for a in args)
    return Array(work.mul(left, work.flip(right)), 2)


def _kron(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.no_options(node, options)
    work.count(node, args, 2)
    a, b = args
    if work.is_single(a) or work.is_single(b):
        return work.times_entries(node, a, b)
    if a.ndim != b.ndim:
        raise work.unread("kron of a 1-D and a 2-D array is not read", node)
    terms = [work.as_column(x) if x.ndim == 1 else x.term for x in args]
    return Array(work.ours(node, "kron", terms), a.ndim)


# ---------------------------------------------------------------- of entries
def _maximum(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.no_options(node, options)
    work.count(node, args, 2)
    rest = [a for a in args if a.term.head != "num" or a.term.payload != 0]
    if len(rest) != 1:
        what = "`maximum` is read where one of the two is 0: it is relu then"
        raise work.unread(what, node, "write b + np.maximum(a - b, 0)")
    return work.entrywise("relu", rest[0])


def shifted(inner: Callable[[Calls, Node, Array], Array]) -> Handler:
    def handler(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
        work.no_options(node, options)
        work.count(node, args, 1)
        return inner(work, node, args[0])

    return handler


def _plus_number(work: Calls, node: Node, a: Array, number: int) -> Array:
    return work.plus(Node("binary", "+", (*node.args, *node.args), *node.span), a, Array(work.table.num(number), 0))


def _logarithm(base: int) -> Handler:
    def read(work: Calls, node: Node, a: Array) -> Array:
        table = work.table
        scale = table.make("pow", (table.make("log", (table.num(base),)), table.num(-1)), SCALAR)
        return Array(work.mul(scale, work.entrywise("log", a).term), a.ndim)

    return shifted(read)


def _power_of(exponent: int) -> Handler:
    def read(work: Calls, node: Node, a: Array) -> Array:
        head = "pow" if work.is_single(a) else "hpow"
        return Array(work.table.make(head, (a.term, work.table.num(exponent)), a.term.shape), a.ndim)

    return shifted(read)


def _einsum(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    subscripts = options.pop("subscripts")
    work.no_options(node, options)
    return einsum(work, node, subscripts, args)


def _len(work: Calls, node: Node, args: list[Array], options: dict[str, Any]) -> Array:
    work.count(node, args, 1)
    return work.size(Node("size", 0, node.args, *node.span), args[0])


HANDLERS: dict[str, Handler] = {
    **REDUCTIONS, "python.len": _len, "python.pow": operator("**"),
    "trace": of_matrix("tr"), "det": of_matrix("det"), "inv": of_matrix("inv"), "pinv": of_matrix("pinv"),
    "logdet": of_matrix("logdet"), "tril": of_matrix("tril"), "triu": of_matrix("triu"),
    "expm": of_matrix("expm"), "logm": of_matrix("logm"), "sqrtm": of_matrix("sqrtm"),
    "sinm": of_matrix("sinm"), "cosm": of_matrix("cosm"), "logabsdet": _logabsdet,
    "matrix_power": _matrix_power, "solve": _solve, "diag": _diag, "diagonal": _diag,
    "transpose": shifted(lambda work, node, a: work.transposed(node, a)),
    "negative": shifted(lambda work, node, a: Array(work.negative(a.term), a.ndim)),
    "ones_like": _like("ones"), "zeros_like": _like("zeros"), "ravel": _ravel, "flatten": _ravel,
    "add": operator("+"), "subtract": operator("-"), "multiply": operator("*"), "divide": operator("/"),
    "power": operator("**"), "matmul": operator("@"),
    "dot": _dot, "inner": _inner, "vdot": _vdot, "outer": _outer, "kron": _kron, "maximum": _maximum,
    "log1p": shifted(lambda work, node, a: work.entrywise("log", _plus_number(work, node, a, 1))),
    "expm1": shifted(lambda work, node, a: _plus_number(work, node, work.entrywise("exp", a), -1)),
    "log2": _logarithm(2), "log10": _logarithm(10), "square": _power_of(2), "reciprocal": _power_of(-1),
    "einsum": _einsum,
}  # fmt: skip


class NumpyElaborator(Calls):
    """Elaborates the trees of `numpy_parser.parse_numpy`."""

    handlers = HANDLERS
