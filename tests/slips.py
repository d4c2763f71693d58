"""Random slips in the lines of a proof, and whether they change the value: by NumPy alone.

The slips are those that people make; nothing here knows how `derive.check` looks for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

import numpy as np
from oracle import OracleError, evaluate
from samples import dimensions
from samples import values as drawn_values

from derive.derivation import Derivation, Line
from derive.terms import SCALAR, Term

STEP = 1e-6


class Slip(NamedTuple):
    """A line with one slip."""

    kind: str
    number: int  # of the line
    term: Term


# ---------------------------------------------------------------- making slips
def make(head: str, args: tuple[Term, ...], shape: Any, payload: Any = None) -> Term:
    return Term(head, args, shape, payload)


def num(value: Any) -> Term:
    return make("num", (), SCALAR, value)


def times(k: Any, t: Term) -> Term:
    return make("mul", (num(k), t), t.shape)


def turned(t: Term) -> Term:
    return t.args[0] if t.head == "T" else make("T", (t,), (t.shape[1], t.shape[0]))


def product(factors: list[Term], shape: Any) -> Term | None:
    chain = [f for f in factors if f.shape != SCALAR]
    if any(a.shape[1] != b.shape[0] for a, b in pairwise(chain)):
        return None
    own = (chain[0].shape[0], chain[-1].shape[1]) if chain else SCALAR
    return make("mul", tuple(factors), shape) if own == shape else None


def slips_at(t: Term) -> Iterator[tuple[str, Term]]:
    """Slips at one place."""
    square = t.shape[0] == t.shape[1] != 1
    if square and t.head in ("var", "T", "inv", "mul"):
        yield "transpose", turned(t)
    if t.head == "mul":
        factors = list(t.args)
        for i in range(len(factors) - 1):
            swapped = product([*factors[:i], factors[i + 1], factors[i], *factors[i + 2 :]], t.shape)
            if swapped is not None and factors[i].shape != SCALAR != factors[i + 1].shape:
                yield "order", swapped
        for i, f in enumerate(factors):
            rest = product([*factors[:i], *factors[i + 1 :]], t.shape)
            if rest is not None and f.head in ("inv", "diag"):
                yield "inverse-rule" if f.head == "inv" else "diag", rest
            if f.head == "num" and f.payload not in (1, -1):
                yield "factor-2", make("mul", (num(f.payload * 2), *factors[1:]), t.shape) if i == 0 else t
        chain = [f for f in factors if f.shape != SCALAR]
        if len(chain) == 2 and chain[0].shape == chain[1].shape == t.shape:
            others = [f for f in factors if f.shape == SCALAR]
            had = make("had", tuple(chain), t.shape)
            yield "hadamard", make("mul", (*others, had), t.shape) if others else had
    if t.head == "had":
        for i in range(len(t.args)):
            rest_args = (*t.args[:i], *t.args[i + 1 :])
            yield "hadamard", rest_args[0] if len(rest_args) == 1 else make("had", rest_args, t.shape)
    if t.head == "add":
        for i, a in enumerate(t.args):
            yield "sign", make("add", (*t.args[:i], times(-1, a), *t.args[i + 1 :]), t.shape)
            yield "factor-2", make("add", (*t.args[:i], times(2, a), *t.args[i + 1 :]), t.shape)
            others = (*t.args[:i], *t.args[i + 1 :])
            yield "product-rule", others[0] if len(others) == 1 else make("add", others, t.shape)
    if t.head == "inv":
        yield "inverse-rule", t.args[0]
    if t.head == "kron":
        a, b = t.args
        if a.shape == b.shape:
            yield "kron-order", make("kron", (b, a), t.shape)
    if t.head in ("pow", "hpow") and t.args[1].head == "num":
        k = t.args[1].payload
        yield "norm-chain", make(t.head, (t.args[0], num(k + 1)), t.shape)
    if t.head in ("norm", "sqrt"):
        yield "norm-chain", make("pow", (t, num(2)), t.shape) if t.shape == SCALAR else turned(t)


def slips_in(t: Term) -> Iterator[tuple[str, Term]]:
    """Slips anywhere in a term."""
    yield from slips_at(t)
    for i, a in enumerate(t.args):
        for kind, changed in slips_in(a):
            yield kind, make(t.head, (*t.args[:i], changed, *t.args[i + 1 :]), t.shape, t.payload)


def kept(t: Term) -> Term:
    """The term written in another way that has the same value, at every place."""
    args = tuple(kept(a) for a in t.args)
    if t.head == "colon":
        a, b = args
        return make("colon", (turned(b), turned(a)), SCALAR)
    if t.head == "add":
        return make("add", args[::-1], t.shape)
    if t.head == "had":
        return make("had", args[::-1], t.shape)
    if t.head == "tr":
        return make("tr", (turned(args[0]),), SCALAR)
    if t.head == "inv":
        return turned(make("inv", (turned(args[0]),), t.shape))
    changed = t if args == t.args else make(t.head, args, t.shape, t.payload)
    if t.head == "mul" and t.shape != SCALAR:
        return make("mul", (num(2), make("mul", (num(Fraction(1, 2)), changed), t.shape)), t.shape)
    return changed


def slips(proof: Derivation, random: Random, count: int) -> list[Slip]:
    """Random slips of a proof's lines at normal detail."""
    out = []
    lines = proof.lines("normal")
    places = [n for n, line in enumerate(lines) if _may_slip(n, line, proof)]
    for _ in range(count):
        if not places:
            break
        number = random.choice(places)
        term = lines[number].term
        found = [*slips_in(term), ("sign", times(-1, term)), ("factor-2", times(Fraction(1, 2), term))]
        kinds = sorted({kind for kind, _ in found})
        kind = random.choice(kinds)
        out.append(Slip(kind, number, random.choice([t for k, t in found if k == kind])))
    return out


