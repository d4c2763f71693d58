"""Changes of a line that does not type-check, made in its syntax tree: transposes and exchanged neighbours."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..tree import Node

_PRODUCTS = frozenset({"juxt", "chain", "product"})
_MOST = 400


def reshaped(root: Node, matrix_variable: bool, names: Collection[str] = ()) -> Iterator[tuple[str, Node]]:
    """The kind of mistake and the changed tree, single changes before double ones; `names` are matrices to insert."""
    single = list(_changes(root, False, False, matrix_variable))
    yield from single
    yield from _insertions(root, False, names)
    count = len(single)
    for kind, changed in single:
        for _, twice in _changes(changed, False, False, matrix_variable):
            yield ("shape" if kind == "order" else kind), twice
            count += 1
            if count > _MOST:
                return


def _changes(node: Node, in_trace: bool, in_colon: bool, matrix: bool) -> Iterator[tuple[str, Node]]:
    """Every tree with one place changed."""
    if node.kind in _PRODUCTS:
        yield from _exchanges(node, in_trace)
        yield from _moved_hadamard(node)
    kind = "transpose-colon" if in_colon and matrix else "transpose"
    if node.kind == "transpose":
        yield kind, node.args[0]
    elif node.kind in ("name", "group", "braces", "fn", "call", "power") or _is_product(node):
        whole = node.kind in ("group", "braces") and node.args[0].kind == "sum"
        yield "transpose" if whole else kind, _transposed(node)
    for i, a in enumerate(node.args):
        if node.kind in ("power", "fn", "call") and i > 0:
            break
        trace = in_trace or (node.kind in ("fn", "call") and node.value == "tr")
        here = (node.kind in ("colon", "inner") and i == 0) or (node.kind == "chain" and ":" in str(node.value))
        colon = in_colon or here
        for kind, changed in _changes(a, trace, colon, matrix):
            yield kind, Node(node.kind, node.value, (*node.args[:i], changed, *node.args[i + 1 :]), *node.span)


def _is_product(node: Node) -> bool:
    """A product of more than numbers and one factor."""
    return node.kind == "juxt" and sum(a.kind not in ("num", "frac") for a in node.args) > 1


def _insertions(node: Node, in_colon: bool, names: Collection[str]) -> Iterator[tuple[str, Node]]:
    """A matrix, as it is or transposed, more in a product."""
    if node.kind in ("juxt", "name"):
        args = node.args if node.kind == "juxt" else (node,)
        for name in names:
            plain = Node("name", name, (), *node.span)
            for atom in (plain, _transposed(plain)):
                for i in range(len(args) + 1):
                    made = Node("juxt", None, (*args[:i], atom, *args[i:]), *node.span)
                    yield "transpose" if in_colon else "chain-rule", made
        if node.kind == "juxt":
            return
    for i, a in enumerate(node.args):
        colon = in_colon or node.kind in ("colon", "inner") or (node.kind == "chain" and ":" in str(node.value))
        for kind, changed in _insertions(a, colon, names):
            yield kind, Node(node.kind, node.value, (*node.args[:i], changed, *node.args[i + 1 :]), *node.span)


def _exchanges(node: Node, in_trace: bool) -> Iterator[tuple[str, Node]]:
    kind = "trace-cycle" if in_trace else "order"
    args = node.args
    if len(args) == 2 and _is_gram(*args):
        kind = "shape"
    for i in range(len(args)):
        for j in range(len(args)):
            if i != j:  # one factor moved to another place
                rest = [*args[:i], *args[i + 1 :]]
                rest.insert(j, args[i])
                yield kind, Node(node.kind, node.value, tuple(rest), *node.span)
    if node.kind == "juxt" and len(args) > 1:
        for i in range(len(args) - 1):  # an outer product of what should be multiplied entry by entry
            a, b = (x.args[0] if x.kind == "transpose" else x for x in args[i : i + 2])
            had = Node("chain", (".*",), (a, b), a.start, b.end)
            rest = [*args[:i], had, *args[i + 2 :]]
            yield "hadamard", Node("juxt", node.value, tuple(rest), *node.span) if len(rest) > 1 else had


def _is_gram(a: Node, b: Node) -> bool:
    """``p^T p`` or ``p p^T``: inner and outer product."""
    pairs = ((a, b), (b, a))
    return any(x.kind == "transpose" and _same(x.args[0], y) for x, y in pairs)


def _same(a: Node, b: Node) -> bool:
    return a.kind == b.kind and a.value == b.value and len(a.args) == len(b.args) and all(map(_same, a.args, b.args))


def _moved_hadamard(node: Node) -> Iterator[tuple[str, Node]]:
    """A .* (B C D): B (A .* C D), (A .* B C) D."""
    if node.kind != "chain" or ".*" not in node.value or len(node.args) != 2:
        return
    for x, y in (node.args, node.args[::-1]):
        inner = y.args[0] if y.kind in ("group", "braces") else y
        if inner.kind != "juxt":
            continue
        parts = inner.args
        for i in range(len(parts)):
            for j in range(i + 1, len(parts) + 1):
                if j - i == len(parts):
                    continue
                some = parts[i] if j == i + 1 else Node("juxt", inner.value, parts[i:j], *inner.span)
                had = Node("group", None, (Node("chain", (".*",), (x, some), *node.span),), *node.span)
                yield "hadamard", Node("juxt", inner.value, (*parts[:i], had, *parts[j:]), *node.span)


def _transposed(node: Node) -> Node:
    return Node("transpose", None, (node,), *node.span)
