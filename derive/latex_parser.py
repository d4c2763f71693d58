"""LaTeX tokens to a syntax tree, whose kinds the shapes decide later.

Loosest first: ``+ -``; ``:``; ``\\cdot \\times * / \\odot \\otimes`` (one level); juxtaposition; scripts.  The parser
is a set of generators that a loop runs: nesting costs no recursion.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from .errors import AmbiguityError, ParseError
from .latex_commands import Commands
from .latex_names import Names, Span
from .latex_tokens import Token
from .latex_words import COMMANDS, FUNCTIONS, GREEK, SPELLED
from .tokens import number
from .tree import Node

Parse = Generator[Any, Any, Any]

_DEEPEST = 5000
_CHAIN = {r"\cdot": "cdot", r"\times": "times", "*": "*", "/": "/", r"\odot": ".*", r"\circ": ".*", r"\oslash": "./",
          r"\otimes": "kron", r"\div": "/", r"\ast": "ast"}  # fmt: skip
_CLOSERS = {"(": ")", "[": "]", "{[": "]}", "{": "}", "<": ">", "|": "|", "N": "N"}
_SHOWN = {"{[": r"\{", "]}": r"\}", "N": r"\|", "<": r"\langle", ">": r"\rangle", "": "the end"}
#: Commands that end an operand, and do not begin another.
_STOPS = frozenset(
    [*_CHAIN, r"\pm", r"\mp", r"\oplus", r"\ominus", r"\star", r"\bullet", r"\wedge", r"\in", r"\le", r"\ge", r"\leq",
     r"\geq", r"\ne", r"\neq", r"\to", r"\approx", r"\sim", r"\equiv", r"\propto", r"\succeq", r"\succ", r"\preceq",
     r"\ldots", r"\cdots", r"\dots", r"\implies", r"\Rightarrow", r"\mapsto", r"\forall", r"\boxtimes", r"\ll", r"\gg",
     r"\rightarrow", r"\leftarrow", r"\iff", r"\therefore", r"\Longrightarrow", r"\over", r"\choose"]
)  # fmt: skip
_SEPARATING = frozenset(["where", "with", "and", "in which", "where we set", "for", "given"])


def run(parse: Parse) -> Any:
    """The value of a parse: a loop over a stack of generators."""
    stack, value = [parse], None
    while stack:
        try:
            deeper = stack[-1].send(value)
        except StopIteration as stop:  # noqa: PERF203
            stack.pop()
            value = stop.value
        else:
            stack.append(deeper)
            value = None
    return value


class Parser(Commands):
    """The parser of one text; `entrywise` is set where the text itself says so."""

    def __init__(self, text: str, tokens: list[Token], names: Names) -> None:
        self.text, self.tokens, self.names = text, tokens, names
        self.i = 0
        self.open: list[tuple[str, Token]] = []
        self.entrywise = False
        self.defined: dict[str, str] = {}  # names that the text defines, with their arguments as in f(X)
        self.notes: list[str] = []
        self.run_end = 0  # until where letters that stand together have been looked at

    # ------------------------------------------------------------ tokens
    @property
    def token(self) -> Token:
        return self.tokens[self.i]

    def at(self, *values: str) -> bool:
        t = self.tokens[self.i]
        return t.value in values and t.kind in ("sign", "command")

    def error(self, what: str, span: Span, why: str = "", hint: str = "") -> ParseError:
        return ParseError(what, text=self.text, span=span, why=why, hint=hint)

    def ambiguous(self, what: str, span: Span, why: str = "", hint: str = "") -> AmbiguityError:
        return AmbiguityError(what, text=self.text, span=span, why=why, hint=hint)

    def shown(self, t: Token) -> str:
        return self.text[t.start : t.end] if t.end > t.start else _SHOWN.get(t.value, t.value)

    def unexpected(self) -> ParseError:
        """An operand is expected, and this is none."""
        t = self.token
        if t.kind == "end":
            if self.open:
                return self.unclosed()
            if not self.text.strip():
                return ParseError("the expression is empty", hint=r"for example \|XA^\top\|_F^2")
            return self.error("the expression ends where an operand must follow", (max(0, t.start - 1), t.start))
        span = (t.start, t.end)
        if t.value in ("_", "^"):
            return self.error(f"`{t.value}` has nothing before it", span)
        if t.kind == "sign" and t.value in (")", "]", "]}", "}", ">", "close|", "closeN"):
            if not self.open:
                return self.error(f"`{self.shown(t)}` closes no bracket", span)
            opened = self.open[-1][1]
            if opened.end <= t.start and not self.text[opened.end : t.start].strip():
                return self.error("the brackets are empty", (opened.start, t.end))
        return self.error(f"an operand is expected in place of `{self.shown(t)}`", span)

    def unclosed(self) -> ParseError:
        kind, t = self.open[-1]
        closer = _SHOWN.get(_CLOSERS[kind], _CLOSERS[kind])
        return self.error("this bracket is never closed", (t.start, t.end), hint=f"add `{closer}`")

    def enter(self, kind: str, t: Token) -> None:
        if len(self.open) >= _DEEPEST:
            raise self.error(f"more than {_DEEPEST} brackets are open", (t.start, t.end))
        self.open.append((kind, t))

    def leave(self) -> Token:
        """The closing bracket that is expected here."""
        kind, _ = self.open[-1]
        t, want = self.token, _CLOSERS[kind]
        given = t.value.removeprefix("close") if t.value in ("close|", "closeN") else t.value
        if kind == "|" and t.value == "N" and t.kind == "sign" and t.end - t.start == 2 and self.text[t.start] == "|":
            self.tokens[self.i] = Token("sign", "|", t.start, t.start + 1)
            self.tokens.insert(self.i + 1, Token("sign", "|", t.start + 1, t.end))
            t, given = self.token, "|"
        if t.kind != "sign" or given != want:
            if t.kind == "end":
                raise self.unclosed()
            wanted = _SHOWN.get(want, want)
            opened = self.open[-1][1]
            raise self.error(
                f"`{self.shown(opened)}` is closed by `{wanted}`, and here is `{self.shown(t)}`", (t.start, t.end)
            )
        self.open.pop()
        self.i += 1
        return t

    def starts_operand(self) -> bool:
        t = self.token
        if t.kind in ("letter", "num", "fancy", "word"):
            return not (t.kind == "word" and self.separates(t))
        if t.kind == "command":
            return t.value not in _STOPS
        if t.kind == "sign":
            if t.value in ("(", "[", "{[", "{", "<", "open|", "openN"):
                return True
            if t.value in ("|", "N"):
                inside = self.open[-1][0] if self.open else ""
                return inside != t.value and not (inside == "|" and t.value == "N")
        return False

    def separates(self, t: Token) -> bool:
        words = t.value.strip(" ,.:()").lower()
        return words in _SEPARATING or "wise" in words

    # ------------------------------------------------------------ sums, colons, chains
    def expression(self) -> Parse:
        node = yield self.colon()
        if not self.at("+", "-"):
            return node
        args, signs = [node], []
        while self.at("+", "-"):
            signs.append(self.token.value)
            self.i += 1
            args.append((yield self.colon()))
        return Node("sum", tuple(signs), tuple(args), node.start, args[-1].end)

    def colon(self) -> Parse:
        left = yield self.chain()
        if not self.at(":"):
            return left
        at = self.token
        self.i += 1
        right = yield self.chain()
        if self.at(":"):
            raise self.error(
                "`:` does not chain",
                (self.token.start, self.token.end),
                why=f"what stands around the first `:` (at {at.start}) is a number already",
                hint="put one `:` into brackets to multiply by its value",
            )
        return Node("colon", None, (left, right), left.start, right.end)

    def chain(self) -> Parse:
        start, negative = self.token.start, False
        while self.at("-", "+"):
            negative ^= self.token.value == "-"
            self.i += 1
        args, ops = [(yield self.juxtaposed())], []
        while self.token.kind in ("sign", "command") and self.token.value in _CHAIN:
            op = _CHAIN[self.token.value]
            self.i += 1
            if op == "/":
                divisor = yield self.factor()
                self.after_slash(args[-1], divisor)
                args.append(divisor)
                ops.append(op)
                if self.starts_operand():
                    args.append((yield self.juxtaposed()))
                    ops.append("*")
                continue
            sign = self.token
            minus = self.at("-")
            self.i += minus
            operand = yield self.juxtaposed()
            args.append(Node("neg", None, (operand,), sign.start, operand.end) if minus else operand)
            ops.append(op)
        node = args[0]
        if ops:
            node = Node("chain", tuple(ops), tuple(args), node.start, args[-1].end)
        if negative:
            node = Node("neg", None, (node,), start, node.end)
        return node

    def after_slash(self, left: Node, right: Node) -> None:
        """``1/2 x``: the half of x; ``a/b x`` has two readings."""
        if not self.starts_operand():
            return
        t = self.token
        fenced = t.kind == "sign" or t.value == r"\sum" or t.value in COMMANDS or t.kind == "word"
        if left.kind == "num" and right.kind == "num" and (fenced or t.kind in ("letter", "command", "fancy")):
            name = t.value if t.kind == "letter" else ""
            if fenced or not self.scalar_name(name):
                return
        if right.kind in ("num", "name") and fenced and t.value not in ("(", "[", "{["):
            return
        a, b = self.text[left.start : left.end][-20:], self.text[right.start : right.end][-20:]
        raise self.ambiguous(
            f"`{a}/{b}` before another factor has two readings",
            (left.start, t.end),
            why=f"({a}/{b}) times what follows, or {a} divided by all of it",
            hint=r"write \frac{..}{..}, or brackets",
        )

    def scalar_name(self, name: str) -> bool:
        from .shapes import convention

        return bool(name) and name not in self.matrices and (bool(self.matrices) or convention(name) == "scalar")

    matrices: frozenset[str] = frozenset()  # declared names that are no scalars

    def juxtaposed(self) -> Parse:
        if not self.starts_operand():
            raise self.unexpected()
        args = [(yield self.factor())]
        while self.starts_operand():
            t = self.token
            if t.kind == "num":
                args.append(self.number_after(args[-1]))
                args[-1] = yield self.scripts(args[-1])
                continue
            args.append((yield self.factor()))
        if len(args) == 1:
            return args[0]
        return Node("juxt", None, tuple(args), args[0].start, args[-1].end)

    def number_after(self, before: Node) -> Node:
        """A number after an operand: only the vector of ones is written so."""
        t = self.token
        self.i += 1
        if (
            t.value == "1"
            and before.kind != "num"
            and t.start > before.end - 1
            and self.text[before.end : t.start].strip() != ""
        ):
            return Node("ones", None, (), t.start, t.end)
        if t.value == "1" and before.kind != "num" and self.text[before.end : t.start]:
            return Node("ones", None, (), t.start, t.end)
        left = self.text[before.start : before.end][-20:]
        raise self.error(
            f"a number follows `{left}` without an operator",
            (t.start, t.end),
            hint=f"write {left}_{t.value} for an index, {left}^{{{t.value}}} for a power, or {t.value}{left}",
        )

    def factor(self) -> Parse:
        node = yield self.atom()
        return (yield self.scripts(node))

    # ------------------------------------------------------------ atoms
    def atom(self) -> Parse:
        t = self.token
        if t.kind == "num":
            self.i += 1
            return Node("num", number(t.value, 0, len(t.value), False), (), t.start, t.end)
        if t.kind == "letter":
            word = self.spelled()
            if word:
                return (yield self.function(word, t))
            return self.variable()
        if t.kind in ("fancy",) or t.value in GREEK:
            return (yield self.greek())
        if t.kind == "word":
            return (yield self.word())
        if t.kind == "command":
            return (yield self.command())
        if self.starts_operand():
            return (yield self.bracket())
        raise self.unexpected()

    def spelled(self) -> str:
        """The function that plain letters spell (``tr(X)``), or ``""``; moves behind it."""
        if self.i < self.run_end or self.tokens[self.i + 1].kind != "letter" or not self.tokens[self.i + 1].glued:
            return ""
        j = self.i + 1
        while self.tokens[j].kind == "letter" and self.tokens[j].glued and j - self.i < 40:
            j += 1
        self.run_end = j
        run_ = "".join(t.value for t in self.tokens[self.i : j])
        start, end = self.token.start, self.tokens[j - 1].end
        if run_ in self.names.known and len(run_) > 1:
            if self.names.strict and all(c in self.names.known for c in run_):
                why = f"the variable {run_}, or the product of {', '.join(run_)}"
                raise self.ambiguous(f"`{run_}` has two readings", (start, end), why=why, hint="write spaces or \\cdot")
            self.tokens[self.i : j] = [Token("word", run_, start, end)]
            return ""
        if run_ in SPELLED:
            self.i = j
            if self.names.strict and all(c in self.names.known for c in run_):
                why = f"the function {run_}, or the product of {', '.join(run_)}"
                hint = rf"write \operatorname{{{run_}}}, or spaces between the factors"
                raise self.ambiguous(f"`{run_}` has two readings", (start, end), why=why, hint=hint)
            return FUNCTIONS.get(run_, run_)
        for word in ("trace", "det", "log", "exp", "vec", "diag", "tr", "Tr", "ln", "sin", "cos"):
            if run_.startswith(word) and not (self.names.strict and all(map(self.names.declared, run_))):
                raise self.error(
                    f"`{run_}` is not read",
                    (start, end),
                    why=f"it may be the function {word} of a product, or a product of letters",
                    hint=rf"write \operatorname{{{word}}}({run_[len(word) :] or '...'})",
                )
        return ""

    def bracket(self) -> Parse:
        t = self.token
        kind = t.value.removeprefix("open")
        self.i += 1
        self.enter(kind, t)
        inner = yield self.expression()
        if kind == "<":
            if not self.at(",", "|"):
                self.leave()
                raise self.error(r"`\langle ... \rangle` needs two arguments", (t.start, self.tokens[self.i - 1].end))
            self.i += 1
            right = yield self.expression()
            end = self.leave().end
            return Node("inner", None, (inner, right), t.start, end)
        end = self.leave().end
        if kind == "|":
            return Node("bars", None, (inner,), t.start, end)
        if kind == "N":
            return Node("norm", None, (inner,), t.start, end)
        return (
            Node("group", kind, (inner,), t.start, end) if kind != "{" else Node("braces", None, (inner,), t.start, end)
        )
