"""What is known at a line of a derivation: f, the variables, what the lines before have defined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..calls import Signatures
from ..claims import Derivative, Problem
from ..errors import DeriveError, ParseError
from ..latex_names import Names
from ..question import STRUCTURE
from ..recognise import read_any
from ..syntax import Reading
from ..terms import SCALAR, Shape, Table, Term, dim_product, postorder, shape_text
from ..truth import Roots
from .reader import Context, read_line, with_differentials
from .sides import Side


class Key(NamedTuple):
    """Which function of which variable a line is about."""

    function: str = "f"  # or a definition's name; "" where it is `expression`
    variable: str = ""
    others: tuple[str, ...] = ()  # variables that move, too
    jacobian: bool = False
    transposed: bool = False
    expression: Term | None = None


class Formula(NamedTuple):
    """A right side as it was read."""

    term: Term
    every_entry: bool = False  # does it hold the values for all indices of the line's entry?
    loose: bool = False  # does it hold a derivative whose layout nobody has stated?


class Known:
    """Names with their shapes and meanings."""

    def __init__(
        self, table: Table, signatures: Signatures, shapes: Mapping[str, str], assume: Mapping[str, Sequence[str]],
        convention: str | None, reading: Mapping[str, str] | None,
    ) -> None:  # fmt: skip
        self.table, self.signatures, self.reading = table, signatures, reading
        self.shapes, self.assume, self.convention = dict(shapes), assume, convention
        self.f: Term | None = None
        self.wrt = ""
        self.symbols: dict[str, Term] = {}
        self.drawn: dict[str, Term] = {}  # what has random values
        self.lets: list[tuple[str, Term, Term]] = []
        self.given = 0  # how many definitions belong to f
        self.functions: set[str] = {"f"}  # names of f
        self.said: list[Term] = []  # what lines say f is
        self.small: dict[str, str] = {}  # names in f(X + epsilon*J), and what they are
        self.derivatives: dict[str, Derivative] = {}
        self.loose: set[str] = set()
        self.problems: dict[Key, Problem] = {}
        self.met: dict[Side, tuple[str, str, bool] | None] = {}  # derivatives that were looked up
        self.standing: dict[str, str] = {}  # a name -> the derivative that it stands for
        self.constants: set[str] = set()  # what is said not to move

    def read_f(self, f: Any, wrt: str) -> None:
        """f and the variable; raises `DeriveError`."""
        got = self._reading_of(f, wrt)
        if not wrt and len(got.symbols) > 1:
            raise ParseError(
                "by which variable is f differentiated?",
                why=f"f depends on {', '.join(list(got.symbols)[:6])}",
                hint='say it, as in wrt="X" (--wrt X)',
            )
        self.wrt = wrt or next(iter(got.symbols), "")
        if not self.wrt:
            raise ParseError("f depends on no variable", hint='say which is meant, as in wrt="X" (--wrt X)')
        self.f, self.drawn = got.term, dict(got.symbols)
        self.symbols = {**got.symbols, **got.defined}
        self.lets = [(n, got.defined[n], t) for n, t in got.definitions]
        self.given = len(self.lets)
        self.shapes.update({n: shape_text(t.shape) for n, t in self.symbols.items()})
        for name in self.symbols:
            self.shapes.setdefault("d" + name, self.shapes[name])

    def _reading_of(self, f: Any, wrt: str) -> Reading:
        """f as it is read with the shapes that are declared; the others follow, as they do in ASCII."""

        def reading(text: Any, shapes: Mapping[str, str] | None, chosen: Mapping[str, str] | None) -> Reading:
            return read_any(
                text,
                table=self.table,
                signatures=self.signatures,
                shapes=shapes,
                assume=self.assume,
                wrt=wrt or None,
                reading=chosen,
            )

        try:
            return reading(f, self.shapes or None, self.reading)
        except ParseError as error:  # LaTeX wants all shapes or none
            if not isinstance(f, str) or not self.shapes:
                raise
            with suppress(DeriveError):
                free = reading(f, None, self.reading)
                if free.ascii:
                    return reading(free.ascii, self.shapes, {"syntax": "ascii"})
            raise error from None

    def resolve(self, name: str) -> str:
        """The declared name that is written so: W1 for W_1, lam for lambda."""
        known = {*self.symbols, *self.shapes}
        if not name or name in known:
            return name
        stem, _, index = name.partition("_")
        found = Names("", known, False, ()).find(stem, (), (index,) if index else ())
        return found or name

    @property
    def variable(self) -> Term:
        return self.symbols[self.wrt]

    # ------------------------------------------------------------ reading
    def context(self, entry: tuple[str, ...] = ()) -> Context:
        """What a formula is read with."""
        assert self.f is not None
        shape = shape_text(self.f.shape)
        names = {name: {"epsilon": "scalar"}.get(role, self.shapes[self.wrt]) for name, role in self.small.items()}
        shapes = {"f": shape, "df": shape, "J": self.shapes[self.wrt], **names, **self.shapes}
        shapes.update({name: shape for name in self.functions if name != "f"})
        shapes.update({i: "scalar" for i in entry if i.isalpha() and i not in shapes})
        functions = self.functions | {name for name, _, _ in self.lets}
        return Context(
            self.table, self.signatures, shapes, self.assume, self.reading, functions, self.wrt, entry, self.derivative
        )

    def formula(
        self, text: str, entry: tuple[str, ...] = (), syntax: str = "auto", expected: Shape | None = None,
        differential: bool = True,
    ) -> Formula:  # fmt: skip
        """What a right side says; `expected` is its shape, where a size does not follow otherwise."""
        self.table.look()
        context = self.context(entry)._replace(expected=expected, differential=differential)
        if syntax == "latex or ascii":
            try:
                return self.formula(text, entry, "latex", expected, differential)
            except DeriveError:
                syntax = "auto"
        if syntax != "auto":
            context = context._replace(reading={**(self.reading or {}), "syntax": syntax})
        got, every_entry = read_line(text, context)
        unknown = [
            n for n in got.symbols if n not in context.shapes and n not in self.derivatives and n[:6] != "along_"
        ]
        if unknown:
            hint = "define it in a line before, or declare its shape"
            raise ParseError(f"`{unknown[0]}` is not known here", hint=hint)
        loose = any(t.head == "var" and t.name in self.loose for t in postorder(got.term))
        return Formula(self.in_differentials(got.term), every_entry, loose)

    def in_differentials(self, term: Term) -> Term:
        """The term with d(X) for the names dX; other names of f are f."""
        assert self.f is not None
        f = self.table.var("f", self.f.shape)
        if len(self.functions) > 1:
            names = {name: f for name in self.functions if name not in self.symbols}
            term = substituted(term, names, self.table)
        named = {t.name: t for t in postorder(term) if t.head == "var" and t.name in self.standing}
        if named:
            values = {n: self.table.var(self.standing[n], t.shape) for n, t in named.items() if n not in self.symbols}
            term = substituted(term, values, self.table)
        aliases = dict.fromkeys(self.functions, f)
        term = with_differentials(term, {**aliases, **self.symbols}, self.table)
        still = {
            self.table.d(self.symbols[n]): self.table.make("zeros", (), self.symbols[n].shape) for n in self.constants
        }
        return replaced(term, still, self.table) if still else term

    def stand_for(self, name: str, side: Side) -> None:
        """A name for a derivative, as in ``g = \\nabla f``."""
        found = self.derivative(side)
        if found is not None and not found[2]:
            self.standing[name], self.shapes[name] = found[0], found[1]

    def define(self, name: str, term: Term) -> None:
        """A new name."""
        symbol = self.table.var(name, term.shape)
        self.symbols[name] = symbol
        self.shapes[name] = self.shapes["d" + name] = shape_text(term.shape)
        self.lets.append((name, symbol, term))
        self.problems.clear()
        self.met.clear()

    def expanded(self, term: Term) -> Term:
        """With every definition substituted."""
        values: dict[str, Term] = {}
        for name, _, definition in self.lets:
            values[name] = substituted(definition, values, self.table)
        return substituted(term, values, self.table)

    # ------------------------------------------------------------ problems
    def structured(self) -> str | None:
        """The convention for the variable, where it has a structure."""
        has = set(self.assume.get(self.wrt, ())) & STRUCTURE
        return (self.convention or "tangent") if has else None

    def problem(self, key: Key) -> Problem:
        """What lines about the function are judged against; raises `ParseError`."""
        if key not in self.problems:
            self.problems[key] = self.build(key, self.drawn, self.structured())
        return self.problems[key]

    def build(self, key: Key, drawn: Mapping[str, Term], convention: str | None) -> Problem:
        """The same with other properties or another convention."""
        assert self.f is not None
        name = key.variable or self.wrt
        if name not in self.symbols:
            raise ParseError(f"`{name}` is not known here", hint="define it in a line before")
        lets = list(self.lets)
        if "f" not in self.symbols:  # lines may speak of f and df
            lets.insert(self.given, ("f", self.table.var("f", self.f.shape), self.f))
        variable = drawn.get(name) or self.symbols[name]
        computed: list[tuple[str, Term]] = []
        root = self.root(key)
        if name not in drawn:
            root, lets, computed = self.through(name, root, lets)
        problem = Problem(
            root, variable, drawn, lets, convention if name == self.wrt else None,
            transposed=key.transposed, jacobian=key.jacobian, watch=self.table.look,
        )  # fmt: skip
        problem.foreign, problem.computed = True, computed
        problem.others = [self.symbols[n] for n in key.others]
        problem.small = {} if name != self.wrt else self.small
        problem.derivatives = self.derivatives
        return problem

    def root(self, key: Key) -> Term:
        """What is differentiated."""
        assert self.f is not None
        if key.expression is not None:
            return key.expression
        return self.f if key.function == "f" else self.symbols[key.function]

    def through(
        self, name: str, root: Term, lets: list[tuple[str, Term, Term]]
    ) -> tuple[Term, list[tuple[str, Term, Term]], list[tuple[str, Term]]]:
        """f as a function of something defined: its definition is replaced by its name."""
        definition = next(t for n, _, t in lets if n == name)
        symbol, table = self.symbols[name], self.table
        swap = {definition: symbol, self.expanded(definition): symbol}
        rest = [(n, s, replaced(t, swap, table)) for n, s, t in lets if n != name]
        candidates = [root, *(self.said if root is self.f else [])]
        for candidate in [replaced(c, swap, table) for c in candidates]:
            if self._depends(candidate, name, rest):
                break
        else:
            what = f"f is not a function of `{name}` in any line before"
            raise ParseError(what, hint=f"write f in terms of {name}")
        if root is self.f:  # in terms of the name, and so after what it may mention
            rest = [*(r for r in rest if r[0] != "f"), ("f", table.var("f", self.f.shape), candidate)]
        return candidate, rest, [(name, self.expanded(definition))]

    @staticmethod
    def _depends(term: Term, name: str, lets: Sequence[tuple[str, Term, Term]]) -> bool:
        values = {n: t for n, _, t in lets}
        stack, seen = [term], set()
        while stack:
            for t in postorder(stack.pop()):
                if t.head == "var" and t.name not in seen:
                    seen.add(t.name)
                    if t.name in values:
                        stack.append(values[t.name])
        return name in seen

    # ------------------------------------------------------------ derivatives in formulas
    def derivative(self, side: Side) -> tuple[str, str, bool] | None:
        """The name and shape of a derivative that stands in a formula, and is it transposed; or None."""
        if side not in self.met:
            self.met[side] = self._derivative(side)
        return self.met[side]

    def _derivative(self, side: Side) -> tuple[str, str, bool] | None:
        """The same, looked up."""
        function = "f" if side.name in self.functions else self.resolve(side.name)
        name = self.resolve(side.variable) or self.wrt
        if side.expression and self.f is not None:
            return self._of_expression(side, name)
        if self.f is None or (function != "f" and function not in self.symbols):
            return None
        shape = self.f.shape if function == "f" else self.symbols[function].shape
        if side.kind == "entry" and name == self.wrt:
            return f"along_{function}", shape_text(shape), False
        if side.kind in ("hessian", "d2f") and function == "f" and shape == SCALAR and name == self.wrt:
            size = _size(self.variable.shape)
            label, own = ("D2_f", (size, size)) if side.kind == "hessian" else ("d2f", SCALAR)
            self.derivatives[label] = Derivative(Roots([]), self.variable, (), 2)
            return label, shape_text(own), False
        if side.kind not in ("gradient", "jacobian") or name not in self.symbols:
            return None
        if function == name or function in self.drawn:
            return None
        problem = self.problem(Key(function, name))
        label = f"D_{function}_{name}"
        own = problem.variable.shape
        if shape != SCALAR and own != SCALAR:
            label += "_t" if side.transposed else ""
            if not side.transposed:
                self.loose.add(label)
            own = (_size(shape), _size(own))
        elif shape != SCALAR:
            own = shape
        roots = Roots([*problem.roots.pairs])
        self.derivatives[label] = Derivative(roots, problem.variable, problem.computed)
        return label, shape_text(own), side.transposed and shape == SCALAR

    def _of_expression(self, side: Side, name: str) -> tuple[str, str, bool] | None:
        r"""``\\nabla_w (w^T A w)`` inside of a formula."""
        if side.kind != "gradient" or name not in self.symbols:
            return None
        term = self.formula(side.expression).term
        if term.shape != SCALAR:
            return None
        problem = self.problem(Key("", name, expression=term))
        label = f"D_expression_{len(self.derivatives)}"
        self.derivatives[label] = Derivative(Roots([*problem.roots.pairs]), problem.variable, problem.computed)
        return label, shape_text(problem.variable.shape), side.transposed


def _size(shape: Shape) -> Any:
    return dim_product(*shape)


def replaced(term: Term, swap: Mapping[Term, Term], table: Table) -> Term:
    """The term with some of its parts replaced."""
    memo: dict[Term, Term] = dict(swap)
    for t in postorder(term):
        if t not in memo:
            args = tuple([memo[a] for a in t.args])
            memo[t] = t if args == t.args else table.make(t.head, args, t.shape, t.payload)
    return memo[term]


def substituted(term: Term, values: Mapping[str, Term], table: Table) -> Term:
    """The term with values in place of names."""
    memo: dict[Term, Term] = {}
    for t in postorder(term):
        if t.head == "var" and t.name in values:
            memo[t] = values[t.name]
            continue
        args = tuple([memo[a] for a in t.args])
        memo[t] = t if args == t.args else table.make(t.head, args, t.shape, t.payload)
    return memo[term]
