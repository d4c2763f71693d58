"""Proofs as Unicode text for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from ..derivation import Derivation
from ..facts import SENTENCES
from ..records import replace
from ..terms import Term
from .breaking import broken
from .left import Left, formulas, part_of
from .names import subscript, superscript, unicode_name
from .pretty import joined_index
from .rows import direction_names, rows, together, unsaid_convention
from .text_style import TextStyle

WIDTH = 76  # of a right side; longer ones are broken at a plus or minus
_LEFT, _RIGHT, _RULES = 8, 31, 21  # least widths of the columns


def text_text(term: Term, notation: str = "colon") -> str:
    """A term as Unicode text.

    >>> from derive.terms import Table
    >>> t = Table()
    >>> X = t.var("X", ("m", "n"))
    >>> text_text(t.make("mul", (t.num(2), t.make("T", (X,), ("n", "m"))), ("n", "m")))
    '2 Xᵀ'
    """
    return TextStyle(notation).text(term)


def text_proof(
    derivation: Derivation, notation: str | None = None, detail: str = "normal", rules: bool = True
) -> str:
    """The proof in columns: left side, relation, right side, rules, sources; then what holds for it all."""
    table = list(_table(derivation, notation, detail, rules))
    widths = [max([wide(row[i]) for row in table if row[1]], default=0) for i in range(4)]
    left, right = max(_LEFT, min(widths[0], 14)), max(_RIGHT, min(widths[2], WIDTH))
    out = []
    for lhs, relation, formula, comment, source in table:
        if not relation:
            out.append(lhs)
            continue
        start = f"{lhs} {relation} " if wide(lhs) >= left else f"{pad(lhs, left)}{relation}  "
        text = f"{start}{pad(formula, right)}  {pad(comment, max(_RULES, min(widths[3], 40)))} {source}"
        out.append(text.rstrip())
    return "\n".join([*out, *_footer(derivation)])


def wide(text: str) -> int:
    """The width of a text; combining accents have none."""
    return sum([not unicodedata.combining(c) for c in text])


def pad(text: str, width: int) -> str:
    return text + " " * (width - wide(text))


def _table(
    derivation: Derivation, notation: str | None, detail: str, rules: bool
) -> Iterator[tuple[str, str, str, str, str]]:
    style = style_of(derivation, notation)
    for row in rows(derivation, style, detail):
        if row.note:
            yield (note_text(row.note, derivation, style.names), "", "", "", "")
        shown = "" if row.left is None else left_text(row.left, derivation, row.let, style.names)
        formula, *more = broken(row.formula, WIDTH, wide)
        said = (", ".join(row.names), f"({row.source})" if row.source else "") if rules else ("", "")
        yield (shown, _RELATIONS[row.relation], formula, *said)
        yield from [("", " ", f"  {part}", "", "") for part in more]


_RELATIONS = {"=": "=", "~": "≈"}


def note_text(note: str, derivation: Derivation, names: Mapping[str, str]) -> str:
    """A sentence as Unicode text."""

    def write(left: Left) -> str:
        return left_text(left, derivation, names=names)

    parts = formulas(note, write, {" ~ ": " ≈ ", " + ": " + ", "*": " "})
    parts[::2] = [plain_text(part) for part in parts[::2]]
    return "".join(parts)


def plain_text(sentence: str) -> str:
    """A sentence without the dollars and the commonest LaTeX of its formulas."""
    return sentence.replace(r"^\top", "ᵀ").replace("$", "").replace("\\,", " ").replace("\\ ", " ")


def style_of(derivation: Derivation, notation: str | None = None) -> TextStyle:
    """The style of a derivation: its notation and its single-entry matrix."""
    names = direction_names(derivation, subscript, _low, lambda i: superscript(i) or f"^{i}")
    return TextStyle(derivation.notation if notation is None else notation, names)


def _low(index: str) -> str:
    return f"_{index}"


def left_text(
    left: Left, derivation: Derivation, let: bool = False, names: Mapping[str, str] | None = None
) -> str:
    """The left side of a line as Unicode text; `names` are those which are written in another way."""
    if left.stacked:
        return f"vec({left_text(replace(left, stacked=False), derivation, names=names)})"
    name = unicode_name(left.name) if left.kind != "other" else left.name
    if left.kind == "differential":
        return f"d{name}" if left.order == 1 else f"d²{name}"
    if left.kind == "shifted":
        variable = unicode_name(left.variable)
        if not left.epsilon:
            return f"{name}({variable})"
        moved = (names or {}).get(left.direction) or unicode_name(left.direction)
        moved = "" if derivation.variable.is_scalar else f" {moved}"
        return f"{name}({variable} + {unicode_name(left.epsilon)}{moved})"
    if left.kind == "name" and left.name == "f" and derivation.method == "perturbation":
        return f"f({unicode_name(derivation.variable.name)})"
    if left.kind != "quotient":
        name = (names or {}).get(left.name, name)
        return f"Let {name}" if let else name
    part = part_of(left, derivation)
    variable = f"{part} {unicode_name(left.variable[2:])}" if part else unicode_name(left.variable)
    variable += "*" if left.conjugate else ""
    if left.index:
        grouped = f"({variable})" if not variable.isalpha() else variable
        variable = f"{grouped}_" + joined_index(left.index)
    scalar = derivation.variable.is_scalar and left.variable == derivation.variable.name
    d = "d" if scalar and not left.conjugate else "∂"
    if left.order == 2 or derivation.question == "hessian":
        return f"{d}²{name}/{d}{variable}²" if scalar else f"∇²{name}"
    if derivation.question == "matrix_jacobian":
        below = variable if derivation.variable.shape[1] == 1 else f"vec({variable})"
        return f"{d}vec {name}/{d}{below}{'' if scalar else 'ᵀ'}"
    return f"{'2 ' if left.twice else ''}{d}{name}/{d}{variable}"


# ---------------------------------------------------------------- what holds for all of the proof
def _footer(derivation: Derivation) -> list[str]:
    out = [f"inferred: {sentence}" for sentence in together(derivation.inferred)]
    if convention := unsaid_convention(derivation):
        out.append(f"convention: {convention}")
    if derivation.assumptions:
        out.append(f"assuming: {'; '.join(assumptions(derivation))}")
    return [*out, str(derivation.verification)]


def assumptions(derivation: Derivation) -> list[str]:
    """The assumptions as sentences, with Unicode formulas where their terms are kept."""
    kept = derivation.settings.get("assumed")
    if kept is None:
        return list(derivation.assumptions)
    style = style_of(derivation)
    return [
        SENTENCES.get(prop, "{} is " + prop.replace("_", " ")).replace("{}", style.text(term))
        for prop, term in kept
    ]
