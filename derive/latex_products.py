"""LaTeX trees to typed terms: names, sums and products, by the shapes of the operands."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from . import mistakes
from .calls import Signatures
from .dims import Dims, is_unknown
from .elaborate import Elaborator
from .errors import AmbiguityError, ParseError, ShapeError
from .shapes import Span, kind_text
from .terms import SCALAR, Dim, Shape, Table, Term, dim_product
from .tree import Node


class Products(Elaborator):
    """Names, sums and products; `defaults` collects sentences on what a default decided."""

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
        super().__init__(text, table, signatures, names, dims, sizes, allow_d, order)
        self.senses: dict[str, str] = {}
        self.complex = False
        self.entrywise = False
        self.columns = self.rows_used = False  # x_i is a row of X, or (tried next) a column
        self.defaults: dict[str, None] = {}
        self.waiting: dict[Term, tuple[str, Span]] = {}  # functions whose sense the shapes have not decided yet
        self.chosen: dict[Term, str] = {}
        self.sized: list[tuple[Dim, Span, str]] = []
        self.factors: dict[int, list[Shape]] = {}  # of juxtapositions

    # ------------------------------------------------------------ messages
    def say(self, sentence: str) -> None:
        self.defaults.setdefault(sentence)

    def shown(self, node: Node, width: int = 40) -> str:
        shown = " ".join(self.text[node.start : node.end].split())
        return shown if len(shown) <= width else shown[: width - 3] + "..."

    def ambiguous(self, node: Node, first: str, second: str, hint: str = "") -> AmbiguityError:
        return AmbiguityError(
            f"`{self.shown(node)}` has two readings",
            text=self.text,
            span=node.span,
            why=f"{first}, or {second}",
            hint=hint,
        )

    def kind(self, term: Term) -> str:
        """The kind of a term for a message, with the letters that the answer would show."""
        self.give_letters([term.shape])
        return kind_text(self.shape(term))

    def misshapen(self, what: str, node: Node, hint: str = "", why: str = "") -> ShapeError:
        return ShapeError(what, text=self.text, span=node.span, why=why, hint=hint)

    def shape(self, term: Term) -> Shape:
        return self.dims.shape(term.shape)

    def unknown(self, shape: Shape) -> bool:
        return any(is_unknown(f) for d in shape for f in (d if isinstance(d, tuple) else (d,)))

    def square(self, term: Term) -> bool:
        rows, columns = self.shape(term)
        return rows == columns and rows != 1

    def vector(self, term: Term) -> bool:
        rows, columns = self.shape(term)
        return columns == 1 and rows != 1

    # ------------------------------------------------------------ leaves
    def name(self, node: Node, args: list[Term]) -> Term:
        if node.value == "e" and "e" not in self.names and "e" not in self.sizes:
            what = "`e` stands alone"
            raise ParseError(
                what, text=self.text, span=node.span, hint="the exponential is e^{...}; declare e if it is a name"
            )
        return super().name(node, args)

    def passed(self, node: Node, args: list[Term]) -> Term:
        return args[0]

    def product_dim(self, group: tuple[Any, ...], node: Node) -> Dim:
        for factor in group:
            if isinstance(factor, str) and factor not in self.sizes:
                known = f"the dimensions here are {', '.join(sorted(self.sizes)[:8])}" if self.sizes else ""
                what = f"`{factor}` is not a dimension"
                raise ParseError(what, text=self.text, span=node.span, hint=known)
        return dim_product(*group)

    def size(self, node: Node, what: str) -> Dim:
        unknown = self.dims.fresh(f"the size of {what}", large=False)
        self.sized.append((unknown, node.span, what))
        return unknown

    def eye(self, node: Node, args: list[Term]) -> Term:
        n = self.product_dim(node.value[0], node) if node.value else self.size(node, "the identity")
        if node.value and len(node.value) > 1 and self.product_dim(node.value[1], node) != n:
            raise self.misshapen("an identity is square", node)
        return self.table.make("eye", (), (n, n))

    def ones(self, node: Node, args: list[Term]) -> Term:
        if node.value is None:
            self.say("a 1 beside vectors or matrices is read as the vector of ones")
            return self.table.make("ones", (), (self.size(node, "the vector of ones"), 1))
        return self.filled("ones", node)

    def filled(self, head: str, node: Node) -> Term:
        dims = [self.product_dim(g, node) for g in node.value]
        return self.table.make(head, (), (dims[0], dims[1] if len(dims) > 1 else 1))

    def zeros(self, node: Node, args: list[Term]) -> Term:
        return self.filled("zeros", node)

    def basis(self, node: Node, args: list[Term]) -> Term:
        index = args[0] if args else self.table.num(node.value)
        return self.unit(node, self.size(node, "the basis vector"), index)

    # ------------------------------------------------------------ sums and products
    def sum(self, node: Node, args: list[Term]) -> Term:
        arrays = [a for a in args if self.shape(a) != SCALAR]
        if arrays and len(arrays) < len(args):
            shape = arrays[0].shape
            args = [
                a if self.shape(a) != SCALAR else self.spread(node, part, a, shape) for part, a in zip(node.args, args)
            ]
        return super().sum(node, args)

    def spread(self, node: Node, part: Node, number: Term, shape: Shape) -> Term:
        """A number beside arrays: 0 is their zero, 1 beside vectors the vector of ones."""
        value = number.payload if number.head == "num" else None
        if value == 0:
            return self.table.make("zeros", (), shape)
        if value in (1, -1):
            if self.dims.shape(shape)[1] == 1:
                self.say("a 1 beside vectors is read as the vector of ones")
                ones = self.table.make("ones", (), shape)
                return ones if value == 1 else self.negative(ones)
            raise self.ambiguous(part, "the identity", "the matrix of ones", r"write I, or \mathbf{1}\mathbf{1}^\top")
        return number

    def transpose(self, node: Node, args: list[Term]) -> Term:
        self.of_value(node, True)
        if args[0].head == "num" and node.args[0].kind == "num":
            if args[0].payload == 1:
                args = [self.ones(Node("ones", None, (), *node.args[0].span), [])]
            elif args[0].payload == 11:
                one = self.ones(Node("ones", None, (), *node.args[0].span), [])
                other = self.ones(Node("ones", None, (), *node.args[0].span), [])
                row = self.table.make("T", (other,), (1, other.shape[0]))
                return self.table.make("mul", (one, row), (one.shape[0], other.shape[0]))
        return super().transpose(node, args)

    def juxt(self, node: Node, args: list[Term]) -> Term:
        self.factors[id(node)] = [a.shape for a in args]
        return self.times_all(node, args)

    def joined_product(self, node: Node, args: list[Any]) -> Term:
        """The product of the factors behind a function's name."""
        return self.times_all(Node("juxt", None, node.args, *node.span), args)

    def large(self, dim: Dim) -> bool:
        """Is it certain that a dimension is not 1?"""
        dim = self.dims.resolve(dim)
        return not is_unknown(dim) or dim in self.dims.large

    def times_all(self, node: Node, args: list[Term]) -> Term:
        """The product from left to right; a row before its column is one factor where the shapes ask for it."""
        args = list(args)
        terms, shape = [args[0]], args[0].shape
        i = 1
        while i < len(args):
            right = args[i]
            left_shape, right_shape = self.dims.shape(shape), self.shape(right)
            if left_shape != SCALAR and right_shape[0] == 1 and right_shape != SCALAR and left_shape[1] not in (1,):
                grouped = self.inner_group(args, i)
                if grouped:
                    right = self.joined(args[i:grouped], SCALAR)
                    args[i:grouped] = [right]
            shape = self.times(node, min(i, len(node.args) - 1), shape, right)
            terms.append(right)
            i += 1
        return self.joined(terms, shape)

    def inner_group(self, args: list[Term], start: int) -> int:
        """Where the scalar that begins with a row vector ends, or 0."""
        shape = self.shape(args[start])
        for j in range(start + 1, len(args)):
            other = self.shape(args[j])
            if other != SCALAR:
                if shape[1] != other[0]:
                    return 0
                shape = (shape[0], other[1])
            if shape == SCALAR:
                return j + 1
        return 0

    def joined(self, terms: list[Term], shape: Shape) -> Term:
        """One flat product where that does not change what is multiplied with what."""
        if len(terms) == 1:
            return terms[0]
        flat: list[Term] = []
        for i, t in enumerate(terms):
            splices = t.head == "mul" and (i == 0 or all(self.shape(a) == SCALAR for a in t.args))
            flat += t.args if splices else (t,)
        return self.table.make("mul", tuple(flat), shape)

    def chain(self, node: Node, args: list[Term]) -> Term:
        value = args[0]
        arrays = [self.shape(a) != SCALAR for a in args]
        kinds = {
            op if op in ("kron", "cdot") else op[0] for i, op in enumerate(node.value) if arrays[i] and arrays[i + 1]
        }
        if len({"mul" if k in ("cdot", "t", "*", "/") else k for k in kinds}) > 1:
            raise self.ambiguous(node, "the products from left to right", "another order", "write brackets")
        for i, op in enumerate(node.value, 1):
            value = self.linked(node, i, op, value, args[i])
        return value

    def linked(self, node: Node, i: int, op: str, left: Term, right: Term) -> Term:
        a, b = self.shape(left), self.shape(right)
        if op == "/":
            return self.quotient(node, node.args[i], left, right)
        if op == "ast" and SCALAR not in (a, b):
            raise self.ambiguous(node, "the matrix product", "the product of the entries", r"write \cdot or \odot")
        if op in (".*", "./"):
            if SCALAR in (a, b) and a != b and op == ".*":
                return self.scaled(node, i, left, right)
            self.loose(node, i, left, right, op)
            if not self.same_shape(left.shape, right.shape, node.args[i].span):
                raise mistakes.elementwise_differs(self.site(node, i, left.shape, right), op)
            if a == SCALAR:
                return self.scaled(node, i, left, right)
            factor = right if op == ".*" else self.reciprocal(node.args[i], right, "hpow")
            parts = left.args if left.head == "had" and node.args[0].kind != "group" and i > 1 else (left,)
            return self.table.make("had", (*parts, factor), left.shape)
        if op == "kron":
            return self.kron(node, i, left, right)
        columns = a[1] == b[1] == 1 and a != SCALAR != b
        if op == "cdot" and columns and self.same_shape(left.shape, right.shape, node.args[i].span):
            return self.joined([self.transposed(left), right], SCALAR)
        if op == "times" and columns:
            raise self.misshapen("a cross product is not read", node, r"x^\top y, x y^\top and x \odot y are")
        return self.joined([left, right], self.times(node, i, left.shape, right))

    def scaled(self, node: Node, i: int, left: Term, right: Term) -> Term:
        return self.joined([left, right], self.times(node, i, left.shape, right))

    def transposed(self, term: Term) -> Term:
        return self.table.make("T", (term,), (term.shape[1], term.shape[0]))

    def kron(self, node: Node, i: int, left: Term, right: Term) -> Term:
        a, b = self.shape(left), self.shape(right)
        if SCALAR in (a, b):
            return self.scaled(node, i, left, right)
        self.loose(node, i, left, right, "kron")
        if a[1] == b[1] == 1:
            sense = self.senses.get("otimes")
            if sense == "outer":
                return self.joined([left, self.transposed(right)], (left.shape[0], right.shape[0]))
            if sense is None:
                raise self.ambiguous(
                    node, "the Kronecker product", r"the outer product x y^\top", 'reading={"otimes": "kron"}'
                )
        return self.call(
            Node("call", "kron", (node.args[i - 1], node.args[i]), node.start, node.args[i].end), [left, right]
        )

    def loose(self, node: Node, i: int, left: Term, right: Term, op: str) -> None:
        r"""``A \odot B C``: refused where (A \odot B) C has a shape, too, and no reading is chosen."""
        if self.senses.get("odot") == "products":
            return
        before, after = node.args[i - 1], node.args[i]
        for part, other, outer in ((before, right, -1), (after, left, 0)):
            shapes = (
                [s for s in self.factors.get(id(part), ()) if self.dims.shape(s) != SCALAR]
                if part.kind == "juxt"
                else []
            )
            if len(shapes) < 2 or self.vector_outer(shapes):
                continue
            mark = self.dims.mark()
            near = shapes.pop(outer)
            pair = (near, other.shape) if outer else (other.shape, near)
            if op == "kron":
                joined: Shape | None = tuple(dim_product(x, y) for x, y in zip(*pair))  # type: ignore[assignment]
            else:
                joined = near if self.same_shape(near, other.shape, node.span) else None
            fits = joined is not None and self.fit([*shapes, joined] if outer else [joined, *shapes], node.span)
            self.dims.undo(mark)
            if fits:
                sign = {".*": r"\odot", "./": r"\oslash"}.get(op, r"\otimes")
                raise self.ambiguous(
                    node,
                    f"`{sign}` of the whole products",
                    f"`{sign}` of the factors beside it alone",
                    "write brackets",
                )

    def vector_outer(self, shapes: list[Shape]) -> bool:
        return False

    def fit(self, shapes: Sequence[Shape | None], span: Span) -> bool:
        """Do these shapes multiply?"""
        shape = shapes[0]
        for other in shapes[1:]:
            assert shape is not None and other is not None
            if not self.dims.unify(shape[1], other[0], span):
                return False
            shape = (shape[0], other[1])
        return True

    def quotient(self, node: Node, below: Node, left: Term, right: Term) -> Term:
        if not self.is_scalar(right):
            hint = r"a matrix does not divide: write A^{-1} on its side, or \oslash for the entries"
            raise self.misshapen(f"the denominator is {self.kind(right)}, and only a scalar can divide", below, hint)
        factor = self.reciprocal(below, right, "pow")
        if left.head == right.head == "num":
            a, b = left.payload, right.payload
            if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
                return self.table.num(Fraction(a) / b)
        if left.head == "num" and left.payload == 1:
            return factor
        return self.joined([left, factor], left.shape)

    def frac(self, node: Node, args: list[Term]) -> Term:
        top, below = args
        if self.senses.get("frac") == "entrywise" and 1 in self.shape(below) and self.shape(below) != SCALAR:
            inverse = self.table.make("hpow", (below, self.table.num(-1)), below.shape)
            if top.head == "num" and top.payload == 1:
                return inverse
            if self.shape(top) == SCALAR:
                return self.joined([top, inverse], below.shape)
            if self.same_shape(top.shape, below.shape, node.span):
                return self.table.make("had", (top, inverse), below.shape)
        return self.quotient(node, node.args[1], args[0], args[1])

    def inner(self, node: Node, args: list[Term]) -> Term:
        if self.shape(args[0]) == self.shape(args[1]) == SCALAR:
            return self.joined(args, SCALAR)
        return self.colon(node, args)

    def of_value(self, node: Node, odd: bool) -> None:
        r"""``\operatorname{tr}(A)^{-1}``: of the number, or of the matrix?"""
        inner = node.args[0]
        if (
            odd
            and inner.kind == "fn"
            and inner.value in ("tr", *(("log", "sin", "cos") if node.kind == "power" else ()))
        ):
            mark = "transpose" if node.kind == "transpose" else "power"
            first, second = f"the {mark} of the value", f"the function of the {mark} of its argument"
            raise self.ambiguous(node, first, second, "put brackets around what is meant")
