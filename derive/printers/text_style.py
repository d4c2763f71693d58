"""Terms as Unicode text for a terminal."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .ascii import number_text
from .names import dim_unicode, subscript, superscript, unicode_name
from .pretty import APPLY, ATOM, COLON, INFIX, PRODUCT, SCRIPT, Piece, Style
from .view import View

_FRACTIONS = {(1, 2): "½", (1, 3): "⅓", (2, 3): "⅔", (1, 4): "¼", (3, 4): "¾", (1, 8): "⅛"}
_ENCLOSED = {
    "norm": ("‖", "‖"),
    "norm1": ("‖", "‖₁"),
    "norm_inf": ("‖", "‖∞"),
    "norm_nuc": ("‖", "‖⁎"),
    "norm_spec": ("‖", "‖₂"),
    "abs": ("|", "|"),
}
_SCRIPTS = {"pinv": "⁺"}
_PREFIXES = {"logdet": "log det", "log": "log"}


class TextStyle(Style):
    """Writes Unicode."""

    had, had_over = " ⊙ ", " ⊘ "

    def bracket(self, piece: Piece) -> Piece:
        return Piece(f"({piece.text})", ATOM)

    def join(self, pieces: list[Piece]) -> str:
        out = pieces[0].text
        for before, piece in pairwise(pieces):
            out += "·" if before.text[-1].isdecimal() and piece.text[0].isdecimal() else " "
            out += piece.text
        return out

    def fraction(self, above: list[Piece], below: Piece) -> Piece:
        texts = [p.text for p in above]
        if below.text.isdecimal():
            number = texts.pop(0) if texts and texts[0].isdecimal() else "1"
            sign = _FRACTIONS.get((int(number), int(below.text))) or f"{number}/{below.text}"
            return Piece(" ".join([sign, *texts]), SCRIPT if sign in _FRACTIONS.values() else PRODUCT)
        if len(above) > 1:
            above = [self.at_least(APPLY, p) for p in above]
        elif above:
            above = [self.at_least(PRODUCT, p) for p in above]
        text = self.join(above) if above else "1"
        return Piece(f"{text}/{self.at_least(SCRIPT, below).text}", PRODUCT)

    def number(self, value: Any) -> Piece:
        text = number_text(value)
        return Piece(text[1:] if text == "1i" else text)

    def name(self, name: str) -> str:
        return unicode_name(name)

    def dim(self, dim: Any) -> str:
        return dim_unicode(dim)

    def raised(self, base: str, exponent: str) -> str:
        if exponent == "H":
            return base + "ᴴ"
        if exponent in ("T", "-T"):
            return base + ("ᵀ" if exponent == "T" else "⁻ᵀ")
        raised = superscript(exponent.replace(" ", ""))
        if raised:
            return base + raised
        return f"{base}^{exponent}" if exponent.lstrip("⊙").isalnum() else f"{base}^({exponent})"

    def elementwise(self, exponent: str) -> str:
        return f"⊙{exponent}"

    def colon(self, left: Piece, right: Piece) -> Piece:
        if self.notation == "inner":
            return Piece(f"⟨{left.text}, {right.text}⟩", ATOM)
        left = self.at_least(PRODUCT, left)
        right = self.bracket(right) if right.minus or right.level < PRODUCT else right
        return Piece(f"{left.text} : {right.text}", COLON)

    def root(self, piece: Piece) -> Piece:
        return Piece(f"√{self.at_least(ATOM, piece).text}", SCRIPT)

    def array(self, head: str, dims: tuple[Any, ...], parts: list[Piece]) -> Piece:
        if head == "unit":
            return Piece("e" + subscript(parts[0].text))
        if head == "commutation":
            return Piece(f"K({','.join(map(dim_unicode, dims))})")
        letter = {"eye": "I", "ones": "1", "zeros": "0"}[head]
        return Piece(letter + subscript("x".join(map(dim_unicode, dims))))

    def call(self, view: View, parts: list[Piece]) -> Piece:
        name = view.data
        if name in _ENCLOSED:
            opening, closing = _ENCLOSED[name]
            return Piece(f"{opening}{parts[0].text}{closing}")
        if name in _SCRIPTS:
            return Piece(self.at_least(ATOM, parts[0]).text + _SCRIPTS[name], SCRIPT)
        if name in _PREFIXES:
            space = " " if parts[0].level == ATOM else ""
            return Piece(f"{_PREFIXES[name]}{space}{self.at_least(ATOM, parts[0]).text}", APPLY)
        if name == "sqrt":
            return self.root(parts[0])
        if name == "kron":
            return Piece(" ⊗ ".join([self.at_least(APPLY, p).text for p in parts]), INFIX)
        if name == "diag" and view.args[0].is_vector:
            name = "Diag"
        return Piece(
            f"{name}({', '.join([p.text for p in parts])})" if parts else {"pi": "π"}.get(name, name)
        )
