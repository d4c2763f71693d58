"""Random questions beyond a plain gradient, judged with NumPy alone; as a program, thousands of them.

Jacobians of vectors, Jacobians of matrices by matrices, Hessians, and gradients by variables with a structure under
each convention.  What a Hessian must be comes from central differences of the complex-step gradient; where a function
is not analytic, from differences of differences.

python tests/orders.py --count 2000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import fuzz
import fuzzcheck
import numpy as np
import oracle
from fuzz import Case
from fuzzcheck import OUTSIDE, Verdict, quiet

import derive

KINDS = ("jacobian", "matrix_jacobian", "hessian", "structured")
STRUCTURES = ("symmetric", "skew", "diagonal", "lower_triangular", "toeplitz", "positive_definite")
CONVENTIONS = ("tangent", "tied", "free")
STEP = 1e-30  # of the complex step


class Question(NamedTuple):
    kind: str
    case: Case
    convention: str = ""

    @property
    def function(self) -> str:
        return "gradient" if self.kind == "structured" else self.kind

    def program(self) -> str:
        more = f", convention={self.convention!r})" if self.convention else ")"
        return self.case.program().replace("derive.gradient(", f"derive.{self.function}(")[:-1] + more

    def ask(self, **options: Any) -> Any:
        c = self.case
        if self.convention:
            options["convention"] = self.convention
        ask = getattr(derive, self.function)
        return ask(c.text(), c.wrt, shapes=dict(c.shapes), assume=dict(c.assume), **options)


class Generator(fuzz.Generator):
    """Makes one question of a kind."""

    def question(self, kind: str) -> Question:
        if not self.pick(6):
            self._define()
        shape = fuzz.SCALAR
        if kind == "jacobian":
            shape = (self.dim(), "1") if self.pick(5) else fuzz.SCALAR
        elif kind == "matrix_jacobian":
            shape = (self.dim(), self.dim()) if self.pick(4) else (self.dim(), "1")
        f = self.matrix(shape, 4)
        definitions = tuple(self.defined.items())
        used = f.names().union(*(d.names() for _, d in definitions))
        free = [n for n in self.shapes if n in used and n not in self.defined]
        allowed = [n for n in free if self._fits(kind, n)]
        if not allowed:
            return self._plain(kind, shape)
        wrt = allowed[self.pick(len(allowed))]
        assume = {n: p for n, p in self.props.items() if n in free and n != wrt}
        convention = ""
        if kind == "structured":
            assume[wrt] = [STRUCTURES[self.pick(len(STRUCTURES))]]
            convention = CONVENTIONS[self.pick(3)]
        elif self.props.get(wrt) and set(self.props[wrt]) <= {"positive", "invertible", "positive_determinant"}:
            assume[wrt] = self.props[wrt]
        shapes = {n: self._shape_text(self.shapes[n]) for n in free}
        return Question(kind, Case(f, wrt, shapes, assume, definitions), convention)

    def _fits(self, kind: str, name: str) -> bool:
        m, n = self.shapes[name]
        if kind == "jacobian":
            return n == "1"
        return m == n != "1" if kind == "structured" else "*" not in m + n

    def _plain(self, kind: str, shape: fuzz.Shape) -> Question:
        """Where no variable of the expression is of the right kind."""
        self.shapes, self.props, self.defined = {}, {}, {}
        name = {"jacobian": "x", "structured": "X"}.get(kind, self.one(("x", "X")))
        n, k = self.dim(), self.dim()
        self.shapes[name] = (n, "1") if name == "x" else (n, n) if kind == "structured" else (n, k)
        self.left = 6
        m, p = shape
        inner = self.matrix(self.shapes[name], 2)
        variable = fuzz.Node(name, inner.shape)
        inner = self.make("{0} + {1}", inner.shape, fuzz.SUM, (inner, fuzz.SUM), (variable, fuzz.SIGNED))
        a, b = self.matrix((m, inner.shape[0]), 1), self.matrix((inner.shape[1], p), 1)
        f = self.make("{0}*{1}", (m, inner.shape[1]), fuzz.PRODUCT, (a, fuzz.PRODUCT), (inner, fuzz.SIGNED))
        f = self.make("{0}*{1}", shape, fuzz.PRODUCT, (f, fuzz.PRODUCT), (b, fuzz.SIGNED))
        shapes = {n: self._shape_text(s) for n, s in self.shapes.items() if n in f.names()}
        assume = {n: p for n, p in self.props.items() if n in shapes and n != name}
        convention = ""
        if kind == "structured":
            assume[name], convention = [STRUCTURES[self.pick(len(STRUCTURES))]], CONVENTIONS[self.pick(3)]
        return Question(kind, Case(f, name, shapes, assume), convention)


def question_of(kind: str, seed: int, budget: int) -> Question:
    return Generator(random.Random(seed), budget).question(kind)


# ---------------------------------------------------------------- what must hold
def column(a: Any) -> Any:
    """The columns of a matrix as one."""
    return a.T.reshape(-1, 1)


def structured(a: Any, structure: str) -> Any:
    """The nearest matrix of a structure."""
    if structure in ("symmetric", "positive_definite"):
        return (a + a.T) / 2
    if structure == "skew":
        return (a - a.T) / 2
    if structure == "diagonal":
        return np.diag(np.diag(a))
    if structure == "lower_triangular":
        return np.tril(a)
    if structure == "toeplitz":
        n = len(a)
        return sum(np.trace(a, k) / (n - abs(k)) * np.eye(n, k=k) for k in range(1 - n, n))
    raise AssertionError(structure)


def tied(i: int, j: int, n: int, structure: str) -> Any:
    """How X moves as its entry (i, j) moves by one, with the entries that are tied to it."""
    single = np.zeros((n, n))
    if structure == "toeplitz":
        return np.eye(n, k=j - i)
    if (structure == "diagonal" and i != j) or (structure == "lower_triangular" and i < j):
        return single
    single[i, j] = 1.0
    if i != j and structure in ("symmetric", "positive_definite"):
        single[j, i] = 1.0
    if structure == "skew":
        single[j, i] -= 1.0
    return single


Moved = Callable[[Any], Any]  # f at X plus a matrix


def pairs(question: Question, g: Any, moved: Moved, shape: tuple[int, int], rng: np.random.Generator) -> Any:
    """What the answer gives, what numbers give, and a scale; None where f is not smooth enough here."""
    d = rng.uniform(-1, 1, shape)
    if question.kind == "hessian":
        return hessian_pair(g, moved, d, rng.uniform(-1, 1, shape))
    if question.kind == "structured":
        return structured_pair(question, g, moved, d, rng)
    expected = fuzzcheck.slope(lambda h: moved(h * d))
    if expected is None:
        return None
    want, stacked = column(expected), column(d)
    if g.shape != (len(want), len(stacked)):
        return f"the shape of the answer is {g.shape}"
    return g @ stacked, want, np.abs(g) @ np.abs(stacked)


def structured_pair(question: Question, g: Any, moved: Moved, d: Any, rng: np.random.Generator) -> Any:
    structure = question.case.assume[question.case.wrt][0]
    if g.shape != d.shape:
        return f"the shape of the answer is {g.shape}"
    if question.convention == "tangent":
        d = structured(d, structure)
        if np.abs(structured(g, structure) - g).max() > 1e-9 * (1 + np.abs(g).max()):
            return f"the answer is not {structure}"
    elif question.convention == "tied":
        n = len(d)
        i, j = (int(k) for k in rng.integers(0, n, 2))
        expected = fuzzcheck.slope(lambda h: moved(h * tied(i, j, n, structure)))
        return None if expected is None else (g[i, j], expected, np.abs(g).max())
    expected = fuzzcheck.slope(lambda h: moved(h * d))
    return None if expected is None else ((g * d).sum(), expected, np.abs(g * d).sum())


def hessian_pair(h: Any, moved: Moved, u: Any, v: Any) -> Any:
    """vec(U)' H vec(V), and the slope along V of the slope along U."""
    if h.shape != (u.size, u.size):
        return f"the shape of the answer is {h.shape}"
    rough = fuzzcheck.slope(lambda s: moved(s * u))
    if rough is None:
        return None

    def by_complex_step(t: float) -> Any:
        return np.imag(moved(t * v + 1j * STEP * u)) / STEP

    along: Callable[[float], Any] = by_complex_step
    try:
        analytic = np.allclose(by_complex_step(0.0), rough, rtol=1e-6, atol=1e-8)
    except (TypeError, ValueError):  # no complex values
        analytic = False
    if not analytic:

        def along(t: float) -> Any:
            inner = fuzzcheck.slope(lambda s: moved(t * v + s * u))
            return np.full((1, 1), np.nan) if inner is None else inner

    expected = twice(along, 1e-9 if analytic else 1e-5)
    if expected is None:
        return None
    return column(u).T @ h @ column(v), expected, np.abs(column(u)).T @ np.abs(h) @ np.abs(column(v))


