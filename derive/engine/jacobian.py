"""Jacobians: from the differential of a vector to J*dx, of a matrix to vec(dF) = J*vec(dX)."""

from __future__ import annotations

from ..derivation import Let, Step
from ..errors import NoRuleError
from ..near import no_rule_hint, operation
from ..rewrite import split_at_differential
from ..terms import SCALAR, Term, dim_product, postorder
from .frobenius import Frobenius
from .isolate import Isolator
from .problem import BRIEF, FULL, NORMAL, Outline, Problem
from .structure import projection


class Columns:
    """Brings the differentials in vectors to the right end of products."""

    def __init__(self, problem: Problem) -> None:
        self.rewriter, self.algebra = problem.rewriter, problem.algebra
        self.isolator = Isolator(problem.rewriter)
        self.steps: list[Step] = []
        self.rounds: list[tuple[Term, tuple[str, ...]]] = []

    def vec(self, term: Term) -> Term:
        """The term as a column: itself, or its vec."""
        if term.shape[1] == 1:
            return term
        if term.shape[0] == 1:
            return self.algebra.T(term)
        return self.algebra.call("vec", (term,), (dim_product(*term.shape), 1))

    def coefficients(self, vector: Term) -> dict[Term, Term]:
        """J for every differential (dx, or vec(dX)), the vector being the sum of all J*dx."""
        algebra = self.algebra
        done: dict[Term, list[Term]] = {}
        waiting: list[tuple[Term | None, Term]] = [(None, s) for s in _summands(vector) if s.has_d]
        while waiting:
            following: list[tuple[Term | None, Term]] = []
            rules: dict[str, None] = {}
            for outer, inner in waiting:
                atom = inner.args[0] if inner.head in ("vec", "T") else inner  # a row is stacked by its transpose
                if atom.head == "d":
                    rows = inner.shape[0]
                    done.setdefault(inner, []).append(
                        outer if outer is not None else algebra.eye((rows, rows))
                    )
                    continue
                for factor, rest in self._step(inner, rules, done, outer):
                    following.append((factor if outer is None else algebra.mul(outer, factor), rest))
            waiting = following
            if rules:
                self.rounds.append((self._whole(done, waiting), tuple(rules)))
        return {atom: algebra.add(*parts) for atom, parts in done.items()}

    def _whole(self, done: dict[Term, list[Term]], waiting: list[tuple[Term | None, Term]]) -> Term:
        algebra = self.algebra
        parts = [algebra.mul(j, atom) for atom, js in done.items() for j in js]
        parts += [inner if outer is None else algebra.mul(outer, inner) for outer, inner in waiting]
        return algebra.add(*parts)

    def _step(
        self, inner: Term, rules: dict[str, None], done: dict[Term, list[Term]], outer: Term | None
    ) -> list[tuple[Term, Term]]:
        """(constant factor, shorter vector) pairs whose products add up to `inner`."""
        algebra = self.algebra
        eye = algebra.eye((inner.shape[0], inner.shape[0]))
        if inner.head == "add":
            return [(eye, s) for s in inner.args if s.has_d]
        if inner.head == "vec" and inner.args[0].head == "add":
            return [(eye, self.vec(s)) for s in inner.args[0].args if s.has_d]
        if inner.head == "mul":
            scalars = [f for f in inner.args if f.shape == SCALAR]
            chain = [f for f in inner.args if f.shape != SCALAR]
            moving = [s for s in scalars if s.has_d]
            if moving:  # a scalar differential times a constant vector
                constant = algebra.mul(*[f for f in inner.args if f is not moving[0]])
                self._scalar(constant, moving[0], rules, done, outer)
                return []
            first = next(i for i, f in enumerate(chain) if f.has_d)
            if scalars or first == len(chain) - 1:  # what stands in front stays in front
                front, rest = (chain[:first], chain[first:]) if first == len(chain) - 1 else ([], chain)
                factor = algebra.mul(*scalars, *(front or [eye]))
                return [(factor, algebra.mul(*rest))]
            if chain[first].head == "add":
                rules.setdefault("distribute-right")
                front, rest = chain[:first], chain[first + 1 :]
                return [(eye, algebra.mul(*front, part, *rest)) for part in chain[first].args if part.has_d]
            if first:
                return [self._inner_factor(chain, first, rules)]
        parts = self._parts(inner)
        found = None if parts and len(inner.args) == 1 else self.rewriter.to_the_end(inner)
        if found is None and parts:
            return [(eye, part) for part in parts]
        if found is None and inner.shape == SCALAR:
            self._scalar(algebra.one, inner, rules, done, outer)
            return []
        return [self._by_rule(inner, found, rules)]

    def _parts(self, inner: Term) -> list[Term]:
        """f(A + B) as f(A), f(B): what holds the differential is linear in it."""
        moving = [i for i, a in enumerate(inner.args) if a.has_d]
        if len(moving) != 1 or inner.args[moving[0]].head != "add":
            return []
        before, after = inner.args[: moving[0]], inner.args[moving[0] + 1 :]
        return [
            self.algebra.call(inner.head, (*before, part, *after), inner.shape, inner.payload)
            for part in inner.args[moving[0]].args
            if part.has_d
        ]

    def _inner_factor(self, chain: list[Term], first: int, rules: dict[str, None]) -> tuple[Term, Term]:
        """The rule for the whole chain, or for what follows the constant front, whichever leaves less."""
        algebra = self.algebra
        whole, tail = algebra.mul(*chain), algebra.mul(*chain[first:])
        of_whole, of_tail = self.rewriter.to_the_end(whole), self.rewriter.to_the_end(tail)
        if of_whole and (not of_tail or self._left(of_whole[1]) <= self._left(of_tail[1])):
            return self._by_rule(whole, of_whole, rules)
        factor, rest = self._by_rule(tail, of_tail, rules)
        return algebra.mul(*chain[:first], factor), rest

    def _left(self, product: Term) -> int:
        return split_at_differential(product, self.algebra)[1].size

    def _by_rule(
        self, inner: Term, found: tuple[str, Term] | None, rules: dict[str, None]
    ) -> tuple[Term, Term]:
        """The constant factor and the rest after one rule."""
        if found is None:
            stuck = _stuck(inner)
            raise NoRuleError(
                f"no rule brings the differential out of {operation(stuck)} to the end of the product",
                why="the rule book has no rule (vec.rules) for this form",
                hint=no_rule_hint(stuck),
            )
        name, result = found
        rules.setdefault(name)
        self.steps.append(self.rewriter.step(name, inner, result))
        front, last = split_at_differential(result, self.algebra)
        return front, self.vec(last.args[0]) if last.head == "vec" else last

    def _scalar(
        self,
        constant: Term,
        scalar: Term,
        rules: dict[str, None],
        done: dict[Term, list[Term]],
        outer: Term | None,
    ) -> None:
        """constant * (G : dX) = constant * vec(G)' * vec(dX)."""
        algebra = self.algebra
        isolated = self.isolator.isolate(scalar)
        self.steps.extend(isolated.steps)
        rules.update(dict.fromkeys((*isolated.rules, "outer-product")))
        front = constant if outer is None else algebra.mul(outer, constant)
        for atom, g in isolated.coefficients.items():
            key = atom if atom.shape == SCALAR else self.vec(atom)
            row = g if atom.shape == SCALAR else algebra.T(self.vec(g))
            done.setdefault(key, []).append(algebra.mul(front, row))


