"""Applying rules: a rule at a term gives a new term and what was bound, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .derivation import Step
from .match import Match, Matcher, instantiate
from .normal import Algebra
from .terms import SCALAR, Term, postorder

if TYPE_CHECKING:
    from .facts import Facts
    from .rulebook import Rule, RuleBook

Depends = Callable[[Term], bool]


class Pattern:
    """A rule with both sides in normal form; made once per rule book."""

    __slots__ = ("lhs", "name", "rhs", "rule")

    def __init__(self, rule: Rule, book: RuleBook, turned: bool = False) -> None:
        algebra = Algebra(rule.lhs_table, book.functions)
        self.rule, self.name = rule, rule.name
        self.lhs, self.rhs = algebra.normal(rule.lhs), rule.rhs
        if turned:
            self.lhs, self.rhs = algebra.T(self.lhs), algebra.T(algebra.normal(rule.rhs))


class Rewriter:
    """Rules of one book applied to normal forms of one algebra."""

    def __init__(self, book: RuleBook, algebra: Algebra, facts: Facts) -> None:
        self.book, self.algebra, self.facts = book, algebra, facts
        self.matcher = Matcher(algebra)
        algebra.macro = self._unabbreviated
        self._abbreviations = {n for n, f in book.functions.items() if f.means}
        self.assumed: dict[str, None] = {}  # sentences, in the order in which they were needed
        self._index = _index(book)

    # ------------------------------------------------------------ patterns
    def patterns(self, *key: str) -> list[Pattern]:
        """The compiled rules of a kind (d, move, simplify) and a head, the most specific first."""
        entry = self._index.get(key)
        if entry is None:
            return []
        if entry and not isinstance(entry[0], Pattern):
            plain = [Pattern(rule, self.book) for rule in entry]
            turned = [Pattern(p.rule, self.book, turned=True) for p in plain if key[0] == "simplify" and _turns(p.lhs)]
            entry[:] = [*plain, *(t for t, p in zip(turned, plain) if t.lhs is not p.lhs)]
        return entry

    def step(self, name: str, before: Term, after: Term, bindings: Mapping[str, Term] | None = None) -> Step:
        rule = self.book.rules.get(name)
        say, cite = (rule.say, rule.cite) if rule else ("the chain rule, entry by entry", "definition of the differential")
        return Step(name, before, after, (), bindings or {}, say, cite)

    # ------------------------------------------------------------ conditions
    def allows(self, pattern: Pattern, match: Match, depends: Depends | None = None) -> bool:
        """Are all `when` conditions of the rule proved?"""
        for prop, argument in pattern.rule.when:
            term = self._argument(argument, match)
            if prop == "constant":
                if depends is None or depends(term):
                    return False
            elif self.facts.holds(prop, term) is not True:
                return False
        return True

    def _argument(self, argument: Term, match: Match) -> Term:
        return instantiate(argument, match, self.algebra, self.algebra.table.d)

    def assume(self, pattern: Pattern, match: Match) -> None:
        """Note what the rule assumes and the facts do not prove."""
        for prop, argument in pattern.rule.assumes:
            term = self._argument(argument, match)
            if self.facts.holds(prop, term) is not True:
                self.assumed.setdefault(self.facts.sentence(prop, term))

    def build(self, pattern: Pattern, match: Match, differential: Callable[[Term], Term]) -> Term:
        """The right side; `differential` makes each d(.)."""
        return instantiate(pattern.rhs, match, self.algebra, differential)

    # ------------------------------------------------------------ differentials
    def differential_rule(self, t: Term, depends: Depends) -> tuple[Pattern, Match] | None:
        """The first rule for d(t) whose conditions are proved."""
        for pattern in self.patterns("d", t.head):
            for match in self.matcher.match(pattern.lhs.args[0], t):
                if self.allows(pattern, match, depends):
                    self.assume(pattern, match)
                    return pattern, match
        return None

    def _unabbreviated(self, term: Term) -> Term:
        """An abbreviation replaced by what it stands for; a matrix function of a scalar by what it is there."""
        head = term.head
        if head in self._abbreviations:
            found = self.apply(f"{head}-definition", term)
            return term if found is None else self.algebra.normal(found)
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
        pattern = Pattern(self.book.rules[name], self.book)
        for part in reversed(list(postorder(term))):
            if part.head != pattern.lhs.head:
                continue
            for match, wrap in self.matcher.within(pattern.lhs, part):
                if self.allows(pattern, match):
                    self.assume(pattern, match)
                    return self.algebra.rebuild(term, {part: wrap(self.build(pattern, match, _refuse))})
        return None

    def simplifications(self, head: str) -> list[Pattern]:
        """The rules of algebra.rules which may shorten a term of this head."""
        return self.patterns("simplify", head)

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


def _index(book: RuleBook) -> dict[tuple[str, ...], list[Any]]:
    """The rules by what the engine uses them for: differentials, moves across the colon, simplification."""

    index: dict[tuple[str, ...], list[Any]] | None = book.__dict__.get("_by_use")
    if index is None:
        index = book.__dict__["_by_use"] = {}
        for key, rules in book._index.items():
            for rule in rules:
                if key[0] == "d":
                    use = key
                elif " : " in rule.rhs_text:
                    use = ("move", *key)
                else:
                    use = ("simplify", key[0])
                index.setdefault(use, []).append(rule)
    return index


def _turns(lhs: Term) -> bool:
    """Is the transposed law another one?"""
    return lhs.head in ("mul", "had") and lhs.shape != SCALAR


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
        for factor in summand.args if summand.head == "mul" and summand.args[0].shape == SCALAR else (summand,):
            if not factor.has_d:
                continue
            if factor.head == "colon":
                total += sum(_burden(a) for a in factor.args if a.has_d)
            else:
                total += 2 * _burden(factor)
    return total


def _burden(a: Term) -> int:
    return 0 if a.head == "d" else a.size
