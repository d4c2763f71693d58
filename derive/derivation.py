"""The proof: steps, lines, definitions, and what verified them.  Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .near import one_of
from .records import record
from .terms import Shape, Term

#: The notation that a person would use for a proof by the method.
_NOTATIONS = {"frobenius": "colon", "perturbation": "inner", "entrywise": "trace"}


class Step(NamedTuple):
    """One rule applied at one position of one line."""

    rule: str
    before: Term
    after: Term
    position: tuple[int, ...] = ()
    bindings: Mapping[str, Term] = {}
    say: str = ""
    cite: str = ""
    assumptions: tuple[str, ...] = ()


class Line(NamedTuple):
    """One line of a proof: ``lhs relation term``.

    `lhs` is one of SYNTAX's left sides: ``f``, ``df``, ``df/dX``, ``df/dX[i,j]``, ``f(X + epsilon*J)``, a
    definition's name or its differential ``dM``.  `continues` lines are printed without their left side.
    """

    lhs: str
    relation: str
    term: Term
    rules: tuple[str, ...] = ()
    note: str = ""
    continues: bool = False
    shown: Term | None = None  # what a printer writes for a person where that is not `term`: f(X), (G)_ij

    @property
    def ascii(self) -> str:
        return str(self.term)


@record
class Let:
    """A named intermediate, in the user's or the engine's name."""

    name: str
    symbol: Term
    definition: Term
    given: bool = False  # the user wrote the definition


@record
class Verification:
    """How the proof was verified: ``exact``, ``floating`` or ``high precision``; or not at all."""

    kind: str
    instances: int
    lines: int
    gap: float = 0.0
    seed: int = 0

    def __str__(self) -> str:
        if self.kind == "none":
            return "NOT VERIFIED (verify=False)"
        noun = "line" if self.lines == 1 else "lines"
        where = f"at {self.instances} random instances: {self.lines} {noun}"
        if self.kind == "exact":
            return f"verified exactly {where}"
        digits = " to high precision" if self.kind == "high precision" else ""
        return f"verified{digits} {where}, largest relative gap {self.gap:.0e}"


@record
class Derivation:
    """A verified derivation; build it with `derive.gradient` and its sisters."""

    question: str  # gradient, differential, ...
    source: str  # the expression as it was given
    variable: Term
    result: Term
    compact: Term
    proof: Mapping[str, tuple[Line, ...]]  # detail -> lines
    steps: tuple[Step, ...]
    lets: tuple[Let, ...]
    shapes: Mapping[str, Shape]
    inferred: tuple[str, ...]  # sentences on what shape inference found
    assumptions: tuple[str, ...]
    convention: str | None
    method: str
    layout: str
    verification: Verification
    settings: Mapping[str, Any] = {}

    def lines(self, detail: str = "normal") -> tuple[Line, ...]:
        """The lines of the proof; `detail` is ``brief``, ``normal`` or ``full``."""
        one_of("detail", detail, self.proof)
        return self.proof[detail]

    @property
    def notation(self) -> str:
        """The notation in which a proof by this method is natural: the printers' default."""
        return _NOTATIONS.get(self.method, "colon")

    def latex(self, notation: str | None = None, detail: str = "normal", rules: bool = True) -> str:
        """An ``align*`` to paste; `notation` is ``colon``, ``trace``, ``inner`` or None, the method's own."""
        from .printers.latex import latex_proof

        return latex_proof(self, notation, detail, rules)

    def tex(self, notation: str | None = None, detail: str = "normal", rules: bool = True) -> str:
        """A whole LaTeX document."""
        from .printers.latex import latex_document

        return latex_document(self, notation, detail, rules)

    def text(self, notation: str | None = None, detail: str = "normal", rules: bool = True) -> str:
        """The proof as Unicode text for a terminal."""
        from .printers.text import text_proof

        return text_proof(self, notation, detail, rules)

    def markdown(self, notation: str | None = None, detail: str = "normal", rules: bool = True) -> str:
        """The proof as Markdown with formulas between dollars."""
        from .printers.markdown import markdown_proof

        return markdown_proof(self, notation, detail, rules)

    def html(self, notation: str | None = None, detail: str = "normal", rules: bool = True) -> str:
        """The proof as an HTML page whose formulas KaTeX or MathJax render."""
        from .printers.html import html_proof

        return html_proof(self, notation, detail, rules)

    def to_json(self, detail: str = "normal", indent: int | None = None) -> str:
        """The proof as JSON; every line as ASCII and as LaTeX."""
        from .printers.json import json_proof

        return json_proof(self, detail, indent)

    def to_sympy(self, term: Term | None = None) -> Any:
        """The result (or another term of the proof) as a SymPy expression.

        Arrays are `MatrixSymbol`, dimensions positive integer `Symbol`; a question that was asked with SymPy's symbols
        is answered with the same ones.  Raises `DeriveError` for a function without a form in SymPy.

        >>> import derive
        >>> derive.gradient("x'*A*x", "x").to_sympy()
        (A + A.T)*x
        """
        from .interop.to_sympy import sympy_expression

        symbols = self.settings.get("sympy", {})
        return sympy_expression(self.result if term is None else term, symbols, self.question == "wirtinger")

    def _repr_latex_(self) -> str:
        return self.latex()

    def __str__(self) -> str:
        return self.text()
