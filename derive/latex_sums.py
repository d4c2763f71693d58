r"""Sums over indices in matrix form: ``\sum_{i} \log(1 + e^{-y_i z_i})`` is ``sum(log(ones(n) + exp(-y.*z)))``.

What depends on the indices of sums is kept as arrays over them, and every operation acts on all entries at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import DeriveError, ParseError
from .terms import SCALAR, Dim, Term
from .tree import Node

if TYPE_CHECKING:
    from .latex_elaborate import LatexElaborator

Index = tuple[str, ...]


class Entries:
    """A value for every value of its indices.

    Core ``s``: a scalar, the product of `factors`, arrays over one or two indices of their own.  Core ``v`` (``r``):
    a column (row) vector, the rows of one matrix.  Core ``o``: the products of the rows of two matrices, column by row.
    """

    __slots__ = ("core", "factors")

    def __init__(self, core: str, *factors: tuple[Term, Index]) -> None:
        self.core, self.factors = core, factors

    @property
    def index(self) -> Index:
        return tuple(i for _, index in self.factors[: 1 if self.core == "o" else None] for i in index)

    @property
    def term(self) -> Term:
        return self.factors[0][0]


class Arrays:
    """Operations on `Entries`, for one node of the tree."""

    def __init__(self, work: LatexElaborator, node: Node) -> None:
        self.work, self.node = work, node

    def refuse(self, why: str = "") -> DeriveError:
        work, node = self.work, self.node
        return ParseError(
            f"`{work.shown(node)}` inside of a sum has no matrix form that is known here",
            text=work.text,
            span=node.span,
            why=why,
            hint="write it with matrices and vectors",
        )

    # ------------------------------------------------------------ terms
    def call(self, name: str, *args: Term) -> Term:
        part = Node("name", "", (), *self.node.span)
        return self.work.call(Node("call", name, (part,) * len(args), *self.node.span), list(args))

    def T(self, a: Term) -> Term:
        return a.args[0] if a.head == "T" else self.work.transposed(a)

    def mul(self, *args: Term) -> Term:
        part = Node("name", "", (), *self.node.span)
        fake = Node("juxt", None, (part,) * len(args), *self.node.span)
        return self.work.times_all(fake, list(args))

    def had(self, *args: Term) -> Term:
        for a in args[1:]:
            if not self.work.same_shape(args[0].shape, a.shape, self.node.span):
                raise self.refuse("the sizes of the factors differ")
        return self.work.table.make("had", args, args[0].shape)

    def ones(self, n: Dim) -> Term:
        return self.work.table.make("ones", (), (n, 1))

    def power(self, a: Term, k: Term) -> Term:
        if a.head == "sqrt" and k.head == "num" and k.payload == 2:
            return a.args[0]
        return self.work.table.make("hpow", (a, k), a.shape)

    # ------------------------------------------------------------ scalars over indices
    def array(self, e: Entries, index: Index) -> Term:
        """One array over `index` of a scalar value."""
        if e.core != "s" or len(index) > 2:
            raise self.refuse()
        factors = [f for f in e.factors if f[1]]
        if len(factors) == 2:
            (a, (i,)), (b, (j,)) = factors
            factors = [(self.mul(a, self.T(b)), (i, j))]
        out, have = factors[0]
        if have == index:
            return out
        if have == tuple(reversed(index)):
            return self.T(out)
        raise self.refuse()

    def widened(self, e: Entries, index: Index, size: dict[str, Dim]) -> Term:
        """The array over more indices than the value has."""
        if set(e.index) == set(index):
            return self.array(e, index)
        (i,) = e.index
        if index[0] == i:
            return self.mul(self.array(e, (i,)), self.T(self.ones(size[index[1]])))
        return self.mul(self.ones(size[index[0]]), self.T(self.array(e, (i,))))

    def sizes(self, *values: Any) -> dict[str, Dim]:
        out: dict[str, Dim] = {}
        for e in values:
            if isinstance(e, Entries):
                for term, index in e.factors:
                    for i, dim in zip(index, term.shape):
                        if not self.work.dims.unify(out.setdefault(i, dim), dim, self.node.span):
                            raise self.refuse(f"the index {i} has two different ranges")
        return out

    # ------------------------------------------------------------ sums
    def sum(self, args: list[Any]) -> Entries:
        core = {a.core for a in args if isinstance(a, Entries)}
        if len(core) > 1 or core == {"o"}:
            raise self.refuse()
        kind = core.pop()
        index = tuple(dict.fromkeys(i for a in args if isinstance(a, Entries) for i in a.index))
        if len(index) > 2:
            raise self.refuse("more than two indices belong to one sum")
        size = self.sizes(*args)
        parts = [self.summand(a, kind, index, size) for a in args]
        shape = parts[0].shape
        out = [parts[0]]
        for sign, p in zip(self.node.value, parts[1:]):
            if not self.work.same_shape(shape, p.shape, self.node.span):
                raise self.refuse("the shapes of the terms differ")
            out.append(p if sign == "+" else self.work.negative(p))
        return Entries(kind, (self.work.table.make("add", tuple(out), shape), index))

    def summand(self, a: Any, kind: str, index: Index, size: dict[str, Dim]) -> Term:
        table = self.work.table
        if isinstance(a, Entries):
            return self.widened(a, index, size) if kind == "s" else a.term
        if kind == "s":
            if self.work.shape(a) != SCALAR:
                raise self.refuse("a vector is added to a number")
            ones = table.make("ones", (), (size[index[0]], size[index[1]] if len(index) > 1 else 1))
            return ones if a.head == "num" and a.payload == 1 else self.mul(a, ones)
        return self.mul(self.ones(size[index[0]]), self.T(a) if kind == "v" else a)

    def total(self, term: Term) -> Term:
        """The sum of all entries, in the shortest form."""
        if term.head in ("rowsum", "colsum"):
            term = term.args[0]
        parts = term.args if term.head == "mul" else ()
        if len(parts) > 2 and parts[0].head == parts[-1].head == "diag":
            return self.mul(self.T(parts[0].args[0]), *parts[1:-1], parts[-1].args[0])
        return self.call("sum", term)

    # ------------------------------------------------------------ products
    def product(self, args: list[Any]) -> Any:
        """The product in order; numbers over indices commute with all else, which is multiplied first."""
        others = [a for a in args if _core(a) != "s"]
        first = next((i for i, a in enumerate(args) if _core(a) != "s"), len(args))
        front, back = list(args[:first]), [a for a in args[first:] if _core(a) == "s"]
        middle = []
        if others:
            value, *rest = others
            for other in rest:
                value = self.times(value, other)
            middle = [value]
        value, *rest = [*front, *middle, *back]
        for other in rest:
            value = self.times(value, other)
        return value

    def times(self, a: Any, b: Any) -> Any:
        if not isinstance(a, Entries) and not isinstance(b, Entries):
            return self.mul(a, b)
        if not isinstance(a, Entries):
            return self.from_left(a, b)
        if not isinstance(b, Entries):
            return self.from_right(a, b)
        if a.core == "s" and b.core == "s":
            return self.scalars(a, b)
        if a.core == "s" or b.core == "s":
            s, v = (a, b) if a.core == "s" else (b, a)
            if s.index != v.index:
                raise self.refuse()
            scaled = self.mul(self.call("diag", self.array(s, s.index)), v.term)
            return Entries(v.core, (scaled, v.index), *v.factors[1:])
        if (a.core, b.core) == ("r", "v"):
            if a.index == b.index:
                return Entries("s", (self.call("rowsum", self.had(a.term, b.term)), a.index))
            return Entries("s", (self.mul(a.term, self.T(b.term)), (*a.index, *b.index)))
        if (a.core, b.core) == ("v", "r") and a.index == b.index:
            return Entries("o", *a.factors, *b.factors)
        raise self.refuse()

    def from_left(self, a: Term, e: Entries) -> Entries:
        if self.work.shape(a) == SCALAR:
            return Entries(e.core, (self.mul(a, e.term), e.factors[0][1]), *e.factors[1:])
        if e.core == "s" and len(e.index) == 1 and 1 in self.work.shape(a):  # a multiple of one vector for each index
            column = self.work.shape(a)[1] == 1
            rows = self.mul(self.array(e, e.index), self.T(a) if column else a)
            return Entries("v" if column else "r", (rows, e.index))
        if e.core != "v":
            raise self.refuse("a matrix or vector is multiplied with an entry")
        row = self.work.shape(a)[0] == 1
        return Entries("s" if row else "v", (self.mul(e.term, self.T(a)), e.index))

    def from_right(self, e: Entries, b: Term) -> Entries:
        if self.work.shape(b) == SCALAR or e.core == "s":
            return self.from_left(b, e)
        if e.core != "r":
            raise self.refuse("an entry is multiplied with a matrix or vector")
        column = self.work.shape(b)[1] == 1
        return Entries("s" if column else "r", (self.mul(e.term, b), e.index))

    def scalars(self, a: Entries, b: Entries) -> Entries:
        """The product of numbers over indices: factors whose indices are disjoint stay apart."""
        out = list(a.factors)
        for factor in b.factors:
            touching = [f for f in out if set(f[1]) & set(factor[1]) and not _chained(f[1], factor[1])]
            out = [f for f in out if f not in touching]
            for f in touching:
                factor = self.merged(f, factor)
            out.append(factor)
        return Entries("s", *out)

    def contracted(self, factors: list[tuple[Term, Index]], i: str) -> list[tuple[Term, Index]]:
        """The sum over one index which two matrices share: their product."""
        sharing = [f for f in factors if i in f[1]]
        if len(sharing) != 2 or any(len(f[1]) != 2 for f in sharing):
            return factors
        (a, (p, q)), (b, (r, s)) = sharing
        left = a if q == i else self.T(a)
        right = b if r == i else self.T(b)
        ends: Index = (p if q == i else q, s if r == i else r)
        product: tuple[Term, Index] = (self.mul(left, right), ends)
        rest = [f for f in factors if f not in sharing]
        if ends[0] == ends[1]:
            return [*rest, (self.call("diag", product[0]), (ends[0],))]
        for f in [f for f in rest if set(f[1]) & set(ends) and not _chained(f[1], ends)]:
            rest.remove(f)
            product = self.merged(f, product)
        return [*rest, product]

    def merged(self, f: tuple[Term, Index], g: tuple[Term, Index]) -> tuple[Term, Index]:
        """The product of two factors over the same indices, or of a matrix and a vector over one of its indices."""
        (a, i), (b, j) = f, g
        if i == j:
            return self.had(a, b), i
        if i == tuple(reversed(j)):
            return self.had(a, self.T(b)), i
        if len(i) == 1:
            (a, i), (b, j) = (b, j), (a, i)
        diagonal = self.call("diag", b)
        return (self.mul(diagonal, a) if i[0] == j[0] else self.mul(a, diagonal)), i

    def quotient(self, a: Any, b: Any) -> Any:
        work = self.work
        if not isinstance(b, Entries):
            if not work.is_scalar(b):
                raise self.refuse("only a scalar can divide")
            return self.times(a, work.reciprocal(self.node, b, "pow"))
        if b.core != "s":
            raise self.refuse("only a scalar can divide")
        below = self.array(b, b.index)
        return self.times(a, Entries("s", (work.reciprocal(self.node, below, "hpow"), b.index)))

    def chain(self, args: list[Any]) -> Any:
        value = args[0]
        for op, other in zip(self.node.value, args[1:]):
            if op == "/":
                value = self.quotient(value, other)
            elif op in ("cdot", "times", "*") or (op == ".*" and _core(value) == _core(other) == "s"):
                columns = _core(value) == "v" and _core(other) == "v"
                value = self.times(Entries("r", *value.factors) if columns else value, other)
            else:
                raise self.refuse()
        return value

    # ------------------------------------------------------------ functions
    def function(self, name: str, args: list[Any]) -> Any:
        if name == "max" and len(args) == 2:
            zero = [isinstance(a, Term) and a.head == "num" and a.payload == 0 for a in args]
            name, args = ("relu", [a for a, z in zip(args, zero) if not z]) if any(zero) else (name, args)
        signature = self.work.signatures.get(name, ())
        if len(args) != 1 or not signature or not signature[0].elementwise or args[0].core != "s":
            raise self.refuse(f"the function {name} of an entry or row")
        e = args[0]
        index = e.index
        array = self.array(e, index)
        return Entries("s", (self.work.table.make(name, (array,), array.shape), index))

    def norm(self, kind: Any, e: Entries) -> Entries:
        if e.core == "s":
            out: Entries = self.function("abs", [e])
            return out
        if e.core == "o" or kind not in (None, "", "norm", "2"):
            raise self.refuse("this norm of a row")
        squares = self.call("rowsum", self.had(e.term, e.term))
        return Entries("s", (self.work.table.make("sqrt", (squares,), squares.shape), e.index))


def _chained(i: Index, j: Index) -> bool:
    """Do two matrices share one index, as the factors of a product do?"""
    return len(i) == len(j) == 2 and len(set(i) & set(j)) == 1


def _core(value: Any) -> str:
    return value.core if isinstance(value, Entries) else ""


def with_entries(work: LatexElaborator, node: Node, args: list[Any]) -> Any:
    """The value of a node some of whose arguments depend on the indices of a sum."""
    arrays, kind = Arrays(work, node), node.kind
    first = args[0]
    if kind in ("group", "braces"):
        return first
    if kind == "sum":
        return arrays.sum(args)
    if kind == "neg":
        return arrays.times(work.table.num(-1), first)
    if kind == "juxt":
        return arrays.product(args)
    if kind == "chain":
        return arrays.chain(args)
    if kind == "frac":
        return arrays.quotient(first, args[1])
    if kind == "transpose":
        return Entries({"v": "r", "r": "v"}.get(first.core, first.core), *first.factors)
    if kind == "power" and _core(first) == "s" and isinstance(args[1], Term) and work.is_scalar(args[1]):
        index = first.index
        return Entries("s", (arrays.power(arrays.array(first, index), args[1]), index))
    if kind == "fn":
        return arrays.function(node.value, args)
    if kind == "norm":
        return arrays.norm(node.value, first)
    if kind == "bars" and first.core == "s":
        return arrays.function("abs", args)
    if kind in ("inner", "colon") and _core(first) in ("v", "") and _core(args[1]) in ("v", ""):
        left = Entries("r", *first.factors) if isinstance(first, Entries) else work.transposed(first)
        return arrays.times(left, args[1])
    raise arrays.refuse()
