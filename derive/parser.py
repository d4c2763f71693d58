"""Tokens to a syntax tree: the only place that knows precedence.

Loosest first: ``+ -``; ``:`` (not chained); ``* / .* ./`` (one level, left to right); unary ``-``; then the
postfix ``'``, ``^``, ``.^`` (left to right).  The parser is a loop over an explicit stack of bracket levels:
nesting costs no recursion.
"""

from __future__ import annotations

from .errors import ParseError
from .tokens import (
    END,
    IMAGINARY,
    NUMBER,
    OPERATOR,
    QUOTES,
    TOKEN,
    WORD,
    bad_character,
    check_name,
    excerpt,
    number,
)
from .tree import Node, Statement

_DEEPEST = 100_000


class _Level:
    """What is open between two brackets: the sum, the colon, the product, the sign and the power so far."""

    __slots__ = (
        "args", "call", "colon", "factors", "minus", "name_end", "negative", "operators",
        "power", "signs", "start", "summands",
    )  # fmt: skip

    def __init__(self, start: int = 0, call: str | None = None, name_end: int = 0) -> None:
        self.start, self.call, self.name_end = start, call, name_end
        self.args: list[Node] = []
        self.clear()

    def clear(self) -> None:
        self.summands: list[Node] = []
        self.signs: list[str] = []
        self.colon: Node | None = None
        self.factors: list[Node] = []
        self.operators: list[str] = []
        self.negative = -1  # where the minus before the product stands
        self.minus = -1  # where the minus before the next factor stands
        self.power: tuple[str, Node, int] | None = None

    @property
    def empty(self) -> bool:
        """Nothing stands before the operand that is expected."""
        return not (
            self.summands or self.colon or self.factors or self.power or self.negative >= 0 or self.args
        )

    def close_product(self, node: Node) -> Node:
        if self.factors:
            node = self.take_factor(node)
            self.factors.append(node)
            node = Node(
                "product", tuple(self.operators), tuple(self.factors), self.factors[0].start, node.end
            )
            self.factors, self.operators = [], []
        if self.negative >= 0:
            node = Node("neg", None, (node,), self.negative, node.end)
            self.negative = -1
        return node

    def take_factor(self, node: Node) -> Node:
        if self.minus >= 0:
            node = Node("neg", None, (node,), self.minus, node.end)
            self.minus = -1
        return node

    def close_colon(self, node: Node) -> Node:
        node = self.close_product(node)
        if self.colon is not None:
            node = Node("colon", None, (self.colon, node), self.colon.start, node.end)
            self.colon = None
        return node

    def close_sum(self, node: Node) -> Node:
        node = self.close_colon(node)
        if self.summands:
            self.summands.append(node)
            first = self.summands[0]
            node = Node("sum", tuple(self.signs), tuple(self.summands), first.start, node.end)
        self.clear()
        return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.levels: list[_Level] = []
        self.last = ""  # the operator or bracket before the place

    # ------------------------------------------------------------ one expression
    def expression(self) -> tuple[Node, str]:
        """The next expression and what ended it: ``;``, a line's end, or the end of the text."""
        self.levels = [_Level()]
        text, match = self.text, TOKEN.match
        node: Node | None = None  # the operand that is complete, or None where one is expected
        while True:
            m = match(text, self.pos)
            if m is None:
                raise bad_character(text, self.pos)
            kind, at = m.lastindex, m.end()
            if kind == WORD:
                if node is not None:
                    raise self.missing_operator(node, m.start(WORD), at)
                node = self.word(m.group(WORD), m.start(WORD), at)
                continue
            if kind in (NUMBER, IMAGINARY):
                start = m.start(NUMBER)
                if node is not None:
                    raise self.missing_operator(node, start, at)
                self.pos = at
                value = number(text, start, m.end(NUMBER), kind == IMAGINARY)
                node = self.operand(Node("num", value, (), start, at))
                continue
            if kind == END:
                if node is None or len(self.levels) > 1:
                    raise self.unexpected_end()
                self.pos = at
                return self.levels[0].close_sum(node), ""
            start, op = m.start(OPERATOR), m.group(OPERATOR)
            if op == "\n" and (node is None or len(self.levels) > 1):
                self.pos = at
                continue
            if node is None:
                node = self.prefix(op, start)
                self.pos = at
                continue
            if op in ";\n" and len(self.levels) == 1:
                self.pos = at
                return self.levels[0].close_sum(node), op
            self.pos = at
            node = self.infix(op, node, start)

    def word(self, name: str, start: int, end: int) -> Node | None:
        if not name.isascii():
            check_name(self.text, start, name)
        m = TOKEN.match(self.text, end)
        if m is not None and m.lastindex == OPERATOR and m.group(OPERATOR) == "(":
            self.open(_Level(start, name, end))
            self.pos, self.last = m.end(), "("
            return None
        self.pos = end
        return self.operand(Node("name", name, (), start, end))

    def open(self, level: _Level) -> None:
        if len(self.levels) > _DEEPEST:
            raise self.error(f"more than {_DEEPEST} brackets are open", level.start, level.start + 1)
        self.levels.append(level)

    def operand(self, node: Node) -> Node:
        """A complete operand; takes the power that waits for it."""
        level = self.levels[-1]
        if level.power is not None:
            op, base, minus = level.power
            level.power = None
            if minus >= 0:
                node = Node("neg", None, (node,), minus, node.end)
            node = Node("power", op, (base, node), base.start, node.end)
        return node

    def prefix(self, op: str, at: int) -> Node | None:
        """An operator or bracket where an operand is expected."""
        level = self.levels[-1]
        if op == "(":
            self.open(_Level(at))
            self.last = op
            return None
        if op == "-" or op == "+":
            if op == "-":
                self.sign(level, at)
            self.last = op
            return None
        if op == ")" and len(self.levels) > 1 and level.empty and self.last == "(" and level.call is not None:
            self.levels.pop()
            self.last = ""
            return self.operand(Node("call", level.call, (), level.start, at + 1))
        raise self.operand_expected(op, at)

    @staticmethod
    def sign(level: _Level, at: int) -> None:
        """One more minus: two of them cancel."""
        if level.power is not None:
            op, base, minus = level.power
            level.power = (op, base, -1 if minus >= 0 else at)
        elif level.factors:
            level.minus = -1 if level.minus >= 0 else at
        else:
            level.negative = -1 if level.negative >= 0 else at

    def infix(self, op: str, node: Node, at: int) -> Node | None:
        """An operator or bracket after an operand."""
        level = self.levels[-1]
        if op == "'":
            return Node("transpose", None, (node,), node.start, at + 1)
        self.last = op
        if op == "^" or op == ".^":
            level.power = (op, node, -1)
        elif op in ("*", "/", ".*", "./"):
            level.factors.append(level.take_factor(node))
            level.operators.append(op)
        elif op == "+" or op == "-":
            level.summands.append(level.close_colon(node))
            level.signs.append(op)
        elif op == ":":
            if level.colon is not None:
                raise self.chained_colon(level.colon, at)
            level.colon = level.close_product(node)
        elif op == ")" and len(self.levels) > 1:
            return self.close(node, at)
        elif op == "," and level.call is not None:
            level.args.append(level.close_sum(node))
        else:
            raise self.stray(op, at)
        return None

    def close(self, node: Node, at: int) -> Node:
        level = self.levels.pop()
        node = level.close_sum(node)
        self.last = ""
        if level.call is None:
            node.start, node.end = level.start, at + 1  # with the brackets, for carets and excerpts
        else:
            node = Node("call", level.call, (*level.args, node), level.start, at + 1)
        return self.operand(node)

    # ------------------------------------------------------------ errors
    def error(self, what: str, start: int, end: int, why: str = "", hint: str = "") -> ParseError:
        return ParseError(what, text=self.text, span=(start, end), why=why, hint=hint)

    def missing_operator(self, node: Node, start: int, end: int) -> ParseError:
        left, right = excerpt(self.text, node.start, node.end, 20), excerpt(self.text, start, end, 20)
        what = f"an operator is missing between `{left}` and `{right}`"
        return self.error(what, start, end, hint=f"write {left}*{right}")

    def unexpected_end(self) -> ParseError:
        text = self.text
        if not text.strip():
            return ParseError(
                "the expression is empty",
                hint="for example norm(X*A')^2/2; a shell needs double quotes around it: \"norm(X*A')^2/2\"",
            )
        level = self.levels[-1]
        stop = len(text.rstrip())
        if len(self.levels) > 1:
            what, start = "this bracket is never closed", level.start
            missing = len(self.levels) - 1
            hint = (
                "add `)`" if missing == 1 else f"{missing} brackets are open; add `{')' * min(missing, 5)}`"
            )
            if missing > 5:
                hint = f"{missing} brackets are open; add as many `)`"
            return self.error(what, start, max(level.name_end + 1, start + 1), hint=f"{hint} ({QUOTES})")
        what = f"the expression ends after `{text[stop - 1 : stop]}`, where an operand must follow"
        return self.error(what, stop - 1, stop, hint=f"complete it ({QUOTES})")

    def operand_expected(self, op: str, at: int) -> ParseError:
        text, level = self.text, self.levels[-1]
        end = at + len(op)
        if op == "*" and self.last == "*":
            return self.error("`**` is not an operator", at - 1, end, hint="write `^` for a power")
        if op == ")":
            if len(self.levels) == 1:
                return self.error("`)` closes no bracket", at, end, hint="remove it, or add `(` before")
            if self.last == "(":
                return self.error("the brackets are empty", level.start, end)
            return self.error(f"an operand is missing between `{self.last}` and `)`", at, end)
        if op == ";" and not self.last:
            return self.error("there is nothing before `;`", at, end, hint="remove the `;`")
        if op == "'":
            hint = f"`'` follows what it transposes, as in X' ({QUOTES})"
            return self.error("`'` has nothing to transpose", at, end, hint=hint)
        before = excerpt(text, 0, at, 12).strip()
        what = f"`{op}` needs an operand before it" if before else f"the expression begins with `{op}`"
        return self.error(what, at, end, hint="write a name, a number or a bracket there")

    def chained_colon(self, left: Node, at: int) -> ParseError:
        shown = excerpt(self.text, left.start, at, 30)
        return self.error(
            "`:` does not chain",
            at,
            at + 1,
            why=f"`{shown.strip()}` is a number already, and A : B : C has no meaning",
            hint="put one `:` into brackets to multiply by its value, as in (A : B)*C",
        )

    def stray(self, op: str, at: int) -> ParseError:
        end = at + len(op)
        if op == ")":
            return self.error("`)` closes no bracket", at, end, hint="remove it, or add `(` before")
        if op == ",":
            why = "a comma stands only between the arguments of a function"
            return self.error("`,` is out of place", at, end, why=why)
        if op == "(":
            return self.error("an operator is missing before `(`", at, end, hint="write `*(`")
        if op == "=":
            why = "`=` stands only after the name that a definition gives, as in C = W*W'; logdet(C)"
            return self.error("`=` is out of place", at, end, why=why)
        hint = "close the bracket first"
        return self.error(f"`{op}` inside of brackets", at, end, hint=hint)


