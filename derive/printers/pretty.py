"""What LaTeX and Unicode text share: which operands need brackets, and how powers and transposes merge."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from ..near import one_of
from ..terms import SCALAR, Term
from .ascii import ascii_text
from .view import Product, View, is_divisor, render, split_sign, view

# How tightly a text binds.  INFIX: Hadamard and Kronecker products; APPLY: `log x` without brackets.
SUM, COLON, INFIX, PRODUCT, APPLY, SCRIPT, ATOM = range(7)
NOTATIONS = ("colon", "trace", "inner")


class Piece(NamedTuple):
    """A printed part: how it binds, how its brackets nest, and what its ends need."""

    text: str
    level: int = ATOM
    depth: int = 0  # of brackets
    tall: bool = False
    differential: bool = False  # wants a thin space on both sides
    minus: bool = False
    script: tuple[str, str] | None = None  # base and exponent, where it is a power that can be merged


class Style:
    """Writes views as pieces; LaTeX and Unicode fill in the signs."""

    def __init__(self, notation: str = "colon", names: dict[str, str] | None = None) -> None:
        one_of("notation", notation, NOTATIONS)
        self.notation, self.names = notation, names or {}
        self._known: dict[Term, Piece] = {}

    # ------------------------------------------------------------ signs, filled in by the styles
    had, had_over = " .* ", " ./ "

    def bracket(self, piece: Piece) -> Piece:
        raise NotImplementedError

    def join(self, pieces: list[Piece]) -> str:
        raise NotImplementedError

    def fraction(self, above: list[Piece], below: Piece) -> Piece:
        raise NotImplementedError

    def number(self, value: Any) -> Piece:
        raise NotImplementedError

    def name(self, name: str) -> str:
        raise NotImplementedError

    def dim(self, dim: Any) -> str:
        raise NotImplementedError

    def raised(self, base: str, exponent: str) -> str:
        """A power; the exponent ``T`` is the transpose."""
        raise NotImplementedError

    def colon(self, left: Piece, right: Piece) -> Piece:
        raise NotImplementedError

    def root(self, piece: Piece) -> Piece:
        raise NotImplementedError

    def array(self, head: str, dims: tuple[Any, ...], parts: list[Piece]) -> Piece:
        raise NotImplementedError

    def call(self, view: View, parts: list[Piece]) -> Piece:
        raise NotImplementedError

    # ------------------------------------------------------------ the walk
    def piece(self, term: Term) -> Piece:
        return render(term, self.write, self.look, self._known)

    def text(self, term: Term) -> str:
        return self.piece(term).text

    def look(self, term: Term) -> View:
        if term.head == "mul":
            colons = [a.head for a in term.args].count("colon")
            if colons == 1:
                term = _quotient_inside(term)
            if colons and self.notation == "trace" and term.head == "mul":
                args = [as_trace(*a.args) if a.head == "colon" else a for a in term.args]
                term = Term("mul", tuple(args), term.shape, None)
        layer = view(term)
        if self.notation == "trace" and layer.kind == "colon":
            return view(as_trace(*layer.args))
        if layer.kind == "transpose" and layer.args[0].head == "conj":
            return View("hermitian", layer.args[0].args)
        if layer.kind == "call" and layer.data == "sqrtm":
            return View("power", (layer.args[0], Term("num", (), SCALAR, Fraction(1, 2))))
        return layer

    def write(self, view: View, parts: list[Piece]) -> Piece:
        piece: Piece = getattr(self, "_" + view.kind)(view, parts)
        return piece

    def at_least(self, level: int, piece: Piece) -> Piece:
        return piece if piece.level >= level else self.bracket(piece)

    def around(self, text: str, level: int, parts: list[Piece], **more: Any) -> Piece:
        """A piece made of parts: as deep and as tall as the most of them."""
        depth, tall = 0, False
        for p in parts:
            if p.depth > depth:
                depth = p.depth
            tall = tall or p.tall
        return Piece(text, level, depth, tall, **more)

    # ------------------------------------------------------------ one method per kind of view
    def _num(self, view: View, _: list[Piece]) -> Piece:
        return self.number(view.data)

    def _name(self, view: View, _: list[Piece]) -> Piece:
        name = view.data
        if name.endswith(")"):  # f(X), the value of f
            function, _, variable = name[:-1].partition("(")
            return Piece(f"{self.name(function)}({self.name(variable)})")
        other = self.names.get(name)
        if other is None:
            return Piece(self.name(name))
        return Piece(other, ATOM if "_" in other or other[0] == "e" else SCRIPT)  # J^ij is raised

    def _dim(self, view: View, _: list[Piece]) -> Piece:
        return Piece(self.dim(view.data))

    def _differential(self, view: View, parts: list[Piece]) -> Piece:
        inner = parts[0] if view.args[0].head == "var" else self.bracket(parts[0])
        return self.around("d" + inner.text, ATOM, [inner], differential=True)

    def _sum(self, view: View, parts: list[Piece]) -> Piece:
        parts = [self.at_least(COLON, p) for p in parts]
        out = ["-" if view.data[0] else "", parts[0].text]
        for minus, part in zip(view.data[1:], parts[1:], strict=True):
            out += [" - " if minus else " + ", part.text]
        return self.around("".join(out), SUM, parts)

    def _product(self, view: View, parts: list[Piece]) -> Piece:
        p: Product = view.data
        scalars, matrices = parts[: p.scalars], parts[p.scalars : p.scalars + p.matrices]
        level = PRODUCT
        if (
            p.negative
            and p.number == p.over == 1
            and len(parts) == 1
            and not p.divisor
            and parts[0].level == INFIX
        ):
            return parts[0]._replace(text="-" + parts[0].text, minus=True)  # -x ⊙ y
        if (
            scalars
            and not matrices
            and [s.level for s in scalars].count(COLON) == 1
            and scalars[-1].level == COLON
        ):
            matrices, level = [scalars.pop()], COLON
        head = self._head(p, view.args, scalars, matrices, parts[-1] if p.divisor else None)
        if level == COLON:
            head = [self.at_least(SCRIPT, h) for h in head]
        operands = [*head, *matrices]
        if level != COLON and len(operands) > 1:
            last = len(operands) - 1
            operands = [self.at_least(APPLY if i == last else SCRIPT, o) for i, o in enumerate(operands)]
        elif level != COLON and p.negative:
            operands = [self.at_least(APPLY if operands[0].level != PRODUCT else PRODUCT, operands[0])]
        text = ("-" if p.negative else "") + self.join(operands)
        ends = operands[-1].differential or operands[0].differential
        return self.around(text, level, operands, minus=p.negative, differential=ends)

    def _head(
        self,
        p: Product,
        args: tuple[Term, ...],
        scalars: list[Piece],
        matrices: list[Piece],
        below: Piece | None,
    ) -> list[Piece]:
        """The number, scalars and fraction of a product; takes what goes above a bar from `matrices`."""
        number = [self.number(p.number)] if p.number != 1 else []
        if below is not None:
            high = [s for s in scalars if s.tall]  # no fraction above a bar
            above = [*number, *[s for s in scalars if not s.tall]]
            chain = args[p.scalars : p.scalars + p.matrices]
            scalar = bool(chain) and chain[0].shape[0] == chain[-1].shape[1] == 1
            if not high and self.fits(above, matrices, scalar):
                above += matrices
                matrices.clear()
            return [self.fraction(above, below), *high]
        if p.over != 1:
            symbols = [s for s, a in zip(scalars, args, strict=False) if a.head in ("var", "dim")]
            rest = [s for s, a in zip(scalars, args, strict=False) if a.head not in ("var", "dim")]
            return [self.fraction([*number, *symbols], self.number(p.over)), *rest]
        if not (number or scalars or matrices):
            number = [self.number(1)]
        return [*number, *scalars]

    def fits(self, above: list[Piece], matrices: list[Piece], scalar: bool) -> bool:
        """Do the matrix factors go above the bar, too?  (If their product is a `scalar`, they do.)"""
        if any(m.level == COLON for m in matrices):
            return False
        lone = len(above) == 1 and above[0].level < SCRIPT  # x'Ax/x'x, then the vector
        return scalar or not matrices or not (lone or any(m.differential for m in matrices))

    def _hadamard(self, view: View, parts: list[Piece]) -> Piece:
        parts = [self.at_least(APPLY, p) for p in parts]
        text = parts[0].text
        for divided, part in zip(view.data[1:], parts[1:], strict=True):
            text += (self.had_over if divided else self.had) + part.text
        return self.around(text, INFIX, parts)

    def _power(self, view: View, parts: list[Piece]) -> Piece:
        base, exponent = parts
        text = self.exponent(view.args[1], exponent)
        if base.script and base.script[1] == "-1" and text.isdecimal():
            return self.scripted(base.script[0], "-" + text, base)
        base = self.at_least(ATOM, base)
        small = view.args[1].head == "num"  # 1/2 needs no high brackets
        return self.scripted(base.text, text, base, *([] if small else [exponent]))

    def exponent(self, term: Term, piece: Piece) -> str:
        """An exponent is small: fractions of numbers are written with a slash."""
        if term.head == "num" and isinstance(term.payload, Fraction):
            return f"{term.payload.numerator}/{term.payload.denominator}"
        return piece.text

    def _hpower(self, view: View, parts: list[Piece]) -> Piece:
        base = self.at_least(ATOM, parts[0])
        text = self.raised(base.text, self.elementwise(self.exponent(view.args[1], parts[1])))
        return self.around(text, SCRIPT, [base])

    def elementwise(self, exponent: str) -> str:
        raise NotImplementedError

    def _root(self, _: View, parts: list[Piece]) -> Piece:
        return self.root(parts[0])

    _hroot = _root

    def scripted(self, base: str, exponent: str, *parts: Piece) -> Piece:
        return self.around(self.raised(base, exponent), SCRIPT, list(parts), script=(base, exponent))

    def _hermitian(self, _: View, parts: list[Piece]) -> Piece:
        """conj(A)'"""
        base = self.at_least(ATOM, parts[0])
        return self.scripted(base.text, "H", base)

    def _transpose(self, _: View, parts: list[Piece]) -> Piece:
        base = parts[0]
        if base.script and base.script[1] == "-1":
            return self.scripted(base.script[0], "-T", base)
        atom = self.at_least(ATOM, base)
        return self.scripted(atom.text, "T", atom)._replace(differential=base.differential and base is atom)

    def inverse(self, piece: Piece) -> Piece:
        base, exponent = piece.script or ("", "")
        if exponent == "T" or (exponent and exponent.replace("/", "").isdecimal()):
            return self.scripted(base, "-" + exponent, piece)
        piece = self.at_least(ATOM, piece)
        return self.scripted(piece.text, "-1", piece)

    def _colon(self, _: View, parts: list[Piece]) -> Piece:
        return self.colon(*parts)

    def _entry(self, view: View, parts: list[Piece]) -> Piece:
        row, column = map(str, view.data)
        index = (row,) if view.args[0].shape[1] == 1 else (row, column)
        whole = view.args[0].head == "var" and "_" not in parts[0].text
        base = parts[0] if whole else self.bracket(parts[0])
        return self.around(base.text + self.indexed(joined_index(index)), SCRIPT, [base])

    def indexed(self, index: str) -> str:
        """A subscript of an entry."""
        return f"_{index}"

    def _array(self, view: View, parts: list[Piece]) -> Piece:
        head, dims = view.data
        return self.array(head, dims, parts)

    def _call(self, view: View, parts: list[Piece]) -> Piece:
        return self.inverse(parts[0]) if view.data == "inv" else self.call(view, parts)


