"""Functions that the user defines in Python: made into blocks of the rule book, and kept for later questions.

A function acts on every entry.  Its block is checked and verified like a rule file's before it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import TYPE_CHECKING

from .calls import BUILTIN
from .elaborate import elaborate
from .errors import ParseError, ShapeError, VerificationError
from .parser import parse_ast
from .records import record
from .shapes import Signature, is_name, parse_signatures
from .terms import SCALAR, Table
from .tree import Node

if TYPE_CHECKING:
    from .rulebook import RuleBook
    from .userbook import Law, Text

SOURCE = "user function"
_HEADS = frozenset("d num var dim add mul had pow hpow T colon".split())


@record
class UserFunction:
    """An elementwise function of the user's, verified; `derive.function` makes it.

    It is known to all later questions until `remove` is called, and may be passed as ``rules=[swish]``, too.
    """

    name: str
    variable: str
    body: str
    derivative: str  # as it was given, or worked out
    text: str = ""  # its block in the rule book

    @property
    def block(self) -> Text:
        return (f"{SOURCE} {self.name}", self.text)

    def remove(self) -> None:
        """Later questions know it no more; raises `ParseError` where another function is defined by it."""
        if _registered.get(self.name) is not self:
            return
        for other in users_of(self.name):
            what = f"`{self.name}` cannot be removed: `{other}` is defined by it"
            raise ParseError(what, hint=f"remove `{other}` first")
        del _registered[self.name]

    def __str__(self) -> str:
        return f"{self.name}({self.variable}) = {self.body}"

    def __repr__(self) -> str:
        return f"<function {self}>"


_registered: dict[str, UserFunction] = {}


def registered() -> Mapping[str, UserFunction]:
    """The functions which all questions know, in the order of their definition."""
    return _registered


def users_of(name: str) -> Iterator[str]:
    """The registered functions whose bodies call another one."""
    for other, f in _registered.items():
        if other != name and name in parse_ast(f.body).values("call"):
            yield other


def defined(
    name: str, body: str, derivative: str | None, variable: str | None, base: RuleBook, law: Law,
    known: Mapping[str, UserFunction] | None = None,
) -> UserFunction:  # fmt: skip
    """The function, verified but not registered; the body may use `known` ones, else those that are registered."""
    from .userbook import book_with  # with the verification of rules: slow to import

    known = _registered if known is None else known
    old = known.get(name)
    _check_name(name, base)
    before = dict(takewhile(lambda item: item[0] != name, known.items()))
    book = book_with(tuple(f.block for f in before.values()), law) if before else base
    tree = _parsed(name, "body", body)
    variable = _variable(name, body, tree, variable, book)
    signatures = {**book.signatures}
    _elaborated(body, tree, variable, signatures)
    texts = [_in_t(body, tree, variable)]
    if derivative is not None:
        given = _parsed(name, "derivative", derivative)
        _elaborated(derivative, given, variable, {**signatures, name: parse_signatures("t -> same")})
        texts.append(_in_t(derivative, given, variable))
    if old is not None and (old.body, old.variable) == (body, variable) and derivative in (None, old.derivative):
        return old
    if old is not None and old.body != body and known is _registered:
        for other in users_of(name):
            what = f"`{name}` cannot be replaced: `{other}` is defined by it"
            raise ParseError(what, hint=f"remove `{other}` first")
    block = f"function {name}\n  kind   elementwise\n  means  {texts[0]}\n  cite   {SOURCE}\n"
    asked = (f"{SOURCE} {name}", f"{block}  d      {(*texts, 'auto')[1]}\n")
    try:
        full = book_with((*(f.block for f in before.values()), asked), law)
    except VerificationError as error:
        if derivative is None:
            raise
        what = f"the derivative given for `{name}` is wrong\n{error.what}"
        raise VerificationError(what, hint="leave it out: it is worked out then") from None
    slope = full.functions[name].law_text
    shown = derivative if derivative is not None else _back(slope, variable)
    return UserFunction(name, variable, body, shown, f"{block}  d      {slope}\n")


def register(function: UserFunction) -> UserFunction:
    """Makes a function known to all later questions, in place of one of the same name."""
    _registered[function.name] = function
    return function


def parse_definition(text: str) -> tuple[str, str, str]:
    """Name, body and variable of ``"swish(t) = t*sigmoid(t)"``; raises `ParseError`.

    >>> parse_definition("swish(t) = t*sigmoid(t)")
    ('swish', 't*sigmoid(t)', 't')
    """
    m = re.fullmatch(r"\s*(\w+)\s*\(\s*(\w+)\s*\)\s*=(.*)", text, re.DOTALL)
    if m is None:
        raise ParseError(f"`{text[:60]}` defines no function", hint='write "swish(t) = t*sigmoid(t)"')
    return m.group(1), m.group(3).strip(), m.group(2)


# ---------------------------------------------------------------- checks
def _check_name(name: object, base: RuleBook) -> None:
    if not isinstance(name, str) or not is_name(name):
        hint = "a name is a letter, then letters, digits and `_`"
        raise ParseError(f"`{str(name)[:40]}` cannot be the name of a function", hint=hint)
    if name in base.functions or name in BUILTIN or name in _HEADS:
        raise ParseError(f"`{name}` is a function of derive's own", hint="choose another name")
    taken = {f"d-{name}", f"{name}-definition"} & set(base.rules)
    if taken:
        what = f"`{name}` cannot be the name of a function: derive has a rule `{min(taken)}`"
        raise ParseError(what, hint="choose another name")


def _parsed(name: str, what: str, text: object) -> Node:
    if not isinstance(text, str):
        raise ParseError(f"the {what} of `{name}` must be a text, and this is of type {type(text).__name__}",
                         hint='write "t^2"')  # fmt: skip
    if "\n" in text.strip() or "\r" in text.strip():
        raise ParseError(f"the {what} of `{name}` is one expression on one line")
    return parse_ast(text)


def _variable(name: str, body: str, tree: Node, variable: str | None, book: RuleBook) -> str:
    """The one free name of the body."""
    constants = {n for n, f in book.functions.items() if f.kind == "constant"}
    free = sorted(n for n in tree.values("name") if n not in constants and n not in book.functions)
    if variable is not None and not (isinstance(variable, str) and is_name(variable)):
        hint = "a variable is a letter, then letters, digits and `_`"
        raise ParseError(f"`{str(variable)[:40]}` cannot be the variable of `{name}`", hint=hint)
    if variable is not None and (variable in book.functions or variable in BUILTIN):
        what = f"`{variable}` is a function and cannot be the variable of `{name}`"
        raise ParseError(what, hint="choose another letter")
    others = [n for n in free if n != variable]
    if variable is None and len(free) <= 1:
        return free[0] if free else "t"
    if others:
        shown = " and ".join(f"`{n}`" for n in others)
        what = f"{shown} in the body of `{name}` is not known"
        if variable is None:
            what = f"the body of `{name}` has several names: {shown}"
        raise ParseError(
            what, text=body, span=_place(tree, others[-1]), why="a function has one variable, and nothing else is free",
            hint="write a number for the others" + ("" if variable else ", or say which is the variable"),
        )  # fmt: skip
    assert variable is not None
    return variable


def _place(tree: Node, name: str) -> tuple[int, int]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if node.kind == "name" and node.value == name:
            return node.span
        stack.extend(node.args)
    return tree.span


def _elaborated(
    text: str, tree: Node, variable: str, signatures: Mapping[str, tuple[Signature, ...]]
) -> None:
    """Raises for unknown functions and names, and for a value that is no number."""
    table = Table()
    term = elaborate(tree, table, signatures, {variable: table.var(variable)}, allow_d=False, text=text, dims=())
    if term.shape != SCALAR:
        why = "a function of your own makes a number of a number, and acts on every entry"
        raise ShapeError("the value is not a number", text=text, span=tree.span, why=why)


def _in_t(text: str, tree: Node, variable: str) -> str:
    """The text with the variable named t, as in a rule file."""
    spans: list[tuple[int, int]] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if node.kind == "name" and node.value == variable:
            spans.append(node.span)
        stack.extend(node.args)
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]}t{text[end:]}"
    return " ".join(text.split())


def _back(text: str, variable: str) -> str:
    """A text in t with the variable's own name."""
    return text if variable == "t" else re.sub(r"(?<!\w)t(?!\w)", variable, text)
