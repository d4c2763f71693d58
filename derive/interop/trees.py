"""Syntax trees made by hand, and the text that stands for one, with the place of every part in it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..tree import Node

_SUM, _COLON, _PRODUCT, _SIGNED, _POSTFIX, _ATOM = range(6)
_LEVEL = {
    "sum": _SUM, "colon": _COLON, "product": _PRODUCT, "neg": _SIGNED, "transpose": _POSTFIX, "power": _POSTFIX,
}  # fmt: skip


def _node(kind: str, value: Any, *args: Node) -> Node:
    return Node(kind, value, args, 0, 0)


def number(value: int | Fraction | Decimal | complex) -> Node:
    """A number; negative ones and fractions become operations, as the grammar has them.

    >>> written(number(Fraction(-1, 2)))
    '-(1/2)'
    """
    if isinstance(value, complex):
        return _node("num", value)
    if value < 0:
        return _node("neg", None, number(-value))
    if isinstance(value, Fraction):
        above, below = _node("num", value.numerator), _node("num", value.denominator)
        return above if value.denominator == 1 else _node("product", ["/"], above, below)
    return _node("num", value)


def name(text: str) -> Node:
    return _node("name", text)


def call(function: str, *args: Node) -> Node:
    return _node("call", function, *args)


def transpose(a: Node) -> Node:
    return a.args[0] if a.kind == "transpose" else _node("transpose", None, a)


def product(factors: Sequence[Node], sign: str = "*") -> Node:
    """The product, without factors that are the number 1; with ``.*`` the elementwise one."""
    kept = [f for f in factors if sign != "*" or f.kind != "num" or f.value != 1]
    if not kept:
        return number(1)
    return kept[0] if len(kept) == 1 else _node("product", [sign] * (len(kept) - 1), *kept)


def total(terms: Sequence[Node]) -> Node:
    return terms[0] if len(terms) == 1 else _node("sum", ["+"] * (len(terms) - 1), *terms)


def colon(a: Node, b: Node) -> Node:
    return _node("colon", None, a, b)


def power(base: Node, exponent: Node, sign: str = "^") -> Node:
    return _node("power", sign, base, exponent)


def written(root: Node) -> str:
    """The text of a tree in the ASCII syntax; every part is given its place in it.

    >>> written(product([name("a"), total([name("b"), transpose(name("c"))])]))
    "a*(b + c')"
    """
    out: list[str] = []
    place = 0
    todo: list[tuple[str, Any]] = [("open", (root, _SUM))]
    while todo:
        action, what = todo.pop()
        if action == "text":
            out.append(what)
            place += len(what)
        elif action == "close":
            what.end = place
        else:
            node, least = what
            bracketed = _LEVEL.get(node.kind, _ATOM) < least
            node.start = place + bracketed
            pieces = _pieces(node)
            inside = [("open", p) if isinstance(p, tuple) else ("text", p) for p in pieces]
            steps = [*inside, ("close", node)]
            if bracketed:
                steps = [("text", "("), *steps, ("text", ")")]
            todo.extend(reversed(steps))
    return "".join(out)


def _pieces(node: Node) -> list[str | tuple[Node, int]]:
    """What is written for a node: texts, and parts with the least level at which they need no brackets."""
    kind, args = node.kind, node.args
    if kind == "num":
        value = node.value
        return [f"{value.imag:g}i" if isinstance(value, complex) else str(value).lower()]
    if kind == "name":
        return [node.value]
    if kind == "call":
        return [f"{node.value}(", *_joined([(a, _SUM) for a in args], [", "] * len(args)), ")"]
    if kind == "neg":
        return ["-", (args[0], _POSTFIX)]
    if kind == "transpose":
        return [(args[0], _POSTFIX), "'"]
    if kind == "power":
        return [(args[0], _POSTFIX), node.value, (args[1], _ATOM)]
    if kind == "colon":
        return _joined([(a, _PRODUCT) for a in args], [" : "])
    if kind == "sum":
        return _joined([(a, _COLON) for a in args], [f" {sign} " for sign in node.value])
    return _joined([(args[0], _PRODUCT), *[(a, _POSTFIX) for a in args[1:]]], list(node.value))


def _joined(parts: list[tuple[Node, int]], between: list[str]) -> list[str | tuple[Node, int]]:
    out: list[str | tuple[Node, int]] = []
    for i, part in enumerate(parts):
        out += [between[i - 1], part] if i else [part]
    return out
