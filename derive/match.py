"""Matching: pattern, term -> bindings; conditions that answer yes, no or unknown.

A pattern is the normal form of one side of a rule; its variables stand for terms of the shapes that the rule
declares.  Sums, elementwise products, colons and scalar factors match in any order; inside a product a variable
may stand for several neighbouring factors; a pattern `A'` matches any matrix, with A bound to its transpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from .normal import Algebra
from .numbers import reduced
from .terms import SCALAR, Dim, Number, Shape, Term, dim_product

Bindings = dict[str, Term]


class Match(NamedTuple):
    """Bindings of a pattern's variables and of the letters of their dimensions."""

    terms: Bindings
    dims: dict[str, Dim]

    def bind(self, name: str, term: Term, declared: Shape) -> Match | None:
        """The match with one more variable bound, or None where it contradicts."""
        old = self.terms.get(name)
        if old is not None:
            return self if old is term else None
        if declared == SCALAR:
            return Match({**self.terms, name: term}, self.dims) if term.shape == SCALAR else None
        sized = None if term.shape == SCALAR else self.size(declared, term.shape)
        return None if sized is None else Match({**self.terms, name: term}, sized.dims)

    def size(self, declared: Shape, actual: Shape) -> Match | None:
        """The match with the letters of a declared shape bound, or None where it contradicts.

        A product of letters binds none of them, and is compared where all are known.
        """
        dims = self.dims
        for want, have in zip(declared, actual, strict=True):
            if isinstance(want, str):
                known = dims.get(want)
                if known is None:
                    dims = {**dims, want: have}
                elif known != have:
                    return None
            elif isinstance(want, int):
                if want != have:
                    return None
            elif (
                all(isinstance(f, int) or f in dims for f in want) and substituted((want, 1), dims)[0] != have
            ):
                return None
        return self if dims is self.dims else Match(self.terms, dims)


EMPTY = Match({}, {})
#: In a longer sum no multiples of a pattern are looked for.
_MANY = 24
#: Heads whose shape is not that of their arguments: it binds the letters.  (So it is where an argument's is a product.)
_SIZED = frozenset({"eye", "ones", "zeros", "unit"})


