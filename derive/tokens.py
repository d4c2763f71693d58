"""Characters to tokens, and what to say about characters that are none."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from .errors import ParseError
from .shapes import bad_letter
from .terms import Number

#: One token: 1 a number, 2 its imaginary `i`, 3 a name, 4 an operator, bracket or line's end, 5 the end.
TOKEN = re.compile(
    r"[^\S\n]*(?:((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(i(?!\w))?"
    r"|([^\W\d_]\w*)"
    r"|(\.\*|\./|\.\^|[-+*/^'():,;=\n])"
    r"|(\Z))"
)
NUMBER, IMAGINARY, WORD, OPERATOR, END = 1, 2, 3, 4, 5

QUOTES = "in a shell the expression stands in double quotes, or every ' is lost"

_MOST_DIGITS = 1000
_MOST_EXPONENT = 300

#: What to write instead of a character that the syntax does not know.
INSTEAD: dict[str, str] = {
    "·": "`*` for a product, `.*` for an elementwise one",
    "⋅": "`*` for a product, `.*` for an elementwise one",
    "×": "`*` for a product, `kron(A,B)` for the Kronecker product",
    "∗": "`*`",
    "−": "the ASCII minus `-`",
    "–": "the ASCII minus `-`",
    "—": "the ASCII minus `-`",
    "÷": "`/`",
    "∕": "`/`",
    "⊙": "`.*`",
    "∘": "`.*`",
    "⊘": "`./`",
    "⊗": "`kron(A,B)`",
    "∶": "`:`",
    "ᵀ": "`'` for the transpose, as in X'",
    "⊤": "`'` for the transpose, as in X'",
    "ᵗ": "`'` for the transpose, as in X'",
    "†": "`pinv(X)`, or conj(X)' for the Hermitian transpose",
    "’": "the ASCII apostrophe `'`",
    "‘": "the ASCII apostrophe `'`",
    "′": "the ASCII apostrophe `'`",
    "´": "the ASCII apostrophe `'`",
    "`": "the ASCII apostrophe `'`",
    "²": "`^2`",
    "³": "`^3`",
    "½": "`1/2`",
    "¼": "`1/4`",
    "‖": "`norm(X)`",
    "∥": "`norm(X)`",
    "|": "`abs(s)` for a number, `norm(x)` for a vector, `det(A)` for a determinant",
    "√": "`sqrt(s)`",
    "∑": "`sum(x)`",
    "∏": "a product that is written out",
    "∂": "the expression alone; the variable goes into `--wrt`",
    "∇": "the expression alone; the variable goes into `--wrt`",
    "⟨": "`A : B` for the inner product",
    "⟩": "`A : B` for the inner product",
    "<": "`A : B` for the inner product",
    ">": "`A : B` for the inner product",
    "[": "names for matrices and vectors; one entry is `unit(m,i)'*X*unit(n,j)`",
    "]": "names for matrices and vectors; one entry is `unit(m,i)'*X*unit(n,j)`",
    "{": "round brackets `(`",
    "}": "round brackets `)`",
    "@": "`*` for the matrix product",
    '"': "nothing there: the quotes belong to the shell or the program, not to the expression",
    "“": "nothing there: the quotes belong to the shell or the program, not to the expression",
    "”": "nothing there: the quotes belong to the shell or the program, not to the expression",
    "\\": "plain names and functions, such as lambda, tr(X), X'; or give the whole expression as LaTeX",
    "$": "the expression without dollars",
    "_": "a letter first: a name is a letter, then letters, digits and `_`",
    "%": "the expression alone, without a comment",
    "#": "the expression alone, without a comment",
    "!": "`gammaln` for the logarithm of a factorial",
    "~": "`~` only in lines of a derivation that is checked",
    "&": "the expression alone",
}


def bad_character(text: str, at: int) -> ParseError:
    """The error for the character at `at`, which begins no token."""
    while at < len(text) and text[at].isspace():
        at += 1
    c = text[at]
    if c == ".":
        return _bad_point(text, at)
    shown = f"`{c}`" if c.isprintable() else "this character"
    name = unicodedata.name(c, "a control character" if ord(c) < 32 else f"U+{ord(c):04X}").lower()
    label = shown if c.isascii() and c.isprintable() else f"{shown} ({name})"
    if c in INSTEAD:
        hint = f"write {INSTEAD[c]}"
    elif unicodedata.category(c) in ("Mn", "Mc", "Me"):
        hint = "put the accent into the name, as in x_hat"
    elif c.isdigit() or c.isnumeric():
        hint = "write numbers with the digits 0 to 9, an index as in W_1, a power with `^`"
    else:
        hint = "names are letters, digits and `_`; the operators are + - * / ^ ' : .* ./ .^"
    return ParseError(f"{label} is not part of the syntax", text=text, span=(at, at + 1), hint=hint)


def _bad_point(text: str, at: int) -> ParseError:
    span = (at, at + 1)
    if text[at + 1 : at + 2] == "T" and not text[at + 2 : at + 3].isalnum():
        what, hint = "`.T` is not part of the syntax", "write `'` for the transpose, as in X'"
        span = (at, at + 2)
    elif at and text[at - 1].isdigit():
        what, hint = "a digit must follow the decimal point", f"write {text[at - 1]}.0 or {text[at - 1]}"
    elif text[at + 1 : at + 2].isalpha():
        what, hint = (
            "`.` does not lead to a function or an attribute",
            "write tr(X), not X.trace or np.trace(X)",
        )
    else:
        what, hint = "`.` stands alone", "the elementwise operators are `.*`, `./` and `.^`"
    return ParseError(what, text=text, span=span, hint=hint)


def check_name(text: str, start: int, name: str) -> None:
    """Raise the error for a name with a character that no name may hold (``X²``, ``Xᵀ``, ``W₁``)."""
    bad = bad_letter(name)
    if bad is None:
        return
    digit = unicodedata.digit(name[bad], None)
    if digit is not None and "SUBSCRIPT" in unicodedata.name(name[bad], ""):
        c = name[bad]
        raise ParseError(
            f"`{c}` ({unicodedata.name(c).lower()}) is not part of the syntax",
            text=text,
            span=(start + bad, start + bad + 1),
            hint=f"write the index after `_`, as in {name[:bad]}_{digit}",
        )
    raise bad_character(text, start + bad)


def number(text: str, start: int, end: int, imaginary: bool) -> Number | complex:
    """The number that stands in text[start:end]: an int, a decimal as typed, or an imaginary number."""
    digits = text[start:end]
    try:
        if len(digits) > _MOST_DIGITS:
            raise InvalidOperation
        if digits.isdigit() and not imaginary:
            return int(digits)
        value = Decimal(digits)
        if value and abs(value.adjusted()) > _MOST_EXPONENT:
            raise InvalidOperation
    except InvalidOperation:
        shown = digits if len(digits) <= 20 else digits[:17] + "..."
        raise ParseError(
            f"the number {shown} is out of range",
            text=text,
            span=(start, end),
            why=f"decimals lie between 1e-{_MOST_EXPONENT} and 1e{_MOST_EXPONENT}, "
            f"integers have at most {_MOST_DIGITS} digits",
            hint="give it a name, and declare the name a scalar",
        ) from None
    return complex(0.0, float(value)) if imaginary else value


def excerpt(text: str, start: int, end: int, width: int = 40) -> str:
    """The text between two places on one line, shortened in the middle."""
    part = text[start : min(end, start + 4 * width)] if end - start > 8 * width else text[start:end]
    shown = " ".join(part.split())
    if end - start <= 8 * width and len(shown) <= width:
        return shown
    tail = " ".join(text[max(start, end - width) : end].split())
    return f"{shown[: width - width // 3 - 3]}...{tail[-(width // 3) :]}"
