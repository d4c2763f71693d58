"""Terms and proofs as LaTeX to paste."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ..derivation import Derivation, Line
from ..facts import SENTENCES
from ..terms import Shape, Term, shape_text
from .breaking import broken
from .latex_style import LatexStyle, visible
from .left import Left, read_left
from .names import dim_latex, latex_name, sub

WIDTH = 110  # signs; longer lines are broken at a plus or minus


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
    derivation: Derivation, notation: str = "colon", detail: str = "normal", rules: bool = True
) -> str:
    """The proof as an ``align*``, with the names of the rules in a column of comments."""
    rows = list(_rows(derivation, notation, detail, rules))
    if derivation.assumptions:
        rows.append(rf"& \text{{assuming {'; '.join(assumptions(derivation))}}}")
    if derivation.verification.kind == "none":
        rows.append(rf"& \textbf{{{escape(str(derivation.verification))}}}")
    comments = "".join(f"% {line}\n" for line in _comments(derivation))
    return comments + _environment("align*", rows)


def align(derivation: Derivation, notation: str, detail: str, rules: bool) -> str:
    """The lines of the proof alone, as an ``aligned`` for display between dollars."""
    return _environment("aligned", list(_rows(derivation, notation, detail, rules)))


def _environment(name: str, rows: list[str]) -> str:
    return f"\\begin{{{name}}}\n" + " \\\\\n".join(rows) + f"\n\\end{{{name}}}"


def latex_document(
    derivation: Derivation, notation: str = "colon", detail: str = "normal", rules: bool = True
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
    if derivation.convention:
        out.append(f"Convention for the structured variable: {escape(derivation.convention)}.")
    return out


def assumptions(derivation: Derivation) -> list[str]:
    """The assumptions as sentences, formulas between dollars (plain where their terms are not kept)."""
    kept = derivation.settings.get("assumed")
    if kept is None:
        return [escape(sentence) for sentence in derivation.assumptions]
    style = style_of(derivation)
    said = [SENTENCES.get(prop, "{} is " + prop.replace("_", " ")) for prop, _ in kept]
    return [sentence.format(f"${style.text(term)}$") for sentence, (_, term) in zip(said, kept, strict=True)]


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
def _rows(derivation: Derivation, notation: str, detail: str, rules: bool) -> Iterator[str]:
    plain = style_of(derivation, notation)
    entry = style_of(derivation, notation, entry_names(derivation))
    lets = {let.name for let in derivation.lets}
    names = frozenset({"f", *lets})

    def text(line: Line) -> str:
        return (entry if read_left(line.lhs, names).index else plain).text(line.term)

    for line, formula, comment in merged(derivation.lines(detail), text):
        left = read_left(line.lhs, names)
        relation = r"\approx" if line.relation == "~" else "="
        shown = "" if line.continues else left_latex(left, derivation, let=line.lhs in lets)
        first, *more = broken(formula, WIDTH, visible)
        column = rf" && \text{{({escape(comment)})}}" if comment and rules else ""
        yield f"{shown} &{relation} {first}{column}".lstrip()
        yield from (rf"&\qquad {{}}{row}" for row in more)


def merged(lines: Iterable[Line], text: Callable[[Line], str]) -> Iterator[tuple[Line, str, str]]:
    """The lines with their texts and comments; steps which the notation does not show share a line."""
    shown: list[tuple[Line, str, list[str]]] = []
    for line in lines:
        formula, comments = text(line), list(line.rules or ((line.note,) if line.note else ()))
        if shown and line.continues and formula == shown[-1][1]:
            shown[-1][2].extend(comments)
        else:
            shown.append((line, formula, comments))
    return ((line, formula, ", ".join(dict.fromkeys(comments))) for line, formula, comments in shown)


def style_of(
    derivation: Derivation, notation: str = "colon", names: dict[str, str] | None = None
) -> LatexStyle:
    """The style that knows the functions of the derivation's own rule book, where its settings hold them."""
    functions = derivation.settings.get("functions")
    return LatexStyle(
        notation, names, {name: f.latex for name, f in functions.items()} if functions else None
    )


def entry_names(derivation: Derivation) -> dict[str, str]:
    """In lines about an entry J is the single-entry matrix, written with its indices."""
    if derivation.method == "perturbation" or "J" in derivation.shapes:
        return {}
    index = derivation.settings.get("entry") or ("i", "j")
    return {"J": "J" + sub("".join(map(str, index)))}


# ---------------------------------------------------------------- left sides
def left_latex(left: Left, derivation: Derivation, let: bool = False) -> str:
    """The left side of a line as LaTeX."""
    if left.kind == "other":
        return rf"\text{{{escape(left.name)}}}"
    name = latex_name(left.name)
    if left.kind == "name":
        return rf"\text{{Let }} {name}" if let else name
    if left.kind == "differential":
        return f"d{name}" if left.order == 1 else f"d^2 {name}"
    variable = latex_name(left.variable)
    if left.kind == "shifted":
        return rf"{name}({variable} + \epsilon {latex_name(left.direction)})"
    return _quotient(left, name, variable, derivation)


def _quotient(left: Left, name: str, variable: str, derivation: Derivation) -> str:
    if left.conjugate:
        variable += "^*"
    if left.index:
        index = ("" if all(len(i) == 1 for i in left.index) else ",").join(left.index)
        grouped = f"({variable})" if "_" in variable or "^" in variable else variable
        variable = grouped + sub(index)
    scalar = derivation.variable.is_scalar and left.variable == derivation.variable.name
    d = "d" if scalar and not left.conjugate else r"\partial "
    if left.order == 2 or derivation.question == "hessian":
        return rf"\frac{{{d.strip()}^2 {name}}}{{{d}{variable}^2}}" if scalar else rf"\nabla^2 {name}"
    if derivation.question == "matrix_jacobian":
        vec = r"\operatorname{vec}"
        return rf"\frac{{\partial {vec} {name}}}{{\partial {vec}({variable})^\top}}"
    return rf"\frac{{{d}{name}}}{{{d}{variable}}}"
