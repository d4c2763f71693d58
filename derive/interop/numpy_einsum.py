"""The contractions of `numpy.einsum` that are one product or one function: a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..errors import ParseError
from ..terms import SCALAR, Term
from ..tree import Node
from .numpy_arrays import Array
from .numpy_calls import Calls

Make = Callable[[Any, "list[Term]"], Term]

#: Subscripts, their letters named a, b, c in the order of appearance; 1-D operands are columns.
TABLE: dict[str, Make] = {
    "a->": lambda w, t: w.table.make("sum", (t[0],), SCALAR),
    "a->a": lambda w, t: t[0],
    "ab->": lambda w, t: w.table.make("sum", (t[0],), SCALAR),
    "ab->a": lambda w, t: w.table.make("rowsum", (t[0],), (t[0].shape[0], 1)),
    "ab->b": lambda w, t: w.table.make("colsum", (t[0],), (t[0].shape[1], 1)),
    "ab->ab": lambda w, t: t[0],
    "ab->ba": lambda w, t: w.turned(t[0]),
    "aa->": lambda w, t: w.table.make("tr", (t[0],), SCALAR),
    "aa->a": lambda w, t: w.table.make("diag", (t[0],), (t[0].shape[0], 1)),
    "a,a->": lambda w, t: w.mul(w.flip(t[0]), t[1]),
    "a,a->a": lambda w, t: w.hadamard(t[0], t[1]),
    "a,b->ab": lambda w, t: w.mul(t[0], w.flip(t[1])),
    "a,b->ba": lambda w, t: w.mul(t[1], w.flip(t[0])),
    "ab,b->a": lambda w, t: w.mul(t[0], t[1]),
    "ab,a->b": lambda w, t: w.mul(w.turned(t[0]), t[1]),
    "a,ab->b": lambda w, t: w.mul(w.turned(t[1]), t[0]),
    "a,ba->b": lambda w, t: w.mul(t[1], t[0]),
    "a,ab->ab": lambda w, t: w.mul(w.diag(t[0]), t[1]),
    "ab,b->ab": lambda w, t: w.mul(t[0], w.diag(t[1])),
    "ab,a->ab": lambda w, t: w.mul(w.diag(t[1]), t[0]),
    "ab,bc->ac": lambda w, t: w.mul(t[0], t[1]),
    "ab,bc->ca": lambda w, t: w.turned(w.mul(t[0], t[1])),
    "ab,cb->ac": lambda w, t: w.mul(t[0], w.turned(t[1])),
    "ab,ac->bc": lambda w, t: w.mul(w.turned(t[0]), t[1]),
    "ab,ca->bc": lambda w, t: w.mul(w.turned(t[0]), w.turned(t[1])),
    "ab,ab->": lambda w, t: w.table.make("colon", (t[0], t[1]), SCALAR),
    "ab,ba->": lambda w, t: w.table.make("tr", (w.mul(t[0], t[1]),), SCALAR),
    "ab,ab->ab": lambda w, t: w.hadamard(t[0], t[1]),
    "ab,ab->a": lambda w, t: w.table.make("rowsum", (w.hadamard(t[0], t[1]),), (t[0].shape[0], 1)),
    "ab,ab->b": lambda w, t: w.table.make("colsum", (w.hadamard(t[0], t[1]),), (t[0].shape[1], 1)),
    "a,ab,b->": lambda w, t: w.mul(w.flip(t[0]), t[1], t[2]),
    "ab,bc,cd->ad": lambda w, t: w.mul(t[0], t[1], t[2]),
    "ab,bc,ca->": lambda w, t: w.table.make("tr", (w.mul(t[0], t[1], t[2]),), SCALAR),
}


def canonical(subscripts: str) -> str:
    """The subscripts with their letters named in order, and the output that NumPy would take where none is given.

    >>> canonical("ij,jk"), canonical("pq , q -> p"), canonical("ii")
    ('ab,bc->ac', 'ab,b->a', 'aa->')
    """
    text = "".join(subscripts.split())
    inputs, arrow, output = text.partition("->")
    if not arrow:
        letters = re.findall("[A-Za-z]", inputs)
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    names: dict[str, str] = {}
    return "".join(
        names.setdefault(c, chr(ord("a") + len(names))) if c.isalpha() else c for c in f"{inputs}->{output}"
    )


def einsum(work: Calls, node: Node, subscripts: str, args: list[Array]) -> Array:
    """The value of einsum; raises `ParseError` for subscripts that the table does not have."""

    def refused(what: str) -> ParseError:
        hint = "write @, np.trace, np.sum, np.outer"
        return ParseError(what, text=work.text, span=node.span, hint=hint)

    if not re.fullmatch(r"[A-Za-z,\s]+(->[A-Za-z\s]*)?", subscripts) or len(subscripts) > 40:
        raise refused("these subscripts of einsum are not read")
    key = canonical(subscripts)
    inputs, _, output = key.partition("->")
    parts = inputs.split(",")
    make = TABLE.get(key)
    if make is None:
        raise refused(f"the subscripts {subscripts!r} of einsum are not read")
    if len(parts) != len(args):
        raise refused(f"the subscripts of einsum name {len(parts)} operands, and {len(args)} are given")
    sizes: dict[str, Any] = {}
    for part, a, place in zip(parts, args, node.args):
        if a.ndim != len(part):
            what = f"the subscripts {part!r} do not fit {work.shown(place)}, which is {work.described(a)}"
            raise work.wrong(what, node)
        shape = (work.length(a),) if a.ndim == 1 else a.term.shape
        for letter, size in zip(part, shape):
            if not work.dims.unify(sizes.setdefault(letter, size), size, place.span):
                raise work.wrong("the operands of einsum do not fit", node, why=f"{size} is another size")
    term = make(work, [work.as_column(a) if a.ndim == 1 else a.term for a in args])
    return Array(term, len(output))
