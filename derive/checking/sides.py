r"""What a left side claims: ``df``, ``\frac{\partial f}{\partial X}``, ``\nabla_X f``, ``Df(X)[H]``, ``M``, ``dM``."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from ..errors import DeriveError
from ..latex_reader import name_of
from ..latex_words import COMMANDS, FUNCTIONS, GREEK


class Side(NamedTuple):
    """What a left side says.

    `kind`: f, df, d2f, gradient, jacobian, hessian, entry, vec, turning (the gradient's differential), directional,
    moved, other; `name` is the function, ""
    where `expression` is differentiated; `variable` as it is written, or ""; `step` is what is added to the variable,
    or the direction; `less` says that f(X) is subtracted.
    """

    kind: str
    name: str = ""
    variable: str = ""
    transposed: bool = False
    entry: tuple[str, str] = ("", "")
    step: str = ""
    expression: str = ""
    less: bool = False


_SPACING = re.compile(r"\\[,;:!> ]|\\(?:quad|qquad|displaystyle|left|right|limits|[bB]igg?[lrm]?)(?![a-zA-Z])|[\s~&]+")
_WORDS = re.compile(r"\\(?:operatorname|mathrm|text|mathop|mathsf|textrm|mathbf|boldsymbol|bm)\*?\{([a-zA-Z]+)\}|"
                    r"\{\\rm ?([a-zA-Z]+)\}|\\(?:mathrm|rm|mathbf|bf)(?![a-z]) ?([a-zA-Z])")  # fmt: skip
_FONTS = re.compile(r"\\(?:boldsymbol|mathbf|bm|pmb|mathit)\s*(?:\{\s*(\\[a-zA-Z]+)\s*\}|(\\[a-zA-Z]+))")
_ACCENT = re.compile(r"\\(bar|hat|tilde|vec|dot|widehat|widetilde|overline)\s+(\\?[a-zA-Z]+)(?![a-zA-Z])")
_GREEK = "|".join(sorted((g.removeprefix("\\") for g in GREEK), key=len, reverse=True))
_GAP = "\x01"  # a space that ends a command before a letter
_NEXT = re.compile(r"\\([a-zA-Z]+)[\s~]+(?=[a-zA-Z])")
_TIGHT = frozenset("partial delta Delta nabla quad qquad left right displaystyle limits".split())
_UNICODE = str.maketrans(
    {"∂": r"\partial", "∇": r"\nabla", "δ": r"\delta", "ᵀ": "^T", "Δ": r"\Delta", "ε": r"\epsilon"}
)
_D = r"(?:d|D|\\delta|\\partial)"
_N = r"(?P<n>[^{}=]+?|\{[^{}]*\}|\\[a-zA-Z]+\{[^{}]*\}(?:_\w|_\{[^{}]*\})?(?:\([^()]*\))?)"
_V = r"(?P<v>(?:[^{}]|\{[^{}]*\})+?)"
_T = r"(?P<t>\^(?:T|\\top|\{T\}|\{\\top\}|\\intercal|\{\\intercal\}|\{\\mathsf\{?T\}?\}|\{?\\prime\}?)|')?"
_FRAC = r"\\[dt]?frac\{"
_FRACTION = re.compile(_FRAC + _D + r"\{?" + _N + r"\}?\}\{" + _D + _V + _T + r"\}(?P<args>\([^()]*\))?$")
_SLASH = re.compile(_D + _N + "/" + _D + _V + _T + "$")
_SECOND = re.compile(_FRAC + _D + r"\^\{?2\}?" + _N + r"\}\{(?P<b>.*)\}$")
_TWO = re.compile(_D + r"\^\{?2\}?" + _N + "/(?P<b>" + _D + r".*)$")
_BELOW = re.compile(_D + r"(?:\\?vec\()?(\\[a-zA-Z]+|[a-zA-Z](?:_\w)?)")
_VECS = re.compile(
    _FRAC + _D + r"\(?\\?vec\(?" + _N + r"\)?\}\{" + _D + r"(?:\(?\\?vec\(?)?" + _V + r"\)?" + _T + r"\}$"
)
_VECX = re.compile(r"\\?vec\(?([^()]*)\)?$")
_OPERATOR = re.compile(
    _FRAC + _D + r"\}\{" + _D + _V + _T + r"\}(?P<e>.+)$|" + r"\\partial_(?P<w>\w|\{\w+\})(?P<x>.+)$"
)
_OF = re.compile(_FRAC + _D + r"(?P<e>[\[({].+)\}\{" + _D + _V + _T + r"\}$")
_OVER = re.compile(_D + r"(?P<e>(?:\[|\().+(?:\]|\)))/" + _D + _V + _T + "$")
_NABLA = re.compile(
    r"(?:\\nabla|grad)(?P<h>\^\{?2\}?)?(?:_(?:\{(?P<a>[^{}]*)\}|(?P<b>\\[a-zA-Z]+|[a-zA-Z])))?"
    r"(?P<k>\^\{?2\}?)?(?P<n>.+)$"
)
_OF_F = re.compile(r"(?P<w>[HJ])_\{?(?P<n>\w|\\[a-zA-Z]+)\}?(?:\([^()]*\))?$")
_SECOND_PRIME = re.compile(r"(?P<n>\w|\\[a-zA-Z]+)(?:''|\^\{?\\prime\\prime\}?)(?:\([^()]*\))?$")
_JACOBIAN = re.compile(r"D(?P<n>\w|\\[a-zA-Z]+)(?:\([^()]*\))?$")
#: Derivatives that are not read: they are no names of something new.
_NO_NAME = re.compile(
    r"(?:\\Delta|\\dot\{?|\\ddot\{?|\\triangle|\\nabla\\cdot|\\square)(?P<n>\w|\\[a-zA-Z]+)\}?(?:\([^()]*\))?$"
)
_TURNING = re.compile(
    r"(?:d|\\delta)\(?\\nabla(?:_\{?(?P<a>\\?[a-zA-Z]+)\}?)?(?P<n>\\[a-zA-Z]+|[a-zA-Z])(?:\([^()]*\))?\)?$|"
    r"d\(d(?P<m>\w+)/d(?P<b>\w+)\)$"
)
_TURNED = re.compile(r"\^(?:T|\\top|\{T\}|\{\\top\}|\\intercal|\{\\intercal\}|\{\\mathsf\{?T\}?\})$|'$")
_HESSIAN = re.compile(r"(?:\\operatorname\{Hess\}|Hess|hess)\(?(?P<n>[^()]+)\)?$")
_VEC = re.compile(r"\\?vec\(" + _D + r"\{?(?P<n>.+?)\}?\)$|\\?vec" + _D + r"(?P<m>\w+)$")
_ASCII_SECOND = re.compile(r"d2(?P<n>[a-zA-Z]\w*)(?P<v>/d\w+2)?$")
_TWICE = re.compile(r"(?:d|\\delta)\^\{?2\}?(?P<n>.+)$")
_ENTRY = re.compile(r"(?P<v>.+?)_\{?(?P<i>\w),?(?P<j>\w?)\}?$")
_BRACKETED = re.compile(r"(?:\[|\()(?P<v>.+)(?:\]|\))_\{?(?P<i>\w),?(?P<j>\w?)\}?$")
_INDEXED = re.compile(r"d(?P<n>\w+)/d(?P<v>\w+)\[(?P<i>\w+)(?:,(?P<j>\w+))?\]$")
_H = r"(?:\[(?P<h>[^\[\]]+)\]|\((?P<g>[^()]+)\)|(?P<o>[A-Z]|\\Delta[A-Za-z]|[a-z]))"
_DIRECTIONAL = re.compile(
    r"(?:D|d|\\delta|\\partial)(?P<n>\w|\\[a-zA-Z]+)(?:\((?P<v>[^()]+)\)|_\{?(?P<w>[^{}()\[\]]+?)\}?)" + _H + "$"
)
_ALONG = re.compile(r"(?:D|\\partial)_\{?(?P<h>\w|\\Delta\w)\}?(?P<n>\w)(?:\((?P<v>[^()]+)\))?$")
_PRIME = re.compile(r"(?P<n>\w)(?:'|\^\{?\\prime\}?)\((?P<v>[^();]+)(?:;(?P<s>[^()]+))?\)" + "(?:" + _H + ")?$")
_DERIVED = re.compile(r"(?P<n>\w|\\[a-zA-Z]+)(?:'|\^\{?\\prime\}?)(?:\((?P<v>[^();+]+)\))?$")
_SEMICOLON = re.compile(r"(?:D|d|\\delta)(?P<n>\w)\((?P<v>[^();,]+)[;,](?P<h>[^()]+)\)$")
_CURVE = re.compile(
    _FRAC + r"d\}\{d(?P<t>\w|\\[a-zA-Z]+)\}(?P<n>\w)\((?P<v>[^()+]+)\+(?P<u>\w|\\[a-zA-Z]+)\\?,?(?P<h>[^()]+)\)"
    r"(?:\\[bB]igg?[rl]?)?[|\]]?(?:\\[bB]igg?[rl]?)?\|?_\{?(?P<z>\w|\\[a-zA-Z]+)=0\}?$"
)
_MOVED = re.compile(
    r"(?P<n>[^\W\d_]|\\[a-zA-Z]+)\((?P<v>[^()+]+)\+(?P<h>[^()]+)\)(?P<m>-(?P<p>[^\W\d_]|\\[a-zA-Z]+)\((?P<q>[^()]+)\))?$"
)
#: One letter, plain or Greek, perhaps with a font, an accent, a subscript, and arguments in brackets.
_ONE = re.compile(
    r"(?:[^\W\d_]|\\[a-zA-Z]+(?:\{[^{}]*\})?)(?:_(?:\w|\{[^{}]*\}))?(?:\^\{[(\[]\w[)\]]\})?(?:\([^()]*\))?$"
)
_ASCII_NAME = re.compile(r"[a-zA-Z]\w*$")
_LAYER = re.compile(r"\^\{?[(\[](\w)[)\]]\}?$")  # W^{(1)} is W_1
_ARGUMENT = re.compile(r"\([^()]*\)$")


def read_side(
    text: str,
    functions: Collection[str],
    variables: Collection[str] = (),
    words: bool = True,
    of_f: Collection[str] = ("f",),
) -> Side:
    """The kind of a left side.

    `functions` are names of f and of what was defined, `variables` vectors; `words` says that several letters may be
    one name, as in ASCII; `of_f` are the names of f alone.
    """
    s = compact(text)
    if not s:
        return Side("")
    found = _INDEXED.match(s)
    if found:
        return Side("entry", found["n"], found["v"], entry=(found["i"], found["j"] or ""))
    found = _ASCII_SECOND.match(s)
    if found:
        return Side("hessian" if found["v"] else "d2f", plain(found["n"]))
    found = _TURNING.match(s)
    if found:
        return Side("turning", plain(found["n"] or found["m"]), plain(found["a"] or found["b"] or ""))
    return _along(s) or _quotient(s, variables) or _of_nabla(s) or _named(s, text, functions, words, of_f)


def _quotient(s: str, vectors: Collection[str]) -> Side | None:
    """A quotient of differentials."""
    for pattern, kind in ((_VECS, "jacobian"), (_SECOND, "hessian"), (_TWO, "hessian")):
        found = pattern.match(s)
        if found:
            name = plain(found["n"])
            if kind != "hessian":
                return _by_variable(kind, name, found, vectors)
            below = {plain(v) for v in _BELOW.findall(found["b"])}
            if len(below) > 1:
                return Side("mixed", name)
            return Side("hessian", name, below.pop() if below else "")
    for pattern in (_OPERATOR, _OF, _OVER):
        found = pattern.match(s)
        if found:
            if found.groupdict().get("w"):
                return Side("gradient", "", plain(found["w"]), expression=_unwrapped(found["x"]))
            side = _by_variable("gradient", "", found, vectors)
            return _named_or(side, _unwrapped(found["e"]))
    for pattern in (_FRACTION, _SLASH):
        found = pattern.match(s)
        if found:
            name = found["n"].strip("{}")
            side = _by_variable("gradient", plain(name), found, vectors)
            one = (_ONE.match(name) or _ASCII_NAME.match(name)) and not _is_function(name)
            return side if one else side._replace(name="", expression=_unwrapped(name))
    return None


def _is_function(text: str) -> bool:
    """Does a formula begin with the name of a function?"""
    word = re.match(r"\\?[a-zA-Z]+", text)
    return word is not None and (word[0] in COMMANDS or (word[0] in FUNCTIONS and len(word[0]) > 1))


def _named_or(side: Side, expression: str) -> Side:
    one = _ONE.match(expression) and not _is_function(expression)
    return side._replace(name=plain(expression)) if one else side._replace(expression=expression)


def _unwrapped(expression: str) -> str:
    expression = expression.replace(_GAP, " ")
    if expression[:1] in "[({" and expression[-1:] in "])}" and _matches(expression):
        return _unwrapped(expression[1:-1])
    return expression


def _matches(text: str) -> bool:
    """Does the first bracket close at the end?"""
    depth = 0
    for i, c in enumerate(text):
        depth += (c in "[({") - (c in "])}")
        if not depth:
            return i == len(text) - 1
    return False


def _of_nabla(s: str) -> Side | None:
    found = _NABLA.match(s)
    if not found:
        return None
    kind = "hessian" if found["h"] or found["k"] else "gradient"
    name, variable = found["n"].lstrip(_GAP), plain(found["a"] or found["b"] or "")
    turned = _TURNED.search(name)
    alone = name[: turned.start()] if turned else name
    if (_ONE.match(alone) or _ASCII_NAME.match(alone)) and not _is_function(alone):
        return Side(kind, plain(alone), variable, bool(turned))
    if not (_is_function(name) or name[0] in "([{" or name.startswith(("\\|", "\\frac", "\\tfrac"))) or re.search(
        "[:,]", name
    ):
        return Side("other", s)
    return Side(kind, "", variable, expression=_unwrapped(name))


def _along(s: str) -> Side | None:
    """A derivative along a direction, or f at a point nearby."""
    found = _CURVE.match(s)
    if found and found["t"] == found["u"] == found["z"]:
        return Side("directional", plain(found["n"]), plain(found["v"]), step=found["h"])
    found = _MOVED.match(s)
    alike = found and (not found["m"] or (found["p"], found["q"]) == (found["n"], found["v"]))
    if found and alike and found["n"] not in COMMANDS:
        return Side("moved", plain(found["n"]), plain(found["v"]), step=found["h"], less=bool(found["m"]))
    for pattern in (_SEMICOLON, _ALONG, _PRIME, _DIRECTIONAL):
        found = pattern.match(s)
        if found:
            g = found.groupdict()
            step = g.get("h") or g.get("g") or g.get("o") or g.get("s") or ""
            if step:
                return Side("directional", plain(g["n"]), plain(g.get("v") or g.get("w") or ""), step=step)
    return None


def _named(s: str, text: str, functions: Collection[str], words: bool, of_f: Collection[str]) -> Side:
    for pattern in (_OF_F, _SECOND_PRIME, _JACOBIAN):
        found = pattern.match(s)
        if found and plain(found["n"]) in of_f:
            hessian = pattern is _SECOND_PRIME or found.groupdict().get("w") == "H"
            return Side("hessian", plain(found["n"])) if hessian else Side("gradient", plain(found["n"]), "", True)
    found = _NO_NAME.match(s)
    if found and plain(found["n"]) in of_f:
        return Side("mixed", plain(found["n"]))
    for pattern, kind in ((_HESSIAN, "hessian"), (_VEC, "vec"), (_TWICE, "d2f")):
        found = pattern.match(s)
        if found:
            name = plain(found["n"] or found["m"]) if kind == "vec" else plain(found["n"])
            if kind == "vec" and not _ONE.match(found["n"] or found["m"]):
                return Side("other", text)
            return Side(kind, name)
    if _is_function(s):
        return Side("other", text)
    name = plain(s)
    if name in functions:
        return Side("f", name)
    found = _DERIVED.match(s)
    if found and plain(found["n"]) in functions:
        return Side("gradient", plain(found["n"]), plain(found["v"] or ""))
    rest = re.sub("^" + _D, "", s) if re.match(_D, s) else ""
    rest = _unwrapped(rest)
    inner = plain(rest) if rest else ""
    if inner and (inner in functions or (len(s) > 1 and _ONE.match(rest))):
        return Side("df", inner)
    plain_text = words and "\\" not in text and "^" not in text
    if len(s) > 2 and s[0] == "d" and plain_text and _ASCII_NAME.match(s):
        return Side("df", s[1:])
    alone = (_ONE.match(s) and not s.startswith("d(")) or (plain_text and _ASCII_NAME.match(s))
    return Side("f", name) if alone else Side("other", text)


def _by_variable(kind: str, name: str, found: re.Match[str], vectors: Collection[str]) -> Side:
    """What stands below: a variable, its transpose, one of its entries."""
    variable, transposed = found["v"], bool(found["t"])
    vec = _VECX.match(variable)
    if vec and vec[1] and kind == "gradient":
        kind, variable = "jacobian", vec[1]
    entry = _BRACKETED.match(variable) or _ENTRY.match(variable)
    if kind == "gradient" and entry:
        stem = plain(entry["v"])
        if entry["j"] or (stem in vectors and plain(variable) not in vectors and entry["i"].isalnum()):
            return Side("entry", name, stem, transposed, (entry["i"], entry["j"]))
    if not (_ONE.match(variable) or _ASCII_NAME.match(variable)) or "(" in variable:
        return Side("mixed", name)  # by an expression
    return Side(kind, name, plain(variable), transposed)


def compact(text: str) -> str:
    """Without spacing, and with upright and bold words as plain letters."""
    text = _FONTS.sub(lambda m: m[1] or m[2], text.translate(_UNICODE))
    text = _WORDS.sub(lambda m: m[1] or m[2] or m[3], text)
    text = _ACCENT.sub(r"\\\1{\2}", text)
    text = _NEXT.sub(lambda m: m[0] if m[1] in _TIGHT else f"\\{m[1]}{_GAP}", text)
    out = _SPACING.sub("", text)
    return out[1:-1] if out.startswith("{") and out.endswith("}") and _matches(out) else out


def factors(step: str) -> list[str]:
    r"""The names in a step such as ``\epsilonJ`` (its spaces are lost) or ``tH``.

    >>> factors(r"\epsilonJ"), factors("tH"), factors(r"\DeltaX"), factors("epsilon*J")
    (['epsilon', 'J'], ['t', 'H'], ['Delta_X'], ['epsilon', 'J'])
    """
    parts = (
        r"Delta_\w+", r"\\Delta(?=[A-Za-z])[A-Za-z]", r"\\delta(?=[A-Z])[A-Z]", "d[A-Z]", "d(?=[a-z](?![a-z]))[a-z]",
        rf"\\(?:{_GREEK})", rf"(?:{_GREEK}|eps)(?=\*)", r"[^\W\d_](?:_\w+)?",
    )  # fmt: skip
    pattern = "|".join(parts)
    found = re.findall(pattern, re.sub(rf"\\(?:cdot|,|mathbf|boldsymbol|bm)|[{{}}]|{_GAP}", "", step))
    return [plain(f) if not re.match(r"\\delta[A-Z]", f) else "d" + f[-1] for f in found]


def plain(written: str) -> str:
    """The name that is written, without the arguments of a function."""
    written = written.replace(_GAP, " ")
    if "(" in written and not _LAYER.search(written):
        written = _ARGUMENT.sub("", written)
        written = written if written.startswith("\\") else written.strip("{}")
    if not written:
        return ""
    written = _LAYER.sub(r"_\1", written)
    written = re.sub(r"^\\Delta(?=[a-zA-Z])", "Delta_", written)
    if written.startswith("Delta_"):
        return written
    try:
        return name_of(written)
    except DeriveError:
        return written.strip("{}()")
