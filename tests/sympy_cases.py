"""Matrix expressions as people build them in SymPy: the functions that SymPy's own tests of derivatives ask about.

Each case is a name, an expression and the variable.  `REFUSED` are those which have no form with two indices.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sympy
from sympy import Determinant, Inverse, MatAdd, MatMul, MatrixSymbol, Rational, S, Sum, Trace, cos, exp, log, sin, tan
from sympy.matrices.expressions import OneMatrix, hadamard_power, hadamard_product
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.tensor.array.expressions.array_expressions import (
    ArrayContraction,
    ArrayDiagonal,
    ArrayElementwiseApplyFunc,
    ArraySymbol,
    ArrayTensorProduct,
    Reshape,
)


class Case(NamedTuple):
    """An expression and the variable of the derivative."""

    name: str
    f: Any
    wrt: Any


i, j, k = sympy.symbols("i j k")
mu = sympy.Symbol("mu")
X, A, B, C, D = (MatrixSymbol(n, k, k) for n in "XABCD")
x, y, a, b, c, d = (MatrixSymbol(n, k, 1) for n in "xyabcd")
third, cube = Rational(1, 3), ArraySymbol("A", (3, 2, k))

BY_A_SCALAR = {
    "a matrix without it": A, "a product without it": A * (X + B) * c, "a vector without it": x,
    "an inner product without it": x.T * y, "an outer product without it": x * x.T, "a sum without it": x + y,
    "squares without it": hadamard_power(x, 2), "a power with it": hadamard_power(x, i),
    "a Hadamard product without it": hadamard_product(x, y),
    "a Hadamard product with it": hadamard_product(i * OneMatrix(k, 1), x, y), "a multiple": i * x,
    "a function times a product": sin(i) * A * B * x, "a function of entries without it": x.applyfunc(sin),
    "a trace": Trace(i**2 * X), "sines of multiples": (i**2 * x).applyfunc(sin),
    "sines of a product": (log(i) * A * B).applyfunc(sin),
}  # fmt: skip
BY_A_VECTOR = {
    "a multiple": 2 * mu * x, "a sum of entries": MatMul(x.T, OneMatrix(k, 1)), "itself": x, "its transpose": x.T,
    "an entry": x[i, 0], "69, from the left": x.T * a, "69, its entry": (x.T * a)[0, 0], "69": a.T * x,
    "78": (B * x + b).T * C * (D * x + d), "81": x.T * B * x, "a cubic": x * x.T * x, "an inner product": x.T * y,
    "an inner product, its entry": (x.T * y)[0, 0], "a root": (x.T * y) ** S.Half, "a length": (x.T * x) ** S.Half,
    "a root of two": (c.T * a * x.T * b) ** S.Half, "a third power": (c.T * a * x.T * b) ** third,
    "tangents": x.applyfunc(tan), "an entry of tangents": x.applyfunc(tan)[i, 0],
    "a product of exponentials": A * x.applyfunc(exp),
    "a form and a dimension": x.T * A * x + k * y.applyfunc(sin).T * x, "sines and a vector": x.applyfunc(sin).T * y,
    "a Hadamard product": hadamard_product(a, x, b), "squares": hadamard_power(x, 2),
    "squares of a row": hadamard_power(x.T, 2), "roots of entries": hadamard_power(x, S.Half),
}  # fmt: skip
BY_A_MATRIX = {
    "itself": X, "its transpose": X.T, "twice itself": 2 * X, "a sum with itself": MatAdd(X, X), "a sum": X + B,
    "another matrix": A, "61": a.T * Inverse(X) * b, "62": Determinant(Inverse(X)), "63": Trace(A * Inverse(X) * B),
    "64": Trace(Inverse(X + A)), "70": a.T * X * b, "71": a.T * X.T * b, "72": a.T * X * a, "72, turned": a.T * X.T * a,
    "77": b.T * X.T * X * c, "82": b.T * X.T * D * X * c, "83": (X * b + c).T * D * (X * b + c),
    "83, its entry": ((X * b + c).T * D * (X * b + c))[0, 0], "a trace times a matrix": Trace(X) * X,
    "an entry of that": (Trace(X) * X)[i, j], "99": Trace(X), "99, as a sum": Trace(X).rewrite(Sum),
    "100": Trace(X * A), "100, as a sum": Trace(X * A).rewrite(Sum), "101": Trace(A * X * B),
    "101, as a sum": Trace(A * X * B).rewrite(Sum), "102": Trace(A * X.T * B), "103": Trace(X.T * A),
    "104": Trace(A * X.T), "105": Trace(sympy.KroneckerProduct(A, X)), "106": Trace(X**2), "107": Trace(X**2 * B),
    "107, unevaluated": Trace(MatMul(X, X, B)), "108": Trace(X.T * B * X), "109": Trace(B * X * X.T),
    "110": Trace(X * X.T * B), "111": Trace(X * B * X.T), "112": Trace(B * X.T * X), "113": Trace(X.T * X * B),
    "114": Trace(A * X * B * X), "115": Trace(X.T * X), "115, turned": Trace(X * X.T),
    "116": Trace(B.T * X.T * C * X * B), "117": Trace(X.T * B * X * C), "118": Trace(A * X * B * X.T * C),
    "119": Trace((A * X * B + C) * (A * X * B + C).T), "120": Trace(sympy.KroneckerProduct(X, X)),
    "120, as a product": Trace(X) * Trace(X), "121": Trace(X**k), "122": Trace(A * X**k),
    "123": Trace(B.T * X.T * C * X * X.T * C * X * B), "124": Trace(A * X ** (-1) * B),
    "125": Trace(Inverse(X.T * C * X) * A), "126": Trace((X.T * C * X).inv() * (X.T * B * X)),
    "127": Trace((A + X.T * C * X).inv() * (X.T * B * X)),
    "a long one": a.T * (
        A * X * (X.T * B + X * A)
        + B.T * X.T * (a * b.T * (X * D * X.T + X * (X.T * B + A * X) * D * B - X.T * C.T * A) * B
                       + B * (X * D.T + B * A * X * A.T - 3 * X * D)) * B
        + 42 * X * B * X.T * A.T * (X + X.T)
    ) * b,
    "three traces": 3 * Trace(X), "a dimension": k, "a square of a trace": Trace(X) ** 2,
    "a trace of a multiple": Trace(Trace(X) * X), "a trace in a trace": Trace(Trace(Trace(X) * X) * X),
    "a root": (a.T * X * b) ** S.Half, "a root between vectors": d.T * x * (a.T * X * b) ** S.Half * y.T * c,
    "a sine of a form": (a.T * X * b).applyfunc(sin), "sines between vectors": a.T * X.applyfunc(sin) * b,
    "sines of a product": a.T * (A * X * B).applyfunc(sin) * b,
    "sines of a vector, a row": a.T * (A * X * b).applyfunc(sin) * b.T,
    "sines between matrices": a.T * A * X.applyfunc(sin) * B * b,
    "logarithms of sines": a.T * (A * X.applyfunc(exp) * B).applyfunc(cos) * b,
    "a function of a function": a.T * (X.applyfunc(sin)).applyfunc(exp) * b,
    "a Hadamard product": a.T * hadamard_product(A, X, B) * b, "a square of a form": hadamard_power(a.T * X * b, 2),
    "a root of a form": hadamard_power(a.T * X * b, S.Half), "a contraction": ArrayContraction(X, (0, 1)),
    "a diagonal": ArrayDiagonal(X, (0, 1)), "sines": ElementwiseApplyFunction(sin, X),
    "sines of an array": ArrayElementwiseApplyFunc(sin, X), "a reshaped matrix": Reshape(X, (k**2,)),
}  # fmt: skip
OF_HIGHER_RANK = {
    "a tensor product": (ArrayTensorProduct(A, X, B), X), "an array": (cube, cube),
    "sines of an array of rank three": (ArrayElementwiseApplyFunc(sin, cube), cube),
}  # fmt: skip

CASES = [
    *(Case(f"{name}, by a scalar", f, i) for name, f in BY_A_SCALAR.items()),
    *(Case(f"{name}, by a vector", f, x) for name, f in BY_A_VECTOR.items()),
    *(Case(f"{name}, by a matrix", f, X) for name, f in BY_A_MATRIX.items()),
    *(Case(name, f, wrt) for name, (f, wrt) in OF_HIGHER_RANK.items()),
]
