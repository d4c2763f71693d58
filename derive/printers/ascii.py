"""A term in the ASCII syntax of the input: closed, with few tokens and few brackets."""

from __future__ import annotations

from typing import Any

from ..terms import Term, dim_text
from .view import Product, View, render

# How tightly a text binds; an operand that binds less than its place asks for is bracketed.
SUM, COLON, PRODUCT, POSTFIX, ATOM = range(5)
Piece = tuple[str, int]


def ascii_text(term: Term) -> str:
    """The term as a user would type it; `syntax.read` gives a term of the same meaning back.

    >>> from derive.terms import Table
    >>> t = Table()
    >>> X, x = t.var("X", ("m", "n")), t.var("x", ("n", 1))
    >>> ascii_text(t.make("mul", (t.num(-2), X, x), ("m", 1)))
    '-2*X*x'
    """
    return render(term, _write)[0]


def number_text(value: Any) -> str:
    """A number that is not negative; a decimal as it was typed, an imaginary one as ``2i``."""
    if isinstance(value, complex):
        imaginary = f"{repr(abs(value.imag)).removesuffix('.0')}i"
        if value.real == 0:
            return imaginary
        return f"({value.real:.17g} {'-' if value.imag < 0 else '+'} {imaginary})"
    return str(value).lower()


def _bracket(piece: Piece, least: int) -> str:
    return piece[0] if piece[1] >= least else f"({piece[0]})"


def _write(view: View, parts: list[Piece]) -> Piece:
    return _WRITERS[view.kind](view, parts)


def _sum(view: View, parts: list[Piece]) -> Piece:
    out: list[str] = []
    for minus, part in zip(view.data, parts, strict=True):
        sign = (" - " if minus else " + ") if out else ("-" if minus else "")
        out.append(sign + _bracket(part, COLON))
    return "".join(out), SUM


def _product(view: View, parts: list[Piece]) -> Piece:
    p: Product = view.data
    scalars, matrices = parts[: p.scalars], parts[p.scalars : p.scalars + p.matrices]
    level = PRODUCT
    sign = "-" if p.negative else ""
    if (
        p.negative
        and p.number == p.over == 1
        and len(parts) == 1
        and not p.divisor
        and parts[0][1] == PRODUCT
    ):
        return f"-{parts[0][0]}", PRODUCT  # -x.*y
    # 2*A : B is (2*A) : B, which is what a person writes for 2*(A : B)
    if scalars and scalars[-1][1] == COLON and not matrices and not p.divisor:
        last, level = [scalars.pop()[0]], COLON
        if p.scalars > 1 and _colons(scalars):
            last, level = [f"({last[0]})"], PRODUCT
    else:
        last = [_bracket(m, POSTFIX) for m in matrices]
    front = [_bracket(s, POSTFIX) for s in scalars]
    if p.over != 1:
        symbols = [a for a in view.args[: len(front)] if a.head in ("var", "dim")]
        count = len(symbols) or len(front)  # lam/2*norm(U), but norm(U)*norm(V)/2
        above = [*([number_text(p.number)] if p.number != 1 or not front else []), *front[:count]]
        front = ["*".join(above) + f"/{p.over}", *front[count:]]
    elif p.number != 1 or not (front or last):
        front.insert(0, number_text(p.number))
    text = "*".join(front + last)
    if p.divisor:
        text += "/" + _bracket(parts[-1], POSTFIX)
    return sign + text, level


def _colons(parts: list[Piece]) -> bool:
    return any(level == COLON for _, level in parts)


def _hadamard(view: View, parts: list[Piece]) -> Piece:
    out = _bracket(parts[0], POSTFIX)
    for divided, part in zip(view.data[1:], parts[1:], strict=True):
        out += ("./" if divided else ".*") + _bracket(part, POSTFIX)
    return out, PRODUCT


def _power(sign: str, view: View, parts: list[Piece]) -> Piece:
    return _bracket(parts[0], ATOM) + sign + _bracket(parts[1], ATOM), POSTFIX


def _transpose(_: View, parts: list[Piece]) -> Piece:
    text, level = parts[0]
    bare = level == ATOM or (level == POSTFIX and text.endswith("'"))  # X'' but (X^2)'
    return (f"{text}'" if bare else f"({text})'"), POSTFIX


def _colon(_: View, parts: list[Piece]) -> Piece:
    return " : ".join([_bracket(p, PRODUCT) for p in parts]), COLON


def _array(view: View, parts: list[Piece]) -> Piece:
    head, dims = view.data
    inside = [*map(dim_text, dims), *[p[0] for p in parts]]
    return f"{head}({','.join(inside)})", ATOM


def _call(view: View, parts: list[Piece]) -> Piece:
    inside = ", ".join([p[0] for p in parts])
    return (f"{view.data}({inside})" if parts else view.data), ATOM


def _differential(view: View, parts: list[Piece]) -> Piece:
    text = parts[0][0]
    return (f"d{text}" if view.args[0].head == "var" else f"d({text})"), ATOM


_WRITERS = {
    "num": lambda v, _: (number_text(v.data), ATOM),
    "name": lambda v, _: (v.data, ATOM),
    "dim": lambda v, _: (dim_text(v.data), ATOM),
    "differential": _differential,
    "sum": _sum,
    "product": _product,
    "hadamard": _hadamard,
    "power": lambda v, p: _power("^", v, p),
    "hpower": lambda v, p: _power(".^", v, p),
    "root": lambda _, p: (f"sqrt({p[0][0]})", ATOM),
    "hroot": lambda _, p: (f"sqrt({p[0][0]})", ATOM),
    "transpose": _transpose,
    "colon": _colon,
    "entry": lambda v, p: (f"{_bracket(p[0], ATOM)}[{','.join(map(str, v.data))}]", ATOM),
    "array": _array,
    "call": _call,
}
