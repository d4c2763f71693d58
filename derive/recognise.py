"""ASCII (with some forms of MATLAB's), LaTeX or NumPy: which syntax a text is in, and the reading by it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .calls import BUILTIN, Signatures
from .errors import DeriveError, ParseError
from .parser import parse_program
from .syntax import Reading, read
from .terms import Table
from .tree import Statement

_SIGNS = re.compile(r"[\\${}|&‖∥ᵀᵗ⊤ᴴ⁻¹²³⊙∘⊘⊗·⋅×−⟨⟩∑½√]")
_MODULE = re.compile(r"(?<![\w.])(?:np|numpy|jnp|scipy|torch)\s*\.\s*[A-Za-z_]")
_ATTRIBUTE = re.compile(r"(?:(?<![\w.])[^\W\d_]\w*|[)\]])\.[^\W\d_]|[\w)]\[[\s\d:,None]*[:,][\s\d:,None]*\]")
_SCRIPT = re.compile(r"[\^_]\s*\{|\^\s*[T+*']")
_WORD = re.compile(r"[^\W\d_]\w*")
_LONGEST_MATLAB = 10_000  # characters: of a one-liner
SYNTAXES = ("auto", "ascii", "latex", "numpy")
#: Words that people write for functions, besides those of the rule book.
_WRITTEN = frozenset("Tr trace Trace Det ln".split())


def is_latex(
    text: str, shapes: Mapping[str, str] | None = None, wrt: str | None = None, functions: Signatures | None = None
) -> bool:
    r"""Is a text LaTeX rather than ASCII?

    Commands, braces and ``^T`` are signs of LaTeX.  Of what may be both, such as ``AXB``, the names decide: where AXB
    is no declared name, but a product of declared letters, it is LaTeX.

    >>> is_latex(r"\|Ax\|^2"), is_latex("norm(A*x)^2"), is_latex("AXB", {"A": "n x n", "X": "n x n", "B": "n x n"})
    (True, False, True)
    """
    declared = {*(shapes or {}), *([wrt] if wrt else [])}
    if _SIGNS.search(text) or ("T" not in declared and _SCRIPT.search(text)):
        return True
    if "*" in text:
        return False
    known = {*declared, *(functions or ()), *BUILTIN, *_WRITTEN}
    words = {w for w in _WORD.findall(text) if w not in known}
    if not any(len(w) > 1 for w in words) and not re.search(r"[^\W\d_]\(", text):
        return False
    try:
        statements = parse_program(text)
    except ParseError:
        return True
    letters = {c for shape in (shapes or {}).values() for c in _WORD.findall(str(shape)) if c != "x"}
    unknown = names_of(statements) - known - letters - {s.name for s in statements}
    if not shapes:
        return (
            bool(wrt)
            and len(wrt or "") == 1
            and wrt not in words
            and any(str(wrt) in n for n in unknown if n.isalpha())
        )
    parts = {*declared, *letters, "I"}
    calls = {w for s in statements for w in s.node.values("call") if w in declared and w not in (functions or ())}
    return bool(calls) or any(len(n) > 1 and all(c in parts for c in n) for n in unknown)


def is_sympy(value: object) -> bool:
    """Is a value an object of SymPy?  SymPy itself is not imported for the answer.

    >>> is_sympy("X"), is_sympy(2)
    (False, False)
    """
    if isinstance(value, str):
        return False
    return any([str(cls.__module__).partition(".")[0] == "sympy" for cls in type(value).__mro__])


def names_of(statements: Sequence[Statement]) -> set[str]:
    """The names in a program, functions of one argument included."""
    out: set[str] = set()
    stack = [s.node for s in statements]
    while stack:
        node = stack.pop()
        if node.kind == "name" or (node.kind == "call" and len(node.args) == 1):
            out.add(node.value)
        stack.extend(node.args)
    return out


def read_any(
    text: str,
    *,
    table: Table,
    signatures: Signatures,
    shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
    wrt: str | None = None,
    reading: Mapping[str, str] | None = None,
    complex_: bool = False,
) -> Reading:
    """Read ASCII, LaTeX or NumPy; ``reading={"syntax": "latex"}`` (or another) decides, else the text itself.

    A text that may be either is read as LaTeX only where that gives an answer; the errors are those of ASCII.
    """
    chosen = dict(reading or {})
    declared = {*(shapes or {}), *([wrt] if wrt else [])}
    syntax = chosen.pop("syntax", "auto")
    if syntax not in SYNTAXES:
        raise ParseError(f"unknown syntax `{str(syntax)[:20]}`", hint=f"syntax is one of {', '.join(SYNTAXES)}")
    if chosen:
        from .latex_elaborate import senses

        senses({k: v for k, v in chosen.items() if k != "vectors"})  # refuses what there is not, whatever the syntax

    def ascii_() -> Reading:
        try:
            return read(text, table=table, signatures=signatures, shapes=shapes, assume=assume, wrt=wrt)
        except ParseError:
            if not isinstance(text, str) or len(text) > _LONGEST_MATLAB:
                raise
            from .interop.matlab import divides, matlab_sign

            if not (matlab_sign(text) or ("\\" in text and divides(text, declared, latex=False))):
                raise
        return matlab()

    def matlab() -> Reading:
        from .interop.matlab import read_matlab

        return read_matlab(text, table=table, signatures=signatures, shapes=shapes, assume=assume, wrt=wrt)

    def latex() -> Reading:
        from .latex_reader import read_latex

        return read_latex(
            text, table=table, signatures=signatures, shapes=shapes, assume=assume, wrt=wrt, reading=chosen,
            complex_=complex_,
        )  # fmt: skip

    def divided() -> bool:
        from .interop.matlab import divides

        return divides(text, declared)

    def numpy(weak: bool) -> Reading:
        from .interop.numpy_reader import read_numpy

        return read_numpy(
            text, table=table, signatures=signatures, shapes=shapes, assume=assume, wrt=wrt, reading=chosen,
            complex_=complex_, weak=weak,
        )  # fmt: skip

    if syntax == "numpy":
        return numpy(weak=False)
    if syntax == "auto" and isinstance(text, str) and (sign := numpy_sign(text)):
        return numpy(weak=sign == "weak")
    if syntax == "auto" and isinstance(text, str) and "\\" in text[:_LONGEST_MATLAB] and divided():
        return matlab()
    if syntax != "auto" or not isinstance(text, str):
        return latex() if syntax == "latex" else ascii_()
    if is_latex(text, shapes, wrt, signatures):
        try:
            return latex()
        except DeriveError as error:
            if _SIGNS.search(text) or _SCRIPT.search(text) or error.exit_code == 3:
                raise
    elif "*" not in text and not well_formed(text):
        try:
            return latex()
        except DeriveError:
            pass
    return ascii_()


def numpy_sign(text: str) -> str:
    """``strong``, ``weak`` (only ``**``) or ``""``: has a text signs of NumPy, which no other syntax has?

    >>> numpy_sign("np.trace(X)"), numpy_sign("X.T @ A"), numpy_sign("X**2"), numpy_sign("X.*A'")
    ('strong', 'strong', 'weak', '')
    """
    if "\\" in text or "$" in text:
        return ""
    if _MODULE.search(text):
        return "strong"
    if _SIGNS.search(text) or _SCRIPT.search(text):
        return ""
    if "@" in text or _ATTRIBUTE.search(text):
        return "strong"
    return "weak" if "**" in text else ""


def well_formed(text: str) -> bool:
    """Is a text without a mistake against the grammar of the ASCII syntax?"""
    try:
        parse_program(text)
    except ParseError:
        return False
    return True


def plain_name(name: str) -> str:
    r"""The name that LaTeX such as ``\Sigma`` or ``\mathbf{x}`` writes; other texts stay as they are."""
    if "\\" not in name and "{" not in name:
        return name
    from .latex_reader import name_of

    return name_of(name)
