"""The page ``sympy.md``: what SymPy answers to derivatives by a matrix, what is right, and the proof."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import sympy
from sympy import Abs, Determinant, MatrixSymbol, Sum, Trace, exp, log, sin, sqrt, symbols

import derive
from derive.interop.sympy_classes import CLASSES

#: The version of which the page speaks.
VERSION = "1.14.0"


class Case(NamedTuple):
    """A function whose derivative SymPy gets wrong without saying so."""

    title: str
    f: Any
    wrt: Any
    question: str = "gradient"


n = symbols("n", integer=True, positive=True)
i, j = symbols("i j", integer=True)
X, A = MatrixSymbol("X", n, n), MatrixSymbol("A", n, n)
x = MatrixSymbol("x", n, 1)
M = X * A.T
CASES = [
    Case("the log-determinant", log(Determinant(X)), X),
    Case("a trace and a constant", Trace(A * X) + 1, X),
    Case("a Rayleigh quotient", Trace(x.T * A * x) / Trace(x.T * x), x),
    Case("a Rayleigh quotient of entries", (x.T * A * x)[0, 0] / (x.T * x)[0, 0], x),
    Case("the unit vector x/|x|", x / sqrt(Trace(x.T * x)), x, "jacobian"),
    Case("a determinant times a trace", Determinant(X) * Trace(A * X), X),
    Case("the sum of the squares of the entries of X*A.T", Sum(Sum(M[i, j] ** 2, (i, 0, n - 1)), (j, 0, n - 1)), X),
    Case("a sum over entries", Sum(X[i, j] * A[i, j], (i, 0, n - 1), (j, 0, n - 1)), X),
    Case("the square of a determinant", Determinant(X) ** 2, X),
    Case("a quotient of traces", Trace(A * X) / Trace(X), X),
    Case("one over a trace", 1 / Trace(A * X), X),
    Case("an exponential times a trace", exp(Trace(X)) * Trace(A * X), X),
    Case("the exponential of a trace", exp(Trace(A * X)), X),
    Case("the logarithm of a trace", log(Trace(A * X)), X),
    Case("a sine of a trace", sin(Trace(X)), X),
    Case("softplus of a trace", log(1 + exp(Trace(A * X))), X),
    Case("the absolute value of a trace", Abs(Trace(A * X)), X),
    Case("a square and a trace", Trace(A * X) ** 2 + Trace(X), X),
    Case("a squared length and a constant", sympy.Add(x.T * x, 1), x),
    Case("the logarithm of a squared length", log(x.T * x), x),
    Case("a Gaussian", exp(-x.T * x / 2), x),
    Case("the square of an entry", X[0, 0] ** 2, X),
]


def of_sympy(case: Case) -> Any:
    """SymPy's own derivative."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return case.f.diff(case.wrt)


def of_derive(case: Case) -> derive.Derivation:
    """The proof of the right one."""
    proof: derive.Derivation = getattr(derive, case.question)(case.f, case.wrt)
    return proof


def block(language: str, text: str) -> Iterator[str]:
    yield from (f"```{language}", text, "```", "")


def section(number: int, case: Case) -> Iterator[str]:
    proof = of_derive(case)
    yield from (f"### {number}. {case.title[0].upper()}{case.title[1:]}", "")
    yield from block("text", f"f = {case.f}")
    yield from (f"SymPy's `f.diff({case.wrt})`:", "")
    yield from block("text", str(of_sympy(case)))
    yield from (f"`derive.{case.question}(f, {case.wrt})`, as ASCII and by `.to_sympy()`:", "")
    yield from block("text", f"{proof.result}\n{proof.to_sympy()}")
    yield from block("text", proof.text())


_HEAD = """
# Beside SymPy

SymPy {version} differentiates many matrix expressions rightly. Of some it returns a wrong derivative, and no error:
mostly a 0, or a derivative in which one factor of a product of scalars was held constant. The {count} functions below
are of this kind; the tests compare both answers with numerical differentiation. An expression of SymPy can be handed to
`derive` as it is:

```python
>>> import derive
>>> from sympy import Determinant, MatrixSymbol, log, symbols
>>> n = symbols("n", integer=True, positive=True)
>>> X = MatrixSymbol("X", n, n)
>>> derive.gradient(log(Determinant(X)), X).to_sympy()
X.T**(-1)

```

## What is read, and how

`f` of every question may be a SymPy expression, and `wrt` a `Symbol` or `MatrixSymbol` (or its name). The shapes are
those of the symbols; `shapes` and `assume` may add to them, and what contradicts them is an error. The proof says how
the expression was read. SymPy itself is asked for nothing but the tree of the expression.

- A dimension is a positive integer, a symbol, or a product of these (`2*n`, `n**2`); `n + 1` is refused: give it a
  letter.
- A `MatrixSymbol` of n x 1 is a column vector, of 1 x n a row, of 1 x 1 a scalar. A product that is 1 x 1 is a scalar
  wherever a scalar is needed.
- A `Symbol` is a scalar. `positive=True` is the property positive, with `integer=True` positive_integer; for
  `derive.wirtinger`, where variables are complex, `real=True` is real. Elsewhere all variables are real, and `Adjoint`
  is the transpose: the proof says so.
- `X[i, j]` counts from 0, as SymPy does, and `unit(n, i + 1)` of the result from 1. A symbolic index is a positive
  integer (0 has to be given as a number).
- A `Sum` over entries is read where it runs over all of them (0 to n - 1) and has a form in matrices:
  `Sum(X[i, j]*A[i, j], (i, 0, n - 1), (j, 0, n - 1))` is `X : A`.
- `X.applyfunc(f)` is entrywise; `exp(X)`, `log(X)`, `sin(X)`, `cos(X)` and `sqrt(X)` of a square matrix are the matrix
  functions.
- Two symbols of one name (with other assumptions, say) are an error that names both, and so is everything else that is
  not read: `Piecewise`, `Derivative`, undefined functions, blocks, slices.

The classes that are read:
{classes}.

## What comes back

`proof.to_sympy()` is the result as a SymPy expression: in the symbols of the question, or, for a question in text, in
new ones. Scalars that are products of matrices are written with `Trace`. `adj(X)` is written `Determinant(X)*X**(-1)`,
which it is where X is invertible. A function without a form in SymPy (`tril`, `expm`, `pinv` ...) is an error that
names it.

## Wrong without a word
"""


def sympy_page() -> str:
    """The whole page."""
    hidden = {"MatrixBase": "Matrix", "Exp1": "E", "Pi": "pi", "ImaginaryUnit": "I"}
    names = {hidden.get(cls.__name__, cls.__name__) for cls in CLASSES}
    classes = textwrap.fill(", ".join(f"`{name}`" for name in sorted(names, key=str.lower)), 118)
    lines = [_HEAD.strip().format(version=VERSION, count=len(CASES), classes=classes), ""]
    for number, case in enumerate(CASES, 1):
        lines += section(number, case)
    return "\n".join(lines)
