"""LaTeX as people type it, to tokens: spacing and sizes dropped, Unicode signs written as commands."""

from __future__ import annotations

import re

from .errors import LimitError, ParseError

#: A token: kind, value, start, end.  Kinds: ``command`` (with its backslash), ``letter`` (one letter), ``num``,
#: ``sign`` (operators, brackets, bars; a value such as ``open|`` says to which side a bar belongs), ``line``, ``end``.


class Token:
    """A part of the text; `glued` says that it follows the letter before it without a space."""

    __slots__ = ("end", "glued", "kind", "start", "value")

    def __init__(self, kind: str, value: str, start: int, end: int, glued: bool = False) -> None:
        self.kind, self.value, self.start, self.end, self.glued = kind, value, start, end, glued

    def __repr__(self) -> str:
        return f"{self.kind}:{self.value}"


_TOKEN = re.compile(
    r"(?P<space>(?:\s|~|&|\$|%[^\n]*(?:\n|$))+)"
    r"|(?P<line>\\\\\*?(?:\[[^\]\n]{0,12}\])?)"
    r"|(?P<command>\\(?:[a-zA-Z]+\*?|.)|\\\n)"
    r"|(?P<num>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<letter>[^\W\d_])"
    r"|(?P<sign>:=|\|\||.)",
    re.DOTALL,
)
#: Commands that say nothing about the formula.
_SILENT = frozenset(
    r"""\, \; \: \! \> \  \( \) \[ \] \quad \qquad \displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits
    \nolimits \thinspace \medspace \thickspace \negthinspace \enspace \enskip \strut \mathstrut \nonumber \notag
    \mathopen \mathclose \mathbin \mathrel \mathord \mathinner \hfill \allowbreak \nobreak \relax \noindent
    \hline \centering \normalsize \large \Large \small \middle""".split()
) | {"\\ ", "\\\n", "\\\t", "\\/"}
_OPENING = re.compile(r"\\(?:left|mleft|[bB]ig{1,2}l)$")
_CLOSING = re.compile(r"\\(?:right|mright|[bB]ig{1,2}r)$")
_EITHER = re.compile(r"\\[bB]ig{1,2}m?$")
#: Commands whose argument is a length, a label, or what is not seen.
_DROPPED = frozenset(
    r"\hspace \hspace* \vspace \vspace* \phantom \hphantom \vphantom \label \tag \tag* \color \mspace".split()
)
_ENVIRONMENTS = frozenset(
    """equation align aligned gather gathered split multline eqnarray alignat alignedat flalign displaymath math
    dmath""".split()
)
_BARS = {
    r"\lvert": "open|", r"\rvert": "close|", r"\vert": "|", r"\mid": "|", r"\lVert": "openN", r"\rVert": "closeN",
    r"\Vert": "N", r"\|": "N", r"\parallel": "N", "||": "N", "|": "|",
}  # fmt: skip
_SAME = {
    r"\{": "{[", r"\}": "]}", r"\lbrace": "{[", r"\rbrace": "]}", r"\lbrack": "[", r"\rbrack": "]",
    r"\lparen": "(", r"\rparen": ")", r"\langle": "<", r"\rangle": ">", r"\lt": "<", r"\gt": ">", ":=": "=",
    r"\coloneqq": "=", r"\triangleq": "=", r"\colon": ":", r"\prime": "'", r"\slash": "/",
    r"\bullet": r"\bullet", r"\vcentcolon": ":", r"\lbracket": "[", r"\rbracket": "]",
    r"\cdotp": r"\cdot", r"\centerdot": r"\cdot", r"\hadamard": r"\odot", r"\colonequals": "=",
}  # fmt: skip
_UNICODE = {
    "·": r"\cdot", "⋅": r"\cdot", "×": r"\times", "∗": "*", "−": "-", "–": "-", "—": "-", "÷": "/", "∕": "/",
    "⊙": r"\odot", "∘": r"\circ", "⊘": r"\oslash", "⊗": r"\otimes", "∶": ":", "’": "'", "′": "'", "‘": "'",
    "´": "'", "‖": r"\|", "∥": r"\|", "⟨": "<", "⟩": ">", "〈": "<", "〉": ">", "∑": r"\sum", "∏": r"\prod",
    "√": r"\sqrt",
    "∇": r"\nabla", "∂": r"\partial", "∈": r"\in", "≤": r"\le", "≥": r"\ge", "∞": r"\infty", "≔": "=", "𝟙": r"\ONES",
    "𝟏": r"\ONES", "½": r"\HALF", "¼": r"\QUARTER", "⊤": r"\top", "†": r"\dagger", "ℓ": r"\ell", "ϵ": r"\epsilon",
    "≈": r"\approx", "≡": r"\equiv", "→": r"\to",
}  # fmt: skip
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀᵗᴴ", "0 1 2 3 4 5 6 7 8 9 - + T T H".split()))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙₘ", "0123456789ijknm"))
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩϕϑς",
        """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi
        omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega phi vartheta varsigma""".split(),
    )
)
_LONGEST_NUMBER = 300
_MOST = 200_000  # tokens


