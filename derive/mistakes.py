"""What is said when names, functions and shapes do not fit: one function per mistake.

A `Misfit` holds the two operands, so that the reader can look for the smallest change that type-checks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from .errors import ParseError, ShapeError
from .errors import undecided as said_undecided
from .near import did_you_mean
from .records import record
from .shapes import Span, convention, kind_text
from .terms import SCALAR, Dim, Shape, Term, dim_text, shape_text
from .tokens import excerpt
from .tree import Node

Story = list[tuple[str, Dim, Span]]

#: Names of other programs for functions of ours.
_ALIASES = {
    "tr": "trace Tr Trace",
    "det": "Det determinant",
    "log": "ln",
    "inv": "inverse",
    "'": "transpose trans",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "lambda_max": "eigmax",
    "eye": "I Id identity",
    "ones": "one",
    "zeros": "zero",
    "norm": "norm2 fro frob normF",
    "norm_nuc": "nuc",
    ".*": "hadamard",
    "kron": "otimes",
    "logsumexp": "lse",
    "sign": "sgn",
    "expm": "exp_m",
    "adj": "adjugate adjoint",
    "sigmoid": "logistic",
    "diag": "diagonal Diag",
    ".^2": "square",
    ":": "frobenius",
    "dot": "inner",
    "unit": "e",
    "gammaln": "loggamma lgamma",
    "digamma": "psi",
    "normcdf": "Phi",
    "sum": "sumall",
    "relu": "relu6",
    "conj": "conjugate",
}
SYNONYMS = {alias: ours for ours, aliases in _ALIASES.items() for alias in aliases.split()}


class Misfit(ShapeError):
    """A `ShapeError` between two operands that a small change of the text may repair."""

    site: Site
    operator: str

    def without_hint(self) -> Misfit:
        """The same error without its hint, which is in the words of one syntax."""
        other = Misfit(self.what, text=self.text, span=self.span, why=self.why)
        other.site, other.operator = self.site, self.operator
        return other


@record
class Site:
    """Two operands that do not fit: their places and shapes, and why their dimensions have their values."""

    text: str
    left: Span
    last: Span  # the last operand in `left`
    right: Span
    left_shape: Shape
    right_shape: Shape
    stories: Sequence[Story] = ()

    @property
    def span(self) -> Span:
        return (self.left[0], self.right[1])

    def names(self) -> tuple[str, str]:
        return shown(self.text, self.left, "the left side"), shown(self.text, self.right, "the right side")


def shown(text: str, span: Span, otherwise: str = "it", width: int = 30) -> str:
    return f"`{excerpt(text, span[0], span[1], width)}`" if text else otherwise


def short(name: str, width: int = 40) -> str:
    return name if len(name) <= width else name[: width - 3] + "..."


def misfit(
    site: Site, operator: str, what: str, why: str, hint: str = "", span: Span | None = None
) -> Misfit:
    told = because(site.text, site.stories)
    why = "; ".join(filter(None, [why, told]))
    error = Misfit(what, text=site.text or None, span=span or site.span, why=why, hint=hint)
    error.site, error.operator = site, operator
    return error


def because(text: str, stories: Iterable[Story]) -> str:
    """Where inferred dimensions come from."""
    parts: dict[str, None] = {}
    for story in stories:
        for origin, value, span in story[:1]:
            if not (isinstance(value, str) and value[0] == "?"):
                parts.setdefault(f"{origin} must be {dim_text(value)} because of {shown(text, span)}")
    return "; ".join(parts)


# ---------------------------------------------------------------- operands
def sum_differs(site: Site, sign: str) -> Misfit:
    left, right = site.names()
    a, b = site.left_shape, site.right_shape
    word = "added to" if sign == "+" else "subtracted from"
    what = f"{right} is {kind_text(b)} and cannot be {word} {left}, {kind_text(a)}"
    if SCALAR in (a, b):
        array, number = (a, right) if b == SCALAR else (b, left)
        return misfit(
            site, sign, what, "a scalar is never spread over the entries silently", _spread(array, number)
        )
    return misfit(site, sign, what, f"the terms of a sum have one shape; {_different(a, b)}")


def _spread(array: Shape, number: str) -> str:
    s = number.strip("`") if re.fullmatch(r"`\w+(\.\w+)?`", number) else "s"
    rows, columns = dim_text(array[0]), dim_text(array[1])
    if array[1] == 1:
        return f"`{s}*ones({rows})` to shift every entry"
    everywhere = f"`{s}*ones({rows},{columns})` to shift every entry"
    return f"`{s}*eye({rows})` to shift the diagonal, {everywhere}" if array[0] == array[1] else everywhere


def _different(a: Shape, b: Shape) -> str:
    rows, columns = a[0] != b[0], a[1] != b[1]
    if rows and columns:
        return f"{shape_text(a)} and {shape_text(b)} differ in both dimensions"
    which, axis = ("rows", 0) if rows else ("columns", 1)
    return f"the {which} {dim_text(a[axis])} and {dim_text(b[axis])} are different dimensions"


def product_differs(site: Site) -> Misfit:
    left, right = site.names()
    a, b = site.left_shape, site.right_shape
    return misfit(
        site,
        "*",
        f"{left} ({shape_text(a)}) times {right} ({shape_text(b)}) is no matrix product",
        f"the columns on the left, {dim_text(a[1])}, and the rows on the right, {dim_text(b[0])}, differ",
    )


def elementwise_differs(site: Site, op: str) -> Misfit:
    left, right = site.names()
    a, b = site.left_shape, site.right_shape
    what = f"`{op}` needs two operands of one shape: {left} is {kind_text(a)}, {right} is {kind_text(b)}"
    if SCALAR not in (a, b):
        return misfit(site, op, what, _different(a, b))
    hint = f"`{op[1:]}` to {'scale' if op == '.*' else 'divide'} by a scalar"
    if a == SCALAR and op == "./":
        ones = f"ones({dim_text(b[0])})" if b[1] == 1 else f"ones({dim_text(b[0])},{dim_text(b[1])})"
        hint = f"`{ones}./...`, or `.^-1`"
    return misfit(site, op, what, "a scalar is never spread over the entries silently", hint)


def colon_differs(site: Site) -> Misfit:
    left, right = site.names()
    a, b = site.left_shape, site.right_shape
    what = f"`:` needs two operands of one shape: {left} is {kind_text(a)}, {right} is {kind_text(b)}"
    return misfit(site, ":", what, f"A : B is the sum of the products of equal entries; {_different(a, b)}")


def division(site: Site) -> Misfit:
    right = site.names()[1]
    b = site.right_shape
    what = f"{right} is {kind_text(b)}, and only a scalar can divide"
    n = right.strip("`") if len(right) < 12 else "B"
    hint = (
        f"`A*inv({n})` or `inv({n})*A`, or `./` for elementwise division"
        if b[0] == b[1]
        else "`./`, elementwise"
    )
    return misfit(site, "/", what, "", hint, site.right)


def exponent(site: Site) -> Misfit:
    right = site.names()[1]
    what = f"the exponent {right} is {kind_text(site.right_shape)}; it must be a scalar"
    hint = "`X'` for the transpose" if right == "`T`" else ""
    return misfit(site, "^", what, "", hint, site.right)


def power_of(site: Site) -> Misfit:
    left, right = site.names()
    a = site.left_shape
    k = right.strip("`")
    what = f"{left} is {kind_text(a)}; `^` takes a scalar or a square matrix"
    name = left.strip("`")
    hint = f"`{name}.^{k}` for powers of the entries"
    if a[1] == 1:
        hint += f", `{name}'*{name}` for the squared length" if k == "2" else ""
    return misfit(site, "^", what, "", hint)


def fractional_power(text: str, node: Node, power: Term) -> ShapeError:
    half = str(power.payload) in ("1/2", "0.5")
    return ShapeError(
        f"a matrix has integer powers only, not {power.payload}",
        text=text,
        span=node.args[1].span,
        hint="`sqrtm(A)` for the square root of a matrix" if half else "`.^` for powers of the entries",
    )


def undecided(text: str, span: Span) -> ShapeError:
    what = "the dimensions of the variables do not follow from the expression"
    why = "two products of dimensions must be equal here, which does not say which factors are"
    hint = "declare the shapes of the variables here"
    return said_undecided(ShapeError(what, text=text or None, span=span, why=why, hint=hint))


def no_context(text: str, span: Span) -> ShapeError:
    what = "the shape of `J` does not follow from its context"
    hint = "write unit(m,i)*unit(n,j)' with the sizes m and n"
    return said_undecided(ShapeError(what, text=text or None, span=span, hint=hint))


def index_range(text: str, span: Span, index: object, size: Dim) -> ShapeError:
    limit = f"1 to {size}" if isinstance(size, int) else "1 upwards"
    what = f"the index {index} is out of range: indices are integers from {limit}"
    return ShapeError(what, text=text or None, span=span)


# ---------------------------------------------------------------- functions
def argument(
    text: str, node: Node, args: Sequence[Term], place: int, signatures: Sequence[Any], dims: Any
) -> Misfit:
    """An argument whose shape no signature takes."""
    part = node.args[place]
    shape = dims.shape(args[place].shape)
    wants = " or ".join(f"{node.value}({s})" for s in signatures)
    site = Site(
        text, part.span, part.span, part.span, shape, shape, [dims.story(d) for d in args[place].shape]
    )
    what = f"`{node.value}` does not take {shown(text, part.span)}, {kind_text(shape)}"
    why = f"its form is {wants}"
    if len(args) > 1:
        given = ", ".join(
            f"{shown(text, p.span, p.kind)}: {shape_text(dims.shape(a.shape))}"
            for p, a in zip(node.args, args)
        )
        why += f", given {given}"
    elif len(signatures) == 1 and shape[0] != shape[1] and signatures[0].params[0][1] == ("n", "n"):
        rows, columns = map(dim_text, shape)
        why = f"it takes square matrices only, and {rows} and {columns} are different dimensions"
    return misfit(site, "call", what, why)


def arity(text: str, node: Node, forms: Sequence[str], counts: Sequence[int]) -> ParseError:
    count = " or ".join(map(str, counts))
    noun = "argument" if counts == [1] else "arguments"
    return ParseError(
        f"`{node.value}` takes {count} {noun}, not {len(node.args)}",
        text=text,
        span=node.span,
        hint=" or ".join(f"{node.value}({f})" for f in forms),
    )


def unknown_function(
    text: str, node: Node, names: Mapping[str, Term], signatures: Mapping[str, Any], allow_d: bool
) -> ParseError:
    name: str = node.value
    span = (node.start, node.start + len(name))
    inside = ", ".join(excerpt(text, a.start, a.end, 20) for a in node.args)
    if name in names:
        hint = f"write {short(name)}*({inside})"
        return ParseError(f"`{short(name)}` is a variable, not a function", text=text, span=span, hint=hint)
    if name in signatures:
        return ParseError(
            f"`{name}` is a constant, not a function", text=text, span=span, hint=f"write {name}"
        )
    if name == "d":
        why = "d(...) is a differential, which stands in rules and in derivations that are checked"
        return ParseError("`d` is not a function", text=text, span=span, why=why)
    if name in SYNONYMS:
        other = SYNONYMS[name]
        shape = (
            f"{other}({inside})"
            if other.isidentifier()
            else {"'": "X'", ":": "A : B", ".*": "A.*B"}.get(other, f"x{other}")
        )
        return ParseError(f"there is no function `{name}`", text=text, span=span, hint=f"write {shape}")
    question = did_you_mean(name, [*signatures, *_BUILTIN])
    hint = question or "`derive rules` lists the functions"
    if not question and (convention(name) == "matrix" or len(name) == 1):
        hint = f"for a product write {short(name)}*({inside})"
    return ParseError(f"there is no function `{short(name)}`", text=text, span=span, hint=hint)


_BUILTIN = ("eye", "ones", "zeros", "unit", "commutation", "J")


def unknown_name(
    text: str,
    node: Node,
    names: Mapping[str, Term],
    sizes: Collection[str],
    signatures: Mapping[str, Any],
    later: Collection[str],
) -> ParseError:
    name: str = node.value
    if name in later:
        return ParseError(f"`{short(name)}` is used before its definition", text=text, span=node.span)
    if name in signatures or name in _BUILTIN:
        what = f"`{name}` is a function and needs its argument"
        return ParseError(
            what, text=text, span=node.span, hint=f"write {name}(...), or declare `{name}` as a variable"
        )
    if name[0] == "d" and name[1:] in names:
        why = f"d{name[1:]} is the differential of {name[1:]}, which stands in derivations that are checked"
        hint = f"declare `{name}` if it is a variable of its own"
        return ParseError(f"`{name}` is not a variable", text=text, span=node.span, why=why, hint=hint)
    hint = did_you_mean(name, [*names, *sorted(sizes)]) or "declare its shape"
    return ParseError(f"`{short(name)}` is not known here", text=text, span=node.span, hint=hint)


def index(text: str, node: Node, shape: Shape) -> ShapeError:
    what = f"an index of `{node.value}` must be a scalar, not {kind_text(shape)}"
    return ShapeError(
        what, text=text, span=node.span, hint="an index is an integer from 1, or a scalar's name"
    )


def dimension(text: str, node: Node, names: Mapping[str, Term], sizes: Collection[str]) -> ParseError:
    why = "a size is an integer, the name of a dimension, or a product of them such as m*n"
    if node.kind == "name" and node.value in names:
        why = f"`{node.value}` is a variable and not the name of a dimension; {why}"
    hint = f"the dimensions here are {', '.join(sorted(sizes)[:8])}" if sizes else ""
    return ParseError(
        f"{shown(text, node.span)} is not a size", text=text, span=node.span, why=why, hint=hint
    )
