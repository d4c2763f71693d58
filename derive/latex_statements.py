r"""Lines of LaTeX to definitions and an expression: ``f(X) = ...``, ``\min_X ...``, ``..., \quad z = Ax``."""

from __future__ import annotations

from .errors import LimitError
from .latex_parser import Parse, Parser, run
from .latex_tokens import Token
from .tree import Node, Statement

_MOST = 300  # equations
_GOALS = frozenset("min max minimize maximize argmin argmax minimise maximise inf sup".split())


class Program(Parser):
    """Reads the statements of a text."""

    wrt = ""

    def statements(self) -> list[Statement]:
        """The definitions, each before it is used, and the expression last; raises `ParseError`."""
        self.tokens = joined_lines(self.tokens)
        self.find_definitions()
        parts: list[Statement] = []
        self.sides: list[tuple[Node, Node]] = []
        while True:
            self.skip_separators()
            if self.token.kind == "end":
                break
            statement = run(self.statement())
            if statement is not None:
                parts.append(statement)
            if len(parts) > _MOST:
                raise LimitError(f"the text has more than {_MOST} equations", hint="is it one formula?")
        if not parts:
            raise self.unexpected()
        return self.ordered(parts)

    def skip_separators(self) -> None:
        while True:
            t = self.token
            if t.kind == "word" and self.separates(t):
                self.entrywise = self.entrywise or "wise" in t.value.lower()
                self.i += 1
            elif t.kind == "line" or (t.kind == "sign" and t.value in (",", ";", ".")):
                self.i += 1
            else:
                return

    def statement(self) -> Parse:
        self.goal()
        start = self.i
        name, span = self.left_side()
        if not name:
            self.i = start
        first = self.i
        index = self.left_index(name)
        self.names.bound.extend(index)
        node = yield self.expression()
        if index:
            self.names.bound.clear()
            node = Node("over", tuple(index), (node,), node.start, node.end)
        if not name and self.at("="):
            return (yield self.equation(node, first))
        if name and node.kind == "transpose" and node.args[0].kind == "name" and node.args[0].value == name:
            self.ended()
            self.sides.append((node.args[0], node))
            return None
        while self.at("="):
            equals = self.token
            self.i += 1
            other = yield self.expression()
            shown = " ".join(self.text[equals.end : other.end].split())
            self.notes.append(f"`{shown[:60]}` after a second equals sign is not read")
        self.ended()
        return Statement(node, name, span)

    def equation(self, left: Node, first: int) -> Parse:
        """``A = A^\\top`` says that A is symmetric; other equations between expressions are refused."""
        equals = self.token
        self.i += 1
        right = yield self.expression()
        a, b = (left, right) if right.kind == "transpose" else (right, left)
        if a.kind == "name" and b.kind == "transpose" and b.args[0].kind == "name" and b.args[0].value == a.value:
            self.ended()
            self.sides.append((a, right))
            return None
        raise self.error(
            "an equation between two expressions is not read",
            (equals.start, equals.end),
            why="the left side of `=` is a name, such as f or f(X), or the equation says X = X^\\top",
            hint="give the one side that is meant",
        )

    def ended(self) -> None:
        t = self.token
        if t.kind in ("end", "line") or (t.kind == "sign" and t.value in (",", ";", ".")):
            return
        if t.kind == "word" and self.separates(t):
            return
        what = f"`{self.shown(t)}` is out of place"
        if t.kind == "command":
            what = f"`{self.shown(t)}` is not read here"
        elif t.value in (")", "]", "]}", "}", ">", "close|", "closeN"):
            what = f"`{self.shown(t)}` closes no bracket"
        raise self.error(what, (t.start, t.end))

    # ------------------------------------------------------------ goals and left sides
    def goal(self) -> None:
        r"""Skip ``\min_{X}``, ``\arg\max_w``, ``\text{minimize}``, before an expression."""
        start = self.i
        while self.token.value.removeprefix("\\") in ("arg", "underset", *_GOALS) and self.token.kind in (
            "command",
            "word",
        ):
            word = self.token.value
            self.i += 1
            if word == r"\underset":
                self.raw_argument()
                if self.at("{"):
                    self.raw_argument()
                elif self.token.kind in ("command", "word"):
                    self.i += 1
                continue
            if self.at("_"):
                self.i += 1
                names = [t.value.removeprefix("\\") for t in self.raw_argument()]
                if self.wrt and not any(self.names.find(n, (), ()) == self.wrt for n in names if n.isalpha()):
                    self.i = start
                    return
            elif word.removeprefix("\\") in ("min", "max", "inf", "sup"):
                self.i = start
                return

    def left_side(self) -> tuple[str, tuple[int, int]]:
        r"""The name before ``=``, with its arguments in brackets, or ``""``."""
        start = self.i
        t = self.token
        if not (t.kind in ("letter", "fancy", "word") or t.value[:1] == "\\"):
            return "", (0, 0)
        self.i += 1
        name = t.value.split(" ")[-1].removeprefix("\\")
        if self.at("_"):
            self.i += 1
            index = [x.value.removeprefix("\\") for x in self.raw_argument()]
            if not all(i.isalnum() for i in index):
                return "", (0, 0)
            name += "_" + "".join(index)
        end = self.tokens[self.i - 1].end
        if self.at("("):
            depth = 0
            while self.token.kind != "end":
                depth += self.at("(") - self.at(")")
                self.i += 1
                if depth == 0:
                    break
        if not self.at("=") or not (name[:1].isalpha() and name.replace("_", "").isalnum()):
            self.i = start
            return "", (0, 0)
        self.i += 1
        return name, (t.start, end)

    def left_index(self, name: str) -> list[str]:
        r"""The indices of ``y_j = ...``: for every j at once, where no variable has that name."""
        stem, _, index = name.partition("_")
        free = stem and index and set(index) <= set("ijklpqrs") and len(set(index)) == len(index)
        return list(index) if free and not any(map(self.names.declared, index)) else []

    def find_definitions(self) -> None:
        """The names that the text defines, so that they are known where they are used."""
        depth = 0
        begins = True
        for place, t in enumerate(self.tokens[:-1]):
            self.i = place
            if begins:
                here = self.i
                name, _ = self.left_side()
                if name and name not in self.names.known:
                    values = [x.value for x in self.tokens[here : self.i - 1]]
                    arguments = values[values.index("(") + 1 : -1] if "(" in values else []
                    self.defined.setdefault(name, "".join(arguments))
                self.i = here
            if t.kind == "sign":
                depth += (t.value in ("(", "[", "{", "{[")) - (t.value in (")", "]", "}", "]}"))
            begins = depth <= 0 and (
                t.kind == "line" or t.value in (",", ";") or (t.kind == "word" and self.separates(t))
            )
        self.i = 0
        self.names.known |= set(self.defined)

    # ------------------------------------------------------------ order
    def ordered(self, parts: list[Statement]) -> list[Statement]:
        """Definitions before their use; the expression is what nothing else uses."""
        used = {s: s.node.values("name") for s in parts}
        open_ = [s for s in parts if not s.name]
        if len(open_) > 1:
            second = open_[1].node
            raise self.error(
                "a second expression is not read", second.span, hint="give one expression, or names: z = ..."
            )
        if not open_:
            open_ = [s for s in parts if not any(s.name in used[o] for o in parts if o is not s)]
            if len(open_) != 1:
                raise self.error(
                    "which of the equations is the expression does not follow",
                    parts[-1].span,
                    hint="give one expression",
                )
        main = open_[0]
        rest = [s for s in parts if s is not main]
        out: list[Statement] = []
        while rest:
            ready = [s for s in rest if not any(o.name in used[s] for o in rest)]
            if not ready:
                raise self.error("the definitions depend on one another", rest[0].span)
            out += ready
            rest = [s for s in rest if s not in ready]
        return [*out, Statement(main.node)]


def joined_lines(tokens: list[Token]) -> list[Token]:
    """Without the breaks inside of a formula: before or behind an operator, and at the end."""
    infix = {"+", "-", "=", "*", "/", ":", r"\cdot", r"\times", r"\odot", r"\circ", r"\otimes", "<", "(", "[", "{["}
    out: list[Token] = []
    for t in reversed(tokens):
        after = out[-1] if out else t
        if t.kind == "line" and after.kind in ("sign", "command") and after.value in infix - {"(", "[", "{[", "<"}:
            continue
        if t.kind == "line" and after.kind in ("line", "end"):
            continue
        out.append(t)
    tokens, out = out[::-1], []
    for t in tokens:
        before = out[-1] if out else t
        if t.kind == "line" and (not out or (before.kind in ("sign", "command") and before.value in infix)):
            continue
        out.append(t)
    return out