def joined_index(index: tuple[str, ...]) -> str:
    """Indices one behind the other; with commas where one has two signs."""
    return ("" if all([len(i) == 1 for i in index]) else ",").join(index)


def _quotient_inside(product: Term) -> Term:
    """``(A/s) : B`` for ``1/s*(A : B)``: the fraction stands with what it divides."""
    if not any([a.head == "pow" and a.is_scalar and is_divisor(a.args[1].payload) for a in product.args]):
        return product
    place = [a.head for a in product.args].index("colon")
    left, right = product.args[place].args
    if left.has_d and not right.has_d:
        left, right = right, left
    minus, rest = split_sign(product)
    factors = [*rest.args[:place], *rest.args[place + 1 :]]
    if left.has_d or any(not a.is_scalar for a in factors):
        return product
    inside = [a for a in factors if not a.has_d]
    moved = Term("colon", (Term("mul", (*inside, left), left.shape, None), right), SCALAR, None)
    around = [Term("num", (), SCALAR, -1)] if minus else []
    around += [a for a in factors if a.has_d]
    return Term("mul", (*around, moved), SCALAR, None) if around else moved


# ---------------------------------------------------------------- the Frobenius product as a trace
def as_trace(left: Term, right: Term) -> Term:
    """``A : B`` as ``tr(A'*B)``, of vectors as ``a'*b``."""
    product = Term("mul", (transposed(left), right), (left.shape[1], right.shape[1]), None)
    return product if left.shape[1] == 1 else Term("tr", (product,), SCALAR, None)


