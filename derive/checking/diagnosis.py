"""Why a line is wrong: the small change that would make it true, and the line as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ..errors import DeriveError
from ..terms import SCALAR, Table, Term, dim_product, postorder
from ..verify import judge_lines
from .known import Formula, Key, replaced
from .reader import reshaped_lines
from .repairs import Repair, Repairs, flat
from .report import LineReport

if TYPE_CHECKING:
    from ..claims import Problem
    from ..derivation import Derivation
    from .judge import Checker, Claimed

LARGEST = 600  # symbols of a line that is diagnosed


class Trial(NamedTuple):
    """A line that may be the right one."""

    lhs: str
    relation: str
    term: Term


class Found(NamedTuple):
    """What is known of a wrong line: its report, and the right one where it was found."""

    line: LineReport
    right: Term | None = None
    claim: Claimed | None = None


class Diagnosis:
    """The diagnosis of one wrong line."""

    def __init__(self, checker: Checker, line: LineReport, claim: Claimed | None) -> None:
        self.checker, self.line, self.table, self.known = checker, line, checker.table, checker.known
        self.claim = claim
        self.misfit = checker.misfits.get(line.number) if claim is None else None
        self.indexed = checker.indexed.get(line.number) if claim is None else None
        self.right: Term | None = None

    def run(self) -> Found:
        """The line with a diagnosis, and what it should be, where they are found."""
        if self.indexed is not None:
            self._with_index()
        if self.claim is None and self.misfit is None:
            return Found(self.line)
        if self.claim is not None and self.claim.term.size > LARGEST:
            return Found(self.line, None, self.claim)
        self.line = self.line._replace(reason=self._noted())
        for repairs in self._stages():
            good = self._first_true(list(repairs))
            if good is not None:
                return self._found(good.kind, good.term)
        done = self._by_convention()
        if not done:
            self._own()
            self.line = self.line._replace(diagnosis=self._by_form())
        return Found(self.line, self.right, self.claim)

    def _found(self, kind: str, term: Term) -> Found:
        assert self.claim is not None
        if kind == "product-rule" and self.known.structured() and self.claim.lhs.startswith("df/d"):
            kind = "symmetric"  # entries that are tied were counted as if they were free
        if kind in ("factor-2", "product-rule") and self._is_multiple(term) and self._has_root():
            kind = "norm-chain"
        self.line = self.line._replace(diagnosis=kind)
        self.right = term
        return Found(self.line, term, self.claim)

    def _is_multiple(self, term: Term) -> bool:
        """Is the right line a number times the wrong one?"""
        return term.head == "mul" and term.args[0].head == "num" and term.args[-1] is self.said

    def _has_root(self) -> bool:
        """Does the line divide by a norm or a root?"""
        roots = {n for n, _, t in self.known.lets if t.head in ("norm", "sqrt") or (t.head == "pow" and t.shape == SCALAR)}
        for t in postorder(self.said):
            if t.head == "pow" and t.shape == SCALAR and t.args[1].head == "num" and t.args[1].payload < 0:
                if any(u.head in ("norm", "sqrt") or (u.head == "var" and u.name in roots) for u in postorder(t.args[0])):
                    return True
        return False

    def _stages(self) -> Iterator[Iterable[Repair]]:
        if self.misfit is not None:
            yield self._reshaped()
            return
        assert self.claim is not None
        claim = self.claim
        if claim.key.expression is not None and self._of_f():
            yield [Repair("left-side", claim.term)]
        if self.indexed is not None:
            yield [Repair("index", claim.term)]
        if self._turned():
            shape = (self.said.shape[1], self.said.shape[0])
            yield [Repair("shape" if shape[0] != shape[1] else "transpose", self.table.make("T", (self.said,), shape))]
        if self.known.f is not None and self.known.f.shape == SCALAR != self.said.shape and claim.lhs == "df":
            column = self.said.shape[1] == 1
            yield [Repair("shape", self.table.make("sum" if column else "tr", (self.said,), SCALAR))]
        second = claim.lhs.startswith("d2f")
        yield self._repairs(second).of(self.said)
        yield self._scaled(self.said)
        if self._holds_for_symmetric_constants():
            self._symmetrised()
            return
        if claim.lhs != "0":
            yield self._completed(self.said)
        yield self._inserted(self.said)

    def _repairs(self, second: bool = False) -> Repairs:
        claim = self.claim
        assert claim is not None
        lemma = claim.lhs == "0" and not claim.key.function
        before = [c.term for c in self.checker.claims if c.line < claim.line and c.lhs.startswith("d")]
        merged = any(t.head == "add" and all(a.has_d for a in t.args) for term in before for t in postorder(term))
        directions = frozenset(["J", *self.known.small])
        return Repairs(self.table, claim.problem.variable, second, directions, lemma, merged)

    def _first_true(self, repairs: list[Repair]) -> Repair | None:
        if self.claim is None or not repairs or self.line.diagnosis:
            return None
        problem = self.claim.problem
        problem.hasty = True
        try:
            verdicts = judge_lines(problem, [self._trial(r.term) for r in repairs]).verdicts
        except Exception:  # one of them cannot be evaluated: the others can
            middle = len(repairs) // 2
            if not middle:
                return None
            return self._first_true(repairs[:middle]) or self._first_true(repairs[middle:])
        finally:
            problem.hasty = False
        for repair, verdict in zip(repairs, verdicts):
            if verdict.ok and self._holds(problem, repair.term):
                return repair
        return None

    def _trial(self, term: Term) -> Trial:
        claim = self.claim
        assert claim is not None
        if claim.left is not None:
            minus = self.table.make("mul", (self.table.num(-1), term), term.shape)
            term = self.table.make("add", (claim.left, minus), term.shape)
        return Trial(claim.lhs, claim.relation, term)

    @property
    def said(self) -> Term:
        """What the line says on its right side."""
        assert self.claim is not None
        return self.claim.term if self.claim.right is None else self.claim.right

    def _holds(self, problem: Problem, term: Term) -> bool:
        try:
            return judge_lines(problem, [self._trial(term)]).verdicts[0].ok
        except DeriveError:
            return False

    def _by_form(self) -> str:
        """The kind of mistake where no small change mends it, as far as the line itself shows it."""
        if self.claim is None:
            return ""
        functions = self.known.signatures
        for t in postorder(self.said):
            signature = functions.get(t.head, ())
            if signature and signature[0].elementwise and t.has_d:
                return "chain-rule"  # f(dX) for f'(X) dX
        return ""

    # ------------------------------------------------------------ lines that do not type-check
    def _reshaped(self) -> Iterator[Repair]:
        assert self.misfit is not None
        statement, side = self.misfit
        context = self.known.context(tuple(filter(None, side.entry)))
        matrix = self.known.variable.shape[1] != 1
        for kind, term in reshaped_lines(statement.right, context, matrix):
            term = self.known.in_differentials(term)
            if self._claimed(statement, side, Formula(term)):
                yield Repair(kind, term)

    def _claimed(self, statement: object, side: object, formula: Formula) -> bool:
        """Makes a claim of the changed line, once."""
        if self.claim is not None:
            return True
        from .judge import Claimed

        checker = self.checker
        try:
            found = checker.claim(side, formula)  # type: ignore[arg-type]
        except DeriveError:
            found = None
        if found is None or found[0] == "0":
            return False
        lhs, key = found
        written, text = statement.left, statement.right  # type: ignore[attr-defined]
        self.claim = Claimed(
            lhs, statement.relation, formula.term, self.line.number, key, self.known.problem(key), written, text, side  # type: ignore
        )
        return True

    # ------------------------------------------------------------ another index, another function
    def _with_index(self) -> None:
        """The line with the indices that the left side has."""
        import re

        assert self.indexed is not None
        statement, side = self.indexed
        index = "".join(filter(None, side.entry))
        text = re.sub(r"\b([JES])(\^|_)\s*\{?\(?\w\s*,?\s*\w\)?\}?", lambda m: f"{m[1]}{m[2]}{{{index}}}", statement.right)
        try:
            formula = self.known.formula(text, side.entry)
        except DeriveError:
            return
        if not self._claimed(statement, side._replace(expression="", name="f"), formula) or self.claim is None:
            return
        if side.expression and not self._is_f(side.expression):
            self.claim = self.claim._replace(other_left=True)
            self.line = self.line._replace(reason=self.line.reason + "\nthe left side has another function than f")

    def _is_f(self, expression: str) -> bool:
        try:
            term = self.known.formula(expression).term
            return judge_lines(self.known.problem(Key()), [Trial("f", "=", term)]).verdicts[0].ok
        except DeriveError:
            return False

    def _of_f(self) -> bool:
        """Does a line about another expression hold for f itself?"""
        assert self.claim is not None
        claim, key = self.claim, self.claim.key._replace(function="f", expression=None)
        try:
            problem = self.known.problem(key)
        except DeriveError:
            return False
        if not self._holds(problem, claim.term):
            return False
        self.claim = claim._replace(key=key, problem=problem)
        self.line = self.line._replace(reason=self.line.reason + "; it holds for f, which is not what the left side has")
        return True

    # ------------------------------------------------------------ factors and terms that are missing
    def _scaled(self, term: Term) -> Iterator[Repair]:
        """f, a determinant, or a power of a norm too few or too many."""
        table = self.table
        for u in self._scalars():
            for k in (1, -1, 2, -2):
                factor = u if k == 1 else table.make("pow", (u, table.num(k)))
                kind = "norm-chain" if u.head in ("norm", "sqrt", "mul") else "chain-rule"
                for changed in self._everywhere(term, factor):
                    yield Repair(kind, changed)

    def _scalars(self) -> list[Term]:
        f = self.known.f
        if f is None or self.claim is None or self.claim.lhs == "0":
            return []
        roots = [f, *(t for _, _, t in self.known.lets)]
        heads = ("det", "norm", "exp", "sqrt")
        found = [t for t in postorder(*roots) if t.shape == SCALAR and t.head in heads]
        found += [s for n, s in self.known.drawn.items() if s.shape == SCALAR and n != self.known.wrt]
        return [self.table.var("f", SCALAR), *found] if f.shape == SCALAR else found

    def _everywhere(self, term: Term, factor: Term) -> Iterator[Term]:
        """The whole, or one summand, times a scalar."""
        yield self.table.make("mul", (factor, term), term.shape)
        if term.head == "add":
            for i, a in enumerate(term.args):
                scaled = self.table.make("mul", (factor, a), a.shape)
                yield self.table.make("add", (*term.args[:i], scaled, *term.args[i + 1 :]), term.shape)

    def _completed(self, term: Term) -> Iterator[Repair]:
        """A summand of the whole differential added or taken away."""
        kind = "norm-chain" if any(t.head in ("norm", "sqrt") for t in postorder(term)) else "product-rule"
        for part in self._summands():
            if part.shape == term.shape:
                minus = self.table.make("mul", (self.table.num(-1), part), part.shape)
                for more in (part, minus):
                    yield Repair(kind, self.table.make("add", (term, more), term.shape))

    def _summands(self) -> list[Term]:
        proof = self._proof()
        if proof is None or self.claim is None:
            return []
        texts = [text for line in proof.lines() for text in _summands(line.term)]
        if self.claim.lhs.startswith("d(df/"):  # the Hessian's terms, each times dX
            texts = [f"({part})*d{self.known.wrt}" for part in _summands(proof.result) or [str(proof.result)]]
        return list(self._read(texts))

    def _read(self, texts: Iterable[str]) -> Iterator[Term]:
        """Terms of our own proof in the checker's symbols."""
        for text in dict.fromkeys(texts):
            with suppress(DeriveError):
                yield self.known.formula(text, syntax="ascii").term

    def _inserted(self, term: Term) -> Iterator[Repair]:
        """A matrix more in a product: an inverse that was forgotten, a factor that was dropped."""
        table, known = self.table, self.known
        squares = [s for s in known.symbols.values() if s.shape[0] == s.shape[1] != 1]
        inverses = [table.make("inv", (s,), s.shape) for s in squares]
        constants = [s for n, s in known.symbols.items() if s.shape != SCALAR and n != known.wrt]
        flipped = [table.make("T", (s,), (s.shape[1], s.shape[0])) for s in constants]
        determinants = known.f is not None and any(t.head in ("det", "logdet") for t in postorder(known.f))
        forgotten = "logdet" if determinants else "inverse-rule"
        assert self.claim is not None
        repairs = self._repairs()
        for kind, atoms in ((forgotten, inverses), ("transpose", constants + flipped)):
            for atom in atoms:
                for changed in _with_factor(term, atom, repairs):
                    yield Repair(kind, changed)
        yield from self._by_entries(term)
        yield from self._commuted(term, repairs)

    def _by_entries(self, term: Term) -> Iterator[Repair]:
        """A factor that was dropped, entry by entry: a mask, or the derivative of a function."""
        table, known = self.table, self.known
        fixed = [s for n, s in known.symbols.items() if s.shape != SCALAR and n in known.drawn and n != known.wrt]
        named = [s for n, s in known.symbols.items() if s.shape != SCALAR and n not in known.drawn]
        found = [("hadamard", a) for a in fixed]
        for a in [*named, *self._own_factors()]:
            ones = table.make("ones", (), a.shape)
            minus = table.make("mul", (table.num(-1), a), a.shape)
            square = table.make("mul", (table.num(-1), table.make("hpow", (a, table.num(2)), a.shape)), a.shape)
            rest = [table.make("add", (ones, m), a.shape) for m in (minus, square)]
            found += [("chain-rule", b) for b in (a, *rest, table.make("had", (a, rest[0]), a.shape))]
        for kind, atom in found:
            for changed in _by_entries(term, atom, table):
                yield Repair(kind, changed)

    def _own_factors(self) -> list[Term]:
        """Parts of our own line without differentials."""
        proof = self._proof()
        if proof is None:
            return []
        out: list[Term] = []
        for line in proof.lines():
            if line.lhs.startswith("d"):
                parts = [t for t in postorder(line.term) if not t.has_d and t.shape != SCALAR and 1 < t.size < 40]
                out += parts
        return list(self._read(str(t) for t in out[:60]))

    def _commuted(self, term: Term, repairs: Repairs) -> Iterator[Repair]:
        """A commutation matrix that was forgotten: vec(dX') for vec(dX)."""
        m, n = self.known.variable.shape
        if n == 1:
            return
        size = dim_product(m, n)
        for dims in ((m, n), (n, m)):
            matrix = self.table.make("commutation", (), (size, size), dims)
            for changed in _with_factor(term, matrix, repairs):
                yield Repair("transpose", changed)

    # ------------------------------------------------------------ symmetry and conventions
    def _holds_for_symmetric_constants(self) -> bool:
        assert self.claim is not None
        known = self.known
        symbols = dict(known.drawn)
        for name, s in symbols.items():
            if s.shape[0] == s.shape[1] != 1 and name != known.wrt:
                symbols[name] = self.table.var(name, s.shape, {*s.payload.props, "symmetric"})
        if symbols == known.drawn or not known.drawn:
            return False
        return self._under(symbols, known.structured())

    def _under(self, symbols: Mapping[str, Term], convention: str | None, turned: bool = False) -> bool:
        """Does the line hold with other properties, another convention, the other layout?"""
        assert self.claim is not None
        key = self.claim.key
        if self.claim.lhs == "0" and not key.function:
            return False  # a lemma has letters of its own
        if turned:
            key = key._replace(transposed=not key.transposed)
        try:
            return self._holds(self.known.build(key, symbols, convention), self.said)
        except DeriveError:
            return False

    def _symmetrised(self) -> None:
        self._own()
        reason = self.line.reason + "; it holds only where the constants are symmetric"
        self.line = self.line._replace(diagnosis="symmetric", reason=reason)

    def _by_convention(self) -> bool:
        """Does the line hold under another convention?  Then the reason names it."""
        if self.line.diagnosis:
            return True
        if self.claim is None:
            return False
        current = self.known.structured()
        for other in ("tangent", "tied", "free") if current else ():
            if other != current and self._under(self.known.drawn, other):
                said = f"; it holds under the convention {other}, and {current} was asked for"
                self._own()
                self.line = self.line._replace(diagnosis="symmetric", reason=self.line.reason + said)
                return True
        return False

    def _noted(self) -> str:
        """The reason; a gradient in the other layout is false, and this is said."""
        claim, known = self.claim, self.known
        if claim is None or not claim.lhs.startswith("df/d") or "[" in claim.lhs:
            return self.line.reason
        if not self._turned():
            return self.line.reason
        return self.line.reason + "; it holds in the other layout: the layout here is that of the variable"

    def _turned(self) -> bool:
        """Is a gradient in the other layout?"""
        claim = self.claim
        if claim is None or not claim.lhs.startswith("df/d") or "[" in claim.lhs or self.said.shape == SCALAR:
            return False
        return self._under(self.known.drawn, claim.problem.convention, turned=True)

    # ------------------------------------------------------------ our own line
    def _proof(self) -> Derivation | None:
        return proof_of(self.checker, self.claim) if self.claim is not None else None

    def _own(self) -> None:
        """The line as our own derivation has it, checked as the others."""
        proof = self._proof()
        if proof is None or self.claim is None:
            return
        lhs = self.claim.lhs
        texts = [str(proof.result)]
        if lhs.startswith("d") and "/" not in lhs:
            lines = [line for line in proof.lines() if line.lhs == "df" and line.term.size < 60]
            texts = [str(line.term) for line in lines[:2]] + texts
        elif lhs.startswith("d(df/"):
            texts = [f"({proof.result})*d{self.known.wrt}"]
        elif "[" in lhs:
            direction = "J" if lhs.startswith("df/d") else lhs.rsplit("[", 1)[1][:-1]
            texts = [f"({proof.result}) : {direction}"]
        for term in self._read(texts):
            if self._holds(self.claim.problem, term):
                self.right = term
                return


