"""Terms as LaTeX: what a good author types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from .ascii import number_text
from .names import dim_latex, latex_name, sub
from .pretty import APPLY, ATOM, COLON, INFIX, PRODUCT, SCRIPT, Piece, Style
from .view import View

_BRACKETS = {"(": ")", r"\|": r"\|", "|": "|", r"\langle ": r" \rangle"}


def visible(text: str) -> int:
    """About how many signs a reader sees."""
    text = re.sub(
        r"\\(left|right|bigl|bigr|Bigl|Bigr|operatorname|mathbf|mathrm|mathit|text|frac)(?![a-zA-Z])",
        "",
        text,
    )
    return len(re.sub(r"[{}^_\s]", "", re.sub(r"\\[a-zA-Z]+|\\.", "x", text)))


def enclosed(opening: str, text: str, depth: int, tall: bool) -> str:
    r"""A text in brackets: \left and \right where it is tall, \bigl and \Bigl where brackets nest."""
    closing = _BRACKETS[opening]
    if tall:
        return rf"\left{opening}{text}\right{closing.strip()}"
    size = ("", r"\big", r"\Big")[min(depth, 2)] if opening == "(" else ""
    return f"{size}l{opening}{text}{size}r{closing}" if size else f"{opening}{text}{closing}"


class LatexStyle(Style):
    """Writes LaTeX; `templates` maps a function's name to its LaTeX with {0}, {1} for the arguments.

    In their place `functions` maps a name to the function of a rule book.
    """

    had, had_over = r" \odot ", r" \oslash "

    def __init__(
        self,
        notation: str = "colon",
        names: dict[str, str] | None = None,
        templates: Mapping[str, str] | None = None,
        functions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(notation, names)
        self.templates, self.functions = templates, functions

    def template(self, name: str) -> str:
        """How a function is written: as the rule book in use, or the one of derive, has it."""
        if self.functions is not None:
            return self.functions[name].latex if name in self.functions else ""
        if self.templates is None:
            self.templates = function_templates()
        return self.templates.get(name, "")

    def bracket(self, piece: Piece) -> Piece:
        return Piece(enclosed("(", piece.text, piece.depth, piece.tall), ATOM, piece.depth + 1, piece.tall)

    def join(self, pieces: list[Piece]) -> str:
        out = pieces[0].text
        for before, piece in pairwise(pieces):
            if before.text[-1].isdecimal() and piece.text[0].isdecimal():
                out += r" \cdot "
            elif before.differential or piece.differential or _symbolic_fraction(before):
                out += r"\,"
            else:
                out += " "
            out += piece.text
        return out

    def fraction(self, above: list[Piece], below: Piece) -> Piece:
        if len(above) > 1:
            last = len(above) - 1
            above = [self.at_least(APPLY if i == last else SCRIPT, a) for i, a in enumerate(above)]
        text = self.join(above) if above else "1"
        depth = max([p.depth for p in (*above, below)])
        return Piece(rf"\frac{{{text}}}{{{below.text}}}", SCRIPT, depth, True)

    def fits(self, above: list[Piece], matrices: list[Piece], scalar: bool) -> bool:
        if not super().fits(above, matrices, scalar) or any(m.tall for m in matrices):
            return False
        return sum(visible(p.text) for p in (*above, *matrices)) <= 24

    def number(self, value: Any) -> Piece:
        text = number_text(value)
        if isinstance(value, complex):
            return Piece(text.replace("1i", "i") if abs(value.imag) == 1 else text)
        mantissa, _, exponent = text.partition("e")
        if exponent:
            return Piece(rf"{mantissa} \cdot 10^{{{int(exponent)}}}", PRODUCT)
        return Piece(text)

    def name(self, name: str) -> str:
        return latex_name(name)

    def dim(self, dim: Any) -> str:
        return dim_latex(dim)

    def raised(self, base: str, exponent: str) -> str:
        exponent = exponent.replace("T", r"\top") if exponent in ("T", "-T") else exponent
        one = len(exponent) == 1 or re.fullmatch(r"\\[a-zA-Z]+", exponent)
        return f"{base}^{exponent}" if one else f"{base}^{{{exponent}}}"

    def indexed(self, index: str) -> str:
        return sub(index)

    def elementwise(self, exponent: str) -> str:
        return rf"\odot {exponent}"

    def colon(self, left: Piece, right: Piece) -> Piece:
        parts = [left, right]
        if self.notation == "inner":
            inside = f"{left.text}, {right.text}"
            shell = self.around(inside, ATOM, parts)
            text = enclosed(r"\langle ", inside, shell.depth, shell.tall)
            return self.around(text, ATOM, parts)
        left = self.at_least(PRODUCT, left)
        right = self.bracket(right) if right.minus or right.level < PRODUCT else right
        return self.around(f"{left.text} : {right.text}", COLON, [left, right])

    def root(self, piece: Piece) -> Piece:
        return self.around(rf"\sqrt{{{piece.text}}}", ATOM, [piece])

    def array(self, head: str, dims: tuple[Any, ...], parts: list[Piece]) -> Piece:
        if head == "unit":
            return Piece("e" + sub(parts[0].text))
        letter = {"eye": "I", "ones": r"\mathbf{1}", "zeros": "0", "commutation": "K"}[head]
        separator = "," if head == "commutation" else r" \times "
        return Piece(letter + sub(separator.join(map(dim_latex, dims))))

    def call(self, view: View, parts: list[Piece]) -> Piece:
        name = view.data
        template = self.template(name) or self.default(name, len(parts))
        template = re.sub(r"^(\\log(?:\\det)?)\(\{0\}\)$", r"\1 {0}", template)  # log det X, not log det(X)
        if name == "norm":
            template += r"_2" if view.args[0].shape[1] == 1 else r"_F"
        if name == "exp":  # an exponent is small, and e^{A} is the matrix exponential
            low = view.args[0].is_scalar and not parts[0].tall and visible(parts[0].text) <= 24
            template = template if low else r"\exp({0})"
        if name == "diag" and view.args[0].is_vector:
            template = template.replace("{diag}", "{Diag}")
        return self.fill(template, parts)

    @staticmethod
    def default(name: str, count: int) -> str:
        places = ", ".join([f"{{{i}}}" for i in range(count)])
        word = name.replace("_", r"\_")
        return rf"\operatorname{{{word}}}({places})" if count else rf"\operatorname{{{word}}}"

    def fill(self, template: str, parts: list[Piece]) -> Piece:
        """A function's template with its arguments: sized brackets, operands in brackets where needed."""
        tokens, level = _compiled(template)
        inside = self.around("", ATOM, parts)
        out, depth, previous = "", inside.depth, ""
        for kind, value in tokens:
            if kind == "open":
                mark = enclosed(value, "\0", inside.depth, inside.tall).split("\0")[0]
                out += r"\!" + mark if inside.tall and value == "(" and out else mark
                depth = inside.depth + (value == "(")
            elif kind == "close":
                out += enclosed(value, "\0", inside.depth, inside.tall).split("\0")[1]
            elif kind == "free":
                out += parts[int(value)].text
            elif kind == "operand":
                raised = not previous and template.startswith(f"{{{value}}}^")
                operand = self.at_least(ATOM if raised or level == APPLY else APPLY, parts[int(value)])
                if level == APPLY and operand is not parts[int(value)]:
                    out = out.rstrip() + (r"\!" if operand.tall else "")
                depth = max(depth, operand.depth)
                out += operand.text
            else:
                out += value
            previous = kind
        return Piece(out, level, depth, inside.tall)


