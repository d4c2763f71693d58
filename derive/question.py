"""One question: an expression read, a method run, every line checked, a `Derivation` handed out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from os import PathLike
from typing import TYPE_CHECKING, Any, Union

from .audit import Auditor, Lines, explained_functions
from .derivation import Derivation, Line, Step, Verification
from .engine.problem import Outline, Problem
from .errors import ParseError, ShapeError
from .near import one_of
from .recognise import is_sympy, plain_name, read_any
from .records import replace
from .rulebook import Function, RuleBook
from .settings import limits_of, mapping, name_of_variable, properties_of
from .shapes import kind_text
from .syntax import Reading
from .terms import SCALAR, Table, Term, head_bits, variables
from .userfunctions import UserFunction, registered
from .verify import Unmet

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
Source = Union[str, "PathLike[str]", UserFunction]
Rules = Source | Iterable[Source] | RuleBook | None


@lru_cache(maxsize=1)
def base_book() -> RuleBook:
    """The book of `rules/` alone."""
    return RuleBook.load()


def rule_book(rules: Rules = None) -> RuleBook:
    """The rule book, with the rules of the user's files: checked and verified first, refused where one is wrong.

    Raises `ParseError` for a file that cannot be read, `RuleError` for one that is not understood and
    `VerificationError` for a rule that is wrong.
    """
    if isinstance(rules, RuleBook):
        return rules
    sources = [rules] if isinstance(rules, (str, PathLike, UserFunction)) else list(rules or ())
    known = registered()
    if not sources and not known:
        return base_book()
    from .userbook import book_with, read_files

    functions = {**known, **{f.name: f for f in sources if isinstance(f, UserFunction)}}
    files = read_files(s for s in sources if not isinstance(s, UserFunction))
    return book_with((*(f.block for f in functions.values()), *files), law_of)


def law_of(book: RuleBook, body: str) -> str:
    """The derivative of an expression in the number t by t, as text: worked out and verified; raises `DeriveError`."""
    from .engine.frobenius import Frobenius

    question = Question("gradient", body, "t", {"t": "scalar"}, None, None, book, {"syntax": "ascii"}, None, 0, True)
    found = question.answer(
        lambda p, _: Frobenius(p).gradient(), method="frobenius", layout="denominator", entry=None
    )
    return str(found.result)


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
        limits, declared = limits_of(limits), mapping("shapes", shapes, '{"X": "m x n"}')
        properties = properties_of(assume)
        if not isinstance(seed, int):
            raise ParseError("the seed is an integer")
        self.name, self.seed, self.verify = name, seed, verify
        self.book = rule_book(rules)
        self.sympy = self._sympy_names(f, wrt)
        self.text = f if isinstance(f, str) else self._source(f)
        self.variable_name = self._name_of(wrt)
        self.seconds = float(limits.get("seconds", DEFAULT_SECONDS))
        self.table = Table(int(limits.get("terms", DEFAULT_TERMS)), start + self.seconds)
        self.structure = [p for p in properties.get(self.variable_name, ()) if p in STRUCTURE]
        if convention is not None:
            one_of("convention", convention, CONVENTIONS)
        self.convention = (convention or "tangent") if self.structure else None
        self.reading = self._read(f, declared, properties, mapping("reading", reading, '{"exp": "entrywise"}'))
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
        if self.sympy is not None and is_sympy(wrt):
            from .interop.sympy_reader import variable

            return variable(self.sympy, wrt)
        return plain_name(name_of_variable(wrt))

    def wants_scalar(self, what: str, instead: str) -> None:
        """Raises `ShapeError` where f is no scalar; `what` asks for one, `instead` takes others."""
        shape = self.f.shape
        if shape == SCALAR:
            return
        latex = bool(self.reading.ascii)
        makers = [r"\|...\|^2"] if latex else ["sum(...)", "norm(...)^2"]
        if shape[0] == shape[1]:
            makers.append(r"\operatorname{tr}(...)" if latex else "tr(...)")
        raise ShapeError(
            f"{what} is of a scalar function, and f is {kind_text(shape)}",
            text=self.text,
            span=(len(self.text) - len(self.text.lstrip()), len(self.text.rstrip())),
            hint=f"ask for {instead}, or make f a scalar: {', '.join(makers)}",
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

    def answer(
        self,
        derive_: Callable[[Problem, Any], Outline],
        refuted: tuple[tuple[str, Term], ...] = (),
        **settings: Any,
    ) -> Derivation:
        """The verified derivation by a method; `settings` are the caller's.

        Where numbers show that what it assumes never holds (the determinant of a singular matrix by its inverse), it
        is derived again by rules that do not assume it: `refuted`.
        """
        try:
            return self._answer(derive_, refuted, **settings)
        except Unmet as unmet:
            if (unmet.prop, unmet.term) in refuted:
                raise
            return self.answer(derive_, (*refuted, (unmet.prop, unmet.term)), **settings)

    def _answer(
        self, derive_: Callable[[Problem, Any], Outline], refuted: Sequence[tuple[str, Term]], **settings: Any
    ) -> Derivation:
        from .engine.reading_off import finish
        from .engine.structure import at_point, project

        problem, reading = self.problem(), self.reading
        for prop, term in refuted:
            problem.facts.refute(prop, term)
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
        own = self._own_functions()
        definitions = map(self._definition, own)
        assert outline.result is not None and outline.compact is not None
        return Derivation(
            question=self.name,
            source=self.text,
            variable=problem.variable,
            result=outline.result,
            compact=outline.compact,
            proof=proof,
            steps=(*definitions, *outline.steps),
            lets=tuple(outline.lets),
            shapes=problem.shapes,
            inferred=(*reading.inferred, *map(_sentence, own)),
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

    def _own_functions(self) -> list[Function]:
        """The user's own elementwise functions, where they occur."""
        base = base_book()
        terms = [self.reading.term, *(t for _, t in self.reading.definitions)]
        heads = 0
        for t in terms if self.book is not base else ():
            heads |= t.heads
        return [
            f for n, f in self.book.functions.items()
            if heads and n not in base.functions and f.law_text and f.means and heads & head_bits(n)
        ]  # fmt: skip

    def _definition(self, f: Function) -> Step:
        """What a function of the user's is, as a step."""
        assert f.means_term is not None
        call = self.table.make(f.name, (self.table.var("t"),))
        return Step(f"{f.name}-definition", call, f.means_term, say="definition", cite=f.cite)

    def _declared(self, problem: Problem) -> dict[str, tuple[str, Term]]:
        """What was declared of the names in f: sentences, and pairs of a property and a variable."""
        if not any([s.payload.props for s in self.reading.symbols.values()]):
            return {}
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
            assumed=tuple(problem.rewriter.assumptions().values()),
        )

    def plain(self) -> Callable[[Term], Term] | None:
        """What writes a term in functions that have values, where the book has others."""
        explained = explained_functions(self.book)
        return (lambda t: explained.plain(t, self.table)) if explained else None


def _sentence(f: Function) -> str:
    return f"{f.name}(t) = {f.means}, with the slope {f.law_text} ({f.cite})"
