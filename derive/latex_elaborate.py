"""LaTeX trees to typed terms: the shapes of the operands decide what is ambiguous."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import mistakes
from .calls import Signatures
from .dims import Dims, is_unknown
from .elaborate import METHODS, Elaborator
from .errors import AmbiguityError, ParseError, ShapeError
from .latex_calls import TWO_SENSES, bars, function, implicit, norm
from .latex_sums import Entries, entry, over, row, sum_over, with_entries
from .latex_words import BY_SHAPE
from .shapes import Span, kind_text
from .terms import SCALAR, Dim, Shape, Table, Term, dim_product
from .tree import Node

#: The words that have readings to choose, and their senses.
_WORDS: dict[str, tuple[str, ...]] = {
    **{w: ("entrywise", "matrix") for w in ("exp", "log", "sqrt", "sin", "cos")},
    "|": ("det", "abs", "norm"),
    "norm": ("frobenius", "spectral"),
    "norm_2": ("spectral", "frobenius"),
    "norm_1": ("entrywise",),
    "dagger": ("pinv", "adjoint"),
    "star": ("conj", "adjoint"),
    "otimes": ("kron", "outer"),
    "1": ("ones",),
    "power": ("entrywise",),
}
_SAME_WORD = {"ln": "log", "e^": "exp", "||": "norm", "elementwise": "entrywise", "expm": "matrix", "logm": "matrix",
              "sqrtm": "matrix", "sinm": "matrix", "cosm": "matrix", "transpose": "adjoint", "fro": "frobenius",
              "abs": "abs", "element-wise": "entrywise"}  # fmt: skip


def senses(reading: Mapping[str, str] | None) -> dict[str, str]:
    """The user's decisions, checked: ``{"exp": "entrywise"}``."""
    out: dict[str, str] = {}
    for word, sense in dict(reading or {}).items():
        key = _SAME_WORD.get(str(word).removeprefix("\\"), str(word).removeprefix("\\"))
        value = _SAME_WORD.get(str(sense), str(sense))
        if key in TWO_SENSES and value == "entrywise":
            out[key] = value
        elif key not in _WORDS:
            raise ParseError(f"`{str(word)[:30]}` has no readings to choose", hint=f"words are {', '.join(_WORDS)}")
        elif value not in _WORDS[key]:
            raise ParseError(f"`{str(word)}` cannot be read as {str(sense)[:30]!r}", hint=f"senses are {', '.join(_WORDS[key])}")
        else:
            out[key] = value
    return out


