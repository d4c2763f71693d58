"""Index keys of rules, from their text: no parsing when the book is loaded.

The key of a left side is ``(head,)`` of its normal form; ``("d", head)`` for the differential of a head; and
``("colon", head of the second operand)`` for a move across the colon.
"""

from __future__ import annotations

import re

Key = tuple[str, ...]
_CALL = re.compile(r"(\w+)\(")
_TOKEN = re.compile(r"\w+|[^\w\s(),]")
_NUMBER = re.compile(r"[0-9./]+\s*\*")
_INSIDE = re.compile(r"\([^()]*\)")
_PLUS = re.compile(r"[^\s.*/+\-:^]\s*[+-]|\^\s+[+-]")
_RECIPROCAL = re.compile(r"1/[^*/]*$")


def statement_key(text: str) -> Key:
    """The key of a left side.

    >>> statement_key("d(det(A))"), statement_key("A : B*C"), statement_key("1/(1 + t)")
    (('d', 'det'), ('colon', 'mul'), ('pow',))
    """
    head, second = _head(text)
    if head == "d":
        return ("d", _head(text.strip()[2:-1])[0])
    if head == "colon":
        return ("colon", _head(second)[0])
    return (head,)


def lifted_key(key: Key, text: str) -> Key:
    """The key of a scalar law that is lifted to arrays: products and powers are elementwise."""
    head = key[-1]
    if head == "mul" and not _NUMBER.match(text):
        head = "had"
    return (*key[:-1], "hpow" if head == "pow" else head)


def specificity(text: str, conditional: bool) -> tuple[int, int, bool]:
    """Sorts the most specific first: long before short, few names before many, conditions before none."""
    tokens = _TOKEN.findall(text)
    return (-len(tokens), len(set(tokens)), not conditional)


def _head(text: str) -> tuple[str, str]:
    """The head of an expression's normal form, and the second operand where it is a colon."""
    text = text.strip()
    flat = _flat(text)
    if _PLUS.search(flat):
        return "add", ""
    if ":" in flat:
        return "colon", text[_last_colon(text) + 1 :]
    at = max(flat.rfind("*"), flat.rfind("/"))
    if at < 0:
        return ("mul" if text[0] == "-" else _postfix(text, flat)), ""
    if flat[at - 1] == ".":
        return "had", ""
    return ("pow" if _RECIPROCAL.match(flat) else "mul"), ""


def _flat(text: str) -> str:
    """The text with ``@`` for everything in brackets."""
    before = ""
    while before != text and "(" in text:
        before, text = text, _INSIDE.sub("@", text)
    return text


def _last_colon(text: str) -> int:
    """Where the last colon outside of brackets stands."""
    at = text.rfind(":")
    while at >= 0 and text.count("(", at) != text.count(")", at):
        at = text.rfind(":", 0, at)
    return at


def _postfix(text: str, flat: str) -> str:
    if flat[-1] == "'":
        return "T"
    if "^" in flat:
        return "hpow" if ".^" in flat else "pow"
    m = _CALL.match(text)
    if m is not None:
        return m.group(1)
    if text[0] == "(":
        return _head(text[1:-1])[0]
    return "num" if text[0].isdigit() else "var"