class Tokens:
    """The tokens of a text, and the errors about its characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[Token] = []

    def error(self, what: str, start: int, end: int, why: str = "", hint: str = "") -> ParseError:
        return ParseError(what, text=self.text, span=(start, end), why=why, hint=hint)

    def run(self) -> list[Token]:
        text, at, end = self.text, 0, len(self.text)
        match = _TOKEN.match
        while at < end:
            m = match(text, at)
            assert m is not None
            kind, value, start = m.lastgroup or "", m[0], at
            at = m.end()
            if len(self.out) > _MOST:
                raise LimitError(f"the formula has more than {_MOST} signs", hint="is it one formula?")
            if kind == "space":
                continue
            if kind == "letter" and value.isascii():
                before = self.out[-1] if self.out else None
                glued = before is not None and before.kind == "letter" and before.end == start
                self.out.append(Token("letter", value, start, at, glued))
            elif kind == "num":
                if len(value) > _LONGEST_NUMBER:
                    raise self.error("the number is too long", start, at, hint="give it a name")
                self.out.append(Token("num", value, start, at))
            elif kind == "line":
                self.out.append(Token("line", value, start, at))
            elif kind == "command":
                at = self.command(value, start, at)
            elif kind == "letter":
                at = self.unicode(value, start)
            else:
                at = self.sign(value, start, at)
        self.out.append(Token("end", "", end, end))
        return self.out

    def command(self, value: str, start: int, at: int) -> int:
        if value in _SILENT:
            return at
        if (
            value in (r"\left", r"\right", r"\mleft", r"\mright")
            or _EITHER.match(value)
            or _OPENING.match(value)
            or (_CLOSING.match(value))
        ):
            return self.sized(value, start, at)
        if value in _DROPPED:
            return self.argument(start, at)[1]
        if value == r"\hskip" or value == r"\kern" or value == r"\mkern":
            m = re.compile(r"\s*-?[\d.]+\s*(?:pt|em|ex|mu|cm|mm)").match(self.text, at)
            return m.end() if m else at
        if value in (r"\begin", r"\end"):
            name, stop = self.argument(start, at)
            if name.rstrip("*") not in _ENVIRONMENTS:
                raise self.error(
                    f"the environment `{name[:20]}` is not read",
                    start,
                    stop,
                    why="a matrix is named, not written out by its entries"
                    if "matrix" in name or name in ("array", "cases")
                    else "",
                    hint="use names with shapes, as in X: m x n",
                )
            if name.startswith(("alignat", "alignedat")):
                stop = self.argument(start, stop)[1] if value == r"\begin" else stop
            return stop
        if value in _BARS:
            self.bar(_BARS[value], start, at)
        elif value in _SAME:
            self.put(_SAME[value], start, at)
        elif len(value) == 2 and not value[1].isalpha():
            raise self.error(f"`{value}` is not read", start, at)
        else:
            self.out.append(Token("command", value.rstrip("*"), start, at))
        return at

    def put(self, value: str, start: int, end: int) -> None:
        value = _BARS.get(value, value)
        self.out.append(Token("command" if value[0] == "\\" else "sign", value, start, end))

    def argument(self, start: int, at: int) -> tuple[str, int]:
        r"""The text of the argument in braces (of \label, \begin, \hspace) and where it ends."""
        m = re.compile(r"\s*\{([^{}]{0,200})\}").match(self.text, at)
        if m is None:
            raise self.error(f"`{self.text[start:at]}` needs its argument in braces", start, at)
        return m[1].strip(), m.end()

    def sized(self, value: str, start: int, at: int) -> int:
        r"""The delimiter after \left, \right, \big, \bigl: bars learn from it on which side they stand."""
        m = re.compile(r"\s*(\\[a-zA-Z]+|\\.|\|\||.)", re.DOTALL).match(self.text, at)
        if m is None:
            raise self.error(f"a delimiter must follow `{value}`", start, at)
        mark = m[1]
        mark = _UNICODE.get(mark, mark)
        side = "open" if _OPENING.match(value) else "close" if _CLOSING.match(value) else ""
        if mark == "||":
            mark = r"\|" if not value.startswith((r"\left", r"\right", r"\mleft", r"\mright")) else "|"
        if mark == "|" and m[1] == "||":
            self.bar(side + "|", start, m.start(1) + 1)
            return m.start(1) + 1
        if mark in _BARS:
            plain = _BARS[mark]
            self.bar(plain if plain[0] in "oc" or not side else side + plain, start, m.end())
        elif mark in _SAME or mark in "()[]<>/":
            self.put(_SAME.get(mark, mark), start, m.end())
        else:
            hint = "an invisible delimiter says nothing about where the formula ends" if mark == "." else ""
            raise self.error(f"`{value}{mark}` is not read", start, m.end(), hint=hint)
        return m.end()

    def bar(self, value: str, start: int, end: int) -> None:
        self.out.append(Token("sign", value, start, end))

    def unicode(self, value: str, start: int) -> int:
        """A letter or sign beyond ASCII."""
        if value in _GREEK:
            self.out.append(Token("command", "\\" + _GREEK[value], start, start + 1))
            return start + 1
        if value in _RAISED or value in _LOWERED:
            return self.scripts(start)
        if value in _UNICODE:
            self.put(_UNICODE[value], start, start + 1)
            return start + 1
        plain = _plain(value)
        if plain:
            self.out.append(Token("letter", plain, start, start + 1))
            return start + 1
        if value.isalpha() and value.isprintable():
            self.out.append(Token("letter", value, start, start + 1))
            return start + 1
        shown = f"`{value}`" if value.isprintable() else f"the character U+{ord(value):04X}"
        raise self.error(f"{shown} is not read", start, start + 1)

    def scripts(self, start: int) -> int:
        """A run of raised or lowered characters, as ``^{...}`` or ``_{...}``."""
        text, at = self.text, start
        raised = text[at] in _RAISED
        table = _RAISED if raised else _LOWERED
        self.put("^" if raised else "_", at, at + 1)
        self.put("{", at, at + 1)
        while at < len(text) and text[at] in table:
            c = table[text[at]]
            kind = "num" if c.isdigit() else "letter" if c.isalpha() else "sign"
            if kind == "num" and self.out[-1].kind == "num":
                self.out[-1].value += c
                self.out[-1].end = at + 1
            else:
                self.out.append(Token(kind, c, at, at + 1))
            at += 1
        self.put("}", at, at)
        return at

    def spacing(self) -> bool:
        r"""Does a brace close an empty group behind an operator, as in ``\cdot{}``, which makes a space alone?"""
        return len(self.out) > 1 and self.out[-1].value == "{" and self.out[-2].value in _INFIX

    def sign(self, value: str, start: int, at: int) -> int:
        if value in _BARS:
            self.bar(_BARS[value], start, at)
        elif value == "}" and self.spacing():
            self.out.pop()
        elif value in "+-*/^_'(){}[],;=<>:.":
            self.put(value, start, at)
        elif value == ":=":
            self.put("=", start, at)
        elif value == "!":
            raise self.error("`!` is not read", start, at, hint="a factorial is no function of matrix calculus here")
        elif not value.isascii():
            return self.unicode(value, start)
        else:
            raise self.error(
                f"`{value}` is not read" if value.isprintable() else "this character is not read", start, at
            )
        return at


_INFIX = frozenset(["+", "-", "=", "*", "/", r"\cdot", r"\times", r"\odot", r"\circ", r"\otimes", r"\oslash"])


def _plain(value: str) -> str:
    """A mathematical letter of Unicode (bold, italic) as the plain one."""
    import unicodedata

    plain = unicodedata.normalize("NFKC", value)
    return plain if len(plain) == 1 and plain.isascii() and plain.isalpha() and plain != value else ""


def tokens(text: str) -> list[Token]:
    r"""The tokens of a LaTeX formula; raises `ParseError` for characters that are none.

    >>> [t.value for t in tokens(r"\tfrac12\left|X^\top\,\right|")]
    ['\\tfrac', '12', 'open|', 'X', '^', '\\top', 'close|', '']
    """
    return Tokens(text).run()
