"""Conjugates of normal forms: written at the leaves to compute with, where they are shortest to print.

Every law is a rule of ``complex.rules``; those for sums and products (conj-sum, conj-product, conj-hadamard,
conj-colon, conj-transpose, conj-matrix-power) are lifted from two operands to many by their form alone.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ..cost import Cost
from ..match import Match
from ..rewrite import Pattern, Rewriter
from ..terms import SCALAR, Table, Term, postorder

#: Heads that conjugation passes through, and the rule that says so.
_THROUGH = {
    "add": "conj-sum", "mul": "conj-product", "had": "conj-hadamard", "colon": "conj-colon", "T": "conj-transpose",
}  # fmt: skip
#: Integers up to this are written as one number with the imaginary unit: 3i.
_EXACT = 10**9


class Conjugates:
    """Conjugation in one algebra."""

    def __init__(self, rewriter: Rewriter) -> None:
        self.rewriter, self.algebra = rewriter, rewriter.algebra
        self.used: dict[str, None] = {}
        self._conj: dict[Term, Term] = {}
        self._plain: dict[Term, Term] = {}

    def raw(self, term: Term) -> Term:
        """The term conj(...), no rule applied: of a variable, the second independent variable."""
        return self.algebra.call("conj", (term,), term.shape)

    # ------------------------------------------------------------ to the leaves
    def conj(self, term: Term) -> Term:
        """The conjugate, written at the leaves."""
        memo = self._conj
        for t in postorder(term, known=memo):
            memo[t] = self._of(t)
        return memo[term]

    def _of(self, t: Term) -> Term:
        algebra, memo = self.algebra, self._conj
        if t.head == "num" or t.head == "dim":
            return t
        if t.head == "imaginary_unit":
            return algebra.scale(-1, t)
        if t.head == "conj":
            return t.args[0]
        if t.head == "d":
            inner = t.args[0]
            turned = memo[inner]
            return algebra.rebuild(turned, {a: algebra.table.d(a) for a in (inner, self.raw(inner))})
        if t.head in _THROUGH or (t.head == "pow" and t.shape != SCALAR):
            self.used.setdefault(_THROUGH.get(t.head, "conj-matrix-power"))
            return algebra.call(t.head, tuple(memo[a] for a in t.args), t.shape, t.payload)
        for pattern in self.rewriter.patterns("complex", "conj"):
            for match in self.rewriter.matcher.match(pattern.lhs.args[0], t):
                if self.rewriter.allows(pattern, match):
                    return self._built(pattern, match)
        return self.raw(t)

    def _built(self, pattern: Pattern, match: Match) -> Term:
        """The right side of a rule, its conjugates written at the leaves."""
        self.used.setdefault(pattern.name)
        result = self.rewriter.build(pattern, match, self.algebra.table.d)
        inside = {u: self.conj(u.args[0]) for u in postorder(result) if u.head == "conj"}
        return self.algebra.rebuild(result, inside)

    def plain(self, term: Term) -> Term:
        """The term in its variables and their conjugates: no norm, modulus, real or imaginary part."""
        memo, algebra = self._plain, self.algebra
        for t in postorder(term, known=memo):
            s = algebra.rebuild(t, {a: memo[a] for a in t.args}) if t.args else t
            memo[t] = self.conj(s.args[0]) if s.head == "conj" else self._expanded(s)
        return memo[term]

    def _expanded(self, t: Term) -> Term:
        for pattern in self.rewriter.patterns("complex", t.head) if t.args else ():
            for match in self.rewriter.matcher.match(pattern.lhs, t):
                if self.rewriter.allows(pattern, match):
                    return self._built(pattern, match)
        return t

    # ------------------------------------------------------------ real and imaginary parts
    def parts(self, term: Term) -> Term:
        """Real and imaginary parts for sums of conjugates, norms for products with them."""
        memo: dict[Term, Term] = {}
        for t in postorder(term):
            s = self.algebra.rebuild(t, {a: memo[a] for a in t.args}) if t.args else t
            memo[t] = self._part(s)
        return memo[term]

    def _part(self, s: Term) -> Term:
        if s.head == "add":
            return self._pairs(s)
        if s.head in ("pow", "hpow") and s.args[1].head == "num" and isinstance(s.args[1].payload, Fraction):
            return self._root(s)
        if s.head == "colon" and self.conj(s.args[0]) is s.args[1] and not s.has_d:
            return self._by_name("norm-conj-squared", {"A": s.args[0]}, s.args[0])
        if s.head == "mul" and s.shape == SCALAR and s.args[0].shape != SCALAR and len(s.args) % 2 == 0:
            half = len(s.args) // 2
            left = self.algebra.T(self.algebra.mul(*s.args[:half]))
            right = self.algebra.mul(*s.args[half:])
            if self.conj(left) is right and not s.has_d:
                shorter = min(left, right, key=lambda t: (_conjugates(t), t.size))
                return self._by_name("norm-conj-squared-vector", {"x": shorter}, shorter)
        return s

    def _root(self, s: Term) -> Term:
        """Odd powers of the root of a product with its conjugate: of a norm, of a modulus."""
        base, exponent = s.args[0], s.args[1].payload
        if exponent.denominator != 2:
            return s
        power = self.algebra.num(exponent.numerator)
        if base.head == "pow" and base.args[0].head == "norm" and base.args[1].payload == 2:
            self.used.setdefault("norm-conj-root")
            return self.algebra.pow(base.args[0], power)
        half: list[Term] = []
        rest = list(base.args) if base.head in ("mul", "had") else [base]
        while rest:
            factor = rest.pop(0)
            other = self.conj(factor)
            if other is factor and factor.head in ("pow", "hpow") and _is_even(factor.args[1]):
                half.append(self.algebra.hpow(factor.args[0], self.algebra.num(factor.args[1].payload // 2)))
                continue
            if other not in rest:
                return s
            rest.remove(other)
            half.append(min(factor, other, key=_conjugates))
        if base.head == ("had" if s.shape == SCALAR else "mul"):
            return s
        product = self.algebra.mul(*half) if s.shape == SCALAR else self.algebra.had(*half)
        modulus = self._by_name("abs-conj-root", {"t": product}, s)
        return self.algebra.hpow(modulus, power)

    def _pairs(self, total: Term) -> Term:
        """a*A + a*conj(A) and a*A - a*conj(A), for all such pairs of summands."""
        algebra = self.algebra
        numbers = {core: number for number, core in map(algebra.core, total.args)}
        out: list[Term] = []
        while numbers:
            core, a = next(iter(numbers.items()))
            del numbers[core]
            sign, other = algebra.core(self.conj(core))
            b = numbers.get(other)
            if b is None or abs(a) != abs(b):
                out.append(algebra.scale(a, core))
                continue
            del numbers[other]
            equal = (a == b) == (sign == 1)
            if _conjugates(other) < _conjugates(core):  # b*other, and conj(other) = sign*core
                core, a = other, b
            out.append(self._pair(core, algebra.num(a), equal))
        return algebra.add(*out)

    def _pair(self, core: Term, number: Term, equal: bool) -> Term:
        """number*(core + conj(core)), or the difference; an imaginary unit in it changes one into the other."""
        algebra = self.algebra
        factors = core.args if core.head == "mul" else (core,)
        units = [f for f in factors if f.head == "imaginary_unit"]
        if units:
            core, equal = algebra.mul(*[f for f in factors if f.head != "imaginary_unit"] or [algebra.one]), not equal
        part = self._by_name("sum-conj" if equal else "difference-conj", {"t": core}, core)
        return algebra.mul(number, *units, part)

    def _by_name(self, name: str, bound: dict[str, Term], sized: Term) -> Term:
        """The right side of a rule that holds both ways, its variables bound."""
        rule = self.rewriter.book.rules[name]
        if rule.lifted is not None and sized.shape != SCALAR:
            rule = rule.lifted
        self.used.setdefault(name)
        pattern = Pattern(rule, self.rewriter.book)
        dims = {"m": sized.shape[0], "n": sized.shape[1]}
        return self.rewriter.build(pattern, Match(bound, dims), self.algebra.table.d)


def _is_even(exponent: Term) -> bool:
    return exponent.head == "num" and isinstance(exponent.payload, int) and exponent.payload % 2 == 0


def _conjugates(term: Term) -> int:
    return sum(t.head == "conj" for t in postorder(term))


class Form(NamedTuple):
    """How a term is printed, and how its conjugate is."""

    plain: Term
    barred: Term


class Outside:
    """Writes conjugates where they are shortest: conj(A*z - b) for conj(A)*conj(z) - conj(b)."""

    def __init__(self, conjugates: Conjugates, kept: Term) -> None:
        """Between forms of one length the conjugate of a part of `kept` is preferred."""
        self.conjugates, self.algebra = conjugates, conjugates.algebra
        self.table, self.cost = self.algebra.table, Cost()
        self._kept = {t for t in postorder(kept) if t.args}
        self._forms: dict[Term, Form] = {}

    def __call__(self, term: Term) -> Term:
        """The shortest form; not in normal form."""
        for t in postorder(term, known=self._forms):
            self._forms[t] = self._form(t)
        return self._forms[term].plain

    def _bar(self, term: Term) -> Term:
        return self.table.make("conj", (term,), term.shape)

    def _form(self, t: Term) -> Form:
        if t.head == "conj":
            form = self._forms[t.args[0]]
            return Form(form.barred, form.plain)
        if t.head == "d":
            inner = t.args[0]
            if inner.head == "conj":
                single = self.table.d(inner.args[0])
                return Form(self._bar(single), single)
            return Form(t, self._bar(t))
        other = self.conjugates.conj(t)
        if not t.args:
            return Form(t, other)
        plain = self._written(t, 0)
        if other is t:
            return Form(plain, plain)
        passes = t.head in _THROUGH or (other.head == t.head and len(other.args) == len(t.args))
        if not passes:
            return Form(plain, self._bar(plain))
        barred = self._written(t, 1)
        return Form(self._shorter(plain, barred, other), self._shorter(barred, plain, t))

    def _shorter(self, inside: Term, outside: Term, of: Term) -> Term:
        """`inside`, or the conjugate of `outside`, which is how `of` is printed."""
        a, b = self.cost(inside), self.cost(outside) + 1
        return self._bar(outside) if b < a or (b == a and of in self._kept) else inside

    def _written(self, t: Term, which: int) -> Term:
        """The term (1: its conjugate) with the best forms of its arguments; neighbours share a conjugate."""
        forms = [self._forms[a] for a in t.args]
        if t.head in ("add", "had"):
            args = self._shared(t.head, forms, which, t.shape)
        elif t.head == "mul":
            scalars = [f for a, f in zip(t.args, forms) if a.shape == SCALAR]
            args = self._shared("mul", scalars, which, SCALAR)
            run: list[Form] = []
            for form in [f for a, f in zip(t.args, forms) if a.shape != SCALAR]:
                if self._saves(form, which):
                    run.append(form)
                    continue
                args += [*self._run(run, which), form[which]]
                run = []
            args = _with_unit(args + self._run(run, which), self.table.num)
        else:
            args = [f[which] for f in forms]
        shape = t.shape
        return args[0] if len(args) == 1 and t.head == "mul" else self.table.make(t.head, tuple(args), shape, t.payload)

    def _saves(self, form: Form, which: int) -> bool:
        return self.cost(form[1 - which]) < self.cost(form[which])

    def _run(self, run: list[Form], which: int) -> list[Term]:
        """Neighbours in a chain whose conjugates are all shorter, as the conjugate of one product."""
        if len(run) < 2:
            return [f[which] for f in run]
        inner = tuple(f[1 - which] for f in run)
        return [self._bar(self.table.make("mul", inner, (inner[0].shape[0], inner[-1].shape[1])))]

    def _shared(self, head: str, forms: list[Form], which: int, shape: tuple[object, object]) -> list[Term]:
        """The operands; those whose conjugates are all shorter as the conjugate of one sum or product."""
        saving = [i for i, f in enumerate(forms) if self._saves(f, which)]
        if len(saving) < 2 or len(saving) == len(forms):  # all of them: the caller turns the whole
            return [f[which] for f in forms]
        inner = self.table.make(head, tuple(forms[i][1 - which] for i in saving), shape)  # type: ignore[arg-type]
        taken = set(saving)
        rest = [f[which] for i, f in enumerate(forms) if i not in taken]
        return [*rest, self._bar(inner)]


def transposed_last(term: Term, table: Table) -> Term:
    """The hermitian transpose is written conj(A)', not conj(A')."""
    memo: dict[Term, Term] = {}
    for t in postorder(term):
        args = tuple(memo[a] for a in t.args)
        if t.head == "conj" and args[0].head == "T":
            inner = args[0].args[0]
            memo[t] = table.make("T", (table.make("conj", (inner,), inner.shape),), t.shape)
        else:
            memo[t] = table.make(t.head, args, t.shape, t.payload) if args else t
    return memo[term]


def _with_unit(args: list[Term], num: object) -> list[Term]:
    """3*1i as one number."""
    if len(args) > 1 and args[0].head == "num" and isinstance(args[0].payload, int) and abs(args[0].payload) < _EXACT:
        for i, a in enumerate(args):
            if a.head == "imaginary_unit":
                return [num(complex(0, args[0].payload)), *args[1:i], *args[i + 1 :]]  # type: ignore[operator]
    return args
