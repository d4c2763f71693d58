"""The functions which people call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import syntax
from .derivation import Derivation
from .engine.frobenius import Frobenius
from .engine.problem import Outline, Problem
from .errors import ShapeError
from .near import one_of
from .question import METHODS, Assume, Question, Rules, Shapes, base_book, law_of, rule_book
from .settings import check_entry, entry_of
from .shapes import kind_text
from .terms import Table, Term
from .userfunctions import UserFunction, defined, register


def gradient(
    f: Any,
    wrt: Any,
    *,
    shapes: Shapes | None = None,
    assume: Assume | None = None,
    convention: str | None = None,
    method: str = "frobenius",
    layout: str = "denominator",
    entry: tuple[Any, Any] | None = None,
    verify: bool = True,
    rules: Rules = None,
    reading: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Derivation:
    """The gradient of a scalar function, with the proof, each line verified by numbers.

    `f` is an expression in the syntax of SYNTAX (a string) or a term; `wrt` the name of the variable.  `shapes`
    maps names to ``"m x n"``, ``"n"`` (a column vector) or ``"scalar"``; `assume` maps names to properties.  The
    result has the shape of the variable.  `entry` ``(i, j)`` adds the derivative by one entry.

    Raises `DeriveError`: ParseError, ShapeError, NoRuleError, VerificationError, LimitError.

    >>> gradient("norm(A*x - b)^2", "x", shapes={"A": "m x n", "x": "n", "b": "m"}).result
    <2*A'*(A*x - b)>
    """
    one_of("method", method, METHODS)
    one_of("layout", layout, ("denominator", "numerator"))
    question = Question("gradient", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify)
    question.wants_scalar("a gradient", _instead(question))
    indices = entry_of(entry)
    check_entry(question.variable_name, indices, question.variable.shape)
    return question.answer(_method(method), method=method, layout=layout, entry=indices)


def differential(
    f: Any,
    wrt: Any,
    *,
    shapes: Shapes | None = None,
    assume: Assume | None = None,
    convention: str | None = None,
    layout: str = "denominator",
    verify: bool = True,
    rules: Rules = None,
    reading: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Derivation:
    """The differential dF of any function, linear in dX.

    >>> differential("inv(X)", "X").result
    <-inv(X)*dX*inv(X)>
    """
    one_of("layout", layout, ("denominator", "numerator"))
    question = Question(
        "differential", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify
    )
    return question.answer(
        lambda p, _: Frobenius(p).differential(), method="frobenius", layout=layout, entry=None
    )


def jacobian(
    f: Any,
    wrt: Any,
    *,
    shapes: Shapes | None = None,
    assume: Assume | None = None,
    convention: str | None = None,
    layout: str = "denominator",
    verify: bool = True,
    rules: Rules = None,
    reading: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Derivation:
    """The Jacobian of a vector (or scalar) function of a vector (or scalar): entry (i, j) is df_i/dx_j.

    >>> jacobian("tanh(A*x)", "x", shapes={"A": "m x n", "x": "n"}).result
    <diag(ones(m) - tanh(A*x).^2)*A>
    """
    question = Question("jacobian", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify)
    for what, term in (("f", question.f), (question.variable_name, question.variable)):
        if term.shape[1] != 1:
            raise ShapeError(
                f"a Jacobian is of a column vector by a column vector, and {what} is {kind_text(term.shape)}",
                text=question.text if what == "f" else None,
                span=(0, len(question.text)),
                hint="ask for the matrix Jacobian d vec(F) / d vec(X)' (derive.matrix_jacobian)",
            )
    return question.answer(_jacobian, method="frobenius", layout=layout, entry=None)


def matrix_jacobian(
    f: Any,
    wrt: Any,
    *,
    shapes: Shapes | None = None,
    assume: Assume | None = None,
    convention: str | None = None,
    layout: str = "denominator",
    verify: bool = True,
    rules: Rules = None,
    reading: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Derivation:
    """The matrix d vec(F) / d vec(X)', columns stacked.

    >>> matrix_jacobian("A*X*B", "X", shapes={"A": "p x m", "X": "m x n", "B": "n x q"}).result
    <kron(B', A)>
    """
    question = Question(
        "matrix_jacobian", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify
    )
    return question.answer(_jacobian, method="frobenius", layout=layout, entry=None)


def hessian(
    f: Any,
    wrt: Any,
    *,
    shapes: Shapes | None = None,
    assume: Assume | None = None,
    convention: str | None = None,
    layout: str = "denominator",
    verify: bool = True,
    rules: Rules = None,
    reading: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Derivation:
    """The Hessian of a scalar function of a scalar, a vector, or (of vec X) a matrix.

    >>> hessian("x'*A*x", "x", shapes={"A": "n x n", "x": "n"}).result
    <A + A'>
    """
    question = Question("hessian", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify)
    question.wants_scalar("a Hessian", "the Jacobian or the matrix Jacobian (derive.matrix_jacobian)")

    def derive_(problem: Problem, _: Any) -> Outline:
        from .engine.hessian import Hessian

        return Hessian(problem).hessian()

    return question.answer(derive_, method="frobenius", layout=layout, entry=None)


def _jacobian(problem: Problem, _: Any) -> Outline:
    from .engine.jacobian import Jacobian

    return Jacobian(problem).jacobian()


def wirtinger(
    f: Any,
    wrt: Any,
    *,
    kind: str = "d/dZ*",
    shapes: Shapes | None = None,
    assume: Assume | None = None,
    convention: str | None = None,
    layout: str = "denominator",
    verify: bool = True,
    rules: Rules = None,
    reading: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Derivation:
    """A derivative by a complex variable Z; every variable is complex unless it is declared `real`.

    `kind` is ``d/dZ`` or ``d/dZ*`` (Z and conj(Z) independent), ``gradient`` (twice d/dZ*), ``d/dReZ``, ``d/dImZ``, or
    ``differential`` (of any function, linear in dZ and conj(dZ)).  The result has the shape of Z, entry by entry;
    ' is the plain transpose.

    >>> wirtinger("norm(A*z - b)^2", "z", kind="gradient", shapes={"A": "m x n", "z": "n", "b": "m"}).result
    <2*conj(A)'*(A*z - b)>
    """
    from .complexquestion import ComplexQuestion, kinds
    from .engine.wirtinger import Wirtinger

    one_of("kind", kind, kinds())
    one_of("layout", layout, ("denominator",))
    question = ComplexQuestion(
        "wirtinger", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify
    )
    question.kind = kind
    if kind != "differential":
        question.wants_scalar("this derivative", "the kind differential")
    return question.answer(lambda p, _: Wirtinger(p, kind).derive(), method="frobenius", layout=layout, kind=kind)


def function(name: str, body: str, derivative: str | None = None, variable: str | None = None) -> UserFunction:
    """An elementwise function of your own, known to all later questions of the process.

    `body` is an expression in one scalar name (`variable`, or the only free name); `derivative` its derivative, which
    is worked out where it is not given and verified by numbers where it is.  The function returned has `remove()`,
    and may be passed as ``rules=[swish]``.  Another body under the same name replaces the first.

    Raises `ParseError` for a name that is taken and a body that is not understood, `VerificationError` for a wrong
    derivative.

    >>> swish = function("swish", "t*sigmoid(t)")
    >>> gradient("sum(swish(x))", "x").result
    <sigmoid(x).*(ones(n) + x.*(ones(n) - sigmoid(x)))>
    >>> swish.remove()
    """
    return register(defined(name, body, derivative, variable, base_book(), law_of))


def parse(text: str, shapes: Shapes | None = None) -> Term:
    """The term of an ASCII expression (SYNTAX), shapes inferred.

    >>> parse("norm(X*A')^2/2")
    <norm(X*A')^2/2>
    """
    book = rule_book()
    reading = syntax.read(
        text, table=Table(), signatures=book.signatures, shapes=shapes, assume=None, wrt=None
    )
    return reading.term


def parse_latex(text: str, shapes: Shapes | None = None, reading: Mapping[str, str] | None = None) -> Term:
    r"""The term of a LaTeX formula, as people type it.

    `shapes` declares the variables; without it the convention for names holds.  `reading` decides words with several
    senses (``{"exp": "entrywise"}``).  Raises `ParseError`, `ShapeError`, and `AmbiguityError` where a formula has two
    readings.

    >>> parse_latex(r"\tfrac12 \|XA^\top\|_F^2")
    <norm(X*A')^2/2>
    """
    from .latex_reader import read_latex

    signatures = rule_book().signatures
    return read_latex(text, table=Table(), signatures=signatures, shapes=shapes, reading=reading).term


def _method(name: str) -> Callable[[Problem, Any], Outline]:
    if name == "perturbation":
        from .engine.perturbation import Perturbation

        return lambda problem, entry: Perturbation(problem, entry or ("i", "j")).gradient()
    if name == "entrywise":
        from .engine.entrywise import Entrywise

        return lambda problem, entry: Entrywise(problem, entry or ("i", "j")).gradient()
    return lambda problem, entry: Frobenius(problem).gradient()


def _instead(question: Question) -> str:
    """What takes a function that is no scalar."""
    if question.f.shape[1] == question.variable.shape[1] == 1:
        return "the Jacobian (derive.jacobian)"
    return "the differential (derive.differential)"


__all__ = [
    "differential", "function", "gradient", "hessian", "jacobian", "matrix_jacobian", "parse", "parse_latex",
    "rule_book", "wirtinger",
]  # fmt: skip
