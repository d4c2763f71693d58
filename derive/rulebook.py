"""The rule book: rules, facts and functions, read from ``rules/*.rules``.

Loading splits the files into blocks; statements are parsed when they are first used.  Every block states one
fact of mathematics once: the differential of an elementwise function, an abbreviation, and how a function
behaves under transposition stand in the function's block, and become rules here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from os import PathLike
from typing import Any, TypeVar

from .blocks import Block, RuleError, read_blocks, rule_texts
from .elaborate import elaborate
from .errors import DeriveError
from .keys import Key, specificity
from .parser import parse_ast
from .shapes import Signature, letters, parse_signatures
from .statements import EXTRA_PROPERTIES, FORMS, Condition, Fact, LiftedRule, Rule
from .terms import SCALAR, Shape, Table, Term

__all__ = [
    "EXTRA_PROPERTIES",
    "FORMS",
    "Condition",
    "Fact",
    "Function",
    "LiftedRule",
    "Rule",
    "RuleBook",
    "RuleError",
]
T = TypeVar("T")


class Function:
    """A function of the input syntax, as its block describes it."""

    def __init__(self, block: Block, book: RuleBook) -> None:
        f = block.fields
        self.block, self.book, self.name = block, book, block.name
        self.kind, self.file, self.line = f["kind"], block.file, block.line
        self.shape_text = f.get("shape", "t -> same" if self.kind == "elementwise" else "")
        if not self.shape_text:
            raise RuleError(f"function `{self.name}` has no field `shape`", self.place)
        self.latex, self.numpy = f.get("latex") or self._plain_latex(), f.get("numpy", "")
        self.domain, self.doc, self.cite = f.get("domain", ""), f.get("doc", ""), f.get("cite", "")
        self.law_text, self.means = f.get("d", ""), f.get("means", "")
        self.transpose = f.get("transpose", "commutes" if self.kind == "elementwise" else "")
        self.commutes = f.get("commutes", "") == "yes"
        self.scales = f.get("scales", "")
        #: Does its meaning take its place?  An elementwise function with a law of its own keeps its name.
        self.abbreviates = bool(self.means) and not self.law_text

    def _plain_latex(self) -> str:
        count = self.shape_text.split("\n")[0].partition("->")[0].count(",") + 1
        arguments = ", ".join(f"{{{i}}}" for i in range(count))
        return rf"\operatorname{{{self.name}}}({arguments})".replace("_", r"\_")

    @property
    def place(self) -> tuple[str, int]:
        return (self.file, self.line)

    @property
    def signatures(self) -> tuple[Signature, ...]:
        return self.book.signatures[self.name]

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the arguments, in order."""
        return tuple(name for name, _ in self.signatures[0].params)

    @cached_property
    def law(self) -> Term | None:
        """The slope of an elementwise function as a term in the scalar variable ``t``, or None."""
        return self._read(self.law_text, {"t": SCALAR}) if self.law_text else None

    @cached_property
    def means_term(self) -> Term | None:
        """What an abbreviation stands for, in variables named as its `parameters`, or None."""
        if not self.means or self.kind == "elementwise":
            return self._read(self.means, {"t": SCALAR}) if self.means else None
        signature = self.signatures[0]
        sizes = {name for i, (name, _) in enumerate(signature.params) if i in signature.sizes}
        return self._read(self.means, {n: s for n, s in signature.params if n not in sizes}, sizes)

    def _read(self, text: str, shapes: Mapping[str, Shape], sizes: Iterable[str] = ()) -> Term:
        table = Table()
        env = {name: table.var(name, shape) for name, shape in shapes.items()}
        dims = {*sizes, *(c for s in shapes.values() for c in letters(s))}
        try:
            return elaborate(parse_ast(text), table, self.book.signatures, env, text=text, dims=dims)
        except DeriveError as e:
            what = f"function `{self.name}`: {e.what}"
            raise RuleError(what, self.place, text=e.text, span=e.span, why=e.why, hint=e.hint) from e

    def __repr__(self) -> str:
        return f"<function {self.name}>"


