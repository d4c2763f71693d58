"""Unknown dimensions: unification with reasons, and the shapes of functions' values.

A dimension is an integer, a letter or a product (`terms.Dim`).  While an expression is read,
dimensions that are not known yet are *unknowns*: letters that start with ``?``, bound by `Dims.unify`.
Every letter that a user wrote is a size of its own, so two different ones never unify.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, count
from typing import Any

from .shapes import Signature, Span
from .terms import Dim, Shape, dim_product


class Dims:
    """The unknown dimensions of one reading, and why each has its value.

    `unify` makes two dimensions equal or says that they cannot be.  An equation of products that
    does not decide anything yet waits in `pending` until `settle`.
    """

    __slots__ = ("_roots", "bindings", "guessed", "large", "origins", "pending", "reasons")

    def __init__(self) -> None:
        self.bindings: dict[str, Dim] = {}
        self.reasons: dict[str, Span] = {}
        self.origins: dict[str, str] = {}
        self.large: dict[str, None] = {}  # unknowns that cannot be 1: of names that are arrays
        self.pending: list[tuple[Dim, Dim, Span]] = []
        self.guessed = False
        self._roots: dict[str, str] = {}  # shortcuts through chains of bindings

    def fresh(self, origin: str, large: bool = True) -> str:
        """A new unknown; `origin` says whose it is, in words."""
        unknown = f"?{len(self.origins)}"
        self.origins[unknown] = origin
        if large:
            self.large[unknown] = None
        return unknown

    def resolve(self, dim: Dim) -> Dim:
        """The dimension with every bound unknown replaced."""
        if isinstance(dim, int) or not self.origins:
            return dim
        while True:
            if isinstance(dim, str):
                dim = self._end(dim)
            if not isinstance(dim, tuple) or not any(f in self.bindings for f in dim):
                return dim
            dim = dim_product(*(self._end(f) if isinstance(f, str) else f for f in dim))

    def _end(self, letter: str) -> Dim:
        """Where the chain of bindings that begins at a letter ends."""
        dim: Dim = letter
        passed: list[str] = []
        while isinstance(dim, str) and dim in self.bindings:
            passed.append(dim)
            dim = self._roots.get(dim) or self.bindings[dim]
        if len(passed) > 2:
            for p in passed[:-1]:
                self._roots[p] = passed[-1]
        return dim

    def shape(self, shape: Shape) -> Shape:
        """The shape with every bound unknown replaced."""
        return (self.resolve(shape[0]), self.resolve(shape[1]))

    def unify(self, a: Dim, b: Dim, reason: Span) -> bool:
        """Make `a` and `b` equal; False where they cannot be.

        >>> d = Dims(); u = d.fresh("the rows of X")
        >>> d.unify(u, "n", (0, 1)), d.resolve(u), d.unify(u, "m", (0, 1))
        (True, 'n', False)
        """
        if a == b:
            return True
        a, b = self.resolve(a), self.resolve(b)
        if a == b:
            return True
        left, right = _cancel(a, b)
        if is_unknown(left) and is_unknown(right) and _number(left) < _number(right):
            left, right = right, left  # the younger is bound to the older: chains stay short
        if is_unknown(left):
            return self._bind(left, right, reason)
        if is_unknown(right):
            return self._bind(right, left, reason)
        return self._divide(left, right, reason)

    def _divide(self, a: Dim, b: Dim, reason: Span) -> bool:
        """Equations of products: solve `k*?u = n` where `k` divides; wait where two unknowns are left."""
        free_a, free_b = _unknowns(a), _unknowns(b)
        if not free_a and not free_b:
            return False
        if not free_a or not free_b:
            known, mixed = (a, b) if free_b else (b, a)
            rest = _rest(mixed)
            if rest != 1 and not (isinstance(known, int) and isinstance(rest, int) and known % rest == 0):
                return False
            free = free_a or free_b
            if len(free) == 1 and isinstance(known, int) and isinstance(rest, int):
                return self._bind(free[0], known // rest, reason)
        self.pending.append((a, b, reason))
        return True

    def _bind(self, unknown: Dim, dim: Dim, reason: Span) -> bool:
        assert isinstance(unknown, str)
        if dim == 1 and unknown in self.large:
            return False
        if isinstance(dim, tuple) and unknown in dim:
            return False
        if unknown in self.large and is_unknown(dim):
            assert isinstance(dim, str)
            self.large[dim] = None
        self.bindings[unknown] = dim
        self.reasons[unknown] = reason
        return True

    def mark(self) -> tuple[int, int, int]:
        """A state to which `undo` can return, for a trial."""
        return len(self.bindings), len(self.large), len(self.pending)

    def undo(self, mark: tuple[int, int, int]) -> None:
        """Forget what was bound since `mark`."""
        tables: tuple[dict[str, Any], ...] = (self.bindings, self.large)
        for table, length in zip(tables, mark):
            while len(table) > length:
                table.popitem()
        del self.pending[mark[2] :]
        self._roots.clear()

    def settle(self) -> Span | None:
        """Decide the waiting equations; the place of one that cannot hold or stays undecided, or None.

        An equation such as a*b = c*d in four unknowns has no most general solution: then a = c and b = d is
        taken, in the order in which the unknowns came up, and `guessed` says so.
        """
        while self.pending:
            known = len(self.bindings)
            waiting, self.pending = self.pending, []
            for a, b, reason in waiting:
                if not self.unify(a, b, reason):
                    return reason
            if self.pending and len(self.bindings) == known:
                waiting, self.pending, self.guessed = self.pending, [], True
                for a, b, reason in waiting:
                    if not self._match_factors(a, b, reason):
                        return reason
        return None

    def _match_factors(self, a: Dim, b: Dim, reason: Span) -> bool:
        left, right = (_in_order(d) for d in _cancel(self.resolve(a), self.resolve(b)))
        return len(left) == len(right) and all([self.unify(x, y, reason) for x, y in zip(left, right)])

    def story(self, dim: Dim) -> list[tuple[str, Dim, Span]]:
        """Why a dimension has its value: (whose unknown, the value, the place that bound it)."""
        out: list[tuple[str, Dim, Span]] = []
        while isinstance(dim, str) and dim in self.reasons and dim in self.bindings:
            value = self.bindings[dim]
            if self.origins[dim]:
                out.append((self.origins[dim], self.resolve(value), self.reasons[dim]))
            dim = value
        return out

    def give_letters(self, shapes: Iterable[Shape], used: set[str]) -> None:
        """Bind what is still unknown in these shapes to letters that are not `used`.

        A matrix takes m, n, p, q, ..., a vector or a square matrix n first.
        """
        numbered = (f"n_{i}" for i in count(1))
        for shape in shapes:
            rows, columns = self.shape(shape)
            preferred = "nmpqrkl" if columns == 1 or rows == columns else "mnpqrkl"
            for dim in (rows, columns):
                for factor in _unknowns(dim):
                    if factor not in self.bindings:
                        self.bindings[factor] = fresh_letter(used, preferred, numbered)


def fresh_letter(used: set[str], preferred: str, numbered: Iterable[str] = ()) -> str:
    """A letter that is not `used`, and is from now on.

    >>> fresh_letter({"m"}, "mnp")
    'n'
    """
    letter = next(c for c in chain(preferred, "hbcdgsuvwaefijot", numbered) if c not in used)
    used.add(letter)
    return letter


def is_unknown(dim: Dim) -> bool:
    return isinstance(dim, str) and dim[0] == "?"


def _number(unknown: Dim) -> int:
    return int(str(unknown)[1:])


def _factors(dim: Dim) -> tuple[Dim, ...]:
    return dim if isinstance(dim, tuple) else (dim,)


def _in_order(dim: Dim) -> list[Dim]:
    """Known factors first, then the unknown ones as they came up."""
    return sorted(_factors(dim), key=lambda f: _number(f) if is_unknown(f) else -1)


def _unknowns(dim: Dim) -> list[str]:
    return [f for f in _factors(dim) if isinstance(f, str) and f[0] == "?"]


def _rest(dim: Dim) -> Dim:
    return dim_product(*(f for f in _factors(dim) if not is_unknown(f)))


def _cancel(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """Both without their common factors: dimensions are positive, so m*n = m*p says n = p."""
    if not isinstance(a, tuple) and not isinstance(b, tuple):
        return a, b
    left, right = list(_factors(a)), list(_factors(b))
    for f in tuple(left):
        if isinstance(f, str) and f in right:
            left.remove(f)
            right.remove(f)
    return dim_product(*left), dim_product(*right)


# ---------------------------------------------------------------- functions
def result_shape(sig: Signature, shapes: Sequence[Shape], dims: Dims, reason: Span) -> Shape | int:
    """The shape of the value for arguments of these shapes, or the place of the argument that does not fit.

    For a parameter of `sizes` the given "shape" is ``(dimension, 1)``.
    """
    known: dict[str, Dim] = {}
    later: list[tuple[int, Dim, Dim]] = []
    for place, ((_, want), have) in enumerate(zip(sig.params, shapes)):
        for w, h in zip(want, have):
            if isinstance(w, tuple):
                later.append((place, w, h))
            elif isinstance(w, int) or w in known:
                bound = w if isinstance(w, int) else known[w]
                if bound != h and not dims.unify(bound, h, reason):
                    return place
            else:
                known[w] = h
    for place, w, h in later:
        if not dims.unify(_instance(w, known, dims), h, reason):
            return place
    return (_instance(sig.result[0], known, dims), _instance(sig.result[1], known, dims))


def _instance(dim: Dim, known: dict[str, Dim], dims: Dims) -> Dim:
    """The dimension of a signature with its letters replaced; a letter not yet known becomes an unknown."""
    if isinstance(dim, int):
        return dim
    out: list[Dim] = []
    for f in _factors(dim):
        if isinstance(f, str):
            if f not in known:
                known[f] = dims.fresh("", large=False)
            out.append(known[f])
        else:
            out.append(f)
    return dim_product(*out) if isinstance(dim, tuple) else out[0]
