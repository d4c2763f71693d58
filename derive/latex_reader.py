"""LaTeX to terms: the second front end, beside `syntax`.

The text is split into tokens and parsed by the grammar of formulas; the shapes of the operands decide what is
ambiguous, documented defaults decide the rest, and `Reading.defaults` says which did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .calls import Signatures
from .elaborate import Elaborator
from .errors import DeriveError, ParseError, ShapeError
from .latex_elaborate import LatexElaborator, senses
from .latex_names import Names
from .latex_statements import Program
from .latex_tokens import Token, tokens
from .latex_words import without_fonts
from .mistakes import Misfit
from .records import replace
from .syntax import Reading, _Reader, declared_texts
from .terms import SCALAR, Shape, Table, Term
from .tree import Statement


def read_latex(
    text: str,
    *,
    table: Table,
    signatures: Signatures,
    shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
    wrt: str | None = None,
    reading: Mapping[str, str] | None = None,
    allow_d: bool = False,
    complex_: bool = False,
) -> Reading:
    """Read a LaTeX formula; the parameters are those of `syntax.read`.

    `reading` decides words with several senses (``{"exp": "entrywise"}``); with `complex_` variables are complex.
    Raises `ParseError` with the place in the LaTeX, `ShapeError`, and `AmbiguityError` where two readings are equally
    good.
    """
    chosen = senses(reading)
    columns = False
    while True:
        reader = LatexReader(text, table, signatures, dict(shapes or {}), dict(assume or {}), wrt, allow_d)
        reader.senses, reader.complex, reader.columns = chosen, complex_, columns
        try:
            return reader.read()
        except ShapeError as error:
            if reader.work is not None and reader.work.rows_used and not columns:
                columns = True
                continue
            if not isinstance(error, Misfit):
                raise
            from .fixes import with_fix
            from .latex_fixes import LATEX

            def attempt(changed: str, extra: Mapping[str, str]) -> bool:
                more = {**dict(shapes or {}), **extra}
                again = LatexReader(changed, Table(), signatures, more, dict(assume or {}), wrt, allow_d)
                again.senses, again.complex, again.columns = chosen, complex_, False
                try:
                    again.read()
                except DeriveError:
                    return False
                return True

            raise with_fix(error.without_hint(), declared_texts(shapes or {}), attempt, LATEX) from None


class LatexReader(_Reader):
    """Reads one text; the declared names are known before it is parsed."""

    elaborator = LatexElaborator
    jay = True
    senses: dict[str, str]
    complex = columns = False
    work: LatexElaborator | None = None

    more_functions: frozenset[str] = frozenset()

    def tokenised(self, names: Names) -> list[Token]:
        """The tokens of the text, without fonts."""
        return without_fonts(tokens(self.text), self.text)

    def statements(self) -> list[Statement]:
        strict = bool(self.declared)
        known = {*self.declared, *self.assume, *([self.wrt] if self.wrt else [])}
        names = Names(self.text, known, strict, self.sizes)
        program = Program(self.text, self.tokenised(names), names)
        program.wrt = self.wrt or ""
        program.functions = self.more_functions | {n for n, s in self.signatures.items() if s[0].params}
        program.scalars = frozenset(n for n, s in self.declared.items() if s == SCALAR)
        program.matrices = frozenset(n for n, s in self.declared.items() if s != SCALAR)
        out = program.statements()
        self.entrywise, self.notes = program.entrywise, list(dict.fromkeys(program.notes))
        for name, right in program.sides:
            if "symmetric" not in self.assume.get(name.value, ()) and "positive_definite" not in self.assume.get(
                name.value, ()
            ):
                what = f"the text says that {name.value} is symmetric, and it is not declared so"
                hint = (
                    f'declare it, as in assume={{"{name.value}": ["symmetric"]}} (--assume "{name.value}: symmetric")'
                )
                raise ParseError(what, text=self.text, span=right.span, hint=hint)
        return out

    def is_variable(self, name: str) -> bool:
        """Where shapes are given, an `e` without one is no variable: it would be the number, or a forgotten name."""
        return (name != "e" or not self.declared) and super().is_variable(name)

    def prepare(self, work: Elaborator) -> None:
        assert isinstance(work, LatexElaborator)
        self.work = work
        work.senses, work.complex, work.entrywise, work.columns = (
            self.senses,
            self.complex,
            self.entrywise,
            self.columns,
        )

    def scan(self, statements: Iterable[Statement], defined: set[str]) -> None:
        """The undeclared names, the indices of entries, and the letters below identities."""
        statements = list(statements)
        super().scan(statements, defined)
        stack = [s.node for s in statements]
        while stack:
            node = stack.pop()
            if node.kind in ("entry", "unit"):
                first = 1 if node.kind == "entry" else 0
                self.indices.update(a.value for a in node.args[first:])
            elif node.kind in ("eye", "ones", "zeros") and node.value and not self.declared:
                self.sizes.update(f for group in node.value for f in group if isinstance(f, str))
            stack.extend(node.args)

    def finish(
        self, work: Elaborator, names: dict[str, Shape], definitions: list[tuple[str, Term]], term: Term
    ) -> Reading:
        assert isinstance(work, LatexElaborator)
        out = super().finish(work, names, definitions, term)
        shown = "; ".join([*(f"{n} = {t}" for n, t in out.definitions), str(out.term)])
        defaults = [*self.notes, *work.defaults]
        said = [d if " (" in d else f"{d} (by default)" for d in defaults]
        return replace(
            out, ascii=shown, defaults=defaults, inferred=[f"read as {shown} (from LaTeX)", *said, *out.inferred]
        )


def name_of(text: str) -> str:
    r"""The name of the variable that LaTeX writes.

    >>> name_of(r"\boldsymbol{\Sigma}"), name_of(r"\hat{x}_1"), name_of(r"W_{1}")
    ('Sigma', 'x_hat_1', 'W_1')
    """
    names = Names(text, [], False, [])
    program = Program(text, without_fonts(tokens(text), text), names)
    node = program.statements()[-1].node
    if node.kind != "name":
        raise ParseError(f"`{text[:40]}` is not the name of a variable", hint=r"a letter, as in X or \Sigma")
    return str(node.value)


__all__ = ["name_of", "read_latex"]
