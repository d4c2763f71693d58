"""Syntax trees to typed terms: names, functions and shapes.

A typed term says what the user wrote: quotients are powers -1, differences have a factor -1, chains of sums
and products are flat, and nothing else is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .calls import BUILTIN, Signatures, builtin_roles, expression_args
from .dims import Dims, is_unknown, result_shape
from .errors import ParseError
from .shapes import LARGEST, Signature, Span, letters
from .terms import SCALAR, Dim, Shape, Table, Term, dim_product, postorder
from .tree import Node

if TYPE_CHECKING:
    from . import mistakes
else:

    class _Mistakes:
        """What is said about mistakes is imported when one is made."""

        def __getattr__(self, name: str) -> Any:
            from . import mistakes

            return getattr(mistakes, name)

    mistakes = _Mistakes()


def elaborate(
    ast: Node,
    table: Table,
    signatures: Signatures,
    env: Mapping[str, Term],
    *,
    allow_d: bool = True,
    text: str = "",
    dims: Collection[str] | None = None,
) -> Term:
    """The typed term of a tree whose names are all in `env`; for rule files and lines of derivations.

    The letters in the shapes of `env` (or else `dims`, where it is given) are the dimensions that may be used
    as scalars and as sizes.  With `allow_d`, ``d(A)`` and ``dX`` are differentials.
    Raises `ParseError` for unknown names and functions, `ShapeError` where shapes do not fit.
    """
    known = dims if dims is not None else {c for t in env.values() for c in letters(t.shape)}
    work = Elaborator(text, table, signatures, dict(env), Dims(), set(known), allow_d)
    term = work.run(ast)
    work.settle()
    return resolve_all([term], table, work)[0] if work.dims.origins else term


class Elaborator:
    """Elaborates the trees of one text; `names` grows with its definitions."""

    def __init__(
        self,
        text: str,
        table: Table,
        signatures: Signatures,
        names: dict[str, Term],
        dims: Dims,
        sizes: set[str],
        allow_d: bool,
        order: Sequence[Shape] = (),
    ) -> None:
        self.order = order  # shapes, in the order in which their unknown dimensions get letters
        self.text, self.table, self.signatures, self.names = text, table, signatures, names
        self.dims, self.sizes, self.allow_d = dims, sizes, allow_d
        self.units: list[tuple[Term, Span]] = []
        self.later: set[str] = set()  # names that a later statement defines

    # ------------------------------------------------------------ the tree
    def run(self, root: Node) -> Term:
        order: list[Node] = []
        stack = [root]
        while stack:
            node = stack.pop()
            order.append(node)
            if node.args:
                stack.extend(self.term_args(node))
        values: list[Term] = []
        for node in reversed(order):
            count = len(self.term_args(node)) if node.args else 0
            if count:
                args = values[-count:]
                del values[-count:]
            else:
                args = []
            values.append(self.value(node, args))
        return values[0]

    def value(self, node: Node, args: list[Term]) -> Term:
        """The term of a node whose arguments are elaborated."""
        return METHODS[node.kind](self, node, args)

    def term_args(self, node: Node) -> tuple[Node, ...]:
        """The arguments that are expressions, not dimensions."""
        if node.kind != "call":
            return node.args
        return expression_args(node, self.signatures)

    # ------------------------------------------------------------ leaves
    def number(self, node: Node, args: list[Term]) -> Term:
        return self.table.num(node.value)

    def name(self, node: Node, args: list[Term]) -> Term:
        name: str = node.value
        found = self.names.get(name)
        if found is not None:
            return found
        if name in self.sizes:
            return self.table.dim(name)
        constant = self.signatures.get(name, ())
        if constant and not constant[0].params:
            return self.table.make(name, (), constant[0].result)
        if self.allow_d and name[0] == "d" and name[1:] in self.names:
            return self.table.d(self.names[name[1:]])
        raise mistakes.unknown_name(self.text, node, self.names, self.sizes, self.signatures, self.later)

    # ------------------------------------------------------------ operators
    def sum(self, node: Node, args: list[Term]) -> Term:
        first = args[0]
        shape = first.shape
        terms = [first]
        for i, (sign, term) in enumerate(zip(node.value, args[1:]), 1):
            if term.shape != shape and not self.same_shape(shape, term.shape, node.args[i].span):
                raise mistakes.sum_differs(self.site(node, i, shape, term), sign)
            terms.append(term if sign == "+" else self.negative(term))
        return self.table.make("add", tuple(terms), shape)

    def same_shape(self, a: Shape, b: Shape, reason: Span) -> bool:
        dims = self.dims
        return dims.unify(a[0], b[0], reason) and dims.unify(a[1], b[1], reason)

    def negate(self, node: Node, args: list[Term]) -> Term:
        return self.negative(args[0])

    def negative(self, term: Term) -> Term:
        """Minus a term: numbers and the number before a product take the sign."""
        table = self.table
        if term.head == "num":
            return table.make("num", (), SCALAR, 0 - term.payload)  # -2i without a part -0.0
        if term.head != "mul":
            return table.make("mul", (table.num(-1), term), term.shape)
        first, rest = term.args[0], term.args[1:]
        if first.head != "num" or isinstance(first.payload, complex):
            return table.make("mul", (table.num(-1), *term.args), term.shape)
        if first.payload == -1:
            return rest[0] if len(rest) == 1 else table.make("mul", rest, term.shape)
        return table.make("mul", (table.make("num", (), SCALAR, -first.payload), *rest), term.shape)

    def product(self, node: Node, args: list[Term]) -> Term:
        head, terms, shape = "", [args[0]], args[0].shape
        for i, op in enumerate(node.value, 1):
            right, before = args[i], shape
            wanted = "mul"
            if op == "*":
                shape = self.times(node, i, shape, right)
                factor = right
            elif op == "/":
                if not self.is_scalar(right):
                    raise mistakes.division(self.site(node, i, shape, right))
                factor = self.reciprocal(node.args[i], right, "pow")
                if len(terms) == 1 and _exact(terms[0]) and _exact(right):
                    terms, shape = [self.table.num(Fraction(terms[0].payload) / right.payload)], SCALAR
                    continue
            else:
                if not self.same_shape(shape, right.shape, node.args[i].span):
                    raise mistakes.elementwise_differs(self.site(node, i, shape, right), op)
                scalar = self.is_scalar(right)
                wanted = "mul" if scalar else "had"
                factor = right
                if op == "./":
                    factor = self.reciprocal(node.args[i], right, "pow" if scalar else "hpow")
            if len(terms) > 1 and head != wanted:
                terms = [self.table.make(head, tuple(terms), before)]
            terms.append(factor)
            head = wanted
        if len(terms) == 1:
            return terms[0]
        return self.table.make(head, tuple(terms), shape)

    def times(self, node: Node, i: int, left: Shape, right: Term) -> Shape:
        """The shape of the product of everything before factor `i` with it."""
        other = right.shape
        if left == SCALAR:
            return other
        if other == SCALAR:
            return left
        if left[1] == other[0]:
            return (left[0], other[1])
        if self.dims.origins:
            if self.dims.shape(left) == SCALAR:
                return other
            if self.dims.shape(other) == SCALAR:
                return left
            if self.dims.unify(left[1], other[0], (node.args[i - 1].start, node.args[i].end)):
                return (left[0], other[1])
        raise mistakes.product_differs(self.site(node, i, left, right))

    def is_scalar(self, term: Term) -> bool:
        return term.shape == SCALAR or (bool(self.dims.origins) and self.dims.shape(term.shape) == SCALAR)

    def reciprocal(self, node: Node, term: Term, head: str) -> Term:
        if term.head == "num" and term.payload == 0:
            raise ParseError("division by zero", text=self.text, span=node.span)
        return self.table.make(head, (term, self.table.num(-1)), term.shape)

    def colon(self, node: Node, args: list[Term]) -> Term:
        left, right = args
        if not self.same_shape(left.shape, right.shape, node.span):
            raise mistakes.colon_differs(self.site(node, 1, left.shape, right))
        return self.table.make("colon", (left, right), SCALAR)

    def transpose(self, node: Node, args: list[Term]) -> Term:
        rows, columns = args[0].shape
        return self.table.make("T", (args[0],), (columns, rows))

    def power(self, node: Node, args: list[Term]) -> Term:
        base, exponent = args
        if not self.is_scalar(exponent):
            raise mistakes.exponent(self.site(node, 1, base.shape, exponent))
        negative = (
            exponent.head == "num" and not isinstance(exponent.payload, complex) and exponent.payload < 0
        )
        if base.head == "num" and base.payload == 0 and negative:
            raise ParseError("division by zero", text=self.text, span=node.span)
        if self.is_scalar(base):
            return self.table.make("pow", (base, exponent), SCALAR)
        if node.value == ".^":
            return self.table.make("hpow", (base, exponent), base.shape)
        if not self.dims.unify(base.shape[0], base.shape[1], node.args[0].span):
            raise mistakes.power_of(self.site(node, 1, base.shape, exponent))
        if exponent.head == "num" and not isinstance(exponent.payload, int):
            raise mistakes.fractional_power(self.text, node, exponent)
        return self.table.make("pow", (base, exponent), base.shape)

    # ------------------------------------------------------------ functions
    def call(self, node: Node, args: list[Term]) -> Term:
        name: str = node.value
        if name in BUILTIN:
            return self.builtin(node, args)
        found = self.signatures.get(name)
        if not found or not found[0].params:
            if name == "d" and self.allow_d and len(args) == 1:
                return self.table.make("d", (args[0],), args[0].shape)
            raise mistakes.unknown_function(self.text, node, self.names, self.signatures, self.allow_d)
        count = len(node.args)
        fitting = [s for s in found if len(s.params) == count]
        if not fitting:
            raise mistakes.arity(
                self.text, node, [str(s) for s in found], sorted({len(s.params) for s in found})
            )
        whole, shapes = self.arguments(node, fitting[0], args)
        for sig in fitting[:-1]:
            mark = self.dims.mark()
            shape = result_shape(sig, shapes, self.dims, node.span)
            if not isinstance(shape, int):
                return self.table.make(name, whole, shape)
            self.dims.undo(mark)
        shape = result_shape(fitting[-1], shapes, self.dims, node.span)
        if isinstance(shape, int):
            self.give_letters(shapes)
            raise mistakes.argument(self.text, node, whole, shape, fitting, self.dims)
        return self.table.make(name, whole, shape)

    def arguments(self, node: Node, sig: Signature, args: list[Term]) -> tuple[tuple[Term, ...], list[Shape]]:
        """The arguments as terms (dimensions too) and as shapes for `result_shape`."""
        if not sig.sizes:
            return tuple(args), [a.shape for a in args]
        terms: list[Term] = []
        shapes: list[Shape] = []
        rest = iter(args)
        for i, part in enumerate(node.args):
            if i in sig.sizes:
                dim = self.dimension(part)
                terms.append(self.table.dim(dim))
                shapes.append((dim, 1))
            else:
                terms.append(next(rest))
                shapes.append(terms[-1].shape)
        return tuple(terms), shapes

    def builtin(self, node: Node, args: list[Term]) -> Term:
        name, table = node.value, self.table
        roles = builtin_roles(node)
        if roles is None:
            raise mistakes.arity(self.text, node, [], sorted({len(r) for r in BUILTIN[name]}))
        for index in args:
            if not self.is_scalar(index):
                self.give_letters([index.shape])
                raise mistakes.index(self.text, node, self.dims.shape(index.shape))
        dims = [self.dimension(a) for a, role in zip(node.args, roles) if role == "d"]
        if name == "J":
            rows = self.dims.fresh("the rows of J", large=False)
            columns = self.dims.fresh("the columns of J", large=False)
            return table.make(
                "mul", (self.unit(node, rows, args[0]), self.row(node, columns, args[1])), (rows, columns)
            )
        if name == "unit":
            return self.unit(node, dims[0], args[0])
        if name == "commutation":
            size = dim_product(*dims)
            return table.make(name, (), (size, size), tuple(dims))
        shape = (dims[0], dims[0]) if name == "eye" else (dims[0], dims[1] if len(dims) > 1 else 1)
        return table.make(name, (), shape)

    def unit(self, node: Node, size: Dim, index: Term) -> Term:
        unit = self.table.make("unit", (index,), (size, 1))
        self.units.append((unit, node.span))
        return unit

    def row(self, node: Node, size: Dim, index: Term) -> Term:
        return self.table.make("T", (self.unit(node, size, index),), (1, size))

    def dimension(self, node: Node) -> Dim:
        """The dimension that an argument such as ``n``, ``3`` or ``m*n`` of `eye` names."""
        factors: list[Dim] = []
        parts = node.args if node.kind == "product" and set(node.value) == {"*"} else (node,)
        for part in parts:
            value = part.value
            number = part.kind == "num" and isinstance(value, int) and 0 < value <= LARGEST
            if number or (part.kind == "name" and value in self.sizes):
                factors.append(value)
            elif part.kind == "product" and part is not node:
                factors.append(self.dimension(part))
            else:
                raise mistakes.dimension(self.text, part, self.names, self.sizes)
        return dim_product(*factors)

    # ------------------------------------------------------------ the end
    def settle(self) -> None:
        """Decide what is still open: dimensions, letters for them, and the range of indices."""
        bad = self.dims.settle()
        if bad is not None:
            raise mistakes.undecided(self.text, bad)
        self.give_letters(())
        for unit, span in self.units:
            index, size = unit.args[0], self.dims.resolve(unit.shape[0])
            if any(map(is_unknown, size if isinstance(size, tuple) else (size,))):
                raise mistakes.no_context(self.text, span)
            if index.head == "num":
                value = index.payload
                if not isinstance(value, int) or value < 1 or (isinstance(size, int) and value > size):
                    raise mistakes.index_range(self.text, span, value, size)

    def rebuilt(self, table: Table, term: Term, args: tuple[Term, ...]) -> Term:
        """The term in another table, its shape decided."""
        return table.make(term.head, args, self.dims.shape(term.shape), term.payload)

    # ------------------------------------------------------------ errors
    def site(self, node: Node, i: int, left: Shape, right: Term) -> mistakes.Site:
        """The place where operand `i` does not fit what stands before it, for a message."""
        first, before, operand = node.args[0], node.args[i - 1], node.args[i]
        start, end = first.start, first.end if node.kind == "sum" else before.end
        stories = [self.dims.story(d) for d in (*left, *right.shape)]
        self.give_letters([left, right.shape])
        shapes = self.dims.shape(left), self.dims.shape(right.shape)
        left_span = (before if node.kind != "sum" else first).span
        return mistakes.Site(self.text, (start, end), left_span, operand.span, *shapes, stories)

    def give_letters(self, shapes: Iterable[Shape]) -> None:
        """Letters for the unknown dimensions; a message shows the same ones as the answer would."""
        if self.dims.origins:
            self.dims.give_letters([*self.order, *shapes], {*self.names, *self.sizes, *self.later})


METHODS: dict[str, Callable[[Elaborator, Node, list[Term]], Term]] = {
    "num": Elaborator.number,
    "name": Elaborator.name,
    "sum": Elaborator.sum,
    "neg": Elaborator.negate,
    "product": Elaborator.product,
    "colon": Elaborator.colon,
    "transpose": Elaborator.transpose,
    "power": Elaborator.power,
    "call": Elaborator.call,
}


def _exact(term: Term) -> bool:
    return term.head == "num" and isinstance(term.payload, (int, Fraction))


def resolve_all(roots: list[Term], table: Table, work: Elaborator) -> list[Term]:
    """The same terms in `table`, with every unknown dimension replaced."""
    memo: dict[Term, Term] = {}
    for t in postorder(*roots):
        memo[t] = work.rebuilt(table, t, tuple([memo[a] for a in t.args]))
    return [memo[t] for t in roots]
