"""The value of an ASCII expression with NumPy, by a recursive evaluator that shares no code with the project.

Written from the description of the syntax alone.  Every value is a two-dimensional array; a scalar is 1 x 1,
so no dimension of an instance may be 1.  There is no broadcasting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.linalg as sla
import scipy.special as sp

Array = Any
TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)(?P<i>i\b)?"
    r"|(?P<name>[^\W\d]\w*)|(?P<op>\.[*/^]|[-+*/^'():,]))"
)


class OracleError(Exception):
    """The text is not an expression of the syntax, or its shapes do not fit."""


def evaluate(text: str, values: Mapping[str, Any]) -> Array:
    """The value of the text; `values` has numbers, vectors (1-D) and matrices, and the dimensions by name."""
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise OracleError(f"no token at {at} of {text!r}")
        tokens.append(found)
        at = found.end()
    reader = _Reader(tokens, {name: _array(v) for name, v in values.items()})
    value = reader.sum()
    if reader.at != len(tokens):
        raise OracleError(f"{text!r} goes on after its end, at token {reader.at}")
    return value


def _array(value: Any) -> Array:
    a = np.asarray(value)
    return a.reshape(1, 1) if a.ndim == 0 else a.reshape(-1, 1) if a.ndim == 1 else a


def _fit(what: str, a: Array, b: Array) -> None:
    if a.shape != b.shape:
        raise OracleError(f"{a.shape} {what} {b.shape}")


def _number(a: Array) -> Any:
    if a.shape != (1, 1):
        raise OracleError(f"{a.shape} where a scalar is needed")
    return a[0, 0]


def _whole(a: Array) -> int:
    value = _number(a)
    if abs(value - round(value.real)) > 1e-9:
        raise OracleError(f"{value} where a whole number is needed")
    return round(value.real)


class _Reader:
    """Reads and evaluates in one go, a method for each level of precedence."""

    def __init__(self, tokens: list[re.Match[str]], values: dict[str, Array]) -> None:
        self.tokens, self.values, self.at = tokens, values, 0

    def taken(self, *ops: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at]["op"] in ops:
            self.at += 1
            return self.tokens[self.at - 1]["op"]
        return None

    def sum(self) -> Array:
        a = self.colon()
        while op := self.taken("+", "-"):
            b = self.colon()
            _fit(op, a, b)
            a = a + b if op == "+" else a - b
        return a

    def colon(self) -> Array:
        a = self.product()
        if self.taken(":"):
            b = self.product()
            _fit(":", a, b)
            a = _array((a * b).sum())
        return a

    def product(self) -> Array:
        a = self.signed()
        while op := self.taken("*", "/", ".*", "./"):
            a = self.times(op, a, self.signed())
        return a

    @staticmethod
    def times(op: str, a: Array, b: Array) -> Array:
        if op == "/":
            return a / _number(b)
        if op in (".*", "./"):
            _fit(op, a, b)
            return a * b if op == ".*" else a / b
        if (1, 1) in (a.shape, b.shape):
            return a * b
        if a.shape[1] != b.shape[0]:
            raise OracleError(f"{a.shape} * {b.shape}")
        return a @ b

    def signed(self) -> Array:
        return -self.signed() if self.taken("-") else self.postfix()

    def postfix(self) -> Array:
        a = self.atom()
        while op := self.taken("'", "^", ".^"):
            if op == "'":
                a = a.T
                continue
            negative = bool(self.taken("-"))
            k = _number(self.atom()) * (-1 if negative else 1)
            if op == "^" and a.shape != (1, 1):
                a = np.linalg.matrix_power(a, _whole(_array(k)))
            else:
                a = a ** (int(k.real) if k == int(k.real) and abs(k) < 100 and k >= 0 else k)
        return a

    def atom(self) -> Array:
        if self.taken("("):
            a = self.sum()
            if not self.taken(")"):
                raise OracleError("a bracket is not closed")
            return a
        if self.at >= len(self.tokens) or self.tokens[self.at]["op"]:
            raise OracleError(f"an operand is missing at token {self.at}")
        token = self.tokens[self.at]
        self.at += 1
        if token["number"]:
            return _array(float(token["number"]) * (1j if token["i"] else 1.0))
        return self.call(token["name"]) if self.taken("(") else self.variable(token["name"])

    def variable(self, name: str) -> Array:
        if name not in self.values and name != "pi":
            raise OracleError(f"unknown name {name}")
        return self.values.get(name, _array(np.pi))

    def call(self, name: str) -> Array:
        args = [self.sum()]
        while self.taken(","):
            args.append(self.sum())
        if not self.taken(")"):
            raise OracleError(f"the call of {name} is not closed")
        if name in ENTRYWISE and len(args) == 1:
            return ENTRYWISE[name](args[0])
        if name not in FUNCTIONS:
            raise OracleError(f"unknown function {name}")
        return _array(FUNCTIONS[name](*args))


ENTRYWISE: dict[str, Callable[[Array], Array]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "arcsin": np.arcsin, "arccos": np.arccos,
    "arctan": np.arctan, "sign": np.sign, "relu": lambda t: np.where(t > 0, t, 0.0), "erf": sp.erf,
    "sigmoid": lambda t: 1 / (1 + np.exp(-t)), "softplus": lambda t: np.log1p(np.exp(t)),
    "gammaln": sp.gammaln, "digamma": sp.digamma, "normcdf": lambda t: (1 + sp.erf(t / np.sqrt(2))) / 2,
    "conj": np.conj, "real": np.real, "imag": np.imag,
}  # fmt: skip


def _vector(a: Array) -> Array:
    if a.shape[1] != 1:
        raise OracleError(f"{a.shape} where a vector is needed")
    return a[:, 0]


def _diag(a: Array) -> Array:
    return np.diag(a[:, 0]) if a.shape[1] == 1 else np.diag(a)


def _logdet(a: Array) -> Any:
    sign, value = np.linalg.slogdet(a)
    if sign <= 0:
        raise OracleError("logdet of a matrix whose determinant is not positive")
    return value


def _inverse(a: Array) -> Array:
    if np.linalg.cond(a) > 1e10:
        raise np.linalg.LinAlgError("singular")
    return np.linalg.inv(a)


def _adjugate(a: Array) -> Array:
    n = len(a)
    minor = [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for i in range(n)] for j in range(n)]
    return np.array([[(-1) ** (i + j) * minor[i][j] for j in range(n)] for i in range(n)])


def _eigenvector(a: Array) -> Array:
    v = np.linalg.eigh(a)[1][:, -1]
    return v * np.sign(v[0])


def _singular(a: Array, side: int) -> Array:
    u, _, vt = np.linalg.svd(a)
    return (u[:, 0] if side == 0 else vt[0]) * np.sign(u[0, 0])


def _frechet(f: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    def at(a: Array, e: Array) -> Array:
        n = len(a)
        return f(np.block([[a, e], [np.zeros_like(a), a]]))[:n, n:]

    return at


def _commutation(m: Array, n: Array) -> Array:
    rows, columns = _whole(m), _whole(n)
    k = np.zeros((rows * columns, rows * columns))
    for i in range(rows):
        for j in range(columns):
            k[i * columns + j, j * rows + i] = 1.0
    return k


def _blocks(a: Array, k: Array) -> Array:
    """The blocks of a as [row of blocks, row in block, column of blocks, column in block], k x k blocks."""
    size = _whole(k)
    return a.reshape(size, a.shape[0] // size, size, a.shape[1] // size)


def _toeplitz(a: Array) -> Array:
    n = len(a)
    return np.array([[np.trace(a, j - i) for j in range(n)] for i in range(n)])


def _ones(value: float) -> Callable[..., Array]:
    return lambda m, n=None: np.full((_whole(m), 1 if n is None else _whole(n)), value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tr": np.trace, "det": np.linalg.det, "logdet": _logdet, "inv": _inverse, "pinv": np.linalg.pinv,
    "adj": _adjugate, "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "diag": _diag,
    "rowsum": lambda a: a.sum(axis=1), "colsum": lambda a: a.sum(axis=0), "kron": np.kron,
    "vec": lambda a: a.T.reshape(-1), "unvec": lambda x, m, n: _vector(x).reshape(_whole(n), _whole(m)).T,
    "dot": lambda x, y: _vector(x) @ _vector(y), "outer": lambda x, y: np.outer(_vector(x), _vector(y)),
    "norm": lambda a: np.sqrt((abs(a) ** 2).sum()), "norm1": lambda a: abs(a).sum(),
    "norm_inf": lambda a: abs(a).max(), "norm_nuc": lambda a: sla.svdvals(a).sum(),
    "norm_spec": lambda a: sla.svdvals(a)[0], "softmax": lambda x: sp.softmax(_vector(x)),
    "logsumexp": lambda x: sp.logsumexp(_vector(x)), "expm": sla.expm, "logm": sla.logm, "sqrtm": sla.sqrtm,
    "sinm": sla.sinm, "cosm": sla.cosm, "dexpm": _frechet(sla.expm), "dlogm": _frechet(sla.logm),
    "dsqrtm": _frechet(sla.sqrtm), "lambda_max": lambda a: np.linalg.eigvalsh(a)[-1],
    "lambda_min": lambda a: np.linalg.eigvalsh(a)[0], "eigvec_max": _eigenvector,
    "polar": lambda a: sla.polar(a)[0], "sylvester": sla.solve_sylvester,
    "u_max": lambda a: _singular(a, 0), "v_max": lambda a: _singular(a, 1),
    "ptrace1": lambda a, k: np.einsum("iaib->ab", _blocks(a, k)),
    "ptrace2": lambda a, k: np.einsum("iaja->ij", a.reshape(len(a) // _whole(k), _whole(k), -1, _whole(k))),
    "toep": _toeplitz, "tril": np.tril, "triu": np.triu, "commutation": _commutation,
    "eye": lambda n: np.eye(_whole(n)), "ones": _ones(1.0), "zeros": _ones(0.0),
    "unit": lambda n, i: np.eye(_whole(n))[_whole(i) - 1],
}  # fmt: skip
