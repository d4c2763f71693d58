"""Proofs as Unicode text for a terminal."""

from __future__ import annotations

import unicodedata

from ..derivation import Derivation, Line
from ..terms import Term
from .breaking import broken
from .latex import merged
from .left import Left, read_left
from .names import unicode_name
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
    derivation: Derivation, notation: str = "colon", detail: str = "normal", rules: bool = True
) -> str:
    """The proof in columns: left side, relation, right side, rules, sources; then what holds for it all."""
    table = _table(derivation, notation, detail, rules)
    widths = [max([wide(row[i]) for row in table], default=0) for i in range(4)]
    left, right = max(_LEFT, min(widths[0], 14)), max(_RIGHT, min(widths[2], WIDTH))
    out = []
    for lhs, relation, formula, comment, source in table:
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
    derivation: Derivation, notation: str, detail: str, rules: bool
) -> list[tuple[str, str, str, str, str]]:
    lets = {let.name for let in derivation.lets}
    cites = {step.rule: step.cite for step in reversed(derivation.steps) if step.cite}
    plain, entry = TextStyle(notation), TextStyle(notation, _entry_names(derivation))
    rows: list[tuple[str, str, str, str, str]] = []
    names = frozenset({"f", *lets})

    def text(line: Line) -> str:
        return (entry if read_left(line.lhs, names).index else plain).text(line.term)

    for line, whole, comment in merged(derivation.lines(detail), text):
        relation = "≈" if line.relation == "~" else "="
        left = read_left(line.lhs, names)
        shown = "" if line.continues else left_text(left, derivation, let=line.lhs in lets)
        formula, *more = broken(whole, WIDTH, wide)
        said = (comment, _sources(comment.split(", "), cites)) if rules else ("", "")
        rows.append((shown, relation, formula, *said))
        rows += [("", " ", f"  {row}", "", "") for row in more]
    return rows


def _sources(rules: list[str], cites: dict[str, str]) -> str:
    """The sources of some rules, places in one work together: ``(A (2000); B (2012), eq. 13, 16)``."""
    works: dict[str, list[str]] = {}
    for cite in dict.fromkeys([cites[r] for r in rules if r in cites]):
        work, _, place = cite.partition("), ")
        places = works.setdefault(work + ")" if place else work, [])
        places += [place.removeprefix("eq. ") if places else place] if place else []
    found = [", ".join([work, *places]) for work, places in works.items()]
    return f"({'; '.join(found)})" if found else ""


def _entry_names(derivation: Derivation) -> dict[str, str]:
    if derivation.method == "perturbation" or "J" in derivation.shapes:
        return {}
    return {"J": "J_" + "".join(map(str, derivation.settings.get("entry") or ("i", "j")))}


def left_text(left: Left, derivation: Derivation, let: bool = False) -> str:
    """The left side of a line as Unicode text."""
    name = unicode_name(left.name) if left.kind != "other" else left.name
    if left.kind == "differential":
        return f"d{name}" if left.order == 1 else f"d²{name}"
    if left.kind == "shifted":
        return f"{name}({unicode_name(left.variable)} + ε {unicode_name(left.direction)})"
    if left.kind != "quotient":
        return f"Let {name}" if let else name
    variable = unicode_name(left.variable) + ("*" if left.conjugate else "")
    if left.index:
        variable += "_" + ("" if all(len(i) == 1 for i in left.index) else ",").join(left.index)
    scalar = derivation.variable.is_scalar and left.variable == derivation.variable.name
    d = "d" if scalar and not left.conjugate else "∂"
    if left.order == 2 or derivation.question == "hessian":
        return f"{d}²{name}/{d}{variable}²" if scalar else f"∇²{name}"
    if derivation.question == "matrix_jacobian":
        return f"∂vec {name}/∂vec({variable})ᵀ"
    return f"{d}{name}/{d}{variable}"


def _footer(derivation: Derivation) -> list[str]:
    out = [f"shapes: {sentence}" for sentence in derivation.inferred]
    if derivation.convention:
        out.append(f"convention: {derivation.convention}")
    out += [f"assuming: {sentence}" for sentence in derivation.assumptions]
    return [*out, str(derivation.verification)]
