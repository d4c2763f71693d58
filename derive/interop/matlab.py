r"""MATLAB's one-liners, as far as the ASCII syntax is not MATLAB already.

``trace(A)``, ``A\b``, ``X(:)``, ``X.'`` and ``norm(X,'fro')``.  The text is parsed by the ASCII parser with stand-ins
of the same length for what that does not know, so places stay where they are.  In such a text, what MATLAB and
the ASCII syntax read in different ways is refused: ``sum(X)`` and ``norm(X)`` of a matrix.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from ..calls import Signatures
from ..elaborate import METHODS, Elaborator
from ..errors import AmbiguityError, DeriveError, ParseError
from ..latex_words import FUNCTIONS, GREEK
from ..mistakes import shown
from ..parser import parse_program
from ..records import replace
from ..shapes import Span
from ..syntax import Reading, _Reader
from ..terms import SCALAR, Shape, Table, Term
from ..tree import Node, Statement
from .numpy_reductions import norm_name

_OPTION = re.compile(r"""(?<=,)(\s*)(['"])(\w+)\2(?=\s*\))""")
_DIVISION = re.compile(r"(?<=[\w)'])(\s*)\\(?=\s*(?:\(|([^\W\d_]\w*)))")
_SIGN = re.compile(r"""\(\s*:\s*\)|\.'|,\s*(['"])\w+\1\s*\)|\btrace\s*\(|\bnorm\s*\([^()]*(?:\([^()]*\)[^()]*)*,""")
_ASCII_SIGN = re.compile(r"\*|\./|\.\^|(?<![\\\w])[^\W\d_]\w+\(")
_LATEX_SIGN = re.compile(r"[{}$&|_]|\^\s*[T*+']|\\[,;:! ]")
#: Of a matrix: MATLAB's reading beside ours.
_COLUMNS = dict.fromkeys(("sum", "mean", "max", "min"), "a value for each column")


def matlab_sign(text: str) -> bool:
    """Has a text a form of MATLAB's that the ASCII syntax does not have?

    >>> matlab_sign("norm(X,'fro')"), matlab_sign("sum(X(:))"), matlab_sign("norm(X')^2"), matlab_sign("tr(A)")
    (True, True, False, False)
    """
    return bool(_SIGN.search(text))


def divides(text: str, declared: Collection[str], latex: bool = True) -> bool:
    r"""Is every backslash of a text MATLAB's division, because it stands between two operands?

    Raises `AmbiguityError` where nothing else says whether ``A\b`` is MATLAB or LaTeX (with `latex`, if it may be).

    >>> divides(r"norm(A\b)", {"A", "b"}), divides(r"A\alpha", ()), divides(r"\|A x\|", ())
    (True, False, False)
    """
    found = list(_DIVISION.finditer(text))
    if not found or len(found) != text.count("\\") or _LATEX_SIGN.search(text):
        return False
    for m in found:
        name = m.group(2)
        if name and (name in GREEK or name in FUNCTIONS or (len(name) > 1 and name not in declared)):
            return False
    if latex and not _ASCII_SIGN.search(text):
        start = found[0].end() - 1
        raise AmbiguityError(
            "`\\` has two readings: MATLAB's left division, and the beginning of a LaTeX command", text=text,
            span=(start, start + 1), hint="write inv(A)*b for the division, or leave the backslash out for a product",
        )  # fmt: skip
    return True


def read_matlab(
    text: str,
    *,
    table: Table,
    signatures: Signatures,
    shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
    wrt: str | None = None,
) -> Reading:
    """Read a one-liner of MATLAB's; the parameters are those of `syntax.read`, and so are the errors.

    `AmbiguityError` where MATLAB reads a part in another way than the ASCII syntax does.
    """
    reader = MatlabReader(text, table, signatures, dict(shapes or {}), dict(assume or {}), wrt, False)
    try:
        return reader.read()
    except DeriveError as error:
        if error.text != reader.masked or error.text == text:
            raise
        raise type(error)(error.what, text=text, span=error.span, why=error.why, hint=error.hint) from None


class MatlabElaborator(Elaborator):
    """Refuses what has two readings, and knows MATLAB's norms."""

    def value(self, node: Node, args: list[Term]) -> Term:
        if node.kind == "norm of":
            return self.norm(node, args[0])
        if node.kind == "whole":  # of all entries, whatever MATLAB reads in one call
            return METHODS["call"](self, Node("call", node.value, node.args, *node.span), args)
        if node.kind == "call" and len(args) == 1 and node.value in (*_COLUMNS, "norm"):
            self.one_reading(node, args[0])
        return METHODS[node.kind](self, node, args)

    def is_vector(self, term: Term) -> bool:
        return 1 in self.dims.shape(term.shape)

    def one_reading(self, node: Node, term: Term) -> None:
        if self.is_vector(term):
            return
        name = node.value
        inside = shown(self.text, node.args[0].span).strip("`")
        ours, theirs = f"{name} of all entries", _COLUMNS.get(name, "")
        hint = f"write {name}({name}({inside})), or {name}({inside}(:)) of a name"
        if name == "norm":
            ours, theirs = "the Frobenius norm", "the largest singular value (MATLAB)"
            hint = f"write norm({inside},'fro') or norm({inside},2)"
        raise AmbiguityError(
            f"`{name}` of a matrix has two readings in MATLAB's syntax: {ours}, and {theirs}",
            text=self.text, span=node.span, hint=hint,
        )  # fmt: skip

    def norm(self, node: Node, term: Term) -> Term:
        rows, columns = self.dims.shape(term.shape)
        order = {"2": 2, "1": 1, "Inf": "inf"}.get(node.value, node.value)
        vector = 1 in (rows, columns)
        name = norm_name(2 if vector and order == "fro" else order, vector, False, False)
        if not name or order == "nuc":
            what = f"this norm of {shown(self.text, node.args[0].span)} is not read"
            raise ParseError(what, text=self.text, span=node.span, hint="norms are 1, 2, inf, and 'fro' of a matrix")
        if name in ("rowsum", "colsum"):
            absolute = self.table.make("abs", (term,), term.shape)
            sums = self.table.make(name, (absolute,), (term.shape[0 if name == "rowsum" else 1], 1))
            return self.table.make("max", (sums,), SCALAR)
        return self.table.make(name, (term,), SCALAR)


class MatlabReader(_Reader):
    """Reads one text."""

    elaborator = MatlabElaborator
    masked = ""

    def statements(self) -> list[Statement]:
        self.masked = _masked(self.text)
        out = parse_program(self.masked)
        for statement in out:
            for node in _nodes(statement.node):
                self.changed(node)
        return out

    def written(self, span: Span) -> str:
        return self.text[span[0] : span[1]].strip()

    def changed(self, node: Node) -> None:
        """What a node means in MATLAB."""
        if node.kind == "product":
            self.divided(node)
        if node.kind != "call" or (node.value in self.declared and not self.whole(node)):
            return
        if self.whole(node):
            name = Node("name", node.value, (), node.start, node.start + len(node.value))
            node.value, node.args = "vec", (name,)
        elif node.value in ("trace", "transpose") and len(node.args) == 1:
            if node.value == "transpose":
                node.kind = "transpose"
            node.value = "tr" if node.value == "trace" else None
        elif node.value == "norm" and len(node.args) == 2:
            node.kind, node.value = "norm of", self.written(node.args[1].span).strip("'\"")
            node.args = node.args[:1]
        elif node.value in _COLUMNS and len(node.args) == 1:
            inner = node.args[0]
            if inner.kind == "call" and inner.value == node.value and len(inner.args) == 1 and not self.whole(inner):
                node.args = inner.args  # sum(sum(X)) is one sum, of all entries
                node.kind = "whole"

    def whole(self, node: Node) -> bool:
        """Is it ``X(:)``?"""
        return len(node.args) == 1 and self.written(node.args[0].span) == ":"

    def divided(self, node: Node) -> None:
        r"""``A\b`` is inv(A)*b, from left to right like ``*``."""
        factors = list(node.args[:1])
        operators: list[str] = []
        for before, op, factor in zip(node.args, node.value, node.args[1:]):
            if op == "/" and "\\" in self.text[before.end : factor.start]:
                left = factors[0]
                if len(factors) > 1:
                    left = Node("product", tuple(operators), tuple(factors), left.start, before.end)
                factors, operators = [Node("call", "inv", (left,), left.start, left.end)], ["*"]
            else:
                operators.append(op)
            factors.append(factor)
        node.args, node.value = tuple(factors), tuple(operators)

    def finish(
        self, work: Elaborator, names: dict[str, Shape], definitions: list[tuple[str, Term]], term: Term
    ) -> Reading:
        out = super().finish(work, names, definitions, term)
        text = "; ".join([*(f"{n} = {t}" for n, t in out.definitions), str(out.term)])
        return replace(out, ascii=text, inferred=[f"read as {text} (from MATLAB)", *out.inferred])


def _masked(text: str) -> str:
    """The text with stand-ins that the ASCII parser reads."""
    text = _OPTION.sub(lambda m: f"{m[1]}q{m[3]}q", text)
    text = re.sub(r"\((\s*):(\s*)\)", r"(\g<1>1\g<2>)", text)
    text = _DIVISION.sub(lambda m: f"{m[1]}/", text)
    return text.replace(".'", " '")


def _nodes(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.args)
