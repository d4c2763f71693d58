"""The functions which people call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from os import PathLike
from typing import Any, Union

from . import syntax
from .audit import Auditor, Lines
from .derivation import Derivation, Line, Verification
from .engine.frobenius import Frobenius
from .engine.problem import Outline, Problem
from .errors import DeriveError, NoRuleError, ParseError, ShapeError
from .rulebook import RuleBook
from .ruleproof import explained_functions
from .terms import SCALAR, Table, Term, shape_text

#: Properties that tie entries of a variable to one another.
STRUCTURE = frozenset(
    "symmetric skew diagonal lower_triangular toeplitz hermitian orthogonal orthonormal_columns positive_definite".split()
)
CONVENTIONS = ("tangent", "free", "tied", "riemannian")
METHODS = ("frobenius", "perturbation", "entrywise")
DEFAULT_TERMS, DEFAULT_SECONDS = 1_000_000, 60.0

Shapes = Mapping[str, str]
Assume = Mapping[str, Sequence[str]]
Rules = Union[str, "PathLike[str]", Iterable[Union[str, "PathLike[str]"]], None]


@lru_cache(maxsize=1)
def _book() -> RuleBook:
    return RuleBook.load()


def rule_book(rules: Rules = None) -> RuleBook:
    """The rule book, with the rules of the user's files: checked and verified first, refused where one is wrong.

    Raises `ParseError` for a file that cannot be read, `RuleError` for one that is not understood and
    `VerificationError` for a rule that is wrong.
    """
    paths = [rules] if isinstance(rules, (str, PathLike)) else list(rules or ())
    if not paths:
        return _book()
    from .userbook import book_with, read_files

    return book_with(read_files(paths))


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
    _one_of("method", method, METHODS)
    _one_of("layout", layout, ("denominator", "numerator"))
    question = _Question("gradient", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify)
    if question.f.shape != SCALAR:
        raise ShapeError(
            f"a gradient is of a scalar function, and f is {_kind(question.f)}",
            text=question.text,
            span=(0, len(question.text)),
            hint="ask for the differential (derive.differential), or make f a scalar: tr(...), sum(...), norm(...)^2",
        )
    return question.answer(_method(method), method=method, layout=layout, entry=entry)


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
    _one_of("layout", layout, ("denominator", "numerator"))
    question = _Question("differential", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify)
    return question.answer(lambda p, _: Frobenius(p).differential(), method="frobenius", layout=layout, entry=None)


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
    question = _Question("jacobian", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify)
    for what, term in (("f", question.f), (question.variable_name, question.variable)):
        if term.shape[1] != 1:
            raise ShapeError(
                f"a Jacobian is of a column vector by a column vector, and {what} is {_kind(term)}",
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
    question = _Question("matrix_jacobian", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify)
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
    question = _Question("hessian", f, wrt, shapes, assume, convention, rules, reading, limits, seed, verify)
    if question.f.shape != SCALAR:
        raise ShapeError(f"a Hessian is of a scalar function, and f is {_kind(question.f)}")

    def derive_(problem: Problem, _: Any) -> Outline:
        from .engine.hessian import Hessian

        return Hessian(problem).hessian()

    return question.answer(derive_, method="frobenius", layout=layout, entry=None)


def _jacobian(problem: Problem, _: Any) -> Outline:
    from .engine.jacobian import Jacobian

    return Jacobian(problem).jacobian()


def _later(name: str) -> Callable[..., Derivation]:
    def ask(*_: Any, **__: Any) -> Derivation:
        raise NoRuleError(f"`{name}` is not supported yet", hint="ask for the gradient or the differential")

    ask.__name__ = name
    ask.__doc__ = f"Not supported yet: raises NoRuleError.  (`{name}`)"
    return ask


wirtinger = _later("wirtinger")


def parse(text: str, shapes: Shapes | None = None) -> Term:
    """The term of an ASCII expression (SYNTAX), shapes inferred.

    >>> parse("norm(X*A')^2/2")
    <norm(X*A')^2/2>
    """
    book = rule_book()
    reading = syntax.read(text, table=Table(), signatures=book.signatures, shapes=shapes, assume=None, wrt=None)
    return reading.term


# ---------------------------------------------------------------- one question
class _Question:
    """An expression read, and all that was said about it."""

    def __init__(
        self,
        name: str,
        f: Any,
        wrt: Any,
        shapes: Shapes | None,
        assume: Assume | None,
        convention: str | None,
        rules: Rules,
        reading: Mapping[str, str] | None,
        limits: Mapping[str, float] | None,
        seed: int,
        verify: bool,
    ) -> None:
        start = time.monotonic()
        limits = dict(limits or {})
        unknown = set(limits) - {"terms", "seconds"}
        if unknown:
            raise DeriveError(f"unknown limit {sorted(unknown)[0]!r}", hint="limits are 'terms' and 'seconds'")
        self.name, self.seed, self.verify = name, seed, verify
        self.book = rule_book(rules)
        self.text = f if isinstance(f, str) else str(f)
        self.variable_name = wrt if isinstance(wrt, str) else wrt.name
        deadline = start + float(limits.get("seconds", DEFAULT_SECONDS))
        self.table = Table(int(limits.get("terms", DEFAULT_TERMS)), deadline)
        assume = {k: list(v) for k, v in (assume or {}).items()}
        self.structure = [p for p in assume.get(self.variable_name, ()) if p in STRUCTURE]
        if convention is not None:
            _one_of("convention", convention, CONVENTIONS)
        self.convention = (convention or "tangent") if self.structure else None
        self.reading = syntax.read(
            self.text,
            table=self.table,
            signatures=self.book.signatures,
            shapes=shapes,
            assume=assume,
            wrt=self.variable_name,
        )
        self.f = self.reading.term
        self.variable = self.reading.symbols[self.variable_name]

    def answer(
        self, derive_: Callable[[Problem, Any], Outline], **settings: Any
    ) -> Derivation:
        from .engine.reading_off import finish
        from .engine.structure import at_point, free_reading, project

        reading, variable = free_reading(self.reading, self.variable_name, self.structure, self.table)
        problem = Problem(
            book=self.book,
            table=self.table,
            f=reading.term,
            variable=variable,
            symbols=reading.symbols,
            definitions=[(n, reading.defined[n], t) for n, t in reading.definitions],
            shapes=reading.shapes,
            structured=self.variable if self.structure else None,
            structure=self.structure,
            convention=self.convention,
        )
        outline = derive_(problem, settings.get("entry"))
        if self.convention and self.name == "gradient":
            project(problem, outline, self.variable, self.structure, self.convention)
        elif self.convention:
            at_point(problem, outline, self.variable)
        if self.name == "gradient":
            finish(problem, outline, settings["layout"], settings["entry"] if settings["method"] == "frobenius" else None)
        proof, verification = self._proof(problem, outline, settings["layout"] == "numerator")
        assert outline.result is not None and outline.compact is not None
        return Derivation(
            question=self.name,
            source=self.text,
            variable=reading.symbols[self.variable_name],
            result=outline.result,
            compact=outline.compact,
            proof=proof,
            steps=tuple(outline.steps),
            lets=tuple(outline.lets),
            shapes=reading.shapes,
            inferred=tuple(reading.inferred),
            assumptions=tuple(problem.rewriter.assumed),
            convention=self.convention,
            method=settings["method"],
            layout=settings["layout"],
            verification=verification,
            settings={
                **settings,
                "functions": self.book.functions,
                "assumed": tuple(problem.rewriter.assumed.values()),
            },
        )

    def _proof(
        self, problem: Problem, outline: Outline, transposed: bool
    ) -> tuple[Mapping[str, tuple[Line, ...]], Verification]:
        """The lines at each detail, checked; the full detail is made when it is asked for."""
        from .engine.entrywise import single_entry

        brief, normal = outline.lines(0), outline.lines(1)
        if not self.verify:
            return {"brief": brief, "normal": normal, "full": outline.lines(2)}, Verification("none", 0, 0)
        structured = self.reading.symbols[self.variable_name]
        explained = explained_functions(self.book)
        auditor = Auditor(
            problem.f,
            structured,
            {**problem.symbols, self.variable_name: structured},
            outline.lets,
            self.seed,
            (lambda t: explained.plain(t, self.table)) if explained else None,
            convention=self.convention,
            transposed=transposed,
            direction=single_entry(problem).name,
        )
        assert outline.result is not None
        name = problem.variable.name
        lhs = {"differential": "df", "hessian": f"d2f/d{name}2"}.get(self.name, f"df/d{name}")
        unseen = [line for line in (*brief, *outline.claims) if line not in normal]
        verification = auditor.check([*normal, *unseen, Line(lhs, "=", outline.result)])
        verification = replace(verification, lines=len(normal))

        def full() -> tuple[Line, ...]:
            lines = outline.lines(2)
            auditor.check(lines)
            return lines

        return Lines({"brief": brief, "normal": normal}, {"full": full}), verification


def _method(name: str) -> Callable[[Problem, Any], Outline]:
    if name == "perturbation":
        from .engine.perturbation import Perturbation

        return lambda problem, entry: Perturbation(problem, entry or ("i", "j")).gradient()
    if name == "entrywise":
        from .engine.entrywise import Entrywise

        return lambda problem, entry: Entrywise(problem, entry or ("i", "j")).gradient()
    return lambda problem, entry: Frobenius(problem).gradient()


def _one_of(what: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise DeriveError(f"unknown {what} {value!r}", hint=f"{what} is one of {', '.join(choices)}")


def _kind(term: Term) -> str:
    return f"{shape_text(term.shape)}"


__all__ = ["ParseError", "differential", "gradient", "hessian", "jacobian", "matrix_jacobian", "parse", "wirtinger"]
