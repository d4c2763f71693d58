"""Applying rules: a rule at a term gives a new term and what was bound, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from .derivation import Step
from .errors import AssumptionNeeded
from .match import Match, Matcher, instantiate
from .meanings import Meanings
from .normal import Algebra, Laws
from .terms import SCALAR, Term, head_bits, postorder

if TYPE_CHECKING:
    from .facts import Facts
    from .keys import Key
    from .rulebook import Rule, RuleBook

Depends = Callable[[Term], bool]


class Pattern:
    """A rule with its left side in normal form, made when a term may match; once per rule book.

    `needs` are the function heads that a term must contain, read off the text of the rule.
    """

    def __init__(self, rule: Rule, book: RuleBook, turned: bool = False) -> None:
        self.rule, self.name, self.book, self.turned = rule, rule.name, book, turned
        self.needs = head_bits(*_called(rule.lhs_text, book))
        self.brings = head_bits(*_called(rule.rhs_text, book)) & ~self.needs

    @cached_property
    def _sides(self) -> tuple[Term, Term, bool]:
        book = self.book
        laws = book.once("laws", lambda: Laws(book.functions))
        algebra, plain = Algebra(self.rule.lhs_table, book.functions, laws), _abbreviations(book).plain
        typed, rhs = plain(self.rule.lhs, algebra.table), plain(self.rule.rhs, algebra.table)
        lhs = algebra.normal(typed)
        if typed.head == "colon" and lhs.head == "mul":  # x : rowsum(A) is no product where a differential moves
            lhs = algebra.table.make("colon", tuple(algebra.normal(a) for a in typed.args))
        self.needs |= lhs.heads & ~_IMPLICIT
        if not self.turned:
            return lhs, rhs, True
        turns = lhs.head in _TURNED and lhs.shape != SCALAR and algebra.T(lhs) is not lhs
        return (algebra.T(lhs), algebra.T(algebra.normal(rhs)), True) if turns else (lhs, rhs, False)

    @property
    def lhs(self) -> Term:
        return self._sides[0]

    @property
    def rhs(self) -> Term:
        return self._sides[1]

    @property
    def is_new(self) -> bool:
        """Does the transposed law say anything that the law itself does not?"""
        return self._sides[2]


#: Heads which a pattern may have where the term shows none: A' matches any matrix, a size may be a number.
_IMPLICIT = head_bits("var", "T", "num", "dim", "mul", "d")
#: Heads of left sides whose transposed law is tried, too: a law for A*B is one for B'*A'.
_TURNED = frozenset({"add", "mul", "had"})
_CALLED = re.compile(r"([a-z_]\w*)\(")
#: Functions which the normal form writes as powers, and heads that are not functions.
_REWRITTEN = frozenset({"sqrt", "d"})


def _called(text: str, book: RuleBook) -> list[str]:
    """The function heads of a rule's side; an abbreviation is none, the normal form has what it stands for."""
    functions = book.functions
    return [
        h
        for h in _CALLED.findall(text)
        if h not in _REWRITTEN and not (h in functions and functions[h].abbreviates)
    ]


def _abbreviations(book: RuleBook) -> Meanings:
    functions = book.functions
    return book.once("abbreviations", lambda: Meanings({n: f for n, f in functions.items() if f.abbreviates}))


#: Properties that only a declaration gives.
STRUCTURES = frozenset({"symmetric", "skew", "diagonal", "lower_triangular", "toeplitz", "hermitian", "orthogonal"})


