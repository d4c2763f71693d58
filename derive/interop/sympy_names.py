"""SymPy's symbols as names with shapes and properties: each name stands for one symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixSymbol

from ..errors import AmbiguityError, LimitError, ParseError, ShapeError
from ..recognise import plain_name
from ..shapes import LARGEST, is_name, kind_text
from ..syntax import declared_shape
from ..terms import SCALAR, Dim, Shape, dim_product, dim_text, shape_text
from ..tree import Node
from .trees import name as named
from .trees import number, product

_LONGEST = 60


def shown(expression: Any) -> str:
    """A SymPy expression in backquotes, not too long, for a message."""
    try:
        text = " ".join(str(expression).split())
    except (RecursionError, ValueError):
        text = type(expression).__name__
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 3] + '...'}`"


#: The largest expression that is read, with every occurrence of a subexpression counted.
LARGEST_TREE = 100_000


def check_size(f: Any) -> None:
    """Raises `LimitError` for an expression that is too large to be written out (parts are shared in memory)."""
    sizes: dict[int, int] = {}
    parts: dict[int, tuple[Any, Any]] = {}  # with the object itself, which must live as long as its id is used
    stack = [f]
    while stack:
        e = stack[-1]
        if id(e) not in parts:
            parts[id(e)] = e, e.args if isinstance(e, sympy.Basic) else ()
            stack.extend(parts[id(e)][1])
            continue
        stack.pop()
        sizes[id(e)] = 1 + sum([sizes[id(a)] for a in parts[id(e)][1]])
    if sizes[id(f)] > LARGEST_TREE:
        raise LimitError(
            f"the SymPy expression is too large: more than {LARGEST_TREE} parts",
            hint="give its parts names: a MatrixSymbol for each",
        )


def source_of(f: Any) -> str:
    """The expression as SymPy prints it."""
    try:
        return str(f)
    except (RecursionError, ValueError):  # nested too deeply, or a number too long to be printed
        return f"a SymPy expression ({type(f).__name__})"


class Names:
    """The symbols of a question."""

    def __init__(self, complex_: bool) -> None:
        self.complex = complex_
        self.symbols: dict[str, Any] = {}  # name -> the user's symbol
        self.shapes: dict[str, Shape] = {}
        self.scalars: set[str] = set()
        self.sizes: set[str] = set()
        self.indices: set[str] = set()

    # ------------------------------------------------------------ symbols
    def symbol(self, symbol: Any) -> str:
        """The name of a `Symbol` or `MatrixSymbol`; raises `ParseError` where it cannot be one."""
        name = self._register(symbol)
        if isinstance(symbol, MatrixSymbol):
            self.shapes.setdefault(name, (self.dim(symbol.rows, symbol), self.dim(symbol.cols, symbol)))
            return name
        self._check(symbol)
        self.scalars.add(name)
        return name

    def index(self, symbol: Any) -> None:
        """A symbol in an index: a positive integer, since entries are counted from 1 here."""
        self.indices.add(self.symbol(symbol))

    def _register(self, symbol: Any) -> str:
        text = str(symbol.name)
        name = plain_name(text) if len(text) <= _LONGEST else text
        if not is_name(name):
            raise ParseError(
                f"SymPy's symbol {shown(symbol)} has a name that cannot be one here",
                why="a name is a letter, then letters, digits and `_`",
                hint="give the symbol such a name",
            )
        other = self.symbols.setdefault(name, symbol)
        if other != symbol:
            raise AmbiguityError(
                f"two different SymPy symbols are named `{name}`",
                why=f"{_described(other)}, and {_described(symbol)}",
                hint="use one of them in all places, or give them different names",
            )
        return name

    def _check(self, symbol: Any) -> None:
        if symbol.is_commutative is False:
            raise ParseError(
                f"SymPy's symbol {shown(symbol)} is not commutative, and its shape is not known",
                hint=f'use a matrix: MatrixSymbol("{symbol.name}", m, n)',
            )
        if symbol.is_extended_real is False and (not self.complex or symbol.is_complex is False):
            raise ParseError(
                f"SymPy's symbol {shown(symbol)} is not a real number",
                hint="for complex variables ask for the derivative by one of them: derive.wirtinger",
            )
        if self.complex and symbol.is_imaginary:
            raise ParseError(f"SymPy's symbol {shown(symbol)} is imaginary, which cannot be declared here",
                             hint="write it as I*t with a real t")  # fmt: skip

    # ------------------------------------------------------------ dimensions
    def dim(self, expression: Any, where: Any) -> Dim:
        """A dimension of a SymPy matrix; raises `ShapeError` for one that is not a product of letters and integers."""
        factors: list[Dim] = []
        for base, exponent in sympy.sympify(expression).as_powers_dict().items():
            count = int(exponent) if sympy.sympify(exponent).is_Integer and 0 < exponent <= 8 else 0
            if base.is_Integer and 0 < base <= LARGEST and count:
                factors += [int(base)] * count
            elif base.is_Symbol and count and not (base.is_integer is False or base.is_positive is False):
                self.sizes.add(self._register(base))
                factors += [self._register(base)] * count
            else:
                raise ShapeError(
                    f"the dimension {shown(expression)} of SymPy's {shown(where)} cannot be expressed here",
                    why="a dimension is a positive integer, a letter or a product of them",
                    hint="give the dimension a letter of its own",
                )
        dim = dim_product(*factors)
        if isinstance(dim, int) and dim > LARGEST:
            raise ShapeError(f"the dimension {shown(expression)} is too large")
        return dim

    def dim_tree(self, expression: Any, where: Any) -> Node:
        """A dimension as a part of a syntax tree."""
        dim = self.dim(expression, where)
        parts = dim if isinstance(dim, tuple) else (dim,)
        return product([number(p) if isinstance(p, int) else named(p) for p in parts])

    # ------------------------------------------------------------ what is declared
    def declared(self, shapes: Mapping[str, Any]) -> dict[str, str]:
        """The shapes of all names; raises `ShapeError` where the user's contradict the symbols."""
        own = {**dict.fromkeys(sorted(self.scalars - self.sizes), SCALAR), **self.shapes}
        for name, said in shapes.items():
            if name in self.sizes:
                raise ShapeError(f"`{name}` is a dimension of the SymPy matrices, and cannot be declared",
                                 hint="leave the declaration out")  # fmt: skip
            if name in own:
                given = declared_shape(name, said)
                if given != own[name]:
                    raise ShapeError(
                        f"`{name}` is declared as {shape_text(given)}, and SymPy's symbol is {kind_text(own[name])}",
                        hint="leave the declaration out: the shapes are those of the symbols",
                    )
        return {**{n: _text(s) for n, s in own.items()}, **{n: s for n, s in shapes.items() if n not in own}}

    def assumed(self, assume: Mapping[str, Sequence[str] | str]) -> dict[str, list[str]]:
        """The properties of all names; raises `ParseError` where the user's contradict the symbols."""
        out = {n: [*(p.replace(",", " ").split() if isinstance(p, str) else map(str, p))] for n, p in assume.items()}
        for name, words in out.items():
            symbol = self.symbols.get(name)
            for word, fact in _FACTS.items():
                if word in words and name in self.scalars and any(getattr(symbol, f) is False for f in fact):
                    raise ParseError(f"`{name}` is declared {word}, and SymPy's symbol is {_described(symbol)}")
        for name in sorted(self.scalars - self.sizes):
            symbol, words = self.symbols[name], out.get(name, [])
            found = ""
            if (symbol.is_positive and symbol.is_integer) or name in self.indices:
                found = "positive_integer"
            elif symbol.is_positive:
                found = "positive"
            elif self.complex and symbol.is_real:
                found = "real"
            if found and found not in words:
                out[name] = [*words, found]
        return out


_FACTS = {"positive": ("is_positive",), "positive_integer": ("is_positive", "is_integer"), "real": ("is_real",)}


def _text(shape: Shape) -> str:
    """A shape in which a row of one entry stays what it is."""
    return shape_text(shape) if shape == SCALAR or shape[1] == 1 else f"{dim_text(shape[0])} x {dim_text(shape[1])}"


def _described(symbol: Any) -> str:
    """A symbol with its shape or assumptions, in words."""
    if isinstance(symbol, MatrixSymbol):
        return f"MatrixSymbol({symbol.name}, {symbol.rows}, {symbol.cols})"
    given = getattr(symbol, "_assumptions_orig", {})
    said = [f"{fact}={value}" for fact, value in sorted(given.items())]
    return f"{type(symbol).__name__}({', '.join([str(symbol.name), *said])})"
