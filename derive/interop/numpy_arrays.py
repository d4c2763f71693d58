"""NumPy's arrays and operators as typed terms: dimensions 0, 1 or 2, broadcasting, `@`.

The meaning is NumPy's: ``*``, ``/`` and ``**`` act on entries, a scalar is spread over an array, a 1-D array
is a row beside a matrix.  What NumPy would refuse is refused here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from .. import mistakes
from ..elaborate import METHODS, Elaborator, _exact
from ..errors import AmbiguityError, ParseError, ShapeError
from ..terms import SCALAR, Dim, Shape, Term, dim_text
from ..tree import Node

WEAK = 'write ^ for powers and .* for elementwise products, or say so: reading={"syntax": "numpy"} (--syntax numpy)'


class Unfit(ShapeError):
    """NumPy itself refuses this: a reading in which it occurs is not meant."""


class Array(NamedTuple):
    """A term, and how many dimensions NumPy's array has.

    A 2-D array has the shape of its term; a 1-D array is a column or a row here, whichever reads better.
    """

    term: Term
    ndim: int


class Arrays(Elaborator):
    """The operators; `hypothesis` says what vectors are: ``1-D`` arrays or ``columns``."""

    hypothesis = "1-D"
    meant = True  # a column beside a 1-D array is what the user said, not a guess
    weak = False  # the only sign of NumPy is `**`, which people write for other things, too
    columns: frozenset[str] = frozenset()  # names that are declared as "n x 1"
    ndims: dict[str, int]
    trail: list[tuple[Node, Array]]

    # ------------------------------------------------------------ terms
    def as_column(self, a: Array) -> Term:
        """A 1-D array as a column."""
        return self.flip(a.term) if self.lies(a) else a.term

    def as_row(self, a: Array) -> Term:
        """A 1-D array as a row."""
        return a.term if self.lies(a) or self.is_scalar(a.term) else self.flip(a.term)

    def lies(self, a: Array) -> bool:
        shape = self.dims.shape(a.term.shape)
        return a.ndim == 1 and shape[0] == 1 and shape[1] != 1

    def length(self, a: Array) -> Dim:
        """Of a 1-D array."""
        rows, columns = a.term.shape
        return columns if self.lies(a) else rows

    def flip(self, t: Term) -> Term:
        """The transpose, inside of products: of x'*A it is A'*x."""
        if t.head == "T":
            return t.args[0]
        if self.is_scalar(t):
            return t
        shape = (t.shape[1], t.shape[0])
        if t.head == "mul":
            scalars = [a for a in t.args if self.is_scalar(a)]
            arrays = [self.turned(a) for a in reversed(t.args) if not self.is_scalar(a)]
            return self.table.make("mul", (*scalars, *arrays), shape)
        return self.turned(t)

    def turned(self, t: Term) -> Term:
        if t.head == "T":
            return t.args[0]
        return self.table.make("T", (t,), (t.shape[1], t.shape[0]))

    def mul(self, *factors: Term) -> Term:
        """The product; a product on the left goes on, a factor 1 is left out."""
        parts: list[Term] = []
        for f in factors:
            if f.head == "num" and f.payload == 1 and len(factors) > 1:
                continue
            flat = f.head == "mul" and not parts and (not self.is_scalar(f) or all(map(self.is_scalar, f.args)))
            parts += f.args if flat else (f,)
        if len(parts) == 1:
            return parts[0]
        arrays = [self.dims.shape(p.shape) for p in parts if not self.is_scalar(p)]
        shape = (arrays[0][0], arrays[-1][1]) if arrays else SCALAR
        return self.table.make("mul", tuple(parts), shape)

    def ones(self, rows: Dim, columns: Dim = 1) -> Term:
        return self.table.make("ones", (), (rows, columns))

    def spread_row(self, n: Dim) -> Term:
        """A row of ones."""
        return self.table.make("T", (self.ones(n),), (1, n))

    def diag(self, vector: Term) -> Term:
        n = vector.shape[0]
        return self.table.make("diag", (vector,), (n, n))

    # ------------------------------------------------------------ shapes
    def is_single(self, a: Array) -> bool:
        """One entry, whatever its dimensions."""
        return self.is_scalar(a.term)

    def stretches(self, node: Node, a: Array, b: Array) -> None:
        """Where columns are a guess, one beside a 1-D array, which makes a matrix, is the known accident."""
        if self.meant or {a.ndim, b.ndim} != {1, 2}:
            return
        if self.is_one((a if a.ndim == 2 else b).term.shape[1]):
            raise self.misfit(node, a, b, "a column beside a 1-D array is not read")

    def is_one(self, d: Dim) -> bool:
        return self.dims.resolve(d) == 1

    def described(self, a: Array) -> str:
        self.give_letters([a.term.shape])
        shape = self.dims.shape(a.term.shape)
        if a.ndim == 0:
            return "a scalar"
        if a.ndim == 1:
            return f"a 1-D array ({dim_text(shape[self.lies(a)])})" if shape != SCALAR else "a 1-D array (1)"
        return f"a 2-D array ({dim_text(shape[0])} x {dim_text(shape[1])})"

    def misfit(self, node: Node, a: Array, b: Array, what: str, hint: str = "") -> Unfit:
        """The error for operands which NumPy would not take."""
        self.give_letters([a.term.shape, b.term.shape])
        left, right = (self.shown(n) for n in node.args[:2])
        why = f"{left} is {self.described(a)}, {right} is {self.described(b)}"
        return Unfit(what, text=self.text, span=node.span, why=why, hint=hint)

    def wrong(self, what: str, node: Node, hint: str = "", why: str = "") -> Unfit:
        """The error for what NumPy would not take."""
        return Unfit(what, text=self.text, span=node.span, why=why, hint=hint)

    def unread(self, what: str, node: Node, hint: str = "", why: str = "") -> ShapeError:
        """The error for what NumPy may well take, and this reader does not."""
        return ShapeError(what, text=self.text, span=node.span, why=why, hint=hint)

    def shown(self, node: Node) -> str:
        return mistakes.shown(self.text, node.span)

    # ------------------------------------------------------------ the tree
    def value(self, node: Node, args: list[Any]) -> Any:
        out = self.read(node, args)
        self.trail.append((node, out))
        return out

    def read(self, node: Node, args: list[Any]) -> Array:
        kind = node.kind
        if kind == "num":
            return Array(self.number(node, []), 0)
        if kind == "name":
            return self.named(node)
        if kind == "neg":
            return Array(self.negative(args[0].term), args[0].ndim)
        if kind == "transpose":
            return self.transposed(node, args[0])
        if kind == "binary":
            return self.binary(node, node.value, args[0], args[1])
        raise ParseError("this is not read", text=self.text, span=node.span)

    def named(self, node: Node) -> Array:
        term = METHODS["name"](self, node, [])
        shape = self.dims.shape(term.shape)
        known = self.ndims.get(node.value)
        if known is not None:
            return Array(term, known)
        if shape == SCALAR:
            return Array(term, 0)
        if shape[1] == 1 and node.value not in self.columns and self.hypothesis == "1-D":
            return Array(term, 1)
        return Array(term, 2)

    def transposed(self, node: Node, a: Array) -> Array:
        """Of a 1-D array it is the array itself."""
        return a if a.ndim < 2 or self.is_single(a) else Array(self.turned(a.term), 2)

    def binary(self, node: Node, op: str, a: Array, b: Array) -> Array:
        if op == "@":
            return self.matmul(node, a, b)
        if op == "*":
            return self.times_entries(node, a, b)
        if op == "/":
            return self.divide(node, a, b)
        if op == "**":
            return self.power_entries(node, a, b)
        return self.plus(node, a, b if op == "+" else Array(self.negative(b.term), b.ndim))

    # ------------------------------------------------------------ products
    def matmul(self, node: Node, a: Array, b: Array) -> Array:
        """``a @ b``: of vectors the inner product, x @ A is A'*x."""
        for part, operand in zip(node.args, (a, b)):
            if operand.ndim == 0:
                raise self.wrong(f"`@` takes no scalar, and {self.shown(part)} is one", node, "write `*` to scale")
        left = self.as_row(a) if a.ndim == 1 else a.term
        right = self.as_column(b) if b.ndim == 1 else b.term
        if not self.dims.unify(left.shape[1], right.shape[0], (node.args[0].start, node.args[1].end)):
            raise self.misfit(node, a, b, "the operands of `@` do not fit", self.other_product(a, b))
        ndim = max(a.ndim + b.ndim - 2, 0)
        term = self.mul(left, right)
        return Array(term, ndim)

    def other_product(self, a: Array, b: Array) -> str:
        return "`np.outer(x, y)` is the product x*y' of two vectors" if a.ndim == b.ndim == 1 else ""

    def times_entries(self, node: Node, a: Array, b: Array) -> Array:
        """``a * b``, entry by entry."""
        ndim = max(a.ndim, b.ndim)
        if self.is_single(a) or self.is_single(b):
            return Array(self.mul(a.term, b.term), ndim)
        if a.ndim == b.ndim == 1:
            if not self.dims.unify(self.length(a), self.length(b), node.span):
                raise self.misfit(node, a, b, "the operands of `*` do not fit", "`np.outer(x, y)` is x*y'")
            return Array(self.hadamard(self.as_column(a), self.as_column(b)), 1)
        if self.weak:
            raise self.weakly(node, "`*`", "the matrix product", "the product of the entries")
        return Array(self.two_d(node, a, b), 2)

    def two_d(self, node: Node, a: Array, b: Array) -> Term:
        """The product of entries of two arrays one of which is 2-D, the other perhaps spread."""
        self.stretches(node, a, b)
        left, right = (self.as_row(x) if x.ndim == 1 else x.term for x in (a, b))
        (r, c), (p, q) = left.shape, right.shape
        tall, wide = self.is_one(c), self.is_one(r)
        narrow, flat = self.is_one(q), self.is_one(p)
        if tall and flat and not narrow and not wide:
            return self.mul(left, right)
        if wide and narrow and not tall and not flat:
            return self.mul(right, left)
        if flat and not wide and self.fits(node, a, b, (c, q)):
            return self.mul(left, self.diag(self.flip(right)))
        if wide and not flat and self.fits(node, a, b, (c, q)):
            return self.mul(right, self.diag(self.flip(left)))
        if narrow and not tall and self.fits(node, a, b, (r, p)):
            return self.mul(self.diag(right), left)
        if tall and not narrow and self.fits(node, a, b, (r, p)):
            return self.mul(self.diag(left), right)
        self.fits(node, a, b, (r, p), (c, q))
        return self.hadamard(left, right)

    def fits(self, node: Node, a: Array, b: Array, *pairs: tuple[Dim, Dim]) -> bool:
        """Makes the pairs of dimensions equal; raises `ShapeError` where they cannot be."""
        for x, y in pairs:
            if not self.dims.unify(x, y, node.span):
                op = node.value if node.kind == "binary" else "it"
                hint = ""
                if op == "*" and a.ndim == b.ndim == 2:
                    hint = "`*` is elementwise in NumPy: write `@` for the matrix product"
                raise self.misfit(node, a, b, f"the operands of `{op}` do not fit, and cannot be broadcast", hint)
        return True

    def hadamard(self, a: Term, b: Term) -> Term:
        parts = (*a.args, b) if a.head == "had" else (a, b)
        return self.table.make("had", parts, a.shape)

    def weakly(self, node: Node, what: str, one: str, other: str) -> AmbiguityError:
        return AmbiguityError(
            f"{what} between arrays has two readings here: {one}, and {other} (as in NumPy)",
            text=self.text, span=node.span, why="`**` alone does not say that the text is NumPy", hint=WEAK,
        )  # fmt: skip

    # ------------------------------------------------------------ quotients and powers
    def divide(self, node: Node, a: Array, b: Array) -> Array:
        if _exact(a.term) and _exact(b.term) and b.term.payload != 0:
            return Array(self.table.num(Fraction(a.term.payload) / b.term.payload), 0)
        single = self.is_single(b)
        inverse = self.reciprocal(node.args[1], b.term, "pow" if single else "hpow")
        return self.times_entries(node, a, Array(inverse, b.ndim))

    def power_entries(self, node: Node, a: Array, b: Array) -> Array:
        if not self.is_single(b):
            hint = f"write np.exp(... * np.log({mistakes.shown(self.text, node.args[0].span).strip('`')}))"
            raise self.unread("an exponent must be a scalar here", node.args[1], hint)
        if self.is_single(a):
            return Array(METHODS["power"](self, Node("power", "^", node.args, *node.span), [a.term, b.term]), a.ndim)
        rows, columns = self.dims.shape(a.term.shape)
        if self.weak and a.ndim == 2 and (rows == columns or self.dims.origins):
            raise self.weakly(node, "`**`", "the power of a matrix", "the powers of the entries")
        return Array(self.table.make("hpow", (a.term, b.term), a.term.shape), a.ndim)

    # ------------------------------------------------------------ sums
    def plus(self, node: Node, a: Array, b: Array) -> Array:
        """``a + b``: a scalar or a vector is spread over a matrix."""
        if self.is_single(a) and self.is_single(b):
            return Array(self.added(a.term, b.term), max(a.ndim, b.ndim))
        if self.is_single(a) or self.is_single(b):
            whole = b if self.is_single(a) else a
            ones = self.ones(*whole.term.shape)
            left, right = (self.mul(x.term, ones) if self.is_single(x) else x.term for x in (a, b))
            return Array(self.added(left, right), max(a.ndim, b.ndim))
        if a.ndim == b.ndim == 1:
            if not self.dims.unify(self.length(a), self.length(b), node.span):
                raise self.misfit(node, a, b, f"the operands of `{node.value}` do not fit")
            return Array(self.added(self.as_column(a), self.as_column(b)), 1)
        self.stretches(node, a, b)
        left, right = (self.as_row(x) if x.ndim == 1 else x.term for x in (a, b))
        (r, c), (p, q) = left.shape, right.shape
        rows = self.common(node, a, b, r, p)
        columns = self.common(node, a, b, c, q)
        return Array(self.added(self.spread(left, rows, columns), self.spread(right, rows, columns)), 2)

    def common(self, node: Node, a: Array, b: Array, x: Dim, y: Dim) -> Dim:
        if self.is_one(x):
            return y
        if not self.is_one(y):
            self.fits(node, a, b, (x, y))
        return x

    def spread(self, term: Term, rows: Dim, columns: Dim) -> Term:
        """A row or a column repeated until it has the shape."""
        if self.is_one(term.shape[0]) and not self.is_one(rows):
            term = self.mul(self.ones(rows), term)
        if self.is_one(term.shape[1]) and not self.is_one(columns):
            term = self.mul(term, self.spread_row(columns))
        return term

    def added(self, a: Term, b: Term) -> Term:
        parts = (*a.args, b) if a.head == "add" else (a, b)
        shape: Shape = a.shape
        return self.table.make("add", parts, shape)

    # ------------------------------------------------------------ the end
    def rebuilt(self, table: Any, term: Term, args: tuple[Term, ...]) -> Term:
        if term.head == "dim":
            made: Term = table.dim(self.dims.resolve(term.payload))
            return made
        return super().rebuilt(table, term, args)