class _Signatures(Mapping[str, tuple[Signature, ...]]):
    """The signatures of all functions, each parsed when it is first asked for."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = functions
        self._known: dict[str, tuple[Signature, ...]] = {}

    def __getitem__(self, name: str) -> tuple[Signature, ...]:
        found = self._known.get(name)
        if found is None:
            function = self._functions[name]
            try:
                found = self._known[name] = parse_signatures(function.shape_text)
            except DeriveError as e:
                raise RuleError(f"function `{name}`: {e.what}", function.place, why=e.why, hint=e.hint) from e
        return found

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self._functions else default

    def __contains__(self, name: object) -> bool:
        return name in self._functions

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)


class RuleBook:
    """All rules, facts and functions; build it with `RuleBook.load` or, from texts, `RuleBook.read`."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        self.functions: dict[str, Function] = {}
        self.facts: list[Fact] = []
        self.projections: dict[tuple[str, frozenset[str]], Rule] = {}  # convention, structure -> G -> ...
        self.signatures: Mapping[str, tuple[Signature, ...]] = _Signatures(self.functions)
        self._sorted: dict[Key, list[Rule]] = {}
        self._compiled: dict[Key, list[Any]] = {}
        self._made: dict[str, Any] = {}

    # ------------------------------------------------------------ loading
    @classmethod
    def load(cls, paths: Iterable[str | PathLike[str]] | None = None) -> RuleBook:
        """The book of the given files, by default of all of ``rules/``; raises `RuleError`."""
        return cls.read(rule_texts(paths))

    @classmethod
    def read(cls, texts: Iterable[tuple[str, str]]) -> RuleBook:
        """The book of some (file name, text) pairs.

        >>> text = "rule twice\\n  A'' -> A\\n  shapes A: m x n\\n  say s\\n  cite c"
        >>> book = RuleBook.read([("my.rules", text)])
        >>> book.rules["twice"].key, book.by_key(("T",))
        (('T',), [<rule twice: A'' -> A>])
        """
        book = cls()
        for file, text in texts:
            book.extend(text, file)
        return book

    def extend(self, text: str, file: str = "<text>") -> list[Rule]:
        """Add the blocks of one more text, and return its new rules; raises `RuleError`."""
        return self.add(read_blocks(text, file))

    def add(self, blocks: Iterable[Block]) -> list[Rule]:
        """Add blocks, and return the new rules; raises `RuleError`."""
        new: list[Rule] = []
        for block in blocks:
            if block.kind == "facts":
                for i, (statement, line) in enumerate(block.statements, 1):
                    self.facts.append(Fact(block, f"{block.name}-{i}", statement, line, self))
                continue
            if block.kind == "projection":
                projection = Rule(block, self)
                for structure in block.fields["structure"].split(","):
                    case = (block.fields["convention"], frozenset(structure.split()))
                    old = self.projections.setdefault(case, projection)
                    if old is not projection:
                        hint = f"the first one is at {old.file}:{old.line}"
                        what = f"a second projection for `{structure.strip()}`, {case[0]}"
                        raise RuleError(what, block.place, hint=hint)
                continue
            if block.kind == "function":
                self._unique(block, self.functions)
                self.functions[block.name] = Function(block, self)
                rules = list(rules_of_function(block))
            else:
                rules = [block]
            for b in rules:
                self._unique(b, self.rules)
                rule = self.rules[b.name] = Rule(b, self)
                new.append(rule)
        self._sorted.clear()
        self._compiled.clear()
        self._made.clear()
        for cached in ("_index", "_facts"):
            self.__dict__.pop(cached, None)
        return new

    def _unique(self, block: Block, known: Mapping[str, Rule] | Mapping[str, Function]) -> None:
        old = known.get(block.name)
        if old is not None:
            hint = f"the first one is at {old.file}:{old.line}"
            raise RuleError(f"a second {block.kind} `{block.name}`", block.place, hint=hint)

    # ------------------------------------------------------------ looking up
    @cached_property
    def _index(self) -> dict[Key, list[Rule]]:
        index: dict[Key, list[Rule]] = {}
        for rule in self.rules.values():
            if rule.both_ways:
                continue
            for r in (rule, rule.lifted) if rule.lifts else (rule,):
                if r is not None:
                    index.setdefault(r.key, []).append(r)
        return index

    @cached_property
    def _facts(self) -> dict[str, list[Fact]]:
        index: dict[str, list[Fact]] = {}
        for fact in self.facts:
            index.setdefault(fact.prop, []).append(fact)
        return index

    def by_key(self, key: Key) -> list[Rule]:
        """The `->` rules under a key (see `keys`), the most specific first; lifted laws are among them."""
        found = self._sorted.get(key)
        if found is None:
            found = self._sorted[key] = sorted(self._index.get(key, ()), key=_specificity)
        return found

    def keyed(self) -> Iterable[tuple[Key, list[Rule]]]:
        """All `->` rules by key, in the order of the files."""
        return self._index.items()

    def once(self, name: str, build: Callable[[], T]) -> T:
        """What is made of the book for one use, called `name`: made once, and again after `extend`."""
        if name not in self._made:
            self._made[name] = build()
        found: T = self._made[name]
        return found

    def facts_for(self, prop: str) -> list[Fact]:
        """The facts that prove a property."""
        return self._facts.get(prop, [])

    def compiled(self, key: Key, build: Callable[[Rule], T]) -> list[T]:
        """`build` of each rule under a key, made once per book."""
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = [build(r) for r in self.by_key(key)]
        return found