class Jacobian(Frobenius):
    """df = J dx for a vector or a scalar; vec(dF) = J vec(dX) where a matrix is involved."""

    spelled_later = False

    def jacobian(self) -> Outline:
        """The lines and J."""
        outline, problem = self.outline, self.problem
        self._say_f()
        df = self.differentiator.d(self.normal)
        own = self._spell_out(self.normal)
        outline.say(NORMAL, "df", self._shown(df), self.differentiator.used(self.normal), own=own)
        df = self._substituted(df)
        result, rules = self.columns(df, "df")
        note = ""
        if problem.structured is not None and problem.convention != "free":
            result, rules, note = self._along_structure(df)
        self.outline.steps[:0] = self.differentiator.steps.values()
        outline.say(BRIEF, f"df/d{problem.variable.name}", self._shown(result), ("read-off", *rules), note=note)
        outline.compact = self._shown(result)
        outline.result = self._shown(self.simplify(self._expanded(result)))
        outline.lets = self.lets
        return outline

    def _substituted(self, df: Term) -> Term:
        """With the differentials of definitions substituted, the last one first; each is a line."""
        waiting = [let for let in self.lets if let.symbol in self.moving]
        rules: list[str] = []
        while waiting:
            let = waiting.pop()
            inside = self._in_its_name(let)
            df = self.algebra.rebuild(df, {self.algebra.table.d(let.symbol): inside})
            own = (f"d{let.name}", *self.differentiator.used(let.definition))
            rules += own
            self.outline.say(FULL if waiting else NORMAL, "df", self._shown(df), tuple(rules), own=own)
        return df

    def _in_its_name(self, let: Let) -> Term:
        """The differential of a definition, with its name where the definition itself occurs."""
        d = self.differentiator.d(let.definition)
        atoms = {t: t for t in postorder(d) if t.head == "d"}
        return self.algebra.rebuild(d, {let.definition: let.symbol, **atoms})

    def _along_structure(self, df: Term) -> tuple[Term, tuple[str, ...], str]:
        """J for directions that have the variable's structure: dX is replaced by its projection."""
        problem = self.problem
        assert problem.structured is not None and problem.convention is not None
        atom = self.algebra.table.d(problem.variable)
        inside, rule = projection(problem, atom, problem.structured, problem.structure, problem.convention)
        result, rules = self.columns(self.algebra.rebuild(df, {atom: inside}), "df", say=False)
        inside_only = f"`{atom}` has the structure of `{problem.variable.name}`"
        said = rule.say if problem.convention == "tied" else inside_only
        return result, (rule.name, *rules), f"convention {problem.convention}: {said}"

    def columns(self, df: Term, lhs: str, say: bool = True) -> tuple[Term, tuple[str, ...]]:
        """J from a differential, saying the lines on the way; J, and the simplifications used."""
        algebra, outline, variable = self.algebra, self.outline, self.problem.variable
        columns = Columns(self.problem)
        vector = columns.vec(df)
        if vector is not df:
            lhs = f"vec({lhs})"
        found = columns.coefficients(vector) if vector.has_d else {}
        outline.steps.extend(columns.steps)
        for term, rules in columns.rounds[:-1] if say else ():
            outline.say(FULL, lhs, self._shown(term), rules)
        atom = algebra.table.d(variable)
        key = atom if variable.shape == SCALAR else columns.vec(atom)
        rows = vector.shape[0]
        zero = algebra.zeros((rows, 1) if variable.shape == SCALAR else (rows, key.shape[0]))
        before = set(self.problem.simplifier.used)
        result = self.simplify(found.get(key, zero))
        used = tuple(n for n in self.problem.simplifier.used if n not in before)
        if not say:
            return result, used
        names = tuple(dict.fromkeys(n for _, rs in columns.rounds for n in rs))
        own = columns.rounds[-1][1] if columns.rounds else ()
        shown = self._shown(algebra.mul(result, key))
        if not names and str(shown) != str(outline.events[-1].line.term):
            names = own = ("collect",)
        outline.say(NORMAL, lhs, shown, names, own=own)
        return result, used


def _summands(t: Term) -> tuple[Term, ...]:
    return t.args if t.head == "add" else (t,)


def _stuck(inner: Term) -> str:
    return inner.args[0].head if inner.head == "vec" else inner.head
