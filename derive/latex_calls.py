"""Functions, norms and bars of LaTeX trees: by the shape of the argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ParseError
from .latex_words import BY_SHAPE
from .terms import SCALAR, Term
from .tree import Node

if TYPE_CHECKING:
    from .latex_elaborate import LatexElaborator

#: Functions of a square matrix in two senses, of which the rule book has the entrywise one alone.
TWO_SENSES = frozenset("tan sinh cosh arcsin arccos arctan".split())
_LINEAR = frozenset(["tr", "det"])


def named(work: LatexElaborator, node: Node, name: str, args: list[Term]) -> Term:
    """A function of the rule book."""
    return work.call(Node("call", name, node.args[: len(args)], node.start, node.end), args)


def function(work: LatexElaborator, node: Node, args: list[Any]) -> Term:
    name: str = node.value
    if name in ("max", "min") and len(args) == 2:
        return rectified(work, node, args)
    if name == "kron" and len(args) == 2:
        return named(work, node, name, args)
    if len(args) == 1:
        arg = args[0]
        shape = work.shape(arg)
        if name in BY_SHAPE:
            return work.matrix_function(node, name, arg)
        if name in TWO_SENSES and work.square(arg) and not work.entrywise and work.senses.get(name) != "entrywise":
            raise work.ambiguous(
                node, "the matrix function", "the function of every entry", f'reading={{"{name}": "entrywise"}}'
            )
        if name == "norm":
            return norm(work, Node("norm", None, node.args, *node.span), args)
        if name == "Diag":
            if shape[1] != 1 or shape == SCALAR:
                raise work.misshapen(f"`Diag` takes a vector, not {work.kind(arg)}", node,
                                     r"\operatorname{diag}(A) is the diagonal of a square matrix")  # fmt: skip
            return named(work, node, "diag", args)
        if name == "max" and shape == SCALAR:
            hint = r"\max(0, t) is the positive part"
            raise ParseError("the maximum of one number", text=work.text, span=node.span, hint=hint)
        if name in ("relu", "tanh", "sigmoid", "softplus") and work.square(arg):
            work.say(f"`{name}` is read entrywise")
    return named(work, node, name, args)


def rectified(work: LatexElaborator, node: Node, args: list[Term]) -> Term:
    r"""``\max(0, z)``."""
    zero = [a.head == "num" and a.payload == 0 for a in args]
    if node.value == "max" and zero.count(True) == 1:
        return named(work, node, "relu", [args[zero.index(False)]])
    what = f"`{work.shown(node)}` is not read: only the maximum with 0 is a function here"
    raise ParseError(what, text=work.text, span=node.span, hint=r"\max(0, X) is the positive part of every entry")


def implicit(work: LatexElaborator, node: Node, args: list[Any]) -> Term:
    r"""``\operatorname{tr} AXB``: of the whole product where it is square; refused where there are two readings."""
    name: str = node.value
    whole = work.joined_product(node, args)
    if name in _LINEAR:
        rows, columns = work.shape(whole)
        if rows == columns or work.unknown((rows, columns)):
            return function(work, Node("fn", name, (node,), *node.span), [whole])
    elif (name in ("sin", "cos", "exp") and all(work.shape(a) == SCALAR for a in args)) or all(
        n.kind in ("num", "frac") for n in node.args[:-1]
    ):
        return function(work, Node("fn", name, (node,), *node.span), [whole])
    if work.senses.get("implicit") == "first":
        inner = function(work, Node("fn", name, (node.args[0],), *node.span), [args[0]])
        return work.joined_product(node, [inner, *args[1:]])
    raise work.ambiguous(
        node,
        f"{name} of the whole product",
        f"{name} of its first factors times the rest",
        "put the argument into brackets",
    )


def norm(work: LatexElaborator, node: Node, args: list[Term]) -> Term:
    """A norm by its subscript and the shape of its argument."""
    arg, kind = args[0], node.value
    shape = work.shape(arg)
    if shape == SCALAR:
        return named(work, node, "abs", args)
    vector = 1 in shape
    if kind in (None, ""):
        if not vector:
            sense = work.senses.get("norm")
            if sense is None:
                said = "the norm of a matrix without a subscript is read as the Frobenius norm"
                work.say(f'{said} (reading={{"norm": "spectral"}} otherwise)')
            if sense == "spectral":
                return named(work, node, "norm_spec", args)
        return named(work, node, "norm", args)
    if kind == "2":
        if vector or work.senses.get("norm_2") == "frobenius":
            return named(work, node, "norm", args)
        if not work.large(shape[1]):
            raise work.ambiguous(
                node, "the Euclidean norm of a vector", "the spectral norm of a matrix", "declare the shapes"
            )
        said = "the norm of a matrix with the subscript 2 is read as the spectral norm"
        work.say(f'{said} (reading={{"norm_2": "frobenius"}} otherwise)')
        return named(work, node, "norm_spec", args)
    if kind == "1":
        if not vector:
            work.say("the norm of a matrix with the subscript 1 is read entrywise: the sum of the absolute entries")
        return named(work, node, "norm1", args)
    if kind == "inf":
        if not vector:
            raise work.ambiguous(
                node, "the largest sum of a row", "the largest entry", r"write \|A\|_{\max} for the largest entry"
            )
        return named(work, node, "norm_inf", args)
    if kind in ("norm_nuc", "norm_spec") and vector:
        what = f"this norm is one of matrices, and here is {work.kind(arg)}"
        raise work.misshapen(what, node, r"\|x\|_2 is the length of a vector")
    return named(work, node, kind, args)


def bars(work: LatexElaborator, node: Node, args: list[Term]) -> Term:
    """The absolute value of a number, the determinant of a square matrix."""
    arg, sense = args[0], work.senses.get("|")
    shape = work.shape(arg)
    if shape == SCALAR or sense == "abs" or (work.entrywise and 1 in shape):
        return named(work, node, "abs", args)
    if sense == "norm" or (1 in shape and sense is None):
        if sense == "norm":
            return norm(work, Node("norm", None, node.args, *node.span), args)
        raise work.ambiguous(
            node,
            "the length of the vector",
            "the absolute values of its entries",
            'write \\|x\\|, or reading={"|": "abs"}',
        )
    if shape[0] != shape[1] and not work.dims.unify(*arg.shape, node.span):
        raise work.ambiguous(
            node,
            "a norm of the matrix",
            "the absolute values of its entries",
            'write \\|A\\|_F, or reading={"|": "abs"}',
        )
    work.say("bars around a square matrix are read as its determinant")
    return named(work, node, "det", args)
