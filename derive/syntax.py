"""ASCII text to terms: definitions, declared shapes and properties, and the convention for undeclared names.

`read` is for a user's text; rule files and lines of derivations use `parse_ast` and `elaborate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .calls import BUILTIN, Signatures, size_args
from .dims import Dims
from .elaborate import Elaborator, elaborate, resolve_all
from .errors import ParseError, ShapeError
from .near import did_you_mean
from .parser import parse_ast, parse_program
from .records import record
from .shapes import CONTRADICTIONS, PROPERTIES, Signature, Span, convention, is_name, kind_text, letters, parse_shape
from .terms import SCALAR, Shape, Table, Term, shape_text
from .tree import Node, Statement

__all__ = ["Node", "Reading", "Signature", "elaborate", "parse_ast", "parse_program", "read"]


@record
class Reading:
    """What a text says.

    `term` is the typed expression; `definitions` are the names that the text defines, with their terms, in
    order (in later terms the name is the variable `defined[name]`); `symbols` are all variables, the declared
    ones that do not occur and the variable of the question included; `shapes` are theirs; `inferred` are
    sentences on what was not declared, and on how a text in another syntax was read.
    """

    text: str
    term: Term
    definitions: list[tuple[str, Term]]
    defined: dict[str, Term]
    symbols: dict[str, Term]
    shapes: dict[str, Shape]
    inferred: list[str]
    ascii: str = ""  # of a text in another syntax: the expression as it was read
    defaults: Sequence[str] = ()  # what a documented default decided


def read(
    text: str,
    *,
    table: Table,
    signatures: Signatures,
    shapes: Mapping[str, str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
    wrt: str | None = None,
    allow_d: bool = False,
) -> Reading:
    """Read definitions and an expression.

    `shapes` declares variables (``{"X": "m x n", "x": "n", "t": "scalar"}``), `assume` their properties,
    `wrt` is the variable of the question; with `allow_d`, ``dX`` is the differential of a known X.  Raises
    `ParseError` for text, names and properties that cannot be read and `ShapeError` for shapes that do not
    fit, with the place, the reason and, where one exists, the smallest change that type-checks.

    >>> from .shapes import parse_signatures
    >>> known = {"norm": parse_signatures("A: m x n -> scalar")}
    >>> reading = read("norm(X*A')^2/2", table=Table(), signatures=known, wrt="X")
    >>> reading.shapes, reading.inferred[1]
    ({'X': ('m', 'n'), 'A': ('p', 'n')}, 'A is p x n (a matrix, by the convention)')
    """
    declared, props = dict(shapes or {}), dict(assume or {})
    try:
        return _Reader(text, table, signatures, declared, props, wrt, allow_d).read()
    except ShapeError as error:
        from .fixes import with_fix
        from .mistakes import Misfit

        if not isinstance(error, Misfit):
            raise

        def attempt(changed: str, extra: Mapping[str, str]) -> bool:
            try:
                _Reader(changed, Table(), signatures, {**declared, **extra}, props, wrt, allow_d).read()
            except (ParseError, ShapeError):
                return False
            return True

        raise with_fix(error, declared_texts(declared), attempt) from None


def declared_texts(declared: Mapping[str, object]) -> dict[str, str]:
    return {name: str(shape) for name, shape in declared.items()}


class _Reader:
    def __init__(
        self,
        text: str,
        table: Table,
        signatures: Signatures,
        declared: Mapping[str, str],
        assume: Mapping[str, Sequence[str]],
        wrt: str | None,
        allow_d: bool,
    ) -> None:
        self.text, self.table, self.signatures = text, table, signatures
        self.declared = {name: declared_shape(name, shape) for name, shape in declared.items()}
        self.assume = {name: properties(name, words) for name, words in assume.items()}
        self.wrt, self.allow_d = wrt, allow_d
        self.dims = Dims()
        self.order: list[str] = []  # undeclared names, as they appear
        self.places: dict[str, Span] = {}
        self.sizes: set[str] = {c for s in self.declared.values() for c in letters(s)}
        self.indices: set[str] = set()

    def read(self) -> Reading:
        if not isinstance(self.text, str):
            raise ParseError(f"an expression is a text, not {type(self.text).__name__}")
        statements = self.statements()
        defined = {s.name for s in statements if s.name}
        self.scan(statements, defined)
        names = self.variables(defined)
        scratch = Table(self.table.limit) if self.dims.origins or self.jay else self.table
        env = {n: scratch.var(n, s, self.properties_of(n, s)) for n, s in names.items()}
        order = self.naming_order(names) if scratch is not self.table else ()
        work = self.elaborator(
            self.text, scratch, self.signatures, env, self.dims, self.sizes, self.allow_d, order
        )
        self.prepare(work)
        work.later = set(defined)
        definitions: list[tuple[str, Term]] = []
        for s in statements[:-1]:
            definitions.append((s.name, self.define(work, s, definitions)))
            work.later.discard(s.name)
        term = work.run(statements[-1].node)
        return self.finish(work, names, definitions, term)

    # ------------------------------------------------------------ what another front end does in its own way
    elaborator = Elaborator

    def statements(self) -> list[Statement]:
        """The definitions and, last, the expression of the text."""
        return parse_program(self.text)

    def prepare(self, work: Elaborator) -> None:
        """Called before anything is elaborated."""

    # ------------------------------------------------------------ names
    jay = False

    def scan(self, statements: Iterable[Statement], defined: set[str]) -> None:
        """Collect the undeclared names, the letters used as sizes, and the indices."""
        found: dict[str, Span] = {}
        for statement in statements:
            stack = [statement.node]
            while stack:
                node = stack.pop()
                kind = node.kind
                if kind == "name":
                    if node.value not in found:
                        found[node.value] = node.span
                elif kind == "call":
                    stack.extend(reversed(self.scan_call(node, defined)))
                elif node.args:
                    stack.extend(reversed(node.args))
        self.places = found

    def scan_call(self, node: Node, defined: set[str]) -> list[Node]:
        if node.value == "J":
            self.jay = True
        sizes = size_args(node, self.signatures) if node.args else ()
        for part in sizes:
            factors = list(part.args) if part.kind == "product" else [part]
            for f in factors:
                if f.kind == "name" and f.value not in self.declared and f.value not in defined:
                    self.sizes.add(f.value)
        rest = [a for a in node.args if a not in sizes]
        if node.value in BUILTIN:
            for a in rest:
                if a.kind == "name":
                    self.indices.add(a.value)
        return rest

    def variables(self, defined: set[str]) -> dict[str, Shape]:
        """The shape of every variable: declared ones, then by the convention."""
        out = dict(self.declared)
        for name in list(self.places):
            if name not in out and name not in defined and self.is_variable(name):
                out[name] = self.by_convention(name)
                self.order.append(name)
        if self.wrt is not None and (self.wrt not in out or self.wrt in defined):
            raise self.no_variable(self.wrt, out, defined)
        for name, words in self.assume.items():
            if name not in out:
                raise self.no_such_name(name, out)
            self.apply_properties(name, out[name], words)
        for name in defined & set(self.declared):
            del out[name]
        return out

    def is_variable(self, name: str) -> bool:
        if name in self.sizes or name in BUILTIN:
            return name == "J" and name not in self.sizes
        if name in self.signatures:
            return False
        of = name[1:]
        return name[0] != "d" or not of or not (of in self.declared or of in self.places or of == self.wrt)

    def by_convention(self, name: str) -> Shape:
        if name in self.indices or any(PROPERTIES[p] == "scalar" for p in self.assume.get(name, ())):
            return SCALAR
        kind = convention(name)
        if kind == "scalar":
            return SCALAR
        if kind == "vector":
            return (self.dims.fresh(f"the length of {name}"), 1)
        if kind == "matrix":
            return (self.dims.fresh(f"the rows of {name}"), self.dims.fresh(f"the columns of {name}"))
        raise ShapeError(
            f"the shape of `{name}` is not declared",
            text=self.text,
            span=self.places.get(name),
            why="the convention covers names that begin with a Latin or Greek letter",
            hint=f'declare it, as in "{name}: m x n"',
        )

    def properties_of(self, name: str, shape: Shape) -> tuple[str, ...]:
        """The declared properties; a scalar that stands as an index is a positive integer."""
        declared = self.assume.get(name, ())
        index = name in self.indices and shape == SCALAR and "positive_integer" not in declared
        return (*declared, "positive_integer") if index else declared

    def apply_properties(self, name: str, shape: Shape, words: Sequence[str]) -> None:
        for word in words:
            need = PROPERTIES[word]
            if need == "scalar" and shape != SCALAR:
                why = f"{name} is {kind_text(shape)}"
                raise ShapeError(
                    f"`{name}` cannot be {word}: only a scalar can", why=why, hint=f"declare {name}: scalar"
                )
            if need == "square" and not self.dims.unify(shape[0], shape[1], self.places.get(name, (0, 0))):
                self.dims.give_letters([shape], {*self.declared, *self.places, *self.sizes})
                shown = self.dims.shape(shape)
                vector = shown[1] == 1 and name not in self.declared
                why = (
                    f"{name} is a column vector by the convention"
                    if vector
                    else f"{name} is {kind_text(shown)}"
                )
                hint = f'declare it square, as in "{name}: n x n"'
                raise ShapeError(f"`{name}` cannot be {word}: only a square matrix can", why=why, hint=hint)

    def no_variable(self, name: str, known: Mapping[str, Shape], defined: set[str]) -> ParseError:
        if name in defined:
            why = "its definition says what it depends on"
            return ParseError(f"`{name}` is defined in the text and cannot be the variable", why=why)
        if name in self.sizes:
            return ParseError(
                f"`{name}` is a dimension and cannot be the variable", hint=f"declare {name}: scalar"
            )
        differential = f"d{name}"
        if differential in self.places:
            return self.differential(differential, name)
        if name in self.signatures and name in self.places:
            return ParseError(
                f"`{name}` is the name of a function and cannot be the variable",
                hint=f'declare it as a variable, as in "{name}: n"',
            )
        what = f"the variable `{name[:40]}` is neither declared nor does it occur in the expression"
        shown = f"the variables here are {', '.join(list(known)[:6])}" if known else ""
        return ParseError(what, hint=did_you_mean(name, known) or shown)

    def differential(self, written: str, name: str) -> ParseError:
        why = f"{written} is the differential of {name}, which stands in derivations that are checked"
        return ParseError(
            f"`{written}` is not a variable", text=self.text, span=self.places[written], why=why,
            hint=f"give the function itself, and ask for its differential by {name}; "
            f"or declare `{written}` if it is a variable of its own",
        )  # fmt: skip

    def no_such_name(self, name: str, known: Mapping[str, Shape]) -> ParseError:
        what = f"a property is declared for `{name[:40]}`, which is neither declared nor does it occur"
        shown = f"the variables here are {', '.join(list(known)[:6])}" if known else ""
        return ParseError(what, hint=did_you_mean(name, known) or shown)

    # ------------------------------------------------------------ definitions
    def define(self, work: Elaborator, s: Statement, before: list[tuple[str, Term]]) -> Term:
        name = s.name
        if any(name == n for n, _ in before):
            raise ParseError(f"`{name}` is defined twice", text=self.text, span=s.span)
        if name == self.wrt:
            raise self.no_variable(name, {}, {name})
        term = work.run(s.node)
        if name in self.declared:
            want = self.declared[name]
            if not work.same_shape(want, term.shape, s.node.span):
                work.give_letters([term.shape])
                raise ShapeError(
                    f"`{name}` is declared as {shape_text(want)}, but its definition is "
                    f"{kind_text(self.dims.shape(term.shape))}",
                    text=self.text,
                    span=s.node.span,
                )
        work.names[name] = work.table.var(name, term.shape, self.assume.get(name, ()))
        return term

    # ------------------------------------------------------------ the end
    def finish(
        self, work: Elaborator, names: dict[str, Shape], definitions: list[tuple[str, Term]], term: Term
    ) -> Reading:
        work.settle()
        roots = [term, *(t for _, t in definitions), *(work.names[n] for n in names)]
        roots += [work.names[n] for n, _ in definitions]
        if self.dims.origins or work.table is not self.table:
            roots = resolve_all(roots, self.table, work)
        count = len(definitions)
        definitions = [(n, t) for (n, _), t in zip(definitions, roots[1:])]
        symbols = dict(zip(names, roots[1 + count :]))
        defined = dict(zip([n for n, _ in definitions], roots[1 + count + len(names) :]))
        final = {n: t.shape for n, t in symbols.items()}
        inferred = [self.sentence(n, final[n]) for n in self.order]
        if self.dims.guessed:
            inferred.append("equal products of dimensions are taken to have equal factors, in order")
        return Reading(self.text, roots[0], definitions, defined, symbols, final, inferred)

    def naming_order(self, names: Mapping[str, Shape]) -> list[Shape]:
        """Whose unknown dimensions get letters first: the variable's, the matrices', then the vectors'."""
        first = [names[self.wrt]] if self.wrt is not None else []
        arrays = list(names.values())
        return first + [s for s in arrays if s[1] != 1] + [s for s in arrays if s[1] == 1]

    def sentence(self, name: str, shape: Shape) -> str:
        if name in self.indices and shape == SCALAR:
            return f"{name} is a scalar (an index, by its place)"
        if shape == SCALAR:
            words = [p for p in self.assume.get(name, ()) if PROPERTIES[p] == "scalar"]
            return f"{name} is a scalar ({words[0]})" if words else f"{name} is a scalar (by the convention)"
        kind = "a column vector" if shape[1] == 1 else "a matrix"
        return f"{name} is {shape_text(shape)} ({kind}, by the convention)"