def _specificity(rule: Rule) -> tuple[int, int, bool]:
    return specificity(rule.lhs_text, "when" in rule.block.fields)


# ---------------------------------------------------------------- rules that functions bring
def rules_of_function(block: Block) -> Iterator[Block]:
    """The rules which a function's block states: its differential, what it means, how it is transposed."""
    f, name = block.fields, block.name
    cite = f.get("cite", f"definition of {name}")

    def rule(suffix: str, statement: str, shapes: str, say: str, **more: str) -> Block:
        fields = {"shapes": shapes, "say": say, "cite": cite, **more}
        full = f"d-{name}" if suffix == "d" else f"{name}-{suffix}"
        return Block("rule", full, [(statement, block.line)], fields, block.file, block.line)

    if "d" in f:
        law = f["d"]
        say = "the slope, entry by entry"
        right = "0" if law == "0" else f"({law})*d(t)"
        yield rule("d", f"d({name}(t)) -> {right}", "t: scalar", say, lift="entrywise")
    elementwise = f.get("kind") == "elementwise"
    if elementwise and "means" in f:
        arrow = "=" if "d" in f else "->"
        meaning = f"{name}(t) {arrow} {f['means']}"
        yield rule("definition", meaning, "t: scalar", "definition", lift="entrywise")
    shapes = "A: m x n" if elementwise else f["shape"].split("\n")[0].partition("->")[0].strip()
    parts = [p.strip() for p in shapes.split(",")]
    args = [p.partition(":")[0].strip() for p in parts]
    shapes = ", ".join(p if ":" in p else f"{p}: dim" for p in parts if p)
    call = f"{name}({','.join(args)})"
    if "means" in f and not elementwise:
        yield rule("definition", f"{call} -> {f['means']}", shapes, "definition")
    way = f.get("transpose", "commutes" if elementwise else "")
    if way:
        flipped = [f"{a}'" if i == 0 or way == "distributes" else a for i, a in enumerate(args)]
        turned = f"{name}({','.join(flipped)})"
        if way == "invariant":
            yield rule("transpose", f"{turned} -> {call}", shapes, "transposition changes nothing")
        elif way == "symmetric":
            yield rule("transpose", f"{call}' = {call}", shapes, "the value is symmetric")
        else:
            yield rule("transpose", f"{call}' = {turned}", shapes, "transposition goes inside")
    for i in range({"first": 1, "each": len(args)}.get(f.get("scales", ""), 0)):
        scaled = f"{name}({','.join(f't*{a}' if i == j else a for j, a in enumerate(args))})"
        suffix = "scales" if i == 0 else f"scales-{i + 1}"
        yield rule(suffix, f"{scaled} = t*{call}", f"t: scalar, {shapes}", "a scalar factor comes out")
    if "commutes" in f:
        yield rule("commutes", f"{call}*A = A*{call}", shapes, "a function of a matrix commutes with it")
