r"""One row of a derivation to statements: left side, relation, right side.

A chain ``a = b = c`` is two statements; a row that begins with ``=`` goes on from the one before; what is parted by
``\quad``, arrows, ``\text{where}`` or commas is read part by part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..latex_words import FUNCTIONS
from .rows import ENVIRONMENTS, closing

#: Words of prose: they part statements, and say nothing.
_CONNECTIVES = (
    r"\\(?:implies|impliedby|iff|Rightarrow|Longrightarrow|Leftrightarrow|Longleftrightarrow|therefore|because|"
    r"longrightarrow|leadsto|rightsquigarrow|hookrightarrow|Leftarrow|bullet|qquad)(?![a-zA-Z])|\\hspace\*?\{[^{}]*\}|⇒|⟹|⇔|⟺|∴|=>"
)
_PROSE = r"\\(?:text|textrm|textit|textbf|emph|mbox|hbox|rlap|llap|intertext|shortintertext|rm|mathrm)\s*\{"
_PART = re.compile(
    rf"{_CONNECTIVES}|\\\\(?:\[[^\]]*\])?|\\cr(?![a-zA-Z])|(?<=[,;.:])\s*\\quad(?![a-zA-Z])|\\quad(?=\s*\\q?quad)|:(?=\s*(?:\\q?quad|$))"
)
_RELATION = re.compile(
    r":=|\\coloneqq|\\triangleq|\\equiv(?![a-zA-Z])|\\doteq(?![a-zA-Z])|≔|≡|=|\\approx(?![a-zA-Z])|\\simeq(?![a-zA-Z])|"
    r"\\cong(?![a-zA-Z])|≈|~|"
    r"\\(?:overset|stackrel|underset)\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*\{\s*(?:=|:=|\\equiv|\\approx)\s*\}"
)
_OTHER = re.compile(
    r"\\(?:propto|leq?|geq?|neq?|ll|gg|preceq|succeq|prec|succ|in|notin|subset|subseteq|forall|to|mapsto|perp)(?![a-zA-Z])|"
    r"[<>≤≥≠∈∝→]"
)
#: What a condition does not speak of.
_ABOUT = re.compile(r"\\propto|∝|\\nabla|\\partial|∂|∇|(?<![A-Za-z\\])d\s*\\?[A-Za-z]|(?<![A-Za-z\\])f(?![A-Za-z:])")
_FRAME = re.compile(
    rf"\\(?:begin|end)\{{(?:{ENVIRONMENTS}|document|center|proof)\*?\}}"
    r"(?:\{\d*\})?|(?<!\\)\$\$?|(?<!\\)\\[\[\]()]|\\(?:nonumber|notag|displaystyle)(?![a-zA-Z])|"
    r"\\(?:tag\*?|label|eqno|leqno)\s*\{[^{}]*\}|\\eqno\s*\([^()]*\)|\\hline|\\left\.|\\right\."
)
_BOXED = re.compile(r"\\(?:boxed|fbox|underline|framebox|eqalign(?:no)?|displaylines)\s*\{")
_BULLET = re.compile(r"^\s*(?:[*•]\s+|\(?\d{1,2}[.)]\s+|\(\w\)\s+|(?:[Ss]tep|[Ll]ine)\s+\d+\s*[:.]\s*|>\s+|#+\s+)")
_NUMBER = re.compile(r"(?:\\q?quad\s*|\s{2,})\(\s*(?:\d{1,3}[a-z]?|\*{1,3}|\\star|\\ast|[ivx]{1,4})\s*\)\s*$")
_SAID = re.compile(
    r"^\s*(?:(?:\\(?:text|mathrm|textrm|mbox)\{\s*)?"
    r"(?:[Ll]et|[Ww]rite|[Dd]efine|[Ss]et|[Ww]here|[Ww]ith|[Hh]ence|[Ss]o|[Tt]hen|[Tt]hus|[Tt]herefore|[Aa]nd|[Ff]inally|"
    r"[Pp]ut|[Dd]enote|[Ii]ntroduce|[Ss]ince|[Nn]ow|[Uu]sing|[Rr]ecall|[Nn]ote|[Ff]or|[Ww]e have|[Ww]e get|[Gg]iven|"
    r"[Cc]onsider|[Ff]irst|[Nn]ext|[Oo]r|[Ii]e|i\.e\.|[Bb]ut|[Aa]lso|[Ss]imilarly)"
    r"(?:\s+that)?(?:\s+us)?\b[\s:,~]*\}?[\s~]*)+"
)
_SIDE = re.compile(r"(?:\\quad|[\s&,;.])*$")

#: Signs of LaTeX, one of which makes all formulas of a line LaTeX.
LATEX = re.compile(r"\\[a-zA-Z]|[\^_]\s*\{|\^T\b")


_EDGE = re.compile(r"(?:\\quad|\\[,;! ]|\\(?=\s*$)|[\s.,;])+$")


def _trimmed(text: str) -> str:
    """Without gaps and points at both ends."""
    return re.sub(r"^(?:\\quad(?![a-zA-Z])|\\[,;! ]|[\s.,;:])+", "", _EDGE.sub("", text)).strip()


class Statement(NamedTuple):
    """``left relation right``; `start` is where the right side begins in `text`, the row as it was written."""

    text: str
    left: str  # "" where it goes on from the statement before
    relation: str  # = or ~; "" where there is none
    right: str
    start: int


def statements(row: str) -> list[Statement]:
    """The statements of a row, in order; none where it has no formula."""
    plain = blank(row)
    if "\\" in plain:
        plain = plain.replace("~", " ")  # a space of LaTeX
    out: list[Statement] = []
    for start, end in _parts(plain):
        part = plain[start:end]
        if not _SIDE.fullmatch(part):
            out += _split(row, plain, start, end)
    first = next((i for i, s in enumerate(out) if s.relation), 0)
    return [s for i, s in enumerate(out) if i >= first or not re.fullmatch(r"\\?\w+", s.right)]  # a name in prose


def blank(text: str) -> str:
    """The text with frames, prose and leading words replaced by spaces, each place kept."""
    text = _without_prose(text)
    text = _FRAME.sub(lambda m: " " * len(m[0]), text)
    text = _unboxed(text)
    text = _NUMBER.sub(lambda m: " " * len(m[0]), text)
    bullet = _BULLET.match(text)
    if bullet:
        text = " " * bullet.end() + text[bullet.end() :]
    found = _SAID.match(text)
    if found:
        text = " " * found.end() + text[found.end() :]
    return text.replace("&", " ")


def _unboxed(text: str) -> str:
    while True:
        m = _BOXED.search(text)
        if m is None:
            return text
        stop = closing(text, m.end())
        text = text[: m.start()] + " " * (m.end() - m.start()) + text[m.end() : stop] + " " + text[stop + 1 :]


_JOINING = frozenset(
    """where with and in which for given let so then thus hence therefore using since if or as we have get that is by
    because define set but now also note recall from write i.e. e.g. to when similarly finally""".split()
)


def _is_part(word: str, plain: str) -> bool:
    """Is a word part of a formula: a function, a letter, a name with an upper-case letter in it?"""
    if plain in _JOINING or not word[-1:].isalnum():
        return False
    return (
        word in FUNCTIONS
        or len(word) <= 2
        or word in ("Hess", "grad", "sym", "skew", "Sym", "rank")
        or not word.islower()
    )


def _is_prose(command: str, inside: str, words: list[str]) -> bool:
    """Are the words of a ``\\text{...}`` no part of a formula?  What says something without dollars is not skipped."""
    if not words:
        return inside.strip(" ,.;:()") == ""
    if len(words) == 1 and _is_part(inside.strip(), words[0]):
        return False
    if len(words) == 2 and command.startswith((r"\mathrm", r"\rm")):
        return False
    return not _RELATION.search(re.sub(r"\$[^$]*\$", "", inside))


def _without_prose(text: str) -> str:
    r"""``\text{...}`` with prose in it becomes a ``\qquad``-like gap; its words of formulas stay."""
    at = 0
    pattern = re.compile(_PROSE)
    while True:
        m = pattern.search(text, at)
        if m is None:
            return text
        stop = closing(text, m.end())
        inside, rest = text[m.end() : stop], text[stop + 1 :]
        words = inside.replace("~", " ").strip(" ,:;.()").lower().split()
        scripted = text[: m.start()].rstrip()[-1:] in ("_", "^", "{")
        if not _is_prose(m[0], inside, words) or scripted:
            at = m.end()
            continue
        parts = re.split(r"(\$[^$]*\$)", inside)  # of formulas between dollars, those stay that say something
        kept = "".join(p if i % 2 and _RELATION.search(p) else " " * len(p) for i, p in enumerate(parts))
        opening = m.end() - m.start()
        gap = _GAP + " " * (opening - len(_GAP)) if opening >= len(_GAP) else ""
        gap = gap or (_GAP if not kept.strip() and opening + len(kept) + 1 >= len(_GAP) else "")
        text = text[: m.start()] + (
            gap + kept[len(gap) - opening :] if len(gap) > opening else gap.ljust(opening) + kept
        )
        text += " " + rest
        at = m.start()


_GAP = r"\qquad"


# ---------------------------------------------------------------- parts of a row
def _depths(text: str) -> Iterator[tuple[int, int, str]]:
    """Places at which a sign or command begins, the depth of brackets there, and the sign."""
    depth = 0
    for m in re.compile(r"\\[a-zA-Z]+|\\.|.", re.DOTALL).finditer(text):
        sign = m[0]
        if sign in ("{", "(", "[", r"\{", r"\langle", r"\lbrace"):
            yield m.start(), depth, sign
            depth += 1
            continue
        if sign in ("}", ")", "]", r"\}", r"\rangle", r"\rbrace"):
            depth = max(0, depth - 1)
        yield m.start(), depth, sign


def _parts(plain: str) -> list[tuple[int, int]]:
    """Where the parts begin and end: at arrows, wide gaps, and commas behind which another statement stands."""
    flat = {at for at, depth, _ in _depths(plain) if not depth}
    cuts = [m.span() for m in _PART.finditer(plain) if m.start() in flat or plain[m.start()].isspace()]
    bounds: list[tuple[int, int]] = []
    at = 0
    for start, end in [*cuts, (len(plain), len(plain))]:
        bounds += _at_commas(plain, at, start, flat)
        at = end
    return bounds


def _at_commas(plain: str, start: int, end: int, flat: set[int]) -> list[tuple[int, int]]:
    out = []
    at = start
    for i in range(start, end):
        if i in flat and _parts_at(plain, i):
            stop = next((j for j in range(i + 1, end) if j in flat and _parts_at(plain, j)), end)
            if _says(plain, at, i) and _says(plain, i + 1, stop):
                out.append((at, i))
                at = i if plain[i] == "\\" else i + 1
    out.append((at, end))
    return out


def _parts_at(plain: str, i: int) -> bool:
    """Is there a comma, or a gap?"""
    return (plain[i] in ",;." and plain[i - 1 : i] != "\\") or plain.startswith(r"\quad", i)


def _says(plain: str, start: int, end: int) -> bool:
    """Does a part say something by itself: is there a relation outside of brackets, of any kind?"""
    part = plain[start:end]
    return bool(list(_relations(part))) or any(_OTHER.match(part, at) for at, depth, _ in _depths(part) if not depth)


def _relations(text: str) -> Iterator[tuple[int, int]]:
    busy = -1
    for at, depth, _ in _depths(text):
        if depth or at < busy:
            continue
        found = _RELATION.match(text, at)
        if found and not (found[0] == "=" and text[at - 1 : at] in ("<", ">", "!")):
            busy = found.end()
            yield found.span()


def _split(row: str, plain: str, start: int, end: int) -> list[Statement]:
    """The statements of one part: parted at the relations outside of all brackets."""
    part = plain[start:end]
    cuts = list(_relations(part))
    if not cuts:
        other = any(_OTHER.match(part, at) for at, depth, _ in _depths(part) if not depth)
        if other and not _ABOUT.search(part):
            return []  # a condition, such as X \succ 0
        body = part.strip().strip(".,;").strip()
        return [Statement(row, "", "", body, start + part.find(body))]
    left = _trimmed(part[: cuts[0][0]])
    out = []
    for i, (a, b) in enumerate(cuts):
        stop = cuts[i + 1][0] if i + 1 < len(cuts) else len(part)
        right = part[b:stop]
        relation = "~" if re.search(r"approx|simeq|cong|≈|~", part[a:b]) else "="
        body = _EDGE.sub("", right).rstrip()
        out.append(Statement(row, left, relation, body.strip(), start + b + len(body) - len(body.lstrip())))
        left = ""
    return out
