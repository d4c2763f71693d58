"""Which arguments of a call are expressions, and which are dimensions."""

from __future__ import annotations

from collections.abc import Mapping

from .shapes import Signature
from .tree import Node

Signatures = Mapping[str, tuple[Signature, ...]]

#: Functions whose arguments are dimensions (``d``) or an index (``i``), which no signature can say.
BUILTIN: dict[str, tuple[str, ...]] = {
    "eye": ("d",),
    "ones": ("d", "dd"),
    "zeros": ("d", "dd"),
    "unit": ("di",),
    "commutation": ("dd",),
    "J": ("ii",),
}


def builtin_roles(node: Node) -> str | None:
    """``d`` (dimension) or ``i`` (index) for each argument of a built-in call."""
    return next((r for r in BUILTIN[node.value] if len(r) == len(node.args)), None)


def expression_args(node: Node, signatures: Signatures) -> tuple[Node, ...]:
    """The arguments of a call that are expressions, not dimensions."""
    if node.value in BUILTIN:
        roles = builtin_roles(node)
        return () if roles is None else tuple([a for a, role in zip(node.args, roles) if role == "i"])
    for sig in signatures.get(node.value, ()):
        if sig.sizes and len(sig.params) == len(node.args):
            return tuple([a for i, a in enumerate(node.args) if i not in sig.sizes])
    return node.args


def size_args(node: Node, signatures: Signatures) -> tuple[Node, ...]:
    """The arguments of a call that are dimensions."""
    kept = set(map(id, expression_args(node, signatures)))
    return tuple([a for a in node.args if id(a) not in kept])
