"""The rule book: rules, facts and functions, read from ``rules/*.rules``.

Loading splits the files into blocks; statements are parsed when they are first used.  Every block states one fact
of mathematics once: the differential of an elementwise function, an abbreviation, and how a function behaves under
transposition stand in the function's block, and become rules here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from .blocks import Block, RuleError, read_blocks, rule_texts
from .elaborate import elaborate
from .errors import DeriveError
from .keys import Key, lifted_key, specificity, statement_key
from .parser import parse_ast
from .shapes import Signature, letters, parse_shape, parse_signatures
from .terms import SCALAR, Shape, Table, Term, postorder

T = TypeVar("T")
Condition = tuple[str, Term]
_CONDITION = re.compile(r"\s*(\w+)\((.*)\)\s*", re.S)
_SPLIT = re.compile(r",(?![^()]*\))")

#: Properties that rules may ask for besides those that can be declared.
EXTRA_PROPERTIES = frozenset(
    "constant nonzero nonnegative positive_semidefinite full_rank constant_rank simple_spectrum".split()
)
#: Conditions on the form of what is bound, not on its value: a rule is true without them.
FORMS = frozenset({"plain", "square", "scalar", "variable"})


class Statement:
    """What rules and facts share: pattern variables with shapes, conditions, a reason, a source."""

    def __init__(self, block: Block, name: str, text: str, line: int, book: RuleBook) -> None:
        self.block, self.name, self.text, self.line, self.book = block, name, text, line, book
        self.file, self.say, self.cite = block.file, block.fields["say"], block.fields["cite"]

    @property
    def place(self) -> tuple[str, int]:
        return (self.file, self.line)

    @cached_property
    def table(self) -> Table:
        """The table of this statement's terms."""
        return Table()

    @cached_property
    def declared(self) -> dict[str, str]:
        """The text of `shapes`, name by name; a dimension that stands on its own is declared ``n: dim``."""
        out: dict[str, str] = {}
        for part in self.block.fields["shapes"].split(","):
            name, colon, shape = part.partition(":")
            if not colon or not name.strip() or not shape.strip():
                raise RuleError(f"`{part.strip()}` in `shapes` of `{self.name}` is not `NAME: SHAPE`", self.place)
            out[name.strip()] = shape.strip()
        return out

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shapes of the pattern variables; their letters are the pattern's dimensions."""
        return {name: parse_shape(text) for name, text in self.declared.items() if text != "dim"}

    @cached_property
    def dims(self) -> frozenset[str]:
        """The letters of the pattern's dimensions."""
        own = {name for name, text in self.declared.items() if text == "dim"}
        return frozenset(own.union(*(letters(s) for s in self.shapes.values())))

    @cached_property
    def variables(self) -> dict[str, Term]:
        """The pattern variables as terms of `table`."""
        return {name: self.table.var(name, shape) for name, shape in self.shapes.items()}

    def read(self, text: str) -> Term:
        """A term of this statement's variables, as typed; raises `RuleError` with file and line."""
        try:
            return elaborate(
                parse_ast(text), self.table, self.book.signatures, self.variables, text=text, dims=self.dims
            )
        except RuleError:
            raise
        except DeriveError as e:
            raise RuleError(
                f"`{self.name}`: {e.what}", self.place, text=e.text, span=e.span, why=e.why, hint=e.hint
            ) from e

    def conditions(self, text: str) -> tuple[Condition, ...]:
        out = []
        for part in _SPLIT.split(text) if text else ():
            m = _CONDITION.fullmatch(part)
            if m is None:
                hint = "`property(argument)`, several separated by commas"
                raise RuleError(f"`{part.strip()}` is no condition of `{self.name}`", self.place, hint=hint)
            out.append((m.group(1), self.read(m.group(2))))
        return tuple(out)


