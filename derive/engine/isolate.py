"""From a differential to G : dX: every factor is moved across the colon until the differentials stand alone."""

from __future__ import annotations

from typing import NamedTuple

from ..derivation import Step
from ..errors import NoRuleError
from ..near import no_rule_hint, operation
from ..rewrite import Rewriter
from ..terms import SCALAR, Term


class Round(NamedTuple):
    """The whole expression after one move in each summand."""

    term: Term
    rules: tuple[str, ...]


class Isolated(NamedTuple):
    """The coefficient of each differential, and the rounds which led there."""

    coefficients: dict[Term, Term]
    rounds: tuple[Round, ...]
    steps: tuple[Step, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for r in self.rounds for name in r.rules))


class Isolator:
    """Moves factors across colons in a scalar expression that is linear in differentials."""

    def __init__(self, rewriter: Rewriter, budget: int = 200_000) -> None:
        self.rewriter, self.algebra, self.budget = rewriter, rewriter.algebra, budget

    def isolate(self, expression: Term) -> Isolated:
        """The coefficient of every differential in `expression`, which must be scalar."""
        algebra = self.algebra
        done: dict[Term, list[tuple[int, Term]]] = {}
        open_ = [(place, *self._split(s)) for place, s in enumerate(_summands(expression))]
        rounds: list[Round] = []
        steps: list[Step] = []
        while open_:
            if len(rounds) > 100 + expression.size:
                raise AssertionError("the moves across the colon go round in a circle")
            following: list[tuple[int, Term, Term]] = []
            rules: dict[str, None] = {}
            moved = False
            for place, coefficient, moving in open_:
                if moving.head == "d":
                    done.setdefault(moving, []).append((place, coefficient))
                    continue
                if moving.head == "colon" and moving.args[1].head == "d":
                    done.setdefault(moving.args[1], []).append(
                        (place, algebra.mul(coefficient, moving.args[0]))
                    )
                    continue
                name, result = self._step(moving)
                moved = True
                rules.setdefault(name)
                steps.append(self.rewriter.step(name, moving, result))
                following += [(place, *self._scaled(coefficient, s)) for s in _summands(result) if s.has_d]
            open_ = following
            if moved:
                rounds.append(Round(self._whole(done, open_), tuple(rules)))
        # in the order of the summands they came from, not in that in which they were done
        coefficients = {
            atom: algebra.add(*[g for _, g in sorted(parts, key=_place)]) for atom, parts in done.items()
        }
        return Isolated(coefficients, tuple(rounds), tuple(steps))

    def _split(self, summand: Term) -> tuple[Term, Term]:
        """The coefficient and the one scalar factor that holds the differential."""
        if summand.head == "mul" and summand.args[0].shape == SCALAR:
            moving = [f for f in summand.args if f.has_d]
            return self.algebra.mul(*[f for f in summand.args if not f.has_d] or [self.algebra.one]), moving[
                0
            ]
        return self.algebra.one, summand

    def _scaled(self, coefficient: Term, summand: Term) -> tuple[Term, Term]:
        own, moving = self._split(summand)
        return self.algebra.mul(coefficient, own), moving

    def _step(self, moving: Term) -> tuple[str, Term]:
        """One move: a sum is distributed, anything else is the rule book's."""
        self.budget -= 1
        if self.budget < 0:
            from ..errors import LimitError

            raise LimitError(
                "the limit of steps across the colon is reached",
                hint="simplify the expression, or raise limits",
            )
        if moving.head == "colon" and moving.args[1].head == "add":
            fixed, total = moving.args
            return "colon-sum", self.algebra.add(*[self.algebra.colon(fixed, part) for part in total.args])
        if moving.head == "add":
            return "colon-sum", moving
        found = self.rewriter.move(moving)
        if found is None:
            stuck = moving.args[1].head if moving.head == "colon" else moving.head
            raise NoRuleError(
                f"no rule moves the differential out of {operation(stuck)} across the colon",
                why="the rule book has no rule (colon.rules) for this form",
                hint=no_rule_hint(stuck),
            )
        return found

    def _whole(self, done: dict[Term, list[tuple[int, Term]]], open_: list[tuple[int, Term, Term]]) -> Term:
        algebra = self.algebra
        parts = [algebra.colon(g, atom) for atom, gs in done.items() for _, g in gs]
        parts += [algebra.mul(c, m) for _, c, m in open_]
        return algebra.add(*parts) if parts else algebra.zero


def _place(part: tuple[int, Term]) -> int:
    return part[0]


def _summands(t: Term) -> tuple[Term, ...]:
    return t.args if t.head == "add" else (t,)
