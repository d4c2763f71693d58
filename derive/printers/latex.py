"""Terms and proofs as LaTeX to paste."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ..derivation import Derivation
from ..facts import SENTENCES
from ..records import replace
from ..terms import SCALAR, Shape, Term, shape_text
from .breaking import broken
from .latex_style import LatexStyle, visible
from .left import Left, formulas, part_of
from .names import dim_latex, latex_name, sub
from .pretty import joined_index
from .rows import direction_names, rows, together, unsaid_convention

WIDTH = 90  # signs; longer lines are broken at a plus or minus


def latex_text(term: Term, notation: str = "colon") -> str:
    r"""A term as LaTeX, without dollars.

    >>> from derive.terms import Table
    >>> t = Table()
    >>> X = t.var("X_1", ("m", "n"))
    >>> latex_text(t.make("mul", (t.num(2), t.make("T", (X,), ("n", "m"))), ("n", "m")))
    '2 X_1^\\top'
    """
    return LatexStyle(notation).text(term)


def latex_proof(
    derivation: Derivation, notation: str | None = None, detail: str = "normal", rules: bool = True
) -> str:
    """The proof as an ``align*``, with the names of the rules in a column of comments."""
    rows = list(_rows(derivation, notation, detail, rules))
    if derivation.assumptions:
        rows.append(rf"& \rlap{{assuming {'; '.join(assumptions(derivation))}}}")
    if derivation.verification.kind == "none":
        rows.append(rf"& \textbf{{{escape(str(derivation.verification))}}}")
    comments = "".join(f"% {line}\n" for line in _comments(derivation))
    return comments + _environment("align*", rows)


def align(derivation: Derivation, notation: str | None, detail: str, rules: bool) -> str:
    """The lines of the proof alone, as an ``aligned`` for display between dollars."""
    return _environment("aligned", list(_rows(derivation, notation, detail, rules)))


def _environment(name: str, rows: list[str]) -> str:
    return f"\\begin{{{name}}}\n" + " \\\\\n".join(rows) + f"\n\\end{{{name}}}"


def latex_document(
    derivation: Derivation, notation: str | None = None, detail: str = "normal", rules: bool = True
) -> str:
    """A whole LaTeX document with the proof, what was inferred, assumed and verified."""
    verified = str(derivation.verification)
    lines = [
        r"\documentclass{article}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage{amsmath,amssymb}",
        r"\usepackage[margin=2cm]{geometry}",
        r"\begin{document}",
        rf"\noindent {heading(derivation)}",
        *(rf"\\ {sentence}" for sentence in notes(derivation)),
        re.sub(r"^%.*\n", "", latex_proof(derivation, notation, detail, rules), flags=re.MULTILINE),
        rf"\noindent {escape(verified[0].upper() + verified[1:])}.",
        r"\end{document}",
    ]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- prose
def escape(text: str) -> str:
    """Plain text inside LaTeX."""
    text = re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", r"\textbackslash "))
    return text.replace("^", r"\textasciicircum{}").replace("~", r"\textasciitilde{}")


def heading(derivation: Derivation) -> str:
    """What was asked, in a sentence with formulas between dollars."""
    question = derivation.question.replace("_", " ")
    name = latex_name(derivation.variable.name)
    first = derivation.lines(_any_detail(derivation))[0]
    f = rf" of $f = {style_of(derivation).text(first.term)}$" if first.lhs == "f" else ""
    return rf"The {question}{f} with respect to ${name}$."


def _any_detail(derivation: Derivation) -> str:
    return "normal" if "normal" in derivation.proof else next(iter(derivation.proof))


def notes(derivation: Derivation) -> list[str]:
    """Sentences on shapes and the convention, formulas between dollars."""
    out = []
    if derivation.shapes:
        kinds = [rf"${latex_name(n)} \in {_space(s)}$" for n, s in derivation.shapes.items()]
        out.append("Here " + ", ".join(kinds) + ".")
    if derivation.inferred:
        out.append(f"Inferred: {escape('; '.join(together(derivation.inferred)))}.")
    if convention := unsaid_convention(derivation):
        out.append(f"Convention for the structured variable: {escape(convention)}.")
    return out


def assumptions(derivation: Derivation) -> list[str]:
    """The assumptions as sentences, formulas between dollars (plain where their terms are not kept)."""
    kept = derivation.settings.get("assumed")
    if kept is None:
        return [escape(sentence) for sentence in derivation.assumptions]
    style = style_of(derivation)
    return [
        _assumed(prop, term).replace("{}", f"${style.text(_subject(prop, term))}$") for prop, term in kept
    ]


def _assumed(prop: str, term: Term) -> str:
    """An assumption as a sentence with {} for what it is about."""
    return SENTENCES.get(prop, "{} is " + prop.replace("_", " ")).replace("det({})", "{}")


def _subject(prop: str, term: Term) -> Term:
    """What the sentence is about: the determinant, where it is that of the term."""
    return Term("det", (term,), SCALAR, None) if "det({})" in SENTENCES.get(prop, "") else term


def _space(shape: Shape) -> str:
    if shape == (1, 1):
        return r"\mathbb{R}"
    power = dim_latex(shape[0]) if shape[1] == 1 else rf"{dim_latex(shape[0])} \times {dim_latex(shape[1])}"
    return rf"\mathbb{{R}}^{{{power}}}"


def _comments(derivation: Derivation) -> Iterator[str]:
    if derivation.source:
        source = " ".join(derivation.source.split())
        yield f"{derivation.question} of {source} with respect to {derivation.variable.name}"
    shapes = ", ".join(f"{name}: {shape_text(shape)}" for name, shape in derivation.shapes.items())
    if shapes:
        yield f"shapes: {shapes}"
    yield from (f"inferred: {sentence}" for sentence in derivation.inferred)
    if derivation.convention:
        yield f"convention: {derivation.convention}"
    yield from (f"assumed: {sentence}" for sentence in derivation.assumptions)
    yield str(derivation.verification)


# ---------------------------------------------------------------- lines
def _rows(derivation: Derivation, notation: str | None, detail: str, rules: bool) -> Iterator[str]:
    style = style_of(derivation, notation)
    for row in rows(derivation, style, detail):
        if row.note:
            yield rf"& \rlap{{{note_latex(row.note, derivation, style)}}}"
        shown = "" if row.left is None else left_latex(row.left, derivation, row.let, style.names)
        first, *more = broken(row.formula, WIDTH, visible)
        column = _column(row.names) if row.names and rules else ""
        yield rf"{shown} &{_RELATIONS[row.relation]} {first}{column}".lstrip()
        yield from (rf"&\qquad {{}}{more_text}" for more_text in more)


@lru_cache(maxsize=1024)
def _column(names: tuple[str, ...]) -> str:
    return rf" && \text{{({escape(', '.join(names))})}}"


_RELATIONS = {"=": "=", "~": r"\approx"}


def note_latex(note: str, derivation: Derivation, style: LatexStyle) -> str:
    """A sentence as LaTeX text with formulas between dollars."""

    def write(left: Left) -> str:
        return left_latex(left, derivation, names=style.names)

    parts = formulas(note, write, {" ~ ": r" \approx ", " + ": " + ", "*": r"\, "})
    parts[1::2] = [f"${formula}$" for formula in parts[1::2]]
    parts[::2] = [_sentence(part) for part in parts[::2]]
    return "".join(parts)


def _sentence(sentence: str) -> str:
    """Plain text with formulas between dollars inside LaTeX."""
    parts = sentence.split("$")
    parts[::2] = [escape(part) for part in parts[::2]]
    return "$".join(parts)


def style_of(derivation: Derivation, notation: str | None = None) -> LatexStyle:
    """The style of a derivation: its notation, its functions and its single-entry matrix."""
    names = direction_names(derivation, sub, sub, lambda index: f"^{{{index}}}")
    notation = derivation.notation if notation is None else notation
    return LatexStyle(notation, names, functions=derivation.settings.get("functions"))


# ---------------------------------------------------------------- left sides
def left_latex(
    left: Left, derivation: Derivation, let: bool = False, names: Mapping[str, str] | None = None
) -> str:
    """The left side of a line as LaTeX; `names` are those which are written in another way."""
    if left.stacked:
        inner = left_latex(replace(left, stacked=False), derivation, names=names)
        return rf"\operatorname{{vec}}({inner})"
    if left.kind == "other":
        return rf"\text{{{escape(left.name)}}}"
    name = latex_name(left.name)
    if left.kind == "name" and left.name == "f" and derivation.method == "perturbation":
        return rf"f({latex_name(derivation.variable.name)})"
    if left.kind == "name":
        name = (names or {}).get(left.name, name)
        return rf"\text{{Let }} {name}" if let else name
    if left.kind == "differential":
        return f"d{name}" if left.order == 1 else f"d^2 {name}"
    variable = latex_name(left.variable)
    if left.kind == "shifted":
        if not left.epsilon:
            return f"{name}({variable})"
        moved = (names or {}).get(left.direction) or latex_name(left.direction)
        moved = "" if derivation.variable.is_scalar else f" {moved}"
        return rf"{name}({variable} + {latex_name(left.epsilon)}{moved})"
    return ("2 " if left.twice else "") + _quotient(left, name, variable, derivation)


def _quotient(left: Left, name: str, variable: str, derivation: Derivation) -> str:
    if part := part_of(left, derivation):
        variable = rf"\operatorname{{{part}}} {latex_name(derivation.variable.name)}"
    if left.conjugate:
        variable += "^*"
    if left.index:
        index = joined_index(left.index)
        grouped = f"({variable})" if "_" in variable or "^" in variable else variable
        variable = grouped + sub(index)
    scalar = derivation.variable.is_scalar and left.variable == derivation.variable.name
    d = "d" if scalar and not left.conjugate else r"\partial "
    if left.order == 2 or derivation.question == "hessian":
        return rf"\frac{{{d.strip()}^2 {name}}}{{{d}{variable}^2}}" if scalar else rf"\nabla^2 {name}"
    if derivation.question == "matrix_jacobian":
        vec = r"\operatorname{vec}"
        below = variable if derivation.variable.shape[1] == 1 else f"{vec}({variable})"
        below += "" if scalar else r"^\top"
        return rf"\frac{{{d}{vec} {name}}}{{{d}{below}}}"
    return rf"\frac{{{d}{name}}}{{{d}{variable}}}"