class Rule(Statement):
    """A rule ``lhs -> rhs``, or ``lhs = rhs`` which holds both ways.

    `when` conditions must be proved before it fires; `assumes` conditions are printed with the proof.  Both are
    pairs of a property and a term over the pattern variables.  With `lifts` the law in scalars holds entrywise,
    and `lifted` is that rule.
    """

    def __init__(self, block: Block, book: RuleBook) -> None:
        text, line = block.statements[0]
        super().__init__(block, block.name, text, line, book)
        left, arrow, right = text.partition(" -> ")
        if not arrow:
            left, arrow, right = text.partition(" = ")
            if not arrow:
                hint = "`LEFT -> RIGHT`, or `LEFT = RIGHT` where it is used both ways"
                raise RuleError(f"rule `{block.name}` has no arrow", (block.file, line), hint=hint)
        self.both_ways = arrow == " = "
        self.lhs_text, self.rhs_text = left.strip(), right.strip()
        self.lifts = "lift" in block.fields

    @cached_property
    def lhs(self) -> Term:
        return self.read(self.lhs_text)

    @cached_property
    def rhs(self) -> Term:
        _ = self.lhs  # first, so that unordered pairs stand as on the left
        return self.read(self.rhs_text)

    @property
    def lhs_table(self) -> Table:
        return self.table

    @cached_property
    def when(self) -> tuple[Condition, ...]:
        return self.conditions(self.block.fields.get("when", ""))

    @cached_property
    def assumes(self) -> tuple[Condition, ...]:
        return self.conditions(self.block.fields.get("assumes", ""))

    @cached_property
    def key(self) -> Key:
        """The head of the left side; ``("d", head)`` for a differential, ``("colon", head of the second operand)``."""
        return statement_key(self.lhs_text)

    @cached_property
    def lifted(self) -> LiftedRule | None:
        """The law applied to every entry of arrays, or None."""
        return LiftedRule(self) if self.lifts else None

    def __repr__(self) -> str:
        return f"<rule {self.name}: {self.text}>"


