"""Both sides of a rule against numbers, at the weakest meaning of its conditions.

Used for every rule of the book and for users' rule files.  ``d(T)`` of any term T is its directional
derivative while all variables move at once, each inside its declared structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .claims import CLOSE
from .evaluate import Point, Value, evaluate
from .fields import FLOAT, DomainError, Field, NotRational, modular, precise
from .instances import GENERIC, LARGE, STYLES, Draw, Instance, Random, Style, draw, letters_of, tangent
from .records import record
from .stations import difference
from .terms import SCALAR, Symbol, Table, Term, postorder
from .truth import Roots, entries, entrywise, finite, magnitude, same_shape, truth_in

#: (which dimensions are 1, how many instances) in the exact field, and in floats.
EXACT_PLAN = (("none", 2), ("all", 1), ("some", 2))
FLOAT_PLAN = (("none", 4), ("all", 2), ("some", 2))
EACH = 4
ATTEMPTS = EACH * (len(STYLES) + 1)
TOLERANCE, SETTLED = 1e-9, 1e-25
CLEAR = 1e-3  # a difference that nobody takes for rounding
#: Properties that numbers keep when they are rounded, all but surely.
_ROUNDED = frozenset({"invertible", "constant", "positive", "real", "full_column_rank", "full_row_rank"})
EXAMPLES, ENOUGH = 32, 8  # instances that are tried for a small one

#: Conditions that generic numbers fulfil, and one that is drawn as another.
MEANINGS = {
    "nonnegative": "positive", "full_rank": "", "constant_rank": "", "nonzero": "",
    "square": "", "scalar": "", "variable": "", "unique_largest": "", "unique_smallest": "",
    "simple_largest_eigenvalue": "", "simple_smallest_eigenvalue": "", "simple_largest_singular_value": "",
}  # fmt: skip


@record
class Mismatch:
    """Why a rule is wrong: where its sides differ."""

    reason: str
    sizes: Mapping[str, int]
    values: Mapping[str, Value]
    left: Value = None
    right: Value = None

    def __str__(self) -> str:
        sizes = ", ".join(f"{k} = {n}" for k, n in self.sizes.items())
        values = dict(self.values)
        return f"{self.reason} at {sizes or 'scalars'}: left {self.left}, right {self.right}, with {values}"


@record
class Example:
    """An instance with the values of both sides of a rule."""

    sizes: Mapping[str, int]
    values: Mapping[str, Value]
    moves: Mapping[str, Value]  # of the variables, where the rule has differentials
    left: Value
    right: Value

    def lines(self) -> list[str]:
        """For a reader: sizes, values, both sides."""
        at = ", ".join(f"{letter} = {size}" for letter, size in self.sizes.items())
        values = {**self.values, **{f"d{name}": v for name, v in self.moves.items()}}
        sides = (("left ", self.left), ("right", self.right))
        return [
            *([f"at {at}"] if at else []),
            *(f"{name} = {shown(v)}" for name, v in values.items()),
            *(f"{side} = {shown(v)}" for side, v in sides if v is not None),
        ]


def shown(value: Value, digits: int = 4) -> str:
    """A value with few digits, rows between semicolons.

    >>> shown([[1.0, -0.25], [1 / 3, 0.0]])
    '[1, -0.25; 0.3333, 0]'
    """
    if value.__class__ is list:
        return "[" + "; ".join(", ".join(shown(x, digits) for x in row) for row in value) + "]"
    if isinstance(value, int):
        return str(value)
    value = complex(value)
    real, imaginary = (format(round(x, 12) + 0.0, f".{digits}g") for x in (value.real, value.imag))
    if imaginary == "0":
        return real
    return f"{imaginary}i" if real == "0" else f"{real}{'' if imaginary[0] == '-' else '+'}{imaginary}i"


def check_rule(
    lhs: Term,
    rhs: Term,
    symbols: Mapping[str, Term] | None = None,
    when: Iterable[tuple[str, str]] = (),
    seed: int = 0,
) -> Mismatch | None:
    """None where both sides agree at every instance, else the first place where they do not.

    `lhs` and `rhs` are terms of one table over pattern variables, whose shapes they carry.  `symbols` are the
    variables by name (all of both sides by default); `when` are pairs (property, name), such as
    ``("symmetric", "A")``: conditions and assumptions alike.  Sizes are all different, all 1 and some 1.

    >>> t = Table()
    >>> a, b = t.var("A", ("m", "n")), t.var("B", ("m", "n"))
    >>> check_rule(t.make("colon", (a, b)), t.make("colon", (b, a))) is None
    True
    >>> wrong = check_rule(t.make("d", (a,), ("m", "n")), a)
    >>> wrong.reason
    'the sides differ'
    """
    rule = _Rule(lhs, rhs, symbols, when)
    try:
        return rule.check(modular(1), EXACT_PLAN, seed)
    except NotRational:
        return rule.check(FLOAT, FLOAT_PLAN, seed)


def example(
    lhs: Term,
    rhs: Term,
    symbols: Mapping[str, Term] | None = None,
    when: Iterable[tuple[str, str]] = (),
    agree: bool = True,
    build: type[_Rule] | None = None,
    field: Field = FLOAT,
) -> Example | None:
    """A small instance in short numbers at which both sides have one value, or, as a witness, have not.

    None where none is found: `check_rule` alone decides.
    """
    rule = (build or _Rule)(lhs, rhs, symbols, when)
    found: list[tuple[int, Example]] = []
    for attempt in range(EXAMPLES):
        try:
            style = rule.style(FLOAT, 0, attempt)
            instance, point = rule.drawn(field, "none", attempt, style, 0, tidy=True)
            left, right = rule.value(lhs, point), rule.value(rhs, point)
        except DomainError:
            continue
        gap = difference(left, right, FLOAT)
        if gap <= TOLERANCE if agree else gap > CLEAR:
            length = sum(len(entries(v)) for v in [*instance.values.values(), left])
            case = Example(instance.sizes, instance.values, point.differentials, left, right)
            found.append((length, case))
            if len(found) == ENOUGH:
                break
    return min(found, key=lambda pair: pair[0])[1] if found else None


class _Rule:
    """Two sides, ready to be evaluated."""

    kind: type[Draw] = Draw
    truth = staticmethod(truth_in)

    def __init__(
        self,
        lhs: Term,
        rhs: Term,
        symbols: Mapping[str, Term] | None,
        when: Iterable[tuple[str, str]],
    ) -> None:
        self.lhs, self.rhs = lhs, rhs
        met = postorder(lhs, rhs)
        variables = {t.name: t for t in met if t.head == "var"} | dict(symbols or {})
        declared: dict[str, set[str]] = {name: set(v.payload.props) for name, v in variables.items()}
        for prop, name in when:
            if name in declared:  # a condition on a dimension says nothing about numbers
                declared[name].add(MEANINGS.get(prop, prop))
        table = Table()
        self.symbols = {
            name: table.make("var", (), v.shape, Symbol(name, frozenset(declared[name] - {""})))
            for name, v in variables.items()
        }
        shapes = [t.shape for t in [*met, *variables.values()]]
        self.letters = letters_of(shapes + [(t.payload, 1) for t in met if t.head == "dim"])
        self.differentials = [t for t in met if t.head == "d"]
        self.roots = Roots((f"d {i}", t.args[0]) for i, t in enumerate(self.differentials))

    # ------------------------------------------------------------ instances
    def check(self, field: Field, plan: Iterable[tuple[str, int]], seed: int) -> Mismatch | None:
        for ones, count in plan:
            for number in range(count):
                found = self._instance(field, ones, number, seed)
                if found is not None:
                    return found
        return None

    def _instance(self, field: Field, ones: str, number: int, seed: int) -> Mismatch | None:
        undefined = 0
        for attempt in range(ATTEMPTS):
            way = (
                ones,
                seed * 1_000_003 + number * 1009 + attempt,
                self.style(field, number, attempt),
                number,
            )
            try:
                instance, point = self.drawn(field, *way)
                left = self.value(self.lhs, point)
            except DomainError:
                continue
            try:
                right = self.value(self.rhs, point)
            except DomainError:
                undefined += 1
                if undefined == EACH:
                    return Mismatch("the right side is undefined", instance.sizes, instance.values, left)
                continue
            if self._agree(field, left, right, way):
                return None
            return Mismatch("the sides differ", instance.sizes, instance.values, left, right)
        if ones != "none":
            return None  # a structure that these sizes do not have
        return Mismatch("no instance was found inside the domain", {}, {})

    @staticmethod
    def value(side: Term, point: Point) -> Value:
        value = evaluate(side, point)
        if not point.field.exact:
            finite([value])
        return value

    large = LARGE  # the style of the second instance

    def style(self, field: Field, number: int, attempt: int) -> Style:
        if field.exact:
            return GENERIC
        if number == 1 and attempt < EACH:
            return self.large
        return STYLES[min(attempt // EACH, len(STYLES) - 1)]

    def drawn(
        self, field: Field, ones: str, seed: int, style: Style, flip: int, tidy: bool = False
    ) -> tuple[Instance, Point]:
        """An instance, and the point where every ``d(T)`` already has its value; `tidy` numbers are short."""
        instance = draw(self.symbols, self.letters, field, Random(seed), style, ones, flip, kind=self.kind)
        if tidy:
            free = [name for name, s in self.symbols.items() if s.payload.props <= _ROUNDED]
            instance.values.update({name: entrywise(_short, instance.values[name]) for name in free})
        point = Point(field, instance.sizes, instance.values)
        if self.differentials:
            moves = self._moves(field, instance)
            if tidy:
                moves.update({name: entrywise(_short, moves[name]) for name in free if name in moves})
            point.differentials.update(moves)
            truth = self.truth(field, self.roots, instance.sizes, instance.values, moves)
            point.memo.update(zip(self.differentials, truth.slopes))
        return instance, point

    def _moves(self, field: Field, instance: Instance) -> dict[str, Value]:
        """How every variable moves: at random, inside its structure; constants and integers stay."""
        return {
            name: self.direction(field, instance, symbol)
            for name, symbol in self.symbols.items()
            if not symbol.payload.props & {"constant", "positive_integer"}
        }

    @staticmethod
    def direction(field: Field, instance: Instance, symbol: Term) -> Value:
        """How one variable moves, inside its structure."""
        random = instance.direction(symbol.shape)
        if symbol.shape == SCALAR:
            return random
        return tangent(random, instance.values[symbol.payload.name], symbol.payload.props, field)

    # ------------------------------------------------------------ agreement
    def _agree(self, field: Field, left: Value, right: Value, way: tuple[str, int, Style, int]) -> bool:
        gap = difference(left, right, field)
        if field.exact or gap <= CLOSE:
            return gap == 0 or not field.exact
        if not same_shape(left, right) or (gap > 1e-3 and magnitude(_minus(left, right)) > 1e-6):
            return False
        try:
            point = self.drawn(precise(), *way)[1]
            left, right = evaluate(self.lhs, point), evaluate(self.rhs, point)
        except DomainError:
            return gap <= TOLERANCE
        return difference(left, right, point.field) <= SETTLED or magnitude(_minus(left, right)) <= SETTLED


def _short(x: float) -> float:
    return round(x, 1) or 0.1


def _minus(a: Value, b: Value) -> Value:
    return entrywise(lambda x, y: x - y, a, b)