class Rewriter:
    """Rules of one book applied to normal forms of one algebra."""

    def __init__(self, book: RuleBook, algebra: Algebra, facts: Facts) -> None:
        self.book, self.algebra, self.facts = book, algebra, facts
        self.matcher = Matcher(algebra)
        algebra.macro = self._unabbreviated
        self._abbreviations = _abbreviations(book)
        #: What was assumed, as a sentence and as a property of a term, in the order in which it was needed.
        self.at_point: dict[Term, Term] = {}  # the variable, and the variable with its structure
        self.assumed: dict[str, tuple[str, Term]] = {}
        self._index = book.once("uses", lambda: _by_use(book))
        self._patterns: dict[tuple[str, ...], list[Pattern]] = book.once("patterns", dict)

    # ------------------------------------------------------------ patterns
    def patterns(self, *key: str) -> list[Pattern]:
        """The rules of a kind (d, move, simplify) and a head, the most specific first."""
        found = self._patterns.get(key)
        if found is None:
            found = self._patterns[key] = self._made(key)
        return found

    def _made(self, place: tuple[str, ...]) -> list[Pattern]:
        out: list[Pattern] = []
        for key, use in self._index.get(place, {}).items():
            for rule in self.book.by_key(key):
                if use in rule.uses:
                    out.append(Pattern(rule, self.book))
                    if use == "simplify" and key[0] in _TURNED:
                        out.append(Pattern(rule, self.book, turned=True))
        return out

    def step(self, name: str, before: Term, after: Term, bindings: Mapping[str, Term] | None = None) -> Step:
        rule = self.book.rules.get(name)
        say, cite = (
            (rule.say, rule.cite)
            if rule
            else ("the chain rule, entry by entry", "definition of the differential")
        )
        return Step(name, before, after, (), bindings or {}, say, cite)

    # ------------------------------------------------------------ conditions
    def allows(self, pattern: Pattern, match: Match, depends: Depends | None = None) -> bool:
        """Are all `when` conditions of the rule proved, and none of what it assumes refuted?"""
        for prop, argument in pattern.rule.when:
            term = self._argument(argument, match)
            if prop == "constant":
                if depends is None or depends(term):
                    return False
            elif self.facts.holds(prop, term) is not True:
                return False
        return all(
            self.facts.holds(p, self._argument(a, match)) is not False for p, a in pattern.rule.assumes
        )

    def _argument(self, argument: Term, match: Match) -> Term:
        return instantiate(argument, match, self.algebra, self.algebra.table.d)

    def assume(self, pattern: Pattern, match: Match) -> None:
        """Note what the rule assumes and the facts do not prove.  Structure is never assumed, only regularity."""
        for prop, argument in pattern.rule.assumes:
            term = self._argument(argument, match)
            if self.facts.holds(prop, term) is True:
                continue
            if prop in STRUCTURES:
                self._demand(prop, term, pattern)
                continue
            self.assumed.setdefault(self.facts.sentence(prop, term), (prop, term))
            self.facts.suppose(prop, term)

    def _demand(self, prop: str, term: Term, pattern: Pattern) -> None:
        """Structure must have been declared, of the variable too; raises `AssumptionNeeded`."""
        if self.at_point and self.facts.holds(prop, self.algebra.rebuild(term, self.at_point)) is True:
            return
        name = term.name if term.head == "var" else None
        raise AssumptionNeeded(
            f"this holds only where {self.facts.sentence(prop, term)}, and that was not declared",
            why=f"the rule {pattern.name} needs it, and structure is never assumed",
            hint=f'declare it: --assume "{name}: {prop}" (assume={{"{name}": ["{prop}"]}})'
            if name
            else f"write the argument so that it is {prop} by its form, such as A'*A or (A + A')/2",
        )

    def assumptions(self) -> dict[str, tuple[str, Term]]:
        """What was assumed, less what follows from the rest."""
        kept = dict(self.assumed)
        for sentence, (prop, term) in list(kept.items()):
            rest = [pair for s, pair in kept.items() if s != sentence]
            if rest and self.facts.without(rest).holds(prop, term) is True:
                del kept[sentence]
        return kept

    def build(self, pattern: Pattern, match: Match, differential: Callable[[Term], Term]) -> Term:
        """The right side; `differential` makes each d(.)."""
        return instantiate(pattern.rhs, match, self.algebra, differential)

    # ------------------------------------------------------------ differentials
    def differential_rule(self, t: Term, depends: Depends) -> tuple[Pattern, Match] | None:
        """The first rule for d(t) whose conditions are proved."""
        for pattern in self.patterns("d", t.head):
            if pattern.needs & ~t.heads:
                continue
            for match in self.matcher.match(pattern.lhs.args[0], t):
                if self.allows(pattern, match, depends):
                    self.assume(pattern, match)
                    return pattern, match
        return None

    def _unabbreviated(self, term: Term) -> Term:
        """An abbreviation replaced by what it stands for; a matrix function of a scalar by what it is there."""
        head = term.head
        if head in self._abbreviations.functions:
            return self.algebra.normal(self._abbreviations.plain(term, self.algebra.table))
        if term.args and head in self.book.functions and all([a.shape == SCALAR for a in term.args]):
            for pattern in self.simplifications(head):
                if _of_scalars(pattern.lhs):
                    for match in self.matcher.match(pattern.lhs, term):
                        if self.allows(pattern, match):
                            return self.build(pattern, match, _refuse)
        return term

    # ------------------------------------------------------------ anywhere
    def apply(self, name: str, term: Term) -> Term | None:
        """A rule by its name at the term or a part of it; None where it does not fire."""
        book = self.book
        pattern = book.once(f"pattern {name}", lambda: Pattern(book.rules[name], book))
        for part in reversed(postorder(term)):
            if part.head != pattern.lhs.head:
                continue
            for match, wrap in self.matcher.within(pattern.lhs, part):
                if self.allows(pattern, match):
                    self.assume(pattern, match)
                    return self.algebra.rebuild(term, {part: wrap(self.build(pattern, match, _refuse))})
        return None

    def simplifications(self, head: str) -> list[Pattern]:
        """The rules of algebra.rules for a head."""
        return self.patterns("simplify", head)

    def applicable(self, term: Term) -> Iterator[Pattern]:
        """The rules of algebra.rules which may shorten this term."""
        missing = ~term.heads
        for pattern in self.patterns("simplify", term.head):
            if not pattern.needs & missing and pattern.is_new:
                yield pattern

    # ------------------------------------------------------------ across the colon
    def move(self, term: Term) -> tuple[str, Term] | None:
        """One move which brings the differential of a scalar term nearer to the right of its colon.

        `term` is a colon, a scalar chain, or a function such as tr of something with a differential.
        """
        best: tuple[int, str, Term, Pattern, Match] | None = None
        for pattern in self._move_patterns(term):
            for match in self._moves(pattern, term):
                if not self.allows(pattern, match):
                    continue
                result = self.build(pattern, match, _refuse)
                work = _work(result)
                if work is not None and (best is None or work < best[0]):
                    best = (work, pattern.name, result, pattern, match)
        if best is None:
            return None
        self.assume(best[3], best[4])
        return best[1], best[2]

    def to_the_end(self, term: Term) -> tuple[str, Term] | None:
        """One rule of vec.rules which makes the factor with the differential (or its vec) the last of a product.

        `term` is a vector; the result is a product of constant factors and a shorter vector.
        """
        best: tuple[int, str, Term] | None = None
        for pattern in self.patterns("vec", term.head):
            if pattern.needs & ~term.heads:
                continue
            for match in self.matcher.match(pattern.lhs, term):
                if not self.allows(pattern, match):
                    continue
                result = self.build(pattern, match, _refuse)
                if result.head != "mul" or (result.args[0].has_d and result.args[0].shape != SCALAR):
                    continue
                _, last = split_at_differential(result, self.algebra)
                if last.head == "mul" and last.args[0].shape == SCALAR:
                    last = last.args[0]  # a scalar differential times a constant vector
                unwrapped = last.head == "vec" != term.head and last.size == term.size  # rowsum(A) to vec(A)
                if (last.size < term.size or unwrapped) and (best is None or last.size < best[0]):
                    best = (last.size, pattern.name, result)
        return None if best is None else best[1:]

    def _move_patterns(self, term: Term) -> list[Pattern]:
        """The rules whose left side has the head of the term (of a colon: of the operand that moves)."""
        if term.head == "colon":
            moving = next(a for a in term.args if a.has_d)
            return self.patterns("move", "colon", moving.head)
        return self.patterns("move", term.head)

    def _moves(self, pattern: Pattern, term: Term) -> Iterator[Match]:
        if term.head != "colon":
            yield from self.matcher.match(pattern.lhs, term)
            return
        fixed, moving = term.args if term.args[1].has_d else reversed(term.args)
        left, right = pattern.lhs.args
        for match in self.matcher.match(right, moving):
            yield from self.matcher.match(left, fixed, match)


