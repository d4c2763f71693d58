"""Judges the engine's answers to random questions with NumPy alone; as a program, thousands of them.

python tests/fuzzcheck.py --count 5000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import fuzz
import numpy as np
import oracle
from fuzz import Case

import derive

#: Text that nobody would write.
UGLY = re.compile(
    r"--|\+ -|- -|\+ \+|''|(?<![\w.)\]])1\*|\*1(?![\w.])|(?<![\w.)])-1\*|\*-|\^1(?![\w./])|\(\)|[\w)']\*0(?![\w.])"
    r"|(?<![\w.)])0\*|\+ 0(?![\w.])|\bzeros\([\w,* ]+\)\*|\+ zeros|\beye\(\w+\)'"
)  # fmt: skip


def stray(term: Any) -> str:
    """A factor that a product does not need."""
    from derive.terms import postorder

    for t in postorder(term):
        if t.head == "mul":
            matrices = [a.head for a in t.args if a.shape != (1, 1)]
            if "zeros" in matrices or ("eye" in matrices and len(matrices) > 1) or (t.args[0].payload == 1):
                return f"a stray factor in {t}"
    return ""


OUTSIDE = (oracle.OracleError, np.linalg.LinAlgError, FloatingPointError)


@contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Verdict(NamedTuple):
    """`kind`: ok, refused, skipped (no domain), or what is wrong."""

    kind: str
    detail: str = ""
    text: str = ""

    @property
    def bad(self) -> bool:
        return self.kind not in ("ok", "skipped", "refused")


class Timeout(Exception):
    pass


# ---------------------------------------------------------------- numbers
def sizes_of(shapes: Mapping[str, Any], rng: np.random.Generator) -> dict[str, int]:
    letters = {
        f
        for s in shapes.values()
        for d in s
        for f in (d if isinstance(d, tuple) else (d,))
        if isinstance(f, str)
    }
    return dict(zip(sorted(letters), (int(k) for k in rng.permutation(range(2, 2 + len(letters))))))


def value(
    shape: Any, props: list[str], sizes: Mapping[str, int], rng: np.random.Generator, scale: float
) -> Any:
    m, n = (
        int(np.prod([f if isinstance(f, int) else sizes[f] for f in (d if isinstance(d, tuple) else (d,))]))
        for d in shape
    )
    a = rng.uniform(0.3, 1.2, (m, n)) * scale
    if "positive" not in props:
        a *= rng.choice([-1, 1], (m, n))
    if "symmetric" in props:
        a = (a + a.T) / 2
    if "skew" in props:
        a = (a - a.T) / 2
    if "diagonal" in props:
        a = np.diag(np.diag(a))
    if "lower_triangular" in props:
        a = np.tril(a)
    if "orthogonal" in props:
        a = np.linalg.qr(a)[0]
    if "positive_definite" in props:
        a = a @ a.T + 0.3 * np.eye(n)
    if "positive_determinant" in props and np.linalg.det(a) < 0:
        a[0] = -a[0]
    return a


def slope(f: Callable[[float], Any]) -> Any:
    """The derivative at 0 by differences, extrapolated twice; None where two step sizes disagree."""

    def central(h: float) -> Any:
        return (f(h) - f(-h)) / (2 * h)

    best = None
    for h in (4e-3, 1e-3):
        a, b, c = central(h), central(h / 2), central(h / 4)
        d, e = (4 * b - a) / 3, (4 * c - b) / 3
        g = (16 * e - d) / 15
        if not np.all(np.isfinite(g)):
            return None
        if best is not None:
            error = np.max(np.abs(g - best[0]))
            if error <= 1e-7 * (np.max(np.abs(g)) + 1e-4 * np.max(np.abs(f(0.0))) + 1e-9):
                return g
        best = (g,)
    return None


def at(case: Case, values: Mapping[str, Any]) -> Any:
    """f at an instance."""
    known = dict(values)
    for name, text in case.parts():
        result = oracle.evaluate(text, known)
        if not name:
            return result
        known[name] = result
    raise AssertionError


def agrees(case: Case, proof: Any, text: str, rng: np.random.Generator) -> str | None:
    """None where the gradient is right at two instances; else what is wrong; '?' where there is no instance."""
    shapes = proof.shapes
    good = 0
    for attempt in range(24):
        sizes = sizes_of(shapes, rng)
        scale = (1.0, 0.6, 1.0, 0.3)[attempt % 4]
        props = {k: list(case.assume.get(k, ())) + (["positive"] if attempt % 3 == 2 else []) for k in shapes}
        values: dict[str, Any] = {k: value(s, props[k], sizes, rng, scale) for k, s in shapes.items()}
        values.update({k: v for k, v in sizes.items() if k not in values})
        direction = value(shapes[case.wrt], [], sizes, rng, 1.0)
        here = values[case.wrt]

        def moved(h: float) -> Any:
            return at(case, {**values, case.wrt: here + h * direction})

        try:
            with np.errstate(divide="raise", invalid="raise", over="raise"), quiet():
                size = np.abs(moved(0.0)).max()
                expected = slope(moved) if np.isfinite(size) else None
        except OUTSIDE:
            continue
        if expected is None:
            continue
        try:
            with quiet():
                g = oracle.evaluate(text, values)
        except oracle.OracleError as error:
            if "logdet" in str(error):
                continue
            return f"the oracle cannot read the answer: {error}"
        except np.linalg.LinAlgError:
            continue
        if g.shape != direction.shape:
            return f"the shape of the answer is {g.shape}, of the variable {direction.shape}"
        if not np.all(np.isfinite(g)):  # at a kink, such as the norm of what is 0 there
            continue
        found = (g * direction).sum()
        wanted = float(expected.reshape(()))
        slack = 1e-5 * (abs(g * direction).sum() + abs(wanted)) + 1e-7 * (1 + size)
        if not abs(found - wanted) <= slack:
            return f"{found!r} instead of {wanted!r}"
        good += 1
        if good == 2:
            return None
    return None if good else "?"


# ---------------------------------------------------------------- one case
def ask(case: Case, **options: Any) -> Any:
    return derive.gradient(
        case.text(), case.wrt, shapes=dict(case.shapes), assume=dict(case.assume), **options
    )


def shape_texts(proof: Any) -> dict[str, str]:
    out = {}
    for name, shape in proof.shapes.items():
        m, n = (d if not isinstance(d, tuple) else "*".join(map(str, d)) for d in shape)
        out[name] = "scalar" if (m, n) == (1, 1) else f"{m} x {n}"
    return out


def judge(case: Case, seed: int = 0, full: bool = False) -> Verdict:
    """Everything that is demanded of one answer."""
    try:
        proof = ask(case)
    except derive.DeriveError as error:
        kind = type(error).__name__
        if kind in ("NoRuleError", "LimitError"):
            return Verdict("refused", f"{kind}: {error}")
        if kind == "VerificationError" and "no point" in str(error) and not has_instance(case, seed):
            return Verdict("skipped", str(error))
        return Verdict(kind, str(error))
    except Timeout:
        return Verdict("timeout")
    except Exception:
        return Verdict("crash", traceback.format_exc())
    text = str(proof.result)
    wrong = agrees(case, proof, text, np.random.default_rng(seed))
    if wrong == "?":
        return Verdict("skipped", "no instance", text)
    if wrong:
        return Verdict("WRONG", wrong, text)
    return _form(case, proof, text, full)


def has_instance(case: Case, seed: int) -> bool:
    """Is f finite and smooth anywhere that the oracle looks?"""
    try:
        proof = ask(case, verify=False)
    except derive.DeriveError:
        return True
    return agrees(case, proof, str(proof.result), np.random.default_rng(seed)) != "?"


def _form(case: Case, proof: Any, text: str, full: bool) -> Verdict:
    for line in (*proof.lines(), *proof.lines("brief")):
        if line.lhs != "f" and line.lhs not in [n for n, _ in case.definitions]:
            found = UGLY.search(str(line.term))
            if found or stray(line.term):
                return Verdict(
                    "ugly", f"{found[0] if found else stray(line.term)!r} in {line.lhs} = {line.term}", text
                )
    found = UGLY.search(text)
    if found or stray(proof.result):
        return Verdict("ugly", f"{found[0] if found else stray(proof.result)!r} in the result {text}", text)
    try:
        again = derive.parse(text, shape_texts(proof))
    except derive.DeriveError as error:
        return Verdict("unreadable", str(error), text)
    if _letters(again) != _letters(text):
        return Verdict("reprinted", f"{text}   as   {again}", text)
    if full:
        return _everything(case, proof, text)
    return Verdict("ok", "", text)


def _letters(text: Any) -> list[str]:
    """A text without brackets and order: `2*A.*B` is read as `(2*A).*B`, and equal products are one term."""
    return sorted(c for c in str(text) if c not in "()")


def _everything(case: Case, proof: Any, text: str) -> Verdict:
    """All details, notations, printers and methods."""
    try:
        for detail in ("brief", "normal", "full"):
            proof.to_json(detail)
            for notation in ("colon", "trace", "inner"):
                proof.latex(notation, detail)
                proof.text(notation, detail)
        for options in (
            {"method": "perturbation"},
            {"method": "entrywise"},
            {"entry": ("i", "j")},
            {"layout": "numerator"},
        ):
            if "entry" in options and proof.variable.shape == (1, 1):
                continue
            other = ask(case, **options)
            if "layout" not in options and len(str(other.result)) > 2 * len(text) + 20:
                return Verdict("long", f"{options}: {other.result}", text)
        derive.differential(case.text(), case.wrt, shapes=dict(case.shapes), assume=dict(case.assume)).latex()
    except derive.DeriveError as error:
        return Verdict("method " + type(error).__name__, str(error), text)
    except Timeout:
        return Verdict("timeout")
    except Exception:
        return Verdict("crash", traceback.format_exc(), text)
    return Verdict("ok", "", text)


# ---------------------------------------------------------------- minimisation
def minimised(
    case: Case, verdict: Verdict, seed: int = 0, full: bool = False, tries: int = 300
) -> tuple[Case, Verdict]:
    """The smallest case found that fails in the same way."""
    improved = True
    while improved and tries > 0:
        improved = False
        for candidate in sorted(fuzz.smaller(case), key=Case.size):
            tries -= 1
            if tries < 0:
                break
            other = limited(candidate, seed, full)
            if other.kind == verdict.kind and (case.text(), case.assume, case.shapes) != (
                candidate.text(), candidate.assume, candidate.shapes,
            ):  # fmt: skip
                case, verdict, improved = candidate, other, True
                break
    return case, verdict


def limited(case: Case, seed: int = 0, full: bool = False, seconds: int = 20) -> Verdict:
    """`judge` within a time."""

    def stop(*_: Any) -> None:
        raise Timeout

    if not hasattr(signal, "SIGALRM"):
        return judge(case, seed, full)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return judge(case, seed, full)
    except Timeout:
        return Verdict("timeout")
    finally:
        signal.alarm(0)


# ---------------------------------------------------------------- thousands
def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=14, help="the size of expressions")
    parser.add_argument(
        "--full", type=int, default=10, help="every N-th case with all methods and printers; 0: none"
    )
    parser.add_argument(
        "--repeat", type=float, default=0.2, help="this part is asked again, in another order"
    )
    parser.add_argument("--raw", action="store_true", help="do not minimise")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    texts: list[tuple[Case, str]] = []
    start = time.time()
    for i in range(options.count):
        seed = options.seed * 1_000_003 + i
        case = fuzz.Generator(random.Random(seed), options.budget).case()
        full = bool(options.full) and i % options.full == 0
        verdict = limited(case, seed, full)
        counts[verdict.kind] += 1
        if verdict.kind == "ok":
            texts.append((case, verdict.text))
        elif verdict.kind != "skipped":
            report(case, verdict, seed, full, options.raw)
    again = random.Random(options.seed)
    for case, text in again.sample(texts, int(len(texts) * options.repeat)):
        if str(ask(case).result) != text:
            counts["changed"] += 1
            print(f"CHANGED {case.program()}\n  {text}\n  {ask(case).result}\n")
    asked = options.count - counts["skipped"]
    print(
        f"{options.count} cases in {time.time() - start:.0f} s, {dict(counts)}, answered {counts['ok'] / max(1, asked):.1%}"
    )
    return int(any(Verdict(k).bad for k in counts))


def report(case: Case, verdict: Verdict, seed: int, full: bool, raw: bool) -> None:
    if not raw:
        case, verdict = minimised(case, verdict, seed, full)
    print(f"{verdict.kind} (seed {seed})\n  {case.program()}\n  {verdict.text}")
    print("  " + "\n  ".join(verdict.detail.strip().splitlines()[-8:]) + "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
