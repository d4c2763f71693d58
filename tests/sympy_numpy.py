"""The value of a SymPy expression with NumPy: SymPy's trees alone, no code of the project, no derivative of SymPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.linalg as sla
import sympy
from sympy.matrices import expressions as mx
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.tensor.array.expressions import array_expressions as arrays

Array = Any
Values = Mapping[Any, Any]


def value(e: Any, at: Values) -> Array:
    """A number for a scalar, a two-dimensional array for a matrix; symbols have theirs in `at`."""
    if e in at:
        return at[e]
    if e.is_Matrix and isinstance(e, sympy.matrices.MatrixBase):
        return np.array([[value(x, at) for x in row] for row in e.tolist()])
    for cls, rule in RULES.items():
        if isinstance(e, cls):
            return rule(e, at)
    if e.is_number:
        return complex(e) if e.is_real is False else float(e)
    args = [scalar(a, at) for a in e.args]
    return FUNCTIONS[type(e).__name__](*args)


def scalar(e: Any, at: Values) -> Any:
    found = value(e, at)
    return found.item() if isinstance(found, np.ndarray) and found.size == 1 else found


def size(dim: Any, at: Values) -> int:
    return round(float(scalar(sympy.sympify(dim), at)))


def product(e: Any, at: Values) -> Array:
    """Left to right; 1 x 1 factors are numbers."""
    out: Any = 1.0
    for a in e.args:
        factor = value(a, at)
        if np.size(factor) == 1 or np.size(out) == 1:
            one, two = (x.item() if isinstance(x, np.ndarray) and x.size == 1 else x for x in (out, factor))
            out = one * two
        else:
            out = out @ factor
    return out


def total(e: Any, at: Values) -> Array:
    parts = [value(a, at) for a in e.args]
    if any(np.size(p) > 1 for p in parts):
        assert len({np.shape(p) for p in parts}) == 1, e
        return sum(parts[1:], parts[0])
    return sum([p.item() if isinstance(p, np.ndarray) else p for p in parts])


def power(e: Any, at: Values) -> Array:
    base, k = value(e.args[0], at), scalar(e.args[1], at)
    if np.size(base) == 1:
        base = base.item() if isinstance(base, np.ndarray) else base
        return base**k if isinstance(base, complex) or base > 0 or k == int(k) else np.nan
    if k == int(k):
        return np.linalg.matrix_power(base, int(k))
    return np.linalg.matrix_power(sla.sqrtm(base), int(2 * k))


def entry(e: Any, at: Values) -> Any:
    matrix, i, j = e.args
    return np.asarray(value(matrix, at))[size(i, at), size(j, at)]


def sum_over(e: Any, at: Values) -> Any:
    (index, low, high), rest = e.limits[0], e.limits[1:]
    body = sympy.Sum(e.function, *rest) if rest else e.function
    return sum([scalar(body, {**at, index: i}) for i in range(size(low, at), size(high, at) + 1)])


def applied(e: Any, at: Values) -> Array:
    (t,), law = e.function.variables, e.function.expr
    return np.vectorize(lambda x: scalar(law, {**at, t: x}), otypes=[complex])(value(e.expr, at)).real


def function_matrix(e: Any, at: Values) -> Array:
    rows, columns = size(e.rows, at), size(e.cols, at)
    i, j = e.lamda.variables
    return np.array(
        [[float(scalar(e.lamda.expr, {**at, i: r, j: c})) for c in range(columns)] for r in range(rows)]
    )


def columns(a: Array) -> Array:
    return np.asarray(a).reshape(-1, 1)


def hadamard_power(e: Any, at: Values) -> Array:
    return np.power(np.asarray(value(e.base, at)), value(e.exp, at))


def many(join: Callable[[Array, Array], Array]) -> Callable[[Any, Values], Array]:
    def joined(e: Any, at: Values) -> Array:
        out = value(e.args[0], at)
        for a in e.args[1:]:
            out = join(out, value(a, at))
        return out

    return joined


RULES: dict[Any, Callable[[Any, Values], Any]] = {
    (mx.MatMul, sympy.Mul): product,
    (mx.MatAdd, sympy.Add): total,
    (mx.MatPow, sympy.Pow): power,
    mx.Transpose: lambda e, at: value(e.arg, at).T,
    mx.Adjoint: lambda e, at: np.conj(value(e.arg, at)).T,
    mx.Trace: lambda e, at: np.trace(value(e.arg, at)),
    mx.Determinant: lambda e, at: np.linalg.det(value(e.arg, at)),
    mx.HadamardProduct: many(np.multiply),
    mx.HadamardPower: hadamard_power,
    mx.KroneckerProduct: many(np.kron),
    DotProduct: lambda e, at: (columns(value(e.args[0], at)) * columns(value(e.args[1], at))).sum(),
    mx.DiagMatrix: lambda e, at: np.diag(np.ravel(value(e.args[0], at))),
    mx.DiagonalMatrix: lambda e, at: np.diag(np.diag(value(e.args[0], at))),
    mx.DiagonalOf: lambda e, at: columns(np.diag(value(e.args[0], at))),
    mx.Identity: lambda e, at: np.eye(size(e.rows, at)),
    mx.OneMatrix: lambda e, at: np.ones((size(e.rows, at), size(e.cols, at))),
    mx.ZeroMatrix: lambda e, at: np.zeros((size(e.rows, at), size(e.cols, at))),
    mx.matexpr.MatrixElement: entry,
    sympy.Sum: sum_over,
    mx.applyfunc.ElementwiseApplyFunction: applied,
    arrays.ArrayElementwiseApplyFunc: applied,
    arrays.ArrayContraction: lambda e, at: np.trace(value(e.args[0], at)),
    arrays.ArrayDiagonal: lambda e, at: columns(np.diag(value(e.args[0], at))),
    arrays.Reshape: lambda e, at: columns(value(e.args[0], at)),
    mx.FunctionMatrix: function_matrix,
    sympy.KroneckerDelta: lambda e, at: float(scalar(e.args[0], at) == scalar(e.args[1], at)),
}

_SPECIAL: dict[str, Callable[..., Any]] = {
    "Abs": abs, "Max": max, "Min": min, "sign": np.sign, "conjugate": np.conj, "re": np.real, "im": np.imag,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "Heaviside": lambda t, h=0.5: np.heaviside(t, h),
    "erf": lambda t: float(sympy.erf(t)), "loggamma": lambda t: float(sympy.loggamma(t)),
    "polygamma": lambda k, t: float(sympy.polygamma(int(k), t)),
    "Mod": lambda a, b: a % b, "floor": np.floor,
    "erfc": lambda t: float(sympy.erfc(t)),
    "sec": lambda t: 1 / np.cos(t), "csc": lambda t: 1 / np.sin(t), "cot": lambda t: 1 / np.tan(t),
    "sech": lambda t: 1 / np.cosh(t), "csch": lambda t: 1 / np.sinh(t), "coth": lambda t: 1 / np.tanh(t),
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{n: getattr(np, n) for n in "exp log sin cos tan sinh cosh tanh".split()},
    **_SPECIAL,
}


# ---------------------------------------------------------------- derivatives by differences
def jacobian(f: Callable[[Array], Array], x: Array, widest: float = 1e-3) -> Array:
    """d vec f / d vec x', columns stacked, by extrapolated central differences."""
    x = np.asarray(x, dtype=float)

    def vec(a: Array) -> Array:
        return np.ravel(np.asarray(a, dtype=float), order="F")

    rows = []
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = 1.0
        step = step.reshape(x.shape, order="F")

        def difference(h: float, step: Array = step) -> Array:
            return (vec(f(x + h * step)) - vec(f(x - h * step))) / (2 * h)

        rows.append((4 * difference(widest / 2) - difference(widest)) / 3)
    return np.array(rows).T
