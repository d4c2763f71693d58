"""Functions: their names with scripts, and their arguments with brackets or without."""

from __future__ import annotations

from .latex_scripts import Scripts
from .latex_tokens import Token
from .latex_variables import Parse
from .latex_words import COMMANDS, FUNCTIONS, SPELLED
from .tree import Node

_FENCED = frozenset(["bars", "norm", "bigsum", "inner"])


class Functions(Scripts):
    """The part of the parser that reads functions."""

    def function(self, name: str, t: Token) -> Parse:
        """A function whose name has been read: its scripts, then its argument."""
        power = subscript = None
        while self.at("^", "_", "'"):
            mark = self.token
            if mark.value == "'":
                why = "the derivative of a function is not part of an expression"
                raise self.error("`'` after a function's name is not read", (mark.start, mark.end), why=why)
            self.i += 1
            if mark.value == "_":
                subscript = self.raw_argument()
            else:
                power = yield self.argument()
        name = self.by_subscript(name, subscript, t)
        if self.at("(", "[", "{[", "{"):
            args = yield self.arguments()
            node = Node("fn", name, args, t.start, self.tokens[self.i - 1].end)
        else:
            node = yield self.implicit(name, t)
        return self.raised_function(node, power)

    def raised_function(self, node: Node, power: Node | None) -> Node:
        r"""``\sin^2 x``."""
        if power is None:
            return node
        bare = power.args[0] if power.kind == "braces" else power
        if bare.kind == "neg" or (bare.kind == "num" and not isinstance(bare.value, int)):
            raise self.ambiguous(
                "a negative power of a function's name has two readings",
                power.span,
                why="the inverse function, or one over the value",
                hint=r"write (\sin x)^{-1}, or \arcsin x",
            )
        return Node("power", "^", (node, power), node.start, node.end)

    def arguments(self) -> Parse:
        """The arguments in brackets, separated by commas."""
        t = self.token
        self.i += 1
        self.enter(t.value, t)
        if t.value == "{" and self.at("(", "["):
            inner = yield self.arguments()
            if self.at("}"):
                self.leave()
                return inner
            raise self.error("an argument in braces must be one bracket or one expression", (t.start, t.end))
        out = [(yield self.expression())]
        while self.at(","):
            self.i += 1
            out.append((yield self.expression()))
        self.leave()
        return tuple(out)

    def implicit(self, name: str, t: Token) -> Parse:
        r"""An argument without brackets: ``\log\det X``, ``\operatorname{tr} AXB``, up to the next function."""
        if not self.starts_operand():
            what = f"the function `{self.text[t.start : t.end]}` has no argument"
            raise self.error(what, (t.start, t.end), hint="put its argument into brackets")
        args: list[Node] = []
        while self.starts_operand() and not (args and self.begins_function()):
            plain = not self.begins_function()
            if args and self.token.kind == "num":
                break
            args.append((yield self.factor()))
            if not plain or (len(args) == 1 and _bare(args[0]).kind in _FENCED):
                break
        if (
            self.at("/")
            and name in ("exp", "log", "sin", "cos", "sqrt", "tanh")
            and _bare(args[-1]).kind not in (*_FENCED, "fn")
        ):
            raise self.ambiguous(
                f"`{self.text[t.start : args[-1].end][:30]}/` has two readings",
                (t.start, self.token.end),
                why="the function of the quotient, or the quotient of the function",
                hint="put the argument into brackets",
            )
        if len(args) == 1:
            return Node("fn", name, tuple(args), t.start, args[0].end)
        return Node("implicit", name, tuple(args), t.start, args[-1].end)

    def begins_function(self) -> bool:
        t = self.token
        if t.kind == "word":
            return t.value in FUNCTIONS
        if t.kind == "command":
            return t.value in COMMANDS or t.value == r"\sum"
        if t.kind == "letter" and self.tokens[self.i + 1].kind == "letter" and self.tokens[self.i + 1].glued:
            j = self.i + 1
            while self.tokens[j].kind == "letter" and self.tokens[j].glued and j - self.i < 40:
                j += 1
            return "".join(x.value for x in self.tokens[self.i : j]) in SPELLED
        return False


def _bare(node: Node) -> Node:
    """A node without its powers and transposes."""
    while node.kind in ("power", "transpose"):
        node = node.args[0]
    return node
