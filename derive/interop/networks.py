"""Scalars over indices in matrix form: sum_ij X_ij A_ij is ``X : A``, sum_k A_ik B_kj is ``A*B``.

A `Network` is a product of factors, each an array over at most two indices; a scalar has factors without indices
alone.  Summing over an index contracts the factors that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from ..tree import Node
from .trees import call, colon, power, product, total, transpose

Index = Hashable


class NoMatrixForm(Exception):
    """Raised where a sum over indices has no form in matrices of two indices."""


class Factor(NamedTuple):
    """An array: a scalar over no index, a column vector over one, a matrix over two (rows, columns)."""

    node: Node
    axes: tuple[Index, ...] = ()


Network = tuple[Factor, ...]
Sizes = Callable[[Index], Node]  # the dimension over which an index runs


def scalar(node: Node) -> Network:
    return (Factor(node),)


def axes_of(*networks: Network) -> tuple[Index, ...]:
    """The indices of networks, in order of appearance."""
    return tuple(dict.fromkeys([i for network in networks for f in network for i in f.axes]))


def plain(network: Network) -> Node:
    """The tree of a network without indices."""
    return product([f.node for f in network])


def _turned(f: Factor, axes: tuple[Index, ...]) -> Node:
    return f.node if f.axes == axes or len(axes) < 2 else transpose(f.node)


def _elementwise(nodes: Sequence[Node]) -> Node:
    return product(nodes, ".*")


def _diagonal(nodes: Sequence[Node]) -> list[Node]:
    return [call("diag", _elementwise(nodes))] if nodes else []


def array(network: Network) -> Factor:
    """All factors as one array over the indices of the network."""
    axes = axes_of(network)
    if len(axes) > 2:
        raise NoMatrixForm("more than two indices stand at one product")
    scalars = [f.node for f in network if not f.axes]
    over = {i: [f.node for f in network if f.axes == (i,)] for i in axes}
    tables = [f for f in network if len(f.axes) == 2]
    if len(axes) < 2:
        body = [_elementwise(over[axes[0]])] if axes else []
    elif tables:
        axes = tables[0].axes
        middle = _elementwise([_turned(f, axes) for f in tables])
        body = [*_diagonal(over[axes[0]]), middle, *_diagonal(over[axes[1]])]
    else:
        body = [_elementwise(over[axes[0]]), transpose(_elementwise(over[axes[1]]))]
    return Factor(product([*scalars, *body]), axes)


def widened(network: Network, axes: tuple[Index, ...], sizes: Sizes) -> Node:
    """The array over some indices, constant along those which the network does not have."""
    own = array(network)
    if set(own.axes) == set(axes):
        return _turned(own, axes)
    if not set(own.axes) <= set(axes):
        raise NoMatrixForm("more indices than the array has")
    if not own.axes:
        ones = call("ones", *[sizes(i) for i in axes])
        return product([own.node, ones])
    (missing,) = set(axes) - set(own.axes)
    ones = call("ones", sizes(missing))
    return product([own.node, transpose(ones)] if axes[1] == missing else [ones, transpose(own.node)])


def added(networks: Sequence[Network], sizes: Sizes) -> Network:
    """The sum of networks, spread over the indices of all of them."""
    axes = axes_of(*networks)
    if len(axes) > 2:
        raise NoMatrixForm("more than two indices belong to one sum")
    if not axes:
        return scalar(total([plain(n) for n in networks]))
    return (Factor(total([widened(n, axes, sizes) for n in networks]), axes),)


def raised(base: Network, exponent: Network, whole: bool) -> Network:
    """A power whose exponent has no index; `whole` says that the exponent is an integer."""
    if axes_of(exponent):
        raise NoMatrixForm("an index stands in an exponent")
    k = plain(exponent)
    if not axes_of(base):
        return scalar(power(plain(base), k))
    factors = base if whole else (array(base),)
    return tuple(Factor(power(f.node, k, ".^" if f.axes else "^"), f.axes) for f in factors)


def applied(function: Callable[[Node], Node], network: Network) -> Network:
    """A function of every entry."""
    own = array(network)
    return (Factor(function(own.node), own.axes),)


# ---------------------------------------------------------------- sums
def summed(network: Network, indices: Iterable[Index], sizes: Sizes) -> Network:
    """The sum over some indices, each over its whole range."""
    left = list(indices)
    while left:
        pair = _closed_pair(network, left)
        if pair:
            network = _sum_of_pair(network, pair)
            left = [i for i in left if i not in pair]
            continue
        index = min(left, key=lambda i: len(_partners(network, i)))
        left.remove(index)
        network = _contracted(network, index, sizes)
    return network


def _partners(network: Network, index: Index) -> set[Any]:
    return {i for f in network if index in f.axes for i in f.axes if i != index}


def _closed_pair(network: Network, left: Sequence[Index]) -> tuple[Index, Index] | None:
    """Two summed indices, both of which only matrices over the two have."""
    for f in network:
        if len(f.axes) == 2 and f.axes[0] in left and f.axes[1] in left:
            pair = set(f.axes)
            if all(set(g.axes) == pair or not pair & set(g.axes) for g in network):
                return f.axes[0], f.axes[1]
    return None


def _sum_of_pair(network: Network, pair: tuple[Index, Index]) -> Network:
    tables: Sequence[Node] = [_turned(f, pair) for f in network if set(f.axes) == set(pair)]
    rest = tuple(f for f in network if set(f.axes) != set(pair))
    tables = _squared(tables)
    value = colon(*tables) if len(tables) == 2 else call("sum", _elementwise(tables))
    return (*rest, Factor(value))


def _contracted(network: Network, index: Index, sizes: Sizes) -> Network:
    rest = tuple(f for f in network if index not in f.axes)
    vectors = [f.node for f in network if f.axes == (index,)]
    tables: dict[Index, list[Node]] = {}
    for f in network:
        if len(f.axes) == 2 and index in f.axes:
            other = f.axes[1] if f.axes[0] == index else f.axes[0]
            tables.setdefault(other, []).append(_turned(f, (other, index)))
    if not tables:
        return (*rest, Factor(_sum_of_vectors(vectors, index, sizes)))
    matrices = [(other, _elementwise(nodes)) for other, nodes in tables.items()]
    if len(matrices) > 2:
        raise NoMatrixForm("an index is shared by more than two matrices")
    (i, a), *more = matrices
    if not more:
        value = product([a, _elementwise(vectors)]) if vectors else call("rowsum", a)
        return (*rest, Factor(value, (i,)))
    ((j, b),) = more
    return (*rest, Factor(product([a, *_diagonal(vectors), transpose(b)]), (i, j)))


def _sum_of_vectors(vectors: Sequence[Node], index: Index, sizes: Sizes) -> Node:
    if not vectors:
        return sizes(index)
    vectors = _squared(vectors)
    if len(vectors) == 2:
        return product([transpose(vectors[0]), vectors[1]])
    return call("sum", _elementwise(vectors))


def _squared(nodes: Sequence[Node]) -> Sequence[Node]:
    """The array twice where it is one of squares."""
    if len(nodes) == 1 and nodes[0].kind == "power" and nodes[0].value == ".^":
        base, exponent = nodes[0].args
        if exponent.kind == "num" and exponent.value == 2:
            return [base, base]
    return nodes