def _symbolic_fraction(piece: Piece) -> bool:
    return piece.text.startswith(r"\frac") and not re.search(r"\}\{\d+\}$", piece.text)


@lru_cache(maxsize=1024)
def _compiled(template: str) -> tuple[tuple[tuple[str, str], ...], int]:
    """The tokens of a template and how tightly what it writes binds."""
    tokens: list[tuple[str, str]] = []
    enclosing = ""
    template = re.sub(r"([_^])\{([+*\d])\}", r"\1\2", template)  # no stray braces: A^+
    for match in re.finditer(r"\{\{(\d)\}\}|(?<![_^])\{(\d)\}|\\\||\(|\)|\||\\[a-zA-Z]+ ?|.", template):
        text = match[0]
        if match[1] is not None:
            tokens += [("text", "{"), ("free", match[1]), ("text", "}")]
        elif match[2] is not None:
            tokens.append(("free" if enclosing else "operand", match[2]))
        elif not enclosing and text in ("(", "|", r"\|"):
            tokens.append(("open", text))
            enclosing = text
        elif enclosing and text == _BRACKETS[enclosing]:
            tokens.append(("close", enclosing))
            enclosing = ""
        else:
            tokens.append(("text", text))
    if tokens[-1][0] == "operand":
        level = INFIX if tokens[0][0] == "operand" else APPLY
    elif tokens[0][0] == "operand" or re.match(r"[a-zA-Z]\^", template):
        level = SCRIPT
    else:
        level = ATOM
    return tuple(tokens), level


@lru_cache(maxsize=1)
def function_templates() -> Mapping[str, str]:
    """The LaTeX of every function, from its block in the rule files."""
    from ..rulebook import RuleBook

    return {name: f.latex for name, f in RuleBook.load().functions.items()}
