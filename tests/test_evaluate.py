"""Values of terms against NumPy and SciPy, over every field."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sla
import scipy.special as sp
from build import Build

from derive.errors import NoRuleError
from derive.evaluate import Point, evaluate, functions
from derive.fields import FLOAT, STEP, DomainError, precise
from derive.terms import Term

RNG = np.random.default_rng(5)
SIZES = {"m": 2, "n": 3, "p": 4}


def random(*shape: int) -> Any:
    return RNG.uniform(0.4, 1.6, shape) * RNG.choice([-1, 1], shape)


VALUES: dict[str, Any] = {
    "A": random(2, 3),
    "B": random(3, 4),
    "C": random(2, 3),
    "S": np.eye(3) + 0.2 * random(3, 3),
    "x": random(3, 1),
    "y": random(3, 1),
    "u": random(2, 1),
    "t": 0.7,
    "s": -1.3,
    "P": RNG.uniform(0.2, 0.9, (2, 3)),
    "K": random(6, 6),
}
SHAPES: dict[str, tuple[Any, ...]] = {
    "A": ("m", "n"),
    "B": ("n", "p"),
    "C": ("m", "n"),
    "S": ("n", "n"),
    "x": ("n",),
    "y": ("n",),
    "u": ("m",),
    "t": (),
    "s": (),
    "P": ("m", "n"),
    "K": (6, 6),
}


def point(field: Any = FLOAT, convert: Callable[[float], Any] = float) -> Point:
    values = {}
    for name, value in VALUES.items():
        values[name] = convert(value) if np.ndim(value) == 0 else [[convert(x) for x in row] for row in value]
    return Point(field, SIZES, values)


@pytest.fixture
def b() -> Build:
    return Build()


def names(b: Build) -> dict[str, Term]:
    return {name: b.var(name, *dims) for name, dims in SHAPES.items()}


def agree(got: Any, want: Any, tolerance: float = 1e-11) -> bool:
    got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    return got.shape == want.shape and bool(
        np.abs(got - want).max() <= tolerance * max(1.0, np.abs(want).max())
    )


# ---------------------------------------------------------------- products, sums, powers
Maker = Callable[[Build, Any], Term]
CORE: list[tuple[Maker, Callable[[Any], Any]]] = [
    (lambda b, v: b.mul(v["A"], v["B"]), lambda v: v["A"] @ v["B"]),
    (lambda b, v: b.mul(v["A"], v["B"], b.T(v["B"]), v["x"]), lambda v: v["A"] @ v["B"] @ v["B"].T @ v["x"]),
    (lambda b, v: b.mul(2, v["t"], v["A"], v["s"]), lambda v: 2 * v["t"] * v["s"] * v["A"]),
    (lambda b, v: b.mul(b.T(v["x"]), v["S"], v["y"]), lambda v: (v["x"].T @ v["S"] @ v["y"])[0, 0]),
    # x'*y scales A: a run of the static shape 1 x 1 inside a flat product
    (
        lambda b, v: b.table.make("mul", (b.T(v["x"]), v["y"], v["A"]), ("m", "n")),
        lambda v: (v["x"].T @ v["y"])[0, 0] * v["A"],
    ),
    (lambda b, v: b.mul(v["u"], b.T(v["x"]), v["y"]), lambda v: v["u"] @ v["x"].T @ v["y"]),
    (lambda b, v: b.mul(v["u"], b.T(v["x"])), lambda v: v["u"] @ v["x"].T),
    (lambda b, v: b.add(v["A"], v["C"], b.neg(v["P"])), lambda v: v["A"] + v["C"] - v["P"]),
    (lambda b, v: b.add(v["t"], v["s"], b.num(3)), lambda v: v["t"] + v["s"] + 3),
    (lambda b, v: b.had(v["A"], v["C"], v["P"]), lambda v: v["A"] * v["C"] * v["P"]),
    (lambda b, v: b.had(v["t"], v["s"]), lambda v: v["t"] * v["s"]),
    (lambda b, v: b.colon(v["A"], v["C"]), lambda v: (v["A"] * v["C"]).sum()),
    (lambda b, v: b.colon(v["t"], v["s"]), lambda v: v["t"] * v["s"]),
    (lambda b, v: b.T(v["A"]), lambda v: v["A"].T),
    (lambda b, v: b.T(v["t"]), lambda v: v["t"]),
    (lambda b, v: b.pow(v["S"], 3), lambda v: np.linalg.matrix_power(v["S"], 3)),
    (lambda b, v: b.pow(v["S"], -2), lambda v: np.linalg.matrix_power(v["S"], -2)),
    (lambda b, v: b.pow(v["s"], 3), lambda v: v["s"] ** 3),
    (lambda b, v: b.pow(v["s"], -3), lambda v: v["s"] ** -3),
    (lambda b, v: b.pow(v["t"], v["s"]), lambda v: v["t"] ** v["s"]),
    (lambda b, v: b.pow(v["t"], Fraction(1, 3)), lambda v: v["t"] ** (1 / 3)),
    (lambda b, v: b.hpow(v["A"], -1), lambda v: 1 / v["A"]),
    (lambda b, v: b.hpow(v["P"], Decimal("0.5")), lambda v: v["P"] ** 0.5),
    (lambda b, v: b.table.dim("n"), lambda v: 3),
    (lambda b, v: b.table.dim((2, "m", "n")), lambda v: 12),
    (lambda b, v: b.table.make("eye", (), ("n", "n")), lambda v: np.eye(3)),
    (lambda b, v: b.table.make("eye", (), (1, 1)), lambda v: 1),
    (lambda b, v: b.table.make("ones", (), ("m", "n")), lambda v: np.ones((2, 3))),
    (lambda b, v: b.table.make("zeros", (), ("n", 1)), lambda v: np.zeros((3, 1))),
    (lambda b, v: b.table.make("unit", (b.num(2),), ("n", 1)), lambda v: np.eye(3)[:, [1]]),
    (lambda b, v: b.table.make("pi"), lambda v: np.pi),
    (lambda b, v: b.f("diag", v["x"], shape=("n", "n")), lambda v: np.diag(v["x"][:, 0])),
    (lambda b, v: b.f("diag", v["S"], shape=("n", 1)), lambda v: np.diag(v["S"]).reshape(-1, 1)),
]


@pytest.mark.parametrize("case", range(len(CORE)))
def test_sums_products_and_powers(case: int, b: Build) -> None:
    make, want = CORE[case]
    term = make(b, names(b))
    got = evaluate(term, point())
    assert agree(got, want(VALUES))
    assert isinstance(got, list) == (term.shape != (1, 1))


def test_the_commutation_matrix(b: Build) -> None:
    a = b.var("A", "m", "n")
    k = b.table.make("commutation", (), (("m", "n"), ("m", "n")), ("m", "n"))
    both = b.mul(k, b.f("vec", a, shape=(("m", "n"), 1)))
    assert agree(evaluate(both, point()), VALUES["A"].reshape(-1, 1))  # vec(A') is A row by row


# ---------------------------------------------------------------- functions
def frechet(name: str) -> Callable[[Any], Any]:
    def derivative(v: Any) -> Any:
        block = np.block([[v["S"], np.outer(v["x"], v["y"])], [np.zeros((3, 3)), v["S"]]])
        return getattr(sla, name)(block)[:3, 3:].real

    return derivative


def _svd(v: Any) -> Any:
    u, s, vt = np.linalg.svd(v["A"])
    sign = np.sign(u[0, 0])
    return sign * u[:, [0]], s, sign * vt[[0]].T


VECTOR, MATRIX = ("n", 1), ("n", "n")
FUNCTIONS: dict[str, tuple[str, Any, Callable[[Any], Any]]] = {
    "tr": ("S", "scalar", lambda v: np.trace(v["S"])),
    "det": ("S", "scalar", lambda v: np.linalg.det(v["S"])),
    "logdet": ("S", "scalar", lambda v: np.log(np.linalg.det(v["S"]))),
    "inv": ("S", MATRIX, lambda v: np.linalg.inv(v["S"])),
    "pinv": ("A", ("n", "m"), lambda v: np.linalg.pinv(v["A"])),
    "adj": ("S", MATRIX, lambda v: np.linalg.det(v["S"]) * np.linalg.inv(v["S"])),
    "norm": ("A", "scalar", lambda v: np.linalg.norm(v["A"])),
    "norm1": ("A", "scalar", lambda v: np.abs(v["A"]).sum()),
    "norm_inf": ("A", "scalar", lambda v: np.abs(v["A"]).max()),
    "norm_nuc": ("A", "scalar", lambda v: _svd(v)[1].sum()),
    "norm_spec": ("A", "scalar", lambda v: _svd(v)[1].max()),
    "sum": ("A", "scalar", lambda v: v["A"].sum()),
    "mean": ("A", "scalar", lambda v: v["A"].mean()),
    "max": ("A", "scalar", lambda v: v["A"].max()),
    "min": ("A", "scalar", lambda v: v["A"].min()),
    "rowsum": ("A", ("m", 1), lambda v: v["A"].sum(1, keepdims=True)),
    "colsum": ("A", VECTOR, lambda v: v["A"].sum(0).reshape(-1, 1)),
    "vec": ("A", (("m", "n"), 1), lambda v: v["A"].reshape(-1, 1, order="F")),
    "kron": ("A B", (("m", "n"), ("n", "p")), lambda v: np.kron(v["A"], v["B"])),
    "dot": ("x y", "scalar", lambda v: (v["x"] * v["y"]).sum()),
    "outer": ("x u", ("n", "m"), lambda v: v["x"] @ v["u"].T),
    "softmax": ("x", VECTOR, lambda v: sp.softmax(v["x"])),
    "logsumexp": ("x", "scalar", lambda v: sp.logsumexp(v["x"])),
    "expm": ("S", MATRIX, lambda v: sla.expm(v["S"])),
    "logm": ("S", MATRIX, lambda v: sla.logm(v["S"])),
    "sqrtm": ("S", MATRIX, lambda v: sla.sqrtm(v["S"])),
    "sinm": ("S", MATRIX, lambda v: sla.sinm(v["S"])),
    "cosm": ("S", MATRIX, lambda v: sla.cosm(v["S"])),
    "lambda_max": ("S", "scalar", lambda v: np.linalg.eigvalsh((v["S"] + v["S"].T) / 2)[-1]),
    "lambda_min": ("S", "scalar", lambda v: np.linalg.eigvalsh((v["S"] + v["S"].T) / 2)[0]),
    "u_max": ("A", ("m", 1), lambda v: _svd(v)[0]),
    "v_max": ("A", VECTOR, lambda v: _svd(v)[2]),
    "polar": ("A", ("m", "n"), lambda v: sla.polar(v["A"])[0]),
    "tril": ("A", ("m", "n"), lambda v: np.tril(v["A"])),
    "triu": ("A", ("m", "n"), lambda v: np.triu(v["A"])),
    "toep": (
        "S",
        MATRIX,
        lambda v: sla.toeplitz(
            [np.trace(v["S"], -k) for k in range(3)], [np.trace(v["S"], k) for k in range(3)]
        ),
    ),
    "unvec": ("x 3 1", VECTOR, lambda v: v["x"]),
    "ptrace1": ("K 3", (2, 2), lambda v: v["K"][:2, :2] + v["K"][2:4, 2:4] + v["K"][4:, 4:]),
    "ptrace2": ("K 3", (2, 2), lambda v: np.trace(v["K"].reshape(2, 3, 2, 3), axis1=1, axis2=3)),
    "sylvester": (
        "S outer outer",
        MATRIX,
        lambda v: sla.solve_sylvester(v["S"], v["x"] @ v["y"].T, v["x"] @ v["y"].T),
    ),
    "dexpm": ("S outer", MATRIX, frechet("expm")),
    "dlogm": ("S outer", MATRIX, frechet("logm")),
    "dsqrtm": ("S outer", MATRIX, frechet("sqrtm")),
}
ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "sign": np.sign,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": sp.expit,
    "softplus": lambda x: np.logaddexp(0, x),
    "erf": sp.erf,
    "gammaln": sp.gammaln,
    "digamma": sp.digamma,
    "normcdf": sp.ndtr,
    "conj": np.conj,
    "real": np.real,
    "imag": np.imag,
}
EVERYWHERE = "exp abs sin cos sinh cosh tanh arctan sign relu sigmoid softplus erf normcdf".split()


def applied(b: Build, name: str) -> Term:
    arguments, shape, _ = FUNCTIONS[name]
    v = names(b)
    v["outer"] = b.mul(v["x"], b.T(v["y"]))
    args = [b.num(int(a)) if a.isdigit() else v[a] for a in arguments.split()]
    return b.f(name, *args, shape=shape)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_matrices(name: str, b: Build) -> None:
    assert agree(evaluate(applied(b, name), point()), FUNCTIONS[name][2](VALUES), 1e-10)


def test_unvec_undoes_vec(b: Build) -> None:
    a = b.var("A", "m", "n")
    stacked = b.f("vec", a, shape=(("m", "n"), 1))
    assert agree(
        evaluate(b.f("unvec", stacked, b.table.dim("m"), b.table.dim("n"), shape=a.shape), point()),
        VALUES["A"],
    )


def test_the_top_eigenvector(b: Build) -> None:
    s = b.var("S", "n", "n")
    v = np.linalg.eigh((VALUES["S"] + VALUES["S"].T) / 2)[1][:, [-1]]
    assert agree(evaluate(b.f("eigvec_max", s, shape=("n", 1)), point()), v * np.sign(v[0]))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions(name: str, b: Build) -> None:
    v, want = names(b), ELEMENTWISE[name]
    assert agree(evaluate(b.f(name, v["P"]), point()), want(VALUES["P"]))
    assert agree(evaluate(b.f(name, v["t"]), point()), want(VALUES["t"]))
    if name in EVERYWHERE:
        assert agree(evaluate(b.f(name, v["A"]), point()), want(VALUES["A"]))


def test_every_function_has_a_test() -> None:
    tested = {*FUNCTIONS, *ELEMENTWISE, "eigvec_max", "diag", "pi", "commutation"}
    core = {
        "num",
        "imaginary_unit",
        "var",
        "d",
        "dim",
        "eye",
        "ones",
        "zeros",
        "unit",
        "add",
        "mul",
        "had",
        "colon",
        "T",
        "pow",
        "hpow",
    }
    assert functions() == tested | core


# ---------------------------------------------------------------- scalar-ness, domains, depth
def test_a_size_of_one_changes_no_shape(b: Build) -> None:
    x, a = b.var("x", "n"), b.var("A", "m", "n")
    place = Point(FLOAT, {"m": 1, "n": 1}, {"x": [[3.0]], "A": [[2.0]]})
    assert evaluate(b.mul(a, x), place) == [[6.0]]
    assert evaluate(b.mul(b.T(x), x), place) == 9.0
    assert evaluate(b.f("diag", x, shape=("n", "n")), place) == [[3.0]]
    assert evaluate(b.f("rowsum", a, shape=("m", 1)), place) == [[2.0]]


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (lambda b, t: b.f("log", t), {"t": -1.0}),
        (lambda b, t: b.f("sqrt", t), {"t": -1.0}),
        (lambda b, t: b.f("arcsin", t), {"t": 1.5}),
        (lambda b, t: b.pow(t, -1), {"t": 0.0}),
        (lambda b, t: b.pow(t, Fraction(1, 2)), {"t": -2.0}),
        (lambda b, t: b.f("exp", t), {"t": 1e9}),
        (lambda b, t: b.f("gammaln", t), {"t": -0.5}),
    ],
)
def test_outside_the_domain(make: Any, values: Any, b: Build) -> None:
    term = make(b, b.var("t"))
    with pytest.raises(DomainError):
        evaluate(term, Point(FLOAT, {}, values))
    if values["t"] != 1e9:
        with pytest.raises(DomainError):
            evaluate(term, Point(precise(), {}, {"t": precise().context.mpf(values["t"])}))
    if values["t"] not in (1e9, 0.0):
        with pytest.raises(DomainError):
            evaluate(term, Point(STEP, {}, {"t": complex(values["t"], 1e-30)}))


def test_unknown_functions_are_named(b: Build) -> None:
    with pytest.raises(NoRuleError, match="frobnicate"):
        evaluate(b.f("frobnicate", b.var("t")), Point(FLOAT, {}, {"t": 1.0}))


def test_depth_is_no_limit(b: Build) -> None:
    term = b.var("t")
    for _ in range(20_000):
        term = b.f("sin", term)
    assert 0 < evaluate(term, Point(FLOAT, {}, {"t": 1.0})) < 0.02
    wide = b.add(*[b.mul(k, b.var("t")) for k in range(10_000)])
    assert evaluate(wide, Point(FLOAT, {}, {"t": 2})) == 10_000 * 9_999


def test_shared_subterms_are_evaluated_once(b: Build) -> None:
    term = b.var("t")
    for _ in range(200):
        term = b.add(term, b.mul(term, b.num(-1)), term)  # 3^200 nodes as a tree
    assert evaluate(term, Point(FLOAT, {}, {"t": 1.0})) == 1.0
