"""NumPy text to terms: the third front end, beside `syntax` and `latex_reader`.

A vector is a 1-D array, or a 2-D array with one column: the text does not say which.  It is read both ways;
where the two readings differ, that is an `AmbiguityError` that names both, and where only one fits, the proof
says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..calls import Signatures
from ..elaborate import Elaborator
from ..errors import AmbiguityError, DeriveError, ParseError
from ..records import replace
from ..syntax import Reading, _Reader
from ..terms import SCALAR, Shape, Table, Term
from ..tree import Node, Statement
from .numpy_arrays import Array, Unfit
from .numpy_compare import Forms
from .numpy_functions import NumpyElaborator
from .numpy_parser import parse_numpy

VECTORS = {"1-D": "1-D", "1d": "1-D", "columns": "columns", "column": "columns"}
_COLUMN = re.compile(r"(?:\s[xX]\s+|[0-9]\s*[xX]\s*|×\s*)1\s*$")


def read_numpy(
    text: str,
    *,
    table: Table,
    signatures: Signatures,
    shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
    wrt: str | None = None,
    reading: Mapping[str, str] | None = None,
    complex_: bool = False,
    weak: bool = False,
) -> Reading:
    """Read an expression of NumPy arrays; the parameters are those of `syntax.read`.

    `reading` ``{"vectors": "1-D"}`` (or ``"columns"``) says what vectors are; a vector declared as ``"n x 1"`` is a
    2-D array.  With `weak`, the text has no sign of NumPy but ``**``: what the ASCII syntax would read
    otherwise is refused.  Raises `ParseError`, `ShapeError`, and `AmbiguityError` where the two readings differ.

    >>> from ..shapes import parse_signatures
    >>> known = {"tr": parse_signatures("A: n x n -> scalar")}
    >>> reading = read_numpy("np.trace(X.T @ A @ X)", table=Table(), signatures=known)
    >>> reading.ascii
    "tr(X'*A*X)"
    """
    chosen = dict(reading or {})
    vectors = chosen.pop("vectors", None)
    if vectors is not None and vectors not in VECTORS:
        raise ParseError(f"`vectors` cannot be read as `{str(vectors)[:30]}`", hint="it is 1-D or columns")
    if chosen:
        hint = "in NumPy text only `vectors` can be chosen"
        raise ParseError(f"`{next(iter(chosen))!s:.30}` has no readings to choose", hint=hint)

    def attempt(hypothesis: str) -> tuple[NumpyReader, Reading | None, DeriveError | None]:
        reader = NumpyReader(text, table, signatures, dict(shapes or {}), dict(assume or {}), wrt, False)
        reader.hypothesis, reader.weak, reader.complex = hypothesis, weak, complex_
        reader.meant = vectors is not None or hypothesis == "1-D"
        try:
            return reader, reader.read(), None
        except DeriveError as error:
            return reader, None, error

    first, one, failure = attempt(VECTORS.get(vectors or "", "1-D"))
    if vectors is None and first.vectors:
        second, other, refusal = attempt("columns")
        if other is not None and isinstance(failure, Unfit):
            return with_note(other, "the vectors are columns (n, 1): as 1-D arrays they would not fit")
        if one is not None and other is None:
            reason = ": as columns (n, 1) they would not fit" if isinstance(refusal, Unfit) else " (by default)"
            return with_note(one, f"the vectors are 1-D arrays{reason}")
        if one is not None and other is not None:
            agree(text, (first, one), (second, other))
    if one is None:
        assert failure is not None
        raise failure
    return one


class NumpyReader(_Reader):
    """Reads one text under one hypothesis on its vectors."""

    elaborator = NumpyElaborator
    hypothesis = "1-D"
    weak = complex = False
    meant = True
    vectors = True  # does what vectors are matter here?
    work: NumpyElaborator
    definitions: list[tuple[str, Term]]

    def __init__(
        self, text: str, table: Table, signatures: Signatures, declared: Mapping[str, str], *rest: Any
    ) -> None:
        super().__init__(text, table, signatures, declared, *rest)
        self.columns = frozenset(n for n, s in declared.items() if _is_column(s))

    def statements(self) -> list[Statement]:
        if not isinstance(self.text, str):
            raise ParseError(f"an expression is a text, not {type(self.text).__name__}")
        return parse_numpy(self.text, {*self.declared, *([self.wrt] if self.wrt else [])})

    def scan(self, statements: Iterable[Statement], defined: set[str]) -> None:
        """The undeclared names, and the letters used as sizes."""
        statements = list(statements)
        super().scan(statements, defined)
        stack = [s.node for s in statements]
        while stack:
            node = stack.pop()
            if node.kind == "numpy":
                for size in node.value.sizes:
                    for name in size.values("name"):
                        if name not in self.declared and name not in defined:
                            self.sizes.add(name)
            stack.extend(node.args)

    def variables(self, defined: set[str]) -> dict[str, Shape]:
        out = super().variables(defined)
        self.vectors = any(s != SCALAR and s[1] == 1 and n not in self.columns for n, s in out.items())
        return out

    def prepare(self, work: Elaborator) -> None:
        assert isinstance(work, NumpyElaborator)
        self.work = work
        work.hypothesis, work.weak, work.columns, work.complex = self.hypothesis, self.weak, self.columns, self.complex
        work.meant = self.meant
        work.ndims, work.trail = {}, []

    def define(self, work: Elaborator, s: Statement, before: list[tuple[str, Term]]) -> Term:
        assert isinstance(work, NumpyElaborator)
        term = super().define(work, s, before)
        work.ndims[s.name] = work.last.ndim
        return term

    def finish(
        self, work: Elaborator, names: dict[str, Shape], definitions: list[tuple[str, Term]], term: Term
    ) -> Reading:
        self.definitions = definitions
        out = super().finish(work, names, definitions, term)
        shown = "; ".join([*(f"{n} = {t}" for n, t in out.definitions), str(out.term)])
        said = [f"read as {shown} (from NumPy)"]
        return replace(out, ascii=shown, inferred=[*said, *out.inferred])

    def forms(self, forms: Forms, array: Array) -> set[Any]:
        """The form of a value and that of its transpose."""
        return set(forms.of(array.term, self.definitions, self.work.dims.shape))


def with_note(reading: Reading, note: str) -> Reading:
    """The reading, with what was decided about vectors after how it was read."""
    return replace(reading, inferred=[*reading.inferred[:1], note, *reading.inferred[1:]], defaults=[note])


def agree(text: str, one: tuple[NumpyReader, Reading], other: tuple[NumpyReader, Reading]) -> None:
    """Raises `AmbiguityError` where two readings differ, at the first place where they do."""
    forms = Forms(one[0].signatures)
    (first, a), (second, b) = one, other
    same = _form(forms, a) == _form(forms, b)
    if same and a.shapes == b.shapes and a.term.shape == b.term.shape:
        return
    place: Node | None = None
    for (node, x), (_, y) in zip(first.work.trail, second.work.trail):
        if not first.forms(forms, x) & second.forms(forms, y):
            place = node
            break
    raise AmbiguityError(
        f"the text has two readings: `{_cut(a.ascii)}` where the vectors are 1-D arrays, and `{_cut(b.ascii)}` where "
        "they are columns (n, 1)",
        text=text,
        span=(0, len(text)) if place is None else place.span,
        why="whether an array is 1-D decides what `.T`, `*` and `@` do with it",
        hint='declare a column as "x: n x 1", or say so: reading={"vectors": "1-D"} (--read vectors=1-D) or "columns"',
    )


def _form(forms: Forms, reading: Reading) -> Any:
    return forms.of(reading.term, reading.definitions, lambda s: s)[0]


def _is_column(shape: object) -> bool:
    """Is a shape declared with its second dimension, as in ``"n x 1"``?"""
    if isinstance(shape, (tuple, list)):
        return len(shape) == 2 and str(shape[1]) == "1"
    return bool(_COLUMN.search(str(shape)))


def _cut(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."