class LiftedRule(Rule):
    """A law in scalars applied to every entry of m x n matrices."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.block, rule.book)
        self.lifts, self.scalar = False, rule

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        return {name: ("m", "n") for name in self.scalar.shapes}

    @cached_property
    def variables(self) -> dict[str, Term]:
        return {name: self.table.var(name, ("m", "n")) for name in self.shapes}

    @cached_property
    def lhs(self) -> Term:
        return self._lift(self.scalar.lhs)

    @cached_property
    def rhs(self) -> Term:
        _ = self.lhs
        return self._lift(self.scalar.rhs)

    @cached_property
    def key(self) -> Key:
        return lifted_key(self.scalar.key, self.lhs_text)

    def _lift(self, law: Term) -> Term:
        return lift(law, self.variables, ("m", "n"), self.table)


class Fact(Statement):
    """``prop(lhs)`` holds where all of `when` do."""

    def __init__(self, block: Block, name: str, text: str, line: int, book: RuleBook) -> None:
        statement, _, self.when_text = text.partition(" when ")
        m = _CONDITION.fullmatch(statement)
        if m is None:
            raise RuleError(f"`{text}` is no fact", (block.file, line), hint="`property(term)  when property(variable)`")
        super().__init__(block, name, text, line, book)
        self.prop, self.lhs_text = m.group(1), m.group(2).strip()

    @cached_property
    def lhs(self) -> Term:
        return self.read(self.lhs_text)

    @cached_property
    def when(self) -> tuple[Condition, ...]:
        return self.conditions(self.when_text.strip())

    def __repr__(self) -> str:
        return f"<fact {self.name}: {self.text}>"


class Function:
    """A function of the input syntax, as its block describes it."""

    def __init__(self, block: Block, book: RuleBook) -> None:
        f = block.fields
        self.block, self.book, self.name = block, book, block.name
        self.kind, self.file, self.line = f["kind"], block.file, block.line
        self.latex, self.numpy = f["latex"], f.get("numpy", "")
        self.domain, self.doc, self.cite = f.get("domain", ""), f["doc"], f.get("cite", "")
        self.law_text, self.means = f.get("d", ""), f.get("means", "")
        self.transpose = f.get("transpose", "commutes" if self.kind == "elementwise" else "")
        self.commutes = f.get("commutes", "") == "yes"

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
        return self._read(self.means, dict(self.signatures[0].params)) if self.means else None

    def _read(self, text: str, shapes: Mapping[str, Shape]) -> Term:
        table = Table()
        env = {name: table.var(name, shape) for name, shape in shapes.items()}
        try:
            return elaborate(parse_ast(text), table, self.book.signatures, env, text=text)
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
                found = self._known[name] = parse_signatures(function.block.fields["shape"])
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
        self.signatures: Mapping[str, tuple[Signature, ...]] = _Signatures(self.functions)
        self._compiled: dict[Key, list[Any]] = {}

    # ------------------------------------------------------------ loading
    @classmethod
    def load(cls, paths: Iterable[str | Path] | None = None) -> RuleBook:
        """The book of the given files, by default of all of ``rules/``; raises `RuleError`."""
        return cls.read(rule_texts(paths))

    @classmethod
    def read(cls, texts: Iterable[tuple[str, str]]) -> RuleBook:
        """The book of some (file name, text) pairs.

        >>> book = RuleBook.read([("my.rules", "rule twice\\n  A'' -> A\\n  shapes A: m x n\\n  say s\\n  cite c")])
        >>> book.rules["twice"].key, book.by_key(("T",))
        (('T',), [<rule twice: A'' -> A>])
        """
        book = cls()
        for file, text in texts:
            book.extend(text, file)
        return book

    def extend(self, text: str, file: str = "<text>") -> list[Rule]:
        """Add the blocks of one more text, and return its new rules; raises `RuleError`."""
        new: list[Rule] = []
        for block in read_blocks(text, file):
            if block.kind == "facts":
                for i, (statement, line) in enumerate(block.statements, 1):
                    self.facts.append(Fact(block, f"{block.name}-{i}", statement, line, self))
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
        self._compiled.clear()
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
        for rules in index.values():
            if len(rules) > 1:
                rules.sort(key=lambda r: specificity(r.lhs_text, "when" in r.block.fields))
        return index

    @cached_property
    def _facts(self) -> dict[str, list[Fact]]:
        index: dict[str, list[Fact]] = {}
        for fact in self.facts:
            index.setdefault(fact.prop, []).append(fact)
        return index

    def by_key(self, key: Key) -> list[Rule]:
        """The `->` rules under a key, the most specific first (see `Rule.key`); lifted laws are among them."""
        return self._index.get(key, [])

    def facts_for(self, prop: str) -> list[Fact]:
        """The facts that prove a property."""
        return self._facts.get(prop, [])

    def compiled(self, key: Key, build: Callable[[Rule], T]) -> list[T]:
        """`build` of each rule under a key, made once per book."""
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = [build(r) for r in self.by_key(key)]
        return found

    def check_all(self) -> None:
        """Every load-time check of every block; raises the first `RuleError`."""
        from .bookcheck import problems

        for problem in problems(self):
            raise problem


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
    shapes = "A: m x n" if elementwise else f["shape"].split("\n")[0].partition("->")[0].strip()
    parts = [p.strip() for p in shapes.split(",")]
    args = [p.partition(":")[0].strip() for p in parts]
    shapes = ", ".join(p for p in parts if ":" in p)
    call = f"{name}({','.join(args)})"
    if "means" in f:
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
    if "commutes" in f:
        yield rule("commutes", f"{call}*A = A*{call}", shapes, "a function of a matrix commutes with it")


def lift(law: Term, variables: Mapping[str, Term], shape: Shape, table: Table) -> Term:
    """A law in scalars as a term in arrays: products and powers become elementwise, numbers in sums are spread.

    >>> table = Table(); t = table.var("t"); law = table.make("add", (table.num(1), table.make("pow", (t, table.num(2)))))
    >>> lifted = lift(law, {"t": table.var("T", ("m", "n"))}, ("m", "n"), table)
    >>> lifted.head, [a.head for a in lifted.args], lifted.args[1].shape
    ('add', ['ones', 'hpow'], ('m', 'n'))
    """

    def spread(a: Term) -> Term:
        if a.shape != SCALAR:
            return a
        ones = table.make("ones", (), shape)
        return ones if a.head == "num" and a.payload == 1 else table.make("mul", (a, ones), shape)

    memo: dict[Term, Term] = {}
    for t in postorder(law):
        args = tuple(memo[a] for a in t.args)
        if t.head == "var":
            memo[t] = variables[t.name]
        elif all(a.shape == SCALAR for a in args):
            memo[t] = table.make(t.head, args, t.shape, t.payload)
        elif t.head == "mul":
            numbers = [a for a in args if a.shape == SCALAR]
            arrays = [a for a in args if a.shape != SCALAR]
            body = arrays[0] if len(arrays) == 1 else table.make("had", tuple(arrays), shape)
            memo[t] = table.make("mul", (*numbers, body), shape) if numbers else body
        elif t.head == "pow":
            memo[t] = table.make("hpow", (args[0], args[1]), shape)
        elif t.head == "add":
            memo[t] = table.make("add", tuple(spread(a) for a in args), shape)
        else:
            memo[t] = table.make(t.head, args, shape, t.payload)
    return spread(memo[law])
