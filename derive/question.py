"""One question: an expression read, a method run, every line checked, a `Derivation` handed out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from os import PathLike
from typing import TYPE_CHECKING, Any, Union

from .audit import Auditor, Lines, explained_functions
from .derivation import Derivation, Line, Verification
from .engine.problem import Outline, Problem
from .errors import DeriveError, ParseError
from .recognise import is_sympy, plain_name, read_any
from .records import replace
from .rulebook import RuleBook
from .syntax import Reading
from .terms import Table, Term, variables

if TYPE_CHECKING:
    from .interop.sympy_names import Names

#: Properties that tie entries of a variable to one another.
STRUCTURE = frozenset(
    "symmetric skew diagonal lower_triangular toeplitz hermitian "
    "orthogonal orthonormal_columns positive_definite".split()
)
CONVENTIONS = ("tangent", "free", "tied", "riemannian")
METHODS = ("frobenius", "perturbation", "entrywise")
DEFAULT_TERMS, DEFAULT_SECONDS = 1_000_000, 8.0

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


class Question:
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
            raise DeriveError(
                f"unknown limit {sorted(unknown)[0]!r}", hint="limits are 'terms' and 'seconds'"
            )
        for what, value in limits.items():
            if not 0 < value < float("inf"):  # nan is neither
                raise DeriveError(f"the limit of {what} is {value}", hint="a limit is a positive number")
        self.name, self.seed, self.verify = name, seed, verify
        self.book = rule_book(rules)
        self.sympy = self._sympy_names(f, wrt)
        self.text = f if isinstance(f, str) else self._source(f)
        self.variable_name = self._name_of(wrt)
        self.seconds = float(limits.get("seconds", DEFAULT_SECONDS))
        self.table = Table(int(limits.get("terms", DEFAULT_TERMS)), start + self.seconds)
        assume = {k: list(v) for k, v in (assume or {}).items()}
        self.structure = [p for p in assume.get(self.variable_name, ()) if p in STRUCTURE]
        if convention is not None:
            one_of("convention", convention, CONVENTIONS)
        self.convention = (convention or "tangent") if self.structure else None
        self.reading = self._read(f, shapes, assume, reading)
        self.f = self.reading.term
        self.variable = self.reading.symbols[self.variable_name]

    def _read(
        self, f: Any, shapes: Shapes | None, assume: Assume, reading: Mapping[str, str] | None
    ) -> Reading:
        """What f says, in whichever syntax it is."""
        if self.sympy is not None and is_sympy(f):
            from .interop.sympy_reader import read_sympy

            if reading:
                raise ParseError("a SymPy expression has no readings to choose", hint="leave the reading out")
            return read_sympy(
                f,
                self.sympy,
                table=self.table,
                signatures=self.book.signatures,
                shapes=shapes,
                assume=assume,
                wrt=self.variable_name,
            )
        if self.sympy is not None:  # a text, and SymPy's symbol as the variable
            shapes, assume = self.sympy.declared(shapes or {}), self.sympy.assumed(assume)
        return read_any(
            self.text,
            table=self.table,
            signatures=self.book.signatures,
            shapes=shapes,
            assume=assume,
            wrt=self.variable_name,
            reading=reading,
            complex_=self.name == "wirtinger",
        )

    def _sympy_names(self, f: Any, wrt: Any) -> Names | None:
        """The names of SymPy's symbols, where there are some in the question."""
        if not is_sympy(f) and not is_sympy(wrt):
            return None
        from .interop.sympy_names import Names, check_size

        check_size(f)
        return Names(complex_=self.name == "wirtinger")

    def _source(self, f: Any) -> str:
        """What is not a text, as one."""
        if self.sympy is not None and is_sympy(f):
            from .interop.sympy_names import source_of

            return source_of(f)
        return str(f)

    def _name_of(self, wrt: Any) -> str:
        """The name of the variable."""
        if isinstance(wrt, str):
            return plain_name(wrt)
        if self.sympy is not None and is_sympy(wrt):
            from .interop.sympy_reader import variable

            return variable(self.sympy, wrt)
        if isinstance(wrt, Term) and wrt.head == "var":
            return wrt.name
        raise ParseError(
            f"the variable is a name, a SymPy symbol or a term, not {type(wrt).__name__}",
            hint='differentiate by a name such as "X"',
        )

    def problem(self) -> Problem:
        """What a method starts from: the variable free of its structure."""
        from .engine.structure import free_reading

        reading, variable = free_reading(self.reading, self.variable_name, self.structure, self.table)
        return Problem(
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

    def answer(self, derive_: Callable[[Problem, Any], Outline], **settings: Any) -> Derivation:
        """The verified derivation by a method; `settings` are the caller's."""
        from .engine.reading_off import finish
        from .engine.structure import at_point, project

        problem, reading = self.problem(), self.reading
        outline = derive_(problem, settings.get("entry"))
        if self.convention and self.name == "gradient":
            project(problem, outline, self.variable, self.structure, self.convention)
        elif self.convention and self.name != "wirtinger":
            at_point(problem, outline, self.variable)
        if self.name == "gradient":
            finish(
                problem,
                outline,
                settings["layout"],
                settings["entry"] if settings["method"] == "frobenius" else None,
            )
        proof, verification = self._proof(problem, outline, settings["layout"] == "numerator")
        assumed = {**self._declared(problem), **problem.rewriter.assumptions()}
        assert outline.result is not None and outline.compact is not None
        return Derivation(
            question=self.name,
            source=self.text,
            variable=problem.variable,
            result=outline.result,
            compact=outline.compact,
            proof=proof,
            steps=tuple(outline.steps),
            lets=tuple(outline.lets),
            shapes=problem.shapes,
            inferred=tuple(reading.inferred),
            assumptions=tuple(assumed),
            convention=self.convention,
            method=settings["method"],
            layout=settings["layout"],
            verification=verification,
            settings={
                **settings,
                "functions": self.book.functions,
                "assumed": tuple(assumed.values()),
                "sympy": self.sympy.symbols if self.sympy is not None else {},
            },
        )

    def _declared(self, problem: Problem) -> dict[str, tuple[str, Term]]:
        """What was declared of the names in f: sentences, and pairs of a property and a variable."""
        terms = [self.reading.term, *(t for _, t in self.reading.definitions)]
        pairs = []
        for v in variables(*terms):
            for p in sorted(v.payload.props):
                less = problem.table.var(v.name, v.shape, v.payload.props - {p})
                if problem.facts.holds(p, less) is not True:  # not said by another one
                    pairs.append((p, v))
        return {problem.facts.sentence(p, v): (p, v) for p, v in pairs}

    def _proof(
        self, problem: Problem, outline: Outline, transposed: bool
    ) -> tuple[Mapping[str, tuple[Line, ...]], Verification]:
        """The lines at each detail, checked; the full detail is made when it is asked for."""
        brief, normal = outline.lines(0), outline.lines(1)
        if not self.verify:
            return {"brief": brief, "normal": normal, "full": outline.lines(2)}, Verification("none", 0, 0)
        auditor = self.auditor(problem, outline, transposed)
        assert outline.result is not None
        lhs = self.left_side(problem.variable.name)
        seen = frozenset(normal)
        unseen = [line for line in (*brief, *outline.claims) if line not in seen]
        verification = auditor.check([*normal, *unseen, Line(lhs, "=", outline.result)])
        verification = replace(verification, lines=len(normal))

        def full() -> tuple[Line, ...]:
            self.table.deadline = time.monotonic() + self.seconds
            lines = outline.lines(2)
            auditor.check(lines)
            return lines

        return Lines({"brief": brief, "normal": normal}, {"full": full}), verification

    def left_side(self, name: str) -> str:
        """Of the last line, for a variable of this name."""
        return {"differential": "df", "hessian": f"d2f/d{name}2"}.get(self.name, f"df/d{name}")

    def auditor(self, problem: Problem, outline: Outline, transposed: bool) -> Auditor:
        """What checks the lines."""
        from .engine.entrywise import single_entry

        structured = self.reading.symbols[self.variable_name]
        return Auditor(
            problem.f,
            structured,
            {**problem.symbols, self.variable_name: structured},
            outline.lets,
            self.seed,
            self.plain(),
            convention=self.convention,
            transposed=transposed,
            direction=single_entry(problem).name,
            jacobian=self.name in ("jacobian", "matrix_jacobian"),
            watch=self.table.look,
        )

    def plain(self) -> Callable[[Term], Term] | None:
        """What writes a term in functions that have values, where the book has others."""
        explained = explained_functions(self.book)
        return (lambda t: explained.plain(t, self.table)) if explained else None


def one_of(what: str, value: str, choices: Sequence[str]) -> None:
    """Raises `DeriveError` for a word that is none of the choices."""
    if value not in choices:
        raise DeriveError(f"unknown {what} {value!r}", hint=f"{what} is one of {', '.join(choices)}")
