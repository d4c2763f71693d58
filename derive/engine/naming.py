"""Which intermediates get a name, and which name: where a person would give one.

A product inside a squared norm that is the whole of f is named (so that f = M : M can be written).  Otherwise
names are given only when the proof would be too long to read without: to the arguments of functions that depend
on the variable, and to what occurs twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..normal import Algebra
from ..terms import SCALAR, Term, postorder

#: Heads that are read through: their arguments need no name.
_TRANSPARENT = frozenset(
    {"add", "mul", "had", "T", "colon", "tr", "sum", "d", "diag", "vec", "kron", "rowsum", "colsum"}
)
_MATRICES = ("M", "N", "P", "Q", "R", "S", "H", "K", "L")
_VECTORS = ("z", "u", "v", "w", "h", "r", "p", "q")
_SCALARS = ("s", "r", "q", "c", "k", "h")


def squared_norm_argument(f: Term, depends: Callable[[Term], bool]) -> Term | None:
    """P, where f is a number times norm(P)^2 or P : P with P a product of matrices that depends on the variable."""
    core = f.args[1] if f.head == "mul" and f.args[0].head == "num" and len(f.args) == 2 else f
    inner = None
    if core.head == "pow" and core.args[0].head == "norm" and core.args[1].payload == 2:
        inner = core.args[0].args[0]
    elif core.head == "colon" and core.args[0] is core.args[1]:
        inner = core.args[0]
    if (
        inner is not None
        and not inner.is_vector
        and inner.head == "mul"
        and inner.args[0].shape != SCALAR
        and depends(inner)
    ):
        return inner
    return None


def function_arguments(f: Term, depends: Callable[[Term], bool]) -> list[Term]:
    """The compound arguments of functions, and compound terms that occur twice, innermost first."""
    uses: dict[Term, int] = {}
    arguments: dict[Term, None] = {}
    for t in postorder(f):
        for a in t.args:
            uses[a] = uses.get(a, 0) + 1
            if (
                t.head not in _TRANSPARENT
                and _is_compound(a)
                and depends(a)
                and not (t.head == "pow" and a.head == "norm")
            ):
                arguments.setdefault(a)
    named = [
        t for t in postorder(f) if depends(t) and (t in arguments or (uses.get(t, 0) > 1 and _is_compound(t)))
    ]
    return [t for t in named if t is not f]


def _is_compound(t: Term) -> bool:
    return bool(t.args) and not (t.head == "T" and not t.args[0].args)


def fresh_names(terms: Iterable[Term], taken: Iterable[str], count: int) -> Iterator[str]:
    """A name for each term, by its kind, none of them taken."""
    used = set(taken)
    counters = {"z": 0, "M": 0, "s": 0}
    for t in terms:
        pool = _SCALARS if t.shape == SCALAR else _VECTORS if t.shape[1] == 1 else _MATRICES
        free = [n for n in pool if n not in used] if count <= 5 else []
        if free:
            name = free[0]
        else:
            stem = pool[0]
            counters[stem] += 1
            while f"{stem}_{counters[stem]}" in used:
                counters[stem] += 1
            name = f"{stem}_{counters[stem]}"
        used.add(name)
        yield name


def abbreviate(f: Term, parts: list[tuple[Term, Term]], algebra: Algebra) -> tuple[Term, list[Term]]:
    """f and the definitions of `parts` ((term, symbol), innermost first) written in the symbols."""
    symbols = dict(parts)
    memo: dict[Term, Term] = {}
    definitions: dict[Term, Term] = {}
    for t in postorder(f, *symbols):
        if t in memo:
            continue
        args = tuple(memo[a] for a in t.args)
        same = all(x is y for x, y in zip(args, t.args, strict=True))
        memo[t] = t if same else algebra.call(t.head, args, t.shape, t.payload)
        if t in symbols:
            definitions[t] = memo[t]
            memo[t] = symbols[t]
            memo.setdefault(algebra.T(t), algebra.T(symbols[t]))
    return memo[f], [definitions[t] for t, _ in parts]


def one_notation(df: Term, algebra: Algebra) -> Term:
    """A differential in which inner products of vectors are written in one way: x'*y beside chains, not x : y."""
    parts = df.args if df.head == "add" else (df,)
    moving = [f for p in parts for f in (p.args if p.head == "mul" else (p,)) if f.shape == SCALAR and f.has_d]
    if not any(f.head == "mul" for f in moving):
        return df
    colons = [f for f in moving if f.head == "colon" and f.args[0].shape[1] == 1]
    return algebra.rebuild(df, {c: algebra.mul(algebra.T(c.args[0]), c.args[1]) for c in colons}) if colons else df