def _may_slip(number: int, line: Line, proof: Derivation) -> bool:
    definition = line.lhs in {let.name for let in proof.lets}
    first = number == 0 or line.term.size > 120
    return (
        not definition
        and not first
        and "J" not in str(line.term)
        and "epsilon" not in line.lhs
        and line.relation == "="
    )


# ---------------------------------------------------------------- what is true
def changes_value(proof: Derivation, record: Mapping[str, Any], before: Term, after: Term) -> bool | None:
    """Does a slip change the value?  None where NumPy cannot say."""
    for values in _instances(record):
        name = proof.variable.name
        rng = np.random.default_rng(5)
        direction = rng.normal(size=np.shape(values[name]))
        try:
            here = _with_lets(proof, values)
            ahead = _with_lets(proof, {**values, name: values[name] + STEP * direction})
            behind = _with_lets(proof, {**values, name: values[name] - STEP * direction})
            for let in proof.lets:
                here[f"d{let.name}"] = (ahead[let.name] - behind[let.name]) / (2 * STEP)
            here[f"d{name}"] = direction
            one, two = (np.asarray(evaluate(str(t), here)) for t in (before, after))
        except (OracleError, KeyError, np.linalg.LinAlgError):
            return None
        gap = np.abs(one - two).max() / max(1e-12, np.abs(one).max(), np.abs(two).max())
        if gap > 1e-4:
            return True
        if gap > 1e-7:
            return None
    return False


def _instances(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Instances at which f has a value, some wide and some tall."""
    rng = np.random.default_rng([7, *record["f"].encode()])
    letters, found = dimensions(record), 0
    for _ in range(500):
        sizes = dict(zip(letters, map(int, rng.permutation(range(2, max(6, 3 + len(letters))))[: len(letters)])))
        drawn = drawn_values(record, sizes, rng)
        if drawn is None:
            continue
        here = {**sizes, **drawn}
        try:
            fine = np.isfinite(evaluate(record["f"], here)).all()
        except (OracleError, np.linalg.LinAlgError):
            continue
        if fine:
            yield here
            found += 1
        if found == 4:
            return


def _with_lets(proof: Derivation, values: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(values)
    for let in proof.lets:
        out[let.name] = evaluate(str(let.definition), out)
    return out
