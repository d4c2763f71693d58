"""The words of LaTeX formulas: fonts, accents, Greek letters, and what people call functions."""

from __future__ import annotations

import re

from .errors import ParseError
from .latex_tokens import Token

#: Fonts that say nothing about which variable a letter is.
PLAIN = frozenset(
    r"""\mathbf \boldsymbol \bm \pmb \textbf \mathnormal \bold \symbf \mathbfit \vec \underline \bf \bfseries \it
    \mathord \boldmath \uline \overrightarrow \ensuremath \boxed \vect \mat \bs \textit \mit""".split()
)
#: Fonts that may make another variable of a letter.
FANCY = frozenset(r"\mathcal \mathscr \mathfrak \mathbb \mathbbm \mathds \cal \frak \Bbb".split())
#: Fonts of words: functions, names of several letters, the T of a transpose.
UPRIGHT = frozenset(
    r"""\mathrm \textrm \text \operatorname \mathsf \textsf \mathtt \texttt \mathit \rm \sf \tt \mbox \textnormal
    \textup \mathop \hbox \mathup \sffamily \DeclareMathOperator \operatornamewithlimits""".split()
)
_OLD = frozenset(r"\bf \it \rm \sf \tt \cal \frak \bfseries \sffamily \mit \boldmath".split())
ACCENTS = {
    r"\hat": "hat", r"\widehat": "hat", r"\tilde": "tilde", r"\widetilde": "tilde", r"\bar": "bar",
    r"\overline": "bar", r"\dot": "dot", r"\ddot": "ddot", r"\check": "check", r"\breve": "breve",
}  # fmt: skip

