"""How a name and a dimension print in LaTeX and in Unicode."""

from __future__ import annotations

import re
from functools import lru_cache

from ..terms import Dim

_WORDS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK = dict(zip(_WORDS.split(), "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
LETTERS = {**GREEK, "lam": "λ", "eps": "ε", "ell": "ℓ", "varepsilon": "ε", "varphi": "φ", "vartheta": "ϑ"}
_COMMANDS = {name: "\\" + name for name in LETTERS} | {
    "lam": r"\lambda",
    "eps": r"\varepsilon",
    "omicron": "o",
}
_BY_SYMBOL = {symbol: "\\" + name for name, symbol in GREEK.items()} | {
    "ο": "o",
    "ℓ": r"\ell",
    "ϑ": r"\vartheta",
}
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "ddot": "\u0308"}
_SUBSCRIPTS = dict(zip("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_SUPERSCRIPTS = dict(
    zip("0123456789+-=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True)
)


def _split(name: str) -> tuple[str, list[str], list[str]]:
    """The letter, its accents, its indices: ``x_hat_1`` and ``W1`` have an index 1."""
    stem, *rest = [p for p in name.split("_") if p] or [name]
    match = re.fullmatch(r"([^\W\d_]+)(\d+)", stem)
    if match and (len(match[1]) == 1 or match[1] in LETTERS):
        stem, rest = match[1], [match[2], *rest]
    accents = [p for p in rest if p in _ACCENTS]
    return stem, accents, [p for p in rest if p not in _ACCENTS]


def _latex_word(word: str, font: str) -> str:
    if word in _COMMANDS:
        return _COMMANDS[word]
    if len(word) == 1 or word.isdecimal():
        plain = word.isascii() or not word.isalpha()
        return _BY_SYMBOL.get(word) or (word if plain else rf"\text{{{word}}}")
    if not word.isascii():
        return "".join(_latex_word(c, font) for c in word)
    return rf"\{font}{{{word}}}"


def sub(index: str) -> str:
    """A LaTeX subscript, in braces only where they are needed."""
    return f"_{index}" if len(index) == 1 or re.fullmatch(r"\\[a-zA-Z]+", index) else f"_{{{index}}}"


@lru_cache(maxsize=4096)
def latex_name(name: str) -> str:
    r"""A name as LaTeX.

    >>> [latex_name(n) for n in ("W_1", "x_hat", "Sigma", "lam", "Xnew", "w_out")]
    ['W_1', '\\hat x', '\\Sigma', '\\lambda', '\\mathit{Xnew}', 'w_{\\mathrm{out}}']
    """
    stem, accents, indices = _split(name)
    text = _latex_word(stem, "mathit")
    for accent in accents:
        text = rf"\{accent} {text}" if len(text) == 1 else rf"\{accent}{{{text}}}"
    return text + (sub(",".join(_latex_word(i, "mathrm") for i in indices)) if indices else "")


@lru_cache(maxsize=4096)
def unicode_name(name: str) -> str:
    """A name as Unicode text.

    >>> [unicode_name(n) for n in ("W_1", "Sigma", "lam", "w_out", "theta_q")]
    ['W₁', 'Σ', 'λ', 'wₒᵤₜ', 'θ_q']
    """
    stem, accents, indices = _split(name)
    text = LETTERS.get(stem, stem)
    for accent in accents:
        text += _ACCENTS[accent]
    return text + (subscript(",".join(LETTERS.get(i, i) for i in indices)) if indices else "")


def subscript(index: str) -> str:
    """Unicode subscripts where all the signs exist, else ``_index``."""
    return "".join(map(_SUBSCRIPTS.__getitem__, index)) if set(index) <= set(_SUBSCRIPTS) else f"_{index}"


def superscript(exponent: str) -> str | None:
    """Unicode superscripts, or None where a sign does not exist."""
    return "".join(map(_SUPERSCRIPTS.__getitem__, exponent)) if set(exponent) <= set(_SUPERSCRIPTS) else None


def dim_latex(dim: Dim) -> str:
    """A dimension: ``mn``, ``m^2``."""
    parts = [latex_name(d) + (f"^{k}" if k > 1 else "") for d, k in _powers(dim)]
    return "".join([p + " " if re.search(r"\\[a-zA-Z]+$", p) and p is not parts[-1] else p for p in parts])


def dim_unicode(dim: Dim) -> str:
    """A dimension as Unicode: ``mn``, ``m²``."""
    return "".join([unicode_name(d) + (superscript(str(k)) or "" if k > 1 else "") for d, k in _powers(dim)])


def _powers(dim: Dim) -> list[tuple[str, int]]:
    letters = [str(d) for d in (dim if isinstance(dim, tuple) else (dim,))]
    return [(d, letters.count(d)) for d in dict.fromkeys(letters)]
