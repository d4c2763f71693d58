r"""What a left side claims: ``df``, ``\frac{\partial f}{\partial X}``, ``\nabla_X f``, ``M``, ``dM``, ..."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import DeriveError
from ..latex_reader import name_of


class Side(NamedTuple):
    """`kind`: f, df, d2f, gradient, jacobian, hessian, entry, vec, name, other; `variable` as it is written, or ""."""

    kind: str
    name: str = ""
    variable: str = ""
    transposed: bool = False
    entry: tuple[str, str] = ("", "")


_SPACING = re.compile(r"\\[,;:!> ]|\\(?:quad|qquad|displaystyle|left|right|limits)(?![a-zA-Z])|[\s~&]+")
_WORDS = re.compile(r"\\(?:operatorname|mathrm|text|mathop|mathsf|textrm)\*?\{([a-zA-Z]+)\}|\{\\rm ?([a-zA-Z]+)\}")
_D = r"(?:d|D|\\delta|\\partial)"
_N = r"(?P<n>[^{}]+?|\{[^{}]*\}|\\[a-zA-Z]+\{[^{}]*\})"
_V = r"(?P<v>.+?)"
_T = r"(?P<t>\^(?:T|\\top|\{T\}|\{\\top\}|\\intercal|\{\\intercal\}|\{\\mathsf\{?T\}?\}|'))?"
_FRAC = r"\\[dt]?frac\{"
_FRACTION = re.compile(_FRAC + _D + _N + r"\}\{" + _D + _V + _T + r"\}$")
_SLASH = re.compile(_D + _N + "/" + _D + _V + _T + "$")
_SECOND = re.compile(_FRAC + _D + r"\^\{?2\}?" + _N + r"\}\{.*\}$")
_VECS = re.compile(_FRAC + _D + r"\(?vec\(?" + _N + r"\)?\}\{" + _D + r"\(?vec\(?" + _V + r"\)?" + _T + r"\}$")
_NABLA = re.compile(
    r"(?:\\nabla|grad)(?P<h>\^\{?2\}?)?(?:_(?:\{(?P<a>[^{}]*)\}|(?P<b>\\?[a-zA-Z]+)))?"
    r"(?P<k>\^\{?2\}?)?(?P<n>.+)$"
)
_HESSIAN = re.compile(r"(?:\\operatorname\{Hess\}|Hess|hess)\(?(?P<n>[^()]+)\)?$")
_VEC = re.compile(r"\\?vec\(" + _D + r"(?P<n>.+)\)$|\\?vec" + _D + r"(?P<m>\w+)$")
_ASCII_SECOND = re.compile(r"d2(?P<n>[a-zA-Z]\w*)(?P<v>/d\w+2)?$")
_TWICE = re.compile(r"(?:d|\\delta)\^\{?2\}?(?P<n>.+)$")
_ENTRY = re.compile(r"(?P<v>.+?)_\{?(?P<i>\w),?(?P<j>\w?)\}?$")
#: One letter, plain or Greek, perhaps with a font, an accent, a subscript, and arguments in brackets.
_ONE = re.compile(r"(?:[^\W\d_]|\\[a-zA-Z]+(?:\{[^{}]*\})?)(?:_(?:\w|\{[^{}]*\}))?(?:\([^()]*\))?$")
_ARGUMENT = re.compile(r"\([^()]*\)$")


def read_side(text: str, functions: set[str]) -> Side:
    """The kind of a left side; `functions` are names of f and of what was defined."""
    s = compact(text)
    if not s:
        return Side("")
    for pattern, kind in ((_VECS, "jacobian"), (_SECOND, "hessian"), (_FRACTION, "gradient"), (_SLASH, "gradient")):
        found = pattern.match(s)
        if found:
            name = plain(found["n"])
            if kind == "hessian":
                return Side(kind, name)
            return _by_variable(kind, name, found["v"], bool(found["t"]))
    found = _NABLA.match(s)
    if found:
        kind = "hessian" if found["h"] or found["k"] else "gradient"
        return Side(kind, plain(found["n"]), plain(found["a"] or found["b"] or ""))
    found = _HESSIAN.match(s)
    if found:
        return Side("hessian", plain(found["n"]))
    found = _VEC.match(s)
    if found:
        return Side("vec", plain(found["n"] or found["m"]))
    found = _ASCII_SECOND.match(s)
    if found:
        return Side("hessian" if found["v"] else "d2f", plain(found["n"]))
    found = _TWICE.match(s)
    if found:
        return Side("d2f", plain(found["n"]))
    name = plain(s)
    if name in functions:
        return Side("f", name)
    inner = plain(re.sub("^" + _D, "", s)) if re.match(_D, s) else ""
    if inner and (inner in functions or (len(s) > 1 and _ONE.match(re.sub("^" + _D, "", s)))):
        return Side("df", inner)
    return Side("f", name) if _ONE.match(s) else Side("other", text)


def _by_variable(kind: str, name: str, variable: str, transposed: bool) -> Side:
    found = _ENTRY.match(variable)
    if kind == "gradient" and found and found["j"]:
        return Side("entry", name, plain(found["v"]), transposed, (found["i"], found["j"]))
    return Side(kind, name, plain(variable), transposed)


def compact(text: str) -> str:
    """Without spacing, and with upright words as plain letters."""
    text = _WORDS.sub(lambda m: (m[1] or m[2]), text)
    out = _SPACING.sub("", text)
    return out[1:-1] if out.startswith("{") and out.endswith("}") else out


def plain(written: str) -> str:
    """The name that is written, without the arguments of a function."""
    written = _ARGUMENT.sub("", written).strip("{}") if "(" in written else written
    if not written:
        return ""
    try:
        return name_of(written)
    except DeriveError:
        return written.strip("{}()")