class Matcher:
    """Matches patterns against normal forms of one algebra."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def match(self, pattern: Term, term: Term, so_far: Match = EMPTY) -> Iterator[Match]:
        """All bindings under which the pattern is the term."""
        head = pattern.head
        if head == "var":
            found = so_far.bind(pattern.name, term, pattern.shape)
            if found is not None:
                yield found
        elif head == "num":
            if term.head == "num" and term.payload == pattern.payload:
                yield so_far
        elif head == "T":
            if term.shape != SCALAR:
                yield from self.match(pattern.args[0], self.algebra.T(term), so_far)
        elif head == "dim":
            size = _as_size(term)
            found = None if size is None else so_far.size((pattern.payload, 1), (size, 1))
            if found is not None:
                yield found
        elif term.head != head:
            return
        elif head == "mul":
            yield from self._product(pattern, term, so_far)
        elif head in ("add", "had", "colon"):
            combine = self.algebra.add if head == "add" else self.algebra.had
            if head == "colon":
                yield from self._unordered(pattern.args, term.args, so_far, None)
            else:
                yield from self._unordered(pattern.args, term.args, so_far, combine)
        elif head == "commutation":
            found = so_far.size(pattern.payload, term.payload)
            if found is not None:
                yield found
        elif len(pattern.args) == len(term.args):
            sized = head in _SIZED or any([d.__class__ is tuple for a in pattern.args for d in a.shape])
            found = so_far.size(pattern.shape, term.shape) if sized else so_far
            if found is not None:
                yield from self._arguments(pattern.args, term.args, found)

    def _arguments(self, patterns: Sequence[Term], terms: Sequence[Term], so_far: Match) -> Iterator[Match]:
        if not patterns:
            yield so_far
            return
        for found in self.match(patterns[0], terms[0], so_far):
            yield from self._arguments(patterns[1:], terms[1:], found)

    def _product(self, pattern: Term, term: Term, so_far: Match) -> Iterator[Match]:
        scalars, chain = parts(pattern)
        have, links = parts(term)
        if bool(chain) != bool(links) or len(links) < len(chain):
            return
        for found in self._unordered(scalars, have, so_far, self.algebra.mul):
            yield from self.chain(chain, links, found)
            if pattern.shape == SCALAR and chain and not pattern.has_d:  # rule chain-scalar
                yield from self.chain(chain, [self.algebra.T(f) for f in reversed(links)], found)

    def chain(self, patterns: Sequence[Term], links: Sequence[Term], so_far: Match) -> Iterator[Match]:
        """Patterns against neighbouring factors, all of them; a variable may take several."""
        if not patterns:
            if not links:
                yield so_far
            return
        first, rest = patterns[0], patterns[1:]
        most = len(links) - len(rest)
        if not _stretches(first):
            most = min(1, most)
        for count in range(1, most + 1):
            part = links[0] if count == 1 else self.algebra.mul(*links[:count])
            for found in self.match(first, part, so_far):
                yield from self.chain(rest, links[count:], found)

    def _unordered(
        self,
        patterns: Sequence[Term],
        terms: Sequence[Term],
        so_far: Match,
        combine: Callable[..., Term] | None,
    ) -> Iterator[Match]:
        """Patterns against terms in any order; the last free variable takes what is left."""
        if not patterns:
            if not terms:
                yield so_far
            return
        if len(terms) < len(patterns) or (combine is None and len(terms) != len(patterns)):
            return
        first, rest = patterns[0], patterns[1:]
        if rest:
            first, *rest = sorted(patterns, key=lambda p: (_is_free(p, so_far), p.head == "var"))
        if not rest and combine is not None and len(terms) > 1:
            if _stretches(first):
                yield from self.match(first, combine(*terms), so_far)
            return
        for i, term in enumerate(terms):
            for found in self.match(first, term, so_far):
                yield from self._unordered(rest, [*terms[:i], *terms[i + 1 :]], found, combine)

    def within(self, pattern: Term, term: Term) -> Iterator[tuple[Match, Callable[[Term], Term]]]:
        """Matches of a pattern with a part of a product, a sum or an elementwise product, each with the
        function that puts the rest back around the replacement."""
        algebra = self.algebra
        if pattern.head == "mul" and term.head == "mul":
            yield from self._within_product(pattern, term)
        elif (
            pattern.head == term.head
            and pattern.head in ("add", "had")
            and len(pattern.args) < len(term.args) <= _MANY
        ):
            combine = algebra.add if term.head == "add" else algebra.had
            for found, rest in self._subset(pattern.args, term.args, EMPTY):
                yield found, lambda new, rest=rest: combine(new, *rest)  # type: ignore[misc]
        for found in self.match(pattern, term):
            yield found, lambda new: new
        if pattern.head == term.head == "add" and len(pattern.args) <= len(term.args) <= _MANY:
            yield from self._multiples(pattern, term)

    def _multiples(self, pattern: Term, term: Term) -> Iterator[tuple[Match, Callable[[Term], Term]]]:
        """Matches of some summands with a number times the pattern."""
        algebra = self.algebra
        own = algebra.split(pattern.args[0])[0]
        for number in dict.fromkeys(algebra.split(t)[0] for t in term.args):
            if number == own or not isinstance(number, (int, Fraction)) or not isinstance(own, int):
                continue
            ratio = Fraction(number) / own
            plain = {algebra.scale(reduced(1 / ratio), t): t for t in term.args}
            for found, rest in self._subset(pattern.args, list(plain), EMPTY):
                yield found, self._added(reduced(ratio), [plain[t] for t in rest])

    def _added(self, number: Number, rest: list[Term]) -> Callable[[Term], Term]:
        return lambda new: self.algebra.add(self.algebra.scale(number, new), *rest)

    def _within_product(self, pattern: Term, term: Term) -> Iterator[tuple[Match, Callable[[Term], Term]]]:
        algebra = self.algebra
        scalars, chain = parts(pattern)
        have, links = parts(term)
        if len(links) < len(chain) or len(have) < len(scalars):
            return
        for found, rest in self._subset(scalars, have, EMPTY):
            if not chain:
                if rest or links:
                    yield found, lambda new, rest=rest: algebra.mul(*rest, new, *links)  # type: ignore[misc]
                continue
            for start in range(len(links)):
                for stop in range(start + len(chain), len(links) + 1):
                    if not rest and start == 0 and stop == len(links):
                        continue
                    for whole in self.chain(chain, links[start:stop], found):
                        left, right = links[:start], links[stop:]
                        yield whole, lambda new, r=rest, a=left, b=right: algebra.mul(*r, *a, new, *b)  # type: ignore[misc]

    def _subset(
        self, patterns: Sequence[Term], terms: Sequence[Term], so_far: Match
    ) -> Iterator[tuple[Match, list[Term]]]:
        if not patterns:
            yield so_far, list(terms)
            return
        for i, term in enumerate(terms):
            for found in self.match(patterns[0], term, so_far):
                yield from self._subset(patterns[1:], [*terms[:i], *terms[i + 1 :]], found)


def parts(term: Term) -> tuple[list[Term], list[Term]]:
    """The scalar factors (a number among them) and the matrix factors of a product, or of a single factor."""
    if term.head != "mul":
        return ([term], []) if term.shape == SCALAR else ([], [term])
    scalars = [a for a in term.args if a.shape == SCALAR]
    return scalars, [a for a in term.args if a.shape != SCALAR]


def _as_size(term: Term) -> Dim | None:
    """The dimension that a scalar term is, or None."""
    if term.head == "dim" or (term.head == "num" and term.payload.__class__ is int and term.payload > 0):
        size: Dim = term.payload
        return size
    return None


def _stretches(pattern: Term) -> bool:
    return pattern.head == "var" or (pattern.head == "T" and pattern.args[0].head == "var")


def _is_free(pattern: Term, so_far: Match) -> bool:
    p = pattern.args[0] if pattern.head == "T" else pattern
    return p.head == "var" and p.name not in so_far.terms


def instantiate(pattern: Term, found: Match, algebra: Algebra, differential: Callable[[Term], Term]) -> Term:
    """The right side of a rule with its variables replaced; `differential` makes the d(.) of a bound term."""
    head = pattern.head
    if head == "var":
        return found.terms[pattern.name]
    if head == "num":
        return algebra.num(pattern.payload)
    shape = substituted(pattern.shape, found.dims)
    if head == "dim":
        return algebra.table.dim(substituted((pattern.payload, 1), found.dims)[0])
    args = tuple([instantiate(a, found, algebra, differential) for a in pattern.args])
    if head == "d":
        return differential(args[0])
    if (
        pattern.has_d
        and head != "add"
        and any(p.has_d and algebra.is_zero(a) for p, a in zip(pattern.args, args))
    ):
        return algebra.zeros(
            shape
        )  # a differential is linear: where one vanishes, what it is a factor of does
    payload = substituted(pattern.payload, found.dims) if head == "commutation" else pattern.payload
    return algebra.call(head, args, shape, payload)


def substituted(shape: Shape, dims: Mapping[str, Dim]) -> Shape:
    """A shape with letters replaced; a `KeyError` for one that is not bound: it must not become the user's."""
    if shape == SCALAR:
        return shape
    rows, columns = shape
    return (
        dims[rows] if isinstance(rows, str) else _product_of(rows, dims),
        dims[columns] if isinstance(columns, str) else _product_of(columns, dims),
    )


def _product_of(dim: Dim, dims: Mapping[str, Dim]) -> Dim:
    """A number, or a product of letters and numbers, with letters replaced."""
    if not isinstance(dim, tuple):
        return dim
    return dim_product(*[dims[f] if isinstance(f, str) else _product_of(f, dims) for f in dim])