def transposed(term: Term) -> Term:
    """The transpose, with the transposes of a product's factors where a person expects them."""
    if term.head != "mul":
        return term if term.is_scalar else _turned(term)
    scalars = [a for a in term.args if a.is_scalar]
    matrices = [_turned(a) for a in reversed(term.args) if not a.is_scalar]
    return Term("mul", (*scalars, *matrices), (term.shape[1], term.shape[0]), None)


def _turned(term: Term) -> Term:
    """The transpose of a factor: a symmetric sum stays; a sum is turned if that needs no more transposes."""
    if term.head == "inv" and term.args[0].head == "add":
        return term if _terms(_sum_turned(term.args[0])) == _terms(term.args[0]) else _flipped(term)
    if term.head == "add":
        turned = _sum_turned(term)
        if _terms(turned) == _terms(term):
            return term
        if _transposes(turned) <= _transposes(term):
            return turned
    return _flipped(term)


def _sum_turned(term: Term) -> Term:
    args = [
        Term("mul", (*[f for f in a.args if f.is_scalar], *_factors_turned(a)), a.shape[::-1], None)
        if a.head == "mul"
        else _flipped(a)
        for a in term.args
    ]
    return Term("add", tuple(args), (term.shape[1], term.shape[0]), None)


def _factors_turned(product: Term) -> list[Term]:
    return [_flipped(f) for f in reversed(product.args) if not f.is_scalar]


def _flipped(term: Term) -> Term:
    if term.head == "T":
        return term.args[0]
    if term.head == "eye" or (term.head == "var" and "symmetric" in term.payload.props):
        return term
    return Term("T", (term,), (term.shape[1], term.shape[0]), None)


def _terms(total: Term) -> list[str]:
    return sorted([ascii_text(a) for a in total.args])


def _transposes(total: Term) -> int:
    factors = [f for a in total.args for f in (a.args if a.head == "mul" else (a,))]
    return [f.head for f in factors].count("T")
