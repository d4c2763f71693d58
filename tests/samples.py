"""Random instances of a problem record: sizes and values with the properties which the record asks for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import scipy.linalg as sla
import scipy.special as sp
from oracle import evaluate

Record = Mapping[str, Any]
Array = Any
Random = np.random.Generator

MODULES = {"np": np, "sla": sla, "sp": sp}
ALIAS = {"positive_det": "positive_determinant"}
#: What a random square matrix is made into; later rows act on the result of earlier ones.
MADE: dict[str, Callable[[Array], Array]] = {
    "small": lambda a: 0.3 * a / np.linalg.norm(a, 2),
    "near_identity": lambda a: np.eye(len(a)) + 0.3 * a / np.linalg.norm(a, 2),
    "toeplitz": lambda a: sla.toeplitz(a[:, 0], a[0]),
    "symmetric": lambda a: (a + a.T) / 2,
    "hermitian": lambda a: (a + a.conj().T) / 2,
    "positive_definite": lambda a: a @ a.conj().T / len(a) + np.eye(len(a)) / 2,
    "skew": lambda a: (a - a.T) / 2,
    "diagonal": lambda a: np.diag(np.diag(a)),
    "lower_triangular": np.tril,
    "orthogonal": lambda a: np.linalg.qr(a)[0],
    "orthonormal_columns": lambda a: np.linalg.qr(a)[0],
    "positive": lambda a: abs(a) + 0.3,
    "plus_minus_one": np.sign,
    "mask": lambda a: (a > -0.3).astype(float),
    "probability": lambda a: abs(a) / abs(a).sum(),
    "unit_norm": lambda a: a / np.linalg.norm(a),
    "unit_interval": lambda a: 0.2 + 0.6 / (1 + abs(a)),
    "squared_distance": lambda a: ((a[:, None] - a[None]) ** 2).sum(-1),
    "one_hot_columns": lambda a: (a == a.max(axis=0)).astype(float),
}


def dimensions(record: Record) -> list[str]:
    """The dimension letters of a record, in order."""
    shapes = [shape.split(" x ") for shape in record["vars"].values() if shape != "scalar"]
    return list(dict.fromkeys([p for shape in shapes for p in shape if p.isalpha()]))


def values(record: Record, sizes: Mapping[str, int], rng: Random) -> dict[str, Any] | None:
    """A value for every variable, or None where these sizes or this draw cannot have its properties."""
    out = {}
    for name, text in record["vars"].items():
        properties = {ALIAS.get(p, p) for p in record.get("assume", {}).get(name, ())}
        dims = [] if text == "scalar" else text.split(" x ")
        shape = tuple(sizes[p] if p.isalpha() else int(p) for p in dims)
        value = draw(shape, properties, rng, record["ask"] == "wirtinger")
        if value is None:
            return None
        out[name] = value * record.get("scale", {}).get(name, 1)
    return out


def draw(shape: tuple[int, ...], properties: set[str], rng: Random, is_complex: bool = False) -> Any:
    """A value of this shape and these properties, or None where this draw has none."""
    if "positive_integer" in properties:
        return int(rng.integers(2, 5))
    wide = len(shape) == 2 and shape[0] < shape[1]
    if (wide and properties & {"full_column_rank", "orthonormal_columns"}) or (
        len(shape) == 2 and shape[0] > shape[1] and "full_row_rank" in properties
    ):
        return None
    value = rng.uniform(0.4, 1.6, shape) * rng.choice([-1, 1], shape)
    if is_complex and "real" not in properties:
        value = value + 1j * rng.uniform(-1, 1, shape)
    for name, make in MADE.items():
        if name in properties:
            value = make(value)
    return value if len(shape) < 2 or suitable(value, properties) else None


def suitable(a: Array, properties: set[str]) -> bool:
    """Is the matrix well-conditioned, and are its eigenvalues apart, where that matters?"""
    if properties & {"skew", "diagonal", "mask", "squared_distance", "one_hot_columns"}:
        return True
    if "positive_determinant" in properties and np.linalg.det(a) < 0.05:
        return False
    s = sla.svdvals(a)
    apart = len(s) == 1 or "generic_spectrum" not in properties or min(-np.diff(s)) > 0.1
    return bool(s[0] < 25 * s[-1]) and apart


def instances(record: Record, count: int = 3) -> Iterator[dict[str, Any]]:
    """Instances with different sizes for different letters, inside the domain of the function."""
    rng = np.random.default_rng([11, *record["id"].encode()])
    letters, found = dimensions(record), 0
    for _ in range(20_000):
        pool = record.get("sizes") or range(2, max(6, 3 + len(letters)))
        sizes = dict(zip(letters, map(int, rng.permutation(pool)[: len(letters)])))
        drawn = values(record, sizes, rng)
        if drawn is None or not inside(record, drawn):
            continue
        yield {**sizes, **drawn}
        found += 1
        if found == count:
            return
    raise AssertionError(f"no instance of {record['id']}")


def python(code: str, drawn: Mapping[str, Any]) -> Array:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(eval(code, {**MODULES, **drawn}))


def inside(record: Record, drawn: Mapping[str, Any]) -> bool:
    try:
        return bool(np.isfinite(python(record["numpy"], drawn)).all())
    except np.linalg.LinAlgError:
        return False


def direction(record: Record, shape: tuple[int, ...], rng: Random) -> Array:
    """A direction of the variable, inside its structure where the convention says so."""
    value = rng.normal(size=shape)
    if record["ask"] == "wirtinger":
        value = value + 1j * rng.normal(size=shape)
    if record.get("convention") == "tangent":
        kinds = set(record.get("assume", {}).get(record["wrt"], ()))
        if kinds & {"symmetric", "positive_definite"}:
            return value + value.T
        for name in ("skew", "diagonal", "lower_triangular"):
            if name in kinds:
                return MADE[name](value)
    return value


def restricted(record: Record, hessian: Array) -> Array:
    """A Hessian on the directions inside the structure, where alone its value is fixed."""
    n = int(np.sqrt(len(hessian)))
    rng = np.random.default_rng(3)
    basis = np.array([direction(record, (n, n), rng).T.reshape(-1) for _ in range(n * n)])
    return basis @ hessian @ basis.T


def difference(record: Record, text: str) -> str:
    """What is wrong with the ASCII answer: empty where it has the known answer's value at every instance."""
    rng = np.random.default_rng(5)
    for drawn in instances(record):
        name = record["wrt"]
        everything = {**drawn, f"d{name}": direction(record, np.shape(drawn[name]), rng)}
        want = python(record["answer_numpy"], everything)
        with np.errstate(all="ignore"):
            got = evaluate(text, everything)
        want = want.reshape(got.shape) if want.size == 1 else want.reshape(-1, 1) if want.ndim == 1 else want
        if got.shape != want.shape:
            return f"the shape is {got.shape}, not {want.shape}"
        if record["ask"] == "hessian" and record.get("convention") == "tangent":
            got, want = restricted(record, got), restricted(record, want)
        gap = abs(got - want).max(initial=0.0)
        if not gap <= 1e-7 * max(1.0, abs(want).max(initial=0.0)):  # a NaN is wrong, too
            return f"off by {gap:.2g} where {({k: v for k, v in drawn.items() if k in dimensions(record)})}"
    return ""