def twice(f: Callable[[float], Any], tolerance: float) -> Any:
    """Extrapolated central differences, where two of them agree."""

    def central(h: float) -> Any:
        return (f(h) - f(-h)) / (2 * h)

    found = []
    for h in (1.6e-2, 8e-3):
        a, b, c = central(h), central(h / 2), central(h / 4)
        found.append((16 * (4 * c - b) / 3 - (4 * b - a) / 3) / 15)
    wide, narrow = found
    if not np.all(np.isfinite(narrow)):
        return None
    near = np.abs(wide - narrow).max() <= 1e3 * tolerance * (1 + np.abs(narrow).max() + np.abs(f(0.0)).max())
    return narrow if near else None


def agrees(question: Question, proof: Any, text: str, rng: np.random.Generator) -> str | None:
    """None where the answer is right at two instances; else what is wrong; '?' where there is no instance."""
    case, shapes, good = question.case, proof.shapes, 0
    for attempt in range(30):
        sizes = fuzzcheck.sizes_of(shapes, rng)
        scale = (1.0, 0.6, 1.0, 0.3)[attempt % 4]
        props = {k: list(case.assume.get(k, ())) for k in shapes}
        if attempt % 3 == 2:
            props = {k: p or ["positive"] for k, p in props.items()}
        values: dict[str, Any] = {k: instance(s, props[k], sizes, rng, scale) for k, s in shapes.items()}
        values.update({k: v for k, v in sizes.items() if k not in values})
        here = values[case.wrt]

        def moved(step: Any, values: Mapping[str, Any] = values, here: Any = here) -> Any:
            return fuzzcheck.at(case, {**values, case.wrt: here + step})

        try:
            with np.errstate(divide="raise", invalid="raise", over="raise"), quiet():
                size = np.abs(moved(0 * here)).max()
                g = oracle.evaluate(text, values)
                if not (np.isfinite(size) and np.all(np.isfinite(g))):
                    continue
                compared = pairs(question, g, moved, here.shape, rng)
        except OUTSIDE:
            continue
        if isinstance(compared, str):
            return compared
        if compared is None:
            continue
        found, wanted, weight = compared
        loose = 1e-4 if question.kind == "hessian" else 1e-5
        if not np.all(np.abs(found - wanted) <= loose * (weight + np.abs(wanted)) + 1e-6 * (1 + size)):
            return f"{found.ravel()[:3]!r} instead of {np.ravel(wanted)[:3]!r}"
        good += 1
        if good == 2:
            return None
    return None if good else "?"