class LatexElaborator(Elaborator):
    """Elaborates trees of the LaTeX parser; `defaults` collects sentences on what a default decided."""

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

    def value(self, node: Node, args: list[Any]) -> Any:
        if node.kind not in ("bigsum", "over") and any(isinstance(a, Entries) for a in args):
            return with_entries(self, node, args)
        return METHODS_LATEX[node.kind](self, node, args)

    # ------------------------------------------------------------ messages
    def say(self, sentence: str) -> None:
        self.defaults.setdefault(sentence)

    def shown(self, node: Node, width: int = 40) -> str:
        shown = " ".join(self.text[node.start : node.end].split())
        return shown if len(shown) <= width else shown[: width - 3] + "..."

    def ambiguous(self, node: Node, first: str, second: str, hint: str = "") -> AmbiguityError:
        return AmbiguityError(
            f"`{self.shown(node)}` has two readings", text=self.text, span=node.span, why=f"{first}, or {second}", hint=hint
        )

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
            raise ParseError(what, text=self.text, span=node.span, hint="the exponential is e^{...}; declare e if it is a name")
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
            args = [a if self.shape(a) != SCALAR else self.spread(node, part, a, shape) for part, a in zip(node.args, args)]
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
        kinds = {op if op in ("kron", "cdot") else op[0] for i, op in enumerate(node.value) if arrays[i] and arrays[i + 1]}
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
        if op == "cdot" and a[1] == b[1] == 1 and a != SCALAR != b:
            if self.same_shape(left.shape, right.shape, node.args[i].span):
                return self.joined([self.transposed(left), right], SCALAR)
        if op == "times" and a[1] == b[1] == 1 and a != SCALAR != b:
            raise self.misshapen("a cross product is not read", node)
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
                raise self.ambiguous(node, "the Kronecker product", r"the outer product x y^\top", 'reading={"otimes": "kron"}')
        return self.call(Node("call", "kron", (node.args[i - 1], node.args[i]), node.start, node.args[i].end), [left, right])

    def loose(self, node: Node, i: int, left: Term, right: Term, op: str) -> None:
        r"""``A \odot B C``: refused where (A \odot B) C has a shape, too."""
        before, after = node.args[i - 1], node.args[i]
        for part, other, outer in ((before, right, -1), (after, left, 0)):
            shapes = [s for s in self.factors.get(id(part), ()) if self.dims.shape(s) != SCALAR] if part.kind == "juxt" else []
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
                    node, f"`{sign}` of the whole products", f"`{sign}` of the factors beside it alone", "write brackets"
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
            r = self.shape(right)
            why = r"a matrix does not divide: write A^{-1} on its side, or \oslash for the entries"
            raise self.misshapen(f"the denominator is {kind_text(r)}, and only a scalar can divide", below, why)
        factor = self.reciprocal(below, right, "pow")
        if left.head == right.head == "num":
            a, b = left.payload, right.payload
            if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
                return self.table.num(Fraction(a) / b)
        if left.head == "num" and left.payload == 1:
            return factor
        return self.joined([left, factor], left.shape)

    def frac(self, node: Node, args: list[Term]) -> Term:
        return self.quotient(node, node.args[1], args[0], args[1])

    def inner(self, node: Node, args: list[Term]) -> Term:
        if self.shape(args[0]) == self.shape(args[1]) == SCALAR:
            return self.joined(args, SCALAR)
        return self.colon(node, args)

    # ------------------------------------------------------------ powers
    def power(self, node: Node, args: list[Term]) -> Term:
        base, exponent = args
        shape = self.shape(base)
        value = exponent.payload if exponent.head == "num" else None
        self.of_value(node, isinstance(value, (int, Fraction, Decimal)) and (value < 0 or value != int(value)))
        if node.value == ".^" or shape == SCALAR or not self.is_scalar(exponent):
            return super().power(node, args)
        if isinstance(value, (Fraction, Decimal)) and value * 2 == int(value * 2):
            return self.half_power(node, base, int(value * 2))
        if shape[1] == 1 or shape[0] == 1:
            if self.senses.get("power") == "entrywise" or (self.entrywise and value is not None):
                return self.table.make("hpow", (base, exponent), base.shape)
            k = self.shown(node.args[1], 12).strip("{}")
            if value == -1:
                raise self.misshapen("a vector has no inverse", node, rf"write x^{{\odot -1}} for the entries")
            raise self.ambiguous(
                node, "the powers of the entries", r"the squared length" if value == 2 else "a power of the length",
                rf'write x^{{\odot {k}}}, or \|x\|^{k}; or reading={{"power": "entrywise"}}',
            )  # fmt: skip
        return super().power(node, args)

    def of_value(self, node: Node, odd: bool) -> None:
        r"""``\operatorname{tr}(A)^{-1}``: of the number, or of the matrix?"""
        inner = node.args[0]
        if odd and inner.kind == "fn" and inner.value in ("tr", *(("log", "sin", "cos") if node.kind == "power" else ())):
            mark = "transpose" if node.kind == "transpose" else "power"
            first, second = f"the {mark} of the value", f"the function of the {mark} of its argument"
            raise self.ambiguous(node, first, second, "put brackets around what is meant")

    def half_power(self, node: Node, base: Term, twice: int) -> Term:
        if twice != 1 and self.unknown(self.shape(base)) and not self.vector(base):
            self.dims.unify(*base.shape, node.span)
        root = self.matrix_function(node, "sqrt", base)
        if twice == 1:
            return root
        minus = self.table.num(twice)
        head = "hpow" if self.vector(base) or root.head == "sqrt" else "pow"
        return self.table.make(head, (root, minus), root.shape)

    def matrix_function(self, node: Node, name: str, arg: Term) -> Term:
        """A function that a square matrix has in two senses: the matrix function unless it was decided otherwise."""
        shape = self.shape(arg)
        sense = self.senses.get(name) or ("entrywise" if self.entrywise else "")
        if 1 in shape or sense == "entrywise":
            return self.table.make(name, (arg,), arg.shape)
        if sense == "matrix" and shape[0] != shape[1] and not self.dims.unify(*arg.shape, node.span):
            raise self.misshapen(f"only a square matrix has a matrix function; this is {kind_text(shape)}", node)
        if shape[0] == shape[1] or sense:
            if not sense:
                self.say_matrix(name)
            return self.table.make(BY_SHAPE[name], (arg,), arg.shape)
        if not self.unknown(shape):
            self.say(f"`{name}` of a matrix that is not square is read entrywise")
            return self.table.make(name, (arg,), arg.shape)
        term = self.table.make("?" + name, (arg,), arg.shape, node.span)
        self.waiting[term] = (name, node.span)
        return term

    def say_matrix(self, name: str) -> None:
        self.say(f'`{name}` of a square matrix is read as the matrix function (reading={{"{name}": "entrywise"}} otherwise)')

    # ------------------------------------------------------------ the end
    def settle(self) -> None:
        """Decide the functions that wait for the shape of their argument, then what is still open."""
        bad = self.dims.settle()
        if bad is not None:
            raise mistakes.undecided(self.text, bad)
        for term, (name, span) in self.waiting.items():
            rows, columns = self.shape(term)
            if rows == columns or 1 in (rows, columns):
                self.chosen[term] = BY_SHAPE[name] if rows == columns != 1 else name
                if rows == columns != 1:
                    self.say_matrix(name)
            else:
                raise self.ambiguous(
                    Node("fn", name, (), *span), "the matrix function of a square matrix", "the function of every entry",
                    f'declare the shape, or reading={{"{name}": "entrywise"}}',
                )  # fmt: skip
        for dim, span, what in self.sized:
            if self.unknown(self.dims.shape((dim, 1))):
                raise ShapeError(f"the size of {what} does not follow from its context", text=self.text, span=span,
                                 hint=r"write its size below, as in I_n or \mathbf{1}_n")  # fmt: skip
        super().settle()

    def rebuilt(self, table: Table, term: Term, args: tuple[Term, ...]) -> Term:
        if term in self.chosen:
            return table.make(self.chosen[term], args, self.dims.shape(term.shape))
        return super().rebuilt(table, term, args)

    # ------------------------------------------------------------ adjoints
    def plus(self, node: Node, args: list[Term]) -> Term:
        return self.call(Node("call", "pinv", node.args, *node.span), args)

    def hermitian(self, node: Node, args: list[Term]) -> Term:
        if not self.complex:
            self.say("the variables are real: the conjugate transpose is the transpose")
            return self.transposed(args[0])
        return self.transposed(self.conj(args[0]))

    def conj(self, term: Term) -> Term:
        return self.table.make("conj", (term,), term.shape)

    def dagger(self, node: Node, args: list[Term]) -> Term:
        sense = self.senses.get("dagger")
        if sense is None:
            sense = "adjoint" if self.complex else "pinv"
            other = "pinv" if self.complex else "adjoint"
            meaning = "the conjugate transpose" if self.complex else "the pseudo-inverse"
            self.say(f'the dagger is read as {meaning} (reading={{"dagger": "{other}"}} otherwise)')
        return self.hermitian(node, args) if sense == "adjoint" else self.plus(node, args)

    def star(self, node: Node, args: list[Term]) -> Term:
        sense = self.senses.get("star")
        if sense is None and self.shape(args[0]) == SCALAR and self.complex:
            sense = "conj"
        if sense is None:
            hint = r'write X^H or \overline{X}, or reading={"star": "adjoint"}'
            raise self.ambiguous(node, "the conjugate transpose", "the conjugate", hint)
        return self.hermitian(node, args) if sense == "adjoint" else self.conjugate(node, args)

    def conjugate(self, node: Node, args: list[Term]) -> Term:
        if self.complex:
            return self.conj(args[0])
        what = "a conjugate of a real variable"
        raise ParseError(what, text=self.text, span=node.span, hint="an own name such as x_bar must be declared")


Method = Callable[[Any, Node, list[Any]], Any]
METHODS_LATEX: dict[str, Method] = {
    **METHODS,
    "sum": LatexElaborator.sum, "transpose": LatexElaborator.transpose, "power": LatexElaborator.power,
    "name": LatexElaborator.name, "group": LatexElaborator.passed, "braces": LatexElaborator.passed,
    "juxt": LatexElaborator.juxt, "chain": LatexElaborator.chain, "frac": LatexElaborator.frac,
    "inner": LatexElaborator.inner, "eye": LatexElaborator.eye, "ones": LatexElaborator.ones,
    "zeros": LatexElaborator.zeros, "unit": LatexElaborator.basis, "plus": LatexElaborator.plus,
    "hermitian": LatexElaborator.hermitian, "dagger": LatexElaborator.dagger, "star": LatexElaborator.star,
    "conjugate": LatexElaborator.conjugate, "bigsum": sum_over, "over": over,
    "entry": entry, "row": row, "fn": function, "implicit": implicit, "norm": norm, "bars": bars,
}  # fmt: skip