_GREEK = """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron pi
varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma
Upsilon Phi Psi Omega ell varGamma varDelta varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi
varOmega digamma imath jmath hbar
nabla"""
GREEK = {"\\" + word: word for word in _GREEK.split() if word != "nabla"}
#: Other names under which a Greek letter may be declared.
ALIASES = {
    "lambda": ("lam", "lmbda", "λ"), "epsilon": ("eps", "varepsilon", "ε"), "varepsilon": ("epsilon", "eps", "ε"),
    "varphi": ("phi",), "phi": ("varphi",), "vartheta": ("theta",), "theta": ("vartheta",), "varrho": ("rho",),
    "varsigma": ("sigma",), "varpi": ("pi",),
    **{f"var{w}": (w,) for w in "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()},
}  # fmt: skip
LETTERS = dict(
    zip(
        """alpha beta gamma delta zeta eta iota kappa mu nu xi pi rho sigma tau upsilon chi psi omega Gamma Delta Theta
        Lambda Xi Pi Sigma Upsilon Phi Psi Omega theta phi""".split(),
        "αβγδζηικμνξπρστυχψωΓΔΘΛΞΠΣΥΦΨΩθφ",
    )
)

#: Words for functions, and the function of ours.  The ones in `BY_SHAPE` are chosen by the shape of the argument.
_FUNCTIONS = {
    "tr": "tr Tr TR trace Trace", "det": "det Det", "logdet": "logdet", "log": "log ln Log Ln", "exp": "exp Exp",
    "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "arcsin": "arcsin asin", "arccos": "arccos acos", "arctan": "arctan atan", "sqrt": "sqrt",
    "diag": "diag", "Diag": "Diag", "vec": "vec Vec", "adj": "adj", "softmax": "softmax Softmax",
    "logsumexp": "logsumexp LogSumExp lse LSE", "relu": "relu ReLU Relu", "sigmoid": "sigmoid Sigmoid sigm logistic",
    "softplus": "softplus Softplus", "erf": "erf", "sign": "sign sgn", "conj": "conj", "real": "Re", "imag": "Im",
    "tril": "tril", "triu": "triu", "expm": "expm", "logm": "logm", "sqrtm": "sqrtm", "max": "max", "min": "min",
    "mean": "mean", "sum": "sum", "abs": "abs", "inv": "inv", "kron": "kron", "norm": "norm",
}  # fmt: skip
FUNCTIONS = {word: ours for ours, words in _FUNCTIONS.items() for word in words.split()}
COMMANDS = {
    **{"\\" + w: FUNCTIONS[w] for w in "det log ln exp sin cos tan sinh cosh tanh max min".split()},
    **{"\\" + w: w for w in "arcsin arccos arctan".split()},
    r"\tr": "tr", r"\Tr": "tr", r"\trace": "tr", r"\diag": "diag", r"\Diag": "Diag", r"\vect": "vec", r"\rank": "rank",
    r"\softmax": "softmax", r"\sign": "sign", r"\sgn": "sign", r"\Re": "real", r"\Im": "imag", r"\logdet": "logdet",
    r"\relu": "relu", r"\ReLU": "relu", r"\sigmoid": "sigmoid", r"\vecop": "vec", r"\vectorize": "vec", r"\lg": "lg",
    r"\sec": "sec", r"\csc": "csc", r"\cot": "cot", r"\coth": "coth",
}  # fmt: skip
#: Functions that a square matrix has in two senses.
BY_SHAPE = {"exp": "expm", "log": "logm", "sqrt": "sqrtm", "sin": "sinm", "cos": "cosm"}
#: Plain letters that are read as a function's name when they stand together.
SPELLED = frozenset(
    """tr Tr trace Trace det Det logdet log ln exp sin cos tan sinh cosh tanh sqrt diag Diag vec softmax logsumexp
    relu ReLU sigmoid softplus erf sign sgn adj kron norm rank abs max min sum mean arctan arcsin arccos inv""".split()
)
TRANSPOSES = frozenset(["T", "t", "top", "intercal", "transpose", "tr", "Tr", "trans"])


def _matching(tokens: list[Token], i: int) -> int:
    """The place of the brace that closes the one at `i`, or -1."""
    depth = 0
    for j in range(i, min(len(tokens), i + 400)):
        if tokens[j].kind == "sign":
            depth += (tokens[j].value == "{") - (tokens[j].value == "}")
            if depth == 0:
                return j
    return -1


def without_fonts(tokens: list[Token], text: str) -> list[Token]:
    r"""The tokens without fonts: upright words become ``word`` tokens, a bold 1 the vector of ones."""
    out: list[Token] = []
    skipped: set[int] = set()
    i = 0
    while i < len(tokens):
        t = tokens[i]
        if i in skipped:
            i += 1
            continue
        value = t.value
        if t.kind == "command" and value in UPRIGHT:
            i = _word(tokens, i, text, out)
            continue
        if t.kind == "command" and (value in PLAIN or value in FANCY):
            after = i + 1
            if after < len(tokens) and tokens[after].kind == "sign" and tokens[after].value == "{":
                close = _matching(tokens, after)
                spelled = "".join(x.value for x in tokens[after + 1 : close] if x.kind == "letter") if close > 0 else ""
                if spelled in FUNCTIONS and len(spelled) == close - after - 1 > 1:
                    out.append(Token("word", spelled, t.start, tokens[close].end))
                    i = close + 1
                    continue
                if close > 0 and all(_simple(x) for x in tokens[after + 1 : close]):
                    skipped.update((after, close))
                    _mark(tokens, after + 1, close, value)
                    if close == after + 2:
                        tokens[after + 1].start, tokens[after + 1].end = t.start, tokens[close].end
            elif value in _OLD:
                close = after
                while close < len(tokens) and _simple(tokens[close]):
                    close += 1
                _mark(tokens, after, close, value)
            elif after < len(tokens):
                _mark(tokens, after, after + 1, value)
                if tokens[after].kind in ("letter", "fancy"):
                    tokens[after].start = t.start
            i += 1
            continue
        out.append(t)
        i += 1
    return _bare_names(out)


def _bare_names(tokens: list[Token]) -> list[Token]:
    r"""The tokens without the braces around nothing but a function's name: ``{\rm tr}(X)``."""
    out: list[Token] = []
    for t in tokens:
        out.append(t)
        if t.kind == "sign" and t.value == "}" and len(out) > 2:
            opening, name = out[-3:-1]
            script = len(out) > 3 and out[-4].kind == "sign" and out[-4].value in ("^", "_")
            function = (name.kind == "word" and name.value in FUNCTIONS) or name.value in COMMANDS
            if opening.kind == "sign" and opening.value == "{" and function and not script:
                out[-3:] = [name]
    return out


def _simple(t: Token) -> bool:
    return (
        t.kind in ("letter", "num")
        or (t.kind == "command" and (t.value in GREEK or t.value in PLAIN or t.value in FANCY or t.value in ACCENTS))
        or (t.kind == "sign" and t.value in ("_", "^", "'"))
    )


def _mark(tokens: list[Token], start: int, end: int, font: str) -> None:
    r"""What a font says about the letters in it: a bold 1 is the vector of ones, \mathbb E is no matrix."""
    for t in tokens[start:end]:
        scripted = t is not tokens[start] and tokens[tokens.index(t, start, end) - 1].value in ("_", "^")
        if t.kind == "num" and set(t.value) == {"1"} and not scripted:
            t.kind, t.value = "command", r"\ONES" if len(t.value) == 1 else r"\ONESONES"
        elif t.kind == "letter" and font in FANCY:
            t.kind, t.value = "fancy", font + " " + t.value
        elif t.kind == "letter":
            t.glued = False


def _word(tokens: list[Token], i: int, text: str, out: list[Token]) -> int:
    start = tokens[i]
    after = i + 1
    if after < len(tokens) and tokens[after].kind == "sign" and tokens[after].value == "{":
        close = _matching(tokens, after)
        if close < 0:
            raise ParseError("this brace is never closed", text=text, span=(tokens[after].start, tokens[after].end))
        inside = tokens[after + 1 : close]
        if len(inside) == 1 and inside[0].kind in ("command", "num"):
            out.append(inside[0])  # \mathrm{1}, \mathsf{\Sigma}
        else:
            word = text[tokens[after].end : tokens[close].start]
            word = " ".join(
                re.sub(r"\\(?:[,!; ]|(?:rm|bf|it|sf|mathrm|text|operatorname)(?![a-zA-Z]))|[{}]", " ", word).split()
            )
            out.append(Token("word", word, start.start, tokens[close].end))
        return close + 1
    stop = after
    if start.value in _OLD:
        while stop < len(tokens) and tokens[stop].kind == "letter" and (stop == after or tokens[stop].glued):
            stop += 1
    else:
        stop = after + (after < len(tokens) and tokens[after].kind == "letter")
    if stop > after:
        word = "".join(t.value for t in tokens[after:stop])
        out.append(Token("word", word, start.start, tokens[stop - 1].end))
    return stop