def declared_shape(name: str, shape: str | int | Iterable[object]) -> Shape:
    """The shape declared for a name: a text, or dimensions."""
    if not isinstance(name, str) or not is_name(name):
        hint = "a name is a letter, then letters, digits and `_`"
        raise ParseError(f"`{str(name)[:40]}` cannot be the name of a variable", hint=hint)
    if not isinstance(shape, str):
        shape = " x ".join(map(str, shape)) if isinstance(shape, (tuple, list)) else str(shape)
    try:
        return parse_shape(shape)
    except ShapeError as e:
        raise ShapeError(f"in the shape of {name[:40]}: {e.what}", why=e.why, hint=e.hint) from None


def properties(name: str, words: Sequence[str] | str) -> tuple[str, ...]:
    """The properties declared for a name; raises `ParseError` for an unknown one."""
    out = tuple(words.replace(",", " ").split()) if isinstance(words, str) else tuple(map(str, words))
    for word in out:
        if word not in PROPERTIES:
            raise ParseError(
                f"`{word[:40]}` is not a property (declared for {str(name)[:40]})",
                why=f"the properties are {', '.join(PROPERTIES)}",
                hint=did_you_mean(word, PROPERTIES),
            )
    for pair, why in CONTRADICTIONS.items():
        if pair <= set(out):
            what = f"`{str(name)[:40]}` cannot be {' and '.join(sorted(pair))} at once"
            raise ParseError(what, why=why, hint="leave one of the properties out")
    return out
