"""From the collected coefficient to the form that a textbook prints.

Every identity is a rule of ``algebra.rules``; a rule fires where the result is shorter on paper and its
conditions are proved.  The whole is linear in the number of different subterms times the rules per head.
"""

from __future__ import annotations

from .cost import STRUCTURE, Cost
from .factor import Factorer
from .rewrite import Rewriter
from .terms import SCALAR, Term, head_bits, postorder

#: Products of sums are multiplied out, to see whether something cancels, only up to this printed length.
EXPANDED = 160
#: ... and the result is taken only where it is shorter by this much.
WORTH = 2
_ROUNDS = 12
_SUM = head_bits("add")


class Simplifier:
    """Simplifies normal forms of one algebra."""

    def __init__(self, rewriter: Rewriter) -> None:
        self.rewriter, self.algebra = rewriter, rewriter.algebra
        self.cost = Cost()
        self.factorer = Factorer(self.algebra, self.cost)
        self.used: dict[str, None] = {}
        self._memo: dict[bool, dict[Term, Term]] = {False: {}, True: {}}
        self._best: dict[Term, Term] = {}
        self._replaced: set[Term] = set()  # functions for which a rule wrote a new one
        self._plain = False  # leave out the rules which bring new functions
        self._typed: set[Term] = set()

    def keep(self, *typed: Term) -> None:
        """Sums that the user wrote keep their form: factors are not taken out of them."""
        self._typed.update(t for t in postorder(*typed) if t.head == "add")

    def simplify(self, term: Term) -> Term:
        """The shortest form that the rules find."""
        found = self._best.get(term)
        if found is None:
            found = self._best[term] = self._shortest(term)
            self._best.setdefault(found, found)
        return found

    def _shortest(self, term: Term) -> Term:
        """The collected form, or, where something cancels, that of the term or of it multiplied out."""
        best = self.collect(term)
        for start in dict.fromkeys((term, best)):
            if best.size > EXPANDED * 2 or not start.heads & _SUM:
                continue
            expanded = self.expand(start)
            if expanded is not start:
                other = self.collect(expanded)
                if self.cost(other) + WORTH <= self.cost(best):
                    best = other
        return best

    def collect(self, term: Term) -> Term:
        """The rules and common factors, without multiplying out.

        A rule which brings a new function (a pseudo-inverse for an inverse) must replace the old one altogether: it
        is taken back where that still occurs elsewhere.
        """
        best = self._simplify(term)
        if best.heads & ~term.heads and self._replaced & functions(best):
            self._plain = True
            best = self._simplify(term)
            self._plain = False
        return best

    def _simplify(self, term: Term) -> Term:
        memo = self._memo[self._plain]
        if term not in memo:
            for t in postorder(term, known=memo):
                memo[t] = self._node(self._with(t, tuple([memo[a] for a in t.args])) if t.args else t)
        return memo[term]

    def _with(self, t: Term, args: tuple[Term, ...]) -> Term:
        if args == t.args:
            return t
        return self.algebra.call(t.head, args, t.shape, t.payload)

    def _node(self, t: Term) -> Term:
        """Rules and common factors at the top of a term whose arguments are simple."""
        for _ in range(_ROUNDS):
            following = self._rules(t)
            if following is t and t.head in ("had", "mul"):
                cancelled = self._cancelled(t)
                if self.cost(cancelled) < self.cost(t):
                    return self._simplify(cancelled)
            if t.head == "add" and t not in self._typed:
                factored = self.factorer.factor(t)
                if factored is not t and self.cost(factored) <= self.cost(following):
                    return self._simplify(factored)  # the rules see the sums that are left inside
            if following is t:
                break
            t = following
        return t

    def _rules(self, t: Term) -> Term:
        here = self.cost(t)
        new = ~t.heads
        for pattern in self.rewriter.applicable(t):
            for match, wrap in self.rewriter.matcher.within(pattern.lhs, t):
                if not self.rewriter.allows(pattern, match):
                    continue
                if self._plain and pattern.brings & new:
                    continue
                result = wrap(self.rewriter.build(pattern, match, self.algebra.table.d))
                cost = self.cost(result)
                if cost < here or (cost == here and self.cost.calls(result) < self.cost.calls(t)):
                    self.rewriter.assume(pattern, match)
                    self.used.setdefault(pattern.name)
                    if pattern.brings & new:
                        gone = functions(t) - functions(result)
                        self._replaced |= {f for f in gone if head_bits(f.head) & pattern.needs}
                    return self._simplify(result) if result.head != t.head else result
        return t

    def _cancelled(self, t: Term) -> Term:
        """A product multiplied out over a sum where denominators in that sum are factors of the product."""
        combine = self.algebra.mul if t.head == "mul" else self.algebra.had
        for total in t.args:
            if total.head != "add" or (t.head == "mul" and total.shape != SCALAR):
                continue
            others = [f for f in t.args if f is not total]
            if any(base in others for part in total.args for base in _denominators(part)):
                return self.algebra.add(*[combine(*others, part) for part in total.args])
        return t

    # ------------------------------------------------------------ multiplying out
    def expand(self, term: Term) -> Term:
        """Products multiplied out over sums (rules distribute-left, distribute-right)."""
        memo: dict[Term, Term] = {}
        for t in postorder(term):
            args = tuple(memo[a] for a in t.args)
            done = self._with(t, args)
            if done.head in ("mul", "had") and any(a.head == "add" for a in done.args):
                done = self._multiplied_out(done)
            memo[t] = done
            if self.cost(done) > EXPANDED * 2:
                return term
        return memo[term]

    def _multiplied_out(self, t: Term) -> Term:
        combine = self.algebra.mul if t.head == "mul" else self.algebra.had
        rows: list[tuple[Term, ...]] = [()]
        for f in t.args:
            choices = f.args if f.head == "add" else (f,)
            rows = [(*r, c) for r in rows for c in choices]
            if len(rows) > EXPANDED:
                return t
        return self.algebra.add(*[combine(*r) for r in rows])


def _denominators(term: Term) -> list[Term]:
    """The bases of the negative powers among the factors of a term."""
    factors = [g for f in (term.args if term.head == "mul" else (term,)) for g in (f.args if f.head == "had" else (f,))]
    powers = [f for f in factors if f.head in ("pow", "hpow") and f.args[1].head == "num"]
    return [f.args[0] for f in powers if not isinstance(f.args[1].payload, complex) and f.args[1].payload < 0]


def functions(term: Term) -> set[Term]:
    """The different applications of functions in a term."""
    return {t for t in postorder(term) if t.args and t.head not in STRUCTURE}
