"""Random well-shaped expressions over everything that issue-1 questions may contain, as small trees.

A tree knows its shape and how it is written; `Case` is a question: an expression, shapes, properties, a variable.
Nothing of the project is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

Shape = tuple[str, str]  # dimensions as text: "1", "n", "m*n"
SCALAR: Shape = ("1", "1")
SUM, COLON, PRODUCT, SIGNED, POSTFIX, ATOM = range(6)

ANYWHERE = "exp sin cos tanh arctan sigmoid softplus erf normcdf sinh cosh tan relu abs sign".split()
POSITIVE = "log sqrt gammaln".split()
UNIT_INTERVAL = "arcsin arccos".split()
#: Structures of constants; the variable itself stays unstructured.
STRUCTURES = (
    ("symmetric",), ("positive_definite",), ("skew",), ("diagonal",), ("lower_triangular",), ("invertible",),
    ("orthogonal",), ("positive_determinant",), ("symmetric", "invertible"), ("positive",),
)  # fmt: skip


class Source(Protocol):
    """Where choices come from: `random.Random`, or Hypothesis."""

    def randrange(self, stop: int, /) -> int: ...


class Node(NamedTuple):
    """An expression: a template for its children, and how tightly each must bind."""

    template: str
    shape: Shape
    level: int = ATOM
    children: tuple[Node, ...] = ()
    needs: tuple[int, ...] = ()
    other: str = ""  # how the oracle writes it

    def text(self, oracle: bool = False) -> str:
        parts = []
        for child, need in zip(self.children, self.needs, strict=True):
            inner = child.text(oracle)
            parts.append(inner if child.level >= need else f"({inner})")
        return (self.other if oracle and self.other else self.template).format(*parts)

    def size(self) -> int:
        return 1 + sum(c.size() for c in self.children)

    def names(self) -> set[str]:
        found = set[str]().union(*(c.names() for c in self.children))
        return found | {self.template} if not self.children else found


@dataclass(frozen=True)
class Case:
    """A question: definitions and an expression of declared names."""

    f: Node
    wrt: str
    shapes: Mapping[str, str]
    assume: Mapping[str, list[str]] = field(default_factory=dict)
    definitions: tuple[tuple[str, Node], ...] = ()

    def text(self) -> str:
        return "".join(f"{name} = {d.text()}; " for name, d in self.definitions) + self.f.text()

    def parts(self) -> list[tuple[str, str]]:
        """Names and texts for the oracle, f last (under no name)."""
        return [(n, d.text(True)) for n, d in self.definitions] + [("", self.f.text(True))]

    def program(self) -> str:
        """What shows the case to somebody."""
        assume = f", assume={dict(self.assume)!r}" if self.assume else ""
        return f"derive.gradient({self.text()!r}, {self.wrt!r}, shapes={dict(self.shapes)!r}{assume})"

    def size(self) -> int:
        return self.f.size() + sum(d.size() for _, d in self.definitions)


class Generator:
    """Makes one case.  `budget` bounds the number of nodes, roughly."""

    def __init__(self, source: Source, budget: int = 14) -> None:
        self.source, self.left = source, budget
        self.wild = not source.randrange(12)  # arguments outside a domain, now and then
        self.dims = ("m", "n", "p")[: 2 + source.randrange(2)]
        self.shapes: dict[str, Shape] = {}
        self.props: dict[str, list[str]] = {}
        self.defined: dict[str, Node] = {}
        self.counted = False  # a dimension may occur as a scalar

    def pick(self, n: int) -> int:
        return self.source.randrange(n)

    def one(self, items: list[str] | tuple[str, ...]) -> str:
        return items[self.pick(len(items))]

    def dim(self) -> str:
        return self.one(self.dims)

    # ------------------------------------------------------------ the question
    def case(self) -> Case:
        if not self.pick(5):
            self._define()
        f = self.scalar()
        definitions = tuple((n, d) for n, d in self.defined.items())
        used = f.names().union(*(d.names() for _, d in definitions))
        free = [n for n in self.shapes if n in used and n not in self.defined]
        if not free:
            self.shapes.setdefault("x", ("n", "1"))
            free = ["x"]
            used.add("x")
        wrt = free[self.pick(len(free))]
        hidden = self._undeclared(free) if not self.pick(6) and not self.counted and wrt != "x" else set()
        shapes = {n: self._shape_text(self.shapes[n]) for n in free if n not in hidden}
        assume = {n: p for n, p in self.props.items() if n in free and n not in hidden and n != wrt}
        if wrt in self.props and set(self.props[wrt]) <= {"positive", "invertible", "positive_determinant"}:
            assume[wrt] = self.props[wrt]
        return Case(f, wrt, shapes, assume, definitions)

    @staticmethod
    def _undeclared(names: list[str]) -> set[str]:
        """Names whose shape the convention finds."""
        return {n for n in names if n[0].isupper() or n in "buvwxyz" or n == "alpha"}

    @staticmethod
    def _shape_text(shape: Shape) -> str:
        if shape == SCALAR:
            return "scalar"
        return shape[0] if shape[1] == "1" else f"{shape[0]} x {shape[1]}"

    def _define(self) -> None:
        kind = self.pick(3)
        if kind == 0:
            self.defined["gamma"] = self.scalar(3)
        elif kind == 1:
            self.defined["h"] = self.matrix((self.dim(), "1"), 3)
        else:
            self.defined["C"] = self.matrix((self.dim(), self.dim()), 3)
        for name, node in self.defined.items():
            self.shapes[name] = node.shape

    # ------------------------------------------------------------ leaves
    def name(self, shape: Shape) -> Node:
        """A variable of this shape: one of those in use, or a new one."""
        known = [n for n, s in self.shapes.items() if s == shape]
        pool = (
            ("s", "t", "alpha")
            if shape == SCALAR
            else tuple("xybzuvw")
            if shape[1] == "1"
            else tuple("XABMWKQ")
        )
        if shape[0] == "1" and shape != SCALAR:
            pool = ("r", "q")
        fresh = [n for n in pool if n not in self.shapes]
        if fresh and (not known or (len(known) < 3 and not self.pick(3))):
            name = fresh[0]
            self.shapes[name] = shape
            self._declare(name, shape)
        else:
            name = known[self.pick(len(known))] if known else pool[0]
            if not known:
                return Node("ones({},{})".format(*shape), shape)
        return Node(name, shape)

    def _declare(self, name: str, shape: Shape) -> None:
        chance = self.pick(6)
        if shape[0] == shape[1] != "1" and chance < 2:
            self.props[name] = list(STRUCTURES[self.pick(len(STRUCTURES))])
        elif chance == 0:
            self.props[name] = ["positive"]

    def known(self) -> list[str]:
        """The dimensions that a shape has: they are scalars, too."""
        sizes = {d for s in self.shapes.values() for d in s if d in self.dims}
        self.counted = self.counted or bool(sizes)
        return sorted(sizes)

    def constant(self, shape: Shape) -> Node:
        m, n = shape
        if shape == SCALAR:
            return Node(self.one(("2", "3", "1/2", "0.5", "pi", "1.25", *self.known())), SCALAR, PRODUCT)
        if m == n and self.pick(2):
            return Node(f"eye({m})", shape)
        if "*" in m or "*" in n or self.pick(2):
            ones = f"ones({m})" if n == "1" else f"ones({m},{n})"
            return Node(ones if self.pick(9) else f"zeros({m},{n})", shape)
        if n == "1":
            return Node(f"unit({m},{1 + self.pick(2)})", shape)
        if m == "1":
            return Node(f"ones({m},{n})", shape)
        return self.name(shape)

    def single(self, shape: Shape) -> Node:
        """A single-entry matrix beside a name, which gives it its shape."""
        (m, n), i, j = shape, 1 + self.pick(2), 1 + self.pick(2)
        entry = Node(f"J({i},{j})", shape, ATOM, (), (), f"(unit({m},{i})*unit({n},{j})')")
        template = self.one(("{0} + {1}", "{0} - {1}", "{0} .* {1}"))
        level = PRODUCT if "*" in template else SUM
        return self.make(template, shape, level, (self.name(shape), level), (entry, SIGNED))

    def leaf(self, shape: Shape) -> Node:
        return self.name(shape) if self.pick(6) else self.constant(shape)

    # ------------------------------------------------------------ composition
    def make(self, template: str, shape: Shape, level: int, *parts: tuple[Node, int]) -> Node:
        return Node(template, shape, level, tuple(p for p, _ in parts), tuple(n for _, n in parts))

    def call(self, name: str, shape: Shape, *args: Node) -> Node:
        inner = ", ".join(f"{{{i}}}" for i in range(len(args)))
        return Node(f"{name}({inner})", shape, ATOM, args, (SUM,) * len(args))

    def chosen(self, choices: list[tuple[int, Callable[[], Node]]]) -> Node:
        self.left -= 1
        at = self.pick(sum(w for w, _ in choices))
        for weight, make in choices:
            at -= weight
            if at < 0:
                return make()
        raise AssertionError

    def deep(self, depth: int) -> bool:
        return depth > 0 and self.left > 0

    # ------------------------------------------------------------ scalars
    def scalar(self, depth: int = 6) -> Node:
        if not self.deep(depth):
            return self.leaf(SCALAR)
        d = depth - 1
        return self.chosen([
            (4 if depth < 6 else 0, lambda: self.leaf(SCALAR)),
            (5, lambda: self.shared(SCALAR, d)),
            (3, lambda: self.make("{0}*{1}", SCALAR, PRODUCT, (self.scalar(d), PRODUCT), (self.scalar(d), SIGNED))),
            (2, lambda: self.make("{0}/{1}", SCALAR, PRODUCT, (self.scalar(d), PRODUCT), (self.positive(d), SIGNED))),
            (3, lambda: self.scalar_power(d)),
            (4, lambda: self.with_square("tr", d)),
            (2, lambda: self.with_square("det", d)),
            (3, lambda: self.call("logdet", SCALAR, self.definite(self.dim(), d))),
            (4, lambda: self.of_matrix("norm", d)),
            (2, lambda: self.of_matrix("norm1", d)),
            (4, lambda: self.of_matrix("sum", d)),
            (2, lambda: self.of_matrix("mean", d)),
            (4, lambda: self.colon(d)),
            (4, lambda: self.bilinear(d)),
            (2, lambda: self.call("logsumexp", SCALAR, self.matrix((self.dim(), "1"), d))),
            (3, lambda: self.elementwise(SCALAR, d)),
        ])  # fmt: skip

    def with_square(self, name: str, depth: int) -> Node:
        n = self.dim()
        return self.call(name, SCALAR, self.matrix((n, n), depth))

    def of_matrix(self, name: str, depth: int) -> Node:
        inner = self.call(name, SCALAR, self.matrix(self.any_shape(), depth))
        return (
            self.make("{0}^2", SCALAR, POSTFIX, (inner, POSTFIX))
            if name == "norm" and self.pick(2)
            else inner
        )

    def any_shape(self) -> Shape:
        kind = self.pick(12)
        if kind == 0:
            return (f"{self.dims[0]}*{self.dims[1]}", "1")
        if kind == 1:
            return (f"{self.dims[0]}*{self.dims[1]}", f"{self.dims[1]}*{self.dim()}")
        if kind == 2:
            return ("1", self.dim())
        return (self.dim(), "1") if kind < 7 else (self.dim(), self.dim())

    def colon(self, depth: int) -> Node:
        shape = self.any_shape()
        return self.make(
            "{0} : {1}",
            SCALAR,
            COLON,
            (self.matrix(shape, depth), PRODUCT),
            (self.matrix(shape, depth), PRODUCT),
        )

    def bilinear(self, depth: int) -> Node:
        m, n = self.dim(), self.dim()
        x, y = self.matrix((m, "1"), depth), self.matrix((n, "1"), depth)
        if m == n and self.pick(2):
            if self.pick(2):
                return self.call("dot", SCALAR, x, y)
            return self.make("{0}'*{1}", SCALAR, PRODUCT, (x, POSTFIX), (y, SIGNED))
        middle = self.matrix((m, n), depth)
        return self.make("{0}'*{1}*{2}", SCALAR, PRODUCT, (x, POSTFIX), (middle, SIGNED), (y, SIGNED))

    def scalar_power(self, depth: int) -> Node:
        k = self.pick(6)
        if k < 3:
            return self.make("{0}^" + ("2", "3", "4")[k], SCALAR, POSTFIX, (self.scalar(depth), POSTFIX))
        base = self.positive(depth)
        if k == 3:
            return self.make(
                "{0}^{1}", SCALAR, POSTFIX, (base, POSTFIX), (self.scalar(min(depth, 1)), ATOM + 1)
            )
        return self.make(
            "{0}^" + self.one(("-1", "-2", "0.5", "(1/2)", "(-1/2)", "1.5")), SCALAR, POSTFIX, (base, POSTFIX)
        )

    def positive(self, depth: int, shape: Shape = SCALAR) -> Node:
        """Something whose entries are positive, as a rule."""
        if self.wild and not self.pick(3):
            return self.matrix(shape, depth)
        ones = "1" if shape == SCALAR else f"ones({shape[0]},{shape[1]})"
        kind = self.pick(5)
        if kind == 0 and shape == SCALAR:
            square = self.make("{0}^2", SCALAR, POSTFIX, (self.of_matrix("norm", depth), POSTFIX))
            return self.make("{0} + 1", SCALAR, SUM, (square, COLON))
        if kind <= 1:
            node = self.name(shape)
            if (
                node.template in self.shapes
                and node.template not in self.defined
                and not self.props.get(node.template)
            ):
                self.props[node.template] = ["positive"]
            if self.props.get(node.template) == ["positive"]:
                return node
        if kind == 2:
            square = self.make("{0}.^2", shape, POSTFIX, (self.matrix(shape, depth - 1), POSTFIX))
            if shape == SCALAR:
                square = Node("{0}^2", shape, POSTFIX, square.children, square.needs)
            return self.make(f"{ones} + {{0}}", shape, SUM, (square, COLON))
        return self.call(
            self.one(("exp", "softplus", "sigmoid", "cosh")), shape, self.matrix(shape, depth - 1)
        )

    def elementwise(self, shape: Shape, depth: int) -> Node:
        kind = self.pick(10)
        if kind < 6:
            return self.call(self.one(ANYWHERE), shape, self.matrix(shape, depth))
        if kind < 9:
            return self.call(self.one(POSITIVE), shape, self.positive(depth, shape))
        inner = self.make(
            "{0}/2", shape, PRODUCT, (self.call("tanh", shape, self.matrix(shape, depth - 1)), PRODUCT)
        )
        return self.call(self.one(UNIT_INTERVAL), shape, inner)

    # ------------------------------------------------------------ any shape
    def shared(self, shape: Shape, depth: int) -> Node:
        """What every shape has: sums, signs."""
        kind = self.pick(7)
        a = self.matrix(shape, depth)
        if kind == 0:
            return self.make("-{0}", shape, SIGNED, (a, POSTFIX))
        sign = "+" if kind < 4 else "-"
        return self.make(f"{{0}} {sign} {{1}}", shape, SUM, (a, SUM), (self.matrix(shape, depth), COLON))

    def matrix(self, shape: Shape, depth: int) -> Node:
        """An expression of any shape, vectors and scalars included."""
        if shape == SCALAR:
            return self.scalar(min(depth, 5))
        if not self.deep(depth):
            return self.leaf(shape)
        m, n = shape
        d = depth - 1
        choices = [
            (7, lambda: self.leaf(shape)),
            (4, lambda: self.shared(shape, d)),
            (2, lambda: self.make("{0}*{1}", shape, PRODUCT, (self.scalar(d), PRODUCT), (self.matrix(shape, d), SIGNED))),
            (1, lambda: self.make("{0}/{1}", shape, PRODUCT, (self.matrix(shape, d), PRODUCT), (self.positive(d), SIGNED))),
            (2, lambda: self.make("{0} .* {1}", shape, PRODUCT, (self.matrix(shape, d), PRODUCT), (self.matrix(shape, d), SIGNED))),
            (1, lambda: self.make("{0}./{1}", shape, PRODUCT, (self.matrix(shape, d), PRODUCT), (self.positive(d, shape), SIGNED))),
            (1, lambda: self.entrywise_power(shape, d)),
            (3, lambda: self.elementwise(shape, d)),
            (2, lambda: self.make("{0}'", shape, POSTFIX, (self.matrix((n, m), d), POSTFIX))),
            (4, lambda: self.product(shape, d)),
        ]  # fmt: skip
        if "*" in m + n:
            choices += [(12, lambda: self.stacked(shape, d))]
        elif n == "1":
            choices += self.vectors(m, d)
        elif m != "1":
            choices += self.proper_matrices(m, n, d)
        return self.chosen(choices)

    def entrywise_power(self, shape: Shape, depth: int) -> Node:
        k = self.pick(4)
        if k < 2:
            return self.make("{0}.^" + ("2", "3")[k], shape, POSTFIX, (self.matrix(shape, depth), POSTFIX))
        exponent = self.one(("-1", "0.5", "(1/2)", "-2", "alpha"))
        if exponent == "alpha":
            self.shapes.setdefault("alpha", SCALAR)
            return self.make(
                "{0}.^{1}",
                shape,
                POSTFIX,
                (self.positive(depth, shape), POSTFIX),
                (Node("alpha", SCALAR), ATOM),
            )
        return self.make("{0}.^" + exponent, shape, POSTFIX, (self.positive(depth, shape), POSTFIX))

    def product(self, shape: Shape, depth: int) -> Node:
        m, n = shape
        if "*" not in m + n:
            k = self.dim()
        else:  # (A kron B)*C, with a square first factor
            k = n if "*" not in m else m
        a, b = self.matrix((m, k), depth), self.matrix((k, n), depth)
        return self.make("{0}*{1}", shape, PRODUCT, (a, PRODUCT), (b, SIGNED))

    def vectors(self, n: str, depth: int) -> list[tuple[int, Callable[[], Node]]]:
        shape = (n, "1")
        return [
            (2, lambda: self.call("softmax", shape, self.matrix(shape, depth))),
            (1, lambda: self.call("rowsum", shape, self.matrix((n, self.dim()), depth))),
            (1, lambda: self.call("colsum", shape, self.matrix((self.dim(), n), depth))),
            (1, lambda: self.call("diag", shape, self.matrix((n, n), depth))),
        ]

    def proper_matrices(self, m: str, n: str, depth: int) -> list[tuple[int, Callable[[], Node]]]:
        shape = (m, n)
        choices: list[tuple[int, Callable[[], Node]]] = [
            (1, lambda: self.single(shape)),
            (1, lambda: self.call("outer", shape, self.matrix((m, "1"), depth), self.matrix((n, "1"), depth))),
            (1, lambda: self.make("{0}*{1}'", shape, PRODUCT, (self.matrix((m, "1"), depth), PRODUCT), (self.matrix((n, "1"), depth), POSTFIX))),
        ]  # fmt: skip
        if m == n:
            choices += [
                (2, lambda: self.call("diag", shape, self.matrix((n, "1"), depth))),
                (2, lambda: self.call("inv", shape, self.regular(n, depth))),
                (1, lambda: self.call("adj", shape, self.matrix(shape, depth))),
                (1, lambda: self.make("{0}^" + self.one(("2", "3")), shape, POSTFIX, (self.matrix(shape, depth), POSTFIX))),
                (1, lambda: self.make("{0}^" + self.one(("-1", "-2")), shape, POSTFIX, (self.regular(n, depth), POSTFIX))),
            ]  # fmt: skip
        return choices

    def stacked(self, shape: Shape, depth: int) -> Node:
        """Shapes with a product: kron, vec."""
        (m, p), (n, q) = ((d.split("*") if "*" in d else ["1", d] if d != "1" else ["1", "1"]) for d in shape)
        if shape[1] == "1" and self.pick(2):
            return self.call("vec", shape, self.matrix((m, p), depth))
        if shape[0] == "1" and self.pick(2):
            vec = self.call("vec", (shape[1], "1"), self.matrix((n, q), depth))
            return self.make("{0}'", shape, POSTFIX, (vec, POSTFIX))
        if (m, n) == SCALAR or (p, q) == SCALAR:
            return self.leaf(shape)
        return self.call("kron", shape, self.matrix((m, n), depth), self.matrix((p, q), depth))

    def regular(self, n: str, depth: int) -> Node:
        """A matrix that is invertible, as a rule."""
        return self.matrix((n, n), depth) if not self.pick(3) else self.definite(n, depth)

    def definite(self, n: str, depth: int) -> Node:
        """A square matrix of positive determinant, as a rule."""
        shape, kind = (n, n), self.pick(5)
        if kind == 0:
            return self.name(shape)
        if kind == 1:
            a = self.matrix((n, self.dim()), depth - 1)
            gram = self.make("{0}*{1}'", shape, PRODUCT, (a, PRODUCT), (a, POSTFIX))
            return self.make(f"{{0}} + eye({n})", shape, SUM, (gram, SUM))
        if kind == 2:
            a = self.matrix((n, self.dim()), depth - 1)
            self.shapes.setdefault("alpha", SCALAR)
            self.props["alpha"] = ["positive"]
            gram = self.make("{0}*{1}'", shape, PRODUCT, (a, PRODUCT), (a, POSTFIX))
            return self.make(
                f"{{0}} + {{1}}*eye({n})", shape, SUM, (gram, SUM), (Node("alpha", SCALAR), PRODUCT)
            )
        if kind == 3:
            return self.call("diag", shape, self.positive(depth, (n, "1")))
        return self.make(
            f"3*eye({n}) + {{0}}",
            shape,
            SUM,
            (self.call("tanh", shape, self.matrix(shape, depth - 1)), COLON),
        )


def smaller(case: Case) -> Iterator[Case]:
    """Cases with a part replaced by one of its own parts of the same shape, or by a leaf."""
    roots = [case.f, *(d for _, d in case.definitions)]
    for r, root in enumerate(roots):
        for new in _smaller(root, case.shapes):
            if r == 0:
                yield replace(case, f=new)
            else:
                definitions = list(case.definitions)
                definitions[r - 1] = (definitions[r - 1][0], new)
                yield replace(case, definitions=tuple(definitions))
    for i, (name, _) in enumerate(case.definitions):
        rest = case.definitions[:i] + case.definitions[i + 1 :]
        if name not in case.f.names().union(*(d.names() for _, d in rest)):
            yield replace(case, definitions=rest)
    used = case.f.names().union(*(d.names() for _, d in case.definitions)) | {case.wrt}
    shapes = {k: v for k, v in case.shapes.items() if k in used}
    assume = {k: v for k, v in case.assume.items() if k in used}
    if len(shapes) + len(assume) < len(case.shapes) + len(case.assume):
        yield replace(case, shapes=shapes, assume=assume)
    for name in case.assume:
        yield replace(case, assume={k: v for k, v in case.assume.items() if k != name})


def _smaller(node: Node, shapes: Mapping[str, str]) -> Iterator[Node]:
    for part in _parts(node):
        if part.shape == node.shape:
            yield part
    if node.children and node.shape != SCALAR:
        m, n = node.shape
        names = [k for k, v in shapes.items() if v == (m if n == "1" else f"{m} x {n}")]
        yield from (Node(k, node.shape) for k in names)
    for i, child in enumerate(node.children):
        for new in _smaller(child, shapes):
            yield node._replace(children=(*node.children[:i], new, *node.children[i + 1 :]))


def _parts(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _parts(child)