def instance(
    shape: Any, props: list[str], sizes: Mapping[str, int], rng: np.random.Generator, scale: float
) -> Any:
    a = fuzzcheck.value(shape, props, sizes, rng, scale)
    return structured(a, "toeplitz") if "toeplitz" in props else a


def judge(question: Question, seed: int = 0) -> Verdict:
    """Is the answer right, or refused with a reason?"""
    try:
        proof = question.ask()
    except derive.DeriveError as error:
        kind = type(error).__name__
        if kind == "VerificationError":
            return _unverified(question, str(error), seed)
        return Verdict("refused" if kind in ("NoRuleError", "LimitError", "AssumptionNeeded") else kind, str(error))
    except Exception:
        return Verdict("crash", traceback.format_exc())
    text = str(proof.result)
    wrong = agrees(question, proof, text, np.random.default_rng(seed))
    if wrong == "?":
        return Verdict("skipped", "no instance", text)
    if wrong:
        return Verdict("WRONG", wrong, text)
    try:
        proof.latex(detail="full")
    except Exception:
        return Verdict("crash", traceback.format_exc(), text)
    return Verdict("ok", "", text)


def _unverified(question: Question, message: str, seed: int) -> Verdict:
    """A proof that was not printed: that is right where f has no point, or is not smooth."""
    if "no point" not in message:
        return Verdict("VerificationError", message)
    try:
        proof = question.ask(verify=False)
    except derive.DeriveError:
        return Verdict("skipped", message)
    found = agrees(question, proof, str(proof.result), np.random.default_rng(seed))
    return Verdict("skipped" if found == "?" else "VerificationError", message)


def smallest(question: Question, verdict: Verdict, seed: int, tries: int = 150) -> tuple[Question, Verdict]:
    """The smallest question found that fails in the same way."""
    improved = True
    while improved and tries > 0:
        improved = False
        for case in sorted(fuzz.smaller(question.case), key=Case.size):
            if case.wrt not in case.f.names().union(*(d.names() for _, d in case.definitions)):
                continue
            tries -= 1
            if tries < 0:
                break
            if question.kind == "structured" and not case.assume.get(case.wrt):
                continue
            candidate = question._replace(case=replace(case))
            other = judge(candidate, seed)
            if other.kind == verdict.kind and candidate.program() != question.program():
                question, verdict, improved = candidate, other, True
                break
    return question, verdict


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=7, help="the size of expressions")
    parser.add_argument("--kind", choices=KINDS)
    options = parser.parse_args()
    bad = 0
    for kind in [options.kind] if options.kind else KINDS:
        counts: Counter[str] = Counter()
        for i in range(options.count):
            seed = options.seed * 1_000_003 + i
            question = question_of(kind, seed, options.budget)
            verdict = judge(question, seed)
            counts[verdict.kind] += 1
            if verdict.bad:
                question, verdict = smallest(question, verdict, seed)
                detail = "\n  ".join(verdict.detail.strip().splitlines()[-6:])
                print(f"{verdict.kind} (seed {seed})\n  {question.program()}\n  {verdict.text}\n  {detail}\n")
                bad += 1
        asked = options.count - counts["skipped"]
        print(f"{kind}: {dict(counts)}, answered {counts['ok'] / max(1, asked):.1%}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
