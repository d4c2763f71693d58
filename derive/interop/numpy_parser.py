"""Python text to syntax trees: parsed with `ast`, never evaluated.

Kinds of nodes beside those of `tree.Node`: ``binary`` (value: the operator), ``numpy`` (a call; value: a `Call`),
``size`` (value: the axis), ``index`` (value: the indices, one per axis).
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Generator, Iterable
from typing import Any, NamedTuple

from ..errors import ParseError
from ..shapes import bad_letter
from ..tokens import check_name, number
from ..tree import Node, Statement
from .numpy_names import ALIASES, CONSTANTS, KNOWN, ROOTS, SIZED, resolve

Span = tuple[int, int]
Build = Generator[Any, Any, Any]

LONGEST = 100_000  # characters
_DEEPEST = 2_000  # levels
_NUMBER = re.compile(r"[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**"}
_OTHER = {
    ast.BitXor: ("`^` is exclusive or in Python", "write `**` for a power"),
    ast.FloorDiv: ("`//` has no derivative", "write `/`"),
    ast.Mod: ("`%` has no derivative", ""),
}
#: Methods, and the functions of the same meaning.
_METHODS = frozenset("dot sum mean max min trace transpose ravel flatten diagonal conj".split())
_NAMES_OF_KINDS = {
    ast.Lambda: "a lambda", ast.ListComp: "a comprehension", ast.GeneratorExp: "a comprehension",
    ast.SetComp: "a comprehension", ast.DictComp: "a comprehension", ast.IfExp: "a conditional expression",
    ast.Compare: "a comparison", ast.BoolOp: "`and` or `or`", ast.List: "a list", ast.Tuple: "a tuple",
    ast.Dict: "a dictionary", ast.Set: "a set", ast.JoinedStr: "a string", ast.Starred: "`*` before an argument",
    ast.NamedExpr: "`:=`", ast.Await: "`await`", ast.Yield: "`yield`", ast.YieldFrom: "`yield`", ast.Slice: "a slice",
}  # fmt: skip


class Call(NamedTuple):
    """What is called: the name in our table, how it is written, its options and sizes."""

    name: str
    written: str
    options: dict[str, Any]
    sizes: tuple[Node, ...] = ()


class Source:
    """The text for `ast`, and where its places are in the text of the user."""

    def __init__(self, text: str) -> None:
        self.text = text
        ends = [m.end() for m in re.finditer(r"\r\n|\r|\n", text)]
        starts = [0, *ends]
        lines = [text[a:b] for a, b in zip(starts, [*ends, len(text)])]
        full = [line for line in lines if line.strip()]
        indent = min((len(line) - len(line.lstrip(" \t")) for line in full), default=0)
        if len({line[:indent] for line in full}) > 1:
            indent = 0
        if full and lines[0].strip() and lines[0][0] in " \t" and not indent:  # a shell's space before the first line
            lines[0], starts[0] = lines[0].lstrip(" \t"), len(lines[0]) - len(lines[0].lstrip(" \t"))
        self.starts = [s + indent for s in starts]
        self.starts[0] -= indent if starts[0] else 0
        self.lines = [line[indent:] if line.strip() else line.lstrip(" \t") for line in lines]
        self.text_of_lines = "".join(self.lines)
        self._columns: dict[int, list[int]] = {}

    def place(self, line: int, column: int) -> int:
        """The index in the text of a line (from 1) and a column in UTF-8 bytes."""
        if not 0 < line <= len(self.lines):
            return len(self.text)
        content = self.lines[line - 1]
        if not content.isascii():
            columns = self._columns.get(line)
            if columns is None:
                columns = self._columns[line] = [
                    i for i, c in enumerate(content) for _ in range(len(c.encode("utf-8", "surrogatepass")))
                ]
            column = columns[column] if column < len(columns) else len(content)
        return min(self.starts[line - 1] + column, len(self.text))

    def span(self, node: Any) -> Span:
        return (self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset))

    def tree(self) -> ast.Module:
        """What `ast` reads; raises `ParseError`."""
        if len(self.text) > LONGEST:
            raise ParseError(f"the Python text is longer than {LONGEST} characters", hint="is it one formula?")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.text_of_lines)
        except SyntaxError as error:
            raise self.refused(error) from None
        except (RecursionError, MemoryError):
            raise ParseError("the Python text is nested too deeply", hint="define names for its parts") from None
        except ValueError:
            at = next((i for i, c in enumerate(self.text) if c == "\0" or "\ud800" <= c <= "\udfff"), 0)
            raise ParseError("this character is not Python", text=self.text, span=(at, at + 1)) from None

    def refused(self, error: SyntaxError) -> ParseError:
        line, column = error.lineno or 1, max((error.offset or 1) - 1, 0)
        content = self.lines[line - 1] if line <= len(self.lines) else ""
        at = self.place(line, len(content[:column].encode("utf-8", "surrogatepass")))
        hint = ""
        if re.search(r"\blambda\b", self.text):
            hint = "`lambda` is a word of Python: write lam"
        elif "'" in self.text:
            hint = "`'` is a quote in Python: write X.T for the transpose"
        elif re.search(r"\.[*/^]", self.text):
            hint = "`*`, `/` and `**` are elementwise in NumPy, and `@` is the matrix product"
        why = (error.msg or "").split(" (<")[0]
        return ParseError("this is not a Python expression", text=self.text, span=(at, at + 1), why=why, hint=hint)


def parse_numpy(text: str, declared: Iterable[str] = ()) -> list[Statement]:
    """The definitions and, last, the expression of a Python text; raises `ParseError`.

    `declared` are names of variables, which win over names of modules.

    >>> [s.name for s in parse_numpy("M = X @ A.T; 0.5*np.sum(M**2)")]
    ['M', '']
    """
    return _Parser(text, frozenset(declared)).statements()


class _Parser:
    def __init__(self, text: str, declared: frozenset[str]) -> None:
        self.text, self.declared = text, declared
        self.source = Source(text)

    def statements(self) -> list[Statement]:
        body = self.source.tree().body
        if not body:
            raise ParseError("the expression is empty", hint="for example np.sum((A @ x - b)**2)")
        out: list[Statement] = []
        for i, part in enumerate(body):
            name, span = "", (0, 0)
            last = i == len(body) - 1
            if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
                name, span = part.targets[0].id, self.source.span(part.targets[0])
                self.checked(name, span)
                if last:
                    raise self.error(
                        "the text ends with a definition; the expression itself is missing",
                        self.source.span(part), hint=f"leave out `{name} =`, or add `; {name}`",
                    )  # fmt: skip
            elif not isinstance(part, ast.Expr):
                what = "only definitions `NAME = ...` and one expression are read"
                raise self.error(what, self.source.span(part))
            elif not last:
                raise self.error(
                    "only the last part may be an expression without a name", self.source.span(part),
                    hint="name it, as in `C = ...`",
                )  # fmt: skip
            value = part.value
            assert value is not None
            if name:
                self.declared = self.declared | {name}
            out.append(Statement(run(self.build(value)), name, span))
        return out

    def error(self, what: str, span: Span, why: str = "", hint: str = "") -> ParseError:
        return ParseError(what, text=self.text, span=span, why=why, hint=hint)

    def shown(self, node: ast.AST, width: int = 30) -> str:
        start, end = self.source.span(node)
        part = " ".join(self.text[start : min(end, start + 4 * width)].split())
        return part if len(part) <= width else part[: width - 3] + "..."

    def checked(self, name: str, span: Span) -> str:
        if not name.isascii() and bad_letter(name) is not None:
            check_name(self.text, span[0], self.text[span[0] : span[1]])
            raise self.error(f"`{name[:40]}` cannot be a name here", span)
        if name.startswith("_"):
            raise self.error(f"`{name[:40]}` cannot be a name here", span, hint="a name begins with a letter")
        return name

    # ------------------------------------------------------------ expressions
    def build(self, node: ast.expr) -> Build:
        """The syntax tree of a Python expression: a generator for `run`, so that depth costs no recursion."""
        span = self.source.span(node)
        if isinstance(node, ast.BinOp):
            operator = _BINARY.get(type(node.op))
            if operator is None:
                what, hint = _OTHER.get(type(node.op), ("this operator is not read", ""))
                raise self.error(what, span, hint=hint)
            left = yield self.build(node.left)
            right = yield self.build(node.right)
            return Node("binary", operator, (left, right), *span)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            inner = yield self.build(node.operand)
            return inner if isinstance(node.op, ast.UAdd) else Node("neg", None, (inner,), *span)
        if isinstance(node, ast.Constant):
            return Node("num", self.number(node, span), (), *span)
        if isinstance(node, ast.Name):
            return self.name(node, span)
        if isinstance(node, ast.Attribute):
            return (yield self.attribute(node, span))
        if isinstance(node, ast.Call):
            return (yield self.call(node, span))
        if isinstance(node, ast.Subscript):
            return (yield self.subscript(node, span))
        kind = _NAMES_OF_KINDS.get(type(node), "this")
        raise self.error(f"{kind} is not read", span, why="an expression of arrays is made of operators and functions")

    def number(self, node: ast.Constant, span: Span) -> Any:
        value, typed = node.value, self.text[span[0] : span[1]]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            kind = {str: "a string", bytes: "a string", complex: "an imaginary number"}.get(type(value), f"`{value!r}`")
            raise self.error(f"{kind} is not read here", span)
        if isinstance(value, int) and not typed.isdecimal():
            return value  # 1_000 or 0x10
        if not _NUMBER.fullmatch(typed):
            raise self.error("this number is not read", span, hint="write it as 10.5 or 2e-3")
        typed = re.sub(r"\.(?=[eE]|$)", "", typed)
        return number(typed, 0, len(typed), False)

    def name(self, node: ast.Name, span: Span) -> Node:
        if node.id not in self.declared and node.id in ROOTS:
            hint = f'declare it if it is one, as in "{node.id}: n"'
            raise self.error(f"`{node.id}` is a module, not an array", span, hint=hint)
        return Node("name", self.checked(node.id, span), (), *span)

    def dotted(self, node: ast.expr) -> tuple[str, ...]:
        """The parts of ``np.linalg.norm``, or nothing where the root is no module."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id in ROOTS and node.id not in self.declared and parts:
            return (node.id, *reversed(parts))
        return ()

    def attribute(self, node: ast.Attribute, span: Span) -> Build:
        parts = self.dotted(node)
        if parts:
            constant = CONSTANTS.get(parts[-1]) if len(parts) == 2 else None
            if constant == "e":
                return Node("numpy", Call("exp", ".".join(parts), {}), (Node("num", 1, (), *span),), *span)
            if constant:
                return Node("name", constant, (), *span)
            what = f"`{'.'.join(parts)}` is not read as a value"
            raise self.error(what, span, hint="a function needs its arguments" if resolve(parts) else "")
        if node.attr in ("T", "mT"):
            inner = yield self.build(node.value)
            return Node("transpose", None, (inner,), *span)
        if node.attr == "size":
            inner = yield self.build(node.value)
            return Node("size", None, (inner,), *span)
        what = f"the attribute `.{node.attr[:30]}` is not read"
        raise self.error(what, (span[1] - len(node.attr), span[1]), hint=".T is the transpose")

    # ------------------------------------------------------------ calls
    def call(self, node: ast.Call, span: Span) -> Build:
        function = node.func
        parts = self.dotted(function)
        first: list[Node] = []
        if parts:
            name, written = resolve(parts), ".".join(parts)
        elif isinstance(function, ast.Attribute):
            if function.attr not in _METHODS:
                at = self.source.span(function)[1]
                what = f"the method `.{function.attr[:30]}()` is not read"
                raise self.error(what, (at - len(function.attr), at), hint=self.near(function.attr))
            name = written = function.attr
            first = [(yield self.build(function.value))]
        elif isinstance(function, ast.Name):
            written = function.id
            if written in self.declared:
                raise self.error(f"`{written}` is an array, not a function", self.source.span(function))
            name = "python." + written if written in ("sum", "max", "min", "len", "pow") else resolve((written,))
            name = name or "own." + self.checked(written, self.source.span(function))
        else:
            raise self.error("only functions with a name are called here", self.source.span(function))
        if not name:
            hint = self.near(parts[-1]) if parts else ""
            raise self.error(f"there is no function `{written[:50]}` here", self.source.span(function), hint=hint)
        return (yield self.arguments(node, name, written, first, span))

    def near(self, name: str) -> str:
        from difflib import get_close_matches

        if name in ALIASES:
            return ALIASES[name]
        found = get_close_matches(name[:30], sorted(KNOWN), 2, 0.7)
        return f"did you mean {' or '.join(found)}?" if found else ""

    def arguments(self, node: ast.Call, name: str, written: str, first: list[Node], span: Span) -> Build:
        options: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self.error("`**` before an argument is not read", self.source.span(keyword))
            options[keyword.arg] = self.constant(keyword.value, keyword.arg)
        given = list(node.args)
        if name == "einsum":
            if not given or not isinstance(given[0], ast.Constant) or not isinstance(given[0].value, str):
                raise self.error("einsum is read with its subscripts as a string", span)
            options["subscripts"] = given.pop(0).value  # type: ignore[attr-defined]
        if name in ("eye", "ones", "zeros") and not first:
            return Node("numpy", Call(name, written, options, (yield self.sizes(given, span))), (), *span)
        keep = 1 if name in SIZED else None  # arguments after the first are options of a known order
        if keep is not None and not first:
            given, rest = given[:keep], given[keep:]
        elif keep is not None:
            given, rest = [], given
        else:
            rest = []
        for value, key in zip(rest, SIZED.get(name, ())):
            if key in options:
                raise self.error(f"`{key}` is given twice", self.source.span(value))
            options[key] = self.constant(value, key)
        if len(rest) > len(SIZED.get(name, ())):
            raise self.error(f"`{written}` is not read with so many arguments", self.source.span(rest[-1]))
        args = yield self.each(given)
        return Node("numpy", Call(name, written, options), (*first, *args), *span)

    def each(self, parts: list[ast.expr]) -> Build:
        out: list[Node] = []
        for part in parts:
            node = yield self.build(part)
            out.append(node)
        return tuple(out)

    def constant(self, node: ast.expr, name: str) -> Any:
        """The value of an option: a number, a word, True, False, None or np.inf."""
        sign, inner = 1, node
        if isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub):
            sign, inner = -1, inner.operand
        if isinstance(inner, ast.Constant) and isinstance(inner.value, (int, str, bool, type(None))):
            if sign == 1:
                return inner.value
            if type(inner.value) is int:
                return -inner.value
        parts = self.dotted(inner)
        if len(parts) == 2 and parts[1].lower() in ("inf", "infty"):
            return "inf" if sign == 1 else "-inf"
        why = "an option is an integer, a word, True, False, None or np.inf"
        raise self.error(f"the option `{name[:20]}` is not read with this value", self.source.span(node), why)

    def sizes(self, given: list[ast.expr], span: Span) -> Build:
        parts = list(given)
        if len(parts) == 1 and isinstance(parts[0], (ast.Tuple, ast.List)):
            parts = list(parts[0].elts)
        if not 1 <= len(parts) <= 2:
            raise self.error("one or two sizes are expected here", span, why="arrays have at most two dimensions here")
        return (yield self.each(parts))

    # ------------------------------------------------------------ subscripts
    def subscript(self, node: ast.Subscript, span: Span) -> Build:
        value, index = node.value, node.slice
        if isinstance(value, ast.Attribute) and value.attr == "shape" and not self.dotted(value):
            if not isinstance(index, ast.Constant) or index.value not in (0, 1) or isinstance(index.value, bool):
                raise self.error("only .shape[0] and .shape[1] are read", span)
            inner = yield self.build(value.value)
            return Node("size", index.value, (inner,), *span)
        if isinstance(value, ast.Call) and (resolve(self.dotted(value.func)) == "slogdet"):
            if not isinstance(index, ast.Constant) or index.value != 1:
                raise self.error("only slogdet(X)[1] is read", span)
            return (yield self.arguments(value, "logabsdet", "slogdet", [], span))
        inner = yield self.build(value)
        parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
        return Node("index", tuple(self.one_index(p) for p in parts), (inner,), *span)

    def one_index(self, node: ast.expr) -> Any:
        """An integer from 0, ``":"`` or ``"new"``."""
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        if isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None:
            return ":"
        if (isinstance(node, ast.Constant) and node.value is None) or self.dotted(node)[1:] == ("newaxis",):
            return "new"
        what = "an index is an integer from 0, `:` or None"
        raise self.error(what, self.source.span(node), hint="a part of an array needs a name of its own")


def run(build: Build) -> Any:
    """The value of a build: a loop over a stack of generators."""
    stack, value = [build], None
    while stack:
        if len(stack) > _DEEPEST:
            raise ParseError("the Python text is nested too deeply", hint="define names for its parts")
        try:
            deeper = stack[-1].send(value)
        except StopIteration as stop:
            stack.pop()
            value = stop.value
        else:
            stack.append(deeper)
            value = None
    return value
