"""The syntax tree: parts of a text with their places."""

from __future__ import annotations

from typing import Any


class Node:
    """A part of the text: its kind, arguments, and place.

    Kinds: ``num`` (value: the number), ``name`` and ``call`` (value: the name), ``sum`` (value: the signs of
    the second and later arguments), ``product`` (value: the operators between the arguments), ``colon``,
    ``neg``, ``transpose``, ``power`` (value: ``^`` or ``.^``).
    """

    __slots__ = ("args", "end", "kind", "start", "value")

    def __init__(self, kind: str, value: Any, args: tuple[Node, ...], start: int, end: int) -> None:
        self.kind, self.value, self.args, self.start, self.end = kind, value, args, start, end

    @property
    def span(self) -> tuple[int, int]:
        return (self.start, self.end)

    def values(self, kind: str) -> set[Any]:
        """The values of all parts of a kind: the names, the numbers, or what is called."""
        out: set[Any] = set()
        stack = [self]
        while stack:
            node = stack.pop()
            if node.kind == kind:
                out.add(node.value)
            stack.extend(node.args)
        return out


class Statement:
    """An expression, or the definition of a name by an expression."""

    __slots__ = ("name", "node", "span")

    def __init__(self, node: Node, name: str = "", span: tuple[int, int] = (0, 0)) -> None:
        self.node, self.name, self.span = node, name, span