def parse_program(text: str) -> list[Statement]:
    """The definitions and, last, the expression of a text; raises `ParseError`.

    >>> [s.name for s in parse_program("C = W*W'; logdet(C)")]
    ['C', '']
    """
    parser = _Parser(text)
    out: list[Statement] = []
    while True:
        name, span = _definition(parser)
        node, stop = parser.expression()
        out.append(Statement(node, name, span))
        if not stop or not text[parser.pos :].strip("; \t\r\n\f\v"):
            break
        while (m := TOKEN.match(text, parser.pos)) and m.lastindex == OPERATOR and m.group(OPERATOR) in ";\n":
            parser.pos = m.end()
        if not name:
            raise parser.error(
                "only the last part may be an expression without a name",
                node.start,
                node.end,
                why="`;` and a line's end separate definitions from the expression after them",
                hint="name it, as in `C = ...`, or end the line with the operator to go on",
            )
    if out[-1].name:
        s = out[-1]
        raise parser.error(
            "the text ends with a definition; the expression itself is missing",
            s.span[0],
            s.node.end,
            hint=f"leave out `{s.name} =`, or add `; {s.name}`",
        )
    return out


def _definition(parser: _Parser) -> tuple[str, tuple[int, int]]:
    """The name that the next statement defines, or ``""``."""
    m = TOKEN.match(parser.text, parser.pos)
    while m is not None and m.lastindex == OPERATOR and m.group(OPERATOR) == "\n":
        parser.pos = m.end()
        m = TOKEN.match(parser.text, parser.pos)
    if m is None or m.lastindex != WORD:
        return "", (0, 0)
    after = TOKEN.match(parser.text, m.end())
    if after is None or after.lastindex != OPERATOR or after.group(OPERATOR) != "=":
        return "", (0, 0)
    check_name(parser.text, m.start(WORD), m.group(WORD))
    parser.pos, parser.last = after.end(), "="
    return m.group(WORD), (m.start(WORD), m.end())


def parse_ast(text: str) -> Node:
    """The syntax tree of one expression; raises `ParseError`.

    >>> parse_ast("-x^2 + A'*b").kind, [a.kind for a in parse_ast("-x^2 + A'*b").args]
    ('sum', ['neg', 'product'])
    """
    parser = _Parser(text)
    node, stop = parser.expression()
    rest = text[parser.pos :]
    if stop and rest.strip("; \t\r\n\f\v"):
        raise parser.error("one expression is expected here", parser.pos - 1, parser.pos)
    return node
