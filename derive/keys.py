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
    depth, found, at = 0, "", 0
    rank = {"add": 4, "colon": 3, "mul": 2, "had": 2, "": 0}
    operand = False  # does an operand stand before this character?
    for i, c in enumerate(text):
        if c == "(":
            depth += 1
            operand = False
        elif c == ")":
            depth -= 1
            operand = True
        elif depth or c == " ":
            continue
        elif c in "+-" and operand and text[i - 1] != "^":
            return "add", ""
        elif c == ":":
            found, at = "colon", i
            operand = False
        elif c in "*/" and rank[found] <= 2:
            found, at = ("had" if text[i - 1] == "." else "mul"), i
            operand = False
        elif c in ".*/+-":
            operand = False
        else:
            operand = True
    if found == "colon":
        return "colon", text[at + 1 :]
    if found == "mul" and re.match(r"1/[^*/]*$", _flat(text)):
        return "pow", ""
    if found:
        return found, ""
    return ("mul" if text[0] == "-" else _postfix(text)), ""


def _flat(text: str) -> str:
    """The text with everything inside brackets left out."""
    out, depth = [], 0
    for c in text:
        depth -= c == ")"
        if not depth:
            out.append(c)
        depth += c == "("
    return "".join(out)


def _postfix(text: str) -> str:
    flat = _flat(text)
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
