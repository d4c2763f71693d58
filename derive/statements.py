"""Rules and facts: statements over pattern variables, parsed when they are first used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from .blocks import Block, RuleError
from .elaborate import elaborate
from .errors import DeriveError
from .keys import Key, lifted_key, statement_key
from .parser import parse_ast
from .shapes import Signature, letters, parse_shape
from .terms import SCALAR, Shape, Table, Term, postorder

Condition = tuple[str, Term]
_CONDITION = re.compile(r"\s*(\w+)\((.*)\)\s*", re.DOTALL)
_SPLIT = re.compile(r",(?![^()]*\))")

#: Properties that rules may ask for besides those that can be declared.
EXTRA_PROPERTIES = frozenset(
    {
        "constant",
        "nonzero",
        "nonnegative",
        "positive_semidefinite",
        "full_rank",
        "singular",
        "constant_rank",
        "unique_largest",
        "unique_smallest",
        "simple_largest_eigenvalue",
        "simple_smallest_eigenvalue",
        "simple_largest_singular_value",
    }
)
#: What a rule may be used for: to differentiate, to move factors across a colon, to shorten what is printed, to write
#: functions of complex variables in Z and conj(Z).
USES = ("differential", "move", "simplify", "vec", "complex")
#: Conditions on the form of what is bound, not on its value: a rule is true without them.
FORMS = frozenset({"plain", "square", "scalar", "variable"})


class HasSignatures(Protocol):
    """What statements need of the book in which they stand."""

    @property
    def signatures(self) -> Mapping[str, tuple[Signature, ...]]: ...


class Statement:
    """What rules and facts share: pattern variables with shapes, conditions, a reason, a source."""

    def __init__(self, block: Block, name: str, text: str, line: int, book: HasSignatures) -> None:
        self.block, self.name, self.text, self.line, self.book = block, name, text, line, book
        self.file, self.say, self.cite = block.file, block.fields["say"], block.fields["cite"]

    @property
    def place(self) -> tuple[str, int]:
        return (self.file, self.line)

    @property
    def over(self) -> str:
        """``real`` or ``complex`` where the statement is about those numbers alone, else empty."""
        return self.block.fields.get("over", "")

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
                raise RuleError(
                    f"`{part.strip()}` in `shapes` of `{self.name}` is not `NAME: SHAPE`", self.place
                )
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

    `when` conditions must be proved before it fires; `assumes` conditions are printed with the proof.  Both
    are pairs of a property and a term over the pattern variables.  With `lifts` the law in scalars holds
    entrywise, and `lifted` is that rule.
    """

    def __init__(self, block: Block, book: HasSignatures) -> None:
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
        """The head of the left side, with ``d`` or ``colon`` before it: see `keys`."""
        return statement_key(self.lhs_text)

    @property
    def uses(self) -> tuple[str, ...]:
        """What the engine uses it for (see `USES`): by its form, where the field `use` does not say."""
        said = self.block.fields.get("use")
        if said is not None:
            return tuple(said.replace(",", " ").split())
        if self.key[0] == "d":
            return ("differential",)
        return ("move",) if " : " in self.rhs_text else ("simplify",)

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
        return dict.fromkeys(self.scalar.shapes, ("m", "n"))

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

    def __init__(self, block: Block, name: str, text: str, line: int, book: HasSignatures) -> None:
        statement, _, self.when_text = text.partition(" when ")
        m = _CONDITION.fullmatch(statement)
        if m is None:
            raise RuleError(
                f"`{text}` is no fact", (block.file, line), hint="`property(term)  when property(variable)`"
            )
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


def lift(law: Term, variables: Mapping[str, Term], shape: Shape, table: Table) -> Term:
    """A law in scalars as a term in arrays: products become elementwise, numbers in sums are spread.

    >>> table = Table(); t = table.var("t")
    >>> law = table.make("add", (table.num(1), table.make("pow", (t, table.num(2)))))
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