def split_at_differential(product: Term, algebra: Algebra) -> tuple[Term, Term]:
    """The constant factors in front of the first factor with a differential, and the rest."""
    first = next(i for i, f in enumerate(product.args) if f.has_d)
    return algebra.mul(*product.args[:first]), algebra.mul(*product.args[first:])


def _by_use(book: RuleBook) -> dict[tuple[str, ...], dict[Key, str]]:
    """The keys of the rules by what the engine uses them for: differentials, moves across the colon, simplification."""
    index: dict[tuple[str, ...], dict[Key, str]] = {}
    for key, rules in book.keyed():
        for use in {use: None for rule in rules for use in rule.uses}:
            place = key if use == "differential" else (use, *key) if use == "move" else (use, key[0])
            index.setdefault(place, {})[key] = use
    return index


def _of_scalars(lhs: Term) -> bool:
    """Is a left side a function of scalar variables alone?"""
    return all(a.head == "var" and a.shape == SCALAR for a in lhs.args)


def _refuse(_: Term) -> Term:
    raise AssertionError("a move across the colon makes no differential")


def _work(term: Term) -> int | None:
    """How far the differential is from standing alone: the size of what holds it, 0 where that is an atom."""
    total = 0
    for summand in term.args if term.head == "add" else (term,):
        if not summand.has_d:
            continue
        for factor in (
            summand.args if summand.head == "mul" and summand.args[0].shape == SCALAR else (summand,)
        ):
            if not factor.has_d:
                continue
            if factor.head == "colon":
                total += sum(_burden(a) for a in factor.args if a.has_d)
            else:
                total += 2 * _burden(factor)
    return total


def _burden(a: Term) -> int:
    return 0 if a.head == "d" else a.size