def _summands(term: Term) -> list[str]:
    """The terms of a sum, also of a multiple of one, or of one on the left of a colon."""
    if term.head == "add":
        return [text for a in term.args for text in (_summands(a) or [str(a)])]
    if term.head == "mul":
        sums = [a for a in term.args if a.head == "add"]
        if len(sums) == 1 and all(a.shape == SCALAR for a in term.args if a is not sums[0]):
            front = "*".join(f"({a})" for a in term.args if a is not sums[0])
            return [f"{front}*({text})" for text in _summands(sums[0])]
    if term.head == "colon":
        return [f"({text}) : ({term.args[1]})" for text in _summands(term.args[0])]
    return []


def proof_of(checker: Checker, claim: Claimed) -> Derivation | None:
    """Our own derivation of what a line claims, in the names of the lines; None where there is none."""
    from .. import api

    known, lhs, problem = checker.known, claim.lhs, claim.problem
    if known.f is None or lhs in ("f", "0") or not claim.key.function:
        return None
    name = lhs.removeprefix("d") if lhs.startswith("d") and "/" not in lhs and lhs[1:] in known.symbols else ""
    lets = [(n, t) for n, _, t in problem.lets if n != "f"]
    if name:
        root = next(t for n, t in lets if n == name)
        lets = lets[: [n for n, _ in lets].index(name)]
    else:
        root = problem.f
    ask: Callable[..., Derivation] = api.differential
    if lhs.startswith(("d2f", "d(df/")):
        ask = api.hessian
    elif lhs.startswith(("df/d", "Df(", "f(")):
        ask = api.gradient if root.shape == SCALAR else api.jacobian
        if root.shape != SCALAR and (root.shape[1] != 1 or problem.variable.shape[1] != 1):
            ask = api.matrix_jacobian
    wrt = problem.variable.name
    shapes = {n: known.shapes[n] for n in {*known.drawn, wrt}}
    for definitions in (lets, []):
        text = "; ".join([*(f"{n} = {t}" for n, t in definitions), str(root if definitions else known.expanded(root))])
        try:
            return ask(text, wrt, shapes=shapes, assume=known.assume, convention=known.structured())
        except DeriveError:
            continue
    return None


def _by_entries(term: Term, atom: Term, table: Table) -> Iterator[Term]:
    """The atom times a part of its shape, entry by entry."""
    for part in postorder(term):
        if part.shape == atom.shape and part is not atom and part.head not in ("had",):
            had = table.make("had", (atom, part), part.shape)
            yield replaced(term, {part: had}, table)


def _with_factor(term: Term, atom: Term, repairs: Repairs) -> Iterator[Term]:
    """The atom put into every product (or beside every factor) where it fits."""
    table = repairs.table
    if term.head == "mul":
        factors = list(flat(term))
        for i in range(len(factors) + 1):
            made = repairs.product([*factors[:i], atom, *factors[i:]], term.shape)
            if made is not None:
                yield made
    elif term.shape != SCALAR:
        for pair in ([atom, term], [term, atom]):
            made = repairs.product(pair, term.shape)
            if made is not None:
                yield made
    for i, a in enumerate(term.args):
        for changed in _with_factor(a, atom, repairs):
            yield table.make(term.head, (*term.args[:i], changed, *term.args[i + 1 :]), term.shape, term.payload)
